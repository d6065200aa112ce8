"""`frappe.client.*`: what frappe-client, frappe-js-sdk and their kin call."""

from __future__ import annotations

import functools
from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype import server_owned
from ..doctype.fieldtypes import TEXT
from ..doctype.meta import CHILD, STANDARD, DocType
from ..document import access, lists, nested_rows, renaming
from ..document.base_document import BaseDocument
from ..errors import BadRequestError, DoesNotExistError, FrappeError, PermissionError, ValidationError
from ..face.realtime import counted
from ..protocol import parse_json
from ..utils import bold, cstr
from ..values import Values
from ..whitelist import method
from .many import failure, tell

MAX_DOCUMENTS, MAX_CHANGES = 200, 2_000
"""Documents that one request makes, as in Frappe, and changes: meanwhile nobody else writes."""


def _filters(value: object) -> object:
    """Filters in each spelling: object, list, JSON text, or a document's name."""
    if isinstance(value, str) and (value.strip()[:1] in ("[", "{", '"') or value.strip() == "null"):
        value = parse_json(value, "filters")
    if isinstance(value, str | int) and value != "":
        return {"name": value}
    return value or None


def listed_fields(value: object) -> Any:
    """Fields as a client names them: a list, one in JSON, or words with commas."""
    if isinstance(value, str) and value.strip()[:1] in ("[", '"', "{"):
        value = parse_json(value, "fields")
    return value


@method("frappe.client.get_list")
def get_list(
    ctx: Context, doctype: str, fields: object = None, filters: object = None, group_by: object = None,
    order_by: object = None, limit_start: object = None,
    limit_page_length: object = None, parent: str | None = None, debug: object = None, as_dict: object = True,
    or_filters: object = None,
    expand: object = None,
) -> list[object]:  # fmt: skip
    """Documents that the user may read, 20 unless told."""
    first, most = lists.page(limit_start, limit_page_length, checked=False)
    asked = listed_fields(fields)
    lists.require_fields_apart(asked)
    rows = nested_rows.get_list(
        ctx, doctype, asked, filters=_filters(filters), or_filters=_filters(or_filters), order_by=order_by,
        group_by=group_by, start=first, limit=most, parent=parent, as_list=not as_dict, natural=True,
    )  # fmt: skip
    wanted = parse_json(expand, "expand")
    if wanted and as_dict:
        lists.expand_links(ctx, doctype, rows, wanted if isinstance(wanted, list) else [wanted])
    return rows


@method("frappe.client.get_count")
def get_count(
    ctx: Context, doctype: str, filters: object = None, debug: object = None, cache: object = None,
    parent: str | None = None, fields: object = None, distinct: object = None,
    limit: object = None, group_by: object = None,
) -> int:  # fmt: skip
    """How many documents, or groups of them, fit; without `distinct` one counts for each of its rows that fits."""
    asked = {"fields": listed_fields(fields), "distinct": distinct, "limit": limit, "group_by": group_by}
    return lists.count_as_asked(ctx, doctype, _filters(filters), parent=parent, **asked)


@method("frappe.client.get")
def get(ctx: Context, doctype: str, name: object = None, filters: object = None, parent: str | None = None) -> Values:
    """One document, by name or filters, unset fields included."""
    meta = ctx.meta(doctype)
    if meta.issingle:
        name = meta.name
    elif filters not in (None, "") and name in (None, ""):
        wanted = asked = _filters(filters)
        if isinstance(wanted, list):  # Frappe: here two parts are a field and its value
            pairs = [isinstance(each, list) and len(each) == 2 for each in wanted]
            wanted = [[each[0], "=", each[1]] if pair else each for each, pair in zip(wanted, pairs, strict=True)]
        name = lists.first_name(ctx, doctype, wanted)
        if name is None:
            raise DoesNotExistError.told(f"{doctype} {asked} not found")
    return access.shown(ctx, access.load_for(ctx, doctype, name))


