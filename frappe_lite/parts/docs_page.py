"""`/docs`: the API to browse and to try, by Swagger UI, served from here alone.

Its files come from the package flask-swagger-ui, which is read and not imported; the page loads nothing from elsewhere
and its policy allows nothing else. Without the package the page says what to install.

    GET /docs ->  a page, /docs/swagger-ui-bundle.js, /docs/swagger-ui.css, /docs/setup.js  ->  GET /api/v2/openapi.json
"""

from __future__ import annotations

import html
import importlib.util
import re
from pathlib import Path

from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from ..access import csrf
from ..context import Context
from ..errors import DoesNotExistError
from ..site import Site

PACKAGE = "flask_swagger_ui"
FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""What is served of the package, and nothing besides."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri "
    "'none'; form-action 'none'; frame-ancestors 'none'"
)

_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width"><title>{title}: API</title>'
)
_PAGE = (
    _HEAD + '<meta name="csrf-token" content="{token}"><link rel="icon" href="/docs/favicon-32x32.png"><link '
    'rel="stylesheet" href="/docs/swagger-ui.css"></head>\n'
    '<body><main id="docs"></main><script src="/docs/swagger-ui-bundle.js"></script><script '
    'src="/docs/setup.js"></script></body></html>\n'
)
_PLAIN = (
    _HEAD + "</head>\n<body><h1>{title}: API</h1><p>This site is described, as far as you may use it, in "
    '<a href="/api/v2/openapi.json">/api/v2/openapi.json</a> (OpenAPI 3.1).</p>\n'
    "<p>To browse it here, install the page: <code>pip install 'frappe_lite[docs]'</code>.</p></body></html>\n"
)
SETUP = """const token = document.querySelector("meta[name=csrf-token]").content;
SwaggerUIBundle({
  url: "/api/v2/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (token) request.headers["X-Frappe-CSRF-Token"] = token;
    return request;
  },
});
"""


def attach(site: Site) -> None:
    """Answer /docs and the files of its page."""
    site.extensions.pages.insert(0, (re.compile(r"/docs(/[^/]+)?\Z"), page))


def assets() -> Path | None:
    """The folder of the package's files, or None if it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    places = list(found.submodule_search_locations or ()) if found else []
    return Path(places[0]) / "dist" if places else None


def page(ctx: Context) -> Response:
    """The page, or one of its files."""
    folder, name = assets(), ctx.request.path[len("/docs/") :]
    if name:
        return _file(ctx, folder, name)
    values = {"title": html.escape(ctx.site.title), "token": html.escape(csrf.csrf_token(ctx) if ctx.sid else "")}
    text = (_PAGE if folder else _PLAIN).format(**values)
    return Response(text, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


def _file(ctx: Context, folder: Path | None, name: str) -> Response:
    if folder is None or name not in (*FILES, "setup.js"):
        raise DoesNotExistError
    if name == "setup.js":
        response = Response(SETUP, mimetype="text/javascript")
    else:
        response = send_file(folder / name, ctx.request.environ, mimetype=FILES[name], conditional=True)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
