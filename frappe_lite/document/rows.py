"""Stores a document's rows: its own, those of its child tables, and its secrets, which are kept apart.

Nothing is asked here: `document.Document` has judged, checked and named what comes, and has opened the transaction.

    write_new(ctx, doc)   ->   INSERT the document, INSERT each row
    write_changes(ctx, doc, stored)   ->   UPDATE what differs; of each table INSERT, UPDATE, DELETE
"""

from __future__ import annotations

from ..context import Context
from ..doctype.meta import DocType
from ..utils import cstr
from . import child_rows, history, kept_secrets, trees
from .base_document import BaseDocument

_FIXED = frozenset({"name", "creation", "owner"})
"""Columns that no save changes. Tags, likes and their like are no shown columns: whoever keeps them writes them."""


def write_new(ctx: Context, doc: BaseDocument) -> None:
    """Store a new document with its rows. Raises DuplicateEntryError, UniqueViolation."""
    meta = doc.meta
    kept_secrets.keep(ctx, doc)
    if meta.issingle:
        _write_single(ctx, doc)
    elif meta.is_virtual:
        doc.db_insert()
        return
    else:
        if meta.is_nested_set:
            trees.insert(ctx, meta, doc)
        ctx.store.insert(meta, doc.__dict__)
    for row in doc.get_all_children():
        kept_secrets.keep(ctx, row)
        ctx.store.insert(row.meta, row.__dict__)
        row.__dict__.pop("__islocal", None)
    ctx.touch(doc.doctype)


def write_changes(ctx: Context, doc: BaseDocument, stored: BaseDocument) -> None:
    """Store what differs from the stored document, rows included. Raises UniqueViolation."""
    meta, state = doc.meta, doc.__dict__
    kept_secrets.keep(ctx, doc, stored)
    if meta.issingle:
        _write_single(ctx, doc)
    elif meta.is_virtual:
        doc.db_update()
        return
    else:
        if meta.is_nested_set:
            trees.move(ctx, meta, doc, stored)
        state.update(creation=stored.__dict__["creation"], owner=stored.owner)
        changed = {
            column: state[column]
            for column in meta.shown_columns
            if column not in _FIXED and state[column] != stored.__dict__.get(column)
        }
        if "_seen" in meta.columns:
            changed["_seen"] = state["_seen"] = history.seen_by(ctx.user)  # others saw it as it was
        ctx.store.update(meta, doc.name, changed)
    for field in meta.table_fields:
        if ctx.has_doctype(field.options):
            _write_table(ctx, doc, ctx.meta(cstr(field.options)), field.fieldname, stored.get(field.fieldname) or [])
    ctx.touch(doc.doctype)


def _write_table(ctx: Context, doc: BaseDocument, child: DocType, fieldname: str, stored: list[BaseDocument]) -> None:
    """Store a child table: rows with the name of a stored one change it, others are added, missing ones are deleted."""
    store, old = ctx.store, {cstr(row.name): row for row in stored}
    rows: list[BaseDocument] = doc.get(fieldname) or []
    kept = {old[cstr(row.name)].name for row in rows if cstr(row.name) in old}
    if len(kept) < len(old):
        store.delete_children(child, doc.doctype, doc.name, fieldname, kept)
    for row in rows:
        state = row.__dict__
        before = old.pop(cstr(row.name), None)
        if before is None:
            child_rows.begin(ctx, doc, child, row)
            kept_secrets.keep(ctx, row)
            store.insert(child, state)
        else:
            state.update(name=before.name, creation=before.__dict__["creation"], owner=before.owner)
            kept_secrets.keep(ctx, row)
            store.update(
                child,
                before.name,
                {column: state[column] for column in child.columns if state[column] != before.__dict__.get(column)},
            )
        state.pop("__islocal", None)


def _write_single(ctx: Context, doc: BaseDocument) -> None:
    columns = {"owner", "modified", "modified_by", "creation", *(field.fieldname for field in doc.meta.value_fields)}
    values = {column: doc.get(column) for column in columns if column != "creation" or doc.get(column)}
    ctx.store.save_single(doc.meta, values)


__all__ = ["write_changes", "write_new"]
