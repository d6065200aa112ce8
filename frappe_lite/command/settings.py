"""The settings of the command line, in one table: a flag, a variable `FRAPPE_LITE_…` and a key of `frappe_lite.toml`
say the same.

What stands closer to the command wins: flag, then variable, then file, then default. A file is `frappe_lite.toml`, or
`site_config.json` as a bench has it, in the folder of the command; what is not ours in it, apps read through
`frappe.conf`. What nobody knows is told, with the name that was perhaps meant; a value that is wrong is refused, with
where it stands.

    frappe-lite serve --port 9000      FRAPPE_LITE_PORT=9000      port = 9000
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..values import Given, JsonObject
from .setting_files import SettingError, read_json, read_toml

PREFIX, DEST = "FRAPPE_LITE_", "setting_"
FILES = ("frappe_lite.toml", "site_config.json")
WORDS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
    "": False,
}
FROM_A_BENCH = {
    "host_name": "url",
    "allow_cors": "allow_origins",
    "db_path": "database",
    "developer_mode": "developer_mode",
    "socketio_port": "socketio_port",
}
"""Keys of a bench's site_config.json that say what a setting of ours says."""

Parse = Callable[[Any], Any]


@dataclass(frozen=True)
class Setting:
    """One line of the table."""

    name: str
    sentence: str
    parse: Parse
    default: object = ""
    flag: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    serving: bool = False  # asked by `serve` alone
    keyword: bool = False  # of `Site` too
    secret: bool = False  # from the environment alone: neither other users of the machine nor a repository see it

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper()

    @property
    def is_list(self) -> bool:
        """Whether it holds several values."""
        return self.parse is _list

    @property
    def is_switch(self) -> bool:
        """Whether its flag takes no value."""
        return self.parse is _switch

    def value_of(self, given: object, source: str) -> object:
        """The value that was given. Raises SettingError."""
        try:
            value = self.parse(given)
        except (ValueError, TypeError) as error:
            raise SettingError(f"{source}: {self.name} is {error or 'of another kind'}, not {given!r}") from None
        if self.choices and value not in self.choices:
            raise SettingError(f"{source}: {self.name} is {' or '.join(self.choices)}, not {given!r}")
        return value


# --- kinds of values: each takes what a flag, a variable or a file gives -------------------------------------------


def _text(given: object) -> str:
    if not isinstance(given, str | int | float) or isinstance(given, bool):
        raise ValueError("a text")
    return str(given)


def _switch(given: object) -> bool:
    if isinstance(given, bool):
        return given
    if str(given).lower() not in WORDS:
        raise ValueError("yes or no")
    return WORDS[str(given).lower()]


def _list(given: object) -> list[str]:
    if isinstance(given, str):
        given = json.loads(given) if given.startswith("[") else [each.strip() for each in given.split(",")]
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ValueError("a list of texts")
    return [each for each in given if each]


def _whole(least: int, most: int | None = None) -> Parse:
    def parse(given: object) -> int:
        text = str(given)
        if (
            isinstance(given, bool)
            or not text.isascii()
            or not text.isdecimal()
            or int(text) < least
            or (most is not None and int(text) > most)
        ):
            raise ValueError(f"a whole number from {least} {'on' if most is None else f'to {most}'}")
        return int(text)

    return parse


def _seconds(given: Any) -> float:
    try:
        found = float(given) if not isinstance(given, bool) else -1.0
    except (ValueError, TypeError):
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ValueError("a number of seconds")
    return found


