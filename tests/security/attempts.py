"""Requests drawn by chance over every door: routes and pages from the live tables, methods from the package's own.

A door that did not exist yesterday is drawn today, with arguments by the names of its parameters. A request is drawn
anew by its seed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from frappe_lite import router
from frappe_lite.whitelist import built_in
from planted import Data
from values import DOCUMENT_METHODS, Values

NEVER = frozenset({"frappe.desk.doctype.todo.todo.new_todo", "frappe_lite.database.backup", "frappe_lite.backups.make"})
"""For System Managers without a narrow key alone, and of effect outside the database. No caller here is one."""

SAFE = ("GET", "HEAD", "QUERY", "OPTIONS")
NEEDED = {"bulk_update": "docs", "bulk_delete": "names", "batch": "operations"}
"""By the end of a route, the one argument without which it does nothing."""

LISTS = ["fields", "filters", "or_filters", "order_by", "group_by", "limit", "expand", "parent", "txt"]
ALIKE = [*LISTS, "parent_doctype", "ignore_permissions", "flags", "distinct", "ctx"]
"""What a list understands; and, for functions that take what comes, what they should not."""

PAGES = {
    "well-known": "/.well-known/openid-configuration",
    "docs": "/docs",
    "update": "/update-password",
    "assets": "/assets/desk/x/app.js",
    "app": "/app",
}
"""By a word of a page's pattern, a path of it."""


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
        query = "&".join(
            f"{key}={each if isinstance(each, str) else json.dumps(each)}" for key, each in self.query.items()
        )
        body = "" if self.body is None else f" {'form ' if self.form else ''}{json.dumps(self.body)}"
        return f"{self.verb} {self.path}{'?' + query if query else ''}{body}"

    @property
    def safe(self) -> bool:
        """Whether the verb is one that changes nothing."""
        return self.verb in SAFE

    def smaller(self) -> Iterator[Attempt]:
        """The same with one thing less."""
        for query in _smaller(self.query):
            yield replace(self, query=query)
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


def routes(site: Any) -> list[tuple[str, str, str]]:
    """(v1 or v2, verbs, path) of each route of a site."""
    kernel = [("v1", *each[:2]) for each in router.V1_ROUTES] + [("v2", *each[:2]) for each in router.V2_ROUTES]
    return kernel + [(f"v{version}", verbs, path) for version, verbs, path, _ in site.extensions.routes]


def methods() -> list[str]:
    """The whitelisted functions of the package."""
    return [
        name
        for name, known in sorted(built_in.items())
        if name not in NEVER and not known.function.__module__.endswith("unsupported")
    ]


class Attempts:
    """Draws requests from what the site holds."""

    def __init__(self, site: Any, data: Data):
        self.site, self.values = site, Values(data)
        self.random, self.pick, self.chance = self.values.random, self.values.pick, self.values.chance
        doors = [("method", "", name) for name in methods()]
        self.doors = doors + routes(site) + [("page", "", pattern.pattern) for pattern, _ in site.extensions.pages]

    def draw(self, seed: str) -> Attempt:
        """The request of that seed."""
        self.random.seed(seed)
        kind, verbs, path = self.pick(*self.doors)
        self.values.begin()
        if kind == "method":
            return self.method(path)
        return self.page(path) if kind == "page" else self.route(kind, verbs, path)

    def method(self, name: str, verb: str = "") -> Attempt:
        """A call of a function, at one of its addresses."""
        values, known = self.values, built_in[name]
        parameters = [each for each in known.parameters if each.kind is not each.VAR_KEYWORD]
        asked = [each.name for each in parameters if each.default is each.empty or self.chance(0.6)]
        if len(parameters) < len(known.parameters) or self.chance(0.1):
            asked += values.some([*ALIKE, *values.data.fields.get(values.current, ())], 4)
        given = {each: values.argument(each) for each in asked}
        verb = verb or (self.pick(*known.http_methods) if self.chance(0.95) else "GET")
        if verb == "POST" and self.chance(0.1):
            return Attempt(name, "POST", "/", body={"cmd": name, **given}, form=self.chance(0.5))
        path = f"/api/{self.pick('method', 'v1/method', 'v2/method')}/{name}"
        if verb in ("GET", "HEAD", "DELETE"):
            return Attempt(name, verb, path, query=given)
        return Attempt(name, verb, path, body=given, form=self.chance(0.1))

    def route(self, version: str, verbs: str, path: str, verb: str = "") -> Attempt:
        """A request of a route, with its names filled in."""
        values, known = self.values, "GET POST PUT" if verbs == "*" else verbs
        verb = verb or self.pick(*known.split(), *(["HEAD"] if "GET" in known else []))
        prefix = "/api/v2/" if version == "v2" else self.pick("/api/", "/api/v1/")
        filled = re.sub(r"<(?:path:)?(\w+)>", lambda found: quote(self._in_path(found[1], path), safe=""), path)
        door, where = f"{version} {verb} {path}", prefix + filled
        if verb in ("GET", "HEAD", "DELETE"):
            asked = values.some(LISTS if self.chance(0.8) else list(values.arguments), 4) if self.chance(0.8) else []
            return Attempt(door, verb, where, query={each: values.argument(each) for each in asked})
        if "method" in path or verb == "QUERY":
            body = {each: values.argument(each) for each in values.some(list(values.arguments), 5)}
        else:
            body = values.document(values.current, new=verb == "POST")
        needed = NEEDED.get(path.rpartition("/")[2])
        if needed:
            body[needed] = values.argument(needed)
        if path == "method/bulk_delete":
            body["docs"] = [{"doctype": values.current, "name": values.name(values.current)}]
        return Attempt(door, verb, where, body=body, form=self.chance(0.03))

    def _in_path(self, word: str, path: str) -> str:
        if word == "doctype":
            return self.values.current
        if word == "method":
            return self.pick(*built_in) if path.startswith("discovery/method") else self.pick(*DOCUMENT_METHODS)
        return (
            self.pick("generate_keys", "ping", "frappe.client.get")
            if path.startswith("method/")
            else self.values.current_name
        )

    def page(self, pattern: str) -> Attempt:
        """A request of a page outside /api."""
        path = next((each for word, each in PAGES.items() if word in pattern), self.pick("/", "/me", "/login"))
        if "files" in pattern:
            url = self.pick(*self.values.urls)
            odd = (
                url.replace("/private", ""),
                url.upper(),
                f"/private/files/..{url}",
                f"{url}/",
                url.replace("/files", "//files"),
            )
            path = self.pick(*odd) if self.chance(0.3) else url
        query = {each: self.values.argument(each) for each in self.values.some(["key", "sid", "user"], 2)}
        return Attempt(f"page {pattern}", self.pick("GET", "HEAD", "POST"), path, query=query)
