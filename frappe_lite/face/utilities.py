"""The rest of `frappe.utils`: what app code asks of it and the package itself does not.

Dates and numbers as text for people, small helpers for lists, HTML made safe. The package's own are in `utils.py`.
"""

from __future__ import annotations

import datetime
import hashlib
import math
import re
import secrets
import string
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote as url_quote
from zoneinfo import ZoneInfo

from ..markup import clean
from ..utils import (
    add_months,
    cint,
    cstr,
    flt,
    format_date,
    get_datetime,
    get_first_day,
    get_first_day_of_week,
    get_last_day,
    get_quarter_start,
    get_time,
    getdate,
    now_datetime,
    rounded,
    strip_html,
)
from .installation import get_system_timezone

# --- dates ---


def formatdate(string_date: Any = None, format_string: str | None = None, **_more: Any) -> str:
    """A date as people read it: 31-01-2026, or by a pattern such as `dd MMM YYYY`."""
    if not string_date:
        return ""
    return _by_pattern(get_datetime(string_date), format_string) if format_string else format_date(string_date)


def format_datetime(datetime_string: Any, format_string: str | None = None) -> str:
    """A moment as people read it: 31-01-2026 23:59:59, or by a pattern."""
    if not datetime_string:
        return ""
    return _by_pattern(get_datetime(datetime_string), format_string or "dd-MM-yyyy HH:mm:ss")


def format_time(time_string: Any = None, format_string: str | None = None) -> str:
    """A time of day as people read it: 23:59:59, or by a pattern."""
    moment = datetime.datetime.combine(now_datetime().date(), get_time(time_string))
    return _by_pattern(moment, format_string or "HH:mm:ss")


_PATTERN = {
    "yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m", "dd": "%d", (
        "DD"
    ): "%d", "d": "%-d", "D": "%-d",
    "EEEE": "%A", "EEE": "%a", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "ss": "%S", "a": "%p", "A": (
        "%p"
    ),
}  # fmt: skip


def _by_pattern(moment: datetime.datetime, pattern: str) -> str:
    known = re.compile("|".join(sorted(_PATTERN, key=len, reverse=True)))
    return re.sub(
        r"'([^']*)'|" + known.pattern,
        lambda match: match[1] if match[0].startswith("'") else moment.strftime(_PATTERN[match[0]]),
        pattern,
    )


def global_date_format(date: Any, format: str = "long") -> str:
    """`31 January 2026`."""
    return getdate(date).strftime("%d %B %Y").lstrip("0")


def pretty_date(iso_datetime: Any) -> str:
    """How long ago: `2 days ago`."""
    if not iso_datetime:
        return ""
    seconds = (now_datetime() - get_datetime(iso_datetime)).total_seconds()
    for unit, length in (
        ("year", 31_536_000),
        ("month", 2_592_000),
        ("week", 604_800),
        ("day", 86_400),
        ("hour", 3_600),
        ("minute", 60),
    ):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def get_weekdays() -> list[str]:
    """Monday to Sunday."""
    return ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def get_weekday(date: Any = None) -> str:
    """The name of the day."""
    return get_weekdays()[getdate(date).weekday()]


def get_last_day_of_week(date: Any) -> datetime.date:
    """The Saturday on or after the day."""
    return get_first_day_of_week(date) + datetime.timedelta(days=6)


def get_quarter_ending(date: Any) -> datetime.date:
    """The last day of the quarter."""
    return get_last_day(add_months(get_quarter_start(date), 2))


def get_year_start(date: Any = None, as_str: bool = False) -> Any:
    """The first of January."""
    day = getdate(date).replace(month=1, day=1)
    return day.isoformat() if as_str else day


def get_year_ending(date: Any = None) -> datetime.date:
    """The 31st of December."""
    return getdate(date).replace(month=12, day=31)


def month_diff(end: Any, start: Any) -> int:
    """Calendar months from start to end, both counted."""
    last, first = getdate(end), getdate(start)
    return (last.year - first.year) * 12 + last.month - first.month + 1


def get_timestamp(date: Any) -> float:
    """Seconds since 1970 at the beginning of a day."""
    return datetime.datetime.combine(getdate(date), datetime.time()).timestamp()


def to_timedelta(time_str: Any) -> datetime.timedelta:
    """A time of day as a length of time."""
    if isinstance(time_str, datetime.timedelta):
        return time_str
    parts = re.match(r"(-?\d+):(\d+)(?::(\d+(?:\.\d+)?))?", cstr(time_str))
    if parts is None:
        raise ValueError(time_str)
    return datetime.timedelta(hours=int(parts[1]), minutes=int(parts[2]), seconds=float(parts[3] or 0))


get_timedelta = to_timedelta


