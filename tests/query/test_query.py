"""What clients send as filters, fields and orders -> SQL and bound values. No database, but SQLite reads the SQL."""

from __future__ import annotations

import contextlib
import datetime
import re
import sqlite3
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frappe_lite import utils
from frappe_lite.doctype.meta import DocType
from frappe_lite.errors import DataError, DoesNotExistError, FrappeError, PermissionError, ValidationError
from frappe_lite.query import (
    MAX_COLUMNS,
    MAX_FILTERS,
    MAX_ORDERS,
    MAX_ROWS,
    OPERATORS,
    Condition,
    Query,
    all_of,
    any_of,
    quote,
    words,
)


def doctype(name: str, fields: dict[str, str], **more) -> DocType:
    """A DocType from `fieldname -> "Fieldtype"` or `"Fieldtype:options"`."""
    rows = [
        {"fieldname": key, "fieldtype": kind.partition(":")[0], "options": kind.partition(":")[2] or None}
        for key, kind in fields.items()
    ]
    return DocType({"name": name, "fields": rows, **more})


TASK = doctype(
    "Task",
    {
        "subject": "Data", "status": "Select", "project": "Link:Project", "table": "Link:Project", "owner_note": (
            "Data"
        ), "internal_note": "Small Text",
        "points": "Int", "amount": "Currency", "is_milestone": "Check", "due_date": "Date", "started_at": "Datetime", (
            "remind_at"
        ): "Time", "secret": "Password",
        "territory": "Link:Territory", "hidden": "Link:Hidden", "lost": "Table:Not Installed", "checklist": "Table:Task Item", "computed": (
            "Section Break"
        ),
    },
)  # fmt: skip
ITEM = doctype("Task Item", {"item": "Data", "done": "Check", "internal_note": "Data"}, istable=1)
PROJECT = doctype(
    "Project", {"title": "Data", "budget": "Currency", "internal_note": "Data"}, sort_field="title", sort_order="asc"
)
TERRITORY = doctype("Territory", {"lft": "Int", "rgt": "Int", "title": "Data"})
HIDDEN = doctype("Hidden", {"title": "Data"})
END = "23:59:59.999999"
DOCTYPES = {each.name: each for each in (TASK, ITEM, PROJECT, TERRITORY, HIDDEN)}


class FakeSchema:
    """`internal_note` may not be read, `secret` only be shown; of Hidden no document may be read, of Project those of
    their owner."""

    def meta(self, name):
        if name not in DOCTYPES:
            raise DoesNotExistError.told(f"DocType {name} not found")
        return DOCTYPES[name]

    def has(self, doctype):
        return doctype in DOCTYPES

    def week_begins(self):
        return "Sunday"

    def may_read(self, meta, fieldname, parent, shown=False):
        return fieldname != "internal_note" and (shown or fieldname != "secret")

    def rows(self, meta):
        return {"Hidden": None, "Project": Condition("owner = ?", ("ann",))}.get(meta.name, Condition())

    def descendants(self, meta, name, operator):
        return [f"{name}-1", f"{name}-2"]


@pytest.fixture(scope="module")
def sqlite():
    """Empty tables, so that SQLite can prepare what is compiled."""
    connection = sqlite3.connect(":memory:")
    for each in DOCTYPES.values():
        connection.execute(
            f"CREATE TABLE {quote(each.table)} "
            f"({', '.join(f'{quote(name)} {kind}' for name, kind in each.column_sql.items())})"
        )
    yield connection
    connection.close()


@pytest.fixture(autouse=True, scope="module")
def clock():
    token = utils.set_clock(datetime.datetime(2026, 2, 10, 12))
    yield
    utils.reset_clock(token)


@pytest.fixture
def query():
    return Query(FakeSchema(), TASK)


def short(sql: str) -> str:
    """Columns of Task without their table, to keep the tables below readable."""
    return sql.replace('"tabTask".', "").replace('"', "")


