"""More of MariaDB's functions, for `frappe.db.sql` on SQLite: text, numbers, JSON, dates, and what sums up rows.

As in MariaDB, what cannot be worked out is NULL and stops no statement.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import math
import re
import sqlite3
import statistics
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from ...utils import cint, cstr, flt, get_datetime, now_datetime
from ...values import Function
from .search import match_against

VERSION = "10.11.6-MariaDB"
"""What `version()` says: the MariaDB whose words are understood."""


def moment(value: object) -> datetime.datetime | None:
    """The moment that text or a number means; None for what is none."""
    text = cstr(value).strip()
    if re.fullmatch(r"-?\d{1,3}:\d\d(:\d\d(\.\d+)?)?", text):
        text = f"2000-01-01 {text}"
    if not re.match(r"\d{4}-\d{1,2}-\d{1,2}|\d{8}", text):
        return None
    try:
        return get_datetime(text)
    except (ValueError, OverflowError):
        return None


def quiet(function: Callable[..., object]) -> Function:
    """MariaDB: what is asked of NULL is NULL, and so is what cannot be worked out."""

    def call(*values: object) -> object:
        if any(value is None for value in values):
            return None
        try:
            return function(*values)
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError):
            return None

    return call


def _rounded(number: object, digits: object = 0) -> float:
    """Halves go away from zero; fewer than no digits round tens and hundreds."""
    factor = 10.0 ** cint(digits)
    return math.copysign(math.floor(abs(flt(number)) * factor + 0.5) / factor, flt(number))


def _formatted(number: object, digits: object = 0, _locale: object = None) -> str:
    places = max(cint(digits), 0)
    return f"{_rounded(number, places):,.{places}f}"


def _seconds(text: object) -> float:
    """A time, longer than a day or negative too, or a moment, in seconds."""
    match = re.fullmatch(r"(-?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?", cstr(text).strip())
    if match:
        total = int(match[2]) * 3600 + int(match[3]) * 60 + float(match[4] or 0)
        return -total if match[1] else total
    found = moment(text)
    if found is None:
        raise ValueError(text)
    return (found - datetime.datetime(1970, 1, 1)).total_seconds()


def _as_time(seconds: float) -> str:
    whole = int(abs(seconds))
    return f"{'-' if seconds < 0 else ''}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _added(value: object, time: object, sign: int = 1) -> str:
    found = moment(value)
    if found is None or ":" in cstr(value)[:4]:
        return _as_time(_seconds(value) + sign * _seconds(time))
    return (found + datetime.timedelta(seconds=sign * _seconds(time))).isoformat(" ")


def _zone(name: str) -> datetime.tzinfo:
    match = re.fullmatch(r"([+-])(\d{1,2}):(\d\d)", name)
    if not match:
        return ZoneInfo("UTC" if name.upper() in ("SYSTEM", "UTC") else name)
    minutes = int(match[2]) * 60 + int(match[3])
    return datetime.timezone(datetime.timedelta(minutes=minutes if match[1] == "+" else -minutes))


def _in_zone(value: object, source: Any, target: Any) -> str | None:
    found = moment(value)
    if found is None:
        return None
    return found.replace(tzinfo=_zone(source)).astimezone(_zone(target)).replace(tzinfo=None).isoformat(" ")


def _months(period: object) -> int:
    number = cint(period)
    return number // 100 * 12 + number % 100 - 1


def _period(months: int) -> int:
    return months // 12 * 100 + months % 12 + 1


def _json_contains(text: Any, wanted: Any, path: object = "$") -> int:
    document, part = json.loads(text), json.loads(wanted)
    for key in re.findall(r"\.(\w+)", cstr(path)):
        document = document[key]
    return int(_contains(document, part))


def _contains(document: object, part: object) -> bool:
    if isinstance(document, list):
        parts = part if isinstance(part, list) else [part]
        return all(any(_contains(each, one) for each in document) for one in parts)
    if isinstance(document, dict) and isinstance(part, dict):
        return all(key in document and _contains(document[key], value) for key, value in part.items())
    return bool(document == part)


def _json_search(text: Any, how_many: object, wanted: object) -> str | None:
    pattern = re.compile(re.escape(cstr(wanted)).replace("%", ".*").replace("_", "."), re.IGNORECASE | re.DOTALL)
    found = list(_paths(json.loads(text), "$", pattern))
    if not found:
        return None
    return json.dumps(found[0] if cstr(how_many).lower() == "one" or len(found) == 1 else found)


def _paths(value: object, path: str, pattern: re.Pattern[str]) -> Iterator[str]:
    if isinstance(value, str) and pattern.fullmatch(value):
        yield path
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, f"{path}.{key}", pattern)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _paths(each, f"{path}[{index}]", pattern)


def _unquoted(text: Any) -> object:
    return json.loads(text) if cstr(text)[:1] == '"' else text


def _digits_of(number: int, base: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, base)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits or "0"


def _hash(name: str) -> Callable[[object], str]:
    return lambda text: hashlib.new(name, cstr(text).encode(), usedforsecurity=False).hexdigest()


MORE: dict[str, tuple[int, Function]] = {
    "mariadb_isnull": (1, lambda value: int(value is None)), "mariadb_round": (-1, quiet(_rounded)),
    "mariadb_format": (-1, quiet(_formatted)),
    "mariadb_log": (-1, quiet(lambda base, number=None: math.log(flt(base)) if number is None else math.log(flt(number), flt(base)))),
    "mariadb_insert": (4, quiet(lambda text, start, length, new: cstr(text)[: start - 1] + cstr(new) + cstr(text)[start - 1 + length :])),
    "log2": (1, quiet(lambda number: math.log2(flt(number)))), "ucase": (1, quiet(lambda text: cstr(text).upper())),
    "lcase": (1, quiet(lambda text: cstr(text).lower())),
    "space": (1, quiet(lambda count: " " * cint(count))),
    "repeat": (2, quiet(lambda text, count: cstr(text) * max(cint(count), 0))),
    "elt": (-1, lambda place, *values: values[cint(place) - 1] if 0 < cint(place) <= len(values) else None),
    "ascii": (1, quiet(lambda text: ord(cstr(text)[0]) if text else 0)),
    "bin": (1, quiet(lambda number: f"{cint(number):b}")),
    "conv": (3, quiet(lambda text, source, target: _digits_of(int(cstr(text), cint(source)), cint(target)))),
    "sha1": (1, quiet(_hash("sha1"))), "sha": (1, quiet(_hash("sha1"))),
    "crc32": (1, quiet(lambda text: zlib.crc32(cstr(text).encode()))),
    "sha2": (2, quiet(lambda text, bits: _hash(f"sha{cint(bits) or 256}")(text))),
    "addtime": (2, quiet(_added)), "subtime": (2, quiet(lambda value, time: _added(value, time, -1))),
    "timediff": (2, quiet(lambda end, start: _as_time(_seconds(end) - _seconds(start)))),
    "maketime": (3, quiet(lambda hours, minutes, seconds: _as_time(cint(hours) * 3600 + cint(minutes) * 60 + cint(seconds)))),
    "makedate": (2, quiet(lambda year, day: (datetime.date(cint(year), 1, 1) + datetime.timedelta(days=cint(day) - 1)).isoformat())),
    "from_days": (1, quiet(lambda days: datetime.date.fromordinal(cint(days) - 365).isoformat())),
    "convert_tz": (3, quiet(_in_zone)),
    "period_diff": (2, quiet(lambda last, first: _months(last) - _months(first))),
    "period_add": (2, quiet(lambda period, months: _period(_months(period) + cint(months)))),
    "utc_date": (0, lambda: datetime.datetime.now(datetime.timezone.utc).date().isoformat()),
    "unix_timestamp": (-1, lambda *value: now_datetime().timestamp() if not value else (found := moment(value[0])) and found.timestamp()),
    "time_to_sec": (1, quiet(lambda text: int(_seconds(text)))),
    "sec_to_time": (1, quiet(lambda seconds: _as_time(flt(seconds)))),
    "json_unquote": (1, quiet(_unquoted)), "json_contains": (-1, quiet(_json_contains)),
    "json_search": (-1, quiet(_json_search)),
    "match_against": (-1, match_against),
    "json_contains_path": (-1, quiet(lambda text, _how, path: int(re.fullmatch(r"\$\.(\w+)", path)[1] in json.loads(text)))),  # type: ignore[index]
    "version": (0, lambda: VERSION), "database": (0, lambda: "site"), "schema": (0, lambda: "site"),
    "user": (0, lambda: "site@localhost"), "connection_id": (0, lambda: 1),
    "to_base64": (1, quiet(lambda text: base64.b64encode(cstr(text).encode()).decode())),
    "sleep": (1, lambda _seconds: 0),
}  # fmt: skip
"""Name -> (number of arguments, -1 for any, the function)."""


class GroupConcat:
    """GROUP_CONCAT with DISTINCT, ORDER BY and SEPARATOR: `(distinct, separator, value, key, direction, …)`."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, tuple[Any, ...]]] = []
        self.distinct, self.separator = 0, ","

    def step(self, distinct: int, separator: str, value: object, *keys: object) -> None:
        """One row; one of NULL counts for nothing."""
        self.distinct, self.separator = distinct, separator
        if value is not None:
            self.rows.append((value, keys))

    def finalize(self) -> str | None:
        """The text, or NULL of no rows."""
        count = len(self.rows[0][1]) if self.rows else 0
        for place in range(count - 2, -1, -2):
            self.rows.sort(key=lambda row: _sorted_by(row[1][place]), reverse=self.rows[0][1][place + 1] == "desc")
        values = [cstr(value) for value, _ in self.rows]
        return cstr(self.separator).join(dict.fromkeys(values) if self.distinct else values) if values else None


