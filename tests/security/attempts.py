"""Requests drawn by chance over every door: routes and pages from the live tables, methods from the live registry.

Arguments are drawn by the name of the parameter, from what the site holds: documents, names, fields at all levels, rows of
tables, links through tables, other spellings. A door that did not exist yesterday is drawn today.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from rules import Data
from world import ANN, EVE, PASSWORD, USERS, WORLD_DOCTYPES

from frappe_lite import router
from frappe_lite.whitelist import registry

RECORDS = ("User", "File", "Comment", "Version", "ToDo", "Note", "DocShare", "Tag Link", "API Key", "Contact", "Report", "User Permission")
ODD_DOCTYPES = (
    "case",
    "CASE",
    " Case",
    "Case\u200b",
    "tabCase",
    "Has Role",
    "DocPerm",
    "DocType",
    "Role",
    "System Settings",
    "No Such",
    "__Auth",
    "Custom DocPerm",
    "Property Setter",
)
EVIL = "overwritten"
OPERATORS = ("=", "!=", "like", "not like", ">", "<", ">=", "in", "not in", "is", "between", "descendants of", "ancestors of", "timespan")
NEVER = frozenset({"frappe_lite.database.backup"})
"""Doors with an effect outside the database, for System Managers without a narrow key alone: no caller of this world is one."""


@dataclass(frozen=True)
class Attempt:
    """One request. `door` is the route, page or method that it goes to."""

    door: str
    verb: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    form: bool = False

    def __str__(self) -> str:
        query = "?" + "&".join(f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in self.query.items()) if self.query else ""
        return f"{self.verb} {self.path}{query}{'' if self.body is None else ' ' + ('form ' if self.form else '') + json.dumps(self.body)}"

    @property
    def safe(self) -> bool:
        return self.verb in ("GET", "HEAD", "QUERY", "OPTIONS")

    def smaller(self) -> Iterator[Attempt]:
        """The same with one thing less."""
        for key in self.query:
            yield replace(self, query={each: value for each, value in self.query.items() if each != key})
        for body in _smaller(self.body):
            yield replace(self, body=body)


def _smaller(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key in value:
            yield {each: it for each, it in value.items() if each != key}
            yield from ({**value, key: less} for less in _smaller(value[key]))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield value[:index] + value[index + 1 :]
            yield from ([*value[:index], less, *value[index + 1 :]] for less in _smaller(each))


def doors(site: Any) -> list[tuple[str, str, str]]:
    """(kind, verbs, path or name) of each route, page and method of a site."""
    routes = [(f"v{version}", verbs, path) for version, table in ((1, router.V1_ROUTES), (2, router.V2_ROUTES)) for verbs, path, _ in table]
    routes += [(f"v{version}", verbs, path) for version, verbs, path, _ in site.routes]
    methods = [("method", " ".join(method.http_methods), name) for name, method in sorted(registry.items()) if site.method(name) is not None and name not in NEVER]
    return routes + methods + [("page", "GET HEAD POST", pattern.pattern) for pattern, _ in site.pages]


class Attempts:
    """Draws requests by one random generator from what the site holds."""

    def __init__(self, site: Any, data: Data):
        self.site, self.data, self.random = site, data, random.Random()
        self.doors = doors(site)
        self.names = {doctype: list(found) for doctype, found in data.documents.items()}
        self.canaries = list(data.places)
        self.urls = [row["file_url"] for row in data.documents["File"].values() if row["file_url"]]
        self.hashes = [row["content_hash"] for row in data.documents["File"].values() if row["content_hash"]]
        self.arguments: dict[str, Callable[[], Any]] = self._arguments()

    def draw(self, seed: str) -> Attempt:
        """The request of that seed."""
        self.random.seed(seed)
        kind, verbs, path = self.pick(self.doors)
        if kind == "method":
            return self._method(path, verbs.split())
        if kind == "page":
            return self._page(path)
        return self._route(kind, verbs.split(), path)

    # --- small things ---

    def pick(self, values: Any) -> Any:
        return self.random.choice(values)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def some(self, values: Any, most: int = 3) -> list[Any]:
        return [self.pick(values) for _ in range(self.random.randint(1, most))]

    def doctype(self) -> str:
        number = self.random.random()
        return str(self.pick(WORLD_DOCTYPES if number < 0.65 else RECORDS if number < 0.93 else ODD_DOCTYPES))

    def name(self, doctype: str) -> str:
        if self.chance(0.03):
            return str(self.pick(["no-such", "", "new-1", "../x", "%"]))
        name = str(self.pick(self.names.get(doctype) or [doctype]))
        return name if self.chance(0.95) else str(self.pick([name.upper(), name.title(), name + "\u200b", " " + name, name + " "]))

    def user(self) -> str:
        user = str(self.pick([*USERS, "Administrator", "Guest"]))
        return user if self.chance(0.8) else str(self.pick([user.upper(), user + "\u200b", " " + user, "nobody@x.org", user.title()]))

    def text(self) -> str:
        return str(self.pick([EVIL, self.pick(self.canaries), "zq00%", "zq", "1", "", "<b>x</b>", self.user(), PASSWORD]))

    def value(self) -> Any:
        return self.pick([self.text(), self.text(), 0, 1, 2, None, self.random.randint(774_000_000, 774_000_900), [self.text()], {"a": 1}])

    # --- fields, filters ---

    def field(self, doctype: str, deep: bool = True) -> str:
        fields = list(self.data.fields.get(doctype) or ["title"])
        plain = str(self.pick([*fields, *fields, "name", "owner", "modified", "docstatus", "idx", "_assign", "_user_tags", "_liked_by", "parent", "creation"]))
        if not deep or self.chance(0.5):
            return plain
        inner = self.data.fields.get(doctype, {}).get(plain, {}).get("options")
        if inner in self.data.fields:
            below = self.field(inner, deep=False)
            return str(self.pick([f"{plain}.{below}", f"`tab{inner}`.`{below}`", f"tab{inner}.{below}", f"{plain}.{below} as x"]))
        return str(self.pick([plain, plain.upper(), f"`{plain}`", f"`tab{doctype}`.`{plain}`", f"max({plain}) as x", f"count({plain})", f"{plain} as title", f"sum({plain})"]))

    def fields(self, doctype: str) -> Any:
        if self.chance(0.2):
            return self.pick(["*", ["*"], ["*", "name"], None])
        found: list[Any] = [self.field(doctype) for _ in range(self.random.randint(1, 4))]
        if self.chance(0.3):
            found.append(self.nested(doctype))
        if self.chance(0.1):
            found.append({self.pick(["MAX", "COUNT", "LOWER", "SUM"]): self.field(doctype, False), "as": "x"})
        return found

    def nested(self, doctype: str, depth: int = 0) -> Any:
        through = [name for name, row in self.data.fields.get(doctype, {}).items() if row["options"] in self.data.fields]
        if not through:
            return "name"
        key = self.pick(through)
        target = self.data.fields[doctype][key]["options"]
        inner: list[Any] = [self.pick(["*", self.field(target, False)])]
        if depth < 2 and self.chance(0.4):
            inner.append(self.nested(target, depth + 1))
        return {key: inner}

    def filter(self, doctype: str) -> Any:
        operator = self.pick(OPERATORS)
        value = self.pick(["zq00%", "%" + str(self.pick(self.canaries))[:5] + "%", "zq0", self.pick(self.canaries), self.name(doctype), 774_000_100, "set", "not set", "", None, 1])
        if operator in ("in", "not in", "between"):
            value = self.pick([[value, self.pick(self.canaries)], "zq0,zr", ["zq000000", "zqzzzzqz"]])
        column = self.field(doctype)
        return self.pick([[column, operator, value], [doctype, column, operator, value], [self.pick(WORLD_DOCTYPES), self.field(doctype, False), operator, value]])

    def filters(self, doctype: str) -> Any:
        kind = self.random.random()
        if kind < 0.3:
            return {self.field(doctype): self.pick([self.text(), ["like", "zq%"], [">", "zq00"], 1, self.pick(self.canaries)])}
        if kind < 0.4:
            return {"name": self.name(doctype)}
        return [self.filter(doctype) for _ in range(self.random.randint(1, 3))]

    def order(self, doctype: str) -> Any:
        return self.pick([f"{self.field(doctype)} {self.pick(['asc', 'desc', ''])}", self.field(doctype), f"{self.field(doctype)}, {self.field(doctype)} desc", ""])

    # --- documents ---

    def document(self, doctype: str, new: bool | None = None) -> dict[str, Any]:
        """Values of a document: fields of all levels, rows, what is the server's own."""
        sensible = self.chance(0.5)
        values: dict[str, Any] = {name: self.field_value(row, sensible) for name, row in self.data.fields.get(doctype, {}).items() if self.chance(0.3)}
        server = {
            "owner": self.user(), "creation": "2001-01-01 00:00:00", "modified_by": EVE, "docstatus": self.pick([0, 1, 2]), "parent": self.pick(self.names["Case"]), "parenttype": "Case",
            "parentfield": self.pick(["lines", "costs"]), "_user_tags": EVIL, "_assign": f'["{ANN}"]', "_liked_by": "x", "flags": {"ignore_permissions": 1}, "ignore_permissions": 1, "__islocal": 1,
            "doctype": doctype, "new_password": EVIL + "9A!", "name": self.name(doctype), "amended_from": self.pick(self.names["Case"]), "__newname": "x", "idx": 5,
        }  # fmt: skip
        values |= {key: value for key, value in server.items() if not sensible and self.chance(0.1)}
        if new is False or (new is None and self.chance(0.7)):
            values["name"] = self.name(doctype)
            row = self.data.document(doctype, values["name"])
            if row and self.chance(0.4):
                values |= {"modified": row.get("modified"), "creation": row.get("creation")}
        elif doctype not in self.data.doctypes or not self.data.is_table(doctype):
            values |= {"name": f"made-{self.random.randint(0, 9)}"} if self.chance(0.9) else {}
        if self.data.is_table(doctype) and self.chance(0.8):
            table = self.pick([("Case", "lines"), ("Case", "costs"), ("Diary", "lines")])
            values |= {"parenttype": table[0], "parentfield": table[1], "parent": self.pick(self.names[table[0]])}
        return values

    def field_value(self, row: Any, sensible: bool = False) -> Any:
        kind, options = row["fieldtype"], row["options"]
        if kind == "Table":
            rows = [self.document(options, new=self.pick([True, False])) for _ in range(self.random.randint(0, 2))]
            stored = self.names.get(options) or []
            return rows if self.chance(0.5) or not stored else [{"name": each, **self.document(options, new=True)} for each in self.some(stored, 2)]
        if kind in ("Link", "Dynamic Link"):
            return self.name(options) if options in self.names else self.name(self.doctype())
        if kind in ("Attach", "Attach Image") or row["fieldname"] == "file_url":
            return self.pick([*self.urls, "https://example.com/x"])
        if row["fieldname"] == "content_hash":
            return self.pick([*self.hashes, "/etc/passwd"])
        if kind == "Select":
            return self.pick((options or "").split("\n"))
        if sensible and kind not in ("Int", "Check", "Currency", "Float"):
            return EVIL
        return self.value() if not sensible and self.chance(0.2) else self.pick([774_000_001, 1, 0]) if kind in ("Int", "Check", "Currency", "Float") else self.text()

    def operation(self) -> dict[str, Any]:
        doctype = self.doctype()
        name, verb = self.name(doctype), self.pick(["GET", "POST", "PUT", "PATCH", "DELETE"])
        stem = self.pick([f"/api/v2/document/{quote(doctype)}", f"/api/resource/{quote(doctype)}"])
        path = stem if verb == "POST" or self.chance(0.1) else f"{stem}/{quote(name, safe='')}"
        found = {"method": verb, "path": path, "id": f"o{self.random.randint(0, 3)}"}
        if verb == "GET":
            found["path"] = self.pick([path, f"{stem}?fields={quote(json.dumps(self.fields(doctype)))}&filters={quote(json.dumps(self.filters(doctype)))}"])
        elif verb != "DELETE":
            found["body"] = self.document(doctype)
        return found

    # --- arguments by name ---

    def _arguments(self) -> dict[str, Callable[[], Any]]:
        """Parameter -> a value for it. The DocType and the name of a request go together, so these are drawn anew for each."""
        pick, of = self.pick, lambda function: lambda: function(self.current)
        users = self.user
        return {
            "doctype": lambda: self.current, "name": lambda: self.current_name, "dt": lambda: self.current, "dn": lambda: self.current_name, "docname": lambda: self.current_name,
            "reference_doctype": lambda: self.current, "reference_name": lambda: self.current_name, "old_name": lambda: self.current_name, "old": lambda: self.current_name,
            "new_name": lambda: pick(["renamed", self.name(self.current)]), "new": lambda: "renamed", "parent": lambda: pick([*WORLD_DOCTYPES, self.current_name, ""]),
            "fields": of(self.fields), "fieldname": lambda: pick([self.field(self.current), self.fields(self.current), self.document(self.current)]), "field": of(self.field),
            "filters": of(self.filters), "or_filters": of(self.filters), "current_filters": of(self.filters), "order_by": of(self.order), "group_by": of(self.field),
            "fields_to_fetch": of(self.fields), "value": self.value, "doc": self.whole_document, "docs": self.documents, "doclist": self.whole_document, "document": self.whole_document,
            "names": lambda: [self.name(self.current) for _ in range(2)], "operations": lambda: [self.operation() for _ in range(self.random.randint(1, 3))], "dry_run": lambda: pick([0, 1, True]),
            "action": lambda: pick(["Save", "Submit", "Update", "Cancel"]), "run_method": self.document_method, "method": self.document_method, "args": lambda: pick(["{}", {"x": 1}]),
            "permission": lambda: pick(["read", "write", "submit", "share"]), "permission_to": lambda: pick(["read", "write", "share", "submit"]), "perm_type": lambda: pick(["read", "write", "delete"]),
            "read": lambda: pick([0, 1]), "write": lambda: pick([0, 1]), "share": lambda: pick([0, 1]), "submit": lambda: pick([0, 1]), "everyone": lambda: pick([0, 0, 1]),
            "user": users, "uid": users, "usr": users, "owner": users, "assign_to": lambda: pick([users(), [users(), users()], json.dumps([users()])]), "comment_email": users, "comment_by": users,
            "pwd": lambda: pick([PASSWORD, EVIL]), "old_password": lambda: pick([PASSWORD, EVIL]), "new_password": lambda: EVIL + " 9A!", "key": lambda: pick(["guess", "language", "time_zone"]),
            "txt": lambda: pick(["zq", "", self.text(), "%"]), "q": self.text, "searchfield": of(self.field), "tag": lambda: pick(["urgent", "new"]), "content": lambda: EVIL, "add": lambda: pick(["Yes", "No"]),
            "expand": lambda: pick([["client"], ["*"], [self.field(self.current, False)], ["client", "region", "friend"]]), "expand_links": lambda: 1, "include": lambda: pick(["count", "child"]),
            "file_url": lambda: pick(self.urls), "library_file_name": lambda: self.name("File"), "fid": lambda: self.name("File"), "filename": lambda: "x.txt", "file_name": lambda: "x.txt",
            "filedata": lambda: EVIL, "is_private": lambda: pick([0, 1]), "docfield": of(functools.partial(self.field, deep=False)), "folder": lambda: pick(["Home", "Home/x"]),
            "label": lambda: pick(["x", self.text()]), "scopes": lambda: pick(["all", "Case:write", ["User:write"]]), "id": lambda: pick(self.canaries), "report_name": lambda: "Hidden Columns",
            "since": lambda: pick([0, 1, 5]), "limit": lambda: pick([0, 1, 100]), "limit_page_length": lambda: pick([0, 100]), "page_length": lambda: pick([20, 100]), "start": lambda: pick([0, 1]),
            "ignore_permissions": lambda: 1, "ignore_user_permissions": lambda: 1, "flags": lambda: {"ignore_permissions": True}, "debug": lambda: 1, "as_dict": lambda: pick([0, 1]),
            "distinct": lambda: 1, "everybody": lambda: 1, "merge": lambda: 0, "with_parent": lambda: 1, "is_root": lambda: pick([0, 1]), "date": lambda: "2030-01-01", "ctx": lambda: {"is_trusted": True},
            "tree_method": lambda: "frappe.desk.treeview.get_children", "cached_timestamp": lambda: "", "step": lambda: "day", "description": self.text, "query": self.text, "as_list": lambda: 1,
            "parent_doctype": lambda: pick(WORLD_DOCTYPES), "filter_fields": of(self.fields), "redirect-to": lambda: "/app", "sid": lambda: pick(["Guest", "x"]), "modified": lambda: "2001-01-01",
        }  # fmt: skip

    def whole_document(self) -> Any:
        found = {"doctype": self.current, **({"name": self.current_name} if self.chance(0.8) else {}), **self.document(self.current)}
        return found if self.chance(0.8) else json.dumps(found)

    def documents(self) -> Any:
        doctype = self.current
        return (
            [{"doctype": doctype, "docname": self.name(doctype), **self.document(doctype)} for _ in range(self.random.randint(1, 2))] if self.chance(0.6) else self.whole_document()
        )

    def document_method(self) -> str:
        return str(
            self.pick(["summary", "close", "submit", "cancel", "save", "as_dict", "get_password", "delete", "db_set", "reload", "insert", "run_method", "get", "add_comment"])
        )

    def begin(self, doctype: str | None = None) -> None:
        """The document that this request is about."""
        self.current = doctype or self.doctype()
        self.current_name = self.name(self.current)

    def argument(self, name: str) -> Any:
        return self.arguments[name]() if name in self.arguments else self.value()

    # --- requests ---

    def _method(self, name: str, verbs: list[str]) -> Attempt:
        self.begin()
        parameters = [each for each in registry[name].parameters if each.kind is not each.VAR_KEYWORD]
        given = {each.name: self.argument(each.name) for each in parameters if each.default is each.empty or self.chance(0.6)}
        if len(parameters) < len(registry[name].parameters) or self.chance(0.1):
            more = (
                "fields",
                "filters",
                "or_filters",
                "order_by",
                "group_by",
                "parent_doctype",
                "page_length",
                "ignore_permissions",
                "flags",
                "distinct",
                *self.data.fields.get(self.current, ()),
            )
            given |= {each: self.argument(each) for each in self.some(more, 4)}
        verb = self.pick(verbs) if self.chance(0.95) else "GET"
        if self.chance(0.1):
            return (
                Attempt(name, self.pick(["POST", "GET"]), "/", body={"cmd": name, **given}, form=True)
                if self.chance(0.5)
                else Attempt(name, "POST", "/", body={"cmd": name, **given})
            )
        path = f"/api/{self.pick(['method', 'v1/method', 'v2/method'])}/{name}"
        return Attempt(name, verb, path, query=given) if verb in ("GET", "HEAD", "DELETE") else Attempt(name, verb, path, body=given, form=self.chance(0.1))

    def _route(self, version: str, verbs: list[str], path: str) -> Attempt:
        self.begin()
        verb = self.pick(["GET", "POST", "PUT"]) if verbs == ["*"] else self.pick([*verbs, *(["HEAD"] if "GET" in verbs else [])])
        filled = re.sub(r"<(?:path:)?(\w+)>", lambda found: quote(self._in_path(found[1], path), safe=""), path)
        prefix = "/api/v2/" if version == "v2" else self.pick(["/api/", "/api/v1/"])
        door, where = f"{version} {verb} {path}", f"{prefix}{filled}"
        names = list(self.arguments)
        if verb in ("GET", "HEAD", "DELETE"):
            usual = ["fields", "filters", "or_filters", "order_by", "group_by", "limit", "expand", "parent", "txt"]
            return Attempt(door, verb, where, query={each: self.argument(each) for each in self.some(usual if self.chance(0.8) else names, 4)} if self.chance(0.8) else {})
        if "method" in path or verb == "QUERY":
            body: Any = {each: self.argument(each) for each in self.some(names, 5)}
        else:
            body = self.document(self.current, new=verb == "POST")
        for needed in ("docs", "names", "operations"):
            if path.endswith({"docs": "bulk_update", "names": "bulk_delete", "operations": "batch"}[needed]):
                body[needed] = self.argument(needed)
        if path == "method/bulk_delete":
            body["docs"] = [{"doctype": self.current, "name": self.name(self.current)}]
        return Attempt(door, verb, where, body=body, form=self.chance(0.03))

    def _in_path(self, word: str, path: str) -> str:
        if word == "doctype":
            return self.current
        if word == "method":
            return self.pick(list(registry)) if path.startswith("discovery") and "doctype" not in path else self.document_method()
        return self.pick(["generate_keys", "ping", "login", "frappe.client.get"]) if path.startswith("method/") else self.current_name

    def _page(self, pattern: str) -> Attempt:
        shown = re.sub(r"\\\.|\\-", lambda found: found[0][1], pattern)
        known = {
            "files": self.pick(self.urls),
            "well-known": "/.well-known/openid-configuration",
            "docs": "/docs",
            "update": "/update-password",
            "assets": "/assets/desk/x/app.js",
            "app": "/app",
        }
        path = next((each for word, each in known.items() if word in shown), self.pick(["/", "/me", "/login"]))
        if "files" in shown and self.chance(0.3):
            path = self.pick([path.replace("/private", ""), path.upper(), "/private/files/../" + path, path + "/", path.replace("/files", "//files")])
        verb = self.pick(["GET", "HEAD", "POST"])
        self.begin()
        return Attempt(f"page {pattern}", verb, path, query={each: self.argument(each) for each in self.some(["key", "sid", "redirect-to", "user"], 2)})
