"""`frappe-lite check`: what is wrong in a site's file, and what is merely left over. Changes nothing.

An error is something that a request will stumble over, or data that is not where it belongs; a note is what is kept on
purpose, because nothing is dropped without being asked. Errors make the exit status 1.

    error: tabTask Checklist Item: 2 rows belong to a Task that is not there, such as TASK-00007
    note: tabOld Thing: a table of 12 rows whose DocType is gone
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...context import Context
from ...doctype.meta import DocType
from ...errors import DoesNotExistError
from ...query import quote
from ...site import Site as BareSite
from ...sqlite.database import APPLICATION_ID, DatabaseRefused
from ...utils import cint, cstr
from ..files.contents import content_place, files_folder, is_hash
from . import archive, series
from .backup import require

SHOWN = 100
"""Lines of SQLite's own integrity check that are told."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found; `wrong` ones are errors, the others notes."""

    text: str
    wrong: bool = True

    def __str__(self) -> str:
        return f"{'error' if self.wrong else 'note'}: {self.text}"


class Checker:
    """Looks through one file. Its connection of its own has no time limit and cannot write."""

    def __init__(self, ctx: Context, path: str, sqlite: sqlite3.Connection):
        self.ctx, self.path, self.sqlite = ctx, path, sqlite
        self.metas: list[DocType] = []
        self.unreadable: list[str] = []
        for (name,) in sqlite.execute('SELECT name FROM "__meta" ORDER BY name').fetchall():
            try:
                self.metas.append(ctx.meta(name))
            except (ValueError, KeyError, TypeError, AttributeError):
                self.unreadable.append(name)
        self.tables = {
            row[0].lower(): row[0] for row in sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }

    def rows(self, sql: str, *params: object) -> list[Any]:
        """All rows of a query."""
        return self.sqlite.execute(sql, params).fetchall()

    def stored(self) -> Iterator[DocType]:
        """The DocTypes whose tables are there."""
        return (
            meta for meta in self.metas if not (meta.issingle or meta.is_virtual) and meta.table.lower() in self.tables
        )


def tables(check: Checker) -> Iterator[Finding]:
    """Each DocType has its table, each table its DocType; each field its column, each column its field."""
    known = (
        {meta.table.lower() for meta in check.metas}
        | {f"tab{each}".lower() for each in check.unreadable}
        | {"tabsingles", "tabseries", "tabsessions"}
    )
    for meta in check.metas:
        if not (meta.issingle or meta.is_virtual) and meta.table.lower() not in check.tables:
            yield Finding(f"DocType {meta.name} has no table")
    for folded, table in sorted(check.tables.items()):
        if folded.startswith("tab") and folded not in known:
            yield Finding(
                (
                    f"{table}: a table of {check.rows(f'SELECT count(*) FROM {quote(table)}')[0][0]} rows whose "
                    "DocType is gone"
                ),
                wrong=False,
            )
    for meta in check.stored():
        there = {row[1].lower(): row[1] for row in check.rows(f"PRAGMA table_info({quote(meta.table)})")}
        lacking = [each for each in meta.columns if each.lower() not in there]
        left = [name for folded, name in there.items() if folded not in {each.lower() for each in meta.columns}]
        if lacking:
            yield Finding(f"{meta.table} has no column {', '.join(lacking)}")
        if left:
            yield Finding(f"{meta.table} has columns of fields that are gone: {', '.join(left)}", wrong=False)


def doctypes(check: Checker) -> Iterator[Finding]:
    """What requests read of a DocType, and the document that shows it, are both there."""
    documents = {row[0].lower(): row[0] for row in check.rows('SELECT name FROM "tabDocType"')}
    read = {meta.name.lower() for meta in check.metas} | {name.lower() for name in check.unreadable}
    for name in check.unreadable:
        yield Finding(f"DocType {name} cannot be read: what is kept of it is no DocType")
    for name in (meta.name for meta in check.metas if meta.name.lower() not in documents):
        yield Finding(f"DocType {name} is in use, but has no document")
    for folded, name in sorted(documents.items()):
        if folded not in read:
            yield Finding(f"DocType {name} has a document, but is not in use")
    for meta in check.metas:
        for field in meta.table_fields:
            if cstr(field.options).lower() not in read:
                yield Finding(
                    (
                        f"{meta.name}: the rows of {field.fieldname} are of the DocType {field.options}, which is not "
                        "there"
                    ),
                    wrong=False,
                )


def children(check: Checker) -> Iterator[Finding]:
    """Each child row belongs to a table field of a document that is there."""
    metas = {meta.name: meta for meta in check.metas}
    for child in check.stored():
        if not child.istable:
            continue
        for parenttype, parentfield, count, example in check.rows(
            f"SELECT parenttype, parentfield, count(*), min(parent) FROM {quote(child.table)} GROUP BY "
            "parenttype, parentfield"
        ):
            parent = metas.get(cstr(parenttype))
            field = parent.field(cstr(parentfield)) if parent else None
            if parent is None:
                yield Finding(
                    f"{child.table}: {count} rows belong to a {parenttype or 'DocType without a name'}, which is "
                    f"no DocType here (parent {example})"
                )
            elif field is None or not field.type.table or field.options != child.name:
                yield Finding(
                    (
                        f"{child.table}: {count} rows belong to {parenttype}.{parentfield}, which is no table of such "
                        f"rows (parent {example})"
                    ),
                    wrong=False,
                )
            elif parent.table.lower() in check.tables:
                yield from _orphans(check, child, parent, cstr(parentfield))