SETTINGS = (
    Setting("database", "the site's SQLite file, or postgresql://…", _text, "site.db", "--database", "FILE"),
    Setting("apps", "the folder of an app to load; may be repeated", _list, [], "--app", "FOLDER"),
    Setting("debug", "show the whole trace of an error", _switch, False, "--debug"),
    Setting("host", "address to listen on; 0.0.0.0: every one of this "
                    "machine", _text, "127.0.0.1", "--host", "ADDRESS", serving=True),
    Setting("port", "port to listen on; 0: any free one", _whole(0, 65535), 8000, "--port", "PORT", serving=True),
    Setting("workers", "processes, with granian", _whole(1), 1, "--workers", "N", serving=True),
    Setting("server", "WSGI server; by default granian if it is "
                      "installed", _text, "", "--server", choices=("granian", "waitress"), serving=True),
    Setting("dev", "start anew when a file of an app changes; errors with their traces; localhost's pages may read the "
                   "answers", _switch, False, "--dev", serving=True),
    Setting("access_log", "a line for each request, on standard "
                          "error", _text, "", "--access-log", choices=("text", "json", "off"), serving=True),
    Setting("allow_origins", "let the pages of this origin read the answers, in place of System Settings' allow_cors; "
                             "may be repeated; http://localhost:* is any port",
            _list, [], "--allow-origin", "ORIGIN", serving=True),
    Setting("join", "serve a database that another server serves too, such as during a rolling "
                    "restart", _switch, False, "--join", serving=True),
    Setting("url", "the site's address as its users see it, for links and as OAuth "
                   "issuer", _text, "", "--url", "URL", serving=True, keyword=True),
    Setting("hosts", "answer to this Host header only; may be repeated; .x.org: and all "
                     "below", _list, [], "--allowed-host", "NAME", serving=True, keyword=True),
    Setting("proxies", "believe X-Forwarded-* of this address or network; may be "
                       "repeated", _list, [], "--proxy", "ADDRESS", serving=True, keyword=True),
    Setting("hsts", "over https, tell browsers to stay with it for so "
                    "long", _whole(0), 0, "--hsts", "SECONDS", serving=True, keyword=True),
    Setting("checkpoint", "external: another program moves the log into the file, such as "
                          "litestream", _text, "own", "--checkpoint", choices=("own", "external"),
            serving=True, keyword=True),
    Setting("synchronous", "full: an answered write survives power loss; normal: the last ones may "
                           "not", _text, "full", "--synchronous", choices=("full", "normal"),
            serving=True, keyword=True),
    Setting("created_status", "status of a create: 201 as specified, 200 as a full "
                              "Frappe", _whole(200, 201), 201, "--created-status", "200|201",
            serving=True, keyword=True),
    Setting("title", "the site's name", _text, "frappe_lite", keyword=True),
    Setting("files", "where uploaded files are kept: in a folder beside the database, or in "
                     "it", _text, "", choices=("folder", "database"), keyword=True),
    Setting("max_body", "the largest request body in bytes", _whole(1), 25 * 1024 * 1024, keyword=True),
    Setting("guest_body", "the largest request body in bytes of who is not signed "
                          "in", _whole(1), 1024 * 1024, keyword=True),
    Setting("busy_timeout", "seconds that a writer waits for another one", _seconds, 5.0, keyword=True),
    Setting("query_seconds", "seconds that one list, count or report may run", _seconds, 10.0, keyword=True),
    Setting("developer_mode", "what `frappe.conf.developer_mode` says to apps; a front end's own development server "
                              "asks for it", _switch, False, "--developer-mode", serving=True),
    Setting("socketio_port", "serve the sockets of open pages on this port, for apps with pages and with the extra "
                             "realtime; 0: nowhere", _whole(0, 65535), 9000,
            "--socketio-port", "PORT", serving=True),
    Setting("jobs", "who runs jobs: a process beside the server, begun when there are any (so on Linux, unless --dev); "
                    "threads of the server; or nobody, they are kept for frappe-lite "
                    "worker", _text, "", "--jobs", choices=("process", "threads", "off"), serving=True),
    Setting("job_threads", "jobs that are run at a time; 0: as --jobs "
                           "off", _whole(0), 2, "--job-threads", "N", serving=True),
    Setting("job_lease", "seconds of silence after which a process's jobs are begun again by others", _seconds, 30.0),
    Setting("webhook_networks", "private networks that webhooks may call, such as 10.0.0.0/8, with commas", _text, ""),
    Setting("mail_to", "a folder that mails are written into, as files, in place of being "
                       "sent", _text, "", "--mail-to", "FOLDER"),
    Setting("admin_password", "`serve` gives the Administrator this password; without it, and without a stored one, it "
                              "makes one and prints it once", _text, secret=True),
    Setting("password", "the password that `new-user` and `set-password` set", _text, secret=True),
    Setting("secret_key", "the key of Password fields; without it one is made in a file beside the database, named "
                          "after it with `-key` at the end", _text, secret=True),
    Setting("pull_token", "API_KEY:API_SECRET for `pull`, in place of `--token`, which other users of the machine "
                          "could read", _text, secret=True),
    Setting("replica", "the address of a PostgreSQL replica that GET requests are answered from", _text, secret=True),
    Setting("config", "the file of settings, if it is not frappe_lite.toml or site_config.json in the folder of the "
                      "command", _text, "", "--config", "FILE"),
)  # fmt: skip
"""Every setting. `docs/settings.md` is made from it."""

BY_NAME = {each.name: each for each in SETTINGS}


class Settings(dict[str, Any]):
    """Every setting's value; `conf` is what `frappe.conf` gets, `notes` what nobody knows."""

    def __init__(self) -> None:
        super().__init__({each.name: each.default for each in SETTINGS if not each.secret})
        self.conf: JsonObject = {}
        self.notes: list[str] = []
        self.given: set[str] = set()

    @property
    def site_keywords(self) -> dict[str, Any]:
        """The keyword arguments of a `Site`, but for the database."""
        return {each.name: self[each.name] for each in SETTINGS if each.keyword}

    def take(self, name: str, value: object, source: str) -> None:
        """Set what was given. Raises SettingError."""
        self[name] = BY_NAME[name].value_of(value, source)
        self.given.add(name)


