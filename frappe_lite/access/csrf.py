"""Requests that a page of another site made a browser send.

Refused by what the browser says, and by the session's CSRF token.

Only cookie sessions are concerned, and only unsafe verbs: a key or a token is sent by who holds it, and reading changes
nothing.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from ..context import Context
from ..errors import CSRFTokenError, SessionExpired
from ..utils import cstr
from .auth import SAFE_METHODS
from .hashing import digest, same


def csrf_token(ctx: Context) -> str:
    """The session's CSRF token, made on first use; from then on unsafe requests must carry it."""
    row = ctx.store.database.row('SELECT csrf_token FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
    if row is None:
        raise SessionExpired("Session expired")
    if row[0]:
        return cstr(row[0])
    token = secrets.token_hex(28)
    with ctx.store.database.transaction():
        ctx.store.database.execute('UPDATE "tabSessions" SET csrf_token = ? WHERE sid = ?', (token, digest(ctx.sid)))
    return token


def require_same_site(ctx: Context) -> None:
    """Raises CSRFTokenError for an unsafe request of a cookie session that another site may have sent."""
    request = ctx.request
    if not ctx.sid or request.method in SAFE_METHODS:
        return
    require_own_origin(ctx)
    row = ctx.store.database.row('SELECT csrf_token FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
    expected = row[0] if row else None
    given = request.headers.get("X-Frappe-Csrf-Token") or cstr(request.params.get("csrf_token"))
    if expected and not same(given, expected):
        raise CSRFTokenError.told("Invalid Request", title="Invalid Request")


def require_own_origin(ctx: Context) -> None:
    """Raises CSRFTokenError for what a browser says that a page of another site sent, unless the site allows that
    origin.

    Another port or subdomain is of the same site, but not this one: there, and where an older browser says nothing, the
    Origin must be this server's. Programs send neither.
    """
    request = ctx.request
    fetched, origin = request.headers.get("Sec-Fetch-Site"), cstr(request.headers.get("Origin"))
    if fetched in ("same-origin", "none") or (fetched is None and not origin) or origin in allowed_origins(ctx):
        return
    own = {request.host, urlsplit(ctx.site.url).netloc} - {""}
    if fetched == "cross-site" or urlsplit(origin).netloc not in own:
        raise CSRFTokenError.told("Invalid Request: sent from another site", title="Invalid Request")


class Origins(set[str]):
    """Origins by name; `http://localhost:*` is one on any port."""

    def __contains__(self, origin: object) -> bool:
        return super().__contains__(origin) or (
            isinstance(origin, str) and super().__contains__(re.sub(r"(?<=.):\d{1,5}\Z", ":*", origin))
        )


def allowed_origins(ctx: Context) -> Origins:
    """The origins in `allow_cors`. `null` is none: any page that hides where it is from has that."""
    named = (each.rstrip("/") for each in re.split(r"[\s,]+", cstr(ctx.setting("allow_cors"))) if each)
    return Origins(each for each in named if each != "null")
