"""What requests feel of mail and webhook servers that hang, refuse, answer 500 or close, in turns of one run.

A client makes documents, ten a second, each of which is told by webhook and by mail, but in the turns without; another
one reads a list, with a pause after each answer, and its times are what counts: one that never rests (`--pause 0`)
fills a small machine by itself, and has whoever else works there in its times. In the turns `kept` the same is told,
and nobody delivers it: what they have and those without have not is the work of the request that tells, and what the
others have and they have not is the deliveries'. The servers that are told sleep until they are asked, and never spin.

On a busy machine times say little. `--less-others` takes out what strangers had of them, see stolen.py; and the
processor time that the server's own processes take says whether deliveries are in them.

    python bench/hanging.py --turns 6 --seconds 5 --less-others
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stolen import Span, Watch

import frappe_lite
from frappe_lite.access import auth
from process import free_port

KINDS = ("without", "kept", "taken", "hanging", "refused", "500", "closed")
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
    kinds = [each for each in KINDS if each not in ("without", "kept", "refused")]
    servers = [await asyncio.start_server(functools.partial(answer, how), "127.0.0.1", 0) for how in kinds]
    ports = {how: each.sockets[0].getsockname()[1] for how, each in zip(kinds, servers, strict=True)}
    print(json.dumps({**ports, "kept": ports["taken"], "refused": free_port()}), flush=True)
    await asyncio.Event().wait()


@contextmanager
def receivers() -> Iterator[dict[str, int]]:
    """The ports of the servers, by what they do, and the process that they are."""
    with subprocess.Popen([sys.executable, __file__, "--receive"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield {**json.loads(process.stdout.readline()), "process": process.pid}
        finally:
            process.terminate()


def prepare(database: str, port: int | None) -> str:
    """Make a site with a webhook, a Notification and an account, none without a port; what a client signs in with."""
    with closing(frappe_lite.Site(database)) as site, site.acting() as ctx:
        auth.set_password(ctx, "Administrator", "bench password")
        is_told = int(port is not None)
        account = {"email_account_name": "bench", "email_id": "a@x.org", "smtp_server": "127.0.0.1", "smtp_port": port}
        flags = {"enable_outgoing": 1, "default_outgoing": 1, "no_smtp_authentication": 1}
        told = {
            "document_type": "Note",
            "event": "New",
            "enabled": is_told,
            "subject": "n",
            "message": "m",
            "channel": "Email",
        }
        url = f"http://127.0.0.1:{port or 9}/"
        hook = {"webhook_doctype": "Note", "webhook_docevent": "after_insert", "request_url": url, "enabled": is_told}
        for values in (
            *({"doctype": "Note", "title": f"note {number}"} for number in range(100)),
            {"doctype": "Email Account", **account, **flags},
            {"doctype": "Notification", "name": "bench", "recipients": [{"cc": "b@x.org"}], **told},
            {"doctype": "Webhook", "name": "bench", "webhook_data": [{"fieldname": "name", "key": "n"}], **hook},
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


def processes_of(server: int, jobs: bool = False) -> Iterator[Path]:
    """A server and its processes that answer, or the one for jobs."""
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
            is_one = place.name == str(server) or parent == str(server)
            if is_one and (b"--beside" in (place / "cmdline").read_bytes()) is jobs:
                yield place


@dataclass
class Serving:
    """A server under measurement."""

    process: subprocess.Popen[bytes]
    port: int
    token: str

    def pause(self, how: int = signal.SIGSTOP) -> None:
        """Let it and its processes rest while others are measured, or go on: what it tries again is in no other's
        times."""
        for jobs in (False, True):
            for place in processes_of(self.process.pid, jobs):
                os.kill(int(place.name), how)


@contextmanager
def serving(database: str, kind: str, receiver: int | None, more: list[str]) -> Iterator[Serving]:
    """A server with a site of its own."""
    port, token = free_port(), prepare(database, receiver)
    command = [sys.executable, "-m", "frappe_lite.command.cli", "serve", "--database", database, "--port", str(port)]
    command += [*more, *(["--jobs", "off"] if kind == "kept" else [])]
    surroundings = {**os.environ, "FRAPPE_LITE_WEBHOOK_NETWORKS": "127.0.0.0/8", "FRAPPE_LITE_JOB_LEASE": "3600"}
    with subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        made = Serving(process, port, token)
        try:
            wait_for(port, token)
            turn(made, 1, 0.005)  # what is done for the first time is in nobody's times
            made.pause()
            yield made
        finally:
            made.pause(signal.SIGCONT)
            process.terminate()


def turn(server: Serving, seconds: float, pause: float) -> list[Span]:
    """When each read began and ended, while documents are made."""
    read, write, over = caller(server.port, server.token), caller(server.port, server.token), threading.Event()

    def make() -> None:
        while not over.wait(0.1):
            write("POST", "/api/resource/Note", {"title": f"made {time.monotonic()}"})

    thread = threading.Thread(target=make)
    thread.start()
    spans, until = list[Span](), time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        assert read("GET", READ) == 200
        spans.append((began, time.monotonic()))
        time.sleep(pause)
    over.set()
    thread.join()
    return spans


def seconds_of(server: int, jobs: bool = False) -> float:
    """Processor seconds of them."""
    found, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    for place in processes_of(server, jobs):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            found += (int(fields[11]) + int(fields[12])) / ticks
    return found


def percentile(values: list[float], share: float) -> float:
    """The value below which so many lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Found:
    """What was measured of one kind."""

    def __init__(self) -> None:
        self.turns: list[list[Span]] = []
        self.taken = self.beside = 0.0

    def measure(self, server: Serving, seconds: float, pause: float) -> None:
        """Add a turn."""
        pid = server.process.pid
        server.pause(signal.SIGCONT)
        before, jobs_before = seconds_of(pid), seconds_of(pid, True)
        self.turns.append(turn(server, seconds, pause))
        self.taken += seconds_of(pid) - before
        self.beside += max(0.0, seconds_of(pid, True) - jobs_before)
        server.pause()

    def shown(self, seconds: float, times: list[list[float]], bases: dict[str, list[list[float]]]) -> str:
        """A line of it. `times` are the milliseconds of each turn, `bases` those of the kinds that it is set beside."""
        every = [each for one in times for each in one]
        parts = [f"{len(every):6} reads, "]
        parts += [", ".join(f"p{share * 100:g} {percentile(every, share):.2f}" for share in (0.5, 0.9, 0.99)), " ms; "]
        for name, base in bases.items():
            pairs = zip(times, base, strict=True)
            paired = statistics.median(percentile(one, 0.99) / percentile(other, 0.99) for one, other in pairs)
            whole = percentile(every, 0.99) / percentile([each for one in base for each in one], 0.99)
            parts.append(f"p99 {whole:.2f} times {name} ({paired:.2f} in the median turn); ")
        parts.append(f"{self.taken * 1000 / len(every):.2f} ms of a processor a read; ")
        return "".join(parts) + f"{self.beside / len(times) / seconds * 100:.0f} % of one for jobs"


