"""What stands beside a form: cancel and discard, the next document, tags, assignments, links, followers, notifications, previews, mappers."""

from __future__ import annotations

import json
import sys
import types
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.whitelist import describe

ANN = "user@x.org"
ASSIGN, FOLLOW, TAG = "frappe.desk.form.assign_to", "frappe.desk.form.document_follow", "frappe.desk.doctype.tag.tag"
LINKED, NOTIFY, LOG = (
    "frappe.desk.form.linked_with",
    "frappe.desk.notifications",
    "frappe.desk.doctype.notification_log.notification_log",
)
TITLE = "frappe.model.rename_doc.update_document_title"
NEXT = "frappe.desk.form.utils.get_next"


class Office(BaseOffice):
    """A project with tasks T1 … T3, a note of the Administrator's; each test makes what it changes."""

    users = {
        "user": ("Task User",),
        "other": ("Task User",),
        "manager": ("Task Manager",),
        "boss": ("System Manager",),
        "website": (),
    }

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Project", "title": "Alpha", "lead": ANN}).insert()
        for number in (1, 2, 3):
            document.new(ctx, {"doctype": "Task", "subject": f"job {number}", "project": "Alpha"}).insert(
                set_name=f"T{number}"
            )
        document.new(ctx, {"doctype": "Private Note", "title": "of Administrator"}).insert(set_name="N1")
        document.new(
            ctx,
            {
                "doctype": "Email Template",
                "subject": "About {{ subject }}",
                "response": "<p>{{ doc.subject }}{{ doc._context }}</p>",
            },
        ).insert(set_name="Mail")
        document.new(ctx.as_user(ANN), {"doctype": "Note", "title": "Shown"}).insert(set_name="Shown")

    def call(self, who: str, method: str, verb: str = "POST", /, **body: Any) -> TestResponse:
        return self.clients[who](f"{verb} /api/method/{method}", body)

    def answer(self, who: str, method: str, /, **body: Any) -> Any:
        answer = self.call(who, method, **body)
        assert answer.status_code == 200, answer.text
        return answer.json

    def message(self, who: str, method: str, /, **body: Any) -> Any:
        return self.answer(who, method, **body).get("message")

    def make(self, doctype: str = "Task", as_user: str = "Administrator", **values: Any) -> str:
        given = {
            "Task": {"subject": "own"},
            "Invoice": {"customer": "c", "items": [{"item": "a", "qty": 1, "rate": 5}]},
        }.get(doctype, {})
        with self.site.acting(as_user) as ctx:
            return str(document.new(ctx, {"doctype": doctype, **given, **values}).insert().name)

    def all(self, sql: str, *params: Any) -> list[Any]:
        return self.site.database.rows(sql, params)


@pytest.fixture
def task(office: Office) -> str:
    return office.make()


# --- who may ---

DOC, REF = {"doctype": "Task", "name": "T1"}, {"doctype": "Task", "docname": "T1"}
OF_A_DOCUMENT = [
    ("frappe.desk.form.save.cancel", {"name": "name"}),
    ("frappe.desk.form.save.discard", {"name": "name"}),
    ("frappe.desk.form.load.get_communications", {"name": "name"}),
    (f"{ASSIGN}.add_multiple", {"name": "names", "assign_to": f'["{ANN}"]'}),
    (f"{ASSIGN}.remove_multiple", {"names": "names"}),
    (f"{LINKED}.get", {"docname": "name"}),
    (f"{LINKED}.get_linked_docs", {"name": "name"}),
    (f"{LINKED}.get_submitted_linked_docs", {"name": "name"}),
    (f"{NOTIFY}.get_open_count", {"name": "name"}),
    (f"{FOLLOW}.get_follow_users", {"doc_name": "name"}),
    (TITLE, {"docname": "name", "title": "x"}),
    (NEXT, {"value": "name", "prev": 0}),
    ("frappe.realtime.has_permission", {"name": "name"}),
    ("frappe.model.document.unlock_document", {"name": "name"}),
    (f"{TAG}.add_tags", {"docs": "names", "dt": "doctype", "tags": '["t"]'}),
]
"""Methods that are about one document, or several: `name` and `names` stand for it."""


def body_of(keys: dict[str, str], doctype: str, name: str) -> dict[str, Any]:
    known = {"name": name, "names": f'["{name}"]', "doctype": doctype}
    return {"doctype": doctype, **{key: known.get(each, each) for key, each in keys.items()}}


