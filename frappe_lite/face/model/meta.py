"""What app code asks of a DocType that depends on who asks: which fields the user may read, and at which levels."""

from __future__ import annotations

from ... import permissions
from ...doctype.meta import DocType
from ...utils import _dict, cint, unscrub
from ..context import ctx
from ..people.sharing import get_shared
from ..people.users import get_roles


def get_permissions(meta: DocType, parenttype: str | None = None) -> list[_dict]:
    """The rules of the DocType; of a child table those of its parent."""
    return ctx().meta(parenttype).permissions if meta.istable and parenttype else meta.permissions


def get_permlevel_access(
    meta: DocType, permission_type: str = "read", parenttype: str | None = None, *, user: str | None = None
) -> list[int]:
    """The permission levels at which the user has the right."""
    roles = set(get_roles(user))
    return list(
        dict.fromkeys(
            cint(rule.permlevel)
            for rule in get_permissions(meta, parenttype)
            if rule.role in roles and cint(rule.get(permission_type))
        )
    )


def get_permitted_fieldnames(
    meta: DocType, parenttype: str | None = None, *, user: str | None = None, permission_type: str | None = "read",
    with_virtual_fields: bool = True,
) -> list[str]:  # fmt: skip
    """The fields that the user may read, or has another right on; all of a DocType without rules, none of a child table
    without its parent."""
    if meta.istable and not parenttype:
        return []
    if not permission_type:
        permission_type = "select" if only_has_select_perm(meta.name, user) else "read"
    if permission_type == "select":
        return meta.get_search_fields()
    if not get_permissions(meta, parenttype):
        return meta.get_fieldnames_with_value()
    levels = set(get_permlevel_access(meta, permission_type, parenttype, user=user))
    if permission_type == "read" and get_shared(meta.name, user, rights=["read"], limit=1):
        levels.add(0)
    return [
        each.fieldname
        for each in meta.get_fieldnames_with_value(with_field_meta=True, with_virtual_fields=with_virtual_fields)
        if each.permlevel in levels
    ]


def only_has_select_perm(doctype: str, user: str | None = None, ignore_permissions: bool = False) -> bool:
    """Whether the user may choose documents of the kind, but not read them."""
    asking = ctx() if user is None else ctx().as_user(user)
    if ignore_permissions or permissions.all_powerful(asking):
        return False
    granted = permissions.role_rights(asking, asking.meta(doctype)).granted
    return "select" in granted and "read" not in granted


def get_dashboard_data(meta: DocType) -> _dict:
    """What documents of other kinds a form shows beside its own, from the DocType's links."""
    groups: dict[str, list[str]] = {}
    fieldnames: dict[str, str] = {}
    for link in meta.links:
        if not cint(link.hidden):
            groups.setdefault(link.group or "", []).append(link.parent_doctype or link.link_doctype)
            fieldnames[link.parent_doctype or link.link_doctype] = link.link_fieldname
    transactions = [_dict(label=label or unscrub("reference"), items=items) for label, items in groups.items()]
    return _dict(transactions=transactions, non_standard_fieldnames=fieldnames, internal_links={}, dynamic_links={})


DocType.asked_by_apps.update(
    get_permissions=get_permissions, get_permlevel_access=get_permlevel_access,
    get_permitted_fieldnames=get_permitted_fieldnames, get_dashboard_data=get_dashboard_data,
)  # fmt: skip


def get_parent_dt(dt: str) -> str:
    """The DocType whose documents have rows of this child table; empty for none."""
    row = ctx().store.database.row(
        "SELECT parent FROM \"tabDocField\" WHERE fieldtype IN ('Table', 'Table MultiSelect') AND options = ?", (dt,)
    )
    return str(row[0]) if row else ""


def is_single(doctype: str) -> bool:
    """Whether there is one document of the kind."""
    return ctx().meta(doctype).issingle


def get_default_df(fieldname: str) -> _dict | None:
    """A standard field, such as `owner`, as a field; None for none."""
    kinds = {"creation": "Datetime", "modified": "Datetime", "idx": "Int", "docstatus": "Int"}
    known = (
        fieldname in ("name", "owner", "modified_by", "parent", "parentfield", "parenttype", "doctype")
        or fieldname in kinds
    )
    return (
        _dict(fieldname=fieldname, fieldtype=kinds.get(fieldname, "Data"), label=unscrub(fieldname)) if known else None
    )


__all__ = ["get_default_df", "get_parent_dt", "is_single", "only_has_select_perm"]
