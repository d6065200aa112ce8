"""`frappe.utils` as app code uses it: one expression a row. The clock stands at noon of Wednesday, 2026-07-15."""

from __future__ import annotations

import datetime
import decimal
import functools
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from frappe_lite import utils
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.times import date_parsing
from frappe_lite.utils import _dict

apps.provide_frappe()

NOON = datetime.datetime(2026, 7, 15, 12, 0)
DAY = datetime.date
MOMENT = datetime.datetime


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    yield site
    site.close()


@pytest.fixture
def names(ctx: Any) -> Iterator[dict[str, Any]]:
    """Names that rows may use: `frappe.utils` by name, modules, what makes dates."""
    import frappe
    import frappe.utils

    frozen = utils.set_clock(NOON)
    yield {
        "frappe": frappe,
        "utils": frappe.utils,
        "datetime": datetime,
        "DAY": DAY,
        "MOMENT": MOMENT,
        "Decimal": decimal.Decimal,
        "_dict": _dict,
    }
    utils.reset_clock(frozen)


def value(names: dict[str, Any], expression: str) -> Any:
    """The value of an expression in which names of `frappe.utils` stand for themselves."""
    code = compile(expression, "row", "eval")
    import builtins

    found = {
        name: getattr(names["utils"], name)
        for name in code.co_names
        if name not in names and not hasattr(builtins, name) and hasattr(names["utils"], name)
    }
    return eval(code, {**found, **names})


def setting(ctx: Any, **values: Any) -> None:
    ctx.store.save_single(ctx.meta("System Settings"), values)
    ctx.touch("System Settings")


# --- dates read ---

