"""`frappe_lite.sheet.*`: rows of a table that somebody dropped on a list, checked, made into documents, and taken back.

The caller sends the rows in portions that end with a document. `check` does all of it and keeps nothing; `insert` keeps
what is right. What one run made is remembered for a day, so that the caller can take the whole of it back.

    GET  …/frappe_lite.sheet.columns?doctype=Task   ->  [{"title": "Subject", "column": "subject", …}, …]
    POST …/frappe_lite.sheet.check {"doctype": "Task", "columns": ["subject"], "rows": [["Write"], [""]], "first": 2}
        ->  {"documents": 1, "made": [], "problems": []}
"""

from __future__ import annotations

import base64
import binascii
import datetime
import importlib
import io
import json
import re
import zipfile
from typing import Any

from ... import document, permissions
from ...context import Context
from ...doctype.meta import DocType
from ...errors import BadRequestError, FrappeError, PayloadTooLargeError, UnsupportedError, ValidationError
from ...protocol import parse_json
from ...query import Condition
from ...utils import cstr, now, now_datetime
from ...whitelist import method
from . import columns as known_columns
from . import reading
from .columns import Column

MAX_ROWS = 2_000
"""Of one request: what has more is sent in portions."""

_ADVICE = re.compile(r"(, or say --.*| \(--.*\))\Z")
"""What a problem says of the command's options, which nobody here can give."""

MAX_UNPACKED = 100_000_000
"""Bytes of a workbook's parts: they are a zip file, and a small one may unpack to any size."""

KEPT = datetime.timedelta(days=1)
MAX_RUNS = 20


@method("frappe_lite.sheet.columns", methods=["GET"])
def columns(ctx: Context, doctype: str) -> list[dict[str, Any]]:
    """What a column may hold: the name, each field that the caller may write, each field of a child row."""
    meta = _importable(ctx, doctype)
    return [_shown(meta, each) for each in known_columns.every(ctx, meta) if _writable(ctx, meta, each)]


def _importable(ctx: Context, doctype: str) -> DocType:
    """Raises PermissionError, ValidationError."""
    meta = ctx.meta(doctype)
    permissions.require(ctx, meta, "create")
    if meta.issingle or meta.istable or meta.is_virtual:
        raise ValidationError.told(f"Documents of {meta.name} are not made from rows")
    return meta


def _writable(ctx: Context, meta: DocType, column: Column) -> bool:
    fieldname = column.table or column.fieldname
    return fieldname == "name" or permissions.may_read_field(ctx, meta, fieldname)


def _place(column: Column) -> str:
    return f"{column.table}.{column.fieldname}" if column.table else column.fieldname


def _shown(meta: DocType, column: Column) -> dict[str, object]:
    field = column.field
    required = bool(field and field.reqd and not field.default and not column.table)
    return {
        "title": column.title,
        "column": _place(column),
        "table": column.table,
        "fieldtype": column.fieldtype,
        "options": cstr(field.options) if field else "",
        "required": required,
    }


# --- workbooks ---------------------------------------------------------------------------------------------


@method("frappe_lite.sheet.read", methods=["POST"])
def read(ctx: Context, content: str) -> list[list[str]]:
    """The rows of an .xlsx file's first sheet as text; `content` is the file in base64.

    Raises UnsupportedError where openpyxl is not installed, and ValidationError for what is no workbook.
    """
    if ctx.user == "Guest":
        raise ValidationError.told("Log in to read a workbook")
    try:
        packed = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise ValidationError.told("This is no .xlsx workbook with a sheet in it") from None
    return [row for row in workbook_rows(packed) if any(row)]


