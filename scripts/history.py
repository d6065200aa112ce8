"""Show that nothing acknowledged is lost.

Clients write, servers are killed with -9 and started again, and what every client saw is compared.

    python scripts/history.py                              frappe-lite serve on a temporary file, 15 rounds of 4 seconds
    python scripts/history.py --rounds 100 --seconds 10
    python scripts/history.py --server http://127.0.0.1:8301 "frappe-lite serve --database a.db --port 8301" \\
                              --server http://127.0.0.1:8302 "frappe-lite serve --database a.db --port 8302"
    python scripts/history.py --server http://127.0.0.1:8000 "" --password admin   one that somebody else kills

Each client does one of three things at random: insert a document with children; read the counter and write it plus one,
with the `modified` that it read; read. Each is an Operation with its start, its end and its outcome: "ok" (2xx), "fail"
(refused: nothing was written) or "unknown" (the connection broke, or a 5xx that promises nothing). `anomalies` is given
all of them and what is there at the end, and knows nothing of servers. Several servers: one at random is killed a
round.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import http.client
import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

CHILDREN = 5
PASSWORD = "History-Checker-1"
REFUSED = {400, 401, 403, 404, 409, 412, 413, 417, 429, 503}
"""Statuses that promise that nothing was written."""

NOBODY = -1
"""In place of a status: nobody listens, so nothing was asked."""


# --- what was seen, and what is wrong with it ---------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """One thing that a client did. Times are seconds of one monotonic clock."""

    kind: str  # "insert", "look" (at a document that was inserted), "update" or "read" (of the counter)
    start: float
    end: float
    outcome: str  # "ok", "fail", "unknown"
    token: str = ""  # insert, look: the document's name
    children: int = 0  # look: how many were there
    value: int = 0  # update: what was written; read: what was seen
    modified: str = ""  # the counter's, after an update that is ok; or as read


@dataclass(frozen=True)
class Final:
    """What is there at the end: documents and how many children each has, and the counter."""

    documents: dict[str, int]
    value: int
    modified: str
    orphans: int = 0


def anomalies(history: list[Operation], final: Final) -> list[str]:
    """A sentence for everything that should not have been; empty for a sound history. The counter begins at 0."""
    return [
        *_lost_or_half_written(history, final),
        *_lost_updates(history, final),
        *_stale(history),
        *_modified_goes_back(history, final),
    ]


def _lost_or_half_written(history: list[Operation], final: Final) -> list[str]:
    found = []
    for each in history:
        if each.kind == "insert" and each.outcome == "ok" and each.token not in final.documents:
            found.append(f"lost: the insert of {each.token} was acknowledged, and it is not there")
        if each.kind == "insert" and each.outcome == "fail" and each.token in final.documents:
            found.append(f"unwanted: the insert of {each.token} was refused, and it is there")
        if each.kind == "look" and each.outcome == "fail":
            found.append(f"lost: {each.token} was acknowledged, and was not there when it was looked for")
        if each.kind == "look" and each.outcome == "ok" and each.children != CHILDREN:
            found.append(f"half-written: {each.token} was seen with {each.children} of {CHILDREN} children")
    found += [
        f"half-written: {token} has {count} of {CHILDREN} children"
        for token, count in final.documents.items()
        if count != CHILDREN
    ]
    return found + ([f"half-written: {final.orphans} children without a document"] if final.orphans else [])


def _lost_updates(history: list[Operation], final: Final) -> list[str]:
    updates = [each for each in history if each.kind == "update"]
    written = [each.value for each in updates if each.outcome == "ok"]
    unknown = [each.value for each in updates if each.outcome == "unknown"]
    found = [
        f"lost update: {times} updates to {value} were acknowledged"
        for value, times in collections.Counter(written).items()
        if times > 1
    ]
    if not len(written) <= final.value <= len(written) + len(unknown):
        found.append(
            f"lost update: the counter is {final.value} after {len(written)} acknowledged updates and "
            f"{len(unknown)} of unknown outcome"
        )
    possible = {0, *written, *unknown}
    seen = {each.value for each in history if each.kind == "read" and each.outcome == "ok"} | {final.value}
    return found + [
        f"from nowhere: the counter was {value}, which only a refused update had written, or none"
        for value in sorted(seen - possible)
    ]


def _stale(history: list[Operation]) -> list[str]:
    """What has ended when an operation starts, that operation must see."""
    counted = [each for each in history if each.kind in ("update", "read") and each.outcome == "ok"]
    ended, known, found = sorted(counted, key=lambda each: each.end), 0, []
    position = 0
    for each in sorted(counted, key=lambda each: each.start):
        while position < len(ended) and ended[position].end < each.start:
            known, position = max(known, ended[position].value), position + 1
        if each.kind == "read" and each.value < known:
            found.append(f"stale: a read saw {each.value} after {known} had been acknowledged or seen")
        if each.kind == "update" and each.value <= known:
            found.append(f"lost update: {each.value} was written after {known} had been acknowledged or seen")
    return found


def _modified_goes_back(history: list[Operation], final: Final) -> list[str]:
    moments: dict[int, set[str]] = {final.value: {final.modified}}
    for each in history:
        if each.kind in ("update", "read") and each.outcome == "ok":
            moments.setdefault(each.value, set()).add(each.modified)
    found = [
        f"modified: the counter was {value} at {' and '.join(sorted(seen))}"
        for value, seen in moments.items()
        if len(seen) > 1
    ]
    values = sorted(moments)
    for earlier, later in zip(values, values[1:], strict=False):
        if max(moments[earlier]) >= min(moments[later]):
            found.append(f"modified: {max(moments[earlier])} at {earlier}, and {min(moments[later])} at {later}")
    return found


# --- a client --------------------------------------------------------------------------------------------


class Connection:
    """JSON over one kept-alive connection."""

    def __init__(self, url: str, headers: dict[str, str], timeout: float = 15.0):
        self.host, self.headers, self.timeout = urlsplit(url).netloc, headers, timeout
        self.http: http.client.HTTPConnection | None = None

    def reach(self) -> bool:
        """Connect, unless it is connected; whether somebody listens."""
        if self.http is None:
            self.http = http.client.HTTPConnection(self.host, timeout=self.timeout)
            try:
                self.http.connect()
            except OSError:
                self.close()
        return self.http is not None

    def __call__(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, value); NOBODY if there is no server, 0 if the connection broke.

        The request may have been carried out.
        """
        if not self.reach() or self.http is None:
            return NOBODY, None
        try:
            self.http.request(
                verb,
                quote(path, safe="/?&=%"),
                json.dumps(body) if body is not None else None,
                {"Content-Type": "application/json", **self.headers},
            )
            answer = self.http.getresponse()
            content = answer.read()
            return answer.status, json.loads(content)
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return 0, None

    def close(self) -> None:
        """Close it; the next request opens it again."""
        if self.http is not None:
            self.http.close()
        self.http = None


