"""What requests feel of mail and webhook servers that hang, refuse, answer 500 or close, in turns of one run.

A client makes documents, ten a second, each of which is told by webhook and by mail, but in the turns without; another
one reads a list, with a pause after each answer, and its times are what counts: one that never rests (`--pause 0`)
fills a small machine by itself, and has whoever else works there in its times. They are set beside those with servers
that take everything. On a busy machine times say little: the processor time that the server's own processes take says
whether deliveries are in them.

    python bench/hanging.py --turns 6 --seconds 5
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import http.client
import json
import os
import statistics
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

KINDS = ("without", "taken", "hanging", "refused", "500", "closed")
READ = "/api/resource/Note?fields=%5B%22name%22,%22title%22%5D&limit_page_length=20"


async def answer(how: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a server says to one connection. HTTP and SMTP are told apart by who speaks first."""
    if how == "hanging":
        await reader.read()
    if how in ("hanging", "closed"):
        writer.close()
        return
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        try:
            line = await asyncio.wait_for(reader.readline(), 0.05)
        except TimeoutError:
            await speak_smtp(how, reader, writer)
        else:
            await speak_http(how, line, reader, writer)
    writer.close()


async def speak_http(how: str, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read a request, and answer it."""
    size = 0
    while line.strip():
        if line.lower().startswith(b"content-length:"):
            size = int(line.split(b":")[1])
        line = await reader.readline()
    await reader.readexactly(size)
    status = "200 OK" if how == "taken" else "500 Internal Server Error"
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
    await writer.drain()


async def speak_smtp(how: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a mail, or say "not now" to its recipient."""
    writer.write(b"220 bench\r\n")
    while line := (await reader.readline()).strip().upper():
        if line == b"DATA":
            writer.write(b"354 go on\r\n")
            while (await reader.readline()).strip() != b".":
                pass
        if line == b"QUIT":
            return
        writer.write(b"451 not now\r\n" if how != "taken" and line.startswith(b"RCPT") else b"250 ok\r\n")


async def receive() -> None:
    """Be the servers of all kinds, in a process of their own; their ports are said in one line."""
    kinds = [each for each in KINDS if each not in ("without", "refused")]
    servers = [await asyncio.start_server(functools.partial(answer, how), "127.0.0.1", 0) for how in kinds]
    ports = {how: each.sockets[0].getsockname()[1] for how, each in zip(kinds, servers, strict=True)}
    print(json.dumps({**ports, "refused": free_port()}), flush=True)
    await asyncio.Event().wait()


@contextmanager
def receivers() -> Iterator[dict[str, int]]:
    """The ports of the servers, by what they do."""
    with subprocess.Popen([sys.executable, __file__, "--receive"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def prepare(database: str, port: int) -> str:
    """Make a site with a webhook, a Notification and an account; what a client signs in with."""
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


def caller(port: int, token: str, **more: str) -> Callable[..., int]:
    """`call(verb, path, body)` -> status, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(verb: str, path: str, body: Any = None) -> int:
        headers = {"Authorization": token, "Content-Type": "application/json", **more}
        connection.request(verb, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return call


def turn(port: int, token: str, seconds: float, receiver: int | None, pause: float) -> list[float]:
    """The milliseconds of each read, while documents are made, which a receiver is told of."""
    read, write, over = caller(port, token), caller(port, token), threading.Event()
    if receiver is not None:
        url = {"request_url": f"http://127.0.0.1:{receiver}/"}
        assert write("PUT", "/api/resource/Webhook/bench", url) == 200
        assert write("PUT", "/api/resource/Email Account/bench".replace(" ", "%20"), {"smtp_port": receiver}) == 200
    for doctype in ("Webhook", "Notification"):
        assert write("PUT", f"/api/resource/{doctype}/bench", {"enabled": int(receiver is not None)}) == 200

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
        time.sleep(pause)
    over.set()
    thread.join()
    return times


def seconds_of(server: int, jobs: bool = False) -> float:
    """Processor seconds of a server and of its processes that answer, or of the one for jobs."""
    found, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            is_one = place.name == str(server) or fields[1] == str(server)
            if is_one and (b"--beside" in (place / "cmdline").read_bytes()) is jobs:
                found += (int(fields[11]) + int(fields[12])) / ticks
    return found


def percentile(values: list[float], share: float) -> float:
    """The value below which so many lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    """Run the turns, and print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--pause", type=float, default=0.005, help="seconds after each read")
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("serve", nargs="*", help="more for `frappe-lite serve`, after --")
    given = parser.parse_args()
    if given.receive:
        asyncio.run(receive())
    found: dict[str, list[list[float]]] = {kind: [] for kind in given.kinds}
    taken, beside = dict.fromkeys(given.kinds, 0.0), dict.fromkeys(given.kinds, 0.0)
    with tempfile.TemporaryDirectory() as folder, receivers() as ports:
        database, port = str(Path(folder) / "bench.db"), free_port()
        token = prepare(database, ports["taken"])
        arguments = ["--database", database, "--port", str(port), *given.serve]
        command = [sys.executable, "-m", "frappe_lite.command.cli", "serve", *arguments]
        surroundings = {**os.environ, "FRAPPE_LITE_WEBHOOK_NETWORKS": "127.0.0.0/8"}
        with subprocess.Popen(
            command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                wait_for(port, token)
                for _ in range(given.turns):
                    for kind in given.kinds:
                        before, jobs_before = seconds_of(server.pid), seconds_of(server.pid, True)
                        found[kind].append(turn(port, token, given.seconds, ports.get(kind), given.pause))
                        taken[kind] += seconds_of(server.pid) - before
                        beside[kind] += max(0.0, seconds_of(server.pid, True) - jobs_before)
            finally:
                server.terminate()
    base = [percentile(each, 0.99) for each in found[given.kinds[0]]]
    for kind, turns in found.items():
        times = sorted(each for one in turns for each in one)
        paired = statistics.median(percentile(one, 0.99) / before for one, before in zip(turns, base, strict=True))
        shown = ", ".join(f"p{share * 100:g} {percentile(times, share):.2f} ms" for share in (0.5, 0.9, 0.99))
        each = taken[kind] * 1000 / len(times)
        print(
            f"{kind:8} {len(times):6} reads, {shown}; p99 of a turn {paired:.2f} times that of {given.kinds[0]}; "
            f"{each:.2f} ms of a processor a read; {beside[kind] / given.turns / given.seconds * 100:.0f} % of one for "
            "jobs"
        )


def wait_for(port: int, token: str) -> None:
    """Until the server answers."""
    while True:
        try:
            caller(port, token)("GET", READ)
            return
        except OSError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
