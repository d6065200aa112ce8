"""The names that the next documents of a DocType would get, without counting on.

autoname "TASK-.YYYY.-.####"   ->   ["TASK-2026-0042", "TASK-2026-0043", "TASK-2026-0044"]
autoname "field:title"         ->   ["‹Title›"]
"""

from __future__ import annotations

from ...context import Context
from ...doctype.meta import DocType
from ...doctype.naming import make_name
from ...errors import FrappeError
from ...query import quote
from ...utils import _dict, cint, now, nowdate

EXAMPLES = 3
TYPED = "‹as it is typed›"


class Sample:
    """A document as naming rules look at it: each field says which it is."""

    def __init__(self, meta: DocType):
        self.meta, self.flags, self.name = meta, _dict(), TYPED
        self._values: dict[str, object] = {"name": TYPED}
        self._values |= {
            field.fieldname: _value(field.fieldtype, field.label or field.fieldname) for field in meta.fields
        }
        self._values |= {"naming_series": None, "amended_from": None}

    def get(self, key: str, default: object = None) -> object:
        """What stands for the field's value."""
        return self._values.get(key, default)

    def set(self, key: str, value: object) -> None:
        """Keep a value, as the rule of a series does."""
        self._values[key] = value


def _value(fieldtype: str, label: str) -> object:
    return {"Date": nowdate(), "Datetime": now(), "Int": 1, "Check": 0}.get(fieldtype, f"‹{label}›")


def next_names(ctx: Context, meta: DocType) -> list[str]:
    """The next names, as far as they can be told; none for a rule that is wrong, and for what has no names."""
    if meta.issingle or meta.istable or meta.is_virtual:
        return []
    ahead: dict[str, int] = {}

    def peek(series: str) -> int:
        ahead[series] = ahead.get(series, 0) + 1
        return _current(ctx, meta, series) + ahead[series]

    try:
        names = [str(make_name(meta, Sample(meta), peek)) for _ in range(EXAMPLES)]
    except FrappeError:
        return []
    return list(dict.fromkeys(names))


def _current(ctx: Context, meta: DocType, series: str) -> int:
    row = ctx.store.database.row('SELECT current FROM "tabSeries" WHERE name = ?', (series,))
    if row is None and series == f"{meta.name}:autoincrement" and ctx.store.database.columns(meta.table):
        row = ctx.store.database.row(f"SELECT max(name) FROM {quote(meta.table)}")
    return cint(row[0]) if row is not None else 0