READ = [
    ("2026-01-31", MOMENT(2026, 1, 31)),
    ("20260131", MOMENT(2026, 1, 31)),
    ("2026-01-31 09:05", MOMENT(2026, 1, 31, 9, 5)),
    ("2026-01-31T09:05:07.25", MOMENT(2026, 1, 31, 9, 5, 7, 250000)),
    ("2026-01-31T09:05:07Z", MOMENT(2026, 1, 31, 9, 5, 7, tzinfo=datetime.timezone.utc)),
    ("31-01-2025", MOMENT(2025, 1, 31)),
    ("01/31/2025", MOMENT(2025, 1, 31)),
    ("31/01/2025", MOMENT(2025, 1, 31)),
    ("02/03/2025", MOMENT(2025, 2, 3)),
    ("2025/01/31", MOMENT(2025, 1, 31)),
    ("2025-1-5", MOMENT(2025, 1, 5)),
    ("2025.1.5", MOMENT(2025, 1, 5)),
    ("5.1.2025", MOMENT(2025, 5, 1)),
    ("31/01/25", MOMENT(2025, 1, 31)),
    ("01/02/99", MOMENT(1999, 1, 2)),
    ("Jan 31, 2025", MOMENT(2025, 1, 31)),
    ("31 January 2025", MOMENT(2025, 1, 31)),
    ("January 31st 2025", MOMENT(2025, 1, 31)),
    ("2025 Jan 31", MOMENT(2025, 1, 31)),
    ("Friday, 31 Jan 2025", MOMENT(2025, 1, 31)),
    ("Sept 3, 2025", MOMENT(2025, 9, 3)),
    ("31 Jan", MOMENT(2026, 1, 31)),
    ("Jan 31, 2025 10:30 PM", MOMENT(2025, 1, 31, 22, 30)),
    ("31/01/2025 10:30:15", MOMENT(2025, 1, 31, 10, 30, 15)),
    ("10:30", MOMENT(2026, 7, 15, 10, 30)),
    ("10:30 am", MOMENT(2026, 7, 15, 10, 30)),
    ("12:15 AM", MOMENT(2026, 7, 15, 0, 15)),
    ("7 pm", MOMENT(2026, 7, 15, 19)),
    ("7 p.m.", MOMENT(2026, 7, 15, 19)),
    (
        "31 Jan 2025 10:00 +05:30",
        MOMENT(2025, 1, 31, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
    ),
]


@pytest.mark.parametrize(("text", "moment"), READ, ids=[text for text, _ in READ])
def test_dates_are_read_as_people_write_them(names: dict[str, Any], text: str, moment: datetime.datetime) -> None:
    assert date_parsing.parse(text) == moment


@pytest.mark.parametrize(("text", "moment"), READ, ids=[text for text, _ in READ])
def test_dateutil_reads_them_the_same(text: str, moment: datetime.datetime) -> None:
    parser = pytest.importorskip("dateutil.parser")
    assert parser.parse(text, default=MOMENT(2026, 7, 15)) == moment


def test_the_day_may_come_first(names: dict[str, Any]) -> None:
    assert value(names, "getdate('02/03/2025', parse_day_first=True)") == DAY(2025, 3, 2)


@pytest.mark.parametrize("function", ["getdate", "get_datetime", "formatdate", "add_days", "get_time", "get_first_day"])
@pytest.mark.parametrize(
    "text", ["garbage", "31-31-2025", "2025-31-01", "2025-02-30", "12:70", "13:00 pm", "Jan Feb 2025", "1/2/3/4"]
)
def test_garbage_is_told(names: dict[str, Any], function: str, text: str) -> None:
    with pytest.raises(frappe_lite.ValidationError, match="is not a valid") as caught:
        value(names, f"{function}({text!r}, 1)" if function == "add_days" else f"{function}({text!r})")
    assert isinstance(caught.value, ValueError)


DATES = [
    ("getdate()", DAY(2026, 7, 15)),
    ("getdate('')", DAY(2026, 7, 15)),
    ("getdate('0000-00-00')", None),
    ("getdate(MOMENT(2026, 1, 2, 3))", DAY(2026, 1, 2)),
    ("get_datetime()", NOON),
    ("get_datetime(DAY(2026, 1, 2))", MOMENT(2026, 1, 2)),
    ("get_datetime((2026, 1, 2))", MOMENT(2026, 1, 2)),
    ("get_datetime('0001-01-01 00:00:00')", None),
    ("is_invalid_date_string('0000-00-00')", True),
    ("is_invalid_date_string('2026-01-01')", False),
    ("is_invalid_date_string(None)", True),
    ("add_to_date('2026-01-31', months=1)", "2026-02-28"),
    ("add_to_date('2026-01-31', hours=10)", "2026-01-31 10:00:00.000000"),
    ("add_to_date('2026-01-31 08:00:00', days=1)", "2026-02-01 08:00:00.000000"),
    ("add_to_date(DAY(2026, 1, 1), days=1, hours=10)", MOMENT(2026, 1, 2, 10)),
    ("add_to_date(DAY(2026, 1, 1), days=1)", DAY(2026, 1, 2)),
    ("add_to_date(DAY(2026, 1, 1), days=1, as_string=True)", "2026-01-02"),
    ("add_to_date(None, years=1)", MOMENT(2027, 7, 15, 12)),
    ("add_to_date(MOMENT(2024, 2, 29), years=1)", MOMENT(2025, 2, 28)),
    ("add_days('31-01-2025', 1)", "2025-02-01"),
    ("add_months(DAY(2026, 12, 1), 1)", DAY(2027, 1, 1)),
    ("add_years('2026-07-15', -1)", "2025-07-15"),
    ("date_diff('02/01/2025', '2025-01-31')", 1),
    ("month_diff('2026-03-01', '2026-01-31')", 3),
    ("time_diff_in_hours('2026-01-01 12:30', '2026-01-01 10:00')", 2.5),
    ("time_diff_in_seconds('2026-01-01 00:01', '2026-01-01')", 60.0),
    ("time_diff('2026-01-02', '2026-01-01')", datetime.timedelta(days=1)),
    ("get_time('10:00 AM')", datetime.time(10)),
    ("get_time()", datetime.time(12)),
    ("get_time('100:2:12')", datetime.time(4, 2, 12)),
    ("get_time(datetime.timedelta(hours=9))", datetime.time(9)),
    ("to_timedelta('00:00:01')", datetime.timedelta(seconds=1)),
    ("to_timedelta(datetime.time(2))", datetime.timedelta(hours=2)),
    ("get_timedelta()", datetime.timedelta()),
    ("get_timedelta('noon and a bit')", None),
    ("parse_timedelta('7 days, 0:32:18')", datetime.timedelta(days=7, minutes=32, seconds=18)),
    ("format_timedelta(datetime.timedelta(hours=100, seconds=5))", "100:00:05"),
    ("format_timedelta(datetime.timedelta(seconds=1, microseconds=129))", "0:00:1.000129"),
    ("get_time_str('09:05:07')", "9:5:7"),
    ("get_datetime_str('2026-01-31')", "2026-01-31 00:00:00.000000"),
    ("get_date_str('31-01-2025')", "2025-01-31"),
    ("get_weekday('2026-07-15')", "Wednesday"),
    ("get_month('2026-07-15')", "July"),
    ("now()", "2026-07-15 12:00:00.000000"),
    ("get_timestamp('2026-07-15') - get_timestamp('2026-07-14')", 86400.0),
    ("convert_utc_to_timezone(MOMENT(2026, 1, 1), 'Asia/Kolkata').isoformat()", "2026-01-01T05:30:00+05:30"),
    ("convert_utc_to_timezone(MOMENT(2026, 1, 1), 'Nowhere/Land').isoformat()", "2026-01-01T00:00:00+00:00"),
]
PERIODS = [
    ("get_first_day('2026-07-15')", DAY(2026, 7, 1)),
    ("get_first_day('2026-07-15', d_months=-7)", DAY(2025, 12, 1)),
    ("get_first_day('2026-07-15', 1, as_str=True)", "2027-07-01"),
    ("get_last_day('2024-02-01')", DAY(2024, 2, 29)),
    ("is_last_day_of_the_month('2026-02-28')", True),
    ("is_last_day_of_the_month('2026-02-27')", False),
    ("get_quarter_start()", DAY(2026, 7, 1)),
    ("get_quarter_ending('2026-11-11', as_str=True)", "2026-12-31"),
    ("get_year_start('2026-07-15')", DAY(2026, 1, 1)),
    ("get_year_ending()", DAY(2026, 12, 31)),
    ("get_first_day_of_week('2026-07-15')", DAY(2026, 7, 12)),
    ("get_last_day_of_week('2026-07-15')", DAY(2026, 7, 18)),
    ("get_timespan_date_range('last 7 days')", (DAY(2026, 7, 8), DAY(2026, 7, 15))),
    ("get_timespan_date_range('next 30 days')", (DAY(2026, 7, 15), DAY(2026, 8, 14))),
    ("get_timespan_date_range('this week')", (DAY(2026, 7, 12), DAY(2026, 7, 18))),
    ("get_timespan_date_range('last month')", (DAY(2026, 6, 1), DAY(2026, 6, 30))),
    ("get_timespan_date_range('next quarter')", (DAY(2026, 10, 1), DAY(2026, 12, 31))),
    ("get_timespan_date_range('last 6 months')", (DAY(2026, 1, 1), DAY(2026, 6, 30))),
    ("get_timespan_date_range('last year')", (DAY(2025, 1, 1), DAY(2025, 12, 31))),
    ("get_timespan_date_range('tomorrow')", (DAY(2026, 7, 16), DAY(2026, 7, 16))),
    ("get_timespan_date_range('the other day')", None),
]
STEPS = [
    ("get_dates_from_timegrain('2026-01-01', '2026-01-03')", [DAY(2026, 1, 1), DAY(2026, 1, 2), DAY(2026, 1, 3)]),
    ("get_dates_from_timegrain('2026-01-01', '2026-04-01', 'Quarterly')", [DAY(2026, 3, 31), DAY(2026, 6, 30)]),
    ("get_period('2026-05-01')", "May 2026"),
    ("get_period('2026-05-01', 'Quarterly')", "Quarter 2 2026"),
    ("get_period_beginning('2026-05-05', 'Monthly')", DAY(2026, 5, 1)),
    ("get_from_date_from_timespan('2026-05-05', 'Last Month')", "2026-04-05 00:00:00.000000"),
    ("parse_date('31/01/2025')", "2025-01-31"),
    ("user_to_str('2025-01-31')", "2025-01-31"),
    ("datetime_in_user_format('2025-01-31 09:05')", "2025-01-31 09:05"),
]


@pytest.mark.parametrize(("expression", "expected"), DATES + PERIODS, ids=[each[0] for each in DATES + PERIODS])
def test_dates(names: dict[str, Any], expression: str, expected: Any) -> None:
    found = value(names, expression)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("expression", "expected"), STEPS, ids=[each[0] for each in STEPS])
