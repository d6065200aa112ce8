"""`frappe.desk.listview.*` and List View Settings: what everybody's list of a DocType looks like."""

from __future__ import annotations

import json
from collections import Counter

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists, schema
from ..document.base_document import BaseDocument
from ..errors import DataError, ValidationError
from ..protocol import parse_json
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_list, json_object, require_any

_DOCTYPE = "List View Settings"
_SETTINGS = "frappe.desk.doctype.list_view_settings.list_view_settings"


@method("frappe.desk.listview.get_list_settings")
def get_list_settings(ctx: Context, doctype: str) -> Values | None:
    """How lists of a DocType are shown; nothing if nobody chose."""
    if ctx.store.exists(ctx.meta(_DOCTYPE), doctype) is None:
        return None
    return dict(document.load(ctx, _DOCTYPE, doctype).as_dict(no_nulls=True))


@method("frappe.desk.listview.set_list_settings", methods=["POST", "PUT"])
def set_list_settings(ctx: Context, doctype: str, values: object) -> None:
    """Choose how lists of a DocType are shown, for everybody."""
    _save(ctx, ctx.meta(doctype), json_object(values, "values"))


def _save(ctx: Context, meta: DocType, values: dict[str, object]) -> BaseDocument:
    ctx.store.database.begin_write()
    settings = ctx.meta(_DOCTYPE)
    permissions.require(ctx, settings, "write")
    known = {
        key: value if isinstance(value, str | int | None) else json.dumps(value)
        for key, value in values.items()
        if settings.has_field(key)
    }
    if ctx.store.exists(settings, meta.name) is None:
        made: BaseDocument = document.new(ctx, {**known, "doctype": _DOCTYPE, "name": meta.name})
        stored: BaseDocument = made.insert(set_name=meta.name)
        return stored
    stored = document.load(ctx, _DOCTYPE, meta.name).update(known).save()
    return stored


@method(f"{_SETTINGS}.save_listview_settings", methods=["POST", "PUT"])
def save_listview_settings(
    ctx: Context, doctype: str, listview_settings: object, removed_listview_fields: object = None
) -> Values:
    """The same, with the fields that are columns: they are marked in the DocType, for everybody."""
    meta, values = ctx.meta(doctype), json_object(listview_settings, "listview_settings")
    doc = _save(ctx, meta, values)
    shown = [each.get("fieldname") for each in json_list(values.get("fields"), "fields") if isinstance(each, dict)]
    for fieldname in json_list(removed_listview_fields, "removed_listview_fields"):
        _mark(ctx, meta, fieldname, 0)
    for fieldname in shown:
        _mark(ctx, meta, fieldname, 1)
    return {"meta": schema.meta_document(ctx, ctx.meta(doctype)), "listview_settings": dict(doc.as_dict(no_nulls=True))}


def _mark(ctx: Context, meta: DocType, fieldname: object, value: int) -> None:
    """Let a field be a column of lists, or not, by a Property Setter.

    What is no field, such as `status_field`, is passed over.
    """
    field = meta.field(cstr(fieldname))
    if field is None or cint(field.in_list_view) == value:
        return
    where = Condition("doc_type = ? AND field_name = ? AND property = 'in_list_view'", (meta.name, field.fieldname))
    for row in ctx.store.find(ctx.meta("Property Setter"), where):
        document.delete(ctx, "Property Setter", row["name"])
    setter = {
        "doctype": "Property Setter",
        "doctype_or_field": "DocField",
        "doc_type": meta.name,
        "field_name": field.fieldname,
    }
    document.new(ctx, {**setter, "property": "in_list_view", "property_type": "Check", "value": cstr(value)}).insert()


@method(f"{_SETTINGS}.get_default_listview_fields")
def get_default_listview_fields(ctx: Context, doctype: str) -> list[str]:
    """The columns of lists as the DocType itself has them, before anybody chose."""
    meta = ctx.meta(doctype)
    require_any(ctx, meta)
    row = ctx.store.database.row('SELECT json FROM "__meta" WHERE name = ?', (meta.name,))
    if row is None:
        raise ValidationError.told(f"{meta.name} is not kept as a DocType")
    fields = [
        cstr(each.get("fieldname")) for each in json.loads(row[0]).get("fields") or () if cint(each.get("in_list_view"))
    ]
    title = cstr(meta.raw.get("title_field")).strip()
    return fields if not title or title in fields else [*fields, title]


class GroupFieldError(DataError, ValueError):
    """What documents are counted by is no field; Frappe raises ValueError."""


@method("frappe.desk.listview.get_group_by_count")
def get_group_by_count(ctx: Context, doctype: str, current_filters: object, field: str) -> list[Values]:
    """How many documents there are of each value of a field; of `assigned_to`, how many each user has been given."""
    filters = parse_json(current_filters, "filters")
    if field == "assigned_to":
        return _count_assigned(ctx, doctype, filters)
    meta = ctx.meta(doctype)
    if not meta.is_virtual and "." not in cstr(field) and cstr(field) not in meta.columns:
        raise GroupFieldError.told(f"{meta.name} has no field {field!r} to group by")
    columns = [f"{field} as name", "count(name) as count"]
    return lists.get_list(ctx, doctype, columns, filters, group_by=field, order_by="count desc", limit=50)


def _count_assigned(ctx: Context, doctype: str, filters: object) -> list[dict[str, object]]:
    names = {cstr(row["name"]) for row in lists.get_list(ctx, doctype, ["name"], filters, limit=None)}
    given = Condition("reference_type = ? AND status = 'Open' AND allocated_to != ''", (ctx.meta(doctype).name,))
    rows = ctx.store.find(ctx.meta("ToDo"), given, ("allocated_to", "reference_name"), order="allocated_to")
    counted = Counter(row["allocated_to"] for row in rows if cstr(row["reference_name"]) in names)
    return [{"name": user, "count": count} for user, count in counted.most_common(50)]
