"""A site held at one moment: whatever requests commit is seen row by row, and undone at once.

The connection is inside a transaction that never ends. What the server calls BEGIN, COMMIT and ROLLBACK are savepoints
in it, so to go back is one statement. Triggers note which rows a request touched; of what it undid itself nothing is
left of that either.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import frappe_lite

Row = dict[str, Any]


@dataclass
class Change:
    """A row before and after a request; None where there is none."""

    table: str
    before: Row | None
    after: Row | None

    @property
    def columns(self) -> set[str]:
        """The columns that differ. An empty text is none, as where Frappe compares."""
        before, after = self.before or {}, self.after or {}
        return {
            column
            for column in {**before, **after}
            if _none_if_empty(before.get(column)) != _none_if_empty(after.get(column))
        }

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return (
                f"{'new' if self.before is None else 'gone'} in {self.table}: {_brief(self.after or self.before or {})}"
            )
        differing = {column: (self.before[column], self.after[column]) for column in sorted(self.columns)}
        return f"{self.table} {self.before.get('name', '')}: {differing}"


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _brief(row: Row) -> Row:
    return {key: value for key, value in row.items() if value not in (None, "", 0)}


class HeldConnection:
    """Stands in for a `sqlite3.Connection`: transactions are savepoints of the one that is never ended."""

    WORDS = {"BEGIN": "SAVEPOINT request", "BEGIN IMMEDIATE": "SAVEPOINT request", "COMMIT": "RELEASE request"}

    def __init__(self, connection: Any):
        self.connection, self.in_transaction = connection, False
        self.executemany, self.backup, self.close = connection.executemany, connection.backup, connection.close
        self.set_progress_handler = connection.set_progress_handler

    def execute(self, sql: str, params: Any = ()) -> Any:
        if sql == "ROLLBACK":
            self.connection.execute("ROLLBACK TO request")
            sql = "COMMIT"
        if sql in self.WORDS:
            self.in_transaction = sql.startswith("BEGIN")
        return self.connection.execute(self.WORDS.get(sql, sql), params)


class Held:
    """A site whose rows are known, and to which it returns."""

    def __init__(self, site: frappe_lite.Site):
        self.site, self.sqlite = site, site.database.connection.sqlite
        self.keys: dict[str, str] = {}
        self.columns: dict[str, list[str]] = {}
        self._watch()
        self.rows = {table: self._all(table) for table in self.keys}
        site.database.connection.sqlite = HeldConnection(self.sqlite)
        self.sqlite.execute("BEGIN IMMEDIATE")
        self.sqlite.execute("SAVEPOINT start")
        self.schema = self._schema()
        self.caches = site.caches()

    def _watch(self) -> None:
        """Triggers that note each touched row by its key: a rowid, or what is the primary key without one."""
        self.sqlite.execute("CREATE TEMP TABLE touched (tab, key)")
        tables = self.sqlite.execute(
            "SELECT name, sql FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for table, sql in tables:
            info = self.sqlite.execute(f'PRAGMA table_info("{table}")').fetchall()
            self.columns[table] = [each[1] for each in info]
            keys = [each[1] for each in sorted(info, key=lambda each: each[5]) if each[5]]
            without = re.search(r"WITHOUT ROWID\s*\Z", sql, re.IGNORECASE)
            quoted = ", ".join('{0}"' + key + '"' for key in keys)
            self.keys[table] = f"json_array({quoted})" if without else "{0}rowid"
            for verb, sides in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
                notes = "".join(
                    f"INSERT INTO touched VALUES ('{table}', {self.keys[table].format(side + '.')}); " for side in sides
                )
                self.sqlite.execute(
                    f'CREATE TEMP TRIGGER "{verb} {table}" AFTER {verb} ON main."{table}" BEGIN {notes} END'
                )

    def _select(self, table: str) -> str:
        columns = ", ".join(f'"{column}"' for column in self.columns[table])
        return f'SELECT {self.keys[table].format("")}, {columns} FROM "{table}"'

    def _all(self, table: str) -> dict[Any, Row]:
        return {
            key: dict(zip(self.columns[table], row, strict=True))
            for key, *row in self.sqlite.execute(self._select(table))
        }

    def _schema(self) -> int:
        return int(self.sqlite.execute("PRAGMA schema_version").fetchone()[0])

    def changes(self) -> list[Change]:
        """What is not as it was."""
        found = []
        for table, key in self.sqlite.execute("SELECT DISTINCT tab, key FROM touched").fetchall():
            row = self.sqlite.execute(
                f"{self._select(table)} WHERE {self.keys[table].format('')} = ?", (key,)
            ).fetchone()
            before, after = (
                self.rows[table].get(key),
                dict(zip(self.columns[table], row[1:], strict=True)) if row else None,
            )
            if before != after:
                found.append(Change(table, before, after))
        if self._schema() != self.schema:
            found.append(Change("the schema", {}, {"schema": "another"}))
        return found

    def restore(self) -> None:
        """Back to the moment."""
        self.sqlite.execute("ROLLBACK TO start")
        self.site._caches = self.caches
        self.site.shelf.clear()

    def release(self) -> None:
        """Hold it no longer. What requests changed since is forgotten."""
        self.sqlite.execute("ROLLBACK")
        self.site.database.connection.sqlite = self.sqlite

    @contextlib.contextmanager
    def unwatched(self) -> Iterator[Any]:
        """Change what the moment is: the connection inside, what is written is part of it from here on."""
        self.restore()
        yield self.sqlite
        self.sqlite.execute("DELETE FROM touched")
        self.sqlite.execute("RELEASE start")
        self.sqlite.execute("SAVEPOINT start")
        self.rows = {table: self._all(table) for table in self.keys}
