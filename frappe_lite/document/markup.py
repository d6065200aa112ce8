"""Cleans HTML that people typed of everything that acts in a browser, once it is known not to be too large or too deep.

Nothing is lost by cleaning: a tag that is not allowed becomes text. How large and how deep HTML may be is judged by its
tags alone, before anything is made of them.

    clean('John <john@x.org> wrote <b onclick="x()">hi</b>')   ->   'John &lt;john@x.org&gt; wrote <b>hi</b>'

A browser's rules for broken HTML, which cleaning follows, cost the square of the depth, of the texts between the cells
of a table and of the entities in a text: 440 KB of nested <div> are 15 seconds. What people write stays far below the
limits.

    require_bounded("<div>" * 500)   ->   ValidationError: HTML is nested at most 200 levels deep here
"""

from __future__ import annotations

import json
import re
from collections import Counter

import nh3

from ..errors import ValidationError

MAX_LEVELS, MAX_TAGS, MAX_ENTITIES, MAX_MISPLACED = 200, 100_000, 50_000, 1_000
"""Elements in one another, tags of a text, ampersands of a text, and elements that stand in a table, but in no cell of
it."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_PASSING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li tr td th thead tbody tfoot caption "
    "colgroup".split()
)
"""Elements without an end tag, and those that people leave open: none is in another of them, with none of the rest in
between. But in drawings and formulas."""

TAGS = (nh3.ALLOWED_TAGS | frozenset(("font", "big", "section", "label", "legend", "fieldset", "video", "audio"))) - {
    "link", "meta", "base",
}  # fmt: skip
"""What stays a tag."""

ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"class", "title", "dir", "lang", "style", "align"},
    "a": {"href", "hreflang", "target"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "td": {"colspan", "rowspan", "width", "height", "valign"},
    "th": {"colspan", "rowspan", "width", "height", "valign"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "video": {"src", "controls", "width", "height"},
    "audio": {"src", "controls"},
}
STYLES = frozenset(
    """color background-color font font-family font-size font-style font-variant font-weight line-height letter-spacing
    text-align text-decoration text-indent text-transform vertical-align white-space word-break word-spacing word-wrap
    border border-bottom border-collapse border-color border-left border-radius border-right border-spacing border-style
    border-top border-width margin margin-bottom margin-left margin-right margin-top padding padding-bottom padding-left
    padding-right padding-top width height max-width max-height min-width min-height display float clear list-style-type
    table-layout""".split()
)
"""Properties of `style` that stay: what a text looks like, not where it stands, nor what it loads."""

_NAME = re.compile(r"/?([a-zA-Z][^\s/>]*)|!--")


def clean(text: str) -> str:
    """The HTML without anything that acts in a browser; tags that are not allowed become text. Raises
    ValidationError if it is too large to be cleaned."""
    require_bounded(text)
    first, *rest = text.split("<")
    told = [first, *(("<" if _is_allowed(part) else "&lt;") + part for part in rest)]
    return nh3.clean(
        "".join(told), tags=set(TAGS), attributes=ATTRIBUTES, strip_comments=False,
        generic_attribute_prefixes={"data-"},
        filter_style_properties=set(STYLES),
    )  # fmt: skip


def _is_allowed(after: str) -> bool:
    """Whether the text after `<` begins a comment or an allowed tag."""
    found = _NAME.match(after)
    return found is not None and (found[1] is None or found[1].lower() in TAGS)


_CELLS = frozenset(("td", "th", "caption"))
_ROWS = frozenset("tr thead tbody tfoot".split())
_OF_TABLES = _CELLS | _ROWS | frozenset("table col colgroup style script template form input".split())


def is_data(text: str) -> bool:
    """Whether a text is a JSON object or list, which cleaning would break. Frappe keeps any JSON, even a mere
    string; here `"<script>"` in quotes is cleaned as HTML."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def require_bounded(text: str) -> None:
    """Raises ValidationError for HTML that is too large, too deep or too broken to be cleaned in time proportional
    to its length."""
    if text.count("<") > MAX_TAGS or text.count("&") > MAX_ENTITIES:
        raise ValidationError.told(f"A text has at most {MAX_TAGS:,} tags and {MAX_ENTITIES:,} ampersands here")
    if text.count("<") > MAX_LEVELS:
        _require_shallow(text)


def _require_shallow(text: str) -> None:
    """One pass over the tags. An end tag ends something only if that is open, so that none can hide how deep the text
    is."""
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
    """Which table and cell is open, and how much text stood in a table but outside its cells: a browser moves it
    before the table."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.misplaced = 0

    def begin(self, name: str) -> None:
        """Process a start tag. Raises ValidationError if too much is misplaced."""
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
                raise ValidationError.told(
                    f"At most {MAX_MISPLACED:,} elements may stand in tables, but in no cell of them"
                )

    def end(self, name: str) -> None:
        """Process an end tag."""
        if name == "table":
            while self.open and self.open.pop() != "table":
                pass
        elif self.open and self.open[-1] != "table" and (name in _CELLS or name in _ROWS):
            self.open.pop()
