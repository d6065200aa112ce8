"""`SiteMethods`: what clients may call on one site, by dotted name.

The package's own methods are every site's. What `@frappe.whitelist()` decorated is the site's that loaded the app in
which it stands; in a package that is no app's but of the program around the server, it is every site's.

    site.methods["frappe.client.get"]            its `Method`, or KeyError
    site.methods["nightly"] = describe(run)      one more, on this site alone
    site.methods.find("frappe.client.get")       the same as the apps' hooks override it, or None
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, MutableMapping

from .installed_app import InstalledApp, listed
from .utils import cstr
from .whitelist import Method, built_in, decorated, is_shown


class SiteMethods(MutableMapping[str, Method]):
    """The methods of the site that has these apps: asked, not copied, for modules are imported later too."""

    def __init__(self, apps: dict[str, InstalledApp]):
        self._apps = apps
        self._own: dict[str, Method] = {}

    def find(self, name: str) -> Method | None:
        """The method of that name, or the one that the last app to override it puts in its place.

        Frappe: `override_whitelisted_method`. The method of an override is not overridden in its turn.
        """
        for app in reversed(self._apps.values()):
            overrides = app.hooks.get("override_whitelisted_methods")
            if overrides and (names := listed(overrides.get(name))):
                return self._known(cstr(names[-1]))
        return self._known(name)

    def _known(self, name: str) -> Method | None:
        found = self._own.get(name) or built_in.get(name)
        if found is None and name in decorated and self._has(name.partition(".")[0]) and is_shown(name):
            return decorated[name]
        return found

    def _has(self, package: str) -> bool:
        """Whether the functions of a package are this site's: it is an app of the site's, or nobody's app."""
        return package in self._apps or not is_app_package(package)

    def __getitem__(self, name: str) -> Method:
        found = self._known(name)
        if found is None:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, method: Method) -> None:
        self._own[name] = method

    def __delitem__(self, name: str) -> None:
        """Take back what was set on this site. Raises KeyError for what was not."""
        del self._own[name]

    def __iter__(self) -> Iterator[str]:
        packages = {name.partition(".")[0] for name in decorated}
        mine = {each for each in packages if self._has(each)}
        ours = (name for name in list(decorated) if name.partition(".")[0] in mine and is_shown(name))
        return iter(dict.fromkeys([*self._own, *built_in, *ours]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def is_app_package(package: str) -> bool:
    """Whether an imported package is an app, and not the program that the server stands in.

    Its folder says so, by Frappe's layout, or the way in which it came: to be served as an app, and for nothing else.
    """
    folders = getattr(sys.modules.get(package), "__path__", ())
    return package in _came_as_apps or any(os.path.isfile(os.path.join(each, "hooks.py")) for each in folders)


def note_app_package(package: str) -> None:
    """Note that a package is about to be imported as an app, if nothing has imported it before."""
    if package not in sys.modules:
        _came_as_apps.add(package)


_came_as_apps: set[str] = set()
"""Packages that only the loading of an app brought into the process. A program's own never are among them, whatever
sites load it."""
