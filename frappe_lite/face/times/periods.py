"""Weeks, months, quarters and years of `frappe.utils`: where they begin and end, and which dates a timespan in words
means.

A week begins on the day that System Settings names, else on Sunday.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable
from enum import Enum
from typing import Any

from ...utils import DATE_FORMAT, cstr, now_datetime
from ...values import Function, Values
from ..context import ctx
from .dates import add_to_date, get_datetime, getdate


class Weekday(Enum):
    """The days of a week, Sunday first."""

    Sunday = 0
    Monday = 1
    Tuesday = 2
    Wednesday = 3
    Thursday = 4
    Friday = 5
    Saturday = 6


def _shown(day: datetime.date, as_str: bool) -> object:
    return day.strftime(DATE_FORMAT) if as_str else day


def get_first_day_of_the_week(language: str | None = None) -> str:
    """The name of the day that a week begins with."""
    return cstr(ctx().setting("first_day_of_the_week")) or "Sunday"


def get_start_of_week_index() -> int:
    """The number of that day, 0 for Sunday."""
    return int(Weekday[get_first_day_of_the_week()].value)


def get_normalized_weekday_index(dt: datetime.date) -> int:
    """The number of a date's day, 0 for Sunday."""
    return (dt.weekday() + 1) % 7


def get_week_start_offset_days(dt: datetime.date) -> int:
    """Days since the week began."""
    return (get_normalized_weekday_index(dt) - get_start_of_week_index()) % 7


def get_first_day_of_week(dt: object, as_str: bool = False) -> Any:
    """The day that the date's week began with."""
    day = getdate(dt)
    return _shown(day - datetime.timedelta(days=get_week_start_offset_days(day)), as_str)


def get_last_day_of_week(dt: object, as_str: bool = False) -> object:
    """The day that the date's week ends with."""
    return _shown(get_first_day_of_week(dt) + datetime.timedelta(days=6), as_str)


def get_first_day(dt: object, d_years: int = 0, d_months: int = 0, as_str: bool = False) -> object:
    """The first day of the month, moved by years and months."""
    day = getdate(dt)
    years, month = divmod(day.month + d_months - 1, 12)
    return _shown(datetime.date(day.year + d_years + years, month + 1, 1), as_str)


def get_last_day(dt: object) -> datetime.date:
    """The last day of the month."""
    day: datetime.date = getdate(dt)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def is_last_day_of_the_month(dt: object) -> bool:
    """Whether a date is the last of its month."""
    return bool(getdate(dt) == get_last_day(dt))


