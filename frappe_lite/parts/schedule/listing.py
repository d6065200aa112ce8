"""What `frappe-lite schedule` does."""

from __future__ import annotations

from argparse import Namespace

from ... import document
from ...command.cli import open_site
from ...context import Context
from ...document.base_document import BaseDocument
from ...errors import DoesNotExistError, ValidationError
from ...query import Condition
from ...utils import cstr
from . import events
from .job_type import DOCTYPE


def run(parsed: Namespace) -> int:
    """List the events, or run one in this process. Raises DoesNotExistError, ValidationError, and what it raises."""
    if parsed.action == "run" and not parsed.name:
        raise ValidationError.told("schedule run needs the name of a method; schedule list shows them")
    site = open_site(parsed)
    try:
        with site.acting() as ctx:
            events.sync(ctx)
        with site.acting() as ctx:
            if parsed.action == "run":
                _find(ctx, parsed.name).execute()
                print(f"{parsed.name} was run")
            else:
                _list(ctx)
    finally:
        site.close()
    return 0


def _find(ctx: Context, name: str) -> BaseDocument:
    rows = ctx.store.find(ctx.meta(DOCTYPE), Condition("method = ? OR name = ?", (name, name)))
    if not rows:
        raise DoesNotExistError.told(f"{name} is not scheduled; schedule list shows what is")
    return document.load(ctx, DOCTYPE, rows[0]["name"])


def _list(ctx: Context) -> None:
    for row in ctx.store.find(ctx.meta(DOCTYPE), Condition(), order="method"):
        event = document.load(ctx, DOCTYPE, row["name"])
        when = "stopped" if event.stopped else f"next {cstr(event.next_execution)[:16]}"
        last = f"last {cstr(event.last_execution)[:16]}" if event.last_execution else "never run"
        print(f"{event.method:56} {event.cron_format or event.frequency:18} {last:21} {when}")
