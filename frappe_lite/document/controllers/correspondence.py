"""What a mail or a message does to the document that it is about.

    a customer writes again about a ticket that was "Replied"   ->   its status is "Open"
    somebody of the desk answers                                ->   its first_response_time, its avg_response_time

A DocType whose controller has `on_communication_update` does all that by itself. The rules are those of Frappe's
Communication.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ...context import Context
from ...query import Condition
from ...utils import cstr, time_diff_in_seconds
from ..base_document import BaseDocument
from ..loading import load
from . import assignment_rule


def tell(message: Any) -> None:
    """Let the document that a message is about know of it, if it is there."""
    ctx: Context = message.ctx
    doctype, name = cstr(message.reference_doctype), message.reference_name
    if not name or not ctx.has_doctype(doctype) or not ctx.store.exists(ctx.meta(doctype), name):
        return
    about = load(ctx, doctype, name)
    own = getattr(about, "on_communication_update", None)
    if callable(own):
        own(message)
        return
    _open_again(about, message)
    _note_first_response(about, message)
    _note_average(about, message)
    about.run_method("notify_communication", message)


def _open_again(about: Any, message: Any) -> None:
    """Who answers to what was replied opens it again; an Issue is opened by any answer."""
    field = about.meta.field("status")
    if field is None or message.sent_or_received != "Received" or "Open" not in cstr(field.options).splitlines():
        return
    if about.status == "Replied" or about.doctype == "Issue":
        about.db_set("status", "Open")
        about.run_method("handle_hold_time", "Replied")
        assignment_rule.apply(about)


def _note_first_response(about: Any, message: Any) -> None:
    """The seconds until somebody of the desk answered first."""
    if not about.meta.has_field("first_response_time") or about.first_response_time:
        return
    is_answer = message.sent_or_received == "Sent" and message.communication_type == "Communication"
    if is_answer and any(_is_of_desk(message.ctx, user) for user in (message.sender, message.ctx.user)):
        if about.meta.has_field("first_responded_on"):
            about.db_set("first_responded_on", message.creation)
        about.db_set("first_response_time", round(time_diff_in_seconds(message.creation, about.creation), 2))


def _is_of_desk(ctx: Context, user: object) -> bool:
    info = ctx.user_info(cstr(user))
    return info is not None and info.user_type == "System User"


def _note_average(about: BaseDocument, message: Any) -> None:
    """The seconds that an answer took on the average, counted from the message just before it."""
    if not about.meta.has_field("avg_response_time") or message.sent_or_received != "Sent":
        return
    rows = message.ctx.store.find(
        message.meta,
        Condition("reference_doctype = ? AND reference_name = ?", (about.doctype, about.name)),
        ("sent_or_received", "creation"),
        order="creation",
    )
    times = [
        round(time_diff_in_seconds(answer["creation"], asked["creation"]), 2)
        for asked, answer in pairwise(rows)
        if (asked["sent_or_received"], answer["sent_or_received"]) == ("Received", "Sent")
    ]
    taken = [each for each in times if each > 0]
    if taken:
        about.db_set("avg_response_time", sum(taken) / len(taken))
