"""A file to be imported: its header matched with fields, its rows put together to documents, and what is wrong in it.

A warning is `{"row"|"col", "message", "type"}`; of the type `info` it is told only, any other one stops the import.
Frappe's rules, but for numbers: what is none is a warning here and becomes 0 there.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...context import Context
from ...doctype.field import Field
from ...doctype.meta import DocType
from ...errors import ValidationError
from ...face.texts.formats import guess_date_format
from ...protocol import parse_json
from ...utils import _dict, bold, cstr
from ..files.questions import ENCODINGS
from ..transfer import columns as known_columns
from ..transfer import reading, sheet
from ..transfer.cells import DATE_FORMATS

SHOWN = 10
"""Rows of a preview."""

NOT = "Don't Import"
"""What a column is mapped to that is left out."""

_MOMENTS = {
    "Date": ("%Y-%m-%d", "yyyy-mm-dd"),
    "Datetime": ("%Y-%m-%d", "yyyy-mm-dd"),
    "Time": ("%H:%M:%S", "HH:mm:ss"),
}
"""Type -> the format of a column that shows none, as strptime and as people write it."""

Warning_ = dict[str, Any]


@dataclass
class Row:
    """A row with the number that it has in its file."""

    row_number: int
    data: list[str | None]

    def as_list(self) -> list[str | None]:
        """Its cells."""
        return self.data


@dataclass
class Heading:
    """A column of the file, and the field that it is taken for; None for one that is left out."""

    index: int
    header_title: str | None
    map_to_field: str | None = None
    column: known_columns.Column | None = None
    date_format: str | None = None
    warnings: list[Warning_] = field(default_factory=list)

    @property
    def skip_import(self) -> bool:
        """Whether it is left out."""
        return self.column is None

    def warn(self, text: str, kind: str | None = "info") -> None:
        """Tell something about the column."""
        self.warnings.append({"col": self.index + 1, "message": text, **({"type": kind} if kind else {})})

    def as_dict(self, meta: DocType) -> _dict:
        """The column as previews have it."""
        column, found = self.column, _dict(index=self.index, column_number=self.index + 1, doctype=meta.name)
        found.update(
            header_title=self.header_title, map_to_field=self.map_to_field, date_format=self.date_format, df=None,
            skip_import=self.skip_import, warnings=self.warnings,
        )  # fmt: skip
        if column is not None:
            found.df = shown_field(meta, column)
            if column.table:
                table = meta.field(column.table)
                found.update(is_child_table_field=True, child_table_df=table.as_dict() if table else None)
        return found


def shown_field(meta: DocType, column: known_columns.Column) -> _dict:
    """What a front end is told of a column's field."""
    known, table = column.field, meta.field(column.table) if column.table else None
    names = ("fieldtype", "fieldname", "label", "options", "reqd", "default", "read_only")
    if known is not None:
        return _dict({key: getattr(known, key) for key in names}, parent=known.parent)
    parent = cstr(table.options) if table else meta.name
    is_name = column.fieldname == "name"
    told = {"fieldtype": "Data", "fieldname": column.fieldname, "label": "ID" if is_name else column.fieldname}
    return _dict({key: told.get(key) for key in names}, reqd=int(is_name), parent=parent)


