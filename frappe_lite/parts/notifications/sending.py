"""What a Notification does once it is to tell of a document: a mail, what stands on the page, a value that is set.

Each is a method of the Notification under Frappe's name, so that an app's own class can do it otherwise, or more.
"""

from __future__ import annotations

from typing import Any

from ...access import identity
from ...doctype import server_owned
from ...doctype.meta import DocType
from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...face.mail import make_notification_logs, sendmail
from ...utils import cint, cstr, name_and_address
from ...values import Given


def send_mail(alert: Any, doc: BaseDocument, context: Given) -> None:
    """Mail it to those who are named. Raises what texts and conditions do."""
    to, cc, bcc = alert.get_list_of_recipients(doc, context)
    if not to + cc + bcc:
        return
    subject, message = alert.texts(doc, context)
    doctype, name = _about(doc)
    sendmail(
        to, cc=cc, bcc=bcc, sender=cstr(alert.sender_email), subject=subject, message=message,
        attachments=alert.files(doc), expose_recipients="header", is_notification=True,
        reference_doctype=doctype, reference_name=name,
    )  # fmt: skip


def show(alert: Any, doc: BaseDocument, context: Given) -> None:
    """Show it on the page of those who are named. Raises what texts and conditions do."""
    to, cc, bcc = alert.get_list_of_recipients(doc, context)
    subject, message = alert.texts(doc, context)
    doctype, name = _about(doc)
    users = [name_and_address(each)[1] for each in to + cc + bcc]
    log = {"type": "Alert", "document_type": doctype, "document_name": cstr(name), "subject": subject}
    make_notification_logs({**log, "email_content": message, "from_user": doc.modified_by or doc.owner}, users)


def _about(doc: BaseDocument) -> tuple[Any, Any]:
    """The document that people open: a row's is the one that it hangs on."""
    return (doc.parenttype, doc.parent) if doc.meta.istable else (doc.doctype, doc.name)


def require_settable(meta: DocType, fieldname: str) -> None:
    """Raises ValidationError for what no alert sets: it does so whoever saves the document, the Administrator's own
    too, so roles, passwords and keys are not given that way, nor what is the server's."""
    if not (meta.has_field(fieldname) and fieldname in meta.columns):
        raise ValidationError.told(f"{meta.name} has no field {fieldname}")
    if identity.lets_in(meta.name, fieldname) or fieldname in server_owned.fields_of(meta):
        raise ValidationError.told(f"{fieldname} of {meta.name} is not set by a Notification: it says who may come in")


def set_property(doc: BaseDocument, fieldname: str, value: object) -> None:
    """Set what is set after the alert, unless a submitted document keeps it."""
    require_settable(doc.meta, fieldname)  # the rule may be older than this, or come from another site
    field = doc.meta.get_field(fieldname)
    if cint(doc.docstatus) == 1 and not (field and cint(field.allow_on_submit)) or cint(doc.docstatus) == 2:
        return
    doc.flags.in_notification_update = True
    try:
        doc.set(fieldname, value)
        doc.save(ignore_permissions=True)
    finally:
        doc.flags.in_notification_update = False


__all__ = ["require_settable", "send_mail", "set_property", "show"]
