"""`frappe.cache.pipeline()`: what Redis does at once, as app code writes its locks and counters by it.

with frappe.cache.pipeline() as pipe:
    pipe.incr(key).expire(key, 60).execute()        ->   [1, True]
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from ...values import Function

_LOCK = threading.RLock()


class Keeper(Protocol):
    """What a pipeline is made for: `face.caching.cache.Cache`, of which it calls whatever app code names."""

    def get_value(self, key: object, /) -> object:
        """The value, or None."""


class Pipeline:
    """Calls that wait for `execute`; after `watch` they answer at once, until `multi`. Nobody else's come between
    them."""

    def __init__(self, cache: Keeper):
        self._cache, self._at_once = cache, False
        self._waiting: list[Callable[[], object]] = []

    def __enter__(self) -> Pipeline:
        """From here on other threads' pipelines wait."""
        _LOCK.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        """Let the others in; what was not executed is forgotten."""
        self._waiting.clear()
        _LOCK.release()

    def watch(self, *names: object) -> bool:
        """Answer at once from here on, to decide by it what is done. Nobody writes meanwhile."""
        self._at_once = True
        return True

    def multi(self) -> None:
        """Let calls wait for `execute` again."""
        self._at_once = False

    def execute(self) -> list[object]:
        """Do what waits; its answers."""
        with _LOCK:
            done = [call() for call in self._waiting]
        self._waiting.clear()
        return done

    def get(self, name: object) -> object:
        """The value, in bytes as Redis has it; None without one."""

        def read() -> bytes | None:
            value = self._cache.get_value(name)
            return value if value is None or isinstance(value, bytes) else str(value).encode()

        return self._do(read)

    def __getattr__(self, name: str) -> Function:
        found = getattr(self._cache, name)
        return lambda *args, **kwargs: self._do(lambda: found(*args, **kwargs))

    def _do(self, call: Callable[[], object]) -> object:
        if self._at_once:
            return call()
        self._waiting.append(call)
        return self


__all__ = ["Pipeline"]
