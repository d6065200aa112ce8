"""Numbers, text and dates as Frappe's own utils answer."""

from __future__ import annotations

import copy
import datetime
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frappe_lite import utils

NOON = datetime.datetime(2026, 2, 10, 12, 0, 0)  # a Tuesday


@pytest.fixture
def noon():
    """The clock stands at noon of 2026-02-10."""
    token = utils.set_clock(NOON)
    yield NOON
    utils.reset_clock(token)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# --- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, number",
    [
        ("12", 12),
        ("3.9", 3),
        (3.9, 3),
        (True, 1),
        ("x", 0),
        ("", 0),
        (None, 0),
        ("inf", 0),
        ("nan", 0),
        ([], 0),
        (10**400, 10**400),
        ("12345678901234567891", 12345678901234567891),
    ],
    ids=lambda value: str(value)[:12],
)
def test_cint(value, number):
    assert utils.cint(value) == number


def test_cint_gives_the_default_for_what_is_no_number():
    assert utils.cint("x", 7) == 7


@pytest.mark.parametrize(
    "value, precision, number",
    [
        pytest.param("1,234.567", 2, 1234.57, id="thousands separators"),
        pytest.param("1,234.5", None, 1234.5, id="without precision nothing is rounded"),
        pytest.param(2.345, 2, 2.34, id="half to even: 2.345 is 2.34"),
        pytest.param(2.355, 2, 2.36, id="half to even: 2.355 is 2.36"),
        pytest.param(0.5, 0, 0.0, id="half to even: 0.5 is 0"),
        pytest.param(1.5, 0, 2.0, id="half to even: 1.5 is 2"),
        pytest.param(-2.345, 2, -2.34, id="below zero as above"),
        pytest.param("x", None, 0.0, id="text that is no number"),
        pytest.param(None, 2, 0.0, id="None"),
        pytest.param("inf", None, 0.0, id="infinity"),
        pytest.param("nan", 2, 0.0, id="not a number"),
        pytest.param(1e30, 2, 1e30, id="a number with more digits than decimals can hold"),
        pytest.param(10**400, None, 0.0, id="an integer beyond floats"),
    ],
)
def test_flt(value, precision, number):
    assert utils.flt(value, precision) == number


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_rounding_moves_a_number_by_half_a_step_at_most(number, precision):
    assert abs(utils.rounded(number, precision) - number) <= 0.5 * 10**-precision + 1e-9


@pytest.mark.parametrize(
    "arguments, text",
    [
        ((1234.5,), "1,234.50"),
        (("x",), "0.00"),
        ((1234.5, 0), "1,234"),
        ((1234567.891, 3), "1,234,567.891"),
        ((5, 2, "EUR"), "EUR 5.00"),
        ((-1234.5,), "-1,234.50"),
    ],
    ids=str,
)
def test_fmt_money(arguments, text):
    assert utils.fmt_money(*arguments) == text


# --- text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value, text", [(None, ""), (5, "5"), (b"caf\xc3\xa9", "café"), ("x", "x"), (0, "0")], ids=str)
def test_cstr(value, text):
    assert utils.cstr(value) == text


@pytest.mark.parametrize(
    "value, answer",
    [
        ("true", True),
        ("Yes", True),
        ("1", True),
        ("0", False),
        ("False", False),
        ("maybe", "maybe"),
        (5, 5),
        (None, None),
    ],
    ids=str,
)
def test_sbool(value, answer):
    assert utils.sbool(value) is answer


@pytest.mark.parametrize(
    "value, answer",
    [
        (1, True),
        (True, True),
        ("true", True),
        ("1", True),
        ("0", False),
        ("", False),
        ("maybe", False),
        (0, False),
        (None, False),
        ([1], True),
    ],
    ids=str,
)
def test_is_true(value, answer):
    assert utils.is_true(value) is answer