@pytest.mark.parametrize(("method", "keys"), OF_A_DOCUMENT, ids=[method for method, _ in OF_A_DOCUMENT])
def test_who_may_nothing_learns_nothing_of_names(office: Office, method: str, keys: dict[str, str]) -> None:
    for who in ("website", "guest"):
        there, not_there = (office.call(who, method, **body_of(keys, "Task", name)) for name in ("T1", "nope"))
        assert (there.status_code, not_there.status_code) == (403, 403), who
        assert there.text == not_there.text


@pytest.mark.parametrize(("method", "keys"), OF_A_DOCUMENT, ids=[method for method, _ in OF_A_DOCUMENT])
def test_another_persons_document_is_refused_and_a_missing_one_is_404(
    office: Office, method: str, keys: dict[str, str]
) -> None:
    if method != NEXT:  # which lists what one may read
        assert office.call("user", method, **body_of(keys, "Private Note", "N1")).status_code == 403
    # Frappe: nothing links to what is not there
    missing = 200 if method == "frappe.desk.form.linked_with.get" else 404
    assert office.call("admin", method, **body_of(keys, "Task", "nope")).status_code == missing


# --- cancel, discard, the next one ---


def test_a_form_cancels(office: Office) -> None:
    name = office.make("Invoice", docstatus=1)
    answer = office.answer("manager", "frappe.desk.form.save.cancel", doctype="Invoice", name=name)
    assert (answer["docs"][0]["docstatus"], answer["docinfo"]["name"], "Cancelled" in answer["_server_messages"]) == (
        2,
        name,
        True,
    )
    assert office.call("manager", "frappe.desk.form.save.cancel", doctype="Invoice", name=name).status_code == 417


@pytest.mark.parametrize(
    ("doctype", "field", "status"),
    [
        pytest.param("Invoice", "remarks", 200, id="a field of the document"),
        pytest.param("Invoice", "nonsense", 417, id="a field that is none"),
        pytest.param("Invoice", "owner", 417, id="a field of the server's own"),
    ],
)
def test_a_workflow_names_its_field(office: Office, doctype: str, field: str, status: int) -> None:
    name = office.make(doctype, docstatus=1)
    answer = office.call(
        "manager",
        "frappe.desk.form.save.cancel",
        doctype=doctype,
        name=name,
        workflow_state_fieldname=field,
        workflow_state="Given up",
    )
    assert answer.status_code == status
    assert office.all("SELECT docstatus FROM tabInvoice WHERE name = ?", name)[0][0] == (2 if status == 200 else 1)


def test_a_draft_is_discarded_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    handlers = {
        ("Invoice", event): [lambda doc, method=None: seen.append(method)] for event in ("before_discard", "on_discard")
    }
    monkeypatch.setattr(office.site, "_event_handlers", handlers)
    name = office.make("Invoice")
    assert (
        office.answer("user", "frappe.desk.form.save.discard", doctype="Invoice", name=name)["docs"][0]["docstatus"]
        == 2
    )
    assert seen == ["before_discard", "on_discard"]
    answer = office.call("user", "frappe.desk.form.save.discard", doctype="Invoice", name=name)
    assert (answer.status_code, "Only draft documents" in answer.text) == (417, True)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param({"value": "T2", "prev": 0}, "T1", id="the one before in time, as lists are sorted"),
        pytest.param({"value": "T2", "prev": 1}, "T3", id="the other way"),
        pytest.param({"value": "T2", "prev": 0, "sort_field": "name", "sort_order": "asc"}, "T3", id="by name"),
        pytest.param(
            {"value": "T2", "prev": "1", "sort_field": "name", "sort_order": "asc"}, "T1", id="by name, the other way"
        ),
        pytest.param(
            {
                "value": "T1",
                "prev": 0,
                "sort_field": "name",
                "sort_order": "asc",
                "filters": [["subject", "=", "job 3"]],
            },
            "T3",
            id="among those that fit",
        ),
        pytest.param(
            {"value": "T3", "prev": 0, "sort_field": "name", "sort_order": "asc", "filters": {"project": "Alpha"}},
            None,
            id="at the end",
        ),
    ],
)
def test_the_next_one(office: Office, body: dict[str, Any], found: str | None) -> None:
    answer = office.answer("user", NEXT, doctype="Task", **{"filters": [["name", "like", "T_"]], **body})
    assert (answer.get("message"), "_server_messages" in answer) == (found, found is None)


@pytest.mark.parametrize(("field", "status"), [("nonsense", 417), ("internal_note", 417), ("(select 1)", 417)])
def test_the_next_one_by_a_field_that_one_may_not_read(office: Office, field: str, status: int) -> None:
    assert office.call("user", NEXT, doctype="Task", value="T2", prev=0, sort_field=field).status_code == status


