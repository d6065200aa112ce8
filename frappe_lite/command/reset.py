"""`frappe-lite reset`: begin anew. What is deleted is named first, and whoever types must agree."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..sqlite import served
from ..sqlite.file import APPLICATION_ID, DatabaseMissing, DatabaseRefused, check_file
from .setting_files import SettingError
from .site import missing

REST = ("-wal", "-shm", "-lock", "-global-search.db")
"""What SQLite and the store keep beside a database. Its key stays: backups cannot be read without it."""


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command."""
    text = "Delete a site: its database and its files. Asks first; backups and the key of Password fields stay."
    parser = command("reset", reset, text, "frappe-lite reset --yes")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def reset(parsed: Any) -> int:
    """Delete the database and what belongs to it. Raises DatabaseServed, DatabaseRefused for a file of another
    program."""
    path = Path(parsed.database)
    if "://" in parsed.database:
        raise DatabaseRefused(f"{parsed.database} is no file; drop that database where it is")
    if not path.exists():
        if parsed.yes:  # `make fresh` on a clean checkout: there is nothing to delete, which is what was asked for
            print(f"{path} is not there.")
            return 0
        raise DatabaseMissing(missing(parsed.database))
    with served.kept_out(parsed.database):
        if not _is_ours(path):
            check_file(parsed.database)
        if not parsed.yes and not _agreed(path):
            print("Nothing was deleted.")
            return 1
        for each in [path, *(Path(f"{path}{rest}") for rest in REST)]:
            each.unlink(missing_ok=True)
        shutil.rmtree(f"{path}-files", ignore_errors=True)
    print(f"{path} is deleted.")
    return 0


def _is_ours(path: Path) -> bool:
    """Whether the file says of itself that it is a site, however damaged the rest of it is."""
    with open(path, "rb") as file:
        return file.read(72)[68:] == APPLICATION_ID.to_bytes(4, "big")  # sqlite.org/fileformat2.html


def _agreed(path: Path) -> bool:
    if not sys.stdin.isatty():
        raise SettingError(f"reset deletes {path}, so it asks first; --yes answers for you")
    files = Path(f"{path}-files")
    return input(f"Delete {path}{f' and {files}' if files.exists() else ''}? [y/N] ").strip().lower() in ("y", "yes")