# --- from where they come ---------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser, serving: bool) -> None:
    """The flags of a command. What was not given is None, so that the others are asked."""
    for each in SETTINGS:
        if not each.flag or each.serving and not serving:
            continue
        default = "" if each.default in ("", [], False) else f" (default: {each.default})"
        described = f"{each.sentence}{default}"
        if each.is_switch:
            parser.add_argument(each.flag, dest=DEST + each.name, action="store_true", default=None, help=described)
        elif each.is_list:
            parser.add_argument(each.flag, dest=DEST + each.name, action="append", metavar=each.metavar, help=described)
        else:
            parser.add_argument(
                each.flag,
                dest=DEST + each.name,
                metavar=each.metavar,
                help=described,
                choices=each.choices or None,
                type=_argument(each),
            )


def flags_of(parsed: argparse.Namespace) -> dict[str, object]:
    """The settings that a command's flags give."""
    return {
        name.removeprefix(DEST): value
        for name, value in vars(parsed).items()
        if name.startswith(DEST) and value is not None
    }


def _argument(setting: Setting) -> Parse:
    """Its parser, as argparse wants one."""

    def parse(given: str) -> object:
        try:
            return setting.parse(given)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"takes {error}, not {given!r}") from None

    return parse


def read(flags: Given, environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> Settings:
    """The settings of this moment. Raises SettingError."""
    found, here = Settings(), folder or Path()
    named = flags.get("config") or environ.get(f"{PREFIX}CONFIG")
    for file in [Path(named)] if named else [here / each for each in reversed(FILES)]:
        if named or file.is_file():
            _read_file(found, file)
    _read_environment(found, environ)
    for name, value in flags.items():
        found.take(name, value, BY_NAME[name].flag)
    return found


def _read_environment(found: Settings, environ: Mapping[str, str]) -> None:
    for variable, value in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in BY_NAME:
            if not variable.startswith(f"{PREFIX}TEST_"):
                found.notes.append(_unknown(variable, "variable", name, PREFIX))
        elif value and not BY_NAME[name].secret:
            found.take(name, value, variable)


def _unknown(given: str, what: str, name: str, prefix: str = "") -> str:
    close = difflib.get_close_matches(name, BY_NAME, 1)
    meant = f"{prefix}{close[0].upper() if prefix else close[0]}" if close else ""
    return f"there is no {what} {given}" + (f"; is it {meant}?" if meant else "")


def _read_file(found: Settings, file: Path) -> None:
    try:
        content = file.read_text()
    except (OSError, UnicodeError) as error:
        raise SettingError(f"{file} cannot be read: {error}") from None
    values = read_json(file, content) if file.suffix == ".json" else read_toml(file, content)
    if file.suffix == ".json":  # a bench's: what is ours stands below a key of its own, everything is for apps
        ours = values.pop("frappe_lite", {})
        found.conf.update(values)
        values = {ours_: values[theirs] for theirs, ours_ in FROM_A_BENCH.items() if values.get(theirs)} | (
            ours if isinstance(ours, dict) else {}
        )
    else:
        conf = values.pop("conf", {})
        found.conf.update(conf if isinstance(conf, dict) else {})
    for name, value in values.items():
        if name not in BY_NAME or name == "config":
            found.notes.append(f"{file.name}: {_unknown(name, 'setting', name)}")
        elif BY_NAME[name].secret:
            raise SettingError(f"{file.name}: {name} is secret, so it stands in no file: set {BY_NAME[name].variable}")
        else:
            found.take(name, value, file.name)
            _from_its_folder(found, name, file.parent)


def _from_its_folder(found: Settings, name: str, folder: Path) -> None:
    """Paths in a file begin where the file is."""
    if name == "database":
        found[name] = _below(folder, found[name])
    elif name == "apps":
        found[name] = [_below(folder, each) for each in found[name]]


def _below(folder: Path, path: str) -> str:
    return path if "://" in path or path == ":memory:" else str(folder / path)


@contextlib.contextmanager
def in_environment(settings: Settings) -> Iterator[None]:
    """Inside, the processes that this one starts find in their variables what this one was given."""
    before = dict(os.environ)
    os.environ.update(to_environment(settings))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def to_environment(settings: Settings) -> dict[str, str]:
    """What was given, as variables."""
    values = {BY_NAME[name].variable: settings[name] for name in settings.given}
    return {
        variable: json.dumps(value)
        if isinstance(value, list)
        else str(int(value) if isinstance(value, bool) else value)
        for variable, value in values.items()
    }


def take_secret(name: str) -> str | None:
    """A secret out of the environment.

    Read once, and gone from there for whatever runs later, this process's children too.
    """
    return os.environ.pop(name, None)
