"""Event: something in a calendar, with who takes part."""

from __future__ import annotations

from typing import Any

from ...access import identity
from ...context import Context
from ...errors import ValidationError
from ...query import Condition
from ...utils import cint, cstr, get_datetime, getdate, now
from ...values import Values
from .. import deleting
from ..base_document import BaseDocument
from ..life import Document
from ..loading import load, new

MEDIA = {"Event": "Event", "Meeting": "Meeting", "Call": "Phone", "Sent/Received Email": "Email", "Other": "Other"}
"""Category of an event -> by which medium it was, as a Communication says it."""


class EventController(Document):
    """Something in a calendar, with who takes part."""

    starts_on: object
    ends_on: object

    def validate(self) -> None:
        values = self.__dict__
        values["starts_on"] = values.get("starts_on") or now()
        start, end = (
            get_datetime(values["starts_on"]),
            get_datetime(values["ends_on"]) if values.get("ends_on") else None,
        )
        if start == end:
            values["ends_on"] = end = None  # Frappe: what ends as it starts has no end
        if end and start > end:
            raise ValidationError.told(
                f"{self.meta.get_label('ends_on')} must be after {self.meta.get_label('starts_on')}"
            )
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

    def on_update(self) -> None:
        """Who takes part sees the event among what was said with them: a Communication each."""
        for row in self.event_participants:
            if not row.reference_doctype or not self.ctx.has_doctype(row.reference_doctype):
                continue
            told = self._told_to(row)
            if not told and cint(self.ctx.meta(row.reference_doctype).allow_events_in_timeline):
                told = [new(self.ctx, {"doctype": "Communication"})]
            for each in told:
                self._tell(each, row)

    def on_trash(self) -> None:
        """What was told of the event goes with it."""
        about = Condition("reference_doctype = 'Event' AND reference_name = ?", (cstr(self.name),))
        for row in self.ctx.store.find(self.ctx.meta("Communication"), about, ("name",)):
            deleting.delete(self.ctx.trusted(), "Communication", row["name"], force=True)

    def _told_to(self, participant: BaseDocument) -> list[object]:
        linked = (
            "reference_doctype = 'Event' AND reference_name = ? AND name IN (SELECT parent FROM \"tabCommunication "
            'Link" '
            "WHERE link_doctype = ? AND link_name = ?)"
        )
        about = Condition(linked, (cstr(self.name), participant.reference_doctype, cstr(participant.reference_docname)))
        rows = self.ctx.store.find(self.ctx.meta("Communication"), about, ("name",))
        return [load(self.ctx.trusted(), "Communication", row["name"]) for row in rows]

    def _tell(self, message: Any, participant: BaseDocument) -> None:
        """Let a Communication say what the event is now."""
        message.update(
            {
                "communication_medium": MEDIA.get(cstr(self.event_category), ""),
                "subject": self.subject,
                "content": self.description or self.subject,
                "communication_date": self.starts_on,
                "sender": self.owner,
                "sender_full_name": identity.full_name(self.ctx, cstr(self.owner)),
                "reference_doctype": "Event",
                "reference_name": self.name,
                "status": "Linked",
            }
        )
        linked = {(row.link_doctype, cstr(row.link_name)) for row in message.timeline_links}
        if (participant.reference_doctype, cstr(participant.reference_docname)) not in linked:
            message.add_link(participant.reference_doctype, participant.reference_docname)
        message.save(ignore_permissions=True)

    def add_participant(self, doctype: str, docname: object) -> None:
        """Let somebody take part."""
        self.append("event_participants", {"reference_doctype": doctype, "reference_docname": docname})

    def add_participants(self, participants: list[Values]) -> None:
        """Let several take part, each `{"doctype": …, "docname": …}`."""
        for each in participants:
            self.add_participant(each["doctype"], each["docname"])


def may_touch_event(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A private event is its owner's."""
    return None if ctx.user == "Administrator" or doc.event_type == "Public" or doc.owner == ctx.user else False


def event_rows(ctx: Context) -> Condition:
    """The same for lists. Frappe: the Administrator's too have no other's private events."""
    return Condition('"tabEvent".owner = ? OR "tabEvent".event_type = \'Public\'', (ctx.user,))
