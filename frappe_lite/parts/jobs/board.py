"""How far a job is in the middle of its transaction, for who asks meanwhile: told outside of it.

SQLite has one writer, and that is the job itself: what it says stands in a small file beside the database until it is
kept. On PostgreSQL it stands in a table of its own, written over another connection: no job reads there, and so none is
run again because of it.

    put("k3…", '{"percent": 40}')   ->   app.db-progress-k3…      get("k3…")      drop("k3…")
"""

from __future__ import annotations

import contextlib
import glob
import os
import threading
from collections.abc import Collection
from typing import Protocol

from ...errors import FrappeError
from ...site import Site
from ...sqlite import owner_only

TABLE = 'CREATE TABLE IF NOT EXISTS "__job_progress" (key TEXT PRIMARY KEY, progress TEXT NOT NULL)'


class Board(Protocol):
    """Where it stands. Nothing here fails a job: what cannot be said is not said."""

    said: set[str]
    """The jobs of this process that said something: of the others nothing need be dropped."""

    def put(self, key: str, text: str) -> None:
        """Say how far a job is."""

    def get(self, key: str) -> str | None:
        """What a job said last, unless it is kept with the job since."""

    def drop(self, key: str) -> None:
        """It is kept with the job, or the job has ended."""

    def sweep(self, running: Collection[str]) -> None:
        """Forget what jobs said that run no more: their process was killed."""


class FileBoard:
    """A file for each job that says something in its transaction."""

    def __init__(self, path: str):
        self._path, self.said = f"{path}-progress-", set[str]()

    def put(self, key: str, text: str) -> None:
        """As in `Board`; who reads meanwhile finds the whole of it, or the one before."""
        place = self._path + key
        self.said.add(key)
        with contextlib.suppress(OSError):
            with open(f"{place}.new", "w", encoding="utf-8", opener=owner_only.opener) as file:
                file.write(text)
            os.replace(f"{place}.new", place)

    def get(self, key: str) -> str | None:
        """As in `Board`."""
        try:
            with open(self._path + key, encoding="utf-8") as file:
                return file.read()
        except OSError:
            return None

    def drop(self, key: str) -> None:
        """As in `Board`."""
        self.said.discard(key)
        with contextlib.suppress(OSError):
            os.remove(self._path + key)

    def sweep(self, running: Collection[str]) -> None:
        """As in `Board`."""
        for place in glob.glob(f"{glob.escape(self._path)}*"):
            key = place.removeprefix(self._path).removesuffix(".new")
            if key not in running:
                with contextlib.suppress(OSError):
                    os.remove(place)


class TableBoard:
    """A table of the database."""

    def __init__(self, site: Site):
        self._site, self.said = site, set[str]()

    def put(self, key: str, text: str) -> None:
        """As in `Board`, over the connection of another thread: this one's is in the transaction of the job."""
        self.said.add(key)
        sql = 'INSERT INTO "__job_progress" (key, progress) VALUES (?, ?)'
        sql += " ON CONFLICT (key) DO UPDATE SET progress = excluded.progress RETURNING key"
        thread = threading.Thread(target=self._write, args=(sql, (key, text)))
        thread.start()
        thread.join()

    def _write(self, sql: str, values: tuple[str, ...]) -> None:
        with contextlib.suppress(FrappeError):
            self._site.database.rows(sql, values)  # one statement, which is a transaction of its own
        self._site.database.give_back()

    def get(self, key: str) -> str | None:
        """As in `Board`."""
        row = self._site.database.row('SELECT progress FROM "__job_progress" WHERE key = ?', (key,))
        return row[0] if row else None

    def drop(self, key: str) -> None:
        """As in `Board`."""
        self.said.discard(key)
        with contextlib.suppress(FrappeError):  # the database is away: it is dropped with the next look
            self._site.database.rows('DELETE FROM "__job_progress" WHERE key = ? RETURNING key', (key,))

    def sweep(self, running: Collection[str]) -> None:
        """As in `Board`."""
        for (key,) in self._site.database.rows('SELECT key FROM "__job_progress"'):
            if key not in running:
                self.drop(key)


def board_of(site: Site) -> Board:
    """The site's."""
    return TableBoard(site) if site.database.skip_locked else FileBoard(site.database.path)


__all__ = ["Board", "board_of"]
