"""Dates, times and periods. The clock can be set (`set_clock`), so that tests may freeze it."""

from __future__ import annotations

import calendar
import contextvars
import datetime
import re
from typing import Any

from .text import cint

DATE_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"

_clock: contextvars.ContextVar[datetime.datetime | None] = contextvars.ContextVar("clock", default=None)


def set_clock(moment: datetime.datetime | None) -> contextvars.Token[datetime.datetime | None]:
    """Freeze the clock of this context at `moment`, or set it free with None."""
    return _clock.set(moment)


def reset_clock(token: contextvars.Token[datetime.datetime | None]) -> None:
    """Undo `set_clock`."""
    _clock.reset(token)


def now_datetime() -> datetime.datetime:
    """This moment, naive, local."""
    return _clock.get() or datetime.datetime.now()


def now() -> str:
    """This moment as text with microseconds, 26 characters."""
    return now_datetime().isoformat(" ", "microseconds")


def nowdate() -> str:
    """Today as text."""
    return now_datetime().date().isoformat()


today = nowdate


def nowtime() -> str:
    """The time of day as text."""
    return now_datetime().strftime(TIME_FORMAT)


def getdate(value: object = None) -> datetime.date:
    """A date, from text, a date or a datetime; today for None. Raises ValueError."""
    if value is None or value == "":
        return now_datetime().date()
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    text = str(value).strip()
    if not text:
        raise ValueError("no date")
    return datetime.date.fromisoformat(text) if len(text) == 10 else get_datetime(text).date()


def get_datetime(value: object = None) -> datetime.datetime:
    """A naive datetime, from text, a date or a datetime; now for None. Raises ValueError."""
    if value is None or value == "":
        return now_datetime()
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time())
    text = str(value).strip()
    moment = datetime.datetime.fromisoformat(_iso(text))
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment


def _iso(text: str) -> str:
    """What Python 3.10's fromisoformat can read too: no Z, and 6 digits after the seconds."""
    text = re.sub(r"[zZ]\Z", "+00:00", text)
    return re.sub(r"\.(\d{1,6})\d*", lambda match: "." + match[1].ljust(6, "0"), text)


def get_time(value: object) -> datetime.time:
    """A time of day, from text, a time, a datetime or a timedelta. Raises ValueError."""
    if isinstance(value, datetime.datetime):
        return value.time()
    if isinstance(value, datetime.time):
        return value
    if isinstance(value, datetime.timedelta):
        return (datetime.datetime.min + value).time()
    text = str(value).strip()
    if re.fullmatch(r"\d(:\d\d){1,2}(\.\d+)?", text):
        text = "0" + text
    return datetime.time.fromisoformat(_iso(text))


def get_date_str(value: object) -> str:
    """A date as text."""
    return getdate(value).strftime(DATE_FORMAT)


def get_datetime_str(value: object) -> str:
    """A datetime as text."""
    return get_datetime(value).strftime(DATETIME_FORMAT)


def _like(original: object, moment: datetime.datetime) -> str | datetime.date:
    """The result in the type that was given, as Frappe's date functions do."""
    if isinstance(original, str):
        has_time = ":" in original
        return moment.strftime(DATETIME_FORMAT if has_time else DATE_FORMAT)
    return moment if isinstance(original, datetime.datetime) else moment.date()


def add_to_date(
    date: object = None, years: int = 0, months: int = 0, weeks: int = 0, days: int = 0, hours: int = 0,
    minutes: int = 0, seconds: int = 0, as_string: bool = False, as_datetime: bool = False,
) -> Any:  # fmt: skip
    """`date` moved; text stays text. A month is as long as the calendar says: January 31 plus one is February 28."""
    moment = get_datetime(date)
    if years or months:
        index = moment.year * 12 + moment.month - 1 + years * 12 + months
        year, month = index // 12, index % 12 + 1
        moment = moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
    moment += datetime.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if isinstance(date, str) and ":" not in date and (hours or minutes or seconds):
        return moment.strftime(DATETIME_FORMAT)
    if as_string:
        return moment.strftime(DATETIME_FORMAT if as_datetime or hours or minutes or seconds else DATE_FORMAT)
    return moment if as_datetime or date is None else _like(date, moment)


