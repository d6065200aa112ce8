"""The routes of v1, request by request.

Spellings that clients use, verbs, names, and what a refusal must not change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

import frappe_lite
from conftest import ApiClient, BaseOffice
from frappe_lite import document, router
from frappe_lite.context import Context
from frappe_lite.errors import DoesNotExistError, MethodNotAllowedError

USERS = {"user": ("Task User",), "other": ("Task User",), "manager": ("Task Manager",), "website": ()}
WATCHED = ("Task", "Project", "Prompt Doc", "Hash Doc", "Private Note", "Invoice", "Task Checklist Item")
ODD_NAMES = [
    "a/b",
    "/a",
    "it's",
    'say "x"',
    "日本 🎉",
    "100%",
    "50%2F",
    "x?y",
    "a#b",
    "a+b",
    "a&b=c",
    "semi;colon",
    "back\\slash",
    "method/x",
    "x/copy",
    "..",
    "a b",
]


class Office(BaseOffice):
    """A site with one client for each kind of user."""

    users = USERS

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Project", "title": "Alpha", "budget": 10}).insert()
        document.new(ctx, {"doctype": "Prompt Doc", "name": "fixed", "title": "old"}).insert(set_name="fixed")

    def rows(self) -> dict[str, list[Any]]:
        return {doctype: self.site.database.rows(f'SELECT * FROM "tab{doctype}" ORDER BY name') for doctype in WATCHED}

    def make(self, doctype: str, **values: Any) -> str:
        """A document of its own for a test that changes it."""
        with self.site.acting() as ctx:
            return str(document.new(ctx, {"doctype": doctype, **values}).insert(set_name=values.get("name")).name)


@pytest.fixture
def admin(office: Office) -> ApiClient:
    return office.clients["admin"]


@pytest.fixture
def task(office: Office) -> str:
    return office.make(
        "Task", subject="a task", points=3, project="Alpha", checklist=[{"item": "one"}, {"item": "two"}]
    )


# --- creating: each spelling makes the same row ---


@pytest.mark.parametrize(
    ("path", "options"),
    [
        pytest.param(
            "/api/resource/Task", {"json": {"subject": "s", "points": 7, "is_milestone": 1}}, id="a JSON object"
        ),
        pytest.param(
            "/api/v1/resource/Task",
            {"json": {"subject": "s", "points": 7, "is_milestone": 1}},
            id="the version may be named",
        ),
        pytest.param(
            "/api/resource/Task/", {"json": {"subject": "s", "points": 7, "is_milestone": 1}}, id="a trailing slash"
        ),
        pytest.param(
            "/api/resource/Task", {"json": {"subject": "s", "points": "7", "is_milestone": "1"}}, id="text for numbers"
        ),
        pytest.param(
            "/api/resource/Task", {"json": {"subject": "s", "points": 7.0, "is_milestone": True}}, id="true for a check"
        ),
        pytest.param(
            "/api/resource/Task", {"data": {"subject": "s", "points": "7", "is_milestone": "1"}}, id="form fields"
        ),
        pytest.param(
            "/api/resource/Task",
            {"data": {"data": '{"subject": "s", "points": 7, "is_milestone": 1}'}},
            id="JSON in the form field data",
        ),
        pytest.param(
            "/api/resource/Task",
            {"json": {"data": {"subject": "s", "points": 7, "is_milestone": 1}}},
            id="an object in data",
        ),
        pytest.param(
            "/api/resource/Task",
            {"json": {"data": '{"subject": "s", "points": 7, "is_milestone": 1}'}},
            id="JSON text in data of a JSON body",
        ),
        pytest.param(
            "/api/resource/Task",
            {"data": '{"subject": "s", "points": 7, "is_milestone": 1}', "content_type": "text/plain"},
            id="JSON sent as text",
        ),
        pytest.param(
            "/api/resource/Task",
            {"data": '{"subject": "s", "points": 7, "is_milestone": 1}'},
            id="JSON without a content type",
        ),
        pytest.param(
            "/api/resource/Task",
            {
                "data": '{"subject": "s", "points": 7, "is_milestone": 1}',
                "content_type": "application/json; charset=utf-8",
            },
            id="a charset in the content type",
        ),
        pytest.param(
            "/api/resource/Task",
            {"data": {"subject": "s", "points": "7", "is_milestone": "1"}, "content_type": "multipart/form-data"},
            id="a multipart form",
        ),
        pytest.param("/api/resource/Task?subject=s&points=7&is_milestone=1", {}, id="values in the query string"),
        pytest.param(
            "/api/resource/Task?points=7",
            {"data": {"subject": "s", "is_milestone": "1"}},
            id="a form joins the query string",
        ),
    ],
)
def test_create_spellings(office: Office, admin: ApiClient, path: str, options: dict[str, Any]) -> None:
    before = office.rows()
    answer = admin(f"POST {path}", **options)
    assert answer.status_code == 201
    data = answer.get_json()["data"]
    assert (data["subject"], data["points"], data["is_milestone"], data["doctype"]) == ("s", 7, 1, "Task")
    assert len(office.rows()["Task"]) == len(before["Task"]) + 1


def test_a_json_body_replaces_the_query_string(admin: ApiClient) -> None:
    assert (
        "points" not in admin("GET /api/method/conformance.api.echo?points=7", {"subject": "s"}).get_json()["message"]
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("owner", "user@x.org"), ("creation", "2001-01-01 00:00:00"), ("modified_by", "user@x.org"), ("modified", (
            "2001-01-01 00:00:00"
        )), ("doctype", "Project"),
        ("flags", {"ignore_permissions": 1}),
        ("_user_tags", "x"), ("_assign", '["x"]'), ("_liked_by", '["x"]'), ("_comments", "[]"), ("name", "CHOSEN"), ((
            "ignore_permissions"
        ), 1), ("__islocal", 0), ("nonsense", 1),
    ],
)  # fmt: skip
def test_what_the_server_owns_is_not_set_by_creating(office: Office, admin: ApiClient, key: str, value: Any) -> None:
    answer = admin("POST /api/resource/Task", {"subject": "s", key: value})
    assert answer.status_code == 201
    name = answer.get_json()["data"]["name"]
    stored = office.site.store.load_row(office.site.new_context().meta("Task"), name)
    assert stored is not None
    assert stored.get(key) != value
    assert stored["owner"] == stored["modified_by"] == "Administrator"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("modified_by", "user@x.org"), ("doctype", "Project"), ("_user_tags", "x"), ("_assign", '["x"]'),
        ("_liked_by", '["x"]'),
    ],
)  # fmt: skip
def test_what_the_server_owns_is_not_set_by_updating(
    office: Office, admin: ApiClient, task: str, key: str, value: Any
) -> None:
    def stored() -> Any:
        return office.site.database.row(
            f"SELECT {'1' if key == 'doctype' else key} FROM tabTask WHERE name = ?", (task,)
        )

    before = stored()
    answer = admin(f"PUT /api/resource/Task/{task}", {key: value, "priority": "High"})
    assert answer.status_code == 200
    assert answer.get_json()["data"]["priority"] == "High"
    assert stored() == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("owner", "user@x.org", id="another owner"),
        pytest.param("owner", ["x"], id="an owner that is no text"),
        pytest.param("creation", "2001-01-01 00:00:00", id="another moment"),
        pytest.param("creation", "&amp;", id="none at all"),
    ],
)
@pytest.mark.parametrize("request_line", ["PUT /api/resource/Task/{task}", "PATCH /api/v2/document/Task/{task}"])
def test_who_says_another_owner_or_creation_is_told_that_they_stay(
    admin: ApiClient, task: str, request_line: str, key: str, value: Any
) -> None:
    before = admin(f"GET /api/resource/Task/{task}").get_json()["data"]
    answer = admin(request_line.format(task=task), {key: value, "priority": "High"})
    assert answer.status_code == 417
    assert "CannotChangeConstantError" in answer.text
    assert admin(f"GET /api/resource/Task/{task}").get_json()["data"] == before


def test_a_whole_document_may_be_sent_back(admin: ApiClient, task: str) -> None:
    whole = admin(f"GET /api/resource/Task/{task}").get_json()["data"]
    whole["creation"] = whole["creation"].replace(" ", "T")  # as JavaScript writes a moment
    assert admin(f"PUT /api/resource/Task/{task}", {**whole, "priority": "High"}).status_code == 200


# --- names ---


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_read_changed_and_deleted(office: Office, admin: ApiClient, name: str) -> None:
    if office.site.database.row('SELECT 1 FROM "tabPrompt Doc" WHERE name = ?', (name,)) is None:
        assert admin("POST /api/v2/document/Prompt Doc", {"name": name, "title": "t"}).status_code == 201
    path = f"/api/resource/Prompt Doc/{quote(name, safe='')}"
    assert admin(f"GET {path}").get_json()["data"]["name"] == name
    assert admin(f"PUT {path}", {"title": "changed"}).get_json()["data"]["title"] == "changed"
    assert admin(f"DELETE {path}").status_code == 202
    assert admin(f"GET {path}").status_code == 404


def test_a_slash_in_a_name_need_not_be_quoted(office: Office, admin: ApiClient) -> None:
    office.make("Prompt Doc", name="x/y/z", title="t")
    assert admin("GET /api/resource/Prompt Doc/x/y/z").get_json()["data"]["name"] == "x/y/z"


def test_create_ignores_a_name_that_the_rule_makes(admin: ApiClient) -> None:
    assert (
        admin("POST /api/resource/Task", {"name": "MINE", "subject": "s"})
        .get_json()["data"]["name"]
        .startswith("TASK-")
    )


# --- refusals: status, exc_type, and nothing changed ---

TASK = "{task}"
REFUSALS = [
    pytest.param("admin", "GET /api/resource/Nonsense", None, 404, "DoesNotExistError", id=(
        "list of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/resource/Nonsense/x", None, 404, "DoesNotExistError", id=(
        "read of an unknown DocType"
    )),
    pytest.param("admin", "POST /api/resource/Nonsense", {"a": 1}, 404, "DoesNotExistError", id=(
        "create of an unknown DocType"
    )),
    pytest.param("admin", "PUT /api/resource/Nonsense/x", {"a": 1}, 404, "DoesNotExistError", id=(
        "update of an unknown DocType"
    )),
    pytest.param("admin", "DELETE /api/resource/Nonsense/x", None, 404, "DoesNotExistError", id=(
        "delete of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/resource/tabTask", None, 404, "DoesNotExistError", id=(
        "a table's name is no DocType"
    )),
    pytest.param("admin", "GET /api/resource/Task/nope", None, 404, "DoesNotExistError", id=(
        "read of a missing document"
    )),
    pytest.param("admin", "PUT /api/resource/Task/nope", {"subject": "x"}, 404, "DoesNotExistError", id=(
        "update of a missing document"
    )),
    pytest.param("admin", "DELETE /api/resource/Task/nope", None, 404, "DoesNotExistError", id=(
        "delete of a missing document"
    )),
    pytest.param("admin", f"PUT /api/resource/Task/{TASK}", {"name": "other"}, 404, "DoesNotExistError", id=(
        "another name in the body is another document"
    )),
    pytest.param("admin", f"PUT /api/resource/Task/{TASK}", {"modified": "2001-01-01 00:00:00"}, 417, (
        "TimestampMismatchError"
    ), id="a stale modified"),
    pytest.param("admin", "POST /api/resource/Task", {}, 417, "MandatoryError", id="create without a mandatory field"),
    pytest.param("admin", f"PUT /api/resource/Task/{TASK}", {"subject": ""}, 417, "MandatoryError", id=(
        "a mandatory field emptied"
    )),
    pytest.param("admin", "POST /api/resource/Task", {"subject": "s", "project": "Nowhere"}, 417, (
        "LinkValidationError"
    ), id="a link to nothing"),
    pytest.param("admin", "POST /api/resource/Task", {"subject": "s", "status": "Nonsense"}, 417, "ValidationError", id=(
        "no such option"
    )),
    pytest.param("admin", "POST /api/resource/Task", {"subject": "s", "points": -1}, 417, "NonNegativeError", id=(
        "a negative number"
    )),
    pytest.param("admin", "POST /api/resource/Task", {"subject": "forbidden"}, 417, "ValidationError", id=(
        "the controller refuses"
    )),
    pytest.param("admin", "POST /api/resource/Task", {"subject": "s", "checklist": [{}]}, 417, "MandatoryError", id=(
        "a row without its mandatory field"
    )),
    pytest.param("admin", "POST /api/resource/Project", {"title": "Alpha"}, 409, "DuplicateEntryError", id=(
        "a name that is taken"
    )),
    pytest.param("admin", "POST /api/resource/Task", {"data": "[1]"}, 400, "BadRequestError", id="data is an object"),
    pytest.param("admin", "POST /api/resource/Task", {"data": "{broken"}, 400, "BadRequestError", id="data is JSON"),
    pytest.param("guest", "GET /api/resource/Task", None, 403, "PermissionError", id="guest lists"),
    pytest.param("guest", f"GET /api/resource/Task/{TASK}", None, 403, "PermissionError", id="guest reads"),
    pytest.param("guest", "POST /api/resource/Task", {"subject": "s"}, 403, "PermissionError", id="guest creates"),
    pytest.param("guest", f"PUT /api/resource/Task/{TASK}", {"subject": "s"}, 403, "PermissionError", id=(
        "guest updates"
    )),
    pytest.param("guest", f"DELETE /api/resource/Task/{TASK}", None, 403, "PermissionError", id="guest deletes"),
    pytest.param("guest", f"POST /api/resource/Task/{TASK}?run_method=close", None, 403, "PermissionError", id=(
        "guest calls a method"
    )),
    pytest.param("website", "GET /api/resource/Task", None, 403, "PermissionError", id="no role: list"),
    pytest.param("website", f"GET /api/resource/Task/{TASK}", None, 403, "PermissionError", id="no role: read"),
    pytest.param("website", "POST /api/resource/Task", {"subject": "s"}, 403, "PermissionError", id="no role: create"),
    pytest.param("website", f"PUT /api/resource/Task/{TASK}", {"subject": "s"}, 403, "PermissionError", id=(
        "no role: update"
    )),
    pytest.param("user", f"DELETE /api/resource/Task/{TASK}", None, 403, "PermissionError", id="delete is for owners"),
    pytest.param("user", "POST /api/resource/Project", {"title": "mine"}, 403, "PermissionError", id=(
        "read only: create"
    )),
    pytest.param("user", "PUT /api/resource/Project/Alpha", {"budget": 1}, 403, "PermissionError", id=(
        "read only: update"
    )),
    pytest.param("user", "GET /api/resource/Locked Down", None, 403, "PermissionError", id=(
        "a DocType without a rule for the role"
    )),
    pytest.param("user", "GET /api/resource/User/Administrator", None, 403, "PermissionError", id=(
        "users are not public"
    )),
    pytest.param("user", "PUT /api/resource/System Settings/System Settings", {"allow_error_traceback": 1}, 403, (
        "PermissionError"
    ), id="settings are the manager's"),
    pytest.param("user", "POST /api/resource/DocType", {"name": "Mine", "module": "Core"}, 403, "PermissionError", id=(
        "DocTypes are the manager's"
    )),
    pytest.param("user", "GET /api/resource/Task Checklist Item", None, 403, "PermissionError", id=(
        "rows of a child table need their parent named"
    )),
    pytest.param("admin", "GET /api/resource/Conformance Settings", None, 417, "ValidationError", id=(
        "a Single has no list"
    )),
    pytest.param("admin", f"POST /api/resource/Task/{TASK}?run_method=not_exposed", None, 403, "PermissionError", id=(
        "a method that is not whitelisted"
    )),
    pytest.param("admin", f"POST /api/resource/Task/{TASK}?run_method=db_set", {"fieldname": "status", "value": "x"}, 403, (
        "PermissionError"
    ), id="a method of every document"),
    pytest.param("admin", f"POST /api/resource/Task/{TASK}", {"subject": "x"}, 400, "BadRequestError", id=(
        "POST to a document without run_method"
    )),
    pytest.param("admin", f"POST /api/resource/Task/{TASK}", {"run_method": ["close"]}, 400, "BadRequestError", id=(
        "run_method is text"
    )),
    pytest.param("admin", "GET /api/nothing", None, 404, "DoesNotExistError", id="an unknown path"),
    pytest.param("admin", "GET /api/resource", None, 404, "DoesNotExistError", id="a collection without a DocType"),
    pytest.param("admin", "GET /api/v3/resource/Task", None, 404, "DoesNotExistError", id="an unknown version"),
    pytest.param("admin", f"PATCH /api/resource/Task/{TASK}", {"subject": "x"}, 404, "DoesNotExistError", id=(
        "v1 does not know PATCH"
    )),
]  # fmt: skip


@pytest.mark.parametrize(("who", "request_", "body", "status", "exc_type"), REFUSALS)
def test_refusals_change_nothing(
    office: Office, task: str, who: str, request_: str, body: Any, status: int, exc_type: str
) -> None:
    before = office.rows()
    answer = office.clients[who](request_.replace(TASK, task), body)
    assert (answer.status_code, answer.get_json()["exc_type"]) == (status, exc_type)
    assert office.rows() == before


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        pytest.param("PUT /api/resource/Task", {"GET", "HEAD", "POST", "OPTIONS"}, id="no PUT on a collection"),
        pytest.param("DELETE /api/resource/Task", {"GET", "HEAD", "POST", "OPTIONS"}, id="no DELETE on a collection"),
    ],
)
def test_a_wrong_verb_is_405_and_says_which_are_right(office: Office, request_: str, allowed: set[str]) -> None:
    before = office.rows()
    answer = office.clients["admin"](request_, {})
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert office.rows() == before


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        pytest.param("GET /nowhere", 404, "Not Found", id="a path outside the API"),
        pytest.param(
            f"GET /api/resource/Task/{TASK}?run_method=no_such", 404, "Method no_such not found", id="no method"
        ),
        pytest.param(f"GET /api/resource/Task/{TASK}?run_method=_stamp", 404, "Method _stamp", id="a private method"),
        pytest.param(f"POST /api/v2/document/Task/{TASK}/method/__class__", 404, "Method __class__", id="none in v2"),
        pytest.param(f"POST /api/resource/Task/{TASK}?run_method=<b>", 404, "Method &lt;b&gt;", id="text, not markup"),
        pytest.param(f"PATCH /api/resource/Task/{TASK}/", 405, "Method Not Allowed", id="a verb, told by the slash"),
        pytest.param(f"POST /api/v2/document/Task/{TASK}/", 405, "Method Not Allowed", id="and in v2"),
        pytest.param("PUT /api/resource/Task", 405, "Method Not Allowed", id="a verb of a collection"),
    ],
)
def test_some_refusals_are_pages_whatever_is_asked_for(
    office: Office, task: str, request_: str, status: int, said: str
) -> None:
    before = office.rows()
    body = {} if "GET" not in request_ else None
    page = office.clients["admin"](request_.replace(TASK, task), body, headers={"Accept": "application/json"})
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert said in page.text
    assert "<b>" not in page.text
    assert office.rows() == before


# --- reading ---


def test_unset_fields_are_left_out(admin: ApiClient, task: str) -> None:
    data = admin(f"GET /api/resource/Task/{task}").get_json()["data"]
    assert "due_date" not in data
    assert [row["item"] for row in data["checklist"]] == ["one", "two"]
    assert all(value is not None for row in data["checklist"] for value in row.values())


@pytest.mark.parametrize("key", ["_user_tags", "_comments", "_assign", "_liked_by"])
def test_the_desks_columns_are_not_given_out(office: Office, admin: ApiClient, key: str) -> None:
    name = office.make("Hash Doc", title="t")
    assert key not in admin(f"GET /api/resource/Hash Doc/{name}").get_json()["data"]


@pytest.mark.parametrize(("who", "sees"), [("admin", True), ("manager", True), ("user", False)])
def test_a_field_of_a_higher_level_is_for_whoever_may_read_it(office: Office, who: str, sees: bool) -> None:
    name = office.make("Task", subject="s", internal_note="hush")
    answer = office.clients[who](f"GET /api/resource/Task/{name}")
    assert ("hush" in answer.get_data(as_text=True)) is sees


def test_head_is_get_without_a_body(admin: ApiClient, task: str) -> None:
    answer = admin(f"HEAD /api/resource/Task/{task}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert admin("HEAD /api/resource/Task/nope").status_code == 404


# --- lists ---


@pytest.fixture(scope="module")
def shelf() -> Iterator[ApiClient]:
    """25 documents in a known order."""
    office = Office()
    for number in range(25):
        office.make("Prompt Doc", name=f"P{number:02}", title=f"title {number}")
    office.site.database.execute("DELETE FROM \"tabPrompt Doc\" WHERE name = 'fixed'")
    office.site.database.commit()
    yield office.clients["admin"]
    office.site.close()


ASC = "order_by=name asc"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(f"{ASC}&limit_page_length=2", [{"name": "P00"}, {"name": "P01"}], id="rows of name unless told"),
        pytest.param(f"{ASC}&limit=2", [{"name": "P00"}, {"name": "P01"}], id="limit is limit_page_length"),
        pytest.param(f"{ASC}&limit_page_length=1&limit_start=24", [{"name": "P24"}], id="limit_start"),
        pytest.param(f"{ASC}&limit_start=25", [], id="past the end"),
        pytest.param(
            'order_by=name desc&limit=1&fields=["name","title"]',
            [{"name": "P24", "title": "title 24"}],
            id="fields in order",
        ),
        pytest.param(
            'order_by=name desc&limit=1&fields=["title as t"]', [{"t": "title 24"}], id="another name for a field"
        ),
        pytest.param('filters=[["name","=","P03"]]', [{"name": "P03"}], id="filters as triples"),
        pytest.param('filters=[["Prompt Doc","name","=","P03"]]', [{"name": "P03"}], id="filters as quadruples"),
        pytest.param('filters={"name":"P03"}', [{"name": "P03"}], id="filters as an object"),
        pytest.param(
            'filters={"name":["in",["P03","P04"]]}&order_by=name',
            [{"name": "P03"}, {"name": "P04"}],
            id="an operator in an object",
        ),
        pytest.param('filters=[["title","like","%25 7"]]', [{"name": "P07"}], id="like"),
        pytest.param(
            'or_filters=[["name","=","P01"],["name","=","P02"]]&order_by=name',
            [{"name": "P01"}, {"name": "P02"}],
            id="or_filters",
        ),
        pytest.param(f"{ASC}&limit=2&as_dict=0", [["P00"], ["P01"]], id="rows as lists"),
        pytest.param(f"{ASC}&limit=1&fields=", [{"name": "P00"}], id="empty fields are none"),
        pytest.param(f"{ASC}&limit=1&filters=[]", [{"name": "P00"}], id="empty filters are none"),
        pytest.param('fields=["count(name) as n"]', [{"n": 25}], id="a count as a field"),
    ],
)
def test_lists(shelf: ApiClient, query: str, expected: list[Any]) -> None:
    answer = shelf(f"GET /api/resource/Prompt Doc?{query}")
    assert (answer.status_code, answer.get_json()) == (200, {"data": expected})


@pytest.mark.parametrize(
    ("query", "length"),
    [("", 20), ("limit_page_length=0", 25), ("limit_page_length=", 20), ("limit_page_length=100", 25), ("limit=0", 25)],
)
def test_length_of_a_page(shelf: ApiClient, query: str, length: int) -> None:
    assert len(shelf(f"GET /api/resource/Prompt Doc?{query}").get_json()["data"]) == length


def test_a_get_may_carry_its_parameters_in_a_json_body(shelf: ApiClient) -> None:
    body = {"fields": ["title"], "filters": [["name", "=", "P05"]]}
    assert shelf("GET /api/resource/Prompt Doc", body).get_json() == {"data": [{"title": "title 5"}]}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        pytest.param({"fields": "[broken"}, 400, id="fields is JSON"),
        pytest.param({"fields": '{"a": 1}'}, 400, id="fields is a list"),
        pytest.param({"filters": "{broken"}, 400, id="filters is JSON"),
        pytest.param({"filters": "5"}, 400, id="filters is a list or an object"),
        pytest.param({"or_filters": '"x"'}, 400, id="or_filters is a list or an object"),
        pytest.param({"filters": '[["name", "="]]'}, 404, id="a filter of two parts names a DocType"),
        pytest.param({"filters": '[["Prompt Doc", "name"]]'}, 417, id="a filter has three parts"),
        pytest.param({"filters": '[["nonsense", "=", 1]]'}, 417, id="a filter on a field that is not there"),
        pytest.param({"filters": '[["name", "nonsense", 1]]'}, 417, id="an unknown operator"),
        pytest.param({"fields": '["nonsense"]'}, 417, id="a field that is not there"),
        pytest.param({"fields": '["name; DROP TABLE tabTask"]'}, 417, id="SQL as a field"),
        pytest.param({"fields": '["(select 1)"]'}, 417, id="a subquery as a field"),
        pytest.param({"order_by": "name; DROP TABLE tabTask"}, 417, id="SQL in order_by"),
        pytest.param({"order_by": "nonsense desc"}, 417, id="order by a field that is not there"),
        pytest.param({"group_by": "(select 1)"}, 417, id="SQL in group_by"),
        pytest.param({"limit_page_length": "-1"}, 417, id="a negative length"),
        pytest.param({"limit_start": "-1"}, 417, id="a negative start"),
        pytest.param({"limit_page_length": "9" * 30}, 417, id="a length beyond any"),
    ],
)
def test_lists_that_cannot_be_answered(shelf: ApiClient, params: dict[str, str], status: int) -> None:
    answer = shelf("GET /api/resource/Prompt Doc", params=params)
    assert (answer.status_code, "exc_type" in answer.get_json()) == (status, True)


def test_links_are_expanded_as_far_as_they_may_be_read(office: Office, task: str) -> None:
    params = {"fields": ["name", "project"], "filters": {"name": task}, "expand": ["project"]}
    assert (
        office.clients["user"]("GET /api/resource/Task", params=params).get_json()["data"][0]["project"]["budget"] == 10
    )


def test_a_list_shows_only_what_one_may_read(office: Office) -> None:
    assert office.clients["user"]("POST /api/resource/Private Note", {"title": "mine"}).status_code == 201
    assert office.clients["other"]("POST /api/resource/Private Note", {"title": "theirs"}).status_code == 201
    titles = [
        row["title"]
        for row in office.clients["user"](
            "GET /api/resource/Private Note", params={"fields": ["title"], "limit": "0"}
        ).get_json()["data"]
    ]
    assert "mine" in titles and "theirs" not in titles


# --- updating, deleting, methods ---


@pytest.mark.parametrize(
    "options",
    [{"json": {"priority": "High"}}, {"data": {"priority": "High"}}, {"data": {"data": '{"priority": "High"}'}}],
    ids=["json", "form", "data"],
)
def test_update_spellings(admin: ApiClient, task: str, options: dict[str, Any]) -> None:
    answer = admin(f"PUT /api/resource/Task/{task}", **options)
    assert (answer.status_code, answer.get_json()["data"]["priority"]) == (200, "High")
    assert answer.get_json()["data"]["subject"] == "a task"


def test_update_with_the_stored_modified(admin: ApiClient, task: str) -> None:
    stored = admin(f"GET /api/resource/Task/{task}").get_json()["data"]
    answer = admin(f"PUT /api/resource/Task/{task}", {"modified": stored["modified"], "subject": "new"})
    assert answer.status_code == 200
    assert answer.get_json()["data"]["modified"] > stored["modified"]


def test_rows_that_an_update_leaves_out_go(office: Office, admin: ApiClient, task: str) -> None:
    rows = admin(f"GET /api/resource/Task/{task}").get_json()["data"]["checklist"]
    answer = admin(f"PUT /api/resource/Task/{task}", {"checklist": [rows[1], {"item": "three"}]})  # idx is the client's
    assert [(row["item"], row["idx"]) for row in answer.get_json()["data"]["checklist"]] == [("two", 2), ("three", 2)]
    assert answer.get_json()["data"]["checklist"][0]["name"] == rows[1]["name"]
    assert office.site.database.row('SELECT count(*) FROM "tabTask Checklist Item" WHERE parent = ?', (task,)) == (2,)


def test_a_row_cannot_be_taken_from_another_document(office: Office, admin: ApiClient, task: str) -> None:
    theirs = office.make("Task", subject="theirs", checklist=[{"item": "theirs"}])
    row = admin(f"GET /api/resource/Task/{theirs}").get_json()["data"]["checklist"][0]
    assert admin(f"PUT /api/resource/Task/{task}", {"checklist": [{**row, "item": "stolen"}]}).status_code == 200
    assert admin(f"GET /api/resource/Task/{theirs}").get_json()["data"]["checklist"] == [row]


def test_delete_answers_202_and_takes_the_rows_along(office: Office, admin: ApiClient, task: str) -> None:
    answer = admin(f"DELETE /api/resource/Task/{task}")
    assert (answer.status_code, answer.get_json()) == (202, {"data": "ok"})
    assert office.site.database.row('SELECT count(*) FROM "tabTask Checklist Item" WHERE parent = ?', (task,)) == (0,)


def test_create_answers_200_where_a_site_says_so() -> None:
    site = frappe_lite.Site(created_status=200)
    assert ApiClient(site)("POST /api/resource/Note", {"title": "t"}).status_code == 200
    site.close()


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        pytest.param("POST {path}?run_method=close&reason=done", None, id="in the query"),
        pytest.param("POST {path}", {"run_method": "close", "reason": "done"}, id="in a JSON body"),
        pytest.param("POST {path}?run_method=close", {"reason": "done"}, id="name in the query, arguments in the body"),
    ],
)
def test_run_method(admin: ApiClient, task: str, request_: str, body: Any) -> None:
    answer = admin(request_.format(path=f"/api/resource/Task/{task}"), body)
    assert (answer.status_code, answer.get_json()) == (200, {"data": {"closed": task, "reason": "done"}})
    assert admin(f"GET /api/resource/Task/{task}").get_json()["data"]["status"] == "Completed"


def test_run_method_by_get_keeps_nothing(admin: ApiClient, task: str) -> None:
    assert admin(f"GET /api/resource/Task/{task}?run_method=close").status_code == 200
    assert admin(f"GET /api/resource/Task/{task}").get_json()["data"]["status"] == "Open"


def test_the_body_of_an_answer_is_compact_utf8_json(admin: ApiClient, office: Office) -> None:
    name = office.make("Hash Doc", title="naïve 日本")
    answer = admin(f"GET /api/resource/Hash Doc/{name}")
    assert answer.content_type == "application/json"
    assert "naïve 日本".encode() in answer.data and b'", "' not in answer.data
    assert json.loads(answer.data)["data"]["title"] == "naïve 日本"


# --- the table itself ---


ROUTES = router.RouteTable(router.V1_ROUTES)


@pytest.mark.parametrize(
    ("verb", "path", "handler", "names"),
    [
        ("GET", "resource/Task", router.list_v1, {"doctype": "Task"}),
        ("HEAD", "resource/Task", router.list_v1, {"doctype": "Task"}),
        ("POST", "resource/Task", router.create, {"doctype": "Task"}),
        ("GET", "resource/Task/a", router.read, {"doctype": "Task", "name": "a"}),
        ("PUT", "resource/Task/a", router.update, {"doctype": "Task", "name": "a"}),
        ("DELETE", "resource/Task/a", router.delete, {"doctype": "Task", "name": "a"}),
        ("POST", "resource/Task/a", router.run_method, {"doctype": "Task", "name": "a"}),
        ("PATCH", "method/x.y", router.method, {"name": "x.y"}),
        ("GET", "method/x/y", router.method, {"name": "x/y"}),
    ],
)
def test_match(verb: str, path: str, handler: Any, names: dict[str, str]) -> None:
    assert ROUTES.match(verb, path) == (handler, names)


@pytest.mark.parametrize(
    ("verb", "path", "error"),
    [
        ("GET", "", DoesNotExistError),
        ("GET", "resource/", DoesNotExistError),
        ("PUT", "resource/Task", MethodNotAllowedError),
        ("GET", "resource/Task/a\nb", DoesNotExistError),  # Frappe: no path goes beyond a line
    ],
)
def test_no_match(verb: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ROUTES.match(verb, path)
