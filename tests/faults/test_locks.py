"""Locks, processes and the log: who waits, for how long, and what is never done with a connection."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from fault_tools import DEADLINE, at_once, integrity, open_orders, start_child
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.errors import DatabaseBusyError
from frappe_lite.sqlite import connections, upkeep
from frappe_lite.sqlite.database import APPLICATION_ID, Database

CREATE = "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)"


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[ApiClient]:
    """The Administrator's client on a file; writers wait for a twentieth of a second."""
    site = open_orders(tmp_path / "a.db", busy_timeout=0.05)
    yield ApiClient(site)
    site.close()


def second_client(client: ApiClient, site: frappe_lite.Site) -> ApiClient:
    other = ApiClient(site, None)
    other.headers = client.headers
    return other


# --- F17: somebody else holds the lock ---


def test_another_program_holds_the_lock(orders: ApiClient) -> None:
    """F17: writes are 503 with Retry-After, reads are as ever, and it passes."""
    name = orders("POST /api/resource/Order", {"title": "a"}).json["data"]["name"]
    other = sqlite3.connect(orders.site.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for request in (
        f"PUT /api/resource/Order/{name}",
        f"DELETE /api/resource/Order/{name}",
        "POST /api/resource/Order",
    ):
        answer = orders(request, {"title": "b"})
        assert (answer.status_code, answer.json["exc_type"], answer.headers["Retry-After"]) == (
            503,
            "DatabaseBusyError",
            "1",
        )
    assert orders(f"GET /api/resource/Order/{name}").json["data"]["title"] == "a"
    assert orders("GET /api/resource/Order").status_code == 200
    other.execute("ROLLBACK")
    other.close()
    assert orders(f"PUT /api/resource/Order/{name}", {"title": "b"}).status_code == 200


# --- F19: slow readers ---


def test_a_slow_reader_neither_stops_writers_nor_the_log_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19: while it reads the log grows and no writer waits for it long; once it ends, the log begins anew."""
    monkeypatch.setattr(upkeep, "CHECKPOINT_FRAMES", 24)
    monkeypatch.setattr(upkeep, "RESTART_SECONDS", 0.005)
    data = Database(tmp_path / "a.db")
    with data.transaction():
        data.execute(CREATE)
    reading, done = threading.Event(), threading.Event()

    def read() -> int:
        data.begin_read()
        first = len(data.rows("SELECT * FROM t"))
        reading.set()
        done.wait(30)
        try:
            return len(data.rows("SELECT * FROM t")) - first
        finally:
            data.rollback()

    slowest: list[float] = []

    def write(count: int) -> None:
        for _ in range(count):
            started = time.monotonic()
            with data.transaction():
                data.execute("INSERT INTO t (word) VALUES (?)", ["x" * 3000])
            slowest.append(time.monotonic() - started)

    def write_meanwhile() -> int:
        reading.wait(30)
        write(300)
        done.set()
        return os.stat(data.path + "-wal").st_size

    seen_more, grown = at_once(read, write_meanwhile)
    assert seen_more == 0, "one state all along"
    assert grown > 300 * 4096
    assert sorted(slowest)[-10] < 0.5
    write(300)
    assert os.stat(data.path + "-wal").st_size <= grown + 2 * 24 * 4120, "the log was begun anew, not made longer"
    data.checkpoint(truncate=True)
    assert os.stat(data.path + "-wal").st_size == 0
    data.close()


def test_the_log_is_moved_when_it_has_grown_and_not_at_each_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19: a log keeps its size on the disk after it began anew; what counts is how much is in it."""
    monkeypatch.setattr(upkeep, "CHECKPOINT_FRAMES", 24)
    data = Database(tmp_path / "a.db")
    moves: list[str] = []
    move = data._move_log
    monkeypatch.setattr(data, "_move_log", lambda how, seconds: (moves.append(how), move(how, seconds)))
    with data.transaction():
        data.execute(CREATE)
    for _ in range(300):
        with data.transaction():
            data.execute("INSERT INTO t (word) VALUES (?)", ["x" * 900])
    assert 10 <= len(moves) <= 60, "about two pages a commit"
    assert os.stat(data.path + "-wal").st_size < 300_000
    data.close()


def test_where_sqlites_index_cannot_be_read_the_log_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: no /proc, as on macOS: the log is bounded all the same."""
    monkeypatch.setattr(upkeep, "CHECKPOINT_FRAMES", 24)
    monkeypatch.setattr("frappe_lite.sqlite.wal.index_descriptor", lambda _path: None)
    data = Database(tmp_path / "a.db")
    with data.transaction():
        data.execute(CREATE)
    for _ in range(100):
        with data.transaction():
            data.execute("INSERT INTO t (word) VALUES (?)", ["x" * 900])
    assert os.stat(data.path + "-wal").st_size <= 120_000
    data.close()


# --- F20: many writers ---


def test_fifty_writers(tmp_path: Path) -> None:
    """F20: each gets its turn, none an error, and none waits while others come again and again."""
    site = open_orders(tmp_path / "a.db", busy_timeout=60)  # of a busy machine; what counts is who waits for whom
    first = ApiClient(site)
    served: list[int] = []  # how many others had their turn while one waited

    def writer(client: ApiClient) -> Callable[[], list[int]]:
        def work() -> list[int]:
            statuses = []
            for _ in range(10):
                before = len(served)
                statuses.append(client("POST /api/resource/Order", {"title": "x"}).status_code)
                served.append(len(served) - before)
            return statuses

        return work

    results = at_once(*[writer(second_client(first, site)) for _ in range(50)])
    assert results == [[201] * 10] * 50
    assert site.database.row('SELECT count(*), count(DISTINCT name) FROM "tabOrder"') == (500, 500)
    assert max(served) < 400, "nobody waits to the end while others come again and again"
    site.close()


def test_two_processes_share_the_writers_turn(tmp_path: Path) -> None:
    """F20, F21: two processes write and move the log as fast as they can: both get on, nothing is lost, the file is
    whole.
    """
    path = tmp_path / "a.db"
    open_orders(path).close()
    script = """
        import frappe_lite.sqlite.upkeep as module
        module.CHECKPOINT_FRAMES = 15
        database = frappe_lite.Site(sys.argv[1]).database
        say("ready")
        sys.stdin.readline()
        for number in range(150):
            with database.transaction():
                database.execute("INSERT INTO __site VALUES (?, ?)", (sys.argv[2] + str(number), "x" * 2000))
            if number == 20:
                say("going")
        say("done")
    """
    children = [start_child(script, path, name, stdin=True) for name in "ab"]
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        output, errors = child.communicate(timeout=60)
        assert (output, child.returncode) == ("going\ndone\n", 0), errors
    with contextlib.closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT count(*) FROM __site WHERE length(value) = 2000").fetchone() == (300,)
    assert integrity(path) == "ok"


# --- F21: who may move the log ---


def test_no_connection_moves_the_log_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F21: wal_autocheckpoint is 0 on each connection that can write, also on that of a backup."""
    told: dict[int, list[str]] = {}
    connect = sqlite3.connect

    def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        made = connect(*arguments, **options)
        if "mode=ro" not in str(arguments[0]):
            made.set_trace_callback(told.setdefault(len(told), []).append)
        return made

    monkeypatch.setattr(sqlite3, "connect", watched)
    data = Database(tmp_path / "a.db")
    at_once(lambda: data.row("SELECT 1"), lambda: data.backup(tmp_path / "b.db"))
    data.close()
    assert len(told) == 4, "the first, two threads, a backup's copy"
    assert all("PRAGMA wal_autocheckpoint = 0" in statements for statements in told.values())


def test_a_checkpoint_takes_the_writers_turn(tmp_path: Path) -> None:
    """F21: it waits for whoever writes, in this process or another, and gives up as a writer does."""
    one, two = Database(tmp_path / "a.db", busy_timeout=0.05), None
    with one.transaction():
        one.execute(CREATE)
        one.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    two = Database(tmp_path / "a.db", busy_timeout=0.05)
    with one.transaction():
        one.execute("INSERT INTO t VALUES (1, 'x')")
        with pytest.raises(DatabaseBusyError):
            two.checkpoint()
    two.checkpoint()
    two.close()
    one.close()


def test_with_an_external_checkpoint_the_log_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F21: nothing moves it, not even close()."""
    monkeypatch.setattr(upkeep, "CHECKPOINT_FRAMES", 2)
    data = Database(tmp_path / "a.db", checkpoint="external")
    watcher = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    with data.transaction():
        data.execute(CREATE)
    watcher.execute("SELECT 1 FROM t").fetchall()
    for _ in range(20):
        with data.transaction():
            data.execute("INSERT INTO t (word) VALUES (?)", ["x" * 900])
    data.checkpoint(truncate=True)
    data.close()
    assert os.stat(tmp_path / "a.db-wal").st_size > 20 * 4096
    assert watcher.execute("SELECT count(*) FROM t").fetchone() == (20,)
    watcher.close()


# --- F22, F25: connections ---


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_nothing_is_carried_over(tmp_path: Path) -> None:
    """F22: the child has a connection and locks of its own: when its parent closes the file, its log stays where it is."""
    data = Database(tmp_path / "a.db")
    with data.transaction():
        data.execute(CREATE)
    before = data.connection
    (opened, say_opened), (closed, say_closed) = os.pipe(), os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # newer Pythons warn of a fork while threads of other tests are about
        child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            fresh = data.connection is not before and data.rows("SELECT word FROM t") == []
            os.write(say_opened, b"x")
            os.read(closed, 1)
            for _ in range(20):
                with data.transaction():
                    data.execute("INSERT INTO t (word) VALUES ('child')")
            status = 0 if fresh else 2
        os._exit(status)
    os.read(opened, 1)
    with data.transaction():
        data.execute("INSERT INTO t (word) VALUES ('parent')")
    data.close()
    os.write(say_closed, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for each in (opened, say_opened, closed, say_closed):
        os.close(each)
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as plain:
        assert [row[0] for row in plain.execute("SELECT word FROM t ORDER BY id")] == ["parent", *["child"] * 20]
    assert integrity(tmp_path / "a.db") == "ok"


def test_a_fork_in_a_transaction_gets_a_connection_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F22: what could not be closed before the fork is not used after it."""
    data = Database(tmp_path / "a.db")
    before = data.connection
    data.begin_read()
    data.rest()
    assert data.connection is before
    data.rollback()
    monkeypatch.setattr("frappe_lite.sqlite.connections.os.getpid", lambda: before.pid + 1)
    assert data.connection is not before
    monkeypatch.undo()
    data.close()


def test_a_connection_is_one_threads_at_a_time(tmp_path: Path) -> None:
    """F25: nobody is given one that another thread has, nor one that is in a transaction."""
    data = Database(tmp_path / "a.db")
    mine = data.connection
    (theirs,) = at_once(lambda: data.connection)
    assert theirs is not mine
    data.begin_read()
    data.give_back()
    (theirs,) = at_once(lambda: data.connection)
    assert theirs is not mine
    assert data.connection is mine
    data.rollback()
    data.give_back()
    first, second = at_once(*[functools.partial(held_connection, data, threading.Barrier(2))] * 2)
    assert mine in (first, second)
    assert first is not second
    data.close()


def held_connection(data: Database, both: threading.Barrier) -> Any:
    """The thread's connection, while another thread has one too."""
    connection = data.connection
    both.wait(DEADLINE)
    return connection


def test_threads_that_serve_one_after_another_share_a_connection(tmp_path: Path) -> None:
    """F25: memory goes by the requests that are answered at once, not by the server's threads."""
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)
    answers, end = [], threading.Event()

    def serve(answered: threading.Event) -> None:
        answers.append(client("POST /api/resource/Order", {}).status_code)
        answered.set()
        end.wait(DEADLINE)

    threads = []
    for _ in range(10):
        answered = threading.Event()
        threads.append(threading.Thread(target=serve, args=[answered]))
        threads[-1].start()
        assert answered.wait(DEADLINE)
    assert answers == [201] * 10
    assert len(site.database._all) <= 3  # this thread's, the one that they share, and one of the server's own jobs
    end.set()
    for each in threads:
        each.join()
    site.close()


