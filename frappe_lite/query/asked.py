"""What a query needs to know about the site and the caller, and the SQL that it results in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..doctype.meta import DocType
from .operators import (
    Condition,
)
from .words import MAX_ORDERS as MAX_ORDERS

_OF_A_TREE = re.compile(r"(descendants|ancestors) of", re.IGNORECASE)


class Schema(Protocol):
    """What a query needs to know about the site and the caller."""

    def meta(self, doctype: str) -> DocType:
        """The DocType. Raises DoesNotExistError."""

    def has(self, doctype: object) -> bool:
        """Whether there is such a DocType."""

    def may_read(self, meta: DocType, fieldname: str, parent: DocType | None, shown: bool = False) -> bool:
        """Whether the caller may read the field; a child table's by its parent's rules. `shown`: only to give it
        out, not to filter or sort by it."""

    def rows(self, meta: DocType) -> Condition | None:
        """Which documents of a linked DocType the caller may read; None for none of them."""

    def descendants(self, meta: DocType, name: str, operator: str) -> list[str]:
        """The names that a tree operator means."""

    def week_begins(self) -> str:
        """The name of the day that a week begins with."""


@dataclass
class Select:
    """A compiled query."""

    sql: str
    params: list[Any]
    names: list[str]
    types: list[str] = field(default_factory=list)  # the fieldtype of each column, of those made from a request


@dataclass(frozen=True)
class Selection:
    """The part of a SELECT before its joins and conditions, and the part after them."""

    head: str
    tail: str
    names: list[str]
    types: list[str]


def of_old(fields: object, *filters: object) -> bool:
    """Whether a list uses what Frappe's later version no longer takes: a function as text, or a tree operator."""
    if isinstance(fields, list) and any(isinstance(each, str) and "(" in each for each in fields):
        return True
    return any(
        isinstance(word, str) and _OF_A_TREE.search(word)
        for one in filters
        for each in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        if isinstance(each, list)
        for word in each[:-1]
    )