def test_dateutils(names: dict[str, Any], expression: str, expected: Any) -> None:
    import frappe.utils.dateutils

    function = expression.partition("(")[0]
    assert value({**names, function: getattr(frappe.utils.dateutils, function)}, expression) == expected


@pytest.mark.parametrize(
    ("day", "first", "last"), [("Monday", 13, 19), ("Sunday", 12, 18), ("Wednesday", 15, 21), (None, 12, 18)], ids=str
)
def test_a_week_begins_as_system_settings_say(names: dict[str, Any], ctx: Any, day: Any, first: int, last: int) -> None:
    setting(ctx, first_day_of_the_week=day)
    assert value(names, "get_first_day_of_week('2026-07-15'), get_last_day_of_week('2026-07-15')") == (
        DAY(2026, 7, first),
        DAY(2026, 7, last),
    )


def test_the_day_of_a_test_may_be_set(names: dict[str, Any], ctx: Any) -> None:
    ctx.flags.current_date = "2020-02-02"
    try:
        assert value(names, "now()").startswith("2020-02-02 12:00")
    finally:
        ctx.flags.current_date = None


# --- dates written ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("formatdate('2026-11-27', 'dd-mm-yyyy')", "27-11-2026"),
        ("formatdate('2026-01-05', 'd MMM YYYY')", "5 Jan 2026"),
        ("formatdate('2026-01-05', \"EEEE, d 'of' MMMM\")", "Monday, 5 of January"),
        ("formatdate('2026-01-05', 'medium')", "Jan 5, 2026"),
        ("formatdate('')", ""),
        ("format_date(DAY(2026, 1, 5), 'yy')", "26"),
        ("format_time('09:05:07', 'h:mm a')", "9:05 AM"),
        ("format_time(None)", ""),
        ("format_datetime('2026-01-05 15:04:05', 'dd/MM/yyyy hh:mm a')", "05/01/2026 03:04 PM"),
        ("format_datetime(None)", None),
        ("global_date_format('2026-01-05')", "January 5, 2026"),
        ("format_duration(93784)", "1d 2h 3m 4s"),
        ("format_duration(93784, hide_days=True)", "26h 3m 4s"),
        ("duration_to_seconds('3h 34m 45s')", 12885),
        ("duration_to_seconds('1d')", 86400),
        ("guess_date_format('31-01-2025')", "%d-%m-%Y"),
        ("guess_date_format('2025-01-31 10:00:00')", "%Y-%m-%d %H:%M:%S"),
        ("guess_date_format('10:00 PM')", "%I:%M %p"),
        ("guess_date_format('yesterday')", None),
    ],
    ids=str,
)
def test_dates_are_written(names: dict[str, Any], expression: str, expected: Any) -> None:
    assert value(names, expression) == expected


