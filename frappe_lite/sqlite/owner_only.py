"""Files that are their owner's alone, whatever the umask: a database, its key, its log, uploads, backups.

open(path, "wb", opener=owner_only.opener)     a new file is 0600 before a byte is in it
owner_only.tighten(path)                       one that was there before gives up what others may
"""

from __future__ import annotations

import contextlib
import os
import stat

OTHERS = 0o077
"""What the group and everybody else may."""


def opener(path: str, flags: int) -> int:
    """For `open(…, opener=…)`: a file that is made belongs to its owner only."""
    return os.open(path, flags, 0o600)


def create(path: str) -> None:
    """Make an empty file, unless something has the name already."""
    with contextlib.suppress(OSError):  # whoever opens it next says what is wrong
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600))


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder and those above it that are not there."""
    above = os.path.dirname(os.fspath(path))
    if above and not os.path.isdir(above):
        make_folder(above)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)


def tighten(*paths: str) -> None:
    """Take from others what they may on these files and folders. One that is somebody else's stays as it is."""
    for path in paths:
        with contextlib.suppress(OSError):  # it is not there, or the disk cannot
            found = os.stat(path)
            mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
            if mine and found.st_mode & OTHERS and (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                os.chmod(path, stat.S_IMODE(found.st_mode) & ~OTHERS)
