"""Who may do what: roles, owners, levels, user permissions, shares.

Each question has two forms, and both come from the same rules: yes or no with a reason, about one stored document; and
a `Condition` that goes into the SQL of lists and counts. Takes a `Caller` (the context); asks the store for shares and
user permissions, which it caches until somebody changes them.

    judge(ctx, meta, "write", row)  ->  Verdict(False, "if_owner", "User ann does not have access to …")
    rows(ctx, meta)                 ->  Condition('"tabNote"."owner" = ?', ("ann",))      None: no row at all
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..doctype.meta import CHILD, RIGHTS, STANDARD, DocType
from ..errors import DoesNotExistError, PermissionError
from ..query import Condition, all_of, any_of, quote
from ..store import Store
from ..utils import bold, cint, cstr

ADMINISTRATOR, GUEST = "Administrator", "Guest"

READING = ("read", "select", "print", "email", "report", "export")
"""The rights that change nothing."""

SHARED_RIGHTS = ("read", "write", "share", "submit", "select")


class Caller(Protocol):
    """What a permission question needs to know of who asks: `site.Context`."""

    @property
    def user(self) -> str:
        """The user's name."""

    @property
    def roles(self) -> frozenset[str]:
        """The user's roles, the automatic ones too."""

    @property
    def is_trusted(self) -> bool:
        """Whether permissions are not asked at all."""

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the caller's token is narrowed to; None if it is not."""

    @property
    def store(self) -> Store:
        """The documents."""

    def has_doctype(self, doctype: Any) -> bool:
        """Whether the site has the DocType."""

    def meta(self, doctype: str) -> DocType:
        """The DocType. Raises DoesNotExistError."""

    def cached(self, key: Any, make: Callable[[], Any]) -> Any:
        """A value kept until users, roles or DocTypes change."""

    def setting(self, name: str) -> Any:
        """A value of System Settings."""

    def hook_verdict(self, meta: DocType, right: str, row: Mapping[str, Any]) -> bool | None:
        """What the app's own `has_permission` says; None if it says nothing."""

    def hook_condition(self, meta: DocType) -> Condition:
        """What the app's own `permission_query_conditions` say."""


@dataclass(frozen=True)
class RoleRights:
    """What the user's roles give on a DocType."""

    granted: frozenset[str] = frozenset()  # on every document
    if_owner: frozenset[str] = frozenset()  # on the user's own only
    has_if_owner: bool = False
    read_levels: frozenset[int] = frozenset()
    write_levels: frozenset[int] = frozenset()

    def as_dict(self, is_owner: bool) -> dict[str, Any]:
        """Frappe's shape: {read: 1, …, if_owner: {delete: 0}, has_if_owner_enabled}."""
        shape: dict[str, Any] = {
            right: int(right in self.granted or (right in self.if_owner and right in ("read", "select")))
            for right in RIGHTS
        }
        shape["if_owner"] = {right: int(is_owner) for right in RIGHTS if right in self.if_owner}
        shape["has_if_owner_enabled"] = self.has_if_owner
        return shape


@dataclass(frozen=True)
class Verdict:
    """Yes or no, by which rule, and in words."""

    allowed: bool
    rule: str
    reason: str = ""


@dataclass
class UserPermissions:
    """DocType -> the documents that a user is held to, and for which DocTypes each holds (None: all)."""

    allowed: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)

    def values(self, allow: str, doctype: str) -> list[str] | None:
        """The documents of `allow` that documents of `doctype` may link to; None if it is not limited."""
        entries = [name for name, applicable in self.allowed.get(allow, ()) if applicable in (None, doctype)]
        return entries or None


def all_powerful(ctx: Caller) -> bool:
    """Whether permissions are not asked: the trusted context, and Administrator, unless a token of narrow scope speaks for that user."""
    return ctx.is_trusted or (ctx.user == ADMINISTRATOR and ctx.scopes is None)


