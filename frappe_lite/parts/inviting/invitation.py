"""User Invitation: who is invited into which app, with which roles, by whom, and what came of it."""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping

from ...access import identity
from ...access.hashing import digest
from ...context import Context, current
from ...document import Document, load, new
from ...document.base_document import BaseDocument
from ...errors import CannotChangeConstantError, RateLimitExceededError, ValidationError
from ...face.installation import call
from ...face.mail import sendmail
from ...installed_app import listed
from ...query import Condition
from ...throttle import retry_after
from ...utils import add_days, cstr, now, validate_email_address
from ...whitelist import whitelist
from ..login import own_address
from ..schedule.events import sync
from . import rules
from .rules import DOCTYPE, PENDING

ACCEPTED, EXPIRED, CANCELLED = "Accepted", "Expired", "Cancelled"
DAYS = 3
"""How long an invitation is good for."""

MOST_MAILS, HOUR = 300, 3600
"""Mails that one person's invitations send in an hour."""

LINK = "/api/method/frappe.core.api.user_invitation.accept_invitation"
OWNED = ("key", "invited_by", "user", "status", "accepted_at", "email_sent_at")
"""Fields that no client sets."""


class UserInvitation(Document):
    """An invitation. Its mail's key is kept as a hash, and used once."""

    email: object
    key: object
    invited_by: object
    app_name: object
    redirect_to_path: object
    status: object
    email_sent_at: object
    accepted_at: object
    user: object

    # --- its life ---

    def before_insert(self) -> None:
        """Raises ValidationError, PermissionError for one that the caller may not make."""
        self.email = cstr(self.email).strip().lower()
        self.update(dict.fromkeys(OWNED))
        self.invited_by, self.status = self.ctx.user, PENDING
        self._validate_invite()

    def validate(self) -> None:
        """Raises ValidationError for a way out of the site, CannotChangeConstantError for other roles than were
        offered."""
        before = self.get_doc_before_save()
        if not own_address(f"/{self._path()}"):
            raise ValidationError.told("Redirect To Path is a path on this site, as /app")
        if before is None:
            return
        if identity.changed_roles(before.roles, self.roles):
            raise CannotChangeConstantError.told("Value cannot be changed for Roles")
        if self.status != PENDING and self.redirect_to_path != before.redirect_to_path:
            raise CannotChangeConstantError.told("Value cannot be changed for Redirect To Path")

    def after_insert(self) -> None:
        """The mail is written, and the schedule looks after it from here on."""
        self.send_invitation_mail()
        if "clock" in self.ctx.site.shelf:
            sync(self.ctx)

    def accept(self, ignore_permissions: bool = False) -> None:
        """Give the invited person an account, or its roles to the one that is there; the app's `after_accept` is
        called. Raises ValidationError for an invitation that is used, cancelled, or too old."""
        self._accept()
        user, is_new = self._upsert_user(ignore_permissions)
        self.save(ignore_permissions=ignore_permissions)
        user.save(ignore_permissions=ignore_permissions)
        self._run_after_accept_hooks(user, is_new)

    @whitelist()
    def cancel_invite(self) -> bool:
        """Take the invitation back, and tell the invited person; whether it was not over already."""
        if self.status != PENDING:
            return False
        self._end(CANCELLED, "cancelled")
        return True

    @whitelist()
    def expire(self) -> None:
        """End the invitation, as the schedule does after three days, and tell the invited person."""
        if self.status == PENDING:
            self._end(EXPIRED, "expired")

    def _end(self, status: str, told: str) -> None:
        self.status, self.key = status, None
        self.save()
        title = self._get_email_title()
        text = f"<p>Your invitation to join {html.escape(title)} was {told}.</p>"
        self._send(f"Invitation to join {title} {told}", text)

    # --- what apps put their own in the place of ---

    def get_redirect_to_path(self) -> str:
        """Where the person goes from the link, without the first slash."""
        return self._path()

    def _get_email_title(self) -> str:
        app = self.ctx.site.apps.get(cstr(self.app_name))
        return app.title if app is not None and app.title else cstr(self.app_name)

    def _path(self) -> str:
        return cstr(self.redirect_to_path).strip().removeprefix("/")

    # --- what it must fulfil ---

    @staticmethod
    def validate_app_name(app_name: str) -> None:
        """Raises ValidationError for an app that is not here."""
        rules.hook_of(current.get(), app_name)

    @staticmethod
    def validate_role(app_name: str) -> None:
        """Raises PermissionError unless the caller may invite into the app."""
        rules.require_may_invite(current.get(), app_name)

    def _get_allowed_roles(self) -> list[str]:
        return sorted(rules.allowed_roles(self.ctx, self.app_name))

    def _validate_invite(self) -> None:
        rules.require_may_give(
            self._asking if cstr(self.app_name) == rules.ITSELF else self.ctx,
            self.app_name, [cstr(row.role) for row in self.roles],
        )  # fmt: skip
        if not validate_email_address(cstr(self.email)):
            raise ValidationError.told(f"{cstr(self.email)} is not a valid Email Address")
        said = {ACCEPTED: " AND user <> ''", PENDING: ""}
        for status, more in said.items():
            same = Condition(f"email = ? AND app_name = ? AND status = ?{more}", (self.email, self.app_name, status))
            if self.ctx.store.find(self.meta, same, ("name",), limit=1):
                verb = "already accepted" if status == ACCEPTED else "already exists"
                raise ValidationError.told(f"Invitation {verb}")
        info = self.ctx.user_info(cstr(self.email))
        if info is not None and not info.enabled:
            raise ValidationError.told("User is disabled")

    # --- mail ---

    def send_invitation_mail(self) -> str:
        """Write the mail with a new key; the key of an earlier one is over. Raises RateLimitExceededError."""
        require_few_mails(self.ctx)
        key = secrets.token_urlsafe(32)
        self.db_set("key", digest(key))
        title, link = self._get_email_title(), f"{self.ctx.site.address}{LINK}?key={key}"
        by = identity.full_name(self.ctx, self.invited_by)
        self._send(
            f"You've been invited to join {title}",
            f"<p>{html.escape(by)} has invited you to join {html.escape(title)}.</p>"
            f'<p><a href="{html.escape(link)}">Accept the invitation</a></p>'
            f"<p>The link is good for {DAYS} days, and once. If you did not expect it, leave it be.</p>",
        )
        self.db_set("email_sent_at", now())
        return key

    def _send(self, subject: str, text: str) -> None:
        sendmail(recipients=self.email, subject=subject, message=text, with_container=True, now=True)

    # --- accepting ---

    def is_overdue(self) -> bool:
        """Whether it is older than three days."""
        return cstr(self.creation) < cstr(add_days(now(), -DAYS))

    def _accept(self) -> None:
        said = {
            ACCEPTED: "Invitation already accepted",
            EXPIRED: "Invitation is expired",
            CANCELLED: "Invitation is cancelled",
        }
        status = EXPIRED if self.status == PENDING and self.is_overdue() else cstr(self.status)
        if status != PENDING:
            raise ValidationError.told(said.get(status, "Invitation not found"))
        self.update({"status": ACCEPTED, "accepted_at": now(), "user": self.email, "key": None})

    def _upsert_user(self, ignore_permissions: bool) -> tuple[BaseDocument, bool]:
        """The person's User with the roles, not saved yet, and whether it is new. Raises ValidationError for one that
        may not come in."""
        ctx, name = self.ctx.trusted() if ignore_permissions else self.ctx, cstr(self.email)
        info = ctx.user_info(name)
        if info is not None and (not info.enabled or info.name in identity.STANDARD_USERS):
            raise ValidationError.told("User is disabled")
        if info is None:
            values: Mapping[str, object] = {
                "doctype": "User", "email": name, "first_name": name.partition("@")[0].title(),
                "send_welcome_email": 0,
            }  # fmt: skip
            user = new(ctx, values).insert(ignore_permissions=ignore_permissions)
        else:
            user = load(ctx, "User", info.name)
        self.user = user.name
        user.append_roles(*[cstr(row.role) for row in self.roles])
        return user, info is None

    def _run_after_accept_hooks(self, user: BaseDocument, user_inserted: bool) -> None:
        for dotted in listed(rules.hook_of(self.ctx, self.app_name).get("after_accept")):
            call(dotted, invitation=self, user=user, user_inserted=user_inserted)


def require_few_mails(ctx: Context) -> None:
    """Raises RateLimitExceededError for who has more mails sent than anybody reads: nobody's mailbox is filled from
    here."""
    if not ctx.request.method:
        return
    count, left = ctx.site.windows.count((DOCTYPE, ctx.user), HOUR)
    if count > MOST_MAILS:
        text = f"You have sent {MOST_MAILS} invitations in an hour: send the others later"
        raise retry_after(RateLimitExceededError.told(text), left)


__all__ = ["ACCEPTED", "CANCELLED", "DAYS", "EXPIRED", "OWNED", "UserInvitation"]
