"""Documents on SQLite: tables from DocTypes, rows with their child rows, Singles, counters, secrets.

Trusted: asks no permission and runs no controller; those who call it did. Identifiers come from meta, values are bound.

    store.load(meta, "TASK-1")   ->  {"name": "TASK-1", …}   or None
    store.load_children(child, "Task", "TASK-1", "checklist")   ->  [{…}, {…}]
    store.next_number("TASK-")   ->  1, 2, 3 …, by the transaction: rolled back with it
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .doctype.meta import DocType
from .errors import DuplicateEntryError, UniqueValidationError, ValidationError
from .query import Condition, Select, quote
from .sqlite.database import Database, UniqueViolation
from .utils import bold, cint, get_time
from .values import Given

Row = dict[str, Any]

SYSTEM_TABLES = (
    (
        'CREATE TABLE IF NOT EXISTS "tabSingles" (doctype TEXT NOT NULL, field TEXT NOT NULL, value TEXT, PRIMARY KEY '
        "(doctype, field)) WITHOUT ROWID"
    ),
    'CREATE TABLE IF NOT EXISTS "tabSeries" (name TEXT PRIMARY KEY, current INTEGER NOT NULL) WITHOUT ROWID',
    'CREATE TABLE IF NOT EXISTS "__Auth" (doctype TEXT NOT NULL, name TEXT NOT NULL, fieldname TEXT NOT NULL, '
    "password TEXT NOT NULL,"
    " encrypted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (doctype, name, fieldname)) WITHOUT ROWID",
    'CREATE TABLE IF NOT EXISTS "tabSessions" (sid TEXT PRIMARY KEY, user TEXT NOT NULL, created REAL NOT NULL, '
    "seen REAL NOT NULL, csrf_token TEXT,"
    " ip TEXT NOT NULL DEFAULT '', user_agent TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
    'CREATE TABLE IF NOT EXISTS "__meta" (name TEXT PRIMARY KEY COLLATE NOCASE, json TEXT NOT NULL) WITHOUT ROWID',
    'CREATE TABLE IF NOT EXISTS "__site" (key TEXT PRIMARY KEY, value) WITHOUT ROWID',
)

SERVER_TABLES = ("tabSingles", "tabSeries", "tabSessions")
"""Those of the above that are called as a DocType's table is."""


