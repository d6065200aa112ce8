"""Lists for app code: `frappe.get_list` with the user's permissions, `frappe.get_all` without.

Dates come as objects.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ...context import Context
from ...doctype.typed_dates import typed_rows
from ...document import comments, lists
from ...query import Select
from ...query.operators import find_operator
from ...query.words import split_outside_brackets
from ...utils import _dict
from ...values import Given
from ..context import ctx
from ..mariadb import dialect
from ..model.doc_ref import DocRef, named

log = logging.getLogger("frappe_lite.app")


def get_list(doctype: str, *args: Any, **kwargs: Any) -> Any:
    """Documents that the user may read, 20 unless told."""
    return _list(ctx(), doctype, *args, **{"limit_page_length": 20, **kwargs})


def get_all(doctype: str, *args: Any, **kwargs: Any) -> Any:
    """Documents, whoever asks; all of them unless told."""
    return _list(ctx().trusted(), doctype, *args, **{"limit_page_length": 0, **kwargs})


def _list(
    asking: Context, doctype: str, fields: object = None, filters: object = None, or_filters: object = None,
    docstatus: object = None, group_by: str | None = None,
    order_by: str | None = "KEEP_DEFAULT_ORDERING", limit_start: object = 0, limit_page_length: object = None,
    as_list: bool = False, with_childnames: bool = False,
    debug: bool = False, ignore_permissions: bool = False, user: str | None = None, with_comment_count: bool = False,
    join: str = "left join",
    distinct: bool = False, start: object = None, page_length: object = None, limit: object = None,
    ignore_ifnull: bool = False, save_user_settings: bool = False,
    save_user_settings_fields: bool = False, update: Given | None = None, user_settings: object = None,
    reference_doctype: str | None = None,
    run: bool = True, strict: bool = True, pluck: str | None = None, ignore_ddl: bool = False, *,
    parent_doctype: str | None = None, parent: str | None = None,
) -> object:  # fmt: skip
    """The parameters and their order are Frappe's. `join`, `ignore_ifnull`, `ignore_ddl` and those about user settings
    have nothing to change here."""
    if _swapped(fields, filters):
        fields, filters = filters, fields  # Frappe: callers mix them up
    if user is not None and not asking.is_trusted and user != asking.user:
        asking = asking.as_user(user)
    asking = asking.trusted() if ignore_permissions else asking
    first, most = lists.page(start or limit_start, limit or page_length or limit_page_length, None)
    wanted = [pluck] if pluck else split_fields(fields)
    filters = _and_docstatus(as_filters(filters), docstatus)
    or_filters = as_filters(or_filters)
    order_by = None if order_by == "KEEP_DEFAULT_ORDERING" else order_by
    if asking.meta(doctype).is_virtual:
        rows = lists.get_list(
            asking, doctype, wanted, filters, or_filters, order_by, group_by, first, most, as_list=as_list
        )
        return [each[pluck] for each in rows] if pluck else rows
    select = lists.compile_list(
        asking, doctype, wanted or None, filters, or_filters, order_by, group_by, first, most,
        parent_doctype or parent, distinct=distinct,
    )  # fmt: skip
    if not run or debug:
        text = dialect.inlined(select.sql, select.params)
        if not run:
            return text
        log.info("%s", text)
    found = _rows(asking, select, as_list, pluck, update)
    if with_comment_count and not as_list and not pluck and "name" in select.names:
        comments.count(asking, doctype, found)
    return found


def _rows(asking: Context, select: Select, as_list: bool, pluck: object, update: Given | None) -> list[Any]:
    found = typed_rows(select.types, asking.store.database.rows(select.sql, select.params))
    if pluck:
        return [row[0] for row in found]
    if as_list:
        return [tuple(row) for row in found]
    rows = [_dict(zip(select.names, row, strict=True)) for row in found]
    return [row.update(update) for row in rows] if update else rows


def _and_docstatus(filters: Any, docstatus: object) -> object:
    if docstatus in (None, [], ()):
        return filters
    wanted = ["docstatus", "in", docstatus if isinstance(docstatus, list | tuple) else [docstatus]]
    pairs = (
        [[key, *_operator_and_value(value)] for key, value in filters.items()]
        if isinstance(filters, Mapping)
        else list(filters or ())
    )
    return [*pairs, wanted]


def _operator_and_value(value: object) -> list[object]:
    return (
        list(value) if isinstance(value, list | tuple) and len(value) == 2 and find_operator(value[0]) else ["=", value]
    )


def _swapped(fields: object, filters: object) -> bool:
    if isinstance(fields, dict) or (isinstance(fields, list) and fields and isinstance(fields[0], list)):
        return True
    return (
        bool(fields)
        and isinstance(filters, list)
        and len(filters) > 1
        and isinstance(filters[0], str)
        and not _is_one_filter(filters)
    )


# --- the forms in which app code names fields and filters ---


def is_term(value: object) -> bool:
    """Whether a value is a part of a PyPika query."""
    return type(value).__module__.startswith(("pypika", "frappe_lite.face.pypika"))


def split_fields(fields: Any) -> list[Any]:
    """Fields as a list: one name, names in a text with commas, or a list of such."""
    given = [fields] if isinstance(fields, str | Mapping) else list(fields or ())
    found: list[object] = []
    for each in given:
        found += (
            [part.strip() for part in split_outside_brackets(each) if part.strip()] if isinstance(each, str) else [each]
        )
    return found


def as_filters(filters: object) -> object:
    """Filters as lists take them: a name, or a list of names, is a filter on `name`; a document stands for its name."""
    if isinstance(filters, DocRef):
        return {"name": named(filters)}
    if isinstance(filters, Mapping):
        return {key: named(value) for key, value in filters.items()}
    if isinstance(filters, str | int | float) and not isinstance(filters, bool):
        return {"name": filters}
    if (
        isinstance(filters, list | tuple | set)
        and filters
        and all(isinstance(each, str | int) for each in filters)
        and not _is_one_filter(filters)
    ):
        return {"name": ["in", list(filters)]}
    return filters


def _is_one_filter(filters: Any) -> bool:
    """`["status", "=", "Open"]`, or with the DocType before it: no list of names."""
    parts = list(filters)
    return len(parts) in (3, 4) and find_operator(parts[-2]) is not None


__all__ = ["as_filters", "get_all", "get_list", "is_term", "split_fields"]
