"""The values of one document or child row: attributes by field name, child tables as lists.

What Frappe calls BaseDocument: getting, setting, converting. It knows its DocType and its context, but neither saves
nor checks anything; `document.Document` does. Its values are its `__dict__`, and stay so: Frappe's own are, and apps
read and write them there (`doc.__dict__.update(…)`, `vars(doc)`); nor is there a quicker place for an attribute.

    doc.subject = "x"     doc.append("checklist", {"item": "a"})     doc.as_dict() -> {"name": …, "checklist": [{…}]}
"""

from __future__ import annotations

import copy
import datetime
import functools
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..context import Context, current
from ..doctype.docstatus import StatusAttribute
from ..doctype.field import Field
from ..doctype.meta import CHILD, DocType
from ..doctype.questions import row_fits
from ..doctype.typed_dates import with_dates
from ..errors import ValidationError
from ..protocol import to_wire
from ..site import import_app_module
from ..utils import _dict, cint, cstr, flt, fmt_money, format_date
from ..values import Given
from .given_rows import given_rows, no_rows, number

_OWN = frozenset({"_context", "_meta", "_doc_before_save", "_loaded", "_sent", "flags", "parent_doc"})

_UNTOLD = frozenset({"_context", "_meta", "_loaded"})
"""What `get` tells nobody: it is no value, and leads to the whole site."""


@functools.cache
def _no_values(document_class: type[object]) -> frozenset[str]:
    """Names that no value may take: the document's own state, and what its class defines.

    A caller cannot put text in the place of a method.
    """
    return _OWN | {"doctype"} | set(dir(document_class))


DRAFT, SUBMITTED, CANCELLED = 0, 1, 2
"""The values of `docstatus`."""


