"""What a form asks for and sends: a document with what stands beside it, its DocType, and its saving."""

from __future__ import annotations

from .. import permissions
from ..context import Context
from ..doctype import server_owned
from ..document import access, history, lists, schema
from ..document.base_document import BaseDocument
from ..errors import DoesNotExistError, PermissionError, ValidationError
from ..protocol import parse_json
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .assigning import assignments_of
from .client import document_values


@method("frappe.desk.form.load.getdoc")
def getdoc(ctx: Context, doctype: str, name: object) -> list[object] | None:
    """A document and what stands beside it, at the top of the answer; an empty list for one that is not there, as in
    Frappe, for whoever may read its DocType."""
    try:
        doc = access.load_for(ctx, doctype, name)
    except DoesNotExistError as missing:
        if missing.doctype != doctype:
            raise
        return []
    doc.run_method("onload")
    history.mark_seen(ctx, doc)
    send_form(ctx, doc)
    history.mark_viewed(ctx, doc)  # Frappe: after the answer, which does not tell of this view yet
    return None


def send_form(ctx: Context, doc: BaseDocument) -> None:
    """Put a document at the top of the answer as a form reads it: with the titles of what it links to, and with what
    stands beside it."""
    ctx.response["docs"] = [access.shown(ctx, doc, nulls=ctx.version.show_null)]
    ctx.response["docinfo"] = docinfo(ctx, doc)
    ctx.response["_link_titles"] = _link_titles(ctx, doc)


def _link_titles(ctx: Context, doc: BaseDocument) -> dict[str, object]:
    """`DocType::name` -> title, of linked documents whose DocType shows titles in links."""
    found: dict[str, object] = {}
    for row in [doc, *doc.get_all_children()]:
        for link in row.meta.link_fields:
            value = row.get(link.fieldname)
            if not value or not ctx.has_doctype(link.options):
                continue
            target = ctx.meta(cstr(link.options))
            title = target.get_title_field()
            if (
                cint(target.show_title_field_in_link)
                and title != "name"
                and permissions.may_read_field(ctx, target, title)
            ):
                rows = lists.get_list(ctx, target.name, [title], {"name": value}, limit=1)
                found.update({f"{target.name}::{value}": each[title] for each in rows})
    return found


@method("frappe.desk.form.load.get_docinfo")
def get_docinfo(ctx: Context, doctype: str, name: object) -> None:
    """What stands beside a document."""
    ctx.response["docinfo"] = docinfo(ctx, access.load_for(ctx, doctype, name))


def docinfo(ctx: Context, doc: BaseDocument) -> Values:
    """Comments, versions, assignments, shares, attachments, tags and permissions of a document."""
    own = ("reference_doctype = ? AND reference_name = ?", (doc.doctype, cstr(doc.name)))
    comments = ctx.store.find(
        ctx.meta("Comment"),
        Condition(*own),
        ("name", "creation", "content", "owner", "comment_type", "published"),
        order="creation DESC, rowid DESC",
    )
    shared = ctx.store.find(
        ctx.meta("DocShare"),
        Condition("share_doctype = ? AND share_name = ?", own[1]),
        ("name", "user", "read", "write", "submit", "share", "everyone", "owner", "creation"),
    )
    files = ctx.store.find(
        ctx.meta("File"),
        Condition("attached_to_doctype = ? AND attached_to_name = ?", own[1]),
        ("name", "file_name", "file_url", "is_private"),
    )
    kinds: dict[str, list[object]] = {}
    for comment in comments:
        kinds.setdefault(_LOGS.get(comment["comment_type"], ""), []).append(comment)
    assigned_to = assignments_of(ctx, doc)
    people = {each["owner"] for each in [doc.__dict__, *comments, *assigned_to]} | {each["user"] for each in shared}
    people.add(doc.get("modified_by"))
    return {
        "user_info": {user: told_of(ctx, user) for user in sorted(filter(None, people)) if ctx.user_info(user)},
        **{log: kinds.get(log, []) for log in dict.fromkeys(_LOGS.values())},
        "doctype": doc.doctype,
        "name": doc.name,
        "attachments": files,
        "communications": [],
        "automated_messages": [],
        "versions": _versions(ctx, doc),
        "assignments": assigned_to,
        "permissions": permissions.document_rights(ctx, doc.meta, doc.__dict__),
        "shared": shared,
        "views": history.views_of(ctx, doc),
        "additional_timeline_content": [],
        "milestones": [],
        "is_document_followed": None,
        "tags": cstr(doc.get("_user_tags")),
        "document_email": None,
        "custom_perm_types": [],
    }


