"""What may happen only so often, or only so many times at once: logins, guesses, calls, hashes. In memory, per process.

Knows neither users nor settings: whoever asks gives the keys to count under and the limit.

    attempts.require_allowed(["user:ann", "address:10.0.0.1"], 10) ->  nothing, or TooManyRequestsError with Retry-After
    with gate.entered(): …                                           ->  waits for a place, or TooManyRequestsError
"""

from __future__ import annotations

import contextlib
import ipaddress
import threading
import time
from collections.abc import Iterator
from typing import Any

from .errors import FrappeError, TooManyRequestsError

MOST_KEYS = 10_000
"""Keys that are remembered at most: whoever makes up names does not fill the memory."""


def retry_after(error: FrappeError, seconds: float) -> FrappeError:
    """The 429 that says after how many seconds to try again."""
    error.headers = (("Retry-After", str(int(seconds) + 1)),)
    return error


def network_of(address: str) -> str:
    """The address that counts as one caller: an IPv4 address, or the /64 network of an IPv6 address, all of which
    one caller has."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False))


class Attempts:
    """Failures counted by key, and forgotten when none is added for a while. `familiar` holds callers who have
    succeeded before: a lock does not stop them."""

    def __init__(self) -> None:
        self.familiar: set[object] = set()
        self._failures: dict[str, tuple[int, float]] = {}  # how many, until when they count
        self._lock = threading.Lock()

    def require_allowed(self, keys: list[str], most: int) -> None:
        """Raises TooManyRequestsError if one of the keys has failed too often recently."""
        now = time.monotonic()
        for key in keys:
            count, until = self._failures.get(key, (0, now))
            if count >= most and now < until:
                text = f"Your account has been locked and will resume after {int(until - now) + 1} seconds"
                raise retry_after(TooManyRequestsError.told(text), until - now)

    def failed(self, keys: list[str], seconds: int) -> None:
        """Count a failure; it is forgotten after so many seconds without another."""
        now = time.monotonic()
        with self._lock:
            self._failures = trimmed(self._failures, now)
            for key in keys:
                count, until = self._failures.get(key, (0, now))
                self._failures[key] = (count + 1 if now < until else 1, now + seconds)

    def succeeded(self, keys: list[str]) -> None:
        """Forget the failures."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def remember(self, caller: object) -> None:
        """Count a caller among the familiar ones."""
        with self._lock:
            if len(self.familiar) > MOST_KEYS:
                self.familiar.clear()
            self.familiar.add(caller)


class Windows:
    """Calls counted by key in windows of a number of seconds, each of which begins at zero."""

    def __init__(self) -> None:
        self._counts: dict[Any, tuple[int, float]] = {}  # how many, until when
        self._lock = threading.Lock()

    def count(self, key: object, seconds: int) -> tuple[int, float]:
        """Count one more call and return how many there were in this window and how many seconds are left of it."""
        now = time.monotonic()
        with self._lock:
            self._counts = trimmed(self._counts, now)
            count, until = self._counts.get(key, (0, 0.0))
            if now >= until:
                count, until = 0, now + seconds
            self._counts[key] = count + 1, until
        return count + 1, until - now


def trimmed(counts: dict[Any, tuple[int, float]], now: float) -> dict[Any, tuple[int, float]]:
    """The same counts within bounds: if there are too many, first the old ones go, then the small ones."""
    if len(counts) <= MOST_KEYS:
        return counts
    left = [(key, value) for key, value in counts.items() if now < value[1]]
    left.sort(key=lambda each: each[1][0], reverse=True)
    return dict(left[: MOST_KEYS // 2])


class Gate:
    """Lets so many callers in at once and so many wait for so many seconds; others are refused at once."""

    def __init__(self, places: int, waiting: int, seconds: float):
        self._places, self._queue, self._seconds = threading.Semaphore(places), threading.Semaphore(waiting), seconds

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for a place and hold it inside. Raises TooManyRequestsError if there is none."""
        if not self._places.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._places.release()

    def _wait(self) -> None:
        refusal = retry_after(
            TooManyRequestsError.told("Too many people are signing in at this moment; try again"), self._seconds
        )
        if not self._queue.acquire(blocking=False):
            raise refusal
        try:
            if not self._places.acquire(timeout=self._seconds):
                raise refusal
        finally:
            self._queue.release()