# --- operators -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "each, sql, params",
    [
        pytest.param(["status", "=", "Open"], "status = ?", ["Open"], id="equal"),
        pytest.param(["status", "!=", "Open"], "COALESCE(status, '') COLLATE NOCASE != ?", ["Open"], id="not equal also finds NULL"),
        pytest.param(["points", "!=", 1], "COALESCE(points, 0) != ?", [1], id="an unset number counts as 0"),
        pytest.param(["points", ">", 9], "points > ?", [9], id="greater"),
        pytest.param(["points", "<", 3], "COALESCE(points, 0) < ?", [3], id="less also finds NULL"),
        pytest.param(["points", "<=", 3], "COALESCE(points, 0) <= ?", [3], id="so does at most"),
        pytest.param(["due_date", "<", "2026-01-31"], "COALESCE(due_date, '0001-01-01') < ?", ["2026-01-31"], id=(
            "an unset date is the first of all"
        )),
        pytest.param(["subject", "like", "%x%"], "subject LIKE ? ESCAPE '\\'", ["%x%"], id="like"),
        pytest.param(["subject", "not like", "x%"], "COALESCE(subject, '') COLLATE NOCASE NOT LIKE ? ESCAPE '\\'", ["x%"], id=(
            "not like also finds NULL"
        )),
        pytest.param(["status", "in", ["Open", "Late"]], "status IN (?, ?)", ["Open", "Late"], id="in a list"),
        pytest.param(["status", "in", "Open, Late"], "status IN (?, ?)", ["Open", "Late"], id="in text with commas"),
        pytest.param(["status", "in", []], "(status IN (?)) OR (status IS NULL)", [""], id="in nothing finds what is unset"),
        pytest.param(["points", "in", []], "(points IN (?)) OR (points IS NULL)", [0], id="in nothing finds 0"),
        pytest.param(
            ["status", "not in", []], "COALESCE(status, '') COLLATE NOCASE NOT IN (?)", [""], id="not in nothing finds what is set"
        ),
        pytest.param(["points", "in", 5], "points IN (?)", [5], id="in a number"),
        pytest.param(["points", "in", "1,2"], "points IN (?, ?)", [1, 2], id="numbers in text"),
        pytest.param(["project", "in", ["a", ""]], "(project IN (?, ?)) OR (project IS NULL)", ["a", ""], id=(
            "in with empty text also finds NULL"
        )),
        pytest.param(["status", "not in", ["Open"]], "COALESCE(status, '') COLLATE NOCASE NOT IN (?)", ["Open"], id=(
            "not in also finds NULL"
        )),
        pytest.param(["project", "=", ""], "(project IS NULL OR project = '')", [], id=(
            "equal to empty text finds NULL"
        )),
        pytest.param(["project", "=", None], "(project IS NULL OR project = '')", [], id=(
            "equal to null finds empty text"
        )),
        pytest.param(["project", "!=", ""], "project != ''", [], id="not equal to empty text is set"),
        pytest.param(["points", "=", None], "points = ?", [0], id="a number equal to null is 0"),
        pytest.param(["project", "is", "set"], "project != ''", [], id="text is set"),
        pytest.param(["project", "is", "not set"], "(project IS NULL OR project = '')", [], id="text is not set"),
        pytest.param(["points", "is", "Set "], "COALESCE(points, 0) != 0", [], id="a number is set"),
        pytest.param(["points", "is", "not set"], "COALESCE(points, 0) = 0", [], id="0 is not set"),
        pytest.param(["due_date", "is", "not set"], "due_date IS NULL", [], id="a date is not set"),
        pytest.param(["points", "between", [3, 5]], "points BETWEEN ? AND ?", [3, 5], id="between"),
        pytest.param(["points", "between", "3, 5"], "points BETWEEN ? AND ?", [3, 5], id="between in text"),
        pytest.param(["due_date", "between", ["2026-02-01", "2026-04-30"]], "due_date BETWEEN ? AND ?", ["2026-02-01", (
            "2026-04-30"
        )], id="between dates"),
        pytest.param(["due_date", "between", ["2026-02-01", None]], "due_date BETWEEN ? AND ?", ["2026-02-01", (
            "2026-02-10"
        )], id="between a date and today"),
        pytest.param(["started_at", "between", ["2026-02-01", "2026-02-02"]], "started_at BETWEEN ? AND ?", [(
            "2026-02-01 00:00:00"
        ), f"2026-02-02 {END}"], id="a day has an end"),
        pytest.param(["due_date", "timespan", "last month"], "due_date BETWEEN ? AND ?", ["2026-01-01", "2026-01-31"], id=(
            "timespan"
        )),
        pytest.param(["due_date", "previous", "1 week"], "due_date BETWEEN ? AND ?", ["2026-02-01", "2026-02-07"], id=(
            "previous"
        )),
        pytest.param(["due_date", "previous", "3 months"], "due_date BETWEEN ? AND ?", ["2025-10-01", "2025-12-31"], id=(
            "previous 3 months is the last quarter"
        )),
        pytest.param(["due_date", "next", "1 month"], "due_date BETWEEN ? AND ?", ["2026-03-01", "2026-03-31"], id=(
            "next"
        )),
        pytest.param(["started_at", "timespan", "today"], "started_at BETWEEN ? AND ?", ["2026-02-10 00:00:00", (
            f"2026-02-10 {END}"
        )], id="a timespan includes its last day"),
        pytest.param(["territory", "descendants of", "Europe"], "territory IN (?, ?)", ["Europe-1", "Europe-2"], id=(
            "a tree"
        )),
        pytest.param(["territory", "not ancestors of", "Europe"], "COALESCE(territory, '') COLLATE NOCASE NOT IN (?, ?)", ["Europe-1", (
            "Europe-2"
        )], id="not in a tree"),
        pytest.param(["territory", "not descendants of", "Europe"], "COALESCE(territory, '') COLLATE NOCASE NOT IN (?, ?)", ["Europe-1", (
            "Europe-2"
        )], id="not below a node also finds NULL"),
        pytest.param(["started_at", "between", ["2026-02-01", " 2026-02-02 "]], "started_at BETWEEN ? AND ?", [(
            "2026-02-01 00:00:00"
        ), f"2026-02-02 {END}"], id="spaces around a day"),
        pytest.param(["started_at", "between", ["2026-02-01", "2026-02-02 10"]], "started_at BETWEEN ? AND ?", [(
            "2026-02-01 00:00:00"
        ), "2026-02-02 10:00:00"], id="an hour has not the day's end"),
        pytest.param(["status", "==", "Open"], "status = ?", ["Open"], id="== is ="),
        pytest.param(["status", "<>", "Open"], "COALESCE(status, '') COLLATE NOCASE != ?", ["Open"], id="<> is !="),
        pytest.param(["status", "not_in", ["Open"]], "COALESCE(status, '') COLLATE NOCASE NOT IN (?)", ["Open"], id=(
            "not_in is not in"
        )),
        pytest.param(["status", " LIKE ", "x"], "status LIKE ? ESCAPE '\\'", ["x"], id="operators have no case"),
    ],
)  # fmt: skip
def test_operators(query, sqlite, each, sql, params):
    condition = query.condition([each])
    assert (short(condition.sql), list(condition.params)) == (sql, params)
    sqlite.execute(f'SELECT 1 FROM "tabTask" WHERE {condition.sql}', condition.params)


