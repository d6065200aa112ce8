"""`frappe-lite import`: documents from a file, through the same `insert` and `save` as a request's.

One transaction: if a document is refused, all that are wrong are named and nothing is kept. With `--skip-errors` the
rest is kept, a batch at a time, so that a server on the same file goes on writing between them. Names that the file
gives are kept, as in Frappe's Data Import; a document that links to a later one of the file waits for it.
"""

from __future__ import annotations

import csv
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ... import document
from ...command.cli import open_site
from ...context import Context
from ...doctype import server_owned
from ...doctype.meta import STANDARD, DocType
from ...document.base_document import BaseDocument
from ...errors import FrappeError, LinkValidationError, MandatoryError, ValidationError
from ...sqlite import owner_only
from ...utils import cint, cstr, strip_html
from ...values import Values
from . import reading, series
from .backup import require
from .progress import Progress
from .reading import Entry, Options, Problem
from .rows import RowWriter

BATCH = 500
"""Documents that are kept together with `skip_errors`."""

SHOWN = 100
"""Problems that are written out; of the rest the number is."""


class Import:
    """One run over the entries of a file. `problems` and the counts tell how it went."""

    def __init__(
        self, ctx: Context, options: Options, update: bool = False, skip_errors: bool = False, dry_run: bool = False
    ):
        self.ctx, self.options = ctx, options
        self.update, self.skip_errors, self.dry_run = update, skip_errors, dry_run
        self.problems: list[Problem] = []
        self.rejected: list[Entry] = []
        self.created = self.updated = self.batches = 0
        self.made: list[Any] = []
        self.in_import = True
        self.kept = False
        self._seen: dict[tuple[str, str], int] = {}
        self._names: dict[str, list[Any]] = {}
        self._waiting: list[tuple[Entry, Exception]] = []
        self._writer = RowWriter(ctx)

    def run(self, entries: Iterable[Entry]) -> None:
        """Store the documents.

        Raises ValidationError if the file cannot be read; then nothing of it is kept, but earlier batches.
        """
        self.ctx.flags.in_import = self.in_import
        self.ctx.store.database.begin_write()
        for batch in _batches(entries, BATCH):
            with self.ctx.held():  # no commit of an app's code divides a batch
                for entry in batch:
                    self._take(entry)
                if self.skip_errors and not self.dry_run:
                    self.raise_counters()
            self._end_batch()
        with self.ctx.held():
            self._take_waiting()
            self.raise_counters()
        self.problems.sort(key=lambda problem: problem.row)
        self.rejected.sort(key=lambda entry: entry.row)
        self.kept = not self.dry_run and (self.skip_errors or not self.problems)
        if self.kept:
            self.ctx.commit()
        else:
            self.ctx.rollback()

    def _end_batch(self) -> None:
        if self.skip_errors and not self.dry_run:
            self.ctx.commit()
            self.batches += 1
            self.ctx.store.database.begin_write()

    def _take(self, entry: Entry) -> None:
        name = entry.values.get("name")
        if name not in (None, ""):
            key = (entry.doctype, cstr(name).lower())
            if key in self._seen:
                entry.problems.append(
                    Problem(
                        entry.row,
                        f'"{name}" stands in row {self._seen[key]} already',
                        entry.titles.get(("", "name"), "name"),
                    )
                )
            self._seen.setdefault(key, entry.row)
        if entry.problems:
            self._reject(entry, entry.problems)
            return
        try:
            self._store(entry)
        except LinkValidationError as error:
            self._waiting.append((entry, error))
        except FrappeError as error:
            self._reject(entry, [problem_of(self.ctx, entry, error)])
        except Exception as error:  # a bulk operation: a fault of an app's code in one document is told like any other
            self._reject(entry, [Problem(entry.row, f"{type(error).__name__} in the app's code: {error}")])

    def _take_waiting(self) -> None:
        """Documents whose links led nowhere: again, as long as some of them find their targets now."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            before = self.created + self.updated
            for entry, _ in waiting:
                self._seen.pop((entry.doctype, cstr(entry.values.get("name")).lower()), None)
                self._take(entry)
            if self.created + self.updated == before:
                for entry, error in self._waiting:
                    self._reject(entry, [problem_of(self.ctx, entry, error)])
                self._waiting = []

    def _reject(self, entry: Entry, problems: list[Problem]) -> None:
        self.problems += problems
        self.rejected.append(entry)

    # --- one document ---

    def _store(self, entry: Entry) -> None:
        ctx, meta = self.ctx, self.ctx.meta(entry.doctype)
        name = entry.values.get("name")
        there = meta.issingle or (name not in (None, "") and ctx.store.exists(meta, name) is not None)
        if ctx.user != "Administrator":
            entry.values = server_owned.drop(ctx, meta.name, entry.values)
        if self.options.raw:
            self._store_raw(meta, entry, there)
        elif there and (self.update or meta.issingle):
            self._save(meta, entry)
        else:
            self.made.append(self.insert(meta, entry).name)
            self.created += 1
            return
        self.updated += int(bool(there))
        self.created += int(not there)

    def insert(self, meta: DocType, entry: Entry) -> BaseDocument:
        """The document that is made of an entry; a name that it gives is kept. Raises what inserting raises."""
        ctx, name = self.ctx, entry.values.get("name")
        values = {key: value for key, value in entry.values.items() if key != "name"}
        made = document.new(ctx, {**_copied(values), "doctype": meta.name})
        if name not in (None, "") and meta.autoname.lower().startswith("naming_series"):
            made.setdefault("naming_series", _first_series(meta))  # mandatory, though the name is given
        made.insert(set_name=name if name not in (None, "") else None)
        if entry.values.get("owner"):  # the Administrator's import alone has one: what is new is its maker's
            ctx.store.update(meta, made.name, {"owner": cstr(entry.values["owner"])})
        if name not in (None, ""):
            self._names.setdefault(meta.name, []).append(made.name)
        return made

    def changed(self, meta: DocType, name: object, values: dict[str, object]) -> BaseDocument:
        """A stored document with an entry's values, to be saved.

        A row that names a stored one keeps what the file does not say of it.
        """
        stored = document.load(self.ctx, meta.name, name)
        given = {key: value for key, value in _copied(values).items() if key not in STANDARD or key == "docstatus"}
        for table in meta.table_fields:
            rows = {cstr(row.name): row.as_dict() for row in stored.get(table.fieldname) or ()}
            if table.fieldname in given:
                given[table.fieldname] = [
                    {**rows.get(cstr(row.get("name")), {}), **row} if isinstance(row, dict) else row
                    for row in given[table.fieldname]
                ]
        stored.update(given)
        return stored

    def _store_raw(self, meta: DocType, entry: Entry, there: bool) -> None:
        if there and not self.update and not meta.issingle:
            raise ValidationError.told(f"{meta.name} {entry.values['name']} already exists")
        with self.ctx.store.database.atomic():
            self._names.setdefault(meta.name, []).append(self._writer.put(meta, entry.values))

    def _save(self, meta: DocType, entry: Entry) -> None:
        self.changed(meta, entry.values.get("name") or meta.name, entry.values).save(ignore_version=True)

    def raise_counters(self) -> None:
        """Names that came with the file are not given out again."""
        for doctype, names in self._names.items():
            series.raise_to(self.ctx.store, series.highest(self.ctx.meta(doctype), names))
        self._names.clear()


def _first_series(meta: DocType) -> str | None:
    field = meta.field("naming_series")
    options = [each for each in cstr(field and field.options).split("\n") if each]
    return (field and field.default) or next(iter(options), None)


def _copied(values: dict[str, object]) -> Values:
    """Values that a document may change, while a second try needs them as they were."""
    return {
        key: [dict(each) for each in value]
        if isinstance(value, list) and all(isinstance(each, dict) for each in value)
        else value
        for key, value in values.items()
    }


def _batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def problem_of(ctx: Context, entry: Entry, error: Exception) -> Problem:
    """What a refused document's error says, with the row of the file and, as far as it names a field, the column."""
    texts = [strip_html(cstr(each.get("message"))) for each in getattr(error, "messages", ())] or [
        strip_html(str(error)) or type(error).__name__
    ]
    text = "; ".join(dict.fromkeys(texts))
    numbered = re.search(r"Row #?(\d+)", text)
    is_csv = bool(entry.titles)
    row = (
        entry.row + cint(numbered[1]) - 1
        if numbered and is_csv and cint(numbered[1]) <= len(entry.source)
        else entry.row
    )
    return Problem(row, text, _column_of(ctx, entry, error, text, bool(numbered)))


