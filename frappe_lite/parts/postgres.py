"""The same store on PostgreSQL: many processes, on many machines, serve one site and keep nothing of it themselves.

Has what `database.Database` has. Writers work at the same time, each as if it were alone (SERIALIZABLE): what could not
have happened one after the other ends in a ConflictError, and the request is run again from the start. Whoever cannot run
again, a command or a job, waits until it is the only writer, and so does a request that failed often enough.

    Site("postgresql://user@host/database")      libpq's addresses: several hosts, options, a service file
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, cast

import psycopg
import psycopg_pool
from psycopg.adapt import Dumper, Loader
from psycopg.rows import tuple_row

from ..database import UniqueViolation
from ..errors import ConflictError, DatabaseBusyError, FrappeError, InReadOnlyMode, QueryTimeoutError, StorageFullError, ValidationError
from ..operators import Condition, quote
from .postgres_changes import PostgresChangeLog
from .postgres_sql import SETUP, shortened, translated

ATTEMPTS = 4
"""How often a request is run at most. The last time alone."""
PATIENCE = 60
"""How many seconds a start, a command or a job waits until it is the only writer."""
CONNECTIONS = 16
"""How many a process holds at most; a thread that finds none waits."""

_READS = re.compile(r"\s*(SELECT|WITH|EXPLAIN|VALUES)\b", re.IGNORECASE)

ERRORS: tuple[tuple[str, type[FrappeError], str], ...] = (
    ("40", ConflictError, "Another writer came in between; try again"),
    ("55P03", DatabaseBusyError, "The database is busy with other writes; try again"),
    ("53100", StorageFullError, "The database's disk is full; nothing was written"),
    ("53", DatabaseBusyError, "The database has no room for another connection; try again"),
    ("57014", QueryTimeoutError, "The query took too long; narrow it by filters"),
    ("25006", InReadOnlyMode, "The database cannot be written to"),
    ("42883", ValidationError, "The function does not take a value of this type"),
    ("22", ValidationError, "A value cannot be stored: a number beyond 64 bits, or text that is no Unicode"),
    ("54", ValidationError, "A value is too large, or there are too many"),
)
"""Beginning of an SQLSTATE -> what it is here."""


class _AsText(Dumper):
    """Values are sent as text without a type, so that 5 finds '5' and '5' finds 5, as in SQLite."""

    def dump(self, obj: Any) -> bytes:
        """The text of a value."""
        return str(int(obj) if isinstance(obj, bool) else obj).encode()

    def quote(self, obj: Any) -> bytes:
        """The same as a literal."""
        return b"'" + self.dump(obj) + b"'"


class _Number(Loader):
    """What SUM and AVG give."""

    def load(self, data: Any) -> int | float:
        """A number as SQLite gives it."""
        text = bytes(data).decode()
        return float(text) if "." in text or text == "NaN" else int(text)


class _Truth(Loader):
    """A comparison's value."""

    def load(self, data: Any) -> int:
        """1 or 0."""
        return int(bytes(data) == b"t")


class _State:
    """A thread's transaction, and the connection that is in it. Before each statement of it stands a savepoint `one`."""

    def __init__(self) -> None:
        self.connection: psycopg.Connection[Any] | None = None
        self.mode = ""  # "", "read" or "write"
        self.savepoints = 0
        self.repeats: bool | None = None  # whether the caller would run again; None outside requests
        self.failed = ""  # why the transaction can only be undone


