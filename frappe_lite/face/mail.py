"""`frappe.sendmail`: the mail is kept as an Email Queue document, for a program that sends it.

There is no mail engine.
"""

from __future__ import annotations

import json
from typing import Any

from .. import document
from ..document import validation
from ..document.base_document import BaseDocument
from ..utils import cstr, split_emails
from .context import ctx
from .html_texts import md_to_html
from .rendering import render_template


def sendmail(
    recipients: Any = None, sender: str = "", subject: str = "No Subject", message: str = "No Message", as_markdown: bool = False, delayed: bool = True,
    reference_doctype: str | None = None, reference_name: Any = None, cc: Any = None, bcc: Any = None, attachments: Any = None, content: Any = None,
    template: str | None = None, args: Any = None, send_after: Any = None, message_id: Any = None, communication: Any = None, reply_to: Any = None,
    now: Any = None, doctype: str | None = None, name: Any = None, *, unsubscribe_method: Any = None, unsubscribe_params: Any = None,
    unsubscribe_message: Any = None, add_unsubscribe_link: int = 1, queue_separately: bool = False, in_reply_to: Any = None, expose_recipients: Any = None,
    send_priority: int = 1, retry: int = 1, read_receipt: Any = None, is_notification: bool = False, inline_images: Any = None, header: Any = None,
    print_letterhead: bool = False, with_container: bool = False, email_read_tracker_url: Any = None, x_priority: int = 3,
) -> Any:  # fmt: skip
    """Keep a mail as an Email Queue with the status Not Sent; the document, or None without recipients.

    What only a mail engine does (footers, containers, receipts, images inside) is for the program that sends it.
    """
    people = [*_addresses(recipients), *_addresses(cc), *_addresses(bcc)]
    if not people:
        return None
    if as_markdown:
        message, content = md_to_html(message), md_to_html(content) if content else content
    text = (
        render_template(f"templates/emails/{template}.html", args or {}, is_path=True)
        if template
        else content or message
    )
    values = {
        "doctype": "Email Queue", "sender": sender, "subject": subject, "message": cstr(text), "status": "Not Sent", (
            "send_after"
        ): send_after,
        "recipients": [{"recipient": each, "status": "Not Sent"} for each in people], "show_as_cc": ", ".join(_addresses(cc)), (
            "message_id"
        ): message_id,
        "reference_doctype": reference_doctype or doctype, "reference_name": reference_name or name, "communication": communication,
        "priority": send_priority, "attachments": json.dumps(attachments, default=str) if attachments else None,
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
    values = doc.as_dict() if isinstance(doc, BaseDocument) else dict(doc)
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


def enqueue_create_notification(users: Any, doc: Any) -> None:
    """As `make_notification_logs`; at once."""
    make_notification_logs(doc, users)


__all__ = ["get_email_template", "make_notification_logs", "sendmail"]
