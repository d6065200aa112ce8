"""Statements about indexes as MariaDB writes them: an index belongs to a table there, and has its name within it.

ALTER TABLE `tabTask` ADD UNIQUE INDEX one (subject, owner)   ->   Index("tabTask", "one", ("subject", "owner"), is_unique=True)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = r"[`\"]?([\w ]+?)[`\"]?"
_COLUMNS = r"\s*\(([^;]*)\)\s*;?\s*"
_PATTERNS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    (rf"\s*ALTER\s+TABLE\s+{_NAME}\s+DROP\s+(?:INDEX|KEY)\s+(?:IF\s+EXISTS\s+)?{_NAME}\s*;?\s*", "drop", (1, 2)),
    (rf"\s*DROP\s+INDEX\s+(?:IF\s+EXISTS\s+)?{_NAME}\s+ON\s+{_NAME}\s*;?\s*", "drop", (2, 1)),
    (rf"\s*ALTER\s+TABLE\s+{_NAME}\s+ADD\s+(UNIQUE\s+|FULLTEXT\s+)?(?:(?:INDEX|KEY|CONSTRAINT)\s+)?(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}(?:\s+UNIQUE)?{_COLUMNS}", "add", (1, 3, 4, 2)),
    (rf"\s*CREATE\s+(UNIQUE\s+|FULLTEXT\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s+ON\s+{_NAME}{_COLUMNS}", "add", (3, 2, 4, 1)),
)  # fmt: skip
_COMPILED = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), kind, groups) for pattern, kind, groups in _PATTERNS]


@dataclass(frozen=True)
class Index:
    """An index of a table; one without columns is to go."""

    table: str
    name: str
    columns: tuple[str, ...] = ()
    is_unique: bool = False
    is_full_text: bool = False


def parse(query: str) -> Index | None:
    """What a statement says of an index; None for any other statement."""
    for pattern, kind, groups in _COMPILED:
        match = pattern.fullmatch(query)
        if match and kind == "drop":
            return Index(match[groups[0]], match[groups[1]])
        if match:
            word = (match[groups[3]] or "").strip().upper()
            is_unique = word == "UNIQUE" or re.search(r"\bUNIQUE\s*\(", query, re.IGNORECASE) is not None
            named = re.sub(r"\(\d+\)", "", match[groups[2]]).split(",")
            columns = tuple(each.strip().split(" ")[0].strip('`"') for each in named)
            return Index(match[groups[0]], match[groups[1]], columns, is_unique, word == "FULLTEXT")
    return None
