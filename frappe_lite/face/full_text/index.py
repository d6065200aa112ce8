"""`frappe.search.sqlite_search`: full-text search of an app's documents, in a file of its own by SQLite's FTS5.

An app says which documents and fields (`INDEXABLE_DOCTYPES`) and what a caller may find (`get_search_filters`). Of a
class that the hook `sqlite_search` names, the index is made at the first search and brought up to date before each by
the change feed: no write waits for it, and no job is needed. Any other is built by its app.

    GameplanSearch().search("budget", filters={"project": ["7"]})  ->   {"results": [{…, "score": 3.1}], "summary": {…}}
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ...document import lists
from ...sqlite import owner_only
from ...utils import _dict, cstr, get_datetime
from ...values import Function, Values
from ..context import ctx
from ..installation import get_hooks
from .query import Query, plain_text, results

OWN_FIELDS = ("doctype", "name", "modified")


class SQLiteSearchIndexMissingError(Exception):
    """There is no index to search yet."""


class SQLiteSearch:
    """What an app's search inherits from. Raises ValueError for a class that does not say what it searches."""

    INDEX_NAME = "search.db"
    INDEX_SCHEMA: Values = {}
    INDEXABLE_DOCTYPES: dict[str, Values] = {}

    def __init__(self, db_name: str | None = None):
        if not self.INDEX_SCHEMA or not self.INDEXABLE_DOCTYPES:
            raise ValueError(f"{type(self).__name__} needs INDEX_SCHEMA and INDEXABLE_DOCTYPES")
        for doctype, config in self.INDEXABLE_DOCTYPES.items():
            if not config.get("fields"):
                raise ValueError(f"{type(self).__name__}: {doctype} needs fields")
        site = ctx().site
        base = site.database.path or os.path.join(site.folder, "site")
        self.db_path = f"{base}-{os.path.basename(db_name or self.INDEX_NAME)}"
        self.text_fields = list(self.INDEX_SCHEMA.get("text_fields") or ("title", "content"))
        known = (*self.INDEX_SCHEMA.get("metadata_fields", ()), *OWN_FIELDS)
        self.kept_fields = [each for each in dict.fromkeys(known) if each not in self.text_fields]

    @staticmethod
    def scoring_function(function: Callable[..., object]) -> Function:
        """Mark a method `(row, query, query_words) -> factor` that each result's score is multiplied by."""
        function.is_scoring_function = True  # type: ignore[attr-defined]
        return function

    # --- what apps say of themselves ---

    def is_search_enabled(self) -> bool:
        """Whether there is a search at all."""
        return True

    def get_search_filters(self) -> Values:
        """What the caller may find: an app says it."""
        raise NotImplementedError(
            f"{type(self).__name__} needs get_search_filters, which says what the caller may find"
        )

    def prepare_document(self, doc: Any) -> Values | None:
        """A document as it is kept: its texts without HTML, its other fields. None leaves it out."""
        mapped = _sources(self.INDEXABLE_DOCTYPES[doc.doctype])
        made: Values = {field: plain_text(doc.get(mapped.get(field, field))) for field in self.text_fields}
        for field in self.kept_fields:
            made[field] = doc.get(mapped.get(field, field))
        made.update(doctype=doc.doctype, name=doc.name, modified=_seconds(doc.get(mapped.get("modified", "modified"))))
        return made

    def _process_content(self, content: object) -> str:
        """A text without HTML, as classes of apps that make fields of their own ask for it."""
        return plain_text(content)

    # --- the index ---

    def index_exists(self) -> bool:
        """Whether there is an index."""
        return os.path.exists(self.db_path)

    def raise_if_not_indexed(self) -> None:
        """Raises SQLiteSearchIndexMissingError without an index."""
        if not self.index_exists():
            raise SQLiteSearchIndexMissingError(f"{type(self).__name__} has no index yet; build_index() makes it")

    def drop_index(self) -> None:
        """Forget the index."""
        for ending in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(self.db_path + ending):
                os.remove(self.db_path + ending)

    def build_index(self) -> None:
        """Make the index of all documents anew; the present one serves until that is done."""
        if not self.is_search_enabled():
            return
        fresh = f"{self.db_path}.{os.getpid()}.new"
        owner_only.create(fresh)
        connection = self._opened(fresh)
        try:
            with connection:
                self._make_tables(connection)
                connection.execute("INSERT INTO search_state VALUES ('cursor', ?)", (_latest(),))
                for doctype in self.INDEXABLE_DOCTYPES:
                    self._insert(connection, self._documents(doctype))
                connection.execute("INSERT INTO search_trigrams SELECT term FROM search_vocabulary")
        finally:
            connection.close()
        os.replace(fresh, self.db_path)

    def index_doc(self, doctype: str, docname: object) -> None:
        """Bring one document's entry up to date."""
        self._update([(doctype, docname)])

    def remove_doc(self, doctype: str, docname: object) -> None:
        """Take one document's entry out."""
        self._replace([(doctype, docname)])

    def refresh(self) -> None:
        """Take in what was written since the last look; of a class that no hook names, nothing."""
        if not _is_registered(type(self)):
            return
        if not self.index_exists():
            self.build_index()
            return
        connection = self._get_connection(read_only=True)
        try:
            row = connection.execute("SELECT value FROM search_state WHERE name = 'cursor'").fetchone()
        finally:
            connection.close()
        changed, cursor = _changes(int(row[0]), list(self.INDEXABLE_DOCTYPES))
        if changed is None:
            self.build_index()
        elif cursor != row[0]:
            self._update(changed, cursor)

    def _get_connection(self, read_only: bool = False) -> sqlite3.Connection:
        """The index, for an app's own queries: rows by name. Raises SQLiteSearchIndexMissingError."""
        self.raise_if_not_indexed()
        connection = self._opened(self.db_path)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def sql(
        self, query: str, params: Sequence[object] | None = None, read_only: bool = False, commit: bool = False
    ) -> list[sqlite3.Row]:
        """The rows of an app's own query of the index, by name. Raises SQLiteSearchIndexMissingError."""
        connection = self._get_connection(read_only)
        try:
            rows = connection.execute(query, params or ()).fetchall()
            if commit:
                connection.commit()
        finally:
            connection.close()
        return rows

    @staticmethod
    def _opened(path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=5.0)
        connection.row_factory = sqlite3.Row
        return connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        columns = [*map(_quoted, self.text_fields), "doc_id UNINDEXED"]
        columns += [f"{_quoted(each)} UNINDEXED" for each in self.kept_fields]
        tokenizer = cstr(self.INDEX_SCHEMA.get("tokenizer") or "unicode61 remove_diacritics 2").replace('"', '""')
        connection.execute(
            f'CREATE VIRTUAL TABLE search_fts USING fts5({", ".join(columns)}, tokenize = "{tokenizer}")'
        )
        connection.execute("CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search_fts, 'row')")
        connection.execute("CREATE VIRTUAL TABLE search_trigrams USING fts5(term, tokenize = 'trigram')")
        connection.execute("CREATE TABLE search_state (name TEXT PRIMARY KEY, value)")

    def _documents(self, doctype: str, name: object = None) -> Iterator[dict[str, object]]:
        config = self.INDEXABLE_DOCTYPES[doctype]
        filters = dict(config.get("filters") or {})
        if name is not None:
            filters["name"] = name
        for row in _rows(doctype, config, filters):
            made = self.prepare_document(_dict(row, doctype=doctype))
            if made is not None:
                yield made

    def _insert(self, connection: sqlite3.Connection, documents: Iterable[dict[str, object]]) -> None:
        fields = [*self.text_fields, "doc_id", *self.kept_fields]
        sql = f"INSERT INTO search_fts ({', '.join(map(_quoted, fields))}) VALUES ({', '.join('?' * len(fields))})"
        for each in documents:
            values = {**each, "doc_id": f"{each['doctype']}:{each['name']}"}
            connection.execute(sql, [_kept(field, values.get(field)) for field in fields])

    def _update(self, changed: Iterable[tuple[str, object]], cursor: int | None = None) -> None:
        wanted = list(dict.fromkeys(changed))
        self._replace(wanted, [made for each in wanted for made in self._documents(*each)], cursor)

    def _replace(
        self, gone: Iterable[tuple[str, object]], made: Sequence[dict[str, object]] = (), cursor: int | None = None
    ) -> None:
        """Put entries in the place of others, and note how far the feed was read, at once."""
        connection = self._get_connection()
        try:
            with connection:
                for doctype, name in gone:
                    connection.execute("DELETE FROM search_fts WHERE doc_id = ?", (f"{doctype}:{name}",))
                self._insert(connection, made)
                for each in made:
                    self._learn(connection, each)
                if cursor is not None:
                    connection.execute("UPDATE search_state SET value = ? WHERE name = 'cursor'", (cursor,))
        finally:
            connection.close()

    def _learn(self, connection: sqlite3.Connection, document: dict[str, object]) -> None:
        """Note the words of a document that were not there before, for whoever mistypes them."""
        for word in {word.lower() for field in self.text_fields for word in Query.words_of(cstr(document.get(field)))}:
            connection.execute(
                "INSERT INTO search_trigrams SELECT ? WHERE NOT EXISTS (SELECT 1 FROM search_trigrams WHERE term = ?)",
                (word, word),
            )

    # --- searching ---

    def search(self, query: str, title_only: bool = False, filters: dict[str, object] | None = None) -> Values:
        """What fits, the best first, of what the caller may find. Raises SQLiteSearchIndexMissingError,
        ValidationError."""
        started = time.perf_counter()
        asked = Query(cstr(query), bool(title_only), dict(filters or {}))
        if not self.is_search_enabled():
            return results(asked, [], started)
        self.refresh()
        allowed = self.get_search_filters()
        connection = self._get_connection(read_only=True)
        try:
            asked.correct(connection)
            columns = {*self.text_fields, *self.kept_fields, "doc_id"}
            rows = asked.run(connection, self.text_fields, columns, allowed)
        finally:
            connection.close()
        functions = [getattr(self, name) for name in dir(type(self)) if _scores(getattr(type(self), name))]
        return results(asked, asked.ranked(rows, functions), started)