def _sorted_by(value: object) -> tuple[int, object]:
    """NULL before numbers before text; text whatever its case."""
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, cstr(value).lower())


def _summing(work: Callable[[list[object]], object]) -> type[object]:
    class Summing:
        """A function over the values of the rows."""

        def __init__(self) -> None:
            self.values: list[Any] = []

        def step(self, value: object) -> None:
            """One row."""
            if value is not None:
                self.values.append(value)

        def finalize(self) -> object:
            """What comes of all of them; NULL of none."""
            try:
                return work(self.values)
            except (statistics.StatisticsError, ValueError):
                return None

    return Summing


def _bits(values: list[object], start: int, join: Callable[[int, int], int]) -> int:
    for value in values:
        start = join(start, cint(value))
    return start


_deviation = _summing(lambda values: statistics.pstdev(map(flt, values)))
_variance = _summing(lambda values: statistics.pvariance(map(flt, values)))
AGGREGATES: dict[str, tuple[int, type[Any]]] = {
    "mariadb_group_concat": (-1, GroupConcat),
    **{name: (1, _deviation) for name in ("std", "stddev", "stddev_pop")},
    **{name: (1, _variance) for name in ("variance", "var_pop")},
    "stddev_samp": (1, _summing(lambda values: statistics.stdev(map(flt, values)))),
    "var_samp": (1, _summing(lambda values: statistics.variance(map(flt, values)))),
    "bit_or": (1, _summing(lambda values: _bits(values, 0, lambda one, two: one | two))),
    "bit_and": (1, _summing(lambda values: _bits(values, 2**63 - 1, lambda one, two: one & two))),
    "bit_xor": (1, _summing(lambda values: _bits(values, 0, lambda one, two: one ^ two))),
}
"""Functions over rows: name -> (number of arguments, the class that sums up)."""


def teach(connection: sqlite3.Connection) -> None:
    """Register them on a connection."""
    for name, (number, function) in MORE.items():
        connection.create_function(name, number, function)
    for name, (number, summing) in AGGREGATES.items():
        connection.create_aggregate(name, number, summing)


__all__ = ["AGGREGATES", "MORE", "moment", "quiet", "teach"]
