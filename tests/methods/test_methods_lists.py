"""What one does with a list: counts by value, exports, many documents at once, saved views, how everybody sees it, calendars."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

STATUSES = ("Open", "Working", "Completed")
VIEW, BULK = "frappe.desk.reportview", "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
SAVED = '{"fields": [["name", "Task"], ["points", "Task"]]}'
DUE, YEAR = '{"start": "due_date", "end": "due_date"}', {"start": "2026-01-01", "end": "2026-12-31"}
SETTINGS = "frappe.desk.doctype.list_view_settings.list_view_settings"
TAKEN = "frappe.core.doctype.access_log.access_log.make_access_log"


class Office(BaseOffice):
    """Six tasks T1 … T6, an invoice, a note of the Administrator's."""

    users = {
        "user": ("Task User",),
        "other": ("Task User",),
        "manager": ("Task Manager",),
        "boss": ("System Manager",),
        "website": (),
    }

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
        for number in range(6):
            values = {
                "subject": f"job {number + 1}",
                "status": STATUSES[number % 3],
                "points": number,
                "due_date": f"2026-0{number + 1}-10",
                "internal_note": "hush",
            }
            document.new(ctx, {"doctype": "Task", "project": "Alpha", **values}).insert(set_name=f"T{number + 1}")
        document.new(ctx, {"doctype": "Private Note", "title": "of Administrator"}).insert(set_name="N1")
        document.new(ctx.as_user("user@x.org"), {"doctype": "Private Note", "title": "of user"}).insert(set_name="N2")
        self.report = {
            "report_name": "Kept",
            "ref_doctype": "Task",
            "report_type": "Report Builder",
            "is_standard": "No",
            "json": '{"fields": [["name", "Task"], ["points", "Task"]]}',
        }
        document.new(ctx, {"doctype": "Report", **self.report}).insert()

    def call(self, who: str, method: str, verb: str = "POST", /, **body: Any) -> TestResponse:
        return self.clients[who](f"{verb} /api/method/{method}", body)

    def message(self, who: str, method: str, /, **body: Any) -> Any:
        answer = self.call(who, method, **body)
        assert answer.status_code == 200, answer.text
        return answer.json.get("message")

    def value(self, name: str, field: str = "status") -> Any:
        return self.site.database.row(f"SELECT {field} FROM tabTask WHERE name = ?", (name,))[0]

    def rows(self, answer: TestResponse) -> list[list[Any]]:
        assert answer.status_code == 200, answer.text
        return list(csv.reader(io.StringIO(answer.get_data(as_text=True))))


@pytest.fixture
def task(office: Office) -> str:
    """A task of the test's own."""
    with office.site.acting() as ctx:
        return str(document.new(ctx, {"doctype": "Task", "subject": "own", "status": "Cancelled"}).insert().name)


# --- who may ---


