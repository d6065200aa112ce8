"""How easily a password is guessed: 0 to 4, as zxcvbn counts, whom full Frappe asks.

That package (the extra `passwords`) knows names, words and passwords by the ten thousand. Without it the same scale comes
from what anybody tries first: common passwords, the user's own names, rows of the keyboard, runs, repetitions and years.

    score("12345678")               ->  0
    score("correct horse 7")        ->  4        ann@example.com: score("ann2026", ["ann@example.com"])  ->  0
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterable
from typing import Any

LONGEST = 128
"""How much of a password is looked at: the rest makes it no worse."""

COMMON = """
    password passwort passw0rd pass admin administrator root user guest test login welcome hello secret letmein master access
    changeme default temp frappe erpnext qwerty qwertz azerty asdf zxcv iloveyou love monkey dragon sunshine princess football
    baseball superman batman shadow michael jordan hunter trustno starwars freedom whatever summer winter spring autumn monday
    friday computer internet google facebook samsung company office
""".split()
"""What is tried first, in small letters."""

ROWS = """
    qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm yxcvbnm 1234567890 0123456789 !@#$%^&*() abcdefghijklmnopqrstuvwxyz
""".split()
"""What lies side by side: keys of several keyboards, digits, the alphabet. It counts backwards too."""

_PLAIN = str.maketrans("@4301!$5", "aaeoliss")
_STEPS = (3, 6, 8, 10)  # zxcvbn: as many powers of ten for the scores 1, 2, 3 and 4


def score(password: str, words: Iterable[Any] = ()) -> int:
    """0 (guessed at once) to 4 (not by machines). `words` are the user's own: names, the address."""
    text, own = password[:LONGEST], sorted({part for word in words for part in _parts(word)})
    library = _library()
    if library is not None:
        return int(library.zxcvbn(text, own)["score"]) if text else 0
    return sum(powers(text, own) >= step for step in _STEPS)


def _parts(word: Any) -> list[str]:
    return [each for each in re.split(r"[\W_]+", str(word or "").lower()) if len(each) > 2]


def _library() -> Any:
    try:
        return importlib.import_module("zxcvbn")
    except ImportError:
        return None


def powers(text: str, own: Iterable[str] = ()) -> float:
    """How many guesses are needed, as a power of ten, by what is recognised in the text from left to right."""
    worth_of = {**dict.fromkeys(COMMON, 2.0), **dict.fromkeys(own, 0.7)}
    known = sorted(worth_of.items(), key=lambda pair: len(pair[0]), reverse=True)
    lower, place, found = text.lower(), 0, 0.0
    while place < len(lower):
        length, worth = _next(lower[place:], known)
        place, found = place + length, found + worth
    return found


def _next(rest: str, known: list[tuple[str, float]]) -> tuple[int, float]:
    """What the rest begins with: how long it is, and what it is worth. A character that nobody expects is worth one power."""
    plain = rest.translate(_PLAIN)
    for word, worth in known:
        if rest.startswith(word) or plain.startswith(word):
            return len(word), worth
    repeated = re.match(r"(.{1,4}?)\1{2,}", rest)
    if repeated:
        return len(repeated[0]), len(repeated[1]) + 0.3
    length = max((_along(rest, row) for row in (*ROWS, *(row[::-1] for row in ROWS))), default=0)
    if length > 2:
        return length, 1.5
    year = re.match(r"(19|20)\d\d", rest)
    return (4, 2.0) if year else (1, 1.0)


def _along(rest: str, row: str) -> int:
    """How many characters go along the row."""
    start = row.find(rest[:1])
    pairs = zip(rest, row[start:], strict=False) if start >= 0 else ()
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