@method("frappe.client.get_value")
def get_value(
    ctx: Context,
    doctype: str,
    fieldname: object,
    filters: object = None,
    as_dict: object = True,
    debug: object = None,
    parent: str | None = None,
) -> object:
    """Values of the first document that fits; an empty object for none."""
    meta, fields = ctx.meta(doctype), listed_fields(fieldname)
    names = list(fields or []) if isinstance(fields, list | dict | None) else [fields]
    if meta.issingle and not all(isinstance(each, str) for each in names):
        raise ValidationError.told("fieldname is a field's name, or a list of them")
    if not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")) and not (
        meta.istable and parent
    ):
        raise PermissionError.told(f"No permission for {meta.name}")
    if meta.issingle:
        values: Any = _single_values(ctx, meta, names, {"name": ""} if filters == "" else _filters(filters))
    else:
        wanted = [each for each in names if not _is_table(meta, each)]
        rows = lists.get_list(ctx, doctype, wanted, _filters(filters), limit=1, parent=parent, natural=True)
        values = rows[0] if rows and (wanted or not names) else {}
    if as_dict:  # Frappe: any text that is not empty, "false" too
        return values
    found = list(values.values())
    return found if not isinstance(fields, str) else (found[0] if found else None)


def _single_values(ctx: Context, meta: DocType, names: list[str], filters: object) -> dict[str, object]:
    """The values of a Single that are set: those asked for or, where filters are an object that it fits, all of
    them."""
    kept = ctx.store.single_fields(meta)
    row = permissions.strip_unreadable(ctx, meta, ctx.store.load_single(meta))
    stored = {name: _told(meta, name, value) for name, value in row.items() if name in kept}
    if kept and "*" in names:
        named = [each.fieldname for each in meta.value_fields if each.fieldname in row]
        stored = {name: _told(meta, name, row[name]) for name in named} | stored
    if isinstance(filters, dict):
        fits = kept and all(cstr(row.get(key)) == cstr(value) for key, value in filters.items())
        return {"creation": None, **stored, "name": meta.name, "docstatus": "0", "idx": "0"} if fits else {}
    return {name: stored[name] for name in names if stored.get(name) is not None}


def _is_table(meta: DocType, name: object) -> bool:
    field = meta.field(name) if isinstance(name, str) else None
    return field is not None and bool(field.type.table)


def _told(meta: DocType, fieldname: str, value: object) -> object:
    """A Single's value as it is told by itself: text that is not set is empty."""
    field = meta.field(fieldname)
    return "" if value is None and field is not None and field.type.column == TEXT else value


@method("frappe.client.get_single_value")
def get_single_value(ctx: Context, doctype: str, field: str) -> object:
    """A value of a Single DocType."""
    meta = ctx.meta(doctype)
    if not permissions.judge(ctx, meta, "read").allowed:
        raise PermissionError.told(f"No permission for {meta.name}")
    known = meta.field(field)
    if known is None and field not in meta.standard:
        raise ValidationError.told(f"Field {bold(field)} does not exist on {bold(meta.name)}")
    value = permissions.strip_unreadable(ctx, meta, ctx.store.load_single(meta)).get(field)
    return _told(meta, field, value)


def document_values(ctx: Context, value: object, what: str = "doc") -> Values:
    """A document that a client sent, without what is the server's own. Raises BadRequestError for anything else."""
    values = parse_json(value, what)
    if not isinstance(values, dict) or not values.get("doctype"):
        raise BadRequestError.told(f'{what} is an object with its doctype, such as {{"doctype": "Task", …}}')
    return server_owned.drop(ctx, values["doctype"], values)


def insert_values(ctx: Context, values: Values) -> BaseDocument:
    """A stored new document; of a row of a child table the document that it was added to, as in Frappe."""
    if ctx.meta(values["doctype"]).istable and not all(values.get(key) for key in CHILD):
        raise ValidationError.told("Parenttype, Parent and Parentfield are required to insert a child record")
    made = access.insert(ctx, {key: value for key, value in values.items() if key != "modified"})
    return made.parent_doc if made.meta.istable else made


@method("frappe.client.insert", methods=["POST", "PUT"])
def insert(ctx: Context, doc: object = None) -> Values:
    """Store a new document."""
    return access.shown(ctx, insert_values(ctx, document_values(ctx, doc)))


@method("frappe.client.insert_many", methods=["POST", "PUT"])
def insert_many(ctx: Context, docs: object = None) -> list[object]:
    """Store new documents, all or none; their names."""
    given = parse_json(docs, "docs")
    if not isinstance(given, list):
        raise BadRequestError.told("docs is a list of documents")
    if len(given) > MAX_DOCUMENTS:
        raise ValidationError.told(f"Only {MAX_DOCUMENTS} inserts allowed in one request")
    return [insert_values(ctx, document_values(ctx, each, "docs")).name for each in counted(given)]


