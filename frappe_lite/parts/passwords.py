"""`/update-password`: the page that a reset link leads to, and where one changes the own password. No scripts.

The key of a link is what lets one set a password here; it is used up by that, not by looking at the page. Without a key
it is the old password that does, for who is signed in.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from werkzeug.wrappers import Response

from ..access import auth, identity, reset_links
from ..context import Context
from ..errors import AuthenticationError, PermissionError, ResetLinkError, ValidationError
from ..methods import users
from ..site import Site
from ..utils import cstr
from ..whitelist import method
from . import shell
from .login import PATH as LOGIN
from .login import go, own_address
from .oauth.pages import csrf_field, hidden_fields

PATH = "/update-password"


def attach(site: Site) -> None:
    """Answer the address of the links."""
    site.extensions.pages.append((re.compile(re.escape(PATH) + r"\Z"), page))


@method("frappe_lite.passwords.link", methods=["POST"])
def link(ctx: Context, user: str, send: bool = False) -> str | None:
    """A link by which somebody sets the password once, for who looks after that person; the one before is over.

    With `send` it goes by mail, or to `Site(on_reset_link=…)`, and is not told. Raises PermissionError,
    ValidationError.
    """
    identity.require_full_scope(ctx, "passwords")
    info = identity.charge(ctx, user)
    if not info.enabled or info.name in identity.STANDARD_USERS:
        raise ValidationError.told(f"{info.name} is disabled, or gets a password by frappe-lite set-password")
    if info.name == ctx.user:  # who is signed in for a while would stay so
        raise PermissionError.told("One changes the own password by the old one: see /update-password")
    ctx.store.database.begin_write()
    found = reset_links.reset_link(ctx, info.name)
    if not send:
        return found
    reset_links.send_reset_link(ctx, info.name, found)
    return None


def page(ctx: Context) -> Response:
    """The form, or what came of it."""
    key = cstr(ctx.request.params.get("key"))
    if not key and ctx.user != "Guest":
        return _change(ctx)
    if not key and ctx.request.method != "POST" and "key" not in ctx.request.params:
        return go(ctx, f"{LOGIN}?forgot=1")
    try:
        reset_links.user_of_reset_key(ctx, key)
        if ctx.request.method != "POST":
            return _form(ctx, key)
        auth.refuse_in_address(ctx, "new_password", "repeated")
        password = cstr(ctx.request.params.get("new_password"))
        if password != cstr(ctx.request.params.get("repeated")):
            return _form(ctx, key, "The two are not the same: type the new password twice", 417)
        reset_links.set_password_by_key(ctx, key, password)
    except ResetLinkError as error:
        return shell.page(
            "This link is no longer good",
            f"<p>{html.escape(str(error))}.</p><p class=note>Ask for a new one, or tell an administrator.</p>",
            error.http_status,
        )
    except ValidationError as error:
        return _form(ctx, key, str(error), error.http_status)
    return shell.page(
        "Your password is set",
        f'<p>You can <a href="{html.escape(_sign_in(ctx))}">sign in</a> with it now. '
        "Sessions that you had are ended.</p>",
    )


def _sign_in(ctx: Context) -> str:
    """Where one signs in, and goes on from there to the page of this site that the link names."""
    target = own_address(ctx.request.params.get("redirect_to"))
    return f"{LOGIN}?redirect-to={quote(target)}" if target else LOGIN


def _change(ctx: Context) -> Response:
    """The own password, by the old one. Other sessions end."""
    params = ctx.request.params
    if ctx.request.method != "POST":
        return _form(ctx)
    auth.refuse_in_address(ctx, "old_password", "new_password", "repeated")
    if cstr(params.get("new_password")) != cstr(params.get("repeated")):
        return _form(ctx, "", "The two are not the same: type the new password twice", 417)
    try:
        users.update_password(ctx, cstr(params.get("new_password")), old_password=cstr(params.get("old_password")))
    except (ValidationError, AuthenticationError) as error:
        return _form(ctx, "", str(error), error.http_status)
    return shell.page("Your password is changed", '<p>Your other sessions are ended.</p><p><a href="/me">Go on</a></p>')


def _form(ctx: Context, key: str = "", problem: str = "", status: int = 200) -> Response:
    named = {"key": key, "redirect_to": own_address(ctx.request.params.get("redirect_to"))} if key else {}
    hidden = hidden_fields({name: value for name, value in named.items() if value}) + hidden_fields(csrf_field(ctx))
    old = (
        ""
        if key
        else '<label>Present password <input id="old_password" name=old_password type=password '
        "autocomplete=current-password required autofocus></label>"
    )
    body = (
        f'{shell.problem(problem)}<form method=post action="{PATH}">{hidden}{old}'
        '<label>New password <input id="new_password" name=new_password type=password autocomplete=new-password '
        'required></label><label>The same again <input id="confirm_password" name=repeated type=password '
        'autocomplete=new-password required></label><button class="btn btn-primary btn-update full">Set password'
        "</button></form>"
    )
    response = shell.page("Set a new password", body, status, "; form-action 'self'", site_title=ctx.site.title)
    response.headers["Referrer-Policy"] = "no-referrer"  # the key stands in the address
    return response
