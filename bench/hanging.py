"""What requests feel of mail and webhook servers that hang: their times with and without, in turns of one run.

A server takes connections and says nothing. A client makes documents, ten a second, each of which is told by webhook and
by mail in the turns that hang; another one reads a list, and its times are what counts.

    python bench/hanging.py --turns 6 --seconds 5
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import frappe_lite
from frappe_lite.access import auth
from process import free_port

READ = "/api/resource/Note?fields=%5B%22name%22,%22title%22%5D&limit_page_length=20"


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections, and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=500)) as listening:
        held: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    held.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield listening.getsockname()[1]
        for each in held:
            each.close()


def prepare(database: str, port: int) -> str:
    """Make a site with a webhook, a Notification and an account, of the silent server; what a client signs in with."""
    with closing(frappe_lite.Site(database)) as site, site.acting() as ctx:
        auth.set_password(ctx, "Administrator", "bench password")
        account = {"email_account_name": "bench", "email_id": "a@x.org", "smtp_server": "127.0.0.1", "smtp_port": port}
        flags = {"enable_outgoing": 1, "default_outgoing": 1, "no_smtp_authentication": 1}
        told = {"document_type": "Note", "event": "New", "subject": "n", "message": "m", "channel": "Email"}
        url = f"http://127.0.0.1:{port}/"
        hook = {"webhook_doctype": "Note", "webhook_docevent": "after_insert", "request_url": url, "enabled": 0}
        for values in (
            {"doctype": "Email Account", **account, **flags},
            {"doctype": "Notification", "name": "bench", "enabled": 0, "recipients": [{"cc": "b@x.org"}], **told},
            {"doctype": "Webhook", "name": "bench", "webhook_data": [{"fieldname": "name", "key": "n"}], **hook},
            *({"doctype": "Note", "title": f"note {number}"} for number in range(100)),
        ):
            frappe_lite.get_doc(values).insert()
        key, secret = auth.generate_keys(ctx, "Administrator")
    return f"token {key}:{secret}"


def caller(port: int, token: str) -> Callable[..., int]:
    """`call(verb, path, body)` -> status, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(verb: str, path: str, body: Any = None) -> int:
        headers = {"Authorization": token, "Content-Type": "application/json"}
        connection.request(verb, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return call


def turn(port: int, token: str, seconds: float, is_hanging: bool) -> list[float]:
    """The milliseconds of each read, while documents are made."""
    read, write, over = caller(port, token), caller(port, token), threading.Event()
    for doctype in ("Webhook", "Notification"):
        assert write("PUT", f"/api/resource/{doctype}/bench", {"enabled": int(is_hanging)}) == 200

    def make() -> None:
        while not over.wait(0.1):
            write("POST", "/api/resource/Note", {"title": f"made {time.monotonic()}"})

    thread = threading.Thread(target=make)
    thread.start()
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        assert read("GET", READ) == 200
        times.append((time.perf_counter() - began) * 1000)
    over.set()
    thread.join()
    return times


def percentile(values: list[float], share: float) -> float:
    """The value below which so many lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    """Run the turns, and print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    found: dict[bool, list[float]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as folder, silent_server() as silent:
        database, port = str(Path(folder) / "bench.db"), free_port()
        token = prepare(database, silent)
        command = [
            sys.executable,
            "-m",
            "frappe_lite.command.cli",
            "serve",
            "--database",
            database,
            "--port",
            str(port),
        ]
        surroundings = {**os.environ, "FRAPPE_LITE_WEBHOOK_NETWORKS": "127.0.0.0/8"}
        with subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL) as server:
            try:
                while True:
                    try:
                        caller(port, token)("GET", READ)
                        break
                    except OSError:
                        time.sleep(0.1)
                for number in range(given.turns * 2):
                    found[bool(number % 2)] += turn(port, token, given.seconds, bool(number % 2))
            finally:
                server.terminate()
    for is_hanging, times in found.items():
        name = "hanging" if is_hanging else "without"
        print(f"{name}: {len(times)} reads, p50 {percentile(times, 0.5):.2f} ms, p99 {percentile(times, 0.99):.2f} ms")


if __name__ == "__main__":
    main()
