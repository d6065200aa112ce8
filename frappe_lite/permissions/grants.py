"""What is given to a caller: rights on a DocType by roles, on documents by shares, and a token's scope that narrows
both.

Facts only, read from the store and kept until somebody changes them; what follows from them for a document is decided
in `permissions`, for its fields in `levels`.

    role_rights(ctx, meta)   ->   RoleRights(granted={"read", "create"}, if_owner={"write"}, …)
    shares(ctx, "Task")      ->   {"TASK-1": {"read": 1, "write": 0, …}}
    own_rights(ctx)          ->   {"Task": ("approve",)}: what Permission Types add to Frappe's rights
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ..doctype.meta import RIGHTS, DocType
from ..query import Condition
from ..store import Store
from ..utils import cint

ADMINISTRATOR, GUEST = "Administrator", "Guest"

READING = ("read", "select", "print", "email", "report", "export")
"""The rights that change nothing."""

SHARED_RIGHTS = ("read", "write", "share", "submit")
"""The rights that a share can give, beside a DocType's own."""

STATE_RIGHTS = frozenset({"submit", "cancel", "amend"})
"""The rights that only a DocType whose documents are submitted has."""


Answer = TypeVar("Answer")
"""What is cached."""


class Caller(Protocol):
    """What permission rules need to know about whoever asks. `context.Context` is one."""

    @property
    def user(self) -> str:
        """The user's name."""

    @property
    def roles(self) -> frozenset[str]:
        """The user's roles, the automatic ones too."""

    @property
    def is_trusted(self) -> bool:
        """Whether permissions are not checked at all."""

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the caller's token is limited to; None if it is not limited."""

    @property
    def store(self) -> Store:
        """The documents."""

    def has_doctype(self, doctype: object) -> bool:
        """Whether the site has the DocType."""

    def meta(self, doctype: object) -> DocType:
        """The DocType. Raises DoesNotExistError."""

    def cached(self, key: object, make: Callable[[], Answer]) -> Answer:
        """A value kept until users, roles or DocTypes change."""

    def setting(self, name: str) -> Any:
        """A value of System Settings."""

    def hook_verdict(self, meta: DocType, right: str, row: Mapping[str, object]) -> bool:
        """Whether no `has_permission` hook of an app forbids the right."""

    def hook_condition(self, meta: DocType) -> Condition:
        """The condition of the apps' `permission_query_conditions` hooks."""


@dataclass(frozen=True)
class RoleRights:
    """The rights on a DocType that the user's roles give."""

    granted: frozenset[str]  # on every document
    if_owner: frozenset[str]  # on the user's own only
    has_if_owner: bool
    read_levels: frozenset[int]
    write_levels: frozenset[int]

    @property
    def any(self) -> frozenset[str]:
        """The rights that hold for at least some documents."""
        return self.granted | self.if_owner


def all_powerful(ctx: Caller) -> bool:
    """Whether permissions are not checked at all: for a trusted context, and for the Administrator unless a token of
    narrow scope is used."""
    return ctx.is_trusted or (ctx.user == ADMINISTRATOR and ctx.scopes is None)


def in_scope(ctx: Caller, doctype: str, right: str) -> bool:
    """Whether the caller's token covers the right: `Sales_Order:read`, or `Sales_Order:write`, which includes
    reading."""
    if ctx.scopes is None or ctx.is_trusted:
        return True
    word = doctype.replace(" ", "_")  # scopes are separated by spaces
    return f"{word}:write" in ctx.scopes or (right in READING and f"{word}:read" in ctx.scopes)


def own_rights(ctx: Caller) -> dict[str, tuple[str, ...]]:
    """The rights that Permission Types add, by DocType, each sorted."""
    return ctx.cached(("own rights",), lambda: _own_rights(ctx))


def _own_rights(ctx: Caller) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in ctx.store.find(ctx.meta("Permission Type"), Condition(), ("doc_type", "perm_type"), order="perm_type"):
        found.setdefault(row["doc_type"], []).append(row["perm_type"])
    return {doctype: tuple(rights) for doctype, rights in found.items()}


def rights_of(ctx: Caller, doctype: str) -> tuple[str, ...]:
    """Every right that rules can give on documents of the DocType: Frappe's, then its own."""
    return (*RIGHTS, *own_rights(ctx).get(doctype, ()))


def shared_rights(ctx: Caller, doctype: str) -> tuple[str, ...]:
    """Every right that a share can give on a document of the DocType."""
    return (*SHARED_RIGHTS, *own_rights(ctx).get(doctype, ()))


def role_rights(ctx: Caller, meta: DocType) -> RoleRights:
    """The rights on the DocType that the user's roles give; for a child table, those on its parent."""
    result: RoleRights = ctx.cached(("rights", ctx.user, meta.name), lambda: _role_rights(ctx, meta))
    return result


def _role_rights(ctx: Caller, meta: DocType) -> RoleRights:
    rules = [rule for rule in meta.permissions if rule.get("role") in ctx.roles]
    base = [rule for rule in rules if not cint(rule.get("permlevel"))]
    known = rights_of(ctx, meta.name)
    freely = _rights(known, (rule for rule in base if not cint(rule.get("if_owner"))))
    owner = _rights(known, (rule for rule in base if cint(rule.get("if_owner")))) - freely
    if "create" in owner:  # nobody owns a document before it is made
        freely, owner = freely | {"create"}, owner - {"create"}
    if not meta.is_submittable:
        freely, owner = freely - STATE_RIGHTS, owner - STATE_RIGHTS
    has_if_owner = any(cint(rule.get("if_owner")) for rule in base)
    return RoleRights(freely, owner, has_if_owner, _levels(rules, "read"), _levels(rules, "write"))


def _rights(known: Iterable[str], rules: Iterable[Mapping[str, object]]) -> frozenset[str]:
    return frozenset(right for rule in rules for right in known if cint(rule.get(right)))


def _levels(rules: Iterable[Mapping[str, object]], right: str) -> frozenset[int]:
    return frozenset(cint(rule.get("permlevel")) for rule in rules if cint(rule.get(right)))


def shares(ctx: Caller, doctype: str) -> dict[str, dict[str, int]]:
    """The documents of a DocType that are shared with the user: name -> rights."""
    result: dict[str, dict[str, dict[str, int]]] = ctx.cached(("shares", ctx.user), lambda: _shares(ctx))
    return result.get(doctype, {})


def _shares(ctx: Caller) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    if ctx.user == GUEST:
        return found
    condition, meta = Condition("user = ? OR everyone = 1", (ctx.user,)), ctx.meta("DocShare")
    for row in ctx.store.find(meta, condition, meta.columns):
        rights = found.setdefault(row["share_doctype"], {}).setdefault(row["share_name"], {})
        for right in shared_rights(ctx, row["share_doctype"]):
            rights[right] = rights.get(right) or cint(row.get(right))
        rights["select"] = rights["read"]
    return found
