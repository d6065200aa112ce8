"""Filters judged in Python: `frappe.utils.evaluate_filters(doc, {"status": "Open"})`, without asking the database."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import DataError, DoesNotExistError, ValidationError
from ...query.operators import find_operator
from ...utils import _dict, cstr
from ..context import ctx
from ..times.dates import getdate
from ..times.periods import get_timespan_date_range
from .numbers import cast


def _like(value: object, pattern: object) -> bool:
    """SQL's LIKE where % stands at the ends; text without % is looked for anywhere."""
    text, wanted = cstr(value), cstr(pattern)
    if wanted.startswith("%") and wanted.endswith("%"):
        return wanted.strip("%") in text
    if wanted.startswith("%"):
        return text.endswith(wanted[1:])
    return text.startswith(wanted[:-1]) if wanted.endswith("%") else wanted in text


def _is(value: object, wanted: object) -> bool:
    choice = cstr(wanted).lower()
    if choice not in ("set", "not set"):
        raise ValidationError.told(f"Invalid argument for operator 'IS': {wanted}")
    return (value not in (None, "")) is (choice == "set")


def _in_timespan(value: object, timespan: object) -> bool:
    span: tuple[datetime.date, datetime.date] | None = get_timespan_date_range(cstr(timespan).lower())
    return bool(value) and span is not None and span[0] <= getdate(value) <= span[1]


def _between(value: object, pair: Any) -> bool:
    return bool(pair[0] <= value <= pair[1])


operator_map: dict[str, Callable[[Any, Any], Any]] = {
    "^": lambda value, wanted: cstr(value).startswith(wanted), "in": lambda value, wanted: value in wanted,
    "not in": lambda value, wanted: value not in wanted,
    "=": lambda value, wanted: value == wanted, "!=": lambda value, wanted: value != wanted, ">": lambda value,
    wanted: value > wanted,
    "<": lambda value, wanted: value < wanted, ">=": lambda value, wanted: value >= wanted, "<=": lambda value,
    wanted: value <= wanted,
    "not None": lambda value, _wanted: value is not None, "None": lambda value, _wanted: value is None, "like": _like,
    "not like": lambda value, wanted: not _like(value, wanted), "is": _is, "between": _between,
    "timespan": _in_timespan, "Timespan": _in_timespan,
}  # fmt: skip
"""How Python compares a value with what a filter says."""


def compare(val1: object, condition: str, val2: object, fieldtype: str | None = None) -> bool:
    """Whether a value fits: `compare(3, ">", 2)`. With a fieldtype both become what that type holds; an operator that
    nobody knows fits nothing."""
    name = condition if condition in operator_map else cstr(condition).lower()
    if name not in operator_map:
        return False
    if fieldtype and name != "is":
        val1 = cast(fieldtype, val1)
        if name not in ("timespan", "Timespan", "like", "not like"):
            val2 = (
                type(val2)(cast(fieldtype, each) for each in val2)
                if isinstance(val2, list | tuple | set)
                else cast(fieldtype, val2)
            )
    return bool(operator_map[name](val1, val2))


def evaluate_filters(doc: Any, filters: object) -> bool:
    """Whether a document, or a dict with its values, fits every filter."""
    return all(
        compare(doc.get(each.fieldname), each.operator, each.value, each.fieldtype)
        for each in map(_described, _tuples(cstr(doc.get("doctype")), filters))
    )


def _tuples(doctype: str, filters: Any) -> list[tuple[str, str, str, object]]:
    """(DocType, field, operator, value) of each filter, whatever form they came in."""
    if isinstance(filters, Mapping):
        return [
            _tuple(doctype, [key, *value] if isinstance(value, list | tuple) and _is_pair(value) else [key, "=", value])
            for key, value in filters.items()
        ]
    if filters and isinstance(filters, list | tuple) and isinstance(filters[0], str):
        return [_tuple(doctype, filters)]
    return [
        found
        for each in filters or ()
        for found in (_tuples(doctype, each) if isinstance(each, Mapping) else [_tuple(doctype, each)])
    ]


def _is_pair(value: Any) -> bool:
    return (
        len(value) == 2
        and isinstance(value[0], str)
        and (find_operator(value[0]) is not None or value[0] in operator_map)
    )


def _tuple(doctype: str, given: Any) -> tuple[str, str, str, object]:
    parts = list(given)
    if len(parts) == 2:
        parts.insert(1, "=")
    if len(parts) == 3:
        parts.insert(0, doctype)
    if len(parts) < 4:
        raise ValidationError.told("Filter must have 4 values (doctype, fieldname, operator, value)")
    return cstr(parts[0]), cstr(parts[1]), cstr(parts[2]), parts[3]


def get_filter(doctype: str | None, filters: object, filters_config: object = None) -> _dict:
    """One filter as {doctype, fieldname, operator, value, fieldtype}. Raises ValidationError for an operator that there
    is none of, DataError for a name that is none."""
    return _described(_tuples(cstr(doctype), filters)[0], filters_config)


def _described(given: tuple[str, str, str, object], more_operators: Any = None) -> _dict:
    doctype, fieldname, operator, value = given
    sanitize_column(fieldname)
    if (
        find_operator(operator) is None
        and operator not in operator_map
        and operator.lower() not in {cstr(each).lower() for each in more_operators or ()}
    ):
        raise ValidationError.told(f"Operator must be one of {', '.join(operator_map)}; it is {operator}")
    found = _dict(doctype=doctype, fieldname=fieldname, operator=operator, value=value, fieldtype=None)
    if doctype and ctx().has_doctype(doctype):
        found.doctype, found.fieldtype = _place(doctype, fieldname)
    return found


def _place(doctype: str, fieldname: str) -> tuple[str, str | None]:
    """The DocType that has the field, itself or one of its child tables, and the field's type."""
    meta = ctx().meta(doctype)
    field = meta.field(fieldname)
    if field is None and fieldname not in meta.standard:
        for table in meta.table_fields:
            try:
                child = ctx().meta(cstr(table.options)).field(fieldname)
            except DoesNotExistError:
                continue
            if child is not None:
                return cstr(table.options), child.fieldtype
    return doctype, field.fieldtype if field else None


def make_filter_tuple(doctype: str, key: str, value: object) -> list[object]:
    """`[doctype, key, operator, value]`."""
    return [doctype, key, value[0], value[1]] if isinstance(value, list | tuple) else [doctype, key, "=", value]


def make_filter_dict(filters: Any) -> _dict:
    """`{key: (operator, value)}` of filters in lists of four."""
    return _dict({each[1]: (each[2], each[3]) for each in filters})


def sanitize_column(column_name: str) -> str:
    """The name itself. Raises DataError for text with marks that no name has."""
    if re.search(r"[,'();\n]", cstr(column_name)) and not re.fullmatch(
        r"ifnull\(\s*[`.\w]+\s*,\s*(''|0)\s*\)", cstr(column_name), re.IGNORECASE
    ):
        raise DataError.told(f"Invalid field name {column_name}")
    return column_name


__all__ = [
    "compare",
    "evaluate_filters",
    "get_filter",
    "make_filter_dict",
    "make_filter_tuple",
    "operator_map",
    "sanitize_column",
]
