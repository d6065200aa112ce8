"""Who may do what with a document: one ordered list of rules, read in two ways.

`judge` asks the rules about one stored document, until one decides: yes or no, by which rule, and in words. `rows`
makes of the same rules the condition that goes into the SQL of lists and counts: a list shows what may be read one by
one.

    judge(ctx, meta, "write", row)  ->  Verdict(False, "if_owner", "User ann does not have access to …")
    rows(ctx, meta)                 ->  Condition('"tabNote"."owner" = ?', ("ann",))      None: no row at all
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ..doctype.meta import DocType
from ..query import Condition, all_of, any_of, quote
from ..utils import bold, cint, cstr
from ..values import Values
from .field_levels import levels
from .grants import READING, STATE_RIGHTS, Caller, RoleRights, all_powerful, in_scope, rights_of, role_rights, shares
from .user_permission import condition as user_permission_condition
from .user_permission import refusals as user_permission_refusals

Row = Mapping[str, object]
Code = Literal[
    "administrator",
    "scope",
    "setting",
    "share",
    "role",
    "has_permission hook",
    "if_owner",
    "User Permission",
    "level",
    "docstatus",
]
"""Which rule decided. `docstatus` is the document's state, which `parts/why.py` adds to the rules here."""

LISTED = frozenset({"read", "select"})
"""The rights of which one is enough to see a document in a list."""


@dataclass(frozen=True)
class Verdict:
    """Yes or no, by which rule, and why in words. `of_doctype`: no role opens the DocType at all, so the document
    does not matter."""

    allowed: bool
    rule: Code
    reason: str = ""
    of_doctype: bool = False


@dataclass(frozen=True)
class Question:
    """Who asks, and for which rights on documents of which DocType. One of the rights is enough."""

    ctx: Caller
    meta: DocType
    rights: frozenset[str]
    given: RoleRights

    @property
    def right(self) -> str:
        """The right as it is named in reasons."""
        return "read" if self.rights is LISTED else next(iter(self.rights))


@dataclass(frozen=True)
class Rule:
    """A rule in both of its forms: whether it lets a document pass, and which documents it lets pass, as a condition.
    None is none of them.

    A rule that `suffices` answers yes for what it lets pass and leaves the rest to those after it. Any other answers no
    for what it does not let pass.
    """

    code: Code
    suffices: bool
    passes: Callable[[Question, Row], bool]
    condition: Callable[[Question], Condition | None]
    reason: Callable[[Question, Row], str]


# --- the rules -------------------------------------------------------------------------------------------


def _whatever_the_row(
    code: Code, suffices: bool, test: Callable[[Question], bool], reason: Callable[[Question, Row], str],
) -> Rule:  # fmt: skip
    """A rule that does not look at the document: it lets all of them pass or none."""
    return Rule(
        code,
        suffices,
        lambda question, _row: test(question),
        lambda question: Condition() if test(question) else None,
        reason,
    )


def _is_in_scope(question: Question) -> bool:
    return any(in_scope(question.ctx, question.meta.name, right) for right in question.rights)


def _may_be_shared(question: Question) -> bool:
    return "share" not in question.rights or not cint(question.ctx.setting("disable_document_sharing"))


def _is_shared(question: Question, row: Row) -> bool:
    given = shares(question.ctx, question.meta.name)
    rights = given.get(str(row.get("name"))) if given else None
    return rights is not None and any(rights.get(right) for right in question.rights)


def _shared_rows(question: Question) -> Condition | None:
    given = shares(question.ctx, question.meta.name)
    names = tuple(name for name, rights in given.items() if any(rights.get(right) for right in question.rights))
    return Condition(f"{quote(question.meta.table)}.name IN ({', '.join('?' * len(names))})", names) if names else None


def _owns(ctx: Caller, row: Row) -> bool:
    return cstr(row.get("owner")).lower() == ctx.user.lower()


def _is_own(question: Question, row: Row) -> bool:
    return bool(question.rights & question.given.if_owner) and _owns(question.ctx, row)


def _own_rows(question: Question) -> Condition | None:
    owner = Condition(f"{quote(question.meta.table)}.owner = ?", (question.ctx.user,))
    return owner if question.rights & question.given.if_owner else None