def test_an_idle_connection_is_closed_before_a_fork(tmp_path: Path) -> None:
    """F22: as the thread's own is."""
    data = Database(tmp_path / "a.db")
    idle = data.connection
    data.give_back()
    data.rest()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        idle.sqlite.execute("SELECT 1")
    assert data.row("SELECT 1") == (1,)
    data.close()


def test_a_thread_takes_its_connection_along_when_it_ends(tmp_path: Path) -> None:
    """F25: a server that makes a thread for each request does not run out of descriptors."""
    data = Database(tmp_path / "a.db")
    for _ in range(40):
        at_once(lambda: data.row("SELECT 1"))
    assert len(data._all) <= 2
    data.close()


# --- F23: several processes ---


def test_two_sites_on_one_file_see_each_other(tmp_path: Path, orders: ApiClient) -> None:
    """F23: documents, DocTypes, roles and keys, at the next request."""
    other = frappe_lite.Site(str(tmp_path / "a.db"))
    there = second_client(orders, other)
    assert there("GET /api/resource/Gauge").status_code == 404
    fields = [{"fieldname": "level", "fieldtype": "Int"}]
    orders(
        "POST /api/resource/DocType",
        {"name": "Gauge", "module": "Custom", "custom": 1, "autoname": "prompt", "fields": fields},
    )
    assert there("POST /api/resource/Gauge", {"name": "one", "level": 5}).status_code == 201
    orders("PUT /api/resource/DocType/Gauge", {"fields": [*fields, {"fieldname": "unit", "fieldtype": "Data"}]})
    assert there("PUT /api/resource/Gauge/one", {"unit": "m"}).json["data"]["unit"] == "m"
    assert orders("GET /api/resource/Gauge/one").json["data"]["unit"] == "m"
    with other.acting() as ctx:
        auth.generate_keys(ctx, "Administrator")
    assert orders("GET /api/resource/Gauge/one").status_code == 401
    other.close()


