"""Turn client filters, fields and orders into SQL.

Input is whatever JSON a client sent; output is text with placeholders plus the values, so no client text ever becomes
SQL: identifiers are looked up in meta and quoted, values are bound, functions come from a table. Does not know
permissions: they arrive as one more `Condition`, and as the `Schema`'s answer to "may this field be read?".

    [["status", "in", ["Open", "Late"]]]  ->  ('"tabTask"."status" IN (?, ?)', ["Open", "Late"])
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import DataError, DoesNotExistError, FrappeError, PermissionError, ValidationError
from .fieldtypes import NUMERIC
from .meta import DocType
from .utils import bold, cint, cstr, flt, get_datetime, get_timespan_date_range, getdate, now_datetime, strip_html

MAX_ROWS = 2**63 - 1
MAX_FILTERS = 200


@dataclass(frozen=True)
class Condition:
    """SQL that is true for some rows, with its values. The empty condition is true for all."""

    sql: str = ""
    params: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return _joined("AND", [self, other])


def _joined(word: str, conditions: Iterable[Condition]) -> Condition:
    parts = [each for each in conditions if each.sql]
    if len(parts) == 1:
        return parts[0]
    sql = f" {word} ".join(f"({each.sql})" for each in parts)
    return Condition(sql, tuple(value for each in parts for value in each.params))


def any_of(conditions: Iterable[Condition]) -> Condition:
    """True where one of the conditions is."""
    return _joined("OR", conditions)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """True where all of the conditions are."""
    return _joined("AND", conditions)


def quote(identifier: str) -> str:
    """An identifier in SQL's quotes."""
    return '"' + identifier.replace('"', '""') + '"'


class Schema(Protocol):
    """What a query needs to know of the site and of who asks."""

    def meta(self, doctype: str) -> DocType:
        """The DocType. Raises DoesNotExistError."""

    def may_read(self, meta: DocType, fieldname: str, parent: DocType | None) -> bool:
        """Whether the caller may read the field, of a child table by its parent's rules."""

    def rows(self, meta: DocType) -> Condition | None:
        """Which documents of a linked DocType the caller may read; None for none of them."""

    def descendants(self, meta: DocType, name: str, operator: str) -> list[str]:
        """The names that a tree operator means."""


# --- operators -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operator:
    """How one operator becomes SQL. `null` says that an unset value takes part, as empty text or 0."""

    sql: str
    null: bool = False
    takes: str = "value"  # value, text, list, pair, set, timespan or tree


# Frappe: an unset value counts as empty, so != and "not in" find it, and < finds it among dates and numbers.
OPERATORS: dict[str, Operator] = {
    "=": Operator("{column} = ?"),
    "!=": Operator("{column} != ?", null=True),
    ">": Operator("{column} > ?"),
    "<": Operator("{column} < ?", null=True),
    ">=": Operator("{column} >= ?"),
    "<=": Operator("{column} <= ?", null=True),
    "like": Operator("{column} LIKE ? ESCAPE '\\'", takes="text"),
    "not like": Operator("{column} NOT LIKE ? ESCAPE '\\'", null=True, takes="text"),
    "in": Operator("{column} IN ({values})", takes="list"),
    "not in": Operator("{column} NOT IN ({values})", null=True, takes="list"),
    "is": Operator("", takes="set"),
    "between": Operator("{column} BETWEEN ? AND ?", takes="pair"),
    "timespan": Operator("{column} BETWEEN ? AND ?", takes="timespan"),
    "previous": Operator("{column} BETWEEN ? AND ?", takes="timespan"),
    "next": Operator("{column} BETWEEN ? AND ?", takes="timespan"),
    "ancestors of": Operator("{column} IN ({values})", takes="tree"),
    "descendants of": Operator("{column} IN ({values})", takes="tree"),
    "not ancestors of": Operator("{column} NOT IN ({values})", null=True, takes="tree"),
    "not descendants of": Operator("{column} NOT IN ({values})", null=True, takes="tree"),
    "descendants of (inclusive)": Operator("{column} IN ({values})", takes="tree"),
}
_ALIASES = {"<>": "!=", "==": "=", "not_in": "not in", "not_like": "not like"}

