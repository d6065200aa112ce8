"""What tells people of a document: an event of it, or a day that has come. All of it is in the document's transaction.

A condition or a text that fails is told in the Error Log and to who saves, and nobody's document is lost because of it.

    on_update of Task  ->  Notification "late"  ->  Email Queue, Notification Log
"""

from __future__ import annotations

import contextlib

from ... import document, permissions
from ...context import Context, current
from ...document.base_document import BaseDocument
from ...errors import ConflictError, DatabaseBusyError
from ...face.job import waiting_of
from ...face.jobs import enqueue
from ...face.mail import make_notification_logs, sendmail
from ...face.messages import log_error
from ...query import Condition
from ...utils import cint, cstr, name_and_address
from ...whitelist import method
from ..jobs.table import KeptJobs
from .notification import DATED, FAULTS, Notification

EVENTS = {
    "after_insert": "New", "on_update": "Save", "on_submit": "Submit", "on_cancel": "Cancel",
    "on_change": "Value Change",
}  # fmt: skip
METHODS = (
    "before_insert", "before_validate", "validate", "before_save", "before_submit", "before_cancel", "on_trash",
    "after_delete", "on_update_after_submit", "before_update_after_submit", "after_rename",
)  # fmt: skip
"""Further events that a Notification with the event Method may name."""

SILENT = ("in_import", "in_patch", "in_install", "in_migrate")
_NOTIFICATION = "frappe.email.doctype.notification.notification"
DAILY = f"{_NOTIFICATION}.trigger_daily_alerts"


def notice(doc: BaseDocument, event: str) -> None:
    """An event of any document: tell whom the Notifications for it name."""
    ctx: Context = doc.ctx
    named = ctx.cached(("notifications",), lambda: _enabled(ctx)).get(doc.doctype)
    silent = any(ctx.flags.get(flag) for flag in SILENT) and ctx.flags.get("mute_emails") is not False
    if not named or silent or doc.flags.in_notification_update:
        return
    kind = EVENTS.get(event)
    for name, wanted, called in named:
        meant = wanted == kind if wanted != "Method" else called == event
        if meant and not (wanted == "Value Change" and doc.flags.in_insert):
            tell(document.load_cached(Notification, ctx.trusted(), "Notification", name), doc)


def _enabled(ctx: Context) -> dict[str, list[tuple[str, str, str]]]:
    """DocType -> its Notifications: name, event, method."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    fields = ("name", "document_type", "event", "method")
    for row in ctx.store.find(ctx.meta("Notification"), Condition("enabled = 1"), fields, order="name"):
        entry = (row["name"], cstr(row["event"]), cstr(row["method"]))
        found.setdefault(cstr(row["document_type"]), []).append(entry)
    return found


def tell(alert: Notification, doc: BaseDocument) -> None:
    """Tell of a document, if the condition holds. What fails is logged, and undone by itself."""
    ctx: Context = doc.ctx
    try:
        with ctx.store.database.atomic():
            if alert.meets_condition(doc) and (alert.event != "Value Change" or alert.has_changed(doc)):
                _send(alert, doc)
    except (ConflictError, DatabaseBusyError):
        raise  # no fault of the rule: the whole is done again
    except FAULTS as error:
        log_error(f"Error in Notification {alert.name}", f"{doc.doctype} {doc.name}: {error}")
        ctx.say(f"Error in Notification {alert.name}: {error}", indicator="orange")


def _send(alert: Notification, doc: BaseDocument) -> None:
    to, cc, bcc = alert.people(doc)
    subject, message = alert.texts(doc)
    place = {"reference_doctype": doc.doctype, "reference_name": doc.name}
    if alert.channel == "Email" and to + cc + bcc:
        sendmail(
            to, cc=cc, bcc=bcc, sender=cstr(alert.sender_email), subject=subject, message=message,
            attachments=alert.files(doc), expose_recipients="header", is_notification=True, **place,
        )  # fmt: skip
    if alert.channel == "System Notification" or cint(alert.send_system_notification):
        users = [name_and_address(each)[1] for each in to + cc + bcc]
        log = {"type": "Alert", "document_type": doc.doctype, "document_name": cstr(doc.name), "subject": subject}
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


def trigger_daily_alerts() -> None:
    """Tell of the documents whose day has come. Each Notification is a transaction of its own: where jobs are kept a
    job, so that one which fails or is killed stops no other and tells nobody twice."""
    ctx = current.get()
    condition = ctx.store.database.among("event", list(DATED))
    rows = ctx.store.find(ctx.meta("Notification"), condition & Condition("enabled = 1"), ("name",), order="name")
    is_kept = isinstance(waiting_of(ctx), KeptJobs)
    for row in rows:
        if is_kept:
            enqueue(tell_of_today, job_name=f"Notification {row['name']}", notification=row["name"])
            continue
        try:
            with ctx.store.database.atomic():
                tell_of_today(row["name"])
        except FAULTS as error:
            log_error(f"Error in Notification {row['name']}", cstr(error))
        ctx.commit()


def tell_of_today(notification: str) -> None:
    """Tell of the documents whose day has come by one Notification. Raises what looking for them does."""
    ctx = current.get()
    alert = document.load_cached(Notification, ctx.trusted(), "Notification", notification)
    for name in alert.documents_for_today():
        tell(alert, document.load(ctx.trusted(), cstr(alert.document_type), name))


@method(f"{_NOTIFICATION}.get_documents_for_today")
def get_documents_for_today(ctx: Context, notification: str) -> list[str]:
    """The documents that a Notification with days tells of today. Raises PermissionError."""
    found = document.load_as(Notification, ctx, "Notification", notification)
    permissions.require(ctx, found.meta, "read", found.__dict__)
    names = []
    for name in found.documents_for_today():
        with contextlib.suppress(*FAULTS):
            if found.meets_condition(document.load(ctx.trusted(), cstr(found.document_type), name)):
                names.append(name)
    return names


__all__ = ["DAILY", "EVENTS", "METHODS", "notice", "tell", "trigger_daily_alerts"]
