"""A site's application as tests see it: each request is noted, and the next ones fail if the test said so.

A fault is taken by the first request that fits it. `Refusal` answers in the request's stead, `Drop` breaks the
connection (`ConnectionResetError`), `Delay` lets time pass (`TimeoutError` for a caller that told its patience). What
calls the application turns these two into what its clients know: see `adapters.py` and `server.py`.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ... import errors, router
from ...context import Context
from ...errors import FrappeError
from ...protocol import V1, dump_json
from ...wsgi import App

if TYPE_CHECKING:
    from . import TestSite

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
PATIENCE = "frappe_lite.patience"
"""In the environ of a caller in this process: the seconds that it would wait for an answer, None for ever."""

ERRORS = "frappe_lite.errors"
"""In the environ: a list for what the request was refused with."""


@dataclass
class SentRequest:
    """A request as it arrived, and what became of it. `status` is 0 if no answer arrived."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 0
    error: BaseException | None = None  # what a refusal or fault was, in the server

    @property
    def json(self) -> Any:
        """The body's value; None for no body."""
        return json.loads(self.body) if self.body else None

    @property
    def params(self) -> dict[str, str]:
        """The fields of the query string."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass
class Fault:
    """What shall happen to the next `times` requests of that method and path; empty text fits any."""

    times: int
    method: str
    path: str

    def fits(self, sent: SentRequest) -> bool:
        """Whether it is this request's fate. A path fits what is below it too."""
        below = sent.path == self.path or sent.path.startswith(self.path.rstrip("/") + "/")
        return self.times > 0 and (not self.method or sent.method == self.method.upper()) and (not self.path or below)

    def answer(
        self, app: ObservedApp, sent: SentRequest, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer the request, or raise what its connection does."""
        raise NotImplementedError


@dataclass
class Refusal(Fault):
    """A status: with the body that this server gives it, with a proxy's page where it has none of its own, or with
    `body`.
    """

    status: int | type[FrappeError]
    retry_after: int | None
    body: str | None

    def __post_init__(self) -> None:
        if isinstance(self.status, int) and self.status not in {each.value for each in HTTPStatus if each.value >= 400}:
            raise ValueError(f"{self.status} is no status of a failure: those have three digits, from 400 on")

    def answer(
        self, app: ObservedApp, sent: SentRequest, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Refuse."""
        kind, status = (
            (_error_of(self.status), self.status)
            if isinstance(self.status, int)
            else (self.status, self.status.http_status)
        )
        phrase = HTTPStatus(status).phrase
        headers = [("Content-Type", "text/html; charset=utf-8")]
        content = f"<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>\n".encode()
        if self.body is not None:
            content = self.body.encode()
        elif kind is not None:
            error = kind.told(f"{phrase}, as the test said")
            environ[ERRORS].append(error)
            version, _ = (
                router.version_of(sent.path.removeprefix("/api/")) if sent.path.startswith("/api/") else (V1, None)
            )
            content, headers = (
                dump_json(version.failure(error, [], None)),
                [("Content-Type", "application/json"), *error.headers],
            )
        if self.retry_after is not None:
            headers = [
                *((name, value) for name, value in headers if name != "Retry-After"),
                ("Retry-After", str(self.retry_after)),
            ]
        start_response(f"{status} {phrase}", [*headers, ("Content-Length", str(len(content)))])
        return [content]


def _error_of(status: int) -> type[FrappeError] | None:
    """The error that a server answers with that status; None for one that only a proxy gives."""
    usual: dict[int, type[FrappeError]] = {409: errors.DuplicateEntryError, 503: errors.DatabaseBusyError}
    every = (
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, FrappeError) and each is not FrappeError
    )
    return usual.get(status) or next((each for each in every if each.http_status == status), None)


@dataclass
class Drop(Fault):
    """The connection breaks: before anything was done, or `after_work`, when only the answer is lost."""

    after_work: bool

    def answer(
        self, app: ObservedApp, sent: SentRequest, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Break it."""
        if self.after_work:
            app.work(environ)
        raise ConnectionResetError("the connection was dropped, as the test said")


@dataclass
class Delay(Fault):
    """The answer takes `seconds` longer. The work is done all the same, and its answer lost if nobody waits for it."""

    seconds: float

    def answer(
        self, app: ObservedApp, sent: SentRequest, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Be late."""
        if PATIENCE not in environ:
            app.closing.wait(self.seconds)
        elif environ[PATIENCE] is not None and environ[PATIENCE] < self.seconds:
            app.work(environ)
            raise TimeoutError(f"no answer in {environ[PATIENCE]} seconds, as the test said")
        return app.application(environ, start_response)


class _NotingApp(App):
    """An application that keeps what it refused with."""

    def _failure(self, ctx: Context, error: BaseException) -> Any:
        ctx.request.environ.setdefault(ERRORS, []).append(error)
        return super()._failure(ctx, error)


class ObservedApp:
    """The WSGI application of a `TestSite`."""

    def __init__(self, site: TestSite):
        self.site = site
        self.application = _NotingApp(site)
        self.closing = threading.Event()  # nobody waits any more
        self._lock = threading.Lock()
        site.extensions.on_close.append(self.closing.set)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, or let happen to it what the test said. Raises ConnectionResetError, TimeoutError."""
        sent = _note(environ)
        caught: list[BaseException] = environ.setdefault(ERRORS, [])

        def start(status: str, headers: list[tuple[str, str]], error: object = None) -> Any:
            sent.status = int(status[:3])
            return start_response(status, headers, error) if error else start_response(status, headers)

        with self._lock:
            self.site.requests.append(sent)
            fault = next((each for each in self.site.faults if each.fits(sent)), None)
            if fault is not None:
                fault.times -= 1
                self.site.faults[:] = [each for each in self.site.faults if each.times > 0]
        with self.site.own_time(), self.site.apart():
            try:
                return fault.answer(self, sent, environ, start) if fault else self.application(environ, start)
            finally:
                sent.error = caught[-1] if caught else None

    def work(self, environ: Environ) -> None:
        """Do what was asked and throw the answer away."""
        for _ in self.application(environ, lambda *_answer: lambda _part: None):
            pass


def _note(environ: Environ) -> SentRequest:
    """The request, its body read and put back."""
    length = environ.get("CONTENT_LENGTH") or ""
    body = environ["wsgi.input"].read(int(length)) if length.isdecimal() and int(length) else b""
    if body:
        environ["wsgi.input"] = io.BytesIO(body)
    headers = {key[5:].replace("_", "-").title(): value for key, value in environ.items() if key.startswith("HTTP_")}
    path = environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace")
    return SentRequest(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)
