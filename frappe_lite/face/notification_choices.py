"""`Notification Settings`, asked by app code before it tells somebody something; who has chosen nothing is told."""

from __future__ import annotations

from .. import document
from ..document.controllers.user import SETTINGS
from ..utils import cint, scrub
from .context import ctx


def _chosen(user: str, fieldname: str) -> bool:
    meta = ctx().meta(SETTINGS)
    row = ctx().store.load_row(meta, user)
    return row is None or fieldname not in meta.columns or bool(cint(row[fieldname]))


def is_notifications_enabled(user: str) -> bool:
    """Whether the user wants to be told at all."""
    return _chosen(user, "enabled")


def is_email_notifications_enabled(user: str) -> bool:
    """Whether the user wants mails."""
    return _chosen(user, "enable_email_notifications")


def is_email_notifications_enabled_for_type(user: str, notification_type: str) -> bool:
    """Whether the user wants mails of this kind, such as Mention or Assignment; of an Alert nobody does."""
    wanted = is_email_notifications_enabled(user) and notification_type != "Alert"
    return wanted and _chosen(user, f"enable_email_{scrub(notification_type)}")


def create_notification_settings(user: str) -> None:
    """Let the user have settings, unless there are some."""
    if ctx().store.load_row(ctx().meta(SETTINGS), user) is None:
        document.new(ctx().trusted(), {"doctype": SETTINGS, "name": user, "user": user}).insert()


def toggle_notifications(user: str, enable: bool = False) -> None:
    """Let the user be told, or no longer; nothing for one without settings."""
    if ctx().store.load_row(ctx().meta(SETTINGS), user) is not None:
        settings = document.load(ctx().trusted(), SETTINGS, user)
        settings.update({"enabled": cint(enable)})
        settings.save()


__all__ = [
    "create_notification_settings", "is_email_notifications_enabled", "is_email_notifications_enabled_for_type",
    "is_notifications_enabled", "toggle_notifications",
]  # fmt: skip
