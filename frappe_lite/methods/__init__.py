"""The whitelisted methods of Frappe that clients call, one module per dotted prefix, each registered by its
decorator."""

from __future__ import annotations

import importlib

MODULES = (
    "access_log", "accounts", "assigning", "background_jobs", "bulk_update", "calendar", "charts", "client",
    "comments", "contacts", "core", "deleted", "folders", "following", "form_loading", "forms", "front_ends",
    "kanban", "linked_with", "linking", "listview", "mailing", "mapping", "maps", "notes", "notifications",
    "number_cards", "permission_manager", "previews", "regional", "renaming", "report_builder", "reports", "reportview",
    "request_log", "search", "session_defaults", "tags", "treeview", "unsupported", "user_permissions",
    "user_settings", "users",
)  # fmt: skip


def register() -> None:
    """Import each module once, which registers its methods."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
