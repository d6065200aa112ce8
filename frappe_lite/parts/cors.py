"""CORS by setting: which other origins' pages may read the answers.

`allow_cors` of System Settings is `*` or a list of origins, one a line or separated by commas; empty, the default, is
none. The headers go with refusals too, so that a page can tell a 401 from a broken line.

    Origin: https://shop.example  ->  Access-Control-Allow-Origin: https://shop.example, Vary: Origin
"""

from __future__ import annotations

from ..access import csrf
from ..context import Context
from ..site import Site
from ..utils import cstr

EXPOSED = "ETag, Link, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, QUERY, OPTIONS"
HEADERS = (
    "Authorization, Content-Type, X-Frappe-CSRF-Token, X-Frappe-Site-Name, X-Request-Id, If-Match, If-None-Match, "
    "Idempotency-Key, Last-Event-ID"
)


def attach(site: Site) -> None:
    """Look at each request's Origin before anything else does."""
    site.extensions.before.append(add_headers)


def add_headers(ctx: Context) -> None:
    """Let the answer say that the page which asks may read it, if the site allows its origin."""
    origin = cstr(ctx.request.headers.get("Origin"))
    if not origin:
        return
    allowed = csrf.allowed_origins(ctx)
    if origin in allowed:  # credentials only for an origin that was named, never for *
        ctx.headers += [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        ]
    elif "*" in allowed:
        ctx.headers.append(("Access-Control-Allow-Origin", "*"))
    else:
        return
    ctx.headers.append(("Access-Control-Expose-Headers", EXPOSED))
    if ctx.request.method == "OPTIONS":
        ctx.headers += [
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", HEADERS),
            ("Access-Control-Max-Age", "600"),
        ]
