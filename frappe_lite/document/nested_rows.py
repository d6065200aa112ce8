"""Lists with more in a row: its child rows, and the documents that it links to.

What belongs to the rows is read by one query for each table or link that is asked for, never by one for each row, and
with the same permissions as a list of its own.

    fields=["name", {"checklist": ["item", "qty"]}, {"project": ["title"]}]
        ->  {"name": "TASK-1", "checklist": [{"item": "write"}], "project": {"name": "Alpha", "title": "Alpha"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.field import Field
from ..doctype.meta import DocType
from ..errors import ValidationError
from ..query.functions import is_over_rows
from ..query.words import split_alias
from ..utils import cstr
from ..values import Values
from . import lists

MAX_DEPTH = 3
"""How deep fields may be nested: each level is one more query for each table or link."""

NAMES_AT_ONCE = 5000

Nested = dict[str, list[Any]]


@dataclass(frozen=True)
class ListQuery:
    """What a client asks of a list, parsed; which page of it, and in which form, stands beside it."""

    fields: list[Any] | str | None = None
    filters: list[Any] | Values | None = None
    or_filters: list[Any] | Values | None = None
    order_by: object = None
    group_by: object = None
    parent: str | None = None

    def rows(
        self, ctx: Context, doctype: str, start: int, limit: int | None, as_list: bool = False, strict: bool = True
    ) -> list[Any]:
        """The rows of a page, as far as the user may read them. Without an order they come as REST has them."""
        return get_list(
            ctx, doctype, self.fields, filters=self.filters, or_filters=self.or_filters, order_by=self.order_by,
            group_by=self.group_by, start=start, limit=limit, parent=self.parent, as_list=as_list, strict=strict,
            natural=True,
        )  # fmt: skip


def get_list(
    ctx: Context,
    doctype: str,
    fields: object = None,
    *,
    group_by: object = None,
    parent: str | None = None,
    as_list: bool = False,
    **asked: Any,
) -> list[Any]:
    """`lists.get_list`, with what is nested in its fields. Raises ValidationError where rows cannot hold that."""
    meta: DocType | None = None
    plain: list[object] = []
    nested: Nested = {}
    for each in fields if fields.__class__ is list else ():
        if each.__class__ is dict:
            meta = ctx.meta(doctype)
            plain, nested = split(meta, fields)
            break
    if meta is None or not nested:
        return lists.get_list(ctx, doctype, fields, group_by=group_by, parent=parent, as_list=as_list, **asked)
    if as_list or group_by:
        raise ValidationError.told("Child rows and linked documents in fields need rows as objects, without group_by")
    _require_rows(plain)
    hidden = _keys(meta, plain, nested)
    rows = lists.get_list(ctx, doctype, [*plain, *hidden], parent=parent, **asked)
    fill(ctx, meta, rows, nested, parent)
    _drop(rows, hidden, nested)
    return rows


def split(meta: DocType, fields: object) -> tuple[list[object], Nested]:
    """Fields of the rows themselves, and those of their tables and links.

    An object that names a function is of the former.
    """
    plain: list[object] = []
    nested: Nested = {}
    for each in fields if isinstance(fields, list) else [fields] if fields else []:
        found = _nested(meta, each)
        if found is None:
            plain.append(each)
        else:
            nested.update(found)
    return plain, nested


def _require_rows(plain: list[object]) -> None:
    """Rows that belong to other rows are not counted or summed up: what is read at once are those of a whole page."""
    if any(map(is_over_rows, plain)):
        raise ValidationError.told(
            "Beside and within child rows and linked documents no field is a COUNT, SUM or the like"
        )


def _nested(meta: DocType, each: object) -> Nested | None:
    if not isinstance(each, dict) or not each:
        return None
    if not all(_place(meta, key) and isinstance(value, list) for key, value in each.items()):
        return None
    return each


def _place(meta: DocType, fieldname: str) -> Field | None:
    """The table or link of that name."""
    field = meta.field(fieldname)
    return (
        field
        if field is not None and field.options and (field in meta.table_fields or field in meta.link_fields)
        else None
    )


def _keys(meta: DocType, plain: list[object], nested: Nested) -> list[str]:
    """The columns that are read to find what belongs to a row, though nobody asked for them.

    Frappe: what is called so in the row, as in `subject as name`, is what it belongs to.
    """
    wanted = {"name" if _is_table(meta, key) else key for key in nested}
    shown = {split_alias(each)[1] or each for each in plain if isinstance(each, str)}
    return sorted(wanted - shown - (set(meta.columns) if "*" in plain else set()))


def _is_table(meta: DocType, fieldname: str) -> bool:
    return any(each.fieldname == fieldname for each in meta.table_fields)


def _drop(rows: list[dict[str, object]], hidden: list[str], nested: Nested) -> None:
    for key in hidden:
        for row in rows if key not in nested else ():
            row.pop(key, None)


def fill(
    ctx: Context,
    meta: DocType,
    rows: list[dict[str, object]],
    nested: Nested,
    parent: str | None = None,
    depth: int = 1,
) -> None:
    """Put child rows and linked documents into rows, as far as the user may read them.

    Raises ValidationError if nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise ValidationError.told(f"Fields may be nested {MAX_DEPTH} levels deep")
    governing = ctx.meta(parent) if parent and meta.istable else None
    for fieldname, fields in nested.items():
        field = _place(meta, fieldname)
        if field is None or not permissions.may_read_field(ctx, meta, fieldname, governing):
            continue
        if _is_table(meta, fieldname):
            _fill_table(ctx, meta, field, rows, fields, depth)
        else:
            _fill_link(ctx, field, rows, fields, depth)


