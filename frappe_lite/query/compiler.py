"""Turn client filters, fields and orders into SQL.

Input is whatever JSON a client sent; output is text with placeholders plus the values, so no client text ever becomes
SQL: identifiers are looked up in meta and quoted (`columns`), values are bound (`operators`), functions come from a
table. Does not know permissions: they arrive as one more `Condition`, and as the `Schema`'s answer to "may this field
be read?".

    [["status", "in", ["Open", "Late"]]]  ->  ('"tabTask"."status" IN (?, ?)', ["Open", "Late"])
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..doctype.meta import OPTIONAL, STANDARD
from ..errors import DataError, PermissionError, ValidationError
from ..utils import cstr, strip_html
from .asked import Select, Selection
from .columns import DOTTED
from .functions import Functions
from .logic import flattened, has_words, joined, with_words
from .operators import (
    MAX_PATTERNS,
    MAX_VALUES,
    NO_CONDITION,
    OPERATORS,
    Column,
    Condition,
    Operator,
    all_of,
    any_of,
    compile_comparison,
    compile_timespan,
    find_operator,
    moving,
    quote,
)
from .words import MAX_FIELD_LENGTH, comma_list, split_alias
from .words import MAX_ORDERS as MAX_ORDERS

MAX_ROWS = 2**63 - 1
MAX_FILTERS = 200
MAX_COLUMNS = 500
"""Fields of a list, and those that it is ordered or grouped by: each of these is copied for each row before the first
is given out."""


@dataclass
class Query(Functions):
    """One list request against one DocType."""

    keys: list[str] = field(default_factory=list)  # what GROUP BY names
    ungrouped: str = "{column}"  # as the database wants a column that GROUP BY does not name
    sought: int = 0  # characters that are looked for everywhere in texts

    # --- filters ---

    def condition(self, filters: object, any_: bool = False) -> Condition:
        """The condition for a client's filters: all of them, or any. Raises what Frappe raises for malformed ones."""
        if not filters:
            return NO_CONDITION
        if not self.strict and isinstance(filters, list) and all(isinstance(each, str | int) for each in filters):
            return self.condition({"name": ["in", filters]})  # Frappe: v2 takes a list of names
        if has_words(filters):
            words = with_words(filters, "or" if any_ else "and")
            self.condition(flattened(words))  # each is understood, and they are not too many
            return joined(words, lambda each: self.condition([each]))
        if isinstance(filters, list | dict) and len(filters) > MAX_FILTERS:
            raise ValidationError.told(f"Too many filters: {len(filters)}, at most {MAX_FILTERS} are allowed")
        columns = (
            (self._compared(doctype, fieldname, operator), operator, value)
            for doctype, fieldname, operator, value in self._triples(filters)
        )
        compiled, values = [], 0
        for column, operator, value in (
            list(columns) if self.strict else columns
        ):  # Frappe: v1 looks at all fields first
            values += len(value) if isinstance(value, list) else 0
            if values > MAX_VALUES:
                raise ValidationError.told(f"At most {MAX_VALUES:,} values can be compared at once")
            compiled.append(self._compiled(column, *self._operator(operator), value))
        return any_of(compiled) if any_ else all_of(compiled)

    def _triples(self, filters: object) -> Iterable[tuple[str, object, object, object]]:
        """(doctype, field, operator, value) for each filter, however it is spelled: as a dict, a list of 3 or a list
        of 4."""
        if not filters:
            return
        if isinstance(filters, dict):
            for fieldname, value in filters.items():
                if (
                    isinstance(value, list | tuple)
                    and len(value) == 2
                    and isinstance(value[0], str)
                    and find_operator(value[0])
                ):
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

    def _triple(self, each: object) -> tuple[str, object, object, object]:
        parts = list(each) if isinstance(each, list | tuple) else [each]
        if len(parts) == 3:
            return self.meta.name, parts[0], parts[1], parts[2]
        if len(parts) == 2 and not self.strict:  # Frappe: v2 takes a field and its value
            return self.meta.name, parts[0], "=", parts[1]
        if len(parts) >= 4:
            return self._doctype(parts[0]), parts[1], parts[2], parts[3]
        if parts and isinstance(parts[0], str):
            self._doctype(parts[0])  # Frappe reads what is left as a DocType, and finds none: 404
        raise ValidationError.told(
            "Filter must have 4 values (doctype, fieldname, operator, value): " + cstr(parts)[:80]
        )

    def _doctype(self, name: object) -> str:
        if not isinstance(name, str):
            raise ValidationError.told("A filter of four begins with a DocType")
        if name == self.meta.name:
            return name
        return self.schema.meta(name).name

    def _compared(self, doctype: str, fieldname: object, operator: object) -> Column:
        """The column that a filter compares."""
        if not self.strict:
            self._operator(operator)  # Frappe: v2 looks at it before the field
        if doctype == self.meta.name or not isinstance(fieldname, str):
            return self.column(fieldname)
        return self._of_table(doctype, fieldname, fieldname, "filter")

    @staticmethod
    def _operator(operator: object) -> tuple[str, Operator]:
        known = find_operator(operator)
        if known is None:
            raise ValidationError.told(f"Operator must be one of {', '.join(OPERATORS)}")
        return known

    def _compiled(self, column: Column, name: str, rule: Operator, value: object) -> Condition:
        if rule.takes == "tree":
            value = self._tree_names(column, name, value)
        if rule.takes == "timespan":
            return compile_timespan(column, name, value, self.schema.week_begins())
        condition = compile_comparison(column, name, rule, value)
        self.sought += moving(cstr(value)) if rule.takes == "text" else 0
        if self.sought > MAX_PATTERNS:
            raise ValidationError.told(f"The patterns of like have {MAX_PATTERNS:,} characters together at most")
        return condition

    def _tree_names(self, column: Column, name: str, value: object) -> list[str]:
        """The names that a tree operator matches: of this DocType, or of the one that the field links to."""
        doctype, linked = self.meta, self.meta.field(column.name)
        if column.fieldtype == "Link" and linked is not None:
            doctype = self.schema.meta(cstr(linked.options))
        if "lft" not in doctype.columns:
            raise ValidationError.told(f"{doctype.name} is not a tree")
        return self.schema.descendants(doctype, cstr(value), name)

    # --- select ---

    def selection(
        self, fields: list[object], order_by: object = None, group_by: object = None, distinct: bool = False
    ) -> Selection:
        """The selected columns and their order. Fields that may not be read are left out."""
        if len(fields) > MAX_COLUMNS:
            raise ValidationError.told(f"Too many fields: {len(fields)}, at most {MAX_COLUMNS} are given out")
        columns = [column for each in fields for column in self._selected(each)]
        if not columns and fields:
            columns = [self.column("name", "select")]
        keys = (
            list(dict.fromkeys(self._group_key(part, columns) for part in comma_list(group_by, "Group By")))
            if group_by
            else []
        )
        if distinct and not keys and not self.aggregated:
            self.keys = [each.sql for each in columns]  # as DISTINCT, which has no order by other columns everywhere
        else:
            self.keys = keys
        order = self._order(order_by, columns, bool(keys))
        selected = ", ".join(f"{self._of_group(each)} AS {quote(each.name)}" for each in columns)
        head = f"SELECT {'DISTINCT ' if distinct and keys else ''}{selected} FROM {quote(self.meta.table)}"
        group = "GROUP BY " + ", ".join(self.keys) if self.keys else ""
        tail = "".join(f" {part}" for part in (group, order) if part)
        return Selection(head, tail, [each.name for each in columns], [each.fieldtype for each in columns])

    def select(
        self, fields: list[object], where: Condition, order_by: object, group_by: object, start: int, limit: int | None,
        distinct: bool = False,
    ) -> Select:  # fmt: skip
        """The whole SELECT. `limit` None is all rows."""
        return self.compose(self.selection(fields, order_by, group_by, distinct), where, start, limit)

    def compose(self, selection: Selection, where: Condition, start: int, limit: int | None) -> Select:
        """The whole SELECT for a selection made earlier, by this query or one like it."""
        sql = (
            " ".join([selection.head, *self.joins.values()])
            + (f" WHERE {where.sql}" if where.sql else "")
            + selection.tail
        )
        params = [*self.join_params, *where.params]
        if limit is not None or start:
            sql += " LIMIT ? OFFSET ?"
            params += [MAX_ROWS if limit is None else limit, start]
        return Select(sql, params, selection.names, selection.types)

    def _group_key(self, part: str, columns: list[Column]) -> str:
        """The column for a part of `group_by`: a field, or the alias of a selected one."""
        name = part.strip('`"')
        called = (each for each in columns if each.name == name and name not in self.meta.columns)
        found = next((each.sql for each in called if not each.aggregate), None)
        return found or self.column(part, "Group By").sql

    def _of_group(self, column: Column) -> str:
        """A column as it must be written in a query with groups; without groups, unchanged."""
        grouped = (self.keys or self.aggregated) and not column.aggregate and column.sql not in self.keys
        return self.ungrouped.format(column=column.sql) if grouped else column.sql

    def count(self, where: Condition, most: int | None = None, distinct: bool = True) -> Select:
        """The SELECT that counts documents. With `distinct`, joins to child rows count each document once; `most`
        caps the work."""
        table = quote(self.meta.table)
        what = f"{'DISTINCT ' if distinct and self.joins else ''}{table}.name"
        inner = f"SELECT {what} FROM {table} {' '.join(self.joins.values())}" + (
            f" WHERE {where.sql}" if where.sql else ""
        )
        params = [*self.join_params, *where.params]
        if most is not None:
            inner, params = inner + " LIMIT ?", [*params, most]
        return Select(f"SELECT COUNT(*) FROM ({inner}) AS counted", params, ["count"])

    def _selected(self, each: object) -> list[Column]:
        if each == "*":
            names = [name for name in (STANDARD if self.is_alone else self.meta.columns) if name not in OPTIONAL]
            readable = [name for name in names if self.schema.may_read(self.meta, name, self.parent, shown=True)]
            return [self.column(name, "shown") for name in readable]
        named = self.meta.field(each) if isinstance(each, str) else None
        if each == "_seen" and each not in self.meta.columns or named is not None and named.virtual:
            return []  # Frappe: what the DocType does not keep is left out
        if isinstance(each, dict):
            return [self.function(each)]
        if not isinstance(each, str):
            raise ValidationError.told("A field is text or an object such as {'COUNT': 'name', 'as': 'total'}")
        text, alias = split_alias(each.strip()) if len(each) <= MAX_FIELD_LENGTH else (each, None)
        call = self.function_of_text(text)
        if call:
            return [self.said(each, call, alias or text)]
        if self.strict and text[:9].lower() == "distinct ":
            wanted = "Field names must be simple, backticked, table-qualified, aliased, or '*'."
            raise PermissionError.told(f"Invalid field format for SELECT: {text[:80]}. {wanted}")
        try:
            column = self.column(text, "select")
        except PermissionError:
            return []  # a field that may not be read is not given out
        except DataError as error:
            is_v2 = not self.strict and DOTTED.match(text)
            raise ValidationError.told(f"Could not parse field: {strip_html(each)}") if is_v2 else error from None
        column.name = alias or column.name
        return [column]

    def _order(self, order_by: object, columns: list[Column], grouped: bool) -> str:
        if not order_by:
            return "" if grouped or self.aggregated else self._default_order()
        parts = []
        for part in comma_list(order_by, "Order By"):
            text, direction = part, "ASC"
            words = part.rsplit(None, 1)
            if len(words) == 2 and words[1].upper() in ("ASC", "DESC"):
                text, direction = words[0].strip(), words[1].upper()
            named, own = text.strip('`"'), f"{quote(self.meta.table)}."
            # Frappe: what the list calls so stands before a field of that name
            alias = next((each.name for each in columns if each.name == named and each.sql != own + quote(named)), None)
            call = self.function_of_text(text)
            if alias:
                parts.append(f"{quote(alias)} {direction}")
            elif call and self.is_ordering(call):
                if self.is_aggregate(call) and not grouped:
                    raise ValidationError.told(
                        f"Cannot use {strip_html(text[:80])} in order/group by: there is no group_by"
                    )
                parts.append(f"{self._of_group(self.called(call, ''))} {direction}")
            else:
                parts.append(f"{self._of_group(self.column(text, 'Order By'))} {direction}")
        return "ORDER BY " + ", ".join(dict.fromkeys(parts))  # the second time, a column orders nothing

    def _default_order(self) -> str:
        """The DocType's own sort order, or newest first."""
        direction = "ASC" if cstr(self.meta.sort_order).upper() == "ASC" else "DESC"
        column = Column(f"{quote(self.meta.table)}.{quote(self.meta.sort_column)}", "", "")
        return f"ORDER BY {self._of_group(column)} {direction}"
