"""What an app's install step sets up: custom fields, property setters, permissions, defaults; and its fixtures.

Each may run again: what is there already is brought up to date.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ... import document
from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...query import quote
from ...utils import cint, cstr, scrub
from ...values import Given
from ..context import ctx
from ..model.documents import db
from ..people.users import only_for

log = logging.getLogger("frappe_lite")


def create_custom_fields(custom_fields: Mapping[Any, Any], ignore_validate: bool = False, update: bool = True) -> None:
    """Add fields to DocTypes: `{"User": [{"fieldname": …}], ("A", "B"): {…}}`.

    Those that are there are changed, with `update`; `ignore_validate` asks no rule of custom fields.
    """
    for doctypes, fields in custom_fields.items():
        for doctype in [doctypes] if isinstance(doctypes, str) else doctypes:
            if not ctx().has_doctype(doctype):
                log.warning("custom fields of %s are passed over: it is not installed", doctype)
                continue
            for values in [fields] if isinstance(fields, Mapping) else fields:
                create_custom_field(doctype, values, ignore_validate, update=update)


def create_custom_field(
    doctype: str,
    df: Given,
    ignore_validate: bool = False,
    is_system_generated: bool = True,
    update: bool = True,
) -> BaseDocument | None:
    """Add a field to a DocType, or change the one that is there."""
    trusted, values = ctx().trusted(), {**dict(df), "dt": doctype}
    values.setdefault("is_system_generated", int(is_system_generated))
    values["fieldname"] = values.get("fieldname") or scrub(cstr(values.get("label")))
    meta = trusted.meta("Custom Field")
    name = trusted.store.exists(meta, f"{doctype}-{values['fieldname']}")
    if name is None:
        if trusted.meta(doctype).has_field(values["fieldname"]):
            return None  # Frappe: the DocType's own field of that name stays
        made = document.new(trusted, {"doctype": "Custom Field", **values})
        made.flags.ignore_validate = ignore_validate
        stored: BaseDocument = made.insert()
        return stored
    doc = document.load(trusted, "Custom Field", name)
    if update:
        doc.update(values)
        doc.flags.ignore_validate = ignore_validate
        doc.save()
    return doc


def rename_fieldname(custom_field: str, fieldname: str) -> None:
    """Give a custom field another name, with its column and its values. Raises PermissionError, ValidationError."""
    only_for("System Manager")
    trusted = ctx().trusted()
    field = document.load(trusted, "Custom Field", custom_field)
    meta, old, new = trusted.meta(field.dt), field.fieldname, scrub(fieldname)
    if cint(field.is_system_generated):
        raise ValidationError.told("System Generated Fields can not be renamed")
    if new in meta.columns:
        raise ValidationError.told(f"Can not rename as column {new} is already present on DocType.")
    with trusted.store.database.atomic():
        if old in meta.columns:
            trusted.store.database.execute(
                f"ALTER TABLE {quote(meta.table)} RENAME COLUMN {quote(old)} TO {quote(new)}"
            )
        field.db_set("fieldname", new)
        for name in db.get_values("Custom Field", {"dt": field.dt, "insert_after": old}, "name", pluck=True):
            db.set_value("Custom Field", name, "insert_after", new)
        trusted.touch("Custom Field")
    trusted.say(f"Custom field renamed to {new} successfully.", alert=True)


def make_property_setter(
    doctype: str,
    fieldname: str | None,
    property: str,
    value: object,
    property_type: str,
    for_doctype: bool = False,
    validate_fields_for_doctype: bool = True,
    is_system_generated: bool = True,
) -> BaseDocument:
    """Change one property of a DocType or of its field."""
    delete_property_setter(doctype, property, fieldname)
    values = {
        "doctype": "Property Setter", "doc_type": doctype, "field_name": fieldname,
        "doctype_or_field": "DocType" if for_doctype or not fieldname else (
            "DocField"
        ),
        "property": property, "value": cstr(value), "property_type": property_type,
        "is_system_generated": int(is_system_generated),
    }  # fmt: skip
    made: BaseDocument = document.new(ctx().trusted(), values).insert()
    return made


def make_property_setters(
    args: Given,
    ignore_validate: bool = False,
    validate_fields_for_doctype: bool = True,
    is_system_generated: bool = True,
) -> None:
    """Change one property of a field as `args` say, in their `doctype` or wherever there is a field of that name."""
    fieldname, named, kind = args.get("fieldname"), args.get("doctype"), cstr(args.get("property_type"))
    filters = {"fieldname": fieldname}
    for doctype in [named] if named else sorted(set(db.get_values("DocField", filters, "parent", pluck=True))):
        is_own = args.get("doctype_or_field") == "DocType"
        make_property_setter(
            doctype,
            fieldname,
            args["property"],
            args.get("value"),
            kind or "Data",
            for_doctype=is_own,
            is_system_generated=is_system_generated,
        )


def delete_property_setter(
    doc_type: str, property: str | None = None, field_name: str | None = None, row_name: object = None
) -> None:
    """Take such changes back."""
    filters = {
        "doc_type": doc_type,
        **({"property": property} if property else {}),
        **({"field_name": field_name} if field_name else {}),
    }
    for name in db.get_values("Property Setter", filters, "name", pluck=True):
        document.delete(ctx().trusted(), "Property Setter", name, force=True)


def add_permission(doctype: str, role: str, permlevel: int = 0, ptype: str | None = None) -> None:
    """Give a role the right to read a DocType, or the one named, unless it has a rule already."""
    setup_custom_perms(doctype)
    if not db.exists("Custom DocPerm", {"parent": doctype, "role": role, "permlevel": cint(permlevel), "if_owner": 0}):
        values = {
            "doctype": "Custom DocPerm",
            "parent": doctype,
            "role": role,
            "permlevel": cint(permlevel),
            ptype or "read": 1,
        }
        document.new(ctx().trusted(), values).insert()


def update_permission_property(
    doctype: str,
    role: str,
    permlevel: int,
    ptype: str,
    value: object = None,
    validate: bool = True,
    if_owner: object = 0,
) -> None:
    """Give a role a right on a DocType, or take it.

    Rules of a DocType are copied when they are first changed, as in Frappe. The role's rule is the one of that
    `if_owner`, else the only one that it has.
    """
    setup_custom_perms(doctype)
    rule = {"parent": doctype, "role": role, "permlevel": cint(permlevel)}
    name = db.get_value("Custom DocPerm", {**rule, "if_owner": cint(if_owner)}) or db.get_value("Custom DocPerm", rule)
    db.set_value("Custom DocPerm", name, ptype, cint(value)) if name else None


def remove_permission(doctype: str, role: str, permlevel: int = 0, if_owner: object = 0) -> None:
    """Take a role's rule away."""
    setup_custom_perms(doctype)
    db.delete(
        "Custom DocPerm", {"parent": doctype, "role": role, "permlevel": cint(permlevel), "if_owner": cint(if_owner)}
    )


def reset_permissions(doctype: str) -> None:
    """Let the DocType's own rules count again."""
    db.delete("Custom DocPerm", {"parent": doctype})


def setup_custom_perms(parent: str) -> bool:
    """Copy a DocType's rules, so that they can be changed; whether there was something to do."""
    if db.count("Custom DocPerm", {"parent": parent}):
        return False
    trusted = ctx().trusted()
    known = trusted.meta("Custom DocPerm").columns
    for rule in trusted.meta(parent).permissions:
        values = {
            key: value
            for key, value in rule.items()
            if key in known
            and key not in ("name", "parent", "owner", "creation", "modified", "modified_by", "idx", "docstatus")
        }
        document.new(trusted, {**values, "doctype": "Custom DocPerm", "parent": parent}).insert()
    return True