def test_a_comment_is_published_by_its_author_or_who_runs_the_site(office: Office, task: str) -> None:
    with office.site.acting(ANN) as ctx:
        name = str(
            document.new(
                ctx.trusted(),
                {"doctype": "Comment", "reference_doctype": "Task", "reference_name": task, "content": "c"},
            )
            .insert()
            .name
        )
    statuses = [
        office.call(who, "frappe.desk.form.utils.update_comment_publicity", name=name, publish=1).status_code
        for who in ("other", "manager", "user", "boss")
    ]
    assert statuses == [403, 403, 200, 200]
    assert office.all("SELECT published FROM tabComment WHERE name = ?", name) == [(1,)]
    assert [
        office.call(who, "frappe.desk.form.utils.update_comment_publicity", name="nope", publish=1).status_code
        for who in ("user", "boss")
    ] == [403, 404]


# --- tags and assignments ---


def test_many_tags_on_many_documents(office: Office) -> None:
    names = [office.make(), office.make()]
    assert office.answer("user", f"{TAG}.add_tags", tags=["red", "blue"], dt="Task", docs=names) == {}
    assert office.all(f"SELECT _user_tags FROM tabTask WHERE name IN {tuple(names)}") == [("red,blue",)] * 2
    assert office.message("other", f"{TAG}.get_tagged_docs", doctype="Task", tag="%red%") == [
        [name] for name in sorted(names, reverse=True)
    ]
    assert office.message("other", f"{TAG}.get_tagged_docs", doctype="Task", tag="red") == [], (
        "like Frappe: the whole text is compared"
    )
    assert [row["name"] for row in office.message("other", f"{TAG}.get_documents_for_tag", tag="#red")] == names
    assert office.message("website", f"{TAG}.get_documents_for_tag", tag="#red") == []
    assert {"blue", "red"} <= set(office.message("website", f"{TAG}.get_tags_list_for_awesomebar"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"tags": "[]", "dt": "Task", "docs": '["nope"]'}, 200, id="no tags: nothing is looked at"),
        pytest.param({"tags": '["a,b"]', "dt": "Task", "docs": '["T1"]'}, 417, id="a tag with a comma"),
        pytest.param({"tags": "[1]", "dt": "Task", "docs": '["T1"]'}, 400, id="a number"),
        pytest.param({"tags": '["t"]', "dt": "Nonsense", "docs": '["T1"]'}, 404, id="no such DocType"),
    ],
)
def test_tags_that_cannot_be(office: Office, body: dict[str, Any], status: int) -> None:
    assert office.call("admin", f"{TAG}.add_tags", **body).status_code == status


def test_a_tag_tells_titles_only_of_what_one_may_read(office: Office) -> None:
    name = office.make("Private Note", title="hush")
    office.answer("admin", f"{TAG}.add_tags", tags=["quiet"], dt="Private Note", docs=[name])
    assert office.message("admin", f"{TAG}.get_documents_for_tag", tag="#quiet") == [
        {"doctype": "Private Note", "name": name, "content": "hush"}
    ]
    assert office.message("user", f"{TAG}.get_documents_for_tag", tag="#quiet") == []


def test_many_documents_are_given_and_taken_back(office: Office) -> None:
    names = [office.make(), office.make()]
    body = {"doctype": "Task", "name": names, "assign_to": f'["{ANN}"]', "description": "do", "bulk_assign": "true"}
    assert office.answer("manager", f"{ASSIGN}.add_multiple", **body) == {}
    assert (
        office.all(f"SELECT status, allocated_to FROM tabToDo WHERE reference_name IN {tuple(names)}")
        == [("Open", ANN)] * 2
    )
    assert office.answer("manager", f"{ASSIGN}.remove_multiple", doctype="Task", names=names) == {}
    assert office.all(f"SELECT DISTINCT status FROM tabToDo WHERE reference_name IN {tuple(names)}") == [("Cancelled",)]
    assert office.all(f"SELECT DISTINCT _assign FROM tabTask WHERE name IN {tuple(names)}") == [(None,)]


def test_who_has_a_document_is_told_of_who_gives_it_again(office: Office, task: str) -> None:
    body = {"doctype": "Task", "name": task, "assign_to": [ANN]}
    assert "_server_messages" not in office.answer("manager", f"{ASSIGN}.add", **body)
    again = office.answer("manager", f"{ASSIGN}.add", **{**body, "assign_to": [ANN, "other@x.org"]})
    assert {each["owner"] for each in again["message"]} == {ANN, "other@x.org"}
    assert f"Already in the following Users ToDo list:<br><br>{ANN}" in again["_server_messages"]


