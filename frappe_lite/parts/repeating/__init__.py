"""Auto Repeat: a document is made again each day, week, month or year, by the schedule. See docs/schedule.md."""

from __future__ import annotations

from ...extensions import OwnEvent
from ...site import Site
from .auto_repeat import DOCTYPE, AutoRepeat, is_any_active
from .making import DAILY, make_what_is_due


def attach(site: Site) -> None:
    """Let Auto Repeat documents be followed, from the first one on."""
    site.controllers[DOCTYPE] = AutoRepeat
    site.extensions.own_events[DAILY] = OwnEvent("Daily", make_what_is_due, is_any_active)


__all__ = ["attach"]
