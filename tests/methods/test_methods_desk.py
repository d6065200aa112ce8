"""`frappe.desk.*`: comments, tags, likes, assignments, forms and reports, each as far as one may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.methods import reportview

USERS = {"user": ("Task User",), "other": ("Task User",), "manager": ("Task Manager",), "website": (), "reader": ()}
ANN = "user@x.org"


class Office(BaseOffice):
    """A site with one client for each kind of user; each test makes its own Task."""

    users = USERS

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Private Note", "title": "of Administrator"}).insert(set_name="N")
        for number in range(3):
            document.new(ctx, {"doctype": "Prompt Doc", "title": f"t{number // 2}"}).insert(set_name=f"P{number}")

    def call(self, who: str, method: str, verb: str = "POST", **body: Any) -> TestResponse:
        return self.clients[who](f"{verb} /api/method/frappe.desk.{method}", body)

    def count(self, doctype: str) -> int:
        return int(self.site.database.row(f'SELECT count(*) FROM "tab{doctype}"')[0])

    def column(self, task: str, name: str) -> Any:
        return self.site.database.row(f"SELECT {name} FROM tabTask WHERE name = ?", (task,))[0]


@pytest.fixture
def task(office: Office) -> str:
    with office.site.acting() as ctx:
        return str(document.new(ctx, {"doctype": "Task", "subject": "a task", "internal_note": "hush"}).insert().name)


# --- who may not ---

WATCHED = ("Comment", "Tag", "Tag Link", "ToDo", "Task", "Version")
CALLS = [
    ("form.utils.add_comment", {"reference_doctype": "Task", "reference_name": "{}", "content": "c"}),
    ("doctype.tag.tag.add_tag", {"tag": "t", "dt": "Task", "dn": "{}"}),
    ("doctype.tag.tag.remove_tag", {"tag": "t", "dt": "Task", "dn": "{}"}),
    ("like.toggle_like", {"doctype": "Task", "name": "{}", "add": "Yes"}),
    ("form.assign_to.add", {"doctype": "Task", "name": "{}", "assign_to": [ANN]}),
    ("form.assign_to.remove", {"doctype": "Task", "name": "{}", "assign_to": ANN}),
    ("form.load.getdoc", {"doctype": "Task", "name": "{}"}),
    ("form.load.get_docinfo", {"doctype": "Task", "name": "{}"}),
    ("form.load.getdoctype", {"doctype": "Task"}),
    ("form.save.savedocs", {"doc": {"doctype": "Task", "subject": "s", "__islocal": 1}, "action": "Save"}),
    ("form.save.savedocs", {"doc": {"doctype": "Task", "name": "{}", "subject": "s"}, "action": "Save"}),
    ("reportview.get", {"doctype": "Task"}),
    ("reportview.get_list", {"doctype": "Task"}),
    ("reportview.get_count", {"doctype": "Task"}),
    ("listview.get_group_by_count", {"doctype": "Task", "current_filters": "[]", "field": "status"}),
]


def filled(value: Any, task: str) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, task) for key, item in value.items()}
    return task if value == "{}" else value


@pytest.mark.parametrize("who", ["guest", "website"])
@pytest.mark.parametrize(
    ("method", "body"), CALLS, ids=[f"{method} {number}" for number, (method, _) in enumerate(CALLS)]
)
def test_without_a_right_nothing_is_told_or_changed(
    office: Office, task: str, who: str, method: str, body: dict[str, Any]
) -> None:
    before = [office.site.database.rows(f'SELECT * FROM "tab{doctype}"') for doctype in WATCHED]
    answer = office.call(who, method, **filled(body, task))
    assert (answer.status_code, answer.get_json()["exc_type"]) == (403, "PermissionError")
    assert [office.site.database.rows(f'SELECT * FROM "tab{doctype}"') for doctype in WATCHED] == before


@pytest.mark.parametrize(("method", "body"), [call for call in CALLS if "{}" in str(call)], ids=str)
def test_what_is_not_there_is_404(office: Office, method: str, body: dict[str, Any]) -> None:
    answer = office.call("admin", method, **filled(body, "nope"))
    if method == "form.load.getdoc":  # as in Frappe
        assert (answer.status_code, answer.get_json()) == (200, {"message": []})
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "method",
    [
        "form.utils.add_comment",
        "form.utils.update_comment",
        "doctype.tag.tag.add_tag",
        "like.toggle_like",
        "form.assign_to.add",
        "form.assign_to.remove",
        "form.save.savedocs",
    ],
)
def test_a_get_writes_nothing(office: Office, method: str) -> None:
    assert office.clients["admin"](f"GET /api/method/frappe.desk.{method}").status_code == 403


# --- comments ---


def test_a_comment_is_ones_own(office: Office, task: str) -> None:
    body = {
        "reference_doctype": "Task",
        "reference_name": task,
        "content": "hello",
        "comment_by": "Somebody Else",
        "comment_email": "else@x.org",
    }
    made = office.call("user", "form.utils.add_comment", **body).get_json()["message"]
    assert (made["content"], made["comment_type"], made["owner"], made["reference_name"]) == (
        "hello",
        "Comment",
        ANN,
        task,
    )
    assert "else@x.org" not in json.dumps(made) and "Somebody Else" not in json.dumps(made)


def test_a_comment_is_cleaned(office: Office, task: str) -> None:
    body = {
        "reference_doctype": "Task",
        "reference_name": task,
        "content": "<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)>",
    }
    content = office.call("user", "form.utils.add_comment", **body).get_json()["message"]["content"]
    assert "<b>bold</b>" in content and "<script" not in content and "onerror" not in content


@pytest.mark.parametrize(
    ("who", "status"), [("user", 200), ("admin", 200), ("other", 403), ("manager", 403), ("website", 403)]
)
def test_a_comment_is_changed_by_its_writer(office: Office, task: str, who: str, status: int) -> None:
    name = office.call(
        "user", "form.utils.add_comment", reference_doctype="Task", reference_name=task, content="before"
    ).get_json()["message"]["name"]
    assert office.call(who, "form.utils.update_comment", name=name, content="after").status_code == status
    stored = office.site.database.row("SELECT content FROM tabComment WHERE name = ?", (name,))[0]
    assert ("after" in stored) is (status == 200)


def test_no_comment_on_what_one_may_not_read(office: Office) -> None:
    assert (
        office.call(
            "user", "form.utils.add_comment", reference_doctype="Private Note", reference_name="N", content="c"
        ).status_code
        == 403
    )


# --- tags and likes ---


def test_tags_come_and_go(office: Office, task: str) -> None:
    for tag in ("urgent", "late", "urgent"):
        assert office.call("user", "doctype.tag.tag.add_tag", tag=tag, dt="Task", dn=task).get_json() == {
            "message": tag
        }
    assert sorted(filter(None, office.column(task, "_user_tags").split(","))) == ["late", "urgent"]
    assert {"late", "urgent"} <= set(
        office.call("user", "doctype.tag.tag.get_tags", doctype="Task").get_json()["message"]
    )
    assert office.call("user", "doctype.tag.tag.get_tags", doctype="Task", txt="urg").get_json()["message"] == [
        "urgent"
    ]
    assert office.call("user", "doctype.tag.tag.remove_tag", tag="urgent", dt="Task", dn=task).get_json() == {}
    assert list(filter(None, office.column(task, "_user_tags").split(","))) == ["late"]


@pytest.mark.parametrize("tag", ["a,b", "x" * 141], ids=["a comma", "too long"])
def test_what_is_no_tag(office: Office, task: str, tag: str) -> None:
    assert office.call("user", "doctype.tag.tag.add_tag", tag=tag, dt="Task", dn=task).status_code == 417
    assert not office.column(task, "_user_tags")


def test_tagging_needs_write(office: Office, task: str) -> None:
    assert (
        office.clients["admin"](
            "POST /api/method/frappe.share.add", {"doctype": "Task", "name": task, "user": "reader@x.org", "read": 1}
        ).status_code
        == 200
    )
    assert office.call("reader", "doctype.tag.tag.add_tag", tag="t", dt="Task", dn=task).status_code == 403
    assert office.call("reader", "form.load.get_docinfo", doctype="Task", name=task).status_code == 200


def test_likes_are_counted_once_for_each_user(office: Office, task: str) -> None:
    for who, add in (("user", "Yes"), ("user", "Yes"), ("other", "Yes"), ("other", True)):
        assert office.call(who, "like.toggle_like", doctype="Task", name=task, add=add).status_code == 200
    assert json.loads(office.column(task, "_liked_by")) == [ANN]
    said = office.site.database.rows(
        "SELECT owner FROM tabComment WHERE reference_name = ? AND comment_type = 'Like'", (task,)
    )
    assert [row[0] for row in said] == [ANN]


@pytest.mark.parametrize("method", ["add_tag", "like"])
def test_tags_and_likes_leave_modified_alone(office: Office, task: str, method: str) -> None:
    """Or a form that is open would be stale."""
    before = office.column(task, "modified")
    if method == "like":
        office.call("user", "like.toggle_like", doctype="Task", name=task, add="Yes")
    else:
        office.call("user", "doctype.tag.tag.add_tag", tag="t", dt="Task", dn=task)
    assert office.column(task, "modified") == before


# --- assignments ---


@pytest.mark.parametrize("assign_to", [[ANN], f'["{ANN}"]', ANN], ids=["list", "text", "one"])
def test_assigning_makes_a_to_do(office: Office, task: str, assign_to: Any) -> None:
    found = office.call(
        "manager",
        "form.assign_to.add",
        doctype="Task",
        name=task,
        assign_to=assign_to,
        description="do it",
        priority="High",
    ).get_json()["message"]
    assert [each["owner"] for each in found] == [ANN]
    todo = office.clients["admin"](f"GET /api/resource/ToDo/{found[0]['name']}").get_json()["data"]
    assert (todo["allocated_to"], todo["assigned_by"], todo["priority"], todo["status"], todo["reference_name"]) == (
        ANN,
        "manager@x.org",
        "High",
        "Open",
        task,
    )
    assert json.loads(office.column(task, "_assign")) == [ANN]


def test_assigning_twice_is_assigning_once(office: Office, task: str) -> None:
    before = office.count("ToDo")
    for _ in range(2):
        office.call("manager", "form.assign_to.add", doctype="Task", name=task, assign_to=[ANN])
    assert office.count("ToDo") == before + 1


def test_taking_back_cancels_the_to_do(office: Office, task: str) -> None:
    todo = office.call("manager", "form.assign_to.add", doctype="Task", name=task, assign_to=[ANN]).get_json()[
        "message"
    ][0]["name"]
    assert office.call("manager", "form.assign_to.remove", doctype="Task", name=task, assign_to=ANN).get_json() == {
        "message": []
    }
    assert office.clients["admin"](f"GET /api/resource/ToDo/{todo}").get_json()["data"]["status"] == "Cancelled"
    assert not office.column(task, "_assign")


def test_nobody_is_assigned_who_is_not_there(office: Office, task: str) -> None:
    before = office.count("ToDo")
    assert (
        office.call(
            "manager", "form.assign_to.add", doctype="Task", name=task, assign_to=[ANN, "nobody@x.org"]
        ).status_code
        == 417
    )
    assert office.count("ToDo") == before


# --- forms ---


def test_getdoc_stands_at_the_top(office: Office, task: str) -> None:
    office.call("user", "form.utils.add_comment", reference_doctype="Task", reference_name=task, content="hello")
    office.call("user", "doctype.tag.tag.add_tag", tag="urgent", dt="Task", dn=task)
    office.call("user", "form.assign_to.add", doctype="Task", name=task, assign_to=[ANN])
    answer = office.call("user", "form.load.getdoc", doctype="Task", name=task).get_json()
    assert "message" not in answer
    assert (answer["docs"][0]["name"], "due_date" in answer["docs"][0], answer["_link_titles"]) == (task, False, {})
    info = answer["docinfo"]
    assert [each["content"] for each in info["comments"]] == ["hello"]
    assert ("urgent" in info["tags"], [each["owner"] for each in info["assignments"]]) == (True, [ANN])
    assert (info["permissions"]["write"], info["permissions"]["delete"]) == (1, 0)


@pytest.mark.parametrize(("who", "sees"), [("manager", True), ("user", False)])
def test_a_form_shows_what_one_may_read(office: Office, task: str, who: str, sees: bool) -> None:
    assert ("hush" in office.call(who, "form.load.getdoc", doctype="Task", name=task).text) is sees


def test_versions_tell_no_higher_level(office: Office, task: str) -> None:
    assert (
        office.clients["admin"](f"PUT /api/resource/Task/{task}", {"internal_note": "version secret"}).status_code
        == 200
    )
    assert "version secret" in office.call("admin", "form.load.get_docinfo", doctype="Task", name=task).text
    assert "version secret" not in office.call("user", "form.load.get_docinfo", doctype="Task", name=task).text


def test_getdoctype_brings_its_child_tables(office: Office) -> None:
    docs = office.call("user", "form.load.getdoctype", doctype="Task").get_json()["docs"]
    assert [each["name"] for each in docs] == ["Task", "Task Checklist Item", "Task Watcher"]


def test_savedocs_makes_and_changes(office: Office) -> None:
    made = office.call(
        "user",
        "form.save.savedocs",
        doc=json.dumps({"doctype": "Task", "name": "new-task-1", "__islocal": 1, "subject": "s"}),
        action="Save",
    ).get_json()["docs"][0]
    assert made["name"].startswith("TASK-") and made["owner"] == ANN
    given_away = office.call("user", "form.save.savedocs", doc={**made, "owner": "other@x.org"}, action="Save")
    assert (given_away.status_code, given_away.get_json()["exc_type"]) == (417, "CannotChangeConstantError")
    changed = office.call("user", "form.save.savedocs", doc={**made, "subject": "t"}, action="Save")
    assert changed.get_json()["docs"][0]["subject"] == "t"
    stale = office.call("user", "form.save.savedocs", doc={**made, "subject": "u"}, action="Save")
    assert (stale.status_code, stale.get_json()["exc_type"]) == (417, "TimestampMismatchError")


def test_savedocs_submits_updates_and_cancels(office: Office) -> None:
    doc: dict[str, Any] = {
        "doctype": "Invoice",
        "__islocal": 1,
        "customer": "c",
        "items": [{"item": "i", "qty": 1, "rate": 5}],
    }
    for action, status in (("Save", 0), ("Submit", 1), ("Update", 1), ("Cancel", 2)):
        doc = office.call("manager", "form.save.savedocs", doc=doc, action=action).get_json()["docs"][0]
        assert doc["docstatus"] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"doc": {"doctype": "Task", "subject": "s", "__islocal": 1}, "action": "Nonsense"}, 417),
        ({"doc": "{broken", "action": "Save"}, 400),
        ({"doc": {"subject": "s"}, "action": "Save"}, 400),
        ({"doc": {"doctype": "Task", "subject": "s", "__islocal": 1}}, 417),
    ],
    ids=["no such action", "broken JSON", "no DocType", "no action"],
)
def test_savedocs_refused(office: Office, body: dict[str, Any], status: int) -> None:
    before = office.count("Task")
    assert office.call("admin", "form.save.savedocs", **body).status_code == status
    assert office.count("Task") == before


# --- report view ---


def test_reportview_is_compressed(office: Office) -> None:
    body = {
        "doctype": "Prompt Doc",
        "fields": ["`tabPrompt Doc`.`name`", "title"],
        "order_by": "name asc",
        "start": 1,
        "page_length": 1,
    }
    message = office.call("admin", "reportview.get", **body).get_json()["message"]
    assert (message["keys"], message["values"]) == (["name", "title"], [["P1", "t0"]])
    assert office.call("admin", "reportview.get", doctype="Prompt Doc", filters=[["name", "=", "nope"]]).get_json() == {
        "message": []
    }


MEASURED = {
    "doctype": "Task",
    "fields": ["`tabTask`.`priority`"],
    "filters": [["code", "like", "MEASURED%"]],
    "group_by": "`tabTask`.`priority`",
    "order_by": "_aggregate_column desc",
    "aggregate_on_doctype": "Task",
    "aggregate_on_field": "points",
}


@pytest.fixture(scope="module")
def measured(office: Office) -> None:
    with office.site.acting() as ctx:
        for number, (priority, points) in enumerate((("Low", 1), ("High", 2), ("High", 5))):
            values = {"subject": "m", "code": f"MEASURED{number}", "priority": priority, "points": points}
            made = document.new(ctx, {"doctype": "Task", **values, "checklist": [{"item": "x", "qty": 2 + number}]})
            made.insert()


@pytest.mark.parametrize(
    "asked, rows",
    [
        ({"aggregate_function": "sum"}, [["High", 7], ["Low", 1]]),
        ({"aggregate_function": "avg"}, [["High", 3.5], ["Low", 1]]),
        ({"aggregate_function": "Count", "aggregate_on_field": "name"}, [["High", 2], ["Low", 1]]),
        (
            {
                "aggregate_function": "sum",
                "aggregate_on_doctype": "Task Checklist Item",
                "aggregate_on_field": "qty",
            },
            [["High", 7], ["Low", 2]],
        ),
    ],
    ids=lambda given: given.get("aggregate_function") if isinstance(given, dict) else "",
)
@pytest.mark.usefixtures("measured")
def test_a_report_view_measures_its_groups(office: Office, asked: dict[str, str], rows: list[list[object]]) -> None:
    message = office.call("admin", "reportview.get", **{**MEASURED, **asked}).get_json()["message"]
    assert (message["keys"], message["values"]) == (["priority", "_aggregate_column"], rows)
    listed = office.call("admin", "reportview.get_list", **{**MEASURED, **asked}).get_json()["message"]
    assert [list(row.values()) for row in listed] == rows


@pytest.mark.parametrize(
    "asked, heading",
    [
        ({"aggregate_function": "sum"}, "Sum of Points"),
        ({"aggregate_function": "count", "aggregate_on_field": "name"}, "Count"),
    ],
)
@pytest.mark.usefixtures("measured")
def test_a_report_view_is_exported_with_its_measure(office: Office, asked: dict[str, str], heading: str) -> None:
    exported = office.call("admin", "reportview.export_query", file_format_type="CSV", **{**MEASURED, **asked})
    assert exported.get_data(as_text=True).splitlines()[0] == f'"Sr","Priority","{heading}","owner"'
    assert len(exported.get_data(as_text=True).splitlines()) == 3


@pytest.mark.parametrize("fields", [("name", "priority"), ["name", "priority"], '["name", "priority"]'])
def test_app_code_exports_by_fields_in_any_form(office: Office, fields: object) -> None:
    with office.site.acting() as ctx:
        reportview.export_query(ctx, "Task", fields=fields, file_format_type="CSV")
        heads = ctx.response["filecontent"].decode().splitlines()[0]
        ctx.rollback()
    assert heads == '"Sr","ID","Priority","owner"'


@pytest.mark.parametrize(
    "asked, error, said",
    [
        ({"aggregate_function": "max"}, "ValidationError", "Invalid aggregate function"),
        ({"aggregate_function": "sum", "aggregate_on_field": "nope"}, "DataError", "query: nope"),
        ({"aggregate_function": "sum", "aggregate_on_doctype": "Nope"}, "DoesNotExistError", "DocType Nope not found"),
        (
            {"aggregate_function": "sum", "aggregate_on_doctype": "Project", "aggregate_on_field": "budget"},
            "ValidationError",
            "Project is not a child table of Task",
        ),
    ],
)
def test_a_measure_that_is_none_is_refused(office: Office, asked: dict[str, str], error: str, said: str) -> None:
    answer = office.call("admin", "reportview.get", **{**MEASURED, **asked})
    assert answer.get_json()["exc_type"] == error
    assert said in answer.get_data(as_text=True)


def test_without_groups_nothing_is_measured(office: Office) -> None:
    body = {**MEASURED, "aggregate_function": "sum", "group_by": "", "order_by": "", "page_length": 1}
    message = office.call("admin", "reportview.get", **body).get_json()["message"]
    assert message == [] or message["keys"] == ["priority"]


@pytest.mark.parametrize("fields", [["name"], '["name"]', ["`name`"], ["`tabPrompt Doc`.`name`"]], ids=str)
def test_reportview_get_list(office: Office, fields: Any) -> None:
    found = office.call(
        "admin", "reportview.get_list", doctype="Prompt Doc", fields=fields, filters={"title": "t1"}
    ).get_json()
    assert found == {"message": [{"name": "P2"}]}


@pytest.mark.parametrize(
    ("body", "count"),
    [({}, 3), ({"filters": '{"title": "t0"}'}, 2), ({"limit": 1}, 1)],
    ids=["all", "filters", "limit"],
)
def test_reportview_get_count(office: Office, body: dict[str, Any], count: int) -> None:
    assert office.call("admin", "reportview.get_count", doctype="Prompt Doc", **body).get_json() == {"message": count}


def test_group_by_count(office: Office) -> None:
    found = office.call(
        "admin", "listview.get_group_by_count", doctype="Prompt Doc", current_filters="[]", field="title"
    ).get_json()["message"]
    assert found == [{"name": "t0", "count": 2}, {"name": "t1", "count": 1}]


@pytest.mark.parametrize(
    ("field", "status"),
    [
        pytest.param("(select 1)", 417, id="a query"),
        pytest.param("name; drop table tabTask", 417, id="two statements"),
        pytest.param("nonsense", 417, id="no field"),
        pytest.param("internal_note", 403, id="a field of a higher level"),
    ],
)
def test_group_by_takes_fields_that_one_may_read_only(office: Office, field: str, status: int) -> None:
    words = {"doctype": "Task", "current_filters": "[]", "field": field}
    assert office.call("user", "listview.get_group_by_count", **words).status_code == status
