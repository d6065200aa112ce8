"""The life of a document: insert, save, submit, cancel, amend, delete, rename; and what nobody may change."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frappe_lite
from conftest import AppSite
from frappe_lite import document, utils
from frappe_lite.context import Context
from frappe_lite.document import schema
from frappe_lite.errors import (
    CannotChangeConstantError,
    CharacterLengthExceededError,
    DocstatusTransitionError,
    DoesNotExistError,
    DuplicateEntryError,
    InvalidEmailAddressError,
    LinkExistsError,
    LinkValidationError,
    MandatoryError,
    NameError,
    NonNegativeError,
    PermissionError,
    TimestampMismatchError,
    UniqueValidationError,
    UpdateAfterSubmitError,
    ValidationError,
)
from frappe_lite.query import Condition
from frappe_lite.site import Site

USER, MANAGER = "user@example.com", "manager@example.com"
NOON = datetime.datetime(2026, 3, 4, 12, 0, 0)


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """The conformance app with a user and a manager. Tests change it in transactions that they give up."""
    made = AppSite()
    with made.acting() as ctx:
        for name, role in ((USER, "Task User"), (MANAGER, "Task Manager")):
            document.new(
                ctx, {"doctype": "User", "email": name, "first_name": role, "roles": [{"role": role}]}
            ).insert()
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
    yield made
    made.close()


@pytest.fixture
def frozen() -> Iterator[None]:
    token = utils.set_clock(NOON)
    yield
    utils.reset_clock(token)


def insert(ctx: Context, doctype: str = "Task", **values: Any) -> Any:
    if doctype == "Task":
        values = {"subject": "x", **values}
    return document.new(ctx, {"doctype": doctype, **values}).insert()


def task(ctx: Context, **values: Any) -> Any:
    """A stored Task with two checklist rows."""
    return insert(ctx, checklist=[{"item": "a", "qty": 2, "rate": 5}, {"item": "b"}], **values)


def invoice(ctx: Context, **values: Any) -> Any:
    return insert(ctx, "Invoice", **{"customer": "C", "items": [{"item": "a", "qty": 2, "rate": 10}], **values})


def again(doc: Any) -> Any:
    return document.load(doc.ctx, doc.doctype, doc.name)


# --- a new document ---


@pytest.mark.parametrize(
    ("values", "fieldname", "stored"),
    [
        pytest.param({}, "status", "Open", id="a default"),
        pytest.param({"status": None}, "status", "Open", id="a default for None"),
        pytest.param({"status": ""}, "status", "", id="an empty choice is a choice"),
        pytest.param({"priority": "Low"}, "priority", "Low", id="a given value wins"),
        pytest.param({}, "points", 0, id="an unset number is 0"),
        pytest.param({}, "due_date", None, id="an unset date is None"),
        pytest.param({"points": "12"}, "points", 12, id="a number as text"),
        pytest.param({"points": 1.9}, "points", 1, id="a fraction in an Int is cut off"),
        pytest.param({"amount": "1,234.5"}, "amount", 1234.5, id="thousands separators"),
        pytest.param({"estimate": "abc"}, "estimate", 0, id="text in a number is 0"),
        pytest.param({"is_milestone": True}, "is_milestone", 1, id="true is 1"),
        pytest.param({"is_milestone": "0"}, "is_milestone", 0, id="'0' is no"),
        pytest.param({"is_milestone": 5}, "is_milestone", 1, id="a Check is 0 or 1"),
        pytest.param({"subject": 123}, "subject", "123", id="a number as text is kept as text"),
        pytest.param({"subject": "  spaces  "}, "subject", "  spaces  ", id="spaces are kept"),
        pytest.param({"payload": {"a": [1]}}, "payload", '{"a":[1]}', id="JSON is text"),
        pytest.param({"code": ""}, "code", None, id="an empty unique value is none"),
        pytest.param(
            {"description": "<script>alert(1)</script><b>ok</b>"},
            "description",
            "&lt;script&gt;alert(1)&lt;/script&gt;<b>ok</b>",
            id="scripts are text",
        ),
        pytest.param({"description": "<p onclick='x()'>a</p>"}, "description", "<p>a</p>", id="handlers too"),
        pytest.param({"description": "a < b & c"}, "description", "a < b & c", id="text without tags stays"),
        pytest.param({"script": "<script>x</script>"}, "script", "<script>x</script>", id="code stays as it is"),
        pytest.param(
            {"subject": "<img src=x onerror=alert(1)>hi"}, "subject", '<img src="x">hi', id="a Data field is cleaned"
        ),
        pytest.param({"subject": "forbidden planet"}, "computed", "FORBIDDEN PLANET", id="the controller computes"),
        pytest.param({"project": "Alpha"}, "project_status", "Open", id="a value is fetched through a link"),
        pytest.param({"project": "ALPHA"}, "project", "Alpha", id="a link is stored as the name is written"),
        pytest.param({"no_such_field": 1}, "no_such_field", None, id="an unknown field is not stored"),
        pytest.param({"internal_note": "n"}, "internal_note", "n", id="a higher level, by who may write it"),
        pytest.param(
            {"run_method": "x", "save": 1, "close": 1, "_doc_before_save": {}, "_meta": 1, "__class__": 1},
            "subject",
            "x",
            id="no method is overwritten",
        ),
        pytest.param(
            {"checklist": [{"item": "a", "as_dict": 1, "parent_doc": 1, "_meta": 1}]},
            "subject",
            "x",
            id="nor one of a row",
        ),
    ],
)
def test_what_is_stored_of_a_new_document(ctx: Context, values: dict[str, Any], fieldname: str, stored: Any) -> None:
    assert again(insert(ctx, **values)).get(fieldname) == stored


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        pytest.param(
            {"subject": None}, MandatoryError, "Error: Value missing for Task: Subject", id="a mandatory value"
        ),
        pytest.param(
            {"subject": "   "}, MandatoryError, "Error: Value missing for Task: Subject", id="spaces are no value"
        ),
        pytest.param(
            {"checklist": [{"qty": 1}]},
            MandatoryError,
            "Row #1: Value missing for: Item",
            id="a mandatory value of a row",
        ),
        pytest.param({"checklist": True}, ValidationError, "checklist is a list of rows", id="rows that are no list"),
        pytest.param(
            {"checklist": {"item": "a"}}, ValidationError, "checklist is a list of rows", id="one row without its list"
        ),
        pytest.param({"checklist": "a"}, ValidationError, "Invalid JSON in checklist", id="rows that are text"),
        pytest.param(
            {"status": "Nonsense"},
            ValidationError,
            'Status cannot be "Nonsense". It should be one of "Open", "Working", "Completed", "Cancelled"',
            id="a choice",
        ),
        pytest.param({"status": "open"}, ValidationError, 'Status cannot be "open"', id="choices keep their case"),
        pytest.param({"project": "Nowhere"}, LinkValidationError, "Could not find Project: Nowhere", id="a link"),
        pytest.param(
            {"project": "Nowhere", "assigned_to": "n@x.co"},
            LinkValidationError,
            "Could not find Project: Nowhere, Assigned To: n@x.co",
            id="all lost links at once",
        ),
        pytest.param(
            {"reference_type": "Project", "reference_name": "Nowhere"},
            LinkValidationError,
            "Could not find Reference Name: Nowhere",
            id="a dynamic link",
        ),
        pytest.param(
            {"reference_name": "Alpha"},
            ValidationError,
            "Reference Type must be set first",
            id="a dynamic link without a DocType",
        ),
        pytest.param(
            {"watchers": [{"user": "n@x.co"}]},
            LinkValidationError,
            "Could not find Row #1: User: n@x.co",
            id="a link of a row",
        ),
        pytest.param(
            {"email": "not an email"}, InvalidEmailAddressError, "is not a valid Email Address", id="an email address"
        ),
        pytest.param({"website": "nowhere"}, ValidationError, "is not a valid URL", id="a URL"),
        pytest.param({"website": "javascript:alert(1)"}, ValidationError, "is not a valid URL", id="a URL that runs"),
        pytest.param(
            {"points": -1},
            NonNegativeError,
            "Value cannot be negative for Task: <strong>Points</strong>",
            id="a negative number",
        ),
        pytest.param(
            {"short": "12345678901"},
            CharacterLengthExceededError,
            "max characters allowed is 10",
            id="the field's length",
        ),
        pytest.param(
            {"subject": "x" * 141},
            CharacterLengthExceededError,
            "max characters allowed is 140",
            id="the type's length",
        ),
        pytest.param(
            {"points": 2**31}, CharacterLengthExceededError, "will get truncated", id="a number too large for Int"
        ),
        pytest.param({"due_date": "2026-02-30"}, ValidationError, "not a valid date", id="no such day"),
        pytest.param({"due_date": "soon"}, ValidationError, "not a valid date", id="no date"),
        pytest.param({"started_at": "2026-01-01 25:00:00"}, ValidationError, "not a valid time", id="no such hour"),
        pytest.param({"remind_at": "24:00"}, ValidationError, "not a valid time of day", id="no time of day"),
        pytest.param({"subject": "forbidden"}, ValidationError, "Subject is forbidden", id="the controller refuses"),
        pytest.param(
            {"docstatus": 2}, DocstatusTransitionError, "Cannot change docstatus from 0", id="nothing begins cancelled"
        ),
    ],
)
def test_what_is_refused(ctx: Context, values: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        insert(ctx, **values)
    said = [str(raised.value), *(each["message"] for each in raised.value.messages)]
    assert any(text in each for each in said)
    assert ctx.store.find(ctx.meta("Task"), Condition()) == []
    assert insert(ctx).name == "TASK-00001"  # not even a number is used up


def test_a_unique_value_stands_once(ctx: Context) -> None:
    first = insert(ctx, code="U-1")
    with pytest.raises(UniqueValidationError, match="Code must be unique"):
        insert(ctx, code="U-1")
    first.save()
    insert(ctx, code=None)
    insert(ctx, code=None)


def test_a_name_stands_once(ctx: Context) -> None:
    with pytest.raises(DuplicateEntryError, match="Project <strong>Alpha</strong> already exists"):
        insert(ctx, "Project", title="Alpha")
    document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert(ignore_if_duplicate=True)


@pytest.mark.parametrize(
    ("doctype", "values", "names"),
    [
        pytest.param("Task", {"subject": "x"}, ["TASK-00001", "TASK-00002"], id="a series in autoname"),
        pytest.param("Auto Doc", {}, [1, 2], id="autoincrement"),
        pytest.param("Format Doc", {"category": "X"}, ["FD-X-001", "FD-X-002"], id="a format"),
        pytest.param(
            "Invoice",
            {"customer": "C", "naming_series": "CR-.####", "items": [{"item": "a"}]},
            ["CR-0001", "CR-0002"],
            id="naming_series",
        ),
    ],
)
def test_names_count(ctx: Context, doctype: str, values: dict[str, Any], names: list[Any]) -> None:
    assert [insert(ctx, doctype, **values).name for _ in names] == names


@pytest.mark.parametrize(
    ("doctype", "values", "error"),
    [
        pytest.param("Prompt Doc", {}, ValidationError, id="prompt wants a name"),
        pytest.param("Prompt Doc", {"name": "a<b"}, NameError, id="no angle brackets"),
        pytest.param("Prompt Doc", {"name": "New Prompt Doc 1"}, NameError, id="no 'New X'"),
        pytest.param("Prompt Doc", {"name": "x" * 141}, ValidationError, id="not too long"),
        pytest.param("Project", {"title": " "}, ValidationError, id="a name from an empty field"),
    ],
)
def test_names_that_cannot_be(ctx: Context, doctype: str, values: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        insert(ctx, doctype, **values)


@pytest.mark.parametrize("name", ["a/b", "é ü", "50%", "it's", '"q"', "日本語", "a?b#c", "x;--"])
def test_odd_names_are_names(ctx: Context, name: str) -> None:
    insert(ctx, "Prompt Doc", name=name, title="t")
    assert document.load(ctx, "Prompt Doc", name).title == "t"


@pytest.mark.usefixtures("frozen")
def test_the_server_writes_who_and_when(ctx: Context) -> None:
    doc = again(insert(ctx.as_user(USER), creation="2001-01-01", modified="2001-01-01", modified_by="eve", idx=4))
    assert (doc.owner, doc.modified_by, doc.idx) == (USER, USER, 4)
    assert doc.as_dict()["creation"] == doc.as_dict()["modified"] == "2026-03-04 12:00:00.000000"


def test_rows_are_numbered_and_tied_to_their_document(ctx: Context) -> None:
    doc = again(task(ctx))
    assert [(row.idx, row.item, row.parent, row.parenttype, row.parentfield) for row in doc.checklist] == [
        (1, "a", doc.name, "Task", "checklist"),
        (2, "b", doc.name, "Task", "checklist"),
    ]
    assert [(row.qty, row.rate, row.amount) for row in doc.checklist] == [(2, 5, 10), (1, 0, 0)]


def test_a_new_document_says_so_until_it_is_stored(ctx: Context) -> None:
    doc = document.new(ctx, {"doctype": "Task", "subject": "x", "checklist": [{"item": "a"}]})
    assert (doc.is_new(), doc.checklist[0].is_new()) == (1, 1)
    doc.insert()
    assert (doc.is_new(), doc.checklist[0].is_new()) == (None, None)
    assert "__islocal" not in doc.as_dict()


# --- round trips ---

LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0<")
FINITE = st.floats(allow_nan=False, allow_infinity=False)

ROUND_TRIPS = {
    "Data": ("closed_reason", st.text(LETTERS, max_size=140), str),
    "Int": ("points", st.integers(0, 2**31 - 1), int),
    "Float": ("estimate", FINITE, float),
    "Currency": ("amount", FINITE, float),
    "Percent": ("progress", FINITE, float),
    "Duration": ("duration", FINITE, float),
    "Rating": ("rating", st.floats(0, 1), float),
    "Check": ("is_milestone", st.booleans(), int),
    "Date": ("due_date", st.dates(), str),
    "Datetime": ("started_at", st.datetimes(), str),
    "Time": ("remind_at", st.times(), str),
    "JSON": (
        "payload",
        st.dictionaries(st.text(LETTERS), st.integers() | st.text(LETTERS) | st.none() | st.lists(st.booleans())),
        lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    ),
    "Text Editor": ("description", st.text(LETTERS), str),
    "Small Text": ("internal_note", st.text(LETTERS), str),
    "Code": ("script", st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")), str),
    "Select": ("priority", st.sampled_from(["Low", "Medium", "High"]), str),
    "Attach": ("attachment", st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0<:")), str),
    "Color": ("color", st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), str),
}


@pytest.mark.parametrize("fieldtype", list(ROUND_TRIPS))
def test_a_value_is_read_as_it_was_written(world: Site, fieldtype: str) -> None:
    fieldname, strategy, stored_as = ROUND_TRIPS[fieldtype]

    @settings(max_examples=25, deadline=None)
    @given(strategy)
    def round_trip(value: Any) -> None:
        doc.set(fieldname, value)
        doc.save()
        read = again(doc).as_dict()[fieldname]
        assert read == stored_as(value)
        as_sent = fieldtype == "JSON" and isinstance(value, dict)  # Frappe: an object is answered as it was sent
        assert doc.as_dict()[fieldname] == (value if as_sent else read)  # else the answer says what is kept

    with world.acting() as ctx:
        doc = insert(ctx)
        round_trip()
        ctx.rollback()


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(sorted({name for name, _, _ in ROUND_TRIPS.values()})),
        st.none() | st.booleans() | st.integers() | FINITE | st.text() | st.lists(st.integers()),
    )
)
def test_any_value_is_stored_or_refused_with_an_error_of_ours(world: Site, values: dict[str, Any]) -> None:
    with world.acting() as ctx:
        try:
            again(insert(ctx, **values))
        except frappe_lite.errors.FrappeError as error:
            assert error.http_status < 500
        ctx.rollback()


# --- saving ---


@pytest.mark.usefixtures("frozen")
def test_modified_strictly_increases_though_the_clock_stands(ctx: Context) -> None:
    """F29."""
    doc = task(ctx)
    moments = [doc.as_dict()["modified"]]
    for change in (doc.save, lambda: doc.db_set("points", 1), doc.save):
        change()
        moments.append(again(doc).as_dict()["modified"])
    assert moments == [f"2026-03-04 12:00:00.00000{number}" for number in range(4)]


def test_modified_does_not_go_back_with_the_clock(ctx: Context) -> None:
    """F30."""
    token = utils.set_clock(NOON)
    doc = insert(ctx)
    utils.set_clock(NOON - datetime.timedelta(hours=1))
    doc.save()
    utils.reset_clock(token)
    assert doc.as_dict()["modified"] == "2026-03-04 12:00:00.000001"


@pytest.mark.usefixtures("frozen")
def test_a_stale_document_is_not_saved(ctx: Context) -> None:
    """F28, F29: no update is lost, even within one tick of the clock."""
    doc = insert(ctx)
    first, second = again(doc), again(doc)
    first.points = 1
    first.save()
    second.points = 2
    with pytest.raises(TimestampMismatchError, match="has been modified after you have opened it"):
        second.save()
    assert again(doc).points == 1


def nothing(doc: Any) -> None:
    pass


def one_column(doc: Any) -> None:
    doc.ctx.store.database.execute('UPDATE "tabTask" SET points = 9 WHERE name = ?', [doc.name])


def another_document(doc: Any) -> None:
    insert(doc.ctx)


def what_is_undone(doc: Any) -> None:
    with contextlib.suppress(RuntimeError), doc.ctx.store.database.atomic():
        one_column(doc)
        raise RuntimeError


def the_end_of_the_transaction(doc: Any) -> None:
    doc.ctx.store.database.rollback()


@pytest.mark.sqlite("reads that are spared; PostgreSQL reads again")
@pytest.mark.parametrize(
    ("between", "reads"),
    [
        pytest.param(nothing, 0, id="nothing was written since it was loaded: what was loaded is what is stored"),
        pytest.param(one_column, 1, id="its row was written"),
        pytest.param(another_document, 1, id="something was written"),
        pytest.param(what_is_undone, 1, id="something was written and undone"),
        pytest.param(the_end_of_the_transaction, 1, id="others may have written"),
    ],
)
def test_a_save_reads_what_is_stored_once(ctx: Context, between: Callable[[Any], None], reads: int) -> None:
    name = insert(ctx).name
    database = ctx.store.database
    ctx.commit()
    database.begin_write()
    doc = document.load(ctx, "Task", name)
    between(doc)
    asked: list[str] = []
    database.connection.sqlite.set_trace_callback(asked.append)
    doc.priority = "High"
    doc.save()
    database.connection.sqlite.set_trace_callback(None)
    assert sum(each.startswith("SELECT") and 'FROM "tabTask" WHERE name' in each for each in asked) == reads
    assert doc.get_doc_before_save().points == (9 if between is one_column else 0)
    assert again(doc).priority == "High"
    ctx.rollback()
    document.delete(ctx, "Task", name)
    ctx.commit()


def test_a_second_save_reads_again(ctx: Context) -> None:
    doc = insert(ctx)
    doc = again(doc)
    for points in (1, 2):
        doc.points = points
        doc.save()
        assert (doc.get_doc_before_save().points, again(doc).points) == (points - 1, points)


@pytest.mark.parametrize(
    ("claimed", "accepted"),
    [
        pytest.param("2026-03-04 12:00:00.000000", True, id="as it is stored"),
        pytest.param("2026-03-04 12:00:00", True, id="the same moment, written shorter"),
        pytest.param("2026-03-04 11:59:59", False, id="earlier"),
        pytest.param("2026-03-04 12:00:01", False, id="later"),
        pytest.param("yesterday", False, id="no moment"),
    ],
)
@pytest.mark.usefixtures("frozen")
def test_the_modified_that_a_client_read(ctx: Context, claimed: str, accepted: bool) -> None:
    doc = again(insert(ctx))
    doc.modified = claimed
    if accepted:
        doc.save()
    else:
        with pytest.raises(TimestampMismatchError):
            doc.save()


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        pytest.param({"modified_by": "eve@example.com"}, {"modified_by": "Administrator"}, id="modified_by"),
    ],
)
def test_the_servers_own_fields_stay(ctx: Context, values: dict[str, Any], kept: dict[str, Any]) -> None:
    doc = again(insert(ctx))
    doc.update(values)
    doc.save()
    for key, value in kept.items():
        assert again(doc).get(key) == value


@pytest.mark.parametrize("values", [{"owner": "eve@example.com"}, {"creation": "2020-01-01 00:00:00"}], ids=str)
def test_who_made_a_document_and_when_does_not_change(ctx: Context, values: dict[str, Any]) -> None:
    doc = again(insert(ctx))
    with pytest.raises(CannotChangeConstantError):
        doc.update(values).save()
    new = insert(ctx, **values)
    assert {key: new.get(key) for key in values} != values and new.owner == ctx.user


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        pytest.param("once", "twice", False, id="a value that was set"),
        pytest.param("once", None, False, id="nor emptied"),
        pytest.param("once", "once", True, id="the same again"),
        pytest.param(None, "late", False, id="nor set later, for the first time"),
        pytest.param(None, "", True, id="but unset is empty text"),
    ],
)
def test_set_only_once(ctx: Context, before: str | None, after: str | None, allowed: bool) -> None:
    doc = again(insert(ctx, fixed=before))
    doc.fixed = after
    if allowed:
        doc.save()
        assert again(doc).fixed == after
    else:
        with pytest.raises(CannotChangeConstantError, match="Value cannot be changed for <strong>Fixed</strong>"):
            doc.save()


ONCE = {
    "doctype": "DocType", "name": "Once", "is_submittable": 1,
    "fields": [{"fieldname": "lines", "label": "Lines", "fieldtype": "Table", "options": "Once Line", "set_only_once": 1}],
}  # fmt: skip
ONCE_LINE = {
    "doctype": "DocType", "name": "Once Line", "istable": 1,
    "fields": [{"fieldname": "item", "fieldtype": "Data"}, {"fieldname": "qty", "fieldtype": "Int"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        pytest.param(lambda rows: rows, True, id="the same again"),
        pytest.param(lambda rows: [{**rows[0], "qty": None}, rows[1]], True, id="an unset number is 0"),
        pytest.param(lambda rows: [{**rows[0], "item": "x"}, rows[1]], False, id="another value in a row"),
        pytest.param(lambda rows: rows[:1], False, id="a row less"),
        pytest.param(lambda rows: [*rows, {"item": "c"}], False, id="a row more"),
        pytest.param(lambda rows: rows[::-1], False, id="another order"),
        pytest.param(lambda rows: [{"item": "a"}, {"item": "b", "qty": 2}], False, id="new rows with the same values"),
        pytest.param(lambda rows: None, False, id="none at all"),
    ],
)
def test_a_table_that_is_set_once(ctx: Context, change: Callable[[list[Any]], Any], allowed: bool) -> None:
    schema.store_doctype(ctx, ONCE_LINE)
    schema.store_doctype(ctx, ONCE)
    doc = again(insert(ctx, "Once", lines=[{"item": "a"}, {"item": "b", "qty": 2}]))
    doc.lines = change([row.as_dict() for row in doc.lines])
    if allowed:
        doc.save()
    else:
        with pytest.raises(CannotChangeConstantError, match="Value cannot be changed for <strong>Lines</strong>"):
            doc.save()
    assert [(row.item, row.qty) for row in again(doc).lines] == [("a", 0), ("b", 2)]
    again(doc).submit().cancel()
    assert again(doc).docstatus == 2


def test_creation_is_a_constant(ctx: Context) -> None:
    doc = again(insert(ctx))
    doc.creation = "2001-01-01 00:00:00"
    with pytest.raises(CannotChangeConstantError):
        doc.save()


def test_defaults_do_not_return_when_a_value_is_emptied(ctx: Context) -> None:
    doc = again(insert(ctx))
    doc.priority = ""
    doc.save()
    assert again(doc).priority == ""


def test_saving_what_was_deleted(ctx: Context) -> None:
    doc = insert(ctx)
    document.delete(ctx, "Task", doc.name)
    with pytest.raises(DoesNotExistError):
        doc.save()


def test_a_failed_save_leaves_nothing_behind(ctx: Context) -> None:
    doc = again(task(ctx))
    doc.checklist[0].item = "changed"
    doc.append("checklist", {"item": "c", "assignee": "nobody@example.com"})
    with pytest.raises(LinkValidationError):
        doc.save()
    assert [row.item for row in again(doc).checklist] == ["a", "b"]


def test_fields_of_a_higher_level_keep_what_they_had(ctx: Context) -> None:
    doc = insert(ctx, internal_note="for managers")
    mine = document.load(ctx.as_user(USER), "Task", doc.name)
    mine.update({"internal_note": "overwritten", "points": 2})
    mine.save()
    assert (again(doc).internal_note, again(doc).points) == ("for managers", 2)


def test_a_new_document_has_no_value_of_a_level_that_its_maker_may_not_write(ctx: Context) -> None:
    assert again(insert(ctx.as_user(USER), internal_note="mine")).internal_note is None
    assert again(insert(ctx.as_user(MANAGER), internal_note="mine")).internal_note == "mine"


def test_a_password_is_never_in_the_row(ctx: Context) -> None:
    doc = again(insert(ctx, secret="hunter2"))
    assert doc.secret == "*" * 7
    doc.save()
    found = ctx.store.secret("Task", doc.name, "secret")
    assert found is not None
    assert "hunter2" not in found[0]
    doc.secret = ""
    doc.save()
    assert ctx.store.secret("Task", doc.name, "secret") is None


# --- child rows ---


def rows(doc: Any) -> list[tuple[Any, ...]]:
    return [(row.name, row.idx, row.item) for row in again(doc).checklist]


def test_rows_are_changed_added_removed_and_numbered_anew(ctx: Context) -> None:
    doc = task(ctx)
    first, second = (row.name for row in doc.checklist)
    doc.update({"checklist": [{"item": "new"}, {"name": second, "item": "b2"}]})
    doc.save()
    stored = rows(doc)
    assert [(index, item) for _, index, item in stored] == [(1, "new"), (2, "b2")]
    assert stored[1][0] == second
    assert stored[0][0] not in (first, second)


def test_a_row_of_another_document_is_never_taken_over(ctx: Context) -> None:
    theirs, mine = task(ctx), task(ctx)
    before = rows(theirs)
    mine.update({"checklist": [{"name": theirs.checklist[0].name, "item": "stolen", "parent": theirs.name}]})
    mine.save()
    assert rows(theirs) == before
    assert [item for _, _, item in rows(mine)] == ["stolen"]
    assert rows(mine)[0][0] != theirs.checklist[0].name


def test_a_new_document_does_not_take_rows_either(ctx: Context) -> None:
    theirs = task(ctx)
    before = rows(theirs)
    mine = insert(ctx, checklist=[{"name": theirs.checklist[0].name, "item": "stolen"}])
    assert rows(theirs) == before
    assert len(rows(mine)) == 1


def test_a_row_that_is_named_twice_is_two_rows(ctx: Context) -> None:
    doc = task(ctx)
    name = doc.checklist[0].name
    doc.update({"checklist": [{"name": name, "item": "one"}, {"name": name, "item": "two"}]})
    doc.save()
    assert [item for _, _, item in rows(doc)] == ["one", "two"]
    assert rows(doc)[0][0] == name


def test_a_row_keeps_its_maker_and_its_birthday(ctx: Context) -> None:
    doc = task(ctx.as_user(USER))
    doc = document.load(ctx.as_user(MANAGER), "Task", doc.name)
    born = doc.checklist[0].creation
    doc.update(
        {
            "checklist": [
                {"name": doc.checklist[0].name, "item": "z", "owner": "eve", "creation": "2001-01-01"},
                {"item": "n", "owner": "eve"},
            ]
        }
    )
    doc.save()
    kept, made = again(doc).checklist
    assert (kept.owner, kept.creation, kept.modified_by) == (USER, born, MANAGER)
    assert made.owner == MANAGER


def test_rows_of_a_new_kind_get_defaults(ctx: Context) -> None:
    doc = task(ctx)
    doc.append("checklist", {"item": "c"})
    doc.save()
    assert again(doc).checklist[2].qty == 1


# --- submit, cancel, amend ---


def test_submitting_and_cancelling(ctx: Context) -> None:
    doc = invoice(ctx)
    doc.submit()
    stored = again(doc)
    assert (stored.docstatus, stored.status, [row.docstatus for row in stored.get("items")]) == (1, "Submitted", [1])
    stored.cancel()
    stored = again(doc)
    assert (stored.docstatus, stored.status, stored.get("items")[0].docstatus) == (2, "Cancelled", 2)


@pytest.mark.parametrize(
    ("state", "change", "error"),
    [
        pytest.param(0, {"docstatus": 2}, DocstatusTransitionError, id="a draft is not cancelled"),
        pytest.param(0, {"docstatus": 7}, DocstatusTransitionError, id="no such state"),
        pytest.param(1, {"docstatus": 0}, DocstatusTransitionError, id="submitted does not become a draft"),
        pytest.param(1, {"customer": "D"}, UpdateAfterSubmitError, id="a submitted document is closed"),
        pytest.param(1, {"items": []}, UpdateAfterSubmitError, id="its rows too"),
        pytest.param(
            1, {"items": [{"item": "z", "qty": 2, "rate": 10}]}, UpdateAfterSubmitError, id="even one for one"
        ),
        pytest.param(1, {"remarks": "allowed"}, None, id="but for allow_on_submit"),
        pytest.param(2, {"remarks": "late"}, ValidationError, id="a cancelled document is closed"),
        pytest.param(2, {"docstatus": 1}, ValidationError, id="and does not return"),
    ],
)
def test_states(ctx: Context, state: int, change: dict[str, Any], error: type[Exception] | None) -> None:
    doc = invoice(ctx)
    for step in (doc.submit, doc.cancel)[:state]:
        step()
    doc = again(doc)
    doc.update(change)
    if error is None:
        doc.save()
        assert again(doc).remarks == "allowed"
    else:
        with pytest.raises(error):
            doc.save()
        assert again(doc).docstatus == state


def test_a_controller_that_refuses_to_submit_leaves_a_draft(ctx: Context) -> None:
    doc = invoice(ctx, items=[{"item": "a", "rate": 0}])
    with pytest.raises(ValidationError, match="Total must be positive"):
        doc.submit()
    assert again(doc).docstatus == 0


@pytest.mark.parametrize(("state", "verb"), [(0, "submit"), (1, "cancel")])
def test_each_state_has_a_right_of_its_own(ctx: Context, state: int, verb: str) -> None:
    """A Task User may write an Invoice, but neither submit nor cancel it."""
    doc = invoice(ctx)
    if state:
        doc.submit()
    mine = document.load(ctx.as_user(USER), "Invoice", doc.name)
    with pytest.raises(PermissionError):
        getattr(mine, verb)()
    assert again(doc).docstatus == state


def test_a_client_does_not_insert_submitted_what_it_may_not_submit(ctx: Context) -> None:
    with pytest.raises(PermissionError):
        invoice(ctx.as_user(USER), docstatus=1)
    assert again(invoice(ctx, docstatus=1)).docstatus == 1


def test_amending_counts_up(ctx: Context) -> None:
    doc = invoice(ctx, naming_series="CR-.####")
    names = []
    for _ in range(3):
        doc.submit()
        doc.cancel()
        doc = invoice(ctx, amended_from=doc.name)
        names.append(doc.name)
    assert names == ["CR-0001-1", "CR-0001-2", "CR-0001-3"]


def test_only_what_is_cancelled_is_amended(ctx: Context) -> None:
    doc = invoice(ctx)
    with pytest.raises(ValidationError, match="cannot be amended because it is not cancelled"):
        invoice(ctx, amended_from=doc.name)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        pytest.param({"items": []}, MandatoryError, id="nothing in it"),
        pytest.param({"project": "Nope"}, LinkValidationError, id="a link to nothing"),
        pytest.param({"amended_from": "Nope"}, LinkValidationError, id="nothing amended"),
        pytest.param({"status": "Nope"}, ValidationError, id="no choice"),
    ],
)
def test_that_nothing_is_amended_is_told_last(ctx: Context, values: dict[str, Any], error: type[Exception]) -> None:
    """Frappe looks at what is amended when all else is in order; nothing is stored all the same."""
    doc = invoice(ctx)
    with pytest.raises(error) as refused:
        invoice(ctx, **{"amended_from": doc.name, **values})
    assert "cannot be amended" not in str(refused.value)
    assert len(ctx.store.find(ctx.meta("Invoice"), Condition("1 = 1"))) == 1


def test_a_copy_is_a_draft_without_name_and_no_copy_fields(ctx: Context) -> None:
    doc = invoice(ctx)
    doc.submit()
    doc.cancel()
    amended = invoice(ctx, amended_from=doc.name)
    made = document.copy(ctx, amended)
    assert (made.name, made.amended_from, made.docstatus, made.is_new(), made.customer, made.owner) == (
        None,
        None,
        0,
        1,
        "C",
        None,
    )
    assert [(row.name, row.item) for row in made.get("items")] == [(None, "a")]
    assert made.insert().name != amended.name


# --- delete ---


def test_deleting_takes_rows_along(ctx: Context) -> None:
    doc = task(ctx)
    document.delete(ctx, "Task", doc.name)
    with pytest.raises(DoesNotExistError, match=f"Task {doc.name} not found"):
        again(doc)
    assert ctx.store.load_children(ctx.meta("Task Checklist Item"), "Task", doc.name, "checklist") == []


@pytest.mark.parametrize(
    ("make", "user", "error"),
    [
        pytest.param(
            lambda ctx: insert(ctx, status="Working"), "Administrator", ValidationError, id="the controller refuses"
        ),
        pytest.param(lambda ctx: insert(ctx), USER, PermissionError, id="another's, where only the own may go"),
        pytest.param(lambda ctx: insert(ctx.as_user(USER)), USER, None, id="the own"),
        pytest.param(lambda ctx: invoice(ctx).submit(), "Administrator", ValidationError, id="submitted"),
        pytest.param(lambda ctx: invoice(ctx).submit().cancel(), "Administrator", None, id="cancelled"),
        pytest.param(lambda ctx: insert(ctx, "Hash Doc", name="x"), "Guest", PermissionError, id="a guest"),
    ],
)
def test_who_may_delete_what(
    ctx: Context, make: Callable[[Context], Any], user: str, error: type[Exception] | None
) -> None:
    doc = make(ctx)
    if error is None:
        document.delete(ctx.as_user(user), doc.doctype, doc.name)
        assert ctx.store.exists(doc.meta, doc.name) is None
    else:
        with pytest.raises(error):
            document.delete(ctx.as_user(user), doc.doctype, doc.name)
        assert ctx.store.exists(doc.meta, doc.name) == doc.name


@pytest.mark.parametrize("name", ["TASK-99999", "", None])
def test_deleting_what_is_not_there(ctx: Context, name: Any) -> None:
    with pytest.raises(DoesNotExistError):
        document.delete(ctx, "Task", name)


@pytest.mark.parametrize(
    ("which", "then"),
    [
        pytest.param(1, "TASK-00002", id="the last number is given again"),
        pytest.param(0, "TASK-00003", id="an older one is not"),
    ],
)
def test_deleting_gives_the_last_number_back(ctx: Context, which: int, then: str) -> None:
    made = [insert(ctx).name for _ in range(2)]
    document.delete(ctx, "Task", made[which])
    assert insert(ctx).name == then


def test_force_deletes_what_is_linked(ctx: Context) -> None:
    insert(ctx, project="Alpha")
    with pytest.raises(LinkExistsError):
        document.delete(ctx, "Project", "Alpha")
    document.delete(ctx, "Project", "Alpha", force=True)
    assert ctx.store.exists(ctx.meta("Project"), "Alpha") is None


# --- rename ---


def test_renaming_moves_rows_and_tells(ctx: Context) -> None:
    doc = task(ctx)
    assert document.rename(ctx, "Task", doc.name, "TASK-A") == "TASK-A"
    renamed = document.load(ctx, "Task", "TASK-A")
    assert [row.parent for row in renamed.checklist] == ["TASK-A", "TASK-A"]
    assert ctx.store.exists(doc.meta, doc.name) is None
    assert (
        ctx.messages[-1]["message"] == f"Document renamed from <strong>{doc.name}</strong> to <strong>TASK-A</strong>"
    )


def test_renaming_sets_the_field_that_names(ctx: Context) -> None:
    document.rename(ctx, "Project", "Alpha", "Omega")
    assert document.load(ctx, "Project", "Omega").title == "Omega"


def test_renaming_changes_case_only(ctx: Context) -> None:
    assert document.rename(ctx, "Project", "Alpha", "ALPHA") == "ALPHA"
    assert document.load(ctx, "Project", "alpha").name == "ALPHA"


@pytest.mark.parametrize(
    ("doctype", "old", "new", "user", "error"),
    [
        pytest.param("Project", "Alpha", "Beta", "Administrator", ValidationError, id="a name that is taken"),
        pytest.param("Project", "Alpha", "beta", "Administrator", ValidationError, id="whatever its case"),
        pytest.param("Project", "Alpha", "Alpha", "Administrator", ValidationError, id="the same name"),
        pytest.param("Project", "Alpha", " ", "Administrator", ValidationError, id="no name"),
        pytest.param("Project", "Alpha", "a<b>", "Administrator", NameError, id="a name that cannot be"),
        pytest.param("Project", "Nowhere", "X", "Administrator", DoesNotExistError, id="what is not there"),
        pytest.param("Project", "Alpha", "X", USER, ValidationError, id="who may read it and not write"),
        pytest.param("Project", "Alpha", "Beta", USER, ValidationError, id="who may not write hears of a taken name"),
        pytest.param("Project", "Alpha", "X", "web@example.com", PermissionError, id="who may not even read it"),
        pytest.param("Hash Doc", "H", "X", "Administrator", ValidationError, id="a DocType without allow_rename"),
        pytest.param("System Settings", "System Settings", "X", "Administrator", ValidationError, id="a Single"),
    ],
)
def test_renaming_that_is_refused(
    ctx: Context, doctype: str, old: str, new: str, user: str, error: type[Exception]
) -> None:
    insert(ctx, "Project", title="Beta")
    document.new(ctx, {"doctype": "Hash Doc"}).insert(set_name="H")
    with pytest.raises(error):
        document.rename(ctx.as_user(user), doctype, old, new)
    assert ctx.store.exists(ctx.meta("Project"), "Alpha") == "Alpha"


@pytest.mark.parametrize(
    ("user", "new", "told"),
    [
        pytest.param(USER, "X", "You need write permission on Project Alpha to rename", id="the right that lacks"),
        pytest.param(USER, "Beta", "Another Project with name Beta exists, select another name", id="a taken name first"),
        pytest.param(USER, "Alpha", "No changes made because old and new name are the same.", id="no change first"),
    ],
)  # fmt: skip
def test_what_a_reader_is_told_who_renames(ctx: Context, user: str, new: str, told: str) -> None:
    insert(ctx, "Project", title="Beta")
    with pytest.raises(ValidationError, match=told):
        document.rename(ctx.as_user(user), "Project", "Alpha", new)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        pytest.param(None, "Omega", id="nothing: the name that was asked for"),
        pytest.param("Final", "Final", id="another name"),
        pytest.param({"new": "Final"}, "Final", id="a dict with another name"),
        pytest.param({}, "Omega", id="a dict without"),
    ],
)
def test_before_rename_may_choose_the_name(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, answer: object, name: str
) -> None:
    project = type(document.load(ctx, "Project", "Alpha"))
    monkeypatch.setattr(project, "before_rename", lambda *_args: answer, raising=False)
    assert document.rename(ctx, "Project", "Alpha", "Omega") == name


def test_a_merge_is_remembered_as_one(ctx: Context) -> None:
    insert(ctx, "Project", title="Beta")
    document.rename(ctx, "Project", "Alpha", "Beta", merge=True)
    document.rename(ctx, "Project", "Beta", "Gamma")
    said = ctx.store.find(ctx.meta("Comment"), Condition("reference_name = 'Gamma'"), ("content",), order="creation")
    assert [row["content"] for row in said] == [
        "merged <strong>Alpha</strong> into <strong>Beta</strong>",
        "renamed from <strong>Beta</strong> to <strong>Gamma</strong>",
    ]


def test_merging_joins_links(ctx: Context) -> None:
    insert(ctx, "Project", title="Beta")
    doc = insert(ctx, project="Alpha")
    document.rename(ctx, "Project", "Alpha", "Beta", merge=True)
    assert again(doc).project == "Beta"
    assert ctx.store.exists(ctx.meta("Project"), "Alpha") is None
    with pytest.raises(ValidationError, match="does not exist, select a new target to merge"):
        document.rename(ctx, "Project", "Beta", "Nowhere", merge=True)


def test_merging_keeps_the_rows_of_the_document_that_stays(ctx: Context) -> None:
    """Frappe: the one that goes is deleted with its rows; they are neither orphaned nor mixed among the other's."""
    gone, kept = task(ctx), insert(ctx, checklist=[{"item": "c"}])
    document.rename(ctx, "Task", gone.name, kept.name, merge=True)
    child = ctx.meta("Task Checklist Item")
    assert [
        (row["parent"], row["idx"], row["item"])
        for row in ctx.store.find(child, Condition(), ("parent", "idx", "item"))
    ] == [(kept.name, 1, "c")]


