"""Compares a column with what a client sent: the table of operators, and how each value is bound.

compile_comparison(Column('"tabTask"."points"', "Int", "points"), "<", OPERATORS["<"], "3")
    ->  Condition('COALESCE("tabTask"."points", 0) < ?', (3,))
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..doctype.fieldtypes import NUMERIC, float_text
from ..errors import ValidationError
from ..utils import cstr, flt, get_datetime, get_timespan_date_range, getdate, now_datetime

MAX_VALUES = 10_000
"""Values that the filters of a list compare with, all together."""

MAX_PATTERN, MAX_PATTERNS = 255, 2_550
"""Characters of a `like` from its first wildcard on. A text is compared with them from each of its characters on, and
that within one step of the database, which no time limit ends: 20,000 of them took a minute for a megabyte. The second
number is of all the patterns of a list."""


@dataclass(frozen=True)
class Condition:
    """SQL that is true for some rows, with its values. The empty condition is true for all."""

    sql: str = ""
    params: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return _joined("AND", [self, other])


NO_CONDITION = Condition()
"""True for all rows."""


def _joined(word: str, conditions: Iterable[Condition]) -> Condition:
    parts = [each for each in conditions if each.sql]
    if len(parts) < 2:
        return parts[0] if parts else NO_CONDITION
    sql = f" {word} ".join(f"({each.sql})" for each in parts)
    return Condition(sql, tuple(value for each in parts for value in each.params))


def any_of(conditions: Iterable[Condition]) -> Condition:
    """The condition that holds where any of these does."""
    return _joined("OR", conditions)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """The condition that holds where all of these do."""
    return _joined("AND", conditions)


def quote(identifier: str) -> str:
    """An identifier in SQL quotes."""
    return '"' + identifier.replace('"', '""') + '"'


# --- the table -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operator:
    """How one operator becomes SQL. `null`: an unset value counts as empty text or 0."""

    sql: str
    null: bool = False
    takes: str = "value"  # value, text, list, pair, set, timespan or tree


# Frappe: an unset value counts as empty, so != and "not in" find it, and < finds it among dates and numbers.
OPERATORS: dict[str, Operator] = {
    "=": Operator("{column} = ?"),
    "!=": Operator("{column} != ?", null=True),
    ">": Operator("{column} > ?"),
    "<": Operator("{column} < ?", null=True),
    ">=": Operator("{column} >= ?"),
    "<=": Operator("{column} <= ?", null=True),
    "like": Operator("{column} LIKE ? ESCAPE '\\'", takes="text"),
    "not like": Operator("{column} NOT LIKE ? ESCAPE '\\'", null=True, takes="text"),
    "in": Operator("{column} IN ({values})", takes="list"),
    "not in": Operator("{column} NOT IN ({values})", null=True, takes="list"),
    "is": Operator("", takes="set"),
    "between": Operator("{column} BETWEEN ? AND ?", takes="pair"),
    "timespan": Operator("{column} BETWEEN ? AND ?", takes="timespan"),
    "previous": Operator("{column} BETWEEN ? AND ?", takes="timespan"),
    "next": Operator("{column} BETWEEN ? AND ?", takes="timespan"),
    "ancestors of": Operator("{column} IN ({values})", takes="tree"),
    "descendants of": Operator("{column} IN ({values})", takes="tree"),
    "not ancestors of": Operator("{column} NOT IN ({values})", null=True, takes="tree"),
    "not descendants of": Operator("{column} NOT IN ({values})", null=True, takes="tree"),
    "descendants of (inclusive)": Operator("{column} IN ({values})", takes="tree"),
}
_ALIASES = {"<>": "!=", "==": "=", "not_in": "not in", "not_like": "not like"}


@dataclass
class Column:
    """A column that a query may use: its SQL, its type, and the name it has in the answer."""

    sql: str
    fieldtype: str
    name: str
    aggregate: bool = False  # a COUNT, SUM, … over the rows of a group


def find_operator(text: object) -> tuple[str, Operator] | None:
    """The operator that a client's text names, with its rule; None for an unknown one."""
    if not isinstance(text, str):
        return None
    name = text.strip().lower()
    name = _ALIASES.get(name, name)
    rule = OPERATORS.get(name)
    return (name, rule) if rule else None


