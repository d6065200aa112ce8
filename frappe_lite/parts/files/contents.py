"""What files hold, kept once under the hash of what it is: in a folder beside the database, or in the database itself.

A path is made of 64 hex digits and nothing else, and never leads out of the folder, whatever a row says: rows may come
from an import, a backup or another program.

    keep_content(ctx, b"hello")  ->  "2cf24d…"  ->  site.db-files/2c/2cf24d…
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
import weakref
from functools import partial
from pathlib import Path
from typing import Any

from ...context import Context
from ...errors import DoesNotExistError, StorageFullError
from ...query import Condition
from ...site import Site
from ...sqlite import owner_only
from ...utils import random_name
from ...values import Values

SWEEP_SECONDS = 24 * 3600
_COPIES = "copies of files"
_HASH = re.compile(r"[0-9a-f]{64}")
_ENDING = re.compile(r"\.\w{1,16}", re.ASCII)


def is_hash(value: object) -> bool:
    """Whether this can be the hash of a content."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def files_folder(database: str) -> Path:
    """Where the contents of a site's files lie."""
    return Path(f"{database}-files")


def content_place(database: str, content_hash: Any) -> Path:
    """Where the content of that hash lies.

    Raises DoesNotExistError for what is no hash, and for a place that a link leads out of the folder.
    """
    if not is_hash(content_hash):
        raise DoesNotExistError.told("The file has no content here")
    within = Path(content_hash[:2], content_hash)
    folder = files_folder(database)
    if os.path.realpath(folder / within) != os.path.join(os.path.realpath(folder), within):
        raise DoesNotExistError.told("The file's content lies outside the folder of files")
    return folder / within


def begin(site: Site) -> None:
    """Make a site ready to keep contents; remove what uploads left that were killed long ago."""
    if site.database.path:
        owner_only.tighten(str(files_folder(site.database.path)))
        _sweep(files_folder(site.database.path))
    if site.files == "database":
        with site.database.transaction():
            site.database.execute(
                'CREATE TABLE IF NOT EXISTS "__file" (hash TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID'
            )


def _sweep(folder: Path) -> None:
    for left in folder.glob("*/*.partial"):
        with contextlib.suppress(OSError):  # somebody else was faster
            if time.time() - left.stat().st_mtime > SWEEP_SECONDS:
                left.unlink()


def keep_content(ctx: Context, content: bytes) -> str:
    """Store content unless it is there already; its hash.

    Written whole under a temporary name first: never half a file.
    """
    content_hash = hashlib.sha256(content).hexdigest()
    site = ctx.site
    if site.files == "database":
        site.database.execute(
            'INSERT INTO "__file" VALUES (?, ?) ON CONFLICT (hash) DO NOTHING', (content_hash, content)
        )
        return content_hash
    place = content_place(site.database.path, content_hash)
    if not place.exists():
        ctx.after_rollback.append(lambda: _unlink_unused(ctx, content_hash))
        temporary = place.with_name(f"{content_hash}.{random_name()}.partial")
        try:
            owner_only.make_folder(place.parent)
            with open(temporary, "xb", opener=owner_only.opener) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, place)
            _sync_folder(place.parent)  # else power loss may take the name, and leave the File that counts on it
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageFullError.told("The file could not be kept; nothing was written") from error
    return content_hash


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_content(site: Site, content_hash: object) -> bytes:
    """The content. Raises DoesNotExistError if it is gone."""
    if site.files == "database":
        row = (
            site.database.row('SELECT content FROM "__file" WHERE hash = ?', (content_hash,))
            if is_hash(content_hash)
            else None
        )
        if row is None:
            raise DoesNotExistError
        return bytes(row[0])
    try:
        return content_place(site.database.path, content_hash).read_bytes()
    except OSError:
        raise DoesNotExistError from None


def readable_place(site: Site, content_hash: object, ending: str = "") -> Path:
    """A file that has the content, for programs that want a path, with the ending that tells them what it is: the one
    of the folder itself, a link to it, or a copy where the database keeps contents. Links and copies are there until
    the site is closed. Raises DoesNotExistError."""
    kept = content_place(site.database.path, content_hash) if site.files != "database" else None
    if kept is not None and not (_ENDING.fullmatch(ending) and kept.exists()):
        return kept
    content = b"" if kept else read_content(site, content_hash)
    if _COPIES not in site.shelf:
        folder = site.shelf[_COPIES] = tempfile.mkdtemp(prefix="frappe_lite-files-")
        weakref.finalize(site, shutil.rmtree, folder, ignore_errors=True)
        site.extensions.on_close.append(partial(_forget_copies, site.shelf))
    place = Path(site.shelf[_COPIES], f"{content_hash}{ending if _ENDING.fullmatch(ending) else ''}")
    if not place.exists():
        half = place.with_name(random_name())  # nobody reads half of it
        half.symlink_to(kept.absolute()) if kept else half.write_bytes(content)
        half.replace(place)
    return place


def _forget_copies(shelf: Values) -> None:
    shutil.rmtree(shelf.pop(_COPIES), ignore_errors=True)


def drop_content(ctx: Context, content_hash: str) -> None:
    """Free content that no File refers to any more, once the deletion is kept. What is no hash frees nothing."""
    if not is_hash(content_hash) or _is_used(ctx, content_hash):
        return
    if ctx.site.files == "database":
        ctx.store.database.execute('DELETE FROM "__file" WHERE hash = ?', (content_hash,))
    else:
        ctx.after_commit.append(lambda: _unlink_unused(ctx, content_hash))


def _is_used(ctx: Context, content_hash: str) -> bool:
    return bool(ctx.store.find(ctx.meta("File"), Condition("content_hash = ?", (content_hash,)), limit=1))


def _unlink_unused(ctx: Context, content_hash: str) -> None:
    """As the only writer, and if it is unused still: the same content may have been uploaded again meanwhile."""
    with ctx.store.database.transaction(), contextlib.suppress(DoesNotExistError):
        if not _is_used(ctx, content_hash):
            content_place(ctx.site.database.path, content_hash).unlink(missing_ok=True)
