"""`frappe.desk.form.linked_with.*`: which documents link to one, as far as the caller may read them.

And cancelling them with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import SUBMITTED, links, lists
from ..document.base_document import BaseDocument
from ..errors import BadRequestError, DoesNotExistError
from ..query import quote
from ..utils import cint, cstr, is_true
from ..whitelist import method
from .asking import json_list, json_object, load_for, require_any

Info = dict[str, Any]

OMITTED = frozenset(
    {
        "ToDo",
        "File",
        "DocShare",
        "Communication",
        "Comment",
        "Version",
        "Tag Link",
        "Notification Log",
        "Activity Log",
        "Document Follow",
    }
)
"""DocTypes that stand beside a document anyway."""

_NOT_SHOWN = ("Image", "HTML", "Button")
MAX_DEPTH, MAX_LINKED = 20, 1000
"""How far and to how many submitted documents links are followed."""


@method("frappe.desk.form.linked_with.get_linked_doctypes")
def get_linked_doctypes(
    ctx: Context, doctype: str, without_ignore_user_permissions_enabled: object = False
) -> dict[str, Info]:
    """The DocTypes that link to one, of those that the caller may read.

    `{"Task": {"fieldname": ["project"]}}`, through a child table with `child_doctype`.
    """
    meta = ctx.meta(doctype)
    require_any(ctx, meta)
    found = _by_links(ctx, meta, is_true(without_ignore_user_permissions_enabled))
    found.update(_by_dynamic_links(ctx, meta))
    for parent in _parents(ctx, meta.name):
        found.setdefault(parent.name, {"get_parent": True})
    return {
        name: info
        for name, info in found.items()
        if name not in OMITTED and permissions.rows(ctx, ctx.meta(name)) is not None
    }


def _by_links(ctx: Context, meta: DocType, heeded_only: bool) -> dict[str, Info]:
    fields: dict[str, list[str]] = {}
    for linking, fieldname in links.link_fields(ctx, meta.name):
        field = linking.field(fieldname)
        if not (heeded_only and field is not None and cint(field.ignore_user_permissions)):
            fields.setdefault(linking.name, []).append(fieldname)
    found: dict[str, Info] = {}
    for name, names in fields.items():
        if not ctx.meta(name).istable:
            found[name] = {"fieldname": names}
            continue
        for parent in _parents(ctx, name):
            found[parent.name] = {"child_doctype": name, "fieldname": names}
    return found


def _by_dynamic_links(ctx: Context, meta: DocType) -> dict[str, Info]:
    """Those whose Dynamic Links point to the DocType in a stored document."""
    found: dict[str, Info] = {}
    for linking, fieldname, type_field in links.dynamic_link_fields(ctx):
        if linking.issingle:
            continue
        info = {"fieldname": [fieldname], "doctype_fieldname": type_field}
        owner = "parenttype" if linking.istable else "NULL"
        sql = f"SELECT DISTINCT {owner} FROM {quote(linking.table)} WHERE {quote(type_field)} = ?"
        for (parent,) in ctx.store.database.rows(sql, (meta.name,)):
            if not linking.istable:
                found[linking.name] = info
            elif ctx.has_doctype(parent):
                found[cstr(parent)] = {"child_doctype": linking.name, **info}
    return found


def _parents(ctx: Context, child: str) -> list[DocType]:
    """The DocTypes that have a table of `child` rows."""

    def find() -> list[DocType]:
        where = "fieldtype IN ('Table', 'Table MultiSelect') AND options = ?"
        sql = f'SELECT parent FROM "tabDocField" WHERE {where} UNION SELECT dt FROM "tabCustom Field" WHERE {where}'
        return [ctx.meta(row[0]) for row in ctx.store.database.rows(sql, (child, child)) if ctx.has_doctype(row[0])]

    found: list[DocType] = ctx.cached(("parents of", child), find)
    return found


# --- the documents -----------------------------------------------------------------------------------------


@method("frappe.desk.form.linked_with.get")
def get(ctx: Context, doctype: str, docname: object) -> dict[str, list[object]]:
    """The documents that link to one, by DocType, with what lists show of them."""
    try:
        found: dict[str, list[object]] = get_linked_docs(ctx, doctype, docname)
    except DoesNotExistError:
        if ctx.has_doctype(doctype) and permissions.all_powerful(ctx):  # Frappe: only others' rights need the document
            return {}
        raise
    return found


@method("frappe.desk.form.linked_with.get_linked_docs")
def get_linked_docs(ctx: Context, doctype: str, name: object, linkinfo: object = None) -> dict[str, list[object]]:
    """The same; `linkinfo` names the DocTypes to look at, as get_linked_doctypes gives them."""
    doc = load_for(ctx, doctype, name)
    wanted = json_object(linkinfo, "linkinfo")
    every = get_linked_doctypes(ctx, doc.doctype)
    found = {
        linking: _linked(ctx, doc, ctx.meta(linking), info)
        for linking, info in every.items()
        if not wanted or linking in wanted
    }
    return {linking: rows for linking, rows in found.items() if rows}


def _linked(ctx: Context, doc: BaseDocument, linking: DocType, info: Info) -> list[Any]:
    if linking.issingle or linking.istable:
        return []
    if info.get("get_parent"):
        filters, any_of = [["name", "=", doc.get("parent")]], None
        if doc.get("parenttype") != linking.name:
            return []
    else:
        holder = info.get("child_doctype") or linking.name
        any_of = [
            [holder, each, "=", cstr(doc.name)] for each in info["fieldname"] if _may_ask(ctx, linking, holder, each)
        ]
        if not any_of:
            return []
        filters = [[holder, info["doctype_fieldname"], "=", doc.doctype]] if "doctype_fieldname" in info else []
    shown = [
        each.fieldname for each in linking.value_fields if cint(each.in_list_view) and each.fieldtype not in _NOT_SHOWN
    ]
    shown = [each for each in shown if permissions.may_read_field(ctx, linking, each)]
    fields = list(dict.fromkeys([*shown, "name", "modified", "docstatus"]))
    return lists.get_list(ctx, linking.name, fields, filters, any_of, order_by="name", limit=MAX_LINKED, distinct=True)


def _may_ask(ctx: Context, linking: DocType, holder: str, fieldname: str) -> bool:
    """Whether the caller may read the linking field, of the DocType or of its child table."""
    if holder == linking.name:
        return permissions.may_read_field(ctx, linking, fieldname)
    tables = [each.fieldname for each in linking.table_fields if each.options == holder]
    readable = any(permissions.may_read_field(ctx, linking, each) for each in tables)
    return readable and permissions.may_read_field(ctx, ctx.meta(holder), fieldname, linking)


# --- submitted ones ----------------------------------------------------------------------------------------


@method("frappe.desk.form.linked_with.get_submitted_linked_docs")
def get_submitted_linked_docs(
    ctx: Context, doctype: str, name: object, ignore_doctypes_on_cancel_all: object = None
) -> dict[str, object]:
    """The submitted documents that link to one, and those that link to them.

    `{"docs": [{doctype, name, docstatus}], "count": …}`.
    """
    ignored = {cstr(each) for each in json_list(ignore_doctypes_on_cancel_all, "ignore_doctypes_on_cancel_all")}
    root = load_for(ctx, doctype, name)
    seen: dict[tuple[str, str], None] = {(root.doctype, cstr(root.name)): None}
    level = list(seen)
    for _depth in range(MAX_DEPTH):
        beyond = [
            each for doctype_, name_ in level if doctype_ not in ignored for each in _submitted(ctx, doctype_, name_)
        ]
        level = [each for each in dict.fromkeys(beyond) if each not in seen]
        seen.update(dict.fromkeys(level))
        if not level or len(seen) > MAX_LINKED:
            break
    docs = [{"doctype": each, "name": name_, "docstatus": SUBMITTED} for each, name_ in list(seen)[1:]]
    return {"docs": docs, "count": len(docs)}


def _submitted(ctx: Context, doctype: str, name: str) -> Iterator[tuple[str, str]]:
    """Submitted documents that link to one directly.

    What amends a document links to a cancelled one, and does not count.
    """
    target = document.load(ctx, doctype, name)
    for linking, info in get_linked_doctypes(ctx, doctype).items():
        meta = ctx.meta(linking)
        fields = [each for each in info.get("fieldname", ()) if each != "amended_from"]
        if meta.is_submittable and fields and linking not in _exempt(ctx):
            for row in _linked(ctx, target, meta, {**info, "fieldname": fields}):
                if cint(row["docstatus"]) == SUBMITTED:
                    yield linking, cstr(row["name"])


def _exempt(ctx: Context) -> set[str]:
    """DocTypes that an app keeps from being cancelled with others."""
    return {each for app in ctx.site.apps.values() for each in app.hooks.get("auto_cancel_exempted_doctypes") or ()}


@method("frappe.desk.form.linked_with.cancel_all_linked_docs", methods=["POST", "PUT"])
def cancel_all_linked_docs(ctx: Context, docs: object, ignore_doctypes_on_cancel_all: object = None) -> None:
    """Cancel submitted documents, all or none; those of DocTypes to ignore stay."""
    ctx.store.database.begin_write()
    left = {cstr(each) for each in json_list(ignore_doctypes_on_cancel_all, "ignore_doctypes_on_cancel_all")} | _exempt(
        ctx
    )
    for each in json_list(docs, "docs"):
        if not isinstance(each, dict) or not each.get("doctype"):
            raise BadRequestError.told("docs is a list of objects with doctype and name")
        if (
            each["doctype"] not in left
            and ctx.meta(cstr(each["doctype"])).is_submittable
            and cint(each.get("docstatus")) == SUBMITTED
        ):
            load_for(ctx, each["doctype"], each.get("name"), "cancel").cancel()