FUNCTIONS = ("COUNT", "SUM", "AVG", "MIN", "MAX", "ABS", "IFNULL", "COALESCE", "LENGTH", "LOWER", "UPPER")
"""SQL functions that `fields` may call, by string or by dict."""

_FIELD = re.compile(r"(?:`?tab([^`\"]+?)`?\.)?`?(\w+)`?\Z", re.ASCII)
_ALIAS = re.compile(r"(.+?)\s+as\s+[`'\"]?([\w: -]+?)[`'\"]?\Z", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"(\w+)\s*\(\s*(distinct\s+)?([^()]*?)\s*\)\Z", re.IGNORECASE | re.ASCII)
_DOTTED = re.compile(r"(\w+)\.(\w+)\Z", re.ASCII)


@dataclass
class Column:
    """A column that a query may use: its SQL, its type, and the name it has in the answer."""

    sql: str
    fieldtype: str
    name: str


@dataclass
class Select:
    """A compiled query."""

    sql: str
    params: list[Any]
    names: list[str]


@dataclass
class Query:
    """One list request against one DocType. `strict` is v1: an unknown field is an error, in v2 it is left out."""

    schema: Schema
    meta: DocType
    parent: DocType | None = None
    strict: bool = True
    joins: dict[str, str] = field(default_factory=dict)
    join_params: list[Any] = field(default_factory=list)
    aggregated: bool = False

    # --- columns ---

    def column(self, text: Any, purpose: str = "filter") -> Column:
        """The column that a client's text names. Raises what Frappe raises for one that does not exist or may not be read."""
        if not isinstance(text, str):
            raise ValidationError.told(f"A field's name is text, not {type(text).__name__}")
        match = _FIELD.match(text.strip())
        if match:
            return self._of_table(match[1] or self.meta.name, match[2], text, purpose)
        dotted = _DOTTED.match(text.strip())
        if dotted:
            return self._through_link(dotted[1], dotted[2], purpose)
        raise self._unknown(text, purpose)

    def _unknown(self, text: str, purpose: str) -> FrappeError:
        name = strip_html(text)[:80]
        if purpose in ("Order By", "Group By"):
            return ValidationError.told(f"Invalid field format in {purpose}: {name}. Use 'field', 'link_field.field', or 'child_table.field'.")
        if self.strict:
            return DataError.told(f"Field not permitted in query: {name}")
        return self._forbidden(self.meta, name)

    @staticmethod
    def _forbidden(meta: DocType, fieldname: str) -> FrappeError:
        return PermissionError.told(f"You do not have permission to access field: {bold(f'{meta.name}.{fieldname}')}", title="Permission Error")

    def _of_table(self, doctype: str, fieldname: str, text: str, purpose: str) -> Column:
        if doctype == self.meta.name:
            return self._readable(self.meta, fieldname, text, purpose, self.parent)
        table_field = next((each for each in self.meta.table_fields if cstr(each.options).lower() == doctype.lower()), None)
        if table_field is None:
            child = self.schema.meta(doctype)
            raise ValidationError.told(f"{child.name} is not a child table of {self.meta.name}, so its fields cannot be used here")
        return self._child(table_field.fieldname, cstr(table_field.options), fieldname, text, purpose)

    def _child(self, table_field: str, doctype: str, fieldname: str, text: str, purpose: str) -> Column:
        child = self.schema.meta(doctype)
        if not self.schema.may_read(self.meta, table_field, self.parent):
            raise self._forbidden(self.meta, table_field)
        column = self._readable(child, fieldname, text, purpose, self.meta)
        if child.table not in self.joins:
            table = quote(child.table)
            self.joins[child.table] = f"LEFT JOIN {table} ON {table}.parent = {quote(self.meta.table)}.name AND {table}.parenttype = ? AND {table}.parentfield = ?"
            self.join_params += [self.meta.name, table_field]
        return column

    def _through_link(self, link: str, fieldname: str, purpose: str) -> Column:
        """`project.budget`: a field of the linked document, only where the caller may read that document."""
        through = self.meta.field(link)
        text = f"{link}.{fieldname}"
        if through is None or not through.options:
            raise self._unknown(text, purpose)
        if through.type.table:
            return self._child(link, through.options, fieldname, text, purpose)
        if through.fieldtype != "Link":
            raise self._unknown(text, purpose)
        if not self.schema.may_read(self.meta, link, self.parent):
            raise self._forbidden(self.meta, link)
        target = self.schema.meta(through.options)
        alias = f"link:{link}"
        if alias not in self.joins:
            rows = self.schema.rows(target)
            if rows is None:
                raise self._forbidden(target, fieldname)
            allowed = f" AND {quote(alias)}.name IN (SELECT name FROM {quote(target.table)} WHERE {rows.sql})" if rows.sql else ""
            self.joins[alias] = f"LEFT JOIN {quote(target.table)} AS {quote(alias)} ON {quote(alias)}.name = {quote(self.meta.table)}.{quote(link)}{allowed}"
            self.join_params += rows.params
        return self._readable(target, fieldname, text, purpose, None, alias)

    def _readable(self, meta: DocType, fieldname: str, text: str, purpose: str, parent: DocType | None, alias: str = "") -> Column:
        column = meta.columns.get(fieldname)
        if column is None:
            raise self._unknown(text, "filter" if purpose in ("Order By", "Group By") else purpose)
        if not self.schema.may_read(meta, fieldname, parent):
            raise self._forbidden(meta, fieldname)
        found = meta.field(fieldname)
        fieldtype = found.fieldtype if found else meta.standard.get(fieldname, "Data")
        return Column(f"{quote(alias or meta.table)}.{quote(fieldname)}", fieldtype, fieldname)

    # --- filters ---

    def condition(self, filters: Any, any_: bool = False) -> Condition:
        """The condition that a client's filters mean: all of them, or any. Raises for what cannot be understood."""
        triples = list(self._triples(filters))
        if len(triples) > MAX_FILTERS:
            raise ValidationError.told(f"Too many filters: {len(triples)}, at most {MAX_FILTERS} are allowed")
        compiled = [self._compare(*each) for each in triples]
        return any_of(compiled) if any_ else all_of(compiled)

    def _triples(self, filters: Any) -> Iterable[tuple[str, Any, Any, Any]]:
        """(doctype, field, operator, value) of filters in each spelling: dict, list of 3, list of 4."""
        if not filters:
            return
        if isinstance(filters, dict):
            for fieldname, value in filters.items():
                if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str) and _operator(value[0]):
                    yield self.meta.name, fieldname, value[0], value[1]
                else:
                    yield self.meta.name, fieldname, "in" if isinstance(value, list | tuple) else "=", value
            return
        if not isinstance(filters, list | tuple):
            raise ValidationError.told("Filters are a list or an object")
        for each in filters:
            if isinstance(each, dict):
                yield from self._triples(each)
            else:
                yield self._triple(each)

    def _triple(self, each: Any) -> tuple[str, Any, Any, Any]:
        parts = list(each) if isinstance(each, list | tuple) else [each]
        if len(parts) == 3:
            return self.meta.name, parts[0], parts[1], parts[2]
        if len(parts) >= 4:
            return self._doctype(parts[0]), parts[1], parts[2], parts[3]
        if parts and isinstance(parts[0], str):
            self._doctype(parts[0])  # Frappe reads what is left as a DocType, and finds none: 404
        raise ValidationError.told("Filter must have 4 values (doctype, fieldname, operator, value): " + cstr(parts)[:80])

    def _doctype(self, name: Any) -> str:
        if not isinstance(name, str):
            raise ValidationError.told("A filter of four begins with a DocType")
        if name == self.meta.name:
            return name
        return self.schema.meta(name).name

    def _compare(self, doctype: str, fieldname: Any, operator: Any, value: Any) -> Condition:
        known = _operator(operator)
        if known is None:
            choices = ", ".join(OPERATORS)
            raise ValidationError.told(f"Operator must be one of {choices}")
        name, rule = known
        if doctype == self.meta.name or not isinstance(fieldname, str):
            column = self.column(fieldname)
        else:
            column = self._of_table(doctype, fieldname, fieldname, "filter")
        return _COMPILERS[rule.takes](self, column, name, rule, value)

    # --- select ---

    def select(
        self, fields: list[Any], where: Condition, order_by: str | None, group_by: str | None,
        start: int, limit: int | None, distinct: bool = False,
    ) -> Select:  # fmt: skip
        """The whole SELECT. `limit` None is all rows. Fields that may not be read are left out."""
        columns = [column for each in fields for column in self._selected(each)]
        if not columns and fields:
            columns = [self.column("name", "select")]
        group = self._group(group_by)
        order = self._order(order_by, columns, bool(group))
        table = quote(self.meta.table)
        parts = [f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(f'{each.sql} AS {quote(each.name)}' for each in columns)} FROM {table}", *self.joins.values()]
        if where.sql:
            parts.append(f"WHERE {where.sql}")
        parts += [group, order]
        params = [*self.join_params, *where.params]
        if limit is not None or start:
            parts.append("LIMIT ? OFFSET ?")
            params += [MAX_ROWS if limit is None else limit, start]
        return Select(" ".join(part for part in parts if part), params, [each.name for each in columns])

    def count(self, where: Condition, most: int | None = None) -> Select:
        """How many documents; joins to child rows count each document once. `most` caps the work."""
        table = quote(self.meta.table)
        what = f"{'DISTINCT ' if self.joins else ''}{table}.name"
        inner = f"SELECT {what} FROM {table} {' '.join(self.joins.values())}" + (f" WHERE {where.sql}" if where.sql else "")
        params = [*self.join_params, *where.params]
        if most is not None:
            inner, params = inner + " LIMIT ?", [*params, most]
        return Select(f"SELECT COUNT(*) FROM ({inner})", params, ["count"])

    def _selected(self, each: Any) -> list[Column]:
        if each == "*":
            names = [name for name in self.meta.columns if name not in ("_user_tags", "_comments", "_assign", "_liked_by")]
            return [self.column(name, "select") for name in names if self.schema.may_read(self.meta, name, self.parent)]
        if isinstance(each, dict):
            return [self._function_dict(each)]
        if not isinstance(each, str):
            raise ValidationError.told("A field is text or an object such as {'COUNT': 'name', 'as': 'total'}")
        aliased = _ALIAS.match(each.strip())
        text, alias = (aliased[1].strip(), aliased[2]) if aliased else (each.strip(), None)
        call = _CALL.match(text)
        if call and call[1].upper() in FUNCTIONS:
            return [self._function(call[1].upper(), call[3], alias or text, bool(call[2]))]
        try:
            column = self.column(text, "select")
        except PermissionError:
            return []  # a field that may not be read is not given out
        if alias or _DOTTED.match(text):
            column.name = alias or column.name
        return [column]

    def _function_dict(self, each: dict[str, Any]) -> Column:
        named = {key: value for key, value in each.items() if key.lower() != "as"}
        if len(named) != 1:
            raise ValidationError.told("A function field is an object with one function and `as`, such as {'COUNT': 'name', 'as': 'total'}")
        function, argument = next(iter(named.items()))
        if function.upper() not in FUNCTIONS:
            raise ValidationError.told(f"Unsupported function or operator: {function[:40]}")
        return self._function(function.upper(), argument, cstr(each.get("as") or each.get("AS") or f"{function}({argument})"))

    def _function(self, function: str, argument: Any, alias: str, distinct: bool = False) -> Column:
        if function in ("COUNT", "SUM", "AVG", "MIN", "MAX"):
            self.aggregated = True
        parts = argument if isinstance(argument, list) else cstr(argument).split(",")
        compiled = [self._argument(part) for part in parts]
        if function in ("IFNULL",) and len(compiled) != 2 or function not in ("IFNULL", "COALESCE") and len(compiled) != 1:
            raise ValidationError.told(f"{function} takes {'two arguments' if function == 'IFNULL' else 'one argument'}")
        if function == "COALESCE" and len(compiled) < 2:
            raise ValidationError.told("COALESCE takes at least two arguments")
        if compiled[0] == "*" and function != "COUNT":
            raise ValidationError.told(f"{function}(*) is not a function; only COUNT takes *")
        return Column(f"{function}({'DISTINCT ' if distinct else ''}{', '.join(compiled)})", "Float", alias)

    def _argument(self, part: Any) -> str:
        text = cstr(part).strip()
        if text == "*":
            return "*"
        if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text):
            return text
        if re.fullmatch(r"'[\w -]*'", text, re.ASCII):
            return text
        return self.column(text, "select").sql

    def _group(self, group_by: Any) -> str:
        if not group_by:
            return ""
        return "GROUP BY " + ", ".join(self.column(part, "Group By").sql for part in _comma_list(group_by, "Group By"))

    def _order(self, order_by: Any, columns: list[Column], grouped: bool) -> str:
        if not order_by:
            return "" if grouped or self.aggregated else self._default_order()
        parts = []
        for part in _comma_list(order_by, "Order By"):
            text, direction = part, "ASC"
            words = part.rsplit(None, 1)
            if len(words) == 2 and words[1].upper() in ("ASC", "DESC"):
                text, direction = words[0].strip(), words[1].upper()
            alias = next((each.name for each in columns if each.name == text.strip('`"') and not self.meta.columns.get(each.name)), None)
            call = _CALL.match(text)
            if alias:
                parts.append(f"{quote(alias)} {direction}")
            elif call and call[1].upper() in FUNCTIONS:
                parts.append(f"{self._function(call[1].upper(), call[3], '').sql} {direction}")
            else:
                parts.append(f"{self.column(text, 'Order By').sql} {direction}")
        return "ORDER BY " + ", ".join(parts)

    def _default_order(self) -> str:
        """The DocType's own order, newest first where it has none."""
        fieldname = cstr(self.meta.sort_field or "modified").split(",")[0].strip()
        if fieldname not in self.meta.columns:
            fieldname = "modified"
        direction = "ASC" if cstr(self.meta.sort_order).upper() == "ASC" else "DESC"
        return f"ORDER BY {quote(self.meta.table)}.{quote(fieldname)} {direction}"


