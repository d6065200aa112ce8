"""The write-ahead log of a database: how long it is, and how much of it was acknowledged.

SQLite stops reading a log at its first bad page and says nothing: what was committed after it is gone, and
`integrity_check` is content. So a mark beside the database keeps how far the last answered commit reached, and the next
start compares. The figures come from the index that SQLite keeps in the `-shm` file (sqlite.org/walformat.html).
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
from typing import NamedTuple

LOG_HEADER, PAGE_HEADER = 32, 24
"""Bytes before the first page of a log, and before each page."""

# Page size, number of pages, and the salt that is new whenever the log begins anew
_INDEX = struct.Struct("=14xHI12x8s")
_HEAD_BYTES = 48  # of a WalIndexHdr
_MARK = struct.Struct("=4s8sIH")
_MAGIC = b"FrLw"


class LogState(NamedTuple):
    """How many pages a log holds since it last began anew; `salt` names that beginning."""

    salt: bytes
    pages: int
    page_size: int

    @property
    def size(self) -> int:
        """Bytes of a log of that many pages."""
        return LOG_HEADER + self.pages * (PAGE_HEADER + self.page_size)


def index_descriptor(path: str) -> int | None:
    """SQLite's own descriptor of the `-shm` file; None where the system does not tell.

    One of our own would be a trap: when a process closes any descriptor of a file, POSIX takes all its locks on it.
    """
    wanted = os.path.realpath(path) + "-shm"
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return None
    for name in names:
        try:
            if os.readlink(f"/proc/self/fd/{name}") == wanted:
                return int(name)
        except OSError:
            continue  # closed meanwhile
    return None


def log_state(index: int) -> LogState:
    """What the index says of the log now. Right only for who keeps others from writing."""
    page_size, pages, salt = _INDEX.unpack(os.pread(index, _INDEX.size, 0).ljust(_INDEX.size, b"\0"))
    return LogState(salt, pages, page_size if page_size != 1 else 65536)


def commit_mark(index: int) -> bytes:
    """Bytes that differ after each commit of anybody.

    SQLite's first copy of the index's head, with its count of changes.
    """
    return os.pread(index, _HEAD_BYTES, 0)


def acknowledge(mark: int, state: LogState) -> None:
    """Note in the file `mark` that everything in the log is acknowledged.

    Not synced: it is for a crash, and never ahead of the log.
    """
    os.pwrite(mark, _MARK.pack(_MAGIC, state.salt, state.pages, state.page_size & 0xFFFF), 0)


def acknowledged(mark_path: str) -> LogState | None:
    """What was noted last, or None."""
    try:
        with open(mark_path, "rb") as file:
            noted = file.read(_MARK.size)
    except OSError:
        return None
    if len(noted) < _MARK.size or not noted.startswith(_MAGIC):
        return None
    _, salt, pages, page_size = _MARK.unpack(noted)
    return LogState(salt, pages, page_size or 65536)


def missing_pages(path: str, noted: LogState | None) -> tuple[int, bool]:
    """How many acknowledged pages cannot be read from the log, and whether its end was cut off rather than its middle
    damaged.

    To be asked while a connection that has read something is open. A log that is gone or empty was moved into the file
    by somebody.
    """
    try:
        size = os.stat(path + "-wal").st_size
    except OSError:
        size = 0
    index = index_descriptor(path)
    if noted is None or not size or index is None:
        return 0, False
    found = log_state(index)
    if found.salt == noted.salt:
        return max(noted.pages - found.pages, 0), size < noted.size
    unreadable = found.salt == bytes(8)  # else the log began anew after the mark, and everything before is in the file
    return (noted.pages, size < LOG_HEADER) if unreadable else (0, False)


class LogSync:
    """Makes commits durable, those of several threads by one sync of the log's file.

    SQLite's own `synchronous = FULL` syncs inside COMMIT, while every other writer waits for the disk. Here a commit
    only writes, and its request is answered after a sync that began later than it: who comes while the disk is busy
    shares the next one.
    """

    def __init__(self, path: str):
        self._path = path + "-wal"
        self._disk = threading.Lock()
        self._file: int | None = None
        self._state: LogState | None = None
        self.commits = self._kept = 0  # how many there were, and how many of them are on the disk
        self.failure: OSError | None = None  # a system forgets what its disk could not keep, and says so once

    def committed(self, state: LogState | None) -> int:
        """Count a commit, whose writer still has its turn; the number to wait for."""
        self._state = state
        self.commits += 1
        return self.commits

    def wait(self, commit: int, mark: int | None) -> None:
        """Return when that commit is on the disk, and noted in the file `mark`.

        Raises OSError if the disk fails, and from then on always.
        """
        if self._kept >= commit:
            return
        with self._disk:
            if self._kept >= commit:
                return
            if self.failure is not None:
                raise self.failure
            commits, state = self.commits, self._state
            try:
                _sync(self._descriptor())
            except OSError as error:
                self.failure = error
                raise
            if mark is not None and state is not None:
                with contextlib.suppress(OSError):  # on a full disk: the older mark is right still
                    acknowledge(mark, state)
            self._kept = commits

    def _descriptor(self) -> int:
        """Our own, of the file that has the name now. SQLite has no locks on it that closing one could take."""
        if self._file is not None and not os.path.samestat(os.fstat(self._file), os.stat(self._path)):
            self.close()
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        return self._file

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


_sync = getattr(os, "fdatasync", os.fsync)
