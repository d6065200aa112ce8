"""Rules about values, one by one.

Types, defaults, choices, addresses, HTML, and what a submitted document may change.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import AppSite
from frappe_lite import document, utils
from frappe_lite.context import Context
from frappe_lite.doctype.field import Field
from frappe_lite.doctype.fieldtypes import FIELDTYPES, NUMERIC, TABLES
from frappe_lite.document import markup, schema, validation
from frappe_lite.errors import (
    CancelledLinkError,
    InvalidPhoneNumberError,
    LinkValidationError,
    MandatoryError,
    UpdateAfterSubmitError,
    ValidationError,
)
from frappe_lite.site import Site

MOMENT = datetime.datetime(2026, 3, 4, 5, 6, 7, 89)


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = AppSite()
    yield made
    made.close()


@pytest.fixture
def ctx(world: Site) -> Iterator[Context]:
    token = utils.set_clock(MOMENT)
    with world.acting() as made:
        yield made
        made.rollback()
    utils.reset_clock(token)


# --- types ---


@pytest.mark.parametrize(
    ("fieldtype", "value", "result"),
    [
        pytest.param("Data", None, None, id="None stays None"),
        pytest.param("Data", 5, "5", id="a number is text"),
        pytest.param("Data", True, "1", id="true is 1"),
        pytest.param("Int", "12", 12, id="text is a number"),
        pytest.param("Int", "x", 0, id="or 0"),
        pytest.param("Int", "1e3", 1000, id="in any notation"),
        pytest.param("Int", "inf", 0, id="infinity is no number"),
        pytest.param("Int", None, None, id="an unset number"),
        pytest.param("Float", "1,234.5", 1234.5, id="separators"),
        pytest.param("Float", float("nan"), 0.0, id="NaN is none"),
        pytest.param("Float", "inf", 0.0, id="nor is infinity, of a Float"),
        pytest.param("Check", None, 0, id="an unset Check is 0"),
        pytest.param("Check", "1", 1, id="checked"),
        pytest.param("Date", "", None, id="an empty date is unset"),
        pytest.param("Date", "2026-01-31 10:00:00", "2026-01-31", id="a moment's day"),
        pytest.param("Date", datetime.date(26, 1, 2), "0026-01-02", id="four digits for a year, always"),
        pytest.param("Datetime", "2026-01-31", "2026-01-31 00:00:00", id="a day's first moment"),
        pytest.param("Datetime", "2026-01-31T10:00:00.5", "2026-01-31 10:00:00.500000", id="ISO 8601"),
        pytest.param("Time", "9:05", "09:05:00", id="one digit for the hour"),
        pytest.param("Time", datetime.timedelta(hours=1, seconds=2), "01:00:02", id="a duration since midnight"),
        pytest.param("JSON", {"a": None}, '{"a":null}', id="JSON"),
        pytest.param("Password", "x", "x", id="a password as it is"),
    ],
)
def test_a_value_is_brought_into_form(fieldtype: str, value: Any, result: Any) -> None:
    assert FIELDTYPES[fieldtype].cast(value) == result


@pytest.mark.parametrize("fieldtype", ["Date", "Datetime", "Time"])
@pytest.mark.parametrize("value", ["x", "2026-13-01", "99:99", 5, 1.5, [], {}, "2026-02-30 00:00", "0000-00-00"])
def test_a_moment_that_is_none_is_refused(fieldtype: str, value: Any) -> None:
    with pytest.raises(ValidationError, match="is not a valid"):
        FIELDTYPES[fieldtype].cast(value)


@pytest.mark.parametrize("fieldtype", [name for name, kind in FIELDTYPES.items() if kind.column])
@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2))
def test_casting_twice_is_casting_once(fieldtype: str, value: Any) -> None:
    cast = FIELDTYPES[fieldtype].cast
    try:
        once = cast(value)
    except ValidationError:
        return
    assert cast(once) == once


@pytest.mark.parametrize(("fieldtype", "kind"), FIELDTYPES.items(), ids=list(FIELDTYPES))
def test_numbers_have_an_empty_value_and_tables_no_column(fieldtype: str, kind: Any) -> None:
    assert (kind.empty == 0) == (fieldtype in NUMERIC and fieldtype != "Duration")
    assert not (kind.table and kind.column)
    assert (fieldtype in TABLES) == fieldtype.startswith("Table")


# --- defaults ---


@pytest.mark.parametrize(
    ("field", "default"),
    [
        pytest.param({"fieldtype": "Data"}, None, id="none"),
        pytest.param({"fieldtype": "Data", "default": "x"}, "x", id="text"),
        pytest.param({"fieldtype": "Int", "default": "7"}, 7, id="a number, from text"),
        pytest.param({"fieldtype": "Check", "default": "1"}, 1, id="a Check"),
        pytest.param({"fieldtype": "Select", "options": "A\nB"}, "A", id="a Select begins with its first option"),
        pytest.param({"fieldtype": "Select", "options": "\nA\nB"}, "", id="or with none, if that is the first"),
        pytest.param({"fieldtype": "Select", "options": "A\nB", "default": "B"}, "B", id="or with its default"),
        pytest.param({"fieldtype": "Date", "default": "Today"}, "2026-03-04", id="Today"),
        pytest.param({"fieldtype": "Datetime", "default": "Now"}, "2026-03-04 05:06:07.000089", id="Now"),
        pytest.param({"fieldtype": "Date", "default": "now"}, "2026-03-04", id="Now of a Date"),
        pytest.param({"fieldtype": "Time", "default": "Now"}, "05:06:07.000089", id="Now of a Time"),
        pytest.param({"fieldtype": "Data", "default": "Today"}, "Today", id="Today in a text is a word"),
        pytest.param({"fieldtype": "Link", "options": "User", "default": "__user"}, "Administrator", id="__user"),
        pytest.param({"fieldtype": "Data", "default": "eval:doc.x"}, None, id="code is not run"),
        pytest.param({"fieldtype": "Data", "default": ":Company"}, None, id="nor are session defaults looked up"),
    ],
)
def test_defaults(ctx: Context, field: dict[str, Any], default: Any) -> None:
    assert validation.default_of(ctx, Field({"fieldname": "f", **field}, "X")) == default


# --- choices, addresses, lengths ---


def with_field(ctx: Context, value: Any, **field: Any) -> Any:
    """A new document of a DocType with this one field."""
    schema.store_doctype(
        ctx,
        {
            "doctype": "DocType",
            "name": "One",
            "fields": [{"fieldname": "f", "label": "F", "fieldtype": "Data", **field}],
        },
    )
    return document.new(ctx, {"doctype": "One", "f": value}).insert().f


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        pytest.param({"fieldtype": "Select", "options": "A\nB"}, " A ", "A", id="spaces around a choice"),
        pytest.param({"fieldtype": "Select", "options": ""}, "anything", "anything", id="no options: anything"),
        pytest.param({"fieldtype": "Select", "options": "[Select]"}, "anything", "anything", id="nor [Select]"),
        pytest.param({"options": "Email"}, "a@b.co, c@d.co", "a@b.co, c@d.co", id="several addresses"),
        pytest.param({"options": "Email"}, "Administrator", "Administrator", id="Frappe's own users"),
        pytest.param({"options": "URL"}, "ftp://x/y", "ftp://x/y", id="ftp"),
        pytest.param({"options": "URL"}, "/app/x", "/app/x", id="a page of the site's own"),
        pytest.param({"options": "Email"}, "o'neil@b.co", "o'neil@b.co", id="an apostrophe in an address"),
        pytest.param({"fieldtype": "Phone"}, "+49 (0)30-123", "+49 (0)30-123", id="a phone number"),
        pytest.param({"length": 200}, "x" * 200, "x" * 200, id="a longer field"),
        pytest.param({"fieldtype": "Small Text"}, "x" * 5000, "x" * 5000, id="no limit"),
        pytest.param({"fieldtype": "Int", "length": 12}, 2**40, 2**40, id="a big number"),
        pytest.param({"fieldtype": "Long Int"}, 2**40, 2**40, id="a Long Int"),
        pytest.param({"fieldtype": "Float", "non_negative": 1}, -0.0, 0.0, id="minus zero is no negative number"),
        pytest.param(
            {"ignore_xss_filter": 1},
            "<script>x</script>",
            "<script>x</script>",
            id="a field that may hold HTML of any kind",
        ),
        pytest.param(
            {"reqd": 1, "fieldtype": "Text Editor"}, '<img src="x">', '<img src="x">', id="a picture alone is a value"
        ),
        pytest.param({"reqd": 1, "fieldtype": "Int"}, 0, 0, id="0 is a value"),
        pytest.param({"reqd": 1}, 5, "5", id="a number for a text that must be there"),
        pytest.param({"default": "x"}, "", "x", id="a default in place of empty text"),
        pytest.param({"default": "7", "fieldtype": "Int"}, "", 7, id="a default in place of an empty number"),
        pytest.param(
            {"fieldtype": "Select", "options": "\nA", "default": "A"}, "", "", id="a choice left empty on purpose"
        ),
        pytest.param({"not_nullable": 1}, None, "", id="what may not be null is empty"),
        pytest.param({"reqd": 1, "fieldtype": "Data", "is_virtual": 1}, None, None, id="a virtual field is not missed"),
        pytest.param({"reqd": 1, "fieldtype": "HTML"}, None, None, id="nor one that holds no value"),
    ],
)
def test_values_that_pass(ctx: Context, field: dict[str, Any], value: Any, stored: Any) -> None:
    assert with_field(ctx, value, **field) == stored


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        pytest.param({"fieldtype": "Select", "options": "A\nB"}, "C", ValidationError, id="no such choice"),
        pytest.param({"options": "Email"}, "a@b.co, nobody", ValidationError, id="one address of several"),
        pytest.param({"options": "Email"}, "a@b", ValidationError, id="no domain"),
        pytest.param({"options": "URL"}, "//x/y", ValidationError, id="no scheme"),
        pytest.param({"options": "Phone"}, "call me", InvalidPhoneNumberError, id="no phone number"),
        pytest.param(
            {"fieldtype": "Float", "non_negative": 1}, "-0.5", ValidationError, id="a negative number as text"
        ),
        pytest.param({"fieldtype": "Int", "length": 12}, 2**63, ValidationError, id="a number beyond 64 bits"),
        pytest.param({"fieldtype": "Float", "non_negative": 1}, -1e-9, ValidationError, id="ever so little below 0"),
        pytest.param(
            {"reqd": 1, "fieldtype": "Text Editor"}, "<p> <br></p>", MandatoryError, id="tags alone are no value"
        ),
        pytest.param({"reqd": 1}, " \t", MandatoryError, id="spaces are no value"),
        pytest.param({"reqd": 1}, [], MandatoryError, id="no list is no value"),
        pytest.param({}, [], ValidationError, id="a list is no text"),
        pytest.param({"reqd": 1, "fieldtype": "Int"}, None, MandatoryError, id="a number that must be there"),
        pytest.param({"reqd": 1, "not_nullable": 1}, None, MandatoryError, id="a text that must be there and not null"),
    ],
)
def test_values_that_do_not(ctx: Context, field: dict[str, Any], value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        with_field(ctx, value, **field)


def test_all_missing_values_are_told_at_once(ctx: Context) -> None:
    doc = document.new(ctx, {"doctype": "Task", "checklist": [{"qty": 1}, {"item": "b"}]})
    with pytest.raises(MandatoryError) as raised:
        doc.insert()
    assert [each["message"] for each in raised.value.messages] == [
        "Error: Value missing for Task: Subject",
        "Error: <strong>Task Checklist Item</strong> Row #1: Value missing for: Item",
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<a href='javascript:x()'>y</a>",
        "<svg onload=x()>",
        "<iframe src=x>",
        "<b onclick=x()>y</b>",
        "<style>*{}</style>",
        "<math><mi//xlink:href='data:x,y'>",
    ],
)
def test_nothing_that_runs_is_left(ctx: Context, html: str) -> None:
    cleaned = with_field(ctx, f"before {html} after", fieldtype="Text Editor")
    assert "before" in cleaned
    acting = re.sub("&lt;.*?&gt;|style=.color:red.", "", cleaned)  # text, and what is only looks
    assert not any(part in acting for part in ("script", "onload", "onclick", "iframe", "style", "<svg", "data:"))


BLOCKS = json.dumps([{"html": '<p class="a" onclick="x()">x</p>', "script": "if (a<b) '</script>'"}])
IMAGE = '["<img src=x onerror=x()>"]'


@pytest.mark.parametrize(
    ("fieldtype", "value", "stored"),
    [
        pytest.param("Long Text", BLOCKS, BLOCKS, id="a page's blocks"),
        pytest.param("Long Text", f"\n {BLOCKS}", f"\n {BLOCKS}", id="space before them"),
        pytest.param("Small Text", '{"a": "<i>"}', '{"a": "<i>"}', id="an object"),
        pytest.param("Data", IMAGE, IMAGE, id="a short field"),
        pytest.param("Text Editor", IMAGE, '["<img src="x">"]', id="what a page shows as HTML"),
        pytest.param("HTML Editor", IMAGE, '["<img src="x">"]', id="or as HTML that was written as such"),
        pytest.param("Long Text", '"<b onclick=x()>y</b>"', '"<b>y</b>"', id="a text in quotes is a text"),
        pytest.param("Long Text", "[<b onclick=x()>y</b>]", "[<b>y</b>]", id="brackets around no JSON"),
        pytest.param(
            "Long Text", "[" * 99_999 + "<b onclick=x()>y</b>", "[" * 99_999 + "<b>y</b>", id="what is too deep"
        ),
        pytest.param("Long Text", json.dumps(["<b>" * 500]), json.dumps(["<b>" * 500]), id="no depth of HTML in it"),
    ],
)
def test_data_in_a_text_is_kept_as_it_is(ctx: Context, fieldtype: str, value: str, stored: str) -> None:
    """Frappe: what is JSON is not cleaned."""
    assert with_field(ctx, value, fieldtype=fieldtype) == stored


# --- links ---


def test_a_link_to_a_cancelled_document(ctx: Context) -> None:
    """Only a submittable document minds; and amended_from must."""
    fields = [{"fieldname": "invoice", "fieldtype": "Link", "options": "Invoice", "label": "Invoice"}]
    for name, submittable in (("Open Paper", 0), ("Closed Paper", 1)):
        schema.store_doctype(ctx, {"doctype": "DocType", "name": name, "is_submittable": submittable, "fields": fields})
    invoice = (
        document.new(ctx, {"doctype": "Invoice", "customer": "C", "items": [{"item": "a", "rate": 1}]})
        .insert()
        .submit()
        .cancel()
    )
    document.new(ctx, {"doctype": "Open Paper", "invoice": invoice.name}).insert()
    with pytest.raises(CancelledLinkError, match=f"Cannot link cancelled document: Invoice: {invoice.name}"):
        document.new(ctx, {"doctype": "Closed Paper", "invoice": invoice.name}).insert()


@pytest.mark.parametrize(
    ("field", "given", "result"),
    [
        pytest.param({}, None, "Open", id="an unset value is fetched"),
        pytest.param({}, "typed", "Open", id="a typed one is replaced"),
        pytest.param({"fetch_if_empty": 1}, "typed", "typed", id="unless only empty ones are to be"),
        pytest.param({"fetch_if_empty": 1}, None, "Open", id="fetched if empty"),
        pytest.param({"fetch_from": "project.no_such_field"}, "typed", "typed", id="a source that is not there"),
    ],
)
def test_fetching_through_a_link(ctx: Context, field: dict[str, Any], given: Any, result: Any) -> None:
    fields = [
        {"fieldname": "project", "fieldtype": "Link", "options": "Project"},
        {"fieldname": "state", "fieldtype": "Data", "fetch_from": "project.status", **field},
    ]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Fetching", "fields": fields})
    document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
    assert document.new(ctx, {"doctype": "Fetching", "project": "Alpha", "state": given}).insert().state == result


def test_a_link_to_a_doctype_that_is_not_installed_is_not_checked(ctx: Context) -> None:
    assert with_field(ctx, "anything", fieldtype="Link", options="No Such Type") == "anything"


@pytest.mark.parametrize(
    ("options", "left"),
    [pytest.param("Project", "Nowhere", id="a link"), pytest.param("DocType", None, id="the DocType of another field")],
)
def test_what_a_lost_link_leaves_in_the_document(ctx: Context, options: str, left: str | None) -> None:
    fields = [{"fieldname": "f", "fieldtype": "Link", "options": options}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Lost", "fields": fields})
    doc = document.new(ctx, {"doctype": "Lost", "f": "Nowhere"})
    with pytest.raises(LinkValidationError, match="Could not find f: Nowhere"):
        doc.insert()
    assert doc.f == left


def test_what_may_not_be_fetched_again_is_what_the_same_row_had(ctx: Context) -> None:
    def invoice() -> Any:
        rows = [{"name": f"row-{rate}", "item": "same", "rate": rate} for rate in (1, 2)]
        return document.new(ctx, {"doctype": "Invoice", "customer": "C", "items": rows})

    doc, stored = invoice(), invoice()
    doc.__dict__["_doc_before_save"] = stored
    link, fetched = (doc.items[0].meta.field(name) for name in ("item", "rate"))
    assert [validation._fetched_before(doc, row, link, fetched) for row in doc.items] == [1, 2]
    doc.items[1].item = "another"
    assert [validation._fetched_before(doc, row, link, fetched) for row in doc.items] == [1, None]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param("<b>{long}</b>", True, id="a text with tags"),
        pytest.param('{{"a": ["<b>{long}</b>"]}}', True, id="one in JSON"),
        pytest.param(' ["<b>{long}</b>"]', True, id="one in a list of JSON"),
        pytest.param("a < b {long}", False, id="no tag is in it"),
    ],
)
def test_long_texts_are_cleaned_before_the_writers_turn(ctx: Context, value: str, found: bool) -> None:
    long = "x" * validation.LONG_TEXT
    validation.clean_ahead(ctx, {"doc": [value.format(long=long)]})
    assert ctx.request.cleaned == ({f"<b>{long}</b>": f"<b>{long}</b>"} if found else {})
    ctx.request.cleaned.clear()


def test_markup_that_cannot_be_cleaned_is_told_before_all_else(ctx: Context) -> None:
    deep = {"doctype": "Task", "description": "<b>" * (markup.MAX_LEVELS + 1), "project": "Nowhere"}
    with pytest.raises(ValidationError, match="at most 200 levels deep"):
        document.new(ctx, deep).insert()


def test_only_what_is_named_by_a_field_keeps_its_name_there(ctx: Context) -> None:
    task = document.new(ctx, {"doctype": "Task", "subject": "x"}).insert()
    project = document.new(ctx, {"doctype": "Project", "title": "Named"}).insert()
    assert [key for key, value in vars(task).items() if value == task.name] == ["name"]
    assert [key for key, value in vars(project).items() if value == project.name] == ["name", "title"]


def test_ignore_links_stores_a_lost_link(ctx: Context) -> None:
    assert (
        document.new(ctx, {"doctype": "Task", "subject": "x", "project": "Nowhere"}).insert(ignore_links=True).project
        == "Nowhere"
    )


def test_a_default_that_links_to_no_document_is_left_out(ctx: Context) -> None:
    lost = {"fieldtype": "Link", "options": "Project", "default": "Nowhere"}
    assert with_field(ctx, None, **lost) is None
    assert with_field(ctx, None, **{**lost, "options": "No Such Type"}) == "Nowhere"


@pytest.mark.parametrize(
    ("held_to", "filled"),
    [
        pytest.param((), "Alpha", id="held to nothing"),
        pytest.param(("Alpha", "Beta"), "Alpha", id="a default among those that one is held to"),
        pytest.param(("Beta", "Gamma"), None, id="no default that one may not choose"),
        pytest.param(("Beta",), "Beta", id="the only one that there is to choose"),
    ],
)
def test_a_default_is_one_that_the_user_may_choose(ctx: Context, held_to: tuple[str, ...], filled: str | None) -> None:
    for title in ("Alpha", "Beta", "Gamma"):
        document.new(ctx, {"doctype": "Project", "title": title}).insert()
    field = {"fieldname": "f", "fieldtype": "Link", "options": "Project", "default": "Alpha"}
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Held", "fields": [field]})
    ann = document.new(ctx, {"doctype": "User", "email": "ann@example.com", "first_name": "Ann"}).insert()
    for name in held_to:
        held = {"user": ann.name, "allow": "Project", "for_value": name}
        document.new(ctx, {"doctype": "User Permission", **held}).insert()
    asking = ctx.as_user(ann.name)
    made = document.new(asking, {"doctype": "Held"})
    validation.set_defaults(asking, made)
    assert made.get("f") == filled


def test_a_link_to_a_virtual_doctype_is_not_looked_up(ctx: Context) -> None:
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Ghost", "is_virtual": 1, "fields": []})
    assert with_field(ctx, "anything", fieldtype="Link", options="Ghost") == "anything"


def test_the_answer_says_a_text_as_it_was_sent_and_a_rating_as_it_is_kept(ctx: Context) -> None:
    fields = [{"fieldname": "f", "fieldtype": "Rating"}, {"fieldname": "t", "fieldtype": "Data"}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Rated", "fields": fields})
    made = document.new(ctx, {"doctype": "Rated", "f": "0.5", "t": 5}).insert()
    assert (made.value_as_sent("f"), made.value_as_sent("t"), made.t) == (0.5, 5, "5")


@pytest.mark.parametrize(
    ("fieldtype", "sent", "told", "told_of_a_row"),
    [
        pytest.param("Check", True, True, True, id="a truth, which is kept as 1"),
        pytest.param("Float", 3, 3, 3, id="a whole number, which is kept as 3.0"),
        pytest.param("Int", "3", "3", "3", id="a text"),
        pytest.param("Data", 5, 5, 5, id="a number"),
        pytest.param("Check", None, None, 0, id="nothing: of a row what it holds"),
        pytest.param("Int", None, None, 0, id="no number: of a row what it holds"),
    ],
)
def test_a_version_tells_a_value_as_it_was_sent(
    ctx: Context, fieldtype: str, sent: Any, told: Any, told_of_a_row: Any
) -> None:
    field = {"fieldname": "f", "fieldtype": fieldtype}
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Sent Row", "istable": 1, "fields": [field]})
    rows = {"fieldname": "rows", "fieldtype": "Table", "options": "Sent Row"}
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Sent", "fields": [field, rows]})
    made = document.new(ctx, {"doctype": "Sent", "rows": [{}]}).insert()
    made.f = made.rows[0].f = sent
    made.save()
    assert repr(made.told_value("f")) == repr(told)
    assert repr(made.rows[0].told_value("f")) == repr(told_of_a_row)
    assert made.rows[0].f == made.f


@pytest.mark.parametrize(
    ("field", "mandatory", "filled"),
    [
        pytest.param({"fieldtype": "Int"}, False, 0, id="a number"),
        pytest.param({"fieldtype": "Int", "reqd": 1}, False, None, id="a number that is asked for first"),
        pytest.param({"fieldtype": "Int", "reqd": 1}, True, 0, id="and at last"),
        pytest.param({"not_nullable": 1}, False, "", id="a text that may not be null"),
        pytest.param({"not_nullable": 1, "reqd": 1}, False, None, id="a text that is asked for first"),
        pytest.param({"not_nullable": 1, "reqd": 1}, True, "", id="the text at last"),
        pytest.param({}, True, None, id="any other text"),
    ],
)
def test_what_is_unset_is_filled(ctx: Context, field: dict[str, Any], mandatory: bool, filled: Any) -> None:
    fields = [{"fieldname": "f", "fieldtype": "Data", **field}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Filled", "fields": fields})
    doc = document.new(ctx, {"doctype": "Filled"})
    doc.f = None
    validation.fill_numbers(doc, mandatory)
    assert doc.f == filled


def test_a_field_that_documents_are_named_by_says_their_name(ctx: Context) -> None:
    project = document.new(ctx, {"doctype": "Project", "title": "Named"}).insert()
    project.title = "Another"
    project.save()
    assert (project.name, project.title) == ("Named", "Named")
    assert document.load(ctx, "Project", "Named").title == "Named"


@pytest.mark.parametrize(
    ("field", "stored"),
    [pytest.param({"fieldtype": "Int"}, 0, id="0"), pytest.param({"not_nullable": 1}, "", id="empty text")],
)
def test_what_may_not_be_null_is_stored_empty_where_nothing_is_asked_for(
    ctx: Context, field: dict[str, Any], stored: object
) -> None:
    fields = [{"fieldname": "f", "fieldtype": "Data", "reqd": 1, **field}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Asked", "fields": fields})
    assert document.new(ctx, {"doctype": "Asked"}).insert(ignore_mandatory=True).f == stored


def test_ignore_mandatory_stores_what_lacks_a_value(ctx: Context) -> None:
    assert document.new(ctx, {"doctype": "Task"}).insert(ignore_mandatory=True).subject is None


def test_what_was_changed_after_submission_is_told(ctx: Context) -> None:
    doc = (
        document.new(ctx, {"doctype": "Invoice", "customer": "C", "items": [{"item": "a", "rate": 1}]})
        .insert()
        .submit()
    )
    doc = document.load(ctx, "Invoice", doc.name)
    doc.customer = "D"
    with pytest.raises(UpdateAfterSubmitError) as raised:
        doc.save()
    assert (
        "Not allowed to change <strong>Customer</strong> after submission from <strong>C</strong> to <strong>D</strong>"
        in str(raised.value)
    )
    assert raised.value.messages[0]["title"] == "Cannot Update After Submit"
