"""What apps say of permissions: `has_permission` about one document, `permission_query_conditions` about lists.

A `has_permission` function can only take away: what it does not allow, by anything that counts as true, it forbids, and
one that answers nothing forbids too, as in Frappe. What it raises ends the request: a broken rule opens no document.

    def has_permission(doc, user=None, ptype=None): …         def rows(user): return "owner = 'ann@example.com'"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..doctype.field import Field
from ..doctype.meta import DocType
from ..query import Condition, all_of
from ..utils import cstr
from ..values import Given, Values
from ..whitelist import call_with
from .grants import Caller

Hooks = Iterable[Any]
"""Functions of the package itself, which take the context, and dotted names of apps' functions."""


def allow(
    ctx: Caller, hooks: Hooks, resolve: Callable[[str], Callable[..., object]], document: object, right: str
) -> bool:
    """Whether no function forbids the right. An app's function is called with those of doc, ptype or
    permission_type, user and debug that it takes; one of the package's own may abstain with None."""
    given = {"doc": document, "ptype": right, "permission_type": right, "user": ctx.user, "debug": False}
    for hook in hooks:
        verdict = hook(ctx, document, right) if callable(hook) else bool(call_with(resolve(hook), given))
        if verdict is not None and not verdict:
            return False
    return True


def conditions(ctx: Caller, hooks: Hooks, resolve: Callable[[str], Callable[..., object]], doctype: str) -> Condition:
    """All conditions of the functions together. An app's own SQL is trusted, as its code is."""
    found: list[Condition] = []
    for hook in hooks:
        said = hook(ctx) if callable(hook) else call_with(resolve(hook), {"doctype": doctype}, ctx.user)
        found.append(said if isinstance(said, Condition) else Condition(cstr(said).strip()))
    return all_of(found)


def whole(ctx: Caller, meta: DocType, row: Given) -> Values:
    """The values of a document with its child rows, which are read from the store unless they came with it."""
    values: Values = {column: row.get(column) for column in meta.columns}
    for table in meta.table_fields:
        if not ctx.has_doctype(table.options):
            continue
        rows = row[table.fieldname] if table.fieldname in row else _stored_rows(ctx, meta, table, row.get("name"))
        values[table.fieldname] = [dict(each) if isinstance(each, Mapping) else each.as_dict() for each in rows or ()]
    return {**values, "doctype": meta.name}


def _stored_rows(ctx: Caller, meta: DocType, table: Field, name: object) -> list[Any]:
    child = ctx.meta(cstr(table.options))
    return list(ctx.store.load_children(child, meta.name, name, table.fieldname)) if name else []
