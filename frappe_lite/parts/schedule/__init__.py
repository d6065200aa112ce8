"""The schedule: `scheduler_events` of apps run by the clock, once over all processes, as jobs.

Off until `site.start()`, which `frappe-lite serve` calls once its apps are loaded. See docs/schedule.md.

    frappe-lite schedule list        frappe-lite schedule run shop.tasks.bill
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping

from ...site import Site
from .clock import Clock
from .commands import commands
from .job_type import DOCTYPE, ScheduledJobType


def attach(site: Site) -> None:
    """Let the site follow its schedule once it is started."""
    site.controllers[DOCTYPE] = ScheduledJobType
    site.extensions.on_start.append(functools.partial(_start, site))


def _start(site: Site, settings: Mapping[str, object]) -> None:
    if not settings.get("is_worker"):
        start(site)


def start(site: Site, clock: Callable[[], float] = time.time) -> Clock:
    """Follow the schedule from here on, until the site is closed."""
    made = Clock(site, clock)
    site.extensions.on_close.insert(0, made.stop)
    made.start()
    return made


__all__ = ["Clock", "attach", "commands", "start"]
