"""The same store on PostgreSQL: many processes, on many machines, serve one site and keep nothing of it themselves.

Has what `database.Database` has. Writers work at the same time, each as if it were alone (SERIALIZABLE): what could not
have happened one after the other ends in a ConflictError, and the request is run again from the start. Whoever cannot
run again, a command or a job, waits until it is the only writer, and so does a request that failed often enough.

    Site("postgresql://user@host/database")      libpq's addresses: several hosts, options, a service file
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar, cast

import psycopg

from ...errors import (
    ConflictError,
    DatabaseBusyError,
    FrappeError,
    OutcomeUnknownError,
    StorageFullError,
    ValidationError,
)
from ...query.operators import quote
from ...sqlite.catalog import READS
from ...sqlite.file import DatabaseRefused
from ...sqlite.transactions import Transactions
from ...values import Cells
from .catalog import PostgresCatalog
from .connections import Connection, Pool, ThreadState, checked, translated_error
from .sql import SETUP, translated

Cursor = psycopg.Cursor[Cells]
Found = TypeVar("Found")
"""What is taken from a cursor."""
PATIENCE = 60
"""How many seconds a start, a command or a job waits until it is the only writer."""
BROKEN = "The connection to the database broke; nothing was kept"
REPLICA_REST = 10.0
"""How many seconds a replica that did not answer is left alone."""


class PostgresDatabase(Transactions, PostgresCatalog):
    """The database, and the schema in it, that a libpq address names.

    `synchronous`: full (as the server is set), normal (its own disk) or off.

    FRAPPE_LITE_REPLICA is the address of a copy that requests which only read are answered from.
    """

    def __init__(
        self,
        url: str,
        synchronous: str = "full",
        busy_timeout: float = 5.0,
        query_seconds: float = 10.0,
        template: bytes = b"",
        checkpoint: str = "own",
    ):
        durability = {"full": "", "normal": "SET synchronous_commit = local", "off": "SET synchronous_commit = off"}[
            synchronous
        ]
        self.place = re.sub(r"//[^@/]*@", "//", url).partition("?")[0]  # without a password
        settings = (
            f"SET statement_timeout = {int(query_seconds * 1000)}; SET lock_timeout = {int(busy_timeout * 1000)}; "
            f"{durability}"
        )
        self._query_limit = int(query_seconds * 1000)
        self._local = threading.local()
        self._pool, replica = Pool(url, busy_timeout, settings), os.environ.get("FRAPPE_LITE_REPLICA")
        self._replica = Pool(replica, min(busy_timeout, 1.0), settings) if replica else None
        self._replica_rests = 0.0
        self.is_new = self._set_up(url)

    @staticmethod
    def _set_up(url: str) -> bool:
        """Make what the schema needs first; whether there is no site in it yet. Raises DatabaseRefused."""
        try:
            with psycopg.connect(url) as connection:  # those of the pool are made when the types are there
                # Processes that start at once
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' frappe_lite'))")
                there = (
                    "SELECT to_regclass(quote_ident(current_schema()) || '.__writers'), "
                    "to_regclass(quote_ident(current_schema()) || '.__site')"
                )
                lock, site = connection.execute(there).fetchone() or (None, None)
                if lock is None:
                    connection.execute(SETUP)
                return site is None
        except psycopg.Error as error:
            raise DatabaseRefused(f"PostgreSQL cannot be used: {str(error).strip()}") from None

    # --- connections ---

    @property
    def _state(self) -> ThreadState:
        state: ThreadState | None = getattr(self._local, "state", None)
        if state is None or state.pid != os.getpid():
            state = self._local.state = ThreadState()
        return state

    def _take(self) -> tuple[Pool, Connection]:
        """A connection, and where it comes from: a replica where one will do."""
        if self._replica is not None and self._state.replica and time.monotonic() > self._replica_rests:
            try:
                return self._replica, self._replica.take()
            except DatabaseBusyError:
                self._replica_rests = time.monotonic() + REPLICA_REST
        return self._pool, self._pool.take()

    def close(self) -> None:
        """Close the connections. The object is of no use afterwards."""
        for pool in (self._pool, self._replica):
            if pool is not None:
                pool.close()

    def begin_request(self, reads: bool, attempt: int) -> None:
        """A request begins on this thread.

        One that only reads may be answered from a replica; one that has failed before waits to be the only writer.
        """
        state = self._state
        state.replica, state.alone, state.repeats = reads, attempt > 1, attempt < self.attempts

    def end_request(self) -> None:
        """It has ended: what this thread writes now cannot be run again, and waits for long."""
        self._state.replica, self._state.repeats = False, None

    def settle(self) -> None:
        """Give changes that were kept their place in the change feed."""
        try:
            self._alone(self._pool, self._pool.take(), 'SELECT "__settle_changes"()', (), lambda _: None)
        except psycopg.errors.ReadOnlySqlTransaction:
            pass  # the address is a standby's
        except psycopg.Error as error:
            raise translated_error(error) from error

    # --- statements ---

    def _run(self, sql: str, params: Sequence[object], then: Callable[[Cursor], Found]) -> Found:
        """Run a statement. In a transaction one that fails undoes itself only, as in SQLite."""
        state = self._state
        text, values = translated(sql), checked(params)
        if state.failed:
            raise self._given_up(state.failed)
        try:
            if state.connection is None:
                return self._alone(*self._take(), text, values, then)
            return then(
                state.connection.execute(
                    f"{text}; RELEASE one; SAVEPOINT one" if state.mode == "write" else text, values
                )
            )
        except (psycopg.Error, UnicodeEncodeError) as error:
            self._failed(error)

    def _alone(
        self, pool: Pool, connection: Connection, text: str, values: Sequence[object], then: Callable[[Cursor], Found]
    ) -> Found:
        """Outside a transaction; once more on another connection if this one is broken."""
        try:
            return then(connection.execute(text, values))
        except psycopg.OperationalError:
            if not connection.closed:
                raise
        finally:
            pool.give_back(connection)
        with self._pool.connection() as connection:
            return then(connection.execute(text, values))

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Cells]:
        """All rows of a query, as tuples."""
        return self._run(sql, params, lambda cursor: cursor.fetchall() if cursor.description else [])

    def row(self, sql: str, params: Sequence[object] = ()) -> Cells | None:
        """The first row of a query as a tuple, or None."""
        try:
            return self._run(sql, params, lambda cursor: cursor.fetchone())
        except ValidationError as error:
            if isinstance(
                error.__cause__, psycopg.errors.InvalidTextRepresentation | psycopg.errors.NumericValueOutOfRange
            ):
                return None  # a text is no number: no row has it
            raise

    def value(self, sql: str, params: Sequence[object] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, params)
        return row[0] if row else None

    def query(self, sql: str, params: Sequence[object] = ()) -> tuple[list[str], list[Cells]]:
        """Column names and rows of any statement; a writing one opens the transaction. For app code's own SQL."""
        if not READS.match(sql):
            self.begin_write()

        def both(cursor: Cursor) -> tuple[list[str], list[Cells]]:
            self._state.touched = cursor.rowcount
            return [column.name for column in cursor.description or ()], cursor.fetchall() if cursor.description else []

        return self._run(sql, params, both)

    @property
    def touched(self) -> int:
        """How many rows the thread's last `query` changed, or gave."""
        return self._state.touched

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        """Run a writing statement; how many rows it changed. Raises UniqueViolation, ConflictError."""
        self.begin_write()
        return self._run(sql, params, lambda cursor: cursor.rowcount)

    def run_script(self, sql: str) -> None:
        """Run statements in PostgreSQL's own words."""
        self.begin_write()
        self._plain(f"RELEASE one; {sql}")

    def execute_many(self, sql: str, params: Sequence[Sequence[object]]) -> None:
        """Run a writing statement for each of the rows."""
        with self.atomic():
            connection = cast(Connection, self._state.connection)
            try:
                connection.cursor(binary=False).executemany(translated(sql), [checked(each) for each in params])
            except (psycopg.Error, UnicodeEncodeError) as error:
                self._failed(error)

    def _failed(self, error: BaseException) -> NoReturn:
        """Raise what an error of the driver is here, with the transaction as it was before the statement, or given
        up."""
        state, found = self._state, translated_error(error)
        connection = state.connection
        if connection is not None and connection.closed:
            raise self._given_up(BROKEN) from error
        if isinstance(found, ConflictError):
            raise self._given_up(str(found)) from error
        if state.mode == "write":
            cast(Connection, connection).execute("ROLLBACK TO one")
        raise found from error

    def _given_up(self, why: str) -> FrappeError:
        """The error that says so; where the caller would run again, one that lets it.

        What is left of a transaction can only be undone.
        """
        self._state.failed = why if self._state.mode else ""
        return (ConflictError if self._state.repeats else DatabaseBusyError).told(why)

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
        """Open a transaction that may write, if this thread has none.

        Raises DatabaseBusyError after waiting for too long.
        """
        state = self._state
        if state.mode == "write":
            return
        state.replica = False
        if state.mode == "read":
            self.rollback()  # what is saved is read again inside
        patience = f"SET LOCAL lock_timeout = {PATIENCE * 1000}; " if state.repeats is None else ""
        # before the first read, which fixes what is seen; to wait for a turn is no slow query
        lock = (
            f"SET LOCAL statement_timeout = 0; {patience}"
            f'LOCK TABLE "__writers" IN {"ROW SHARE" if state.repeats and not state.alone else "EXCLUSIVE"} MODE; '
            f"SET LOCAL statement_timeout = {self._query_limit}"
        )
        self._begin("write", f"BEGIN ISOLATION LEVEL SERIALIZABLE; {lock}; SAVEPOINT one")

    def _begin(self, mode: str, sql: str) -> None:
        state = self._state
        pool, connection = self._take()
        try:
            connection.execute(sql)
        except psycopg.Error as error:
            with contextlib.suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            pool.give_back(connection)
            raise self._given_up(BROKEN) if connection.closed else translated_error(error) from error
        state.pool, state.connection, state.mode, state.savepoints, state.failed = pool, connection, mode, 0, ""
        state.transaction += 1

    def commit(self) -> None:
        """Keep what was written. Raises ConflictError or another error if it cannot be kept."""
        state = self._state
        connection, failed = state.connection, state.failed
        if connection is None:
            return
        if failed:
            self.rollback()
            raise self._given_up(failed)
        try:
            kept = connection.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            found = translated_error(error)
            if connection.closed:
                found = OutcomeUnknownError.told(
                    "The connection to the database broke; whether the change was kept is not known. Look before "
                    "you send it again"
                )
            elif isinstance(found, ConflictError):
                found = self._given_up(str(found))
            raise found from error
        finally:
            self._give_back()
        state.repeats = None if state.repeats is None else False  # a part is kept now: the whole cannot be run again
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
        connection, pool = cast(Connection, state.connection), cast(Pool, state.pool)
        state.connection, state.mode, state.failed = None, "", ""
        pool.give_back(connection)

    @contextlib.contextmanager
    def _part(self) -> Iterator[None]:
        state = self._state
        began = state.transaction
        state.savepoints += 1
        name = f"savepoint_{state.savepoints}"
        self.savepoint(name)
        try:
            yield
        except BaseException:
            if self._is_in(began):
                self.rollback_to(name)
                self.release(name)
            raise
        if self._is_in(began):
            self.release(name)

    def _is_in(self, transaction: int) -> bool:
        """Whether that transaction is still open: app code may have committed inside a part of it."""
        state = self._state
        return state.mode == "write" and not state.failed and state.transaction == transaction

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
            raise self._given_up(state.failed)
        try:
            cast(Connection, state.connection).execute(f"{sql}; SAVEPOINT one")
        except psycopg.Error as error:
            raise self._given_up("The transaction broke off; nothing was kept") from error
