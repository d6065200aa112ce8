"""Load for a server: wrk if it is installed (`apt-get install wrk`), else a client of our own, which takes about as
much CPU as what it measures.

Operation("GET", "/api/resource/Task/%NAME%", headers)       %NAME% is a random document, %COUNT% in a body a new text
each time load(port, operation, seconds=4) -> Load(requests, seconds, p50_ms, p99_ms, errors)
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
WRK = shutil.which("wrk")
TASKSET = shutil.which("taskset") if len(CORES) > 1 else None


@dataclass(frozen=True)
class Operation:
    """One kind of request, and what its answer must hold."""

    verb: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    holds: str = '"Open"'
    name_format: str = "TASK-%05d"
    documents: int = 100_000
    slow: bool = False  # takes so long by itself that few connections and more seconds measure it better

    def fill(self, number: int, count: str) -> tuple[str, str]:
        """URL and body of one request."""
        return self.url.replace("%NAME%", self.name_format % number), self.body.replace("%COUNT%", count)

    def sent_headers(self) -> dict[str, str]:
        """Headers, with the type of the body."""
        return {**self.headers, "Content-Type": "application/json"} if self.body else dict(self.headers)


@dataclass(frozen=True)
class Load:
    """What came of it.

    Latencies in milliseconds; `errors` are answers other than 2xx and 3xx, and broken connections.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int


def pinned(core: int) -> list[str]:
    """The start of a command line that keeps to one core: 0 for servers, 1 for clients.

    Empty if there is one core only.
    """
    return [TASKSET, "-c", str(CORES[core])] if TASKSET else []


def check(port: int, operation: Operation) -> bytes:
    """One request; raises RuntimeError if the answer is not what it should be."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    url, body = operation.fill(min(77, operation.documents), f"check {time.time_ns()}")
    connection.request(operation.verb, url, body.encode() or None, operation.sent_headers())
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status not in (200, 201) or operation.holds not in text.decode():
        raise RuntimeError(f"{operation.verb} {url} was answered with {answer.status}: {text[:400]!r}")
    return text


def load(port: int, operation: Operation, seconds: float = 1, connections: int = 8, pin: bool = True) -> Load:
    """Ask over and over for some seconds (whole ones with wrk).

    A slow operation: over two connections, for two seconds at least.
    """
    if operation.slow:
        seconds, connections = max(2, seconds), min(2, connections)
    start = pinned(1) if pin else []
    if WRK is None:
        arguments = json.dumps({**asdict(operation), "headers": dict(operation.headers)})
        command = [*start, sys.executable, __file__, str(port), str(seconds), str(connections), arguments]
        return Load(**json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    environment = {
        **os.environ, "VERB": operation.verb, "URL": operation.url, "BODY": operation.body,
        "NAME_FORMAT": operation.name_format, "DOCUMENTS": str(operation.documents),
        "HEADERS": "\n".join(f"{key}: {value}" for key, value in operation.sent_headers().items()),
    }  # fmt: skip
    command = [
        *start,
        WRK,
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "20s",
        "-s",
        str(SCRIPT),
        f"http://127.0.0.1:{port}",
    ]
    said = subprocess.run(command, env=environment, capture_output=True, text=True)
    found = re.search(r"LOAD (\{.*\})", said.stdout)
    if found is None:
        raise RuntimeError(f"wrk failed: {said.stdout}{said.stderr}")
    return Load(**json.loads(found[1]))


# --- without wrk -----------------------------------------------------------------------------------------


def _ask(port: int, operation: Operation, until: float, stem: str) -> Iterator[tuple[float, bool]]:
    """Seconds and success of one request after another, of one at least."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        for number in itertools.count():
            url, body = operation.fill(random.randint(1, operation.documents), f"{stem}-{number}")
            started = time.perf_counter()
            try:
                connection.request(operation.verb, url, body.encode() or None, operation.sent_headers())
                answer = connection.getresponse()
                answer.read()
                good = answer.status < 400
            except (OSError, http.client.HTTPException):
                connection.close()
                good = False
            ended = time.perf_counter()
            yield ended - started, good
            if ended >= until:
                return


def own_load(port: int, operation: Operation, seconds: float, connections: int) -> Load:
    """The same as `load`, by threads of this process."""
    started = time.perf_counter()
    results: list[list[tuple[float, bool]]] = [[] for _ in range(connections)]

    def run(index: int) -> None:
        results[index].extend(_ask(port, operation, started + seconds, f"{time.time_ns()}-{index}"))

    threads = [threading.Thread(target=run, args=(index,)) for index in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - started
    every = [each for result in results for each in result]
    times = sorted(took for took, _ in every)
    return Load(
        len(every),
        passed,
        times[len(times) // 2] * 1000,
        times[len(times) * 99 // 100] * 1000,
        sum(not good for _, good in every),
    )


if __name__ == "__main__":
    print(
        json.dumps(
            asdict(
                own_load(int(sys.argv[1]), Operation(**json.loads(sys.argv[4])), float(sys.argv[2]), int(sys.argv[3]))
            )
        )
    )
