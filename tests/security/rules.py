"""The rules, and nothing but the rules: who may read which field of which document, and who may make which change.

Reads the rows of the database and the DocTypes' rules in them; uses nothing of the package, so that a mistake there is not
repeated here. Each rule that is broken is named by a sentence of `RULES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from held import Change, Row
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

Place = tuple[str, str, str]
"""A DocType, the name of a document or row of it, and a field."""

ABOUT = {
    "Comment": ("reference_doctype", "reference_name"), "Version": ("ref_doctype", "docname"), "Tag Link": ("document_type", "document_name"),
    "DocShare": ("share_doctype", "share_name"), "ToDo": ("reference_type", "reference_name"), "File": ("attached_to_doctype", "attached_to_name"),
}  # fmt: skip
READING = ("read", "select", "print", "email", "report", "export")
STANDARD = ("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx", "parent", "parentfield", "parenttype")
ASIDE = {"_comments": "read", "_liked_by": "read", "_assign": "read", "_user_tags": "write"}
STAMPS = {"modified", "modified_by"}
NOBODY_READS = ("__Auth", "__meta", "__site", "__change", "__change_known", "__idempotency", "tabSeries")
CANARY = re.compile(r"zq[0-9a-z]{4}qz|774\d{6}")


class Data:
    """The rows of a moment, and the DocTypes as the rows have them."""

    def __init__(self, rows: dict[str, dict[Any, Row]]):
        self.rows = rows
        self.documents = {table[3:]: {str(row["name"]): row for row in found.values()} for table, found in rows.items() if table[:3] == "tab" and _named(found)}
        self.fields: dict[str, dict[str, Row]] = {}
        for row in self.documents["DocField"].values():
            self.fields.setdefault(row["parent"], {})[row["fieldname"]] = row
        self.permissions: dict[str, list[Row]] = {}
        for row in self.documents["DocPerm"].values():
            self.permissions.setdefault(row["parent"], []).append(row)
        self.doctypes = self.documents["DocType"]
        self.children: dict[tuple[str, str], list[tuple[str, Row]]] = {}
        for doctype, found in self.documents.items():
            for row in found.values() if self.is_table(doctype) else ():
                self.children.setdefault((row["parenttype"], str(row["parent"])), []).append((doctype, row))
        self.places: dict[str, set[Place]] = {}
        for canary, place in self._planted():
            self.places.setdefault(canary, set()).add(place)

    def is_table(self, doctype: str) -> bool:
        return bool(self.doctypes.get(doctype, {}).get("istable"))

    def document(self, doctype: Any, name: Any) -> Row | None:
        if self.doctypes.get(doctype, {}).get("issingle"):
            return {"name": doctype, "owner": "Administrator", "docstatus": 0}
        return self.documents.get(str(doctype), {}).get(str(name))

    def _planted(self) -> Iterator[tuple[str, Place]]:
        """Each canary and where it stands: in a field, in a file, or in what was remembered of a field."""
        for doctype, found in self.documents.items():
            for name, row in found.items():
                for column, value in row.items():
                    if (doctype, column) != ("Version", "data"):
                        yield from ((canary, (doctype, name, column)) for canary in CANARY.findall(str(value)))
        for row in self.rows["tabSingles"].values():
            yield from ((canary, (row["doctype"], row["doctype"], row["field"])) for canary in CANARY.findall(str(row["value"])))
        for row in self.rows["tabSessions"].values():
            yield from ((canary, ("Session", row["user"], "user_agent")) for canary in CANARY.findall(str(row["user_agent"])))
        content = {row["hash"]: bytes(row["content"]).decode() for row in self.rows["__file"].values()}
        for name, row in self.documents["File"].items():
            yield from ((canary, ("File", name, "content")) for canary in CANARY.findall(content.get(row["content_hash"], "")))
        for row in self.documents["Version"].values():
            for doctype, name, column, value in self.remembered(row):
                yield from ((canary, (doctype, name, column)) for canary in CANARY.findall(str(value)))

    def remembered(self, version: Row) -> Iterator[tuple[str, str, str, Any]]:
        """What a Version holds: (DocType, name, field, value), of rows that are gone too."""
        doctype, name, data = version["ref_doctype"], version["docname"], json.loads(version["data"])
        for column, old, new in data.get("changed", ()):
            yield doctype, name, column, [old, new]
        for table, _index, row, changed in data.get("row_changed", ()):
            for column, old, new in changed:
                yield self.fields[doctype][table]["options"], row, column, [old, new]


def is_bookkeeping(change: Change) -> bool:
    """A number that stands for the user with other programs: made when first asked for, even by GET."""
    return change.table == "__Auth" and (change.after or {}).get("fieldname") == "openid subject"


def _named(found: dict[Any, Row]) -> bool:
    return not found or "name" in next(iter(found.values()))


class Rules:
    """What one caller may."""

    def __init__(self, data: Data, caller: Caller):
        self.data, self.caller, self.user = data, caller, caller.user
        held = {row["role"] for row in data.documents["Has Role"].values() if (row["parenttype"], row["parent"]) == ("User", self.user)}
        system = data.documents["User"].get(self.user, {}).get("user_type") == "System User"
        self.roles = {"Guest"} if self.user == "Guest" else held | {"All", "Guest"} | ({"Desk User"} if system else set())
        self.limits: dict[str, set[str]] = {}
        for row in data.documents["User Permission"].values():
            if row["user"] == self.user:
                self.limits.setdefault(row["allow"], set()).update(self._branch(row["allow"], row["for_value"]))
        self._known: dict[str, bool] = {}

    def _branch(self, doctype: str, name: str) -> Iterator[str]:
        """A node and those below it; of what is no tree, the document."""
        yield name
        parent = f"parent_{doctype.lower()}"
        for below, row in self.data.documents[doctype].items():
            if row.get(parent) == name:
                yield from self._branch(doctype, below)

    # --- rights ---

    def in_scope(self, doctype: str, right: str) -> bool:
        scopes, word = self.caller.scopes, doctype.replace(" ", "_")
        return scopes is None or f"{word}:write" in scopes or (right in READING and f"{word}:read" in scopes)

    def granted(self, doctype: str, right: str, if_owner: bool = False) -> bool:
        """Whether a role gives the right on all documents or, `if_owner`, on one's own."""
        rules = [rule for rule in self.data.permissions.get(doctype, ()) if rule["role"] in self.roles and not rule["permlevel"] and rule[right]]
        return any(if_owner or right == "create" or not rule["if_owner"] for rule in rules)

    def level(self, doctype: str, permlevel: Any, right: str) -> bool:
        rules = self.data.permissions.get(doctype, ())
        return not permlevel or any(rule["role"] in self.roles and rule["permlevel"] == permlevel and rule[right] for rule in rules)

    def within_limits(self, doctype: str, row: Row, children: Iterable[tuple[str, Row]] = ()) -> bool:
        """User Permissions: on the document itself, on its links, and on the links of its rows."""
        if doctype in self.limits and str(row["name"]) not in self.limits[doctype]:
            return False
        for owner, each in [(doctype, row), *children]:
            for column, field in self.data.fields.get(owner, {}).items():
                allowed = self.limits.get(field["options"]) if field["fieldtype"] == "Link" and not field["ignore_user_permissions"] else None
                if allowed is not None and each.get(column) and each[column] not in allowed:
                    return False
        return True

    def shared(self, doctype: str, name: Any, right: str) -> bool:
        if self.user == "Guest":
            return False
        shares = self.data.documents["DocShare"].values()
        fitting = [row for row in shares if (row["share_doctype"], row["share_name"]) == (doctype, str(name)) and (row["user"] == self.user or row["everyone"])]
        return any(row.get("read" if right == "select" else right) for row in fitting)

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
        if row.get("owner") == self.user and self.granted(doctype, right, if_owner=True) and not self.granted(doctype, right):
            return True
        children = self.data.children.get((doctype, str(row["name"])), ()) if children is None else children
        return self.granted(doctype, right) and self.within_limits(doctype, row, children)

    def _may_row(self, right: str, row: Row) -> bool:
        """A row of a table is as its document, and the table's level."""
        parent, table = self.data.document(row["parenttype"], row["parent"]), self.data.fields.get(row["parenttype"], {}).get(row["parentfield"])
        asked = "read" if right in READING else right if right == "share" else "write"
        level = table is not None and self.level(row["parenttype"], table["permlevel"], "read" if asked == "read" else "write")
        return level and parent is not None and self.may(asked, row["parenttype"], parent)

    def _own_rule(self, right: str, doctype: str, row: Row) -> bool:
        """What some built-in DocTypes ask beside the roles."""
        manages, mine = "System Manager" in self.roles, row.get("owner") == self.user
        if doctype == "User":
            return row["name"] not in ("Administrator", "Guest") or right in READING
        if doctype == "ToDo":
            return manages or self.user in (row["allocated_to"], row["assigned_by"], row["owner"])
        if doctype == "Notification Log":
            return bool(row["for_user"] == self.user)
        if doctype == "API Key":
            return row["user"] == self.user or (manages and (right in READING or row["user"] != "Administrator"))
        if doctype == "File":
            if mine or (manages and not row["is_private"]) or (right in READING and not row["is_private"]):
                return True
            return self.about(doctype, row, "read" if right in READING else "write")
        return mine or doctype not in ("Comment", "Version", "Tag Link", "DocShare") or self.about(doctype, row, "read")

    def about(self, doctype: str, row: Row, right: str) -> bool:
        """Whether the caller has the right on the document that a record is about."""
        target, name = (row.get(column) for column in ABOUT[doctype])
        found = self.data.document(target, name)
        return found is not None and self.may(right, target, found)

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
        if self.data.is_table(doctype):
            return self._may_read_row(doctype, row, column)
        if doctype in ABOUT and self._beside(doctype, row, column):
            return True
        if not self.may("read", doctype, row):
            return self.may("select", doctype, row) and column in self._selectable(doctype)
        return self._may_read_column(doctype, doctype, column)

    def _may_read_row(self, doctype: str, row: Row, column: str) -> bool:
        if not self._may_row("read", row):
            return False
        return self._may_read_column(doctype, row["parenttype"], column)

    def _may_read_column(self, doctype: str, governing: str, column: str) -> bool:
        field = self.data.fields.get(doctype, {}).get(column)
        return field is None or (field["fieldtype"] != "Password" and self.level(governing, field["permlevel"], "read"))

    def _selectable(self, doctype: str) -> set[str]:
        """What `select` shows: enough to choose a document."""
        meta = self.data.doctypes[doctype]
        return {*STANDARD, *re.findall(r"\w+", meta["search_fields"] or ""), meta["title_field"], meta["image_field"]}

    def _beside(self, doctype: str, row: Row, column: str) -> bool:
        """Records that stand beside a document in its form are read with it; of its to-dos, that they are there."""
        if row.get("owner") == self.user and self.user != "Guest" and self.in_scope(doctype, "read"):
            return True
        if doctype == "DocShare" and row["user"] == self.user:
            return True
        if doctype == "File" and not row["is_private"] and not row["is_folder"]:
            return True
        return (doctype != "ToDo" or column in ("name", "allocated_to")) and self.about(doctype, row, "read")

    # --- changing ---

    def refusals(self, changes: list[Change], told: str = "") -> Iterator[tuple[str, Change]]:
        """(rule, change) for each change that the caller may not make; `told` is what the request said, for passwords."""
        yield from Verdict(self, changes, told).refusals()