class PostgresDatabase:
    """The database, and the schema in it, that a libpq address names. `synchronous`: full (as the server is set), normal (its own disk) or off."""

    attempts = ATTEMPTS
    files = "database"
    ungrouped = "MIN({column})"
    in_memory = False
    change_log = PostgresChangeLog()

    def __init__(self, url: str, synchronous: str = "full", busy_timeout: float = 5.0, query_seconds: float = 10.0, template: bytes = b"", **_file: Any):
        self.url, self.busy_timeout, self.query_seconds = url, busy_timeout, query_seconds
        self._durability = {"full": "", "normal": "SET synchronous_commit = local", "off": "SET synchronous_commit = off"}[synchronous]
        self._local = threading.local()
        self._pid, self._pool = 0, cast(Any, None)
        self._open_pool()
        with self._checked_out() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' frappe_lite'))")  # processes that start at once
            if connection.execute("SELECT to_regclass('\"__writers\"')").fetchone()[0] is None:
                connection.execute(cast(Any, SETUP))
            self.is_new = connection.execute("SELECT to_regclass('\"__site\"')").fetchone()[0] is None
        with self._checked_out() as connection:  # now that the types are there
            self._configure(connection)

    # --- connections ---

    def _open_pool(self) -> None:
        self._pid = os.getpid()
        known = {"autocommit": True, "cursor_factory": psycopg.ClientCursor, "row_factory": tuple_row, "connect_timeout": max(2, int(self.busy_timeout))}
        self._pool = psycopg_pool.ConnectionPool(
            self.url, min_size=1, max_size=CONNECTIONS, timeout=self.busy_timeout, configure=self._configure, kwargs=known, open=False, name="frappe_lite"
        )
        self._pool.open()

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        """What each connection begins with."""
        settings = f"SET statement_timeout = {int(self.query_seconds * 1000)}; SET lock_timeout = {int(self.busy_timeout * 1000)}; {self._durability}"
        connection.execute(cast(Any, settings))
        connection.execute("SELECT set_config('search_path', concat_ws(', ', quote_ident(current_schema()), 'public'), false)")
        for kind in (int, float, bool, decimal.Decimal, datetime.datetime, datetime.date, datetime.time):
            connection.adapters.register_dumper(kind, _AsText)
        connection.adapters.register_loader("numeric", _Number)
        connection.adapters.register_loader("bool", _Truth)

    @property
    def _state(self) -> _State:
        state: _State | None = getattr(self._local, "state", None)
        if state is None or self._pid != os.getpid():
            if self._pid != os.getpid():  # after a fork: the connections are the parent's
                self._local = threading.local()
                self._open_pool()
            state = self._local.state = _State()
        return state

    def _take(self) -> psycopg.Connection[Any]:
        try:
            return cast("psycopg.Connection[Any]", self._pool.getconn())
        except psycopg_pool.PoolTimeout:
            raise DatabaseBusyError.told("No connection to the database was to be had; try again") from None

    @contextlib.contextmanager
    def _checked_out(self) -> Iterator[Any]:
        connection = self._take()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def close(self) -> None:
        """Close the connections. The object is of no use afterwards."""
        if self._pid == os.getpid():
            self._pool.close()

    @property
    def path(self) -> str:
        """There is no file that others could lie beside."""
        raise ValidationError.told('A site on PostgreSQL has no folder: set FRAPPE_LITE_SECRET_KEY for its secrets, and leave files="database"')

    def data_version_changed(self) -> bool:
        """Whether others may have committed: only the database knows, and is asked."""
        return True

    def may_repeat(self, repeat: bool | None) -> None:
        """Say whether this thread would run its transaction again after a ConflictError. One that would not waits to be the only writer; outside requests (None) for long."""
        self._state.repeats = repeat

    def settle(self) -> None:
        """Give changes that were kept their place in the change feed."""
        with self._checked_out() as connection, contextlib.suppress(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute('SELECT "__settle_changes"()')

    # --- what is there ---

    def claim(self) -> None:
        """Nothing to mark: a schema is named by its address."""

    def tables(self) -> list[str]:
        """The names of the tables."""
        return [row[0] for row in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in their order; none for a table that is not there."""
        sql = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        return [row[0] for row in self.rows(sql, (quote(shortened(table)),))]

    def among(self, column: str, values: Sequence[Any]) -> Condition:
        """That a column, given as SQL, has one of the values, of which there may be any number."""
        escaped = (str(each).replace("\\", "\\\\").replace('"', '\\"') for each in values)
        return Condition(f"{column} = ANY(?)", ("{" + ",".join(f'"{each}"' for each in escaped) + "}",))

    # --- statements ---

    def _run(self, sql: str, params: Sequence[Any], then: Callable[[Any], Any]) -> Any:
        """Run a statement. In a transaction one that fails undoes itself only, as in SQLite."""
        state = self._state
        text, values = translated(sql), _checked(params)
        if state.failed:
            raise ConflictError.told(state.failed)
        try:
            if state.connection is None:
                return self._read_alone(text, values, then)
            return then(state.connection.execute(cast(Any, f"{text}; RELEASE one; SAVEPOINT one" if state.mode == "write" else text), values))
        except (psycopg.Error, UnicodeEncodeError) as error:
            self._failed(error)

    def _read_alone(self, text: str, values: Sequence[Any], then: Callable[[Any], Any]) -> Any:
        """Outside a transaction; once more on another connection if this one is broken."""
        connection = self._take()
        try:
            return then(connection.execute(cast(Any, text), values))
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            self._pool.check()
        finally:
            self._pool.putconn(connection)
        with self._checked_out() as connection:
            return then(connection.execute(cast(Any, text), values))

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query, as tuples."""
        return cast("list[Any]", self._run(sql, params, lambda cursor: cursor.fetchall()))

    def row(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first row of a query as a tuple, or None."""
        try:
            return self._run(sql, params, lambda cursor: cursor.fetchone())
        except ValidationError as error:
            if isinstance(error.__cause__, psycopg.errors.InvalidTextRepresentation | psycopg.errors.NumericValueOutOfRange):
                return None  # a text is no number: no row has it
            raise

    def query(self, sql: str, params: Sequence[Any] = ()) -> tuple[list[str], list[Any]]:
        """Column names and rows of any statement; a writing one opens the transaction. For app code's own SQL."""
        if not _READS.match(sql):
            self.begin_write()

        def both(cursor: Any) -> tuple[list[str], list[Any]]:
            return [column.name for column in cursor.description or ()], cursor.fetchall() if cursor.description else []

        return cast("tuple[list[str], list[Any]]", self._run(sql, params, both))

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run a writing statement; how many rows it changed. Raises UniqueViolation, ConflictError."""
        self.begin_write()
        return cast(int, self._run(sql, params, lambda cursor: cursor.rowcount))

    def run_script(self, sql: str) -> None:
        """Run statements in PostgreSQL's own words."""
        self.begin_write()
        self._plain(f"RELEASE one; {sql}")

    def execute_many(self, sql: str, params: Sequence[Sequence[Any]]) -> None:
        """Run a writing statement for each of the rows."""
        with self.atomic():
            connection = cast(Any, self._state.connection)
            try:
                connection.cursor(binary=False).executemany(translated(sql), [_checked(each) for each in params])
            except (psycopg.Error, UnicodeEncodeError) as error:
                self._failed(error)

    def _failed(self, error: BaseException) -> NoReturn:
        """Raise what an error of the driver is here, with the transaction as it was before the statement, or given up."""
        state, found = self._state, _translated(error)
        connection = state.connection
        if connection is not None and connection.closed:
            self._pool.check()
            found = ConflictError.told("The connection to the database broke; nothing was kept")
        if isinstance(found, ConflictError):
            if state.connection is not None:
                state.failed = str(found)
            if not state.repeats:
                found = DatabaseBusyError.told(str(found))
        elif state.mode == "write":
            cast(Any, connection).execute("ROLLBACK TO one")
        raise found from error

    # --- transactions ---

    @property
    def writing(self) -> bool:
        """Whether this thread is in a transaction that may write."""
        return self._state.mode == "write"

    def begin_read(self) -> None:
        """All reads from here on see one state of the database, until commit() or rollback()."""
        if not self._state.mode:
            self._begin("read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_write(self) -> None:
        """Open a transaction that may write, if this thread has none. Raises DatabaseBusyError after waiting for too long."""
        state = self._state
        if state.mode == "write":
            return
        if state.mode == "read":
            self.rollback()  # what is saved is read again inside
        patience = f"SET LOCAL lock_timeout = {PATIENCE * 1000}; " if state.repeats is None else ""
        lock = f'{patience}LOCK TABLE "__writers" IN {"ROW SHARE" if state.repeats else "EXCLUSIVE"} MODE'  # before the first read, which fixes what is seen
        self._begin("write", f"BEGIN ISOLATION LEVEL SERIALIZABLE; {lock}; SAVEPOINT one")

    def _begin(self, mode: str, sql: str) -> None:
        state, connection = self._state, self._take()
        try:
            connection.execute(cast(Any, sql))
        except psycopg.Error as error:
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            self._pool.putconn(connection)
            if connection.closed:
                self._pool.check()
                raise (ConflictError if state.repeats else DatabaseBusyError).told("The connection to the database broke; nothing was kept") from error
            raise _translated(error) from error
        state.connection, state.mode, state.savepoints, state.failed = connection, mode, 0, ""

    def commit(self) -> None:
        """Keep what was written. Raises ConflictError or another error if it cannot be kept."""
        state = self._state
        connection, failed, repeats = state.connection, state.failed, state.repeats
        if connection is None:
            return
        if failed:
            self.rollback()
            raise (ConflictError if repeats else DatabaseBusyError).told(failed)
        try:
            kept = connection.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            found = _translated(error)
            if connection.closed:
                found = DatabaseBusyError.told("The connection to the database broke; whether the change was kept is not known. Look before you send it again")
            elif isinstance(found, ConflictError) and not repeats:
                found = DatabaseBusyError.told(str(found))
            raise found from error
        finally:
            self._give_back()
        state.repeats = False if repeats else repeats  # a part is kept now: the whole cannot be run again
        if kept != "COMMIT":
            raise StorageFullError.told("The database could not keep the change; nothing was written")

    def rollback(self) -> None:
        """Forget what was written."""
        connection = self._state.connection
        if connection is not None:
            with contextlib.suppress(psycopg.Error):  # a broken connection has forgotten it already
                connection.execute("ROLLBACK")
            self._give_back()

    def _give_back(self) -> None:
        state = self._state
        connection, state.connection, state.mode, state.failed = state.connection, None, "", ""
        self._pool.putconn(connection)

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
        state = self._state
        if state.mode != "write":
            self.begin_write()
            try:
                yield
            except BaseException:
                self.rollback()
                raise
            return
        state.savepoints += 1
        name = f"savepoint_{state.savepoints}"
        self.savepoint(name)
        try:
            yield
        except BaseException:
            if state.mode == "write" and not state.failed:
                self.rollback_to(name)
                self.release(name)
            raise
        if state.mode == "write" and not state.failed:
            self.release(name)

    def savepoint(self, name: str) -> None:
        """Name this moment of the transaction, which is opened if there is none."""
        self.begin_write()
        self._plain(f"RELEASE one; SAVEPOINT {quote(name)}")

    def rollback_to(self, name: str) -> None:
        """Undo what was written since `savepoint(name)`."""
        self._plain(f"ROLLBACK TO {quote(name)}")

    def release(self, name: str) -> None:
        """Forget the name."""
        self._plain(f"RELEASE {quote(name)}")

    def _plain(self, sql: str) -> None:
        state = self._state
        if state.failed:
            raise ConflictError.told(state.failed)
        try:
            cast(Any, state.connection).execute(f"{sql}; SAVEPOINT one")
        except psycopg.Error as error:
            state.failed = "The transaction broke off; nothing was kept"
            raise _translated(error) from error

    def checkpoint(self, truncate: bool = False) -> None:
        """The server does so by itself."""

    def backup(self, target: Any, progress: Any = None) -> None:
        """PostgreSQL's own tools do this."""
        raise ValidationError.told("A site on PostgreSQL is saved with pg_dump or pg_basebackup, or copied into a file: frappe-lite copy")


_PLAIN = frozenset({str, int, float, type(None), bool, bytes, bytearray, memoryview, decimal.Decimal, datetime.datetime, datetime.date, datetime.time})


def _checked(params: Sequence[Any]) -> list[Any]:
    values = list(params)
    for each in values:
        if each.__class__ not in _PLAIN and isinstance(each, list | tuple | dict | set):
            raise ValidationError.told("A name or a value is text or a number, not a list or an object")
    return values


def _translated(error: BaseException) -> BaseException:
    """A driver's error as one of ours; what nobody foresaw stays what it is."""
    if isinstance(error, psycopg.errors.UniqueViolation):
        column = re.search(r'\("?([^")]+)"?[,)]', error.diag.message_detail or "")  # Key (column)=(value), in any language
        return UniqueViolation(cast(str, error.diag.table_name), column[1] if column else "name")
    if isinstance(error, UnicodeEncodeError) or (isinstance(error, psycopg.DataError) and error.sqlstate is None):
        return ValidationError.told("A value cannot be stored: a number beyond 64 bits, or text that is no Unicode")
    state = getattr(error, "sqlstate", None) or ""
    for beginning, error_class, explanation in ERRORS:
        if state.startswith(beginning):
            return error_class.told(explanation)
    return error
