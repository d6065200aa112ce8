"""Data Import: the record of one file, and the functions by which front ends look at it, start it and follow it."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from ... import document, permissions
from ...context import Context, current
from ...document import Document
from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...face.jobs.enqueueing import enqueue, is_job_enqueued
from ...face.model.fields import core_doctypes_list
from ...face.realtime import publish_realtime
from ...protocol import parse_json
from ...query import Condition
from ...utils import _dict, cint, cstr
from ...values import Values
from ...whitelist import method, whitelist

BLOCKED = {*core_doctypes_list, "DocType State", "Translation"} - {"User", "Role", "Print Format"}
"""DocTypes that no file makes documents of."""

TIMEOUT = 10_000
MOST_LOGS = 5_000
_HERE = "frappe.core.doctype.data_import.data_import"


def _importer() -> ModuleType:
    """The module that reads files, imported when the first one comes."""
    return importlib.import_module(f"{__package__}.importer")


class DataImport(Document):
    """A file on its way in."""

    reference_doctype: str
    import_file: object
    google_sheets_url: object
    status: object

    def validate(self) -> None:
        """The file is one that can be read. Raises ValidationError."""
        before = None if self.is_new() else document.load(self.ctx, self.doctype, self.name)
        source = (self.import_file, self.google_sheets_url)
        if not any(source) or (before is not None and (before.import_file, before.google_sheets_url) != source):
            self.update({"template_options": "", "template_warnings": ""})
        if self.reference_doctype in BLOCKED:
            raise ValidationError.told(f"Importing {self.reference_doctype} is not allowed.")
        meta = self.ctx.meta(self.reference_doctype)
        if meta.issingle or meta.istable or meta.is_virtual:
            raise ValidationError.told(f"Documents of {meta.name} are not made from rows")
        if any(source):
            self.set("payload_count", len(self.get_importer().import_file.get_payloads_for_import()))

    def get_importer(self) -> Any:
        """What takes the file in. Raises ValidationError for one that cannot be read."""
        return _importer().Importer(self.ctx, self)

    @whitelist()
    def get_preview_from_template(self, import_file: str | None = None, google_sheets_url: str | None = None) -> object:
        """How the file, or another one, would be taken: columns, first rows, warnings."""
        self.import_file = import_file or self.import_file
        self.google_sheets_url = google_sheets_url or self.google_sheets_url
        if not (self.import_file or self.google_sheets_url):
            return None
        return self.get_importer().get_data_for_import_preview()

    def start_import(self) -> bool:
        """Take the file in by a job; False if one is at it. In tests, and for developers, at once."""
        ctx, job_id = self.ctx, f"data_import||{self.name}"
        if is_job_enqueued(job_id):
            return False
        now = bool(ctx.flags.in_test or cint(ctx.site.conf.get("developer_mode")))
        enqueue(
            start_import, queue="default", timeout=TIMEOUT, event="data_import", job_id=job_id, now=now,
            data_import=self.name,
        )  # fmt: skip
        return True

    def on_trash(self) -> None:
        """Its log goes with it."""
        sql = 'DELETE FROM "tabData Import Log" WHERE data_import = ?'
        self.ctx.store.database.execute(sql, (self.name,))


def start_import(data_import: str) -> None:
    """What the job does. A fault is kept in the record's status and in the Error Log."""
    ctx = current.get()
    record: Any = document.load(ctx, "Data Import", data_import)
    try:
        record.get_importer().import_data()
    except Exception as error:  # the edge of a job: whoever looks at the record sees how it ended
        ctx.rollback()
        is_late = type(error).__name__ == "JobTimeoutException"
        record.db_set("status", "Timed Out" if is_late else "Error")
        if not is_late:
            record.log_error("Data import failed")
        ctx.commit()
    publish_realtime("data_import_refresh", {"data_import": data_import})


def _record(ctx: Context, name: object, right: str = "read") -> BaseDocument:
    """The record. Raises PermissionError, DoesNotExistError."""
    found = document.load(ctx, "Data Import", name)
    found.check_permission(right)
    return found


@method(f"{_HERE}.get_preview_from_template")
def get_preview_from_template(
    ctx: Context, data_import: str, import_file: str | None = None, google_sheets_url: str | None = None
) -> object:
    """How a record's file, or another one, would be taken: {columns, data, warnings, import_log}."""
    return _record(ctx, data_import).get_preview_from_template(import_file, google_sheets_url)


@method(f"{_HERE}.form_start_import", methods=["POST"])
def form_start_import(ctx: Context, data_import: str) -> bool:
    """Take a record's file in by a job; False if one is at it."""
    return bool(_record(ctx, data_import, "write").start_import())


@method(f"{_HERE}.get_import_status")
def get_import_status(ctx: Context, data_import_name: str) -> Values:
    """How far an import is: {status, success, failed, total_records}."""
    record = _record(ctx, data_import_name)
    sql = 'SELECT success, COUNT(*) FROM "tabData Import Log" WHERE data_import = ? GROUP BY success'
    counted = {
        "success" if cint(done) else "failed": count for done, count in ctx.store.database.rows(sql, (record.name,))
    }
    return {"status": record.status, **counted, "total_records": cint(record.payload_count)}


@method(f"{_HERE}.get_import_logs")
def get_import_logs(ctx: Context, data_import: str) -> list[_dict]:
    """What became of each document: {success, docname, messages, exception, row_indexes}."""
    record = _record(ctx, data_import)
    names = ("success", "docname", "messages", "exception", "row_indexes")
    where = Condition("data_import = ?", (record.name,))
    return [_dict(each) for each in ctx.store.find(ctx.meta("Data Import Log"), where, names, MOST_LOGS, "log_index")]


@method(f"{_HERE}.download_template")
def download_template(
    ctx: Context, doctype: str, export_fields: object = None, export_records: str | None = None,
    export_filters: object = None, file_type: str = "CSV",
) -> None:  # fmt: skip
    """A file with a header of chosen fields, `{"Task": ["name", "subject"], "items": ["qty"]}`; but for
    `blank_template` with the documents that the filters find, five of them with `5_records`."""
    meta = ctx.meta(doctype)
    permissions.require(ctx, meta, "read")
    exporting = importlib.import_module(f"{__package__}.exporter")
    exporting.Exporter(
        ctx, meta, parse_json(export_fields or {}, "export_fields"), export_records != "blank_template",
        parse_json(export_filters, "export_filters") if export_filters else None,
        exporting.EXAMPLES if export_records == "5_records" else None, file_type,
    ).build_response()  # fmt: skip


@method(f"{_HERE}.download_errored_template")
def download_errored_template(ctx: Context, data_import_name: str) -> None:
    """The rows that were refused, under their header: to be mended and taken in."""
    record = _record(ctx, data_import_name)
    _respond(ctx, record, record.get_importer().errored_rows())


@method(f"{_HERE}.download_import_log")
def download_import_log(ctx: Context, data_import_name: str) -> None:
    """The log as CSV."""
    record = _record(ctx, data_import_name)
    _respond(ctx, record, list(record.get_importer().log_rows()))


def _respond(ctx: Context, record: BaseDocument, rows: list[list[object]]) -> None:
    importlib.import_module(f"{__package__}.exporter").respond(ctx, cstr(record.reference_doctype), rows)


__all__ = ["DataImport", "start_import"]
