"""A site in one archive: the database as it was at one moment, and the files that it knew then.

    backup.tar.gz   manifest.json   {"made": …, "database": {"size": …, "sha256": …}, "files": 12, "lost": []}
                    site.db         opens by itself
                    files/ab/ab12…  by the hash of their content

The copy is made in one read transaction, so that writers neither wait for it nor make it start again. The key of
encrypted Password fields is not in it: whoever finds a backup does not find them too.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from glob import escape as glob_escape
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote as url_quote

from ...errors import DoesNotExistError
from ...sqlite import owner_only
from ...sqlite.database import Database, DatabaseRefused
from ...sqlite.file import NoRoomError
from ...utils import now, now_datetime
from ...version import VERSION
from ..files.contents import content_place

try:
    import fcntl
except ImportError:  # Windows: what a killed backup left stays there
    fcntl = None  # type: ignore[assignment]

MANIFEST, DATABASE = "manifest.json", "site.db"
TRIES = 3
"""How often a copy is made anew because a file of it was deleted meanwhile."""

_FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_LOCK = "lock"
_CHECK_SECONDS = 6 * 3600.0
_BLOCK = 1 << 20
_MOST_MANIFEST = 1 << 26
_UNREADABLE = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error)
_FULL = (errno.ENOSPC, errno.EDQUOT)

Manifest = dict[str, Any]
OnProgress = Callable[[int, int], None]


def file_name(database: str, mark: str = "") -> str:
    """What a backup of the database is called, by the time; `mark` says what made it."""
    return f"{Path(database).stem}-{now_datetime():%Y-%m-%d-%H%M%S}{mark}.tar.gz"


# --- making one ------------------------------------------------------------------------------------------


def write(database: str, target: IO[bytes], compressed: bool = True, progress: OnProgress | None = None) -> Manifest:
    """Write an archive of the site into an open file; its manifest.

    Raises DatabaseRefused if the database is damaged.
    """
    with _workplace(database) as folder:
        lost = _copy(database, folder, progress)
        copy = folder / DATABASE
        check_copy(copy, database, "quick_check")
        contents = [each for each in sorted((folder / "files").rglob("*")) if each.is_file()]
        manifest = {
            "frappe_lite": VERSION, "made": now(), "database": {"size": copy.stat().st_size, "sha256": _hash_of(copy)},
            "files": len(contents), "lost": lost,
        }  # fmt: skip
        text = folder / MANIFEST
        text.write_text(json.dumps(manifest, indent=1))
        with _tar(target, compressed) as tar:
            for path in (text, copy, *contents):
                tar.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)
    return manifest


def write_file(database: str, target: Path, progress: OnProgress | None = None) -> Manifest:
    """Write an archive under its name: complete, or absent. One named .tar is not compressed.

    Raises as `write`; NoRoomError for a disk that is full.
    """
    try:
        with _workplace(str(target.with_name(Path(database).name))) as folder:
            partial = folder / target.name
            with open(partial, "xb", opener=owner_only.opener) as file:  # everything is in it
                manifest = write(database, file, target.suffix != ".tar", progress)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, target)
    except (OSError, sqlite3.Error, DatabaseRefused) as error:
        if _is_full(error):
            raise NoRoomError(f"{database} cannot be backed up: the disk has no room for it") from None
        raise
    sync_folder(target.absolute().parent)
    return manifest


def _tar(target: IO[bytes], compressed: bool) -> tarfile.TarFile:
    return (
        tarfile.open(fileobj=target, mode="w:gz", compresslevel=1)
        if compressed
        else tarfile.open(fileobj=target, mode="w")
    )


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing about this machine: its users' names are nobody's business."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode, entry.mtime = 0o600, int(entry.mtime)
    return entry


@contextlib.contextmanager
def _workplace(database: str) -> Iterator[Path]:
    """A folder beside the database, so that files can be linked there and moved from there; gone afterwards."""
    prefix, parent = f".{Path(database).name}-work-", Path(database).absolute().parent
    for left in parent.glob(f"{glob_escape(prefix)}*"):
        _sweep(left)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as name:
        folder = Path(name)
        with open(folder / f"{_LOCK}.new", "wb") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
                os.rename(lock.name, folder / _LOCK)  # nobody who sweeps finds one that is not held yet
            yield folder


def _sweep(folder: Path) -> None:
    """Remove what a backup left that was killed: the system took its lock away with it."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError), open(folder / _LOCK, "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)