class Verdict:
    """Changes of one request, each judged by the state before it."""

    def __init__(self, rules: Rules, changes: list[Change], told: str):
        self.rules, self.data, self.changes, self.told = rules, rules.data, changes, told
        self.renamed = {(each.table[3:], each.before["name"]): each.after["name"] for each in changes if self._is_rename(each)}
        self.touched = {(each.table[3:], str((each.before or each.after or {}).get("name"))) for each in changes}
        self.new = {(each.table[3:], str(each.after["name"])): each.after for each in changes if each.before is None and each.after and "name" in each.after}
        self.gone = {(each.table[3:], str(each.before["name"])) for each in changes if each.after is None and each.before and "name" in each.before}

    def _is_rename(self, change: Change) -> bool:
        return bool(change.table[:3] == "tab" and change.before and change.after and change.before.get("name") != change.after.get("name"))

    def refusals(self) -> Iterator[tuple[str, Change]]:
        for change in self.changes:
            rule = self._rule_broken(change)
            if rule:
                yield rule, change

    def _rule_broken(self, change: Change) -> str | None:
        table, row = change.table, change.after or change.before or {}
        if table in ("__change", "__change_known", "tabSeries") or (table == "__site" and row.get("key") == "caches"):
            return None
        if table == "__file":
            return None if change.before is None or not any(each["content_hash"] == row["hash"] for each in self._files_after()) else "other"
        if table == "__Auth":
            return self._secret(change)
        if table == "tabSingles":
            return self._single(change)
        if table == "tabSessions":
            return None if row["user"] == self.rules.user or (change.before is None and self._knows_password()) else "grant"
        if table[:3] != "tab" or "name" not in row:
            return "other"
        doctype = table[3:]
        if self.data.is_table(doctype):
            return self._child(doctype, change)
        if change.before is None:
            return self._made(doctype, row)
        if change.after is None:
            return self._deleted(doctype, row)
        return self._changed(doctype, change)

    def _knows_password(self) -> bool:
        return "correct horse" in self.told

    def _files_after(self) -> Iterator[Row]:
        gone = {name for doctype, name in self.gone if doctype == "File"}
        yield from (row for name, row in self.data.documents["File"].items() if name not in gone)

    # --- documents ---

    def _children_after(self, doctype: str, name: str) -> list[tuple[str, Row]]:
        rows = {(kind, str(row["name"])): row for kind, row in self.data.children.get((doctype, name), ())}
        for each in self.changes:
            if each.after and each.after.get("parenttype") == doctype and str(each.after.get("parent")) == name:
                rows[each.table[3:], str(each.after["name"])] = each.after
        return [(kind, row) for (kind, key), row in rows.items() if (kind, key) not in self.gone]

    def _made(self, doctype: str, row: Row) -> str | None:
        rules, about = self.rules, None
        if doctype in ("Version", "Tag"):
            known = doctype == "Tag" or (row["ref_doctype"], str(row["docname"])) in self.touched
            return None if known else "record"
        if row["owner"] != rules.user and doctype != "Tag Link":
            return "owner"
        if doctype in ("Comment", "Tag Link", "DocShare"):
            return self._record(doctype, row)
        if doctype == "API Key":
            return None if rules.caller.scopes is None and row["user"] == rules.user else "grant"
        if doctype == "File":
            about = self._file(row)
        if doctype == "ToDo" and row["reference_name"] and not rules.about(doctype, row, "read"):
            about = "record"
        if about:
            return about
        if not (rules.in_scope(doctype, "create") and rules.granted(doctype, "create") and rules.within_limits(doctype, row, self._children_after(doctype, str(row["name"])))):
            return "create"
        if row["docstatus"] and not (row["docstatus"] == 1 and rules.may("submit", doctype, row, [])):
            return "docstatus"
        return self._levels(doctype, doctype, {column for column, value in row.items() if value not in (None, "", 0, "0")}, row)

    def _levels(self, doctype: str, governing: str, columns: set[str], row: Row) -> str | None:
        for column in columns:
            field = self.data.fields.get(doctype, {}).get(column)
            default = field is not None and str(row.get(column)) == str(field["default"])
            if field is not None and not default and not self.rules.level(governing, field["permlevel"], "write"):
                return "level"
        return None

    def _record(self, doctype: str, row: Row) -> str | None:
        target, name = ABOUT[doctype]
        known = {(kind, new): old for (kind, old), new in self.renamed.items()}
        row = {**row, name: known.get((row[target], row[name]), row[name])}
        if doctype != "DocShare":
            right = "write" if doctype == "Tag Link" else "read"
            own = self.rules.granted(doctype, "create") and self.rules.in_scope(doctype, "create")
            return None if self.rules.about(doctype, row, right) or (own and not row[ABOUT[doctype][0]]) else "record"
        given = [right for right in ("read", "write", "submit", "share") if row[right]]
        return None if self.rules.about(doctype, row, "share") and all(self.rules.about(doctype, row, right) for right in given) else "grant"

    def _file(self, row: Row) -> str | None:
        """A file hangs on a document that the caller may write; its content is new, or one that the caller may read."""
        if row["attached_to_name"] and not self.rules.about("File", row, "write"):
            return "record"
        known = [each for each in self.data.documents["File"].values() if each["content_hash"] and each["content_hash"] == row["content_hash"]]
        fresh = any(each.table == "__file" and each.after and each.after["hash"] == row["content_hash"] for each in self.changes)
        may = not row["content_hash"] or fresh or any(self.rules.may_read("File", each["name"], "content") for each in known)
        return None if may and re.fullmatch("[0-9a-f]{64}|", row["content_hash"] or "") else "grant"

    def _deleted(self, doctype: str, row: Row) -> str | None:
        if doctype in ABOUT and tuple(map(str, (row[column] for column in ABOUT[doctype]))) in self.gone:
            return None  # with the document that it is about
        if doctype == "Tag Link":
            return None if self.rules.about(doctype, row, "write") else "record"
        if doctype == "DocShare":
            return None if self.rules.about(doctype, row, "share") else "grant"
        if doctype == "User Permission" and (row["allow"], str(row["for_value"])) in self.gone:
            return None
        if doctype == "API Key" and row["user"] in {name for kind, name in self.gone if kind == "User"}:
            return None
        return None if row["docstatus"] != 1 and self.rules.may("delete", doctype, row) else "delete"

    def _changed(self, doctype: str, change: Change) -> str | None:
        before, after, rules = change.before or {}, change.after or {}, self.rules
        columns = {column for column in change.columns if not self._follows(doctype, column, before, after)}
        if doctype == "User" and columns <= {"reset_password_key", "last_reset_password_key_generated_on"} and "reset_password" in self.told:
            return None  # anybody may ask for a link, which goes to the user
        if "name" in columns:
            columns -= {"name", "email"}
            if not self._may_rename(doctype, before):
                return "rename"
        if columns & {"owner", "creation"}:
            return "owner"
        aside = {column for column in columns if column in ASIDE}
        if any(not rules.may(ASIDE[column], doctype, before) for column in aside):
            return "record"
        columns -= aside
        if columns <= STAMPS and aside:
            return None
        if not columns or (doctype == "ToDo" and columns - STAMPS <= {"status"} and rules.about(doctype, before, "read")):
            return None  # who may read a document may take it back from somebody
        if doctype == "DocShare":
            return self._record(doctype, after)
        if doctype == "User" and columns - STAMPS <= {"api_key", "api_secret"}:
            return None if before["name"] == rules.user and rules.caller.scopes is None else "grant"
        return self._write(doctype, before, after, columns)

    def _write(self, doctype: str, before: Row, after: Row, columns: set[str]) -> str | None:
        rules, name = self.rules, str(after["name"])
        step = (before["docstatus"], after["docstatus"])
        if (
            step not in ((0, 0), (0, 1), (1, 1), (1, 2))
            or (step == (0, 1) and not rules.may("submit", doctype, before))
            or (step == (1, 2) and not rules.may("cancel", doctype, before))
        ):
            return "docstatus"
        if not rules.may("write", doctype, before) or not rules.may("write", doctype, {**after, "name": before["name"]}, self._children_after(doctype, name)):
            return "write"
        if step in ((1, 1), (1, 2)) and any(not self._after_submit(doctype, column) for column in columns - STAMPS - {"docstatus"}):
            return "docstatus"
        if doctype == "File" and ("content_hash" in columns or {"attached_to_name", "attached_to_doctype"} & columns):
            return self._file(after)
        return self._levels(doctype, doctype, columns, after)

    def _after_submit(self, doctype: str, column: str) -> bool:
        field = self.data.fields.get(doctype, {}).get(column)
        return column == "idx" or (field is not None and bool(field["allow_on_submit"]))

    def _follows(self, doctype: str, column: str, before: Row, after: Row) -> bool:
        """Whether a column only follows a rename, or a tree that was changed beside it."""
        if column in ("lft", "rgt", "old_parent"):
            return True
        return any(name == before.get(column) and new == after.get(column) for (_doctype, name), new in self.renamed.items()) and column != "name"

    def _may_rename(self, doctype: str, before: Row) -> bool:
        manages = "System Manager" in self.rules.roles and self.rules.caller.scopes is None
        return bool(self.data.doctypes[doctype]["allow_rename"]) and self.rules.may("write", doctype, before) and (doctype != "User" or manages)

    # --- rows, Singles, secrets ---

    def _child(self, doctype: str, change: Change) -> str | None:
        before, after, rules = change.before or {}, change.after or {}, self.rules
        row = before or after
        parenttype, name = row["parenttype"], str(row["parent"])
        columns = {column for column in change.columns if not self._follows(doctype, column, before, after)} - STAMPS - {"idx"}
        if before and after and columns & {"parent", "parenttype", "parentfield", "owner", "creation", "name"}:
            return "owner"
        if not columns or (not after and (parenttype, name) in self.gone):
            return None
        table, parent = self.data.fields.get(parenttype, {}).get(row["parentfield"]), self.data.document(parenttype, name)
        new = self.new.get((parenttype, name))
        if table is None or (parent is None and new is None):
            return "owner"
        if new is None and not rules.may("write", parenttype, parent or {}):
            return "write"
        still = parent is not None and (parent["docstatus"] == 2 or (parent["docstatus"] == 1 and not self._rows_after_submit(table, doctype, before, after, columns)))
        if still:
            return "docstatus"
        if not rules.level(parenttype, table["permlevel"], "write"):
            return "level" if columns - {"docstatus"} else None
        given = columns if before else {column for column, value in after.items() if value not in (None, "", 0)}
        return self._levels(doctype, parenttype, given, after)

    def _rows_after_submit(self, table: Row, doctype: str, before: Row, after: Row, columns: set[str]) -> bool:
        if not before or not after:
            return bool(table["allow_on_submit"])
        return all(column == "docstatus" or self._after_submit(doctype, column) for column in columns)

    def _single(self, change: Change) -> str | None:
        row = change.after or change.before or {}
        doctype, column = row["doctype"], row["field"]
        field = self.data.fields.get(doctype, {}).get(column)
        if not self.rules.may(ASIDE.get(column, "write"), doctype, self.data.document(doctype, doctype) or {"name": doctype}):
            return "write"
        if column in ("owner", "creation") and change.before is not None:
            return "owner"
        return None if field is None or self.rules.level(doctype, field["permlevel"], "write") else "level"

    def _secret(self, change: Change) -> str | None:
        """A Password field is written as any field; a password by who knows the old one; a key's secret with its key."""
        row, rules = change.after or change.before or {}, self.rules
        doctype, name, column = row["doctype"], str(row["name"]), row["fieldname"]
        if (doctype, name) in self.gone or self.renamed.get((doctype, name)) or (doctype, name) in {(kind, new) for (kind, _), new in self.renamed.items()}:
            return None  # with its document, which is judged
        if is_bookkeeping(change):
            return None
        if doctype == "User":
            own = name == rules.user and rules.caller.scopes is None
            return None if own and (column == "api_secret" or self._knows_password()) else "grant"
        if doctype == "API Key":
            found = self.data.document(doctype, name) or self.new.get((doctype, name)) or {}
            return None if rules.caller.scopes is None and found.get("user") == rules.user else "grant"
        field, found = self.data.fields.get(doctype, {}).get(column), self.data.document(doctype, name)
        if field is None or not rules.level(doctype, field["permlevel"], "write"):
            return "level"
        return None if (doctype, name) in self.new or (found is not None and rules.may("write", doctype, found)) else "write"
