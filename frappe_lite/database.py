"""One SQLite file: connections, transactions, locks, checkpoints. Knows SQL, but no document.

One connection a thread, opened after any fork; one writer at a time, in this process by a lock and across processes by
a lock on a file beside the database; everything explicit (`isolation_level=None`), nothing of the driver's own.

    with database.transaction():            BEGIN IMMEDIATE … COMMIT, or a savepoint inside one
        database.execute("INSERT …", […])   outside a transaction the first write opens one; commit() or rollback() ends it

Why so: see docs/reliability.md. In short: a read that turns into a write fails at once however long the timeout
(SQLITE_BUSY_SNAPSHOT), and SQLite before 3.51.3 can lose data when a checkpoint races a commit.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote

from .errors import (
    DatabaseBusyError,
    FrappeError,
    InReadOnlyMode,
    QueryTimeoutError,
    StorageFullError,
    ValidationError,
)

try:
    import fcntl
except ImportError:  # Windows: one process at a time there, see docs/reliability.md
    fcntl = None  # type: ignore[assignment]

APPLICATION_ID = 0x46724C74  # "FrLt"
FORMAT_VERSION = 1
CHECKPOINT_FRAMES = 4096
"""Pages in the log, 16 MB of them, that the next commit moves into the file."""
FIRST_CHECKPOINT = 512
"""Commits before the first checkpoint, which tells how much a commit writes here."""
_PAGE = 4096
QUICK_CHECK_BYTES = 64 * 1024 * 1024
"""Above this size a start does not read the whole file."""


class DatabaseRefused(Exception):
    """The file is not one that this program may open. The text says why; the file was not touched."""


class UniqueViolation(Exception):
    """A UNIQUE constraint was violated; `column` says which."""

    def __init__(self, table: str, column: str):
        super().__init__(f"{table}.{column}")
        self.table, self.column = table, column


class _Connection:
    """A thread's connection and where its transaction stands."""

    def __init__(self, database: Database):
        self.pid = os.getpid()
        self.sqlite = sqlite3.connect(database.path, timeout=database.busy_timeout, isolation_level=None, cached_statements=512)
        self.mode = ""  # "", "read" or "write"
        self.savepoints = 0
        self.deadline = 0.0
        self.data_version = -1
        execute = self.sqlite.execute
        execute(f"PRAGMA busy_timeout = {int(database.busy_timeout * 1000)}")  # first: the switch to WAL can be busy itself
        execute("PRAGMA journal_mode = WAL")
        execute(f"PRAGMA synchronous = {database.synchronous}")
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA temp_store = MEMORY")
        execute("PRAGMA trusted_schema = OFF")
        execute("PRAGMA journal_size_limit = 209715200")
        execute("PRAGMA wal_autocheckpoint = 0")  # checkpoints are ours, under the writer's lock
        self.sqlite.set_progress_handler(self._out_of_time, 100_000)

    def _out_of_time(self) -> int:
        return int(self.deadline and time.monotonic() > self.deadline)