def add_days(date: object, days: int) -> object:
    """`date` plus days."""
    return add_to_date(date, days=cint(days))


def add_months(date: object, months: int) -> Any:
    """`date` plus months."""
    return add_to_date(date, months=cint(months))


def add_years(date: object, years: int) -> object:
    """`date` plus years."""
    return add_to_date(date, years=cint(years))


def date_diff(end: object, start: object) -> int:
    """Days from start to end."""
    return (getdate(end) - getdate(start)).days


def time_diff(end: object, start: object) -> datetime.timedelta:
    """From start to end."""
    return get_datetime(end) - get_datetime(start)


def time_diff_in_seconds(end: object, start: object) -> float:
    """Seconds from start to end."""
    return time_diff(end, start).total_seconds()


def time_diff_in_hours(end: object, start: object) -> float:
    """Hours from start to end, six digits."""
    return round(time_diff(end, start).total_seconds() / 3600, 6)


def get_first_day(date: object) -> datetime.date:
    """The first day of the month."""
    return getdate(date).replace(day=1)


def get_last_day(date: object) -> datetime.date:
    """The last day of the month."""
    day = getdate(date)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def get_first_day_of_week(date: object, begins: str = "Sunday") -> datetime.date:
    """The day on or before the date that weeks begin with; Sunday, unless a site says otherwise."""
    day = getdate(date)
    first = WEEKDAYS.index(begins) if begins in WEEKDAYS else 0
    return day - datetime.timedelta(days=(day.weekday() + 1 - first) % 7)


def get_quarter_start(date: object) -> datetime.date:
    """The first day of the quarter."""
    day = getdate(date)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


_PERIODS = {"week": (0, 7), "month": (1, 0), "quarter": (3, 0), "6 months": (6, 0), "year": (12, 0)}


def get_timespan_date_range(timespan: str, begins: str = "Sunday") -> tuple[datetime.date, datetime.date] | None:
    """First and last day of `last 7 days`, `this month`, `next quarter`, `today` …; None for what is no timespan. Weeks
    begin with the day that `begins` names."""
    day, text = now_datetime().date(), timespan.strip().lower()
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if text in near:
        moved = day + datetime.timedelta(days=near[text])
        return moved, moved
    match = re.fullmatch(r"(last|next) (\d{1,6}) days", text, re.ASCII)
    if match:
        number, count = day.toordinal(), int(match[2])
        if match[1] == "last":  # there is no day before the first one, nor after the last
            return datetime.date.fromordinal(max(number - count, datetime.date.min.toordinal())), day
        return day, datetime.date.fromordinal(min(number + count, datetime.date.max.toordinal()))
    which, _, period = text.partition(" ")
    if which not in ("last", "this", "next") or period not in _PERIODS:
        return None
    months, days = _PERIODS[period]
    steps = {"last": -1, "this": 0, "next": 1}[which]
    if days:
        start = get_first_day_of_week(day, begins) + datetime.timedelta(days=7 * steps)
        return start, start + datetime.timedelta(days=6)
    first = {"month": get_first_day, "quarter": get_quarter_start}.get(
        period, lambda given: given.replace(month=1, day=1)
    )(day)
    if period == "6 months":  # Frappe: whole quarters, the present one left out
        if which == "last":
            return get_quarter_start(add_months(day, -6)), get_last_day(
                add_months(get_quarter_start(add_months(day, -3)), 2)
            )
        return get_quarter_start(add_months(day, 3)), get_last_day(add_months(get_quarter_start(add_months(day, 6)), 2))
    start = add_months(first, months * steps)
    return start, add_months(start, months) - datetime.timedelta(days=1)


def format_date(value: object) -> str:
    """A date as people read it: 31-01-2026."""
    return getdate(value).strftime("%d-%m-%Y") if value else ""


def format_duration(seconds: object, hide_days: bool = False) -> str:
    """`1d 2h 3m 4s`."""
    left, parts = cint(seconds), []
    for unit, length in (
        (("h", 3600), ("m", 60), ("s", 1)) if hide_days else (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    ):
        number, left = divmod(left, length)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts)
