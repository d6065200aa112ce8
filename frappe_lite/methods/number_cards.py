"""`frappe.desk.doctype.number_card.number_card.*`: one number about the documents of a DocType, and how it changed."""

from __future__ import annotations

from ..context import Context
from ..document import lists
from ..errors import DoesNotExistError, ValidationError
from ..utils import add_to_date, cint, cstr, flt, now_datetime
from ..whitelist import method
from .asking import json_filters, json_object, load_for

_CARD = "frappe.desk.doctype.number_card.number_card"
FUNCTIONS = {"Count": "COUNT", "Sum": "SUM", "Average": "AVG", "Minimum": "MIN", "Maximum": "MAX"}
"""What a card works out, and by which function."""

INTERVALS = {"Daily": (0, 1), "Weekly": (0, 7), "Monthly": (1, 0), "Yearly": (12, 0)}
"""How many months and days back a card compares."""


@method(f"{_CARD}.get_result")
def get_result(ctx: Context, doc: object, filters: object = None, to_date: object = None) -> float:
    """The number of a card, over the documents that the caller may read; with `to_date` those made before."""
    return _number(ctx, json_object(doc, "doc"), filters, to_date)


@method(f"{_CARD}.get_percentage_difference")
def get_percentage_difference(ctx: Context, doc: object, filters: object = None, result: object = None) -> float | None:
    """By how many percent the number grew in the time that the stored card compares; None where there is nothing to
    compare with."""
    card = load_for(ctx, "Number Card", json_object(doc, "doc").get("name"))
    if not cint(card.show_percentage_stats):
        return None
    months, days = INTERVALS.get(cstr(card.stats_time_interval), INTERVALS["Yearly"])
    then = add_to_date(now_datetime(), months=-months, days=-days)
    before = _number(ctx, card.as_dict(), filters, then)
    return (flt(result) / before - 1) * 100 if before else None


def _number(ctx: Context, card: dict[str, object], filters: object, until: object) -> float:
    """Raises DoesNotExistError, ValidationError for a card that names no DocType, function or field;
    PermissionError."""
    doctype, function = cstr(card.get("document_type")), FUNCTIONS.get(cstr(card.get("function") or "Count"))
    if not ctx.has_doctype(doctype):
        raise DoesNotExistError.of("DocType", doctype)
    if function is None:
        raise ValidationError.told(f"The function of a Number Card is one of {', '.join(FUNCTIONS)}")
    asked = json_filters(filters)
    if until:
        asked = [*asked, [doctype, "creation", "<", cstr(until)]]
    of = "*" if function == "COUNT" else cstr(card.get("aggregate_function_based_on"))
    parent = cstr(card.get("parent_document_type")) or None
    rows = lists.get_list(ctx, doctype, [{function: of, "as": "result"}], asked, parent=parent, limit=1)
    return flt(rows[0]["result"]) if rows else 0.0
