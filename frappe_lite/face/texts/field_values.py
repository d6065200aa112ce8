"""Values of fields as people read them: `frappe.format`, `doc.get_formatted`; and how many decimal places a field
has."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from ...utils import _dict, cint, cstr
from ..context import ctx
from ..model.documents import db
from ..times.dates import InvalidDateError, format_timedelta
from .formats import format_datetime, format_duration, format_time, formatdate
from .html_texts import markdown
from .numbers import NUMBER_FORMAT_MAP, flt, fmt_money


def get_field_precision(df: Any, doc: object = None, currency: str | None = None) -> int:
    """How many decimal places a number field has: its own, else those of System Settings."""
    if cstr(df.get("precision")):
        return cint(df.get("precision"))
    if df.get("fieldtype") == "Currency":
        style = NUMBER_FORMAT_MAP.get(cstr(db.get_default("number_format")), NUMBER_FORMAT_MAP["#,###.##"])
        return cint(db.get_default("currency_precision")) or style[2]
    return cint(db.get_default("float_precision")) or 3


def get_field_currency(df: Any, doc: Any = None) -> Any:
    """The currency of a Currency field: that of the field which `options` name, in the document or the one it hangs on;
    or `DocType:link:field`."""
    options = cstr(df.get("options"))
    if not options or not doc:
        return None
    parts = options.split(":")
    if len(parts) == 3:
        return db.get_value(parts[0], doc.get(parts[1]), parts[2]) if doc.get(parts[1]) else None
    found = doc.get(options)
    if not found and doc.get("parenttype") and ctx().meta(doc.get("parenttype")).has_field(options):
        return db.get_value(doc.get("parenttype"), doc.get("parent"), options)
    return found


def get_precision(doctype: str, fieldname: str, currency: Any = None, doc: object = None) -> int:
    """How many decimal places a field has."""
    return get_field_precision(ctx().meta(doctype).field(fieldname) or _dict(), doc, currency)


def _fieldtype_of(value: object) -> str:
    kinds = (
        (datetime.datetime, "Datetime"),
        (datetime.date, "Date"),
        (datetime.timedelta, "Time"),
        (int, "Int"),
        (float, "Float"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "Data")


def format_value(
    value: Any,
    df: Any = None,
    doc: object = None,
    currency: str | None = None,
    translated: bool = False,
    format: str | None = None,
) -> object:
    """A value as people read it, by its field; without one, by what it is."""
    field = (
        _dict(fieldtype=df or _fieldtype_of(value))
        if not df or isinstance(df, str)
        else _dict(df)
        if isinstance(df, dict)
        else df
    )
    kind, value = cstr(field.get("fieldtype")), "" if value is None else value
    if (
        value == 0
        and value is not False
        and kind in ("Int", "Float", "Currency", "Percent")
        and field.get("print_hide_if_no_value")
    ):
        return ""
    if kind in ("Currency", "Float"):
        return _number(value, field, kind, doc, currency, format)
    if kind in _SHOWN:
        return _SHOWN[kind](value)
    if kind == "Duration":
        return format_duration(value, bool(field.get("hide_days")))
    if kind == "Table MultiSelect":
        link = next(each for each in ctx().meta(cstr(field.get("options"))).fields if each.fieldtype == "Link")
        return ", ".join(cstr(format_value(row.get(link.fieldname) or "", link, row)) for row in value)
    return value


def _number(value: object, field: Any, kind: str, doc: object, currency: str | None, format: str | None) -> str:
    precision = get_field_precision(field, doc)
    currency = currency or get_field_currency(field, doc)
    if kind == "Currency":
        return fmt_money(value, precision, currency or db.get_default("currency"), format)
    if not field.get("options") and not cint(cstr(value).partition(".")[2]):  # 1.0 is shown as 1
        precision = 0
    return fmt_money(value, precision, currency)


def _time(value: object) -> str:
    try:
        return format_time(value)
    except (InvalidDateError, ValueError):
        return format_timedelta(value)


def _lines(value: object) -> str:
    return cstr(value) if re.search("<br|<div|<p", cstr(value)) else cstr(value).replace("\n", "<br>")


_SHOWN: dict[str, Callable[..., object]] = {
    "Date": formatdate, "Datetime": lambda value: format_datetime(value) or "", "Time": _time,
    "Percent": lambda value: f"{flt(value, 2)}%", "Text": _lines,
    "Small Text": _lines, "Markdown Editor": markdown,
    "Text Editor": lambda value: f"<div class='ql-snow'>{value}</div>",
}  # fmt: skip

__all__ = ["format_value", "get_field_currency", "get_field_precision", "get_precision"]
