"""Ask a WSGI application as an HTTP client would, without a socket: what the adapters for requests and httpx share."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from ...values import JsonObject
from .faults import PATIENCE


def ask(
    app: Any, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes, patience: float | None
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, headers and body of the answer. Raises ConnectionResetError, TimeoutError."""
    parts = urlsplit(url)
    port = str(parts.port or {"https": 443}.get(parts.scheme, 80))
    environ: JsonObject = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "", "SERVER_PORT": port, "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc.rpartition(
            "@"
        )[2],
        "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0), "wsgi.url_scheme": parts.scheme, "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False, PATIENCE: patience,
    }  # fmt: skip
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):  # the body is whole here
            environ[f"HTTP_{key}"] = (
                f"{environ[f'HTTP_{key}']}, {value}" if f"HTTP_{key}" in environ and key != "HOST" else value
            )
    answer: list[Any] = []
    chunks = app(environ, lambda *start: answer.append(start))
    try:
        content = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    return answer[-1][0], answer[-1][1], content
