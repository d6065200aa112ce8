"""Dates as objects for app code: what Frappe reads from its database are `date`, `datetime` and `timedelta`, not text.

Stored and on the wire they are text, and whoever only reads over REST pays for nothing else. The class of the
documents gets a property for each such field, which makes the object when the attribute is looked at; what is set is
kept as it is, as in Frappe. Lists and `frappe.db` convert the columns that are dates.

    class Event(Document): …   doc.starts_on -> datetime.date(2026, 1, 31)    doc.as_dict()["starts_on"] -> "2026-01-31"
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ..utils import get_datetime, get_time, getdate
from .meta import DocType


def _timedelta(text: str) -> datetime.timedelta:
    time = get_time(text)
    return datetime.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond)


TYPES: dict[str, Callable[[str], object]] = {"Date": getdate, "Datetime": get_datetime, "Time": _timedelta}
"""Fieldtype -> what makes the object of the text."""


def typed(fieldtype: str, value: object) -> Any:
    """The value as Frappe's database gives it; text that is no date stays."""
    if not value or not isinstance(value, str) or fieldtype not in TYPES:
        return value
    try:
        return TYPES[fieldtype](value)
    except ValueError:
        return value


def typed_rows(fieldtypes: Sequence[str], rows: Iterable[Sequence[object]]) -> list[list[Any]]:
    """Rows with their dates as objects."""
    places = [(index, fieldtype) for index, fieldtype in enumerate(fieldtypes) if fieldtype in TYPES]
    found = [list(row) for row in rows]
    for row in found:
        for index, fieldtype in places:
            row[index] = typed(fieldtype, row[index])
    return found


Kind = TypeVar("Kind")
"""A class of documents."""


class _Dated:
    """An attribute whose text is looked at as a date."""

    def __init__(self, fieldname: str, fieldtype: str):
        self.fieldname, self.fieldtype = fieldname, fieldtype

    def __get__(self, document: object, _owner: object = None) -> Any:
        return self if document is None else typed(self.fieldtype, document.__dict__.get(self.fieldname))

    def __set__(self, document: object, value: object) -> None:
        document.__dict__[self.fieldname] = value


class _TypedGet:
    """`doc.get` gives what the attribute gives."""

    _dated: dict[str, str] = {}

    def get(self, key: str, filters: object = None, limit: int | None = None, default: object = None) -> Any:
        """As `Document.get`, with dates as objects."""
        value = super().get(key, filters, limit, default)  # type: ignore[misc]
        if value.__class__ is str and key in self._dated:
            return typed(self._dated[key], value)
        return value


def with_dates(document_class: type[Kind], meta: DocType) -> type[Kind]:
    """A subclass for the documents of one DocType, whose dates are objects."""
    dated = {name: meta.standard[name] for name in meta.standard} | {
        field.fieldname: field.fieldtype for field in meta.value_fields
    }
    dated = {
        name: fieldtype for name, fieldtype in dated.items() if fieldtype in TYPES and not hasattr(document_class, name)
    }
    names: dict[str, object] = {name: _Dated(name, fieldtype) for name, fieldtype in dated.items()}
    names |= {
        "__module__": document_class.__module__,
        "__doc__": document_class.__doc__,
        "__qualname__": document_class.__qualname__,
        "_dated": dated,
    }
    return type(document_class.__name__, (_TypedGet, document_class), names)


__all__ = ["TYPES", "typed", "typed_rows", "with_dates"]
