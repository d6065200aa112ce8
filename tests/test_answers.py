"""What a real Frappe answers where nobody would guess it, each rule at the doors that have it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

METHOD = "POST /api/method/"
CLIENT = f"{METHOD}frappe.client."


class Office(BaseOffice):
    """Tasks A (older) and B, Project Alpha, and a client for each kind of user."""

    users = {"user": ("Task User",), "website": ()}

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
        for name in ("A", "B"):
            document.new(ctx, {"doctype": "Task", "subject": name.lower(), "project": "Alpha"}).insert(set_name=name)


ANSWERS = [
    pytest.param(f"{CLIENT}get_value", {"doctype": "Task", "fieldname": "subject", "filters": {"project": "Alpha"}}, {(
        "message"
    ): {"subject": "a"}}, id="get_value: the first by name"),
    pytest.param(f"{CLIENT}get_value", {"doctype": "Task", "fieldname": "checklist", "filters": "A"}, {"message": {}}, id=(
        "get_value of a table alone is nothing"
    )),
    pytest.param(f"{CLIENT}get_value", {"doctype": "Task", "fieldname": ["subject", "checklist"], "filters": "A"}, {(
        "message"
    ): {"subject": "a"}}, id="and beside others it is left out"),
    pytest.param(f"{CLIENT}get_value", {"doctype": "Task", "fieldname": "subject", "filters": "A", "as_dict": "false"}, {(
        "message"
    ): {"subject": "a"}}, id="as_dict is off by what is empty, not by a word"),
    pytest.param(f"{CLIENT}delete", {"doctype": "Project", "name": None}, {}, id="client.delete of no name deletes nothing"),
    pytest.param(f"{CLIENT}delete", {"doctype": "Project", "name": []}, {}, id="nor does it of no names"),
    pytest.param("GET /api/method/frappe.client.validate_link?doctype=Task&docname=nope&fields=[\"odd\"]", None, {(
        "message"
    ): {"name": None}}, id="validate_link asks no field of what is not there"),
    pytest.param("GET /api/method/frappe.desk.search.search_link?doctype=Project&txt=Al&searchfield=odd", None, {(
        "message"
    ): [{"value": "Alpha", "label": "Alpha", "description": "Alpha, Open"}]}, id="a searchfield that is none is passed over"),
    pytest.param("GET /api/resource/Task?order_by=name asc,&fields=[\"name\"]", None, {"data": [{"name": "A"}, {"name": "B"}]}, id=(
        "a comma at the end of an order is none"
    )),
    pytest.param('GET /api/resource/Task?filters=[["name","=","A"],"or",["name","=","B"]]', None, {"data": [{"name": "A"}, {(
        "name"
    ): "B"}]}, id="filters joined by or, v1"),
    pytest.param('GET /api/v2/document/Task?filters=[[["name","=","A"],"or",["name","=","B"]]]', None, {"data": [{(
        "name"
    ): "A"}, {"name": "B"}], "has_next_page": False}, id="filters joined by or, v2"),
    pytest.param('GET /api/v2/doctype/Task/count?filters=[["name","=","A"],"or",["name","=","B"]]', None, {"data": 2}, id=(
        "filters joined by or, counted"
    )),
    pytest.param(f"{METHOD}frappe.desk.reportview.get_count", {"doctype": "Task", "filters": [["name", "=", "A"], "or", [
        "name", "=", "B"
    ]]}, {"message": 2}, id="filters joined by or, of a report"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "body", "expected"), ANSWERS)
def test_answers(office: Office, request_: str, body: Any, expected: Any) -> None:
    answer = office.clients["admin"](request_, body)
    assert (answer.status_code, answer.get_json()) == (200, expected)


def test_spaces_at_the_end_of_a_name_do_not_count(office: Office) -> None:
    answer = office.clients["admin"]("GET /api/resource/Task/A%20")
    assert (answer.status_code, answer.get_json()["data"]["name"]) == (200, "A")


@pytest.mark.parametrize(("value", "status", "said"), [("a", 200, '"name":"A"'), ("nope", 404, "not found")])
def test_client_get_takes_pairs(office: Office, value: str, status: int, said: str) -> None:
    answer = office.clients["admin"](f"{CLIENT}get", {"doctype": "Task", "filters": [["subject", value]]})
    assert (answer.status_code, said in answer.text) == (status, True)


def test_client_delete_takes_a_list_of_names(office: Office) -> None:
    with office.site.acting() as ctx:
        for title in ("P1", "P2"):
            document.new(ctx, {"doctype": "Project", "title": title}).insert()
    assert office.clients["admin"](f"{CLIENT}delete", {"doctype": "Project", "name": ["P1", "P2"]}).status_code == 200
    assert office.site.database.row("SELECT COUNT(*) FROM tabProject WHERE name IN ('P1', 'P2')") == (0,)


@pytest.mark.parametrize(
    ("fieldname", "status"),
    [
        pytest.param("doctype", 417, id="doctype"),
        pytest.param("parent", 417, id="parent"),
        pytest.param("owner", 417, id="owner"),
    ],
)
@pytest.mark.parametrize("name", ["A", "nope"])
def test_set_value_refuses_standard_fields_first(office: Office, name: str, fieldname: str, status: int) -> None:
    body = {"doctype": "Task", "name": name, "fieldname": fieldname, "value": "x"}
    answer = office.clients["admin"](f"{CLIENT}set_value", body)
    assert (answer.status_code, answer.get_json()["exc_type"]) == (status, "ValidationError")


def test_bulk_update_keeps_to_the_version_that_was_read(office: Office) -> None:
    docs = [{"doctype": "Task", "docname": "A", "subject": "late", "modified": "2020-01-01 00:00:00"}]
    answer = office.clients["admin"](f"{CLIENT}bulk_update", {"docs": json.dumps(docs)}).get_json()
    assert [each["doc"]["docname"] for each in answer["message"]["failed_docs"]] == ["A"]
    assert office.site.database.row("SELECT subject FROM tabTask WHERE name = 'A'") == ("a",)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param(5, 1, id="beyond all stars"),
        pytest.param(-1, 0, id="below none"),
        pytest.param("0.4", 0.4, id="text"),
    ],
)
@pytest.mark.parametrize("request_", ["POST /api/resource/Task", "POST /api/v2/document/Task"])
def test_a_rating_is_a_part_of_all_stars(office: Office, request_: str, value: Any, kept: float) -> None:
    answer = office.clients["admin"](request_, {"subject": "r", "rating": value}).get_json()["data"]
    assert answer["rating"] == kept
    office.clients["admin"](f"DELETE /api/resource/Task/{answer['name']}")


@pytest.mark.parametrize("method", ["add_tag", "add_tags"])
@pytest.mark.parametrize("name", ["A", "nope"])
def test_a_tag_has_no_angle_brackets_whatever_is_tagged(office: Office, method: str, name: str) -> None:
    body = {"dt": "Task", "dn": name, "docs": json.dumps([name]), "tag": "<b>", "tags": '["<b>"]'}
    answer = office.clients["admin"](f"{METHOD}frappe.desk.doctype.tag.tag.{method}", body)
    told = (answer.status_code, answer.get_json()["exc_type"])
    assert told == ((409, "NameError") if method == "add_tag" or name == "A" else (404, "DoesNotExistError"))


def test_assigning_many_describes_all_by_the_first(office: Office) -> None:
    body = {"doctype": "Task", "name": '["A", "B"]', "assign_to": '["user@x.org"]'}
    office.clients["admin"](f"{METHOD}frappe.desk.form.assign_to.add_multiple", body)
    rows = office.site.database.rows("SELECT reference_name, description FROM tabToDo ORDER BY reference_name")
    assert rows == [("A", "Assignment for Task A"), ("B", "Assignment for Task A")]
    found = office.clients["admin"](
        f"{METHOD}frappe.desk.reportview.get", {"doctype": "Task", "fields": '["name", "_assign"]'}
    ).get_json()["message"]
    assert found["user_info"]["user@x.org"]["fullname"] == "user"


def test_a_value_of_nothing_is_a_missing_one(office: Office) -> None:
    answer = office.clients["admin"]("POST /api/resource/Task", {"subject": []})
    assert (answer.status_code, answer.get_json()["exc_type"]) == (417, "MandatoryError")
    answer = office.clients["admin"]("POST /api/resource/Task", {"subject": "s", "code": []})
    assert (answer.status_code, answer.get_json()["exc_type"]) == (417, "ValidationError")


def test_a_button_needs_no_name_of_a_column(office: Office) -> None:
    fields = [{"fieldname": "title", "fieldtype": "Data", "label": "T"}, {"fieldtype": "Section Break", "label": "123"}]
    body = {"name": "Zb", "module": "Custom", "custom": 1, "autoname": "hash", "fields": fields}
    assert office.clients["admin"]("POST /api/resource/DocType", body).status_code == 201
    body = {**body, "name": "Zc", "fields": [{"fieldtype": "Data", "fieldname": "a b"}]}
    answer = office.clients["admin"]("POST /api/resource/DocType", body)
    assert (answer.status_code, answer.get_json()["exc_type"]) == (417, "InvalidColumnName")


@pytest.mark.parametrize(
    ("doctype", "names"),
    [
        pytest.param("User Type", {"System User", "Website User"}, id="User Type"),
        pytest.param("Gender", {"Male", "Female"}, id="Gender"),
        pytest.param("Language", {"en", "de"}, id="Language"),
        pytest.param("Role", {"Accounts Manager", "Sales User", "Workspace Manager"}, id="Role"),
    ],
)
def test_records_that_every_site_has(office: Office, doctype: str, names: set[str]) -> None:
    answer = office.clients["admin"](f"GET /api/resource/{doctype}?limit=0").get_json()["data"]
    assert names <= {each["name"] for each in answer}


def test_roles_of_other_doctypes_may_be_deleted_and_ours_not(office: Office) -> None:
    admin = office.clients["admin"]
    assert admin("DELETE /api/resource/Role/Maintenance User").status_code == 202
    assert admin("DELETE /api/resource/Role/Report Manager").status_code == 417
