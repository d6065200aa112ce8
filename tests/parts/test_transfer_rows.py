"""Rows written as they are, and the line that tells how far a command is."""

from __future__ import annotations

import io
from typing import Any

import pytest

import frappe_lite
from frappe_lite import document
from frappe_lite.errors import UniqueValidationError, ValidationError
from frappe_lite.parts import change_log
from frappe_lite.parts.transfer import progress as module
from frappe_lite.parts.transfer.progress import Progress
from frappe_lite.parts.transfer.rows import RowWriter, name_of
from frappe_lite.utils import _dict

TIMES = {
    "owner": "ann@x.org",
    "creation": "2020-01-01 10:00:00",
    "modified": "2021-01-01 10:00:00.123456",
    "modified_by": "bob@x.org",
}


def put(site: frappe_lite.Site, doctype: str, **values: Any) -> Any:
    with site.acting() as ctx:
        return RowWriter(ctx).put(ctx.meta(doctype), values)


def stored(site: frappe_lite.Site, doctype: str, name: Any) -> Any:
    """The values of a document and its rows as the tables have them."""
    with site.acting() as ctx:
        values = _dict(document.load_values(ctx, ctx.meta(doctype), name))
    return _dict(
        {key: [_dict(row) for row in value] if isinstance(value, list) else value for key, value in values.items()}
    )


# --- documents -------------------------------------------------------------------------------------------


def test_a_document_is_written_as_it_is(app_site: frappe_lite.Site) -> None:
    put(app_site, "Task", name="Mine", subject="forbidden", priority="Urgent", docstatus=1, idx=7, **TIMES)
    doc = stored(app_site, "Task", "Mine")
    assert (doc.subject, doc.priority, doc.docstatus, doc.idx) == ("forbidden", "Urgent", 1, 7), (
        "no controller, no rule"
    )
    assert {key: doc.get(key) for key in TIMES} == TIMES


def test_what_is_not_said_is_filled(app_site: frappe_lite.Site) -> None:
    put(app_site, "Task", name="Mine", creation="2020-01-01 10:00:00")
    doc = stored(app_site, "Task", "Mine")
    assert (doc.owner, doc.modified_by, doc.modified, doc.points, doc.subject) == (
        "Administrator",
        "Administrator",
        "2020-01-01 10:00:00",
        0,
        None,
    )


