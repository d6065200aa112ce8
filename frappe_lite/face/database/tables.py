"""The tables below `frappe.db`: their columns and indexes, and what an error of the database means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...context import Context, current
from ...errors import DoesNotExistError, DuplicateEntryError, UniqueValidationError
from ...query import quote
from ..mariadb.index_statements import Index


class Tables:
    """The calls of `frappe.db` that are about tables."""

    @property
    def _ctx(self) -> Context:
        return current.get().trusted()

    def get_tables(self, cached: bool = True) -> list[str]:
        """The names of the tables of documents."""
        return self._ctx.store.document_tables()

    def get_table_columns(self, doctype: str) -> list[str]:
        """The columns of a DocType's table."""
        return list(self._ctx.meta(doctype).columns)

    def get_db_table_columns(self, table: str) -> list[str]:
        """The columns of a table."""
        return self.get_table_columns(table.removeprefix("tab"))

    def get_column_type(self, doctype: str, column: str) -> str:
        """The SQL type of a column. Raises DoesNotExistError for one that is not there."""
        types = self._ctx.meta(doctype).column_sql
        if column not in types:
            raise DoesNotExistError.told(f"{doctype} has no column {column}")
        if column == "name" and self._ctx.meta(doctype).autoname == "UUID":
            return "uuid"  # Frappe has a type for them; here a UUID is text
        return types[column].partition(" ")[0].lower()

    def has_column(self, doctype: str, column: str) -> bool:
        """Whether the DocType's table has the column."""
        return column in self._ctx.meta(doctype).columns

    def field_exists(self, dt: str, fn: str) -> bool:
        """Whether the DocType has the field."""
        return self._ctx.has_doctype(dt) and self._ctx.meta(dt).has_field(fn)

    def table_exists(self, doctype: str, cached: bool = True) -> bool:
        """Whether there is a table for the DocType."""
        return (
            self._ctx.has_doctype(doctype)
            and not self._ctx.meta(doctype).issingle
            and not self._ctx.meta(doctype).is_virtual
        )

    has_table = table_exists

    # --- indexes ---

    @staticmethod
    def get_index_name(fields: Sequence[str]) -> str:
        """The name of an index on the fields, without the lengths that MariaDB wants."""
        return re.sub(r"\s*\([^)]+\)\s*", "", f"{'_'.join(fields)}_index")

    def add_index(self, doctype: str, fields: Sequence[str], index_name: str | None = None) -> None:
        """Make an index on the fields, unless it is there."""
        self._index(doctype, fields, index_name, "")

    def add_unique(self, doctype: str, fields: Any, constraint_name: str | None = None) -> None:
        """Let a combination of fields stand in one document only."""
        self._index(doctype, [fields] if isinstance(fields, str) else fields, constraint_name, "UNIQUE ")

    def _index(self, doctype: str, fields: Sequence[str], name: str | None, kind: str) -> None:
        meta = self._ctx.meta(doctype)
        plain = [re.sub(r"\(\d+\)$", "", each) for each in fields]
        unknown = [each for each in plain if each not in meta.columns]
        if unknown:
            raise DoesNotExistError.told(f"{doctype} has no field {unknown[0]}")
        label = quote(f"{meta.table}_{name or '_'.join(plain)}{'_unique' if kind else '_index'}")
        self._ctx.store.database.execute(
            f"CREATE {kind}INDEX IF NOT EXISTS {label} ON {quote(meta.table)} ({', '.join(map(quote, plain))})"
        )

    def change_index(self, index: Index) -> None:
        """Make the index that a statement asks for, or drop it. One of full text says nothing here: LIKE looks at each
        row."""
        database = self._ctx.store.database
        if index.columns and not index.is_full_text:
            label, columns = quote(f"{index.table}_{index.name}"), ", ".join(map(quote, index.columns))
            kind = "UNIQUE " if index.is_unique else ""
            database.execute(f"CREATE {kind}INDEX IF NOT EXISTS {label} ON {quote(index.table)} ({columns})")
        elif not index.columns:
            named = (index.name, f"{index.table}_{index.name}")
            for each in [each for each in database.indexes(index.table) if each in named]:
                database.execute(f"DROP INDEX IF EXISTS {quote(each)}")

    def has_index(self, table_name: str, index_name: str) -> bool:
        """Whether a table has the index."""
        names = (index_name, f"{table_name}_{index_name}", f"{table_name}_{index_name}_index")
        return any(each in names for each in self._ctx.store.database.indexes(table_name))

    def get_next_sequence_val(self, doctype: str, slug: str = "_id_seq") -> int:
        """The next number of an autoincrement DocType."""
        return self._ctx.store.next_number(f"{doctype}:autoincrement")

    # --- what an error means ---

    @staticmethod
    def is_unique_key_violation(e: BaseException) -> bool:
        """Whether a save failed because a value stands elsewhere."""
        return isinstance(e, UniqueValidationError)

    @staticmethod
    def is_duplicate_entry(e: BaseException) -> bool:
        """Whether a save failed because the name, or a value, is there already."""
        return isinstance(e, DuplicateEntryError | UniqueValidationError)

    is_primary_key_violation = is_duplicate_entry

    @staticmethod
    def is_missing_column(e: BaseException) -> bool:
        """Whether a statement failed for a column that is not there."""
        return bool(re.search("no such column|column .* does not exist", str(e)))

    is_column_missing = is_missing_column

    @staticmethod
    def is_table_missing(e: BaseException) -> bool:
        """Whether a statement failed for a table that is not there."""
        return bool(re.search("no such table|relation .* does not exist", str(e)))

    def is_missing_table_or_column(self, e: BaseException) -> bool:
        """Whether a statement failed for a table or column that is not there."""
        return self.is_missing_column(e) or self.is_table_missing(e)


__all__ = ["Tables"]
