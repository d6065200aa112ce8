"""Sockets: what happens is told to the pages that are open, as Frappe's own server tells it, by Socket.IO.

`frappe-lite realtime` is a server of its own beside the site, on a port of its own as in a bench (`serve --dev` has it
in the process that answers); it needs the extra `realtime`. What was published, and what was written, reaches it
through the database: from any process.

    frappe.publish_realtime(…)  ->  a row of __realtime  ->  frappe-lite realtime  ->  the pages in the room
"""

from __future__ import annotations

import argparse
import functools
import importlib
import re
from argparse import Namespace
from types import ModuleType

from ...errors import UnsupportedError
from ...site import Site
from ...values import Function, Given
from . import events, refusal

PORT = 9000
"""Where pages look for the sockets of a bench, unless their boot data say otherwise."""


def attach(site: Site) -> None:
    """Keep what app code publishes for who serves sockets; answer pages that look for them here."""
    site.extensions.publish = events.publish
    site.extensions.on_start.append(functools.partial(_start, site))
    site.extensions.pages.append((re.compile(r"/socket\.io\Z"), refusal.answer))


def _start(site: Site, settings: Given) -> None:
    """Serve sockets by a thread of this process, if it was given a port for them."""
    if settings.get("sockets") is not None:
        site.extensions.on_close.insert(0, server().begin(site, settings["sockets"]))


def commands(command: Function) -> None:
    """Add `realtime`."""
    text = "Serve the sockets of a site's pages, beside frappe-lite serve."
    parser = command("realtime", run, text, f"frappe-lite realtime --app apps/shop --listen 127.0.0.1:{PORT}")
    parser.add_argument("--beside", type=int, metavar="PID", help=argparse.SUPPRESS)  # the server's own, begun by it
    parser.add_argument("--socket", type=int, metavar="NUMBER", help=argparse.SUPPRESS)  # that it listens on for it
    parser.add_argument(
        "--listen", default=f"127.0.0.1:{PORT}", metavar="HOST:PORT", help=f"address (default: 127.0.0.1:{PORT})"
    )


def run(parsed: Namespace) -> int:
    """Serve sockets until SIGTERM or Ctrl+C. Raises UnsupportedError without the library."""
    return int(server().run(parsed))


def server() -> ModuleType:
    """The module with Socket.IO in it, imported when sockets are served. Raises UnsupportedError without the
    library."""
    try:
        return importlib.import_module(f"{__name__}.server")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("socketio", "engineio", "aiohttp"):
            raise
        raise UnsupportedError.told(
            f"Sockets need {error.name}, which is not installed: pip install 'frappe_lite[realtime]'"
        ) from None
