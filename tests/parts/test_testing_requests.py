"""What a test's client sends: the environ of werkzeug's own client, and the cookies that it would keep."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import Client as TheirClient
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from frappe_lite.parts.testing import wsgi_client
from frappe_lite.parts.testing.wsgi_client import WsgiClient, plain_environ

KEY = {"Authorization": "token key:secret"}

PLAIN: dict[str, tuple[str, str, dict[str, str], dict[str, Any]]] = {
    "nothing": ("GET", "/", {}, {}),
    "a header": ("GET", "/api/resource/Task", KEY, {}),
    "headers in any case": ("GET", "/", {"x-Frappe-csrf-TOKEN": "t", "IF-MATCH": '"é"'}, {}),
    "a query": ("GET", '/api/resource/Task?fields=["*"]&x=%20 a+b&&y', KEY, {}),
    "a query and no more": ("GET", "/?", {}, {}),
    "two question marks": ("GET", "/a?b=c?d", {}, {}),
    "a name with a space": ("POST", "/api/resource/Diary Line", {}, {}),
    "a name that is quoted": ("DELETE", "/api/resource/Task/a%2Fb%3Fc%25", {}, {}),
    "bytes that are no text": ("GET", "/%ff%C3%A9", {}, {}),
    "dots and slashes": ("GET", "/a/../b//c/;x:y@z", {}, {}),
    "brackets": ("GET", "/[a]", {}, {}),
    "a query as fields": ("GET", "/", {}, {"query_string": {"a": "é &?/#", "b": "", "c d": '["x"]'}}),
    "no fields": ("GET", "/", {}, {"query_string": {}}),
    "no query": ("GET", "/", {}, {"query_string": None}),
    "JSON": ("POST", "/", KEY, {"json": {"a": "é", "b": [1, None]}}),
    "JSON that is false": ("POST", "/", {}, {"json": 0}),
    "JSON of another kind": ("POST", "/", {"Content-Type": "text/plain"}, {"json": [1]}),
    "bytes": ("POST", "/", {}, {"data": b"\xff\x00"}),
    "bytes of a kind": ("PUT", "/", {"content-type": "image/png"}, {"data": b"x"}),
    "bytes of a form": ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, {"data": b"a=b"}),
    "no kind": ("POST", "/", {"Content-Type": ""}, {"json": 1}),
    "no bytes": ("POST", "/", {}, {"data": b""}),
    "a length that is told": ("POST", "/", {"Content-Length": "7"}, {"data": b"x"}),
    "a length of nothing": ("POST", "/", {"Content-Length": "7"}, {}),
    "a cookie that is told": ("GET", "/", {"Cookie": "sid=x"}, {}),
    "a verb of its own": ("QUERY", "/", {}, {"json": {}}),
}

OTHERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "another host": ("//elsewhere/x", {}, {}),
    "a whole address": ("http://elsewhere/x", {}, {}),
    "a fragment": ("/a#b", {}, {}),
    "a path of other letters": ("/é", {}, {}),
    "a line break in the path": ("/a\nb", {}, {}),
    "a path that begins nowhere": ("a", {}, {}),
    "a host that is told": ("/", {"Host": "desk.example.com"}, {}),
    "a header twice": ("/", {"X-A": "1", "x-a": "2"}, {}),
    "a header that is no text": ("/", {"X-A": 1}, {}),
    "fields of a form": ("/", {}, {"data": {"a": "b"}}),
    "text": ("/", {}, {"data": "text"}),
    "an empty form": ("/", {"Content-Type": "application/x-www-form-urlencoded"}, {}),
    "an empty form of parts": ("/", {"Content-Type": "multipart/form-data"}, {}),
    "a file": ("/", {}, {"data": {"file": (io.BytesIO(b"x"), "x.txt")}}),
    "a query with numbers": ("/", {}, {"query_string": {"a": 1}}),
    "a query as text": ("/", {}, {"query_string": "a=b"}),
    "a kind of content": ("/", {}, {"content_type": "text/plain", "data": b"x"}),
    "a base": ("/", {}, {"base_url": "https://localhost/below"}),
}

REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, Any], type[Exception]]] = {
    "a query twice": ("/?a=b", {}, {"query_string": {"a": "b"}}, ValueError),
    "a body twice": ("/", {}, {"json": {}, "data": b"x"}, TypeError),
    "a header of two lines": ("/", {"X-A": "1\nX-B: 2"}, {}, ValueError),
    "an option that nobody knows": ("/", {}, {"jsn": {}}, TypeError),
}


def told(environ: dict[str, Any]) -> dict[str, Any]:
    """The environ with the body as bytes."""
    return {**environ, "wsgi.input": environ["wsgi.input"].read()}


def theirs(method: str, path: str, headers: dict[str, str], **options: Any) -> dict[str, Any]:
    """What werkzeug makes of a request."""
    return told(EnvironBuilder(path, method=method, headers=headers, **options).get_environ())


@pytest.mark.parametrize(("method", "path", "headers", "options"), PLAIN.values(), ids=PLAIN)
def test_a_plain_request_is_as_werkzeug_has_it(
    method: str, path: str, headers: dict[str, str], options: dict[str, Any]
) -> None:
    made = plain_environ(method, path, headers, **options)
    assert made is not None and told(made) == theirs(method, path, headers, **options)


PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(
    path=PRINTABLE.map("/".__add__),
    headers=st.dictionaries(
        st.sampled_from(["X-A", "Accept", "Content-Type", "X-Idempotency-Key"]), st.text(max_size=5)
    ),
    options=st.one_of(
        st.just({}),
        st.fixed_dictionaries({"json": st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)}),
        st.fixed_dictionaries({"data": st.binary(max_size=5)}),
        st.fixed_dictionaries({"query_string": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3)}),
    ),
)
def test_any_request_that_is_called_plain_is_as_werkzeug_has_it(
    path: str, headers: dict[str, str], options: dict[str, Any]
) -> None:
    made = plain_environ("POST", path, headers, **options)
    assert made is None or told(made) == theirs("POST", path, headers, **options)


@pytest.mark.parametrize(("path", "headers", "options"), OTHERS.values(), ids=OTHERS)
def test_other_requests_are_left_to_werkzeug(path: str, headers: dict[str, Any], options: dict[str, Any]) -> None:
    assert plain_environ("POST", path, headers, **options) is None


@pytest.mark.parametrize(("path", "headers", "options", "error"), REFUSED.values(), ids=REFUSED)
def test_what_werkzeug_refuses_is_refused(
    path: str, headers: dict[str, Any], options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        WsgiClient(Echo()).send("POST", path, headers, {}, options)


class Echo:
    """An application that answers with what it was asked, and leaves the cookies that it is told to."""

    def __init__(self, *cookies: str) -> None:
        self.cookies = list(cookies)
        self.environs: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environs.append(environ)
        request = Request(environ)
        answer = Response(f"{request.method} {request.full_path} {request.get_data().decode()}")
        for cookie in self.cookies:
            answer.headers.add("Set-Cookie", cookie)
        return answer(environ, start_response)


def test_the_answer_is_that_of_werkzeugs_client() -> None:
    answer = WsgiClient(Echo()).send("POST", "/a?b=c", KEY, {"REMOTE_ADDR": "10.0.0.1"}, {"json": {"d": 1}})
    assert (answer.status_code, answer.text) == (200, 'POST /a?b=c {"d": 1}')
    assert answer.request.headers["Authorization"] == KEY["Authorization"]
    assert (answer.request.remote_addr, answer.request.path, answer.history) == ("10.0.0.1", "/a", ())


def test_an_environ_of_ones_own_comes_last() -> None:
    echo = Echo()
    WsgiClient(echo).send("GET", "/", KEY, {"HTTP_AUTHORIZATION": "other", "x.y": 1}, {})
    assert (echo.environs[0]["HTTP_AUTHORIZATION"], echo.environs[0]["x.y"]) == ("other", 1)


COOKIES: dict[str, list[str]] = {
    "one": ["sid=a; Path=/; HttpOnly"],
    "several": ["sid=a; Path=/", 'full_name="Ann B"; Path=/; SameSite=Lax'],
    "of a folder": ["a=1; Path=/api", "b=2; Path=/files"],
    "of the page's folder": ["a=1"],
    "of folder and host": ["sid=a; Path=/", "sid=b; Path=/api"],
    "that are quoted": ['a="b\\073 c"; Path=/', "d=%20; Path=/", "e=; Path=/"],
    "of another host": ["a=1; Domain=elsewhere; Path=/"],
    "one that goes": ["sid=; Path=/; Max-Age=0"],
    "none": [],
}


@pytest.mark.parametrize("cookies", COOKIES.values(), ids=COOKIES)
def test_cookies_are_kept_as_werkzeugs_client_keeps_them(cookies: list[str]) -> None:
    paths = ("/api/method/login", "/api/resource/Task", "/files/x", "/api")
    sent = []
    for kind in (WsgiClient, TheirClient):
        echo = Echo(*cookies)
        client = kind(echo)
        for path in paths:
            client.send("GET", path, {}, {}, {}) if isinstance(client, WsgiClient) else client.open(path)
        sent.append([environ.get("HTTP_COOKIE") for environ in echo.environs])
    assert sent[0] == sent[1] and len(sent[0]) == len(paths)


def test_a_cookie_that_is_told_is_not_sent_as_it_never_was() -> None:
    """werkzeug's client sends what it keeps."""
    for kind in (WsgiClient, TheirClient):
        echo = Echo()
        kind(echo).open("/", headers={"Cookie": "sid=x"})
        assert "HTTP_COOKIE" not in echo.environs[0]


