"""`frappe.desk.*`: what the desk and mobile apps do to a document beside its fields: comments, tags, likes,
assignments, forms.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from .. import document, permissions
from ..access import identity
from ..context import Context
from ..doctype import naming, server_owned
from ..document import access, assignments, history, lists, schema
from ..errors import DoesNotExistError, LinkValidationError, PermissionError, ValidationError
from ..face.assigning import notify_assignment
from ..protocol import parse_json
from ..query import Condition
from ..utils import bold, cint, cstr, is_true
from ..whitelist import method
from . import users
from .client import document_values

# --- comments, tags, likes ---


@method("frappe.desk.form.utils.add_comment", methods=["POST", "PUT"])
def add_comment(
    ctx: Context,
    reference_doctype: str,
    reference_name: Any,
    content: str,
    comment_email: Any = None,
    comment_by: Any = None,
) -> dict[str, Any]:
    """Comment on a document that one may read, as oneself."""
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, reference_doctype, reference_name)
    values = history.comment_values(ctx, doc.doctype, doc.name, content)
    return dict(document.new(ctx.trusted(), {"doctype": "Comment", **values}).insert().as_dict())


@method("frappe.desk.form.utils.update_comment", methods=["POST", "PUT"])
def update_comment(ctx: Context, name: str, content: str) -> None:
    """Change one's own comment."""
    ctx.store.database.begin_write()
    doc = document.load(ctx.trusted(), "Comment", name)
    if ctx.user not in ("Administrator", doc.owner):
        raise PermissionError.told("Comment can only be edited by the owner")
    doc.content = content
    doc.save()


@method("frappe.desk.doctype.tag.tag.add_tag", methods=["POST", "PUT"])
def add_tag(ctx: Context, tag: str, dt: str, dn: Any, color: Any = None) -> str:
    """Tag a document."""
    naming.check_name(ctx.meta("Tag"), tag)
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, dt, dn, "write")
    tags = _tags(doc)
    if tag not in tags:
        _set_tags(ctx, doc, [*tags, tag])
    return tag


@method("frappe.desk.doctype.tag.tag.remove_tag", methods=["POST", "PUT"])
def remove_tag(ctx: Context, tag: str, dt: str, dn: Any) -> None:
    """Take a tag off."""
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, dt, dn, "write")
    _set_tags(ctx, doc, [each for each in _tags(doc) if each != tag])


def _tags(doc: Any) -> list[str]:
    return [each for each in cstr(doc.get("_user_tags")).split(",") if each]


def _set_tags(ctx: Context, doc: Any, tags: list[str]) -> None:
    for tag in tags:
        if "," in tag or len(tag) > 140:
            raise ValidationError.told("A tag has no comma and at most 140 characters")
        schema.insert_record(ctx, "Tag", cstr(naming.check_name(ctx.meta("Tag"), tag)))
    document.set_values(ctx, doc.meta, doc.name, {"_user_tags": ",".join(tags)})
    ctx.store.database.execute(
        'DELETE FROM "tabTag Link" WHERE document_type = ? AND document_name = ?', (doc.doctype, cstr(doc.name))
    )
    for tag in tags:
        schema.insert_record(
            ctx,
            "Tag Link",
            f"{doc.doctype}-{doc.name}-{tag}"[:140],
            document_type=doc.doctype,
            document_name=cstr(doc.name),
            tag=tag,
        )


@method("frappe.desk.doctype.tag.tag.get_tags")
def get_tags(ctx: Context, doctype: str, txt: str = "") -> list[str]:
    """Tags in use that have the text; none for whoever may not read the documents, whether or not there are some."""
    if not ctx.has_doctype(doctype) or not permissions.judge(ctx, meta := ctx.meta(doctype), "read").allowed:
        return []
    rows = ctx.store.database.rows(
        'SELECT DISTINCT tag FROM "tabTag Link" WHERE document_type = ? AND tag LIKE ? ORDER BY tag LIMIT 100',
        (meta.name, f"%{txt}%"),
    )
    return [row[0] for row in rows]


