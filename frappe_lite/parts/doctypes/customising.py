"""`frappe_lite.doctype.customise`: an app's DocType as this site wants it, kept as a bench keeps it.

Fields of one's own are Custom Fields; what differs in an app's field is a Property Setter. The app's files stay as they
are, so that both outlive its next version and move to a bench.

    fields [{"fieldname": "subject", "label": "Title"}, {"label": "Colour", "fieldtype": "Data"}]
        ->  Property Setter Task-subject-label, Custom Field Task-custom_colour after subject
"""

from __future__ import annotations

from ... import document, permissions
from ...context import Context
from ...document import schema
from ...errors import ValidationError
from ...methods.asking import json_list
from ...query import Condition
from ...utils import cstr
from ...values import Given, JsonObject, Values
from ...whitelist import method
from .planning import standard_of

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

    Beside it `standard_fields`, the app's own, and `changeable`, the properties that may be said otherwise.
    """
    permissions.require(ctx, ctx.meta("DocType"), "read")
    meta = ctx.meta(doctype)
    standard = {cstr(each.get("fieldname")): each for each in standard_of(ctx, meta.name).get("fields") or ()}
    custom = ctx.store.find(ctx.meta("Custom Field"), Condition("dt = ?", (meta.name,)), ("fieldname",), order="idx")
    columns = ("field_name", "property", "value")
    setters = ctx.store.find(ctx.meta("Property Setter"), _of(meta.name), columns, order="field_name, property")
    return {
        "changeable": list(CHANGED),
        "standard_fields": list(standard),
        "custom_fields": [row["fieldname"] for row in custom],
        "properties": [
            {
                "fieldname": cstr(row["field_name"]), "property": row["property"], "value": row["value"],
                "standard": standard.get(cstr(row["field_name"]), {}).get(row["property"]),
            }
            for row in setters
        ],
    }  # fmt: skip


@method("frappe_lite.doctype.customise", methods=["POST"])
def customise(ctx: Context, doctype: str, fields: object) -> None:
    """Let a DocType have these fields, in this order: what differs from its app is kept for the site.

    A field that is not among them goes, if it is the site's own. Raises ValidationError for one of the app's.
    """
    ctx.store.database.begin_write()
    _require(ctx)
    meta = ctx.meta(doctype)
    keep_fields(ctx, meta.name, [each for each in json_list(fields, "fields") if isinstance(each, dict)], CHANGED)
    schema.index_custom_field(ctx, meta.name)


def keep_fields(ctx: Context, doctype: str, given: list[Values], changed: tuple[str, ...]) -> None:
    """The same of rows that were read already; `changed` are the properties that are looked at.

    Nobody is asked for permissions that the context is not asked for. Raises ValidationError.
    """
    meta = ctx.meta(doctype)
    standard = {cstr(each.get("fieldname")): each for each in standard_of(ctx, meta.name).get("fields") or ()}
    gone = [name for name in standard if name not in {cstr(each.get("fieldname")) for each in given}]
    if gone:
        raise ValidationError.told(
            f"{', '.join(gone)} of {meta.name} comes with its app: it can be hidden, not removed"
        )
    if [name for name in (cstr(each.get("fieldname")) for each in given) if name in standard] != list(standard):
        raise ValidationError.told("The app's own fields keep their order; only fields of the site move among them")
    for row in given:
        name = cstr(row.get("fieldname"))
        if name in standard:
            keep_properties(ctx, meta.name, name, standard[name], row, changed)
    _keep_fields(ctx, meta.name, given, set(standard), ("fieldtype", *changed))


@method("frappe_lite.doctype.reset", methods=["POST"])
def reset(ctx: Context, doctype: str, fieldname: str | None = None) -> None:
    """Forget what the site says otherwise of an app's field, or of all. Fields of the site's own stay."""
    ctx.store.database.begin_write()
    _require(ctx)
    meta = ctx.meta(doctype)
    for row in ctx.store.find(ctx.meta("Property Setter"), _of(meta.name), ("name", "field_name")):
        if fieldname is None or row["field_name"] == fieldname:
            document.delete(ctx, "Property Setter", row["name"])
    schema.index_custom_field(ctx, meta.name)


def _require(ctx: Context) -> None:
    for doctype in ("Custom Field", "Property Setter"):
        for right in ("write", "create", "delete"):
            permissions.require(ctx, ctx.meta(doctype), right)


def _of(doctype: str, fieldname: str | None = None) -> Condition:
    if fieldname is None:
        return Condition("doc_type = ?", (doctype,))
    if not fieldname:
        return Condition("doc_type = ? AND doctype_or_field = 'DocType'", (doctype,))
    return Condition("doc_type = ? AND field_name = ? AND doctype_or_field = 'DocField'", (doctype, fieldname))


# --- fields of the app ------------------------------------------------------------------------------------


def keep_properties(
    ctx: Context, doctype: str, fieldname: str, standard: Given, wanted: Given, changed: tuple[str, ...]
) -> None:
    """Keep what differs in a field, or without its name in the DocType itself; forget what is as the app says."""
    rows = ctx.store.find(ctx.meta("Property Setter"), _of(doctype, fieldname), ("name", "property", "value"))
    kept = {cstr(row["property"]): row for row in rows}
    for name in changed:
        value, row = _plain(wanted.get(name)), kept.get(name)
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
    setter: Values = {"doctype": "Property Setter", "doc_type": doctype}
    setter |= {"doctype_or_field": "DocField" if fieldname else "DocType", "field_name": fieldname or None}
    setter |= {"property": name, "property_type": kind.fieldtype if kind else "Data"}
    document.new(ctx, {**setter, "value": text}).insert()


# --- fields of the site -----------------------------------------------------------------------------------


def _keep_fields(
    ctx: Context, doctype: str, given: list[Values], standard: set[str], of_custom: tuple[str, ...]
) -> None:
    """Custom Fields as they are given, each after the one before it; others of the site's are deleted."""
    where = Condition("dt = ?", (doctype,))
    custom = ctx.meta("Custom Field")
    stored = {cstr(row["fieldname"]): cstr(row["name"]) for row in ctx.store.find(custom, where, ("name", "fieldname"))}
    before, seen = "", set[str]()
    for place, row in enumerate(given, 1):
        name = cstr(row.get("fieldname"))
        if name not in standard:
            name = _keep_field(
                ctx, doctype, row, stored.get(name), {"insert_after": before or None, "idx": place}, of_custom
            )
            seen.add(name)
        before = name
    meta = ctx.meta(doctype)
    for name in [each for each in stored.keys() - seen if meta.has_field(each)]:  # others no form shows: owner, idx
        document.delete(ctx, "Custom Field", stored[name])


def _keep_field(
    ctx: Context, doctype: str, row: Given, stored: str | None, place: Given, of_custom: tuple[str, ...]
) -> str:
    known = ctx.meta("Custom Field")
    values = {key: row.get(key) for key in of_custom if known.has_field(key)} | dict(place)
    if stored is None:
        given = {key: value for key, value in values.items() if value is not None}
        doc = document.new(ctx, {"doctype": "Custom Field", "dt": doctype, **given, "fieldname": row.get("fieldname")})
        return cstr(doc.insert().fieldname)
    doc = document.load(ctx, "Custom Field", stored)
    changed = {key: value for key, value in values.items() if _plain(doc.get(key)) != _plain(value)}
    if changed:
        doc.update(changed)
        doc.save()
    return cstr(doc.fieldname)


__all__ = ["CHANGED", "customise", "customised", "keep_fields", "keep_properties", "reset"]
