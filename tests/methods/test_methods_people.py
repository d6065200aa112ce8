"""People and what they may: finding them, one's own account, User Permissions, the rules of roles, contacts."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

import frappe_lite
from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.context import Context
from frappe_lite.document import lists

ANN = "user@x.org"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USER, HELD = "frappe.core.doctype.user.user", "frappe.core.doctype.user_permission.user_permission"
RULES, SETTINGS = "frappe.core.page.permission_manager.permission_manager", "frappe.model.utils.user_settings"
CONTACT, ADDRESS = "frappe.contacts.doctype.contact.contact", "frappe.contacts.doctype.address.address"


class Office(BaseOffice):
    """Two projects, a contact and two addresses of one of them."""

    users = {"user": ("Task User",), "other": ("Task User",), "boss": ("System Manager",), "website": ()}

    def fill(self, ctx: Context) -> None:
        for title in ("Alpha", "Beta"):
            document.new(ctx, {"doctype": "Project", "title": title}).insert()
        document.new(
            ctx, {"doctype": "Role Profile", "role_profile": "Worker", "roles": [{"role": "Task User"}]}
        ).insert()
        links = [{"link_doctype": "Project", "link_name": "Alpha"}]
        person = {
            "first_name": "Ada",
            "last_name": "Love;lace",
            "company_name": "A, B",
            "email_ids": [{"email_id": "ada@x.org", "is_primary": 1}],
            "phone_nos": [{"phone": "+49 1"}],
        }
        document.new(ctx, {"doctype": "Contact", **person, "links": links}).insert(set_name="Ada")
        document.new(ctx, {"doctype": "Contact", "first_name": "Bob"}).insert(set_name="Bob")
        for name, first in (("A1", 0), ("A2", 1)):
            values = {
                "address_title": name,
                "address_type": "Billing",
                "address_line1": "x",
                "city": "Rome",
                "country": "Italy",
                "is_primary_address": first,
            }
            document.new(ctx, {"doctype": "Address", **values, "links": links}).insert(set_name=name)
        auth.set_password(ctx, ANN, "correct horse 7")

    def call(self, who: str, method: str, verb: str = "POST", /, **body: Any) -> TestResponse:
        return self.clients[who](f"{verb} /api/method/{method}", body)

    def message(self, who: str, method: str, /, **body: Any) -> Any:
        answer = self.call(who, method, **body)
        assert answer.status_code == 200, answer.text
        return answer.json.get("message")


# --- who may ---

MANAGERS_ONLY = [
    (
        f"{HELD}.add_user_permissions",
        {"data": json.dumps({"user": ANN, "doctype": "Project", "docname": "Alpha", "apply_to_all_doctypes": 1})},
    ),
    (f"{HELD}.clear_user_permissions", {"user": ANN, "for_doctype": "Project"}),
    (f"{HELD}.check_applicable_doc_perm", {"user": ANN, "doctype": "Project", "docname": "Alpha"}),
    (f"{HELD}.get_applicable_for_doctype_list", {"doctype": "Project", "txt": "", "start": 0, "page_len": 20}),
    (f"{RULES}.add", {"parent": "Project", "role": "All", "permlevel": 0}),
    (f"{RULES}.update", {"doctype": "Project", "role": "Task User", "permlevel": 0, "ptype": "write", "value": 1}),
    (f"{RULES}.remove", {"doctype": "Project", "role": "Task User", "permlevel": 0}),
    (f"{RULES}.reset", {"doctype": "Project"}),
    (f"{RULES}.get_permissions", {"doctype": "Project"}),
    (f"{RULES}.get_standard_permissions", {"doctype": "Project"}),
    (f"{RULES}.get_roles_and_doctypes", {}),
    (f"{RULES}.get_users_with_role", {"role": "Task User"}),
    (f"{USER}.get_perm_info", {"role": "Task User"}),
    ("frappe.core.doctype.installed_applications.installed_applications.get_installed_app_order", {}),
    ("frappe.core.doctype.error_log.error_log.clear_error_logs", {}),
    ("frappe.utils.nestedset.rebuild_tree", {"doctype": "Project"}),
]


@pytest.mark.parametrize(("method", "body"), MANAGERS_ONLY, ids=[method for method, _ in MANAGERS_ONLY])
def test_who_runs_the_site_may(office: Office, method: str, body: dict[str, Any]) -> None:
    before = [office.site.database.rows(f'SELECT * FROM "tab{each}"') for each in ("User Permission", "Custom DocPerm")]
    assert [office.call(who, method, **body).status_code for who in ("user", "website", "guest")] == [403, 403, 403]
    assert [
        office.site.database.rows(f'SELECT * FROM "tab{each}"') for each in ("User Permission", "Custom DocPerm")
    ] == before


# --- finding people ---


@pytest.mark.parametrize(
    ("body", "names"),
    [
        pytest.param({"txt": "ebsit", "searchfield": "name"}, ["website@x.org"], id="without filters everybody"),
        pytest.param(
            {"txt": "", "filters": {"name": ["like", "%e%"]}},
            ["other@x.org", "user@x.org"],
            id="with filters those of the desk",
        ),
        pytest.param(
            {"txt": "ebsit", "filters": {"ignore_user_type": 1}}, ["website@x.org"], id="unless everybody is asked for"
        ),
        pytest.param({"txt": "web", "searchfield": "first_name"}, ["website@x.org"], id="by a name of theirs"),
        pytest.param({"txt": "x.org", "start": 1, "page_len": 2}, ["other@x.org", "user@x.org"], id="a page"),
        pytest.param({"txt": "nobody"}, [], id="nobody"),
    ],
)
def test_finding_people(office: Office, body: dict[str, Any], names: list[str]) -> None:
    rows = office.message("boss", f"{USER}.user_query", **body)
    assert [row[0] for row in rows] == names and all(len(row) == 2 for row in rows)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"searchfield": "nonsense"}, 417),
        ({"searchfield": "(select 1)"}, 417),
        ({"page_len": "x"}, 417),
        ({"filters": {"nonsense": 1}}, 417),
        ({"filters": [1]}, 417),
    ],
)
def test_a_search_that_cannot_be(office: Office, body: dict[str, Any], status: int) -> None:
    assert office.call("boss", f"{USER}.user_query", txt="a", **body).status_code == status


def test_roles_that_can_be_given(office: Office) -> None:
    found = [row[0] for row in office.message("boss", "frappe.core.doctype.role.role.role_query", txt="task")]
    assert found == ["Task Manager", "Task User"]
    assert office.call("user", "frappe.core.doctype.role.role.role_query", txt="").status_code == 403


@pytest.mark.parametrize(
    ("who", "name", "status"),
    [("boss", "Worker", 200), ("boss", "nope", 404), ("user", "Worker", 403), ("user", "nope", 403)],
)
def test_the_roles_of_a_profile(office: Office, who: str, name: str, status: int) -> None:
    answer = office.call(who, f"{USER}.get_role_profile", role_profile=name)
    assert (answer.status_code, answer.json.get("message")) == (
        status,
        [{"role": "Task User"}] if status == 200 else None,
    )


# --- one's own account ---


@pytest.mark.parametrize(("theme", "kept"), [("Dark", "Dark"), ("nonsense", "Dark"), ("Light", "Light")])
def test_a_theme_is_ones_own(office: Office, theme: str, kept: str) -> None:
    assert office.call("user", f"{USER}.switch_theme", theme=theme).status_code == 200
    assert office.site.database.row("SELECT desk_theme FROM tabUser WHERE name = ?", (ANN,)) == (kept,)
    assert office.site.database.row("SELECT desk_theme FROM tabUser WHERE name = 'other@x.org'")[0] != "Dark"


@pytest.mark.parametrize(
    ("who", "password", "status"),
    [("user", "correct horse 7", 200), ("user", "wrong", 401), ("other", "correct horse 7", 401), ("guest", "x", 403)],
)
def test_ones_password_is_checked(office: Office, who: str, password: str, status: int) -> None:
    assert office.call(who, f"{USER}.verify_password", password=password).status_code == status


@pytest.mark.parametrize(
    ("policy", "password", "passed"), [(1, "abc", False), (1, "correct horse 7", True), (0, "abc", None)]
)
def test_whether_a_password_would_do(office: Office, policy: int, password: str, passed: bool | None) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"enable_password_policy": policy})
    found = office.message("guest", f"{USER}.test_password_strength", new_password=password)
    assert found.get("feedback", {}).get("password_policy_validation_passed") is passed
    assert bool(found.get("feedback", {}).get("suggestions")) is (passed is False)


def test_nobody_signs_up(office: Office) -> None:
    answer = office.call("guest", f"{USER}.sign_up", email="new@x.org", full_name="N", redirect_to="/")
    assert (answer.status_code, "Sign Up is disabled" in answer.text) == (417, True)
    assert office.site.database.row("SELECT count(*) FROM tabUser WHERE name = 'new@x.org'")[0] == 0


def test_small_answers_about_oneself(office: Office) -> None:
    assert "Europe/Rome" in office.message("user", f"{USER}.get_timezones")["timezones"]
    assert office.message("user", f"{USER}.get_email_awaiting", user=ANN) == []
    assert office.call("user", f"{USER}.get_email_awaiting", user="other@x.org").status_code == 403
    assert office.message("user", "frappe.sessions.clear") == "Cache Cleared"


def test_settings_of_views_are_ones_own_and_grow_key_by_key(office: Office) -> None:
    assert office.message("user", f"{SETTINGS}.get", doctype="Task") == "{}"
    assert office.message(
        "user", f"{SETTINGS}.save", doctype="Task", user_settings='{"List": {"sort_by": "name"}}'
    ) == {"List": {"sort_by": "name"}}
    office.message("user", f"{SETTINGS}.save", doctype="Task", user_settings={"last_view": "List"})
    assert json.loads(office.message("user", f"{SETTINGS}.get", doctype="task")) == {
        "List": {"sort_by": "name"},
        "last_view": "List",
    }
    assert [office.message(who, f"{SETTINGS}.get", doctype="Task") for who in ("other", "boss")] == ["{}", "{}"]


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        pytest.param(f"{SETTINGS}.save", {"doctype": "Nonsense", "user_settings": "{}"}, 403, id="of no DocType"),
        pytest.param(f"{SETTINGS}.save", {"doctype": "Task", "user_settings": "[]"}, 400, id="a list"),
        pytest.param(
            f"{SETTINGS}.save", {"doctype": "Task", "user_settings": {"a": "x" * 100_001}}, 417, id="too long"
        ),
        pytest.param(
            "frappe.onboarding.update_user_onboarding_status",
            {"steps": '"x"', "appName": "crm"},
            400,
            id="steps that are a text",
        ),
        pytest.param(
            "frappe.onboarding.update_user_onboarding_status",
            {"steps": "{broken", "appName": "crm"},
            400,
            id="steps that are no JSON",
        ),
    ],
)
def test_settings_that_cannot_be(office: Office, method: str, body: dict[str, Any], status: int) -> None:
    assert office.call("user", method, **body).status_code == status


def test_how_far_one_came_in_an_app(office: Office) -> None:
    for app, steps in (("crm", [{"name": "a", "completed": 1}]), ("hd", []), ("crm", [{"name": "b"}])):
        assert (
            office.call(
                "user", "frappe.onboarding.update_user_onboarding_status", steps=json.dumps(steps), appName=app
            ).status_code
            == 200
        )
    assert office.message("user", "frappe.onboarding.get_onboarding_status") == {
        "crm_onboarding_status": [{"name": "b"}],
        "hd_onboarding_status": [],
    }
    assert office.message("other", "frappe.onboarding.get_onboarding_status") == {}


# --- User Permissions ---


def held(office: Office, **data: Any) -> int:
    given = {
        "user": ANN,
        "doctype": "Project",
        "docname": "Alpha",
        "apply_to_all_doctypes": 0,
        "applicable_doctypes": [],
        "is_default": 0,
        **data,
    }
    return int(office.message("boss", f"{HELD}.add_user_permissions", data=json.dumps(given)))


@pytest.fixture
def free(office: Office) -> Any:
    """Nobody is held to anything, before and after."""
    yield
    office.message("boss", f"{HELD}.clear_user_permissions", user=ANN, for_doctype="Project")


def entry(doc: str, applicable_for: str | None = None, is_default: int = 0) -> dict[str, Any]:
    return {"doc": doc, "applicable_for": applicable_for, "is_default": is_default, "hide_descendants": 0}


@pytest.mark.parametrize(
    ("steps", "answers", "expected"),
    [
        pytest.param([{"apply_to_all_doctypes": 1}], [1], [entry("Alpha")], id="to a document everywhere"),
        pytest.param(
            [{"apply_to_all_doctypes": 1, "is_default": 1}] * 2,
            [1, 0],
            [entry("Alpha", is_default=1)],
            id="twice is once",
        ),
        pytest.param([{"applicable_doctypes": ["Task"]}], [1], [entry("Alpha", "Task")], id="for a DocType"),
        pytest.param(
            [{"applicable_doctypes": ["Task", "Invoice"]}, {"applicable_doctypes": ["Invoice"]}],
            [1, 1],
            [entry("Alpha", "Invoice")],
            id="for fewer DocTypes",
        ),
        pytest.param(
            [{"applicable_doctypes": ["Task"]}, {"apply_to_all_doctypes": 1}],
            [1, 1],
            [entry("Alpha")],
            id="everywhere takes the place",
        ),
        pytest.param(
            [{"apply_to_all_doctypes": 1}, {"applicable_doctypes": ["Task"]}],
            [1, 1],
            [entry("Alpha", "Task")],
            id="a DocType takes the place",
        ),
        pytest.param([{}], [0], None, id="for nothing"),
    ],
)
@pytest.mark.usefixtures("free")
def test_holding_a_user_to_a_document(
    office: Office, steps: list[dict[str, Any]], answers: list[int], expected: list[Any] | None
) -> None:
    assert [held(office, **each) for each in steps] == answers
    found = office.message("user", f"{HELD}.get_user_permissions")
    assert found == ({"Project": expected} if expected else {})
    assert office.message("boss", f"{HELD}.get_user_permissions", user=ANN) == found
    names = [row["name"] for row in office.clients["user"]("GET /api/resource/Project").json["data"]]
    everywhere = expected is not None and expected[0]["applicable_for"] is None
    assert sorted(names) == (["Alpha"] if everywhere else ["Alpha", "Beta"])


@pytest.mark.usefixtures("free")
def test_for_which_doctypes_one_is_held(office: Office) -> None:
    body = {"user": ANN, "doctype": "Project", "docname": "Alpha"}
    assert office.message("boss", f"{HELD}.check_applicable_doc_perm", **body) == []
    held(office, applicable_doctypes=["Task"])
    assert office.message("boss", f"{HELD}.check_applicable_doc_perm", **body) == ["Task"]
    held(office, apply_to_all_doctypes=1)
    assert {"Invoice", "Task"} <= set(office.message("boss", f"{HELD}.check_applicable_doc_perm", **body))
    assert office.message(
        "boss", f"{HELD}.get_applicable_for_doctype_list", doctype="Project", txt="oic", start=0, page_len=9
    ) == [["Invoice"]]
    assert office.message("boss", f"{HELD}.clear_user_permissions", user=ANN, for_doctype="Project") == 1


@pytest.mark.parametrize(
    ("who", "data", "status"),
    [
        pytest.param("boss", {"user": "nobody@x.org"}, 403, id="an unknown user"),
        pytest.param("boss", {"docname": "nope"}, 417, id="an unknown document"),
        pytest.param("boss", {"doctype": "Nonsense"}, 404, id="an unknown DocType"),
        pytest.param("boss", {"docname": None}, 400, id="no document"),
        pytest.param(
            "boss", {"applicable_doctypes": "x", "apply_to_all_doctypes": 0}, 400, id="DocTypes that are no list"
        ),
    ],
)
def test_holding_that_cannot_be(office: Office, who: str, data: dict[str, Any], status: int) -> None:
    given = {"user": ANN, "doctype": "Project", "docname": "Alpha", "apply_to_all_doctypes": 1, **data}
    assert office.call(who, f"{HELD}.add_user_permissions", data=given).status_code == status
    assert office.message("user", f"{HELD}.get_user_permissions") == {}


@pytest.mark.parametrize(
    ("who", "user", "status"),
    [("user", "other@x.org", 403), ("user", "nobody@x.org", 403), ("admin", None, 200), ("boss", "Administrator", 200)],
)
def test_whose_permissions_one_sees(office: Office, who: str, user: str | None, status: int) -> None:
    assert office.call(who, f"{HELD}.get_user_permissions", **({"user": user} if user else {})).status_code == status


# --- the rules of roles ---


@pytest.fixture
def ruled(office: Office) -> Any:
    """The rules of Invoice are its own again afterwards."""
    yield
    office.message("boss", f"{RULES}.reset", doctype="Invoice")


def rules(office: Office) -> set[tuple[str, int, int, int]]:
    """(role, level, read, write) of the rules of Invoice."""
    rows = office.message("boss", f"{RULES}.get_permissions", doctype="Invoice")
    return {
        (row["role"], int(row.get("permlevel") or 0), int(row.get("read") or 0), int(row.get("write") or 0))
        for row in rows
    }


@pytest.mark.usefixtures("ruled")
def test_a_rule_is_given_changed_and_taken(office: Office) -> None:
    before, website = rules(office), office.clients["website"]
    assert website("GET /api/resource/Invoice").status_code == 403
    assert office.message("boss", f"{RULES}.add", parent="Invoice", role="All", permlevel=0) is None
    assert (rules(office) - before, before - rules(office)) == ({("All", 0, 1, 0)}, set()), "the other rules are copied"
    assert website("GET /api/resource/Invoice").status_code == 200
    assert (
        "already exists"
        in office.call("boss", f"{RULES}.add", parent="Invoice", role="All", permlevel=0).json["_server_messages"]
    )
    office.message("boss", f"{RULES}.update", doctype="Invoice", role="All", permlevel=0, ptype="write", value=1)
    assert ("All", 0, 1, 1) in rules(office)
    office.message("boss", f"{RULES}.remove", doctype="Invoice", role="All", permlevel=0)
    assert (rules(office), website("GET /api/resource/Invoice").status_code) == (before, 403)


@pytest.mark.usefixtures("ruled")
def test_the_first_change_asks_the_page_to_read_again(office: Office) -> None:
    body = {"doctype": "Invoice", "role": "Task User", "permlevel": 0, "ptype": "print", "value": "1"}
    assert [office.message("boss", f"{RULES}.update", **body) for _ in range(2)] == ["refresh", None]
    assert office.message("boss", f"{RULES}.get_standard_permissions", doctype="Invoice") != office.message(
        "boss", f"{RULES}.get_permissions", doctype="Invoice"
    )


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        pytest.param("add", {"parent": "Nonsense", "role": "All", "permlevel": 0}, 404, id="a DocType that is none"),
        pytest.param("add", {"parent": "Invoice", "role": "Nonsense", "permlevel": 0}, 404, id="a role that is none"),
        pytest.param(
            "add",
            {"parent": "Invoice", "role": "Administrator", "permlevel": 0},
            404,
            id="the Administrator needs no rule",
        ),
        pytest.param(
            "add",
            {"parent": "Invoice", "role": "Website Manager", "permlevel": 1},
            417,
            id="a higher level before the first",
        ),
        pytest.param("add", {"parent": "DocType", "role": "All", "permlevel": 0}, 417, id="what the site is read by"),
        pytest.param("add", {"parent": "Invoice Item", "role": "All", "permlevel": 0}, 417, id="a child table"),
        pytest.param(
            "add", {"parent": "Invoice", "role": "All", "permlevel": "x"}, 417, id="a level that is no number"
        ),
        pytest.param(
            "update",
            {"doctype": "Invoice", "role": "Task User", "permlevel": 0, "ptype": "nonsense", "value": 1},
            417,
            id="a right that is none",
        ),
        pytest.param(
            "update",
            {"doctype": "Invoice", "role": "Task User", "permlevel": 0, "ptype": "name", "value": "x"},
            417,
            id="a column that is no right",
        ),
        pytest.param(
            "update",
            {"doctype": "Invoice", "role": "Task User", "permlevel": 0, "ptype": "cancel", "value": 1},
            417,
            id="cancel without submit",
        ),
        pytest.param(
            "update",
            {"doctype": "Project", "role": "Task Manager", "permlevel": 0, "ptype": "submit", "value": 1},
            417,
            id="submit of what is not submitted",
        ),
        pytest.param(
            "update",
            {"doctype": "Invoice", "role": "Task Manager", "permlevel": 0, "ptype": "write", "value": 0},
            417,
            id="submit without write",
        ),
        pytest.param(
            "update",
            {
                "doctype": "Invoice",
                "role": "Task User",
                "permlevel": 0,
                "ptype": "report",
                "value": "1",
                "if_owner": "1",
            },
            417,
            id="a report of the own only",
        ),
        pytest.param(
            "remove", {"doctype": "Locked Down", "role": "System Manager", "permlevel": 0}, 417, id="the last rule"
        ),
        pytest.param("get_permissions", {"doctype": "Nonsense"}, 404, id="rules of no DocType"),
    ],
)
@pytest.mark.usefixtures("ruled")
def test_a_rule_that_cannot_be_changes_nothing(office: Office, method: str, body: dict[str, Any], status: int) -> None:
    assert office.call("boss", f"{RULES}.{method}", **body).status_code == status
    assert office.site.database.row('SELECT count(*) FROM "tabCustom DocPerm"')[0] == 0


@pytest.mark.usefixtures("ruled")
def test_a_rule_that_counts_for_owners_is_still_the_role_s(office: Office) -> None:
    """Frappe: `update` names a role and a level; once the rule is for owners only, the next calls mean it still."""
    rule = {"doctype": "Invoice", "role": "Task User", "permlevel": 0}
    for ptype, value in (("if_owner", 1), ("write", 1), ("delete", 1)):
        assert office.call("boss", f"{RULES}.update", **rule, ptype=ptype, value=value).status_code == 200
    found = office.message("boss", f"{RULES}.get_permissions", role="Task User", doctype="Invoice")
    assert [(row["if_owner"], row["write"], row["delete"]) for row in found] == [(1, 1, 1)]


def test_rules_of_a_role_are_whole_rows(office: Office) -> None:
    """Frappe: those of the site stand for a DocType's own, and a role that there is not has none."""
    asked = {"role": "Task User"}
    before = office.message("boss", f"{USER}.get_perm_info", **asked)
    (row,) = [row for row in before if row["parent"] == "Invoice"]
    assert (row["parenttype"], row["parentfield"], row["permlevel"], row["read"]) == ("DocType", "permissions", 0, 1)
    assert {"name", "owner", "modified", "docstatus", "idx", "if_owner", "delete"} <= set(row)
    rule = {"doctype": "Invoice", "role": "Task User", "permlevel": 0}
    assert office.call("boss", f"{RULES}.update", **rule, ptype="delete", value=1).status_code == 200
    after = [row for row in office.message("boss", f"{USER}.get_perm_info", **asked) if row["parent"] == "Invoice"]
    assert [each["delete"] for each in after] == [1] and after[0]["name"] != row["name"]
    assert len(office.message("boss", f"{USER}.get_perm_info", **asked)) == len(before)
    for method in (f"{USER}.get_perm_info", f"{RULES}.get_permissions"):
        assert office.message("boss", method, role="Nonsense") == []


