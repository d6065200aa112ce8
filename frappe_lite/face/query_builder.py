"""`frappe.qb`: the query builder, which is PyPika's, from the extra `apps`. Trusted, as `frappe.db.sql` is.

Task = frappe.qb.DocType("Task")
frappe.qb.from_(Task).select(Task.name).where(Task.status == "Open").run(as_dict=True)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import lists
from ..utils import cstr
from .context import ctx
from .documents import db
from .missing import NotProvidedError

try:
    import pypika
    from pypika import Case, Criterion, CustomFunction, Field, Interval, JoinType, Order, Query, Table, Tuple, functions, terms
    from pypika.dialects import SQLLiteQuery, SQLLiteQueryBuilder
    from pypika.queries import QueryBuilder
except ImportError:
    pypika = None  # type: ignore[assignment]


def DocType(name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 - Frappe's name
    """The table of a DocType."""
    return _needed().Table(f"tab{name}" if not cstr(name).startswith(("tab", "__")) or ctx().has_doctype(name) else name, *args, **kwargs)


def _needed() -> Any:
    if pypika is None:
        raise NotProvidedError.told("frappe.qb needs PyPika, which is not installed: pip install 'frappe_lite[apps]'")
    return pypika


def _table(table: Any) -> Any:
    return DocType(table) if isinstance(table, str) else table


class Builder:
    """`frappe.qb`."""

    DocType = staticmethod(DocType)

    def from_(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        """A SELECT or DELETE on a DocType's table."""
        return _builder().from_(_table(table), *args, **kwargs)

    def into(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        """An INSERT."""
        return _builder().into(_table(table), *args, **kwargs)

    def update(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        """An UPDATE."""
        return _builder().update(_table(table), *args, **kwargs)

    def select(self, *fields: Any) -> Any:
        """A SELECT without a table."""
        return _builder().select(*fields)

    def with_(self, query: Any, name: str) -> Any:
        """A common table expression."""
        return _builder().with_(query, name)

    def Table(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Any table."""
        return _needed().Table(name, *args, **kwargs)

    def Field(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """A field by name."""
        return _needed().Field(name, *args, **kwargs)

    @property
    def desc(self) -> Any:
        """The order from the largest on."""
        return _needed().Order.desc

    @property
    def asc(self) -> Any:
        """The order from the smallest on."""
        return _needed().Order.asc

    @property
    def terms(self) -> Any:
        """PyPika's terms."""
        return _needed().terms

    @property
    def functions(self) -> Any:
        """SQL functions."""
        return _needed().functions

    fn = functions

    def get_query(self, doctype: Any, **kwargs: Any) -> Any:
        """A list's query, as Frappe's own lists use it: `fields`, `filters`, `order_by`, `group_by`, `limit`, `offset`."""
        return ListQuery(doctype if isinstance(doctype, str) else doctype._table_name.removeprefix("tab"), kwargs)

    engine = property(lambda self: self)
    max = property(lambda self: lambda doctype, field, filters=None: _aggregate("MAX", doctype, field, filters))
    min = property(lambda self: lambda doctype, field, filters=None: _aggregate("MIN", doctype, field, filters))
    avg = property(lambda self: lambda doctype, field, filters=None: _aggregate("AVG", doctype, field, filters))
    sum = property(lambda self: lambda doctype, field, filters=None: _aggregate("SUM", doctype, field, filters))


def _aggregate(function: str, doctype: str, fieldname: str, filters: Any) -> Any:
    return lists.get_list(ctx().trusted(), doctype, [{function: fieldname, "as": "value"}], filters, as_list=True)[0][0]


class ListQuery:
    """The query of `frappe.qb.get_query`, run by `run()`."""

    def __init__(self, doctype: str, options: dict[str, Any]):
        self.doctype, self.options = doctype, options

    def run(self, as_dict: bool = False, as_list: bool = False, pluck: Any = None, **_more: Any) -> Any:
        """The rows."""
        named: dict[str, Any] = {key: self.options.get(key) for key in ("fields", "filters", "or_filters", "order_by", "group_by") if self.options.get(key) is not None}
        named["fields"] = [named["fields"]] if isinstance(named.get("fields"), str) else named.get("fields")
        start, limit = self.options.get("offset") or 0, self.options.get("limit")
        asking = ctx().trusted() if self.options.get("ignore_permissions", True) else ctx()
        rows = lists.get_list(asking, self.doctype, start=start, limit=limit, as_list=not as_dict, distinct=bool(self.options.get("distinct")), **named)
        if pluck:
            return [next(iter(row.values())) if as_dict else row[0] for row in rows]
        return rows if as_dict else [list(row) if as_list else tuple(row) for row in rows]


def _builder() -> Any:
    _needed()
    return SiteQuery


qb: Any = Builder()


if pypika is not None:

    class SiteQueryBuilder(SQLLiteQueryBuilder):
        """A query that runs on the site of the moment."""

        def run(self, *_args: Any, as_dict: bool = False, as_list: bool = False, pluck: Any = False, **more: Any) -> Any:
            """Run it; the rows as tuples, dicts or lists, or the first column."""
            return db.sql(self.get_sql(), as_dict=as_dict, as_list=as_list, pluck=bool(pluck))

        def walk(self) -> tuple[str, dict[str, Any]]:
            """The statement and its parameters, of which there are none: values stand in it, quoted."""
            return self.get_sql(), {}

    class SiteQuery(SQLLiteQuery):
        """Where queries begin."""

        @classmethod
        def _builder(cls, **kwargs: Any) -> Any:
            return SiteQueryBuilder(**{"wrap_set_operation_queries": False, **kwargs})  # SQLite has no brackets around the parts of a UNION

    def _run_set(self: Any, **options: Any) -> Any:
        return db.sql(self.get_sql(), **{key: value for key, value in options.items() if key in ("as_dict", "as_list", "pluck")})

    pypika.queries._SetOperation.run = _run_set  # type: ignore[attr-defined]  # a UNION is another class, which PyPika makes itself
    SubQuery = QueryBuilder

    def ConstantColumn(value: Any) -> Any:  # noqa: N802
        """A value as a column."""
        return terms.ValueWrapper(value)

    def _named(name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: terms.Function(name, *args, **kwargs)

    GroupConcat, Concat_ws, Locate, DateFormat, UnixTimestamp, Round = map(_named, ("GROUP_CONCAT", "CONCAT_WS", "LOCATE", "DATE_FORMAT", "UNIX_TIMESTAMP", "ROUND"))
    Replace, Truncate, TimestampDiff, DateDiff, MonthName, Quarter, Month, Year = map(
        _named, ("REPLACE", "TRUNCATE", "TIMESTAMPDIFF", "DATEDIFF", "MONTHNAME", "QUARTER", "MONTH", "YEAR")
    )
    __all__ = [
        "Builder", "Case", "Criterion", "CustomFunction", "DocType", "Field", "Interval", "JoinType", "ListQuery", "Order", "Query", "Table", "Tuple", "functions", "qb", "terms",
    ]  # fmt: skip
else:
    __all__ = ["Builder", "DocType", "ListQuery", "qb"]
