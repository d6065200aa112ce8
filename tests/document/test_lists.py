"""Lists and counts against real rows: each operator finds what Frappe finds, and nobody sees what he may not read."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frappe_lite
from conftest import AppSite
from frappe_lite import document, utils
from frappe_lite.context import Context
from frappe_lite.document import lists
from frappe_lite.errors import DataError, DoesNotExistError, FrappeError, PermissionError, ValidationError
from frappe_lite.query import OPERATORS
from frappe_lite.site import Site

USER, OTHER = "user@example.com", "other@example.com"
STATES = ("Open", "Working", "Completed", "Cancelled")
PRIORITIES = ("Low", "Medium", "High")
TODAY = datetime.datetime(2026, 6, 17, 12)  # a Wednesday
ALL = {f"B{number:02}" for number in range(1, 13)}


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """The tasks B01 … B12 of the conformance scenarios, and one of the user's own. Tests only read."""
    made = AppSite()
    with made.acting() as ctx:
        for name in (USER, OTHER):
            document.new(
                ctx, {"doctype": "User", "email": name, "first_name": "U", "roles": [{"role": "Task User"}]}
            ).insert()
        for title, status in (("Alpha", "Open"), ("Beta", "Completed")):
            document.new(
                ctx, {"doctype": "Project", "title": title, "status": status, "budget": 10 if title == "Alpha" else 20}
            ).insert()
        for number in range(1, 13):
            document.new(ctx, base_task(number)).insert()
        for owner in (USER, OTHER):
            document.new(ctx.as_user(owner), {"doctype": "Private Note", "title": f"of {owner}"}).insert()
    yield made
    made.close()


def base_task(number: int) -> dict[str, Any]:
    return {
        "doctype": "Task", "subject": f"Base task {number:02}", "code": f"B{number:02}", "status": STATES[(number - 1) % 4], (
            "priority"
        ): PRIORITIES[(number - 1) % 3],
        "points": number, "amount": number * 10.5, "is_milestone": int(number % 5 == 0), "started_at": (
            f"2026-01-{number:02} 08:30:00"
        ),
        "due_date": f"2026-{number:02}-15" if number != 12 else None, "project": {0: "Beta", 2: None}.get(number % 4, (
            "Alpha"
        )), "internal_note": f"n{number}",
        "checklist": {1: [{"item": "read", "done": 1}, {"item": "write"}], 2: [{"item": "read", "done": 1}, {"item": (
            "read"
        ), "done": 1}]}.get(number, []),
        "watchers": [{"user": USER}] if number == 3 else [],
    }  # fmt: skip


@pytest.fixture
def ctx(world: Site) -> Iterator[Context]:
    token = utils.set_clock(TODAY)
    with world.acting() as made:
        yield made
    utils.reset_clock(token)


def codes(ctx: Context, filters: Any = None, **options: Any) -> list[str]:
    return [
        row["code"]
        for row in lists.get_list(ctx, "Task", ["code"], filters, **{"order_by": "name asc", "limit": None, **options})
    ]


def b(*numbers: int) -> list[str]:
    return [f"B{number:02}" for number in numbers]


