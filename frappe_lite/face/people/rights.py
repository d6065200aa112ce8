"""`frappe.permissions`: roles, rules and User Permissions, for app code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ... import document, permissions
from ...context import Context
from ...doctype.meta import RIGHTS
from ...document.base_document import BaseDocument
from ...errors import DoesNotExistError, PermissionError
from ...permissions import user_permission
from ...utils import _dict, cint, cstr
from ..context import ctx
from ..model.documents import db, get_all
from ..model.meta import get_permissions
from .users import get_roles, get_user_permissions, has_permission

rights = RIGHTS
GUEST_ROLE, ALL_USER_ROLE, SYSTEM_USER_ROLE, ADMIN_ROLE = "Guest", "All", "Desk User", "Administrator"
AUTOMATIC_ROLES = (GUEST_ROLE, ALL_USER_ROLE, SYSTEM_USER_ROLE, ADMIN_ROLE)


def _asking(user: str | None) -> Context:
    return ctx() if user is None else ctx().as_user(user)


# --- by roles ---


def get_role_permissions(
    doctype_meta: Any, user: str | None = None, is_owner: bool | None = None, debug: bool = False
) -> _dict:
    """Every right and whether the user's roles give it on documents of the kind; `if_owner` has those that only the
    owner has."""
    asking = _asking(user)
    meta = asking.meta(doctype_meta) if isinstance(doctype_meta, str) else doctype_meta
    if permissions.all_powerful(asking):
        return _dict(allow_everything(meta.name))
    held = permissions.role_rights(asking, meta)
    readable, every = held.granted | (held.if_owner & {"read", "select"}), permissions.rights_of(asking, meta.name)
    return _dict(
        {right: int(right in readable) for right in every},
        if_owner={right: int(bool(is_owner)) for right in every if right in held.if_owner},
        has_if_owner_enabled=held.has_if_owner,
    )


def allow_everything(doctype: str = "") -> dict[str, int]:
    """Every right; with a DocType also those of its own."""
    return dict.fromkeys(permissions.rights_of(ctx(), doctype), 1)


def get_doctype_ptype_map() -> dict[str, list[str]]:
    """The rights that Permission Types add, by DocType."""
    return {doctype: list(own) for doctype, own in permissions.own_rights(ctx()).items()}


def get_valid_perms(doctype: str | None = None, user: str | None = None) -> list[_dict]:
    """The rules that hold for one of the user's roles, of a DocType or of all: those that the site has changed in the
    place of their own."""
    roles = get_roles(user)
    changed = get_doctypes_with_custom_docperms()
    found = get_all("Custom DocPerm", fields=["*"], filters={"role": ["in", roles]}, order_by="permlevel asc")
    found += [
        rule
        for rule in get_all("DocPerm", fields=["*"], filters={"role": ["in", roles]}, order_by="permlevel asc")
        if rule.parent not in changed
    ]
    return [rule for rule in found if doctype is None or rule.parent == doctype]


def get_all_perms(role: str) -> list[_dict]:
    """The rules that hold for a role."""
    changed = get_doctypes_with_custom_docperms()
    found: list[_dict] = get_all("Custom DocPerm", fields=["*"], filters={"role": role})
    return found + [
        rule for rule in get_all("DocPerm", fields=["*"], filters={"role": role}) if rule.parent not in changed
    ]


def get_doctypes_with_custom_docperms() -> list[str]:
    """DocTypes whose rules the site has changed."""
    return sorted(set(get_all("Custom DocPerm", pluck="parent")))


def get_doctypes_with_read() -> list[str]:
    """DocTypes of which the user's roles may read documents."""
    return sorted({cstr(rule.parent) for rule in get_valid_perms() if rule.parent and cint(rule.read)})


def get_doctype_roles(doctype: str, access_type: str = "read") -> list[str]:
    """The roles that have a right on documents of the kind."""
    return [rule.role for rule in get_permissions(ctx().meta(doctype)) if cint(rule.get(access_type))]


def reset_perms(doctype: str) -> None:
    """Give a DocType its own rules back, whoever asks."""
    for name in get_all("Custom DocPerm", filters={"parent": doctype}, pluck="name"):
        document.delete(ctx().trusted(), "Custom DocPerm", name, force=True)


def can_import(doctype: str, raise_exception: bool = False) -> bool:
    """Whether the user may import documents of the kind; with `raise_exception` PermissionError if not."""
    return _may(doctype, "import", raise_exception)


def can_export(doctype: str, raise_exception: bool = False, is_owner: bool = False) -> bool:
    """Whether the user may export them."""
    owns = get_role_permissions(doctype, is_owner=is_owner).get("if_owner") or {}
    return bool(is_owner and owns.get("export")) or _may(doctype, "export", raise_exception)


def _may(doctype: str, right: str, raise_exception: bool) -> bool:
    allowed = "System Manager" in get_roles() or has_permission(doctype, right)
    if raise_exception and not allowed:
        raise PermissionError.told(f"You are not allowed to {right} {doctype} doctype")
    return allowed


