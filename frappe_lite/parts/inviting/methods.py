"""`frappe.core.api.user_invitation.*`: what an app's page for inviting people calls.

Each asks the app's hook whether the caller may invite into it; the caller's rights on the documents are another matter.
"""

from __future__ import annotations

from ... import document
from ...context import Context
from ...doctype import server_owned
from ...document.base_document import BaseDocument
from ...errors import InvalidEmailAddressError, ValidationError
from ...installed_app import listed
from ...methods.asking import json_list
from ...query import Condition, all_of
from ...utils import cstr, split_emails, validate_email_address
from ...values import Given, Values
from ...whitelist import method
from . import rules
from .invitation import ACCEPTED, CANCELLED
from .rules import DOCTYPE, PENDING

_API = "frappe.core.api.user_invitation"
MOST = 100
"""Addresses that are invited in one call."""


@method(f"{_API}.invite_by_email", methods=["POST"])
def invite_by_email(
    ctx: Context, emails: str, roles: object, redirect_to_path: str, app_name: str = rules.ITSELF, **extra: object
) -> dict[str, list[str]]:
    """Invite the addresses into an app; which of them were, and which not and why.

    Beside that, fields of the invitation that the app's hook names. Raises PermissionError, ValidationError.
    """
    rules.require_may_invite(ctx, app_name)
    wanted = _addresses(emails)
    named = [cstr(each) for each in json_list(roles, "roles")]
    rules.require_may_give(ctx, app_name, named)
    ctx.store.database.begin_write()
    found = _met_before(ctx, wanted, app_name)
    fresh = [each for each in wanted if not any(each in met for met in found.values())]
    values = {**_extra_fields(ctx, app_name, extra), "app_name": app_name, "redirect_to_path": redirect_to_path}
    for each in fresh:
        rows = [{"role": role} for role in named]
        document.new(ctx, {"doctype": DOCTYPE, **values, "email": each, "roles": rows}).insert(ignore_permissions=True)
    return {**found, "invited_emails": fresh}


def _addresses(emails: str) -> list[str]:
    found = list(dict.fromkeys(each.lower() for each in split_emails(cstr(emails))))
    wrong = next((each for each in found if not validate_email_address(each)), None)
    if wrong is not None:
        raise InvalidEmailAddressError.told(f"{wrong} is not a valid Email Address")
    if not 0 < len(found) <= MOST:
        text = f"At most {MOST} addresses are invited at once" if found else "No email addresses to invite"
        raise ValidationError.told(text, title="Invalid input")
    return found


def _met_before(ctx: Context, emails: list[str], app_name: str) -> dict[str, list[str]]:
    """Those who are not invited: by the name of their list in the answer."""
    among = ctx.store.database.among("email", emails)
    disabled = ctx.store.find(ctx.meta("User"), all_of([among, Condition("enabled = 0")]), ("email",))
    found = {"disabled_user_emails": disabled}
    for key, status, more in (
        ("accepted_invite_emails", ACCEPTED, " AND user <> ''"),
        ("pending_invite_emails", PENDING, ""),
    ):
        of_app = Condition(f"app_name = ? AND status = ?{more}", (app_name, status))
        found[key] = ctx.store.find(ctx.meta(DOCTYPE), all_of([among, of_app]), ("email",))
    return {key: list(dict.fromkeys(cstr(row["email"]) for row in rows)) for key, rows in found.items()}


def _extra_fields(ctx: Context, app_name: str, extra: Given) -> Values:
    """What was sent beside, as far as the app's hook names it and it is no field of the invitation's own."""
    named = listed(rules.hook_of(ctx, app_name).get("extra_invite_params"))
    return server_owned.drop(ctx, DOCTYPE, {key: value for key, value in extra.items() if key in named})


@method(f"{_API}.get_pending_invitations", methods=["GET"])
def get_pending_invitations(ctx: Context, app_name: str) -> list[dict[str, object]]:
    """The invitations into an app that nobody has accepted yet. Raises PermissionError, ValidationError."""
    rules.require_may_invite(ctx, app_name)
    pending = Condition("status = ? AND app_name = ?", (PENDING, app_name))
    rows = ctx.store.find(ctx.meta(DOCTYPE), pending, ("name", "email"), order="creation DESC")
    role, found = ctx.meta("User Role"), []
    for row in rows:
        held = ctx.store.load_children(role, DOCTYPE, row["name"], "roles")
        found.append({"name": row["name"], "email": row["email"], "roles": [each["role"] for each in held]})
    return found


@method(f"{_API}.cancel_invitation", methods=["PATCH", "POST"])
def cancel_invitation(ctx: Context, name: str, app_name: str) -> dict[str, bool]:
    """Take back an invitation into an app: `{"cancelled_now": …}`. Raises PermissionError, ValidationError."""
    invitation = _invitation(ctx, name, app_name)
    if invitation.status not in (PENDING, CANCELLED):
        raise ValidationError.told("Invitation cannot be cancelled", title="Error")
    return {"cancelled_now": invitation.cancel_invite()}


@method(f"{_API}.resend_invitation", methods=["POST"])
def resend_invitation(ctx: Context, name: str, app_name: str) -> None:
    """Send the mail of a pending invitation again, with a new link. Raises PermissionError, ValidationError."""
    invitation = _invitation(ctx, name, app_name)
    if invitation.status != PENDING:
        raise ValidationError.told("Only pending invitations can be resent", title="Error")
    invitation.send_invitation_mail()


def _invitation(ctx: Context, name: str, app_name: str) -> BaseDocument:
    """The app's invitation. One of another app's is told in the same words as one that is not there."""
    rules.require_may_invite(ctx, app_name)
    ctx.store.database.begin_write()
    row = ctx.store.load_row(ctx.meta(DOCTYPE), name)
    if row is None or row["app_name"] != app_name:
        raise ValidationError.told("Invitation not found", title="Error")
    found: BaseDocument = document.load(ctx.trusted(), DOCTYPE, row["name"])
    return found


__all__ = ["cancel_invitation", "get_pending_invitations", "invite_by_email", "resend_invitation"]
