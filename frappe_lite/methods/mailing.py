"""`frappe.core.doctype.communication.email.make`: what front ends write mails by.

The mail is kept beside its document, as a Communication; to be sent it is an Email Queue as well, see docs/mail.md.
Mails about one document are a thread: each answers the one before it, so that mail programs show them together.
"""

from __future__ import annotations

from .. import document, permissions
from ..context import Context
from ..document import set_values
from ..document.base_document import BaseDocument
from ..errors import PermissionError
from ..face.mail import plain, sendmail, unsubscribed
from ..query import Condition
from ..utils import cint, cstr, now, split_emails
from ..whitelist import method
from .asking import json_list, load_for


@method("frappe.core.doctype.communication.email.make", methods=["POST", "PUT"])
def make(
    ctx: Context, doctype: str | None = None, name: object = None, content: str = "", subject: str = "",
    sent_or_received: str = "Sent", sender: str = "", sender_full_name: str = "", recipients: object = None,
    communication_medium: str = "Email", send_email: object = False, cc: object = None, bcc: object = None,
    attachments: object = None, communication_type: str = "Communication", email_template: str | None = None,
    send_me_a_copy: object = False, read_receipt: object = False, send_after: object = None,
    in_reply_to: str | None = None,
) -> dict[str, str]:  # fmt: skip
    """Keep a mail about a document that the caller may read and mail, and queue it with its files if asked to.

    `emails_not_sent_to` are those who have unsubscribed. Raises PermissionError, also for a file that is not the
    caller's.
    """
    ctx.store.database.begin_write()
    if ctx.user == "Guest":
        raise PermissionError.told("Log in to write mails")
    if doctype and name:
        doc = load_for(ctx, doctype, name)
        permissions.require(ctx, doc.meta, "email", doc.__dict__)
    else:
        permissions.require(ctx, ctx.meta("Communication"), "create")
    info = ctx.user_info(ctx.user)
    people = {"recipients": _addresses(recipients), "cc": _addresses(cc), "bcc": _addresses(bcc)}
    files = [load_for(ctx, "File", each) for each in json_list(attachments, "attachments")]
    values = {
        "doctype": "Communication", "subject": cstr(subject), "content": cstr(content),
        "sender": _sender(ctx, cstr(sender)),
        "sender_full_name": cstr(sender_full_name) or (info.full_name if info else ""),
        "sent_or_received": sent_or_received,
        "communication_medium": communication_medium, "communication_type": communication_type, "status": "Linked",
        "communication_date": now(), "reference_doctype": doctype, "reference_name": cstr(name) or None,
        "email_template": email_template, "has_attachment": int(bool(files)), "send_after": send_after,
        "read_receipt": cint(read_receipt), "in_reply_to": in_reply_to, **people,
    }  # fmt: skip
    made = document.new(ctx.trusted(), values).insert()
    for each in files:
        _attach(ctx, made, each)
    if not cint(send_email):
        return {"name": made.name, "emails_not_sent_to": ""}
    copy = [ctx.user] if cint(send_me_a_copy) else []
    queued = sendmail(
        recipients=people["recipients"], cc=[people["cc"], *copy], bcc=people["bcc"], sender=cstr(made.sender),
        subject=cstr(made.subject), content=made.content, reference_doctype=doctype, reference_name=name,
        communication=made.name, attachments=[{"fid": each.name} for each in files], expose_recipients="header",
        in_reply_to=_answered(ctx, made), read_receipt=cint(read_receipt), send_after=send_after,
    )  # fmt: skip
    sent = {"delivery_status": "Sending", "message_id": queued.message_id} if queued else {"delivery_status": "Error"}
    set_values(ctx.trusted(), made.meta, made.name, sent)
    wanted = {plain(each) for text in people.values() for each in split_emails(text)}
    return {"name": made.name, "emails_not_sent_to": ", ".join(sorted(unsubscribed(wanted, doctype, name)))}


def _attach(ctx: Context, made: BaseDocument, file: BaseDocument) -> None:
    """Let a file that the caller may read hang on the mail too."""
    values = {"file_name": file.file_name, "file_url": file.file_url, "is_private": file.is_private}
    values |= {"doctype": "File", "attached_to_doctype": made.doctype, "attached_to_name": made.name}
    document.new(ctx.trusted(), values).insert()


def _answered(ctx: Context, made: BaseDocument) -> str:
    """The Message-ID of the mail that this one answers: the one it names, or the last about the same document."""
    meta, before = ctx.meta("Communication"), Condition("message_id <> '' AND name = ?", (cstr(made.in_reply_to),))
    if not made.in_reply_to:
        if not made.reference_name:
            return ""
        before = Condition(
            "message_id <> '' AND communication_medium = 'Email' AND reference_doctype = ? AND reference_name = ?",
            (made.reference_doctype, cstr(made.reference_name)),
        )
    found = ctx.store.find(meta, before, ("message_id",), order="creation DESC", limit=1)
    return cstr(found[0]["message_id"]) if found else ""


def _sender(ctx: Context, given: str) -> str:
    """The address of an account of the site, if that is named; else the caller's own: nobody writes as somebody
    else."""
    accounts = (
        ctx.store.find(ctx.meta("Email Account"), Condition("email_id = ?", (given,)), ("email_id",)) if given else []
    )
    return cstr(accounts[0]["email_id"]) if accounts else ctx.user


def _addresses(given: object) -> str:
    """Addresses in one text, as a list or with commas."""
    parts = given if isinstance(given, list) else cstr(given).split(",")
    return ", ".join(filter(None, (cstr(each).strip() for each in parts)))
