"""What the built-in DocTypes do beyond their data: users, roles, shares, to-dos."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite import document, permissions
from frappe_lite.access import auth, identity, sessions
from frappe_lite.context import Context
from frappe_lite.document import lists
from frappe_lite.errors import (
    DoesNotExistError,
    DuplicateEntryError,
    InvalidEmailAddressError,
    MandatoryError,
    PermissionError,
    ValidationError,
)
from frappe_lite.query import Condition
from frappe_lite.site import Site

ANN, BOB, SYS = "ann@example.com", "bob@example.com", "sys@example.com"


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """Ann and Bob have no role, Sys is a System Manager."""
    made = frappe_lite.Site()
    with made.acting() as ctx:
        for name, roles in ((ANN, []), (BOB, []), (SYS, [{"role": "System Manager"}])):
            user(ctx, email=name, roles=roles)
    yield made
    made.close()


def insert(ctx: Context, doctype: str, **values: Any) -> Any:
    return document.new(ctx, {"doctype": doctype, **values}).insert()


def user(ctx: Context, **values: Any) -> Any:
    return insert(ctx, "User", **{"email": "new@example.com", "first_name": "Nora", **values})


def load_user(ctx: Context, name: str = ANN) -> Any:
    return document.load(ctx, "User", name)


# --- User ---


@pytest.mark.parametrize(
    ("values", "fieldname", "stored"),
    [
        pytest.param({}, "name", "new@example.com", id="named by the address"),
        pytest.param({"email": " New@Example.COM "}, "name", "new@example.com", id="in small letters"),
        pytest.param({"email": "New@Example.COM"}, "email", "new@example.com", id="the address too"),
        pytest.param({"last_name": "Noon"}, "full_name", "Nora Noon", id="a full name from its parts"),
        pytest.param({}, "full_name", "Nora", id="or from one"),
        pytest.param({}, "enabled", 1, id="enabled"),
        pytest.param({}, "user_type", "Website User", id="without a role of the desk a Website User"),
        pytest.param({"roles": [{"role": "System Manager"}]}, "user_type", "System User", id="with one a System User"),
        pytest.param({"roles": [{"role": "All"}]}, "user_type", "Website User", id="All is no role of the desk"),
        pytest.param({"user_type": "System User"}, "user_type", "Website User", id="the type is not a wish"),
        pytest.param({"new_password": "correct horse 9"}, "new_password", "", id="the password is nowhere in the row"),
    ],
)
def test_a_new_user(ctx: Context, values: dict[str, Any], fieldname: str, stored: Any) -> None:
    made = user(ctx, **values)
    assert load_user(ctx, made.name).get(fieldname) == stored


@pytest.mark.parametrize(
    ("values", "error"),
    [
        pytest.param({"email": "no address"}, InvalidEmailAddressError, id="no address"),
        pytest.param({"email": ""}, InvalidEmailAddressError, id="an empty address"),
        pytest.param({"email": "Administrator"}, InvalidEmailAddressError, id="a standard user's name is no address"),
        pytest.param({"email": ANN.upper()}, DuplicateEntryError, id="an address that is taken, whatever its case"),
        pytest.param({"first_name": ""}, MandatoryError, id="no name"),
        pytest.param({"roles": [{"role": "No Such Role"}]}, ValidationError, id="no such role"),
        pytest.param({"new_password": "x" * 513}, ValidationError, id="a password that is too long"),
    ],
)
def test_users_that_cannot_be(ctx: Context, values: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        user(ctx, **values)


def test_a_password_given_with_the_user_opens(ctx: Context) -> None:
    made = user(ctx, new_password="correct horse 9")
    assert auth.check_password(ctx, made.name, "correct horse 9")
    assert not auth.check_password(ctx, made.name, "correct horse 8")


@pytest.mark.parametrize("new_password", [None, "", "*****"], ids=["none", "empty", "stars"])
def test_saving_a_user_without_a_password_keeps_the_old(ctx: Context, new_password: str | None) -> None:
    made = user(ctx, new_password="correct horse 9")
    doc = load_user(ctx, made.name)
    doc.new_password, doc.last_name = new_password, "Noon"
    doc.save()
    assert auth.check_password(ctx, made.name, "correct horse 9")


@pytest.mark.parametrize(("password", "refused"), [("short", True), ("aaaaaaaaaa", True), ("correct horse 9", False)])
def test_the_password_policy(ctx: Context, password: str, refused: bool) -> None:
    settings = document.load(ctx, "System Settings", "System Settings")
    settings.enable_password_policy = 1
    settings.save()
    if refused:
        with pytest.raises(ValidationError, match="too easy to guess|only slightly harder to guess"):
            user(ctx, new_password=password)
    else:
        user(ctx, new_password=password)


def session(ctx: Context, name: str) -> None:
    sessions.begin(ctx.as_user("Guest"), name)


def sessions_of(ctx: Context, name: str) -> int:
    return int(ctx.store.database.row('SELECT COUNT(*) FROM "tabSessions" WHERE user = ?', (name,))[0])


def disable(ctx: Context) -> None:
    doc = load_user(ctx)
    doc.enabled = 0
    doc.save()


def change_password(ctx: Context) -> None:
    doc = load_user(ctx)
    doc.new_password, doc.logout_all_sessions = "correct horse 9", 1
    doc.save()


def delete(ctx: Context) -> None:
    document.delete(ctx, "User", ANN)


def rename(ctx: Context) -> None:
    document.rename(ctx, "User", ANN, "anna@example.com")


def profile(ctx: Context, name: str, *roles: str) -> Any:
    return insert(ctx, "Role Profile", role_profile=name, roles=[{"role": each} for each in roles])


def roles_of(ctx: Context, name: str = ANN) -> list[str]:
    return [row.role for row in load_user(ctx, name).roles]


@pytest.mark.parametrize(
    ("values", "roles"),
    [
        pytest.param({"role_profiles": [{"role_profile": "Writers"}]}, ["Desk User"], id="the roles of a profile"),
        pytest.param({"role_profile_name": "Writers"}, ["Desk User"], id="of the one that the old field names"),
        pytest.param(
            {"role_profiles": [{"role_profile": "Writers"}, {"role_profile": "Chiefs"}]},
            ["Desk User", "System Manager"],
            id="of all profiles, each once",
        ),
        pytest.param(
            {"role_profiles": [{"role_profile": "Writers"}], "roles": [{"role": "System Manager"}]},
            ["Desk User"],
            id="and no others",
        ),
        pytest.param({"roles": [{"role": "System Manager"}]}, ["System Manager"], id="without profiles what is given"),
    ],
)
def test_a_user_has_the_roles_of_the_profiles(ctx: Context, values: dict[str, Any], roles: list[str]) -> None:
    profile(ctx, "Writers", "Desk User")
    profile(ctx, "Chiefs", "System Manager", "Desk User")
    load_user(ctx).update(values).save()
    assert roles_of(ctx) == roles
    assert load_user(ctx).role_profile_name is None


def test_a_profile_that_changes_changes_its_users(ctx: Context) -> None:
    writers = profile(ctx, "Writers", "Desk User")
    load_user(ctx).update({"role_profiles": [{"role_profile": "Writers"}]}).save()
    writers.append("roles", {"role": "System Manager"})
    writers.save()
    assert roles_of(ctx) == ["Desk User", "System Manager"]
    assert roles_of(ctx, BOB) == []
    writers.set("roles", [])
    writers.save()
    assert roles_of(ctx) == []


def test_the_standard_users_have_no_profiles(ctx: Context) -> None:
    profile(ctx, "Writers", "Desk User")
    load_user(ctx, "Administrator").update({"role_profiles": [{"role_profile": "Writers"}]}).save()
    assert (load_user(ctx, "Administrator").role_profiles, roles_of(ctx, "Administrator")) == ([], [])


@pytest.mark.parametrize("who", [pytest.param(ANN, id="oneself"), pytest.param(BOB, id="another")])
def test_only_a_manager_gives_a_profile(ctx: Context, who: str) -> None:
    """A user may write the own document, but for its higher levels: a profile sent with it is dropped, or refused."""
    profile(ctx, "Chiefs", "System Manager")
    doc = document.load(ctx.as_user(who), "User", ANN)
    doc.role_profiles = [{"role_profile": "Chiefs"}]
    with contextlib.suppress(PermissionError):
        doc.save()
    assert roles_of(ctx) == []


def test_only_a_manager_changes_the_roles_of_a_profile(ctx: Context) -> None:
    writers = profile(ctx, "Writers", "Desk User")
    insert(ctx, "DocShare", user=BOB, share_doctype="Role Profile", share_name="Writers", read=1, write=1)
    doc = document.load(ctx.as_user(BOB), "Role Profile", writers.name)
    doc.append("roles", {"role": "System Manager"})
    with contextlib.suppress(PermissionError):
        doc.save()
    assert [row.role for row in document.load(ctx, "Role Profile", "Writers").roles] == ["Desk User"]


@pytest.mark.parametrize("step", [disable, change_password, delete, rename], ids=lambda step: step.__name__)
def test_a_users_sessions_end_when(ctx: Context, step: Any) -> None:
    session(ctx, ANN)
    session(ctx, BOB)
    step(ctx)
    assert (sessions_of(ctx, ANN), sessions_of(ctx, BOB)) == (0, 1)


def test_a_saved_user_stays_signed_in(ctx: Context) -> None:
    session(ctx, ANN)
    load_user(ctx).save()
    assert sessions_of(ctx, ANN) == 1


def test_a_renamed_user_has_the_new_address(ctx: Context) -> None:
    rename(ctx)
    assert load_user(ctx, "anna@example.com").email == "anna@example.com"


@pytest.mark.parametrize("name", ["Administrator", "Guest"])
def test_the_standard_users_stay(ctx: Context, name: str) -> None:
    doc = load_user(ctx, name)
    doc.enabled = 0
    with pytest.raises(ValidationError, match="cannot be disabled"):
        doc.save()
    with pytest.raises(ValidationError, match="cannot be deleted"):
        document.delete(ctx, "User", name)


@pytest.mark.parametrize(
    ("asking", "name", "right", "allowed"),
    [
        pytest.param(ANN, ANN, "read", True, id="the own record is read"),
        pytest.param(ANN, ANN, "write", True, id="and written"),
        pytest.param(ANN, BOB, "write", False, id="another's is not"),
        pytest.param(ANN, ANN, "delete", False, id="nor is the own deleted"),
        pytest.param(SYS, BOB, "write", True, id="a System Manager writes all"),
        pytest.param(SYS, "Administrator", "read", False, id="but does not see the Administrator"),
        pytest.param("Administrator", "Administrator", "write", True, id="who sees himself"),
        pytest.param(SYS, "Administrator", "write", False, id="nor writes him"),
        pytest.param(SYS, "Guest", "delete", False, id="nor delete the guest"),
        pytest.param("Guest", ANN, "read", False, id="a guest reads nobody"),
    ],
)
def test_who_may_touch_a_user(ctx: Context, asking: str, name: str, right: str, allowed: bool) -> None:
    row = ctx.store.load_row(ctx.meta("User"), name)
    assert permissions.judge(ctx.as_user(asking), ctx.meta("User"), right, row).allowed is allowed


@pytest.mark.parametrize(
    "values",
    [
        {"roles": [{"role": "System Manager"}]},
        {"user_type": "System User"},
        {"roles": [{"role": "Script Manager"}], "enabled": 1},
    ],
)
def test_nobody_gives_himself_a_role(ctx: Context, values: dict[str, Any]) -> None:
    before = ctx.roles_of(ANN)
    doc = load_user(ctx.as_user(ANN))
    doc.update(values)
    doc.save()
    assert ctx.roles_of(ANN) == before
    assert load_user(ctx).user_type == "Website User"


def test_a_list_of_roles_that_one_may_not_write_is_not_emptied_either(ctx: Context) -> None:
    insert(ctx, "Role", role_name="Keeper", desk_access=0)
    doc = load_user(ctx)
    doc.append("roles", {"role": "Keeper"})
    doc.save()
    mine = load_user(ctx.as_user(ANN))
    mine.update({"roles": [], "last_name": "A"})
    mine.save()
    assert load_user(ctx).last_name == "A"
    assert "Keeper" in ctx.roles_of(ANN)


def test_a_role_given_counts_at_once(ctx: Context) -> None:
    doc = load_user(ctx)
    doc.append("roles", {"role": "System Manager"})
    doc.save()
    assert {"System Manager", "Desk User"} <= ctx.roles_of(ANN)
    doc = load_user(ctx)
    doc.update({"roles": []})
    doc.save()
    assert ctx.roles_of(ANN) == {"All", "Guest"}


def test_a_deleted_user_leaves_no_secrets_shares_or_roles(ctx: Context) -> None:
    auth.set_password(ctx, ANN, "correct horse 9")
    delete(ctx)
    assert ctx.store.secret("User", ANN, "password") is None
    assert ctx.store.find(ctx.meta("DocShare"), Condition("user = ?", (ANN,))) == []
    assert ctx.store.find(ctx.meta("Has Role"), Condition("parent = ?", (ANN,))) == []


# --- Role ---


@pytest.mark.parametrize("role", ["System Manager", "All", "Guest", "Desk User", "Administrator"])
def test_the_standard_roles_stay(ctx: Context, role: str) -> None:
    with pytest.raises(ValidationError, match="standard role"):
        document.delete(ctx, "Role", role)


def test_another_role_goes_unless_somebody_has_it(ctx: Context) -> None:
    insert(ctx, "Role", role_name="Keeper")
    doc = load_user(ctx)
    doc.append("roles", {"role": "Keeper"})
    doc.save()
    with pytest.raises(frappe_lite.face.exceptions.LinkExistsError):
        document.delete(ctx, "Role", "Keeper")
    doc.update({"roles": []})
    doc.save()
    document.delete(ctx, "Role", "Keeper")


# --- DocShare ---


def note(ctx: Context, owner: str) -> Any:
    return insert(ctx.as_user(owner), "Note", title=f"of {owner}")


def share(ctx: Context, doc: Any, **values: Any) -> Any:
    return insert(ctx, "DocShare", **{"share_doctype": doc.doctype, "share_name": doc.name, "user": BOB, **values})


@pytest.mark.parametrize("right", ["write", "share"])
def test_a_share_of_any_right_is_one_of_reading(ctx: Context, right: str) -> None:
    assert share(ctx, note(ctx, ANN), **{right: 1}).read == 1


@pytest.mark.parametrize(
    ("is_submittable", "given"),
    [pytest.param(1, (1, 1, 1), id="what is submitted"), pytest.param(0, None, id="what is not")],
)
def test_a_right_to_submit_is_shared_of(ctx: Context, is_submittable: int, given: tuple[int, ...] | None) -> None:
    rules = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "share": 1, "submit": is_submittable}]
    fields = [{"fieldname": "text", "fieldtype": "Data"}]
    kind = {"module": "Core", "custom": 1, "fields": fields, "permissions": rules, "is_submittable": is_submittable}
    insert(ctx, "DocType", name="Leave", **kind)
    doc = insert(ctx, "Leave", text="a")
    if given:
        made = share(ctx, doc, submit=1)
        assert (made.read, made.write, made.submit) == given
    else:
        with pytest.raises(
            ValidationError, match="with submit permission as the doctype <strong>Leave</strong> is not"
        ):
            share(ctx, doc, submit=1)
        assert ctx.store.find(ctx.meta("DocShare"), Condition("share_doctype = 'Leave'")) == []


def test_a_share_opens_one_document_to_one_user(ctx: Context) -> None:
    insert(ctx, "DocType", name="Diary", module="Core", custom=1, fields=[{"fieldname": "text", "fieldtype": "Data"}])
    pages = [insert(ctx, "Diary", text=text) for text in "ab"]
    with pytest.raises(PermissionError):
        lists.get_list(ctx.as_user(BOB), "Diary")
    share(ctx, pages[0], read=1)
    assert [row["name"] for row in lists.get_list(ctx.as_user(BOB), "Diary")] == [pages[0].name]
    with pytest.raises(PermissionError):
        lists.get_list(ctx.as_user(ANN), "Diary")


def test_nobody_shares_what_he_may_not_share(ctx: Context) -> None:
    insert(ctx, "DocType", name="Diary", module="Core", custom=1, fields=[{"fieldname": "text", "fieldtype": "Data"}])
    page = insert(ctx, "Diary", text="mine")
    share(ctx, page, user=SYS, read=1, write=1)
    with pytest.raises(PermissionError):
        share(ctx.as_user(SYS), page, read=1)
    with pytest.raises(PermissionError):
        share(ctx.as_user(ANN), page, user=ANN, read=1)


def test_a_share_of_nothing(ctx: Context) -> None:
    doc = note(ctx, ANN)
    document.delete(ctx, "Note", doc.name)
    with pytest.raises((DoesNotExistError, ValidationError)):
        share(ctx, doc, read=1)


# --- ToDo ---


@pytest.mark.parametrize(
    ("values", "asking", "seen"),
    [
        pytest.param({}, ANN, False, id="not who made it"),
        pytest.param({"allocated_to": BOB}, BOB, True, id="who has it"),
        pytest.param({"assigned_by": BOB}, BOB, True, id="who gave it"),
        pytest.param({}, BOB, False, id="nobody else"),
        pytest.param({}, SYS, True, id="but a System Manager"),
        pytest.param({}, "Administrator", True, id="and the Administrator"),
    ],
)
def test_who_sees_a_to_do(ctx: Context, values: dict[str, Any], asking: str, seen: bool) -> None:
    doc = insert(ctx.as_user(SYS), "ToDo", description="x", **values)
    reader = ctx.as_user(asking)
    assert permissions.judge(reader, doc.meta, "read", ctx.store.load_row(doc.meta, doc.name)).allowed is seen
    assert (doc.name in [row["name"] for row in lists.get_list(reader, "ToDo")]) is seen
    assert lists.count(reader, "ToDo") == int(seen)


def test_who_gave_a_to_do_is_told_by_who_makes_it(ctx: Context) -> None:
    """Frappe: nobody else fills it in, though the comment on the document says who made the to-do."""
    about = note(ctx, ANN)
    of_it = {"description": "x", "reference_type": "Note", "reference_name": about.name}
    assert insert(ctx.as_user(SYS), "ToDo", **of_it).assigned_by is None
    assert insert(ctx.as_user(SYS), "ToDo", **of_it, assigned_by=BOB).assigned_by == BOB
    said = Condition("comment_type = 'Assigned' AND reference_name = ?", (about.name,))
    texts = [row["content"] for row in ctx.store.find(ctx.meta("Comment"), said, ("content",), order="rowid")]
    giver = identity.full_name(ctx, SYS)
    assert texts == [f"{giver} self assigned this task: x", f"{identity.full_name(ctx, BOB)} assigned {giver}: x"]


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        pytest.param({}, False, id="nobody's"),
        pytest.param({"allocated_to": ANN}, True, id="one's own"),
        pytest.param({"allocated_to": BOB}, False, id="another's"),
        pytest.param({"allocated_to": BOB, "assigned_by": ANN}, True, id="another's, given by oneself"),
    ],
)
def test_whose_to_do_one_may_make(ctx: Context, values: dict[str, Any], allowed: bool) -> None:
    """Frappe: who makes a to-do is not asked for, only who gives it and who has it."""
    with contextlib.nullcontext() if allowed else pytest.raises(PermissionError):
        insert(ctx.as_user(ANN), "ToDo", description="x", **values)


# --- DocType ---


@pytest.mark.parametrize(
    ("label", "fieldname"),
    [
        pytest.param("Due Date", "due_date", id="small letters and underscores"),
        pytest.param("How Many?", "how_many", id="nothing else"),
        pytest.param("Name", "name1", id="what is taken gets a number"),
        pytest.param("A (b)", "a_b", id="without brackets"),
    ],
)
def test_a_fieldname_from_its_label(ctx: Context, label: str, fieldname: str) -> None:
    doc = insert(
        ctx, "DocType", name="Labelled", module="Core", custom=1, fields=[{"label": label, "fieldtype": "Data"}]
    )
    assert doc.fields[0].fieldname == fieldname


def test_a_doctype_with_documents_becomes_a_child_table_and_keeps_them(ctx: Context) -> None:
    insert(ctx, "DocType", name="Plain", module="Core", custom=1, fields=[{"fieldname": "x", "fieldtype": "Data"}])
    insert(ctx, "Plain", x="a")
    doc = document.load(ctx, "DocType", "Plain")
    doc.istable = 1
    doc.save()
    assert ctx.meta("Plain").istable
    assert ctx.store.database.rows('SELECT x, parent FROM "tabPlain"') == [("a", None)]


@pytest.mark.parametrize(
    "doctype", ["DocType", "User", "Role", "Custom Field", "Property Setter", "System Settings", "User Permission"]
)
def test_a_plain_user_makes_no_rules(ctx: Context, doctype: str) -> None:
    with pytest.raises(PermissionError):
        permissions.require(ctx.as_user(ANN), ctx.meta(doctype), "create")


# --- DocTypes ---


def doctype(ctx: Context, *fields: dict[str, Any], **values: Any) -> Any:
    return insert(
        ctx,
        "DocType",
        **{
            "name": "Checked",
            "module": "Core",
            "custom": 1,
            "fields": [{"fieldname": "title", "fieldtype": "Data"}, *fields],
            **values,
        },
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param(
            {"fields": [{"fieldname": "a", "fieldtype": "Link", "options": "Nowhere"}]},
            "Options must be a valid DocType for field None in row 1",
            id="a link to nothing",
        ),
        pytest.param(
            {"fields": [{"fieldname": "a", "label": "Rows", "fieldtype": "Table", "options": "Nowhere"}]},
            "valid DocType for field Rows in row 1",
            id="a table of nothing",
        ),
        pytest.param(
            {"fields": [{"fieldname": "a", "fieldtype": "Table", "options": "User"}]},
            "User.* is not a child table",
            id="a table of what is none",
        ),
        pytest.param(
            {"fields": [{"fieldname": "a", "fieldtype": "Link"}]},
            "Options required for Link",
            id="a link without options",
        ),
        pytest.param(
            {"search_fields": "title, nothing"}, "Search field nothing is not valid", id="a search field that is none"
        ),
        pytest.param({"title_field": "nothing"}, "Title field must be a valid fieldname", id="a title that is none"),
    ],
)
def test_a_doctype_that_cannot_be(ctx: Context, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        doctype(ctx, **values)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(
            {"fields": [{"fieldname": "a", "fieldtype": "Link", "options": "Checked"}]}, id="a link to itself"
        ),
        pytest.param({"fields": [{"fieldname": "a", "fieldtype": "Link", "options": "User"}]}, id="a link"),
        pytest.param(
            {"fields": [{"fieldname": "a", "fieldtype": "Link", "options": "[Select]"}]},
            id="a link that is filled by a script",
        ),
        pytest.param({"search_fields": "title , title"}, id="search fields"),
        pytest.param({"search_fields": ""}, id="no search fields"),
    ],
)
def test_a_doctype_that_can_be(ctx: Context, values: dict[str, Any]) -> None:
    assert doctype(ctx, **values).name == "Checked"
