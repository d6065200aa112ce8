"""Start, memory and requests a second over HTTP, beside a bare WSGI application on the same server.

The bare application runs one prepared statement and `json.dumps`: what is left of the limit is what permissions,
documents and envelopes cost.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import in_process

SECONDS, CONNECTIONS, STARTS, REQUESTS = 4.0, 4, 4, 10_000
LIST = in_process.LIST

BARE = """
import json, sqlite3, sys, threading, waitress
local = threading.local()
def application(environ, start_response):
    if not hasattr(local, "db"):
        local.db = sqlite3.connect(sys.argv[1], isolation_level=None); local.db.row_factory = sqlite3.Row
    if environ["PATH_INFO"].count("/") == 4:
        body = json.dumps({"data": dict(local.db.execute('SELECT * FROM "tabTask" WHERE name = ?', (environ["PATH_INFO"].rsplit("/", 1)[1],)).fetchone())})
    else:
        rows = local.db.execute("SELECT name, subject, status, priority FROM tabTask WHERE status = 'Open' ORDER BY modified DESC LIMIT 20")
        body = json.dumps({"data": [dict(row) for row in rows]})
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body.encode()]
waitress.serve(application, host="127.0.0.1", port=int(sys.argv[2]), threads=8)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(arguments: list[str], port: int) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A running server and the seconds from its start to its first answer."""
    started = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "FRAPPE_LITE_ADMIN_PASSWORD": "admin"})
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/api/resource/Task/TASK-00001" if BARE in arguments else "/api/method/ping")
            connection.getresponse().read()
            break
        except OSError:
            time.sleep(0.002)
        finally:
            connection.close()
    try:
        yield process, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def rate(port: int, path: str, headers: dict[str, str], seconds: float = SECONDS, requests: int = 0) -> float:
    """Requests a second over a few connections, for some seconds or a number of requests."""
    counts, until = [0] * CONNECTIONS, time.perf_counter() + seconds

    def run(index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while counts[index] < requests / CONNECTIONS if requests else time.perf_counter() < until:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            counts[index] += 1
        connection.close()

    started = time.perf_counter()
    threads = [threading.Thread(target=run, args=(index,)) for index in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def resident_mb(process: subprocess.Popen[bytes]) -> float:
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/bench.db"
        in_process.prepare(folder, documents=10_000).close()
        command = [sys.executable, "-m", "frappe_lite.cli", "keys", "Administrator", "--database", database]
        key = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
        headers, port = {"Authorization": f"token {key}"}, free_port()
        waitress_only = "import sys; sys.modules['granian'] = None; from frappe_lite.cli import main; sys.exit(main())"
        serve = [sys.executable, "-c", waitress_only, "serve", "--database", database, "--app", f"{folder}/bench_app", "--port", str(port)]
        starts = []
        for _ in range(STARTS):
            with server(serve, port) as (_, seconds):
                starts.append(seconds)
        print(f"start to first answer      {statistics.median(starts):.2f} s (median of {STARTS}, waitress, existing database)")
        ours = {}
        with server(serve, port) as (process, _):
            for name, path in (("GET a document", "/api/resource/Task/TASK-00042"), ("list 20 of 10,000", f"/api/resource/Task?{LIST}")):
                ours[name] = rate(port, path, headers)
            rate(port, "/api/resource/Task/TASK-00042", headers, requests=REQUESTS)
            print(f"memory after {REQUESTS:,}+       {resident_mb(process):.0f} MB resident")
        with server([sys.executable, "-c", BARE, database, str(port)], port):
            for name, path in (("GET a document", "/api/resource/Task/TASK-00042"), ("list 20 of 10,000", "/api/resource/Task")):
                bare = rate(port, path, headers)
                print(f"{name:26} {ours[name]:6.0f} /s   bare WSGI {bare:6.0f} /s   ratio {ours[name] / bare:.2f}")


if __name__ == "__main__":
    main()
