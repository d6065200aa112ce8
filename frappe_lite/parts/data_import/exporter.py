"""Files that can be taken in again: a header of chosen fields, and the rows of documents that the caller may read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from ... import permissions
from ...context import Context
from ...doctype.meta import DocType
from ...document.lists import get_list
from ...errors import BadRequestError
from ...methods import reportview, spreadsheets
from ...query import Condition
from ...utils import cstr, strip_html
from ...values import Given, Values
from ..transfer import cells
from ..transfer.columns import Column

EXAMPLES = 5
"""Documents of the choice `5_records`."""


class Exporter:
    """Chosen fields of documents: `{"Task": ["name", "subject"], "items": ["qty"]}`, of child rows by their table."""

    def __init__(
        self,
        ctx: Context,
        meta: DocType,
        export_fields: Given,
        export_data: bool = False,
        export_filters: object = None,
        export_page_length: int | None = None,
        file_type: str = "CSV",
    ):
        names = export_fields.values() if isinstance(export_fields, Mapping) else [None]
        if not all(isinstance(each, list | tuple) for each in names):
            raise BadRequestError.told('export_fields are fields by DocType or table, such as {"Task": ["subject"]}')
        self.ctx, self.meta, self.file_type, self.length = ctx, meta, file_type, export_page_length
        self.columns = list(self._columns(export_fields))
        self.csv_array: list[list[object]] = [self._header()]
        self.data = list(self._rows(export_filters)) if export_data else []
        self.csv_array += self.data

    def _columns(self, chosen: Given) -> Iterator[Column]:
        tables = {each.fieldname: cstr(each.options) for each in self.meta.table_fields}
        for key, names in chosen.items():
            if key != self.meta.name and not (key in tables and self.ctx.has_doctype(tables[key])):
                continue
            table = "" if key == self.meta.name else key
            meta = self.ctx.meta(tables[key]) if table else self.meta
            if table and not permissions.may_read_field(self.ctx, self.meta, table):
                continue
            hidden = (
                permissions.hidden_fields(self.ctx, meta, self.meta)
                if table
                else permissions.hidden_fields(self.ctx, meta)
            )
            if "name" in names:
                yield Column("ID", "name", table)
            for name in names:
                field = meta.field(cstr(name))
                if field is not None and field.type.column and field.fieldtype != "Password" and name not in hidden:
                    yield Column(field.label or field.fieldname, field.fieldname, table, field)

    def _header(self) -> list[object]:
        """Labels; of two like ones the second is the field's name."""
        titles: list[str] = []
        for each in self.columns:
            table = self.meta.field(each.table) if each.table else None
            title = f"{each.title} ({table.label or table.fieldname})" if table else each.title
            place = f"{each.table}.{each.fieldname}" if table else each.fieldname
            titles.append(place if title in titles else title)
        return list(titles)

    def _rows(self, filters: object) -> Iterator[list[object]]:
        """Raises PermissionError for who may not export."""
        own = [each.fieldname for each in self.columns if not each.table]
        order = "lft asc" if self.meta.is_nested_set else "creation desc"
        found = get_list(
            self.ctx, self.meta.name, ["name", "owner", *own], filters or None, limit=self.length, order_by=order
        )
        reportview.require_export(self.ctx, self.meta, [[each["owner"]] for each in found])
        children = {table: self._children(table, [each["name"] for each in found]) for table in self._tables()}
        for each in found:
            rows = {table: of.get(cstr(each["name"]), []) for table, of in children.items()}
            for index in range(max([1, *map(len, rows.values())])):
                yield [self._value(column, each, rows, index) for column in self.columns]

    def _tables(self) -> dict[str, None]:
        return dict.fromkeys(each.table for each in self.columns if each.table)

    def _children(self, table: str, names: list[object]) -> dict[str, list[Values]]:
        """By document, the rows of one table."""
        field = self.meta.field(table)
        child = self.ctx.meta(cstr(field.options if field else ""))
        fields = ["name", "parent", *(each.fieldname for each in self.columns if each.table == table)]
        among = self.ctx.store.database.among("parent", [cstr(each) for each in names])
        where = Condition(f"{among.sql} AND parenttype = ? AND parentfield = ?", (*among.params, self.meta.name, table))
        found: dict[str, list[Values]] = {}
        for row in self.ctx.store.find(child, where, dict.fromkeys(fields), order="idx"):
            found.setdefault(cstr(row["parent"]), []).append(dict(row))
        return found

    @staticmethod
    def _value(column: Column, own: Given, rows: Mapping[str, list[Values]], index: int) -> object:
        """A cell; blank where a document has no further row."""
        of = rows[column.table] if column.table else [own]
        if index >= len(of):
            return ""
        value = of[index].get(column.fieldname)
        if column.fieldtype == "Text Editor" and value:
            return strip_html(cstr(value))
        return cells.write("Duration", value) if column.fieldtype == "Duration" and value else value

    # --- what is asked of it ---

    def get_csv_array(self) -> list[list[object]]:
        """The header and the rows."""
        return self.csv_array

    def get_csv_array_for_export(self) -> list[list[object]]:
        """The same, with two blank rows where there are none."""
        return self.csv_array if self.data else [*self.csv_array, [], []]

    def build_response(self) -> None:
        """Answer with the file. Raises BadRequestError for another type than CSV and Excel."""
        respond(self.ctx, self.meta.name, self.get_csv_array_for_export(), self.file_type)


def respond(ctx: Context, title: str, rows: list[list[object]], file_type: str = "CSV") -> None:
    """Answer with rows as a file. `result`, `doctype` and the type `csv` are what app code finds, as in Frappe."""
    if file_type == "CSV":
        ctx.response.update(result=csv_text(rows), doctype=title, type="csv")
    else:
        spreadsheets.send(ctx, title, rows, {"file_format_type": file_type})


def csv_text(rows: list[list[object]]) -> str:
    """Rows as CSV, texts in quotes."""
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows(
        ["" if each is None else each for each in row] for row in rows
    )
    return file.getvalue()
