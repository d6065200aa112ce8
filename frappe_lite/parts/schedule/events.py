"""`scheduler_events` of apps as Scheduled Job Type documents: made, changed and deleted with the hooks.

{"daily": ["shop.tasks.bill"], "cron": {"*/5 * * * *": ["shop.tasks.poll"]}}
    ->  ("shop.tasks.bill", "Daily", ""), ("shop.tasks.poll", "Cron", "*/5 * * * *")
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from ... import document
from ...context import Context
from ...errors import FrappeError
from ...query import Condition
from ...utils import cstr
from .job_type import CRONS, DOCTYPE, require_function

log = logging.getLogger("frappe_lite")

Event = tuple[str, str, str]
"""A method, its frequency, its cron format."""


def events(ctx: Context) -> Iterator[Event]:
    """What the apps' hooks name, and what parts need."""
    for name, own in ctx.site.extensions.own_events.items():
        if own.is_needed(ctx):
            yield name, own.frequency_in(ctx), ""
    for app in ctx.site.apps.values():
        for kind, named in (app.hooks.get("scheduler_events") or {}).items():
            if isinstance(named, dict):  # Frappe: cron, whatever its key is called
                for cron, methods in named.items():
                    yield from ((each, "Cron", cstr(cron)) for each in _listed(methods))
            else:
                yield from ((each, kind.replace("_", " ").title(), "") for each in _listed(named))


def sync(ctx: Context) -> None:
    """Bring the documents up to date. An event that cannot be run is told in the log, and has none."""
    meta = ctx.meta(DOCTYPE)
    rows = ctx.store.find(meta, Condition(), ("name", "method", "frequency", "cron_format"))
    there = {(cstr(row["method"]), cstr(row["frequency"]), cstr(row["cron_format"])): row["name"] for row in rows}
    wanted = list(dict.fromkeys(events(ctx)))
    for event in wanted:
        if event not in there:
            _make(ctx, event)
    for event, name in there.items():
        if event not in wanted and event[0].partition(".")[0] in ctx.site.apps:
            document.delete(ctx.trusted(), DOCTYPE, name)


def _make(ctx: Context, event: Event) -> None:
    method, frequency, cron = event
    values = {"doctype": DOCTYPE, "method": method, "frequency": frequency, "cron_format": cron}
    try:
        if frequency not in (*CRONS, "Cron"):
            raise FrappeError(f"there is no {frequency}; there are {', '.join(CRONS)} and Cron")
        require_function(ctx, method)
        with ctx.store.database.atomic():
            document.new(ctx.trusted(), values).insert()
    except (FrappeError, ImportError) as error:
        log.warning("%s is not scheduled: %s", method, error)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [cstr(each) for each in value or ()]
