"""`frappe-lite copy`: a site from one store to another, whichever they are.

Tables go over in pages, each in a transaction with the place that it ends at, so that a copy that was interrupted goes
on there. At the end every table is read on both sides: the same number of rows with the same sum of their hashes, or it
is copied anew. Left behind: sessions, stored answers to Idempotency-Keys, and the change feed, whose old cursors are
refused.

    copy_site(Site("site.db"), Site("postgresql://db/site"))   ->   Copied(tables=84, rows=12345, files=17, left=[])
"""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ... import Site
from ...access.encryption import reseal, secret_key
from ...errors import DoesNotExistError, FrappeError, ValidationError
from ...query import quote
from ...sqlite.database import DatabaseRefused
from .. import STORES
from ..files.contents import keep_content, read_content
from . import pull, schemas, status
from .backup import require
from .progress import Progress

PAGE = 1000
VALUES = 20_000
"""How many values a statement holds at most."""

KEYS: dict[str, tuple[str, ...]] = {
    "tabSingles": ("doctype", "field"), "tabSeries": ("name",), "__Auth": ("doctype", "name", "fieldname"), "__site": ((
        "key"
    ),),
    "__pull": ("source", "doctype", "filters"), "__pull_doctype": ("name",), "__growth": ("date",),
}  # fmt: skip
"""Tables that hold no documents, and what their rows are told apart by."""

OTHERS = {"__pull": pull.STATE, "__pull_doctype": schemas.STATE, "__growth": status.TABLE}
"""How those are made that a site has only once they are needed."""

LEFT = {"tabSessions", "__idempotency", "__change", "__change_known", "__file", "__meta", "__copy", "__writers"}
"""Tables that are not copied as they are."""

OWN_VALUES = ("caches", "shape", "change feed")
"""Keys of `__site` that say something of the store itself."""

_STATE = 'CREATE TABLE IF NOT EXISTS "__copy" (name TEXT PRIMARY KEY, place TEXT) WITHOUT ROWID'

Say = Callable[[str, int, int], None]


@dataclass
class Copied:
    """What was copied, and the tables that were left because no DocType describes them."""

    tables: int = 0
    rows: int = 0
    files: int = 0
    left: list[str] = field(default_factory=list)


def run(parsed: Namespace) -> None:
    """The command."""
    addresses = [each.removeprefix("sqlite:///") for each in (parsed.source, parsed.target)]
    if addresses[0].partition("://")[0] not in STORES:
        require(addresses[0])
    with closing(Site(addresses[0])) as source, closing(Site(addresses[1])) as target, Progress("") as progress:

        def say(label: str, done: int, total: int) -> None:
            progress.label = label
            progress.to(done, total)

        copied = copy_site(source, target, say)
    print(
        f"{addresses[1].rpartition('@')[2]}: {copied.tables} tables with {copied.rows:,} rows and "
        f"{copied.files:,} files, the same as in {addresses[0].rpartition('@')[2]}."
    )
    for table in copied.left:
        print(f"The table {table} belongs to no DocType and stayed behind.")


def copy_site(source: Site, target: Site, say: Say = lambda _label, _done, _total: None) -> Copied:
    """Copy everything.

    Raises DatabaseRefused if the target holds a site of its own, ValidationError for a value that it cannot take.
    """
    _claim(target)
    source.database.begin_read()  # one state of the source, whatever is written to it meanwhile
    try:
        copied = Copied()
        tables = [*_copy_doctypes(source, target), *(each for each in KEYS if each in source.database.tables())]
        copied.left = sorted(set(source.database.tables()) - set(tables) - LEFT)
        for table in tables:
            copied.rows += _Table(source, target, table, say).copy()
        copied.tables, copied.files = len(tables), _copy_files(source, target, say)
        _begin_feed(source, target)
    finally:
        source.database.rollback()
    with target.database.transaction():
        target.database.execute('DELETE FROM "__copy"')
        target.database.execute('DROP TABLE "__copy"')
        target.store.bump_caches()
    target.database.analyze()
    target.forget()
    return copied


