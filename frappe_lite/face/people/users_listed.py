"""`frappe.core.doctype.user.user` and `.role.role`: who there is, and who has a role, for app code that counts
people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...access.identity import STANDARD_USERS
from ...utils import cint
from ..model.documents import db, get_all, get_list
from ..times.dates import add_to_date


def get_system_users(exclude_users: Iterable[str] | str | None = None, limit: int | None = None) -> list[str]:
    """Enabled users of the desk, without the standard ones and those that are named."""
    left_out = [exclude_users] if isinstance(exclude_users, str) else list(exclude_users or ())
    filters = {
        "enabled": 1,
        "user_type": ["!=", "Website User"],
        "name": ["not in", [*STANDARD_USERS, *left_out]],
    }
    found: list[str] = get_all("User", filters=filters, pluck="name", limit=limit)
    return found


def get_total_users() -> int:
    """How many sessions the enabled users of the desk may have at once."""
    return sum(
        cint(db.get_value("User", name, "simultaneous_sessions")) for name in get_system_users(exclude_users=None)
    )


def get_active_users() -> int:
    """How many users of the desk were active in the last three days."""
    return len(_active({"user_type": ["!=", "Website User"], "name": ["not in", list(STANDARD_USERS)]}))


def get_website_users() -> int:
    """How many enabled users have no desk."""
    return db.count("User", {"enabled": 1, "user_type": "Website User"})


def get_active_website_users() -> int:
    """How many of them were active in the last three days."""
    return len(_active({"user_type": "Website User"}))


def _active(filters: Mapping[str, object]) -> list[str]:
    recently = {"enabled": 1, "last_active": [">", add_to_date(None, days=-3)]}
    found: list[str] = get_all("User", filters={**filters, **recently}, pluck="name")
    return found


# --- by role ----------------------------------------------------------------------------------------------


def get_users(role: str) -> list[str]:
    """Whoever has the role, disabled users too."""
    found: list[str] = get_all("Has Role", filters={"role": role, "parenttype": "User"}, pluck="parent")
    return found


def get_info_based_on_role(role: str, field: str = "email", ignore_permissions: bool = False) -> list[object]:
    """A value of each enabled user that has the role."""
    rows = get_list(
        "Has Role",
        filters={"role": role, "parenttype": "User"},
        parent_doctype="User",
        fields=["parent as user_name"],
        ignore_permissions=ignore_permissions,
    )
    return get_user_info(rows, field)


def get_user_info(users: Iterable[Mapping[str, object]], field: str = "email") -> list[object]:
    """A value of each user that is enabled; the standard ones have no address that anybody writes to."""
    found = []
    for each in users:
        value, enabled = db.get_value("User", each.get("user_name"), [field, "enabled"]) or (None, 0)
        if enabled and value not in ("admin@example.com", "guest@example.com"):
            found.append(value)
    return found


__all__ = [
    "get_active_users", "get_active_website_users", "get_info_based_on_role", "get_system_users", "get_total_users",
    "get_user_info", "get_users",
    "get_website_users",
]  # fmt: skip
