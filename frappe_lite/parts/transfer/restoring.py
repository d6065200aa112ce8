"""Backups restored to a new file: each a site of its own beside the one that is served, to look into. For System
Managers.

They stand in `DATABASE-restored/`, for their owner alone. A job writes one, outside of any transaction, and looks
through it as `frappe-lite restore` and `check` do. Such a copy is quiet: what waited to be sent or run when the backup
was made is not sent nor run by it, and nothing in it goes by the clock.

    site.db-restored/monday/    site.db, site.db-files/…    restored.json {"backup": …, "made": …, "documents": 512, …}

    POST /api/method/frappe_lite.backups.restore {"name": "site-….tar.gz", "new_name": "monday"}  ->  202 {"job_id": …}
    POST /api/method/frappe_lite.backups.remove_restored {"name": "monday"}
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from ...context import Context, current
from ...document.kept_defaults import SITE, key_of
from ...errors import DoesNotExistError, DuplicateEntryError, StorageFullError, ValidationError
from ...face.jobs.enqueueing import get_job
from ...face.jobs.job import OPEN
from ...face.realtime import publish_progress
from ...query import quote
from ...sqlite import owner_only, served
from ...sqlite.database import Database, DatabaseRefused
from ...utils import cstr, now
from ...values import Values
from ...whitelist import method
from ..jobs.status import promised
from .backups import ENDING, folder_of, named, told, why_not
from .status import require_system_manager

ABOUT, DATABASE = "restored.json", "site.db"
MOST = 12
"""How many copies stand beside a site."""

SECONDS = 6 * 3600
"""How long the job may take."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LOOKED = 90
"""Percent of a job that are unpacking; what is left is to look through it."""


def place_of(ctx: Context) -> Path:
    """The folder of the copies. Raises as `folder_of`."""
    folder_of(ctx)
    return _folder(ctx)


def _folder(ctx: Context) -> Path:
    return Path(f"{ctx.store.database.path}-restored").absolute()


def _job_id(name: str) -> str:
    return f"restore-{name}"


def _all(ctx: Context) -> list[Path]:
    folder = place_of(ctx)
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(each for each in found if _NAME.fullmatch(each.name) and each.is_dir() and not each.is_symlink())


@method("frappe_lite.backups.restored", methods=["GET"])
def restored(ctx: Context) -> list[Values]:
    """The copies by name, with what is known of each; `unfinished` ones are being written by `job_id`, or were.

    None where the site keeps no backups.
    """
    require_system_manager(ctx)
    return [] if why_not(ctx) else [_described(each) for each in _all(ctx)]


def _described(place: Path) -> Values:
    about: Values = {}
    with contextlib.suppress(OSError, ValueError):
        about = json.loads((place / ABOUT).read_text())
    job = None if about else get_job(_job_id(place.name))
    return {
        **about, "name": place.name, "database": str(place / DATABASE), "unfinished": not about,
        "job_id": job.job_id if job is not None and job.status in OPEN else None,
    }  # fmt: skip


# --- made ------------------------------------------------------------------------------------------------


@method("frappe_lite.backups.restore", methods=["POST"])
def restore(ctx: Context, name: str, new_name: str = "") -> Values:
    """Let a job restore a backup to a new file: `{job_id, name}`; `new_name` is letters, digits, `-` and `_`.

    Raises DoesNotExistError; DuplicateEntryError for a name that is taken; ValidationError for one that is none, for
    what is no backup, and if there are a dozen copies already; StorageFullError.
    """
    file, folder = named(ctx, name), place_of(ctx)
    wanted = cstr(new_name) or re.sub(r"[^A-Za-z0-9]+", "-", file.name.removesuffix(ENDING)).strip("-")[:64]
    if not _NAME.fullmatch(wanted):
        raise ValidationError.told("A restored site is called by 1 to 64 letters, digits, - and _: monday")
    if len(_all(ctx)) >= MOST:
        raise ValidationError.told(f"There are {MOST} restored sites already: delete one that you have looked into")
    _require_room(file)
    owner_only.make_folder(folder)
    place = folder / wanted
    try:
        place.mkdir(0o700)  # whoever makes it has the name
    except FileExistsError:
        raise DuplicateEntryError.told(f"{wanted} is there already: choose another name, or delete it") from None
    ctx.after_rollback.append(lambda: _discard(place))
    ctx.response["http_status_code"] = 202
    job = promised(
        ctx, write, f"Restore {file.name} to {wanted}", name=file.name, new_name=wanted, job_id=_job_id(wanted),
        timeout=SECONDS,
    )  # fmt: skip
    return {**job, "name": wanted}


