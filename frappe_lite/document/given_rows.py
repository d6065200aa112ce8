"""Reads what is given as the rows of a child table, and numbers them.

given_rows("items", '[{"item": "a"}]')   ->   [{"item": "a"}]        given_rows("items", "a")   raises RowsTextError
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import BadRequestError, ValidationError
from ..protocol import parse_json


class RowsError(ValidationError, TypeError, ValueError):
    """The value given for a child table is not a list of rows. Frappe raises TypeError or ValueError."""


class RowsTextError(BadRequestError, TypeError, ValueError):
    """The text given for a child table is not JSON."""


def given_rows(key: str, value: object) -> Iterable[object]:
    """The rows of a child table: a list, or JSON of one. Raises RowsError and RowsTextError."""
    try:
        value = parse_json(value, key)
    except BadRequestError as error:
        raise RowsTextError(str(error)) from None
    rows = value or []
    if (isinstance(rows, Mapping) and rows) or not isinstance(rows, Iterable):
        raise no_rows(key)
    return rows


def no_rows(key: str) -> RowsError:
    """The error for a value that cannot be the rows of the table `key`."""
    error = RowsError.told(f"{key} is a list of rows, each an object with the values of its fields")
    assert isinstance(error, RowsError)
    return error


def number(rows: Sequence[Any]) -> None:
    """Number the rows of a table from 1, in their present order."""
    for index, each in enumerate(rows, 1):
        each.idx = index


__all__ = ["RowsError", "RowsTextError", "given_rows", "no_rows", "number"]
