"""PyPika's queries with a `run`, in SQLite's dialect; and `frappe.query_builder` with its functions, as app code imports them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pypika
from pypika import (
    Case,
    Criterion,
    CustomFunction,
    Field,
    Interval,
    JoinType,
    Order,
    Query,
    Table,
    Tuple,
    functions,
    terms,
)
from pypika.dialects import SQLLiteQuery, SQLLiteQueryBuilder
from pypika.queries import QueryBuilder

from .documents import db


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
        return SiteQueryBuilder(
            **{"wrap_set_operation_queries": False, **kwargs}
        )  # SQLite has no brackets around the parts of a UNION


def _run_set(self: Any, **options: Any) -> Any:
    return db.sql(
        self.get_sql(), **{key: value for key, value in options.items() if key in ("as_dict", "as_list", "pluck")}
    )


pypika.queries._SetOperation.run = _run_set  # type: ignore[attr-defined]  # a UNION is another class, which PyPika makes itself
SubQuery = QueryBuilder


def ConstantColumn(value: Any) -> Any:  # noqa: N802
    """A value as a column."""
    return terms.ValueWrapper(value)


def _named(name: str) -> Callable[..., Any]:
    return lambda *args, **kwargs: terms.Function(name, *args, **kwargs)


GroupConcat, Concat_ws, Locate, DateFormat, UnixTimestamp, Round = map(
    _named, ("GROUP_CONCAT", "CONCAT_WS", "LOCATE", "DATE_FORMAT", "UNIX_TIMESTAMP", "ROUND")
)
Replace, Truncate, TimestampDiff, DateDiff, MonthName, Quarter, Month, Year = map(
    _named, ("REPLACE", "TRUNCATE", "TIMESTAMPDIFF", "DATEDIFF", "MONTHNAME", "QUARTER", "MONTH", "YEAR")
)

__all__ = [
    "Case", "ConstantColumn", "Criterion", "CustomFunction", "Field", "Interval", "JoinType", "Order", "Query", "SiteQuery", "SubQuery", "Table", "Tuple", "functions", "terms",
]  # fmt: skip