def _require_room(file: Path) -> None:
    with told(file):
        manifest = importlib.import_module(f"{__package__}.archive").manifest_of(file)
    needed = manifest["database"]["size"] + file.stat().st_size  # of the files it says no size: they are packed in it
    free = shutil.disk_usage(file.parent).free
    if free < needed:
        raise StorageFullError.told(
            f"{file.name} needs {needed / 1e6:,.1f} MB when it is restored, and the disk has {free / 1e6:,.1f} MB"
        )


def write(name: str, new_name: str) -> Values:
    """What the job does: the copy, looked through; what is in it. What fails leaves nothing."""
    ctx = current.get()
    place = _folder(ctx) / new_name
    try:
        file = named(ctx, name)
        ctx.commit()  # the copy takes as long as it takes: no transaction waits for its end
        with told(file):
            about = _write(file, place)
    except BaseException:
        _discard(place)
        raise
    publish_progress(100, title=f"Restore {file.name}")
    return {"name": new_name, "database": str(place / DATABASE), **about}


def _write(file: Path, place: Path) -> Values:
    archive, check = (importlib.import_module(f"{__package__}.{each}") for each in ("archive", "check"))
    said = -1

    def progress(done: int, total: int) -> None:
        nonlocal said
        percent = _LOOKED * done // max(1, total)
        if percent > said:
            said = percent
            publish_progress(percent, title=f"Restore {file.name}", description="is unpacked")

    owner_only.make_folder(place)
    manifest = archive.restore(file, place / DATABASE, force=True, progress=progress)
    publish_progress(_LOOKED, title=f"Restore {file.name}", description="is looked through")
    path = str(place / DATABASE)
    found = list(check.findings(path))
    _quieten(path)
    wrong = [str(each) for each in found if each.wrong]
    about = {
        "backup": file.name, "made": manifest["made"][:19], "restored": now()[:19], "documents": _documents(path),
        "files": manifest["files"], "size": sum(each.stat().st_size for each in place.rglob("*") if each.is_file()),
        "errors": len(wrong), "notes": len(found) - len(wrong), "first_error": wrong[0] if wrong else None,
    }  # fmt: skip
    with open(place / ABOUT, "w", encoding="utf-8", opener=owner_only.opener) as said_of_it:
        json.dump(about, said_of_it)
    return about


def _quieten(path: str) -> None:
    """Let a copy send nothing and run nothing by itself: who looks into it means no harm."""
    with contextlib.closing(Database(path)) as database, database.transaction():
        tables = database.tables()
        for table, keys, values in (
            ("tabSingles", ("doctype", "field"), ("System Settings", "enable_scheduler", "0")),
            ("__site", ("key",), (key_of(SITE, "suspend_email_queue"), "1")),
        ):
            if table in tables:
                columns = ", ".join((*keys, "value"))
                marks = ", ".join("?" * len(values))
                database.execute(
                    f"INSERT INTO {quote(table)} ({columns}) VALUES ({marks}) "
                    f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET value = excluded.value",
                    values,
                )
        if "__job" in tables:
            database.execute("DELETE FROM \"__job\" WHERE status IN ('queued', 'started')")


def _documents(path: str) -> int:
    """How many documents a site has; child rows are none."""
    archive: Any = importlib.import_module(f"{__package__}.archive")
    with contextlib.closing(archive.open_to_read(path)) as sqlite:
        tables = {row[0] for row in sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        names = sqlite.execute('SELECT name FROM "tabDocType" WHERE istable = 0').fetchall()
        return sum(
            sqlite.execute(f"SELECT count(*) FROM {quote(f'tab{name}')}").fetchone()[0]
            for (name,) in names
            if f"tab{name}" in tables
        )


# --- taken away ------------------------------------------------------------------------------------------


@method("frappe_lite.backups.remove_restored", methods=["POST", "DELETE"])
def remove_restored(ctx: Context, name: str) -> None:
    """Delete a copy. Raises DoesNotExistError; ValidationError while it is written, and while it is served."""
    place = next((each for each in _all(ctx) if each.name == cstr(name)), None)
    if place is None:
        raise DoesNotExistError.told(f"There is no restored site {cstr(name)[:100]}")
    if _described(place)["job_id"]:
        raise ValidationError.told(f"{place.name} is being written: wait for its job, or cancel it")
    try:
        with served.kept_out(str(place / DATABASE)):
            _discard(place)
    except DatabaseRefused as error:
        raise ValidationError.told(cstr(error).replace(str(place / DATABASE), place.name)) from None


def _discard(place: Path) -> None:
    """Take away what there is of a copy; what says that it is whole goes first."""
    with contextlib.suppress(OSError):
        os.remove(place / ABOUT)
    shutil.rmtree(place, ignore_errors=True)


__all__ = ["remove_restored", "restore", "restored", "write"]