def _hooks_agree(question: Question, row: Row) -> bool:
    return any(question.ctx.hook_verdict(question.meta, right, row) for right in sorted(question.rights))


def _hook_rows(question: Question) -> Condition:
    return question.ctx.hook_condition(question.meta)


def _opens(question: Question) -> bool:
    """Whether some role opens documents of the DocType for one of the rights. Frappe: what is given on own documents
    counts for reading only."""
    given, rights = question.given, question.rights
    return bool(rights & given.granted or rights & given.if_owner & LISTED)


def _no_role(question: Question, row: Row) -> str:
    return _no_access(question, row) if _opens(question) else _no_doctype_access(question)


def _no_doctype_access(question: Question) -> str:
    user, doctype = bold(question.ctx.user), bold(question.meta.name)
    if question.meta.istable:
        return f"Please specify a valid parent DocType for {doctype}"
    return f"User {user} does not have doctype access via role permission for document {doctype}"


def _no_access(question: Question, row: Row) -> str:
    if not _opens(question):
        return _no_doctype_access(question)
    which = f"{question.meta.name} - {row.get('name') or None}"  # Frappe: "Task - None" of one that is not stored yet
    return f"User {bold(question.ctx.user)} does not have access to this document: {bold(which)}"


def _out_of_scope(question: Question, row: Row) -> str:
    return f"The scope of the access token does not cover {question.right} on {bold(question.meta.name)}"


def _forbidden_by_app(question: Question, row: Row) -> str:
    return f"Not allowed via controller permission check<br>{_no_access(question, row)}"


def _held_elsewhere(question: Question, row: Row) -> str:
    return "<br>".join([*user_permission_refusals(question.ctx, question.meta, row), _no_access(question, row)])


ALWAYS = (
    _whatever_the_row("administrator", True, lambda question: all_powerful(question.ctx), lambda *_: ""),
    _whatever_the_row("scope", False, _is_in_scope, _out_of_scope),
    _whatever_the_row("setting", False, _may_be_shared, lambda *_: "Document sharing is switched off by a setting"),
)
"""The rules that come before all others, for a DocType as for a document."""

BY_ROLE = _whatever_the_row("role", False, lambda question: bool(question.rights & question.given.any), _no_role)
"""Some role gives the right, be it on one's own documents."""

RULES = (
    *ALWAYS,
    Rule("share", True, _is_shared, _shared_rows, _no_access),
    BY_ROLE,
    Rule("has_permission hook", False, _hooks_agree, _hook_rows, _forbidden_by_app),
    Rule("if_owner", True, _is_own, _own_rows, _no_access),
    _whatever_the_row("if_owner", False, lambda question: bool(question.rights & question.given.granted), _no_access),
    Rule(
        "User Permission", False,
        lambda question, row: not user_permission_refusals(question.ctx, question.meta, row),
        lambda question: user_permission_condition(question.ctx, question.meta),
        _held_elsewhere,
    ),
)  # fmt: skip
"""Asked in this order, Frappe's: a share opens a document whatever the rules below say, and a hook takes away what
roles give."""


# --- read in two ways ------------------------------------------------------------------------------------


def judge(ctx: Caller, meta: DocType, right: str, row: Row | None = None) -> Verdict:
    """Whether the user has the right, on the stored document `row` or on the DocType."""
    question = Question(ctx, meta, frozenset((right,)), role_rights(ctx, meta))
    if row is None:
        return _of_doctype(question)
    if meta.istable and row.get("parenttype"):
        return _by_parent(question, right, row)
    return decided(RULES, question, row) or Verdict(True, "role")


def decided(rules: Iterable[Rule], question: Question, row: Row) -> Verdict | None:
    """The verdict of the first rule that decides; None if none does, which means yes."""
    for rule in rules:
        if rule.passes(question, row):
            if rule.suffices:
                return Verdict(True, rule.code)
        elif not rule.suffices:
            return Verdict(False, rule.code, rule.reason(question, row), of_doctype=not _opens(question))
    return None


def rows(ctx: Caller, meta: DocType) -> Condition | None:
    """The condition for the rows of the DocType that the user may read, or select; None if there are none."""
    question = Question(ctx, meta, LISTED, role_rights(ctx, meta))
    if all_powerful(ctx) and not ctx.is_trusted:
        return _hook_rows(question)  # Frappe: what functions say of lists holds for the Administrator's too
    return _condition(question, 0)


