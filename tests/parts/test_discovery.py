"""Discovery: what may be called, cut to the caller, in shapes that a program can use."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import ApiClient
from frappe_lite.methods.unsupported import UNSUPPORTED
from frappe_lite.parts import discovery
from frappe_lite.whitelist import describe

ROOT = "GET /api/v2/discovery"


@pytest.fixture
def clients(app_site, client, new_user) -> dict[str, ApiClient]:
    return {
        "admin": client,
        "user": new_user(app_site, "ann@x.org", "Task User"),
        "reader": new_user(app_site, "bob@x.org"),
        "website": new_user(app_site, "web@x.org"),
        "guest": ApiClient(app_site, None),
    }


def paths(answer: Any, key: str = "methods") -> list[str]:
    return [each["path"] for each in answer.json["data"][key]]


def test_the_root_says_how_much_there_is_and_where(client):
    data = client(ROOT).json["data"]
    assert data["type"] == "discovery"
    assert data["resources"]["methods"] + data["resources"]["doctype_methods"] == len(
        client(f"{ROOT}/method").json["data"]["methods"]
    )
    assert data["links"]["doctype_method"] == "/api/v2/discovery/doctype/{doctype}/method/{method}"


def test_one_function_is_described_for_a_caller(client):
    assert client(f"{ROOT}/method/conformance.api.typed_add").json["data"] == {
        "type": "method",
        "kind": "rpc",
        "path": "conformance.api.typed_add",
        "name": "typed_add",
        "http_methods": ["GET", "POST", "PUT", "DELETE", "PATCH", "QUERY"],
        "allow_guest": False,
        "params": [
            {"name": "a", "required": True, "default": None, "type": "int"},
            {"name": "b", "required": False, "default": 1, "type": "int"},
        ],
        "endpoint": "/api/v2/method/conformance.api.typed_add",
        "docstring": "",
    }


def test_the_endpoint_answers(client):
    found = client(f"{ROOT}/method/conformance.api.typed_add").json["data"]
    assert client(f"POST {found['endpoint']}", {"a": 2}).json["data"] == 3


DESCRIBED = [
    pytest.param("conformance.api.only_post", "http_methods", ["POST"], id="the verbs that the decorator names"),
    pytest.param("conformance.api.hello", "allow_guest", True, id="open to guests"),
    pytest.param(
        "conformance.api.echo",
        "params",
        [{"name": "**kwargs", "required": False, "default": None, "type": None}],
        id="any parameters",
    ),
    pytest.param("ping", "name", "ping", id="a name without a module"),
    pytest.param(
        "conformance.conformance.doctype.task.task.count_open",
        "docstring",
        "Number of open tasks, of one project if given.",
        id="the docstring",
    ),
]


@pytest.mark.parametrize(("name", "key", "value"), DESCRIBED)
def test_what_is_said_of_a_function(client, name, key, value):
    assert client(f"{ROOT}/method/{name}").json["data"][key] == value


def test_one_method_of_a_document(client):
    found = client(f"{ROOT}/doctype/Task/method/close").json["data"]
    assert (found["kind"], found["path"], found["doctype"], found["method"], found["name"]) == (
        "doctype",
        "Task.close",
        "Task",
        "close",
        "close",
    )
    assert (found["http_methods"], found["permission"]) == (
        ["GET", "QUERY", "POST"],
        {"GET": "read", "QUERY": "read", "POST": "write"},
    )
    assert found["params"] == [{"name": "reason", "required": False, "default": None, "type": None}]
    name = client("POST /api/v2/document/Task", {"subject": "s"}).json["data"]["name"]
    assert client(f"POST {found['endpoint'].format(name=name)}", {"reason": "r"}).json["data"] == {
        "closed": name,
        "reason": "r",
    }


@pytest.mark.parametrize(
    ("doctype", "methods"),
    [
        ("Task", ["add_comment", "close", "rename", "reopen"]),
        ("Invoice", ["add_comment", "cancel", "discard", "submit", "summary"]),
        ("Project", ["add_comment", "rename"]),
    ],
)
def test_the_methods_of_a_doctype(client, doctype, methods):
    data = client(f"{ROOT}/doctype/{doctype}").json["data"]
    assert (data["type"], data["doctype"], [each["method"] for each in data["methods"]]) == (
        "method_index",
        doctype,
        methods,
    )


def test_search_finds_all_the_words(client):
    data = client(f"{ROOT}/search?q=OPEN%20tasks").json["data"]
    assert (data["query"], [each["path"] for each in data["results"]]) == (
        "OPEN tasks",
        ["conformance.api.get_open_tasks", "conformance.conformance.doctype.task.task.count_open"],
    )
    assert len(client(f"{ROOT}/search").json["data"]["results"]) == discovery.MOST_RESULTS
    assert client(f"{ROOT}/search?q=nothing-has-this").json["data"]["results"] == []


# --- what the caller may call -------------------------------------------------------------------------------


def test_guests_see_what_is_open_to_guests(clients):
    names = paths(clients["guest"](f"{ROOT}/method"))
    assert "conformance.api.hello" in names
    assert "conformance.api.add" not in names
    assert paths(clients["guest"](f"{ROOT}/search?q=add"), "results") == []


@pytest.mark.parametrize("who", ["admin", "user", "guest"])
def test_what_is_listed_can_be_described_and_the_rest_cannot(clients, who):
    for path in paths(clients[who](f"{ROOT}/search?q=conformance.api"), "results"):
        assert clients[who](f"{ROOT}/method/{path}").status_code == 200


MISSING = [
    pytest.param("admin", "method/no.such", 404, id="no such function"),
    pytest.param("admin", "method/conformance.api.not_whitelisted", 404, id="a function that is not whitelisted"),
    pytest.param("guest", "method/conformance.api.add", 404, id="a function that guests may not call"),
    pytest.param("admin", f"method/{next(iter(UNSUPPORTED))}", 404, id="a function that only refuses"),
    pytest.param("admin", "doctype/No Such", 404, id="no such DocType"),
    pytest.param("admin", "doctype/Task/method/validate", 404, id="a method that is not whitelisted"),
    pytest.param("admin", "doctype/Task/method/submit", 404, id="submit where nothing is submitted"),
    pytest.param("user", "doctype/Invoice/method/submit", 404, id="submit without the right to"),
    pytest.param("website", "doctype/Task", 403, id="a DocType that may not be read"),
    pytest.param("guest", "doctype/Task/method/close", 403, id="a method of a DocType that may not be read"),
]


@pytest.mark.parametrize(("who", "path", "status"), MISSING)
def test_what_is_not_there_for_a_caller(clients, who, path, status):
    assert clients[who](f"{ROOT}/{path}").status_code == status


def test_a_reader_is_shown_the_reading_verbs(app_site, clients, client):
    client("POST /api/v2/document/Role", {"name": "Invoice Reader", "role_name": "Invoice Reader"})
    with app_site.acting() as ctx:
        meta = ctx.meta("Invoice")
        with_reader = [*meta.raw["permissions"], {"role": "Invoice Reader", "read": 1}]
        ctx.store.set_meta({**meta.raw, "permissions": with_reader})
        ctx.touch("DocType")
        row = {"parent": "bob@x.org", "parenttype": "User", "parentfield": "roles", "role": "Invoice Reader"}
        ctx.store.insert(ctx.meta("Has Role"), {"name": "row", "idx": 1, "docstatus": 0, **row})
    found = clients["reader"](f"{ROOT}/doctype/Invoice/method/summary").json["data"]
    assert found["http_methods"] == ["GET", "QUERY"]
    assert clients["reader"](f"{ROOT}/doctype/Invoice/method/cancel").status_code == 404


def test_methods_stand_once_in_the_index_and_submit_with_its_doctype(client):
    names = paths(client(f"{ROOT}/method"))
    assert len(names) == len(set(names))
    assert "Invoice.summary" in names
    assert "Invoice.submit" not in names


# --- parameters ----------------------------------------------------------------------------------------------


class Odd:
    def __repr__(self) -> str:
        return "odd"


def sample(a: int | None, b: list[str] = (), c: No = 1, d=Odd(), *rest, flags=None, **more):  # noqa: B008, F821 - what apps write
    """One line.

    And more."""


def test_parameters_of_every_kind():
    found = {each["name"]: each for each in discovery.parameters(describe(sample))}
    assert list(found) == ["a", "b", "c", "d", "**more"]
    assert [found[name]["default"] for name in "abcd"] == [None, (), 1, "odd"]
    assert found["a"]["required"]
    assert discovery.docstring(describe(sample)) == "One line.\n\nAnd more."
    assert [found[name]["type"] for name in "abcd"] == ["int | None", "list[str]", "No", None]


def test_app_code_may_override_a_function(app_site, client):
    app_site.apps["conformance"].hooks["override_whitelisted_methods"] = {
        "conformance.api.add": "conformance.api.hello"
    }
    try:
        assert client(f"{ROOT}/method/conformance.api.add").json["data"]["params"][0]["name"] == "name"
    finally:
        del app_site.apps["conformance"].hooks["override_whitelisted_methods"]
