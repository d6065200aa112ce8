"""`frappe.client.*`: what frappe-client, frappe-js-sdk and their kin call."""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype.meta import CHILD, STANDARD
from ..document import lists
from ..errors import BadRequestError, DoesNotExistError, PermissionError, ValidationError
from ..protocol import parse_json
from ..router import SERVER_OWNED
from ..utils import cstr, is_true
from ..whitelist import method

MAX_DOCUMENTS = 200


def _filters(value: Any) -> Any:
    """Filters in each spelling: object, list, JSON text, or a document's name."""
    if isinstance(value, str) and value.strip() and value.strip()[0] in '[{"':
        value = parse_json(value, "filters")
    if isinstance(value, str | int) and value != "":
        return {"name": value}
    return value or None


def _fields(value: Any) -> Any:
    if isinstance(value, str) and value.strip()[:1] in ("[", '"', "{"):
        value = parse_json(value, "fields")
    return value


@method("frappe.client.get_list")
def get_list(
    ctx: Context, doctype: str, fields: Any = None, filters: Any = None, group_by: Any = None, order_by: Any = None, limit_start: Any = None,
    limit_page_length: Any = None, parent: str | None = None, debug: Any = None, as_dict: Any = True, or_filters: Any = None,
    limit: Any = None, start: Any = None, expand: Any = None,
) -> list[Any]:  # fmt: skip
    """Documents that the user may read, 20 unless told."""
    first, most = lists.page(limit_start or start, limit_page_length if limit_page_length is not None else limit)
    rows = lists.get_list(
        ctx,
        doctype,
        _fields(fields),
        _filters(filters),
        _filters(or_filters),
        order_by,
        group_by,
        first,
        most,
        parent,
        as_list=not is_true(as_dict),
    )
    wanted = parse_json(expand, "expand")
    if wanted and is_true(as_dict):
        lists.expand_links(ctx, doctype, rows, wanted if isinstance(wanted, list) else [wanted])
    return rows


@method("frappe.client.get_count")
def get_count(
    ctx: Context, doctype: str, filters: Any = None, debug: Any = None, cache: Any = None, parent: str | None = None
) -> int:
    """How many documents fit."""
    return lists.count(ctx, doctype, _filters(filters), parent=parent)


@method("frappe.client.get")
def get(ctx: Context, doctype: str, name: Any = None, filters: Any = None, parent: str | None = None) -> dict[str, Any]:
    """One document, by name or filters, unset fields included."""
    meta = ctx.meta(doctype)
    if meta.issingle:
        name = meta.name
    elif filters not in (None, "") and name in (None, ""):
        wanted = _filters(filters)
        name = lists.first_name(ctx, doctype, wanted)
        if name is None:
            raise DoesNotExistError.told(f"{doctype} {wanted} not found")
    doc = document.load(ctx, doctype, name)
    doc.check_permission("read")
    return permissions.strip_unreadable(ctx, meta, dict(doc.as_dict()))


@method("frappe.client.get_value")
def get_value(
    ctx: Context,
    doctype: str,
    fieldname: Any,
    filters: Any = None,
    as_dict: Any = True,
    debug: Any = None,
    parent: str | None = None,
) -> Any:
    """Values of the first document that fits; an empty object for none."""
    meta, fields = ctx.meta(doctype), _fields(fieldname)
    names = [fields] if isinstance(fields, str) else list(fields or [])
    if not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")) and not (
        meta.istable and parent
    ):
        raise PermissionError.told(f"No permission for {meta.name}")
    if meta.issingle:
        stored = permissions.strip_unreadable(ctx, meta, ctx.store.load_single(meta))
        values: Any = {name: stored.get(name) for name in names}
    else:
        rows = lists.get_list(ctx, doctype, names, _filters(filters), limit=1, parent=parent)
        values = rows[0] if rows else {}
    if is_true(as_dict):
        return values
    found = list(values.values())
    return found if not isinstance(fields, str) else (found[0] if found else None)


@method("frappe.client.get_single_value")
def get_single_value(ctx: Context, doctype: str, field: str) -> Any:
    """A value of a Single DocType."""
    meta = ctx.meta(doctype)
    if not permissions.judge(ctx, meta, "read").allowed:
        raise PermissionError.told(f"No permission for {meta.name}")
    return permissions.strip_unreadable(ctx, meta, ctx.store.load_single(meta)).get(field)


