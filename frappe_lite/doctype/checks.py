"""What the fields of a DocType must fulfil before its table is made, and what is filled in for whoever makes one.

Each check takes the DocType's document and raises Frappe's error for what it refuses; rows are its `fields`.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import ValidationError
from ..utils import bold, cint, cstr, scrub
from .fieldtypes import FIELDTYPES
from .meta import CHILD, OPTIONAL, STANDARD


class UniqueFieldnameError(ValidationError):
    """Two fields of a DocType have one name."""


class InvalidFieldNameError(ValidationError):
    """A field has a name that every document uses already, or that no column may have."""


class IllegalMandatoryError(ValidationError):
    """A field that holds no value is mandatory."""


class HiddenAndMandatoryWithoutDefaultError(ValidationError):
    """A field that nobody sees must be filled in."""


class CannotIndexedError(ValidationError):
    """A field of long text has an index."""


class DoctypeLinkError(ValidationError):
    """A link or table does not say to what."""


class WrongOptionsDoctypeLinkError(DoctypeLinkError):
    """A link or table says a DocType that there is none of."""


RESERVED = frozenset({*STANDARD, *CHILD, *OPTIONAL, "doctype", "rowid", "flags"})
"""Names that every document has, or that SQLite uses."""

_DEPENDS = ("depends_on", "collapsible_depends_on", "mandatory_depends_on", "read_only_depends_on")
_ASSIGNMENT = re.compile(r"[\w.:_]+\s*=\s*[\w.@'\"]+")
_NOT_INDEXED = ("Text", "Long Text", "Small Text", "Code", "Text Editor")
_NOT_LISTED = {name for name, each in FIELDTYPES.items() if each.column is None} | {
    "Attach Image",
    "Text Editor",
    "Code",
    "Password",
}


def fill_fieldname(row: Any) -> None:
    """Name a field by its label where it has no name; `Name` becomes name1."""
    if not row.fieldname and row.label:
        made = re.sub(r"\W", "", scrub(row.label), flags=re.ASCII)
        row.fieldname = f"{made}1" if made in RESERVED else made
    row.fieldname = cstr(row.fieldname) or f"{scrub(row.fieldtype or 'field')}_{row.idx}"


def check_field(row: Any) -> None:
    """Every rule that looks at one field alone."""
    kind, label = FIELDTYPES.get(cstr(row.fieldtype)), bold(row.label or row.fieldname)
    if cint(row.reqd) and kind is not None and kind.column is None and not kind.table:
        raise IllegalMandatoryError.told(f"Row #{row.idx}: Field {label} of type {row.fieldtype} cannot be mandatory")
    if cint(row.reqd) and cint(row.hidden) and not row.default:
        raise HiddenAndMandatoryWithoutDefaultError.told(
            f"Row #{row.idx}: Field {label} cannot be hidden and mandatory without default"
        )
    if cint(row.search_index) and row.fieldtype in _NOT_INDEXED:
        raise CannotIndexedError.told(f"Row #{row.idx}: Fieldtype {row.fieldtype} for {label} cannot be indexed")
    for each in _DEPENDS:
        if row.get(each) and _ASSIGNMENT.match(cstr(row.get(each))):
            raise ValidationError.told(
                f"Row #{row.idx}: Invalid {each} of {label}: {row.get(each)} sets a value; write == to compare"
            )


def complete(doc: Any) -> None:
    """What Frappe adds: the link of an amendment to what it amends; the first four mandatory fields are columns of lists."""
    if cint(doc.is_submittable) and "amended_from" not in [row.fieldname for row in doc.fields]:
        values = {"read_only": 1, "print_hide": 1, "no_copy": 1, "search_index": 1}
        doc.append(
            "fields",
            {"fieldname": "amended_from", "fieldtype": "Link", "label": "Amended From", "options": doc.name, **values},
        )
    if not any(cint(row.in_list_view) for row in doc.fields):
        shown = [
            row for row in doc.fields if cint(row.reqd) and not cint(row.hidden) and row.fieldtype not in _NOT_LISTED
        ]
        for row in shown[:4]:
            row.in_list_view = 1


__all__ = [
    "RESERVED", "CannotIndexedError", "DoctypeLinkError", "HiddenAndMandatoryWithoutDefaultError", "IllegalMandatoryError", "InvalidFieldNameError",
    "UniqueFieldnameError", "WrongOptionsDoctypeLinkError", "check_field", "complete", "fill_fieldname",
]  # fmt: skip
