"""CPU microseconds a request inside one process: ours, and the limit's: one prepared statement and `json.dumps`.

CPU time, of the best of many short rounds, is what the request costs, and hardly moves when the machine has other work
to do. What it leaves out is the waiting for the disk at a commit.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable
from typing import Any

import frappe_lite
from data import CHANGE, LIST, NEW, TASK, add_user, plain, prepare
from limit import Limit

__all__ = ["LIST", "TASK", "best_us", "call", "prepare"]

ROUNDS, REQUESTS, DOCUMENTS = 20, 200, 2_000


def best_us(function: Callable[[], Any], rounds: int = ROUNDS, requests: int = REQUESTS) -> float:
    """CPU microseconds a call, of the process with all its threads, in the round that cost least."""
    function()
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time_ns()
        for _ in range(requests):
            function()
        best = min(best, (time.process_time_ns() - started) / requests / 1000)
    return best


def call(app: Callable[..., Any], authorization: str, verb: str, path: str, query: str = "", body: str = "") -> bytes:
    """The answer of a WSGI application, in bytes. Raises RuntimeError if it is not 2xx."""
    data = body.encode()
    environ = {
        "REQUEST_METHOD": verb, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_AUTHORIZATION": authorization,
        "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": "application/json", "wsgi.input": io.BytesIO(data),
    }  # fmt: skip
    statuses: list[str] = []
    answer = b"".join(app(environ, lambda status, _headers, _error=None: statuses.append(status)))
    if statuses[0][0] != "2":
        raise RuntimeError(f"{verb} {path} was answered with {statuses[0]}: {answer[:400]!r}")
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", metavar="FILE", help="append each result as a line of JSON")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(folder, DOCUMENTS)
        authorization = add_user(site)
        plain(f"{folder}/plain.db", DOCUMENTS)
        app, bare = frappe_lite.App(site), Limit(f"{folder}/plain.db")
        counter = iter(range(10**9))

        def name() -> str:
            return f"TASK-{next(counter) % DOCUMENTS + 1:05}"

        def new() -> str:
            return NEW.replace("%COUNT%", str(next(counter)))

        path = "/api/resource/Task"
        pairs: dict[str, tuple[Callable[[], bytes], Callable[[], bytes]]] = {
            "GET a document": (
                lambda: call(app, authorization, "GET", f"{path}/{name()}"),
                lambda: call(bare, "", "GET", f"/{name()}"),
            ),
            "list 20": (lambda: call(app, authorization, "GET", path, LIST), lambda: call(bare, "", "GET", "/")),
            "create": (
                lambda: call(app, authorization, "POST", path, "", new()),
                lambda: call(bare, "", "POST", "/", "", new()),
            ),
            "update": (
                lambda: call(app, authorization, "PUT", f"{path}/{name()}", "", CHANGE),
                lambda: call(bare, "", "PUT", f"/{name()}", "", CHANGE),
            ),
        }
        print(f"{'CPU us a request':18}{'frappe_lite':>14}{'the limit':>14}{'difference':>14}{'ratio':>10}")
        for title, (ours, least) in pairs.items():
            mine, floor = best_us(ours), best_us(least)
            print(f"{title:18}{mine:11.0f} us{floor:11.0f} us{mine - floor:11.0f} us{floor / mine:10.2f}", flush=True)
            if wanted.out:
                with open(wanted.out, "a") as out:
                    print(
                        json.dumps(
                            {
                                "kind": "in process",
                                "operation": title,
                                "us": round(mine, 1),
                                "limit_us": round(floor, 1),
                            }
                        ),
                        file=out,
                    )
        site.close()


if __name__ == "__main__":
    main()
