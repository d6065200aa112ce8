"""Dates and times of `frappe.utils`: read, moved, compared, written.

What is text stays text, what is a date stays a date, as in Frappe. Text may be in any form that `date_parsing` reads;
what is no date raises InvalidDateError, which is a ValidationError (clients get 417) and a ValueError.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ... import utils
from ...errors import ValidationError
from ...utils import DATE_FORMAT, DATETIME_FORMAT, TIME_FORMAT, bold, cint, cstr, now_datetime
from ..context import ctx
from ..installation import get_system_timezone
from .date_parsing import parse

DateTimeLikeObject = str | datetime.date | datetime.datetime


class InvalidDateError(ValidationError, ValueError):
    """Text that is no date."""


def _parsed(text: str, day_first: bool = False) -> datetime.datetime:
    try:
        return parse(text, day_first)
    except (ValueError, OverflowError):
        raise InvalidDateError.told(f"{bold(text)} is not a valid date string.", title="Invalid Date") from None


def is_invalid_date_string(date_string: object) -> bool:
    """Whether a value is no text, or the zero date of MariaDB."""
    return not isinstance(date_string, str) or not date_string or date_string.startswith(("0001-01-01", "0000-00-00"))


def getdate(string_date: Any = None, parse_day_first: bool = False) -> Any:
    """A date; today for nothing, None for a zero date. Raises InvalidDateError."""
    if not string_date:
        return now_datetime().date()
    if isinstance(string_date, datetime.datetime):
        return string_date.date()
    if isinstance(string_date, datetime.date):
        return string_date
    return None if is_invalid_date_string(string_date) else _parsed(string_date, parse_day_first).date()


def get_datetime(datetime_str: Any = None) -> Any:
    """A moment; now for None, None for a zero date; a timedelta stays. Raises InvalidDateError."""
    if datetime_str is None:
        return now_datetime()
    if isinstance(datetime_str, datetime.datetime | datetime.timedelta):
        return datetime_str
    if isinstance(datetime_str, list | tuple):
        return datetime.datetime(*datetime_str)
    if isinstance(datetime_str, datetime.date):
        return datetime.datetime.combine(datetime_str, datetime.time())
    return None if is_invalid_date_string(datetime_str) else _parsed(datetime_str)


# --- times of day and lengths of time ---

_LENGTH = re.compile(r"(?:(-?\d+) days?, )?(\d+):(\d+):(\d+(?:\.\d+)?)")


def parse_timedelta(s: str) -> datetime.timedelta:
    """`100:02:12` or `7 days, 0:32:18` as a length of time. Raises ValueError."""
    found = _LENGTH.match(cstr(s))
    if found is None:
        raise ValueError(f"{s} is no length of time, which is written like 100:02:12")
    return datetime.timedelta(
        days=int(found[1] or 0), hours=int(found[2]), minutes=int(found[3]), seconds=float(found[4])
    )


def format_timedelta(o: object) -> str:
    """A length of time, or seconds, as `100:02:12`."""
    total = o.total_seconds() if isinstance(o, datetime.timedelta) else cint(o)
    hours, left = divmod(total, 3600)
    minutes, seconds = divmod(left, 60)
    seconds = int(seconds) if round(seconds, 6) == int(seconds) else round(seconds, 6)
    return f"{int(hours)}:{int(minutes):02}:{seconds:02}"


def get_timedelta(time: object = None) -> object:
    """A time of day or length of time as a timedelta; None for what is neither."""
    if isinstance(time, datetime.timedelta):
        return time
    try:
        return to_timedelta(time or "0:0:0")
    except ValueError:
        return None


def to_timedelta(time_str: object) -> Any:
    """A time of day as a timedelta; what is neither text nor time stays."""
    if isinstance(time_str, datetime.time):
        time_str = str(time_str)
    if not isinstance(time_str, str):
        return time_str
    try:
        moment = parse(time_str)
    except ValueError:
        return parse_timedelta(time_str)  # more than a day
    return datetime.timedelta(
        hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )


def get_time(time_str: Any = None) -> datetime.time:
    """A time of day; now for nothing. Raises InvalidDateError."""
    if time_str is None:
        return now_datetime().time()
    if isinstance(time_str, datetime.datetime):
        return time_str.time()
    if isinstance(time_str, datetime.time):
        return time_str
    if isinstance(time_str, datetime.timedelta):
        return (datetime.datetime.min + time_str).time()
    try:
        return parse(cstr(time_str)).time()
    except ValueError:
        if _LENGTH.match(cstr(time_str)):
            return (datetime.datetime.min + parse_timedelta(time_str)).time()
        raise InvalidDateError.told(f"{bold(time_str)} is not a valid time.", title="Invalid Time") from None


# --- moved ---


def add_to_date(
    date: object = None, years: float = 0, months: float = 0, weeks: float = 0, days: float = 0, hours: float = 0,
    minutes: float = 0, seconds: float = 0,
    as_string: bool = False, as_datetime: bool = False,
) -> Any:  # fmt: skip
    """A date moved. Text stays text; with hours, minutes or seconds a date becomes a moment. January 31 plus a month is
    February 28."""
    as_datetime = as_datetime or bool(hours)
    if isinstance(date, str):
        as_string, as_datetime = True, as_datetime or " " in date
        date = get_datetime(date)
    moved = now_datetime() if date is None else date
    if isinstance(moved, datetime.date) and not isinstance(moved, datetime.datetime) and (hours or minutes or seconds):
        moved = datetime.datetime.combine(moved, datetime.time())
    moved = _by_months(moved, cint(years) * 12 + cint(months)) + datetime.timedelta(
        weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
    )
    return moved.strftime(DATETIME_FORMAT if as_datetime else DATE_FORMAT) if as_string else moved


def _by_months(moment: Any, months: int) -> Any:
    if not months:
        return moment
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def add_days(date: object, days: object) -> Any:
    """A date plus days."""
    return add_to_date(date, days=days if isinstance(days, float) else cint(days))


def add_months(date: object, months: object) -> Any:
    """A date plus months."""
    return add_to_date(date, months=cint(months))


def add_years(date: object, years: object) -> object:
    """A date plus years."""
    return add_to_date(date, years=cint(years))


# --- compared ---


def date_diff(string_ed_date: object, string_st_date: object) -> int:
    """Days from the second date to the first."""
    days: int = (getdate(string_ed_date) - getdate(string_st_date)).days
    return days


days_diff = date_diff


def month_diff(string_ed_date: object, string_st_date: object) -> int:
    """Calendar months from the second date to the first, both counted."""
    last, first = getdate(string_ed_date), getdate(string_st_date)
    return int((last.year - first.year) * 12 + last.month - first.month + 1)


def time_diff(string_ed_date: object, string_st_date: object) -> datetime.timedelta:
    """The time from the second moment to the first."""
    length: datetime.timedelta = get_datetime(string_ed_date) - get_datetime(string_st_date)
    return length


def time_diff_in_seconds(string_ed_date: object, string_st_date: object) -> float:
    """Seconds from the second moment to the first."""
    return time_diff(string_ed_date, string_st_date).total_seconds()


def time_diff_in_hours(string_ed_date: object, string_st_date: object) -> float:
    """Hours from the second moment to the first, six digits."""
    return round(time_diff(string_ed_date, string_st_date).total_seconds() / 3600, 6)


def get_eta(from_time: object, percent_complete: float) -> str:
    """How long something that began then still takes, as `0:02:12`."""
    return str(
        datetime.timedelta(
            seconds=(100 - percent_complete) / percent_complete * time_diff(now_datetime(), from_time).total_seconds()
        )
    )


def get_timestamp(date: object = None) -> float:
    """Seconds since 1970 at the beginning of a day."""
    return datetime.datetime.combine(getdate(date), datetime.time()).timestamp()


# --- now, here and elsewhere ---


def now() -> str:
    """This moment as text; of the day in `frappe.flags.current_date`, if that is set."""
    day = ctx().flags.current_date
    return f"{getdate(day).isoformat()} {now_datetime().strftime(TIME_FORMAT)}" if day else utils.now()


def get_datetime_in_timezone(time_zone: str) -> datetime.datetime:
    """Now, in a time zone."""
    return convert_utc_to_timezone(datetime.datetime.now(datetime.timezone.utc), time_zone)


def convert_utc_to_timezone(utc_timestamp: datetime.datetime, time_zone: str) -> datetime.datetime:
    """A moment of UTC in another time zone; as it is for one that nobody knows."""
    moment = utc_timestamp.replace(tzinfo=utc_timestamp.tzinfo or datetime.timezone.utc)
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment


def convert_utc_to_system_timezone(utc_timestamp: datetime.datetime) -> datetime.datetime:
    """A moment of UTC in the site's time zone."""
    return convert_utc_to_timezone(utc_timestamp, get_system_timezone())


