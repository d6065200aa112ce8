"""Links by which a person who forgot the password sets another one: made, sent, used once."""

from __future__ import annotations

import logging
import secrets

from ..context import Context
from ..errors import ResetLinkError
from ..query import Condition
from ..throttle import network_of
from ..utils import cint, cstr, now, time_diff_in_seconds
from .auth import ADDRESS_FACTOR, check_policy, find_user, hash_password, keep_password, words_of
from .hashing import digest
from .identity import STANDARD_USERS


def make_reset_key(ctx: Context, usr: str) -> None:
    """A single-use key for the user, kept as a hash.

    The link with it goes to `Site(on_reset_link=…)`, else to the log.
    """
    user = find_user(ctx, usr)
    require_few_resets(ctx, (user or usr.strip())[:140].lower())
    info = ctx.user_info(user) if user else None
    if info is None or not info.enabled or user in STANDARD_USERS:
        return  # the Administrator's password is set by frappe-lite set-password
    send_reset_link(ctx, user, reset_link(ctx, user))


RESET_FIELDS = ("reset_password_key", "last_reset_password_key_generated_on")


def reset_link(ctx: Context, user: str) -> str:
    """A link by which the user's password is set once. Only its key's hash is kept: nobody else is to see it."""
    key = secrets.token_urlsafe(32)
    ctx.store.update(ctx.meta("User"), user, dict(zip(RESET_FIELDS, (digest(key), now()), strict=True)))
    return f"{ctx.site.address}/update-password?key={key}"


def send_reset_link(ctx: Context, user: str, link: str) -> None:
    """Hand the link to the site's `on_reset_link`, once it is kept."""
    ctx.after_commit.append(lambda: (ctx.site.on_reset_link or log_reset_link)(user, link))


def log_reset_link(user: str, link: str) -> None:
    """Unless the site has a function of its own, or mails go out, the link goes to the log."""
    logging.getLogger("frappe_lite").warning("password reset for %s: %s", user, link)


def require_few_resets(ctx: Context, user: str) -> None:
    """Raises TooManyRequestsError. One person asks for the own link a few times an hour; an address, and all addresses
    for one user, more."""
    tracker, most = ctx.site.login_tracker, cint(ctx.setting("password_reset_limit")) or 3
    address = network_of(ctx.request.remote_addr)
    keys = [f"reset:{user} {address}", f"reset address:{address}", f"reset user:{user}"]
    tracker.require_allowed(keys[:1], most)
    tracker.require_allowed(keys[1:], most * ADDRESS_FACTOR)
    tracker.failed(keys, 3600)


def set_password_by_key(ctx: Context, key: str, password: str) -> None:
    """Set the password of whose key this is; the key is used up. Raises ResetLinkError, ValidationError."""
    check_policy(ctx, password, words_of(ctx, user_of_reset_key(ctx, key)))  # a key that is no good costs no hash
    kept = hash_password(ctx, password)
    ctx.store.database.begin_write()
    user = user_of_reset_key(ctx, key)
    ctx.store.update(ctx.meta("User"), user, {"reset_password_key": None})
    keep_password(ctx, user, kept)


def user_of_reset_key(ctx: Context, key: str) -> str:
    """The user whose key this is. Raises ResetLinkError for an unknown, used or old one."""
    rows = ctx.store.find(
        ctx.meta("User"),
        Condition("reset_password_key = ? AND enabled = 1", (digest(key),)),
        ("name", "last_reset_password_key_generated_on"),
    )
    seconds = cint(ctx.setting("reset_password_link_expiry_duration")) or 86400
    if not rows:
        raise ResetLinkError.told("The reset password link has either been used before or is invalid")
    if time_diff_in_seconds(now(), rows[0]["last_reset_password_key_generated_on"]) > seconds:
        raise ResetLinkError.told("The reset password link has been expired")
    return cstr(rows[0]["name"])
