"""Finds the columns that a client names: of the DocType itself, of its child tables, of the documents that it links to.

A name is looked up in meta and quoted; what does not exist or may not be read is refused in Frappe's words. A field
beyond the DocType's own table brings the join that reaches it.

    "project.budget"   ->   Column('"link:project"."budget"', "Currency", "budget")
                            and LEFT JOIN "tabProject" AS "link:project" ON …, of those that the caller may read
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ..doctype.meta import DocType
from ..errors import DataError, FrappeError, PermissionError, ValidationError
from ..utils import bold, cstr, strip_html
from .asked import Schema
from .operators import Column, quote
from .words import MAX_FIELD_LENGTH

_FIELD = re.compile(r"(?:`?tab([^`\"]+?)`?\.)?`?(\w+)`?\Z", re.ASCII)
DOTTED = re.compile(r"(\w+)\.(\w+)\Z", re.ASCII)

MAX_COPIES = 20
"""How often a text may stand among the fields of a list, under other names and within functions: each is a copy of it,
for each row, and a megabyte two hundred times is more than a server has."""


@dataclass
class Columns:
    """The columns of one DocType for one caller, with the joins that they need. `strict` is v1, which refuses
    unknown fields."""

    schema: Schema
    meta: DocType
    parent: DocType | None = None
    strict: bool = True
    joins: dict[str, str] = field(default_factory=dict)
    join_params: list[object] = field(default_factory=list)
    copies: Counter[str] = field(default_factory=Counter)

    def column(self, text: object, purpose: str = "filter") -> Column:
        """The column that a client's text names. Raises Frappe's error for one that is unknown or may not be read."""
        if not isinstance(text, str):
            raise ValidationError.told(f"A field's name is text, not {type(text).__name__}")
        if text in self.meta.columns:
            return self._readable(self.meta, text, text, purpose, self.parent)
        short = text.strip() if len(text) <= MAX_FIELD_LENGTH else ""
        dotted = DOTTED.match(short)
        if dotted and self.meta.has_field(dotted[1]):
            return self._through_link(dotted[1], dotted[2], purpose)
        match = _FIELD.match(short)
        if match:
            return self._of_table(match[1] or self.meta.name, match[2], text, purpose)
        raise self._unknown(text, purpose)

    def _unknown(self, text: str, purpose: str) -> FrappeError:
        name = strip_html(text[:80]).replace("`", "")
        if purpose == "filter" and any(each.fieldname == text for each in self.meta.table_fields):
            return self._forbidden(self.meta, name)  # rows: no value to compare
        if purpose in ("Order By", "Group By"):
            return ValidationError.told(
                f"Invalid field format in {purpose}: {name}. Use 'field', 'link_field.field', or 'child_table.field'."
            )
        if self.strict or purpose == "select":
            # Frappe reads what stands behind the first word as another name for it
            shown = name.split()[0] if purpose in ("select", "shown") and name.split() else name
            return DataError.told(f"Field not permitted in query: {shown}")
        return self._forbidden(self.meta, name)

    @staticmethod
    def _forbidden(meta: DocType, fieldname: str) -> FrappeError:
        return PermissionError.told(
            f"You do not have permission to access field: {bold(f'{meta.name}.{fieldname}')}", title="Permission Error"
        )

    def _in_a_table(self, fieldname: str) -> str:
        """The child table with a field that the DocType itself lacks, or "". Frappe: filters find such a field by
        its bare name."""
        for each in self.meta.table_fields:
            if self.schema.has(each.options) and self.schema.meta(cstr(each.options)).has_field(fieldname):
                return each.fieldname
        return ""

    def _of_table(self, doctype: str, fieldname: str, text: str, purpose: str) -> Column:
        if (
            doctype == self.meta.name
            and purpose == "filter"
            and fieldname not in self.meta.columns
            and (table := self._in_a_table(fieldname))
        ):
            return self._through_link(table, fieldname, purpose)
        if doctype == self.meta.name:
            return self._readable(self.meta, fieldname, text, purpose, self.parent)
        table_field = next(
            (each for each in self.meta.table_fields if cstr(each.options).lower() == doctype.lower()), None
        )
        if table_field is None:
            child = self.schema.meta(doctype)
            if self.strict and fieldname not in child.columns and self.schema.rows(child) is not None:
                raise self._unknown(fieldname, "filter")  # Frappe: before what the DocType has to do with this one
            raise ValidationError.told(f"{child.name} is not a child table of {self.meta.name}")
        return self._child(table_field.fieldname, cstr(table_field.options), fieldname, text, purpose)

    def _child(self, table_field: str, doctype: str, fieldname: str, text: str, purpose: str) -> Column:
        child = self.schema.meta(doctype)
        if not self.schema.may_read(self.meta, table_field, self.parent):
            raise self._forbidden(self.meta, table_field)
        alias = f"table:{table_field}"  # two tables may hold rows of one DocType
        column = self._readable(child, fieldname, text, purpose, self.meta, alias)
        if alias not in self.joins:
            rows = quote(alias)
            belong = (
                f"{rows}.parent = {quote(self.meta.table)}.name AND {rows}.parenttype = ? AND {rows}.parentfield = ?"
            )
            self.joins[alias] = f"LEFT JOIN {quote(child.table)} AS {rows} ON {belong}"
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
            allowed = (
                f" AND {quote(alias)}.name IN (SELECT name FROM {quote(target.table)} WHERE {rows.sql})"
                if rows.sql
                else ""
            )
            self.joins[alias] = (
                f"LEFT JOIN {quote(target.table)} AS {quote(alias)} ON {quote(alias)}.name = "
                f"{quote(self.meta.table)}.{quote(link)}{allowed}"
            )
            self.join_params += rows.params
        return self._readable(target, fieldname, text, purpose, None, alias)

    def _readable(
        self, meta: DocType, fieldname: str, text: str, purpose: str, parent: DocType | None, alias: str = ""
    ) -> Column:
        column = meta.columns.get(fieldname)
        if column is None:
            raise self._unknown(text, "filter" if purpose in ("Order By", "Group By") else purpose)
        found = meta.field(fieldname)
        by_stars = purpose == "Order By" and found is not None and found.fieldtype == "Password"
        if not self.schema.may_read(meta, fieldname, parent, shown=by_stars or purpose == "shown"):
            raise self._forbidden(meta, fieldname)
        sql = f"{quote(alias or meta.table)}.{quote(fieldname)}"
        if column.is_text and purpose in ("select", "shown"):
            self.copies[sql] += 1
            if self.copies[sql] > MAX_COPIES:
                raise ValidationError.told(f"{fieldname} stands more than {MAX_COPIES} times among the fields")
        return Column(sql, found.fieldtype if found else meta.standard.get(fieldname, "Data"), fieldname)
