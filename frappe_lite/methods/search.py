"""`frappe.desk.search.*`: link fields that search as one types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import calling, lists
from ..errors import DataError, DoesNotExistError, PermissionError, ValidationError
from ..protocol import parse_json
from ..utils import bold, cint, cstr, is_true, strip_html
from ..values import Values
from ..whitelist import method
from .asking import without

PAGE = 10
MAX_PAGE = 10_000
QUERY_ARGUMENTS = ["doctype", "txt", "searchfield", "start", "page_len", "filters"]
"""What a search of an app's own is given, in this order."""

MATCHED = frozenset({"Data", "Text", "Small Text", "Long Text", "Link", "Select", "Read Only", "Text Editor"})
"""Fieldtypes whose values are looked through."""

_PLAIN = re.compile(r"[\w .-]{0,100}")
"""How a text begins that its place in a name is looked up by."""


@method("frappe.desk.search.search_link")
def search_link(
    ctx: Context, doctype: str, txt: object = "", query: object = None, filters: object = None,
    page_length: int = PAGE, searchfield: object = None,
    reference_doctype: object = None, ignore_user_permissions: object = None, link_fieldname: object = None,
    start: object = 0,
) -> list[dict[str, object]]:  # fmt: skip
    """Documents whose name, title or search fields have the text: {value, description, label}.

    `query` is a search of an app's own.
    """
    meta = ctx.meta(doctype)
    rows = _rows(
        ctx,
        meta.name,
        cstr(txt).strip(),
        parse_json(filters, "filters"),
        page_length or PAGE,
        cint(start),
        searchfield,
        query,
        beside={
            "as_dict": False,
            "reference_doctype": reference_doctype,
            "ignore_user_permissions": is_true(ignore_user_permissions),
            "link_fieldname": link_fieldname,
        },
    )
    return [_suggestion(meta, row) for row in rows]


@method("frappe.desk.search.search_widget")
def search_widget(
    ctx: Context, doctype: str, txt: object = "", query: object = None, searchfield: object = None, start: int = 0,
    page_length: int = PAGE,
    filters: object = None, filter_fields: object = None, as_dict: object = None, reference_doctype: object = None,
    ignore_user_permissions: object = None, link_fieldname: object = None,
) -> list[Any]:  # fmt: skip
    """The same rows for search dialogs: lists of the name and what is shown of it, or dicts."""
    rows = _rows(
        ctx,
        doctype,
        cstr(txt),
        parse_json(filters, "filters"),
        page_length or PAGE,
        start,
        searchfield,
        query,
        parse_json(filter_fields, "filter_fields"),
        {
            "as_dict": is_true(as_dict),
            "reference_doctype": reference_doctype,
            "ignore_user_permissions": is_true(ignore_user_permissions),
            "link_fieldname": link_fieldname,
        },
    )
    return rows if is_true(as_dict) else [list(row.values()) for row in rows]


def find(ctx: Context, doctype: str, text: str, filters: object, length: int, start: int = 0) -> list[Values]:
    """The same for v2, whose label is the title wherever there is one."""
    meta = ctx.meta(doctype)
    title = cstr(meta.raw.get("title_field"))
    return [
        {**_suggestion(meta, row), "label": row.get("label") or row.get(title) or _first(row)}
        for row in _rows(ctx, meta.name, text, filters, length, start, None)
    ]


def offers(ctx: Context, doctype: str, name: object, query: object, filters: object) -> bool:
    """Whether a link field with these filters, or this search of an app's own, offers the document."""
    meta, given = ctx.meta(doctype), parse_json(filters, "filters")
    if query or _standard_query(ctx, meta.name):
        rows = _rows(ctx, meta.name, cstr(name), given, MAX_PAGE, 0, None, query)
        # Frappe: of so many the name need not be among the first
        return len(rows) >= MAX_PAGE or name in map(_first, rows)
    wanted = [*_conditions(ctx, meta, given), ["name", "=", name]]
    return bool(lists.get_list(ctx, meta.name, ["name"], wanted, limit=1, strict=False))


def _first(row: dict[str, object]) -> object:
    return next(iter(row.values()))


def _suggestion(meta: DocType, found: dict[str, object]) -> dict[str, object]:
    """Where the title stands for the name, the name is part of the description; else the name is its own label."""
    row = list(found.values())
    name, shown, label = row[0], row[1:], row[0]
    if cint(meta.show_title_field_in_link) and shown:
        label, shown = shown[0] or name, [name, *(each for each in shown[1:] if each != shown[0])]
    parts = dict.fromkeys(strip_html(cstr(each)) for each in shown if each not in (None, ""))
    return {"value": name, "description": ", ".join(parts), "label": label}


def _rows(
    ctx: Context,
    doctype: str,
    text: str,
    filters: object,
    length: int,
    start: int,
    searchfield: object,
    query: object = None,
    more: object = None,
    beside: dict[str, object] | None = None,
) -> list[Values]:
    """Rows that begin with the name. Raises ValidationError, PermissionError."""
    meta = ctx.meta(doctype)
    if re.search(r"\W", cstr(searchfield)):  # Frappe: what cannot be a field is refused …
        raise DataError.told(f"Invalid Search Field {cstr(searchfield)}")
    searchfield = searchfield if cstr(searchfield) in meta.columns else None  # … and one that there is not passed over
    if searchfield and not permissions.may_read_field(ctx, meta, cstr(searchfield)):
        raise PermissionError.told(f"You do not have permission to access field: {bold(f'{meta.name}.{searchfield}')}")
    if length < 0 or start < 0:
        raise ValidationError.told("page_length and start are 0 or more")
    named = cstr(query) or _standard_query(ctx, meta.name)
    if named:
        given = [meta.name, text, cstr(searchfield) or "name", start, min(length, MAX_PAGE), filters]
        return _asked(ctx, named, given, beside or {})
    fields: list[object] = [*_shown(ctx, meta, cstr(searchfield), more)]
    ordered = not meta.is_virtual  # whose class has an order of its own
    if ordered:
        fields.append(_nearness(text))
    matching = [[each, "like", f"%{text}%"] for each in _searched(ctx, meta)] if text else None
    wanted = [*_conditions(ctx, meta, filters), *_limits(ctx, meta, beside or {})]
    asked = (meta.name, fields, wanted, matching, _order(ctx, meta) if ordered else None)
    rows = lists.get_list(ctx, *asked, start=start, limit=min(length, MAX_PAGE))
    for row in rows:
        row.pop("_nearness", None)
    rows.sort(key=lambda row: (not cstr(row["name"]).casefold().startswith(text.casefold()), cstr(row["name"])))
    return rows


