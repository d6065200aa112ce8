"""What is remembered beside a document: versions of its changes, comments on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import lists
from frappe_lite.errors import PermissionError
from frappe_lite.query import Condition
from frappe_lite.site import Site


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = AppSite()
    yield made
    made.close()


def task(ctx: Context, **values: Any) -> Any:
    rows = [{"item": "a", "qty": 1}, {"item": "b"}]
    made = document.new(ctx, {"doctype": "Task", "subject": "x", "checklist": rows, **values}).insert()
    return document.load(ctx, "Task", made.name)


def versions(ctx: Context, doc: Any) -> list[dict[str, Any]]:
    rows = ctx.store.find(
        ctx.meta("Version"),
        Condition("ref_doctype = ? AND docname = ?", (doc.doctype, str(doc.name))),
        ("data", "owner"),
        order="rowid",
    )
    return [json.loads(row["data"]) for row in rows]


def comments(ctx: Context, doc: Any) -> list[dict[str, Any]]:
    fields = ("comment_type", "content", "comment_email", "comment_by", "owner")
    return ctx.store.find(
        ctx.meta("Comment"),
        Condition("reference_doctype = ? AND reference_name = ?", (doc.doctype, doc.name)),
        fields,
        order="rowid",
    )


# --- versions ---


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        pytest.param({"points": 3}, [["points", 0, 3]], id="a number"),
        pytest.param(
            {"subject": "y"}, [["subject", "x", "y"], ["computed", "X", "Y"]], id="what the controller computes too"
        ),
        pytest.param({"due_date": "2026-01-02"}, [["due_date", None, "2026-01-02"]], id="a date that was unset"),
        pytest.param({"priority": ""}, [["priority", "Medium", ""]], id="a value that is emptied"),
        pytest.param({"docstatus": 1}, [["docstatus", 0, 1]], id="the state"),
        pytest.param({"code": ""}, [["code", None, ""]], id="empty text in a unique field, though nothing is stored"),
        pytest.param({"code": " "}, [["code", None, " "]], id="and a blank"),
        pytest.param({"points": None}, [["points", 0, None]], id="no number, though 0 is stored"),
        pytest.param(
            {"is_milestone": "alpha"}, [["is_milestone", 0, "alpha"]], id="text in a Check, though 0 is stored"
        ),
        pytest.param({"points": "3"}, [["points", 0, "3"]], id="a number as it was sent"),
    ],
)
def test_a_version_tells_what_was_and_what_is(ctx: Context, change: dict[str, Any], changed: list[Any]) -> None:
    doc = task(ctx)
    doc.update(change)
    doc.save()
    assert [sorted(each["changed"]) for each in versions(ctx, doc)] == [sorted(changed)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"points": "0"}, id="text for the same number"),
        pytest.param({"no_such_field": 1}, id="a field that is not there"),
    ],
)
def test_no_version_of_no_change(ctx: Context, change: dict[str, Any]) -> None:
    doc = task(ctx)
    doc.update(change)
    doc.save()
    assert versions(ctx, doc) == []


def test_versions_of_rows(ctx: Context) -> None:
    doc = task(ctx)
    first, second = doc.checklist
    doc.update({"checklist": [{"name": first.name, "item": "a", "qty": 2}, {"item": "c"}]})
    doc.save()
    (found,) = versions(ctx, doc)
    assert found["row_changed"] == [["checklist", 0, first.name, [["qty", 1, 2]]]]
    assert [(field, row["item"], row["idx"]) for field, row in found["added"]] == [("checklist", "c", 2)]
    assert [(field, row["name"], row["item"]) for field, row in found["removed"]] == [("checklist", second.name, "b")]
    assert found["changed"] == []


def test_a_row_that_moves_is_no_change(ctx: Context) -> None:
    doc = task(ctx)
    doc.update({"checklist": [row.as_dict() for row in reversed(doc.checklist)]})
    doc.save()
    assert versions(ctx, doc) == []


def test_each_save_is_a_version_by_who_saved(ctx: Context) -> None:
    doc = task(ctx)
    for points in (1, 2):
        doc.points = points
        doc.save()
    assert [each["changed"] for each in versions(ctx, doc)] == [[["points", 0, 1]], [["points", 1, 2]]]
    assert {row["owner"] for row in ctx.store.find(ctx.meta("Version"), Condition(), ("owner",))} == {"Administrator"}


def test_no_version_of_an_insert(ctx: Context) -> None:
    assert versions(ctx, task(ctx)) == []


def test_no_version_where_changes_are_not_tracked(ctx: Context) -> None:
    doc = document.new(ctx, {"doctype": "Hash Doc", "title": "a"}).insert()
    doc.title = "b"
    doc.save()
    assert versions(ctx, doc) == []


def test_no_version_if_the_caller_wants_none(ctx: Context) -> None:
    doc = task(ctx)
    doc.points = 1
    doc.save(ignore_version=True)
    assert versions(ctx, doc) == []


def test_a_refused_save_leaves_no_version(ctx: Context) -> None:
    doc = task(ctx)
    doc.status = "Nonsense"
    with pytest.raises(frappe_lite.face.exceptions.ValidationError):
        doc.save()
    assert versions(ctx, doc) == []


def test_a_password_is_not_told_by_a_version(ctx: Context) -> None:
    doc = task(ctx, secret="first one")
    doc.secret, doc.points = "hunter2", 1
    doc.save()
    assert "hunter2" not in json.dumps(versions(ctx, doc))


def test_versions_and_comments_move_and_go_with_their_document(ctx: Context) -> None:
    doc = task(ctx)
    doc.points = 1
    doc.save()
    doc.add_comment("Comment", "hello")
    document.rename(ctx, "Task", doc.name, "moved")
    doc = document.load(ctx, "Task", "moved")
    assert len(versions(ctx, doc)) == 1
    assert [row["comment_type"] for row in comments(ctx, doc)] == ["Comment", "Edit"]
    document.delete(ctx, "Task", "moved")
    assert (versions(ctx, doc), comments(ctx, doc)) == ([], [])


# --- comments ---


def test_a_comment_says_who_and_what(ctx: Context) -> None:
    doc = task(ctx)
    made = doc.add_comment("Comment", "<b>hello</b>")
    assert comments(ctx, doc) == [
        {
            "comment_type": "Comment",
            "content": "<b>hello</b>",
            "comment_email": "Administrator",
            "comment_by": "Administrator",
            "owner": "Administrator",
        }
    ]
    assert made.name
    assert made.doctype == "Comment"


def test_a_comment_may_speak_for_another(ctx: Context) -> None:
    doc = task(ctx)
    doc.add_comment("Info", "hi", "a@b.co", "Ann")
    assert [(row["comment_type"], row["comment_email"], row["comment_by"]) for row in comments(ctx, doc)] == [
        ("Info", "a@b.co", "Ann")
    ]


def test_a_comment_has_no_script(ctx: Context) -> None:
    doc = task(ctx)
    doc.add_comment("Comment", "<script>x()</script><p onclick='x()'>hi</p>")
    assert comments(ctx, doc)[0]["content"] == "&lt;script&gt;x()&lt;/script&gt;<p>hi</p>"


# --- what is left of a deleted document ---


def deletions(ctx: Context) -> list[tuple[Any, ...]]:
    fields = ("reference_doctype", "reference_name", "subject", "content", "comment_email", "owner")
    rows = ctx.store.find(ctx.meta("Comment"), Condition("comment_type = 'Deleted'"), fields, order="rowid")
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize(
    ("doctype", "values", "told"),
    [
        pytest.param("Task", {"subject": "x"}, True, id="any other"),
        pytest.param("ToDo", {"description": "x"}, True, id="one of Frappe's"),
        pytest.param("Comment", {"comment_type": "Comment", "content": "x"}, False, id="a Comment"),
        pytest.param("File", {"file_name": "a.txt", "content": "x"}, False, id="a File"),
        pytest.param("DocShare", {"share_doctype": "Role", "share_name": "All", "everyone": 1}, False, id="a DocShare"),
    ],
)
def test_a_comment_says_that_a_document_was_deleted(
    world: Site, doctype: str, values: dict[str, Any], told: bool
) -> None:
    """Frappe: of some DocTypes it does not."""
    with world.acting() as ctx:
        name = document.new(ctx, {"doctype": doctype, **values}).insert().name
        before = deletions(ctx)
        document.delete(ctx, doctype, name)
        said = [(doctype, None, f"{doctype} {name}", None, "Administrator", "Administrator")] if told else []
        assert deletions(ctx) == before + said


def test_an_apps_class_may_have_its_deletions_untold(world: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.acting() as ctx:
        doc = document.new(ctx, {"doctype": "ToDo", "description": "x"}).insert()
        monkeypatch.setattr(type(doc), "no_feed_on_delete", True, raising=False)
        before = deletions(ctx)
        document.delete(ctx, "ToDo", doc.name)
        assert deletions(ctx) == before


def test_one_that_is_merged_into_another_is_deleted(world: Site) -> None:
    with world.acting() as ctx:
        for title in ("From", "Into"):
            document.new(ctx, {"doctype": "Project", "title": title}).insert()
        document.rename(ctx, "Project", "From", "Into", merge=True)
        assert deletions(ctx)[-1][:3] == ("Project", None, "Project From")


def test_deletions_of_what_one_may_not_read_are_not_told(world: Site) -> None:
    with world.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": "plain@x.org", "first_name": "P"}).insert()
        document.new(ctx, {"doctype": "Private Note", "title": "hush"}).insert(set_name="Hush")
        document.delete(ctx, "Private Note", "Hush")
        asked: dict[str, Any] = {"filters": {"comment_type": "Deleted", "reference_doctype": "Private Note"}}
        assert len(lists.get_list(ctx, "Comment", ["subject"], **asked)) == 1
        assert readable(ctx.as_user("plain@x.org"), asked) == []


def readable(ctx: Context, asked: dict[str, Any]) -> list[Any]:
    try:
        return lists.get_list(ctx, "Comment", ["subject"], **asked)
    except PermissionError:
        return []