@pytest.mark.parametrize(
    "fieldname, value, bound",
    [
        pytest.param("points", "3", 3, id="a number in text"),
        pytest.param("points", "3.5", 3.5, id="an Int is compared with a fraction as it is"),
        pytest.param("points", "abc", 0, id="what is no number is 0"),
        pytest.param("amount", "1,234.5", 1234.5, id="thousands separators"),
        pytest.param(
            "points", "9223372036854775808", 2.0**63, id="an integer that SQLite has no room for is a fraction"
        ),
        pytest.param("points", -(2**63), -(2.0**63), id="so is the first below"),
        pytest.param("is_milestone", True, 1, id="true is 1"),
        pytest.param("is_milestone", "1", 1, id="text 1 is 1"),
        pytest.param("subject", 5, "5", id="a number in a text field is text"),
        pytest.param("subject", False, "0", id="false in a text field is 0"),
        pytest.param("subject", 2.5, "2.5", id="so is a fraction"),
        pytest.param("subject", 1e16, "1e16", id="a large one as MariaDB writes it"),
        pytest.param("subject", "x' or '1'='1", "x' or '1'='1", id="quotes are text"),
        pytest.param("due_date", "2026-01-31 10:00:00", "2026-01-31", id="a Date is compared by day"),
        pytest.param("due_date", datetime.datetime(2026, 1, 31, 10), "2026-01-31", id="with a moment of Python's too"),
        pytest.param("started_at", datetime.datetime(2026, 1, 31, 10), "2026-01-31 10:00:00", id="a Datetime with it"),
        pytest.param(
            "started_at", "2026-01-10", "2026-01-10 00:00:00", id="a Datetime is compared with the beginning of a day"
        ),
        pytest.param("remind_at", "10:00:00", "10:00:00", id="a time"),
    ],
)
def test_a_value_is_bound_in_the_form_of_its_column(query, fieldname, value, bound):
    (got,) = query.condition([[fieldname, ">=", value]]).params
    assert (got, type(got)) == (bound, type(bound))


@pytest.mark.parametrize("value", [2**63 - 1, 2**63, -(2**63) - 1, 1e300, "9" * 30, -1e300], ids=repr)
def test_a_number_beyond_the_column_finds_nothing_and_is_no_error(query, sqlite, value):
    condition = query.condition([["points", "=", value]])
    assert sqlite.execute(f'SELECT 1 FROM "tabTask" WHERE {condition.sql}', condition.params).fetchall() == []


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_compiles_to_sql_that_sqlite_reads(query, sqlite, name):
    value = {
        "pair": ["2026-01-01", "2026-01-02"],
        "list": ["x"],
        "set": "set",
        "timespan": "1 week" if name != "timespan" else "last week",
    }.get(OPERATORS[name].takes, "x")
    condition = query.condition([["territory", name, value]])
    sqlite.execute(f'SELECT 1 FROM "tabTask" WHERE {condition.sql}', condition.params)


# --- spellings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "filters, sql, params",
    [
        pytest.param(None, "", [], id="none"),
        pytest.param([], "", [], id="an empty list"),
        pytest.param({}, "", [], id="an empty object"),
        pytest.param({"status": "Open"}, "status = ?", ["Open"], id="an object"),
        pytest.param({"points": [">", 10]}, "points > ?", [10], id="an object with an operator"),
        pytest.param(
            {"status": ["Open", "Late"]}, "status IN (?, ?)", ["Open", "Late"], id="an object with a list of values"
        ),
        pytest.param(
            {"status": "Open", "points": 1}, "(status = ?) AND (points = ?)", ["Open", 1], id="an object of two"
        ),
        pytest.param([["status", "=", "Open"]], "status = ?", ["Open"], id="a list of three"),
        pytest.param([["Task", "status", "=", "Open"]], "status = ?", ["Open"], id="a list of four"),
        pytest.param([["Task", "status", "=", "Open", False]], "status = ?", ["Open"], id="a list of five"),
        pytest.param(
            [{"status": "Open"}, ["points", "=", 1]],
            "(status = ?) AND (points = ?)",
            ["Open", 1],
            id="objects in a list",
        ),
        pytest.param([["`tabTask`.`status`", "=", "Open"]], "status = ?", ["Open"], id="a field with its table"),
        pytest.param([["tabTask.status", "=", "Open"]], "status = ?", ["Open"], id="a table without quotes"),
        pytest.param([["name", "=", "x"]], "name = ?", ["x"], id="a standard field"),
        pytest.param([["points", "in", [3, 1, 3, "1"]]], "points IN (?, ?)", [3, 1], id="the same value once"),
        pytest.param(
            [["status", "=", "Open"], "or", ["points", "=", 1]],
            "(status = ?) OR (points = ?)",
            ["Open", 1],
            id="joined by or",
        ),
        pytest.param(
            [["status", "=", "A"], "OR", ["status", "=", "B"], "and", ["points", "=", 1]],
            "((status = ?) OR (status = ?)) AND (points = ?)",
            ["A", "B", 1],
            id="joined by words, from left to right",
        ),
        pytest.param(
            [["status", "=", "A"], "and", [["points", "=", 1], "or", ["points", "=", 2]]],
            "(status = ?) AND ((points = ?) OR (points = ?))",
            ["A", 1, 2],
            id="in brackets",
        ),
        pytest.param(
            [[["points", "=", 1], "or", ["points", "=", 2]], ["status", "=", "A"]],
            "((points = ?) OR (points = ?)) AND (status = ?)",
            [1, 2, "A"],
            id="brackets among others",
        ),
    ],
)
def test_spellings_of_filters(query, filters, sql, params):
    condition = query.condition(filters)
    assert (short(condition.sql), list(condition.params)) == (sql, params)


@pytest.mark.parametrize("operator", ["in", "not in"])
@pytest.mark.parametrize(
    "count, places",
    [(1, 1), (8, 8), (9, 16), (16, 16), (17, 32), (1000, 1024), (10_000, 16_384)],
    ids=lambda number: str(number),
)
def test_long_lists_share_few_statements(query, sqlite, operator, count, places):
    """SQLite keeps 512 of them, with some 200 bytes a place; a client that sends each length would fill the memory."""
    condition = query.condition([["points", operator, list(range(count))]])
    assert condition.sql.count("?") == len(condition.params) == places
    assert set(condition.params) == set(range(count))
    sqlite.execute(f'SELECT 1 FROM "tabTask" WHERE {condition.sql}', condition.params)


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        pytest.param([["points", "=", 1], "or", ["points", "=", 2], "or"], "Between two filters", id="a word too many"),
        pytest.param([["points", "=", 1], "or", ["points", "=", 2], "xor", ["points", "=", 3]], "Between two filters", id=(
            "a word that is none"
        )),
        pytest.param([["points", "=", 1], "or", "points"], "Between two filters", id="a text for a filter"),
        pytest.param([["points", "=", 1], "or", ["nope", "=", 2]], "Field not permitted in query: nope", id="an unknown field"),
        pytest.param([["points", "=", 1], *["or", ["points", "=", 2]] * 500], "Too many filters", id="too many"),
        pytest.param([[["points", "=", 1], "or", ["points", "=", 2]]] * 300, "Too many filters", id="too many in brackets"),
    ],
)  # fmt: skip
def test_words_between_filters_that_are_refused(query, filters, text):
    with pytest.raises((ValidationError, DataError), match=text):
        query.condition(filters)


