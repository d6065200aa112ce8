"""Where a server listens: the port is taken before anything else is done, so that a taken one changes nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
import time
from collections.abc import Callable

BACKLOG = 1024
ANSWERS_WITHIN = 60.0
"""Seconds in which workers must have begun to listen; after them nobody is told that they do."""


class AddressTaken(OSError):
    """The server cannot listen there. The text says why, and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A socket on that address, which nobody else has. Port 0 is any free one. Raises AddressTaken."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError):
        raise AddressTaken(
            f"{host} is no address of this machine; --host 127.0.0.1 listens here alone, --host 0.0.0.0 everywhere"
        ) from None
    bound = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let two servers share a port, which it is to prevent
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(BACKLOG)  # now, for two may bind before either listens
    except OSError as error:
        bound.close()
        raise AddressTaken(_why_not(error, host, port)) from None
    return bound


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is in use; --port {port + 1 if port < 65535 else 8000} takes another, --port 0 any free one"
        )
    if error.errno == errno.EACCES:
        return f"port {port} may not be taken by this user; take one from 1024 on, such as --port 8000"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; --host 127.0.0.1 listens here alone, --host 0.0.0.0 everywhere"
    return f"{host}:{port} cannot be listened on: {error.strerror}"


def url_of(bound: socket.socket, host: str) -> str:
    """The address to type into a browser on this machine."""
    return url_at(host, bound.getsockname()[1])


def url_at(host: str, port: int) -> str:
    """The same, of a server that listens there."""
    shown = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # nosec B104
    return f"http://{shown}:{port}"


def when_reachable(host: str, port: int, tell: Callable[[], None]) -> None:
    """Call `tell` as soon as somebody accepts connections there, from a thread of its own."""

    def look() -> None:
        deadline = time.monotonic() + ANSWERS_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
                tell()
                return
            time.sleep(0.02)

    threading.Thread(target=look, name="frappe_lite-reachable", daemon=True).start()