@dataclass
class Run:
    """What the clients of a run share."""

    urls: list[str]
    headers: dict[str, str]
    label: str
    stopped: threading.Event = field(default_factory=threading.Event)
    history: list[Operation] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)  # tokens

    def client(self, number: int) -> None:
        """Do things until the run is stopped."""
        choose = random.Random(number)
        connections = [Connection(url, self.headers) for url in self.urls]
        serial = 0
        while not self.stopped.is_set():
            ask = connections[choose.randrange(len(connections))]
            serial += 1
            if ask.reach():
                choose.choices([self._insert, self._count, self._read, self._look], [4, 4, 1, 1])[0](
                    ask, f"{self.label}-{number}-{serial}", choose
                )
            else:
                self.stopped.wait(0.02)
        for each in connections:
            each.close()

    def _keep(self, kind: str, start: float, status: int, **more: Any) -> None:
        if status == NOBODY:
            return
        outcome = "ok" if 200 <= status < 300 else "fail" if status in REFUSED else "unknown"
        self.history.append(Operation(kind, start, time.monotonic(), outcome, **more))

    def _insert(self, ask: Connection, token: str, _choose: random.Random) -> None:
        start = time.monotonic()
        status, _ = ask(
            "POST",
            "/api/resource/History Parent",
            {"name": token, "rows": [{"number": each} for each in range(CHILDREN)]},
        )
        self._keep("insert", start, status, token=token)
        if 200 <= status < 300:
            self.acknowledged.append(token)

    def _read(self, ask: Connection, _token: str, _choose: random.Random) -> dict[str, Any] | None:
        start = time.monotonic()
        status, answer = ask("GET", "/api/resource/History Counter/one")
        if status != 200:
            return None
        self._keep("read", start, status, value=answer["data"]["value"], modified=answer["data"]["modified"])
        return dict(answer["data"])

    def _count(self, ask: Connection, token: str, choose: random.Random) -> None:
        seen = self._read(ask, token, choose)
        if seen is None:
            return
        start, value = time.monotonic(), seen["value"] + 1
        status, answer = ask("PUT", "/api/resource/History Counter/one", {"value": value, "modified": seen["modified"]})
        self._keep("update", start, status, value=value, modified=answer["data"]["modified"] if status == 200 else "")

    def _look(self, ask: Connection, _token: str, choose: random.Random) -> None:
        if self.acknowledged:
            token, start = self.acknowledged[choose.randrange(len(self.acknowledged))], time.monotonic()
            status, answer = ask("GET", f"/api/resource/History Parent/{token}")
            if status in (200, 404):
                self._keep(
                    "look", start, status, token=token, children=len(answer["data"]["rows"]) if status == 200 else 0
                )


