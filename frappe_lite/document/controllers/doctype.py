"""DocType: one made or changed over REST has a table that follows."""

from __future__ import annotations

import re
from typing import Any

from ...doctype.meta import DocType
from ...document.base_document import BaseDocument
from ...errors import CannotCreateStandardDoctypeError, NameError, ValidationError
from ...query import quote
from ...utils import cint, cstr
from .. import doctype_rights, doctype_rules, schema
from ..life import Document

MAX_FIELDS = 1500
"""Of a DocType. SQLite takes 2000 columns; each field is looked at several times."""


class DocTypeController(Document):
    """A DocType made or changed over REST: its table follows."""

    nsm_parent_field: object
    search_fields: object

    def before_insert(self) -> None:
        self.name = self.name or self.get("__newname")
        if not re.fullmatch(r"[^\W\d_][\w \-]{0,60}", cstr(self.name), re.ASCII):
            raise NameError.told(
                "DocType's name should start with a letter and it can only consist of letters, numbers, spaces, "
                "underscores and hyphens"
            )

    def insert(self, *args: Any, **flags: Any) -> BaseDocument:
        self._require_columns()
        doctype_rights.read_silence(self)
        return super().insert(*args, **flags)

    def save(self, *args: Any, **flags: Any) -> BaseDocument:
        self._require_columns()
        doctype_rights.read_silence(self)
        return super().save(*args, **flags)

    def _require_columns(self) -> None:
        """Before anything else: it takes long to look at each of ten thousand fields."""
        if len(self.fields or ()) > MAX_FIELDS:
            raise ValidationError.told(f"{self.name} has {len(self.fields)} fields; a DocType has at most {MAX_FIELDS}")

    def validate(self) -> None:
        self.check()
        doctype_rules.advise(self.ctx, self)

    def check(self) -> None:
        """Fill in what it brings along. Raises what a save of it would be refused for; writes nothing."""
        if cint(self.is_virtual) and cint(self.custom) and not self.ctx.flags.in_test:  # Frappe: tests make them
            raise CannotCreateStandardDoctypeError.told("Not allowed to create custom Virtual DocType.")
        doctype_rules.fill_in(self)
        doctype_rules.check_naming(self.ctx, self)
        together = doctype_rules.Fields(
            self.ctx,
            cstr(self.name),
            self.fields,
            bool(cint(self.istable)),
            bool(cint(self.issingle)),
            bool(cint(self.is_virtual)),
        )
        doctype_rules.check_fields(together, self.__dict__)
        if not (self.is_new() or together.issingle or together.is_virtual):
            doctype_rules.check_lengths(self.fields)
        if not cint(self.istable):
            doctype_rights.check_permissions(self.ctx, self)
        doctype_rules.add_kept_fields(self)

    def on_update(self) -> None:
        schema_before = self.get_doc_before_save()
        if schema_before is not None:
            self._count_names(schema_before)
        raw = schema.raw_of(self.ctx, self)
        schema.insert_record(self.ctx, "Module Def", self.module, module_name=self.module)
        self.ctx.store.set_meta(raw)
        self.ctx.touch("DocType")
        meta = DocType(raw)
        self.ctx.store.sync_table(meta)
        if meta.issingle:
            schema.begin_single(self.ctx, meta)

    def _count_names(self, before: BaseDocument) -> None:
        """Names that are counted are numbers in the table: it is made anew, as long as nothing is in it. Raises
        ValidationError."""
        counted = [cstr(each.autoname).lower() == "autoincrement" for each in (before, self)]
        if counted[0] == counted[1] or cint(self.issingle) or cint(self.is_virtual):
            return
        table, database = quote(f"tab{self.name}"), self.ctx.store.database
        if database.row(f"SELECT 1 FROM {table} LIMIT 1") is not None:
            raise ValidationError.told(
                "Can only change to/from Autoincrement naming rule when there is no data in the doctype"
            )
        database.execute(f"DROP TABLE {table}")

    def on_trash(self) -> None:
        if not cint(self.custom) and not self.ctx.is_trusted:
            raise ValidationError.told("Standard DocType can not be deleted.")

    def after_delete(self) -> None:
        self.ctx.store.delete_meta(self.name)
        self.ctx.touch("DocType")