FOUND = [
    pytest.param("status", "=", "Open", b(1, 5, 9), id="equal"),
    pytest.param("status", "=", "OPEN", b(1, 5, 9), id="equal whatever the case"),
    pytest.param("status", "==", "Open", b(1, 5, 9), id="equal, as programmers write it"),
    pytest.param("status", "!=", "Open", b(2, 3, 4, 6, 7, 8, 10, 11, 12), id="not equal"),
    pytest.param("status", "<>", "Open", b(2, 3, 4, 6, 7, 8, 10, 11, 12), id="not equal, as SQL writes it"),
    pytest.param("project", "!=", "Alpha", b(2, 4, 6, 8, 10, 12), id="not equal finds unset values too"),
    pytest.param("points", ">", 9, b(10, 11, 12), id="greater"),
    pytest.param("points", ">=", 9, b(9, 10, 11, 12), id="greater or equal"),
    pytest.param("points", "<", 3, b(1, 2), id="less"),
    pytest.param("points", "<=", "3", b(1, 2, 3), id="less or equal, with a number as text"),
    pytest.param("due_date", "<", "2026-03-01", b(1, 2, 12), id="less finds unset dates too"),
    pytest.param("due_date", ">", "2026-09-01", b(9, 10, 11), id="greater does not"),
    pytest.param("amount", ">", "100", b(10, 11, 12), id="a number as text is a number"),
    pytest.param("is_milestone", "=", "1", b(5, 10), id="a Check as text"),
    pytest.param("is_milestone", "=", True, b(5, 10), id="a Check as true"),
    pytest.param("status", "in", ["Open", "Working"], b(1, 2, 5, 6, 9, 10), id="in"),
    pytest.param("status", "in", "Open,Working", b(1, 2, 5, 6, 9, 10), id="in, with commas"),
    pytest.param("status", "in", [], [], id="in nothing is nothing"),
    pytest.param("project", "in", ["", "Beta"], b(2, 4, 6, 8, 10, 12), id="in with empty text finds unset values"),
    pytest.param("status", "not in", ["Open", "Working"], b(3, 4, 7, 8, 11, 12), id="not in"),
    pytest.param("project", "not in", ["Alpha"], b(2, 4, 6, 8, 10, 12), id="not in finds unset values too"),
    pytest.param("status", "not in", [], sorted(ALL), id="not in nothing is everything"),
    pytest.param("subject", "like", "%task 0%", b(1, 2, 3, 4, 5, 6, 7, 8, 9), id="like"),
    pytest.param("subject", "like", "BASE TASK 01", b(1), id="like whatever the case"),
    pytest.param("subject", "like", "Base task _1", b(1, 11), id="like with one letter left open"),
    pytest.param("subject", "like", "Base\\_task 01", [], id="like with an escaped letter"),
    pytest.param("subject", "not like", "%task 0%", b(10, 11, 12), id="not like"),
    pytest.param("project", "not like", "A%", b(2, 4, 6, 8, 10, 12), id="not like finds unset values too"),
    pytest.param("points", "between", [3, 5], b(3, 4, 5), id="between"),
    pytest.param("points", "between", "3,5", b(3, 4, 5), id="between, with a comma"),
    pytest.param("due_date", "between", ["2026-02-01", "2026-04-30"], b(2, 3, 4), id="between dates"),
    pytest.param(
        "started_at",
        "between",
        ["2026-01-02", "2026-01-03"],
        b(2, 3),
        id="between days, of moments: to the last one of the day",
    ),
    pytest.param("started_at", ">=", "2026-01-10", b(10, 11, 12), id="a moment after a day begins"),
    pytest.param("project", "is", "set", b(1, 3, 4, 5, 7, 8, 9, 11, 12), id="is set"),
    pytest.param("project", "is", "not set", b(2, 6, 10), id="is not set"),
    pytest.param("due_date", "is", "not set", b(12), id="an unset date"),
    pytest.param("points", "=", 0, [], id="zero"),
    pytest.param("project", "=", "", b(2, 6, 10), id="empty text is unset"),
    pytest.param("project", "=", None, b(2, 6, 10), id="null is unset"),
    pytest.param("project", "!=", "", b(1, 3, 4, 5, 7, 8, 9, 11, 12), id="not empty is set"),
    pytest.param("subject", "=", "", [], id="nothing has an empty subject"),
    pytest.param("due_date", "timespan", "this month", b(6), id="this month"),
    pytest.param("due_date", "timespan", "last month", b(5), id="last month"),
    pytest.param("due_date", "timespan", "this quarter", b(4, 5, 6), id="this quarter"),
    pytest.param("due_date", "timespan", "this week", b(6), id="this week, from Sunday"),
    pytest.param("due_date", "timespan", "last 7 days", b(6), id="last 7 days"),
    pytest.param("due_date", "timespan", "today", [], id="today"),
    pytest.param("due_date", "previous", "1 month", b(5), id="previous month"),
    pytest.param("due_date", "next", "3 months", b(7, 8, 9), id="next quarter"),
    pytest.param("due_date", "next", "1 year", [], id="next year"),
]


