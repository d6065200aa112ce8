"""`frappe-lite pull`: DocTypes and documents of a real Frappe, copied into the local file over its REST API.

Documents come in the order of (modified, name), a page in a transaction together with the place that was reached. So a
pull can be stopped at any point and goes on from there; run again, it gets what was changed since. A document that was
changed here later than there is kept as it is.

    https://erp.example.com, Task   ->   __pull ("https://…", "Task", "[]", "2026-11-24 08:00:00.123456", "TASK-00412")
"""

from __future__ import annotations

import datetime
import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...command.cli import open_site
from ...command.settings import take_secret
from ...context import Context
from ...doctype.meta import DocType
from ...document.schema import built_in
from ...errors import FrappeError, ValidationError
from ...site import Site
from ...utils import cstr, get_datetime, strip_html
from ...values import Values
from ..files.contents import keep_content
from . import series
from .people import take_role, take_user
from .progress import Progress
from .reading import filters_of
from .rows import RowWriter, name_of
from .schemas import Schemas, pulled
from .source import Source, SourceError, SourceRefused

PAGE = 500
NAMES_LENGTH = 3000
"""Characters of names in one request for child rows: an address may have 8 kB at many servers."""

OVERLAP = datetime.timedelta(minutes=10)
"""What a new run reads again: a slow transaction at the source keeps an earlier `modified` later than others."""

ALLOWED = frozenset(
    {
        "User",
        "Role",
        "ToDo",
        "Note",
        "Comment",
        "Tag",
        "Tag Link",
        "Report",
        "Module Def",
        "User Permission",
        "DocShare",
    }
)
"""Of the built-in DocTypes those whose documents may come; the rest is this site's own business."""


STATE = (
    'CREATE TABLE IF NOT EXISTS "__pull" (source TEXT NOT NULL, doctype TEXT NOT NULL, filters TEXT NOT NULL, '
    "modified TEXT, name TEXT,"
    " finished INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source, doctype, filters)) WITHOUT ROWID"
)

Rows = list[dict[str, Any]]


@dataclass
class Place:
    """How far a pull has come: everything up to this document. Without a name: everything before this moment."""

    modified: str = ""
    name: Any = None

    def then(self, doctype: str) -> Iterator[tuple[list[object], str]]:
        """(filters, order) of what to ask for next: the rest of the moment, then what is later."""
        if self.name is not None:
            yield [[doctype, "modified", "=", self.modified], [doctype, "name", ">", self.name]], "name asc"
            yield [[doctype, "modified", ">", self.modified]], "modified asc, name asc"
        else:
            yield [[doctype, "modified", ">=", self.modified]] if self.modified else [], "modified asc, name asc"


