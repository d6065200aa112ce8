"""The outbox: what lets a job wait for each mail, not before its time, and never two for one."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable

from ... import document
from ...context import Context
from ...document.base_document import BaseDocument
from ...face.jobs.enqueueing import get_job, is_job_enqueued
from ...face.jobs.job import QUEUED, Job, waiting_of
from ...utils import cint, get_datetime

QUEUE = "Email Queue"
OPEN = ("Not Sent", "Sending", "Partially Sent")
"""Statuses of a mail that is still to be sent."""

DELIVER, FAILED = (f"{__package__}.delivery.{name}" for name in ("deliver", "failed"))
TIMEOUT = 1500
MANY = 20
"""A mail to more than so many waits in the queue `long`: it does not keep the others from going out."""


class Outbox:
    """Where a site's mails wait to go out. Its clock is that of the jobs."""

    def __init__(self, clock: Callable[[], float] = time.time):
        self.clock = clock

    def now(self) -> datetime.datetime:
        """The moment, by this machine's clock."""
        return get_datetime(datetime.datetime.fromtimestamp(self.clock()))

    def is_early(self, queue: BaseDocument) -> bool:
        """Whether a mail is for later."""
        return bool(queue.send_after) and get_datetime(queue.send_after) > self.now()

    def ask(self, ctx: Context, queue: BaseDocument) -> None:
        """Let a job wait that sends a mail, at `send_after` if it says so."""
        begins = get_datetime(queue.send_after).timestamp() if self.is_early(queue) else None
        job = Job(ctx.site.title, "Administrator", DELIVER, {"name": queue.name}, timeout=TIMEOUT)
        job.job_id = f"mail||{queue.name}"
        urgent = cint(queue.priority) > 1
        job.queue = "long" if len(queue.recipients) > MANY else "short" if urgent else "default"
        job.job_name, job.at_front, job.begins = f"Mail {queue.subject}"[:140], urgent, begins
        job.on_failure = FAILED
        waiting_of(ctx).add(ctx, job)

    def ask_again(self, ctx: Context, queue: BaseDocument) -> None:
        """The same, in the place of a job that waits for it: that one may be for later."""
        before = get_job(f"mail||{queue.name}")
        if before is not None and before.status == QUEUED:
            before.delete()
        self.ask(ctx, queue)

    def flush(self, ctx: Context) -> None:
        """Let every mail that is left be sent, unless its job waits already."""
        condition = ctx.store.database.among("status", list(OPEN))
        for row in ctx.store.find(ctx.meta(QUEUE), condition, ("name",), order="priority DESC, creation"):
            queue = document.load(ctx.trusted(), QUEUE, row["name"])
            if queue.open_rows() and not is_job_enqueued(f"mail||{queue.name}"):
                self.ask(ctx, queue)


def outbox_of(ctx: Context) -> Outbox:
    """The site's outbox; of a process that has begun none, one for what it does itself."""
    found: Outbox = ctx.site.shelf.get("mail") or Outbox()
    return found


__all__ = ["OPEN", "QUEUE", "Outbox", "outbox_of"]
