"""Permission Type: rights of a DocType's own, in rules and shares, for app code and over HTTP."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

from frappe_lite import document, permissions
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DoesNotExistError, PermissionError, ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.parts.testing import TestSite

apps.provide_frappe()
PAINTER, VIEWER, BOSS = (f"{each}@x.org" for each in ("painter", "viewer", "boss"))
NAMED = {"doctype": "Permission Type", "doc_type": "Diagram"}
SHARED = {"doctype": "Diagram", "name": "Plan", "user": VIEWER}
MANAGER = "frappe.core.page.permission_manager.permission_manager"


@pytest.fixture
def office() -> Iterator[TestSite]:
    """Diagrams that painters draw; whoever owns one may comment on it, and let others."""
    with TestSite() as made:
        with made.acting() as ctx:
            document.new(ctx, {"doctype": "Role", "role_name": "Painter"}).insert()
        for user, role in ((PAINTER, "Painter"), (VIEWER, "Desk User"), (BOSS, "System Manager")):
            made.new_user(user, role)
        with made.acting() as ctx:
            kind = doctype("Diagram", ("title", "Data"), autoname="field:title")
            kind["permissions"] = [
                {"role": "Painter", "read": 1, "write": 1, "create": 1, "share": 1, "comment": 1, "if_owner": 1},
                {"role": "System Manager", "read": 1, "write": 1, "share": 1},
            ]
            store_doctype(ctx, kind)
            store_doctype(ctx, doctype("Stroke", ("length", "Int"), istable=1))
            document.new(ctx, {**NAMED, "perm_type": "Comment"}).insert()
        made.client(PAINTER).post("/api/resource/Diagram", json={"title": "Plan"})
        yield made


@pytest.fixture
def ctx(office: TestSite) -> Iterator[Context]:
    with office.acting() as made:
        yield made


def may(ctx: Context, user: str, right: str = "comment") -> bool:
    asked = ctx.as_user(user)
    meta = asked.meta("Diagram")
    return permissions.judge(asked, meta, right, ctx.store.load(meta, "Plan")).allowed


def call(office: TestSite, who: str, method: str, **values: Any) -> Any:
    answer = office.client(who).post(f"/api/method/{method}", json=values)
    return answer.get_json().get("message") if answer.status_code == 200 else answer.status_code


# --- what one is ---


def test_its_name_is_of_both(ctx: Context) -> None:
    made = document.new(ctx, {**NAMED, "perm_type": "Take Away"}).insert()
    assert (made.name, made.perm_type) == ("diagram_take_away", "take_away")
    assert permissions.rights_of(ctx, "Diagram")[-2:] == ("comment", "take_away")
    assert permissions.rights_of(ctx, "Note")[-1] == "share"


@pytest.mark.parametrize("table", ["DocPerm", "Custom DocPerm", "DocShare"])
def test_it_is_a_box_in_rules_and_shares_until_its_last_doctype_is_gone(ctx: Context, table: str) -> None:
    other = document.new(ctx, {**NAMED, "doc_type": "Note", "perm_type": "comment"}).insert()
    assert ctx.meta(table).get_label("comment") == "Comment"
    document.delete(ctx, "Permission Type", "diagram_comment")
    assert ctx.meta(table).fieldtype("comment") == "Check"
    assert permissions.own_rights(ctx) == {"Note": ("comment",)}
    other.delete()
    assert not ctx.meta(table).has_field("comment")
    assert permissions.own_rights(ctx) == {}


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"perm_type": "write"}, "reserved"),
        ({"perm_type": "Share"}, "reserved"),
        ({"perm_type": "everyone"}, "reserved"),
        ({"perm_type": "if_owner"}, "reserved"),
        ({"perm_type": "permlevel"}, "reserved"),
        ({"perm_type": "owner"}, "reserved"),
        ({"perm_type": "docstatus"}, "reserved"),
        ({"perm_type": "a; b"}, "letters"),
        ({"perm_type": ""}, "letters"),
        ({"perm_type": "2nd"}, "letters"),
        ({"perm_type": "see", "doc_type": "Stroke"}, "child table"),
    ],
)
def test_what_cannot_be_one(ctx: Context, values: dict[str, str], error: str) -> None:
    with pytest.raises(ValidationError, match=error):
        document.new(ctx, {**NAMED, **values}).insert()
    assert permissions.own_rights(ctx) == {"Diagram": ("comment",)}


def test_it_is_of_a_doctype_that_is_there(ctx: Context) -> None:
    with pytest.raises((ValidationError, DoesNotExistError)):
        document.new(ctx, {**NAMED, "doc_type": "Nothing", "perm_type": "see"}).insert()


def test_it_stays_what_it_is(ctx: Context) -> None:
    made = document.load(ctx, "Permission Type", "diagram_comment")
    with pytest.raises(ValidationError, match="delete it and make another"):
        made.update({"perm_type": "draw"}).save()


@pytest.mark.parametrize(("user", "status"), [(BOSS, 403), (VIEWER, 403), ("Administrator", 201)])
def test_the_administrator_makes_them(office: TestSite, user: str, status: int) -> None:
    values = {"doc_type": "Diagram", "perm_type": "draw"}
    assert office.client(user).post("/api/resource/Permission Type", json=values).status_code == status


# --- who has the right ---


@pytest.mark.parametrize(
    ("user", "right", "allowed"),
    [
        (PAINTER, "comment", True),
        (BOSS, "comment", False),
        (VIEWER, "comment", False),
        ("Guest", "comment", False),
        ("Administrator", "comment", True),
        (PAINTER, "unheard_of", False),
    ],
)
def test_rules_give_it(ctx: Context, user: str, right: str, allowed: bool) -> None:
    assert may(ctx, user, right) is allowed


def test_it_is_gone_with_its_permission_type(ctx: Context) -> None:
    document.delete(ctx, "Permission Type", "diagram_comment")
    assert not may(ctx, PAINTER)
    assert may(ctx, PAINTER, "write")


def test_another_doctypes_right_is_none_here(ctx: Context) -> None:
    """A share of a diagram has a box for it, which says nothing."""
    document.new(ctx, {**NAMED, "doc_type": "Note", "perm_type": "praise"}).insert()
    share = {"doctype": "DocShare", "share_doctype": "Diagram", "share_name": "Plan", "user": VIEWER}
    document.new(ctx, {**share, "read": 1, "praise": 1, "comment": 1}).insert()
    assert (may(ctx, VIEWER, "praise"), may(ctx, VIEWER), may(ctx, VIEWER, "write")) == (False, True, False)


@pytest.mark.parametrize(
    ("user", "rights", "allowed"), [(PAINTER, {"comment": 1}, True), (BOSS, {"comment": 1}, False)]
)
def test_who_has_it_may_share_it(office: TestSite, user: str, rights: dict[str, int], allowed: bool) -> None:
    """The boss may share diagrams, but not what he may not do himself."""
    made = call(office, user, "frappe.share.add", **SHARED, **rights)
    assert made["comment"] == 1 if allowed else made == 403
    with office.acting() as ctx:
        assert may(ctx, VIEWER) is allowed


@pytest.mark.parametrize("user", [PAINTER, BOSS])
def test_a_share_is_changed_by_it(office: TestSite, user: str) -> None:
    call(office, BOSS, "frappe.share.add", **SHARED)
    changed = call(office, user, "frappe.share.set_permission", **SHARED, permission_to="comment", value=1)
    assert changed["comment"] == 1 if user == PAINTER else changed == 403
    [listed] = call(office, BOSS, "frappe.share.get_users", doctype="Diagram", name="Plan")
    assert (listed["read"], listed["comment"]) == (1, int(user == PAINTER))


def test_a_box_that_is_no_right_stays_empty(office: TestSite) -> None:
    made = call(office, BOSS, "frappe.share.add", **SHARED, unheard_of=1, everyone=0, notify_by_email=0)
    assert "unheard_of" not in made
    assert made["read"] == 1


# --- where it is told ---


def test_rules_are_changed_by_it(office: TestSite) -> None:
    rule = {"doctype": "Diagram", "role": "System Manager", "permlevel": 0}
    assert call(office, BOSS, f"{MANAGER}.update", **rule, ptype="comment", value=1) == "refresh"
    with office.acting() as ctx:
        assert may(ctx, BOSS)
        assert may(ctx, PAINTER)  # whose rule was copied with it


@pytest.mark.parametrize(("doctype", "ptype"), [("Note", "comment"), ("Diagram", "parent"), ("Diagram", "praise")])
def test_a_rule_has_no_other_boxes(office: TestSite, doctype: str, ptype: str) -> None:
    rule = {"doctype": doctype, "role": "System Manager", "permlevel": 0, "ptype": ptype, "value": 1}
    assert call(office, BOSS, f"{MANAGER}.update", **rule) == 417


def test_the_permission_manager_lists_them(office: TestSite) -> None:
    listed = call(office, BOSS, f"{MANAGER}.get_roles_and_doctypes")
    assert listed["doctype_ptype_map"] == {"Diagram": ["comment"]}


@pytest.mark.parametrize(("right", "status"), [("comment", 200), ("praise", 400)])
def test_why_is_asked_of_it(office: TestSite, right: str, status: int) -> None:
    answer = office.client(PAINTER).get(f"/api/v2/document/Diagram/Plan/why?permission={right}")
    assert answer.status_code == status
    assert status == 400 or answer.get_json()["data"]["rule"] == "if_owner"


def test_a_form_knows_it(office: TestSite) -> None:
    found = call(office, PAINTER, "frappe.client.get_doc_permissions", doctype="Diagram", docname="Plan")
    assert (found["permissions"]["comment"], found["permissions"]["if_owner"]["comment"]) == (1, 1)


# --- app code ---


@pytest.mark.parametrize(("user", "allowed"), [(PAINTER, True), (BOSS, False)])
def test_app_code_asks_for_it(ctx: Context, user: str, allowed: bool) -> None:
    frappe: Any = importlib.import_module("frappe")
    assert frappe.has_permission("Diagram", "comment", "Plan", user=user) is allowed
    assert frappe.permissions.get_role_permissions("Diagram", user, is_owner=True).if_owner.get("comment") == (
        1 if allowed else None
    )


def test_app_code_shares_it(ctx: Context) -> None:
    frappe: Any = importlib.import_module("frappe")
    frappe.share.add("Diagram", "Plan", VIEWER, comment=1, unheard_of=1)
    assert [row.comment for row in frappe.share.get_users("Diagram", "Plan")] == [1]
    assert frappe.share.get_shared("Diagram", VIEWER, ["comment"]) == ["Plan"]
    assert frappe.share.set_permission("Diagram", "Plan", VIEWER, "read", 0) == {}
    assert not may(ctx, VIEWER)


def test_app_code_may_not_share_what_its_caller_lacks(ctx: Context) -> None:
    frappe: Any = importlib.import_module("frappe")
    frappe.set_user(BOSS)
    with pytest.raises(PermissionError):
        frappe.share.add("Diagram", "Plan", VIEWER, comment=1)
    frappe.set_user("Administrator")
    assert not may(ctx, VIEWER)


def test_app_code_lists_them(ctx: Context) -> None:
    module: Any = importlib.import_module("frappe.core.doctype.permission_type.permission_type")
    assert module.get_doctype_ptype_map() == {"Diagram": ["comment"]}
    assert importlib.import_module("frappe.permissions").get_role_permissions("Diagram").comment == 1