@pytest.mark.parametrize(("depth", "refused"), [(9, False), (10, True), (30, True)])
def test_brackets_are_not_endless(query, depth, refused):
    filters = ["points", "=", 1]
    for _ in range(depth):
        filters = [filters, "or", ["points", "=", 2]]
    with pytest.raises(ValidationError, match="nested 8 deep") if refused else contextlib.nullcontext():
        assert query.condition(filters).params == (1, *[2] * depth)


@pytest.mark.parametrize(
    ("bound", "documented"),
    [(MAX_FILTERS, 200), (MAX_ORDERS, 20), (MAX_COLUMNS, 500)],
)
def test_the_bounds_are_those_that_the_documentation_names(bound, documented):
    """docs/filters.md and docs/security.md tell them."""
    assert bound == documented


def test_as_many_filters_as_there_may_be_are_taken(query):
    assert len(query.condition([["points", "=", 1]] * MAX_FILTERS).params) == MAX_FILTERS


def test_as_many_values_as_may_be_compared_are(query):
    filters = [["points", "in", list(range(5_000))], ["points", "not in", list(range(5_000))]]
    assert set(query.condition(filters).params) == set(range(5_000))
    assert len(query.condition([*filters, ["points", "=", 7], ["status", "=", "x"]]).params) > 10_000  # one is no list


@pytest.mark.parametrize(
    "strict, filters, error",
    [
        pytest.param(True, [["nope", "near", 1]], DataError, id="v1: the field first"),
        pytest.param(False, [["nope", "near", 1]], ValidationError, id="v2: the operator first"),
        pytest.param(True, [["points", "near", 1]], ValidationError, id="v1: an operator alone"),
        pytest.param(False, [["nope", "=", 1]], PermissionError, id="v2: a field alone"),
    ],
)
def test_of_a_wrong_field_and_a_wrong_operator_one_is_told(strict, filters, error):
    with pytest.raises(FrappeError) as raised:
        Query(FakeSchema(), TASK, strict=strict).condition(filters)
    assert raised.type is error


@pytest.mark.parametrize("fieldname", ["name", "title"])
def test_a_column_that_links_nowhere_is_of_its_own_tree(fieldname):
    condition = Query(FakeSchema(), TERRITORY).condition([[fieldname, "descendants of", "Europe"]])
    assert condition.params == ("Europe-1", "Europe-2")


def test_or_filters_are_joined_by_or(query):
    assert short(query.condition({"status": "Open", "points": 1}, any_=True).sql) == "(status = ?) OR (points = ?)"


@pytest.mark.parametrize(
    "filters, error, text",
    [
        pytest.param("TASK-1", ValidationError, "Filters are a list or an object", id="text"),
        pytest.param(5, ValidationError, "Filters are a list or an object", id="a number"),
        pytest.param([[]], ValidationError, "Filter must have 4 values", id="an empty filter"),
        pytest.param([5], ValidationError, "Filter must have 4 values", id="a filter that is a number"),
        pytest.param(
            ["code", "=", "B03"], DoesNotExistError, "DocType code not found", id="one filter where filters are due"
        ),
        pytest.param([["status", "Open"]], DoesNotExistError, "DocType status not found", id="two values"),
        pytest.param(
            [["status", "=", "Open", "x", "y"]],
            DoesNotExistError,
            "DocType status not found",
            id="four values begin with a DocType",
        ),
        pytest.param(
            [[5, "status", "=", "Open"]], ValidationError, "begins with a DocType", id="a DocType that is a number"
        ),
        pytest.param(
            [["Project", "title", "=", "x"]],
            ValidationError,
            "not a child table of Task",
            id="a DocType that is no child table",
        ),
        pytest.param(
            [["no_such_field", "=", 1]], DataError, "Field not permitted in query: no_such_field", id="an unknown field"
        ),
        pytest.param([["computed", "=", 1]], DataError, "Field not permitted", id="a field without a column"),
        pytest.param(
            [["checklist", "=", "x"]],
            PermissionError,
            "permission to access field: <strong>Task.checklist",
            id="a child table",
        ),
        pytest.param([[["status"], "=", 1]], ValidationError, "name is text, not list", id="a field that is a list"),
        pytest.param([["Task", None, "=", 1]], ValidationError, "name is text", id="a field that is null"),
        pytest.param([["status = 1 or status", "=", 1]], DataError, "Field not permitted", id="SQL for a field"),
        pytest.param(
            [["status", "~~", "x"]], ValidationError, "Operator must be one of =, !=", id="an unknown operator"
        ),
        pytest.param(
            [["status", None, "x"]], ValidationError, "Operator must be one of", id="an operator that is null"
        ),
        pytest.param([["status", "=", ["a"]]], ValidationError, "takes one value", id="a list for one value"),
        pytest.param([["status", "in", [["a"]]]], ValidationError, "takes one value", id="a list in a list"),
        pytest.param([["status", "like", ["a"]]], ValidationError, "like takes text", id="a list for a pattern"),
        pytest.param([["points", "between", [1]]], ValidationError, "between takes two values", id="between one"),
        pytest.param([["points", "between", 5]], ValidationError, "between takes two values", id="between a number"),
        pytest.param([["status", "is", "there"]], ValidationError, "takes 'set' or 'not set'", id="is something else"),
        pytest.param([["due_date", ">", "soon"]], ValidationError, "not a valid date", id="a date that is none"),
        pytest.param(
            [["due_date", "timespan", "this fortnight"]],
            ValidationError,
            "not a timespan",
            id="a timespan that is none",
        ),
        pytest.param(
            [["no_such field", "=", 1]], DataError, "query: no_such field", id="an unknown field of two words"
        ),
        pytest.param([["project", "descendants of", "x"]], ValidationError, "not a tree", id="a tree that is none"),
        pytest.param(
            [["points", "in", list(range(10_001))]], ValidationError, "At most 10,000 values", id="too many values"
        ),
        pytest.param(
            [["status", "in", ",".join(map(str, range(10_001)))]],
            ValidationError,
            "At most 10,000 values",
            id="too many values in a text",
        ),
        pytest.param(
            [["points", "in", list(range(6000))], ["points", "not in", list(range(6000))]],
            ValidationError,
            "At most 10,000",
            id="too many of all filters",
        ),
        pytest.param(
            [["points", "=", 1]] * (MAX_FILTERS + 1), ValidationError, "Too many filters", id="too many filters"
        ),
    ],
)
def test_filters_that_are_refused(query, filters, error, text):
    with pytest.raises(error, match=re.escape(text)):
        query.condition(filters)


