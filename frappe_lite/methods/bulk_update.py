"""`frappe.desk.doctype.bulk_update.bulk_update.*`: many documents of a list submitted, cancelled or changed."""

from __future__ import annotations

import functools

from .. import document
from ..context import Context
from ..doctype import server_owned
from ..document import DRAFT, SUBMITTED
from ..document.base_document import BaseDocument
from ..utils import cint
from ..values import Values
from ..whitelist import method
from .asking import json_object, name_list, require_any
from .many import attempt


@method("frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs", methods=["POST", "PUT"])
def submit_cancel_or_update_docs(
    ctx: Context, doctype: str, docnames: object, action: str = "submit", data: object = None, task_id: object = None
) -> list[str]:
    """Submit, cancel or update documents, each by itself; the names of those that stayed as they were.

    A name that is not there ends it all.
    """
    ctx.store.database.begin_write()
    given = server_owned.drop(ctx, doctype, json_object(data, "data"))
    values = {key: value for key, value in given.items() if key not in ("name", "doctype", "docstatus")}
    meta, failed = ctx.meta(doctype), []
    for name in name_list(docnames, "docnames"):
        label = f"{meta.name} {name}"
        if not attempt(ctx, label, functools.partial(require_any, ctx, meta)) or not _done(
            ctx, label, document.load(ctx, meta.name, name), action, values
        ):
            failed.append(name)
    return failed


def _done(ctx: Context, label: str, doc: BaseDocument, action: str, values: dict[str, object]) -> bool:
    return _fits(doc, action) and attempt(ctx, label, functools.partial(_act, doc, action, values))


def _fits(doc: BaseDocument, action: str) -> bool:
    """Whether the document is in a state for the action."""
    status = cint(doc.docstatus)
    return {"submit": status == DRAFT, "cancel": status == SUBMITTED, "update": status in (DRAFT, SUBMITTED)}.get(
        action, False
    )


def _act(doc: BaseDocument, action: str, values: Values) -> None:
    if action == "update":
        doc.update(values)
        doc.save()
    else:
        getattr(doc, action)()