def test_only_who_has_it_is_done_with_it(office: Office, task: str) -> None:
    office.answer(
        "manager", f"{ASSIGN}.add_multiple", doctype="Task", name=[task], assign_to=f'["{ANN}", "other@x.org"]'
    )
    answer = office.call("other", f"{ASSIGN}.close", doctype="Task", name=task, assign_to=ANN)
    assert (answer.status_code, "Only the assignee" in answer.text) == (417, True)
    assert [
        each["owner"] for each in office.message("user", f"{ASSIGN}.close", doctype="Task", name=task, assign_to=ANN)
    ] == ["other@x.org"]
    assert dict(office.all("SELECT allocated_to, status FROM tabToDo WHERE reference_name = ?", task)) == {
        ANN: "Closed",
        "other@x.org": "Open",
    }


# --- links ---


@pytest.mark.parametrize(
    ("who", "doctype", "expected"),
    [
        pytest.param(
            "user", "Project", {"Invoice": {"fieldname": ["project"]}, "Task": {"fieldname": ["project"]}}, id="links"
        ),
        pytest.param("user", "Invoice", {"Invoice": {"fieldname": ["amended_from"]}}, id="to itself"),
        pytest.param(
            "admin", "Task Checklist Item", {"Task": {"get_parent": True}}, id="a child table hangs on its parent"
        ),
    ],
)
def test_what_links_to_a_doctype(office: Office, who: str, doctype: str, expected: dict[str, Any]) -> None:
    assert office.message(who, f"{LINKED}.get_linked_doctypes", doctype=doctype) == expected


def test_links_in_child_tables_and_by_name_of_the_doctype(office: Office) -> None:
    found = office.message("admin", f"{LINKED}.get_linked_doctypes", doctype="User")
    assert found["Task"] == {"child_doctype": "Task Watcher", "fieldname": ["user"]} and "ToDo" not in found
    name = office.make(reference_type="Project", reference_name="Alpha")
    assert office.message("admin", f"{LINKED}.get_linked_doctypes", doctype="Project")["Task"] == {
        "fieldname": ["reference_name"],
        "doctype_fieldname": "reference_type",
    }
    with office.site.acting() as ctx:
        document.delete(ctx, "Task", name)


def test_linked_documents_are_those_that_one_may_read(office: Office) -> None:
    watched = office.make(watchers=[{"user": "other@x.org"}])
    assert [
        row["name"] for row in office.message("admin", f"{LINKED}.get", doctype="User", docname="other@x.org")["Task"]
    ] == [watched]
    found = office.message("user", f"{LINKED}.get", doctype="Project", docname="Alpha")
    assert list(found) == ["Task"] and {"T1", "T2", "T3"} <= {row["name"] for row in found["Task"]}
    assert set(found["Task"][0]) == {"subject", "status", "priority", "name", "modified", "docstatus"}
    assert (
        office.message("user", f"{LINKED}.get_linked_docs", doctype="Project", name="Alpha", linkinfo={"Invoice": {}})
        == {}
    )


def test_submitted_documents_are_followed_from_link_to_link_and_cancelled_together(office: Office) -> None:
    first = office.make("Invoice", docstatus=1, project="Alpha")
    office.make("Invoice", project="Alpha")  # a draft does not count
    found = office.message("manager", f"{LINKED}.get_submitted_linked_docs", doctype="Project", name="Alpha")
    assert found == {"docs": [{"doctype": "Invoice", "name": first, "docstatus": 1}], "count": 1}
    assert (
        office.message(
            "manager",
            f"{LINKED}.get_submitted_linked_docs",
            doctype="Project",
            name="Alpha",
            ignore_doctypes_on_cancel_all='["Project"]',
        )["count"]
        == 0
    )
    assert office.call("user", f"{LINKED}.cancel_all_linked_docs", docs=found["docs"]).status_code == 403
    assert (
        office.answer(
            "manager",
            f"{LINKED}.cancel_all_linked_docs",
            docs=found["docs"],
            ignore_doctypes_on_cancel_all='["Invoice"]',
        )
        == {}
    )
    assert office.all("SELECT docstatus FROM tabInvoice WHERE name = ?", first) == [(1,)]
    assert office.answer("manager", f"{LINKED}.cancel_all_linked_docs", docs=found["docs"]) == {}
    assert office.all("SELECT docstatus FROM tabInvoice WHERE name = ?", first) == [(2,)]


@pytest.mark.parametrize(
    ("docs", "status"),
    [("[1]", 400), ('[{"name": "x"}]', 400), ('[{"doctype": "Task", "name": "T1", "docstatus": 1}]', 200)],
)
def test_what_is_no_submitted_document_is_not_cancelled(office: Office, docs: str, status: int) -> None:
    assert office.call("manager", f"{LINKED}.cancel_all_linked_docs", docs=docs).status_code == status
    assert office.all("SELECT docstatus FROM tabTask WHERE name = 'T1'") == [(0,)]


