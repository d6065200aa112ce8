"""`frappe.core.doctype.deleted_document.deleted_document.*`: deleted documents, brought back."""

from __future__ import annotations

from .. import document
from ..context import Context
from ..document import access, history
from ..errors import DocumentAlreadyRestored
from ..protocol import load_json
from ..utils import cint, is_true
from ..whitelist import method
from .asking import json_list
from .many import attempt


@method("frappe.core.doctype.deleted_document.deleted_document.restore", methods=["POST", "PUT"])
def restore(ctx: Context, name: object, alert: object = True) -> None:
    """Insert a deleted document again, with the caller's rights; one that was cancelled as a draft."""
    ctx.store.database.begin_write()
    kept = access.load_for(ctx, "Deleted Document", name)
    if cint(kept.restored):
        raise DocumentAlreadyRestored.told(f"Document {name} Already Restored")
    values = load_json(kept.data)
    doc = document.new(ctx, {**values, "docstatus": 0})
    if cint(values.get("docstatus")):
        ctx.say("Cancelled Document restored as Draft")
    doc.insert(set_name=values["name"])
    history.add_comment(ctx, doc.doctype, doc.name, f"restored {kept.deleted_name} as {doc.name}", "Edit")
    document.set_values(ctx, kept.meta, kept.name, {"restored": 1, "new_name": str(doc.name)})
    if is_true(alert):
        ctx.say("Document Restored")


@method("frappe.core.doctype.deleted_document.deleted_document.bulk_restore", methods=["POST", "PUT"])
def bulk_restore(ctx: Context, docnames: object) -> dict[str, list[object]]:
    """Bring many back, each by itself: which came back, which were back already, and which failed."""
    ctx.store.database.begin_write()
    answer: dict[str, list[object]] = {"restored": [], "invalid": [], "failed": []}
    for name in json_list(docnames, "docnames"):
        kept = access.load_for(ctx, "Deleted Document", name)
        if cint(kept.restored):
            answer["invalid"].append(name)
            continue
        is_back = attempt(ctx, str(name), lambda name=name: restore(ctx, name, alert=False))  # type: ignore[misc]
        answer["restored" if is_back else "failed"].append(name)
    return answer
