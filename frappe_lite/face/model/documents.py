"""Documents and their DocTypes as app code asks for them: `frappe.get_doc`, `frappe.get_all`, `frappe.new_doc`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from ... import document
from ...context import Context
from ...doctype.meta import DocType
from ...doctype.questions import properties
from ...document import base_document, links, validation
from ...document.base_document import BaseDocument
from ...errors import DoesNotExistError, FrappeError, MandatoryError
from ...protocol import dump_json
from ...utils import _dict, cint, cstr
from ...values import Given, Values
from ..context import ctx
from ..database.calls import FaceDatabase
from ..queries.listing import get_all, get_list
from .doc_ref import DocRef, named

db = FaceDatabase()


def get_doc(*args: object, **kwargs: object) -> BaseDocument:
    """A stored document by DocType and name, or a new one from a dict or keywords.

    `check_permission=True`, or the name of a right, asks for it: raises PermissionError. `for_update` has nothing to
    lock: whoever writes is the only one.
    """
    kwargs.pop("for_update", None)
    right = kwargs.pop("check_permission", None)
    found = _found(*args, **kwargs)
    if right:
        found.check_permission("read" if right is True else right)
    return found


def _found(*args: Any, **kwargs: object) -> BaseDocument:
    if args and isinstance(args[0], base_document.BaseDocument):
        return args[0]
    if args and isinstance(args[0], DocRef):
        return document.load(ctx(), args[0].doctype, args[0].name)
    if args and isinstance(args[0], Mapping):
        return _of_values({**args[0], **kwargs})
    if kwargs and not args:
        return _of_values(kwargs)
    if kwargs and len(args) == 1:
        return _of_values({"doctype": args[0], **kwargs})
    kwargs.pop("fields", None)  # Frappe: as in `frappe.get_list`, but a document is always whole
    if kwargs or not args or len(args) > 2:
        raise TypeError(
            "get_doc takes a DocType and a name, a dict, or keywords; not also "
            f"{', '.join(kwargs) or f'{len(args)} values'}"
        )
    doctype = args[0]
    name = args[1] if len(args) > 1 else doctype
    if name is None:
        raise DoesNotExistError.told(f"{doctype} {name} not found")
    if isinstance(name, dict | list):
        found = db.get_value(doctype, name)
        if found is None:
            raise DoesNotExistError.told(f"{doctype} {name} not found")
        name = found
    return document.load(ctx(), doctype, name)


def _of_values(values: Given) -> BaseDocument:
    """A document of values. Frappe: with a name, and without the mark of a new one, it is a stored document for
    `save()`; `insert()` makes one all the same."""
    made = document.new(ctx(), {key: named(value) for key, value in values.items()})
    if values.get("name") and not values.get("__islocal") and not made.meta.issingle:
        made.__dict__.pop("__islocal", None)
    return made


get_cached_doc = get_doc
get_lazy_doc = get_doc


def get_single(doctype: str) -> BaseDocument:
    """The document of a Single DocType."""
    return get_doc(doctype, doctype)


def get_last_doc(
    doctype: str, filters: object = None, order_by: str = "creation desc", *, for_update: bool = False
) -> BaseDocument:
    """The newest document that fits."""
    rows = get_all(doctype, filters=filters, limit=1, order_by=order_by, pluck="name")
    if not rows:
        raise DoesNotExistError.told(f"No {doctype} found")
    return get_doc(doctype, rows[0])


def new_doc(
    doctype: str, *, parent_doc: Any = None, parentfield: str | None = None, as_dict: bool = False, **kwargs: object
) -> Any:
    """A new document with its defaults, not stored yet."""
    made = document.new(ctx(), {"doctype": doctype, **kwargs})
    validation.set_defaults(ctx(), made)
    if parent_doc is not None:
        made.__dict__.update(
            parent=parent_doc.name, parenttype=parent_doc.doctype, parentfield=parentfield, parent_doc=parent_doc
        )
    return made.as_dict() if as_dict else made


def copy_doc(doc: object, ignore_no_copy: bool = True) -> BaseDocument:
    """An unstored copy of a document."""
    return document.copy(ctx(), doc if isinstance(doc, base_document.BaseDocument) else get_doc(doc))


def _as_asked(ignore_permissions: bool) -> Context:
    return ctx().trusted() if ignore_permissions else ctx()


def delete_doc(
    doctype: str | None = None, name: object = None, force: bool = False, ignore_doctypes: object = None,
    for_reload: bool = False,
    ignore_permissions: bool = False, flags: Any = None, ignore_on_trash: bool = False, ignore_missing: bool = True,
    delete_permanently: bool = False,
) -> None:  # fmt: skip
    """Delete a document, or each of a list of names; its rows go with it whatever `ignore_doctypes` says.

    One that is not there is passed over, unless `ignore_missing` is false.
    """
    asked, meta = _as_asked(ignore_permissions), ctx().meta(cstr(doctype))
    for each in name if isinstance(name, list | tuple | set) else [name]:
        if ignore_missing and not meta.is_virtual and ctx().store.exists(meta, each) is None:
            continue
        document.delete(
            asked, meta.name, each, bool(force), keep=not delete_permanently, on_trash=not ignore_on_trash, flags=flags
        )


def delete_bulk(doctype: str, items: Any) -> list[object]:
    """Delete documents, each by itself; the names of those that stay."""
    kept = []
    for name in items:
        try:
            with ctx().store.database.atomic():
                delete_doc(doctype, name, ignore_missing=True)
        except FrappeError:
            kept.append(name)
    return kept


def delete_doc_if_exists(doctype: str, name: object, force: object = 0) -> None:
    """Delete a document if it is there."""
    delete_doc(doctype, name, force=bool(force))


def get_linked_docs(doc: BaseDocument, method: str = "Delete") -> list[Values]:
    """The documents whose Link fields keep one from being deleted; with "Cancel" the submitted ones."""
    return _holders(doc, links.by_links(ctx(), doc.meta, doc.name, _cancelling(doc, method)))


def get_dynamic_linked_docs(doc: BaseDocument, method: str = "Delete") -> list[Values]:
    """The documents whose Dynamic Links do."""
    return _holders(doc, links.by_dynamic_links(ctx(), doc.meta, doc.name, _cancelling(doc, method)))


def _cancelling(doc: BaseDocument, method: str) -> Iterable[str] | None:
    return (doc.get("ignore_linked_doctypes") or ()) if method == "Cancel" else None


def _holders(doc: BaseDocument, found: Iterable[tuple[DocType, object]]) -> list[Values]:
    return [
        {"doc": doc.name, "reference_doctype": meta.name, "reference_docname": name, "at_position": ""}
        for meta, name in found
    ]


def rename_doc(
    doctype: Any = None, old: object = None, new: object = None, force: bool = False, merge: bool = False,
    ignore_permissions: bool = False, ignore_if_exists: bool = False,
    show_alert: bool = True, rebuild_search: bool = True, doc: Any = None, validate: bool = True,
) -> object:  # fmt: skip
    """Rename a document and every link to it; with `ignore_if_exists` nothing for a name that is taken."""
    if isinstance(doctype, base_document.BaseDocument):
        doctype, old, new = doctype.doctype, doctype.name, old
    if doc is not None:
        doctype, old = doc.doctype, doc.name
    if ignore_if_exists and db.exists(doctype, new):
        return new
    return document.rename(_as_asked(ignore_permissions), doctype, old, new, bool(merge), bool(force))


def get_meta(doctype: Any, cached: bool = True) -> DocType:
    """The DocType of that name."""
    return ctx().meta(doctype if isinstance(doctype, str) else doctype.doctype)


def save_meta(meta: DocType) -> object:
    """Keep what app code changed of a DocType's fields, as Frappe does: there `frappe.get_meta` gives a document.
    Raises as `save`."""
    doc, known = get_doc("DocType", meta.name), properties("DocField")
    for row in doc.fields:
        field = meta.field(row.fieldname)
        for key in known if field is not None else ():
            if key not in ("name", "idx") and (getattr(field, key) or None) != (row.get(key) or None):
                row.set(key, getattr(field, key))
    return doc.save()


DocType.asked_by_apps["save"] = save_meta


def get_controller(doctype: str) -> type[BaseDocument]:
    """The class of a DocType's documents."""
    return base_document.class_of(ctx(), ctx().meta(doctype))


