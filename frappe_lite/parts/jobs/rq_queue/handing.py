"""A site's jobs with RQ: those of the outbox are handed to it, those that it has are shown as every other job."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

import redis
from rq.job import Job as RqJob
from rq.job import Retry
from rq.serializers import JSONSerializer

from ....context import Context
from ....face.jobs.job import CANCELED, FAILED, FINISHED, OPEN, QUEUED, STARTED, Job, moment, uncommitted
from ....site import Site
from ....utils import cstr
from ..leases import MAX_ATTEMPTS
from ..table import COLUMNS, KeptJobs, read_result, shown_arguments
from ..workers import queues_of
from .place import FUNCTION, Place, reached

log = logging.getLogger("frappe_lite")

FINISHED_KEPT, FAILED_KEPT = 600, 7 * 86400
"""Seconds for which RQ remembers a job by its end."""

BATCH = 100
"""Jobs that are handed over in one go."""

ENDED = 'CREATE TABLE IF NOT EXISTS "__done" (key TEXT PRIMARY KEY, ended REAL NOT NULL)'
"""Which jobs have had their effect, written with it: whatever RQ forgets or repeats, nothing has its effect twice."""

MEANT = {"stopped": FAILED, CANCELED: CANCELED}
"""RQ's words that are not ours."""


def install(site: Site) -> None:
    """Make the table of ends, unless it is there."""
    if "__done" not in site.database.tables():
        with site.database.transaction():
            site.database.execute(ENDED)


