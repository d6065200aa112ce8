"""Transactions of `frappe.db`: commit, rollback, savepoints, and the functions that wait for them."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ...access.auth import SAFE_METHODS
from ...context import Context, current


class CallbackManager:
    """Functions that wait for a moment, such as `frappe.db.after_commit`: `add` them, `run` them in order."""

    def __init__(self, functions: list[Callable[[], Any]] | None = None):
        self._functions = [] if functions is None else functions

    def add(self, func: Callable[[], object]) -> None:
        """Let a function wait."""
        self._functions.append(func)

    __call__ = add

    def run(self) -> None:
        """Call all that wait; each once."""
        while self._functions:
            self._functions.pop(0)()

    def reset(self) -> None:
        """Forget those that wait."""
        self._functions.clear()

    def __len__(self) -> int:
        return len(self._functions)


class LastStatement(NamedTuple):
    """`frappe.db._cursor`: what app code reads of the driver's, although its name says that it should not."""

    rowcount: int


class Transactions:
    """The calls of `frappe.db` that are about transactions."""

    @property
    def _ctx(self) -> Context:
        return current.get().trusted()

    def commit(self, *, chain: bool = False) -> None:
        """Keep what was written so far; a page that is read keeps nothing, a function that a GET calls does."""
        ctx = current.get()
        method, path = ctx.request.method, ctx.request.path
        if method not in SAFE_METHODS or (method == "GET" and path.startswith("/api/")):  # apps count visits by a GET
            self.before_rollback.reset()
            self.before_commit.run()
            ctx.commit()

    def rollback(self, *, save_point: str | None = None, chain: bool = False) -> None:
        """Forget what was written so far, or since the savepoint."""
        if save_point:
            self._ctx.store.database.rollback_to(_mark(save_point))
            return
        self.before_commit.reset()
        self.before_rollback.run()
        current.get().rollback()

    def savepoint(self, save_point: str) -> None:
        """Name this moment, to roll back to."""
        self._ctx.store.database.savepoint(_mark(save_point))

    def release_savepoint(self, save_point: str) -> None:
        """Forget the name."""
        self._ctx.store.database.release(_mark(save_point))

    @property
    def before_commit(self) -> CallbackManager:
        """Functions that run before what was written is kept by `frappe.db.commit()`."""
        return CallbackManager(current.get().transaction.kept.setdefault("before_commit", []))

    @property
    def before_rollback(self) -> CallbackManager:
        """Functions that run before what was written is forgotten by `frappe.db.rollback()`."""
        return CallbackManager(current.get().transaction.kept.setdefault("before_rollback", []))

    @property
    def after_commit(self) -> CallbackManager:
        """Functions that run when what was written is kept: `frappe.db.after_commit.add(function)`."""
        return CallbackManager(current.get().after_commit)

    @property
    def after_rollback(self) -> CallbackManager:
        """Functions that run when it is not."""
        return CallbackManager(current.get().after_rollback)

    def begin(self, *, read_only: bool = False) -> None:
        """The first write begins a transaction; nothing to do."""

    def connect(self) -> None:
        """The connection is the thread's; nothing to do."""

    def close(self) -> None:
        """The connection is the thread's; nothing to do."""

    @property
    def _cursor(self) -> LastStatement:
        """How many rows the last statement of the app's own changed, or gave."""
        return LastStatement(current.get().store.database.touched)

    @contextlib.contextmanager
    def unbuffered_cursor(self) -> Iterator[None]:
        """Rows come at once here; nothing to do."""
        yield


def _mark(save_point: str) -> str:
    return f'"app_{zlib.crc32(save_point.encode())}"'


@contextlib.contextmanager
def savepoint(catch: Any = Exception) -> Iterator[None]:
    """What is written inside is undone if an error of the kind is raised, which goes no further."""
    try:
        with current.get().store.database.atomic():
            yield
    except catch:
        return


__all__ = ["Transactions", "CallbackManager", "savepoint"]
