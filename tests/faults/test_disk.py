"""Disks that are full, read-only or lie; files that are damaged, foreign or copied wrongly."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from fault_tools import at_once, integrity, open_orders, run_child
from frappe_lite.command import cli
from frappe_lite.parts.files import contents as file_contents
from frappe_lite.sqlite import wal
from frappe_lite.sqlite.database import Database, DatabaseRefused


def words(path: Path) -> list[str]:
    database = Database(path)
    try:
        return [row[0] for row in database.rows("SELECT word FROM t ORDER BY id")]
    finally:
        database.close()


# --- the log ---

COMMITS = """
    site = frappe_lite.Site(sys.argv[1], synchronous=sys.argv[2])
    database = site.database
    site.database.checkpoint(truncate=True)
    with database.transaction():
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
    for number in range(50):
        with database.transaction():
            database.execute("INSERT INTO t (word) VALUES (?)", [f"{number}" + "x" * 900])
    die()
"""


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a site that was killed with 50 acknowledged commits in its log, by `synchronous`."""
    folders = {}
    for synchronous in ("full", "normal"):
        folders[synchronous] = tmp_path_factory.mktemp(synchronous)
        run_child(COMMITS, folders[synchronous] / "a.db", synchronous, status=-9)
    return folders


def copy_of(folder: Path, target: Path) -> tuple[Path, bytearray]:
    for each in folder.iterdir():
        if each.is_file() and not each.name.endswith("-shm"):
            shutil.copy(each, target / each.name)
    return target / "a.db", bytearray((target / "a.db-wal").read_bytes())


def test_everything_acknowledged_is_found_again(crashed: dict[str, Path], tmp_path: Path) -> None:
    """F01: the log of a killed process is read by the next."""
    path, _ = copy_of(crashed["full"], tmp_path)
    assert len(words(path)) == 50


@pytest.mark.parametrize("kept", [0.99, 0.8, 0.5, 0.1, 0.001])
def test_power_loss_cuts_off_the_log(crashed: dict[str, Path], tmp_path: Path, kept: float) -> None:
    """F06: whatever reached the disk is a prefix of the commits.

    Replayed by cutting the log, not by a disk that fails.
    """
    path, log = copy_of(crashed["normal"], tmp_path)
    (tmp_path / "a.db-wal").write_bytes(log[: int(len(log) * kept)])
    with contextlib.closing(sqlite3.connect(path)) as plain:
        if kept > 0.01:
            found = [row[0] for row in plain.execute("SELECT word FROM t ORDER BY id")]
            assert [word.rstrip("x") for word in found] == [str(number) for number in range(len(found))]
            assert (len(found) < 50) and (kept < 0.5 or len(found) > 20)
    assert integrity(path) == "ok"
    site = frappe_lite.Site(str(path))
    site.close()


