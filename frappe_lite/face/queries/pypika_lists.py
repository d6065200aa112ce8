"""`frappe.qb.get_query`: a list's fields, filters and order as a PyPika query, which app code goes on building.

Fields and filters are compiled by the package's own `Query`, so that they mean here what they mean everywhere; what it
makes of them stands in PyPika's query as it is, values quoted.

    frappe.qb.get_query("Task", fields=["name", "project.title"], filters={"status": "Open"}).where(T.points > 3).run()
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from pypika import Criterion, JoinType, Order, terms
from pypika.queries import Join

from ... import permissions
from ...context import Context
from ...doctype.meta import DocType
from ...document import lists
from ...errors import PermissionError, ValidationError
from ...query import Query
from ...utils import _dict, cstr
from ..mariadb.dialect import inlined
from .listing import as_filters, get_all, is_term, split_fields
from .pypika_queries import SiteQuery, Table


class _Written(terms.LiteralValue):
    """SQL that was compiled already, as a column."""


class _Holds(terms.Criterion):
    """SQL that was compiled already, as a condition."""

    def __init__(self, sql: str):
        super().__init__()
        self.sql = sql

    def get_sql(self, **_options: object) -> str:
        """The condition, in brackets."""
        return f"({self.sql})"


class _Joined(Join):
    """A join that was compiled already."""

    def __init__(self, sql: str, table: Any):
        super().__init__(table, JoinType.left)
        self.sql = sql

    def get_sql(self, **_options: object) -> str:
        """The join."""
        return self.sql

    def validate(self, _from: object, _joins: object) -> None:
        """It was made from the DocTypes: right."""


def get_query(
    asking: Context, table: Any, fields: object = None, filters: object = None, order_by: str | None = None,
    group_by: str | None = None, limit: int | None = None,
    offset: int | None = None, distinct: bool = False, *, update: bool = False, into: bool = False,
    delete: bool = False, parent_doctype: str | None = None,
    or_filters: object = None,
) -> object:  # fmt: skip
    """A SELECT on a DocType's table, or an UPDATE, INSERT or DELETE. Of a context that is not trusted, only what its
    user may read."""
    doctype = cstr(table._table_name).removeprefix("tab") if is_term(table) else cstr(table)
    place = table if is_term(table) else Table(f"tab{doctype}")
    meta = asking.meta(doctype)
    compiled = Query(
        lists.Schema(asking),
        meta,
        asking.meta(parent_doctype) if parent_doctype and parent_doctype != doctype else None,
    )
    if into:
        return SiteQuery.into(place)
    query = SiteQuery.update(place) if update else SiteQuery.from_(place)
    if delete:
        query = query.delete()
    elif not update:
        query = _select(asking, query, compiled, place, fields)
    query = _where(query, compiled, filters, False)
    query = _where(query, compiled, or_filters, True)
    query = _allowed(asking, query, meta)
    for sql, key in [(_with_values(compiled, name, sql), name) for name, sql in compiled.joins.items()]:
        query._joins.append(_Joined(sql, Table(key)))
    for part, direction in _orders(order_by):
        query = query.orderby(
            _column(compiled, part) if part.replace(".", "").replace("`", "").isidentifier() else _Written(part),
            order=direction,
        )
    query = query.groupby(*(_column(compiled, part) for part in split_fields(group_by))) if group_by else query
    query = query.limit(limit) if limit else query
    query = query.offset(offset) if offset else query
    return query.distinct() if distinct else query


def _with_values(compiled: Query, name: str, sql: str) -> str:
    """A join with its values in it: they stand in `join_params` in the order of the joins."""
    before = sum(each.count("?") for key, each in _before(compiled, name))
    return inlined(sql, compiled.join_params[before : before + sql.count("?")])


def _before(compiled: Query, name: str) -> list[tuple[str, str]]:
    joins = list(compiled.joins.items())
    return joins[: [key for key, _ in joins].index(name)]


def _select(asking: Context, query: Any, compiled: Query, place: Any, fields: object) -> Any:
    tables: dict[str, Callable[[list[object]], list[_dict]]] = {}
    for each in split_fields(fields) if not is_term(fields) else [fields]:
        if is_term(each):
            query = query.select(each)
        elif isinstance(each, Mapping) and (table := _table_of(compiled.meta, each)):
            for fieldname, wanted in each.items():
                tables[fieldname] = functools.partial(_rows_of_table, compiled.meta, fieldname, wanted)
            assert table
        elif each == "*":
            query = query.select(place.star)
        else:
            query = query.select(*(_Written(column.sql).as_(column.name) for column in compiled._selected(each)))
    if not query._selects or tables and not any(getattr(each, "alias", None) == "name" for each in query._selects):
        query = query.select(_Written(compiled.column("name", "select").sql).as_("name"))
    query.child_queries = tables or None
    return query


def _table_of(meta: DocType, wanted: Mapping[str, object]) -> bool:
    """Whether a dict among the fields names child tables with fields of theirs."""
    return all(key in meta.table_names for key in wanted)


def _rows_of_table(meta: DocType, fieldname: str, wanted: object, parents: list[object]) -> list[_dict]:
    field = meta.field(fieldname)
    filters = {"parenttype": meta.name, "parentfield": fieldname, "parent": ["in", parents]}
    found: list[_dict] = get_all(
        cstr(field and field.options), fields=[*split_fields(wanted), "parent"], filters=filters, order_by="idx asc"
    )
    return found


def _where(query: Any, compiled: Query, filters: object, any_: bool) -> Any:
    if isinstance(filters, Criterion):
        return query.where(filters)
    given = as_filters(filters)
    if isinstance(given, list | tuple):
        for each in [each for each in given if isinstance(each, Criterion)]:
            query = query.where(each)
        given = [each for each in given if not isinstance(each, Criterion)]
    condition = compiled.condition(given, any_=any_)
    return query.where(_Holds(inlined(condition.sql, condition.params))) if condition.sql else query


def _allowed(asking: Context, query: Any, meta: DocType) -> Any:
    if asking.is_trusted or meta.istable:
        return query
    rows = permissions.rows(asking, meta)
    if rows is None:
        raise PermissionError.told(f"Insufficient Permission for {meta.name}")
    return query.where(_Holds(inlined(rows.sql, rows.params))) if rows.sql else query


def _orders(order_by: str | None) -> list[tuple[str, Any]]:
    """Column and direction of each part; down without one, as in Frappe."""
    found = []
    for part in split_fields(order_by if order_by != "KEEP_DEFAULT_ORDERING" else None):
        words = part.split()
        if len(words) > 2:
            raise ValidationError.told(f"{part[:80]} is no order, which is written like 'modified desc'")
        found.append((words[0], Order.asc if words[-1].lower() == "asc" else Order.desc))
    return found


def _column(compiled: Query, text: str) -> object:
    return _Written(compiled.column(text, "Order By").sql)


__all__ = ["get_query"]