@pytest.mark.parametrize(
    ("method", "body", "user", "website"),
    [
        pytest.param(f"{VIEW}.get_stats", {"doctype": "Task", "stats": '["status"]'}, 200, 403, id="counts by value"),
        pytest.param(
            f"{VIEW}.get_sidebar_stats", {"doctype": "Task", "stats": '["status"]'}, 200, 403, id="counts of a sidebar"
        ),
        pytest.param(f"{VIEW}.export_query", {"doctype": "Task"}, 403, 403, id="an export needs its right"),
        pytest.param(
            f"{VIEW}.save_report",
            {"doctype": "Task", "name": "w", "report_settings": "{}"},
            200,
            403,
            id="keeping a view",
        ),
        pytest.param(f"{VIEW}.delete_report", {"name": "Kept"}, 403, 403, id="another's view"),
        pytest.param(
            "frappe.desk.query_report.export_query", {"report_name": "Kept"}, 403, 403, id="an export of a report"
        ),
        pytest.param("frappe.desk.query_report.get_script", {"report_name": "Kept"}, 200, 403, id="a report's script"),
        pytest.param("frappe.desk.listview.get_list_settings", {"doctype": "Task"}, 200, 200, id="how a list is shown"),
        pytest.param(
            "frappe.desk.listview.set_list_settings",
            {"doctype": "Task", "values": "{}"},
            403,
            403,
            id="how everybody sees a list",
        ),
        pytest.param(
            f"{SETTINGS}.save_listview_settings",
            {"doctype": "Task", "listview_settings": "{}"},
            403,
            403,
            id="columns for everybody",
        ),
        pytest.param(
            f"{SETTINGS}.get_default_listview_fields", {"doctype": "Task"}, 200, 403, id="columns as they were"
        ),
        pytest.param(
            "frappe.desk.calendar.get_events", {"doctype": "Task", **YEAR, "field_map": DUE}, 200, 403, id="events"
        ),
        pytest.param(
            "frappe.desk.gantt.update_task",
            {"args": '{"doctype": "Task", "name": "T1", "start": "2026-01-10", "end": "2026-01-10"}', "field_map": DUE},
            200,
            403,
            id="moving a bar",
        ),
    ],
)
def test_who_may(office: Office, method: str, body: dict[str, Any], user: int, website: int) -> None:
    answers = {who: office.call(who, method, **body).status_code for who in ("user", "website", "guest")}
    assert answers == {"user": user, "website": website, "guest": 403}


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        pytest.param(f"{VIEW}.get_stats", {"doctype": "Task", "stats": "{broken"}, 400, id="broken JSON"),
        pytest.param(f"{VIEW}.get_stats", {"doctype": "Task", "stats": '{"a": 1}'}, 400, id="an object for a list"),
        pytest.param(f"{VIEW}.get_stats", {"doctype": "Nonsense", "stats": "[]"}, 404, id="no such DocType"),
        pytest.param(f"{VIEW}.get_stats", {"doctype": "Task"}, 417, id="nothing to count"),
        pytest.param(
            f"{VIEW}.get_stats",
            {"doctype": "Task", "stats": '["status"]', "filters": '[["nonsense", "=", 1]]'},
            417,
            id="a filter on no field",
        ),
        pytest.param(f"{VIEW}.delete_items", {"doctype": "Task", "items": '"T1"'}, 400, id="one name for a list"),
        pytest.param(
            f"{VIEW}.delete_items", {"doctype": "Task", "items": '[{"name": "T1"}]'}, 400, id="objects for names"
        ),
        pytest.param(
            f"{VIEW}.delete_items",
            {"doctype": "Task", "items": [f"T{number}" for number in range(501)]},
            417,
            id="more than 500",
        ),
        pytest.param(
            f"{VIEW}.export_query", {"doctype": "Task", "file_format_type": "PDF"}, 400, id="a format that is none"
        ),
        pytest.param(f"{VIEW}.export_query", {"doctype": "Task", "csv_quoting": 9}, 417, id="a quoting that is none"),
        pytest.param(
            f"{VIEW}.export_query", {"doctype": "Task", "fields": '["nonsense"]'}, 417, id="a field that is none"
        ),
        pytest.param(f"{VIEW}.delete_report", {"name": "nope"}, 404, id="no such view"),
        pytest.param(BULK, {"doctype": "Task", "docnames": '["nope"]'}, 404, id="no such document"),
        pytest.param(
            BULK,
            {"doctype": "Task", "docnames": '["T1"]', "action": "update", "data": "[1]"},
            400,
            id="a list for values",
        ),
        pytest.param(
            "frappe.desk.listview.set_list_settings",
            {"doctype": "Nonsense", "values": "{}"},
            404,
            id="settings of no DocType",
        ),
        pytest.param(
            "frappe.desk.listview.set_list_settings",
            {"doctype": "Task", "values": '{"total_fields": "99"}'},
            417,
            id="a choice that is none",
        ),
        pytest.param(
            "frappe.desk.calendar.get_events",
            {"doctype": "Task", **YEAR, "field_map": "{}"},
            400,
            id="events without fields",
        ),
        pytest.param(
            "frappe.desk.calendar.get_events",
            {"doctype": "Task", **YEAR, "field_map": DUE, "fields": '[["x"]]'},
            400,
            id="fields that are lists",
        ),
        pytest.param(
            "frappe.desk.calendar.update_event",
            {"args": '{"doctype": "Task", "name": "T1"}', "field_map": DUE},
            417,
            id="an event without a start",
        ),
        pytest.param(
            "frappe.desk.calendar.update_event", {"args": "{}", "field_map": "{}"}, 404, id="an event of no DocType"
        ),
    ],
)
def test_what_cannot_be_asked_says_so(office: Office, method: str, body: dict[str, Any], status: int) -> None:
    assert office.call("admin", method, **body).status_code == status


