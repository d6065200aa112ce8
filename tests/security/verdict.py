"""Judges what a request changed: each row before and after, by the rules as they were before it.

A change is lawful by the right on the document, the level of each field, the docstatus, and what is the server's own; a
row of a table through its document; a record through what it is about. What only follows a lawful change, as links
follow a renamed document and a deleted one takes its comments along, is told from it by what else changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from held import Change, Row
from rules import ABOUT, Rules

FETCHED = {"assigned_by_full_name"}  # of a to-do: anew at every save
ASIDE = {"_comments": "read", "_liked_by": "read", "_assign": "read", "_user_tags": "write"}
"""What stands in a document's row and is not a field: the right that changes it."""

STAMPS = {"modified", "modified_by"}
TREE = {"lft", "rgt", "old_parent"}
SEEN = {"last_active", "last_ip", "last_login"}
RESET = {"reset_password_key", "last_reset_password_key_generated_on"}
STEPS = {(0, 0): None, (0, 1): "submit", (1, 1): None, (1, 2): "cancel", (0, 2): None}
"""From docstatus to docstatus: the right it takes beside `write`. Frappe: who may write a draft may discard it."""

PASSWORD = "correct horse"  # noqa: S105  the callers' passwords begin so


def is_bookkeeping(change: Change) -> bool:
    """What the server writes even by GET: who took data out, and a number that stands for the user with other
    programs, made when it is first asked for."""
    return _is_logged(change) or (
        change.table == "__Auth" and (change.after or {}).get("fieldname") == "openid subject"
    )


def _is_logged(change: Change) -> bool:
    return change.table == "tabAccess Log" and change.before is None


