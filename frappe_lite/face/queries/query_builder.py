"""`frappe.qb`: the query builder, which is PyPika's, from the extra `apps`. Trusted, as `frappe.db.sql` is.

Task = frappe.qb.DocType("Task")
frappe.qb.from_(Task).select(Task.name).where(Task.status == "Open").run(as_dict=True)
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ...utils import cstr
from ..context import ctx
from ..missing import NotProvidedError


def DocType(name: str, *args: object, **kwargs: object) -> object:  # noqa: N802 - Frappe's name
    """The table of a DocType."""
    return _needed().Table(
        f"tab{name}" if not cstr(name).startswith(("tab", "__")) or ctx().has_doctype(name) else name, *args, **kwargs
    )


def _needed() -> ModuleType:
    """PyPika on the site: it takes a tenth of a second to import, so whoever does not use it does not wait for it."""
    try:
        return importlib.import_module("frappe_lite.face.queries.pypika_queries")
    except ImportError:
        raise NotProvidedError.told(
            "frappe.qb needs PyPika, which is not installed: pip install 'frappe_lite[apps]'"
        ) from None


def _table(table: object) -> object:
    return DocType(table) if isinstance(table, str) else table


class _Functions:
    """PyPika's functions, and those of Frappe's `query_builder.functions`."""

    def __init__(self, source: Any):
        self._source = source

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name, None) or getattr(self._source.functions, name)

    def __call__(self, name: str, *args: object, **options: object) -> object:
        """A function by name."""
        return self._source.terms.Function(name, *args, **options)


def _aggregate(function: str) -> property:
    """A function that asks for one value of all documents that fit; 0 for none."""

    def asking(builder: Builder) -> Callable[..., object]:
        def ask(dt: str, fieldname: str, filters: object = None) -> object:
            return builder.run_query(dt, {function: fieldname, "as": "value"}, filters) or 0

        return ask

    return property(asking)


class Builder:
    """`frappe.qb`."""

    DocType = staticmethod(DocType)

    def from_(self, table: object, *args: object, **kwargs: object) -> object:
        """A SELECT or DELETE on a DocType's table."""
        return _needed().SiteQuery.from_(_table(table), *args, **kwargs)

    def into(self, table: object, *args: object, **kwargs: object) -> object:
        """An INSERT."""
        return _needed().SiteQuery.into(_table(table), *args, **kwargs)

    def update(self, table: object, *args: object, **kwargs: object) -> object:
        """An UPDATE."""
        return _needed().SiteQuery.update(_table(table), *args, **kwargs)

    def select(self, *fields: object) -> object:
        """A SELECT without a table."""
        return _needed().SiteQuery.select(*fields)

    def with_(self, query: object, name: str) -> object:
        """A common table expression."""
        return _needed().SiteQuery.with_(query, name)

    def Table(self, name: str, *args: object, **kwargs: object) -> object:  # noqa: N802 - pypika's name
        """Any table."""
        return _needed().Table(name, *args, **kwargs)

    def Field(self, name: str, *args: object, **kwargs: object) -> object:  # noqa: N802 - pypika's name
        """A field by name."""
        return _needed().Field(name, *args, **kwargs)

    @property
    def desc(self) -> object:
        """The order from the largest on."""
        return _needed().Order.desc

    @property
    def asc(self) -> object:
        """The order from the smallest on."""
        return _needed().Order.asc

    @property
    def terms(self) -> object:
        """PyPika's terms."""
        return _needed().terms

    @property
    def functions(self) -> object:
        """SQL functions: `frappe.qb.functions.Sum(…)`, or any by name, `frappe.qb.functions("name", …)`."""
        return _Functions(_needed())

    fn = functions

    def get_query(
        self, table: object, fields: object = None, filters: object = None, order_by: str | None = None,
        group_by: str | None = None, limit: int | None = None,
        offset: int | None = None, distinct: bool = False, for_update: bool = False, update: bool = False,
        into: bool = False, delete: bool = False, *,
        validate_filters: bool = False, skip_locked: bool = False, wait: bool = True, ignore_permissions: bool = True,
        user: str | None = None,
        parent_doctype: str | None = None, or_filters: object = None,
    ) -> Any:  # fmt: skip
        """A list's query, to go on building: of all documents, or with `ignore_permissions=False` of those that the
        user may read."""
        _needed()
        asking = ctx().trusted() if ignore_permissions else ctx() if user is None else ctx().as_user(user)
        made: Any = importlib.import_module("frappe_lite.face.queries.pypika_lists")
        return made.get_query(
            asking, table, fields, filters, order_by, group_by, limit, offset, distinct, update=update, into=into,
            delete=delete,
            parent_doctype=parent_doctype, or_filters=or_filters,
        )  # fmt: skip

    def run_query(self, doctype: str, fields: object, filters: object) -> object:
        """The one value of a list with one field."""
        return self.get_query(doctype, fields=[fields], filters=filters).run()[0][0]

    engine = property(lambda self: self)
    max, min, avg, sum = _aggregate("MAX"), _aggregate("MIN"), _aggregate("AVG"), _aggregate("SUM")


qb: Any = Builder()
get_query = qb.get_query

__all__ = ["Builder", "DocType", "get_query", "qb"]