# --- what is open ---


def dashboard(site: Any, monkeypatch: pytest.MonkeyPatch, data: dict[str, Any]) -> None:
    """Give Project a dashboard of its app."""
    name = f"{site.controller_modules['Project'].partition(':')[0]}_dashboard"
    module = types.ModuleType(name)
    module.__dict__["get_data"] = lambda: data
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(site.apps["conformance"], "modules", {*site.apps["conformance"].modules, name})


def test_connections_of_a_dashboard(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    dashboard(
        office.site,
        monkeypatch,
        {
            "fieldname": "project",
            "internal_links": {"User": "lead"},
            "transactions": [{"label": "x", "items": ["Task", "User", "Locked Down"]}],
        },
    )
    monkeypatch.setitem(office.site.apps["conformance"].hooks, "notification_config", "conformance.api.fake")
    monkeypatch.setattr(office.site, "resolve", lambda _dotted: lambda: {"for_doctype": {"Task": {"subject": "job 1"}}})
    count = office.message("user", f"{NOTIFY}.get_open_count", doctype="Project", name="Alpha")["count"]
    assert count["internal_links_found"] == [{"doctype": "User", "open_count": 0, "count": 1, "names": [ANN]}]
    outside = {row["doctype"]: (row["count"], row["open_count"]) for row in count["external_links_found"]}
    assert outside == {
        "Task": (office.all("SELECT count(*) FROM tabTask WHERE project = 'Alpha'")[0][0], 1),
        "Locked Down": (0, 0),
    }


def test_connections_of_the_table_links(office: Office) -> None:
    with office.site.acting() as ctx:
        rows = [
            {"link_doctype": "Task", "link_fieldname": "project"},
            {"link_doctype": "Invoice", "link_fieldname": "project", "hidden": 1},
        ]
        doc = document.load(ctx, "DocType", "Project")
        doc.set("links", [])
        for row in rows:
            doc.append("links", row)
        doc.save()
    count = office.message("user", f"{NOTIFY}.get_open_count", doctype="Project", name="Alpha")["count"]
    assert [row["doctype"] for row in count["external_links_found"]] == ["Task"]
    assert (
        office.call("user", f"{NOTIFY}.get_open_count", doctype="Project", name="Alpha", items='["User"]').status_code
        == 417
    )


def test_what_is_open_for_oneself(office: Office) -> None:
    before = office.message("user", f"{NOTIFY}.get_notifications")["open_count_doctype"]["ToDo"]
    assert office.answer("user", "frappe.desk.doctype.todo.todo.new_todo", description="mine") == {}
    assert office.message("user", f"{NOTIFY}.get_notifications") == {
        "open_count_doctype": {"ToDo": before + 1},
        "targets": {},
    }
    info = office.message("user", f"{NOTIFY}.get_notification_info")
    assert (info["conditions"], info["module_doctypes"]) == ({"ToDo": {"status": "Open"}}, {"Desk": ["ToDo"]})


def test_a_notification_is_its_receivers(office: Office) -> None:
    office.all('DELETE FROM "tabNotification Log"')  # of what other tests gave them to do
    names = {
        user: office.make("Notification Log", subject="s", for_user=user, from_user="manager@x.org", type="Alert")
        for user in (ANN, "other@x.org")
    }
    found = office.message("user", f"{LOG}.get_notification_logs")
    assert [row["name"] for row in found["notification_logs"]] == [names[ANN]] and found["user_info"]["manager@x.org"][
        "fullname"
    ] == "manager"
    assert office.answer("other", f"{LOG}.mark_as_read", docname=names[ANN]) == {}
    assert office.answer("user", f"{LOG}.mark_as_read", docname=names[ANN]) == {}
    assert office.answer("user", f"{LOG}.mark_all_as_read") == {}
    assert dict(office.all('SELECT for_user, "read" FROM "tabNotification Log"')) == {ANN: 1, "other@x.org": 0}
    assert office.answer("other", f"{LOG}.mark_all_as_read") == {}
    assert office.all('SELECT DISTINCT "read" FROM "tabNotification Log"') == [(1,)]
    assert office.answer("user", f"{LOG}.trigger_indicator_hide") == {}
    assert (
        office.message(
            "user", "frappe.desk.doctype.notification_settings.notification_settings.get_subscribed_documents"
        )
        == []
    )


# --- followers ---


@pytest.mark.parametrize(
    ("who", "body", "said"),
    [
        pytest.param(
            "user",
            {"doctype": "ToDo", "doc_name": "x", "user": ANN},
            "",
            id="what stands beside documents is not followed",
        ),
        pytest.param(
            "user",
            {"doctype": "Private Note", "doc_name": "N1", "user": ANN},
            "changes are not tracked",
            id="a DocType without versions",
        ),
        pytest.param(
            "manager",
            {"doctype": "Task", "doc_name": "nope", "user": "Administrator"},
            "Administrator can't follow",
            id="the Administrator",
        ),
        pytest.param(
            "other",
            {"doctype": "Task", "doc_name": "T1", "user": "other@x.org"},
            "is not enabled for this user",
            id="who did not switch it on",
        ),
        pytest.param(
            "other",
            {"doctype": "Task", "doc_name": "T1", "user": ANN},
            "is not enabled for this user",
            id="of another one does not even learn that",
        ),
    ],
)
def test_what_cannot_be_followed(office: Office, who: str, body: dict[str, Any], said: str) -> None:
    answer = office.answer(who, f"{FOLLOW}.follow_document", **body)
    assert (answer["message"], said in answer.get("_server_messages", "")) == (False, True)
    assert office.answer(who, f"{FOLLOW}.unfollow_document", **body) == {"message": False}


def test_following(office: Office, task: str) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("User"), ANN, {"document_follow_notify": 1})
    body = {"doctype": "Task", "doc_name": task}
    assert office.message("user", f"{FOLLOW}.update_follow", **body, following=1) is True
    assert office.message("user", f"{FOLLOW}.follow_document", **body, user=ANN) is False, "once is enough"
    assert office.message("other", f"{FOLLOW}.get_follow_users", **body) == [{"user": ANN}]
    office.answer("other", f"{FOLLOW}.unfollow_document", **body, user=ANN)
    assert office.message("user", f"{FOLLOW}.get_follow_users", **body) == [{"user": ANN}], (
        "nobody ends what another follows"
    )
    assert "Un-following" in office.answer("user", f"{FOLLOW}.update_follow", **body, following=0)["_server_messages"]
    assert office.message("boss", f"{FOLLOW}.follow_document", **body, user=ANN)["user"] == ANN
    assert (
        office.call("user", f"{FOLLOW}.update_follow", doctype="Task", doc_name="nope", following=1).status_code == 404
    )