# --- values, by what an operator takes ---


def _empty(fieldtype: str) -> object:
    if fieldtype in NUMERIC:
        return 0
    return {"Date": "0001-01-01", "Datetime": "0001-01-01 00:00:00", "Time": "00:00:00"}.get(fieldtype, "")


def _value(value: object, fieldtype: str) -> object:
    """The value in the form in which the column is stored. Raises ValidationError for one of the wrong type."""
    if value == []:  # Frappe: no value
        return _empty(fieldtype)
    if isinstance(value, list | dict):
        raise ValidationError.told("This operator takes one value, not a list or an object")
    if fieldtype in NUMERIC:
        return int(value) if isinstance(value, int) and abs(value) < 2**63 else _number(flt(value))
    if value is None:
        return _empty(fieldtype)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and fieldtype not in ("Date", "Datetime"):
        return float_text(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if fieldtype == "Date" else value.isoformat(" ")
    return value if isinstance(value, str) and fieldtype not in ("Date", "Datetime") else _moment(value, fieldtype)


def _number(value: float) -> int | float:
    """An integer if the number is one that SQLite can store; otherwise a float."""
    return int(value) if value.is_integer() and abs(value) < 2**63 else value


def _moment(value: object, fieldtype: str) -> str:
    """A date or time to compare with: a Date column compares by day, and text that is not a date compares as text."""
    text = cstr(value)
    try:
        if fieldtype == "Date" and text:
            return getdate(text).isoformat()
        if fieldtype == "Datetime" and text:
            return get_datetime(text).isoformat(" ")
    except (ValueError, OverflowError):
        raise ValidationError.told(f"{text[:40]} is not a valid date, which is written like 2026-01-31") from None
    return text


def _column_sql(column: Column, rule: Operator) -> str:
    if not rule.null:
        return column.sql
    empty = _empty(column.fieldtype)
    found = f"COALESCE({column.sql}, {empty!r})"
    return f"{found} COLLATE NOCASE" if empty == "" else found  # what is worked out has not its column's collation


def _compile_value(column: Column, name: str, rule: Operator, value: object) -> Condition:
    bound = _value(value, column.fieldtype)
    if name == "=" and value in (None, "") and column.fieldtype not in NUMERIC:
        return Condition(f"({column.sql} IS NULL OR {column.sql} = '')")
    if name == "!=" and value in (None, "") and column.fieldtype not in NUMERIC:
        return Condition(f"{column.sql} != ''")
    return Condition(rule.sql.format(column=_column_sql(column, rule)), (bound,))


def _compile_text(column: Column, _name: str, rule: Operator, value: object) -> Condition:
    if isinstance(value, list | dict) and value != []:
        raise ValidationError.told("like takes text with % in it")
    text = "" if value == [] else cstr(value)  # Frappe: an empty list is no value
    if moving(text) > MAX_PATTERN:
        raise ValidationError.told(f"like takes up to {MAX_PATTERN} characters from the first % or _ on")
    return Condition(rule.sql.format(column=_column_sql(column, rule)), (text,))


def moving(pattern: str) -> int:
    """How many characters of a pattern are looked for at more than one place of a text; none of `abc` and `abc%`."""
    return max(len(pattern) - len(re.split("[%_]", pattern, maxsplit=1)[0]) - 1, 0)


def _places(values: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """Places for the values, and the values. Of many there are 16, 32, 64 and so on, the last value again in those that
    are left: a statement is kept for each number of places."""
    if 8 < len(values) <= 16_384:
        values += values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))
    return ", ".join("?" * len(values)), values