class Pull:
    """One run: `say` gets what a person should know; the counts are by DocType."""

    def __init__(self, site: Site, source: Source, again: bool = False, say: Any = print):
        self.site, self.source, self.again, self.say = site, source, again, say
        self.copied: dict[str, int] = {}
        self.kept: dict[str, int] = {}
        self.problems: list[str] = []
        self._singly: set[str] = set()  # child DocTypes whose rows the source lists for nobody

    # --- schemas ---

    def schemas(self, doctypes: Iterable[str]) -> list[str]:
        """Bring the DocTypes here; the names of those asked for, as they are written.

        Raises SourceRefused, ValidationError.
        """
        asked = list(dict.fromkeys(doctypes))
        closed = {each.lower() for each in built_in() - ALLOWED}  # names compare without case at the source too
        for each in asked:
            if each.lower() in closed:
                raise ValidationError.told(
                    f"{each} is this site's own business and is not pulled; of the built-in DocTypes these are: "
                    f"{', '.join(sorted(ALLOWED))}"
                )
        with self.site.acting() as ctx:
            there = {row[0] for row in ctx.store.database.rows('SELECT name FROM "__meta"')} - set(pulled(ctx))
        fetched = Schemas(self.source, there, self.say)
        fetched.fetch(asked)
        with self.site.acting() as ctx:
            fetched.store(ctx)
            ctx.store.database.execute(STATE)
            return [ctx.meta(each).name for each in asked]

    # --- documents ---

    def documents(
        self, doctype: str, filters: object = None, limit: int | None = None, since: str = "", take: object = None
    ) -> None:
        """Copy the documents from where the last run came to.

        `take` writes one: else as it is, or with care if built in.
        """
        with self.site.acting() as ctx:
            meta = ctx.meta(doctype)
        if meta.issingle:
            self._write(meta, [self.source.document(doctype, doctype)], None, "", take)
            return
        wanted = normal_filters(doctype, filters)
        key = json.dumps(wanted)
        place = self._begin(doctype, key, since)
        left = limit
        total = (
            self.source.count(doctype, [*wanted, *next(iter(place.then(doctype)))[0]]) if place.name is None else None
        )
        with Progress(f"{doctype}", min(total, limit) if total and limit else total) as progress:
            for page in self._pages(doctype, wanted, place):
                page = page[:left] if left is not None else page
                self._add_children(meta, page)
                self._write(
                    meta, page, Place(cstr(page[-1]["modified"]), page[-1]["name"]) if page else place, key, take
                )
                progress.advance(len(page))
                if left is not None:
                    left -= len(page)
                    if left <= 0:
                        return
        self._finish(doctype, key)

    def _pages(self, doctype: str, wanted: list[object], place: Place) -> Iterator[Rows]:
        while True:
            for filters, order in place.then(doctype):
                page = self.source.rows(doctype, ["*"], [*wanted, *filters], order, PAGE)
                if page:
                    yield page
                    place = Place(cstr(page[-1]["modified"]), page[-1]["name"])
                if len(page) == PAGE:
                    break  # there may be more of the same moment
            else:
                return

    def _begin(self, doctype: str, key: str, since: str) -> Place:
        with self.site.acting() as ctx:
            database = ctx.store.database
            row = database.row(
                'SELECT modified, name, finished FROM "__pull" WHERE source = ? AND doctype = ? AND filters = ?',
                (self.source.url, doctype, key),
            )
            if row is None or self.again or not row[0]:
                database.execute(
                    'DELETE FROM "__pull" WHERE source = ? AND doctype = ? AND filters = ?',
                    (self.source.url, doctype, key),
                )
                database.execute(
                    'INSERT INTO "__pull" VALUES (?, ?, ?, ?, NULL, 0)', (self.source.url, doctype, key, since)
                )
                return Place(_moment(since) if since else "")
            database.execute(
                'UPDATE "__pull" SET finished = 0 WHERE source = ? AND doctype = ? AND filters = ?',
                (self.source.url, doctype, key),
            )
        if row[2]:
            return Place(cstr(get_datetime(row[0]) - OVERLAP))
        return Place(row[0], None if row[1] is None else json.loads(row[1]))

    def _finish(self, doctype: str, key: str) -> None:
        with self.site.acting() as ctx:
            ctx.store.database.execute(
                'UPDATE "__pull" SET finished = 1 WHERE source = ? AND doctype = ? AND filters = ?',
                (self.source.url, doctype, key),
            )

    def _add_children(self, meta: DocType, page: Rows) -> None:
        """The child rows of a page, by one request for many documents; singly where the source refuses that."""
        by_name = {cstr(each["name"]): each for each in page}
        for child in dict.fromkeys(cstr(each.options) for each in meta.table_fields):
            fields = [each.fieldname for each in meta.table_fields if each.options == child]
            for each in page:
                each.update({fieldname: [] for fieldname in fields})
            for names in _chunks(by_name) if child not in self._singly else ():
                try:
                    rows = self._child_rows(meta, child, names)
                except SourceRefused as error:
                    if error.status == 401:
                        raise
                    self._singly.add(child)
                    break
                for row in rows:
                    if row.get("parentfield") in fields and cstr(row.get("parent")) in by_name:
                        by_name[cstr(row["parent"])][cstr(row["parentfield"])].append(row)
            if child in self._singly:
                for each in page:
                    whole = self.source.document(meta.name, each["name"])
                    each.update({fieldname: whole.get(fieldname) or [] for fieldname in fields})

    def _child_rows(self, meta: DocType, child: str, names: list[str]) -> Rows:
        filters = [[child, "parenttype", "=", meta.name], [child, "parent", "in", names]]
        return self.source.rows(child, ["*"], filters, "idx asc", 0, parent=meta.name)

    # --- writing ---

    def _write(self, meta: DocType, page: Rows, place: Place | None, key: str, take: Any) -> None:
        """Write a page and how far it goes in one transaction."""
        with self.site.acting() as ctx:
            ctx.store.database.begin_write()
            writer, names = RowWriter(ctx), []
            put = take or _CAREFULLY.get(meta.name) or (lambda _ctx, writer, meta, each: writer.put(meta, each))
            for each in page:
                try:
                    if not self.again and not meta.issingle and self._is_newer_here(ctx, meta, each):
                        continue
                    with ctx.store.database.atomic():
                        done = put(ctx, writer, meta, each)
                except SourceError:
                    raise
                except FrappeError as error:
                    self.problems.append(f"{meta.name} {each.get('name')}: {strip_html(str(error))}")
                    continue
                counts = self.copied if done is not None else self.kept
                counts[meta.name] = counts.get(meta.name, 0) + 1
                names.append(done)
            series.raise_to(ctx.store, series.highest(meta, names))
            if place is not None:
                sql = 'UPDATE "__pull" SET modified = ?, name = ? WHERE source = ? AND doctype = ? AND filters = ?'
                ctx.store.database.execute(
                    sql,
                    (
                        place.modified,
                        None if place.name is None else json.dumps(place.name),
                        self.source.url,
                        meta.name,
                        key,
                    ),
                )

    def _is_newer_here(self, ctx: Context, meta: DocType, given: Values) -> bool:
        row = ctx.store.database.row(
            f'SELECT modified FROM "{meta.table}" WHERE name = ?', (name_of(meta, given.get("name")),)
        )
        here, there = (cstr(row[0]) if row else ""), _moment(given.get("modified"))
        if here and here > there:
            self.kept[meta.name] = self.kept.get(meta.name, 0) + 1
        return here >= there if here else False

    # --- files ---

    def files(self, doctypes: Iterable[str]) -> None:
        """Copy the files that hang on documents which are here."""
        for doctype in doctypes:
            self.documents("File", [["attached_to_doctype", "=", doctype], ["is_folder", "=", 0]], take=self._take_file)

    def _take_file(self, ctx: Context, writer: RowWriter, meta: DocType, given: dict[str, object]) -> object:
        target, url = cstr(given.get("attached_to_doctype")), cstr(given.get("file_url"))
        if not ctx.has_doctype(target) or ctx.store.exists(ctx.meta(target), given.get("attached_to_name")) is None:
            return None
        values = {**given, "folder": "Home/Attachments", "content_hash": None}
        if url.startswith(("/files/", "/private/files/")):
            try:
                content = self.source.content(url)
            except SourceRefused as error:
                raise ValidationError.told(f"its content does not come along: {error}") from None
            values.update(content_hash=keep_content(ctx, content), file_size=len(content))
        elif not url.startswith(("http://", "https://")):
            raise ValidationError.told(f"its address is {url or 'empty'}, which is no file of the source")
        return writer.put(meta, values)


