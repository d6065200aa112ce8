"""Jobs a second: each asked for in a transaction of its own, run in one of its own, on a file with full
synchronisation.

python bench/jobs.py --jobs 2000
python bench/jobs.py --jobs 500 --rq       # beside RQ on a redis-server of its own, in turns: pip install rq redis
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import frappe_lite
from frappe_lite.parts import jobs
from process import free_port

NOTE: dict[str, Any] = {}
"""The site and the document that jobs of RQ work on, in this process."""


def measure(database: str, count: int) -> tuple[float, float]:
    """Seconds that asking for the jobs took, and running them: each writes a document."""
    with closing(frappe_lite.Site(database)) as site:
        workers = jobs.start(site, 0)
        with site.acting():
            note = frappe_lite.get_doc({"doctype": "Note", "title": "bench"}).insert()
        began = time.perf_counter()
        for _ in range(count):
            with site.acting():
                frappe_lite.enqueue_doc("Note", note.name, "add_tag", tag="bench")
        asked = time.perf_counter()
        while workers.run_next():
            pass
        return asked - began, time.perf_counter() - asked


def add_tag() -> None:
    """What a job of RQ does: the same."""
    with NOTE["site"].acting():
        frappe_lite.get_doc("Note", NOTE["name"]).add_tag("bench")


def measure_rq(database: str, count: int, port: int) -> tuple[float, float]:
    """The same by RQ, in this process as well: its worker that does not fork is the fastest that it has."""
    rq, redis = importlib.import_module("rq"), importlib.import_module("redis")
    own = importlib.import_module("jobs")  # RQ finds functions by their module, and this one may be __main__
    connection = redis.Redis(port=port)
    connection.flushall()
    with closing(frappe_lite.Site(database)) as site:
        with site.acting():
            own.NOTE.update(site=site, name=frappe_lite.get_doc({"doctype": "Note", "title": "bench"}).insert().name)
        queue = rq.Queue(connection=connection)
        began = time.perf_counter()
        for _ in range(count):
            queue.enqueue(own.add_tag)
        asked = time.perf_counter()
        rq.SimpleWorker([queue], connection=connection).work(burst=True, logging_level="ERROR")
        return asked - began, time.perf_counter() - asked


@contextmanager
def redis_server(folder: str) -> Iterator[int]:
    """The port of a redis-server that keeps what it is told as a bench's does."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--dir", folder, "--bind", "127.0.0.1", "--save", "60 1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        connection = importlib.import_module("redis").Redis(port=port)
        try:
            for _ in range(600):
                try:
                    connection.ping()
                    break
                except OSError:
                    time.sleep(0.1)
                except importlib.import_module("redis").ConnectionError:
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def show(name: str, count: int, found: tuple[float, float]) -> None:
    """Print what was measured."""
    asked, run = found
    print(f"{name} {count} jobs: {count / asked:,.0f} a second asked for, {count / run:,.0f} run, ", end="")
    print(f"{count / (asked + run):,.0f} both")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--rq", action="store_true")
    parser.add_argument("--turns", type=int, default=1)
    given = parser.parse_args()
    count = given.jobs
    if not given.rq:
        with tempfile.TemporaryDirectory() as folder:
            show("ours", count, measure(str(Path(folder) / "bench.db"), count))
        return
    with tempfile.TemporaryDirectory() as redis, redis_server(redis) as port:
        for _ in range(given.turns):
            with tempfile.TemporaryDirectory() as folder:
                show("ours", count, measure(str(Path(folder) / "bench.db"), count))
                show("RQ  ", count, measure_rq(str(Path(folder) / "rq.db"), count, port))


if __name__ == "__main__":
    main()
