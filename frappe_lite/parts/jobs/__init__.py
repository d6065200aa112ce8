"""Jobs: what `frappe.enqueue` asks for is kept in the database, and run beside the server and by workers.

Off until `site.start()`, which `frappe-lite serve` calls: before, jobs run after the request, in this process alone.
App code is the same. See docs/jobs.md.

    frappe-lite serve        a process beside it, while there are jobs     frappe-lite worker --queue long     one more
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from ...site import Site
from ...values import Given
from . import status
from .commands import commands
from .making import make_workers
from .rq_job import RQJob
from .workers import LEASE, Workers

THREADS = 2


def attach(site: Site) -> None:
    """Let the site keep its jobs once it is started; RQ Job documents show them."""
    site.controllers["RQ Job"] = RQJob
    site.extensions.routes.append((2, "GET", "job/<job_id>", status.status))
    site.extensions.on_start.append(functools.partial(_start, site))


def _start(site: Site, settings: Given) -> None:
    ring = settings.get("job_bell")
    threads = settings.get("job_threads", THREADS) if ring is None else 0
    start(site, threads, lease=settings.get("job_lease", LEASE), ring=ring)


def start(
    site: Site,
    threads: int = THREADS,
    queues: Sequence[str] = (),
    lease: float = LEASE,
    ring: Callable[[], None] | None = None,
    **clocks: Callable[[], float],
) -> Workers:
    """Keep the site's jobs from here on, and run them by so many threads, until it is closed; `ring` tells others."""
    workers = make_workers(site, threads, queues, lease, ring, **clocks)
    site.extensions.on_close.insert(0, workers.stop)
    workers.start()
    return workers


__all__ = ["Workers", "attach", "commands", "start"]
