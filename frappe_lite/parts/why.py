"""`GET /api/v2/document/{doctype}/{name}/why?permission=write`: yes or no, by which rule, and field by field.

The answer comes from the same `judge` that refuses requests, with the state of the document on top of it. Who may not
read the document learns nothing of it here, not even whether it exists. System Managers may ask for another `user`.

    …/document/Task/TASK-1/why?permission=write
        ->  {"allowed": false, "rule": "if_owner", "reason": "User ann does not have access to …", "fields": {…}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .. import permissions
from ..access import identity
from ..context import Context, current
from ..doctype.meta import DocType
from ..document import CANCELLED, DRAFT, SUBMITTED, load
from ..errors import BadRequestError, DoesNotExistError, PermissionError
from ..permissions import Verdict
from ..router import Answer
from ..site import Site
from ..utils import bold, cint, cstr, strip_html
from ..values import Values

STATES: dict[str, dict[int, str]] = {
    "write": {CANCELLED: "A cancelled document cannot be changed; amend it"},
    "submit": {
        SUBMITTED: "The document is submitted already",
        CANCELLED: "A cancelled document cannot be submitted; amend it",
    },
    "cancel": {DRAFT: "Only a submitted document can be cancelled", CANCELLED: "The document is cancelled already"},
    "amend": {DRAFT: "Only a cancelled document can be amended", SUBMITTED: "Only a cancelled document can be amended"},
    "delete": {SUBMITTED: "A submitted document cannot be deleted; cancel it first"},
}
"""What a document's docstatus forbids, whoever asks."""

GRANTS = {
    "administrator": "The Administrator may do everything",
    "if_owner": "A role gives it on one's own documents",
    "share": "The document is shared with the user",
}
"""By rule, why something is allowed; for a role the roles are named."""


def attach(site: Site) -> None:
    """Add the route."""
    site.extensions.routes.append((2, "GET", "document/<doctype>/<path:name>/why", why))


def why(ctx: Context, doctype: str, name: str) -> Answer:
    """Whether a user has a permission on the document, by which rule, and on which fields."""
    right = cstr(ctx.request.params.get("permission") or "read")
    meta = ctx.meta(doctype)
    known = permissions.rights_of(ctx, meta.name)
    if right not in known:
        raise BadRequestError.told(f"permission is one of {', '.join(known)}")
    row = _readable(ctx, meta, name)
    asked = _asked(ctx, cstr(ctx.request.params.get("user") or ctx.user))
    token = current.set(asked)  # the app's own rules ask who the user is
    try:
        verdict = _judge(asked, meta, right, row)
        fields = _fields(asked, meta, row)
    finally:
        current.reset(token)
    reason = strip_html(re.sub(r"<br\s*/?>", "\n", verdict.reason)) or _grant(asked, meta, right, verdict.rule)
    head = {"doctype": meta.name, "name": row.get("name"), "user": asked.user, "permission": right}
    return Answer({**head, "allowed": verdict.allowed, "rule": verdict.rule, "reason": reason, "fields": fields})


def _readable(ctx: Context, meta: DocType, name: str) -> Mapping[str, object]:
    """The stored document. Raises PermissionError, the same whether it exists, to whoever may not read it."""
    try:
        row: Mapping[str, object] = load(ctx, meta.name, name).__dict__
    except DoesNotExistError:
        condition = permissions.rows(ctx, meta)
        if permissions.all_powerful(ctx) or (condition is not None and not condition.sql):
            raise  # who may read every document may know which there are
        row = {}
    if not row or not permissions.judge(ctx, meta, "read", row).allowed:
        verdict = permissions.judge(ctx, meta, "read")
        raise PermissionError.told(
            verdict.reason
            or f"User {bold(ctx.user)} does not have access to this document: {bold(f'{meta.name} - {name}')}"
        )
    return row


def _asked(ctx: Context, user: str) -> Context:
    """The context of the user that the question is about. Raises PermissionError, DoesNotExistError."""
    if user == ctx.user:
        return ctx
    if "System Manager" not in ctx.roles:
        raise PermissionError.told("Only a System Manager may ask for another user")
    asked = ctx.as_user(identity.user_named(ctx, user).name)
    asked.scopes = None  # those of the caller's token say nothing of another user
    return asked


def _judge(ctx: Context, meta: DocType, right: str, row: Mapping[str, object]) -> Verdict:
    """What permissions say, and then what the document's state says."""
    verdict = permissions.judge(ctx, meta, right, row)
    state = STATES.get(right, {}).get(cint(row.get("docstatus"))) if meta.is_submittable or right == "write" else None
    if verdict.allowed and state:
        return Verdict(False, "docstatus", state)
    if verdict.allowed and right in ("submit", "cancel", "amend") and not meta.is_submittable:
        return Verdict(False, "docstatus", f"Documents of {meta.name} are not submitted")
    return verdict


def _grant(ctx: Context, meta: DocType, right: str, rule: str) -> str:
    given = sorted(
        {
            cstr(each.get("role"))
            for each in meta.permissions
            if cint(each.get(right)) and not cint(each.get("permlevel"))
        }
        & ctx.roles
    )
    return GRANTS.get(rule) or f"Given by the role{'s' if len(given) > 1 else ''} {', '.join(given)}"


def _fields(ctx: Context, meta: DocType, row: Mapping[str, object]) -> dict[str, Values]:
    """For each field whether the user may read and write it, and its permission level."""
    reads, writes = permissions.judge(ctx, meta, "read", row).allowed, _judge(ctx, meta, "write", row).allowed
    readable, writable = permissions.levels(ctx, meta, "read"), permissions.levels(ctx, meta, "write")
    submitted = cint(row.get("docstatus")) == SUBMITTED
    found: dict[str, Values] = {}
    for field in meta.fields:
        if not field.fieldname or not (field.type.column or field.type.table):
            continue
        level = field.permlevel
        found[field.fieldname] = {
            "read": reads and field.fieldtype != "Password" and (readable is None or level in readable),
            "write": writes
            and not field.virtual
            and (writable is None or level in writable)
            and (not submitted or bool(cint(field.allow_on_submit))),
            "level": level,
        }
    return found