def sent_document(ctx: Context, doc: object) -> BaseDocument:
    """The document as the client has it, not stored yet: a new one if it has no name, else the stored one, changed. The
    client has the whole: `creation` and `modified` must be the stored ones."""
    values = document_values(ctx, doc)
    ctx.store.database.begin_write()
    if not values.get("name") and not ctx.meta(values["doctype"]).issingle:
        return document.new(ctx, {key: each for key, each in values.items() if key != "modified"})
    found = access.load_for(ctx, values["doctype"], values.get("name"), "write")
    unset = found.meta.columns.keys() - STANDARD.keys() - server_owned.fields_of(found.meta)
    whole: Values = {column: None for column in unset if column not in CHILD}
    found.update({**whole, **{key: each for key, each in values.items() if key not in ("doctype", "name")}})
    sent = parse_json(doc, "doc")
    found.__dict__["creation"] = sent.get("creation")
    found.flags.claimed = {"owner": sent["owner"]} if sent.get("owner") else {}
    if not found.meta.issingle:
        found.__dict__["modified"] = values.get("modified") or ""
    return found


def _stored(ctx: Context, doc: BaseDocument) -> BaseDocument:
    """Store it; a row of a child table with its document."""
    if not doc.meta.istable:
        saved: BaseDocument = doc.save()
        return saved
    values = server_owned.drop(ctx, doc.doctype, doc.as_dict())
    if doc.is_new():
        return access.insert(ctx, values)
    return access.change(ctx, access.load_for(ctx, doc.doctype, doc.name, "write"), values)


@method("frappe.client.save", methods=["POST", "PUT"])
def save(ctx: Context, doc: object) -> Values:
    """Store a new or changed document."""
    return access.shown(ctx, _stored(ctx, sent_document(ctx, doc)))


@method("frappe.client.submit", methods=["POST", "PUT"])
def submit(ctx: Context, doc: object = None, doclist: object = None) -> Values:
    """Submit a document. frappe-client sends it as `doclist`."""
    return access.shown(ctx, access.step(sent_document(ctx, doc if doc is not None else doclist), "submit"))


@method("frappe.client.cancel", methods=["POST", "PUT"])
def cancel(ctx: Context, doctype: str, name: object) -> Values:
    """Cancel a submitted document."""
    ctx.store.database.begin_write()
    return access.shown(ctx, access.step(access.load_for(ctx, doctype, name, "write"), "cancel"))


@method("frappe.client.delete", methods=["DELETE", "POST"])
def delete(ctx: Context, doctype: str, name: object) -> None:
    """Delete a document, or those of a list of names; a child row is taken out of its document."""
    for each in name if isinstance(name, list) else [name] if name is not None else []:
        access.delete(ctx, doctype, each)


@method("frappe.client.set_value", methods=["POST", "PUT"])
def set_value(ctx: Context, doctype: str, name: object, fieldname: object, value: object = None) -> Values:
    """Change one field, or several by an object, and store the document."""
    values = listed_fields(fieldname)
    if isinstance(values, dict):  # a front end sends back the whole document: what is the server's own is left out
        values = {
            key: each
            for key, each in values.items()
            if key in ("modified", "docstatus", *server_owned.CONSTANT) or not (key in STANDARD or key in CHILD)
        }
    else:
        if cstr(values) in STANDARD or cstr(values) in (*CHILD, "doctype"):
            raise ValidationError.told("Cannot edit standard fields")
        values = {cstr(values): value or ""}  # Frappe: what counts as false empties the field
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, doctype, name, "write")
    claimed = parsed.get("name") if isinstance(parsed := listed_fields(fieldname), dict) else None
    if claimed is not None and cstr(claimed) != cstr(doc.name) and not doc.meta.issingle:
        raise DoesNotExistError.told(f"{doc.doctype} {claimed} not found")
    changed = access.change(ctx, doc, server_owned.drop_from_change(ctx, doc.doctype, values))
    return access.shown(ctx, changed.parent_doc if changed.meta.istable else changed)  # Frappe: of a row, its document