def get_value(*args: Any, **kwargs: Any) -> object:
    """As `frappe.db.get_value`."""
    return db.get_value(*args, **kwargs)


def get_cached_value(doctype: str, name: object, fieldname: object = "name", as_dict: bool = False) -> object:
    """A value of a document, or several; nothing is cached here. None for no document."""
    if name is None and not ctx().meta(doctype).issingle:
        return None
    found = db.get_value(doctype, doctype if name is None else name, fieldname, as_dict=as_dict)
    return list(found) if isinstance(found, tuple) else found


def set_value(doctype: str, docname: object, fieldname: Any, value: object = None) -> _dict:
    """Change a document as a form does, with checks and events; the document as a dict. Raises as `save`."""
    doc = get_doc(doctype, docname)
    doc.update({fieldname: value} if isinstance(fieldname, str) else dict(fieldname))
    return cast(_dict, doc.save().as_dict())


def get_single_value(setting: str, fieldname: str) -> object:
    """A value of a Single DocType."""
    return db.get_single_value(setting, fieldname)


def get_doctype_map(doctype: str, name: object, filters: object = None, order_by: str | None = None) -> list[_dict]:
    """Every value of the documents that fit, as settings by DocType are kept."""
    rows: list[_dict] = (
        get_all(doctype, fields=["*"], filters=filters or {}, order_by=order_by) if ctx().has_doctype(doctype) else []
    )
    return rows


