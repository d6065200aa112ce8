"""Deleting a document: who may, what prevents it, and what is deleted with it."""

from __future__ import annotations

from collections.abc import Mapping

from .. import permissions
from ..access import identity
from ..context import Context
from ..doctype import naming
from ..doctype.meta import DocType
from ..errors import DoesNotExistError, ValidationError
from ..utils import cint, cstr
from . import child_rows, history, links, trees
from .base_document import SUBMITTED
from .loading import load


def delete(
    ctx: Context, doctype: str, name: object, force: bool = False, *, keep: bool = True, on_trash: bool = True,
    flags: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Delete a document. App code may say that no Deleted Document is kept, that its `on_trash` is not called, and what
    its flags are.

    Raises DoesNotExistError, PermissionError, LinkExistsError, ValidationError if it is submitted.
    """
    meta = ctx.meta(doctype)
    if meta.is_virtual:
        return _delete_virtual(ctx, meta, name)
    with ctx.store.database.atomic():
        if ctx.store.exists(meta, name) is None or meta.issingle and ctx.store.exists(meta, name) != name:
            raise DoesNotExistError.unnamed(meta.name, name)
        doc = load(ctx, doctype, name)
        permissions.require(ctx, meta, "delete", doc.__dict__)
        identity.require_may_end(ctx, meta.name)
        if meta.istable and not permissions.all_powerful(ctx):
            child_rows.require_open_table(ctx, doc)
        if cint(doc.docstatus) == SUBMITTED and not force:
            raise ValidationError.told(
                f"{meta.name} {doc.name}: Submitted Record cannot be deleted. You must Cancel it first."
            )
        doc.flags.update(flags or {}, ignore_permissions=ctx.is_trusted)
        if on_trash:
            doc.run_method("on_trash")
            doc.flags.in_delete = True
            doc.run_method("on_change")
        if meta.is_nested_set:
            trees.remove(ctx, meta, doc.name)
        if not force and meta.name != "DocType":  # Frappe: what links to a DocType keeps nobody from deleting it
            links.require_unlinked(ctx, meta, doc.name)
        if keep:
            history.remember_deleted(ctx, doc)
        delete_rows(ctx, meta, doc.name)
        ctx.store.delete(meta, doc.name)
        counted = naming.last_series(meta, doc)
        if counted:
            ctx.store.give_back_number(*counted)
        links.delete_references(ctx, meta, doc.name)
        ctx.touch(meta.name)
        doc.run_method("after_delete")
        history.say_deleted(ctx, doc)


def _delete_virtual(ctx: Context, meta: DocType, name: object) -> None:
    """The controller of a virtual DocType deletes its own document, wherever that is kept."""
    doc = load(ctx, meta.name, name)
    permissions.require(ctx, meta, "delete", doc.__dict__)
    if not doc.deletes_itself:
        raise ValidationError.told(
            f"{meta.name} is virtual: its controller has no delete(), so its documents cannot be deleted"
        )
    doc.run_method("on_trash")
    doc.delete()
    doc.run_method("after_delete")


def delete_rows(ctx: Context, meta: DocType, name: object) -> None:
    """Delete the rows of a document's child tables."""
    for field in meta.table_fields:
        if ctx.has_doctype(field.options):
            ctx.store.delete_children(ctx.meta(cstr(field.options)), meta.name, name)
