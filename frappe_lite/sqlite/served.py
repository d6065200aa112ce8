"""Who serves a database: a lock on a file beside it, held for as long as a server lives.

The kernel takes the lock away when a process ends, however it ends, so that nothing is ever stale. The processes of one
server share it. What opens the file without serving it (a script, `frappe-lite keys`) takes no part: SQLite's own locks
are enough for that. Who replaces or deletes the file takes the lock for itself alone.

    claim("site.db", "http://127.0.0.1:8000")   ->   site.db-served: {"address": "http://127.0.0.1:8000", "pid": 4711}
    claim("site.db", "http://127.0.0.1:9000")  ->   DatabaseServed: site.db is served at http://127.0.0.1:8000 already …
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from .file import DatabaseRefused

try:
    import fcntl
except ImportError:  # Windows has no flock: whoever starts a second server there is not told
    fcntl = None  # type: ignore[assignment]

LAST_BREATH = 3.0
"""Seconds that workers of a server which was killed have to notice it and to end."""


class DatabaseServed(DatabaseRefused):
    """A server has the database open. The text says which."""


class Server(NamedTuple):
    """What a server says of itself in the lock's file."""

    address: str
    pid: int


class Claim:
    """A lock that is held until `close`, or until the process ends."""

    def __init__(self, descriptor: int | None = None):
        self._descriptor = descriptor

    def close(self) -> None:
        """Let go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def claim(path: str, address: str, join: bool = False) -> Claim:
    """Say that the database is served at the address. Raises DatabaseServed if it is served already, unless this server
    joins."""
    descriptor = _open(path)
    if descriptor is None:
        return Claim()
    try:
        alone = _locked(descriptor, fcntl.LOCK_EX)
        if not alone and not join:
            _take(path, descriptor, f"stop that server, or start this one with --join to serve {path} beside it")
            alone = True
        # Only a lock that is shared lets workers in. Who comes between the two calls has it alone, and this one is
        # refused.
        if not _locked(descriptor, fcntl.LOCK_SH):
            raise _refusal(path, "try again")
        if alone:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(Server(address, os.getpid())._asdict()).encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return Claim(descriptor)


def share(path: str) -> Claim:
    """Hold the lock with the server that this process is a worker of."""
    descriptor = _open(path)
    if descriptor is not None:
        _locked(descriptor, fcntl.LOCK_SH)
    return Claim(descriptor)


@contextlib.contextmanager
def kept_out(path: str, advice: str = "stop it first") -> Iterator[None]:
    """Inside, nobody serves the database: it may be replaced. Raises DatabaseServed."""
    descriptor = _open(path) if os.path.exists(path) else None
    try:
        if descriptor is not None:
            _take(path, descriptor, advice)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def serving(path: str) -> Server | None:
    """The server that has the database, or None."""
    if not os.path.exists(f"{path}-served") or (descriptor := _open(path)) is None:
        return None
    try:
        return None if _locked(descriptor, fcntl.LOCK_EX) else _read(descriptor)
    finally:
        os.close(descriptor)


def _open(path: str) -> int | None:
    """The lock's file; None for a database that is no file, and where there are no such locks."""
    if fcntl is None or path == ":memory:" or "://" in path:
        return None
    return os.open(f"{path}-served", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _take(path: str, descriptor: int, advice: str) -> None:
    """The lock for this process alone. Waits for the workers of a server that is dead."""
    deadline = time.monotonic() + LAST_BREATH
    while not _locked(descriptor, fcntl.LOCK_EX):
        if is_alive(_read(descriptor).pid) or time.monotonic() > deadline:
            raise _refusal(path, advice)
        time.sleep(0.05)


def _refusal(path: str, advice: str) -> DatabaseServed:
    found = serving(path)
    where = f" at {found.address} already (process {found.pid})" if found and found.pid else " by another server"
    return DatabaseServed(f"{path} is served{where}; {advice}")


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(descriptor: int) -> Server:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0))
        return Server(str(found["address"]), int(found["pid"]))
    except (ValueError, KeyError, TypeError):
        return Server("", 0)


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_with(parent: int, seconds: float = 0.2) -> None:
    """End this process, as SIGTERM would, soon after its parent is gone: a worker that outlives its server keeps the
    port and the file."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="frappe_lite-parent", daemon=True).start()
