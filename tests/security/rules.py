"""The rules, and nothing but the rules: who has which right on which document, and who may read which field.

Reads rows of the database; uses nothing of the package, so that a mistake there is not repeated here. `verdict` judges
changes by the same rules. Each rule that can be broken has a sentence in `RULES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from held import Row
from planted import Data
from world import Caller

RULES = {
    "read": "an answer holds only what the caller may read",
    "secret": "no answer holds a password, a key's secret or what is kept of them",
    "blind": "what the caller may not read changes no answer",
    "fault": "no request answers 5xx",
    "safe": "GET, HEAD, QUERY and OPTIONS change nothing",
    "create": "a document is made by who may create it",
    "write": "a document is changed by who may write it, and stays one that they may write",
    "delete": "a document is deleted by who may delete it, unless it is submitted",
    "level": "a field changes only by who may write its level",
    "owner": "owner, creation and parent never change; a new document belongs to who made it",
    "docstatus": "submitting and cancelling are rights of their own, and a document stands still after them",
    "grant": "nobody grants a right, a role or a key that is not theirs to give",
    "rename": "a document is renamed by who may write it, if its DocType allows it",
    "record": "a record about a document is made by who may read or write that document",
    "other": "nothing else of the database changes",
}

ABOUT = {
    "Notification Log": ("document_type", "document_name"),
    "Comment": ("reference_doctype", "reference_name"),
    "Version": ("ref_doctype", "docname"),
    "Tag Link": ("document_type", "document_name"),
    "DocShare": ("share_doctype", "share_name"),
    "ToDo": ("reference_type", "reference_name"),
    "File": ("attached_to_doctype", "attached_to_name"),
}
"""Records about documents, and the fields that say about which."""

PRIVATE_RECORDS = ("Comment", "Version", "Tag Link", "DocShare")
READING = ("read", "select", "print", "email", "report", "export")
STANDARD = {"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"}


class Rules:
    """What one caller may."""

    def __init__(self, data: Data, caller: Caller):
        self.data, self.caller, self.user = data, caller, caller.user
        self.roles = self._roles()
        self.limits: dict[str, set[str]] = {}  # DocType -> the documents that the caller is held to
        for row in data.documents["User Permission"].values():
            if row["user"] == self.user:
                self.limits.setdefault(row["allow"], set()).update(self._branch(row["allow"], row["for_value"]))
        self._known: dict[str, bool] = {}

    def _roles(self) -> set[str]:
        if self.user == "Guest":
            return {"Guest"}
        rows = self.data.documents["Has Role"].values()
        held = {row["role"] for row in rows if (row["parenttype"], row["parent"]) == ("User", self.user)}
        system = self.data.documents["User"][self.user]["user_type"] == "System User"
        return held | {"All", "Guest"} | ({"Desk User"} if system else set())

    def _branch(self, doctype: str, name: str) -> Iterator[str]:
        """A node of a tree and those below it; of what is no tree, the document."""
        yield name
        for below, row in self.data.documents[doctype].items():
            if row.get(f"parent_{doctype.lower()}") == name:
                yield from self._branch(doctype, below)

    # --- rights ---

    def in_scope(self, doctype: str, right: str) -> bool:
        """Whether the caller's key reaches so far."""
        scopes, word = self.caller.scopes, doctype.replace(" ", "_")
        return scopes is None or f"{word}:write" in scopes or (right in READING and f"{word}:read" in scopes)

    def granted(self, doctype: str, right: str, if_owner: bool = False) -> bool:
        """Whether a role gives the right on all documents or, with `if_owner`, on one's own. All may create who may."""
        rules = self.data.permissions.get(doctype, ())
        mine = [rule for rule in rules if rule["role"] in self.roles and not rule["permlevel"] and rule[right]]
        return any(if_owner or right == "create" or not rule["if_owner"] for rule in mine)

    def level(self, doctype: str, permlevel: Any, right: str) -> bool:
        """Whether fields of that level may be read or written, by who may read or write the document."""
        rules = [rule for rule in self.data.permissions.get(doctype, ()) if rule["permlevel"] == permlevel]
        return not permlevel or any(rule["role"] in self.roles and rule[right] for rule in rules)

    def within_limits(self, doctype: str, row: Row, children: Iterable[tuple[str, Row]] = ()) -> bool:
        """User Permissions: on the document itself, on its links, and on the links of its rows."""
        if doctype in self.limits and str(row["name"]) not in self.limits[doctype]:
            return False
        for kind, each in [(doctype, row), *children]:
            for column, field in self.data.fields.get(kind, {}).items():
                if field["fieldtype"] == "Link" and field["options"] in self.limits and each.get(column):
                    if each[column] not in self.limits[field["options"]] and not field["ignore_user_permissions"]:
                        return False
        return True

    def shared(self, doctype: str, name: Any, right: str) -> bool:
        """Whether a share gives the right; none is for guests."""
        for row in self.data.documents["DocShare"].values() if self.user != "Guest" else ():
            if (row["share_doctype"], row["share_name"]) == (doctype, str(name)):
                if (row["user"] == self.user or row["everyone"]) and row.get("read" if right == "select" else right):
                    return True
        return False

    def may(self, right: str, doctype: str, row: Row, children: Iterable[tuple[str, Row]] | None = None) -> bool:
        """Whether the caller has the right on a document: as it is stored, or with the rows that are given."""
        if self.data.is_table(doctype):
            return self._may_row(right, row)
        if not self.in_scope(doctype, right):
            return False
        if self.shared(doctype, row["name"], right):
            return True
        if not self._own_rule(right, doctype, row):
            return False
        if not self.granted(doctype, right):
            return row.get("owner") == self.user and self.granted(doctype, right, if_owner=True)
        stored = self.data.children.get((doctype, str(row["name"])), ())
        return self.within_limits(doctype, row, stored if children is None else children)

    def _may_row(self, right: str, row: Row) -> bool:
        """A row of a table is as its document, and as the level of the table."""
        parent = self.data.document(row["parenttype"], row["parent"])
        table = self.data.field(row["parenttype"], row["parentfield"])
        if parent is None or table is None:
            return False
        kind = "read" if right in READING else "write"
        asked = right if right == "share" else kind
        return self.level(row["parenttype"], table["permlevel"], kind) and self.may(asked, row["parenttype"], parent)

    def _own_rule(self, right: str, doctype: str, row: Row) -> bool:
        """What some built-in DocTypes ask beside the roles."""
        manages, mine, reads = "System Manager" in self.roles, row.get("owner") == self.user, right in READING
        if doctype == "User":
            return row["name"] not in ("Administrator", "Guest") or reads
        if doctype == "ToDo":
            return manages or self.user in (row["allocated_to"], row["assigned_by"], row["owner"])
        if doctype == "Notification Log":
            return bool(row["for_user"] == self.user)
        if doctype == "API Key":
            return row["user"] == self.user or (manages and (reads or row["user"] != "Administrator"))
        if doctype == "File":
            public = not row["is_private"]
            return mine or (public and (manages or reads)) or self.about(doctype, row, "read" if reads else "write")
        return mine or doctype not in PRIVATE_RECORDS or self.about(doctype, row, "read")

    def about(self, doctype: str, row: Row, right: str) -> bool:
        """Whether the caller has the right on the document that a record is about."""
        target, name = (row.get(column) for column in ABOUT[doctype])
        found = self.data.document(target, name)
        return found is not None and self.may(right, str(target), found)

    # --- reading ---

    def may_see(self, canary: str) -> bool:
        """Whether there is a place from which the caller may have the canary."""
        if canary not in self._known:
            self._known[canary] = any(self.may_read(*place) for place in self.data.places.get(canary, ()))
        return self._known[canary]

    def may_read(self, doctype: str, name: str, column: str) -> bool:
        """Whether the caller may read a field of a document or row."""
        if doctype == "Session":
            return self.caller.scopes is None and (name == self.user or "System Manager" in self.roles)
        row = self.data.document(doctype, name)
        if row is None:
            return False
        if doctype in ABOUT and self._beside(doctype, row, column):
            return True
        if not self.may("read", doctype, row):
            return self.may("select", doctype, row) and column in self._selectable(doctype)
        field = self.data.field(doctype, column)
        governing = row["parenttype"] if self.data.is_table(doctype) else doctype
        return field is None or (field["fieldtype"] != "Password" and self.level(governing, field["permlevel"], "read"))

    def _selectable(self, doctype: str) -> set[str]:
        """What `select` shows: enough to choose a document."""
        meta = self.data.doctypes[doctype]
        return STANDARD | {*re.findall(r"\w+", meta["search_fields"] or ""), meta["title_field"], meta["image_field"]}

    def _beside(self, doctype: str, row: Row, column: str) -> bool:
        """Records that stand beside a document in its form are read with it; of its to-dos, that they are there."""
        if row.get("owner") == self.user and self.user != "Guest" and self.in_scope(doctype, "read"):
            return True
        if doctype == "DocShare" and row["user"] == self.user:
            return True
        if doctype == "File" and not row["is_private"] and not row["is_folder"]:
            return True
        return (doctype != "ToDo" or column in ("name", "allocated_to")) and self.about(doctype, row, "read")