def _scores(function: object) -> bool:
    return bool(getattr(function, "is_scoring_function", False))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _kept(field: str, value: object) -> object:
    return value if value is None or field == "modified" else cstr(value)


def _seconds(moment: object) -> float | None:
    return get_datetime(moment).timestamp() if moment else None


def _sources(config: Values) -> dict[str, str]:
    """By field of the index, the field of the document."""
    found: dict[str, str] = {}
    for each in config["fields"]:
        found.update(each if isinstance(each, dict) else {each: each})
    return found


def _rows(doctype: str, config: dict[str, object], filters: dict[str, object]) -> list[Any]:
    asked = ctx().trusted()
    meta = asked.meta(doctype)
    wanted = {*_sources(config).values(), "name", "modified"}
    fields = [each for each in sorted(wanted) if each in meta.columns]
    found: list[object] = lists.get_list(asked, doctype, fields, filters or None, limit=None)
    return found


# --- the change feed ---------------------------------------------------------------------------------------


def _latest() -> int:
    database = ctx().store.database
    database.settle()
    return int(database.value('SELECT coalesce(max(seq), 0) FROM "__change"'))


def _changes(since: int, doctypes: list[str]) -> tuple[list[tuple[str, object]] | None, int]:
    """What was written after a place in the feed, and the place after it; None if that is not kept any more."""
    database, last = ctx().store.database, _latest()
    first = database.value('SELECT min(seq) FROM "__change"')
    if since > last or (since < last and (first is None or first > since + 1)):
        return None, last
    marks = ", ".join("?" * len(doctypes))
    sql = f'SELECT doctype, name FROM "__change" WHERE seq > ? AND seq <= ? AND doctype IN ({marks})'
    return [(row[0], row[1]) for row in database.rows(sql, (since, last, *doctypes))], last


# --- the hook ----------------------------------------------------------------------------------------------


def get_search_classes() -> list[type[SQLiteSearch]]:
    """The classes that the apps' hook `sqlite_search` names."""
    return [ctx().site.resolve(dotted) for dotted in get_hooks("sqlite_search")]  # type: ignore[misc]


def _is_registered(kind: type[SQLiteSearch]) -> bool:
    return f"{kind.__module__}.{kind.__qualname__}" in get_hooks("sqlite_search")


def build_index(search_class: type[SQLiteSearch] | None = None) -> None:
    """Make the index of a class, or of all that the hook names."""
    for each in [search_class] if search_class else get_search_classes():
        each().build_index()


build_index_in_background = build_index


def build_index_if_not_exists() -> None:
    """Make the indexes that are not there."""
    for each in get_search_classes():
        if not (made := each()).index_exists():
            made.build_index()


def update_doc_index(doc: object, method: object = None) -> None:
    """The feed tells of it: nothing to do."""


delete_doc_index = update_doc_index

__all__ = [
    "SQLiteSearch", "SQLiteSearchIndexMissingError", "build_index", "build_index_if_not_exists",
    "build_index_in_background", "delete_doc_index", "get_search_classes", "update_doc_index",
]  # fmt: skip
