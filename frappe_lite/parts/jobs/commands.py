"""`frappe-lite worker` and `frappe-lite jobs`. Their module is imported when one is run."""

from __future__ import annotations

import argparse
import importlib
from argparse import Namespace
from collections.abc import Callable

from ...values import Function


def commands(command: Function) -> None:
    """Add worker and jobs."""
    worker = command(
        "worker",
        _run("work"),
        "Run jobs that the server keeps, in a process of its own.",
        "frappe-lite worker --app apps/shop --queue long --threads 4",
    )
    worker.add_argument(
        "--queue", action="append", default=[], help="serve this queue only; may be repeated, the first goes first"
    )
    worker.add_argument("--threads", type=int, default=1, help="jobs at a time (default: 1)")
    worker.add_argument("--burst", action="store_true", help="end when no job waits")
    worker.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)
    lease = "of silence, after which its jobs are others' (default: 30)"
    worker.add_argument("--lease", type=float, default=30.0, metavar="SECONDS", help=lease)
    jobs = command(
        "jobs",
        _run("jobs"),
        "List jobs; let those that failed run again, or forget them.",
        "frappe-lite jobs --status failed",
    )
    jobs.add_argument(
        "--status",
        action="append",
        choices=("queued", "started", "failed", "finished"),
        help="only these; may be repeated",
    )
    jobs.add_argument(
        "--retry", action="append", default=[], metavar="ID", help="let the failed job wait again; may be repeated"
    )
    jobs.add_argument("--retry-all", action="store_true", help="let every failed job wait again")
    jobs.add_argument("--clear", action="store_true", help="forget every failed job")


def _run(name: str) -> Callable[[Namespace], int]:
    def run(parsed: Namespace) -> int:
        return int(getattr(importlib.import_module(f"{__package__}.working"), name)(parsed))

    return run