def test_an_environ_without_a_host_is_asked_as_werkzeug_does() -> None:
    """A request of HTTP/1.0 names none."""
    environ = {**EnvironBuilder("/a").get_environ()}
    del environ["HTTP_HOST"]
    answers = [client(Echo()).open(Request(dict(environ))) for client in (TheirClient, WsgiClient)]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].data == answers[1].data


def test_another_host_has_its_own_cookies() -> None:
    echo = Echo("sid=a; Path=/")
    client = WsgiClient(echo)
    for host in ("elsewhere", "elsewhere", "localhost"):
        client.send("GET", "/", {"Host": host}, {}, {})
    assert [environ.get("HTTP_COOKIE") for environ in echo.environs] == [None, "sid=a", None]
    assert client.get_cookie("sid", domain="elsewhere") is not None


def test_a_client_without_cookies_keeps_none() -> None:
    echo = Echo("sid=a; Path=/")
    client = WsgiClient(echo, use_cookies=False)
    for _ in range(2):
        client.send("GET", "/", {}, {}, {})
    assert [environ.get("HTTP_COOKIE") for environ in echo.environs] == [None, None]


def test_werkzeug_keeps_cookies_where_it_is_asked_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a werkzeug that keeps them elsewhere, each request goes its way."""
    asked = []

    def run(client: TheirClient, environ: dict[str, Any], buffered: bool = False) -> Any:
        asked.append(environ["PATH_INFO"])
        return [b"x"], "200 OK", Headers()

    monkeypatch.setattr(TheirClient, "run_wsgi_app", run)
    client = WsgiClient(Echo())
    assert client._cookies == {}, "werkzeug has another name for them; give it to run_wsgi_app"
    del client._cookies
    assert client.send("GET", "/a", {}, {}, {}).text == "x" and asked == ["/a"]


def test_what_stands_in_a_query_is_what_werkzeug_leaves_there() -> None:
    fields = {"a": "".join(map(chr, range(32, 127)))}
    made = plain_environ("GET", "/", {}, query_string=fields)
    assert made is not None
    assert made["QUERY_STRING"] == theirs("GET", "/", {}, query_string=fields)["QUERY_STRING"]
    assert set(wsgi_client.LEFT_IN_QUERY) <= set(made["QUERY_STRING"])
