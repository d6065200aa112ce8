"""`frappe-lite schedule list | run NAME`. What it does is imported when it is run."""

from __future__ import annotations

import importlib
from argparse import Namespace

from ...values import Function


def commands(command: Function) -> None:
    """Add schedule."""
    parser = command(
        "schedule",
        _run,
        "List what apps run by the clock, with the last and the next time; or run one of it now.",
        "frappe-lite schedule run shop.tasks.bill --app apps/shop",
    )
    parser.add_argument("action", choices=("list", "run"), nargs="?", default="list", help="what to do (default: list)")
    parser.add_argument(
        "name", nargs="?", metavar="METHOD", help="what to run: its dotted name, or that of its document"
    )


def _run(parsed: Namespace) -> int:
    return int(importlib.import_module(f"{__package__}.listing").run(parsed))
