"""Splits a query's text as a client writes it: comma lists, brackets, and names after `as`."""

from __future__ import annotations

import re

from ..errors import DataError, FrappeError, ValidationError
from ..utils import strip_html

MAX_ORDERS = 20
MAX_FIELD_LENGTH = 200
"""A field's name with its table, function and alias is never longer; longer text is not looked at."""

_ALIAS = re.compile(r"[\w: -]{1,100}\Z")


def refused_function(text: str) -> FrappeError:
    """The error, in Frappe's words, for a function that may not be given as text."""
    said = strip_html(text)
    return ValidationError.told(
        f"SQL functions are not allowed as strings in SELECT: {said}. Use dict syntax like {{'COUNT': '*'}} instead."
    )


def refused_argument(function: str) -> FrappeError:
    """The error, in Frappe's words, for a function whose argument is not a field."""
    return DataError.told(f"Use of function {function.lower()} in field is restricted")


def split_outside_brackets(text: str) -> list[str]:
    """Split text at its commas, except at those inside brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character == "," and not depth:
            parts.append(text[start:index])
            start = index + 1
        depth += (character == "(") - (character == ")")
    return [*parts, text[start:]]


def split_alias(text: str) -> tuple[str, str | None]:
    """`subject as title` -> ("subject", "title"); the alias may stand in quotes. Without one: (text, None)."""
    quoted = text.endswith(("`", "'", '"'))
    before, _, alias = text[:-1].rpartition(text[-1]) if quoted else text.rpartition(" ")
    words = before.rsplit(None, 1)
    if len(words) == 2 and words[1].lower() == "as" and _ALIAS.match(alias):
        return words[0], alias
    return text, None


def comma_list(text: object, purpose: str) -> list[str]:
    """The parts of an order or a grouping. Raises ValidationError."""
    if not isinstance(text, str):
        raise ValidationError.told(f"{purpose} is text such as 'modified desc'")
    parts = (
        [part.strip() for part in split_outside_brackets(text)] if len(text) <= MAX_ORDERS * MAX_FIELD_LENGTH else []
    )
    if len(parts) > 1 and not parts[-1]:
        parts.pop()  # Frappe: a comma at the end is none
    if len(text) > MAX_ORDERS * MAX_FIELD_LENGTH or len(parts) > MAX_ORDERS:
        raise ValidationError.told(f"Too many fields in {purpose}: at most {MAX_ORDERS} are allowed")
    if not all(parts):
        raise ValidationError.told(
            f"Invalid field format in {purpose}: {strip_html(text[:80])}. Use 'field', 'link_field.field', or "
            "'child_table.field'."
        )
    return parts
