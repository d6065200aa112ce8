"""Show that no job is lost, none is run that was undone, and none twice at the same time.

Clients ask for jobs in requests that are kept or undone; servers and workers are killed with -9 and started again. What
every client was told is compared with what the jobs did.

    python scripts/history_jobs.py                     one server, two workers, a temporary file, 15 rounds of 4 seconds
    python scripts/history_jobs.py --workers 4 --rounds 100 --seconds 2
    python scripts/history_jobs.py --database postgresql://127.0.0.1/test --servers 2

Each client asks an app's method to enqueue a job of its own token, and half the time to fail afterwards. The job makes
a document, and notes in a file when it begins and when it ends: a job that is killed has begun and not ended.
`anomalies` is given both sides, and knows nothing of servers.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
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

sys.path.insert(0, str(Path(__file__).parent))

from history import NOBODY, PASSWORD, REFUSED, Connection, Server, sign_in  # noqa: E402 - of the scripts' folder

APP = {
    "hooks.py": "",
    "__init__.py": "",
    "ran.json": """{"doctype": "DocType", "name": "History Ran", "module": "Custom", "autoname": "hash",
        "fields": [{"fieldname": "token", "fieldtype": "Data"}],
        "permissions": [{"role": "System Manager", "read": 1}]}""",
    "api.py": """
import os, random, time
import frappe

@frappe.whitelist()
def ask(token, undo):
    frappe.enqueue("history_app.api.work", token=token, queue=random.choice(["short", "default", "long"]))
    if int(undo):
        frappe.throw("undone")

def work(token):
    note("begin", token)
    frappe.get_doc({"doctype": "History Ran", "token": token}).insert(ignore_permissions=True)
    time.sleep(random.choice([0, 0, 0.005, 0.05]))
    note("end", token)

def note(what, token):
    line = f"{what} {token} {time.monotonic()}\\n".encode()
    file = os.open(os.environ["HISTORY_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line)
    os.close(file)
""",
}
"""The app: what clients call, and the job."""


@dataclass(frozen=True)
class Asked:
    """A request for a job: "ok" (kept), "fail" (undone, as the client wanted or as it was told) or "unknown"."""

    token: str
    outcome: str


@dataclass(frozen=True)
class Run:
    """A time that a job was begun. `end` is None if it was killed."""

    token: str
    start: float
    end: float | None


def anomalies(asked: list[Asked], runs: list[Run], effects: dict[str, int], unfinished: dict[str, str]) -> list[str]:
    """A sentence for everything that should not have been.

    `effects`: how many documents each token has; `unfinished`: jobs that have not ended well, and how they stand.
    """
    found = []
    begun = collections.Counter(each.token for each in runs)
    for each in asked:
        done = effects.get(each.token, 0)
        if each.outcome == "ok" and not done:
            found.append(f"lost: {each.token} was kept, and it did nothing")
        if each.outcome == "fail" and (done or begun[each.token]):
            found.append(f"unwanted: {each.token} was undone, and it ran")
        if done > 1:
            found.append(f"twice: {each.token} did its work {done} times")
    known = {each.token for each in asked}
    found += [f"from nowhere: {token} ran, and nobody had asked for it" for token in {*begun, *effects} - known]
    found += [f"unfinished: {token} is {status}" for token, status in unfinished.items()]
    return found + _at_the_same_time(runs)


def _at_the_same_time(runs: list[Run]) -> list[str]:
    """Of one that was killed only its beginning is known."""
    found, by_token = [], collections.defaultdict(list)
    for each in runs:
        by_token[each.token].append(each)
    for token, several in by_token.items():
        several.sort(key=lambda each: each.start)
        for earlier, later in zip(several, several[1:], strict=False):
            if earlier.end is not None and later.start < earlier.end:
                found.append(f"at the same time: {token} was begun again before it had ended")
    return found


def read_runs(notes: str) -> list[Run]:
    """The runs that a file of notes tells of: an end belongs to the last beginning before it."""
    begun: dict[str, list[list[Any]]] = collections.defaultdict(list)
    for line in notes.splitlines():
        what, token, at = line.split()
        if what == "begin":
            begun[token].append([float(at), None])
        else:
            next(each for each in reversed(begun[token]) if each[1] is None)[1] = float(at)
    return [Run(token, start, end) for token, several in begun.items() for start, end in several]


# --- clients and processes -------------------------------------------------------------------------------


class Worker:
    """`frappe-lite worker`, which has no address."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self.command, self.environment = command, {**os.environ, **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it begins when it has opened the site."""
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command, env=self.environment, start_new_session=True, **silent)  # type: ignore[call-overload]

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End it."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            self.process.wait(60)


@dataclass
class Clients:
    """What the clients of a run share."""

    urls: list[str]
    headers: dict[str, str]
    stopped: threading.Event = field(default_factory=threading.Event)
    asked: list[Asked] = field(default_factory=list)

    def work(self, number: int) -> None:
        """Ask for jobs until the run is stopped."""
        choose, serial = random.Random(number), 0
        connections = [Connection(url, self.headers) for url in self.urls]
        while not self.stopped.is_set():
            ask, token, undo = choose.choice(connections), f"t{number}-{serial}", choose.randrange(2)
            serial += 1
            status, _ = ask("POST", "/api/method/history_app.api.ask", {"token": token, "undo": undo})
            if status == NOBODY:
                self.stopped.wait(0.02)
            else:
                outcome = "ok" if 200 <= status < 300 else "fail" if status in REFUSED else "unknown"
                self.asked.append(Asked(token, outcome))
        for each in connections:
            each.close()


def listed(url: str, headers: dict[str, str], doctype: str, fields: str, filters: str = "[]") -> list[dict[str, Any]]:
    """Every document of a DocType, as soon as somebody answers: a server that was killed last may not be there yet.

    Raises TimeoutError after a minute.
    """
    path = f"/api/method/frappe.client.get_list?doctype={doctype}&fields={fields}&filters={filters}&limit_page_length=0"
    deadline = time.monotonic() + 60
    while True:
        ask = Connection(url, headers, timeout=60)
        status, answer = ask("GET", path)
        ask.close()
        if status == 200:
            return list(answer["message"])
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} does not list {doctype}: {status}")
        time.sleep(0.1)