# --- servers ---------------------------------------------------------------------------------------------


class Server:
    """A server at `url`, started by `command`; by nobody if that is empty."""

    def __init__(self, url: str, command: str = "", environment: dict[str, str] | None = None):
        self.url, self.command = url, command
        self.environment = {**os.environ, "FRAPPE_LITE_ADMIN_PASSWORD": PASSWORD, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 30.0) -> None:
        """Start it and wait until it answers. Raises RuntimeError if it ends, or does not answer in time."""
        if self.command:
            self.process = subprocess.Popen(
                shlex.split(self.command),
                env=self.environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        deadline, ask = time.monotonic() + seconds, Connection(self.url, {}, 5)
        while ask("GET", "/api/method/ping")[0] != 200:
            if time.monotonic() > deadline or (self.process and self.process.poll() is not None):
                self.kill()
                raise RuntimeError(f"{self.command or self.url} does not answer")
            time.sleep(0.02)
        ask.close()

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End it, workers and all."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            self.process.wait(30)


def sign_in(url: str, password: str) -> dict[str, str]:
    """Headers of the Administrator, with an API key made for this run."""
    plain = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
    plain.request(
        "POST",
        "/api/method/login",
        json.dumps({"usr": "Administrator", "pwd": password}),
        {"Content-Type": "application/json"},
    )
    answer = plain.getresponse()
    answer.read()
    plain.close()
    if answer.status != 200:
        raise SystemExit(f"login answers {answer.status}: give the Administrator's password")
    cookies = answer.headers.get_all("Set-Cookie") or []
    ask = Connection(url, {"Cookie": next(each.partition(";")[0] for each in cookies if each.startswith("sid="))})
    secret = ask("POST", "/api/method/frappe.core.doctype.user.user.generate_keys", {"user": "Administrator"})[1][
        "message"
    ]["api_secret"]
    key = ask("GET", "/api/resource/User/Administrator")[1]["data"]["api_key"]
    ask.close()
    return {"Authorization": f"token {key}:{secret}"}


def prepare(url: str, headers: dict[str, str]) -> None:
    """Make the DocTypes, unless they are there, and a counter at 0."""
    ask = Connection(url, headers)
    may = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}]
    number = {"fieldname": "number", "label": "Number", "fieldtype": "Int"}
    rows = {"fieldname": "rows", "label": "Rows", "fieldtype": "Table", "options": "History Child"}
    value = {"fieldname": "value", "label": "Value", "fieldtype": "Int"}
    doctypes: list[dict[str, Any]] = [
        {"name": "History Child", "istable": 1, "fields": [number]},
        {"name": "History Parent", "autoname": "prompt", "fields": [rows], "permissions": may},
        {"name": "History Counter", "autoname": "prompt", "fields": [value], "permissions": may},
    ]
    for each in doctypes:
        status, answer = ask("POST", "/api/resource/DocType", {"module": "Custom", "custom": 1, **each})
        if status not in (200, 201, 409):
            raise SystemExit(f"DocType {each['name']} cannot be made: {status} {answer}")
    ask("DELETE", "/api/resource/History Counter/one")
    status, answer = ask("POST", "/api/resource/History Counter", {"name": "one", "value": 0})
    if status not in (200, 201):
        raise SystemExit(f"the counter cannot be made: {status} {answer}")
    ask.close()


