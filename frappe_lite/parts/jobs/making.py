"""Where a site's jobs are: in its database, or with RQ on the Redis that `redis_queue` of its configuration names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from ...errors import ValidationError
from ...site import Site
from .workers import LEASE, Workers


def make_workers(
    site: Site,
    threads: int,
    queues: Sequence[str] = (),
    lease: float = LEASE,
    ring: Callable[[], None] | None = None,
    **clocks: Callable[[], float],
) -> Workers:
    """The workers of a process, which have not begun yet. Raises ValidationError where RQ is missing."""
    kind = _of_redis() if site.conf.get("redis_queue") else Workers
    return kind(site, threads, queues, lease, ring=ring, **clocks)


def _of_redis() -> type[Workers]:
    try:
        found: type[Workers] = importlib.import_module(f"{__package__}.rq_queue").RedisWorkers
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("rq", "redis"):
            raise
        raise ValidationError.told(
            "redis_queue is set, and RQ is not installed: pip install 'frappe_lite[redis]'"
        ) from None
    return found


__all__ = ["make_workers"]