class BaseDocument:
    """A document's values. `values` has at least `doctype`."""

    _context: Context
    _meta: DocType
    doctype: str
    name: Any
    flags: _dict
    docstatus: Any = StatusAttribute()

    if TYPE_CHECKING:  # a document's fields are its attributes

        def __getattr__(self, key: str) -> Any:
            """A field's value."""

    def __init__(self, values: Mapping[str, object] | None = None, **more: object):
        given = {**(values or {}), **more} if more else values or {}
        state = self.__dict__
        if "_context" not in state:
            state["_context"] = current.get()
        if "_meta" not in state:
            state["_meta"] = state["_context"].meta(given.get("doctype") or getattr(type(self), "doctype", ""))
        meta: DocType = state["_meta"]
        state.update(meta.blank)
        for table in meta.table_fields:
            state[table.fieldname] = []
        state.update(flags=_dict(), _doc_before_save=None, doctype=meta.name, docstatus=0)
        self.update(given)

    @property
    def meta(self) -> DocType:
        """The DocType."""
        return self._meta

    @property
    def ctx(self) -> Context:
        """The context in which this document was made."""
        return self._context

    # --- values ---

    def get(self, key: str, filters: object = None, limit: int | None = None, default: object = None) -> Any:
        """A value; of a child table the rows that match `filters`. A second argument that is no dict is the default."""
        value = None if key in _UNTOLD else self.__dict__.get(key)
        if isinstance(filters, dict) and isinstance(value, list):
            value = [row for row in value if all(row_fits(row.get(name), wanted) for name, wanted in filters.items())]
        elif value is None and filters is not None and not isinstance(filters, dict):
            return filters
        if limit and isinstance(value, list):
            value = value[:limit]
        return default if value is None else value

    def set(self, key: str, value: object, as_value: bool = False) -> None:
        """Set a value; a child table from a list of dicts."""
        if key in self._meta.table_names and not as_value and not self.flags.ignore_children:
            rows = given_rows(key, value)
            before, self.__dict__[key] = self.__dict__.get(key), []
            try:
                self.extend(key, rows)
            except ValidationError:
                self.__dict__[key] = before  # what is refused takes no rows away
                raise
        else:
            self.__dict__[key] = value

    def __setattr__(self, key: str, value: object) -> None:
        if key in _OWN or not isinstance(value, list):
            self.__dict__[key] = value
        else:
            self.set(key, value)

    def update(self, values: Given) -> BaseDocument:
        """Set many values; returns the document.

        `doctype`, `flags` and names of methods are not values, unless a field has the name.
        """
        document_class: object = type(self)
        tables, columns, state, no_values = (
            self._meta.table_names,
            self._meta.columns,
            self.__dict__,
            _no_values(document_class),
        )
        for key, value in dict(values).items():
            if key in tables:
                self.set(key, value)
            elif key not in no_values or (key in columns and key not in _OWN):
                state[key] = value
        return self

    def remember_sent(self, fieldname: str, value: object) -> None:
        """Remember how a value was written that is stored in another form: a write is answered with it."""
        self.__dict__.setdefault("_sent", {})[fieldname] = (value, self.__dict__[fieldname])

    def told_value(self, fieldname: str) -> object:
        """A value as it was sent, unless it has changed since: the form that a Version records."""
        now = self.__dict__.get(fieldname)
        value, stored = self.__dict__.get("_sent", {}).get(fieldname, (now, now))
        return value if now == stored else now

    def value_as_sent(self, fieldname: str) -> object:
        """The same, except for values that were sent empty or became empty: the form that a write is answered with."""
        now, told = self.__dict__.get(fieldname), self.told_value(fieldname)
        return now if now is None or told is None else told

    def setdefault(self, key: str, value: object) -> Any:
        """The value, which is first set to `value` if there is none."""
        if self.get(key) is None:
            self.set(key, value)
        return self.get(key)

    def append(self, key: str, value: Given | BaseDocument | None = None, position: int = -1) -> BaseDocument:
        """Add a row to a child table and return it. At any `position` but the end, all rows are renumbered."""
        field = self._meta.field(key)
        if field is None or not field.type.table:
            raise AttributeError(f"{self.doctype} has no table '{key}'")
        rows = self.__dict__.setdefault(key, [])
        row = self._child(field, {} if value is None else value)
        if position != -1:
            rows.insert(position, row)
            number(rows)
            return row
        row.__dict__["idx"] = cint(row.idx) or len(rows) + 1  # Frappe: what a client sends orders the rows
        rows.append(row)
        return row

    def extend(self, key: str, values: Iterable[object]) -> None:
        """Add rows to a child table. Raises ValidationError for anything that is not a row, and then adds none."""
        if not isinstance(values, Iterable):
            raise no_rows(key)
        given = list(values)
        rows = [each for each in given if isinstance(each, Mapping | BaseDocument)]
        if len(rows) < len(given):
            raise no_rows(key)
        for value in rows:
            self.append(key, value)

    def remove(self, row: BaseDocument) -> None:
        """Remove a row from its child table and renumber the rest."""
        rows = self.get(row.parentfield) or []
        if row in rows:
            rows.remove(row)
        number(rows)

    def _child(self, field: Field, value: Given | BaseDocument) -> BaseDocument:
        if isinstance(value, BaseDocument):
            row = value
        else:
            given = {key: each for key, each in dict(value).items() if key != "doctype"}
            if not self._context.has_doctype(field.options):
                raise ValidationError.told(
                    f"{field.label or field.fieldname} holds rows of the DocType {field.options}, which is not "
                    "installed: send no rows, or install its app"
                )
            row = make(self._context, cstr(field.options), given)
            if not given.get("name"):
                row.__dict__["__islocal"] = 1
        row.__dict__.update(parent=self.name, parenttype=self.doctype, parentfield=field.fieldname, parent_doc=self)
        return row

    def get_all_children(self, parenttype: str | None = None) -> list[BaseDocument]:
        """Every row of every child table."""
        if not self._meta.table_fields:
            return []
        return [
            row
            for table in self._meta.table_fields
            if parenttype in (None, table.options)
            for row in self.__dict__.get(table.fieldname) or []
        ]

    def is_new(self) -> int | None:
        """1 for a document that is not stored yet, else None, as in Frappe."""
        return self.__dict__.get("__islocal") or None

    # --- conversion ---

    def as_dict(
        self, no_nulls: bool = False, no_default_fields: bool = False, no_child_table_fields: bool = False,
        convert_dates_to_str: bool = False, no_private_properties: bool = False,
    ) -> _dict:  # fmt: skip
        """The document as a dict: stored fields, child rows, `doctype`; dates are text in any case.

        Unset ones as None or, with `no_nulls`, left out.
        """
        state, meta = self.__dict__, self._meta
        data = _dict([(column, _plain(state.get(column))) for column in meta.shown_columns])
        for fieldname in state.get("_sent") or ():
            if meta.columns[fieldname].is_text:  # a number is one in the answer too
                data[fieldname] = _plain(self.value_as_sent(fieldname))
        for field in meta.virtual_fields:
            data[field.fieldname] = getattr(self, field.fieldname, None)
        data["doctype"] = self.doctype
        if no_default_fields:
            for key in ("owner", "creation", "modified", "modified_by", "docstatus", "idx", "name"):
                data.pop(key, None)
        if no_child_table_fields:
            for key in CHILD:
                data.pop(key, None)
        for key in () if no_private_properties else ("__islocal", "__onload", "__unsaved"):
            if state.get(key):
                data[key] = state[key]
        if no_nulls:
            virtual = {field.fieldname for field in meta.virtual_fields}  # Frappe: told even where it is nothing
            data = _dict([(key, value) for key, value in data.items() if value is not None or key in virtual])
        for table in self._meta.table_fields:
            data[table.fieldname] = [
                row.as_dict(no_nulls, no_default_fields, no_child_table_fields)
                for row in state.get(table.fieldname) or []
            ]
        return data

    def __json__(self) -> dict[str, object]:
        return self.as_dict(no_nulls=not self._context.version.show_null)

    def as_json(self) -> str:
        """JSON text of the document."""
        return json.dumps(self.as_dict(), default=to_wire, indent=1, sort_keys=True)

    def get_valid_dict(
        self,
        sanitize: bool = True,
        convert_dates_to_str: bool = False,
        ignore_nulls: bool = False,
        ignore_virtual: bool = False,
    ) -> _dict:
        """The stored fields alone, those of the controller's own making too unless `ignore_virtual`; no unset ones with
        `ignore_nulls`."""
        found = _dict((column, self.__dict__.get(column)) for column in self._meta.columns)
        for field in () if ignore_virtual else self._meta.virtual_fields:
            found[field.fieldname] = getattr(self, field.fieldname, None)
        if convert_dates_to_str:
            found = _dict((key, _plain(value)) for key, value in found.items())
        return _dict((key, value) for key, value in found.items() if value is not None) if ignore_nulls else found

    def get_title(self) -> object:
        """What names the document to people."""
        return self.get(self._meta.get_title_field()) or self.name

    def get_label_from_fieldname(self, fieldname: str) -> str:
        """A field's label."""
        return self._meta.get_label(fieldname)

    def get_formatted(self, fieldname: str, doc: object = None, *, absolute_value: bool = False) -> str:
        """A value as people read it; `doc` is where app code looks for the currency (see `face.model.document`)."""
        field, value = self._meta.field(fieldname), self.get(fieldname)
        if absolute_value and isinstance(value, int | float):
            value = abs(value)
        kind = field.fieldtype if field else ""
        if kind == "Currency":
            return fmt_money(value, cint(field.precision) or None if field else None)
        if kind in ("Float", "Percent"):
            return f"{flt(value):,.{cint(field.precision) or 3 if field else 3}f}"
        return format_date(value) if kind == "Date" else cstr(value)

    def precision(self, fieldname: str, _parentfield: str | None = None) -> int:
        """How many decimal places a number field is rounded to."""
        field = self._meta.field(fieldname)
        return (
            cint(field.precision)
            if field and field.precision
            else (2 if field and field.fieldtype == "Currency" else 3)
        )

    def __deepcopy__(self, memo: dict[int, object]) -> object:
        """Another document with the same values: the site, the DocType and who asks are shared."""
        made = memo[id(self)] = object.__new__(type(self))
        shared = ("_context", "_meta", "_loaded")
        made.__dict__.update(
            {key: value if key in shared else copy.deepcopy(value, memo) for key, value in self.__dict__.items()}
        )
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name or 'unsaved'}>"


