"""`frappe.desk.search.*`: link fields that search as one types."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..document import lists
from ..errors import ValidationError
from ..protocol import parse_json
from ..utils import cint, cstr, strip_html
from ..whitelist import method

PAGE = 10
MAX_PAGE = 10_000


@method("frappe.desk.search.search_link")
def search_link(
    ctx: Context, doctype: str, txt: Any = "", query: Any = None, filters: Any = None, page_length: Any = PAGE, searchfield: Any = None,
    reference_doctype: Any = None, ignore_user_permissions: Any = None, start: Any = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Documents whose name, title or search fields have the text: {value, description, label?}."""
    return find(
        ctx, doctype, cstr(txt), parse_json(filters, "filters"), cint(page_length) or PAGE, cint(start), searchfield
    )


@method("frappe.desk.search.search_widget")
def search_widget(
    ctx: Context, doctype: str, txt: Any = "", query: Any = None, searchfield: Any = None, start: Any = 0, page_length: Any = PAGE,
    filters: Any = None, filter_fields: Any = None, as_dict: Any = None, reference_doctype: Any = None, ignore_user_permissions: Any = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The same rows, for search dialogs."""
    return find(
        ctx, doctype, cstr(txt), parse_json(filters, "filters"), cint(page_length) or PAGE, cint(start), searchfield
    )


def find(
    ctx: Context, doctype: str, text: str, filters: Any, length: int, start: int = 0, searchfield: Any = None
) -> list[dict[str, Any]]:
    """The rows of a search, as the user may read them."""
    meta = ctx.meta(doctype)
    if searchfield and cstr(searchfield) not in meta.columns:
        raise ValidationError.told(f"searchfield is a field of {meta.name}")
    if length < 0 or start < 0:
        raise ValidationError.told("page_length and start are 0 or more")
    title = meta.get_title_field()
    shown = [name for name in dict.fromkeys([title, *meta.search_fields]) if name in meta.columns and name != "name"]
    hidden = [link.fieldname for link in meta.fields if link.fieldname in ("disabled",)]
    conditions = list(_pairs(filters))
    if meta.name == "User":
        conditions.append(["name", "not in", ["Guest", "Administrator"]])
    conditions += [[name, "!=", 1] for name in hidden]
    enabled = meta.field("enabled")
    if enabled is not None and enabled.fieldtype == "Check":
        conditions.append(["enabled", "=", 1])
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    matching = (
        [
            [name, "like", f"%{escaped}%"]
            for name in dict.fromkeys(["name", *shown, *([searchfield] if searchfield else [])])
        ]
        if text
        else None
    )
    rows = lists.get_list(
        ctx, doctype, ["name", *shown], conditions, matching, start=start, limit=min(length, MAX_PAGE)
    )
    rows.sort(key=lambda row: not cstr(row["name"]).lower().startswith(text.lower()))
    return [_row(meta, title, shown, row) for row in rows]


def _pairs(filters: Any) -> list[Any]:
    if isinstance(filters, dict):
        return [
            [key, *(value if isinstance(value, list) and len(value) == 2 else ["=", value])]
            for key, value in filters.items()
        ]
    if filters and not isinstance(filters, list):
        raise ValidationError.told("filters is a list or an object")
    return list(filters or [])


def _row(meta: Any, title: str, shown: list[str], row: dict[str, Any]) -> dict[str, Any]:
    """Where the title stands for the name, the name is part of the description."""
    as_title = bool(cint(meta.show_title_field_in_link)) and title != "name"
    parts = (
        [row["name"], *(row.get(name) for name in shown if name != title)]
        if as_title
        else [row.get(name) for name in shown]
    )
    description = ", ".join(strip_html(cstr(part)) for part in parts if part not in (None, ""))
    found = {"value": row["name"], "description": description}
    if title != "name":
        found["label"] = row.get(title) or row["name"]
    return found