@pytest.mark.parametrize(("fieldname", "operator", "value", "found"), FOUND)
def test_what_an_operator_finds(ctx: Context, fieldname: str, operator: str, value: Any, found: list[str]) -> None:
    assert codes(ctx, [[fieldname, operator, value]]) == found
    assert lists.count(ctx, "Task", [[fieldname, operator, value]]) == len(found)


@pytest.mark.parametrize(
    ("begins", "operator", "value", "found"),
    [
        ("Sunday", "timespan", "this week", b(6)),
        ("Monday", "timespan", "this week", b(6)),
        ("Tuesday", "timespan", "this week", []),
        ("Tuesday", "timespan", "last week", b(6)),
        ("Tuesday", "previous", "1 week", b(6)),
        ("Saturday", "timespan", "next week", []),
    ],
)
def test_a_week_begins_as_the_settings_say(
    ctx: Context, begins: str, operator: str, value: str, found: list[str]
) -> None:
    document.load(ctx, "System Settings", "System Settings").update({"first_day_of_the_week": begins}).save()
    assert codes(ctx, [["due_date", operator, value]]) == found


def test_every_operator_is_tried() -> None:
    tried = {each.values[1] for each in FOUND} | {
        name for name in OPERATORS if "of" in name.split()
    }  # trees: test_permissions
    assert set(OPERATORS) - tried == set()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"status": "Open", "project": "Alpha"}, b(1, 5, 9), id="an object: all of it"),
        pytest.param({"points": [">", 10]}, b(11, 12), id="an object with operators"),
        pytest.param(
            {"status": ["in", ["Open", "Working"]], "code": ["like", "B0%"]}, b(1, 2, 5, 6, 9), id="with lists"
        ),
        pytest.param({"status": ["Open", "Working"]}, b(1, 2, 5, 6, 9, 10), id="a list is one of"),
        pytest.param([["Task", "status", "=", "Open"]], b(1, 5, 9), id="four: with the DocType"),
        pytest.param([["Task", "status", "=", "Open", False]], b(1, 5, 9), id="five: the last is ignored"),
        pytest.param([["status", "=", "Open"], ["points", ">", 1]], b(5, 9), id="several: all of them"),
        pytest.param([{"status": "Open"}, ["points", ">", 1]], b(5, 9), id="objects in a list"),
        pytest.param({}, sorted(ALL), id="none"),
        pytest.param(
            [["Task Checklist Item", "item", "=", "read"]],
            b(1, 2),
            id="a child table by its DocType, each document once",
        ),
        pytest.param([["checklist.done", "=", 1]], b(1, 2), id="a child table by its field"),
        pytest.param([["Task Watcher", "user", "=", USER]], b(3), id="another child table"),
        pytest.param([["project.status", "=", "Completed"]], b(4, 8, 12), id="through a link"),
        pytest.param(
            [["project.budget", ">", 15], ["status", "=", "Cancelled"]], b(4, 8, 12), id="through a link, and own"
        ),
        pytest.param([["`tabTask`.`points`", "=", 3]], b(3), id="a quoted name"),
    ],
)
def test_spellings_of_filters(ctx: Context, filters: Any, found: list[str]) -> None:
    assert codes(ctx, filters, distinct=True) == found
    assert lists.count(ctx, "Task", filters) == len(found)


@pytest.mark.parametrize(
    ("or_filters", "found"),
    [
        pytest.param([["points", "=", 1], ["points", "=", 12]], b(1, 12), id="a list: any of it"),
        pytest.param({"status": "Open", "priority": "High"}, b(1, 3, 5, 6, 9, 12), id="an object: any of it"),
        pytest.param([], sorted(ALL), id="none"),
    ],
)
def test_or_filters(ctx: Context, or_filters: Any, found: list[str]) -> None:
    assert codes(ctx, [["code", "like", "B%"]], or_filters=or_filters) == found
    assert codes(ctx, [["points", ">", 11]], or_filters=or_filters) == [each for each in found if each == "B12"]


