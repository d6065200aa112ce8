"""Customize Form: an app's DocType as this site wants it, as app code and Frappe's form change it.

What it shows is what counts on this site; what it saves is kept by the rules of `customising`. Nothing of the form
itself is kept.

    form = frappe.get_doc("Customize Form"); form.doc_type = "Task"; form.fetch_to_customize()
    form.fields[0].label = "Title"; form.save_customization()
"""

from __future__ import annotations

from typing import Any

from ... import document
from ...context import Context
from ...doctype.meta import DocType
from ...document import Document, schema
from ...errors import ValidationError
from ...face.model.fields import CORE_DOCTYPES
from ...query import Condition
from ...utils import cint, cstr
from ...values import Values
from ...whitelist import whitelist
from .customising import CHANGED, keep_fields, keep_properties
from .planning import standard_of
from .properties import OF_DOCTYPE as OF_EDITOR
from .properties import check_named_fields

DOCTYPE = "Customize Form"

OF_DOCTYPE = (
    *OF_EDITOR, "default_print_format", "allow_copy", "queue_in_background", "editable_grid", "protect_attached_files",
    "default_email_template", "email_append_to", "subject_field", "sender_field", "sender_name_field", "naming_rule",
    "is_calendar_and_gantt", "default_view", "force_re_route_to_default_view", "translated_doctype",
    "grid_page_length",
)  # fmt: skip
"""What a site may say otherwise of a DocType."""

OF_FIELDS = (
    *CHANGED, "print_width", "placeholder", "link_filters", "collapsible_depends_on", "in_preview", "hide_border",
    "allow_in_quick_entry", "allow_bulk_edit", "remember_last_selected_value", "ignore_xss_filter", "sort_options",
    "print_hide_if_no_value", "report_hide", "hide_days", "hide_seconds", "show_dashboard",
)  # fmt: skip
"""What a site may say otherwise of an app's field. Its type and its name belong to the app's code."""


class CustomizeForm(Document):
    """A DocType as this site has it, to be changed."""

    doc_type: object

    def on_update(self) -> None:
        """Nothing of the form is kept: what it changed is."""
        database = self.ctx.store.database
        database.execute('DELETE FROM "tabSingles" WHERE doctype = ?', (DOCTYPE,))
        database.execute('DELETE FROM "tabCustomize Form Field" WHERE parenttype = ?', (DOCTYPE,))

    @whitelist()
    def fetch_to_customize(self) -> None:
        """Fill the form in with the DocType that it names. Raises ValidationError for one that is not customized."""
        doctype = self.doc_type
        self.update({field.fieldname: [] if field.type.table else None for field in self.meta.fields})
        self.doc_type = doctype
        if not doctype:
            return
        meta = self._customized()
        self.update({name: meta.get(name) for name in OF_DOCTYPE})
        shown = ("fieldname", "fieldtype", *OF_FIELDS, "is_custom_field", "is_system_generated")
        self.set("fields", [{name: field.get(name) for name in shown} for field in meta.fields])

    @whitelist()
    def save_customization(self) -> None:
        """Keep what differs from the app for this site. Raises ValidationError for what no site may change."""
        if not self.doc_type:
            return
        ctx, meta = self._begin(), self._customized()
        rows: list[Any] = list(self.get("fields") or ())
        for row in rows:
            field = meta.field(row.fieldname) if row.fieldname else None
            if field is not None and row.fieldtype != field.fieldtype and not cint(row.is_custom_field):
                text = f"Fieldtype cannot be changed from {field.fieldtype} to {row.fieldtype} in row {row.idx}"
                raise ValidationError.told(text)
        said = {name: self.get(name) for name in OF_DOCTYPE}
        keep_fields(ctx, meta.name, [_values(row) for row in rows], OF_FIELDS)
        check_named_fields(ctx.meta(meta.name), {key: each for key, each in said.items() if each != meta.get(key)})
        keep_properties(ctx, meta.name, "", standard_of(ctx, meta.name), said)
        schema.index_custom_field(ctx, meta.name)
        if not self.get("hide_success"):
            ctx.say(f"{meta.name} updated", alert=True)
        self.fetch_to_customize()

    @whitelist()
    def reset_to_defaults(self) -> None:
        """Forget what people of this site said of the DocType, and their fields; what apps said stays."""
        if not self.doc_type:
            return
        ctx, meta = self._begin(), self._customized()
        setters = "doc_type = ? AND property <> 'options' AND coalesce(field_name, '') <> 'naming_series'"
        for doctype, where in (("Property Setter", setters), ("Custom Field", "dt = ?")):
            own = Condition(f"{where} AND coalesce(is_system_generated, 0) = 0", (meta.name,))
            for row in ctx.store.find(ctx.meta(doctype), own, ("name",)):
                document.delete(ctx, doctype, row["name"])
        schema.index_custom_field(ctx, meta.name)
        self.fetch_to_customize()

    def _begin(self) -> Context:
        """Whoever may write the form may change what it stands for, as in Frappe: run_doc_method asks."""
        ctx = self.ctx.trusted()
        ctx.store.database.begin_write()
        return ctx

    def _customized(self) -> DocType:
        meta = self.ctx.meta(cstr(self.doc_type))
        if meta.name in CORE_DOCTYPES or meta.name in (DOCTYPE, "Customize Form Field"):
            raise ValidationError.told("Core DocTypes cannot be customized.")
        if meta.issingle:
            raise ValidationError.told("Single DocTypes cannot be customized.")
        if cint(meta.get("custom")):
            raise ValidationError.told("Only standard DocTypes are allowed to be customized from Customize Form.")
        return meta


def _values(row: Any) -> Values:
    return {name: row.get(name) for name in ("fieldname", "fieldtype", *OF_FIELDS)}


__all__ = ["DOCTYPE", "OF_DOCTYPE", "OF_FIELDS", "CustomizeForm"]
