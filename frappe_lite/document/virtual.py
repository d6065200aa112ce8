"""Virtual DocTypes: the app stores their documents elsewhere, and their controller lists and counts them as in Frappe.

A controller has static methods `get_list` and `get_count`, and for single documents `load_from_db`, `db_insert`,
`db_update` and `delete`. One that lacks a method is told so, by name, when it is needed.
"""

from __future__ import annotations

from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..errors import PermissionError, ValidationError
from ..utils import _dict, cint
from ..values import Function
from ..whitelist import call_with
from .base_document import class_of


def get_list(
    ctx: Context, meta: DocType, fields: object, filters: object, or_filters: object, order_by: object,
    group_by: object, start: int, limit: int | None, as_list: bool,
) -> list[Any]:  # fmt: skip
    """The rows that the controller's `get_list` returns. Raises PermissionError, or ValidationError if it has none."""
    asked = _dict(
        doctype=meta.name, fields=fields or ["name"], filters=filters or [], or_filters=or_filters or [],
        order_by=order_by, group_by=group_by,
        start=start, limit_start=start, page_length=limit or 0, limit_page_length=limit or 0, as_list=as_list,
    )  # fmt: skip
    return list(_call(ctx, meta, "get_list", asked) or [])


def count(ctx: Context, meta: DocType, filters: object, or_filters: object) -> int:
    """The number that the controller's `get_count` returns."""
    return cint(
        _call(ctx, meta, "get_count", _dict(doctype=meta.name, filters=filters or [], or_filters=or_filters or []))
    )


def _call(ctx: Context, meta: DocType, name: str, asked: _dict) -> Any:
    if not permissions.judge(ctx, meta, "read").allowed:
        raise PermissionError.told(f"Insufficient Permission for {meta.name}")
    function: Function | None = getattr(class_of(ctx, meta), name, None)
    if function is None:
        raise ValidationError.told(f"{meta.name} is virtual, and its controller has no {name}()")
    return call_with(function, {"args": asked, **asked})
