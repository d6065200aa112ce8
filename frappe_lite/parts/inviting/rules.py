"""Who may invite into an app, and with which roles: what its hook `user_invitation` says.

    {"allowed_roles": {"Agent Manager": ["Agent"]}}     an Agent Manager invites Agents, and nobody else invites anybody

Into the site itself, `frappe`, System Managers invite, with every role that they could give.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...access import identity
from ...context import Context
from ...document.base_document import BaseDocument
from ...errors import PermissionError, ValidationError
from ...installed_app import listed
from ...query import Condition
from ...utils import bold, cstr
from ...values import Given

DOCTYPE, PENDING = "User Invitation", "Pending"
ITSELF = "frappe"


def hook_of(ctx: Context, app_name: object) -> Given:
    """What an app says of invitations; nothing is empty. Raises ValidationError for an app that is not here."""
    app = ctx.site.apps.get(cstr(app_name))
    if app is None:
        raise ValidationError.told("Application is not installed", title="Invalid app")
    said = app.hooks.get("user_invitation")
    return said if isinstance(said, dict) else {}


def may_invite(ctx: Context, app_name: object) -> bool:
    """Whether the caller has a role that invites into the app."""
    allowed = hook_of(ctx, app_name).get("allowed_roles") or {}
    return ctx.user == identity.ADMINISTRATOR or bool(ctx.roles & set(allowed))


def require_may_invite(ctx: Context, app_name: object) -> None:
    """Raises PermissionError, ValidationError for an app that is not here."""
    if not may_invite(ctx, app_name):
        raise PermissionError.told("Not permitted")


def allowed_roles(ctx: Context, app_name: object) -> set[str]:
    """The roles that the caller may invite with. The Administrator's own is nobody's to give."""
    allowed = hook_of(ctx, app_name).get("allowed_roles") or {}
    given = {each for role in ctx.roles & set(allowed) for each in listed(allowed[role])}
    return given - {identity.ADMINISTRATOR}


def require_may_give(ctx: Context, app_name: object, roles: Iterable[str]) -> None:
    """Raises ValidationError for a role that the app does not let the caller give; PermissionError where it is the site
    itself and the caller could not give the role to a user either."""
    wanted = list(dict.fromkeys(roles))
    if cstr(app_name) == ITSELF:
        identity.require_may_give(ctx, wanted)
    allowed = set(wanted) - {identity.ADMINISTRATOR} if cstr(app_name) == ITSELF else allowed_roles(ctx, app_name)
    for role in wanted:
        if role not in allowed:
            text = f"{bold(role)} is not an allowed role for {bold(cstr(app_name))}"
            raise ValidationError.told(text, title="Invalid role")


# --- who sees which ---


def may_touch_invitation(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """Whoever invites into an app has to do with its invitations; deleting them is the Administrator's."""
    if ctx.user == identity.ADMINISTRATOR:
        return None
    if right == "delete":
        return False
    if right == "create" and not doc.get("app_name"):
        return None  # the form's question, before there is a document
    return None if _sees_all(ctx) or cstr(doc.get("app_name")) in apps_of(ctx) else False


def invitation_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if _sees_all(ctx):
        return Condition()
    return ctx.store.database.among(f'"tab{DOCTYPE}".app_name', apps_of(ctx))


def _sees_all(ctx: Context) -> bool:
    return ctx.user == identity.ADMINISTRATOR or identity.SYSTEM_MANAGER in ctx.roles


def apps_of(ctx: Context) -> list[str]:
    """The apps that the caller may invite into."""
    return [name for name in ctx.site.apps if may_invite(ctx, name)]


def is_any_pending(ctx: Context) -> bool:
    """Whether an invitation waits for somebody."""
    return bool(ctx.store.find(ctx.meta(DOCTYPE), Condition("status = ?", (PENDING,)), ("name",), limit=1))


__all__ = ["DOCTYPE", "ITSELF", "PENDING", "allowed_roles", "require_may_give", "require_may_invite"]
