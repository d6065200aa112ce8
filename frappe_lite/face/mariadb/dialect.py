"""MariaDB's SQL on SQLite, as far as app code writes it: placeholders, functions, intervals.

Text is rewritten only outside of quotes, and only where SQLite's grammar has no place for it; the functions themselves
are registered on the connection that runs the first such statement.

    SELECT left(name, 3) … WHERE creation > now() - interval 7 day AND status IN %(status)s
    ->  SELECT text_left(name, 3) … WHERE creation > date_shift(now(), -1, 7, 'day') AND status IN (?, ?)
"""

from __future__ import annotations

import calendar
import datetime
import hashlib
import math
import re
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...utils import add_to_date, cint, cstr, flt, get_datetime, get_time, now_datetime
from ...values import Function, Values
from . import functions
from .functions import moment, quiet

_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`"
_PLACEHOLDER = re.compile(rf"{_QUOTED}|%%|%\((\w+)\)s|%s")


def bind(query: str, values: Any) -> tuple[str, Any]:
    """MariaDB's placeholders as SQLite's; what stands in quotes is left alone.

    A list for one mark becomes a list of marks.
    """
    if isinstance(values, str | int | float | datetime.date):
        values = (values,)
    named = isinstance(values, Mapping)
    ordered = list(values or ())
    params: list[object] = []

    def replace(match: re.Match[str]) -> str:
        text = match[0]
        if text == "%%":
            return "%"
        if not text.startswith("%"):
            return text
        value = values[match[1]] if named and match[1] else ordered.pop(0)
        if isinstance(value, list | tuple | set):
            params.extend(map(_bound, value))
            return "(" + ", ".join("?" * len(value)) + ")"
        params.append(_bound(value))
        return "?"

    return _PLACEHOLDER.sub(replace, query), params


def inlined(sql: str, params: Sequence[object]) -> str:
    """A statement with its values in it, for people to read: `frappe.get_all(…, run=False)`."""
    values = iter(params)

    def literal(match: re.Match[str]) -> str:
        value = next(values) if match[0] == "?" else None
        if match[0] != "?":
            return match[0]
        return (
            "NULL"
            if value is None
            else str(value)
            if isinstance(value, int | float)
            else "'" + cstr(value).replace("'", "''") + "'"
        )

    return re.sub(rf"{_QUOTED}|\?", literal, sql)


def _bound(value: object) -> object:
    """A value as it is stored: dates as text."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.timedelta):
        return get_time(value).isoformat()
    return value if isinstance(value, str | int | float | bytes | None) else str(value)


_INTERVAL = (
    r"INTERVAL\s+(?:'(-?\d+)\s+(\w+)'|'?(-?[\w.?]+)'?\s+(\w+))"  # 7 DAY, or '7 DAY' as the query builder writes it
)
_OPERAND = r"('[^']*'|(?:[\w.]|\"[^\"]*\"|`[^`]*`)+(?:\([^()]*\))?)"
_ADDITION = re.compile(
    rf"\b(DATE_ADD|DATE_SUB|ADDDATE|SUBDATE)\s*\(((?:[^()]|\([^()]*\))*?),\s*{_INTERVAL}\s*\)", re.IGNORECASE
)
_ARITHMETIC = re.compile(rf"{_OPERAND}\s*([+-])\s*{_INTERVAL}", re.IGNORECASE)


def _shifted(match: re.Match[str]) -> str:
    """`date_shift(moment, 1 or -1, number, 'unit')` of an addition by function or by sign."""
    first, second, *interval = match.groups()
    number, unit = (interval[0], interval[1]) if interval[0] else (interval[2], interval[3])
    by_sign = second in "+-"
    moment, sign = (first, second) if by_sign else (second, "-" if "SUB" in first.upper() else "+")
    return f"date_shift({moment}, {sign}1, {number}, '{unit}')"


