"""What Contacts and Addresses do beyond their data: their names, and which address, number or place comes first."""

from __future__ import annotations

import re
from typing import Any

from .document import Document
from .errors import ValidationError
from .meta import DocType
from .query import Condition, quote
from .site import Context
from .utils import bold, cint, cstr, unscrub


def free_name(ctx: Context, meta: DocType, value: str, fieldname: str = "name", separator: str = "-", where: Condition = Condition()) -> str:  # noqa: B008 - a constant
    """The value, with a number behind it if a document has it already."""
    more = f" AND ({where.sql})" if where.sql else ""
    sql = f"SELECT {quote(fieldname)} FROM {quote(meta.table)} WHERE ({quote(fieldname)} = ? OR substr({quote(fieldname)}, 1, ?) = ?){more}"
    start = value + separator
    taken = [cstr(row[0]) for row in ctx.store.database.rows(sql, (value, len(start), start, *where.params))]
    if value.lower() not in {each.lower() for each in taken}:
        return value
    numbers = [int(match[1]) for match in (re.fullmatch(re.escape(start) + r"(\d+)", each, re.IGNORECASE) for each in taken) if match]
    return f"{start}{max(numbers, default=0) + 1}"


def get_full_name(first: Any = None, middle: Any = None, last: Any = None, company: Any = None) -> str:
    """A person's name, else the company's."""
    return " ".join(cstr(part) for part in (first, middle, last) if part) or cstr(company)


class _Linked(Document):
    """What belongs to documents of other kinds, by rows in `links`."""

    def get_link_for(self, link_doctype: str) -> Any:
        """The document of a kind that it belongs to, or None."""
        return next((row.link_name for row in self.links if row.link_doctype == link_doctype), None)

    def has_link(self, doctype: str, name: Any) -> bool:
        """Whether it belongs to a document."""
        return any((row.link_doctype, row.link_name) == (doctype, name) for row in self.links)

    def has_common_link(self, doc: Any) -> bool:
        """Whether both belong to one document."""
        return any(self.has_link(row.link_doctype, row.link_name) for row in doc.links)

    def _order_links(self) -> None:
        """Each document once, with its title."""
        seen: dict[tuple[Any, Any], Any] = {}
        for row in self.links:
            if row.link_doctype and row.link_name and not row.link_title and self.ctx.has_doctype(row.link_doctype):
                meta = self.ctx.meta(row.link_doctype)
                linked = None if meta.is_virtual or meta.issingle else self.ctx.store.load_row(meta, row.link_name)
                row.link_title = cstr(linked[meta.get_title_field()] or row.link_name) if linked else row.link_name
            seen.setdefault((row.link_doctype, row.link_name), row)
        self.__dict__["links"] = list(seen.values())


class ContactController(_Linked):
    """A person, with addresses and numbers of which one each comes first."""

    full_name: Any
    user: Any

    def autoname(self) -> None:
        name = self._full_name()
        if self.links:
            name = f"{name}-{cstr(self.links[0].link_name).strip()}"
        self.name = free_name(self.ctx, self.meta, name)

    def validate(self) -> None:
        values = self.__dict__
        values["full_name"] = self._full_name()
        if len(self.email_ids) == 1:
            self.email_ids[0].is_primary = 1
        values["email_id"] = cstr(self._first("email_ids", "is_primary", "email_id", "Email ID")).strip()
        values["phone"] = self._first("phone_nos", "is_primary_phone", "phone", "Phone")
        values["mobile_no"] = self._first("phone_nos", "is_primary_mobile_no", "phone", "Mobile No")
        if not self.user and values["email_id"]:
            found = self.ctx.store.find(self.ctx.meta("User"), Condition("email = ?", (values["email_id"],)), ("name",))
            values["user"] = found[0]["name"] if found else None
        self._order_links()

    def _full_name(self) -> str:
        return get_full_name(self.first_name, self.middle_name, self.last_name, self.company_name)

    def _first(self, table: str, mark: str, fieldname: str, label: str) -> str:
        """The value of the row that is marked. Raises ValidationError for two that are."""
        marked = [row for row in self.get(table) if cint(row.get(mark))]
        if len(marked) > 1:
            raise ValidationError.told(f"Only one {bold(unscrub(label) if label.islower() else label)} can be set as primary.")
        return cstr(marked[0].get(fieldname)) if marked else ""

    def add_email(self, email_id: str, is_primary: int = 0, autosave: bool = False) -> None:
        """Add an address that the contact does not have."""
        if email_id not in [row.email_id for row in self.email_ids]:
            self.append("email_ids", {"email_id": email_id, "is_primary": is_primary})
            if autosave:
                self.save(ignore_permissions=True)

    def add_phone(self, phone: str, is_primary_phone: int = 0, is_primary_mobile_no: int = 0, autosave: bool = False) -> None:
        """Add a number that the contact does not have."""
        if phone not in [row.phone for row in self.phone_nos]:
            self.append("phone_nos", {"phone": phone, "is_primary_phone": is_primary_phone, "is_primary_mobile_no": is_primary_mobile_no})
            if autosave:
                self.save(ignore_permissions=True)


class AddressController(_Linked):
    """A place. Of the addresses of a document one is preferred, one is for shipping."""

    address_title: Any

    def autoname(self) -> None:
        if not self.address_title and self.links:
            self.address_title = self.links[0].link_name
        if not self.address_title:
            raise ValidationError.told("Address Title is mandatory.")
        self.name = free_name(self.ctx, self.meta, f"{cstr(self.address_title).strip()}-{cstr(self.address_type).strip()}")

    def validate(self) -> None:
        self._order_links()
        for mark in ("is_primary_address", "is_shipping_address"):
            for row in self.links if cint(self.get(mark)) else ():
                self._only_one(mark, row)

    def _only_one(self, mark: str, link: Any) -> None:
        others = "SELECT parent FROM \"tabDynamic Link\" WHERE parenttype = 'Address' AND link_doctype = ? AND link_name = ?"
        sql = f'UPDATE "tabAddress" SET {quote(mark)} = 0 WHERE {quote(mark)} = 1 AND name != ? AND name IN ({others})'
        self.ctx.store.database.execute(sql, (cstr(self.name), link.link_doctype, cstr(link.link_name)))


CONTROLLERS: dict[str, type[Document]] = {"Contact": ContactController, "Address": AddressController}
