"""Custom Field: a field added to a DocType by the site."""

from __future__ import annotations

import re
from typing import Any

from ...errors import MandatoryError, ValidationError
from ...utils import bold, cstr
from .. import doctype_rules, schema
from ..life import Document


class CustomFieldController(Document):
    """A field added to a DocType by the site."""

    fieldname: Any
    insert_after: object

    def autoname(self) -> None:
        if not self.dt:
            raise MandatoryError.told("A Custom Field needs the DocType that it is added to, in dt")
        if not self.fieldname:
            label = cstr(self.label) or (cstr(self.fieldtype) if cstr(self.fieldtype).endswith("Break") else "")
            if not label:
                raise ValidationError.told("Label is mandatory")
            self.fieldname = "custom_" + re.sub(r"\W", "", label.replace(" ", "_"), flags=re.ASCII)
        self.fieldname = cstr(self.fieldname).lower()
        if self.fieldname in doctype_rules.RENAMED:
            self.fieldname += "1"
        self.name = f"{self.dt}-{self.fieldname}"

    def validate(self) -> None:
        meta = self.ctx.meta(self.dt)
        is_taken = hasattr(Document, self.fieldname) and self.fieldname not in meta.standard
        if is_taken or self.fieldname in doctype_rules.OURS:
            raise ValidationError.told(f"Fieldname {bold(self.fieldname)} cannot be used for a custom field")
        if self.is_new() and meta.has_field(self.fieldname):
            raise ValidationError.told(f"A field with the name {bold(self.fieldname)} already exists in {self.dt}")
        doctype_rules.check_custom_field(self.ctx, meta, self)
        if self.insert_after == "append":
            self.insert_after = meta.fields[-1].fieldname if meta.fields else None

    def on_update(self) -> None:
        schema.index_custom_field(self.ctx, self.dt)
