"""The limit: one prepared statement and `json.dumps` as a bare WSGI application. No routing, no users, no checks of what is sent.

    python bench/limit.py granian|waitress PORT DATABASE [full|normal]

It serves a file that `data.plain` made: GET /NAME, GET /?anything lists 20, POST / creates, PUT /NAME updates, POST /login.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

COLUMNS = ("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx", "subject", "status", "priority", "points", "description")
LISTED = ("name", "subject", "status", "modified")
GET = f"SELECT {', '.join(COLUMNS)} FROM task WHERE name = ?"
LIST = f"SELECT {', '.join(LISTED)} FROM task WHERE status = ? ORDER BY modified DESC LIMIT 20"
INSERT = f"INSERT INTO task ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
UPDATE = "UPDATE task SET status = ?, priority = ?, modified = ?, modified_by = ? WHERE name = ?"

THREADS = {"granian": 4, "waitress": 8}
"""That work at once, as `frappe-lite serve` has it: of granian's, those that only receive a body are not counted (`receiving.SLOTS`)."""


class Limit:
    """The application, on the plain file at `database`; `synchronous` is full or normal."""

    def __init__(self, database: str, synchronous: str = "full"):
        self.database, self.synchronous = database, synchronous
        self._local = threading.local()
        self._names = (f"NEW-{time.time_ns():x}-{number}" for number in itertools.count())

    def _connection(self) -> sqlite3.Connection:
        try:
            found: sqlite3.Connection = self._local.connection
        except AttributeError:
            found = self._local.connection = sqlite3.connect(self.database, timeout=10, isolation_level=None)
            found.execute("PRAGMA journal_mode = WAL")
            found.execute(f"PRAGMA synchronous = {self.synchronous}")
        return found

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        execute, verb, name = self._connection().execute, environ["REQUEST_METHOD"], environ["PATH_INFO"][1:]
        if verb == "GET" and name:
            data: Any = dict(zip(COLUMNS, execute(GET, (name,)).fetchone(), strict=True))
        elif verb == "GET":
            data = [dict(zip(LISTED, row, strict=True)) for row in execute(LIST, ("Open",))]
        else:
            sent = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            now = str(datetime.now())
            if name == "login":
                data = self._login(execute, sent, now)
            else:
                if verb == "POST":
                    name = next(self._names)
                    values = (name, "bench", now, now, "bench", 0, 0, sent["subject"], sent["status"], sent["priority"], sent["points"], sent["description"])
                    execute(INSERT, values)
                else:
                    execute(UPDATE, (sent["status"], sent["priority"], now, "bench", name))
                data = dict(zip(COLUMNS, execute(GET, (name,)).fetchone(), strict=True))
        body = json.dumps({"data": data}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _login(self, execute: Callable[..., Any], sent: dict[str, Any], now: str) -> dict[str, str]:
        """What no login can do without: one hash to compare, and one session to keep."""
        known = execute("SELECT password FROM user WHERE name = ?", (sent["usr"],)).fetchone()[0]
        assert secrets.compare_digest(known, scrypt(sent["pwd"]))
        sid = secrets.token_hex()
        execute("INSERT INTO session VALUES (?, ?, ?)", (sid, sent["usr"], now))
        return {"sid": sid}


def scrypt(password: str) -> str:
    """The hash that a login compares: as costly as the one that werkzeug makes by default, which frappe_lite uses."""
    return base64.b64encode(hashlib.scrypt(password.encode(), salt=b"bench salt", n=32768, r=8, p=1, maxmem=132 * 1024 * 1024)).decode()


def serve(server: str, port: int) -> None:
    """Serve until SIGTERM."""
    if server == "waitress":
        import waitress

        waitress.serve(application, host="127.0.0.1", port=port, threads=THREADS["waitress"])
    else:
        from granian import Granian
        from granian.constants import Interfaces

        Granian("limit:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI, blocking_threads=THREADS["granian"], log_access=False).serve()


if __name__ == "__main__":
    os.environ["LIMIT"] = "\x1f".join([sys.argv[3], *sys.argv[4:5]])
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

if "LIMIT" in os.environ:  # granian's workers import the module by its name
    application = Limit(*os.environ["LIMIT"].split("\x1f"))

if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
