"""Who may do what: roles, owners, levels, user permissions, shares; and lists that agree with single answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frappe_lite
from frappe_lite import document, permissions
from frappe_lite.context import Context
from frappe_lite.document import lists, schema
from frappe_lite.errors import DoesNotExistError, PermissionError
from frappe_lite.query import Condition
from frappe_lite.site import InstalledApp, Site

ANN, BOB = "ann@example.com", "bob@example.com"

Rules = list[dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """A site with two users: ann is a Reader, bob a Writer. Tests change it in transactions that they give up."""
    made = frappe_lite.Site()
    with made.acting() as ctx:
        for role in ("Reader", "Writer"):
            schema.insert_record(ctx, "Role", role, role_name=role, desk_access=1)
        for name, role in ((ANN, "Reader"), (BOB, "Writer")):
            document.new(
                ctx, {"doctype": "User", "email": name, "first_name": name[:3], "roles": [{"role": role}]}
            ).insert()
        schema.store_doctype(
            ctx, {"doctype": "DocType", "name": "Shelf", "fields": [{"fieldname": "title", "fieldtype": "Data"}]}
        )
        for name in ("S1", "S2"):
            put(ctx, "Shelf", name)
    yield made
    made.close()


def put(ctx: Context, doctype: str, name: Any, **values: Any) -> dict[str, Any]:
    """A stored row, without asking anybody."""
    meta = ctx.meta(doctype)
    moment = "2026-01-01 00:00:00.000000"
    empty = {column: kind.empty for column, kind in meta.columns.items()}
    row = {
        **empty,
        "owner": BOB,
        "creation": moment,
        "modified": moment,
        "modified_by": BOB,
        "docstatus": 0,
        "idx": 0,
        **values,
        "name": name,
    }
    ctx.store.insert(meta, row)
    ctx.touch(doctype)
    return row


PAPER_FIELDS: list[dict[str, Any]] = [
    {"fieldname": "title", "fieldtype": "Data"},
    {"fieldname": "shelf", "fieldtype": "Link", "options": "Shelf", "label": "Shelf"},
    {"fieldname": "other_shelf", "fieldtype": "Link", "options": "Shelf", "ignore_user_permissions": 1},
    {"fieldname": "grade", "fieldtype": "Int", "permlevel": 1},
    {"fieldname": "key", "fieldtype": "Password"},
    {"fieldname": "pages", "fieldtype": "Table", "options": "Page"},
    {"fieldname": "secret_pages", "fieldtype": "Table", "options": "Page", "permlevel": 1},
]


def paper(ctx: Context, *rules: dict[str, Any], **more: Any) -> None:
    """The DocType Paper with these permission rules, and its child table."""
    page = {
        "doctype": "DocType",
        "name": "Page",
        "istable": 1,
        "fields": [
            {"fieldname": "text", "fieldtype": "Data"},
            {"fieldname": "mark", "fieldtype": "Int", "permlevel": 1},
        ],
    }
    schema.store_doctype(ctx, page)
    schema.store_doctype(
        ctx,
        {
            "doctype": "DocType",
            "name": "Paper",
            "search_fields": "shelf",
            "fields": PAPER_FIELDS,
            "permissions": list(rules),
            **more,
        },
    )


def judged(
    ctx: Context, right: str, row: dict[str, Any] | None, user: str = ANN, doctype: str = "Paper"
) -> permissions.Verdict:
    return permissions.judge(ctx.as_user(user), ctx.meta(doctype), right, row)


READ, WRITE = {"role": "Reader", "read": 1}, {"role": "Reader", "write": 1}
OWN = {"role": "Reader", "if_owner": 1}


# --- roles and owners ---


@pytest.mark.parametrize(
    ("rules", "right", "owner", "allowed"),
    [
        pytest.param([READ], "read", BOB, True, id="a role gives a right on every document"),
        pytest.param([READ], "write", ANN, False, id="and no other, not even to the owner"),
        pytest.param([{"role": "Writer", "read": 1}], "read", ANN, False, id="somebody else's role gives nothing"),
        pytest.param([{"role": "All", "read": 1}], "read", BOB, True, id="everybody who signs in has All"),
        pytest.param([{"role": "Guest", "read": 1}], "read", BOB, True, id="and what guests have"),
        pytest.param(
            [{"role": "Desk User", "read": 1}], "read", BOB, True, id="and Desk User, if a role opens the desk"
        ),
        pytest.param([READ, WRITE], "write", BOB, True, id="rules add up"),
        pytest.param([READ, {"role": "All", "write": 1}], "write", BOB, True, id="of all roles"),
        pytest.param([], "read", ANN, False, id="without rules nobody may"),
        pytest.param(
            [{"role": "Reader", "read": 1, "permlevel": 1}],
            "read",
            BOB,
            False,
            id="a higher level gives fields, not documents",
        ),
        pytest.param([{"role": "Reader", "read": "1"}], "read", BOB, True, id="rights may be text"),
        pytest.param([{"role": "Reader", "read": 0}], "read", BOB, False, id="0 is no right"),
        pytest.param([{**OWN, "read": 1}], "read", ANN, True, id="if_owner: the own"),
        pytest.param([{**OWN, "read": 1}], "read", ANN.upper(), True, id="if_owner: case does not matter"),
        pytest.param([{**OWN, "read": 1}], "read", BOB, False, id="if_owner: not another's"),
        pytest.param([READ, {**OWN, "write": 1}], "write", ANN, True, id="read all, write the own"),
        pytest.param([READ, {**OWN, "write": 1}], "write", BOB, False, id="read all, write not another's"),
        pytest.param([READ, {**OWN, "read": 1}], "read", BOB, True, id="a free right is not narrowed by if_owner"),
        pytest.param(
            [{"role": "Reader", "submit": 1}],
            "submit",
            BOB,
            False,
            id="nothing to submit in a DocType that has no states",
        ),
        pytest.param([{"role": "Reader", "select": 1}], "select", BOB, True, id="select is a right"),
        pytest.param([{"role": "Reader", "select": 1}], "read", BOB, False, id="and less than read"),
    ],
)
def test_roles_and_owners(ctx: Context, rules: Rules, right: str, owner: str, allowed: bool) -> None:
    paper(ctx, *rules)
    assert judged(ctx, right, put(ctx, "Paper", "P1", owner=owner)).allowed is allowed


@pytest.mark.parametrize(
    ("rules", "right", "allowed"),
    [
        pytest.param([READ], "read", True, id="by role"),
        pytest.param([], "read", False, id="by no role"),
        pytest.param([{**OWN, "read": 1}], "read", True, id="if_owner reading: there may be own ones"),
        pytest.param([{**OWN, "write": 1, "delete": 1}], "write", False, id="if_owner writing: which one is not said"),
        pytest.param([{**OWN, "create": 1}], "create", True, id="if_owner creating: who makes it owns it"),
    ],
)
def test_a_doctype_as_a_whole(ctx: Context, rules: Rules, right: str, allowed: bool) -> None:
    paper(ctx, *rules)
    assert judged(ctx, right, None).allowed is allowed


@pytest.mark.parametrize(
    ("rules", "stored"),
    [
        pytest.param([], False, id="asked of the DocType"),
        pytest.param([], True, id="of a document"),
        pytest.param([{**OWN, "write": 1}], False, id="what is given on own documents opens nothing"),
    ],
)
def test_a_refusal_of_the_doctype_names_no_document_in_brief(ctx: Context, rules: Rules, stored: bool) -> None:
    paper(ctx, *rules)
    row = put(ctx, "Paper", "P1") if stored else None
    with pytest.raises(PermissionError) as raised:
        permissions.require(ctx.as_user(ANN), ctx.meta("Paper"), "write", row)
    assert (raised.value.brief, judged(ctx, "write", row).of_doctype) == ("No permission for Paper", True)


@pytest.mark.parametrize("right", ["submit", "cancel", "amend"])
@pytest.mark.parametrize("submittable", [0, 1])
def test_states_need_a_submittable_doctype(ctx: Context, right: str, submittable: int) -> None:
    paper(ctx, {"role": "Reader", "read": 1, right: 1}, is_submittable=submittable)
    assert judged(ctx, right, put(ctx, "Paper", "P1")).allowed is bool(submittable)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        pytest.param("Administrator", True, id="the Administrator is not asked"),
        pytest.param("Guest", False, id="a guest is"),
        pytest.param("nobody@example.com", False, id="an unknown user has what a guest has"),
    ],
)
def test_special_users(ctx: Context, who: str, allowed: bool) -> None:
    paper(ctx)
    assert judged(ctx, "delete", put(ctx, "Paper", "P1"), user=who).allowed is allowed


def test_the_trusted_context_is_not_asked(ctx: Context) -> None:
    paper(ctx)
    row = put(ctx, "Paper", "P1")
    assert permissions.judge(ctx.as_user(ANN).trusted(), ctx.meta("Paper"), "write", row).allowed
    assert permissions.rows(ctx.as_user(ANN).trusted(), ctx.meta("Paper")) == Condition()


def test_a_disabled_role_gives_nothing(ctx: Context) -> None:
    paper(ctx, READ)
    row = put(ctx, "Paper", "P1")
    ctx.store.update(ctx.meta("Role"), "Reader", {"disabled": 1})
    ctx.touch("Role")
    assert not judged(ctx, "read", row).allowed


@pytest.mark.parametrize(
    ("rules", "text", "brief"),
    [
        pytest.param(
            [],
            (
                f"User <strong>{ANN}</strong> does not have doctype access via role permission for document "
                "<strong>Paper</strong>"
            ),
            "No permission for Paper",
            id="no role at all",
        ),
        pytest.param(
            [READ, {**OWN, "write": 1}],
            (
                f"User <strong>{ANN}</strong> does not have doctype access via role permission for document "
                "<strong>Paper</strong>"
            ),
            "No permission for Paper",
            id="what is given on own documents counts for reading only",
        ),
    ],
)
def test_the_refusal_says_why(ctx: Context, rules: Rules, text: str, brief: str) -> None:
    paper(ctx, *rules)
    row = put(ctx, "Paper", "P1")
    with pytest.raises(PermissionError) as raised:
        permissions.require(ctx.as_user(ANN), ctx.meta("Paper"), "write", row)
    assert (str(raised.value), raised.value.brief) == (text, brief)


@pytest.mark.parametrize(
    ("name", "which"),
    [pytest.param("P1", "Paper - P1", id="stored"), pytest.param(None, "Paper - None", id="not stored yet")],
)
def test_the_refusal_names_the_document_where_a_role_opens_the_doctype(
    ctx: Context, name: str | None, which: str
) -> None:
    paper(ctx, {**OWN, "read": 1})
    row = {**put(ctx, "Paper", "P1"), "name": name}
    with pytest.raises(PermissionError) as raised:
        permissions.require(ctx.as_user(ANN), ctx.meta("Paper"), "read", row)
    text = f"User <strong>{ANN}</strong> does not have access to this document: <strong>{which}</strong>"
    brief = f"You need the 'read' permission on <strong>Paper</strong> {name or ''} to perform this action."
    assert (str(raised.value), raised.value.brief) == (text, brief)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        pytest.param([READ], "No permission to share Paper P1", id="who may read is told that he may not share"),
        pytest.param([], "No permission to share Paper P1", id="and so is who may nothing, where he is asked for it"),
    ],
)
def test_sharing_is_refused_in_words_of_its_own(ctx: Context, rules: Rules, text: str) -> None:
    paper(ctx, *rules)
    with pytest.raises(PermissionError) as raised:
        permissions.require_grant(ctx.as_user(ANN), ctx.meta("Paper"), put(ctx, "Paper", "P1"), ["read"])
    assert (str(raised.value), raised.value.brief) == (text, None)


# --- shares ---


@pytest.mark.parametrize(
    ("share", "right", "allowed"),
    [
        pytest.param({"user": ANN, "read": 1}, "read", True, id="reading"),
        pytest.param({"user": ANN, "read": 1}, "select", True, id="reading is selecting"),
        pytest.param({"user": ANN, "read": 1}, "write", False, id="reading is not writing"),
        pytest.param({"user": ANN, "read": 1, "write": 1}, "write", True, id="writing"),
        pytest.param({"user": ANN, "read": 1, "write": 1}, "delete", False, id="a share never deletes"),
        pytest.param({"user": BOB, "read": 1}, "read", False, id="another's share"),
        pytest.param({"everyone": 1, "read": 1}, "read", True, id="with everyone"),
        pytest.param({"user": ANN, "read": 1, "share_name": "P2"}, "read", False, id="another document's share"),
        pytest.param({"user": ANN, "read": 1, "share_doctype": "Shelf"}, "read", False, id="another DocType's share"),
    ],
)
def test_shares(ctx: Context, share: dict[str, Any], right: str, allowed: bool) -> None:
    paper(ctx)
    row = put(ctx, "Paper", "P1")
    put(ctx, "DocShare", "share", **{"share_doctype": "Paper", "share_name": "P1", **share})
    assert judged(ctx, right, row).allowed is allowed


def test_sharing_can_be_switched_off(ctx: Context) -> None:
    paper(ctx, {"role": "Reader", "read": 1, "share": 1})
    row = put(ctx, "Paper", "P1")
    assert judged(ctx, "share", row).allowed
    document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"disable_document_sharing": 1})
    verdict = judged(ctx, "share", row)
    assert not verdict.allowed and "switched off" in verdict.reason and judged(ctx, "read", row).allowed
    assert permissions.document_rights(ctx.as_user(ANN), ctx.meta("Paper"), row)["share"] == 0
    assert permissions.judge(ctx, ctx.meta("Paper"), "share", row).allowed, "but not for the Administrator"


@pytest.mark.parametrize(
    ("right", "opens"),
    [
        pytest.param("read", True, id="what it gives"),
        pytest.param("write", False, id="and nothing else"),
    ],
)
def test_a_share_opens_the_doctype(ctx: Context, right: str, opens: bool) -> None:
    paper(ctx, {"role": "Reader", "share": 1})
    assert not judged(ctx, right, None).allowed
    put(ctx, "DocShare", "share", share_doctype="Paper", share_name="P1", user=ANN, read=1)
    assert judged(ctx, right, None).allowed is opens


@pytest.mark.parametrize(
    ("scopes", "right", "refused"),
    [
        pytest.param({"Paper:read"}, "write", "does not cover write on <strong>Paper</strong>", id="another right"),
        pytest.param({"Shelf:write"}, "read", "does not cover read on <strong>Paper</strong>", id="another DocType"),
        pytest.param({"Paper:write"}, "read", "", id="writing covers reading"),
    ],
)
def test_what_the_scope_of_a_token_does_not_cover_is_named(
    ctx: Context, scopes: set[str], right: str, refused: str
) -> None:
    paper(ctx, READ, WRITE)
    asking = ctx.as_user(ANN)
    asking.scopes = frozenset(scopes)
    verdict = permissions.judge(asking, ctx.meta("Paper"), right, put(ctx, "Paper", "P1"))
    assert (verdict.allowed, refused in verdict.reason) == (not refused, True)


def test_a_guest_has_no_shares_not_even_everyones(ctx: Context) -> None:
    paper(ctx)
    row = put(ctx, "Paper", "P1")
    put(ctx, "DocShare", "share", share_doctype="Paper", share_name="P1", everyone=1, read=1)
    assert not judged(ctx, "read", row, user="Guest").allowed
    assert permissions.rows(ctx.as_user("Guest"), ctx.meta("Paper")) is None


def test_shares_of_one_document_add_up(ctx: Context) -> None:
    paper(ctx)
    row = put(ctx, "Paper", "P1")
    put(ctx, "DocShare", "a", share_doctype="Paper", share_name="P1", user=ANN, read=1, write=1)
    put(ctx, "DocShare", "b", share_doctype="Paper", share_name="P1", everyone=1, read=1)
    assert judged(ctx, "write", row).allowed


def test_a_shared_to_do_is_read_as_it_is_listed(ctx: Context) -> None:
    """The ToDo's own rule hides it; a share shows it, as Frappe's `has_permission` asks for shares last."""
    row = put(ctx, "ToDo", "T1", description="x", owner=BOB, status="Open", priority="Low")
    asking = ctx.as_user(ANN)
    assert not judged(ctx, "read", row, doctype="ToDo").allowed
    put(ctx, "DocShare", "share", share_doctype="ToDo", share_name="T1", user=ANN, read=1)
    assert [each["name"] for each in lists.get_list(asking, "ToDo")] == ["T1"]
    assert judged(ctx, "read", row, doctype="ToDo").allowed


def test_a_share_of_one_document_opens_no_fields_of_the_others(ctx: Context) -> None:
    """Select shows names and search fields; a list cannot tell rows apart, so a share adds no field to it."""
    paper(ctx, {"role": "Reader", "select": 1})
    put(ctx, "Paper", "P1", title="shared")
    put(ctx, "Paper", "P2", other_shelf="S1")
    put(ctx, "DocShare", "share", share_doctype="Paper", share_name="P1", user=ANN, read=1)
    row = lists.get_list(ctx.as_user(ANN), "Paper", ["name", "other_shelf"], {"name": "P2"})[0]
    assert row == {"name": "P2"}


def test_all_fields_of_who_may_only_select_are_the_search_fields(ctx: Context) -> None:
    paper(ctx, {"role": "Reader", "select": 1})
    put(ctx, "Paper", "P1", title="one", shelf="S1", other_shelf="S1")
    found = lists.get_list(ctx.as_user(ANN), "Paper", ["*"])
    assert found == [
        {key: value for key, value in found[0].items() if key in ("name", *ctx.meta("Paper").searched_fields)}
    ]
    assert set(found[0]) == {"name", *ctx.meta("Paper").searched_fields}


# --- user permissions ---


@pytest.mark.parametrize(
    ("held", "values", "allowed"),
    [
        pytest.param([("Shelf", "S1", None)], {"shelf": "S1"}, True, id="the linked document is allowed"),
        pytest.param([("Shelf", "S1", None)], {"shelf": "S2"}, False, id="it is another one"),
        pytest.param([("Shelf", "S1", None)], {"shelf": None}, True, id="an unset link is free"),
        pytest.param([("Shelf", "S1", None), ("Shelf", "S2", None)], {"shelf": "S2"}, True, id="several are allowed"),
        pytest.param([("Shelf", "S1", "Paper")], {"shelf": "S2"}, False, id="for this DocType"),
        pytest.param([("Shelf", "S1", "Note")], {"shelf": "S2"}, True, id="for another DocType"),
        pytest.param([("Shelf", "S1", None)], {"other_shelf": "S2"}, True, id="a field that ignores them"),
        pytest.param([("Paper", "P1", None)], {}, True, id="the document itself"),
        pytest.param([("Paper", "P2", None)], {}, False, id="another document"),
        pytest.param([("Gone Type", "X", None)], {"shelf": "S2"}, True, id="of a DocType that is not there"),
    ],
)
def test_user_permissions(
    ctx: Context, held: list[tuple[str, str, str | None]], values: dict[str, Any], allowed: bool
) -> None:
    paper(ctx, READ)
    row = put(ctx, "Paper", "P1", **values)
    hold(ctx, *held)
    assert judged(ctx, "read", row).allowed is allowed
    listed = [each["name"] for each in lists.get_list(ctx.as_user(ANN), "Paper")]
    assert listed == (["P1"] if allowed else [])


def hold(ctx: Context, *held: tuple[str, str, str | None], user: str = ANN, **more: Any) -> None:
    for index, (allow, name, applicable) in enumerate(held):
        values = {
            "user": user,
            "allow": allow,
            "for_value": name,
            "applicable_for": applicable,
            "apply_to_all_doctypes": int(applicable is None),
        }
        put(ctx, "User Permission", f"hold-{index}", **{**values, **more})


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"shelf": None}, False),
        ({"shelf": ""}, False),
        ({"shelf": "S1"}, True),
        ({"shelf": "S2"}, False),
        ({"shelf": "S1", "other_shelf": None}, True),
    ],
)
def test_strict_user_permissions_refuse_an_unset_link(ctx: Context, values: dict[str, Any], allowed: bool) -> None:
    document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"apply_strict_user_permissions": 1})
    paper(ctx, READ)
    row = put(ctx, "Paper", "P1", **values)
    hold(ctx, ("Shelf", "S1", None))
    assert judged(ctx, "read", row).allowed is allowed
    assert [each["name"] for each in lists.get_list(ctx.as_user(ANN), "Paper")] == (["P1"] if allowed else [])
    assert permissions.document_rights(ctx.as_user(ANN), ctx.meta("Paper"), row)["read"] == int(allowed)


def test_user_permissions_hold_one_user(ctx: Context) -> None:
    paper(ctx, READ)
    row = put(ctx, "Paper", "P1", shelf="S2")
    hold(ctx, ("Shelf", "S1", None), user=BOB)
    assert judged(ctx, "read", row).allowed


def test_the_refusal_names_the_link(ctx: Context) -> None:
    paper(ctx, READ)
    row = put(ctx, "Paper", "P1", shelf="S2")
    hold(ctx, ("Shelf", "S1", None))
    assert "linked to Shelf 'S2' in field Shelf" in judged(ctx, "read", row).reason


def test_an_owners_right_is_not_narrowed_by_user_permissions(ctx: Context) -> None:
    paper(ctx, {**OWN, "read": 1})
    row = put(ctx, "Paper", "P1", owner=ANN, shelf="S2")
    hold(ctx, ("Shelf", "S1", None))
    assert judged(ctx, "read", row).allowed
    assert len(lists.get_list(ctx.as_user(ANN), "Paper")) == 1


NODES = {"Root": (1, 8), "Left": (2, 5), "Leaf": (3, 4), "Right": (6, 7)}


def tree(ctx: Context) -> None:
    fields = [{"fieldname": "lft", "fieldtype": "Int"}, {"fieldname": "rgt", "fieldtype": "Int"}]
    schema.store_doctype(
        ctx, {"doctype": "DocType", "name": "Node", "is_tree": 1, "fields": fields, "permissions": [READ]}
    )
    for name, (lft, rgt) in NODES.items():
        put(ctx, "Node", name, lft=lft, rgt=rgt)


@pytest.mark.parametrize(
    ("operator", "name", "names"),
    [
        pytest.param("descendants of", "Root", ["Left", "Leaf", "Right"], id="below"),
        pytest.param("descendants of", "Leaf", [], id="below a leaf"),
        pytest.param("descendants of (inclusive)", "Left", ["Left", "Leaf"], id="itself and below"),
        pytest.param("ancestors of", "Leaf", ["Root", "Left"], id="above"),
        pytest.param("ancestors of", "Root", [], id="above the root"),
        pytest.param("descendants of", "Nowhere", [], id="of no node"),
    ],
)
def test_the_names_that_a_tree_operator_means(ctx: Context, operator: str, name: str, names: list[str]) -> None:
    tree(ctx)
    assert permissions.descendants(ctx.store, ctx.meta("Node"), name, operator) == names


@pytest.mark.parametrize(
    ("hide", "names"),
    [pytest.param(0, ["Leaf", "Left"], id="with what is below"), pytest.param(1, ["Left"], id="the node alone")],
)
def test_a_user_permission_on_a_tree(ctx: Context, hide: int, names: list[str]) -> None:
    tree(ctx)
    hold(ctx, ("Node", "Left", None), hide_descendants=hide)
    assert [each["name"] for each in lists.get_list(ctx.as_user(ANN), "Node", order_by="name asc")] == names


# --- child rows ---


@pytest.mark.parametrize(
    ("rules", "values", "right", "allowed"),
    [
        pytest.param([READ], {}, "read", True, id="a row is read as its document"),
        pytest.param([READ], {}, "write", False, id="and written as it"),
        pytest.param([READ, WRITE], {}, "delete", True, id="deleting a row is writing the document"),
        pytest.param([READ], {"parent": "P9"}, "read", False, id="of a document that is not there"),
        pytest.param([READ], {"parenttype": "No Type"}, "read", False, id="of a DocType that is not there"),
        pytest.param(
            [READ], {"parenttype": "Shelf", "parent": "S1"}, "read", False, id="of a DocType that has no such table"
        ),
        pytest.param([READ], {"parentfield": "title"}, "read", False, id="in a field that is no such table"),
        pytest.param([READ], {"parentfield": "secret_pages"}, "read", False, id="in a table of a higher level"),
        pytest.param(
            [READ, {**READ, "permlevel": 1}], {"parentfield": "secret_pages"}, "read", True, id="with that level"
        ),
        pytest.param([{**OWN, "read": 1}], {}, "read", False, id="the document's owner counts, not the row's"),
    ],
)
def test_child_rows_are_judged_by_their_document(
    ctx: Context, rules: Rules, values: dict[str, Any], right: str, allowed: bool
) -> None:
    paper(ctx, *rules)
    put(ctx, "Paper", "P1", owner=BOB)
    row = put(
        ctx, "Page", "R1", **{"owner": ANN, "parent": "P1", "parenttype": "Paper", "parentfield": "pages", **values}
    )
    assert judged(ctx, right, row, doctype="Page").allowed is allowed


# --- fields ---

LEVEL_1 = {"role": "Reader", "read": 1, "permlevel": 1}


@pytest.mark.parametrize(
    ("rules", "fieldname", "readable"),
    [
        pytest.param([READ], "title", True, id="a field of level 0"),
        pytest.param([READ], "owner", True, id="a standard field"),
        pytest.param([READ], "grade", False, id="a field of a higher level"),
        pytest.param([READ, LEVEL_1], "grade", True, id="with that level"),
        pytest.param([LEVEL_1], "grade", False, id="a level without the document is nothing"),
        pytest.param([READ], "key", False, id="a password is never readable"),
        pytest.param([READ], "nothing", False, id="a field that is not there"),
        pytest.param([], "title", False, id="no role"),
        pytest.param([{**OWN, "read": 1}], "title", True, id="if_owner is enough for fields"),
        pytest.param([{"role": "Reader", "select": 1}], "name", True, id="select shows the name"),
        pytest.param([{"role": "Reader", "select": 1}], "shelf", True, id="and search fields"),
        pytest.param([{"role": "Reader", "select": 1}], "other_shelf", False, id="and nothing else"),
    ],
)
def test_which_fields_may_be_read(ctx: Context, rules: Rules, fieldname: str, readable: bool) -> None:
    paper(ctx, *rules)
    assert permissions.may_read_field(ctx.as_user(ANN), ctx.meta("Paper"), fieldname) is readable


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        pytest.param(
            [READ],
            {"title": "t", "grade": 0, "pages": [{"text": "a", "mark": 0}], "secret_pages": []},
            id="higher levels are empty, of rows too",
        ),
        pytest.param(
            [READ, LEVEL_1],
            {"title": "t", "grade": 3, "pages": [{"text": "a", "mark": 1}], "secret_pages": [{"text": "b", "mark": 2}]},
            id="with the level all stays",
        ),
    ],
)
def test_unreadable_fields_are_stripped(ctx: Context, rules: Rules, kept: dict[str, Any]) -> None:
    paper(ctx, *rules)
    data = {"title": "t", "grade": 3, "pages": [{"text": "a", "mark": 1}], "secret_pages": [{"text": "b", "mark": 2}]}
    assert permissions.strip_unreadable(ctx.as_user(ANN), ctx.meta("Paper"), data) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({}, {"note": None, "mark": 0}, id="without a word: empty"),
        pytest.param({"nulls": True}, {"note": None, "mark": 0}, id="empty"),
        pytest.param({"nulls": False}, {"mark": 0}, id="what has no other empty value is left out"),
    ],
)
def test_what_is_stripped_is_empty_or_left_out(ctx: Context, given: dict[str, bool], kept: dict[str, Any]) -> None:
    paper(ctx, READ, fields=[
        {"fieldname": "note", "fieldtype": "Data", "permlevel": 1},
        {"fieldname": "mark", "fieldtype": "Int", "permlevel": 1},
    ])  # fmt: skip
    data = {"note": "x", "mark": 3}
    assert permissions.strip_unreadable(ctx.as_user(ANN), ctx.meta("Paper"), data, **given) == kept


@pytest.mark.parametrize(
    ("rules", "writable"),
    [
        pytest.param([READ, WRITE], {0}, id="level 0 is everybody's"),
        pytest.param([READ, WRITE, LEVEL_1], {0}, id="reading a level is not writing it"),
        pytest.param([READ, WRITE, {**WRITE, "permlevel": 2}], {0, 2}, id="writing a level"),
    ],
)
def test_levels(ctx: Context, rules: Rules, writable: set[int]) -> None:
    paper(ctx, *rules)
    assert permissions.levels(ctx.as_user(ANN), ctx.meta("Paper"), "write") == writable
    assert permissions.levels(ctx, ctx.meta("Paper"), "write") is None


# --- hooks ---


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [(None, True), (True, True), (False, False), (0, False)],
    ids=["no opinion", "yes", "no", "0 is no"],
)
def test_a_hook_can_refuse(site: Site, answer: Any, allowed: bool) -> None:
    asked: list[tuple[str, str]] = []

    def hook(_ctx: Context, doc: Any, right: str) -> Any:
        asked.append((doc.name, right))
        return answer

    site.add_app(
        InstalledApp(
            "hooking",
            hooks={
                "has_permission": {"Paper": hook},
                "permission_query_conditions": {"Paper": lambda _ctx: Condition("title = ?", ("x",))},
            },
        )
    )
    with site.acting() as ctx:
        schema.store_doctype(
            ctx,
            {
                "doctype": "DocType",
                "name": "Paper",
                "fields": PAPER_FIELDS[:1],
                "permissions": [{"role": "All", "read": 1}],
            },
        )
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann"}).insert()
        rows = [put(ctx, "Paper", "P1", title="x"), put(ctx, "Paper", "P2", title="y")]
        assert judged(ctx, "read", rows[0]).allowed is allowed
        assert asked == [("P1", "read")]
        for asking in (ctx.as_user(ANN), ctx):  # Frappe: what hooks say of lists holds for the Administrator's too
            assert [each["name"] for each in lists.get_list(asking, "Paper")] == ["P1"]
        assert len(lists.get_list(ctx.trusted(), "Paper")) == 2
        assert permissions.is_listed(ctx, ctx.meta("Paper"), "P2")  # who may read it knows of it


def test_a_hook_grants_nothing(site: Site) -> None:
    site.add_app(InstalledApp("hooking", hooks={"has_permission": {"Note": lambda *_: True}}))
    with site.acting() as ctx:
        schema.store_doctype(ctx, {"doctype": "DocType", "name": "Paper", "fields": PAPER_FIELDS[:1]})
        row = put(ctx, "Paper", "P1")
        assert not judged(ctx, "read", row, user="Guest").allowed


# --- lists agree with single answers ---

flag = st.integers(0, 1)
rule = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["Reader", "Reader", "Writer", "All"]),
        "read": flag,
        "select": flag,
        "write": flag,
        "if_owner": flag,
        "permlevel": st.sampled_from([0, 0, 0, 1]),
    }
)
paper_row = st.fixed_dictionaries(
    {
        "owner": st.sampled_from([ANN, BOB]),
        "shelf": st.sampled_from([None, "", "S1", "S2"]),
        "other_shelf": st.sampled_from([None, "S1", "S2"]),
    }
)
share = st.fixed_dictionaries(
    {
        "share_name": st.sampled_from(["P0", "P1", "P2"]),
        "user": st.sampled_from([ANN, BOB]),
        "read": flag,
        "write": flag,
        "everyone": flag,
    }
)
held = st.tuples(
    st.sampled_from(["Shelf", "Paper"]),
    st.sampled_from(["S1", "S2", "P0", "P1"]),
    st.sampled_from([None, "Paper", "Note"]),
)


@settings(max_examples=60)
@given(
    rules=st.lists(rule, max_size=3),
    papers=st.lists(paper_row, max_size=4),
    shared=st.lists(share, max_size=2),
    holds=st.lists(held, max_size=2),
)
def test_a_list_shows_what_may_be_read_or_selected_one_by_one(
    world: Site, rules: Rules, papers: Rules, shared: Rules, holds: list[tuple[str, str, str | None]]
) -> None:
    with world.acting() as ctx:
        paper(ctx, *rules)
        stored = [put(ctx, "Paper", f"P{index}", **values) for index, values in enumerate(papers)]
        for index, values in enumerate(shared):
            put(ctx, "DocShare", f"share-{index}", share_doctype="Paper", **values)
        hold(ctx, *holds)
        asking, meta = ctx.as_user(ANN), ctx.meta("Paper")
        expected = {
            row["name"]
            for row in stored
            if any(permissions.judge(asking, meta, right, row).allowed for right in ("read", "select"))
        }
        try:
            listed = {row["name"] for row in lists.get_list(asking, "Paper", limit=None)}
            assert lists.count(asking, "Paper") == len(listed)
        except PermissionError:
            listed = set()
        assert listed == expected
        for row in stored:
            rights = permissions.document_rights(asking, meta, row)
            for right in ("read", "write", "select", "delete"):
                assert bool(rights[right]) == permissions.judge(asking, meta, right, row).allowed
        ctx.rollback()


def test_rows_of_a_child_table_follow_the_rows_of_their_documents(ctx: Context) -> None:
    paper(ctx, {**OWN, "read": 1})
    for name, owner in (("P1", ANN), ("P2", BOB)):
        put(ctx, "Paper", name, owner=owner)
        put(ctx, "Page", f"{name}-row", parent=name, parenttype="Paper", parentfield="pages")
        put(ctx, "Page", f"{name}-secret", parent=name, parenttype="Paper", parentfield="secret_pages")
    asking = ctx.as_user(ANN)
    assert [row["name"] for row in lists.get_list(asking, "Page", parent="Paper")] == ["P1-row"]
    assert lists.count(asking, "Page", parent="Paper") == 1


@pytest.mark.parametrize(
    ("parent", "error"),
    [
        pytest.param(None, PermissionError, id="a child table needs its parent named"),
        pytest.param("Shelf", PermissionError, id="a parent that has it"),
        pytest.param("No Type", DoesNotExistError, id="a parent that exists"),
    ],
)
def test_a_child_table_is_listed_by_its_parents_rules(ctx: Context, parent: str | None, error: type[Exception]) -> None:
    paper(ctx, READ)
    with pytest.raises(error):
        lists.get_list(ctx.as_user(ANN), "Page", parent=parent)
