"""What app code tells people and the log: `frappe.throw`, `frappe.msgprint`, `frappe.log_error`."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, NoReturn

from .. import document, utils
from ..document.base_document import BaseDocument
from ..errors import FrappeError, ValidationError, message
from ..utils import cstr, random_name
from .context import ctx


def msgprint(msg: object, title: str | None = None, raise_exception: object = None, as_table: bool = False,
             as_list: bool = False, indicator: str | None = None, alert: bool = False, primary_action: object = None,
             is_minimizable: bool = False, wide: bool = False, *,
             realtime: bool = False) -> None:  # fmt: skip
    """Send a message along with the answer; with `raise_exception`, raise it."""
    if raise_exception:
        throw(
            msg,
            raise_exception if isinstance(raise_exception, type | Exception) else ValidationError,
            title,
            indicator=indicator,
            as_list=as_list,
            as_table=as_table,
        )
    ctx().say(_text(msg, as_list, as_table), title, indicator, alert)


def _text(msg: object, as_list: bool = False, as_table: bool = False) -> str:
    if not isinstance(msg, list | tuple):
        return cstr(msg)
    if as_table:
        rows = ("".join(f"<td>{cell}</td>" for cell in row) for row in msg)
        return f"<table>{''.join(f'<tr>{cells}</tr>' for cells in rows)}</table>"
    return (
        f"<ul>{''.join(f'<li>{each}</li>' for each in msg)}</ul>"
        if as_list and len(msg) > 1
        else "<br>".join(map(cstr, msg))
    )


def throw(
    msg: object, exc: object = ValidationError, title: str | None = None, is_minimizable: bool = False,
    wide: bool = False, as_list: bool = False,
    primary_action: object = None, as_table: bool = False, indicator: str | None = None,
) -> NoReturn:  # fmt: skip
    """Refuse, with a message that the caller reads."""
    text = _text(msg, as_list, as_table)
    kind: Any = exc if isinstance(exc, type) else type(exc)
    if issubclass(kind, FrappeError):
        raise kind.told(text, title, indicator or "red")
    ctx().messages.append(message(text, title, indicator or "red", raise_exception=1))
    raise kind(text)


def clear_messages() -> None:
    """Forget the messages so far."""
    ctx().messages.clear()


def clear_last_message() -> None:
    """Forget the last message."""
    del ctx().messages[-1:]


def get_message_log() -> list[object]:
    """The messages so far."""
    return list(ctx().messages)


def get_traceback(with_context: bool = False) -> str:
    """The trace of the error that is being handled; empty without one."""
    return traceback.format_exc() if sys.exc_info()[0] else ""


def log_error(
    title: object = None,
    message: object = None,
    reference_doctype: str | None = None,
    reference_name: object = None,
    *,
    defer_insert: bool = False,
) -> BaseDocument:
    """Keep an Error Log, and write to the server's log; without a message, of the error that is being handled."""
    # Frappe: callers mix them up
    title, message = (cstr(message), cstr(title)) if "\n" in cstr(title) else (cstr(title), cstr(message))
    text = message or get_traceback() or title
    logging.getLogger("frappe_lite").error("%s: %s", title or "error", text)
    trusted = ctx().trusted()
    values = {
        "method": (title or text.strip().rpartition("\n")[2])[:140],
        "error": text,
        "reference_doctype": reference_doctype,
        "reference_name": reference_name,
        "trace_id": trusted.request_id or None,
    }
    made = document.new(trusted, {"doctype": "Error Log", "name": random_name(), **values})
    made.flags.name_set = True
    made.db_insert()
    return made


def logger(
    module: str | None = None,
    with_more_info: bool = False,
    allow_site: object = True,
    filter: object = None,
    max_size: int = 100_000,
    file_count: int = 20,
) -> logging.Logger:
    """A logger of Python's."""
    return logging.getLogger(module or "frappe_lite.app")


def set_log_level(level: int | str) -> None:
    """Log what app code tells from this level on."""
    logging.getLogger("frappe_lite.app").setLevel(level)


def errprint(msg: object) -> None:
    """Write to the log."""
    logging.getLogger("frappe_lite.app").error("%s", msg)


def _(msg: str, lang: str | None = None, context: str | None = None) -> str:
    """The text itself: there are no translations."""
    return msg


_lt = _

as_unicode = utils.cstr

__all__ = [
    "_", "_lt", "as_unicode", "clear_last_message", "clear_messages", "errprint", "get_message_log", "get_traceback",
    "log_error", "logger", "msgprint",
    "throw",
]  # fmt: skip
