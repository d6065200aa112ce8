"""What templates and expressions of people see: values, and never the objects that they are values of.

`reach` is the one way to an attribute. It knows documents, namespaces and plain values, each with what may be asked of
it; of anything else it gives nothing. No name with `_` before it is ever reached.

    reach(doc, "subject") -> "Pack"      reach(doc, "db_set") -> MISSING      reach("a", "upper") -> a function
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from werkzeug.local import LocalProxy

from ...doctype.field import Field
from ...doctype.meta import DocType
from ...document.base_document import BaseDocument
from ...utils import _dict
from .budget import formatted, joined, padded, replaced


class Missing:
    """What is not there, or not to be had."""

    def __repr__(self) -> str:
        return ""


MISSING = Missing()


class Function:
    """Something that may be called, and nothing else."""

    __slots__ = ("_call", "_name")

    def __init__(self, name: str, call: Callable[..., object]):
        self._name, self._call = name, call

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Call it."""
        return self._call(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<function {self._name}>"


class Names:
    """A namespace, such as `frappe` or `frappe.utils`."""

    __slots__ = ("_names",)

    def __init__(self, **names: Any):
        self._names = {name: Function(name, value) if _is_callable(value) else value for name, value in names.items()}

    def __getattr__(self, name: str) -> object:
        """For app code that asks for a name itself."""
        if name.startswith("_") or name not in self._names:
            raise AttributeError(name)
        return self._names[name]

    def __getitem__(self, name: str) -> Any:
        """As of a dict, for app code; texts of people reach no more by it. Raises KeyError."""
        return self._names[name]

    def get(self, name: str, default: object = None) -> object:
        """As of a dict, for app code: texts of people reach the names alone."""
        return self._names.get(name, default)

    def __repr__(self) -> str:
        return "<names>"


class DocumentView:
    """A document or child row as its values."""

    __slots__ = ("_document",)

    def __init__(self, document: BaseDocument):
        self._document = document

    def __repr__(self) -> str:
        return f"<{self._document.doctype}: {self._document.name or 'unsaved'}>"

    def __json__(self) -> dict[str, object]:
        return self._document.as_dict()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DocumentView) and other._document is self._document

    def __hash__(self) -> int:
        return id(self._document)


class ObjectView:
    """An object of an app, as the plain values that are its attributes."""

    __slots__ = ("_values",)

    def __init__(self, thing: object):
        self._values = {
            key: value
            for key, value in getattr(thing, "__dict__", {}).items()
            if not key.startswith("_") and not callable(value)
        }

    def __repr__(self) -> str:
        return "<object>"

    def __json__(self) -> dict[str, object]:
        return {key: value for key, value in self._values.items() if isinstance(value, SCALARS)}


SCALARS = (str, int, float, type(None), bytes, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta)
CONTAINERS = (dict, list, tuple, set, frozenset, range)
_OURS = f"{__name__.partition('.')[0]}."
"""Where the objects of this package come from: sites, contexts, stores. They are nobody's values."""

_PROXIES: tuple[type[object], ...] = (LocalProxy,)  # one passes for what it stands for, until it is asked for its type
VIEWS = (Function, Names, DocumentView, ObjectView, Missing)


def _is_callable(value: object) -> bool:
    return callable(value) and not isinstance(value, VIEWS)


def view(value: Any) -> Any:
    """A value as people's texts see it. What is in a list or dict becomes a view when it is reached."""
    if type(value) in _PROXIES:
        return view(value._get_current_object())
    if isinstance(value, VIEWS + SCALARS + CONTAINERS):
        return value
    if isinstance(value, BaseDocument):
        return DocumentView(value)
    if isinstance(value, DocType):
        return meta_view(value)
    if isinstance(value, Field):
        return _dict(value.raw)
    if isinstance(value, ModuleType) or type(value).__module__.startswith(_OURS):
        return MISSING
    if callable(value):
        return (
            MISSING
            if getattr(value, "__module__", None) in ("builtins", None)
            else Function(getattr(value, "__name__", "function"), value)
        )
    return ObjectView(value)


def told(value: object) -> object:
    """The same through and through: for texts of what is in lists and dicts."""
    if isinstance(value, list | tuple | set | frozenset):
        return (
            type(value)([told(each) for each in value]) if type(value) in CONTAINERS else [told(each) for each in value]
        )
    return {key: told(each) for key, each in value.items()} if isinstance(value, dict) else view(value)


def unview(value: object) -> object:
    """The object of a view, for who is trusted with it."""
    if isinstance(value, DocumentView):
        return value._document
    if isinstance(value, list | tuple | set):
        return type(value)(unview(each) for each in value)
    return None if isinstance(value, Missing) else value


def meta_view(meta: DocType) -> Names:
    """A DocType, as templates ask of it."""
    return Names(
        name=meta.name, fields=[_dict(field.raw) for field in meta.fields], get_label=meta.get_label,
        has_field=meta.has_field, get_title_field=meta.get_title_field,
        get_field=lambda fieldname: _dict(field.raw) if (field := meta.field(fieldname)) else None,
        issingle=meta.issingle, istable=meta.istable, module=meta.module,
    )  # fmt: skip


