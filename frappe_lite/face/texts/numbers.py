"""Numbers of `frappe.utils`: rounded as System Settings say, written with the site's marks, with a currency's symbol,
in words.

flt(2.675, 2) -> 2.68        fmt_money(1234.5, currency="EUR") -> "€ 1,234.50"
money_in_words(12.5, "USD") -> "USD Twelve and Fifty Cent only."
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import ValidationError
from ...utils import cint, cstr, sbool
from ...utils import flt as unrounded
from ...values import Function
from ..context import ctx
from ..model.documents import db
from ..times.dates import get_datetime, get_timedelta, getdate


class InvalidRoundingMethod(ValidationError):
    """System Settings name a way of rounding that there is none of."""


_ROUNDING = {
    "Banker's Rounding": decimal.ROUND_HALF_EVEN, "Banker's Rounding (legacy)": decimal.ROUND_HALF_EVEN,
    "Commercial Rounding": decimal.ROUND_HALF_UP,
}  # fmt: skip


def rounded(num: Any, precision: object = 0, rounding_method: str | None = None) -> float:
    """Round the decimal number that a person sees, by the method of System Settings or another. Raises
    InvalidRoundingMethod."""
    method = rounding_method or cstr(ctx().setting("rounding_method")) or "Banker's Rounding"
    if method not in _ROUNDING:
        raise InvalidRoundingMethod.told(f"Unknown Rounding Method: {method}")
    number, places = float(num), cint(precision)
    if not math.isfinite(number) or abs(number) >= 1e15:
        return number  # a float of this size has no decimal places
    rounding = _ROUNDING[method]
    if method.endswith("(legacy)") and places:  # Frappe: the old way goes to the even number among whole ones only
        rounding = decimal.ROUND_HALF_UP if number > 0 else decimal.ROUND_HALF_DOWN
    shown = decimal.Decimal(repr(number)).quantize(decimal.Decimal(1).scaleb(-places), rounding=rounding)
    return float(shown) or 0.0  # no -0.0


def flt(s: object, precision: object = None, rounding_method: str | None = None) -> float:
    """A float, thousands separators and all; 0 if it is none. Rounded to `precision` places by the method of System
    Settings."""
    number = unrounded(s)
    return rounded(number, precision, rounding_method) if precision is not None else number


def ceil(s: object) -> int:
    """The next whole number."""
    return math.ceil(flt(s))


def floor(s: object) -> int:
    """The whole number before."""
    return math.floor(flt(s))


def remainder(numerator: object, denominator: object, precision: int = 2) -> float:
    """What a division leaves."""
    scale = 10 ** cint(precision)
    return flt((numerator * scale) % (denominator * scale) / scale, precision)


def safe_div(numerator: Any, denominator: Any, precision: int = 2) -> float:
    """A quotient; 0 where one divides by 0."""
    return flt(float(numerator) / denominator, precision) if denominator else 0.0


def cast(fieldtype: str, value: object = None) -> object:
    """A value as Python's object for a fieldtype; the smallest one for None."""
    if fieldtype in ("Currency", "Float", "Percent"):
        return flt(value)
    if fieldtype in ("Int", "Check"):
        return cint(sbool(value))
    if fieldtype in ("Data", "Text", "Small Text", "Long Text", "Text Editor", "Select", "Link", "Dynamic Link"):
        return cstr(value)
    made: dict[str, Function] = {"Date": getdate, "Datetime": get_datetime}
    if fieldtype in made:
        return made[fieldtype](value or datetime.datetime.min)
    return get_timedelta(value) if fieldtype == "Time" else value


def cast_fieldtype(fieldtype: str, value: object, show_warning: bool = True) -> object:
    """As `cast`, but that an unset date is today."""
    made: dict[str, Callable[..., object]] = {"Date": getdate, "Datetime": get_datetime}
    return made[fieldtype](value) if fieldtype in made else cast(fieldtype, value)


# --- written ---

NUMBER_FORMAT_MAP = {
    "#,###.##": (".", ",", 2), "#.###,##": (",", ".", 2), "# ###.##": (".", " ", 2), "# ###,##": (",", " ", 2),
    "#'###.##": (".", "'", 2),
    "#, ###.##": (".", ", ", 2), "#,##,###.##": (".", ",", 2), "#,###.###": (".", ",", 3), "#.###": ("", ".", 0),
    "#,###": ("", ",", 0), "#.########": (".", "", 8),
}  # fmt: skip
"""The number formats of System Settings: decimal mark, thousands mark, decimal places."""


@dataclass
class NumberFormat:
    """How numbers are written."""

    precision: int
    decimal_separator: str
    thousands_separator: str
    string: str

    @classmethod
    def from_string(cls, number_format: str) -> NumberFormat:
        """The format of that name. Raises KeyError."""
        mark, thousands, places = NUMBER_FORMAT_MAP[number_format]
        return cls(places, mark, thousands, number_format)

    def __str__(self) -> str:
        return self.string


def get_number_format(language: str | None = None) -> NumberFormat:
    """The site's number format."""
    named = cstr(db.get_default("number_format"))
    return NumberFormat.from_string(named if named in NUMBER_FORMAT_MAP else "#,###.##")


