"""What is acknowledged is on the disk, and several commits get there by one sync (F06, F16)."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from fault_tools import integrity, open_orders
from frappe_lite.errors import InReadOnlyMode, StorageFullError
from frappe_lite.sqlite import wal
from frappe_lite.sqlite.database import APPLICATION_ID, Database


class Disk:
    """Stands for the system's sync; `before` and `after` are called around each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.syncs = 0
        self.before: Callable[[], Any] = lambda: None
        self.after: Callable[[], Any] = lambda: None
        self._real = wal._sync
        monkeypatch.setattr(wal, "_sync", self.sync)

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        self.before()
        self._real(descriptor)
        self.after()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = Database(tmp_path / "a.db")
    with database.transaction():
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute("CREATE TABLE t (word TEXT)")
    yield database
    database.close()


def add(database: Database, *words: str) -> None:
    for word in words:
        with database.transaction():
            database.execute("INSERT INTO t VALUES (?)", [word])


def threads(works: list[Callable[[], None]]) -> list[threading.Thread]:
    found = [threading.Thread(target=work) for work in works]
    for each in found:
        each.start()
    return found


def test_each_acknowledged_commit_is_in_what_was_synced(database: Database, disk: Disk, tmp_path: Path) -> None:
    """F06: of eight writers, with the power cut after any sync.

    What a sync finds is what the disk has, and nothing that came later.
    """
    on_disk: list[Path] = []
    acknowledged: list[tuple[str, int]] = []  # a word, and how many syncs had ended by then

    def target() -> Path:
        return tmp_path / f"disk-{len(on_disk)}"

    def look() -> None:
        target().mkdir()
        for name in ("a.db", "a.db-wal"):
            shutil.copy(tmp_path / name, target() / name)

    def write(writer: int) -> None:
        for number in range(6):
            add(database, f"{writer}-{number}")
            acknowledged.append((f"{writer}-{number}", len(on_disk)))

    disk.before, disk.after = look, lambda: on_disk.append(target())
    for each in threads([lambda writer=writer: write(writer) for writer in range(8)]):  # type: ignore[misc]
        each.join()
    assert len(acknowledged) == 48
    contents = []
    for folder in on_disk:
        connection = sqlite3.connect(folder / "a.db")
        contents.append({word for (word,) in connection.execute("SELECT word FROM t")})
        connection.close()
    for word, syncs in acknowledged:
        assert any(word in content for content in contents[:syncs])


def test_a_commit_that_may_be_kept_soon_waits_for_nobody(database: Database, disk: Disk) -> None:
    """F06: it is on the disk with the next commit of anybody, or when somebody asks for that."""
    with database.soon():
        add(database, "a")
        assert disk.syncs == 0
    database.sync()
    database.sync()
    assert disk.syncs == 1
    with database.soon():
        add(database, "b")
    add(database, "c")
    database.sync()
    assert disk.syncs == 2


def test_what_was_to_be_kept_soon_is_told_when_the_disk_fails(database: Database, disk: Disk) -> None:
    """F16."""

    def fail() -> None:
        raise OSError(errno.EIO, "no")

    disk.before = fail
    with database.soon():
        add(database, "a")
    with pytest.raises(StorageFullError):
        database.sync()
    with pytest.raises(InReadOnlyMode):
        add(database, "b")


def test_who_comes_while_the_disk_is_busy_shares_the_next_sync(database: Database, disk: Disk) -> None:
    """F06: no commit is answered by a sync that began before it."""
    busy, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        busy.set()
        assert go_on.wait(10)

    disk.before = hold
    first = threads([lambda: add(database, "first")])
    assert busy.wait(10)
    disk.before = lambda: None
    others = threads([lambda word=word: add(database, word) for word in "abcde"])  # type: ignore[misc]
    while database.row("SELECT count(*) FROM t")[0] < 6:  # committed, and waiting for the disk
        pass
    assert all(each.is_alive() for each in first + others)
    go_on.set()
    for each in first + others:
        each.join()
    assert disk.syncs == 2


def test_one_after_another_each_has_a_sync_of_its_own(database: Database, disk: Disk) -> None:
    """F06: nothing is put off for who comes alone."""
    add(database, "a", "b", "c")
    assert disk.syncs == 3


@pytest.mark.parametrize(
    "do",
    [
        lambda database: database.row("SELECT 1"),
        lambda database: database.rollback(),
        lambda database: database.commit(),
    ],
)
def test_what_writes_nothing_is_not_synced(database: Database, disk: Disk, do: Callable[[Database], Any]) -> None:
    """F06: reads do not wait for the disk."""
    do(database)
    assert disk.syncs == 0


@pytest.mark.parametrize("synchronous", ["normal", "off"])
def test_less_than_full_does_not_wait_for_the_disk(tmp_path: Path, disk: Disk, synchronous: str) -> None:
    """F06: that is what they are chosen for."""
    database = Database(tmp_path / "b.db", synchronous=synchronous)
    with database.transaction():
        database.execute("CREATE TABLE t (word TEXT)")
    add(database, "a")
    database.close()
    assert disk.syncs == 0


def test_the_log_was_made_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06: before a fork connections are closed, with the last of them the log goes, and the next commit is in another
    file.
    """
    synced: list[int] = []
    monkeypatch.setattr(wal, "_sync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    add(database, "a")
    database.rest()
    keeper = os.open(database.path, os.O_RDONLY)  # so that no number of a file is used again
    add(database, "b")
    os.close(keeper)
    assert synced[-1] == os.stat(database.path + "-wal").st_ino


def test_the_disk_fails(database: Database, disk: Disk) -> None:
    """F16: after a failed sync the system may have dropped what it could not write, so what came after it might be cut
    off at the next start.
    """

    def fail() -> None:
        raise OSError(errno.EIO, "Input/output error")

    add(database, "kept")
    disk.before = fail
    with pytest.raises(StorageFullError, match="look whether the change was kept"):
        add(database, "unknown")
    disk.before = lambda: None
    with pytest.raises(InReadOnlyMode, match="restart"):
        add(database, "refused")
    assert ("kept",) in database.rows("SELECT word FROM t")
    assert ("refused",) not in database.rows("SELECT word FROM t")
    database.close()
    again = Database(database.path)
    add(again, "later")
    assert {"kept", "later"} <= {word for (word,) in again.rows("SELECT word FROM t")}
    again.close()
    assert integrity(Path(database.path)) == "ok"


def test_the_disk_fails_under_a_request(tmp_path: Path, disk: Disk) -> None:
    """F16: the writer hears 507, later ones 503; reading goes on."""
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)

    def fail() -> None:
        if threading.current_thread() is threading.main_thread():  # not the server's own jobs
            raise OSError(errno.EIO, "Input/output error")

    assert client("POST /api/resource/Named", {"name": "zero"}).status_code == 201
    disk.before = fail
    answers = [client("POST /api/resource/Named", {"name": name}) for name in ("one", "two")]
    assert [(answer.status_code, answer.json["exc_type"]) for answer in answers] == [
        (507, "StorageFullError"),
        (503, "InReadOnlyMode"),
    ]
    assert client("GET /api/resource/Named/zero").status_code == 200
    site.close()
    again = frappe_lite.Site(str(tmp_path / "a.db"))
    again.close()
