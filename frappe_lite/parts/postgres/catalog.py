"""What a PostgreSQL database is to those who use it, beside its statements and transactions.

Its traits, and what is in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import ValidationError
from ...query.operators import Condition, quote
from ...values import Cells
from .changes import PostgresChangeLog
from .sql import shortened

_TABLE = "to_regclass(quote_ident(current_schema()) || '.' || ?)"

ATTEMPTS = 4
"""How often a request is run at most: the first time beside other writers, then as the only one.

That can fail too, if rarely: a transaction that has just ended still counts as one beside it, until PostgreSQL has
tidied up after it.
"""


class PostgresCatalog:
    """Part of `PostgresDatabase`; as `catalog.Catalog`."""

    attempts = ATTEMPTS
    files = "database"
    ungrouped = "MIN({column})"
    in_memory = False
    path = ""  # no file that others could lie beside
    moment = None  # whether something was written since is not followed: a document is read again
    skip_locked = "FOR UPDATE SKIP LOCKED"
    change_log = PostgresChangeLog()

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Cells]:
        """All rows of a query."""
        raise NotImplementedError

    # --- what is there ---

    def claim(self) -> None:
        """Nothing to mark: a schema is named by its address."""

    def tables(self) -> list[str]:
        """The names of the tables."""
        return [row[0] for row in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in their order; none for a table that is not there."""
        where = f"attrelid = {_TABLE} AND attnum > 0 AND NOT attisdropped AND attidentity = ''"
        return [
            row[0]
            for row in self.rows(
                f"SELECT attname FROM pg_attribute WHERE {where} ORDER BY attnum", (quote(shortened(table)),)
            )
        ]

    def required(self, table: str) -> set[str]:
        """The columns of a table that take no NULL."""
        where = f"attrelid = {_TABLE} AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attnotnull"
        return {
            row[0] for row in self.rows(f"SELECT attname FROM pg_attribute WHERE {where}", (quote(shortened(table)),))
        }

    def forget_indexes_of(self, table: str, column: str) -> None:
        """Nothing: a column's indexes go with it."""

    def among(self, column: str, values: Sequence[object]) -> Condition:
        """That a column, given as SQL, has one of the values, of which there may be any number."""
        escaped = (str(each).replace("\\", "\\\\").replace('"', '\\"') for each in values)
        return Condition(f"{column} = ANY(?)", ("{" + ",".join(f'"{each}"' for each in escaped) + "}",))

    def indexes(self, table: str) -> dict[str, bool]:
        """The names of a table's indexes, and whether each is unique."""
        sql = (
            "SELECT relname, indisunique FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = "
            + _TABLE
        )
        return {name: bool(unique) for name, unique in self.rows(sql, (quote(shortened(table)),))}

    def count_on(self, table: str) -> None:
        """Let the next row of a table into which rows were copied with their `rowid` come after them."""
        name = quote(shortened(table))
        self.rows(
            f"SELECT setval(pg_get_serial_sequence(?, 'rowid'), coalesce(max(rowid), 0) + 1, false) FROM {name}",
            (name,),
        )

    def analyze(self) -> None:
        """Look how many rows there are of what, for those who plan queries.

        The server does so by itself, but some minutes later.
        """
        self.rows("ANALYZE")

    def size(self) -> int:
        """Bytes on the server's disk."""
        return int(self.rows("SELECT pg_database_size(current_database())")[0][0])

    def data_version_changed(self) -> bool:
        """Whether others may have committed: only the database knows, and is asked."""
        return True

    def teach(self, _functions: object) -> None:
        """App code's own SQL has the functions that PostgreSQL has."""

    def give_back(self) -> None:
        """Connections go back to the pool by themselves."""

    def checkpoint(self, truncate: bool = False) -> None:
        """The server does so by itself."""

    def backup(self, target: object, progress: object = None) -> None:
        """PostgreSQL's own tools do this."""
        raise ValidationError.told(
            "A site on PostgreSQL is saved with pg_dump or pg_basebackup, or copied into a file: frappe-lite copy"
        )
