"""Lists and counts of documents: the client's filters and the permission rules, in one WHERE.

get_list(ctx, "Task", filters={"status": "Open"}, fields=["name"], limit=20)   ->   [{"name": "TASK-1"}, …]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import CHILD, OPTIONAL, SEEN, STANDARD, DocType
from ..errors import DataError, PermissionError, ValidationError
from ..query import MAX_ROWS, NO_CONDITION, Condition, Query, Select, Selection, all_of, split_outside_brackets
from ..utils import bold, cint, cstr, is_true
from ..values import Values
from . import virtual

DEFAULT_LENGTH = 20
NATURAL = "name asc"
"""Frappe: REST asks MariaDB for no order, and it answers by name. App code, reports and searches have the DocType's
order."""

_OF_ANY = frozenset((*STANDARD, *CHILD, *OPTIONAL, *SEEN, "doctype"))
"""What may be named as a field of any DocType."""

_OF_ALL = re.compile(r"\s*(count|sum|avg)\(\s*\*", re.IGNORECASE)

MAX_REMEMBERED, MAX_SELECTIONS = 1000, 500
"""Characters of fields and order in a list that is remembered, and how many are."""


class Schema:
    """What a query may see, as the context's user."""

    def __init__(self, ctx: Context):
        self.ctx = ctx

    def meta(self, doctype: str) -> DocType:
        """The DocType."""
        return self.ctx.meta(doctype)

    def has(self, doctype: object) -> bool:
        """Whether there is such a DocType."""
        return self.ctx.has_doctype(doctype)

    def may_read(self, meta: DocType, fieldname: str, parent: DocType | None, shown: bool = False) -> bool:
        """Whether the user may read the field."""
        return permissions.may_read_field(self.ctx, meta, fieldname, parent, shown)

    def rows(self, meta: DocType) -> Condition | None:
        """Which rows of a linked DocType the user may read."""
        return permissions.rows(self.ctx, meta)

    def descendants(self, meta: DocType, name: str, operator: str) -> list[str]:
        """The names that a tree operator means."""
        return permissions.descendants(self.ctx.store, meta, name, operator)

    def week_begins(self) -> str:
        """The day that a week of the site begins with: System Settings, `first_day_of_the_week`."""
        return cstr(self.ctx.setting("first_day_of_the_week")) or "Sunday"


def page(
    start: object, length: object, default: int | None = DEFAULT_LENGTH, checked: bool = True
) -> tuple[int, int | None]:
    """(offset, limit) from what a client sent; 0 or text that is not a number means all rows.

    Raises ValidationError for a negative one, or leaves that to the list: Frappe tells first what is wrong with fields
    and filters.
    """
    limit = default if length in (None, "") else cint(length)
    first = cint(start)
    if checked:
        _require_page(first, limit)
    return first, limit or None


def _require_page(start: int, limit: int | None) -> None:
    if start < 0 or (limit or 0) < 0 or start > MAX_ROWS or (limit or 0) > MAX_ROWS + 1:  # one more shows if there are
        raise ValidationError.told("A page begins at 0 or later and has 0 (all) or more rows")


def begin_query(
    ctx: Context,
    doctype: str,
    filters: object,
    or_filters: object = None,
    parent: str | None = None,
    strict: bool = True,
) -> tuple[Query, Condition]:
    """A query on the DocType with the condition of filters and permissions.

    Raises PermissionError if no row may be read.
    """
    meta = ctx.meta(doctype)
    if meta.issingle and permissions.judge(ctx, meta, "read").allowed:  # Frappe: wrong filters are told first
        _where(Query(Schema(ctx), meta, None, strict), filters, or_filters, NO_CONDITION)
    query, allowed = _open(ctx, doctype, parent, strict)
    return query, _where(query, filters, or_filters, allowed)


def _where(query: Query, filters: object, or_filters: object, allowed: Condition) -> Condition:
    return all_of([query.condition(filters), query.condition(or_filters, any_=True), allowed])