def _comma_list(text: Any, purpose: str) -> list[str]:
    if not isinstance(text, str):
        raise ValidationError.told(f"{purpose} is text such as 'modified desc'")
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text)]
    if not all(parts):
        raise ValidationError.told(f"Invalid field format in {purpose}: {strip_html(text)[:80]}. Use 'field', 'link_field.field', or 'child_table.field'.")
    return parts


def _operator(text: Any) -> tuple[str, Operator] | None:
    if not isinstance(text, str):
        return None
    name = text.strip().lower()
    name = _ALIASES.get(name, name)
    rule = OPERATORS.get(name)
    return (name, rule) if rule else None


# --- values, by what an operator takes ---


def _empty(fieldtype: str) -> Any:
    if fieldtype in NUMERIC:
        return 0
    return {"Date": "0001-01-01", "Datetime": "0001-01-01 00:00:00", "Time": "00:00:00"}.get(fieldtype, "")


def _value(value: Any, fieldtype: str) -> Any:
    """A value in the form that the column keeps. Raises ValidationError for one of another kind."""
    if isinstance(value, list | dict):
        raise ValidationError.told("This operator takes one value, not a list or an object")
    if fieldtype in NUMERIC:
        return cint(value) if fieldtype in ("Int", "Check", "Long Int") and flt(value) == cint(value) else flt(value)
    if value is None:
        return _empty(fieldtype)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return value if isinstance(value, str) and fieldtype not in ("Date", "Datetime") else _moment(value, fieldtype)


