"""Backups that are kept beside the database: made, listed, taken away and deleted from the web page. For System
Managers.

They stand in `DATABASE-backups/`, as archives that `frappe-lite restore` reads; putting one in the database's place is
a command, for it ends the server that would do it. `restoring.py` restores them to new files, `scheduled.py` has them
made by the clock.

    POST /api/method/frappe_lite.backups.make    ->  {"name": "site-2026-11-24-081500.tar.gz", "size": 81920, …}
    GET  /api/method/frappe_lite.backups.list    ->  {"folder": "/srv/site.db-backups", "backups": [{…}]}
    GET  /api/method/frappe_lite.backups.download?name=site-….tar.gz    ->  the archive
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import stat
from collections.abc import Iterator
from pathlib import Path

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import DoesNotExistError, DuplicateEntryError, StorageFullError, ValidationError
from ...sqlite import owner_only
from ...sqlite.file import DatabaseRefused, NoRoomError
from ...utils import cstr
from ...values import Values
from ...whitelist import method
from .status import require_system_manager

ENDING = ".tar.gz"
_BLOCK = 1 << 18


def folder_of(ctx: Context) -> Path:
    """Where the site's backups stand. Raises PermissionError; ValidationError for a site that keeps none."""
    require_system_manager(ctx)
    if reason := why_not(ctx):
        raise ValidationError.told(reason)
    return Path(f"{ctx.store.database.path}-backups").absolute()


def why_not(ctx: Context) -> str:
    """Why the site keeps no backups; empty where it does."""
    if not ctx.store.database.path:
        return (
            "A site without a file is saved by the tools of its database server, or copied into a file: "
            "frappe-lite copy"
        )
    if ctx.store.database.in_memory:
        return "A site in memory keeps no backups: they would end with it. Download one"
    return ""


def _described(file: Path) -> Values:
    found = file.stat()
    made = datetime.datetime.fromtimestamp(found.st_mtime).strftime("%Y-%m-%d %H:%M:%S")
    return {"name": file.name, "size": found.st_size, "made": made}


def every(folder: Path) -> list[Path]:
    """The archives in a folder, the newest first. Others may be deleted meanwhile, by people and by the clock."""
    found = []
    for each in folder.glob(f"*{ENDING}") if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            about = each.stat()
            if stat.S_ISREG(about.st_mode):
                found.append((about.st_mtime_ns, each.name, each))
    return [each for _, _, each in sorted(found, reverse=True)]


def named(ctx: Context, name: object) -> Path:
    """One that is listed: a name is compared, and never becomes part of a path. Raises DoesNotExistError."""
    found = next((each for each in every(folder_of(ctx)) if each.name == cstr(name)), None)
    if found is None:
        raise DoesNotExistError.told(f"There is no backup {cstr(name)[:100]}")
    return found


@contextlib.contextmanager
def told(file: Path) -> Iterator[None]:
    """What is wrong with an archive or a database, as an error of a request: it names the file and no folder."""
    try:
        yield
    except DatabaseRefused as error:
        kind = StorageFullError if isinstance(error, NoRoomError) else ValidationError
        raise kind.told(cstr(error).replace(str(file), file.name)) from None


@method("frappe_lite.backups.list", methods=["GET"])
def backups(ctx: Context) -> Values:
    """The backups that are kept, the newest first, their folder, and the database that they are of; or why not."""
    require_system_manager(ctx)
    if reason := why_not(ctx):
        return {"folder": None, "database": None, "backups": [], "why_not": reason}
    folder = folder_of(ctx)
    database, found = str(Path(ctx.store.database.path).absolute()), []
    for each in every(folder):
        with contextlib.suppress(FileNotFoundError):
            found.append(_described(each))
    return {"folder": str(folder), "database": database, "backups": found}


@method("frappe_lite.backups.make", methods=["POST"])
def make(ctx: Context) -> Values:
    """Make one while the site is served. Raises DuplicateEntryError if one was made within the same second;
    StorageFullError.
    """
    folder = folder_of(ctx)
    archive = importlib.import_module(f"{__package__}.archive")  # tarfile makes each start longer
    owner_only.make_folder(folder)
    target: Path = folder / archive.file_name(ctx.store.database.path)
    if target.exists():
        raise DuplicateEntryError.told(f"{target.name} was made just now")
    with told(Path(ctx.store.database.path)):
        archive.write_file(ctx.store.database.path, target)
    return _described(target)


@method("frappe_lite.backups.remove", methods=["POST", "DELETE"])
def remove(ctx: Context, name: str) -> None:
    """Delete one. Raises DoesNotExistError."""
    named(ctx, name).unlink(missing_ok=True)  # another was quicker


@method("frappe_lite.backups.download", methods=["GET"])
def download(ctx: Context, name: str) -> Response:
    """One as a download. Raises DoesNotExistError."""
    file = named(ctx, name)
    response = Response(_blocks(file), mimetype="application/gzip")
    response.headers["Content-Length"] = str(file.stat().st_size)
    response.headers["Cache-Control"] = "no-store"
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block
