"""Bulk requests: each document by itself, all in one transaction, and an answer that says what became of each."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.document import access, loading
from frappe_lite.errors import DatabaseBusyError, StorageFullError, ValidationError
from frappe_lite.parts import bulk

UPDATE, DELETE = "POST /api/v2/document/Task/bulk_update", "POST /api/v2/document/Task/bulk_delete"
UPDATE_ANY, DELETE_ANY = "POST /api/v2/method/bulk_update", "POST /api/v2/method/bulk_delete"


@pytest.fixture
def tasks(client: ApiClient) -> list[str]:
    """The names of three tasks."""
    return [
        client("POST /api/v2/document/Task", {"subject": f"task {number}", "checklist": [{"item": "a"}]}).json["data"][
            "name"
        ]
        for number in range(3)
    ]


def subjects(client: ApiClient) -> list[str]:
    return [
        row["subject"]
        for row in client(
            "GET /api/v2/document/Task", params={"fields": ["subject"], "order_by": "name asc", "limit": "0"}
        ).json["data"]
    ]


# --- what it answers --------------------------------------------------------------------------------------


def test_each_update_stands_by_itself(client, tasks):
    docs = [
        {"name": tasks[0], "subject": "new"},
        {"name": tasks[1], "subject": "forbidden"},
        {"name": "gone", "subject": "x"},
        {"name": tasks[2], "priority": "High"},
    ]
    answer = client(UPDATE, {"docs": docs})
    assert answer.status_code == 200
    assert answer.json["data"] == {
        "updated": [tasks[0], tasks[2]],
        "failed": [
            {"name": tasks[1], "error": "Subject is forbidden"},
            {"name": "gone", "error": "Task gone not found"},
        ],
        "total": 4,
        "success_count": 2,
        "failure_count": 2,
    }
    assert [doc["name"] for doc in answer.json["docs"]] == [tasks[0], tasks[2]]
    assert subjects(client) == ["new", "task 1", "task 2"]


def test_each_deletion_stands_by_itself(client, tasks):
    client(f"PATCH /api/v2/document/Task/{tasks[1]}", {"status": "Working"})
    answer = client(DELETE, {"names": [tasks[0], tasks[1], tasks[0]]}).json["data"]
    assert (answer["deleted"], answer["success_count"], answer["failure_count"], answer["total"]) == (
        [tasks[0]],
        1,
        2,
        3,
    )
    assert answer["failed"] == [
        {"name": tasks[1], "error": "A task in work cannot be deleted"},
        {"name": tasks[0], "error": f"Task {tasks[0]} not found"},
    ]
    assert subjects(client) == ["task 1", "task 2"]


def test_documents_of_several_doctypes(client, tasks):
    client("POST /api/v2/document/Project", {"title": "Alpha"})
    docs = [
        {"doctype": "Project", "name": "Alpha", "budget": 5},
        {"doctype": "Task", "name": tasks[0], "project": "Nowhere"},
        {"doctype": "No Such", "name": "x"},
    ]
    answer = client(UPDATE_ANY, {"docs": docs}).json["data"]
    assert answer["updated"] == [{"doctype": "Project", "name": "Alpha"}]
    assert [(each["doctype"], each["name"]) for each in answer["failed"]] == [("Task", tasks[0]), ("No Such", "x")]
    answer = client(
        DELETE_ANY, {"docs": [{"doctype": "Project", "name": "Alpha"}, {"doctype": "Task", "name": tasks[2]}]}
    ).json["data"]
    assert answer == {
        "deleted": [{"doctype": "Project", "name": "Alpha"}, {"doctype": "Task", "name": tasks[2]}],
        "failed": [],
        "total": 2,
        "success_count": 2,
        "failure_count": 0,
    }


ITEMS = [
    pytest.param(
        UPDATE,
        "docs",
        5,
        {"name": "5", "error": "Each item is an object with a name and the values to change"},
        id="a number to update",
    ),
    pytest.param(
        UPDATE, "docs", {}, {"name": None, "error": "Each item names a document"}, id="an object without a name"
    ),
    pytest.param(
        UPDATE,
        "docs",
        {"name": ["x"]},
        {"name": None, "error": "Each item names a document"},
        id="a name that is a list",
    ),
    pytest.param(DELETE, "names", None, {"name": None, "error": "Each item names a document"}, id="null as a name"),
    pytest.param(DELETE, "names", True, {"name": None, "error": "Each item names a document"}, id="true as a name"),
    pytest.param(DELETE, "names", 7, {"name": "7", "error": "Task 7 not found"}, id="a number as a name"),
    pytest.param(
        UPDATE_ANY,
        "docs",
        {"name": "x"},
        {"doctype": None, "name": "x", "error": "Each item names a doctype and a document"},
        id="no doctype",
    ),
    pytest.param(
        DELETE_ANY,
        "docs",
        "x",
        {"doctype": None, "name": "x", "error": "Each item names a doctype and a document"},
        id="text instead of an object",
    ),
]


@pytest.mark.parametrize(("request_", "key", "item", "failed"), ITEMS)
def test_an_item_that_cannot_be_understood_fails_alone(client, request_, key, item, failed):
    answer = client(request_, {key: [item]})
    assert (answer.status_code, answer.json["data"]["failed"]) == (200, [failed])


REFUSED = [
    pytest.param(UPDATE, {}, 404, id="no docs: Frappe looks for a document of that name"),
    pytest.param(UPDATE, {"docs": {"name": "x"}}, 400, id="docs is an object"),
    pytest.param(DELETE, {"names": "TASK-1"}, 400, id="names is text"),
    pytest.param(DELETE, {"names": ["x"] * (bulk.MAX_DOCUMENTS + 1)}, 417, id="too many"),
    pytest.param(UPDATE_ANY, {"docs": "[{"}, 400, id="broken JSON in text"),
    pytest.param("POST /api/v2/document/No Such/bulk_delete", {"names": []}, 404, id="no such DocType"),
]


@pytest.mark.parametrize(("request_", "body", "status"), REFUSED)
def test_a_request_that_is_wrong_as_a_whole(client, request_, body, status):
    assert client(request_, body).status_code == status


def test_the_limit_says_what_it_is(client):
    error = client(DELETE, {"names": ["x"] * 501}).json["errors"][0]
    assert error["message"] == "At most 500 documents in one request; this one has 501"


def test_lists_may_come_as_json_text_in_a_form(client, tasks):
    answer = client(DELETE, data={"names": f'["{tasks[0]}"]'})
    assert answer.json["data"]["deleted"] == [tasks[0]]


def test_a_document_called_bulk_update_can_be_read(client):
    client("POST /api/v2/document/Prompt Doc", {"name": "bulk_update", "title": "t"})
    assert client("GET /api/v2/document/Prompt Doc/bulk_update").json["data"]["title"] == "t"


# --- permissions and rules -----------------------------------------------------------------------------------


def test_each_document_is_judged_for_the_caller(app_site, client, tasks, new_user):
    user = new_user(app_site, "ann@x.org", "Task User")
    own = user("POST /api/v2/document/Task", {"subject": "own"}).json["data"]["name"]
    answer = user(DELETE, {"names": [tasks[0], own]}).json["data"]
    assert (answer["deleted"], [each["name"] for each in answer["failed"]]) == ([own], [tasks[0]])
    answer = user(
        UPDATE_ANY,
        {
            "docs": [
                {"doctype": "Locked Down", "name": "x", "title": "y"},
                {"doctype": "Task", "name": tasks[0], "subject": "by ann"},
            ]
        },
    ).json["data"]
    assert answer["updated"] == [{"doctype": "Task", "name": tasks[0]}]
    guest = ApiClient(app_site, None)
    assert guest(DELETE, {"names": tasks}).json["data"]["success_count"] == 0
    assert len(subjects(client)) == 3


def test_fields_of_a_higher_level_are_not_written_and_not_shown(app_site, client, tasks, new_user):
    user = new_user(app_site, "ann@x.org", "Task User")
    answer = user(
        UPDATE, {"docs": [{"name": tasks[0], "internal_note": "seen", "modified_by": "eve@x.org", "subject": "n"}]}
    ).json
    assert answer["docs"][0]["internal_note"] is None
    stored = client(f"GET /api/v2/document/Task/{tasks[0]}").json["data"]
    assert (stored["internal_note"], stored["owner"], stored["subject"]) == (None, "Administrator", "n")


def test_a_stale_modified_fails_its_document(client, tasks):
    answer = client(
        UPDATE,
        {
            "docs": [
                {"name": tasks[0], "subject": "x", "modified": "2001-01-01 00:00:00"},
                {"name": tasks[1], "subject": "y", "modified": None},
            ]
        },
    ).json["data"]
    assert (answer["updated"], "has been modified after you have opened it" in answer["failed"][0]["error"]) == (
        [tasks[1]],
        True,
    )


def test_a_child_row_is_changed_with_its_document(client, tasks):
    row = client(f"GET /api/v2/document/Task/{tasks[0]}").json["data"]["checklist"][0]["name"]
    client(
        UPDATE_ANY,
        {"docs": [{"doctype": "Task Checklist Item", "name": row, "qty": 3, "rate": 4, "parent": "elsewhere"}]},
    )
    changed = client(f"GET /api/v2/document/Task/{tasks[0]}").json["data"]["checklist"][0]
    assert (changed["qty"], changed["amount"]) == (3, 12)


# --- faults ----------------------------------------------------------------------------------------------------


def failing(monkeypatch: Any, error: Exception, at: str) -> None:
    """Let loading the document `at` fail."""
    load = loading.load

    def loaded(ctx: Any, doctype: str, name: Any) -> Any:
        if name == at:
            ctx.after_commit.append(lambda: pytest.fail("what a failed document left to do was done"))
            raise error
        return load(ctx, doctype, name)

    monkeypatch.setattr(loading, "load", loaded)


def test_a_fault_of_an_app_fails_one_document_and_is_logged(client, tasks, monkeypatch, caplog):
    failing(monkeypatch, ZeroDivisionError("a secret"), tasks[1])
    with caplog.at_level(logging.ERROR, "frappe_lite"):
        answer = client(UPDATE, {"docs": [{"name": name, "subject": "x"} for name in tasks]}).json["data"]
    assert answer["failed"] == [{"name": tasks[1], "error": "ZeroDivisionError: an error in the app; see the log"}]
    assert "a secret" in caplog.text
    assert subjects(client) == ["x", "task 1", "x"]


def test_what_a_failed_document_left_for_the_commit_is_dropped(client, tasks, monkeypatch):
    failing(monkeypatch, ValidationError("no"), tasks[0])
    assert client(UPDATE, {"docs": [{"name": name, "subject": "x"} for name in tasks]}).json["data"]["failed"] == [
        {"name": tasks[0], "error": "no"}
    ]


def test_an_error_of_the_server_ends_the_request_and_keeps_nothing(client, tasks, monkeypatch, caplog):
    failing(monkeypatch, DatabaseBusyError("busy"), tasks[2])
    assert client(UPDATE, {"docs": [{"name": name, "subject": "x"} for name in tasks]}).status_code == 503
    assert subjects(client) == ["task 0", "task 1", "task 2"]


@pytest.mark.parametrize(
    ("error", "status", "exc", "kept"),
    [
        pytest.param(ValidationError("no"), 200, "ValidationError", ["x", "task 1", "x"], id="what an app refuses"),
        pytest.param(ZeroDivisionError("a secret"), 200, "ZeroDivisionError", ["x", "task 1", "x"], id="a fault"),
        pytest.param(DatabaseBusyError("busy"), 503, None, ["task 0", "task 1", "task 2"], id="a busy server ends it"),
        pytest.param(StorageFullError("full"), 507, None, ["task 0", "task 1", "task 2"], id="so does a full one"),
    ],
)
def test_the_bulk_update_of_v1_keeps_the_same_rules(
    client, tasks, monkeypatch, caplog, error: Exception, status: int, exc: str | None, kept: list[str]
) -> None:
    failing(monkeypatch, error, tasks[1])
    docs = [{"doctype": "Task", "docname": name, "subject": "x"} for name in tasks]
    with caplog.at_level(logging.ERROR, "frappe_lite"):
        answer = client("POST /api/method/frappe.client.bulk_update", {"docs": docs})
    monkeypatch.undo()
    assert answer.status_code == status
    if exc:
        assert answer.json["message"] == {"failed_docs": [{"doc": docs[1], "exc": exc}]}
    assert ("a secret" in caplog.text) == isinstance(error, ZeroDivisionError)
    assert subjects(client) == kept


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("text", id="a text"),
        pytest.param(None, id="null"),
        pytest.param({"doctype": "Task"}, id="no docname"),
        pytest.param({"docname": "x"}, id="no doctype"),
        pytest.param({"doctype": "Task", "docname": ""}, id="an empty docname"),
    ],
)
def test_what_names_no_document_fails_alone(client, tasks, caplog, item: object) -> None:
    docs = [item, {"doctype": "Task", "docname": tasks[0], "subject": "x"}]
    failed = client("POST /api/method/frappe.client.bulk_update", {"docs": docs}).json["message"]["failed_docs"]
    assert failed == [{"doc": item, "exc": "BadRequestError"}] and not caplog.records
    assert subjects(client)[0] == "x"


def test_other_processes_learn_of_a_change_that_follows_a_failure(tmp_path, monkeypatch):
    change = access.change

    def changed(ctx: Any, doc: Any, values: Any) -> Any:
        found = change(ctx, doc, values)
        if doc.fieldname == "one":
            raise ValidationError("undone, with the word that it was changed")
        return found

    first, second = frappe_lite.Site(str(tmp_path / "site.db")), frappe_lite.Site(str(tmp_path / "site.db"))
    client = ApiClient(first)
    names = [
        client(
            "POST /api/v2/document/Custom Field", {"dt": "ToDo", "fieldname": each, "fieldtype": "Data", "label": each}
        ).json["data"]["name"]
        for each in ("one", "two")
    ]
    assert second.new_context().meta("ToDo").get_label("two") == "two"
    monkeypatch.setattr(access, "change", changed)
    answer = client(
        UPDATE_ANY, {"docs": [{"doctype": "Custom Field", "name": name, "label": "new"} for name in names]}
    ).json["data"]
    assert (answer["success_count"], answer["failure_count"]) == (1, 1)
    for site in (first, second):
        meta = site.new_context().meta("ToDo")
        assert (meta.get_label("one"), meta.get_label("two")) == ("one", "new")
        site.close()