def _column_of(ctx: Context, entry: Entry, error: Exception, text: str, in_child: bool) -> str:
    meta = ctx.meta(entry.doctype)
    named = str(error).rpartition(": ")[2].split(", ") if isinstance(error, MandatoryError) else []
    of = [("", each) for each in meta.fields]
    children = [
        (table.fieldname, each)
        for table in meta.table_fields
        if ctx.has_doctype(table.options)
        for each in ctx.meta(cstr(table.options)).fields
    ]
    candidates = sorted(
        (children + of) if in_child else (of + children),
        key=lambda each: -len(each[1].label or each[1].fieldname or ""),
    )
    if in_child:
        candidates.sort(key=lambda each: not each[0])
    for table, field in candidates:
        words = field.label or field.fieldname
        if field.fieldname and (
            field.fieldname in named if named else re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text)
        ):
            return entry.titles.get((table, field.fieldname)) or (
                f"{table}.{field.fieldname}" if table else field.fieldname
            )
    return ""


# --- the command -----------------------------------------------------------------------------------------


def run(parsed: Namespace) -> int:
    """Import a file; 1 if a document was refused."""
    path = Path(parsed.file)
    if not path.is_file():
        raise ValidationError.told(f"there is no file {path}")
    require(parsed.database)
    options = Options(parsed.doctype, parsed.encoding, parsed.date_format, parsed.ignore_unknown, parsed.raw)
    site = open_site(parsed)
    try:
        with site.acting() as ctx, Progress("imported rows", _lines(path)) as progress:
            work = Import(ctx, options, parsed.update, parsed.skip_errors, parsed.dry_run)
            header = _header(path, options)
            found = (
                reading.read_json(ctx, path, options)
                if reading.is_json(path)
                else reading.read_csv(ctx, reading.doctype_of(ctx, path, parsed.doctype), path, options)
            )
            try:
                work.run(_watched(found, progress))
            except ValidationError:
                if work.batches:
                    print(
                        (
                            f"The first {work.batches * BATCH} documents were taken before the fault; of the rest "
                            "nothing was kept."
                        ),
                        file=sys.stderr,
                    )
                raise
    finally:
        site.close()
    if parsed.rejects and work.rejected:
        _write_rejects(Path(parsed.rejects), header, work.rejected)
    return _tell(work, parsed)


