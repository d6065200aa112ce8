"""Documents with their rows as one sheet: what its lines say, which columns there are, and who may take it out."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from conftest import ApiClient, AppSite, BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

METHOD = "frappe.core.doctype.data_export.exporter.export_data"
CHOSEN = {"Task": ["subject", "status", "due_date"], "Task Checklist Item": ["item", "qty"]}


class Office(BaseOffice):
    """Two tasks, the first with two rows; documents called 1 and 2."""

    users = {"manager": ("Task Manager",), "user": ("Task User",), "website": ()}

    def fill(self, ctx: Context) -> None:
        rows = [{"item": "write", "qty": 2}, {"item": "read", "qty": 1}]
        first = {"subject": "a, b", "status": "Open", "due_date": "2026-01-31", "internal_note": "hush"}
        self.names = []
        for values in ({**first, "checklist": rows}, {"subject": "b", "status": "Completed"}):
            self.names.append(document.new(ctx, {"doctype": "Task", **values}).insert().name)
        for title in ("one", "two"):
            document.new(ctx, {"doctype": "Auto Doc", "title": title}).insert()

    def sheet(self, who: str = "admin", **body: Any) -> list[list[str]]:
        answer = self.clients[who](f"POST /api/method/{METHOD}", {"doctype": "Task", "select_columns": CHOSEN, **body})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/csv")
        return list(csv.reader(io.StringIO(answer.text)))


def test_the_lines_above_say_what_the_columns_are(office: Office) -> None:
    blank, *heads = office.sheet(template="true")[11:]
    assert blank == [""]
    assert heads == [
        ["DocType:", "Task", "", "", "~", "Task Checklist Item", "checklist"],
        ["Column Labels:", "Subject", "Status", "Due Date", "", "Item", "Qty"],
        ["Column Name:", "subject", "status", "due_date", "~", "item", "qty"],
        ["Mandatory:", "Yes", "No", "No", "", "Yes", "No"],
        ["Type:", "Data", "Select", "Date", "", "Data", "Int"],
        ["Info:", "", "One of: Open, Working, Completed, Cancelled", "yyyy-mm-dd", "", "", "Integer"],
        ["Start entering data below this line"],
    ]


def test_each_document_stands_with_its_rows(office: Office) -> None:
    sheet = office.sheet(with_data=1, filters={"name": ["in", office.names]})[7:]
    named = [f'"{name}"' for name in office.names]
    assert [[row[1], row[2]] for row in sheet] == [[named[1], "b"], [named[0], "a, b"], ["", ""]]
    assert sheet[1][3:5] == ["Open", "2026-01-31"]
    assert [row[7:] for row in sheet] == [["", ""], ["write", "2"], ["read", "1"]]
    assert {row[0] for row in sheet} == {""} and len({len(row) for row in sheet}) == 1


@pytest.mark.parametrize(
    ("asked", "subjects"),
    [
        ({}, {"a, b", "b"}),
        ({"filters": {"status": "Open"}}, {"a, b"}),
        ({"doctype": ["Task", {"op": "=", "name": ["{first}"]}]}, {"a, b"}),
        ({"doctype": ["Task", {"op": "!=", "name": ["{first}"]}]}, {"b"}),
        ({"doctype": ["Task", {"name": "{first}"}]}, {"a, b"}),
        ({"template": True, "with_data": 0}, set()),
    ],
)
def test_which_documents(office: Office, asked: dict[str, Any], subjects: set[str]) -> None:
    if isinstance(asked.get("doctype"), list):
        names = asked["doctype"][1]["name"]
        named = [office.names[0]] if isinstance(names, list) else office.names[0]
        asked = {"doctype": ["Task", {**asked["doctype"][1], "name": named}]}
    body = {"all_doctypes": "false", "export_without_column_meta": "true", **asked}
    labels, *rows = [row for row in office.sheet(**body) if row[:1] in ([""], ["Column Labels:"])][-3:]
    sheet = [row for row in [labels, *rows] if row[0] == "" and len(row) > 1]
    assert {row[1] for row in sheet} == subjects


def test_without_a_choice_all_that_one_may_read(office: Office) -> None:
    full = office.sheet("admin", select_columns=None, template=True)
    names = next(row for row in full if row[0] == "Column Name:")
    assert {"subject", "owner", "creation", "internal_note", "item"} <= set(names)
    assert "secret" not in names
    seen = next(row for row in office.sheet("user", select_columns=None, template=True) if row[0] == "Column Name:")
    assert "internal_note" not in seen and "subject" in seen


@pytest.mark.parametrize(
    ("picked", "titles"),
    [
        ({"op": "=", "name": [1]}, {"one"}),
        ({"op": "=", "name": ["1"]}, {"one"}),
        ({"op": "!=", "name": [1]}, {"two"}),
        ({"op": "=", "name": 2}, {"two"}),
        ({"name": "2"}, {"two"}),
        ({"name": []}, {"one", "two"}),
        ({"name": [3, None]}, set()),
        ({"name": {"a": 1}}, set()),
    ],
)
def test_documents_with_numbers_for_names_are_picked_by_them(office: Office, picked: Any, titles: set[str]) -> None:
    asked = {"doctype": ["Auto Doc", picked], "select_columns": {"Auto Doc": ["title"]}, "with_data": 1}
    assert {row[2] for row in office.sheet(**asked)[7:]} == titles


WRITTEN = [
    ({"fieldtype": "Date"}, "2026-01-31", "31.01.2026"),
    ({"fieldtype": "Datetime"}, "2026-01-31 10:20:30", "31.01.2026 10:20:30"),
    ({"fieldtype": "Duration"}, 90061, "1d 1h 1m 1s"),
    ({"fieldtype": "Duration", "hide_days": 1}, 90061, "25h 1m 1s"),
    ({"fieldtype": "Text Editor"}, "<p>bold <b>word</b></p>", "bold word"),
    ({"fieldtype": "Small Text"}, "a <b>b</b>", "a <b>b</b>"),
    ({"fieldtype": "Int"}, 0, "0"),
    ({"fieldtype": "Date"}, None, ""),
    ({"fieldtype": "Data"}, 'a "b", c', 'a "b", c'),
]


def test_how_a_value_is_written() -> None:
    site = AppSite()
    names = [f"told_{at}" for at in range(len(WRITTEN))]
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"date_format": "dd.mm.yyyy"})
        fields = [{"fieldname": name, "label": name, **kind} for name, (kind, *_) in zip(names, WRITTEN, strict=True)]
        made = {"doctype": "DocType", "name": "Told", "module": "Custom", "custom": 1, "fields": fields}
        document.new(ctx, {**made, "permissions": [{"role": "System Manager", "read": 1, "export": 1}]}).insert()
        values = {name: value for name, (_, value, _) in zip(names, WRITTEN, strict=True)}
        document.new(ctx, {"doctype": "Told", **values}).insert()
    body = {"doctype": "Told", "select_columns": {"Told": names}, "with_data": 1, "all_doctypes": 0}
    answer = ApiClient(site)(f"POST /api/method/{METHOD}", body)
    [row] = list(csv.reader(io.StringIO(answer.text)))[7:]
    assert row[2:] == [shown for *_, shown in WRITTEN]
    site.close()


def test_rows_of_a_table_by_themselves(office: Office) -> None:
    asked = {"doctype": "Task Checklist Item", "parent_doctype": "Task", "select_columns": None}
    sheet = office.sheet("manager", **asked, with_data=1)
    names = next(row for row in sheet if row[0] == "Column Name:")
    assert names[1] == "parent"
    at = names.index("item")
    assert sorted((row[1], row[at]) for row in sheet[7:]) == [(office.names[0], "read"), (office.names[0], "write")]


def test_one_column_is_followed_by_an_empty_one(office: Office) -> None:
    heads = office.sheet(select_columns={"Task": ["subject"]}, template=True)
    assert next(row for row in heads if row[0] == "Column Name:") == ["Column Name:", "subject", "~"]


def test_a_workbook(office: Office) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    answer = office.clients["admin"](
        f"POST /api/method/{METHOD}", {"doctype": "Task", "select_columns": CHOSEN, "file_type": "Excel"}
    )
    assert 'filename="Task.xlsx"' in answer.headers["Content-Disposition"] or "Task.xlsx" in str(answer.headers)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet.title == "Data Export"
    assert [each.value for each in sheet[3]][:3] == ["Column Labels:", "Subject", "Status"]


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        ("guest", {}, 403, "PermissionError"),
        ("website", {}, 403, "PermissionError"),
        ("website", {"parent_doctype": "ToDo", "template": True}, 403, "PermissionError"),
        ("user", {"doctype": "Locked Down", "parent_doctype": "Task", "template": True}, 403, "PermissionError"),
        ("user", {"doctype": "Task Checklist Item", "template": True}, 403, "PermissionError"),
        ("admin", {"doctype": "Nope"}, 404, "DocType Nope not found"),
        ("admin", {"select_columns": ["subject"]}, 400, "select_columns fields by DocType"),
        ("admin", {"doctype": ["Task", "x"]}, 400, "doctype is a DocType"),
        ("admin", {"filters": {"nope": 1}}, 417, "Field not permitted in query: nope"),
        ("admin", {"select_columns": "{"}, 400, "Invalid JSON in select_columns"),
        ("admin", {"select_columns": {"Task": 5}}, 400, "select_columns fields by DocType"),
        ("admin", {"select_columns": {"Task": None}}, 400, "select_columns fields by DocType"),
        ("admin", {"select_columns": {"Task": "subject_line"}}, 400, "select_columns fields by DocType"),
        ("admin", {"select_columns": 5}, 400, "select_columns fields by DocType"),
        ("admin", {"doctype": []}, 400, "doctype is a DocType"),
        ("admin", {"filters": 5}, 417, "Filters are a list or an object"),
        ("admin", {"doctype": "System Settings"}, 417, "Single"),
        ("admin", {"parent_doctype": "Nope"}, 404, "DocType Nope not found"),
    ],
)
def test_what_is_refused(office: Office, who: str, body: dict[str, Any], status: int, said: str) -> None:
    answer = office.clients[who](f"POST /api/method/{METHOD}", {"doctype": "Task", **body})
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_what_was_taken_out_is_in_the_access_log(office: Office) -> None:
    office.sheet("manager", filters={"status": "Open"})
    rows = office.clients["admin"](
        "GET /api/resource/Access Log",
        params={"fields": ["export_from", "user"], "order_by": "creation desc", "limit": "1"},
    ).json["data"]
    assert rows == [{"export_from": "Task", "user": "manager@x.org"}]


def test_app_code_finds_the_class(office: Office) -> None:
    from frappe_lite.parts.data_import.for_apps import DataExporter

    with office.site.acting() as ctx:
        exporter = DataExporter(doctype="Task", select_columns=CHOSEN, file_type="CSV")
        exporter.build_response()
        assert (ctx.response["type"], ctx.response["doctype"]) == ("csv", "Task")
        assert '"write",2' in ctx.response["result"]


def test_app_code_may_name_columns_in_a_tuple(office: Office) -> None:
    from frappe_lite.parts.data_import.for_apps import DataExporter

    with office.site.acting() as ctx:
        DataExporter("Task", select_columns={"Task": ("subject",)}).build_response()
        assert '"Column Name:","subject","~"' in ctx.response["result"]
