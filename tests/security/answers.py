"""Asks a held site, and its twin: what was answered, without the way through a client library."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import frappe_lite
from attempts import Attempt
from held import Held, Row
from planted import CANARY, UNREADABLE
from world import Caller

MOMENT = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass
class Answer:
    """What a request was answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """All that the caller gets to see."""
        return self.body.decode("utf-8", "replace") + "\n".join(f"{key}: {value}" for key, value in self.headers)

    def same(self, other: Answer) -> bool:
        """Whether the two tell the same; moments apart."""
        return self.status == other.status and MOMENT.sub(b"", self.body) == MOMENT.sub(b"", other.body)


@dataclass
class Bench:
    """A held site, and the application on it."""

    held: Held
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app = frappe_lite.App(self.held.site)
        for log in (self.app.request_log, self.app.error_log):
            log.defer = lambda *_: 0  # no timer writes while the moment is held: both would wait for each other

    def ask(self, caller: Caller, attempt: Attempt) -> Answer:
        """Send a request as the caller."""
        self.held.site.login_tracker._failures.clear()
        begun: list[Any] = []
        parts = self.app(_environ(caller, attempt), lambda *head: begun.append(head))
        content = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        return Answer(int(begun[0][0][:3]), begun[0][1], content)

    def close(self) -> None:
        """Let go of the site, and close it."""
        self.held.release()
        self.held.site.close()


def _environ(caller: Caller, attempt: Attempt) -> dict[str, Any]:
    body, content_type = b"", ""
    if attempt.body is not None:
        form = attempt.form
        body = _encoded(attempt.body) if form else json.dumps(attempt.body).encode()
        content_type = "application/x-www-form-urlencoded" if form else "application/json"
    path = attempt.path.encode().decode("latin-1")  # PEP 3333
    return {
        "REQUEST_METHOD": attempt.verb,
        "PATH_INFO": re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path),
        "QUERY_STRING": _encoded(attempt.query).decode(),
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        **{f"HTTP_{key.upper()}": value for key, value in caller.headers},
    }


def _encoded(values: dict[str, Any]) -> bytes:
    texts = {key: each if isinstance(each, str) else json.dumps(each) for key, each in values.items()}
    return urlencode(texts, quote_via=quote).encode()


# --- the twin ------------------------------------------------------------------------------------------------


def marked(rows: dict[str, dict[Any, Row]]) -> dict[str, dict[Any, Row]]:
    """Of all rows by table those with a canary, and of each the values that hold one. The server's own tables stay."""
    found: dict[str, dict[Any, Row]] = {}
    for table in rows.keys() - set(UNREADABLE):
        found[table] = {}
        for key, row in rows[table].items():
            if held := {column: value for column, value in row.items() if CANARY.search(_text(value))}:
                found[table][key] = held
    return found


def make_twin(bench: Bench, rows: dict[str, dict[Any, Row]], hidden: set[str]) -> Bench:
    """Put another value in the place of each hidden canary of the `marked` rows."""
    with bench.held.unwatched() as sqlite:
        # No table of SQLite's for them: after it was made here, each return to the moment would read the schema anew
        kept = {table: sqlite.execute(f"SELECT * FROM {table}").fetchall() for table in ("__change", "__change_known")}
        for table, found in rows.items():
            for key, row in found.items():
                changed = {column: other for column, value in row.items() if (other := _other(value, hidden)) != value}
                if changed:
                    sets = ", ".join(f'"{column}" = ?' for column in changed)
                    where = bench.held.keys[table].format("")
                    sqlite.execute(f'UPDATE "{table}" SET {sets} WHERE {where} = ?', [*changed.values(), key])
        for table, entries in kept.items():
            sqlite.execute(f"DELETE FROM {table}")
            for each in entries:
                sqlite.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(each))})", each)
    return bench


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _other(value: Any, hidden: set[str]) -> Any:
    """The value with its hidden canaries mirrored."""
    text = _text(value)
    changed = CANARY.sub(lambda found: mirrored(found[0]) if found[0] in hidden else found[0], text)
    if changed == text:
        return value
    return changed.encode() if isinstance(value, bytes) else int(changed) if isinstance(value, int) else changed


def mirrored(canary: str) -> str:
    """Another canary. Of two, the one that came first comes last."""
    if canary.isdecimal():
        return str(2 * 774_000_000 + 999_999 - int(canary))
    return f"zq{''.join(DIGITS[35 - DIGITS.index(each)] for each in canary[2:6])}qz"
