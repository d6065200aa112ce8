"""`KeptProcess`: a process beside the server, begun by a thread that waits for it, and ended with the server."""

from __future__ import annotations

import os
import subprocess  # nosec B404 - this interpreter again, with words of the command line
import threading
from typing import Any

from .output import say_error
from .settings import Settings, to_environment

MOST_REST = 60.0
"""Seconds that a process which ends by itself again and again is left alone at most."""


class KeptProcess:
    """One process at a time. A class of it says which, and by `_keep` when it is begun."""

    words: tuple[str, ...]
    what: str
    """What the process is for, as people are told."""
    patience: float
    """Seconds that it has to end in."""

    def __init__(self, settings: Settings):
        self._surroundings = {**os.environ, **to_environment(settings)}
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._rest = 0.0
        self._thread = threading.Thread(target=self._keep, name=f"frappe_lite-process-for-{self.what}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let it finish what it does, and end."""
        self._ended.set()
        with self._lock:
            child = self._child
        if child is not None:
            child.terminate()
        self._wake()
        self._thread.join(self.patience)
        if child is not None and self._thread.is_alive():
            child.kill()
            self._thread.join()

    def _keep(self) -> None:
        """Begin the process, and wait for its end, as often as it is to run. Runs in a thread."""
        raise NotImplementedError

    def _wake(self) -> None:
        """Let `_keep` see that the server ends, if it waits for something else than the process."""

    def _start(self, words: tuple[str, ...] = (), **given: Any) -> subprocess.Popen[bytes] | None:
        """Begin the process with some more words, unless the server ends."""
        with self._lock:
            if self._ended.is_set():
                return None
            self._child = subprocess.Popen((*self.words, *words), env=self._surroundings, **given)  # noqa: S603 - its own words  # nosec B603
        return self._child

    def _leave_alone(self, status: int, begun_again: str) -> None:
        """Tell that it ended by itself, and wait: longer each time."""
        self._rest = min(MOST_REST, 2 * self._rest or 1.0)
        say_error(f"the process for {self.what} ended by itself (status {status}); it is begun again{begun_again}")
        self._ended.wait(self._rest)


__all__ = ["MOST_REST", "KeptProcess"]
