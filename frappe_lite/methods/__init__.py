"""The whitelisted methods of Frappe that clients call, one module per dotted prefix, each registered by its decorator."""

from __future__ import annotations

import importlib

MODULES = ("client", "core", "desk", "reports", "request_log", "search", "treeview", "unsupported", "users")


def register() -> None:
    """Import each module once, which registers its methods."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
