"""Files that are watched: which of them changed, was made, or went.

Times and sizes of all of them decide, so that nothing is missed while nobody looked. watchfiles (the extra `watch`)
says when to look, as the kernel tells it; without it they are looked at four times a second, which takes 10 ms for
3,000 files.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

PERIOD = 0.25
"""Seconds between two looks, where nobody says when to look."""

AT_LEAST = 2.0
"""Seconds after which files are looked at though nothing was said: some file systems tell nobody of changes."""

SKIPPED = frozenset({"node_modules", "__pycache__", "dist"})

Seen = dict[str, tuple[int, int]]


class Watch:
    """The files below some places, but for those that a server or an editor writes."""

    def __init__(self, places: Iterable[Path], database: str):
        self.places, self.database = list(places), database
        self._seen = snapshot(self.places, database)

    def changed(self, meanwhile: Callable[[], None]) -> list[str]:
        """Wait until files change, and say which. `meanwhile` is called at each look."""
        for _ in self._looks():
            meanwhile()
            found = snapshot(self.places, self.database)
            if changed := sorted({path for path, _ in found.items() ^ self._seen.items()}):
                self._seen = found
                return changed
        return []

    def _looks(self) -> Iterator[None]:
        """Each time that it is worth a look."""
        watchfiles = _watchfiles()
        if watchfiles is None:
            while True:
                time.sleep(PERIOD)
                yield
        # The first is for what changed before the kernel was asked.
        yield
        there = [place for place in self.places if place.exists()]
        for _ in watchfiles.watch(
            *there,
            watch_filter=None,
            debounce=100,
            step=20,
            rust_timeout=int(AT_LEAST * 1000),
            yield_on_timeout=True,
            raise_interrupt=True,
        ):
            yield


def _watchfiles() -> ModuleType | None:
    if importlib.util.find_spec("watchfiles") is None:
        return None
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of each change, and so does who looks
    return importlib.import_module("watchfiles")


def snapshot(look: Iterable[Path], database: str) -> Seen:
    """The times and sizes of all files there, but for those that a server or an editor writes."""
    found: Seen = {}
    own = os.path.abspath(database)
    for place in look:
        for path, entry in _walk(str(place)):
            if not os.path.abspath(path).startswith(own):
                found[path] = (entry.st_mtime_ns, entry.st_size)
    return found


def _walk(place: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        if not os.path.isdir(place):
            yield place, os.stat(place)
            return
        with os.scandir(place) as entries:
            for each in entries:
                if each.name.startswith(".") or each.name in SKIPPED:
                    continue
                if each.is_dir(follow_symlinks=False):
                    yield from _walk(each.path)
                elif not each.name.endswith(("~", ".pyc", ".swp", ".tmp")):
                    yield each.path, each.stat()
    except FileNotFoundError:
        return  # deleted while it was looked at
