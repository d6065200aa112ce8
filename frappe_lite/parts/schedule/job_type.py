"""Scheduled Job Type and Scheduled Job Log: what an app runs by the clock, when it did, and how it went."""

from __future__ import annotations

import datetime
import functools
import hashlib
import time
import zoneinfo
from collections.abc import Mapping
from typing import Any

from ... import document
from ...context import Context, current
from ...document import Document
from ...errors import ValidationError
from ...face.jobs.enqueueing import enqueue, is_job_enqueued
from ...face.jobs.job import trace_of
from ...site import import_app_module
from ...utils import cstr, get_datetime, now
from . import due
from .cron import Cron

DOCTYPE = "Scheduled Job Type"
CRONS = {
    "All": "*/4 * * * *",
    "Hourly": "0 * * * *", "Hourly Long": "0 * * * *", "Hourly Maintenance": "0 * * * *",
    "Daily": "0 0 * * *", "Daily Long": "0 0 * * *", "Daily Maintenance": "0 0 * * *",
    "Weekly": "0 0 * * 0", "Weekly Long": "0 0 * * 0",
    "Monthly": "0 0 1 * *", "Monthly Long": "0 0 1 * *",
    "Yearly": "0 0 1 1 *", "Annual": "0 0 1 1 *",
}  # fmt: skip
"""Frequency -> when that is."""

SPREAD = {"Hourly": 60, "Daily": 300, "Weekly": 300, "Monthly": 300, "Yearly": 300, "Annual": 300}
"""Seconds over which the events of one time are spread, so that midnight does not bring them all.

All and Cron are to the minute.
"""


class ScheduledJobType(Document):
    """A function that is run by the clock."""

    def validate(self) -> None:
        """Raises ValidationError for a time that is none, and for a function that no app of the site has."""
        if self.frequency not in ("All", "Cron"):
            self.create_log = 1  # Frappe: what is rare is always logged
        if self.frequency == "Cron" and not self.cron_format:
            raise ValidationError.told("Cron format is required for job types with Cron frequency.")
        self.cron()
        require_function(self.ctx, cstr(self.method))

    def on_update(self) -> None:
        """What is due at other times is due by those from here on."""
        before, site = self.get_doc_before_save(), self.ctx.site
        if before and all(self.get(each) == before.get(each) for each in ("frequency", "cron_format", "stopped")):
            return
        if due.is_installed(site):
            if self.stopped:
                due.forget(site, self.name)
            else:
                due.note(site, self.name, self.due_after(site.shelf.get("clock", time.time)()))

    def on_trash(self) -> None:
        """Its logs go with it."""
        if due.is_installed(self.ctx.site):
            due.forget(self.ctx.site, self.name)
        log = self.ctx.meta("Scheduled Job Log")
        for row in self.ctx.store.find(log, self.ctx.store.database.among("scheduled_job_type", [self.name])):
            document.delete(self.ctx.trusted(), log.name, row["name"])

    def cron(self) -> Cron:
        """When it is due. Raises ValidationError."""
        return cron_of(cstr(self.frequency), cstr(self.cron_format))

    def due_after(self, instant: float) -> float:
        """The next time after an instant, by the site's own time zone, and its own part of the spread."""
        return due_after(self.ctx, self.__dict__, instant)

    @property
    def next_execution(self) -> datetime.datetime | None:
        """The next time after the last one, by this machine's clock."""
        try:
            return self.get_next_execution()
        except ValidationError:  # a row that was written past `validate` is still shown
            return None

    def get_next_execution(self) -> datetime.datetime:
        """As `next_execution`. Raises ValidationError."""
        since = get_datetime(self.last_execution or self.creation or now())
        return datetime.datetime.fromtimestamp(self.cron().after(since.timestamp(), zone_of(self.ctx)))

    def is_event_due(self, current_time: object = None) -> bool:
        """Whether its next time has come."""
        return self.get_next_execution() <= get_datetime(current_time or now())

    def skip(self) -> None:
        """Leave out its next time. Frappe: as if it had been run then. Raises ValidationError."""
        site = self.ctx.site
        noted = due.known(site).get(cstr(self.name)) if due.is_installed(site) else None
        at = noted or self.get_next_execution().timestamp()
        self.db_set("last_execution", datetime.datetime.fromtimestamp(at), update_modified=False)
        if noted is not None:
            due.note(site, cstr(self.name), self.due_after(at))

    @property
    def rq_job_id(self) -> str:
        """The id of its job, of which one waits or runs at a time."""
        return f"scheduled_job||{self.name}"

    def is_job_in_queue(self) -> bool:
        """Whether its job waits or runs."""
        return is_job_enqueued(self.rq_job_id)

    def get_queue_name(self) -> str:
        """The queue of its job."""
        return "long" if "Long" in self.frequency or "Maintenance" in self.frequency else "default"

    def enqueue(self, force: bool = False) -> bool:
        """Let its job wait if it is due, or by `force`; whether it does now, and did not before."""
        if not (force or self.is_event_due()) or self.is_job_in_queue():
            return False
        enqueue(
            run_scheduled_job,
            queue=self.get_queue_name(),
            job_id=self.rq_job_id,
            job_name=cstr(self.method),
            scheduled_job_type=self.name,
            job_type=self.method,
        )
        return True

    def execute(self) -> None:
        """Run it now, with a Scheduled Job Log. Raises what it raises, once that is logged."""
        ctx = self.ctx
        log = self._log("Start")
        try:
            require_function(ctx, cstr(self.method))()
            self._log("Complete", log)
        except Exception as error:  # the edge of a job: logged with it, and raised
            ctx.rollback()
            self._log("Failed", log, trace_of(error))
            raise

    def _log(self, status: str, log: Any = None, details: str | None = None) -> object:
        """Note how it stands, and keep that."""
        if status == "Start":
            self.db_set("last_execution", now(), update_modified=False)
        if self.create_log and log is None:
            given = {"doctype": "Scheduled Job Log", "scheduled_job_type": self.name, "status": status}
            log = document.new(self.ctx.trusted(), given).insert()
        elif log is not None:
            log.db_set({"status": status, "details": details})
        self.ctx.commit()
        return log


