"""The apps that people may open: what the hook `add_to_apps_screen` says, for who may; and where they begin."""

from __future__ import annotations

import logging
import re

from ...context import Context
from ...errors import FrappeError
from ...utils import cstr
from ...values import Values
from ..context import ctx

log = logging.getLogger("frappe_lite")


def get_apps() -> list[Values]:
    """The apps with a page that the caller may open: name, logo, title, route."""
    found = []
    for app in ctx().site.apps.values():
        for each in app.hooks.get("add_to_apps_screen") or ():
            if _may_open(ctx(), each):
                found.append({"name": app.name, **{key: each.get(key) for key in ("logo", "title", "route")}})
    return found


def _may_open(asked: Context, entry: dict[str, object]) -> bool:
    """As the entry's own function says; one that refuses by raising says no."""
    dotted = cstr(entry.get("has_permission"))
    try:
        return not dotted or bool(asked.site.resolve(dotted)())
    except FrappeError as error:
        log.info("%s refuses: %s", dotted, error)
        return False


def is_desk_apps(apps: list[dict[str, object]]) -> bool:
    """Whether all of them are pages of the desk."""
    return all(re.match(r"/app(/|\Z)", cstr(each.get("route")) or "/app") for each in apps)


def get_default_path() -> str | None:
    """Where the caller begins: at the one app there is, at the list of several, at none of none."""
    apps = get_apps()
    if len(apps) < 2:
        return (cstr(apps[0]["route"]) or "/apps") if apps else None
    return "/app" if is_desk_apps(apps) else "/apps"


__all__ = ["get_apps", "get_default_path", "is_desk_apps"]
