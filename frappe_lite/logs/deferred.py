"""`DeferredLog`: documents that are written after the answers that they are about, as Frappe's `deferred_insert`.

A request only appends to a list. A timer, a reader of the DocType and the shutdown write it out; what cannot be
written is dropped with a line in the server's log, and fails no request.
"""

from __future__ import annotations

import logging
import threading

from ..context import Context
from ..errors import FrappeError
from ..site import Site
from ..utils import now, random_name
from ..values import Values

FLUSH_SECONDS = 1.0


class DeferredLog:
    """The documents of one DocType that are not written yet."""

    doctype: str
    title: str
    """What the server's log calls it."""

    def __init__(self, site: Site):
        self.site = site
        self._entries: list[Values] = []
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None
        site.pending.setdefault(self.doctype, []).append(self.flush)
        site.extensions.on_close.append(self.flush)

    def defer(self, ctx: Context, values: Values) -> int:
        """Remember a document, owned by who asks. How many wait now."""
        moment = now()
        entry = {
            "name": random_name(), "owner": ctx.user, "modified_by": ctx.user, "creation": moment, "modified": moment,
            "docstatus": 0, "idx": 0, **values,
        }  # fmt: skip
        with self._lock:
            self._entries.append(entry)
            self._flush_later()
            return len(self._entries)

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
        try:
            ctx = self.site.new_context()
            meta = ctx.meta(self.doctype)
            with self.site.database.transaction():
                self.site.database.execute_many(
                    meta.insert_sql, [[entry.get(column) for column in meta.columns] for entry in entries]
                )
                self.drop_old(ctx)
        except FrappeError as error:
            logging.getLogger("frappe_lite").warning(
                "%d entries of the %s were lost: %s", len(entries), self.title, error
            )

    def drop_old(self, ctx: Context) -> None:
        """Delete what is kept no longer, in the transaction that writes. Nothing, unless a log says so."""
