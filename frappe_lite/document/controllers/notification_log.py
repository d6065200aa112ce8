"""Notification Log: a notification is its receiver's own."""

from __future__ import annotations

from ...context import Context
from ...query import Condition
from ..base_document import BaseDocument


def may_touch_notification(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A notification is its receiver's own."""
    return None if ctx.user in ("Administrator", doc.for_user) else False


def notification_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabNotification Log".for_user = ?', (ctx.user,))