def _shown(ctx: Context, meta: DocType, searchfield: str, more: object) -> list[str]:
    """The name, its title, what was searched in, and the DocType's search fields."""
    title = cstr(meta.raw.get("title_field"))
    wanted = [title, searchfield, *meta.searched_fields, *(map(cstr, more) if isinstance(more, list) else ())]
    fields = ["name", *dict.fromkeys(each for each in wanted if each in meta.columns and each != "name")]
    if cint(meta.show_title_field_in_link) and title in fields:
        fields.insert(1, f"{title} as label")
    return fields


def _searched(ctx: Context, meta: DocType) -> list[str]:
    """The fields that the text is looked for in."""
    wanted = dict.fromkeys([cstr(meta.raw.get("title_field")), *meta.searched_fields])
    return [
        "name",
        *(
            each
            for each in wanted
            if (field := meta.field(each))
            and field.fieldtype in MATCHED
            and permissions.may_read_field(ctx, meta, each)
        ),
    ]


def _conditions(ctx: Context, meta: DocType, filters: object) -> list[object]:
    """The client's filters, and that what is switched off is not offered."""
    conditions = _pairs(filters)
    if meta.name == "User":
        conditions = [*without(conditions, "ignore_user_type")[0], ["name", "not in", ["Guest", "Administrator"]]]
    for fieldname, value in (("enabled", 1), ("disabled", 0)):
        field = meta.field(fieldname)
        if field is not None and field.fieldtype == "Check":
            conditions.append([fieldname, "=", value])
    return conditions


def _nearness(text: str) -> dict[str, object]:
    """How early in the name the text stands, as a column to order by; -9999 where it does not."""
    found = {"LOCATE": [f"'{_PLAIN.match(text.lstrip('%'))[0]}'", "name"]}  # type: ignore[index]
    return {"IFNULL": [{"DIV": [1, {"NULLIF": [found, 0]}]}, -9999], "as": "_nearness"}


def _order(ctx: Context, meta: DocType) -> str:
    """Frappe: nearest first, then what is linked to most, then as lists are sorted."""
    sorting = meta.sort_column if permissions.may_read_field(ctx, meta, meta.sort_column) else "modified"
    return f"_nearness desc, idx desc, {sorting} {'asc' if cstr(meta.sort_order).upper() == 'ASC' else 'desc'}"


def _limits(ctx: Context, meta: DocType, beside: Mapping[str, object]) -> list[object]:
    """What the user may link to from `reference_doctype`. Frappe: all that may be read, where the link field there says
    that it ignores User Permissions, and of Users."""
    there = cstr(beside.get("reference_doctype"))
    if not ctx.has_doctype(there) or meta.name == "User":
        return []
    link = ctx.meta(there).field(cstr(beside.get("link_fieldname")))
    ignores = link is not None and link.options == meta.name and cint(link.ignore_user_permissions)
    names = None if ignores else permissions.user_permissions(ctx).values(meta.name, there)
    return [] if names is None else [["name", "in", names]]


def _pairs(filters: Any) -> list[object]:
    if isinstance(filters, dict):
        return [
            [key, *(value if isinstance(value, list) and len(value) == 2 else ["=", value])]
            for key, value in filters.items()
        ]
    if filters and not isinstance(filters, list):
        raise ValidationError.told("filters is a list or an object")
    return list(filters or [])


# --- searches of apps --------------------------------------------------------------------------------------


def _standard_query(ctx: Context, doctype: str) -> str:
    """The search that an app's `standard_queries` names for a DocType; empty for none."""
    found = [(app.hooks.get("standard_queries") or {}).get(doctype) for app in ctx.site.apps.values()]
    named = [each[-1] if isinstance(each, list) else each for each in found if each]
    return cstr(named[-1]) if named else ""


def _asked(ctx: Context, name: str, arguments: list[object], more: dict[str, object]) -> list[dict[str, object]]:
    """The rows that a whitelisted function gives; of `more` it gets what it takes.

    Raises DoesNotExistError for a name that is none, ValidationError for one that is no search.
    """
    found = ctx.site.method(name)
    if found is None:
        raise DoesNotExistError.told(f"query is a whitelisted function; {name} is none")
    calling._require_allowed(ctx, found, name, by_address=False)
    names = [each.name for each in found.parameters]
    given = names[: len(QUERY_ARGUMENTS)]
    if len(given) < len(QUERY_ARGUMENTS) or found.takes_context and given != QUERY_ARGUMENTS:
        raise ValidationError.told(f"{name} is no search: one takes {', '.join(QUERY_ARGUMENTS)}")
    beside = more if found.takes_everything else {key: value for key, value in more.items() if key in names}
    rows = found.function(*([ctx] if found.takes_context else []), *arguments, **beside)
    return [
        row if isinstance(row, dict) else {str(number): value for number, value in enumerate(row)} for row in rows or []
    ]