@pytest.mark.parametrize(("ago", "text", "short"), [
    ({"seconds": -1}, "1 second ago", "1s"), ({"minutes": -3}, "3 minutes ago", "3m"), ({"hours": -2}, "2 hours ago", "2h"), ({"days": -5}, "5 days ago", "5d"),
    ({"days": -8}, "1 week ago", "1w"), ({"days": -32}, "1 month ago", "1mo"), ({"years": -2, "days": -10}, "2 years ago", "2y"), ({"minutes": 5}, "in 5 minutes", "5m"),
], ids=lambda each: str(each))  # fmt: skip
def test_how_long_ago(names: dict[str, Any], ago: dict[str, int], text: str, short: str) -> None:
    moment = names["utils"].add_to_date(NOON, **ago)
    assert (names["utils"].pretty_date(moment), names["utils"].pretty_date(moment, mini=True)) == (text, short)


@pytest.mark.parametrize(
    ("settings", "expression", "expected"),
    [
        ({"date_format": "dd.mm.yyyy"}, "formatdate('2026-01-05')", "05.01.2026"),
        (
            {"date_format": "mm/dd/yyyy", "time_format": "HH:mm"},
            "format_datetime('2026-01-05 08:09:10')",
            "01/05/2026 08:09",
        ),
        ({"time_format": "HH:mm"}, "format_time('08:09:10')", "08:09"),
        ({"number_format": "#.###,##"}, "fmt_money(1234.5)", "1.234,50"),
        ({"number_format": "#,##,###.##"}, "fmt_money(12345678.9)", "1,23,45,678.90"),
        ({"number_format": "#,###"}, "fmt_money(1234.5)", "1,234"),
        ({"number_format": "# ###.##"}, "fmt_money(1234567)", "1 234 567.00"),
        ({"currency_precision": "3"}, "fmt_money(1000.4562)", "1,000.456"),
        ({"currency_precision": "3"}, "fmt_money(1000.4)", "1,000.40"),
        (
            {"rounding_method": "Commercial Rounding"},
            "flt(2.5, 0), flt(-0.5, 0), flt(1.15, 1), flt(125, -1)",
            (3.0, -1.0, 1.2, 130.0),
        ),
        (
            {"rounding_method": "Banker's Rounding"},
            "flt(2.5, 0), flt(-0.5, 0), flt(1.15, 1), flt(125, -1)",
            (2.0, 0.0, 1.2, 120.0),
        ),
        (
            {"rounding_method": "Banker's Rounding (legacy)"},
            "flt(2.5, 0), flt(1.25, 1), flt(-1.25, 1)",
            (2.0, 1.3, -1.2),
        ),
        ({}, "flt(2.5, 0, 'Commercial Rounding')", 3.0),
        ({}, "rounded(5.551115123125783e-17, 2)", 0.0),
    ],
    ids=str,
)
def test_formats_are_those_of_system_settings(
    names: dict[str, Any], ctx: Any, settings: dict[str, str], expression: str, expected: Any
) -> None:
    setting(ctx, **settings)
    assert value(names, expression) == expected


