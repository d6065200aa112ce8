"""A lock with a sense of fairness: who has waited long goes first.

Python's own lock serves whoever comes at the right moment, and of fifty writers some never do. Serving strictly in order
would make each wait for the next to wake up. So newcomers may go first, until somebody has waited for too long.
"""

from __future__ import annotations

import threading
import time
from collections import deque

PATIENCE = 0.05
"""Seconds after which a waiter is given the next turn, before all who came later."""


class _Waiter:
    def __init__(self) -> None:
        self.since = time.monotonic()
        self.bell = threading.Lock()
        self.bell.acquire()
        self.served = False


class Turns:
    """One at a time, the longest waiting first if it has waited for PATIENCE."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[_Waiter] = deque()

    def acquire(self, timeout: float) -> bool:
        """Take a turn; False if there was none within `timeout` seconds."""
        with self._mutex:
            if not self._taken and not (self._waiting and self._is_due(self._waiting[0])):
                self._taken = True
                return True
            waiter = _Waiter()
            self._waiting.append(waiter)
        deadline = waiter.since + timeout
        while True:
            rung = waiter.bell.acquire(timeout=max(deadline - time.monotonic(), 0))
            with self._mutex:
                if not waiter.served and (not rung or self._taken):
                    if rung and time.monotonic() < deadline:
                        continue  # somebody else was faster
                    self._waiting.remove(waiter)
                    self._ring()  # it may have been the one who was called
                    return False
                if not waiter.served:
                    self._waiting.remove(waiter)
                self._taken = True
                return True

    def release(self) -> None:
        """Give the turn back: to the longest waiting if it is due, else to whoever is first."""
        with self._mutex:
            self._taken = False
            self._ring()

    def _ring(self) -> None:
        if self._taken or not self._waiting:
            return
        first = self._waiting[0]
        if self._is_due(first):
            self._waiting.popleft()
            self._taken = first.served = True
        if first.bell.locked():
            first.bell.release()

    @staticmethod
    def _is_due(waiter: _Waiter) -> bool:
        return time.monotonic() - waiter.since >= PATIENCE
