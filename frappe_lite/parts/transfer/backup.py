"""`frappe-lite backup` and `restore`: a site in one archive, and back."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from ...sqlite import served
from ...sqlite.file import DatabaseMissing, DatabaseRefused
from . import archive
from .progress import Progress


def require(path: str) -> str:
    """The path of a database that is there. Raises DatabaseMissing."""
    if not Path(path).is_file():
        raise DatabaseMissing(f"there is no database {path}: name one with --database")
    return path


def backup(parsed: Namespace) -> None:
    """Copy the site into one archive while it is served."""
    target = Path(parsed.output or archive.file_name(parsed.database))
    if not target.absolute().parent.is_dir():
        raise DatabaseRefused(f"{target.absolute().parent} is not a folder, so no backup can be made there")
    with Progress("copied pages") as progress:
        manifest = archive.write_file(require(parsed.database), target, progress.to)
    print(
        f"{target}: the site as it was at {manifest['made'][:19]}, with {manifest['files']} files, "
        f"{target.stat().st_size:,} bytes."
    )
    if manifest["lost"]:
        print(f"{len(manifest['lost'])} files that the database names were not there; frappe-lite check lists them.")
    if Path(f"{parsed.database}-key").exists():
        print(f"The key of its Password fields, {parsed.database}-key, is not in it: keep a copy elsewhere.")


def restore(parsed: Namespace) -> None:
    """Put a backup in the database's place."""
    database = Path(parsed.database)
    there = database.exists()
    with served.kept_out(parsed.database):
        manifest = archive.restore(Path(parsed.file), database, parsed.force)
    print(f"{database} is as it was at {manifest['made'][:19]}, with {manifest['files']} files.")
    if there:
        print(f"What was there is {database}.replaced; a program that has it open must be started again.")
