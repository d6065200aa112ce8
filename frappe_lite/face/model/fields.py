"""`frappe.model`: lists of fieldtypes and fields, and names by series, as app code asks for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...doctype.fieldtypes import FIELDTYPES, NUMERIC, TABLES
from ...doctype.meta import CHILD, OPTIONAL, STANDARD
from ...utils import _dict, cstr
from .documents import db, get_meta
from .meta import only_has_select_perm

table_fields = tuple(sorted(TABLES))
no_value_fields = tuple(sorted(name for name, each in FIELDTYPES.items() if each.column is None))
display_fieldtypes = tuple(sorted(name for name, each in FIELDTYPES.items() if each.column is None and not each.table))
data_fieldtypes = tuple(name for name, each in FIELDTYPES.items() if each.column)
numeric_fieldtypes = tuple(sorted(NUMERIC - {"Check"}))
default_fields = ("doctype", *STANDARD)
child_table_fields = tuple(CHILD)
optional_fields = tuple(OPTIONAL)
core_doctypes_list = (
    "DefaultValue",
    "DocType",
    "DocType Action",
    "DocType Link",
    "Print Format",
    "Report",
    "DocField",
    "DocPerm",
    "User",
    "Role",
    "Has Role",
    "Custom Field",
    "Property Setter",
    "Module Def",
    "File",
    "Version",
)
float_like_fields = {"Float", "Currency", "Percent"}
datetime_fields = {"Datetime", "Date", "Time"}
attachment_fieldtypes = ("Attach", "Attach Image")
data_field_options = ("Email", "Name", "Phone", "URL", "Barcode")
log_types = (
    "Version", "Error Log", "Scheduled Job Log", "Event Sync Log", "Event Update Log", "Access Log", "View Log",
    "Activity Log", "Energy Point Log", "Notification Log", "Email Queue", "DocShare", "Document Follow",
    "Console Log",
)  # fmt: skip
NO_VALUE_FIELDS = frozenset(no_value_fields)
DEFAULT_FIELDS = frozenset(default_fields)
OPTIONAL_FIELDS = frozenset(optional_fields)
CORE_DOCTYPES = frozenset(core_doctypes_list)
std_fields = tuple(_dict(fieldname=name, fieldtype=fieldtype) for name, fieldtype in STANDARD.items())


def is_default_field(fieldname: object) -> bool:
    """Whether every document has the field."""
    return isinstance(fieldname, str) and fieldname in default_fields


def get_permitted_fields(
    doctype: str, parenttype: str | None = None, user: str | None = None, permission_type: str | None = None, *,
    ignore_virtual: bool = False,
) -> list[str]:  # fmt: skip
    """The fields that the user may read, those that every document has first; all of a DocType of the core."""
    meta = get_meta(doctype)
    columns = meta.get_valid_columns()
    if doctype in core_doctypes_list or set(columns) <= {*default_fields, *optional_fields}:
        return list(columns)
    asked = permission_type or ("select" if only_has_select_perm(doctype, user) else "read")
    permitted = meta.get_permitted_fieldnames(
        parenttype, user=user, permission_type=asked, with_virtual_fields=not ignore_virtual
    )
    if asked == "select":
        return list(permitted)
    own = [each for each in (*STANDARD, *optional_fields) if each in columns]
    if not permitted:
        return own
    return list(dict.fromkeys([*own, *(child_table_fields if meta.istable else ()), *permitted]))


def get_fetch_values(doctype: str, fieldname: str, value: object) -> _dict:
    """By field, what `fetch_from` takes from the document that a link would lead to; None where there is nothing."""
    meta = get_meta(doctype)
    wanted = {each.fieldname: cstr(each.fetch_from).split(".", 1)[1] for each in meta.get_fields_to_fetch(fieldname)}
    found = (
        db.get_value(meta.get_options(fieldname), value, list(wanted.values()), as_dict=True)
        if wanted and value
        else None
    )
    return _dict({target: (found or {}).get(source) for target, source in wanted.items()})


def is_virtual_doctype(doctype: str) -> bool:
    """Whether the DocType's documents are kept by its controller."""
    return bool(get_meta(doctype).is_virtual)


def is_single_doctype(doctype: str) -> bool:
    """Whether there is one document of the kind."""
    return bool(get_meta(doctype).issingle)


def bulk_insert(
    doctype: str, documents: Any, ignore_duplicates: bool = False, chunk_size: int = 10_000, commit_chunks: bool = False
) -> None:
    """Insert many documents: no checks, no events."""
    for each in documents:
        if not (ignore_duplicates and each.name and db.exists(doctype, each.name)):
            each.db_insert()


def get_all_translations(lang: str | None = None, apps: Sequence[str] | None = None) -> dict[str, str]:
    """There are no translations."""
    return {}


def cleanup_page_name(title: str) -> str:
    """A title as the last part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", cstr(title).lower()).strip("-")[:140]
