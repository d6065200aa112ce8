"""Jobs by RQ on Redis, as on a bench: `redis_queue` in the site's configuration, and the extra `redis`.

The database stays the outbox: a job is written by the transaction that asks for it, and given to RQ once that is kept.
From then on it stands in Redis, where RQ's own tools see it. Imported only where `redis_queue` is set.

    __job  --handing.py-->  rq:queue:site:default  --worker.py-->  running.py, as every job of ours
"""

from __future__ import annotations

from .workers import RedisWorkers

__all__ = ["RedisWorkers"]
