"""`frappe.permissions` and `frappe.share` for app code: who may do what, and who may give it away."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DoesNotExistError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
BOSS, READER, OWNER, NOBODY = (f"{each}@x.org" for each in ("boss", "reader", "owner", "nobody"))
ROLES = {BOSS: ["System Manager"], READER: ["File Reader"], OWNER: ["File Owner"], NOBODY: []}


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        for role in ("File Reader", "File Owner"):
            document.new(made, {"doctype": "Role", "role_name": role}).insert()
        store_doctype(made, doctype("Page Row", ("item", "Data"), istable=1))
        kind = doctype(
            "Paper",
            ("title", "Data"),
            ("place", "Link", "Country"),
            ("lines", "Table", "Page Row"),
            autoname="field:title",
        )
        kind["permissions"] = [
            {
                "role": "System Manager",
                **dict.fromkeys(("read", "write", "create", "delete", "share", "export", "import"), 1),
            },
            {"role": "File Reader", "read": 1},
            {"role": "File Owner", "read": 1, "write": 1, "create": 1, "share": 1, "export": 1, "if_owner": 1},
        ]
        store_doctype(made, kind)
        for user, roles in ROLES.items():
            document.new(
                made,
                {"doctype": "User", "email": user, "first_name": user[:4], "roles": [{"role": each} for each in roles]},
            ).insert()
        document.new(made, {"doctype": "Paper", "title": "one", "place": "Germany", "lines": [{"item": "a"}]}).insert()
        document.new(made.as_user(OWNER), {"doctype": "Paper", "title": "own", "place": "France"}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Iterator[Any]:
    found: Any = importlib.import_module("frappe")
    yield found
    found.set_user("Administrator")


@pytest.fixture
def rights(frappe: Any) -> Any:
    return importlib.import_module("frappe.permissions")


@pytest.fixture
def share(frappe: Any) -> Any:
    return importlib.import_module("frappe.share")


# --- who may ---


@pytest.mark.parametrize(
    ("user", "right", "doc", "may"),
    [
        (BOSS, "write", "one", True),
        (READER, "read", "one", True),
        (READER, "write", "one", False),
        (OWNER, "read", "one", False),
        (OWNER, "write", "own", True),
        (NOBODY, "read", "one", False),
        ("Administrator", "delete", "one", True),
        ("Guest", "read", "one", False),
    ],
)
@pytest.mark.parametrize("how", ["by name", "by document", "document first", "throw", "of the document"])
def test_who_may_do_what(frappe: Any, user: str, right: str, doc: str, may: bool, how: str) -> None:
    paper = frappe.get_doc("Paper", doc)
    if how == "throw" and not may:
        with pytest.raises(frappe_lite.PermissionError):
            frappe.has_permission("Paper", right, doc, user, throw=True)
        return
    found = {
        "by name": lambda: frappe.has_permission("Paper", right, doc, user),
        "by document": lambda: frappe.has_permission("Paper", right, doc=paper, user=user),
        "document first": lambda: frappe.has_permission(paper, right, user=user),
        "throw": lambda: frappe.has_permission("Paper", right, doc, user, throw=True),
        "of the document": lambda: paper.has_permission(right, user=user),
    }[how]()
    assert bool(found) is may


@pytest.mark.parametrize(("user", "may"), [(BOSS, True), (READER, True), (NOBODY, False)])
def test_rows_are_asked_for_by_their_parent(frappe: Any, rights: Any, user: str, may: bool) -> None:
    assert frappe.has_permission("Page Row", "read", user=user, parent_doctype="Paper") is may
    assert rights.has_child_permission("Page Row", "read", user=user, parent_doctype="Paper") is may


@pytest.mark.parametrize(
    ("user", "is_owner", "right", "value"),
    [
        (BOSS, None, "write", 1),
        (READER, None, "read", 1),
        (READER, None, "write", 0),
        (OWNER, True, "write", 0),
        (OWNER, True, "read", 1),
        (OWNER, True, "if_owner", {"read": 1, "write": 1, "export": 1, "share": 1}),
        (OWNER, False, "if_owner", {"read": 0, "write": 0, "export": 0, "share": 0}),
        ("Administrator", None, "delete", 1),
        (NOBODY, None, "read", 0),
    ],
)
def test_what_roles_give(rights: Any, user: str, is_owner: Any, right: str, value: Any) -> None:
    assert rights.get_role_permissions("Paper", user, is_owner=is_owner).get(right) == value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("get_doctype_roles('Paper')", ["System Manager", "File Reader", "File Owner"]),
        ("get_doctype_roles('Paper', 'delete')", ["System Manager"]),
        ("[each.parent for each in get_valid_perms('Paper', READER)]", ["Paper"]),
        ("[each.parent for each in get_all_perms('File Owner')]", ["Paper"]),
        ("get_linked_doctypes('Paper')", ["Paper", "Country"]),
        ("(can_export('Paper'), can_import('Paper'))", (True, True)),
        ("get_doctypes_with_custom_docperms()", []),
        ("user_permission_exists(READER, 'Country', 'Germany')", None),
        ("allow_everything()['share']", 1),
    ],
)
def test_what_frappe_permissions_answers(rights: Any, expression: str, expected: Any) -> None:
    known = {name: getattr(rights, name) for name in re.findall(r"\w+(?=\()", expression)}
    assert eval(expression, {**known, "READER": READER}) == expected


@pytest.mark.parametrize("right", ["import", "export"])
def test_who_may_not_is_told(frappe: Any, rights: Any, right: str) -> None:
    frappe.set_user(READER)
    assert getattr(rights, f"can_{right}")("Paper") is False
    with pytest.raises(frappe_lite.PermissionError, match=f"not allowed to {right} Paper"):
        getattr(rights, f"can_{right}")("Paper", raise_exception=True)


def test_owners_may_export_what_is_theirs(frappe: Any, rights: Any) -> None:
    frappe.set_user(OWNER)
    assert rights.can_export("Paper", is_owner=True) is True


# --- User Permissions ---


@pytest.mark.parametrize(("for_value", "sees"), [("Germany", ["one"]), ("France", ["own"]), ("Spain", [])])
def test_users_are_held_to_documents(frappe: Any, rights: Any, for_value: str, sees: list[str]) -> None:
    rights.add_user_permission("Country", for_value, READER)
    rights.add_user_permission("Country", for_value, READER)
    assert frappe.db.count("User Permission", {"user": READER}) == 1
    assert frappe.get_list("Paper", user=READER, pluck="name", order_by="name asc") == sees
    assert rights.has_user_permission(frappe.get_doc("Paper", "one"), READER) is ("one" in sees)
    rights.remove_user_permission("Country", for_value, READER)
    assert frappe.get_list("Paper", user=READER, pluck="name", order_by="name asc") == ["one", "own"]


def test_a_user_is_held_to_nothing_that_is_not_there(rights: Any) -> None:
    with pytest.raises(DoesNotExistError, match="Atlantis"):
        rights.add_user_permission("Country", "Atlantis", READER)


def test_user_permissions_of_a_kind_go_together(frappe: Any, rights: Any) -> None:
    for user in (READER, OWNER):
        rights.add_user_permission("Country", "Germany", user)
    rights.clear_user_permissions_for_doctype("Country", READER)
    assert frappe.get_all("User Permission", pluck="user") == [OWNER]
    rights.clear_user_permissions_for_doctype("Country")
    assert frappe.get_all("User Permission", pluck="user") == []


GIVEN = [
    {"doc": "a", "applicable_for": None},
    {"doc": "b", "applicable_for": "Paper", "is_default": 1},
    {"doc": "c", "applicable_for": "Note"},
]


@pytest.mark.parametrize(
    ("given", "kind", "names", "default"),
    [
        (GIVEN, "Paper", ["a", "b"], "b"),
        (GIVEN, "Note", ["a", "c"], None),
        (GIVEN[:1], "Paper", ["a"], "a"),
        ([], "Paper", [], None),
    ],
    ids=["with a default", "of another kind", "the only one", "none"],
)
def test_which_of_a_users_permissions_count(
    rights: Any, given: list[Any], kind: str, names: list[str], default: Any
) -> None:
    assert rights.filter_allowed_docs_for_doctype(given, kind) == (names, default)
    assert rights.get_allowed_docs_for_doctype(given, kind) == names


# --- sharing ---


@pytest.mark.parametrize(
    ("user", "may"),
    [(BOSS, True), (OWNER, False), (READER, False), (NOBODY, False), ("Administrator", True)],
    ids=["with the right", "the owner of another", "who may read", "who may nothing", "the Administrator"],
)
def test_who_may_share(frappe: Any, share: Any, user: str, may: bool) -> None:
    frappe.set_user(user)
    if may:
        share.add("Paper", "one", NOBODY)
        assert frappe.has_permission("Paper", "read", "one", NOBODY)
    else:
        with pytest.raises(frappe_lite.PermissionError):
            share.add("Paper", "one", NOBODY)
        assert share.add_docshare("Paper", "one", NOBODY, flags={"ignore_share_permission": True}).user == NOBODY


def test_owners_share_what_is_theirs(frappe: Any, share: Any) -> None:
    frappe.set_user(OWNER)
    share.add("Paper", "own", NOBODY, write=1)
    assert frappe.has_permission("Paper", "write", "own", NOBODY)


@pytest.mark.parametrize(("kind", "name"), [("Paper", "none"), ("No Such Kind", "x")])
def test_nothing_that_is_not_there_is_shared(share: Any, kind: str, name: str) -> None:
    with pytest.raises(DoesNotExistError):
        share.add(kind, name, NOBODY)


def test_a_second_share_changes_the_first(frappe: Any, share: Any) -> None:
    share.add("Paper", "one", NOBODY)
    share.add("Paper", "one", NOBODY, write=1, share=1)
    (found,) = share.get_users("Paper", "one")
    assert (found.user, found.read, found.write, found.share, found.everyone) == (NOBODY, 1, 1, 1, 0)
    share.set_docshare_permission("Paper", "one", NOBODY, "write", 0)
    assert frappe.has_permission("Paper", "write", "one", NOBODY) is False
    assert share.set_docshare_permission("Paper", "one", NOBODY, "read", 0) == {}
    assert share.get_users("Paper", "one") == []
    assert share.set_docshare_permission("Paper", "one", NOBODY, "write", 0) is None


def test_a_share_is_taken_back(frappe: Any, share: Any) -> None:
    share.add("Paper", "one", NOBODY)
    frappe.set_user(READER)
    with pytest.raises(frappe_lite.PermissionError):
        share.remove("Paper", "one", NOBODY)
    frappe.set_user(BOSS)
    share.remove("Paper", "one", NOBODY)
    share.remove("Paper", "one", NOBODY)
    assert frappe.has_permission("Paper", "read", "one", NOBODY) is False


@pytest.mark.parametrize(
    ("user", "rights", "options", "names"),
    [
        (NOBODY, None, {}, ["one", "own"]),
        (NOBODY, ["write"], {}, ["own"]),
        (NOBODY, ["read", "write"], {}, ["own"]),
        (NOBODY, None, {"limit": 1}, ["one"]),
        (NOBODY, None, {"filters": [["share_name", "=", "own"]]}, ["own"]),
        (READER, None, {}, ["own"]),
        ("Guest", None, {}, []),
    ],
    ids=["read", "write", "both", "the first", "by filters", "what is for everyone", "everyone is not Guest"],
)
def test_what_is_shared_with_whom(
    share: Any, user: str, rights: Any, options: dict[str, Any], names: list[str]
) -> None:
    share.add("Paper", "one", NOBODY)
    share.add("Paper", "own", write=1, everyone=1)
    assert sorted(share.get_shared("Paper", user, rights, **options)) == names or options.get("limit") == len(
        share.get_shared("Paper", user, rights, **options)
    )
    assert ("Paper" in share.get_shared_doctypes(NOBODY)) is True
