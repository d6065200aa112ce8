"""Taking a file in: each document in a transaction of its own, with a log of how it went, and progress told
meanwhile."""

from __future__ import annotations

import importlib
import json
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ... import document
from ...context import Context
from ...document import history
from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...face.realtime import note_progress, publish_realtime
from ...query import Condition
from ...utils import _dict, cint, cstr
from ...values import Values
from ..files.access import readable_file
from ..files.contents import read_content
from ..transfer.reading import Options
from . import template
from .template import ImportFile

INSERT, UPDATE = "Insert New Records", "Update Existing Records"
LOG = "Data Import Log"
TOLD_FROM = 5
"""Files of more documents have their progress told."""


class Importer:
    """One file on its way in. `import_file` has what is in it, `import_data` takes it in."""

    def __init__(self, ctx: Context, record: BaseDocument, rows: list[list[object]] | None = None):
        self.ctx, self.data_import = ctx, record
        self.doctype = cstr(record.reference_doctype)
        self.meta = ctx.meta(self.doctype)
        given = rows if rows is not None else rows_of_record(ctx, record)
        self.import_file = ImportFile(ctx, self.meta, given, template.mapping_of(record.template_options))
        work = importlib.import_module("frappe_lite.parts.transfer.importing")  # with what a command needs
        self._problem_of = work.problem_of
        self._work = work.Import(ctx, Options(), record.import_type == UPDATE)
        self._begun = 0.0

    def get_data_for_import_preview(self) -> _dict:
        """The file as front ends show it, with the first of what became of its rows."""
        found = self.import_file.get_data_for_import_preview()
        found.import_log = [{key: each[key] for key in ("row_indexes", "success")} for each in self.logs(10)]
        return found

    def import_data(self) -> list[Values]:
        """Take the documents in that were not taken in before; the log of all of them.

        A file with warnings stays out, and they are kept in `template_warnings`.
        """
        self.ctx.flags.in_import = True
        self.ctx.flags.mute_emails = bool(cint(self.data_import.mute_emails))
        self._begun = time.monotonic()
        try:
            return self._import()
        finally:
            self.ctx.flags.in_import, self.ctx.flags.mute_emails = False, None

    def _import(self) -> list[Values]:
        payloads = self.import_file.get_payloads_for_import()
        warnings = [each for each in self.import_file.get_warnings() if each.get("type") != "info"]
        self._keep({"template_warnings": json.dumps(warnings, default=str) if warnings else ""})
        if warnings:
            return []
        done, index = self._done()
        for number, payload in enumerate(payloads, 1):
            rows = [each.row_number for each in payload.rows]
            if done.isdisjoint(rows):
                self._take(payload, rows, index)
                index += 1
            if (percent := 100 * number // len(payloads)) != 100 * (number - 1) // len(payloads):
                note_progress(percent, f"Import of {self.doctype}")
            if len(payloads) > TOLD_FROM:
                self._tell(number, len(payloads), payload, rows, skipped=not done.isdisjoint(rows))
        found = self.logs()
        self._keep({"status": _status(found, len(payloads))})
        return found

    def _done(self) -> tuple[set[int], int]:
        """The rows that need no second try, and the number of the next log.

        Frappe: after a run to the end the rows that failed are tried again; one that was broken off goes on.
        """
        found = self.logs()
        whole = len(found) >= cint(self.data_import.payload_count)
        if whole and self.data_import.status in ("Partial Success", "Error"):
            sql = 'DELETE FROM "tabData Import Log" WHERE data_import = ? AND success = 0'
            self.ctx.store.database.execute(sql, (self.data_import.name,))
            found = [each for each in found if each["success"]]
        rows = {row for each in found if each["success"] or not whole for row in json.loads(each["row_indexes"])}
        return rows, max((cint(each["log_index"]) + 1 for each in found), default=0)

    def _take(self, payload: _dict, rows: list[int], index: int) -> None:
        """One document: stored and kept, or undone and told."""
        before = len(self.ctx.messages)
        try:
            with self.ctx.held():  # no commit of an app's code divides a document
                name = self._store(payload)
            told = {"success": 1, "docname": name, "messages": "[]"}
        except Exception as error:  # a bulk operation: a fault of an app's code in one document is told like any other
            self.ctx.rollback()
            payload.failed = True
            texts = [dict(each) for each in (*self.ctx.messages[before:], *getattr(error, "messages", ()))]
            if not texts:
                texts = [{"message": self._problem_of(self.ctx, payload.entry, error).text}]
            trace = "".join(traceback.format_exception(error))
            told = {"success": 0, "messages": json.dumps(texts, default=str), "exception": trace}
        del self.ctx.messages[before:]
        log = {
            "doctype": LOG,
            "data_import": self.data_import.name,
            "row_indexes": json.dumps(rows),
            "log_index": index,
        }
        document.new(self.ctx.trusted(), {**log, **told}).db_insert()
        if told["success"] and self.data_import.status != "Partial Success":
            self._keep({"status": "Partial Success"})
        self.ctx.commit()

    def _store(self, payload: _dict) -> object:
        """The name of the document that was made or changed."""
        entry = payload.entry
        if self.data_import.import_type == UPDATE:
            return self._update(entry)
        made = self._work.insert(self.meta, entry)
        payload.doc.name = made.name
        self._work.raise_counters()
        if self.meta.is_submittable and cint(self.data_import.submit_after_import) and cint(made.docstatus) == 0:
            made.submit()
        return made.name

    def _update(self, entry: Any) -> object:
        name = entry.values.get(template.id_field(self.meta))
        if name in (None, ""):
            raise ValidationError.told(f"Row {entry.row} does not say which {self.doctype} it changes; fill in its ID")
        changed = self._work.changed(self.meta, name, entry.values)
        if not history.changes(changed, document.load(self.ctx, self.doctype, name)):
            raise ValidationError.told("No changes to update")
        return changed.save().name

    # --- the record ---

    def logs(self, limit: int | None = None) -> list[Values]:
        """What became of each document, in the order of the file."""
        meta, mine = self.ctx.meta(LOG), Condition("data_import = ?", (self.data_import.name,))
        names = ("row_indexes", "success", "log_index", "docname", "messages", "exception")
        return [dict(each) for each in self.ctx.store.find(meta, mine, names, order="log_index", limit=limit)]

    def _keep(self, values: Values) -> None:
        """Change the record at once; one that is not stored keeps it to itself."""
        self.data_import.update(values)
        if self.data_import.name and not self.data_import.is_new():
            self.data_import.db_set(values)
            self.ctx.commit()

    def _tell(self, number: int, total: int, payload: _dict, rows: list[int], skipped: bool) -> None:
        told: Values = {"current": number, "total": total, "data_import": self.data_import.name}
        if skipped:
            told["skipping"] = True
        else:
            each = (time.monotonic() - self._begun) / number
            told.update(docname=payload.doc.get("name"), success=not payload.failed, row_indexes=rows)
            told["eta"] = each * (total - number)
        publish_realtime("data_import_progress", told, user=self.ctx.user)

    # --- files to download ---

    def errored_rows(self) -> list[list[Any]]:
        """The header and the rows that were refused, to be mended and taken in."""
        failed = {row for each in self.logs() if not each["success"] for row in json.loads(each["row_indexes"])}
        header = [each.header_title for each in self.import_file.columns]
        return [header, *(row.data for row in self.import_file.data if row.row_number in failed)]

    def log_rows(self) -> Iterator[list[object]]:
        """The log as a table."""
        yield ["Row Numbers", "Status", "Message", "Exception"]
        for each in self.logs():
            message = f"Successfully Imported {each['docname']}" if each["success"] else each["messages"]
            state = "Success" if each["success"] else "Failure"
            yield [json.loads(each["row_indexes"])[0], state, message, cstr(each["exception"])]


def _status(logs: list[Values], total: int) -> str:
    succeeded = sum(1 for each in logs if each["success"])
    failed = len(logs) - succeeded
    if failed and succeeded:
        return "Partial Success"
    if failed >= total and failed:
        return "Error"
    return "Success" if succeeded == total else "Pending"


def rows_of_record(ctx: Context, record: BaseDocument) -> list[list[object]]:
    """The rows of a record's file. Raises PermissionError for one that the caller may not read, ValidationError."""
    if record.google_sheets_url and not record.import_file:
        raise ValidationError.told("Google Sheets are not read here; download the sheet as CSV and attach the file")
    url = cstr(record.import_file)
    found = readable_file(ctx, url)
    if found is None:
        raise ValidationError.told("Invalid template file for import")
    content = read_content(ctx.site, cstr(found["content_hash"]))
    return template.rows_of(content, cstr(found["file_name"]) or url, delimiters_of(record))


def rows_of_path(path: str) -> list[list[object]]:
    """The rows of a file on this machine, that app code named. Raises ValidationError."""
    file = Path(path)
    if not file.is_file():
        raise ValidationError.told("Invalid template file for import")
    return template.rows_of(file.read_bytes(), file.name, ",;\t|")


def delimiters_of(record: BaseDocument) -> str:
    """What may separate the cells: the record's own, where it has some, or else what spreadsheets write."""
    asked = cint(record.custom_delimiters) or cint(record.use_csv_sniffer)
    return (cstr(record.delimiter_options).replace("\\t", "\t") if asked else "") or ",;\t|"


__all__ = ["INSERT", "UPDATE", "Importer", "readable_file", "rows_of_path", "rows_of_record"]