@method("frappe.desk.like.toggle_like", methods=["POST", "PUT"])
def toggle_like(ctx: Context, doctype: str, name: Any, add: Any = False) -> None:
    """Like a document, or not any more. Frappe: who likes it no more is refused nothing, also where nothing is there."""
    ctx.store.database.begin_write()
    likes_it = add == "Yes"  # Frappe: whatever else is sent means the contrary
    try:
        doc = access.load_for(ctx, doctype, name)
    except (DoesNotExistError, PermissionError):
        if likes_it:
            raise
        return
    before = json.loads(doc.get("_liked_by") or "[]")
    likes = [each for each in before if each != ctx.user]
    if likes_it and ctx.user not in before:
        history.add_comment(ctx, doc.doctype, doc.name, "Liked", "Like")
    elif not likes_it and ctx.user in before:
        history.remove_likes(ctx, doc.doctype, doc.name)
    likes += [ctx.user] if likes_it else []
    document.set_values(ctx, doc.meta, doc.name, {"_liked_by": json.dumps(likes)})


# --- assignments ---


@method("frappe.desk.form.assign_to.add", methods=["POST", "PUT"])
def assign(
    ctx: Context, doctype: str, name: Any, assign_to: Any = None, description: Any = None, priority: Any = None, date: Any = None, assign_to_me: Any = None,
    notify: Any = None, bulk_assign: Any = None, re_assign: Any = None, assignment_rule: Any = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Give a document to users, as a ToDo each."""
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, doctype, name)
    shared: list[str] = []
    given = parse_json(assign_to, "assign_to") if cstr(assign_to).strip().startswith("[") else assign_to
    for user in given if isinstance(given, list) else [given]:
        user = _assignee(ctx, user)
        if any(each["owner"] == user for each in _assignments(ctx, doc)):
            continue
        values = {
            "doctype": "ToDo", "allocated_to": user, "reference_type": doc.doctype, "reference_name": cstr(doc.name), (
                "status"
            ): "Open",
            "description": description or f"Assignment for {doc.doctype} {doc.name}", "priority": priority or "Medium", (
                "date"
            ): date, "assigned_by": ctx.user,
        }  # fmt: skip
        document.new(ctx.trusted(), values).insert()
        if access.may(ctx, ctx.user, doc, "write"):
            assignments.tell(ctx, doc.doctype, doc.name, user)
        notify_assignment(ctx.user, user, doc.doctype, doc.name, "ASSIGN", values["description"])
        shared += [user] if _open_to(ctx, doc, user) else []
    if shared:
        ctx.say(f"Shared with the following Users with Read access:<br><br>{'<br>'.join(shared)}", alert=True)
    return _remember_assignments(ctx, doc)


def _assignee(ctx: Context, user: Any) -> str:
    """The user's name as it is stored. Raises LinkValidationError."""
    try:
        return cstr(identity.user_named(ctx, user).name)
    except DoesNotExistError:
        raise LinkValidationError.told(f"Could not find Allocated To: {user}") from None


def _open_to(ctx: Context, doc: Any, user: str) -> bool:
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


def assigned(ctx: Context, doctype: str, name: Any) -> list[dict[str, Any]]:
    """Who has a document, for whoever may read it."""
    return _given(ctx, access.load_for(ctx, doctype, name))


@method("frappe.desk.form.assign_to.remove", methods=["POST", "PUT"])
def unassign(ctx: Context, doctype: str, name: Any, assign_to: str) -> list[dict[str, Any]]:
    """Take a document back from a user: the ToDo is cancelled."""
    assign_to = identity.known_name(ctx, assign_to)
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, doctype, name)
    for each in _assignments(ctx, doc):
        if each["owner"] == assign_to:
            todo = document.load(ctx.trusted(), "ToDo", each["name"])
            todo.status = "Cancelled"
            todo.save()
            notify_assignment(todo.assigned_by, assign_to, doc.doctype, doc.name)
    return _remember_assignments(ctx, doc)


def _assignments(ctx: Context, doc: Any) -> list[dict[str, Any]]:
    condition = Condition(
        "reference_type = ? AND reference_name = ? AND status NOT IN ('Cancelled', 'Closed') AND allocated_to != ''",
        (doc.doctype, cstr(doc.name)),
    )
    fields = ("allocated_to", "name", "description", "status")
    rows = ctx.store.find(ctx.meta("ToDo"), condition, fields, order="creation DESC, rowid DESC")
    return [{"owner": row.pop("allocated_to"), **row} for row in rows]


