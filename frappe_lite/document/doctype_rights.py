"""The rights that a DocType's rules give: what they mean where they are silent, and which cannot be given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..context import Context
from ..errors import ValidationError
from ..utils import cint
from .base_document import BaseDocument

_STATES = ("submit", "cancel", "amend")


def read_silence(doc: BaseDocument) -> None:
    """Decide of what new rules do not say, before the defaults do: those give what Frappe gives, writing too.

    Of a higher level, which is there to keep people out, a rule that names reading alone gives no writing, whereas a
    full Frappe gives it. And a DocType that says nothing of submitting gives no right to it: rights are often copied
    whole.
    """
    for row in doc.permissions or ():
        if row.name:
            continue
        if doc.is_submittable is None:
            row.update(dict.fromkeys(_STATES, 0))
        if cint(row.permlevel) and cint(row.read) and row.write is None:
            row.write = 0


def check_permissions(ctx: Context, doc: BaseDocument) -> None:
    """Each rule gives something, once, and no right without those that it stands on. A Single has no reports."""
    rows = list(doc.permissions or ())
    for row in rows:
        row.permlevel = cint(row.permlevel)
        text = _wrong_permission(doc, row, rows)
        if text:
            raise ValidationError.told(
                f"For {row.role} at level {row.permlevel} in {doc.name} in row {row.idx}: {text}"
            )
        if cint(doc.issingle) and cint(row.report):
            ctx.say("Report cannot be set for Single types")
            row.update({"report": 0, "import": 0, "export": 0})


def _wrong_permission(doc: BaseDocument, row: BaseDocument, rows: Iterable[Any]) -> str:
    def has(*rights: str) -> bool:
        return any(cint(row.get(right)) for right in rights)

    others = [each for each in rows if each is not row and each.role == row.role]
    same = [each for each in others if cint(each.permlevel) == row.permlevel]
    submittable = cint(doc.is_submittable)
    wrong = {
        "No basic permissions set": not has("select", "read", "write", "submit", "cancel", "create"),
        "Only one rule allowed with the same Role, Level and If Owner": any(
            cint(each.if_owner) == cint(row.if_owner) for each in same
        ),
        "Cannot set Cancel without Submit": has("cancel") and not has("submit"),
        "Cannot set Submit, Cancel, Amend without Write": has(*_STATES) and not has("write"),
        "Cannot set Import without Create": has("import") and not has("create"),
        "Cannot set Assign Submit if not Submittable": has("submit") and not submittable,
        "Cannot set Assign Amend if not Submittable": has("amend") and not submittable,
    }
    return next((text for text, found in wrong.items() if found), "")
