"""`frappe.model.rename_doc.*`: a document's name and title changed together."""

from __future__ import annotations

from .. import document
from ..context import Context
from ..errors import FrappeTypeError
from ..utils import cstr, is_true
from ..whitelist import method
from .asking import load_for


@method("frappe.model.rename_doc.update_document_title", methods=["POST", "PUT"])
def update_document_title(
    ctx: Context, doctype: str, docname: object, title: object = None, name: object = None, merge: object = False,
    enqueue: object = False,
    new_title: object = None, new_name: object = None,
) -> str:  # fmt: skip
    """Give a document a new name, a new title, or both, as whoever may write it; its name."""
    ctx.store.database.begin_write()
    wanted_title, wanted_name = new_title or title, new_name or name
    for each in (wanted_title, wanted_name):
        if each is not None and not isinstance(each, str):
            raise FrappeTypeError(f"title and name are texts; this is of type '{type(each).__name__}'")
    doc = load_for(ctx, doctype, docname, "write")
    if wanted_name and wanted_name != cstr(doc.name):
        doc = document.load(ctx, doc.doctype, document.rename(ctx, doc.doctype, doc.name, wanted_name, is_true(merge)))
    field = doc.meta.get_title_field()
    if wanted_title and field != "name" and wanted_title != doc.get(field):
        doc.set(field, wanted_title)
        doc.save()
        ctx.say("Saved", indicator="green", alert=True)
    return cstr(doc.name)
