"""Large JSON answers in gzip, for clients that take it: a DocType's meta is 50 kB of mostly nulls, and 3 kB so.

Only what a GET or QUERY asked for, and nothing with an ETag: that names the bytes as they are, and writes are held to
it.

    GET /api/v2/doctype/Task/meta, Accept-Encoding: gzip   ->   Content-Encoding: gzip, Vary: Accept-Encoding
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable

from werkzeug.http import parse_accept_header

from ..context import Context
from ..site import Site
from ..utils import cstr
from ..wsgi import AnyResponse, JsonResponse

LEAST_BYTES = 8_000
"""Smaller answers cost more to pack than to send."""

LEVEL = 1
"""A third of the time of the best, and nearly its size."""


def attach(site: Site) -> None:
    """Look at each answer on its way out."""
    site.extensions.around.append(compress)


def takes_gzip(ctx: Context) -> bool:
    """Whether the client said so. RFC 9110 12.5.3: q=0 is a no."""
    return takes(cstr(ctx.request.environ.get("HTTP_ACCEPT_ENCODING")))


@functools.lru_cache(100)  # browsers all say the same
def takes(header: str) -> bool:
    """Whether an Accept-Encoding says so."""
    return bool(parse_accept_header(header)["gzip"] > 0)


def compress(ctx: Context, call: Callable[[], AnyResponse]) -> AnyResponse:
    """The answer, packed if that is worth it."""
    response = call()
    if (
        not isinstance(response, JsonResponse)
        or len(response.data) < LEAST_BYTES
        or ctx.request.method not in ("GET", "HEAD", "QUERY")
    ):
        return response
    if any(name == "ETag" for name, _ in (*response.headers, *ctx.headers)):
        return response
    response.headers.append(("Vary", "Accept-Encoding"))
    if takes_gzip(ctx):
        response.data = gzip.compress(response.data, LEVEL, mtime=0)
        response.headers.append(("Content-Encoding", "gzip"))
    return response
