"""`frappe.core.doctype.user.user.*`, `frappe.share.*`: users, keys and shares."""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..access import auth, identity, reset_links
from ..context import Context
from ..document import access
from ..document.base_document import BaseDocument
from ..errors import PermissionError, ResetLinkError, ValidationError
from ..face.apps import apps_screen
from ..face.people.sharing import notify_shared
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_object, load_for

_USER = "frappe.core.doctype.user.user"


@method(f"{_USER}.generate_keys", methods=["POST"])
def generate_keys(ctx: Context, user: str) -> dict[str, str]:
    """A new API secret for a user, given out this once; the key stands in the User document."""
    owner = identity.charge(ctx, user).name
    identity.require_full_scope(ctx, "API keys")
    ctx.store.database.begin_write()
    key, secret = auth.generate_keys(ctx, owner)
    return {"api_key": key, "api_secret": secret}


@method("frappe.desk.page.user_profile.user_profile.update_profile_info", methods=["POST", "PUT"])
def update_profile_info(ctx: Context, profile_info: object) -> object:
    """What a user says of himself: {location, interest, user_image, bio}; what is not sent is emptied, as in Frappe 15.

    Other values are refused: Frappe once took a password by this way. Raises PermissionError for guests.
    """
    given = json_object(profile_info, "profile_info")
    if unknown := sorted(set(given) - set(PROFILE)):
        raise ValidationError.told(f"A profile has {', '.join(PROFILE)}, not {', '.join(unknown)}")
    own = load_for(ctx, "User", ctx.user, "write")
    return access.shown(ctx, access.change(ctx, own, {each: given.get(each) for each in PROFILE}))


PROFILE = ("location", "interest", "user_image", "bio")


@method(f"{_USER}.get_all_roles")
def get_all_roles(ctx: Context) -> list[str]:
    """Every role that can be given to a user."""
    rows = ctx.store.find(ctx.meta("Role"), Condition("disabled = 0"), order="name")
    return [row["name"] for row in rows if row["name"] not in ("Administrator", "Guest", "All", "Desk User")]


@method(f"{_USER}.get_roles", f"{_USER}.get_user_roles")
def get_roles(ctx: Context, uid: str | None = None) -> list[str]:
    """The roles of the user."""
    if uid and uid != ctx.user and "System Manager" in ctx.roles and ctx.user_info(uid) is None:
        return ["All", "Guest"]  # Frappe: what everybody has
    roles = ctx.roles_of(identity.charge(ctx, uid).name if uid and uid != ctx.user else ctx.user)
    automatic = [each for each in ("All", "Guest", "Desk User") if each in roles]
    return sorted(roles - set(automatic)) + automatic


@method(f"{_USER}.update_password", allow_guest=True, methods=["POST"])
def update_password(
    ctx: Context,
    new_password: str,
    logout_all_sessions: object = 1,
    key: str | None = None,
    old_password: str | None = None,
) -> str:
    """Change the own password by the old one, or by the key of a reset link. A wrong one is an AuthenticationError."""
    auth.refuse_in_address(ctx, "new_password", "old_password")
    auth.check_policy(ctx, new_password)  # Frappe: what is wrong with it is told before the key is looked at
    if key:
        try:
            reset_links.set_password_by_key(ctx, cstr(key), new_password)
        except ResetLinkError as error:  # Frappe: it is told as a result
            ctx.response["http_status_code"] = error.http_status
            return str(error)
        return "/login"
    if ctx.user == "Guest":
        raise PermissionError.told("Sign in, or use the key of a reset link")
    identity.require_full_scope(ctx, "passwords")
    auth.require_old_password(ctx, old_password)
    auth.set_password(ctx, ctx.user, new_password, end_sessions=bool(cint(logout_all_sessions)))
    return "/app"


@method(f"{_USER}.reset_password", allow_guest=True, methods=["POST"])
def reset_password(ctx: Context, user: str) -> str:
    """Make a reset link for a user and hand it to the site's hook. Known and unknown users get the same answer."""
    ctx.store.database.begin_write()
    reset_links.make_reset_key(ctx, cstr(user))
    ctx.say(
        "Password reset instructions have been sent to your email, if the address belongs to a user",
        title="Password Email Sent",
    )
    return "sent"


