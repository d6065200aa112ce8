"""Dates, times and lengths of time as people read them, by the formats of System Settings. Texts are English.

formatdate("2026-01-31", "dd MMM yyyy") -> "31 Jan 2026"        pretty_date(an hour ago) -> "1 hour ago"
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from ...errors import ValidationError
from ...utils import bold, cint, cstr, format_duration, now_datetime
from ..model.documents import db
from ..times.dates import get_datetime, get_time, getdate

# --- patterns: Unicode's, as Babel reads them ---

_PATTERN = {
    "yyyy": "%Y", "y": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "-%m", "dd": "%d", "d": "-%d",
    "EEEE": "%A", "EEE": "%a", "EE": "%a",
    "E": "%a", "HH": "%H", "H": "-%H", "hh": "%I", "h": "-%I", "mm": "%M", "m": "-%M", "ss": "%S", "s": "-%S",
    "a": "%p", "w": "-%V", "ww": "%V", "D": "-%j",
}  # fmt: skip
_TOKEN = re.compile(r"'([^']*)'|(y+|M+|d+|E+|H+|h+|m+|s+|a|w+|D+)")
_NAMED_DATES = {"full": "EEEE, MMMM d, y", "long": "MMMM d, y", "medium": "MMM d, y", "short": "M/d/yy"}
_NAMED_TIMES = {"full": "h:mm:ss\u202fa", "long": "h:mm:ss\u202fa", "medium": "h:mm:ss\u202fa", "short": "h:mm\u202fa"}


def _by_pattern(moment: datetime.datetime, pattern: str) -> str:
    def part(match: re.Match[str]) -> str:
        if match[2] is None:
            return match[1] or "'"
        known = _PATTERN.get(match[2])
        if known is None:
            return match[0]
        text = moment.strftime(known.lstrip("-"))
        return str(int(text)) if known.startswith("-") else text

    return _TOKEN.sub(part, pattern)


def get_user_date_format() -> str:
    """The site's date format, such as `dd-mm-yyyy`."""
    return cstr(db.get_default("date_format")) or "yyyy-mm-dd"


get_user_format = get_user_date_format


def get_user_time_format() -> str:
    """The site's time format, such as `HH:mm`."""
    return cstr(db.get_default("time_format")) or "HH:mm:ss"


def formatdate(string_date: object = None, format_string: str | None = None, parse_day_first: bool = False) -> str:
    """A date in the site's format, or by a pattern such as `dd MMM yyyy`; empty for nothing."""
    if not string_date:
        return ""
    day = getdate(string_date, parse_day_first)
    pattern = format_string or get_user_date_format()
    # Frappe: mm is a month, where no time is
    pattern = _NAMED_DATES.get(pattern, pattern).replace("mm", "MM").replace("Y", "y")
    return _by_pattern(datetime.datetime.combine(day, datetime.time()), pattern) if day else ""


format_date = formatdate


def format_time(time_string: object = None, format_string: str | None = None) -> str:
    """A time of day in the site's format, or by a pattern; empty for nothing."""
    if not time_string:
        return ""
    pattern = format_string or get_user_time_format()
    return _by_pattern(
        datetime.datetime.combine(now_datetime().date(), get_time(time_string)), _NAMED_TIMES.get(pattern, pattern)
    )


def format_datetime(datetime_string: object, format_string: str | None = None) -> str | None:
    """A moment in the site's formats, or by a pattern; None for nothing, as in Frappe."""
    if not datetime_string:
        return None
    moment, pattern = (
        get_datetime(datetime_string),
        format_string or f"{get_user_date_format().replace('mm', 'MM')} {get_user_time_format()}",
    )
    if pattern in _NAMED_DATES:
        between = ", " if pattern in ("medium", "short") else "' at '"
        pattern = f"{_NAMED_DATES[pattern]}{between}{_NAMED_TIMES[pattern]}"
    return _by_pattern(moment, pattern) if moment else None


def datetime_in_user_format(date_time: object) -> str:
    """A moment as the site's date, and hours and minutes."""
    return f"{formatdate(get_datetime(date_time).date())} {get_datetime(date_time):%H:%M}" if date_time else ""


def global_date_format(date: object, format: str = "long") -> str:
    """`January 31, 2026`, or another of `full`, `medium`, `short`, or by a pattern."""
    return _by_pattern(datetime.datetime.combine(getdate(date), datetime.time()), _NAMED_DATES.get(format, format))


_UNITS = (
    ("year", "y", 31_536_000),
    ("month", "mo", 2_592_000),
    ("week", "w", 604_800),
    ("day", "d", 86_400),
    ("hour", "h", 3_600),
    ("minute", "m", 60),
    ("second", "s", 1),
)


