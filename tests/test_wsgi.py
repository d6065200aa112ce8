"""The edge: what is refused before anybody is asked, what every answer carries, what is kept and what undone."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Response

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document

ECHO = "POST /api/method/conformance.api.echo"
MAX_BODY = 10_000


class Edge:
    """A site that takes small bodies only."""

    def __init__(self) -> None:
        self.site = AppSite(max_body=MAX_BODY)
        with self.site.acting() as ctx:
            for name, roles in {"user": ("Task User",), "website": ()}.items():
                document.new(
                    ctx,
                    {
                        "doctype": "User",
                        "email": f"{name}@x.org",
                        "first_name": name,
                        "roles": [{"role": role} for role in roles],
                    },
                ).insert()
        self.admin, self.guest = ApiClient(self.site, checked=True), ApiClient(self.site, None, checked=True)
        self.user, self.website = (ApiClient(self.site, f"{name}@x.org", checked=True) for name in ("user", "website"))

    def hash_docs(self) -> int:
        return int(self.site.database.row('SELECT count(*) FROM "tabHash Doc"')[0])

    def set(self, **settings: Any) -> None:
        with self.site.acting() as ctx:
            document.set_values(ctx, ctx.meta("System Settings"), "System Settings", settings)

    def raw(self, body: bytes | io.RawIOBase, path: str = "/api/resource/Hash Doc", **environ: Any) -> Response:
        """A request whose environ a test spoils."""
        builder = EnvironBuilder(path, method="POST", headers=self.admin.headers, content_type="application/json")
        made = builder.get_environ()
        builder.close()
        made["wsgi.input"] = io.BytesIO(body) if isinstance(body, bytes) else body
        made["CONTENT_LENGTH"] = str(len(body)) if isinstance(body, bytes) else "100"
        made.update(environ)
        return Response.from_app(frappe_lite.App(self.site), made, buffered=True)


@pytest.fixture(scope="module")
def edge() -> Iterator[Edge]:
    made = Edge()
    yield made
    made.site.close()


# --- bodies ---

DEEP, WIDE = "[" * 99 + "]" * 99, "x" * (MAX_BODY + 1)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{broken", id="broken"),
        pytest.param(b'{"a": 1,}', id="a trailing comma"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": 1} {"b": 2}', id="two values"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": Infinity}', id="Infinity"),
        pytest.param(b'{"a": -Infinity}', id="minus Infinity"),
        pytest.param(b"[1, 2]", id="a list"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b"5", id="a number"),
        pytest.param(b"null", id="null"),
        pytest.param(b"true", id="true"),
        pytest.param(b'{"a": "\\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"\\udfff": 1}', id="a lone surrogate in a key"),
        pytest.param(b'{"a": "\\u0000"}', id="NUL"),
        pytest.param(b'{"a\\u0000": 1}', id="NUL in a key"),
        pytest.param(b'{"a": {"b": ["\\u0000"]}}', id="NUL deep inside"),
        pytest.param(b'{"a": "\xff"}', id="no UTF-8"),
        pytest.param(b'\xff\xfe{\x00"\x00a\x00"\x00:\x001\x00}\x00', id="UTF-16"),
        pytest.param(b'{"a": ' + b"9" * 41 + b"}", id="an integer of 41 digits"),
        pytest.param(b'{"a": -' + b"9" * 40 + b"}", id="a negative one of 40"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="an integer of 5000 digits"),
        pytest.param(b'{"a": [' + DEEP.encode() + b"]}", id="nested too deeply"),
        pytest.param(b'{"a": ' + b"[" * 4900 + b"]" * 4900 + b"}", id="nested so deeply that the parser gives up"),
        pytest.param(b'{"a":' * 900 + b"1" + b"}" * 900, id="objects nested too deeply"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/resource/Hash Doc", "/api/v2/document/Hash Doc", "/api/method/conformance.api.echo"]
)
def test_a_body_that_cannot_be_understood_is_400(edge: Edge, path: str, body: bytes) -> None:
    before = edge.hash_docs()
    answer = edge.admin(f"POST {path}", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/json")
    told = answer.get_json()["errors"][0]["type"] if "/v2/" in path else answer.get_json()["exc_type"]
    assert told == "BadRequestError"
    assert edge.hash_docs() == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('{"a": 9223372036854775807}', {"a": 2**63 - 1}, id="the largest integer"),
        pytest.param('{"a": 1, "a": 2}', {"a": 2}, id="the last of equal keys"),
        pytest.param('  {"a": "\\ud83c\\udf89"}\n', {"a": "🎉"}, id="a pair of surrogates is a letter"),
        pytest.param('{"a": [' + "[" * 90 + "]" * 90 + "]}", None, id="deep, but not too deep"),
        pytest.param("{}", {}, id="an empty object"),
        pytest.param("", {}, id="nothing"),
        pytest.param("   ", {}, id="white space"),
    ],
)
def test_a_body_that_can_be_understood(edge: Edge, body: str, expected: Any) -> None:
    answer = edge.admin(ECHO, data=body, content_type="application/json")
    assert answer.status_code == 200
    if expected is not None:
        assert answer.get_json() == {"message": expected}


def test_every_answer_is_json_that_any_parser_reads(edge: Edge) -> None:
    """Infinity and NaN are Python's own."""
    answer = edge.admin(ECHO, data='{"a": 1e400}', content_type="application/json")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    json.loads(answer.data, parse_constant=refuse)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        pytest.param('{"a": "' + WIDE + '"}', "application/json", id="JSON"),
        pytest.param({"a": WIDE}, "application/x-www-form-urlencoded", id="a form"),
        pytest.param({"a": WIDE}, "multipart/form-data", id="a multipart form"),
        pytest.param({"a": (io.BytesIO(WIDE.encode()), "a.txt")}, "multipart/form-data", id="a file"),
        pytest.param(WIDE, "application/octet-stream", id="bytes"),
    ],
)
def test_a_body_that_is_too_large_is_413(edge: Edge, data: Any, content_type: str) -> None:
    answer = edge.admin(ECHO, data=data, content_type=content_type)
    assert (answer.status_code, answer.get_json()["exc_type"]) == (413, "PayloadTooLargeError")