def test_the_last_commit_was_torn(crashed: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """F07: the file opens, exactly the torn commit is gone, and since it had been acknowledged the log says so."""
    path, log = copy_of(crashed["full"], tmp_path)
    (tmp_path / "a.db-wal").write_bytes(log[:-100])
    assert len(words(path)) == 49
    assert "ends early" in caplog.text


def flip_middle(log: bytearray) -> bytearray:
    middle = len(log) // 2
    log[middle : middle + 100] = bytes(byte ^ 255 for byte in log[middle : middle + 100])
    return log


def flip_header(log: bytearray) -> bytearray:
    log[:16] = b"\xff" * 16
    return log


@pytest.mark.parametrize("damage", [flip_middle, flip_header])
def test_a_damaged_log_is_noticed(
    crashed: dict[str, Path], tmp_path: Path, damage: Callable[[bytearray], bytearray]
) -> None:
    """F08: SQLite reads up to the damage and says nothing.

    The mark beside the file knows better: nothing is served, nothing is touched.
    """
    path, log = copy_of(crashed["full"], tmp_path)
    (tmp_path / "a.db-wal").write_bytes(damage(log))
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    for _ in range(2):
        with pytest.raises(DatabaseRefused, match="pages of acknowledged commits cannot be read"):
            Database(path)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    (tmp_path / "a.db-lock").unlink()  # what the message says
    Database(path).close()


def test_a_commit_of_another_process_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F08: in its middle the log has pages that the index does not know, while the mark tells of an older log.

    Who starts just then waits for its end and looks again.
    """
    path = tmp_path / "a.db"
    Database(path).close()
    with contextlib.closing(Database(path)) as served:  # it has read, and not yet written
        with open(tmp_path / "a.db-lock", "wb") as lock:
            wal.acknowledge(lock.fileno(), wal.LogState(b"an older", 2, 4096))
        served.writer.acquire()
        (tmp_path / "a.db-wal").write_bytes(b"the half of a commit" * 9)
        looks, look = [], wal.missing_pages

        def looked(*asked: Any) -> tuple[int, bool]:
            looks.append(look(*asked))
            if len(looks) == 1:  # the other one goes on as soon as this one has seen it
                (tmp_path / "a.db-wal").write_bytes(b"")
                served.writer.release()
            return looks[-1]

        monkeypatch.setattr(wal, "missing_pages", looked)
        Database(path).close()
    assert looks == [(2, False), (0, False)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: sqlite3.connect(path).execute("SELECT 1").connection.close(), id="looked at"),
        pytest.param(lambda path: Database(path).close(), id="closed"),
        pytest.param(
            lambda path: (
                contextlib.closing(sqlite3.connect(path))
                .__enter__()
                .execute("PRAGMA wal_checkpoint(TRUNCATE)")
                .connection.close()
            ),
            id="moved",
        ),
        pytest.param(lambda path: Path(f"{path}-lock").unlink(), id="no mark"),
        pytest.param(lambda path: Path(f"{path}-lock").write_bytes(b"something else"), id="another mark"),
    ],
)
def test_a_sound_log_raises_no_alarm(crashed: dict[str, Path], tmp_path: Path, change: Callable[[Path], Any]) -> None:
    """F08: other programs may have moved the log into the file, or written to it; the mark may be gone."""
    path, _ = copy_of(crashed["full"], tmp_path)
    change(path)
    assert len(words(path)) == 50


def test_a_log_that_began_anew_raises_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F08: after each checkpoint the log is shorter than the mark was."""
    monkeypatch.setattr("frappe_lite.sqlite.upkeep.CHECKPOINT_FRAMES", 12)
    first = frappe_lite.Site(str(tmp_path / "a.db"))
    for number in range(60):
        first.store.set_value(f"key {number}", "x" * 3000)
        first.database.commit()
        if number % 7 == 0:
            frappe_lite.Site(str(tmp_path / "a.db")).database._first.sqlite.close()
    first.close()


# --- damaged and foreign files: tests/test_database.py has the table of what is refused ---


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100], ids=["zero bytes", "text"])
def test_serve_does_not_start_on_another_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """F10: a sentence and a status, no trace, and the file as it was."""
    path = tmp_path / "a.db"
    path.write_bytes(content)
    assert cli.main(["serve", "--port", "0", "--database", str(path)]) == 1
    assert "is not an SQLite database" in capsys.readouterr().err
    assert path.read_bytes() == content


def test_serve_does_not_start_on_a_damaged_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """F09: a page in the middle was overwritten: not served, and not repaired."""
    path = tmp_path / "a.db"
    open_orders(path).close()
    content = bytearray(path.read_bytes())
    content[20 * 4096 : 24 * 4096] = b"\xaa" * 4 * 4096
    path.write_bytes(content)
    assert cli.main(["serve", "--port", "0", "--database", str(path)]) == 1
    assert "damaged" in capsys.readouterr().err
    assert path.read_bytes() == content


# --- copies ---


def test_a_copy_without_its_log_is_broken_and_a_backup_is_not(tmp_path: Path) -> None:
    """F11: what cp leaves out is what backup() puts in."""
    site = open_orders(tmp_path / "a.db")
    site.database.checkpoint()
    with site.acting():
        frappe_lite.get_doc({"doctype": "Named", "name": "new"}).insert()
    with open(tmp_path / "a.db", "rb", opener=lambda path, flags: os.open(path, flags)) as source:
        (tmp_path / "copy.db").write_bytes(source.read())
    site.database.backup(tmp_path / "backup.db")

    def names(path: Path) -> list[tuple[str]]:
        with contextlib.closing(sqlite3.connect(path)) as plain:
            return plain.execute("SELECT name FROM tabNamed").fetchall()

    assert (names(tmp_path / "copy.db"), names(tmp_path / "backup.db")) == ([], [("new",)])
    site.close()


