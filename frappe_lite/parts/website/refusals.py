"""What people see in a browser where nothing is found, or where they may not go. Programs are told as everywhere.

GET /nowhere, Accept: text/html   ->   404, the app's own www/404.html if it has one
GET /crm as a guest               ->   403, with the way to sign in and back
"""

from __future__ import annotations

import html
from collections.abc import Callable
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import AuthenticationError, ConflictError, FrappeError, PermissionError, Redirect
from ...utils import cstr, strip_html
from ...wsgi import AnyResponse
from .. import shell
from . import routes
from .pages import pages_of

TITLES = {401: "Sign in, please", 403: "Not permitted", 404: "There is no such page", 429: "Too many requests"}
WORDS = {
    403: "This page is not for you. Somebody with other rights may see it.",
    404: "It may have moved, or the address has a slip in it.",
}
"""What is said where nobody said anything."""

NAMES = {403: "403", 404: "404"}
"""Pages that an app may bring for a status."""


def wants_page(ctx: Context) -> bool:
    """Whether a person looks at the answer: browsers say so when they go to an address."""
    return "text/html" in cstr(ctx.request.headers.get("Accept"))


def shown(ctx: Context, answer: Callable[[], AnyResponse]) -> AnyResponse:
    """The answer, or a page that says why there is none. What is a fault, or is run again, goes on to the edge."""
    try:
        return answer()
    except FrappeError as error:
        if isinstance(error, ConflictError | Redirect) or error.http_status >= 500:
            raise
        ctx.rollback()
        return page(ctx, error)


def page(ctx: Context, error: FrappeError) -> Response:
    """What people see of a refusal: the page that an app brings for it, such as `www/404.html`, or a plain one."""
    status = error.http_status
    text = strip_html(cstr(error.messages[-1]["message"] if error.messages else error))
    own = routes.page_at(ctx.site, NAMES[status]) if status in NAMES else None
    response = pages_of(ctx.site).answer(ctx, own, status, message=text) if own else _plain(ctx, error, text)
    for name, value in error.headers:
        response.headers.add(name, value)
    return response


def _plain(ctx: Context, error: FrappeError, text: str) -> Response:
    prefix = cstr(ctx.request.environ.get("SCRIPT_NAME")).rstrip("/")
    told = f"<p>{html.escape(text or WORDS.get(error.http_status, ''))}</p>"
    if ctx.user == "Guest" and isinstance(error, PermissionError | AuthenticationError):
        way = urlencode({"redirect-to": prefix + ctx.request.path})
        link = f'<a class="button primary btn-primary" href="{prefix}/login?{html.escape(way)}">Sign in</a>'
    else:
        link = f'<a class="button" href="{prefix}/">Go to the start</a>'
    title = TITLES.get(error.http_status, "This does not work")
    return shell.page(title, f"{told}<p>{link}</p>", error.http_status, site_title=ctx.site.title)