# --- events ---

EVENTS = {
    "insert": "before_insert before_naming autoname before_validate validate before_save after_insert on_update on_change",
    "save": "before_validate validate before_save on_update on_change",
    "submit": "before_validate validate before_submit on_update on_submit on_change",
    "save after submit": "before_update_after_submit on_update_after_submit on_change",
    "cancel": "before_cancel on_cancel on_change",
    "rename": "before_rename after_rename",
    "db_set": "on_change",
    "delete": "on_trash on_change after_delete",
}


@pytest.mark.parametrize("step", list(EVENTS))
def test_the_order_of_events_is_frappes(ctx: Context, step: str) -> None:
    doc = document.new(ctx, {"doctype": "Lifecycle Probe", "title": "one"})
    steps: dict[str, Callable[[], Any]] = {
        "insert": doc.insert,
        "save": doc.save,
        "submit": doc.submit,
        "save after submit": doc.save,
        "cancel": doc.cancel,
        "rename": lambda: document.rename(ctx, "Lifecycle Probe", doc.name, "two"),
        "db_set": lambda: doc.db_set("value", 9),
        "delete": lambda: document.delete(ctx, "Lifecycle Probe", doc.name),
    }
    before = {"insert": [], "save after submit": ["insert", "submit"], "cancel": ["insert", "submit"]}.get(
        step, ["insert"]
    )
    for each in before:
        steps[each]()
    ctx.flags.probe = []
    steps[step]()
    assert [event for event in ctx.flags.probe if not event.startswith("hook")] == EVENTS[step].split()