def test_a_backup_while_eight_write(tmp_path: Path) -> None:
    """F12: it is whole and a prefix of the commits, and no writer waited for a second."""
    site = open_orders(tmp_path / "a.db")
    waited: list[float] = []

    def write() -> None:
        for _ in range(15):
            started = time.monotonic()
            site.store.set_value(
                "counter", int(site.store.value("counter") or 0) + 1
            ) if site.database.begin_write() is None else None
            site.database.commit()
            waited.append(time.monotonic() - started)

    def back_up() -> None:
        for number in range(5):
            site.database.backup(tmp_path / f"{number}.db")

    results = at_once(*[write] * 8, back_up)
    assert results == [None] * 9
    assert site.store.value("counter") == 120
    site.close()
    for number in range(5):
        assert integrity(tmp_path / f"{number}.db") == "ok"
        copy = frappe_lite.Site(str(tmp_path / f"{number}.db"))
        assert 0 <= int(copy.store.value("counter") or 0) <= 120
        copy.close()
    assert max(waited) < 1.0


# --- full ---


def test_the_database_is_full(tmp_path: Path) -> None:
    """F13: 507 and nothing of the document; reads go on; with space again so do writes.

    SQLite has rolled back by itself by then.
    """
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)
    pages = site.database.row("PRAGMA page_count")[0]
    site.database.row(f"PRAGMA max_page_count = {pages + 3}")
    answers = [
        client("POST /api/resource/Order", {"notes": "x" * 3000, "rows": [{"number": 1}] * 20}) for _ in range(6)
    ]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert refused and all(
        (answer.status_code, answer.json["exc_type"]) == (507, "StorageFullError") for answer in refused
    )
    kept = client("GET /api/resource/Order?limit_page_length=0").json["data"]
    assert len(kept) == len(answers) - len(refused)
    assert site.database.row('SELECT count(*) FROM "tabRow"') == (20 * len(kept),)
    site.database.row(f"PRAGMA max_page_count = {pages + 1000}")
    assert client("POST /api/resource/Order", {"notes": "x" * 3000}).status_code == 201
    site.close()
    assert integrity(tmp_path / "a.db") == "ok"


def test_the_disk_is_full(tmp_path: Path) -> None:
    """F13, F14: no file may grow.

    Documents and uploads are refused with 507, nothing is left of them, reads go on, and later all is well.
    """
    script = """
        import base64
        from pathlib import Path
        from conftest import ApiClient
        site = open_orders(sys.argv[1])
        client = ApiClient(site)
        def limit(size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        def upload():
            content = base64.b64encode(os.urandom(3_000_000)).decode()
            return client("POST /api/resource/File", {"file_name": "big.bin", "content": content, "decode": 1}).status_code
        def create():
            return client("POST /api/resource/Order", {"notes": "x" * 50_000, "rows": [{"number": 1}] * 20}).status_code
        say(create(), upload())
        limit(os.path.getsize(sys.argv[1] + "-wal") + 4120 * 3)
        say(create(), upload(), client("GET /api/resource/Order").status_code)
        say(len(client("GET /api/resource/Order").json["data"]), site.database.row('SELECT count(*) FROM tabRow')[0])
        say(site.database.row("SELECT count(*) FROM tabFile WHERE file_name = 'big.bin'")[0], len([each for each in Path(sys.argv[1] + "-files").rglob("*") if each.is_file()]))
        limit(resource.RLIM_INFINITY)
        say(create(), upload())
        site.close()
    """
    assert run_child(script, tmp_path / "a.db") == ["201 201", "507 507 200", "1 20", "1 1", "201 201"]
    assert integrity(tmp_path / "a.db") == "ok"


