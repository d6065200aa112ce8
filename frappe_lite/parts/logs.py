"""Log Settings: logs are deleted by their age, once a day, by the schedule.

A log is one of `KINDS`, or of an app's DocType whose controller has `clear_old_logs(days)`; the apps' hook
`default_log_clearing_doctypes` says for how many days. What still waits to be sent is no log and stays.

    Log Settings {logs_to_clear: [{ref_doctype: "Error Log", days: 14}]}  ->  Error Logs of three weeks ago are gone
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from .. import document, permissions
from ..context import Context, current
from ..document import Document
from ..document.base_document import class_of
from ..errors import FrappeError
from ..extensions import OwnEvent
from ..face.messages import log_error
from ..methods.asking import found_names
from ..query import Condition
from ..site import Site
from ..utils import add_to_date, bold, cint, cstr, now
from ..whitelist import method

DOCTYPE = "Log Settings"
_LOG_SETTINGS = "frappe.core.doctype.log_settings.log_settings"
DAILY = f"{_LOG_SETTINGS}.run_log_clean_up"
KINDS = {
    "Error Log": 14, "Email Queue": 30, "Scheduled Job Log": 7, "Webhook Request Log": 30, "Activity Log": 90,
    "Integration Request": 90, "Access Log": 30, "Notification Log": 0,
}  # fmt: skip
"""Logs of our own, and for how many days they are kept if nobody says otherwise; 0 for ever."""

FAULTS = (FrappeError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, NameError)
"""What an app's own code raises."""

STAYS = {"Email Queue": "status NOT IN ('Not Sent', 'Sending')"}
"""Which of them are logs only once they are over."""

BATCH = 500
"""How many are deleted in one transaction: nobody else could write meanwhile."""


def attach(site: Site) -> None:
    """Let logs be deleted."""
    site.controllers[DOCTYPE] = LogSettings
    site.extensions.own_events[DAILY] = OwnEvent("Daily Maintenance", run_log_clean_up, lambda _ctx: True)


class LogSettings(Document):
    """Which logs are deleted, and when."""

    def validate(self) -> None:
        """Leave out what is no log or stands there twice, add what has a default."""
        seen: set[str] = set()
        for row in list(self.logs_to_clear):
            if clearer(self.ctx, cstr(row.ref_doctype)) is None:
                self.ctx.say(f"{bold(row.ref_doctype)} does not support automated log clearing.")
                self.remove(row)
            elif row.ref_doctype in seen:
                self.remove(row)
            seen.add(cstr(row.ref_doctype))
        for doctype, days in defaults(self.ctx):
            if doctype not in seen:
                self.append("logs_to_clear", {"ref_doctype": doctype, "days": days})
                seen.add(doctype)

    def register_doctype(self, doctype: str, days: int = 30) -> None:
        """Let logs of a DocType be deleted after so many days."""
        row = next((each for each in self.logs_to_clear if each.ref_doctype == doctype), None)
        if row is not None:
            row.days = cint(days)
        elif clearer(self.ctx, doctype) is not None:
            self.append("logs_to_clear", {"ref_doctype": doctype, "days": cint(days)})

    def clear_logs(self) -> None:
        """Delete what is old. A log of an app that cannot be cleared is told in the Error Log, and stops no other."""
        for row in self.logs_to_clear:
            clear = clearer(self.ctx, cstr(row.ref_doctype))
            try:
                if clear is not None and cint(row.days) > 0:
                    clear(cint(row.days))
                self.ctx.commit()
            except FAULTS as error:
                self.ctx.rollback()
                log_error(f"Logs of {row.ref_doctype} could not be cleared", cstr(error))
                self.ctx.commit()


def run_log_clean_up() -> None:
    """What the schedule calls once a day."""
    settings = document.load_as(LogSettings, current.get().trusted(), DOCTYPE, DOCTYPE)
    settings.save()
    settings.clear_logs()


def defaults(ctx: Context) -> Iterator[tuple[str, int]]:
    """What is deleted though nobody has said so: ours, then what apps' hooks name."""
    found = {name: days for name, days in KINDS.items() if days}
    for app in ctx.site.apps.values():
        for doctype, days in (app.hooks.get("default_log_clearing_doctypes") or {}).items():
            found[doctype] = cint(days[-1] if isinstance(days, list | tuple) else days)
    yield from ((name, days) for name, days in found.items() if clearer(ctx, name) is not None)


def clearer(ctx: Context, doctype: str) -> Callable[[int], None] | None:
    """What deletes old logs of a DocType; None for one of which documents are no logs."""
    if not ctx.has_doctype(doctype):
        return None
    function = getattr(class_of(ctx, ctx.meta(doctype)), "clear_old_logs", None)
    if callable(function):
        takes_days = "days" in inspect.signature(function).parameters
        return lambda days: function(days=days) if takes_days else function()
    return (lambda days: clear_log(ctx, doctype, days)) if doctype in KINDS else None


def clear_log(ctx: Context, doctype: str, days: int) -> None:
    """Delete the logs of a DocType of ours that are older, with their rows and files."""
    meta, store = ctx.meta(doctype), ctx.store
    old = Condition("creation < ?", (add_to_date(now(), days=-days),)) & Condition(STAYS.get(doctype, ""))
    children = [ctx.meta(cstr(field.options)) for field in meta.table_fields]
    file = ctx.meta("File")
    while rows := store.find(meta, old, ("name",), limit=BATCH):
        names = [row["name"] for row in rows]
        hung = store.database.among("attached_to_name", names) & Condition("attached_to_doctype = ?", (doctype,))
        for row in store.find(file, hung, ("name",)):
            document.delete(ctx.trusted(), file.name, row["name"])
        for name in names:
            for child in children:
                store.delete_children(child, doctype, name)
            store.delete(meta, name)
        ctx.commit()


@method(f"{_LOG_SETTINGS}.get_log_doctypes")
def get_log_doctypes(
    ctx: Context, doctype: str = "", txt: str = "", searchfield: object = None, start: object = 0, page_len: object = 0,
    filters: object = None,
) -> list[list[str]]:  # fmt: skip
    """The DocTypes whose documents are logs, as a search for links answers. Raises PermissionError."""
    permissions.require(ctx, ctx.meta(DOCTYPE), "read")
    rows = ctx.store.find(ctx.meta("DocType"), Condition("istable = 0 AND issingle = 0"), ("name",), order="name")
    return found_names((row["name"] for row in rows if clearer(ctx, row["name"])), txt, start, page_len)


__all__ = ["KINDS", "LogSettings", "attach", "clear_log", "run_log_clean_up"]
