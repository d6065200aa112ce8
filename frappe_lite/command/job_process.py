"""Who runs the jobs of `frappe-lite serve`: a process beside it, so that requests do not share an interpreter with
them.

The process is begun when a job waits, and ends by itself once there was none for a while: a site without jobs pays
nothing for it. A pipe joins the two. A byte in it says that a job waits; that nobody holds its other end any more says
that the server is gone, however it went. The system prefers requests: the process has a lower priority.

    server's processes --ring--> | pipe | --> who waits for the first byte, and begins --> frappe-lite worker --beside
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
import subprocess  # nosec B404 - this interpreter again, with words of the command line
import sys
import threading
from collections.abc import Iterator, Mapping

from .output import say_error
from .setting_files import SettingError
from .settings import Settings, to_environment
from .site import MEMORY

PROCESS, THREADS, OFF = "process", "threads", "off"
BELL = "_FRAPPE_LITE_JOB_BELL"
"""Variable in which a server's own processes find the bell: they may be begun by a fork or anew."""

NICE = 5
"""How much lower its priority is, as `nice` counts. Not more: while a job has the right to write, requests wait for
it."""

PATIENCE = 30.0
"""Seconds that it has to end in: a little more than jobs that run are given."""

MOST_REST = 60.0
"""Seconds that a process which fails again and again is left alone at most."""


def choose(settings: Settings) -> str:
    """Who runs the jobs: as the settings say, or else a process where there may be one, without `--dev`.

    Raises SettingError for a process that there cannot be.
    """
    why_not = (
        "a database in memory is one process's"
        if settings["database"] == MEMORY
        else "a process for jobs needs Linux"
        if not sys.platform.startswith("linux")
        else ""
    )
    if settings["jobs"] == PROCESS and why_not:
        raise SettingError(f"{why_not}, so --jobs process cannot be: take --jobs threads")
    if not settings["job_threads"]:
        return OFF
    return str(settings["jobs"] or (THREADS if why_not or settings["dev"] else PROCESS))


class Bell:
    """What a server's process rings when a job waits."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    def ring(self) -> None:
        """Say that a job waits. Rung often enough, one ring more tells nothing; and nobody may be there any more."""
        with contextlib.suppress(OSError):
            os.write(self._descriptor, b"!")


def bell_of(environ: Mapping[str, str]) -> Bell | None:
    """The bell of the server that began this process; None for another maker's server, whose processes have threads."""
    try:
        descriptor = os.open(environ[BELL], os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (KeyError, OSError):
        return None
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return Bell(descriptor)
    os.close(descriptor)  # the number is another's by now
    return None


@contextlib.contextmanager
def beside(settings: Settings) -> Iterator[Bell]:
    """Have a process for jobs as long as the block lasts; its bell is in the environment too."""
    made = JobProcess(settings)
    os.environ[BELL] = f"/proc/{os.getpid()}/fd/{made.writer}"
    try:
        yield made.bell
    finally:
        os.environ.pop(BELL, None)
        made.stop()


class JobProcess:
    """The process for the jobs of a server, begun each time that a job waits and there is none."""

    words: tuple[str, ...] = (sys.executable, "-m", "frappe_lite.command.cli", "worker", "--beside")

    def __init__(self, settings: Settings):
        self.reader, self.writer = os.pipe()
        self.bell = Bell(self.writer)
        self._surroundings = {**os.environ, **to_environment(settings)}
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="frappe_lite-job-process", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let it finish what it runs, and end."""
        self._ended.set()
        with self._lock:
            child = self._child
        if child is not None:
            child.terminate()
        self.bell.ring()  # both wait for it
        self._thread.join(PATIENCE)
        if child is not None and self._thread.is_alive():
            child.kill()
            self._thread.join()
        os.close(self.writer)
        os.close(self.reader)

    def _keep(self) -> None:
        rest = 0.0
        while not self._ended.is_set():
            select.select([self.reader], [], [])
            child = self._begin()
            if child is None:
                return
            status = child.wait()
            if status == 0 or self._ended.is_set():
                rest = 0.0
                continue
            rest = min(MOST_REST, 2 * rest or 1.0)
            say_error(f"the process for jobs ended by itself (status {status}); it is begun again when a job waits")
            self._ended.wait(rest)

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """Begin the process, unless the server ends."""
        with self._lock:
            if self._ended.is_set():
                return None
            self._child = subprocess.Popen(self.words, stdin=self.reader, env=self._surroundings)  # noqa: S603 - its own words  # nosec B603
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._child.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
        with contextlib.suppress(OSError, AttributeError):  # a job that wakes up takes the processor from no request
            os.sched_setscheduler(self._child.pid, os.SCHED_BATCH, os.sched_param(0))
        return self._child


__all__ = ["OFF", "PROCESS", "THREADS", "Bell", "JobProcess", "beside", "bell_of", "choose"]
