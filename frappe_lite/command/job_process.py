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
from collections.abc import Iterator, Mapping

from .kept_process import KeptProcess
from .setting_files import SettingError
from .settings import Settings
from .site import MEMORY

PROCESS, THREADS, OFF = "process", "threads", "off"
BELL = "_FRAPPE_LITE_JOB_BELL"
"""Variable in which a server's own processes find the bell: they may be begun by a fork or anew."""

NICE = 5
"""How much lower its priority is, as `nice` counts. Not more: while a job has the right to write, requests wait for
it."""


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


class JobProcess(KeptProcess):
    """The process for the jobs of a server, begun each time that a job waits and there is none."""

    words = (sys.executable, "-m", "frappe_lite.command.cli", "worker", "--beside")
    what, patience = "jobs", 30.0  # a little more than jobs that run are given

    def __init__(self, settings: Settings):
        self.reader, self.writer = os.pipe()
        self.bell = Bell(self.writer)
        super().__init__(settings)

    def stop(self) -> None:
        """Let it finish what it runs, and end."""
        super().stop()
        os.close(self.writer)
        os.close(self.reader)

    def _wake(self) -> None:
        self.bell.ring()  # the process waits for it too

    def _keep(self) -> None:
        while not self._ended.is_set():
            select.select([self.reader], [], [])
            child = self._start(stdin=self.reader)
            if child is None:
                return
            _prefer_requests(child)
            status = child.wait()
            if status == 0 or self._ended.is_set():
                self._rest = 0.0
                continue
            self._leave_alone(status, " when a job waits")


def _prefer_requests(child: subprocess.Popen[bytes]) -> None:
    """Give the process a lower priority than the server's."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
    with contextlib.suppress(OSError, AttributeError):  # a job that wakes up takes the processor from no request
        os.sched_setscheduler(child.pid, os.SCHED_BATCH, os.sched_param(0))


__all__ = ["OFF", "PROCESS", "THREADS", "Bell", "JobProcess", "beside", "bell_of", "choose"]
