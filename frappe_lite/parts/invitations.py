"""Invitations: people are asked by mail to join an app, and become users with its roles by the link in it.

An app's hook `user_invitation` says which roles may invite to which roles, and what is called afterwards. Whoever
accepts sets a password, or signs in with the own one: a link that others may have read signs nobody in.

    user_invitation = {"allowed_roles": {"Shop Manager": ["Clerk"]}, "after_accept": "shop.users.joined"}

    invite_by_email("bo@x.org", ["Clerk"], "/shop", "shop")  ->  a mail; its link makes the user, and leads to /shop
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from .. import document
from ..access import auth, identity, reset_links
from ..access.hashing import digest
from ..context import Context, current
from ..document import Document
from ..errors import InvalidEmailAddressError, ValidationError
from ..face.installation import call, get_hooks
from ..face.mail import sendmail
from ..face.people import only_for
from ..methods.asking import json_list
from ..query import Condition
from ..site import OwnEvent, Site
from ..utils import add_days, cstr, generate_hash, now, split_emails, validate_email_address
from ..values import Values
from ..whitelist import method

DOCTYPE = "User Invitation"
EXPIRY_DAYS = 3
_API = "frappe.core.api.user_invitation"
DAILY = "frappe.core.doctype.user_invitation.user_invitation.mark_expired_invitations"


def attach(site: Site) -> None:
    """Let people be invited."""
    site.controllers[DOCTYPE] = UserInvitation
    site.apps["frappe"].hooks.setdefault("user_invitation", {"allowed_roles": {identity.SYSTEM_MANAGER: []}})
    site.own_events[DAILY] = OwnEvent("Daily", mark_expired_invitations, lambda ctx: bool(_pending(ctx)))


class UserInvitation(Document):
    """Somebody who is asked to join an app, and whether it came to that."""

    accepted_at: object
    app_name: object
    email: object
    email_sent_at: object
    invited_by: object
    key: object
    redirect_to_path: object
    roles: Any
    status: object
    user: object

    def before_insert(self) -> None:
        """Raises ValidationError for who has joined, is invited already, or is disabled."""
        _require_app(self.ctx, cstr(self.app_name))
        self.email = cstr(self.email).strip().lower()
        for status in ("Accepted", "Pending"):
            if _addresses(self.ctx, [self.email], status, cstr(self.app_name)):
                told = "Invitation already accepted" if status == "Accepted" else "Invitation already exists"
                raise ValidationError.told(told, title="Error")
        info = self.ctx.user_info(self.email)
        if info is not None and not info.enabled:
            raise ValidationError.told("User is disabled", title="Error")
        self.invited_by, self.status = self.ctx.user, "Pending"
        self.key = self.user = self.accepted_at = None

    def validate(self) -> None:
        """Raises PermissionError or ValidationError for a role that the caller may not invite to."""
        before = self.get_doc_before_save()
        asked = [cstr(row.role) for row in self.roles]
        known = [cstr(row.role) for row in before.roles] if before is not None else []
        if asked != known or (before is not None and before.app_name != self.app_name):
            _require_roles(self._asking, cstr(self.app_name), asked)

    def after_insert(self) -> None:
        """The mail goes out."""
        self.send_invitation_mail()

    def send_invitation_mail(self) -> str:
        """Mail a new link; of its key the hash alone is kept here."""
        key, title = generate_hash(), self._get_email_title()
        self.db_set("key", digest(key))
        link = f"{self.ctx.site.address}/api/method/{_API}.accept_invitation?key={key}"
        inviter = self.ctx.user_info(cstr(self.invited_by))
        name = html.escape(inviter.full_name if inviter else cstr(self.invited_by))
        sendmail(
            recipients=self.email,
            subject=f"You've been invited to join {title}",
            message=f"<p>{name} invites you to join {html.escape(title)}.</p>"
            f'<p><a href="{html.escape(link)}">Accept the invitation</a></p>'
            f"<p>The link is good for {EXPIRY_DAYS} days.</p>",
            now=True,
        )
        self.db_set("email_sent_at", now())
        return key

    def accept(self, ignore_permissions: bool = False) -> None:
        """Make the user, or give the one that there is the roles. Raises ValidationError for what is over."""
        self._require_open()
        self.status, self.accepted_at, self.user, self.key = "Accepted", now(), self.email, None
        user, is_new = self._joined()
        self.save(ignore_permissions)
        user.append_roles(*(cstr(row.role) for row in self.roles))
        user.save()
        for dotted in _hook(cstr(self.app_name)).get("after_accept") or ():
            call(dotted, invitation=self, user=user, user_inserted=is_new)

    def _require_open(self) -> None:
        said = {"Accepted": "already accepted", "Expired": "expired", "Cancelled": "cancelled"}.get(cstr(self.status))
        said = said or ("expired" if cstr(self.creation) < _earliest() else "")
        if said:
            raise ValidationError.told(f"Invitation is {said}", title="Error")

    def _joined(self) -> tuple[Any, bool]:
        trusted, address = self.ctx.trusted(), cstr(self.email)
        info = self.ctx.user_info(address)
        if info is not None and not info.enabled:
            raise ValidationError.told("User is disabled", title="Error")
        if info is not None:
            return document.load(trusted, "User", info.name), False
        name = address.partition("@")[0].title()
        values = {"doctype": "User", "email": address, "first_name": name, "send_welcome_email": 0}
        return document.new(trusted, values).insert(), True

    def cancel_invite(self, ignore_permissions: bool = False) -> bool:
        """Take it back, and say so by mail; whether it was still open."""
        return self._end("Cancelled", ignore_permissions)

    def expire(self) -> bool:
        """It was not accepted in time; said by mail."""
        return self._end("Expired", ignore_permissions=True)

    def _end(self, status: str, ignore_permissions: bool) -> bool:
        if self.status != "Pending":
            return False
        self.status = status
        self.save(ignore_permissions)
        title = self._get_email_title()
        text = f"<p>Your invitation to join {html.escape(title)} is {status.lower()}.</p>"
        sendmail(recipients=self.email, subject=f"Invitation to join {title} {status.lower()}", message=text)
        return True

    def _get_email_title(self) -> str:
        """What the app is called in the mails; an app's own class may say otherwise."""
        app = cstr(self.app_name)
        titles = get_hooks("app_title", app_name=app) if app != "frappe" else []
        return cstr(titles[0]) if titles else self.ctx.site.title

    def get_redirect_to_path(self) -> str:
        """Where the invitation leads, without the slash before it."""
        return cstr(self.redirect_to_path).lstrip("/\\")

    validate_app_name = staticmethod(lambda app_name: _require_app(current.get(), app_name))
    validate_role = staticmethod(lambda app_name: _require_inviter(current.get(), app_name))


