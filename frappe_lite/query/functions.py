"""Functions and calculations among the fields of a list, one within another.

The words are those that Frappe 16 takes (`frappe/database/query.py`: FUNCTION_MAPPING, OPERATOR_MAPPING), with a few of
SQLite's own. Each is a line of `FUNCTIONS`: how many arguments it takes, and its SQL, which SQLite and PostgreSQL read.

    {"DIV": [{"SUM": "amount"}, {"COUNT": "*"}], "as": "average"}
        ->  Column('(SUM("tabTask"."amount") * 1.0 / NULLIF(COUNT(*), 0))', "Float", "average", aggregate=True)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import DataError, ValidationError
from ..utils import cstr, now_datetime
from .columns import Columns
from .operators import MAX_PATTERN, Column
from .words import MAX_ORDERS, refused_argument, refused_function

MAX_DEPTH = 5
"""How deep a function may stand in others."""

_CALL = re.compile(r"(\w{1,20})\(([^()]{0,150})\)\Z", re.ASCII)
_BEGINS_CALL = re.compile(r"(\w{1,20})\s*\(", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z", re.ASCII)
_TEXT = re.compile(r"(['\"])([^'\"\\?%\x00-\x1f]{0,100})\1\Z")
_ALIAS = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)


@dataclass(frozen=True)
class Function:
    """What a function takes and means. `said` tells how many arguments it takes."""

    sql: Callable[..., str]
    fewest: int = 1
    most: int = 1
    said: str = "one argument"
    aggregate: bool = False
    from_text: bool = False  # may be called in text, as Frappe 15 has it: "count(name) as total"


def _plain(name: str, **more: object) -> Function:
    return Function(lambda *parts: f"{name}({', '.join(parts)})", **more)  # type: ignore[arg-type]


def _two(sql: Callable[[str, str], str]) -> Function:
    return Function(sql, 2, 2, "two arguments")


def _part(date: str, start: int, length: int = 2) -> str:
    """A part of a date, which is kept as text: `2026-01-31 10:20:30`."""
    return f"CAST(SUBSTR(CAST({date} AS TEXT), {start}, {length}) AS INTEGER)"


def _month(date: str) -> str:
    return _part(date, 6)


def _quarter(date: str) -> str:
    return f"(({_month(date)} + 2) / 3)"


_MONTHS = "January February March April May June July August September October November December".split()
_PARTS: dict[str, Callable[[str], str]] = {
    "YEAR": lambda date: _part(date, 1, 4),
    "QUARTER": _quarter,
    "MONTH": _month,
    "DAY": lambda date: _part(date, 9),
    "HOUR": lambda date: _part(date, 12),
    "MINUTE": lambda date: _part(date, 15),
    "SECOND": lambda date: _part(date, 18),
}


def _month_name(date: str) -> str:
    named = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(_MONTHS, 1))
    return f"CASE {_month(date)} {named} END"


def _extract(part: str, date: str) -> str:
    found = _PARTS.get(part.strip("'").upper())
    if found is None:
        raise ValidationError.told(f"EXTRACT takes one of {', '.join(_PARTS)} in quotes, and a date")
    return found(date)


def _timestamp(date: str, time: str = "'00:00:00'") -> str:
    return f"SUBSTR(CAST({date} AS TEXT) || ' ' || CAST({time} AS TEXT), 1, 19)"


def _locate(part: str, text: str) -> str:
    """Of a part that is too long to be looked for everywhere: NULL."""
    found = f"INSTR(LOWER(CAST({text} AS TEXT)), LOWER(CAST({part} AS TEXT)))"
    return found if part[:1] == "'" else f"CASE WHEN LENGTH(CAST({part} AS TEXT)) <= {MAX_PATTERN} THEN {found} END"


def _now() -> str:
    return f"'{now_datetime():%Y-%m-%d %H:%M:%S}'"


FUNCTIONS: dict[str, Function] = {
    **{name: _plain(name, aggregate=True, from_text=True) for name in ("COUNT", "SUM", "AVG", "MIN", "MAX")},
    "ABS": _plain("ABS", from_text=True),
    "IFNULL": _plain("IFNULL", fewest=2, most=2, said="two arguments"),
    "COALESCE": _plain("COALESCE", fewest=2, most=MAX_ORDERS, said="at least two arguments"),
    **{name: _plain(name, from_text=True) for name in ("LENGTH", "LOWER", "UPPER")},
    "NULLIF": _plain("NULLIF", fewest=2, most=2, said="two arguments"),
    "CONCAT": Function(
        lambda *parts: "(" + " || ".join(f"CAST({each} AS TEXT)" for each in parts) + ")", 1, MAX_ORDERS, "arguments"
    ),
    "LOCATE": _two(_locate),
    "NOW": Function(_now, 0, 0, "no arguments"),
    "TIMESTAMP": Function(_timestamp, 1, 2, "a date, and a time if you like"),
    "MONTH": Function(_month),
    "MONTHNAME": Function(_month_name),
    "QUARTER": Function(_quarter),
    "EXTRACT": _two(_extract),
    "ADD": _two(lambda left, right: f"({left} + {right})"),
    "SUB": _two(lambda left, right: f"({left} - {right})"),
    "MUL": _two(lambda left, right: f"({left} * {right})"),
    "DIV": _two(lambda left, right: f"({left} * 1.0 / NULLIF({right}, 0))"),  # as MariaDB: NULL for a division by 0
}
"""What `fields` may call, by its name in capitals."""


def _called(function: str, argument: object) -> str:
    """The key of a function without `as`: Frappe's SQL of it."""
    return (
        f"{function}({argument})" if argument == "*" or not isinstance(argument, str) else f"{function}(`{argument}`)"
    )


