"""`frappe-lite COMMAND`: reads what was asked, runs it, and tells what failed in one sentence. Here is `serve`; a noun each in the other `cli_…`."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import logging
import os
import platform
import shlex
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .. import App, Site, part_commands, receiving
from ..errors import FrappeError
from ..face import apps
from ..sqlite import served as lock
from ..sqlite.file import DatabaseMissing, DatabaseRefused
from ..version import VERSION
from ..wsgi import stderr_logging
from . import address as cli_address
from . import completion as cli_completion
from . import console as cli_console
from . import dev as cli_dev
from . import keys as cli_keys
from . import look as cli_look
from . import new as cli_new
from . import output as cli_output
from . import reset as cli_reset
from . import settings as cli_settings
from . import users as cli_users
from .settings import SettingError, Settings
from .site import MEMORY, loaded, make_site, open_site, require_apps, say_first_password

__all__ = ["main", "open_site"]

CREATING = frozenset({"serve", "import", "restore", "pull", "copy"})
"""The commands that may make a database; elsewhere a name that is not there was mistyped."""

LOOKING = frozenset({"doctypes", "routes", "openapi"})
"""The commands that look at an app without a database too."""

RUNNING = LOOKING | {"serve", "console", "execute", "test"}
"""The commands that take the app of the current folder, if none is named."""

WRONG_USE = 2
"""The exit status of a command that was not understood; 1 is one that failed, 130 one that was interrupted."""

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

NOTHING_HERE = """frappe-lite serves the Frappe app of the folder that it is started in. There is none here:
  frappe-lite new-app NAME               makes one
  frappe-lite serve --app FOLDER         serves one that is elsewhere
  frappe-lite --help                     lists the other commands"""


# --- what was asked ---------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status. What fails is told in a sentence, with --debug in a whole trace."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debugging = "--debug" in words
    try:
        parsed = _parse(words)
        parsed.settings = cli_settings.read(cli_settings.flags_of(parsed))
        if parsed.takes_this and "apps" not in parsed.settings.given and apps.is_app(Path()):
            parsed.settings.take("apps", ["."], "this folder")
        parsed.database, parsed.app, debugging = (
            parsed.settings["database"],
            parsed.settings["apps"],
            parsed.settings["debug"],
        )
        return int(parsed.run(parsed) or 0)
    except (SettingError, DatabaseMissing) as error:
        return _failed(str(error), debugging, WRONG_USE)
    except (DatabaseRefused, FrappeError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # `frappe-lite routes | head`: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return _failed(cli_output.plain(str(error)) or type(error).__name__, debugging)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the edge of a command: an app's code may raise anything
        return _failed(f"{cli_output.sentence_of(error)} (--debug shows the trace)", debugging)


def _failed(sentence: str, debugging: bool, status: int = 1) -> int:
    if debugging:
        logging.getLogger("frappe_lite").error("the command failed", exc_info=True)
    cli_output.say_error(sentence)
    return status


class Parser(argparse.ArgumentParser):
    """One that says which word was perhaps meant."""

    def error(self, message: str) -> NoReturn:
        """Print this command's usage and the sentence, and exit with 2."""
        self.print_usage(sys.stderr)
        cli_output.say_error(message)
        raise SystemExit(WRONG_USE)

    def refuse(self, words: Sequence[str]) -> NoReturn:
        """Refuse what is left over."""
        word = words[0].partition("=")[0]
        known = [option for action in self._actions for option in action.option_strings]
        close = difflib.get_close_matches(word, known, 1)
        command = self.prog.removeprefix("frappe-lite ")
        self.error(
            f"{word} is no option of {command}{f'; is it {close[0]}?' if close else ''}"
            if word.startswith("-")
            else f"{command} takes no {word!r} there"
        )


def _parse(words: list[str]) -> argparse.Namespace:
    parser = _parser()
    names = commands_of(parser)
    if not words:
        words = _here(parser)
    if not words[0].startswith("-") and words[0] not in names:
        close = difflib.get_close_matches(words[0], names, 1)
        parser.error(
            f"there is no command {words[0]}{f'; is it {close[0]}?' if close else ''} frappe-lite --help lists them"
        )
    if words[0].startswith("-") and words[0] not in ("-h", "--help", "--version"):
        parser.error(f"a command comes first, as in frappe-lite serve {shlex.join(words)}")
    parsed, left = parser.parse_known_args(words)
    if left:
        parsed.parser.refuse(left)
    return parsed


def _here(parser: Parser) -> list[str]:
    """What `frappe-lite` alone does: it serves the app of this folder, or what frappe_lite.toml names."""
    if any(Path(each).is_file() for each in cli_settings.FILES) or apps.is_app(Path()):
        return ["serve"]
    print(NOTHING_HERE, file=sys.stderr)
    raise SystemExit(WRONG_USE)


