"""The shape of a refusal, on every route of either version: a client that can read one can read all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document, errors, protocol, router
from frappe_lite.errors import message

V1_KEYS = {"exc_type", "exception", "exc", "_server_messages", "_error_message", "message", "session_expired"}
MESSAGE_KEYS = {"message", "title", "indicator", "alert", "raise_exception"}
CASES = ("guest", "forbidden", "missing", "invalid")

# For each route: a request that is refused to a guest, one refused to a user without the right, one about what is not
# there, one that
# breaks a rule; with the status of each. The user of "forbidden" has no role at all.
REQUESTS: dict[tuple[int, str], dict[str, tuple[str, Any, int]]] = {
    (1, "list_v1"): {
        "guest": ("GET /api/resource/Task", None, 403),
        "forbidden": ("GET /api/resource/Task", None, 403),
        "missing": ("GET /api/resource/Nonsense", None, 404),
        "invalid": ("GET /api/resource/Task?filters={broken", None, 400),
    },
    (1, "create"): {
        "guest": ("POST /api/resource/Task", {"subject": "s"}, 403),
        "forbidden": ("POST /api/resource/Task", {"subject": "s"}, 403),
        "missing": ("POST /api/resource/Nonsense", {"subject": "s"}, 404),
        "invalid": ("POST /api/resource/Task", {"subject": ""}, 417),
    },
    (1, "read"): {
        "guest": ("GET /api/resource/Task/T", None, 403),
        "forbidden": ("GET /api/resource/Task/T", None, 403),
        "missing": ("GET /api/resource/Task/nope", None, 404),
        "invalid": ("GET /api/resource/Task/T?x=%ff", None, 400),
    },
    (1, "update"): {
        "guest": ("PUT /api/resource/Task/T", {"points": 1}, 403),
        "forbidden": ("PUT /api/resource/Task/T", {"points": 1}, 403),
        "missing": ("PUT /api/resource/Task/nope", {"points": 1}, 404),
        "invalid": ("PUT /api/resource/Task/T", {"status": "Nonsense"}, 417),
    },
    (1, "delete"): {
        "guest": ("DELETE /api/resource/Task/T", None, 403),
        "forbidden": ("DELETE /api/resource/Task/T", None, 403),
        "missing": ("DELETE /api/resource/Task/nope", None, 404),
        "invalid": ("DELETE /api/resource/Project/Alpha", None, 417),
    },
    (1, "run_method"): {
        "guest": ("POST /api/resource/Task/T", {"run_method": "close"}, 403),
        "forbidden": ("POST /api/resource/Task/T", {"run_method": "close"}, 403),
        "missing": ("POST /api/resource/Task/nope", {"run_method": "close"}, 404),
        "invalid": ("POST /api/resource/Task/T", {}, 400),
    },
    (1, "method"): {
        "guest": ("GET /api/method/conformance.api.add?a=1", None, 403),
        "forbidden": (
            "POST /api/method/frappe.client.get_password",
            {"doctype": "Task", "name": "T", "fieldname": "secret"},
            403,
        ),
        "missing": ("GET /api/method/conformance.api.get_task?name=nope", None, 404),
        "invalid": ("GET /api/method/conformance.api.add", None, 417),
    },
    (2, "list_v2"): {
        "guest": ("GET /api/v2/document/Task", None, 403),
        "forbidden": ("GET /api/v2/document/Task", None, 403),
        "missing": ("GET /api/v2/document/Nonsense", None, 404),
        "invalid": ("GET /api/v2/document/Task?filters={broken", None, 400),
    },
    (2, "create"): {
        "guest": ("POST /api/v2/document/Task", {"subject": "s"}, 403),
        "forbidden": ("POST /api/v2/document/Task", {"subject": "s"}, 403),
        "missing": ("POST /api/v2/document/Nonsense", {"subject": "s"}, 404),
        "invalid": ("POST /api/v2/document/Task", {"subject": ""}, 417),
    },
    (2, "copy"): {
        "guest": ("GET /api/v2/document/Task/T/copy", None, 403),
        "forbidden": ("GET /api/v2/document/Task/T/copy", None, 403),
        "missing": ("GET /api/v2/document/Task/nope/copy", None, 404),
        "invalid": ("GET /api/v2/document/Task/T/copy?x=%ff", None, 400),
    },
    (2, "document_method"): {
        "guest": ("POST /api/v2/document/Task/T/method/close", None, 403),
        "forbidden": ("POST /api/v2/document/Task/T/method/close", None, 403),
        "missing": ("POST /api/v2/document/Task/nope/method/close", None, 404),
        "invalid": ("POST /api/v2/document/Task/T/method/close?x=%00", None, 400),
    },
    (2, "read"): {
        "guest": ("GET /api/v2/document/Task/T", None, 403),
        "forbidden": ("GET /api/v2/document/Task/T", None, 403),
        "missing": ("GET /api/v2/document/Task/nope", None, 404),
        "invalid": ("GET /api/v2/document/Task/T?x=%ff", None, 400),
    },
    (2, "update"): {
        "guest": ("PATCH /api/v2/document/Task/T", {"points": 1}, 403),
        "forbidden": ("PATCH /api/v2/document/Task/T", {"points": 1}, 403),
        "missing": ("PATCH /api/v2/document/Task/nope", {"points": 1}, 404),
        "invalid": ("PATCH /api/v2/document/Task/T", {"status": "Nonsense"}, 417),
    },
    (2, "delete"): {
        "guest": ("DELETE /api/v2/document/Task/T", None, 403),
        "forbidden": ("DELETE /api/v2/document/Task/T", None, 403),
        "missing": ("DELETE /api/v2/document/Task/nope", None, 404),
        "invalid": ("DELETE /api/v2/document/Project/Alpha", None, 417),
    },
    (2, "meta"): {
        "guest": ("GET /api/v2/doctype/Task/meta", None, 403),
        "forbidden": ("GET /api/v2/doctype/Task/meta", None, 403),
        "missing": ("GET /api/v2/doctype/Nonsense/meta", None, 404),
        "invalid": ("GET /api/v2/doctype/Task/meta?x=%00", None, 400),
    },
    (2, "count"): {
        "guest": ("GET /api/v2/doctype/Task/count", None, 403),
        "forbidden": ("GET /api/v2/doctype/Task/count", None, 403),
        "missing": ("GET /api/v2/doctype/Nonsense/count", None, 404),
        "invalid": ("GET /api/v2/doctype/Task/count?filters=7", None, 400),
    },
    (2, "doctype_method"): {
        "guest": ("GET /api/v2/method/Task/count_open", None, 403),
        "forbidden": ("POST /api/v2/method/User/generate_keys", {"user": "Administrator"}, 403),
        "missing": ("GET /api/v2/method/Nonsense/count_open", None, 404),
        "invalid": ("GET /api/v2/method/Task/nope", None, 417),
    },
    (2, "method"): {
        "guest": ("GET /api/v2/method/conformance.api.add?a=1", None, 403),
        "forbidden": (
            "POST /api/v2/method/frappe.client.get_password",
            {"doctype": "Task", "name": "T", "fieldname": "secret"},
            403,
        ),
        "missing": ("GET /api/v2/method/conformance.api.get_task?name=nope", None, 404),
        "invalid": ("GET /api/v2/method/conformance.api.add", None, 417),
    },
}


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, ApiClient]]:
    """Who sends which case, on a site with Task T in Project Alpha."""
    site = AppSite()
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": "none@x.org", "first_name": "None"}).insert()
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
        document.new(ctx, {"doctype": "Task", "subject": "s", "project": "Alpha"}).insert(set_name="T")
    admin = ApiClient(site)
    yield {
        "guest": ApiClient(site, None),
        "forbidden": ApiClient(site, "none@x.org"),
        "missing": admin,
        "invalid": admin,
    }
    site.close()


def assert_canonical_v1(answer: TestResponse) -> None:
    body = answer.get_json()
    assert set(body) <= V1_KEYS
    assert hasattr(errors, body["exc_type"])
    if answer.status_code == 404:
        assert "exc" not in body and "exception" not in body, "Frappe: a 404 carries no trace"
    else:
        [trace] = json.loads(body["exc"])
        assert trace == body["exception"]
        assert trace.startswith(f"frappe.exceptions.{body['exc_type']}")
    if "_server_messages" in body:
        assert_messages([json.loads(each) for each in json.loads(body["_server_messages"])])


def assert_canonical_v2(answer: TestResponse) -> None:
    body = answer.get_json()
    assert set(body) <= {"errors", "messages", "session_expired"}
    assert len(body["errors"]) >= 1
    for each in body["errors"]:
        assert set(each) <= {"type", "exception", *MESSAGE_KEYS}
        assert hasattr(errors, each["type"])
        told = each.get("exception", "")
        assert told.startswith(f"frappe.exceptions.{each['type']}") is (answer.status_code != 404), (
            "Frappe: none of a 404"
        )
    assert_messages(
        [{key: each[key] for key in MESSAGE_KEYS & set(each)} for each in body["errors"] if "message" in each]
    )


def assert_messages(messages: list[dict[str, Any]]) -> None:
    for each in messages:
        assert set(each) <= MESSAGE_KEYS
        assert each["message"] and isinstance(each["message"], str)


def rows() -> list[Any]:
    return [
        pytest.param(version, case, *REQUESTS[version, handler][case], id=f"v{version} {handler}: {case}")
        for version, handler in REQUESTS
        for case in CASES
    ]


@pytest.mark.parametrize(("version", "case", "request_", "body", "status"), rows())
def test_refusals_have_the_shape_of_their_version(
    clients: dict[str, ApiClient], version: int, case: str, request_: str, body: Any, status: int
) -> None:
    answer = clients[case](request_, body)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert_canonical_v1(answer) if version == 1 else assert_canonical_v2(answer)


def test_every_route_is_asked_every_case() -> None:
    routes = {(1, handler.__name__) for _, _, handler in router.V1_ROUTES} | {
        (2, handler.__name__) for _, _, handler in router.V2_ROUTES
    }
    assert set(REQUESTS) == routes
    assert all(set(cases) == set(CASES) for cases in REQUESTS.values())


@pytest.mark.parametrize(
    ("path", "credentials", "status"),
    [
        ("", "token wrong:wrong", 401),
        ("", "Bearer wrong", 401),
        ("", "Digest x", 401),
        ("", "Basic !!!", 401),
        ("", "Basic YWI", 400),
        ("v2/", "token wrong:wrong", 401),
        ("v2/", "Basic YWI", 400),
    ],
)
def test_wrong_credentials_have_the_same_shape(
    clients: dict[str, ApiClient], path: str, credentials: str, status: int
) -> None:
    answer = clients["guest"](f"GET /api/{path}method/ping", headers={"Authorization": credentials})
    assert answer.status_code == status
    if path:
        assert_canonical_v2(answer)
    else:
        assert set(answer.get_json()) <= V1_KEYS


def test_a_refusal_says_that_the_session_ended(site: frappe_lite.Site) -> None:
    browser = ApiClient(site, None)
    browser.wsgi.set_cookie("sid", "forged")
    for path in ("resource/User", "v2/document/User"):
        assert browser(f"GET /api/{path}").get_json()["session_expired"] == 1


# --- the shapes themselves ---

TOLD = errors.ValidationError.told("no", title="Stop", brief="in short")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            errors.ValidationError("x"),
            {"exc_type": "ValidationError", "exception": "frappe.exceptions.ValidationError: x", "exc": (
                '["frappe.exceptions.ValidationError: x"]'
            )},
            id="a bare error has no message",
        ),
        pytest.param(errors.DoesNotExistError("x"), {"exc_type": "DoesNotExistError"}, id="404 has no trace"),
        pytest.param(
            errors.AuthenticationError("who?"),
            {
                "exc_type": "AuthenticationError", "message": "who?", "exception": (
                    "frappe.exceptions.AuthenticationError: who?"
                ),
                "exc": '["frappe.exceptions.AuthenticationError: who?"]',
            },
            id="401 says why in message",
        ),
        pytest.param(errors.CSRFTokenError("x"), {"exc_type": "CSRFTokenError"}, id="a CSRF refusal has no trace"),
        pytest.param(
            ZeroDivisionError("secret"),
            {
                "exc_type": "ZeroDivisionError", "exception": "ZeroDivisionError: an error in the app; see the log",
                "exc": '["ZeroDivisionError: an error in the app; see the log"]',
            },
            id="a fault says its name only",
        ),
    ],
)  # fmt: skip
def test_v1_failures(error: Exception, expected: dict[str, Any]) -> None:
    assert protocol.V1.failure(error, [], None) == expected


def test_v1_puts_earlier_messages_before_the_refusals_own() -> None:
    body = protocol.V1.failure(TOLD, [message("before")], None)
    assert [json.loads(each)["message"] for each in json.loads(body["_server_messages"])] == ["before", "no"]
    assert body["_error_message"] == "in short"


def test_v2_keeps_messages_apart_from_errors() -> None:
    body = protocol.V2.failure(TOLD, [message("before")], None)
    assert [each["message"] for each in body["errors"]] == ["no"]
    assert [each["message"] for each in body["messages"]] == ["before"]


@pytest.mark.parametrize(
    ("version", "value", "extra", "messages", "expected"),
    [
        pytest.param(protocol.V1, 5, {}, [], {"message": 5}, id="v1: under its key"),
        pytest.param(protocol.V2, 5, {}, [], {"data": 5}, id="v2: under data"),
        pytest.param(protocol.V1, None, {}, [], {}, id="v1: None is no key"),
        pytest.param(protocol.V2, None, {}, [], {}, id="v2: None is no key"),
        pytest.param(protocol.V1, 0, {"extra": 1}, [], {"extra": 1, "message": 0}, id="v1: more keys"),
        pytest.param(protocol.V2, [], {"docs": []}, [], {"docs": [], "data": []}, id="v2: more keys"),
        pytest.param(
            protocol.V1,
            1,
            {},
            [{"message": "m"}],
            {"message": 1, "_server_messages": '["{\\"message\\": \\"m\\"}"]'},
            id="v1: messages are JSON in JSON",
        ),
        pytest.param(
            protocol.V2,
            1,
            {},
            [{"message": "m"}],
            {"data": 1, "messages": [{"message": "m"}]},
            id="v2: messages are a list",
        ),
    ],
)
def test_successes(
    version: protocol.ApiVersion, value: Any, extra: dict[str, Any], messages: list[Any], expected: dict[str, Any]
) -> None:
    assert version.success("message", value, extra, messages) == expected
