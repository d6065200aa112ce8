"""Who works on which job: a worker takes jobs, lives as long as it says so, and loses what it has when it does not.

A job that ends is noted in the transaction of what it did, and only if it still is its worker's: of a worker that was
given up and comes back, nothing is kept. So what a job writes is written once, however often it was begun, unless the
app commits in its middle.

    take("w1", …)  ->  started, worker = "w1"    beat("w1")    finish(…)  ->  finished    reclaim()  ->  queued
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Collection, Sequence

from ...context import Context
from ...errors import FrappeError
from ...face.jobs.job import Job
from ...site import Site
from .table import COLUMNS, KeptJobs, result_of

MAX_ATTEMPTS = 5
"""How often a job is begun at most, where a worker died of it or with it, or it asked to be tried again."""

MAX_ERROR = 20_000
"""Characters of a trace that are kept, the last ones."""

NO_WORKER = 'NOT EXISTS (SELECT 1 FROM "__worker" AS w WHERE w.id = "__job".worker AND w.until > ?)'


class LeaseLostError(FrappeError):
    """Another worker has the job now: this one was silent for too long."""


class WorkerDiedError(FrappeError):
    """The job was begun as often as a job is: its workers died of it, or with it."""


class Leases:
    """The jobs of a site as one worker takes them."""

    def __init__(self, jobs: KeptJobs, worker: str, seconds: float):
        self.jobs, self.worker, self.seconds = jobs, worker, seconds

    @property
    def site(self) -> Site:
        """The site."""
        return self.jobs.site

    # --- alive ---

    def beat(self, queues: Sequence[str]) -> None:
        """Say that the worker lives, until `seconds` from now."""
        now, database = self.jobs.clock(), self.site.database
        with database.transaction():
            if not database.execute('UPDATE "__worker" SET until = ? WHERE id = ?', (now + self.seconds, self.worker)):
                database.execute(
                    'INSERT INTO "__worker" (id, host, pid, queues, since, until) VALUES (?, ?, ?, ?, ?, ?)',
                    (self.worker, socket.gethostname(), os.getpid(), ",".join(queues), now, now + self.seconds),
                )

    def leave(self) -> None:
        """Say that the worker has ended: what it was given and has not ended is for others."""
        with self.site.database.transaction():
            self.site.database.execute('DELETE FROM "__worker" WHERE id = ?', (self.worker,))

    def reclaim(self, at_work: Collection[str] = ()) -> int:
        """Give back the jobs of workers that are silent; how many there were.

        So are this worker's own that it is not `at_work` on: their end could not be noted.
        """
        now, database = self.jobs.clock(), self.site.database
        self._drop_lost(at_work, now)
        held = f"status = 'started' AND {NO_WORKER}"
        if database.row(f'SELECT 1 FROM "__job" WHERE {held} LIMIT 1', (now,)) is None:
            return 0
        with database.transaction():
            back = database.execute(
                f"UPDATE \"__job\" SET status = 'queued', worker = NULL, due = ? WHERE {held}", (now, now)
            )
            database.execute('DELETE FROM "__worker" WHERE until < ?', (now - self.seconds,))
        return back

    def _drop_lost(self, at_work: Collection[str], now: float) -> None:
        sql = "SELECT key FROM \"__job\" WHERE status = 'started' AND worker = ? AND started < ?"
        lost = [
            row[0] for row in self.site.database.rows(sql, (self.worker, now - self.seconds)) if row[0] not in at_work
        ]
        with self.site.database.transaction() if lost else contextlib.nullcontext():
            for key in lost:
                self.site.database.execute(
                    'UPDATE "__job" SET worker = NULL WHERE key = ? AND worker = ?', (key, self.worker)
                )

    # --- a job ---

    def take(self, ctx: Context, queues: Sequence[str]) -> Job | None:
        """The next job of the first queue that has one: it is this worker's from here on."""
        now, database, (ours, values) = self.jobs.clock(), self.site.database, self.jobs.ours()
        for queue in queues:
            next_one = (
                f"SELECT key FROM \"__job\" WHERE status = 'queued' AND queue = ? AND due <= ? AND {ours} ORDER BY "
                "due, "
                "rowid LIMIT 1"
            )
            if database.skip_locked:  # one statement that is a transaction of its own
                rows = database.rows(
                    f"UPDATE \"__job\" SET status = 'started', worker = ?, started = ?, attempts = attempts + 1 WHERE "
                    f"key IN ({next_one} {database.skip_locked}) RETURNING {COLUMNS}",
                    (self.worker, now, queue, now, *values),
                )
                if rows:
                    return self.jobs.shown(ctx, rows[0])
            elif database.row(next_one, (queue, now, *values)) is not None:
                with database.soon(), database.transaction():
                    found = database.row(next_one, (queue, now, *values))  # another one may have taken it meanwhile
                    if found is None:
                        continue
                    database.execute(
                        "UPDATE \"__job\" SET status = 'started', worker = ?, started = ?, attempts = attempts + 1 "
                        "WHERE key = ?",
                        (self.worker, now, found[0]),
                    )
                    [row] = database.rows(f'SELECT {COLUMNS} FROM "__job" WHERE key = ?', found)
                return self.jobs.shown(ctx, row)
        return None

    def finish(self, job: Job, result: object) -> None:
        """Note the end of a job, in the transaction of what it did. Raises LeaseLostError if it is another worker's."""
        self._end(job, "status = 'finished', ended = ?, result = ?, error = NULL", self.jobs.clock(), result_of(result))

    def fail(self, job: Job, error: str) -> None:
        """Note that a job failed. Raises LeaseLostError."""
        self._end(job, "status = 'failed', ended = ?, error = ?", self.jobs.clock(), error[-MAX_ERROR:])

    def put_back(self, job: Job, delay: float, error: str) -> None:
        """Let a job wait again, for so many seconds. Raises LeaseLostError."""
        self._end(job, "status = 'queued', due = ?, error = ?", self.jobs.clock() + delay, error[-MAX_ERROR:])

    def holds(self, job: Job) -> bool:
        """Whether a job is still this worker's."""
        sql = "SELECT 1 FROM \"__job\" WHERE key = ? AND worker = ? AND status = 'started'"
        return self.site.database.row(sql, (job.key, self.worker)) is not None

    def _end(self, job: Job, change: str, *values: object) -> None:
        ours = "key = ? AND worker = ? AND status = 'started'"
        sql, given = f'UPDATE "__job" SET {change}, worker = NULL WHERE {ours}', (*values, job.key, self.worker)
        database = self.site.database
        if database.skip_locked and not database.writing:  # nothing was written: not to meet others who end theirs
            is_ours = bool(database.rows(f"{sql} RETURNING key", given))
        else:
            is_ours = bool(database.execute(sql, given))
        if not is_ours:
            raise LeaseLostError(f"the job {job.id} was given to another worker; what this one did is undone")
