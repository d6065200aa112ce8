"""One search in an index of full text: from what somebody typed to an FTS5 query, and from its rows to results.

Nothing that was typed is an expression of FTS5: words are taken out of it and quoted. What goes back is HTML with
`<mark>` around what was found, and everything else escaped, for pages show it as it is.

    "projetc updt"   ->   ("projetc"* OR "project"*) AND ("updt"* OR "update"*)
"""

from __future__ import annotations

import difflib
import html
import math
import re
import sqlite3
import time
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from ...errors import ValidationError
from ...utils import cstr
from ...values import Function, Values

MOST_RESULTS, MOST_WORDS = 100, 20
SNIPPET_WORDS = 64
LEAST_LETTERS = 4
"""Of a word that may be a mistyped one."""

ALIKE = 0.6
"""How much a word must be like another to be taken for it: difflib's measure."""

OPEN, CLOSE = "\x02", "\x03"
"""Around what was found, until the text is escaped."""

RECENT = ((1, 1.8), (7, 1.5), (30, 1.2), (90, 1.1))
"""Days since a change, and what a result's score is multiplied by."""

OPERATORS = {"=", "!=", "<", ">", "<=", ">=", "LIKE", "IN", "NOT IN"}

_WORDS = re.compile(r"\w+(?:[-']\w+)*")
_BLOCKS = frozenset("p div br li tr h1 h2 h3 h4 h5 h6 blockquote pre table ul ol".split())
_UNSEEN = frozenset({"script", "style", "template", "head"})


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unseen += tag in _UNSEEN
        self.parts.append("\n" if tag in _BLOCKS else " " if tag in ("td", "th", "img") else "")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self.parts.append("\n" if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        self.parts.append("" if self._unseen else data)


def plain_text(value: object) -> str:
    """A text without HTML, its lines kept."""
    text = cstr(value).translate({ord(OPEN): None, ord(CLOSE): None})
    if "<" in text or "&" in text:
        parser = _Text()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))


class Query:
    """What somebody looks for."""

    def __init__(self, text: str, title_only: bool, filters: dict[str, object]):
        self.text, self.title_only, self.filters = text.strip(), title_only, filters
        self.words = self.words_of(self.text)[:MOST_WORDS]
        self.corrected: dict[str, str] = {}

    @staticmethod
    def words_of(text: str) -> list[str]:
        """The words in a text."""
        return _WORDS.findall(text)

    # --- mistyped words ---

    def correct(self, connection: sqlite3.Connection) -> None:
        """For each word that nothing begins with, take the one most like it of those that there are."""
        for word in self.words:
            if len(word) >= LEAST_LETTERS and not self._is_known(connection, word):
                close = difflib.get_close_matches(word.lower(), self._alike(connection, word.lower()), 1, ALIKE)
                if close:
                    self.corrected[word] = close[0]

    def _is_known(self, connection: sqlite3.Connection, word: str) -> bool:
        sql = "SELECT 1 FROM search_fts WHERE search_fts MATCH ? LIMIT 1"
        return connection.execute(sql, (f"{_phrase(word)}*",)).fetchone() is not None

    @staticmethod
    def _alike(connection: sqlite3.Connection, word: str) -> list[str]:
        parts = {word[index : index + 3] for index in range(len(word) - 2)}
        sql = "SELECT term FROM search_trigrams WHERE search_trigrams MATCH ? ORDER BY rank LIMIT 300"
        rows = connection.execute(sql, (" OR ".join(map(_phrase, sorted(parts))),)).fetchall()
        return [row[0] for row in rows if abs(len(row[0]) - len(word)) <= 3]

    # --- the search ---

    def run(
        self, connection: sqlite3.Connection, text_fields: list[str], columns: set[str], allowed: Values
    ) -> list[Values]:
        """The rows that fit: all the words, or if nothing has all of them, any. Raises ValidationError."""
        given = [_condition(*each, columns) for each in (*allowed.items(), *self.filters.items())]
        if not self.words:
            return []
        for joined in (" AND ", " OR "):
            found = self._rows(connection, text_fields, joined, given)
            if found or len(self.words) == 1:
                return found
        return []

    def _rows(
        self, connection: sqlite3.Connection, text_fields: list[str], joined: str, given: list[tuple[str, list[object]]]
    ) -> list[Values]:
        words = joined.join(self._alternatives(word) for word in self.words)
        match = f"{{{text_fields[0]}}} : ({words})" if self.title_only else words
        index = len(text_fields) - 1
        sql = (
            f"SELECT *, bm25(search_fts) AS bm25_score, highlight(search_fts, 0, '{OPEN}', '{CLOSE}') AS marked_title, "
            f"snippet(search_fts, {index}, '{OPEN}', '{CLOSE}', '…', {SNIPPET_WORDS}) AS marked_content FROM "
            "search_fts "
            f"WHERE search_fts MATCH ?{''.join(f' AND {sql}' for sql, _ in given)} ORDER BY bm25_score LIMIT "
            f"{MOST_RESULTS}"
        )
        params = [match, *(value for _, values in given for value in values)]
        return [dict(row) for row in connection.execute(sql, params).fetchall()]

    def _alternatives(self, word: str) -> str:
        also = self.corrected.get(word)
        return f"({_phrase(word)}* OR {_phrase(also)}*)" if also else f"{_phrase(word)}*"

    # --- the order ---

    def ranked(self, rows: list[Values], functions: Iterable[Function]) -> list[Values]:
        """The rows with their scores, the best first."""
        words = [self.corrected.get(word, word).lower() for word in self.words]
        scoring = list(functions)
        for number, row in enumerate(rows, 1):
            row["original_rank"] = number
            score = 1 + abs(row["bm25_score"])
            for factor in (self._title_factor(row, words), _age_factor(row)):
                score *= factor
            for function in scoring:
                score *= float(function(row, self.text, words))
            row["score"] = score
        rows.sort(key=lambda row: -row["score"])
        for number, row in enumerate(rows, 1):
            row["rank"] = row["modified_rank"] = number
        return rows

    def _title_factor(self, row: dict[str, object], words: list[str]) -> float:
        title = cstr(row.get("title")).lower()
        if self.text.lower() in title:
            return 2.0
        return 1 + 0.5 * sum(word in title for word in words) / len(words)

    @property
    def corrected_text(self) -> str | None:
        """What was typed, with the words that were meant."""
        if not self.corrected:
            return None
        return _WORDS.sub(lambda found: self.corrected.get(found[0], found[0]), self.text)


