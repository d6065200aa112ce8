"""Whether a file is one that this program may open.

What is refused is not touched: not a byte of it, not a file beside it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
from urllib.parse import quote as url_quote

from ..errors import DatabaseBusyError, InReadOnlyMode
from . import owner_only, wal
from .writer import WriterLock

APPLICATION_ID = 0x46724C74  # "FrLt"
FORMAT_VERSION = 1
QUICK_CHECK_BYTES = 64 * 1024 * 1024
"""Above this size a start does not read the whole file."""
LEAST_ROOM = 1024 * 1024
"""Bytes below which a disk counts as full: SQLite needs some beside the file before it can read it."""
PATIENCE = 5.0
"""Seconds that a start waits for the end of another process's commit."""


class DatabaseRefused(Exception):
    """The file is not one that this program may open. The text says why; the file was not touched."""


class NoRoomError(DatabaseRefused):
    """The disk is full. What was begun is gone again."""


class DatabaseMissing(DatabaseRefused):
    """There is no such database, and who asks is none that makes one."""


def check_file(path: str) -> bool:
    """Whether the file is to be made. Raises DatabaseRefused for one that is no database."""
    if not os.path.exists(path):
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise DatabaseRefused(f"{folder} is not a folder, so {path} cannot be made there")
        return True
    if os.path.isdir(path):
        raise DatabaseRefused(f"{path} is a folder; name a file")
    if not os.path.getsize(path):
        raise DatabaseRefused(f"{path} is not an SQLite database (it is empty); name another file")
    return _check_content(path)


def keep_to_owner(path: str) -> None:
    """Make the file if it is not there, for its owner only, and take others' rights from what lies beside it.

    SQLite makes log and index after the file's likeness.
    """
    owner_only.create(path)
    owner_only.tighten(*(path + end for end in ("", "-wal", "-shm", "-lock", "-key")))


def _check_identity(path: str, application: int, version: int) -> None:
    if application != APPLICATION_ID:
        raise DatabaseRefused(f"{path} is an SQLite database of another program; name another file")
    if version > FORMAT_VERSION:
        raise DatabaseRefused(
            f"{path} was made by a newer frappe_lite (format {version}, this one knows {FORMAT_VERSION}); update "
            "the program"
        )


def _check_content(path: str) -> bool:
    """Whether a first start was killed before it wrote anything. Looks through a connection that cannot write.

    SQLite opens the file for us: to close a descriptor of our own would take the locks of this process's other
    connections.
    """
    noted = wal.acknowledged(path + "-lock")
    try:
        with contextlib.closing(sqlite3.connect(f"file:{url_quote(path)}?mode=ro", uri=True)) as sqlite:
            application, version = (
                sqlite.execute("PRAGMA application_id").fetchone()[0],
                sqlite.execute("PRAGMA user_version").fetchone()[0],
            )
            _check_log(path, noted)
            if not application and sqlite.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
                return True
            _check_identity(path, application, version)
            found = (
                sqlite.execute("PRAGMA quick_check(1)").fetchone()[0]
                if os.path.getsize(path) <= QUICK_CHECK_BYTES
                else "ok"
            )
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise DatabaseRefused(f"{path} is not an SQLite database; name another file") from None
        if "disk I/O error" in str(error):  # such as no room for the index of the log: the file may be whole
            is_full = shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free < LEAST_ROOM
            why = "the disk has no room; make some" if is_full else "the disk reports an error; look at its log"
            raise DatabaseRefused(f"{path} cannot be opened: {why}") from None
        raise DatabaseRefused(f"{path} is damaged ({error}); restore a backup") from None
    if found != "ok":
        raise DatabaseRefused(f"{path} is damaged ({found}); restore a backup")
    return False


def _check_log(path: str, noted: wal.LogState | None) -> None:
    """Raises DatabaseRefused if acknowledged commits can no longer be read."""
    missing, cut_off = wal.missing_pages(path, noted)
    if missing:
        missing, cut_off = _looked_at_again(path)
    if not missing:
        return
    if cut_off:  # power was lost, and the disk had said that it kept what it had not
        logging.getLogger("frappe_lite").error(
            "%s-wal ends early: the last %d pages that were acknowledged are not in it, nor the commits they belong to",
            path,
            missing,
        )
        return
    raise DatabaseRefused(
        f"{path}-wal is damaged: {missing} pages of acknowledged commits cannot be read. Restore a backup; or "
        f"remove {path}-lock, and what can be read is served without them"
    )


def _looked_at_again(path: str) -> tuple[int, bool]:
    """What is missing while nobody writes: in the middle of a commit the log has pages that its index does not know."""
    turn = WriterLock(path, PATIENCE, private=False)
    try:
        with contextlib.suppress(InReadOnlyMode):  # then nobody writes
            turn.acquire()
    except DatabaseBusyError:
        return 0, False  # whoever serves it, and is at work, has looked
    try:
        return wal.missing_pages(path, wal.acknowledged(path + "-lock"))
    finally:
        turn.close()
