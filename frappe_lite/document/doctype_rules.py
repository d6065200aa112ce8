"""What a DocType must fulfil before it is saved: its fields, its naming.

One table of rules about a field, each with the error that a full Frappe answers with; `check_fields` holds for Custom
Fields too. What Frappe fills in on the way (`amended_from`, the fields of a tree, names made of labels) is done first.

    {"fieldname": "d1", "fieldtype": "Dynamic Link", "options": "f1"}, f1 no Link to DocType   ->   ValidationError
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..context import Context
from ..doctype.field import Field
from ..doctype.fieldtypes import TABLES
from ..doctype.meta import CHILD, OPTIONAL, STANDARD, DocType
from ..errors import FrappeError, ValidationError
from ..utils import bold, cint, cstr, scrub
from ..values import Given, Values
from .base_document import BaseDocument
from .life import Document

WITHOUT_VALUE = frozenset(
    ("Section Break", "Column Break", "Tab Break", "HTML", "Button", "Image", "Fold", "Heading", *TABLES)
)
_BREAKS = {"Section Break": "_section", "Column Break": "_column", "Tab Break": "_tab"}
_LONG_TEXTS = ("Text", "Long Text", "Small Text", "Code", "Text Editor")
_UNIQUE = ("Data", "Link", "Read Only", "Int")
RENAMED = frozenset(("name", "parent", "creation", "modified", "modified_by", "parentfield", "parenttype", "file_list"))
"""What no Custom Field is called: it gets a 1."""

OURS = frozenset(("docstatus", "doctype", "flags", "rowid"))
"""What no Custom Field is called, for a document would then no longer say what it is."""

_RESERVED = frozenset({*STANDARD, *CHILD, *OPTIONAL, *OURS, "file_list"})
_DEPENDS = ("depends_on", "collapsible_depends_on", "mandatory_depends_on", "read_only_depends_on")
_ASSIGNMENT = re.compile(r"[\w.:_]+\s*=\s*[\w.@'\"]+")


# --- what is filled in -----------------------------------------------------------------------------------


def fill_in(doc: BaseDocument) -> None:
    """Name the fields, and set what follows from the kind of DocType."""
    if cint(doc.issingle):
        doc.update({"allow_import": 0, "is_submittable": 0, "istable": 0})
    elif cint(doc.istable):
        doc.update({"allow_import": 0, "permissions": []})
    for row in doc.fields:
        _name_field(row)
    listed = [row for row in doc.fields if cint(row.in_list_view)]
    if not listed:
        shown = [row for row in doc.fields if cint(row.reqd) and not cint(row.hidden)]
        for row in [each for each in shown if each.fieldtype not in unlisted(doc)][:4]:
            row.in_list_view = 1


def add_kept_fields(doc: BaseDocument) -> None:
    """After the checks, add the fields in which submittable DocTypes and trees keep their state."""
    names = {cstr(row.fieldname) for row in doc.fields}
    if cint(doc.is_submittable):
        own = next((row for row in doc.fields if row.fieldname == "amended_from"), None)
        if own is not None:
            own.options = doc.name
        else:
            hidden = {"read_only": 1, "print_hide": 1, "no_copy": 1, "search_index": 1}
            doc.append("fields", {**_link("amended_from", "Amended From", doc.name), **hidden})
    if cint(doc.is_tree) and "lft" not in names:
        for fieldname, label in (("lft", "Left"), ("rgt", "Right")):
            hidden = {"read_only": 1, "hidden": 1, "no_copy": 1}
            doc.append("fields", {"fieldname": fieldname, "fieldtype": "Int", "label": label, **hidden})
        doc.append("fields", {"fieldname": "is_group", "fieldtype": "Check", "label": "Is Group"})
        doc.append("fields", _link("old_parent", "Old Parent", doc.name))
        doc.nsm_parent_field = f"parent_{scrub(doc.name)}"  # Frappe: a tree without lft gets it in the place of its own
        if doc.nsm_parent_field not in names:
            parent = _link(doc.nsm_parent_field, f"Parent {doc.name}", doc.name)
            doc.append("fields", {**parent, "ignore_user_permissions": 1})


def _link(fieldname: str, label: str, options: str) -> Values:
    return {"fieldname": fieldname, "fieldtype": "Link", "label": label, "options": options}


def _name_field(row: BaseDocument) -> None:
    """A field without a name is named after its label. Names are in lower case."""
    if cstr(row.fieldname):
        if row.fieldname in _RESERVED:
            raise errors.InvalidFieldNameError.told(f"Fieldname {row.fieldname} is restricted")
        if hasattr(Document, row.fieldname):
            text = f"fieldname cannot be set to reserved keyword {bold(row.fieldname)}"
            raise ValidationError.told(f"{bold(row.parent)}: {text}", title="Invalid Fieldname")
    elif cstr(row.label):
        name = cstr(row.label).strip().lower().replace(" ", "_").strip("?")
        row.fieldname = (name + "1" if name in _RESERVED else name) + _BREAKS.get(row.fieldtype, "")
    elif row.fieldtype in _BREAKS:
        row.fieldname = f"{scrub(row.fieldtype)}_{row.idx}"
    else:
        raise ValidationError.told(f"Row #{row.idx}: Fieldname is required", title="Missing Fieldname")
    row.fieldname = re.sub(r"""['",./%@()<>{}]""", "", row.fieldname).lower()
    if cint(row.unique):
        row.search_index = 0  # it is an index already


# --- the rules of one field ------------------------------------------------------------------------------


FieldRow = BaseDocument | Field
"""A field as it is sent, or as it stands in the DocType."""


@dataclass(frozen=True)
class Fields:
    """Fields that belong together: those of a DocType being saved, or those of one with its Custom Fields."""

    ctx: Context
    doctype: str
    rows: Sequence[FieldRow]
    istable: bool = False
    issingle: bool = False
    is_virtual: bool = False

    @property
    def names(self) -> list[str]:
        """Their names, in order."""
        return [cstr(row.fieldname) for row in self.rows]

    def named(self, name: object) -> Any:
        """The first field of that name, or None."""
        return next((row for row in self.rows if row.fieldname == name), None)


Rule = Callable[[Fields, FieldRow], FrappeError | None]


def _column_name(fields: Fields, row: FieldRow) -> FrappeError | None:
    name = cstr(row.fieldname)
    odd = re.findall(r"\W", name, 0 if row.fieldtype in WITHOUT_VALUE else re.ASCII)  # a column's is ASCII
    if odd:
        shown = ", ".join(f'"{each}"' for each in odd)
        text = f"Fieldname {bold(name)} cannot have special characters like {shown}"
        return errors.InvalidColumnName.told(text)
    if len(name) > 64:
        return ValidationError.told(f"Fieldname is limited to 64 characters ({name})")
    return None


def _hidden_and_mandatory(fields: Fields, row: FieldRow) -> FrappeError | None:
    if cint(row.hidden) and cint(row.reqd) and not row.default:
        text = f"{fields.doctype}: Field {row.label} in row {row.idx} cannot be hidden and mandatory without default"
        return errors.HiddenAndMandatoryWithoutDefaultError.told(text)
    return None


def _unique_and_indexed(fields: Fields, row: FieldRow) -> FrappeError | None:
    kind = f"Fieldtype {row.fieldtype} for {row.label}"
    if cint(row.unique) and not fields.issingle and row.fieldtype not in _UNIQUE:
        return errors.NonUniqueError.told(f"{fields.doctype}: {kind} cannot be unique")
    if cint(row.search_index) and not fields.issingle and row.fieldtype in _LONG_TEXTS:
        return errors.CannotIndexedError.told(f"{fields.doctype}:{kind} cannot be indexed")
    return None


def _once(fields: Fields, row: FieldRow) -> FrappeError | None:
    rows = [cstr(each.idx) for each in fields.rows if each.fieldname == row.fieldname]
    if len(rows) > 1:
        text = f"{fields.doctype}: Fieldname {row.fieldname} appears multiple times in rows {', '.join(rows)}"
        return errors.UniqueFieldnameError.told(text)
    return None


def _linked_doctype(fields: Fields, row: FieldRow) -> FrappeError | None:
    """Links and tables name a DocType. Frappe: an app's script says what a [Select] links to."""
    if row.fieldtype != "Link" and row.fieldtype not in TABLES:
        return None
    if not row.options:
        text = f"Options required for Link or Table type field {row.label} in row {row.idx}"
        return errors.DoctypeLinkError.told(f"{fields.doctype}: {text}")
    if row.options in ("[Select]", fields.doctype):
        return None
    if not fields.ctx.has_doctype(row.options):
        text = f"Options must be a valid DocType for field {row.label} in row {row.idx}"
        return errors.WrongOptionsDoctypeLinkError.told(f"{fields.doctype}: {text}")
    known = fields.ctx.meta(row.options).name
    if known != row.options:
        text = f"Options {row.options} must be the same as doctype name {known} for the field {row.label}"
        return errors.DoctypeLinkError.told(f"{fields.doctype}: {text}")
    return None


def _no_mandatory_layout(fields: Fields, row: FieldRow) -> FrappeError | None:
    if cint(row.reqd) and row.fieldtype in WITHOUT_VALUE - TABLES:
        text = f"{fields.doctype}: Field {row.label} of type {row.fieldtype} cannot be mandatory"
        return errors.IllegalMandatoryError.told(text)
    return None


def _dynamic_link(fields: Fields, row: FieldRow) -> FrappeError | None:
    if row.fieldtype != "Dynamic Link":
        return None
    pointer = fields.named(row.options)
    is_link = pointer is not None and pointer.fieldtype == "Link" and pointer.options == "DocType"
    if is_link or (pointer is not None and pointer.fieldtype == "Select"):
        return None
    text = "Options 'Dynamic Link' type of field must point to another Link Field with options as 'DocType'"
    return ValidationError.told(text)


def _shown_in_lists(fields: Fields, row: FieldRow) -> FrappeError | None:
    if cint(row.in_list_view) and row.fieldtype in unlisted(fields):
        where = "In Grid View" if fields.istable else "In List View"
        return ValidationError.told(f"'{where}' not allowed for type {row.fieldtype} in row {row.idx}")
    if cint(row.in_global_search) and row.fieldtype in WITHOUT_VALUE:
        return ValidationError.told(f"'In Global Search' not allowed for type {row.fieldtype} in row {row.idx}")
    return None


def unlisted(fields: Any) -> frozenset[str]:
    """The types that lists do not show; a table's rows do show buttons and HTML."""
    in_grids = {"Button", "HTML"} if cint(fields.istable) else set()
    return (WITHOUT_VALUE | {"Attach Image"}) - in_grids


def _default(fields: Fields, row: FieldRow) -> FrappeError | None:
    if row.fieldtype == "Check":
        row.default = row.default or "0"
        if cint(row.default) not in (0, 1):  # Frappe: text is no
            text = f"Default for 'Check' type of field {bold(row.fieldname)} must be either '0' or '1'"
            return ValidationError.told(text)
    if row.fieldtype == "Select" and row.default:
        if not row.options:
            text = f"Options for {bold(row.fieldname)} must be set before setting the default value."
            return ValidationError.told(text)
        if row.default not in row.options.split("\n"):
            return ValidationError.told(f"Default value for {bold(row.fieldname)} must be in the list of options.")
    return None


def _row_doctype(fields: Fields, row: FieldRow) -> FrappeError | None:
    if row.fieldtype not in TABLES or row.options == fields.doctype and fields.istable:
        return None
    known = row.options != fields.doctype and fields.ctx.meta(cstr(row.options))
    if not known or not known.istable:
        text = f"Option {bold(row.options)} for field {bold(row.fieldname)} is not a child table"
        return ValidationError.told(text, title="Invalid Option")
    if known.is_virtual and not fields.is_virtual:  # nobody would store the rows
        text = f"Child Table {bold(row.options)} for field {bold(row.fieldname)} must not be virtual"
        return ValidationError.told(text, title="Invalid Option")
    if row.fieldtype == "Table MultiSelect" and not known.link_fields:
        text = f"DocType <b>{row.options}</b> provided for the field <b>{row.fieldname}</b>"
        return ValidationError.told(f"{text} must have atleast one Link field")
    return None


def _rating(fields: Fields, row: FieldRow) -> FrappeError | None:
    if row.fieldtype == "Rating" and row.options and not 3 <= cint(row.options) <= 10:
        return ValidationError.told("Options for Rating field can range from 3 to 10")
    return None


def _fetched(fields: Fields, row: FieldRow) -> FrappeError | None:
    source, dot, _ = cstr(row.fetch_from).strip().partition(".")
    if dot and source == row.fieldname:
        text = f"{row.label} contains an invalid Fetch From expression, Fetch From can't be self-referential."
        return ValidationError.told(text, title="Recursive Fetch From")
    return None


def _depends(fields: Fields, row: FieldRow) -> FrappeError | None:
    for each in _DEPENDS:
        if row.get(each) and _ASSIGNMENT.match(cstr(row.get(each))):
            text = f"Row #{row.idx}: Invalid {each} of {bold(row.label or row.fieldname)}: {row.get(each)} sets a value"
            return ValidationError.told(f"{text}; write == to compare")
    return None


OF_A_FIELD: tuple[Rule, ...] = (
    _column_name, _hidden_and_mandatory, _unique_and_indexed, _fetched, _once, _linked_doctype, _no_mandatory_layout,
    _dynamic_link, _shown_in_lists, _default, _row_doctype, _rating, _depends,
)  # fmt: skip
"""Asked of each field in this order, Frappe's."""


# --- the rules of all fields -----------------------------------------------------------------------------


def check_fields(fields: Fields, doctype: Mapping[str, object]) -> None:
    """Check every rule about fields, then the DocType's settings that name fields. Raises the first error."""
    for row in fields.rows:
        row.permlevel = cint(row.permlevel)
        if row.fieldtype == "Select" and row.options is not None:
            first, *rest = [each.strip() for each in row.options.split("\n")]
            row.options = "\n".join([first, *filter(None, rest)])
        for rule in OF_A_FIELD:
            _raise(rule(fields, row))
    _raise(_fold(fields.rows))
    _raise(_named_fields(fields, doctype))


def check_custom_field(ctx: Context, meta: DocType, custom: BaseDocument) -> None:
    """Check a Custom Field among the fields that it joins. Raises the first error."""
    others = [row for row in meta.fields if row.fieldname != custom.fieldname]
    fields = Fields(ctx, meta.name, [*others, custom], meta.istable, meta.issingle, meta.is_virtual)
    for rule in OF_A_FIELD:
        _raise(rule(fields, custom))
    if not (meta.issingle or meta.is_virtual):
        check_lengths([custom])


_SHORT = frozenset(("Data", "Link", "Dynamic Link", "Select", "Read Only", "Color", "Icon", "Phone", "Autocomplete"))
MAX_LENGTH = 1000


def check_lengths(rows: Iterable[FieldRow]) -> None:
    """Raises ValidationError for a length that no column of short text can have. Frappe: once the table exists."""
    for row in rows:
        if row.fieldtype in _SHORT and cint(row.length) and not 1 <= cint(row.length) <= MAX_LENGTH:
            raise errors.ValidationError.told(f"Length of {row.fieldname} should be between 1 and {MAX_LENGTH}")


def _raise(error: FrappeError | None) -> None:
    if error is not None:
        raise error


def _fold(rows: Sequence[FieldRow]) -> FrappeError | None:
    places = [index for index, row in enumerate(rows) if row.fieldtype == "Fold"]
    if len(places) > 1:
        return ValidationError.told("There can be only one Fold in a form")
    if places and places[0] == len(rows) - 1:
        return ValidationError.told("Fold can not be at the end of the form")
    if places and rows[places[0] + 1].fieldtype != "Section Break":
        return ValidationError.told("Fold must come before a Section Break")
    return None


def _named_fields(fields: Fields, doctype: Given) -> FrappeError | None:
    """search_fields, title_field, timeline_field, sort_field and image_field must name existing fields."""
    names = set(fields.names)
    for name in filter(None, map(str.strip, cstr(doctype.get("search_fields")).split(","))):
        found = fields.named(name)
        if found is None or found.fieldtype in WITHOUT_VALUE:
            return ValidationError.told(f"Search field {name} is not valid")
    image, timeline = fields.named(doctype.get("image_field")), fields.named(doctype.get("timeline_field"))
    sorted_by = [part.split()[0] for part in cstr(doctype.get("sort_field")).split(",") if part.split()]
    unknown = [name for name in sorted_by if name not in {*names, *STANDARD, *CHILD}]
    wrong = {
        "Title field must be a valid fieldname": doctype.get("title_field") not in (None, "", *names),
        "Timeline field must be a valid fieldname": doctype.get("timeline_field") and timeline is None,
        "Timeline field must be a Link or Dynamic Link": timeline is not None
        and timeline.fieldtype not in ("Link", "Dynamic Link"),
        f"Sort field {', '.join(unknown)} must be a valid fieldname": unknown,
        "Image field must be a valid fieldname": doctype.get("image_field") and image is None,
        "Image field must be of type Attach Image": image is not None and image.fieldtype != "Attach Image",
    }
    return next((errors.InvalidFieldNameError.told(text) for text, found in wrong.items() if found), None)


# --- naming and permissions ------------------------------------------------------------------------------


def check_naming(ctx: Context, doc: BaseDocument) -> None:
    """Raises for an `autoname` that names a field that does not exist."""
    names, autoname = {cstr(row.fieldname) for row in doc.fields}, cstr(doc.autoname)
    if not autoname and "naming_series" in names:
        doc.autoname = autoname = "naming_series:"
    elif autoname.startswith("naming_series:") and "naming_series" not in names:
        text = f"Fieldname called {bold('naming_series')} must exist to enable autonaming"
        raise ValidationError.told(text, title="Field Missing")
    if autoname.startswith("field:"):
        field = next((row for row in doc.fields if row.fieldname == autoname[6:]), None)
        if field is None:
            raise ValidationError.told(f"Invalid fieldname '{autoname[6:]}' in autoname")
        field.unique = 1
    if not autoname and not cint(doc.issingle) and not cint(doc.istable):
        ctx.say("Warning: Naming is not set", indicator="yellow", alert=True)


def advise(ctx: Context, doc: BaseDocument) -> None:
    """Warn about what is discouraged in a DocType that has no errors."""
    if cstr(doc.autoname).startswith("format:"):
        ctx.say("Warning: Usage of 'format:' is discouraged.", indicator="yellow", alert=True)
