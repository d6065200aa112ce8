"""Invitations that nobody accepted for three days are over: the schedule ends them, once a day."""

from __future__ import annotations

from ... import document
from ...context import current
from ...query import Condition
from ...utils import add_days, cstr, now
from .invitation import DAYS
from .rules import DOCTYPE, PENDING

DAILY = "frappe.core.doctype.user_invitation.user_invitation.mark_expired_invitations"


def mark_expired_invitations() -> None:
    """End what is too old, each in a transaction of its own, and tell whom it was for."""
    ctx = current.get()
    old = Condition("status = ? AND creation < ?", (PENDING, cstr(add_days(now(), -DAYS))))
    for row in ctx.store.find(ctx.meta(DOCTYPE), old, ("name",), order="creation"):
        document.load(ctx.trusted(), DOCTYPE, row["name"]).expire()
        ctx.commit()


__all__ = ["DAILY", "mark_expired_invitations"]
