"""Users and what they may: `frappe.get_roles`, `frappe.has_permission`, `frappe.only_for`, `frappe.set_user`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from email.utils import formataddr
from typing import Any

from ... import document, permissions
from ...access import activity, identity
from ...document import base_document
from ...document.base_document import BaseDocument
from ...errors import PermissionError
from ...query import Condition
from ...utils import _dict, bold, cstr
from ...values import Values
from ...whitelist import Method
from ..context import ctx
from ..installation import call


def get_roles(username: str | None = None, with_standard: bool = True) -> list[str]:
    """The user's roles."""
    found = ctx().roles_of(username or ctx().user)
    return sorted(found if with_standard else found - {"All", "Guest", "Desk User"})


def has_permission(
    doctype: Any = None, ptype: str = "read", doc: Any = None, user: str | None = None, throw: bool = False, *,
    parent_doctype: str | None = None,
    debug: bool = False, ignore_share_permissions: bool = False, print_logs: bool = True,
) -> bool:  # fmt: skip
    """Whether the user has the right on the DocType or the document, which may stand first; on a child table by its
    parent. With `throw` PermissionError if not."""
    asking = ctx() if user is None else ctx().as_user(user)
    if isinstance(doctype, base_document.BaseDocument):
        doctype, doc = doctype.doctype, doctype
    if isinstance(doc, str | int):
        doc = document.load(asking, str(doctype), doc)
    meta = asking.meta(doctype or (doc and doc.doctype))
    if meta.istable and parent_doctype and not (doc is not None and doc.get("parenttype")):
        meta, doc, ptype = asking.meta(parent_doctype), None, ptype if ptype in ("read", "select") else "write"
    row = doc.__dict__ if isinstance(doc, base_document.BaseDocument) else doc
    if throw:
        permissions.require(asking, meta, ptype, row)
    return permissions.judge(asking, meta, ptype, row).allowed


def has_website_permission(
    doc: Any = None, ptype: str = "read", user: str | None = None, verbose: bool = False, doctype: str | None = None
) -> bool:
    """Whether a document's page may be seen, by what its class or the hook `has_website_permission` says; no if nobody
    says anything."""
    user = user or ctx().user
    if isinstance(doc, str):
        doc = document.load(ctx().trusted(), cstr(doctype), doc)
    if doc is not None:
        doctype = doc.doctype
        if doc.flags.ignore_permissions:
            return True
        own = getattr(doc, "has_website_permission", None)
        if own is not None:
            return bool(own(ptype, user, verbose=verbose))
    hooks = ctx().site.hook("has_website_permission", cstr(doctype))
    return bool(hooks) and all(call(each, doc=doc, ptype=ptype, user=user, verbose=verbose) for each in hooks)


def only_for(roles: Any, message: bool = False) -> None:
    """Raises PermissionError unless the user has one of the roles."""
    wanted = {roles} if isinstance(roles, str) else set(roles)
    if ctx().user != "Administrator" and not wanted & set(ctx().roles):
        raise PermissionError.told(
            f"This action is only allowed for {bold(', '.join(sorted(wanted)))}", title="Not Permitted"
        )


def is_whitelisted(method: Any) -> None:
    """Raises PermissionError for a function that clients may not call, or that the caller must sign in for."""
    found: Method | None = getattr(method, "whitelisted", None)
    if found is None or (ctx().user == "Guest" and not found.allow_guest):
        named = bold(f"{method.__module__}.{method.__name__}")
        raise PermissionError.told(f"Function {named} is not whitelisted.", title="Method Not Allowed")


def set_user(username: str) -> None:
    """Act as another user for the rest of the request."""
    ctx().user = identity.known_name(ctx(), username)


@contextlib.contextmanager
def as_user(username: str) -> Iterator[None]:
    """Act as another user inside a `with`."""
    before, ctx().user = ctx().user, identity.known_name(ctx(), username)
    try:
        yield
    finally:
        ctx().user = before


def get_user() -> _dict:
    """The user, with roles."""
    return _dict(
        name=ctx().user,
        get_roles=lambda: get_roles(),
        roles=get_roles(),
        doc=lambda: document.load(ctx(), "User", ctx().user),
    )


def get_email_address(user: str | None = None) -> Any:
    """A user's address."""
    row = ctx().store.load_row(ctx().meta("User"), user or ctx().user)
    return row["email"] if row else None


def get_formatted_email(user: str, mail: str | None = None) -> str:
    """`Ann Lee <ann@example.com>`; empty for whoever has no address."""
    address = mail or get_email_address(user) or (user if "@" in user else "")
    return formataddr((get_fullname(user), address)) if address else ""


def get_fullname(user: str | None = None) -> str:
    """A user's full name; the name itself for an unknown one."""
    info = ctx().user_info(user or ctx().user)
    return info.full_name if info else cstr(user)


get_user_fullname = get_fullname


def get_user_info_for_avatar(user_id: str) -> _dict:
    """Email, name and image of a user, as lists of people show them."""
    info = ctx().user_info(user_id)
    return _dict(email=user_id, image=info.user_image if info else "", name=info.full_name if info else user_id)


def get_users_with_role(role: str) -> list[str]:
    """Enabled users that have the role."""
    holders = (
        "name IN (SELECT parent FROM \"tabHas Role\" WHERE parenttype = 'User' AND role = ?) AND enabled = 1 AND name "
        "<> 'Administrator'"
    )
    return [row["name"] for row in ctx().store.find(ctx().meta("User"), Condition(holders, (role,)))]


def get_system_managers(only_name: bool = False) -> list[str]:
    """Enabled users with the role System Manager."""
    return get_users_with_role("System Manager")


def add_role(user: str, role: str) -> None:
    """Give a user a role."""
    doc = document.load(ctx().trusted(), "User", user)
    if role not in [row.role for row in doc.roles]:
        doc.append("roles", {"role": role})
        doc.save()


def is_system_user(user: str | None = None) -> bool:
    """Whether the user may use the desk."""
    info = ctx().user_info(user or ctx().user)
    return bool(info) and info.user_type == "System User" if info else False


def add_authentication_log(subject: str, user: str, operation: str = "Login", status: str = "Success") -> None:
    """Write into the Activity Log that somebody came in, went out or failed to."""
    activity.remember(ctx(), user, subject, operation, status)


def get_doc_permissions(
    doc: BaseDocument, user: str | None = None, ptype: str | None = None, debug: bool = False
) -> Values:
    """Every right and whether the user has it on the document."""
    asking = ctx() if user is None else ctx().as_user(user)
    return _dict(permissions.document_rights(asking, doc.meta, doc.__dict__))


def get_user_permissions(user: str | None = None) -> dict[str, list[_dict]]:
    """The user's User Permissions, by DocType."""
    found: dict[str, list[_dict]] = {}
    meta = ctx().meta("User Permission")
    for row in ctx().store.find(
        meta, Condition('"user" = ?', (user or ctx().user,)), ("allow", "for_value", "applicable_for", "is_default")
    ):
        found.setdefault(row["allow"], []).append(
            _dict(doc=row["for_value"], applicable_for=row["applicable_for"], is_default=row["is_default"])
        )
    return found


__all__ = [
    "add_role", "as_user", "get_doc_permissions", "get_email_address", "get_formatted_email", "get_fullname",
    "get_roles", "get_system_managers", "get_user", "get_user_fullname",
    "get_user_info_for_avatar", "get_user_permissions", "get_users_with_role", "has_permission",
    "has_website_permission", "is_system_user",
    "only_for", "set_user",
]  # fmt: skip
