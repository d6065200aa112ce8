"""One table: fieldtype -> SQL column type, and how a value of it is brought into form.

Dates and times are TEXT in wire format, so that reading converts nothing. A number field is never NULL in a new
row: Frappe gives 0. `cast` raises ValidationError for a value that has no meaning in its type.

    FIELDTYPES["Check"].cast("1") -> 1        FIELDTYPES["Date"].cast("2026-02-30") -> ValidationError
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..errors import ValidationError
from ..utils import cint, cstr, flt, get_datetime, get_time, getdate, is_true

TEXT = "TEXT COLLATE NOCASE"
"""Letters compare without case, as in Frappe's MariaDB (there with accents too: SQLite knows ASCII only)."""

MAX_INT = 2**31 - 1
MAX_BIGINT = 2**63 - 1
MAX_TEXT = 2**16 - 1
"""Bytes of MariaDB's TEXT, which Frappe makes of the shorter kinds of text; LONGTEXT takes what a request may hold."""


@dataclass(frozen=True)
class Fieldtype:
    """What a field of this type is in a table, and how its values are made."""

    column: str | None  # None: no column (layout, child tables)
    cast: Callable[[Any], Any]
    empty: object = None  # the value of an unset field in a new row
    nullable: bool = False  # whether a row that was there before its column has none, though a new row has `empty`
    length: int = 0  # longest text; 0 for any
    bytes: int = 0  # the same in UTF-8; 0 for any
    table: bool = False
    clean: bool = False  # text that may hold HTML typed by people: it is cleaned
    native: type | None = None  # values of just this class are in form already

    @property
    def is_text(self) -> bool:
        """Whether values are kept as text, dates among them."""
        return self.column is not None and self.column.startswith("TEXT")


def _one(value: object) -> object:
    """The value, if it is one and not several. Frappe: a list is refused, not stored as its text."""
    if isinstance(value, list | tuple | set | dict):
        kind = "an object" if isinstance(value, dict) else "a list"
        raise ValidationError.told(f"the value cannot be {kind}")
    return value


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    return float_text(value) if isinstance(value, float) else cstr(_one(value))


def float_text(value: float) -> str:
    """A number as MariaDB writes it into text: 10 for 10.0, with an exponent where the point is 16 places away."""
    if not math.isfinite(value):
        return cstr(value)
    exact = Decimal(repr(value)).normalize()
    sign, digits, exponent = exact.as_tuple()
    places = len(digits) + int(exponent)
    if -15 < places <= 15:
        return format(exact, "f")
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}{'.' * bool(rest)}{''.join(rest)}e{places - 1}"


def _int(value: object) -> int | None:
    return None if value is None else cint(_one(value))


def _check(value: object) -> int:
    if value.__class__ is int:
        return 1 if value else 0
    return int(is_true(_one(value)) or bool(cint(value)))


def _float(value: object) -> float | None:
    return None if value is None else flt(_one(value))


def _rating(value: object) -> float | None:
    """A part of all stars, from 0 to 1."""
    number = _float(value)
    return None if number is None else min(max(number, 0.0), 1.0)


def _date(value: object) -> str | None:
    if value is None or value == "":
        return None
    try:
        return getdate(value).isoformat()
    except (ValueError, OverflowError):
        raise ValidationError.told(
            f"{cstr(value)[:40]} is not a valid date, which is written like 2026-01-31"
        ) from None


def _datetime(value: object) -> str | None:
    if value is None or value == "":
        return None
    try:
        moment = get_datetime(value)
    except (ValueError, OverflowError):
        raise ValidationError.told(
            f"{cstr(value)[:40]} is not a valid time, which is written like 2026-01-31 23:59:59"
        ) from None
    return moment.isoformat(" ")


def _time(value: object) -> str | None:
    if value is None or value == "":
        return None
    try:
        return get_time(value).isoformat()
    except (ValueError, OverflowError):
        raise ValidationError.told(
            f"{cstr(value)[:40]} is not a valid time of day, which is written like 23:59:59"
        ) from None


def _json(value: object) -> str | None:
    if isinstance(value, list | dict | float):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, str) and value.strip():
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            raise ValidationError.told(f"{value[:40]} is no JSON") from None
    return _text(value)


def _duration(value: Any) -> float | None:
    """Seconds; text that is no number is refused, and not taken for none."""
    if value is None or value == "":
        return None
    try:
        float(value)
    except (TypeError, ValueError):
        raise ValidationError.told(f"{cstr(value)[:40]} is no duration, which is a number of seconds") from None
    return flt(value)


def _only_text(value: object) -> str | None:
    """Text, or nothing."""
    if value and not isinstance(value, str):
        raise ValidationError.told("The value is text")
    return _text(value)


def _secret(value: object) -> object:
    """Text, or nothing: 0 is nothing too, and empties the field."""
    return value if value == 0 else _only_text(value)


def _nothing(value: object) -> object:
    return value


_DATA = Fieldtype(TEXT, _text, length=140, clean=True, native=str)
_LONG = Fieldtype(TEXT, _text, clean=True, native=str)
_RAW = Fieldtype(TEXT, _text, native=str)
_SECRET = Fieldtype(TEXT, _secret, native=str)
_TEXT = Fieldtype(TEXT, _text, clean=True, native=str, bytes=MAX_TEXT)
_ADDRESS = Fieldtype(TEXT, _only_text, native=str, bytes=MAX_TEXT)
_INTEGER = Fieldtype("INTEGER", _int, 0, native=int)
_NUMBER = Fieldtype("REAL", _float, 0.0)
_LAYOUT = Fieldtype(None, _nothing)
_TABLE = Fieldtype(None, _nothing, table=True)

FIELDTYPES: dict[str, Fieldtype] = {
    "Autocomplete": _DATA,
    "Attach": _ADDRESS,
    "Attach Image": _ADDRESS,
    "Barcode": _RAW,
    "Button": _LAYOUT,
    "Check": Fieldtype("INTEGER", _check, 0),
    "Code": _RAW,
    "Color": _DATA,
    "Column Break": _LAYOUT,
    "Currency": _NUMBER,
    "Data": _DATA,
    "Date": Fieldtype("TEXT", _date),
    "Datetime": Fieldtype("TEXT", _datetime),
    "Duration": Fieldtype("REAL", _duration),
    "Dynamic Link": _DATA,
    "Float": _NUMBER,
    "Fold": _LAYOUT,
    "Geolocation": _RAW,
    "Heading": _LAYOUT,
    "HTML": _LAYOUT,
    "HTML Editor": _LONG,
    "Icon": _DATA,
    "Image": _LAYOUT,
    "Int": _INTEGER,
    "JSON": Fieldtype(TEXT, _json),
    "Link": _DATA,
    "Long Int": _INTEGER,
    "Long Text": _LONG,
    "Markdown Editor": _LONG,
    "Password": _SECRET,
    "Percent": _NUMBER,
    "Phone": _DATA,
    "Read Only": _DATA,
    "Rating": Fieldtype("REAL", _rating, 0.0, nullable=True),
    "Section Break": _LAYOUT,
    "Select": _DATA,
    "Signature": _RAW,
    "Small Text": _TEXT,
    "Tab Break": _LAYOUT,
    "Table": _TABLE,
    "Table MultiSelect": _TABLE,
    "Text": _TEXT,
    "Text Editor": _LONG,
    "Time": Fieldtype("TEXT", _time),
}

NUMERIC = frozenset(name for name, each in FIELDTYPES.items() if each.column in ("INTEGER", "REAL"))
TABLES = frozenset(name for name, each in FIELDTYPES.items() if each.table)