class Store:
    """The documents of one database."""

    def __init__(self, database: Database):
        self.database = database
        self.on_sync: list[Callable[[DocType], None]] = []  # called when a DocType's table was made or changed
        if database.is_new:
            with database.transaction():
                for statement in SYSTEM_TABLES:
                    database.execute(statement)
                database.claim()
        self._add_columns()

    def _add_columns(self) -> None:
        """Add the columns that the sessions table of an older file lacks."""
        known = self.database.columns("tabSessions")
        missing = [name for name in ("ip", "user_agent") if name not in known]
        if missing:
            with self.database.transaction():
                for name in missing:
                    self.database.execute(f"ALTER TABLE \"tabSessions\" ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")

    # --- site values: what the server itself remembers ---

    def value(self, key: str) -> Any:
        """A value that the server keeps for itself, or None."""
        row = self.database.row('SELECT value FROM "__site" WHERE key = ?', (key,))
        return row[0] if row else None

    def set_value(self, key: str, value: object) -> None:
        """Keep a value for the server itself."""
        self.database.execute(
            'INSERT INTO "__site" VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', (key, value)
        )

    def bump_caches(self, reshapes: bool = True) -> None:
        """Tell every process that its caches are stale, the DocTypes too if this transaction `reshapes` one. They
        notice once the transaction is committed."""
        for key in ("caches", "shape") if reshapes else ("caches",):
            self.database.execute(
                'INSERT INTO "__site" VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET value = '
                'CAST("__site".value AS INTEGER) + 1',
                (key,),
            )

    def set_meta(self, raw: Row) -> None:
        """Keep a DocType's JSON as it was given, unknown keys included: requests read it from here."""
        sql = 'INSERT INTO "__meta" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET json = excluded.json'
        self.database.execute(sql, (raw["name"], json.dumps(raw, default=str)))

    def delete_meta(self, doctype: str) -> None:
        """Delete a DocType's JSON. Its table stays: nothing is dropped unasked."""
        self.database.execute('DELETE FROM "__meta" WHERE name = ?', (doctype,))

    def next_number(self, series: str) -> int:
        """The next number of a counter."""
        sql = 'INSERT INTO "tabSeries" VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET current = "tabSeries".current + 1'
        self.database.execute(sql, (series,))
        return int(self.database.value('SELECT current FROM "tabSeries" WHERE name = ?', (series,)))

    def give_back_number(self, series: str, number: int) -> None:
        """Count back by one if `number` is the last that the counter gave out."""
        self.database.execute(
            'UPDATE "tabSeries" SET current = current - 1 WHERE name = ? AND current = ?', (series, number)
        )

    # --- tables ---

    def sync_table(self, meta: DocType) -> None:
        """Create the DocType's table, or add its missing columns and indexes. Drops no column.

        Raises ValidationError for a table of the server's own, and for values that are not unique.
        """
        if meta.issingle or meta.is_virtual:
            return
        database, wanted = self.database, meta.column_sql
        existing = database.columns(meta.table)
        self._require_own_table(meta, is_new=not existing)
        if not existing:
            columns = [self._column_sql(meta, name, sql) for name, sql in wanted.items()]
            database.execute(f"CREATE TABLE {quote(meta.table)} ({', '.join(columns)})")
        else:
            self._sync_columns(meta, existing)
        for name, indexed in meta.indexed.items():
            database.execute(
                f"CREATE INDEX IF NOT EXISTS {quote(name)} ON {quote(meta.table)} ({', '.join(map(quote, indexed))})"
            )
        unique = {f"{meta.table}_{field.fieldname}_unique" for field in meta.unique}
        for field in meta.value_fields if existing else ():
            name = f"{meta.table}_{field.fieldname}_unique"
            if name not in unique and name in database.indexes(meta.table):  # the DocType says no longer that it is
                database.execute(f"DROP INDEX IF EXISTS {quote(name)}")
        for field in meta.unique:
            index = quote(f"{meta.table}_{field.fieldname}_unique")
            try:
                database.execute(
                    f"CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {quote(meta.table)} ({quote(field.fieldname)})"
                )
            except UniqueViolation:
                text = f"{field.fieldname} field cannot be set as unique in {meta.table}"
                raise ValidationError.told(f"{text}, as there are non-unique existing values") from None
        for each in self.on_sync:
            each(meta)

    def _require_own_table(self, meta: DocType, is_new: bool) -> None:
        """Raises ValidationError for a name that would make documents of the server's sessions or counters, or that an
        index has, which are called after a table and a column of it."""
        taken = meta.table.lower() in map(str.lower, SERVER_TABLES)
        if is_new and "_" in meta.table and not taken:
            named = (index for table in self.database.tables() for index in self.database.indexes(table))
            taken = meta.table.lower() in map(str.lower, named)
        if taken:
            raise ValidationError.told(f"{meta.name} is no name for a DocType: {meta.table} is the server's own")

    def _sync_columns(self, meta: DocType, existing: list[str]) -> None:
        folded, wanted = {name.lower() for name in existing}, meta.column_sql
        for name, sql in wanted.items():
            if name.lower() not in folded:
                self.database.execute(f"ALTER TABLE {quote(meta.table)} ADD COLUMN {self._column_sql(meta, name, sql)}")
        for name in self.database.required(meta.table) & set(wanted) - {"name"}:
            if not self._never_null(meta, name):
                self._let_be_null(meta, name, wanted[name])

    @staticmethod
    def _column_sql(meta: DocType, name: str, sql: str) -> str:
        if name == "name":
            return f"name {sql} PRIMARY KEY NOT NULL"
        default = f" NOT NULL DEFAULT {meta.columns[name].empty:g}" if Store._never_null(meta, name) else ""
        return f"{quote(name)} {sql}{default}"

    @staticmethod
    def _never_null(meta: DocType, name: str) -> bool:
        kind = meta.columns[name]
        return kind.empty is not None and not kind.nullable

    def _let_be_null(self, meta: DocType, name: str, sql: str) -> None:
        """The column of a field that was a number: what it holds becomes text, and there may be nothing in it."""
        database, table, old = self.database, quote(meta.table), quote(f"{name}__number")
        database.forget_indexes_of(meta.table, name)
        database.execute(f"ALTER TABLE {table} RENAME COLUMN {quote(name)} TO {old}")
        database.execute(f"ALTER TABLE {table} ADD COLUMN {self._column_sql(meta, name, sql)}")
        database.execute(f"UPDATE {table} SET {quote(name)} = CAST({old} AS TEXT)")
        database.execute(f"ALTER TABLE {table} DROP COLUMN {old}")

    # --- documents ---

    def load(self, meta: DocType, name: object) -> Row | None:
        """A document's own values, also of a Single, or None. Child tables are left out rather than empty."""
        return self.load_single(meta) if meta.issingle else self.load_row(meta, name)

    def load_row(self, meta: DocType, name: object) -> Row | None:
        """A document's own values, without child rows, or None."""
        found = self.database.row(meta.select_sql + " WHERE name = ?", (name,))
        return dict(zip(meta.columns, found, strict=True)) if found else None

    def load_children(self, child: DocType, parenttype: str, parent: object, parentfield: str) -> list[Row]:
        """The rows of one table field, in order."""
        sql = child.select_sql + " WHERE parent = ? AND parenttype = ? AND parentfield = ? ORDER BY idx"
        return [
            dict(zip(child.columns, row, strict=True))
            for row in self.database.rows(sql, (str(parent), parenttype, parentfield))
        ]

    def insert(self, meta: DocType, row: Mapping[str, object]) -> None:
        """Write a new document's own values. Raises DuplicateEntryError, UniqueValidationError."""
        try:
            self.database.execute(
                meta.insert_sql,
                [value if value.__class__ in _KEPT else _stored(value) for value in map(row.get, meta.columns)],
            )
        except UniqueViolation as violation:
            if self.exists(meta, row.get("name")) is not None:  # SQLite names one of the violated indexes, any of them
                violation.column = "name"
            raise self._taken(meta, row.get("name"), violation) from None

    def update(self, meta: DocType, name: object, values: Given) -> int:
        """Change values of a document and return how many rows changed. Raises UniqueValidationError."""
        if not values:
            return 0
        sets = ", ".join(f"{quote(column)} = ?" for column in values)
        try:
            return self.database.execute(
                f"UPDATE {quote(meta.table)} SET {sets} WHERE name = ?", [*map(_stored, values.values()), name]
            )
        except UniqueViolation as violation:
            raise self._taken(meta, name, violation) from None

    @staticmethod
    def _taken(meta: DocType, name: object, violation: UniqueViolation) -> Exception:
        if violation.column == "name":
            return DuplicateEntryError.told(f"{meta.name} {bold(name)} already exists", title="Duplicate Name")
        return UniqueValidationError.told(f"{meta.get_label(violation.column)} must be unique", indicator=None)

    def delete(self, meta: DocType, name: object) -> None:
        """Delete a document's own row."""
        if meta.issingle:
            self.database.execute('DELETE FROM "tabSingles" WHERE doctype = ?', (meta.name,))
        else:
            self.database.execute(f"DELETE FROM {quote(meta.table)} WHERE name = ?", (name,))
        self.database.execute('DELETE FROM "__Auth" WHERE doctype = ? AND name = ?', (meta.name, str(name)))

    def delete_children(
        self,
        child: DocType,
        parenttype: str,
        parent: object,
        parentfield: str | None = None,
        keep: Iterable[object] = (),
    ) -> None:
        """Delete a document's rows in a child table except those to keep, and their secrets."""
        names = list(keep)
        where, params = "parent = ? AND parenttype = ?", [str(parent), parenttype]
        if parentfield is not None:
            where, params = f"{where} AND parentfield = ?", [*params, parentfield]
        if names:
            kept = self.database.among("name", names)
            where, params = f"{where} AND NOT ({kept.sql})", [*params, *kept.params]
        if child.passwords:
            gone = f"SELECT CAST(name AS TEXT) FROM {quote(child.table)} WHERE {where}"
            self.database.execute(f'DELETE FROM "__Auth" WHERE doctype = ? AND name IN ({gone})', [child.name, *params])
        self.database.execute(f"DELETE FROM {quote(child.table)} WHERE {where}", params)

    def exists(self, meta: DocType, name: object) -> str | int | None:
        """The document's name as stored, or None."""
        if meta.issingle:
            return meta.name
        row = self.database.row(f"SELECT name FROM {quote(meta.table)} WHERE name = ?", (name,))
        return row[0] if row else None

    def document_tables(self) -> list[str]:
        """The names of the tables that hold documents or child rows."""
        return [name for name in self.database.tables() if name.startswith("tab") and name not in SERVER_TABLES]

    # --- Singles ---

    def load_single(self, meta: DocType) -> Row:
        """The values of a Single DocType; unset fields are None, numbers are numbers."""
        stored: Row = dict(self.database.rows('SELECT field, value FROM "tabSingles" WHERE doctype = ?', (meta.name,)))
        row: Row = {"name": meta.name}
        for name in ("owner", "creation", "modified", "modified_by"):
            row[name] = stored.get(name)
        # Frappe: idx is text here
        row["docstatus"], row["idx"] = (
            cint(stored.get("docstatus")),
            stored.get("idx") or "0",
        )
        for field in meta.value_fields:
            value = stored.get(field.fieldname)
            row[field.fieldname] = field.type.cast(value) if value is not None else field.type.empty
        for field in meta.table_fields:
            row[field.fieldname] = []
        return row

    def single_name(self, meta: DocType) -> str:
        """The name by which a client last addressed a Single. Frappe: it answers to any name, and returns that one."""
        sql = "SELECT value FROM \"tabSingles\" WHERE doctype = ? AND field = 'name'"
        found = self.database.row(sql, (meta.name,))
        return found[0] if found and found[0] else meta.name

    def single_fields(self, meta: DocType) -> set[str]:
        """The names of a Single's values that are stored."""
        return {row[0] for row in self.database.rows('SELECT field FROM "tabSingles" WHERE doctype = ?', (meta.name,))}

    def save_single(self, meta: DocType, values: Mapping[str, object]) -> None:
        """Write values of a Single."""
        sql = (
            'INSERT INTO "tabSingles" VALUES (?, ?, ?) ON CONFLICT (doctype, field) DO UPDATE SET value = '
            "excluded.value"
        )
        for fieldname, value in values.items():
            self.database.execute(sql, (meta.name, fieldname, None if value is None else str(_stored(value))))

    # --- queries ---

    def select(self, query: Select) -> list[Row]:
        """The rows of a compiled query."""
        names = query.names
        return [dict(zip(names, row, strict=True)) for row in self.database.rows(query.sql, query.params)]

    def find(
        self,
        meta: DocType,
        condition: Condition,
        fields: Iterable[str] = ("name",),
        limit: int | None = None,
        order: str = "",
    ) -> list[Row]:
        """Rows that meet a condition. For the package's own use: `fields` and `order` become SQL as they are."""
        names = list(fields)
        sql = f"SELECT {', '.join(map(quote, names))} FROM {quote(meta.table)}" + (
            f" WHERE {condition.sql}" if condition.sql else ""
        )
        sql += (f" ORDER BY {order}" if order else "") + (f" LIMIT {int(limit)}" if limit is not None else "")
        return self.select(Select(sql, list(condition.params), names))

    # --- secrets: hashes and encrypted values, never given out ---

    def set_secret(self, doctype: str, name: str, fieldname: str, value: str, encrypted: bool = False) -> None:
        """Keep the hash or the encrypted value of a Password field."""
        sql = (
            'INSERT INTO "__Auth" VALUES (?, ?, ?, ?, ?) ON CONFLICT (doctype, name, fieldname) DO UPDATE SET '
            "password = excluded.password, encrypted = excluded.encrypted"
        )
        self.database.execute(sql, (doctype, name, fieldname, value, int(encrypted)))

    def secret(self, doctype: str, name: str, fieldname: str) -> tuple[str, bool] | None:
        """The kept hash or encrypted value, and whether it is encrypted."""
        row = self.database.row(
            'SELECT password, encrypted FROM "__Auth" WHERE doctype = ? AND name = ? AND fieldname = ?',
            (doctype, name, fieldname),
        )
        return (row[0], bool(row[1])) if row else None

    def delete_secret(self, doctype: str, name: str, fieldname: str) -> None:
        """Delete a stored secret."""
        self.database.execute(
            'DELETE FROM "__Auth" WHERE doctype = ? AND name = ? AND fieldname = ?', (doctype, name, fieldname)
        )

    def rename_secrets(self, doctype: str, old: str, new: str) -> None:
        """Move a document's secrets to its new name."""
        self.database.execute('UPDATE "__Auth" SET name = ? WHERE doctype = ? AND name = ?', (new, doctype, old))


_KEPT = frozenset({str, int, float, type(None)})


def _stored(value: object) -> str | int | float | None:
    """A value as SQLite keeps it; what only JSON can express becomes text."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, datetime.timedelta):
        return get_time(value).isoformat()
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)
