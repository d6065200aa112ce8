"""How easily a password is guessed: 0 to 4, as zxcvbn counts, whom full Frappe asks.

That package (the extra `passwords`) knows names, words and passwords by the ten thousand. Without it the same scale
comes from what anybody tries first: common passwords, the user's own names, rows of the keyboard, runs, repetitions and
years.

    score("12345678")               ->  0
    score("correct horse 7")        ->  4        ann@example.com: score("ann2026", ["ann@example.com"])  ->  0
    advice("abc")                   ->  "Avoid sequences like abc or 6543 as they are easy to guess"
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterable, Iterator
from types import ModuleType

from ..values import JsonObject

LONGEST = 72
"""How much of a password is looked at: the rest makes it no worse, and zxcvbn takes no more."""

DISGUISES, MOST_DISGUISES = frozenset("4@8({[<3691!|70$5+%2"), 8
"""What zxcvbn reads as a letter, and how many of these it is given: each more doubles its work, to ten seconds."""

COMMON = """
    password passwort passw0rd pass admin administrator root user guest test login welcome hello secret letmein master
    access changeme default temp frappe erpnext qwerty qwertz azerty asdf zxcv iloveyou love monkey dragon sunshine
    princess football baseball superman batman shadow michael jordan hunter trustno starwars freedom whatever summer
    winter spring autumn monday friday computer internet google facebook samsung company office
""".split()
"""What is tried first, in small letters."""

ROWS = """
    qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm yxcvbnm 1234567890 0123456789 !@#$%^&*()
    abcdefghijklmnopqrstuvwxyz
""".split()
"""What lies side by side: keys of several keyboards, digits, the alphabet. It counts backwards too."""

FIRST = ("123456", "password", "12345678", "qwerty", "123456789", "12345", "1234", "111111", "1234567", "dragon")
"""The passwords that are met most often."""

SAID = {
    "first": "This is a top-10 common password.",
    "early": "This is a top-100 common password.",
    "common": "This is a very common password.",
    "similar": "This is similar to a commonly used password.",
    "row": "Straight rows of keys are easy to guess Try to use a longer keyboard pattern with more turns",
    "keys": "Short keyboard patterns are easy to guess Make use of longer keyboard patterns",
    "repeat": 'Repeats like "abcabcabc" are only slightly harder to guess than "abc" Try to avoid repeated words and '
    "characters",
    "sequence": "Avoid sequences like abc or 6543 as they are easy to guess",
    "year": "Recent years are easy to guess. Avoid recent years. Avoid years that are associated with you.",
    "date": "Dates are often easy to guess. Avoid dates and years that are associated with you.",
}
"""What is said of what was recognised, as Frappe's clients know it."""

_PLAIN = str.maketrans("@4301!$5", "aaeoliss")
_IN_ORDER = frozenset(row[::way] for row in ROWS if row[0] in "01" or row.startswith("abc") for way in (1, -1))
Step = tuple[int, float, str]
_STEPS = (3, 6, 8, 10)  # zxcvbn: as many powers of ten for the scores 1, 2, 3 and 4


def score(password: str, words: Iterable[object] = ()) -> int:
    """0 (guessed at once) to 4 (not by machines). `words` are the user's own: names, the address."""
    text, own = password[:LONGEST], sorted({part for word in words for part in _parts(word)})
    library = _library_for(text)
    if library is not None:
        return int(library.zxcvbn(text, own)["score"]) if text else 0
    return sum(powers(text, own) >= step for step in _STEPS)


def advice(password: str, words: Iterable[object] = ()) -> str:
    """What makes a password easy to guess: said of the longest part that is recognised. Empty where there is none."""
    text, own = password[:LONGEST], sorted({part for word in words for part in _parts(word)})
    library = _library_for(text)
    if library is not None:
        parts = [_recognised(each) for each in library.zxcvbn(text, own)["sequence"]] if text else []
    else:
        parts = list(_own_parts(text, own))
    if not parts:
        return ""
    token, kind = max(parts, key=lambda part: len(part[0]))
    if kind in ("first", "early", "common") and len(parts) > 1:
        kind = "similar"
    said = [SAID[kind]] if kind in SAID else []
    if kind in ("first", "early", "common", "similar", "word"):
        said += _case(token)
    return " ".join(said)


def _case(token: str) -> list[str]:
    """Of a word that is known in small letters. Frappe: one of digits counts as capitals."""
    if re.match(r"[A-Z][^A-Z]+$", token):
        return ["Capitalization doesn't help very much."]
    return ["All-uppercase is almost as easy to guess as all-lowercase."] if re.match(r"[^a-z]+$", token) else []


def _recognised(match: JsonObject) -> tuple[str, str]:
    """A part that zxcvbn names, and its kind here."""
    kind = pattern = str(match["pattern"])
    if pattern == "dictionary":
        rank = match["rank"]
        common = "first" if rank <= 10 else "early" if rank <= 100 else "common"
        kind = common if match["dictionary_name"] == "passwords" else "word"
    elif pattern == "spatial":
        kind = "row" if match["turns"] == 1 else "keys"
    elif pattern == "regex":
        kind = "year"
    return str(match["token"]), kind


def _parts(word: object) -> list[str]:
    return [each for each in re.split(r"[\W_]+", str(word or "").lower()) if len(each) > 2]


def _library_for(text: str) -> ModuleType | None:
    """zxcvbn, if it is installed and answers soon: anybody may ask, without signing in."""
    return _library() if len(DISGUISES.intersection(text)) <= MOST_DISGUISES else None


def _library() -> ModuleType | None:
    try:
        return importlib.import_module("zxcvbn")
    except ImportError:
        return None


def powers(text: str, own: Iterable[str] = ()) -> float:
    """How many guesses are needed, as a power of ten, by what is recognised in the text from left to right."""
    return sum(worth for _, worth, _ in _steps(text, own))


def _own_parts(text: str, own: Iterable[str]) -> Iterator[tuple[str, str]]:
    if text.lower() in FIRST:
        yield text, "first"
        return
    place = 0
    for length, _, kind in _steps(text, own):
        yield text[place : place + length], kind
        place += length


def _steps(text: str, own: Iterable[str]) -> Iterator[Step]:
    worth_of = {**dict.fromkeys(COMMON, (2.0, "common")), **dict.fromkeys(own, (0.7, "word"))}
    known = sorted(worth_of.items(), key=lambda pair: len(pair[0]), reverse=True)
    lower, place = text.lower(), 0
    while place < len(lower):
        step = _next(lower[place:], known)
        place += step[0]
        yield step


def _next(rest: str, known: list[tuple[str, tuple[float, str]]]) -> Step:
    """What the rest begins with: how long it is, what it is worth, and its kind. A character that nobody expects is
    worth one power."""
    plain = rest.translate(_PLAIN)
    for word, (worth, kind) in known:
        if rest.startswith(word) or plain.startswith(word):
            return len(word), worth, kind
    repeated = re.match(r"(.{1,4}?)\1{2,}", rest)
    if repeated:
        return len(repeated[0]), len(repeated[1]) + 0.3, "repeat"
    length, row = max((_along(rest, row), row) for row in (*ROWS, *(row[::-1] for row in ROWS)))
    if length > 2:
        return length, 1.5, "sequence" if row in _IN_ORDER else "row"
    year = re.match(r"(19|20)\d\d", rest)
    return (4, 2.0, "year") if year else (1, 1.0, "")


def _along(rest: str, row: str) -> int:
    """How many characters go along the row."""
    start = row.find(rest[:1])
    pairs = zip(rest, row[start:], strict=False) if start >= 0 else ()
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