def _moment(value: Any, fieldtype: str) -> str:
    """A date or time for comparing: a Date column is compared by day; text that is no date compares as text."""
    text = cstr(value)
    try:
        if fieldtype == "Date" and text:
            return getdate(text).isoformat()
        if fieldtype == "Datetime" and text:
            return get_datetime(text).isoformat(" ")
    except (ValueError, OverflowError):
        raise ValidationError.told(f"{text[:40]} is not a valid date, which is written like 2026-01-31") from None
    return text


def _column_sql(column: Column, rule: Operator) -> str:
    if not rule.null:
        return column.sql
    empty = _empty(column.fieldtype)
    return f"COALESCE({column.sql}, {empty!r})"


def _compile_value(_query: Query, column: Column, name: str, rule: Operator, value: Any) -> Condition:
    bound = _value(value, column.fieldtype)
    if name == "=" and value in (None, "") and column.fieldtype not in NUMERIC:
        return Condition(f"({column.sql} IS NULL OR {column.sql} = '')")
    if name == "!=" and value in (None, "") and column.fieldtype not in NUMERIC:
        return Condition(f"{column.sql} != ''")
    return Condition(rule.sql.format(column=_column_sql(column, rule)), (bound,))


def _compile_text(_query: Query, column: Column, _name: str, rule: Operator, value: Any) -> Condition:
    if isinstance(value, list | dict):
        raise ValidationError.told("like takes text with % in it")
    return Condition(rule.sql.format(column=_column_sql(column, rule)), (cstr(value),))