def _claim(target: Site) -> None:
    """Note that a copy goes on here. Raises DatabaseRefused where people work already."""
    database = target.database
    if "__copy" in database.tables():
        return
    if not database.is_new:
        raise DatabaseRefused(f"{database.place} holds a site already; copy into a new database")
    with database.transaction():
        database.execute(_STATE)


def _copy_doctypes(source: Site, target: Site) -> list[str]:
    """Make the tables of every DocType; their names."""
    ctx, found = source.new_context(), []
    for name, text in source.database.rows('SELECT name, json FROM "__meta" ORDER BY name'):
        meta = ctx.meta(name)
        with target.database.transaction():
            target.database.execute(
                'INSERT INTO "__meta" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET json = excluded.json', (name, text)
            )
            target.store.sync_table(meta)
        if not meta.issingle and not meta.is_virtual:
            found.append(meta.table)
    return found


class _Table:
    """One table on its way."""

    def __init__(self, source: Site, target: Site, name: str, say: Say):
        self.source, self.target, self.name, self.say = source, target, name, say
        own = KEYS.get(name)
        self.key = own or ("rowid",)
        self.columns = [*(() if own else ("rowid",)), *source.database.columns(name)]
        self.place_of = [self.columns.index(each) for each in self.key]
        self.keys = _secret_keys(source, target) if name == "__Auth" else None

    def copy(self) -> int:
        """Bring the table over; how many rows it has. Raises ValidationError."""
        wanted, there = self._sum(self.source), self._sum(self.target)
        if wanted != there:
            self._add_columns()
            self._go_on(wanted[0])
            there = self._sum(self.target)
        # It was another one when the copy began, or the target had rows of its own
        if wanted != there:
            self._start_over()
            self._go_on(wanted[0])
            there = self._sum(self.target)
        if wanted != there:
            raise ValidationError.told(f"{self.name} is not the same in both; is somebody writing to the copy?")
        if self.key == ("rowid",):
            self.target.database.count_on(self.name)
        return wanted[0]

    def _add_columns(self) -> None:
        """Columns that no DocType has any more, and that still hold something."""
        there = {each.lower() for each in self.target.database.columns(self.name)}
        if there:
            with self.target.database.transaction():
                for each in self.columns:
                    if each.lower() not in there and each != "rowid":
                        self.target.database.execute(
                            f"ALTER TABLE {quote(self.name)} ADD COLUMN {quote(each)} TEXT COLLATE NOCASE"
                        )
            return
        with self.target.database.transaction():
            self.target.database.execute(OTHERS[self.name])

    def _start_over(self) -> None:
        with self.target.database.transaction():
            self.target.database.execute(f"DELETE FROM {quote(self.name)}" + self._not_own())
            self.target.database.execute('DELETE FROM "__copy" WHERE name = ?', (self.name,))

    def _not_own(self) -> str:
        return f" WHERE key NOT IN ({', '.join(map(repr, OWN_VALUES))})" if self.name == "__site" else ""

    def _go_on(self, total: int) -> None:
        row = self.target.database.row('SELECT place FROM "__copy" WHERE name = ?', (self.name,))
        if row is None:
            self._start_over()
        done, page = int(row[0]) if row else 0, []
        names, table = ", ".join(map(quote, self.columns)), quote(self.name)
        for each in self._rows(self.source, done):
            page.append(each)
            if len(page) == PAGE:
                done = self._write(table, names, page, done, total)
                page = []
        self._write(table, names, page, done, total)

    def _write(self, table: str, names: str, page: list[Any], done: int, total: int) -> int:
        """Insert a page, and note that it is there."""
        at_once = max(1, VALUES // len(self.columns))
        with self.target.database.transaction():
            for start in range(0, len(page), at_once):
                rows = [self._resealed(each) for each in page[start : start + at_once]]
                marks = ", ".join([f"({', '.join('?' * len(self.columns))})"] * len(rows))
                try:
                    self.target.database.execute(
                        f"INSERT INTO {table} ({names}) VALUES {marks}", [value for row in rows for value in row]
                    )
                except (FrappeError, ValueError) as error:
                    raise ValidationError.told(
                        f"A row of {self.name} after {page[start][0]!r} cannot be copied: {error}"
                    ) from error
            done += len(page)
            self.target.database.execute(
                'INSERT INTO "__copy" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET place = excluded.place',
                (self.name, str(done)),
            )
        self.say(self.name, done, total)
        return done

    def _rows(self, site: Site, skip: int = 0) -> Iterator[Sequence[object]]:
        """The rows in the order of their key, in pages."""
        database, keys = site.database, ", ".join(map(quote, self.key))
        names, where = ", ".join(map(quote, self.columns)), self._not_own()
        last: tuple[object, ...] = ()
        while True:
            after = f"({keys}) > ({', '.join('?' * len(last))})" if last else ""
            sql = f"SELECT {names} FROM {quote(self.name)}{where}"
            sql += (
                (f" {'AND' if where else 'WHERE'} {after}" if after else "")
                + f" ORDER BY {keys} LIMIT ?"
                + (f" OFFSET {skip}" if skip else "")
            )
            page = database.rows(sql, (*last, PAGE))
            yield from page
            if len(page) < PAGE:
                return
            last, skip = tuple(page[-1][each] for each in self.place_of), 0

    def _sum(self, site: Site) -> tuple[int, int]:
        """How many rows, and the sum of their hashes.

        The same on both sides in whatever order and form the values come.
        """
        if self.name not in site.database.tables() or set(self.columns) - set(site.database.columns(self.name)) - {
            "rowid"
        }:
            return -1, 0
        count, total = 0, 0
        secret = self.columns.index("password") if self.keys else -1
        for row in self._rows(site):
            if secret >= 0:
                row = (*row[:secret], *row[secret + 1 :])
            # Most are text or nothing: a call for each would be most of the time
            values = [each if each.__class__ is str else "\1" if each is None else _plain(each) for each in row]
            total += int.from_bytes(
                hashlib.blake2b("\0".join(values).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
            )
            count += 1
        return count, total % 2**64

    def _resealed(self, row: Sequence[Any]) -> Sequence[object]:
        """A row as the target keeps it: secrets under its own key."""
        if self.keys is None or not row[self.columns.index("encrypted")]:
            return row
        at = self.columns.index("password")
        return [*row[:at], reseal(row[at], *self.keys), *row[at + 1 :]]


def _plain(value: object) -> str:
    """The text of a number or of bytes, the same for 5, 5.0 and '5'."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.hex() if isinstance(value, bytes) else str(value)


def _secret_keys(source: Site, target: Site) -> tuple[bytes, bytes] | None:
    """The keys of the two sites' encrypted fields; None if nothing is encrypted, or by the same key."""
    if source.database.row('SELECT 1 FROM "__Auth" WHERE encrypted = 1') is None:
        return None
    file = Path(f"{source.database.path}-key")
    old = file.read_bytes() if source.database.path and file.exists() else secret_key(source.database.path)
    new = secret_key(target.database.path)
    return (old, new) if old != new else None


def _copy_files(source: Site, target: Site, say: Say) -> int:
    """The contents of attachments, from a folder or a table into a folder or a table; how many.

    What is lost already stays lost.
    """
    hashes = [
        row[0] for row in source.database.rows("SELECT DISTINCT content_hash FROM \"tabFile\" WHERE content_hash <> ''")
    ]
    found = 0
    for done, each in enumerate(hashes, 1):
        try:
            content = read_content(source, each)
        except DoesNotExistError:
            continue
        with target.acting() as ctx:
            keep_content(ctx, content)
        found += 1
        say("files", done, len(hashes))
    return found


def _begin_feed(source: Site, target: Site) -> None:
    """Begin the change feed after the old one, with a gap.

    Whoever asks with an old cursor is told to read the lists again.
    """
    last = source.database.value('SELECT coalesce(max(seq), 0) FROM "__change"')
    target.database.settle()
    with target.database.transaction():
        newest = target.database.value('SELECT max(seq) FROM "__change"')
        target.database.execute('DELETE FROM "__change_known"')
        target.database.execute('DELETE FROM "__change" WHERE seq IS NULL OR seq < ?', (newest or 0,))
        target.database.execute('UPDATE "__change" SET seq = ?', (max(last, newest or 0) + 2,))