def test_a_rounding_that_there_is_none_of_is_told(names: dict[str, Any]) -> None:
    with pytest.raises(frappe_lite.ValidationError, match="Unknown Rounding Method: Dice"):
        value(names, "rounded(1.5, 0, 'Dice')")


# --- numbers ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cint('9007199254740993')", 9007199254740993),
        ("cint('1.9'), cint(None), cint('x', 7), cint(2.9)", (1, 0, 7, 2)),
        ("flt('1,234.567', 2), flt(None), flt('x')", (1234.57, 0.0, 0.0)),
        ("ceil('24.2'), floor(Decimal('29.45')), ceil(2)", (25, 29, 2)),
        ("remainder(7, 3)", 1.0),
        ("safe_div(1, 0), safe_div(1, 3)", (0.0, 0.33)),
        ("cast('Int', '5'), cast('Check', 'true'), cast('Data', None), cast('Currency', '1,2')", (5, 1, "", 12.0)),
        (
            "cast('Date', None), cast('Datetime', None), cast('Time', None)",
            (DAY(1, 1, 1), MOMENT(1, 1, 1), datetime.timedelta()),
        ),
        (
            "cast('Date', '12-12-2021'), cast('Time', '12:03:34'), cast('JSON', [1])",
            (DAY(2021, 12, 12), datetime.timedelta(hours=12, minutes=3, seconds=34), [1]),
        ),
        (
            "fmt_money(-100), fmt_money('1,000.5'), fmt_money(None), fmt_money(-0.001)",
            ("-100.00", "1,000.50", "0.00", "0.00"),
        ),
        ("fmt_money(0.3, 0), fmt_money(5, 2, 'XYZ')", ("0", "XYZ 5.00")),
        ("fmt_money(1234.5, format='#.###,##')", "1.234,50"),
        ("fmt_money(1234.5, currency='USD'), fmt_money(1234.5, currency='EUR')", ("$ 1,234.50", "€ 1,234.50")),
        ("in_words(0), in_words(21), in_words(115)", ("zero", "twenty one", "one hundred and fifteen")),
        ("in_words(1234567)", "one million, two hundred and thirty four thousand, five hundred and sixty seven"),
        ("in_words(1005), in_words(-7)", ("one thousand and five", "minus seven")),
        ("in_words(1234567, in_million=False)", "twelve lakh, thirty four thousand, five hundred and sixty seven"),
        (
            "money_in_words(5000, 'BHD'), money_in_words(0.1, 'BHD')",
            ("BHD Five Thousand only.", "One Hundred Fils only."),
        ),
        (
            "money_in_words(12.5, 'USD'), money_in_words(0, 'NGN')",
            ("USD Twelve and Fifty Cent only.", "NGN Zero only."),
        ),
        ("money_in_words('Fail'), money_in_words(-1)", ("", "")),
        ("round_based_on_smallest_currency_fraction(1.0349, 'USD')", 1.03),
    ],
    ids=str,
)
def test_numbers(names: dict[str, Any], expression: str, expected: Any) -> None:
    assert value(names, expression) == expected


@pytest.mark.parametrize(
    ("given", "field", "expected"),
    [
        (1.0, {"fieldtype": "Float"}, "1"),
        (1.5, {"fieldtype": "Float"}, "1.50"),
        (12.346, {"fieldtype": "Percent"}, "12.35%"),
        (5, {"fieldtype": "Currency", "options": "money"}, "€ 5.00"),
        (0, {"fieldtype": "Int", "print_hide_if_no_value": 1}, ""),
        ("2026-01-05", "Date", "2026-01-05"),
        ("a\nb", "Small Text", "a<br>b"),
        ("<p>a\nb</p>", "Text", "<p>a\nb</p>"),
        (3660, "Duration", "1h 1m"),
        (None, "Data", ""),
        (DAY(2026, 1, 5), None, "2026-01-05"),
        (datetime.timedelta(hours=1), None, "01:00:00"),
        ("x", "Text Editor", "<div class='ql-snow'>x</div>"),
    ],
    ids=str,
)
def test_values_of_fields_are_formatted(names: dict[str, Any], given: Any, field: Any, expected: str) -> None:
    assert names["frappe"].format(given, field, _dict(money="EUR")) == expected