@pytest.mark.parametrize(
    "filters",
    [
        [["internal_note", "=", "x"]],
        [["checklist.internal_note", "=", "x"]],
        [["project.internal_note", "=", "x"]],
        [["hidden.title", "=", "x"]],
    ],
    ids=["own", "child", "linked", "no row"],
)
def test_a_field_that_may_not_be_read_may_not_be_filtered_by(query, filters):
    with pytest.raises(PermissionError, match="You do not have permission to access field"):
        query.condition(filters)


def test_of_a_field_and_one_of_the_rows_the_documents_own_is_meant(query):
    with pytest.raises(PermissionError, match=r"<strong>Task\.internal_note"):
        query.condition([["`tabTask`.`internal_note`", "=", "x"]])


def test_v2_answers_an_unknown_field_as_one_that_may_not_be_read():
    with pytest.raises(PermissionError, match="Task.no_such_field"):
        Query(FakeSchema(), TASK, strict=False).condition([["no_such_field", "=", 1]])


# --- any filter at all -----------------------------------------------------------------------------------

WORDS = {
    *(
        "SELECT FROM WHERE AND OR NOT IN IS NULL LIKE ESCAPE BETWEEN COALESCE COLLATE NOCASE LEFT JOIN AS ON name parent parenttype "
        "parentfield owner 1 0"
    ).split(),
    *"()?,=<>!.'\\",
}
WORDS |= {quote(each) for doc in DOCTYPES.values() for each in (*doc.columns, doc.table)} | {
    quote(f"link:{each.fieldname}") for each in TASK.link_fields
}
WORDS |= {quote(f"table:{each.fieldname}") for each in TASK.table_fields}
WORDS |= {"''", "'\\'", "'0001-01-01'", "'0001-01-01 00:00:00'", "'00:00:00'"}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
TEXTS = st.sampled_from(
    ["2026-01-31", "set", "last 7 days", "1 week", "%x%", "a,b", "'", '"', "x' OR 1=1 --", "Europe", "10:00"]
)
ANY_JSON = st.recursive(
    SCALARS | TEXTS,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=6), each, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        *TASK.columns,
        "checklist.item",
        "project.title",
        "territory.lft",
        "`tabTask Item`.`done`",
        "no_such",
        'a"b',
        "1; DROP TABLE x",
    ]
) | st.text(max_size=8)
NAMES = st.sampled_from([*OPERATORS, "<>", "LIKE", "; --"]) | st.text(max_size=4)
TRIPLES = st.tuples(FIELDS, NAMES, ANY_JSON).map(list)
ANY_FILTERS = (
    ANY_JSON
    | st.lists(
        TRIPLES | st.tuples(st.sampled_from(["Task", "Task Item", "Project"]), FIELDS, NAMES, ANY_JSON).map(list),
        max_size=3,
    )
    | st.dictionaries(FIELDS, ANY_JSON, max_size=2)
)


@settings(max_examples=500)
@given(ANY_FILTERS)
def test_any_filters_are_refused_or_become_sql_without_client_text(sqlite, filters):
    query = Query(FakeSchema(), TASK)
    try:
        compiled = query.select(["name"], query.condition(filters), None, None, 0, None)
    except FrappeError:
        return
    tokens = re.findall(r"\"[^\"]*\"|'[^']*'|\w+|\S", compiled.sql.partition("WHERE")[2].partition("ORDER BY")[0])
    assert set(tokens) <= WORDS
    assert all(value is None or isinstance(value, str | int | float) for value in compiled.params)
    sqlite.execute(compiled.sql, compiled.params)


# --- fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, selected, names",
    [
        pytest.param(["name", "subject"], "name AS name, subject AS subject", ["name", "subject"], id="fields"),
        pytest.param(["`tabTask`.`subject`"], "subject AS subject", ["subject"], id="with a table"),
        pytest.param(["subject as title"], "subject AS title", ["title"], id="an alias"),
        pytest.param(["subject AS `my title`"], "subject AS my title", ["my title"], id="a quoted alias"),
        pytest.param(["project.title"], "link:project.title AS title", ["title"], id="through a link"),
        pytest.param(
            ["project.title as ptitle"], "link:project.title AS ptitle", ["ptitle"], id="through a link, with an alias"
        ),
        pytest.param(
            ["table.title"], "link:table.title AS title", ["title"], id="through a link whose name begins with tab"
        ),
        pytest.param(["checklist.item"], "table:checklist.item AS item", ["item"], id="of a child table"),
        pytest.param(["count(name) as total"], "COUNT(name) AS total", ["total"], id="a function as text"),
        pytest.param(["count(*)"], "COUNT(*) AS count(*)", ["count(*)"], id="a function without an alias"),
        pytest.param(["count(distinct status) as n"], "COUNT(DISTINCT status) AS n", ["n"], id="distinct"),
        pytest.param(
            [{"COUNT": "name", "as": "total"}], "COUNT(name) AS total", ["total"], id="a function as an object"
        ),
        pytest.param([{"sum": "points"}], "SUM(points) AS sum(`points`)", ["sum(`points`)"], id="an object without as"),
        pytest.param(
            [{"IFNULL": ["project", "'none'"], "as": "p"}], "IFNULL(project, 'none') AS p", ["p"], id="two arguments"
        ),
        pytest.param(
            [{"COALESCE": ["points", "amount"], "as": "p"}],
            "COALESCE(points, amount) AS p",
            ["p"],
            id="COALESCE of two",
        ),
        pytest.param(["name", "internal_note"], "name AS name", ["name"], id="what may not be read is left out"),
        pytest.param(["internal_note"], "name AS name", ["name"], id="the name, where nothing is left"),
    ],
)
def test_fields(query, sqlite, fields, selected, names):
    compiled = query.select(fields, Condition(), None, None, 0, None)
    assert short(compiled.sql).startswith(f"SELECT {selected} FROM tabTask")
    assert compiled.names == names
    sqlite.execute(compiled.sql, compiled.params)


