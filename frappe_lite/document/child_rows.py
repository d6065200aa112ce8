"""Rows of child tables that a client sends on their own: they are stored with the document that they name."""

from __future__ import annotations

from collections.abc import Mapping

from ..context import Context
from ..doctype import naming
from ..doctype.meta import CHILD, DocType
from ..errors import FrappeError, MandatoryError, UpdateAfterSubmitError, ValidationError, message
from ..utils import bold, cint
from .base_document import BaseDocument


def row_alone(meta: DocType, row: Mapping[str, object]) -> FrappeError:
    """The error for a child row that names no document: it says what is missing, as for any mandatory value."""
    lacking = [each for each in meta.required_fields if not row.get(each.fieldname)]
    texts = [f"Error: Value missing for {meta.name}: {each.label or each.fieldname}" for each in lacking]
    place = [key for key in ("parent", "parenttype") if not row.get(key)] or ["parentfield"]
    texts += [f"Error: Value missing for None: {key}" for key in place]  # Frappe: these have no DocType
    names = ", ".join([*(each.fieldname for each in lacking), *place])
    error = MandatoryError(f"[{meta.name}, {row.get('name')}]: {names}: a row is stored with its document")
    error.messages = tuple(message(text) for text in texts)
    return error


def begin(ctx: Context, doc: BaseDocument, child: DocType, row: BaseDocument) -> None:
    """Name a row that is new to its stored document. It keeps the name that it claims, unless that is another's or
    none; Frappe answers so, takes such a row to be as old as its document, and loses it."""
    claimed = row.name if isinstance(row.name, str) and child.autoname != "autoincrement" else ""
    if not naming.may_be_claimed(claimed) or ctx.store.exists(child, claimed) is not None:
        row.__dict__["name"] = naming.row_name(child, ctx.store.next_number, row)
    moment, user = (doc.creation, doc.owner) if claimed else (doc.modified, ctx.user)
    row.__dict__.update(creation=moment, owner=user)


def require_open_table(ctx: Context, row: BaseDocument) -> None:
    """Raises ValidationError for adding a row to, or taking it from, a document that is not there, is cancelled, or
    is submitted and has a fixed table."""
    if not all(row.get(key) for key in CHILD) or not ctx.has_doctype(row.parenttype):
        raise row_alone(row.meta, row.__dict__)
    owner = ctx.meta(row.parenttype)
    stored, table = ctx.store.load_row(owner, row.parent), owner.field(row.parentfield)
    status = cint(stored["docstatus"]) if stored else 0
    if status == 2:
        raise ValidationError.told("Cannot edit cancelled document")
    if status == 1 and not (table and table.allow_on_submit):
        label = table.label if table else row.parentfield
        text = f"Not allowed to change {bold(label)} after submission: rows were added or removed"
        raise UpdateAfterSubmitError.told(text, title="Cannot Update After Submit")