# --- attributes ------------------------------------------------------------------------------------------

_TEXT = dict.fromkeys(
    "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower "
    "isnumeric isspace istitle isupper lower lstrip partition"
    " removeprefix removesuffix rfind rindex rpartition rsplit rstrip split splitlines startswith strip swapcase "
    "title upper".split()
)
_METHODS: tuple[tuple[type[Any], dict[str, Callable[..., Any] | None]], ...] = (
    (str, {**_TEXT, **{name: padded(name) for name in ("center", "ljust", "rjust", "zfill")}, "replace": replaced, "join": joined, "format": formatted}),
    (datetime.datetime, dict.fromkeys(("date", "time", "isoformat", "strftime", "timestamp", "weekday", "isoweekday"))),
    (datetime.date, dict.fromkeys(("isoformat", "strftime", "weekday", "isoweekday"))),
    (datetime.time, dict.fromkeys(("isoformat", "strftime"))),
    (datetime.timedelta, {"total_seconds": None}),
    (dict, {"get": None, "items": lambda values: list(values.items()), "keys": lambda values: list(values), "values": lambda values: list(values.values())}),
    (list, dict.fromkeys(("index", "count"))), (tuple, dict.fromkeys(("index", "count"))),
    (set, dict.fromkeys(("union", "intersection", "difference", "issubset", "issuperset"))),
    (int, {"bit_length": None}), (float, {"is_integer": None}),
)  # fmt: skip
"""What may be called of plain values; None is Python's own method."""

_PARTS = frozenset(
    {"year", "month", "day", "hour", "minute", "second", "microsecond", "days", "seconds", "microseconds"}
)


def reach(value: object, name: object) -> object:
    """An attribute, or MISSING."""
    value = view(value)
    if not isinstance(name, str) or name.startswith("_"):
        return MISSING
    if isinstance(value, DocumentView):
        return _of_document(value._document, name)
    if isinstance(value, Names):
        return value._names.get(name, MISSING)
    if isinstance(value, ObjectView):
        return value._values.get(name, MISSING)
    for kind, methods in _METHODS:
        if isinstance(value, kind) and name in methods:
            return Function(name, partial(methods[name] or getattr(kind, name), value))
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta) and name in _PARTS:
        return getattr(value, name, MISSING)
    if isinstance(value, dict):
        return value[name] if name in value else (None if isinstance(value, _dict) else MISSING)
    return MISSING


def item(value: object, key: Any) -> object:
    """`value[key]`, of a plain value or a document; else the attribute of that name."""
    value = view(value)
    if isinstance(value, CONTAINERS + (str, bytes)) and not isinstance(value, set | frozenset):
        try:
            return value[key]
        except (TypeError, LookupError):
            return reach(value, key) if isinstance(key, str) else MISSING
    return reach(value, key) if isinstance(key, str) else MISSING


# --- documents -------------------------------------------------------------------------------------------

_INNER = frozenset({"flags", "parent_doc", "ctx"})


def _of_document(document: BaseDocument, name: str) -> object:
    """A field, as app code would read it; what an app put beside the fields; or one of a few functions."""
    field = document.meta.field(name)
    if name in document.meta.columns or (field is not None and (field.virtual or field.type.table)):
        found = getattr(document, name, None)
        return MISSING if callable(found) else found
    if name in document.__dict__ and name not in _INNER:
        return document.__dict__[name]
    if name == "meta":
        return meta_view(document.meta)
    return Function(name, partial(_OF_DOCUMENT[name], document)) if name in _OF_DOCUMENT else MISSING


def _get(document: BaseDocument, key: str, filters: object = None, default: object = None) -> object:
    """A value; of a child table the rows that fit; a second argument that is no dict is the default."""
    found = (
        _of_document(document, key)
        if isinstance(key, str) and not key.startswith("_") and key not in _OF_DOCUMENT
        else None
    )
    if isinstance(filters, Mapping) and isinstance(found, list):
        return [row for row in found if all(item(row, name) == wanted for name, wanted in filters.items())]
    if found is None or found is MISSING:
        return default if filters is None or isinstance(filters, Mapping) else filters
    return found


def _as_dict(document: BaseDocument, no_nulls: bool = False) -> _dict:
    return document.as_dict(no_nulls=bool(no_nulls))


_OF_DOCUMENT: dict[str, Callable[..., object]] = {
    "get": _get, "as_dict": _as_dict,
    "get_formatted": lambda document, fieldname: document.get_formatted(fieldname) if _may_name(fieldname) else "",
    "get_title": lambda document: document.get_title(), "is_new": lambda document: bool(document.is_new()),
    "get_label_from_fieldname": lambda document, fieldname: document.get_label_from_fieldname(fieldname),
    "get_valid_dict": lambda document: document.get_valid_dict(),
    "get_url": lambda document: document.get_url() if hasattr(document, (
        "get_url"
    )) else "",
    "get_all_children": lambda document: document.get_all_children(),
}  # fmt: skip
"""What may be called of a document: nothing that writes, and nothing of its controller's own."""


def _may_name(fieldname: object) -> bool:
    return isinstance(fieldname, str) and not fieldname.startswith("_")