@pytest.mark.parametrize(
    "function, value, text",
    [
        pytest.param(utils.scrub, "Task Checklist Item", "task_checklist_item", id="scrub"),
        pytest.param(utils.scrub, "Half-Day", "half_day", id="scrub takes hyphens"),
        pytest.param(utils.unscrub, "task_item", "Task Item", id="unscrub"),
        pytest.param(utils.strip_html, "<b>x</b> y", "x y", id="strip_html"),
        pytest.param(utils.strip_html, "1 < 2", "1 < 2", id="strip_html leaves a lone bracket"),
        pytest.param(utils.escape_html, "<a href='x'>&", "&lt;a href=&#x27;x&#x27;&gt;&amp;", id="escape_html"),
        pytest.param(utils.escape_html, None, "", id="escape_html of None"),
        pytest.param(utils.bold, "x", "<strong>x</strong>", id="bold"),
        pytest.param(utils.get_fullname, "ann@example.com", "ann", id="get_fullname"),
        pytest.param(utils.comma_and, ["a", "b", "c"], "'a', 'b' and 'c'", id="comma_and"),
        pytest.param(utils.comma_or, ["a", "b"], "'a' or 'b'", id="comma_or"),
        pytest.param(utils.comma_and, ["a"], "'a'", id="comma_and of one"),
        pytest.param(utils.comma_and, [], "", id="comma_and of none"),
        pytest.param(utils.comma_and, "text", "text", id="comma_and of what is no list"),
        pytest.param(
            utils.split_emails, "a@x.com, b@x.com;c@x.com\n", ["a@x.com", "b@x.com", "c@x.com"], id="split_emails"
        ),
        pytest.param(utils.parse_json, '{"a": 1}', {"a": 1}, id="parse_json"),
        pytest.param(utils.parse_json, [1], [1], id="parse_json of what is no text"),
    ],
)
def test_text(function, value, text):
    assert function(value) == text


def test_comma_and_without_quotes():
    assert utils.comma_and(["a", "b"], add_quotes=False) == "a and b"


@pytest.mark.parametrize("length", [1, 8, 9, 56])
def test_generate_hash_is_hexadecimal_and_as_long_as_asked(length):
    assert re.fullmatch(f"[0-9a-f]{{{length}}}", utils.generate_hash(length=length))


def test_random_names_are_lower_case_and_differ():
    names = {utils.random_name() for _ in range(50)}
    assert len(names) == 50 and all(re.fullmatch("[0-9a-v]{10}", each) for each in names)