@pytest.mark.parametrize(
    ("filters", "error"),
    [
        pytest.param([["no_such_field", "=", 1]], DataError, id="a field that is not there"),
        pytest.param([["status", "~~", "x"]], ValidationError, id="no such operator"),
        pytest.param([["status", "Open"]], DoesNotExistError, id="two: read as a DocType"),
        pytest.param([["status", "=", "Open", "x", "y"]], DoesNotExistError, id="five of another kind"),
        pytest.param(["code", "=", "B03"], DoesNotExistError, id="a filter that is not in a list"),
        pytest.param([["Project", "status", "=", "Open"]], ValidationError, id="a DocType that is no child table"),
        pytest.param([[]], ValidationError, id="an empty filter"),
        pytest.param("TASK-00004", ValidationError, id="text"),
        pytest.param([["points", "between", [1]]], ValidationError, id="between wants two"),
        pytest.param([["points", "=", [1]]], ValidationError, id="equal wants one"),
        pytest.param([["subject", "like", ["x"]]], ValidationError, id="like wants text"),
        pytest.param([["project", "is", "maybe"]], ValidationError, id="is wants set or not set"),
        pytest.param([["due_date", "timespan", "next life"]], ValidationError, id="no such timespan"),
        pytest.param([["due_date", ">", "soon"]], ValidationError, id="no date"),
        pytest.param([["project", "descendants of", "Alpha"]], ValidationError, id="no tree"),
        pytest.param([[1, "=", 1]], ValidationError, id="a field is text"),
        pytest.param([["1=1 or name", "=", 1]], DataError, id="SQL for a field"),
        pytest.param([["points", "=", 1]] * 201, ValidationError, id="too many"),
    ],
)
def test_filters_that_cannot_be(ctx: Context, filters: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        codes(ctx, filters)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "subject",
                    "points",
                    "amount",
                    "due_date",
                    "started_at",
                    "remind_at",
                    "project",
                    "name",
                    "payload",
                    "project.budget",
                    "checklist.item",
                    "x' OR 1=1",
                ]
            ),
            st.sampled_from([*OPERATORS, "or", "= 1 --"]),
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text()
            | st.lists(st.integers() | st.text(), max_size=3)
            | st.dictionaries(st.text(), st.text(), max_size=1),
        ),
        max_size=3,
    )
)
def test_any_filter_is_answered_or_refused_with_an_error_of_ours(world: Site, filters: list[Any]) -> None:
    with world.acting() as ctx:
        try:
            lists.count(ctx, "Task", [list(each) for each in filters])
        except FrappeError as error:
            assert error.http_status < 500


# --- order, pages, fields ---


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param({"order_by": "points desc", "limit": 3}, b(12, 11, 10), id="descending"),
        pytest.param({"order_by": "status asc, points desc", "limit": 4}, b(12, 8, 4, 11), id="by two"),
        pytest.param({"order_by": "`tabTask`.`points` desc", "limit": 2}, b(12, 11), id="quoted"),
        pytest.param(
            {"order_by": "project.status desc, name asc", "filters": [["project", "is", "set"]], "limit": 2},
            b(1, 3),
            id="through a link",
        ),
        pytest.param({"order_by": None, "limit": 1}, b(12), id="the newest first, if nothing is said"),
        pytest.param({"start": 10, "limit": 5}, b(11, 12), id="the last page"),
        pytest.param({"start": 100, "limit": 5}, [], id="a page behind the last"),
        pytest.param({"start": 10}, b(11, 12), id="from a row on, to the end"),
    ],
)
def test_order_and_pages(ctx: Context, options: dict[str, Any], found: list[str]) -> None:
    assert codes(ctx, **options) == found


@pytest.mark.parametrize(
    ("start", "length", "page"),
    [
        pytest.param(None, None, (0, 20), id="20 rows unless told"),
        pytest.param("5", "10", (5, 10), id="numbers as text"),
        pytest.param(0, 0, (0, None), id="0 is all"),
        pytest.param(0, "abc", (0, None), id="what is no number is all"),
        pytest.param(0, "", (0, 20), id="empty is not told"),
    ],
)
def test_pages(start: Any, length: Any, page: tuple[int, int | None]) -> None:
    assert lists.page(start, length) == page