_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (r"\bEXTRACT\s*\(\s*(\w+)\s+FROM\b", r"date_part('\1',"),
        (r"\bTIMESTAMPDIFF\s*\(\s*(\w+)\s*,", r"timestampdiff('\1',"),
        (r"\bTIMESTAMPADD\s*\(\s*(\w+)\s*,", r"timestampadd('\1',"),
        (r"\b(LEFT|RIGHT|IF)\s*\((?!\s*SELECT\b)", r"mariadb_\1("),
        (r"(GROUP_CONCAT\s*\((?:[^()]|\([^()]*\))*?)\s+SEPARATOR\s+('[^']*'|\"[^\"]*\")", r"\1, \2"),
        (
            r"\bMATCH\s*\(([^()]*)\)\s*AGAINST\s*\(\s*([^()]+?)\s+IN\s+BOOLEAN\s+MODE\s*\)",
            r"match_against(\2, 'boolean', \1)",
        ),
        (
            r"\bMATCH\s*\(([^()]*)\)\s*AGAINST\s*\(\s*([^()]+?)(\s+IN\s+NATURAL\s+LANGUAGE\s+MODE)?\s*\)",
            r"match_against(\2, '', \1)",
        ),
        (r"\bINSERT\s+IGNORE\b", "INSERT OR IGNORE"),
        (r"\s+FOR\s+UPDATE\b(\s+(SKIP\s+LOCKED|NOWAIT))?", ""),
        (r"\bRLIKE\b", "REGEXP"),
        (r"<=>", "IS"),
        (r"\bCURRENT_DATE\(\)", "curdate()"),
        (r"\bAS\s+(UNSIGNED|SIGNED)\b", "AS INTEGER"),
    )
)
_KEYWORD = re.compile(
    r"INTERVAL|AGAINST|EXTRACT|TIMESTAMP|LEFT|RIGHT|IF|SEPARATOR|IGNORE|UPDATE|RLIKE|<=>|CURRENT_DATE|SIGNED",
    re.IGNORECASE,
)
_TEXT = re.compile(r"'(?:[^']|'')*'")


def translate(query: str) -> str:
    """The statement in SQLite's grammar. Quoted text is set aside first, but for what is a number or an interval."""
    if not _KEYWORD.search(query):
        return query
    texts: list[str] = []

    def aside(match: re.Match[str]) -> str:
        if re.fullmatch(r"'-?\d+( \w+)?'", match[0]):  # INTERVAL '7 DAY', as the query builder writes it
            return match[0]
        texts.append(match[0])
        return f"'\0{len(texts) - 1}\0'"

    text = _ARITHMETIC.sub(_shifted, _ADDITION.sub(_shifted, _TEXT.sub(aside, query)))
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    return re.sub(r"'\0(\d+)\0'", lambda match: texts[int(match[1])], text)


# --- functions --------------------------------------------------------------------------------------------


def _shift(value: object, sign: object, number: object, unit: object) -> str | None:
    found = moment(value)
    if found is None or number is None:
        return None
    steps, name = cint(sign) * cint(number), cstr(unit).lower().rstrip("s")
    if name == "quarter":
        steps, name = steps * 3, "month"
    lengths: Values = {f"{name}s": steps}
    moved = add_to_date(found, as_datetime=True, **lengths)
    return _like(value, moved, whole_days=name in ("day", "week", "month", "year"))


def _like(original: object, moment: datetime.datetime, whole_days: bool) -> str:
    return moment.date().isoformat() if whole_days and len(cstr(original)) <= 10 else moment.isoformat(" ")


_FORMATS = {
    "%i": "%M",
    "%s": "%S",
    "%M": "%B",
    "%c": "%-m",
    "%e": "%-d",
    "%W": "%A",
    "%h": "%I",
    "%T": "%H:%M:%S",
    "%r": "%I:%M:%S %p",
    "%k": "%-H",
    "%l": "%-I",
    "%f": "%f",
}


def _date_format(value: object, template: object) -> str | None:
    found = moment(value)
    if found is None:
        return None
    return found.strftime(re.sub(r"%.", lambda match: _FORMATS.get(match[0], match[0]), cstr(template)))


_PARTS: dict[str, Callable[[datetime.datetime], object]] = {
    "year": lambda moment: moment.year, "month": lambda moment: moment.month, "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute, "second": lambda moment: moment.second,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "week": lambda moment: int(moment.strftime("%U")), "dayname": lambda moment: moment.strftime("%A"),
    "monthname": lambda moment: moment.strftime(
        "%B"
    ),
    "weekday": lambda moment: moment.weekday(), "dayofweek": lambda moment: (moment.weekday() + 1) % 7 + 1,
    "dayofmonth": lambda moment: moment.day,
    "dayofyear": lambda moment: moment.timetuple().tm_yday, "weekofyear": lambda moment: moment.isocalendar()[1],
    "yearweek": lambda moment: int(moment.strftime("%Y%U")),
    "to_days": lambda moment: moment.toordinal() + 365, "unix_timestamp": lambda moment: moment.timestamp(),
    "last_day": lambda moment: moment.replace(day=calendar.monthrange(moment.year, moment.month)[1]).date().isoformat(),
}  # fmt: skip


def _part(name: object, value: object) -> object:
    found = moment(value)
    return None if found is None else _PARTS[cstr(name).lower()](found)


def _days_between(end: object, start: object) -> int | None:
    last, first = moment(end), moment(start)
    return (last.date() - first.date()).days if last and first else None


_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "microsecond": 1e-6}


def _timestampdiff(unit: object, start: object, end: object) -> int | None:
    first, last, name = moment(start), moment(end), cstr(unit).lower()
    if first is None or last is None:
        return None
    if name in _SECONDS:
        return int((last - first).total_seconds() / _SECONDS[name])
    months = (last.year - first.year) * 12 + last.month - first.month
    months -= 1 if months > 0 and (last.day, last.time()) < (first.day, first.time()) else 0
    return int(months / {"month": 1, "quarter": 3, "year": 12}[name])