class Database:
    """The file at `path`; ":memory:" is a private file that goes with the object, and begins as `template`. `synchronous` is full, normal or off."""

    def __init__(self, path: str | os.PathLike[str], synchronous: str = "full", busy_timeout: float = 5.0, query_seconds: float = 10.0, template: bytes = b""):
        self._folder = tempfile.TemporaryDirectory(prefix="frappe_lite-") if os.fspath(path) == ":memory:" else None
        self.path = os.path.join(self._folder.name, "memory.db") if self._folder else os.fspath(path)
        self.in_memory = self._folder is not None
        self.synchronous = "OFF" if self.in_memory else synchronous.upper()
        self.busy_timeout, self.query_seconds = busy_timeout, query_seconds
        self._local = threading.local()
        self._writer = threading.Lock()
        self._lock_file: int | None = None
        self._lock_pid = 0
        self._commits, self._checkpoint_at, self._largest_log = 0, FIRST_CHECKPOINT, CHECKPOINT_FRAMES * _PAGE  # when the log is emptied next
        self._all: list[_Connection] = []
        if template and self.in_memory:
            Path(self.path).write_bytes(template)
        self.is_new = not template if self.in_memory else _check_file(self.path)
        self._connect()
        self._identity = self._file_identity()

    # --- connections ---

    def _connect(self) -> _Connection:
        try:
            connection = _Connection(self)
        except sqlite3.DatabaseError as error:
            raise DatabaseRefused(f"{self.path} cannot be opened as a database: {error}") from None
        self._local.connection = connection
        self._all.append(connection)
        return connection

    @property
    def connection(self) -> _Connection:
        """This thread's connection, opened on first use and again after a fork."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None or connection.pid != os.getpid():
            connection = self._connect()
        return connection

    def _file_identity(self) -> tuple[int, int]:
        found = os.stat(self.path)
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Checkpoint and close. The object is of no use afterwards."""
        with contextlib.suppress(FrappeError, sqlite3.Error):
            self.checkpoint(truncate=True)
        for connection in self._all:
            with contextlib.suppress(sqlite3.Error):  # another thread's: closed when that thread ends
                connection.sqlite.close()
        self._all.clear()
        if self._lock_file is not None and self._lock_pid == os.getpid():
            os.close(self._lock_file)
            self._lock_file = None
        if self._folder:
            self._folder.cleanup()

    def data_version_changed(self) -> bool:
        """Whether another connection has committed since this thread last asked."""
        connection = self.connection
        version = connection.sqlite.execute("PRAGMA data_version").fetchone()[0]
        changed = bool(version != connection.data_version)
        connection.data_version = version
        return changed

    # --- statements ---

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """All rows of a query, as tuples."""
        connection = self.connection
        connection.deadline = time.monotonic() + self.query_seconds
        try:
            return connection.sqlite.execute(sql, params).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _translated(error) from error
        finally:
            connection.deadline = 0.0

    def row(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first row of a query as a tuple, or None. For lookups: no time limit."""
        try:
            return self.connection.sqlite.execute(sql, params).fetchone()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _translated(error) from error

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> tuple[list[str], list[Any]]:
        """Column names and rows of any statement; a writing one opens the transaction. For app code's own SQL."""
        if not re.match(r"\s*(SELECT|WITH|EXPLAIN|VALUES)\b", sql, re.IGNORECASE):
            self.begin_write()
        connection = self.connection
        connection.deadline = time.monotonic() + self.query_seconds
        try:
            cursor = connection.sqlite.execute(sql, params)
            return [column[0] for column in cursor.description or ()], cursor.fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _translated(error) from error
        finally:
            connection.deadline = 0.0

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run a writing statement; how many rows it changed. Raises UniqueViolation."""
        self.begin_write()
        try:
            return self.connection.sqlite.execute(sql, params).rowcount
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _translated(error) from error

    def execute_many(self, sql: str, params: Sequence[Sequence[Any]]) -> None:
        """Run a writing statement for each of the rows."""
        self.begin_write()
        try:
            self.connection.sqlite.executemany(sql, params)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _translated(error) from error

    # --- transactions ---

    @property
    def writing(self) -> bool:
        """Whether this thread holds the writer's lock."""
        return self.connection.mode == "write"

    def begin_read(self) -> None:
        """All reads from here on see one state of the database, until commit() or rollback()."""
        connection = self.connection
        if not connection.mode:
            connection.sqlite.execute("BEGIN")
            connection.mode = "read"

    def begin_write(self) -> None:
        """Become the writer, if this thread is not yet. Raises DatabaseBusyError after `busy_timeout` seconds."""
        connection = self.connection
        if connection.mode == "write":
            return
        if connection.mode == "read":
            self.rollback()  # a read cannot become a write; what is saved is read again inside
        self._take_writer()
        try:
            if not self.in_memory and self._file_identity() != self._identity:
                raise DatabaseBusyError.told("The database file was replaced while the server was running; restart it")
            connection.sqlite.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, OSError, FrappeError) as error:
            self._give_writer()
            raise _translated(error) from error
        connection.mode = "write"

    def _take_writer(self) -> None:
        deadline = time.monotonic() + self.busy_timeout
        if not self._writer.acquire(timeout=self.busy_timeout):
            raise DatabaseBusyError.told("The database is busy with other writes; try again")
        if fcntl is None or self.in_memory:
            return
        try:
            while True:
                try:
                    fcntl.flock(self._lock_descriptor(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise DatabaseBusyError.told("Another process is writing to the database; try again") from None
                    time.sleep(0.001)
        except BaseException:
            self._writer.release()
            raise

    def _lock_descriptor(self) -> int:
        if self._lock_file is None or self._lock_pid != os.getpid():  # a lock inherited over a fork would be shared
            try:
                self._lock_file = os.open(self.path + "-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError:
                raise InReadOnlyMode.told("The folder of the database cannot be written to") from None
            self._lock_pid = os.getpid()
        return self._lock_file

    def _give_writer(self) -> None:
        if fcntl is not None and not self.in_memory and self._lock_file is not None:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)
        self._writer.release()

    def commit(self) -> None:
        """Keep what was written. Raises and rolls back if it cannot be kept."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Forget what was written."""
        self._end("ROLLBACK")

    def _end(self, how: str) -> None:
        connection = self.connection
        mode, connection.savepoints = connection.mode, 0
        if not mode:
            return
        try:
            if connection.sqlite.in_transaction:  # after a full disk SQLite has rolled back by itself already
                connection.sqlite.execute(how)
            elif how == "COMMIT" and mode == "write":
                raise StorageFullError.told("The database could not keep the change; nothing was written")
            if how == "COMMIT" and mode == "write":
                self._checkpoint_if_due(connection)
        except sqlite3.Error as error:
            if connection.sqlite.in_transaction:
                connection.sqlite.execute("ROLLBACK")
            raise _translated(error) from error
        finally:
            connection.mode = ""
            if mode == "write":
                self._give_writer()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A whole transaction, kept at the end and undone by an error; inside one that is open, a part of it."""
        outermost = not self.writing
        with self.atomic():
            yield
        if outermost:
            self.commit()

    @contextlib.contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing, but kept only with the transaction around it, which this opens if there is none."""
        connection = self.connection
        if connection.mode != "write":
            self.begin_write()
            try:
                yield
            except BaseException:
                self.rollback()
                raise
            return
        connection.savepoints += 1
        name = f"savepoint_{connection.savepoints}"
        connection.sqlite.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if connection.sqlite.in_transaction:
                connection.sqlite.execute(f"ROLLBACK TO {name}")
                connection.sqlite.execute(f"RELEASE {name}")
            raise
        if connection.sqlite.in_transaction:
            connection.sqlite.execute(f"RELEASE {name}")

    # --- upkeep ---

    def _checkpoint_if_due(self, connection: _Connection) -> None:
        """Empty the log when it holds about CHECKPOINT_FRAMES. Never waits: what a reader still needs stays for the next time.

        The log's file is kept and written over, for growing it anew costs half of a commit more. So its size says little:
        how many frames a commit writes is learnt from one checkpoint to the next.
        """
        self._commits += 1
        if self._commits < self._checkpoint_at and (self._commits % 16 or self._log_size() < self._largest_log):
            return
        execute = connection.sqlite.execute
        try:
            execute("PRAGMA busy_timeout = 0")
            busy, frames, _ = execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error:
            busy, frames = 1, 0
        finally:
            execute(f"PRAGMA busy_timeout = {int(self.busy_timeout * 1000)}")
        each = max(frames, 1) / self._commits
        self._checkpoint_at = max(1, int(CHECKPOINT_FRAMES / (4 if busy else 1) / each))
        self._largest_log, self._commits = self._log_size() + 2 * CHECKPOINT_FRAMES * _PAGE, 0

    def _log_size(self) -> int:
        try:
            return os.stat(self.path + "-wal").st_size
        except OSError:
            return 0

    def checkpoint(self, truncate: bool = False) -> None:
        """Move the write-ahead log into the file, as the only writer."""
        self._take_writer()
        try:
            self.connection.sqlite.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if truncate else 'PASSIVE'})").fetchone()
        finally:
            self._give_writer()

    def backup(self, target: str | os.PathLike[str], progress: Callable[[int, int], None] | None = None) -> None:
        """A consistent copy while serving: complete under its name, or absent."""
        partial = Path(f"{os.fspath(target)}.partial")
        partial.unlink(missing_ok=True)
        copy = sqlite3.connect(partial)
        try:
            self.connection.sqlite.backup(copy, pages=1024, progress=(lambda _s, left, total: progress(total - left, total)) if progress else None)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
        os.replace(partial, target)


