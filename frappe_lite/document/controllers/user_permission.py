"""User Permission: a document that a user is held to."""

from __future__ import annotations

from ...errors import DuplicateEntryError, ValidationError
from ...query import Condition
from ...utils import cint, cstr
from ..life import Document


class UserPermissionController(Document):
    """A document that a user is held to; each once, and one default for a DocType."""

    def validate(self) -> None:
        same = '"user" = ? AND allow = ? AND name <> ?'
        known = (self.user, self.allow, cstr(self.name))
        columns = ("for_value", "applicable_for", "apply_to_all_doctypes", "is_default")
        for row in self.ctx.store.find(self.meta, Condition(same, known), columns):
            whole, scope = cint(row["apply_to_all_doctypes"]), cstr(row["applicable_for"])
            same_scope = (scope, whole) == (cstr(self.applicable_for), cint(self.apply_to_all_doctypes))
            if row["for_value"] == self.for_value and same_scope:
                raise DuplicateEntryError.told("User permission already exists")
            if cint(self.is_default) and cint(row["is_default"]) and (whole or scope == cstr(self.applicable_for)):
                raise ValidationError.told(f"Another User Permission is the default for {self.allow} already")
