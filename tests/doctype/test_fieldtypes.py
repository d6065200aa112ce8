"""One table: fieldtype -> column, empty value, and how values are brought into form."""

from __future__ import annotations

import datetime
import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frappe_lite.doctype.fieldtypes import FIELDTYPES, NUMERIC, TABLES
from frappe_lite.errors import ValidationError

STORED = sorted(name for name, each in FIELDTYPES.items() if each.column)
LAYOUT = ["Button", "Column Break", "Fold", "Heading", "HTML", "Image", "Section Break", "Tab Break"]


@pytest.mark.parametrize(
    "fieldtype, value, kept",
    [
        pytest.param("Data", "x", "x", id="text stays"),
        pytest.param("Data", 123, "123", id="a number becomes text"),
        pytest.param("Data", 10.0, "10", id="a whole number with a point has none as text"),
        pytest.param("Small Text", -0.25, "-0.25", id="a part of one keeps its digits"),
        pytest.param("Data", 0.00001, "0.00001", id="small ones are written out"),
        pytest.param("Data", 1e14, "100000000000000", id="large ones too, up to 15 places"),
        pytest.param("Data", 1e15, "1e15", id="from 16 places on with an exponent, as MariaDB writes it"),
        pytest.param("Data", -2.5e-20, "-2.5e-20", id="and so before the point"),
        pytest.param("Data", float("inf"), "inf", id="what is endless is a word"),
        pytest.param("Data", True, "1", id="true in a text field is 1"),
        pytest.param("Data", None, None, id="None stays None"),
        pytest.param("Data", "", "", id="empty text stays"),
        pytest.param("JSON", {"a": [1]}, '{"a":[1]}', id="an object in a JSON field is text"),
        pytest.param("JSON", '{"a":1}', '{"a":1}', id="JSON text stays as written"),
        pytest.param("Int", "12", 12, id="Int of text"),
        pytest.param("Int", 1.9, 1, id="Int cuts, and does not round"),
        pytest.param("Int", "abc", 0, id="Int of what is no number is 0"),
        pytest.param("Int", None, None, id="Int of None stays unset"),
        pytest.param("Check", True, 1, id="Check of true"),
        pytest.param("Check", "0", 0, id="Check of text 0"),
        pytest.param("Check", "1", 1, id="Check of text 1"),
        pytest.param("Check", None, 0, id="Check of None is 0"),
        pytest.param("Currency", "1,234.5", 1234.5, id="Currency reads thousands separators"),
        pytest.param("Float", "abc", 0.0, id="Float of what is no number is 0"),
        pytest.param("Percent", "7", 7.0, id="Percent of text"),
        pytest.param("Date", "2026-01-31", "2026-01-31", id="Date of text"),
        pytest.param("Date", datetime.date(2026, 1, 31), "2026-01-31", id="Date of a date"),
        pytest.param("Date", "2026-01-31 10:00:00", "2026-01-31", id="Date of a datetime is its day"),
        pytest.param("Date", "0001-01-01", "0001-01-01", id="Date keeps four digits of the year"),
        pytest.param("Date", "", None, id="Date of empty text is unset"),
        pytest.param("Datetime", "2026-01-31 10:00:00", "2026-01-31 10:00:00", id="Datetime of text"),
        pytest.param("Datetime", "2026-01-31T10:00:00", "2026-01-31 10:00:00", id="Datetime of ISO text"),
        pytest.param("Datetime", "2026-01-31", "2026-01-31 00:00:00", id="Datetime of a day is its beginning"),
        pytest.param(
            "Datetime", "2026-01-31 10:00:00.5", "2026-01-31 10:00:00.500000", id="Datetime: fractions have six digits"
        ),
        pytest.param("Datetime", "", None, id="Datetime of empty text is unset"),
        pytest.param("Time", "9:05", "09:05:00", id="Time has two digits everywhere"),
        pytest.param("Time", datetime.timedelta(hours=1, minutes=2), "01:02:00", id="Time of a timedelta"),
        pytest.param("Time", "", None, id="Time of empty text is unset"),
        pytest.param("Table", [{"a": 1}], [{"a": 1}], id="child rows are left alone"),
    ],
)
def test_cast(fieldtype, value, kept):
    cast = FIELDTYPES[fieldtype].cast(value)
    assert (cast, type(cast)) == (kept, type(kept))


