"""What tells people of a document: an event of it, or a day that has come. All of it is in the document's transaction.

A condition or a text that fails is told in the Error Log and to who saves, and nobody's document is lost because of it.

    on_update of Task  ->  Notification "late"  ->  Email Queue, Notification Log
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from ... import document, permissions
from ...context import Context, current
from ...document.base_document import BaseDocument
from ...face.jobs.enqueueing import enqueue
from ...face.jobs.job import waiting_of
from ...face.messages import log_error
from ...query import Condition
from ...utils import cstr
from ...whitelist import method
from ..jobs.table import KeptJobs
from .notification import DATED, TIMED, Notification
from .trying import FAULTS

EVENTS = {
    "after_insert": "New", "on_update": "Save", "on_submit": "Submit", "on_cancel": "Cancel",
    "on_change": "Value Change",
}  # fmt: skip
BEGINS = ("before_insert", "before_validate")
"""What begins an insert or a save: of each, one rule tells once, as in Frappe."""

SILENT = ("in_import", "in_patch", "in_install", "in_migrate")
_NOTIFICATION = "frappe.email.doctype.notification.notification"
DAILY, OFTEN = f"{_NOTIFICATION}.trigger_daily_alerts", f"{_NOTIFICATION}.trigger_offset_alerts"


def notice(doc: BaseDocument, event: str) -> None:
    """An event of any document: tell whom the Notifications for it name."""
    ctx: Context = doc.ctx
    named = ctx.cached(("notifications",), lambda: _enabled(ctx)).get(doc.doctype)
    silent = any(ctx.flags.get(flag) for flag in SILENT) and ctx.flags.get("mute_emails") is not False
    if not named or silent or doc.flags.in_notification_update:
        return
    if event in BEGINS or doc.flags.notifications_executed is None:
        doc.flags.notifications_executed = []
    kind = EVENTS.get(event)
    told: list[str] = doc.flags.notifications_executed
    for name, wanted, called in named:
        meant = wanted == kind if wanted != "Method" else called == event
        if (
            meant
            and name not in told
            and not (wanted == "Value Change" and (doc.flags.in_insert or doc.flags.in_delete))
        ):
            document.load_cached(Notification, ctx.trusted(), "Notification", name).tell(doc)
            told.append(name)


def _enabled(ctx: Context) -> dict[str, list[tuple[str, str, str]]]:
    """DocType -> its Notifications: name, event, method."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    fields = ("name", "document_type", "event", "method")
    for row in ctx.store.find(ctx.meta("Notification"), Condition("enabled = 1"), fields, order="name"):
        entry = (row["name"], cstr(row["event"]), cstr(row["method"]))
        found.setdefault(cstr(row["document_type"]), []).append(entry)
    return found


def trigger_daily_alerts() -> None:
    """Tell of the documents whose day has come."""
    _trigger(DATED, tell_of_today)


def trigger_offset_alerts() -> None:
    """Tell of the documents whose moment has come since the last look."""
    _trigger(TIMED, tell_of_this_moment)


def _trigger(events: Sequence[str], function: Callable[[str], None]) -> None:
    """Each Notification is a transaction of its own: where jobs are kept a job, so that one which fails or is killed
    stops no other and tells nobody twice."""
    ctx = current.get()
    condition = ctx.store.database.among("event", list(events))
    rows = ctx.store.find(ctx.meta("Notification"), condition & Condition("enabled = 1"), ("name",), order="name")
    is_kept = isinstance(waiting_of(ctx), KeptJobs)
    for row in rows:
        if is_kept:
            job_id, name = f"notification||{row['name']}", f"Notification {row['name']}"  # one at a time, however often
            enqueue(function, job_id=job_id, deduplicate=True, job_name=name, notification=row["name"])
            continue
        try:
            with ctx.store.database.atomic():
                function(row["name"])
        except FAULTS as error:
            log_error(f"Error in Notification {row['name']}", cstr(error))
        ctx.commit()


def tell_of_today(notification: str) -> None:
    """Tell of the documents whose day has come by one Notification. Raises what looking for them does."""
    alert = document.load_as(Notification, current.get().trusted(), "Notification", notification)
    _tell_of(alert, alert.documents_for_today())


def tell_of_this_moment(notification: str) -> None:
    """Tell of the documents whose moment has come by one Notification. Raises what looking for them does."""
    alert = document.load_as(Notification, current.get().trusted(), "Notification", notification)
    _tell_of(alert, alert.documents_for_this_moment())


def _tell_of(alert: Notification, names: Sequence[str]) -> None:
    for name in names:
        alert.tell(document.load(current.get().trusted(), cstr(alert.document_type), name))


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


__all__ = [
    "DAILY", "EVENTS", "OFTEN", "notice", "trigger_daily_alerts", "trigger_offset_alerts",
]  # fmt: skip
