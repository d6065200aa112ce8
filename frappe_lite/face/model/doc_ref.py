"""`frappe.types.DocRef`: a document by its DocType and name, where a value is wanted; every document is one too."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

from ...document.base_document import BaseDocument
from ...utils import cstr


class DocRef(metaclass=ABCMeta):  # noqa: B024 - for `register`: every document is one
    """A document that was not read: `frappe.get_doc(DocRef("User", "ann@example.com"))` does."""

    def __init__(self, doctype: str, name: str):
        self.doctype, self.name = doctype, name

    def __value__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return f"{self.doctype} ({self.name or 'n/a'})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: doctype={self.doctype} name={self.name or 'n/a'}>"


DocRef.register(BaseDocument)


def named(value: object) -> object:
    """The name of a document that stands where a value is wanted; any other value as it is."""
    return cstr(value.name) if isinstance(value, DocRef) else value


def doctype_of(value: object) -> Any:
    """The name of the DocType that a table of a query is of, `frappe.qb.DocType("User")`; any other value as it is."""
    table = None if isinstance(value, str) else getattr(value, "_table_name", None)
    return cstr(table).removeprefix("tab") if table else value


__all__ = ["DocRef", "doctype_of", "named"]
