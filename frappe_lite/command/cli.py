"""`frappe-lite COMMAND`: reads what was asked, runs it, and tells what failed in one sentence. The commands stand in
the other files, a noun each."""

from __future__ import annotations

import argparse
import difflib
import logging
import os
import platform
import shlex
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .. import part_commands
from ..errors import FrappeError
from ..face.apps import loading as apps
from ..sqlite.file import DatabaseMissing, DatabaseRefused
from ..values import JsonObject
from ..version import VERSION
from . import chapters, completion, console, keys, look, new, output, reset, serving, users
from .setting_files import SettingError
from .settings import FILES, add_arguments, flags_of, read
from .site import open_site

__all__ = ["main", "open_site"]

CREATING = frozenset({"serve", "import", "restore", "pull", "copy"})
"""The commands that may make a database; elsewhere a name that is not there was mistyped."""

LOOKING = frozenset({"doctypes", "routes", "openapi"})
"""The commands that look at an app without a database too."""

APP_CODE = frozenset({"import", "export", "pull", "worker", "schedule"})
"""The commands that run an app's controllers and functions, or must know which DocTypes are an app's."""

RUNNING = LOOKING | APP_CODE | {"serve", "console", "execute", "test", "realtime"}
"""The commands that take the app of the current folder, if none is named."""

MOST_USAGE = 6
"""Lines of a usage that are printed before what is wrong."""

WRONG_USE = 2
"""The exit status of a command that was not understood; 1 is one that failed, 130 one that was interrupted."""

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
        parsed.settings = read(flags_of(parsed))
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
        return _failed(output.refusal_of(error), debugging)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the edge of a command: an app's code may raise anything
        return _failed(f"{output.sentence_of(error)} (--debug shows the trace)", debugging)


def _failed(sentence: str, debugging: bool, status: int = 1) -> int:
    if debugging:
        logging.getLogger("frappe_lite").error("the command failed", exc_info=True)
    output.say_error(sentence)
    return status


class Parser(argparse.ArgumentParser):
    """One that says which word was perhaps meant."""

    def error(self, message: str) -> NoReturn:
        """Print this command's usage and the sentence, and exit with 2. A usage that would hide the sentence is named
        instead."""
        usage = self.format_usage()
        is_short = usage.count("\n") <= MOST_USAGE
        if is_short:
            self._print_message(usage, sys.stderr)
        output.say_error(message if is_short else f"{message} ({self.prog} --help lists its options)")
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


class Unbuilt(argparse.ArgumentParser):
    """Stands for the parser of a command that was not asked for: what it is given goes nowhere."""

    def __init__(self) -> None:
        """Nothing is made."""

    def add_argument(self, *_flags: Any, **_about: Any) -> argparse.Action:
        """As the true one's; no action of it is kept."""
        return argparse.Action([], "")


class Top(Parser):
    """The parser of `frappe-lite` itself: its help is an overview of the commands."""

    def format_help(self) -> str:
        """What `--help` prints."""
        return chapters.overview(commands_of(self))


def _parse(words: list[str]) -> argparse.Namespace:
    words = words or _here()
    is_flag = words[0].startswith("-")
    parser = _parser("" if is_flag else words[0])
    if not is_flag and words[0] not in commands_of(parser):
        close = difflib.get_close_matches(words[0], commands_of(_parser()), 1)
        parser.error(
            f"there is no command {words[0]}{f'; is it {close[0]}?' if close else ''} frappe-lite --help lists them"
        )
    if is_flag and words[0] not in ("-h", "--help", "--version"):
        parser.error(f"a command comes first, as in frappe-lite serve {shlex.join(words)}")
    parsed, left = parser.parse_known_args(words)
    if left:
        parsed.parser.refuse(left)
    return parsed


def _here() -> list[str]:
    """What `frappe-lite` alone does: it serves the app of this folder, or what frappe_lite.toml names."""
    if any(Path(each).is_file() for each in FILES) or apps.is_app(Path()):
        return ["serve"]
    print(NOTHING_HERE, file=sys.stderr)
    raise SystemExit(WRONG_USE)


def commands_of(parser: argparse.ArgumentParser) -> JsonObject:
    """The commands that were built, and their parsers."""
    return next(dict(action.choices) for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _parser(only: str = "") -> Parser:
    """The parser of all commands, or, in a tenth of the time, of the one that is named."""
    parser = Top(prog="frappe-lite", allow_abbrev=False)
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    parser.add_argument("--version", action="version", version=f"frappe-lite {VERSION} ({python})")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def command(name: str, run: Callable[[object], object], text: str, example: str) -> argparse.ArgumentParser:
        if only not in ("", name):
            return Unbuilt()
        layout = argparse.RawDescriptionHelpFormatter
        made = commands.add_parser(
            name, help=text, description=text, epilog=f"example: {example}", formatter_class=layout, allow_abbrev=False
        )
        add_arguments(made, serving=name == "serve")
        made.set_defaults(
            run=run, parser=made, creates=name in CREATING, looks=name in LOOKING, takes_this=name in RUNNING
        )
        return made

    for noun in (serving, new, console, users, keys, look, reset):
        noun.commands(command)
    part_commands(command)
    completion.commands(command, lambda: commands_of(_parser()))
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
