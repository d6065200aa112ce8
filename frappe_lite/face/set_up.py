"""`frappe.desk.page.setup_wizard.setup_wizard`: what `after_install` of apps calls of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import FrappeError
from ..utils import scrub
from .context import ctx
from .documents import get_all, get_doc, new_doc
from .messages import log_error
from .rights import AUTOMATIC_ROLES

_OTHERS = {"Administrator", "Customer", "Supplier", "Partner", "Employee", *AUTOMATIC_ROLES}
"""Roles that nobody has by the set-up."""


def add_all_roles_to(name: str) -> None:
    """Give a user every role, but for those of people outside and those that come by themselves."""
    user = get_doc("User", name)
    user.append_roles(*sorted(set(get_all("Role", pluck="name")) - _OTHERS))
    user.save()


def make_records(records: Iterable[Mapping[str, Any]], debug: bool = False) -> None:
    """Make documents, each by itself: one that is there stays, one that is refused is logged and passed over.

    `__condition` is a function that says whether to make it, `__exception` an `exception` and the `handler` to call then.
    """
    for record in records:
        condition: Callable[[], Any] | None = record.get("__condition")
        if condition is None or condition():
            _make_record(record)


def _make_record(record: Mapping[str, Any]) -> None:
    doc = new_doc(record["doctype"])
    doc.update({key: value for key, value in record.items() if not key.startswith("__")})
    above = f"parent_{scrub(doc.doctype)}"
    doc.flags.ignore_mandatory = doc.meta.has_field(above) and not doc.get(above)  # the root of a tree
    awaited = record.get("__exception") or {}
    try:
        with ctx().store.database.atomic():
            doc.insert(ignore_permissions=True, ignore_if_duplicate=True)
    except (FrappeError, *filter(None, [awaited.get("exception")])) as error:
        if awaited and isinstance(error, awaited["exception"]):
            awaited["handler"]()
        else:
            log_error("Exception during Setup")


__all__ = ["add_all_roles_to", "make_records"]
