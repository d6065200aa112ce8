"""Kept views of lists: for oneself and for everybody as a bench has them, for a role as we do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import lists
from frappe_lite.errors import PermissionError
from frappe_lite.site import Site

PAYS, ALSO, SELLS, SYS = (f"{each}@example.com" for each in ("pays", "also", "sells", "sys"))
ROLES = {
    PAYS: ["Desk User", "Payer"],
    ALSO: ["Desk User", "Payer"],
    SELLS: ["Desk User", "Seller"],
    SYS: ["System Manager"],
}
SEEN, DELETED, HIDDEN = ["read", "write", "delete"], ["read", "delete"], list[str]()


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """Two who pay, one who sells, one who manages."""
    made = frappe_lite.Site()
    with made.acting() as ctx:
        for role in ("Payer", "Seller"):
            document.new(ctx, {"doctype": "Role", "role_name": role}).insert()
        for name, roles in ROLES.items():
            rows = [{"role": role} for role in roles]
            document.new(ctx, {"doctype": "User", "email": name, "first_name": "X", "roles": rows}).insert()
    yield made
    made.close()


def keep(ctx: Context, user: str, **values: object) -> str:
    given = {"doctype": "List Filter", "filter_name": "Late", "reference_doctype": "ToDo", **values}
    return document.new(ctx.as_user(user), given).insert().name


def rights(ctx: Context, user: str, name: str) -> list[str]:
    doc = document.load(ctx.as_user(user), "List Filter", name)
    return [each for each in SEEN if doc.has_permission(each)]


@pytest.mark.parametrize(
    ("values", "asking", "given"),
    [
        pytest.param({"for_role": "Payer"}, PAYS, SEEN, id="who kept a role's view may all"),
        pytest.param({"for_role": "Payer"}, ALSO, ["read"], id="who has the role sees it"),
        pytest.param({"for_role": "Payer"}, SELLS, HIDDEN, id="who has it not does not"),
        pytest.param({"for_role": "Payer"}, SYS, SEEN, id="who manages may all"),
        pytest.param({"for_role": "Payer", "for_user": PAYS}, SELLS, HIDDEN, id="a role counts beside a user"),
        pytest.param({}, SELLS, SEEN, id="Frappe: everybody's view is for everybody to change"),
        pytest.param({"for_role": ""}, SELLS, SEEN, id="an empty role is none"),
        pytest.param({"for_user": PAYS}, SELLS, SEEN, id="Frappe: one's own view is no secret"),
    ],
)
def test_who_may_do_what_with_a_view(ctx: Context, values: dict[str, object], asking: str, given: list[str]) -> None:
    name = keep(ctx, PAYS, **values)
    assert rights(ctx, asking, name) == given
    names = [row["name"] for row in lists.get_list(ctx.as_user(asking), "List Filter")]
    assert (name in names) == ("read" in given)


@pytest.mark.parametrize(
    ("user", "role", "allowed"),
    [
        pytest.param(PAYS, "Payer", True, id="a role that one has"),
        pytest.param(PAYS, "Seller", False, id="another role"),
        pytest.param(SYS, "Seller", True, id="any role, for who manages"),
        pytest.param(PAYS, "", True, id="none"),
    ],
)
def test_for_which_role_a_view_may_be_kept(ctx: Context, user: str, role: str, allowed: bool) -> None:
    with contextlib.nullcontext() if allowed else pytest.raises(PermissionError):
        keep(ctx, user, for_role=role)


def test_a_view_of_ones_own_is_not_moved_to_a_role_that_one_lacks(ctx: Context) -> None:
    doc = document.load(ctx.as_user(PAYS), "List Filter", keep(ctx, PAYS))
    doc.for_role = "Seller"
    with pytest.raises(PermissionError):
        doc.save()


def test_who_lost_the_role_may_still_take_the_view_away(ctx: Context) -> None:
    name = keep(ctx, PAYS, for_role="Payer")
    user = document.load(ctx, "User", PAYS)
    user.set("roles", [row for row in user.roles if row.role != "Payer"])
    user.save()
    assert rights(ctx, PAYS, name) == DELETED