@pytest.mark.parametrize(("start", "length"), [(-1, 5), (0, -5), (2**63, 1), (0, "1e30")])
def test_pages_that_cannot_be(start: Any, length: Any) -> None:
    with pytest.raises(ValidationError):
        lists.page(start, length)


@pytest.mark.parametrize(
    "order_by",
    ["no_such_field desc", "points; drop table tabTask", "sleep(1)", "(select 1)", "points,,", "points sideways", 5],
)
def test_orders_that_cannot_be(ctx: Context, order_by: Any) -> None:
    with pytest.raises(ValidationError):
        codes(ctx, order_by=order_by)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        pytest.param(None, {"name": "TASK-00004"}, id="the name, if nothing is said"),
        pytest.param("code", {"code": "B04"}, id="one, as text"),
        pytest.param(["code", "points as p"], {"code": "B04", "p": 4}, id="with another name"),
        pytest.param(["project.budget"], {"budget": 20}, id="through a link"),
        pytest.param(["project.budget as money"], {"money": 20}, id="through a link, with another name"),
        pytest.param(["`tabTask`.`code`"], {"code": "B04"}, id="quoted"),
        pytest.param([{"COUNT": "name", "as": "total"}], {"total": 1}, id="a function"),
        pytest.param(["count(name) as total"], {"total": 1}, id="a function as text"),
        pytest.param(["checklist.item"], {"item": None}, id="a child row, where there is none"),
    ],
)
def test_fields(ctx: Context, fields: Any, row: dict[str, Any]) -> None:
    assert lists.get_list(ctx, "Task", fields, {"code": "B04"}) == [row]


def test_a_star_is_every_column_but_what_the_desk_keeps(ctx: Context) -> None:
    row = lists.get_list(ctx, "Task", ["*"], {"code": "B04"})[0]
    assert {"name", "owner", "docstatus", "code", "internal_note"} <= set(row)
    assert not {"_comments", "_assign", "checklist", "sb"} & set(row)


def test_rows_as_lists(ctx: Context) -> None:
    assert lists.get_list(ctx, "Task", ["code", "points"], {"code": "B04"}, as_list=True) == [["B04", 4]]


def test_distinct(ctx: Context) -> None:
    assert lists.get_list(ctx, "Task", ["status"], order_by="status asc", distinct=True) == [
        {"status": each} for each in sorted(STATES)
    ]


@pytest.mark.parametrize(
    ("fields", "group_by", "rows"),
    [
        pytest.param(
            ["status", "count(name) as total"],
            "status",
            [{"status": each, "total": 3} for each in sorted(STATES)],
            id="counts",
        ),
        pytest.param(
            ["status", {"SUM": "points", "as": "p"}],
            "status",
            [{"status": each, "p": p} for each, p in zip(sorted(STATES), (24, 21, 15, 18), strict=True)],
            id="sums",
        ),
        pytest.param(
            ["status", "max(amount) as top"],
            "`tabTask`.`status`",
            [{"status": each, "top": p} for each, p in zip(sorted(STATES), (126, 115.5, 94.5, 105), strict=True)],
            id="tops",
        ),
        pytest.param(
            ["status as state", "count(name) as total"],
            "state",
            [{"state": each, "total": 3} for each in sorted(STATES)],
            id="by what a field is called",
        ),
    ],
)
def test_groups(ctx: Context, fields: list[Any], group_by: str, rows: list[dict[str, Any]]) -> None:
    assert lists.get_list(ctx, "Task", fields, group_by=group_by, order_by="status asc") == rows


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        pytest.param([{"COUNT": "*", "as": "n"}], {"n": 12}, id="all rows"),
        pytest.param(["count(distinct project) as n"], {"n": 2}, id="different values"),
        pytest.param(
            ["avg(points) as mean", "min(due_date) as first"],
            {"mean": 6.5, "first": "2026-01-15"},
            id="without a group there is one row",
        ),
    ],
)
def test_aggregates(ctx: Context, fields: list[Any], row: dict[str, Any]) -> None:
    assert lists.get_list(ctx, "Task", fields) == [row]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([{"SLEEP": "1"}], id="no such function"),
        pytest.param(["sleep(1)"], id="nor as text"),
        pytest.param(["(select api_key from tabUser)"], id="a query"),
        pytest.param([{"COUNT": "name", "SUM": "points"}], id="two functions in one"),
        pytest.param(["sum(*) as s"], id="a sum of everything"),
        pytest.param(["sum(name; drop table x) as s"], id="SQL in a function"),
        pytest.param([5], id="a number"),
        pytest.param(["distinct status"], id="a keyword before a field"),
    ],
)
def test_fields_that_cannot_be(ctx: Context, fields: list[Any]) -> None:
    with pytest.raises((ValidationError, PermissionError)):
        lists.get_list(ctx, "Task", fields)