def _fill_table(
    ctx: Context, meta: DocType, field: Field, rows: list[dict[str, object]], fields: list[object], depth: int
) -> None:
    by_parent: dict[str, list[object]] = {cstr(row["name"]): [] for row in rows}
    child = cstr(field.options)
    for names in _portions(list(by_parent)):
        condition = {"parent": ["in", names], "parenttype": meta.name, "parentfield": field.fieldname}
        for key, row in _read(ctx, child, fields, condition, "parent", meta.name, depth):
            by_parent[cstr(key)].append(row)
    for row in rows:
        row[field.fieldname] = by_parent[cstr(row["name"])]


def _fill_link(ctx: Context, field: Field, rows: list[dict[str, object]], fields: list[object], depth: int) -> None:
    """A linked document always has its name, and nothing else where the user may not read it."""
    target = ctx.meta(cstr(field.options))
    found: dict[str, object] = {}
    if not target.issingle and not target.is_virtual and permissions.rows(ctx, target) is not None:
        for names in _portions(sorted({row[field.fieldname] for row in rows if row.get(field.fieldname)}, key=cstr)):
            found.update(
                (cstr(key), row)
                for key, row in _read(ctx, target.name, ["name", *fields], {"name": ["in", names]}, "name", None, depth)
            )
    for row in rows:
        name = row.get(field.fieldname)
        row[field.fieldname] = found.get(cstr(name), {"name": name}) if name else None


def _read(
    ctx: Context, doctype: str, fields: list[object], condition: object, key: str, parent: str | None, depth: int
) -> Iterator[tuple[object, object]]:
    """(key, row) of the rows that fit, with what is nested in them; the key is in the row only if it was asked for."""
    meta = ctx.meta(doctype)
    plain, nested = split(meta, fields)
    _require_rows(plain)
    hidden = sorted(
        {
            *_keys(meta, plain, nested),
            *({key} - set(meta.columns if "*" in plain else [each for each in plain if isinstance(each, str)])),
        }
    )
    order = "idx asc" if parent else "name asc"
    rows = lists.get_list(
        ctx, doctype, [*plain, *hidden], condition, order_by=order, limit=None, parent=parent, strict=False
    )
    keys = [row[key] for row in rows]
    fill(ctx, meta, rows, nested, parent, depth + 1)
    _drop(rows, hidden, nested)
    yield from zip(keys, rows, strict=True)


def _portions(names: list[object]) -> Iterator[list[object]]:
    """Names in lists that a query can bind."""
    for start in range(0, len(names), NAMES_AT_ONCE):
        yield names[start : start + NAMES_AT_ONCE]
