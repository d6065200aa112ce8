"""Who links to a document: checked before it is deleted or cancelled, and updated when it is renamed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..errors import DoesNotExistError, FrappeError, LinkExistsError, message
from ..query import Condition, quote
from ..utils import bold, cint, cstr

NO_OBSTACLE = frozenset({
    "Comment", "Version", "ToDo", "DocShare", "File", "Tag Link", "Communication", "Activity Log", "View Log",
    "Notification Log", "Email Queue", "Email Unsubscribe", "Webhook Request Log", "Document Follow", "API Request Log",
    "Access Log", "Custom Field", "Property Setter",
})  # fmt: skip
"""DocTypes whose links do not keep a document from being deleted: they go with it, or only remember it."""

REFERENCES = {
    "Comment": ("reference_doctype", "reference_name"),
    "Version": ("ref_doctype", "docname"),
    "ToDo": ("reference_type", "reference_name"),
    "DocShare": ("share_doctype", "share_name"),
    "Tag Link": ("document_type", "document_name"),
    "File": ("attached_to_doctype", "attached_to_name"),
    "User Permission": ("allow", "for_value"),
    "Email Unsubscribe": ("reference_doctype", "reference_name"),
    "View Log": ("reference_doctype", "reference_name"),
    "Document Follow": ("ref_doctype", "ref_docname"),
    "Notification Log": ("document_type", "document_name"),
}
"""DocType -> the fields by which its documents belong to another: deleted and renamed with it."""

MOST_HOLDERS = 500
"""Rows of one DocType that are looked at."""


def link_fields(ctx: Context, doctype: str) -> list[tuple[DocType, str]]:
    """Every (DocType, fieldname) of a Link field to `doctype`."""
    found: list[tuple[DocType, str]] = ctx.cached(
        ("links to", doctype), lambda: list(_fields(ctx, "fieldtype = 'Link' AND options = ?", (doctype,)))
    )
    return found


def dynamic_link_fields(ctx: Context) -> list[tuple[DocType, str, str]]:
    """Every (DocType, fieldname, field that holds the DocType) of a Dynamic Link."""

    def find() -> list[tuple[DocType, str, str]]:
        pairs = _fields(ctx, "fieldtype = 'Dynamic Link'", ())
        return [
            (meta, name, cstr(field.options))
            for meta, name in pairs
            if (field := meta.field(name)) and field.options in meta.columns
        ]

    found: list[tuple[DocType, str, str]] = ctx.cached(("dynamic links",), find)
    return found


def _fields(ctx: Context, where: str, params: tuple[object, ...]) -> Iterator[tuple[DocType, str]]:
    sql = (
        f'SELECT parent, fieldname FROM "tabDocField" WHERE {where} UNION SELECT dt, fieldname FROM "tabCustom Field" '
        f"WHERE {where}"
    )
    for doctype, fieldname in ctx.store.database.rows(sql, (*params, *params)):
        try:
            meta = ctx.meta(doctype)
        except DoesNotExistError:
            continue
        if fieldname in meta.columns and not meta.is_virtual:
            yield meta, fieldname


def require_unlinked(ctx: Context, meta: DocType, name: object, cancelling: Iterable[str] | None = None) -> None:
    """Raises LinkExistsError if another document links to this one. `cancelling`: only submitted ones count, and none
    of the DocTypes named there."""
    asked = (ctx, meta, name, cancelling)
    for linking, owner in itertools.chain(by_links(*asked), by_dynamic_links(*asked)):
        refusal = _linked(ctx, meta, name, linking, owner)
        if cancelling is None and (meta.has_field("enabled") or meta.has_field("disabled")):
            refusal.messages += (message(f"You can disable this {meta.name} instead of deleting it."),)
        raise refusal


def by_links(
    ctx: Context, meta: DocType, name: object, cancelling: Iterable[str] | None = None
) -> Iterator[tuple[DocType, object]]:
    """The documents whose Link fields prevent this one from being deleted or cancelled."""
    ignored = _ignored(ctx, cancelling)
    for linking, fieldname in link_fields(ctx, meta.name):
        if not linking.issingle:
            condition = Condition(f"{quote(fieldname)} = ?", (cstr(name),))
            yield from _holders(ctx, meta, name, linking, condition, cancelling)
        elif linking.name not in ignored and _names(ctx.single(linking.name, fieldname), name):
            yield linking, linking.name  # Frappe: a Single's link counts when cancelling too


def by_dynamic_links(
    ctx: Context, meta: DocType, name: object, cancelling: Iterable[str] | None = None
) -> Iterator[tuple[DocType, object]]:
    """The documents whose Dynamic Links prevent it. Frappe: cancelled ones do not."""
    ignored = _ignored(ctx, cancelling)
    for linking, fieldname, type_field in dynamic_link_fields(ctx):
        if not linking.issingle:
            condition = Condition(
                f"{quote(fieldname)} = ? AND {quote(type_field)} = ? AND docstatus <> 2", (cstr(name), meta.name)
            )
            yield from _holders(ctx, meta, name, linking, condition, cancelling)
        elif cancelling is None and linking.name not in ignored:  # a Single is never submitted
            if ctx.single(linking.name, type_field) == meta.name and _names(ctx.single(linking.name, fieldname), name):
                yield linking, linking.name


def _names(value: object, name: object) -> bool:
    """Whether a Single's link, which is text, names the document, whose name may be a number."""
    return cstr(value) == cstr(name)