# --- checks ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@b.com", "a@b.com"), ("a@b.com, c@d.com", "a@b.com, c@d.com"), ("o'neil@x.com", "o'neil@x.com"), ("Ann <a@b.co>", "a@b.co"), ("someone", ""),
        ("someone@----.com", ""), ("test 1@frappe.com", ""), (None, ""), ("a@b.com,undisclosed-recipient", "a@b.com"), ("test%201@frappe.com", "test%201@frappe.com"),
    ],
    ids=str,
)  # fmt: skip
def test_addresses(names: dict[str, Any], text: Any, found: str) -> None:
    assert names["utils"].validate_email_address(text) == found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "validate_url('https://a.b'), validate_url('a.b'), validate_url('/path'), validate_url(None)",
            (True, False, True, False),
        ),
        ("validate_url('ftp://a.b', valid_schemes='https')", False),
        ("validate_phone_number('+49 30 123'), validate_phone_number('call me')", (True, False)),
        ("validate_name('Ann-Marie O\\'Neil'), validate_name('asd$wat'), validate_name('')", (True, False, False)),
        ("parse_addr('Ann Lee <ann@example.com>')", ("Ann Lee", "ann@example.com")),
        ("parse_addr('nobody')", (None, "nobody")),
        ("extract_email_id('Ann <ann@example.com>')", "ann@example.com"),
        ("sanitize_email('Ann <ann@example.com>, nobody')", "Ann <ann@example.com>"),
    ],
    ids=str,
)
def test_checks(names: dict[str, Any], expression: str, expected: Any) -> None:
    assert value(names, expression) == expected


@pytest.mark.parametrize(
    ("expression", "kind", "text"),
    [
        (
            "validate_email_address('nobody', throw=True)",
            "InvalidEmailAddressError",
            "nobody is not a valid Email Address",
        ),
        ("validate_url('x', throw=True)", "InvalidURLError", "is not a valid URL"),
        ("validate_phone_number('call me', throw=True)", "InvalidPhoneNumberError", "is not a valid Phone Number"),
        (
            "validate_phone_number_with_country_code('030 1234567', 'phone')",
            "InvalidPhoneNumberError",
            "select a country code",
        ),
        ("validate_phone_number_with_country_code('+1', 'phone')", "InvalidPhoneNumberError", "is not valid"),
        ("validate_name('a/b', throw=True)", "InvalidNameError", "is not a valid Name"),
        ("validate_json_string('{')", "ValidationError", "This is no JSON"),
        ("validate_python_code('a && b')", "ValidationError", "Invalid python code on line 1"),
        ("validate_python_code('a = 1')", "ValidationError", "Invalid python code"),
        ("duration_to_seconds('a while')", "ValidationError", "d h m s"),
    ],
    ids=str,
)
def test_what_is_refused(names: dict[str, Any], expression: str, kind: str, text: str) -> None:
    with pytest.raises(frappe_lite.ValidationError, match=text) as caught:
        value(names, expression)
    assert type(caught.value).__name__ == kind


@pytest.mark.parametrize(
    "expression",
    [
        "validate_python_code('a == b')",
        "validate_python_code('a = 1', is_expression=False)",
        "validate_json_string('[1]')",
    ],
)
def test_what_is_right_passes(names: dict[str, Any], expression: str) -> None:
    assert value(names, expression) is None


# --- filters in Python ---

DOC = {
    "doctype": "User",
    "name": "Ann",
    "age": 20,
    "birth_date": "2023-02-28",
    "last_active": "2026-07-15 10:00:00",
    "bio": None,
    "text": "startswith",
}


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"name": "Ann"}, True), ({"name": "Ann", "age": 21}, False), ({"age": (">", 10)}, True), ([["age", "<", 10]], False), ([{"name": "Ann"}, {"age": 20}], True),
        ([("User", "birth_date", ">", "01-04-2022")], True), ([("User", "birth_date", "<", "28-02-2023")], False), ([["bio", "is", "not set"]], True),
        ([["bio", "is", "set"]], False), ([["text", "like", "start%"]], True), ([["text", "like", "%with"]], True), ([["text", "not like", "nope"]], True),
        ([["text", "like", "art"]], True), ([["name", "in", ["Ann", "Bob"]]], True), ([["name", "not in", ["Ann"]]], False), (["name", "=", "Ann"], True),
        ([["last_active", "Timespan", "today"]], True), ([["last_active", "timespan", "last year"]], False), ({"age": ["between", [18, 30]]}, True), ({}, True),
    ],
    ids=str,
)  # fmt: skip
def test_filters_are_judged_in_python(names: dict[str, Any], filters: Any, fits: bool) -> None:
    assert names["utils"].evaluate_filters(DOC, filters) is fits


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("compare(3, '>', '2', 'Int'), compare('abc', '^', 'ab'), compare(1, 'nope', 1)", (True, True, False)),
        (
            "make_filter_tuple('User', 'age', ['>', 3]), make_filter_tuple('User', 'age', 3)",
            (["User", "age", ">", 3], ["User", "age", "=", 3]),
        ),
        ("make_filter_dict([['User', 'age', '>', 3]])", {"age": (">", 3)}),
        (
            "get_filter('User', {'birth_date': ['>', 3]})",
            {"doctype": "User", "fieldname": "birth_date", "operator": ">", "value": 3, "fieldtype": "Date"},
        ),
        ("get_filter('User', {'role': 'All'}).doctype", "Has Role"),
        ("sanitize_column('name')", "name"),
    ],
    ids=str,
)
def test_filters_by_parts(names: dict[str, Any], expression: str, expected: Any) -> None:
    assert value(names, expression) == expected


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("get_filter('User', {'age': ['~', 3]})", "Operator"),
        ("sanitize_column('a; drop')", "Invalid field name"),
        ("evaluate_filters({}, [['a']])", "4 values"),
    ],
)
def test_filters_that_are_none(names: dict[str, Any], expression: str, text: str) -> None:
    if text == "Operator":
        expression = "get_filter('User', [['age', '~', 3]])"
    with pytest.raises(frappe_lite.ValidationError, match=text):
        value(names, expression)


