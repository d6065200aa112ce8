"""Notification Log and Notification Settings: what one is told, on the page and by mail, as far as one wants it."""

from __future__ import annotations

import html

from ...context import Context
from ...document import Document
from ...document.base_document import BaseDocument
from ...document.controllers.comment import CommentController
from ...errors import PermissionError
from ...face.forms import extract_mentions
from ...face.installation import get_url_to_form
from ...face.mail import make_notification_logs, sendmail
from ...face.people.users import get_fullname
from ...face.realtime import publish_realtime
from ...query import Condition
from ...utils import cint, cstr, scrub, strip_html
from ...values import Given
from ...whitelist import method

SETTINGS = "Notification Settings"
_SETTINGS = "frappe.desk.doctype.notification_settings.notification_settings"
HEADINGS = {"Mention": "New Mention", "Assignment": "Assignment Update", "Share": "New Document Shared"}


class NotificationLog(Document):
    """What somebody is told."""

    def after_insert(self) -> None:
        """Let the page of its receiver know, and send it by mail if that is wanted."""
        publish_realtime("notification", after_commit=True, user=self.for_user)
        row = self.ctx.store.load_row(self.ctx.meta(SETTINGS), self.for_user)
        if row is not None:
            self.ctx.store.update(self.ctx.meta(SETTINGS), self.for_user, {"seen": 0})
        if "mail" in self.ctx.site.shelf and _wants_mail(row, cstr(self.type)):
            self._mail()

    def _mail(self) -> None:
        link = html.escape(get_url_to_form(self.document_type, self.document_name)) if self.document_type else ""
        text = f"<p>{self.subject}</p>{self.email_content or ''}"
        text += (
            f'<p><a href="{link}">Open {html.escape(f"{self.document_type} {self.document_name}")}</a></p>'
            if link
            else ""
        )
        info = self.ctx.store.load_row(self.ctx.meta("User"), self.for_user) or {}
        sendmail(
            cstr(info.get("email")), subject=strip_html(cstr(self.subject)), message=text, is_notification=True,
            header=[cstr(self.email_header) or HEADINGS.get(cstr(self.type), "New Notification"), "orange"],
        )  # fmt: skip


def _wants_mail(settings: Given | None, kind: str) -> bool:
    """Whether a mail is sent too. Frappe: alerts are not, for a Notification sends its own; who set nothing wants
    all."""
    if kind in ("", "Alert"):
        return False
    if settings is None:
        return True
    field = f"enable_email_{scrub(kind)}"
    return bool(
        cint(settings["enabled"]) and cint(settings["enable_email_notifications"]) and cint(settings.get(field, 1))
    )


def mention(doc: object, _event: str) -> None:
    """Tell whom a comment mentions."""
    if not isinstance(doc, CommentController) or doc.comment_type != "Comment" or not doc.reference_doctype:
        return
    ctx: Context = doc.ctx
    names = [each for each in dict.fromkeys(extract_mentions(doc.content)) if ctx.user_info(each) and each != ctx.user]
    if names:
        who, what = html.escape(get_fullname()), html.escape(f"{doc.reference_doctype} {doc.reference_name}")
        values = {"type": "Mention", "document_type": doc.reference_doctype, "document_name": cstr(doc.reference_name)}
        subject = f"<strong>{who}</strong> mentioned you in a comment in <strong>{what}</strong>"
        make_notification_logs({**values, "subject": subject, "email_content": doc.content}, names)


# --- settings ---


def may_touch_settings(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """One's own; a System Manager those of all but the Administrator."""
    if ctx.user == "Administrator" or doc.name == ctx.user or not doc.name:
        return None
    return None if "System Manager" in ctx.roles and doc.name != "Administrator" else False


def settings_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if ctx.user == "Administrator":
        return Condition()
    if "System Manager" in ctx.roles:
        return Condition("\"tabNotification Settings\".name <> 'Administrator'")
    return Condition('"tabNotification Settings".name = ?', (ctx.user,))


@method(f"{_SETTINGS}.set_seen_value", methods=["POST", "PUT"])
def set_seen_value(ctx: Context, value: object, user: str) -> None:
    """Note whether one has looked at the own notifications. Raises PermissionError for another's."""
    ctx.store.database.begin_write()
    if user != ctx.user:
        raise PermissionError.told("These are the notifications of somebody else")
    ctx.store.update(ctx.meta(SETTINGS), user, {"seen": cint(value)})


__all__ = ["NotificationLog", "may_touch_settings", "mention", "settings_rows"]
