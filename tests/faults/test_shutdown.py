"""How a server ends: told to, or killed in part."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fault_tools import Served, run_child, served, wait_for

SLOW = """
import pathlib, time
import frappe

@frappe.whitelist()
def slow(begun, go_on):
    pathlib.Path(begun).write_text("")
    while not pathlib.Path(go_on).exists():
        time.sleep(0.01)
    return frappe.get_doc({"doctype": "ToDo", "description": "in flight"}).insert().name
"""


@pytest.fixture(params=["waitress", "granian"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    app = tmp_path / f"slow_{request.param}"
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "hooks.py").write_text(f'app_name = "{app.name}"\n')
    (app / "api.py").write_text(SLOW)
    yield from served(tmp_path / "a.db", "--server", request.param, "--app", str(app))


def test_what_is_in_flight_is_finished(server: Served, tmp_path: Path) -> None:
    """F26: told to end, a server answers what it works on, moves the log into the file, and ends with status 0."""
    begun, go_on, answers = tmp_path / "begun", tmp_path / "go on", []
    name = f"slow_{server.server.command.partition('--server ')[2].partition(' ')[0]}.api.slow"

    def ask() -> None:
        connection = server.connect()
        answers.append(connection("POST", f"/api/method/{name}", {"begun": str(begun), "go_on": str(go_on)}))
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    wait_for(begun.exists, "the request")
    os.kill(server.server.process.pid, signal.SIGTERM)
    go_on.write_text("")
    thread.join(30)
    assert server.server.process.wait(30) == 0
    assert answers[0][0] == 200, answers
    log = tmp_path / "a.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as plain:
        assert plain.execute("SELECT name FROM tabToDo WHERE description = 'in flight'").fetchall() == [
            (answers[0][1]["message"],)
        ]


@pytest.mark.parametrize("server", ["granian"], indirect=True)
def test_a_worker_that_dies_is_started_again(server: Served) -> None:
    """F26: killed by whoever runs out of memory; the server goes on."""
    ask: Any = server.connect()
    assert ask("POST", "/api/resource/ToDo", {"description": "kept"})[0] == 201
    parent = server.server.process.pid
    workers = [
        int(pid)
        for pid in subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True
        ).stdout.split()
    ]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    filters = json.dumps([["description", "=", "kept"]])
    status, found = wait_for(
        lambda: (answer := ask("GET", f"/api/resource/ToDo?filters={filters}")) and answer[0] == 200 and answer,
        "an answer",
    )
    assert len(found["data"]) == 1
    ask.close()


def test_a_site_is_closed_while_others_read_it(tmp_path: Path) -> None:
    """F26: SQLite's memory does not go under a query of another thread: that one is interrupted, and then refused."""
    script = """
        import contextlib, pathlib
        from frappe_lite.errors import DatabaseBusyError, QueryTimeoutError
        database = open_orders(sys.argv[1]).database
        going = threading.Barrier(9)

        def read():
            query = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000) SELECT count(*) FROM c"
            database.rows(query)
            going.wait()
            with contextlib.suppress(DatabaseBusyError):
                while True:
                    with contextlib.suppress(QueryTimeoutError):
                        database.rows(query)
            database.give_back()
            say("refused")

        readers = [threading.Thread(target=read) for _ in range(8)]
        for each in readers:
            each.start()
        going.wait()
        database.close()
        for each in readers:
            each.join()
        say(*sorted(path.name for path in pathlib.Path(sys.argv[1]).parent.iterdir()))
    """
    *told, left = run_child(script, tmp_path / "a.db")
    assert told == ["refused"] * 8
    assert "a.db-wal" not in left.split()