class RedisJobs(KeptJobs):
    """The jobs of a site: in the outbox until they are handed to RQ, from then on in Redis."""

    def __init__(self, site: Site, clock: Callable[[], float], wake: Callable[[], None], connection: redis.Redis):
        super().__init__(site, clock, wake)
        self.place = Place(site, connection)
        self.at_work: dict[str, RqJob] = {}
        """The jobs that this process runs, by key."""

    # --- handed over ---

    def hand_over(self) -> int:
        """Give RQ the jobs whose time has come; how many. Raises RedisAwayError: then they wait.

        A process that dies in between has them handed over once more, which is seen by their keys.
        """
        database, ctx = self.site.database, self.site.new_context()
        rows = database.rows(
            f"SELECT {COLUMNS} FROM \"__job\" WHERE status = 'queued' AND due <= ? ORDER BY due, rowid LIMIT {BATCH}",
            (self.clock(),),
        )
        if not rows:
            return 0
        due = COLUMNS.split(", ").index("due")
        with reached():
            given = [job.key for row in rows if self._give(job := self.shown(ctx, row), row[due] < 0)]
            self.place.ring(len(given) or 1)
        with database.soon(), database.transaction():
            for key in given:
                database.execute('DELETE FROM "__job" WHERE key = ?', (key,))
        return len(given)

    def _give(self, job: Job, at_front: bool) -> bool:
        """Give RQ a job unless it has it; whether it has it now.

        Of two that have one id both are run: the second has another id there, if the first has not ended.
        """
        queue, made = self.place.queue(job.queue), self._made(job, self.place.id_of(job.job_id))
        with self.place.connection.pipeline() as pipe:
            try:
                pipe.watch(made.key)
                status, meta = pipe.hmget(made.key, "status", "meta")
                if meta and json.loads(meta).get("key") == job.key:
                    return True
                is_taken = cstr(status) in OPEN
                if is_taken:
                    made = self._made(job, f"{made.id}-{job.key}")
                pipe.multi()
                if status and not is_taken:
                    made.delete(pipeline=pipe)  # the last one of that id, which has ended
                queue.enqueue_job(made, pipeline=pipe, at_front=at_front)
                pipe.execute()
            except redis.WatchError:  # somebody else gives it
                return False
        return True

    def _made(self, job: Job, rq_id: str) -> RqJob:
        kwargs = {**job.kwargs, "kwargs": json.loads(job.meta["arguments"])}
        created = job.created_at.astimezone().timestamp()
        meta = {
            "site": job.site, "key": job.key, "job_id": job.job_id, "queue": job.queue, "user": job.user,
            "method": job.method, "created": created, "attempts": job.attempts, "on_success": job.on_success,
            "on_failure": job.on_failure, "scopes": None if job.scopes is None else sorted(job.scopes),
            "event": job.event, "job_name": job.job_name,
        }  # fmt: skip
        return RqJob.create(
            FUNCTION, kwargs=kwargs, id=rq_id, meta=meta, timeout=job.timeout, result_ttl=FINISHED_KEPT,
            failure_ttl=FAILED_KEPT, description=job.job_name or job.func_name, retry=Retry(max=MAX_ATTEMPTS - 1),
            connection=self.place.connection, serializer=JSONSerializer,
        )  # fmt: skip

    # --- looked at ---

    def find(self, ctx: Context, job_id: str) -> Job | None:
        """The newest job of that id: one that waits to be handed over, or RQ's."""
        found = super().find(ctx, job_id)
        if found is None:
            with reached():
                there = self.place.fetch([self.place.id_of(job_id)])
                found = self.of_rq(ctx, there[0]) if there else None
        return found

    def listed(self, ctx: Context, statuses: Sequence[str] = OPEN) -> list[Job]:
        """The jobs that stand so, oldest first."""
        with reached():
            there = [self.of_rq(ctx, each) for each in self._fetched(statuses)]
        found = {each.key: each for each in (*super().listed(ctx, statuses), *there) if each.status in statuses}
        return sorted(found.values(), key=lambda each: each.created_at)

    def has_waiting(self, ctx: Context, queue: str, count: int) -> bool:
        """Whether so many jobs of a queue wait, or more: here or in RQ's, which sites of one bench may share."""
        with reached():
            there = self.place.queue(queue).count
        return there >= count or super().has_waiting(ctx, queue, count - there)

    def _fetched(self, statuses: Sequence[str]) -> list[RqJob]:
        ids: list[str] = []
        for name in queues_of(self.site):
            queue = self.place.queue(name)
            ids += queue.get_job_ids() if QUEUED in statuses else []
            for status, registry in (
                (STARTED, queue.started_job_registry),
                (FINISHED, queue.finished_job_registry),
                (FAILED, queue.failed_job_registry),
            ):
                ids += registry.get_job_ids(cleanup=False) if status in statuses else []
        return self.place.fetch(list(dict.fromkeys(ids)))

    def of_rq(self, ctx: Context, found: RqJob) -> Job:
        """A job of RQ's as the job that an app asks."""
        meta, text = found.meta, json.dumps(found.kwargs["kwargs"])
        job = Job(self.site.title, meta["user"], meta["method"], shown_arguments(text), meta["job_id"])
        status = str(found.get_status(refresh=False).value)
        job.queue, job.key, job.status = meta["queue"], meta["key"], MEANT.get(status, status)
        job.timeout, job.event, job.job_name = int(found.timeout or 0), meta["event"], meta["job_name"]
        job.on_success, job.on_failure, job.progress = meta["on_success"], meta["on_failure"], meta.get("progress")
        job.scopes = None if meta["scopes"] is None else frozenset(meta["scopes"])
        left = MAX_ATTEMPTS - 1 if found.retries_left is None else found.retries_left
        job.attempts = meta["attempts"] + MAX_ATTEMPTS - 1 - left
        job.created_at = moment(meta["created"]) or job.created_at
        job.started_at, job.ended_at = _here(found.started_at), _here(found.ended_at)
        if job.status == FINISHED:
            job.result = read_result(ctx, found.return_value())
        ended = found.latest_result() if job.status == FAILED else None
        job.exc_info = ended.exc_string if ended else None
        job.meta["arguments"] = text
        return job

    def is_work(self, queues: Sequence[str]) -> bool:
        """Whether a job waits in the outbox or in RQ's queues, or runs."""
        if super().is_work(queues):
            return True
        with reached():
            named = [self.place.queue(each) for each in queues]
            return any(each.count or each.started_job_registry.get_job_count(cleanup=False) for each in named)

    def who_runs(self) -> dict[str, str]:
        """The keys of the jobs that run, and who runs each: a host and a process."""
        with reached():
            running = self._fetched((STARTED,))
        return {each.meta["key"]: ":".join(each.worker_name.split(":")[:2]) for each in running if each.worker_name}

    # --- changed ---

    def remove(self, ctx: Context, job: Job) -> None:
        """Forget a job; one that waits never runs."""
        super().remove(ctx, job)
        if job.key in uncommitted(ctx):
            return  # Redis has not heard of it, and may be away
        with reached():
            for each in self.place.fetch([self.place.id_of(job.job_id)]):
                if each.meta["key"] == job.key:
                    each.delete()

    def note_progress(self, ctx: Context, key: str, progress: dict[str, object]) -> None:
        """Note how far a job is, at once: Redis knows nothing of transactions."""
        found = self.at_work.get(key)
        if found is None:
            super().note_progress(ctx, key, progress)
            return
        with reached():
            found.meta["progress"] = json.loads(json.dumps(progress, default=str))
            found.save_meta()

    def run_again(self, keys: Sequence[str]) -> int:
        """Let jobs that failed wait again; how many they are."""
        done = super().run_again(keys)
        with reached():
            for each in self._fetched((FAILED,)):
                if each.meta["key"] in keys and each.is_failed:
                    each.retries_left = MAX_ATTEMPTS - 1
                    each.save()
                    each.requeue()
                    done += 1
            self.place.ring(done or 1)
        return done

    def forget(self, status: str, before: float) -> int:
        """Forget the jobs that failed before a moment; how many they were. RQ does so by itself with older ones."""
        done = super().forget(status, before)
        if status == FAILED:
            with reached():
                for each in self._fetched((FAILED,)):
                    if each.ended_at is None or _utc(each.ended_at).timestamp() < before:
                        each.delete()
                        done += 1
        return done


def _utc(when: datetime.datetime) -> datetime.datetime:
    """A moment of RQ's, which says UTC or means it."""
    return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)


def _here(when: Any) -> datetime.datetime | None:
    return moment(_utc(when).timestamp()) if when is not None else None