def test_a_star_is_every_column_that_may_be_read(query):
    names = query.select(["*"], Condition(), None, None, 0, None).names
    assert set(names) == {each for each in TASK.columns if not each.startswith("_")} - {"internal_note"}
    assert "secret" in names


def test_a_password_is_sorted_by_as_stars_and_filtered_by_never(query):
    assert "ORDER BY" in query.select(["name"], Condition(), "secret desc", None, 0, None).sql
    with pytest.raises(PermissionError):
        query.condition([["secret", "=", "x"]])


@pytest.mark.parametrize(("keeps", "names"), [(0, ["name"]), (1, ["name", "_seen"])])
def test_who_has_seen_it_is_given_out_where_the_doctype_keeps_it(keeps, names):
    kept = doctype("Kept", {"subject": "Data"}, track_seen=keeps)
    assert Query(FakeSchema(), kept).select(["name", "_seen"], Condition(), None, None, 0, None).names == names


def test_a_group_is_by_the_column_and_not_by_what_else_is_called_so(query):
    selected = query.select(["project as status"], Condition(), None, "status", 0, None)
    assert short(selected.sql).endswith("GROUP BY status")


@pytest.mark.parametrize(
    "field, error, text",
    [
        pytest.param("no_such_field", DataError, "Field not permitted in query: no_such_field", id="an unknown field"),
        pytest.param("(select password from __Auth limit 1) as p", DataError, "Field not permitted", id="a subquery"),
        pytest.param("name, sleep(1)", DataError, "Field not permitted", id="two in one"),
        pytest.param("name from tabUser -- ", DataError, "Field not permitted", id="a comment"),
        pytest.param("sleep(1)", ValidationError, "SQL functions are not allowed as strings", id="an unknown function"),
        pytest.param("no_such field", DataError, "query: no_such$", id="only the first word of what is none is told"),
        pytest.param(
            "count(no_such)", DataError, "Field not permitted in query: no_such", id="COUNT of what is no field"
        ),
        pytest.param(
            "ifnull(no_such, 1)",
            DataError,
            "Use of function ifnull in field is restricted",
            id="IFNULL of what is none",
        ),
        pytest.param({"IFNULL": "points, 1, 2"}, ValidationError, "takes two arguments", id="IFNULL of three"),
        pytest.param("count(name, (select 1))", DataError, "Field not permitted", id="a subquery in a function"),
        pytest.param("status.title", DataError, "Field not permitted", id="through what is no link"),
        pytest.param(
            {"SLEEP": "1"},
            ValidationError,
            "Unsupported function or operator: SLEEP",
            id="an unknown function in an object",
        ),
        pytest.param(
            {"COUNT": "name", "SUM": "points"},
            ValidationError,
            "one function and `as`",
            id="two functions in an object",
        ),
        pytest.param({"SUM": "*"}, ValidationError, "only COUNT takes *", id="SUM of everything"),
        pytest.param({"IFNULL": "points"}, ValidationError, "takes two arguments", id="IFNULL of one"),
        pytest.param({"COALESCE": "points"}, ValidationError, "at least two", id="COALESCE of one"),
        pytest.param({"MAX": "points, amount"}, ValidationError, "takes one argument", id="MAX of two"),
        pytest.param(
            {"MAX": "internal_note"},
            PermissionError,
            "permission to access field",
            id="a function of what may not be read",
        ),
        pytest.param({"MAX": {"COUNT": "name"}}, ValidationError, "worked out over rows", id="COUNT within MAX"),
        pytest.param("count(distinct *)", ValidationError, "only COUNT takes *", id="different ones of everything"),
        pytest.param(5, ValidationError, "A field is text or an object", id="a number"),
        pytest.param(["name"], ValidationError, "A field is text or an object", id="a list"),
    ],
)
def test_fields_that_are_refused(query, field, error, text):
    with pytest.raises(error, match=re.escape(text).replace(r"\$", "$")):
        query.select([field], Condition(), None, None, 0, None)


# --- the whole SELECT ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order_by, sql",
    [
        pytest.param(None, "modified DESC", id="newest first by default"),
        pytest.param("points", "points ASC", id="ascending by default"),
        pytest.param("points desc", "points DESC", id="descending"),
        pytest.param("status asc, points DESC", "status ASC, points DESC", id="two"),
        pytest.param("`tabTask`.`points` desc", "points DESC", id="with a table"),
        pytest.param("project.title", "link:project.title ASC", id="through a link"),
        pytest.param("title desc", "title DESC", id="an alias of the selected fields"),
        pytest.param(
            "points desc, status, points desc", "points DESC, status ASC", id="the second time a column orders nothing"
        ),
        pytest.param(", ".join(["points"] * MAX_ORDERS), "points ASC", id="as many as there may be"),
    ],
)
def test_order(query, sqlite, order_by, sql):
    compiled = query.select(["name", "subject as title"], Condition(), order_by, None, 0, None)
    assert short(compiled.sql).endswith(f"ORDER BY {sql}")
    sqlite.execute(compiled.sql, compiled.params)


