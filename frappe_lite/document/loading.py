"""Documents by name: loaded from the store, created, copied."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TypeVar, cast

from ..context import Context
from ..doctype.meta import DocType
from ..errors import DoesNotExistError
from ..utils import cstr, get_datetime, now_datetime
from ..values import Given, Values
from .base_document import BaseDocument, class_of, make
from .validation import default_of

Kind = TypeVar("Kind", bound=BaseDocument)


def later_moment(previous: object) -> str:
    """The present time, but at least a microsecond after `previous`: `modified` strictly increases, whatever the
    clock does."""
    moment = now_datetime()
    text = moment.isoformat(" ", "microseconds")
    if not previous or (previous.__class__ is str and len(previous) == len(text) and previous < text):
        return text
    return max(moment, get_datetime(previous) + datetime.timedelta(microseconds=1)).isoformat(" ", "microseconds")


def same_moment(left: object, right: object) -> bool:
    """Whether two values of `modified` are the same moment, however they are written."""
    try:
        return bool(get_datetime(left) == get_datetime(right))
    except ValueError:
        return False


def new(ctx: Context, values: Given) -> BaseDocument:
    """A new document that is not stored yet."""
    document = make(ctx, values["doctype"], values)
    document.__dict__["__islocal"] = 1
    for row in document.get_all_children():
        row.__dict__["__islocal"] = 1
    return document


def load(ctx: Context, doctype: object, name: object) -> BaseDocument:
    """The stored document. Raises DoesNotExistError."""
    meta = ctx.meta(doctype)
    if meta.is_virtual:
        document = make(ctx, meta.name, {"name": name})
        document.load_from_db()
        return document
    moment, values = ctx.store.database.moment, load_values(ctx, meta, name)
    document = make(ctx, meta.name, values)
    if moment is not None:
        document.__dict__["_loaded"] = (moment, values)  # for `load_again`
    return document


def load_as(kind: type[Kind], ctx: Context, doctype: object, name: object) -> Kind:
    """`load` for a DocType whose class the caller knows: an app's class in its place can do all that it can."""
    return cast(Kind, load(ctx, doctype, name))


def load_cached(kind: type[Kind], ctx: Context, doctype: str, name: str) -> Kind:
    """A document for reading only, from cached values: for rules that are applied to every document.

    Its DocType, and those of its rows, must stand in `context.CACHED`. Raises DoesNotExistError.
    """
    values = ctx.cached(("values", doctype, name), lambda: load_values(ctx, ctx.meta(doctype), name))
    return cast(Kind, make(ctx, doctype, values))


def load_again(ctx: Context, doc: BaseDocument) -> BaseDocument:
    """The document as it is stored now. Skips reading if nothing was written since `doc` was loaded in this
    transaction."""
    moment, values = doc.__dict__.pop("_loaded", (None, {}))
    if moment is not None and moment == ctx.store.database.moment and values["name"] == doc.name:
        return make(ctx, doc.doctype, values)
    return load(ctx, doc.doctype, doc.name)


def load_values(ctx: Context, meta: DocType, name: object) -> Values:
    """The stored values of a document with its child rows. Raises DoesNotExistError."""
    row = _unsaved_single(ctx, meta) if meta.issingle else ctx.store.load_row(meta, name)
    if row is None and isinstance(name, str) and name.endswith(" "):
        row = ctx.store.load_row(meta, name.rstrip(" "))  # MariaDB: spaces at the end of a name do not count
    if row is None:
        raise DoesNotExistError.of(meta.name, name)
    for field in meta.table_fields:
        try:
            child = ctx.meta(cstr(field.options))
        except DoesNotExistError:
            row[field.fieldname] = []  # the child's DocType is not installed
            continue
        rows = ctx.store.load_children(child, meta.name, row["name"], field.fieldname)
        for each in rows:
            each["doctype"] = child.name
        row[field.fieldname] = rows
    return row


def _unsaved_single(ctx: Context, meta: DocType) -> dict[str, object]:
    """A Single's values. If it was never saved, or was deleted, those that a new document begins with."""
    row = ctx.store.load_single(meta)
    if not ctx.store.single_fields(meta):
        row.update({field.fieldname: default_of(ctx, field) for field in meta.default_fields}, owner=ctx.user, idx=0)
    return row


def is_plain(ctx: Context, meta: DocType) -> bool:
    """Whether loading a document runs no app code, so that its row is the answer."""
    plain = ctx.cached(("plain", meta.name), lambda: _is_plain(ctx, meta))
    return bool(plain)


def _is_plain(ctx: Context, meta: DocType) -> bool:
    found, plain = class_of(ctx, meta), ctx.site.document_class
    overridden = [
        name
        for name in ("__init__", "as_dict", "onload", "load_from_db", "__json__")
        if getattr(found, name, None) is not getattr(plain, name, None)
    ]
    return not (
        overridden
        or meta.is_virtual
        or any(field.virtual for field in meta.fields)
        or ctx.site.doc_event_handlers(meta.name, "onload")
    )


def set_values(ctx: Context, meta: DocType, name: object, values: Mapping[str, object]) -> None:
    """Write values of a stored document without checks."""
    if meta.issingle:
        ctx.store.save_single(meta, values)
    else:
        ctx.store.update(meta, name, {key: value for key, value in values.items() if key in meta.columns})
    ctx.touch(meta.name)


def copy(ctx: Context, doc: BaseDocument) -> BaseDocument:
    """An unstored copy: a draft without a name and without `no_copy` fields."""
    values = doc.as_dict(no_default_fields=True, no_child_table_fields=True)
    for field in doc.meta.fields:
        if field.no_copy:
            values.pop(field.fieldname, None)
    for field in doc.meta.table_fields:
        if not ctx.has_doctype(field.options):
            continue
        child = ctx.meta(cstr(field.options))
        skip = {each.fieldname for each in child.fields if each.no_copy}
        values[field.fieldname] = [
            {key: value for key, value in row.items() if key not in skip} for row in values.get(field.fieldname) or []
        ]
    return new(ctx, {**values, "doctype": doc.doctype})
