"""`frappe.sendmail`: the mail is kept as an Email Queue document, for a program that sends it. There is no mail engine."""

from __future__ import annotations

import json
from typing import Any

from .. import document
from ..document import validation
from ..utils import cstr, split_emails
from .context import ctx
from .rendering import render_template


def sendmail(
    recipients: Any = None, sender: str = "", subject: str = "No Subject", message: str = "No Message", as_markdown: bool = False, delayed: bool = True,
    reference_doctype: str | None = None, reference_name: Any = None, cc: Any = None, bcc: Any = None, attachments: Any = None, content: Any = None,
    template: str | None = None, args: Any = None, send_after: Any = None, message_id: Any = None, communication: Any = None, reply_to: Any = None,
    now: Any = None, doctype: str | None = None, name: Any = None, **_more: Any,
) -> Any:  # fmt: skip
    """Keep a mail as an Email Queue with the status Not Sent; the document, or None without recipients."""
    people = [*_addresses(recipients), *_addresses(cc), *_addresses(bcc)]
    if not people:
        return None
    text = (
        render_template(f"templates/emails/{template}.html", args or {}, is_path=True)
        if template
        else content or message
    )
    values = {
        "doctype": "Email Queue", "sender": sender, "subject": subject, "message": cstr(text), "status": "Not Sent", "send_after": send_after,
        "recipients": [{"recipient": each, "status": "Not Sent"} for each in people], "show_as_cc": ", ".join(_addresses(cc)), "message_id": message_id,
        "reference_doctype": reference_doctype or doctype, "reference_name": reference_name or name, "communication": communication,
        "attachments": json.dumps(attachments, default=str) if attachments else None,
    }  # fmt: skip
    made = document.new(ctx().trusted(), values)
    made.flags.ignore_links = True
    return made.insert()


def _addresses(given: Any) -> list[str]:
    found = [
        part
        for each in (given if isinstance(given, list | tuple | set) else [given])
        for part in split_emails(cstr(each))
    ]
    return list(dict.fromkeys(found))


def get_email_template(template_name: str, doc: Any) -> dict[str, str]:
    """Subject and message of an Email Template, filled in."""
    template = document.load(ctx(), "Email Template", template_name)
    values = json.loads(doc) if isinstance(doc, str) else doc
    text = template.response_html if template.use_html else template.response
    return {"subject": render_template(cstr(template.subject), values), "message": render_template(cstr(text), values)}


def make_notification_logs(doc: Any, users: Any) -> None:
    """Keep a Notification Log for each user."""
    values = doc.as_dict() if hasattr(doc, "as_dict") else dict(doc)
    for user in [users] if isinstance(users, str) else users:
        if ctx().user_info(user):
            made = document.new(
                ctx().trusted(),
                {
                    **values,
                    "doctype": "Notification Log",
                    "for_user": user,
                    "from_user": values.get("from_user") or ctx().user,
                },
            )
            validation.set_defaults(ctx(), made)
            made.flags.ignore_links = True
            made.insert()


enqueue_create_notification = lambda users, doc: make_notification_logs(doc, users)  # noqa: E731

__all__ = ["get_email_template", "make_notification_logs", "sendmail"]
