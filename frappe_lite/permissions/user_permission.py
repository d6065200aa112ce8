"""User Permissions: the documents that a user is limited to, and what follows for the documents that link to them.

Who is held to the Customer ACME sees of the DocTypes that link to Customer what links to ACME, in its fields and in the
rows of its child tables. The rule has two forms, made of the same `Limit`s: why a document is refused, and a condition
in SQL.

    refusals(ctx, meta, row)   ->   ["You are not allowed to access this Task record because …"]   none: []
    condition(ctx, meta)       ->   Condition('("tabTask"."customer" IS NULL OR … IN (?))', ("ACME",))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..doctype.field import Field
from ..doctype.meta import DocType
from ..errors import DoesNotExistError
from ..query import Condition, all_of, quote
from ..store import Store
from ..utils import cint, cstr
from ..values import Given
from .grants import ADMINISTRATOR, GUEST, Caller


@dataclass(frozen=True)
class Entry:
    """One document that a user is limited to, for all DocTypes or for one: the document that a User Permission
    names, or one below it in its tree."""

    name: str
    applicable_for: str | None
    is_default: bool = False


@dataclass
class UserPermissions:
    """DocType -> the documents that a user is limited to."""

    allowed: dict[str, list[Entry]] = field(default_factory=dict)

    def values(self, allow: str, doctype: str) -> list[str] | None:
        """The documents of `allow` that documents of `doctype` may link to; None if that is not limited."""
        names = [entry.name for entry in self.allowed.get(allow, ()) if entry.applicable_for in (None, doctype)]
        return names or None

    def default(self, allow: str, doctype: str) -> str | None:
        """The document that a new one of `doctype` links to unless it says otherwise: the default one, or the only
        one."""
        entries = self.allowed.get(allow, ())
        fitting = [entry for entry in entries if entry.applicable_for in (None, doctype)]
        return next((entry.name for entry in reversed(fitting) if entry.is_default or len(entries) == 1), None)


def user_permissions(ctx: Caller) -> UserPermissions:
    """The documents that the user is limited to. Frappe: nothing limits the Administrator and guests."""
    result: UserPermissions = ctx.cached(("user_permissions", ctx.user), lambda: _user_permissions(ctx))
    return result


def _user_permissions(ctx: Caller) -> UserPermissions:
    found = UserPermissions()
    if ctx.user in (ADMINISTRATOR, GUEST):
        return found
    fields = ("allow", "for_value", "applicable_for", "hide_descendants", "is_default")
    own = Condition('"user" = ?', (ctx.user,))
    for row in ctx.store.find(ctx.meta("User Permission"), own, fields, order="creation"):
        applicable = row["applicable_for"] or None  # Frappe: whether or not it says that it is for all DocTypes
        entries = found.allowed.setdefault(row["allow"], [])
        entries.append(Entry(row["for_value"], applicable, bool(cint(row["is_default"]))))
        if not cint(row["hide_descendants"]):
            entries += [Entry(name, applicable) for name in _below(ctx, row["allow"], row["for_value"])]
    return found


def _below(ctx: Caller, doctype: str, name: str) -> list[str]:
    try:
        meta = ctx.meta(doctype)
    except DoesNotExistError:
        return []
    return descendants(ctx.store, meta, name, "descendants of") if cint(meta.is_tree) else []


def descendants(store: Store, meta: DocType, name: str, operator: str) -> list[str]:
    """The names that a tree operator matches for the node `name`, by its lft and rgt."""
    table = quote(meta.table)
    node = store.database.row(f"SELECT lft, rgt FROM {table} WHERE name = ?", (name,))
    if node is None:
        return []
    up = "ancestors" in operator
    inclusive = "=" if "inclusive" in operator else ""
    compare = f"lft <{inclusive} ? AND rgt >{inclusive} ?" if up else f"lft >{inclusive} ? AND rgt <{inclusive} ?"
    return [row[0] for row in store.database.rows(f"SELECT name FROM {table} WHERE {compare} ORDER BY lft", node)]


# --- what follows for a DocType --------------------------------------------------------------------------


@dataclass(frozen=True)
class Limit:
    """A link that may name these documents only: a field of the document, or of the rows of one of its tables; `link`
    None is the document itself."""

    names: tuple[str, ...]
    link: Field | None = None
    table: Field | None = None
    child: DocType | None = None


def limits(ctx: Caller, meta: DocType) -> tuple[Limit, ...]:
    """The limits that the user's permissions set on documents of the DocType."""
    held = user_permissions(ctx)
    if not held.allowed:
        return ()
    found: tuple[Limit, ...] = ctx.cached(("limits", ctx.user, meta.name), lambda: tuple(_limits(ctx, meta, held)))
    return found


