"""What app code published, on its way to who serves sockets: rows of a table, that nobody keeps for long.

Written only while such a server runs, which says so in the database. A row is known by a name of its own and by its
time, not by a count: transactions of several processes are kept in any order.

    publish(ctx, "refetch", {"key": 1}, "user:ann@x.org", after_commit=True)   ->   a row when the transaction is kept
"""

from __future__ import annotations

import functools
import json
import logging
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from ...context import Context
from ...errors import FrappeError
from ...protocol import dump_json
from ...site import Site

log = logging.getLogger("frappe_lite")

TABLE = (
    'CREATE TABLE IF NOT EXISTS "__realtime" (id TEXT PRIMARY KEY, at REAL NOT NULL, event TEXT NOT NULL, '
    "message TEXT NOT NULL, room TEXT NOT NULL) WITHOUT ROWID"
)
LISTENING = "realtime"
"""The value of the site that says which servers of sockets there are, and when each was last heard of."""

ALIVE_SECONDS, KEPT_SECONDS = 120, 15
"""A server that was not heard of for so long is gone; what is older than that has been sent, or never will be."""


class Event(NamedTuple):
    """One event: its name, its message in JSON, its room."""

    name: str
    message: str
    room: str


def publish(ctx: Context, event: str, message: object, room: str, after_commit: bool) -> None:
    """Keep an event for who serves sockets, if anybody does: at once, or at the end of the transaction."""
    if not is_heard(ctx.site):
        return
    write = functools.partial(_write, ctx.site, Event(event, dump_json(message).decode(), room))
    if after_commit:
        if not any(_same(each, write) for each in ctx.after_commit):
            ctx.after_commit.append(write)
    elif ctx.store.database.writing:  # its one writer is this transaction: whatever becomes of it, then it is said
        ctx.after_commit.append(write)
        ctx.after_rollback.append(write)
    else:
        write()


def _same(one: Callable[[], None], other: functools.partial[None]) -> bool:
    return isinstance(one, functools.partial) and (one.func, one.args) == (other.func, other.args)


def _write(site: Site, event: Event) -> None:
    """A row. What cannot be kept is told in the log, and fails nobody's request."""
    database, moment = site.database, time.time()
    try:
        with database.transaction():
            database.execute('DELETE FROM "__realtime" WHERE at < ?', (moment - KEPT_SECONDS,))
            database.execute(
                'INSERT INTO "__realtime" (id, at, event, message, room) VALUES (?, ?, ?, ?, ?)',
                (secrets.token_hex(8), moment, *event),
            )
    except FrappeError as error:
        log.warning("the event %s was not sent: %s", event.name, error)


# --- who listens -------------------------------------------------------------------------------------------


def is_heard(site: Site) -> bool:
    """Whether somebody serves sockets for the site."""
    return bool(_listeners(site))


def listen(site: Site, name: str) -> None:
    """Say that a server of sockets is there; again and again, or it is forgotten."""
    with site.database.transaction():
        site.database.execute(TABLE)
        site.store.set_value(LISTENING, json.dumps({**_listeners(site), name: time.time()}))


def leave(site: Site, name: str) -> None:
    """Say that it is there no more. Others may be: a site has as many as it has machines."""
    with site.database.transaction():
        left = {each: at for each, at in _listeners(site).items() if each != name}
        site.store.set_value(LISTENING, json.dumps(left) if left else None)


def _listeners(site: Site) -> dict[str, float]:
    said = site.store.value(LISTENING)
    found = json.loads(said) if isinstance(said, str) else {}
    earliest = time.time() - ALIVE_SECONDS
    return {name: at for name, at in found.items() if at > earliest} if isinstance(found, dict) else {}


class Reader:
    """Reads each event once, in the order of their times."""

    def __init__(self, site: Site):
        self._site, self._since = site, time.time()
        self._seen: set[str] = set()

    def read(self) -> list[Event]:
        """The events that came since the last look."""
        sql = 'SELECT id, event, message, room FROM "__realtime" WHERE at >= ? ORDER BY at'
        rows = self._site.database.rows(sql, (self._since,))
        fresh = [row for row in rows if row[0] not in self._seen]
        self._seen = {row[0] for row in rows}
        return [Event(*row[1:]) for row in fresh]
