"""The connections to one file: a thread has its own, opened after any fork; requests lend theirs to each other.

What this looks after beside them: that the file is still the one that was opened, and whether anybody has committed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable

from ..errors import DatabaseBusyError, InReadOnlyMode
from . import wal
from .connection import Connection
from .file import DatabaseRefused

NOBODY = 0
"""As `pid` of a connection: it is not to be used any more."""

SAME_FILE_SECONDS = 1.0
"""How often reads look whether the file was replaced; writes look each time."""


class Connections:
    """Part of `Database`: those to the file at `path`."""

    path: str
    synchronous: str
    busy_timeout: float
    in_memory: bool

    def open_first(self) -> None:
        """Open the connection that stays, and note which file that is. Raises DatabaseRefused."""
        self._local = threading.local()
        # A connection that is not given back goes with its thread
        self._all: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._idle: list[Connection] = []
        self._closed = False
        self._closing = threading.Lock()  # of two that are closed at once neither is the last, and the log stays
        self._index: int | None = None
        self._seen_at = 0.0
        self._identity = (0, 0)
        self._first: Connection | None = None  # kept open, so that SQLite's index keeps its descriptor
        self._connect()
        self._identity = self._file_identity()
        _opened.add(self)

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

    @property
    def opened(self) -> Connection | None:
        """This thread's connection if it has one."""
        connection: Connection | None = getattr(self._local, "connection", None)
        return connection

    def give_back(self) -> None:
        """Let another thread have this thread's connection, unless it is in a transaction.

        For servers: there are many fewer requests at once than threads.
        """
        connection = self.opened
        if connection is not None and not connection.mode:
            self._local.connection = None
            if self._closed:
                with self._closing:
                    connection.sqlite.close()
            else:
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
        if self._closed:
            raise DatabaseBusyError.told("The server is stopping")
        self.require_same_file()
        try:
            return self._connect()
        except DatabaseRefused as error:  # it was fine at the start
            raise InReadOnlyMode.told("The database cannot be opened now; look at the server's disk") from error

    def replace(self, connection: Connection) -> None:
        """Close a thread's connection after an error that leaves it in doubt.

        The next one begins with what is on the disk.
        """
        self._local.connection = self._first = None
        with contextlib.suppress(DatabaseRefused):
            self._connect()
        connection.sqlite.close()

    def rest(self) -> None:
        """Close this thread's connection unless it is in a transaction, and those that nobody has.

        They are opened again when needed.

        Before a fork: SQLite's notes of the locks that this process holds would go to the child, the locks would not,
        and a child that trusts them writes without any (sqlite.org/howtocorrupt.html 2.6).
        """
        self.give_back()
        self._first = self._index = None
        while (idle := self._take_idle()) is not None:
            idle.sqlite.close()

    def close_all(self) -> None:
        """Close every connection of this process.

        What another thread is using is interrupted, and closed when that thread gives it back or ends: SQLite's memory
        must not go while it is read.
        """
        self._closed, self._first, own = True, None, self.opened
        while (idle := self._take_idle()) is not None:
            idle.sqlite.close()
        for connection in list(self._all):
            if connection.pid != os.getpid():  # one from before a fork is the parent's to close
                continue
            with contextlib.suppress(sqlite3.Error), self._closing:
                connection.sqlite.close() if connection is own else connection.sqlite.interrupt()
            connection.pid = NOBODY
        self._all.clear()

    def teach(self, functions: Callable[[sqlite3.Connection], None]) -> None:
        """Let this thread's connection have functions that SQLite has not."""
        self.connection.teach(functions)

    # --- the file ---

    def _file_identity(self) -> tuple[int, int]:
        try:
            found = os.stat(self.path)
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino

    def require_same_file(self) -> None:
        """Raises DatabaseBusyError if the file was replaced or deleted: what is written now would be lost."""
        if self._file_identity() != self._identity:
            raise DatabaseBusyError.told(
                "The database file was replaced or deleted while the server was running; restart it"
            )
        self._seen_at = time.monotonic()

    def log_index(self) -> int | None:
        """Descriptor of SQLite's index of the log, looked for once for the first connection.

        None where the system does not tell.
        """
        if self._index is None:
            self._index = wal.index_descriptor(self.path)
        return self._index

    def data_version_changed(self) -> bool:
        """Whether another connection has committed since this thread last asked.

        Looks once a second whether the file is still the same.
        """
        connection = self.connection
        if time.monotonic() - self._seen_at > SAME_FILE_SECONDS and not self.in_memory:
            self.require_same_file()
        mark = wal.commit_mark(self._index) if self._index else b""
        if mark and mark == connection.commit_mark:
            return False  # nobody has, which is known for a tenth of what SQLite takes to say so
        version = connection.sqlite.execute("PRAGMA data_version").fetchone()[0]
        changed = bool(version != connection.data_version)
        connection.data_version, connection.commit_mark = version, mark
        self.log_index()
        return changed


_opened: weakref.WeakSet[Connections] = weakref.WeakSet()


def _before_fork() -> None:
    for each in list(_opened):
        each.rest()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)
