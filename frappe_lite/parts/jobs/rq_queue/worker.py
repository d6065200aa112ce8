"""RQ's worker, as a thread of ours runs it: RQ keeps the books of its queues, and the job itself is run as every job
is.

A job that RQ's own worker would import and call is not: one that has another function than ours is refused, and so
are callbacks that stand in Redis.
"""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

from rq.executions import Execution
from rq.job import Job as RqJob
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.worker import SimpleWorker

from ....errors import FrappeError
from .handing import FINISHED_KEPT
from .place import FUNCTION, Place

Perform = Callable[["SiteJob"], "str | None"]


class JobFailedError(FrappeError):
    """The job has failed; what it raised is in its trace."""


class SiteJob(RqJob):
    """A job of RQ's that a site runs."""

    perform_by: Perform
    trace = ""
    """What it raised, if it has failed."""
    is_put_back = False

    success_callback = failure_callback = stopped_callback = None  # Redis names no code

    def _execute(self) -> str | None:
        if self.func_name != FUNCTION or "key" not in self.meta:
            raise JobFailedError(f"{self.func_name} is no job of this site, which runs {FUNCTION} alone")
        return type(self).perform_by(self)


class _NoPenalty(BaseDeathPenalty):
    """The end of a job's time is ours to say: see timeouts.py."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class SiteWorker(SimpleWorker):
    """What one thread takes from the queues of a site, the most urgent first."""

    death_penalty_class = _NoPenalty

    def __init__(self, place: Place, queues: Sequence[str], number: str, lease: float, perform: Perform):
        self.own_job_class = type("SiteJob", (SiteJob,), {"perform_by": staticmethod(perform)})
        self.hostname, self.pid, self.ip_address = socket.gethostname(), os.getpid(), "unknown"
        super().__init__(
            [place.queue(each, self.own_job_class) for each in queues], f"{self.hostname}:{self.pid}:{number}",
            default_result_ttl=FINISHED_KEPT, connection=place.connection, job_class=self.own_job_class,
            serializer=JSONSerializer, prepare_for_work=False, log_job_description=False,
            maintenance_interval=max(1, int(lease)),
        )  # fmt: skip
        self.hostname, self.pid, self.ip_address = socket.gethostname(), os.getpid(), "unknown"
        self.lease = lease
        self.running: tuple[RqJob, Any] | None = None

    def run_next(self) -> bool:
        """Take a job and run it; whether there was one.

        From each queue by itself: so RQ keeps it in sight between the queue and the worker, and a worker that dies
        there loses nothing.
        """
        for queue in self.queues:
            found = Queue.dequeue_any(
                [queue], None, self.connection, self.own_job_class, JSONSerializer, self.death_penalty_class
            )
            if found is not None:
                self.execute_job(*found)
                return True
        return False

    def beat(self) -> None:
        """Say that the worker lives, and that the job it runs is in its hands."""
        running, ttl = self.running, math.ceil(self.lease)
        with self.connection.pipeline() as pipe:
            self.heartbeat(ttl + 60, pipeline=pipe)
            if running is not None:
                job, execution = running
                execution.heartbeat(job.started_job_registry, ttl, pipeline=pipe)
            pipe.execute()

    # --- what RQ asks of a worker ---

    def execute_job(self, job: Any, queue: Queue) -> None:
        """Run a job that was taken; one that is to be run later has gone back to the outbox."""
        super().execute_job(job, queue)
        self.running = None
        if job.is_put_back:
            job.delete()

    def prepare_execution(self, job: RqJob) -> Execution:
        """Note that the job has begun."""
        execution = super().prepare_execution(job)
        self.running = (job, execution)
        return execution

    def prepare_job_execution(self, job: RqJob, remove_from_intermediate_queue: bool = True) -> None:
        """Note it once more, and take the job from between."""
        super().prepare_job_execution(job, True)

    def get_heartbeat_ttl(self, job: RqJob, *_args: object, **_kwargs: object) -> int:
        """Seconds of silence after which others take the job."""
        return math.ceil(self.lease)

    def handle_exception(self, job: RqJob, *_: object) -> None:
        """Nothing: it was told in the server's log, and is an Error Log."""

    def handle_job_failure(self, job: Any, queue: Queue, *args: Any, **kwargs: Any) -> None:
        """Note that a job failed; RQ itself tries again only what was lost on its way."""
        if getattr(job, "trace", ""):
            job.retries_left, kwargs["exc_string"] = 0, job.trace
        super().handle_job_failure(job, queue, *args, **kwargs)
