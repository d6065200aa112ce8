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
import sqlite3
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import DatabaseBusyError, FrappeError, InReadOnlyMode, StorageFullError
from . import wal
from .catalog import READS, Catalog
from .connection import Connection
from .errors import UniqueViolation as UniqueViolation
from .errors import translated
from .file import APPLICATION_ID as APPLICATION_ID
from .file import FORMAT_VERSION as FORMAT_VERSION
from .file import DatabaseRefused as DatabaseRefused
from .file import check_file
from .turns import Turns

try:
    import fcntl
except ImportError:  # Windows: one process at a time there, see docs/reliability.md
    fcntl = None  # type: ignore[assignment]

CHECKPOINT_FRAMES = 4096
"""Pages in the log, 16 MB of them, that the next commit moves into the file. Of four times as many, it waits for readers to let go."""

RESTART_SECONDS = 0.2
"""How long it waits for them, and writers with it."""

SAME_FILE_SECONDS = 1.0
"""How often reads look whether the file was replaced; writes look each time."""


class Database(Catalog):
    """The file at `path`; ":memory:" is a private file that goes with the object, and begins as `template`.

    `synchronous` is full, normal or off; `checkpoint` is own, or external if another program moves the log into the file.
    """

    def __init__(
        self, path: str | os.PathLike[str], synchronous: str = "full", busy_timeout: float = 5.0, query_seconds: float = 10.0, template: bytes = b"",
        checkpoint: str = "own",
    ):  # fmt: skip
        if synchronous not in ("full", "normal", "off") or checkpoint not in ("own", "external"):
            raise ValueError("synchronous is full, normal or off; checkpoint is own or external")
        self._folder = tempfile.TemporaryDirectory(prefix="frappe_lite-") if os.fspath(path) == ":memory:" else None
        self.path = os.path.join(self._folder.name, "memory.db") if self._folder else os.fspath(path)
        self.in_memory = self._folder is not None
        self.synchronous = "OFF" if self.in_memory else synchronous.upper()
        self.busy_timeout, self.query_seconds = busy_timeout, query_seconds
        self._local = threading.local()
        self._writer = Turns()
        self._lock_file: int | None = None
        self._lock_pid = 0
        self._all: weakref.WeakSet[Connection] = (
            weakref.WeakSet()
        )  # a connection that is not given back goes with its thread
        self._idle: list[Connection] = []
        self._own_checkpoints = checkpoint == "own"
        self._log_sync = wal.LogSync(self.path) if self.synchronous == "FULL" else None
        self._index: int | None = None
        self._tried: wal.LogState | None = None  # the log at the last checkpoint
        self._seen_at = 0.0
        if template and self.in_memory:
            Path(self.path).write_bytes(template)
        self.is_new = not template if self.in_memory else check_file(self.path)
        self._identity = (0, 0)
        self._first: Connection | None = None  # kept open, so that SQLite's index keeps its descriptor
        self._connect()
        self._identity = self._file_identity()
        _databases.add(self)

    # --- connections ---

    def _connect(self) -> Connection:
        try:
            connection = Connection(self.path, self.synchronous, self.busy_timeout, may_create=not self._identity[1])
        except sqlite3.DatabaseError as error:
            raise DatabaseRefused(
                f"{self.path} cannot be opened as a database: {error}; are the file and its folder there, and writable?"
            ) from None
        self._local.connection = connection
        self._all.add(connection)
        if self._first is None:
            self._first, self._index = connection, None
        return connection

    @property
    def connection(self) -> Connection:
        """This thread's connection: one that was given back, or a new one; another after a fork."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or connection.pid != os.getpid():
            connection = self._reconnect()
        return connection

    def give_back(self) -> None:
        """Let another thread have this thread's connection, unless it is in a transaction. For servers: requests are many fewer at once than threads."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and not connection.mode:
            self._local.connection = None
            self._idle.append(connection)

    def _take_idle(self) -> Connection | None:
        """One that was given back in this process, or None."""
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread took it
                connection = self._idle.pop()
                if connection.pid == os.getpid():
                    return connection
        return None

    def _reconnect(self) -> Connection:
        idle = self._take_idle()
        if idle is not None:
            self._local.connection = idle
            return idle
        self._require_same_file()
        try:
            return self._connect()
        except DatabaseRefused as error:  # it was fine at the start
            raise InReadOnlyMode.told("The database cannot be opened now; look at the server's disk") from error

    def _replace(self, connection: Connection) -> None:
        """Close a thread's connection after an error that leaves it in doubt; the next one begins with what is on the disk."""
        self._local.connection = self._first = None
        with contextlib.suppress(DatabaseRefused):
            self._connect()
        connection.sqlite.close()

    def rest(self) -> None:
        """Close this thread's connection unless it is in a transaction, and those that nobody has; the next statement opens one again.

        Before a fork: SQLite's notes of the locks that this process holds would go to the child, the locks would not,
        and a child that trusts them writes without any (sqlite.org/howtocorrupt.html 2.6).
        """
        self.give_back()
        self._first = self._index = None
        while (idle := self._take_idle()) is not None:
            idle.sqlite.close()

    def _file_identity(self) -> tuple[int, int]:
        try:
            found = os.stat(self.path)
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino

    def _require_same_file(self) -> None:
        """Raises DatabaseBusyError if the file was replaced or deleted: what is written now would be lost."""
        if self._file_identity() != self._identity:
            raise DatabaseBusyError.told(
                "The database file was replaced or deleted while the server was running; restart it"
            )
        self._seen_at = time.monotonic()

    def close(self) -> None:
        """Checkpoint and close. The object is of no use afterwards."""
        with contextlib.suppress(FrappeError, sqlite3.Error):
            self.checkpoint(truncate=True)
        if self._log_sync is not None:
            self._log_sync.close()
        for connection in list(self._all):
            if connection.pid == os.getpid():  # one from before a fork is the parent's to close
                with contextlib.suppress(sqlite3.Error):  # another thread's: closed when that thread ends
                    connection.sqlite.close()
        self._all.clear()
        if self._lock_file is not None and self._lock_pid == os.getpid():
            os.close(self._lock_file)
            self._lock_file = None
        if self._folder:
            self._folder.cleanup()

    def data_version_changed(self) -> bool:
        """Whether another connection has committed since this thread last asked. Looks once a second whether the file is still the same."""
        connection = self.connection
        if time.monotonic() - self._seen_at > SAME_FILE_SECONDS and not self.in_memory:
            self._require_same_file()
        mark = wal.commit_mark(self._index) if self._index else b""
        if mark and mark == connection.commit_mark:
            return False  # nobody has, which is known for a tenth of what SQLite takes to say so
        version = connection.sqlite.execute("PRAGMA data_version").fetchone()[0]
        changed = bool(version != connection.data_version)
        connection.data_version, connection.commit_mark = version, mark
        if self._index is None:
            self._index = wal.index_descriptor(self.path)
        return changed

    def teach(self, functions: Callable[[sqlite3.Connection], None]) -> None:
        """Let this thread's connection have functions that SQLite has not."""
        self.connection.teach(functions)

    # --- statements ---

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """All rows of a query, as tuples."""
        connection = self.connection
        connection.deadline = time.monotonic() + self.query_seconds
        try:
            return connection.sqlite.execute(sql, params).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error
        finally:
            connection.deadline = 0.0

    def row(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first row of a query as a tuple, or None. For lookups: no time limit."""
        try:
            return self.connection.sqlite.execute(sql, params).fetchone()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> tuple[list[str], list[Any]]:
        """Column names and rows of any statement; a writing one opens the transaction. For app code's own SQL."""
        connection = self.connection if READS.match(sql) else self._writing()
        connection.deadline = time.monotonic() + self.query_seconds
        try:
            cursor = connection.sqlite.execute(sql, params)
            return [column[0] for column in cursor.description or ()], cursor.fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error
        finally:
            connection.deadline = 0.0

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run a writing statement; how many rows it changed. Raises UniqueViolation."""
        connection = self._writing()
        try:
            return connection.sqlite.execute(sql, params).rowcount
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise translated(error) from error

    def execute_many(self, sql: str, params: Sequence[Sequence[Any]]) -> None:
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
        return self.connection.mode == "write"

    @property
    def moment(self) -> int | None:
        """What this thread's write transaction sees, as a number that every write changes; None outside one, where others write."""
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
                self._require_same_file()
            connection.sqlite.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, OSError, FrappeError) as error:
            self._give_writer()
            raise translated(error) from error
        connection.mode, connection.is_clean, connection.moment = "write", True, connection.moment + 1

    def _take_writer(self) -> None:
        if self._log_sync is not None and self._log_sync.failure is not None:
            raise InReadOnlyMode.told("The disk failed to keep a change; look at it, and restart the server")
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
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or not connection.mode:
            return
        mode, connection.savepoints, commit = connection.mode, 0, 0
        try:
            if connection.sqlite.in_transaction:  # after a full disk SQLite has rolled back by itself already
                connection.sqlite.execute(how)
            elif how == "COMMIT" and mode == "write":
                raise StorageFullError.told("The database could not keep the change; nothing was written")
            if how == "COMMIT" and mode == "write":
                commit = self._look_after_log()
        except sqlite3.Error as error:
            if connection.sqlite.in_transaction:
                connection.sqlite.execute("ROLLBACK")
            if "disk I/O error" in str(
                error
            ):  # what the system did with the pages is not known: nothing that this connection believes is
                self._replace(connection)
            raise translated(error) from error
        finally:
            connection.mode = ""
            if mode == "write":
                self._give_writer()
        if commit and self._log_sync is not None:
            try:
                self._log_sync.wait(commit, self._lock_file)
            except OSError:
                raise StorageFullError.told(
                    "The disk failed; look whether the change was kept before you repeat it. Nothing is written until the server is restarted"
                ) from None

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
        if connection.is_clean:
            yield from self._from_the_start(connection)
            return
        connection.savepoints += 1
        name = f"savepoint_{connection.savepoints}"
        connection.sqlite.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            connection.moment += 1
            if connection.sqlite.in_transaction:
                connection.sqlite.execute(f"ROLLBACK TO {name}")
                connection.sqlite.execute(f"RELEASE {name}")
            raise
        if connection.sqlite.in_transaction:
            connection.sqlite.execute(f"RELEASE {name}")

    @staticmethod
    def _from_the_start(connection: Connection) -> Iterator[None]:
        """A part that began before anything was written needs no savepoint: to undo it is to undo everything."""
        try:
            yield
        except BaseException:
            connection.moment += 1
            if connection.sqlite.in_transaction:
                with contextlib.suppress(sqlite3.Error):  # then commit() says that nothing can be kept
                    connection.sqlite.execute("ROLLBACK")
                    connection.sqlite.execute("BEGIN IMMEDIATE")
                    connection.is_clean = True
            raise

    # --- upkeep ---

    def _look_after_log(self) -> int:
        """After a commit: move the log into the file if it has grown enough. The number of the commit, to wait for; 0 if there is nothing to wait for."""
        if self._index is None:
            self._index = wal.index_descriptor(self.path)
        log = wal.log_state(self._index) if self._index is not None else None
        commit = self._log_sync.committed(log) if self._log_sync is not None else 0
        if log is None:
            self._look_after_unknown_log()
            return commit
        before = self._tried.pages if self._tried is not None and self._tried.salt == log.salt else 0
        if log.pages - before >= CHECKPOINT_FRAMES // (4 if before else 1) and self._own_checkpoints:
            self._tried = log
            self._move_log("RESTART", RESTART_SECONDS if log.pages >= 4 * CHECKPOINT_FRAMES else 0)
        return commit

    def _look_after_unknown_log(self) -> None:
        """Where SQLite's index cannot be read, the file's size has to do: it tells only if the log is cut off each time."""
        with contextlib.suppress(OSError):
            if os.stat(self.path + "-wal").st_size > CHECKPOINT_FRAMES * 4096 and self._own_checkpoints:
                self._move_log("TRUNCATE", RESTART_SECONDS)

    def _move_log(self, how: str, seconds: float) -> None:
        """A checkpoint, by the writer, which waits so long for readers. The log's file is kept and written over: to grow it anew costs."""
        execute = self.connection.sqlite.execute
        with contextlib.suppress(sqlite3.Error):
            execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            try:
                execute(f"PRAGMA wal_checkpoint({how})").fetchone()
            finally:
                execute(f"PRAGMA busy_timeout = {int(self.busy_timeout * 1000)}")

    def checkpoint(self, truncate: bool = False) -> None:
        """Move the write-ahead log into the file, as the only writer; does nothing where another program does that."""
        if not self._own_checkpoints:
            return
        self._take_writer()
        try:
            self._move_log("TRUNCATE" if truncate else "PASSIVE", RESTART_SECONDS)
        finally:
            self._give_writer()

    def backup(self, target: str | os.PathLike[str], progress: Callable[[int, int], None] | None = None) -> None:
        """A consistent copy while serving: complete under its name, or absent."""
        partial = Path(f"{os.fspath(target)}.partial")
        partial.unlink(missing_ok=True)
        copy = sqlite3.connect(partial)
        try:
            copy.execute("PRAGMA wal_autocheckpoint = 0")
            self.connection.sqlite.backup(
                copy, pages=1024, progress=(lambda _s, left, total: progress(total - left, total)) if progress else None
            )
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
        os.replace(partial, target)

    def become(self, content: sqlite3.Connection) -> None:
        """Take the content of another database, for every connection at once, as the only writer. What this thread did not commit is forgotten."""
        self.rollback()
        self._take_writer()
        try:
            content.backup(self.connection.sqlite)
        finally:
            self._give_writer()


_databases: weakref.WeakSet[Database] = weakref.WeakSet()


def _before_fork() -> None:
    for each in list(_databases):
        each.rest()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)
