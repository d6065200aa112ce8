"""`frappe.desk.form.assign_to.*` for several documents at once, and for the assignee who is done."""

from __future__ import annotations

from typing import Any

from .. import document
from ..context import Context
from ..errors import ValidationError
from ..whitelist import method
from . import desk
from .asking import load_for, name_list


@method("frappe.desk.form.assign_to.add_multiple", methods=["POST", "PUT"])
def add_multiple(
    ctx: Context, doctype: str, name: Any, assign_to: Any = None, description: Any = None, priority: Any = None, date: Any = None,
    assign_to_me: Any = None, bulk_assign: Any = None, notify: Any = None,
) -> None:  # fmt: skip
    """Give several documents to users: `name` is a list of names."""
    ctx.store.database.begin_write()
    names = name_list(name, "name")
    # Frappe: where no description is sent, the first document's is that of all
    told = description or (f"Assignment for {doctype} {names[0]}" if names else None)
    for each in names:
        load_for(ctx, doctype, each)
        desk.assign(ctx, doctype, each, assign_to, told, priority, date)


@method("frappe.desk.form.assign_to.remove_multiple", methods=["POST", "PUT"])
def remove_multiple(ctx: Context, doctype: str, names: Any) -> None:
    """Take several documents back from everybody who has them."""
    ctx.store.database.begin_write()
    for each in name_list(names, "names"):
        load_for(ctx, doctype, each)
        for held in desk.assigned(ctx, doctype, each):
            desk.unassign(ctx, doctype, each, held["owner"])


@method("frappe.desk.form.assign_to.close")
def close(ctx: Context, doctype: str, name: Any, assign_to: str) -> list[dict[str, Any]]:
    """Say that one is done with a document; who still has it."""
    ctx.store.database.begin_write()
    if assign_to != ctx.user:
        raise ValidationError.told("Only the assignee can complete this to-do.")
    doc = load_for(ctx, doctype, name)
    for each in desk.assigned(ctx, doctype, name):
        if each["owner"] == ctx.user:
            todo = document.load(ctx.trusted(), "ToDo", each["name"])
            todo.status = "Closed"
            todo.save()
    left: list[dict[str, Any]] = desk.unassign(ctx, doctype, doc.name, ctx.user)
    return left