def in_scope(ctx: Caller, doctype: str, right: str) -> bool:
    """Whether the caller's token reaches so far: `Sales_Order:read`, or `Sales_Order:write`, which covers reading."""
    if ctx.scopes is None or ctx.is_trusted:
        return True
    word = doctype.replace(" ", "_")  # scopes are separated by spaces
    return f"{word}:write" in ctx.scopes or (right in READING and f"{word}:read" in ctx.scopes)


def role_rights(ctx: Caller, meta: DocType) -> RoleRights:
    """What the user's roles give on the DocType. A child table's rights are its parent's."""
    result: RoleRights = ctx.cached(("rights", ctx.user, meta.name), lambda: _role_rights(ctx, meta))
    return result


def _role_rights(ctx: Caller, meta: DocType) -> RoleRights:
    rules = [rule for rule in meta.permissions if rule.get("role") in ctx.roles]
    base = [rule for rule in rules if not cint(rule.get("permlevel"))]
    freely = frozenset(
        right for right in RIGHTS for rule in base if cint(rule.get(right)) and not cint(rule.get("if_owner"))
    )
    owner = (
        frozenset(right for right in RIGHTS for rule in base if cint(rule.get(right)) and cint(rule.get("if_owner")))
        - freely
    )
    if "create" in owner:  # nobody owns a document before it is made
        freely, owner = freely | {"create"}, owner - {"create"}
    if not meta.is_submittable:
        freely, owner = freely - {"submit", "cancel", "amend"}, owner - {"submit", "cancel", "amend"}
    return RoleRights(
        freely, owner, any(cint(rule.get("if_owner")) for rule in base),
        frozenset(cint(rule.get("permlevel")) for rule in rules if cint(rule.get("read"))),
        frozenset(cint(rule.get("permlevel")) for rule in rules if cint(rule.get("write"))),
    )  # fmt: skip


def document_rights(ctx: Caller, meta: DocType, row: Mapping[str, Any]) -> dict[str, Any]:
    """Each right on one document, 1 or 0, in Frappe's shape."""
    rights = _document_rights(ctx, meta, row)
    return {key: 0 if key in RIGHTS and not in_scope(ctx, meta.name, key) else value for key, value in rights.items()}


def _document_rights(ctx: Caller, meta: DocType, row: Mapping[str, Any]) -> dict[str, Any]:
    is_owner = _owns(ctx, row)
    if all_powerful(ctx):
        return {
            **{right: int(meta.is_submittable or right not in ("submit", "cancel", "amend")) for right in RIGHTS},
            "if_owner": {},
            "has_if_owner_enabled": False,
        }
    rights = role_rights(ctx, meta).as_dict(is_owner)
    rights.update(rights["if_owner"])
    if _user_permission_refusals(ctx, meta, row):
        rights = {
            **{right: 0 for right in RIGHTS},
            **(rights["if_owner"] if is_owner else {}),
            "create": 0,
            "if_owner": {},
        }
    for right in RIGHTS:
        if ctx.hook_verdict(meta, right, row) is False:
            rights[right] = 0
    for right, value in (shares(ctx, meta.name).get(str(row.get("name"))) or {}).items():
        rights[right] = rights.get(right) or value
    if cint(ctx.setting("disable_document_sharing")):
        rights["share"] = 0
    return rights


def _owns(ctx: Caller, row: Mapping[str, Any]) -> bool:
    return bool(cstr(row.get("owner")).lower() == ctx.user.lower())


