"""How much a text that people typed may cost: work, time, and the size of what it makes. For templates and expressions.

Nothing is measured after the fact: an operation whose result would be too large is refused before it is done.

    Budget().spend(1000)            operate("*", "a", 10 ** 9)  ->  ValidationError
"""

from __future__ import annotations

import math
import operator
import re
import string
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...errors import ValidationError

MAX_LENGTH = 1_000_000
"""Characters and items that one value may hold, through and through."""

MAX_BITS = 10_000
"""Of a whole number."""

MAX_WORK = 10_000_000
"""Characters, items and steps altogether; a step counts for STEP, an item for ITEM."""

STEP, ITEM = 10, 4

MAX_ITEMS = 100_000
"""Of a range, and of what is read from a generator."""

SECONDS = 5.0

_LONG_FORMAT = re.compile(r"\d{4}|\*")
_CONVERSION = re.compile(r"%(?:\(\w*\))?[^a-zA-Z%]*[a-zA-Z%]")


def too_much(what: str) -> ValidationError:
    """The error for what is refused."""
    error = ValidationError.told(f"This asks for too much: {what}")
    assert isinstance(error, ValidationError)
    return error


class Budget:
    """What is left for one template or expression."""

    def __init__(self, work: int = MAX_WORK, seconds: float = SECONDS):
        self._left, self._steps = work, 0
        self._deadline = time.monotonic() + seconds

    def spend(self, amount: int = 0) -> None:
        """Raises ValidationError if it is used up."""
        self._left -= amount + STEP
        self._steps += 1
        if self._left < 0:
            raise too_much("more work than a template or expression may do")
        if self._steps % 256 == 0 and time.monotonic() > self._deadline:
            raise too_much("more time than a template or expression may take")

    def measured(self, value: object) -> Any:
        """The value, if it is not too large; it is paid for."""
        self.spend(measure(value))
        return value

    def each(self, values: Iterable[object]) -> Iterator[object]:
        """The values one by one, each a step."""
        for value in values:
            self.spend()
            yield value

    def text(self, value: object) -> str:
        """The value as text."""
        self.measured(value)
        return value if isinstance(value, str) else str(value)


def measure(value: object) -> int:
    """Characters and items of a value, through and through. Raises ValidationError above MAX_LENGTH."""
    if isinstance(value, str):
        total, waiting = len(value), []
    else:
        total, waiting = 1, [value]
    while waiting and total <= MAX_LENGTH:
        each = waiting.pop()
        if isinstance(each, str | bytes):
            total += len(each)
        elif isinstance(each, Mapping):
            total += ITEM * len(each)
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple | set | frozenset):
            total += ITEM * len(each)
            waiting += each
        elif isinstance(each, range):
            total += len(each)
        elif isinstance(each, int) and each.bit_length() > MAX_BITS:
            raise too_much(f"a whole number of more than {MAX_BITS} bits")
        else:
            total += 1
    if total > MAX_LENGTH:
        raise too_much(f"a value of more than {MAX_LENGTH:,} characters or items")
    return total


def require_length(length: float) -> None:
    """Raises ValidationError for a result that would be too long."""
    if length > MAX_LENGTH:
        raise too_much(f"a value of more than {MAX_LENGTH:,} characters or items")


# --- operators -------------------------------------------------------------------------------------------


def _is_sized(value: object) -> bool:
    return isinstance(value, str | bytes | list | tuple)


def _bits(value: object) -> int:
    return value.bit_length() if isinstance(value, int) else 0


def _require_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise too_much(f"a whole number of more than {MAX_BITS} bits")


def _add(left: object, right: Any) -> object:
    if _is_sized(left):
        require_length(measure(left) + measure(right))
    return left + right


def _multiply(left: object, right: Any) -> object:
    for sized, times in ((left, right), (right, left)):
        if _is_sized(sized) and isinstance(times, int):
            require_length(measure(sized) * max(times, 0))
    _require_bits(_bits(left) + _bits(right))
    return left * right


