"""The right to write to a file: one thread of this process at a time, and one process at a time.

In this process it is a lock that is fair to who has waited; between processes, a lock on a file beside the database,
which the system takes back from a process that dies.
"""

from __future__ import annotations

import os
import time

from ..errors import DatabaseBusyError, InReadOnlyMode
from .turns import Turns

try:
    import fcntl
except ImportError:  # Windows: one process at a time there, see docs/reliability.md
    fcntl = None  # type: ignore[assignment]


class WriterLock:
    """The lock for the database at `path`; a `private` one is nobody else's, and has no file for its lock."""

    def __init__(self, path: str, seconds: float, private: bool):
        self._path, self._seconds = path + "-lock", seconds
        self._threads = Turns()
        self._between_processes = fcntl is not None and not private
        self.file: int | None = None
        """Descriptor of the lock's file, once it was needed."""
        self._pid = 0

    def acquire(self) -> None:
        """Become the writer.

        Raises DatabaseBusyError after so many seconds, InReadOnlyMode if the folder is not writable.
        """
        deadline = time.monotonic() + self._seconds
        if not self._threads.acquire(timeout=self._seconds):
            raise DatabaseBusyError.told("The database is busy with other writes; try again")
        if not self._between_processes:
            return
        try:
            while True:
                try:
                    fcntl.flock(self._descriptor(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise DatabaseBusyError.told("Another process is writing to the database; try again") from None
                    time.sleep(0.001)
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        """Let the next one write."""
        if self._between_processes and self.file is not None:
            fcntl.flock(self.file, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Close the lock's file, unless it was opened before a fork: then it is the parent's to close."""
        if self.file is not None and self._pid == os.getpid():
            os.close(self.file)
            self.file = None

    def _descriptor(self) -> int:
        if self.file is None or self._pid != os.getpid():  # a lock inherited over a fork would be shared
            try:
                self.file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                raise InReadOnlyMode.told("The folder of the database cannot be written to") from None
            self._pid = os.getpid()
        return self.file
