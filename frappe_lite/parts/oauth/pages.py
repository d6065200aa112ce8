"""The pages of OAuth that a person sees: sign in, allow or refuse, and what went wrong. Plain HTML, no scripts.

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

from ...access import auth, csrf
from ...context import Context
from ...errors import AuthenticationError, CSRFTokenError
from ...store import digest
from ...utils import cstr

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }} label {{ display: block; margin: 1rem 0 }}
input {{ display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem }} button {{ font: inherit; padding: .4rem 1.2rem; margin-right: .6rem }}
.note {{ color: #666; overflow-wrap: anywhere }}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""

SCOPES = {
    "all": "do everything that you may do yourself",
    "openid": "know your name, email address, picture and roles",
}
"""What the scopes that are no DocType's mean."""


def page(title: str, body: str, status: int = 200, form_action: str = "") -> Response:
    """A page; `body` is HTML already."""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'{form_action}"
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "DENY"}
    return Response(_PAGE.format(title=html.escape(title), body=body), status, headers, mimetype="text/html")


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
        f"<p><strong>{html.escape(client.app_name)}</strong> wants to act for you, <strong>{html.escape(ctx.user)}</strong>. It could then:</p><ul>{wishes}</ul>{by_itself}"
        f'<form method=post action="{html.escape(action)}">{hidden}<button name=decision value=allow>Allow</button><button name=decision value=refuse>Refuse</button></form>'
        f"<p class=note>You will be sent back to {html.escape(place)}.</p>"
    )
    origin = f"{target.scheme}://{target.netloc}" if target.scheme in ("http", "https") else f"{target.scheme}:"
    allowed = (
        origin
        if re.fullmatch(r"[A-Za-z][\w+.\-]*:(//[\w.\-]+(:\d+)?|//\[[0-9A-Fa-f:.]+\](:\d+)?)?", origin, re.ASCII)
        else ""
    )
    return page(
        "Allow access?", body, form_action=f"; form-action 'self' {allowed}"
    )  # browsers hold the redirect that follows to it too


# --- signing in --------------------------------------------------------------------------------------------


def login(ctx: Context) -> Response:
    """`/login?redirect-to=…`: a form, and its answer. A session begins, and the browser goes on to the address on this site."""
    target = cstr(ctx.request.params.get("redirect-to"))
    if not re.match(r"/(?![/\\])[\x21-\x7e]*\Z", target) or "\\" in target:
        target = "/app"
    if ctx.request.method != "POST":
        return redirect(target) if ctx.user != "Guest" else _login_form(target)
    csrf.require_own_origin(ctx)
    if ctx.request.headers.get("Sec-Fetch-Site") == "same-site":
        raise CSRFTokenError("This form was sent from another site")
    try:
        auth.log_in(ctx, ctx.request.params.get("usr"), ctx.request.params.get("pwd"))
    except AuthenticationError as error:
        return _login_form(target, str(error), 401)
    return redirect(target, 303)


def _login_form(target: str, problem: str = "", status: int = 200) -> Response:
    told = f"<p><strong>{html.escape(problem)}</strong></p>" if problem else ""
    body = (
        f'{told}<form method=post action="/login"><input type=hidden name="redirect-to" value="{html.escape(target)}">'
        "<label>Email <input name=usr autocomplete=username required autofocus></label>"
        "<label>Password <input name=pwd type=password autocomplete=current-password required></label><button>Sign in</button></form>"
    )
    response = page("Sign in", body, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
