"""Address: a place. Of the addresses of a document one is preferred, one is for shipping."""

from __future__ import annotations

from ...doctype.field import Field
from ...errors import ValidationError
from ...query import quote
from ...utils import cint, cstr
from .linked import Linked, free_name


class AddressController(Linked):
    """A place. Of the addresses of a document one is preferred, one is for shipping."""

    address_title: object

    def autoname(self) -> None:
        if not self.address_title and self.links:
            self.address_title = self.links[0].link_name
        if not self.address_title:
            raise ValidationError.told("Address Title is mandatory.")
        self.name = free_name(
            self.ctx, self.meta, f"{cstr(self.address_title).strip()}-{cstr(self.address_type).strip()}"
        )

    def validate(self) -> None:
        self._order_links()
        for mark in ("is_primary_address", "is_shipping_address"):
            for row in self.links if cint(self.get(mark)) else ():
                self._only_one(mark, row)

    def _only_one(self, mark: str, link: Field) -> None:
        others = (
            "SELECT parent FROM \"tabDynamic Link\" WHERE parenttype = 'Address' AND link_doctype = ? AND link_name = ?"
        )
        sql = f'UPDATE "tabAddress" SET {quote(mark)} = 0 WHERE {quote(mark)} = 1 AND name != ? AND name IN ({others})'
        self.ctx.store.database.execute(sql, (cstr(self.name), link.link_doctype, cstr(link.link_name)))
