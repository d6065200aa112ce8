"""The rows of one moment, the DocTypes as the rows have them, and where each canary stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from held import Row

Place = tuple[str, str, str]
"""A DocType, the name of a document or row of it, and a field."""

CANARY = re.compile(r"zq[0-9a-z]{4}qz|774\d{6}")
UNREADABLE = ("__Auth", "__meta", "__site", "__change", "__change_known", "__idempotency", "tabSeries")
"""Tables of the server's own: what stands there stands somewhere else too, or is a secret."""


class Data:
    """Documents and rows by DocType and name, their fields and permission rules, the places of canaries."""

    def __init__(self, rows: dict[str, dict[Any, Row]]):
        self.rows = rows
        tables = {table[3:]: found for table, found in rows.items() if table[:3] == "tab" and _has_names(found)}
        self.documents = {
            doctype: {str(row["name"]): row for row in found.values()} for doctype, found in tables.items()
        }
        self.doctypes = self.documents["DocType"]
        self.fields: dict[str, dict[str, Row]] = {}
        for row in self.documents["DocField"].values():
            self.fields.setdefault(row["parent"], {})[row["fieldname"]] = row
        self.permissions: dict[str, list[Row]] = {}
        for row in self.documents["DocPerm"].values():
            self.permissions.setdefault(row["parent"], []).append(row)
        self.children: dict[tuple[str, str], list[tuple[str, Row]]] = {}
        for doctype in filter(self.is_table, self.documents):
            for row in self.documents[doctype].values():
                self.children.setdefault((row["parenttype"], str(row["parent"])), []).append((doctype, row))
        self.places: dict[str, set[Place]] = {}
        for doctype, name, column, value in self._planted():
            for canary in CANARY.findall(str(value)):
                self.places.setdefault(canary, set()).add((doctype, name, column))

    def is_table(self, doctype: str) -> bool:
        return bool(self.doctypes.get(doctype, {}).get("istable"))

    def document(self, doctype: Any, name: Any) -> Row | None:
        if self.doctypes.get(doctype, {}).get("issingle"):
            return {"name": doctype, "owner": "Administrator", "docstatus": 0}
        return self.documents.get(str(doctype), {}).get(str(name))

    def field(self, doctype: str, column: str) -> Row | None:
        return self.fields.get(doctype, {}).get(column)

    def _planted(self) -> Iterator[tuple[str, str, str, Any]]:
        """Every value and its place: in a field, in a file, in what was remembered of a field, in a session."""
        content = {row["hash"]: bytes(row["content"]).decode() for row in self.rows["__file"].values()}
        for doctype, found in self.documents.items():
            for name, row in found.items():
                for column, value in row.items():
                    if (doctype, column) != ("Version", "data"):
                        yield doctype, name, column, value
        for name, row in self.documents["File"].items():
            yield "File", name, "content", content.get(row["content_hash"], "")
        for row in self.documents["Version"].values():
            yield from self._remembered(row)
        for row in self.rows["tabSingles"].values():
            yield row["doctype"], row["doctype"], row["field"], row["value"]
        for row in self.rows["tabSessions"].values():
            yield "Session", row["user"], "user_agent", row["user_agent"]

    def _remembered(self, version: Row) -> Iterator[tuple[str, str, str, Any]]:
        """What a Version keeps is as private as the field that it was in."""
        doctype, data = version["ref_doctype"], json.loads(version["data"])
        for column, old, new in data.get("changed", ()):
            yield doctype, version["docname"], column, [old, new]
        for table, _index, row, changed in data.get("row_changed", ()):
            for column, old, new in changed:
                yield self.fields[doctype][table]["options"], row, column, [old, new]


def _has_names(found: dict[Any, Row]) -> bool:
    return not found or "name" in next(iter(found.values()))
