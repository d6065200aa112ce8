"""The workers of a process whose jobs are with RQ: a thread hands over, others run, and one says that they live."""

from __future__ import annotations

import itertools
import logging
import threading
from typing import Any

from ....errors import FrappeError
from ....face.jobs.job import FAILED, FINISHED, QUEUED, Job
from ....utils import cstr, random_name
from ..leases import MAX_ERROR, LeaseLostError, Leases
from ..table import KeptJobs, result_of
from ..workers import POLL, Workers
from . import handing
from .handing import RedisJobs
from .place import connect, reached
from .worker import JobFailedError, SiteJob, SiteWorker

log, rq_log = logging.getLogger("frappe_lite"), logging.getLogger("rq.worker")

DAY = 86400.0


class RedisLeases(Leases):
    """How a job that RQ gave ends: noted with its effect, so that RQ may give it twice and it has its effect once."""

    def __init__(self, jobs: KeptJobs, worker: str, seconds: float):
        super().__init__(jobs, worker, seconds)
        self.outcomes: dict[str, tuple[str, str | None]] = {}

    def finish(self, job: Job, result: object) -> None:
        """Note the end of a job, in the transaction of what it did. Raises LeaseLostError if it was done already."""
        self._note(job)
        self.outcomes[job.key] = FINISHED, result_of(result)

    def fail(self, job: Job, error: str) -> None:
        """Note that a job failed: it may be run again."""
        if not self.holds(job):
            raise LeaseLostError(f"the job {job.id} was run by another worker meanwhile")
        self.outcomes[job.key] = FAILED, error[-MAX_ERROR:]

    def put_back(self, job: Job, delay: float, error: str) -> None:
        """Let a job wait again, for so many seconds, in the outbox."""
        self._note(job)
        values, columns = self.jobs.row_of(job), {"due": self.jobs.clock() + delay, "error": error[-MAX_ERROR:]}
        key = random_name()
        self.site.database.execute('UPDATE "__job_part" SET key = ? WHERE key = ?', (key, job.key))
        self.jobs.insert(values, key=key, attempts=job.attempts, status=QUEUED, **columns)
        self.outcomes[job.key] = QUEUED, None

    def holds(self, job: Job) -> bool:
        """Whether a job has not had its effect yet."""
        return self.site.database.row('SELECT 1 FROM "__done" WHERE key = ?', (job.key,)) is None

    def _note(self, job: Job) -> None:
        sql = 'INSERT INTO "__done" (key, ended) VALUES (?, ?) ON CONFLICT DO NOTHING'
        if not self.site.database.execute(sql, (job.key, self.jobs.clock())):
            raise LeaseLostError(f"the job {job.id} was run by another worker already; what this one did is undone")


class RedisWorkers(Workers):
    """As Workers, with RQ between who asks and who runs."""

    jobs: RedisJobs
    leases: RedisLeases

    def _prepare(self, lease: float) -> None:
        handing.install(self.site)
        connection = connect(cstr(self.site.conf["redis_queue"]))
        self.jobs = RedisJobs(self.site, self.clock, self.wake, connection)
        self.leases = RedisLeases(self.jobs, self.name, lease)
        self._by_thread: dict[int, SiteWorker] = {}
        if rq_log.level == logging.INFO:  # RQ's own choice: four lines for each job
            rq_log.setLevel(logging.WARNING)
        self._numbers, self._cleaned = itertools.count(), 0.0

    def start(self) -> None:
        """Begin to hand over and to work, or to ring for who works."""
        super().start()
        if self.threads or self.rings:
            thread = threading.Thread(target=self._hand_over, name="frappe_lite-outbox", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, *args: Any, **kwargs: Any) -> None:
        """Take no more jobs, and wait for those that run."""
        super().stop(*args, **kwargs)
        for each in list(self._by_thread.values()):
            if each.running is None:
                self._quietly(each.register_death)

    @staticmethod
    def _quietly(function: Any) -> None:
        try:
            with reached():
                function()
        except FrappeError as error:
            log.warning("%s", error)

    # --- what the threads do ---

    def run_next(self) -> bool:
        """Take a job and run it, in this thread; whether there was one."""
        if not self.threads:
            self.jobs.hand_over()
        with reached():
            if self._worker().run_next():
                self._last = self.monotonic()
                return True
        self.site.database.give_back()
        return False

    def _worker(self) -> SiteWorker:
        found = self._by_thread.get(threading.get_ident())
        if found is None:
            number = f"{self.name}-{next(self._numbers)}"
            found = SiteWorker(self.jobs.place, self.queues, number, self.leases.seconds, self.perform)
            found.register_birth()
            self._by_thread[threading.get_ident()] = found
        return found

    def _rest(self, rung: int) -> None:
        """Wait for a ring, of this process or another one's."""
        try:
            with reached():
                self.jobs.place.connection.blpop([self.jobs.place.bell], timeout=1)
        except FrappeError:
            self.ended.wait(POLL)

    def _hand_over(self) -> None:
        while not self.ended.is_set():
            rung = self._rung
            try:
                while self.jobs.hand_over():
                    pass
            except FrappeError as error:  # they wait in the database
                log.warning("jobs could not be handed to RQ: %s", error)
                self.site.database.rollback()
            self.site.database.give_back()
            super()._rest(rung)

    def perform(self, found: SiteJob) -> str | None:
        """Run a job that RQ gave; its result as it is kept. Raises JobFailedError."""
        job = self.jobs.of_rq(self.site.new_context(), found)
        job.attempts += 1
        self.jobs.at_work[job.key] = found
        try:
            self.running.run(job)
        finally:
            del self.jobs.at_work[job.key]
        how, said = self.leases.outcomes.pop(job.key, ("", ""))
        if how == FAILED:
            found.trace = cstr(said)
            raise JobFailedError(cstr(said).strip().rpartition("\n")[2])
        found.is_put_back = how == QUEUED
        if not how and self.leases.holds(job):
            raise JobFailedError(f"the end of the job {job.id} could not be noted")  # RQ gives it once more
        return said or None

    # --- alive ---

    def _live(self, running: float) -> None:
        super()._live(running)
        with reached():
            for each in list(self._by_thread.values()):
                each.beat()
            if self._by_thread and running - self._cleaned >= self.leases.seconds:
                self._cleaned = running
                next(iter(self._by_thread.values())).clean_registries()

    def _sweep(self, now: float) -> None:
        database = self.site.database
        with database.transaction():
            database.execute('DELETE FROM "__done" WHERE ended < ?', (now - DAY,))


__all__ = ["RedisWorkers"]
