"""Custom Field: a field added to a DocType by the site."""

from __future__ import annotations

import re
from typing import Any

from ...errors import MandatoryError, ValidationError
from ...utils import bold, cstr, scrub
from .. import schema
from ..life import Document


class CustomFieldController(Document):
    """A field added to a DocType by the site."""

    fieldname: Any
    insert_after: Any

    def autoname(self) -> None:
        self.fieldname = self.fieldname or re.sub(r"\W", "", scrub(cstr(self.label)), flags=re.ASCII)
        if not self.dt:
            raise MandatoryError.told("A Custom Field needs the DocType that it is added to, in dt")
        self.name = f"{self.dt}-{self.fieldname}"

    def validate(self) -> None:
        meta = self.ctx.meta(self.dt)
        if (
            not re.fullmatch(r"[A-Za-z_]\w{0,63}", cstr(self.fieldname), re.ASCII)
            or self.fieldname in meta.standard
            or hasattr(Document, self.fieldname)
        ):
            raise ValidationError.told(f"Fieldname {bold(self.fieldname)} cannot be used for a custom field")
        if self.is_new() and meta.has_field(self.fieldname):
            raise ValidationError.told(f"A field with the name {bold(self.fieldname)} already exists in {self.dt}")

        if self.insert_after == "append":
            self.insert_after = meta.fields[-1].fieldname if meta.fields else None

    def on_update(self) -> None:
        schema.index_custom_field(self.ctx, self.dt)
