"""`frappe.desk.form.assign_to` for app code: documents given to users, as a ToDo each; and Assignment Rules, which do
it by themselves."""

from __future__ import annotations

import json
from typing import Any

from .. import permissions
from ..document import assignments
from ..document.base_document import BaseDocument
from ..document.controllers import assignment_rule
from ..document.controllers.assignment_rule import apply as apply_rules
from ..document.controllers.assignment_rule import update_due_date
from ..errors import DoesNotExistError, PermissionError, ValidationError
from ..utils import _dict, bold, cint, cstr, strip_html
from ..values import Given
from .context import _form_dict, ctx
from .dicts import parse_json
from .jobs.enqueueing import enqueue
from .mail import make_notification_logs
from .model.documents import db, get_all, get_doc
from .people.sharing import add as share
from .people.users import get_fullname, has_permission
from .templates.rendering import render_template, safe_eval

assignment_rule.evaluate.update(expression=lambda text, values: safe_eval(text, None, values), template=render_template)


class DuplicateToDoError(ValidationError):
    """The user has the document to do already."""


def _require_readable(doctype: str, name: object, ignore_permissions: bool) -> BaseDocument:
    doc = get_doc(doctype, name)
    if not ignore_permissions:
        permissions.require(ctx(), doc.meta, "read", doc.__dict__)
    return doc


def get(args: Given | None = None) -> list[_dict]:
    """Who has a document to do: `{owner, name of the ToDo}` each, the newest first."""
    given = args or _form_dict()
    filters = {
        "reference_type": given.get("doctype"),
        "reference_name": cstr(given.get("name")),
        "status": ["not in", ["Cancelled", "Closed"]],
    }
    found: list[_dict] = get_all("ToDo", fields=["allocated_to as owner", "name"], filters=filters, limit=5)
    return found


_get = get


def add(args: Given | None = None, *, ignore_permissions: bool = False) -> list[_dict]:
    """Give a document to users: `{"assign_to": ["ann@example.com"], "doctype": …, "name": …, "description": …}`.

    Whoever may not read the document gets it shared. Raises PermissionError, DoesNotExistError for no such user.
    """
    given = _dict(args or _form_dict())
    doc = _require_readable(given.doctype, given.name, ignore_permissions)
    users = given.assign_to
    users = parse_json(users) if isinstance(users, str) and users.strip().startswith("[") else users
    described = strip_html(cstr(given.description)).strip() or "<img" in cstr(given.description)
    description = given.description if described else f"Assignment for {doc.doctype} {doc.name}"
    had, shared = [], []
    for user in [users] if isinstance(users, str) else users or ():
        if ctx().user_info(user) is None:
            raise DoesNotExistError.told(f"User {user} not found")
        values = {key: given.get(key) for key in ("priority", "date", "assigned_by", "assignment_rule")}
        todo = assignments.add(ctx(), doc.doctype, doc.name, user, description=description, **values)
        if todo is None:
            had.append(user)
            continue
        if doc.meta.has_field("assigned_to"):
            db.set_value(doc.doctype, doc.name, "assigned_to", user)
        if not has_permission(doc=get_doc(doc.doctype, doc.name), user=user):
            _share(doc, user)
            shared.append(user)
        notify_assignment(todo.assigned_by, user, doc.doctype, doc.name, "ASSIGN", description)
    for text, names in (
        ("Shared with the following Users with Read access:", shared),
        ("Already in the following Users ToDo list:", had),
    ):
        if names:
            ctx().say(f"{text}{format_message_for_assign_to(names)}", alert=True)
    return _get(given)


_add = add


def _share(doc: BaseDocument, user: str) -> None:
    if cint(ctx().setting("disable_document_sharing")):
        text = (
            f"User {bold(user)} is not permitted to access this document.<br>As document sharing is disabled, "
            "please give them the required permissions before assigning."
        )
        raise ValidationError.told(text, title="Missing Permission")
    share(doc.doctype, doc.name, user)


def add_multiple(args: Given | None = None) -> None:
    """Give several documents, whose names stand in a JSON list, to users."""
    given = _dict(args or _form_dict())
    for name in json.loads(given.name) if isinstance(given.name, str) else given.name:
        _add({**given, "name": name})


def set_status(
    doctype: str,
    name: object,
    todo: object = None,
    assign_to: str | None = None,
    status: str = "Cancelled",
    ignore_permissions: bool = False,
) -> list[_dict]:
    """Give a user's ToDo for a document another status; who has it still. Raises PermissionError."""
    doc = _require_readable(doctype, name, ignore_permissions)
    filters = {
        "reference_type": doctype,
        "reference_name": cstr(name),
        "allocated_to": assign_to,
        "status": ["!=", status],
    }
    todo = todo or db.get_value("ToDo", filters)
    if todo and db.exists("ToDo", todo):
        found = get_doc("ToDo", todo)
        found.status = status
        found.save(ignore_permissions=True)
        notify_assignment(found.assigned_by, found.allocated_to, found.reference_type, found.reference_name)
    if doc.meta.has_field("assigned_to") and status in ("Cancelled", "Closed"):
        db.set_value(doctype, name, "assigned_to", None)
    return _get({"doctype": doctype, "name": name})