def _compile_list(_query: Query, column: Column, name: str, rule: Operator, value: Any) -> Condition:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    elif isinstance(value, int | float):
        value = [value]
    values = [_value(each, column.fieldtype) for each in value or []]
    if len(values) > 10_000:
        raise ValidationError.told("At most 10,000 values can be compared at once")
    condition = Condition(rule.sql.format(column=_column_sql(column, rule), values=", ".join("?" * len(values))), tuple(values))
    if name == "in" and "" in values:
        return any_of([condition, Condition(f"{column.sql} IS NULL")])
    return condition


def _compile_set(_query: Query, column: Column, _name: str, _rule: Operator, value: Any) -> Condition:
    choice = cstr(value).strip().lower()
    if choice not in ("set", "not set"):
        raise ValidationError.told("The operator 'is' takes 'set' or 'not set'")
    if column.fieldtype in NUMERIC or column.fieldtype in ("Date", "Datetime", "Time"):
        return Condition(f"{column.sql} IS {'NOT ' if choice == 'set' else ''}NULL")
    return Condition(f"{column.sql} != ''" if choice == "set" else f"({column.sql} IS NULL OR {column.sql} = '')")


def _range(column: Column, start: Any, end: Any) -> Condition:
    """BETWEEN; the end of a day is the end, where a Datetime is compared with a date."""
    first, last = _value(start, column.fieldtype), _value(end, column.fieldtype)
    if column.fieldtype == "Datetime" and len(cstr(end).strip()) <= 10:
        last = f"{cstr(last)[:10]} 23:59:59.999999"
    return Condition(f"{column.sql} BETWEEN ? AND ?", (first, last))


