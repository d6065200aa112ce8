"""The table behind the change feed, written by triggers on the tables of documents.

A trigger sees every write, whoever makes it: a request, `frappe.db.sql`, a rename that follows links, another program.
It writes in the same transaction, so what is undone was never noted, and as SQLite has one writer at a time, `seq`
grows in the order of the commits, without gaps. Of a deleted document its owner, its links and its readers by share are
kept, to judge who may know; nothing else of it. A rename is a deletion and a creation.

    DELETE FROM "tabTask" …  ->  __change        (42, 1767312000, "Task", "TASK-1", "delete", modified, owner)
                                 __change_known  (42, "project", "PROJ-1"), (42, "", "ann@example.com")
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..doctype.meta import DocType
from ..query import quote
from ..site import Site
from ..store import Store
from ..values import Values

DEFAULT_DAYS = 30
FORMAT = 4
"""Of the table and its triggers; a database with another one gets them anew."""

LEFT_OUT = frozenset(
    {
        "API Request Log",
        "Access Log",
        "Activity Log",
        "Error Log",
        "Version",
        "Deleted Document",
        "OAuth Bearer Token",
        "OAuth Authorization Code",
    }
)
"""DocTypes that only the server writes, and much. Child rows are left out too: they change with their document."""

NOTED = {"Comment": "{row}.comment_type IS NOT 'Deleted'"}
"""Which documents of a DocType are noted, if not all: the deletion that such a Comment tells of is noted itself."""

_NOW = "CAST(strftime('%s', 'now') AS INTEGER)"
_DAYS = (
    "coalesce(nullif((SELECT CAST(value AS INTEGER) FROM \"tabSingles\" WHERE doctype = 'System Settings' AND field "
    f"= 'change_feed_days'), 0), {DEFAULT_DAYS})"
)

TABLE = (
    (
        'CREATE TABLE IF NOT EXISTS "__change" (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, doctype TEXT NOT NULL, '
        "name NOT NULL, kind TEXT NOT NULL, modified TEXT, owner TEXT)"
    ),
    'DROP INDEX IF EXISTS "__change_doctype"',  # of format 1: every write paid for it, hardly a reader gained
    'CREATE INDEX IF NOT EXISTS "__change_deleted" ON "__change" (doctype, name) WHERE kind = \'delete\'',
    # What is known of a deleted document: the value of each link field, and under '' who could read it by a share (*
    # for everyone).
    (
        'CREATE TABLE IF NOT EXISTS "__change_known" (seq INTEGER NOT NULL, field TEXT NOT NULL, value, number '
        "INTEGER NOT NULL, PRIMARY KEY (seq, field, number)) WITHOUT ROWID"
    ),
    (
        'CREATE TRIGGER IF NOT EXISTS "__change_gone" AFTER DELETE ON "__change" BEGIN DELETE FROM "__change_known" '
        "WHERE seq = OLD.seq; END"
    ),
    # Once for all tables: SQLite reads every trigger when a file is opened.
    (
        'CREATE TRIGGER IF NOT EXISTS "__change_readers" AFTER INSERT ON "__change" WHEN NEW.kind = \'delete\' BEGIN '
        "INSERT INTO \"__change_known\" (seq, field, value, number) SELECT NEW.seq, '', CASE WHEN everyone = 1 THEN "
        "'*' "
        'ELSE user END, rowid FROM "tabDocShare" WHERE share_doctype = NEW.doctype AND share_name = '
        'CAST(NEW.name AS TEXT) AND "read" = 1; END'
    ),
    # Now and then a new change pushes the oldest out; always a whole beginning, so that what is left has no gaps. The
    # newest stays, and with it the count.
    'CREATE TRIGGER IF NOT EXISTS "__change_old" AFTER INSERT ON "__change" WHEN NEW.seq % 64 = 0 BEGIN DELETE '
    'FROM "__change" WHERE seq <='
    ' (SELECT max(seq) FROM (SELECT seq, at FROM "__change" ORDER BY seq LIMIT 256) WHERE at < NEW.at - 86400 * '
    f"{_DAYS}); END",
    *(
        f'CREATE TRIGGER IF NOT EXISTS "__change_single_{kind}" AFTER {event} ON "tabSingles" WHEN {row}.field = '
        "'modified' BEGIN"
        f' INSERT INTO "__change" (at, doctype, name, kind, modified) VALUES ({_NOW}, {row}.doctype, '
        f"{row}.doctype, '{kind}', {row}.value); END"
        for kind, event, row in (("create", "INSERT", "NEW"), ("update", "UPDATE", "NEW"), ("delete", "DELETE", "OLD"))
    ),
)

WITH_ROWS = 'SELECT name FROM "tabDocType" WHERE NOT (istable OR issingle OR is_virtual)'
"""DocTypes that may have triggers, found without reading each: this is asked at every start."""


@dataclass(frozen=True)
class Change:
    """One change, as it was noted."""

    cursor: int
    doctype: str
    name: Any
    kind: str  # create, update or delete
    modified: str | None
    owner: str | None


def followed(meta: DocType) -> bool:
    """Whether changes of the DocType are noted."""
    return not (meta.istable or meta.is_virtual or meta.name in LEFT_OUT)


def install(site: Site) -> None:
    """Make the table, and triggers for the DocTypes that have none; later ones get theirs with their table."""
    store, database = site.store, site.database
    own = database.change_log
    if own is not None:
        own.install(site)
        store.on_sync.append(lambda meta: own.follow(store, meta))
        return
    parts = database.rows("SELECT type, tbl_name FROM sqlite_master WHERE type IN ('table', 'trigger')")
    tables, noted = ({name for kind, name in parts if kind == each} for each in ("table", "trigger"))
    ctx = site.new_context()
    # A DocType whose table was lost is for `frappe-lite check` to tell
    names = [name for (name,) in database.rows(WITH_ROWS) if name not in LEFT_OUT and f"tab{name}" in tables]
    current = store.value("change feed") == FORMAT
    lacking = [
        meta
        for meta in (ctx.meta(name) for name in names if not (current and f"tab{name}" in noted))
        if _has_triggers(meta)
    ]
    if lacking or not current:
        with database.transaction():
            for statement in TABLE:
                database.execute(statement)
            for meta in lacking:
                follow(store, meta)
            store.set_value("change feed", FORMAT)
    store.on_sync.append(lambda meta: follow(store, meta))


def _has_triggers(meta: DocType) -> bool:
    return followed(meta) and not meta.issingle


def follow(store: Store, meta: DocType) -> None:
    """Give the DocType's table its triggers, or renew those that its links have outgrown."""
    if not _has_triggers(meta):
        return
    there: dict[str, str] = dict(
        store.database.rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (meta.table,)
        )
    )
    for name, statement in triggers(meta).items():
        if there.get(name) != statement:
            if name in there:
                store.database.execute(f"DROP TRIGGER {quote(name)}")
            store.database.execute(statement)


