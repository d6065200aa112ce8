"""Values for requests, drawn by chance from what the site holds: names, fields at all levels, filters, documents.

`Values.argument` gives one for a parameter by its name, so that each argument of a request fits the others: all are
about one document. Half of what is drawn is sensible, the rest is what somebody would try.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from planted import Data
from world import ANN, EVE, PASSWORD, USERS, WORLD_DOCTYPES

RECORDS = ["User", "File", "Comment", "Version", "ToDo", "Note", "DocShare", "Tag Link", "API Key", "Contact"]
RECORDS += ["Report", "User Permission", "Has Role", "DocPerm", "DocType", "Role", "System Settings", "DocField"]
SPELLINGS = ["case", "CASE", " Case", "Case\u200b", "tabCase", "No Such", "__Auth", "Custom DocPerm", "Property Setter"]
OPERATORS = ["=", "!=", "like", "not like", ">", "<", ">=", "in", "not in", "is", "between", "timespan"]
OPERATORS += ["descendants of", "ancestors of"]
ASIDE = ["name", "owner", "modified", "docstatus", "idx", "parent", "creation", "_assign", "_user_tags", "_liked_by"]
DOCUMENT_METHODS = ["summary", "close", "submit", "cancel", "save", "as_dict", "get_password", "delete", "db_set"]
DOCUMENT_METHODS += ["reload", "insert", "run_method", "get", "add_comment"]
NUMBERS = ("Int", "Check", "Currency", "Float")
EVIL = "overwritten"


class Values:
    """Draws values by one random generator. `current` is the DocType that the request is about."""

    def __init__(self, data: Data):
        self.data, self.random = data, random.Random()
        self.names = {doctype: list(found) for doctype, found in data.documents.items()}
        self.canaries = list(data.places)
        files = data.documents["File"].values()
        self.urls = [row["file_url"] for row in files if row["file_url"]]
        self.hashes = [row["content_hash"] for row in files if row["content_hash"]]
        self.current = self.current_name = ""
        self.arguments = self._arguments()

    def begin(self, doctype: str | None = None, name: str | None = None) -> None:
        """The document that the next values are about."""
        self.current = self.doctype() if doctype is None else doctype
        self.current_name = self.name(self.current) if name is None else name

    def argument(self, name: str) -> Any:
        """A value for the parameter of that name."""
        return self.arguments[name]() if name in self.arguments else self.value()

    # --- small things ---

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def some(self, values: Any, most: int = 3) -> list[Any]:
        return [self.random.choice(values) for _ in range(self.random.randint(1, most))]

    def doctype(self) -> str:
        number = self.random.random()
        return self.pick(*(WORLD_DOCTYPES if number < 0.65 else RECORDS if number < 0.95 else SPELLINGS))

    def name(self, doctype: str) -> str:
        if self.chance(0.03):
            return self.pick("no-such", "", "new-1", "../x", "%")
        return self.spelled(self.pick(*(self.names.get(doctype) or [doctype])), 0.05)

    def user(self) -> str:
        return self.spelled(self.pick(*USERS, "Administrator", "Guest", "nobody@x.org"), 0.2)

    def spelled(self, name: str, part: float) -> str:
        """Sometimes in another case, or with what nobody sees."""
        odd = (name.upper(), name.title(), name + "\u200b", " " + name, name + " ")
        return self.pick(*odd) if self.chance(part) else name

    def text(self) -> str:
        return self.pick(EVIL, self.pick(*self.canaries), "zq00%", "zq", "1", "", "<b>x</b>", self.user(), PASSWORD)

    def value(self) -> Any:
        number = self.random.randint(774_000_000, 774_000_900)
        return self.pick(self.text(), self.text(), 0, 1, 2, None, number, [self.text()], {"a": 1})

    # --- fields, filters, orders ---

    def plain_field(self, doctype: str) -> str:
        return self.pick(*(self.data.fields.get(doctype) or ["title"]), *ASIDE)

    def field(self, doctype: str) -> str:
        """A field, through a table or a link, in a function, under another name."""
        plain = self.plain_field(doctype)
        if self.chance(0.5):
            return plain
        inner = (self.data.field(doctype, plain) or {}).get("options")
        if inner in self.data.fields:
            below = self.plain_field(inner)
            return self.pick(
                f"{plain}.{below}", f"`tab{inner}`.`{below}`", f"tab{inner}.{below}", f"{plain}.{below} as x"
            )
        spelled = (plain.upper(), f"`{plain}`", f"`tab{doctype}`.`{plain}`", f"{plain} as title")
        return self.pick(*spelled, f"max({plain}) as x", f"count({plain})", f"sum({plain})")

    def fields(self, doctype: str) -> Any:
        if self.chance(0.2):
            return self.pick("*", ["*"], ["*", "name"], None)
        found: list[Any] = [self.field(doctype) for _ in range(self.random.randint(1, 4))]
        if self.chance(0.3):
            found.append(self.nested(doctype))
        if self.chance(0.1):
            found.append({self.pick("MAX", "COUNT", "LOWER", "SUM"): self.plain_field(doctype), "as": "x"})
        return found

    def nested(self, doctype: str, depth: int = 0) -> Any:
        """v2's fields of tables and links, in one another."""
        fields = self.data.fields.get(doctype, {})
        through = [name for name, row in fields.items() if row["options"] in self.data.fields]
        if not through:
            return "name"
        key = self.pick(*through)
        target = fields[key]["options"]
        inner = [self.pick("*", self.plain_field(target))]
        return {key: [*inner, self.nested(target, depth + 1)] if depth < 2 and self.chance(0.4) else inner}

    def filter(self, doctype: str) -> list[Any]:
        operator, canary, column = self.pick(*OPERATORS), self.pick(*self.canaries), self.field(doctype)
        value = self.pick(
            "zq00%", f"%{canary[:5]}%", canary, self.name(doctype), 774_000_100, "set", "not set", "", None, 1
        )
        if operator in ("in", "not in", "between"):
            value = self.pick([value, canary], "zq0,zr", ["zq000000", "zqzzzzqz"])
        other = [self.pick(*WORLD_DOCTYPES), self.plain_field(doctype), operator, value]
        return self.pick([column, operator, value], [doctype, column, operator, value], other)

    def filters(self, doctype: str) -> Any:
        kind = self.random.random()
        if kind < 0.3:
            return {self.field(doctype): self.pick(self.text(), ["like", "zq%"], [">", "zq00"], 1)}
        if kind < 0.4:
            return {"name": self.name(doctype)}
        return [self.filter(doctype) for _ in range(self.random.randint(1, 3))]

    def order(self, doctype: str) -> str:
        field = self.field(doctype)
        return self.pick(f"{field} asc", f"{field} desc", field, f"{field}, {self.field(doctype)} desc", "")

    # --- documents ---

    def document(self, doctype: str, new: bool | None = None) -> dict[str, Any]:
        """Values of a document: fields of all levels, rows and, if it is no sensible one, what is the server's."""
        sensible, fields = self.chance(0.5), self.data.fields.get(doctype, {})
        values = {name: self.field_value(row, sensible) for name, row in fields.items() if self.chance(0.3)}
        if not sensible:
            values |= {key: value for key, value in self._server_owned(doctype).items() if self.chance(0.1)}
        if new is False or (new is None and self.chance(0.7)):
            values["name"] = self.name(doctype)
            row = self.data.document(doctype, values["name"])
            if row and self.chance(0.4):  # as a client has it that read the whole
                values |= {"modified": row.get("modified"), "creation": row.get("creation")}
        elif not self.data.is_table(doctype) and self.chance(0.9):
            values["name"] = f"made-{self.random.randint(0, 9)}"
        if self.data.is_table(doctype) and self.chance(0.8):
            table = self.pick(("Case", "lines"), ("Case", "costs"), ("Diary", "lines"))
            values |= {"parenttype": table[0], "parentfield": table[1], "parent": self.pick(*self.names[table[0]])}
        return values

    def _server_owned(self, doctype: str) -> dict[str, Any]:
        """What never comes from a client."""
        case = self.pick(*self.names["Case"])
        return {
            "owner": self.user(), "creation": "2001-01-01 00:00:00", "modified_by": EVE, "idx": 5, "doctype": doctype,
            "docstatus": self.pick(0, 1, 2), "parent": case, "parenttype": "Case",
            "parentfield": self.pick("lines", "costs"),
            "_user_tags": EVIL, "_assign": f'["{ANN}"]', "_liked_by": "x", "flags": {"ignore_permissions": 1},
            "ignore_permissions": 1, "__islocal": 1, "name": self.name(doctype), "__newname": "x", "amended_from": case,
            "new_password": f"{EVIL} 9A!", "roles": [{"role": "System Manager"}],
        }  # fmt: skip

    def field_value(self, field: Any, sensible: bool) -> Any:
        kind, options, name = field["fieldtype"], field["options"], field["fieldname"]
        if kind == "Table":
            return self.table_rows(options)
        if kind in ("Link", "Dynamic Link"):
            return self.name(options if options in self.names else self.doctype())
        if kind in ("Attach", "Attach Image") or name == "file_url":
            return self.pick(*self.urls, "https://example.com/x")
        if name == "content_hash":
            return self.pick(*self.hashes, "/etc/passwd")
        if kind == "Select":
            return self.pick(*(options or "").split("\n"))
        if not sensible and self.chance(0.2):
            return self.value()
        return self.pick(774_000_001, 1, 0) if kind in NUMBERS else EVIL if sensible else self.text()

    def table_rows(self, doctype: str) -> list[dict[str, Any]]:
        stored = self.names.get(doctype)
        if stored and self.chance(0.5):
            return [{"name": each, **self.document(doctype, new=True)} for each in self.some(stored, 2)]
        return [self.document(doctype, new=self.pick(True, False)) for _ in range(self.random.randint(0, 2))]

    def whole_document(self) -> Any:
        """A document as `frappe.client.*` takes it, as an object or as its text."""
        named = {"name": self.current_name} if self.chance(0.8) else {}
        found = {"doctype": self.current, **named, **self.document(self.current)}
        return found if self.chance(0.8) else json.dumps(found)

    def documents(self) -> Any:
        if self.chance(0.3):
            return self.whole_document()
        doctype, count = self.current, self.random.randint(1, 2)
        return [{"doctype": doctype, "docname": self.name(doctype), **self.document(doctype)} for _ in range(count)]

    def operation(self) -> dict[str, Any]:
        """One operation of a batch."""
        doctype, verb = self.doctype(), self.pick("GET", "POST", "PUT", "PATCH", "DELETE")
        stem = f"/api/{self.pick('v2/document', 'resource')}/{quote(doctype)}"
        path = stem if verb == "POST" or self.chance(0.1) else f"{stem}/{quote(self.name(doctype), safe='')}"
        found: dict[str, Any] = {"method": verb, "path": path, "id": f"o{self.random.randint(0, 3)}"}
        if verb == "GET" and self.chance(0.5):
            query = {"fields": self.fields(doctype), "filters": self.filters(doctype)}
            found["path"] = stem + "?" + "&".join(f"{key}={quote(json.dumps(each))}" for key, each in query.items())
        elif verb not in ("GET", "DELETE"):
            found["body"] = self.document(doctype)
        return found

    # --- by the name of a parameter ---

    def _arguments(self) -> dict[str, Callable[[], Any]]:
        """Parameter -> what draws a value for it."""
        pick, user, field = self.pick, self.user, lambda: self.field(self.current)
        table: dict[str, Callable[[], Any]] = {
            "fieldname": lambda: pick(field(), self.fields(self.current), self.document(self.current)),
            "new_name": lambda: pick("renamed", self.name(self.current)), "value": self.value,
            "parent": lambda: pick(*WORLD_DOCTYPES, self.current_name, ""), "docs": self.documents,
            "names": lambda: [self.name(self.current) for _ in range(2)],
            "operations": lambda: [self.operation() for _ in range(self.random.randint(1, 3))],
            "action": lambda: pick("Save", "Submit", "Update", "Cancel"), "args": lambda: pick("{}", {"x": 1}),
            "permission": lambda: pick("read", "write", "submit", "share"), "tag": lambda: pick("urgent", "new"),
            "assign_to": lambda: pick(user(), [user(), user()], json.dumps([user()])), "dry_run": lambda: pick(0, True),
            "pwd": lambda: pick(PASSWORD, EVIL), "new_password": lambda: f"{EVIL} 9A!", "content": lambda: EVIL,
            "key": lambda: pick("guess", "language"), "txt": lambda: pick("zq", "", self.text(), "%"), "q": self.text,
            "expand": lambda: pick(["client"], ["*"], [self.plain_field(self.current)], ["client", "region", "friend"]),
            "include": lambda: pick("count", "child"), "file_url": lambda: pick(*self.urls),
            "fid": lambda: self.name("File"),
            "docfield": lambda: self.plain_field(self.current), "folder": lambda: pick("Home", "Home/x"),
            "label": lambda: pick("x", self.text()), "scopes": lambda: pick("all", "Case:write", ["User:write"]),
            "id": lambda: pick(*self.canaries), "report_name": lambda: "Hidden Columns",
            "limit": lambda: pick(0, 1, 100),
            "since": lambda: pick(0, 1, 5), "parent_doctype": lambda: pick(*WORLD_DOCTYPES),
            "date": lambda: "2030-01-01",
            "flags": lambda: {"ignore_permissions": True}, "ctx": lambda: {"is_trusted": True}, "sid": lambda: "Guest",
            "tree_method": lambda: "frappe.desk.treeview.get_children", "step": lambda: "day",
            "filename": lambda: "x.txt",
            "description": self.text, "query": self.text, "cached_timestamp": lambda: "", "filedata": lambda: EVIL,
        }  # fmt: skip
        alike = {
            "doctype dt reference_doctype": lambda: self.current, "user uid usr owner comment_email comment_by": user,
            "name dn docname reference_name old_name old": lambda: self.current_name,
            "group_by field searchfield": field,
            "fields fields_to_fetch filter_fields": lambda: self.fields(self.current),
            "filters or_filters current_filters": lambda: self.filters(self.current),
            "order_by": lambda: self.order(self.current), "doc doclist document": self.whole_document,
            "run_method method": lambda: pick(*DOCUMENT_METHODS), "library_file_name": lambda: self.name("File"),
            "permission_to perm_type": table["permission"], "old_password": table["pwd"], "new": table["new_name"],
            "read write share submit everyone is_private is_root as_dict add": lambda: pick(0, 1),
            "file_name": table["filename"],
            "ignore_permissions ignore_user_permissions debug distinct everybody expand_links": lambda: 1,
            "with_parent": lambda: 1, "merge": lambda: 0, "limit_page_length page_length start": table["limit"],
        }  # fmt: skip
        return table | {name: draw for names, draw in alike.items() for name in names.split()}