@pytest.mark.parametrize(
    ("fields", "order_by", "sql"),
    [
        pytest.param(["subject as name"], "name asc", "name ASC", id="what is shown, not the field"),
        pytest.param(
            ["project.title as status", "points"], "points, status desc", "points ASC, status DESC", id="of two"
        ),
        pytest.param(["name", "points"], "points", "points ASC", id="a field shown under its own name"),
    ],
)
def test_what_a_list_calls_so_stands_before_a_field_of_that_name(query, sqlite, fields, order_by, sql):
    compiled = query.select(fields, Condition(), order_by, None, 0, None)
    assert short(compiled.sql).endswith(f"ORDER BY {sql}")
    sqlite.execute(compiled.sql, compiled.params)


def test_a_doctype_has_its_own_order():
    assert short(Query(FakeSchema(), PROJECT).select(["name"], Condition(), None, None, 0, None).sql).endswith(
        "ORDER BY tabProject.title ASC"
    )


@pytest.mark.parametrize("purpose", ["Order By", "Group By"])
@pytest.mark.parametrize(
    "text",
    [
        "points; drop table tabTask",
        "(select 1)",
        "sleep(1)",
        "points,,",
        ",",
        "points desc desc",
        "points -- x",
        5,
        ["points"],
    ],
    ids=repr,
)
def test_orders_and_groups_that_are_refused(query, purpose, text):
    with pytest.raises(ValidationError):
        query.select(
            ["name"],
            Condition(),
            text if purpose == "Order By" else None,
            text if purpose == "Group By" else None,
            0,
            None,
        )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("a,b", ["a", "b"], id="a comma"),
        pytest.param("a, b", ["a", " b"], id="spaces stay"),
        pytest.param("f(a,b),c", ["f(a,b)", "c"], id="within brackets it is none"),
        pytest.param("f(g(a,b),c),d", ["f(g(a,b),c)", "d"], id="nor in brackets within brackets"),
        pytest.param("", [""], id="nothing"),
        pytest.param(",", ["", ""], id="a comma alone"),
        pytest.param("a),b", ["a),b"], id="after a bracket that was not opened there is none"),
        pytest.param("(a,b", ["(a,b"], id="nor after one that stays open"),
    ],
)
def test_a_list_is_split_at_its_commas(text, parts):
    assert words.split_outside_brackets(text) == parts


LONG = "x" * 100


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        pytest.param({"filters": [["due_date", "timespan", LONG]]}, f"{LONG[:40]} is not a timespan", id="a timespan"),
        pytest.param({"filters": [["due_date", "=", LONG]]}, f"{LONG[:40]} is not a valid date", id="a date"),
        pytest.param({"filters": [["due_date", "=", 5.5]]}, "5.5 is not a valid date", id="a fraction for a date"),
        pytest.param({"filters": [[7, LONG]]}, f"operator, value): [7, '{LONG[:75]}", id="a filter that is none"),
        pytest.param(
            {"fields": [f"distinct {LONG}"]}, f"for SELECT: distinct {LONG[:71]}. Field names", id="a distinct field"
        ),
        pytest.param({"fields": [{LONG: "name"}]}, f"or operator: {LONG[:40]}", id="a function"),
        pytest.param(
            {"order_by": f"max({LONG})"}, f"Cannot use max({LONG[:76]} in order/group by", id="an order by a function"
        ),
        pytest.param(
            {"order_by": f"{LONG}!"}, f"Invalid field format in Order By: {LONG[:80]}. Use", id="an order by no name"
        ),
        pytest.param(
            {"order_by": f"{LONG},,"}, f"Invalid field format in Order By: {LONG[:80]}. Use", id="an order by a field"
        ),
    ],
)
def test_of_what_is_long_and_refused_the_beginning_is_told(query, ask, told):
    with pytest.raises(FrappeError) as raised:
        where = query.condition(ask.get("filters"))
        query.select(ask.get("fields", ["name"]), where, ask.get("order_by"), None, 0, None)
    assert re.search(f"(?<!x){re.escape(told)}(?!x)", str(raised.value))  # and no letter more


@pytest.mark.parametrize("purpose", ["Order By", "Group By"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(",".join(["description"] * 499), id="SEC-23: 499 took 24 seconds and 630 MB"),
        pytest.param(",".join(["points"] * (MAX_ORDERS + 1)), id="one too many"),
        pytest.param("points" + " " * 10**6, id="a long text"),
        pytest.param("(" * 10**6, id="a long text of brackets"),
    ],
)
def test_orders_and_groups_are_few(query, purpose, text):
    with pytest.raises(ValidationError, match=f"Too many fields in {purpose}: at most {MAX_ORDERS}"):
        query.select(
            ["name"],
            Condition(),
            text if purpose == "Order By" else None,
            text if purpose == "Group By" else None,
            0,
            None,
        )


def test_a_group_names_a_column_once(query):
    assert short(query.select(["status"], Condition(), None, "status, status", 0, None).sql).endswith(
        " GROUP BY status"
    )


@pytest.mark.parametrize(("count", "refused"), [(MAX_COLUMNS, False), (MAX_COLUMNS + 1, True)])
def test_fields_are_bounded(query, count, refused):
    with (
        pytest.raises(ValidationError, match="Too many fields: 501, at most 500")
        if refused
        else contextlib.nullcontext()
    ):
        query.select([f"points as p{number}" for number in range(count)], Condition(), None, None, 0, None)


@pytest.mark.parametrize("argument", [["points"] * 21, ",".join(["points"] * 21)], ids=["a list", "a text"])
def test_arguments_of_a_function_are_bounded(query, argument):
    with pytest.raises(ValidationError, match="COALESCE takes 20 arguments at most"):
        query.select([{"COALESCE": argument}], Condition(), None, None, 0, None)


@pytest.mark.parametrize(
    "order_by, error",
    [("no_such_field desc", DataError), ("internal_note", PermissionError), ("hidden.title", PermissionError)],
)
def test_what_may_not_be_read_may_not_be_sorted_by(query, order_by, error):
    with pytest.raises(error):
        query.select(["name"], Condition(), order_by, None, 0, None)


def test_what_a_group_does_not_name_is_written_as_the_database_wants_it(query):
    query.ungrouped = "ANY_VALUE({column})"
    selected = query.selection(["status", "subject", "count(name) as total"], "points", "status")
    assert short(selected.head + selected.tail) == (
        "SELECT status AS status, ANY_VALUE(subject) AS subject, COUNT(name) AS total FROM tabTask "
        "GROUP BY status ORDER BY ANY_VALUE(points) ASC"
    )