def test_the_hooks_of_an_event_follow_the_controller(ctx: Context) -> None:
    ctx.flags.probe = []
    doc = document.new(ctx, {"doctype": "Lifecycle Probe", "title": "one"})
    doc.run_method("validate")
    assert ctx.flags.probe == ["validate", "hook validate", "hook * validate"]


# --- Singles, and writing at once ---


def test_a_single(ctx: Context) -> None:
    doc = document.load(ctx, "Conformance Settings", "Conformance Settings")
    assert (doc.company, doc.max_items, doc.idx) == ("Acme", 10, "0")
    doc.company, doc.max_items = "Globex", "25"
    doc.save()
    again_read = again(doc)
    assert (again_read.company, again_read.max_items, again_read.name) == ("Globex", 25, "Conformance Settings")


def test_a_single_is_guarded_against_stale_writes(ctx: Context) -> None:
    first, second = (document.load(ctx, "Conformance Settings", "Conformance Settings") for _ in range(2))
    first.save()
    with pytest.raises(TimestampMismatchError):
        second.save()


def test_a_single_needs_the_right_to_write(ctx: Context) -> None:
    with pytest.raises(PermissionError):
        document.load(ctx.as_user(USER), "Conformance Settings", "Conformance Settings").save()


def test_db_set_checks_nothing_but_marks_the_change(ctx: Context) -> None:
    doc = again(insert(ctx))
    before = doc.modified
    doc.db_set({"status": "Nonsense", "points": 3})
    stored = again(doc)
    assert (stored.status, stored.points) == ("Nonsense", 3)
    assert stored.modified == doc.modified > before
    doc.db_set("points", 4, update_modified=False)
    assert again(doc).modified == doc.modified
    assert doc.db_get("points") == 4


def test_reload_forgets_what_was_not_saved(ctx: Context) -> None:
    doc = again(task(ctx))
    doc.subject = "changed"
    doc.checklist[0].item = "changed"
    doc.reload()
    assert (doc.subject, doc.checklist[0].item) == ("x", "a")


def test_what_a_save_changes(ctx: Context) -> None:
    doc = again(insert(ctx))
    assert doc.has_value_changed("subject")
    doc.points = 3
    doc.save()
    assert (doc.has_value_changed("points"), doc.has_value_changed("subject")) == (True, False)
    assert doc.get_doc_before_save().points == 0