def test_what_rules_are_about(office: Office) -> None:
    found = office.message("boss", f"{RULES}.get_roles_and_doctypes")
    assert {"label": "Invoice", "value": "Invoice"} in found["doctypes"] and "Administrator" not in [
        each["value"] for each in found["roles"]
    ]
    assert office.message("boss", f"{RULES}.get_users_with_role", role="Task User") == ["other@x.org", ANN]
    by_role = office.message("boss", f"{RULES}.get_permissions", role="Task User", doctype="Task")
    assert (
        {row["parent"] for row in by_role} == {"Task"}
        and {"Task", "Project"} <= set(by_role[0]["linked_doctypes"])
        and by_role[0]["is_submittable"] == 0
    )
    assert {"Invoice", "Task"} <= {
        row["parent"] for row in office.message("boss", f"{USER}.get_perm_info", role="Task User")
    }


# --- contacts ---


@pytest.mark.parametrize(
    ("method", "filters", "rows"),
    [
        pytest.param(
            f"{CONTACT}.contact_query",
            {"link_doctype": "Project", "link_name": "Alpha"},
            ["Ada"],
            id="contacts of a document",
        ),
        pytest.param(f"{CONTACT}.contact_query", {}, ["Ada", "Bob"], id="all contacts"),
        pytest.param(f"{CONTACT}.contact_query", {"first_name": "Bob"}, ["Bob"], id="by a field"),
        pytest.param(
            f"{ADDRESS}.address_query",
            {"link_doctype": "Project", "link_name": "Alpha"},
            ["A1", "A2"],
            id="addresses of a document",
        ),
        pytest.param(f"{ADDRESS}.address_query", {"link_doctype": "Project", "link_name": "Beta"}, [], id="none"),
    ],
)
def test_contacts_and_addresses_by_what_they_are_linked_to(
    office: Office, method: str, filters: dict[str, Any], rows: list[str]
) -> None:
    found = office.message("admin", method, txt="", searchfield="name", start=0, page_len=20, filters=filters)
    assert [row[0] for row in found] == rows and all(len(row) == 3 for row in found)
    assert (
        office.call("admin", method, txt="", searchfield="nonsense", start=0, page_len=20, filters="{}").status_code
        == 417
    )


