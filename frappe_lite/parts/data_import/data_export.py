"""Documents with their rows as one sheet, as Frappe's Data Export lays it out: columns of the DocType, then of each of
its tables, under lines that say what they are.

The layout is that of Frappe's `core/doctype/data_export/exporter.py`. A blank column begins each line.

    ,"DocType:","Task","","~","Task Checklist Item","checklist"          which DocType the columns belong to
    "Column Labels:", "Column Name:", "Mandatory:", "Type:", "Info:"     a line each
    "","Write the report","Open","","write",2                            a document, with its first row of each table
    "","","","","read",1                                                 its second rows
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ... import permissions
from ...context import Context
from ...doctype.field import Field
from ...doctype.meta import DocType
from ...document import lists
from ...errors import BadRequestError
from ...face.texts.formats import format_datetime, formatdate, get_user_date_format
from ...methods import reportview, spreadsheets
from ...methods.access_log import make_access_log
from ...protocol import parse_json
from ...utils import cint, cstr, format_duration, strip_html
from ...values import Values
from ...whitelist import method
from .exporter import csv_text

NOTES = (
    "Please do not change the template headings.",
    "First data column must be blank.",
    'If you are uploading new records, leave the "name" (ID) column blank.',
    'If you are uploading new records, "Naming Series" becomes mandatory, if present.',
    "Only mandatory fields are necessary for new records. You can delete non-mandatory columns if you wish.",
    "For updating, you can update only selective columns.",
)
OF_ANY = {"owner": ("Created By", "Data"), "creation": ("Created On", "Datetime")}
"""Of the standard fields those that are exported: label, type."""


@dataclass(frozen=True)
class Heading:
    """What stands above a column; an empty one parts two tables."""

    fieldname: str = ""
    label: str = ""
    fieldtype: str = ""
    reqd: bool = False
    info: str = ""
    hide_days: bool = False


@dataclass
class Section:
    """The columns of one DocType: of the documents, or of the rows of one of their tables."""

    meta: DocType
    table: str = ""  # the field that holds the rows
    headings: list[Heading] = field(default_factory=list)


class Layout:
    """What is exported, and how. Raises BadRequestError, PermissionError."""

    def __init__(
        self, ctx: Context, doctype: object, parent_doctype: object = None, all_doctypes: object = True,
        with_data: object = False, select_columns: object = None, template: bool = False, filters: object = None,
        bare: bool = False,
    ) -> None:  # fmt: skip
        listed = doctype if isinstance(doctype, list) else [doctype]
        picked = listed[1] if len(listed) > 1 else {}
        chosen = parse_json(select_columns, "select_columns") or {}
        lists_fields = isinstance(chosen, dict) and all(isinstance(each, list | tuple) for each in chosen.values())
        if not listed or not isinstance(picked, dict) or not lists_fields:
            raise BadRequestError.told('doctype is a DocType, select_columns fields by DocType: {"Task": ["subject"]}')
        self.ctx, self.meta = ctx, ctx.meta(cstr(listed[0]))
        self.parent = ctx.meta(cstr(parent_doctype)) if parent_doctype else self.meta
        self.picked, self.chosen, self.filters = picked, chosen, parse_json(filters, "filters")
        self.with_data, self.template, self.bare = bool(cint(with_data)), template, bare
        self.has_rows = all_doctypes not in (False, 0, "0", "false", "False")
        self.governing = self.parent if self.meta.istable else self.meta  # whose rules say who reads and exports
        permissions.require(ctx, self.governing, "read")
        self.sections = [self._section(self.meta)]
        for each in self.meta.table_fields if self.has_rows else ():
            named = ctx.has_doctype(each.options) and permissions.may_read_field(ctx, self.meta, each.fieldname)
            if named and (not self.chosen or self.chosen.get(each.options)):
                self.sections.append(self._section(ctx.meta(each.options), each.fieldname))

    # --- columns ---

    def _section(self, meta: DocType, table: str = "") -> Section:
        found = list(self._headings(meta, table))
        ordered = [each for each in found if each.reqd] + [each for each in found if not each.reqd]
        if len(ordered) == 1:
            ordered.append(Heading())
        return Section(meta, table, ordered)

    def _headings(self, meta: DocType, table: str) -> Iterator[Heading]:
        if table:
            named = "name" if self.with_data else ""
        elif meta is not self.parent:
            named = "parent"
        else:
            named = "name" if self.with_data or cstr(meta.autoname).lower() == "prompt" else ""
        if named:
            yield Heading(named, "ID" if named == "name" else "Parent", "Data", reqd=True)
        wanted = self.chosen.get(meta.name, ())
        hidden = permissions.hidden_fields(self.ctx, meta, self.governing)
        for fieldname, (label, fieldtype) in OF_ANY.items():
            if not self.chosen or fieldname in wanted:
                yield Heading(fieldname, label, fieldtype)
        for each in meta.fields:
            kept = each.type.column and each.fieldtype != "Password" and not each.hidden
            if kept and each.fieldname not in hidden and (not self.chosen or each.fieldname in wanted):
                label = cstr(each.label) or each.fieldname
                yield Heading(
                    each.fieldname, label, each.fieldtype, bool(each.reqd), _info(each), bool(cint(each.hide_days))
                )

    # --- lines ---

    def lines(self) -> list[list[Any]]:
        """The whole sheet. Raises PermissionError for who may not export the documents."""
        data = [] if self.template and not self.with_data else list(self._documents())
        return [*(self._notes() if self.template else ()), *([] if self.bare else [[""]]), *self._heads(), *data]

    def _notes(self) -> Iterator[list[Any]]:
        yield ["Data Import Template"]
        yield ["Table:", self.meta.name]
        yield ["Parent Table:", self.parent.name] if self.parent is not self.meta else [""]
        yield [""]
        yield ["Notes:"]
        yield from ([each] for each in NOTES)

    def _heads(self) -> Iterator[list[Any]]:
        columns = [(at, heading) for at, section in enumerate(self.sections) for heading in section.headings]
        if not self.bare:
            yield ["DocType:", *self._tables()]
        yield ["Column Labels:", *self._line(columns, "label")]
        if not self.bare:
            yield ["Column Name:", *self._line(columns, "fieldname", "~")]
            yield ["Mandatory:", *self._line(columns, "reqd")]
            yield ["Type:", *self._line(columns, "fieldtype")]
            yield ["Info:", *self._line(columns, "info")]
        if self.template:
            yield ["Start entering data below this line"]

    @staticmethod
    def _line(columns: list[tuple[int, Heading]], what: str, between: str = "") -> Iterator[str]:
        """One line above the columns; an empty column parts two tables."""
        before = 0
        for at, heading in columns:
            if at != before:
                yield between
                before = at
            value = getattr(heading, what)
            if not heading.fieldname:
                yield between
            else:
                yield ("Yes" if value else "No") if what == "reqd" else value

    def _tables(self) -> Iterator[str]:
        for section in self.sections:
            yield from ("~",) if section.table else ()
            marks = [section.meta.name, section.table]
            yield from (
                marks[at] if at < 2 and marks[at] else "" if heading.fieldname else "~"
                for at, heading in enumerate(section.headings)
            )

    def _documents(self) -> Iterator[list[Any]]:
        order = "lft asc" if self.meta.is_nested_set else None
        parent = self.parent.name if self.parent is not self.meta else None
        rows = lists.get_list(
            self.ctx, self.meta.name, ["*"], self.filters, order_by=order, limit=None, parent=parent
        )  # fmt: skip
        reportview.require_export(self.ctx, self.governing, [[row.get("owner")] for row in rows])
        kept = [row for row in rows if self._is_picked(cstr(row["name"]))]
        children = [self._rows_of(section, kept) for section in self.sections[1:]]
        for row in kept:
            tables = [[row], *(found.get(cstr(row["name"]), []) for found in children)]
            for at in range(max(map(len, tables))):
                yield ["", *self._cells([table[at] if at < len(table) else None for table in tables])]

    def _is_picked(self, name: str) -> bool:
        """Whether a document is one of those that the second part of `doctype` names: `{"op": "=", "name": […]}`."""
        names = self.picked.get("name")
        if not names:
            return True
        is_named = name in map(cstr, names if isinstance(names, list) else [names])
        return not is_named if self.picked.get("op") == "!=" else is_named

    def _rows_of(self, section: Section, documents: list[Values]) -> dict[str, list[Values]]:
        """The rows of a table, by the name of their document."""
        found: dict[str, list[Values]] = {}
        names = [row["name"] for row in documents]
        for start in range(0, len(names), 5000):
            filters = {"parent": ["in", names[start : start + 5000]], "parentfield": section.table}
            fields = [each.fieldname for each in section.headings if each.fieldname]
            rows = lists.get_list(
                self.ctx, section.meta.name, [*fields, "parent"], filters, order_by="idx asc", limit=None,
                parent=self.meta.name,
            )  # fmt: skip
            for row in rows:
                found.setdefault(cstr(row["parent"]), []).append(row)
        return found

    def _cells(self, rows: list[Values | None]) -> Iterator[object]:
        for section, row in zip(self.sections, rows, strict=True):
            yield from ("",) if section.table else ()
            yield from (self._cell(heading, row) if row else "" for heading in section.headings)

    def _cell(self, heading: Heading, row: Values) -> object:
        value = row.get(heading.fieldname)
        if heading.fieldname == "name" and self.has_rows:
            return f'"{value}"'
        if value in (None, ""):
            return ""
        if heading.fieldtype == "Date":
            return formatdate(value)
        if heading.fieldtype == "Datetime":
            return format_datetime(value)
        if heading.fieldtype == "Duration":
            return format_duration(value, heading.hide_days)
        return strip_html(cstr(value)) if heading.fieldtype == "Text Editor" else value


def _info(field: Field) -> str:
    """What a column takes."""
    if field.fieldtype == "Select":
        choices = [each for each in cstr(field.options).split("\n") if each]
        return f"One of: {', '.join(choices)}" if choices else ""
    if field.fieldtype in ("Date", "Datetime"):
        return get_user_date_format()
    return {"Link": f"Valid {cstr(field.options)}", "Int": "Integer", "Check": "0 or 1"}.get(field.fieldtype, "")


def respond(ctx: Context, layout: Layout, file_type: object) -> None:
    """Answer with the sheet as a file. Raises UnsupportedError."""
    title, lines = layout.meta.name, layout.lines()
    if file_type == "Excel":
        book = spreadsheets.workbook("Data Import Template" if layout.template else "Data Export", lines)
        ctx.response.update(doctype=title, type="binary", filename=f"{title}.xlsx", filecontent=book)
    else:
        ctx.response.update(result=csv_text(lines), doctype=title, type="csv")


def _is_yes(value: object) -> bool:
    return value.lower() == "true" if isinstance(value, str) else bool(value)


@method("frappe.core.doctype.data_export.exporter.export_data")
def export_data(
    ctx: Context, doctype: object, parent_doctype: object = None, all_doctypes: object = True,
    with_data: object = False, select_columns: object = None, file_type: str = "CSV", template: object = False,
    filters: object = None, export_without_column_meta: object = False,
) -> None:  # fmt: skip
    """Documents with their rows as a CSV file or a workbook, or with `template` a sheet to be filled in."""
    named = parse_json(doctype, "doctype") if cstr(doctype).lstrip()[:1] == "[" else doctype
    layout = Layout(
        ctx, named, parent_doctype, all_doctypes, with_data, select_columns, _is_yes(template), filters,
        _is_yes(export_without_column_meta),
    )  # fmt: skip
    respond(ctx, layout, file_type)
    make_access_log(
        ctx, layout.meta.name, file_type=file_type, columns=select_columns, filters=filters,
        method=cstr(parent_doctype) or None,
    )  # fmt: skip
