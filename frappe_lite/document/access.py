"""Documents as callers meet them: found, changed and shown only as far as the caller may.

Every door (v1, v2, batch, bulk requests, `frappe.client.*`, forms, methods of documents) takes documents through these
few functions, so that their promises hold for all: the stored document is judged before anything is done with it; who
may not know of a document is refused alike whether or not it is there; the rows of child tables are written by saving
the document that they belong to; and what is shown is what the caller may read.

    doc = load_for(ctx, "Task", "TASK-1", "write")   ->   change(ctx, doc, {"status": "Open"})   ->   shown(ctx, doc)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .. import permissions
from ..context import Context, current
from ..doctype import server_owned
from ..doctype.field import Field
from ..doctype.meta import CHILD, STANDARD, DocType
from ..errors import DoesNotExistError, FrappeError, LinkValidationError, ValidationError
from ..utils import cstr
from ..values import Given, Values
from . import child_rows, deleting, loading, validation
from .base_document import BaseDocument

# --- looked up -------------------------------------------------------------------------------------------


def load_for(ctx: Context, doctype: object, name: object, right: str = "read") -> BaseDocument:
    """The stored document, for a caller who has the right on it. Raises PermissionError, or DoesNotExistError to
    callers who may know. Frappe: a list of one name counts as that name."""
    if isinstance(name, list) and len(name) == 1:
        name = name[0]
    try:
        doc = loading.load(ctx, doctype, name)
    except DoesNotExistError as error:
        raise told(ctx, error, right) from None
    permissions.require(ctx, doc.meta, right, doc.__dict__)
    return doc


def known(ctx: Context, doctype: object, name: object) -> BaseDocument:
    """The stored document, for a caller who may know that it exists: who may read it, or by a role may read
    documents of its DocType. Raises PermissionError, DoesNotExistError."""
    try:
        doc = loading.load(ctx, doctype, name)
    except DoesNotExistError as error:
        raise told(ctx, error) from None
    if not permissions.judge(ctx, doc.meta, "read", doc.__dict__).allowed:
        refusal = permissions.refusal_by_role(ctx, doc.meta, "read")
        if refusal is not None:
            raise refusal
    return doc


def row_for(ctx: Context, meta: DocType, name: object, right: str = "read") -> dict[str, object]:
    """The stored values alone, as `load_for`: for DocTypes whose documents can be read without running app code."""
    try:
        row = loading.load_values(ctx, meta, name)
    except DoesNotExistError as error:
        raise told(ctx, error) from None
    permissions.require(ctx, meta, right, row)
    return row


def told(ctx: Context, error: DoesNotExistError, right: str = "read") -> FrappeError:
    """The error for a document that does not exist: the one for a document that does, unless a role lets the caller
    read the DocType."""
    if not error.doctype or not ctx.has_doctype(error.doctype):
        return error
    meta = ctx.meta(error.doctype)
    refusal = permissions.refusal_by_role(ctx, meta, "read", error.name)
    if refusal is None:
        return error
    return permissions.refusal_by_role(ctx, meta, right, error.name) or refusal


def may(ctx: Context, user: str, doc: BaseDocument, right: str) -> bool:
    """Whether another user has the right on the document. The apps' rules see that user as the one who acts."""
    asked = ctx.as_user(user)
    asked.scopes = None  # those of the caller's token say nothing of another user
    token = current.set(asked)
    try:
        return permissions.judge(asked, doc.meta, right, doc.__dict__).allowed
    finally:
        current.reset(token)


# --- changed ---------------------------------------------------------------------------------------------


def insert(ctx: Context, values: Given, name: object = None) -> BaseDocument:
    """Store a new document and return it; a row of a child table by saving the document that it names as its parent."""
    meta = ctx.meta(values["doctype"])
    if not meta.istable:
        made: BaseDocument = loading.new(ctx, values).insert(set_name=name)
        return made
    owner, table = _place(ctx, meta, values)
    row = owner.append(
        table.fieldname, {key: value for key, value in values.items() if key not in CHILD and key != "name"}
    )
    owner.save()
    return row


