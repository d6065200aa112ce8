"""`/update-password?key=…`: the page that a reset link leads to. Plain HTML, no scripts.

The key is what lets one set a password here; it is used up by that, not by looking at the page.
"""

from __future__ import annotations

import html
import re

from werkzeug.wrappers import Response

from ..access import auth
from ..context import Context
from ..errors import ResetLinkError, ValidationError
from ..site import Site
from ..utils import cstr
from .oauth import pages as pages

PATH = "/update-password"


def attach(site: Site) -> None:
    """Answer the address of the links."""
    site.pages.append((re.compile(re.escape(PATH) + r"\Z"), page))


def page(ctx: Context) -> Response:
    """The form, or what came of it."""
    key = cstr(ctx.request.params.get("key"))
    try:
        auth.user_of_reset_key(ctx, key)
        if ctx.request.method != "POST":
            return _form(ctx, key)
        password = cstr(ctx.request.params.get("new_password"))
        if password != cstr(ctx.request.params.get("repeated")):
            return _form(ctx, key, "The two are not the same: type the new password twice", 417)
        auth.set_password_by_key(ctx, key, password)
    except ResetLinkError as error:
        return pages.page(
            "This link is no longer good",
            f"<p>{html.escape(str(error))}.</p><p class=note>Ask for a new one, or tell an administrator.</p>",
            error.http_status,
        )
    except ValidationError as error:
        return _form(ctx, key, str(error), error.http_status)
    return pages.page(
        "Your password is set",
        '<p>You can <a href="/login">sign in</a> with it now. Sessions that you had are ended.</p>',
    )


def _form(ctx: Context, key: str, problem: str = "", status: int = 200) -> Response:
    hidden = pages.hidden_fields({"key": key, **pages.csrf_field(ctx)})
    told = f"<p role=alert><strong>{html.escape(problem)}</strong></p>" if problem else ""
    body = (
        f'{told}<form method=post action="{PATH}">{hidden}'
        "<label>New password <input name=new_password type=password autocomplete=new-password required autofocus></label>"
        "<label>The same again <input name=repeated type=password autocomplete=new-password required></label><button>Set password</button></form>"
    )
    response = pages.page("Set a new password", body, status, form_action="; form-action 'self'")
    response.headers["Referrer-Policy"] = "no-referrer"  # the key stands in the address
    return response
