"""An app with jobs, a clock that a test moves, and workers without threads."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from typing import Any

from app_folder import Write, doctype

import frappe_lite
from frappe_lite.face.apps import loading as apps
from frappe_lite.parts import jobs
from frappe_lite.parts.jobs import Workers
from frappe_lite.site import Site

apps.provide_frappe()

TASKS = """
    import asyncio
    import threading
    import frappe

    seen, told, gate = [], [], threading.Event()

    def note(text="x", **more):
        frappe.get_doc({"doctype": "Mark", "name": text}).insert()
        seen.append((text, frappe.session.user))
        return text

    def give(value=None, **more):
        seen.append(value)
        return value

    def fail(text="never"):
        note(text)
        raise ValueError("no luck")

    def again(times=1):
        seen.append("again")
        if len(seen) <= times:
            raise frappe.RetryBackgroundJobError("not yet")

    def leave():
        raise SystemExit(3)

    def cancelled():
        raise asyncio.CancelledError("it was cancelled: CancelledError")

    def shape():
        return frappe.get_doc({"doctype": "Mark", "name": "m"}).insert()

    def wait_for_gate():
        seen.append("waits")
        while not gate.wait(0.001):
            pass

    def more_of_it():
        frappe.enqueue(give, value="child")
        note("parent")

    def said(job, connection, result):
        told.append((job.id, result))

    def wept(job, connection, kind, error, trace):
        told.append((kind.__name__, str(error)))

    def wept_badly(job, connection, kind, error, trace):
        note("tears")
        raise KeyError

    class Shelf:
        @staticmethod
        def put(value):
            seen.append(value)
"""
FILES = {"mark.json": doctype("Mark", ("title", "Data"), autoname="Prompt"), "tasks.py": TASKS, "hooks.py": ""}


def until(test: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait for another thread or process."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, "it did not come to pass"
        threading.Event().wait(0.005)


class Clock:
    """Seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.seconds += seconds


class Bench:
    """A site whose jobs are kept, and who runs them: the test."""

    def __init__(self, site: Site, write: Write, name: str):
        site.load(write(FILES))
        self.site, self.name, self.clock = site, name, Clock()
        self.tasks: Any = importlib.import_module(f"{name}.tasks")
        self.workers = self.more_workers()

    def more_workers(self, **settings: Any) -> Workers:
        """Workers without threads, as another process would have them."""
        return jobs.start(self.site, 0, clock=self.clock, monotonic=self.clock, **settings)

    def enqueue(self, method: Any, user: str = "Administrator", **given: Any) -> Any:
        """Ask for a job in a transaction that is kept."""
        with self.site.acting(user):
            return frappe_lite.enqueue(f"{self.name}.tasks.{method}" if isinstance(method, str) else method, **given)

    def work_off(self, workers: Workers | None = None) -> int:
        """Run what waits; how many jobs."""
        count = 0
        while (workers or self.workers).run_next():
            count += 1
        return count

    def status(self, job_id: str) -> str | None:
        """How a job stands."""
        with self.site.acting() as ctx:
            found = self.site.job_queue.find(ctx, job_id)
            return found.status if found else None

    def marks(self) -> set[str]:
        """The documents that jobs made."""
        with self.site.acting():
            return set(frappe_lite.get_all("Mark", pluck="name"))

    def errors(self) -> list[str]:
        """The Error Log."""
        with self.site.acting():
            return [each.error for each in frappe_lite.get_all("Error Log", fields=["error"])]