def _power(left: object, right: Any) -> object:
    if isinstance(left, int) and isinstance(right, int):
        _require_bits(max(_bits(left), 1) * abs(right) if abs(left) > 1 else 0)
    return left**right


def _modulo(left: object, right: Any) -> object:
    if not isinstance(left, str | bytes):
        return left % right
    pattern = left if isinstance(left, str) else left.decode("latin-1")
    conversions = _CONVERSION.findall(pattern)
    if any(_LONG_FORMAT.search(each) for each in conversions):
        raise too_much("a width of more than 999 characters")
    require_length(len(pattern) + len(conversions) * (measure(right) + 999))
    return left % right


def _shift(left: object, right: Any) -> object:
    _require_bits(_bits(left) + (right if isinstance(right, int) else 0))
    return left << right


OPERATORS: dict[str, Callable[[object, object], object]] = {
    "+": _add, "-": operator.sub, "*": _multiply, "/": operator.truediv, "//": operator.floordiv, "%": _modulo,
    "**": _power,
    "<<": _shift, ">>": operator.rshift, "|": operator.or_, "&": operator.and_, "^": operator.xor,
}  # fmt: skip
"""Python's operators, each with its bound."""


def operate(symbol: str, left: object, right: object) -> object:
    """The result of an operator. Raises ValidationError where it would be too large."""
    return OPERATORS[symbol](left, right)


# --- texts ------------------------------------------------------------------------------------------------


def formatted(text: str, *args: object, **kwargs: object) -> str:
    """`str.format` with values by number or name, and widths below 1000.

    No way into a value, and none back out of its format.
    """
    parts: list[str] = []
    counted = 0
    for literal, field, spec, conversion in string.Formatter().parse(text):
        parts.append(literal)
        if field is None:
            continue
        if not re.fullmatch(r"\w*", field) or field.startswith("_") or conversion not in (None, "s"):
            raise ValidationError.told(f"This is not allowed in a format: {{{field[:40]}}}")
        if field.isdecimal() or not field:
            value: object = args[int(field) if field else counted]
            counted += not field
        else:
            value = kwargs[field]
        parts.append(with_spec(value, spec or ""))
        require_length(sum(map(len, parts)))
    return "".join(parts)


def with_spec(value: object, spec: str) -> str:
    """A value in a format such as `,.2f` or `%d.%m.%Y`."""
    if _LONG_FORMAT.search(spec) or "{" in spec or len(spec) > 100:
        raise ValidationError.told(f"This is not allowed in a format: {spec[:40]}")
    measure(value)
    return format(
        value if isinstance(value, str | int | float) or hasattr(value, "strftime") or not spec else str(value), spec
    )


def replaced(text: str, old: str, new: str, count: int = -1) -> str:
    """`str.replace`, if the result is not too long."""
    found = text.count(old) if count < 0 else min(text.count(old), count)
    require_length(len(text) + found * len(new))
    return text.replace(old, new, count)


def joined(separator: str, items: Iterable[object]) -> str:
    """`str.join`, if the result is not too long."""
    parts = [str(each) for each in items]
    require_length(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def padded(method: str) -> Callable[..., str]:
    """`str.center` and its kind, if the result is not too long."""

    def pad(text: str, width: int, *fill: str) -> str:
        require_length(width)
        found: str = getattr(text, method)(width, *fill)
        return found

    return pad


def bounded_range(*limits: int) -> range:
    """`range` of at most MAX_ITEMS numbers."""
    found = range(*limits)
    if len(found) > MAX_ITEMS:
        raise too_much(f"a range of more than {MAX_ITEMS:,} numbers")
    return found


def rounded(number: Any, digits: Any = None) -> object:
    """`round`, to a sensible number of digits."""
    return round(number, None if digits is None else int(math.copysign(min(abs(digits), 400), digits)))
