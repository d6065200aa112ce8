"""What `frappe-lite worker` and `frappe-lite jobs` do."""

from __future__ import annotations

import signal
import time
from argparse import Namespace

from ...command.cli import open_site
from ...face.job import FAILED, QUEUED, STARTED
from ...wsgi import stderr_logging
from .table import KeptJobs, install
from .workers import Workers

FOREVER = 1e12


def work(parsed: Namespace) -> int:
    """Run jobs until SIGTERM or Ctrl+C, or with --burst until none waits; what runs is finished."""
    stderr_logging()
    site = open_site(parsed)
    try:
        if parsed.burst:
            workers = Workers(site, 0, parsed.queue, parsed.lease)
            workers.look()
            count = 0
            while workers.run_next():
                count += 1
            workers.leases.leave()
            print(f"{count} jobs were run")
            return 0
        workers = Workers(site, max(1, parsed.threads), parsed.queue, parsed.lease)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: workers.ended.set())
        workers.start()
        print(f"Working on the jobs of {parsed.database}: {', '.join(workers.queues)}", flush=True)
        while not workers.ended.wait(1.0):  # a signal is seen between two waits
            pass
        workers.stop()
    finally:
        site.close()
    return 0


def jobs(parsed: Namespace) -> int:
    """List, retry or forget jobs."""
    site = open_site(parsed)
    try:
        install(site)
        kept = KeptJobs(site, time.time, lambda: None)
        with site.acting() as ctx:
            failed = kept.listed(ctx, (FAILED,))
            if parsed.retry or parsed.retry_all:
                wanted = [each.key for each in failed if parsed.retry_all or {each.job_id, each.id} & set(parsed.retry)]
                print(f"{kept.run_again(wanted)} jobs wait again")
            elif parsed.clear:
                print(f"{kept.forget(FAILED, FOREVER)} jobs are forgotten")
            else:
                for each in kept.listed(ctx, parsed.status or (QUEUED, STARTED, FAILED)):
                    why = (each.exc_info or "").strip().rpartition("\n")[2]
                    print(f"{each.status:9} {each.queue:8} {each.job_id:32} {each.job_name}  {why}".rstrip())
    finally:
        site.close()
    return 0