def _condition(question: Question, place: int) -> Condition | None:
    """The condition for the documents that the rules from this place on let pass."""
    if place == len(RULES):
        return Condition()
    rule = RULES[place]
    own = rule.condition(question)
    if rule.suffices and own is not None and not own.sql:
        return own  # all of them: those after it are not asked
    if own is None and not rule.suffices:
        return None
    rest = _condition(question, place + 1)
    return _either(own, rest) if rule.suffices else _both(own, rest)


def _either(left: Condition | None, right: Condition | None) -> Condition | None:
    given = [each for each in (left, right) if each is not None]
    if not all(each.sql for each in given):
        return Condition()
    return any_of(given) if given else None


def _both(left: Condition | None, right: Condition | None) -> Condition | None:
    if left is None or right is None:
        return None
    if not left.sql:  # most rules say nothing of most lists
        return right
    return all_of([left, right]) if right.sql else left


def _of_doctype(question: Question) -> Verdict:
    """Whether there may be documents on which the user has the right. Frappe: what is given on own documents counts for
    reading only."""
    verdict = decided(ALWAYS, question, {})
    if verdict is not None:
        return verdict
    if _opens(question):
        return Verdict(True, "role" if question.rights & question.given.granted else "if_owner")
    given = shares(question.ctx, question.meta.name).values()
    if any(each.get(right) for each in given for right in question.rights):
        return Verdict(True, "share")
    return Verdict(False, "role", _no_doctype_access(question), of_doctype=True)


def _by_parent(question: Question, right: str, row: Row) -> Verdict:
    """A child row is governed by the stored document that it belongs to, and by the level of its table there.
    Creating, changing or deleting a row means writing that document."""
    ctx, meta = question.ctx, question.meta
    if all_powerful(ctx):
        return Verdict(True, "administrator")
    # What whoever may not read the document is told is the same for a row that is not there: it names no document.
    refused = Verdict(False, "role", _no_role(question, row), of_doctype=True)
    parent = ctx.meta(cstr(row["parenttype"])) if ctx.has_doctype(row["parenttype"]) else None
    stored = ctx.store.load(parent, row.get("parent")) if parent is not None else None
    if parent is None or stored is None:
        return refused
    verdict = judge(ctx, parent, "write" if right in ("create", "delete") else right, stored)
    if not verdict.allowed:
        return verdict if judge(ctx, parent, "read", stored).allowed else replace(refused, rule=verdict.rule)
    tables = [
        each for each in parent.table_fields if each.options == meta.name and each.fieldname == row.get("parentfield")
    ]
    allowed = levels(ctx, parent, "read" if right in READING else "write")
    if not tables or allowed is not None and tables[0].permlevel not in allowed:
        return replace(refused, rule="level")
    return verdict


def is_listed(ctx: Caller, meta: DocType, name: object) -> bool:
    """Whether the user may know that a document exists: a list of the DocType would show it."""
    if meta.issingle or meta.is_virtual or meta.istable:
        return judge(ctx, meta, "read").allowed
    condition = Condition() if all_powerful(ctx) else rows(ctx, meta)
    if condition is None:
        return False
    where = all_of([Condition(f"{quote(meta.table)}.name = ?", (cstr(name),)), condition])
    return ctx.store.database.row(f"SELECT 1 FROM {quote(meta.table)} WHERE {where.sql}", where.params) is not None


def document_rights(ctx: Caller, meta: DocType, row: Row) -> Values:
    """Each right on one document, 1 or 0, in Frappe's shape: {read: 1, …, if_owner: {delete: 0},
    has_if_owner_enabled}."""
    every = rights_of(ctx, meta.name)
    if all_powerful(ctx):
        lacking = {"submit": meta.is_submittable, "import": cint(meta.allow_import)}
        return {right: int(bool(lacking.get(right, True))) for right in every}
    known = [right for right in every if meta.is_submittable or right not in STATE_RIGHTS]
    rights: dict[str, object] = {right: int(right in known and judge(ctx, meta, right, row).allowed) for right in every}
    given = role_rights(ctx, meta)
    own = {right: int(_owns(ctx, row)) for right in every if right in given.if_owner}
    return {**rights, "if_owner": own, "has_if_owner_enabled": given.has_if_owner}
