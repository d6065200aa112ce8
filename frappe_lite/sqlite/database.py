"""One SQLite file: connections, transactions, locks, checkpoints. Knows SQL, but no document.

One connection a thread, opened after any fork; one writer at a time, in this process by a lock and across processes by
a lock on a file beside the database; everything explicit (`isolation_level=None`), nothing of the driver's own.

    with database.transaction():            BEGIN IMMEDIATE … COMMIT, or a savepoint inside one
        database.execute("INSERT …", […])   outside one the first write begins it; commit() or rollback() ends it

Why so: see docs/reliability.md. In short: a read that turns into a write fails at once however long the timeout
(SQLITE_BUSY_SNAPSHOT), and SQLite before 3.51.3 can lose data when a checkpoint races a commit.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import FrappeError, InReadOnlyMode, StorageFullError
from ..values import Cells, Values
from . import wal
from .catalog import READS, Catalog
from .connection import FEW_STEPS, LONG_PATTERN, STEPS, Connection
from .errors import UniqueViolation as UniqueViolation
from .errors import translated
from .file import APPLICATION_ID as APPLICATION_ID
from .file import FORMAT_VERSION as FORMAT_VERSION
from .file import DatabaseRefused as DatabaseRefused
from .file import check_file, keep_to_owner
from .transactions import Transactions
from .upkeep import Upkeep
from .writer import WriterLock


class Database(Upkeep, Transactions, Catalog):
    """The file at `path`; ":memory:" is a private file that goes with the object, and begins as `template`.

    `synchronous` is full, normal or off; `checkpoint` is own, or external if another program moves the log into the
    file.
    """

    def __init__(
        self, path: str | os.PathLike[str], synchronous: str = "full", busy_timeout: float = 5.0,
        query_seconds: float = 10.0, template: bytes = b"",
        checkpoint: str = "own",
    ):  # fmt: skip
        if synchronous not in ("full", "normal", "off") or checkpoint not in ("own", "external"):
            raise ValueError("synchronous is full, normal or off; checkpoint is own or external")
        self._folder = tempfile.TemporaryDirectory(prefix="frappe_lite-") if os.fspath(path) == ":memory:" else None
        self.path = os.path.join(self._folder.name, "memory.db") if self._folder else os.fspath(path)
        self.in_memory = self._folder is not None
        self.synchronous = "OFF" if self.in_memory else synchronous.upper()
        self.busy_timeout, self.query_seconds = busy_timeout, query_seconds
        self.writer = WriterLock(self.path, busy_timeout, private=self.in_memory)
        self._own_checkpoints = checkpoint == "own"
        self.log_sync = wal.LogSync(self.path) if self.synchronous == "FULL" else None
        if template and self.in_memory:
            Path(self.path).write_bytes(template)
        self.is_new = not template if self.in_memory else check_file(self.path)
        keep_to_owner(self.path)
        self.open_first()

    def close(self) -> None:
        """Checkpoint and close. The object is of no use afterwards."""
        if not self.in_memory:
            with contextlib.suppress(FrappeError, sqlite3.Error):
                self.checkpoint(truncate=True)
        if self.log_sync is not None:
            self.log_sync.close()
        self.close_all()
        self.writer.close()
        if self._folder:
            self._folder.cleanup()

    # --- statements ---

    def rows(self, sql: str, params: Sequence[object] | Values = ()) -> list[Cells]:
        """All rows of a query, as tuples."""
        connection = self.connection
        is_slow = " LIKE " in sql and any(isinstance(each, str) and len(each) > LONG_PATTERN for each in params)
        if is_slow:
            connection.look_at_the_clock(FEW_STEPS)
        connection.deadline = time.monotonic() + self.query_seconds
        try:
            return connection.sqlite.execute(sql, params).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error
        finally:
            connection.deadline = 0.0
            if is_slow:
                connection.look_at_the_clock(STEPS)

    def row(self, sql: str, params: Sequence[object] = ()) -> Cells | None:
        """The first row of a query as a tuple, or None. For lookups: no time limit."""
        try:
            found: Cells | None = self.connection.sqlite.execute(sql, params).fetchone()
            return found
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error

    def value(self, sql: str, params: Sequence[object] = ()) -> Any:
        """The first column of the first row, or None. No time limit either."""
        row = self.row(sql, params)
        return row[0] if row else None

    def query(self, sql: str, params: Sequence[object] | Values = ()) -> tuple[list[str], list[Cells]]:
        """Column names and rows of any statement; a writing one opens the transaction. For app code's own SQL."""
        connection = self.connection if READS.match(sql) else self._writing()
        connection.deadline = time.monotonic() + self.query_seconds
        try:
            cursor = connection.sqlite.execute(sql, params)
            rows = cursor.fetchall()
            connection.touched = len(rows) if cursor.rowcount < 0 else cursor.rowcount
            return [column[0] for column in cursor.description or ()], rows
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error
        finally:
            connection.deadline = 0.0

    @property
    def touched(self) -> int:
        """How many rows the thread's last `query` changed, or gave."""
        return self.connection.touched

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        """Run a writing statement; how many rows it changed. Raises UniqueViolation."""
        connection = self._writing()
        try:
            return connection.sqlite.execute(sql, params).rowcount
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error

    def execute_many(self, sql: str, params: Sequence[Sequence[object]]) -> None:
        """Run a writing statement for each of the rows."""
        connection = self._writing()
        try:
            connection.sqlite.executemany(sql, params)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error

    # --- transactions ---

    @property
    def writing(self) -> bool:
        """Whether this thread holds the writer's lock."""
        connection = self.opened
        return connection is not None and connection.mode == "write" and connection.pid == os.getpid()

    @property
    def moment(self) -> int | None:
        """What this thread's write transaction sees, as a number that every write changes.

        None outside one, where others write.
        """
        connection = self.connection
        return connection.moment if connection.mode == "write" else None

    def _writing(self) -> Connection:
        """This thread's connection, about to write."""
        self.begin_write()
        connection = self.connection
        connection.is_clean = False
        connection.moment += 1
        return connection

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
            if not self.in_memory:
                self.require_same_file()
            connection.sqlite.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, OSError, FrappeError) as error:
            self.writer.release()
            raise translated(error) from error
        connection.mode, connection.is_clean = "write", True
        connection.moment, connection.transaction = connection.moment + 1, connection.transaction + 1

    def _take_writer(self) -> None:
        if self.log_sync is not None and self.log_sync.failure is not None:
            raise InReadOnlyMode.told("The disk failed to keep a change; look at it, and restart the server")
        self.writer.acquire()

    def commit(self) -> None:
        """Keep what was written. Raises and rolls back if it cannot be kept."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Forget what was written."""
        self._end("ROLLBACK")

    def _end(self, how: str) -> None:
        connection = self.opened
        if connection is None or not connection.mode:
            return
        mode, connection.savepoints, commit = connection.mode, 0, 0
        try:
            if connection.sqlite.in_transaction:  # after a full disk SQLite has rolled back by itself already
                connection.sqlite.execute(how)
            elif how == "COMMIT" and mode == "write":
                raise StorageFullError.told("The database could not keep the change; nothing was written")
            if how == "COMMIT" and mode == "write":
                commit = self.look_after_log()
        except sqlite3.Error as error:
            if connection.sqlite.in_transaction:
                connection.sqlite.execute("ROLLBACK")
            # What the system did with the pages is not known: nothing that this connection believes is
            if "disk I/O error" in str(error):
                self.replace(connection)
            raise translated(error) from error
        finally:
            connection.mode = ""
            if mode == "write":
                self.writer.release()
        if commit and connection.waits:
            self._wait_for_disk(commit)

    def _wait_for_disk(self, commit: int) -> None:
        if self.log_sync is None:
            return
        try:
            self.log_sync.wait(commit, self.writer.file)
        except OSError:
            raise StorageFullError.told(
                "The disk failed; look whether the change was kept before you repeat it. Nothing is written "
                "until the server is restarted"
            ) from None

    @contextlib.contextmanager
    def soon(self) -> Iterator[None]:
        """Inside, this thread's commits do not wait for the disk; the next that does, or `sync`, waits for them too."""
        connection = self.connection
        connection.waits = False
        try:
            yield
        finally:
            connection.waits = True

    def sync(self) -> None:
        """Wait until what was committed is on the disk."""
        if self.log_sync is not None:
            self._wait_for_disk(self.log_sync.commits)

    @contextlib.contextmanager
    def _part(self) -> Iterator[None]:
        connection = self.connection
        began, clean = connection.transaction, connection.is_clean
        name = "" if clean else self._name_part(connection)
        try:
            yield
        except BaseException:
            connection.moment += 1
            if connection.transaction == began and connection.sqlite.in_transaction:
                self._undo_part(connection, name)
            raise
        # app code may have committed inside: then there is no such part any more, and what it wrote since is a
        # transaction of its own
        if name and connection.transaction == began and connection.sqlite.in_transaction:
            connection.sqlite.execute(f"RELEASE {name}")

    @staticmethod
    def _name_part(connection: Connection) -> str:
        connection.savepoints += 1
        name = f"savepoint_{connection.savepoints}"
        connection.sqlite.execute(f"SAVEPOINT {name}")
        return name

    @staticmethod
    def _undo_part(connection: Connection, name: str) -> None:
        if name:
            connection.sqlite.execute(f"ROLLBACK TO {name}")
            connection.sqlite.execute(f"RELEASE {name}")
            return
        # it began before anything was written: to undo it is to undo everything
        with contextlib.suppress(sqlite3.Error):  # then commit() says that nothing can be kept
            connection.sqlite.execute("ROLLBACK")
            connection.sqlite.execute("BEGIN IMMEDIATE")
            connection.is_clean = True
