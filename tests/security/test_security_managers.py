"""A System Manager looks after people and DocTypes, and becomes nobody else by it: what he has the server do later, for
others and with all rights, and what he calls a DocType, gives him no password, key, role or session."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import ApiClient, BaseOffice
from frappe_lite import document
from frappe_lite.access import auth, identity
from frappe_lite.context import Context
from frappe_lite.parts import keys
from frappe_lite.parts.notifications import telling
from frappe_lite.store import SERVER_TABLES

BOSS = "boss@x.org"
RULE = {
    "document_type": "User", "event": "Save", "channel": "System Notification", "subject": "x", "message": "y",
    "recipients": [{"receiver_by_role": "System Manager"}],
}  # fmt: skip
TAKEN = "hacked horse 77"


class Office(BaseOffice):
    """A System Manager, somebody without a desk, and the Administrator's password."""

    users = {"boss": ("System Manager",), "eve": ()}

    def fill(self, ctx: Context) -> None:
        auth.set_password(ctx, "Administrator", "correct horse 7")
        auth.set_password(ctx, "eve@x.org", "correct horse 7")

    def narrow(self, scopes: str) -> ApiClient:
        """The System Manager, with a key that reaches so far."""
        with self.site.acting() as ctx:
            made = keys.make_key(ctx, BOSS, "narrow", scopes, None)
        client = ApiClient(self.site, None)
        client.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
        return client

    def signs_in(self, user: str, password: str) -> bool:
        answer = self.clients["guest"].post("/api/method/login", data={"usr": user, "pwd": password})
        return answer.status_code == 200

    def users_row(self, name: str) -> dict[str, Any]:
        with self.site.acting() as ctx:
            return dict(ctx.store.load_row(ctx.meta("User"), name) or {})


# --- what a Notification sets ------------------------------------------------------------------------------

OF_DOCUMENTS = ("owner", "creation", "modified_by", "docstatus", "name", "idx", "_user_tags", "_assign", "flags")
NEVER = [
    *(("User", each) for each in (*(identity.CREDENTIALS["User"] or ()), "last_login", "last_ip", *OF_DOCUMENTS)),
    ("Role", "desk_access"), ("System Settings", "session_expiry"), ("Has Role", "role"), ("API Key", "user"),
    ("API Key", "scopes"), ("OAuth Client", "skip_authorization"), ("OAuth Bearer Token", "user"),
    ("User Invitation", "email"), ("Version", "data"), ("File", "content_hash"), ("ToDo", "owner"),
]  # fmt: skip


@pytest.mark.parametrize(
    "door", ["/api/resource/Notification", "/api/v2/document/Notification", "frappe.client.insert"]
)
@pytest.mark.parametrize(("doctype", "field"), NEVER)
def test_a_notification_sets_nothing_that_lets_somebody_in(office: Office, door: str, doctype: str, field: str) -> None:
    rule = {
        **RULE,
        "document_type": doctype,
        "set_property_after_alert": field,
        "property_value": TAKEN,
        "name": "rule",
    }
    if doctype == "Has Role":  # rows are told of on days alone
        rule |= {"event": "Days After", "date_changed": "creation"}
    values = {"doc": {"doctype": "Notification", **rule}} if "client" in door else rule
    answer = office.clients["boss"].post(door if door[0] == "/" else f"/api/method/{door}", json=values)
    assert (answer.status_code, answer.json.get("data"), answer.json.get("message")) == (417, None, None)
    assert "is not set by a Notification" in answer.text or f"has no field {field}" in answer.text
    assert office.clients["admin"].get("/api/resource/Notification/rule").status_code == 404


@pytest.mark.parametrize(
    ("doctype", "field"), [("User", "bio"), ("User", "location"), ("ToDo", "status"), ("Note", "public")]
)
def test_it_sets_what_lets_nobody_in(office: Office, doctype: str, field: str) -> None:
    rule = {**RULE, "document_type": doctype, "set_property_after_alert": field, "property_value": "1", "name": "kind"}
    assert office.clients["boss"].post("/api/resource/Notification", json=rule).status_code == 201
    assert office.clients["boss"].delete("/api/resource/Notification/kind").status_code == 202


OLDER = [
    pytest.param({"set_property_after_alert": "new_password", "property_value": TAKEN}, id="a password"),
    pytest.param({"set_property_after_alert": "reset_password_key", "property_value": TAKEN}, id="a reset key"),
    pytest.param({"set_property_after_alert": "enabled", "property_value": "0"}, id="who is there"),
    pytest.param({"set_property_after_alert": "owner", "property_value": BOSS}, id="whose it is"),
]


@pytest.mark.parametrize("older", OLDER)
@pytest.mark.parametrize("user", ["Administrator", "eve@x.org"])
def test_nor_does_one_that_was_there_before(office: Office, older: dict[str, str], user: str) -> None:
    """By its day, on which the server tells of everybody, whoever may change them."""
    day = {"event": "Days After", "date_changed": "creation", "days_in_advance": 0, "name": "older"}
    with office.site.acting() as ctx:
        document.new(ctx, {"doctype": "Notification", **RULE, **day}).insert()
        document.set_values(ctx, ctx.meta("Notification"), "older", older)
    before = office.users_row(user)
    with office.site.acting() as ctx:
        telling.tell_of_today("older")
        document.delete(ctx, "Notification", "older")
    after = office.users_row(user)
    assert after == before
    assert not office.signs_in(user, TAKEN)
    assert office.signs_in(user, "correct horse 7")


