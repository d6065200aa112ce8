"""`frappe.db.get_default` and its kind: the values that a site, or a user, begins with."""

from __future__ import annotations

from typing import Any

from ...utils import _dict
from .. import defaults


class Defaults:
    """The calls of `frappe.db` that are about defaults."""

    def get_default(self, key: str, parent: str = "__default") -> Any:
        """A default that was set, the first of several; else the value of System Settings."""
        return defaults.get_default(key, parent)

    def get_defaults(self, key: str | None = None, parent: str = "__default") -> _dict | str | None:
        """The defaults of the site or of a user, or one of them."""
        found = defaults.get_defaults_for(parent)
        return found if not key else found.get(key, found.get(key.replace(" ", "_").lower()))

    def set_default(self, key: str, val: object, parent: str = "__default", parenttype: object = None) -> None:
        """Keep a default for the site, or for a user."""
        defaults.set_default(key, val, parent)

    def add_default(self, key: str, val: object, parent: str = "__default", parenttype: object = None) -> None:
        """Keep one more default beside those that are there."""
        defaults.add_default(key, val, parent)

    def set_global(self, key: str, val: object, user: str = "__global") -> None:
        """Keep a value for everybody."""
        defaults.set_default(key, val, user)

    def get_global(self, key: str, user: str = "__global") -> object:
        """A value that is kept for everybody."""
        return defaults.get_default(key, user)
