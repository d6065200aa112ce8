"""A test that takes too long fails, as Frappe's own decorator and context have it."""

from __future__ import annotations

import contextlib
import functools
import signal
from collections.abc import Callable, Iterator
from typing import Any

from ...values import Function


def timeout(seconds: Any = 30, error_message: str = "Test timed out.") -> Any:
    """Let a test fail that takes longer, where the system can interrupt it."""
    if callable(seconds):
        return timeout()(seconds)

    def decorate(function: Callable[..., object]) -> Function:
        @functools.wraps(function)
        def run(*args: object, **kwargs: object) -> object:
            with timeout_context(seconds, error_message):
                return function(*args, **kwargs)

        return run

    return decorate


@contextlib.contextmanager
def timeout_context(seconds: int = 30, error_message: str = "Operation timed out.") -> Iterator[None]:
    """Let what is inside fail if it takes longer, where the system can interrupt it."""
    with contextlib.ExitStack() as stack:
        if hasattr(signal, "setitimer"):
            before = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError(error_message)))
            stack.callback(signal.signal, signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            stack.callback(signal.setitimer, signal.ITIMER_REAL, 0)
        yield
