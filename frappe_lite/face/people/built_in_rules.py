"""What Frappe's own permission functions of its DocTypes are for apps that build on them: `has_permission` and
`get_permission_query_conditions` of ToDo, Event, Note, User and the others that have rules of their own.

    from frappe.desk.doctype.todo.todo import get_permission_query_conditions
    get_permission_query_conditions("ann@x.org")   ->   "(`tabToDo`.allocated_to = 'ann@x.org' …)"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...context import Context
from ...permissions import all_powerful
from ...utils import scrub
from ..context import ctx
from ..mariadb import dialect

Rule = Callable[..., Any]


def find(folder: str, name: str) -> Rule | None:
    """A permission function of the DocType with that folder; None where it has no such rule."""
    doctype = next((each for each in ctx().site.built_in if scrub(each) == folder), None) or _titled(folder)
    if name == "get_permission_query_conditions" and any(_own("permission_query_conditions", doctype)):
        return _listed(doctype)
    if name == "has_permission" and any(_own("has_permission", doctype)):
        return _judged(doctype)
    return None


def _titled(folder: str) -> str:
    return folder.replace("_", " ").title()


def _own(hook: str, doctype: str) -> Iterator[Rule]:
    """The package's own rules: an app's may be what asks for these."""
    return (each for each in ctx().site.hook(hook, doctype) if callable(each))


def _asking(user: str | None) -> Context:
    return ctx().as_user(user) if user and user != ctx().user else ctx()


def _listed(doctype: str) -> Rule:
    def get_permission_query_conditions(user: str | None = None, doctype: str = doctype) -> str:
        """Which documents the user may see, as SQL; empty for all."""
        asking = _asking(user)
        if all_powerful(asking):
            return ""
        said = [rule(asking) for rule in _own("permission_query_conditions", doctype)]
        parts = [dialect.inlined(each.sql, each.params).replace("%", "%%") for each in said if each.sql]
        return " and ".join(f"({each})" for each in parts)

    return get_permission_query_conditions


def _judged(doctype: str) -> Rule:
    def has_permission(doc: object, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
        """Whether the rules of the DocType itself let the user have the document; roles are asked elsewhere."""
        asking = _asking(user)
        verdicts = [rule(asking, doc, ptype) for rule in _own("has_permission", doctype)]
        return all_powerful(asking) or all(each is None or bool(each) for each in verdicts)

    return has_permission