def triggers(meta: DocType) -> dict[str, str]:
    """The triggers of a DocType's table, by name."""
    doctype, table = _text(meta.name), quote(meta.table)

    def noted(kind: str, row: str) -> str:
        return (
            f'INSERT INTO "__change" (at, doctype, name, kind, modified, owner) VALUES ({_NOW}, {doctype}, '
            f"{row}.name, '{kind}', {row}.modified, {row}.owner);"
        )

    def when(row: str, *conditions: str) -> str:
        found = [*conditions, *(each.format(row=row) for each in filter(None, [NOTED.get(meta.name)]))]
        return f"WHEN {' AND '.join(found)} " if found else ""

    links = ", ".join(
        f"(last_insert_rowid(), {_text(each.fieldname)}, OLD.{quote(each.fieldname)}, 0)" for each in meta.link_fields
    )
    known = f'INSERT INTO "__change_known" (seq, field, value, number) VALUES {links};' if links else ""
    written = {
        "create": f"AFTER INSERT ON {table} {when('NEW')}BEGIN {noted('create', 'NEW')} END",
        "update": (
            f"AFTER UPDATE {_columns(meta)}ON {table} {when('NEW', 'OLD.name = NEW.name')}"
            f"BEGIN {noted('update', 'NEW')} END"
        ),
        "delete": f"AFTER DELETE ON {table} {when('OLD')}BEGIN {noted('delete', 'OLD')} {known} END",
        "rename": (
            f"AFTER UPDATE OF name ON {table} {when('NEW', 'OLD.name <> NEW.name')}"
            f"BEGIN {noted('delete', 'OLD')} {known} {noted('create', 'NEW')} END"
        ),
    }
    named = {f"__change_{kind}_{meta.table}": text for kind, text in written.items()}
    return {name: f"CREATE TRIGGER {quote(name)} {text}" for name, text in named.items()}


def _columns(meta: DocType) -> str:
    """Of a tree: any column but lft and rgt, which a document's neighbours move without a change of its own."""
    return (
        f"OF {', '.join(quote(each) for each in meta.columns if each not in ('lft', 'rgt'))} "
        if meta.is_nested_set
        else ""
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- reading ---------------------------------------------------------------------------------------------

_COLUMNS = "seq, doctype, name, kind, modified, owner"


def latest(site: Site) -> int:
    """The cursor of the last change, 0 before the first."""
    site.database.settle()
    return int(site.database.value('SELECT coalesce(max(seq), 0) FROM "__change"'))


def read(store: Store, since: int, until: int, doctype: str | None, limit: int) -> list[Change]:
    """The changes after one cursor, up to another, in order."""
    of_one, params = (" AND doctype = ?", [doctype]) if doctype is not None else ("", [])
    sql = f'SELECT {_COLUMNS} FROM "__change" WHERE seq > ? AND seq <= ?{of_one} ORDER BY seq LIMIT ?'
    return [Change(*row) for row in store.database.rows(sql, [since, until, *params, limit])]


def deletions(store: Store, doctype: str, changes: Iterable[Change]) -> dict[object, list[Change]]:
    """The deletions of documents that the changes are of, from the first of the changes on, by name and in order."""
    wanted = list(changes)
    names, first = json.dumps(list({each.name for each in wanted})), min(each.cursor for each in wanted)
    sql = (
        f"SELECT {_COLUMNS} FROM \"__change\" WHERE doctype = ? AND seq >= ? AND kind = 'delete' AND name IN (SELECT "
        "value FROM json_each(?)) ORDER BY seq"
    )
    found: dict[object, list[Change]] = {}
    for row in store.database.rows(sql, (doctype, first, names)):
        found.setdefault(row[2], []).append(Change(*row))
    return found


def known(store: Store, deleted: Change) -> tuple[Values, set[str]]:
    """What is kept of a deleted document: the values of its links, and who could read it by a share."""
    rows = store.database.rows('SELECT field, value FROM "__change_known" WHERE seq = ?', (deleted.cursor,))
    return {field: value for field, value in rows if field}, {value for field, value in rows if not field}