def main() -> None:
    """Run the turns, and print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--pause", type=float, default=0.005, help="seconds after each read")
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    parser.add_argument("--less-others", action="store_true", help="take out what other work had of the processors")
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("serve", nargs="*", help="more for `frappe-lite serve`, after --")
    given = parser.parse_args()
    if given.receive:
        asyncio.run(receive())
    found = {kind: Found() for kind in given.kinds}
    with contextlib.ExitStack() as stack:
        folder, ports = stack.enter_context(tempfile.TemporaryDirectory()), stack.enter_context(receivers())
        servers = {
            kind: stack.enter_context(serving(f"{folder}/{kind}.db", kind, ports.get(kind), given.serve))
            for kind in given.kinds
        }
        watch = stack.enter_context(Watch()) if given.less_others else None
        for _ in range(given.turns):
            for kind, one in found.items():
                one.measure(servers[kind], given.seconds, given.pause)
        if watch is not None:
            watch.stop()
            own, jobs = (
                {int(place.name) for each in servers.values() for place in processes_of(each.process.pid, which)}
                for which in (False, True)
            )
            watch.read({os.getpid(), *own}, {*jobs, ports["process"]})
    times = {
        kind: [
            [(end - begin - (watch.lost(begin, end) if watch else 0)) * 1000 for begin, end in one]
            for one in each.turns
        ]
        for kind, each in found.items()
    }
    bases = {kind: times[kind] for kind in given.kinds if kind in ("without", "kept")}
    for kind, each in found.items():
        print(f"{kind:8} {each.shown(given.seconds, times[kind], bases)}", flush=True)


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