def _given(ctx: Context, doc: Any) -> list[dict[str, Any]]:
    """Who has a document, in few words."""
    return [{"owner": each["owner"], "name": each["name"]} for each in _assignments(ctx, doc)]


def _remember_assignments(ctx: Context, doc: Any) -> list[dict[str, Any]]:
    found = _given(ctx, doc)
    document.set_values(
        ctx, doc.meta, doc.name, {"_assign": json.dumps([each["owner"] for each in reversed(found)]) if found else None}
    )
    return found


# --- forms ---


@method("frappe.desk.form.load.getdoc")
def getdoc(ctx: Context, doctype: str, name: Any) -> None:
    """A document and what stands beside it, at the top of the answer."""
    doc = access.load_for(ctx, doctype, name)
    doc.run_method("onload")
    send_form(ctx, doc)


def send_form(ctx: Context, doc: Any) -> None:
    """Put a document at the top of the answer as a form reads it: with the titles of what it links to, and with what
    stands beside it."""
    ctx.response["docs"] = [access.shown(ctx, doc, nulls=ctx.version.show_null)]
    ctx.response["docinfo"] = docinfo(ctx, doc)
    ctx.response["_link_titles"] = _link_titles(ctx, doc)


def _link_titles(ctx: Context, doc: Any) -> dict[str, Any]:
    """`DocType::name` -> title, of linked documents whose DocType shows titles in links."""
    found: dict[str, Any] = {}
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
def get_docinfo(ctx: Context, doctype: str, name: Any) -> None:
    """What stands beside a document."""
    ctx.response["docinfo"] = docinfo(ctx, access.load_for(ctx, doctype, name))


def docinfo(ctx: Context, doc: Any) -> dict[str, Any]:
    """Comments, versions, assignments, shares, attachments, tags and permissions of a document."""
    own = ("reference_doctype = ? AND reference_name = ?", (doc.doctype, cstr(doc.name)))
    comments = ctx.store.find(
        ctx.meta("Comment"),
        Condition(*own),
        ("name", "creation", "content", "owner", "comment_type", "published"),
        order="creation DESC, rowid DESC",
    )
    versions = ctx.store.find(
        ctx.meta("Version"),
        Condition("ref_doctype = ? AND docname = ?", own[1]),
        ("name", "owner", "creation", "data"),
        limit=10,
        order="creation DESC",
    )
    versions = [{**each, "data": data} for each in versions if (data := history.readable(ctx, doc.meta, each["data"]))]
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
    kinds: dict[str, list[Any]] = {}
    for comment in comments:
        kinds.setdefault(_LOGS.get(comment["comment_type"], ""), []).append(comment)
    assigned_to = _assignments(ctx, doc)
    people = {each["owner"] for each in [doc.__dict__, *comments, *assigned_to]} | {each["user"] for each in shared}
    people.add(doc.get("modified_by"))
    return {
        "user_info": {user: _told_of(ctx, user) for user in sorted(filter(None, people)) if ctx.user_info(user)},
        **{log: kinds.get(log, []) for log in dict.fromkeys(_LOGS.values())},
        "doctype": doc.doctype,
        "name": doc.name,
        "attachments": files,
        "communications": [],
        "automated_messages": [],
        "versions": versions,
        "assignments": assigned_to,
        "permissions": permissions.document_rights(ctx, doc.meta, doc.__dict__),
        "shared": shared,
        "views": [],
        "additional_timeline_content": [],
        "milestones": [],
        "is_document_followed": None,
        "tags": cstr(doc.get("_user_tags")),
        "document_email": None,
        "custom_perm_types": [],
    }


_LOGS = {
    "Comment": "comments", "Assigned": "assignment_logs", "Assignment Completed": "assignment_logs",
    "Attachment": "attachment_logs", "Attachment Removed": "attachment_logs", "Info": "info_logs", "Edit": "info_logs",
    "Label": "info_logs", "Like": "like_logs", "Workflow": "workflow_logs",
}  # fmt: skip
"""The type of a comment, and where `docinfo` has it."""


FRAPPES_OWN_ZONE = "Asia/Kolkata"
"""The time zone that is told of users who have none: the Administrator is made before a Frappe knows its own."""