def change(ctx: Context, doc: BaseDocument, values: Mapping[str, object]) -> BaseDocument:
    """Store a document with new values and return it; a row of a child table by saving its document. `modified`, if it
    is among them, must be the stored one."""
    given = {key: value for key, value in values.items() if value is not None or key != "modified"}
    if not doc.meta.istable:
        doc.flags.claimed = {key: given.pop(key) for key in server_owned.CONSTANT if key in given}
        before = given.pop(server_owned.OLD_PARENT, None) if doc.meta.is_nested_set else None
        if before and ctx.store.exists(doc.meta, cstr(before)) is None:
            raise LinkValidationError.told(f"Could not find Old Parent: {before}")
        saved: BaseDocument = doc.update(given).save()
        return saved
    owner, table = _place(ctx, doc.meta, doc.__dict__)
    row = _row(owner, table, doc.name)
    row.update({key: value for key, value in given.items() if key not in CHILD})
    row.check_latest(doc)
    owner.save()
    return row


def step(doc: BaseDocument, method: Literal["submit", "cancel"]) -> BaseDocument:
    """Submit or cancel a document, even one with a field of that name, as DocShare and DocPerm have."""
    stepped: BaseDocument = getattr(type(doc), method)(doc)
    return stepped


def delete(ctx: Context, doctype: str, name: object) -> None:
    """Delete a document; a row of a child table by saving its document without it. Raises as `load_for`, and what
    `document.delete` and saving raise."""
    meta = ctx.meta(doctype)
    if meta.istable:
        row = load_for(ctx, doctype, name, "delete")
        if ctx.has_doctype(row.parenttype) and ctx.store.exists(ctx.meta(row.parenttype), row.parent) is not None:
            owner, table = _place(ctx, meta, row.__dict__)
            owner.remove(_row(owner, table, row.name))
            owner.save()
            return
    try:
        deleting.delete(ctx, doctype, name)
    except DoesNotExistError as error:
        raise told(ctx, error, "delete") from None


def take(ctx: Context, doc: BaseDocument, values: Given) -> None:
    """Give a stored document the values that the caller may write, for a method to work on. Stores nothing. Raises
    TimestampMismatchError."""
    stored = loading.load(ctx, doc.doctype, doc.name)
    doc.update({key: value for key, value in values.items() if key not in CHILD or not doc.meta.istable})
    doc.check_latest(stored, saving=False)
    validation.keep_higher_levels(ctx, doc, stored)


def _place(ctx: Context, meta: DocType, row: Given) -> tuple[BaseDocument, Field]:
    """The document that a row belongs to, if the caller may write it and its table; and the field of that table."""
    if not all(row.get(key) for key in CHILD):
        permissions.require(ctx, meta, "write", row)
        raise child_rows.row_alone(meta, row)
    owner = load_for(ctx, row["parenttype"], row["parent"], "write")
    tables = {each.fieldname: each for each in owner.meta.table_fields if each.options == meta.name}
    table = tables.get(row["parentfield"])
    if table is None:
        raise ValidationError.told(f"{owner.doctype} has no table {row['parentfield']} with rows of {meta.name}")
    permissions.require_level(ctx, owner.meta, table, "write")
    return owner, table


def _row(owner: BaseDocument, table: Field, name: object) -> BaseDocument:
    rows: list[BaseDocument] = owner.get(table.fieldname) or []
    for row in rows:
        if cstr(row.name) == cstr(name):
            return row
    raise DoesNotExistError.told(f"{table.options} {name} not found")


# --- shown -----------------------------------------------------------------------------------------------


def shown(ctx: Context, doc: BaseDocument, nulls: bool = True) -> Values:
    """A document with the fields that the caller may read. Whoever may not read it but has just written it gets its
    standard fields."""
    data = doc.as_dict(no_nulls=not nulls)
    if doc.meta.issingle:
        data["name"] = ctx.store.single_name(doc.meta)
    if not permissions.judge(ctx, doc.meta, "read", doc.__dict__).allowed:
        return {key: value for key, value in data.items() if key in STANDARD or key in ("doctype", *CHILD)}
    return permissions.strip_unreadable(ctx, doc.meta, dict(data), governing(ctx, doc.meta, doc.__dict__), nulls)


def governing(ctx: Context, meta: DocType, row: Given) -> DocType:
    """The DocType whose permission levels apply to a document: for a child row, its parent's."""
    return ctx.meta(row["parenttype"]) if meta.istable and ctx.has_doctype(row.get("parenttype")) else meta


def shown_all(ctx: Context, value: object) -> object:
    """A method's answer in which documents show only what the caller may read, without unset values."""
    if isinstance(value, BaseDocument):
        return shown(ctx, value, nulls=False)
    if isinstance(value, list | tuple):
        return [shown_all(ctx, each) for each in value]
    if isinstance(value, dict):
        return {key: shown_all(ctx, each) for key, each in value.items()}
    return value
