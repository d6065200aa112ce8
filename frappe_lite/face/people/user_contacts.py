"""The Contact of a User, which app code that makes users asks for: `frappe.core.doctype.user.user.create_contact`."""

from __future__ import annotations

from typing import Any

from ...access.identity import STANDARD_USERS
from ...errors import DuplicateEntryError
from ...utils import cint
from ..model.documents import get_doc
from .contacts import get_contact_name

_MAIN = "is_primary_phone", "is_primary_mobile_no"


def create_contact(user: Any, ignore_links: bool = False, ignore_mandatory: bool = False) -> None:
    """Let a user have a Contact, or bring the one with the user's address up to date. Nothing for Administrator and
    Guest."""
    if user.name in STANDARD_USERS:
        return
    known = get_contact_name(user.email)
    contact = get_doc("Contact", known) if known else get_doc({"doctype": "Contact", "user": user.name})
    contact.update({key: user.get(key) for key in ("first_name", "last_name", "gender")})
    if not known and user.email:
        contact.add_email(user.email, is_primary=1)
    for number, mark in zip((user.phone, user.mobile_no), _MAIN, strict=True):
        if number:
            is_first = not any(cint(row.get(mark)) for row in contact.phone_nos)
            contact.add_phone(number, **{mark: int(is_first)})
    contact.flags.update(ignore_links=ignore_links, ignore_mandatory=ignore_mandatory)
    try:
        contact.save(ignore_permissions=True)
    except DuplicateEntryError:  # Frappe: somebody of the same name is there already
        return
