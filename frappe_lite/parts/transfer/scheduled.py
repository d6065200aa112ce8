"""Backups by the clock: how often, and how many of them are kept, stand in System Settings.

`backup_limit` is Frappe's field; `backup_frequency` is called as in Frappe's settings of backups that go elsewhere, and
is one of ours. The schedule has it as Frappe's own event, with a Scheduled Job Log of each run, and an Error Log of
each that failed. Backups that people made are theirs to delete.

    System Settings {"backup_frequency": "Daily", "backup_limit": 3}  ->  site-2026-11-24-000007-scheduled.tar.gz
"""

from __future__ import annotations

import datetime
import importlib
import re
from pathlib import Path
from typing import Any

from ...context import Context, current
from ...errors import ValidationError
from ...extensions import OwnEvent
from ...face.jobs.enqueueing import is_scheduler_inactive
from ...query import Condition
from ...site import Site
from ...sqlite import owner_only
from ...utils import cint, cstr
from ...values import Values
from ...whitelist import method
from ..schedule import due, events
from ..schedule.job_type import DOCTYPE
from . import backups
from .status import require_system_manager

SETTINGS = "System Settings"
EVENT = "frappe.utils.backups.scheduled_backup"
MARK = "-scheduled"
KEPT = 3
"""How many are kept where nobody says so: Frappe's default."""


def attach(site: Site) -> None:
    """Let the schedule make backups, as often as the settings say."""
    site.extensions.own_events[EVENT] = OwnEvent(_frequency, scheduled_backup, _is_wanted)
    site.add_doc_event(SETTINGS, "validate", _check)
    site.add_doc_event(SETTINGS, "on_update", _follow)


def _frequency(ctx: Context) -> str:
    return f"{cstr(ctx.setting('backup_frequency'))} Long"  # among the jobs that may take long


def _is_wanted(ctx: Context) -> bool:
    return bool(ctx.setting("backup_frequency")) and not backups.why_not(ctx)


def _kept(ctx: Context) -> int:
    return max(1, cint(ctx.setting("backup_limit")) or KEPT)


def _check(doc: Any, _event: str = "") -> None:
    """Refuse what would never be made. Raises ValidationError."""
    if doc.backup_limit is not None and cint(doc.backup_limit) < 1:  # Frappe: it says so, and takes one
        doc.ctx.say("Number of backups must be greater than zero.")
        doc.backup_limit = 1
    before = doc.get_doc_before_save()
    if doc.backup_frequency and doc.backup_frequency != (before and before.backup_frequency):
        reason = backups.why_not(doc.ctx)
        if reason:
            raise ValidationError.told(f"{reason}: leave Backup Frequency empty")


def _follow(doc: Any, _event: str = "") -> None:
    """The schedule knows at once of another frequency."""
    before = doc.get_doc_before_save()
    if cstr(before and before.backup_frequency) != cstr(doc.backup_frequency):
        events.sync(doc.ctx)


def scheduled_backup() -> None:
    """What the schedule calls: make one, then delete the oldest of those that it made. Raises what a backup does."""
    ctx = current.get()
    folder, path = backups.folder_of(ctx), ctx.store.database.path
    keep = _kept(ctx)
    ctx.commit()  # a copy of a large file takes long: no transaction waits for its end
    archive = importlib.import_module(f"{__package__}.archive")
    owner_only.make_folder(folder)
    target: Path = folder / archive.file_name(path, MARK)
    with backups.told(Path(path)):
        archive.write_file(path, target)
    for old in made_by_the_clock(folder, path)[keep:]:
        old.unlink(missing_ok=True)  # a person was quicker


def made_by_the_clock(folder: Path, database: str) -> list[Path]:
    """Those of the schedule, the newest first by the time in their names."""
    ours = re.compile(rf"{re.escape(Path(database).stem)}-\d{{4}}-\d\d-\d\d-\d{{6}}{MARK}{re.escape(backups.ENDING)}")
    return sorted((each for each in backups.every(folder) if ours.fullmatch(each.name)), reverse=True)


@method("frappe_lite.backups.schedule", methods=["GET"])
def described(ctx: Context) -> Values:
    """How often, how many are kept, when the last and the next is made, why the last one failed; `runs` says whether
    this server follows the clock."""
    require_system_manager(ctx)
    runs = not is_scheduler_inactive()
    found: Values = {
        "frequency": cstr(ctx.setting("backup_frequency")), "keep": _kept(ctx),
        "runs": runs, "last": None, "next": None, "error": None,
    }  # fmt: skip
    columns = ("name", "last_execution", "stopped")
    rows = ctx.store.find(ctx.meta(DOCTYPE), Condition("method = ?", (EVENT,)), columns)
    if not rows:
        return found
    event = rows[0]
    found["last"] = cstr(event["last_execution"])[:19] or None
    found["runs"] = runs and not event["stopped"]
    at = due.known(ctx.site).get(event["name"]) if due.is_installed(ctx.site) else None
    if at is not None and found["runs"]:
        found["next"] = datetime.datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
    log = ctx.store.find(
        ctx.meta("Scheduled Job Log"), Condition("scheduled_job_type = ?", (event["name"],)), ("status", "details"),
        order="creation DESC", limit=1,
    )  # fmt: skip
    if log and log[0]["status"] == "Failed":
        found["error"] = cstr(log[0]["details"]).strip().rpartition("\n")[2].partition(": ")[2] or "It failed"
    return found


__all__ = ["attach", "described", "scheduled_backup"]