def pretty_date(iso_datetime: object, mini: bool = False) -> str:
    """How far a moment is from now: `2 days ago`, `in 5 minutes`; with `mini` just `2d`."""
    if not iso_datetime:
        return ""
    seconds = (get_datetime(iso_datetime) - now_datetime()).total_seconds()
    unit, short, length = next(each for each in _UNITS if abs(seconds) / each[2] >= 0.85 or each[0] == "second")
    number = round(abs(seconds) / length) or int(bool(seconds))
    if mini:
        return f"{number}{short}"
    text = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"in {text}" if seconds >= 0 else f"{text} ago"


# --- lengths of time ---


_DURATION = re.compile(r"(?:(\d+)d)?(?:(?:^|\s)(\d+)h)?(?:(?:^|\s)(\d+)m)?(?:(?:^|\s)(\d+)s)?")


def duration_to_seconds(duration: str) -> int:
    """`1d 2h` in seconds. Raises ValidationError for text of another form."""
    validate_duration_format(duration)
    found = _DURATION.fullmatch(cstr(duration))
    return sum(
        cint(number) * length
        for number, length in zip(found.groups() if found else (), (86_400, 3600, 60, 1), strict=False)
    )


def validate_duration_format(duration: object) -> None:
    """Raises ValidationError for text that is no `1d 2h 3m 4s`."""
    if not _DURATION.fullmatch(cstr(duration)):
        raise ValidationError.told(f"Value {bold(duration)} must be in the valid duration format: d h m s")


ZERO_DATE = "0001-01-01 00:00:00.000000"
"""What the database has for a moment that is none."""

# --- what people and spreadsheets send ---

dateformats = {
    "yyyy-mm-dd": "%Y-%m-%d", "mm/dd/yyyy": "%m/%d/%Y", "mm-dd-yyyy": "%m-%d-%Y", "mm/dd/yy": "%m/%d/%y",
    "dd-mmm-yyyy": "%d-%b-%Y",
    "dd/mm/yyyy": "%d/%m/%Y", "dd.mm.yyyy": "%d.%m.%Y", "dd.mm.yy": "%d.%m.%y", "dd-mm-yyyy": "%d-%m-%Y",
    "dd/mm/yy": "%d/%m/%y",
}  # fmt: skip
"""The formats of System Settings, and Python's name for each."""


def user_to_str(date: Any, date_format: str | None = None) -> object:
    """Text in the site's format, or another, as `2026-01-31`. Raises ValueError."""
    if not date:
        return date
    wanted = date_format or get_user_date_format()
    try:
        return datetime.datetime.strptime(date, dateformats[wanted]).strftime("%Y-%m-%d")
    except ValueError:
        raise ValueError(f"Date {date} must be in format {wanted}") from None


def parse_date(date: str) -> str:
    """A date in any of the formats, the site's first, as `2026-01-31`. Raises ValueError."""
    text = date.partition(" ")[0]
    for wanted in (get_user_date_format(), *sorted(dateformats, reverse=not get_user_date_format().startswith("dd"))):
        try:
            return cstr(user_to_str(text, wanted))
        except ValueError:
            continue
    raise ValueError(
        f"Cannot understand date - '{text}'. Try formatting it like your default format - '{get_user_date_format()}'"
    )


_DATES = [
    f"{a}{mark}{b}{mark}{c}"
    for mark in "-/."
    for a, b, c in (("%d", "%m", "%Y"), ("%m", "%d", "%Y"), ("%Y", "%m", "%d"), ("%d", "%m", "%y"), ("%m", "%d", "%y"))
]
_DATES = ["%d/%b/%y", *_DATES, "%y-%b-%d", "%d %b %Y", "%d %B %Y"]
_TIMES = ["%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S.%f %p", "%I:%M:%S %p", "%I:%M %p"]


def guess_date_format(date_string: str) -> str | None:
    """The `strptime` format that text is in: of a date, a time, or both; None for none."""
    text = date_string.strip()
    found = _fitting(text, [*_DATES, *_TIMES])
    if found is None and " " in text:
        day, clock = text.split(" ", 1)
        pair = _fitting(day, _DATES), _fitting(clock, _TIMES)
        found = f"{pair[0]} {pair[1]}" if all(pair) else None
    return found


def _fitting(text: str, formats: list[str]) -> str | None:
    for each in formats:
        try:
            datetime.datetime.strptime(text, each)
        except ValueError:
            continue
        return each
    return None


__all__ = [
    "dateformats", "datetime_in_user_format", "duration_to_seconds", "format_date", "format_datetime",
    "format_duration", "format_time", "formatdate",
    "get_user_date_format", "get_user_format", "get_user_time_format", "global_date_format", "guess_date_format",
    "parse_date", "pretty_date",
    "user_to_str", "validate_duration_format",
]  # fmt: skip