def _open(ctx: Context, doctype: str, parent: str | None, strict: bool) -> tuple[Query, Condition]:
    """A query on the DocType, and the condition for the rows that may be read. Raises PermissionError if there are
    none."""
    meta = ctx.meta(doctype)
    if meta.issingle:
        if permissions.rows(ctx, meta) is None:
            raise _refused(meta)
        raise ValidationError.told(
            f"{meta.name} is a Single: it has no list; read /api/resource/{meta.name}/{meta.name}"
        )
    if meta.is_virtual:
        raise ValidationError.told(f"{meta.name} is virtual: it has no table to query; its controller lists and counts")
    ctx.site.write_pending(meta.name)
    governing = meta
    if meta.istable and not permissions.all_powerful(ctx):
        governing = _parent_of(ctx, meta, parent)
    allowed = permissions.rows(ctx, governing)
    if allowed is None:
        raise _refused(meta)
    query = Query(
        Schema(ctx), meta, governing if governing is not meta else None, strict, ungrouped=ctx.store.database.ungrouped
    )
    query.is_alone = meta.istable and not parent and not ctx.is_trusted
    if governing is not meta:
        rows = f' AND parent IN (SELECT name FROM "{governing.table}" WHERE {allowed.sql})' if allowed.sql else ""
        fields = [
            each.fieldname
            for each in governing.table_fields
            if each.options == meta.name and permissions.may_read_field(ctx, governing, each.fieldname)
        ]
        marks = ", ".join("?" * len(fields)) or "NULL"
        sql = f"parenttype = ? AND parentfield IN ({marks}){rows}"
        return query, Condition(sql, (governing.name, *fields, *allowed.params))
    return query, allowed


def _refused(meta: DocType) -> Exception:
    return PermissionError.told(f"Insufficient Permission for {meta.name}")


def _parent_of(ctx: Context, meta: DocType, parent: str | None) -> DocType:
    """The DocType whose rules govern a child table's rows. Raises PermissionError if it is not named or is the wrong
    one."""
    if not parent:
        raise PermissionError.told(f"Insufficient Permission for {bold(meta.name)}")
    governing = ctx.meta(parent)
    if not any(each.options == meta.name for each in governing.table_fields):
        raise PermissionError.told(f"Insufficient Permission for {bold(meta.name)}")
    return governing


def get_list(
    ctx: Context, doctype: str, fields: object = None, filters: object = None, or_filters: object = None,
    order_by: object = None,
    group_by: object = None, start: int = 0, limit: int | None = DEFAULT_LENGTH, parent: str | None = None,
    as_list: bool = False,
    strict: bool = True, distinct: bool = False, natural: bool = False,
) -> list[Any]:  # fmt: skip
    """The rows that the user may read, as dicts or, with `as_list`, as lists. `natural`: without an order, use that
    of REST, see `NATURAL`."""
    meta = ctx.meta(doctype)
    if meta.is_virtual:
        _require_page(start, limit)
        return virtual.get_list(ctx, meta, fields, filters, or_filters, order_by, group_by, start, limit, as_list)
    if natural and not order_by and not group_by:
        order_by = NATURAL
    select = compile_list(
        ctx, doctype, fields, filters, or_filters, order_by, group_by, start, limit, parent, strict, distinct
    )
    return (
        [list(row) for row in ctx.store.database.rows(select.sql, select.params)]
        if as_list
        else ctx.store.select(select)
    )


def require_fields_apart(fields: object) -> None:
    """Raises DataError for `*` beside other fields, or counted in text: Frappe's v1 and its desk take it alone. Nothing
    is asked of the site, so whoever has no right may hear it too."""
    if not isinstance(fields, list):
        return
    starred = [each for each in fields if isinstance(each, str) and "*" in each]
    if ("*" in starred and len(fields) > 1) or any(map(_OF_ALL.match, starred)):
        raise DataError.told("Field not permitted in query: *")


def _require_no_paths(filters: object) -> None:
    """Raises DataError for a filter that names a DocType and a path: it takes a field there. As above."""
    for each in filters if isinstance(filters, list) else ():
        named = each[1] if isinstance(each, list) and len(each) > 3 else None
        if isinstance(named, str) and "." in named and named.split(".")[1].strip("`") not in _OF_ANY:
            raise DataError.told(f"Field not permitted in query: {named[:80]}")


def _apart(fields: Sequence[Any]) -> list[Any]:
    """Fields, each by itself: Frappe takes several in one text, `"name, status"`."""
    for each in fields:
        if each.__class__ is str and "," in each:
            break
    else:
        return list(fields)
    parted = (split_outside_brackets(each) if isinstance(each, str) else [each] for each in fields)
    return [each for parts in parted for each in parts if each != ""]


def compile_list(
    ctx: Context, doctype: str, fields: object = None, filters: object = None, or_filters: object = None,
    order_by: object = None, group_by: object = None,
    start: int = 0, limit: int | None = None, parent: str | None = None, strict: bool = True, distinct: bool = False,
) -> Select:  # fmt: skip
    """The SELECT of a list, limited to what the user may read."""
    wanted = fields or ["name"]
    wanted = _apart(wanted if isinstance(wanted, list | tuple) else [wanted])
    meta = ctx.meta(doctype)
    if meta.issingle and permissions.judge(ctx, meta, "read").allowed:  # Frappe: unknown fields are told first
        _selection(ctx, Query(Schema(ctx), meta, None, strict), wanted, order_by, group_by, distinct)
    query, allowed = _open(ctx, doctype, parent, strict)
    if strict and any(isinstance(each, str) and "(" in each for each in wanted):  # Frappe: calls after filters
        _where(Query(Schema(ctx), meta, query.parent, strict), filters, or_filters, NO_CONDITION)
    selection = _selection(ctx, query, wanted, order_by, group_by, distinct)  # Frappe: fields before filters
    where = _where(query, filters, or_filters, allowed)
    if parent:
        ctx.meta(parent)  # Frappe: it must be there, though nothing is asked of that of no child table
    _require_page(start, limit)
    return query.compose(selection, where, start, limit)