@functools.lru_cache(maxsize=1000)
def cron_of(frequency: str, cron_format: str) -> Cron:
    """When something of a frequency, or of a cron format of its own, is due. Raises ValidationError."""
    return Cron.parse(cron_format or CRONS.get(frequency, ""))


def due_after(ctx: Context, row: Mapping[str, object], instant: float) -> float:
    """When a Scheduled Job Type of these values is due next after an instant. Raises ValidationError."""
    frequency = cstr(row["frequency"])
    spread = SPREAD.get(frequency.removesuffix(" Long").removesuffix(" Maintenance"), 1)
    mark = hashlib.sha256(f"{ctx.site.title} {row['method']}".encode()).digest()
    own = int.from_bytes(mark[:8], "big") % spread
    return cron_of(frequency, cstr(row["cron_format"])).after(instant - own, zone_of(ctx)) + own


def require_function(ctx: Context, dotted: str) -> Any:
    """The function of an app. Raises ValidationError for any other: a client's word imports nothing."""
    if dotted in ctx.site.extensions.own_events:
        return ctx.site.extensions.own_events[dotted].function
    app = ctx.site.apps.get(dotted.partition(".")[0])
    module, _, name = dotted.rpartition(".")
    found = getattr(import_app_module(module), name, None) if app is not None and module in app.modules else None
    if not callable(found):
        raise ValidationError.told(f"{dotted} is no function of an app of this site")
    return found


def run_scheduled_job(scheduled_job_type: str, job_type: str | None = None) -> None:
    """What the job of a Scheduled Job Type calls."""
    document.load(current.get(), DOCTYPE, scheduled_job_type).execute()


def zone_of(ctx: Context) -> zoneinfo.ZoneInfo | None:
    """The time zone in System Settings; None, this machine's, if there is none or it is not known here."""
    name = cstr(ctx.setting("time_zone"))
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
