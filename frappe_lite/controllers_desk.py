"""What the DocTypes of working together do beyond their data: to-dos, comments, messages, notes, events.

Registered like an app's controllers and hooks, under the app name `frappe`.
"""

from __future__ import annotations

from typing import Any

from . import assignments, comments, history
from .document import Document
from .errors import ValidationError
from .query import Condition
from .site import Context
from .utils import add_days, cint, cstr, get_datetime, getdate, now, strip_html


def _full_name(ctx: Context, user: Any) -> str:
    info = ctx.user_info(cstr(user)) if user else None
    return info.full_name if info else cstr(user)


class TodoController(Document):
    """Something to do; who assigns one is remembered, and the document that it is about knows who has it."""

    assigned_by: Any

    def before_insert(self) -> None:
        if self.reference_type and not self.assigned_by:
            self.assigned_by = self.ctx.user

    def validate(self) -> None:
        giver, holder, me = (_full_name(self.ctx, each) for each in (self.assigned_by, self.allocated_to, self.ctx.user))
        before = self.get_doc_before_save()
        self.__dict__["_remark"] = None
        if self.is_new():
            text = f"{giver} self assigned this task: {self.description}" if self.assigned_by == self.allocated_to else f"{giver} assigned {holder}: {self.description}"
            self.__dict__["_remark"] = ("Assigned", text)
        elif before is not None and before.status != self.status:
            text = f"{me} removed their assignment." if self.allocated_to == self.ctx.user else f"Assignment of {holder} removed by {me}"
            self.__dict__["_remark"] = ("Assignment Completed", text)

    def on_update(self) -> None:
        kind, text = self.__dict__.pop("_remark", None) or ("", "")
        if text and self.reference_type and self.reference_name:
            history.add_comment(self.ctx, self.reference_type, self.reference_name, text, kind)
        assignments.remember(self.ctx, self.reference_type, self.reference_name)

    def after_delete(self) -> None:
        assignments.remember(self.ctx, self.reference_type, self.reference_name)


class CommentController(Document):
    """What somebody says about a document; the document knows its last comments."""

    comment_email: Any

    def validate(self) -> None:
        self.comment_email = self.comment_email or self.ctx.user

    def on_update(self) -> None:
        comments.remember(self.ctx, self.__dict__)

    def on_trash(self) -> None:
        comments.forget(self.ctx, self.__dict__)


class CommunicationController(Document):
    """A mail, a call, a message; what it is about is linked."""

    subject: Any
    sender: Any

    def validate(self) -> None:
        values = self.__dict__
        values["subject"] = values.get("subject") or strip_html(cstr(self.content)[:141])
        values["user"] = values.get("user") or self.ctx.user
        if not self.sent_or_received:
            values.update(seen=1, sent_or_received="Sent")
        if self.sender and not self.sender_full_name:
            values["sender_full_name"] = _full_name(self.ctx, self.sender)
        if self.is_new():
            linked = self.reference_doctype and self.reference_name
            values["status"] = "Linked" if linked else "Open" if self.communication_type == "Communication" else "Closed"
        self._drop_doubles()

    def _drop_doubles(self) -> None:
        seen = {(row.link_doctype, row.link_name): row for row in reversed(self.timeline_links)}
        if len(seen) < len(self.timeline_links):
            self.__dict__["timeline_links"] = list(reversed(seen.values()))

    def after_insert(self) -> None:
        if self.communication_type == "Comment":
            comments.remember(self.ctx, self.__dict__)

    def add_link(self, link_doctype: str, link_name: Any, autosave: bool = False) -> None:
        """Link a document to the message."""
        self.append("timeline_links", {"link_doctype": link_doctype, "link_name": link_name})
        if autosave:
            self.save(ignore_permissions=True)

    def get_links(self) -> list[Any]:
        """The linked documents."""
        return list(self.timeline_links)

    def remove_link(self, link_doctype: str, link_name: Any, autosave: bool = False, ignore_permissions: bool = True) -> None:
        """Link a document no longer."""
        kept = [row for row in self.timeline_links if (row.link_doctype, cstr(row.link_name)) != (link_doctype, cstr(link_name))]
        self.__dict__["timeline_links"] = kept
        if autosave:
            self.save(ignore_permissions=ignore_permissions)


class NoteController(Document):
    """A note, private unless it is public; who has seen it is remembered."""

    content: Any

    def validate(self) -> None:
        values = self.__dict__
        if cint(self.notify_on_login) and not self.expire_notification_on:
            values["expire_notification_on"] = add_days(cstr(self.creation or now())[:10], 7)
        if not cint(self.public):
            values["notify_on_login"] = 0
        values["content"] = values.get("content") or "<span></span>"

    def mark_seen_by(self, user: str) -> None:
        """Remember that a user has seen the note."""
        if user not in [row.user for row in self.seen_by]:
            self.append("seen_by", {"user": user})


class EventController(Document):
    """Something in a calendar, with who takes part."""

    starts_on: Any
    ends_on: Any

    def validate(self) -> None:
        values = self.__dict__
        values["starts_on"] = values.get("starts_on") or now()
        start, end = get_datetime(values["starts_on"]), get_datetime(values["ends_on"]) if values.get("ends_on") else None
        if start == end:
            values["ends_on"] = end = None  # Frappe: what ends as it starts has no end
        if end and start > end:
            raise ValidationError.told(f"{self.meta.get_label('ends_on')} must be after {self.meta.get_label('starts_on')}")
        if self.repeat_on == "Daily" and end and getdate(start) != getdate(end):
            raise ValidationError.told("Daily Events should finish on the Same Day.")
        if cint(self.sync_with_google_calendar) and not self.google_calendar:
            raise ValidationError.told("Select Google Calendar to which event should be synced.")
        if not cint(self.sync_with_google_calendar):
            values["add_video_conferencing"] = 0

    def before_save(self) -> None:
        for row in self.event_participants:
            if not row.email and row.reference_doctype == "Contact":
                contact = self.ctx.store.load_row(self.ctx.meta("Contact"), row.reference_docname)
                row.email = contact["email_id"] if contact else None

    def add_participant(self, doctype: str, docname: Any) -> None:
        """Let somebody take part."""
        self.append("event_participants", {"reference_doctype": doctype, "reference_docname": docname})

    def add_participants(self, participants: list[dict[str, Any]]) -> None:
        """Let several take part, each `{"doctype": …, "docname": …}`."""
        for each in participants:
            self.add_participant(each["doctype"], each["docname"])


CONTROLLERS: dict[str, type[Document]] = {
    "ToDo": TodoController, "Comment": CommentController, "Communication": CommunicationController, "Note": NoteController, "Event": EventController,
}  # fmt: skip


# --- hooks ---


def may_touch_note(ctx: Context, doc: Any, right: str) -> bool | None:
    """A note is its owner's, unless it is public."""
    return None if ctx.user == "Administrator" or cint(doc.public) or doc.owner == ctx.user else False


def note_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabNote".owner = ? OR "tabNote".public = 1', (ctx.user,))


def may_touch_event(ctx: Context, doc: Any, right: str) -> bool | None:
    """A private event is its owner's."""
    return None if ctx.user == "Administrator" or doc.event_type == "Public" or doc.owner == ctx.user else False


def event_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabEvent".owner = ? OR "tabEvent".event_type = \'Public\'', (ctx.user,))


HOOKS: dict[str, Any] = {
    "has_permission": {"Note": may_touch_note, "Event": may_touch_event},
    "permission_query_conditions": {"Note": note_rows, "Event": event_rows},
}
