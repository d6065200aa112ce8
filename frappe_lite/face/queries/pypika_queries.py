"""PyPika's queries with a `run`, in SQLite's dialect.

And `frappe.query_builder` with its functions, as app code imports them.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Mapping
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
from pypika.queries import Column, QueryBuilder
from pypika.utils import format_alias_sql

from ...protocol import to_wire
from ...utils import _dict, cstr
from ...values import Given, Values
from ..model.documents import db


def _run(self: Any, as_dict: object = False, *, as_list: object = False, debug: object = False,
         ignore_ddl: object = False, auto_commit: object = False, update: Given | None = None,
         explain: object = False, run: object = True, pluck: object = False,
         as_iterator: object = False) -> object:  # fmt: skip
    """Run a query; its rows as tuples, dicts or lists, or the first column. With `run=False` its text."""
    tables = self.child_queries if isinstance(self, SiteQueryBuilder) else None
    rows = db.sql(
        self.get_sql(), as_dict=bool(as_dict or tables), as_list=bool(as_list), debug=bool(debug),
        auto_commit=bool(auto_commit), update=update,
        explain=bool(explain), run=bool(run), pluck=bool(pluck) and not tables, as_iterator=bool(as_iterator),
    )  # fmt: skip
    if isinstance(rows, tuple):
        rows = list(rows)  # as `frappe.db.get_values` gives them; `frappe.db.sql` gives a tuple, as in Frappe
    return _with_rows_of_tables(rows, tables) if tables and run else rows


def _with_rows_of_tables(rows: list[_dict], tables: Mapping[str, Callable[[list[object]], list[_dict]]]) -> list[_dict]:
    """Parents with the rows of their child tables, one query a table."""
    for fieldname, query_of in tables.items():
        found: dict[object, list[_dict]] = {}
        for row in query_of([each.name for each in rows]):
            found.setdefault(row.pop("parent"), []).append(row)
        for each in rows:
            each[fieldname] = found.get(each.name, [])
    return rows


class SiteQueryBuilder(SQLLiteQueryBuilder):
    """A query that runs on the site of the moment."""

    child_queries: Mapping[str, Callable[[list[Any]], list[_dict]]] | None = None

    run = _run

    def walk(self) -> tuple[str, Values]:
        """The statement and its parameters, of which there are none: values stand in it, quoted."""
        return self.get_sql(), {}


class SiteQuery(SQLLiteQuery):
    """Where queries begin."""

    @classmethod
    def _builder(cls, **kwargs: object) -> SiteQueryBuilder:
        # SQLite has no brackets around the parts of a UNION
        return SiteQueryBuilder(**{"wrap_set_operation_queries": False, **kwargs})


pypika.queries._SetOperation.run = _run  # type: ignore[attr-defined]  # a UNION is another class, which PyPika makes itself

_written = terms.ValueWrapper.get_formatted_value


def _value(cls: object, value: object, /, **options: object) -> object:
    """Moments as the database keeps them, with a space: PyPika writes a T."""
    moment = isinstance(value, datetime.datetime | datetime.time | datetime.timedelta)
    return _written.__func__(cls, to_wire(value) if moment else value, **options)  # type: ignore[attr-defined]


setattr(terms.ValueWrapper, "get_formatted_value", classmethod(_value))  # noqa: B010 - PyPika has no other place for it


class SubQuery(terms.Criterion):
    """A query as a condition: `where(SubQuery(…))`."""

    def __init__(self, subq: QueryBuilder, alias: str | None = None):
        super().__init__(alias)
        self.subq = subq

    def get_sql(self, **options: Any) -> str:
        """Its SQL, in brackets."""
        return cstr(self.subq.get_sql(**{**options, "subquery": True}))


subqry = SubQuery


class PseudoColumnMapper(terms.PseudoColumn):
    """A column as it is written, backticks and all."""


class db_type_is(enum.Enum):  # noqa: N801 - Frappe's name
    """The databases that Frappe knows; here it is SQLite, whose SQL is MariaDB's as far as it goes."""

    MARIADB = "mariadb"
    POSTGRES = "postgres"
    SQLITE = "sqlite"