def judge(ctx: Caller, meta: DocType, right: str, row: Mapping[str, Any] | None = None) -> Verdict:
    """Whether the user has the right, on the stored document `row` or on the DocType."""
    governing = cstr(row["parenttype"]) if row is not None and meta.istable and row.get("parenttype") else meta.name
    if not in_scope(ctx, governing, right):
        return Verdict(False, "scope", f"The scope of the access token does not cover {right} on {bold(governing)}")
    if all_powerful(ctx):
        return Verdict(True, "administrator")
    if right == "share" and cint(ctx.setting("disable_document_sharing")):
        return Verdict(False, "setting", "Document sharing is switched off by a setting")
    if row is not None and meta.istable and row.get("parenttype"):
        return _judge_by_parent(ctx, meta, right, row)
    rights = role_rights(ctx, meta)
    if row is None:
        return _judge_doctype(ctx, meta, right, rights)
    name = row.get("name")
    if name and (shares(ctx, meta.name).get(str(name)) or {}).get(right):
        return Verdict(True, "share")
    if ctx.hook_verdict(meta, right, row) is False:
        return Verdict(False, "has_permission hook", _no_access(ctx, meta, name))
    refusals = _user_permission_refusals(ctx, meta, row)
    is_owner = _owns(ctx, row)
    if right in rights.if_owner and is_owner:
        return Verdict(True, "if_owner")
    if right in rights.granted and not refusals:
        return Verdict(True, "role")
    if not rights.granted and not rights.if_owner:
        return Verdict(False, "role", _no_doctype_access(ctx, meta))
    rule = "if_owner" if right in rights.if_owner else "User Permission" if right in rights.granted else "role"
    return Verdict(False, rule, "<br>".join([*refusals, _no_access(ctx, meta, name)]))


def _judge_doctype(ctx: Caller, meta: DocType, right: str, rights: RoleRights) -> Verdict:
    if right in rights.granted:
        return Verdict(True, "role")
    if right in rights.if_owner and right in ("read", "select"):
        return Verdict(True, "if_owner")
    if right == "read" and any(each.get("read") for each in shares(ctx, meta.name).values()):
        return Verdict(True, "share")
    return Verdict(False, "role", _no_doctype_access(ctx, meta))


def _judge_by_parent(ctx: Caller, meta: DocType, right: str, row: Mapping[str, Any]) -> Verdict:
    """A child row is governed by the stored document it hangs on."""
    try:
        parent = ctx.meta(cstr(row.get("parenttype")))
    except DoesNotExistError:
        return Verdict(False, "role", _no_access(ctx, meta, row.get("name")))
    stored = ctx.store.load(parent, row.get("parent"))
    tables = [
        each for each in parent.table_fields if each.options == meta.name and each.fieldname == row.get("parentfield")
    ]
    if stored is None or not tables:
        return Verdict(False, "role", _no_access(ctx, meta, row.get("name")))
    if not may_read_field(ctx, parent, tables[0].fieldname):
        return Verdict(False, "level", _no_access(ctx, meta, row.get("name")))
    return judge(ctx, parent, right if right == "read" else "write", stored)


def _no_doctype_access(ctx: Caller, meta: DocType) -> str:
    return f"User {bold(ctx.user)} does not have doctype access via role permission for document {bold(meta.name)}"


def _no_access(ctx: Caller, meta: DocType, name: Any) -> str:
    which = f"{meta.name} - {name}" if name else meta.name
    return f"User {bold(ctx.user)} does not have access to this document: {bold(which)}"


def require(ctx: Caller, meta: DocType, right: str, row: Mapping[str, Any] | None = None) -> None:
    """Raises PermissionError, with the reason as its message, unless the user has the right."""
    verdict = judge(ctx, meta, right, row)
    if not verdict.allowed:
        by_role = verdict.reason == _no_doctype_access(ctx, meta)
        name = cstr(row.get("name")) if row else ""
        brief = (
            f"No permission for {meta.name}"
            if by_role
            else f"You need the '{right}' permission on {bold(meta.name)} {name} to perform this action."
        )
        raise PermissionError.told(verdict.reason, indicator=None, brief=brief)


# --- lists -----------------------------------------------------------------------------------------------


