"""Jobs a second: each asked for in a transaction of its own, run in one of its own, on a file with full
synchronisation.

python bench/jobs.py --jobs 2000
python bench/jobs.py --jobs 500 --rq       # beside RQ on a redis-server of its own, in turns: pip install rq redis
python bench/jobs.py --jobs 4000 --served  # asked for over HTTP, run by the process beside a server, beside reads
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import hanging

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


TASKS = """
import frappe

@frappe.whitelist(methods=["POST"])
def ask(count: int):
    note = frappe.get_all("Note", pluck="name", limit=1)[0]
    for _ in range(count):
        frappe.enqueue_doc("Note", note, "add_tag", tag="bench")
"""


def measure_served(folder: Path, count: int, each: int = 10) -> tuple[float, float, list[float]]:
    """Seconds until the jobs were asked for, and until all had run; the milliseconds of each read meanwhile.

    Four clients ask for `each` in a request, which is a transaction of its own; another one reads a list.
    """
    app, database = folder / "tasks_app", str(folder / "bench.db")
    app.mkdir()
    for name, text in (("__init__.py", ""), ("hooks.py", ""), ("tasks.py", TASKS)):
        (app / name).write_text(text)
    told = hanging.serving(database, "jobs", None, ["--app", str(app)])
    with told as server, closing(sqlite3.connect(database)) as plain:
        server.pause(signal.SIGCONT)
        path, times, over = "/api/method/tasks_app.tasks.ask", list[float](), threading.Event()

        def ask(requests: int) -> None:
            client = hanging.caller(server.port, server.token)
            for _ in range(requests):
                assert client("POST", path, {"count": each}) == 200

        def read() -> None:
            client = hanging.caller(server.port, server.token)
            while not over.wait(0.02):
                began = time.monotonic()
                assert client("GET", hanging.READ) == 200
                times.append((time.monotonic() - began) * 1000)

        def ended() -> int:
            assert not plain.execute("SELECT count(*) FROM \"__job\" WHERE status = 'failed'").fetchone()[0]
            return int(plain.execute("SELECT count(*) FROM \"__job\" WHERE status = 'finished'").fetchone()[0])

        def wait(wanted: int) -> float:
            while ended() < wanted:
                time.sleep(0.02)
            return time.monotonic()

        ask(1)  # the process for jobs begins
        wait(each)
        threads = [threading.Thread(target=ask, args=(count // each // 4,)) for _ in range(4)]
        reader, began = threading.Thread(target=read), time.monotonic()
        for thread in (reader, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        asked, ran = time.monotonic() - began, wait(count // each // 4 * 4 * each + each) - began
        over.set()
        reader.join()
        return asked, ran, times


def show_served(count: int) -> None:
    """Print what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        asked, ran, times = measure_served(Path(folder), count)
    reads = ", ".join(f"p{share * 100:g} {hanging.percentile(times, share):.1f} ms" for share in (0.5, 0.9, 0.99))
    print(f"ours, served: {count / asked:,.0f} a second asked for, {count / ran:,.0f} asked for and run; reads {reads}")


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
    parser.add_argument("--served", action="store_true")
    given = parser.parse_args()
    count = given.jobs
    if given.served:
        for _ in range(given.turns):
            show_served(count)
        if not given.rq:
            return
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
