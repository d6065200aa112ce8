"""`frappe.desk.form.document_follow.*`: documents whose changes somebody wants to hear of."""

from __future__ import annotations

from .. import document
from ..context import Context
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import known_user, load_for

_FOLLOW = "frappe.desk.form.document_follow"
_DOCTYPE = "Document Follow"
UNFOLLOWED = frozenset({
    "Communication", "ToDo", "Email Unsubscribe", "File", "Comment", "Email Account", "Email Domain", "Version",
    "Error Log", "Access Log", "View Log",
    "Activity Log", "Notification Log", "Email Queue", "DocShare", "Document Follow", "API Request Log",
})  # fmt: skip
"""What stands beside documents, or only logs."""


@method(f"{_FOLLOW}.follow_document", methods=["POST", "PUT"])
def follow_document(ctx: Context, doctype: str, doc_name: object, user: str) -> Values | bool:
    """Let a user, oneself or for System Managers another, follow a document; False and a message if that cannot be."""
    ctx.store.database.begin_write()
    if doctype in UNFOLLOWED:
        return False
    refusal = _refusal(ctx, doctype, user)
    if refusal:
        ctx.say(refusal, alert=True)
        return False
    doc, whose = load_for(ctx, doctype, doc_name), known_user(ctx, user)
    if _follows(ctx, doc.doctype, doc.name, whose):
        return False
    made = document.new(
        ctx.trusted(), {"doctype": _DOCTYPE, "ref_doctype": doc.doctype, "ref_docname": cstr(doc.name), "user": whose}
    ).insert()
    ctx.say(f"Following document {doc.name}", alert=True)
    return dict(made.as_dict(no_nulls=True))


def _refusal(ctx: Context, doctype: str, user: str) -> str:
    """Why nobody, or this user, can follow documents of the DocType; empty if it can be."""
    if not cint(ctx.meta(doctype).track_changes):
        return "Can't follow since changes are not tracked."
    if user == "Administrator":
        return "Administrator can't follow"
    row = ctx.store.load_row(ctx.meta("User"), user) if user == ctx.user or "System Manager" in ctx.roles else None
    return (
        ""
        if row is not None and cint(row["document_follow_notify"])
        else "Document follow is not enabled for this user."
    )


def _follows(ctx: Context, doctype: str, name: object, user: str) -> list[Values]:
    return ctx.store.find(
        ctx.meta(_DOCTYPE), Condition("ref_doctype = ? AND ref_docname = ? AND user = ?", (doctype, cstr(name), user))
    )


@method(f"{_FOLLOW}.unfollow_document", methods=["POST", "PUT"])
def unfollow_document(ctx: Context, doctype: str, doc_name: object, user: str) -> bool:
    """Let a user follow a document no longer; always False."""
    ctx.store.database.begin_write()
    if user != ctx.user and "System Manager" not in ctx.roles:
        return False  # as if nothing were followed: whether others follow a document is theirs to know
    for row in _follows(ctx, doctype, doc_name, user):
        document.delete(ctx.trusted(), _DOCTYPE, row["name"], force=True)
        ctx.say(f"Un-following document {doc_name}", alert=True)
    return False


@method(f"{_FOLLOW}.update_follow", methods=["POST", "PUT"])
def update_follow(ctx: Context, doctype: str, doc_name: object, following: bool) -> bool:
    """Follow a document oneself, or no longer; whether one follows it from now on."""
    if following:
        return bool(follow_document(ctx, doctype, doc_name, ctx.user))
    unfollow_document(ctx, doctype, doc_name, ctx.user)
    return False


@method(f"{_FOLLOW}.get_follow_users")
def get_follow_users(ctx: Context, doctype: str, doc_name: object) -> list[dict[str, object]]:
    """Who follows a document, for whoever may read it: `[{"user": …}, …]`."""
    doc = load_for(ctx, doctype, doc_name)
    where = Condition("ref_doctype = ? AND ref_docname = ?", (doc.doctype, cstr(doc.name)))
    return ctx.store.find(ctx.meta(_DOCTYPE), where, ("user",), order="creation")
