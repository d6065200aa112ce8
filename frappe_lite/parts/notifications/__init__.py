"""Notifications: people are told of documents, by mail and on the page. See docs/notifications.md.

Notification documents say of what; mentions, assignments and shares are told by themselves. Days and
minutes before and after need the schedule, which `frappe-lite serve` follows.
"""

from __future__ import annotations

import functools

from ...extensions import OwnEvent
from ...site import Site
from .log import NotificationLog, may_touch_settings, mention, settings_rows
from .notification import DATED, TIMED, Notification, has_any
from .telling import DAILY, OFTEN, notice, trigger_daily_alerts, trigger_offset_alerts


def attach(site: Site) -> None:
    """Let documents be told of."""
    site.controllers.update({"Notification": Notification, "Notification Log": NotificationLog})
    hooks = site.apps["frappe"].hooks
    hooks["has_permission"]["Notification Settings"] = may_touch_settings
    hooks["permission_query_conditions"]["Notification Settings"] = settings_rows
    site.extensions.on_event.append(notice)
    site.add_doc_event("Comment", "after_insert", mention)
    has_dated, has_timed = (functools.partial(has_any, events=each) for each in (DATED, TIMED))
    site.extensions.own_events[DAILY] = OwnEvent("Daily", trigger_daily_alerts, has_dated)
    site.extensions.own_events[OFTEN] = OwnEvent("All", trigger_offset_alerts, has_timed)


__all__ = ["attach"]