@pytest.mark.parametrize(("function", "ordered"), [("MAX", False), ("COUNT", False), ("ABS", True)])
def test_what_is_one_row_has_no_default_order(query, function, ordered):
    assert ("ORDER BY" in query.select([{function: "points"}], Condition(), None, None, 0, None).sql) is ordered


def test_a_group_has_no_default_order(query, sqlite):
    compiled = query.select(["status", "count(name) as total"], Condition(), None, "status", 0, None)
    assert short(compiled.sql) == "SELECT status AS status, COUNT(name) AS total FROM tabTask GROUP BY status"
    sqlite.execute(compiled.sql, compiled.params)


def test_a_group_may_be_ordered_by_a_function(query, sqlite):
    compiled = query.select(["status"], Condition(), "count(name) desc", "status", 0, None)
    assert short(compiled.sql).endswith("GROUP BY status ORDER BY COUNT(name) DESC")
    sqlite.execute(compiled.sql, compiled.params)


@pytest.mark.parametrize("order_by", ["count(name) desc", "max(points)", "sum(points) asc, name"])
def test_an_aggregate_in_an_order_without_a_group_is_refused_or_readable(query, sqlite, order_by):
    try:
        compiled = query.select(["name"], Condition(), order_by, None, 0, None)
    except FrappeError:
        return
    sqlite.execute(compiled.sql, compiled.params)


@pytest.mark.parametrize(
    "start, limit, params",
    [
        pytest.param(0, None, [], id="all"),
        pytest.param(0, 20, [20, 0], id="a page"),
        pytest.param(40, 20, [20, 40], id="a later page"),
        pytest.param(5, None, [MAX_ROWS, 5], id="the rest"),
    ],
)
def test_pages(query, sqlite, start, limit, params):
    compiled = query.select(["name"], Condition(), None, None, start, limit)
    assert (compiled.params, "LIMIT ? OFFSET ?" in compiled.sql) == (params, bool(params))
    sqlite.execute(compiled.sql, compiled.params)


def test_a_linked_document_is_joined_once_and_only_where_it_may_be_read(query, sqlite):
    where = query.condition([["project.budget", ">", 5], ["project.title", "=", "Alpha"]])
    compiled = query.select(["project.title"], where, "project.title", None, 0, 20)
    assert compiled.sql.count("LEFT JOIN") == 1
    assert '"link:project".name IN (SELECT name FROM "tabProject" WHERE owner = ?)' in compiled.sql
    assert compiled.params == ["ann", 5.0, "Alpha", 20, 0]
    sqlite.execute(compiled.sql, compiled.params)


@pytest.mark.parametrize(
    "filters",
    [
        [["Task Item", "done", "=", 1]],
        [["checklist.done", "=", 1]],
        [["`tabTask Item`.`done`", "=", 1]],
        [["done", "=", 1]],
    ],
    ids=["four values", "dotted", "table", "bare"],
)
def test_child_rows_are_joined_by_parent_type_and_field(query, sqlite, filters):
    compiled = query.select(["name"], query.condition(filters), None, None, 0, None, distinct=True)
    assert compiled.sql.startswith("SELECT ") and ' GROUP BY "tabTask"."name" ' in compiled.sql
    assert compiled.params == ["Task", "checklist", 1]
    sqlite.execute(compiled.sql, compiled.params)


@pytest.mark.parametrize(
    "filters, most, sql, params",
    [
        pytest.param([], None, "SELECT COUNT(*) FROM (SELECT tabTask.name FROM tabTask ) AS counted", [], id="all"),
        pytest.param(
            [["points", "=", 1]],
            11,
            "SELECT COUNT(*) FROM (SELECT tabTask.name FROM tabTask  WHERE points = ? LIMIT ?) AS counted",
            [1, 11],
            id="at most",
        ),
    ],
)
def test_count(query, sqlite, filters, most, sql, params):
    compiled = query.count(query.condition(filters), most)
    assert (compiled.sql.replace('"tabTask"."points"', "points").replace('"', ""), compiled.params) == (sql, params)
    sqlite.execute(compiled.sql, compiled.params)


def test_a_count_over_child_rows_counts_each_document_once(query):
    assert 'SELECT DISTINCT "tabTask".name' in query.count(query.condition([["checklist.done", "=", 1]])).sql


# --- conditions ------------------------------------------------------------------------------------------

A, B = Condition("a = ?", (1,)), Condition("b = ?", (2,))


@pytest.mark.parametrize(
    "condition, sql, params",
    [
        pytest.param(A & B, "(a = ?) AND (b = ?)", (1, 2), id="and"),
        pytest.param(A & Condition(), "a = ?", (1,), id="and nothing"),
        pytest.param(any_of([A, B]), "(a = ?) OR (b = ?)", (1, 2), id="any of"),
        pytest.param(all_of([any_of([A, B]), A]), "((a = ?) OR (b = ?)) AND (a = ?)", (1, 2, 1), id="nested"),
        pytest.param(all_of([]), "", (), id="all of none"),
    ],
)
def test_conditions_join(condition, sql, params):
    assert (condition.sql, condition.params) == (sql, params)


def test_a_quoted_identifier_cannot_end_early():
    assert quote('a"b') == '"a""b"'


# --- long text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field, order_by",
    [
        pytest.param("count(" + " " * 1500 + "x", None, id="spaces in a function"),
        pytest.param("a" + " " * 20_000 + "b", None, id="spaces before an alias"),
        pytest.param("<" * 60_000, None, id="brackets"),
        pytest.param("name", "," * 60_000, id="commas"),
        pytest.param("name", "count(" + " " * 1500 + "x", id="spaces in an order"),
    ],
)
def test_long_text_takes_time_in_proportion(query, field, order_by):
    began = time.process_time()
    with pytest.raises(FrappeError):
        query.select([field], Condition(), order_by, None, 0, None)
    assert time.process_time() - began < 1
