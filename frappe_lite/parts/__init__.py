"""The rim: what a server has beyond the kernel, one file each. Nothing in the kernel imports from here.

A part has `attach(site)`, called where a site is put together; `PARTS` is the one list of them. One that brings
commands has `commands(command)` too, called by `frappe-lite` with what adds a command.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from ..site import Site

PARTS = (
    "front", "cors", "compression", "files", "oauth", "passwords", "bulk", "listing", "discovery", "openapi", "docs_page", "desk", "batch", "idempotency", "why",
    "changes", "keys", "sessions", "limits", "records", "transfer",
)  # fmt: skip


def attach(site: Site, names: tuple[str, ...] = PARTS) -> None:
    """Give a site its parts."""
    for name in names:
        found: Callable[[Site], None] = importlib.import_module(f"{__name__}.{name}").attach
        found(site)


def commands(command: Callable[..., Any], names: tuple[str, ...] = PARTS) -> None:
    """Add the parts' commands: `command(name, run, text, example)` makes one and returns its parser."""
    for name in names:
        found: Callable[[Callable[..., Any]], None] | None = getattr(importlib.import_module(f"{__name__}.{name}"), "commands", None)
        if found is not None:
            found(command)
