"""Who is assigned to a document: its open ToDos, and `_assign`, which follows them."""

from __future__ import annotations

import json

from ..context import Context
from ..document.base_document import BaseDocument
from ..query import Condition, quote
from ..utils import cstr, now, nowdate
from . import loading

_OPEN = "reference_type = ? AND reference_name = ? AND status NOT IN ('Cancelled', 'Closed') AND allocated_to != ''"


def remember(ctx: Context, doctype: object, name: object) -> None:
    """Update a document's `_assign` from its ToDos. `modified` stays as it is."""
    if not doctype or not name or not ctx.has_doctype(doctype):
        return
    meta = ctx.meta(cstr(doctype))
    users = [
        row["allocated_to"]
        for row in ctx.store.find(
            ctx.meta("ToDo"), Condition(_OPEN, (meta.name, cstr(name))), ("allocated_to",), order="creation, rowid"
        )
    ]
    value = json.dumps(list(dict.fromkeys(users))) if users else None
    if meta.issingle:
        ctx.store.save_single(meta, {"_assign": value})
    elif "_assign" in meta.columns and not meta.is_virtual:
        ctx.store.database.execute(f"UPDATE {quote(meta.table)} SET _assign = ? WHERE name = ?", (value, cstr(name)))


def add(ctx: Context, doctype: str, name: object, user: str, **values: object) -> BaseDocument | None:
    """Assign a document to a user by a ToDo, unless there is an open one. `values` are fields of the ToDo."""
    condition = Condition(
        "reference_type = ? AND reference_name = ? AND allocated_to = ? AND status = 'Open'",
        (doctype, cstr(name), user),
    )
    if ctx.store.find(ctx.meta("ToDo"), condition, ("name",)):
        return None
    given = {
        "doctype": "ToDo", "allocated_to": user, "reference_type": doctype, "reference_name": cstr(name),
        "status": "Open", "priority": "Medium",
        "description": f"Assignment for {doctype} {name}", "date": nowdate(), "assigned_by": ctx.user,
    }  # fmt: skip
    made: BaseDocument = loading.new(
        ctx.trusted(), {**given, **{key: value for key, value in values.items() if value is not None}}
    ).insert()
    tell(ctx, doctype, name, user)
    return made


def tell(ctx: Context, doctype: str, name: object, user: str) -> None:
    """Write into a document's field `assigned_to`, if it has one, who was given it last: as Frappe does, unchecked."""
    meta = ctx.meta(doctype)
    if meta.field("assigned_to"):
        loading.set_values(ctx, meta, name, {"assigned_to": user, "modified": now(), "modified_by": ctx.user})


def set_status(ctx: Context, doctype: str, name: object, status: str, *before: str) -> list[str]:
    """Set the document's ToDos that have the status `before` to another one, with checks and events, and return
    their names."""
    marks = ", ".join("?" * len(before))
    condition = Condition(
        f"reference_type = ? AND reference_name = ? AND status IN ({marks})", (doctype, cstr(name), *before)
    )
    names = [row["name"] for row in ctx.store.find(ctx.meta("ToDo"), condition, ("name",), order="creation, rowid")]
    for each in names:
        todo = loading.load(ctx.trusted(), "ToDo", each)
        todo.status = status
        todo.save()
    return names


__all__ = ["add", "remember", "set_status", "tell"]
