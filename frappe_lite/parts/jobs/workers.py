"""The workers of a process: threads that take jobs and run them, and one that says that they live.

Whoever waits for a job is woken by its commit in this process, and looks by itself for those of other processes.

    workers = Workers(site, threads=2); workers.start(); …; workers.stop()      run_next() and look() without any thread
"""

from __future__ import annotations

import logging
import random
import secrets
import sys
import threading
import time
from collections.abc import Callable, Sequence

from ...context import current
from ...errors import FrappeError
from ...face.jobs.enqueueing import get_queues_timeout
from ...site import Site
from .leases import Leases
from .ringing import Ringer
from .running import Running
from .table import KeptJobs, install

log = logging.getLogger("frappe_lite")

LEASE = 30.0
"""Seconds after which a worker that says nothing is taken for dead, and its jobs are others'."""

POLL = 1.0
"""Seconds between two looks for jobs of other processes, a quarter more or less."""

GRACE = 25.0
"""Seconds that a stop waits for jobs that run; one that takes longer is left, and begun again by another worker."""

FINISHED_KEPT, FAILED_KEPT, SWEEP = 600.0, 7 * 86400.0, 60.0
"""Seconds for which RQ remembers jobs by their end, and how often those that are older are looked for."""

TURN = 0.002
"""Seconds after which a thread that computes gives way to one that waits: a request feels jobs by that, and by 5 ms
if nobody says so. It is said for the whole process, while there are jobs beside requests."""

JUMP = 5.0
"""Seconds by which the clock may be set without a thought for leases."""


class Workers:
    """The workers of one process. With no threads jobs are only kept, for the workers of others; `ring` tells them."""

    def __init__(
        self,
        site: Site,
        threads: int = 2,
        queues: Sequence[str] = (),
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        ring: Callable[[], None] | None = None,
    ):
        install(site)
        self.site, self.threads, self.clock, self.monotonic = site, threads, clock, monotonic
        self.name, self.rings = secrets.token_hex(8), ring is not None
        self._prepare(lease)
        self.running = Running(self.leases, monotonic)
        self.queues = tuple(queues) or queues_of(site)
        self.ended = threading.Event()
        self._bell, self._rung, self._ring = threading.Condition(), 0, ring
        self._ringer = Ringer(self.jobs, self.queues, ring) if ring is not None else None
        self._last = monotonic()
        self._threads: list[threading.Thread] = []
        self._turn_before = 0.0
        self._offset, self._beat, self._swept, self._patient = clock() - monotonic(), 0.0, 0.0, 0.0
        site.job_queue = self.jobs

    def _prepare(self, lease: float) -> None:
        """Where the jobs are, and whose they are while they run."""
        self.jobs = KeptJobs(self.site, self.clock, self.wake)
        self.leases = Leases(self.jobs, self.name, lease)

    def start(self) -> None:
        """Begin to work, or to ring for who does."""
        if self._ringer is not None:
            self._give_way()
            self._ringer.start()
        if not self.threads:
            return
        self.look()
        self._give_way()
        named = [("frappe_lite-watch", self._watch)]
        named += [(f"frappe_lite-worker-{number}", self._work) for number in range(self.threads)]
        self._threads = [threading.Thread(target=target, name=name, daemon=True) for name, target in named]
        for each in self._threads:
            each.start()

    def _give_way(self) -> None:
        self._turn_before = sys.getswitchinterval()
        sys.setswitchinterval(min(TURN, self._turn_before))

    def stop(self, grace: float = GRACE) -> None:
        """Take no more jobs, and wait for those that run."""
        self.ended.set()
        if self._ringer is not None:
            self._ringer.stop()
        self.wake()
        deadline = self.monotonic() + grace
        for each in self._threads:
            each.join(max(0.0, deadline - self.monotonic()))
        if self._turn_before > TURN:  # no other workers had said so before
            sys.setswitchinterval(self._turn_before)
        if self.threads and not self.running.watched:
            self.leases.leave()

    def wake(self) -> None:
        """There is a job."""
        with self._bell:
            self._rung += 1
            self._bell.notify_all()
        if self._ring is not None and not self.ended.is_set():
            self._ring()

    def rested(self) -> float:
        """Seconds for which there was no job."""
        return 0.0 if self.running.watched else self.monotonic() - self._last

    # --- what the threads do ---

    def run_next(self) -> bool:
        """Take a job and run it, in this thread; whether there was one."""
        ctx = self.site.new_context()
        job = self.leases.take(ctx, self.queues)
        if job is None:
            self.site.database.sync()
            self.site.database.give_back()
            return False
        self.running.run(job)
        self._last = self.monotonic()
        return True

    def _work(self) -> None:
        while not self.ended.is_set():
            rung = self._rung
            try:
                if self.run_next():
                    continue
            except FrappeError as error:  # the database is busy, or gone for a while
                log.warning("no job could be taken: %s", error)
                self.site.database.rollback()
            self._rest(rung)

    def _rest(self, rung: int) -> None:
        """Wait until somebody rings who has not rung before, and not for long."""
        with self._bell:
            pause = POLL * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
            self._bell.wait_for(lambda: self._rung != rung, pause)

    def _watch(self) -> None:
        while not self.ended.wait(min(1.0, self.leases.seconds / 5)):
            try:
                self.look()
            except FrappeError as error:
                log.warning("the workers could not say that they live: %s", error)
                self.site.database.rollback()
            self.site.database.give_back()

    def look(self) -> None:
        """Say that the workers live; give back what the dead had, stop what takes too long, forget what is old."""
        now, running = self.clock(), self.monotonic()
        for each in list(self.running.watched.values()):
            each.look(running)
        if abs(now - running - self._offset) > JUMP:  # the clock was set: others had no time to say that they live
            self._offset, self._patient, self._beat = now - running, running + self.leases.seconds, 0.0
        if running - self._beat >= self.leases.seconds / 4 or not self._beat:
            self._beat = running
            self._live(running)
        self.site.database.sync()
        if running - self._swept >= SWEEP or not self._swept:
            self._swept = running
            self._sweep(now)

    def _live(self, running: float) -> None:
        self.leases.beat(self.queues)
        if running >= self._patient and self.leases.reclaim(set(self.running.watched)):
            self.wake()

    def _sweep(self, now: float) -> None:
        self.jobs.forget("finished", now - FINISHED_KEPT)
        self.jobs.forget("failed", now - FAILED_KEPT)
        self.jobs.forget_parts()


def queues_of(site: Site) -> tuple[str, ...]:
    """Every queue, the most urgent first."""
    token = current.set(site.new_context())
    try:
        return tuple(get_queues_timeout())
    finally:
        current.reset(token)
