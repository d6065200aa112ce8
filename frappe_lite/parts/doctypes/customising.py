"""`frappe_lite.doctype.customise`: an app's DocType as this site wants it, kept as a bench keeps it.

Fields of one's own are Custom Fields; what differs in an app's field, or of the DocType as a whole, is a Property
Setter. The app's files stay as they are, so that both outlive its next version and move to a bench.

    fields [{"fieldname": "subject", "label": "Title"}, {"label": "Colour", "fieldtype": "Data"}]
        ->  Property Setter Task-subject-label, Custom Field Task-custom_colour after subject
    properties {"title_field": "subject"}
        ->  Property Setter Task-main-title_field
"""

from __future__ import annotations

from ... import document, permissions
from ...context import Context
from ...document import schema
from ...errors import ValidationError
from ...methods.asking import json_list, json_object
from ...query import Condition
from ...utils import cstr
from ...values import Given, JsonObject, Values
from ...whitelist import method
from .planning import standard_of
from .properties import OF_DOCTYPE, check_named_fields

CHANGED = (
    "label", "reqd", "hidden", "read_only", "options", "default", "description", "in_list_view", "in_standard_filter",
    "in_global_search", "bold", "unique", "no_copy", "allow_on_submit", "depends_on", "mandatory_depends_on",
    "read_only_depends_on", "collapsible", "permlevel", "print_hide", "length", "precision", "columns", "width",
    "fetch_from", "fetch_if_empty", "translatable", "ignore_user_permissions", "non_negative", "search_index",
)  # fmt: skip
"""What a site may say otherwise of an app's field. Its type and its name belong to the app's code."""


@method("frappe_lite.doctype.customised")
def customised(ctx: Context, doctype: str) -> JsonObject:
    """What the site says otherwise: `custom_fields`, and `properties` with what the app says.

    A property of the DocType itself has no fieldname. Beside it `standard_fields`, the app's own, and what may be said
    otherwise: `changeable` of a field, `changeable_of_doctype`.
    """
    permissions.require(ctx, ctx.meta("DocType"), "read")
    meta = ctx.meta(doctype)
    raw = standard_of(ctx, meta.name)
    standard = {cstr(each.get("fieldname")): each for each in raw.get("fields") or ()}
    custom = ctx.store.find(ctx.meta("Custom Field"), Condition("dt = ?", (meta.name,)), ("fieldname",), order="idx")
    columns = ("field_name", "property", "value")
    setters = ctx.store.find(ctx.meta("Property Setter"), _all_of(meta.name), columns)
    return {
        "changeable": list(CHANGED),
        "changeable_of_doctype": list(OF_DOCTYPE),
        "standard_fields": list(standard),
        "custom_fields": [row["fieldname"] for row in custom],
        "properties": [
            {
                "fieldname": cstr(row["field_name"]), "property": row["property"], "value": row["value"],
                "standard": (standard.get(row["field_name"], {}) if row["field_name"] else raw).get(row["property"]),
            }
            for row in sorted(setters, key=lambda row: (cstr(row["field_name"]), cstr(row["property"])))
        ],
    }  # fmt: skip


@method("frappe_lite.doctype.customise", methods=["POST"])
def customise(ctx: Context, doctype: str, fields: object = None, properties: object = None) -> None:
    """Let a DocType have these fields, in this order, and these properties: what differs from its app is kept.

    A field that is not among them goes, if it is the site's own. Raises ValidationError for one of the app's, and for
    a property that names a field which is not there.
    """
    ctx.store.database.begin_write()
    _require(ctx)
    meta = ctx.meta(doctype)
    if fields is not None:
        keep_fields(ctx, meta.name, [each for each in json_list(fields, "fields") if isinstance(each, dict)])
    if properties is not None:
        wanted = {key: value for key, value in json_object(properties, "properties").items() if key in OF_DOCTYPE}
        check_named_fields(ctx.meta(meta.name), wanted)
        keep_properties(ctx, meta.name, "", standard_of(ctx, meta.name), wanted)
    schema.index_custom_field(ctx, meta.name)


def keep_fields(ctx: Context, doctype: str, given: list[Values], changed: tuple[str, ...] = CHANGED) -> None:
    """Keep what differs in these fields from those of the app; `changed` are the properties that are looked at.

    Raises ValidationError for a field of the app's that is not among them, or stands elsewhere.
    """
    standard = {cstr(each.get("fieldname")): each for each in standard_of(ctx, doctype).get("fields") or ()}
    gone = [name for name in standard if name not in {cstr(each.get("fieldname")) for each in given}]
    if gone:
        raise ValidationError.told(f"{', '.join(gone)} of {doctype} comes with its app: it can be hidden, not removed")
    if [name for name in (cstr(each.get("fieldname")) for each in given) if name in standard] != list(standard):
        raise ValidationError.told("The app's own fields keep their order; only fields of the site move among them")
    for row in given:
        name = cstr(row.get("fieldname"))
        if name in standard:
            keep_properties(ctx, doctype, name, standard[name], {key: row.get(key) for key in changed})
    known = ctx.meta("Custom Field")
    _keep_fields(
        ctx, doctype, given, set(standard), [each for each in ("fieldtype", *changed) if known.has_field(each)]
    )


