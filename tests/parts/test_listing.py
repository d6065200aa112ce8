"""Lists of v2: child rows and linked documents without a query for each row, a capped count, the search of link fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import Client

import frappe_lite
from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import lists, nested_rows
from frappe_lite.errors import QueryTimeoutError
from frappe_lite.parts import listing

LIST = "GET /api/v2/document/Task"
MANY = 12


class Office(BaseOffice):
    """A site with projects and tasks, and clients for several users."""

    users = {"user": ("Task User",), "limited": ("Task User",), "website": ()}

    def fill(self, ctx: Context) -> None:
        for title in ("Alpha", "Beta"):
            document.new(ctx, {"doctype": "Project", "title": title, "budget": 10, "lead": "user@x.org"}).insert()
        for number in range(MANY):
            checklist = [{"item": f"i{number}{row}", "qty": row, "assignee": "user@x.org"} for row in range(number % 3)]
            project = ("Alpha", "Beta", None)[number % 3]
            document.new(
                ctx,
                {
                    "doctype": "Task",
                    "subject": f"s{number:02}",
                    "code": f"B{number:02}",
                    "project": project,
                    "checklist": checklist,
                },
            ).insert()
        document.new(
            ctx,
            {
                "doctype": "User Permission",
                "user": "limited@x.org",
                "allow": "Project",
                "for_value": "Alpha",
                "apply_to_all_doctypes": 1,
            },
        ).insert()

    def rows(self, fields: list[Any], who: str = "admin", **params: Any) -> list[Any]:
        answer = self.clients[who](LIST, params={"fields": fields, "order_by": "name asc", "limit": "0", **params})
        assert answer.status_code == 200, answer.json
        return answer.json["data"]


DOORS = (
    ("GET /api/resource/Task", "data", {}),
    (LIST, "data", {}),
    ("GET /api/method/frappe.client.get_list", "message", {"doctype": "Task"}),
    ("POST /api/method/frappe.client.get_list", "message", {"doctype": "Task"}),
)


@pytest.mark.parametrize(("door", "key", "more"), DOORS)
@pytest.mark.parametrize(
    ("who", "fields", "found"),
    [
        (
            "user",
            ["name", {"checklist": ["item", "qty"]}],
            {"name": "TASK-00002", "checklist": [{"item": "i10", "qty": 0}]},
        ),
        ("user", [{"checklist": ["item"]}, "code"], {"checklist": [{"item": "i10"}], "code": "B01"}),
        ("user", ["code", {"project": ["title"]}], {"code": "B01", "project": {"name": "Beta", "title": "Beta"}}),
    ],
)
def test_every_list_of_the_api_takes_what_is_nested(office, door, key, more, who, fields, found):
    answer = office.clients[who](door, params={"fields": fields, "filters": {"code": "B01"}, **more})
    assert answer.json[key] == [found]


@pytest.mark.parametrize(("door", "key", "more"), DOORS)
@pytest.mark.parametrize("asked", [{"group_by": "status"}, {"as_dict": "0"}])
def test_what_is_nested_needs_rows_as_objects(office, door, key, more, asked):
    if asked == {"as_dict": "0"} and "client" in door:
        asked = {"as_dict": ""}  # a method's flag is no text
    answer = office.clients["admin"](door, params={"fields": ["name", {"checklist": ["item"]}], **asked, **more})
    assert (answer.status_code, "need rows as objects" in answer.text) == (417, True)


@pytest.mark.parametrize(("door", "key", "more"), DOORS)
@pytest.mark.parametrize(
    "fields",
    [
        ["name", {"checklist": [{"COUNT": "*", "as": "n"}]}],
        ["name", {"checklist": ["item", {"DIV": [{"SUM": "qty"}, 2], "as": "half"}]}],
        ["name", {"project": [{"MAX": "budget", "as": "most"}]}],
        ["name", {"checklist": [{"assignee": [{"COUNT": "name"}]}]}],
        [{"COUNT": "name", "as": "n"}, {"checklist": ["item"]}],
    ],
    ids=json.dumps,
)
def test_rows_that_belong_to_others_are_not_counted(office, door, key, more, fields):
    """They are read for a whole page at once: a sum would be that of all the documents, at the first of them."""
    answer = office.clients["admin"](door, params={"fields": fields, **more})
    assert (answer.status_code, "no field is a COUNT" in answer.text) == (417, True)


# --- child rows and linked documents ----------------------------------------------------------------------


NESTED = [
    pytest.param(
        ["code", {"checklist": ["item", "qty"]}],
        {"code": "B02", "checklist": [{"item": "i20", "qty": 0}, {"item": "i21", "qty": 1}]},
        id="child rows, in order",
    ),
    pytest.param([{"checklist": ["item"]}], {"checklist": [{"item": "i20"}, {"item": "i21"}]}, id="child rows alone"),
    pytest.param(
        [{"checklist": ["no_such"]}], {"checklist": [{}, {}]}, id="an unknown field of a child row is left out"
    ),
    pytest.param(["code", {"project": ["title", "budget"]}], {"code": "B02", "project": None}, id="no linked document"),
    pytest.param(["code", {"no_such": "x", "as": "y"}], None, id="an object that is neither a place nor a function"),
    pytest.param(["code", {"checklist": "item"}], None, id="what is nested is a list"),
]


@pytest.mark.parametrize(("fields", "third"), NESTED)
def test_what_belongs_to_a_row(office, fields, third):
    if third is None:
        assert office.clients["admin"](LIST, params={"fields": fields}).status_code == 417
    else:
        assert office.rows(fields)[2] == third


def test_a_linked_document_has_its_name_and_what_was_asked_for(office):
    rows = office.rows(["code", {"project": ["title", "budget"]}])
    assert [row["project"] for row in rows[:3]] == [
        {"name": "Alpha", "title": "Alpha", "budget": 10},
        {"name": "Beta", "title": "Beta", "budget": 10},
        None,
    ]


def test_everything_of_rows_and_of_what_belongs_to_them(office):
    row = office.rows(["*", {"checklist": ["*"], "project": ["*"]}])[1]
    assert (row["subject"], row["checklist"][0]["item"], row["checklist"][0]["parent"], row["project"]["budget"]) == (
        "s01",
        "i10",
        row["name"],
        10,
    )


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        pytest.param(["subject as name", {"checklist": ["item"]}], {"checklist": []}, id="no document of that name"),
        pytest.param(["name as n", {"checklist": ["item"]}], {"checklist": [{"item": "i10"}]}, id="another alias"),
    ],
)
def test_child_rows_belong_to_what_is_called_name(office: Office, fields: list[Any], row: dict[str, Any]) -> None:
    """Frappe: and a field that is shown as the name is the name."""
    found = office.rows(fields)[1]
    assert found.pop(fields[0].split()[-1]) and found == row


def test_nesting_goes_on(office):
    row = office.rows(
        ["code", {"checklist": ["item", {"assignee": ["full_name"]}]}, {"project": [{"lead": ["email"]}]}]
    )[1]
    assert row["checklist"] == [{"item": "i10", "assignee": {"name": "user@x.org", "full_name": "user"}}]
    assert row["project"] == {"name": "Beta", "lead": {"name": "user@x.org", "email": "user@x.org"}}


def test_nesting_has_an_end(office):
    deep: list[Any] = ["subject"]
    for _ in range(nested_rows.MAX_DEPTH + 1):
        deep = [{"parent_task": deep}]
    with office.site.acting() as ctx:
        names = [row["name"] for row in lists.get_list(ctx, "Task", limit=None)]
        ctx.store.database.execute('UPDATE "tabTask" SET parent_task = ?', (names[0],))
        assert (
            office.clients["admin"](LIST, params={"fields": deep}).json["errors"][0]["message"]
            == "Fields may be nested 3 levels deep"
        )
        ctx.store.database.execute('UPDATE "tabTask" SET parent_task = NULL')


def test_functions_are_still_functions(office):
    rows = office.rows(["status", {"COUNT": "name", "as": "n"}], group_by="status", order_by="status asc")
    assert rows == [{"status": "Open", "n": MANY}]


@pytest.mark.parametrize("more", [{"as_dict": "false"}, {"group_by": "status"}])
def test_nested_fields_need_rows_of_documents(office, more):
    assert office.clients["admin"](LIST, params={"fields": [{"checklist": ["item"]}], **more}).status_code == 417


def test_the_number_of_queries_does_not_grow_with_the_rows(office, monkeypatch):
    counted: list[str] = []
    rows = office.site.database.rows
    monkeypatch.setattr(office.site.database, "rows", lambda sql, params=(): counted.append(sql) or rows(sql, params))
    fields = ["name", {"checklist": ["item"]}, {"watchers": ["user"]}, {"project": ["title"]}]
    needed = []
    for limit in (2, MANY):
        office.rows(fields, limit=str(limit))
        counted.clear()
        assert len(office.rows(fields, limit=str(limit))) == limit
        needed.append(len([sql for sql in counted if 'FROM "tab' in sql and "tabUser" not in sql]))
    assert needed[0] == needed[1] <= 4


def test_many_rows_are_asked_for_in_portions(office, monkeypatch):
    monkeypatch.setattr(nested_rows, "NAMES_AT_ONCE", 5)
    rows = office.rows(["code", {"checklist": ["item"]}, {"project": ["title"]}])
    assert [len(row["checklist"]) for row in rows] == [number % 3 for number in range(MANY)]


# --- permissions ----------------------------------------------------------------------------------------------


def test_what_the_user_may_not_read_of_a_linked_document(office):
    rows = office.rows(["code", {"project": ["title", "budget"]}, {"assigned_to": ["email"]}], "limited")
    assert [row["project"] for row in rows[:2]] == [{"name": "Alpha", "title": "Alpha", "budget": 10}, None]
    with office.site.acting() as ctx:
        ctx.store.database.execute("UPDATE \"tabTask\" SET assigned_to = 'Administrator' WHERE code = 'B00'")
    row = office.rows(["code", {"assigned_to": ["email", "last_login"]}], "user")[0]
    assert row["assigned_to"] == {"name": "Administrator"}


def test_child_rows_are_those_of_documents_that_the_user_may_read(office):
    codes = [row["code"] for row in office.rows(["code", {"checklist": ["item"]}], "limited")]
    assert codes == [f"B{number:02}" for number in range(MANY) if number % 3 != 1]


@pytest.mark.parametrize("who", ["website", "guest"])
def test_no_rows_no_child_rows(office, who):
    assert office.clients[who](LIST, params={"fields": ["name", {"checklist": ["item"]}]}).status_code == 403


def test_a_password_field_stays_unread(office):
    assert office.rows([{"parent_task": ["secret"]}, "code"])[0] == {"code": "B00", "parent_task": None}


# --- paging and counting ----------------------------------------------------------------------------------------


def test_the_count_stands_beside_the_rows(office):
    body = office.clients["admin"](
        LIST, params={"include": "count", "limit": "2", "filters": [["project", "=", "Alpha"]]}
    ).json
    assert (len(body["data"]), body["has_next_page"], body["count"], body["count_capped"]) == (2, True, 4, False)


def test_the_count_is_of_what_the_user_may_read(office):
    assert office.clients["limited"](LIST, params={"include": "count"}).json["count"] == 8


@pytest.mark.parametrize(("cap", "count", "capped"), [(5, 5, True), (MANY, MANY, False), (MANY - 1, MANY - 1, True)])
def test_the_count_has_a_cap(office, monkeypatch, cap, count, capped):
    monkeypatch.setattr(listing, "COUNT_CAP", cap)
    body = office.clients["admin"](LIST, params={"include": "count"}).json
    assert (body["count"], body["count_capped"]) == (count, capped)


def test_a_count_that_takes_too_long_is_null(office, monkeypatch):
    def slow(*_: Any, **__: Any) -> int:
        raise QueryTimeoutError("slow")

    monkeypatch.setattr(lists, "count", slow)
    body = office.clients["admin"](LIST, params={"include": "count", "limit": "1"}).json
    assert (body["count"], len(body["data"])) == (None, 1)


def test_an_unknown_part_is_refused(office):
    error = office.clients["admin"](LIST, params={"include": "count,sum"}).json["errors"][0]
    assert error["message"] == "Unknown part in include: sum. Known parts: count"


def test_paging_to_the_end_loses_nothing(office):
    client, found, start = office.clients["admin"], [], 0
    while True:
        body = client(LIST, params={"fields": ["code"], "order_by": "code asc", "limit": "5", "start": str(start)}).json
        found += [row["code"] for row in body["data"]]
        start += 5
        if not body["has_next_page"]:
            break
    assert found == [f"B{number:02}" for number in range(MANY)]


# --- QUERY ----------------------------------------------------------------------------------------------------------


def query(office: Office, path: str, body: Any) -> Any:
    """A QUERY request; the validating client knows no such verb."""
    return Client(frappe_lite.App(office.site)).open(
        path, method="QUERY", json=body, headers=office.clients["admin"].headers
    )


def test_query_is_a_get_with_a_body(office):
    body = {"fields": ["code", {"checklist": ["item"]}], "filters": [["code", "in", ["B01"]]], "include": "count"}
    answer = query(office, "/api/v2/document/Task", body)
    assert answer.json == {
        "data": [{"code": "B01", "checklist": [{"item": "i10"}]}],
        "has_next_page": False,
        "count": 1,
        "count_capped": False,
    }


def test_query_counts_and_searches(office):
    assert query(office, "/api/v2/doctype/Task/count", {"filters": {"project": "Alpha"}}).json["data"] == 4
    assert query(office, "/api/v2/doctype/Project/search", {"txt": "alp"}).json["data"][0]["value"] == "Alpha"


# --- search
# ------------------------------------------------------------------------------------------------------------


def test_search_gives_value_label_and_description(office):
    rows = office.clients["admin"]("GET /api/v2/doctype/Project/search?txt=be").json["data"]
    assert [set(row) for row in rows] == [{"value", "label", "description"}]
    assert (rows[0]["value"], rows[0]["label"]) == ("Beta", "Beta")


def test_a_row_without_a_title_is_labelled_by_its_name(office):
    row = office.clients["admin"]("GET /api/v2/doctype/Hash Doc/search?txt=").json
    assert row["data"] == []
    roles = office.clients["admin"]("GET /api/v2/doctype/Role/search?txt=Task Man").json["data"]
    assert roles[0]["value"] == roles[0]["label"] == "Task Manager"


SEARCHES = [
    pytest.param("admin", "Project/search?limit=1", 200, id="a page"),
    pytest.param("admin", "Project/search?limit=-1", 417, id="a page of less than nothing"),
    pytest.param("admin", 'Project/search?filters={"status":"Open"}', 200, id="filters"),
    pytest.param("admin", "Project/search?filters=5", 400, id="filters that are a number"),
    pytest.param("admin", "No Such/search", 404, id="no such DocType"),
    pytest.param("website", "Task/search", 403, id="no permission"),
    pytest.param("guest", "Task/search", 403, id="guest"),
]


@pytest.mark.parametrize(("who", "path", "status"), SEARCHES)
def test_searches(office, who, path, status):
    assert office.clients[who](f"GET /api/v2/doctype/{path}").status_code == status


def test_text_is_text(office):
    assert query(office, "/api/v2/doctype/Project/search", {"txt": ["a"]}).status_code == 400


def test_pages_of_a_search(office):
    client = office.clients["admin"]
    first = client("GET /api/v2/doctype/Task/search?limit=5").json["data"]
    rest = client("GET /api/v2/doctype/Task/search?start=5&limit=0").json["data"]
    assert (len(first), len(rest), len({row["value"] for row in first + rest})) == (5, MANY - 5, MANY)


@pytest.mark.parametrize("doctype", ["every role", "disabled roles", "System Settings values", "dynamic links"])
def test_no_name_finds_something_else_in_the_caches(office, doctype):
    office.rows(["name"], "user")
    assert office.clients["admin"](f"GET /api/v2/doctype/{doctype}/search").status_code == 404
