"""`frappe.desk.notifications.*` and the Notification Log.

What is open, how much hangs on a document, what one has not read yet.
"""

from __future__ import annotations

from .. import document, permissions
from ..context import Context
from ..document import lists
from ..document.base_document import BaseDocument
from ..errors import ValidationError
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_list, load_for
from .dashboards import Connection, connections

_LOG = "frappe.desk.doctype.notification_log.notification_log"
OPEN: Values = {
    "ToDo": {"status": "Open"},
    "Communication": {"status": "Open", "communication_type": "Communication"},
    "Error Log": {"seen": 0},
}
"""DocType -> the filters that find its open documents; an app's `notification_config` adds to it."""

MOST = 100
"""Frappe counts no further."""


# --- what is open ------------------------------------------------------------------------------------------


def _open_filters(ctx: Context) -> Values:
    """What counts as open, with what the apps' hooks say: filters, or a function that counts."""
    found = dict(OPEN)
    for app in ctx.site.apps.values():
        named = app.hooks.get("notification_config") or []
        for dotted in [named] if isinstance(named, str) else named:
            found.update(ctx.site.resolve(dotted)().get("for_doctype") or {})
    return found


def _open_count(ctx: Context, doctype: str, filters: object) -> int:
    if isinstance(filters, str):
        return cint(ctx.site.resolve(filters)())  # an app's own function
    return lists.count(ctx, doctype, filters)


@method("frappe.desk.notifications.get_notifications")
def get_notifications(ctx: Context) -> Values:
    """How many open documents the caller sees of each DocType that has such: `open_count_doctype`."""
    wanted = {doctype: filters for doctype, filters in _open_filters(ctx).items() if ctx.has_doctype(doctype)}
    readable = {
        doctype: filters for doctype, filters in wanted.items() if permissions.rows(ctx, ctx.meta(doctype)) is not None
    }
    return {
        "open_count_doctype": {doctype: _open_count(ctx, doctype, filters) for doctype, filters in readable.items()},
        "targets": {},
    }


@method("frappe.desk.notifications.get_notification_info")
def get_notification_info(ctx: Context) -> dict[str, object]:
    """The same, with the filters and the DocTypes of each module."""
    counts = get_notifications(ctx)
    filters, modules = _open_filters(ctx), dict[str, list[str]]()
    for doctype in counts["open_count_doctype"]:
        modules.setdefault(cstr(ctx.meta(doctype).module), []).append(doctype)
    return {
        **counts,
        "conditions": {each: filters[each] for each in counts["open_count_doctype"]},
        "module_doctypes": modules,
    }


@method("frappe.desk.doctype.notification_settings.notification_settings.get_subscribed_documents")
def get_subscribed_documents(ctx: Context) -> list[str]:
    """The DocTypes that one chose to hear of: nobody chooses here, so none is left out."""
    return []


# --- what hangs on a document ------------------------------------------------------------------------------


@method("frappe.desk.notifications.get_open_count")
def get_open_count(ctx: Context, doctype: str, name: object, items: object = None) -> dict[str, object]:
    """How many documents of each linked DocType belong to one, up to 100.

    Those that link to it, and those that it links to itself.
    """
    doc = load_for(ctx, doctype, name)
    known = connections(ctx, doc.meta)
    wanted = list(known) if items is None else [cstr(each) for each in json_list(items, "items")]
    inside, outside = [], []
    for each in wanted:
        if each not in known:
            raise ValidationError.told(f"{each} is not connected with the DocType {doc.doctype}")
        names = _named_inside(doc, known[each])
        if names:
            inside.append({"doctype": each, "open_count": 0, "count": len(names), "names": names})
        else:
            outside.append(_outer(ctx, doc, known[each]))
    return {"count": {"external_links_found": outside, "internal_links_found": inside}}


def _named_inside(doc: BaseDocument, connection: Connection) -> list[object]:
    """The documents that the document itself names, in a field or in the rows of a table."""
    if not connection.inner or not doc.meta.has_field(connection.inner[0]):
        return []
    rows = doc.get(connection.inner[0]) or [] if len(connection.inner) > 1 else [doc]
    return [each for each in dict.fromkeys(row.get(connection.inner[-1]) for row in rows) if each]


def _outer(ctx: Context, doc: BaseDocument, connection: Connection) -> dict[str, object]:
    """How many documents name this one, of those that the caller may read."""
    doctype, fieldname = connection.doctype, connection.fieldname
    none = {"doctype": doctype, "count": 0, "open_count": 0}
    if (
        not ctx.has_doctype(doctype)
        or permissions.rows(ctx, ctx.meta(doctype)) is None
        or not permissions.may_read_field(ctx, ctx.meta(doctype), fieldname)
    ):
        return none
    filters, opened = {fieldname: cstr(doc.name)}, _open_filters(ctx).get(doctype)
    count = lists.count(ctx, doctype, filters, most=MOST)
    return {
        **none,
        "count": count,
        "open_count": lists.count(ctx, doctype, {**filters, **opened}, most=MOST) if isinstance(opened, dict) else 0,
    }


# --- the log -----------------------------------------------------------------------------------------------


@method(f"{_LOG}.get_notification_logs")
def get_notification_logs(ctx: Context, limit: int = 20) -> dict[str, object]:
    """The caller's latest notifications, and who they come from."""
    rows = lists.get_list(ctx, "Notification Log", ["*"], order_by="creation desc", limit=max(1, min(limit, 500)))
    people = {cstr(row["from_user"]): ctx.user_info(cstr(row["from_user"])) for row in rows if row["from_user"]}
    shown = {
        user: {"fullname": info.full_name, "image": info.user_image or None, "name": user, "email": user}
        for user, info in people.items()
        if info
    }
    return {"notification_logs": rows, "user_info": shown}


@method(f"{_LOG}.mark_all_as_read")
def mark_all_as_read(ctx: Context) -> None:
    """Mark all of one's own notifications as read."""
    ctx.store.database.begin_write()
    meta = ctx.meta("Notification Log")
    for row in ctx.store.find(meta, Condition('for_user = ? AND "read" = 0', (ctx.user,))):
        document.set_values(ctx, meta, row["name"], {"read": 1})


@method(f"{_LOG}.mark_as_read")
def mark_as_read(ctx: Context, docname: object) -> None:
    """Mark one of one's own notifications as read; of any other, as of one that is not there, nothing is told."""
    ctx.store.database.begin_write()
    meta = ctx.meta("Notification Log")
    if ctx.store.find(meta, Condition("for_user = ? AND name = ?", (ctx.user, cstr(docname)))):
        document.set_values(ctx, meta, docname, {"read": 1})


@method(f"{_LOG}.trigger_indicator_hide")
def trigger_indicator_hide(ctx: Context) -> None:
    """Nothing: there is no other window to tell."""
