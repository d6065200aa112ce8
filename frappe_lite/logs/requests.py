"""API logging: each API request becomes an API Request Log document, if System Settings says so.

Buffered as a `DeferredLog` is; a full buffer is written at once.
"""

from __future__ import annotations

import datetime
import time

from ..context import Context
from ..site import Site
from ..utils import cint
from .deferred import DeferredLog

FLUSH_ENTRIES = 200


class RequestLog(DeferredLog):
    """The log entries of a site that are not written yet."""

    doctype, title = "API Request Log", "request log"

    def __init__(self, site: Site):
        super().__init__(site)
        self._cleaned = 0.0

    def add(self, ctx: Context, status: int, seconds: float) -> None:
        """Remember a request."""
        request = ctx.request
        waiting = self.defer(ctx, {
            "path": request.path[:140], "method": request.method[:140], "user": ctx.user, "status": status,
            "duration": round(seconds * 1000, 3), "request_id": ctx.request_id, "remote_address": request.remote_addr,
        })  # fmt: skip
        if waiting >= FLUSH_ENTRIES:
            self.flush()

    def drop_old(self, ctx: Context) -> None:
        """Once an hour, delete what is older than the setting says."""
        moment = time.monotonic()
        if self._cleaned and moment - self._cleaned < 3600:
            return
        self._cleaned = moment
        days = cint(ctx.setting("api_request_log_days")) or 30
        self.site.database.execute('DELETE FROM "tabAPI Request Log" WHERE creation < ?', (_days_ago(days),))


def _days_ago(days: int) -> str:
    return (datetime.datetime.now() - datetime.timedelta(days=days)).isoformat(" ")