ALPHA = {"link_doctype": "Project", "link_name": "Alpha"}


@pytest.mark.parametrize(
    ("who", "links", "found"),
    [
        ("admin", [ALPHA], ["A1", "A2"]),
        ("admin", json.dumps([ALPHA, {"link_doctype": "Project", "link_name": "Beta"}]), ["A1", "A2"]),
        ("admin", [{"link_doctype": "Project", "link_name": "nope"}, {"link_doctype": "Nope"}, {}], []),
        ("admin", [], []),
        ("website", [ALPHA], []),
    ],
)
def test_the_addresses_of_documents(office: Office, who: str, links: object, found: list[str]) -> None:
    assert sorted(office.message(who, f"{CONTACT}.address_query", links=links)) == found


def test_a_contact_becomes_a_user_of_the_website(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(office.site, "on_reset_link", lambda user, link: sent.append((user, link)))
    assert office.message("admin", f"{CONTACT}.invite_user", contact="Ada") == "ada@x.org"
    made = office.clients["admin"]("GET /api/resource/User/ada@x.org").json["data"]
    assert (made["user_type"], made["full_name"]) == ("Website User", "Ada Love;lace")
    assert [(user, "/update-password?key=" in link) for user, link in sent] == [("ada@x.org", True)]
    assert office.call("admin", f"{CONTACT}.invite_user", contact="Ada").status_code == 409
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("who", "contact", "status", "said"),
    [
        ("admin", "Bob", 417, "Please set Email Address"),
        ("admin", "Nobody", 404, "Contact Nobody not found"),
        ("website", "Ada", 403, "PermissionError"),
        ("guest", "Ada", 403, "PermissionError"),
    ],
)
def test_who_cannot_be_invited(office: Office, who: str, contact: str, status: int, said: str) -> None:
    answer = office.call(who, f"{CONTACT}.invite_user", contact=contact)
    assert (answer.status_code, said in answer.text) == (status, True)


