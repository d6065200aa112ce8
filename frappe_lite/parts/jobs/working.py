"""What `frappe-lite worker` and `frappe-lite jobs` do.

With `--beside` a worker is a server's own, see command/job_process.py: its standard input is the pipe that joins them.
"""

from __future__ import annotations

import os
import select
import signal
from argparse import Namespace

from ...command.cli import open_site
from ...command.site import BESIDE
from ...errors import DoesNotExistError
from ...face.jobs.job import FAILED, QUEUED, STARTED, STATUSES
from ...site import Site
from ...sqlite import served
from ...wsgi import stderr_logging
from .making import make_workers
from .workers import Workers

FOREVER = 1e12

IDLE = 300.0
"""Seconds without a job after which a server's own worker ends: it is begun again in one second."""

LAST_BREATH = 0.5
"""Seconds that jobs have to end in once the server is gone: who restarts it waits for the file."""


def work(parsed: Namespace) -> int:
    """Run jobs until SIGTERM or Ctrl+C, or with --burst until none waits; what runs is finished."""
    stderr_logging()
    site = open_site(parsed)
    claim = served.share(parsed.database) if parsed.beside else served.Claim()
    try:
        _follow_the_operator(site, parsed)
        if parsed.burst:
            workers = make_workers(site, 0, parsed.queue, parsed.lease)
            workers.look()
            count = 0
            while workers.run_next():
                count += 1
            workers.leases.leave()
            workers.stop()
            print(f"{count} jobs were run")
            return 0
        threads, lease = (
            (parsed.settings["job_threads"], parsed.settings["job_lease"])
            if parsed.beside
            else (parsed.threads, parsed.lease)
        )
        workers = make_workers(site, max(1, threads), parsed.queue, lease)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: workers.ended.set())
        if parsed.beside:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both, and the server ends this one
        workers.start()
        if parsed.beside:
            _listen(workers)
        else:
            print(f"Working on the jobs of {parsed.database}: {', '.join(workers.queues)}", flush=True)
            while not workers.ended.wait(1.0):  # a signal is seen between two waits
                pass
        workers.stop()
    finally:
        site.close()
        claim.close()
    return 0


def _follow_the_operator(site: Site, parsed: Namespace) -> None:
    """Let what jobs ask for go out, as in the server: mails are sent. The schedule, and what waited, are the
    server's."""
    given = {name: parsed.settings[name] for name in BESIDE}
    site.start(**{**given, "job_threads": 0, "job_lease": parsed.lease, "is_worker": True})


def _listen(workers: Workers, pipe: int = 0) -> None:
    """Be woken by the server, until it ends this process or there was no job for long. Ends at once if it is gone."""
    parent = os.getppid()
    while not workers.ended.is_set():
        if select.select([pipe], [], [], 0.5)[0]:
            if not os.read(pipe, 4096):
                _die(workers)
            workers.wake()
        elif os.getppid() != parent:  # processes of the server that outlive it hold the pipe
            _die(workers)
        elif workers.rested() > IDLE:
            return


def _die(workers: Workers) -> None:
    """End as if killed with the server: what runs is begun again by the next one."""
    workers.stop(LAST_BREATH)
    os._exit(1)


def jobs(parsed: Namespace) -> int:
    """List, retry or forget jobs."""
    site = open_site(parsed)
    try:
        kept = make_workers(site, 0).jobs
        with site.acting() as ctx:
            failed = kept.listed(ctx, (FAILED,))
            known = {name for each in kept.listed(ctx, STATUSES) for name in (each.job_id, each.id)}
            for name in parsed.retry:
                if name not in known:
                    raise DoesNotExistError(f"there is no job {name}; frappe-lite jobs --status failed lists them")
            if parsed.retry or parsed.retry_all:
                wanted = [each.key for each in failed if parsed.retry_all or {each.job_id, each.id} & set(parsed.retry)]
                print(f"{kept.run_again(wanted)} jobs wait again")
            elif parsed.clear:
                print(f"{kept.forget(FAILED, FOREVER)} jobs are forgotten")
            else:
                runs = kept.who_runs()
                for each in kept.listed(ctx, parsed.status or (QUEUED, STARTED, FAILED)):
                    why = (each.exc_info or "").strip().rpartition("\n")[2]
                    if each.status == STARTED:
                        why = f"run by {runs.get(each.key, 'nobody who lives: it is given to others soon')}"
                    print(f"{each.status:9} {each.queue:8} {each.job_id:32} {each.job_name}  {why}".rstrip())
    finally:
        site.close()
    return 0
