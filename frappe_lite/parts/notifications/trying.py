"""Conditions and texts that people write: what they raise, and how one is tried out on a document in the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import document
from ...context import Context
from ...document.base_document import BaseDocument
from ...errors import FrappeError
from ...face.templates.rendering import get_safe_globals, safe_eval
from ...utils import cstr, nowdate
from ...values import Values

FAULTS = (FrappeError, SyntaxError, TypeError, ValueError, ArithmeticError, LookupError, NameError, AttributeError)
"""What people's conditions and texts raise."""


def known_of(doc: object) -> Values:
    """What conditions and texts see, in Frappe: the document, and what is offered of `frappe` and its `utils`."""
    offered = get_safe_globals()
    return {"doc": doc, "nowdate": nowdate, "frappe": offered.frappe, "utils": offered.utils}


def holds(text: object, doc: object) -> bool:
    """Whether a condition is true of a document; an empty one is. Raises what the condition does."""
    condition = cstr(text)
    if not condition.strip():
        return True
    plain = {"doc": doc, "nowdate": nowdate}  # most conditions ask for no more, and it is made for each document
    return bool(safe_eval(condition, None, known_of(doc) if "frappe" in condition or "utils" in condition else plain))


def tried(ctx: Context, doctype: object, name: object, function: Callable[[BaseDocument], str], fault: str) -> str:
    """What comes of a document that the caller may read, or the fault in words.

    Raises PermissionError, DoesNotExistError.
    """
    found = document.load(ctx, cstr(doctype), name)
    found.check_permission("read")
    try:
        return function(found)
    except FAULTS as error:
        return f"{fault}: {error}"


def met(rule: Any, doctype: object, name: object) -> str:
    """Whether a rule's condition holds of a document: Yes or No, as Frappe says it."""
    return tried(
        rule.ctx, doctype, name, lambda doc: "Yes" if rule.meets_condition(doc) else "No",
        "Failed to evaluate conditions",
    )  # fmt: skip


__all__ = ["FAULTS", "holds", "known_of", "met", "tried"]