def is_over_rows(field: object) -> bool:
    """Whether a field as a client writes it calls a function of many rows, such as COUNT, itself or within another."""
    if isinstance(field, list):
        return any(is_over_rows(each) for each in field if isinstance(each, dict))
    if isinstance(field, dict):
        within = (each for each in field.values() if isinstance(each, dict | list))
        return any(_is_aggregate(cstr(name)) for name in field) or any(map(is_over_rows, within))
    return any(_is_aggregate(name) for name in _BEGINS_CALL.findall(cstr(field)))


def _is_aggregate(name: str) -> bool:
    rule = FUNCTIONS.get(name.upper())
    return rule is not None and rule.aggregate


@dataclass
class Functions(Columns):
    """The functions that a client's fields and orders name, on the columns of one DocType."""

    aggregated: bool = False
    is_alone: bool = False  # rows of a table of which no parent is named: no rules say which of their fields are read

    def function_of_text(self, text: str) -> re.Match[str] | None:
        """The name and the arguments in `count(name)`; None for text that calls nothing."""
        return _CALL.match(text)

    def said(self, each: str, call: re.Match[str], alias: str) -> Column:
        """A field that calls a function as text. Frappe's later version takes none; here those of its earlier one are
        taken. Raises ValidationError, DataError."""
        rule = FUNCTIONS.get(call[1].upper())
        if rule is not None and rule.fewest == 2 and self.strict:
            raise refused_argument(call[1])
        if rule is not None and rule.from_text and not self.is_alone:
            try:
                return self.called(call, alias)
            except DataError:
                if self.strict:
                    raise
        raise refused_function(each)

    def is_ordering(self, call: re.Match[str]) -> bool:
        """Whether `order_by` may call it."""
        rule = FUNCTIONS.get(call[1].upper())
        return rule is not None and (rule.from_text or rule.fewest == 2)

    def is_aggregate(self, call: re.Match[str]) -> bool:
        """Whether it is worked out over the rows of a group."""
        return FUNCTIONS[call[1].upper()].aggregate

    def called(self, call: re.Match[str], alias: str) -> Column:
        """The column that a call in text means."""
        argument = call[2].strip()
        distinct = argument[:9].lower() == "distinct "
        return self._applied(call[1].upper(), argument[9:] if distinct else argument, alias, distinct)

    def function(self, each: dict[str, object]) -> Column:
        """The column that an object means: `{"SUM": "amount", "as": "total"}`. Raises ValidationError."""
        name, argument, alias = self._taken_apart(each)
        if alias and not _ALIAS.match(alias):
            raise ValidationError.told(f"Invalid alias format: {alias[:80]}. Alias must be a simple identifier.")
        return self._applied(name.upper(), argument, alias or _called(name, argument))

    @staticmethod
    def _taken_apart(each: dict[str, object]) -> tuple[str, object, str]:
        """(function, argument, alias)."""
        named = {key: value for key, value in each.items() if key.lower() != "as"}
        if len(named) != 1:
            raise ValidationError.told(
                "A function field is an object with one function and `as`, such as {'COUNT': 'name', 'as': 'total'}"
            )
        name, argument = next(iter(named.items()))
        if name.upper() not in FUNCTIONS:
            raise ValidationError.told(f"Unsupported function or operator: {name[:40]}")
        return name, argument, cstr(each.get("as") or each.get("AS"))

    def _applied(self, name: str, argument: object, alias: str, distinct: bool = False, depth: int = 1) -> Column:
        rule = FUNCTIONS[name]
        parts = self._arguments(argument)
        if depth > MAX_DEPTH:
            raise ValidationError.told(f"Functions may be nested {MAX_DEPTH} levels deep")
        if len(parts) > MAX_ORDERS:
            raise ValidationError.told(f"{name} takes {MAX_ORDERS} arguments at most")
        compiled = [self._argument(part, depth) for part in parts]
        if not rule.fewest <= len(compiled) <= rule.most:
            raise ValidationError.told(f"{name} takes {rule.said}")
        if any(each.sql == "*" for each in compiled) and (name != "COUNT" or distinct):
            raise ValidationError.told(f"{name}(*) is not a function; only COUNT takes *")
        if rule.aggregate and any(each.aggregate for each in compiled):
            raise ValidationError.told(f"{name} is worked out over rows: no other such function stands within it")
        self.aggregated |= rule.aggregate
        sql = [each.sql for each in compiled]
        if distinct:
            sql[0] = f"DISTINCT {sql[0]}"
        kind = compiled[0].fieldtype if name in ("MIN", "MAX") else "Float"
        return Column(rule.sql(*sql), kind, alias, rule.aggregate or any(each.aggregate for each in compiled))

    @staticmethod
    def _arguments(argument: object) -> Sequence[object]:
        if argument is None:
            return []
        if isinstance(argument, str):
            return argument.split(",")
        return argument if isinstance(argument, list) else [argument]

    def _argument(self, part: object, depth: int) -> Column:
        """A field, a number, a text in quotes, or a function with its own. Raises ValidationError."""
        if isinstance(part, dict):
            name, argument, _alias = self._taken_apart(part)
            return self._applied(name.upper(), argument, "", depth=depth + 1)
        if not isinstance(part, str | int | float):
            raise ValidationError.told(
                "An argument is a field, a number, a text in quotes, or an object with a function"
            )
        text = cstr(int(part) if isinstance(part, bool) else part).strip()
        if text == "*" or _NUMBER.match(text):
            return Column(text, "Float", "")
        quoted = _TEXT.match(text)
        return Column(f"'{quoted[2]}'", "Data", "") if quoted else self.column(text, "select")