def get_number_format_info(format: str) -> tuple[str, str, int]:
    """Decimal mark, thousands mark and decimal places of a number format."""
    return NUMBER_FORMAT_MAP.get(format) or (".", ",", 2)


def fmt_money(amount: object, precision: Any = None, currency: str | None = None, format: str | None = None) -> str:
    """A number with the marks of the site's number format, or another; with `currency`, its symbol beside it."""
    style = NumberFormat.from_string(format) if format else get_number_format()
    places = precision if precision is not None else cint(db.get_default("currency_precision")) or style.precision
    number = flt(amount, places if isinstance(amount, str) else None)
    if style.decimal_separator and places > 2:
        places = _places(number, places, currency, style)
    text = f"{abs(round(number, places)):.{places}f}"
    whole, _, decimals = text.partition(".")
    shown = style.thousands_separator.join(_groups(whole, 2 if style.string == "#,##,###.##" else 3))
    if places and style.decimal_separator:
        shown += style.decimal_separator + decimals
    if number < 0 and float(text):
        shown = f"-{shown}"
    return _with_symbol(shown, currency) if currency else shown


def _places(number: float, places: int, currency: str | None, style: NumberFormat) -> int:
    """Frappe: more than two places are shown only where there are more than two."""
    decimals = str(round(number % 1, places)).partition(".")[2]
    if len(decimals) < 3:
        return len(cstr(cint(_of_currency(currency, "fraction_units")) or 100)) - 1 if currency else style.precision
    return min(len(decimals), places)


def _groups(digits: str, size: int) -> list[str]:
    """`1234567` -> `1`, `234`, `567`; in India `12`, `34`, `567`."""
    parts = [digits[-3:]]
    digits = digits[:-3]
    while digits:
        parts.insert(0, digits[-size:])
        digits = digits[:-size]
    return parts


def _of_currency(currency: str | None, fieldname: str) -> Any:
    return db.get_value("Currency", currency, fieldname) if currency else None


def _with_symbol(text: str, currency: str) -> str:
    if db.get_default("hide_currency_symbol") == "Yes":
        return text
    symbol = _of_currency(currency, "symbol") or currency
    return f"{text} {symbol}" if cint(_of_currency(currency, "symbol_on_right")) else f"{symbol} {text}"


def round_based_on_smallest_currency_fraction(value: float, currency: str, precision: int = 2) -> float:
    """An amount that can be paid in the currency's coins."""
    coin = flt(_of_currency(currency, "smallest_currency_fraction_value"))
    if not coin:
        return flt(rounded(value), precision)
    left = remainder(value, coin, precision)
    return flt(value + coin - left if left > coin / 2 else value - left, precision)


# --- in words ---

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()  # fmt: skip
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_MILLIONS = ((10**15, "quadrillion"), (10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_LAKHS = ((10**7, "crore"), (10**5, "lakh"), (1000, "thousand"))


def in_words(integer: Any, in_million: bool = True) -> str:
    """A whole number in English words; with lakhs and crores unless `in_million`."""
    number = int(integer)
    return f"minus {_words(-number, in_million)}" if number < 0 else _words(number, in_million)


def _words(number: int, in_million: bool) -> str:
    parts = []
    for size, name in _MILLIONS if in_million else _LAKHS:
        count, number = divmod(number, size)
        if count:
            parts.append(f"{_words(count, in_million)} {name}")
    text = ", ".join(parts)
    if number >= 100 or not parts:
        return ", ".join(filter(None, (text, _below_thousand(number))))
    return f"{text} and {_below_hundred(number)}" if number else text


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _below_hundred(rest)
    return f"{_SMALL[hundreds]} hundred" + (f" and {_below_hundred(rest)}" if rest else "")


def _below_hundred(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    return _TENS[number // 10 - 2] + (f" {_SMALL[number % 10]}" if number % 10 else "")


def money_in_words(number: Any, main_currency: str | None = None, fraction_currency: str | None = None) -> str:
    """An amount in words, as cheques have it; empty for what is no amount."""
    try:
        amount = float(number)
    except (TypeError, ValueError):
        return ""
    if not amount >= 0:
        return ""
    main_currency = main_currency or cstr(db.get_default("currency")) or "INR"
    fraction_currency = fraction_currency or _of_currency(main_currency, "fraction") or "Cent"
    units = cint(_of_currency(main_currency, "fraction_units")) or 100
    places, in_million = (
        math.ceil(math.log10(units)) or get_number_format().precision,
        get_number_format().string != "#,##,###.##",
    )
    whole, _, fraction = f"{amount:.{places}f}".partition(".")
    parts = in_words(float(f"0.{fraction or 0}") * units, in_million).title() if cint(fraction) else ""
    if whole == "0":
        return f"{parts} {fraction_currency} only." if parts else f"{main_currency} Zero only."
    words = f"{main_currency} {in_words(whole, in_million).title()}"
    return f"{words} and {parts} {fraction_currency} only." if parts else f"{words} only."


__all__ = [
    "NUMBER_FORMAT_MAP", "InvalidRoundingMethod", "NumberFormat", "cast", "cast_fieldtype", "ceil", "floor", "flt",
    "fmt_money", "get_number_format",
    "get_number_format_info", "in_words", "money_in_words", "remainder", "round_based_on_smallest_currency_fraction",
    "rounded", "safe_div",
]  # fmt: skip
