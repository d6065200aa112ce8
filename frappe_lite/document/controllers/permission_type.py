"""Permission Type: a right of a DocType's own, beside read, write and the rest; app code asks for it by name.

It is a column of rules and shares, as in Frappe: a Custom Field of DocPerm, Custom DocPerm and DocShare, which goes
with the last DocType that has the right. Frappe makes one in developer mode only; here whoever has the right to.

    {"doc_type": "Diagram", "perm_type": "comment"}   ->   diagram_comment: rules and shares have `comment`
"""

from __future__ import annotations

import re

from ...doctype.meta import RIGHTS
from ...errors import ValidationError
from ...query import Condition
from ...utils import bold, cstr, scrub, unscrub
from ..life import Document
from ..loading import load, new

_GIVEN_IN = ("Custom DocPerm", "DocPerm", "DocShare")


class PermissionTypeController(Document):
    """A right of a DocType's own."""

    perm_type: object

    def autoname(self) -> None:
        self.perm_type = scrub(cstr(self.perm_type))
        self.name = f"{scrub(cstr(self.doc_type))}_{self.perm_type}"

    def validate(self) -> None:
        before = self.get_doc_before_save()
        if before is not None and any(before.get(key) != self.get(key) for key in ("doc_type", "perm_type")):
            raise ValidationError.told("A Permission Type stays what it is: delete it and make another one")
        if not re.fullmatch(r"[a-z]\w*", cstr(self.perm_type), re.ASCII):
            raise ValidationError.told("perm_type is a word of letters, digits and underscores, such as approve")
        if cstr(self.perm_type) in RIGHTS or any(self._is_taken(target) for target in _GIVEN_IN):
            raise ValidationError.told(
                f"Permission Type {bold(self.perm_type)} is reserved. Please choose another name."
            )
        if self.ctx.meta(self.doc_type).istable:
            raise ValidationError.told(f"{self.doc_type} is a child table: its rights are those of its parent")

    def on_update(self) -> None:
        for target in _GIVEN_IN:
            if not self._custom_field(target):
                self._add_field(target)
        self.ctx.touch("Permission Type")

    def after_delete(self) -> None:
        others = self.ctx.store.find(self.meta, Condition("perm_type = ?", (self.perm_type,)))
        for target in _GIVEN_IN:
            name = self._custom_field(target)
            if name and not others:
                load(self.ctx.trusted(), "Custom Field", name).delete(ignore_permissions=True)
        self.ctx.touch("Permission Type")

    def _is_taken(self, target: str) -> bool:
        """Whether rules or shares have something else by that name."""
        return cstr(self.perm_type) in self.ctx.meta(target).columns and not self._custom_field(target)

    def _custom_field(self, target: str) -> object:
        return self.ctx.store.exists(self.ctx.meta("Custom Field"), f"{target}-{self.perm_type}")

    def _add_field(self, target: str) -> None:
        new(
            self.ctx.trusted(),
            {
                "doctype": "Custom Field",
                "dt": target,
                "fieldname": self.perm_type,
                "label": unscrub(cstr(self.perm_type)),
                "fieldtype": "Check",
                "insert_after": "append",
            },
        ).insert()
