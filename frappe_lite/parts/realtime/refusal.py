"""`/socket.io` of the site itself: sockets are served on another port, or not at all. Said once, in their protocol.

A page's library takes any failure of HTTP for a broken line and tries again and again. What it takes for an answer is a
connection whose namespace is refused; then it stays silent.

    GET /socket.io/?EIO=4&transport=polling   ->   0{"sid":…}, 44{"message":"…"} for each namespace of the site
"""

from __future__ import annotations

import json

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import PageDoesNotExistError
from ...utils import cstr

SENTENCE = "Sockets are not served here; frappe-lite realtime serves them"
SEPARATOR = "\x1e"
"""Between the packets of one answer, in version 4 of Engine.IO."""


def answer(ctx: Context) -> Response:
    """A connection that is refused at once. Raises PageDoesNotExistError for what is no such attempt."""
    query = ctx.request.query
    if query.get("EIO") != "4" or query.get("transport") != "polling":
        raise PageDoesNotExistError(SENTENCE)
    if "sid" in query:  # what was underway when the refusal came
        return Response("1" if ctx.request.method == "GET" else "ok", mimetype="text/plain")
    opened = {"sid": "none", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1000000}
    refused = json.dumps({"message": SENTENCE})
    host = ctx.request.host.partition(":")[0]
    names = dict.fromkeys(["", f"/{cstr(ctx.site.title)},", f"/{host},"])
    packets = [f"0{json.dumps(opened)}", *(f"44{name}{refused}" for name in names)]
    return Response(SEPARATOR.join(packets), mimetype="text/plain")
