"""One of many documents: done in a savepoint of its own, so that one that fails does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..context import Context
from ..errors import FrappeError, message
from ..utils import cstr

log = logging.getLogger("frappe_lite")


def attempt(ctx: Context, label: str, act: Callable[[], object]) -> bool:
    """Whether `act` succeeded.

    If not, what it wrote is undone and its reason joins the messages; a server that is busy or full ends the request.
    """
    waiting = len(ctx.after_commit)
    try:
        with ctx.store.database.atomic():
            act()
    except Exception as error:  # the edge of one document: a fault in an app's code stays with it
        if isinstance(error, FrappeError) and error.http_status >= 500:
            raise
        del ctx.after_commit[waiting:]
        ctx.touch("DocType")  # caches may hold what was just undone …
        ctx.store.bump_caches()  # … and the word of it to other processes may be undone with it
        tell(ctx, error, label)
        return False
    return True


def tell(ctx: Context, error: Exception, label: str = "") -> None:
    """Let an answer that is good as a whole say why one of its documents was refused."""
    if not isinstance(error, FrappeError):
        ctx.messages.extend([_fault(label, error)] if label else [])
        return
    ctx.messages.extend(error.messages)
    if error.brief and ctx.version.number == 1:
        ctx.response["_error_message"] = error.brief


def _fault(label: str, error: Exception) -> dict[str, object]:
    log.error("%s failed in a bulk request", label, exc_info=error)
    return message(f"{label}: {cstr(type(error).__name__)}, an error in the app; see the log", indicator="red")
