"""`frappe.contacts.*`: the people and addresses of a customer, a supplier or whatever else they are linked to."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..document import access, lists
from ..errors import DoesNotExistError, PermissionError, ValidationError
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_list, json_object, load_for, name_list

_CONTACT, _ADDRESS = "frappe.contacts.doctype.contact.contact", "frappe.contacts.doctype.address.address"


def _linked(doctype: object, name: object) -> list[object]:
    """Filters for what is linked to a document by rows of Dynamic Link."""
    return [["Dynamic Link", "link_doctype", "=", cstr(doctype)], ["Dynamic Link", "link_name", "=", cstr(name)]]


def _query(
    ctx: Context,
    doctype: str,
    columns: list[str],
    txt: str,
    searchfield: str,
    page: tuple[int, int | None],
    filters: object,
) -> list[list[object]]:
    """What a link field offers: rows whose name or search field has the text, of the document that the filters name."""
    given, meta = json_object(filters, "filters"), ctx.meta(doctype)
    to = (given.pop("link_doctype", None), given.pop("link_name", None))
    if searchfield not in meta.columns or not all(meta.has_field(key) for key in given):
        raise ValidationError.told(f"searchfield and filters are fields of {doctype}")
    conditions = [*(_linked(*to) if all(to) else []), *([key, "=", value] for key, value in given.items())]
    matching = [[each, "like", f"%{txt}%"] for each in dict.fromkeys(["name", searchfield])]
    rows: list[list[object]] = lists.get_list(
        ctx, doctype, columns, conditions, matching, "name", None, *page, as_list=True, distinct=True
    )
    return rows


@method("frappe.email.get_contact_list")
def get_contact_list(ctx: Context, txt: str, page_length: object = 20, extra_filters: object = None) -> list[Values]:
    """Addresses of contacts whose names or addresses have the text, for a field that takes several: `value`, `label`,
    `description`."""
    like = f"%{txt}%"
    fields = [[name, "like", like] for name in ("first_name", "middle_name", "last_name", "company_name")]
    rows = lists.get_list(
        ctx,
        "Contact",
        ["full_name", "`tabContact Email`.email_id"],
        [["Contact Email", "email_id", "is", "set"], *json_list(extra_filters or [], "extra_filters")],
        [*fields, ["Contact Email", "email_id", "like", like]],
        limit=cint(page_length) or None,
    )
    return [{"value": row["email_id"], "label": row["email_id"], "description": row["full_name"]} for row in rows]


@method(f"{_CONTACT}.contact_query")
def contact_query(
    ctx: Context,
    doctype: str = "Contact",
    txt: str = "",
    searchfield: str = "name",
    start: int = 0,
    page_len: int = 20,
    filters: object = None,
) -> list[list[object]]:
    """Contacts of the document that the filters name: `[[name, full name, company], …]`."""
    return _query(
        ctx, "Contact", ["name", "full_name", "company_name"], txt, searchfield, lists.page(start, page_len), filters
    )


@method(f"{_ADDRESS}.address_query")
def address_query(
    ctx: Context,
    doctype: str = "Address",
    txt: str = "",
    searchfield: str = "name",
    start: int = 0,
    page_len: int = 20,
    filters: object = None,
) -> list[list[object]]:
    """Addresses of the document that the filters name: `[[name, city, country], …]`."""
    return _query(ctx, "Address", ["name", "city", "country"], txt, searchfield, lists.page(start, page_len), filters)


@method(f"{_ADDRESS}.get_default_address")
def get_default_address(ctx: Context, doctype: str, name: object, sort_key: str = "is_primary_address") -> str | None:
    """The address of a document that is marked as its first, or as its shipping address; else any of it.

    Frappe: none by any other `sort_key`.
    """
    if sort_key not in ("is_primary_address", "is_shipping_address"):
        return None
    rows = (
        lists.get_list(
            ctx,
            "Address",
            ["name"],
            [*_linked(doctype, name), ["disabled", "=", 0]],
            order_by=f"{sort_key} desc, name asc",
            limit=1,
        )
        if name
        else []
    )
    return rows[0]["name"] if rows else None


@method(f"{_CONTACT}.get_contact_details")
def get_contact_details(ctx: Context, contact: str) -> Values:
    """What forms fill in of a contact: contact_display, contact_email, contact_mobile, …"""
    person = load_for(ctx, "Contact", contact)
    return {
        "contact_person": person.name, "contact_display": person.full_name or person.name,
        "contact_email": person.email_id, "contact_mobile": person.mobile_no,
        "contact_phone": person.phone, "contact_designation": person.designation,
        "contact_department": person.department,
    }  # fmt: skip


@method(f"{_CONTACT}.address_query")
def addresses_of(ctx: Context, links: object) -> list[str]:
    """The names of the addresses of documents, `[{"link_doctype": …, "link_name": …}, …]`, of those that the caller may
    read."""
    found: list[str] = []
    for link in json_list(links, "links"):
        to = json_object(link, "links")
        doctype, name = to.get("link_doctype"), to.get("link_name")
        try:
            load_for(ctx, doctype, name)
        except (PermissionError, DoesNotExistError):
            continue
        rows = lists.get_list(ctx, "Address", ["name"], _linked(doctype, name), limit=None)
        found += [cstr(row["name"]) for row in rows]
    return found


@method(f"{_CONTACT}.invite_user", methods=["POST", "PUT"])
def invite_user(ctx: Context, contact: str) -> str:
    """Make a contact a user of the website, whom a mail welcomes; the user's name. Raises PermissionError,
    ValidationError."""
    ctx.store.database.begin_write()
    person = load_for(ctx, "Contact", contact)
    if not person.email_id:
        raise ValidationError.told("Please set Email Address")
    values = {
        "doctype": "User", "first_name": person.first_name, "last_name": person.last_name, "email": person.email_id,
        "user_type": "Website User", "send_welcome_email": 1,
    }  # fmt: skip
    user: Any = access.insert(ctx, values)
    user.send_welcome_mail_to_user()
    return cstr(user.name)


# --- cards -------------------------------------------------------------------------------------------------


@method(f"{_CONTACT}.download_vcard")
def download_vcard(ctx: Context, contact: str) -> None:
    """A contact as a vCard, to download."""
    person = load_for(ctx, "Contact", contact)
    ctx.response.update(type="binary", filename=f"{person.name}.vcf", filecontent=_card(person).encode())


@method(f"{_CONTACT}.download_vcards")
def download_vcards(ctx: Context, contacts: object) -> None:
    """Several contacts in one file of vCards, to download."""
    cards = [_card(load_for(ctx, "Contact", each)) for each in name_list(contacts, "contacts")]
    ctx.response.update(type="binary", filename="contacts.vcf", filecontent="".join(cards).encode())


def _card(person: Any) -> str:
    """RFC 2426, the lines that every program reads."""
    first, last = cstr(person.first_name), cstr(person.last_name)
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_escaped(last)};{_escaped(first)};;;",
        f"FN:{_escaped(' '.join(filter(None, [first, last])))}",
    ]
    lines += [f"EMAIL;TYPE=INTERNET:{_escaped(row.email_id)}" for row in person.email_ids or []]
    lines += [f"TEL:{_escaped(row.phone)}" for row in person.phone_nos or []]
    lines += [f"ORG:{_escaped(person.company_name)}"] if person.company_name else []
    lines += [f"TITLE:{_escaped(person.designation)}"] if person.designation else []
    return "\r\n".join([*lines, "END:VCARD", ""])


def _escaped(value: object) -> str:
    text = cstr(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
