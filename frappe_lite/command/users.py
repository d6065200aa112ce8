"""`frappe-lite new-user, set-password, users, open`: the people of a site, and the way in for one of them."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
import webbrowser
from argparse import Namespace
from collections.abc import Callable

from .. import document
from ..access import auth, sign_in
from ..context import Context
from ..errors import DoesNotExistError, DuplicateEntryError, ValidationError
from ..query import Condition
from ..sqlite import served
from . import output
from .settings import take_secret
from .site import open_site

COLUMNS = ("name", "full_name", "user_type", "enabled", "roles", "last_login")


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands."""
    user = command(
        "new-user", new_user, "Make a user with roles.", "frappe-lite new-user ann@example.com --role 'System Manager'"
    )
    user.add_argument("user", metavar="EMAIL", help="the address that the user signs in with")
    user.add_argument(
        "--role",
        action="append",
        default=[],
        help="a role that the user has, such as 'System Manager'; may be repeated",
    )
    user.add_argument("--password", help="else FRAPPE_LITE_PASSWORD; none if neither is given")
    text = "Set a user's password, from FRAPPE_LITE_PASSWORD or the terminal."
    password = command("set-password", set_password, text, "frappe-lite set-password Administrator")
    password.add_argument("user", metavar="USER", help="who, by name")
    users_ = command("users", users, "List the site's users.", "frappe-lite users")
    users_.add_argument("--json", action="store_true", help="for programs")
    text = (
        "Print the address of a site that is served, with a link that signs in once; on a terminal, open the "
        "browser there."
    )
    open_ = command("open", open_browser, text, "frappe-lite open")
    open_.add_argument("--user", default="Administrator", help="who is signed in (default: Administrator)")
    open_.add_argument("--no-browser", action="store_true", help="only print")


def new_user(parsed: Namespace) -> None:
    """Make a user. Raises DuplicateEntryError, ValidationError."""
    with contextlib.closing(open_site(parsed)) as site, site.acting() as ctx:
        known = ctx.user_info(parsed.user)
        if known is not None:
            raise DuplicateEntryError(
                f"{known.name} is a user already; frappe-lite set-password {known.name} sets a password"
            )
        _require_roles(ctx, parsed.role)
        name = parsed.user.partition("@")[0]
        values = {
            "doctype": "User",
            "email": parsed.user,
            "first_name": name,
            "roles": [{"role": role} for role in parsed.role],
        }
        password = parsed.password or take_secret("FRAPPE_LITE_PASSWORD")
        document.new(ctx, {**values, "new_password": password} if password else values).insert()
    print(f"{parsed.user} was made. frappe-lite keys {parsed.user} gives it an API key.")


def _require_roles(ctx: Context, roles: list[str]) -> None:
    for role in roles:
        if ctx.store.exists(ctx.meta("Role"), role) is None:
            known = [row["name"] for row in ctx.store.find(ctx.meta("Role"), Condition(), ("name",))]
            raise ValidationError(
                f"there is no role {role}{output.meant(role, known)}; those of an app are there once it was served "
                "with it"
            )


def set_password(parsed: Namespace) -> None:
    """Set a password; that there is such a user is known before anything is asked."""
    with contextlib.closing(open_site(parsed)) as site, site.acting() as ctx:
        info = ctx.user_info(parsed.user)
        if info is None:
            raise DoesNotExistError(f"there is no user {parsed.user}; frappe-lite users lists them")
        given = take_secret("FRAPPE_LITE_PASSWORD")
        ctx.rollback()  # nothing is held while somebody types
        auth.set_password(ctx, info.name, given if given is not None else _asked(info.name))
    print(f"The password of {parsed.user} is set; other sessions have ended.")


def _asked(user: str) -> str:
    try:
        return getpass.getpass(f"New password for {user}: ") if sys.stdin.isatty() else input()
    except EOFError:
        raise ValidationError("no password was given; FRAPPE_LITE_PASSWORD may hold it") from None


def users(parsed: Namespace) -> None:
    """List users with their roles."""
    with contextlib.closing(open_site(parsed)) as site, site.acting() as ctx:
        roles: dict[str, list[str]] = {}
        for row in ctx.store.find(
            ctx.meta("Has Role"), Condition("parenttype = 'User'"), ("parent", "role"), order="role"
        ):
            roles.setdefault(row["parent"], []).append(row["role"])
        found = ctx.store.find(
            ctx.meta("User"), Condition(), ("name", "full_name", "user_type", "enabled", "last_login"), order="name"
        )
        rows = [{**row, "enabled": bool(row["enabled"]), "roles": roles.get(row["name"], [])} for row in found]
    output.table(rows, COLUMNS, parsed.json)


def open_browser(parsed: Namespace) -> None:
    """Print where the site is, with a link that signs in. Raises DoesNotExistError for a site that nobody serves."""
    database, url = parsed.database, parsed.settings["url"]
    server = served.serving(database)
    if server is None and not url:
        raise DoesNotExistError(f"nobody serves {database}; frappe-lite serve --database {database} does")
    with contextlib.closing(open_site(parsed)) as site, site.acting() as ctx:
        key = sign_in.make_key(ctx, parsed.user)
    link = f"{url or (server.address if server else '')}/sign-in?key={key}"
    print(link)
    if sys.stdout.isatty() and not parsed.no_browser:
        webbrowser.open(link)
