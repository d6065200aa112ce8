"""Mails as files of a folder, in place of a server: `frappe-lite serve --mail-to mails`, for development.

Any mail program opens them. A mail of one recipient has one name, however often it is written.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from ...sqlite import owner_only


class MailFolder:
    """A folder, made when the first mail comes."""

    def __init__(self, folder: str, name: str):
        self.folder, self.name = Path(folder), name

    def send(self, _sender: str, recipient: str, message: bytes, handing_over: Callable[[], None]) -> None:
        """Write the mail for one recipient."""
        handing_over()
        owner_only.make_folder(self.folder)
        safe = re.sub(r"[^\w.@+-]", "_", recipient)[:100]
        if safe != recipient:  # another one may look the same
            safe += f"-{hashlib.sha256(recipient.encode()).hexdigest()[:8]}"
        path = self.folder / f"{self.name}-{safe}.eml"
        unfinished = path.with_suffix(".part")
        with open(unfinished, "wb", opener=owner_only.opener) as file:  # it may hold a link that signs somebody in
            file.write(message)
        os.replace(unfinished, path)

    def close(self) -> None:
        """Nothing."""


__all__ = ["MailFolder"]
