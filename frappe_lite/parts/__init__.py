"""The rim: what a server has beyond the kernel, one file each. Nothing in the kernel imports from here.

A part has `attach(site)`, called where a site is put together; `PARTS` is the one list of them. One that brings
commands has `commands(command)` too, called by `frappe-lite` with what adds a command.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ..errors import ValidationError
from ..site import Site
from ..sqlite.database import Database
from ..values import Function

PARTS = (
    "front", "cors", "compression", "files", "login", "account", "oauth", "passwords", "bulk", "listing", "discovery",
    "openapi", "docs_page", "global_search", "desk", "doctypes", "batch", "idempotency", "why", "changes", "keys",
    "sessions",
    "limits", "records", "transfer", "data_import", "sign_in", "message_page", "website", "realtime", "jobs",
    "schedule",
    "webhooks", "mail", "notifications", "repeating", "inviting", "logs", "integrations", "later", "forgetting",
)  # fmt: skip

STORES = {"postgresql": "postgres.PostgresDatabase", "postgres": "postgres.PostgresDatabase"}
"""Schemes of addresses that a site may be opened by, and the classes that serve them."""


def opener(address: str) -> Function:
    """What opens the database of an address: the kernel's own class for a file.

    Raises ValidationError if its library is not there.
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        return Database
    if scheme not in STORES:
        raise ValidationError.told(
            f"{scheme}:// is not known; a database is a file's name, or an address that begins with {', '.join(STORES)}"
        )
    module, _, name = STORES[scheme].partition(".")
    try:
        found: Callable[..., object] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    except ModuleNotFoundError as error:
        raise ValidationError.told(f"{scheme}:// needs {error.name}: pip install 'frappe_lite[{module}]'") from None
    return found


def attach(site: Site, names: tuple[str, ...] = PARTS) -> None:
    """Give a site its parts."""
    for name in names:
        found: Callable[[Site], None] = importlib.import_module(f"{__name__}.{name}").attach
        found(site)


def commands(command: Callable[..., object], names: tuple[str, ...] = PARTS) -> None:
    """Add the parts' commands: `command(name, run, text, example)` makes one and returns its parser."""
    for name in names:
        found: Callable[[Callable[..., object]], None] | None = getattr(
            importlib.import_module(f"{__name__}.{name}"), "commands", None
        )
        if found is not None:
            found(command)
