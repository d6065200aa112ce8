"""What SQLite's errors mean, in ours: who may not, who must wait, what is full."""

from __future__ import annotations

import re
import sqlite3

from ..errors import (
    DatabaseBusyError,
    FrappeError,
    InReadOnlyMode,
    QueryTimeoutError,
    StorageFullError,
    ValidationError,
)


class UniqueViolation(Exception):
    """A UNIQUE constraint was violated; `column` says which."""

    def __init__(self, table: str, column: str):
        super().__init__(f"{table}.{column}")
        self.table, self.column = table, column


NOT_STORABLE = "A value cannot be stored: a number beyond 64 bits, or text that is no Unicode"
NO_VALUE = "A name or a value is text or a number, not a list or an object"

_UNIQUE = re.compile(r'UNIQUE constraint failed: (.+)\.("?)(\w+)\2\Z')

_SQLITE_MESSAGES: tuple[tuple[str, type[FrappeError], str], ...] = (
    ("interrupted", QueryTimeoutError, "The query took too long; narrow it by filters"),
    ("locked", DatabaseBusyError, "The database is busy; try again"),
    ("disk is full", StorageFullError, "The disk is full; nothing was written"),
    (
        "disk I/O error",
        StorageFullError,
        "The disk could not be read or written; look whether the change was kept before you repeat it",
    ),
    ("readonly", InReadOnlyMode, "The database cannot be written to"),
    ("too complex", ValidationError, "The pattern is too complex"),
    ("too many columns", ValidationError, "A table has at most 2000 columns"),
    ("too many SQL variables", ValidationError, "Too many values in one query"),
    ("too large", ValidationError, "A value is too large"),
    ("too big", ValidationError, "A value is too large"),
)


def translated(error: BaseException) -> BaseException:
    """A driver's error as one of ours; what nobody foresaw stays what it is."""
    text = str(error)
    if isinstance(error, sqlite3.IntegrityError):
        match = _UNIQUE.match(text)
        if match:
            return UniqueViolation(match[1].strip('"'), match[3])
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return ValidationError.told(NOT_STORABLE)
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError) and "type" in text:
        return ValidationError.told(NO_VALUE)
    if isinstance(error, sqlite3.Error):
        for part, error_class, explanation in _SQLITE_MESSAGES:
            if part in text:
                return error_class.told(explanation)
    return error