@pytest.mark.parametrize(
    ("strict", "refused"),
    [pytest.param(True, True, id="v1 refuses"), pytest.param(False, False, id="v2 leaves it out")],
)
def test_an_unknown_field(ctx: Context, strict: bool, refused: bool) -> None:
    if refused:
        with pytest.raises(DataError):
            lists.get_list(ctx, "Task", ["code", "nope"], {"code": "B04"}, strict=strict)
    else:
        assert lists.get_list(ctx, "Task", ["code", "nope"], {"code": "B04"}, strict=strict) == [{"code": "B04"}]


@pytest.mark.parametrize("doctype", ["Conformance Settings"])
def test_a_single_has_no_list(ctx: Context, doctype: str) -> None:
    with pytest.raises(ValidationError):
        lists.get_list(ctx, doctype)


# --- counts ---


def test_counts_may_be_capped(ctx: Context) -> None:
    assert (lists.count(ctx, "Task"), lists.count(ctx, "Task", most=5)) == (12, 5)


@pytest.mark.parametrize(("filters", "name"), [({"code": "B04"}, "TASK-00004"), ({"code": "nope"}, None)])
def test_the_first_name(ctx: Context, filters: Any, name: str | None) -> None:
    assert lists.first_name(ctx, "Task", filters) == name


# --- who sees what ---


def test_a_list_and_its_count_show_the_own_only(ctx: Context) -> None:
    mine = ctx.as_user(USER)
    assert [row["title"] for row in lists.get_list(mine, "Private Note", ["title"])] == [f"of {USER}"]
    assert lists.count(mine, "Private Note") == 1
    assert lists.count(mine, "Private Note", [["owner", "=", OTHER]]) == 0
    assert lists.get_list(mine, "Private Note", ["count(name) as n"]) == [{"n": 1}]


def test_or_filters_do_not_widen_what_may_be_seen(ctx: Context) -> None:
    assert (
        len(
            lists.get_list(ctx.as_user(USER), "Private Note", or_filters=[["owner", "=", OTHER], ["name", "is", "set"]])
        )
        == 1
    )


@pytest.mark.parametrize("user", [USER, "Guest"])
@pytest.mark.parametrize("ask", [lists.get_list, lists.count])
def test_no_right_to_read_is_a_refusal_not_an_empty_list(ctx: Context, ask: Any, user: str) -> None:
    with pytest.raises(PermissionError, match="Insufficient Permission for Locked Down"):
        ask(ctx.as_user(user), "Locked Down")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"filters": [["internal_note", "=", "n4"]]}, id="filter"),
        pytest.param({"or_filters": {"internal_note": "n4"}}, id="or_filter"),
        pytest.param({"order_by": "internal_note asc"}, id="order"),
        pytest.param({"fields": ["count(name) as n"], "group_by": "internal_note"}, id="group"),
        pytest.param({"fields": ["max(internal_note) as m"]}, id="function"),
        pytest.param({"fields": [{"MAX": "internal_note", "as": "m"}]}, id="function as object"),
        pytest.param({"filters": [["parent_task.internal_note", "=", "n4"]]}, id="through a link"),
        pytest.param({"filters": [["secret", "like", "%"]]}, id="a password"),
    ],
)
def test_a_field_that_may_not_be_read_is_of_no_use_in_a_query(ctx: Context, options: dict[str, Any]) -> None:
    with pytest.raises(PermissionError, match="You do not have permission to access field"):
        lists.get_list(ctx.as_user(USER), "Task", **options)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        pytest.param(["code", "internal_note"], {"code": "B04"}, id="by name"),
        pytest.param(["code", "internal_note as n"], {"code": "B04"}, id="by another name"),
        pytest.param(["code", "secret"], {"code": "B04"}, id="a password"),
        pytest.param(["internal_note"], {"name": "TASK-00004"}, id="the name, if nothing is left"),
    ],
)
def test_a_field_that_may_not_be_read_is_left_out(ctx: Context, fields: list[str], row: dict[str, Any]) -> None:
    assert lists.get_list(ctx.as_user(USER), "Task", fields, {"code": "B04"}) == [row]
    assert "internal_note" not in lists.get_list(ctx.as_user(USER), "Task", ["*"], {"code": "B04"})[0]


