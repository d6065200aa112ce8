"""`frappe-lite serve`: the port is taken, then the database claimed, the apps loaded, and a server started on them.

Which server: granian where it is installed, for it is the fastest and has workers; waitress else, and behind proxies;
with --dev the one of `dev.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import queue
import signal
import socket
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from .. import App, Site
from ..sqlite import served as lock
from ..wsgi import stderr_logging
from . import dev, job_process, receiving, sockets
from .address import AddressTaken, bind, url_of, when_reachable
from .output import say_error
from .setting_files import SettingError
from .settings import Settings, in_environment
from .site import MEMORY, loaded, make_site, require_apps, say_first_password, start

MAX_HEADERS = 65536
"""Bytes of a request's headers that a server takes; more is refused with 431 or 400."""

MAX_CONNECTIONS = 1000
"""Clients that waitress has open at once; its own 100 are soon taken by those who send nothing."""

IDLE_SECONDS = 60
"""After which waitress closes a connection on which nothing moves."""

THREADS = receiving.PLACES + 32
"""Threads of a granian process: one for each body that is being received, and some that answer.

How many work at once is `receiving.SLOTS`.
"""

GRACE_SECONDS = 30
"""How long granian waits for requests in flight when it is told to end."""

UNDERSCORES = (
    "granian takes a header X_Forwarded_For for X-Forwarded-For: let the proxy drop header names with underscores, "
    "as nginx does by itself, or use --server waitress"
)
"""Why a server behind proxies is waitress, unless granian is asked for."""


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command."""
    command("serve", serve, "Serve a site over HTTP.", "frappe-lite serve --app apps/shop --port 8000")


def serve(parsed: Namespace) -> int:
    """Serve until SIGTERM or Ctrl+C; what is in flight is finished, the file checkpointed."""
    settings: Settings = parsed.settings
    stderr_logging()
    for note in settings.notes:
        say_error(note)
    run = _runner(settings)
    settings.take("jobs", job_process.choose(settings), "serve")
    folders = require_apps(settings)
    with contextlib.closing(_bound(settings)) as bound:
        address = url_of(bound, settings["host"])
        own_port = bound.getsockname()[1]
        has_sockets = sockets.choose(settings, folders, own_port)
        with sockets.held(settings) if has_sockets else contextlib.nullcontext() as place:
            if settings["dev"]:
                if place is not None:
                    sockets.import_libraries()
                return dev.serve(settings, bound, address, place)
            said = f"Serving {settings['database']} on {address} (desk: {address}/app)"
            around = sockets.beside(settings, place) if has_sockets else contextlib.nullcontext()
            with _opened(settings, address) as site, around, _jobs_beside(settings) as bell:
                run(settings, site, bound, lambda: print(said, flush=True), bell.ring if bell else None)
    return 0


@contextlib.contextmanager
def _jobs_beside(settings: Settings) -> Iterator[job_process.Bell | None]:
    """The process for jobs beside the server, if there is to be one. What is rung for it."""
    if settings["jobs"] != job_process.PROCESS:
        yield None
        return
    with job_process.beside(settings) as bell:
        yield bell


def _bound(settings: Settings) -> socket.socket:
    """The port, taken. If this very database is what is served there, that is what is told."""
    try:
        return bind(settings["host"], settings["port"])
    except AddressTaken:
        found = lock.serving(settings["database"])
        if found is None or not found.address.endswith(f":{settings['port']}"):
            raise
        if lock.is_alive(found.pid):
            raise lock.DatabaseServed(
                f"{settings['database']} is served at {found.address} already (process {found.pid})"
            ) from None
        with lock.kept_out(settings["database"]):  # workers of a server that was killed: they end in a moment
            return bind(settings["host"], settings["port"])


@contextlib.contextmanager
def _opened(settings: Settings, address: str) -> Iterator[Site]:
    """The site, claimed by this server, with its apps and the Administrator's password."""
    site = make_site(settings, settings["database"])
    try:
        with contextlib.closing(lock.claim(settings["database"], address, settings["join"])):
            loaded(site, settings)
            say_first_password(site)
            yield site
    finally:
        site.close()