def _copy(database: str, folder: Path, progress: OnProgress | None) -> list[str]:
    """Copy the database and link the files that it names; the hashes of those that are gone for good."""
    copy = folder / DATABASE
    lost: list[str] = []
    for _ in range(TRIES):
        snapshot(database, copy, progress)
        lost = [each for each in _hashes(copy) if not _take_file(database, each, folder)]
        if not set(lost) - set(_hashes(database) if lost else ()):
            break  # none is missing, or the database names them still and `check` says so too
    return lost


def open_to_read(path: str | Path) -> sqlite3.Connection:
    """A connection of its own that cannot write: whatever transaction the caller is in stays untouched."""
    return sqlite3.connect(f"file:{url_quote(os.path.abspath(path))}?mode=ro", uri=True, isolation_level=None)


def snapshot(database: str, target: Path, progress: OnProgress | None = None) -> None:
    """Copy the database as it is now. The open read keeps the copy from starting again at each commit of others."""
    target.unlink(missing_ok=True)
    try:
        owner_only.create(str(target))
        with contextlib.closing(open_to_read(database)) as source, contextlib.closing(sqlite3.connect(target)) as copy:
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(
                copy,
                pages=1024,
                progress=(lambda _status, left, total: progress(total - left, total)) if progress else None,
            )
    except sqlite3.Error as error:
        kind = NoRoomError if _is_full(error) else DatabaseRefused
        raise kind(f"{database} cannot be copied: {error}") from None


def _is_full(error: BaseException) -> bool:
    """Whether the disk is full, as the system or SQLite says it."""
    return getattr(error, "errno", None) in _FULL or "disk is full" in str(error)


def _hashes(database: str | Path) -> list[str]:
    """The contents that lie in the folder of files, as the database names them."""
    with contextlib.closing(open_to_read(database)) as sqlite:
        tables = {
            row[0] for row in sqlite.execute("SELECT name FROM sqlite_master WHERE name IN ('__file', 'tabFile')")
        }
        if "tabFile" not in tables:
            return []
        inside = ' AND content_hash NOT IN (SELECT hash FROM "__file")' if "__file" in tables else ""
        return [
            row[0]
            for row in sqlite.execute(f"SELECT DISTINCT content_hash FROM \"tabFile\" WHERE content_hash <> ''{inside}")
        ]


def _take_file(database: str, content_hash: str, folder: Path) -> bool:
    try:
        source = content_place(database, content_hash)
    except DoesNotExistError:  # a row that names no content of ours; `check` tells of it
        return False
    target = folder / "files" / content_hash[:2] / content_hash
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        return False
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
    return True


def _hash_of(path: Path) -> str:
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive power loss, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- taking one back -------------------------------------------------------------------------------------


def manifest_of(source: Path) -> Manifest:
    """What an archive says of itself, at its beginning. Raises DatabaseRefused for one that does not."""
    try:
        with tarfile.open(source, "r:*") as tar:
            entry = tar.next()
            content = tar.extractfile(entry) if entry is not None and entry.name == MANIFEST else None
            return _manifest(content.read(_MOST_MANIFEST) if content is not None else b"")
    except _UNREADABLE as error:
        raise DatabaseRefused(f"{source} is no backup of frappe_lite, or is damaged{_why(error)}") from None


_ASKED: dict[tuple[str, ...], type] = {
    ("made",): str, ("files",): int, ("database", "size"): int, ("database", "sha256"): str,
}  # fmt: skip


def _manifest(text: bytes) -> Manifest:
    """Raises ValueError for one that lacks what is asked of it, or has it as another kind."""
    manifest: Manifest = json.loads(text)
    for path, kind in _ASKED.items():
        value: Any = manifest
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if type(value) is not kind:  # true and false are no numbers
            raise ValueError(f"its manifest does not say {' '.join(path)}")
    return manifest


