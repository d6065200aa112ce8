"""The text of a cell, and the value that it stands for: strict, because a wrong number is worse than a refused one.

parse("Date", "31.12.2026")           ->  ValueError: "31.12.2026" is no date; write 2026-12-31
parse("Duration", "1d 2h")            ->  93600          parse("Check", "yes")  ->  1
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from ...utils import cint, cstr, flt

DATE_FORMATS = {
    "yyyy-mm-dd": "%Y-%m-%d", "dd-mm-yyyy": "%d-%m-%Y", "dd/mm/yyyy": "%d/%m/%Y", "dd.mm.yyyy": "%d.%m.%Y",
    "mm/dd/yyyy": "%m/%d/%Y", "mm-dd-yyyy": "%m-%d-%Y",
}  # fmt: skip
"""The date formats of Frappe's System Settings."""

_DURATION = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+(?:\.\d+)?)s)?")
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+")
_CONTINENTAL = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?|[+-]?\d+,\d+")
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?")
_TRUE, _FALSE = {"1", "t", "true", "y", "yes", "x"}, {"0", "f", "false", "n", "no"}


def parse(fieldtype: str, text: str, date_format: str = "yyyy-mm-dd") -> object:
    """The value of a cell that is not blank. Raises ValueError with a sentence that says what would be right."""
    parser = _PARSERS.get(fieldtype)
    return parser(text.strip(), date_format) if parser else text


def write(fieldtype: str, value: object) -> object:
    """A value as the cell has it, as Frappe writes it."""
    if value is None:
        return ""
    if fieldtype == "Duration":
        return _duration_text(flt(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _number(text: str, _format: str) -> float:
    if not _NUMBER.fullmatch(text):
        right = (
            f"; write {flt(text.replace('.', '').replace(',', '.')):g}, with a point"
            if _CONTINENTAL.fullmatch(text)
            else ", such as 1234.5"
        )
        raise ValueError(f'"{text}" is no number{right}')
    return flt(text)


def _whole(text: str, date_format: str) -> int:
    number = _number(text, date_format)
    if not number.is_integer():
        raise ValueError(f'"{text}" is no whole number')
    digits = text.replace(",", "").lstrip("+")
    return int(digits) if digits.lstrip("-").isdecimal() else int(number)  # a float would lose digits of a long one


def _check(text: str, _format: str) -> int:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(f'"{text}" is neither yes nor no; write 1 or 0')
    return int(text.lower() in _TRUE)


def _day(text: str, date_format: str) -> datetime.date:
    pattern = DATE_FORMATS[date_format]
    for each in dict.fromkeys((pattern, "%Y-%m-%d")):  # Frappe writes its own files year first
        try:
            return datetime.datetime.strptime(text, each).date()
        except ValueError:
            continue
    raise ValueError(f'"{text}" is no date{_right_day(text, date_format)}')


def _right_day(text: str, date_format: str) -> str:
    """What to write instead: the day, if only one format reads the text, else the format."""
    read: dict[datetime.date, str] = {}
    for name, pattern in DATE_FORMATS.items():
        try:
            read.setdefault(datetime.datetime.strptime(text, pattern).date(), name)
        except ValueError:
            continue
    if not read:
        return f", which is written {date_format}"
    days = " or ".join(each.isoformat() for each in read)
    return f" in the form {date_format}; write {days}, or say --date-format {' or '.join(read.values())}"


def _date(text: str, date_format: str) -> str:
    return _day(text, date_format).isoformat()


def _datetime(text: str, date_format: str) -> str:
    day, _, time = text.replace("T", " ").partition(" ")
    moment = _time(time, date_format) if time.strip() else "00:00:00"
    return f"{_day(day, date_format).isoformat()} {moment}"


def _time(text: str, _format: str) -> str:
    text = text.strip()
    hour, _, rest = text.partition(":")
    try:
        if _TIME.fullmatch(text):
            return datetime.time.fromisoformat(
                f"{hour:0>2}:{rest}" if "." not in rest else f"{hour:0>2}:{rest:0<12}"
            ).isoformat()
    except ValueError:
        pass
    raise ValueError(f'"{text}" is no time of day, which is written like 23:59:59')


def _duration(text: str, _format: str) -> float:
    if _NUMBER.fullmatch(text):
        return flt(text)
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError(f'"{text}" is no duration, which is written like 1d 2h 30m 5s')
    days, hours, minutes, seconds = found.groups()
    return cint(days) * 86400 + cint(hours) * 3600 + cint(minutes) * 60 + flt(seconds)


def _duration_text(seconds: float) -> str:
    """Frappe: `1d 2h 30m`, parts that are zero left out."""
    whole, rest = divmod(abs(seconds), 60)
    days, left = divmod(int(whole), 1440)
    hours, minutes = divmod(left, 60)
    parts = [f"{value:g}{unit}" for value, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")) if value]
    return " ".join(parts) if parts and seconds > 0 else cstr(write("Float", seconds)) if seconds else "0"


_PARSERS: dict[str, Callable[[str, str], object]] = {
    "Int": _whole, "Long Int": _whole, "Float": _number, "Currency": _number, "Percent": _number, "Rating": _number,
    "Check": _check, "Date": _date, "Datetime": _datetime, "Time": _time, "Duration": _duration,
}  # fmt: skip
