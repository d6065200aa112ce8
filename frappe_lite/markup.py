"""How large and how deep HTML may be, judged by its tags alone, before anything is made of them.

A browser's rules for broken HTML, which cleaning follows, cost the square of the depth, of the texts between the cells
of a table and of the entities in a text: 440 KB of nested <div> are 15 seconds. What people write is far below the limits.

    require_bounded("<div>" * 500)   ->   ValidationError: HTML is nested at most 200 levels deep here
"""

from __future__ import annotations

import re
from collections import Counter

from .errors import ValidationError

MAX_LEVELS, MAX_TAGS, MAX_ENTITIES, MAX_MISPLACED = 200, 100_000, 50_000, 1_000
"""Elements in one another, tags and ampersands of a text, and elements that stand in a table, but in no cell of it."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_PASSING = frozenset(
    "area base br col embed hr img input link meta param source track wbr "  # have no end tag
    "p li tr td th thead tbody tfoot caption colgroup".split()  # are left open by people
)
"""Elements of which none is in another without one of the rest in between. In drawings and formulas they are."""

_CELLS = frozenset(("td", "th", "caption"))
_ROWS = frozenset("tr thead tbody tfoot".split())
_OF_TABLES = _CELLS | _ROWS | frozenset("table col colgroup style script template form input".split())


def require_bounded(text: str) -> None:
    """Raises ValidationError for HTML that takes more time to clean than its length would."""
    if text.count("<") > MAX_TAGS or text.count("&") > MAX_ENTITIES:
        raise ValidationError.told(f"A text has at most {MAX_TAGS:,} tags and {MAX_ENTITIES:,} ampersands here")
    if text.count("<") > MAX_LEVELS:
        _require_shallow(text)


def _require_shallow(text: str) -> None:
    """One pass over the tags. An end tag ends only what is open, so that none can hide how deep the text is."""
    levels, open_, folded = 0, Counter[str](), text.lower()
    tables = _Tables() if "<table" in folded else None
    passing = frozenset[str]() if "<svg" in folded or "<math" in folded else _PASSING
    for match in _TAG.finditer(text):
        end, name = match[1], match[2].lower()
        if tables is not None:
            tables.end(name) if end else tables.begin(name)
        if name in passing:
            continue
        if not end:
            open_[name] += 1
            levels += 1
            if levels > MAX_LEVELS:
                raise ValidationError.told(f"HTML is nested at most {MAX_LEVELS} levels deep here")
        elif open_[name]:
            open_[name] -= 1
            levels -= 1


class _Tables:
    """Which table and cell is open; and how much stood in a table, but in no cell: that is moved before the table."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.misplaced = 0

    def begin(self, name: str) -> None:
        """A start tag. Raises ValidationError if too much is misplaced."""
        if name == "table":
            self.open.append(name)
        elif self.open and (name in _CELLS or name in _ROWS):
            if self.open[-1] != "table":
                self.open.pop()
            if name in _CELLS:
                self.open.append(name)
        elif self.open and self.open[-1] == "table" and name not in _OF_TABLES:
            self.misplaced += 1
            if self.misplaced > MAX_MISPLACED:
                raise ValidationError.told(f"At most {MAX_MISPLACED:,} elements may stand in tables, but in no cell of them")

    def end(self, name: str) -> None:
        """An end tag."""
        if name == "table":
            while self.open and self.open.pop() != "table":
                pass
        elif self.open and self.open[-1] != "table" and (name in _CELLS or name in _ROWS):
            self.open.pop()
