"""Milliseconds that a test pays for a site of its own: medians of many, on the conformance app."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import requests

from frappe_lite.parts.testing import TestSite
from frappe_lite.parts.testing.server import Server

APP = Path(__file__).parent.parent / "tests" / "conformance" / "app"
TASK = {"doctype": "Task", "subject": "x"}
ROUNDS = 50


def median_ms(function: Callable[[], object]) -> float:
    """The median of many calls, after one that counts for nothing."""
    function()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def bare() -> None:
    with TestSite():
        pass


def with_app() -> None:
    with TestSite([APP]):
        pass


def with_request() -> None:
    with TestSite([APP]) as site:
        site.client().insert(TASK)


def with_server() -> None:
    with TestSite([APP]) as site, Server(site) as server:
        requests.get(f"{server.url}/api/method/ping", timeout=10)


def main() -> None:
    started = time.perf_counter()
    with TestSite([APP]) as site:
        print(
            f"{'the first site of a process, its template with it':52}{(time.perf_counter() - started) * 1000:8.1f} ms"
        )
        moment, client = site.snapshot(), site.client()
        for name, function in {
            "a site": bare,
            "a site with an app of 10 DocTypes": with_app,
            "the same, a first request and an insert": with_request,
            "the same over HTTP, one request": with_server,
            "snapshot": site.snapshot,
            "restore": lambda: site.restore(moment),
            "an insert by a client": lambda: client.insert(TASK),
        }.items():
            print(f"{name:52}{median_ms(function):8.1f} ms")


if __name__ == "__main__":
    main()
