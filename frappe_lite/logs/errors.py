"""The Error Log of requests: what code raised though nobody meant to, one document each.

Frappe (`handle_exception`, `log_error_snapshot`): an answer of 500 and above leaves one; a login, a token of a form or
a site that takes no writes is no fault of code. What the request wrote is undone, so it is written afterwards.
"""

from __future__ import annotations

import logging
import traceback

from ..context import Context
from ..errors import AuthenticationError, CSRFTokenError, InReadOnlyMode, UnsupportedError
from .deferred import DeferredLog

MOST_ENTRIES = 100
"""How many wait at most to be written: a storm of faults fills neither the memory nor the disk."""
LONGEST_TRACE = 64_000
"""Characters of a trace that are kept, from its beginning."""
LONGEST_TITLE = 140
NO_FAULTS = (AuthenticationError, CSRFTokenError, InReadOnlyMode)


class ErrorLog(DeferredLog):
    """The faults of requests that are not written yet."""

    doctype, title = "Error Log", "Error Log"

    def add(self, ctx: Context, status: int, error: BaseException) -> None:
        """Remember why a request was answered with this status, if that is a fault."""
        # What is not built is said on purpose; an app's own class of it is as any other
        if status < 500 or isinstance(error, NO_FAULTS) or type(error) is UnsupportedError:
            return
        if len(self._entries) >= MOST_ENTRIES:
            logging.getLogger("frappe_lite").warning("%s is not in the Error Log, which is full", ctx.request_id)
            return
        found = traceback.TracebackException.from_exception(error)  # which survives an error that has no text
        first_line = str(found).strip().partition("\n")[0] or type(error).__name__
        trace = _storable("".join(found.format()))[:LONGEST_TRACE]
        title = _storable(first_line)[:LONGEST_TITLE]
        self.defer(ctx, {"method": title, "error": trace, "seen": 0, "trace_id": ctx.request_id})


def _storable(text: str) -> str:
    """Text that every database takes: halves of characters and zero bytes are shown instead."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
