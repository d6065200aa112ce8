"""Reports of the report builder: what each form of `Report.json` means, on every door that reads one."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

READ, EXPORT, RUN = "frappe_lite.report.read", "frappe_lite.report.export", "frappe.desk.query_report.run"
CHILD = "Task Checklist Item"
STATUSES = ("Open", "Working", "Completed")


class Office(BaseOffice):
    """Six tasks with 0 to 5 points, the first with two rows, all but the last in a project."""

    users = {"user": ("Task User",), "manager": ("Task Manager",), "website": ()}

    def fill(self, ctx: Context) -> None:
        for title in ("Alpha", "Beta"):
            document.new(ctx, {"doctype": "Project", "title": title, "status": "Open"}).insert(set_name=title)
        for number in range(6):
            values = {
                "subject": f"job {number + 1}", "status": STATUSES[number % 3], "points": number, "internal_note": "hush",
                "project": ("Alpha", "Beta")[number % 2] if number < 5 else None,
                "checklist": [{"item": "box"}, {"item": "tape"}] if number == 0 else [],
            }  # fmt: skip
            document.new(ctx, {"doctype": "Task", **values}).insert(set_name=f"T{number + 1}")

    def call(self, who: str, method: str, /, **body: Any) -> TestResponse:
        return self.clients[who](f"POST /api/method/{method}", body)

    def read(self, settings: object, who: str = "manager", **more: Any) -> dict[str, Any]:
        answer = self.call(who, READ, doctype="Task", settings=settings, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json["message"]
        return found

    def table(self, settings: object, who: str = "manager", **more: Any) -> list[list[Any]]:
        found = self.read(settings, who, **more)
        keys = [each["fieldname"] for each in found["columns"]]
        return [keys, *([row[key] for key in keys] for row in found["result"])]


NAMED = "`tabTask`.`name` asc"
T1, T2 = ["Task", "name", "=", "T1"], ["Task", "name", "in", ["T1", "T2"]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(
            {"fields": [["subject", "Task"], ["points", "Task"]], "filters": [T2], "order_by": NAMED},
            [["subject", "points"], ["job 1", 0], ["job 2", 1]],
            id="fields, filters and order, as a bench keeps them",
        ),
        pytest.param(
            {"columns": [["name", "Task"]], "filters": [[*T2, False]], "sort_by": "Task.points", "sort_order": "desc"},
            [["name"], ["T2"], ["T1"]],
            id="columns and sort_by, as it kept them before",
        ),
        pytest.param(
            {"fields": ["name"], "filters": {"status": "Open"}, "sort_by": "Task.status", "sort_order": "asc",
             "sort_by_next": "Task.points", "sort_order_next": "desc"},
            [["name"], ["T4"], ["T1"]],
            id="a second order",
        ),
        pytest.param(
            {"fields": [["name", "Task"], ["item", CHILD]], "filters": [T1], "order_by": f"`tab{CHILD}`.`idx` asc"},
            [["name", "item"], ["T1", "box"], ["T1", "tape"]],
            id="a field of a child table: a line for each row",
        ),
        pytest.param(
            {"fields": [["name", "Task"], ["name", CHILD]], "filters": [["Task", "name", "=", "T2"]]},
            [["name", "checklist.name"], ["T2", None]],
            id="of two fields of one name the second is called by its path",
        ),
        pytest.param(
            {"fields": [["status", "Task"], ["_aggregate_column", "Task"]],
             "group_by": {"group_by": "`tabTask`.`project`", "aggregate_function": "count", "aggregate_on": None}},
            [["project", "_aggregate_column"], ["Alpha", 3], ["Beta", 2], [None, 1]],
            id="a group with its count",
        ),
        pytest.param(
            {"group_by": {"group_by": "`tabTask`.`status`", "aggregate_function": "sum", "aggregate_on": "`tabTask`.`points`"}},
            [["status", "_aggregate_column"], ["Completed", 7], ["Working", 5], ["Open", 3]],
            id="a group with a sum, the largest first",
        ),
        pytest.param(
            {"fields": [["name", "Task"]], "desk": {"columns": ["subject", "project.status", "checklist.item"], "filters": [T2],
                                                    "order": [["subject", "asc"], ["item", "desc"]]}},
            [["subject", "status", "item"], ["job 1", "Open", "tape"], ["job 1", "Open", "box"], ["job 2", "Open", None]],
            id="fields of a linked document, with those of a child table",
        ),
        pytest.param(
            {"desk": {"groups": ["project", "status"], "measures": [["count", "name"], ["sum", "points"], ["avg", "points"]],
                      "filters": [["project", "=", "Alpha"]], "order": [["sum:points", "asc"]]}},
            [["project", "status", "count", "sum:points", "avg:points"],
             ["Alpha", "Open", 1, 0, 0], ["Alpha", "Completed", 1, 2, 2], ["Alpha", "Working", 1, 4, 4]],
            id="several groups and measures, in an order of their own",
        ),
        pytest.param(
            {"desk": {"groups": ["project.title"], "measures": [["max", "points"]], "filters": [["project.title", "!=", ""]]}},
            [["title", "max:points"], ["Alpha", 4], ["Beta", 3]],
            id="groups and filters by a linked document, the largest first",
        ),
        pytest.param({"desk": {"columns": [], "filters": [T1]}}, [["name"], ["T1"]], id="no column is the name"),
        pytest.param(
            {"desk": {"columns": ["name"], "filters": [T1], "order": [["gone", "asc"]]}}, [["name"], ["T1"]],
            id="the order of a column that is not shown",
        ),
    ],
)  # fmt: skip
def test_what_a_report_means(office: Office, settings: dict[str, Any], expected: list[list[Any]]) -> None:
    assert office.table(settings) == expected
    assert office.table(json.dumps(settings)) == expected, "as text, as it is kept"
    name = office.call(
        "manager", "frappe.desk.reportview.save_report", name="Kept", doctype="Task", report_settings=settings
    )
    assert name.json["message"] == "Kept"
    ran = office.call("manager", RUN, report_name="Kept").json["message"]
    keys = [each["fieldname"] for each in ran["columns"]]
    assert [keys, *([row[key] for key in keys] for row in ran["result"])] == expected, "kept, and run again"


def test_no_settings_are_what_a_list_shows(office: Office) -> None:
    columns = office.read(None, limit=1)["columns"]
    assert columns[0] == {"fieldname": "name", "label": "ID", "fieldtype": "Link", "options": "Task", "width": 150}
    assert {"subject", "status"} <= {each["fieldname"] for each in columns}


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        pytest.param({"desk": {"columns": ["project.title", "checklist.item"]}}, ["Title (Project)", "Item (Checklist)"], id="where it is from"),
        pytest.param(
            {"desk": {"groups": ["status"], "measures": [["count", ""], ["avg", "points"]]}},
            ["Status", "Count", "Average of Points"],
            id="measures",
        ),
    ],
)  # fmt: skip
def test_columns_are_told_in_words(office: Office, settings: dict[str, Any], labels: list[str]) -> None:
    assert [each["label"] for each in office.read(settings)["columns"]] == labels


def test_pages_say_if_there_are_more(office: Office) -> None:
    settings = {"fields": ["name"], "order_by": "name asc"}
    pages = [office.read(settings, start=start, limit=4) for start in (0, 4)]
    assert [([row["name"] for row in page["result"]], page["has_next_page"]) for page in pages] == [
        (["T1", "T2", "T3", "T4"], True),
        (["T5", "T6"], False),
    ]


@pytest.mark.parametrize(
    ("settings", "totals"),
    [
        pytest.param({"fields": ["name", "points"]}, None, id="none that was not asked for"),
        pytest.param({"fields": ["name", "points"], "add_totals_row": 1}, {"points": 15}, id="sums of all rows"),
        pytest.param(
            {"desk": {"groups": ["status"], "measures": [["count", ""], ["max", "points"]]}, "add_totals_row": 1},
            {"count": 6, "max:points": 5},
            id="measures of all documents",
        ),
        pytest.param(
            {"desk": {"columns": ["points", "checklist.item", "checklist.done"]}, "add_totals_row": 1}, {"points": 15},
            id="a document counts once, in however many rows it stands",
        ),
        pytest.param(
            {"desk": {"columns": ["points"], "filters": [["checklist.item", "!=", ""]]}, "add_totals_row": 1}, {},
            id="none where child rows are filtered",
        ),
    ],
)  # fmt: skip
def test_totals(office: Office, settings: dict[str, Any], totals: Any) -> None:
    assert office.read(settings, limit=2)["totals"] == totals


@pytest.mark.parametrize(
    ("who", "settings", "status", "told"),
    [
        pytest.param("website", {}, 403, "Task", id="without the right to report"),
        pytest.param("manager", "[]", 417, "settings is an object", id="settings of another shape"),
        pytest.param("manager", "{", 400, "settings", id="settings that are no JSON"),
        pytest.param("manager", {"fields": "name"}, 417, "fields of a report is a list", id="fields that are no list"),
        pytest.param("manager", {"filters": "x"}, 417, "filters of a report is a list", id="filters that are no list"),
        pytest.param("manager", {"fields": [["title", "Project"]]}, 417, "not a child table", id="a DocType that is no child table"),
        pytest.param("manager", {"fields": ["nonsense"]}, 417, "nonsense", id="a field that there is not"),
        pytest.param("manager", {"desk": {"columns": ["name; DROP"]}}, 417, "name", id="what is no field"),
        pytest.param("manager", {"desk": {"groups": ["status"], "measures": [["median", "points"]]}}, 417, "median", id="a measure that is none"),
        pytest.param("manager", {"desk": {"groups": ["status"], "measures": ["count"]}}, 417, "pairs", id="measures without their field"),
        pytest.param("user", {"desk": {"groups": ["internal_note"], "measures": [["count", ""]]}}, 403, "internal_note", id="a group by what one may not read"),
        pytest.param("user", {"desk": {"groups": ["status"], "measures": [["max", "internal_note"]]}}, 403, "internal_note", id="a measure of what one may not read"),
    ],
)  # fmt: skip
def test_what_is_refused(office: Office, who: str, settings: object, status: int, told: str) -> None:
    answer = office.call(who, READ, doctype="Task", settings=settings)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text


def test_a_column_that_one_may_not_read_is_left_out(office: Office) -> None:
    settings = {"fields": [["name", "Task"], ["internal_note", "Task"], ["points", "Task"]], "filters": [T1]}
    assert office.table(settings) == [["name", "internal_note", "points"], ["T1", "hush", 0]]
    assert office.table(settings, "user") == [["name", "points"], ["T1", 0]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(
            {"desk": {"columns": ["name", "points"], "filters": [T2], "order": [["name", "asc"]]}, "add_totals_row": 1},
            [["ID", "Points"], ["T1", "0"], ["T2", "1"], ["Total", "1"]],
            id="rows and their sum",
        ),
        pytest.param(
            {"desk": {"groups": ["status"], "measures": [["count", ""]], "order": [["status", "asc"]]}},
            [["Status", "Count"], ["Completed", "2"], ["Open", "2"], ["Working", "2"]],
            id="groups",
        ),
    ],
)
def test_a_report_as_a_file(office: Office, settings: dict[str, Any], expected: list[list[str]]) -> None:
    answer = office.call("manager", EXPORT, doctype="Task", settings=settings, title="Mine")
    assert answer.headers["Content-Disposition"] == "attachment; filename=Mine.csv"
    assert list(csv.reader(io.StringIO(answer.get_data(as_text=True)))) == expected
    assert office.call("user", EXPORT, doctype="Task", settings=settings).status_code == 403