def restore(source: Path, database: Path, force: bool = False, progress: OnProgress | None = None) -> Manifest:
    """Put an archive, or a plain copy of a database, in a database's place. What was there stays as `….replaced`.

    Raises DatabaseRefused, with nothing changed, for one that is damaged or of another program, for a place that is
    taken, without `force`, and for a disk that is full. `progress` gets the bytes of the archive that were read, and
    how many there are.
    """
    if not source.is_file():
        raise DatabaseRefused(f"there is no file {source}")
    if database.exists() and not force:
        raise DatabaseRefused(
            f"{database} is there already; --force puts the backup in its place and keeps it as "
            f"{database.name}.replaced"
        )
    if not database.absolute().parent.is_dir():
        raise DatabaseRefused(f"{database.absolute().parent} is not a folder, so nothing can be restored there")
    with _workplace(str(database)) as folder:
        manifest = _unpack(source, folder, progress or (lambda _done, _all: None))
        check_copy(folder / DATABASE, f"{source}: its database", "integrity_check")
        for path in sorted((folder / "files").rglob("*")):
            if path.is_file():
                place = content_place(str(database), path.name)
                owner_only.make_folder(place.parent)
                os.replace(path, place)
        _put_aside(database)
        os.replace(folder / DATABASE, database)
    sync_folder(database.absolute().parent)
    return manifest


def _unpack(source: Path, folder: Path, progress: OnProgress) -> Manifest:
    with open(source, "rb") as file:
        if file.read(16) == b"SQLite format 3\0":
            owner_only.create(str(folder / DATABASE))
            shutil.copyfile(source, folder / DATABASE)
            return {
                "files": 0,
                "lost": [],
                "made": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(source.stat().st_mtime)),
            }
    total = source.stat().st_size
    try:
        with open(source, "rb") as opened, tarfile.open(fileobj=opened, mode="r:*") as tar:
            for entry in tar:
                _unpack_entry(tar, entry, folder, source, lambda: progress(opened.tell(), total))
    except _UNREADABLE as error:
        if _is_full(error):
            raise NoRoomError(f"{source} cannot be unpacked: the disk has no room for what is in it") from None
        raise DatabaseRefused(f"{source} is no backup of frappe_lite, or is damaged{_why(error)}") from None
    try:
        manifest = _manifest((folder / MANIFEST).read_bytes())
        whole = manifest["database"]["sha256"] == _hash_of(folder / DATABASE) and manifest["files"] == sum(
            each.is_file() for each in (folder / "files").rglob("*")
        )
    except (OSError, ValueError) as error:
        raise DatabaseRefused(f"{source} is no backup of frappe_lite, or not a whole one ({error})") from None
    if not whole:
        raise DatabaseRefused(f"{source} is damaged: its content is not what its manifest says")
    return manifest


def _why(error: BaseException) -> str:
    """What was found, but for what tarfile says of a file that is no archive: each way in which it is none."""
    return "" if "could not be opened successfully" in str(error) else f" ({error})"


def _unpack_entry(
    tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path, source: Path, told: Callable[[], None]
) -> None:
    """Only what a backup holds, and only under names of our own making."""
    named = _FILE.fullmatch(entry.name)
    content = tar.extractfile(entry) if entry.isreg() else None
    if content is None or not (named or entry.name in (MANIFEST, DATABASE)):
        raise DatabaseRefused(f"{source} is no backup of frappe_lite: it holds {entry.name}")
    place = folder / entry.name
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "wb", opener=owner_only.opener) as target:
        while block := content.read(_BLOCK):
            target.write(block)
            told()
        target.flush()
        os.fsync(target.fileno())
    if named and _hash_of(place) != named[2]:
        raise DatabaseRefused(f"{source} is damaged: {entry.name} has another content than its name says")


def check_copy(path: Path, what: str, pragma: str) -> None:
    """Raises DatabaseRefused unless the file is a whole database of ours. Nobody else has it open."""
    try:
        database = Database(path, query_seconds=_CHECK_SECONDS)
    except DatabaseRefused as error:  # it names the copy, of which nobody knows
        raise DatabaseRefused(str(error).replace(str(path), what)) from None
    with contextlib.closing(database) as opened:
        found = "holds no site" if opened.is_new else opened.rows(f"PRAGMA {pragma}(1)")[0][0]
    if found != "ok":
        raise DatabaseRefused(f"{what} is damaged, or {found}")
    for rest in ("-wal", "-shm", "-lock"):
        Path(f"{path}{rest}").unlink(missing_ok=True)


def _put_aside(database: Path) -> None:
    """Move what is there out of the way, its log with it: a log beside another database would be played into it."""
    if not database.exists():
        return
    with contextlib.suppress(DatabaseRefused):  # a damaged one is moved as it is
        Database(database).close()
    for rest in ("", "-wal", "-shm"):
        old, kept = Path(f"{database}{rest}"), Path(f"{database}.replaced{rest}")
        kept.unlink(missing_ok=True)
        if old.exists():
            os.replace(old, kept)
