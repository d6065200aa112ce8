"""Notifications: people are told of documents, by mail and on the page. See docs/notifications.md.

Notification documents say of what; mentions, assignments and shares are told by themselves. Days before and after a
date need the schedule, which `frappe-lite serve` follows.
"""

from __future__ import annotations

from ...extensions import OwnEvent
from ...site import Site
from .log import NotificationLog, may_touch_settings, mention, settings_rows
from .notification import Notification, has_dated
from .telling import DAILY, EVENTS, METHODS, notice, trigger_daily_alerts


def attach(site: Site) -> None:
    """Let documents be told of."""
    site.controllers.update({"Notification": Notification, "Notification Log": NotificationLog})
    hooks = site.apps["frappe"].hooks
    hooks["has_permission"]["Notification Settings"] = may_touch_settings
    hooks["permission_query_conditions"]["Notification Settings"] = settings_rows
    for event in (*EVENTS, *METHODS):
        site.add_doc_event("*", event, notice)
    site.add_doc_event("Comment", "after_insert", mention)
    site.extensions.own_events[DAILY] = OwnEvent("Daily", trigger_daily_alerts, has_dated)


__all__ = ["attach"]