class ImportFile:
    """The rows of a file, header first, and what they come to. `raw_data` may be changed and parsed again."""

    def __init__(self, ctx: Context, meta: DocType, raw_data: list[list[Any]], mapping: Mapping[str, str]):
        self.ctx, self.meta, self.raw_data, self.mapping = ctx, meta, raw_data, mapping
        self.columns: list[Heading] = []
        self.data: list[Row] = []
        self.warnings: list[Warning_] = []
        self.parse_data_from_template()

    def parse_data_from_template(self) -> None:
        """Match the header with fields, number the rows. Raises ValidationError for a file without rows."""
        filled = [
            Row(number, list(row))
            for number, row in enumerate(self.raw_data, 1)
            if any(not _blank(each) for each in row)
        ]
        if len(filled) < 2:
            raise ValidationError.told(
                "Import template should contain a Header and atleast one row.", title="Template Error"
            )
        self.data = filled[1:]
        self.warnings = []
        self.columns = self._headings(filled[0].data)
        for heading in self.columns:
            if heading.column is not None and heading.column.field is not None:
                self._look_at(heading, heading.column.field)

    def _headings(self, titles: Sequence[object]) -> list[Heading]:
        known, seen, found = known_columns.titles(self.ctx, self.meta, reading.OWN), set(), []
        for index, given in enumerate(titles):
            title, mapped = cstr(given), self.mapping.get(str(index))
            heading = Heading(index, title or None, mapped)
            wanted = " ".join((mapped or title).split())
            column = known.get(wanted) or known.get(wanted.lower()) if mapped != NOT else None
            if title and title in seen:
                heading.warn(f"Skipping Duplicate Column {bold(title)}")
            elif mapped == NOT:
                heading.warn(f"Skipping column {bold(title)}")
            elif column is not None:
                heading.column = self._named_by_field(column)
                if mapped:
                    heading.warn(f"Mapping column {bold(title or '<i>Untitled Column</i>')} to field {bold(wanted)}")
            elif mapped:
                heading.warn(f"Could not map column {index + 1} to field {mapped}")
            else:
                heading.warn(
                    f"Cannot match column {bold(title)} with any field" if title else "Skipping Untitled Column"
                )
            seen.add(title)
            found.append(heading)
        return found

    def _named_by_field(self, column: known_columns.Column) -> known_columns.Column:
        """Frappe: the ID of documents that a field names is that field."""
        named = id_field(self.meta)
        if column.table or column.fieldname != "name" or named == "name":
            return column
        return replace(column, fieldname=named, field=self.meta.field(named))

    # --- what is wrong ---

    def _look_at(self, heading: Heading, known: Field) -> None:
        values = [cstr(each) for each in self._values(heading.index) if not _blank(each)]
        if not values:
            return
        if known.fieldtype == "Link":
            missing = sorted(each for each in set(values) if not self._exists(known, each))
            if missing:
                text = f"The following values do not exist for {known.options}: {', '.join(missing)}"
                heading.warn(text, "warning")
        elif known.fieldtype == "Select" and (options := _options(known)):
            wrong = sorted(set(values) - set(options))
            if wrong:
                shown = ", ".join(map(bold, options))
                told = f"The following values are invalid: {', '.join(map(bold, wrong))}. Values must be one of {shown}"
                heading.warn(told, None)
        elif known.fieldtype in _MOMENTS:
            self._guess_format(heading, known.fieldtype, values)

    def _values(self, index: int) -> Iterator[object]:
        return (row.data[index] if index < len(row.data) else None for row in self.data)

    def _exists(self, known: Field, value: str) -> bool:
        if not self.ctx.has_doctype(known.options):
            return True
        return self.ctx.store.exists(self.ctx.meta(cstr(known.options)), value) is not None

    def _guess_format(self, heading: Heading, fieldtype: str, values: list[str]) -> None:
        """The form that most of a column's dates have."""
        guessed = [found for found in map(guess_date_format, values) if found]
        formats = list(dict.fromkeys(guessed))
        if not formats:
            heading.date_format, shown = _MOMENTS[fieldtype]
            heading.warn(
                f"{fieldtype} format could not be determined from the values in this column. Defaulting to {shown}."
            )
            return
        heading.date_format = max(formats, key=guessed.count)
        if len(formats) > 1:
            heading.warn(
                f"The column {bold(cstr(heading.header_title))} has {len(formats)} different date formats. "
                f"{bold(_written(heading.date_format))} is taken, for it is the most common one; "
                "please change the other values to it."
            )

    def get_warnings(self) -> list[Warning_]:
        """What is wrong with columns and rows, and with documents once they were put together."""
        told = [each for heading in self.columns for each in heading.warnings]
        for row in self.data:
            if len(row.data) != len(self.columns):
                fewer = "less" if len(row.data) < len(self.columns) else "more"
                told.append({"row": row.row_number, "message": f"Row has {fewer} values than columns"})
        return told + self.warnings

    # --- what comes of it ---

    def get_data_for_import_preview(self) -> _dict:
        """Columns, the first rows and the warnings, as front ends show them before an import."""
        columns = [_dict(header_title="Sr. No", skip_import=True), *(each.as_dict(self.meta) for each in self.columns)]
        rows = [[row.row_number, *row.data] for row in self.data]
        found = _dict(data=rows[:SHOWN], columns=columns, warnings=self.get_warnings())
        if len(rows) > SHOWN:
            found.update(max_rows_exceeded=True, max_rows_in_preview=SHOWN, total_number_of_rows=len(rows))
        return found

    def get_payloads_for_import(self) -> list[_dict]:
        """`{doc, rows, entry}` of each document; what is wrong in one is among the warnings from then on."""
        self.warnings = []
        found: list[known_columns.Column | None] = [each.column for each in self.columns]
        rows = [(row.row_number, self._cells(row)) for row in self.data]
        payloads, taken = [], 0
        for entry in reading.entries(self.meta, found, rows, reading.Options()):
            of_entry = self.data[taken : taken + len(entry.source)]
            taken += len(entry.source)
            self.warnings += [
                {"row": each.row, "message": each.text, "field": {"label": each.column}} for each in entry.problems
            ]
            payloads.append(_dict(doc=_dict(entry.values), rows=of_entry, entry=entry))
        return payloads

    def _cells(self, row: Row) -> list[str]:
        """The cells as the importer reads them: dates year first, values that cannot be left out and told."""
        padded = [*row.data, *[None] * (len(self.columns) - len(row.data))][: len(self.columns)]
        return [
            self._cell(row.row_number, heading, cstr(value))
            for heading, value in zip(self.columns, padded, strict=True)
        ]

    def _cell(self, number: int, heading: Heading, text: str) -> str:
        known = heading.column.field if heading.column is not None else None
        if known is None or _blank(text):
            return text
        if known.fieldtype == "Link" and not self._exists(known, text):
            return self._left_out(number, heading, f"Value {bold(text)} missing for {bold(cstr(known.options))}")
        if known.fieldtype == "Select" and (options := _options(known)) and text not in options:
            return self._left_out(number, heading, f"Value must be one of {', '.join(map(bold, options))}")
        if known.fieldtype in ("Date", "Datetime") and heading.date_format:
            written = _year_first(text, heading.date_format, known.fieldtype)
            shown = bold(_written(heading.date_format))
            return written or self._left_out(number, heading, f"Value {bold(text)} must in {shown} format")
        return text

    def _left_out(self, number: int, heading: Heading, text: str) -> str:
        known = shown_field(self.meta, heading.column) if heading.column is not None else None
        self.warnings.append({"row": number, "col": heading.index + 1, "field": known, "message": text})
        return ""


