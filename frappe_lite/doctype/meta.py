"""DocType and Field: what a document may hold, read from Frappe's DocType JSON.

A DocType is itself a document; here it is read once into the forms that requests need: its columns, its links, its
child tables, its rules. Unknown keys of the JSON are kept and given out. Knows no database.

    DocType({"name": "Task", "fields": [{"fieldname": "subject", "fieldtype": "Data", "reqd": 1}], …})
    doctype.field("subject").reqd -> 1      doctype.columns -> {"name": …, "subject": …}
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any, ClassVar

from ..utils import _dict, cint, cstr, scrub, unscrub
from ..values import Function, Values
from .field import Field
from .fieldtypes import FIELDTYPES, NUMERIC, TABLES, Fieldtype
from .questions import Questions, Row, missing_attribute, properties, row_fits

STANDARD: dict[str, str] = {
    "name": "Data", "owner": "Data", "creation": "Datetime", "modified": "Datetime",
    "modified_by": "Data", "docstatus": "Int", "idx": "Int",
}  # fmt: skip
"""The fields of every document, and their types."""

CHILD: dict[str, str] = {"parent": "Data", "parentfield": "Data", "parenttype": "Data"}
"""The fields that tie a child row to its document."""

OPTIONAL: dict[str, str] = {
    "_user_tags": "Small Text",
    "_comments": "Small Text",
    "_assign": "Small Text",
    "_liked_by": "Small Text",
}
"""What the desk keeps on a document; not given out with it."""

SEEN = {"_seen": "Small Text"}
"""Who has seen a document, where the DocType says `track_seen`."""

STANDARD_LABELS = {
    "name": "ID",
    "owner": "Created By",
    "creation": "Created On",
    "modified": "Last Updated On",
    "modified_by": "Last Updated By",
}

RIGHTS = (
    "select", "read", "write", "create", "delete", "submit", "cancel", "amend", "print", "email", "report", "import",
    "export", "share",
)  # fmt: skip


def _quote(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


class DocType(Questions):
    """What documents of one type may hold. Keys of the DocType's JSON are attributes, None or 0 where not set."""

    asked_by_apps: ClassVar[dict[str, Function]] = {}
    """Questions of app code that depend on who asks: name -> function of the DocType. The face puts them here."""

    def __init__(self, raw: Values):
        self.raw = raw
        self.name: str = raw["name"]
        self.fields = [Field(each, self.name, index) for index, each in enumerate(raw.get("fields") or [], 1)]
        self.permissions: list[_dict] = [Row(each) for each in raw.get("permissions") or []]
        self.links, self.actions, self.states = (
            list(map(Row, raw.get(key) or [])) for key in ("links", "actions", "states")
        )
        self.istable, self.issingle = bool(cint(raw.get("istable"))), bool(cint(raw.get("issingle")))
        self.is_virtual, self.is_submittable = bool(cint(raw.get("is_virtual"))), bool(cint(raw.get("is_submittable")))
        self.autoname: str = raw.get("autoname") or ""
        self.table = f"tab{self.name}"
        self._by_name = {field.fieldname: field for field in self.fields}

    def __getattr__(self, key: str) -> Any:
        raw = self.__dict__.get("raw") or {}
        if key in raw:
            return raw[key]
        known = properties("DocType")
        if key in known:
            return known[key]
        if key not in self.asked_by_apps:
            raise missing_attribute(f"DocType {self.__dict__.get('name')}", key)
        return partial(self.asked_by_apps[key], self)

    @cached_property
    def tree_parent(self) -> str:
        """Of a tree, the field that names a document's parent; empty if the DocType is none."""
        named = cstr(self.raw.get("nsm_parent_field")) or f"parent_{scrub(self.name)}"
        return named if cint(self.raw.get("is_tree")) and {named, "lft", "rgt"} <= self._by_name.keys() else ""

    @cached_property
    def is_nested_set(self) -> bool:
        """Whether documents have a place in a tree, kept in `lft` and `rgt`."""
        return bool(self.tree_parent) and not self.is_virtual and not self.issingle

    def get(self, key: str, filters: object = None, default: object = None) -> Any:
        """A key of the JSON. `get("fields", {"fieldtype": "Link"})` selects among the fields, as app code does."""
        if key not in ("fields", "permissions", "links", "actions", "states"):
            return self.raw.get(key, default)
        rows: list[object] = getattr(self, key)
        return (
            [row for row in rows if all(row_fits(getattr(row, name), wanted) for name, wanted in filters.items())]
            if isinstance(filters, dict)
            else rows
        )

    def as_dict(self, no_nulls: bool = False) -> _dict:
        """The DocType as a document: every property, its fields and rules as dicts; those that are set, with
        `no_nulls`."""
        found = _dict(
            properties("DocType"),
            **{**self.raw, "doctype": "DocType", "fields": [each.as_dict(no_nulls) for each in self.fields]},
        )
        found.update(
            permissions=self._rows("DocPerm"),
            links=self._rows("DocType Link"),
            actions=self._rows("DocType Action"),
            states=self._rows("DocType State"),
        )
        return _dict({key: value for key, value in found.items() if value is not None}) if no_nulls else found

    def _rows(self, child: str) -> list[_dict]:
        """The rows of one of the DocType's own tables, with every property that they can have."""
        place = {
            "DocPerm": "permissions",
            "DocType Link": "links",
            "DocType Action": "actions",
            "DocType State": "states",
        }[child]
        where = {"doctype": child, "parent": self.name, "parenttype": "DocType", "parentfield": place}
        return [
            _dict(properties(child), **{**row, **where, "idx": index})
            for index, row in enumerate(getattr(self, place), 1)
        ]

    __json__ = as_dict

    # --- fields ---

    def field(self, fieldname: str) -> Field | None:
        """The field of that name, or None."""
        return self._by_name.get(fieldname)

    get_field = field

    def fieldtype(self, fieldname: str) -> str:
        """The type of a field, standard ones too; empty for one that is not there."""
        found = self._by_name.get(fieldname)
        return found.fieldtype if found else self.standard.get(fieldname, "")

    def has_field(self, fieldname: str) -> bool:
        """Whether the DocType defines the field."""
        return fieldname in self._by_name

    def get_label(self, fieldname: str) -> str:
        """The field's label, for messages."""
        field = self._by_name.get(fieldname)
        if field is None:
            return STANDARD_LABELS.get(fieldname) or unscrub(fieldname)
        return field.label or unscrub(fieldname)

    @cached_property
    def standard(self) -> dict[str, str]:
        """Fields that exist without being defined, with their types."""
        return {
            **STANDARD,
            **(CHILD if self.istable else OPTIONAL),
            **(SEEN if cint(self.raw.get("track_seen")) and not self.istable else {}),
        }

    @cached_property
    def columns(self) -> dict[str, Fieldtype]:
        """Column name -> type, of everything stored in the DocType's table."""
        columns = {name: FIELDTYPES[fieldtype] for name, fieldtype in self.standard.items()}
        columns.update((each.fieldname, each.type) for each in self.value_fields)
        return columns

    @cached_property
    def column_sql(self) -> dict[str, str]:
        """Column name -> its SQL type. An autoincrement DocType counts its names."""
        types = {name: each.column or "" for name, each in self.columns.items()}
        types.update(creation="TEXT", modified="TEXT")
        if self.autoname == "autoincrement":
            types["name"] = "INTEGER"
        return types

    @cached_property
    def select_sql(self) -> str:
        """SELECT of every column, in the order of `columns`."""
        return f"SELECT {', '.join(map(_quote, self.columns))} FROM {_quote(self.table)}"

    @cached_property
    def insert_sql(self) -> str:
        """INSERT of every column, in the order of `columns`."""
        return (
            f"INSERT INTO {_quote(self.table)} ({', '.join(map(_quote, self.columns))}) VALUES "
            f"({', '.join('?' * len(self.columns))})"
        )

    @cached_property
    def value_fields(self) -> list[Field]:
        """Fields with a column of their own."""
        return [each for each in self.fields if each.type.column and not each.virtual and each.fieldname]

    @cached_property
    def table_fields(self) -> list[Field]:
        """Fields that hold child rows."""
        return [each for each in self.fields if each.fieldtype in TABLES and each.options and not each.virtual]

    @cached_property
    def link_fields(self) -> list[Field]:
        """Link fields, without dynamic ones."""
        return [
            each
            for each in self.value_fields
            if each.fieldtype == "Link" and each.options and each.options != "[Select]"
        ]

    @cached_property
    def dynamic_links(self) -> list[Field]:
        """Dynamic Link fields; their `options` name the field that holds the DocType."""
        return [each for each in self.value_fields if each.fieldtype == "Dynamic Link" and each.options]

    @cached_property
    def passwords(self) -> list[Field]:
        """Password fields, whose values are never given out."""
        return [each for each in self.value_fields if each.fieldtype == "Password"]

    @cached_property
    def levels(self) -> frozenset[int]:
        """The permission levels above 0 that fields use."""
        return frozenset(each.permlevel for each in self.fields if each.permlevel)

    @cached_property
    def higher_fields(self) -> list[Field]:
        """The fields of a permission level above 0."""
        return [each for each in self.fields if each.permlevel and each.fieldname]

    @cached_property
    def sort_column(self) -> str:
        """The column that lists are sorted by unless told."""
        wanted = str(self.sort_field or "").split(",")[0].strip()
        return wanted if wanted in self.columns else "modified"

    @cached_property
    def indexed(self) -> dict[str, tuple[str, ...]]:
        """Index name -> columns.

        Links and `search_index` fields, each in the order of lists, so that a page of one status needs no sorting.
        """
        names = [
            each.fieldname
            for each in self.value_fields
            if each.search_index or each.fieldtype in ("Link", "Dynamic Link")
        ]
        tree = ("lft", "rgt") if self.is_nested_set else ()
        if self.istable:
            return {f"{self.table}_{name}": (name,) for name in ("parent", *names, *tree)}
        sort = self.sort_column
        found: dict[str, tuple[str, ...]] = {f"{self.table}_{name}": (name,) for name in ("modified", sort, *tree)}
        found.update((f"{self.table}_{name}_{sort}", (name, sort)) for name in names if name != sort)
        return found

    @cached_property
    def unique(self) -> list[Field]:
        """Fields whose value stands in one document only."""
        return [each for each in self.value_fields if each.unique]

    @cached_property
    def named_by(self) -> str:
        """The field that documents are named by, of `field:…`; empty for none."""
        rule, _, fieldname = self.autoname.partition(":")
        return fieldname if rule == "field" and fieldname in self.columns else ""

    # --- what a document is checked for: most fields need no look at all ---

    @cached_property
    def blank(self) -> dict[str, None]:
        """What a document without values has in its columns."""
        return dict.fromkeys(self.columns)

    @cached_property
    def shown_columns(self) -> list[str]:
        """The columns that are given out, and that a save writes."""
        return [each for each in self.columns if each not in OPTIONAL and each not in SEEN]

    @cached_property
    def virtual_fields(self) -> list[Field]:
        """Fields whose value the controller works out."""
        return [each for each in self.fields if each.virtual and each.fieldname]

    @cached_property
    def table_names(self) -> frozenset[str]:
        """The names of the fields that hold child rows."""
        return frozenset(each.fieldname for each in self.fields if each.type.table)

    @cached_property
    def default_fields(self) -> list[Field]:
        """Fields that begin with a value: their default or, in Frappe, a Select's first option."""
        return [each for each in self.value_fields if each.default not in (None, "") or each.first_option is not None]

    @cached_property
    def number_fields(self) -> list[Field]:
        """Fields whose unset value is 0."""
        return [each for each in self.value_fields if each.type.empty is not None]

    @cached_property
    def never_null(self) -> list[Field]:
        """Text fields whose unset value is empty text (`not_nullable`)."""
        return [each for each in self.value_fields if each.not_nullable and each.type.is_text]

    @cached_property
    def required_fields(self) -> list[Field]:
        """Mandatory fields."""
        return [each for each in self.fields if each.reqd]

    @cached_property
    def choice_fields(self) -> list[Field]:
        """Select fields, whose value is one of their options."""
        return [
            each
            for each in self.value_fields
            if each.fieldtype == "Select"
            and each.fieldname != "naming_series"
            and each.options not in (None, "", "[Select]")
        ]

    @cached_property
    def formatted_fields(self) -> list[Field]:
        """Fields that hold an email address, a URL, a phone number or the address of a file."""
        kinds = ("Phone", "Attach", "Attach Image")
        return [
            each
            for each in self.value_fields
            if each.fieldtype in kinds or (each.fieldtype == "Data" and each.options in ("Email", "URL", "Phone"))
        ]

    @cached_property
    def non_negative_fields(self) -> list[Field]:
        """Number fields that may not be below 0."""
        return [each for each in self.value_fields if each.non_negative and each.fieldtype in NUMERIC]

    @cached_property
    def limited_fields(self) -> list[tuple[Field, int]]:
        """Fields with the longest text that fits them, or the largest whole number."""
        return [(each, each.limit) for each in self.value_fields if each.limit]

    @cached_property
    def sized_fields(self) -> list[Field]:
        """Text fields of so many bytes at most."""
        return [each for each in self.value_fields if each.type.bytes]

    @cached_property
    def cleaned_fields(self) -> list[Field]:
        """Text fields whose HTML is cleaned. Addresses are not: `Ann <ann@x.org>` is one, and another form is
        refused."""
        return [
            each
            for each in self.value_fields
            if each.type.clean
            and not each.ignore_xss_filter
            and not (each.fieldtype == "Data" and each.options == "Email")
        ]

    @cached_property
    def once_fields(self) -> list[Field]:
        """Fields that keep their first value, and tables that keep their first rows."""
        return [each for each in self.fields if each.set_only_once]

    @cached_property
    def fetches(self) -> dict[str, list[tuple[Field, str]]]:
        """Link field -> the fields that take a value of the linked document (`fetch_from`), and the field it comes
        from.
        """
        found: dict[str, list[tuple[Field, str]]] = {}
        for each in self.value_fields:
            link, _, source = str(each.fetch_from or "").partition(".")
            if source:
                found.setdefault(link, []).append((each, source))
        return found

    # --- what app code asks ---

    def get_valid_columns(self) -> list[str]:
        """The columns of the table."""
        return list(self.columns)

    def get_title_field(self) -> str:
        """The field that names a document to people."""
        return self.raw.get("title_field") or ("title" if self.has_field("title") else "name")

    @property
    def searched_fields(self) -> list[str]:
        """Fields that a search looks through and shows: `search_fields` is their text."""
        return [each.strip() for each in (self.raw.get("search_fields") or "").split(",") if each.strip()]
