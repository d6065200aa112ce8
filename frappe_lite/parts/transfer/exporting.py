"""`frappe-lite export`: the documents of a DocType as CSV, as Frappe's Data Import reads it, or as JSON lines.

CSV: a header of labels, a row a document, further rows for further child rows. JSON lines hold everything but
passwords. One state of the database is written, however long it takes.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from ...command.cli import open_site
from ...command.output import meant
from ...context import Context
from ...doctype.meta import DocType
from ...document.lists import get_list
from ...errors import DoesNotExistError, ValidationError
from ...query import Condition, quote
from ...sqlite import owner_only
from ...utils import cstr
from . import cells, columns
from .backup import require
from .progress import Progress
from .reading import filters_of

PAGE = 1000
"""Documents that are read together with their child rows."""

Document = dict[str, Any]


def documents(ctx: Context, meta: DocType, filters: object = None) -> Iterator[Document]:
    """The stored documents with their child rows, in the order in which they were made. Passwords are left out."""
    if meta.issingle:
        yield _without_passwords(meta, {**ctx.store.load_single(meta), "doctype": meta.name})
        return
    names = (
        [each["name"] for each in get_list(ctx.trusted(), meta.name, ["name"], filters, limit=None)] if filters else []
    )
    among = ctx.store.database.among("name", names)
    chosen, params = (f" AND {among.sql}", among.params) if filters else ("", ())
    values = ", ".join(map(quote, meta.columns))
    last = 0
    while True:
        sql = f"SELECT rowid, {values} FROM {quote(meta.table)} WHERE rowid > ?{chosen} ORDER BY rowid LIMIT {PAGE}"
        rows = ctx.store.database.rows(sql, (last, *params))
        found = [{**dict(zip(meta.columns, row[1:], strict=True)), "doctype": meta.name} for row in rows]
        _add_children(ctx, meta, found)
        yield from (_without_passwords(meta, each) for each in found)
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def _add_children(ctx: Context, meta: DocType, found: list[Document]) -> None:
    by_name = {cstr(each["name"]): each for each in found}
    for table, child in columns.tables(ctx, meta):
        for each in found:
            each[table.fieldname] = []
        chosen = ctx.store.database.among("parent", list(by_name))
        sql = f"{child.select_sql} WHERE {chosen.sql} AND parenttype = ? AND parentfield = ? ORDER BY parent, idx"
        for row in ctx.store.database.rows(sql, (*chosen.params, meta.name, table.fieldname)):
            values = _without_passwords(child, dict(zip(child.columns, row, strict=True)))
            by_name[values["parent"]][table.fieldname].append({**values, "doctype": child.name})


def _without_passwords(meta: DocType, values: Document) -> Document:
    for field in meta.passwords:
        values.pop(field.fieldname, None)
    return values


# --- the two forms ---------------------------------------------------------------------------------------


def write_jsonl(ctx: Context, meta: DocType, target: TextIO, filters: object = None) -> Iterator[int]:
    """A document a line; yields how many were written."""
    for number, each in enumerate(documents(ctx, meta, filters), 1):
        target.write(
            json.dumps(
                {key: value for key, value in each.items() if value is not None},
                ensure_ascii=False,
                separators=(",", ":"),
            )
            + "\n"
        )
        yield number


def write_csv(
    ctx: Context, meta: DocType, target: TextIO, filters: object = None, template: bool = False
) -> Iterator[int]:
    """A header of labels and rows; a template is the header alone. Yields how many documents were written."""
    if meta.issingle:
        raise ValidationError.told(
            f"{meta.name} is a Single, which Frappe's Data Import does not take; export it with --format jsonl"
        )
    found = columns.every(ctx, meta)
    writer = csv.writer(target)
    writer.writerow([each.title for each in found])
    for number, each in enumerate(() if template else documents(ctx, meta, filters), 1):
        writer.writerows(csv_rows(found, each))
        yield number


def csv_rows(found: list[columns.Column], values: Document) -> Iterator[list[object]]:
    """The rows of a document: the first with its own values, each with the next row of every child table."""
    tables = dict.fromkeys(each.table for each in found if each.table)
    children = {table: values.get(table) or [] for table in tables}
    for index in range(max([1, *map(len, children.values())])):
        row = []
        for column in found:
            rows = children[column.table] if column.table else [values]
            row.append(cells.write(column.fieldtype, rows[index].get(column.fieldname)) if index < len(rows) else "")
        yield row


# --- the command -----------------------------------------------------------------------------------------


def run(parsed: Namespace) -> None:
    """Write documents to a file or to standard output."""
    require(parsed.database)
    if not parsed.doctype:
        raise ValidationError.told("Name the DocType to export, or a folder for the whole site with --frappe")
    site = open_site(parsed)
    try:
        _run(site, parsed)
    finally:
        site.close()


def _run(site: Any, parsed: Namespace) -> None:
    form = parsed.format or ("jsonl" if cstr(parsed.output).endswith((".jsonl", ".ndjson")) else "csv")
    if parsed.template and form != "csv":
        raise ValidationError.told("A template is a CSV file; leave --format out")
    with site.acting() as ctx, _target(parsed.output) as target, Progress("exported documents") as progress:
        meta, filters = _meta(ctx, parsed.doctype), filters_of(parsed.filters)
        ctx.store.database.begin_read()
        written = (
            write_jsonl(ctx, meta, target, filters)
            if form == "jsonl"
            else write_csv(ctx, meta, target, filters, parsed.template)
        )
        for number in written:
            progress.to(number)
    if parsed.output:
        print(f"{parsed.output}: {progress.done} documents of {meta.name}.")


def _meta(ctx: Context, doctype: str) -> DocType:
    """The DocType, or which one was perhaps meant."""
    if not ctx.has_doctype(doctype):
        known = [row["name"] for row in ctx.store.find(ctx.meta("DocType"), Condition(), ("name",))]
        told = meant(doctype, known) or "; frappe-lite doctypes lists them"
        raise DoesNotExistError(f"there is no DocType {doctype}{told}")
    return ctx.meta(doctype)


@contextlib.contextmanager
def _target(path: str | None) -> Iterator[TextIO]:
    """Standard output, or the file: whole under its name, or not there."""
    if not path:
        yield sys.stdout
        return
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise ValidationError.told(f"{folder} is not a folder, so no file can be written there")
    partial = Path(f"{path}.partial")
    try:
        with open(partial, "w", encoding="utf-8", newline="", opener=owner_only.opener) as file:
            yield file
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
