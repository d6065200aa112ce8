"""A job as app code meets it: asked under RQ's names, and called with what happens around it.

Where jobs wait is a `Waiting`: in this process (`memory_jobs.py`), or in the database once a site has workers
(`parts/jobs/`, which puts itself into `site.job_queue`).

    job = frappe.enqueue("shop.tasks.bill", order="O-1")     job.id, job.get_status(), job.result
"""

from __future__ import annotations

import datetime
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ... import document
from ...context import Context, current
from ...utils import _dict, get_datetime, now_datetime, random_name
from ...values import Function, Values
from ..context import Local, kept
from ..installation import call, run_hook

QUEUED, STARTED, FINISHED, FAILED, CANCELED = "queued", "started", "finished", "failed", "canceled"
STATUSES = (QUEUED, STARTED, FAILED, FINISHED, "deferred", "scheduled", CANCELED)
OPEN = (QUEUED, STARTED)
PATIENCE = 0.5
"""Seconds for which a transaction may ask how a job stands that waits for its commit."""


class Waiting(Protocol):
    """Where a site's jobs wait, and what is known of those that ran."""

    def add(self, ctx: Context, job: Job) -> None:
        """Let a job wait for the commit of what asks for it."""

    def find(self, ctx: Context, job_id: str) -> Job | None:
        """The newest job of that id."""

    def listed(self, ctx: Context, statuses: Sequence[str] = OPEN) -> list[Job]:
        """The jobs that stand so, oldest first."""

    def has_waiting(self, ctx: Context, queue: str, count: int) -> bool:
        """Whether so many jobs of a queue wait, or more."""

    def remove(self, ctx: Context, job: Job) -> None:
        """Forget a job; one that waits never runs."""

    def note_progress(self, ctx: Context, key: str, progress: dict[str, object]) -> None:
        """Note how far a job is, for who looks meanwhile."""


@dataclass
class Job:
    """What is to be called, as whom, and how it stands."""

    site: str
    user: str
    method: Any
    """A dotted name, or the function itself."""
    arguments: Values = field(default_factory=dict)
    job_id: str = field(default_factory=random_name)
    """As the app named it, without the site."""
    queue: str = "default"
    timeout: int = 300
    job_name: str = ""
    event: str | None = None
    at_front: bool = False
    begins: float | None = None
    """Seconds since 1970 before which it does not begin."""
    on_success: object = None
    on_failure: object = None
    status: str = QUEUED
    created_at: datetime.datetime = field(default_factory=now_datetime)
    started_at: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None
    result: Any = None
    exc_info: str | None = None
    key: str = field(default_factory=random_name)
    """Of this one: an id may be used again."""
    attempts: int = 0
    asked: float = 0.0
    """When its own transaction first asked how it stands."""
    scopes: frozenset[str] | None = None
    """What the key that asked for it may do: a job does no more. None: whatever its user may."""
    progress: Values | None = None
    """What `publish_progress` said last in it: percent, title, description."""
    meta: Values = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id with the site's name before it, as RQ has it."""
        return f"{self.site}||{self.job_id}"

    @property
    def func_name(self) -> str:
        """The dotted name of what is called."""
        return name_of(self.method)

    @property
    def kwargs(self) -> Values:
        """What Frappe keeps with RQ: the arguments among what they are called with."""
        return {
            "site": self.site,
            "user": self.user,
            "method": self.func_name,
            "event": self.event,
            "job_name": self.job_name or self.func_name,
            "is_async": True,
            "kwargs": self.arguments,
        }

    origin = property(lambda self: self.queue)
    enqueued_at = property(lambda self: self.created_at)
    is_queued = property(lambda self: self.get_status() == QUEUED)
    is_started = property(lambda self: self.get_status() == STARTED)
    is_finished = property(lambda self: self.get_status() == FINISHED)
    is_failed = property(lambda self: self.get_status() == FAILED)

    def get_id(self) -> str:
        """The id."""
        return self.id

    def return_value(self, refresh: bool = False) -> object:
        """What the function gave; None until it has ended."""
        if refresh:
            self.refresh()
        return self.result

    latest_result = return_value

    def get_status(self, refresh: bool = True) -> str:
        """`queued`, `started`, `finished`, `failed` or `canceled`, as it stands now."""
        if refresh:
            self.refresh()
        return self.status

    def refresh(self) -> None:
        """Look again how it stands.

        Who waits for a job that begins with its own commit would wait for ever: it is run on the spot after a while.
        """
        ctx = current.get()
        if self.key in uncommitted(ctx):
            self.asked = self.asked or time.monotonic()
            if time.monotonic() - self.asked >= PATIENCE and self.status == QUEUED:
                run_here(ctx, self)
            return
        found = waiting_of(ctx).find(ctx, self.job_id)
        if found is not None and found.key == self.key:
            self.__dict__.update(found.__dict__)

    def cancel(self) -> None:
        """Never run it, unless it runs already."""
        self.delete()
        self.status = CANCELED

    def delete(self) -> None:
        """Forget it; one that waits never runs."""
        waiting_of(current.get()).remove(current.get(), self)

    # --- how it goes on ---

    def begin(self) -> None:
        """It is being called."""
        self.started_at, self.ended_at, self.exc_info = now_datetime(), None, None
        self.status = STARTED

    def end(self, status: str, result: object = None, error: BaseException | None = None) -> None:
        """It was called. Whoever sees that it has ended sees how: the status comes last."""
        self.exc_info = trace_of(error) if error is not None else None
        self.ended_at, self.result = now_datetime(), result
        self.status = status


