"""Who may see, change and send a file: whoever may do so with the document that it hangs on."""

from __future__ import annotations

from ... import permissions
from ...context import Context
from ...document.base_document import BaseDocument
from ...errors import PermissionError
from ...query import Condition
from ...utils import cint
from ..records import freely_read
from .attaching import PRIVATE, PUBLIC


def require_attachable(ctx: Context, doctype: str, name: object) -> object:
    """The document's name as it is stored. Raises PermissionError unless the user may write it.

    Frappe: a form attaches files before its document is stored, so a name that nobody has is fine. Here only for
    whoever reads every document of the DocType: others would learn from it which names exist.
    """
    meta = ctx.meta(doctype)
    row = ctx.store.load(meta, name)
    if row is None and meta.name not in freely_read(ctx):
        refusal = permissions.refusal_by_role(ctx, meta, "write", name)  # as one is told of a document that is there
        if refusal is not None:
            raise refusal
        raise PermissionError.told(f"You need the 'write' permission on {meta.name} {name} to perform this action.")
    permissions.require(ctx, meta, "write", row)
    return row["name"] if row is not None else name


def may_touch_file(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """The owner may do everything; others what the document that it hangs on allows; anybody may read a public file.

    Frappe: a role changes nothing here. A System Manager looks after folders and public files, not into private ones.
    """
    if (
        (doc.owner == ctx.user != "Guest")
        or (doc.owner is None and right == "create")
        or ("System Manager" in ctx.roles and not cint(doc.is_private))
    ):
        return None
    if right in ("read", "select") and not cint(doc.is_private) and not cint(doc.is_folder):
        return None
    if cint(doc.is_folder):
        return None if right in ("read", "select", "create") else False
    if not (doc.attached_to_doctype and doc.attached_to_name) or not ctx.has_doctype(doc.attached_to_doctype):
        return False
    meta = ctx.meta(doc.attached_to_doctype)
    row = ctx.store.load(meta, doc.attached_to_name)
    needed = "read" if right in ("read", "select", "print", "email") else "write"
    return None if row is not None and permissions.judge(ctx, meta, needed, row).allowed else False


def file_rows(ctx: Context) -> Condition:
    """The same for lists, without following each attachment.

    One's own files, and for users of the desk public ones, folders, and those of DocTypes read without limits.
    """
    if permissions.all_powerful(ctx):
        return Condition()
    if "Desk User" not in ctx.roles:
        return Condition('"tabFile".owner = ?', (ctx.user,))
    free = sorted(freely_read(ctx))
    attached = f'"tabFile".attached_to_doctype IN ({", ".join("?" * len(free))})'
    return Condition(f'"tabFile".owner = ? OR "tabFile".is_private = 0 OR {attached}', (ctx.user, *free))


def readable_file(ctx: Context, url: str) -> dict[str, object] | None:
    """A File of that URL that the user may read, or None."""
    if not url.startswith((PUBLIC, PRIVATE)):
        return None
    meta = ctx.meta("File")
    for row in ctx.store.find(meta, Condition("file_url = ? AND is_folder = 0", (url,)), meta.columns, limit=100):
        if row["file_url"] == url and (not row["is_private"] or permissions.judge(ctx, meta, "read", row).allowed):
            return row
    return None
