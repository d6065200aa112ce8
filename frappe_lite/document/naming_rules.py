"""Document Naming Rules: names that the site gives to documents of a kind, whatever their DocType says.

A rule has a prefix, a counter of its own and perhaps conditions; the first one that fits, by priority, names the
document.

    {"document_type": "Task", "prefix": "D-.YYYY.-", "prefix_digits": 3}   ->   D-2026-001
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype import naming
from ..doctype.meta import DocType
from ..errors import ValidationError
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from .base_document import CANCELLED, BaseDocument

RULE = "Document Naming Rule"

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def name_by_rule(ctx: Context, meta: DocType, doc: BaseDocument) -> str | None:
    """The next name by the first of the site's rules that fits; None if none does."""
    rules: dict[str, list[Values]] = ctx.cached(("naming rules",), lambda: _rules(ctx))
    for rule in rules.get(meta.name, ()) if rules else ():
        if all(_holds(meta, doc, each) for each in rule["conditions"]):
            row = ctx.store.load_row(ctx.meta(RULE), rule["name"]) or rule
            number = cint(row["counter"]) + 1
            ctx.store.update(ctx.meta(RULE), rule["name"], {"counter": number})
            return naming.parts_of(rule["prefix"], doc) + str(number).zfill(cint(rule["prefix_digits"]))
    return None


def _rules(ctx: Context) -> dict[str, list[Values]]:
    """DocType -> its enabled rules, by descending priority."""
    found: dict[str, list[dict[str, object]]] = {}
    fields = ("name", "document_type", "prefix", "prefix_digits", "counter")
    for rule in ctx.store.find(ctx.meta(RULE), Condition("disabled = 0"), fields, order="priority DESC, creation"):
        child = ctx.meta(f"{RULE} Condition")
        rule["conditions"] = ctx.store.load_children(child, RULE, rule["name"], "conditions")
        found.setdefault(rule["document_type"], []).append(rule)
    return found


def _holds(meta: DocType, doc: BaseDocument, condition: Values) -> bool:
    field = meta.field(condition["field"])
    if field is None:
        return False
    mine, theirs = doc.get(field.fieldname), condition["value"]
    if field.type.empty is not None:
        return _COMPARED[condition["condition"]](float(mine or 0), float(field.type.cast(theirs) or 0))
    return _COMPARED[condition["condition"]](cstr(mine).lower(), cstr(theirs).lower())


def check_rule(ctx: Context, rule: BaseDocument) -> None:
    """Raises ValidationError for a condition on a field that the DocType does not have."""
    meta = ctx.meta(rule.document_type)
    for condition in rule.conditions or ():
        if not meta.has_field(condition.field):
            raise ValidationError.told(f"<strong>{condition.field}</strong> is not a field of doctype {meta.name}")


# --- names of amendments ---


def read_amended(ctx: Context, asking: Context, doc: BaseDocument) -> None:
    """Look up what a document amends, before it is named after that. Raises PermissionError."""
    original = ctx.store.load_row(doc.meta, doc.amended_from) or {}
    if original:
        permissions.require(asking, doc.meta, "read", original)
    doc.flags.amended_from_amended = bool(original.get("amended_from"))
    doc.flags.amends_nothing = original.get("docstatus") != CANCELLED


def require_amended(doc: BaseDocument) -> None:
    """Raises ValidationError if what a document amends is not cancelled. Frappe: after every other rule."""
    if doc.flags.pop("amends_nothing", False):
        raise ValidationError.told(
            f"{doc.amended_from} cannot be amended because it is not cancelled. Please cancel the document before "
            "creating an amendment."
        )
