"""Tables without a DocType that app code reads and writes by `frappe.db` all the same: the counters of series, the
values of Singles.

frappe.db.get_value("Series", "INV-", "current")   frappe.db.delete("Singles", {"doctype": "Old Settings"})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...errors import DataError, ValidationError
from ...query import Condition, quote
from ...sqlite.database import Database
from ...utils import _dict, cstr
from ...values import Given

COLUMNS = {"Series": ("name", "current"), "Singles": ("doctype", "field", "value")}
"""Table, without its `tab`, and its columns."""

_COMPARED = {
    "=": "=",
    "!=": "<>",
    ">": ">",
    "<": "<",
    ">=": ">=",
    "<=": "<=",
}
_LIKE = {"like": "LIKE", "not like": "NOT LIKE"}
_LISTED = {"in": "IN", "not in": "NOT IN"}


def condition(table: str, filters: object) -> Condition:
    """What `filters` say of the rows: a name, or values and `[operator, value]` by column. Raises DataError,
    ValidationError."""
    given = {COLUMNS[table][0]: filters} if isinstance(filters, str) else filters or {}
    if not isinstance(given, Mapping):
        raise ValidationError.told(f"Filters of {table} are a name or an object: it is a table without a DocType")
    parts: list[str] = []
    params: list[object] = []
    for key, wanted in given.items():
        operator, value = wanted if isinstance(wanted, list | tuple) and len(wanted) == 2 else ("=", wanted)
        name = cstr(operator).lower()
        if name in _LISTED:
            parts.append(f"{column(table, key)} {_LISTED[name]} ({', '.join('?' * len(value))})")
            params += value
        elif name in _LIKE:
            parts.append(f"LOWER(CAST({column(table, key)} AS TEXT)) {_LIKE[name]} LOWER(?)")
            params.append(cstr(value))
        elif name in _COMPARED:
            parts.append(f"{column(table, key)} {_COMPARED[name]} ?")
            params.append(value)
        else:
            raise ValidationError.told(f"Rows of {table} are not compared by {operator}")
    return Condition(" AND ".join(parts), tuple(params))


def column(table: str, name: object) -> str:
    """The column, quoted. Raises DataError for one that the table does not have."""
    if name not in COLUMNS[table]:
        raise DataError.told(f"{table} has no column {name}; it has {' and '.join(COLUMNS[table])}")
    return quote(cstr(name))


def rows(database: Database, table: str, filters: object, fieldnames: list[str], limit: int | None) -> list[Any]:
    """The values of the rows that fit, in the order of the names."""
    where = condition(table, filters)
    sql = f"SELECT {', '.join(column(table, each) for each in fieldnames)} FROM {quote('tab' + table)}"
    sql += f" WHERE {where.sql}" if where.sql else ""
    most, params = ("", ()) if limit is None else (" LIMIT ?", (limit,))
    return list(database.rows(f"{sql} ORDER BY 1{most}", (*where.params, *params)))


def write(database: Database, table: str, filters: object, values: Given) -> None:
    """Write values into the rows that fit."""
    where = condition(table, filters)
    sets = ", ".join(f"{column(table, key)} = ?" for key in values)
    sql = f"UPDATE {quote('tab' + table)} SET {sets}" + (f" WHERE {where.sql}" if where.sql else "")
    database.execute(sql, (*values.values(), *where.params))


def delete(database: Database, table: str, filters: object) -> None:
    """Delete the rows that fit."""
    where = condition(table, filters)
    sql = f"DELETE FROM {quote('tab' + table)}" + (f" WHERE {where.sql}" if where.sql else "")
    database.execute(sql, where.params)


def shaped(
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    as_dict: bool,
    pluck: bool,
    update: Mapping[str, object] | None,
) -> list[object]:
    """Rows as the caller wants them: the first values, dicts, or tuples."""
    if pluck:
        return [row[0] for row in rows]
    if as_dict:
        return [_dict(zip(names, row, strict=True)).update(update or {}) for row in rows]
    return [tuple(row) for row in rows]