class ImportMapper:
    """What stands for a database, among what stands for each; MariaDB's, where SQLite has nothing of its own."""

    def __init__(self, func_map: Mapping[object, Callable[..., object]]):
        self.func_map = func_map

    def __call__(self, *args: object, **kwds: object) -> object:
        """Call it."""
        return (self.func_map.get(db_type_is.SQLITE) or self.func_map[db_type_is.MARIADB])(*args, **kwds)


class ConstantColumn(terms.Term):
    """A value as a column, named as itself unless told."""

    def __init__(self, value: object):
        super().__init__()
        self.value = value

    def get_sql(self, quote_char: str | None = None, **options: Any) -> str:
        """Its SQL."""
        text = terms.ValueWrapper(self.value).get_sql(**{**options, "with_alias": False})
        return cstr(format_alias_sql(text, self.alias or cstr(self.value), quote_char=quote_char, **options))


class _Function(terms.Function):
    name_in_sql = ""

    def __init__(self, *args: object, **kwargs: object):
        super().__init__(self.name_in_sql, *args, **kwargs)


def _named(name: str, sql: str = "") -> object:
    return type(name, (_Function,), {"name_in_sql": sql or name.upper(), "__doc__": f"SQL's {sql or name.upper()}."})


class ParameterizedFunction(terms.Function):
    """Any SQL function by name."""


class Round(_Function):
    """SQL's ROUND."""

    name_in_sql = "ROUND"

    def __init__(self, term: object, decimal: int = 0, **options: object):
        super().__init__(term, decimal, **options)


class Timestamp(_Function):
    """A date, and a time of day if one is given, as a moment."""

    name_in_sql = "TIMESTAMP"

    def __init__(self, term: object, time: object = None, alias: str | None = None):
        super().__init__(*([term, time] if time else [term]), alias=alias)


class GROUP_CONCAT(functions.DistinctOptionFunction):  # noqa: N801 - the name that apps import
    """The values of a group, with commas."""

    def __init__(self, column: object, alias: str | None = None):
        super().__init__("GROUP_CONCAT", column, alias=alias)  # type: ignore[no-untyped-call]


GroupConcat = GROUP_CONCAT


class Cast_(terms.Function):  # noqa: N801 - the name that apps import
    """A value as another type."""

    def __init__(self, value: object, as_type: object, alias: str | None = None):
        super().__init__("CAST", value, alias=alias)
        self.as_type = as_type

    def get_special_params_sql(self, **options: object) -> str:
        """`AS type`."""
        name = self.as_type.get_sql(**options) if hasattr(self.as_type, "get_sql") else cstr(self.as_type).upper()
        return f"AS {'TEXT' if name.lower() in ('varchar', 'char') else name}"


class Locate(_Function):
    """Where a text stands in another, from 1."""

    name_in_sql = "LOCATE"


Concat_ws, DateFormat, UnixTimestamp, Replace, Truncate = (_named(each, sql) for each, sql in (
    ("Concat_ws", ""), ("DateFormat", "DATE_FORMAT"), ("UnixTimestamp", "UNIX_TIMESTAMP"), ("Replace", ""),
    ("Truncate", ""),
))  # fmt: skip
TimestampDiff, DateDiff, MonthName, Quarter, Month, Year, CombineDatetime, Ifnull = (_named(*each) for each in (
    ("TimestampDiff", ""), ("DateDiff", ""), ("MonthName", ""), ("Quarter", ""), ("Month", ""), ("Year", ""),
    ("CombineDatetime", "TIMESTAMP"), ("Ifnull", ""),
))  # fmt: skip

__all__ = [
    "Case", "Cast_", "Column", "ConstantColumn", "Criterion", "CustomFunction", "Field", "Interval", "JoinType",
    "Order", "ParameterizedFunction", "Query",
    "SiteQuery", "SubQuery", "Table", "Tuple", "functions", "terms",
]  # fmt: skip