# --- counts by value ---


@pytest.mark.parametrize(
    ("who", "doctype", "stats", "filters", "expected"),
    [
        pytest.param(
            "user",
            "Task",
            ["status"],
            [["name", "like", "T_"]],
            {"status": [["Completed", 2], ["Working", 2], ["Open", 2]]},
            id="the newest value first",
        ),
        pytest.param(
            "user", "Task", ["status"], {"status": "Open"}, {"status": [["Open", 2]]}, id="filters as an object"
        ),
        pytest.param("user", "Task", ["nonsense"], [], {}, id="what is no field is left out"),
        pytest.param("website", "Task", ["nonsense"], [], {}, id="nothing is told to whoever may nothing"),
        pytest.param(
            "user",
            "Private Note",
            ["title"],
            [],
            {"title": [["of user", 1]]},
            id="what one may not read does not count",
        ),
        pytest.param("admin", "Task", ["closed_reason"], [], {"closed_reason": []}, id="unset values do not count"),
    ],
)
def test_counts_by_value(
    office: Office, who: str, doctype: str, stats: list[str], filters: Any, expected: dict[str, Any]
) -> None:
    assert office.message(who, f"{VIEW}.get_stats", doctype=doctype, stats=stats, filters=filters) == expected
    assert office.message(who, f"{VIEW}.get_sidebar_stats", doctype=doctype, stats=stats, filters=filters) == {
        "stats": expected
    }


def test_a_field_of_a_higher_level_is_not_counted(office: Office) -> None:
    assert office.call("user", f"{VIEW}.get_stats", doctype="Task", stats='["internal_note"]').status_code == 403
    assert office.message("manager", f"{VIEW}.get_stats", doctype="Task", stats='["internal_note"]') == {
        "internal_note": [["hush", 6]]
    }


def test_tags_are_counted_one_by_one(office: Office, task: str) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Task"), task, {"_user_tags": "red,blue"})
        document.set_values(ctx, ctx.meta("Task"), "T1", {"_user_tags": "red"})
    found = office.message(
        "user",
        f"{VIEW}.get_stats",
        doctype="Task",
        stats='["_user_tags"]',
        filters=[["name", "in", [task, "T1", "T2", "T3"]]],
    )
    assert sorted(map(tuple, found["_user_tags"])) == [("No Tags", 2), ("blue", 1), ("red", 2)]
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Task"), "T1", {"_user_tags": None})


# --- many at once ---


def test_what_was_picked_is_deleted_and_the_rest_says_why_not(office: Office, task: str) -> None:
    with office.site.acting() as ctx:
        document.new(ctx, {"doctype": "Task", "subject": "below", "parent_task": "T6"}).insert(set_name="T6-1")
    answer = office.call("admin", f"{VIEW}.delete_items", doctype="Task", items=["T6", task, "gone"])
    assert answer.status_code == 200 and "T6-1" in answer.json["_server_messages"]
    assert office.site.database.rows("SELECT name FROM tabTask WHERE name IN ('T6', ?)", (task,)) == [("T6",)]
    with office.site.acting() as ctx:
        document.delete(ctx, "Task", "T6-1")


@pytest.mark.parametrize("who", ["website", "user"])
def test_who_may_not_delete_hears_the_same_of_what_is_there_and_what_is_not(office: Office, who: str) -> None:
    said = [
        office.call(who, f"{VIEW}.delete_items", doctype="Locked Down", items=[name]).json for name in ("N1", "nope")
    ]
    assert said[0] == said[1] and "_server_messages" in said[0]
    assert office.call(who, f"{VIEW}.delete_items", doctype="Private Note", items=["N1"]).status_code == 200
    assert office.site.database.row("SELECT count(*) FROM \"tabPrivate Note\" WHERE name = 'N1'")[0] == 1


