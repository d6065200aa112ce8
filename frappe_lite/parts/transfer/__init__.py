"""Data taken along: pull from a Frappe, import and export, backup, restore and check; and the way to a full Frappe.

Each command is a module of the same name, imported when it is run; `status.py` has what the web page asks of the
database, `sheet.py` what it asks to make documents of rows. Commands are trusted: whoever may run one may read the
file.
"""

from __future__ import annotations

from ...site import Site
from . import backups as backups  # its methods register themselves
from . import restoring as restoring  # its methods register themselves
from . import scheduled, status
from . import sheet as sheet  # its methods register themselves
from .commands import commands


def attach(site: Site) -> None:
    """Let the site say how it grows, and back itself up by the clock."""
    status.attach(site)
    scheduled.attach(site)


__all__ = ["attach", "commands"]
