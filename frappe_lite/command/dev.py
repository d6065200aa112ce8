"""`serve --dev`: a server that starts anew whenever a file of an app changes, and that no error in an app can end.

Two processes. This one holds the port, watches and never imports an app; the other one, forked from it so that nothing
of ours is imported again, loads the apps and answers. A file that changes ends that one and forks another on the same
port, so that no request is refused meanwhile: it waits. An app that cannot be loaded is answered for with its error,
until the next change. What this process itself has read, settings and this package, begins it anew as a whole.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import multiprocessing
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from .. import App
from ..site import Site
from ..sqlite import served
from . import job_process, output, receiving
from .error_page import ErrorPage
from .setting_files import SettingError
from .settings import FILES, Settings, read
from .site import MEMORY, loaded, make_site, require_apps, say_first_password, start
from .watching import Watch

PATIENCE = 3.0
"""Seconds that requests in flight have to end before their process does."""

PACKAGE = Path(__file__).resolve().parents[1]


# --- the process that watches -----------------------------------------------------------------------------


def serve(settings: Settings, bound: socket.socket, address: str, sockets: socket.socket | None = None) -> int:
    """Serve, and serve anew after each change, until SIGTERM or Ctrl+C. Raises AppNotInstalledError, DatabaseServed."""
    folders = require_apps(settings)
    _require_database(settings)
    if not settings["debug"]:
        output.shorten_traces()
    child: BaseProcess | None = None
    with contextlib.closing(served.claim(settings["database"], address, settings["join"])):
        print(f"Serving {settings['database']} on {address} (desk: {address}/app), anew after each change", flush=True)
        try:
            signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            own = [Path(each) for each in (settings["config"], *FILES) if each]
            watch = Watch([*folders, *own, PACKAGE], settings["database"])
            while True:
                child = _start(settings, bound, sockets)
                changed = watch.changed(_told_once(child))
                for each in changed:
                    _forget_compiled(each)
                output.say_error(f"{output.short(changed[0])} changed: starting anew")
                _end(child)
                if any(Path(each) in own or Path(each).is_relative_to(PACKAGE) for each in changed):
                    _begin_anew(settings["config"], changed)
        except KeyboardInterrupt:
            return 0
        finally:
            if child is not None:
                _end(child)


def _require_database(settings: Settings) -> None:
    """Refuse a file that cannot be served before anything is started for it. Raises DatabaseRefused."""
    if settings["database"] != MEMORY:
        make_site(settings, settings["database"]).close()


def _start(settings: Settings, bound: socket.socket, sockets: socket.socket | None) -> BaseProcess:
    """A process that answers, a copy of this one."""
    keyboard = os.dup(0)  # multiprocessing takes it from a new process, where breakpoint() needs it
    words = (settings, bound, os.getpid(), keyboard, sockets)
    made = multiprocessing.get_context("fork").Process(target=answer, args=words)
    made.start()
    os.close(keyboard)
    return made


def _told_once(child: BaseProcess) -> Callable[[], None]:
    """Tell of a process that ended by itself, the first time that it is asked after."""
    told = False

    def look() -> None:
        nonlocal told
        if not told and not child.is_alive():
            output.say_error(
                f"the server's process ended by itself (status {child.exitcode}); it is started anew when a file "
                "changes"
            )
            told = True

    return look


def _forget_compiled(path: str) -> None:
    """What Python compiled of a file it takes for new if size and second are the same: not after two quick changes."""
    if path.endswith(".py"):
        with contextlib.suppress(OSError):
            os.unlink(importlib.util.cache_from_source(path))


def _begin_anew(config: str, changed: list[str]) -> None:
    """Become a new process of the same command, unless that could not start: then the old code and settings hold."""
    try:
        read({"config": config} if config else {})
        for each in changed:
            if each.endswith(".py") and os.path.exists(each):
                compile(Path(each).read_bytes(), each, "exec")
    except (SettingError, SyntaxError) as error:
        said = output.sentence_of(error) if isinstance(error, SyntaxError) else str(error)
        output.say_error(f"{said}: what was there before holds")
        return
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # nosec B606 - it closes the port and the lock


def _end(child: BaseProcess) -> None:
    child.terminate()
    child.join(PATIENCE)
    if child.is_alive():  # a request that does not end, such as a stream of changes
        child.kill()
        child.join()


# --- the process that answers -----------------------------------------------------------------------------


def answer(settings: Settings, bound: socket.socket, parent: int, keyboard: int, sockets: socket.socket | None) -> None:
    """Load the apps, and serve them or their error on the open port; the sockets of open pages on theirs."""
    sys.stdin = open(keyboard)  # noqa: SIM115 - open as long as the process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both: the one that watches ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    served.end_with(parent)
    site: Site | None = None
    beside = contextlib.ExitStack()
    application: App | ErrorPage
    try:
        site = loaded(make_site(settings, settings["database"]), settings)
        say_first_password(site)
        _require_whole(site)
        bell = beside.enter_context(job_process.beside(settings)) if settings["jobs"] == job_process.PROCESS else None
        start(site, settings, sockets, bell.ring if bell else None)
        application = App(site)
    except Exception as error:  # whatever an app raises is shown, not fatal
        sys.stderr.write("".join(traceback.format_exception(error)) if settings["debug"] else output.trace_of(error))
        output.say_error(f"{output.sentence_of(error)}: waiting for a change")
        application = ErrorPage(error)
    host, port = bound.getsockname()[:2]
    server = make_server(host, port, application, threaded=True, request_handler=_Quiet, fd=bound.fileno())
    server.daemon_threads = False  # type: ignore[attr-defined]  # what is in flight is answered
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        server.server_close()  # waits for what is in flight, which still needs the site
        if site is not None:
            site.close()
        beside.close()


def _require_whole(site: Site) -> None:
    """Raises what a module raised that could not be imported, else SyntaxError: each is compiled, also one that nobody
    imports yet, and what compiles is kept for the import."""
    for fault in (each for app in site.apps.values() for each in app.faults):
        raise fault
    for name in sorted({module for app in site.apps.values() for module in app.modules}):
        for folder in sys.path:
            file = os.path.join(folder, *name.split(".")) + ".py"
            if os.path.exists(file):
                importlib.machinery.SourceFileLoader(name, file).get_code(name)
                break


class _Quiet(WSGIRequestHandler):
    """The access log is the application's own."""

    timeout = receiving.SECONDS  # of silence; a server for one developer needs no more

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
