"""`_comments` of a document: its last comments as lists show them, kept in step with the Comment documents."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from ..context import Context
from ..doctype.meta import DocType
from ..query import Condition, quote
from ..utils import cstr
from ..values import Given, Values

MAX_KEPT, MAX_LENGTH = 100, 100


def count(ctx: Context, doctype: str, rows: Iterable[MutableMapping[str, object]]) -> None:
    """Give each row of a list the number of comments on its document, as `_comment_count`; one statement for all."""
    rows = list(rows)
    names = ctx.store.database.among("reference_name", [cstr(row["name"]) for row in rows])
    about = Condition("reference_doctype = ? AND comment_type = 'Comment'", (ctx.meta(doctype).name,)) & names
    found = ctx.store.find(ctx.meta("Comment"), about, ("reference_name",))
    counted = Counter(cstr(each["reference_name"]) for each in found)
    for row in rows:
        row["_comment_count"] = counted[cstr(row["name"])]


def _target(ctx: Context, comment: Mapping[str, object]) -> DocType | None:
    """The DocType of the commented document, if its rows keep comments. Likes, assignments and the like are not
    kept."""
    if (
        comment.get("comment_type", "Comment") != "Comment"
        or not comment.get("reference_name")
        or not ctx.has_doctype(comment.get("reference_doctype"))
    ):
        return None
    meta = ctx.meta(cstr(comment["reference_doctype"]))
    return None if meta.issingle or meta.is_virtual or "_comments" not in meta.columns else meta


def remember(ctx: Context, comment: Mapping[str, object]) -> None:
    """Add a new or changed comment to its document. `modified` stays as it is."""
    content = cstr(comment.get("content"))
    if content:
        short = content if len(content) <= MAX_LENGTH else f"{content[: MAX_LENGTH - 3]}..."
        by = comment.get("comment_email") or comment.get("sender") or comment.get("owner")
        _write(ctx, comment, {"comment": short, "by": by, "name": comment.get("name")})


def forget(ctx: Context, comment: Mapping[str, object]) -> None:
    """Remove a comment that is about to be deleted from its document."""
    _write(ctx, comment, None)


def _write(ctx: Context, comment: Given, entry: Values | None) -> None:
    meta = _target(ctx, comment)
    if meta is None:
        return
    place = (cstr(comment["reference_name"]),)
    row = ctx.store.database.row(f"SELECT _comments FROM {quote(meta.table)} WHERE name = ?", place)
    if row is None:
        return
    known = _parsed(row[0])
    names = [each.get("name") for each in known]
    if entry is None:
        known = [each for each in known if each.get("name") != comment.get("name")]
    elif comment.get("name") in names:
        known[names.index(comment.get("name"))]["comment"] = entry["comment"]
    else:
        known.append(entry)
    ctx.store.database.execute(
        f"UPDATE {quote(meta.table)} SET _comments = ? WHERE name = ?", (json.dumps(known[-MAX_KEPT:]), *place)
    )


def _parsed(text: Any) -> list[Values]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


__all__ = ["forget", "remember"]