@pytest.mark.parametrize(
    "function, text, good",
    [
        *[
            (utils.validate_email_address, each, True)
            for each in ("ann@example.com", "a.b+c@sub.example.co", "ann@my-host.org")
        ],
        *[
            (utils.validate_email_address, each, False)
            for each in (
                "",
                None,
                "ann",
                "ann@",
                "@example.com",
                "ann@example",
                "a b@example.com",
                "ann@-x.com",
                "ann@example.com\n",
                "<ann@example.com>",
            )
        ],
        *[
            (utils.validate_url, each, True)
            for each in ("http://x.com", "https://x.com/a?b#c", "HTTPS://X.com", "ftp://x")
        ],
        *[
            (utils.validate_url, each, False)
            for each in (
                "",
                None,
                "x.com",
                "javascript:alert(1)",
                "javascript://x",
                "http://",
                "http://x y",
                "http://x.com\n",
            )
        ],
        *[(utils.validate_phone_number, each, True) for each in ("+49 171 1234567", "(030) 123-45", "112")],
        *[(utils.validate_phone_number, each, False) for each in ("", None, "call me", "1" * 21)],
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_validators(function, text, good):
    assert bool(function(text)) is good


@pytest.mark.parametrize(
    "function, text",
    [
        (utils.strip_html, "<" * 60_000),
        (utils.validate_url, "a" * 60_000),
        (utils.validate_email_address, "a@" + "a-" * 60_000),
    ],
    ids=["strip_html", "url", "email"],
)
def test_long_text_takes_time_in_proportion(function, text):
    began = time.process_time()
    function(text)
    assert time.process_time() - began < 1


# --- _dict -----------------------------------------------------------------------------------------------


def test_keys_of_a_dict_are_attributes():
    made = utils._dict(a=1)
    made.b = 2
    del made.a
    assert (made, made.b, made.a, made.missing) == ({"b": 2}, 2, None, None)


def test_update_returns_the_dict_itself():
    made = utils._dict()
    assert made.update({"a": 1}, b=2) is made and made == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    "copied", [lambda each: each.copy(), copy.copy, copy.deepcopy], ids=["copy()", "copy.copy", "copy.deepcopy"]
)
def test_a_copy_is_of_the_same_kind_and_apart(copied):
    made = utils._dict(a=1)
    other = copied(made)
    other.a = 2
    assert type(other) is utils._dict and made.a == 1


def test_special_methods_are_not_made_up():
    assert not hasattr(utils._dict(), "__json__")


# --- dates -----------------------------------------------------------------------------------------------


def test_the_clock_can_be_frozen_and_set_free(noon):
    assert (utils.now_datetime(), utils.nowdate(), utils.today(), utils.nowtime()) == (
        NOON,
        "2026-02-10",
        "2026-02-10",
        "12:00:00.000000",
    )
    utils.set_clock(None)
    assert utils.now_datetime() != NOON


def test_now_has_microseconds_even_where_they_are_zero(noon):
    assert utils.now() == "2026-02-10 12:00:00.000000"


@pytest.mark.parametrize(
    "value, date",
    [
        ("2026-01-31", "2026-01-31"),
        (" 2026-01-31 ", "2026-01-31"),
        ("2026-01-31 23:59:59", "2026-01-31"),
        (datetime.datetime(2026, 1, 31, 5), "2026-01-31"),
        (day("2026-01-31"), "2026-01-31"),
        (None, "2026-02-10"),
        ("", "2026-02-10"),
    ],
    ids=repr,
)
def test_getdate(noon, value, date):
    assert utils.getdate(value) == day(date) and type(utils.getdate(value)) is datetime.date


@pytest.mark.parametrize(
    "value, moment",
    [
        ("2026-01-02 03:04:05", (2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05", (2026, 1, 2, 3, 4, 5)),
        ("2026-01-02 03:04:05.1", (2026, 1, 2, 3, 4, 5, 100_000)),
        ("2026-01-02 03:04:05.123456789", (2026, 1, 2, 3, 4, 5, 123_456)),
        ("2026-01-02", (2026, 1, 2)),
        (day("2026-01-02"), (2026, 1, 2)),
        (datetime.datetime(2026, 1, 2, 3), (2026, 1, 2, 3)),
        (None, (2026, 2, 10, 12)),
    ],
    ids=repr,
)
def test_get_datetime(noon, value, moment):
    assert utils.get_datetime(value) == datetime.datetime(*moment)


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00", "2026-01-02T05:04:05+02:00"])
def test_a_moment_with_a_zone_becomes_local_and_naive(text):
    utc = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    assert utils.get_datetime(text) == datetime.datetime.fromtimestamp(utc.timestamp())


@pytest.mark.parametrize(
    "value, moment",
    [
        ("9:05", (9, 5)),
        ("09:05:01", (9, 5, 1)),
        ("9:05:01.5", (9, 5, 1, 500_000)),
        (datetime.timedelta(hours=2), (2,)),
        (NOON, (12,)),
        (datetime.time(1), (1,)),
    ],
    ids=repr,
)
def test_get_time(value, moment):
    assert utils.get_time(value) == datetime.time(*moment)


@pytest.mark.parametrize(
    "function", [utils.getdate, utils.get_datetime, utils.get_time], ids=lambda each: each.__name__
)
@pytest.mark.parametrize("value", ["soon", "2026-02-30", "25:61", "  ", 5], ids=repr)
def test_what_is_no_date_is_a_value_error(function, value):
    with pytest.raises(ValueError):
        function(value)


@pytest.mark.parametrize(
    "date, step, moved",
    [
        pytest.param("2026-01-31", {"days": 1}, "2026-02-01", id="days"),
        pytest.param("2026-01-31", {"months": 1}, "2026-02-28", id="a month is as long as the calendar says"),
        pytest.param("2026-03-31", {"months": -1}, "2026-02-28", id="backwards too"),
        pytest.param("2024-02-29", {"years": 1}, "2025-02-28", id="a leap day"),
        pytest.param("2025-12-15", {"months": 1}, "2026-01-15", id="over the year"),
        pytest.param("2026-02-28", {"months": 1, "days": 1}, "2026-03-29", id="months first, then days"),
        pytest.param("2026-01-31", {"weeks": 1}, "2026-02-07", id="weeks"),
        pytest.param("2026-01-31 10:00:00", {"days": 1}, "2026-02-01 10:00:00.000000", id="text with a time stays so"),
        pytest.param("2026-01-31", {"hours": 5}, "2026-01-31 05:00:00.000000", id="hours give a date its time"),
        pytest.param(day("2026-01-31"), {"days": 1}, day("2026-02-01"), id="a date stays a date"),
        pytest.param(
            datetime.datetime(2026, 1, 31, 10),
            {"days": 1},
            datetime.datetime(2026, 2, 1, 10),
            id="a datetime stays a datetime",
        ),
        pytest.param(day("2026-01-31"), {"days": 1, "as_string": True}, "2026-02-01", id="as text"),
        pytest.param(
            NOON,
            {"minutes": 5, "as_string": True, "as_datetime": True},
            "2026-02-10 12:05:00.000000",
            id="as text with its time",
        ),
        pytest.param(None, {"hours": 1}, datetime.datetime(2026, 2, 10, 13), id="None is now"),
    ],
)
def test_add_to_date(noon, date, step, moved):
    got = utils.add_to_date(date, **step)
    assert (got, type(got)) == (moved, type(moved))


@pytest.mark.parametrize(
    "function, amount, moved",
    [(utils.add_days, "1", "2026-02-01"), (utils.add_months, 1, "2026-02-28"), (utils.add_years, -1, "2025-01-31")],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_adding_one_kind(function, amount, moved):
    assert function("2026-01-31", amount) == moved


@pytest.mark.parametrize(
    "function, arguments, answer",
    [
        (utils.date_diff, ("2026-02-01", "2026-01-01"), 31),
        (utils.date_diff, ("2026-01-01 23:00:00", "2026-01-02 01:00:00"), -1),
        (utils.time_diff, ("2026-01-02", "2026-01-01"), datetime.timedelta(days=1)),
        (utils.time_diff_in_seconds, ("2026-01-02 00:01:00", "2026-01-02 00:00:00"), 60),
        (utils.time_diff_in_hours, ("2026-01-02 00:20:00", "2026-01-02 00:00:00"), 0.333333),
        (utils.get_first_day, ("2026-02-10",), day("2026-02-01")),
        (utils.get_last_day, ("2024-02-10",), day("2024-02-29")),
        (utils.get_first_day_of_week, ("2026-02-10",), day("2026-02-08")),
        (utils.get_first_day_of_week, ("2026-02-08",), day("2026-02-08")),
        (utils.get_quarter_start, ("2026-06-30",), day("2026-04-01")),
        (utils.get_date_str, (NOON,), "2026-02-10"),
        (utils.get_datetime_str, ("2026-02-10",), "2026-02-10 00:00:00.000000"),
        (utils.format_date, ("2026-01-31",), "31-01-2026"),
        (utils.format_date, (None,), ""),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_calendar(function, arguments, answer):
    assert function(*arguments) == answer


@pytest.mark.parametrize(
    "timespan, first, last",
    [
        ("today", "2026-02-10", "2026-02-10"),
        ("yesterday", "2026-02-09", "2026-02-09"),
        ("tomorrow", "2026-02-11", "2026-02-11"),
        ("last 7 days", "2026-02-03", "2026-02-10"),
        ("next 14 days", "2026-02-10", "2026-02-24"),
        ("last week", "2026-02-01", "2026-02-07"),
        ("this week", "2026-02-08", "2026-02-14"),
        ("next week", "2026-02-15", "2026-02-21"),
        ("last month", "2026-01-01", "2026-01-31"),
        ("this month", "2026-02-01", "2026-02-28"),
        ("next month", "2026-03-01", "2026-03-31"),
        ("last quarter", "2025-10-01", "2025-12-31"),
        ("this quarter", "2026-01-01", "2026-03-31"),
        ("next quarter", "2026-04-01", "2026-06-30"),
        ("last 6 months", "2025-07-01", "2025-12-31"),  # Frappe: the last two whole quarters
        ("next 6 months", "2026-04-01", "2026-09-30"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("next year", "2027-01-01", "2027-12-31"),
        (" This Month ", "2026-02-01", "2026-02-28"),
    ],
)
def test_timespans(noon, timespan, first, last):
    assert utils.get_timespan_date_range(timespan) == (day(first), day(last))


@pytest.mark.parametrize("text", ["", "last", "this fortnight", "previous month", "last x days", "next decade"])
def test_what_is_no_timespan_is_none(text):
    assert utils.get_timespan_date_range(text) is None