_JSON = frozenset({str, int, float, bool, type(None)})


def _plain(value: object) -> object:
    """Dates and times as text, as on the wire; everything else unchanged."""
    is_moment = value.__class__ not in _JSON and isinstance(value, datetime.date | datetime.time | datetime.timedelta)
    return to_wire(value) if is_moment else value


def make(ctx: Context, doctype: str, values: Given) -> BaseDocument:
    """A document object of the DocType's class with these values."""
    meta = ctx.meta(doctype)
    document_class = class_of(ctx, meta)
    document = object.__new__(document_class)
    document.__dict__.update(_context=ctx, _meta=meta)
    given = values if values.get("doctype") == meta.name else {**values, "doctype": meta.name}
    document_class.__init__(document, given)
    return document


def class_of(ctx: Context, meta: DocType) -> type[BaseDocument]:
    """The DocType's controller, imported when it is first needed, or the plain document class."""
    found = ctx.site.controllers.get(meta.name)
    if found is None:
        found = _import_controller(ctx, meta) or with_dates(_plain_class(ctx, meta), meta)
        ctx.site.controllers[meta.name] = found
    return found


def _plain_class(ctx: Context, meta: DocType) -> type[BaseDocument]:
    return ctx.site.built_in.get(meta.name) or ctx.site.document_class


def _import_controller(ctx: Context, meta: DocType) -> type[BaseDocument] | None:
    """The app's class for a DocType: the last override, or the one beside its JSON. Extensions by other apps come
    before it."""
    own = ctx.site.controller_modules.get(meta.name)
    named = [*([own] if own else []), *_named(ctx.site.hook("override_doctype_class", meta.name))]
    found = _class(named[-1]) if named else None
    extensions = [
        each for each in map(_class, _named(ctx.site.hook("extend_doctype_class", meta.name))) if each is not None
    ]
    if extensions:
        bases = (*reversed(extensions), found or _plain_class(ctx, meta))
        found = type(bases[-1].__name__, bases, {"__module__": bases[-1].__module__})
    return with_dates(found, meta) if found else None


def _class(dotted: str) -> type[BaseDocument] | None:
    module, _, name = dotted.rpartition(":")
    found: type[BaseDocument] | None = getattr(import_app_module(module), name, None)
    return found


def _named(dotted: list[str]) -> list[str]:
    return [":".join(each.rsplit(".", 1)) for each in dotted]
