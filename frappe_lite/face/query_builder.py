"""`frappe.qb`: the query builder, which is PyPika's, from the extra `apps`. Trusted, as `frappe.db.sql` is.

Task = frappe.qb.DocType("Task")
frappe.qb.from_(Task).select(Task.name).where(Task.status == "Open").run(as_dict=True)
"""

from __future__ import annotations

import importlib
from typing import Any

from ..document import lists
from ..utils import cstr
from .context import ctx
from .missing import NotProvidedError


def DocType(name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 - Frappe's name
    """The table of a DocType."""
    return _needed().Table(
        f"tab{name}" if not cstr(name).startswith(("tab", "__")) or ctx().has_doctype(name) else name, *args, **kwargs
    )


def _needed() -> Any:
    """PyPika on the site: it takes a tenth of a second to import, so whoever does not use it does not wait for it."""
    try:
        return importlib.import_module("frappe_lite.face.pypika_queries")
    except ImportError:
        raise NotProvidedError.told(
            "frappe.qb needs PyPika, which is not installed: pip install 'frappe_lite[apps]'"
        ) from None


def _table(table: Any) -> Any:
    return DocType(table) if isinstance(table, str) else table


class Builder:
    """`frappe.qb`."""

    DocType = staticmethod(DocType)

    def from_(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        """A SELECT or DELETE on a DocType's table."""
        return _needed().SiteQuery.from_(_table(table), *args, **kwargs)

    def into(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        """An INSERT."""
        return _needed().SiteQuery.into(_table(table), *args, **kwargs)

    def update(self, table: Any, *args: Any, **kwargs: Any) -> Any:
        """An UPDATE."""
        return _needed().SiteQuery.update(_table(table), *args, **kwargs)

    def select(self, *fields: Any) -> Any:
        """A SELECT without a table."""
        return _needed().SiteQuery.select(*fields)

    def with_(self, query: Any, name: str) -> Any:
        """A common table expression."""
        return _needed().SiteQuery.with_(query, name)

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
        named: dict[str, Any] = {
            key: self.options.get(key)
            for key in ("fields", "filters", "or_filters", "order_by", "group_by")
            if self.options.get(key) is not None
        }
        named["fields"] = [named["fields"]] if isinstance(named.get("fields"), str) else named.get("fields")
        start, limit = self.options.get("offset") or 0, self.options.get("limit")
        asking = ctx().trusted() if self.options.get("ignore_permissions", True) else ctx()
        rows = lists.get_list(
            asking,
            self.doctype,
            start=start,
            limit=limit,
            as_list=not as_dict,
            distinct=bool(self.options.get("distinct")),
            **named,
        )
        if pluck:
            return [next(iter(row.values())) if as_dict else row[0] for row in rows]
        return rows if as_dict else [list(row) if as_list else tuple(row) for row in rows]


qb: Any = Builder()

__all__ = ["Builder", "DocType", "ListQuery", "qb"]
