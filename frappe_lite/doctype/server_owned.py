"""What the server works out by itself, and takes from no client: dropped where values come in, at every door.

One table: some fields of every document, some of single DocTypes, those of a tree, and names that are no fields at all.
A part adds a row for its DocTypes by `own`. The layers below work these values out again; what stands here does not
rely on it.

    drop(ctx, "File", {"file_name": "a.txt", "content_hash": "/etc/passwd", "owner": "eve"})  ->  {"file_name": "a.txt"}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..protocol import parse_json
from ..values import Values
from .meta import OPTIONAL, DocType

OF_EVERY = frozenset({"owner", "creation", "modified_by", "flags", "ignore_permissions", "ignore_linked_doctypes"})
"""Fields and switches of every document and every child row.

Names with `_` before them are dropped too, unless they are fields.
"""

CONSTANT = ("creation", "owner")
"""Those of a stored document that a client may say again, as they are."""

OF_DOCUMENTS = frozenset(OPTIONAL)
"""Of documents alone: tags, likes and assignments have methods of their own.

`idx` is not here: Frappe takes a document's place from its client too.
"""

FROM_FORMS = "__newname"
"""What a form calls the name that a person typed, for a document that is named so."""

OLD_PARENT = "old_parent"
"""Where a node was before: a field of trees that looks like any Link, and so is checked like one."""

OF_TREES = frozenset({"lft", "rgt", OLD_PARENT})

OF_DOCTYPE: dict[str, frozenset[str]] = {
    "User": frozenset({
        "api_key", "api_secret", "last_active", "last_ip", "last_login", "last_password_reset_date",
        "last_reset_password_key_generated_on", "redirect_url",
        "reset_password_key",
    }),
    "Assignment Rule": frozenset({"current_index", "last_user"}),
    "Communication": frozenset({"sender_full_name"}),
    "Custom Field": frozenset({"is_system_generated"}),
    "DocType": frozenset({"migration_hash"}),
    "Property Setter": frozenset({"is_system_generated"}),
    "ToDo": frozenset({"assigned_by_full_name"}),
    "Version": frozenset({"data", "docname", "ref_doctype"}),
}  # fmt: skip
"""By DocType, what else is the server's."""


class Metas(Protocol):
    """Whoever knows the DocTypes: `site.Context`."""

    def has_doctype(self, doctype: object) -> bool:
        """Whether it is there."""

    def meta(self, doctype: str) -> DocType:
        """The DocType."""


def own(doctype: str, fieldnames: Iterable[str]) -> None:
    """Say that fields of a DocType are the server's too."""
    OF_DOCTYPE[doctype] = OF_DOCTYPE.get(doctype, frozenset()) | frozenset(fieldnames)


def fields_of(meta: DocType) -> frozenset[str]:
    """The fields of the DocType that are the server's."""
    found = OF_EVERY if meta.istable else OF_EVERY | OF_DOCUMENTS
    return found | OF_DOCTYPE.get(meta.name, frozenset()) | (OF_TREES if meta.is_nested_set else frozenset())


def drop(metas: Metas, doctype: Any, values: Mapping[str, object]) -> Values:
    """The values without what is the server's, in child rows too. Raises BadRequestError for rows that are no JSON."""
    if not metas.has_doctype(doctype):
        return {key: value for key, value in values.items() if key not in OF_EVERY and key[:1] != "_"}
    meta = metas.meta(doctype)
    owned, tables = fields_of(meta), meta.table_names
    kept = {
        key: value
        for key, value in values.items()
        if key not in owned and (key[:1] != "_" or key == FROM_FORMS or meta.has_field(key))
    }
    for table in tables & kept.keys() if tables else ():
        field = meta.field(table)
        kept[table] = _rows(metas, field and field.options, parse_json(kept[table], table))
    return kept


def drop_from_change(metas: Metas, doctype: Any, values: Mapping[str, object]) -> dict[str, object]:
    """The same of what is to change a stored document. What is said of its `owner` and `creation`, and where a node
    was, stays to be compared: nobody changes them, and who tries is told so."""
    kept = drop(metas, doctype, values)
    if metas.has_doctype(doctype) and not metas.meta(doctype).istable:
        said = (*CONSTANT, OLD_PARENT) if metas.meta(doctype).is_nested_set else CONSTANT
        kept.update({key: values[key] for key in said if values.get(key)})
    return kept


def _rows(metas: Metas, doctype: object, rows: object) -> object:
    """The same of child rows. What is no list of objects is left for the document to refuse."""
    return (
        [drop(metas, doctype, _unnamed(row)) if isinstance(row, Mapping) else row for row in rows]
        if isinstance(rows, list)
        else rows
    )


def _unnamed(row: Mapping[str, object]) -> Mapping[str, object]:
    """A form calls its new rows something until they have a name: without it the row is new to the document too."""
    return {key: value for key, value in row.items() if key != "name"} if row.get("__islocal") else row