def _compile_list(column: Column, name: str, rule: Operator, value: Any) -> Condition:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    elif isinstance(value, int | float):
        value = [value]
    if len(value or []) > MAX_VALUES:
        raise ValidationError.told(f"At most {MAX_VALUES:,} values can be compared at once")
    values = list(dict.fromkeys(_value(each, column.fieldtype) for each in value or [""]))  # Frappe: no value is ""
    places, bound = _places(tuple(values))
    condition = Condition(rule.sql.format(column=_column_sql(column, rule), values=places), bound)
    if name == "in" and ("" in values or not value):
        return any_of([condition, Condition(f"{column.sql} IS NULL")])
    return condition


def _compile_set(column: Column, _name: str, _rule: Operator, value: object) -> Condition:
    choice = cstr(value).strip().lower()
    if choice not in ("set", "not set"):
        raise ValidationError.told("The operator 'is' takes 'set' or 'not set'")
    if column.fieldtype in NUMERIC:  # Frappe: 0 is not set
        return Condition(f"COALESCE({column.sql}, 0) {'!=' if choice == 'set' else '='} 0")
    if column.fieldtype in ("Date", "Datetime", "Time"):
        return Condition(f"{column.sql} IS {'NOT ' if choice == 'set' else ''}NULL")
    return Condition(f"{column.sql} != ''" if choice == "set" else f"({column.sql} IS NULL OR {column.sql} = '')")


def _range(column: Column, start: object, end: object) -> Condition:
    """BETWEEN. Where a Datetime is compared with a date, the end is the end of that day."""
    first, last = _value(start, column.fieldtype), _value(end, column.fieldtype)
    if column.fieldtype == "Datetime" and len(cstr(end).strip()) <= 10:
        last = f"{cstr(last)[:10]} 23:59:59.999999"
    return Condition(f"{column.sql} BETWEEN ? AND ?", (first, last))


def _compile_pair(column: Column, _name: str, _rule: Operator, value: object) -> Condition:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if column.fieldtype in ("Date", "Datetime") and (
        value is None or isinstance(value, list | tuple) and len(value) < 2
    ):
        value = [*(value or [None]), None]  # Frappe: until today; without a beginning from today
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValidationError.told("between takes two values, such as [3, 5]")
    today = now_datetime().date().isoformat()
    start, end = (value[0] or today, value[1] or today) if column.fieldtype in ("Date", "Datetime") else value
    return _range(column, start, end)


_PERIOD_NAMES = {"1 week": "week", "1 month": "month", "1 quarter": "quarter", "3 months": "quarter", "1 year": "year"}


def compile_timespan(column: Column, name: str, value: object, begins: str) -> Condition:
    """The condition that a column is within a timespan, where weeks begin with the day that `begins` names. Raises
    ValidationError."""
    text = cstr(value).strip().lower()
    if name in ("previous", "next"):
        text = f"{'last' if name == 'previous' else 'next'} {_PERIOD_NAMES.get(text, text)}"
    span = get_timespan_date_range(text, begins)
    if span is None:
        raise ValidationError.told(f"{cstr(value)[:40]} is not a timespan, such as 'last 7 days' or 'this month'")
    return _range(column, span[0].isoformat(), span[1].isoformat())


def _compile_tree(column: Column, _name: str, rule: Operator, names: list[str]) -> Condition:
    places, bound = _places(tuple(names))
    return Condition(rule.sql.format(column=_column_sql(column, rule), values=places), bound)


_COMPILERS: dict[str, Callable[[Column, str, Operator, Any], Condition]] = {
    "value": _compile_value, "text": _compile_text, "list": _compile_list, "pair": _compile_pair,
    "set": _compile_set, "tree": _compile_tree,
}  # fmt: skip


def compile_comparison(column: Column, name: str, rule: Operator, value: object) -> Condition:
    """The condition that compares `column` with `value`.

    Raises ValidationError for a value that the operator does not take.
    """
    return _COMPILERS[rule.takes](column, name, rule, value)