def duration_to_seconds(duration: str) -> int:
    """`1d 2h` in seconds."""
    lengths = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
    return sum(int(number) * lengths[unit] for number, unit in re.findall(r"(\d+)\s*([dhms])", duration))


def get_datetime_in_timezone(time_zone: str) -> datetime.datetime:
    """Now, in a time zone."""
    return datetime.datetime.now(ZoneInfo(time_zone))


def convert_utc_to_timezone(utc_timestamp: datetime.datetime, time_zone: str) -> datetime.datetime:
    """A moment of UTC in another time zone."""
    return utc_timestamp.replace(tzinfo=utc_timestamp.tzinfo or datetime.timezone.utc).astimezone(ZoneInfo(time_zone))


def convert_utc_to_system_timezone(utc_timestamp: datetime.datetime) -> datetime.datetime:
    """A moment of UTC in the site's time zone."""
    return convert_utc_to_timezone(utc_timestamp, get_system_timezone())


# --- numbers and text ---


def ceil(number: Any) -> int:
    """The next whole number."""
    return math.ceil(flt(number))


def floor(number: Any) -> int:
    """The whole number before."""
    return math.floor(flt(number))


def cast(fieldtype: str, value: Any = None) -> Any:
    """A value in the type of a field."""
    if fieldtype in ("Int", "Check"):
        return cint(value)
    return flt(value) if fieldtype in ("Float", "Currency", "Percent") else value


def random_string(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def sha256_hash(value: Any) -> str:
    """The SHA-256 of text, in hexadecimal."""
    return hashlib.sha256(value if isinstance(value, bytes) else cstr(value).encode()).hexdigest()


def quote(text: Any, safe: str = "/") -> str:
    """Text for a URL."""
    return url_quote(cstr(text), safe)


quoted = quote


def strip_html_tags(text: str) -> str:
    """The text between tags."""
    return strip_html(cstr(text))


def sanitize_html(html: Any, linkify: bool = False, always_sanitize: bool = False, **_more: Any) -> str:
    """HTML without scripts and their like."""
    return clean(cstr(html))


clean_html = strip_html_tags


def is_html(text: Any) -> bool:
    """Whether there are tags in the text."""
    return bool(re.search(r"<[a-zA-Z][^>]*>", cstr(text)))


def comma_sep(some_list: Any, pattern: str, add_quotes: bool = True) -> str:
    """Items in a row, the last two by a pattern such as `{0} or {1}`."""
    texts = [f"'{item}'" if add_quotes else cstr(item) for item in some_list]
    return pattern.format(", ".join(texts[:-1]), texts[-1]) if len(texts) > 1 else "".join(texts)


def get_abbr(text: str, max_len: int = 2) -> str:
    """The first letters of words."""
    return "".join(word[0] for word in cstr(text).split() if word)[:max_len] or "?"


def safe_decode(param: Any, encoding: str = "utf-8", **_more: Any) -> Any:
    """Text of bytes; what is none stays."""
    return param.decode(encoding, "replace") if isinstance(param, bytes) else param


def safe_encode(param: Any, encoding: str = "utf-8") -> Any:
    """Bytes of text; what is none stays."""
    return param.encode(encoding) if isinstance(param, str) else param


def unique(seq: Iterable[Any]) -> list[Any]:
    """Each item once, in order."""
    return list(dict.fromkeys(seq))


def create_batch(iterable: Any, size: int) -> Iterator[Any]:
    """A sequence in pieces."""
    for start in range(0, len(iterable), size):
        yield iterable[start : start + size]


def update_progress_bar(*_args: Any, **_kwargs: Any) -> None:
    """There is no terminal to draw on."""


def validate_phone_number_with_country_code(phone_number: str, fieldname: str = "") -> bool:
    """Whether a number has a country code: +49-1234567."""
    return bool(re.fullmatch(r"\+\d{1,3}-?\d[\d -]{3,}", cstr(phone_number)))


def get_precision(doctype: str, fieldname: str, currency: Any = None, doc: Any = None) -> int:
    """How many decimal places a number has: 2."""
    return 2


def remainder(numerator: Any, denominator: Any, precision: int = 2) -> float:
    """What a division leaves."""
    return rounded(flt(numerator) % flt(denominator), precision)


def get_first_day_of_month(date: Any) -> datetime.date:
    """The first day of the month."""
    return get_first_day(date)


def validate_and_sanitize_search_inputs(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of functions that answer link fields.

    Their arguments are checked where they are bound, so it changes nothing.
    """
    return function


def is_rtl(lang: str | None = None) -> bool:
    """Whether a language is written from right to left; texts are English here."""
    return False


def get_icon_html(icon: str, small: bool = False) -> str:
    """An icon's HTML; the icons of the desk are not here."""
    return ""


read_only = lambda *_args, **_kwargs: lambda function: function  # noqa: E731 - a decorator that sends reads to a replica, of which there is none
