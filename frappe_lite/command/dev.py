"""`serve --dev`: a server that starts anew whenever a file of an app changes, and that no error in an app can end.

Two processes. This one holds the port, watches and never imports an app; the other one loads the apps and answers. A file
that changes ends that one and starts another on the same port, so that no request is refused meanwhile: it waits. An app
that cannot be loaded is answered for with its error, until the next change.

Files are looked at four times a second. That finds new ones, DocTypes, fixtures and templates, needs no library, and
takes 10 ms for an app of 3,000 files.
"""

from __future__ import annotations

import contextlib
import html
import importlib.machinery
import importlib.util
import os
import signal
import socket
import subprocess  # nosec B404 - this interpreter again, with words of the command line
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from .. import App, receiving
from ..protocol import dump_json
from ..site import Site
from ..sqlite import served
from ..wsgi import stderr_logging
from . import output
from .settings import FILES, Settings, in_environment, read
from .site import MEMORY, loaded, make_site, require_apps, say_first_password, start

PERIOD = 0.25
"""Seconds between two looks at the files."""

PATIENCE = 3.0
"""Seconds that requests in flight have to end before their process does."""

SKIPPED = frozenset({"node_modules", "__pycache__", "dist"})
PACKAGE = Path(__file__).resolve().parents[1]

_PAGE = """<!doctype html><meta charset=utf-8><title>The app cannot be loaded</title>
<style>body {{ font: 16px/1.5 system-ui; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }}
pre {{ overflow: auto }} mark {{ background: #fd06; color: inherit }}</style>
<h1>The app cannot be loaded</h1><p>{sentence}</p>{lines}
<p>It is loaded again as soon as a file changes; then reload this page.</p><details><summary>The whole trace</summary><pre>{trace}</pre></details>
"""

Seen = dict[str, tuple[int, int]]


# --- the process that watches -----------------------------------------------------------------------------


def serve(settings: Settings, bound: socket.socket, address: str) -> int:
    """Serve, and serve anew after each change, until SIGTERM or Ctrl+C. Raises AppNotInstalledError, DatabaseServed."""
    folders = require_apps(settings)
    _require_database(settings)
    with (
        contextlib.closing(served.claim(settings["database"], address, settings["join"])),
        in_environment(settings),
    ):
        print(f"Serving {settings['database']} on {address} (desk: {address}/app), anew after each change", flush=True)
        child: subprocess.Popen[bytes] | None = None
        try:
            signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            look = [*folders, *map(Path, FILES), PACKAGE]
            while True:
                seen = snapshot(look, settings["database"])
                child = _start(bound)
                changed = _wait(child, look, seen, settings["database"])
                output.say_error(f"{output.short(changed)} changed: starting anew")
                _end(child)
        except KeyboardInterrupt:
            return 0
        finally:
            if child is not None:
                _end(child)


def _require_database(settings: Settings) -> None:
    """Refuse a file that cannot be served before anything is started for it. Raises DatabaseRefused."""
    if settings["database"] != MEMORY:
        make_site(settings, settings["database"]).close()


def _start(bound: socket.socket) -> subprocess.Popen[bytes]:
    bound.set_inheritable(True)
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    command = [
        sys.executable,
        "-c",
        "import sys; from frappe_lite.command import dev; sys.exit(dev.answer(*map(int, sys.argv[1:])))",
        str(bound.fileno()),
        str(os.getpid()),
    ]
    return subprocess.Popen(command, pass_fds=[bound.fileno()], env={**os.environ, "PYTHONPATH": path})  # nosec B603


def _wait(child: subprocess.Popen[bytes], look: Iterable[Path], seen: Seen, database: str) -> str:
    """The file that changed."""
    told = False
    while True:
        time.sleep(PERIOD)
        if not told and child.poll() is not None:
            output.say_error(
                f"the server's process ended by itself (status {child.returncode}); it is started anew when a file changes"
            )
            told = True
        changed = sorted({path for path, _ in snapshot(look, database).items() ^ seen.items()})
        if changed:
            for path in changed:
                _forget_compiled(path)
            return changed[0]


def _forget_compiled(path: str) -> None:
    """What Python compiled of a file it takes for new if size and second are the same: not after two quick changes."""
    if path.endswith(".py"):
        with contextlib.suppress(OSError):
            os.unlink(importlib.util.cache_from_source(path))


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # a request that does not end, such as a stream of changes
            child.kill()
            child.wait()