FUNCTIONS: dict[str, tuple[int, Function]] = {
    "now": (-1, lambda *_digits: now_datetime().isoformat(" ", "seconds")),
    "sysdate": (0, lambda: now_datetime().isoformat((
        " "
    ), "seconds")),
    "curdate": (0, lambda: now_datetime().date().isoformat()), "curtime": (0, lambda: now_datetime().time().isoformat(
        "seconds"
    )),
    "utc_timestamp": (0, lambda: datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat(" ", (
        "seconds"
    ))),
    "date_shift": (4, _shift), "date_part": (2, _part), "date_format": (2, _date_format),
    "timestampdiff": (3, _timestampdiff),
    "date_add": (3, lambda moment, number, unit: _shift(moment, 1, number, unit)),
    "date_sub": (3, lambda moment, number, unit: _shift(moment, -1, number, unit)),
    "adddate": (2, lambda moment, days: _shift(moment, 1, days, "day")),
    "subdate": (2, lambda moment, days: _shift(moment, -1, days, (
        "day"
    ))),
    "timestampadd": (3, lambda unit, number, moment: _shift(moment, 1, number, unit)),
    "datediff": (2, quiet(_days_between)),
    "timestamp": (-1, quiet(lambda date, time="": get_datetime(f"{date} {time}".strip()).isoformat(" "))),
    "str_to_date": (2, quiet(lambda text, template: datetime.datetime.strptime(text, re.sub(r"%.", lambda m: _FORMATS.get(m[0], m[0]), template)).isoformat(
        " "
    ))),
    "from_unixtime": (1, quiet(lambda seconds: datetime.datetime.fromtimestamp(flt(seconds)).isoformat(" "))),
    "concat": (-1, quiet(lambda *values: "".join(map(cstr, values)))),
    "concat_ws": (-1, lambda mark, *values: cstr(mark).join(cstr(value) for value in values if value is not None)),
    "mariadb_if": (3, lambda condition, yes, no: yes if condition else no),
    "mariadb_left": (2, quiet(lambda text, length: cstr(text)[: max(cint(length), 0)])),
    "mariadb_right": (2, quiet(lambda text, length: cstr(text)[-cint(length) :] if cint(length) > 0 else "")),
    "locate": (-1, quiet(lambda part, text, start=1: cstr(text).lower().find(cstr(part).lower(), cint(start) - 1) + 1)),
    "substring_index": (3, quiet(lambda text, mark, count: mark.join(cstr(text).split(mark)[:count] if count > 0 else cstr(text).split(mark)[count:]))),
    "lpad": (3, quiet(lambda text, length, fill: cstr(text).rjust(length, fill)[:length])),
    "rpad": (3, quiet(lambda text, length, fill: cstr(text).ljust(length, fill)[:length])),
    "char_length": (1, quiet(lambda text: len(cstr(text)))),
    "character_length": (1, quiet(lambda text: len(cstr(text)))),
    "find_in_set": (2, quiet(lambda value, values: cstr(values).split(",").index(cstr(value)) + 1 if cstr(value) in cstr(values).split(
        ","
    ) else 0)),
    "field": (-1, lambda value, *values: values.index(value) + 1 if value in values else 0),
    "greatest": (-1, quiet(max)), "least": (-1, quiet(min)),
    "regexp": (2, quiet(lambda pattern, text: bool(re.search(pattern, cstr(text), re.IGNORECASE)))),
    "truncate": (2, quiet(lambda number, digits: int(flt(number) * 10**digits) / 10**digits)),
    "rand": (0, lambda: uuid.uuid4().int / 2**128),
    "md5": (1, quiet(lambda text: hashlib.md5(cstr(text).encode(), usedforsecurity=False).hexdigest())),
    "uuid": (0, lambda: str(uuid.uuid4())),
    "ceil": (1, quiet(lambda number: math.ceil(flt(number)))),
    "ceiling": (1, quiet(lambda number: math.ceil(flt(number)))),
    "floor": (1, quiet(lambda number: math.floor(flt(number)))),
    "reverse": (1, quiet(lambda text: cstr(text)[::-1])),
    "strcmp": (2, quiet(lambda left, right: (left > right) - (left < right))),
}  # fmt: skip
"""MariaDB's functions that SQLite lacks: name -> (number of arguments, -1 for any, the function)."""

FUNCTIONS |= {name: (1, (lambda part: lambda value: _part(part, value))(name)) for name in _PARTS}


def teach(connection: sqlite3.Connection) -> None:
    """Register the functions on a connection."""
    for name, (number, function) in FUNCTIONS.items():
        connection.create_function(name, number, function)
    functions.teach(connection)


__all__ = ["FUNCTIONS", "bind", "teach", "translate"]
