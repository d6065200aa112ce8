"""Connections to PostgreSQL: a pool of one address, how values go and come, and what an error of the driver is here."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

import psycopg
import psycopg_pool
from psycopg.adapt import Dumper, Loader

from ...errors import (
    ConflictError,
    DatabaseBusyError,
    FrappeError,
    InReadOnlyMode,
    QueryTimeoutError,
    StorageFullError,
    ValidationError,
)
from ...sqlite.errors import NO_VALUE, NOT_STORABLE, UniqueViolation
from ...values import Cells
from .sql import SEARCH

if TYPE_CHECKING:
    from psycopg.abc import Buffer

CONNECTIONS = 16
"""How many a process holds at most; a thread that finds none waits."""

Connection = psycopg.Connection[Cells]

ERRORS: tuple[tuple[str, type[FrappeError], str], ...] = (
    ("40", ConflictError, "Another writer came in between; try again"),
    ("55P03", DatabaseBusyError, "The database is busy with other writes; try again"),
    ("53100", StorageFullError, "The database's disk is full; nothing was written"),
    ("53", DatabaseBusyError, "The database has no room for another connection; try again"),
    ("57014", QueryTimeoutError, "The query took too long; narrow it by filters"),
    ("25006", InReadOnlyMode, "The database cannot be written to"),
    ("42883", ValidationError, "The function does not take a value of this type"),
    ("22", ValidationError, NOT_STORABLE),
    ("54", ValidationError, "A value is too large, or there are too many"),
)
"""Beginning of an SQLSTATE -> what it is here."""


def translated_error(error: BaseException) -> BaseException:
    """A driver's error as one of ours; what nobody foresaw stays what it is."""
    if isinstance(error, psycopg.errors.UniqueViolation):
        column = re.search(r'\("?([^",)]+)', error.diag.message_detail or "")  # Key (column)=(value), in any language
        return UniqueViolation(cast(str, error.diag.table_name), column[1] if column else "name")
    if isinstance(error, UnicodeEncodeError) or (isinstance(error, psycopg.DataError) and error.sqlstate is None):
        return ValidationError.told(NOT_STORABLE)
    state = getattr(error, "sqlstate", None) or ""
    for beginning, error_class, explanation in ERRORS:
        if state.startswith(beginning):
            return error_class.told(explanation)
    return error


# --- values ----------------------------------------------------------------------------------------------


class _AsText(Dumper):
    """Values are sent as text without a type, so that 5 finds '5' and '5' finds 5, as in SQLite."""

    def dump(self, obj: object) -> bytes:
        """The text of a value."""
        return str(int(obj) if isinstance(obj, bool) else obj).encode()

    def quote(self, obj: object) -> bytes:
        """The same as a literal."""
        return b"'" + self.dump(obj) + b"'"


class _Fraction(_AsText):
    """A number with a fraction keeps its type: a column of whole numbers can be compared with it."""

    def quote(self, obj: object) -> bytes:
        """A literal with its type."""
        return super().quote(obj) + b"::float8"


DUMPERS: dict[type, type[Dumper]] = {
    **dict.fromkeys((int, bool, datetime.datetime, datetime.date, datetime.time), _AsText),
    **dict.fromkeys((float, decimal.Decimal), _Fraction),
}


class _Number(Loader):
    """What SUM and AVG give."""

    def load(self, data: Buffer) -> int | float:
        """A number as SQLite gives it."""
        text = bytes(data).decode()
        return float(text) if "." in text or text == "NaN" else int(text)


class _Truth(Loader):
    """What a comparison gives."""

    def load(self, data: Buffer) -> int:
        """1 or 0."""
        return int(bytes(data) == b"t")


def checked(params: Sequence[object]) -> list[object]:
    """Values that can be bound. Raises ValidationError for lists and objects."""
    values = list(params)
    if any(isinstance(each, list | tuple | dict | set) for each in values):
        raise ValidationError.told(NO_VALUE)
    return values


# --- connections -----------------------------------------------------------------------------------------


class Pool:
    """The connections of this process to one address; opened anew after a fork.

    `settings` is SQL that each begins with.
    """

    def __init__(self, address: str, wait: float, settings: str):
        self.address, self.wait, self.settings = address, wait, settings
        self._pid, self._pool = 0, cast("psycopg_pool.ConnectionPool[Connection]", None)

    @property
    def _open(self) -> psycopg_pool.ConnectionPool[Connection]:
        if self._pid != os.getpid():  # the first time, or the connections are the parent's
            known = {
                "autocommit": True,
                "cursor_factory": psycopg.ClientCursor,
                "connect_timeout": max(2, int(self.wait)),
            }
            pool = psycopg_pool.ConnectionPool(
                self.address,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=self.wait,
                reconnect_timeout=self.wait,
                configure=self._configure,
                kwargs=known,
                open=False,
            )
            pool.open()
            self._pool, self._pid = pool, os.getpid()
        return self._pool

    def _configure(self, connection: Connection) -> None:
        connection.execute(self.settings)
        connection.execute(SEARCH)
        for kind, dumper in DUMPERS.items():
            connection.adapters.register_dumper(kind, dumper)
        connection.adapters.register_loader("numeric", _Number)
        connection.adapters.register_loader("bool", _Truth)

    def take(self) -> Connection:
        """A connection. Raises DatabaseBusyError if there is none for too long, or none any more."""
        try:
            return self._open.getconn()
        except psycopg_pool.PoolClosed:
            raise DatabaseBusyError.told("The server is stopping") from None
        except psycopg_pool.PoolTimeout:
            raise DatabaseBusyError.told("No connection to the database was to be had; try again") from None

    def give_back(self, connection: Connection) -> None:
        """Let others have it; a broken one is thrown away, and the others are looked at."""
        broken = connection.closed
        self._open.putconn(connection)
        if broken:
            self._open.check()

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection, given back at the end."""
        connection = self.take()
        try:
            yield connection
        finally:
            self.give_back(connection)

    def close(self) -> None:
        """Close all of them."""
        if self._pid == os.getpid():
            self._pool.close()


class ThreadState:
    """A thread's transaction, and the connection that is in it.

    Before each statement of it stands a savepoint `one`.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.connection: Connection | None = None
        self.pool: Pool | None = None  # where the connection goes back to
        self.mode = ""  # "", "read" or "write"
        self.transaction = 0  # another for each
        self.savepoints = 0
        self.repeats: bool | None = None  # whether the caller would run again; None outside requests
        self.touched = 0  # rows that the last statement of an app changed, or gave
        self.alone = False  # whether it has failed before, and is the only writer now
        self.replica = False  # whether a replica will do
        self.failed = ""  # why the transaction can only be undone
