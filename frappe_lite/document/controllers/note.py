"""Note: private unless it is public."""

from __future__ import annotations

from ...context import Context
from ...query import Condition
from ...utils import add_days, cint, cstr, now
from ..base_document import BaseDocument
from ..life import Document


class NoteController(Document):
    """A note, private unless it is public; who has seen it is remembered."""

    content: object

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


def may_touch_note(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A note is its owner's, unless it is public."""
    return None if ctx.user == "Administrator" or cint(doc.public) or doc.owner == ctx.user else False


def note_rows(ctx: Context) -> Condition:
    """The same for lists. Frappe: the Administrator's too have no other's private notes."""
    return Condition('"tabNote".owner = ? OR "tabNote".public = 1', (ctx.user,))