def waiting(url: str, headers: dict[str, str]) -> dict[str, str]:
    """The jobs that have not ended well, and how they stand."""
    found = listed(url, headers, "RQ Job", '["name","status"]', '[["status","in",["queued","started","failed"]]]')
    return {each["name"]: each["status"] for each in found}


def run(
    folder: Path, database: str, ports: list[int], workers: int, rounds: int, seconds: float, clients: int = 8,
    lease: float = 2.0,
) -> tuple[list[Asked], list[Run], dict[str, int], dict[str, str]]:  # fmt: skip
    """Let clients ask and processes be killed `rounds` times; what `anomalies` takes."""
    for name, content in APP.items():
        (folder / "history_app").mkdir(exist_ok=True)
        (folder / "history_app" / name).write_text(content)
    notes = folder / "notes"
    notes.touch()
    program = [str(Path(sys.executable).parent / "frappe-lite")]
    site = ["--database", database, "--app", str(folder / "history_app")]
    environment = {"HISTORY_NOTES": str(notes), "FRAPPE_LITE_JOB_THREADS": "1", "FRAPPE_LITE_JOB_LEASE": str(lease)}
    servers = [
        Server(f"http://127.0.0.1:{port}", " ".join([*program, "serve", *site, "--port", str(port)]), environment)
        for port in ports
    ]
    others = [Worker([*program, "worker", *site, "--lease", str(lease)], environment) for _ in range(workers)]
    everyone: list[Server | Worker] = [*servers, *others]
    try:
        for each in everyone:
            each.start()
        headers = sign_in(servers[0].url, PASSWORD)
        shared = Clients([each.url for each in servers], headers)
        threads = [threading.Thread(target=shared.work, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(rounds):
                time.sleep(seconds * random.uniform(0.7, 1.3))
                victim = random.choice(everyone)
                if victim.process is not None and random.randrange(2):  # alone: what it began notices, and ends
                    victim.process.kill()
                    victim.process.wait(60)
                else:
                    victim.kill()
                victim.start()
            time.sleep(seconds / 2)
        finally:
            shared.stopped.set()
            for thread in threads:
                thread.join()
        left = _drained(servers[0].url, headers)
        effects = collections.Counter(
            row["token"] for row in listed(servers[0].url, headers, "History Ran", '["token"]')
        )
        return shared.asked, read_runs(notes.read_text()), dict(effects), left
    finally:
        for each in everyone:
            each.kill(signal.SIGTERM)


def _drained(url: str, headers: dict[str, str], seconds: float = 300.0) -> dict[str, str]:
    """Wait until every job has ended; those that have not, or have failed."""
    deadline = time.monotonic() + seconds
    left = waiting(url, headers)
    while set(left.values()) - {"failed"} and time.monotonic() < deadline:
        time.sleep(0.2)
        left = waiting(url, headers)
    return left


def summary(asked: list[Asked], runs: list[Run]) -> str:
    """How many jobs were asked for and how many times one was begun."""
    counted = collections.Counter(each.outcome for each in asked)
    killed = sum(each.end is None for each in runs)
    told = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(counted.items()))
    return f"asked for: {told}; begun {len(runs):,} times, {killed} of them killed or undone"


def free(count: int) -> list[int]:
    """Ports that nobody has: who else listens on one would be taken for a server of ours."""
    with contextlib.ExitStack() as open_ones:
        made = [open_ones.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in made]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often a process is killed (default: 15)")
    parser.add_argument("--seconds", type=float, default=4.0, help="between two kills, on average (default: 4)")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--port", type=int, help="of the first server (default: those that are free)")
    parser.add_argument("--database", help="its address (default: a temporary file)")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = parsed.database or f"{folder}/jobs.db"
        ports = [parsed.port + number for number in range(parsed.servers)] if parsed.port else free(parsed.servers)
        found = run(Path(folder), database, ports, parsed.workers, parsed.rounds, parsed.seconds, parsed.clients)
    wrong = anomalies(*found)
    print(summary(*found[:2]))
    print(f"{sum(found[2].values()):,} documents, {parsed.rounds} kills: {len(wrong)} anomalies")
    for each in wrong[:20]:
        print(f"  {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
