"""Lists for app code: `frappe.get_list` with the user's permissions, `frappe.get_all` without; dates come as objects."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..doctype.typed_dates import typed_rows
from ..document import lists
from ..utils import _dict
from .context import ctx


def get_list(doctype: str, *args: Any, **kwargs: Any) -> Any:
    """Documents that the user may read, 20 unless told."""
    return _list(ctx(), doctype, *args, **{"limit_page_length": 20, **kwargs})


def get_all(doctype: str, *args: Any, **kwargs: Any) -> Any:
    """Documents, whoever asks; all of them unless told."""
    return _list(ctx().trusted(), doctype, *args, **{"limit_page_length": 0, **kwargs})


def _list(
    asking: Context, doctype: str, fields: Any = None, filters: Any = None, order_by: str | None = None, limit_start: int = 0, limit_page_length: Any = 20,
    or_filters: Any = None, group_by: str | None = None, limit: Any = None, start: int | None = None, page_length: Any = None, pluck: str | None = None,
    as_list: bool = False, distinct: bool = False, ignore_permissions: bool = False, parent_doctype: str | None = None, **_more: Any,
) -> Any:  # fmt: skip
    if _swapped(fields, filters):
        fields, filters = filters, fields  # Frappe: callers mix them up
    if isinstance(filters, str | int):
        filters = {"name": filters}
    first, most = lists.page(start or limit_start, limit or page_length or limit_page_length, None)
    wanted = [pluck] if pluck else ([each.strip() for each in fields.split(",")] if isinstance(fields, str) else fields)
    asking = asking.trusted() if ignore_permissions else asking
    if asking.meta(doctype).is_virtual:
        rows = lists.get_list(
            asking, doctype, wanted, filters, or_filters, order_by, group_by, first, most, as_list=as_list
        )
        return [each[pluck] for each in rows] if pluck else rows
    order_by = None if order_by == "KEEP_DEFAULT_ORDERING" else order_by
    select = lists.compile_list(
        asking,
        doctype,
        list(wanted) if wanted else None,
        filters,
        or_filters,
        order_by,
        group_by,
        first,
        most,
        parent_doctype,
        distinct=distinct,
    )
    found = typed_rows(select.types, asking.store.database.rows(select.sql, select.params))
    if pluck:
        return [row[0] for row in found]
    return [tuple(row) for row in found] if as_list else [_dict(zip(select.names, row, strict=True)) for row in found]


def _swapped(fields: Any, filters: Any) -> bool:
    if isinstance(fields, dict) or (isinstance(fields, list) and fields and isinstance(fields[0], list)):
        return True
    return bool(fields) and isinstance(filters, list) and len(filters) > 1 and isinstance(filters[0], str)
