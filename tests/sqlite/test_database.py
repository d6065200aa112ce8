"""The file and its transactions: what is kept, what is undone, what is refused untouched."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import frappe_lite
from frappe_lite.errors import DatabaseBusyError, QueryTimeoutError, ValidationError
from frappe_lite.sqlite import file, wal
from frappe_lite.sqlite.database import APPLICATION_ID, FORMAT_VERSION, Database, DatabaseRefused, UniqueViolation
from frappe_lite.store import Store

CREATE = "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT UNIQUE)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "a.db", busy_timeout=0.05)
    with made.transaction():
        made.execute(CREATE)
    yield made
    made.close()


def add(database: Database, *words: str) -> None:
    for word in words:
        database.execute("INSERT INTO t (word) VALUES (?)", [word])


def words(database: Database) -> list[str]:
    return [row[0] for row in database.rows("SELECT word FROM t ORDER BY id")]


def in_thread(function: Callable[[], Any]) -> Any:
    """What the function returns or raises in a thread of its own."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(function())
        except Exception as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=10)
    return result[0]


# --- transactions ---


class Abandoned(Exception):
    pass


def whole(database: Database) -> None:
    with database.transaction():
        add(database, "a")


def undone(database: Database) -> None:
    with pytest.raises(Abandoned), database.transaction():
        add(database, "a")
        raise Abandoned


def inner_undone(database: Database) -> None:
    with database.transaction():
        add(database, "a")
        with pytest.raises(Abandoned), database.transaction():
            add(database, "b")
            raise Abandoned
        add(database, "c")


def outer_undone(database: Database) -> None:
    with pytest.raises(Abandoned), database.transaction():
        with database.transaction():
            add(database, "a")
        raise Abandoned


def third_level_undone(database: Database) -> None:
    with database.transaction(), database.atomic():
        add(database, "a")
        with pytest.raises(Abandoned), database.atomic():
            add(database, "b")
            with database.atomic():
                add(database, "c")
            raise Abandoned


def siblings(database: Database) -> None:
    with database.transaction():
        for word in "abc":
            with database.atomic():
                add(database, word)


def atomic_alone(database: Database) -> None:
    with database.atomic():
        add(database, "a")
    database.rollback()


def atomic_then_commit(database: Database) -> None:
    with database.atomic():
        add(database, "a")
    database.commit()


def atomic_undone_alone(database: Database) -> None:
    with pytest.raises(Abandoned), database.atomic():
        add(database, "a")
        raise Abandoned
    database.commit()


def first_write_opens(database: Database) -> None:
    add(database, "a")
    database.rollback()


def first_part_undone(database: Database) -> None:
    database.begin_write()
    with pytest.raises(Abandoned), database.atomic():
        add(database, "a")
        raise Abandoned
    assert database.writing
    add(database, "b")
    database.commit()


def first_parts_of_first_parts_undone(database: Database) -> None:
    database.begin_write()
    with pytest.raises(Abandoned), database.atomic():
        for word in ("a", "b"):
            with pytest.raises(Abandoned), database.atomic():
                add(database, word)
                raise Abandoned
        with database.atomic():
            add(database, "c")
        raise Abandoned
    with database.atomic():
        add(database, "d")
        with pytest.raises(Abandoned), database.atomic():
            add(database, "e")
            raise Abandoned
    database.commit()


def second_part_undone(database: Database) -> None:
    database.begin_write()
    for word in ("a", "b"):
        with contextlib.suppress(Abandoned), database.atomic():
            add(database, word)
            if word == "b":
                raise Abandoned
    database.commit()


def schema_change_undone(database: Database) -> None:
    with pytest.raises(Abandoned), database.transaction():
        database.execute("CREATE TABLE later (x)")
        raise Abandoned
    assert not database.rows("SELECT name FROM sqlite_master WHERE name = 'later'")


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        pytest.param(whole, ["a"], id="a transaction is kept at its end"),
        pytest.param(undone, [], id="an error undoes it"),
        pytest.param(inner_undone, ["a", "c"], id="an error inside undoes the inner part only"),
        pytest.param(outer_undone, [], id="an inner part goes with the outer"),
        pytest.param(third_level_undone, ["a"], id="a middle level takes its inner one with it"),
        pytest.param(siblings, ["a", "b", "c"], id="parts one after the other"),
        pytest.param(atomic_alone, [], id="atomic alone is not kept by itself"),
        pytest.param(atomic_then_commit, ["a"], id="atomic is kept by commit"),
        pytest.param(atomic_undone_alone, [], id="atomic undoes on error"),
        pytest.param(
            first_part_undone, ["b"], id="the first part of a transaction is undone, and the transaction goes on"
        ),
        pytest.param(first_parts_of_first_parts_undone, ["d"], id="so are parts of the first part"),
        pytest.param(second_part_undone, ["a"], id="a later part leaves the first"),
        pytest.param(first_write_opens, [], id="the first write opens a transaction"),
        pytest.param(schema_change_undone, [], id="a table made is undone too"),
    ],
)
def test_what_is_kept(database: Database, steps: Callable[[Database], None], kept: list[str]) -> None:
    steps(database)
    assert in_thread(lambda: words(database)) == kept  # another connection: what is kept, not what is pending
    database.rollback()
    assert words(database) == kept
    assert not database.writing


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_ending_twice_does_no_harm(database: Database, end: str) -> None:
    add(database, "a")
    getattr(database, end)()
    getattr(database, end)()
    assert words(database) == (["a"] if end == "commit" else [])