def _limits(ctx: Caller, meta: DocType, held: UserPermissions) -> Iterable[Limit]:
    own = held.values(meta.name, meta.name)
    if own is not None:
        yield Limit(tuple(own))
    for table, owner in [
        (None, meta),
        *((table, ctx.meta(cstr(table.options))) for table in meta.table_fields if ctx.has_doctype(table.options)),
    ]:
        for link in owner.link_fields:
            names = None if cint(link.ignore_user_permissions) else held.values(cstr(link.options), meta.name)
            if names is not None:
                yield Limit(tuple(names), link, table, owner if table else None)


def _is_strict(ctx: Caller, meta: DocType) -> bool:
    """Whether an empty link is refused to a user who is limited to certain documents. Frappe: never in a Single,
    whose links begin empty."""
    return bool(cint(ctx.setting("apply_strict_user_permissions"))) and not meta.issingle


def refusals(ctx: Caller, meta: DocType, row: Mapping[str, object]) -> list[str]:
    """Why the user's permissions exclude the document; empty if they do not. A document without a name yet is never
    one that the user is limited to."""
    found: list[str] = []
    for limit in limits(ctx, meta):
        if limit.link is None:
            if str(row.get("name")) not in limit.names:
                found.append(f"Not allowed for {meta.name}: {row.get('name')}")
            continue
        for each in [row] if limit.table is None else _rows(ctx, meta, limit, row):
            value = each.get(limit.link.fieldname)
            if (value or _is_strict(ctx, meta)) and cstr(value) not in limit.names:
                found.append(_reason(limit.child or meta, limit, each))
    return found


def _rows(ctx: Caller, meta: DocType, limit: Limit, row: Given) -> Iterable[Any]:
    """The rows of a table: those that came with the document, or else the stored ones."""
    assert limit.table is not None and limit.child is not None
    if limit.table.fieldname in row:
        return row[limit.table.fieldname] or ()
    if not row.get("name"):
        return ()
    return ctx.store.load_children(limit.child, meta.name, row["name"], limit.table.fieldname)


def _reason(meta: DocType, limit: Limit, row: Given) -> str:
    assert limit.link is not None
    where = f"row {row.get('idx')}, field" if limit.table is not None else "field"
    value = row.get(limit.link.fieldname) or "empty"
    label = limit.link.label or limit.link.fieldname
    linked = f"it is linked to {limit.link.options} '{value}' in {where} {label}"
    return f"You are not allowed to access this {meta.name} record because {linked}"


def condition(ctx: Caller, meta: DocType) -> Condition:
    """The condition for the documents that the user's permissions do not exclude."""
    strict = _is_strict(ctx, meta)
    forms = [_own if limit.table is None else _of_rows for limit in limits(ctx, meta)]
    return all_of([form(meta, limit, strict) for form, limit in zip(forms, limits(ctx, meta), strict=True)])


def _own(meta: DocType, limit: Limit, strict: bool) -> Condition:
    column = f"{quote(meta.table)}.{quote(limit.link.fieldname) if limit.link else 'name'}"
    marks = ", ".join("?" * len(limit.names))
    empty = "" if strict or limit.link is None else f"{column} IS NULL OR {column} = '' OR "
    return Condition(f"{empty}{column} IN ({marks})", limit.names)


def _of_rows(meta: DocType, limit: Limit, strict: bool) -> Condition:
    """The condition that no row of the table links to anything else."""
    assert limit.link is not None and limit.table is not None and limit.child is not None
    column = f"limited.{quote(limit.link.fieldname)}"
    other = f"{column} NOT IN ({', '.join('?' * len(limit.names))})"
    refused = f"{column} IS NULL OR {other}" if strict else f"{column} <> '' AND {other}"
    rows = f"limited.parent = {quote(meta.table)}.name AND limited.parenttype = ? AND limited.parentfield = ?"
    return Condition(
        f"NOT EXISTS (SELECT 1 FROM {quote(limit.child.table)} limited WHERE {rows} AND ({refused}))",
        (meta.name, limit.table.fieldname, *limit.names),
    )


def default_link(ctx: Caller, meta: DocType, link: Field) -> str | None:
    """The document that a new document's empty link is set to: the only one that the user is limited to, or the
    default one. Frappe: never for a link to User."""
    if link.fieldtype != "Link" or link.options == "User" or cint(link.ignore_user_permissions):
        return None
    return user_permissions(ctx).default(cstr(link.options), meta.name)


def allows_link(ctx: Caller, meta: DocType, link: Field, name: object) -> bool:
    """Whether a new document's link may begin with the document: a field's default does not apply where the user is
    limited to others."""
    if link.fieldtype != "Link" or link.options == "User" or cint(link.ignore_user_permissions):
        return True
    names = user_permissions(ctx).values(cstr(link.options), meta.name)
    return names is None or cstr(name) in names
