"""`frappe.core.doctype.communication.email.make`: what front ends write mails by.

The mail is kept beside its document, as a Communication; to be sent it is an Email Queue as well, for the program that
sends mails: see docs/apps.md.
"""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..context import Context
from ..errors import PermissionError
from ..face.mail import sendmail
from ..query import Condition
from ..utils import cint, cstr, now
from ..whitelist import method
from .asking import json_list, load_for


@method("frappe.core.doctype.communication.email.make", methods=["POST", "PUT"])
def make(
    ctx: Context, doctype: str | None = None, name: Any = None, content: str = "", subject: str = "",
    sent_or_received: str = "Sent", sender: str = "", sender_full_name: str = "", recipients: Any = None,
    communication_medium: str = "Email", send_email: Any = False, cc: Any = None, bcc: Any = None,
    attachments: Any = None, communication_type: str = "Communication", email_template: str | None = None,
) -> dict[str, str]:  # fmt: skip
    """Keep a mail about a document that the caller may read and mail, and queue it if asked to; attachments are not sent."""
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
    values = {
        "doctype": "Communication", "subject": cstr(subject), "content": cstr(content), "sender": _sender(ctx, cstr(sender)),
        "sender_full_name": cstr(sender_full_name) or (info.full_name if info else ""), "sent_or_received": sent_or_received,
        "communication_medium": communication_medium, "communication_type": communication_type, "status": "Linked",
        "communication_date": now(), "reference_doctype": doctype, "reference_name": cstr(name) or None,
        "email_template": email_template, "has_attachment": int(bool(json_list(attachments, "attachments"))), **people,
    }  # fmt: skip
    made = document.new(ctx.trusted(), values).insert()
    if cint(send_email):
        sendmail(
            recipients=people["recipients"], cc=people["cc"], bcc=people["bcc"], sender=cstr(made.sender),
            subject=cstr(made.subject), content=made.content, reference_doctype=doctype, reference_name=name,
            communication=made.name,
        )  # fmt: skip
    return {"name": made.name, "emails_not_sent_to": ""}


def _sender(ctx: Context, given: str) -> str:
    """The address of an account of the site, if that is named; else the caller's own: nobody writes as somebody else."""
    accounts = (
        ctx.store.find(ctx.meta("Email Account"), Condition("email_id = ?", (given,)), ("email_id",)) if given else []
    )
    return cstr(accounts[0]["email_id"]) if accounts else ctx.user


def _addresses(given: Any) -> str:
    """Addresses in one text, as a list or with commas."""
    parts = given if isinstance(given, list) else cstr(given).split(",")
    return ", ".join(filter(None, (cstr(each).strip() for each in parts)))
