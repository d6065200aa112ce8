"""One job from its start to its end: in a transaction of its own, as the user who asked, its end noted with its effect.

What raises is undone and has failed, with an Error Log; it waits to be run again by hand. It is tried again by itself
where nothing is wrong with it: `frappe.RetryBackgroundJobError`, a database that was busy, writers that met.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ...context import Context, current
from ...errors import ConflictError, DatabaseBusyError, FrappeError
from ...face import exceptions
from ...face.jobs.job import Job, call_job, call_on_failure, leave, log_failure, trace_of
from .leases import MAX_ATTEMPTS, LeaseLostError, Leases, WorkerDiedError
from .table import made_ready
from .timeouts import JobTimeoutException, Watched

log = logging.getLogger("frappe_lite")

AGAIN: tuple[type[FrappeError], ...] = (
    vars(exceptions)["RetryBackgroundJobError"],
    ConflictError,
    DatabaseBusyError,
)
"""Errors after which a job is tried again by itself."""

MAX_DELAY = 300.0


def delay(attempts: int) -> float:
    """Seconds until a job that was begun so often is tried again: 2, 4, 8, 16."""
    return min(MAX_DELAY, 2.0**attempts)


class Running:
    """What runs the jobs that a worker took. `watched` has those of this moment, by key."""

    def __init__(self, leases: Leases, monotonic: Callable[[], float] = time.monotonic):
        self.leases, self.monotonic = leases, monotonic
        self.watched: dict[str, Watched] = {}

    def run(self, job: Job) -> None:
        """Run a job that was taken. Whatever becomes of it stands in its row, and is raised to nobody."""
        database = self.leases.site.database
        self.watched[job.key] = Watched(self.monotonic() + job.timeout if job.timeout > 0 else float("inf"))
        try:
            if job.attempts > 1:
                self.leases.jobs.board.drop(job.key)  # what the worker said that died of it
            for attempt in range(1, database.attempts + 1):
                database.begin_request(False, attempt)
                if not self._attempt(job, attempt < database.attempts):
                    break
        except FrappeError as error:  # its row could not be written: it is given back once the lease is over
            log.error("the end of the job %s could not be noted: %s", job.id, error)
            database.rollback()
        finally:
            del self.watched[job.key]
            database.end_request()
            if job.key in self.leases.jobs.board.said:
                self.leases.jobs.board.drop(job.key)
            database.give_back()

    def _attempt(self, job: Job, may_repeat: bool) -> bool:
        """Run it once; whether writers met, and it is to be run again at once."""
        ctx = self.leases.site.new_context(job.user)
        ctx.scopes = job.scopes
        token = current.set(ctx)
        try:
            if job.attempts > MAX_ATTEMPTS:
                raise WorkerDiedError(
                    f"Its worker died {MAX_ATTEMPTS} times while it ran: the job may be what kills it"
                )
            result = self.watched[job.key].run(lambda: call_job(job, made_ready(ctx, job)))
            self.leases.finish(job, result)
            with self.leases.site.database.soon():  # nobody was told of it: the next job need not wait for the disk
                ctx.commit()
        except LeaseLostError as error:
            ctx.rollback()
            log.warning("%s", error)
        except ConflictError as error:
            ctx.rollback()
            if may_repeat:
                return self.leases.holds(job)
            self._failed(ctx, job, error)
        except KeyboardInterrupt:  # who runs `worker --burst` wants it to end
            ctx.rollback()
            raise
        except BaseException as error:  # the edge of a job: nobody waits for its answer, and the thread lives on
            ctx.rollback()
            self._failed(ctx, job, error)
        finally:
            current.reset(token)
        return False

    def _failed(self, ctx: Context, job: Job, error: BaseException) -> None:
        leave(error)
        if isinstance(error, AGAIN) and job.attempts < MAX_ATTEMPTS:
            self.leases.put_back(job, delay(job.attempts), trace_of(error))
            ctx.commit()
            return
        if isinstance(error, JobTimeoutException):
            error = JobTimeoutException(f"{job.func_name} took longer than its timeout of {job.timeout} seconds")
        log.error("the job %s of %s failed", job.func_name, job.user, exc_info=error)
        log_failure(job, error)
        self.leases.fail(job, trace_of(error))
        ctx.commit()
        self._tell(ctx, lambda: call_on_failure(job, error))

    @staticmethod
    def _tell(ctx: Context, function: Callable[[], None]) -> None:
        try:
            function()
            ctx.commit()
        except Exception:  # the app's own code, after its job's end was noted
            ctx.rollback()
            log.exception("what was to be told of a job that failed")
