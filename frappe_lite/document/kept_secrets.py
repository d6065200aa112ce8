"""Values of Password fields: kept in a place of their own, encrypted; the row that everybody reads has stars.

row.secret = "hunter2"  ->  row.secret == "*******"; an app reads the text by `get_password`
"""

from __future__ import annotations

from ..access.encryption import seal_secret
from ..context import Context
from ..utils import cstr
from .base_document import BaseDocument


def keep(ctx: Context, doc: BaseDocument, before: BaseDocument | None = None) -> None:
    """Store what was typed into the Password fields of a document or row, and delete what was emptied. Stars and an
    unchanged value (`before`) leave a secret as it is."""
    for field in doc.meta.passwords:
        text, place = cstr(doc.get(field.fieldname) or ""), (doc.doctype, cstr(doc.name), field.fieldname)
        if text and before is not None and text == cstr(before.get(field.fieldname)):
            continue
        if text.strip("*"):
            sealed, encrypted = seal_secret(ctx.store.database.path, text)
            ctx.store.set_secret(*place, sealed, encrypted)
            doc.__dict__[field.fieldname] = "*" * len(text)
        elif not text and not doc.is_new():
            ctx.store.delete_secret(*place)