# --- written ---


def get_datetime_str(datetime_obj: object) -> str:
    """A moment as `2026-01-31 23:59:59.000000`."""
    return cstr(get_datetime(datetime_obj).strftime(DATETIME_FORMAT))


def get_date_str(date_obj: object) -> str:
    """A date as `2026-01-31`."""
    return cstr(get_datetime(date_obj).strftime(DATE_FORMAT))


def get_time_str(timedelta_obj: object) -> str:
    """A length of time as `9:5:7`, as Frappe writes it."""
    seconds = to_timedelta(timedelta_obj).seconds
    return f"{seconds // 3600}:{seconds % 3600 // 60}:{seconds % 60}"


def get_weekdays() -> list[str]:
    """Monday to Sunday."""
    return list(calendar.day_name)


def get_weekday(datetime: object = None) -> str:
    """The name of a day; today's for nothing."""
    return get_weekdays()[(get_datetime(datetime) if datetime else now_datetime()).weekday()]


def get_month(datetime: object = None) -> str:
    """The name of a month; this one's for nothing."""
    return calendar.month_name[(get_datetime(datetime) if datetime else now_datetime()).month]


__all__ = [
    "DATETIME_FORMAT", "DATE_FORMAT", "DateTimeLikeObject", "TIME_FORMAT", "InvalidDateError", "add_days", "add_months",
    "add_to_date", "add_years",
    "convert_utc_to_system_timezone", "convert_utc_to_timezone", "date_diff", "days_diff", "format_timedelta",
    "get_date_str", "get_datetime",
    "get_datetime_in_timezone", "get_datetime_str", "get_eta", "get_month", "get_time", "get_time_str", "get_timedelta",
    "get_timestamp", "get_weekday",
    "get_weekdays", "getdate", "is_invalid_date_string", "month_diff", "now", "now_datetime", "parse_timedelta",
    "time_diff", "time_diff_in_hours",
    "time_diff_in_seconds", "to_timedelta",
]  # fmt: skip