def test_a_get_deletes_nothing(office: Office, task: str) -> None:
    assert (
        office.clients["admin"](
            f"GET /api/method/{VIEW}.delete_items", query_string={"doctype": "Task", "items": f'["{task}"]'}
        ).status_code
        == 403
    )
    assert office.value(task) == "Cancelled"


@pytest.mark.parametrize(
    ("who", "body", "failed"),
    [
        pytest.param("user", {"action": "update", "data": {"status": "Working"}}, False, id="changed"),
        pytest.param("user", {"action": "update", "data": {"status": "nonsense"}}, True, id="a value that is none"),
        pytest.param("user", {"action": "submit"}, True, id="submitted without the right"),
        pytest.param("user", {"action": "nonsense"}, True, id="an action that is none"),
        pytest.param("user", {"action": "cancel"}, True, id="a draft is not cancelled"),
        pytest.param(
            "website", {"action": "update", "data": {"status": "Working"}}, True, id="changed without the right"
        ),
        pytest.param(
            "user",
            {"action": "update", "data": {"owner": "user@x.org", "name": "x", "doctype": "User"}},
            False,
            id="the server's own values stay",
        ),
    ],
)
def test_each_is_changed_by_itself(office: Office, task: str, who: str, body: dict[str, Any], failed: bool) -> None:
    before = office.value(task, "modified")
    assert office.message(who, BULK, doctype="Task", docnames=[task], **body) == ([task] if failed else [])
    assert (office.value(task, "modified") == before) is failed or body.get("data", {}).get("owner")
    assert office.value(task, "owner") == "Administrator"


def test_submit_and_cancel_many(office: Office) -> None:
    with office.site.acting() as ctx:
        names = [
            str(
                document.new(
                    ctx, {"doctype": "Invoice", "customer": "c", "items": [{"item": "a", "qty": 1, "rate": 5}]}
                )
                .insert()
                .name
            )
            for _ in range(2)
        ]
    assert office.message("manager", BULK, doctype="Invoice", docnames=names) == []
    assert office.message("manager", BULK, doctype="Invoice", docnames=names[:1], action="cancel") == []
    assert office.message("manager", BULK, doctype="Invoice", docnames=names, action="cancel") == names[:1], (
        "what is cancelled already stays"
    )
    assert {row[0] for row in office.site.database.rows("SELECT docstatus FROM tabInvoice")} == {2}


