"""`App`: one request's story. environ -> context -> user -> handler -> envelope -> response, and the logs.

The one place where errors become bytes and where a transaction is kept: an unsafe verb without an error commits, a GET
never does. Everything before it may raise; nothing after it runs.
"""

from __future__ import annotations

import functools
import io
import logging
import mimetypes
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from . import router
from .access import auth, csrf
from .context import Context, current
from .document import access, validation
from .document.calling import call_method
from .errors import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    CSRFTokenError,
    DoesNotExistError,
    FrappeError,
    MethodNotAllowedError,
    Redirect,
    UnsupportedError,
)
from .logs.errors import ErrorLog
from .logs.requests import RequestLog
from .protocol import V1, dump_json
from .request import Environ, has_body, read_body, read_query, unread_request
from .router import Answer
from .site import Site
from .utils import cint, cstr
from .values import JsonObject

StartResponse = Callable[..., Any]

log = logging.getLogger("frappe_lite")

SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
PAGE_VERBS = "GET, HEAD, POST, OPTIONS"
JSON_HEADERS = (("Content-Type", "application/json"), *SECURITY_HEADERS)
STATUS_LINES = {each.value: f"{each.value} {each.phrase}" for each in HTTPStatus}


class BytesResponse:
    """A finished answer: werkzeug's Response without its cost, which was most of a small request's time."""

    def __init__(self, data: bytes, status: int, headers: Iterable[tuple[str, str]]):
        self.data, self.status_code, self.headers = data, status, list(headers)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Send it; to HEAD without the body."""
        status = STATUS_LINES.get(self.status_code) or f"{self.status_code} Unknown"
        length = [] if self.status_code == 304 else [("Content-Length", str(len(self.data)))]
        start_response(status, [*self.headers, *length])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.data]


class JsonResponse(BytesResponse):
    """A finished answer in JSON."""

    def __init__(self, body: object, status: int, headers: Iterable[tuple[str, str]] = ()):
        super().__init__(dump_json(body), status, [*JSON_HEADERS, *headers])


AnyResponse = Response | BytesResponse


class App:
    """A site as a WSGI application."""

    def __init__(self, site: Site):
        self.site = site
        self.request_log, self.error_log = RequestLog(site), ErrorLog(site)
        self.tables = router.tables(site)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        for shortcut in self.site.extensions.shortcuts:
            if (sent := shortcut(environ, start_response)) is not None:
                return sent
        started = time.perf_counter()
        request_id = _request_id(environ)
        database, reads = self.site.database, environ.get("REQUEST_METHOD") in auth.SAFE_METHODS
        for attempt in range(1, database.attempts + 1):
            database.begin_request(reads, attempt)
            ctx, response = self._attempt(environ, request_id)
            if not isinstance(ctx.failed_by, ConflictError):
                break
            environ["wsgi.input"] = io.BytesIO(ctx.request.body)  # it was received
            time.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311 - jitter, to avoid colliding again
        database.end_request()
        self._log(ctx, response.status_code, time.perf_counter() - started)
        database.give_back()
        return response(environ, start_response)

    def _attempt(self, environ: Environ, request_id: str) -> tuple[Context, AnyResponse]:
        """The request from its start to its answer.

        After a ConflictError nothing of it is kept, and it may be run again.
        """
        ctx = Context(self.site, request=unread_request(environ), request_id=request_id)
        token = current.set(ctx)
        try:
            return ctx, self._respond(ctx)
        finally:
            current.reset(token)
            for part in ctx.request.files.values():
                part.close()

    def _respond(self, ctx: Context) -> AnyResponse:
        """The answer, whatever happens. One of the few broad excepts: nothing catches an error after this."""
        try:
            ctx.version, path = _version(ctx.request.path)
            read_query(ctx.request)
            for look in self.site.extensions.before:
                look(ctx)
            refusal = self._authenticate(ctx)
            self._receive(ctx)
            csrf.require_same_site(ctx)
            auth.ask_apps(ctx, refusal)
            response = self._answer(ctx, path)
            self._finish(ctx)
            return self._with_headers(ctx, response)
        except HTTPException as error:
            ctx.rollback()
            return self._with_headers(ctx, Response(error.get_body(), error.code or 500, error.get_headers()))
        except Exception as error:  # the edge of a request: whatever failed becomes an answer
            ctx.failed_by = error
            ctx.rollback()
            return self._with_headers(ctx, self._failure(ctx, error))

    def _authenticate(self, ctx: Context) -> AuthenticationError | None:
        """Find out who asks from what came before the body, so that unknown callers' bodies cost no work. Returns a
        refusal that an app's `auth_hooks` may still overturn.
        """
        request = ctx.request
        if request.path.rpartition("/")[2] in self.site.extensions.own_credentials:
            return None  # RFC 6749 2.3.1: Basic is the client's id and secret there, not a user's key
        refusal = auth.admit(ctx, request.environ.get("HTTP_AUTHORIZATION", ""))
        if ctx.user == "Guest" and request.query.get("sid"):
            ctx.session_expired = True  # no session begins by an address, and Frappe tells of one that is none
        return refusal

    def _receive(self, ctx: Context) -> None:
        """Read the body, up to the size that this caller may send."""
        request, settings = ctx.request, self.site.settings
        if not has_body(request.environ):
            return
        request.environ["frappe_lite.user"] = ctx.user
        most = settings.max_body if ctx.user != "Guest" else min(settings.guest_body, settings.max_body)
        read_body(request, most)
        ctx.look_again()  # it may have taken long, and rights may have changed meanwhile
        if len(request.body) > validation.LONG_TEXT and request.method not in auth.SAFE_METHODS:
            validation.clean_ahead(ctx, request.params)

    def _answer(self, ctx: Context, path: str | None) -> AnyResponse:
        """Dispatch the request inside what parts put around it."""
        call: Callable[[], AnyResponse] = functools.partial(self._dispatch, ctx, path)
        for each in self.site.extensions.around:
            call = functools.partial(each, ctx, call)
        try:
            return call()
        except DoesNotExistError as error:  # also one that an app's function raised
            raise access.told(ctx, error) from None

    def _dispatch(self, ctx: Context, path: str | None) -> AnyResponse:
        """Hand the request to the API, to the method in `cmd`, or to a part's page."""
        request = ctx.request
        if request.method == "OPTIONS":
            return Response(
                b"", 200, {"Allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" if path is not None else PAGE_VERBS}
            )
        if path is not None:  # Frappe: `cmd` counts here too; the method of a path is what all before this asked about
            is_slashed = request.environ.get("PATH_INFO", "").endswith("/")
            handler, names = router.match(self.tables, ctx.version, request.method, path, is_slashed)
            return self._success(ctx, handler(ctx, **names))
        if request.params.get("cmd"):
            value = call_method(ctx, cstr(request.params["cmd"]))
            return self._success(ctx, Answer(value, key="message", extra=dict(ctx.response)))
        for pattern, page in self.site.extensions.pages:
            if pattern.match(request.path):
                if request.method not in PAGE_VERBS.split(", "):
                    error = MethodNotAllowedError(f"{request.method[:20]} is not allowed here, only {PAGE_VERBS}")
                    error.headers = (("Allow", PAGE_VERBS),)
                    raise error
                found: AnyResponse = page(ctx)
                return found
        raise DoesNotExistError

    def _finish(self, ctx: Context) -> None:
        """Commit what was written, unless the verb is safe: Frappe never commits a GET. Signing in and out are
        always committed."""
        if ctx.request.method in auth.SAFE_METHODS and not ctx.flags.keep_writes:
            ctx.rollback()
        else:
            ctx.commit()

    # --- answers ---

    def _success(self, ctx: Context, answer: Answer) -> AnyResponse:
        if isinstance(answer.value, Response):
            if isinstance(answer.value.response, Generator):
                answer.value.response = _streamed(ctx, answer.value.response)
            return answer.value
        extra = answer.extra
        status = cint(extra.pop("http_status_code", None)) or answer.status
        if extra.get("type") in ("download", "binary", "pdf"):
            return _download(extra)
        if extra.get("type") in _TEXTS and "result" in extra:
            name, content = f"{extra.get('doctype')}.{extra['type']}", cstr(extra["result"]).encode()
            return _download({"filename": name, "filecontent": content, "content_type": _TEXTS[extra["type"]]})
        if extra.get("type") == "page" and ctx.site.extensions.message_page is not None:
            page: Response = ctx.site.extensions.message_page(ctx, {**extra, "http_status_code": status})
            return page
        if extra.get("type") == "redirect":
            return redirection(cstr(extra.get("location")))
        if ctx.session_expired:
            extra = {**extra, "session_expired": 1}
        body = ctx.version.success(answer.key, answer.value, extra, ctx.messages)
        return JsonResponse(body, status)

    def _failure(self, ctx: Context, error: BaseException) -> AnyResponse:
        if isinstance(error, Redirect):
            place = re.sub(r"[\x00-\x1f\x7f]", "", cstr(ctx.flags.redirect_location or ctx.response.location))
            return redirection(place or "/", error.http_status)
        ours = isinstance(error, FrappeError)
        status = (
            error.http_status
            if isinstance(error, FrappeError)
            else cint(getattr(error, "http_status_code", None)) or 500
        )
        if type(error) is UnsupportedError:
            # Said on purpose: no fault to look for
            log.info("%s %s %s: %s", ctx.request_id, ctx.request.method, ctx.request.path, error)
        elif (not ours or status >= 500) and not isinstance(error, ConflictError):  # that one is run again
            log.error(
                "%s %s %s failed for %s", ctx.request_id, ctx.request.method, ctx.request.path, ctx.user, exc_info=error
            )
        is_page = not ctx.request.path.startswith("/api/") and not ctx.request.params.get("cmd")
        if is_page and status >= 500 and "text/html" in ctx.request.environ.get("HTTP_ACCEPT", ""):
            if ctx.site.extensions.fault_page is not None:  # a person looks at it
                fault: Response = ctx.site.extensions.fault_page(ctx, error, status, self._visible_trace(ctx, error))
                return fault
        if isinstance(error, FrappeError) and (is_page or error.is_page) and not ctx.failure:
            return _page_of(error, status)
        body = ctx.version.failure(
            error, ctx.messages, self._visible_trace(ctx, error), always_exc=not ctx.request.path.startswith("/api/")
        )
        body.update(ctx.failure)
        if ctx.session_expired:
            body["session_expired"] = 1
        return JsonResponse(body, status, error.headers if isinstance(error, FrappeError) else ())

    def _visible_trace(self, ctx: Context, error: BaseException) -> str | None:
        """The whole traceback, for system users of a site that shows it."""
        info = None if isinstance(error, CSRFTokenError) or ctx.user == "Guest" else ctx.user_info(ctx.user)
        if info is None or info.user_type != "System User" or not cint(ctx.setting("allow_error_traceback")):
            return None
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))

    def _with_headers(self, ctx: Context, response: AnyResponse) -> AnyResponse:
        if isinstance(response, BytesResponse):
            response.headers += [("X-Request-Id", ctx.request_id), *ctx.headers]
            return response
        headers = response.headers
        for name, value in SECURITY_HEADERS:
            if name not in headers:
                headers[name] = value
        headers["X-Request-Id"] = ctx.request_id
        for name, value in ctx.headers:
            headers.add(name, value)
        return response

    def _log(self, ctx: Context, status: int, seconds: float) -> None:
        for each in self.site.extensions.on_answer:
            each(ctx, status, seconds)
        if ctx.failed_by is not None:
            self.error_log.add(ctx, status, ctx.failed_by)
        try:
            if ctx.request.path.startswith("/api/") and cint(ctx.setting("log_api_requests")):
                self.request_log.add(ctx, status, seconds)
        except FrappeError as error:  # the log fails no request
            log.warning("%s is not in the request log: %s", ctx.request_id, error)