@method("frappe.client.bulk_update", methods=["POST", "PUT"])
def bulk_update(ctx: Context, docs: object) -> Values:
    """Change many documents, each by itself; which failed, and why."""
    given = parse_json(docs, "docs") or []
    if not isinstance(given, list):
        raise _no_list_of_changes()
    if len(given) > MAX_CHANGES:
        raise ValidationError.told(f"At most {MAX_CHANGES:,} documents are changed in one request")
    failed = []
    for each in given:
        error = failure(ctx, functools.partial(_update_one, ctx, each))
        if error is not None:
            told = _tried(ctx, each)
            tell(ctx, error, f"{told.get('doctype')} {told.get('docname')}" if isinstance(told, dict) else "docs")
            failed.append({"doc": told, "exc": type(error).__name__})
    return {"failed_docs": failed}


def _update_one(ctx: Context, given: object) -> None:
    if not isinstance(given, dict) or not given.get("doctype") or given.get("docname") in (None, ""):
        raise _no_list_of_changes()
    doc = access.load_for(ctx, given["doctype"], given["docname"], "write")
    values = {key: value for key, value in given.items() if key not in ("docname", "name")}
    access.change(ctx, doc, server_owned.drop_from_change(ctx, doc.doctype, values))


def _no_list_of_changes() -> FrappeError:
    return BadRequestError.told("docs is a list of objects, each with doctype, docname and the values to change")


def _tried(ctx: Context, given: object) -> object:
    """What a client sent, as Frappe sends it back: the rows of child tables have their DocType."""
    if not isinstance(given, dict) or not ctx.has_doctype(given.get("doctype")):
        return given
    tables = {each.fieldname: each.options for each in ctx.meta(given["doctype"]).table_fields}
    rows = {key: value for key, value in given.items() if key in tables and isinstance(value, list)}
    named = {
        key: [{**row, "doctype": tables[key]} if isinstance(row, dict) else row for row in rows[key]] for key in rows
    }
    return {**given, **named}


@method("frappe.client.rename_doc", methods=["POST", "PUT"])
def rename_doc(
    ctx: Context, doctype: str, old_name: str | int, new_name: str | int, merge: bool = False,
) -> str | int:  # fmt: skip
    """Rename a document; its new name."""
    renaming.require_form(ctx, doctype, new_name)
    return document.rename(ctx, doctype, access.load_for(ctx, doctype, old_name).name, new_name, merge)


@method("frappe.rename_doc", methods=["POST", "PUT"])
def rename(
    ctx: Context, doctype: str, old: str | int, new: str | int, force: bool = False, merge: bool = False,
) -> str | int:  # fmt: skip
    """The same by its short name. `force` is not a client's to say."""
    return rename_doc(ctx, doctype, old, new, merge)


@method("frappe.client.has_permission")
def has_permission(ctx: Context, doctype: str, docname: str | int, perm_type: str = "read") -> dict[str, bool]:
    """Whether the user has a right on a document: for the Administrator yes, whatever is asked, and no for whoever may
    not know whether it is there."""
    meta, right = ctx.meta(doctype), cstr(perm_type).lower()
    of_doctype = permissions.judge(ctx, meta, right)
    if of_doctype.rule == "administrator":
        return {"has_permission": True}
    if not docname:  # Frappe: no document is the DocType, of which no reason is told
        return {"has_permission": of_doctype.allowed}
    try:
        return {"has_permission": access.known(ctx, doctype, docname).has_permission(right)}
    except PermissionError as refusal:
        ctx.say(str(refusal))
        return {"has_permission": False}


@method("frappe.client.get_doc_permissions")
def get_doc_permissions(ctx: Context, doctype: str, docname: str | int) -> Values:
    """Each right on a document."""
    doc = access.known(ctx, doctype, docname)
    if permissions.judge(ctx, doc.meta, "read", doc.__dict__).rule == "User Permission":
        return {"permissions": {}}  # Frappe: nothing is said of a document that the user is held away from
    return {"permissions": permissions.document_rights(ctx, doc.meta, doc.__dict__)}


@method("frappe.client.get_password")
def get_password(ctx: Context, doctype: str, name: str, fieldname: str) -> str | None:
    """A Password field's text, for System Managers."""
    if "System Manager" not in ctx.roles:
        raise PermissionError("Only a System Manager may read passwords")
    text: str | None = access.load_for(ctx, doctype, name, "write").get_password(fieldname)
    return text
