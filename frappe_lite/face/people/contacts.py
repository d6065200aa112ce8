"""Contacts and Addresses for app code: which belongs to a document, and how it is written."""

from __future__ import annotations

from typing import Any

from ...document.base_document import BaseDocument
from ...document.controllers.contact import get_full_name
from ...errors import ValidationError
from ...utils import _dict, cint, cstr, escape_html
from ...values import Given, Values
from ..context import ctx
from ..model.documents import db, get_all, get_doc, get_list
from .users import has_permission


def _names_of(doctype: str, link_doctype: str, link_name: object) -> list[str]:
    filters = {"parenttype": doctype, "link_doctype": link_doctype, "link_name": cstr(link_name)}
    names: list[str] = get_all("Dynamic Link", filters=filters, pluck="parent", order_by="creation asc")
    return names


def get_default_contact(doctype: str, name: object) -> str | None:
    """The contact of a document: the primary one, else the first; None for none."""
    names = _names_of("Contact", doctype, name)
    return next(
        (each for each in names if cint(db.get_value("Contact", each, "is_primary_contact"))),
        names[0] if names else None,
    )


def get_contact_details(contact: str) -> Values:
    """A contact's name, address and numbers, as forms take them. Raises PermissionError."""
    doc = get_doc("Contact", contact, check_permission=True)
    return {
        "contact_person": doc.name, "contact_display": doc.full_name, "contact_email": doc.email_id,
        "contact_mobile": doc.mobile_no,
        "contact_phone": doc.phone, "contact_designation": doc.designation, "contact_department": doc.department,
    }  # fmt: skip


def get_contact_with_phone_number(number: object) -> object:
    """The contact that has the number, or None."""
    found = (
        get_all("Contact Phone", filters=[["phone", "like", f"%{number}"]], pluck="parent", limit=1) if number else []
    )
    return found[0] if found else None


def get_contact_name(email_id: str) -> object:
    """The contact that has the address, or None."""
    names = get_all("Contact Email", filters={"email_id": email_id, "parenttype": "Contact"}, pluck="parent")
    return next((each for each in names if db.exists("Contact", each)), None)


def get_contacts_linking_to(doctype: str, docname: object, fields: object = None) -> list[_dict]:
    """Contacts of a document that the user may read."""
    found: list[_dict] = get_list(
        "Contact", fields=fields, filters={"name": ["in", _names_of("Contact", doctype, docname)]}, limit=0
    )
    return found


def get_contacts_linked_from(doctype: str, docname: object, fields: object = None) -> list[_dict]:
    """Contacts that a document's own link fields name."""
    links = [each.fieldname for each in ctx().meta(doctype).get_link_fields() if each.options == "Contact"]
    values = db.get_value(doctype, docname, links, as_dict=True) if links else {}
    names = [each for each in (values or {}).values() if each]
    found: list[_dict] = get_list("Contact", fields=fields, filters={"name": ["in", names]}) if names else []
    return found


def update_contact(doc: BaseDocument, method: str | None = None) -> None:
    """Let the contact with a user's address have the user's name."""
    name = db.get_value("Contact", {"email_id": doc.name})
    if name:
        contact = get_doc("Contact", name)
        contact.update({key: doc.get(key) for key in ("first_name", "last_name", "phone") if doc.get(key)})
        contact.flags.ignore_mandatory = True
        contact.save(ignore_permissions=True)


# --- addresses ---


def get_preferred_address(doctype: str, name: object, preferred_key: str = "is_primary_address") -> object:
    """The address of a document that is marked so; None for none."""
    if preferred_key not in ("is_shipping_address", "is_primary_address"):
        return None
    names = get_all(
        "Address",
        filters={"name": ["in", _names_of("Address", doctype, name)], "disabled": 0, preferred_key: 1},
        pluck="name",
        limit=1,
    )
    return names[0] if names else None


