"""What is recorded about a document outside it: versions of its changes, and comments on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.field import Field
from ..doctype.meta import DocType
from ..protocol import parse_json
from ..query import Condition
from ..utils import cint, cstr, flt, fmt_money, format_duration, now, random_name
from ..values import Values
from . import comments
from .base_document import BaseDocument, make
from .validation import clean_html


def changes(doc: BaseDocument, stored: BaseDocument) -> dict[str, list[object]] | None:
    """The differences in the shape of Frappe's Version: {changed, added, removed, row_changed}; None if there are
    none."""
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


def _changed(doc: BaseDocument, stored: BaseDocument) -> list[list[object]]:
    found: list[list[object]] = []
    for field in doc.meta.value_fields:
        sent = doc.told_value(field.fieldname)
        if stored.get(field.fieldname) == sent or (sent and cstr(stored.get(field.fieldname)) == cstr(sent)):
            continue
        before, after = _told(field, stored.get(field.fieldname)), _told(field, sent)
        if before != after:
            found.append([field.fieldname, before, after])
    own = ("name", "docstatus") if not doc.meta.istable else ()
    return found + [[key, stored.get(key), doc.get(key)] for key in own if stored.get(key) != doc.get(key)]


def _told(field: Field, value: object) -> object:
    """A value as a Version records it: numbers formatted by their type, unset values as they are."""
    if field.fieldtype in ("Link", "Dynamic Link"):
        return cstr(value)
    tell = _TOLD.get(field.fieldtype)
    return tell(field, value) if tell and value else value


def _told_float(field: Field, value: object) -> str:
    places = 0 if flt(value).is_integer() else cint(field.precision) or 3
    return fmt_money(value, places)


_TOLD: dict[str, Callable[[Field, object], str]] = {
    "Currency": lambda field, value: fmt_money(value, cint(field.precision) or 2),
    "Float": _told_float,
    "Percent": lambda _field, value: f"{flt(value, 2)}%",
    "Duration": lambda field, value: format_duration(value, bool(cint(field.hide_days))),
    "Datetime": lambda _field, value: cstr(value)[:19],
    "Time": lambda _field, value: cstr(value)[:8],
    "Text": lambda _field, value: cstr(value).replace("\n", "<br>"),
    "Small Text": lambda _field, value: cstr(value).replace("\n", "<br>"),
}


_NOT_IMPORTED = {"data_import": None, "updater_reference": None}
"""What a Version says beside the changes: it came from no import, and from no other document."""


def record_version(ctx: Context, doc: BaseDocument, stored: BaseDocument) -> None:
    """Record what this save changed as a Version."""
    data = changes(doc, stored)
    if data:
        _insert(
            ctx,
            "Version",
            {
                "ref_doctype": doc.doctype,
                "docname": cstr(doc.name),
                "data": json.dumps({**data, **_NOT_IMPORTED}, default=str, separators=(",", ":")),
            },
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


NOT_KEPT = frozenset(("Deleted Document", "OAuth Bearer Token", "OAuth Authorization Code", "API Key", "DocShare"))
"""DocTypes whose deleted documents nobody brings back."""

UNTOLD = NOT_KEPT | {"Comment", "Communication", "Data Import Log", "File"}
"""DocTypes of which no Comment says that a document was deleted. Frappe: `no_feed_on_delete` of their classes."""


def mark_seen(ctx: Context, doc: BaseDocument) -> None:
    """Record that the caller has seen the document, if its DocType tracks that; a GET commits it too."""
    if "_seen" not in doc.meta.columns or ctx.user in json.loads(cstr(doc.get("_seen")) or "[]"):
        return
    ctx.store.database.begin_write()
    row = ctx.store.load_row(doc.meta, doc.name) or {}
    seen = seen_by(*json.loads(cstr(row.get("_seen")) or "[]"), ctx.user)
    ctx.store.update(doc.meta, doc.name, {"_seen": seen})
    doc.__dict__["_seen"] = seen
    ctx.flags.keep_writes = True


def mark_viewed(ctx: Context, doc: BaseDocument) -> None:
    """Keep a View Log of the caller's, if the DocType of the document says `track_views`; a GET commits it too."""
    if cint(doc.meta.track_views):
        ctx.store.database.begin_write()
        values: Values = {"reference_doctype": doc.doctype, "reference_name": cstr(doc.name), "viewed_by": ctx.user}
        _insert(ctx, "View Log", values)
        ctx.flags.keep_writes = True