def test_what_is_remembered_of_a_list_is_its_user_s(ctx: Context) -> None:
    """The same request by who may read the field, who may not, again by who may, and by the server itself."""
    ask = {"fields": ["code", "internal_note"], "filters": {"code": "B04"}, "order_by": "points desc"}
    seen = [
        lists.get_list(asking, "Task", **ask) for asking in (ctx, ctx.as_user(USER), ctx, ctx.as_user(USER).trusted())
    ]  # type: ignore[arg-type]
    assert [row.get("internal_note") for (row,) in seen] == ["n4", None, "n4", "n4"]


@pytest.mark.parametrize(
    "other",
    [
        {"order_by": "points asc"},
        {"distinct": True},
        {"fields": ["name", "code"]},
        {"fields": ["code as c"]},
        {"strict": False},
    ],
)
def test_another_list_is_not_taken_for_a_remembered_one(ctx: Context, other: dict[str, Any]) -> None:
    ask: dict[str, Any] = {"fields": ["code"], "order_by": "points desc", "limit": 2}
    first, changed = lists.compile_list(ctx, "Task", **ask), lists.compile_list(ctx, "Task", **{**ask, **other})
    assert lists.compile_list(ctx, "Task", **ask) == first
    assert (changed == first) == ("strict" in other)


def test_a_remembered_list_follows_its_doctype(site: Site) -> None:
    fields = [{"fieldname": "points", "fieldtype": "Int"}, {"fieldname": "note", "fieldtype": "Data"}]
    with site.acting() as ctx:
        doctype = document.new(
            ctx,
            {
                "doctype": "DocType",
                "name": "Short",
                "module": "Core",
                "fields": fields,
                "permissions": [{"role": "Desk User", "read": 1, "create": 1}],
            },
        ).insert()
        document.new(
            ctx, {"doctype": "User", "email": USER, "first_name": "U", "roles": [{"role": "Desk User"}]}
        ).insert()
        document.new(ctx, {"doctype": "Short", "points": 1, "note": "n"}).insert()
        ctx.commit()
        ask = {"fields": ["points", "note"]}
        assert lists.get_list(ctx.as_user(USER), "Short", **ask) == [{"points": 1, "note": "n"}]
        doctype.fields[1].permlevel = 1
        doctype.save()
        assert lists.get_list(ctx.as_user(USER), "Short", **ask) == [{"points": 1}]
        ctx.rollback()
        assert lists.get_list(ctx.as_user(USER), "Short", **ask) == [{"points": 1, "note": "n"}]


def test_a_join_is_made_for_each_query(ctx: Context) -> None:
    """Fields through a link are remembered neither by themselves nor because a filter joins the same."""
    ask: dict[str, Any] = {"fields": ["code", "project.budget"], "order_by": "name asc", "limit": 1}
    for filters in ([["project.budget", "=", 20]], None, [["project.budget", "=", 20]]):
        assert lists.get_list(ctx, "Task", filters=filters, **ask)[0]["code"] == ("B04" if filters else "B01")
    for filters in ([["project.budget", "=", 20]], None):
        assert lists.get_list(ctx, "Task", ["code"], filters, order_by="project.budget desc", limit=1)[0]["code"] in (
            "B04",
            "B08",
            "B12",
        )