def is_table(doctype: str) -> bool:
    """Whether a DocType's documents are rows of others."""
    return ctx().meta(doctype).istable


def clear_document_cache(doctype: str, name: object = None) -> None:
    """Documents are not cached; nothing to do."""


def validate_link(doctype: str, name: object) -> bool:
    """Whether the document is there."""
    return db.exists(doctype, name) is not None


def get_mapped_doc(
    from_doctype: str, from_docname: object, table_maps: Mapping[str, Given], target_doc: object = None,
    postprocess: Callable[..., object] | None = None, ignore_permissions: bool = False,
    ignore_child_tables: bool = False, cached: bool = False,
) -> object:  # fmt: skip
    """A document made from another one by a table of fields.

    What the maps do not name is copied where names agree, `no_copy` fields not.
    """
    source = get_doc(from_doctype, from_docname)
    if not ignore_permissions:
        source.check_permission("read")
    target = (
        get_doc(json.loads(target_doc))
        if isinstance(target_doc, str) and target_doc
        else target_doc or new_doc(table_maps[from_doctype]["doctype"])
    )
    _validate_map(source, table_maps[from_doctype])
    _map_fields(source, target, table_maps[from_doctype], source)
    for field in () if ignore_child_tables else source.meta.table_fields:
        mapping = table_maps.get(cstr(field.options))
        for row in source.get(field.fieldname) or [] if mapping else []:
            _map_row(row, target, mapping or {}, source, field.fieldname)
    if postprocess:
        postprocess(source, target)
    return target


def _validate_map(source: BaseDocument, mapping: Given) -> None:
    for fieldname, rule in (mapping.get("validation") or {}).items():
        operator, wanted = rule
        agrees = source.get(fieldname) == wanted
        if agrees is not (operator == "="):
            raise MandatoryError.told(
                f"Cannot map because following condition fails: {source.meta.get_label(fieldname)} {operator} {wanted}"
            )


def _map_row(row: object, target: Any, mapping: Given, source: object, fieldname: str) -> None:
    condition, keep = mapping.get("condition"), mapping.get("filter")
    if condition and not condition(row) or keep and keep(row):
        return
    tables = [each.fieldname for each in target.meta.table_fields if each.options == mapping["doctype"]]
    if not tables:
        return
    place = fieldname if fieldname in tables else tables[0]
    if mapping.get("add_if_empty") and any(not each.is_new() for each in target.get(place) or []):
        return
    _map_fields(row, target.append(place, {}), mapping, source)


def _map_fields(source: Any, target: Any, mapping: Given, source_parent: object) -> None:
    skipped = {
        *(mapping.get("field_no_map") or ()),
        *(each.fieldname for each in target.meta.fields if cint(each.no_copy) or each.type.table),
    }
    for field in target.meta.value_fields:
        if (
            field.fieldname not in skipped
            and source.meta.has_field(field.fieldname)
            and source.get(field.fieldname) is not None
        ):
            target.set(field.fieldname, source.get(field.fieldname))
    pairs = mapping.get("field_map") or {}
    for from_field, to_field in pairs.items() if isinstance(pairs, Mapping) else pairs:
        if source.get(from_field) is not None:
            target.set(to_field, source.get(from_field))
    if mapping.get("postprocess"):
        mapping["postprocess"](source, target, source_parent)


def as_json(obj: object, indent: int | None = 1, separators: Any = None, ensure_ascii: bool = True) -> str:
    """JSON text."""
    return json.dumps(
        json.loads(dump_json(obj)), indent=indent, sort_keys=True, separators=separators, ensure_ascii=ensure_ascii
    )


__all__ = [
    "as_json", "clear_document_cache", "copy_doc", "db", "delete_doc", "delete_doc_if_exists", "get_all",
    "get_cached_doc", "get_cached_value",
    "get_dynamic_linked_docs", "get_linked_docs",
    "get_controller", "get_doc", "get_last_doc", "get_lazy_doc", "get_list", "get_mapped_doc", "get_meta", "get_single",
    "get_single_value",
    "get_value", "is_table", "new_doc", "rename_doc", "set_value", "validate_link",
]  # fmt: skip