def _told_of(ctx: Context, user: str) -> dict[str, Any]:
    """What is shown of whoever has to do with a document."""
    row = ctx.store.load_row(ctx.meta("User"), user) or {}
    row["time_zone"] = row.get("time_zone") or FRAPPES_OWN_ZONE
    shown = {"name": "name", "email": "email", "fullname": "full_name", "image": "user_image", "time_zone": "time_zone"}
    return {key: row.get(fieldname) for key, fieldname in shown.items()}


@method("frappe.desk.form.load.getdoctype")
def getdoctype(ctx: Context, doctype: str, with_parent: Any = None, cached_timestamp: Any = None) -> None:
    """A DocType with those of its child tables, at the top of the answer."""
    meta = ctx.meta(doctype)
    if not meta.istable and not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")):
        raise PermissionError.told(f"Insufficient Permission for {meta.name}")
    children = [ctx.meta(cstr(each.options)) for each in meta.table_fields if ctx.has_doctype(each.options)]
    ctx.response["docs"] = [schema.meta_document(ctx, each) for each in [meta, *dict.fromkeys(children)]]
    ctx.response["user_settings"] = "{}"


@method("frappe.desk.form.save.savedocs", methods=["POST", "PUT"])
def savedocs(ctx: Context, doc: Any, action: str) -> None:
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


# --- report view ---


def _report_rows(ctx: Context, arguments: dict[str, Any], as_list: bool = False) -> list[Any]:
    start, limit = lists.page(
        arguments.get("start") or arguments.get("limit_start"),
        arguments.get("page_length") or arguments.get("limit") or arguments.get("limit_page_length"),
        checked=False,
    )
    fields = parse_json(arguments.get("fields"), "fields") or ["name"]
    if not isinstance(fields, list | str):
        raise ValidationError.told('fields is a list of field names, such as ["name", "status"]')
    return lists.get_list(
        ctx, arguments["doctype"], ["name" if each == "`name`" else each for each in fields], parse_json(arguments.get("filters"), "filters"),
        parse_json(arguments.get("or_filters"), "or_filters"), arguments.get("order_by"), arguments.get("group_by"), start, limit,
        arguments.get("parent_doctype"), as_list=as_list, distinct=is_true(arguments.get("distinct")),
    )  # fmt: skip


@method("frappe.desk.reportview.get")
def reportview_get(ctx: Context, doctype: str, **arguments: Any) -> Any:
    """Rows in the compressed form of the desk: {keys, values}; an empty list for none."""
    rows = _report_rows(ctx, {**arguments, "doctype": doctype})
    if rows and is_true(arguments.get("with_comment_count")) and "name" in rows[0]:
        _count_comments(ctx, doctype, rows)
    if not rows:
        return []
    assigned = {user for row in rows for user in _assigned_in(row.get("_assign"))}
    people = {user: _told_of(ctx, user) for user in sorted(assigned) if ctx.user_info(user)}
    return {"keys": list(rows[0]), "values": [list(row.values()) for row in rows], "user_info": people}


def _assigned_in(text: Any) -> list[str]:
    """The users in the column `_assign`."""
    found = json.loads(text) if isinstance(text, str) and text.startswith("[") else []
    return [each for each in found if isinstance(each, str)]


def _count_comments(ctx: Context, doctype: str, rows: list[dict[str, Any]]) -> None:
    """Give each row the number of comments on its document, as `_comment_count`."""
    names = ctx.store.database.among("reference_name", [cstr(row["name"]) for row in rows])
    about = Condition("reference_doctype = ? AND comment_type = 'Comment'", (ctx.meta(doctype).name,)) & names
    found = ctx.store.find(ctx.meta("Comment"), about, ("reference_name",))
    counted = Counter(cstr(each["reference_name"]) for each in found)
    for row in rows:
        row["_comment_count"] = counted[cstr(row["name"])]


@method("frappe.desk.reportview.get_list")
def reportview_get_list(ctx: Context, doctype: str, **arguments: Any) -> list[Any]:
    """Rows as dicts."""
    return _report_rows(ctx, {**arguments, "doctype": doctype})


@method("frappe.desk.reportview.get_count")
def reportview_get_count(
    ctx: Context,
    doctype: str,
    filters: Any = None,
    fields: Any = None,
    distinct: Any = None,
    limit: Any = None,
    **_more: Any,
) -> int:
    """How many documents fit."""
    return lists.count(ctx, doctype, parse_json(filters, "filters"), most=int(limit) if cstr(limit).isdigit() else None)