def rows(ctx: Caller, meta: DocType) -> Condition | None:
    """Which rows of the DocType the user may read, as a condition; None if none of them."""
    if not in_scope(ctx, meta.name, "read"):
        return None
    if all_powerful(ctx):
        return Condition()
    rights = role_rights(ctx, meta)
    shared = [name for name, given in shares(ctx, meta.name).items() if given.get("read")]
    reads = rights.granted & {"read", "select"}
    owner_reads = rights.if_owner & {"read", "select"}
    table = quote(meta.table)
    shared_rows = Condition(f"{table}.name IN ({', '.join('?' * len(shared))})", tuple(shared)) if shared else None
    if not reads and not owner_reads:
        return shared_rows
    parts = [] if reads else [Condition(f"{table}.owner = ?", (ctx.user,))]
    if reads:
        limits = _user_permission_conditions(ctx, meta)
        if limits and owner_reads:
            limits = [any_of([all_of(limits), Condition(f"{table}.owner = ?", (ctx.user,))])]
        parts += limits
    parts.append(ctx.hook_condition(meta))
    condition = all_of(parts)
    return any_of([condition, shared_rows]) if shared_rows and condition.sql else condition


def _user_permission_conditions(ctx: Caller, meta: DocType) -> list[Condition]:
    permissions = user_permissions(ctx)
    table, conditions = quote(meta.table), []
    own = permissions.values(meta.name, meta.name)
    if own is not None:
        conditions.append(Condition(f"{table}.name IN ({', '.join('?' * len(own))})", tuple(own)))
    for link in meta.link_fields:
        names = None if cint(link.ignore_user_permissions) else permissions.values(cstr(link.options), meta.name)
        if names is not None:
            column = f"{table}.{quote(link.fieldname)}"
            empty = "" if _is_strict(ctx) else f"{column} IS NULL OR {column} = '' OR "
            conditions.append(Condition(f"({empty}{column} IN ({', '.join('?' * len(names))}))", tuple(names)))
    return conditions


def _user_permission_refusals(ctx: Caller, meta: DocType, row: Mapping[str, Any]) -> list[str]:
    """Why the user's permissions exclude the document; empty if they do not."""
    permissions = user_permissions(ctx)
    refusals: list[str] = []
    if not permissions.allowed:
        return refusals
    own = permissions.values(meta.name, meta.name)
    if own is not None and row.get("name") and str(row["name"]) not in own:
        refusals.append(f"Not allowed for {meta.name}: {row['name']}")
    for link in meta.link_fields:
        value = row.get(link.fieldname)
        names = None if cint(link.ignore_user_permissions) else permissions.values(cstr(link.options), meta.name)
        if names is not None and (value or _is_strict(ctx)) and cstr(value) not in names:
            label = link.label or link.fieldname
            refusals.append(
                f"You are not allowed to access this {row.get('doctype') and meta.name or 'DocType'} record because it is linked to {link.options} '{value}' in field {label}"
            )
    return refusals


def _is_strict(ctx: Caller) -> bool:
    """Whether an empty link is refused to a user who is held to certain documents."""
    return bool(cint(ctx.setting("apply_strict_user_permissions")))


def user_permissions(ctx: Caller) -> UserPermissions:
    """The documents that the user is held to."""
    result: UserPermissions = ctx.cached(("user_permissions", ctx.user), lambda: _user_permissions(ctx))
    return result


def _user_permissions(ctx: Caller) -> UserPermissions:
    found = UserPermissions()
    fields = ("allow", "for_value", "applicable_for", "apply_to_all_doctypes", "hide_descendants")
    for row in ctx.store.find(ctx.meta("User Permission"), Condition("user = ?", (ctx.user,)), fields):
        applicable = None if cint(row["apply_to_all_doctypes"]) or not row["applicable_for"] else row["applicable_for"]
        names = [row["for_value"]]
        try:
            allowed = ctx.meta(row["allow"])
        except DoesNotExistError:
            allowed = None
        if allowed is not None and cint(allowed.is_tree) and not cint(row["hide_descendants"]):
            names += descendants(ctx.store, allowed, row["for_value"], "descendants of")
        found.allowed.setdefault(row["allow"], []).extend((name, applicable) for name in names)
    return found


