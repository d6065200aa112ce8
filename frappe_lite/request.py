"""Reading a request: its address and headers first, its body only once it is known who asks.

Nothing here costs more than the bytes that were sent: a body has a limit, and fields, parts and JSON values have one
before they are taken apart. Asks no database and decides nothing; `wsgi.App` says how much the caller may send.

    request = unread_request(environ)      method, path, headers, cookies
    read_query(request)                    query
    read_body(request, 1_000_000)          body, params, files; 413 above the limit, 400 for one that broke off
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Request as FormRequest

from .errors import BadRequestError, DoesNotExistError, PayloadTooLargeError
from .protocol import check_text, load_json
from .values import Given, JsonObject


@dataclass
class Request:
    """What a caller sent, parsed once: `params` is the body over the query string."""

    method: str = ""  # empty outside a request: scripts, commands, jobs
    path: str = ""
    params: JsonObject = field(default_factory=dict)
    query: JsonObject = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    files: Given = field(default_factory=dict)
    body: bytes = b""
    remote_addr: str = ""
    scheme: str = "http"
    host: str = ""
    environ: JsonObject = field(default_factory=dict)
    cleaned: dict[str, str] = field(default_factory=dict)
    """Long texts of it, and what cleaning made of them before anybody waited for that."""


Environ = dict[str, Any]

MAX_FIELDS = 1000
"""Fields of a query string or form, and parts of a multipart form."""


class Headers(EnvironHeaders):
    """The headers of a request, read from the environ when asked for, in any case."""

    def get(self, key: str, default: object = None, type: Any = None) -> Any:  # type: ignore[override]  # noqa: A002 - werkzeug's name
        """A header's value. Shadows werkzeug's own, which takes six times as long for a header that is missing."""
        name = key.upper().replace("-", "_")
        if type is None and name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            return self.environ.get(f"HTTP_{name}", default)
        return super().get(key, default, type)


class Cookies(Mapping[str, str]):
    """The cookies of a request, parsed when first asked for: most requests bring a key and none is looked at."""

    def __init__(self, header: str):
        self._header = header
        self._values: Mapping[str, str] | None = None if header else {}

    def _parsed(self) -> Mapping[str, str]:
        if self._values is None:
            self._values = parse_cookie(self._header).to_dict()
        return self._values

    def get(self, name: str, default: object = None) -> Any:
        """A cookie's value."""
        return self._parsed().get(name, default)

    def __getitem__(self, name: str) -> str:
        return self._parsed()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __len__(self) -> int:
        return len(self._parsed())


def unread_request(environ: Environ) -> Request:
    """A request as far as it is known before its query and body are read: enough to answer one that is malformed."""
    path = environ.get("PATH_INFO", "").rstrip("/") or "/"
    if not path.isascii():
        # PEP 3333; read_query refuses what is not valid UTF-8
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")
    return Request(
        method=environ.get("REQUEST_METHOD", ""),
        path=path,
        headers=Headers(environ),  # type: ignore[arg-type]  # one in all but name
        cookies=Cookies(environ.get("HTTP_COOKIE", "")),
        remote_addr=environ.get("REMOTE_ADDR", ""),
        scheme=environ.get("wsgi.url_scheme", "http"),
        host=environ.get("HTTP_HOST", ""),
        environ=environ,
    )


def read_query(request: Request) -> None:
    """Check the address and read the query. Raises BadRequestError or DoesNotExistError for a malformed one."""
    environ = request.environ
    try:
        environ.get("PATH_INFO", "").encode("latin-1").decode()
        query = environ.get("QUERY_STRING", "").encode("latin-1")
    except UnicodeError:
        raise BadRequestError.told("The path is not valid UTF-8") from None
    if "\0" in request.path:
        raise DoesNotExistError
    if "," in request.host:  # RFC 9112 3.2: what a proxy and this server would read differently
        raise BadRequestError.told("The request has more than one Host header")
    request.query = request.params = _parse_query(query)


