"""What people are told when something is refused: Frappe's sentences, the same at each door."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

METHOD = "POST /api/method/"
CLIENT = f"{METHOD}frappe.client."


class Office(BaseOffice):
    """Task T of Administrator, Private Note N, Project Alpha that T is of, and a client for each kind of user."""

    users = {"user": ("Task User",), "website": ()}

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
        document.new(ctx, {"doctype": "Task", "subject": "one", "project": "Alpha"}).insert(set_name="T")
        document.new(ctx, {"doctype": "Private Note", "title": "n"}).insert(set_name="N")


def plain(message: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", message).split())


def told(answer: TestResponse) -> tuple[int, str, list[str]]:
    """Status, exc_type and sentences of a refusal, of either version."""
    body = answer.get_json()
    if "errors" in body:
        said = [body["errors"][0], *body.get("messages", [])]
        return answer.status_code, body["errors"][0]["type"], [plain(each["message"]) for each in said]
    said = [json.loads(each) for each in json.loads(body.get("_server_messages", "[]"))]
    return answer.status_code, body["exc_type"], [plain(each["message"]) for each in said]


NO_DELETE = "User user@x.org does not have doctype access via role permission for document Task"
NO_PARENT = "Please specify a valid parent DocType for Task Checklist Item"
ALONE = [
    "Error: Value missing for Task Checklist Item: Item",
    "Error: Value missing for None: parent",
    "Error: Value missing for None: parenttype",
]
OWN_FUNCTION = "You are not permitted to access this resource. Login to access Function {} is not whitelisted."
REFUSALS = [
    pytest.param("user", "DELETE /api/resource/Task/T", None, 403, [NO_DELETE], id="deleting without a role for it, v1"),
    pytest.param("user", "DELETE /api/v2/document/Task/T", None, 403, [NO_DELETE], id="deleting, v2"),
    pytest.param("user", f"{CLIENT}delete", {"doctype": "Task", "name": "T"}, 403, [NO_DELETE], id="deleting, by method"),
    pytest.param("website", "POST /api/resource/Task Checklist Item", {"item": "x"}, 403, [NO_PARENT], id="a row alone, v1"),
    pytest.param("website", "POST /api/v2/document/Task Checklist Item", {"item": "x"}, 403, [NO_PARENT], id="a row alone, v2"),
    pytest.param("admin", "POST /api/resource/Task Checklist Item", {"qty": 1}, 417, ALONE, id="what a row alone lacks, v1"),
    pytest.param("admin", "POST /api/v2/document/Task Checklist Item", {"qty": 1}, 417, ALONE, id="what a row alone lacks, v2"),
    pytest.param("user", "GET /api/resource/Task Checklist Item", None, 403, [
        "Insufficient Permission for Task Checklist Item"
    ], id="rows without their parent, v1"),
    pytest.param("user", "GET /api/v2/document/Task Checklist Item", None, 403, [
        "Insufficient Permission for Task Checklist Item"
    ], id="rows without their parent, v2"),
    pytest.param("admin", "POST /api/resource/Invoice", {"customer": "C", "items": []}, 417, [
        "Error: Data missing in table Items"
    ], id="an empty table that must have rows"),
    pytest.param("user", f"{METHOD}frappe.share.add", {"doctype": "Task", "name": "T", "user": "website@x.org"}, 403, [
        "No permission to share Task T"
    ], id="share.add"),
    pytest.param("user", f"{METHOD}frappe.share.set_permission", {"doctype": "Task", "name": "T", "user": "website@x.org", (
        "permission_to"
    ): "read"}, 403, ["No permission to share Task T"], id="share.set_permission"),
    pytest.param("user", "GET /api/method/frappe.utils.now", None, 403, [OWN_FUNCTION.format("frappe.utils.data.now")], id=(
        "a function of frappe.utils, by where it is kept"
    )),
    pytest.param("admin", "POST /api/v2/document/Task/T/method/save", {}, 403, [
        OWN_FUNCTION.format("frappe.model.document.save")
    ], id="a method of all documents, whoever asks"),
    pytest.param("guest", "POST /api/v2/document/Task/T/method/close", {}, 403, [
        "User Guest does not have doctype access via role permission for document Task"
    ], id="a guest is held off the document first"),
    pytest.param("user", f"{CLIENT}get_password", {"doctype": "Task", "name": "T", "fieldname": "secret"}, 403, [], id=(
        "passwords are refused without a word"
    )),
    pytest.param("admin", f"{METHOD}frappe.rename_doc", {"doctype": "Task", "old": "T", "new": "U", "merge": "x"}, 417, [], id=(
        "a value of the wrong type is told in `exception` alone"
    )),
    pytest.param("admin", f"{CLIENT}rename_doc", {"doctype": "Project", "old_name": "Alpha", "new_name": 5}, 409, [
        "Invalid name type (integer) for varchar name column"
    ], id="a number as a name"),
    pytest.param("admin", "DELETE /api/resource/User/user@x.org", None, 417, [
        "Cannot delete or cancel because User user@x.org is linked with Project Beta",
        "You can disable this User instead of deleting it.",
    ], id="what can be disabled need not be deleted"),
    pytest.param("admin", "DELETE /api/resource/Project/Alpha", None, 417, [
        "Cannot delete or cancel because Project Alpha is linked with Task T"
    ], id="what cannot, has no such advice"),
    pytest.param("admin", "POST /api/resource/Custom Field", {"dt": "Nope", "label": "A", "fieldtype": "Data"}, 417, [
        "Could not find DocType: Nope"
    ], id="Custom Field"),
    pytest.param("admin", "POST /api/resource/User", {"email": "a@x.org", "first_name": "A", "language": "xx", "gender": "Nope", (
        "role_profile_name"
    ): "Nope"}, 417, ["Could not find Language: xx, Role Profile: Nope, Gender: Nope"], id="links of a User"),
    pytest.param("admin", "POST /api/resource/Task", {"subject": "c", "reference_type": "Nope", "reference_name": "x"}, 417, [
        "Reference Type must be set first"
    ], id="a dynamic link of a DocType that is not there"),
    pytest.param("admin", 'GET /api/resource/Task?fields=["name","year(due_date) as y"]', None, 417, [
        "SQL functions are not allowed as strings in SELECT: year(due_date) as y. Use dict syntax like {'COUNT': '*'} instead."
    ], id="a function that is none of ours"),
    pytest.param("admin", 'GET /api/resource/Task?fields=["Bad Name"]', None, 417, [
        "Field not permitted in query: Bad"
    ], id="a field of two words"),
    pytest.param("admin", 'GET /api/resource/Task?fields=["nope"]&filters=[["Task","odd","=",1]]', None, 417, [
        "Field not permitted in query: nope"
    ], id="fields are told before filters"),
    pytest.param("admin", 'GET /api/resource/Task?filters=[["Task","odd","nonsense",1]]', None, 417, [
        "Field not permitted in query: odd"
    ], id="the field of a filter before its operator"),
    pytest.param("admin", 'GET /api/resource/Conformance Settings?fields=["nope"]', None, 417, [
        "Field not permitted in query: nope"
    ], id="unknown fields before there being no list of a Single"),
    pytest.param("admin", 'GET /api/resource/Task?filters=[["Project","title","=","x"]]', None, 417, [
        "Project is not a child table of Task"
    ], id="a DocType that is no table of this one"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "request_", "body", "status", "sentences"), REFUSALS)
def test_what_is_told(office: Office, who: str, request_: str, body: Any, status: int, sentences: list[str]) -> None:
    with office.site.acting() as ctx:
        if not ctx.store.exists(ctx.meta("Project"), "Beta"):
            document.new(ctx, {"doctype": "Project", "title": "Beta", "lead": "user@x.org"}).insert()
    assert told(office.clients[who](request_, body))[::2] == (status, sentences)


LATER = re.compile(
    r"Error: T \(Task\) has been modified after you have opened it \((?P<stored>[^,]+), (?P<opened>[^)]+)\)"
)


@pytest.mark.parametrize(
    ("request_", "body", "opened"),
    [
        pytest.param("PUT /api/resource/Task/T", {"modified": "2020-01-01 00:00:00"}, "now", id="v1"),
        pytest.param("PATCH /api/v2/document/Task/T", {"modified": "2020-01-01 00:00:00"}, "now", id="v2"),
        pytest.param(f"{CLIENT}save", {"doc": {"doctype": "Task", "name": "T", "subject": "x"}}, "now", id="save, unsent"),
        pytest.param("POST /api/v2/method/run_doc_method", {"document": {"doctype": "Task", "name": "T"}, "method": "close"}, (
            "None"
        ), id="a method, unsent"),
        pytest.param("POST /api/v2/method/run_doc_method", {"document": {"doctype": "Task", "name": "T", "modified": "2020-01-01 00:00:00"}, (
            "method"
        ): "close"}, "2020-01-01 00:00:00", id="a method, sent"),
    ],
)  # fmt: skip
def test_a_save_tells_the_time_that_it_set_and_a_method_what_was_sent(
    office: Office, request_: str, body: dict[str, Any], opened: str
) -> None:
    _, kind, [sentence] = told(office.clients["admin"](request_, body))
    found = LATER.match(sentence)
    assert kind == "TimestampMismatchError" and found
    stored = str(office.site.database.row("SELECT modified FROM \"tabTask\" WHERE name = 'T'")[0])
    assert found["stored"] == stored
    assert found["opened"] > stored if opened == "now" else found["opened"] == opened


@pytest.mark.parametrize(
    ("method", "body"),
    [
        pytest.param("frappe.client.bulk_update", {"docs": json.dumps([{"doctype": "Project", "docname": "Alpha"}])}, id=(
            "client.bulk_update"
        )),
        pytest.param("frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs", {"doctype": "Project", (
            "docnames"
        ): '["Alpha"]', "action": "update", "data": '{"status": "Open"}'}, id="bulk_update of lists"),
        pytest.param("frappe.desk.reportview.delete_items", {"doctype": "Project", "items": '["Alpha"]'}, id="delete_items"),
    ],
)  # fmt: skip
def test_an_answer_about_many_says_why_one_was_refused(office: Office, method: str, body: dict[str, Any]) -> None:
    answer = office.clients["website"](f"{METHOD}{method}", body).get_json()
    assert plain(answer["_error_message"]) == "No permission for Project"
    assert "does not have doctype access" in answer["_server_messages"]


ZQ = {
    "doctype": "DocType",
    "name": "Zq",
    "module": "Custom",
    "custom": 1,
    "autoname": "hash",
    "fields": [{"fieldname": "title", "fieldtype": "Data", "label": "T"}],
}
UNIQUE = "title field cannot be set as unique in tabZq, as there are non-unique existing values"


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        pytest.param("PUT /api/resource/DocType/Zq", {"fields": [{**ZQ["fields"][0], "unique": 1}]}, id="the DocType, v1"),
        pytest.param("PATCH /api/v2/document/DocType/Zq", {"fields": [{**ZQ["fields"][0], "unique": 1}]}, id="the DocType, v2"),
    ],
)  # fmt: skip
def test_a_field_does_not_become_unique_over_values_that_are_not(
    office: Office, request_: str, body: dict[str, Any]
) -> None:
    with office.site.acting() as ctx:
        if not ctx.has_doctype("Zq"):
            document.new(ctx, ZQ).insert()
            for _ in range(2):
                document.new(ctx, {"doctype": "Zq", "title": "twice"}).insert()
    assert told(office.clients["admin"](request_, body)) == (417, "ValidationError", [UNIQUE])
    assert office.site.database.row('SELECT COUNT(*) FROM "tabDocField" WHERE parent = \'Zq\' AND "unique" = 1') == (0,)