@method("frappe_lite.doctype.reset", methods=["POST"])
def reset(ctx: Context, doctype: str, fieldname: str | None = None) -> None:
    """Forget what the site says otherwise of an app's field, of the DocType itself (an empty text), or of all.

    Fields of the site's own stay.
    """
    ctx.store.database.begin_write()
    _require(ctx)
    meta = ctx.meta(doctype)
    for row in ctx.store.find(ctx.meta("Property Setter"), _all_of(meta.name), ("name", "field_name")):
        if fieldname is None or cstr(row["field_name"]) == fieldname:
            document.delete(ctx, "Property Setter", row["name"])
    schema.index_custom_field(ctx, meta.name)


def _require(ctx: Context) -> None:
    for doctype in ("Custom Field", "Property Setter"):
        for right in ("write", "create", "delete"):
            permissions.require(ctx, ctx.meta(doctype), right)


def _all_of(doctype: str) -> Condition:
    return Condition("doc_type = ?", (doctype,))


def _of(doctype: str, fieldname: str) -> Condition:
    if not fieldname:
        return Condition("doc_type = ? AND doctype_or_field = 'DocType'", (doctype,))
    return Condition("doc_type = ? AND field_name = ? AND doctype_or_field = 'DocField'", (doctype, fieldname))


# --- what the app says ------------------------------------------------------------------------------------


def keep_properties(ctx: Context, doctype: str, fieldname: str, standard: Given, wanted: Given) -> None:
    """Keep what differs, forget what is as the app says; of a field, or of the DocType itself if none is named."""
    rows = ctx.store.find(ctx.meta("Property Setter"), _of(doctype, fieldname), ("name", "property", "value"))
    kept = {cstr(row["property"]): row for row in rows}
    for name, given in wanted.items():
        value, row = _plain(given), kept.get(name)
        if value == _plain(standard.get(name)):
            if row is not None:
                document.delete(ctx, "Property Setter", row["name"])
        elif row is None or _plain(row["value"]) != value:
            _set_property(ctx, doctype, fieldname, name, value, row)


def _plain(value: object) -> str:
    """A property as a setter keeps it: nothing is the same as 0 and an empty text."""
    text = cstr(int(value) if isinstance(value, bool) else value)
    return "" if text == "0" else text


def _set_property(ctx: Context, doctype: str, fieldname: str, name: str, value: str, row: Given | None) -> None:
    kind = ctx.meta("DocField" if fieldname else "DocType").field(name)
    number = kind is not None and kind.fieldtype in ("Check", "Int")
    text = value or ("0" if number else "")
    if row is not None:
        doc = document.load(ctx, "Property Setter", row["name"])
        doc.value = text
        doc.save()
        return
    setter: Values = {"doctype": "Property Setter", "doc_type": doctype, "property": name, "value": text}
    setter |= (
        {"doctype_or_field": "DocField", "field_name": fieldname} if fieldname else {"doctype_or_field": "DocType"}
    )
    document.new(ctx, {**setter, "property_type": kind.fieldtype if kind else "Data"}).insert()


# --- fields of the site -----------------------------------------------------------------------------------


def _keep_fields(ctx: Context, doctype: str, given: list[Values], standard: set[str], properties: list[str]) -> None:
    """Custom Fields as they are given, each after the one before it; others of the site's are deleted."""
    where = Condition("dt = ?", (doctype,))
    custom = ctx.meta("Custom Field")
    stored = {cstr(row["fieldname"]): cstr(row["name"]) for row in ctx.store.find(custom, where, ("name", "fieldname"))}
    before, seen = "", set[str]()
    for place, row in enumerate(given, 1):
        name = cstr(row.get("fieldname"))
        if name not in standard:
            values = {key: row.get(key) for key in properties} | {"insert_after": before or None, "idx": place}
            name = _keep_field(ctx, doctype, name, stored.get(name), values)
            seen.add(name)
        before = name
    meta = ctx.meta(doctype)
    for name in [each for each in stored.keys() - seen if meta.has_field(each)]:  # others no form shows: owner, idx
        document.delete(ctx, "Custom Field", stored[name])


def _keep_field(ctx: Context, doctype: str, name: str, stored: str | None, values: Values) -> str:
    if stored is None:
        given = {key: value for key, value in values.items() if value is not None}
        doc = document.new(ctx, {"doctype": "Custom Field", "dt": doctype, **given, "fieldname": name or None})
        return cstr(doc.insert().fieldname)
    doc = document.load(ctx, "Custom Field", stored)
    changed = {key: value for key, value in values.items() if _plain(doc.get(key)) != _plain(value)}
    if changed:
        doc.update(changed)
        doc.save()
    return cstr(doc.fieldname)


__all__ = ["CHANGED", "customise", "customised", "keep_fields", "keep_properties", "reset"]
