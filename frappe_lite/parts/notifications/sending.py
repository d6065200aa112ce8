"""What a Notification does once it is to tell of a document: a mail, what stands on the page, a value that is set."""

from __future__ import annotations

from typing import Any

from ...document.base_document import BaseDocument
from ...face.mail import make_notification_logs, sendmail
from ...utils import cint, cstr, name_and_address


def send(alert: Any, doc: BaseDocument) -> None:
    """Tell of a document, in its transaction. Raises what texts and conditions do."""
    to, cc, bcc = alert.people(doc)
    subject, message = alert.texts(doc)
    doctype, name = (doc.parenttype, doc.parent) if doc.meta.istable else (doc.doctype, doc.name)
    if alert.channel == "Email" and to + cc + bcc:
        sendmail(
            to, cc=cc, bcc=bcc, sender=cstr(alert.sender_email), subject=subject, message=message,
            attachments=alert.files(doc), expose_recipients="header", is_notification=True,
            reference_doctype=doctype, reference_name=name,
        )  # fmt: skip
    if alert.channel == "System Notification" or cint(alert.send_system_notification):
        users = [name_and_address(each)[1] for each in to + cc + bcc]
        log = {"type": "Alert", "document_type": doctype, "document_name": cstr(name), "subject": subject}
        make_notification_logs({**log, "email_content": message, "from_user": doc.modified_by or doc.owner}, users)
    if alert.set_property_after_alert:
        _set_property(doc, cstr(alert.set_property_after_alert), alert.property_value)


def _set_property(doc: BaseDocument, fieldname: str, value: object) -> None:
    """Set what is set after the alert, unless a submitted document keeps it."""
    field = doc.meta.get_field(fieldname)
    if cint(doc.docstatus) == 1 and not (field and cint(field.allow_on_submit)) or cint(doc.docstatus) == 2:
        return
    doc.flags.in_notification_update = True
    try:
        doc.set(fieldname, value)
        doc.save(ignore_permissions=True)
    finally:
        doc.flags.in_notification_update = False


__all__ = ["send"]