def has_child_permission(
    child_doctype: str, ptype: str = "read", child_doc: object = None, user: str | None = None,
    parent_doctype: str | None = None, *, debug: bool = False,
    print_logs: bool = True,
) -> bool:  # fmt: skip
    """Whether the user has the right on a row, by the document that it hangs on."""
    return has_permission(child_doctype, ptype, child_doc, user, parent_doctype=parent_doctype)


# --- User Permissions ---


def user_permission_exists(user: str, allow: str, for_value: object, applicable_for: str | None = None) -> object:
    """The User Permission that holds a user to a document; None for none."""
    filters = {"user": user, "allow": allow, "for_value": cstr(for_value)}
    return db.exists(
        "User Permission",
        {**filters, "applicable_for": applicable_for} if applicable_for else {**filters, "apply_to_all_doctypes": 1},
    )


def add_user_permission(
    doctype: str, name: object, user: str, ignore_permissions: bool = False, applicable_for: str | None = None,
    is_default: int = 0, hide_descendants: int = 0,
) -> None:  # fmt: skip
    """Hold a user to a document, unless that is done. Raises DoesNotExistError, PermissionError."""
    if user_permission_exists(user, doctype, name, applicable_for):
        return
    if not db.exists(doctype, name):
        raise DoesNotExistError.told(f"{doctype} {name} not found")
    values = {
        "user": user,
        "allow": doctype,
        "for_value": name,
        "is_default": is_default,
        "hide_descendants": hide_descendants,
    }
    values |= {"applicable_for": applicable_for, "apply_to_all_doctypes": 0 if applicable_for else 1}
    document.new(ctx(), {"doctype": "User Permission", **values}).insert(ignore_permissions=ignore_permissions)


def remove_user_permission(doctype: str, name: object, user: str) -> None:
    """Hold a user to a document no longer. Raises PermissionError."""
    found = db.get_value("User Permission", {"user": user, "allow": doctype, "for_value": cstr(name)})
    if found:
        document.delete(ctx(), "User Permission", found, force=True)


def clear_user_permissions_for_doctype(doctype: str, user: str | None = None) -> None:
    """Hold nobody, or a user, to documents of the kind any longer. Raises PermissionError."""
    for name in get_all(
        "User Permission", filters={"allow": doctype, **({"user": user} if user else {})}, pluck="name"
    ):
        document.delete(ctx(), "User Permission", name, force=True)


def remove_applicable(perm_applied_docs: Iterable[str], user: str, doctype: str, docname: object) -> None:
    """Hold a user to a document in lists of these DocTypes no longer: no checks, no events."""
    where = {"user": user, "allow": doctype, "for_value": cstr(docname)}
    for applicable_for in perm_applied_docs:
        db.delete("User Permission", {**where, "applicable_for": applicable_for})


def has_user_permission(doc: BaseDocument, user: str | None = None, debug: bool = False) -> bool:
    """Whether the user's permissions leave him the document."""
    return not user_permission.refusals(_asking(user), doc.meta, doc.__dict__)


def get_linked_doctypes(dt: str) -> list[str]:
    """A DocType with those that its links lead to, by which users are held."""
    links = [each.options for each in ctx().meta(dt).get_link_fields() if not cint(each.ignore_user_permissions)]
    return list(dict.fromkeys([dt, *map(cstr, links)]))


def filter_allowed_docs_for_doctype(
    user_permissions: Iterable[Any], doctype: str, with_default_doc: bool = True
) -> list[object] | tuple[list[object], object]:
    """Of a user's permissions of one kind, the documents that count for a DocType; and the one that forms begin
    with."""
    given = list(user_permissions)
    counting = [each for each in given if not each.get("applicable_for") or each.get("applicable_for") == doctype]
    if not with_default_doc:
        return [each.get("doc") for each in counting]
    first = [each.get("doc") for each in counting if each.get("is_default") or len(given) == 1]
    return [each.get("doc") for each in counting], first[-1] if first else None


def get_allowed_docs_for_doctype(user_permissions: Iterable[object], doctype: str) -> object:
    """Of a user's permissions of one kind, the documents that count for a DocType."""
    return filter_allowed_docs_for_doctype(user_permissions, doctype, with_default_doc=False)


__all__ = [
    "ADMIN_ROLE", "ALL_USER_ROLE", "AUTOMATIC_ROLES", "GUEST_ROLE", "SYSTEM_USER_ROLE", "add_user_permission",
    "allow_everything", "can_export", "can_import",
    "clear_user_permissions_for_doctype", "filter_allowed_docs_for_doctype", "get_all_perms",
    "get_allowed_docs_for_doctype", "get_doctype_ptype_map", "get_doctype_roles",
    "get_doctypes_with_custom_docperms", "get_doctypes_with_read", "get_linked_doctypes", "get_role_permissions",
    "get_user_permissions", "get_valid_perms",
    "has_child_permission", "has_user_permission", "remove_user_permission", "reset_perms", "rights",
    "user_permission_exists",
]  # fmt: skip
