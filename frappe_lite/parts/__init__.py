"""The rim: what a server has beyond the kernel, one file each. Nothing in the kernel imports from here.

A part has `attach(site)`, called where a site is put together; `PARTS` is the one list of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ..site import Site

PARTS = (
    "front", "cors", "compression", "files", "oauth", "passwords", "bulk", "listing", "discovery", "openapi", "docs_page", "desk", "batch", "idempotency", "why",
    "changes", "keys", "sessions", "limits", "records",
)  # fmt: skip


def attach(site: Site, names: tuple[str, ...] = PARTS) -> None:
    """Give a site its parts."""
    for name in names:
        found: Callable[[Site], None] = importlib.import_module(f"{__name__}.{name}").attach
        found(site)