@pytest.mark.parametrize("scopes", ["Notification:write", "Notification:write User:write"])
def test_nor_does_a_narrow_key_by_one(office: Office, scopes: str) -> None:
    rule = {**RULE, "set_property_after_alert": "new_password", "property_value": TAKEN, "name": "narrow"}
    client = office.narrow(scopes)
    assert client.post("/api/resource/Notification", json=rule).status_code == 417
    client.put("/api/resource/User/eve@x.org", json={"bio": scopes})
    assert not office.signs_in("eve@x.org", TAKEN)


ACCOUNT = {
    "email_id": "out@x.org",
    "email_account_name": "out",
    "enable_outgoing": 1,
    "smtp_server": "mail.evil.example",
    "no_smtp_authentication": 1,
}


def test_nor_does_it_say_by_which_server_links_for_a_new_password_go_out(office: Office) -> None:
    client, boss = office.narrow("Email_Account:write Email_Account:read"), office.clients["boss"]
    assert client.post("/api/resource/Email Account", json=ACCOUNT).status_code == 403
    assert boss.post("/api/resource/Email Account", json=ACCOUNT).status_code == 201
    try:
        assert client.get("/api/resource/Email Account/out").status_code == 200
        for values in ({"default_outgoing": 1}, {"smtp_server": "mail.worse.example"}):
            answer = client.put("/api/resource/Email Account/out", json=values)
            assert (answer.status_code, "narrow scope" in answer.text) == (403, True)
        assert client.delete("/api/resource/Email Account/out").status_code == 403
        stored = boss.get("/api/resource/Email Account/out").json["data"]
        assert (stored["smtp_server"], stored["default_outgoing"]) == ("mail.evil.example", 0)
    finally:
        assert boss.delete("/api/resource/Email Account/out").status_code == 202


# --- what a DocType is called ------------------------------------------------------------------------------

NAMES = [*(each[3:] for each in SERVER_TABLES), "sessions", "SERIES", "Note_modified", "note_MODIFIED", "User_modified"]


@pytest.mark.parametrize("door", ["/api/resource/DocType", "/api/v2/document/DocType", "frappe.client.insert"])
@pytest.mark.parametrize("kind", [{}, {"istable": 1}, {"is_submittable": 1}], ids=["documents", "rows", "submitted"])
@pytest.mark.parametrize("name", NAMES)
def test_no_doctype_has_the_servers_own_table(office: Office, name: str, kind: dict[str, int], door: str) -> None:
    """A row of its sessions would sign in whoever wrote it; without its counters names come twice."""
    given = {
        "doctype": "DocType", "name": name, "module": "Custom", "custom": 1, "autoname": "hash",
        "fields": [{"fieldname": "user", "fieldtype": "Data", "label": "User"}], **kind,
    }  # fmt: skip
    given |= (
        {} if kind.get("istable") else {"permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1}]}
    )
    before = {each: office.site.database.columns(each) for each in SERVER_TABLES}
    values = {"doc": given} if "client" in door else given
    answer = office.clients["boss"].post(door if door[0] == "/" else f"/api/method/{door}", json=values)
    assert (answer.status_code, "is no name for a DocType" in answer.text) == (417, True)
    assert {each: office.site.database.columns(each) for each in SERVER_TABLES} == before
    assert office.clients["boss"].get(f"/api/resource/{name}").status_code == 404


@pytest.mark.parametrize("name", ["Sessions", "Series", "Singles"])
def test_nor_gets_it_later(office: Office, name: str) -> None:
    """A Single has no table; what becomes one of documents has."""
    given = {
        "name": name, "module": "Custom", "custom": 1, "issingle": 1, "autoname": "hash",
        "fields": [{"fieldname": "user", "fieldtype": "Data", "label": "User"}],
        "permissions": [{"role": "System Manager", "read": 1, "write": 1}],
    }  # fmt: skip
    boss = office.clients["boss"]
    assert boss.post("/api/resource/DocType", json=given).status_code == 201
    try:
        answer = boss.put(f"/api/resource/DocType/{name}", json={"issingle": 0})
        assert (answer.status_code, "is no name for a DocType" in answer.text) == (417, True)
        assert "docstatus" not in office.site.database.columns(f"tab{name}")
    finally:
        assert boss.delete(f"/api/resource/DocType/{name}").status_code == 202


@pytest.mark.parametrize("name", ["Session", "Note_Modification", "Singles Bar", "Series_of_Notes"])
def test_other_names_are_free(office: Office, name: str) -> None:
    given = {
        "name": name, "module": "Custom", "custom": 1, "autoname": "hash",
        "fields": [{"fieldname": "user", "fieldtype": "Data", "label": "User"}],
        "permissions": [{"role": "System Manager", "read": 1, "create": 1}],
    }  # fmt: skip
    boss = office.clients["boss"]
    assert boss.post("/api/resource/DocType", json=given).status_code == 201
    assert boss.post(f"/api/resource/{name}", json={"user": "ann"}).status_code == 201
