"""`frappe.defaults`: values that forms begin with, of the site (`__default`) and of each user.

A User Permission is a default too: who may use one document of a kind alone begins with it. The site's defaults are
those that were set, before the values of System Settings.
"""

from __future__ import annotations

import json
from typing import Any

from ..document.kept_defaults import SITE, key_of
from ..errors import ValidationError
from ..utils import _dict, cstr, scrub, unscrub
from .context import ctx
from .people.users import get_user_permissions


def _kept(key: str, parent: str) -> object:
    """A default, or a list of several; None for none."""
    store = ctx().store
    found = store.value(key_of(parent, key, many=True))
    return json.loads(found) if found else store.value(key_of(parent, key))


def set_default(key: str, value: object, parent: str = SITE, parenttype: object = None) -> None:
    """Keep a default in the place of those that are there; None forgets them."""
    ctx().store.set_value(key_of(parent, key, many=True), None)
    ctx().store.set_value(key_of(parent, key), None if value is None else cstr(value))
    ctx().touch("User")  # what new documents begin with is cached


def add_default(key: str, value: object, parent: str = SITE, parenttype: object = None) -> None:
    """Keep one more default beside those that are there."""
    before = _kept(key, parent)
    values = [] if before is None else before if isinstance(before, list) else [before]
    if not values:
        set_default(key, value, parent)
    elif cstr(value) not in values:
        ctx().store.set_value(key_of(parent, key, many=True), json.dumps([*values, cstr(value)]))


def clear_default(
    key: str | None = None,
    value: object = None,
    parent: str | None = None,
    name: object = None,
    parenttype: object = None,
) -> None:
    """Forget defaults: by key, by value, by whose they are. Raises ValidationError if nothing says which."""
    if not (key or value or parent):
        raise ValidationError.told("[clear_default] No key specified.")
    for owner, kept_key, kept_value in _all():
        if (
            (key is None or kept_key == key)
            and (parent is None or owner == parent)
            and (value is None or cstr(value) in (kept_value, *kept_value))
        ):
            set_default(kept_key, None, owner)


def _all() -> list[tuple[str, str, Any]]:
    """(whose, key, value) of every default that was set."""
    rows = ctx().store.database.rows(
        "SELECT key FROM \"__site\" WHERE key LIKE 'default:%' OR key LIKE 'default-list:%'"
    )
    found = {tuple(cstr(key).partition(":")[2].split(":", 1)) for (key,) in rows}
    return [(owner, key, value) for owner, key in sorted(found) if (value := _kept(key, owner)) is not None]


def get_defaults_for(parent: str = SITE) -> _dict:
    """Every default of the site, or of a user."""
    found = _dict({key: value for owner, key, value in _all() if owner == parent})
    if parent == SITE:
        settings = ctx().meta("System Settings")
        for field in settings.value_fields:
            if (value := ctx().setting(field.fieldname)) not in (None, ""):
                found.setdefault(field.fieldname, value)
    return found


def get_defaults(user: str | None = None) -> _dict:
    """The site's defaults with the user's over them."""
    whose = user or ctx().user
    return get_defaults_for().update(get_defaults_for(whose)).update(user=whose, owner=whose)


def get_default(key: str, parent: str = SITE) -> object:
    """One default, the first of several; of the site also a value of System Settings."""
    found = _kept(key, parent)
    if found is None and parent == SITE:
        return ctx().setting(key)
    return found[0] if isinstance(found, list) else found


# --- of a session ---


def session_default_doctypes() -> list[str]:
    """The DocTypes that Session Default Settings name; none where no app brings these."""
    if not ctx().has_doctype("Session Default"):
        return []
    rows = ctx().store.database.rows('SELECT ref_doctype FROM "tabSession Default" ORDER BY idx')
    return [cstr(doctype) for (doctype,) in rows]


def clear_session_defaults() -> None:
    """Forget what the user chose in the place of the site's defaults."""
    for doctype in session_default_doctypes():
        set_default(scrub(doctype), None, ctx().user)


# --- of a user ---


def is_a_user_permission_key(key: str) -> bool:
    """Whether a key is the name of a DocType."""
    return ":" not in key and key != scrub(key)


def not_in_user_permission(key: str, value: object, user: str | None = None) -> bool:
    """Whether the user may use certain documents of the kind only, and this is none of them."""
    allowed = get_user_permissions(user or ctx().user).get(unscrub(key)) or []
    return bool(allowed) and all(each.doc != value for each in allowed)


def get_user_permission_default(key: str, defaults: Any) -> str:
    """Of the documents that the user is held to, the one that forms begin with."""
    allowed = get_user_permissions().get(key) or []
    chosen = [each.doc for each in allowed if each.is_default] or [
        each.doc for each in allowed if each.doc == defaults.get(key)
    ]
    return cstr(chosen[0]) if chosen else ""


def _of_user(key: str, user: str | None) -> object:
    defaults = get_defaults(user)
    found = defaults.get(key)
    if not is_a_user_permission_key(key):
        return found
    if isinstance(found, list) and len(found) == 1:
        return found[0]
    return defaults.get(scrub(key)) or get_user_permission_default(key, defaults)


def get_user_default(key: str, user: str | None = None) -> object:
    """A user's default, else the site's; None if the user may not use it."""
    found = _of_user(key, user)
    value = found[0] if isinstance(found, list) and found else found
    return None if not_in_user_permission(key, value, user) else value


def get_user_default_as_list(key: str, user: str | None = None) -> list[object]:
    """All defaults of a key that the user may use."""
    found = _of_user(key, user)
    return [
        each
        for each in (found if isinstance(found, list) else [found])
        if each and not not_in_user_permission(key, each, user)
    ]


def set_user_default(key: str, value: object, user: str | None = None, parenttype: object = None) -> None:
    """Keep a default for a user."""
    set_default(key, value, user or ctx().user)


def add_user_default(key: str, value: object, user: str | None = None, parenttype: object = None) -> None:
    """Keep one more default for a user."""
    add_default(key, value, user or ctx().user)


def clear_user_default(key: str, user: str | None = None) -> None:
    """Forget a user's default."""
    clear_default(key, parent=user or ctx().user)


# --- of the site ---


def get_global_default(key: str) -> object:
    """A default of the site."""
    value = get_default(key)
    return None if not_in_user_permission(key, value) else value


def set_global_default(key: str, value: object) -> None:
    """Keep a default for the site."""
    set_default(key, value)


def add_global_default(key: str, value: object) -> None:
    """Keep one more default for the site."""
    add_default(key, value)


__all__ = [
    "add_default", "add_global_default", "add_user_default", "clear_default", "clear_user_default", "get_default",
    "get_defaults", "get_defaults_for",
    "get_global_default", "get_user_default", "get_user_default_as_list", "get_user_permission_default",
    "get_user_permissions", "is_a_user_permission_key",
    "not_in_user_permission", "set_default", "set_global_default", "set_user_default",
]  # fmt: skip
