"""Where another process runs the jobs: it is rung for, by each commit that leaves a job, and by who looks for others.

What wakes nobody by itself is looked for here: a job that is for later, one that another program asked for, one whose
worker died. `ring` costs nothing where somebody works already.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from ...errors import FrappeError
from ...site import Site
from .table import KeptJobs

log = logging.getLogger("frappe_lite")

PERIOD = 1.0
"""Seconds between two looks, a quarter more or less."""


class Ringer:
    """Rings whenever a job waits, until `stop`."""

    def __init__(self, jobs: KeptJobs, queues: tuple[str, ...], ring: Callable[[], None]):
        self.jobs, self.queues, self.ring = jobs, queues, ring
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="frappe_lite-ringer", daemon=True)

    @property
    def site(self) -> Site:
        """The site."""
        return self.jobs.site

    def start(self) -> None:
        """Look from here on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Ring if there is something to do; whether there is."""
        found = self.jobs.is_work(self.queues)
        if found:
            self.ring()
        return found

    def _follow(self) -> None:
        while True:
            try:
                self.look()
            except FrappeError as error:  # the database is busy, or gone for a while
                log.warning("jobs could not be looked for: %s", error)
                self.site.database.rollback()
            self.site.database.give_back()
            if self._ended.wait(PERIOD * random.uniform(0.75, 1.25)):  # noqa: S311 - no secret
                return


__all__ = ["Ringer"]