def _ignored(ctx: Context, cancelling: Iterable[str] | None) -> set[str]:
    return {*NO_OBSTACLE, *ctx.site.ignored_links, *(cancelling or ())}


def _holders(
    ctx: Context, meta: DocType, name: object, linking: DocType, condition: Condition, cancelling: Iterable[str] | None
) -> Iterator[tuple[DocType, object]]:
    """The documents with such a row, except the document itself."""
    ignored = _ignored(ctx, cancelling)
    if linking.name in ignored or (cancelling is not None and not (linking.is_submittable or linking.istable)):
        return
    columns = ("name", "docstatus", *(("parent", "parenttype") if linking.istable else ()))
    for row in ctx.store.find(linking, condition, columns, limit=MOST_HOLDERS, order="rowid DESC"):
        owner_type, owner = (row["parenttype"], row["parent"]) if linking.istable else (linking.name, row["name"])
        if owner_type in ignored or (owner_type == meta.name and cstr(owner) == cstr(name)):
            continue
        if cancelling is None or cint(row["docstatus"]) == 1:
            yield ctx.meta(owner_type) if ctx.has_doctype(owner_type) else linking, owner


def _linked(ctx: Context, meta: DocType, name: object, linking: DocType, linking_name: object) -> FrappeError:
    """The LinkExistsError. It names the other document only to callers who may read it."""
    may_know = permissions.is_listed(ctx, linking, linking_name)
    other = f"{linking.name} {bold(linking_name)}" if may_know else "a document that you may not read"
    return LinkExistsError.told(f"Cannot delete or cancel because {meta.name} {bold(name)} is linked with {other}")


def delete_references(ctx: Context, meta: DocType, name: object) -> None:
    """Delete what belongs to a document and is useless without it: comments, versions, shares, tags."""
    for doctype, (type_field, name_field) in REFERENCES.items():
        if doctype in ("File", "ToDo"):
            continue
        sql = f"DELETE FROM {quote('tab' + doctype)} WHERE {quote(type_field)} = ? AND {quote(name_field)} = ?"
        if ctx.store.database.execute(sql, (meta.name, cstr(name))):
            ctx.touch(doctype)
    execute, gone = ctx.store.database.execute, (meta.name, cstr(name))
    execute('DELETE FROM "tabToDo" WHERE reference_type = ? AND reference_name = ?', gone)
    execute('DELETE FROM "tabCommunication Link" WHERE link_doctype = ? AND link_name = ?', gone)
    for doctype, type_field, name_field in CLEARED:
        execute(
            f"UPDATE {quote('tab' + doctype)} SET {type_field} = NULL, {name_field} = NULL WHERE {type_field} = ? AND "
            f"{name_field} = ?",
            gone,
        )


CLEARED = (
    ("Communication", "reference_doctype", "reference_name"),
    ("Activity Log", "reference_doctype", "reference_name"),
    ("Activity Log", "timeline_doctype", "timeline_name"),
)
"""DocType, and the fields by which its documents remember another: they stay, and forget it when it is deleted."""


def rename_references(ctx: Context, meta: DocType, old: object, new: object) -> None:
    """Point every link, child row and reference from `old` to `new`."""
    execute = ctx.store.database.execute
    for linking, fieldname in link_fields(ctx, meta.name):
        if linking.issingle:
            _rename_in_single(ctx, linking, fieldname, old, new)
        else:
            execute(
                f"UPDATE {quote(linking.table)} SET {quote(fieldname)} = ? WHERE {quote(fieldname)} = ?", (new, old)
            )
        ctx.touch(linking.name)
    pairs = []
    for linking, fieldname, type_field in dynamic_link_fields(ctx):
        if not linking.issingle:
            pairs.append((linking.table, fieldname, type_field))
        elif ctx.single(linking.name, type_field) == meta.name:
            _rename_in_single(ctx, linking, fieldname, old, new)
    pairs += [(f"tab{doctype}", name_field, type_field) for doctype, (type_field, name_field) in REFERENCES.items()]
    for table, fieldname, type_field in dict.fromkeys(pairs):
        execute(
            (
                f"UPDATE {quote(table)} SET {quote(fieldname)} = ? WHERE {quote(fieldname)} = ? AND "
                f"{quote(type_field)} = ?"
            ),
            (new, old, meta.name),
        )
    for table_field in meta.table_fields:
        if ctx.has_doctype(table_field.options):
            execute(
                f"UPDATE {quote(f'tab{table_field.options}')} SET parent = ? WHERE parent = ? AND parenttype = ?",
                (new, old, meta.name),
            )
    ctx.store.rename_secrets(meta.name, cstr(old), cstr(new))
    ctx.touch("DocShare")


def _rename_in_single(ctx: Context, single: DocType, fieldname: str, old: object, new: object) -> None:
    ctx.store.database.execute(
        'UPDATE "tabSingles" SET value = ? WHERE doctype = ? AND field = ? AND value = ?',
        (cstr(new), single.name, fieldname, cstr(old)),
    )
    ctx.touch(single.name)