def test_a_length_that_is_too_large_is_not_even_read(edge: Edge) -> None:
    class Untouchable(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("read")

    assert edge.raw(Untouchable(), CONTENT_LENGTH=str(10**12)).status_code == 413


def test_a_chunked_body_is_read_up_to_the_limit(edge: Edge) -> None:
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert edge.raw(b'{"title": "chunked"}', **chunked).get_json()["data"]["title"] == "chunked"
    assert edge.raw(b'{"title": "' + WIDE.encode() + b'"}', **chunked).status_code == 413


@pytest.mark.parametrize("length", ["abc", "-5", "1.5", "", "²"])
def test_a_length_that_is_no_number_is_no_body(edge: Edge, length: str) -> None:
    answer = edge.raw(b'{"a": 1}', "/api/method/conformance.api.echo", CONTENT_LENGTH=length)
    assert (answer.status_code, answer.get_json()) == (200, {"message": {}})


@pytest.mark.parametrize("content_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_form_of_too_many_fields_is_refused(edge: Edge, content_type: str) -> None:
    answer = edge.admin(ECHO, data={f"{number}": "" for number in range(1001)}, content_type=content_type)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("request_", "options"),
    [
        pytest.param("GET /api/resource/Task?a=%ff", {}, id="a query that is no UTF-8"),
        pytest.param("GET /api/resource/Task?%ff=a", {}, id="a key of a query that is no UTF-8"),
        pytest.param("GET /api/resource/Task?a=%00", {}, id="NUL in a query"),
        pytest.param(
            "GET /api/resource/Task?" + "&".join(f"a{n}=1" for n in range(1001)), {}, id="a query of too many fields"
        ),
        pytest.param(ECHO, {"data": "a=%00", "content_type": "application/x-www-form-urlencoded"}, id="NUL in a form"),
        pytest.param(
            ECHO, {"data": "%00=a", "content_type": "application/x-www-form-urlencoded"}, id="NUL in a key of a form"
        ),
        pytest.param(
            ECHO, {"data": {"a": "x\0y"}, "content_type": "multipart/form-data"}, id="NUL in a multipart form"
        ),
    ],
)
def test_a_request_that_cannot_be_understood_is_400_in_json(edge: Edge, request_: str, options: dict[str, Any]) -> None:
    answer = edge.admin(request_, **options)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")


@pytest.mark.parametrize(
    ("name", "status"),
    [("\xff", 400), ("\xed\xa0\x80", 400), ("a\0b", 404)],
    ids=["no UTF-8", "a surrogate", "NUL is in no name"],
)
@pytest.mark.parametrize("prefix", ["/api/resource/Task/", "/api/v2/document/Task/", "/api/method/"])
def test_a_path_that_is_no_text_is_refused_in_json(edge: Edge, prefix: str, name: str, status: int) -> None:
    answer = edge.raw(b"{}", PATH_INFO=prefix + name)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")


@pytest.mark.parametrize(
    ("request_", "options"),
    [
        pytest.param("GET /api/method/conformance.api.echo?a=first&a=second", {}, id="in a query"),
        pytest.param(
            ECHO, {"data": "a=first&a=second", "content_type": "application/x-www-form-urlencoded"}, id="in a form"
        ),
    ],
)
def test_of_a_repeated_parameter_the_first_counts(edge: Edge, request_: str, options: dict[str, Any]) -> None:
    """As in Frappe, which reads werkzeug's MultiDict as a dict."""
    assert edge.admin(request_, **options).get_json() == {"message": {"a": "first"}}


def test_text_that_is_no_object_is_no_parameters(edge: Edge) -> None:
    assert edge.admin(ECHO, data="just text", content_type="text/plain").get_json() == {"message": {}}


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": ";;;=;sid"},
        {"Cookie": "sid=" + "x" * 5000},
        {"Cookie": 'sid="a\\"'},
        {"Accept": "nonsense"},
        {"Content-Type": ";;;"},
        {"X-Request-Id": ""},
    ],
    ids=[
        "a cookie header without sense",
        "a long sid",
        "an open quote",
        "an odd Accept",
        "an odd Content-Type",
        "an empty id",
    ],
)
def test_odd_headers_fail_no_request(edge: Edge, headers: dict[str, str]) -> None:
    with Client(frappe_lite.App(edge.site), use_cookies=False).open("/api/method/ping", headers=headers) as answer:
        assert (answer.status_code, answer.get_json()["message"]) == (200, "pong")


