"""Contact: a person, with addresses and numbers of which one each comes first."""

from __future__ import annotations

from ...errors import ValidationError
from ...query import Condition
from ...utils import bold, cint, cstr, unscrub
from .linked import Linked, free_name


def get_full_name(first: object = None, middle: object = None, last: object = None, company: object = None) -> str:
    """A person's name, else the company's."""
    return " ".join(cstr(part) for part in (first, middle, last) if part) or cstr(company)


class ContactController(Linked):
    """A person, with addresses and numbers of which one each comes first."""

    full_name: object
    user: object

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
            raise ValidationError.told(
                f"Only one {bold(unscrub(label) if label.islower() else label)} can be set as primary."
            )
        return cstr(marked[0].get(fieldname)) if marked else ""

    def add_email(self, email_id: str, is_primary: int = 0, autosave: bool = False) -> None:
        """Add an address that the contact does not have."""
        if email_id not in [row.email_id for row in self.email_ids]:
            self.append("email_ids", {"email_id": email_id, "is_primary": is_primary})
            if autosave:
                self.save(ignore_permissions=True)

    def add_phone(
        self, phone: str, is_primary_phone: int = 0, is_primary_mobile_no: int = 0, autosave: bool = False
    ) -> None:
        """Add a number that the contact does not have."""
        if phone not in [row.phone for row in self.phone_nos]:
            self.append(
                "phone_nos",
                {"phone": phone, "is_primary_phone": is_primary_phone, "is_primary_mobile_no": is_primary_mobile_no},
            )
            if autosave:
                self.save(ignore_permissions=True)
