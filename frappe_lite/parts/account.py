"""`/me`, `/apps`: one's own account, and the apps that one may open. Plain pages; the forms carry the session's token.

GET /me    ->   name, address, the way to a new password, the apps, "Sign out"
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..access import csrf, sessions
from ..context import Context
from ..face.apps.apps_screen import get_apps
from ..site import Site
from ..utils import cstr
from . import shell
from .login import PATH as LOGIN
from .login import go


def attach(site: Site) -> None:
    """Answer the two addresses."""
    site.extensions.pages += [(re.compile(r"/me\Z"), me), (re.compile(r"/apps\Z"), apps)]


def me(ctx: Context) -> Response:
    """One's account; by POST with `sign_out` its session ends. A guest is asked to sign in."""
    info = ctx.user_info(ctx.user)
    if ctx.user == "Guest" or info is None:
        return go(ctx, f"{LOGIN}?{urlencode({'redirect-to': '/me'})}")
    if ctx.request.method == "POST" and "sign_out" in ctx.request.params:
        csrf.require_own_origin(ctx)
        sessions.end(ctx)
        return go(ctx, LOGIN, 303)
    desk = '<li><a href="/app">Desk</a></li>' if info.user_type == "System User" else ""
    hidden = _token(ctx) if ctx.sid else ""
    body = (
        f"<p><strong>{html.escape(info.full_name)}</strong><br><span class=note>{html.escape(info.name)}</span></p>"
        f'<ul class="apps">{desk}{_listed(ctx)}<li><a href="/update-password">Change the password</a></li></ul>'
        f'<form method=post action="/me">{hidden}<button name=sign_out value=1 class="btn-logout full">Sign out'
        "</button></form>"
    )
    return shell.page("My account", body, form_action="; form-action 'self'", site_title=ctx.site.title)


def apps(ctx: Context) -> Response:
    """The apps that the caller may open. A guest is asked to sign in."""
    if ctx.user == "Guest":
        return go(ctx, f"{LOGIN}?{urlencode({'redirect-to': '/apps'})}")
    info = ctx.user_info(ctx.user)
    desk = '<li><a href="/app">Desk</a></li>' if info is not None and info.user_type == "System User" else ""
    listed = desk + _listed(ctx)
    body = f'<ul class="apps">{listed}</ul>' if listed else "<p class=note>No app has a page for you.</p>"
    return shell.page("Apps", body, site_title=ctx.site.title, below='<p class="side"><a href="/me">My account</a></p>')


def _token(ctx: Context) -> str:
    return f'<input type=hidden name=csrf_token value="{html.escape(csrf.csrf_token(ctx))}">'


def _listed(ctx: Context) -> str:
    shown = []
    for app in get_apps():
        logo = cstr(app["logo"])
        picture = f'<img src="{html.escape(logo)}" alt="">' if logo.startswith("/") else ""
        shown.append(
            f'<li><a href="{html.escape(cstr(app["route"]))}">{picture}{html.escape(cstr(app["title"]))}</a></li>'
        )
    return "".join(shown)