# --- HTML and text ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sanitize_html('<b onclick=x>a</b><script>b</script>')", "<b>a</b>&lt;script&gt;b&lt;/script&gt;"),
        ("sanitize_html('<ol data-list=\\'ordered\\' who=\\'x\\'></ol>')", '<ol data-list="ordered"></ol>'),
        ("sanitize_html('a < b'), sanitize_html('{\"a\": 1}'), sanitize_html(None)", ("a < b", '{"a": 1}', None)),
        ("frappe.utils.html_utils.clean_email_html('<script>a=b</script><h1>Hello</h1>')", "<h1>Hello</h1>"),
        ("frappe.utils.html_utils.clean_html('<h1>a</h1><p class=x>b</p>')", "a<p>b</p>"),
        ("frappe.utils.html_utils.unescape_html('a &gt; b')", "a > b"),
        ("is_html('<b>'), bool(is_html('a < b'))", (True, False)),
        ("expand_relative_urls('<a href=\\'/about\\'>x</a>')", "<a href='http://127.0.0.1:8000/about'>x</a>"),
        ("expand_relative_urls('<a href=\\'mailto:a@b.c\\'>x</a>')", "<a href='mailto:a@b.c'>x</a>"),
        ("scrub_urls('<i style=\"background: url(\\'/a.jpg\\')\">')", "<i style=\"background: url('http://127.0.0.1:8000/a.jpg') !important\">"),
        ("is_site_link('/a'), is_site_link('https://elsewhere.org'), is_site_link('')", (True, False, False)),
        ("quoted('/my file & more')", "/my%20file%20&%20more"),
        ("get_url_to_form('System Settings'), get_url_to_form('User', 'Test User')", ("http://127.0.0.1:8000/app/system-settings", "http://127.0.0.1:8000/app/user/Test%20User")),
        ("get_absolute_url('Sales Order', 'SO-1')", "/app/sales-order/SO-1"),
        ("get_url_to_report('Sales', 'Report Builder', 'Sales Order')", "http://127.0.0.1:8000/app/sales-order/view/report/Sales"),
        ("comma_or(['a', 'b', 'c']), comma_and(['a'], False), comma_and('a')", ("'a', 'b' or 'c'", "a", "a")),
        ("get_abbr('John Jane Doe', 3), get_abbr('')", ("JJD", "?")),
        ("strip(',a,', ','), get_string_between('a', 'abc', 'c'), new_line_sep(['', 'x'])", ("a", "b", "\n x")),
        ("dict_to_str({'a': 'b c'}), list_to_str([1, ' 2 ']), filter_strip_join([' a', None], '-')", ("a=b%20c", "1, 2", "a")),
        ("safe_decode(b'a'), safe_decode('a'), safe_encode('a'), safe_decode(b'\\xe9', 'latin-1')", ("a", "a", b"a", "é")),
        ("is_image('a.PNG?v=1'), is_image('a.pdf'), is_git_url('https://github.com/a/b.git')", (True, False, True)),
        ("is_markdown('# a'), is_markdown('<p>a</p>')", (True, False)),
        ("get_job_name('a', 'User'), get_table_name('User', True)", ("a_User", "`tabUser`")),
    ],
    ids=str,
)  # fmt: skip
def test_text(names: dict[str, Any], expression: str, expected: Any) -> None:
    import frappe.utils.html_utils  # noqa: F401 - rows name it

    assert value(names, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "unique([2, 1, 2]), has_common([1, 2], [2]), is_subset([1], [1, 2]), is_subset([3], [1])",
            ([2, 1], {2}, True, False),
        ),
        ("remove_blanks({'a': '', 'b': 0, 'c': 'd'})", {"c": "d"}),
        ("dict_with_keys({'a': 1, 'b': 2}, ['a'])", {"a": 1}),
        ("squashify([1]), squashify([1, 2]), squashify(5)", (1, [1, 2], 5)),
        ("safe_json_loads('{}'), safe_json_loads('{ /}'), safe_json_loads('1', 'x')", ({}, "{ /}", [1, "x"])),
        ("get_safe_filters('[1]'), get_safe_filters('12'), get_safe_filters(None)", ([1], "12", None)),
        ("dictify([{'a': 1}])[0].a", 1),
        ("groupby_metric({'x': [{'n': 1}, {'n': 2}]}, 'n')", {1: {"x": [{"n": 1}]}, 2: {"x": [{"n": 2}]}}),
        ("[list(each) for each in create_batch([1, 2, 3], 2)]", [[1, 2], [3]]),
        ('parse_json(\'{"a": {"b": [{"c": 1}]}}\').a.b[0].c', 1),
        ("parse_val(datetime.timedelta(hours=2)), parse_val(DAY(2026, 1, 2)), parse_val(5)", ("2:00", "2026-01-02", 5)),
        ("get_db_count('Gender')", {"Gender": 7}),
        ("call(lambda: {'a': DAY(2026, 1, 2)})", {"a": "2026-01-02"}),
        ("get_defaults('rounding_method')", "Banker's Rounding"),
    ],
    ids=str,
)
def test_lists_and_dicts(names: dict[str, Any], expression: str, expected: Any) -> None:
    assert value(names, expression) == expected