Ring = Callable[[], None] | None
Runner = Callable[[Settings, Site, socket.socket, Callable[[], None], Ring], None]


def _runner(settings: Settings) -> Runner:
    """The server that was asked for. Raises SettingError for one that is not there, or cannot do it."""
    alone = (
        "waitress is one process"
        if settings["server"] == "waitress"
        else "--dev is one process"
        if settings["dev"]
        else ""
    )
    if settings["database"] == MEMORY:  # each worker would have a site of its own
        alone = "a database in memory is one process's"
    if alone:
        if settings["workers"] > 1:
            raise SettingError(f"{alone}; several workers need granian and a file")
        return _serve_waitress
    if settings["proxies"] and settings["server"] != "granian" and settings["workers"] == 1:
        return _serve_waitress
    try:
        import granian  # noqa: F401 - whether it is there
    except ImportError:
        if settings["workers"] > 1 or settings["server"]:
            raise SettingError(
                "granian is not installed, and several workers need it: pip install 'frappe_lite[speed]'"
            ) from None
        return _serve_waitress
    if settings["proxies"]:
        say_error(UNDERSCORES)
    return _serve_granian


def _serve_waitress(settings: Settings, site: Site, bound: socket.socket, tell: Callable[[], None], ring: Ring) -> None:
    import waitress
    from waitress.utilities import BadRequest

    class RequestTimeout(BadRequest):  # type: ignore[misc]
        code, reason = 408, "Request Timeout"

    connections: dict[int, object] = {}
    server = waitress.create_server(
        App(site),
        map=connections,
        sockets=[bound],
        threads=8,
        ident="frappe_lite",
        max_request_body_size=site.settings.max_body + 1_000_000,
        clear_untrusted_proxy_headers=not site.settings.proxies,  # parts.front judges them
        max_request_header_size=MAX_HEADERS,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        asyncore_use_poll=True,  # select() knows no more than 1024 descriptors
    )
    for each in [
        each for each in connections.values() if hasattr(each, "channel_class")
    ]:  # a name may have an address of each kind
        each.channel_class = receiving.with_deadline(each.channel_class, RequestTimeout)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit(0)))
    start(site, settings, ring=ring)
    tell()
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()


def _serve_granian(settings: Settings, site: Site, bound: socket.socket, tell: Callable[[], None], _ring: Ring) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    host, port = bound.getsockname()[:2]
    bound.close()  # granian's workers each take the port for themselves, to share it
    site.database.close()
    # What it warns of is meant so
    logging.getLogger("_granian").addFilter(lambda record: not record.getMessage().startswith("Configuration allows"))
    headers = HTTP1Settings(max_buffer_size=MAX_HEADERS)
    server = Granian(
        "frappe_lite.command.application:application", address=host, port=port, interface=Interfaces.WSGI,
        workers=settings["workers"],
        blocking_threads=THREADS, log_access=False, http1_settings=headers, log_level=LogLevels.warning,
        websockets=False,
        respawn_failed_workers=True, respawn_interval=0.5, workers_kill_timeout=GRACE_SECONDS,
    )  # fmt: skip
    server.main_loop_interrupt = Bell()  # type: ignore[assignment]
    server.on_startup(lambda: when_reachable(host, port, tell))
    with in_environment(settings):
        server.serve(target_loader=_load)


def _load(target: str) -> Any:
    """The application in a worker. Granian's own way looks for it from the current folder, and fails in a Python
    package."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


class Bell:
    """What granian waits on for signals and workers that end, safe to ring from a signal handler.

    `threading.Event`, which it has by itself, hangs for ever if a second signal comes while the first one sets it.
    """

    def __init__(self) -> None:
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """Wake who waits, or who will."""
        self._rings.put(None)

    def wait(self, timeout: float | None = None) -> bool:
        """Until it rings; False if it did not in `timeout` seconds."""
        try:
            self._rings.get(timeout=timeout)
        except queue.Empty:
            return False
        return True

    def clear(self) -> None:
        """Nothing: a ring is over once it was heard."""