def _compile_pair(_query: Query, column: Column, _name: str, _rule: Operator, value: Any) -> Condition:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValidationError.told("between takes two values, such as [3, 5]")
    today = now_datetime().date().isoformat()
    start, end = (value[0] or today, value[1] or today) if column.fieldtype in ("Date", "Datetime") else value
    return _range(column, start, end)


def _compile_timespan(_query: Query, column: Column, name: str, _rule: Operator, value: Any) -> Condition:
    text = cstr(value).strip().lower()
    if name in ("previous", "next"):
        text = f"{'last' if name == 'previous' else 'next'} {text.removeprefix('1 ')}"
    span = get_timespan_date_range(text)
    if span is None:
        raise ValidationError.told(f"{cstr(value)[:40]} is not a timespan, such as 'last 7 days' or 'this month'")
    return _range(column, span[0].isoformat(), span[1].isoformat())


def _compile_tree(query: Query, column: Column, name: str, rule: Operator, value: Any) -> Condition:
    doctype = query.meta
    if column.fieldtype == "Link":
        linked = query.meta.field(column.name)
        doctype = query.schema.meta(cstr(linked and linked.options))
    if "lft" not in doctype.columns:
        raise ValidationError.told(f"{doctype.name} is not a tree")
    names = query.schema.descendants(doctype, cstr(value), name)
    return Condition(rule.sql.format(column=_column_sql(column, rule), values=", ".join("?" * len(names))), tuple(names))


_COMPILERS: dict[str, Callable[[Query, Column, str, Operator, Any], Condition]] = {
    "value": _compile_value, "text": _compile_text, "list": _compile_list, "pair": _compile_pair,
    "set": _compile_set, "timespan": _compile_timespan, "tree": _compile_tree,
}  # fmt: skip

__all__ = ["Condition", "DoesNotExistError", "Query", "Schema", "Select", "all_of", "any_of", "quote"]
