"""All or nothing: transactions, and parts of them, as every store has them. Knows neither SQLite nor PostgreSQL.

with database.transaction():    kept at its end, undone by an error
    with database.atomic():     a part of it: an error undoes the part, and the rest goes on
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class Transactions:
    """Part of a `Database`, which brings `begin_write`, `commit`, `rollback` and how a part of a transaction is
    undone."""

    @property
    def writing(self) -> bool:
        """Whether this thread is in a transaction that may write."""
        raise NotImplementedError

    def begin_write(self) -> None:
        """Open a transaction that may write, unless this thread is in one."""
        raise NotImplementedError

    def commit(self) -> None:
        """Keep what was written."""
        raise NotImplementedError

    def rollback(self) -> None:
        """Forget what was written."""
        raise NotImplementedError

    @contextlib.contextmanager
    def soon(self) -> Iterator[None]:
        """Inside, this thread's commits need not be on the disk when they return.

        The next commit outside, or `sync`, waits for them too.
        """
        yield

    def sync(self) -> None:
        """Wait until what was committed is on the disk."""

    def _part(self) -> contextlib.AbstractContextManager[None]:
        """A part of the transaction that is open.

        Undone by an error, if the transaction that it began in is still open.
        """
        raise NotImplementedError

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
        if self.writing:
            with self._part():
                yield
            return
        self.begin_write()
        try:
            yield
        except BaseException:
            self.rollback()
            raise