def _orphans(check: Checker, child: DocType, parent: DocType, parentfield: str) -> Iterator[Finding]:
    name = "CAST(name AS TEXT)" if parent.autoname == "autoincrement" else "name"
    sql = (
        f"SELECT count(*), min(parent) FROM {quote(child.table)} WHERE parenttype = ? AND parentfield = ? AND parent "
        f"NOT IN (SELECT {name} FROM {quote(parent.table)})"
    )
    count, example = check.rows(sql, parent.name, parentfield)[0]
    if count:
        yield Finding(f"{child.table}: {count} rows belong to a {parent.name} that is not there, such as {example}")


def files(check: Checker) -> Iterator[Finding]:
    """Each File has its content, of its length; each content a File."""
    inside = (
        {row[0]: row[1] for row in check.rows('SELECT hash, length(content) FROM "__file"')}
        if "__file" in check.tables
        else {}
    )
    folder = files_folder(check.path)
    wanted = set()
    for name, file_name, content_hash, size in check.rows(
        "SELECT name, file_name, content_hash, file_size FROM \"tabFile\" WHERE content_hash <> '' AND is_folder = 0"
    ):
        wanted.add(content_hash)
        if not is_hash(content_hash):
            yield Finding(
                f"File {name} ({file_name}): its content_hash is no hash ({cstr(content_hash)[:80]}); nothing is "
                "served of it"
            )
            continue
        length = inside.get(content_hash)
        if length is None:
            with contextlib.suppress(OSError, DoesNotExistError):
                length = os.stat(content_place(check.path, content_hash)).st_size
        if length is None:
            yield Finding(f"File {name} ({file_name}): its content is not there")
        elif length != cint(size):
            yield Finding(f"File {name} ({file_name}): its content has {length} bytes, not {size}")
    there = [each for each in folder.rglob("*") if each.is_file()] if folder.is_dir() else []
    spare = [each for each in there if each.name not in wanted] + [each for each in inside if each not in wanted]
    if spare:
        yield Finding(f"{len(spare)} contents of files that no File names, such as {spare[0]}", wrong=False)


def addresses(check: Checker) -> Iterator[Finding]:
    """Each File's URL is one of its kind.

    A name below /files/ or /private/files/, as it is public or private, or a web address. A folder has no content.
    """
    for name, url, is_private, is_folder, content_hash in check.rows(
        'SELECT name, file_url, is_private, is_folder, content_hash FROM "tabFile"'
    ):
        text = cstr(url)
        below = "/private/files/" if cint(is_private) else "/files/"
        if cint(is_folder):
            if text or content_hash:
                yield Finding(
                    f"File {name}: a folder with the file_url {text!r} and the content_hash {cstr(content_hash)[:80]!r}"
                )
        elif not (
            _WEB.fullmatch(text)
            or (text.startswith(below) and _NAME.fullmatch(text[len(below) :]) and text[len(below) :] != "..")
        ):
            yield Finding(f"File {name}: its file_url {text[:200]!r} is neither a name below {below} nor a web address")


def counters(check: Checker) -> Iterator[Finding]:
    """No counter stands below a name that was made with it: the next document would get a name that is taken."""
    current = dict(check.rows('SELECT name, current FROM "tabSeries"'))
    for meta in check.stored():
        if meta.autoname == "autoincrement" or series.counters(meta):
            amended = " WHERE coalesce(amended_from, '') = ''" if "amended_from" in meta.columns else ""
            names = (row[0] for row in check.sqlite.execute(f"SELECT name FROM {quote(meta.table)}{amended}"))
            for prefix, number in series.highest(meta, names).items():
                if number > current.get(prefix, 0):
                    yield Finding(
                        f"counter {prefix or '(empty)'} of {meta.name} stands at {current.get(prefix, 0)}, but "
                        f"{number} is given out already"
                    )


_WEB, _NAME = re.compile(r"https?://\S+"), re.compile(r"[^/\\\x00-\x1f]+")
CHECKS: tuple[Callable[[Checker], Iterator[Finding]], ...] = (tables, doctypes, children, files, addresses, counters)


def findings(path: str) -> Iterator[Finding]:
    """Everything that is found. Raises DatabaseRefused for what is no database of ours."""
    with contextlib.closing(archive.open_to_read(path)) as sqlite:
        sqlite.execute("BEGIN")  # one state, however long it takes
        try:
            ours = sqlite.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            found = [row[0] for row in sqlite.execute(f"PRAGMA integrity_check({SHOWN})")]
        except sqlite3.DatabaseError as error:
            raise DatabaseRefused(f"{path} cannot be read as a database: {error}") from None
        if not ours:
            raise DatabaseRefused(f"{path} holds no site of frappe_lite")
        if found != ["ok"]:
            yield from (Finding(f"the file is damaged: {each}") for each in found)
            return
        site = BareSite(path)
        try:
            checker = Checker(site.new_context(), path, sqlite)
            for check in CHECKS:
                yield from check(checker)
        finally:
            site.database.rollback()
            site.close()


def run(parsed: Namespace) -> int:
    """Tell what is found; 1 if there is an error."""
    wrong = notes = 0
    for each in findings(require(parsed.database)):
        print(each)
        wrong, notes = wrong + each.wrong, notes + (not each.wrong)
    size = Path(parsed.database).stat().st_size
    print(f"{parsed.database}, {size:,} bytes: {f'{wrong} errors' if wrong else 'sound'}, {notes} notes.")
    return int(bool(wrong))
