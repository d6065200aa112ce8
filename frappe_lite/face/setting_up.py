"""What apps do to a new site when they are installed: roles for who sets it up, records that must be there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import document
from ..context import AUTOMATIC_ROLES
from ..errors import FrappeError
from ..utils import scrub
from .context import ctx
from .documents import new_doc
from .listing import get_all
from .messages import clear_last_message, log_error

NOBODYS = frozenset({"Administrator", "Customer", "Supplier", "Partner", "Employee"})
"""Roles that nobody gets for having set up a site."""


def add_all_roles_to(name: str) -> None:
    """Give a user every role that the site's people can have."""
    roles = set(get_all("Role", pluck="name")) - NOBODYS - AUTOMATIC_ROLES
    document.load(ctx(), "User", name).add_roles(*sorted(roles))


def make_records(records: Iterable[dict[str, Any]], debug: bool = False) -> None:
    """Make the documents that are not there yet, whatever the caller may do.

    One that is refused is logged, or handed to what its `__exception` names; the others are made all the same.
    """
    for record in records:
        condition = record.get("__condition")
        if condition and not condition():
            continue
        try:
            with ctx().store.database.atomic():
                _make(record)
        except FrappeError as error:
            clear_last_message()
            expected = record.get("__exception") or {}
            if expected and isinstance(error, expected["exception"]):
                expected["handler"]()
            else:
                log_error("Exception during Setup")


def _make(record: dict[str, Any]) -> None:
    doc = new_doc(record["doctype"])
    doc.update({key: value for key, value in record.items() if not key.startswith("__")})
    parent = f"parent_{scrub(doc.doctype)}"
    if doc.meta.get_field(parent) and not doc.get(parent):
        doc.flags.ignore_mandatory = True  # the root of a tree has none above it
    doc.insert(ignore_permissions=True, ignore_if_duplicate=True)


__all__ = ["add_all_roles_to", "make_records"]
