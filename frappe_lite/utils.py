"""Numbers, dates and text as `frappe.utils` names them: app code calls these, and so does the package.

Pure functions: no site, no database. The clock can be set (`set_clock`), so that tests may freeze it.

    cint("12") -> 12    flt("1,234.567", 2) -> 1234.57    add_days("2026-01-31", 1) -> "2026-02-01"
"""

from __future__ import annotations

import calendar
import contextvars
import datetime
import decimal
import html
import json
import re
import secrets
from collections.abc import Iterable
from typing import Any

DATE_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
NAME_ALPHABET = "0123456789abcdefghijklmnopqrstuv"

_clock: contextvars.ContextVar[datetime.datetime | None] = contextvars.ContextVar("clock", default=None)


def set_clock(moment: datetime.datetime | None) -> contextvars.Token[datetime.datetime | None]:
    """Freeze the clock of this context at `moment`, or set it free with None."""
    return _clock.set(moment)


def reset_clock(token: contextvars.Token[datetime.datetime | None]) -> None:
    """Undo `set_clock`."""
    _clock.reset(token)


class _dict(dict[str, Any]):
    """A dict whose keys are attributes too; one that is not there is None."""

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self.get(key)

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        self.pop(key, None)

    def update(self, *args: Any, **kwargs: Any) -> _dict:  # type: ignore[override]
        """Frappe: returns itself."""
        super().update(*args, **kwargs)
        return self

    def copy(self) -> _dict:
        """Another of the same kind."""
        return _dict(self)


# --- numbers and text ------------------------------------------------------------------------------------


def cint(value: Any, default: int = 0) -> int:
    """An integer, whatever it is: `default` if it is none."""
    try:
        return int(value)  # before float, which has no room for long ones
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return default


def flt(value: Any, precision: int | None = None) -> float:
    """A float, thousands separators and all; 0 if it is none. Rounds half to even, as Frappe's default does."""
    if isinstance(value, str):
        value = value.replace(",", "")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    if number != number or number in (float("inf"), float("-inf")):
        return 0.0
    return rounded(number, precision) if precision is not None else number


def rounded(number: float, precision: int = 0) -> float:
    """Banker's rounding of the decimal number that a person sees, not of its binary neighbour."""
    if abs(number) >= 1e15:
        return float(number)  # a float of this size has no decimal places
    exponent = decimal.Decimal(1).scaleb(-precision)
    return float(decimal.Decimal(repr(float(number))).quantize(exponent, rounding=decimal.ROUND_HALF_EVEN))


def cstr(value: Any) -> str:
    """Text; empty for None."""
    if value is None:
        return ""
    return value.decode() if isinstance(value, bytes) else str(value)


def sbool(value: Any) -> Any:
    """True or False for text that says so; everything else unchanged."""
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(value.lower(), value)
    return value


def is_true(value: Any) -> bool:
    """Whether a client meant yes: 1, true, "True", "yes"."""
    return sbool(value) is True or (not isinstance(value, str) and bool(value))