def test_a_fault_in_the_app_stays_with_its_document(
    office: Office, task: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(doc: Any, method: str | None = None) -> None:
        if doc.name == task:
            raise KeyError("a secret of the app's")

    monkeypatch.setattr(office.site, "_event_handlers", {("Task", "before_save"): [fail]})
    answer = office.call(
        "admin", BULK, doctype="Task", docnames=[task, "T5"], action="update", data={"closed_reason": "done"}
    )
    assert answer.json["message"] == [task] and "a secret" not in answer.text and "a secret" in caplog.text
    assert (office.value(task, "closed_reason"), office.value("T5", "closed_reason")) == (None, "done")


# --- exports ---


@pytest.mark.parametrize(
    ("who", "body", "expected"),
    [
        pytest.param(
            "manager",
            {
                "doctype": "Task",
                "fields": ["`tabTask`.`name`", "`tabTask`.`status`"],
                "filters": [["Task", "status", "=", "Open"]],
                "order_by": "`tabTask`.`name` asc",
            },
            [
                ["Sr", "ID", "Status", "owner"],
                ["1", "T1", "Open", "Administrator"],
                ["2", "T4", "Open", "Administrator"],
            ],
            id="labels, numbers, the owner",
        ),
        pytest.param(
            "manager",
            {"doctype": "Task", "fields": ["name"], "selected_items": ["T2"], "filters": {"status": "Open"}},
            [["Sr", "ID", "owner"], ["1", "T2", "Administrator"]],
            id="those picked, whatever the filters",
        ),
        pytest.param(
            "manager",
            {"doctype": "Task", "fields": ["`tabTask Checklist Item`.`item`"], "selected_items": ["T1"]},
            [["Sr", "Item (Task Checklist Item)", "owner"], ["1", "", "Administrator"]],
            id="a field of a child table",
        ),
        pytest.param(
            "manager",
            {
                "doctype": "Task",
                "fields": ["points"],
                "selected_items": ["T2", "T5"],
                "order_by": "points asc",
                "add_totals_row": 1,
            },
            [["Sr", "Points", "owner"], ["1", "1", "Administrator"], ["2", "4", "Administrator"], ["3", "5", ""]],
            id="a row of sums",
        ),
        pytest.param(
            "manager",
            {"doctype": "Task", "fields": ["internal_note"], "selected_items": ["T1"]},
            [["Sr", "Internal Note", "owner"], ["1", "hush", "Administrator"]],
            id="a field of a level that one has",
        ),
        pytest.param(
            "manager",
            {"doctype": "Task", "fields": ["name"], "selected_items": ["T1"], "csv_delimiter": ";"},
            [['Sr;"ID";"owner"'], ['1;"T1";"Administrator"']],
            id="another delimiter",
        ),
    ],
)
def test_export_as_csv(office: Office, who: str, body: dict[str, Any], expected: list[list[str]]) -> None:
    assert office.rows(office.call(who, f"{VIEW}.export_query", **body)) == expected


def test_html_is_text_in_a_file_and_all_columns_are_there(office: Office, task: str) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Task"), task, {"description": "<p>Some <b>bold</b> words</p>"})
    heads, row = office.rows(
        office.call("admin", f"{VIEW}.export_query", doctype="Task", fields='["*"]', selected_items=[task])
    )
    assert row[heads.index("Description")] == "Some bold words" and "Secret" in heads


def test_who_may_export_the_own_only_exports_the_own_only(office: Office) -> None:
    with office.site.acting() as ctx:
        for right in ({"if_owner": 1, "read": 1, "export": 1, "write": 1}, {"read": 1, "export": 0}):
            document.new(
                ctx, {"doctype": "Custom DocPerm", "parent": "Private Note", "role": "Task User", **right}
            ).insert()
    body = {"doctype": "Private Note", "fields": ["title"]}
    assert office.call("user", f"{VIEW}.export_query", **body).status_code == 403
    assert office.rows(office.call("user", f"{VIEW}.export_query", **body, filters={"owner": "user@x.org"}))[1:] == [
        ["1", "of user", "user@x.org"]
    ]
    with office.site.acting() as ctx:
        ctx.store.database.execute('DELETE FROM "tabCustom DocPerm"')
        ctx.touch("Custom DocPerm")


def test_a_workbook_needs_its_library_and_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    answer = office.call("admin", f"{VIEW}.export_query", doctype="Task", file_format_type="Excel")
    assert (answer.status_code, "openpyxl" in answer.text) == (501, True)


def test_export_as_a_workbook(office: Office) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    answer = office.call(
        "admin",
        f"{VIEW}.export_query",
        doctype="Task",
        fields='["name", "points"]',
        selected_items=["T3"],
        file_format_type="Excel",
        title="a/b",
    )
    assert answer.headers["Content-Disposition"].endswith("b.xlsx") or "xlsx" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    assert [list(row) for row in sheet.values] == [["Sr", "ID", "Points", "owner"], [1, "T3", 2, "Administrator"]]


@pytest.mark.parametrize(("visible", "rows"), [("[]", 6), ("[0, 2]", 2)])
def test_a_report_is_exported_as_it_is_shown(office: Office, visible: str, rows: int) -> None:
    heads, *found = office.rows(
        office.call(
            "manager",
            "frappe.desk.query_report.export_query",
            report_name="Kept",
            filters={"name": ["like", "T_"]},
            visible_idx=visible,
        )
    )
    assert heads == ["ID", "Points"] and len(found) == rows


# --- views that are kept ---


def test_a_view_is_its_makers_own(office: Office) -> None:
    assert (
        office.message("user", f"{VIEW}.save_report", name="Mine", doctype="Task", report_settings={"fields": []})
        == "Mine"
    )
    assert (
        office.call("other", f"{VIEW}.save_report", name="Mine", doctype="Task", report_settings="{}").status_code
        == 403
    )
    assert office.call("other", f"{VIEW}.delete_report", name="Mine").status_code == 403
    assert (
        office.message("user", f"{VIEW}.save_report", name="Mine", doctype="Task", report_settings='{"a": 1}') == "Mine"
    )
    assert office.site.database.row("SELECT json, owner FROM tabReport WHERE name = 'Mine'") == (
        '{"a": 1}',
        "user@x.org",
    )
    assert office.call("user", f"{VIEW}.delete_report", name="Mine").status_code == 200
    assert office.site.database.row("SELECT count(*) FROM tabReport WHERE name = 'Mine'")[0] == 0


# --- how everybody sees a list ---


def test_list_settings(office: Office) -> None:
    assert office.message("user", "frappe.desk.listview.get_list_settings", doctype="Project") is None
    assert (
        office.message(
            "boss",
            "frappe.desk.listview.set_list_settings",
            doctype="Project",
            values={"disable_count": 1, "nonsense": 2},
        )
        is None
    )
    assert office.message("user", "frappe.desk.listview.get_list_settings", doctype="Project")["disable_count"] == 1
    office.message(
        "boss",
        "frappe.desk.listview.set_list_settings",
        doctype="Project",
        values={"disable_count": 0, "total_fields": "5"},
    )
    kept = office.message("user", "frappe.desk.listview.get_list_settings", doctype="Project")
    assert (kept["disable_count"], kept["total_fields"]) == (0, "5")


def test_columns_are_chosen_for_everybody(office: Office) -> None:
    chosen = {"fields": [{"fieldname": "name"}, {"fieldname": "budget"}, {"fieldname": "status_field"}]}
    answer = office.message(
        "boss",
        f"{SETTINGS}.save_listview_settings",
        doctype="Project",
        listview_settings=chosen,
        removed_listview_fields=["status"],
    )
    assert {
        row["fieldname"]: row.get("in_list_view")
        for row in answer["meta"]["fields"]
        if row["fieldname"] in ("budget", "status")
    } == {"budget": 1, "status": 0}
    assert "status" in office.message("user", f"{SETTINGS}.get_default_listview_fields", doctype="Project"), (
        "as it was before anybody chose"
    )
    office.message(
        "boss",
        f"{SETTINGS}.save_listview_settings",
        doctype="Project",
        listview_settings={"fields": [{"fieldname": "status"}]},
        removed_listview_fields=["budget"],
    )
    assert (
        office.site.database.row("SELECT count(*) FROM \"tabProperty Setter\" WHERE property = 'in_list_view'")[0] == 2
    ), "one a field, whatever was chosen before"


# --- calendars ---


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        pytest.param("2026-02-01", "2026-03-31", ["T2", "T3"], id="between"),
        pytest.param("2026-02-10", "2026-02-10", ["T2"], id="on a day"),
        pytest.param("2027-01-01", "2027-12-31", [], id="nothing"),
    ],
)
def test_events(office: Office, start: str, end: str, names: list[str]) -> None:
    field_map = {"start": "due_date", "end": "due_date", "title": "subject", "id": "name"}
    rows = office.message(
        "user",
        "frappe.desk.calendar.get_events",
        doctype="Task",
        start=start,
        end=end,
        field_map=field_map,
        filters=[["name", "like", "T_"]],
    )
    assert sorted(row["name"] for row in rows) == names and all(
        set(row) == {"due_date", "subject", "name", "color"} for row in rows
    )


