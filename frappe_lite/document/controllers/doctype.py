"""DocType: one made or changed over REST has a table that follows."""

from __future__ import annotations

import re
from typing import Any

from ...doctype import checks as doctype_checks
from ...doctype.checks import (
    DoctypeLinkError,
    InvalidFieldNameError,
    UniqueFieldnameError,
    WrongOptionsDoctypeLinkError,
)
from ...doctype.fieldtypes import FIELDTYPES
from ...doctype.meta import STANDARD, DocType
from ...errors import DoesNotExistError, NameError, PermissionError, ValidationError
from ...utils import bold, cint, cstr, scrub, unscrub
from .. import schema
from ..life import Document

MAX_FIELDS = 1500
"""Of a DocType. SQLite takes 2000 columns; each field is looked at several times."""


class DocTypeController(Document):
    """A DocType made or changed over REST: its table follows."""

    nsm_parent_field: Any
    search_fields: Any

    def before_insert(self) -> None:
        if not re.fullmatch(r"[^\W\d_][\w \-]{0,60}", cstr(self.name), re.ASCII):
            raise NameError.told(
                "DocType's name should start with a letter and it can only consist of letters, numbers, spaces, "
                "underscores and hyphens"
            )

    def insert(self, *args: Any, **flags: Any) -> Any:
        self._require_columns()
        return super().insert(*args, **flags)

    def save(self, *args: Any, **flags: Any) -> Any:
        self._require_columns()
        return super().save(*args, **flags)

    def _require_columns(self) -> None:
        """Before anything else: it takes long to look at each of ten thousand fields."""
        if len(self.fields or ()) > MAX_FIELDS:
            raise ValidationError.told(f"{self.name} has {len(self.fields)} fields; a DocType has at most {MAX_FIELDS}")

    def _add_tree_fields(self) -> None:
        """Frappe: what is marked as a tree gets the fields of one."""
        self.nsm_parent_field = parent = self.nsm_parent_field or f"parent_{scrub(self.name)}"
        wanted = [
            (parent, "Link", self.name),
            ("lft", "Int", None),
            ("rgt", "Int", None),
            ("is_group", "Check", None),
            ("old_parent", "Link", self.name),
        ]
        there = {cstr(row.fieldname) for row in self.fields}
        for fieldname, fieldtype, options in wanted:
            if fieldname not in there:
                label, hidden = unscrub(fieldname), int(fieldname in ("lft", "rgt", "old_parent"))
                self.append(
                    "fields",
                    {
                        "fieldname": fieldname,
                        "fieldtype": fieldtype,
                        "options": options,
                        "label": label,
                        "hidden": hidden,
                        "no_copy": hidden,
                    },
                )

    def validate(self) -> None:
        if cint(self.is_tree):
            self._add_tree_fields()
        seen: set[str] = set()
        for row in self.fields:
            doctype_checks.fill_fieldname(row)
            self._check_field(row, seen)
        doctype_checks.complete(self)
        if self.autoname and self.autoname.lower().startswith("field:") and self.autoname[6:] not in seen:
            raise ValidationError.told(
                f"Fieldname {self.autoname[6:]} of the autoname rule is not a field of {self.name}"
            )
        for key in ("title_field", "image_field"):
            if self.get(key) and self.get(key) not in seen | {"name"}:
                raise ValidationError.told(
                    f"{self.meta.get_label(key)} must be a field of {self.name}: {self.get(key)}"
                )
        for name in filter(None, map(str.strip, cstr(self.search_fields).split(","))):
            if name not in seen | {"name", *STANDARD}:
                raise ValidationError.told(f"Search field {name} is not valid: it is not a field of {self.name}")

    def _check_field(self, row: Any, seen: set[str]) -> None:
        name = row.fieldname
        if not re.fullmatch(r"\w{1,64}", name, re.ASCII):
            raise InvalidFieldNameError.told(
                f"Row #{row.idx}: Fieldname {bold(name)} can only have letters, numbers and underscores, at most 64"
            )
        if name.lower() in {each.lower() for each in seen}:
            raise UniqueFieldnameError.told(f"Row #{row.idx}: Fieldname {bold(name)} appears multiple times")
        if name.lower() in doctype_checks.RESERVED or hasattr(Document, name):
            raise InvalidFieldNameError.told(f"Row #{row.idx}: Fieldname {bold(name)} is restricted")
        if row.fieldtype in ("Link", "Table", "Table MultiSelect") and not row.options:
            raise DoctypeLinkError.told(
                f"Row #{row.idx}: Options required for {row.fieldtype} type field {row.label or name}"
            )
        if row.fieldtype in ("Link", "Table", "Table MultiSelect") and row.options not in (
            self.name,
            "[Select]",
        ):  # Frappe: an app's script says what a [Select] links to
            try:
                target = self.ctx.meta(row.options)
            except DoesNotExistError:
                raise WrongOptionsDoctypeLinkError.told(
                    f"Row #{row.idx}: Options must be a valid DocType for field {row.label or name}"
                ) from None
            if row.fieldtype != "Link" and not target.istable:
                raise ValidationError.told(f"Row #{row.idx}: {row.options} is not a child table")
        doctype_checks.check_field(row)
        if row.fieldtype in FIELDTYPES:  # any other is refused by the rule of the Select
            seen.add(name)

    def on_update(self) -> None:
        schema_before = self.get_doc_before_save()
        if schema_before is not None and cint(schema_before.istable) != cint(self.istable):
            raise ValidationError.told("A DocType cannot become a child table, nor cease to be one, once it is made")
        raw = schema.raw_of(self.ctx, self)
        schema.insert_record(self.ctx, "Module Def", self.module, module_name=self.module)
        self.ctx.store.set_meta(raw)
        self.ctx.touch("DocType")
        meta = DocType(raw)
        self.ctx.store.sync_table(meta)
        if meta.issingle:
            schema._begin_single(self.ctx, meta)

    def on_trash(self) -> None:
        if not cint(self.custom) and not self.ctx.is_trusted:
            raise PermissionError.told(f"{self.name} comes with an app and cannot be deleted; only custom DocTypes can")

    def after_delete(self) -> None:
        self.ctx.store.delete_meta(self.name)
        self.ctx.touch("DocType")
