"""`frappe.utils.global_search.search`: documents of every DocType by the words in their fields, as far as one may read.

A DocType is searched by its fields with `in_global_search`, those of its child tables, and its name with
`show_name_in_global_search`. The index is SQLite's FTS5, in a file of its own beside the database: made at the first
search, and brought up to date before each by the change feed. So no write waits for it, and a site that is never
searched has none. It is made of documents and can be deleted at any time.

    search(text="pump draw")
    ->   [{"doctype": "Task", "name": "TASK-7", "content": "Subject : Draw the pump", "rank": 1.7}]
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..query import Condition
from ..site import Site
from ..sqlite import owner_only
from ..utils import cint, cstr, strip_html
from ..whitelist import method
from .change_log import LEFT_OUT

PORTION, CANDIDATES, MOST_CANDIDATES = 500, 100, 2000
"""Documents that are indexed at a time; hits whose readers are judged at a time, and in one search."""

MAX_ROWS, MAX_WORDS, MAX_PARTS, SECONDS = 100, 12, 12, 2.0
"""Of one search: rows, words, parts between `&`, and how long it may bring the index up to date."""

FORMAT = "1"
_TABLES = """
CREATE VIRTUAL TABLE IF NOT EXISTS entry USING
    fts5(content, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3');
CREATE TABLE IF NOT EXISTS document (id INTEGER PRIMARY KEY, doctype TEXT NOT NULL, name NOT NULL,
    UNIQUE (doctype, name));
CREATE TABLE IF NOT EXISTS done (doctype TEXT PRIMARY KEY, signature TEXT NOT NULL,
    last, whole INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value);
"""
_WORD = re.compile(r"\w+", re.UNICODE)

Row = dict[str, Any]


_SHELF = "global search"


def attach(site: Site) -> None:
    """The index is opened at the first search, and closed with the site."""
    site.extensions.on_close.append(lambda: index_of(site).close() if _SHELF in site.shelf else None)


def index_of(site: Site) -> Index:
    """The site's index."""
    found: Index = site.shelf.setdefault(_SHELF, Index(site))
    return found


# --- what is searched ---------------------------------------------------------------------------------------


def fields_of(meta: DocType) -> list[str]:
    """The fields that everybody who reads a document may read, and that are searched."""
    return [each.fieldname for each in meta.get_global_search_fields() if not cint(each.permlevel) and each.fieldname]


def tables_of(ctx: Context, meta: DocType) -> dict[str, tuple[str, list[str]]]:
    """By table, its DocType and those of its fields that are searched."""
    found = {}
    for table in meta.table_fields:
        if not cint(table.permlevel) and ctx.has_doctype(table.options):
            fields = [each for each in fields_of(ctx.meta(cstr(table.options))) if each != "name"]
            if fields:
                found[table.fieldname] = (cstr(table.options), fields)
    return found


def searched(ctx: Context) -> dict[str, str]:
    """By DocType that is searched, what the index depends on."""
    found: dict[str, str] = ctx.cached("global search", lambda: dict(_searched(ctx)))
    return found


def _searched(ctx: Context) -> Iterator[tuple[str, str]]:
    for row in ctx.store.find(ctx.meta("DocType"), Condition("istable = 0"), order="name"):
        meta = ctx.meta(row["name"])
        if meta.issingle or meta.is_virtual or meta.name in LEFT_OUT:
            continue
        fields, tables = fields_of(meta), tables_of(ctx, meta)
        if fields or tables:
            yield meta.name, repr((fields, tables))


# --- the index ----------------------------------------------------------------------------------------------


class Index:
    """The words of a site's documents. One search of a process at a time reads and writes it."""

    def __init__(self, site: Site):
        self.path = f"{site.database.path}-global-search.db" if site.database.path else ":memory:"
        self.lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def opened(self) -> sqlite3.Connection:
        """The index, empty if it was not there or is of another format."""
        if self._connection is None:
            if self.path != ":memory:":
                owner_only.create(self.path)
            self._connection = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
            self._connection.executescript(_TABLES)
            if self.state("format") != FORMAT:
                self.clear()
        return self._connection

    def close(self) -> None:
        """Give the file back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def state(self, name: str) -> Any:
        """What is noted of the whole index; None for nothing."""
        assert self._connection is not None
        row = self._connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return row and row[0]

    def clear(self) -> None:
        """Forget every document."""
        connection = self.opened()
        with connection:
            for table in ("entry", "document", "done", "state"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO state VALUES ('format', ?)", (FORMAT,))

    # --- brought up to date ---

    def refresh(self, ctx: Context, seconds: float) -> bool:
        """Take in what was written since the last search, for so long; whether that is all. A process that another one
        is busy with finds what there is."""
        deadline = time.monotonic() + seconds
        try:
            self._follow(ctx.trusted(), searched(ctx))
            while time.monotonic() < deadline:
                if not self._portion(ctx.trusted(), searched(ctx)):
                    return True
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
        return False

    def _follow(self, ctx: Context, wanted: dict[str, str]) -> None:
        """Read the change feed from where it was left; from the beginning, if that is not kept any more or is that of
        another database."""
        database, connection = ctx.store.database, self.opened()
        database.settle()
        [(last, first)] = database.rows('SELECT coalesce(max(seq), 0), coalesce(min(seq), 0) FROM "__change"')
        cursor = self.state("cursor")
        if (
            cursor is None
            or cursor > last
            or (cursor < last and first > cursor + 1)
            or self.state("mark") != self._mark(ctx, cursor)
        ):
            self.clear()
            cursor = last
        changed = database.rows(
            'SELECT DISTINCT doctype, name FROM "__change" WHERE seq > ? AND seq <= ?', (cursor, last)
        )
        names: dict[str, list[object]] = {}
        for doctype, name in changed:
            names.setdefault(doctype, []).append(name)
        if cursor == last and self.state("cursor") == last:
            return
        with connection:
            for doctype, some in names.items():
                for at in range(0, len(some), PORTION):
                    self._take(ctx, doctype, some[at : at + PORTION], doctype in wanted)
            connection.executemany(
                "INSERT OR REPLACE INTO state VALUES (?, ?)", [("cursor", last), ("mark", self._mark(ctx, last))]
            )

    @staticmethod
    def _mark(ctx: Context, cursor: int) -> str:
        """What the feed says at a place: another database says something else there."""
        return repr(
            [*(ctx.store.database.row('SELECT at, doctype, name FROM "__change" WHERE seq = ?', (cursor,)) or ())]
        )

    def _portion(self, ctx: Context, wanted: dict[str, str]) -> bool:
        """Index some documents of a DocType that is not indexed as a whole; whether there was one."""
        connection = self.opened()
        done = {row[0]: row[1:] for row in connection.execute("SELECT doctype, signature, last, whole FROM done")}
        old = [each for each, (signature, *_) in done.items() if wanted.get(each) != signature]
        with connection:
            for doctype in old:
                connection.execute(
                    "DELETE FROM entry WHERE rowid IN (SELECT id FROM document WHERE doctype = ?)", (doctype,)
                )
                connection.execute("DELETE FROM document WHERE doctype = ?", (doctype,))
                connection.execute("DELETE FROM done WHERE doctype = ?", (doctype,))
        doctype = next((each for each in wanted if each in old or each not in done or not done[each][2]), None)
        if doctype is None:
            return bool(old)
        last = None if doctype in old or doctype not in done else done[doctype][1]
        after = [["name", ">", last]] if last is not None else []
        names = [
            row["name"] for row in lists.get_list(ctx, doctype, ["name"], after, order_by="name asc", limit=PORTION)
        ]
        with connection:
            self._take(ctx, doctype, names, True)
            values = (doctype, wanted[doctype], names[-1] if names else last, int(len(names) < PORTION))
            connection.execute("INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?)", values)
        return True

    def _take(self, ctx: Context, doctype: str, names: list[object], wanted: bool) -> None:
        """Put documents into the index as they are now, in the place of what is known of them."""
        connection = self.opened()
        for name in names:
            found = connection.execute(
                "SELECT id FROM document WHERE doctype = ? AND name = ?", (doctype, name)
            ).fetchone()
            if found:
                connection.execute("DELETE FROM entry WHERE rowid = ?", found)
                connection.execute("DELETE FROM document WHERE id = ?", found)
        for name, content in contents(ctx, ctx.meta(doctype), names) if wanted and names else ():
            made = connection.execute("INSERT INTO document (doctype, name) VALUES (?, ?)", (doctype, name))
            connection.execute("INSERT INTO entry (rowid, content) VALUES (?, ?)", (made.lastrowid, content))

    # --- searched ---

    def hits(self, text: str, doctypes: list[str], start: int) -> list[tuple[str, object, float]]:
        """(doctype, name, rank) of documents that have all of the words, or begin so; the best first."""
        words = _WORD.findall(text)[:MAX_WORDS]
        if not words or not doctypes:
            return []
        match = " ".join(f'"{word}"*' for word in words)
        marks = ", ".join("?" * len(doctypes))
        sql = (
            "SELECT doctype, name, bm25(entry) AS rank FROM entry JOIN document ON id = entry.rowid "
            f"WHERE entry MATCH ? AND doctype IN ({marks}) ORDER BY rank, id DESC LIMIT ? OFFSET ?"
        )
        return [(row[0], row[1], -row[2]) for row in self.opened().execute(sql, (match, *doctypes, CANDIDATES, start))]


def contents(ctx: Context, meta: DocType, names: list[object]) -> Iterator[tuple[object, str]]:
    """(name, words) of documents. Frappe: what is cancelled or switched off is not found."""
    fields, tables = fields_of(meta), tables_of(ctx, meta)
    marks = ", ".join("?" * len(names))
    switches = [each for each in ("enabled", "disabled") if each in meta.columns]
    rows = ctx.store.find(
        meta, Condition(f"name IN ({marks})", tuple(names)), dict.fromkeys(["name", "docstatus", *fields, *switches])
    )
    inside: dict[object, list[str]] = {}
    for table, (child, wanted) in tables.items():
        own = Condition(f"parenttype = ? AND parentfield = ? AND parent IN ({marks})", (meta.name, table, *names))
        for row in ctx.store.find(ctx.meta(child), own, ("parent", *wanted), order="idx"):
            inside.setdefault(row["parent"], []).extend(_plain(row[each]) for each in wanted)
    for row in rows:
        if cint(row["docstatus"]) == 2 or not cint(row.get("enabled", 1)) or cint(row.get("disabled", 0)):
            continue
        words = [*(_plain(row[each]) for each in fields), *inside.get(row["name"], ())]
        if any(words):
            yield row["name"], " ".join(filter(None, words))


def _plain(value: object) -> str:
    return " ".join(strip_html(cstr(value)).split())


# --- asked --------------------------------------------------------------------------------------------------


def found(
    ctx: Context, text: str, start: int = 0, limit: int = 20, doctype: str = "", seconds: float = SECONDS
) -> list[Row]:
    """{doctype, name, rank} of what the caller may read, the best first."""
    index = index_of(ctx.site)
    may = [each for each in searched(ctx) if doctype in ("", each) and _is_open_to(ctx, ctx.meta(each))]
    if not may or not _WORD.search(text):
        return []
    rows: list[Row] = []
    with index.lock:
        index.refresh(ctx, seconds)
        for at in range(0, MOST_CANDIDATES, CANDIDATES):
            hits = index.hits(text, may, at)
            seen = {
                each: _readable(ctx, each, [name for kind, name, _ in hits if kind == each])
                for each in {hit[0] for hit in hits}
            }
            rows += [{"doctype": kind, "name": name, "rank": rank} for kind, name, rank in hits if name in seen[kind]]
            if len(hits) < CANDIDATES or len(rows) >= start + limit:
                break
    return rows[start : start + limit]


def _is_open_to(ctx: Context, meta: DocType) -> bool:
    """Whether the caller may read what is searched: who may only choose from a list is not told by its words either."""
    asked = [*fields_of(meta), *tables_of(ctx, meta)]
    are_readable = (permissions.may_read_field(ctx, meta, each) for each in asked)
    return permissions.rows(ctx, meta) is not None and all(are_readable)


def _readable(ctx: Context, doctype: str, names: list[object]) -> set[object]:
    return {row["name"] for row in lists.get_list(ctx, doctype, ["name"], [["name", "in", names]], limit=None)}


@method("frappe.utils.global_search.search")
def search(ctx: Context, text: str, start: object = 0, limit: object = 20, doctype: str = "") -> list[Row]:
    """Documents that have the words of `text`, as they are typed: {doctype, name, content, rank, title, image}.

    `a & b` finds what has a, then what has b; of more than 12 parts the first ones.
    """
    rows: dict[tuple[str, Any], Row] = {}
    for part in dict.fromkeys(text.split("&", MAX_PARTS)[:MAX_PARTS]):
        for row in found(ctx, part, max(0, cint(start)), min(max(1, cint(limit) or 20), MAX_ROWS), cstr(doctype)):
            rows.setdefault((row["doctype"], row["name"]), row)
    return told(ctx, list(rows.values()))


def told(ctx: Context, rows: list[Row]) -> list[Row]:
    """The same rows, with what is shown of each: content, title, image."""
    for kind in {row["doctype"] for row in rows}:
        _describe(ctx, ctx.meta(kind), [row for row in rows if row["doctype"] == kind])
    return rows


def _describe(ctx: Context, meta: DocType, rows: list[Row]) -> None:
    """Tell what a search shows of documents of one DocType: their searched fields, title and image."""
    fields, more = fields_of(meta), {"title": cstr(meta.title_field), "image": cstr(meta.image_field)}
    shown = [each for each in more.values() if each in meta.columns]
    names = [row["name"] for row in rows]
    known = {
        row["name"]: row
        for row in lists.get_list(ctx, meta.name, ["name", *fields, *shown], [["name", "in", names]], limit=None)
    }
    for row in rows:
        values = known.get(row["name"], {})
        told = [
            f"{meta.get_label(each) if each != 'name' else 'Name'} : {_plain(values[each])}"
            for each in fields
            if values.get(each)
        ]
        row["content"] = " ||| ".join(told)
        row.update({key: values[each] for key, each in more.items() if values.get(each)})
