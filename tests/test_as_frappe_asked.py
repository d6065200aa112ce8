"""What a real Frappe answers to odd requests: which of several faults is told first, and in which form.

Goes on where `test_as_frappe.py` is full.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_as_frappe import CLIENT, Office, refused

LIST = "GET /api/resource/Task?"
REPORT = "GET /api/method/frappe.desk.reportview.get?doctype=Task&"
V2 = "GET /api/v2/document/Task?"
COUNT = "GET /api/v2/doctype/Task/count?"
BIG = 99999999999999999999
"""More than 64 bits hold."""


@pytest.fixture
def task(office: Office) -> str:
    return office.make("Task", subject="a task", code=None)


# --- which fault is told first ---


@pytest.mark.parametrize(
    ("request_", "status", "error", "words"),
    [
        pytest.param(f'{LIST}fields=["coalesce(code, subject) as c"]', 417, "DataError", "coalesce in field", id=(
            "coalesce as text is restricted"
        )),
        pytest.param(f'{LIST}fields=["ifnull(code, subject)"]', 417, "DataError", "ifnull in field", id="and ifnull"),
        pytest.param(f'{V2}fields=["ifnull(code, subject)"]', 417, "ValidationError", "SQL functions", id="in v2 too"),
        pytest.param(f'{LIST}fields=["count(*) as n"]', 417, "DataError", "in query: *", id="no * is counted in text"),
        pytest.param(f'{REPORT}fields=["Sum( * )"]', 417, "DataError", "in query: *", id="or summed, in a report"),
        pytest.param(f'{LIST}filters=[["status","between",[1,2,3]],["nope","=",1]]', 417, "DataError", "nope", id=(
            "v1 looks at all fields before any value"
        )),
        pytest.param(f'{LIST}filters=[["status","no such",1],["nope","=",1]]', 417, "DataError", "nope", id=(
            "and before any operator"
        )),
        pytest.param(f'{V2}filters=[["status","no such",1],["nope","=",1]]', 417, "ValidationError", "Operator", id=(
            "v2 looks at one filter after another"
        )),
        pytest.param(f'{LIST}filters=[["status","descendants of","x"],["Nope","x"]]', 404, "DoesNotExistError", "", id=(
            "a DocType that is none before a tree that is none"
        )),
        pytest.param(f'{COUNT}filters=[["Project","nope","=",1]]', 417, "DataError", "nope", id=(
            "a field that another DocType lacks, before that it is no table of this one"
        )),
        pytest.param(f'{COUNT}filters=[["Project","title","=",1]]', 417, "ValidationError", "not a child table", id=(
            "which is told where there is the field"
        )),
        pytest.param(
            'GET /api/v2/doctype/Conformance Settings/count?filters=[["Nope","x","=",1]]',
            404, "DoesNotExistError", "Nope", id="a filter of a Single before that it has no list",
        ),
        pytest.param(f'{COUNT}filters=[["Task","checklist.qty","=",1]]', 417, "DataError", "in query: checklist.qty", id=(
            "a path where a DocType is named beside it"
        )),
        pytest.param(f"{LIST}parent=Nope", 404, "DoesNotExistError", "Nope", id="a parent that is no DocType"),
    ],
)  # fmt: skip
def test_of_several_faults_one_is_told(office: Office, request_: str, status: int, error: str, words: str) -> None:
    assert refused(office.ask("admin", request_), status, error, words)


@pytest.mark.parametrize(
    ("who", "request_", "status", "error"),
    [
        pytest.param("user", f"{LIST}parent=Nope", 403, "PermissionError", id="no DocType, to who knows none"),
        pytest.param("website", f'{COUNT}filters=[["Task","checklist.qty","=",1]]', 417, "DataError", id=(
            "a path is none, to anybody"
        )),
        pytest.param("website", f'{COUNT}filters=[["Project","nope","=",1]]', 403, "PermissionError", id=(
            "fields, to who may read nothing"
        )),
        pytest.param("user", f'{COUNT}filters=[["Locked Down","nope","=",1]]', 417, "ValidationError", id=(
            "fields of a DocType, to who may read none of its documents"
        )),
    ],
)  # fmt: skip
def test_what_one_may_not_know_is_not_told(office: Office, who: str, request_: str, status: int, error: str) -> None:
    assert refused(office.ask(who, request_), status, error)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("order_by=secret asc", 200, id="by the stars of a password, which a list shows"),
        pytest.param('filters=[["secret","like","%"]]', 403, id="no filter"),
        pytest.param("group_by=secret", 403, id="no group"),
    ],
)
def test_what_a_password_is_good_for_in_a_list(office: Office, query: str, status: int) -> None:
    assert office.ask("user", f"{LIST}{query}")[0] == status
    assert office.ask("website", f"{LIST}{query}")[0] == 403


def test_a_table_of_no_parent_takes_no_functions(office: Office) -> None:
    body = {"doctype": "Task Checklist Item", "fieldname": "count(name)", "filters": {"item": "x"}}
    assert refused(office.ask("admin", f"{CLIENT}.get_value", body), 417, "ValidationError", "SQL functions")
    named = {**body, "parent": "Task"}
    assert office.ask("admin", f"{CLIENT}.get_value", named)[1]["message"] == {"count(name)": 0}


# --- filters in other forms ---


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param([["code", "alone"]], True, id="a field and its value"),
        pytest.param([["code", "alone"], ["status", "=", "Open"]], True, id="beside others"),
        pytest.param([["code", "alone"], ["status", "=", "Closed"]], False, id="all of which must fit"),
        pytest.param([["code", "nobody's"]], False, id="a value that nothing has"),
    ],
)
def test_client_get_takes_pairs(office: Office, filters: list[Any], found: bool) -> None:
    name = office.make("Task", subject="a", code="alone")
    status, answer = office.ask("admin", f"{CLIENT}.get", {"doctype": "Task", "filters": filters})
    assert (answer["message"]["name"] == name) if found else (status == 404)
    office.ask("admin", f"DELETE /api/resource/Task/{name}")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(f"{V2}filters=5", 200, id="a number is a name in v2"),
        pytest.param(f"{LIST}filters=5", 400, id="not in v1"),
        pytest.param(f"{COUNT}filters=5", 400, id="nor in a count"),
        pytest.param(f"{V2}filters=true5", 400, id="what is no JSON is none"),
    ],
)
def test_a_number_as_filters(office: Office, task: str, request_: str, status: int) -> None:
    answer = office.ask("admin", request_)
    assert answer[0] == status
    assert answer[1].get("data", []) == []


@pytest.mark.parametrize("door", [LIST, V2, f"GET {CLIENT[5:]}.get_list?doctype=Task&"])
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param([["code", "like", []]], False, id="like nothing finds no text"),
        pytest.param([["code", "not like", []]], True, id="and not like nothing every text"),
        pytest.param([["code", "=", []]], False, id="as nothing is equal to none"),
    ],
)
def test_an_empty_list_is_no_value(office: Office, door: str, filters: list[Any], found: bool) -> None:
    name = office.make("Task", subject="s", code="coded")
    rows = office.ask("admin", f"{door}filters={json.dumps([*filters, ['name', '=', name]])}")[1]
    assert bool(rows.get("data") or rows.get("message")) is found
    office.ask("admin", f"DELETE /api/resource/Task/{name}")


def test_a_count_beside_a_list_is_that_of_its_rows(office: Office) -> None:
    name = office.make("Task", subject="s", checklist=[{"item": "a"}, {"item": "b"}])
    asked = f'filters=[["Task Checklist Item","item","!=",""],["name","=","{name}"]]'
    beside = office.ask("admin", f"{V2}include=count&{asked}")[1]
    alone = office.ask("admin", f"{COUNT}{asked}")[1]
    assert (len(beside["data"]), beside["count"], alone["data"]) == (2, 2, 2)


@pytest.mark.parametrize("fieldname", [5, True, 1.5])
def test_get_value_of_what_is_no_field_is_refused(office: Office, fieldname: object) -> None:
    for doctype in ("Task", "Conformance Settings"):
        answer = office.ask("admin", f"{CLIENT}.get_value", {"doctype": doctype, "fieldname": fieldname})
        assert refused(answer, 417, "ValidationError")


# --- numbers beyond 64 bits, and names ---


@pytest.mark.parametrize("number", [BIG, -BIG, 2**63, 10**39])
@pytest.mark.parametrize(
    ("field", "kept"),
    [
        pytest.param("subject", "{}", id="a text keeps its digits"),
        pytest.param("payload", "{}", id="and JSON"),
        pytest.param("points", None, id="a whole number must fit"),
        pytest.param("due_date", None, id="no date"),
        pytest.param("project", None, id="no link"),
    ],
)
def test_a_number_beyond_64_bits_is_kept_or_refused(office: Office, field: str, kept: str | None, number: int) -> None:
    for door in ("POST /api/resource/Task", "POST /api/v2/document/Task"):
        status, made = office.ask("admin", door, {"subject": "s", field: number})
        assert status == (201 if kept else 417)
        if kept:
            stored = office.ask("admin", f"GET /api/resource/Task/{made['data']['name']}")[1]["data"]
            assert str(stored[field]) == kept.format(number)


@pytest.mark.parametrize("door", ["PUT /api/resource/{0}/{0}", "PATCH /api/v2/document/{0}/{0}"])
def test_a_single_keeps_no_number_that_cannot_be_read_as_one(office: Office, door: str) -> None:
    single, read = "Conformance Settings", "GET /api/resource/Conformance Settings/Conformance Settings"
    before = office.ask("admin", read)
    assert refused(office.ask("admin", door.format(single), {"max_items": BIG}), 417, "CharacterLengthExceededError")
    assert office.ask("admin", read) == before


@pytest.mark.parametrize(
    ("name", "told", "kept"),
    [
        pytest.param("given", "given", "given", id="a text"),
        pytest.param(7, 7, "7", id="a number, told as it was sent"),
    ],
)
def test_a_name_that_v2_is_given(office: Office, name: object, told: object, kept: str) -> None:
    status, made = office.ask("admin", "POST /api/v2/document/Task", {"subject": "s", "name": name})
    assert (status, made["data"]["name"]) == (201, told)
    assert office.ask("admin", f"GET /api/resource/Task/{kept}")[1]["data"]["name"] == kept
    office.ask("admin", f"DELETE /api/resource/Task/{kept}")


def test_a_name_among_the_values_is_the_document_that_is_meant(office: Office, task: str) -> None:
    body = {"doctype": "Task", "name": task, "fieldname": json.dumps({"priority": "High", "name": "another"})}
    assert refused(office.ask("admin", f"{CLIENT}.set_value", body), 404, "DoesNotExistError", "Task another not found")
    same = {**body, "fieldname": {"priority": "High", "name": task}}
    assert office.ask("admin", f"{CLIENT}.set_value", same)[1]["message"]["priority"] == "High"


@pytest.fixture(scope="module")
def counted(office: Office) -> str:
    """A DocType whose documents are numbered."""
    fields = [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}]
    made = {"name": "Counted", "module": "Conformance", "custom": 1, "autoname": "autoincrement", "fields": fields}
    assert office.ask("admin", "POST /api/resource/DocType", made)[0] == 201
    return "Counted"


@pytest.mark.parametrize(("name", "status"), [("7", 201), (8, 201), ("New Thing 1", 417), ("", 201)])
def test_what_is_numbered_has_a_number(office: Office, counted: str, name: object, status: int) -> None:
    assert office.ask("admin", f"POST /api/v2/document/{counted}", {"title": "t", "name": name})[0] == status


def test_a_series_needs_a_dot(office: Office) -> None:
    fields = [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}]
    made = {"name": "Dotless", "module": "Conformance", "custom": 1, "autoname": "D-####", "fields": fields}
    assert office.ask("admin", "POST /api/resource/DocType", made)[0] == 201
    answer = office.ask("admin", "POST /api/resource/Dotless", {"title": "t"})
    assert refused(answer, 417, "InvalidNamingSeriesError", "dot (.) missing")


@pytest.mark.parametrize("empty", [0, "", None, False])
def test_a_secret_is_emptied_by_what_counts_as_nothing(office: Office, empty: object) -> None:
    name = office.make("Task", subject="s", secret="hidden")
    assert office.ask("admin", f"PUT /api/resource/Task/{name}", {"secret": empty})[0] == 200
    body = {"doctype": "Task", "name": name, "fieldname": "secret"}
    assert "hidden" not in str(office.ask("admin", f"{CLIENT}.get_password", body))


@pytest.mark.parametrize("sent", [0, False])
def test_what_empties_a_secret_is_told_and_does_not_become_one(office: Office, sent: object) -> None:
    name = office.make("Task", subject="s", secret="hidden")
    told = office.ask("admin", f"PUT /api/resource/Task/{name}", {"secret": sent})[1]["data"]
    assert told["secret"] == sent
    assert office.ask("admin", f"PUT /api/resource/Task/{name}", {"priority": "High"})[0] == 200
    body = {"doctype": "Task", "name": name, "fieldname": "secret"}
    assert refused(office.ask("admin", f"{CLIENT}.get_password", body), 417, "ValidationError", "Password not found")


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param(1e15, 417, id="a number is as long as it is written out"),
        pytest.param(1e6, 201, id="and fits where it fits"),
        pytest.param("1e15", 201, id="a text is as long as it is"),
    ],
)
def test_the_length_of_a_number_in_a_text(office: Office, value: object, status: int) -> None:
    assert office.ask("admin", "POST /api/resource/Task", {"subject": "s", "short": value})[0] == status


# --- by names, and what is no name ---


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        pytest.param(["{task}"], 417, "DocstatusTransitionError", id="a list of one name is that name"),
        pytest.param(["nope"], 404, "DoesNotExistError", id="which may not be there"),
        pytest.param(["{task}", "{task}"], 417, "ValidationError", id="of two it is none"),
    ],
)
def test_a_list_of_names(office: Office, task: str, name: list[str], status: int, error: str) -> None:
    body = {"doctype": "Task", "name": [each.format(task=task) for each in name]}
    assert refused(office.ask("admin", f"{CLIENT}.cancel", body), status, error)


@pytest.mark.parametrize("old", [pytest.param("user@x.org", id="a user"), pytest.param("no@x.y", id="nobody")])
@pytest.mark.parametrize("who", ["user", "website"])
def test_a_user_is_never_renamed_to_what_is_no_address(office: Office, who: str, old: str) -> None:
    body = {"doctype": "User", "old_name": old, "new_name": "Alpha"}
    assert refused(office.ask(who, f"{CLIENT}.rename_doc", body), 417, "InvalidEmailAddressError", "Alpha is not a")
    there = old.startswith("user")
    admin = office.ask("admin", f"{CLIENT}.rename_doc", body)
    assert admin[1]["exc_type"] == ("InvalidEmailAddressError" if there else "DoesNotExistError")


@pytest.mark.parametrize(
    ("method", "status"),
    [
        pytest.param("frappe.no_such", 417, id="nothing of that name"),
        pytest.param("frappe.get_doc", 403, id="a function that is not for clients"),
        pytest.param("frappe.client.no_such", 417, id="nothing in a module"),
    ],
)
def test_what_is_no_method(office: Office, method: str, status: int) -> None:
    assert office.ask("user", f"GET /api/method/{method}")[0] == status


@pytest.mark.parametrize("door", ["GET /api/method/upload_file", "GET /api/v2/method/upload_file"])
def test_a_file_is_not_sent_by_get(office: Office, door: str) -> None:
    assert refused(office.ask("admin", f"{door}?file_url=/files/x.txt"), 417, "ValidationError", "POST the file")
    assert office.ask("admin", 'GET /api/resource/File?filters=[["file_url","=","/files/x.txt"]]')[1]["data"] == []


# --- cmd ---


@pytest.mark.parametrize(
    ("request_", "body", "status"),
    [
        pytest.param("GET /?cmd=ping", None, 200, id="outside the API"),
        pytest.param("POST /", {"cmd": "ping"}, 200, id="in the body"),
        pytest.param(
            "GET /api/method/frappe.client.no_such?cmd=ping", None, 417, id="a path of the API says it itself"
        ),
        pytest.param("POST /api/method/frappe.client.no_such", {"cmd": "ping"}, 417, id="whatever the body says"),
    ],
)
def test_cmd_says_which_method_is_meant(office: Office, request_: str, body: Any, status: int) -> None:
    """Frappe hears `cmd` everywhere; what a limit, a scope or a sign-in looks at would then be another method."""
    code, answer = office.ask("user", request_, body)
    assert (code, answer.get("message")) == (status, "pong" if status == 200 else None)


def test_cmd_is_a_value_of_a_document(office: Office) -> None:
    assert office.ask("admin", "POST /api/resource/Task", {"subject": "s", "cmd": "ping"})[0] == 201
