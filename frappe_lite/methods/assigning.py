"""`frappe.desk.form.assign_to.*`: documents are given to users, several at once too, and taken back; each is a ToDo."""

from __future__ import annotations

import json

from .. import document
from ..access import identity
from ..context import Context
from ..document import access, assignments
from ..document.base_document import BaseDocument
from ..errors import DoesNotExistError, LinkValidationError, ValidationError
from ..face.assigning import bulk_apply as apply_rules
from ..face.assigning import notify_assignment
from ..query import Condition
from ..utils import bold, cint, cstr
from ..values import Values
from ..whitelist import method
from . import users
from .asking import json_list, load_for, name_list, require_few


@method("frappe.desk.form.assign_to.add_multiple", methods=["POST", "PUT"])
def add_multiple(
    ctx: Context, doctype: str, name: object, assign_to: object = None, description: object = None,
    priority: object = None, date: object = None,
    assign_to_me: object = None, bulk_assign: object = None, notify: object = None,
) -> None:  # fmt: skip
    """Give several documents to users: `name` is a list of names."""
    ctx.store.database.begin_write()
    names = name_list(name, "name")
    # Frappe: where no description is sent, the first document's is that of all
    told = description or (f"Assignment for {doctype} {names[0]}" if names else None)
    require_few("names for assign_to", names, _people(assign_to))
    for each in names:
        load_for(ctx, doctype, each)
        assign(ctx, doctype, each, assign_to, told, priority, date)


@method("frappe.automation.doctype.assignment_rule.assignment_rule.bulk_apply", methods=["POST", "PUT"])
def bulk_apply(ctx: Context, doctype: str, docnames: object) -> None:
    """Give documents to whom the Assignment Rules say; more than five after the request. Raises PermissionError for one
    that the caller may not change."""
    ctx.store.database.begin_write()
    apply_rules(doctype, name_list(docnames, "docnames"))


@method("frappe.desk.form.assign_to.remove_multiple", methods=["POST", "PUT"])
def remove_multiple(ctx: Context, doctype: str, names: object) -> None:
    """Take several documents back from everybody who has them."""
    ctx.store.database.begin_write()
    for each in name_list(names, "names"):
        load_for(ctx, doctype, each)
        for held in assigned(ctx, doctype, each):
            unassign(ctx, doctype, each, held["owner"])


@method("frappe.desk.form.assign_to.close")
def close(ctx: Context, doctype: str, name: object, assign_to: str) -> list[Values]:
    """Say that one is done with a document; who still has it."""
    ctx.store.database.begin_write()
    if assign_to != ctx.user:
        raise ValidationError.told("Only the assignee can complete this to-do.")
    doc = load_for(ctx, doctype, name)
    for each in assigned(ctx, doctype, name):
        if each["owner"] == ctx.user:
            todo = document.load(ctx.trusted(), "ToDo", each["name"])
            todo.status = "Closed"
            todo.save()
    left: list[Values] = unassign(ctx, doctype, doc.name, ctx.user)
    return left


def _people(assign_to: object) -> list[object]:
    """The users that a client names: a list, one in JSON, or one alone. Raises ValidationError for too many."""
    is_list = isinstance(assign_to, list) or cstr(assign_to).strip().startswith("[")
    return json_list(assign_to, "assign_to") if is_list else [assign_to]


