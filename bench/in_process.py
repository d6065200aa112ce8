"""Microseconds a request inside one process: ours, and the bare statement with `json.dumps` that it is made of."""

from __future__ import annotations

import io
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import frappe_lite
from frappe_lite import auth

ROUNDS, REQUESTS = 5, 1000
TASK = {
    "doctype": "DocType", "name": "Task", "module": "Bench", "autoname": "TASK-.#####",
    "fields": [
        {"fieldname": "subject", "fieldtype": "Data", "reqd": 1},
        {"fieldname": "status", "fieldtype": "Select", "options": "Open\nClosed", "default": "Open", "search_index": 1},
        {"fieldname": "priority", "fieldtype": "Select", "options": "Low\nMedium\nHigh", "default": "Medium"},
        {"fieldname": "points", "fieldtype": "Int"},
    ],
    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
}  # fmt: skip
LIST = f"filters={quote(json.dumps([['status', '=', 'Open']]))}&fields={quote(json.dumps(['name', 'subject', 'status', 'priority']))}&order_by=modified+desc&limit=20"


def median_us(function: Callable[[], Any]) -> float:
    """The median over rounds of microseconds a call."""
    function()
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(REQUESTS):
            function()
        rounds.append((time.perf_counter() - started) / REQUESTS * 1e6)
    return statistics.median(rounds)


def prepare(folder: str, documents: int, synchronous: str = "full") -> frappe_lite.Site:
    """A site in the folder with the DocType Task and so many documents."""
    app_folder = Path(folder) / "bench_app"
    app_folder.mkdir()
    (app_folder / "task.json").write_text(json.dumps(TASK))
    site = frappe_lite.Site(f"{folder}/bench.db", synchronous=synchronous)
    site.load(app_folder)
    with site.acting():
        for number in range(documents):
            frappe_lite.get_doc({"doctype": "Task", "subject": f"task {number}", "status": "Open" if number % 3 else "Closed"}).insert()
    return site


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(folder, 2000, "normal")
        app = frappe_lite.App(site)
        with site.acting() as ctx:
            key, secret = auth.generate_keys(ctx, "Administrator")

        def request(verb: str, path: str, query: str = "", body: Any = None) -> bytes:
            data = json.dumps(body).encode() if body is not None else b""
            environ = {
                "REQUEST_METHOD": verb, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_AUTHORIZATION": f"token {key}:{secret}", "HTTP_HOST": "localhost",
                "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
                "CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": "application/json", "wsgi.input": io.BytesIO(data),
            }  # fmt: skip
            statuses: list[str] = []
            answer = b"".join(app(environ, lambda status, _headers, _error=None: statuses.append(status)))
            assert statuses[0][0] == "2", answer
            return answer

        counter = iter(range(10**9))
        ours = {
            "GET a document": lambda: request("GET", "/api/resource/Task/TASK-00042"),
            "list 20": lambda: request("GET", "/api/resource/Task", LIST),
            "create": lambda: request("POST", "/api/resource/Task", "", {"subject": f"new {next(counter)}"}),
            "update": lambda: request("PUT", f"/api/resource/Task/TASK-{next(counter) % 2000 + 1:05}", "", {"points": next(counter)}),
        }
        bare = sqlite3.connect(f"{folder}/bench.db", isolation_level=None)
        bare.row_factory = sqlite3.Row
        insert = 'INSERT INTO "tabTask" (name, subject, status, creation, modified, docstatus, idx) VALUES (?, ?, ?, ?, ?, 0, 0)'
        theirs = {
            "GET a document": lambda: json.dumps(dict(bare.execute('SELECT * FROM "tabTask" WHERE name = ?', ("TASK-00042",)).fetchone())),
            "list 20": lambda: json.dumps(
                [dict(row) for row in bare.execute("SELECT name, subject, status, priority FROM tabTask WHERE status = ? ORDER BY modified DESC LIMIT 20", ("Open",))]
            ),
            "create": lambda: bare.execute(insert, (f"BARE-{next(counter)}", "x", "Open", "2026", "2026")),
            "update": lambda: bare.execute('UPDATE "tabTask" SET points = ? WHERE name = ?', (next(counter), f"TASK-{next(counter) % 2000 + 1:05}")),
        }
        print(f"{'':18}{'frappe_lite':>14}{'bare statement':>18}{'difference':>14}")
        for name, function in ours.items():
            mine, floor = median_us(function), median_us(theirs[name])
            print(f"{name:18}{mine:11.0f} us{floor:15.0f} us{mine - floor:11.0f} us")
        bare.close()
        site.close()


if __name__ == "__main__":
    main()
