"""Event: something in a calendar, with who takes part."""

from __future__ import annotations

from typing import Any

from ...context import Context
from ...errors import ValidationError
from ...query import Condition
from ...utils import cint, get_datetime, getdate, now
from ..life import Document


class EventController(Document):
    """Something in a calendar, with who takes part."""

    starts_on: Any
    ends_on: Any

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

    def add_participant(self, doctype: str, docname: Any) -> None:
        """Let somebody take part."""
        self.append("event_participants", {"reference_doctype": doctype, "reference_docname": docname})

    def add_participants(self, participants: list[dict[str, Any]]) -> None:
        """Let several take part, each `{"doctype": …, "docname": …}`."""
        for each in participants:
            self.add_participant(each["doctype"], each["docname"])


def may_touch_event(ctx: Context, doc: Any, right: str) -> bool | None:
    """A private event is its owner's."""
    return None if ctx.user == "Administrator" or doc.event_type == "Public" or doc.owner == ctx.user else False


def event_rows(ctx: Context) -> Condition:
    """The same for lists. Frappe: the Administrator's too have no other's private events."""
    return Condition('"tabEvent".owner = ? OR "tabEvent".event_type = \'Public\'', (ctx.user,))
