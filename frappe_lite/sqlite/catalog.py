"""What an SQLite database is to those who use it, beside its statements and transactions.

Its traits, and what is in it.

Another store has the same methods with answers of its own: see parts/postgres_catalog.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any

from ..query.operators import Condition, quote
from ..values import Cells
from .file import APPLICATION_ID, FORMAT_VERSION

READS = re.compile(
    r"\s*((SELECT|EXPLAIN|VALUES)\b|WITH\b(?!.*\b(INSERT|UPDATE|DELETE|REPLACE)\b))", re.IGNORECASE | re.DOTALL
)
"""Begins a statement of an app that only reads; any other opens a transaction."""


class Catalog:
    """Part of `Database`."""

    attempts = 1
    """How often a request is run at most, if it raises ConflictError."""
    files = "folder"
    """Where contents of files are kept unless the site says: beside the database, or in it."""
    ungrouped = "{column}"
    """A column that a GROUP BY does not name: the value of one row of the group."""
    skip_locked = ""
    """What lets many take rows of one table at the same time; with one writer at a time nobody is in the way."""
    change_log: Any = None
    """What notes changes for the change feed, where it is not done by SQLite's triggers.

    See parts/postgres_changes.py.
    """

    path: str

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Cells]:
        """All rows of a query."""
        raise NotImplementedError

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        """Run a writing statement."""
        raise NotImplementedError

    # --- parts of a transaction, by name ---

    def savepoint(self, name: str) -> None:
        """Name this moment of the transaction, which is opened if there is none."""
        self.execute(f"SAVEPOINT {quote(name)}")

    def rollback_to(self, name: str) -> None:
        """Undo what was written since `savepoint(name)`."""
        self.execute(f"ROLLBACK TO {quote(name)}")

    def release(self, name: str) -> None:
        """Forget the name."""
        self.execute(f"RELEASE {quote(name)}")

    # --- what is there ---

    def claim(self) -> None:
        """Mark the file as one of this program's, with the format that it has."""
        self.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self.execute(f"PRAGMA user_version = {FORMAT_VERSION}")

    def tables(self) -> list[str]:
        """The names of the tables."""
        return [row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in their order; none for a table that is not there."""
        return [row[1] for row in self.rows(f"PRAGMA table_info({quote(table)})")]

    def required(self, table: str) -> set[str]:
        """The columns of a table that take no NULL, but for those of its key."""
        return {row[1] for row in self.rows(f"PRAGMA table_info({quote(table)})") if row[3] and not row[5]}

    def forget_indexes_of(self, table: str, column: str) -> None:
        """Drop the indexes of a column that is to be dropped."""
        for name in self.indexes(table):
            if any(row[2] == column for row in self.rows(f"PRAGMA index_info({quote(name)})")):
                self.execute(f"DROP INDEX {quote(name)}")

    def among(self, column: str, values: Sequence[object]) -> Condition:
        """That a column, given as SQL, has one of the values, of which there may be any number."""
        return Condition(f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(values),))

    def indexes(self, table: str) -> dict[str, bool]:
        """The names of a table's indexes, and whether each is unique."""
        return {row[1]: bool(row[2]) for row in self.rows(f"PRAGMA index_list({quote(table)})")}

    def size(self) -> int:
        """Bytes on the disk, the log not counted."""
        return os.stat(self.path).st_size

    @property
    def place(self) -> str:
        """Where the database is, for people."""
        return os.path.abspath(self.path)

    def count_on(self, table: str) -> None:
        """Let the next row of a table into which rows were copied with their `rowid` come after them.

        SQLite does so by itself.
        """

    def analyze(self) -> None:
        """Look how many rows there are of what, for those who plan queries. SQLite's are planned without."""

    # --- for stores with many writers ---

    def settle(self) -> None:
        """Give changes that were kept their place in the change feed. With one writer at a time they have it."""

    def begin_request(self, reads: bool, attempt: int) -> None:
        """A request begins on this thread: whether it only reads, and for which time, after so many ConflictErrors.

        One file has neither copies nor conflicts.
        """

    def end_request(self) -> None:
        """It has ended."""
