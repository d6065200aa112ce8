"""`/message?id=…`, and answers that are pages: something is said to whoever is at a browser, by the code of an app."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from werkzeug.wrappers import Response

from ..context import Context
from ..errors import FrappeError
from ..face.caching.cache import cache
from ..site import Site
from ..utils import cint, cstr
from . import shell


def attach(site: Site) -> None:
    """Answer the address, and what `frappe.respond_as_web_page` asks for."""
    site.extensions.pages.append((re.compile(r"/message\Z"), page))
    site.extensions.message_page, site.extensions.fault_page = message_page, fault_page


def page(ctx: Context) -> Response:
    """What `frappe.redirect_to_message` kept for this address; nothing is left of it after a minute."""
    kept = cache.get_value(f"message_id:{cstr(ctx.request.params.get('id'))}")
    return message_page(
        ctx, kept or {"title": "Nothing to say", "html": "The message is gone.", "http_status_code": 404}
    )


def message_page(ctx: Context, said: Mapping[str, object]) -> Response:
    """A page with a title and a text; the text is the app's own HTML."""
    title, target = cstr(said.get("title")), cstr(said.get("primary_action")) or "/"
    label = cstr(said.get("primary_label")) or "Home"
    safe = target if re.match(r"https?://|/(?![/\\])", target) else "/"
    below = f'<p class="side"><a href="{html.escape(safe)}">{html.escape(label)}</a></p>'
    body = f"<div>{cstr(said.get('html'))}</div>"
    status = cint(said.get("http_status_code")) or 200
    return shell.page(title, body, status, site_title=ctx.site.title, below=below)


def fault_page(ctx: Context, error: BaseException, status: int, trace: str | None) -> Response:
    """What somebody at a browser sees of a fault: how the log names it, and for who may see it where it is."""
    said = str(error) if isinstance(error, FrappeError) else "That is no fault of yours. Try it again in a while."
    told = f"<p>{html.escape(said)}</p><p class=note>The server's log has it as {ctx.request_id}.</p>"
    more = f"<pre>{html.escape(trace)}</pre>" if trace else ""
    title = "Something went wrong" if status != 501 else "This is not here"
    return shell.page(title, told + more, status, site_title=ctx.site.title, wide=bool(trace))
