"""`frappe.model`: lists of fieldtypes and fields, and names by series, as app code asks for them."""

from __future__ import annotations

import re
from typing import Any

from ..doctype.fieldtypes import FIELDTYPES, NUMERIC, TABLES
from ..doctype.meta import CHILD, OPTIONAL, STANDARD
from ..utils import _dict, cstr
from .documents import db

table_fields = tuple(sorted(TABLES))
no_value_fields = tuple(sorted(name for name, each in FIELDTYPES.items() if each.column is None))
display_fieldtypes = tuple(sorted(name for name, each in FIELDTYPES.items() if each.column is None and not each.table))
data_fieldtypes = tuple(name for name, each in FIELDTYPES.items() if each.column)
numeric_fieldtypes = tuple(sorted(NUMERIC - {"Check"}))
default_fields = ("doctype", *STANDARD)
child_table_fields = tuple(CHILD)
optional_fields = tuple(OPTIONAL)
core_doctypes_list = (
    "DocType",
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
std_fields = tuple(_dict(fieldname=name, fieldtype=fieldtype) for name, fieldtype in STANDARD.items())


def bulk_insert(
    doctype: str, documents: Any, ignore_duplicates: bool = False, chunk_size: int = 10_000, commit_chunks: bool = False
) -> None:
    """Insert many documents: no checks, no events."""
    for each in documents:
        if not (ignore_duplicates and each.name and db.exists(doctype, each.name)):
            each.db_insert()


def get_all_translations(lang: str | None = None) -> dict[str, str]:
    """There are no translations."""
    return {}


def cleanup_page_name(title: str) -> str:
    """A title as the last part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", cstr(title).lower()).strip("-")[:140]