def test_callbacks_run_once_in_order(names: dict[str, Any]) -> None:
    manager, called = names["utils"].CallbackManager(), []
    manager.add(lambda: called.append(1))
    manager(lambda: called.append(2))
    manager.run()
    manager.add(lambda: called.append(3))
    manager.reset()
    manager.run()
    assert called == [1, 2]


def test_what_json_does_not_know(names: dict[str, Any], tmp_path: Path) -> None:
    from frappe.utils.response import json_handler

    given = [
        DAY(2026, 1, 2),
        datetime.timedelta(hours=25),
        decimal.Decimal("1.5"),
        {1},
        uuid.UUID(int=1),
        tmp_path,
        ValueError("x"),
        len,
    ]
    found = json.loads(json.dumps(given, default=json_handler))
    assert found == [
        "2026-01-02",
        "25:00:00",
        1.5,
        [1],
        str(uuid.UUID(int=1)),
        str(tmp_path),
        "ValueError('x')",
        "<built-in function len>",
    ]
    with pytest.raises(TypeError):
        json.dumps(object(), default=json_handler)


def test_arguments_are_brought_into_their_types(names: dict[str, Any]) -> None:
    from frappe.utils.typing_validations import validate_argument_types

    @validate_argument_types
    def function(number: int, text: str = "", *rest: int, **more: int) -> Any:
        return number, text, rest, more

    assert function("2", text="a", more="x") == (2, "a", (), {"more": "x"})
    with pytest.raises(
        frappe_lite.face.exceptions.FrappeTypeError,
        match="Argument 'number' in '.*function' should be of type 'int' but got 'object' instead.",
    ):
        function(object())


def test_markdown_needs_its_package(names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "markdown2", None)
    with pytest.raises(frappe_lite.errors.UnsupportedError, match="markdown2"):
        names["utils"].md_to_html("# a")


@pytest.mark.parametrize(
    ("args", "options", "fits"),
    [
        pytest.param(("2026-01-31",), {}, True, id="by its place"),
        pytest.param((datetime.date(2026, 1, 31),), {}, True, id="another type by its place: a decorator's *args have no names"),
        pytest.param((), {"day": datetime.date(2026, 1, 31)}, False, id="another type by its name"),
    ],
)  # fmt: skip
def test_what_another_decorator_hands_on_has_types_by_name_alone(
    names: dict[str, Any], args: Any, options: dict[str, Any], fits: bool
) -> None:
    def handed_on(function: Any) -> Any:
        @functools.wraps(function)
        def around(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return around

    def asked(day: str) -> Any:
        return day

    asked.__annotations__["day"] = str
    from frappe.utils.typing_validations import validate_argument_types

    checked = validate_argument_types(handed_on(asked))
    if fits:
        assert checked(*args, **options) == args[0]
    else:
        with pytest.raises(frappe_lite.errors.FrappeTypeError):
            checked(*args, **options)
