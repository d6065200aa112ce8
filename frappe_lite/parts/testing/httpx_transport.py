"""httpx without a port, for its clients that wait and those that await."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING
from unittest import mock

import httpx

from .in_process import ask

if TYPE_CHECKING:
    from . import TestSite


class SiteTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """What a client sends, a WSGI application answers. Faults become `httpx.ReadError` and `httpx.ReadTimeout`."""

    def __init__(self, app: object):
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        patience = request.extensions.get("timeout", {}).get("read")
        try:
            status, headers, content = ask(
                self.app, request.method, str(request.url), request.headers.multi_items(), body, patience
            )
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error), request=request) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        return httpx.Response(int(status[:3]), headers=headers, content=content, request=request)


@contextlib.contextmanager
def intercept(site: TestSite, url: str) -> Iterator[None]:
    """Inside, every client's requests to the URL go to the site."""
    ours = SiteTransport(site.app)
    handle, handle_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def instead(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return ours.handle_request(request) if str(request.url).startswith(url) else handle(self, request)

    async def instead_async(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return await (
            ours.handle_async_request(request) if str(request.url).startswith(url) else handle_async(self, request)
        )

    with (
        mock.patch.object(httpx.HTTPTransport, "handle_request", instead),
        mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", instead_async),
    ):
        yield
