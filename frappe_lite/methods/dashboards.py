"""What a DocType's form says of connections.

The documents that link to one of its own, by the DocType's links and its app's dashboard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..context import Context
from ..doctype.meta import DocType
from ..site import import_app_module
from ..utils import cint, cstr
from ..values import Given


@dataclass(frozen=True)
class Connection:
    """Documents of another DocType that belong to one.

    `fieldname` names it there, or `inner` (a field, or a table and its field) names them here.
    """

    doctype: str
    fieldname: str = ""
    inner: tuple[str, ...] = ()


def connections(ctx: Context, meta: DocType) -> dict[str, Connection]:
    """By DocType, what is connected: as `<doctype>_dashboard.py` of the app says, then as the table `links` does."""
    found = _of_app(ctx, meta)
    for row in meta.raw.get("links") or ():
        if not cint(row.get("hidden")):
            doctype, fieldname = (
                cstr(row.get("parent_doctype") or row.get("link_doctype")),
                cstr(row.get("link_fieldname")),
            )
            inner = (cstr(row.get("table_fieldname")), fieldname) if cint(row.get("is_child_table")) else ()
            found[doctype] = Connection(doctype, fieldname, inner)
    return found


def _of_app(ctx: Context, meta: DocType) -> dict[str, Connection]:
    module = f"{ctx.site.controller_modules.get(meta.name, '').partition(':')[0]}_dashboard"
    if not any(module in app.modules for app in ctx.site.apps.values()):
        return {}
    get_data = getattr(import_app_module(module), "get_data", None)
    data: Given = (get_data() if callable(get_data) else None) or {}
    special, inner = data.get("non_standard_fieldnames") or {}, data.get("internal_links") or {}
    items = [cstr(item) for group in data.get("transactions") or () for item in group.get("items") or ()]
    return {
        item: Connection(item, cstr(special.get(item) or data.get("fieldname")), _path(inner.get(item)))
        for item in items
    }


def _path(inner: Any) -> tuple[str, ...]:
    return tuple(map(cstr, inner)) if isinstance(inner, list | tuple) else (inner,) if inner else ()
