"""Sessions: begun after a password was checked, resumed by their cookie, ended.

And the apps' functions that hear of it.

Kept in the database by the hash of their `sid`. What hooks raise refuses the login: no session is kept, no cookie is
sent.

    sessions.begin(ctx, "ann@example.com")   ->  on_login, a row of tabSessions, on_session_creation, five cookies
"""

from __future__ import annotations

import inspect
import math
import secrets
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote as url_quote

from werkzeug.http import dump_cookie

from ..context import Context, UserInfo
from ..errors import AuthenticationError
from ..site import Site
from ..utils import bold, cint, cstr, now_datetime
from . import activity, identity
from .hashing import digest

COOKIES = ("sid", "system_user", "full_name", "user_id", "user_image")
SEEN_SECONDS = 600


# --- what apps hear --------------------------------------------------------------------------------------


class LoginManager:
    """`login_manager`, as the hooks `on_login`, `on_session_creation` and `on_logout` are given it."""

    def __init__(self, ctx: Context, user: str = ""):
        self._ctx, self._coming = ctx, user

    @property
    def user(self) -> str:
        """Who comes in, or is in."""
        return self._coming or self._ctx.user

    @property
    def info(self) -> UserInfo | None:
        """What is known of the user: enabled, user_type, full_name, user_image, roles."""
        return self._ctx.user_info(self.user)

    @property
    def full_name(self) -> str:
        """The user's full name."""
        return self.info.full_name if self.info else self.user

    @property
    def user_type(self) -> str:
        """System User or Website User."""
        return self.info.user_type if self.info else "Website User"

    def fail(self, message: str, user: str | None = None) -> None:
        """Refuse the login. Raises AuthenticationError."""
        raise AuthenticationError(message)

    def login_as(self, user: str) -> None:
        """Begin a session for another user."""
        self._coming = identity.user_named(self._ctx, user).name
        begin(self._ctx, self._coming)

    def logout(self, arg: str = "", user: str | None = None) -> None:
        """End the session, or all of another user's."""
        if user in (None, "", self._ctx.user):
            end(self._ctx)
        else:
            end_all_of(self._ctx, identity.known_name(self._ctx, cstr(user)))


def _tell(ctx: Context, named: Iterable[Any], user: str) -> None:
    """Call the functions that hooks name, with a `login_manager` if they take one."""
    manager = LoginManager(ctx, user)
    for dotted in (each for names in named for each in ([names] if isinstance(names, str) else names or ())):
        function = ctx.site.resolve(dotted)
        parameters = inspect.signature(function).parameters.values()
        takes = any(each.name == "login_manager" or each.kind is each.VAR_KEYWORD for each in parameters)
        function(**({"login_manager": manager} if takes else {}))


# --- beginning and ending --------------------------------------------------------------------------------


def begin(ctx: Context, user: str) -> None:
    """A new session, whatever came before; its cookies go with the answer, in Frappe's order.

    Raises what hooks raise.
    """
    apps = ctx.site.apps.values()
    _tell(ctx, [each.hooks.get("on_login") for each in apps], user)
    sid, now = secrets.token_hex(32), time.time()  # a new sid at each login: none that was planted before it counts
    if cint(ctx.setting("deny_multiple_sessions")):
        _make_room(ctx, user)
    agent = cstr(ctx.request.headers.get("User-Agent"))[:255]
    values = (digest(sid), user, now, now, ctx.request.remote_addr, agent)
    ctx.store.database.execute('DELETE FROM "tabSessions" WHERE seen < ?', (now - session_seconds(ctx),))
    sql = 'INSERT INTO "tabSessions" (sid, user, created, seen, ip, user_agent) VALUES (?, ?, ?, ?, ?, ?)'
    ctx.store.database.execute(sql, values)
    info = identity.user_named(ctx, user)
    moment = now_datetime().isoformat(" ")
    sql = 'UPDATE "tabUser" SET last_login = ?, last_active = ?, last_ip = ? WHERE name = ?'
    ctx.store.database.execute(sql, (moment, moment, ctx.request.remote_addr, user))
    activity.remember(ctx, user, f"{info.full_name} logged in")
    ctx.user, ctx.sid = user, sid
    _tell(ctx, [each.hooks.get("on_session_creation") for each in apps], user)
    desk = info.user_type == "System User"
    cookies = (sid, "yes" if desk else "no", url_quote(info.full_name), url_quote(user), url_quote(info.user_image))
    _set_cookies(ctx, cookies, expires=None)


