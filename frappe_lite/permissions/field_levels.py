"""Fields by permission level: which of a document's fields the caller may read and write.

A field of level 0 goes with the document; one of a higher level needs a role that has the level. Who may only `select`
sees what a person needs to choose the document. The rows of a child table have the levels of their parent's DocType.
"""

from __future__ import annotations

from ..doctype.field import Field
from ..doctype.meta import CHILD, STANDARD, DocType
from ..errors import PermissionError
from ..utils import cstr
from ..values import Values
from .grants import Caller, all_powerful, in_scope, role_rights, shares


def levels(ctx: Caller, meta: DocType, right: str) -> frozenset[int] | None:
    """The permission levels whose fields the user may read or write; None for all of them."""
    if all_powerful(ctx):
        return None
    rights = role_rights(ctx, meta)
    return (rights.write_levels if right == "write" else rights.read_levels) | {0}


def require_level(ctx: Caller, meta: DocType, field: Field, right: str) -> None:
    """Raises PermissionError unless the user may read or write fields of the field's level."""
    allowed = levels(ctx, meta, right)
    if allowed is not None and field.permlevel not in allowed:
        raise PermissionError.told(f"Insufficient Permission Level for {meta.name}")


def may_read_field(
    ctx: Caller, meta: DocType, fieldname: str, parent: DocType | None = None, shown: bool = False,
) -> bool:  # fmt: skip
    """Whether the user may read, filter and sort by the field; a child table's by its parent's rules. A password may
    only be `shown`, as stars: nobody filters by it."""
    governing = parent or meta
    if not in_scope(ctx, governing.name, "read"):
        return False
    if all_powerful(ctx):
        return True
    found = meta.field(fieldname)
    rights = role_rights(ctx, governing)
    if not rights.any & {"read", "select"} and not shares(ctx, governing.name):
        return False
    chooses = "select" in rights.granted and "read" not in rights.granted
    if chooses and shown:
        return fieldname == "name" or fieldname in governing.searched_fields  # Frappe: "*" gives no other
    if found is None:
        return fieldname in meta.standard
    if found.fieldtype == "Password" and not shown:
        return False
    if found.permlevel and found.permlevel not in rights.read_levels:
        return False
    return not chooses or fieldname in select_fields(governing)


def select_fields(meta: DocType) -> set[str]:
    """The fields that the `select` right alone shows: enough to pick the document from a list."""
    return {
        *STANDARD,
        *CHILD,
        *meta.searched_fields,
        meta.get_title_field(),
        cstr(meta.image_field),
        "enabled",
        "disabled",
    }


def child_metas(ctx: Caller, meta: DocType) -> list[tuple[str, DocType]]:
    """(fieldname, DocType of the rows) of each child table whose DocType is installed."""
    tables = [table for table in meta.table_fields if ctx.has_doctype(table.options)]
    return [(table.fieldname, ctx.meta(cstr(table.options))) for table in tables]


def hidden_fields(ctx: Caller, meta: DocType, governing: DocType | None = None) -> frozenset[str]:
    """The fields of a level that the user may not read. A child table's levels are those of the DocType that its rows
    belong to, `governing`."""
    readable = levels(ctx, governing or meta, "read")
    if readable is None or meta.levels <= readable:
        return frozenset()
    return frozenset(each.fieldname for each in meta.higher_fields if each.permlevel not in readable)


def reads_all_levels(ctx: Caller, meta: DocType) -> bool:
    """Whether no field of a document, nor of its rows, is hidden from the user."""
    hidden = [hidden_fields(ctx, meta), *(hidden_fields(ctx, child, meta) for _, child in child_metas(ctx, meta))]
    return not any(hidden)


def strip_unreadable(
    ctx: Caller, meta: DocType, data: Values, governing: DocType | None = None, nulls: bool = True,
) -> Values:  # fmt: skip
    """Empty the fields of a document's dict that the user may not read, child rows included. Without `nulls`, remove
    those whose empty value would be None."""
    if levels(ctx, meta, "read") is None:
        return data
    _empty(meta, data, hidden_fields(ctx, meta, governing), nulls)
    for table, child in child_metas(ctx, meta):
        hidden = hidden_fields(ctx, child, meta)
        for row in (data.get(table) or ()) if hidden else ():
            _empty(child, row, hidden, nulls)
    return data


def _empty(meta: DocType, data: dict[str, object], fieldnames: frozenset[str], nulls: bool) -> None:
    """Frappe: a hidden field is unset, and an unset number is 0."""
    for fieldname in fieldnames:
        field = meta.field(fieldname)
        empty: object = None if field is None else [] if field.type.table else field.type.empty
        if empty is not None or nulls and fieldname in meta.columns:
            data[fieldname] = empty
        else:
            data.pop(fieldname, None)
