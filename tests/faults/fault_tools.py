"""What the tests of faults share.

Children that may be killed, servers, callers at the same time, a site with documents.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import frappe_lite
from frappe_lite import document

ROOT = Path(__file__).parents[2]
FRAPPE_LITE = Path(sys.executable).with_name("frappe-lite")
DEADLINE = 90.0
MAY_ALL = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}]

DOCTYPES: list[dict[str, Any]] = [
    {"name": "Row", "istable": 1, "fields": [{"fieldname": "number", "fieldtype": "Int"}]},
    {
        "name": "Order", "autoname": "ORDER-.#####", "track_changes": 0, "permissions": MAY_ALL,
        "fields": [
            {"fieldname": "title", "fieldtype": "Data"},
            {"fieldname": "points", "fieldtype": "Int"},
            {"fieldname": "notes", "fieldtype": "Long Text"},
            {"fieldname": "rows", "fieldtype": "Table", "options": "Row"},
        ],
    },
    {"name": "Named", "autoname": "prompt", "permissions": MAY_ALL, "fields": [{"fieldname": "title", "fieldtype": (
        "Data"
    )}]},
]  # fmt: skip


def load_script(name: str) -> Any:
    """A file of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


history = load_script("history")


def open_orders(path: Path | str = ":memory:", **settings: Any) -> frappe_lite.Site:
    """A site with the DocTypes Order (with rows) and Named."""
    site = frappe_lite.Site(str(path), **settings)
    with site.acting() as ctx:
        for each in DOCTYPES:
            if not ctx.has_doctype(each["name"]):
                document.new(ctx, {"doctype": "DocType", "module": "Custom", "custom": 1, **each}).insert()
    return site


def wait_for(condition: Callable[[], Any], what: str = "what was waited for", seconds: float = DEADLINE) -> Any:
    """The first true answer. Raises AssertionError after a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"{what} did not come")


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """What each function returns, or the error it raises, all of them begun at the same moment."""
    barrier = threading.Barrier(len(functions))
    results: list[Any] = [None] * len(functions)

    def run(index: int, function: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[index] = function()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    return results


# --- children ---

PRELUDE = """
import os, resource, signal, sqlite3, sys, threading
sys.path[:0] = {paths!r}
import frappe_lite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.sqlite.database import Database
from fault_tools import open_orders

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def as_nobody():
    if os.getuid() == 0:  # whom no mode of a file stops
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""


def start_child(script: str, *arguments: Any, stdin: bool = False) -> subprocess.Popen[str]:
    """A Python process that runs the script, with `open_orders`, `say` (a line to us) and `die` (kill -9 of itself) in
    reach.
    """
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(ROOT)]
    text = PRELUDE.format(paths=paths) + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        stdin=subprocess.PIPE if stdin else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_child(script: str, *arguments: Any, status: int = 0) -> list[str]:
    """The lines that the script says. It must end by itself with the status; -9 if it kills itself."""
    child = start_child(script, *arguments)
    output, errors = child.communicate(timeout=DEADLINE)
    assert child.returncode == status, errors
    return output.splitlines()


def kill_child(script: str, *arguments: Any, lines: int) -> list[str]:
    """Kill -9 the script once it has said so many lines; all that it said."""
    child = start_child(script, *arguments)
    assert child.stdout and child.stderr
    said = [line.strip() for line, _ in zip(child.stdout, range(lines), strict=False)]
    child.kill()
    rest, errors = child.communicate(timeout=DEADLINE)
    assert child.returncode == -signal.SIGKILL, errors
    assert len(said) == lines, errors
    return said + [line for line in rest.split("\n")[:-1] if line]  # what comes after the last line break was cut off


def integrity(path: Path | str) -> str:
    """What SQLite says of the file, read from a connection of its own."""
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


# --- servers ---


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """`frappe-lite serve` as a process of its own, and the Administrator's key."""

    def __init__(self, path: Path, *options: str):
        self.path, self.port = path, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = history.Server(
            self.url, f"{FRAPPE_LITE} serve --database {path} --port {self.port} {' '.join(options)}"
        )
        self.server.start()
        self.headers = history.sign_in(self.url, history.PASSWORD)

    def connect(self, timeout: float = DEADLINE) -> Any:
        """A connection that asks as the Administrator: (verb, path, body) -> (status, value)."""
        return history.Connection(self.url, self.headers, timeout)

    def end(self) -> int:
        """Tell it to end; its exit status."""
        process = self.server.process
        os.kill(process.pid, signal.SIGTERM)
        return int(process.wait(DEADLINE))

    def stop(self) -> None:
        """End it if it runs still."""
        if self.server.process.poll() is None:
            self.server.kill()


def served(path: Path, *options: str) -> Iterator[Served]:
    """For fixtures: a server that is gone afterwards."""
    made = Served(path, *options)
    yield made
    made.stop()
