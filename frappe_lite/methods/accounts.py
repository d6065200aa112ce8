"""`frappe.core.doctype.user.user.*` beside passwords and keys, and `frappe.sessions.*`.

Finding people, one's own account.
"""

from __future__ import annotations

import functools
import zoneinfo

from .. import document, permissions
from ..access import auth, sessions
from ..context import Context
from ..document import lists
from ..errors import ValidationError
from ..query import Condition
from ..utils import cint
from ..values import Values
from ..whitelist import method
from .asking import json_filters, known_user, require_manager, without

_USER = "frappe.core.doctype.user.user"
THEMES = ("Light", "Dark", "Automatic")
SEARCHED = ("first_name", "middle_name", "last_name")


# --- finding people ----------------------------------------------------------------------------------------


@method(f"{_USER}.user_query")
def user_query(
    ctx: Context,
    doctype: str = "User",
    txt: str = "",
    searchfield: str = "name",
    start: int = 0,
    page_len: int = 20,
    filters: object = None,
) -> list[list[object]]:
    """Enabled users whose name has the text, as the caller may read them: `[[name, full name], …]`; with filters, of
    the desk only."""
    meta, info, sent = ctx.meta("User"), ctx.user_info(ctx.user), json_filters(filters)
    given, everybody = without(sent, "ignore_user_type")
    conditions = [["enabled", "=", 1], *given]
    if sent and not (everybody and info is not None and info.user_type == "System User"):
        conditions.append(["user_type", "!=", "Website User"])
    if searchfield not in meta.columns:
        raise ValidationError.told("searchfield is a field of User")
    may_read = functools.partial(permissions.may_read_field, ctx, meta)
    looked = [searchfield, *filter(may_read, SEARCHED if "name" in searchfield else ())]
    matching = [[each, "like", f"%{txt}%"] for each in dict.fromkeys(looked)]
    first, most = lists.page(start, page_len)
    fields = ["name", "full_name" if may_read("full_name") else "name as full_name"]
    found: list[list[object]] = lists.get_list(
        ctx, "User", fields, conditions, matching, "name asc", None, first, most, as_list=True
    )
    return found


@method("frappe.core.doctype.role.role.role_query")
def role_query(
    ctx: Context,
    doctype: str = "Role",
    txt: str = "",
    searchfield: str = "name",
    start: int = 0,
    page_len: int = 20,
    filters: object = None,
) -> list[list[object]]:
    """Roles that can be given and whose name has the text, as the caller may read them."""
    first, most = lists.page(start, page_len)
    conditions = [
        ["name", "like", f"%{txt}%"],
        ["disabled", "=", 0],
        ["name", "not in", ["Administrator", "Guest", "All", "Desk User"]],
    ]
    found: list[list[object]] = lists.get_list(
        ctx, "Role", ["name"], conditions, order_by="name asc", start=first, limit=most, as_list=True
    )
    return found


@method(f"{_USER}.get_role_profile")
def get_role_profile(ctx: Context, role_profile: str) -> list[Values]:
    """The roles of a Role Profile, for whoever may read it."""
    permissions.require(ctx, ctx.meta("Role Profile"), "read")
    return [{"role": row.role} for row in document.load(ctx, "Role Profile", role_profile).roles or []]


@method(f"{_USER}.get_perm_info")
def get_perm_info(ctx: Context, role: str) -> list[Values]:
    """The rules that give a role rights, as whole rows, for System Managers.

    Those of the site stand in place of a DocType's own.
    """
    require_manager(ctx)
    rules: list[Values] = []
    for kind, more in (
        ("DocPerm", ' AND parent NOT IN (SELECT parent FROM "tabCustom DocPerm")'),
        ("Custom DocPerm", ""),
    ):
        meta = ctx.meta(kind)
        rules += ctx.store.find(meta, Condition(f"role = ?{more}", (role,)), meta.columns, order="parent, idx")
    return rules


@method(f"{_USER}.sign_up", allow_guest=True)
def sign_up(ctx: Context, email: str, full_name: str, redirect_to: str = "") -> None:
    """Raises ValidationError: nobody makes an account for oneself; people of the site do, with frappe.client.insert."""
    raise ValidationError.told("Sign Up is disabled", title="Not Allowed")


# --- one's own account -------------------------------------------------------------------------------------


@method(f"{_USER}.switch_theme")
def switch_theme(ctx: Context, theme: str) -> None:
    """Choose the colours of the desk for oneself: Light, Dark or Automatic; any other name changes nothing."""
    if theme in THEMES:
        ctx.store.database.begin_write()
        document.set_values(ctx, ctx.meta("User"), ctx.user, {"desk_theme": theme})


@method(f"{_USER}.clear_session", methods=["POST", "PUT"])
def clear_session(ctx: Context, sid_hash: str) -> None:
    """Sign oneself out of one session: `sid_hash` is the SHA-256 of its `sid`. That of another user stays."""
    ctx.store.database.begin_write()
    if sessions.end_one(ctx, sid_hash):
        ctx.say("Successfully signed out", alert=True)


@method(f"{_USER}.verify_password", methods=["POST"])
def verify_password(ctx: Context, password: str) -> None:
    """Nothing if it is the caller's password. Raises AuthenticationError if not, as often as a login may fail."""
    auth.require_old_password(ctx, password)


@method(f"{_USER}.test_password_strength", allow_guest=True)
def test_password_strength(
    ctx: Context, new_password: str = "", key: object = None, old_password: object = None, user_data: object = None
) -> dict[str, object] | None:
    """Whether the site would take a password, and what would make it better: `feedback`.

    An empty object if the site takes any.
    """
    if not cint(ctx.setting("enable_password_policy")):
        return {}
    if not new_password:
        return None
    try:
        auth.check_policy(ctx, new_password)
    except ValidationError as error:
        return {
            "score": 0,
            "feedback": {"password_policy_validation_passed": False, "warning": "", "suggestions": [str(error)]},
        }
    return {"score": 4, "feedback": {"password_policy_validation_passed": True, "warning": "", "suggestions": []}}


@method(f"{_USER}.get_timezones")
def get_timezones(ctx: Context) -> dict[str, list[str]]:
    """The names of time zones."""
    return {"timezones": sorted(zoneinfo.available_timezones())}


@method(f"{_USER}.get_email_awaiting")
def get_email_awaiting(ctx: Context, user: str) -> list[object]:
    """Email accounts of a user that wait for a password: mails are sent by accounts of the site, so none."""
    known_user(ctx, user)
    return []


@method("frappe.sessions.clear")
def clear(ctx: Context) -> str:
    """Begin with empty caches, as a front end's button "reload" asks for."""
    ctx.look_again()
    return "Cache Cleared"
