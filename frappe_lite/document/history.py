"""What is remembered of a document beside it: versions of its changes, comments on it."""

from __future__ import annotations

import json
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..protocol import parse_json
from ..utils import cstr, now, random_name
from . import comments
from .base_document import BaseDocument, make
from .validation import clean_html

_SILENT = ("modified", "modified_by", "creation", "idx", "_user_tags", "_comments", "_assign", "_liked_by")


def changes(doc: BaseDocument, stored: BaseDocument) -> dict[str, list[Any]] | None:
    """What differs, in the shape of Frappe's Version: {changed, added, removed, row_changed}; None if nothing does."""
    found: dict[str, list[Any]] = {"added": [], "changed": _changed(doc, stored), "removed": [], "row_changed": []}
    for field in doc.meta.table_fields:
        before = {row.name: row for row in stored.get(field.fieldname) or []}
        for index, row in enumerate(doc.get(field.fieldname) or []):
            old = before.pop(row.name, None)
            if old is None:
                found["added"].append([field.fieldname, row.as_dict()])
            elif differing := _changed(row, old):
                found["row_changed"].append([field.fieldname, index, row.name, differing])
        found["removed"] += [[field.fieldname, row.as_dict()] for row in before.values()]
    return found if any(found.values()) else None


def _changed(doc: BaseDocument, stored: BaseDocument) -> list[list[Any]]:
    columns = [column for column in doc.meta.columns if column not in _SILENT]
    return [
        [column, stored.get(column), doc.get(column)]
        for column in columns
        if (stored.get(column) or None) != (doc.get(column) or None)
    ]


def record_version(ctx: Context, doc: BaseDocument, stored: BaseDocument) -> None:
    """Keep a Version of what this save changed."""
    data = changes(doc, stored)
    if data:
        _insert(
            ctx,
            "Version",
            {"ref_doctype": doc.doctype, "docname": cstr(doc.name), "data": json.dumps(data, default=str)},
        )


def readable(ctx: Context, meta: DocType, data: str) -> str | None:
    """What a Version tells, without the fields of the document and of its rows whose level the caller may not read;
    None if nothing is left."""
    if permissions.reads_all_levels(ctx, meta):
        return data
    hidden = permissions.hidden_fields(ctx, meta)
    of_rows: dict[str, frozenset[str]] = {}
    for table, child in permissions.child_metas(ctx, meta):
        of_rows[table] = permissions.hidden_fields(ctx, child, meta)
    told, keys = parse_json(data, "data") or {}, ("added", "changed", "removed", "row_changed")
    found = {key: [each for each in told.get(key) or () if each[0] not in hidden] for key in keys}
    for table, row in [*found["added"], *found["removed"]]:
        for name in of_rows.get(table, ()):
            row.pop(name, None)
    for change in found["row_changed"]:
        change[3] = [each for each in change[3] if each[0] not in of_rows.get(change[0], ())]
    found["row_changed"] = [change for change in found["row_changed"] if change[3]]
    return json.dumps({**told, **found}, default=str) if any(found.values()) else None


def add_comment(
    ctx: Context, doctype: str, name: Any, text: str, comment_type: str = "Comment",
    comment_email: str | None = None, comment_by: str | None = None,
) -> Any:  # fmt: skip
    """Store a Comment on a document and return it."""
    info = ctx.user_info(ctx.user)
    values = {
        "comment_type": comment_type, "reference_doctype": doctype, "reference_name": cstr(name), "content": text,
        "comment_email": comment_email or ctx.user, "comment_by": comment_by or (info.full_name if info else ctx.user),
        "published": 0, "seen": 0,
    }  # fmt: skip
    made = _insert(ctx, "Comment", values)
    comments.remember(ctx, made.__dict__)
    return made


def _insert(ctx: Context, doctype: str, values: dict[str, Any]) -> Any:
    """Store one of our own small documents: no controller, no checks, no permission to ask."""
    moment = now()
    standard = {
        "name": random_name(),
        "owner": ctx.user,
        "creation": moment,
        "modified": moment,
        "modified_by": ctx.user,
        "docstatus": 0,
        "idx": 0,
    }
    document = make(ctx, doctype, {**standard, **values})
    clean_html(document)
    ctx.store.insert(document.meta, document.__dict__)
    return document
