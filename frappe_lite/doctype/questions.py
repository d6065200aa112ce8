"""What app code asks of a DocType and of its fields, under Frappe's names: lists of fields by type, labels, search
fields.

`meta.DocType` inherits from this. What needs to know who asks is registered by the face, in `DocType.asked_by_apps`.
The properties that a DocType and a field can have are those of the built-in DocTypes DocType and DocField.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..utils import _dict, cint, cstr
from ..values import Values
from .fieldtypes import FIELDTYPES

if TYPE_CHECKING:
    from .field import Field


@functools.cache
def properties(doctype: str) -> Values:
    """Property -> its value where it is not set, of DocType, DocField or another built-in DocType."""
    file = Path(__file__).parents[1] / "doctypes" / f"{doctype.lower().replace(' ', '_')}.json"
    fields = json.loads(file.read_text())["fields"]
    values = {
        each["fieldname"]: FIELDTYPES[each["fieldtype"]].empty
        for each in fields
        if FIELDTYPES[each["fieldtype"]].column
    }
    return {
        **values,
        "owner": None,
        "creation": None,
        "modified": None,
        "modified_by": None,
        "docstatus": 0,
        "idx": 0,
        "name": None,
    }


def missing_attribute(what: str, key: str) -> AttributeError:
    """The error for a name that is no property and no method of ours."""
    return AttributeError(
        f"{what} has no '{key}': it is no property, and no method that frappe_lite has; see docs/apps.md for what is"
    )


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: value == wanted, "!=": lambda value, wanted: value != wanted, "in": lambda value,
    wanted: value in wanted,
    "not in": lambda value, wanted: value not in wanted, ">": lambda value, wanted: value > wanted, "<": lambda value,
    wanted: value < wanted,
    ">=": lambda value, wanted: value >= wanted, "<=": lambda value, wanted: value <= wanted, "like": lambda value,
    wanted: cstr(wanted).strip("%") in cstr(value),
    "is": lambda value, wanted: (value not in (None, "")) is (wanted == "set"),
}  # fmt: skip


def row_fits(value: object, wanted: object) -> bool:
    """Whether a value is what a filter of `doc.get("table", filters)` wants: a value, `[operator, value]`, True for
    any, False for none, `^text` for a beginning."""
    if isinstance(wanted, list | tuple) and len(wanted) == 2 and isinstance(wanted[0], str) and wanted[0] in _COMPARED:
        return _COMPARED[wanted[0]](value, wanted[1])
    if isinstance(wanted, bool):
        return (value is not None) is wanted if not isinstance(value, int) else value == wanted
    if isinstance(wanted, str) and wanted.startswith("^"):
        return cstr(value).startswith(wanted[1:])
    return value in wanted if isinstance(wanted, list | tuple) else value == wanted


class Row(_dict):
    """A rule, link, action or state of a DocType: a dict, of which app code may ask its values as of a document."""

    def as_dict(self, **_how: object) -> _dict:
        """The values."""
        return _dict(self)


class Questions:
    """The questions that a DocType's fields and properties answer."""

    if TYPE_CHECKING:
        name: str
        fields: list[Field]
        raw: Values
        istable: bool
        permissions: list[_dict]

        def field(self, fieldname: str) -> Any:
            """The field of that name."""

    def _of_type(self, *fieldtypes: str) -> list[Field]:
        return [each for each in self.fields if each.fieldtype in fieldtypes]

    # --- fields by type ---

    def get_link_fields(self) -> list[Field]:
        """Link fields, without dynamic ones."""
        return [each for each in self._of_type("Link") if each.options != "[Select]"]

    def get_dynamic_link_fields(self) -> list[Field]:
        """Dynamic Link fields."""
        return self._of_type("Dynamic Link")

    def get_data_fields(self) -> list[Field]:
        """Data fields."""
        return self._of_type("Data")

    def get_phone_fields(self) -> list[Field]:
        """Phone fields."""
        return self._of_type("Phone")

    def get_select_fields(self) -> list[Field]:
        """Select fields with options."""
        return [each for each in self._of_type("Select") if each.options not in ("[Select]", "Loading...")]

    def get_image_fields(self) -> list[Field]:
        """Fields that hold a picture."""
        return self._of_type("Attach Image")

    def get_code_fields(self) -> list[Field]:
        """Code fields."""
        return self._of_type("Code")

    def get_table_fields(self, include_computed: bool = False) -> list[Field]:
        """Fields that hold child rows; also those whose rows the controller works out."""
        return [each for each in self.fields if each.type.table and (include_computed or not each.virtual)]

    def get_set_only_once_fields(self) -> list[object]:
        """Fields that keep their first value, `creation` and `owner` among them."""
        standard = [_dict(fieldname="creation", fieldtype="Datetime"), _dict(fieldname="owner", fieldtype="Data")]
        return [*(each for each in self.fields if each.set_only_once), *standard]

    def get_global_search_fields(self) -> list[Any]:
        """Fields that the search through everything looks at."""
        found: list[object] = [
            each for each in self.fields if each.in_global_search and (each.type.column or each.type.table)
        ]
        return (
            [*found, _dict(fieldtype="Data", fieldname="name", label="Name")]
            if cint(self.raw.get("show_name_in_global_search"))
            else found
        )

    def get_custom_fields(self) -> list[Field]:
        """Fields that the site has added."""
        return [each for each in self.fields if each.get("is_custom_field")]

    def get_high_permlevel_fields(self) -> list[Field]:
        """Fields of a permission level above 0."""
        return [each for each in self.fields if each.permlevel]

    high_permlevel_fields = property(get_high_permlevel_fields)

    def get_fields_to_fetch(self, link_fieldname: str | None = None) -> list[Field]:
        """Fields that take a value of a linked document, of that link or of any."""
        links = {link_fieldname} if link_fieldname else {each.fieldname for each in self.get_link_fields()}
        return [
            each
            for each in self.fields
            if cstr(each.fetch_from).partition(".")[0] in links and "." in cstr(each.fetch_from)
        ]

    def get_fields_to_check_permissions(self, user_permission_doctypes: Iterable[str]) -> list[object]:
        """Links to those DocTypes that User Permissions hold, and the name if this is one of them."""
        held = set(user_permission_doctypes)
        found: list[object] = [
            each for each in self._of_type("Link") if each.options in held and not cint(each.ignore_user_permissions)
        ]
        return [*found, _dict(label="Name", fieldname="name", options=self.name)] if self.name in held else found

    # --- names of fields ---

    def get_fieldnames_with_value(self, with_field_meta: bool = False, with_virtual_fields: bool = False) -> list[Any]:
        """Fields that hold a value: their names or, with `with_field_meta`, themselves."""
        found = [
            each
            for each in self.fields
            if (each.type.column or each.type.table) and (with_virtual_fields or not each.virtual)
        ]
        return list(found) if with_field_meta else [each.fieldname for each in found]

    def get_valid_fields(self) -> list[str]:
        """Every field with a value of its own, standard ones and those that the controller works out among them."""
        standard = ["name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"]
        own = [each.fieldname for each in self.fields if each.type.column]
        return [*standard, *own, *(("parent", "parentfield", "parenttype") if self.istable else ())]

    def get_list_fields(self) -> list[str]:
        """The columns that lists show."""
        names = ["name", *(each.fieldname for each in self.fields if each.in_list_view and each.type.column)]
        title = self.raw.get("title_field")
        return [*names, title] if title and title not in names else names

    def get_search_fields(self) -> list[str]:
        """The fields that a search looks through, the name among them."""
        names = [each.strip() for each in cstr(self.raw.get("search_fields")).split(",") if each.strip()]
        return names if "name" in names else [*names, "name"]

    def get_translatable_fields(self) -> list[str]:
        """Fields whose values are translated."""
        return [each.fieldname for each in self.fields if each.translatable]

    def get_naming_series_options(self) -> list[str]:
        """The naming series that a document may choose."""
        series = self.field("naming_series")
        return cstr(series.options).split("\n") if series else []

    # --- one field ---

    def get_options(self, fieldname: str) -> Any:
        """A field's options. Raises AttributeError for a field that is not there."""
        return self._required(fieldname).options

    def get_link_doctype(self, fieldname: str) -> object:
        """The DocType that a field links to; of a dynamic one, what the field says that names it."""
        field = self._required(fieldname)
        if field.fieldtype == "Dynamic Link":
            return self.get_options(cstr(field.options))
        return field.options if field.fieldtype == "Link" else None

    def get_table_field_doctype(self, fieldname: str) -> object:
        """The DocType of a child table's rows."""
        field = self.field(fieldname)
        return field.options if field and field.type.table else None

    def is_translatable(self, fieldname: str) -> object:
        """Whether a field's values are translated."""
        field = self.field(fieldname)
        return field.translatable if field else None

    def _required(self, fieldname: str) -> Any:
        found = self.field(fieldname)
        if found is None:
            raise missing_attribute(f"DocType {self.name}", fieldname)
        return found

    def get_row_template(self) -> None:
        """Lists of a website are not here."""

    get_list_template = get_workflow = get_row_template


__all__ = ["Questions", "missing_attribute", "properties", "row_fits"]
