"""Who asks, and what the request brought: `frappe.session`, `frappe.local`, `frappe.form_dict`, `frappe.request`.

The one place that reads the context variable; everything else of the face asks `ctx()` here and passes it down at once.
What app code writes into these lasts as long as the request does.
"""

from __future__ import annotations

import contextvars
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from werkzeug import wrappers
from werkzeug.local import LocalProxy

from ..access import auth, csrf, identity, sessions
from ..context import Context, current
from ..errors import AuthenticationError, BadRequestError
from ..request import Request
from ..utils import _dict
from ..values import Values
from .connecting import site_name


def ctx() -> Context:
    """The context of the moment. Raises RuntimeError outside of one."""
    try:
        return current.get()
    except LookupError:
        raise RuntimeError(
            "frappe is used outside a request: wrap the code in `with site.acting('Administrator'):`"
        ) from None


def kept(key: str, make: Callable[[], object]) -> Any:
    """What is made once for a request, and shared by all who act in it."""
    shared = ctx().transaction.kept
    if key not in shared:
        shared[key] = make()
    return shared[key]


class RequestView:
    """`frappe.request`: the request under the names of werkzeug's, which app code reads; false where there is none."""

    def __init__(self, request: Request):
        self._request = request

    def __bool__(self) -> bool:
        return bool(self._request.method)

    def __getattr__(self, name: str) -> object:
        ours = self.__dict__["_request"]
        return getattr(ours if hasattr(ours, name) else self._werkzeug, name)

    @cached_property
    def _werkzeug(self) -> wrappers.Request:
        """What a bench gives app code: `mimetype`, `is_json`, `referrer` and the rest, of the same bytes."""
        body = self._request.body
        sent = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
        nowhere = {"REQUEST_METHOD": "", "wsgi.url_scheme": "http", "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
        return wrappers.Request({**nowhere, **self._request.environ, **sent})

    @property
    def args(self) -> Values:
        """The query string."""
        return self._request.query

    @property
    def form(self) -> Values:
        """The parameters."""
        return self._request.params

    @property
    def data(self) -> bytes:
        """The body."""
        return self._request.body

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> str | bytes:
        """The body, as bytes or text."""
        return self._request.body.decode() if as_text else self._request.body

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> object:
        """The body as JSON. Raises BadRequestError."""
        try:
            return json.loads(self._request.body)
        except ValueError as error:
            if silent:
                return None
            raise BadRequestError.told(f"The body is no JSON: {error}") from None

    @property
    def json(self) -> object:
        """The body as JSON."""
        return self.get_json()

    @property
    def host_url(self) -> str:
        """The server's address."""
        return f"{self._request.scheme}://{self._request.host}/"

    @property
    def url(self) -> str:
        """The address that was asked for."""
        query = self._request.environ.get("QUERY_STRING")
        return self.host_url.rstrip("/") + self._request.path + (f"?{query}" if query else "")


class ResponseHeaders:
    """`frappe.local.response_headers`: headers to send with the answer."""

    def __init__(self, headers: list[tuple[str, str]]):
        self._headers = headers

    def set(self, name: str, value: object) -> None:
        """Send a header. Raises BadRequestError for one with a line break."""
        if re.search(r"[\r\n\0]", f"{name}{value}"):
            raise BadRequestError.told(f"The header {name!r} would end with a line break in it")
        self._headers[:] = [*(each for each in self._headers if each[0].lower() != name.lower()), (name, str(value))]

    __setitem__ = add = set

    def update(self, values: Values) -> None:
        """Send several."""
        for name, value in values.items():
            self.set(name, value)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._headers)


class LoginManager(sessions.LoginManager):
    """`frappe.local.login_manager`.

    Who is signed in, signing in by password, and signing in as somebody, for code that has checked who it is.
    """

    def __init__(self) -> None:
        """Sign in, where the form's `cmd` is `login`. Raises AuthenticationError, TooManyRequestsError."""
        super().__init__(ctx())
        if _form_dict().get("cmd") == "login":
            self.login()

    @classmethod
    def of_request(cls) -> LoginManager:
        """That of who asks: nobody signs in by it on its own."""
        made = cls.__new__(cls)
        sessions.LoginManager.__init__(made, ctx())
        return made

    def authenticate(self, user: str | None = None, pwd: str | None = None) -> None:
        """Check a password, with the request's `usr` and `pwd` unless both are told; `post_login` signs the user in
        then.

        Raises AuthenticationError, TooManyRequestsError.
        """
        if not (user and pwd):
            user, pwd = _form_dict().get("usr"), _form_dict().get("pwd")
        self._coming = auth.check_login(ctx(), user, pwd)

    def check_password(self, user: str, pwd: str) -> str:
        """The user's name, if it is the password. Raises AuthenticationError, TooManyRequestsError."""
        return auth.check_login(ctx(), user, pwd)

    def post_login(self) -> None:
        """Begin the session of who was authenticated. Raises AuthenticationError if nobody was."""
        if not self._coming:
            raise AuthenticationError("Authenticate somebody first")
        self.login_as(self._coming)
        greeting = "Logged In" if self.user_type == "System User" else "No App"
        home_page = ctx().site.extensions.home_of(ctx())
        ctx().response.update(message=greeting, home_page=home_page, full_name=self.full_name)

    def login(self) -> None:
        """Sign in by the request's `usr` and `pwd`, of which `pwd` is forgotten then. Raises AuthenticationError,
        TooManyRequestsError."""
        self.authenticate()
        _form_dict().pop("pwd", None)
        self.post_login()

    def login_as(self, user: str) -> None:
        """Begin a session for the user, with cookies in the answer."""
        sessions.begin(ctx(), identity.known_name(ctx(), user))
        ctx().flags.keep_writes = True  # a page that is read may sign somebody in

    def login_as_guest(self) -> None:
        """Act as Guest from here on."""
        ctx().user = "Guest"