@pytest.mark.parametrize("open_end", [None, "2026-12-31"])
def test_what_has_no_end_goes_on(office: Office, open_end: str | None) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Project"), "Alpha", {"start_date": "2026-01-05", "end_date": open_end})
    body = {
        "doctype": "Project",
        "start": "2026-06-01",
        "end": "2026-06-30",
        "field_map": '{"start": "start_date", "end": "end_date"}',
    }
    assert [row["name"] for row in office.message("user", "frappe.desk.calendar.get_events", **body)] == ["Alpha"]


@pytest.mark.parametrize("method", ["frappe.desk.calendar.update_event", "frappe.desk.gantt.update_task"])
def test_an_event_is_moved(office: Office, task: str, method: str) -> None:
    args = {
        "doctype": "Task",
        "name": task,
        "due_date": "2026-05-05",
        "start": "2026-05-05",
        "end": "2026-05-05",
        "status": "Open",
    }
    office.message("user", method, args=args, field_map={"start": "due_date", "end": "due_date"})
    assert (office.value(task, "due_date"), office.value(task)) == ("2026-05-05", "Cancelled")


@pytest.mark.parametrize(
    ("who", "attendee", "status", "answer", "kept"),
    [
        pytest.param("user", "user@x.org", "Yes", 200, "|Yes|", id="one answers for oneself"),
        pytest.param("manager", "user@x.org", "Maybe", 200, "|Maybe|", id="who made the Event for anybody"),
        pytest.param("manager", "manager@x.org", "No", 200, "No||", id="the owner's answer stands in the Event"),
        pytest.param("user", "other@x.org", "Yes", 200, "||Yes", id="a Public Event is everybody's to write"),
        pytest.param("other", "other@x.org", "Yes", 403, "||", id="who may not read the Event is told nothing"),
        pytest.param("manager", "nobody@x.org", "Yes", 417, "||", id="who does not take part has no answer"),
        pytest.param("user", "user@x.org", "Perhaps", 417, "||", id="an answer that is none"),
    ],
)
def test_who_takes_part_says_whether_they_come(
    office: Office, who: str, attendee: str, status: str, answer: int, kept: str
) -> None:
    rows = [
        {"reference_doctype": "User", "reference_docname": each, "email": each}
        for each in ("user@x.org", "other@x.org")
    ]
    with office.site.acting("manager@x.org") as ctx:
        values = {"doctype": "Event", "subject": "Tea", "starts_on": "2026-01-05 10:00:00", "event_participants": rows}
        event = document.new(ctx, {**values, "event_type": "Public" if who != "other" else "Private"}).insert()
    body = {"event_name": event.name, "attendee": attendee, "status": status}
    method = "frappe.desk.doctype.event.event.update_attending_status"
    assert office.clients[who](f"POST /api/method/{method}", body).status_code == answer
    with office.site.acting() as ctx:
        found = document.load(ctx, "Event", event.name)
        assert "|".join(each.attending or "" for each in (found, *found.event_participants)) == kept


