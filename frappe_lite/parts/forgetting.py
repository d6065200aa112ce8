"""What one process forgets of `frappe.cache`, the others that serve the site forget too.

Values stay in the process that keeps them, where Frappe has Redis between all. What must not stay old is told: a
deletion is a row of a table, written in the transaction that deletes, and read with the first look into the cache of a
request. So whoever sees what was changed does not see what was cached of it before.

    frappe.cache.delete_value("members")  ->  __cache_gone ("…", "w1", 1767312060.0, '[["key", "members"]]')
"""

from __future__ import annotations

import fnmatch
import json
import secrets
import time
from collections.abc import Callable, Mapping

from ..context import Context
from ..face.caching.cache import NEWS, Values
from ..site import Site

TABLES = (
    'CREATE TABLE IF NOT EXISTS "__cache_gone" (id TEXT PRIMARY KEY, process TEXT NOT NULL, at REAL NOT NULL, gone '
    "TEXT NOT NULL)",
    'CREATE INDEX IF NOT EXISTS "__cache_gone_at" ON "__cache_gone" (at)',
)

OVERLAP = 30.0
"""Seconds before the last look that are looked at again: who wrote first may have committed last."""

KEPT = 86400.0
"""Seconds after which nobody needs to be told any more."""

HEARD = "cache news heard"
"""Of a request: that it has looked."""


def attach(site: Site) -> None:
    """Let the processes of a server, and its workers, hear of each other."""
    site.extensions.on_start.append(lambda settings: _start(site, settings))


def _start(site: Site, settings: Mapping[str, object]) -> None:
    if site.database.path and ("workers" in settings or settings.get("is_worker")):
        start(site)


def start(site: Site, clock: Callable[[], float] = time.time) -> CacheNews:
    """Tell and hear from here on."""
    if "__cache_gone" not in site.database.tables():
        with site.database.transaction():
            for statement in TABLES:
                site.database.execute(statement)
    made = site.shelf[NEWS] = CacheNews(site, clock)
    return made


class CacheNews:
    """What a process tells of its cache, and hears of those of others."""

    def __init__(self, site: Site, clock: Callable[[], float]):
        self.site, self.clock, self.process = site, clock, secrets.token_hex(8)
        self._since, self._heard = clock(), dict[str, float]()
        self._swept = self._since

    def tell(self, gone: list[list[str]]) -> None:
        """Say what is forgotten: with what the request has written, or at once if it has written nothing."""
        now, database = self.clock(), self.site.database
        values = (secrets.token_hex(12), self.process, now, json.dumps(gone))
        sql = 'INSERT INTO "__cache_gone" (id, process, at, gone) VALUES (?, ?, ?, ?)'
        if database.writing:
            database.execute(sql, values)
            return
        with database.soon(), database.transaction():
            database.execute(sql, values)
            if now - self._swept > KEPT / 24:
                self._swept = now
                database.execute('DELETE FROM "__cache_gone" WHERE at < ?', (now - KEPT,))

    def hear(self, ctx: Context, values: Values) -> None:
        """Forget what others have forgotten, once in a request."""
        if HEARD in ctx.transaction.kept:
            return
        ctx.transaction.kept[HEARD] = True
        now = self.clock()
        sql = 'SELECT id, at, gone FROM "__cache_gone" WHERE at > ? AND process <> ?'
        for name, at, gone in self.site.database.rows(sql, (self._since - OVERLAP, self.process)):
            if name not in self._heard:
                self._heard[name] = at
                for each in json.loads(gone):
                    _forget(values, *each)
        self._since = now
        if len(self._heard) > 1000:
            self._heard = {name: at for name, at in self._heard.items() if at > now - 2 * OVERLAP}


def _forget(values: Values, kind: str, name: str, key: str = "") -> None:
    if kind == "like":
        for each in fnmatch.filter(list(values), name):
            values.pop(each, None)
    elif kind == "key":
        values.pop(name, None)
    elif name in values and isinstance(values[name][1], dict):
        values[name][1].pop(key, None)


__all__ = ["CacheNews", "attach", "start"]
