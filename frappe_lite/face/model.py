"""`frappe.model`: lists of fieldtypes and fields, and names by series, as app code asks for them."""

from __future__ import annotations

import re
from typing import Any

from .. import naming
from ..fieldtypes import FIELDTYPES, NUMERIC, TABLES
from ..meta import CHILD, OPTIONAL, STANDARD
from ..utils import _dict, cint, cstr, random_name
from .context import ctx
from .documents import db

table_fields = tuple(sorted(TABLES))
no_value_fields = tuple(sorted(name for name, each in FIELDTYPES.items() if each.column is None))
display_fieldtypes = tuple(sorted(name for name, each in FIELDTYPES.items() if each.column is None and not each.table))
data_fieldtypes = tuple(name for name, each in FIELDTYPES.items() if each.column)
numeric_fieldtypes = tuple(sorted(NUMERIC - {"Check"}))
default_fields = ("doctype", *STANDARD)
child_table_fields = tuple(CHILD)
optional_fields = tuple(OPTIONAL)
core_doctypes_list = ("DocType", "DocField", "DocPerm", "User", "Role", "Has Role", "Custom Field", "Property Setter", "Module Def", "File", "Version")
std_fields = tuple(_dict(fieldname=name, fieldtype=fieldtype) for name, fieldtype in STANDARD.items())


def make_autoname(key: str = "", doctype: str = "", doc: Any = "", *, ignore_validate: bool = False) -> str:
    """The next name of a series such as `INV-.YYYY.-.####`, or `hash`."""
    if key == "hash":
        return random_name()
    named = doc if hasattr(doc, "meta") else ctx().site.make_document(ctx(), {"doctype": doctype or "ToDo"})
    return naming.make_series(key if "#" in key else f"{key}.#####", named, ctx().store.next_number)


def getseries(key: str, digits: int) -> str:
    """The next number of a counter, with that many digits."""
    return str(ctx().store.next_number(key)).zfill(digits)


def set_name_by_naming_series(doc: Any) -> None:
    """Name a document by its `naming_series`."""
    doc.name = make_autoname(naming._series_of(doc.meta, doc), doc.doctype, doc)


def parse_naming_series(parts: Any, doctype: Any = None, doc: Any = None, number_generator: Any = None) -> str:
    """The name that the parts of a series make."""
    key = parts if isinstance(parts, str) else ".".join(parts)
    return naming.make_series(key, doc, (lambda prefix: number_generator(prefix, 5)) if number_generator else ctx().store.next_number)


def revert_series_if_last(key: str, name: str, doc: Any = None) -> None:
    """Count back by one, if the name has the last number that a series gave."""
    prefix = cstr(key).partition("#")[0].rstrip(".").replace(".", "")
    ctx().store.give_back_number(prefix, cint(cstr(name)[len(prefix) :]))


def append_number_if_name_exists(doctype: str, value: str, fieldname: str = "name", separator: str = "-", filters: Any = None) -> str:
    """The value, with a number behind it if a document has it already."""
    if not db.exists(doctype, {**(filters or {}), fieldname: value}):
        return value
    taken = db.get_values(doctype, {fieldname: ["like", f"{value}{separator}%"]}, fieldname, pluck=True)
    numbers = [int(match[1]) for match in (re.fullmatch(re.escape(value + separator) + r"(\d+)", cstr(each)) for each in taken) if match]
    return f"{value}{separator}{max(numbers, default=0) + 1}"


def bulk_insert(doctype: str, documents: Any, ignore_duplicates: bool = False, chunk_size: int = 10_000, commit_chunks: bool = False) -> None:
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
