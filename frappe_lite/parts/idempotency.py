"""`Idempotency-Key`: a POST that is sent again does its work once, and is answered the same.

The first answer is stored in the transaction of its effect: both are kept, or neither. The key's row is written first, as
the only writer, so that of two at the same time, in two processes even, one waits and then reads the other's answer.
Answers that failed are not stored, and keys are forgotten after a day.

    POST /api/resource/Task   Idempotency-Key: 6f1c…   ->  201 {"data": {"name": "TASK-1", …}}
    the same again                                     ->  201 {"data": {"name": "TASK-1", …}}   Idempotency-Replayed: true
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from ..context import Context
from ..errors import BadRequestError, IdempotencyKeyInUseError, IdempotencyKeyReusedError
from ..site import Site
from ..utils import cstr

KEPT_SECONDS = 86400
MAX_KEY_LENGTH = 255

SECRETS = frozenset({"login", "generate_keys", "generate"})
"""Methods whose answers are secrets: those are never written down, so a repeat runs again."""

TABLE = (
    'CREATE TABLE IF NOT EXISTS "__idempotency" (user TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, created REAL NOT NULL,'
    " status INTEGER, headers TEXT, body BLOB, PRIMARY KEY (user, key)) WITHOUT ROWID",
    'CREATE INDEX IF NOT EXISTS "__idempotency_created" ON "__idempotency" (created)',
)


def attach(site: Site) -> None:
    """Stand around every request; make the table."""
    if "__idempotency" not in site.database.tables():
        with site.database.transaction():
            for statement in TABLE:
                site.database.execute(statement)
    site.around.append(once)


def once(ctx: Context, answer: Callable[[], Any]) -> Any:
    """The answer, made now or stored by an earlier request with the same key."""
    if ctx.request.method != "POST":
        return answer()
    key = ctx.request.headers.get("Idempotency-Key")
    if key is None or _is_secret(ctx):
        return answer()
    return _once(ctx, _checked(key), answer)


def _is_secret(ctx: Context) -> bool:
    name = cstr(ctx.request.params.get("cmd")) or ctx.request.path.rpartition("/")[2]
    return name.rpartition(".")[2] in SECRETS or name in ctx.site.own_credentials


def _checked(key: str) -> str:
    key = key.strip().strip('"')  # the draft standard writes it as a quoted string, most clients do not
    if not key or len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise BadRequestError.told(f"Idempotency-Key is a text of 1 to {MAX_KEY_LENGTH} characters, such as a UUID")
    return key


def _once(ctx: Context, key: str, answer: Callable[[], Any]) -> Any:
    database, request = ctx.store.database, fingerprint(ctx)
    database.begin_write()
    database.execute('DELETE FROM "__idempotency" WHERE created < ?', (time.time() - KEPT_SECONDS,))
    stored = database.row(
        'SELECT request, status, headers, body FROM "__idempotency" WHERE user = ? AND key = ?', (ctx.user, key)
    )
    if stored is not None:
        return _replayed(stored, request)
    user, told = ctx.user, len(ctx.headers)
    database.execute(
        'INSERT INTO "__idempotency" (user, key, request, created) VALUES (?, ?, ?, ?)',
        (user, key, request, time.time()),
    )
    try:
        response = answer()
    except BaseException:
        ctx.rollback()
        _forget(ctx, user, key)
        raise
    headers = [(name, value) for name, value in [*response.headers, *ctx.headers[told:]] if name != "Content-Length"]
    if (
        response.status_code >= 400
        or getattr(response, "is_streamed", False)
        or any(name == "Set-Cookie" for name, _ in headers)
    ):
        _forget(ctx, user, key)
    else:
        values = (response.status_code, json.dumps(headers), response.data, user, key)
        database.execute(
            'UPDATE "__idempotency" SET status = ?, headers = ?, body = ? WHERE user = ? AND key = ?', values
        )
    return response


def fingerprint(ctx: Context) -> str:
    """The hash of what must be the same in a repeat: method, path, query, body, and how far the caller's token reaches."""
    request = ctx.request
    scopes = None if ctx.scopes is None else sorted(ctx.scopes)
    head = json.dumps([request.method, request.path, request.environ.get("QUERY_STRING", ""), scopes])
    return hashlib.sha256(head.encode() + b"\n" + request.body).hexdigest()


def _replayed(stored: tuple[str, int | None, str, bytes], request: str) -> Response:
    made_by, status, headers, body = stored
    if made_by != request:
        raise IdempotencyKeyReusedError.told(
            "This Idempotency-Key came with another request before. A new request needs a new key"
        )
    if status is None:
        raise IdempotencyKeyInUseError.told(
            "The request with this Idempotency-Key has not ended, or was interrupted. Look what it did before you send it under a new key"
        )
    return Response(body, status, [*json.loads(headers), ("Idempotency-Replayed", "true")])


def _forget(ctx: Context, user: str, key: str) -> None:
    """Take the key's row back. A rollback has done so already, unless the app's code had committed before."""
    if ctx.store.database.row('SELECT 1 FROM "__idempotency" WHERE user = ? AND key = ?', (user, key)) is not None:
        with ctx.store.database.transaction():
            ctx.store.database.execute('DELETE FROM "__idempotency" WHERE user = ? AND key = ?', (user, key))