def generate_hash(txt: str | None = None, length: int = 56) -> str:
    """Random hexadecimal text. `txt` is accepted and not used, as in Frappe."""
    return secrets.token_hex((length + 1) // 2)[:length]


def random_name(length: int = 10) -> str:
    """A document's random name: base 32, lower case."""
    return "".join([NAME_ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])


def scrub(text: str) -> str:
    """`Task Item` -> `task_item`."""
    return cstr(text).replace(" ", "_").replace("-", "_").lower()


def unscrub(text: str) -> str:
    """`task_item` -> `Task Item`."""
    return text.replace("_", " ").replace("-", " ").title()


def strip_html(text: str) -> str:
    """The text between tags."""
    return re.sub(r"<[^<>]*>", "", text)


def escape_html(text: Any) -> str:
    """Text made safe to stand in HTML."""
    return html.escape(cstr(text))


def bold(text: Any) -> str:
    """`<strong>text</strong>`."""
    return f"<strong>{text}</strong>"


def _comma(items: Iterable[Any], word: str, quote: bool) -> str:
    texts = [f"'{item}'" if quote else str(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def comma_and(items: Any, add_quotes: bool = True) -> Any:
    """`'a', 'b' and 'c'`; what is no list is returned as it is."""
    return _comma(items, "and", add_quotes) if isinstance(items, list | tuple) else items


def comma_or(items: Any, add_quotes: bool = True) -> Any:
    """`'a', 'b' or 'c'`."""
    return _comma(items, "or", add_quotes) if isinstance(items, list | tuple) else items


def fmt_money(amount: Any, precision: int | None = None, currency: str | None = None) -> str:
    """`1,234.50`, with the currency before it if one is given."""
    text = f"{flt(amount):,.{2 if precision is None else precision}f}"
    return f"{currency} {text}" if currency else text


def split_emails(text: str) -> list[str]:
    """The addresses in text separated by commas, semicolons or lines."""
    return [part.strip() for part in re.split(r"[,;\n]", text or "") if part.strip()]


def one_line(text: Any) -> str:
    """Text without what could end a line of a header: such marks become a space."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", cstr(text)).strip()


_EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}\Z")


def validate_email_address(text: str, throw: bool = False) -> str:
    """The address if it is one, else empty text. `throw` is for the face, which raises."""
    return text if _EMAIL.match(text or "") else ""


def name_and_address(text: str) -> tuple[str, str]:
    """`Ann <ann@x.org>` -> ("Ann", "ann@x.org"); of an address alone the name is empty."""
    named = re.fullmatch(r"([^<>]*)<([^<>]+)>", one_line(text))
    return (named[1].strip(' "'), named[2].strip()) if named else ("", one_line(text))


def validate_url(text: str, valid_schemes: Iterable[str] = ("http", "https", "ftp", "ftps")) -> bool:
    """Whether text is an absolute URL with one of the schemes."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://[^\s/?#]+[^\s]*\Z", text or "")
    return bool(match and match[1].lower() in valid_schemes)


def is_script(address: str) -> bool:
    """Whether a browser that follows the address would run what stands in it; a picture in a data: address is none."""
    plain = re.sub(r"[\x00-\x20\x7f]", "", address).lower()  # browsers pass over these, inside the scheme too
    return plain.startswith(("javascript:", "vbscript:")) or (
        plain.startswith("data:") and not plain.startswith("data:image/")
    )


def validate_phone_number(text: str) -> bool:
    """Whether text could be dialled."""
    return bool(re.fullmatch(r"[0-9 +_\-,.*#()]{1,20}", (text or "").strip()))


def parse_json(value: Any) -> Any:
    """JSON text becomes its value; anything else stays."""
    return json.loads(value) if isinstance(value, str) else value


# --- dates and times -------------------------------------------------------------------------------------


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


def getdate(value: Any = None) -> datetime.date:
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


def get_datetime(value: Any = None) -> datetime.datetime:
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


def get_time(value: Any) -> datetime.time:
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


def get_date_str(value: Any) -> str:
    """A date as text."""
    return getdate(value).strftime(DATE_FORMAT)


def get_datetime_str(value: Any) -> str:
    """A datetime as text."""
    return get_datetime(value).strftime(DATETIME_FORMAT)


def _like(original: Any, moment: datetime.datetime) -> Any:
    """The result in the type that was given, as Frappe's date functions do."""
    if isinstance(original, str):
        has_time = ":" in original
        return moment.strftime(DATETIME_FORMAT if has_time else DATE_FORMAT)
    return moment if isinstance(original, datetime.datetime) else moment.date()


def add_to_date(
    date: Any = None, years: int = 0, months: int = 0, weeks: int = 0, days: int = 0, hours: int = 0,
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


def add_days(date: Any, days: int) -> Any:
    """`date` plus days."""
    return add_to_date(date, days=cint(days))


def add_months(date: Any, months: int) -> Any:
    """`date` plus months."""
    return add_to_date(date, months=cint(months))


def add_years(date: Any, years: int) -> Any:
    """`date` plus years."""
    return add_to_date(date, years=cint(years))


def date_diff(end: Any, start: Any) -> int:
    """Days from start to end."""
    return (getdate(end) - getdate(start)).days


def time_diff(end: Any, start: Any) -> datetime.timedelta:
    """From start to end."""
    return get_datetime(end) - get_datetime(start)


def time_diff_in_seconds(end: Any, start: Any) -> float:
    """Seconds from start to end."""
    return time_diff(end, start).total_seconds()


def time_diff_in_hours(end: Any, start: Any) -> float:
    """Hours from start to end, six digits."""
    return round(time_diff(end, start).total_seconds() / 3600, 6)


def get_first_day(date: Any) -> datetime.date:
    """The first day of the month."""
    return getdate(date).replace(day=1)


def get_last_day(date: Any) -> datetime.date:
    """The last day of the month."""
    day = getdate(date)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def get_first_day_of_week(date: Any) -> datetime.date:
    """The Sunday on or before the day: Frappe's week starts there by default."""
    day = getdate(date)
    return day - datetime.timedelta(days=(day.weekday() + 1) % 7)


def get_quarter_start(date: Any) -> datetime.date:
    """The first day of the quarter."""
    day = getdate(date)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


_PERIODS = {"week": (0, 7), "month": (1, 0), "quarter": (3, 0), "6 months": (6, 0), "year": (12, 0)}


def get_timespan_date_range(timespan: str) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of `last 7 days`, `this month`, `next quarter`, `today` …; None for what is no timespan."""
    day, text = now_datetime().date(), timespan.strip().lower()
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if text in near:
        moved = day + datetime.timedelta(days=near[text])
        return moved, moved
    match = re.fullmatch(r"(last|next) (\d+) days", text)
    if match:
        length = datetime.timedelta(days=int(match[2]))
        return (day - length, day) if match[1] == "last" else (day, day + length)
    which, _, period = text.partition(" ")
    if which not in ("last", "this", "next") or period not in _PERIODS:
        return None
    months, days = _PERIODS[period]
    steps = {"last": -1, "this": 0, "next": 1}[which]
    if days:
        start = get_first_day_of_week(day) + datetime.timedelta(days=7 * steps)
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


def format_date(value: Any) -> str:
    """A date as people read it: 31-01-2026."""
    return getdate(value).strftime("%d-%m-%Y") if value else ""


def get_fullname(user: str) -> str:
    """A name for a user where no record is at hand."""
    return user.partition("@")[0]


def format_duration(seconds: Any, hide_days: bool = False) -> str:
    """`1d 2h 3m 4s`."""
    left, parts = cint(seconds), []
    for unit, length in (
        (("h", 3600), ("m", 60), ("s", 1)) if hide_days else (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    ):
        number, left = divmod(left, length)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts)