# --- titles, names, previews ---


@pytest.mark.parametrize(
    ("who", "doctype", "name", "title"),
    [
        pytest.param("user", "Task", "T1", "job 1", id="a title"),
        pytest.param("user", "Project", "Alpha", "Alpha", id="where names stand for themselves"),
        pytest.param("user", "Project", "nope", "nope", id="where names stand for themselves, nobody looks"),
        pytest.param("user", "Task", "nope", None, id="not there"),
        pytest.param("website", "Task", "T1", None, id="not for the caller"),
    ],
)
def test_the_title_of_a_link(office: Office, who: str, doctype: str, name: str, title: str | None) -> None:
    assert office.message(who, "frappe.desk.search.get_link_title", doctype=doctype, docname=name) == title


def test_a_preview(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    preview = "frappe.desk.link_preview.get_preview_data"
    assert office.message("user", preview, **REF) is None
    with office.site.acting() as ctx:
        setter = {
            "doctype": "Property Setter",
            "doctype_or_field": "DocType",
            "doc_type": "Task",
            "property": "show_preview_popup",
            "property_type": "Check",
            "value": "1",
        }
        document.new(ctx, setter).insert()
        shown = {**setter, "doctype_or_field": "DocField", "property": "in_preview"}
        names = [
            document.new(ctx, {**shown, "field_name": field}).insert().name for field in ("project", "internal_note")
        ]
    assert office.message("user", preview, **REF) == {
        "preview_image": None,
        "preview_title": "job 1",
        "name": "T1",
        "Project": "Alpha",
    }
    assert office.message("user", preview, doctype="Task", docname="nope") is None
    assert office.call("website", preview, **REF).status_code == 403
    with office.site.acting() as ctx:
        for name in names:
            document.delete(ctx, "Property Setter", name)
    assert office.message("user", preview, **REF) == {"preview_image": None, "preview_title": "job 1", "name": "T1"}, (
        "without marked fields the mandatory ones"
    )


@pytest.mark.parametrize(
    ("who", "text", "names"),
    [("user", "OTH", ["other@x.org"]), ("user", "nobody", []), ("website", "other", []), ("user", "admin", [])],
)
def test_whom_one_may_mention(office: Office, who: str, text: str, names: list[str]) -> None:
    rows = office.message(who, "frappe.desk.search.get_names_for_mentions", search_term=text)
    assert [row["id"] for row in rows] == names and all(
        row["link"].endswith(f"/app/user-profile/{row['id']}") for row in rows
    )


@pytest.mark.parametrize(
    ("doctype", "body", "name", "title"),
    [
        pytest.param("Prompt Doc", {"title": "second"}, "{}", "second", id="the title"),
        pytest.param("Prompt Doc", {"name": "{}-b"}, "{}-b", "first", id="the name"),
        pytest.param(
            "Prompt Doc",
            {"new_name": "{}-c", "new_title": "third"},
            "{}-c",
            "third",
            id="both, as older clients say it",
        ),
        pytest.param("Prompt Doc", {"name": "{}", "title": "first"}, "{}", "first", id="neither"),
        pytest.param("Prompt Doc", {"title": ""}, "{}", "first", id="an empty title changes nothing"),
    ],
)
def test_a_title_and_a_name_are_changed(
    office: Office, request: pytest.FixtureRequest, doctype: str, body: dict[str, str], name: str, title: str
) -> None:
    made = f"P{abs(hash(request.node.name))}"
    with office.site.acting() as ctx:
        document.new(ctx, {"doctype": doctype, "title": "first"}).insert(set_name=made)
    given = {key: value.format(made) for key, value in body.items()}
    assert office.message("admin", TITLE, doctype=doctype, docname=made, **given) == name.format(made)
    assert office.all('SELECT title FROM "tabPrompt Doc" WHERE name = ?', name.format(made)) == [(title,)]


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [("admin", {"title": ["x"]}, 417), ("admin", {"name": {"a": 1}}, 417), ("website", {"title": "x"}, 403)],
)
def test_a_title_that_cannot_be(office: Office, who: str, body: dict[str, Any], status: int) -> None:
    assert office.call(who, TITLE, **REF, **body).status_code == status


