"""`MATCH (columns) AGAINST ('words' IN BOOLEAN MODE)` of MariaDB, for `frappe.db.sql` on SQLite: how well a row fits.

match_against('+red cat*', 'boolean', 'Red catfish')   ->   2.0     and 0.0 for a row that does not fit
"""

from __future__ import annotations

import re

from ...utils import cstr

_TERM = re.compile(r"""(?:(?<=\s)|^)\(?([+\-~<>]?)(?:"([^"]*)"|([\w']+)(\*?))""")

_WORD = re.compile(r"[\w']+")


def match_against(searched: object, mode: object, *columns: object) -> float:
    """How often the words stand in the columns: 0 for a row that lacks a `+word` or has a `-word`.

    In boolean mode `word*` is a beginning and `"two words"` a phrase; else each word counts as it is.
    """
    text = " ".join(map(cstr, columns)).casefold()
    words, score = _WORD.findall(text), 0
    spaced = f" {' '.join(words)} "
    for sign, phrase, word, star in _terms(cstr(searched).casefold(), mode == "boolean"):
        if phrase:
            count = spaced.count(f" {' '.join(_WORD.findall(phrase))} ")
        else:
            count = sum(each.startswith(word) if star else each == word for each in words)
        if (sign == "-" and count) or (sign == "+" and not count):
            return 0.0
        score += count
    return float(score)


def _terms(text: str, is_boolean: bool) -> list[tuple[str, str, str, str]]:
    return _TERM.findall(text) if is_boolean else [("", "", word, "") for word in _WORD.findall(text)]


__all__ = ["match_against"]
