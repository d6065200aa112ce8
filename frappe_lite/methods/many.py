"""One of many documents: done in a savepoint of its own, so that one that fails does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..context import Context
from ..errors import FrappeError, message
from ..utils import cstr

log = logging.getLogger("frappe_lite")


def failure(ctx: Context, act: Callable[[], object]) -> Exception | None:
    """Do it in a savepoint of its own; why it failed, None if it succeeded.

    What failed has written and promised nothing. Raises what ends the request: a server that is busy or full.
    """
    waiting = len(ctx.after_commit)
    try:
        with ctx.store.database.atomic():
            act()
    except Exception as error:  # a bulk operation: one bad document, or a fault in an app's code, stays with itself
        if isinstance(error, FrappeError) and error.http_status >= 500:
            raise
        del ctx.after_commit[waiting:]
        ctx.touch("DocType")  # caches may hold what was just undone …
        ctx.store.bump_caches()  # … and the word of it to other processes may be undone with it
        return error
    return None


def attempt(ctx: Context, label: str, act: Callable[[], object]) -> bool:
    """Whether `act` succeeded. If not, its reason joins the messages. Raises as `failure`."""
    error = failure(ctx, act)
    if error is not None:
        tell(ctx, error, label)
    return error is None


def tell(ctx: Context, error: Exception, label: str) -> None:
    """Let an answer that is good as a whole say why one of its documents was refused. A fault in an app goes to the
    log."""
    if not isinstance(error, FrappeError):
        ctx.messages.append(_fault(label, error))
        return
    ctx.messages.extend(error.messages)
    if error.brief and ctx.version.number == 1:
        ctx.response["_error_message"] = error.brief


def _fault(label: str, error: Exception) -> dict[str, object]:
    log.error("%s failed in a bulk request", label, exc_info=error)
    return message(f"{label}: {cstr(type(error).__name__)}, an error in the app; see the log", indicator="red")
