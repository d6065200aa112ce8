"""`frappe-lite console, execute, test`: an app's code, run by hand."""

from __future__ import annotations

import argparse
import code
import contextlib
import importlib
import importlib.util
import json
import subprocess  # nosec B404 - this interpreter again, with words of the command line
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ..context import Context
from ..errors import DoesNotExistError, ValidationError
from ..face.apps import loading as apps
from ..site import import_app_module
from ..values import Function, JsonObject
from . import output
from .site import open_site

BANNER = (
    "frappe is here, as {user} on {database}. frappe.db.commit() keeps what you change; without it nothing is kept."
)


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands."""
    console_ = command(
        "console",
        console,
        "Type Python with frappe on the site: IPython if it is installed.",
        "frappe-lite console --app apps/shop",
    )
    console_.add_argument("--user", default="Administrator", help="who acts (default: Administrator)")
    text = "Call a function in a transaction, which is kept unless it raises; print what it returns."
    execute_ = command("execute", execute, text, """frappe-lite execute shop.api.restock --kwargs '{"item": "Tea"}'""")
    execute_.add_argument(
        "method", metavar="DOTTED.NAME", help="the function, such as shop.api.restock or frappe.client.get_count"
    )
    execute_.add_argument("--args", metavar="JSON", help="a list of arguments")
    execute_.add_argument("--kwargs", metavar="JSON", help="an object of arguments by name")
    execute_.add_argument("--user", default="Administrator", help="who acts (default: Administrator)")
    test_ = command(
        "test",
        test,
        "Run the tests of the apps by pytest, each on a fresh site in memory.",
        "frappe-lite test --app apps/shop",
    )
    test_.add_argument(
        "-n", metavar="NUMBER", dest="processes", help="in so many processes, or auto; needs pytest-xdist"
    )
    test_.add_argument("pytest", metavar="ARGUMENT", nargs="*", help="for pytest; those with a dash after --")


def console(parsed: Namespace) -> None:
    """Read, run and print until the end of the input."""
    with contextlib.closing(open_site(parsed)) as site:
        apps.provide_frappe()
        with site.acting(parsed.user) as ctx:
            _require_user(ctx, parsed.user)
            names = {"frappe": sys.modules["frappe"], "site": site, "__name__": "__console__"}
            try:
                _interact(
                    names, BANNER.format(user=parsed.user, database=parsed.database) if sys.stdin.isatty() else ""
                )
            finally:
                ctx.rollback()


def _interact(names: JsonObject, banner: str) -> None:
    if sys.stdin.isatty() and importlib.util.find_spec("IPython") is not None:
        ipython: Any = importlib.import_module("IPython")
        ipython.embed(user_ns=names, banner1=banner, colors="neutral")
        return
    with contextlib.suppress(ImportError):
        importlib.import_module("readline")  # its import alone gives the prompt a history
    if not sys.stdin.isatty():
        sys.ps1 = sys.ps2 = ""  # the answers alone, for who pipes lines in
    code.InteractiveConsole(names).interact(banner=banner, exitmsg="")


def execute(parsed: Namespace) -> None:
    """Call the function. Raises ValidationError for arguments that are no JSON, DoesNotExistError for a name that is
    nobody's."""
    args, kwargs = _json(parsed.args, "--args", list), _json(parsed.kwargs, "--kwargs", dict)
    with contextlib.closing(open_site(parsed)) as site, site.acting(parsed.user) as ctx:
        _require_user(ctx, parsed.user)
        output.print_value(_function(ctx, parsed.method)(*args, **kwargs))


def _require_user(ctx: Context, user: str) -> None:
    if ctx.user_info(user) is None:
        raise DoesNotExistError(f"there is no user {user}; frappe-lite users lists them")


def _json(given: str | None, flag: str, kind: type) -> Any:
    try:
        value = json.loads(given) if given else kind()
    except ValueError as error:
        raise ValidationError(f"{flag} is no JSON: {error}") from None
    if not isinstance(value, kind):
        raise ValidationError(f"{flag} is a JSON {'list' if kind is list else 'object'}")
    return value


def _function(ctx: Context, dotted: str) -> Function:
    """The function of that name: one of ours with its context, else the app's own. Who may run a command may import."""
    known = ctx.site.methods.get(dotted)
    if known is not None and known.takes_context:
        return lambda *args, **kwargs: known.function(ctx, *args, **kwargs)
    apps.provide_frappe()
    found: object = _module(dotted)
    if not callable(found):
        raise DoesNotExistError(f"{dotted} is no function; name one as shop.api.restock, with --app for its app")
    return found


def _module(dotted: str) -> object:
    """What a dotted name stands for: attributes from the first module on, and modules where there is no attribute."""
    first, *names = dotted.split(".")
    try:
        found: object = importlib.import_module(first)
        for index, name in enumerate(names, 1):
            inner = getattr(found, name, None)
            found = (
                inner
                if inner is not None or not isinstance(found, ModuleType)
                else import_app_module(".".join([first, *names[:index]]))
            )
    except ModuleNotFoundError as error:
        if not dotted.startswith(str(error.name)):
            raise
        if error.name == first:
            raise DoesNotExistError(f"there is no module of {dotted}; --app FOLDER loads the app that has it") from None
        return None
    return found


def test(parsed: Namespace) -> int:
    """Run pytest on the apps' folders; its exit status. Raises ValidationError where pytest or an app is not there."""
    if importlib.util.find_spec("pytest") is None:
        raise ValidationError("pytest is not installed: pip install pytest")
    folders = [Path(each).resolve() for each in parsed.app or ["."]]
    for folder in folders:
        apps.package_folder(folder)
    if parsed.processes and importlib.util.find_spec("xdist") is None:
        raise ValidationError("-n needs pytest-xdist: pip install pytest-xdist")
    parallel = ["-n", parsed.processes] if parsed.processes else []
    words = ["-o", f"frappe_apps={' '.join(map(_quoted, folders))}", *parallel, *parsed.pytest]
    if not any(Path(word).exists() for word in parsed.pytest):
        words += map(str, folders)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(folders[0]), *words], check=False
    ).returncode  # nosec B603


def _quoted(folder: Path) -> str:
    return f"'{folder}'" if " " in str(folder) else str(folder)