def workbook_rows(packed: bytes) -> list[list[str]]:
    """Every row of a workbook's first sheet, blank ones too. Raises as `read`, and PayloadTooLargeError."""
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise UnsupportedError.told(
            "A workbook needs openpyxl: pip install 'frappe_lite[sheets]', or save it as CSV"
        ) from None
    try:
        file = io.BytesIO(packed)
        with zipfile.ZipFile(file) as parts:
            if sum(each.file_size for each in parts.infolist()) > MAX_UNPACKED:
                raise PayloadTooLargeError.told("This workbook is too large once it is unpacked; save it as CSV")
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        return [[_text(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except (ValueError, KeyError, IndexError, OSError, zipfile.BadZipFile):
        raise ValidationError.told("This is no .xlsx workbook with a sheet in it") from None


def _text(value: object) -> str:
    """A cell as CSV would have it."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.time() == datetime.time() else str(value.replace(microsecond=0))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(int(value)) if isinstance(value, bool) else str(value)


# --- rows to documents -------------------------------------------------------------------------------------


@method("frappe_lite.sheet.check", methods=["POST"])
def check(ctx: Context, doctype: str, columns: Any, rows: Any, first: int = 2, update: bool = False) -> dict[str, Any]:
    """What `insert` would say of these rows; nothing is kept. `first` is the number of the first row in its file."""
    return _run(ctx, doctype, columns, rows, first, update=update, dry_run=True)


@method("frappe_lite.sheet.insert", methods=["POST"])
def insert(
    ctx: Context, doctype: str, columns: Any, rows: Any, run: str, first: int = 2, update: bool = False
) -> dict[str, Any]:
    """Make documents of these rows; what is wrong is told by row, and the others are kept.

    `run` is a word of the caller's own for the whole of an import: `undo` takes back what was made under it.
    """
    if not (run.isalnum() and len(run) <= 40):
        raise BadRequestError.told("run is a word of letters and digits")
    answer = _run(ctx, doctype, columns, rows, first, update=update, dry_run=False)
    _remember(ctx, ctx.meta(doctype).name, run, answer["made"])
    return answer


def _run(
    ctx: Context, doctype: str, places: object, rows: object, first: int, *, update: bool, dry_run: bool
) -> dict[str, Any]:
    importing = importlib.import_module(f"{__package__}.importing")  # with what a command needs; not at each start
    meta = _importable(ctx, doctype)
    if update:
        permissions.require(ctx, meta, "write")
    work = importing.Import(ctx, reading.Options(), update, skip_errors=True, dry_run=dry_run)
    work.in_import = permissions.judge(ctx, meta, "import").allowed  # controllers that check less do so for them
    found = _columns(ctx, meta, parse_json(places, "columns"))
    work.run(reading.entries(meta, found, _numbered(parse_json(rows, "rows"), first, len(found)), reading.Options()))
    problems = [
        {"row": each.row, "column": each.column, "message": _ADVICE.sub("", each.text)} for each in work.problems
    ]
    documents = work.created + work.updated + len(work.rejected)
    return {"documents": documents, "made": [] if dry_run else work.made, "updated": work.updated, "problems": problems}


def _columns(ctx: Context, meta: DocType, places: object) -> list[Column | None]:
    """The columns that the caller named by fieldname, None for those that are left out. Raises ValidationError."""
    if not isinstance(places, list) or not all(isinstance(each, str) for each in places):
        raise BadRequestError.told('columns is a list of fieldnames, such as ["name", "subject", "items.qty", ""]')
    found = known_columns.match(ctx, meta, places)
    refused = [each.title for each in found if each and not _writable(ctx, meta, each)]
    if refused:
        raise ValidationError.told(f"{meta.name} has no field {', '.join(refused)} that you may write")
    return found


def _numbered(rows: object, first: int, width: int) -> list[tuple[int, list[str]]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadRequestError.told('rows is a list of lists of cells, such as [["Write", "2026-12-31"]]')
    if len(rows) > MAX_ROWS:
        raise BadRequestError.told(f"One request has at most {MAX_ROWS} rows; send the others in the next")
    padded = [[cstr(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    return [(first + index, row) for index, row in enumerate(padded) if any(cell.strip() for cell in row)]


# --- taken back --------------------------------------------------------------------------------------------


def _key(ctx: Context) -> str:
    return f"imports:{ctx.user}"


def _runs(ctx: Context) -> list[dict[str, Any]]:
    """The caller's runs of the last day, the latest first: {run, doctype, at, made: {name: modified}}."""
    since = (now_datetime() - KEPT).isoformat(" ", "microseconds")
    kept = json.loads(ctx.store.value(_key(ctx)) or "[]")
    return [each for each in kept if each["at"] > since][:MAX_RUNS]


def _remember(ctx: Context, doctype: str, run: str, names: list[Any]) -> None:
    ctx.store.database.begin_write()
    runs = _runs(ctx)
    mine = next((each for each in runs if each["run"] == run and each["doctype"] == doctype), None)
    if mine is None:
        mine = {"run": run, "doctype": doctype, "at": now(), "made": {}}
        runs.insert(0, mine)
    meta = ctx.meta(doctype)
    for name in names:
        mine["made"][cstr(name)] = _modified(ctx, meta, name)
    ctx.store.set_value(_key(ctx), json.dumps(runs))


@method("frappe_lite.sheet.runs", methods=["GET"])
def runs(ctx: Context, doctype: str = "") -> list[dict[str, Any]]:
    """The caller's imports of the last day that can be taken back: {run, doctype, at, documents}."""
    return [
        {"run": each["run"], "doctype": each["doctype"], "at": each["at"], "documents": len(each["made"])}
        for each in _runs(ctx)
        if each["made"] and doctype in ("", each["doctype"])
    ]


@method("frappe_lite.sheet.undo", methods=["POST"])
def undo(ctx: Context, run: str) -> dict[str, Any]:
    """Delete what one import made: {deleted, failed: [{name, error}]}. What was changed since stays, and is named."""
    ctx.store.database.begin_write()
    kept = _runs(ctx)
    mine = [each for each in kept if each["run"] == run]
    if not mine:
        raise ValidationError.told("There is no such import of yours within the last day")
    deleted, failed = 0, []
    for each in mine:
        meta = ctx.meta(each["doctype"])
        for name, modified in reversed(list(each["made"].items())):
            try:
                with ctx.store.database.atomic():
                    deleted += _take_back(ctx, meta, name, modified)
                del each["made"][name]
            except FrappeError as error:
                failed.append({"name": name, "error": cstr(error)})
    ctx.store.set_value(_key(ctx), json.dumps(kept))
    return {"deleted": deleted, "failed": failed}


def _modified(ctx: Context, meta: DocType, name: object) -> str:
    """When a document was changed last; empty for one that is not there."""
    rows = ctx.store.find(meta, Condition("name = ?", (name,)), ("modified",))
    return cstr(rows[0]["modified"]) if rows else ""


def _take_back(ctx: Context, meta: DocType, name: str, modified: str) -> int:
    """1 if the document was there. Raises what deleting raises, and ValidationError if it was changed."""
    stored = _modified(ctx, meta, name)
    if not stored:
        return 0
    if stored != modified:
        raise ValidationError.told("It was changed since")
    document.delete(ctx, meta.name, name)
    return 1
