"""Script reports of an app: its code run, its filters read, and nothing of what stands in a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype
from app_folder import name as name
from app_folder import write as write

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.methods.script_reports import described, filters_of

RUN, SCRIPT = "frappe.desk.query_report.run", "frappe.desk.query_report.get_script"
REPORT = {"doctype": "Report", "ref_doctype": "Animal", "module": "Zoo", "is_standard": "Yes"}
CODE = """
    import frappe

    def execute(filters=None):
        assert filters.kind != "stone", "attributes, as app code reads them"
        columns = ["Animal:Link/Animal:120", {"fieldname": "legs", "label": "Legs", "fieldtype": "Int"}]
        rows = [[each.name, each.legs] for each in frappe.get_all("Animal", filters=filters, fields=["name", "legs"], order_by="name")]
        return columns, rows, "so many", {"type": "bar"}
"""
JS = """
    frappe.query_reports["Legs"] = {
        filters: [
            { fieldname: "kind", label: __("Kind"), fieldtype: "Select", options: ["bird", "dog"], reqd: 1 },
            // { fieldname: "old" },
            { "fieldname": 'day', "fieldtype": "Date", default: frappe.datetime.get_today() },
        ],
    };
"""


@pytest.fixture
def zoo(write: Any, name: str) -> Iterator[frappe_lite.Site]:
    root = write({
        "__init__.py": "", "hooks.py": 'app_name = "APP"', "modules.txt": "Zoo\n", "zoo/__init__.py": "",
        "zoo/doctype/animal/animal.json": doctype("Animal", ("kind", "Data"), ("legs", "Int"), autoname="field:kind"),
        "zoo/report/legs/legs.json": {**REPORT, "name": "Legs", "report_name": "Legs", "report_type": "Script Report", "add_total_row": 1},
        "zoo/report/legs/__init__.py": "", "zoo/report/legs/legs.py": CODE, "zoo/report/legs/legs.js": JS,
        "zoo/report/empty/empty.json": {**REPORT, "name": "Empty", "report_name": "Empty", "report_type": "Script Report"},
        "zoo/report/empty/empty.py": "", "zoo/report/empty/__init__.py": "", "zoo/report/__init__.py": "",
    })  # fmt: skip
    site = frappe_lite.Site(":memory:")
    site.load(root)
    with site.acting() as ctx:
        for kind, legs in (("bird", 2), ("dog", 4)):
            document.new(ctx, {"doctype": "Animal", "kind": kind, "legs": legs}).insert()
        for values in (
            {"report_name": "Written", "report_type": "Script Report", "report_script": "result = 1"},
            {"report_name": "Asked", "report_type": "Query Report", "query": "select 1"},
        ):
            document.new(ctx, {**REPORT, "is_standard": "No", **values}).insert()
    yield site
    site.close()


def test_the_code_of_the_app_gives_the_rows(zoo: frappe_lite.Site) -> None:
    client = ApiClient(zoo)
    told = client(f"POST /api/method/{RUN}", {"report_name": "Legs", "filters": {"kind": ["!=", "fish"]}}).get_json()[
        "message"
    ]
    assert told["result"] == [{"animal": "bird", "legs": 2}, {"animal": "dog", "legs": 4}]
    assert [(each["fieldname"], each["fieldtype"], each.get("options")) for each in told["columns"]] == [
        ("animal", "Link", "Animal"), ("legs", "Int", None)]  # fmt: skip
    assert (told["message"], told["chart"], told["add_total_row"]) == ("so many", {"type": "bar"}, 1)
    few = client(f"GET /api/v2/method/{RUN}", query_string={"report_name": "Legs", "filters": '{"kind": "dog"}'})
    assert few.get_json()["data"]["result"] == [{"animal": "dog", "legs": 4}], "another door, filters as text"


def test_its_filters_are_told_and_its_script_is_given(zoo: frappe_lite.Site) -> None:
    told = ApiClient(zoo)(f"POST /api/method/{SCRIPT}", {"report_name": "Legs"}).get_json()["message"]
    assert "frappe.query_reports" in told["script"]
    assert told["filters"] == [
        {"fieldname": "kind", "label": "Kind", "fieldtype": "Select", "options": "bird\ndog", "reqd": 1},
        {"fieldname": "day", "fieldtype": "Date"},
    ]


def test_rows_that_a_user_permission_leaves_out_are_left_out(zoo: frappe_lite.Site) -> None:
    with zoo.acting() as ctx:
        person = {"email": "ann@x.org", "first_name": "Ann", "roles": [{"role": "System Manager"}]}
        document.new(ctx, {"doctype": "User", **person}).insert()
        held = {"user": "ann@x.org", "allow": "Animal", "for_value": "dog"}
        document.new(ctx, {"doctype": "User Permission", **held}).insert()
        document.set_values(ctx, ctx.meta("DocType"), "Animal", {"modified_by": "Administrator"})
        document.new(
            ctx, {"doctype": "Custom DocPerm", "parent": "Animal", "role": "System Manager", "read": 1, "report": 1}
        ).insert()
    answer = ApiClient(zoo, "ann@x.org")(f"POST /api/method/{RUN}", {"report_name": "Legs", "filters": {}})
    assert answer.get_json()["message"]["result"] == [{"animal": "dog", "legs": 4}]


@pytest.mark.parametrize(
    ("report", "filters", "status", "told"),
    [
        pytest.param("Written", {}, 501, "script reports of installed apps", id="a script in a document"),
        pytest.param("Asked", {}, 501, "script reports of installed apps", id="SQL in a document"),
        pytest.param("Empty", {}, 501, "execute(filters)", id="a module without its function"),
        pytest.param("Legs", [["kind", "=", "dog"]], 417, "filters is an object", id="filters in a list"),
    ],
)
def test_what_does_not_run(zoo: frappe_lite.Site, report: str, filters: object, status: int, told: str) -> None:
    answer = ApiClient(zoo)(f"POST /api/method/{RUN}", {"report_name": report, "filters": filters})
    assert (answer.status_code, told in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        pytest.param("Task", {"label": "Task", "fieldname": "task", "fieldtype": "Data", "options": None, "width": None}, id="a label"),
        pytest.param("Due Date:Date:90", {"label": "Due Date", "fieldname": "due_date", "fieldtype": "Date", "options": None, "width": 90}, id="type and width"),
        pytest.param("X:Link/Task", {"label": "X", "fieldname": "x", "fieldtype": "Link", "options": "Task", "width": None}, id="a link"),
        pytest.param({"label": "A b"}, {"label": "A b", "fieldname": "a_b", "fieldtype": "Data"}, id="an object without a fieldname"),
        pytest.param({"fieldname": "a", "fieldtype": "Int"}, {"label": "a", "fieldname": "a", "fieldtype": "Int"}, id="an object without a label"),
    ],
)  # fmt: skip
def test_columns_in_a_word(column: object, expected: dict[str, Any]) -> None:
    assert described(column) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("", [], id="none"),
        pytest.param("x = {label: 'no field'}", [], id="what has no fieldname"),
        pytest.param("{fieldname: 'a', get_query: () => ({ x: 1 })}", [], id="an object with code in brackets is passed over"),
        pytest.param("/* {fieldname: 'a'} */ {fieldname: \"b\", default: -1.5}", [{"fieldname": "b", "default": -1.5}], id="comments; numbers"),
    ],
)  # fmt: skip
def test_filters_are_read_not_run(script: str, expected: list[dict[str, Any]]) -> None:
    assert filters_of(script) == expected