# --- mappers and templates ---


@pytest.fixture
def mapper(office: Office) -> Any:
    """A whitelisted function of the app that makes a task of a task, another of several."""

    def make(source_name: str, target_doc: Any = None, args: Any = None) -> Any:
        ctx = office.site.new_context()
        kept = list((target_doc or {}).get("names", []))
        if target_doc is not None:
            return {"names": [*kept, source_name], "args": args}
        return document.new(
            ctx.as_user(ANN), {"doctype": "Task", "subject": f"of {source_name}", "internal_note": "hush"}
        )

    office.site.methods["conformance.api.make"] = describe(make)
    yield "conformance.api.make"
    del office.site.methods["conformance.api.make"]


def test_an_apps_function_makes_a_document_of_another(office: Office, mapper: str) -> None:
    made = office.message(
        "user", "frappe.model.mapper.make_mapped_doc", method=mapper, source_name="T1", args='{"a": 1}'
    )
    assert (made["subject"], made["internal_note"], made.get("name")) == ("of T1", None, None)
    assert (
        office.message("manager", "frappe.model.mapper.make_mapped_doc", method=mapper, source_name="T1")[
            "internal_note"
        ]
        == "hush"
    )
    made = office.message(
        "user",
        "frappe.model.mapper.map_docs",
        method=mapper,
        source_names='["T1", "T2"]',
        target_doc={"names": []},
        args='{"b": 2}',
    )
    assert made == {"names": ["T1", "T2"], "args": {"b": 2}}


@pytest.mark.parametrize(
    ("named", "error"),
    [
        pytest.param("no_app.api.make", "AppNotInstalledError", id="of an app that is not there"),
        pytest.param("conformance.api.nothing", "ValidationError", id="that is none of the app's"),
    ],
)
def test_a_mapper_that_is_not_there(office: Office, named: str, error: str) -> None:
    answer = office.call("manager", "frappe.model.mapper.make_mapped_doc", method=named, source_name="T1")
    assert (answer.status_code, answer.json["exc_type"]) == (417, error)


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("conformance.api.whoami", 417),
        ("conformance.api.not_whitelisted", 403),
        ("frappe.client.delete", 417),
        ("os.system", 417),
        ("conformance.api.nope", 417),
    ],
)
@pytest.mark.parametrize("way", ["make_mapped_doc", "map_docs"])
def test_only_whitelisted_functions_of_apps_map(office: Office, way: str, method: str, status: int) -> None:
    body = {"method": method, "source_name": "T1", "source_names": '["T1"]', "target_doc": {}}
    assert office.call("user", f"frappe.model.mapper.{way}", **body).status_code == status