def _watched(entries: Iterable[Entry], progress: Progress) -> Iterator[Entry]:
    for entry in entries:
        progress.to(entry.row)
        yield entry


def _lines(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _header(path: Path, options: Options) -> list[str]:
    return [] if reading.is_json(path) else next(reading.csv_rows(path, options), (0, []))[1]


def _write_rejects(path: Path, header: list[str], rejected: list[Entry]) -> None:
    """The refused rows or lines as they stand in the file, to be corrected and imported."""
    with open(path, "w", encoding="utf-8", newline="", opener=owner_only.opener) as file:
        if header:
            csv.writer(file).writerows([header, *(row for entry in rejected for row in entry.source)])
        else:
            file.writelines(cstr(line).rstrip("\n") + "\n" for entry in rejected for line in entry.source)


def _tell(work: Import, parsed: Namespace) -> int:
    for problem in work.problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if len(work.problems) > SHOWN:
        print(f"… and {len(work.problems) - SHOWN} more", file=sys.stderr)
    counts = f"{work.created} created, {work.updated} updated"
    refused = f", {len(work.rejected)} refused" if work.rejected else ""
    if parsed.dry_run:
        print(f"Dry run, nothing was kept: {counts}{refused}.")
    elif not work.kept:
        print(
            f"Nothing was imported: {len(work.rejected)} of {work.created + work.updated + len(work.rejected)} "
            "documents are wrong. --skip-errors imports the others."
        )
    else:
        print(f"{counts}{refused}.")
    return int(bool(work.problems))