class Verdict:
    """The changes of one request. `told` is what it said, for who shows a password in it."""

    def __init__(self, rules: Rules, changes: list[Change], told: str):
        self.rules, self.data, self.changes, self.told = rules, rules.data, changes, told
        named = [each for each in changes if each.table[:3] == "tab" and "name" in (each.after or each.before or {})]
        self.new = {_key(each.table, each.after): each.after for each in named if each.after and not each.before}
        self.gone = {_key(each.table, each.before) for each in named if each.before and not each.after}
        self.todos_gone = [each.before for each in named if each.table == "tabToDo" and each.before and not each.after]
        self.old_names: dict[tuple[str, str], str] = {}  # (DocType, new name) -> old name
        for each in named:
            if each.before and each.after and each.before["name"] != each.after["name"]:
                self.old_names[_key(each.table, each.after)] = each.before["name"]
        self.touched = {_key(each.table, row) for each in named for row in (each.before, each.after) if row}

    def refusals(self) -> Iterator[tuple[str, Change]]:
        """(rule, change) for each change that the caller may not make."""
        for change in self.changes:
            rule = self._broken(change)
            if rule:
                yield rule, change

    def _broken(self, change: Change) -> str | None:
        """The rule that a change breaks."""
        table, row = change.table, change.after or change.before or {}
        if _is_logged(change):
            return None if row["user"] == row["owner"] == self.rules.user else "owner"
        if table in ("__change", "__change_known", "tabSeries") or is_bookkeeping(change):
            return None
        if table == "__site":
            mine = (
                f'user_settings:["{self.rules.user}"',
                f"default:{self.rules.user}:",
                f"default-list:{self.rules.user}:",
            )
            own = row["key"].startswith(mine)
            return None if own or row["key"] in ("caches", "shape") else "other"
        if table in SPECIAL:
            return SPECIAL[table](self, change, row)
        if table[:3] != "tab" or "name" not in row:
            return "other"
        doctype = table[3:]
        if self.data.is_table(doctype):
            return self._row(doctype, change)
        if change.before is None:
            return self._made(doctype, row)
        return self._deleted(doctype, row) if change.after is None else self._changed(doctype, change)

    # --- documents ---

    def _made(self, doctype: str, row: Row) -> str | None:
        rules, user = self.rules, self.rules.user
        if self._is_the_servers(doctype, row):
            return None
        if doctype == "Deleted Document" or doctype == "Comment" and row["comment_type"] == "Deleted":
            return self._told_of_deletion(doctype, row)
        if row["owner"] != user and doctype != "Tag Link":
            return "owner"
        if doctype in ("Comment", "Tag Link", "DocShare", "Version"):
            return self._record(doctype, row)
        if doctype == "Notification Log":  # who tells somebody of a document may read it, and tells it in his own name
            return self._record(doctype, row) if row["from_user"] == user else "owner"
        if doctype == "API Key":
            return None if rules.caller.scopes is None and row["user"] == user else "grant"
        if doctype in ("File", "ToDo") and (broken := self._file(row) if doctype == "File" else self._todo(row)):
            return broken
        if self._is_own_view(doctype, row):
            return None
        children = self._rows_after(doctype, str(row["name"]))
        if not rules.in_scope(doctype, "create") or not rules.granted(doctype, "create"):
            return "create"
        if not rules.within_limits(doctype, row, children):
            return "create"
        if row["docstatus"] and not (row["docstatus"] == 1 and rules.may("submit", doctype, row, children)):
            return "docstatus"
        return self._level(doctype, doctype, _given(row), row)

    def _told_of_deletion(self, doctype: str, row: Row) -> str | None:
        """What tells that a document was deleted comes with the document, whose deletion is judged."""
        if doctype == "Comment":
            kind = str(row["reference_doctype"])
            name, empty = str(row["subject"]).removeprefix(f"{kind} "), not (row["content"] or row["reference_name"])
        else:
            kind, name, empty = row["deleted_doctype"], row["deleted_name"], True
        if empty and name in self.rules.data.documents.get(kind, {}):
            return None
        return self._record(doctype, row) if doctype == "Comment" else "create"

    def _is_the_servers(self, doctype: str, row: Row) -> bool:
        """Whether the server writes such a document by itself."""
        if doctype == "Activity Log":  # who came in, went out or failed to
            return row["operation"] in ("Login", "Logout")
        if doctype == "Version":
            return (row["ref_doctype"], str(row["docname"])) in self.touched
        if doctype == "DocShare":  # each new user's own
            return row["share_doctype"] == "User" and ("User", row["user"]) in self.new
        return doctype == "Tag"

    def _is_own_view(self, doctype: str, row: Row) -> bool:
        """Frappe: everybody keeps report views of their own; to run one asks for the rights on what it shows."""
        kept = doctype == "Report" and row["report_type"] == "Report Builder" and row["is_standard"] == "No"
        return kept and row["owner"] == self.rules.user and self.rules.caller.scopes is None

    def _deleted(self, doctype: str, row: Row) -> str | None:
        if self._is_own_view(doctype, row):
            return None
        if doctype in ABOUT and tuple(str(row[column]) for column in ABOUT[doctype]) in self.gone:
            return None
        if doctype == "User Permission" and (row["allow"], str(row["for_value"])) in self.gone:
            return None
        if doctype in ("API Key", "DocShare") and ("User", row["user"]) in self.gone:
            return None
        if doctype == "Tag Link":
            return None if self.rules.about(doctype, row, "write") else "record"
        if doctype == "DocShare":
            return None if self.rules.about(doctype, row, "share") else "grant"
        return None if row["docstatus"] != 1 and self.rules.may("delete", doctype, row) else "delete"

    def _changed(self, doctype: str, change: Change) -> str | None:
        before, after, rules = change.before or {}, change.after or {}, self.rules
        columns = self._own_columns(change)
        if doctype == "User" and columns <= RESET and "reset_password" in self.told:
            return None  # anybody may ask for a link, which goes to the user
        if doctype == "User" and columns <= SEEN and PASSWORD in self.told and str(before["name"]) in self.told:
            return None  # who signs in is noted, with his address
        if "name" in columns:
            columns -= {"name", "email"}
            if not self._may_rename(doctype, before):
                return "rename"
        if columns & {"owner", "creation"}:
            return "owner"
        aside = columns & set(ASIDE)
        follows = {"_assign"} if self._is_taken_back(doctype, before) else set()
        if not all(rules.may(ASIDE[column], doctype, before) for column in aside - follows):
            return "record"
        columns -= aside
        if not columns or (aside and columns <= STAMPS):
            return None
        if doctype == "DocShare":
            return self._record(doctype, after)
        if doctype == "ToDo" and columns - STAMPS - FETCHED == {"status"} and rules.about(doctype, before, "read"):
            return None  # who may read a document may take it back from somebody
        if doctype == "User" and columns & {"api_key", "api_secret"}:
            return None if before["name"] == rules.user and rules.caller.scopes is None else "grant"
        if self._is_own_view(doctype, before) and self._is_own_view(doctype, after):
            return None
        return self._written(doctype, before, after, columns)

    def _is_taken_back(self, doctype: str, row: Row) -> bool:
        """Whether an assignment of the document went: who may delete a ToDo takes it back so."""
        about = (doctype, str(row["name"]))
        return any((each["reference_type"], str(each["reference_name"])) == about for each in self.todos_gone)

    def _written(self, doctype: str, before: Row, after: Row, columns: set[str]) -> str | None:
        rules, step = self.rules, (before["docstatus"], after["docstatus"])
        if step not in STEPS or (STEPS[step] and not rules.may(str(STEPS[step]), doctype, before)):
            return "docstatus"
        changed = {**after, "name": before["name"]}
        rows = self._rows_after(doctype, str(after["name"]))
        if not rules.may("write", doctype, before) or not rules.may("write", doctype, changed, rows):
            return "write"
        if before["docstatus"] == 1 and not self._after_submit(doctype, columns):
            return "docstatus"
        if doctype == "File" and columns & {"content_hash", "attached_to_name", "attached_to_doctype"}:
            return self._file(after)
        return self._level(doctype, doctype, columns, after)

    def _own_columns(self, change: Change) -> set[str]:
        """The columns that changed, but for what follows a rename, or a tree that was changed beside it."""
        before, after = change.before or {}, change.after or {}
        renamed = {(old, new) for (_, new), old in self.old_names.items()}
        follows = {column for column in change.columns if (before.get(column), after.get(column)) in renamed}
        return change.columns - TREE - (follows - {"name"})

    def _may_rename(self, doctype: str, before: Row) -> bool:
        manages = "System Manager" in self.rules.roles and self.rules.caller.scopes is None
        allowed = self.data.doctypes[doctype]["allow_rename"] and self.rules.may("write", doctype, before)
        return bool(allowed) and (doctype != "User" or manages)

    def _after_submit(self, doctype: str, columns: set[str]) -> bool:
        """Whether a submitted document may change so."""
        fields = [self.data.field(doctype, column) for column in columns - STAMPS - {"docstatus", "idx"}]
        return all(field is not None and field["allow_on_submit"] for field in fields)

    def _level(self, doctype: str, governing: str, columns: set[str], row: Row) -> str | None:
        """A field above the caller's levels changes to nothing but its default."""
        for column in columns:
            field = self.data.field(doctype, column)
            if field is not None and not self.rules.level(governing, field["permlevel"], "write"):
                if str(row.get(column)) != str(field["default"]):
                    return "level"
        return None

    # --- records ---

    def _record(self, doctype: str, row: Row) -> str | None:
        """Of a share, each right that it gives is one that the caller has."""
        target, name = ABOUT[doctype]
        row = {**row, name: self.old_names.get((row[target], str(row[name])), row[name])}
        if doctype == "DocShare":
            given = ["share", *(right for right in ("read", "write", "submit") if row[right])]
            return None if all(self.rules.about(doctype, row, right) for right in given) else "grant"
        right = "write" if doctype == "Tag Link" else "read"
        free = not row[target] and self.rules.in_scope(doctype, "create") and self.rules.granted(doctype, "create")
        return None if free or self.rules.about(doctype, row, right) else "record"

    def _file(self, row: Row) -> str | None:
        """A file hangs on what the caller may write; its content is new, or one that the caller may read."""
        if row["attached_to_name"] and not (self.rules.about("File", row, "write") or self._is_attached_early(row)):
            return "record"
        kept = row["content_hash"] or ""
        known = [each["name"] for each in self.data.documents["File"].values() if each["content_hash"] == kept]
        new = any(each.table == "__file" and each.after and each.after["hash"] == kept for each in self.changes)
        may = not kept or new or any(self.rules.may_read("File", name, "content") for name in known)
        return None if may and re.fullmatch("[0-9a-f]{64}|", kept) else "grant"

    def _is_attached_early(self, row: Row) -> bool:
        """Frappe: a form attaches files before its document is stored. Here, by who learns nothing from it."""
        rules, doctype = self.rules, str(row["attached_to_doctype"])
        there = self.data.documents.get(doctype, {})
        is_free = str(row["attached_to_name"]) not in there and rules.in_scope(doctype, "write")
        return (
            is_free
            and rules.granted(doctype, "write")
            and all(rules.may("read", doctype, each) for each in there.values())
        )

    def _todo(self, row: Row) -> str | None:
        return None if not row["reference_name"] or self.rules.about("ToDo", row, "read") else "record"

    # --- rows of tables ---

    def _rows_after(self, doctype: str, name: str) -> list[tuple[str, Row]]:
        """The rows of a document as the request left them."""
        stored = self.data.children.get((doctype, self.old_names.get((doctype, name), name)), ())
        rows = {(kind, str(row["name"])): row for kind, row in stored}
        for each in self.changes:
            if each.after and (each.after.get("parenttype"), str(each.after.get("parent"))) == (doctype, name):
                rows[_key(each.table, each.after)] = each.after
        return [(key[0], row) for key, row in rows.items() if key not in self.gone]

    def _row(self, doctype: str, change: Change) -> str | None:
        before, after, rules = change.before, change.after, self.rules
        row = before or after or {}
        parenttype, name = row["parenttype"], str(row["parent"])
        columns = self._own_columns(change) - STAMPS - {"idx"}
        if before and after and columns & {"parent", "parenttype", "parentfield", "owner", "creation", "name"}:
            return "owner"
        if not columns or (not after and (parenttype, name) in self.gone):
            return None
        table, parent = self.data.field(parenttype, row["parentfield"]), self.data.document(parenttype, name)
        is_new = (parenttype, name) in self.new
        if table is None or (parent is None and not is_new):
            return "owner"
        if doctype == "Has Role" and ("System Manager" not in rules.roles or rules.caller.scopes is not None):
            return "grant"
        if parent and not is_new and not rules.may("write", parenttype, parent):
            return "write"
        if parent and not is_new and not self._row_may_move(table, doctype, change, parent["docstatus"]):
            return "docstatus"
        if not rules.level(parenttype, table["permlevel"], "write"):
            return "level" if columns - {"docstatus"} else None
        return self._level(doctype, parenttype, columns if before else _given(row), after or {})

    def _row_may_move(self, table: Row, doctype: str, change: Change, docstatus: int) -> bool:
        """Whether a row may change so in a document of that docstatus."""
        if docstatus != 1:
            return docstatus == 0
        if change.before is None or change.after is None:
            return bool(table["allow_on_submit"])
        return self._after_submit(doctype, self._own_columns(change))

    # --- what is no document ---

    def _single(self, change: Change, row: Row) -> str | None:
        doctype, column = row["doctype"], row["field"]
        single = self.data.document(doctype, doctype) or {"name": doctype}
        if not self.rules.may(ASIDE.get(column, "write"), doctype, single):
            return "write"
        if column in ("owner", "creation") and change.before is not None:
            return "owner"
        field = self.data.field(doctype, column)
        return None if field is None or self.rules.level(doctype, field["permlevel"], "write") else "level"

    def _session(self, change: Change, row: Row) -> str | None:
        """A session begins for who shows a password, and ends with its user."""
        begun = change.before is None and PASSWORD in self.told
        ended = change.after is None and (("User", row["user"]) in self.touched or row["user"] == self.rules.user)
        return None if begun or ended else "grant"

    def _content(self, change: Change, row: Row) -> str | None:
        """Content goes with the last File that has it."""
        gone = {name for doctype, name in self.gone if doctype == "File"}
        rest = [each for name, each in self.data.documents["File"].items() if name not in gone]
        used = any(each["content_hash"] == row["hash"] for each in rest)
        return None if change.before is None or not used else "other"

    def _secret(self, _change: Change, row: Row) -> str | None:
        """A Password field is as any field; a password is who knows the old one's; a key's secret goes with its key."""
        doctype, name, column, rules = row["doctype"], str(row["name"]), row["fieldname"], self.rules
        if (doctype, name) in self.gone | set(self.old_names) or name in self.old_names.values():
            return None  # with its document, which is judged
        wide = rules.caller.scopes is None
        if doctype == "User":
            return (
                None if wide and name == rules.user and (column == "api_secret" or PASSWORD in self.told) else "grant"
            )
        found = self.new.get((doctype, name)) or self.data.document(doctype, name)
        if doctype == "API Key":
            return None if wide and found and found["user"] == rules.user else "grant"
        field = self.data.field(doctype, column)
        if field is None or not rules.level(doctype, field["permlevel"], "write"):
            return "level"
        return None if (doctype, name) in self.new or (found and rules.may("write", doctype, found)) else "write"


SPECIAL = {
    "__file": Verdict._content,
    "__Auth": Verdict._secret,
    "tabSingles": Verdict._single,
    "tabSessions": Verdict._session,
}


def _key(table: str, row: Row | None) -> tuple[str, str]:
    return table[3:], str((row or {})["name"])


def _given(row: Row) -> set[str]:
    """The columns of a new row that say something."""
    return {column for column, value in row.items() if value not in (None, "", 0, "0")}
