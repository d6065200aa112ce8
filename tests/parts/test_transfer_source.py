"""Reading from a site over HTTP: only GET, at a rate, again and later when it is busy."""

from __future__ import annotations

import email.utils
import gzip
import http.client
import inspect
import json
import ssl
import time
from typing import Any

import pytest

from frappe_lite.parts.transfer import source as module
from frappe_lite.parts.transfer.source import Source, SourceError, SourceRefused, told

URL = "https://erp.example.com"
OK = (200, {}, b'{"data": []}')


class Script(Source):
    """A source whose answers are written down: statuses, exceptions, or (status, headers, body).

    The clock stands still but for sleeping.
    """

    def __init__(self, *answers: Any, url: str = URL, token: str = "", rate: float = 0.0):
        self.now = 1000.0
        self.slept: list[float] = []
        super().__init__(url, token, rate, self.sleep, lambda: self.now)
        self.answers, self.asked = list(answers), list[str]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def _ask(self, target: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(target)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return (answer, {}, b"") if isinstance(answer, int) else answer


# --- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://erp.example.com", "https://erp.example.com"),
        ("https://erp.example.com/", "https://erp.example.com"),
        ("erp.example.com", "https://erp.example.com"),
        ("http://127.0.0.1:8000/sub/", "http://127.0.0.1:8000/sub"),
        ("https://user:secret@erp.example.com", "https://erp.example.com"),
    ],
)
def test_an_address_is_brought_into_form(url: str, kept: str) -> None:
    assert Source(url).url == kept


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x.org", "https://", "file:///etc/passwd", "http://[bad", "http://x.org:port", "https://ümlaut.example"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="is no address of a site"):
        Source(url)


@pytest.mark.parametrize(("token", "header"), [("k:s", "token k:s"), ("abc", "Bearer abc"), ("", None)])
def test_the_token_goes_into_the_header(token: str, header: str | None) -> None:
    assert Source(URL, token)._headers.get("Authorization") == header


@pytest.mark.parametrize("token", ["a b:c", "k:s\r\nX-Evil: 1", "ключ:s"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SourceError, match="The token is API_KEY:API_SECRET"):
        Source(URL, token)


def test_names_and_values_are_quoted() -> None:
    source = Script((200, {}, b'{"data": {}}'), OK, (200, {}, b"x"), url="http://x.org/base")
    source.document("Sales Order", "SO/1 & ä")
    source.rows("Task", ["*"], [["Task", "name", "in", ["a&b"]]], "name asc", 5, parent="Parent Type")
    source.content("/private/files/a b#1.txt")
    assert source.asked[0] == "/base/api/resource/Sales%20Order/SO%2F1%20%26%20%C3%A4"
    assert "a%26b" in source.asked[1]
    assert source.asked[1].endswith("&order_by=name+asc&limit_page_length=5&parent=Parent+Type")
    assert source.asked[2] == "/base/private/files/a%20b%231.txt"


# --- tries -----------------------------------------------------------------------------------------------

DROPPED = [
    ConnectionResetError("reset"),
    http.client.RemoteDisconnected("gone"),
    http.client.IncompleteRead(b"half"),
    TimeoutError("slow"),
    EOFError("cut gzip"),
]


@pytest.mark.parametrize("failure", [429, 502, 503, 504, *DROPPED], ids=str)
def test_a_busy_site_is_asked_again_later_and_later(failure: Any) -> None:
    source = Script(OK, failure, failure, failure, OK)
    source.rows("Task", ["*"], [], "name")
    source.rows("Task", ["*"], [], "name")
    assert len(source.asked) == 5
    assert all(0.75 * wanted <= each <= 1.25 * wanted for each, wanted in zip(source.slept, (1, 2, 4), strict=True))


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7), ("0", 0), ("99999", module.LONGEST_WAIT), (" 3 ", 3)],
)
def test_retry_after_is_honoured(retry_after: str, seconds: float) -> None:
    source = Script((503, {"retry-after": retry_after}, b""), OK)
    source.rows("Task", ["*"], [], "name")
    assert source.slept == [seconds]


def test_retry_after_may_be_a_date() -> None:
    source = Script((429, {"retry-after": email.utils.formatdate(time.time() + 30, usegmt=True)}, b""), OK)
    source.rows("Task", ["*"], [], "name")
    assert 25 < source.slept[0] <= 31


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ([*[503] * 20], module.TRIES),
        ([OK, *[ConnectionResetError()] * 20], module.TRIES + 1),
        ([*[ConnectionRefusedError("no one there")] * 20], module.FIRST_TRIES),
    ],
)
def test_at_some_time_it_is_given_up(answers: list[Any], asked: int) -> None:
    source = Script(*answers)
    with pytest.raises(
        SourceError, match="does not answer .*; what was copied is kept, and the same command goes on from there"
    ):
        for _ in range(2):
            source.rows("Task", ["*"], [], "name")
    assert len(source.asked) == asked


