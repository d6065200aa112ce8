"""Data taken along: pull from a Frappe, import and export, backup, restore and check; and the way to a full Frappe.

Each command is a module of the same name, imported when it is run; `status.py` has what the web page asks of the
database, `sheet.py` what it asks to make documents of rows. Commands are trusted: whoever may run one may read the
file.
"""

from __future__ import annotations

from . import backups as backups  # its methods register themselves
from . import sheet as sheet  # its methods register themselves
from . import status
from .commands import commands

attach = status.attach

__all__ = ["attach", "commands"]