@pytest.mark.parametrize(
    ("who", "doc", "status", "message"),
    [
        pytest.param("user", {"subject": "cats"}, 200, "<p>cats</p>", id="its values, and nothing of the site"),
        pytest.param("user", {}, 200, "<p></p>", id="a value that is not there is empty"),
        pytest.param("user", "[1]", 400, None, id="no document"),
        pytest.param("website", {}, 403, None, id="who may not read templates"),
    ],
)
def test_a_template_is_filled_in(office: Office, who: str, doc: Any, status: int, message: str | None) -> None:
    answer = office.call(
        who, "frappe.email.doctype.email_template.email_template.get_email_template", template_name="Mail", doc=doc
    )
    assert (answer.status_code, (answer.json.get("message") or {}).get("message")) == (status, message)


def test_a_template_with_a_fault_says_so(office: Office) -> None:
    with office.site.acting() as ctx:
        document.new(ctx, {"doctype": "Email Template", "subject": "{% if %}", "response": "x"}).insert(
            set_name="Broken"
        )
    answer = office.call(
        "user",
        "frappe.email.doctype.email_template.email_template.get_email_template",
        template_name="Broken",
        doc="{}",
    )
    assert (answer.status_code, "cannot be filled in" in answer.text) == (417, True)


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_who_read_the_form_has_seen_the_document(office: Office, verb: str) -> None:
    """Frappe: where the DocType says `track_seen`. Whoever saves it then has seen it alone."""
    event = {"subject": f"seen by {verb}", "starts_on": "2026-01-02 03:04:05", "event_type": "Public"}
    name = office.clients["admin"]("POST /api/resource/Event", event).get_json()["data"]["name"]

    def seen() -> Any:
        found = office.site.database.row('SELECT _seen FROM "tabEvent" WHERE name = ?', (name,))[0]
        return json.loads(found or "[]")

    assert seen() == []
    for who in ("boss", "admin", "boss"):
        answer = office.call(who, "frappe.desk.form.load.getdoc", verb, doctype="Event", name=name)
        assert answer.status_code == 200
    assert seen() == ["boss@x.org", "Administrator"]
    assert office.clients["boss"](f"PUT /api/resource/Event/{name}", {"subject": "another"}).status_code == 200
    assert seen() == ["boss@x.org"]


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_who_read_the_form_has_viewed_the_document_each_time(office: Office, verb: str) -> None:
    """Frappe: where the DocType says `track_views`. An answer tells of the views before it, the latest first."""
    kind = f"Watched by {verb}"
    meta = {"name": kind, "custom": 1, "track_views": 1, "module": "Custom", "autoname": "prompt"}
    meta |= {"fields": [{"fieldname": "title", "fieldtype": "Data"}]}
    meta |= {"permissions": [{"role": each, "read": 1, "create": 1} for each in ("System Manager", "Task User")]}
    assert office.clients["admin"]("POST /api/resource/DocType", meta).status_code == 201
    assert office.clients["admin"](f"POST /api/resource/{kind}", {"name": "W1"}).status_code == 201

    def views(who: str, method: str) -> list[str]:
        answer = office.call(who, f"frappe.desk.form.load.{method}", verb, doctype=kind, name="W1")
        assert answer.status_code == 200
        return [each["owner"] for each in answer.json["docinfo"]["views"]]

    assert views("boss", "getdoc") == []
    assert views("user", "getdoc") == ["boss@x.org"]
    for _ in range(2):
        assert views("boss", "get_docinfo") == [ANN, "boss@x.org"], "asking who looked is no look"
    assert office.call("website", "frappe.desk.form.load.getdoc", verb, doctype=kind, name="W1").status_code == 403
    assert office.call("boss", "frappe.desk.form.load.getdoc", verb, doctype=kind, name="W2").json["message"] == []
    kept = 'SELECT reference_doctype, reference_name, viewed_by, owner FROM "tabView Log" WHERE reference_doctype = ? ORDER BY creation'
    assert [tuple(each) for each in office.site.database.rows(kept, (kind,))] == [
        (kind, "W1", each, each) for each in ("boss@x.org", ANN)
    ]


@pytest.mark.sqlite("it counts the writes of the file")
def test_a_form_of_what_is_not_tracked_writes_nothing(office: Office) -> None:
    before = office.site.database.row("SELECT total_changes()")[0]
    assert office.call("user", "frappe.desk.form.load.getdoc", "GET", doctype="Task", name="T1").status_code == 200
    assert office.site.database.row("SELECT total_changes()")[0] == before


def test_a_note_is_seen_once(office: Office) -> None:
    for _ in range(2):
        assert office.answer("user", "frappe.desk.doctype.note.note.mark_as_seen", note="Shown") == {}
    assert office.all("SELECT user FROM \"tabNote Seen By\" WHERE parent = 'Shown'") == [(ANN,)]
    assert office.message("user", "frappe.desk.doctype.note.note.reset_notes") == []
