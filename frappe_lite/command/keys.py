"""`frappe-lite keys`: list, make and revoke API keys of the database's users, without a server."""

from __future__ import annotations

import argparse
import contextlib
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from ..access import auth
from ..context import Context
from ..errors import DoesNotExistError
from ..query import Condition
from ..utils import cstr
from . import output
from .site import open_site

KEYS = "frappe_lite.keys"
COLUMNS = ("name", "user", "label", "api_key", "enabled", "scopes", "expires_on", "last_used")


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command."""
    text = "List, make and revoke API keys. Of one that is made, the last line is API_KEY:API_SECRET."
    parser = command("keys", keys, text, "frappe-lite keys ann@example.com --label backup --scopes Task:read")
    parser.add_argument(
        "user", nargs="?", help="alone: a new secret for the pair in the User document; nobody: list the named keys"
    )
    parser.add_argument(
        "--label", help="make a named key, beside the others of the user; a few words that say what it is for"
    )
    parser.add_argument("--scopes", help='with --label: what it may do, such as "Task:read Note:write" (default: all)')
    parser.add_argument("--expires", metavar="DATE", help="with --label: until when it is good (default: for ever)")
    parser.add_argument("--list", action="store_true", help="list the named keys, of the user if one is named")
    parser.add_argument("--revoke", metavar="NAME", help="end the named key that has this name or API key")
    parser.add_argument("--json", action="store_true", help="with --list: for programs")


def keys(parsed: Namespace) -> None:
    """Do what the arguments say. Raises DoesNotExistError, ValidationError."""
    with contextlib.closing(open_site(parsed)) as site, site.acting() as ctx:
        info = ctx.user_info(parsed.user) if parsed.user else None
        if parsed.user and info is None:
            raise DoesNotExistError(f"there is no user {parsed.user}; make one with frappe-lite new-user")
        user = info.name if info else None
        if parsed.revoke:
            _revoke(ctx, parsed.revoke)
        elif parsed.list or not parsed.user:
            _print_keys(ctx, user, parsed.json)
        elif parsed.label:
            made = _call(
                ctx, "generate", label=parsed.label, scopes=parsed.scopes, expires_on=parsed.expires, user=user
            )
            print(f"{made['api_key']}:{made['api_secret']}")
        else:
            print(":".join(auth.generate_keys(ctx, parsed.user)))


def _call(ctx: Context, which: str, **arguments: object) -> Any:
    method = ctx.site.method(f"{KEYS}.{which}")
    assert method is not None
    return method.function(ctx, **arguments)


def _revoke(ctx: Context, which: str) -> None:
    found = ctx.store.find(ctx.meta("API Key"), Condition("name = ? OR api_key = ?", (which, which)))
    if not found:
        raise DoesNotExistError(f"there is no API Key {which}; frappe-lite keys lists them")
    _call(ctx, "revoke", name=found[0]["name"])
    print(f"{found[0]['name']} is revoked.")


def _print_keys(ctx: Context, user: str | None, as_json: bool) -> None:
    condition = Condition("user = ?", (user,)) if user else Condition()
    found = ctx.store.find(ctx.meta("API Key"), condition, COLUMNS, order="user, creation")
    if as_json:
        output.table([{**row, "enabled": bool(row["enabled"])} for row in found], COLUMNS, as_json)
        return
    rows = []
    for row in found:
        until = f"until {cstr(row['expires_on'])[:19]}" if row["expires_on"] else ""
        used = f"used {cstr(row['last_used'])[:19]}" if row["last_used"] else "never used"
        rows.append({**row, "expires": until, "use": used, "state": "" if row["enabled"] else "revoked"})
    columns = ("name", "user", "label", "api_key", "scopes", "expires", "use", "state")
    output.table(rows, columns, False, "There are no named keys. frappe-lite keys USER --label LABEL makes one.")