def test_what_is_remembered_is_bounded(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_SELECTIONS", 3)
    ctx.caches.pop("selections", None)
    for number in range(10):
        lists.get_list(ctx, "Task", [f"code as c{number}"], limit=1)
    lists.get_list(ctx, "Task", ["code"], order_by="code" + " " * lists.MAX_REMEMBERED, limit=1)
    assert len(ctx.caches["selections"]) == 3
    del ctx.caches["selections"]


def hold(ctx: Context) -> None:
    """The other user may read the project Beta only, but every task."""
    values = {
        "user": OTHER,
        "allow": "Project",
        "for_value": "Beta",
        "applicable_for": "Project",
        "apply_to_all_doctypes": 0,
    }
    document.new(ctx, {"doctype": "User Permission", **values}).insert()


def test_a_link_does_not_show_what_its_document_hides(ctx: Context) -> None:
    """Through a link a document that may not be read is as unset."""
    hold(ctx)
    mine = ctx.as_user(OTHER)
    assert codes(mine, [["project.status", "=", "Open"]]) == []
    assert codes(mine, [["project.status", "=", "Completed"]]) == b(4, 8, 12)
    assert [
        row["budget"]
        for row in lists.get_list(
            mine, "Task", ["project.budget"], {"code": ["in", ["B01", "B04"]]}, order_by="name asc"
        )
    ] == [None, 20]
    ctx.rollback()


# --- expanding links ---


def test_links_are_expanded_where_they_may_be_read(ctx: Context) -> None:
    rows = lists.get_list(ctx, "Task", ["code", "project"], {"code": ["in", ["B02", "B04"]]}, order_by="name asc")
    lists.expand_links(ctx, "Task", rows, ["project", "code", "no_such_field"])
    assert rows[0] == {"code": "B02", "project": None}
    assert (rows[1]["project"]["name"], rows[1]["project"]["budget"], rows[1]["code"]) == ("Beta", 20, "B04")


def test_a_link_that_may_not_be_read_stays_a_name(ctx: Context) -> None:
    hold(ctx)
    rows = lists.get_list(ctx, "Task", ["project"], {"code": ["in", ["B01", "B04"]]}, order_by="name asc")
    lists.expand_links(ctx.as_user(OTHER), "Task", rows, ["project"])
    assert rows[0]["project"] == "Alpha"
    assert rows[1]["project"]["name"] == "Beta"
    ctx.rollback()


def test_an_expanded_link_hides_what_its_level_hides(ctx: Context) -> None:
    rows = [{"parent_task": "TASK-00004"}]
    lists.expand_links(ctx.as_user(USER), "Task", rows, ["parent_task"])
    assert rows[0]["parent_task"]["code"] == "B04"
    assert "internal_note" not in rows[0]["parent_task"]


@pytest.mark.parametrize(
    ("filters", "order_by"),
    [
        pytest.param(None, None, id="a whole list"),
        pytest.param({"status": "Open"}, None, id="of one status"),
        pytest.param({"status": "Open"}, "modified desc", id="in the order that the DocType has anyway"),
        pytest.param({"name": "TASK-1"}, None, id="by name"),
    ],
)
@pytest.mark.sqlite("its query plans; those of PostgreSQL are in test_postgres")
def test_a_page_sorts_nothing(site, filters, order_by):
    """It costs the same however many documents there are."""
    fields = [{"fieldname": "status", "fieldtype": "Select", "options": "Open\nClosed", "search_index": 1}]
    with site.acting() as ctx:
        frappe_lite.get_doc(
            {
                "doctype": "DocType",
                "name": "Sorted Task",
                "module": "Core",
                "custom": 1,
                "sort_field": "modified",
                "fields": fields,
            }
        ).insert()
        query, where = lists.begin_query(ctx, "Sorted Task", filters)
        select = query.select(["name", "status"], where, order_by, None, 0, 20)
        plan = " ".join(row[-1] for row in ctx.store.database.rows("EXPLAIN QUERY PLAN " + select.sql, select.params))
    assert "INDEX" in plan
    assert "TEMP B-TREE" not in plan
