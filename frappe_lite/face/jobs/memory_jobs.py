"""Jobs of a site without workers: each runs after the commit, in a small pool of threads of this process.

One that waits is lost if the process is killed. What is known of a job that ended is kept as long as there is room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from ...access.auth import SAFE_METHODS
from ...context import Context, current
from ...site import Site
from ...values import Function
from .job import FAILED, FINISHED, OPEN, QUEUED, Job, call_job, call_on_failure, leave, log_failure, uncommitted

REMEMBERED = 1000
"""How many jobs that ended are remembered."""


class MemoryJobs:
    """The jobs of a process."""

    def __init__(self, site: Site):
        self.site = site
        self.jobs: OrderedDict[str, Job] = OrderedDict()  # by key, oldest first

    def add(self, ctx: Context, job: Job) -> None:
        """Run the job after the commit; after a GET, of which nothing is ever kept, at once.

        One that begins later is not kept: nobody here looks at the clock.
        """
        if job.begins:
            return
        self.jobs[job.key] = job
        if ctx.request.method in SAFE_METHODS:
            self._start(job)
            return
        waiting = uncommitted(ctx)
        waiting.add(job.key)

        def committed() -> None:
            waiting.discard(job.key)
            self._start(job)

        def undone() -> None:
            waiting.discard(job.key)
            self.jobs.pop(job.key, None)

        ctx.after_commit.append(committed)
        ctx.after_rollback.append(undone)

    def _start(self, job: Job) -> None:
        if self.jobs.get(job.key) is job and job.status == QUEUED:
            self.site.run_later(job.user, _Run(self, job), job.arguments)

    def find(self, _ctx: Context, job_id: str) -> Job | None:
        """The newest job of that id."""
        return next((each for each in reversed(list(self.jobs.values())) if each.job_id == job_id), None)

    def listed(self, _ctx: Context, statuses: Sequence[str] = OPEN) -> list[Job]:
        """The jobs that stand so, oldest first."""
        return [each for each in list(self.jobs.values()) if each.status in statuses]

    def has_waiting(self, ctx: Context, queue: str, count: int) -> bool:
        """Whether so many jobs of a queue wait, or more."""
        return sum(each.queue == queue for each in self.listed(ctx, (QUEUED,))) >= count

    def remove(self, _ctx: Context, job: Job) -> None:
        """Forget a job; one that waits never runs."""
        self.jobs.pop(job.key, None)

    def note_progress(self, _ctx: Context, key: str, progress: dict[str, object]) -> None:
        """Note how far a job is."""
        if key in self.jobs:
            self.jobs[key].progress = progress

    def sweep(self) -> None:
        """Forget the oldest of those that ended, if there are too many."""
        ended = [key for key, each in list(self.jobs.items()) if each.status in (FINISHED, FAILED)]
        for key in ended[: max(0, len(ended) - REMEMBERED)]:
            self.jobs.pop(key, None)


class _Run:
    """A job as the pool calls it; known by the name of its function."""

    def __init__(self, queue: MemoryJobs, job: Job):
        self.queue, self.job = queue, job

    def __repr__(self) -> str:
        return self.job.func_name

    def __call__(self, **arguments: object) -> None:
        job, ctx = self.job, current.get()
        job.arguments, ctx.scopes = arguments, job.scopes
        if self.queue.jobs.get(job.key) is not job:
            return  # it was removed while it waited
        function: Function = job.method if callable(job.method) else ctx.site.resolve(job.method)
        job.begin()
        try:
            job.end(FINISHED, call_job(job, function))
        except Exception as error:  # the edge of a job: noted with it, and raised to whoever waits
            ctx.rollback()
            job.end(FAILED, error=error)
            leave(error)
            log_failure(job, error)
            ctx.commit()
            call_on_failure(job, error)
            ctx.commit()
            raise
        finally:
            self.queue.sweep()


__all__ = ["MemoryJobs"]
