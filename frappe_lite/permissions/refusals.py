"""The errors for whoever lacks a right: on a document, on its DocType, or to give a right to others.

require(ctx, meta, "write", row)   ->   PermissionError: User ann does not have access to this document: …
"""

from __future__ import annotations

from collections.abc import Iterable

from ..doctype.meta import DocType
from ..errors import FrappeError, PermissionError
from ..utils import bold, cstr
from .grants import Caller, role_rights
from .rules import ALWAYS, BY_ROLE, Question, Row, Verdict, decided, judge


def require(ctx: Caller, meta: DocType, right: str, row: Row | None = None) -> None:
    """Raises PermissionError, with the reason as its message, unless the user has the right."""
    verdict = judge(ctx, meta, right, row)
    if not verdict.allowed:
        raise _refusal(meta, right, cstr(row.get("name")) if row else "", verdict)


def refusal_by_role(ctx: Caller, meta: DocType, right: str, name: object = None) -> FrappeError | None:
    """The PermissionError for whoever has the right on no document of the DocType by a role, the same for a document
    that is there and one that is not; None for the others. Shares do not count: each opens one document, not the
    knowledge of which there are."""
    question = Question(ctx, meta, frozenset((right,)), role_rights(ctx, meta))
    verdict = decided((*ALWAYS, BY_ROLE), question, {"name": name})
    return _refusal(meta, right, cstr(name), verdict) if verdict is not None and not verdict.allowed else None


def _refusal(meta: DocType, right: str, name: str, verdict: Verdict) -> FrappeError:
    brief = f"You need the '{right}' permission on {bold(meta.name)} {name} to perform this action."
    if verdict.of_doctype:
        brief = f"No permission for {meta.name}"
    return PermissionError.told(verdict.reason, indicator=None, brief=brief)


def may_grant(ctx: Caller, meta: DocType, row: Row, rights: Iterable[str]) -> bool:
    """Whether the user may give others these rights on the document: only whoever may share it, and only rights of
    one's own."""
    return all(judge(ctx, meta, right, row).allowed for right in ("share", *rights))


def require_grant(ctx: Caller, meta: DocType, row: Row, rights: Iterable[str]) -> None:
    """Raises PermissionError, naming the first right that the user lacks, unless the user may grant them all."""
    if not judge(ctx, meta, "share", row).allowed:
        raise PermissionError.told(f"No permission to share {meta.name} {row.get('name')}")
    for right in rights:
        require(ctx, meta, right, row)
