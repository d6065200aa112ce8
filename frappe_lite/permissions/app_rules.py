"""What apps say of permissions in their hooks.

`has_permission` about one document, `permission_query_conditions` about lists.

A `has_permission` function can only take away: what it does not allow, by anything that counts as true, it forbids, and
one that answers nothing forbids too, as in Frappe. What it raises ends the request, so a broken rule never opens a
document.

    def has_permission(doc, user=None, ptype=None): …         def rows(user): return "owner = 'ann@example.com'"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..doctype.meta import DocType
from ..query import Condition, all_of
from ..utils import cstr
from ..whitelist import call_with
from .grants import Caller

Hook = Callable[..., Any]


def allow(hooks: Iterable[Hook], document: Any, right: str, user: str) -> bool:
    """Whether each function allows the right.

    Each is called with those arguments that it takes: doc, ptype or permission_type, user, debug.
    """
    given = {"doc": document, "ptype": right, "permission_type": right, "user": user, "debug": False}
    return all(call_with(hook, given) for hook in hooks)


def conditions(hooks: Iterable[Hook], user: str, doctype: str) -> Condition:
    """All of what the functions say of lists; an app's own SQL is trusted as its code is."""
    texts = [cstr(call_with(hook, {"doctype": doctype}, user)).strip() for hook in hooks]
    return all_of([Condition(text) for text in texts])


def whole(ctx: Caller, meta: DocType, row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a document with its child rows, which are read from the store if they did not come with it."""
    values: dict[str, Any] = {column: row.get(column) for column in meta.columns}
    for table in meta.table_fields:
        if not ctx.has_doctype(table.options):
            continue
        rows = (
            row.get(table.fieldname)
            if table.fieldname in row
            else _stored(ctx, meta, ctx.meta(cstr(table.options)), row.get("name"), table.fieldname)
        )
        values[table.fieldname] = [dict(each) if isinstance(each, Mapping) else each.as_dict() for each in rows or ()]
    return {**values, "doctype": meta.name}


def _stored(ctx: Caller, meta: DocType, child: DocType, name: Any, table: str) -> list[Any]:
    return list(ctx.store.load_children(child, meta.name, name, table)) if name else []
