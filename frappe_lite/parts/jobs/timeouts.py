"""A function that is told to stop when its time is over: an exception is raised in its thread, from outside.

A thread cannot be ended; this is what RQ does too. It is not told while it is inside the database's own code, where
half a commit or a lock that nobody gives back would be left. A function that waits for somebody outside Python is told
when that wait is over.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

from ...errors import FrappeError

T = TypeVar("T")
PACKAGE = Path(__file__).parents[2]
UNTOUCHED = (str(PACKAGE / "sqlite"), str(PACKAGE / "parts" / "postgres"), str(PACKAGE / "store.py"))
"""Whose code ends what it has begun."""


class JobTimeoutException(FrappeError):
    """The job took longer than it may."""


class Watched:
    """A function's run in the thread that calls `run`, and the moment by which it should be over."""

    def __init__(self, deadline: float):
        self.deadline = deadline
        self._lock, self._thread, self._running, self._told = threading.Lock(), 0, False, False

    def run(self, function: Callable[[], T]) -> T:
        """What the function gives. Raises JobTimeoutException if it was told to stop."""
        self._thread, self._running = threading.get_ident(), True
        try:
            return function()
        finally:
            self._close()

    def _close(self) -> None:
        """From here on it is not told any more; what it was told and has not noticed yet is taken back."""
        with self._lock:
            self._running = False
            if self._told:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), None)

    def look(self, now: float) -> bool:
        """Tell it to stop, once, if its time is over; whether it was told."""
        if now < self.deadline:
            return False
        with self._lock:
            if not self._running or self._told or not _may_be_told(sys._current_frames().get(self._thread)):
                return False
            raised = ctypes.py_object(JobTimeoutException)
            self._told = bool(ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), raised))
            return self._told


def _may_be_told(frame: FrameType | None) -> bool:
    """Whether the thread is outside the code that must come to its end."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(UNTOUCHED):
            return False
        frame = frame.f_back
    return True
