"""`/login?redirect-to=…`: the page that people sign in by, and the one that sends a link to who forgot the password.

Forms and their answers, no scripts. Fields and button have the ids and the class of Frappe's page, which end-to-end
tests of apps look for. Who is signed in goes on at once.

    POST /login, usr, pwd, redirect-to=/crm   ->   303 /crm, with a session's cookies
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..access import auth, csrf
from ..context import Context
from ..errors import AuthenticationError, FrappeError
from ..methods.users import reset_password
from ..site import Site
from ..utils import cint, cstr
from . import shell

PATH = "/login"


def attach(site: Site) -> None:
    """Answer the address."""
    site.extensions.pages.append((re.compile(re.escape(PATH) + r"\Z"), page))


def page(ctx: Context) -> Response:
    """The form, and its answer: a session begins, and the browser goes on to the address on this site."""
    params = ctx.request.params
    target = own_address(ctx.request.query.get("redirect-to") or params.get("redirect-to"), ctx.request.host)
    if "forgot" in params:
        return _forgotten(ctx, target)
    if ctx.request.method != "POST":
        return _form(ctx, target) if ctx.user == "Guest" else go(ctx, target or ctx.site.extensions.home_of(ctx))
    csrf.require_own_origin(ctx)
    try:
        auth.log_in(ctx, params.get("usr"), params.get("pwd"))
    except AuthenticationError as error:
        return _form(ctx, target, str(error), 401, cstr(params.get("usr")))
    return go(ctx, target or ctx.site.extensions.home_of(ctx), 303)


def own_address(given: object, host: str = "") -> str:
    """An address to go on to, if it is one of this site, whole or from its root; else nothing."""
    target = cstr(given)
    if host and re.match(rf"https?://{re.escape(host)}/[\x21-\x7e]*\Z", target) and "\\" not in target:
        return target
    return target if re.match(r"/(?![/\\])[\x21-\x7e]*\Z", target) and "\\" not in target else ""


def go(ctx: Context, target: str, status: int = 302) -> Response:
    """Send the browser on."""
    return Response(b"", status, {"Location": target})


def _form(ctx: Context, target: str, told: str = "", status: int = 200, user: str = "") -> Response:
    label = "Email or user name" if cint(ctx.setting("allow_login_using_user_name")) else "Email"
    hidden = f'<input type=hidden name="redirect-to" value="{html.escape(target)}">' if target else ""
    known = f' value="{html.escape(user[:140])}"' if user else " autofocus"
    body = (
        f'{shell.problem(told)}<form class="form-signin form-login" method=post action="{PATH}">{hidden}'
        f'<label>{label} <input id="login_email" name=usr autocomplete=username autocapitalize=none '
        f'spellcheck=false required{known}></label><label>Password <input id="login_password" name=pwd '
        f"type=password autocomplete=current-password required{' autofocus' if user else ''}></label>"
        '<button class="btn btn-primary btn-login full" type=submit>Sign in</button></form>'
    )
    query = urlencode({"forgot": "1", **({"redirect-to": target} if target else {})})
    below = f'<p class="side"><a href="{PATH}?{html.escape(query)}">Forgot the password?</a></p>'
    # OAuth goes on to another program by redirects, and browsers hold those to the form's policy
    rule = "" if target.startswith("/api/") else "; form-action 'self'"
    response = shell.page("Sign in", body, status, rule, site_title=ctx.site.title, below=below)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _forgotten(ctx: Context, target: str) -> Response:
    user, told = cstr(ctx.request.params.get("user")), ""
    if ctx.request.method == "POST" and user:
        csrf.require_own_origin(ctx)
        try:
            reset_password(ctx, user)
        except FrappeError as error:
            told = str(error)
        else:
            ctx.messages.clear()
            note = "<p>If there is such a user, a link is on its way. Without mail it stands in the server's log.</p>"
            return shell.page("Look into your mail", note, site_title=ctx.site.title, below=_back(target))
    body = (
        f'{shell.problem(told)}<form class="form-forgot" method=post action="{PATH}?forgot=1"><label>Email '
        '<input id="forgot_email" name=user autocomplete=username required autofocus></label>'
        '<button class="btn btn-primary btn-forgot full" type=submit>Send a link</button></form>'
    )
    rule = "; form-action 'self'"
    return shell.page(
        "Reset your password", body, 417 if told else 200, rule, site_title=ctx.site.title, below=_back(target)
    )


def _back(target: str) -> str:
    query = f"?{urlencode({'redirect-to': target})}" if target else ""
    return f'<p class="side"><a href="{PATH}{html.escape(query)}">Back to sign in</a></p>'
