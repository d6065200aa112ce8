"""Rules of lists and counts that Frappe has once, asked at every door."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from conftest import BaseOffice
from frappe_lite import document

LISTS = {
    "v1": "/api/resource/{}",
    "v2": "/api/v2/document/{}",
    "client": "/api/method/frappe.client.get_list",
    "report": "/api/method/frappe.desk.reportview.get",
    "report as dicts": "/api/method/frappe.desk.reportview.get_list",
}
COUNTS = {
    "v2": "/api/v2/doctype/{}/count",
    "client": "/api/method/frappe.client.get_count",
    "report": "/api/method/frappe.desk.reportview.get_count",
}
ROWS = [["Task Checklist Item", "item", "=", "a"]]


class Office(BaseOffice):
    """Two tasks with two rows each, and two projects."""

    users = {"user": ("Task User",)}

    def fill(self, ctx: Any) -> None:
        for title, budget in (("Alpha", 0), ("Beta", 5)):
            document.new(ctx, {"doctype": "Project", "title": title, "budget": budget}).insert()
        for title in ("one", "two"):
            rows = [{"item": "a"}, {"item": "a"}]
            document.new(ctx, {"doctype": "Task", "subject": title, "code": title, "checklist": rows}).insert()


def ask(office: Office, path: str, doctype: str, user: str = "admin", **asked: Any) -> Any:
    words = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.items()}
    return office.clients[user](f"GET {path.format(quote(doctype))}?{urlencode({'doctype': doctype, **words})}")


def rows_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_json()
    body = answer.get_json()
    found = body.get("data", body.get("message"))
    return [dict(zip(found["keys"], row, strict=True)) for row in found["values"]] if isinstance(found, dict) else found


def refusal(answer: Any) -> tuple[int, str]:
    body = answer.get_json()
    return answer.status_code, body["errors"][0]["type"] if "errors" in body else body["exc_type"]


@pytest.mark.parametrize("door", LISTS)
@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        pytest.param(["*", "name"], (417, "DataError"), None, id="all fields beside another"),
        pytest.param(["name", "*"], (417, "DataError"), None, id="and after it"),
        pytest.param(["distinct status"], (403, "PermissionError"), (417, "DataError"), id="distinct as text"),
        pytest.param(["DISTINCT status as s"], (403, "PermissionError"), (417, "DataError"), id="in capitals, named"),
    ],
)
def test_fields_that_only_some_doors_take(
    office: Office, door: str, fields: list[str], old: tuple[int, str], new: tuple[int, str] | None
) -> None:
    answer = ask(office, LISTS[door], "Project", fields=fields)
    wanted = new if door == "v2" else old
    if wanted is None:
        assert {row["title"] for row in rows_of(answer)} == {"Alpha", "Beta"}
    else:
        assert refusal(answer) == wanted


@pytest.mark.parametrize("door", LISTS)
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param([["status", "=", []]], [], id="equal to nothing"),
        pytest.param({"status": []}, [], id="in an object"),
        pytest.param([["status", "!=", []]], ["Alpha", "Beta"], id="not equal"),
        pytest.param([["budget", "=", []]], ["Alpha"], id="a number is 0"),
        pytest.param([["budget", ">", []]], ["Beta"], id="more than 0"),
        pytest.param([["status", "in", []]], [], id="one of none"),
        pytest.param([["status", "not in", []]], ["Alpha", "Beta"], id="none of none"),
    ],
)
def test_an_empty_list_is_no_value(office: Office, door: str, filters: Any, found: list[str]) -> None:
    rows = rows_of(ask(office, LISTS[door], "Project", fields=["name"], filters=filters))
    assert sorted(row["name"] for row in rows) == found


@pytest.mark.parametrize("door", LISTS)
@pytest.mark.parametrize("value", [["Open"], {}, {"a": 1}], ids=str)
def test_any_other_list_or_object_is_refused(office: Office, door: str, value: Any) -> None:
    answer = ask(office, LISTS[door], "Project", filters=[["status", "=", value]])
    assert refusal(answer) == (417, "ValidationError")


@pytest.mark.parametrize("door", LISTS)
def test_rows_of_which_no_parent_is_named(office: Office, door: str) -> None:
    table = "Task Checklist Item"
    (row, *_), (named, *_) = (
        rows_of(ask(office, LISTS[door], table, fields=fields)) for fields in (["*"], ["item", "parenttype"])
    )
    assert set(row) == {"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"}
    assert named == {"item": "a", "parenttype": "Task"}
    for fields in (["*"], ["item"]):
        assert refusal(ask(office, LISTS[door], table, "user", fields=fields)) == (403, "PermissionError")


@pytest.mark.parametrize("door", LISTS)
def test_rows_of_a_named_parent_show_all_fields(office: Office, door: str) -> None:
    for user in ("admin", "user"):
        asked = {"fields": ["*"], "parent_doctype" if door.startswith("report") else "parent": "Task"}
        (row, *_) = rows_of(ask(office, LISTS[door], "Task Checklist Item", user, **asked))
        assert (row["item"], row["parenttype"], row["parentfield"]) == ("a", "Task", "checklist")


@pytest.mark.parametrize("door", COUNTS)
@pytest.mark.parametrize(
    ("asked", "number"),
    [
        pytest.param({}, 2, id="all"),
        pytest.param({"filters": ROWS}, 4, id="once for each row that fits"),
        pytest.param({"filters": ROWS, "distinct": 0}, 4, id="distinct is no"),
        pytest.param({"filters": ROWS, "distinct": "false"}, 4, id="distinct is no, as text"),
        pytest.param({"filters": ROWS, "distinct": "true"}, 2, id="distinct"),
        pytest.param({"filters": ROWS, "distinct": 1, "fields": ["name", "checklist.item as it"]}, 2, id="with fields"),
        pytest.param({"limit": 1}, 1, id="no more than a limit"),
        pytest.param({"filters": ROWS, "limit": 3}, 3, id="of rows too"),
        pytest.param({"filters": ROWS, "limit": 3, "distinct": 1}, 2, id="fewer than the limit"),
        pytest.param({"limit": "x"}, 2, id="a limit that is no number"),
        pytest.param({"limit": -1}, 2, id="or less than none"),
        pytest.param({"fields": ["*"]}, 2, id="all fields"),
    ],
)
def test_how_many_documents_fit(office: Office, door: str, asked: dict[str, Any], number: int) -> None:
    body = ask(office, COUNTS[door], "Task", **asked).get_json()
    assert body.get("data", body.get("message")) == number


@pytest.mark.parametrize(("door", "number"), [("v2", 1), ("report", 1), ("client", 2)])
def test_one_condition_or_another_of_a_count(office: Office, door: str, number: int) -> None:
    """`frappe.client.get_count` takes none: it counts all."""
    body = ask(office, COUNTS[door], "Task", or_filters=[["code", "=", "one"], ["code", "=", "no"]]).get_json()
    assert body.get("data", body.get("message")) == number


@pytest.mark.parametrize("door", COUNTS)
@pytest.mark.parametrize("fields", [["nope"], ["name", "nope"], ["*", "name"]], ids=str)
def test_fields_of_a_count_are_those_of_a_list(office: Office, door: str, fields: list[str]) -> None:
    assert refusal(ask(office, COUNTS[door], "Task", fields=fields)) == (417, "DataError")


@pytest.mark.parametrize("door", COUNTS)
def test_who_may_count_nothing_hears_nothing_of_fields(office: Office, door: str) -> None:
    assert refusal(ask(office, COUNTS[door], "Locked Down", "user", fields=["nope"])) == (403, "PermissionError")
