"""`frappe.core.page.permission_manager.permission_manager.*`.

The rules by which roles have rights, for System Managers.

The first change to a DocType's rules copies them: from then on its Custom DocPerms count, until it is reset.
"""

from __future__ import annotations

import json

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..errors import DoesNotExistError, ValidationError
from ..query import Condition
from ..utils import bold, cint
from ..values import Values
from ..whitelist import method
from .accounts import get_perm_info
from .asking import require_manager

_MANAGER = "frappe.core.page.permission_manager.permission_manager"
_DOCTYPE = "Custom DocPerm"
FIXED = frozenset({"DocType", "Module Def", "Custom DocPerm", "Custom Field", "Property Setter"})
"""DocTypes whose rules stay as they are: the site itself is read by them."""

NOT_GIVEN = ("Administrator",)


def _managed(ctx: Context, doctype: str, *roles: str) -> DocType:
    """A DocType whose rules may be changed. Raises PermissionError, DoesNotExistError, ValidationError."""
    require_manager(ctx)
    meta = ctx.meta(doctype)
    if meta.name in FIXED or meta.istable:
        raise ValidationError.told(
            f"The rules of {meta.name} are fixed: "
            f"{'a child table has those of its parent' if meta.istable else 'the site depends on them'}"
        )
    for role in roles:
        if ctx.store.exists(ctx.meta("Role"), role) != role or role in NOT_GIVEN:
            raise DoesNotExistError.told(f"There is no role {bold(role)} that can have a rule")
    ctx.store.database.begin_write()
    return meta


def _rules(ctx: Context, doctype: str, **wanted: object) -> list[Values]:
    """The stored custom rules of a DocType that have these values."""
    where = " AND ".join(["parent = ?", *(f"{key} = ?" for key in wanted)])
    return ctx.store.find(
        ctx.meta(_DOCTYPE), Condition(where, (doctype, *wanted.values())), ctx.meta(_DOCTYPE).columns, order="creation"
    )


def _copy_rules(ctx: Context, meta: DocType) -> bool:
    """Let a DocType have custom rules, whose first are those that it had until now; whether it had none."""
    if _rules(ctx, meta.name):
        return False
    known = {"role", "permlevel", "if_owner", *permissions.rights_of(ctx, meta.name)} & set(ctx.meta(_DOCTYPE).columns)
    for rule in meta.permissions:
        document.new(
            ctx, {key: rule.get(key) or 0 for key in known} | {"doctype": _DOCTYPE, "parent": meta.name}
        ).insert()
    return True


def _check(ctx: Context, meta: DocType) -> None:
    """Raises ValidationError for rules that contradict themselves."""
    rules = _rules(ctx, meta.name)
    base = {rule["role"] for rule in rules if not cint(rule["permlevel"])}
    for rule in rules:
        where = f"For {rule['role']} at level {cint(rule['permlevel'])} in {meta.name}"
        if not any(cint(rule[right]) for right in ("select", "read", "write", "submit", "cancel", "create")):
            raise ValidationError.told(f"{where}: No basic permissions set")
        if cint(rule["permlevel"]) and rule["role"] not in base and rule["role"] not in ("All", "Desk User"):
            raise ValidationError.told(f"{where}: Permission at level 0 must be set before higher levels are set")
        if any(cint(rule[right]) for right in ("submit", "cancel", "amend")) and not cint(rule["write"]):
            raise ValidationError.told(f"{where}: Cannot set Submit, Cancel, Amend without Write")
        if cint(rule["submit"]) and not meta.is_submittable:
            raise ValidationError.told(f"{where}: Cannot set Assign Submit if not Submittable")
        if cint(rule["cancel"]) and not cint(rule["submit"]):
            raise ValidationError.told(f"{where}: Cannot set Cancel without Submit")


# --- changing them -----------------------------------------------------------------------------------------


@method(f"{_MANAGER}.add", methods=["POST", "PUT"])
def add(ctx: Context, parent: str, role: str, permlevel: int) -> None:
    """Give a role the right to read a DocType, or its fields of a higher level."""
    meta = _managed(ctx, parent, role)
    _copy_rules(ctx, meta)
    if _rules(ctx, meta.name, role=role, permlevel=permlevel, if_owner=0):
        ctx.say("Rule for this doctype, role, permlevel and if-owner combination already exists.", alert=True)
        return
    document.new(
        ctx, {"doctype": _DOCTYPE, "parent": meta.name, "role": role, "permlevel": permlevel, "read": 1}
    ).insert()
    _check(ctx, meta)