# --- who may invite ----------------------------------------------------------------------------------------


def _hook(app_name: str) -> Values:
    said = get_hooks("user_invitation", app_name=app_name)
    return said if isinstance(said, dict) else {}


def _require_app(ctx: Context, app_name: str) -> None:
    if app_name not in ctx.site.apps:
        raise ValidationError.told("Application is not installed", title="Invalid app")


def _require_inviter(ctx: Context, app_name: str) -> None:
    """Raises PermissionError unless a role of the caller's may invite to the app."""
    _require_app(ctx, app_name)
    only_for(list(_hook(app_name).get("allowed_roles") or {}))


def _require_roles(ctx: Context, app_name: str, roles: Iterable[str]) -> None:
    if ctx.is_trusted:
        return
    if app_name == "frappe":
        identity.require_may_give(ctx, roles)
        return
    given = _hook(app_name).get("allowed_roles") or {}
    allowed = {each for role in given if role in ctx.roles for each in given[role]}
    for role in roles:
        if role not in allowed or role == identity.ADMINISTRATOR:
            raise ValidationError.told(f"{role} is not an allowed role for {app_name}", title="Invalid role")


# --- what is called ----------------------------------------------------------------------------------------


@method(f"{_API}.invite_by_email", methods=["POST"])
def invite_by_email(
    ctx: Context, emails: str, roles: object, redirect_to_path: str, app_name: str = "frappe", **more: object
) -> dict[str, list[str]]:
    """Invite people to an app: who was, who is invited already, who has joined. Raises PermissionError,
    ValidationError.

    Of other arguments those are kept in the invitation that the app's hook names as `extra_invite_params`.
    """
    _require_inviter(ctx, app_name)
    named = [cstr(each) for each in json_list(roles, "roles")]
    _require_roles(ctx, app_name, named)
    wanted = list(dict.fromkeys(each.lower() for each in split_emails(emails)))
    if not wanted:
        raise ValidationError.told("No email addresses to invite", title="Invalid input")
    for each in wanted:
        if not validate_email_address(each):
            raise InvalidEmailAddressError.told(f"{each} is not a valid Email Address")
    ctx.store.database.begin_write()
    accepted, pending = (_addresses(ctx, wanted, status, app_name) for status in ("Accepted", "Pending"))
    invited = [each for each in wanted if each not in {*accepted, *pending}]
    extra = {key: more[key] for key in _hook(app_name).get("extra_invite_params") or () if key in more}
    for address in invited:
        values = {"email": address, "app_name": app_name, "redirect_to_path": redirect_to_path}
        rows = [{"role": role} for role in named]
        document.new(ctx.trusted(), {**extra, "doctype": DOCTYPE, **values, "roles": rows}).insert()
    return {"accepted_invite_emails": accepted, "pending_invite_emails": pending, "invited_emails": invited}


