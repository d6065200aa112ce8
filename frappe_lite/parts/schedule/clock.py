"""What follows the clock: of every event it knows when it is due, and lets its job wait then, once over all processes.

Each process looks; whoever puts the next time in the place of the one that has come asks for the job, in the same
transaction. Nobody else finds the old one. What was missed while nobody looked comes once.

    __schedule  ("a1b2", due 1767312060.0)   ->   due 1767312360.0, and a job of Scheduled Job Type a1b2
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ... import document
from ...context import Context
from ...errors import FrappeError
from ...face.jobs.enqueueing import is_scheduler_disabled
from ...query import Condition
from ...site import Site
from . import due, events
from .job_type import DOCTYPE, ScheduledJobType, due_after

log = logging.getLogger("frappe_lite")

TICK = 10.0
"""Seconds between two looks at most."""

ANEW = 600.0
"""Seconds after which each event's next time is worked out anew: a clock that was set back would wait for long."""


class Clock:
    """The schedule of a site as one process follows it."""

    def __init__(self, site: Site, clock: Callable[[], float] = time.time):
        self.site, self.clock = site, clock
        site.shelf["clock"] = clock  # while something follows it, the schedule is active
        self.ended = threading.Event()
        self._worked_out = 0.0
        self._thread = threading.Thread(target=self._follow, name="frappe_lite-clock", daemon=True)

    def start(self) -> None:
        """Bring the events up to date, and follow them until `stop`."""
        self.prepare()
        self._thread.start()

    def prepare(self) -> None:
        """Bring the events up to date with the hooks, and know when each is due."""
        due.install(self.site)
        with self.site.acting() as ctx:
            events.sync(ctx)
            self._work_out(ctx)

    def stop(self) -> None:
        """Look no more."""
        self.site.shelf.pop("clock", None)
        self.ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        while not self.ended.wait(self._rest()):
            try:
                self.tick()
            except FrappeError as error:  # the database is busy; what is due stays due
                log.warning("the schedule could not be followed: %s", error)
                self.site.database.rollback()
            except Exception:  # the edge of a thread: whatever a hook or an event raised, the others have their times
                log.exception("the schedule could not be followed")
                self.site.database.rollback()
            self.site.database.give_back()

    def _rest(self) -> float:
        try:
            next_one = due.earliest(self.site)
        except FrappeError:
            return TICK
        return TICK if next_one is None else max(0.5, min(TICK, next_one - self.clock()))

    def tick(self) -> list[str]:
        """Let the jobs wait of what is due; the names of their Scheduled Job Types."""
        now = self.clock()
        with self.site.acting() as ctx:
            if is_scheduler_disabled():
                return []
            if abs(now - self._worked_out) > ANEW:
                self._work_out(ctx)
        return [name for name, at in due.by(self.site, now) if self._begin(name, at, now)]

    def _begin(self, name: str, at: float, now: float) -> bool:
        """Let an event's job wait; whether nobody else had.

        One whose job still waits or runs stays due, and comes once that has ended.
        """
        try:
            with self.site.acting() as ctx:
                event = document.load_as(ScheduledJobType, ctx, DOCTYPE, name)
                if event.is_job_in_queue() or not due.move(self.site, name, at, event.due_after(now)):
                    return False
                return event.enqueue(force=True)
        except FrappeError as error:
            log.warning("%s %s is left out: %s", DOCTYPE, name, error)
            return False

    def _work_out(self, ctx: Context) -> None:
        """Know when each event is due that is not stopped: never later than from now on, whatever the clock has
        shown."""
        now, known = self.clock(), due.known(self.site)
        # No documents: every process does this again and again
        columns = (
            "name",
            "method",
            "frequency",
            "cron_format",
        )
        for row in ctx.store.find(ctx.meta(DOCTYPE), Condition("stopped = 0"), columns):
            before = known.pop(row["name"], None)
            try:
                after = due_after(ctx, row, now)
            except FrappeError as error:  # it was written past `validate`
                log.warning("%s %s is left out: %s", DOCTYPE, row["name"], error)
                continue
            if before is None or before > after:
                due.note(self.site, row["name"], after)
        for name in known:
            due.forget(self.site, name)
        self._worked_out = now