def test_a_failed_statement_inside_a_part_leaves_the_rest_usable(database: Database) -> None:
    with database.transaction():
        add(database, "a")
        with pytest.raises(UniqueViolation), database.atomic():
            add(database, "b", "a")
        add(database, "c")
    assert words(database) == ["a", "c"]


def test_others_do_not_see_what_is_not_committed(database: Database) -> None:
    add(database, "a")
    assert in_thread(lambda: words(database)) == []
    database.commit()
    assert in_thread(lambda: words(database)) == ["a"]


def test_a_read_transaction_sees_one_state(database: Database) -> None:
    database.begin_read()
    assert words(database) == []
    in_thread(lambda: whole(database))
    assert words(database) == []
    database.rollback()
    assert words(database) == ["a"]


def test_a_read_that_turns_into_a_write_begins_anew_instead_of_failing(database: Database) -> None:
    """F18: SQLite refuses such an upgrade at once, however long the timeout."""
    database.begin_read()
    words(database)
    in_thread(lambda: whole(database))
    with database.transaction():
        add(database, "b")
    assert words(database) == ["a", "b"]


# --- errors ---


def test_a_unique_violation_names_table_and_column(database: Database) -> None:
    with database.transaction():
        add(database, "a")
    with pytest.raises(UniqueViolation) as raised:
        add(database, "a")
    database.rollback()
    assert (raised.value.table, raised.value.column) == ("t", "word")


@pytest.mark.parametrize(
    "value", [pytest.param(2**63, id="a number beyond 64 bits"), pytest.param("\ud800", id="half a character")]
)
@pytest.mark.parametrize("how", ["row", "rows", "execute", "query"])
def test_a_value_that_cannot_be_stored_is_a_validation_error(database: Database, how: str, value: Any) -> None:
    sql = "INSERT INTO t (word) VALUES (?)" if how == "execute" else "SELECT ?"
    with pytest.raises(ValidationError):
        getattr(database, how)(sql, [value])
    database.rollback()


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    database = Database(tmp_path / "slow.db", query_seconds=0.01)
    with pytest.raises(QueryTimeoutError):
        database.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n")
    assert database.rows("SELECT 1") == [(1,)]
    database.close()


@pytest.mark.parametrize("blocker", ["thread", "process"])
def test_a_writer_that_waits_too_long_is_told_so(database: Database, blocker: str) -> None:
    """F17: 503 and Retry-After; reads go on."""
    if blocker == "thread":
        add(database, "a")
        refused = in_thread(lambda: whole(database))
    else:  # anybody who knows nothing of our lock file
        other = sqlite3.connect(database.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused = in_thread(lambda: whole(database))
        other.close()
    assert isinstance(refused, DatabaseBusyError)
    assert (refused.http_status, dict(refused.headers)) == (503, {"Retry-After": "1"})
    assert in_thread(lambda: words(database)) == []
    database.rollback()
    whole(database)  # the lock was given back
    assert words(database) == ["a"]


def test_two_databases_on_one_file_take_turns(database: Database) -> None:
    with database.transaction():
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    second = Database(database.path, busy_timeout=0.05)
    add(database, "a")
    with pytest.raises(DatabaseBusyError):
        second.begin_write()
    database.commit()
    add(second, "b")
    second.commit()
    assert words(database) == ["a", "b"]
    second.close()


def test_a_file_replaced_under_the_server_is_not_written_to(database: Database, tmp_path: Path) -> None:
    """F24."""
    os.replace(database.path, tmp_path / "moved.db")
    Path(database.path).write_bytes(b"another file")
    with pytest.raises(DatabaseBusyError, match="replaced"):
        database.begin_write()
    assert Path(database.path).read_bytes() == b"another file"
    assert not database.writing


def test_data_version_tells_of_other_connections_only(database: Database) -> None:
    database.data_version_changed()
    whole(database)
    assert not database.data_version_changed()
    in_thread(lambda: more(database))
    assert database.data_version_changed()
    assert not database.data_version_changed()


def test_data_version_tells_of_a_commit_between_two_own_ones(database: Database) -> None:
    """SQLite is asked only if there was a commit of anybody since.

    Who commits oneself must not miss another's before it.
    """
    database.data_version_changed()
    in_thread(lambda: more(database))
    whole(database)
    assert database.data_version_changed()
    with database.transaction():
        add(database, "z")
    assert not database.data_version_changed()


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        pytest.param("SELECT word FROM t", False, id="SELECT"),
        pytest.param("WITH w AS (SELECT 'a' AS x) SELECT x FROM w", False, id="WITH that reads"),
        pytest.param("WITH w AS (SELECT 'a' AS x) INSERT INTO t (word) SELECT x FROM w", True, id="WITH that inserts"),
        pytest.param("with w as (select 1)\ndelete from t", True, id="WITH that deletes"),
        pytest.param("UPDATE t SET word = 'b'", True, id="UPDATE"),
    ],
)
def test_a_statement_of_an_app_that_writes_opens_a_transaction(database: Database, sql: str, writes: bool) -> None:
    """Outside one it would be kept at once, without the writer's turn and before the disk has it."""
    add(database, "z")
    database.commit()
    database.query(sql)
    assert database.writing == writes
    database.rollback()
    assert words(database) == ["z"]


