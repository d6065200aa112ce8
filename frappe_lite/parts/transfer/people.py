"""People and roles that are pulled from another site: who is here already keeps what may be done."""

from __future__ import annotations

from ... import document
from ...context import Context
from ...doctype.meta import DocType
from ...utils import cint, cstr
from ...values import Values
from .rows import RowWriter

PROFILE = (
    "first_name",
    "last_name",
    "full_name",
    "username",
    "user_image",
    "language",
    "time_zone",
    "phone",
    "mobile_no",
    "bio",
    "location",
)
"""What a pull brings of a User: never passwords, keys or sessions.

`enabled` and roles only for one that is new here.
"""


def take_user(ctx: Context, _writer: RowWriter, meta: DocType, given: Values) -> object:
    """A person who is here keeps rights and roles, and gets the profile; one who is not is made, without a password."""
    name = cstr(given.get("name"))
    if name in ("Administrator", "Guest"):
        return None
    profile = {key: given[key] for key in PROFILE if given.get(key) is not None and key in meta.columns}
    there = ctx.store.exists(meta, name)
    if there is None:
        roles = [{"role": row["role"]} for row in given.get("roles") or [] if row.get("role")]
        made = document.new(
            ctx, {"doctype": "User", "email": name, "enabled": cint(given.get("enabled")), **profile, "roles": roles}
        )
        there = made.insert(ignore_links=True).name
    times = {key: given[key] for key in ("creation", "modified") if given.get(key)}
    ctx.store.update(meta, there, {**profile, **times})
    ctx.touch("User")
    return there


def take_role(ctx: Context, writer: RowWriter, meta: DocType, given: dict[str, object]) -> object:
    """A role that is here stays as it is."""
    return None if ctx.store.exists(meta, given.get("name")) is not None else writer.put(meta, given)