@method(f"{_API}.accept_invitation", allow_guest=True, methods=["GET"])
def accept_invitation(ctx: Context, key: str) -> None:
    """Accept by the key of the mail, and go on: to set a password, or to sign in. Raises ValidationError."""
    if ctx.request.method == "HEAD":  # what looks at a link uses nothing up
        return
    ctx.store.database.begin_write()
    rows = ctx.store.find(ctx.meta(DOCTYPE), Condition("key = ?", (digest(key),)), ("name",)) if key else []
    if not rows:
        raise ValidationError.told("Invalid key", title="Error")
    invitation = document.load(ctx.trusted(), DOCTYPE, rows[0]["name"])
    invitation.accept(ignore_permissions=True)
    ctx.flags.keep_writes = True  # a link is a GET
    user, target = cstr(invitation.user), f"/{invitation.get_redirect_to_path()}"
    if auth.has_password(ctx, user):
        location = f"/login?{urlencode({'redirect-to': target})}"
    else:
        location = f"{reset_links.reset_link(ctx, user)}&{urlencode({'redirect_to': target})}"
    ctx.response.update(type="redirect", location=location)


@method(f"{_API}.cancel_invitation", methods=["PATCH", "POST"])
def cancel_invitation(ctx: Context, name: str, app_name: str) -> dict[str, bool]:
    """Take an invitation to the app back, and whether it was still open. Raises PermissionError, ValidationError."""
    _require_inviter(ctx, app_name)
    ctx.store.database.begin_write()
    row = ctx.store.load_row(ctx.meta(DOCTYPE), name)
    if row is None or row["app_name"] != app_name:  # of another app's nobody learns that it is there
        raise ValidationError.told("Invitation not found", title="Error")
    if row["status"] not in ("Pending", "Cancelled"):
        raise ValidationError.told("Invitation cannot be cancelled", title="Error")
    return {"cancelled_now": bool(document.load(ctx.trusted(), DOCTYPE, row["name"]).cancel_invite(True))}


@method(f"{_API}.get_pending_invitations", methods=["GET"])
def get_pending_invitations(ctx: Context, app_name: str) -> list[Values]:
    """The open invitations to an app, for who may invite: name, email, roles. Raises PermissionError."""
    _require_inviter(ctx, app_name)
    found = [document.load(ctx.trusted(), DOCTYPE, name) for name in _pending(ctx, app_name)]
    return [{"name": each.name, "email": each.email, "roles": [row.role for row in each.roles]} for each in found]


# --- which there are ---------------------------------------------------------------------------------------


def _addresses(ctx: Context, wanted: list[str], status: str, app_name: str) -> list[str]:
    """Those of the addresses that have an invitation of that status."""
    marks = ", ".join("?" * len(wanted))
    mine = Condition(f"app_name = ? AND status = ? AND email IN ({marks})", (app_name, status, *wanted))
    return sorted({cstr(row["email"]) for row in ctx.store.find(ctx.meta(DOCTYPE), mine, ("email",))})


def _pending(ctx: Context, app_name: str = "", before: str = "") -> list[str]:
    wanted = Condition("status = 'Pending'" + " AND app_name = ?" * bool(app_name), (app_name,) if app_name else ())
    rows = ctx.store.find(ctx.meta(DOCTYPE), wanted, ("name", "creation"), order="creation")
    return [cstr(row["name"]) for row in rows if not before or cstr(row["creation"]) < before]


def _earliest() -> str:
    return cstr(add_days(now(), -EXPIRY_DAYS))


def mark_expired_invitations() -> None:
    """End the invitations that nobody accepted in time."""
    ctx = current.get()
    for name in _pending(ctx, before=_earliest()):
        document.load(ctx.trusted(), DOCTYPE, name).expire()


__all__ = ["UserInvitation", "attach"]