def test_sqlite_is_not_asked_while_nobody_commits(database: Database) -> None:
    database.data_version_changed()
    asked: list[str] = []
    database.connection.sqlite.set_trace_callback(asked.append)
    assert not database.data_version_changed()
    assert (asked == []) == (wal.index_descriptor(database.path) is not None)
    in_thread(lambda: more(database))
    assert database.data_version_changed()
    assert asked == ["PRAGMA data_version"]


def more(database: Database) -> None:
    with database.transaction():
        add(database, "x", "y")


# --- the file ---


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        pytest.param("journal_mode", "wal", id="write-ahead log"),
        pytest.param("synchronous", 1, id="commits are synced by us: tests/faults/test_sync.py"),
        pytest.param("foreign_keys", 1, id="foreign keys"),
        pytest.param("trusted_schema", 0, id="no functions from the schema"),
        pytest.param("wal_autocheckpoint", 0, id="checkpoints are ours"),
        pytest.param("busy_timeout", 50, id="busy timeout"),
        pytest.param("temp_store", 2, id="temporary tables in memory"),
    ],
)
@pytest.mark.parametrize("where", ["first", "another thread"])
def test_every_connection_is_set_up(database: Database, where: str, pragma: str, value: Any) -> None:
    def ask() -> Any:
        return database.row(f"PRAGMA {pragma}")[0]

    assert (ask() if where == "first" else in_thread(ask)) == value


def test_synchronous_can_be_lowered(tmp_path: Path) -> None:
    database = Database(tmp_path / "n.db", synchronous="normal")
    assert database.row("PRAGMA synchronous")[0] == 1
    database.close()


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    connection.commit()
    connection.close()


def damaged(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("CREATE TABLE t (x)")
    connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 100)
    connection.commit()
    connection.close()
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    path.write_bytes(content)


REFUSED = [
    pytest.param(lambda path: path.write_bytes(b""), "empty", id="a zero-byte file"),
    pytest.param(lambda path: path.write_bytes(b"SQLite"), "not an SQLite database", id="a beginning only"),
    pytest.param(lambda path: path.write_bytes(os.urandom(8192)), "not an SQLite database", id="garbage"),
    pytest.param(
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 8192),
        "not an SQLite database",
        id="garbage behind the right head",
    ),
    pytest.param(foreign, "another program", id="another program's database"),
    pytest.param(newer, "newer", id="a newer format"),
    pytest.param(damaged, "damaged", id="a damaged page"),
]


@pytest.mark.parametrize(("make", "reason"), REFUSED)
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, make: Callable[[Path], Any], reason: str) -> None:
    """F09, F10, F46."""
    path = tmp_path / "x.db"
    make(path)
    with pytest.raises(DatabaseRefused, match=reason):
        Database(path)