def _selection(
    ctx: Context, query: Query, wanted: list[Any], order_by: object, group_by: object, distinct: bool
) -> Selection:
    """The fields and the order that a client named, as SQL.

    People ask for the same lists again and again: a plain one is remembered for its user.
    """
    names = [*wanted, order_by or "", group_by or ""]
    if not all(each.__class__ is str for each in names) or sum(map(len, names)) > MAX_REMEMBERED:
        return query.selection(_known(query, wanted), order_by, group_by, distinct)
    known: dict[object, Selection] = ctx.cached("selections", dict)
    asking = (ctx.user, ctx.is_trusted, ctx.scopes)
    key = (query.meta.name, query.parent and query.parent.name, query.strict, query.is_alone, distinct, *asking, *names)
    found = known.get(key)
    if found is None:
        found = query.selection(_known(query, wanted), order_by, group_by, distinct)
        # A join is the query's own, and brings conditions that an app may word anew each time
        if not query.joins and len(known) < MAX_SELECTIONS:
            known[key] = found
    return found


def _known(query: Query, fields: list[object]) -> list[object]:
    """In v2 an unknown field is left out; v1 refuses it."""
    if query.strict:
        return fields
    columns = query.meta.columns
    return [each for each in fields if not isinstance(each, str) or not each.isidentifier() or each in columns] or [
        "name"
    ]


def count(
    ctx: Context,
    doctype: str,
    filters: object = None,
    or_filters: object = None,
    parent: str | None = None,
    most: int | None = None,
    strict: bool = True,
    distinct: bool = True,
) -> int:
    """How many documents the user may read. Without `distinct`, a document counts once for each matching row."""
    if ctx.meta(doctype).is_virtual:
        return virtual.count(ctx, ctx.meta(doctype), filters, or_filters)
    query, where = begin_query(ctx, doctype, filters, or_filters, parent, strict)
    select = query.count(where, most, distinct)
    return int(ctx.store.database.rows(select.sql, select.params)[0][0])


def count_as_asked(
    ctx: Context, doctype: str, filters: object, or_filters: object = None, parent: str | None = None, *,
    fields: object = None, distinct: object = None, limit: object = None, group_by: object = None,
) -> int:  # fmt: skip
    """How many documents, or with `group_by` how many groups of them, fit, at most `limit`. Frappe: one counts for each
    of its rows that fits a filter on rows, unless `distinct` is asked for. Raises DataError for fields that no list
    takes, though none is shown."""
    require_fields_apart(fields)
    _require_no_paths(filters)
    most = max(cint(limit), 0) or None
    if group_by:
        return len(get_list(ctx, doctype, ["name"], filters, or_filters, None, group_by, 0, most, parent, as_list=True))
    found = count(ctx, doctype, filters, or_filters, parent, most, distinct=is_true(distinct))
    meta = ctx.meta(doctype)  # who may not count them hears nothing of their fields
    for each in fields if isinstance(fields, list) else ():
        if isinstance(each, str) and each.isidentifier() and not meta.has_field(each) and each not in _OF_ANY:
            raise DataError.told(f"Field not permitted in query: {each[:80]}")
    return found


def first_name(ctx: Context, doctype: str, filters: object) -> Any:
    """The name of the first document that the filters find, or None."""
    rows = get_list(ctx, doctype, filters=filters, limit=1)
    return rows[0]["name"] if rows else None


def expand_links(ctx: Context, doctype: str, rows: list[Values], fieldnames: list[str]) -> None:
    """Replace the names in Link fields by the linked documents, as far as the user may read them: one query a field."""
    meta = ctx.meta(doctype)
    for fieldname in fieldnames:
        link = meta.field(cstr(fieldname))
        if link is None or link.fieldtype != "Link" or not permissions.may_read_field(ctx, meta, link.fieldname):
            continue
        names = sorted({row[fieldname] for row in rows if row.get(fieldname)})
        if not names or permissions.rows(ctx, ctx.meta(cstr(link.options))) is None:
            continue
        found = {
            row["name"]: row for row in get_list(ctx, cstr(link.options), ["*"], {"name": ["in", names]}, limit=None)
        }
        for row in rows:
            row[fieldname] = found.get(row.get(fieldname), row.get(fieldname))
