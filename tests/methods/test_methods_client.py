"""`frappe.client.*`, as frappe-client, frappe-js-sdk and their kin call it: what comes back, and who may not."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.methods.client import MAX_DOCUMENTS

USERS = {"user": ("Task User",), "manager": ("Task Manager",), "website": ()}


class Office(BaseOffice):
    """Task T (of Administrator, in Project Alpha), Invoice I, and one client for each kind of user."""

    users = USERS

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Project", "title": "Alpha", "budget": 10, "status": "Open"}).insert()
        task = {
            "doctype": "Task",
            "subject": "one",
            "points": 3,
            "code": "C1",
            "project": "Alpha",
            "internal_note": "hush",
            "secret": "s3cret",
            "checklist": [{"item": "i"}],
        }
        document.new(ctx, task).insert(set_name="T")
        document.new(ctx, {"doctype": "Task", "subject": "two", "points": 5}).insert(set_name="U")
        document.new(ctx, {"doctype": "Private Note", "title": "of Administrator"}).insert(set_name="N")

    def call(self, who: str, method: str, body: Any = None, verb: str = "POST") -> TestResponse:
        return self.clients[who](f"{verb} /api/method/frappe.client.{method}", body or {})

    def make(self, doctype: str, name: str | None = None, **values: Any) -> str:
        with self.site.acting() as ctx:
            return str(document.new(ctx, {"doctype": doctype, **values}).insert(set_name=name).name)

    def stored(self, doctype: str, name: str, fieldname: str) -> Any:
        row = self.site.database.row(f'SELECT "{fieldname}" FROM "tab{doctype}" WHERE name = ?', (name,))
        return row and row[0]

    def state(self) -> list[Any]:
        return [
            self.site.database.rows(f'SELECT * FROM "tab{doctype}" ORDER BY name')
            for doctype in ("Task", "Project", "Task Checklist Item", "Hash Doc", "Private Note")
        ]


READS = [
    pytest.param("admin", "get_list", {"doctype": "Task", "filters": {"name": ["in", ["T", "U"]]}, "order_by": "name"}, [{(
        "name"
    ): "T"}, {"name": "U"}], id="get_list"),
    pytest.param("admin", "get_list", {"doctype": "Task", "filters": '{"name": "T"}', "fields": '["subject"]'}, [{(
        "subject"
    ): "one"}], id="get_list with JSON text"),
    pytest.param("admin", "get_list", {"doctype": "Task", "filters": [["name", "=", "T"]], "as_dict": ""}, [["T"]], id=(
        "get_list as lists"
    )),
    pytest.param("admin", "get_list", {"doctype": "Task", "filters": [["name", "=", "T"]], "as_dict": "False"}, [{"name": "T"}], id=(
        "text that is not empty is no refusal of dicts"
    )),
    pytest.param("admin", "get_list", {"doctype": "Task", "filters": {"name": "T"}, "fields": "subject"}, [{"subject": (
        "one"
    )}], id="one field as text"),
    pytest.param("admin", "get_list", {"doctype": "Task", "filters": {"name": ["in", ["T", "U"]]}, "order_by": "name", (
        "limit_start"
    ): 1}, [{"name": "U"}], id="limit_start"),
    pytest.param("admin", "get_list", {"doctype": "Task", "or_filters": {"name": "T", "points": 5}, "filters": {"code": (
        "C1"
    )}}, [{"name": "T"}], id="or_filters"),
    pytest.param("user", "get_list", {"doctype": "Private Note"}, [], id="get_list shows what one may read"),
    pytest.param("admin", "get_count", {"doctype": "Task", "filters": {"name": ["in", ["T", "U", "V"]]}}, 2, id=(
        "get_count"
    )),
    pytest.param("user", "get_count", {"doctype": "Private Note"}, 0, id="get_count counts what one may read"),
    *(
        pytest.param("admin", "get_count", {"doctype": "Task", "filters": {"name": ["in", ["T", "U"]]}, **given}, count, id=(
            f"get_count: {given}"
        )) for given, count in [
            ({"group_by": "status"}, 1), ({"group_by": "points"}, 2), ({"group_by": "points", "limit": 1}, 1),
            ({"group_by": "code", "distinct": 1}, 2),
        ]
    ),
    pytest.param("admin", "get_value", {"doctype": "Task", "fieldname": "subject", "filters": "T"}, {"subject": "one"}, id=(
        "get_value by name"
    )),
    pytest.param("admin", "get_value", {"doctype": "Task", "fieldname": ["subject", "points"], "filters": {"code": (
        "C1"
    )}}, {"subject": "one", "points": 3}, id="several"),
    pytest.param("admin", "get_value", {"doctype": "Task", "fieldname": '["subject"]', "filters": '{"code": "C1"}'}, {(
        "subject"
    ): "one"}, id="get_value with JSON text"),
    pytest.param("admin", "get_value", {"doctype": "Task", "fieldname": "subject", "filters": "T", "as_dict": 0}, (
        "one"
    ), id="get_value as a value"),
    pytest.param("admin", "get_value", {"doctype": "Task", "fieldname": ["subject", "points"], "filters": "T", (
        "as_dict"
    ): 0}, ["one", 3], id="get_value as a list"),
    pytest.param("admin", "get_value", {"doctype": "Task", "fieldname": "subject", "filters": {"name": "nope"}}, {}, id=(
        "get_value of nothing"
    )),
    pytest.param("user", "get_value", {"doctype": "Private Note", "fieldname": "title", "filters": "N"}, {}, id=(
        "get_value of what one may not read"
    )),
    pytest.param("admin", "get_single_value", {"doctype": "System Settings", "field": "log_api_requests"}, 0, id=(
        "get_single_value"
    )),
    pytest.param("user", "has_permission", {"doctype": "Task", "docname": "T", "perm_type": "write"}, {(
        "has_permission"
    ): True}, id="has_permission: yes"),
    pytest.param("user", "has_permission", {"doctype": "Task", "docname": "T", "perm_type": "delete"}, {(
        "has_permission"
    ): False}, id="has_permission: no"),
    pytest.param("user", "has_permission", {"doctype": "Private Note", "docname": "N"}, {"has_permission": False}, id=(
        "has_permission: not one's own"
    )),
    pytest.param("website", "has_permission", {"doctype": "Task", "docname": "T"}, {"has_permission": False}, id=(
        "has_permission: a DocType that is closed"
    )),
    pytest.param("website", "has_permission", {"doctype": "Task", "docname": "-"}, {"has_permission": False}, id=(
        "has_permission: and what is not there"
    )),
    pytest.param("admin", "has_permission", {"doctype": "Task", "docname": "-"}, {"has_permission": True}, id=(
        "has_permission: the Administrator's, always"
    )),
    pytest.param("user", "validate_link", {"doctype": "Project", "docname": "Alpha", "fields": ["status"]}, {"name": (
        "Alpha"
    ), "status": "Open"}, id="validate_link"),
    pytest.param("user", "validate_link_and_fetch", {"doctype": "Project", "docname": "Alpha", "fields_to_fetch": [(
        "budget"
    )]}, {"name": "Alpha", "budget": 10}, id="and fetch"),
    pytest.param("user", "validate_link_and_fetch", {"doctype": "Project", "docname": "Nope"}, {}, id=(
        "validate_link_and_fetch of nothing"
    )),
    *(
        pytest.param("user", "validate_link_and_fetch", {"doctype": "Project", "docname": "Alpha", **given}, told, id=(
            f"validate_link_and_fetch: {given}"
        )) for given, told in [
            ({"filters": {"status": "Open"}}, {"name": "Alpha"}),
            ({"filters": '[["Project","status","=","Open"]]', "fields_to_fetch": '["budget"]'}, {"name": "Alpha", "budget": 10}),
            ({"filters": {"status": "Completed"}}, {}),
        ]
    ),
    pytest.param("admin", "validate_link_and_fetch", {"doctype": "User", "docname": "user@x.org", "query": (
        "frappe.core.doctype.role.role.role_query"
    )}, {}, id="validate_link_and_fetch: what a search does not offer"),
    pytest.param("admin", "validate_link_and_fetch", {"doctype": "User", "docname": "user@x.org", "query": (
        "frappe.core.doctype.user.user.user_query"
    )}, {"name": "user@x.org"}, id="validate_link_and_fetch: what it offers"),
    pytest.param("user", "validate_link", {"doctype": "Project", "docname": "Nope"}, {"name": None}, id=(
        "validate_link of nothing"
    )),
    pytest.param("user", "validate_link", {"doctype": "Private Note", "docname": "N"}, {"name": None}, id=(
        "validate_link of what one may not read"
    )),
    pytest.param("admin", "get_password", {"doctype": "Task", "name": "T", "fieldname": "secret"}, "s3cret", id=(
        "get_password"
    )),
]  # fmt: skip


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize(("who", "method", "body", "expected"), READS)
def test_reading(office: Office, who: str, method: str, body: Any, expected: Any, verb: str) -> None:
    answer = office.call(who, method, body, verb)
    assert (answer.status_code, answer.get_json()["message"]) == (200, expected)


@pytest.mark.parametrize(
    "body",
    [
        {"doctype": "Task", "name": "T"},
        {"doctype": "Task", "filters": {"code": "C1"}},
        {"doctype": "Task", "filters": '{"code": "C1"}'},
    ],
)
def test_get_gives_the_whole_document(office: Office, body: Any) -> None:
    found = office.call("admin", "get", body).get_json()["message"]
    assert (found["name"], found["doctype"], found["due_date"], found["checklist"][0]["item"]) == (
        "T",
        "Task",
        None,
        "i",
    )
    assert set(found["secret"]) == {"*"}


def test_get_of_a_single_needs_no_name(office: Office) -> None:
    assert (
        office.call("admin", "get", {"doctype": "Conformance Settings"}).get_json()["message"]["doctype"]
        == "Conformance Settings"
    )


@pytest.mark.parametrize(("who", "sees"), [("manager", True), ("user", False)])
@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("get", {"doctype": "Task", "name": "T"}),
        ("get_list", {"doctype": "Task", "filters": {"name": "T"}, "fields": ["*"]}),
    ],
    ids=["get", "get_list"],
)
def test_a_higher_level_is_for_whoever_may_read_it(
    office: Office, method: str, body: Any, who: str, sees: bool
) -> None:
    assert ("hush" in office.call(who, method, body).text) is sees


@pytest.mark.parametrize(
    "extra",
    [{"filters": {"internal_note": "hush"}}, {"order_by": "internal_note"}, {"group_by": "internal_note"}],
    ids=str,
)
def test_a_field_that_one_may_not_read_is_not_asked_about(office: Office, extra: dict[str, Any]) -> None:
    assert office.call("user", "get_list", {"doctype": "Task", **extra}).status_code == 403


def test_a_field_that_one_may_not_read_is_left_out(office: Office) -> None:
    answer = office.call(
        "user", "get_list", {"doctype": "Task", "fields": ["name", "internal_note"], "filters": {"name": "T"}}
    )
    assert answer.get_json() == {"message": [{"name": "T"}]}


def test_document_rights(office: Office) -> None:
    rights = office.call("user", "get_doc_permissions", {"doctype": "Task", "docname": "T"}).get_json()["message"][
        "permissions"
    ]
    assert (rights["read"], rights["write"], rights["delete"]) == (1, 1, 0)


ROW = {"doctype": "Task Checklist Item", "parenttype": "Task", "parent": "T", "parentfield": "checklist", "item": "x"}
REFUSED = [
    pytest.param("admin", "get_value", {"doctype": "Conformance Settings", "fieldname": [{}]}, 417, id="get_value of a Single: a field is text"),
    pytest.param("admin", "insert", {"doc": {"doctype": "Task Checklist Item", "item": "x"}}, 417, id="insert a row of nothing"),
    pytest.param("website", "get_list", {"doctype": "Task"}, 403, id="get_list"),
    pytest.param("website", "get_count", {"doctype": "Task"}, 403, id="get_count"),
    pytest.param("website", "get", {"doctype": "Task", "name": "T"}, 403, id="get"),
    pytest.param("website", "get", {"doctype": "Task", "filters": {"code": "C1"}}, 403, id="get by filters"),
    pytest.param("website", "get_value", {"doctype": "Task", "fieldname": "subject", "filters": "T"}, 403, id=(
        "get_value"
    )),
    pytest.param("website", "get_single_value", {"doctype": "System Settings", "field": "language"}, 403, id=(
        "get_single_value"
    )),
    pytest.param("website", "insert", {"doc": {"doctype": "Task", "subject": "s"}}, 403, id="insert"),
    pytest.param("website", "insert", {"doc": ROW}, 403, id="insert a row"),
    pytest.param("website", "insert_many", {"docs": [{"doctype": "Task", "subject": "s"}]}, 403, id="insert_many"),
    pytest.param("website", "set_value", {"doctype": "Task", "name": "T", "fieldname": "subject", "value": "x"}, 403, id=(
        "set_value"
    )),
    pytest.param("website", "rename_doc", {"doctype": "Project", "old_name": "Alpha", "new_name": "Omega"}, 403, id=(
        "rename_doc"
    )),
    pytest.param("website", "delete", {"doctype": "Task", "name": "T"}, 403, id="delete"),
    pytest.param("website", "validate_link", {"doctype": "Project", "docname": "Alpha"}, 403, id="validate_link"),
    pytest.param("user", "delete", {"doctype": "Task", "name": "T"}, 403, id="delete what is another's"),
    pytest.param("user", "get", {"doctype": "Private Note", "name": "N"}, 403, id="get what is another's"),
    pytest.param("user", "set_value", {"doctype": "Private Note", "name": "N", "fieldname": "title", "value": "x"}, 403, id=(
        "set_value of what is another's"
    )),
    pytest.param("user", "set_value", {"doctype": "Project", "name": "Alpha", "fieldname": "budget", "value": 1}, 403, id=(
        "set_value of what one may only read"
    )),
    pytest.param("user", "rename_doc", {"doctype": "Project", "old_name": "Alpha", "new_name": "Omega"}, 417, id=(
        "rename what one may only read: Frappe has a ValidationError for it"
    )),
    pytest.param("manager", "rename_doc", {"doctype": "Task", "old_name": "nope", "new_name": "Omega"}, 404, id=(
        "rename what is not there"
    )),
    pytest.param("user", "get_password", {"doctype": "Task", "name": "T", "fieldname": "secret"}, 403, id=(
        "get_password"
    )),
    pytest.param("manager", "get_password", {"doctype": "Task", "name": "T", "fieldname": "secret"}, 403, id=(
        "get_password though one may write"
    )),
    pytest.param("admin", "get", {"doctype": "Task", "name": "nope"}, 404, id="get of nothing"),
    pytest.param("admin", "get", {"doctype": "Task", "filters": {"name": "nope"}}, 404, id="get by filters of nothing"),
    pytest.param("admin", "get_list", {"doctype": "Nonsense"}, 404, id="an unknown DocType"),
    pytest.param("admin", "insert", {}, 400, id="insert without a document"),
    pytest.param("admin", "insert", {"doc": "{broken"}, 400, id="insert of broken JSON"),
    pytest.param("admin", "insert", {"doc": {"subject": "s"}}, 400, id="insert without a DocType"),
    pytest.param("admin", "insert", {"doc": [1]}, 400, id="insert of a list"),
    pytest.param("admin", "insert_many", {"docs": {"doctype": "Task"}}, 400, id="insert_many of an object"),
    pytest.param("admin", "insert_many", {"docs": [1]}, 400, id="insert_many of numbers"),
    pytest.param("admin", "insert_many", {"docs": [{"doctype": "Hash Doc"}] * (MAX_DOCUMENTS + 1)}, 417, id=(
        "insert_many of too many"
    )),
    pytest.param("admin", "insert_many", {"docs": [{"doctype": "Hash Doc"}, {"doctype": "Task"}]}, 417, id=(
        "insert_many is all or none"
    )),
    pytest.param("admin", "save", {"doc": {"doctype": "Task", "name": "nope"}}, 404, id="save of nothing"),
    pytest.param("admin", "save", {"doc": {"doctype": "Task", "name": "T", "subject": "x"}}, 417, id=(
        "save without creation"
    )),
    pytest.param("admin", "set_value", {"doctype": "Task", "name": "T", "fieldname": "owner", "value": "user@x.org"}, 417, id=(
        "set_value of the owner"
    )),
    pytest.param("admin", "set_value", {"doctype": "Task", "name": "T", "fieldname": "name", "value": "X"}, 417, id=(
        "set_value of the name"
    )),
    pytest.param("admin", "set_value", {"doctype": "Task", "name": "T", "fieldname": "status", "value": "Nonsense"}, 417, id=(
        "set_value keeps the rules"
    )),
    pytest.param("admin", "cancel", {"doctype": "Task", "name": "T"}, 417, id="cancel a draft"),
    pytest.param("admin", "delete", {"doctype": "Project", "name": "Alpha"}, 417, id="delete what is linked"),
    pytest.param("admin", "get_password", {"doctype": "Task", "name": "U", "fieldname": "secret"}, 417, id=(
        "get_password of none"
    )),
]  # fmt: skip


@pytest.mark.parametrize(("who", "method", "body", "status"), REFUSED)
def test_refusals_change_nothing(office: Office, who: str, method: str, body: Any, status: int) -> None:
    before = office.state()
    assert office.call(who, method, body).status_code == status
    assert office.state() == before


@pytest.mark.parametrize(
    ("doctype", "docname", "told"),
    [
        pytest.param("Invoice", "", False, id="of a DocType no reason is told"),
        pytest.param("Private Note", "", False, id="of another"),
        pytest.param("Locked Down", "x", True, id="of a document it is"),
    ],
)
def test_why_there_is_no_right(office: Office, doctype: str, docname: str, told: bool) -> None:
    """As Frappe 16.4.1 answered."""
    answer = office.call("user", "has_permission", {"doctype": doctype, "docname": docname, "perm_type": "delete"})
    assert answer.get_json()["message"] == {"has_permission": False}
    assert ("_server_messages" in answer.get_json()) is told


@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param("admin", 417, id="who may read it learns that it is no list"),
        pytest.param("user", 417, id="another"),
        pytest.param("website", 403, id="who may not learns nothing"),
        pytest.param("guest", 403, id="nor a guest"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/resource/{}", "/api/v2/document/{}", "/api/method/frappe.client.get_list?doctype={}"]
)
def test_a_single_has_no_list(office: Office, path: str, who: str, status: int) -> None:
    """Frappe: the right is asked for first."""
    assert office.clients[who](f"GET {path.format('Conformance Settings')}").status_code == status


READING = "get_list get_count get get_value get_single_value has_permission get_doc_permissions validate_link get_password".split()
WRITING = "insert insert_many save submit cancel delete set_value bulk_update rename_doc".split()


@pytest.mark.parametrize("method", READING + WRITING)
def test_guest_may_call_none_of_it(office: Office, method: str) -> None:
    before = office.state()
    answer = office.call("guest", method, {"doctype": "Task", "name": "T"})
    assert (answer.status_code, answer.get_json()["exc_type"]) == (403, "PermissionError")
    assert office.state() == before


@pytest.mark.parametrize("method", WRITING)
def test_a_get_writes_nothing(office: Office, method: str) -> None:
    answer = office.clients["admin"](f"GET /api/method/frappe.client.{method}?doctype=Task&name=T")
    assert answer.status_code == 403
    assert "Not permitted" in answer.text


# --- writing ---


@pytest.mark.parametrize(
    "doc", [{"doctype": "Task", "subject": "s"}, '{"doctype": "Task", "subject": "s"}'], ids=["object", "text"]
)
def test_insert(office: Office, doc: Any) -> None:
    made = office.call("admin", "insert", {"doc": doc}).get_json()["message"]
    assert (made["subject"], office.stored("Task", made["name"], "subject")) == ("s", "s")


def test_insert_ignores_what_the_server_owns(office: Office) -> None:
    doc = {
        "doctype": "Task",
        "subject": "s",
        "owner": "user@x.org",
        "creation": "2001-01-01 00:00:00",
        "modified": "2001-01-01 00:00:00",
        "flags": {"ignore_permissions": 1},
    }
    made = office.call("admin", "insert", {"doc": doc}).get_json()["message"]
    assert made["owner"] == "Administrator" and made["creation"] > "2020" and made["modified"] > "2020"


def test_insert_of_a_row_changes_its_document(office: Office) -> None:
    task = office.make("Task", subject="s", checklist=[{"item": "one"}])
    row = {
        "doctype": "Task Checklist Item",
        "parenttype": "Task",
        "parent": task,
        "parentfield": "checklist",
        "item": "two",
        "qty": 3,
        "rate": 2,
    }
    assert office.call("admin", "insert", {"doc": row}).status_code == 200
    rows = office.call("admin", "get", {"doctype": "Task", "name": task}).get_json()["message"]["checklist"]
    assert [(each["item"], each["idx"], each["amount"]) for each in rows] == [("one", 1, 0), ("two", 2, 6)]


def test_insert_many_gives_the_names(office: Office) -> None:
    names = office.call(
        "admin", "insert_many", {"docs": [{"doctype": "Hash Doc", "title": title} for title in ("m1", "m2")]}
    ).get_json()["message"]
    assert [office.stored("Hash Doc", name, "title") for name in names] == ["m1", "m2"]


def test_save_stores_the_whole_document(office: Office) -> None:
    task = office.make("Task", subject="s", points=3, checklist=[{"item": "one"}])
    doc = office.call("admin", "get", {"doctype": "Task", "name": task}).get_json()["message"]
    del doc["points"]
    saved = office.call("admin", "save", {"doc": {**doc, "subject": "saved"}}).get_json()["message"]
    assert (saved["subject"], saved["points"], len(saved["checklist"])) == ("saved", 0, 1)
    stale = office.call("admin", "save", {"doc": {**doc, "subject": "again"}})
    assert (stale.status_code, stale.get_json()["exc_type"]) == (417, "TimestampMismatchError")


@pytest.mark.parametrize("key", ["doc", "doclist"])
def test_submit_and_cancel(office: Office, key: str) -> None:
    name = office.make("Invoice", customer="c", items=[{"item": "i", "qty": 1, "rate": 5}])
    doc = office.call("manager", "get", {"doctype": "Invoice", "name": name}).get_json()["message"]
    submitted = office.call("manager", "submit", {key: doc}).get_json()["message"]
    assert (submitted["docstatus"], submitted["status"]) == (1, "Submitted")
    assert office.call("user", "cancel", {"doctype": "Invoice", "name": name}).status_code == 403
    assert (
        office.call("manager", "cancel", {"doctype": "Invoice", "name": name}).get_json()["message"]["docstatus"] == 2
    )


def test_submit_needs_its_right(office: Office) -> None:
    name = office.make("Invoice", customer="c", items=[{"item": "i", "qty": 1, "rate": 5}])
    doc = office.call("user", "get", {"doctype": "Invoice", "name": name}).get_json()["message"]
    assert office.call("user", "submit", {"doc": doc}).status_code == 403
    assert office.stored("Invoice", name, "docstatus") == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fieldname": "priority", "value": "High"}, {"priority": "High", "points": 3}),
        ({"fieldname": {"priority": "High", "points": "9"}}, {"priority": "High", "points": 9}),
        ({"fieldname": '{"priority": "High"}'}, {"priority": "High", "points": 3}),
    ],
    ids=["one", "an object", "an object as text"],
)
def test_set_value(office: Office, change: dict[str, Any], expected: dict[str, Any]) -> None:
    task = office.make("Task", subject="s", points=3)
    answer = office.call("admin", "set_value", {"doctype": "Task", "name": task, **change}).get_json()["message"]
    assert (
        {key: answer[key] for key in expected}
        == {key: office.stored("Task", task, key) for key in expected}
        == expected
    )


def test_set_value_of_a_row_saves_its_document(office: Office) -> None:
    task = office.make("Task", subject="s", checklist=[{"item": "one", "qty": 2, "rate": 5}])
    row = office.site.database.row('SELECT name FROM "tabTask Checklist Item" WHERE parent = ?', (task,))[0]
    answer = office.call(
        "admin", "set_value", {"doctype": "Task Checklist Item", "name": row, "fieldname": "qty", "value": 4}
    )
    assert answer.get_json()["message"]["checklist"][0]["amount"] == 20


def test_bulk_update_goes_on_after_a_failure(office: Office) -> None:
    good, bad, foreign = (
        office.make("Task", subject="a"),
        office.make("Task", subject="b"),
        office.make("Private Note", title="p"),
    )
    docs = [
        {"doctype": "Task", "docname": bad, "subject": "changed", "status": "Nonsense"},
        {"doctype": "Private Note", "docname": foreign, "title": "changed"},
        {"doctype": "Task", "docname": good, "subject": "changed"},
        {"doctype": "Task"},
    ]
    failed = office.call("user", "bulk_update", {"docs": docs}).get_json()["message"]["failed_docs"]
    assert [each["doc"].get("docname") for each in failed] == [bad, foreign, None]
    assert (
        office.stored("Task", good, "subject"),
        office.stored("Task", bad, "subject"),
        office.stored("Private Note", foreign, "title"),
    ) == ("changed", "b", "p")


def test_delete(office: Office) -> None:
    task = office.make("Task", subject="s")
    assert office.call("admin", "delete", {"doctype": "Task", "name": task}).get_json() == {}
    assert office.call("admin", "delete", {"doctype": "Task", "name": task}).status_code == 404
    task = office.make("Task", subject="s")
    assert office.call("admin", "delete", {"doctype": "Task", "name": task}, "DELETE").status_code == 200


@pytest.mark.parametrize(
    ("method", "old", "new"),
    [("frappe.client.rename_doc", "old_name", "new_name"), ("frappe.rename_doc", "old", "new")],
)
def test_rename_takes_the_links_along(office: Office, method: str, old: str, new: str) -> None:
    project = office.make("Project", title=f"before {old}")
    task = office.make("Task", subject="s", project=project)
    body = {"doctype": "Project", old: project, new: f"after {old}"}
    answer = office.clients["manager"](f"POST /api/method/{method}", body)
    assert answer.get_json()["message"] == office.stored("Task", task, "project") == f"after {old}"


@pytest.mark.parametrize(
    ("doctype", "new", "status"),
    [
        pytest.param("Project", "Alpha", 417, id="a name that is taken"),
        pytest.param("Project", "", 417, id="no name"),
        pytest.param("Hash Doc", "x", 417, id="a DocType without renaming"),
    ],
)
def test_rename_refused(office: Office, doctype: str, new: str, status: int) -> None:
    name = office.make(doctype, title=f"rename {doctype} {new}")
    assert (
        office.call(
            "user" if doctype == "Hash Doc" else "manager",
            "rename_doc",
            {"doctype": doctype, "old_name": name, "new_name": new},
        ).status_code
        == status
    )
    assert office.stored(doctype, name, "name") == name
