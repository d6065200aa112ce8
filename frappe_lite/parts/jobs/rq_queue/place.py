"""The Redis that `redis_queue` names, and a site's names in it. What RQ keeps is JSON: nothing is ever unpickled."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import redis
from rq.exceptions import DeserializationError, InvalidJobOperation, NoSuchJobError
from rq.job import Job as RqJob
from rq.queue import Queue
from rq.serializers import JSONSerializer

from ....errors import DatabaseBusyError
from ....site import Site
from ....utils import cstr

FUNCTION = "frappe.utils.background_jobs.execute_job"
"""What every job calls, as RQ's tools show it; a worker of ours runs nothing else."""

BELL_KEPT = 5
"""Seconds that a ring is kept for a worker that is about to wait for it."""

SILENCE = 5.0
"""Seconds after which a Redis that says nothing is away: requests wait no longer for it."""


class RedisAwayError(DatabaseBusyError):
    """Redis does not answer; nothing was changed."""


def connect(address: str) -> redis.Redis:
    """A pool of connections, each made when it is needed."""
    return redis.Redis.from_url(address, socket_timeout=SILENCE, socket_connect_timeout=SILENCE)


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """Raises RedisAwayError for whatever Redis does not do."""
    try:
        yield
    except (redis.RedisError, InvalidJobOperation, NoSuchJobError, DeserializationError) as error:
        raise RedisAwayError.told(f"redis_queue cannot be reached: {error}; try again later") from error


class Place:
    """Where a site's jobs are in Redis: `bench_id` of the configuration, or the site's name, stands before them."""

    def __init__(self, site: Site, connection: redis.Redis):
        self.connection = connection
        self.bench = cstr(site.conf.get("bench_id")) or site.title
        self.site = site.title
        self.bell = f"frappe_lite:bell:{self.bench}"

    def queue(self, name: str, job_class: type[RqJob] = RqJob) -> Queue:
        """RQ's queue of that name."""
        return Queue(f"{self.bench}:{name}", connection=self.connection, serializer=JSONSerializer, job_class=job_class)

    def id_of(self, job_id: str) -> str:
        """RQ's id of a job: it allows letters, digits, dashes and underscores, so others stand there as numbers."""
        return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"_{ord(found[0]):x}_", f"{self.site}--{job_id}")

    def fetch(self, ids: list[str]) -> list[RqJob]:
        """The jobs of this site that are there, of these ids."""
        found = RqJob.fetch_many(ids, connection=self.connection, serializer=JSONSerializer)
        return [each for each in found if each is not None and each.meta.get("site") == self.site]

    def ring(self, times: int) -> None:
        """Wake so many workers, wherever they are."""
        with self.connection.pipeline() as pipe:
            pipe.lpush(self.bell, *["1"] * min(times, 100))
            pipe.ltrim(self.bell, 0, 99)
            pipe.expire(self.bell, BELL_KEPT)
            pipe.execute()