def test_one_session_is_ended_by_the_hash_of_its_sid(office: Office) -> None:
    browsers = [Client(frappe_lite.App(office.site)) for _ in range(3)]
    sids = []
    for browser in browsers:
        browser.post("/api/method/login", data={"usr": ANN, "pwd": "correct horse 7"})
        sids.append(browser.get_cookie("sid", domain="localhost").value)  # type: ignore[union-attr]
    hashes = [hashlib.sha256(sid.encode()).hexdigest() for sid in sids]
    who = "frappe.auth.get_logged_user"
    assert office.message("other", f"{USER}.clear_session", sid_hash=hashes[0]) is None
    assert browsers[0].get(f"/api/method/{who}").json == {"message": ANN}
    answer = office.call("user", f"{USER}.clear_session", sid_hash=hashes[0])
    assert "Successfully signed out" in answer.text
    assert [each.get(f"/api/method/{who}").status_code for each in browsers] == [403, 200, 200]
    assert "signed out" not in office.call("user", f"{USER}.clear_session", sid_hash=sids[1]).text


@pytest.mark.parametrize(("who", "status"), [("boss", 200), ("user", 403), ("guest", 403)])
def test_who_may_ask_for_the_queues_of_a_site(office: Office, who: str, status: int) -> None:
    answer = office.call(who, "frappe.core.doctype.rq_job.rq_job.get_custom_queues", "GET")
    assert (answer.status_code, answer.json.get("message")) == (status, [] if status == 200 else None)


