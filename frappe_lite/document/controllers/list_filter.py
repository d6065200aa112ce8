"""List Filter: a view of a list that somebody kept; for everybody as a bench has it, or for the people of one role.

Frappe has no role here, and lets every desk user read and change all of them; so it is where no role is named.

    {"filter_name": "To pay", "reference_doctype": "Invoice", "for_role": "Accounts User"}
"""

from __future__ import annotations

from ...context import Context
from ...query import Condition
from ...utils import cstr
from ..base_document import BaseDocument

_MANAGER = "System Manager"


def may_touch_view(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A role's view is read and made by those who have the role, changed and deleted by whoever kept it.

    System Managers may all of it.
    """
    role = cstr(doc.get("for_role"))
    if not role or _MANAGER in ctx.roles:
        return None
    fits = role in ctx.roles
    if right in ("read", "select", "create"):
        return None if fits or (doc.owner == ctx.user and right != "create") else False
    return None if doc.owner == ctx.user and (right != "write" or fits) else False


def view_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if _MANAGER in ctx.roles:
        return Condition()
    roles = sorted(ctx.roles)
    table = '"tabList Filter"'
    return Condition(
        f"{table}.for_role IS NULL OR {table}.for_role IN ('', {', '.join('?' * len(roles))}) OR {table}.owner = ?",
        (*roles, ctx.user),
    )
