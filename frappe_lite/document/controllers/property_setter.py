"""Property Setter: a property of a DocType or field changed by the site."""

from __future__ import annotations

from ...utils import cstr
from ..life import Document


class PropertySetterController(Document):
    """A property of a DocType or field changed by the site."""

    def autoname(self) -> None:
        parts = (self.doc_type, self.field_name or self.row_name or "main", self.property)
        self.name = "-".join(map(cstr, parts))

    def on_update(self) -> None:
        self.ctx.touch("Property Setter")
