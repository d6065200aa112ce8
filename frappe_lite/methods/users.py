"""`frappe.core.doctype.user.user.*`, `frappe.share.*`: users, keys and shares."""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..access import auth
from ..context import Context
from ..errors import PermissionError
from ..query import Condition
from ..utils import cint, cstr
from ..whitelist import method

_USER = "frappe.core.doctype.user.user"


def _require_self_or_manager(ctx: Context, user: str) -> None:
    """Keys of the Administrator are the Administrator's own business; of others, theirs and a System Manager's."""
    may = ctx.user == user or ("System Manager" in ctx.roles and user != "Administrator") or ctx.user == "Administrator"
    if not may or ctx.user_info(user) is None:
        raise PermissionError.told("Not permitted")


@method(f"{_USER}.generate_keys", methods=["POST"])
def generate_keys(ctx: Context, user: str) -> dict[str, str]:
    """A new API secret for a user, given out this once; the key stands in the User document."""
    _require_self_or_manager(ctx, user)
    if ctx.scopes is not None:
        raise PermissionError.told("A key or token of narrow scope cannot make one that reaches further")
    ctx.store.database.begin_write()
    key, secret = auth.generate_keys(ctx, user)
    return {"api_key": key, "api_secret": secret}


@method(f"{_USER}.get_all_roles")
def get_all_roles(ctx: Context) -> list[str]:
    """Every role that can be given to a user."""
    rows = ctx.store.find(ctx.meta("Role"), Condition("disabled = 0"), order="name")
    return [row["name"] for row in rows if row["name"] not in ("Administrator", "Guest", "All", "Desk User")]


@method(f"{_USER}.get_roles", f"{_USER}.get_user_roles")
def get_roles(ctx: Context, uid: str | None = None) -> list[str]:
    """The roles of the user."""
    if uid and uid != ctx.user:
        _require_self_or_manager(ctx, uid)
    return sorted(ctx.roles_of(uid or ctx.user))


@method(f"{_USER}.update_password", allow_guest=True, methods=["POST"])
def update_password(
    ctx: Context,
    new_password: str,
    logout_all_sessions: Any = 1,
    key: str | None = None,
    old_password: str | None = None,
) -> str:
    """Change the own password by the old one, or by the key of a reset link."""
    if key:
        auth.set_password_by_key(ctx, cstr(key), new_password)
        return "/login"
    if ctx.user == "Guest":
        raise PermissionError.told("Sign in, or use the key of a reset link")
    auth.require_old_password(ctx, old_password)
    auth.set_password(ctx, ctx.user, new_password, end_sessions=bool(cint(logout_all_sessions)))
    return "/app"


@method(f"{_USER}.reset_password", allow_guest=True, methods=["POST"])
def reset_password(ctx: Context, user: str) -> str:
    """Make a reset link for a user and hand it to the site's hook. Known and unknown users get the same answer."""
    ctx.store.database.begin_write()
    auth.make_reset_key(ctx, cstr(user))
    ctx.say(
        "Password reset instructions have been sent to your email, if the address belongs to a user",
        title="Password Email Sent",
    )
    return "sent"


@method("frappe.apps.get_apps")
def get_apps(ctx: Context) -> list[dict[str, str]]:
    """The apps that have a page of their own: none."""
    return []


# --- shares ---


@method("frappe.share.add", methods=["POST"])
def share_add(
    ctx: Context,
    doctype: str,
    name: Any,
    user: str | None = None,
    read: Any = 1,
    write: Any = 0,
    share: Any = 0,
    submit: Any = 0,
    everyone: Any = 0,
    notify: Any = 0,
) -> dict[str, Any]:
    """Share a document with a user, or with everyone."""
    ctx.store.database.begin_write()
    row = document.load(ctx, doctype, name)
    permissions.require(ctx, row.meta, "share", row.__dict__)
    found = ctx.store.find(ctx.meta("DocShare"), _share_of(doctype, name, user, everyone))
    trusted = ctx.trusted()
    doc = (
        document.load(trusted, "DocShare", found[0]["name"])
        if found
        else document.new(
            trusted,
            {
                "doctype": "DocShare",
                "user": user,
                "share_doctype": doctype,
                "share_name": cstr(name),
                "everyone": cint(everyone),
            },
        )
    )
    doc.update({"read": cint(read), "write": cint(write), "share": cint(share), "submit": cint(submit)})
    doc.save() if found else doc.insert()
    return dict(doc.as_dict())


def _share_of(doctype: str, name: Any, user: str | None, everyone: Any) -> Condition:
    who = ("everyone = 1", ()) if cint(everyone) else ("user = ?", (user,))
    return Condition(f"share_doctype = ? AND share_name = ? AND {who[0]}", (doctype, cstr(name), *who[1]))


@method("frappe.share.set_permission", methods=["POST"])
def share_set(
    ctx: Context,
    doctype: str,
    name: Any,
    user: str | None = None,
    permission_to: str = "read",
    value: Any = 1,
    everyone: Any = 0,
) -> dict[str, Any] | None:
    """Change one right of a share; without `read` it ends."""
    row = document.load(ctx, doctype, name)
    permissions.require(ctx, row.meta, "share", row.__dict__)
    found = ctx.store.find(ctx.meta("DocShare"), _share_of(doctype, name, user, everyone))
    if not found:
        return (
            share_add(ctx, doctype, name, user, everyone=everyone, **{permission_to: value})
            if permission_to in ("read", "write", "share", "submit")
            else None
        )
    doc = document.load(ctx.trusted(), "DocShare", found[0]["name"])
    if permission_to == "read" and not cint(value):
        doc.delete(ignore_permissions=True)
        return None
    if permission_to in ("read", "write", "share", "submit"):
        doc.set(permission_to, cint(value))
    doc.save()
    return dict(doc.as_dict())


@method("frappe.share.get_users")
def share_users(ctx: Context, doctype: str, name: Any) -> list[dict[str, Any]]:
    """With whom a document is shared."""
    row = document.load(ctx, doctype, name)
    row.check_permission("read")
    fields = ("name", "user", "read", "write", "submit", "share", "everyone", "owner", "creation")
    return ctx.store.find(
        ctx.meta("DocShare"), Condition("share_doctype = ? AND share_name = ?", (doctype, cstr(name))), fields
    )
