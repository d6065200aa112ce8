"""What the web page asks of the database: how large it is, how it grew, and a backup to download. For System Managers.

A sample of the size is kept once a day: the first request of a day has it written beside the requests, in the site's
thread pool. Sites in memory keep none.

    GET  /api/method/frappe_lite.database.status   ->  {path, size, wal_size, files_size, documents: […], growth: […]}
    POST /api/method/frappe_lite.database.backup   ->  site-2026-11-24-081500.tar.gz
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import FrappeError, PermissionError, ValidationError
from ...query import quote
from ...site import Site
from ...sqlite.database import Database
from ...utils import nowdate
from ...values import Values
from ...whitelist import method

COUNTED = 10_000
"""Documents that are counted one by one; of more the highest row id is told, which deleted documents make too high."""

TABLE = 'CREATE TABLE IF NOT EXISTS "__growth" (date TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID'
GROWTH_DAYS = 30
KEPT_DAYS = 400
_DAY = 86400
_BLOCK = 1 << 18


def attach(site: Site) -> None:
    """Keep a sample of the size each day."""
    if not site.database.in_memory:
        site.extensions.before.append(Sampler(site))


class Sampler:
    """Notices the first request of a day."""

    def __init__(self, site: Site):
        self.site, self.day = site, 0

    def __call__(self, _ctx: Context) -> None:
        """Have the day's sample written, if this is the day's first request."""
        day = int(time.time()) // _DAY
        if day != self.day:
            self.day = day
            self.site.run_later("Administrator", keep_sample, {"site": self.site})


def keep_sample(site: Site) -> None:
    """Keep today's size, unless the day has one. A busy or read-only database loses the sample, and nothing else."""
    with contextlib.suppress(FrappeError):
        database = site.database
        database.execute(TABLE)
        database.execute(
            'INSERT INTO "__growth" VALUES (?, ?) ON CONFLICT (date) DO NOTHING', (nowdate(), database.size())
        )
        database.execute('DELETE FROM "__growth" WHERE date < ?', (_days_ago(KEPT_DAYS),))


def _days_ago(days: int) -> str:
    return (datetime.date.fromisoformat(nowdate()) - datetime.timedelta(days=days)).isoformat()


def _size(path: str | Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


@method("frappe_lite.database.status", methods=["GET"])
def status(ctx: Context) -> Values:
    """Sizes in bytes, documents of each DocType (`exact` says if they were counted), the size on each of the last 30
    days.
    """
    require_system_manager(ctx)
    database = ctx.store.database
    size = database.size()
    sql = (
        "SELECT coalesce(sum(size), 0) FROM (SELECT max(file_size) AS size FROM \"tabFile\" WHERE content_hash <> '' "
        "GROUP BY content_hash) AS sizes"
    )
    return {
        "path": database.place, "size": size, "wal_size": _size(f"{database.path}-wal"),
        "files_size": database.value(sql),
        "documents": _counts(ctx), "growth": _growth(database, size),
    }  # fmt: skip


def _counts(ctx: Context) -> list[Values]:
    database, found = ctx.store.database, []
    tables = set(ctx.store.document_tables())
    for (doctype,) in database.rows('SELECT name FROM "tabDocType" WHERE istable = 0 ORDER BY name'):
        table = f"tab{doctype}"
        if table in tables:
            counted = database.value(
                f"SELECT count(*) FROM (SELECT 1 FROM {quote(table)} LIMIT {COUNTED + 1}) AS counted"
            )
            exact = counted <= COUNTED
            found.append(
                {
                    "doctype": doctype,
                    "count": counted if exact else database.value(f"SELECT max(rowid) FROM {quote(table)}"),
                    "exact": exact,
                }
            )
    return sorted(found, key=lambda each: -each["count"])


def _growth(database: Database, size: int) -> list[Values]:
    today = nowdate()
    kept: list[Any] = []
    if "__growth" in database.tables():
        kept = database.rows(
            'SELECT date, size FROM "__growth" WHERE date > ? AND date < ? ORDER BY date',
            (_days_ago(GROWTH_DAYS), today),
        )
    return [{"date": date, "size": each} for date, each in [*kept, (today, size)]]


@method("frappe_lite.database.backup", methods=["POST"])
def backup(ctx: Context) -> Response:
    """The site in one archive, as a download. Raises ValidationError where its database is no file."""
    require_system_manager(ctx)
    if not ctx.store.database.path:
        raise ValidationError.told(
            "A site without a file is saved by the tools of its database server, or copied into a file: "
            "frappe-lite copy"
        )
    # Not before it is needed: tarfile makes each start longer
    archive = importlib.import_module(f"{__package__}.archive")
    database = ctx.store.database
    file = tempfile.TemporaryFile(dir=Path(database.path).absolute().parent)  # noqa: SIM115 - closed with the response
    try:
        archive.write(database.path, file)
        length = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = Response(_blocks(file), mimetype="application/gzip", headers={"Content-Length": str(length)})
    response.headers.set("Content-Disposition", "attachment", filename=archive.file_name(database.path))
    response.call_on_close(file.close)
    return response


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def require_system_manager(ctx: Context) -> None:
    """Raises PermissionError for anybody else."""
    if "System Manager" not in ctx.roles:
        raise PermissionError.told("Only a System Manager may look after the database")