def final_state(url: str, headers: dict[str, str], label: str) -> Final:
    """What is there now of a run."""
    ask = Connection(url, headers, timeout=60)
    like = quote(json.dumps([["name", "like", f"{label}-%"]]))
    names = [
        row["name"] for row in ask("GET", f"/api/resource/History Parent?filters={like}&limit_page_length=0")[1]["data"]
    ]
    documents = dict.fromkeys(names, 0)
    of_parent = quote(json.dumps([["parent", "like", f"{label}-%"]]))
    listed = ask(
        "GET",
        (
            "/api/resource/History Child?parent=History "
            f"Parent&fields=%5B%22parent%22%5D&filters={of_parent}&limit_page_length=0"
        ),
    )[1]["data"]
    counted = collections.Counter(row["parent"] for row in listed)
    counter = ask("GET", "/api/resource/History Counter/one")[1]["data"]
    ask.close()
    orphans = sum(count for parent, count in counted.items() if parent not in documents)
    return Final({name: counted[name] for name in documents}, counter["value"], counter["modified"], orphans)


def run(
    servers: list[Server], rounds: int, seconds: float, clients: int = 8, password: str = PASSWORD
) -> tuple[list[Operation], Final]:
    """Start the servers, let clients work, kill and start again `rounds` times; the history and the end."""
    try:
        for each in servers:
            each.start()
        headers = sign_in(servers[0].url, password)
        prepare(servers[0].url, headers)
        shared = Run([each.url for each in servers], headers, f"run{random.randrange(10**9)}")
        threads = [threading.Thread(target=shared.client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(rounds):
                time.sleep(seconds * random.uniform(0.7, 1.3))
                victim = random.choice(servers)
                victim.kill()
                victim.start()
            time.sleep(seconds / 2)
        finally:
            shared.stopped.set()
            for thread in threads:
                thread.join()
        return shared.history, final_state(servers[0].url, headers, shared.label)
    finally:
        for each in servers:
            each.kill(signal.SIGTERM)


def summary(history: list[Operation]) -> str:
    """How many operations of each kind and outcome."""
    counted = collections.Counter((each.kind, each.outcome) for each in history)
    return ", ".join(f"{kind} {outcome}: {count:,}" for (kind, outcome), count in sorted(counted.items()))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=(__doc__ or "").partition("\n")[2],
    )
    parser.add_argument("--rounds", type=int, default=15, help="how often a server is killed (default: 15)")
    parser.add_argument("--seconds", type=float, default=4.0, help="between two kills, on average (default: 4)")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument(
        "--server",
        nargs=2,
        action="append",
        metavar=("URL", "COMMAND"),
        help="may be repeated, for servers on one database",
    )
    parser.add_argument("--password", default=PASSWORD, help="the Administrator's, of a server that is running already")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:  # somebody else's server is not to be killed
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = f"{Path(sys.executable).parent / 'frappe-lite'} serve --database {folder}/history.db --port {port}"
        servers = [Server(url, text) for url, text in parsed.server or [(f"http://127.0.0.1:{port}", command)]]
        history, final = run(servers, parsed.rounds, parsed.seconds, parsed.clients, parsed.password)
    found = anomalies(history, final)
    print(summary(history))
    print(f"{len(final.documents):,} documents, counter {final.value:,}, {parsed.rounds} kills: {len(found)} anomalies")
    for each in found[:20]:
        print(f"  {each}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
