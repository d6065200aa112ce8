"""`Idempotency-Key`: a POST that is sent again does its work once, and is answered the same.

The first answer is stored in the transaction of its effect: both are kept, or neither. The key's row is written first,
as the only writer, so that of two at the same time, in two processes even, one waits and then reads the other's answer.
Answers that failed are not stored, nor those of methods that only read, and keys are forgotten after a day. What is
stored can be read only with the key that the client sent, of which the table has a hash: neither it nor a backup shows
anybody's answers.

    POST /api/resource/Task   Idempotency-Key: 6f1c…   ->  201 {"data": {"name": "TASK-1", …}}
    the same again                                  ->  201 {"data": {"name": "TASK-1", …}}   Idempotency-Replayed: true
"""

from __future__ import annotations

import functools
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from ..access.hashing import digest
from ..context import Context
from ..errors import BadRequestError, IdempotencyKeyInUseError, IdempotencyKeyReusedError
from ..site import Site
from ..utils import cstr

KEPT_SECONDS = 86400
MAX_KEY_LENGTH, SALT = 255, 16

MAX_ANSWER, MAX_TOTAL = 1_000_000, 64_000_000
"""Bytes of an answer that is stored, and of all of them: then the oldest are dropped. That it was done is remembered
all the same."""

SECRETS = frozenset({"login", "generate_keys", "generate", "link"})
"""Methods whose answers are secrets: those are never written down, so a repeat runs again."""

DOOR = "run_doc_method"
"""The one method of our own that GET may call and that runs an app's code."""

TABLE = (
    'CREATE TABLE IF NOT EXISTS "__idempotency" (user TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, '
    "created REAL NOT NULL,"
    " status INTEGER, headers TEXT, body BLOB, PRIMARY KEY (user, key)) WITHOUT ROWID",
    'CREATE INDEX IF NOT EXISTS "__idempotency_created" ON "__idempotency" (created)',
)


def attach(site: Site) -> None:
    """Stand around every request; make the table."""
    if "__idempotency" not in site.database.tables():
        with site.database.transaction():
            for statement in TABLE:
                site.database.execute(statement)
    site.extensions.around.append(functools.partial(once, Room()))


class Room:
    """How much this process has stored since it last looked how much there is."""

    def __init__(self) -> None:
        self.added = MAX_TOTAL  # what a process before it left is not known

    def make(self, ctx: Context, size: int) -> None:
        """Drop the oldest answers if there are too many; to look at all of them is worth it only now and then."""
        self.added += size
        if self.added > MAX_TOTAL // 16:
            self.added = 0
            newest = (
                'SELECT created, SUM(LENGTH(body)) OVER (ORDER BY created DESC) AS total FROM "__idempotency" '
                "WHERE body IS NOT NULL"
            )
            oldest = f"SELECT MAX(created) FROM ({newest}) AS kept WHERE total > ?"
            ctx.store.database.execute(
                f'UPDATE "__idempotency" SET body = NULL WHERE body IS NOT NULL AND created <= ({oldest})', (MAX_TOTAL,)
            )


def once(room: Room, ctx: Context, answer: Callable[[], object]) -> object:
    """The answer, made now or stored by an earlier request with the same key."""
    if ctx.request.method != "POST":
        return answer()
    key = ctx.request.headers.get("Idempotency-Key")
    if key is None or _reads_or_tells_secrets(ctx):
        return answer()
    return _once(ctx, _checked(key), answer, room)


def _reads_or_tells_secrets(ctx: Context) -> bool:
    """Whether an answer is not to be kept: of a method of our own that GET may call, or of one that makes a secret. An
    app's may do more than it says."""
    name = cstr(ctx.request.params.get("cmd")) or ctx.request.path.rpartition("/")[2]
    last = name.rpartition(".")[2]
    if last in SECRETS or name in ctx.site.extensions.own_credentials:
        return True
    method = ctx.site.method(name)
    return method is not None and method.takes_context and "GET" in method.http_methods and last != DOOR