def snapshot(look: Iterable[Path], database: str) -> Seen:
    """The times and sizes of all files there, but for those that a server or an editor writes."""
    found: Seen = {}
    own = os.path.abspath(database)
    for place in look:
        for path, entry in _walk(str(place)):
            if not os.path.abspath(path).startswith(own):
                found[path] = (entry.st_mtime_ns, entry.st_size)
    return found


def _walk(place: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        if not os.path.isdir(place):
            yield place, os.stat(place)
            return
        with os.scandir(place) as entries:
            for each in entries:
                if each.name.startswith(".") or each.name in SKIPPED:
                    continue
                if each.is_dir(follow_symlinks=False):
                    yield from _walk(each.path)
                elif not each.name.endswith(("~", ".pyc", ".swp", ".tmp")):
                    yield each.path, each.stat()
    except FileNotFoundError:
        return  # deleted while it was looked at


# --- the process that answers -----------------------------------------------------------------------------


def answer(descriptor: int, parent: int) -> int:
    """Load the apps, and serve them or their error on the open port."""
    stderr_logging()
    served.end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both: the one that watches ends this one
    settings = read({})
    site: Site | None = None
    application: App | ErrorPage
    try:
        site = loaded(make_site(settings, settings["database"]), settings)
        say_first_password(site)
        _require_syntax(site)
        start(site, settings)
        application = App(site)
    except Exception as error:  # whatever an app raises is shown, not fatal
        sys.stderr.write("".join(traceback.format_exception(error)) if settings["debug"] else output.trace_of(error))
        output.say_error(f"{output.sentence_of(error)}: waiting for a change")
        application = ErrorPage(error)
    bound = socket.socket(fileno=os.dup(descriptor))
    host, port = bound.getsockname()[:2]
    server = make_server(host, port, application, threaded=True, request_handler=_Quiet, fd=descriptor)
    server.daemon_threads = False  # type: ignore[attr-defined]  # what is in flight is answered
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        bound.close()
        if site is not None:
            site.close()
    return 0


def _require_syntax(site: Site) -> None:
    """Compile every module of the apps: those that nobody imports yet too. Raises SyntaxError; what compiles is kept for the import."""
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


class ErrorPage:
    """Answers everything with an error: to a browser as a page with the app's own lines, to programs in the form of a failed request."""

    def __init__(self, error: BaseException):
        self.error = error

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """500, whatever is asked."""
        is_page = not environ.get("PATH_INFO", "").startswith("/api/")
        body = self._page() if is_page else self._json()
        kind = "text/html; charset=utf-8" if is_page else "application/json"
        start_response(
            "500 Internal Server Error",
            [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
        )
        return [body]

    def _json(self) -> bytes:
        sentence = output.sentence_of(self.error)
        trace = output.trace_of(self.error)
        told = dump_json([dump_json({"message": html.escape(sentence), "indicator": "red"}).decode()]).decode()
        return dump_json(
            {
                "exc_type": type(self.error).__name__,
                "exception": sentence,
                "exc": dump_json([trace]).decode(),
                "_server_messages": told,
            }
        )

    def _page(self) -> bytes:
        sentence = html.escape(output.sentence_of(self.error))
        lines = "".join(f"<h2>{html.escape(place)}</h2><pre>{code}</pre>" for place, code in self._places())
        trace = html.escape("".join(traceback.format_exception(self.error)))
        return _PAGE.format(sentence=sentence, lines=lines, trace=trace).encode()

    def _places(self) -> Iterator[tuple[str, str]]:
        """The app's own lines, the innermost first, each with those around it."""
        places = [(each.filename, each.lineno) for each in traceback.extract_tb(self.error.__traceback__)]
        if isinstance(self.error, SyntaxError) and self.error.filename:
            places.append((self.error.filename, self.error.lineno))
        for filename, line in reversed(places):
            if line and output.is_own(filename):
                yield f"{output.short(filename)}, line {line}", _around(filename, line)


def _around(filename: str, line: int, many: int = 3) -> str:
    try:
        lines = Path(filename).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    shown = []
    for number in range(max(1, line - many), min(len(lines), line + many) + 1):
        text = f"{number:5}  {html.escape(lines[number - 1])}"
        shown.append(f"<mark>{text}</mark>" if number == line else text)
    return "\n".join(shown)
