"""Files of documents: CSV as Frappe's Data Import reads it, JSON lines, and the JSON lists of an app's fixtures.

for entry in read_csv(ctx, meta, Path("task.csv"), options):  entry.row, entry.values, entry.problems
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from ...context import Context
from ...doctype.meta import CHILD, STANDARD, DocType
from ...errors import ValidationError
from ...utils import cstr, scrub
from ...values import Values
from . import cells, columns
from .columns import Column

OWN = ("owner", "docstatus")
"""Of the fields that every document has, those that an import sets; the others are the server's, but with `--raw`."""

_IGNORED = {"doctype", "__islocal", "__onload", "__unsaved", "__last_sync_on"}
_JSON = {".jsonl", ".ndjson", ".json"}


@dataclass
class Options:
    """How a file is read and imported."""

    doctype: str | None = None
    encoding: str | None = None
    date_format: str = "yyyy-mm-dd"
    ignore_unknown: bool = False
    raw: bool = False

    @property
    def standard(self) -> tuple[str, ...]:
        """The fields of every document that the file may set."""
        return tuple(key for key in STANDARD if key != "name") if self.raw else OWN


@dataclass
class Problem:
    """Why a document was not imported: the row of the file, the column where it is known, a sentence."""

    row: int
    text: str
    column: str = ""

    def __str__(self) -> str:
        return f"row {self.row}" + (f", {self.column}: " if self.column else ": ") + self.text


@dataclass
class Entry:
    """One document of a file, with what is wrong in it already. `source` are its rows or lines as they stand there."""

    row: int
    doctype: str
    values: Values
    source: list[Any]
    problems: list[Problem] = field(default_factory=list)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)  # (table, fieldname) -> column title


def filters_of(text: str | None) -> object:
    """The value of `--filters`. Raises ValidationError."""
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise ValidationError.told(f'--filters is JSON, such as \'{{"status": "Open"}}\': {error}') from None


def is_json(path: Path) -> bool:
    """Whether the name says JSON."""
    return path.suffix.lower() in _JSON


def doctype_of(ctx: Context, path: Path, doctype: str | None) -> DocType:
    """The DocType that was said, or the one that the file is named after: Task.csv, 01_task.csv.

    Raises ValidationError.
    """
    if doctype:
        return ctx.meta(doctype)
    stem = scrub(re.sub(r"^\d+[ _-]+", "", path.stem))
    for (name,) in ctx.store.database.rows('SELECT name FROM "tabDocType"'):
        if scrub(name) == stem:
            return ctx.meta(name)
    raise ValidationError.told(f"No DocType is called like {path.name}; say which it is with --doctype")


# --- text ------------------------------------------------------------------------------------------------


def open_text(path: Path, encoding: str | None) -> TextIO:
    """The file as text: UTF-8, or what its first bytes or the caller say."""
    with open(path, "rb") as file:
        start = file.read(4)
    if encoding is None:
        encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return open(path, encoding=encoding, newline="")


def wrong_encoding(path: Path, error: UnicodeDecodeError) -> ValidationError:
    """An error that names the line and what to do."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(error.encoding)
            except UnicodeDecodeError as found:
                text = (
                    f"Line {number} of {path.name} is not {found.encoding.upper()} (byte "
                    f"{line[found.start] if found.start < len(line) else 0:#04x})"
                )
                break
        else:
            text = f"{path.name} is not {error.encoding.upper()}"
    told = ValidationError.told(f"{text}; save it as UTF-8, or say --encoding, such as --encoding latin-1")
    assert isinstance(told, ValidationError)
    return told


# --- CSV -------------------------------------------------------------------------------------------------


def csv_rows(path: Path, options: Options) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of each row that is not blank; the header is row 1. Raises ValidationError."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with open_text(path, options.encoding) as file:
            separator = delimiter(file.readline())
            file.seek(0)
            for number, row in enumerate(csv.reader(file, delimiter=separator, strict=True), 1):
                if any(cell and not cell.isspace() for cell in row):
                    yield number, row
    except UnicodeDecodeError as error:
        raise wrong_encoding(path, error) from None
    except (csv.Error, LookupError) as error:
        raise ValidationError.told(f"{path.name} cannot be read as CSV: {error}") from None


def delimiter(header: str, among: str = ",;\t|") -> str:
    """What separates the titles: a comma as Frappe writes, or what spreadsheets of other languages do."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(among, key=bare.count)


def read_csv(ctx: Context, meta: DocType, path: Path, options: Options) -> Iterator[Entry]:
    """The documents of a CSV file. Rows whose cells of the document are blank go on with the document before."""
    rows = csv_rows(path, options)
    try:
        _, header = next(rows)
    except StopIteration:
        raise ValidationError.told(f"{path.name} is empty; its first row holds labels or fieldnames") from None
    found = columns.match(ctx, meta, header, options.standard, options.ignore_unknown)
    yield from entries(meta, found, rows, options, header)


def entries(
    meta: DocType,
    found: list[Column | None],
    rows: Iterable[tuple[int, list[str]]],
    options: Options,
    header: list[str] | None = None,
) -> Iterator[Entry]:
    """The documents of numbered rows under these columns."""
    titles = header or [each.title if each else "" for each in found]
    yield from _Assembly(meta, titles, found, options).entries(rows)


