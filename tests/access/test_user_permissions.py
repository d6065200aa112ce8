"""User Permissions: whom they hold to what, in lists as in single answers, when reading as when writing.

And what they fill in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frappe_lite
from conftest import ApiClient
from frappe_lite import document, permissions
from frappe_lite.context import Context
from frappe_lite.document import lists, schema, validation
from frappe_lite.errors import DuplicateEntryError, PermissionError, ValidationError
from frappe_lite.permissions import app_rules
from frappe_lite.permissions import user_permission as user_permissions
from frappe_lite.query import Condition
from frappe_lite.site import InstalledApp, Site

ANN, BOB = "ann@example.com", "bob@example.com"
READER = {"role": "Reader", **dict.fromkeys("read write create delete".split(), 1)}

LINE = [
    {"fieldname": "shelf", "fieldtype": "Link", "options": "Shelf", "label": "Shelf"},
    {"fieldname": "free", "fieldtype": "Link", "options": "Shelf", "ignore_user_permissions": 1},
]
BOOK = [
    {"fieldname": "title", "fieldtype": "Data"},
    {"fieldname": "shelf", "fieldtype": "Link", "options": "Shelf", "label": "Shelf"},
    {"fieldname": "usual", "fieldtype": "Link", "options": "Shelf", "default": "S2", "ignore_user_permissions": 1},
    {"fieldname": "keeper", "fieldtype": "Link", "options": "User"},
    {"fieldname": "lines", "fieldtype": "Table", "options": "Book Line"},
    {"fieldname": "more", "fieldtype": "Table", "options": "Book Line"},
]


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """A site with Shelves S1 to S3, Books that link to them, and ann, a Reader."""
    made = frappe_lite.Site()
    with made.acting() as ctx:
        schema.insert_record(ctx, "Role", "Reader", role_name="Reader", desk_access=1)
        for name in (ANN, BOB):
            document.new(
                ctx, {"doctype": "User", "email": name, "first_name": name[:3], "roles": [{"role": "Reader"}]}
            ).insert()
        tree = [
            {"fieldname": "lft", "fieldtype": "Int"},
            {"fieldname": "rgt", "fieldtype": "Int"},
            {"fieldname": "parent_shelf", "fieldtype": "Link", "options": "Shelf"},
        ]
        schema.store_doctype(
            ctx, {"doctype": "DocType", "name": "Shelf", "is_tree": 1, "fields": tree, "permissions": [READER]}
        )
        schema.store_doctype(ctx, {"doctype": "DocType", "name": "Book Line", "istable": 1, "fields": LINE})
        schema.store_doctype(
            ctx, {"doctype": "DocType", "name": "Book", "autoname": "prompt", "fields": BOOK, "permissions": [READER]}
        )
        for name, (lft, rgt) in {"S1": (1, 4), "S1a": (2, 3), "S2": (5, 6), "S3": (7, 8)}.items():
            put(ctx, "Shelf", name, lft=lft, rgt=rgt)
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


def book(
    ctx: Context, name: str, lines: tuple[Any, ...] = (), more: tuple[Any, ...] = (), **values: Any
) -> dict[str, Any]:
    row = put(ctx, "Book", name, **values)
    for table, shelves in (("lines", lines), ("more", more)):
        for index, shelf in enumerate(shelves, 1):
            put(
                ctx,
                "Book Line",
                f"{name}-{table}-{index}",
                parent=name,
                parenttype="Book",
                parentfield=table,
                idx=index,
                shelf=shelf,
                free="S3",
            )
    return row


def hold(ctx: Context, allow: str, name: str, user: str = ANN, applicable: str | None = None, **more: Any) -> None:
    number = len(ctx.store.find(ctx.meta("User Permission"), Condition()))
    values = {
        "user": user,
        "allow": allow,
        "for_value": name,
        "applicable_for": applicable,
        "apply_to_all_doctypes": int(applicable is None),
        "creation": f"2026-01-01 00:00:{number:02}",
    }
    put(ctx, "User Permission", f"hold-{number}", **{**values, **more})


def setting(ctx: Context, **values: Any) -> None:
    document.set_values(ctx, ctx.meta("System Settings"), "System Settings", values)


def seen(ctx: Context, row: dict[str, Any]) -> tuple[bool, bool, int]:
    """Whether ann reads the document, whether a list shows it to her, and what a count says."""
    asking = ctx.as_user(ANN)
    listed = [each["name"] for each in lists.get_list(asking, "Book", filters={"name": row["name"]})]
    return (
        permissions.judge(asking, ctx.meta("Book"), "read", row).allowed,
        listed == [row["name"]],
        lists.count(asking, "Book", {"name": row["name"]}),
    )


@pytest.mark.parametrize(
    ("lines", "more", "applicable", "allowed"),
    [
        pytest.param(("S2",), (), None, True, id="a row that links to what is allowed"),
        pytest.param(("S3",), (), None, False, id="a row that links to something else"),
        pytest.param(("S2", "S3"), (), None, False, id="one such row is enough"),
        pytest.param(("S2",), ("S3",), None, False, id="in whichever table"),
        pytest.param((None, ""), (), None, True, id="a row whose link is empty"),
        pytest.param((), (), None, True, id="no rows"),
        pytest.param(("S3",), (), "Book", False, id="applicable for the document's DocType"),
        pytest.param(("S3",), (), "Book Line", True, id="but not for that of its rows, as in Frappe"),
        pytest.param(("S3",), (), "Note", True, id="nor for another"),
    ],
)
def test_links_in_child_rows_count(
    ctx: Context, lines: tuple[Any, ...], more: tuple[Any, ...], applicable: str | None, allowed: bool
) -> None:
    row = book(ctx, "B1", lines, more, shelf="S2")
    hold(ctx, "Shelf", "S2", applicable=applicable)
    assert seen(ctx, row) == (allowed, allowed, int(allowed))
    assert (
        permissions.judge(ctx.as_user(ANN), ctx.meta("Book"), "read", document.load(ctx, "Book", "B1").__dict__).allowed
        is allowed
    ), "with the rows at hand"


@pytest.mark.parametrize(("lines", "allowed"), [((None,), False), (("",), False), (("S2",), True), ((), True)])
def test_strictly_a_row_without_a_link_is_refused(ctx: Context, lines: tuple[Any, ...], allowed: bool) -> None:
    setting(ctx, apply_strict_user_permissions=1)
    row = book(ctx, "B1", lines, shelf="S2")
    hold(ctx, "Shelf", "S2")
    assert seen(ctx, row) == (allowed, allowed, int(allowed))


def test_a_row_is_read_as_its_document(ctx: Context) -> None:
    book(ctx, "B1", ("S2",), ("S3",))
    book(ctx, "B2", ("S2",), ())
    hold(ctx, "Shelf", "S2")
    asking, meta = ctx.as_user(ANN), ctx.meta("Book Line")
    for right in ("read", "write", "delete"):
        verdicts = {
            name: permissions.judge(asking, meta, right, ctx.store.load(meta, f"{name}-lines-1") or {})
            for name in ("B1", "B2")
        }
        assert (verdicts["B1"].allowed, verdicts["B1"].rule, verdicts["B2"].allowed) == (False, "User Permission", True)
        assert "B1 " not in verdicts["B1"].reason and "S3" not in verdicts["B1"].reason
    listed = [row["parent"] for row in lists.get_list(asking, "Book Line", ["parent"], parent="Book")]
    assert listed == ["B2"]


def test_the_refusal_names_the_row(ctx: Context) -> None:
    row = book(ctx, "B1", ("S2", "S3"))
    hold(ctx, "Shelf", "S2")
    assert user_permissions.refusals(ctx.as_user(ANN), ctx.meta("Book"), row) == [
        "You are not allowed to access this Book Line record because it is linked to Shelf 'S3' in row 2, field Shelf"
    ]


@pytest.mark.parametrize(("strict", "allowed"), [(0, True), (1, False)])
@pytest.mark.parametrize("shelf", [None, ""])
def test_strictly_a_document_without_a_link_is_refused(
    ctx: Context, shelf: str | None, strict: int, allowed: bool
) -> None:
    setting(ctx, apply_strict_user_permissions=strict)
    hold(ctx, "Shelf", "S2")
    assert seen(ctx, book(ctx, "B1", shelf=shelf)) == (allowed, allowed, int(allowed))


def test_an_apps_rule_is_shown_the_rows_of_installed_tables(ctx: Context) -> None:
    lost = [*BOOK[:-1], {"fieldname": "gone", "fieldtype": "Table", "options": "Not Installed"}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Old Book", "fields": lost})
    row = book(ctx, "B1", ("S2", "S3"))
    shown = app_rules.whole(ctx, ctx.meta("Book"), row)
    assert [each["shelf"] for each in shown["lines"]] == ["S2", "S3"]
    assert app_rules.whole(ctx, ctx.meta("Book"), {**row, "lines": []})["lines"] == []
    assert "gone" not in app_rules.whole(ctx, ctx.meta("Old Book"), put(ctx, "Old Book", "O1"))


def test_a_single_is_never_strict(ctx: Context) -> None:
    setting(ctx, apply_strict_user_permissions=1)
    schema.store_doctype(
        ctx, {"doctype": "DocType", "name": "Desk Rules", "issingle": 1, "fields": BOOK[:2], "permissions": [READER]}
    )
    hold(ctx, "Shelf", "S2")
    assert permissions.judge(
        ctx.as_user(ANN), ctx.meta("Desk Rules"), "read", {"name": "Desk Rules", "shelf": None}
    ).allowed


@pytest.mark.parametrize("who", ["Administrator", "Guest"])
def test_the_administrator_and_guests_are_held_to_nothing(ctx: Context, who: str) -> None:
    hold(ctx, "Shelf", "S2", user=who)
    assert user_permissions.limits(ctx.as_user(who), ctx.meta("Book")) == ()


# --- making and changing ---


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        pytest.param({"shelf": "S2"}, True, id="a link to what is allowed"),
        pytest.param({"shelf": "S3"}, False, id="a link to something else"),
        pytest.param({"shelf": "S2", "lines": [{"shelf": "S3"}]}, False, id="in a row"),
        pytest.param(
            {"shelf": "S2", "lines": [{"shelf": "S2", "free": "S3"}]}, True, id="a field that ignores user permissions"
        ),
    ],
)
def test_a_document_is_made_and_changed_within_them(ctx: Context, values: dict[str, Any], allowed: bool) -> None:
    hold(ctx, "Shelf", "S2")
    hold(ctx, "Shelf", "S1", hide_descendants=1)
    asking = ctx.as_user(ANN)
    book(ctx, "B0", shelf="S2")
    for act in (
        lambda: document.new(asking, {"doctype": "Book", **values}).insert(set_name="B1"),
        lambda: document.load(asking, "Book", "B0").update(values).save(),
    ):
        if allowed:
            act()
        else:
            with pytest.raises(PermissionError, match="because it is linked to Shelf 'S3'"):
                act()


def test_who_is_held_to_documents_of_a_doctype_makes_no_others(ctx: Context) -> None:
    book(ctx, "B0")
    hold(ctx, "Book", "B0")
    assert permissions.judge(ctx.as_user(ANN), ctx.meta("Book"), "write", {"name": "B0"}).allowed
    with pytest.raises(PermissionError, match="Not allowed for Book: None"):
        document.new(ctx.as_user(ANN), {"doctype": "Book", "title": "x"}).insert(set_name="B9")


DEFAULTS = [
    pytest.param([("S2", {})], {}, "S2", id="the only one"),
    pytest.param([("S2", {}), ("S3", {})], {}, None, id="one of several"),
    pytest.param([("S2", {}), ("S3", {"is_default": 1})], {}, "S3", id="the default of several"),
    pytest.param([("S1", {})], {}, None, id="one with others below it in its tree"),
    pytest.param([("S1", {"hide_descendants": 1})], {}, "S1", id="unless those are hidden"),
    pytest.param([("S1", {"is_default": 1})], {}, "S1", id="or it is the default"),
    pytest.param([("S2", {"applicable": "Note"})], {}, None, id="one for another DocType"),
    pytest.param([("S2", {"applicable": "Book"})], {}, "S2", id="one for this DocType"),
    pytest.param([("S2", {})], {"shelf": ""}, "", id="a link that was left empty on purpose stays empty"),
    pytest.param([("S9", {})], {}, None, id="one that is not there"),
]


@pytest.mark.parametrize(("held", "values", "shelf"), DEFAULTS)
def test_an_empty_link_of_a_new_document_is_filled(
    ctx: Context, held: list[tuple[str, dict[str, Any]]], values: dict[str, Any], shelf: str | None
) -> None:
    for name, more in held:
        hold(ctx, "Shelf", name, **more)
    doc = document.new(ctx.as_user(ANN), {"doctype": "Book", "lines": [{}], **values})
    validation.set_defaults(ctx.as_user(ANN), doc)
    assert (doc.shelf, doc.usual) == (shelf, "S2"), "a field that ignores them has its own default"
    of_row = None if any(more.get("applicable") for _, more in held) else shelf or (None if shelf is None else "S2")
    assert doc.lines[0].shelf == of_row


def test_a_link_to_a_user_is_not_filled(ctx: Context) -> None:
    hold(ctx, "User", ANN)
    doc = document.new(ctx.as_user(ANN), {"doctype": "Book"})
    validation.set_defaults(ctx.as_user(ANN), doc)
    assert doc.keeper is None


@pytest.mark.parametrize(("held", "expected"), [("S2", "S2"), ("S3", "S3")])
def test_a_fields_default_gives_way(ctx: Context, held: str, expected: str) -> None:
    schema.store_doctype(
        ctx,
        {
            "doctype": "DocType",
            "name": "Pamphlet",
            "fields": [{"fieldname": "shelf", "fieldtype": "Link", "options": "Shelf", "default": "S2"}],
            "permissions": [READER],
        },
    )
    hold(ctx, "Shelf", held)
    assert document.new(ctx.as_user(ANN), {"doctype": "Pamphlet"}).insert().shelf == expected


def test_a_fields_default_that_is_not_allowed_stays_away(ctx: Context) -> None:
    schema.store_doctype(
        ctx,
        {
            "doctype": "DocType",
            "name": "Pamphlet",
            "fields": [{"fieldname": "shelf", "fieldtype": "Link", "options": "Shelf", "default": "S2"}],
            "permissions": [READER],
        },
    )
    hold(ctx, "Shelf", "S1", hide_descendants=1)
    hold(ctx, "Shelf", "S3")
    assert document.new(ctx.as_user(ANN), {"doctype": "Pamphlet"}).insert().shelf is None


@pytest.mark.parametrize(
    ("held", "fieldname", "name", "allowed"),
    [
        pytest.param(None, "shelf", "S3", True, id="who is held to nothing"),
        pytest.param("S2", "shelf", "S2", True, id="what one is held to"),
        pytest.param("S2", "shelf", "S3", False, id="anything else"),
        pytest.param("S2", "usual", "S3", True, id="a field that ignores user permissions"),
        pytest.param("S2", "keeper", BOB, True, id="a user"),
        pytest.param("S2", "title", "S3", True, id="what is no link"),
    ],
)
def test_what_a_link_may_begin_with(ctx: Context, held: str | None, fieldname: str, name: str, allowed: bool) -> None:
    if held:
        hold(ctx, "Shelf", held)
        hold(ctx, "User", ANN)
    meta = ctx.meta("Book")
    link = meta.field(fieldname)
    assert link is not None
    assert user_permissions.allows_link(ctx.as_user(ANN), meta, link, name) is allowed


@pytest.mark.parametrize("everywhere", [0, 1])
def test_one_for_a_doctype_is_for_it_alone(ctx: Context, everywhere: int) -> None:
    """Frappe: also where it says that it is for all."""
    row = book(ctx, "B1", shelf="S3")
    hold(ctx, "Shelf", "S2", applicable="Note", apply_to_all_doctypes=everywhere)
    assert seen(ctx, row) == (True, True, 1)
    hold(ctx, "Shelf", "S2", applicable="Book", apply_to_all_doctypes=everywhere)
    assert seen(ctx, row) == (False, False, 0)


# --- the DocType itself ---


@pytest.mark.parametrize(
    ("more", "error"),
    [
        pytest.param({}, DuplicateEntryError, id="the same again"),
        pytest.param({"hide_descendants": 1}, DuplicateEntryError, id="whatever it hides"),
        pytest.param({"apply_to_all_doctypes": 0, "applicable_for": "Book"}, None, id="for one DocType"),
        pytest.param({"for_value": "S3"}, None, id="another document"),
        pytest.param({"for_value": "S3", "is_default": 1}, ValidationError, id="a second default"),
        pytest.param({"user": BOB, "is_default": 1}, None, id="another user's"),
    ],
)
def test_a_user_permission_stands_once(ctx: Context, more: dict[str, Any], error: type[Exception] | None) -> None:
    first = {"doctype": "User Permission", "user": ANN, "allow": "Shelf", "for_value": "S2", "apply_to_all_doctypes": 1}
    made = document.new(ctx, {**first, "is_default": 1}).insert()
    made.save()
    if error is None:
        document.new(ctx, {**first, **more}).insert()
        return
    with pytest.raises(error) as raised:
        document.new(ctx, {**first, **more}).insert()
    assert type(raised.value) is error


def test_over_http_the_status_is_frappes(site: Site, new_user: Any) -> None:
    admin = ApiClient(site)
    new_user(site, ANN)
    body = {"user": ANN, "allow": "Role", "for_value": "Guest", "apply_to_all_doctypes": 1}
    assert [admin("POST /api/resource/User Permission", body).status_code for _ in range(2)] == [201, 409]


# --- lists agree with single answers: every rule at once -----------------------------------------------------------

flag = st.integers(0, 1)
shelf = st.sampled_from([None, "", "S1", "S1a", "S2"])
rule = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["Reader", "Reader", "All"]),
        "read": flag,
        "select": flag,
        "write": flag,
        "share": flag,
        "if_owner": flag,
    }
)
books = st.fixed_dictionaries(
    {
        "owner": st.sampled_from([ANN, BOB]),
        "shelf": shelf,
        "lines": st.lists(shelf, max_size=2),
        "more": st.lists(shelf, max_size=1),
    }
)
share = st.fixed_dictionaries(
    {
        "share_name": st.sampled_from(["B0", "B1"]),
        "user": st.sampled_from([ANN, BOB]),
        "read": flag,
        "write": flag,
        "everyone": flag,
    }
)
held = st.fixed_dictionaries({
    "allow": st.sampled_from(["Shelf", "Shelf", "Book"]), "name": st.sampled_from(["S1", "S2", "B0", "B1"]), (
        "applicable"
    ): st.sampled_from([None, "Book", "Book Line", "Note"]),
    "hide_descendants": flag, "is_default": flag,
})  # fmt: skip


@settings(max_examples=120)
@given(
    rules=st.lists(rule, max_size=3), papers=st.lists(books, max_size=3), shared=st.lists(share, max_size=2), holds=st.lists(held, max_size=2),
    strict=flag, hook=st.sampled_from([None, "S2"]), scopes=st.sampled_from([None, None, None, frozenset({"Book:read"}), frozenset({(
        "Note:write"
    )})]),
)  # fmt: skip
def test_a_document_is_readable_exactly_if_the_list_shows_it(
    world: Site, rules: Any, papers: Any, shared: Any, holds: Any, strict: int, hook: str | None, scopes: Any
) -> None:
    if hook:
        told = {
            "has_permission": {"Book": lambda _ctx, doc, _right: doc.shelf != hook},
            "permission_query_conditions": {"Book": lambda _ctx: Condition("COALESCE(shelf, '') <> ?", (hook,))},
        }
        world.apps["hooking"] = InstalledApp("hooking", hooks=told)
    try:
        with world.acting() as ctx:
            schema.store_doctype(
                ctx, {"doctype": "DocType", "name": "Book", "autoname": "prompt", "fields": BOOK, "permissions": rules}
            )
            setting(ctx, apply_strict_user_permissions=strict)
            stored = [
                book(ctx, f"B{index}", tuple(values.pop("lines")), tuple(values.pop("more")), **values)
                for index, values in enumerate([dict(each) for each in papers])
            ]
            for index, values in enumerate(shared):
                put(ctx, "DocShare", f"share-{index}", share_doctype="Book", **values)
            for values in holds:
                hold(ctx, **values)
            asking, meta = ctx.as_user(ANN), ctx.meta("Book")
            asking.scopes = scopes
            one_by_one = {
                row["name"]
                for row in stored
                if any(permissions.judge(asking, meta, right, row).allowed for right in ("read", "select"))
            }
            condition = permissions.rows(asking, meta)
            listed = {row["name"] for row in ctx.store.find(meta, condition)} if condition is not None else set()
            assert (
                listed
                == one_by_one
                == {row["name"] for row in stored if permissions.is_listed(asking, meta, row["name"])}
            )
            for row in stored:
                rights = permissions.document_rights(asking, meta, row)
                assert {right: bool(rights[right]) for right in ("read", "write", "share")} == {
                    right: permissions.judge(asking, meta, right, row).allowed for right in ("read", "write", "share")
                }
                grantable = permissions.may_grant(asking, meta, row, ["write"])
                assert grantable == all(
                    permissions.judge(asking, meta, right, row).allowed for right in ("write", "share")
                )
            ctx.rollback()
    finally:
        world.apps.pop("hooking", None)