def views_of(ctx: Context, doc: BaseDocument) -> list[Values]:
    """Who has looked at a document, the latest first: {name, creation, owner}; nothing where that is not kept."""
    if not cint(doc.meta.track_views):
        return []
    own = Condition("reference_doctype = ? AND reference_name = ?", (doc.doctype, cstr(doc.name)))
    names = ("name", "creation", "owner")
    return ctx.store.find(ctx.meta("View Log"), own, names, order="creation DESC, rowid DESC")


def seen_by(*users: str) -> str:
    """The new value of `_seen` once these users have seen a document."""
    return json.dumps(users)


def remember_deleted(ctx: Context, doc: BaseDocument) -> None:
    """Keep a deleted document, for a System Manager to bring back."""
    if doc.doctype not in NOT_KEPT and not doc.meta.istable:
        values = {"deleted_doctype": doc.doctype, "deleted_name": cstr(doc.name), "data": doc.as_json(), "restored": 0}
        _insert(ctx, "Deleted Document", values)


def say_deleted(ctx: Context, doc: BaseDocument) -> None:
    """Comment that a document was deleted, named in the subject; an app's class may say `no_feed_on_delete`.

    Frappe: the Comment is about the DocType, and no document of it. The change feed leaves it out: it has the deletion.
    """
    if doc.doctype not in UNTOLD and not getattr(doc, "no_feed_on_delete", False):
        about = {"comment_type": "Deleted", "reference_doctype": doc.doctype, "subject": f"{doc.doctype} {doc.name}"}
        _insert(ctx, "Comment", {**about, "comment_email": ctx.user, "published": 0, "seen": 0})


def full_name(ctx: Context, user: object) -> str:
    """A user's full name; for an unknown user, the name itself."""
    info = ctx.user_info(cstr(user))
    return info.full_name if info else cstr(user)


def comment_values(
    ctx: Context, doctype: str, name: object, text: str, comment_type: str = "Comment",
    comment_email: str | None = None, comment_by: str | None = None,
) -> Values:  # fmt: skip
    """The values of a Comment on a document."""
    by = comment_by or (full_name(ctx, ctx.user) if comment_type == "Comment" else None)
    about = {"comment_type": comment_type, "reference_doctype": doctype, "reference_name": cstr(name), "content": text}
    return {**about, "comment_email": comment_email or ctx.user, "comment_by": by, "published": 0, "seen": 0}


def add_comment(ctx: Context, doctype: str, name: object, text: str, comment_type: str = "Comment") -> BaseDocument:
    """Store a Comment that the server makes on a document, and return it. Comments of people are saved as any
    document."""
    made = _insert(ctx, "Comment", comment_values(ctx, doctype, name, text, comment_type))
    comments.remember(ctx, made.__dict__)
    return made


def remove_likes(ctx: Context, doctype: str, name: object) -> None:
    """Delete the Comment that the server made when the caller liked a document."""
    likes = "reference_doctype = ? AND reference_name = ? AND comment_type = 'Like' AND owner = ?"
    ctx.store.database.execute(f"DELETE FROM tabComment WHERE {likes}", (doctype, cstr(name), ctx.user))
    ctx.touch("Comment")


def say_shared(ctx: Context, doctype: str, name: object, user: object, ended: bool = False) -> None:
    """Comment on a document that it was shared with somebody, or no longer is."""
    shared, whom = "un-shared" if ended else "shared", full_name(ctx, user) if user else "everyone"
    text = f"{full_name(ctx, ctx.user)} {shared} this document with {whom}"
    add_comment(ctx, doctype, name, text, "Unshared" if ended else "Shared")


def _insert(ctx: Context, doctype: str, values: dict[str, object]) -> BaseDocument:
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