@pytest.mark.parametrize(
    "fieldtype, value",
    [
        pytest.param("Date", "2026-02-30", id="no such day"),
        pytest.param("Date", "tomorrow", id="no date at all"),
        pytest.param("Date", "   ", id="blank text is no date"),
        pytest.param("Date", 5, id="a number is no date"),
        pytest.param("Datetime", "2026-01-31 25:00:00", id="no such hour"),
        pytest.param("Datetime", "   ", id="blank text is no datetime"),
        pytest.param("Datetime", "0001-01-01T00:00:00+23:59", id="before the first year"),
        pytest.param("Time", "24:61", id="no such time"),
        pytest.param("Time", "noon", id="no time at all"),
    ],
)
def test_a_value_without_meaning_in_its_type_is_refused_by_name(fieldtype, value):
    with pytest.raises(ValidationError, match="is not a valid") as caught:
        FIELDTYPES[fieldtype].cast(value)
    assert str(value).strip() in str(caught.value)


@pytest.mark.parametrize(
    "fieldtype, empty",
    [
        ("Int", 0),
        ("Check", 0),
        ("Currency", 0.0),
        ("Float", 0.0),
        ("Percent", 0.0),
        ("Rating", 0.0),
        ("Duration", None),
        ("Data", None),
        ("Date", None),
        ("Link", None),
    ],
    ids=lambda value: str(value),
)
def test_an_unset_number_is_zero_and_the_rest_is_unset(fieldtype, empty):
    assert FIELDTYPES[fieldtype].empty == empty


@pytest.mark.parametrize("fieldtype", [*LAYOUT, "Table", "Table MultiSelect"])
def test_layout_and_tables_have_no_column(fieldtype):
    assert FIELDTYPES[fieldtype].column is None


@pytest.mark.parametrize(
    "fieldtype", ["Data", "Link", "Dynamic Link", "Select", "Phone", "Read Only", "Color", "Icon", "Autocomplete"]
)
def test_one_line_of_text_holds_140_characters(fieldtype):
    assert FIELDTYPES[fieldtype].length == 140


@pytest.mark.parametrize("fieldtype", ["Text", "Small Text", "Long Text", "Text Editor", "Code", "JSON", "Attach"])
def test_long_text_has_no_limit(fieldtype):
    assert FIELDTYPES[fieldtype].length == 0


@pytest.mark.parametrize(
    "fieldtype, cleaned",
    [
        ("Data", True),
        ("Text Editor", True),
        ("Small Text", True),
        ("Code", False),
        ("Password", False),
        ("JSON", False),
    ],
    ids=str,
)
def test_only_text_that_people_type_is_cleaned_of_html(fieldtype, cleaned):
    assert FIELDTYPES[fieldtype].clean is cleaned


def test_numeric_types():
    assert NUMERIC == {"Check", "Currency", "Duration", "Float", "Int", "Long Int", "Percent", "Rating"}


def test_table_types():
    assert TABLES == {"Table", "Table MultiSelect"}


@pytest.mark.parametrize("fieldtype", STORED)
def test_a_column_gives_back_what_was_cast(fieldtype):
    sample = {"Date": "2026-01-31", "Datetime": "2026-01-31 10:00:00.000001", "Time": "10:00:00", "JSON": {"a": 1}}.get(
        fieldtype, "7"
    )
    kept = FIELDTYPES[fieldtype].cast(sample)
    sqlite = sqlite3.connect(":memory:")
    sqlite.execute(f"CREATE TABLE t (value {FIELDTYPES[fieldtype].column})")
    sqlite.execute("INSERT INTO t VALUES (?)", (kept,))
    assert sqlite.execute("SELECT value FROM t").fetchone() == (kept,)
    sqlite.close()


@given(
    st.sampled_from(STORED),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=30),
    ),
)
def test_casting_twice_is_casting_once(fieldtype, value):
    cast = FIELDTYPES[fieldtype].cast
    try:
        once = cast(value)
    except ValidationError:
        return
    assert cast(once) == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=10,
    )
)
def test_a_json_field_keeps_lists_and_objects(value):
    if isinstance(value, list | dict):
        assert json.loads(FIELDTYPES["JSON"].cast(value)) == value