class _Assembly:
    """Puts the rows of a file together to documents."""

    def __init__(self, meta: DocType, header: list[str], found: list[Column | None], options: Options):
        self.meta, self.header, self.options = meta, header, options
        self.own = [(index, each) for index, each in enumerate(found) if each and not each.table]
        tables = dict.fromkeys(each.table for each in found if each and each.table)
        self.tables = {
            table: [(index, each) for index, each in enumerate(found) if each and each.table == table]
            for table in tables
        }
        self.titles = {(each.table, each.fieldname): each.title for each in found if each}

    def entries(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[Entry]:
        """One entry a document."""
        entry: Entry | None = None
        for number, row in rows:
            short = len(row) - len(self.header)
            if short:
                problem = Problem(
                    number,
                    (
                        f"{len(row)} cells, but the header has {len(self.header)}; is a value with a comma or a line "
                        "break not in quotes?"
                    ),
                )
                if entry is not None:
                    yield entry
                entry = Entry(number, self.meta.name, {}, [row], [problem])
                continue
            begins = not self.tables or any(not _blank(row[index]) for index, _ in self.own)
            if begins or entry is None:
                if entry is not None:
                    yield entry
                entry = Entry(number, self.meta.name, {}, [], titles=self.titles)
                if not begins:
                    entry.problems.append(Problem(number, f"a row of a child table, but no {self.meta.name} before it"))
                self._fill(entry.values, self.own, number, row, entry)
            entry.source.append(row)
            for table, cells_of in self.tables.items():
                child: Values = {}
                self._fill(child, cells_of, number, row, entry)
                if child:
                    entry.values.setdefault(table, []).append(child)
        if entry is not None:
            yield entry

    def _fill(
        self, values: dict[str, object], places: list[tuple[int, Column]], number: int, row: list[str], entry: Entry
    ) -> None:
        for index, column in places:
            text = row[index]
            if _blank(text):
                continue
            try:
                values[column.fieldname] = self._value(column, text)
            except ValueError as error:
                entry.problems.append(Problem(number, str(error), column.title))

    def _value(self, column: Column, text: str) -> object:
        kind = (
            self.meta.standard.get(column.fieldname, "Data")
            if column.field is None and not column.table
            else column.fieldtype
        )
        short = column.field is None or column.field.type.length
        return cells.parse(kind, text.strip() if short else text, self.options.date_format)


def _blank(text: str) -> bool:
    return not text or text.isspace()


# --- JSON ------------------------------------------------------------------------------------------------


def read_json(ctx: Context, path: Path, options: Options) -> Iterator[Entry]:
    """The documents of a file: one a line, or in a `.json` file one object or a list of them, as an app's fixtures."""
    try:
        with open_text(path, options.encoding) as file:
            if path.suffix.lower() == ".json":
                yield from (
                    _json_entry(ctx, number, each, json.dumps(each), options)
                    for number, each in enumerate(_documents(file.read()), 1)
                )
                return
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        value = json.loads(line)
                    except (ValueError, RecursionError) as error:
                        yield Entry(number, "", {}, [line], [Problem(number, f"no JSON: {error}")])
                        continue
                    yield _json_entry(ctx, number, value, line, options)
    except UnicodeDecodeError as error:
        raise wrong_encoding(path, error) from None
    except (ValueError, RecursionError, LookupError) as error:
        raise ValidationError.told(f"{path.name} cannot be read as JSON: {error}") from None


def _documents(text: str) -> list[object]:
    value = json.loads(text)
    return value if isinstance(value, list) else [value]


def _json_entry(ctx: Context, number: int, value: object, line: str, options: Options) -> Entry:
    if not isinstance(value, dict):
        return Entry(number, "", {}, [line], [Problem(number, "a document is a JSON object with its fields")])
    doctype = cstr(options.doctype or value.get("doctype"))
    entry = Entry(number, doctype, {}, [line])
    if not doctype or not ctx.has_doctype(doctype):
        entry.problems.append(
            Problem(
                number,
                f"there is no DocType {doctype}" if doctype else 'it says no "doctype"; say which it is with --doctype',
            )
        )
        return entry
    meta = ctx.meta(doctype)
    entry.doctype = meta.name
    entry.values = _known(meta, value, {*STANDARD} if options.raw else {"name", *OWN}, entry, options, "")
    for table, child in columns.tables(ctx, meta):
        given = value.get(table.fieldname)
        if given is None:
            continue
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            entry.problems.append(Problem(number, "a child table is a list of objects", table.fieldname))
            continue
        kept = {"name", *STANDARD} if options.raw else {"name"}
        entry.values[table.fieldname] = [
            _known(child, each, kept, entry, options, f"{table.fieldname}.") for each in given
        ]
    return entry


def _known(
    meta: DocType, given: dict[str, object], standard: set[str], entry: Entry, options: Options, prefix: str
) -> dict[str, object]:
    """The values of fields; a key that is none is a problem, what the server keeps itself is left out."""
    fields = {each.fieldname for each in columns.fields(meta)}
    passed_over = {*_IGNORED, *meta.standard, *CHILD, *(each.fieldname for each in meta.fields)}
    unknown = [key for key in given if key not in fields and key not in passed_over]
    if unknown and not options.ignore_unknown:
        told = ", ".join(unknown[:5])
        entry.problems.append(
            Problem(
                entry.row,
                f"{meta.name} has no field {told} (--ignore-unknown leaves such values out)",
                prefix + unknown[0],
            )
        )
    return {key: value for key, value in given.items() if key in fields or key in standard}
