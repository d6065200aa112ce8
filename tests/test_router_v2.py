"""The routes of v2: what differs from v1.

Everything stands in `data`, unset fields are null, names are kept, errors are a list.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import Client

import frappe_lite
from conftest import ApiClient, BaseOffice
from frappe_lite import document, router
from frappe_lite.context import Context
from frappe_lite.errors import DoesNotExistError, MethodNotAllowedError

USERS = {"user": ("Task User",), "manager": ("Task Manager",), "website": (), "reader": ()}
TASK = "{task}"


class Office(BaseOffice):
    """A site with one client for each kind of user."""

    users = USERS

    def fill(self, ctx: Context) -> None:
        for number in range(25):
            document.new(ctx, {"doctype": "Prompt Doc", "name": f"P{number:02}", "title": f"title {number}"}).insert(
                set_name=f"P{number:02}"
            )

    def state(self) -> list[Any]:
        return [
            self.site.database.rows(f'SELECT * FROM "tab{doctype}" ORDER BY name')
            for doctype in ("Task", "Prompt Doc", "Project", "User")
        ]


@pytest.fixture
def admin(office: Office) -> ApiClient:
    return office.clients["admin"]


@pytest.fixture
def task(office: Office) -> str:
    with office.site.acting() as ctx:
        return str(
            document.new(ctx, {"doctype": "Task", "subject": "a task", "points": 3, "checklist": [{"item": "one"}]})
            .insert()
            .name
        )


# --- documents ---


@pytest.mark.parametrize(
    ("path", "options"),
    [
        pytest.param("/api/v2/document/Task", {"json": {"subject": "s", "points": 7}}, id="a JSON object"),
        pytest.param(
            "/api/v2/document/Task/",
            {"json": {"subject": "s", "points": "7"}},
            id="a trailing slash, text for a number",
        ),
        pytest.param("/api/v2/document/Task", {"data": {"subject": "s", "points": "7"}}, id="form fields"),
        pytest.param(
            "/api/v2/document/Task",
            {"data": {"data": '{"subject": "s", "points": 7}'}},
            id="JSON in the form field data",
        ),
    ],
)
def test_create_spellings(admin: ApiClient, path: str, options: dict[str, Any]) -> None:
    answer = admin(f"POST {path}", **options)
    assert (answer.status_code, answer.get_json()["data"]["subject"], answer.get_json()["data"]["points"]) == (
        201,
        "s",
        7,
    )


def test_unset_fields_are_null(admin: ApiClient, task: str) -> None:
    for answer in (
        admin(f"GET /api/v2/document/Task/{task}"),
        admin(f"PATCH /api/v2/document/Task/{task}", {"points": 4}),
    ):
        data = answer.get_json()["data"]
        assert data["due_date"] is None and data["checklist"][0]["assignee"] is None


@pytest.mark.parametrize("name", ["CHOSEN", "with/slash", "日本 'q\" 🎉", "copy"])
def test_create_keeps_the_name_that_is_given(office: Office, admin: ApiClient, name: str) -> None:
    assert admin("POST /api/v2/document/Task", {"name": name, "subject": "s"}).get_json()["data"]["name"] == name
    assert admin(f"GET /api/v2/document/Task/{quote(name, safe='')}").get_json()["data"]["name"] == name
    assert admin("POST /api/v2/document/Task", {"name": name, "subject": "s"}).status_code == 409


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
@pytest.mark.parametrize("options", [{"json": {"points": 9}}, {"data": {"points": "9"}}], ids=["json", "form"])
def test_update_changes_what_is_named_only(admin: ApiClient, task: str, verb: str, options: dict[str, Any]) -> None:
    data = admin(f"{verb} /api/v2/document/Task/{task}", **options).get_json()["data"]
    assert (data["points"], data["subject"], len(data["checklist"])) == (9, "a task", 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("modified_by", "user@x.org"),
        ("_assign", '["x"]'),
        ("_liked_by", "[]"),
    ],
)
def test_what_the_server_owns_is_not_set(office: Office, admin: ApiClient, task: str, key: str, value: Any) -> None:
    def stored(name: str) -> Any:
        return office.site.database.row(f"SELECT {key} FROM tabTask WHERE name = ?", (name,))[0]

    before = stored(task)
    assert admin(f"PATCH /api/v2/document/Task/{task}", {key: value}).status_code == 200
    assert stored(task) == before
    made = admin("POST /api/v2/document/Task", {"subject": "s", key: value}).get_json()["data"]["name"]
    assert stored(made) != value


def test_delete(admin: ApiClient, task: str) -> None:
    answer = admin(f"DELETE /api/v2/document/Task/{task}")
    assert (answer.status_code, answer.get_json()) == (202, {"data": "ok"})
    assert admin(f"DELETE /api/v2/document/Task/{task}").status_code == 404


# --- refusals ---

REFUSALS = [
    pytest.param("admin", "GET /api/v2/document/Nonsense", None, 404, "DoesNotExistError", id=(
        "list of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/v2/document/Nonsense/x", None, 404, "DoesNotExistError", id=(
        "read of an unknown DocType"
    )),
    pytest.param("admin", "POST /api/v2/document/Nonsense", {"a": 1}, 404, "DoesNotExistError", id=(
        "create of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/v2/doctype/Nonsense/meta", None, 404, "DoesNotExistError", id=(
        "meta of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/v2/doctype/Nonsense/count", None, 404, "DoesNotExistError", id=(
        "count of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/v2/method/Nonsense/x", None, 404, "DoesNotExistError", id=(
        "method of an unknown DocType"
    )),
    pytest.param("admin", "GET /api/v2/document/Task/nope", None, 404, "DoesNotExistError", id=(
        "read of a missing document"
    )),
    pytest.param("admin", "PATCH /api/v2/document/Task/nope", {"points": 1}, 404, "DoesNotExistError", id=(
        "update of a missing document"
    )),
    pytest.param("admin", "DELETE /api/v2/document/Task/nope", None, 404, "DoesNotExistError", id=(
        "delete of a missing document"
    )),
    pytest.param("admin", "GET /api/v2/document/Task/nope/copy", None, 404, "DoesNotExistError", id=(
        "copy of a missing document"
    )),
    pytest.param("admin", "POST /api/v2/document/Task/nope/method/close", None, 404, "DoesNotExistError", id=(
        "method of a missing document"
    )),
    pytest.param("admin", f"PATCH /api/v2/document/Task/{TASK}", {"modified": "2001-01-01 00:00:00"}, 417, (
        "TimestampMismatchError"
    ), id="a stale modified"),
    pytest.param("admin", f"PATCH /api/v2/document/Task/{TASK}", {"status": "Nonsense"}, 417, "ValidationError", id=(
        "no such option"
    )),
    pytest.param("admin", "POST /api/v2/document/Task", {}, 417, "MandatoryError", id="a mandatory field is missing"),
    pytest.param("admin", "POST /api/v2/document/Task", {"data": "[]"}, 400, "BadRequestError", id="data is an object"),
    pytest.param("guest", "GET /api/v2/document/Task", None, 403, "PermissionError", id="guest lists"),
    pytest.param("guest", f"GET /api/v2/document/Task/{TASK}", None, 403, "PermissionError", id="guest reads"),
    pytest.param("guest", "POST /api/v2/document/Task", {"subject": "s"}, 403, "PermissionError", id="guest creates"),
    pytest.param("guest", f"PATCH /api/v2/document/Task/{TASK}", {"points": 1}, 403, "PermissionError", id=(
        "guest updates"
    )),
    pytest.param("guest", f"DELETE /api/v2/document/Task/{TASK}", None, 403, "PermissionError", id="guest deletes"),
    pytest.param("guest", f"GET /api/v2/document/Task/{TASK}/copy", None, 403, "PermissionError", id="guest copies"),
    pytest.param("guest", f"POST /api/v2/document/Task/{TASK}/method/close", None, 403, "PermissionError", id=(
        "guest calls a document's method"
    )),
    pytest.param("guest", "GET /api/v2/doctype/Task/meta", None, 403, "PermissionError", id="guest asks for meta"),
    pytest.param("guest", "GET /api/v2/doctype/Task/count", None, 403, "PermissionError", id="guest counts"),
    pytest.param("guest", "GET /api/v2/method/Task/count_open", None, 403, "PermissionError", id=(
        "guest calls a DocType's function"
    )),
    pytest.param("website", "GET /api/v2/document/Task", None, 403, "PermissionError", id="no role: list"),
    pytest.param("website", "GET /api/v2/doctype/Task/meta", None, 403, "PermissionError", id="no role: meta"),
    pytest.param("website", "GET /api/v2/doctype/Task/count", None, 403, "PermissionError", id="no role: count"),
    pytest.param("website", f"GET /api/v2/document/Task/{TASK}/copy", None, 403, "PermissionError", id="no role: copy"),
    pytest.param("website", f"GET /api/v2/document/Task/{TASK}/method/reopen", None, 403, "PermissionError", id=(
        "no role: a document's method"
    )),
    pytest.param("user", f"DELETE /api/v2/document/Task/{TASK}", None, 403, "PermissionError", id=(
        "delete is for owners"
    )),
    pytest.param("user", "GET /api/v2/doctype/Locked Down/meta", None, 403, "PermissionError", id=(
        "meta of what one may not read"
    )),
    pytest.param("admin", f"GET /api/v2/document/Task/{TASK}/method/not_exposed", None, 403, "PermissionError", id=(
        "a method that is not whitelisted"
    )),
    pytest.param("admin", f"POST /api/v2/document/Task/{TASK}/method/db_set", {"fieldname": "status"}, 403, (
        "PermissionError"
    ), id="a method of every document"),
    pytest.param("admin", f"POST /api/v2/document/Task/{TASK}/method/__init__", None, 404, "a page", id=(
        "a private method is none"
    )),
    pytest.param("admin", f"POST /api/v2/document/Task/{TASK}/method/nope", None, 404, "a page", id=(
        "a method that is not there"
    )),
    pytest.param("admin", "GET /api/v2/method/Task/frappe", None, 417, "ValidationError", id=(
        "a module's import is no function"
    )),
    pytest.param("admin", 'GET /api/v2/document/Prompt Doc?filters=[["nonsense","=",1]]', None, 403, "PermissionError", id=(
        "a filter on a field that is not there"
    )),
    pytest.param("admin", "GET /api/v2/document/Prompt Doc?fields={broken", None, 400, "BadRequestError", id=(
        "fields is JSON"
    )),
    pytest.param("admin", "GET /api/v2/doctype/Prompt Doc/count?filters={broken", None, 400, "BadRequestError", id=(
        "filters is JSON"
    )),
    pytest.param("admin", "GET /api/v2/document/Prompt Doc?limit=-1", None, 417, "ValidationError", id=(
        "a negative limit"
    )),
    pytest.param("admin", "GET /api/v2/nothing", None, 404, "DoesNotExistError", id="an unknown path"),
    pytest.param("admin", "GET /api/v2/doctype/Task", None, 404, "DoesNotExistError", id="half a path"),
    pytest.param("admin", "GET /api/v2/resource/Task", None, 404, "DoesNotExistError", id="v1's word"),
    pytest.param("admin", f"POST /api/v2/document/Task/{TASK}", {"subject": "s"}, 404, "DoesNotExistError", id=(
        "no POST to a document"
    )),
]  # fmt: skip


@pytest.mark.parametrize(("who", "request_", "body", "status", "type_"), REFUSALS)
def test_refusals_change_nothing(
    office: Office, task: str, who: str, request_: str, body: Any, status: int, type_: str
) -> None:
    before = office.state()
    answer = office.clients[who](request_.replace(TASK, task), body)
    told = answer.get_json()["errors"][0]["type"] if answer.is_json else "a page"
    assert (answer.status_code, told) == (status, type_)
    assert office.state() == before


@pytest.mark.parametrize(
    ("request_", "right"),
    [
        pytest.param("PUT /api/v2/document/Task", "GET, HEAD, OPTIONS, POST, QUERY", id="no PUT on a collection"),
        pytest.param("DELETE /api/v2/doctype/Task/meta", "GET, HEAD, OPTIONS", id="no DELETE of a meta"),
        pytest.param("POST /api/v2/doctype/Task/meta", "GET, HEAD, OPTIONS", id="no POST of a meta"),
        pytest.param("POST /api/v2/doctype/Task/count", "GET, HEAD, OPTIONS, QUERY", id="no POST of a count"),
        pytest.param(
            "POST /api/v2/document/Task/x/", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT", id="no POST to a document"
        ),
    ],
)
def test_a_wrong_verb_names_the_right_ones(admin: ApiClient, request_: str, right: str) -> None:
    answer = admin(request_, {})
    assert (answer.status_code, answer.mimetype, answer.headers["Allow"]) == (405, "text/html", right)


# --- lists and counts ---


@pytest.mark.parametrize(
    ("query", "expected", "more"),
    [
        pytest.param("order_by=name asc&limit=1", [{"name": "P00"}], True, id="there are more"),
        pytest.param("order_by=name asc&limit=1&start=24", [{"name": "P24"}], False, id="the last page"),
        pytest.param(
            "order_by=name asc&limit=2&start=23", [{"name": "P23"}, {"name": "P24"}], False, id="exactly the last page"
        ),
        pytest.param("start=25", [], False, id="past the end"),
        pytest.param(
            "limit_page_length=1&limit_start=1&order_by=name",
            [{"name": "P00"}],
            True,
            id="v1's name for the limit; that for the start says nothing, as in Frappe",
        ),
        pytest.param(
            'fields=["name","nonsense"]&limit=1&order_by=name',
            [{"name": "P00"}],
            True,
            id="unknown fields are left out",
        ),
        pytest.param(
            'filters={"name":["in",["P03"]]}&fields=["title"]', [{"title": "title 3"}], False, id="filters and fields"
        ),
        pytest.param('or_filters=[["name","=","P03"]]&as_dict=0', [["P03"]], False, id="rows as lists"),
    ],
)
def test_lists(admin: ApiClient, query: str, expected: list[Any], more: bool) -> None:
    assert admin(f"GET /api/v2/document/Prompt Doc?{query}").get_json() == {"data": expected, "has_next_page": more}


@pytest.mark.parametrize(
    ("query", "length", "more"),
    [("", 20, True), ("limit=0", 25, False), ("limit=25", 25, False), ("limit=24", 24, True)],
)
def test_length_of_a_page(admin: ApiClient, query: str, length: int, more: bool) -> None:
    answer = admin(f"GET /api/v2/document/Prompt Doc?{query}").get_json()
    assert (len(answer["data"]), answer["has_next_page"]) == (length, more)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 25),
        ('filters=[["name","in",["P01","P02"]]]', 2),
        ('filters={"name":"P01"}', 1),
        ('filters=[["name","=","none"]]', 0),
        ('or_filters=[["name","=","P01"],["name","=","P02"]]', 2),
        ("limit=3", 3),
    ],
)
def test_count(admin: ApiClient, query: str, count: int) -> None:
    assert admin(f"GET /api/v2/doctype/Prompt Doc/count?{query}").get_json() == {"data": count}


def test_count_counts_what_one_may_read(office: Office) -> None:
    for who, title in (("user", "mine"), ("admin", "theirs")):
        assert office.clients[who]("POST /api/v2/document/Private Note", {"title": title}).status_code == 201
    assert office.clients["user"]("GET /api/v2/doctype/Private Note/count").get_json() == {"data": 1}


@pytest.mark.parametrize("path", ["document/Prompt Doc", "doctype/Prompt Doc/count"])
def test_the_verb_query_is_a_get_with_a_body(office: Office, path: str) -> None:
    client = Client(frappe_lite.App(office.site))  # wsgiref's validator does not know the verb
    with client.open(
        f"/api/v2/{path}", method="QUERY", json={"filters": {"name": "P03"}}, headers=office.clients["admin"].headers
    ) as answer:
        assert answer.get_json()["data"] in (1, [{"name": "P03"}])


# --- copy, meta, methods ---


def test_copy_is_what_a_new_document_begins_with(office: Office, admin: ApiClient, task: str) -> None:
    before = office.state()
    data = admin(f"GET /api/v2/document/Task/{task}/copy").get_json()["data"]
    assert (data["subject"], data["doctype"], data["checklist"][0]["item"]) == ("a task", "Task", "one")
    for row in (data, *data["checklist"]):
        assert not {"name", "owner", "creation", "modified", "modified_by", "docstatus"} & set(row)
    assert office.state() == before


def test_a_copy_can_be_created(admin: ApiClient, task: str) -> None:
    copied = admin(f"GET /api/v2/document/Task/{task}/copy").get_json()["data"]
    made = admin("POST /api/v2/document/Task", copied).get_json()["data"]
    assert made["name"] != task and made["checklist"][0]["item"] == "one"


def test_meta(office: Office) -> None:
    data = office.clients["user"]("GET /api/v2/doctype/Task/meta").get_json()["data"]
    assert (data["doctype"], data["name"], data["autoname"]) == ("DocType", "Task", "TASK-.#####")
    assert [row["fieldname"] for row in data["fields"]][:2] == ["subject", "status"]
    assert {row["role"] for row in data["permissions"]} == {"System Manager", "Task Manager", "Task User"}


def test_meta_of_a_child_table_is_for_whoever_is_signed_in(office: Office) -> None:
    assert office.clients["user"]("GET /api/v2/doctype/Task Checklist Item/meta").status_code == 200
    assert office.clients["guest"]("GET /api/v2/doctype/Task Checklist Item/meta").status_code == 403


def test_a_documents_method_answers_with_the_document(admin: ApiClient, task: str) -> None:
    answer = admin(f"POST /api/v2/document/Task/{task}/method/close", {"reason": "done"}).get_json()
    assert answer["data"] == {"closed": task, "reason": "done"}
    assert [(doc["name"], doc["status"], doc["due_date"]) for doc in answer["docs"]] == [(task, "Completed", None)]


def test_a_documents_method_by_get_keeps_nothing(admin: ApiClient, task: str) -> None:
    assert admin(f"GET /api/v2/document/Task/{task}/method/close").get_json()["docs"][0]["status"] == "Completed"
    assert admin(f"GET /api/v2/document/Task/{task}").get_json()["data"]["status"] == "Open"


def test_a_documents_method_by_post_needs_write(office: Office, admin: ApiClient, task: str) -> None:
    share = {"doctype": "Task", "name": task, "user": "reader@x.org", "read": 1}
    assert admin("POST /api/method/frappe.share.add", share).status_code == 200
    path = f"/api/v2/document/Task/{task}/method/reopen"
    assert [office.clients["reader"](f"{verb} {path}").status_code for verb in ("GET", "POST")] == [200, 403]


def test_what_a_method_shows_of_its_document_is_what_one_may_read(office: Office) -> None:
    with office.site.acting() as ctx:
        name = document.new(ctx, {"doctype": "Task", "subject": "s", "internal_note": "hush"}).insert().name
    path = f"GET /api/v2/document/Task/{name}/method/reopen"
    assert "hush" in office.clients["manager"](path).get_data(as_text=True)
    assert "hush" not in office.clients["user"](path).get_data(as_text=True)


@pytest.mark.parametrize("name", ["a/b", "x/method/y"])
def test_a_method_of_a_document_whose_name_has_slashes(admin: ApiClient, name: str) -> None:
    assert admin("POST /api/v2/document/Task", {"name": name, "subject": "s"}).status_code == 201
    assert admin(f"POST /api/v2/document/Task/{name}/method/close").get_json()["data"]["closed"] == name


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param("GET /api/v2/method/ping", {"data": "pong"}, id="a result stands in data"),
        pytest.param("GET /api/v2/method/conformance.api.nothing", {}, id="None is no key"),
        pytest.param("GET /api/v2/method/conformance.api.values?kind=zero", {"data": 0}, id="zero is a value"),
        pytest.param(
            "GET /api/v2/method/conformance.api.teapot",
            {"data": "tea", "extra": "short and stout"},
            id="what the method added stands beside",
        ),
        pytest.param(
            "GET /api/v2/method/conformance.api.say",
            {"data": "said", "messages": [{"message": "message 1", "title": "Said", "indicator": "green"}]},
            id="messages are a list",
        ),
    ],
)
def test_methods(admin: ApiClient, request_: str, expected: dict[str, Any]) -> None:
    assert admin(request_).get_json() == expected


def test_a_function_beside_a_doctypes_controller(office: Office, admin: ApiClient, task: str) -> None:
    expected = office.site.database.row("SELECT count(*) FROM tabTask WHERE status = 'Open' AND project = 'none'")[0]
    assert admin("GET /api/v2/method/Task/count_open?project=none").get_json() == {"data": expected}
    assert admin("GET /api/v2/method/Task/count_open").get_json()["data"] > 0


# --- the table itself ---

ROUTES = router.RouteTable(router.V2_ROUTES)


@pytest.mark.parametrize(
    ("verb", "path", "handler", "names"),
    [
        ("QUERY", "document/Task", router.list_v2, {"doctype": "Task"}),
        ("PATCH", "document/Task/a/b", router.update, {"doctype": "Task", "name": "a/b"}),
        ("GET", "document/Task/copy", router.read, {"doctype": "Task", "name": "copy"}),
        ("GET", "document/Task/a/copy", router.copy, {"doctype": "Task", "name": "a"}),
        ("PUT", "document/Task/a/copy", router.update, {"doctype": "Task", "name": "a/copy"}),
        (
            "POST",
            "document/Task/a/b/method/m",
            router.document_method,
            {"doctype": "Task", "name": "a/b", "method": "m"},
        ),
        ("GET", "document/Task/method/m", router.read, {"doctype": "Task", "name": "method/m"}),
        ("DELETE", "method/Task/count", router.doctype_method, {"doctype": "Task", "name": "count"}),
        ("DELETE", "method/a.b", router.method, {"name": "a.b"}),
    ],
)
def test_match(verb: str, path: str, handler: Any, names: dict[str, str]) -> None:
    assert ROUTES.match(verb, path) == (handler, names)


@pytest.mark.parametrize(
    ("verb", "path", "error"),
    [
        ("GET", "", DoesNotExistError),
        ("GET", "doctype/Task/x", DoesNotExistError),
        ("PUT", "document/Task", MethodNotAllowedError),
    ],
)
def test_no_match(verb: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ROUTES.match(verb, path)


@pytest.mark.parametrize(
    ("path", "number", "rest"),
    [
        ("resource/Task", 1, "resource/Task"),
        ("v1/resource/Task", 1, "resource/Task"),
        ("v2/document/Task", 2, "document/Task"),
        ("v2", 1, "v2"),
        ("v3/x", 1, "v3/x"),
    ],
)
def test_version_of_a_path(path: str, number: int, rest: str) -> None:
    version, left = router.version_of(path)
    assert (version.number, left) == (number, rest)


def test_pages_of_200_lose_nothing(app_site: frappe_lite.Site) -> None:
    """As frappectl reads everything: 200 a page, until `has_next_page` says that there is no more."""
    with app_site.acting() as ctx:
        for number in range(450):
            document.new(ctx, {"doctype": "Hash Doc", "title": f"{number:03}"}).insert()
    client, titles, more = ApiClient(app_site), [], True
    while more:
        page = client(
            "GET /api/v2/document/Hash Doc",
            params={"fields": ["title"], "order_by": "title asc", "limit": "200", "start": str(len(titles))},
        ).get_json()
        titles += [row["title"] for row in page["data"]]
        more = page["has_next_page"]
    assert titles == [f"{number:03}" for number in range(450)]