def test_a_site_without_tls_is_told_how_to_write_it() -> None:
    wrong = [ssl.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number")] * 20
    with pytest.raises(SourceError, match=r"https://erp\.example\.com:80 .*; write http://erp\.example\.com:80 if"):
        Script(*wrong, url="erp.example.com:80").rows("Task", ["*"], [], "name")


def test_no_more_requests_a_second_than_the_rate() -> None:
    source = Script(*[OK] * 5, rate=4.0)
    for _ in range(5):
        source.rows("Task", ["*"], [], "name")
    assert source.slept == [0.25] * 4


def test_time_that_passed_is_not_waited_for_again() -> None:
    source = Script(*[OK] * 3, rate=4.0)
    for _ in range(3):
        source.rows("Task", ["*"], [], "name")
        source.now += 10
    assert source.slept == []


# --- answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (401, SourceRefused, "does not accept the token; it is API_KEY:API_SECRET"),
        ((403, {}, b"<html>"), SourceRefused, "refuses /api/resource/Task with 403: no explanation"),
        ((404, {}, b'{"exc_type": "DoesNotExistError"}'), SourceRefused, "404: DoesNotExistError"),
        ((500, {}, b"[]"), SourceRefused, "with 500: no explanation"),
        (
            (301, {"location": "https://other.example.com/"}, b""),
            SourceError,
            "sends us on to https://other.example.com/; name that site's address instead",
        ),
        ((200, {}, b"<html>hello"), SourceError, "answered with no JSON object; is this the address of a Frappe site?"),
        ((200, {}, b"[1]"), SourceError, "no JSON object"),
        ((200, {}, b'{"data": {"a": 1}}'), SourceError, "with no list"),
        ((200, {}, b'{"data": [1]}'), SourceError, "with no list"),
        ((200, {}, b"{}"), SourceError, "with no list"),
    ],
)
def test_another_answer_is_an_error_that_says_what_to_do(answer: Any, kind: type[Exception], words: str) -> None:
    source = Script(answer)
    with pytest.raises(kind) as error:
        source.rows("Task", ["*"], [], "name")
    assert words in str(error.value)
    assert len(source.asked) == 1, "a refusal is no reason to ask again"


@pytest.mark.parametrize(("token", "hint"), [("", "; no token was given, so a guest asked"), ("k:s", "")])
def test_a_refused_guest_is_told_of_the_token(token: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(URL, token, rate=0)
    monkeypatch.setattr(source, "_ask", lambda _: (403, {}, b"{}"))
    with pytest.raises(SourceRefused) as error:
        source.rows("Task", ["*"], [], "name")
    assert str(error.value).endswith(f"with 403: no explanation{hint}")


def test_a_document_that_is_none_is_an_error() -> None:
    with pytest.raises(SourceError, match="with no document"):
        Script((200, {}, b'{"data": []}')).document("Task", "x")


@pytest.mark.parametrize(
    ("answer", "count"),
    [((200, {}, b'{"message": 12}'), 12), ((200, {}, b"{}"), None), (403, None), ((417, {}, b"{}"), None)],
)
def test_a_count_is_told_or_not(answer: Any, count: int | None) -> None:
    assert Script(answer).count("Task", []) == count


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            json.dumps({"_server_messages": json.dumps([json.dumps({"message": "No <b>permission</b>"})])}).encode(),
            "No permission",
        ),
        (json.dumps({"_server_messages": json.dumps([{"message": "a"}, {"message": "b"}])}).encode(), "a; b"),
        (b'{"exception": "frappe.exceptions.PermissionError"}', "frappe.exceptions.PermissionError"),
        (b"not json", "no explanation"),
        (b'{"_server_messages": "broken"}', "no explanation"),
        (b"\xff\xfe", "no explanation"),
    ],
)
def test_what_a_refusal_says(body: bytes, text: str) -> None:
    assert told(body) == text


def test_a_packed_answer_is_unpacked_and_the_connection_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Response:
        status = 200

        def read(self) -> bytes:
            return gzip.compress(b'{"data": [{"name": "a"}]}')

        def getheaders(self) -> list[tuple[str, str]]:
            return [("Content-Encoding", "gzip")]

    class Connection:
        def __init__(self, host: str, port: int | None, timeout: float):
            made.append((host, port))

        def request(self, verb: str, target: str, headers: dict[str, str]) -> None:
            assert verb == "GET"
            assert headers["Authorization"] == "token k:s"

        def getresponse(self) -> Response:
            return Response()

        def close(self) -> None:
            made.append(("closed", None))

    monkeypatch.setattr(http.client, "HTTPSConnection", Connection)
    source = Source("https://erp.example.com:8443", "k:s", rate=0)
    for _ in range(3):
        assert source.rows("Task", ["*"], [], "name") == [{"name": "a"}]
    source.close()
    source.close()
    assert made == [("erp.example.com", 8443), ("closed", None)]


def test_there_is_no_way_to_send_anything_but_get() -> None:
    """Read-only by construction: the one place that sends names the verb itself."""
    text = inspect.getsource(module)
    assert text.count(".request(") == 1
    assert '.request("GET", target' in text
    assert not any(verb in text for verb in ('"POST"', '"PUT"', '"DELETE"', '"PATCH"'))
