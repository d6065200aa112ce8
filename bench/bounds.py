"""What others notice while somebody sends too slowly, too much, or what is costly.

The times of signed-in GETs meanwhile.

    .venv/bin/python bench/bounds.py                    both servers, five seconds each
    .venv/bin/python bench/bounds.py --server granian --seconds 20

The attackers are a process of their own. One client asks for one document after the other; `to alone` is its p99
against that without them.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import servers
from data import add_user, prepare
from process import free_port, running

DOCUMENTS = 1_000
DRIPPING, GUESTS, WRITERS, PATIENCE = 100, 5, 3, 10
LISTS = b'{"a":[' + b"[]," * (20 * 1024 * 1024 // 3) + b"1]}"
NESTED = json.dumps({"subject": "nested", "description": "<div>" * 40_000 + "x" + "</div>" * 40_000}).encode()


# --- who attacks -----------------------------------------------------------------------------------------


def drip(port: int, authorization: str) -> None:
    """Connections that announce a body of 1000 bytes and send one of them each second; again, if they are given up."""
    head = (
        f"POST /api/resource/Task HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\nContent-Type: "
        "application/json\r\nContent-Length: 1000\r\n\r\n"
    ).encode()
    open_: list[socket.socket] = []
    while True:
        while len(open_) < DRIPPING:
            open_.append(socket.create_connection(("127.0.0.1", port)))
            open_[-1].sendall(head)
        for each in list(open_):
            try:
                each.sendall(b"{")
            except OSError:
                open_.remove(each)
        time.sleep(1)


def post_again_and_again(port: int, headers: dict[str, str], path: str, body: bytes) -> None:
    """One request after the other, whatever comes back."""
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.suppress(OSError):
            connection.request("POST", path, body, {**headers, "Content-Type": "application/json"})
            connection.getresponse().read()
        connection.close()


def guests(port: int, _authorization: str) -> None:
    """Guests who send 20 MB of empty lists each, without end."""
    _at_once(GUESTS, lambda: post_again_and_again(port, {}, "/api/method/ping", LISTS))


def lists(port: int, authorization: str) -> None:
    """The same by one who is signed in."""
    _at_once(1, lambda: post_again_and_again(port, {"Authorization": authorization}, "/api/method/ping", LISTS))


def nested(port: int, authorization: str) -> None:
    """Writers of HTML that is 40,000 levels deep."""
    _at_once(
        WRITERS, lambda: post_again_and_again(port, {"Authorization": authorization}, "/api/resource/Task", NESTED)
    )


ATTACKS: dict[str, Callable[[int, str], None]] = {each.__name__: each for each in (drip, guests, lists, nested)}
TITLES = {
    "": "nothing else",
    "drip": f"{DRIPPING} connections, a byte a second each",
    "guests": f"{GUESTS} guests with 20 MB of empty lists each",
    "lists": "a user with 20 MB of empty lists",
    "nested": f"{WRITERS} users with 40,000 levels of HTML",
}


def _at_once(count: int, function: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function, daemon=True) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


# --- who measures ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def attacked(kind: str, port: int, authorization: str) -> Iterator[None]:
    """Inside, the attackers are at work."""
    process = subprocess.Popen([sys.executable, __file__, "--attack", kind, str(port), authorization]) if kind else None
    try:
        yield
    finally:
        if process is not None:
            process.kill()
            process.wait()


def times_of_reads(port: int, authorization: str, seconds: float) -> list[float]:
    """Milliseconds of one GET after the other, sorted; of one that is not answered, what was waited for it."""
    connection, found = HTTPConnection("127.0.0.1", port, timeout=PATIENCE), []
    until = time.perf_counter() + seconds
    for number in itertools.cycle(range(1, DOCUMENTS + 1)):
        started = time.perf_counter()
        if started > until:
            return sorted(found)
        try:
            connection.request("GET", f"/api/resource/Task/TASK-{number:05}", headers={"Authorization": authorization})
            answer = connection.getresponse()
            answer.read()
        except OSError:
            connection.close()
        else:
            if answer.status != 200:
                raise RuntimeError(f"a read was answered with {answer.status}")
        found.append((time.perf_counter() - started) * 1000)
        time.sleep(0.005)
    raise AssertionError


def quantile(values: list[float], part: float) -> float:
    """The value below which such a part of the sorted values lies."""
    return values[min(len(values) - 1, int(len(values) * part))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=("granian", "waitress"), action="append")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--attack", nargs=3, metavar=("KIND", "PORT", "AUTHORIZATION"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.attack:
        ATTACKS[wanted.attack[0]](int(wanted.attack[1]), wanted.attack[2])
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(folder, DOCUMENTS)
        authorization = add_user(site)
        site.close()
        print(f"{'server':10}{'meanwhile':48}{'reads':>7}{'p50 ms':>9}{'p99 ms':>9}{'slowest':>9}{'to alone':>10}")
        for name in wanted.server or ("granian", "waitress"):
            server, alone = servers.frappe_lite(name, Path(folder), authorization).with_documents(DOCUMENTS), 0.0
            for kind, title in TITLES.items():
                port = free_port()
                with (
                    running(server.on(port), port, server.operations["get"], pin=False),
                    attacked(kind, port, authorization),
                ):
                    time.sleep(1)
                    found = times_of_reads(port, authorization, wanted.seconds)
                p99 = quantile(found, 0.99)
                alone = alone or p99
                print(
                    f"{name:10}{title:48}{len(found):7}{quantile(found, 0.5):9.1f}{p99:9.1f}{found[-1]:9.1f}"
                    f"{p99 / alone:10.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
