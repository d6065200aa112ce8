"""`frappe.share`: documents given to users, as a DocShare each. Whoever gives one must be allowed to share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ... import document, permissions
from ...document.base_document import BaseDocument
from ...utils import _dict, bold, cint, cstr
from ...values import Given
from ..context import ctx
from ..mail import make_notification_logs
from ..model.documents import db, get_all
from .users import get_fullname


def check_share_permission(doctype: str, name: object, rights: Iterable[str] = ()) -> None:
    """Raises PermissionError unless the user may share the document and has the rights, DoesNotExistError if it is not
    there."""
    doc = document.load(ctx().trusted(), doctype, name)
    permissions.require_grant(ctx(), doc.meta, doc.__dict__, rights)


def add_docshare(
    doctype: str, name: object, user: str | None = None, read: int = 1, write: int = 0, submit: int = 0, share: int = 0,
    everyone: int = 0,
    flags: Given | None = None, notify: int = 0, **own_rights: int,
) -> BaseDocument:  # fmt: skip
    """Share a document with a user, or change how it is shared. Raises PermissionError; not with the flag
    `ignore_share_permission`. `own_rights` are those that the DocType has by Permission Types; others are passed
    over."""
    whom = {"everyone": 1} if cint(everyone) else {"user": user or ctx().user}
    known = get_share_name(doctype, name, user or ctx().user, everyone)
    values = {"doctype": "DocShare", "share_doctype": doctype, "share_name": cstr(name), **whom}
    doc = document.load(ctx().trusted(), "DocShare", known) if known else document.new(ctx().trusted(), values)
    given = {"read": 1, "write": cint(write), "submit": cint(submit), "share": cint(share)}
    given |= {right: cint(own_rights.get(right)) for right in permissions.own_rights(ctx()).get(doctype, ())}
    if not (flags or {}).get("ignore_share_permission"):
        check_share_permission(
            doctype, name, [right for right, value in given.items() if value and not cint(doc.get(right))]
        )
    doc.flags.update(flags or {})
    doc.update(given)  # Frappe: who is given a document may read it
    doc.flags.ignore_links = doc.flags.ignore_links or doctype == "DocType"
    doc.save(ignore_permissions=True)
    if cint(notify) and not cint(everyone):
        notify_shared(doctype, name, user or ctx().user)
    return doc


def notify_shared(doctype: str, name: object, user: str) -> None:
    """Tell a user of a document that is shared with him."""
    what = f"{doctype} {name}"
    values = {"type": "Share", "document_type": doctype, "document_name": cstr(name), "from_user": ctx().user}
    make_notification_logs(
        {**values, "subject": f"{bold(get_fullname())} shared a document {bold(what)} with you"}, user
    )


def add(
    doctype: str, name: object, user: str | None = None, read: int = 1, write: int = 0, submit: int = 0, share: int = 0,
    everyone: int = 0, notify: int = 0, **own_rights: int,
) -> BaseDocument:  # fmt: skip
    """Share a document with a user, or with everyone."""
    return add_docshare(doctype, name, user, read, write, submit, share, everyone, None, notify, **own_rights)


def remove(doctype: str, name: object, user: str, flags: Mapping[str, object] | None = None) -> None:
    """Share a document with a user no longer. Raises PermissionError."""
    known = get_share_name(doctype, name, user, 0)
    if known and not (flags or {}).get("ignore_share_permission"):
        check_share_permission(doctype, name)
    if known:
        document.delete(ctx().trusted(), "DocShare", known)


def set_docshare_permission(
    doctype: str, name: object, user: str, permission_to: str, value: int = 1, everyone: int = 0, flags: Any = None
) -> object:
    """Give one right more on a shared document, or take it; a share without rights goes."""
    known = get_share_name(doctype, name, user, everyone)
    if not known:
        return (
            add_docshare(doctype, name, user, everyone=everyone, **{permission_to: cint(value)}, flags=flags)
            if cint(value)
            else None
        )
    doc = document.load(ctx().trusted(), "DocShare", known)
    if not (flags or {}).get("ignore_share_permission"):
        added = [permission_to] if cint(value) and not cint(doc.get(permission_to)) else []
        check_share_permission(doctype, name, added)
    doc.set(permission_to, cint(value))
    every = permissions.shared_rights(ctx(), doctype)
    if not cint(value) and permission_to == "read":
        doc.update(dict.fromkeys(every, 0))
    if not any(cint(doc.get(right)) for right in every):
        doc.delete()
        return _dict()
    return doc.save(ignore_permissions=True)


set_permission = set_docshare_permission


def get_share_name(doctype: str, name: object, user: str | None, everyone: object) -> object:
    """The DocShare of a document with a user, or with everyone; None for none."""
    whom = {"everyone": 1} if cint(everyone) else {"user": user}
    return db.get_value("DocShare", {"share_doctype": doctype, "share_name": cstr(name), **whom})


def get_users(doctype: str, name: object) -> list[_dict]:
    """With whom a document is shared, and how."""
    fields = ["name", "user", *permissions.shared_rights(ctx(), doctype), "everyone", "owner", "creation"]
    rows: list[_dict] = get_all("DocShare", fields=fields, filters={"share_doctype": doctype, "share_name": cstr(name)})
    return rows


def get_shared(
    doctype: str, user: str | None = None, rights: Any = None, *, filters: Any = None, limit: int | None = None
) -> list[object]:
    """Names of documents that are shared with the user for each of the rights, `read` unless told. What is for everyone
    is not for Guest."""
    whose = user or ctx().user
    conditions = [*([right, "=", 1] for right in rights or ["read"]), ["share_doctype", "=", doctype], *(filters or [])]
    for_whom = [["user", "=", whose], *([["everyone", "=", 1]] if whose != "Guest" else [])]
    names: list[object] = get_all(
        "DocShare", filters=conditions, or_filters=for_whom, limit_page_length=limit or 0, pluck="share_name"
    )
    return names


def get_shared_doctypes(user: str | None = None) -> list[str]:
    """DocTypes of which documents are shared with the user."""
    found = get_all(
        "DocShare", or_filters=[["user", "=", user or ctx().user], ["everyone", "=", 1]], pluck="share_doctype"
    )
    return sorted(set(found))


__all__ = [
    "add", "add_docshare", "check_share_permission", "get_share_name", "get_shared", "get_shared_doctypes", "get_users",
    "remove", "set_docshare_permission",
    "set_permission",
]  # fmt: skip
