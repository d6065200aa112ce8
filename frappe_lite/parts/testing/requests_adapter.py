"""`requests` without a port: whatever is built on a `requests.Session` runs against a site in this process."""

from __future__ import annotations

import contextlib
import email.message
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from unittest import mock

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from .in_process import ask

if TYPE_CHECKING:
    from . import TestSite


class SiteAdapter(BaseAdapter):
    """What a session sends, a WSGI application answers.

    Faults become `requests.ConnectionError` and `requests.ReadTimeout`.
    """

    def __init__(self, app: object):
        super().__init__()
        self.app = app

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: object = True,
        cert: object = None,
        proxies: object = None,
    ) -> requests.Response:
        """The answer."""
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        try:
            given = [
                (name, value if isinstance(value, str) else value.decode("latin-1"))
                for name, value in request.headers.items()
            ]
            status, headers, content = ask(
                self.app, str(request.method), str(request.url), given, _bytes(request.body), patience
            )
        except ConnectionResetError as error:
            raise requests.ConnectionError(error, request=request) from error
        except TimeoutError as error:
            raise requests.ReadTimeout(error, request=request) from error
        code, _, reason = status.partition(" ")
        original: Any = _Original(headers)
        raw = HTTPResponse(
            io.BytesIO(content),
            HTTPHeaderDict(headers),
            int(code),
            reason=reason,
            preload_content=False,
            original_response=original,
            request_method=request.method,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


class _Original:
    """What requests reads cookies from, where it would be the response of http.client."""

    def __init__(self, headers: list[tuple[str, str]]):
        self.msg = email.message.Message()
        for name, value in headers:
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _bytes(body: Any) -> bytes:
    """A prepared body: bytes, text, a file, or parts that a generator gives."""
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _bytes(body.read())
    return b"".join(map(_bytes, body)) if body is not None and not isinstance(body, bytes) else body or b""


def session(site: TestSite, user: str | None) -> requests.Session:
    """A session of that user on the site."""
    made = requests.Session()
    made.trust_env = False  # a .netrc or a proxy of the machine has no say in a test
    for scheme in ("http://", "https://"):
        made.mount(scheme, SiteAdapter(site.app))
    if user:
        made.headers["Authorization"] = site.token(user)
    return made


@contextlib.contextmanager
def intercept(site: TestSite, url: str) -> Iterator[None]:
    """Inside, every session's requests to the URL go to the site."""
    send, adapter = HTTPAdapter.send, SiteAdapter(site.app)

    def instead(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return (
            adapter.send(request, *args, **kwargs)
            if str(request.url).startswith(url)
            else send(self, request, *args, **kwargs)
        )

    with mock.patch.object(HTTPAdapter, "send", instead):
        yield
