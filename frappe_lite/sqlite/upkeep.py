"""What keeps a file in order beside requests: its log is moved into it, copies are made of it.

SQLite before 3.51.3 can lose data when a checkpoint races a commit, so checkpoints are ours, made by the writer.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from . import owner_only, wal
from .connections import Connections
from .writer import WriterLock

CHECKPOINT_FRAMES = 4096
"""Pages in the log, 16 MB of them, that the next commit moves into the file.

Of four times as many, it waits for readers to let go.
"""

RESTART_SECONDS = 0.2
"""How long it waits for them, and writers with it."""


class Upkeep(Connections):
    """Part of `Database`: its log, and copies of the whole."""

    writer: WriterLock
    log_sync: wal.LogSync | None
    _own_checkpoints = True
    _tried: wal.LogState | None = None  # the log at the last checkpoint

    def rollback(self) -> None:
        """Forget what was written."""
        raise NotImplementedError

    def look_after_log(self) -> int:
        """After a commit: move the log into the file if it has grown enough.

        Returns the number of the commit, to wait for; 0 if there is nothing to wait for.
        """
        index = self.log_index()
        log = wal.log_state(index) if index is not None else None
        commit = self.log_sync.committed(log) if self.log_sync is not None else 0
        if log is None:
            self._look_after_unknown_log()
            return commit
        before = self._tried.pages if self._tried is not None and self._tried.salt == log.salt else 0
        if log.pages - before >= CHECKPOINT_FRAMES // (4 if before else 1) and self._own_checkpoints:
            self._tried = log
            self._move_log("RESTART", RESTART_SECONDS if log.pages >= 4 * CHECKPOINT_FRAMES else 0)
        return commit

    def _look_after_unknown_log(self) -> None:
        """Where SQLite's index cannot be read, the file's size has to do.

        It tells only if the log is cut off each time.
        """
        with contextlib.suppress(OSError):
            if os.stat(self.path + "-wal").st_size > CHECKPOINT_FRAMES * 4096 and self._own_checkpoints:
                self._move_log("TRUNCATE", RESTART_SECONDS)

    def _move_log(self, how: str, seconds: float) -> None:
        """A checkpoint, by the writer, which waits so long for readers.

        The log's file is kept and written over: to grow it anew costs.
        """
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
        self.writer.acquire()
        try:
            self._move_log("TRUNCATE" if truncate else "PASSIVE", RESTART_SECONDS)
        finally:
            self.writer.release()

    def backup(self, target: str | os.PathLike[str], progress: Callable[[int, int], None] | None = None) -> None:
        """A consistent copy while serving: complete under its name, or absent."""
        partial = Path(f"{os.fspath(target)}.partial")
        partial.unlink(missing_ok=True)
        owner_only.create(str(partial))
        copy = sqlite3.connect(partial)
        try:
            copy.execute("PRAGMA wal_autocheckpoint = 0")
            tell = None if progress is None else functools.partial(_tell, progress)
            self.connection.sqlite.backup(copy, pages=1024, progress=tell)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
        os.replace(partial, target)

    def become(self, content: sqlite3.Connection) -> None:
        """Take the content of another database, for every connection at once, as the only writer.

        What this thread did not commit is forgotten.
        """
        self.rollback()
        self.writer.acquire()
        try:
            content.backup(self.connection.sqlite)
        finally:
            self.writer.release()


def _tell(progress: Callable[[int, int], None], _status: int, left: int, total: int) -> None:
    progress(total - left, total)