def get_quarter_start(dt: object = None, as_str: bool = False) -> Any:
    """The first day of the quarter."""
    day = getdate(dt)
    return _shown(datetime.date(day.year, (day.month - 1) // 3 * 3 + 1, 1), as_str)


def get_quarter_ending(date: object = None, as_str: bool = False) -> Any:
    """The last day of the quarter."""
    return _shown(get_last_day(add_to_date(get_quarter_start(date), months=2)), as_str)


def get_year_start(dt: object = None, as_str: bool = False) -> object:
    """The first of January."""
    return _shown(datetime.date(getdate(dt).year, 1, 1), as_str)


def get_year_ending(date: object = None, as_str: bool = False) -> object:
    """The 31st of December."""
    return _shown(datetime.date(getdate(date).year, 12, 31), as_str)


# --- timespans in words ---

_WHOLE: dict[str, tuple[Function, Function, Values]] = {
    "week": (get_first_day_of_week, get_last_day_of_week, {"days": 7}),
    "month": (get_first_day, get_last_day, {"months": 1}),
    "quarter": (get_quarter_start, get_quarter_ending, {"months": 3}),
    "year": (get_year_start, get_year_ending, {"years": 1}),
}  # fmt: skip


def get_timespan_date_range(timespan: str) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of `last week`, `this month`, `next 7 days`, `today` …; None for what is no timespan."""
    today = now_datetime().date()
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if timespan in near:
        day = add_to_date(today, days=near[timespan])
        return day, day
    which, _, period = cstr(timespan).partition(" ")
    sign = {"last": -1, "this": 0, "next": 1}.get(which)
    if sign is None:
        return None
    if period in ("7 days", "14 days", "30 days", "90 days") and sign:
        other = add_to_date(today, days=sign * int(period.split()[0]))
        return (other, today) if sign < 0 else (today, other)
    if period == "6 months" and sign:  # Frappe: whole quarters, the present one left out
        first, last = (-6, -3) if sign < 0 else (3, 6)
        return get_quarter_start(add_to_date(today, months=first)), get_quarter_ending(add_to_date(today, months=last))
    if period not in _WHOLE:
        return None
    begin, end, length = _WHOLE[period]
    moved: Values = {unit: sign * number for unit, number in length.items()}
    day = add_to_date(today, **moved)
    return begin(day), end(day)


# --- `frappe.utils.dateutils`: the steps of charts ---


def get_period_beginning(date: object, timegrain: str, as_str: bool = True) -> object:
    """The first day of the date's day, week, month, quarter or year (`Daily` … `Yearly`). A date whatever `as_str`
    says, as in Frappe."""
    begins: dict[str, Callable[..., object]] = {
        "Daily": getdate,
        "Weekly": get_first_day_of_week,
        "Monthly": get_first_day,
        "Quarterly": get_quarter_start,
        "Yearly": get_year_start,
    }
    return begins[timegrain](date)


def get_period_ending(date: object, timegrain: str) -> object:
    """The last day of it."""
    ends: dict[str, Callable[..., object]] = {
        "Daily": getdate,
        "Weekly": get_last_day_of_week,
        "Monthly": get_last_day,
        "Quarterly": get_quarter_ending,
        "Yearly": get_year_ending,
    }
    return ends[timegrain](date)


def get_period(date: object, interval: str = "Monthly") -> str:
    """What a chart calls it: `31-01-26`, `Jan 2026`, `Quarter 1 2026`, `2026`."""
    day = getdate(date)
    names = {
        "Monthly": f"{calendar.month_abbr[day.month]} {day.year}",
        "Quarterly": f"Quarter {(day.month - 1) // 3 + 1} {day.year}",
        "Yearly": str(day.year),
    }
    return cstr(names.get(interval) or day.strftime("%d-%m-%y"))


def get_dates_from_timegrain(from_date: object, to_date: object, timegrain: str = "Daily") -> list[Any]:
    """The last day of each step from one date to the other."""
    steps: dict[str, Values] = {
        "Daily": {"days": 1},
        "Weekly": {"days": 7},
        "Monthly": {"months": 1},
        "Quarterly": {"months": 3},
        "Yearly": {"months": 1},
    }
    dates, last = [get_period_ending(from_date, timegrain)], getdate(to_date)
    while dates[-1] < last:
        dates.append(get_period_ending(add_to_date(dates[-1], **steps[timegrain]), timegrain))
    return dates


def get_from_date_from_timespan(to_date: object, timespan: str) -> object:
    """The date before which `Last Week`, `Last Month`, `Last Quarter`, `Last Year` or `All Time` begins."""
    back: dict[str, Values] = {
        "Last Week": {"days": -7},
        "Last Month": {"months": -1},
        "Last Quarter": {"months": -3},
        "Last Year": {"years": -1},
        "All Time": {"years": -50},
    }
    return add_to_date(to_date, as_datetime=True, **back.get(timespan, {}))


__all__ = [
    "Weekday", "get_dates_from_timegrain", "get_datetime", "get_first_day", "get_first_day_of_the_week",
    "get_first_day_of_week", "get_from_date_from_timespan",
    "get_last_day", "get_last_day_of_week", "get_normalized_weekday_index", "get_period", "get_period_beginning",
    "get_period_ending", "get_quarter_ending",
    "get_quarter_start", "get_start_of_week_index", "get_timespan_date_range", "get_week_start_offset_days",
    "get_year_ending", "get_year_start",
    "is_last_day_of_the_month",
]  # fmt: skip