@method("frappe.desk.form.assign_to.add", methods=["POST", "PUT"])
def assign(
    ctx: Context, doctype: str, name: object, assign_to: object = None, description: object = None,
    priority: object = None, date: object = None, assign_to_me: object = None,
    notify: object = None, bulk_assign: object = None, re_assign: object = None, assignment_rule: object = None,
) -> list[dict[str, object]]:  # fmt: skip
    """Give a document to users, as a ToDo each."""
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, doctype, name)
    had: list[str] = []
    shared: list[str] = []
    for user in _people(assign_to):
        user = _assignee(ctx, user)
        if any(each["owner"] == user for each in assignments_of(ctx, doc)):
            had.append(user)
            continue
        values = {
            "doctype": "ToDo", "allocated_to": user, "reference_type": doc.doctype, "reference_name": cstr(doc.name),
            "status": "Open",
            "description": description or f"Assignment for {doc.doctype} {doc.name}", "priority": priority or "Medium",
            "date": date, "assigned_by": ctx.user,
        }  # fmt: skip
        document.new(ctx.trusted(), values).insert()
        if access.may(ctx, ctx.user, doc, "write"):
            assignments.tell(ctx, doc.doctype, doc.name, user)
        notify_assignment(ctx.user, user, doc.doctype, doc.name, "ASSIGN", values["description"])
        shared += [user] if _open_to(ctx, doc, user) else []
    if shared:
        ctx.say(f"Shared with the following Users with Read access:<br><br>{'<br>'.join(shared)}", alert=True)
    if had:
        ctx.say(f"Already in the following Users ToDo list:<br><br>{'<br>'.join(had)}")
    return _remember_assignments(ctx, doc)


def _assignee(ctx: Context, user: object) -> str:
    """The user's name as it is stored. Raises LinkValidationError."""
    try:
        return cstr(identity.user_named(ctx, user).name)
    except DoesNotExistError:
        raise LinkValidationError.told(f"Could not find Allocated To: {user}") from None


def _open_to(ctx: Context, doc: BaseDocument, user: str) -> bool:
    """Let whoever gets a document read it, by a share where he may not yet. Raises PermissionError if the caller may
    not share it."""
    if access.may(ctx, user, doc, "read"):
        return False
    if cint(ctx.setting("disable_document_sharing")):
        text = f"User {bold(user)} is not permitted to access this document."
        advice = "As document sharing is disabled, please give them the required permissions before assigning."
        raise ValidationError.told(f"{text}<br>{advice}", title="Missing Permission")
    users.share_add(ctx, doc.doctype, doc.name, user)
    return True


def assigned(ctx: Context, doctype: str, name: object) -> list[Values]:
    """Who has a document, for whoever may read it."""
    return _given(ctx, access.load_for(ctx, doctype, name))


@method("frappe.desk.form.assign_to.remove", methods=["POST", "PUT"])
def unassign(ctx: Context, doctype: str, name: object, assign_to: str) -> list[dict[str, object]]:
    """Take a document back from a user: the ToDo is cancelled."""
    assign_to = identity.known_name(ctx, assign_to)
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, doctype, name)
    for each in assignments_of(ctx, doc):
        if each["owner"] == assign_to:
            todo = document.load(ctx.trusted(), "ToDo", each["name"])
            todo.status = "Cancelled"
            todo.save()
            notify_assignment(todo.assigned_by, assign_to, doc.doctype, doc.name)
    return _remember_assignments(ctx, doc)


def assignments_of(ctx: Context, doc: BaseDocument) -> list[dict[str, object]]:
    """The open ones of a document, the newest first: [{owner, name, description, status}]."""
    condition = Condition(
        "reference_type = ? AND reference_name = ? AND status NOT IN ('Cancelled', 'Closed') AND allocated_to != ''",
        (doc.doctype, cstr(doc.name)),
    )
    fields = ("allocated_to", "name", "description", "status")
    rows = ctx.store.find(ctx.meta("ToDo"), condition, fields, order="creation DESC, rowid DESC")
    return [{"owner": row.pop("allocated_to"), **row} for row in rows]


def _given(ctx: Context, doc: BaseDocument) -> list[dict[str, object]]:
    """Who has a document, in few words."""
    return [{"owner": each["owner"], "name": each["name"]} for each in assignments_of(ctx, doc)]


def _remember_assignments(ctx: Context, doc: BaseDocument) -> list[dict[str, object]]:
    found = _given(ctx, doc)
    document.set_values(
        ctx, doc.meta, doc.name, {"_assign": json.dumps([each["owner"] for each in reversed(found)]) if found else None}
    )
    return found
