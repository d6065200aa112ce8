"""Reading a request: who asks is known before the body is read, and no body costs more than its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

import frappe_lite
from conftest import ApiClient
from frappe_lite.incoming import Cookies, Headers, unread_request

PING = "/api/method/ping"
LOGIN = "/api/method/login"
GUEST_BODY = 2_000


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site(max_body=50_000, guest_body=GUEST_BODY)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site)


class Watched(io.BytesIO):
    """A body that knows whether it was read."""

    was_read = False

    def read(self, size: int | None = -1) -> bytes:
        self.was_read = True
        return super().read(size)


def send(site: frappe_lite.Site, body: Any, headers: dict[str, str] | None = None, path: str = PING, **environ: Any) -> Response:
    builder = EnvironBuilder(path, method="POST", headers=headers, content_type="application/json")
    made = builder.get_environ()
    builder.close()
    made["wsgi.input"] = body
    made["CONTENT_LENGTH"] = str(len(body.getvalue())) if isinstance(body, io.BytesIO) else "100"
    made.update(environ)
    return Response.from_app(frappe_lite.App(site), made, buffered=True)


# --- who asks comes first ---


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Authorization": "token no:key"}, 401, id="a wrong key"),
        pytest.param({"Authorization": "Bearer nothing"}, 401, id="a wrong token"),
        pytest.param({}, 413, id="a guest who sends more than a guest may"),
        pytest.param({"Cookie": "sid=forged"}, 413, id="a forged session, which is a guest"),
    ],
)
def test_a_body_is_not_read_before_it_is_known_who_asks(site: frappe_lite.Site, headers: dict[str, str], status: int) -> None:
    body = Watched(b'{"a": "' + b"x" * GUEST_BODY + b'"}')
    answer = send(site, body, headers)
    assert (answer.status_code, body.was_read) == (status, False)


@pytest.mark.parametrize(
    ("size", "as_admin", "status"),
    [
        pytest.param(GUEST_BODY, False, 200, id="a guest up to the guests' limit"),
        pytest.param(GUEST_BODY + 1, False, 413, id="a guest above it"),
        pytest.param(GUEST_BODY + 1, True, 200, id="who is signed in may send more"),
        pytest.param(50_001, True, 413, id="but not more than anybody"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_body_has_a_limit(site: frappe_lite.Site, admin: ApiClient, size: int, as_admin: bool, status: int, chunked: bool) -> None:
    body = io.BytesIO(b'{"a":"' + b"x" * (size - 8) + b'"}')
    environ = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True} if chunked else {}
    answer = send(site, body, dict(admin.headers) if as_admin else None, **environ)
    assert answer.status_code == status, answer.get_data(as_text=True)
    if status == 413:
        assert f"{50_000 if as_admin else GUEST_BODY} bytes" in answer.get_data(as_text=True), "the refusal names the limit"


def test_a_refusal_names_a_limit_of_megabytes_in_megabytes(admin: ApiClient) -> None:
    with_defaults = frappe_lite.Site()
    answer = send(with_defaults, io.BytesIO(b"x" * (1024 * 1024 + 1)))
    with_defaults.close()
    assert (answer.status_code, "larger than 1 MB" in answer.get_data(as_text=True), "sign in" in answer.get_data(as_text=True)) == (413, True, True)


def test_a_guest_signs_in(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        frappe_lite.auth.set_password(ctx, "Administrator", "a-Secret-of-9")
    assert send(site, io.BytesIO(b'{"usr":"Administrator","pwd":"a-Secret-of-9"}'), path=LOGIN).status_code == 200


@pytest.mark.parametrize("where", ["the body", "a cookie", "the query"])
def test_a_session_is_named_in_the_body_too(site: frappe_lite.Site, where: str) -> None:
    """Frappe's clients without cookies send `sid` as a field of a form."""
    with site.acting() as ctx:
        frappe_lite.auth.begin_session(ctx, "Administrator")
        sid = ctx.sid
    path = "/api/method/frappe.auth.get_logged_user"
    body = f"sid={sid}" if where == "the body" else "a=1"
    answer = send(
        site,
        io.BytesIO(body.encode()),
        {"Cookie": f"sid={sid}"} if where == "a cookie" else {},
        f"{path}?sid={sid}" if where == "the query" else path,
        CONTENT_TYPE="application/x-www-form-urlencoded",
    )
    assert answer.get_json() == {"message": "Administrator"}


class BrokenChunk(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise OSError("Invalid chunk header")


def test_a_body_that_the_server_found_broken_is_400(site: frappe_lite.Site, admin: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = send(site, BrokenChunk(), dict(admin.headers))
    assert (answer.status_code, "Invalid chunk header" in answer.get_data(as_text=True)) == (400, True)
    assert not caplog.records


# --- headers and cookies are mappings ---

ENVIRON = {"HTTP_X_A": "1", "HTTP_HOST": "a.test", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3", "HTTP_COOKIE": 'sid=abc; full_name=Ann%20B; empty=; q="x y"'}


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        pytest.param(lambda headers: headers["X-A"], "1", id="by name"),
        pytest.param(lambda headers: headers.get("x-a"), "1", id="in any case"),
        pytest.param(lambda headers: "X-A" in headers, True, id="one that is there"),
        pytest.param(lambda headers: "X-B" in headers, False, id="one that is not"),
        pytest.param(lambda headers: headers.get("X-B"), None, id="nothing for one that is not"),
        pytest.param(lambda headers: headers.get("X-B", "?"), "?", id="a default"),
        pytest.param(lambda headers: headers.get("X-A", type=int), 1, id="as a number"),
        pytest.param(lambda headers: headers.get("Content-Type"), "text/plain", id="the type of the body"),
        pytest.param(lambda headers: headers.get("content-length"), "3", id="its length"),
        pytest.param(lambda headers: dict(headers)["Host"], "a.test", id="as a dict"),
        pytest.param(lambda headers: sorted(headers.keys()), ["Content-Length", "Content-Type", "Cookie", "Host", "X-A"], id="their names"),
        pytest.param(len, 5, id="their number"),
    ],
)
def test_headers(ask: Any, expected: Any) -> None:
    assert ask(Headers(ENVIRON)) == expected


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        pytest.param(lambda cookies: cookies["sid"], "abc", id="by name"),
        pytest.param(lambda cookies: cookies.get("none"), None, id="nothing for one that is not there"),
        pytest.param(lambda cookies: "sid" in cookies, True, id="one that is there"),
        pytest.param(dict, {"sid": "abc", "full_name": "Ann%20B", "empty": "", "q": "x y"}, id="as a dict"),
        pytest.param(len, 4, id="their number"),
    ],
)
def test_cookies(ask: Any, expected: Any) -> None:
    assert ask(Cookies(ENVIRON["HTTP_COOKIE"])) == expected


def test_a_request_without_cookies_has_none() -> None:
    assert dict(unread_request({}).cookies) == {}
