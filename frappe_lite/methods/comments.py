"""`frappe.desk.form.utils.*_comment` and `frappe.desk.like.*`: what people say of a document, and that they like it."""

from __future__ import annotations

import json

from .. import document
from ..context import Context
from ..document import access, history
from ..errors import DoesNotExistError, PermissionError
from ..whitelist import method


@method("frappe.desk.form.utils.add_comment", methods=["POST", "PUT"])
def add_comment(
    ctx: Context,
    reference_doctype: str,
    reference_name: object,
    content: str,
    comment_email: object = None,
    comment_by: object = None,
) -> dict[str, object]:
    """Comment on a document that one may read, as oneself."""
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, reference_doctype, reference_name)
    values = history.comment_values(ctx, doc.doctype, doc.name, content)
    made = document.new(ctx.trusted(), {"doctype": "Comment", **values}).insert()
    return dict(made.as_dict(no_nulls=True))


@method("frappe.desk.form.utils.update_comment", methods=["POST", "PUT"])
def update_comment(ctx: Context, name: str, content: str) -> None:
    """Change one's own comment."""
    ctx.store.database.begin_write()
    doc = document.load(ctx.trusted(), "Comment", name)
    if ctx.user not in ("Administrator", doc.owner):
        raise PermissionError.told("Comment can only be edited by the owner")
    doc.content = content
    doc.save()


@method("frappe.desk.like.toggle_like", methods=["POST", "PUT"])
def toggle_like(ctx: Context, doctype: str, name: object, add: object = False) -> None:
    """Like a document, or not any more. Frappe: who likes it no more is refused nothing, also where nothing is
    there."""
    ctx.store.database.begin_write()
    likes_it = add == "Yes"  # Frappe: whatever else is sent means the contrary
    try:
        doc = access.load_for(ctx, doctype, name)
    except (DoesNotExistError, PermissionError):
        if likes_it:
            raise
        return
    before = json.loads(doc.get("_liked_by") or "[]")
    likes = [each for each in before if each != ctx.user]
    if likes_it and ctx.user not in before:
        history.add_comment(ctx, doc.doctype, doc.name, "Liked", "Like")
    elif not likes_it and ctx.user in before:
        history.remove_likes(ctx, doc.doctype, doc.name)
    likes += [ctx.user] if likes_it else []
    document.set_values(ctx, doc.meta, doc.name, {"_liked_by": json.dumps(likes)})