def descendants(store: Store, meta: DocType, name: str, operator: str) -> list[str]:
    """The names that a tree operator means for the node `name`, by its lft and rgt."""
    table = quote(meta.table)
    node = store.database.row(f"SELECT lft, rgt FROM {table} WHERE name = ?", (name,))
    if node is None:
        return []
    up = "ancestors" in operator
    inclusive = "=" if "inclusive" in operator else ""
    compare = f"lft <{inclusive} ? AND rgt >{inclusive} ?" if up else f"lft >{inclusive} ? AND rgt <{inclusive} ?"
    return [row[0] for row in store.database.rows(f"SELECT name FROM {table} WHERE {compare} ORDER BY lft", node)]


def shares(ctx: Caller, doctype: str) -> dict[str, dict[str, int]]:
    """Document name -> rights, of the documents of a DocType that are shared with the user."""
    result: dict[str, dict[str, dict[str, int]]] = ctx.cached(("shares", ctx.user), lambda: _shares(ctx))
    return result.get(doctype, {})


def _shares(ctx: Caller) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    if ctx.user == GUEST:
        return found
    condition = Condition("user = ? OR everyone = 1", (ctx.user,))
    for row in ctx.store.find(
        ctx.meta("DocShare"), condition, ("share_doctype", "share_name", "read", "write", "share", "submit")
    ):
        rights = found.setdefault(row["share_doctype"], {}).setdefault(row["share_name"], {})
        for right in ("read", "write", "share", "submit"):
            rights[right] = rights.get(right) or cint(row[right])
        rights["select"] = rights["read"]
    return found


# --- fields ----------------------------------------------------------------------------------------------


def levels(ctx: Caller, meta: DocType, right: str) -> frozenset[int] | None:
    """The permission levels whose fields the user may read or write; None for all of them."""
    if all_powerful(ctx):
        return None
    rights = role_rights(ctx, meta)
    return (rights.write_levels if right == "write" else rights.read_levels) | {0}


def may_read_field(ctx: Caller, meta: DocType, fieldname: str, parent: DocType | None = None) -> bool:
    """Whether the user may read, filter and sort by the field; of a child table by its parent's rules."""
    governing = parent or meta
    if not in_scope(ctx, governing.name, "read"):
        return False
    if all_powerful(ctx):
        return True
    found = meta.field(fieldname)
    rights = role_rights(ctx, governing)
    if not (rights.granted | rights.if_owner) & {"read", "select"} and not shares(ctx, governing.name):
        return False
    if found is None:
        return fieldname in meta.standard
    if found.fieldtype == "Password":
        return False
    if found.permlevel and found.permlevel not in rights.read_levels:
        return False
    if "read" in rights.granted or "select" not in rights.granted:
        return True
    return fieldname in select_fields(governing)


def select_fields(meta: DocType) -> set[str]:
    """What `select` alone lets one see of a document: enough to choose it from a list."""
    return {
        *STANDARD,
        *CHILD,
        *meta.search_fields,
        meta.get_title_field(),
        cstr(meta.image_field),
        "enabled",
        "disabled",
    }


def strip_unreadable(ctx: Caller, meta: DocType, data: dict[str, Any]) -> dict[str, Any]:
    """Take the fields that the user may not read out of a document's dict, child rows included."""
    readable = levels(ctx, meta, "read")
    if readable is None:
        return data
    if not meta.levels <= readable:
        for each in meta.fields:
            if each.permlevel not in readable:
                data.pop(each.fieldname, None)
    for table in meta.table_fields:
        if not ctx.has_doctype(table.options):
            continue
        child = ctx.meta(cstr(table.options))
        if not child.levels <= readable:
            hidden = [each.fieldname for each in child.fields if each.permlevel not in readable]
            for row in data.get(table.fieldname) or ():
                for fieldname in hidden:
                    row.pop(fieldname, None)
    return data
