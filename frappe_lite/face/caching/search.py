"""`frappe.cache.ft(index)`: RediSearch, which a bench may lack. Then Redis knows none of its commands, for which apps
are prepared: they catch redis' ResponseError, and search in another way. So it is here.

    frappe.cache.ft("wiki").dropindex()     ->   ResponseError: unknown command 'FT.DROPINDEX' …; 501 if it is let go
"""

from __future__ import annotations

import functools
import importlib

from ...errors import FrappeError, UnsupportedError
from ...values import Function

ADVICE = "there is no RediSearch here; frappe.search.sqlite_search.SQLiteSearch searches the full text"


class FullText:
    """An index of RediSearch, whose every command is unknown."""

    def __init__(self, index_name: str = "idx"):
        self.index_name = index_name

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        command = f"FT.{name.replace('_', '').upper()}"

        def refuse(*_args: object, **_kwargs: object) -> None:
            raise _kind().told(f"unknown command '{command}': {ADVICE}")

        return refuse


@functools.cache
def _kind() -> type[FrappeError]:
    """What is raised: redis' own ResponseError too, where the app could import that."""
    try:
        response_error: type[Exception] = importlib.import_module("redis.exceptions").ResponseError
    except ModuleNotFoundError:
        return UnsupportedError
    return type("UnsupportedError", (UnsupportedError, response_error), {"__doc__": UnsupportedError.__doc__})
