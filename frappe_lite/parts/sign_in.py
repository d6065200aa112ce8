"""`/sign-in?key=…`: where the link of `frappe-lite open` leads. It begins a session and goes on to the desk."""

from __future__ import annotations

import html
import re

from werkzeug.wrappers import Response

from ..access import sign_in
from ..context import Context
from ..errors import ResetLinkError
from ..site import Site
from ..utils import cstr
from .desk import prefix_of
from .oauth import pages as pages


def attach(site: Site) -> None:
    """Answer the address of the links."""
    site.extensions.pages.append((re.compile(r"/sign-in\Z"), page))


def page(ctx: Context) -> Response:
    """To the desk, signed in; or why not. HEAD, which previews of links send, uses nothing up."""
    if ctx.request.method != "GET":
        return Response(b"", mimetype="text/plain")
    try:
        sign_in.use_key(ctx, cstr(ctx.request.query.get("key")))
    except ResetLinkError as error:
        return pages.page("This link is no longer good", f"<p>{html.escape(str(error))}.</p>", error.http_status)
    return Response(b"", 303, {"Location": f"{prefix_of(ctx)}/app", "Referrer-Policy": "no-referrer"})