@pytest.mark.parametrize("names", [["Alpha"], json.dumps(["Alpha", "Beta"])])
def test_assignment_rules_are_applied_to_what_is_named(office: Office, names: object) -> None:
    method = "frappe.automation.doctype.assignment_rule.assignment_rule.bulk_apply"
    rule = {
        "doctype": "Assignment Rule",
        "description": "x",
        "document_type": "Project",
        "assign_condition": "status == 'Open'",
        "rule": "Round Robin",
        "users": [{"user": ANN}],
        "assignment_days": [{"day": day} for day in DAYS],
    }
    with office.site.acting() as ctx:
        made = document.new(ctx, rule).insert(set_name="Bulk")
    try:
        assert office.call("website", method, doctype="Project", docnames=names).status_code == 403
        assert office.message("admin", method, doctype="Project", docnames=names) is None
        with office.site.acting() as ctx:
            todos = lists.get_list(ctx, "ToDo", ["reference_name"], {"assignment_rule": made.name})
            given = {row["reference_name"] for row in todos}
            assert given == set(json.loads(names) if isinstance(names, str) else names)
    finally:
        with office.site.acting() as ctx:
            for row in lists.get_list(ctx, "ToDo", ["name"], {"assignment_rule": made.name}, limit=None):
                document.delete(ctx, "ToDo", row["name"])
            document.delete(ctx, "Assignment Rule", made.name)


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("Alpha", "is_primary_address", "A2"),
        ("Alpha", "is_shipping_address", "A1"),
        ("Beta", "is_primary_address", None),
    ],
)
def test_the_address_of_a_document(office: Office, name: str, key: str, expected: str | None) -> None:
    assert (
        office.message("admin", f"{ADDRESS}.get_default_address", doctype="Project", name=name, sort_key=key)
        == expected
    )
    asked = {"doctype": "Project", "name": name, "sort_key": "(select 1)"}
    assert office.message("admin", f"{ADDRESS}.get_default_address", **asked) is None  # Frappe: no error either


def test_a_card(office: Office) -> None:
    lines = office.call("admin", f"{CONTACT}.download_vcard", contact="Ada").get_data(as_text=True).split("\r\n")
    assert {
        "N:Love\\;lace;Ada;;;",
        "FN:Ada Love\\;lace",
        "EMAIL;TYPE=INTERNET:ada@x.org",
        "TEL:+49 1",
        "ORG:A\\, B",
    } <= set(lines)
    assert (lines[0], lines[-2]) == ("BEGIN:VCARD", "END:VCARD")
    both = office.call("admin", f"{CONTACT}.download_vcards", contacts='["Ada", "Bob"]').get_data(as_text=True)
    assert both.count("BEGIN:VCARD") == 2
    assert office.message("admin", f"{CONTACT}.get_contact_details", contact="Bob")["contact_person"] == "Bob"


@pytest.mark.parametrize("method", ["get_contact_details", "download_vcard"])
@pytest.mark.parametrize(("who", "name", "status"), [("admin", "nope", 404), ("guest", "Ada", 403)])
def test_a_contact_is_for_who_may_read_it(office: Office, method: str, who: str, name: str, status: int) -> None:
    assert office.call(who, f"{CONTACT}.{method}", contact=name).status_code == status