@pytest.mark.parametrize(("make", "reason"), REFUSED)
def test_a_refused_file_is_not_touched(tmp_path: Path, make: Callable[[Path], Any], reason: str) -> None:
    """F09, F10: not a byte of it, not even the journal mode in its header."""
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(DatabaseRefused):
        Database(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["x.db"]


@pytest.mark.parametrize(
    ("free", "told"), [(0, "the disk has no room; make some"), (1 << 30, "the disk reports an error")]
)
def test_a_disk_that_does_not_answer_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, told: str
) -> None:
    """A full disk leaves no room for the index of the log: the file is whole, and no backup has to be restored."""
    path = tmp_path / "site.db"
    Database(str(path)).close()

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("frappe_lite.sqlite.file.sqlite3.connect", fails)
    monkeypatch.setattr("frappe_lite.sqlite.file.shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(DatabaseRefused, match=f"site.db cannot be opened: {told}"):
        file.check_file(str(path))


def test_a_path_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="not a folder"):
        Database(tmp_path / "nowhere" / "x.db")
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_is_marked_as_ours(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    assert database.is_new
    Store(database)
    database.close()
    again = Database(tmp_path / "x.db")
    assert not again.is_new
    assert (again.row("PRAGMA application_id")[0], again.row("PRAGMA user_version")[0]) == (
        APPLICATION_ID,
        FORMAT_VERSION,
    )
    again.close()


def test_a_start_that_was_cut_short_is_not_refused_for_ever(tmp_path: Path) -> None:
    """F01: killed between making the file and marking it, the next start begins anew."""
    Database(tmp_path / "x.db").close()
    site = frappe_lite.Site(str(tmp_path / "x.db"))
    assert site.store.value("built-in")
    site.close()


def test_memory_is_private_and_leaves_nothing() -> None:
    first, second = Database(":memory:"), Database(":memory:")
    with first.transaction():
        first.execute(CREATE)
    assert second.rows("SELECT name FROM sqlite_master") == []
    folder = Path(first.path).parent
    assert folder.is_dir()
    assert in_thread(lambda: first.rows("SELECT name FROM sqlite_master WHERE type = 'table'")) == [("t",)]
    first.close()
    second.close()
    assert not folder.exists()


def test_closing_leaves_one_file_with_everything(database: Database, tmp_path: Path) -> None:
    whole(database)
    database.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(database.path).read_bytes())
    plain = sqlite3.connect(copy)
    assert plain.execute("SELECT word FROM t").fetchall() == [("a",)]
    plain.close()


# --- backup ---


def test_a_backup_holds_what_is_committed(database: Database, tmp_path: Path) -> None:
    """F11, F12: complete in one file, though the newest rows are in the log still."""
    whole(database)
    seen: list[tuple[int, int]] = []
    database.backup(tmp_path / "backup.db", progress=lambda done, total: seen.append((done, total)))
    copy = sqlite3.connect(tmp_path / "backup.db")
    assert copy.execute("SELECT word FROM t").fetchall() == [("a",)]
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()
    assert seen
    assert seen[-1][0] == seen[-1][1]


def test_a_backup_replaces_an_older_one_and_leaves_no_part(database: Database, tmp_path: Path) -> None:
    (tmp_path / "backup.db").write_bytes(b"old")
    (tmp_path / "backup.db.partial").write_bytes(b"left over")
    database.backup(tmp_path / "backup.db")
    assert (tmp_path / "backup.db").read_bytes().startswith(b"SQLite format 3")
    assert not (tmp_path / "backup.db.partial").exists()


def test_a_backup_of_a_site_can_be_served(tmp_path: Path) -> None:
    site = frappe_lite.Site(str(tmp_path / "a.db"))
    site.database.backup(tmp_path / "b.db")
    site.close()
    again = frappe_lite.Site(str(tmp_path / "b.db"))
    with again.acting() as ctx:
        assert ctx.user_info("Administrator") is not None
    again.close()


def test_a_commit_inside_a_part_ends_the_part(database: Database) -> None:
    """App code commits in an event of a nested save: what follows is a transaction of its own, and no error."""
    with database.transaction():
        add(database, "before")
        with database.atomic():
            add(database, "in the part")
            database.commit()
            add(database, "after the commit")
    assert words(database) == ["before", "in the part", "after the commit"]


def test_an_error_after_a_commit_inside_a_part_is_told_as_it_is(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        add(database, "before")
        with database.atomic():
            database.commit()
            add(database, "after the commit")
            raise ZeroDivisionError
    assert words(database) == ["before"]


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        pytest.param("%" + "a" * 100 + "b%", True, id="a long pattern, whose steps are long"),
        pytest.param("%ab%", False, id="a short one"),
    ],
)
def test_the_time_of_a_statement_is_looked_at_after_a_few_steps_where_they_are_long(
    tmp_path: Path, pattern: str, ends: bool
) -> None:
    database = Database(tmp_path / "texts.db", query_seconds=1e-9)
    with database.transaction():
        database.execute("CREATE TABLE text (content TEXT)")
        database.execute_many("INSERT INTO text VALUES (?)", [("a" * 100,)] * 50)
    sql, looked = "SELECT content FROM text WHERE content LIKE ?", "SELECT count(*) FROM text"
    if ends:
        with pytest.raises(QueryTimeoutError):
            database.rows(sql, (pattern,))
    else:
        assert database.rows(sql, (pattern,)) == []
    assert database.rows(looked) == [(50,)]  # and as seldom as before for the next
    database.close()