def _checked(key: str) -> str:
    key = key.strip().strip('"')  # the draft standard writes it as a quoted string, most clients do not
    if not key or len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise BadRequestError.told(f"Idempotency-Key is a text of 1 to {MAX_KEY_LENGTH} characters, such as a UUID")
    return key


def _once(ctx: Context, key: str, answer: Callable[[], Any], room: Room) -> object:
    database, request, hashed = ctx.store.database, fingerprint(ctx), digest(key)
    database.begin_write()
    database.execute('DELETE FROM "__idempotency" WHERE created < ?', (time.time() - KEPT_SECONDS,))
    stored = database.row(
        'SELECT request, status, headers, body FROM "__idempotency" WHERE user = ? AND key = ?', (ctx.user, hashed)
    )
    if stored is not None:
        return _replayed(stored, request, key)
    user, told = ctx.user, len(ctx.headers)
    database.execute(
        'INSERT INTO "__idempotency" (user, key, request, created) VALUES (?, ?, ?, ?)',
        (user, hashed, request, time.time()),
    )
    try:
        response = answer()
    except BaseException:
        ctx.rollback()
        _forget(ctx, user, hashed)
        raise
    headers = [(name, value) for name, value in [*response.headers, *ctx.headers[told:]] if name != "Content-Length"]
    if (
        response.status_code >= 400
        or getattr(response, "is_streamed", False)
        or any(name == "Set-Cookie" for name, _ in headers)
    ):
        _forget(ctx, user, hashed)
    else:
        body = _sealed(response.data, key) if len(response.data) <= MAX_ANSWER else None
        values = (response.status_code, json.dumps(headers), body, user, hashed)
        database.execute(
            'UPDATE "__idempotency" SET status = ?, headers = ?, body = ? WHERE user = ? AND key = ?', values
        )
        room.make(ctx, len(body or b""))
    return response


def _sealed(text: bytes, key: str) -> bytes:
    """Text that only the key opens."""
    salt = secrets.token_bytes(SALT)
    return salt + _mixed(text, salt, key)


def _opened(sealed: bytes, key: str) -> bytes:
    return _mixed(sealed[SALT:], sealed[:SALT], key)


def _mixed(text: bytes, salt: bytes, key: str) -> bytes:
    """Text with what the key and the salt give, bit by bit: done twice, it is the text again."""
    stream = hashlib.shake_256(salt + key.encode()).digest(len(text))
    return (int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(text), "big")


def fingerprint(ctx: Context) -> str:
    """The hash of what must be the same in a repeat.

    Method, path, query, body, and how far the caller's token reaches.
    """
    request = ctx.request
    scopes = None if ctx.scopes is None else sorted(ctx.scopes)
    head = json.dumps([request.method, request.path, request.environ.get("QUERY_STRING", ""), scopes])
    return hashlib.sha256(head.encode() + b"\n" + request.body).hexdigest()


def _replayed(stored: tuple[str, int | None, str, bytes | None], request: str, key: str) -> Response:
    made_by, status, headers, body = stored
    if made_by != request:
        raise IdempotencyKeyReusedError.told(
            "This Idempotency-Key came with another request before. A new request needs a new key"
        )
    if status is None:
        raise IdempotencyKeyInUseError.told(
            "The request with this Idempotency-Key has not ended, or was interrupted. Look what it did before you "
            "send it under a new key"
        )
    if body is None:
        raise IdempotencyKeyInUseError.told(
            "The request with this Idempotency-Key was done before. Its answer was too large to be kept, or is kept no "
            "more: read what it wrote"
        )
    return Response(_opened(bytes(body), key), status, [*json.loads(headers), ("Idempotency-Replayed", "true")])


def _forget(ctx: Context, user: str, key: str) -> None:
    """Take the key's row back. A rollback has done so already, unless the app's code had committed before."""
    if ctx.store.database.row('SELECT 1 FROM "__idempotency" WHERE user = ? AND key = ?', (user, key)) is not None:
        with ctx.store.database.transaction():
            ctx.store.database.execute('DELETE FROM "__idempotency" WHERE user = ? AND key = ?', (user, key))
