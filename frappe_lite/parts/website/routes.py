"""From an address to what answers it: redirects, home pages, the apps' route rules, the files of `www/`.

The order is Frappe's. An app that was loaded later goes before the earlier ones.

    /teams/7   website_redirects     ->  301 /g/7
    /g/space/7 website_route_rules   ->  the page "g", form_dict.app_path = "space/7"
    /orders    www/orders.html       ->  the page itself
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from ...context import AUTOMATIC_ROLES, Context
from ...face.context import form_dict
from ...site import InstalledApp, Site
from ...utils import cint, cstr
from ...values import Values
from . import folders, patterns

log = logging.getLogger("frappe_lite")

STARTS = ("www", "templates/pages")
ENDINGS = ("", ".html", ".md", "/index.html", "/index.md")


@dataclass(frozen=True)
class Page:
    """A file that answers an address: of which app, below which folder, under which name."""

    app: str
    root: Path  # the app's package
    start: str  # www or templates/pages
    name: str  # below it: orders/index.html
    file: Path
    route: str  # orders
    values: Values = field(default_factory=dict)  # what the route rule read from the address

    @property
    def template(self) -> str:
        """Its path below the app's package."""
        return f"{self.start}/{self.name}"


@dataclass(frozen=True)
class Redirection:
    """Where the browser is sent instead."""

    location: str
    status: int = 301


def files_of(site: Site) -> list[InstalledApp]:
    """The apps with folders, the last first."""
    return [app for app in reversed(list(site.apps.values())) if app.folder]


def page_at(site: Site, route: str, values: dict[str, object] | None = None) -> Page | None:
    """The page of a route, or None. No route leads out of an app's `www/`."""
    for app in files_of(site):
        for start in STARTS:
            folder = Path(app.folder, start)
            for ending in ENDINGS:
                file = folders.below(folder, route + ending)
                if file is not None:
                    return Page(app.name, Path(app.folder), start, route + ending, file, route, values or {})
    return None


# --- route rules -----------------------------------------------------------------------------------------


class Rules:
    """`website_route_rules` of the apps, compiled when the apps change."""

    def __init__(self, site: Site):
        self._site = site
        self._apps: tuple[str, ...] = ()
        self._map = Map([])

    def find(self, path: str) -> tuple[str, Values] | None:
        """The route that a rule sends a path to, and what it reads from it; None if none does."""
        apps = tuple(self._site.apps)
        if apps != self._apps:
            self._apps, self._map = apps, Map(list(self._rules()), strict_slashes=False, redirect_defaults=False)
        try:
            endpoint, values = self._map.bind("site").match(f"/{path}", method="GET")
        except HTTPException:
            return None
        return cstr(endpoint).strip("/"), dict(values)

    def _rules(self) -> Iterator[Rule]:
        for app in self._site.apps.values():
            for rule in app.hooks.get("website_route_rules") or ():
                path = "/" + cstr(rule.get("from_route")).strip("/")
                yield from sound_rules([(path, rule.get("to_route"))], rule.get("defaults"))


def sound_rules(rules: Iterable[tuple[str, object]], defaults: dict[str, object] | None = None) -> Iterator[Rule]:
    """Patterns with their endpoints, as Werkzeug's rules. One that is none is passed over, which the log tells."""
    for path, endpoint in rules:
        try:
            made = Rule(path, endpoint=endpoint, defaults=defaults, merge_slashes=False)
            Map([made.empty()])
        except (LookupError, TypeError, ValueError) as error:
            log.warning("the route rule %s is passed over: %s", path, error)
        else:
            yield made


def rules_of(site: Site) -> Rules:
    """The route rules of a site, the same for all who ask."""
    found: Rules = site.shelf.setdefault("website rules", Rules(site))
    return found


def evaluate_dynamic_routes(rules: Iterable[Rule], path: str) -> object:
    """The endpoint of the first rule that fits, its values in `frappe.form_dict`; None for none."""
    try:
        endpoint, values = Map(list(rules)).bind("site").match(f"/{path.strip('/')}", method="GET")
    except HTTPException:
        return None
    form_dict.update(values)
    return endpoint


# --- redirects -------------------------------------------------------------------------------------------


def redirects(site: Site) -> Iterator[Values]:
    """What the apps' `website_redirects` say."""
    for app in site.apps.values():
        yield from app.hooks.get("website_redirects") or ()


def redirection(rules: Iterable[dict[str, object]], path: str, query: str) -> Redirection | None:
    """Where the first rule that fits sends a path, or None."""
    for rule in rules:
        meant = f"{path}?{query}" if query and rule.get("match_with_query_string") else path
        source = patterns.pattern(cstr(rule.get("source")))
        found = source.match(meant) if source is not None else None
        if found is None:
            continue
        location = _expanded(found, cstr(rule.get("target")))
        if query and rule.get("forward_query_parameters"):
            location += ("&" if "?" in location else "?") + query
        return Redirection(location, cint(rule.get("redirect_http_status")) or 301)
    return None


def _expanded(found: re.Match[str], target: str) -> str:
    """The target with the groups filled in. One on this site stays there, whatever the address put into it."""
    try:
        location = re.sub(r"[\x00-\x20\x7f\\]", "", found.expand(target))
    except (re.error, IndexError):
        return "/"
    return "/" + location.lstrip("/") if target.startswith(("/", "\\")) and not target.startswith("//") else location


# --- home pages ------------------------------------------------------------------------------------------


def home_page(ctx: Context) -> str:
    """The route that `/` shows to the caller: as `frappe.flags.home_page` says for this request, by role, by the apps'
    hooks, by Website Settings; else login or me."""
    named = "" if ctx.flags.in_test else cstr(ctx.flags.home_page)  # Frappe: tests would see each other's
    found = named or (_of_role(ctx) if ctx.user != "Guest" else "")
    found = found or _of_hooks(ctx) or cstr(ctx.single("Website Settings", "home_page"))
    return found.strip("/") or ("login" if ctx.user == "Guest" else "me")


def _of_role(ctx: Context) -> str:
    pages = ctx.cached(("home pages of roles",), lambda: _pages_of_roles(ctx))
    return next((pages[role] for role in _roles(ctx) if role in pages), "")


def _roles(ctx: Context) -> list[str]:
    """The caller's roles, those that were given before those that everybody has."""
    return sorted(ctx.roles, key=lambda role: (role in AUTOMATIC_ROLES, role))


def _pages_of_roles(ctx: Context) -> dict[str, str]:
    rows = ctx.trusted().store.database.rows("SELECT name, home_page FROM \"tabRole\" WHERE home_page != ''")
    return {row[0]: row[1] for row in rows}


def _of_hooks(ctx: Context) -> str:
    """Frappe's order: what a function says, then one for all who are website users, then by role, then for
    everybody."""
    apps = list(reversed(ctx.site.apps.values()))
    named = [each for app in apps for each in _several(app.hooks.get("get_website_user_home_page"))]
    found = cstr(ctx.site.resolve(named[0])(ctx.user)) if named else ""
    found = found or next((each for app in apps for each in _several(app.hooks.get("website_user_home_page"))), "")
    for app in apps:
        by_role = app.hooks.get("role_home_page") or {}
        found = found or next((_several(by_role[role])[-1] for role in _roles(ctx) if role in by_role), "")
    return found or next((each for app in apps for each in _several(app.hooks.get("home_page"))), "")


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) and value else list(value or ())


def with_query(path: str, **values: str) -> str:
    """An address with a query string."""
    return f"{path}?{urlencode(values)}"
