"""What a real Frappe answers where one would guess otherwise, at each door that leads there.

Found by requests at random (`test_random.py`); written down here as rules.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

ANN, EVE, MAX = "user@x.org", "other@x.org", "manager@x.org"
CLIENT, FORM = "POST /api/method/frappe.client", "POST /api/method/frappe.desk.form"
DOORS = ["PUT /api/resource/Task/{}", "PATCH /api/v2/document/Task/{}"]


class Office(BaseOffice):
    """Projects Alpha and Beta, and one client for each kind of user; each test makes its own Task."""

    users = {"user": ("Task User",), "other": ("Task User",), "manager": ("Task Manager",), "website": ()}

    def fill(self, ctx: Context) -> None:
        for title in ("Alpha", "Beta"):
            document.new(ctx, {"doctype": "Project", "title": title}).insert()

    def make(self, doctype: str, **values: Any) -> str:
        with self.site.acting() as ctx:
            return str(document.new(ctx, {"doctype": doctype, **values}).insert(set_name=values.get("name")).name)

    def ask(self, who: str, request: str, body: Any = None) -> tuple[int, Any]:
        """The status, and the body with the type of its error at the same place in v1 and v2."""
        answer = self.clients[who](request, body)
        told = answer.get_json() or {}
        error = told.get("exc_type") or (told.get("errors") or [{}])[0].get("type")
        return answer.status_code, {**told, "exc_type": error}


@pytest.fixture
def task(office: Office) -> str:
    return office.make("Task", subject="a task", checklist=[{"item": "one"}], code=None)


def refused(answer: tuple[int, Any], status: int, error: str, words: str = "") -> bool:
    return (answer[0], answer[1]["exc_type"]) == (status, error) and words in json.dumps(answer[1])


# --- what a document keeps ---


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        pytest.param("mine", "mine", id="a name that is free is kept"),
        pytest.param(" mine ", None, id="one with blanks around it is not"),
        pytest.param("<b>", None, id="nor markup"),
        pytest.param("x" * 200, None, id="nor what is too long"),
        pytest.param(7, None, id="nor a number"),
    ],
)
def test_a_row_that_claims_a_name_is_never_lost(office: Office, task: str, door: str, name: Any, kept: Any) -> None:
    rows = [{"item": "new", "name": f"{task}{name}" if kept else name}]
    assert office.ask("admin", door.format(task), {"checklist": rows})[0] == 200
    stored = office.ask("admin", f"GET /api/resource/Task/{task}")[1]["data"]["checklist"]
    assert [row["item"] for row in stored] == ["new"]
    assert (stored[0]["name"] == f"{task}{name}") is bool(kept)


def test_a_row_takes_no_name_of_another_documents_row(office: Office, task: str) -> None:
    other = office.make("Task", subject="other", checklist=[{"item": "theirs"}])
    theirs = office.ask("admin", f"GET /api/resource/Task/{other}")[1]["data"]["checklist"][0]["name"]
    office.ask("admin", f"PUT /api/resource/Task/{task}", {"checklist": [{"item": "mine", "name": theirs}]})
    assert [
        office.ask("admin", f"GET /api/resource/Task/{each}")[1]["data"]["checklist"][0]["item"]
        for each in (task, other)
    ] == ["mine", "theirs"]


def test_a_row_that_claims_a_name_is_as_old_as_its_document(office: Office, task: str) -> None:
    rows = [{"item": "claimed", "name": f"{task}-row"}, {"item": "new"}]
    owners = [
        row["owner"] for row in office.ask("user", DOORS[0].format(task), {"checklist": rows})[1]["data"]["checklist"]
    ]
    assert owners == ["Administrator", ANN]


@pytest.mark.parametrize("kind", ["Task", "Project"])
@pytest.mark.parametrize(
    "door",
    ["PUT /api/resource/{0}/{1}", "PATCH /api/v2/document/{0}/{1}", f"{CLIENT}.save", f"{CLIENT}.bulk_update", f"{FORM}.save.savedocs"],
)  # fmt: skip
def test_an_owner_is_not_given_away_at_any_door(office: Office, kind: str, door: str) -> None:
    name = office.make(kind, subject="s", title=f"t{len(door)}")
    whole = office.ask("admin", f"GET /api/resource/{kind}/{name}")[1]["data"]
    claimed = {**whole, "doctype": kind, "owner": EVE}
    body = {
        f"{CLIENT}.save": {"doc": claimed},
        f"{CLIENT}.bulk_update": {"docs": [{"doctype": kind, "docname": name, "owner": EVE}]},
        f"{FORM}.save.savedocs": {"doc": claimed, "action": "Save"},
    }.get(door, {"owner": EVE})
    status, told = office.ask("admin", door.format(kind, name), body)
    failed = told.get("message") if status == 200 else None
    assert failed["failed_docs"][0]["exc"] == "CannotChangeConstantError" if failed else status == 417
    assert office.ask("admin", f"GET /api/resource/{kind}/{name}")[1]["data"]["owner"] == "Administrator"


def test_the_rows_of_a_discarded_document_tell_who_discarded_it(office: Office) -> None:
    name = office.make("Invoice", customer="c", items=[{"item": "i", "qty": 1, "rate": 1}])
    told = office.ask("manager", f"POST /api/v2/document/Invoice/{name}/method/discard", {})[1]["docs"][0]
    stored = office.ask("admin", f"GET /api/resource/Invoice/{name}")[1]["data"]
    assert [each["items"][0]["modified_by"] for each in (told, stored)] == [MAX, "Administrator"]
    assert (stored["docstatus"], stored["items"][0]["docstatus"]) == (2, 0)


@pytest.mark.parametrize("verb", ["PUT /api/resource", "PATCH /api/v2/document"])
def test_a_single_answers_to_any_name_and_gives_back_the_last(office: Office, verb: str) -> None:
    single = "Conformance Settings"
    sent = {"name": "Yes<img src=x onerror=alert(1)>", "max_items": 7}
    status, told = office.ask("admin", f"{verb}/{single}/{single}", sent)
    assert (status, told["data"]["name"], told["data"]["max_items"]) == (200, 'Yes<img src="x">', 7)
    for door in ("GET /api/resource", "GET /api/v2/document"):
        assert office.ask("admin", f"{door}/{single}/{single}")[1]["data"]["name"] == 'Yes<img src="x">'
    assert office.ask("admin", f"{verb}/{single}/{single}", {"name": single})[1]["data"]["name"] == single


def test_a_file_without_a_doctype_keeps_the_name_that_it_was_sent_with(office: Office) -> None:
    values = {"file_name": "a.txt", "content": "x", "is_private": 1, "attached_to_name": "nobody's"}
    status, told = office.ask("user", "POST /api/resource/File", values)
    assert (status, told["data"]["attached_to_name"]) == (201, "nobody's")
    assert office.ask("other", f"GET /api/resource/File/{told['data']['name']}")[0] == 403


# --- which fault is told first ---


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        pytest.param({"priority": "No", "due_date": "x"}, "ValidationError", "Priority cannot be", id="a choice before a date"),
        pytest.param({"website": "no", "remind_at": "x"}, "ValidationError", "valid URL", id="an address before a time"),
        pytest.param({"email": "no", "due_date": "x"}, "InvalidEmailAddressError", "no is not", id="a mail before a date"),
        pytest.param({"short": "x" * 11, "due_date": "x"}, "CharacterLengthExceededError", "Short", id="a length before a date"),
        pytest.param({"project": "no", "due_date": "x"}, "LinkValidationError", "Project", id="a link before a date"),
        pytest.param({"due_date": "x", "points": "1"}, "ValidationError", "Due Date", id="the date, where it is alone"),
        pytest.param({"reference_type": []}, "ValidationError", "cannot be a list", id="an empty list is no link"),
        pytest.param({"reference_name": {}}, "ValidationError", "cannot be an object", id="nor an object"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("door", ["POST /api/resource/Task", "POST /api/v2/document/Task", f"{CLIENT}.insert"])
def test_texts_are_told_of_before_dates(office: Office, door: str, values: Any, error: str, words: str) -> None:
    body = (
        {"doc": {"doctype": "Task", "subject": "s", **values}}
        if door == f"{CLIENT}.insert"
        else {"subject": "s", **values}
    )
    assert refused(office.ask("admin", door, body), 417, error, words)


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        pytest.param('limit=-1&fields=["nope"]', "DataError", "nope", id="a field before a page"),
        pytest.param('limit=-1&filters=[["nope","=","1"]]', "DataError", "nope", id="a filter before a page"),
        pytest.param("limit=-1", "ValidationError", "A page begins", id="the page, where it is alone"),
        pytest.param('fields=["ifnull(nope, 1) as c"]', "DataError", "Use of function ifnull in field is restricted", id=(
            "a function of what is no field"
        )),
        pytest.param('fields=["nope(name)"]', "ValidationError", "SQL functions are not allowed", id="no function"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "door", ["GET /api/resource/Task?{}", "GET /api/method/frappe.client.get_list?doctype=Task&{}"]
)
def test_fields_and_filters_are_told_of_before_pages(
    office: Office, door: str, query: str, error: str, words: str
) -> None:
    sent = query.replace("limit=", "limit_page_length=")
    assert refused(office.ask("user", door.format(sent)), 417, error, words)


def test_v2_tells_of_a_path_that_leads_nowhere(office: Office) -> None:
    answer = office.ask("admin", 'GET /api/v2/document/Task?fields=["checklist.nope as it"]')
    assert refused(answer, 417, "ValidationError", "Could not parse field: checklist.nope as it")


def test_what_a_doctype_does_not_keep_is_left_out_of_a_list(office: Office, task: str) -> None:
    rows = office.ask("admin", 'GET /api/resource/Task?fields=["name","_seen","_assign"]')[1]["data"]
    assert {frozenset(row) for row in rows} == {frozenset({"name", "_assign"})}


# --- who asks ---


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("has_permission", {"doctype": "Task", "docname": None}),
        ("get_doc_permissions", {"doctype": "Nope", "docname": None}),
        ("get_password", {"doctype": "Task", "name": None, "fieldname": "secret"}),
    ],
)
def test_arguments_are_looked_at_before_rights(office: Office, method: str, body: dict[str, Any]) -> None:
    assert refused(office.ask("website", f"{CLIENT}.{method}", body), 417, "FrappeTypeError")


@pytest.mark.parametrize(
    ("who", "right", "expected"),
    [("admin", "submit", True), ("user", "read", True), ("user", "cancel", False), ("website", "read", False)],
)
def test_no_document_stands_for_its_doctype(office: Office, who: str, right: str, expected: bool) -> None:
    body = {"doctype": "Task", "docname": "", "perm_type": right}
    assert office.ask(who, f"{CLIENT}.has_permission", body)[1]["message"] == {"has_permission": expected}


@pytest.mark.parametrize(
    ("new", "merge"),
    [
        pytest.param("Alpha", 0, id="the same name"),
        pytest.param("Nowhere", 1, id="a target that is not there"),
        pytest.param("Beta", 0, id="a name that is taken"),
        pytest.param("Beta", 1, id="a target that is there"),
        pytest.param("Gamma", 0, id="a name that is free"),
    ],
)
def test_renaming_tells_readers_what_they_know_anyway(office: Office, new: str, merge: int) -> None:
    body = {"doctype": "Project", "old_name": "Alpha", "new_name": new, "merge": bool(merge)}
    assert office.ask("user", f"{CLIENT}.rename_doc", body)[1]["exc_type"] == "ValidationError"
    assert office.ask("website", f"{CLIENT}.rename_doc", body)[1]["exc_type"] == "PermissionError"


@pytest.mark.parametrize("doctype", ["Task", "Nope"])
def test_tags_of_what_one_may_not_read_are_none(office: Office, doctype: str) -> None:
    office.ask(
        "admin", "POST /api/method/frappe.desk.doctype.tag.tag.add_tag", {"tag": "t", "dt": "Project", "dn": "Alpha"}
    )
    asked = f"GET /api/method/frappe.desk.doctype.tag.tag.get_tags?doctype={doctype}"
    assert office.ask("website", asked)[1]["message"] == []


@pytest.mark.parametrize("name", ["nope", "{task}"])
def test_who_likes_something_no_more_is_refused_nothing(office: Office, task: str, name: str) -> None:
    body = {"doctype": "Task", "name": name.format(task=task), "add": "No"}
    before = office.ask("admin", f"GET /api/resource/Task/{task}")
    for who in ("website", "user"):
        assert office.ask(who, "POST /api/method/frappe.desk.like.toggle_like", body)[0] == 200
    liking = office.ask("website", "POST /api/method/frappe.desk.like.toggle_like", {**body, "add": "Yes"})
    assert liking[0] == 403 and office.ask("admin", f"GET /api/resource/Task/{task}") == before


@pytest.mark.parametrize(("doctype", "values"), [("Note", {"title": "n"}), ("Event", {
    "subject": "e", "event_type": "Private", "starts_on": "2026-01-01 10:00:00",
})])  # fmt: skip
def test_lists_of_the_administrator_have_no_others_private_papers(office: Office, doctype: str, values: Any) -> None:
    status, made = office.ask("manager", f"POST /api/resource/{doctype}", values)
    name = made["data"]["name"]
    listed = {
        who: name in [row["name"] for row in office.ask(who, f"GET /api/resource/{doctype}?limit=0")[1]["data"]]
        for who in ("manager", "admin")
    }
    assert (status, listed) == (201, {"manager": True, "admin": False})
    assert office.ask("admin", f"GET /api/resource/{doctype}/{name}")[0] == 200  # who knows of it may read it


@pytest.mark.parametrize(
    ("doctype", "values"),
    [
        ("File", {"file_name": "mine.txt", "content": "private", "is_private": 1}),
        ("ToDo", {"description": "d", "allocated_to": ANN}),
    ],
)
def test_lists_of_the_administrator_have_everything_else(office: Office, doctype: str, values: Any) -> None:
    name = office.ask("user", f"POST /api/resource/{doctype}", values)[1]["data"]["name"]
    assert name in [row["name"] for row in office.ask("admin", f"GET /api/resource/{doctype}?limit=0")[1]["data"]]


def test_and_the_comments_on_what_is_private(office: Office) -> None:
    note = office.ask("user", "POST /api/resource/Note", {"title": "n"})[1]["data"]["name"]
    body = {"reference_doctype": "Note", "reference_name": note, "content": "c"}
    name = office.ask("user", f"{FORM}.utils.add_comment", body)[1]["message"]["name"]
    assert name in [row["name"] for row in office.ask("admin", "GET /api/resource/Comment?limit=0")[1]["data"]]


# --- forms ---


def test_a_form_tells_who_made_and_changed_a_document(office: Office, task: str) -> None:
    office.ask("user", f"PUT /api/resource/Task/{task}", {"code": "c"})
    told = office.ask("manager", f"GET /api/method/frappe.desk.form.load.getdoc?doctype=Task&name={task}")[1]["docinfo"]
    assert {user: each["time_zone"] for user, each in told["user_info"].items()} == {
        "Administrator": "Asia/Kolkata", ANN: "UTC",
    }  # fmt: skip
    assert told["custom_perm_types"] == []


def test_a_form_tells_of_assignments_the_latest_first(office: Office, task: str) -> None:
    given = {"doctype": "Task", "name": task, "assign_to": json.dumps([ANN, EVE]), "description": "do"}
    assert [set(each) for each in office.ask("manager", f"{FORM}.assign_to.add", given)[1]["message"]] == [
        {"owner", "name"}
    ] * 2
    told = office.ask("user", f"GET /api/method/frappe.desk.form.load.getdoc?doctype=Task&name={task}")[1]
    assert [(each["owner"], each["description"], each["status"]) for each in told["docinfo"]["assignments"]] == [
        (EVE, "do", "Open"), (ANN, "do", "Open"),
    ]  # fmt: skip
    assert [each["content"].split()[-2] for each in told["docinfo"]["assignment_logs"]] == ["other:", "user:"]
    assert (told["docs"][0]["assigned_to"], told["docs"][0]["modified_by"]) == (EVE, MAX)


# --- addresses ---


@pytest.mark.parametrize(
    ("request_line", "status", "error"),
    [
        pytest.param("GET /api/method/login", 401, "AuthenticationError", id="a login is a POST"),
        pytest.param("DELETE /api/method/login", 401, "AuthenticationError", id="and nothing else"),
        pytest.param(
            f"POST /api/method/login?usr={ANN}&pwd=x", 401, "AuthenticationError", id="no password in an address"
        ),
        pytest.param(
            "POST /api/v2/document/Task/bulk_update", 404, "DoesNotExistError", id="bulk_update without documents"
        ),
        pytest.param("DELETE /api/resource/DocType/Task", 417, "ValidationError", id="a DocType of an app stays"),
    ],
)
def test_what_an_address_means(office: Office, request_line: str, status: int, error: str) -> None:
    assert refused(office.ask("admin", request_line, {} if request_line[:1] == "P" else None), status, error)


@pytest.mark.parametrize("version", ["", "v2/"])
def test_signing_out_answers_as_a_guests_login(office: Office, version: str) -> None:
    for who in ("guest", "user"):
        status, told = office.ask(who, f"POST /api/{version}method/logout", {})
        assert (status, told["message"], told["full_name"], "data" in told) == (200, "No App", "Guest", False)


def test_a_key_for_a_new_password_that_is_none_is_told_as_a_result(office: Office) -> None:
    body = {"key": "nope", "new_password": "N3u!passwort-lang"}
    status, told = office.ask("guest", "POST /api/method/frappe.core.doctype.user.user.update_password", body)
    assert (status, told["exc_type"]) == (410, None)
    assert told["message"].startswith("The reset password link")


def test_nothing_links_to_what_is_not_there(office: Office) -> None:
    asked = "GET /api/method/frappe.desk.form.linked_with.get?doctype={}&docname=nope"
    assert office.ask("admin", asked.format("Task"))[1]["message"] == {}
    assert office.ask("user", asked.format("Task"))[0] == 404
    assert office.ask("admin", asked.format("Nope"))[0] == 404
    assert office.ask("website", asked.format("Task"))[0] == 403