def commands_of(parser: argparse.ArgumentParser) -> dict[str, Any]:
    """The commands and their parsers."""
    return next(dict(action.choices) for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _parser() -> Parser:
    parser = Parser(
        prog="frappe-lite", description="The Frappe REST contract in one process and one file.", allow_abbrev=False
    )
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    parser.add_argument("--version", action="version", version=f"frappe-lite {VERSION} ({python})")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def command(name: str, run: Callable[[Any], Any], text: str, example: str) -> argparse.ArgumentParser:
        layout = argparse.RawDescriptionHelpFormatter
        made = commands.add_parser(
            name, help=text, description=text, epilog=f"example: {example}", formatter_class=layout, allow_abbrev=False
        )
        cli_settings.add_arguments(made, serving=name == "serve")
        made.set_defaults(
            run=run, parser=made, creates=name in CREATING, looks=name in LOOKING, takes_this=name in RUNNING
        )
        return made

    command("serve", serve, "Serve a site over HTTP.", "frappe-lite serve --app apps/shop --port 8000")
    for noun in (cli_new, cli_console, cli_users, cli_keys, cli_look, cli_reset):
        noun.commands(command)
    part_commands(command)
    cli_completion.commands(command, lambda: commands_of(parser))
    return parser


# --- serve -----------------------------------------------------------------------------------------------


def serve(parsed: Any) -> int:
    """Serve until SIGTERM or Ctrl+C; what is in flight is finished, the file checkpointed."""
    settings: Settings = parsed.settings
    stderr_logging()
    for note in settings.notes:
        cli_output.say_error(note)
    run = _runner(settings)
    require_apps(settings)
    with contextlib.closing(_bound(settings)) as bound:
        address = cli_address.url_of(bound, settings["host"])
        if settings["dev"]:
            return cli_dev.serve(settings, bound, address)
        with _opened(settings, address) as site:
            run(
                settings,
                site,
                bound,
                lambda: print(f"Serving {settings['database']} on {address} (desk: {address}/app)", flush=True),
            )
    return 0


def _bound(settings: Settings) -> socket.socket:
    """The port, taken. If this very database is what is served there, that is what is told."""
    try:
        return cli_address.bind(settings["host"], settings["port"])
    except cli_address.AddressTaken:
        found = lock.serving(settings["database"])
        if found is None or not found.address.endswith(f":{settings['port']}"):
            raise
        if lock.is_alive(found.pid):
            raise lock.DatabaseServed(
                f"{settings['database']} is served at {found.address} already (process {found.pid})"
            ) from None
        with lock.kept_out(settings["database"]):  # workers of a server that was killed: they end in a moment
            return cli_address.bind(settings["host"], settings["port"])


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


Runner = Callable[[Settings, Site, socket.socket, Callable[[], None]], None]


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
        import granian  # noqa: F401
    except ImportError:
        if settings["workers"] > 1 or settings["server"]:
            raise SettingError(
                "granian is not installed, and several workers need it: pip install 'frappe_lite[speed]'"
            ) from None
        return _serve_waitress
    if settings["proxies"]:
        cli_output.say_error(UNDERSCORES)
    return _serve_granian


def _serve_waitress(settings: Settings, site: Site, bound: socket.socket, tell: Callable[[], None]) -> None:
    import waitress
    from waitress.utilities import BadRequest

    class RequestTimeout(BadRequest):  # type: ignore[misc]
        code, reason = 408, "Request Timeout"

    connections: dict[int, Any] = {}
    server = waitress.create_server(
        App(site),
        map=connections,
        sockets=[bound],
        threads=8,
        ident="frappe_lite",
        max_request_body_size=site.max_body + 1_000_000,
        clear_untrusted_proxy_headers=not site.proxies,  # parts.front judges them
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
    tell()
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()


def _serve_granian(settings: Settings, site: Site, bound: socket.socket, tell: Callable[[], None]) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    host, port = bound.getsockname()[:2]
    bound.close()  # granian's workers each take the port for themselves, to share it
    site.database.close()
    logging.getLogger("_granian").addFilter(
        lambda record: not record.getMessage().startswith("Configuration allows")
    )  # it is meant so
    headers = HTTP1Settings(max_buffer_size=MAX_HEADERS)
    server = Granian(
        "frappe_lite.command.serving:application", address=host, port=port, interface=Interfaces.WSGI, workers=settings["workers"],
        blocking_threads=THREADS, log_access=False, http1_settings=headers, log_level=LogLevels.warning, websockets=False,
        respawn_failed_workers=True, respawn_interval=0.5, workers_kill_timeout=GRACE_SECONDS,
    )  # fmt: skip
    server.on_startup(lambda: cli_address.when_reachable(host, port, tell))
    with cli_settings.in_environment(settings):
        server.serve()


if __name__ == "__main__":
    raise SystemExit(main())