_CAREFULLY = {"User": take_user, "Role": take_role}


def normal_filters(doctype: str, filters: Any) -> list[object]:
    """Filters in the form that every version understands: [[doctype, field, operator, value], …].

    Raises ValidationError.
    """
    if isinstance(filters, dict):
        filters = [
            [key, *value] if isinstance(value, list) and len(value) == 2 else [key, "=", value]
            for key, value in filters.items()
        ]
    if not isinstance(filters or [], list) or not all(
        isinstance(each, list) and len(each) in (3, 4) for each in filters or []
    ):
        raise ValidationError.told('Filters are an object or a list of lists, such as [["status", "=", "Open"]]')
    return [each if len(each) == 4 else [doctype, *each] for each in filters or []]


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """The names, as many together as an address can hold."""
    chunk: list[str] = []
    length = 0
    for name in names:
        length += len(name.encode()) * 3 + 6  # in an address a byte may be three characters
        if chunk and length > NAMES_LENGTH:
            yield chunk
            chunk, length = [], len(name.encode()) * 3 + 6
        chunk.append(name)
    if chunk:
        yield chunk


def _moment(value: object) -> str:
    """A moment as the table keeps it. Raises ValidationError."""
    try:
        return get_datetime(value).isoformat(" ")
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise ValidationError.told(
            f"{cstr(value)[:40]} is not a time, which is written like 2026-01-31 23:59:59"
        ) from None


# --- the command -----------------------------------------------------------------------------------------


def run(parsed: Namespace) -> int:
    """Pull; 1 if a document did not come along."""
    token = parsed.token or take_secret("FRAPPE_LITE_PULL_TOKEN") or ""
    filters = filters_of(parsed.filters)
    if parsed.since:
        _moment(parsed.since)
    site, source = open_site(parsed), Source(parsed.url, token, parsed.rate)
    work = Pull(site, source, parsed.again, say=lambda text: print(text, file=sys.stderr))
    try:
        for doctype in (names := work.schemas(parsed.doctypes)):
            work.documents(doctype, filters, parsed.limit, parsed.since or "")
        if parsed.files:
            work.files(names)
    except KeyboardInterrupt:
        print("Stopped. What was copied is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    finally:
        source.close()
        site.close()
    for doctype in dict.fromkeys([*names, *work.copied]):
        kept = f", {work.kept[doctype]:,} kept as they are here" if work.kept.get(doctype) else ""
        print(f"{doctype}: {work.copied.get(doctype, 0):,} copied{kept}.")
    for problem in work.problems:
        print(problem, file=sys.stderr)
    return int(bool(work.problems))