# --- read-only ---


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are for their owner only, and each run that begins sees to it."""
    with tempfile.TemporaryDirectory(prefix="frappe_lite-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_folder_that_cannot_be_written_to_is_refused(reachable: Path) -> None:
    """F15: at the start, with a sentence."""
    open_orders(reachable / "a.db").close()
    (reachable / "a.db").chmod(0o444)
    reachable.chmod(0o555)
    script = """
        from frappe_lite.command import cli
        frappe_lite.Site().close()
        as_nobody()
        sys.stderr = sys.stdout
        say(cli.main(["doctypes", "--database", sys.argv[1]]))
    """
    *_, status = run_child(script, reachable / "a.db")
    reachable.chmod(0o755)
    assert status == "1"


def test_a_file_that_became_read_only_is_read_and_not_written(reachable: Path) -> None:
    """F15: new connections can read only: writes are 503, reads go on, and it passes."""
    path = reachable / "a.db"
    open_orders(path).close()
    for each in reachable.iterdir():
        each.chmod(0o666)
    reachable.chmod(0o777)
    script = """
        from conftest import ApiClient
        if os.getuid() == 0:
            for each in os.listdir(os.path.dirname(sys.argv[1])):
                os.chown(os.path.join(os.path.dirname(sys.argv[1]), each), 65534, 65534)
        early = ApiClient(open_orders())
        early("POST /api/resource/Named", {"name": "x"})  # imports what is imported late
        early.site.close()
        as_nobody()
        client = ApiClient(open_orders(sys.argv[1]))
        def ask():
            made, read = client("POST /api/resource/Named", {"name": str(len(said))}), client("GET /api/resource/Named")
            said.append(made)
            say(made.status_code, read.status_code, made.json.get("exc_type"))
        def ask_in_thread():  # with a connection of its own; those that are open may go on writing
            while client.site.database._idle:
                kept.append(client.site.database._idle.pop())
            client.site.database.connection
            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()
        said, kept = [], []
        ask()
        os.chmod(sys.argv[1], 0o444)
        ask_in_thread()
        os.chmod(sys.argv[1], 0o666)
        ask_in_thread()
        client.site.close()
    """
    assert run_child(script, path) == ["201 200 None", "503 200 InReadOnlyMode", "201 200 None"]


# --- errors of the disk ---


class FailingCommit:
    """A connection whose COMMIT fails once, as after an fsync that did."""

    def __init__(self, sqlite: Any):
        self._sqlite, self.failed = sqlite, False

    def execute(self, sql: str, *params: Any) -> Any:
        if sql == "COMMIT" and not self.failed:
            self.failed = True
            raise sqlite3.OperationalError("disk I/O error")
        return self._sqlite.execute(sql, *params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqlite, name)


def test_a_failed_sync_is_never_a_success(tmp_path: Path) -> None:
    """F16: the request fails, and its connection with it: the next begins with what the disk has."""
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)
    before = site.database.connection
    before.sqlite = FailingCommit(before.sqlite)  # type: ignore[assignment]
    answer = client("POST /api/resource/Named", {"name": "one"})
    assert (answer.status_code, answer.json["exc_type"]) == (507, "StorageFullError")
    assert before.sqlite.failed
    assert site.database.connection is not before
    assert client("POST /api/resource/Named", {"name": "two"}).status_code == 201
    assert [row["name"] for row in client("GET /api/resource/Named").json["data"]] == ["two"]
    site.close()


# --- contents of files ---


def test_what_killed_uploads_left_is_swept(tmp_path: Path) -> None:
    """F03: after a day, when a site opens; what is being written now stays."""
    folder = tmp_path / "a.db-files" / "ab"
    folder.mkdir(parents=True)
    old, young = folder / "ab1.x.partial", folder / "ab2.x.partial"
    for each in (old, young):
        each.write_bytes(b"part")
    os.utime(old, (0, time.time() - file_contents.SWEEP_SECONDS - 60))
    frappe_lite.Site(str(tmp_path / "a.db")).close()
    assert list(folder.iterdir()) == [young]


def test_content_that_is_uploaded_again_while_its_last_file_goes_stays(tmp_path: Path) -> None:
    """F34: between the commit of a deletion and the removal of its content somebody uploads the same."""
    site = frappe_lite.Site(str(tmp_path / "a.db"))
    client, other = ApiClient(site), ApiClient(site, None)
    other.headers = client.headers

    def upload(client: ApiClient, name: str) -> Any:
        return client(
            "POST /api/method/upload_file", data={"is_private": "1", "file": (io.BytesIO(b"same"), name)}
        ).json["message"]

    first = upload(client, "a.txt")
    commit, raced = site.database.commit, []

    def commit_and_let_somebody_in() -> None:
        commit()
        if not raced and site.database.row("SELECT 1 FROM tabFile WHERE name = ?", (first["name"],)) is None:
            raced.append(None)
            raced[:] = at_once(lambda: upload(other, "b.txt"))

    site.database.commit = commit_and_let_somebody_in  # type: ignore[method-assign]
    assert client(f"DELETE /api/resource/File/{first['name']}").status_code == 202
    assert client(f"GET {raced[0]['file_url']}").data == b"same"
    site.close()
