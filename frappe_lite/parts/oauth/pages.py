"""The pages of OAuth that a person sees: allow or refuse, and what went wrong. Plain HTML, no scripts.

All text is escaped, nothing may be loaded, and no other site may frame a page. A form carries a key made from the
session and from exactly what it asks for, so that nobody else can send it, nor have something else allowed by it.

    Shop App wants to act for you, ann@example.com:  [read documents of the type Sales Order]   (Allow) (Refuse)
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from ...access.hashing import digest
from ...context import Context
from ...utils import cstr
from ..shell import page as page

SCOPES = {
    "all": "do everything that you may do yourself",
    "openid": "know your name, email address, picture and roles",
}
"""What the scopes that are no DocType's mean."""


def refusal(text: str, status: int = 400) -> Response:
    """A page that says what went wrong, where the caller cannot be sent back to the application."""
    return page(
        "This does not work",
        f"<p>{html.escape(text)}</p><p class=note>Go back to the application and try again, or tell its makers.</p>",
        status,
    )


def hidden_fields(values: dict[str, str]) -> str:
    """Fields of a form that the person does not see."""
    return "".join(
        f'<input type=hidden name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in values.items()
    )


def csrf_field(ctx: Context) -> dict[str, str]:
    """The session's CSRF token, if it has been given one."""
    row = (
        ctx.store.database.row('SELECT csrf_token FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
        if ctx.sid
        else None
    )
    return {"csrf_token": row[0]} if row and row[0] else {}


def redirect(target: str, status: int = 302) -> Response:
    """Send the browser elsewhere."""
    return Response(b"", status, {"Location": target})


def in_words(scope: str) -> str:
    """What a scope allows, in words."""
    subject, _, right = scope.rpartition(":")
    if scope.startswith("method:"):
        return f"call {scope[7:]}"
    if subject and right == "read":
        return f"read documents of the type {subject.replace('_', ' ')}"
    if subject and right == "write":
        return f"read, create, change and delete documents of the type {subject.replace('_', ' ')}"
    return SCOPES.get(scope, scope)


# --- consent ---------------------------------------------------------------------------------------------


def approval_key(ctx: Context, params: dict[str, str]) -> str:
    """What a form must carry to be taken as this person's answer to this question."""
    secret = ctx.sid or cstr(ctx.request.headers.get("Authorization"))
    return hmac.new(
        secret.encode(), json.dumps([ctx.user, sorted(params.items())]).encode(), hashlib.sha256
    ).hexdigest()


def consent(
    ctx: Context, client: Any, scopes: list[str], redirect_uri: str, params: dict[str, str], action: str
) -> Response:
    """Ask the person whether the application may."""
    target = urlsplit(redirect_uri)
    place = target.netloc or f"{target.scheme}:"
    hidden = hidden_fields({**params, "approval": approval_key(ctx, params), **csrf_field(ctx)})
    wishes = "".join(f"<li>{html.escape(in_words(scope))}</li>" for scope in scopes)
    by_itself = (
        "<p class=note>This application registered itself: nobody here has checked its name.</p>"
        if client.owner == "Guest"
        else ""
    )
    body = (
        f"<p><strong>{html.escape(client.app_name)}</strong> wants to act for you, "
        f"<strong>{html.escape(ctx.user)}</strong>. It could then:</p><ul>{wishes}</ul>{by_itself}"
        f'<form method=post action="{html.escape(action)}">{hidden}<button name=decision '
        "value=allow>Allow</button><button name=decision value=refuse>Refuse</button></form>"
        f"<p class=note>You will be sent back to {html.escape(place)}.</p>"
    )
    origin = f"{target.scheme}://{target.netloc}" if target.scheme in ("http", "https") else f"{target.scheme}:"
    allowed = (
        origin
        if re.fullmatch(r"[A-Za-z][\w+.\-]*:(//[\w.\-]+(:\d+)?|//\[[0-9A-Fa-f:.]+\](:\d+)?)?", origin, re.ASCII)
        else ""
    )
    # Browsers hold the redirect that follows to it too
    return page("Allow access?", body, form_action=f"; form-action 'self' {allowed}")