_set_status = set_status


def remove(doctype: str, name: object, assign_to: str, ignore_permissions: bool = False) -> list[_dict]:
    """Take a document from a user; who has it still."""
    return _set_status(doctype, name, None, assign_to, "Cancelled", ignore_permissions)


def remove_multiple(doctype: str, names: Any, ignore_permissions: bool = False) -> None:
    """Take several documents, whose names stand in a JSON list, from everybody."""
    for name in json.loads(names) if isinstance(names, str) else names:
        for each in _get({"doctype": doctype, "name": name}):
            _set_status(doctype, name, None, each.owner, "Cancelled", ignore_permissions)


def close(doctype: str, name: object, assign_to: str, ignore_permissions: bool = False) -> list[_dict]:
    """Say that one has done it. Raises ValidationError for another's."""
    if assign_to != ctx().user:
        raise ValidationError.told("Only the assignee can complete this to-do.")
    return _set_status(doctype, name, None, assign_to, "Closed", ignore_permissions)


def _all(doctype: str, name: object, status: str, filters: Any, ignore_permissions: bool) -> bool:
    found = get_all(
        "ToDo",
        fields=["allocated_to", "name"],
        filters={"reference_type": doctype, "reference_name": cstr(name), **filters},
    )
    for each in found:
        _set_status(doctype, name, each.name, each.allocated_to, status, ignore_permissions)
    return bool(found)


def close_all_assignments(doctype: str, name: object, ignore_permissions: bool = False) -> bool:
    """Close every ToDo for a document that is not cancelled; whether there was one."""
    return _all(doctype, name, "Closed", {"status": ["!=", "Cancelled"]}, ignore_permissions)


def clear(doctype: str, name: object, ignore_permissions: bool = False) -> bool:
    """Take a document from everybody; whether somebody had it."""
    return _all(doctype, name, "Cancelled", {}, ignore_permissions)


def notify_assignment(
    assigned_by: object,
    allocated_to: object,
    doc_type: object,
    doc_name: object,
    action: str = "CLOSE",
    description: object = None,
) -> None:
    """Keep a Notification Log for whoever got a document, or lost it; not for what one does to oneself."""
    info = ctx().user_info(cstr(allocated_to)) if all((assigned_by, allocated_to, doc_type, doc_name)) else None
    if info is None or not info.enabled or assigned_by == allocated_to:
        return
    who, what = bold(get_fullname()), f"{doc_type} {doc_name}"
    subject = (
        f"Your assignment on {what} has been removed by {who}"
        if action == "CLOSE"
        else f"{who} assigned a new task {what} to you"
    )
    values = {
        "type": "Assignment",
        "document_type": doc_type,
        "document_name": cstr(doc_name),
        "subject": subject,
        "from_user": ctx().user,
    }
    make_notification_logs(
        {**values, "email_content": f"<div>{description}</div>" if description else None}, allocated_to
    )


assignment_rule.evaluate.update(notify=notify_assignment)


def format_message_for_assign_to(users: list[str]) -> str:
    """Names below one another."""
    return "<br><br>" + "<br>".join(users)


# --- Assignment Rules ---


def apply(
    doc: BaseDocument | None = None, method: str | None = None, doctype: str | None = None, name: object = None
) -> None:
    """Give a document to whom the Assignment Rules say."""
    apply_rules(doc or get_doc(doctype, name), method)


def bulk_apply(doctype: str, docnames: object) -> None:
    """The same for several; more than five after the request. Raises PermissionError for one that the user may not
    change."""
    names = parse_json(docnames)
    for name in names:
        if not has_permission(doctype, "write", name):
            raise PermissionError.told(f"Insufficient Permission for {doctype}: {name}")
        if len(names) > 5:
            enqueue(apply, doctype=doctype, name=name)
        else:
            apply(doctype=doctype, name=name)


def get_assignments(doc: BaseDocument) -> list[_dict]:
    """The ToDos for a document that are not cancelled, with their rules."""
    filters = {
        "reference_type": doc.get("doctype"),
        "reference_name": cstr(doc.get("name")),
        "status": ["!=", "Cancelled"],
    }
    found: list[_dict] = get_all("ToDo", fields=["name", "assignment_rule"], filters=filters, limit=5)
    return found


def get_assignment_rules() -> list[str]:
    """The DocTypes that have rules."""
    names: list[str] = get_all("Assignment Rule", filters={"disabled": 0}, pluck="document_type")
    return names


def get_repeated(values: Any) -> list[str]:
    """What stands in a list twice."""
    given = list(values)
    return sorted({str(each) for each in given if given.count(each) > 1})


__all__ = [
    "DuplicateToDoError", "add", "add_multiple", "apply", "bulk_apply", "clear", "close", "close_all_assignments",
    "format_message_for_assign_to", "get",
    "get_assignment_rules", "get_assignments", "get_repeated", "notify_assignment", "remove", "remove_multiple",
    "set_status", "update_due_date",
]  # fmt: skip
