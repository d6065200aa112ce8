"""What a test's client sends as WSGI's environ: as werkzeug's test client has it, in a third of the time.

Most requests are a path, a few headers and at most a JSON body. Those are put together here; anything else, such as a
form with files or another host, by werkzeug itself.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import Client, Cookie, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

PLAIN_PATH = re.compile(r'/(?!/)[ -"$-~]*')
"""One of this host, in ASCII, without a fragment."""

LEFT_IN_QUERY = "!$'()*,/:;?@"
"""What stands in a query string as it is."""

HOST = "localhost"

Environ = dict[str, Any]


class WsgiClient(Client):
    """werkzeug's, with `send` beside its `open`."""

    def send(
        self, method: str, path: str, headers: Mapping[str, str], overrides: Environ, options: dict[str, Any]
    ) -> TestResponse:
        """The answer to a request. `options` are those of werkzeug's EnvironBuilder and `open`."""
        environ = plain_environ(method, path, headers, **options)
        if environ is None:
            return self.open(path, method=method, headers=headers, environ_overrides=overrides, **options)
        environ.update(overrides)
        return self.open(Request(environ))

    def run_wsgi_app(self, environ: Environ, buffered: bool = False) -> tuple[Iterable[bytes], str, Headers]:
        """Ask the application; where cookies are for the whole host, which of them fit the address is not asked."""
        kept = getattr(self, "_cookies", None)
        if kept is None or environ.get("HTTP_HOST") != HOST or not all(map(_is_of_host, kept.values())):
            return super().run_wsgi_app(environ, buffered)
        environ.pop("HTTP_COOKIE", None)
        if kept:
            environ["HTTP_COOKIE"] = "; ".join(f"{cookie.key}={cookie.value}" for cookie in kept.values())
        answer = run_wsgi_app(self.application, environ, buffered)
        if left := answer[2].getlist("Set-Cookie"):
            self._update_cookies_from_response(HOST, environ["SCRIPT_NAME"] + environ["PATH_INFO"], left)
        return answer


def _is_of_host(cookie: Cookie) -> bool:
    return cookie.path == "/" and cookie.domain == HOST


def plain_environ(
    method: str,
    path: str,
    headers: Mapping[str, str],
    json: object = None,
    query_string: object = None,
    data: object = None,
    **others: object,
) -> Environ | None:
    """The environ of a plain request; None if it is not plain."""
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    body = _body(json, data)
    query = _query(path, query_string)
    if others or body is None or query is None or not PLAIN_PATH.fullmatch(path) or not _are_plain(sent, headers):
        return None
    if not body and "form" in sent.get("HTTP_CONTENT_TYPE", ""):  # an empty one is written too
        return None
    content_type = sent.pop("HTTP_CONTENT_TYPE", None if json is None else "application/json")
    sent.pop("HTTP_CONTENT_LENGTH", None)  # it is counted
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path.partition("?")[0]).encode().decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "HTTP_HOST": HOST,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if content_type is not None:
        environ["CONTENT_TYPE"] = content_type
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return {**environ, **sent}


def _body(value: object, data: object) -> bytes | None:
    if value is not None:
        return json.dumps(value).encode() if data is None else None
    return b"" if data is None else data if isinstance(data, bytes) else None


def _query(path: str, given: object) -> str | None:
    _, mark, written = path.partition("?")
    if given is None:
        return written
    if mark or not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        return None
    return urlencode(given, safe=LEFT_IN_QUERY)


def _are_plain(sent: Environ, headers: Mapping[str, str]) -> bool:
    """Whether each header is there once, as one line of text, and none names another host."""
    return (
        len(sent) == len(headers)
        and "HTTP_HOST" not in sent
        and all(isinstance(value, str) and "\n" not in value and "\r" not in value for value in headers.values())
    )
