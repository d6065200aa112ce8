"""The wire: header -> credentials, JSON in and out, values and errors -> both envelopes."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frappe_lite import errors, protocol
from frappe_lite.protocol import (
    V1,
    V2,
    Anonymous,
    ApiKey,
    BearerToken,
    SessionCookie,
    dump_json,
    load_json,
    parse_credentials,
    parse_json,
    to_wire,
)
from frappe_lite.utils import _dict


@pytest.fixture(params=["json", "orjson"])
def encoder(request, monkeypatch):
    """Both ways to write JSON give the same."""
    if request.param == "json":
        monkeypatch.setattr(protocol, "orjson", None)
    elif protocol.orjson is None:
        pytest.skip("needs orjson, which `make test` installs")


def basic(text: str | bytes) -> str:
    return "Basic " + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


# --- credentials -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header, sid, who",
    [
        pytest.param("", "", Anonymous(), id="nothing is nobody"),
        pytest.param("", "abc", SessionCookie("abc"), id="a cookie alone"),
        pytest.param("", "Guest", Anonymous(), id="the Guest cookie is nobody"),
        pytest.param("token k:s", "", ApiKey("k", "s"), id="token"),
        pytest.param("TOKEN k:s", "", ApiKey("k", "s"), id="the scheme has no case"),
        pytest.param("  token   k:s  ", "", ApiKey("k", "s"), id="spaces around do not matter"),
        pytest.param("token k:s:t", "", ApiKey("k", "s:t"), id="the secret may hold a colon"),
        pytest.param(basic("k:s"), "", ApiKey("k", "s"), id="Basic is a key and its secret"),
        pytest.param(basic("k:s:t"), "", ApiKey("k", "s:t"), id="Basic splits at the first colon"),
        pytest.param(basic("kö:sü"), "", ApiKey("kö", "sü"), id="Basic is UTF-8"),
        pytest.param("Bearer abc", "", BearerToken("abc"), id="Bearer"),
        pytest.param("token k:s", "abc", ApiKey("k", "s"), id="the header wins over the cookie"),
        pytest.param("token", "", Anonymous(), id="a scheme alone is no credential"),
        pytest.param("token", "abc", SessionCookie("abc"), id="a scheme alone leaves the cookie"),
    ],
)
def test_credentials(header, sid, who):
    assert parse_credentials(header, sid) == who


@pytest.mark.parametrize(
    "header, error",
    [
        pytest.param("token nocolon", errors.AuthenticationError, id="token without a colon"),
        pytest.param("token :s", errors.AuthenticationError, id="token without a key"),
        pytest.param("token k:", errors.AuthenticationError, id="token without a secret"),
        pytest.param("Digest x", errors.AuthenticationError, id="an unknown scheme"),
        pytest.param(basic("nocolon"), errors.AuthenticationError, id="Basic without a colon"),
        pytest.param("Basic !!!notbase64", errors.InvalidAuthorizationToken, id="Basic that is no base64"),
        pytest.param("Basic !!", errors.AuthenticationError, id="Basic without any letter of base64"),
        pytest.param("Basic YWI", errors.InvalidAuthorizationToken, id="Basic without its padding"),
        pytest.param("Basic caf\xe9", errors.AuthenticationError, id="Basic beyond ASCII"),
        pytest.param(basic(b"\xff:\xff"), errors.AuthenticationError, id="Basic that is no UTF-8"),
    ],
)
def test_a_header_that_cannot_be_read_never_falls_back_to_the_cookie(header, error):
    with pytest.raises(error):
        parse_credentials(header, "a-valid-session")


# --- JSON out --------------------------------------------------------------------------------------------


class Document:
    def __json__(self):
        return {"name": "TASK-1"}


@pytest.mark.parametrize(
    "value, wire",
    [
        pytest.param(datetime.date(2026, 1, 2), "2026-01-02", id="date"),
        pytest.param(datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05", id="datetime with a space"),
        pytest.param(
            datetime.datetime(2026, 1, 2, 3, 4, 5, 678), "2026-01-02 03:04:05.000678", id="microseconds have six digits"
        ),
        pytest.param(datetime.time(1, 2, 3), "01:02:03", id="time"),
        pytest.param(
            datetime.timedelta(hours=1, minutes=2, seconds=3), "1:02:03", id="timedelta: hours without a leading zero"
        ),
        pytest.param(datetime.timedelta(hours=25), "25:00:00", id="timedelta: hours beyond a day are hours"),
        pytest.param(decimal.Decimal("1.5"), 1.5, id="decimal"),
        pytest.param({1}, [1], id="set"),
        pytest.param((1, "a"), [1, "a"], id="tuple"),
        pytest.param(dict.fromkeys("ab").keys(), ["a", "b"], id="what can be gone through"),
        pytest.param(b"caf\xc3\xa9", "café", id="bytes"),
        pytest.param(b"\xff", "\ufffd", id="bytes that are no UTF-8"),
        pytest.param(Document(), {"name": "TASK-1"}, id="a document gives its own JSON"),
    ],
)
def test_wire_values(value, wire, encoder):
    assert json.loads(dump_json(value)) == wire


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({1: "a"}, '{"1":"a"}', id="a key that is a number"),
        pytest.param([2**64], "[18446744073709551616]", id="an integer beyond 64 bits"),
        pytest.param([1.0, 0.1, True, None], "[1.0,0.1,true,null]", id="numbers"),
        pytest.param(_dict(a=[_dict(b="ü")]), '{"a":[{"b":"ü"}]}', id="dicts of ours"),
        pytest.param('a\n"\u2028<', '"a\\n\\"\u2028<"', id="escapes"),
        pytest.param(
            [datetime.datetime(2026, 1, 2, 3, 4, 5), datetime.date(2026, 1, 2)],
            '["2026-01-02 03:04:05","2026-01-02"]',
            id="dates as Frappe writes them",
        ),
    ],
)
def test_json_text_is_the_same_with_and_without_orjson(value, text, encoder):
    assert dump_json(value) == text.encode()


def test_json_is_compact_utf8(encoder):
    assert dump_json({"a": ["naïve", 1]}) == '{"a":["naïve",1]}'.encode()


def test_a_lone_surrogate_does_not_break_the_answer(encoder):
    assert json.loads(dump_json({"a": "x\ud800"})) == {"a": "x?"}


def test_what_has_no_json_form_is_a_type_error(encoder):
    with pytest.raises(TypeError, match="not JSON serializable"):
        to_wire(object())


# --- JSON in ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, value",
    [
        pytest.param('{"a": 1}', {"a": 1}, id="text"),
        pytest.param(b'{"a": "\xc3\xa9"}', {"a": "é"}, id="UTF-8 bytes"),
        pytest.param("[]", [], id="a list"),
        pytest.param("null", None, id="null"),
        pytest.param("1.5", 1.5, id="a fraction"),
        pytest.param('"\\ud83c\\udf89"', "🎉", id="a surrogate pair is a character"),
        pytest.param(str(2**63 - 1), 2**63 - 1, id="the largest integer"),
        pytest.param("[" * 50 + "]" * 50, eval("[" * 50 + "]" * 50), id="50 levels"),
        pytest.param('{"a": 1, "a": 2}', {"a": 2}, id="of equal keys the last counts"),
        pytest.param(json.dumps("[{" * 300), "[{" * 300, id="brackets in a string are no levels"),
        pytest.param(json.dumps('"[' * 300), '"[' * 300, id="brackets behind quotation marks in a string"),
        pytest.param(
            json.dumps("\\" * 301 + "[" * 300), "\\" * 301 + "[" * 300, id="brackets behind backslashes in a string"
        ),
        pytest.param(json.dumps([[]] * 300), [[]] * 300, id="many lists side by side"),
        pytest.param('"\\\\u0000"', "\\u0000", id="a backslash before u0000 is no NUL"),
        pytest.param('"\\\\ud800"', "\\ud800", id="a backslash before ud800 is no surrogate"),
        pytest.param('"\\uD83C\\uDF89\\ud83c\\udf89"', "🎉🎉", id="pairs in either case"),
    ],
)
def test_json_is_read(text, value):
    assert load_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{broken", id="broken"),
        pytest.param('{"a": 1} x', id="something behind"),
        pytest.param("NaN", id="NaN"),
        pytest.param('{"a": -Infinity}', id="Infinity"),
        pytest.param("[1e999]", id="a number that only Infinity could hold"),
        pytest.param("9" * 41, id="an integer of more digits than any field takes"),
        pytest.param("1" * 5000, id="more digits than Python parses"),
        pytest.param(b'"\xff"', id="bytes that are no UTF-8"),
        pytest.param('"a\\u0000b"', id="NUL"),
        pytest.param('{"\\u0000": 1}', id="NUL in a key"),
        pytest.param('"\\ud800"', id="a lone surrogate"),
        pytest.param('[{"a": ["\\ud800"]}]', id="a lone surrogate deep inside"),
        pytest.param('"\\udc00\\ud800"', id="a pair in the wrong order"),
        pytest.param('"\\ud83c\\ud83c\\udf89"', id="a surrogate before a pair"),
        pytest.param('"\\ud83c\\udf89\\udf89"', id="a surrogate behind a pair"),
        pytest.param('"\\\\\\u0000"', id="a backslash, and then NUL"),
        pytest.param('"\ud800"', id="a surrogate as it is"),
        pytest.param('{"a": "[", "b":' + "[" * 150 + "]" * 150 + "}", id="levels behind a bracket in a string"),
        pytest.param("[" * 200 + "]" * 200, id="200 levels"),
        pytest.param('{"a":' * 200 + "1" + "}" * 200, id="200 levels of objects"),
        pytest.param("[" * 100_000, id="more levels than Python parses"),
    ],
)
def test_json_that_cannot_be_kept_is_a_bad_request(text):
    with pytest.raises(errors.BadRequestError) as caught:
        load_json(text, "filters")
    assert "in filters" in caught.value.messages[0]["message"]


MEGABYTES = 18 * 1024 * 1024


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("[],", id="lists"),
        pytest.param("{},", id="objects"),
        pytest.param("[", id="lists in lists"),
        pytest.param('{"a":', id="objects in objects"),
        pytest.param("1,", id="numbers"),
        pytest.param('"",', id="strings"),
        pytest.param('"\\"",', id="strings with quotation marks"),
        pytest.param('"[",', id="strings with brackets"),
    ],
)
def test_too_many_values_are_refused_before_anything_is_made_of_them(unit, monkeypatch):
    """SEC-24: 18 MB of `[],` took 14.8 seconds. Nothing is parsed, so it costs a few looks at the text."""
    monkeypatch.setattr(protocol, "_DECODER", None)
    text = '{"a":[' + unit * (MEGABYTES // len(unit)) + "1]}"
    started = time.process_time()
    with pytest.raises(errors.PayloadTooLargeError, match="send it in parts"):
        load_json(text.encode())
    assert time.process_time() - started < 1.0, "0.1 seconds on a quiet machine"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([[]] * (protocol.MAX_JSON_CONTAINERS - 1), id="as many lists as there may be"),
        pytest.param([0] * (protocol.MAX_JSON_VALUES + 1), id="as many values as there may be"),
        pytest.param(
            '[{,"}]\\' * protocol.MAX_JSON_CONTAINERS, id="a long string of brackets, commas and quotation marks"
        ),
        pytest.param({"a": "1,2,3\n" * protocol.MAX_JSON_VALUES}, id="a table in a string"),
    ],
)
def test_many_values_are_read(value):
    assert load_json(json.dumps(value).encode()) == value


@given(st.one_of(st.text(), st.binary()))
def test_any_body_is_read_or_refused(body):
    try:
        load_json(body)
    except errors.BadRequestError:
        pass


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from('ab"\\[]{},u0')), inner),
)


@given(json_values, st.booleans())
def test_whatever_can_be_kept_is_read_as_it_was_written(value, in_ascii):
    text = json.dumps(value, ensure_ascii=in_ascii)
    assert load_json(text) == value
    assert set(protocol._without_strings(text)) <= set("[]{},: -0123456789truefalsn"), (
        "what is counted is what stands outside of strings"
    )


@pytest.mark.parametrize(
    "value, parsed",
    [
        pytest.param('[["a", "=", 1]]', [["a", "=", 1]], id="JSON in a string"),
        pytest.param([["a", "=", 1]], [["a", "=", 1]], id="JSON as it is"),
        pytest.param("", None, id="empty text is None"),
        pytest.param("  ", None, id="blank text is None"),
        pytest.param(None, None, id="None stays"),
        pytest.param(0, 0, id="a number stays"),
    ],
)
def test_clients_send_json_or_json_in_a_string(value, parsed):
    assert parse_json(value, "filters") == parsed


# --- envelopes -------------------------------------------------------------------------------------------

SAID = errors.message("message 1", title="Said", indicator="green")


@pytest.mark.parametrize(
    "version, key, value, extra, body",
    [
        pytest.param(V1, "message", 5, {}, {"message": 5}, id="v1 method"),
        pytest.param(V1, "data", [1], {}, {"data": [1]}, id="v1 resource"),
        pytest.param(V2, "message", 5, {}, {"data": 5}, id="v2 has one key"),
        pytest.param(V1, "message", None, {}, {}, id="v1: None has no key"),
        pytest.param(V2, "message", None, {}, {}, id="v2: None has no key"),
        pytest.param(V1, "message", 0, {}, {"message": 0}, id="zero is a value"),
        pytest.param(V1, "message", "", {}, {"message": ""}, id="empty text is a value"),
        pytest.param(
            V1, "message", "tea", {"extra": 1}, {"extra": 1, "message": "tea"}, id="v1: what the method added"
        ),
        pytest.param(
            V2,
            "message",
            [],
            {"has_next_page": False},
            {"has_next_page": False, "data": []},
            id="v2: what the method added",
        ),
    ],
)
def test_success(version, key, value, extra, body):
    assert version.success(key, value, extra, []) == body


def test_v1_gives_messages_as_json_in_json():
    body = V1.success("message", "said", {}, [SAID, SAID])
    assert [json.loads(each) for each in json.loads(body["_server_messages"])] == [SAID, SAID]


def test_v2_gives_messages_as_they_are():
    assert V2.success("message", "said", {}, [SAID]) == {"data": "said", "messages": [SAID]}


@pytest.mark.parametrize(
    "error, keys",
    [
        pytest.param(errors.ValidationError("x"), {"exc_type", "exception", "exc"}, id="a bare error has no messages"),
        pytest.param(
            errors.ValidationError.told("x"),
            {"exc_type", "exception", "exc", "_server_messages"},
            id="a told error has",
        ),
        pytest.param(errors.DoesNotExistError(), {"exc_type"}, id="a 404 carries no trace"),
        pytest.param(
            errors.InvalidAuthorizationToken.told("x"), {"exc_type", "_server_messages"}, id="nor does a wrong token"
        ),
        pytest.param(errors.AuthenticationError(), {"exc_type", "exception", "exc"}, id="a 401 without text"),
        pytest.param(
            errors.AuthenticationError("Invalid login credentials"),
            {"exc_type", "exception", "exc", "message"},
            id="a 401 gives its text",
        ),
        pytest.param(
            errors.PermissionError.told("x", brief="b"),
            {"exc_type", "exception", "exc", "_server_messages", "_error_message"},
            id="a brief",
        ),
        pytest.param(KeyError("x"), {"exc_type", "exception", "exc"}, id="a fault in the code"),
    ],
)
def test_v1_failure_keys(error, keys):
    assert set(V1.failure(error, [], None)) == keys


def test_v1_failure_of_a_told_error():
    body = V1.failure(errors.PermissionError.told("Not for you", title="Stop", brief="No"), [], None)
    assert body["exc_type"] == "PermissionError"
    assert body["exception"] == "frappe.exceptions.PermissionError: Not for you"
    assert json.loads(body["exc"]) == ["frappe.exceptions.PermissionError: Not for you"]
    assert json.loads(json.loads(body["_server_messages"])[0])["title"] == "Stop"
    assert body["_error_message"] == "No"


def test_v1_failure_of_a_login_gives_the_reason_as_message():
    assert (
        V1.failure(errors.AuthenticationError("Invalid login credentials"), [], None)["message"]
        == "Invalid login credentials"
    )


@pytest.mark.parametrize(
    "version, read",
    [(V1, lambda body: json.loads(body["exc"])[0]), (V2, lambda body: body["errors"][0]["exception"])],
    ids=["v1", "v2"],
)
def test_a_trace_is_given_where_there_is_one(version, read):
    assert read(version.failure(KeyError("x"), [], "Traceback …")) == "Traceback …"


@pytest.mark.parametrize("version", [V1, V2], ids=["v1", "v2"])
def test_a_fault_in_the_code_keeps_its_text_to_itself(version):
    body = json.dumps(version.failure(KeyError("a secret"), [], None))
    assert "KeyError" in body and "a secret" not in body


def test_v2_failure_of_a_bare_error():
    assert V2.failure(errors.ValidationError("x"), [], None) == {
        "errors": [{"type": "ValidationError", "exception": "frappe.exceptions.ValidationError: x"}]
    }


def test_v2_failure_of_what_is_not_there_has_no_exception():
    assert V2.failure(errors.DoesNotExistError("x"), [], "Traceback …") == {"errors": [{"type": "DoesNotExistError"}]}


def test_v2_failure_is_one_error_and_the_rest_are_messages():
    error = errors.ValidationError("two")
    error.messages = (errors.message("a"), errors.message("b"))
    body = V2.failure(error, [SAID], None)
    assert [(each["type"], each["message"]) for each in body["errors"]] == [("ValidationError", "a")]
    assert body["messages"] == [SAID, errors.message("b")]


def test_v2_failure_keeps_what_was_said_before_apart():
    body = V2.failure(errors.ValidationError.told("no"), [SAID], None)
    assert body["messages"] == [SAID] and len(body["errors"]) == 1


def test_v1_failure_gives_what_was_said_before_first():
    body = V1.failure(errors.ValidationError.told("no"), [SAID], None)
    assert [json.loads(each)["message"] for each in json.loads(body["_server_messages"])] == ["message 1", "no"]
