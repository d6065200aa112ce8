"""What stands beside a document, for app code: `frappe.desk.form.load`, comments, mentions, lists of reports."""

from __future__ import annotations

import re
from typing import Any

from .. import permissions
from ..document import comments, history, lists
from ..document.base_document import BaseDocument
from ..errors import PermissionError, ValidationError
from ..utils import _dict, cint, cstr
from .context import ctx
from .dicts import as_face, parse_json
from .mariadb import dialect
from .model.documents import db, get_all, get_doc
from .people.users import get_doc_permissions
from .queries.listing import as_filters
from .utilities import add_user_info

_COMMENTS = {
    "Comment": "comments", "Shared": "shared", "Unshared": "shared", "Assigned": "assignment_logs",
    "Assignment Completed": "assignment_logs",
    "Attachment": "attachment_logs", "Attachment Removed": "attachment_logs", "Info": "info_logs", "Edit": "info_logs",
    "Label": "info_logs",
    "Like": "like_logs", "Workflow": "workflow_logs",
}  # fmt: skip
"""Type of a Comment -> where it stands in `docinfo`."""


def get_docinfo(doc: Any = None, doctype: str | None = None, name: object = None) -> None:
    """Put what stands beside a document into `frappe.response["docinfo"]`. Raises PermissionError for one that the user
    may not read."""
    if not doc:
        doc = get_doc(doctype, name, check_permission=True)
    found = _dict(user_info=_dict())
    add_comments(doc, found)
    messages = get_communication_data(doc.doctype, doc.name, limit=21)
    automatic = [each for each in messages if each.communication_type == "Automated Message"]
    found.update(
        doctype=doc.doctype, name=doc.name, attachments=get_attachments(doc.doctype, doc.name),
        versions=get_versions(doc),
        communications=[each for each in messages if each not in automatic], automated_messages=automatic,
        assignments=get_assignments(doc.doctype, doc.name), permissions=get_doc_permissions(doc), shared=_shares(doc),
        views=get_view_logs(doc),
        additional_timeline_content=[], milestones=[], is_document_followed=None, tags=get_tags(doc.doctype, doc.name),
        document_email=None,
    )  # fmt: skip
    people = {
        each.get("owner")
        for rows in (found.comments, found.versions, found.communications, found.assignments)
        for each in rows
    }
    add_user_info({each for each in people if each}, found.user_info)
    ctx().response["docinfo"] = as_face(found)


def get_diff(old: Any, new: Any, for_child: bool = False, compare_cancelled: bool = False) -> object:
    """What differs between two documents, in the shape of a Version; None if nothing does."""
    return as_face(history.changes(new, old))


def add_comments(doc: BaseDocument, docinfo: Any) -> list[_dict]:
    """Put the comments on a document into `docinfo`, by what they are."""
    docinfo.update({place: [] for place in _COMMENTS.values()})
    fields = ["name", "creation", "content", "owner", "comment_type", "published"]
    found: list[_dict] = get_all(
        "Comment", fields=fields, filters={"reference_doctype": doc.doctype, "reference_name": cstr(doc.name)}
    )
    for each in found:
        if each.comment_type in _COMMENTS:
            docinfo[_COMMENTS[each.comment_type]].append(each)
    return found


def get_comments(doctype: str, name: object, comment_type: Any = "Comment") -> list[_dict]:
    """The comments on a document of a type, of several, or of `share`, `assignment`, `attachment`."""
    groups = {"share": "shared", "assignment": "assignment_logs", "attachment": "attachment_logs"}
    types = (
        [kind for kind, place in _COMMENTS.items() if place == groups.get(comment_type)]
        if isinstance(comment_type, str) and comment_type in groups
        else None
    )
    types = types or ([comment_type] if isinstance(comment_type, str) else list(comment_type))
    filters = {"reference_doctype": doctype, "reference_name": cstr(name), "comment_type": ["in", types]}
    found: list[_dict] = get_all(
        "Comment", fields=["name", "creation", "content", "owner", "comment_type"], filters=filters
    )
    return found


def get_attachments(dt: str, dn: object) -> list[_dict]:
    """The files that hang on a document."""
    filters = {"attached_to_name": cstr(dn), "attached_to_doctype": dt}
    found: list[_dict] = get_all("File", fields=["name", "file_name", "file_url", "is_private"], filters=filters)
    return found


def get_versions(doc: BaseDocument) -> list[_dict]:
    """The last changes of a document; none where they are not kept."""
    if not cint(doc.meta.track_changes):
        return []
    filters = {"ref_doctype": doc.doctype, "docname": cstr(doc.name)}
    found: list[_dict] = get_all(
        "Version", filters=filters, fields=["name", "owner", "creation", "data"], limit=10, order_by="creation desc"
    )
    return found


def get_assignments(dt: str, dn: object) -> list[_dict]:
    """Who has a document to do."""
    filters = {
        "reference_type": dt,
        "reference_name": cstr(dn),
        "status": ["not in", ["Cancelled", "Closed"]],
        "allocated_to": ["is", "set"],
    }
    found: list[_dict] = get_all(
        "ToDo", fields=["name", "allocated_to as owner", "description", "status"], filters=filters
    )
    return found


