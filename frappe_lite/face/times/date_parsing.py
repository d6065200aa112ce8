"""Dates as people write them: what `frappe.utils.getdate` and its like make of text that is no ISO date.

Frappe asks python-dateutil. Here the common forms are read by a page of code, with dateutil's answers, so that an
installation without it reads dates too; a form that is not among them goes to dateutil where that is installed.

    "31-01-2025", "01/31/2025", "2025/1/5", "Jan 31, 2025 10:00 PM"   ->  datetime       "13th of never"  ->  ValueError
"""

from __future__ import annotations

import datetime
import importlib
import re
from typing import Any

from ...utils import now_datetime

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = "mon tue wed thu fri sat sun".split()
_IGNORED = {"at", "on", "and", "of", "t", "st", "nd", "rd", "th"}
_TIME = re.compile(
    r"(?<![\d:])(?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?\s*([ap]\.?m\b\.?)?|(\d{1,2})\s*([ap]\.?m\b\.?))\s*(z\b|utc\b|gmt\b|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_PART = re.compile(r"\d+|[a-z]+", re.IGNORECASE)


def parse(text: str, day_first: bool = False) -> datetime.datetime:
    """The moment that text means; what it does not say is of today, at midnight. Raises ValueError."""
    text = text.strip()
    try:
        return _iso(text)
    except ValueError:
        found = _read(text, day_first)
    return found if found is not None else _ask_dateutil(text, day_first)


def _iso(text: str) -> datetime.datetime:
    """What Python 3.10 reads too: no Z, and six digits after the seconds."""
    if not re.match(r"\d{4}-?\d\d-?\d\d(?!\d)", text):
        raise ValueError(text)
    text = re.sub(r"\A(\d{4})(\d\d)(\d\d)(?!\d)", r"\1-\2-\3", text)
    text = re.sub(r"\.(\d{1,6})\d*", lambda match: "." + match[1].ljust(6, "0"), re.sub(r"[zZ]\Z", "+00:00", text))
    return datetime.datetime.fromisoformat(text)


def _read(text: str, day_first: bool) -> datetime.datetime | None:
    """The common forms; None for any other. Raises ValueError for a day or hour that no calendar has."""
    clock = _TIME.search(text)
    rest = text[: clock.start()] + " " + text[clock.end() :] if clock else text
    if re.search(r"[^\w\s.,/-]", rest) or not rest.strip(" ,.T") and not clock:
        return None
    numbers: list[str] = []
    month = 0
    for part in _PART.findall(rest):
        lower = part.lower()
        if part.isdigit():
            numbers.append(part)
        elif lower[:3] in _MONTHS and _is_word(lower, _LONG_MONTHS) and not month:
            month = _MONTHS[lower[:3]]
        elif lower not in _IGNORED and not (lower[:3] in _DAYS and _is_word(lower, _LONG_DAYS)):
            return None
    day = _day(numbers, month, day_first)
    return None if day is None else _at(day, clock)


_LONG_MONTHS = "january february march april may june july august september october november december".split()
_LONG_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


def _is_word(word: str, long: list[str]) -> bool:
    return len(word) >= 3 and any(each.startswith(word) for each in long) or word == "sept"


def _day(numbers: list[str], month: int, day_first: bool) -> datetime.date | None:
    today = now_datetime().date()
    if month and len(numbers) == 2:
        year, day = (numbers[0], numbers[1]) if _is_year(numbers[0]) else (numbers[1], numbers[0])
        return datetime.date(_year(year), month, int(day))
    if month and len(numbers) == 1:
        return (
            datetime.date(_year(numbers[0]), month, 1)
            if _is_year(numbers[0])
            else datetime.date(today.year, month, int(numbers[0]))
        )
    if not month and len(numbers) == 3 and all(len(each) in (1, 2, 4) for each in numbers):
        return datetime.date(*_ordered(numbers, day_first))
    return today if not month and not numbers else None


def _ordered(numbers: list[str], day_first: bool) -> tuple[int, int, int]:
    """Year, month and day of three numbers, by dateutil's rules: a year shows itself, and the month comes first unless
    it cannot be one."""
    first, second, third = numbers
    if _is_year(first):
        swapped = day_first and int(third) <= 12
        return (_year(first), int(third), int(second)) if swapped else (_year(first), int(second), int(third))
    if int(first) > 12 or day_first and int(second) <= 12:
        return _year(third), int(second), int(first)
    return _year(third), int(first), int(second)


def _is_year(text: str) -> bool:
    return len(text) > 2 or int(text) > 31


def _year(text: str) -> int:
    """Two digits are the year that is nearest to this one."""
    if len(text) > 2:
        return int(text)
    this = now_datetime().year
    year = this // 100 * 100 + int(text)
    return year - 100 if year >= this + 50 else year + 100 if year < this - 50 else year


def _at(day: datetime.date, clock: re.Match[str] | None) -> datetime.datetime:
    if clock is None:
        return datetime.datetime.combine(day, datetime.time())
    hour, half = int(clock[1] or clock[6]), (clock[5] or clock[7] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(f"hour must be in 1..12 with {half}")
    hour = hour % 12 + (12 if half.startswith("p") else 0) if half else hour
    moment = datetime.datetime(
        day.year,
        day.month,
        day.day,
        hour,
        int(clock[2] or 0),
        int(clock[3] or 0),
        int((clock[4] or "").ljust(6, "0")[:6]),
    )
    return moment.replace(tzinfo=_zone(clock[8])) if clock[8] else moment


def _zone(text: str) -> datetime.timezone:
    digits = re.sub(r"\D", "", text)
    if not digits:
        return datetime.timezone.utc
    offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime.timezone(-offset if text.startswith("-") else offset)


def _ask_dateutil(text: str, day_first: bool) -> datetime.datetime:
    try:
        parser: Any = importlib.import_module("dateutil.parser")
    except ImportError:
        raise ValueError(
            f"{text[:60]} is no date that is understood here; other forms are with python-dateutil installed"
        ) from None
    found: datetime.datetime = parser.parse(text, dayfirst=day_first)
    return found


__all__ = ["parse"]