def end(ctx: Context) -> None:
    """End the session, expire its cookies. Raises what hooks raise."""
    _tell(ctx, [each.hooks.get("on_logout") for each in ctx.site.apps.values()], ctx.user)
    if ctx.user != identity.GUEST:
        info = ctx.user_info(ctx.user)
        why = bold("User Manually Logged Out")
        activity.remember(ctx, ctx.user, f"{info.full_name if info else ctx.user} logged out: {why}", "Logout")
    if ctx.sid:
        ctx.store.database.execute('DELETE FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
    ctx.user, ctx.sid = identity.GUEST, ""
    _set_cookies(ctx, ("", "", "", "", ""), expires=0)


def _make_room(ctx: Context, user: str) -> None:
    """End sessions of a user who comes in, but for those used last: with the new one as many as the User's
    `simultaneous_sessions`."""
    row = ctx.store.load_row(ctx.meta("User"), user) or {}
    others = max(cint(row.get("simultaneous_sessions")), 1) - 1
    kept = 'SELECT sid FROM "tabSessions" WHERE user = ? ORDER BY seen DESC LIMIT ?'
    sql = f'DELETE FROM "tabSessions" WHERE user = ? AND sid NOT IN ({kept})'
    ctx.store.database.execute(sql, (user, user, others))


def _set_cookies(ctx: Context, values: tuple[str, ...], expires: int | None) -> None:
    secure = ctx.request.scheme == "https"
    for name, value in zip(COOKIES, values, strict=True):
        # Frappe: clients read user_id from document.cookie; only sid is hidden from scripts
        cookie = dump_cookie(
            name, value, expires=expires, path="/", secure=secure, httponly=name == "sid", samesite="Lax"
        )
        ctx.headers.append(("Set-Cookie", cookie))


def end_all_of(ctx: Context, user: str, keep: str = "") -> None:
    """End the user's sessions, but the one to keep."""
    sql = 'DELETE FROM "tabSessions" WHERE user = ? AND sid != ?'
    ctx.store.database.execute(sql, (user, digest(keep) if keep else ""))


def end_one(ctx: Context, hashed: str) -> bool:
    """End the session of the caller whose `sid` has this SHA-256, in hexadecimal digits; whether there was one."""
    sql = 'DELETE FROM "tabSessions" WHERE user = ? AND sid = ?'
    return ctx.store.database.execute(sql, (ctx.user, hashed)) > 0


# --- resuming --------------------------------------------------------------------------------------------


def resume(ctx: Context, sid: str) -> None:
    """Set the context's user from a session; one that is none, or has ended, is told of as expired."""
    row = ctx.store.database.row('SELECT user, seen, created FROM "tabSessions" WHERE sid = ?', (digest(sid),))
    now = time.time()
    info = ctx.user_info(row[0]) if row else None
    too_old = row is not None and (now - row[1] > session_seconds(ctx) or now - row[2] > lifetime_seconds(ctx))
    if row is None or info is None or not info.enabled or too_old:
        ctx.session_expired = True
        return
    ctx.user, ctx.sid = info.name, sid
    if now - row[1] > min(SEEN_SECONDS, session_seconds(ctx) / 10):  # by a job: a reader waits for no writer
        ctx.site.run_later("Administrator", _write_seen, {"site": ctx.site, "kept": digest(sid), "moment": now})


def _write_seen(site: Site, kept: str, moment: float) -> None:
    whose = 'SELECT user FROM "tabSessions" WHERE sid = ?'
    site.database.execute(
        f'UPDATE "tabUser" SET last_active = ? WHERE name = ({whose})', (now_datetime().isoformat(" "), kept)
    )
    site.database.execute('UPDATE "tabSessions" SET seen = ? WHERE sid = ? AND seen < ?', (moment, kept, moment))


def session_seconds(ctx: Context) -> int:
    """How long a session lasts after its last use, from `session_expiry` (hours:minutes)."""
    return _seconds(ctx.setting("session_expiry")) or _seconds("170:00")


def lifetime_seconds(ctx: Context) -> float:
    """How long a session lasts at all, from `session_lifetime`."""
    return _seconds(ctx.setting("session_lifetime")) or math.inf


def _seconds(text: object) -> int:
    hours, _, minutes = cstr(text).partition(":")
    return cint(hours) * 3600 + cint(minutes) * 60