def name_of(method: object) -> str:
    """The dotted name of a function, as far as it has one."""
    if isinstance(method, str):
        return method
    return f"{getattr(method, '__module__', '')}.{getattr(method, '__qualname__', method)}"


def trace_of(error: BaseException) -> str:
    """An error as Python tells it."""
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def waiting_of(ctx: Context) -> Waiting:
    """Where the site's jobs wait."""
    found: Waiting = ctx.site.job_queue
    return found


def uncommitted(ctx: Context) -> set[str]:
    """The keys of the jobs that begin with this transaction's commit."""
    keys: set[str] = ctx.transaction.kept.setdefault("uncommitted jobs", set())
    return keys


def call_job(job: Job, function: Callable[..., object]) -> object:
    """Call what a job names: the apps' `before_job` and `after_job` around it, its `on_success` at the end.

    Raises what it raises; the caller keeps or undoes what was written.
    """
    around = {"method": job.func_name, "kwargs": job.arguments}
    kept("local", Local).job = _dict(
        site=job.site, method=job.func_name, job_name=job.job_name, kwargs=job.arguments, user=job.user, key=job.key
    )
    run_hook("before_job", transaction_type="job", **around)
    result = function(**job.arguments)
    run_hook("after_job", result=result, **around)
    if job.on_success:
        callback(job.on_success)(job, None, result)
    return result


def leave(error: BaseException) -> None:
    """Write what an error says is to be left of a job that it undid, in a transaction that the caller keeps."""
    leaves = getattr(error, "leaves", None)
    if callable(leaves):
        leaves()


def log_failure(job: Job, error: BaseException) -> None:
    """Leave an Error Log, in a transaction that the caller keeps."""
    log = {"doctype": "Error Log", "method": job.func_name[:140], "error": trace_of(error)}
    document.new(current.get().trusted(), log).db_insert()


def call_on_failure(job: Job, error: BaseException) -> None:
    """Call the job's `on_failure` with what RQ gives it, in a transaction that the caller keeps."""
    if job.on_failure:
        callback(job.on_failure)(job, None, type(error), error, error.__traceback__)


def callback(given: Any) -> Function:
    """The function of an `on_success` or `on_failure`, which may be named."""
    found: Function = current.get().site.resolve(given) if isinstance(given, str) else given
    return found


def run_here(ctx: Context, job: Job) -> None:
    """Run a job in the transaction that asked for it. What it raises is noted in the job alone."""
    waiting_of(ctx).remove(ctx, job)
    job.begin()
    try:
        with ctx.store.database.atomic():
            job.end(
                FINISHED, call(job.method if callable(job.method) else ctx.site.resolve(job.method), **job.arguments)
            )
    except Exception as error:  # the edge of a job: who asked for it looks at its status
        job.end(FAILED, error=error)


def moment(value: Any) -> datetime.datetime | None:
    """Seconds since 1970 as the moment that they are here."""
    return get_datetime(datetime.datetime.fromtimestamp(value)) if value is not None else None


__all__ = ["Job", "Waiting"]
