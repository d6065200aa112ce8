"""Renaming: gives a document another name, or merges it into the one that has it; links follow."""

from __future__ import annotations

from .. import permissions
from ..access import identity
from ..context import Context
from ..doctype import naming
from ..doctype.meta import DocType
from ..errors import FrappeError, InvalidEmailAddressError, NameError, ValidationError
from ..utils import bold, cint, cstr, validate_email_address
from . import history, links, trees
from .base_document import BaseDocument
from .deleting import delete_rows
from .loading import load


def rename(
    ctx: Context, doctype: str, old: object, new_name: object, merge: bool = False, force: bool = False
) -> str | int:
    """Rename a document and every link to it; `merge` joins it into an existing one. Returns the new name.

    Raises PermissionError, DoesNotExistError, NameError, ValidationError for a name that is taken.
    """
    meta = ctx.meta(doctype)
    with ctx.store.database.atomic():
        doc = load(ctx, doctype, old)
        _require_address(doctype, new_name)
        old = doc.name
        if not permissions.judge(ctx, meta, "write", doc.__dict__).allowed:
            _refuse(ctx, doc, new_name, merge)
        identity.require_may_end(ctx, meta.name)
        if meta.issingle or meta.is_virtual:  # its name is not kept in a table
            raise ValidationError.told(f"{meta.name} not allowed to be renamed")
        new_name = _named_by_hooks(doc.run_method("before_rename", old, new_name, merge)) or new_name
        _require_change(ctx, meta, old, new_name, merge)
        _require_fitting(ctx, meta, old, new_name, merge)
        allowed = cint(meta.allow_rename) and not meta.istable  # a row is known by its name: its document keeps it
        if not (force or ctx.is_trusted or allowed):
            raise ValidationError.told(f"{meta.name} not allowed to be renamed")
        if not isinstance(new_name, str) and meta.autoname != "autoincrement":
            raise NameError.told("Invalid name type (integer) for varchar name column")
        name = naming.check_name(meta, new_name)
        (_merge if merge else _rename)(ctx, meta, old, name)
        ctx.touch(meta.name)
        load(ctx, doctype, name).run_method("after_rename", old, name, merge)
        said = f"merged {bold(old)} into {bold(name)}" if merge else f"renamed from {bold(old)} to {bold(name)}"
        history.add_comment(ctx, doctype, name, said, "Edit")
    ctx.say(f"Document renamed from {bold(old)} to {bold(name)}", indicator="green", alert=True)
    return name


def require_form(ctx: Context, doctype: str, name: object) -> None:
    """Raises InvalidEmailAddressError for a user's name that is no address, to whoever may not rename: so he hears of
    it before the right, and the same of a user who is not there."""
    if doctype == "User" and "System Manager" not in ctx.roles and not permissions.all_powerful(ctx):
        _require_address(doctype, name)


def _require_address(doctype: str, name: object) -> None:
    if doctype == "User" and not validate_email_address(cstr(name)):
        raise InvalidEmailAddressError.told(f"{name} is not a valid Email Address")


def _refuse(ctx: Context, doc: BaseDocument, name: object, merge: bool) -> None:
    """Raises for whoever may not write the document. Frappe: no refusal by right, but a ValidationError, once it is
    known that the name would do; here so for who may read the document, and knows of it anyway."""
    meta = doc.meta
    _require_change(ctx, meta, doc.name, name, merge)
    if not permissions.judge(ctx, meta, "read", doc.__dict__).allowed:
        permissions.require(ctx, meta, "write", doc.__dict__)
    taken = cstr(name).strip()
    if not merge and permissions.is_listed(ctx, meta, taken):
        raise _taken(meta, taken)
    raise ValidationError.told(f"You need write permission on {meta.name} {doc.name} to rename")


def _taken(meta: DocType, name: str) -> FrappeError:
    return ValidationError.told(f"Another {meta.name} with name {name} exists, select another name")


def _named_by_hooks(answer: object) -> object:
    """The name that the controller's `before_rename` returns instead: as text, or as `new` of a dict."""
    return answer.get("new") if isinstance(answer, dict) else answer


def _require_change(ctx: Context, meta: DocType, old: object, name: object, merge: bool) -> None:
    """Raises unless there is something to do. Frappe tells it before the right is asked; here, nobody hears of a
    document that no list shows to him."""
    name = cstr(name).strip()
    if name == cstr(old):
        raise ValidationError.told("No changes made because old and new name are the same.")
    if merge and not (ctx.store.exists(meta, name) if ctx.is_trusted else permissions.is_listed(ctx, meta, name)):
        raise ValidationError.told(f"{meta.name} {name} does not exist, select a new target to merge")


def _require_fitting(ctx: Context, meta: DocType, old: object, name: object, merge: bool) -> None:
    """Raises unless the name is free or, for a merge, names a document that the caller may write."""
    name = cstr(name).strip()
    existing = ctx.store.exists(meta, name)
    if merge:
        permissions.require(ctx, meta, "write", load(ctx, meta.name, name).__dict__)
    elif existing is not None and cstr(existing) != cstr(old):  # the same in other letters is free
        raise _taken(meta, name)


def _rename(ctx: Context, meta: DocType, old: object, name: object) -> None:
    rule, _, fieldname = meta.autoname.partition(":")
    values = {"name": name}
    if rule == "field" and meta.has_field(fieldname):
        values[fieldname] = name
    ctx.store.update(meta, old, values)
    links.rename_references(ctx, meta, old, name)


def _merge(ctx: Context, meta: DocType, old: object, name: object) -> None:
    gone = load(ctx, meta.name, old)
    if meta.is_nested_set:
        trees.require_same_kind(ctx, meta, gone, name)
    gone.run_method("on_trash")  # Frappe: what is merged into another is deleted, and its class has its say
    history.remember_deleted(ctx, gone)
    delete_rows(ctx, meta, old)
    links.rename_references(ctx, meta, old, name)
    ctx.store.delete(meta, old)
    history.say_deleted(ctx, gone)
    if meta.is_nested_set:
        trees.rebuild(ctx, meta)
