"""One field of a DocType, as its JSON says it, with what is asked of it often."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..utils import _dict, cint, cstr
from ..values import Values
from .fieldtypes import FIELDTYPES, MAX_BIGINT, MAX_INT, Fieldtype
from .questions import missing_attribute, properties


class Field:
    """One field of a DocType. Its JSON keys are attributes; a property that is not set is None or 0."""

    doctype, parenttype, parentfield = "DocField", "DocType", "fields"

    def __init__(self, raw: Values, doctype: str, idx: int = 0):
        self.raw, self.parent, self.idx = raw, doctype, idx
        self.fieldname: str = raw.get("fieldname") or ""
        self.fieldtype: str = raw.get("fieldtype") or "Data"
        self.options: str | None = raw.get("options")
        self.label: str | None = raw.get("label")
        self.default: str | None = raw.get("default")
        self.permlevel: int = cint(raw.get("permlevel"))
        self.reqd: int = cint(raw.get("reqd"))
        self.length: int = cint(raw.get("length"))
        self.virtual: bool = bool(cint(raw.get("is_virtual")))
        self.type: Fieldtype = FIELDTYPES.get(self.fieldtype, FIELDTYPES["Data"])

    def __getattr__(self, key: str) -> Any:
        if key in self.raw:
            return self.raw[key]
        known = properties("DocField")
        if key not in known:
            raise missing_attribute(f"Field {self.fieldname} of {self.parent}", key)
        return known[key]

    def get(self, key: str, default: object = None) -> Any:
        """A key of the field's JSON."""
        return self.raw.get(key, default)

    def set(self, key: str, value: object) -> None:
        """Change a property for whoever holds this object."""
        self.raw[key] = self.__dict__[key] = value

    def as_dict(self, no_nulls: bool = False) -> _dict:
        """Every property of the field; those that are set, with `no_nulls`."""
        found = _dict(
            {
                **properties("DocField"),
                **self.raw,
                "doctype": "DocField",
                "parent": self.parent,
                "parenttype": "DocType",
                "parentfield": "fields",
                "idx": self.idx,
            }
        )
        return _dict({key: value for key, value in found.items() if value is not None}) if no_nulls else found

    __json__ = as_dict

    @property
    def max_length(self) -> int:
        """The longest text that fits; 0 for any."""
        return self.length or self.type.length

    @property
    def limit(self) -> int:
        """The longest text that fits, or the largest whole number; 0 for any."""
        if self.type.native is int:
            return MAX_BIGINT if self.length > 11 or self.fieldtype == "Long Int" else MAX_INT
        return self.max_length if self.type.length else 0

    @property
    def first_option(self) -> str | None:
        """What a Select begins with in Frappe, empty text too; None for what is no Select."""
        is_select = self.fieldtype == "Select" and self.options and self.options != "[Select]"
        return cstr(self.options).split("\n")[0] if is_select else None

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The options of a Select; empty if it takes anything."""
        options = tuple((self.options or "").split("\n"))
        return options if any(options) else ()
