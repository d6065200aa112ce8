"""What belongs to documents of other kinds: Contacts and Addresses."""

from __future__ import annotations

import re

from ...context import Context
from ...doctype.meta import DocType
from ...query import Condition, quote
from ...utils import cstr
from ..base_document import BaseDocument
from ..life import Document


def free_name(
    ctx: Context,
    meta: DocType,
    value: str,
    fieldname: str = "name",
    separator: str = "-",
    where: Condition = Condition(),  # noqa: B008 - a constant
) -> str:
    """The value, with a number behind it if a document has it already."""
    more = f" AND ({where.sql})" if where.sql else ""
    sql = (
        f"SELECT {quote(fieldname)} FROM {quote(meta.table)} WHERE ({quote(fieldname)} = ? OR "
        f"substr({quote(fieldname)}, 1, ?) = ?){more}"
    )
    start = value + separator
    taken = [cstr(row[0]) for row in ctx.store.database.rows(sql, (value, len(start), start, *where.params))]
    if value.lower() not in {each.lower() for each in taken}:
        return value
    numbers = [
        int(match[1])
        for match in (re.fullmatch(re.escape(start) + r"(\d+)", each, re.IGNORECASE) for each in taken)
        if match
    ]
    return f"{start}{max(numbers, default=0) + 1}"


class Linked(Document):
    """What belongs to documents of other kinds, by rows in `links`."""

    def get_link_for(self, link_doctype: str) -> object:
        """The document of a kind that it belongs to, or None."""
        return next((row.link_name for row in self.links if row.link_doctype == link_doctype), None)

    def has_link(self, doctype: str, name: object) -> bool:
        """Whether it belongs to a document."""
        return any((row.link_doctype, row.link_name) == (doctype, name) for row in self.links)

    def has_common_link(self, doc: BaseDocument) -> bool:
        """Whether both belong to one document."""
        return any(self.has_link(row.link_doctype, row.link_name) for row in doc.links)

    def _order_links(self) -> None:
        """Each document once, with its title."""
        seen: dict[tuple[object, object], object] = {}
        for row in self.links:
            if row.link_doctype and row.link_name and not row.link_title and self.ctx.has_doctype(row.link_doctype):
                meta = self.ctx.meta(row.link_doctype)
                linked = None if meta.is_virtual or meta.issingle else self.ctx.store.load_row(meta, row.link_name)
                row.link_title = cstr(linked[meta.get_title_field()] or row.link_name) if linked else row.link_name
            seen.setdefault((row.link_doctype, row.link_name), row)
        self.__dict__["links"] = list(seen.values())