# --- a client that goes away ---


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b'{"title": "half', "application/json", id="half a JSON body"),
        pytest.param(b'{"title": "whole"}', "application/json", id="less than was announced, though it can be read"),
        pytest.param(b"title=half", "application/x-www-form-urlencoded", id="half a form"),
        pytest.param(
            b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nhal',
            "multipart/form-data; boundary=b",
            id="half a multipart form",
        ),
    ],
)
def test_a_body_cut_short_is_400_and_writes_nothing(
    edge: Edge, caplog: pytest.LogCaptureFixture, body: bytes, content_type: str
) -> None:
    before = edge.hash_docs()
    answer = edge.raw(body, CONTENT_LENGTH="1000", CONTENT_TYPE=content_type)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")
    assert edge.hash_docs() == before
    assert not caplog.records


def test_a_connection_that_breaks_writes_nothing(edge: Edge) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError("reset by peer")

    before = edge.hash_docs()
    assert edge.raw(Broken()).status_code >= 400
    assert edge.hash_docs() == before


# --- verbs ---


@pytest.mark.parametrize("path", ["/", "/login", "/app", "/update-password", "/.well-known/openid-configuration"])
@pytest.mark.parametrize("verb", ["PUT", "DELETE", "TRACE"])
def test_a_page_is_read_or_sent_to(edge: Edge, verb: str, path: str) -> None:
    answer = edge.guest(f"{verb} {path}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize("host", ["x,evil.example", "x, evil.example"])
def test_two_hosts_are_400(edge: Edge, host: str) -> None:
    """As servers join two headers of one name."""
    answer = edge.guest("GET /api/method/ping", headers={"Host": host})
    assert answer.status_code == 400 and "more than one Host" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/api/resource/Task", "/api/resource/Task/x", "/api/v2/document/Task", "/api/method/ping", "/login", "/files/x"],
)
def test_options_says_which_verbs_there_are(edge: Edge, path: str) -> None:
    answer = edge.guest(f"OPTIONS {path}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert {"GET", "POST", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/method/ping", 200),
        ("/api/resource/Task", 200),
        ("/api/resource/Task/nope", 404),
        ("/api/v2/nothing", 404),
    ],
)
def test_head_answers_as_get_without_a_body(edge: Edge, path: str, status: int) -> None:
    head, get = edge.admin(f"HEAD {path}"), edge.admin(f"GET {path}")
    assert (head.status_code, get.status_code, head.data) == (status, status, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


# --- what every answer carries ---

ANSWERS = [
    "GET /api/method/ping",
    "POST /api/resource/Task",
    "GET /api/resource/Nonsense/x",
    "GET /api/v2/nothing",
    "GET /nowhere",
    "OPTIONS /api/resource/Task",
    "PUT /api/resource/Task",
]


@pytest.mark.parametrize("request_", [*ANSWERS, "GET /api/method/conformance.api.fail?kind=crash"])
def test_security_headers_stand_on_every_answer(edge: Edge, request_: str) -> None:
    headers = edge.admin(request_).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("request_", ANSWERS)
def test_a_request_id_is_echoed(edge: Edge, request_: str) -> None:
    assert edge.admin(request_, headers={"X-Request-Id": "my-id_1.2"}).headers.getlist("X-Request-Id") == ["my-id_1.2"]


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 65, "a;b", "<script>"])
def test_a_request_id_is_made_where_none_of_use_is_given(edge: Edge, given: str | None) -> None:
    answers = [
        edge.admin("GET /api/method/ping", headers={} if given is None else {"X-Request-Id": given}) for _ in range(2)
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in ids) and ids[0] != ids[1]