def _streamed(ctx: Context, chunks: Generator[object, None, None]) -> Iterator[Any]:
    """App code that runs while its answer is being sent. It still reads as the caller, but what it writes is rolled
    back."""
    try:
        while True:
            token = current.set(ctx)
            try:
                chunk = next(chunks)
            except StopIteration:
                return
            finally:
                current.reset(token)
            yield chunk
    finally:
        chunks.close()
        ctx.rollback()
        ctx.site.database.give_back()


def _version(path: str) -> tuple[Any, str | None]:
    """The API version and the path below it; None for a path outside /api."""
    if path.startswith("/api/"):
        return router.version_of(path[5:])
    return V1, None


def redirection(location: str, status: int = 302) -> Response:
    """Send the browser elsewhere. Raises BadRequestError for an address with a line break, which would end the
    header: clients may supply it."""
    if re.search(r"[\x00-\x1f\x7f]", location):
        raise BadRequestError.told("The address to go on to holds a control character, such as a line break")
    return Response(b"", status, {"Location": location})


_TEXTS = {"csv": "text/csv", "txt": "text/plain"}
"""Answers of the types whose content is `result` and whose name is `doctype`."""

_ACTS = re.compile(r"html|xml|script", re.IGNORECASE)


def _download(extra: JsonObject) -> Response:
    """A file. Frappe: of the type `download` it is what its name says, of the type `pdf` it is shown; what acts in a
    browser is so only where the app says so."""
    kind, content = extra.get("type"), extra.get("filecontent") or b""
    name = cstr(extra.get("filename") or "file").replace("\r", "").replace("\n", "")
    guessed = cstr(mimetypes.guess_type(name)[0]) if kind == "download" else ""
    known = "application/pdf" if kind == "pdf" else "" if _ACTS.search(guessed) else guessed
    response = Response(content, 200, mimetype=cstr(extra.get("content_type")) or known or "application/octet-stream")
    shown = cstr(extra.get("display_content_as")) or ("inline" if kind == "pdf" else "attachment")
    response.headers.set("Content-Disposition", shown, filename=name)
    return response


def _page_of(error: FrappeError, status: int) -> Response:
    """A refusal as a bare HTML page, as werkzeug makes it. Its text is escaped except for quotes, so that commands
    can be copied."""
    page = HTTPException(str(error) or type(error).__name__)
    page.code = status
    return Response(page.get_body().replace("&#39;", "'"), status, dict(error.headers), mimetype="text/html")


def _request_id(environ: Environ) -> str:
    given = environ.get("HTTP_X_REQUEST_ID")
    # A label, no secret
    return given if given and re.fullmatch(r"[\w.-]{1,64}", given) else f"{random.getrandbits(64):016x}"


def stderr_logging() -> None:
    """Send the package's log to standard error, for commands."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