def _check_file(path: str) -> bool:
    """Whether the file is to be made. Raises DatabaseRefused for one that is no database."""
    if not os.path.exists(path):
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise DatabaseRefused(f"{folder} is not a folder, so {path} cannot be made there")
        return True
    with open(path, "rb") as file:
        head = file.read(16)
    if head != b"SQLite format 3\0":
        raise DatabaseRefused(f"{path} is not an SQLite database{' (it is empty)' if not head else ''}; name another file")
    return _check_content(path)


def _check_identity(path: str, application: int, version: int) -> None:
    if application != APPLICATION_ID:
        raise DatabaseRefused(f"{path} is an SQLite database of another program; name another file")
    if version > FORMAT_VERSION:
        raise DatabaseRefused(f"{path} was made by a newer frappe_lite (format {version}, this one knows {FORMAT_VERSION}); update the program")


def _check_content(path: str) -> bool:
    """Whether a first start was killed before it wrote anything. Looks through a connection that cannot write."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{url_quote(path)}?mode=ro", uri=True)) as sqlite:
            application, version = sqlite.execute("PRAGMA application_id").fetchone()[0], sqlite.execute("PRAGMA user_version").fetchone()[0]
            if not application and sqlite.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
                return True
            _check_identity(path, application, version)
            found = sqlite.execute("PRAGMA quick_check(1)").fetchone()[0] if os.path.getsize(path) <= QUICK_CHECK_BYTES else "ok"
    except sqlite3.DatabaseError as error:
        raise DatabaseRefused(f"{path} is damaged ({error}); restore a backup") from None
    if found != "ok":
        raise DatabaseRefused(f"{path} is damaged ({found}); restore a backup")
    return False


_UNIQUE = re.compile(r'UNIQUE constraint failed: (.+)\.("?)(\w+)\2\Z')

_SQLITE_MESSAGES: tuple[tuple[str, type[FrappeError], str], ...] = (
    ("interrupted", QueryTimeoutError, "The query took too long; narrow it by filters"),
    ("locked", DatabaseBusyError, "The database is busy; try again"),
    ("disk is full", StorageFullError, "The disk is full; nothing was written"),
    ("disk I/O error", StorageFullError, "The disk could not be written to; nothing was kept"),
    ("readonly", InReadOnlyMode, "The database cannot be written to"),
    ("too complex", ValidationError, "The pattern is too complex"),
    ("too many SQL variables", ValidationError, "Too many values in one query"),
    ("too large", ValidationError, "A value is too large"),
    ("too big", ValidationError, "A value is too large"),
)


def _translated(error: BaseException) -> BaseException:
    """A driver's error as one of ours; what nobody foresaw stays what it is."""
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError):
        match = _UNIQUE.match(text)
        if match:
            return UniqueViolation(match[1].strip('"'), match[3])
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return ValidationError.told("A value cannot be stored: a number beyond 64 bits, or text that is no Unicode")
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError) and "type" in text:
        return ValidationError.told("A name or a value is text or a number, not a list or an object")
    if isinstance(error, sqlite3.Error):
        for part, error_class, explanation in _SQLITE_MESSAGES:
            if part in text:
                return error_class.told(explanation)
    return error
