"""Sign-in links: an address that signs one person in, once, within minutes. For who may read the database anyway:
`frappe-lite open`.

make_key(ctx, "Administrator")   ->   "q0F…"        /sign-in?key=q0F…  begins a session, and no second one
"""

from __future__ import annotations

import json
import secrets
import time

from ..context import Context
from ..errors import DoesNotExistError, ResetLinkError
from ..values import Values
from . import sessions
from .hashing import digest

SECONDS = 600
"""How long a link is good for."""

_KEPT = "sign-in links"


def make_key(ctx: Context, user: str) -> str:
    """A key for the user, kept as a hash. Raises DoesNotExistError for nobody, and for who is disabled."""
    info = ctx.user_info(user)
    if info is None or not info.enabled or info.name == "Guest":
        raise DoesNotExistError(f"there is no user {user} who may sign in; frappe-lite users lists them")
    key = secrets.token_urlsafe(32)
    _keep(ctx, {**_live(ctx), digest(key): [info.name, time.time() + SECONDS]})
    return key


def use_key(ctx: Context, key: str) -> str:
    """Begin a session for whose key it is, and use it up; the user. Raises ResetLinkError for one that is used, old or
    made up."""
    if digest(key) in _live(ctx):  # guesses do not wait for the writer
        ctx.store.database.begin_write()
        live = _live(ctx)
        user, _ = live.pop(digest(key), ("", 0))
        _keep(ctx, live)
        info = ctx.user_info(user) if user else None
        if info is not None and info.enabled:
            sessions.begin(ctx, user)
            ctx.flags.keep_writes = True
            return str(user)
    raise ResetLinkError.told("This sign-in link was used before, or is too old: frappe-lite open makes another")


def _live(ctx: Context) -> Values:
    kept: Values = json.loads(ctx.store.value(_KEPT) or "{}")
    return {hashed: each for hashed, each in kept.items() if each[1] > time.time()}


def _keep(ctx: Context, live: dict[str, object]) -> None:
    ctx.store.set_value(_KEPT, json.dumps(live))