class Local:
    """`frappe.local`: the request's values under Frappe's names; app code may add its own."""

    def __init__(self) -> None:
        self.site, self.site_path, self.lang, self.dev_server = site_name(ctx().site), ctx().site.folder, "en", 0
        self.response, self.flags, self.message_log = ctx().response, ctx().flags, ctx().messages
        self.response_headers, self.login_manager = ResponseHeaders(ctx().headers), LoginManager.of_request()
        self.session_obj, self.cookie_manager = None, None
        self.cache: dict[object, object] = {}
        self.error_log: list[object] = []
        self.debug_log: list[object] = []

    form_dict = property(lambda self: _form_dict(), lambda self, value: _replace_form(value))
    session = property(lambda self: _session())
    request = property(lambda self: _request(), lambda self, value: _replace("request", value))
    request_ip = property(lambda self: _request_ip(), lambda self, value: _replace("request_ip", value))
    user = property(lambda self: ctx().user)
    conf = property(lambda self: _conf())


def _form_dict() -> _dict:
    values: _dict = kept("form_dict", lambda: _dict(ctx().request.params))
    return values


def _replace_form(value: Any) -> None:
    ctx().transaction.kept["form_dict"] = _dict(value)


def _replace(key: str, value: object) -> None:
    """Let app code see something else than what came: its tests do so."""
    ctx().transaction.kept[f"given {key}"] = value


def _request() -> object:
    kept_now = ctx().transaction.kept
    return kept_now["given request"] if "given request" in kept_now else RequestView(ctx().request)


def _request_ip() -> object:
    return ctx().transaction.kept.get("given request_ip") or ctx().request.remote_addr


class Unsited:
    """`frappe.local` of a thread that acts on no site: what app code puts there."""

    def __getattr__(self, name: str) -> object:
        raise AttributeError(f"frappe.local.{name} is a site's: call frappe.init(site=…) first, or use site.acting()")


_unsited: contextvars.ContextVar[Unsited | None] = contextvars.ContextVar("unsited", default=None)


def _local() -> object:
    if current.get(None) is not None:
        return kept("local", Local)
    if _unsited.get() is None:
        _unsited.set(Unsited())
    return _unsited.get()


class Session(_dict):
    """`frappe.session`: `user`, `sid` and `data`. Setting `user` acts as another one, as `frappe.set_user` does."""

    def __setattr__(self, key: str, value: Any) -> None:
        if key == "user":
            ctx().user = identity.known_name(ctx(), value)
        super().__setattr__(key, value)


def _session() -> _dict:
    data = kept("session data", lambda: _dict(user=ctx().user))
    return Session(user=ctx().user, sid=ctx().sid or ctx().user, data=data)


def _conf() -> _dict:
    values: _dict = ctx().site.shelf.setdefault(
        "conf", _dict({"developer_mode": 0, "db_type": "sqlite", **ctx().site.conf})
    )
    return values


session: Any = LocalProxy(_session)
local: Any = LocalProxy(_local)
flags: Any = LocalProxy(lambda: ctx().flags)
response: Any = LocalProxy(lambda: ctx().response)
request: Any = LocalProxy(_request)
form_dict: Any = LocalProxy(_form_dict)
message_log: object = LocalProxy(lambda: ctx().messages)
conf: Any = LocalProxy(_conf)
in_test: Any = LocalProxy(lambda: bool(ctx().flags.in_test))
lang: object = LocalProxy(lambda: "en")


def get_csrf_token() -> str:
    """The token that a page sends with its writes."""
    return csrf.csrf_token(ctx()) if ctx().sid else ""


def get_request_header(key: str, default: object = None) -> object:
    """A header of the request, also of one that app code has put in its place."""
    return request.headers.get(key) or default


__all__ = [
    "conf",
    "flags",
    "form_dict",
    "get_csrf_token",
    "get_request_header",
    "in_test",
    "lang",
    "local",
    "message_log",
    "request",
    "response",
    "session",
]
