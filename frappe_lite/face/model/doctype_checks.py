"""The rules of a DocType, for app code that makes or changes one: `frappe.core.doctype.doctype.doctype`."""

from __future__ import annotations

from typing import Any

from ... import document
from ...document import doctype_rules
from ...utils import cint, cstr
from ..context import ctx


def validate_series(dt: Any, autoname: str | None = None, name: str | None = None) -> None:
    """Raises ValidationError unless the DocType's rule of naming names fields that are there."""
    before = dt.autoname
    if autoname:
        dt.autoname = autoname
    try:
        doctype_rules.check_naming(ctx(), dt)
    finally:
        if autoname:
            dt.autoname = before


def validate_fields(meta: Any) -> None:
    """Raises ValidationError and its kinds for the first field that breaks a rule."""
    kind = [bool(cint(meta.get(each))) for each in ("istable", "issingle", "is_virtual")]
    fields = doctype_rules.Fields(ctx(), cstr(meta.name), list(meta.get("fields") or ()), *kind)
    doctype_rules.check_fields(fields, meta.as_dict())


def validate_fields_for_doctype(doctype: str) -> None:
    """The same for a DocType by its name."""
    validate_fields(document.load(ctx().trusted(), "DocType", doctype))


def get_fields_not_allowed_in_list_view(meta: object) -> list[str]:
    """The types of fields that no list of the DocType shows."""
    return sorted(doctype_rules.unlisted(meta))


__all__ = ["get_fields_not_allowed_in_list_view", "validate_fields", "validate_fields_for_doctype", "validate_series"]