def get_default_address(doctype: str, name: object, sort_key: str = "is_primary_address") -> object:
    """The address of a document: the one that is marked so, else any; None for none."""
    if sort_key not in ("is_shipping_address", "is_primary_address"):
        return None
    filters = {"name": ["in", _names_of("Address", doctype, name)], "disabled": 0}
    names = get_all("Address", filters=filters, pluck="name", order_by=f"{sort_key} desc", limit=1)
    return names[0] if names else None


def get_address_display(address_dict: object) -> str | None:
    """An address as people write it, in HTML. Raises PermissionError for one that the user may not read."""
    return render_address(address_dict)


def render_address(address: Any, check_permissions: bool = True) -> str | None:
    """The same; lines of what is set."""
    if not address:
        return None
    if isinstance(address, str):
        address = get_doc("Address", address, check_permission=check_permissions).as_dict()
    lines = [address.get(key) for key in ("address_line1", "address_line2", "city", "state", "pincode", "country")]
    labelled = [
        f"{label}: {address.get(key)}"
        for label, key in (("Phone", "phone"), ("Fax", "fax"), ("Email", "email_id"))
        if address.get(key)
    ]
    return "".join(f"{escape_html(each)}<br>\n" for each in [*filter(None, lines), *labelled])


def get_condensed_address(doc: BaseDocument | Given) -> str:
    """An address in one line."""
    fields = ("address_title", "address_line1", "address_line2", "city", "county", "state", "country")
    return ", ".join(cstr(doc.get(each)) for each in fields if doc.get(each))


def get_address_display_list(doctype: str, name: object) -> list[_dict]:
    """The addresses of a document, each with how it is written; none for whoever may not read addresses."""
    return _display_list("Address", doctype, name)


def get_contact_display_list(doctype: str, name: object) -> list[_dict]:
    """The contacts of a document, with their other addresses and numbers."""
    found = _display_list("Contact", doctype, name)
    for each in found:
        of_contact = {"parenttype": "Contact", "parent": each.name}
        each["email_ids"] = get_all("Contact Email", filters={**of_contact, "is_primary": 0}, fields=["email_id"])
        each["phone_nos"] = get_all(
            "Contact Phone", filters={**of_contact, "is_primary_phone": 0, "is_primary_mobile_no": 0}, fields=["phone"]
        )
    return found


def _display_list(kind: str, doctype: str, name: object) -> list[_dict]:
    if not has_permission(kind, "read"):
        return []
    first = "is_primary_address" if kind == "Address" else "is_primary_contact"
    rows: list[_dict] = get_list(
        kind,
        fields=["*"],
        filters={"name": ["in", _names_of(kind, doctype, name)]},
        order_by=f"{first} desc, creation asc",
        limit=0,
    )
    for each in rows if kind == "Address" else ():
        each["display"] = render_address(each)
    return rows


def load_address_and_contact(doc: BaseDocument, key: str | None = None) -> None:
    """Let a form have the addresses and contacts of its document."""
    doc.set_onload("addr_list", get_address_display_list(doc.doctype, doc.name))
    doc.set_onload("contact_list", get_contact_display_list(doc.doctype, doc.name))


def delete_contact_and_address(doctype: str, docname: object) -> None:
    """Take a document out of its contacts and addresses; those that belonged to it alone are deleted."""
    for kind in ("Contact", "Address"):
        for name in _names_of(kind, doctype, docname):
            doc = get_doc(kind, name)
            if len(doc.links) < 2:
                doc.delete()
                continue
            for row in [each for each in doc.links if (each.link_doctype, each.link_name) == (doctype, docname)]:
                doc.remove(row)
            doc.save()


def get_address_templates(address: object) -> object:
    """Templates of addresses are not here. Raises ValidationError."""
    raise ValidationError.told("Address Templates are not provided by frappe_lite: an address is written line by line")


__all__ = [
    "delete_contact_and_address", "get_address_display", "get_address_display_list", "get_condensed_address",
    "get_contact_details", "get_contact_display_list",
    "get_contact_name", "get_contact_with_phone_number", "get_contacts_linked_from", "get_contacts_linking_to",
    "get_default_address", "get_default_contact",
    "get_full_name", "get_preferred_address", "load_address_and_contact", "render_address", "update_contact",
]  # fmt: skip