def document_values(value: Any, what: str = "doc") -> dict[str, Any]:
    """A document that a client sent, without what is the server's own. Raises BadRequestError for anything else."""
    values = parse_json(value, what)
    if not isinstance(values, dict) or not values.get("doctype"):
        raise BadRequestError.told(f'{what} is an object with its doctype, such as {{"doctype": "Task", …}}')
    return {key: each for key, each in values.items() if key == "doctype" or key not in SERVER_OWNED}


def _answer(ctx: Context, doc: Any) -> dict[str, Any]:
    return permissions.strip_unreadable(ctx, doc.meta, dict(doc.as_dict()))


def insert_values(ctx: Context, values: dict[str, Any]) -> Any:
    """A stored new document; a child row is added to its stored document."""
    if values.get("parenttype") and values.get("parent") and values.get("parentfield"):
        parent = document.load(ctx, values["parenttype"], values["parent"])
        row = parent.append(
            cstr(values["parentfield"]), {key: each for key, each in values.items() if key not in CHILD}
        )
        parent.save()
        return row
    values.pop("modified", None)
    doc = document.new(ctx, values)
    doc.insert()
    return doc


@method("frappe.client.insert", methods=["POST", "PUT"])
def insert(ctx: Context, doc: Any = None) -> dict[str, Any]:
    """Store a new document."""
    return _answer(ctx, insert_values(ctx, document_values(doc)))


@method("frappe.client.insert_many", methods=["POST", "PUT"])
def insert_many(ctx: Context, docs: Any = None) -> list[Any]:
    """Store new documents, all or none; their names."""
    given = parse_json(docs, "docs")
    if not isinstance(given, list):
        raise BadRequestError.told("docs is a list of documents")
    if len(given) > MAX_DOCUMENTS:
        raise ValidationError.told(f"Only {MAX_DOCUMENTS} inserts allowed in one request")
    return [insert_values(ctx, document_values(each, "docs")).name for each in given]


def changed_document(ctx: Context, doc: Any) -> Any:
    """The stored document with what the client has of it. The client has the whole: `creation` must be the stored one."""
    values = parse_json(doc, "doc")
    if not isinstance(values, dict) or not values.get("doctype"):
        raise BadRequestError.told('doc is an object with its doctype, such as {"doctype": "Task", …}')
    ctx.store.database.begin_write()
    found = document.load(ctx, values["doctype"], values.get("name"))
    known = {key: each for key, each in values.items() if key not in SERVER_OWNED and key != "name"}
    for column in found.meta.columns:
        if column not in known and column not in STANDARD:
            known[column] = None
    found.update(known)
    found.__dict__["creation"] = values.get("creation")
    return found


@method("frappe.client.save", methods=["POST", "PUT"])
def save(ctx: Context, doc: Any) -> dict[str, Any]:
    """Store a changed document."""
    return _answer(ctx, changed_document(ctx, doc).save())


@method("frappe.client.submit", methods=["POST", "PUT"])
def submit(ctx: Context, doc: Any = None, doclist: Any = None) -> dict[str, Any]:
    """Submit a document. frappe-client sends it as `doclist`."""
    found = changed_document(ctx, doc if doc is not None else doclist)
    return _answer(ctx, found.submit())


@method("frappe.client.cancel", methods=["POST", "PUT"])
def cancel(ctx: Context, doctype: str, name: Any) -> dict[str, Any]:
    """Cancel a submitted document."""
    ctx.store.database.begin_write()
    return _answer(ctx, document.load(ctx, doctype, name).cancel())


@method("frappe.client.delete", methods=["DELETE", "POST"])
def delete(ctx: Context, doctype: str, name: Any) -> None:
    """Delete a document; of a child row, take it out of its document."""
    document.delete(ctx, doctype, name)


