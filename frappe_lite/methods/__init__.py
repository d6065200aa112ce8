"""The whitelisted methods of Frappe that clients call, one module per dotted prefix, each registered by its decorator."""

from __future__ import annotations

import importlib

MODULES = (
    "assigning", "bulk_update", "client", "core", "desk", "forms", "reports", "reportview", "request_log", "search", "tags", "treeview", "unsupported", "users",
)  # fmt: skip


def register() -> None:
    """Import each module once, which registers its methods."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
