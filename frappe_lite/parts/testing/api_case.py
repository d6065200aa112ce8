"""`frappe.tests.test_api` and `MockedRequestTestCase`: classes of tests that ask over HTTP, or that let nothing out.

Requests are answered in the test's own thread, by the site of its class: what the test wrote is kept first.
"""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

import frappe_lite

from ...access import sessions
from ...values import Given
from . import URL
from .cases import IntegrationTestCase, _site

_RESOURCE = {"": "resource", "v1": "resource", "v2": "document"}
"""What documents are called in the addresses of an API version."""


class SiteClient(WsgiClient):
    """werkzeug's client of whatever site the tests act on at the moment."""

    def __init__(self, use_cookies: bool = True):
        super().__init__(lambda environ, start_response: _site().app(environ, start_response), use_cookies=use_cookies)

    def open(self, *args: object, **kwargs: Any) -> TestResponse:
        """Send a request, after what the test wrote was kept."""
        with _site().apart():
            return super().open(*args, **kwargs)


def get_test_client(use_cookies: bool = True) -> SiteClient:
    """A client of the site that the tests act on."""
    return SiteClient(use_cookies)


def make_request(
    target: Callable[..., TestResponse],
    args: tuple[object, ...] | None = None,
    kwargs: Mapping[str, object] | None = None,
    site: str | None = None,
) -> TestResponse:
    """Send a request by a method of the client. Frappe does so in another thread; here there is one site, and one
    thread."""
    return target(*(args or ()), **(kwargs or {}))


@contextlib.contextmanager
def suppress_stdout() -> Iterator[None]:
    """Inside, nothing is printed."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


class FrappeAPITestCase(IntegrationTestCase):
    """Tests of the API, over HTTP: `self.get(self.resource("ToDo"), {"sid": self.sid})`."""

    version: ClassVar[str] = ""
    TEST_CLIENT: object = get_test_client()

    @property
    def site_url(self) -> str:
        """Where the site is."""
        return URL

    def resource(self, *parts: str) -> str:
        """The address of documents."""
        return self.get_path(_RESOURCE[self.version], *parts)

    def method(self, *method: str) -> str:
        """The address of a whitelisted function."""
        return self.get_path("method", *method)

    def doctype_path(self, *method: str) -> str:
        """The address of what version 2 says of a DocType."""
        return self.get_path("doctype", *method)

    def get_path(self, *parts: str) -> str:
        """An address below `/api`."""
        return "/".join((self.site_url, "api", *filter(None, (self.version,)), *parts))

    @cached_property
    def sid(self) -> str:
        """A session of the Administrator's, sent as a parameter; that counts on this site from then on."""
        self.site.new_context().store.save_single(self._ctx.meta("System Settings"), {"allow_sid_parameter": 1})
        self._ctx.touch("System Settings")
        sessions.begin(self._ctx, "Administrator")
        self._ctx.commit()
        return self._ctx.sid

    def get(self, path: str, params: Given | None = None, **kwargs: object) -> TestResponse:
        """GET; `params` go as JSON, the session among them in the address too."""
        return self._request("get", path, params, kwargs)

    def post(self, path: str, data: object, **kwargs: object) -> TestResponse:
        """POST of JSON."""
        return self._request("post", path, data, kwargs)

    def put(self, path: str, data: object, **kwargs: object) -> TestResponse:
        """PUT of JSON."""
        return self._request("put", path, data, kwargs)

    def patch(self, path: str, data: object, **kwargs: object) -> TestResponse:
        """PATCH of JSON."""
        return self._request("patch", path, data, kwargs)

    def delete(self, path: str, **kwargs: object) -> TestResponse:
        """DELETE."""
        return self._request("delete", path, None, kwargs)

    def _request(self, verb: str, path: str, data: object, options: dict[str, object]) -> TestResponse:
        given = {"json": data, **options} if data is not None else options
        sid = data.get("sid") if isinstance(data, Mapping) else None
        if sid and "query_string" not in given:  # here the address carries a session, not the body
            given["query_string"] = {"sid": sid}
        return make_request(getattr(self.TEST_CLIENT, verb), (path,), given)

    def tearDown(self) -> None:
        """Undo what the test wrote itself."""
        frappe_lite.db.rollback()
        super().tearDown()


class MockedRequestTestCase(IntegrationTestCase):
    """Tests in which `requests` reaches nobody: `self.responses` answers, and each answer has to be asked for."""

    responses: Any

    def setUp(self) -> None:
        """Stand in for the network. Raises ModuleNotFoundError without the package `responses`."""
        self.responses = importlib.import_module("responses").RequestsMock()
        self.responses.start()
        self.addCleanup(self.responses.stop)
        self.addCleanup(self.responses.reset)
        super().setUp()


__all__ = ["FrappeAPITestCase", "MockedRequestTestCase", "get_test_client", "make_request", "suppress_stdout"]