def _phrase(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _age_factor(row: Values) -> float:
    if not row.get("modified"):
        return 1.0
    days = max(0.0, (time.time() - float(row["modified"])) / 86400)
    return next((factor for most, factor in RECENT if days <= most), max(0.5, math.exp(-0.001 * (days - 90))))


def _condition(field: str, given: object, columns: set[str]) -> tuple[str, list[Any]]:
    """A filter as SQL and its values. Raises ValidationError."""
    if field not in columns:
        raise ValidationError.told(f"{field} cannot be filtered by here; {', '.join(sorted(columns))} can")
    column, operator, value = _phrase(field), "=", given
    if isinstance(given, list | tuple) and len(given) == 2 and cstr(given[0]).upper() in OPERATORS:
        operator, value = cstr(given[0]).upper(), given[1]
    many = [cstr(each) for each in value] if isinstance(value, list | tuple | set) else None
    if operator == "LIKE":
        texts = [f"%{each}%" for each in (many if many is not None else [cstr(value)])]
        return f"({' OR '.join([f'{column} LIKE ?'] * len(texts)) or '0'})", texts
    if many is not None:
        negated = "NOT " if operator in ("!=", "NOT IN") else ""
        return f"{column} {negated}IN ({', '.join('?' * len(many))})", many
    if operator in ("IN", "NOT IN"):
        raise ValidationError.told(f"{field} {operator} needs a list")
    return f"{column} {operator} ?", [value if field == "modified" else cstr(value)]


def _marked(text: object) -> str:
    return html.escape(cstr(text), quote=False).replace(OPEN, "<mark>").replace(CLOSE, "</mark>")


def results(asked: Query, rows: list[dict[str, object]], started: float) -> Values:
    """Rows and what is told beside them, as pages expect it."""
    shown = []
    for row in rows:
        title, content = row.pop("marked_title"), row.pop("marked_content")
        texts = {"id": row.pop("doc_id"), "title": _marked(title), "content": _marked(content)}
        shown.append({**row, **texts, "original_title": html.escape(cstr(row.get("title")), quote=False)})
    summary = {
        "duration": round(time.perf_counter() - started, 6),
        "total_matches": len(shown),
        "returned_matches": len(shown),
        "filtered_matches": len(shown),
        "corrected_words": asked.corrected or None,
        "corrected_query": asked.corrected_text,
        "title_only": asked.title_only,
        "applied_filters": asked.filters,
    }
    return {"results": shown, "summary": summary}