@method(f"{_MANAGER}.update", methods=["POST", "PUT"])
def update(
    ctx: Context, doctype: str, role: str, permlevel: int, ptype: str, value: object = None, if_owner: object = 0
) -> str | None:
    """Set one right of a role's rule, or `if_owner`; "refresh" if it was the first change to the DocType's rules."""
    meta = _managed(ctx, doctype, role)
    known = (*permissions.rights_of(ctx, meta.name), "if_owner")
    if ptype not in known:
        raise ValidationError.told(f"ptype is one of {', '.join(known)}")
    if ptype == "report" and cint(value) and cint(if_owner):
        raise ValidationError.told("Cannot set 'Report' permission if 'Only If Creator' permission is set")
    copied = _copy_rules(ctx, meta)
    of_role = _rules(ctx, meta.name, role=role, permlevel=permlevel)
    for rule in [each for each in of_role if cint(each["if_owner"]) == cint(if_owner)] or of_role[:1]:
        changed = document.load(ctx, _DOCTYPE, rule["name"])
        changed.update({ptype: cint(value), **({"report": 0} if ptype == "if_owner" and cint(value) else {})})
        changed.save()
    _check(ctx, meta)
    return "refresh" if copied else None


@method(f"{_MANAGER}.remove", methods=["POST", "PUT"])
def remove(ctx: Context, doctype: str, role: str, permlevel: int, if_owner: object = 0) -> None:
    """Take a role's rule away. Raises ValidationError for the last one of a DocType."""
    meta = _managed(ctx, doctype)
    _copy_rules(ctx, meta)
    for rule in _rules(ctx, meta.name, role=role, permlevel=permlevel, if_owner=cint(if_owner)):
        document.delete(ctx, _DOCTYPE, rule["name"], force=True)
    if not _rules(ctx, meta.name):
        raise ValidationError.told("There must be atleast one permission rule.", title="Cannot Remove")
    _check(ctx, meta)


@method(f"{_MANAGER}.reset", methods=["POST", "PUT"])
def reset(ctx: Context, doctype: str) -> None:
    """Let the DocType's own rules count again."""
    meta = _managed(ctx, doctype)
    for rule in _rules(ctx, meta.name):
        document.delete(ctx, _DOCTYPE, rule["name"], force=True)


# --- reading them ------------------------------------------------------------------------------------------


@method(f"{_MANAGER}.get_permissions")
def get_permissions(ctx: Context, doctype: str | None = None, role: str | None = None) -> list[Values]:
    """The rules of a DocType, or of a role, or of both, that count now."""
    require_manager(ctx)
    if role:
        found = [rule for rule in get_perm_info(ctx, role) if doctype in (None, "", rule["parent"])]
    else:
        found = [{**rule, "parent": doctype} for rule in ctx.meta(doctype or "").permissions]
    for rule in found:
        meta = ctx.meta(rule["parent"])
        linked = [link.options for link in meta.link_fields if not cint(link.ignore_user_permissions) and link.options]
        rule.update(
            linked_doctypes=list(dict.fromkeys([meta.name, *linked])),
            is_submittable=cint(meta.is_submittable),
            in_create=cint(meta.in_create),
        )
    return sorted(found, key=lambda rule: cint(rule.get("permlevel")))


@method(f"{_MANAGER}.get_standard_permissions")
def get_standard_permissions(ctx: Context, doctype: str) -> list[Values]:
    """The DocType's own rules, whatever was changed since."""
    require_manager(ctx)
    row = ctx.store.database.row('SELECT json FROM "__meta" WHERE name = ?', (ctx.meta(doctype).name,))
    return list(json.loads(row[0]).get("permissions") or []) if row else []


@method(f"{_MANAGER}.get_roles_and_doctypes")
def get_roles_and_doctypes(ctx: Context) -> Values:
    """What rules can be about: `doctypes` and `roles`, each {label, value}; of a DocType that has rights of its own,
    those in `doctype_ptype_map`."""
    require_manager(ctx)
    doctypes = [
        row["name"] for row in ctx.store.find(ctx.meta("DocType"), Condition("istable = 0")) if row["name"] not in FIXED
    ]
    roles = [
        row["name"]
        for row in ctx.store.find(ctx.meta("Role"), Condition("disabled = 0"))
        if row["name"] not in NOT_GIVEN
    ]
    shown = {"doctypes": doctypes, "roles": roles}
    listed = {
        key: [{"label": name, "value": name} for name in sorted(names, key=str.casefold)]
        for key, names in shown.items()
    }
    return {**listed, "doctype_ptype_map": permissions.own_rights(ctx)}


@method(f"{_MANAGER}.get_users_with_role")
def get_users_with_role(ctx: Context, role: str) -> list[str]:
    """The enabled users who were given a role."""
    require_manager(ctx)
    sql = (
        'SELECT DISTINCT u.name FROM "tabHas Role" AS h JOIN "tabUser" AS u ON u.name = h.parent'
        " WHERE h.role = ? AND h.parenttype = 'User' AND u.enabled = 1 AND u.name != 'Administrator' ORDER BY u.name"
    )
    return [row[0] for row in ctx.store.database.rows(sql, (role,))]
