"""Filters joined by words: `[["a", "=", 1], "or", ["b", "=", 2]]`, also nested in brackets.

joined([A, "or", B, "and", C], compiled)   ->   (A or B) and C: from left to right, as Frappe joins them
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..errors import ValidationError
from .operators import Condition, all_of, any_of

_JOINED: dict[str, Callable[[Iterable[Condition]], Condition]] = {"and": all_of, "or": any_of}

MAX_DEPTH = 8
"""Brackets in brackets."""


def has_words(filters: object) -> bool:
    """Whether filters are joined by `and` or `or` anywhere."""
    return isinstance(filters, list | tuple) and (is_joined(filters) or any(map(is_joined, filters)))


def with_words(filters: Any, word: str) -> list[object]:
    """The filters with a joining word between each two that have none."""
    if is_joined(filters):
        return list(filters)
    return [part for each in filters for part in (word, each)][1:]


def is_joined(filters: object) -> bool:
    """Whether these are conditions with `and` or `or` between them."""
    if not isinstance(filters, list | tuple) or len(filters) < 3 or not isinstance(filters[0], list | tuple):
        return False
    return isinstance(filters[1], str) and filters[1].lower() in _JOINED


def flattened(filters: Any, depth: int = 0) -> list[object]:
    """The conditions inside all brackets, to be counted. Raises ValidationError for brackets that are too deep or
    misplaced words."""
    if depth > MAX_DEPTH:
        raise ValidationError.told(f"Filters are nested {MAX_DEPTH} deep at most")
    if len(filters) % 2 == 0 or not all(isinstance(each, list | tuple) for each in filters[::2]):
        raise ValidationError.told("Between two filters stands 'and' or 'or'")
    if not all(isinstance(word, str) and word.lower() in _JOINED for word in filters[1::2]):
        raise ValidationError.told("Between two filters stands 'and' or 'or'")
    found: list[object] = []
    for each in filters[::2]:
        found += flattened(each, depth + 1) if is_joined(each) else [each]
    return found


def joined(filters: Any, compiled: Callable[[object], Condition]) -> Condition:
    """The condition that joined filters mean together."""
    parts = [joined(each, compiled) if is_joined(each) else compiled(each) for each in filters[::2]]
    found = parts[0]
    for word, part in zip(filters[1::2], parts[1:], strict=True):
        found = _JOINED[word.lower()]([found, part])
    return found