@method("frappe.client.set_value", methods=["POST", "PUT"])
def set_value(ctx: Context, doctype: str, name: Any, fieldname: Any, value: Any = None) -> dict[str, Any]:
    """Change one field, or several by an object, and store the document."""
    values = _fields(fieldname)
    if isinstance(values, dict):  # a front end sends back the whole document: what is the server's own is left out
        values = {
            key: each
            for key, each in values.items()
            if key in ("modified", "docstatus") or not (key in STANDARD or key in CHILD)
        }
    else:
        if cstr(values) in STANDARD or cstr(values) in CHILD:
            raise ValidationError.told("Cannot edit standard fields")
        values = {cstr(values): value}
    ctx.store.database.begin_write()
    doc = document.load(ctx, doctype, name)
    if doc.meta.istable and doc.parent:
        parent = document.load(ctx, doc.parenttype, doc.parent)
        row = next((each for each in parent.get(doc.parentfield) or [] if each.name == doc.name), None)
        if row is not None:
            row.update({key: each for key, each in values.items() if key not in SERVER_OWNED})
            return _answer(ctx, parent.save())
    doc.update({key: each for key, each in values.items() if key not in SERVER_OWNED})
    return _answer(ctx, doc.save())


@method("frappe.client.bulk_update", methods=["POST", "PUT"])
def bulk_update(ctx: Context, docs: Any) -> dict[str, Any]:
    """Change many documents, each by itself; which failed, and why."""
    given = parse_json(docs, "docs") or []
    if not isinstance(given, list):
        raise BadRequestError.told("docs is a list of objects, each with doctype, docname and the values to change")
    failed = []
    for each in given:
        try:
            with ctx.store.database.atomic():
                doc = document.load(ctx, each["doctype"], each["docname"])
                doc.update(
                    {
                        key: value
                        for key, value in each.items()
                        if key not in SERVER_OWNED and key not in ("docname", "name", "modified")
                    }
                )
                doc.save()
        except Exception as error:  # a bulk operation: one bad document does not stop the others
            failed.append({"doc": each, "exc": type(error).__name__})
    return {"failed_docs": failed}


@method("frappe.client.rename_doc", "frappe.rename_doc", methods=["POST", "PUT"])
def rename_doc(
    ctx: Context,
    doctype: str,
    old_name: Any = None,
    new_name: Any = None,
    merge: Any = False,
    old: Any = None,
    new: Any = None,
) -> Any:
    """Rename a document; its new name."""
    return document.rename(
        ctx,
        doctype,
        old_name if old_name is not None else old,
        new_name if new_name is not None else new,
        is_true(merge),
    )


@method("frappe.client.has_permission")
def has_permission(ctx: Context, doctype: str, docname: Any, perm_type: str = "read") -> dict[str, bool]:
    """Whether the user has a right on a document."""
    meta = ctx.meta(doctype)
    if not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")):
        permissions.require(ctx, meta, "read")
    return {"has_permission": document.load(ctx, doctype, docname).has_permission(perm_type)}


@method("frappe.client.get_doc_permissions")
def get_doc_permissions(ctx: Context, doctype: str, docname: Any) -> dict[str, Any]:
    """Each right on a document."""
    doc = document.load(ctx, doctype, docname)
    return {"permissions": permissions.document_rights(ctx, doc.meta, doc.__dict__)}


@method("frappe.client.validate_link", "frappe.client.validate_link_and_fetch")
def validate_link(
    ctx: Context, doctype: str, docname: Any, fields: Any = None, fields_to_fetch: Any = None
) -> dict[str, Any]:
    """The name as stored, with fields to fetch; `{name: null}` for what is not there."""
    meta = ctx.meta(doctype)
    if not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")):
        raise PermissionError.told(f"You do not have Read or Select Permissions for {meta.name}")
    wanted = _fields(fields if fields is not None else fields_to_fetch) or []
    rows = lists.get_list(ctx, doctype, ["name", *wanted], {"name": docname}, limit=1)
    return rows[0] if rows else {"name": None}


@method("frappe.client.get_password")
def get_password(ctx: Context, doctype: str, name: Any, fieldname: str) -> str | None:
    """A Password field's text, for System Managers."""
    if "System Manager" not in ctx.roles:
        raise PermissionError.told("Only a System Manager may read passwords")
    doc = document.load(ctx, doctype, name)
    doc.check_permission("write")
    text: str | None = doc.get_password(fieldname)
    return text
