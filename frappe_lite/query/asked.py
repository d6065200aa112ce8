"""What a query is told and gives: what it asks of the site and its caller, and the SQL that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from ..doctype.meta import DocType
from .operators import (
    Condition,
)
from .words import MAX_ORDERS as MAX_ORDERS


class Schema(Protocol):
    """What a query needs to know of the site and of who asks."""

    def meta(self, doctype: str) -> DocType:
        """The DocType. Raises DoesNotExistError."""

    def has(self, doctype: object) -> bool:
        """Whether there is such a DocType."""

    def may_read(self, meta: DocType, fieldname: str, parent: DocType | None, shown: bool = False) -> bool:
        """Whether the caller may read the field, of a child table by its parent's rules; `shown` is only given out."""

    def rows(self, meta: DocType) -> Condition | None:
        """Which documents of a linked DocType the caller may read; None for none of them."""

    def descendants(self, meta: DocType, name: str, operator: str) -> list[str]:
        """The names that a tree operator means."""


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
