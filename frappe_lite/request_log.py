"""API logging: each API request becomes an API Request Log document, if System Settings says so.

Buffered: a request only appends to a list. A timer, a full buffer, a reader of the log and the shutdown write it out;
what cannot be written is dropped with a line in the log, and fails no request.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time

from .context import Context
from .errors import FrappeError
from .site import Site
from .utils import cint, now, random_name
from .values import Values

FLUSH_SECONDS = 1.0
FLUSH_ENTRIES = 200
_DAY = 86400.0


class RequestLog:
    """The log entries of a site that are not written yet."""

    def __init__(self, site: Site):
        self.site = site
        self._entries: list[dict[str, object]] = []
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None
        self._cleaned = 0.0
        site.pending["API Request Log"] = self.flush
        site.extensions.on_close.append(self.flush)

    def add(self, ctx: Context, status: int, seconds: float) -> None:
        """Remember a request."""
        request, moment = ctx.request, now()
        entry = {
            "name": random_name(), "owner": ctx.user, "modified_by": ctx.user, "creation": moment, "modified": moment,
            "docstatus": 0, "idx": 0,
            "path": request.path[:140], "method": request.method[:140], "user": ctx.user, "status": status,
            "duration": round(seconds * 1000, 3), "request_id": ctx.request_id, "remote_address": request.remote_addr,
        }  # fmt: skip
        with self._lock:
            self._entries.append(entry)
            full = len(self._entries) >= FLUSH_ENTRIES
            self._flush_later()
        if full:
            self.flush()

    def _flush_later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Write the buffered entries. If another thread is doing so, wait for it: on return everything is written."""
        if self.site.database.writing:  # in the middle of somebody's transaction: not now
            with self._lock:
                self._flush_later()
            return
        with self._flushing:
            with self._lock:
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
                entries, self._entries = self._entries, []
            if entries:
                self._write(entries)

    def _write(self, entries: list[Values]) -> None:
        ctx = self.site.new_context()
        try:
            meta = ctx.meta("API Request Log")
            with self.site.database.transaction():
                self.site.database.execute_many(
                    meta.insert_sql, [[entry.get(column) for column in meta.columns] for entry in entries]
                )
                self._drop_old(ctx)
        except FrappeError as error:
            logging.getLogger("frappe_lite").warning("%d entries of the request log were lost: %s", len(entries), error)

    def _drop_old(self, ctx: Context) -> None:
        """Once an hour, delete what is older than the setting says."""
        moment = time.monotonic()
        if self._cleaned and moment - self._cleaned < 3600:
            return
        self._cleaned = moment
        days = cint(ctx.setting("api_request_log_days")) or 30
        self.site.database.execute('DELETE FROM "tabAPI Request Log" WHERE creation < ?', (_days_ago(days),))


def _days_ago(days: int) -> str:
    return (datetime.datetime.now() - datetime.timedelta(days=days)).isoformat(" ")
