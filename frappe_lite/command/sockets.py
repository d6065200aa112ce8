"""The sockets of open pages, served by a process beside the server: `frappe-lite realtime`, begun and ended with it.

With --dev the process that answers serves them itself, so that the app's rules are those of its files.

Only where an app has pages, and the library is there to do it with. Else pages are told to look at the site's own port,
where they are refused once and stay silent.

    choose(settings, folders, 8000)      settings["socketio_port"] is where pages look from here on
    with held(settings) as place: …      the port is kept: who connects while nobody serves there yet waits
    with beside(settings, place): …      somebody serves them there
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import socket
import subprocess  # nosec B404 - this interpreter again, with words of the command line
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..sqlite import served
from .address import AddressTaken, bind
from .kept_process import KeptProcess
from .output import say_error
from .settings import Settings
from .site import MEMORY

LIBRARIES = ("socketio", "aiohttp")

RETRY_SECONDS = 0.2
"""How often a port that another server has is tried."""


def choose(settings: Settings, folders: Iterable[Path], own_port: int) -> bool:
    """Say where pages look for sockets: on the port of the settings, or on the server's own. Whether it is the
    former."""
    port = settings["socketio_port"] if _are_wanted(settings, folders) else 0
    if port and not _will_be_free(settings, port):
        say_error(f"port {port} is in use, so no sockets are served for open pages; --socketio-port takes another")
        port = 0
    settings.take("socketio_port", port or own_port, "serve")
    return bool(port)


def _are_wanted(settings: Settings, folders: Iterable[Path]) -> bool:
    pages = any((folder / each).is_dir() for folder in folders for each in ("www", "public"))
    return pages and settings["database"] != MEMORY and all(importlib.util.find_spec(each) for each in LIBRARIES)


def _will_be_free(settings: Settings, port: int) -> bool:
    """Whether the port is free, or who has it is a server of this very database: one that ends, or that this one
    joins."""
    database = settings["database"]
    deadline = time.monotonic() + (served.LAST_BREATH if os.path.exists(f"{database}-served") else 0)
    while not _is_free(settings["host"], port):
        if served.serving(database) is not None:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(RETRY_SECONDS)
    return True


def _is_free(host: str, port: int) -> bool:
    try:
        bind(host, port).close()
    except AddressTaken:
        return False
    return True


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[socket.socket | None]:
    """The port of the sockets, taken as long as the block lasts; None while another server has it.

    A page whose connection is refused waits longer each time, and gives up after the fifth (frappe-ui's do): one that
    is merely not answered yet stays.
    """
    try:
        place = bind(settings["host"], settings["socketio_port"])
    except AddressTaken:
        yield None
        return
    with contextlib.closing(place):
        yield place


def import_libraries() -> None:
    """Processes that are forked from this one have them without waiting."""
    for each in LIBRARIES:
        importlib.import_module(each)


@contextlib.contextmanager
def beside(settings: Settings, place: socket.socket | None = None) -> Iterator[None]:
    """Serve the sockets as long as the block lasts, on a port that is held, or as soon as it is free."""
    made = SocketProcess(settings, place)
    try:
        yield
    finally:
        made.stop()


class SocketProcess(KeptProcess):
    """The process that serves sockets, and takes leave of the pages at its end; begun again when it ends by itself."""

    words = (sys.executable, "-m", "frappe_lite.command.cli", "realtime")
    what, patience = "sockets", 5.0

    def __init__(self, settings: Settings, place: socket.socket | None = None):
        self._address, self._place = (settings["host"], settings["socketio_port"]), place
        super().__init__(settings)

    def _keep(self) -> None:
        place = self._place or self._taken()
        while place is not None and (child := self._begin(place)) is not None:
            status = child.wait()
            if not self._ended.is_set():
                self._leave_alone(status, "")
        if place is not None and place is not self._place:
            place.close()

    def _taken(self) -> socket.socket | None:
        """The port, once the server that has it ends; None if this one does so first."""
        while not self._ended.wait(RETRY_SECONDS):
            with contextlib.suppress(AddressTaken):
                return bind(*self._address)
        return None

    def _begin(self, place: socket.socket) -> subprocess.Popen[bytes] | None:
        number = place.fileno()
        return self._start(("--beside", str(os.getpid()), "--socket", str(number)), pass_fds=[number])