# --- F24: the file goes away ---


@pytest.mark.parametrize("how", ["replaced", "deleted"])
@pytest.mark.parametrize("thread", ["one that knew it", "a new one"])
def test_the_file_went_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, thread: str) -> None:
    """F24: 503 for writes at once and for reads within a second; nothing is made in its place."""
    monkeypatch.setattr(connections, "SAME_FILE_SECONDS", 0.0)
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)
    assert client("GET /api/resource/Named").status_code == 200
    os.replace(tmp_path / "a.db", tmp_path / "moved.db")
    if how == "replaced":
        (tmp_path / "a.db").write_bytes((tmp_path / "moved.db").read_bytes())
    before = sorted(each.name for each in tmp_path.iterdir())

    def ask() -> list[int]:
        return [
            client(request, {"name": "x"} if "POST" in request else None).status_code
            for request in ("POST /api/resource/Named", "GET /api/resource/Named")
        ]

    assert (ask() if thread == "one that knew it" else at_once(ask)[0]) == [503, 503]
    assert sorted(each.name for each in tmp_path.iterdir()) == before
    site.close()


def test_the_file_is_looked_at_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F24: not at every read: that would cost each of them."""
    site = open_orders(tmp_path / "a.db")
    client, looks = ApiClient(site), []
    look = site.database.require_same_file
    monkeypatch.setattr(site.database, "require_same_file", lambda: (looks.append(1), look()))
    for _ in range(20):
        client("GET /api/resource/Named")
    assert len(looks) <= 2
    site.close()


# --- F27: requests that break ---


def test_a_request_that_breaks_leaves_nothing(tmp_path: Path, orders: ApiClient) -> None:
    """F27: whatever an app raises after it wrote: rolled back, the writer's turn given back, the connection clean."""

    class Broken(document.Document):
        def on_update(self) -> None:
            raise RuntimeError("a fault of the app")

    orders.site.controllers["Named"] = Broken
    orders.site.forget()
    with contextlib.suppress(RuntimeError):
        assert orders("POST /api/resource/Named", {"name": "x"}).status_code == 500
    connection = orders.site.database.connection
    assert (connection.mode, connection.sqlite.in_transaction) == ("", False)
    other = Database(tmp_path / "a.db", busy_timeout=0.05)
    other.begin_write()
    other.rollback()
    other.close()
    assert orders("GET /api/resource/Named").json["data"] == []


def test_a_body_that_breaks_off_leaves_nothing(orders: ApiClient) -> None:
    """F27: the client was gone before all of it came."""
    answer = orders("POST /api/resource/Named", data=b'{"name": "x"', headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert not orders.site.database.writing
    assert orders("GET /api/resource/Named").json["data"] == []