def id_field(meta: DocType) -> str:
    """The field that names the documents; `name` if there is none."""
    named = meta.autoname.partition(":")[2] if meta.autoname.lower().startswith("field:") else ""
    return named if named and meta.field(named) is not None else "name"


def _options(known: Field) -> list[str]:
    return [each for each in cstr(known.options).split("\n") if each]


def _blank(value: object) -> bool:
    return value is None or not cstr(value).strip()


def _written(pattern: str) -> str:
    """A format as people write it."""
    named = {pattern: name for name, pattern in DATE_FORMATS.items()}.get(pattern)
    return named or pattern.replace("%Y", "yyyy").replace("%y", "yy").replace("%m", "mm").replace("%d", "dd")


def _year_first(text: str, pattern: str, fieldtype: str) -> str:
    """A date of that form as ISO has it; one that is in ISO's form already is taken too. Empty for neither."""
    for each in (pattern, pattern.partition(" ")[0], "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"):
        try:
            moment = datetime.datetime.strptime(text.strip(), each)
        except ValueError:
            continue
        return str(moment.date()) if fieldtype == "Date" else str(moment)
    return ""


# --- files ------------------------------------------------------------------------------------------------


def rows_of(content: bytes, name: str, delimiters: str) -> list[list[Any]]:
    """The rows of a file, whose name says what it is. Raises ValidationError, UnsupportedError."""
    kind = name.lower().rpartition(".")[2]
    if not content:
        raise ValidationError.told("Invalid or corrupted content for import")
    if kind == "xlsx":
        return sheet.workbook_rows(content)
    if kind != "csv":
        raise ValidationError.told(
            "Import template should be of type .csv or .xlsx; save an .xls file as .xlsx", title="Template Error"
        )
    return csv_rows(text_of(content), delimiters)


def csv_rows(text: str, delimiters: str = ",") -> list[list[object]]:
    """The rows of CSV text, blank cells as None. Raises ValidationError for what is none."""
    delimiter = reading.delimiter(text.partition("\n")[0], delimiters or ",")
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValidationError.told(f"Not a valid Comma Separated Value (CSV File): {error}") from None
    return [[cell.strip() or None for cell in row] for row in found]


def text_of(content: bytes) -> str:
    """Bytes as text, in the encodings that spreadsheets write. Raises ValidationError."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", *ENCODINGS):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError.told("The encoding of the file is not known; save it as UTF-8")


def mapping_of(options: object) -> dict[str, str]:
    """Column -> field, as `template_options` say. Raises BadRequestError for what is no JSON."""
    given = parse_json(options, "template_options") if options else {}
    found = given.get("column_to_field_map") if isinstance(given, dict) else None
    return {str(key): cstr(value) for key, value in found.items()} if isinstance(found, dict) else {}