# --- what is kept ---


@pytest.mark.parametrize(
    ("verb", "kept"), [("GET", 0), ("HEAD", 0), ("POST", 1), ("PUT", 1), ("DELETE", 1), ("PATCH", 1)]
)
def test_a_get_never_commits(edge: Edge, verb: str, kept: int) -> None:
    before = edge.hash_docs()
    assert edge.admin(f"{verb} /api/method/conformance.api.insert_on_get").status_code == 200
    assert edge.hash_docs() == before + kept
    assert not edge.site.database.writing


@pytest.mark.parametrize(
    "path", ["/api/method/conformance.api.insert_then_fail", "/api/v2/method/conformance.api.insert_then_fail"]
)
def test_an_error_undoes_what_was_written(edge: Edge, path: str) -> None:
    before = edge.hash_docs()
    assert edge.admin(f"POST {path}").status_code == 417
    assert edge.hash_docs() == before
    assert not edge.site.database.writing


def test_a_refused_request_leaves_the_next_one_alone(edge: Edge) -> None:
    """Messages, responses and flags belong to one request."""
    edge.admin("GET /api/method/conformance.api.teapot")
    edge.admin("GET /api/method/conformance.api.fail")
    assert edge.admin("GET /api/method/conformance.api.hello").get_json() == {"message": "Hello world"}


# --- faults ---


@pytest.mark.parametrize("kind", ["crash", "key"])
@pytest.mark.parametrize("version", ["", "v2/"])
def test_a_fault_is_500_without_its_text(edge: Edge, caplog: pytest.LogCaptureFixture, version: str, kind: str) -> None:
    answer = edge.admin(
        f"GET /api/{version}method/conformance.api.fail?kind={kind}", headers={"X-Request-Id": "look-here"}
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert all(secret not in text for secret in ("division", "nope", "Traceback", "api.py"))
    assert [(record.levelname, record.name) for record in caplog.records] == [("ERROR", "frappe_lite")]
    assert "look-here" in caplog.text and "Administrator" in caplog.text and "Traceback" in caplog.text


@pytest.mark.parametrize("kind", ["throw", "permission", "missing", "validation", "duplicate", "authentication"])
def test_a_refusal_is_no_fault(edge: Edge, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    with caplog.at_level(logging.WARNING):
        assert 400 <= edge.admin(f"GET /api/method/conformance.api.fail?kind={kind}").status_code < 500
    assert not caplog.records


@pytest.mark.parametrize(
    ("who", "setting", "shown"),
    [("admin", 1, True), ("user", 1, True), ("website", 1, False), ("admin", 0, False), ("user", 0, False)],
    ids=["Administrator", "system user", "website user", "Administrator, not set", "system user, not set"],
)
@pytest.mark.parametrize("kind", ["crash", "throw"])
@pytest.mark.parametrize("version", ["", "v2/"])
def test_traces_are_for_system_users_of_a_site_that_shows_them(
    edge: Edge, version: str, kind: str, who: str, setting: int, shown: bool
) -> None:
    edge.set(allow_error_traceback=setting)
    try:
        answer = getattr(edge, who)(f"GET /api/{version}method/conformance.api.fail?kind={kind}")
    finally:
        edge.set(allow_error_traceback=0)
    assert ("Traceback" in answer.get_data(as_text=True)) is shown


def test_guests_never_see_a_trace(edge: Edge) -> None:
    edge.set(allow_error_traceback=1)
    try:
        answers = [
            edge.guest("GET /api/resource/Task"),
            edge.guest("GET /api/resource/Task", headers={"Authorization": "token a:b"}),
        ]
    finally:
        edge.set(allow_error_traceback=0)
    assert [answer.status_code for answer in answers] == [403, 401]
    assert all("Traceback" not in answer.get_data(as_text=True) for answer in answers)
