"""`/` and `/app`: a plain page for whoever opens the server in a browser.

It carries the session's CSRF token as `window.csrf_token`, which front ends read; from then on the session's unsafe
requests must send it.
"""

from __future__ import annotations

import html
import re
import secrets

from werkzeug.wrappers import Response

from .. import csrf, permissions
from ..query import Condition
from ..site import Context, Site

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }} code {{ background: #8882; padding: 0 .3em }}</style>
<script nonce="{nonce}">window.csrf_token = "{token}"; window.frappe = {{ csrf_token: "{token}" }};</script></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def attach(site: Site) -> None:
    """Answer `/`, `/app` and what is below it."""
    site.pages.append((re.compile(r"/(app|desk|login)?(/.*)?\Z"), page))


def page(ctx: Context) -> Response:
    """What one may read here, and how to ask for it."""
    token = csrf.csrf_token(ctx) if ctx.sid else ""
    nonce = secrets.token_urlsafe(12)
    if ctx.user == "Guest":
        body = "<p>You are not signed in. <code>POST /api/method/login</code> with <code>usr</code> and <code>pwd</code> begins a session.</p>"
    else:
        rows = ctx.store.find(ctx.meta("DocType"), Condition("istable = 0"), order="name")
        names = [row["name"] for row in rows if permissions.judge(ctx, ctx.meta(row["name"]), "read").allowed]
        items = "".join(f'<li><a href="/api/resource/{html.escape(name)}/{html.escape(name) if ctx.meta(name).issingle else ""}">{html.escape(name)}</a></li>' for name in names)
        body = f"<p>Signed in as {html.escape(ctx.user)}. Documents that you may read:</p><ul>{items}</ul>"
    text = _PAGE.format(title=html.escape(ctx.site.title), token=token, nonce=nonce, body=body)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
    return Response(text, mimetype="text/html", headers={"Content-Security-Policy": policy})