@pytest.mark.parametrize(
    ("fieldname", "given", "kept"),
    [
        ("due_date", "2026-01-02 00:00:00", "2026-01-02"),
        ("remind_at", "8:30:00", "08:30:00"),
        ("is_milestone", True, 1),
        ("is_milestone", None, 0),
        ("points", "12", 12),
        ("estimate", "1.5", 1.5),
        ("payload", {"a": 1}, '{"a":1}'),
        ("subject", 5, "5"),
        ("duration", None, None),
    ],
)
def test_values_are_brought_into_the_form_of_their_field(
    app_site: frappe_lite.Site, fieldname: str, given: Any, kept: Any
) -> None:
    put(app_site, "Task", name="Mine", **{fieldname: given})
    assert stored(app_site, "Task", "Mine").get(fieldname) == kept


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"due_date": "never"}, "Due Date: never is not a valid date"),
        ({"started_at": []}, "Started At"),
        ({"name": ""}, "needs its name"),
        ({"name": ["x"]}, "cannot be a list"),
    ],
)
def test_what_no_column_can_hold_is_refused(app_site: frappe_lite.Site, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        put(app_site, "Task", **{"name": "Mine", **values})


def test_a_second_time_changes_the_document(app_site: frappe_lite.Site) -> None:
    put(app_site, "Task", name="Mine", subject="first", points=5)
    put(app_site, "Task", name="Mine", subject="second")
    doc = stored(app_site, "Task", "Mine")
    assert (doc.subject, doc.points) == ("second", 0), "all of it: what is not said is empty"


def test_a_change_is_a_change_in_the_feed(app_site: frappe_lite.Site) -> None:
    for subject in ("first", "second"):
        put(app_site, "Task", name="Mine", subject=subject)
    seen = change_log.read(app_site.store, 0, change_log.latest(app_site), "Task", 10)
    assert [each.kind for each in seen if each.name == "Mine"] == ["create", "update"]


def test_a_unique_value_stays_unique(app_site: frappe_lite.Site) -> None:
    put(app_site, "Task", name="One", code="x")
    with pytest.raises(UniqueValidationError, match="Code must be unique: another document has x"):
        put(app_site, "Task", name="Two", code="x")


def test_passwords_are_neither_written_nor_taken_away(app_site: frappe_lite.Site) -> None:
    with app_site.acting() as ctx:
        name = document.new(ctx, {"doctype": "Task", "subject": "x", "secret": "hidden!"}).insert().name
    put(app_site, "Task", name=name, subject="again", secret="other")
    with app_site.acting() as ctx:
        doc = document.load(ctx, "Task", name)
        assert (doc.secret, doc.get_password("secret")) == ("*******", "hidden!")
    put(app_site, "Task", name="New", secret="other")
    assert stored(app_site, "Task", "New").secret is None


# --- child rows ------------------------------------------------------------------------------------------


def test_child_rows_keep_their_names_and_follow_the_document(app_site: frappe_lite.Site) -> None:
    rows = [
        {"name": "row1", "item": "a", "creation": "2019-01-01 00:00:00"},
        {"item": "b", "parent": "Elsewhere", "idx": 9},
    ]
    put(app_site, "Task", name="Mine", docstatus=1, checklist=rows, **TIMES)
    first, second = stored(app_site, "Task", "Mine").checklist
    assert (first.name, first.creation, first.parent, first.idx, first.docstatus) == (
        "row1",
        "2019-01-01 00:00:00",
        "Mine",
        1,
        1,
    )
    assert (second.parent, second.parenttype, second.parentfield, second.idx, second.owner) == (
        "Mine",
        "Task",
        "checklist",
        2,
        "ann@x.org",
    )
    assert second.name


def test_a_table_that_is_not_mentioned_stays(app_site: frappe_lite.Site) -> None:
    put(app_site, "Task", name="Mine", checklist=[{"item": "a"}], watchers=[{"user": "Guest"}])
    put(app_site, "Task", name="Mine", watchers=[])
    doc = stored(app_site, "Task", "Mine")
    assert ([row.item for row in doc.checklist], doc.watchers) == (["a"], [])


# --- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doctype", "given", "name"),
    [
        ("Task", "x", "x"),
        ("Task", 5, "5"),
        ("Auto Doc", "41", 41),
        ("Auto Doc", 41, 41),
        ("Conformance Settings", None, "Conformance Settings"),
    ],
)
def test_names_are_kept_as_the_table_has_them(app_site: frappe_lite.Site, doctype: str, given: Any, name: Any) -> None:
    assert name_of(app_site.new_context().meta(doctype), given) == name


def test_a_single_is_set(app_site: frappe_lite.Site) -> None:
    assert (
        put(app_site, "Conformance Settings", company="Here", modified="2020-01-01 00:00:00") == "Conformance Settings"
    )
    doc = stored(app_site, "Conformance Settings", "Conformance Settings")
    assert (doc.company, doc.modified) == ("Here", "2020-01-01 00:00:00")


# --- progress --------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    stream = Terminal()
    with Progress("rows", 4, stream) as progress:
        progress.advance()
        progress.to(2)
        progress.advance(5)
    drawn = [each.replace("\x1b[K", "").rstrip("\n") for each in stream.getvalue().split("\r")[1:]]
    assert [each.split("] ")[1].strip() for each in drawn] == ["25% 1 of 4", "50% 2 of 4", "100% 7 of 4", "100% 7 of 4"]
    assert [each.count("#") for each in drawn] == [7, 15, 30, 30]


def test_without_a_total_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    stream = Terminal()
    with Progress("rows", None, stream) as progress:
        progress.advance(1234)
        progress.to(1235, 2000)
    assert "rows 1,234" in stream.getvalue()
    assert "62% 1,235 of 2,000" in stream.getvalue()


def test_it_is_drawn_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 1000.0)
    stream = Terminal()
    with Progress("rows", 1000, stream) as progress:
        for _ in range(1000):
            progress.advance()
    assert stream.getvalue().count("\r") == 2, "at the first and at the end"


def test_where_nobody_watches_nothing_is_written() -> None:
    stream = io.StringIO()
    with Progress("rows", 4, stream) as progress:
        progress.advance()
    assert (stream.getvalue(), progress.done) == ("", 1)
