"""A connection to an SQLite file, set up as docs/reliability.md says."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import weakref
from collections.abc import Callable
from urllib.parse import quote as url_quote

STEPS, FEW_STEPS, LONG_PATTERN = 100_000, 50, 64
"""Steps of a statement after which it is looked whether its time is over; of one that looks for a text of so many
characters, each of whose steps may take a second."""


class Connection:
    """One thread's at a time, and where its transaction stands.

    `may_create` is for a new file, never in place of a lost one.
    """

    def __init__(self, path: str, synchronous: str, busy_timeout: float, may_create: bool):
        self.pid = os.getpid()
        address = f"file:{url_quote(path)}?mode={'rwc' if may_create else 'rw'}"
        self.sqlite = sqlite3.connect(
            address,
            timeout=busy_timeout,
            isolation_level=None,
            cached_statements=512,
            uri=True,
            check_same_thread=False,
        )
        self.mode = ""  # "", "read" or "write"
        self.transaction = 0  # another for each that may write
        self.savepoints = 0
        self.taught: object = None
        self.is_clean = False  # in a transaction that has written nothing yet
        self.moment = 0  # another after each statement that may have written
        self.deadline = 0.0
        self.touched = 0  # rows that the last statement of app code changed, or gave
        self.waits = True  # for the disk, when it commits
        self.data_version = -1
        self.commit_mark = b""
        execute = self.sqlite.execute
        execute(f"PRAGMA busy_timeout = {int(busy_timeout * 1000)}")  # first: the switch to WAL can be busy itself
        execute("PRAGMA journal_mode = WAL")
        execute(f"PRAGMA synchronous = {'OFF' if synchronous == 'OFF' else 'NORMAL'}")  # FULL is ours: `wal.LogSync`
        execute("PRAGMA cache_size = -512")  # the system keeps the file in memory already
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA temp_store = MEMORY")
        execute("PRAGMA trusted_schema = OFF")
        execute("PRAGMA journal_size_limit = 209715200")
        execute("PRAGMA wal_autocheckpoint = 0")  # checkpoints are ours, under the writer's lock
        self.look_at_the_clock(STEPS)

    def look_at_the_clock(self, steps: int) -> None:
        """Let a statement end by `deadline`: after each so many steps it is looked whether that has passed."""
        me = weakref.ref(self)  # a bound method would make a circle, which goes only when the collector comes
        self.sqlite.set_progress_handler(lambda: _out_of_time(me()), steps)

    def teach(self, functions: Callable[[sqlite3.Connection], None]) -> None:
        """Let it have functions that SQLite has not, unless it has them."""
        if self.taught is not functions:
            functions(self.sqlite)
            self.taught = functions

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, sqlite3.Error):  # it was never opened
            self.sqlite.close()


def _out_of_time(connection: Connection | None) -> int:
    return int(connection is not None and 0 < connection.deadline < time.monotonic())
