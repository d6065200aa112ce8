"""The Activity Log: who came in and went out, and at whose door somebody failed.

Each is a document `Activity Log`, which System Managers read and which goes after 90 days (docs/security.md).

    {"user": "ann@x.org", "operation": "Login", "status": "Success", "subject": "Ann logged in", "ip_address": …}
"""

from __future__ import annotations

import logging

from ..context import Context
from ..errors import FrappeError
from ..utils import generate_hash, now

DOCTYPE = "Activity Log"
log = logging.getLogger("frappe_lite")


def remember(ctx: Context, user: str, subject: str, operation: str = "Login", status: str = "Success") -> None:
    """Write it down, in the transaction that there is."""
    info, moment = ctx.user_info(user), now()
    row = {
        "name": generate_hash(length=10), "owner": user, "modified_by": user, "creation": moment, "modified": moment,
        "docstatus": 0, "idx": 0, "user": user, "full_name": info.full_name if info else user, "subject": subject,
        "operation": operation, "status": status, "ip_address": ctx.request.remote_addr, "communication_date": moment,
    }  # fmt: skip
    ctx.store.insert(ctx.meta(DOCTYPE), row)


def remember_failed(ctx: Context, user: str, why: str) -> None:
    """Write down that somebody could not sign in as the user, once the request, which is undone, is over."""

    def write() -> None:
        try:
            with ctx.store.database.transaction():
                remember(ctx, user, why, status="Failed")
        except FrappeError as error:  # a full disk, a busy file: who is refused is refused all the same
            log.warning("a failed login of %s is not in the Activity Log: %s", user, error)

    ctx.after_rollback.append(write)
    ctx.after_commit.append(write)  # of the two one is run: the page for signing in answers without an error