def _versions(ctx: Context, doc: BaseDocument) -> list[Values]:
    """The latest changes of a document, with what the caller may read of them."""
    found = ctx.store.find(
        ctx.meta("Version"),
        Condition("ref_doctype = ? AND docname = ?", (doc.doctype, cstr(doc.name))),
        ("name", "owner", "creation", "data"),
        limit=10,
        order="creation DESC",
    )
    return [{**each, "data": data} for each in found if (data := history.readable(ctx, doc.meta, each["data"]))]


_LOGS = {
    "Comment": "comments", "Assigned": "assignment_logs", "Assignment Completed": "assignment_logs",
    "Attachment": "attachment_logs", "Attachment Removed": "attachment_logs", "Info": "info_logs", "Edit": "info_logs",
    "Label": "info_logs", "Like": "like_logs", "Workflow": "workflow_logs",
}  # fmt: skip
"""The type of a comment, and where `docinfo` has it."""


FRAPPES_OWN_ZONE = "Asia/Kolkata"
"""The time zone that is told of users who have none: the Administrator is made before a Frappe knows its own."""


def told_of(ctx: Context, user: str) -> Values:
    """What is shown of whoever has to do with a document."""
    row = ctx.store.load_row(ctx.meta("User"), user) or {}
    row["time_zone"] = row.get("time_zone") or FRAPPES_OWN_ZONE
    shown = {"name": "name", "email": "email", "fullname": "full_name", "image": "user_image", "time_zone": "time_zone"}
    return {key: row.get(fieldname) for key, fieldname in shown.items()}


@method("frappe.desk.form.load.getdoctype")
def getdoctype(ctx: Context, doctype: str, with_parent: object = None, cached_timestamp: object = None) -> None:
    """A DocType with those of its child tables, at the top of the answer."""
    meta = ctx.meta(doctype)
    if not meta.istable and not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")):
        raise PermissionError.told(f"Insufficient Permission for {meta.name}")
    children = [ctx.meta(cstr(each.options)) for each in meta.table_fields if ctx.has_doctype(each.options)]
    ctx.response["docs"] = [schema.meta_document(ctx, each) for each in [meta, *dict.fromkeys(children)]]
    ctx.response["user_settings"] = "{}"


@method("frappe.desk.form.save.savedocs", methods=["POST", "PUT"])
def savedocs(ctx: Context, doc: object, action: str) -> None:
    """Save, submit, update or cancel a document as a form has it."""
    sent = parse_json(doc, "doc")
    ctx.store.database.begin_write()
    status = {"Save": 0, "Submit": 1, "Update": 1, "Cancel": 2}.get(action)
    if status is None:
        raise ValidationError.told("action is one of Save, Submit, Update, Cancel")
    known = document_values(ctx, sent)
    if sent.get("__islocal"):
        dropped = {"modified"} if ctx.meta(known["doctype"]).autoname.lower() == "prompt" else {"modified", "name"}
        values = {key: value for key, value in known.items() if key not in dropped}
        found = access.insert(ctx, {**values, "docstatus": status})
    else:
        stored = access.load_for(ctx, known["doctype"], known.get("name"), "write")
        values = {key: value for key, value in known.items() if key not in ("doctype", "name")}
        claimed = server_owned.drop_from_change(ctx, stored.doctype, sent)
        said = {key: each for key, each in claimed.items() if key not in known}
        found = access.change(ctx, stored, {**values, **said, "docstatus": status})
    send_form(ctx, found)
