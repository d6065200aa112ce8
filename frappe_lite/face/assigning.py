"""`frappe.desk.form.assign_to` for app code: documents given to users, as a ToDo each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..whitelist import registry
from .context import ctx
from .documents import db, get_all


def _method(name: str) -> Callable[..., Any]:
    return registry[f"frappe.desk.form.assign_to.{name}"].function


def add(args: Mapping[str, Any] | None = None, *, ignore_permissions: bool = False) -> Any:
    """Give a document to users: `{"assign_to": ["ann@example.com"], "doctype": …, "name": …, "description": …}`."""
    given = {
        key: value
        for key, value in (args or {}).items()
        if key in ("doctype", "name", "assign_to", "description", "priority", "date", "assignment_rule")
    }
    users = given.get("assign_to")
    given["assign_to"] = json.loads(users) if isinstance(users, str) and users.startswith("[") else users
    return _method("add")(ctx(), **given)


_add = add


def remove(doctype: str, name: Any, assign_to: str, ignore_permissions: bool = False) -> Any:
    """Take a document from a user."""
    return _method("remove")(ctx(), doctype=doctype, name=name, assign_to=assign_to)


def set_status(
    doctype: str,
    name: Any,
    todo: Any = None,
    assign_to: str | None = None,
    status: str = "Cancelled",
    ignore_permissions: bool = False,
) -> Any:
    """Set the status of a user's ToDo for a document."""
    filters = (
        {"name": todo}
        if todo
        else {"reference_type": doctype, "reference_name": name, "allocated_to": assign_to, "status": ["!=", status]}
    )
    for each in get_all("ToDo", filters=filters, pluck="name"):
        db.set_value("ToDo", each, "status", status)


def close_all_assignments(doctype: str, name: Any, ignore_permissions: bool = False) -> bool:
    """Close every open ToDo for a document; whether there was one."""
    open_ones = get_all(
        "ToDo", filters={"reference_type": doctype, "reference_name": name, "status": "Open"}, pluck="name"
    )
    for each in open_ones:
        db.set_value("ToDo", each, "status", "Closed")
    return bool(open_ones)


def clear(doctype: str, name: Any, ignore_permissions: bool = False) -> bool:
    """Take a document from everybody; whether somebody had it."""
    held = get_all(
        "ToDo", filters={"reference_type": doctype, "reference_name": name, "status": "Open"}, pluck="allocated_to"
    )
    for user in held:
        remove(doctype, name, user)
    return bool(held)


def get(args: Mapping[str, Any]) -> Any:
    """Who has a document."""
    filters = {"reference_type": args["doctype"], "reference_name": args["name"], "status": "Open"}
    return get_all("ToDo", filters=filters, fields=["allocated_to as owner", "name"], limit=5)