def _parse_query(text: bytes, what: str = "query string") -> JsonObject:
    """The fields of a query string or form. Frappe: of a repeated field the first counts."""
    if not text:
        return {}
    parts = [part for part in text.split(b"&") if part]
    if len(parts) > MAX_FIELDS:
        raise BadRequestError.told(f"The {what} has more than {MAX_FIELDS} fields")
    fields: JsonObject = {}
    try:
        for part in reversed(parts):
            key, _, value = part.replace(b"+", b" ").partition(b"=")
            fields[_unquoted(key)] = _unquoted(value)
    except UnicodeError:
        raise BadRequestError.told(f"The {what} is not valid UTF-8") from None
    if b"%00" in text or b"\0" in text:  # UTF-8 that can be read has no lone surrogates
        for name, field in fields.items():
            check_text(name, what)
            check_text(field, what)
    return fields


def _unquoted(text: bytes) -> str:
    return (unquote_to_bytes(text) if b"%" in text else text).decode()


# --- the body --------------------------------------------------------------------------------------------


def read_body(request: Request, limit: int) -> None:
    """Fill `body`, `params` and `files`. Frappe: a JSON body replaces the query string, a form joins it.

    Raises PayloadTooLargeError above `limit` bytes, BadRequestError for a body that broke off or cannot be understood.
    """
    environ = request.environ
    request.body = _body_bytes(environ, limit)
    text = request.body.strip()
    if not text:
        return
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if content_type == "multipart/form-data":
        _read_multipart(request)
    elif content_type == "application/x-www-form-urlencoded":
        if text.count(b"&") >= MAX_FIELDS:
            raise PayloadTooLargeError.told(f"The form has more than {MAX_FIELDS} fields")
        request.params = {**request.query, **_parse_query(text, "form")}
    elif "json" in content_type or (text[:1] in b"{[" and content_type in ("", "text/plain")):
        value = load_json(text)
        if not isinstance(value, dict):
            raise BadRequestError.told(f"The body is a JSON object, not {_kind(value)}")
        request.params = value


def has_body(environ: Environ) -> bool:
    """Whether the request has a body, even one that will be refused."""
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def announced_length(environ: Environ) -> int:
    """The announced length of the body in bytes; 0 if there is none or it is not a number."""
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length[:20]) if length.isascii() and length.isdecimal() else 0


def is_chunked(environ: Environ) -> bool:
    """Whether the body comes in chunks, so that its length is not known in advance. Raises BadRequestError for
    contradictory headers."""
    coding = environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower()
    if not coding:
        return False
    # RFC 9112 6.1 and 6.3
    if coding != "chunked" or announced_length(environ) or not environ.get("wsgi.input_terminated"):
        raise BadRequestError.told(
            "A body comes with its Content-Length, or in chunks where the server takes them, and in no other way"
        )
    return True


def _body_bytes(environ: Environ, limit: int) -> bytes:
    length = announced_length(environ)
    if not is_chunked(environ) and not length:
        return b""
    try:
        body: bytes = b"" if length > limit else environ["wsgi.input"].read(length or limit + 1)
    except OSError as error:  # a server found a broken chunk, or nobody there any more
        raise BadRequestError.told(f"The body could not be received: {error}") from None
    if max(length, len(body)) > limit:
        raise PayloadTooLargeError.told(
            f"The request is larger than {_size(limit)}, the most that is taken from {_sender(environ)}"
        )
    if len(body) < length:
        raise BadRequestError.told("The body ended before the length that was announced")
    return body


def _size(limit: int) -> str:
    return f"{limit // 1024 // 1024} MB" if limit >= 1024 * 1024 else f"{limit} bytes"


def _sender(environ: Environ) -> str:
    return "a guest: sign in" if environ.get("frappe_lite.user") == "Guest" else "anybody"


def _kind(value: object) -> str:
    return {list: "a list", str: "text", bool: "true or false", type(None): "null"}.get(type(value), "a number")


def _read_multipart(request: Request) -> None:
    form = FormRequest(
        {**request.environ, "wsgi.input": io.BytesIO(request.body), "CONTENT_LENGTH": str(len(request.body))}
    )
    form.max_form_memory_size, form.max_form_parts = len(request.body), MAX_FIELDS
    try:
        values = form.form.to_dict()
        request.files = form.files
    except RequestEntityTooLarge:
        raise PayloadTooLargeError.told(f"The form has more than {MAX_FIELDS} parts") from None
    except (HTTPException, ValueError):
        raise BadRequestError.told("The form cannot be read as multipart/form-data") from None
    for key, value in values.items():
        check_text(key, "form")
        check_text(value, "form")
    request.params = {**request.query, **values}
