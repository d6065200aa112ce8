"""The sockets of open pages, served by a process beside the server: `frappe-lite realtime`, begun and ended with it.

With --dev the process that answers serves them itself, so that the app's rules are those of its files.

Only where an app has pages, and the library is there to do it with. Else pages are told to look at the site's own port,
where they are refused once and stay silent.

    choose(settings, folders, 8000)      settings["socketio_port"] is where pages look from here on
    with beside(settings): …             somebody serves them there
    with held(settings) as place: …      the port is kept, for who serves them by turns
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import signal
import socket
import subprocess  # nosec B404 - this interpreter again, with words of the command line
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .address import AddressTaken, bind
from .output import say_error
from .settings import Settings, in_environment
from .site import MEMORY

LIBRARIES = ("socketio", "aiohttp")
PATIENCE = 5.0
"""Seconds that it has to end in."""


def choose(settings: Settings, folders: Iterable[Path], own_port: int) -> bool:
    """Say where pages look for sockets: on the port of the settings, or on the server's own. Whether it is the
    former."""
    port = settings["socketio_port"] if _are_wanted(settings, folders) else 0
    if port and not _is_free(settings["host"], port):
        say_error(f"port {port} is in use, so no sockets are served for open pages; --socketio-port takes another")
        port = 0
    settings.take("socketio_port", port or own_port, "serve")
    return bool(port)


def _are_wanted(settings: Settings, folders: Iterable[Path]) -> bool:
    pages = any((folder / each).is_dir() for folder in folders for each in ("www", "public"))
    return pages and settings["database"] != MEMORY and all(importlib.util.find_spec(each) for each in LIBRARIES)


def _is_free(host: str, port: int) -> bool:
    try:
        bind(host, port).close()
    except AddressTaken:
        return False
    return True


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[socket.socket]:
    """The port of the sockets, taken as long as the block lasts. Raises AddressTaken.

    The libraries are imported here: processes that are forked from this one have them without waiting.
    """
    for each in LIBRARIES:
        importlib.import_module(each)
    with contextlib.closing(bind(settings["host"], settings["socketio_port"])) as place:
        yield place


@contextlib.contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """Serve the sockets as long as the block lasts."""
    listen = f"{settings['host']}:{settings['socketio_port']}"
    words = [sys.executable, "-m", "frappe_lite.command.cli", "realtime", "--beside", "--listen", listen]
    with in_environment(settings):
        child = subprocess.Popen(words, env=dict(os.environ))  # noqa: S603 - its own words  # nosec B603
    try:
        yield
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
