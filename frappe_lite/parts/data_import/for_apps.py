"""Files of rows for app code: `frappe.core.doctype.data_import`, `frappe.utils.csvutils` and `xlsxutils`.

read_csv_content(b"a,b\\n1,")          ->  [["a", "b"], ["1", None]]
make_xlsx([["a"], [1]], "Sheet")       ->  BytesIO of a workbook
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from ... import document
from ...context import current
from ...errors import ValidationError
from ...methods import spreadsheets
from ...protocol import parse_json
from ...utils import cstr
from ...values import Given
from ..transfer import sheet
from . import data_export, exporter, importer, template


class Importer(importer.Importer):
    """A file that is taken in: that of a Data Import, or one on this machine."""

    def __init__(
        self,
        doctype: str,
        data_import: Any = None,
        file_path: str | None = None,
        import_type: str | None = None,
        console: bool = False,
        use_sniffer: bool = False,
    ):
        ctx = current.get()
        record = data_import or document.new(ctx, {"doctype": "Data Import", "import_type": import_type})
        record.reference_doctype = record.reference_doctype or doctype
        super().__init__(ctx, record, importer.rows_of_path(file_path) if file_path else None)


class Exporter(exporter.Exporter):
    """Chosen fields of documents as rows."""

    def __init__(
        self,
        doctype: str,
        export_fields: object = None,
        export_data: bool = False,
        export_filters: object = None,
        export_page_length: int | None = None,
        file_type: str = "CSV",
    ):
        ctx = current.get()
        fields = parse_json(export_fields, "export_fields") or {}
        super().__init__(ctx, ctx.meta(doctype), fields, export_data, export_filters, export_page_length, file_type)


class DataExporter:
    """Documents with their rows as one sheet."""

    def __init__(
        self, doctype: object = None, parent_doctype: object = None, all_doctypes: object = True,
        with_data: object = False, select_columns: object = None, file_type: str = "CSV", template: bool = False,
        filters: object = None, export_without_column_meta: bool = False,
    ):  # fmt: skip
        self.file_type = file_type
        self._layout = data_export.Layout(
            current.get(), doctype, parent_doctype, all_doctypes, with_data, select_columns, template, filters,
            export_without_column_meta,
        )  # fmt: skip

    def build_response(self) -> None:
        """Answer the request with it."""
        data_export.respond(current.get(), self._layout, self.file_type)


def import_file(
    doctype: str, file_path: str, import_type: str, submit_after_import: bool = False, console: bool = False
) -> object:
    """Take a file on this machine in, to "Insert" or to "Update"; the log."""
    kind = importer.INSERT if import_type.lower() == "insert" else importer.UPDATE
    ctx = current.get()
    values = {"reference_doctype": doctype, "import_type": kind, "submit_after_import": submit_after_import}
    record = document.new(ctx, {"doctype": "Data Import", **values})
    return Importer(doctype, record, file_path, console=console).import_data()


# --- CSV --------------------------------------------------------------------------------------------------


def read_csv_content(fcontent: str | bytes, use_sniffer: bool = False) -> list[list[object]]:
    """The rows of CSV, blank cells as None. Raises ValidationError."""
    text = fcontent if isinstance(fcontent, str) else template.text_of(fcontent)
    return template.csv_rows(text, ",;\t|" if use_sniffer else ",")


class UnicodeWriter:
    """Rows as CSV, one after the other."""

    def __init__(self, encoding: str = "utf-8", quoting: int = csv.QUOTE_NONNUMERIC):
        self.queue = io.StringIO()
        self._writer = csv.writer(self.queue, quoting=quoting)  # type: ignore[arg-type]  # Frappe: any number

    def writerow(self, row: list[object]) -> None:
        """One more."""
        self._writer.writerow(row)

    def getvalue(self) -> str:
        """All of them."""
        return self.queue.getvalue()


def to_csv(data: list[list[object]]) -> str:
    """Rows as CSV, texts in quotes."""
    return exporter.csv_text(data)


def build_csv_response(data: list[list[object]], filename: str) -> None:
    """Answer the request with rows as a CSV file."""
    exporter.respond(current.get(), filename, data)


# --- workbooks --------------------------------------------------------------------------------------------


def make_xlsx(
    data: list[list[object]], sheet_name: str, wb: object = None, column_widths: object = None, **_looks: object
) -> io.BytesIO:
    """A workbook of one sheet. Raises UnsupportedError where openpyxl is not installed, and for a book to add to."""
    if wb is not None:
        raise ValidationError.told("Sheets are not added to a workbook here; make one workbook a sheet")
    return io.BytesIO(spreadsheets.workbook(sheet_name, data))


def build_xlsx_response(data: list[list[object]], filename: str) -> None:
    """Answer the request with rows as a workbook."""
    exporter.respond(current.get(), filename, data, "Excel")


def read_xlsx_file_from_attached_file(
    file_url: str | None = None, fcontent: bytes | None = None, filepath: str | None = None
) -> list[list[object]] | None:
    """The rows of a workbook's first sheet, blank cells as None; None if nothing was named.

    Raises ValidationError, UnsupportedError.
    """
    if file_url:
        found: Any = document.load(current.get(), "File", _file_of(file_url))
        content = found.get_content(encodings=[])
    elif fcontent or filepath:
        content = fcontent or Path(cstr(filepath)).read_bytes()
    else:
        return None
    return [[cell or None for cell in row] for row in sheet.workbook_rows(content)]


def _file_of(url: str) -> str:
    found: Given | None = importer.readable_file(current.get(), url)
    if found is None:
        raise ValidationError.told(f"There is no file {url}")
    return cstr(found["name"])


__all__ = [
    "Exporter", "Importer", "UnicodeWriter", "build_csv_response", "build_xlsx_response", "import_file", "make_xlsx",
    "read_csv_content", "read_xlsx_file_from_attached_file", "to_csv",
]  # fmt: skip
