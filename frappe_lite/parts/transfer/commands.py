"""The part's commands and their flags. The module of a command is imported when it is run, so that `serve` starts without them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

Add = Callable[..., Any]


def commands(command: Add) -> None:
    """Add backup, restore and check, pull, import and export."""
    backup = command("backup", _run("backup", "backup"), "Copy a site into one archive, while it is served.", "frappe-lite backup -o monday.tar.gz")
    backup.add_argument("-o", "--output", metavar="FILE", help="the archive; one named .tar is not compressed (default: by the time)")
    restore = command("restore", _run("backup", "restore"), "Put a backup in the database's place.", "frappe-lite restore monday.tar.gz --database site.db")
    restore.add_argument("file", metavar="FILE", help="an archive of frappe-lite backup, or a copy of a database")
    restore.add_argument("--force", action="store_true", help="even if there is a database; it is kept, with .replaced at the end of its name")


def _run(module: str, function: str) -> Callable[[Any], Any]:
    def run(parsed: Any) -> Any:
        found: Callable[[Any], Any] = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        return found(parsed)

    return run
