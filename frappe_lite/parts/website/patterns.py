"""Regular expressions that apps and people write for addresses, tried only where they are sure to end soon.

Python's engine tries every way in which repeats can share a text: `(a+)+` takes a second for 25 letters and a year for
50. So the ways are counted before, from what the expression is made of: repeats beside each other multiply, one within
another that it may come back to is not tried at all.

    Pattern("/docs/(.*)").match("docs/start")      ->   a match
    Pattern("(a+)+b").match("aaaa")                ->   None; it was told of in the log
"""

from __future__ import annotations

import importlib
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

log = logging.getLogger("frappe_lite")

MOST_WAYS = 30_000_000
"""How many ways are tried at most: some tenths of a second."""

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_GROUPS = ("SUBPATTERN", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP")


class NestedRepeatError(ValueError):
    """A repeat within a repeat: the ways double with each letter."""


class Pattern:
    """An expression for whole addresses, without the slashes around it. Raises re.error, NestedRepeatError."""

    def __init__(self, source: str):
        text = source.strip("/ ")
        self._compiled = re.compile(text)
        self._spans = tuple(_spans(_parser().parse(text), within=False))

    def match(self, text: str) -> re.Match[str] | None:
        """The match of the whole text; None if there is none, or if it would have to be looked for too long."""
        ways = 1
        for span in self._spans:
            ways *= min(span, len(text)) + 1
            if ways > MOST_WAYS:
                return None
        return self._compiled.fullmatch(text)


def _parser() -> ModuleType:
    """Python's own, which says what an expression is made of."""
    return importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


def _spans(items: Iterable[Any], within: bool) -> Iterator[int]:
    """How much each repeat may vary, and each choice. Raises NestedRepeatError for one that another comes back to."""
    for kind, given in items:
        name = str(kind)
        if name in _REPEATS:
            least, most, body = given
            if most != least:
                _refuse(within)
                yield int(most) - int(least)
            yield from _spans(body, within or most > 1)
        elif name == "BRANCH":
            _refuse(within)
            yield len(given[1]) - 1
            for each in given[1]:
                yield from _spans(each, within)
        elif name == "GROUPREF_EXISTS":
            _refuse(within)
            yield 1
            yield from _spans([*given[1], *(given[2] or ())], within)
        elif name in _GROUPS:
            yield from _spans(given if name == "ATOMIC_GROUP" else given[-1], within)


def _refuse(within: bool) -> None:
    if within:
        raise NestedRepeatError("a repeat within a repeat, or a choice, may never end: write it without")


@lru_cache(maxsize=500)
def pattern(source: str) -> Pattern | None:
    """The expression; None for one that is none or may never end, which is told in the log once."""
    try:
        return Pattern(source)
    except (re.error, NestedRepeatError, OverflowError, RecursionError) as error:
        log.warning("the redirect from %s is passed over: %s", source[:200], error)
        return None


__all__ = ["MOST_WAYS", "NestedRepeatError", "Pattern", "pattern"]