def get_communication_data(doctype: str, name: object, start: int = 0, limit: int = 20) -> list[_dict]:
    """Messages about a document, the newest first."""
    filters = {
        "reference_doctype": doctype,
        "reference_name": cstr(name),
        "communication_type": ["in", ["Communication", "Feedback", "Automated Message"]],
    }
    found: list[_dict] = get_all(
        "Communication",
        fields=["*"],
        filters=filters,
        order_by="creation desc",
        limit_start=start,
        limit_page_length=limit,
    )
    return found


def get_communications(doctype: str, name: object, start: object = 0, limit: object = 20) -> list[_dict]:
    """The same, for who may read the document. Raises PermissionError."""
    get_doc(doctype, name, check_permission=True)
    return get_communication_data(doctype, name, cint(start), cint(limit))


def get_tags(doctype: str, name: object) -> str:
    """The tags of a document, with commas."""
    return ",".join(get_all("Tag Link", filters={"document_type": doctype, "document_name": cstr(name)}, pluck="tag"))


def get_view_logs(doc: BaseDocument) -> list[_dict]:
    """Who has looked at a document, where that is kept."""
    return [_dict(each) for each in history.views_of(ctx(), doc)]


def _shares(doc: BaseDocument) -> list[_dict]:
    fields = ["name", "user", "read", "write", "submit", "share", "everyone", "owner", "creation"]
    found: list[_dict] = get_all(
        "DocShare", fields=fields, filters={"share_doctype": doc.doctype, "share_name": cstr(doc.name)}
    )
    return found


# --- comments ---


def update_comment_in_doc(doc: BaseDocument) -> None:
    """Let a document know of a comment on it."""
    comments.remember(ctx(), doc.as_dict())


def get_comments_from_parent(doc: BaseDocument) -> list[object]:
    """The comments that the document of a comment knows of."""
    meta = ctx().meta(doc.reference_doctype)
    row = None if meta.issingle or meta.is_virtual else ctx().store.load_row(meta, doc.reference_name)
    return list(parse_json((row or {}).get("_comments") or "[]"))


_TAG = re.compile(r"<[^<>]*>")
_VALUE = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*[\"']([^\"']*)[\"']")


def extract_mentions(txt: object) -> list[str]:
    """The addresses of those whom HTML of an editor mentions with an @; of a group those of its members."""
    found: list[str] = []
    for tag in _TAG.findall(cstr(txt)):
        values = {key.lower(): value for key, value in _VALUE.findall(tag)}
        if "mention" not in values.get("class", "").split():
            continue
        if values.get("data-is-group") == "true":
            group = values.get("data-id")
            members = (
                get_doc("User Group", group).user_group_members if group and db.exists("User Group", group) else []
            )
            found += [row.user for row in members]
        elif values.get("data-id"):
            found.append(values["data-id"])
    return found


# --- `frappe.desk.reportview`: SQL for an app's own statements ---


def get_filters_cond(
    doctype: str,
    filters: object,
    conditions: object = None,
    ignore_permissions: object = None,
    with_match_conditions: bool = False,
) -> str:
    """Filters as SQL that stands behind a WHERE, with ` and ` before it; empty for none. Fields that the user may not
    read raise PermissionError."""
    asking = ctx().trusted() if ignore_permissions else ctx()
    given = parse_json(filters) if isinstance(filters, str) else filters
    given = (
        {
            key: ["!=", value[1:]] if isinstance(value, str) and value.startswith("!") else value
            for key, value in given.items()
        }
        if isinstance(given, dict)
        else given
    )
    query, _ = lists.begin_query(asking.trusted(), doctype, None)
    query.schema = lists.Schema(asking)
    condition = query.condition(as_filters(given)) if given else None
    parts = [dialect.inlined(condition.sql, condition.params).replace("%", "%%")] if condition and condition.sql else []
    if query.joins:
        raise ValidationError.told("Filters on linked documents cannot stand in an app's own statement")
    if with_match_conditions and (match := build_match_conditions(doctype)):
        parts.append(match)
    return "".join(f" and ({each})" for each in parts)


def get_event_conditions(doctype: str, filters: object = None) -> str:
    """Filters, and what the user may read, as SQL for a calendar's own statement."""
    return get_filters_cond(doctype, filters, [], with_match_conditions=True)


def build_match_conditions(doctype: str, user: str | None = None, as_condition: bool = True) -> str:
    """Which documents of a kind the user may read, as SQL for an app's own statement; empty for all. Raises
    PermissionError for none."""
    asking = ctx() if user is None else ctx().as_user(user)
    rows = permissions.rows(asking, asking.meta(doctype))
    if rows is None:
        raise PermissionError.told(f"Insufficient Permission for {doctype}")
    return dialect.inlined(rows.sql, rows.params).replace("%", "%%")


def get_match_cond(doctype: str, as_condition: bool = True) -> str:
    """The same with ` and ` before it."""
    found = build_match_conditions(doctype, as_condition=as_condition)
    return f" and {found}" if found else ""


__all__ = [
    "add_comments", "build_match_conditions", "extract_mentions", "get_assignments", "get_attachments", "get_comments",
    "get_comments_from_parent",
    "get_communication_data", "get_communications", "get_docinfo", "get_filters_cond", "get_match_cond", "get_tags",
    "get_versions", "get_view_logs",
    "update_comment_in_doc",
]  # fmt: skip
