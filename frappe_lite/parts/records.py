"""Records about documents: versions, comments, tags and shares are as private as the document that they are about.

A role that may read `Version` does not open by it what it may not read itself, not a field of a higher level either. A
list shows the records of DocTypes that the user may read without limits, and the user's own; a single record follows
its document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .. import permissions
from ..context import Context
from ..document import Document
from ..query import Condition, all_of, any_of, quote
from ..site import Site
from ..utils import cstr

ABOUT = {
    "Version": ("ref_doctype", "docname"),
    "Comment": ("reference_doctype", "reference_name"),
    "Tag Link": ("document_type", "document_name"),
    "DocShare": ("share_doctype", "share_name"),
}
"""By DocType, the fields that name the document."""


def attach(site: Site) -> None:
    """Let these DocTypes follow."""
    hooks = site.apps["frappe"].hooks
    for doctype in ABOUT:
        hooks["has_permission"][doctype] = may_touch
        hooks["permission_query_conditions"][doctype] = ROWS[doctype]


def may_touch(ctx: Context, doc: Document, right: str) -> bool | None:
    """Whoever made the record may, and who may read what it is about."""
    about, name = (cstr(doc.get(field)) for field in ABOUT[doc.doctype])
    if doc.doctype == "Version" and ctx.has_doctype(about) and not permissions.reads_all_levels(ctx, ctx.meta(about)):
        return False
    if doc.owner == ctx.user or not about or not ctx.has_doctype(about):
        return None
    row = ctx.store.load(ctx.meta(about), name)
    readable = (
        permissions.judge(ctx, ctx.meta(about), "read", row).allowed if row is not None else about in freely_read(ctx)
    )
    return None if readable else False


def rows_of(doctype: str) -> Callable[[Context], Condition]:
    """The same for lists of the DocType, without following each record."""
    table, column = quote(f"tab{doctype}"), quote(ABOUT[doctype][0])

    def rows(ctx: Context) -> Condition:
        if permissions.all_powerful(ctx):
            return Condition()
        free = sorted(freely_read(ctx))
        own = Condition(f"{table}.owner = ? OR {table}.{column} IS NULL OR {table}.{column} = ''", (ctx.user,))
        found = any_of([own, Condition(f"{table}.{column} IN ({', '.join('?' * len(free))})", tuple(free))])
        closed = sorted(partly_hidden(ctx)) if doctype == "Version" else ()
        if not closed:
            return found
        return all_of([found, Condition(f"{table}.{column} NOT IN ({', '.join('?' * len(closed))})", tuple(closed))])

    return rows


ROWS = {doctype: rows_of(doctype) for doctype in ABOUT}
"""By DocType, the hook that gives the condition."""


def partly_hidden(ctx: Context) -> frozenset[str]:
    """The DocTypes of which some field is of a level that the user may not read: a version of theirs tells of it."""

    def find() -> Iterator[str]:
        for row in ctx.store.find(ctx.meta("DocType"), Condition("istable = 0")):
            if not permissions.reads_all_levels(ctx, ctx.meta(row["name"])):
                yield row["name"]

    found: frozenset[str] = ctx.cached(("partly hidden", ctx.user), lambda: frozenset(find()))
    return found


def freely_read(ctx: Context) -> frozenset[str]:
    """The DocTypes of which the user may read every document."""
    found: frozenset[str] = ctx.cached(("freely read", ctx.user), lambda: frozenset(_freely_read(ctx)))
    return found


def _freely_read(ctx: Context) -> Iterator[str]:
    for row in ctx.store.find(ctx.meta("DocType"), Condition("istable = 0")):
        if row["name"] not in {*ABOUT, "File"}:  # whose own rules ask this
            condition = permissions.rows(ctx, ctx.meta(row["name"]))
            if condition is not None and not condition.sql:
                yield row["name"]