@method("frappe.apps.get_apps")
def get_apps(ctx: Context) -> list[dict[str, str]]:
    """The apps that have a page of their own, of those that the caller may open."""
    return apps_screen.get_apps()


# --- shares ---


@method("frappe.share.add", methods=["POST"])
def share_add(
    ctx: Context,
    doctype: str,
    name: object,
    user: str | None = None,
    read: object = 1,
    write: object = 0,
    share: object = 0,
    submit: object = 0,
    everyone: object = 0,
    notify: object = 0,
    **own_rights: object,
) -> Values:
    """Share a document with a user, or with everyone. `own_rights` are those that the DocType has by Permission
    Types."""
    ctx.store.database.begin_write()
    shared = _shareable(ctx, doctype, name)
    found = ctx.store.find(ctx.meta("DocShare"), _share_of(shared.doctype, shared.name, user, everyone))
    if found:
        doc = document.load(ctx.trusted(), "DocShare", found[0]["name"])
    else:
        what = {"share_doctype": shared.doctype, "share_name": cstr(shared.name)}
        doc = document.new(ctx.trusted(), {"doctype": "DocShare", "user": user, "everyone": cint(everyone), **what})
    given = {"read": cint(read), "write": cint(write), "share": cint(share), "submit": cint(submit)}
    given |= {right: cint(own_rights.get(right)) for right in permissions.own_rights(ctx).get(shared.doctype, ())}
    _require_grant(ctx, shared, doc, given)
    doc.update(given).save()
    if cint(notify) and user:
        notify_shared(shared.doctype, shared.name, user)
    return dict(doc.as_dict(no_nulls=True))


def _shareable(ctx: Context, doctype: str, name: object) -> BaseDocument:
    """The document, for whoever may share it. Raises PermissionError."""
    doc = access.load_for(ctx, doctype, name)
    permissions.require_grant(ctx, doc.meta, doc.__dict__, ())
    return doc


def _require_grant(ctx: Context, shared: BaseDocument, share: Any, given: dict[str, int]) -> None:
    """Raises PermissionError if the user lacks one of the rights that are given beyond those of the share as it is."""
    added = [right for right, value in given.items() if value and not cint(share.get(right))]
    permissions.require_grant(ctx, shared.meta, shared.__dict__, added)


def _share_of(doctype: str, name: object, user: str | None, everyone: object) -> Condition:
    who = ("everyone = 1", ()) if cint(everyone) else ("user = ?", (user,))
    return Condition(f"share_doctype = ? AND share_name = ? AND {who[0]}", (doctype, cstr(name), *who[1]))


@method("frappe.share.set_permission", methods=["POST"])
def share_set(
    ctx: Context,
    doctype: str,
    name: object,
    user: str | None = None,
    permission_to: str = "read",
    value: object = 1,
    everyone: object = 0,
) -> Values | None:
    """Change one right of a share; without `read`, or without any right, it ends."""
    shared = _shareable(ctx, doctype, name)
    found = ctx.store.find(ctx.meta("DocShare"), _share_of(shared.doctype, shared.name, user, everyone))
    is_known = permission_to in permissions.shared_rights(ctx, shared.doctype)
    if not found:
        if not is_known or not cint(value):
            return None
        added: Values = share_add(ctx, doctype, name, user, everyone=everyone, **{permission_to: value})
        return added
    doc = document.load(ctx.trusted(), "DocShare", found[0]["name"])
    if permission_to == "read" and not cint(value):
        doc.delete(ignore_permissions=True)
        return None
    if is_known:
        _require_grant(ctx, shared, doc, {permission_to: cint(value)})
        doc.set(permission_to, cint(value))
    doc.save()
    return dict(doc.as_dict(no_nulls=True))


@method("frappe.share.get_users")
def share_users(ctx: Context, doctype: str, name: object) -> list[dict[str, object]]:
    """With whom a document is shared."""
    row = access.load_for(ctx, doctype, name)
    fields = ("name", "user", *permissions.shared_rights(ctx, row.doctype), "everyone", "owner", "creation")
    return ctx.store.find(
        ctx.meta("DocShare"), Condition("share_doctype = ? AND share_name = ?", (row.doctype, cstr(row.name))), fields
    )
