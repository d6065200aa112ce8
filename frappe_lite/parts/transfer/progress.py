"""How far a long command has come: one line on standard error, if that is a terminal."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 30
EVERY = 0.1
"""Seconds between two drawings of the line."""


class Progress:
    """A line that is drawn over itself. With `total` None it counts; where nobody watches it draws nothing."""

    def __init__(self, label: str, total: int | None = None, stream: TextIO | None = None):
        self.label, self.total, self.done = label, total, 0
        self.stream = stream or sys.stderr
        self.shown = self.stream.isatty()
        self._next = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.shown:
            self._draw()
            self.stream.write("\n")

    def advance(self, by: int = 1) -> None:
        """Say that so many more are done."""
        self.to(self.done + by)

    def to(self, done: int, total: int | None = None) -> None:
        """Say how many are done."""
        self.done, self.total = done, total if total is not None else self.total
        if self.shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            self._draw()

    def _draw(self) -> None:
        if self.total:
            part = min(self.done / self.total, 1.0)
            bar = "#" * int(part * WIDTH)
            text = f"{self.label} [{bar:{WIDTH}}] {part:4.0%} {self.done:,} of {self.total:,}"
        else:
            text = f"{self.label} {self.done:,}"
        self.stream.write(f"\r{text}\x1b[K")
        self.stream.flush()