@pytest.mark.parametrize(
    ("verb", "method", "body", "kept"),
    [
        pytest.param("POST", f"{VIEW}.export_query", {"doctype": "Task", "file_format_type": "CSV"}, ["Task", "CSV", None], id="rows of a list"),
        pytest.param("GET", f"{VIEW}.export_query", {"doctype": "Task", "file_format_type": "CSV"}, ["Task", "CSV", None], id="by a link, which writes nothing else"),
        pytest.param("QUERY", f"{VIEW}.export_query", {"doctype": "Task", "file_format_type": "CSV"}, ["Task", "CSV", None], id="by the verb that reads with a body"),
        pytest.param("POST", "frappe.desk.query_report.export_query", {"report_name": "Kept", "file_format_type": "CSV"}, ["Task", "CSV", "Kept"], id="a report"),
        pytest.param("POST", TAKEN, {"doctype": "Task", "file_type": "PDF", "page": "<script>1</script>"}, ["Task", "PDF", None], id="what a front end tells"),
    ],
)  # fmt: skip
def test_who_takes_data_out_is_in_the_access_log(
    office: Office, verb: str, method: str, body: dict[str, Any], kept: list[str | None]
) -> None:
    with office.site.acting() as ctx:
        ctx.store.database.execute('DELETE FROM "tabAccess Log"')
    assert office.call("admin", method, verb, **body).status_code == 200
    with office.site.acting() as ctx:
        asked = 'SELECT export_from, file_type, report_name, user, page FROM "tabAccess Log"'
        ((*found, user, page),) = ctx.store.database.rows(asked)
    assert (found, user) == (kept, "Administrator")
    assert "<script" not in (page or "")
