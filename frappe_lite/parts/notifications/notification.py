"""Notification: who is told what when documents of a kind change. Conditions and texts are people's, and see values."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence

from ... import document
from ...context import Context, current
from ...document import Document, lists
from ...document.base_document import BaseDocument
from ...errors import ConflictError, DatabaseBusyError, FrappeError, ValidationError
from ...face.jobs.enqueueing import enqueue
from ...face.messages import log_error
from ...face.people.users import get_users_with_role
from ...face.templates.rendering import render_template, validate_template
from ...face.texts.html_texts import is_html, md_to_html
from ...query import Condition
from ...utils import (
    add_to_date,
    cint,
    cstr,
    get_datetime,
    now_datetime,
    nowdate,
    split_emails,
    validate_email_address,
)  # fmt: skip
from ...values import Given, Values
from ...whitelist import whitelist
from ..schedule.events import sync
from . import sending
from .sending import require_settable
from .standard import standard_of
from .trying import FAULTS, holds, known_of, met, tried

DATED = ("Days Before", "Days After")
TIMED = ("Minutes Before", "Minutes After")
MOST_DAYS = 36500
LEAST_MINUTES = 10
"""Frappe: the schedule looks every few minutes."""

FIRST_LOOK = 5
"""Minutes that the first look of a Notification with minutes goes back."""

CHANNELS = ("Email", "System Notification")
FORBIDDEN = ("Email Queue", "Notification Log")
"""What each notification writes: it would be told of itself."""


class Notification(Document):
    """Who is told what."""

    sender_email: object

    def validate(self) -> None:
        """Raises ValidationError for what could never be told."""
        if self.channel not in CHANNELS and not self._is_sent_by_an_app():
            raise ValidationError.told(
                f"{self.channel} is not called here: choose Email or System Notification, or a Webhook"
            )
        meta = self.ctx.meta(cstr(self.document_type))
        if meta.name in FORBIDDEN or (meta.istable and self.event not in DATED):  # rows have no events of their own
            raise ValidationError.told(f"Cannot set Notification with event {self.event} on Document Type {meta.name}")
        for event, fieldname, text in (
            (DATED, "date_changed", "Please specify which date field must be checked"),
            (TIMED, "datetime_changed", "Please specify which datetime field must be checked"),
            (("Value Change",), "value_changed", "Please specify which value field must be checked"),
            (("Method",), "method", "Please specify the method that triggers it"),
        ):
            if self.event in event and not self.get(fieldname):
                raise ValidationError.told(text)
        if abs(cint(self.days_in_advance)) > MOST_DAYS:
            raise ValidationError.told(f"Days Before or After are up to {MOST_DAYS}")
        if self.event in TIMED and not LEAST_MINUTES <= cint(self.minutes_offset) <= MOST_DAYS * 24 * 60:
            raise ValidationError.told(
                f"Minutes Before or After are at least {LEAST_MINUTES}, and no more than a century"
            )
        for fieldname in ("date_changed", "datetime_changed", "value_changed"):
            if self.get(fieldname) and self.get(fieldname) not in meta.columns:
                raise ValidationError.told(f"{meta.name} has no field {self.get(fieldname)}")
        if self.set_property_after_alert:
            require_settable(meta, cstr(self.set_property_after_alert))
        for text in filter(_is_template, (self.subject, self.message)):
            validate_template(cstr(text))
        self._check_conditions(meta.name)
        self._set_sender()

    def _is_sent_by_an_app(self) -> bool:
        """Whether an app's own class sends it, by channels that it knows."""
        kind = type(self)
        return (kind.send, kind.send_notification_by_channel) != (
            Notification.send,
            Notification.send_notification_by_channel,
        )

    def _check_conditions(self, doctype: str) -> None:
        doc = document.new(self.ctx, {"doctype": doctype})
        for text in (self.condition, *(row.condition for row in self.recipients)):
            try:
                # An empty document's values
                with contextlib.suppress(TypeError, ValueError, ArithmeticError, LookupError):
                    holds(text, doc)
            except (FrappeError, SyntaxError, NameError, AttributeError) as error:
                raise ValidationError.told(f"The Condition '{text}' is invalid: {error}") from None

    def _set_sender(self) -> None:
        row = self.ctx.store.load_row(self.ctx.meta("Email Account"), self.sender) if self.sender else None
        self.sender_email = row["email_id"] if row else None

    def on_update(self) -> None:
        """What is told on days needs the schedule, from the first of its kind on."""
        if "clock" in self.ctx.site.shelf:
            sync(self.ctx)

    # --- whether ---

    def meets_condition(self, doc: object) -> bool:
        """Whether it is told of a document. Raises what the condition does."""
        return holds(self.condition, doc)

    def has_changed(self, doc: BaseDocument) -> bool:
        """Whether the value that it looks at is another one than before."""
        return bool(doc.has_value_changed(cstr(self.value_changed)))

    def documents_for_today(self) -> list[str]:
        """The documents whose date lies so many days off today."""
        days = cint(self.days_in_advance) * (1 if self.event == "Days Before" else -1)
        day = cstr(add_to_date(nowdate(), days=days))[:10]
        between = [[cstr(self.date_changed), "between", [day, day]]]
        rows = lists.get_list(self.ctx.trusted(), cstr(self.document_type), ["name"], between, limit=None)
        return [row["name"] for row in rows]

    def documents_for_this_moment(self) -> list[str]:
        """The documents whose moment has come since the last look, which is noted with what they are told."""
        now, minutes = get_datetime(now_datetime()), cint(self.minutes_offset)
        last = get_datetime(self.datetime_last_run) if self.datetime_last_run else add_to_date(now, minutes=-FIRST_LOOK)
        offset = minutes if self.event == "Minutes Before" else -minutes
        since, until = (cstr(add_to_date(each, minutes=offset)) for each in (last, now))
        field = cstr(self.datetime_changed)
        rows = lists.get_list(
            self.ctx.trusted(),
            cstr(self.document_type),
            ["name"],
            [[field, ">", since], [field, "<=", until]],
            limit=None,
        )
        self.db_set("datetime_last_run", now, update_modified=False)
        return [row["name"] for row in rows]

    # --- told by app code, and tried out in the desk ---

    def tell(self, doc: BaseDocument) -> None:
        """Tell of a document, if the condition holds. What fails is logged, and undone by itself."""
        try:
            with self.ctx.store.database.atomic():
                if self.meets_condition(doc) and (self.event != "Value Change" or self.has_changed(doc)):
                    self.send(doc)
        except (ConflictError, DatabaseBusyError):
            raise  # no fault of the rule: the whole is done again
        except FAULTS as error:
            log_error(f"Error in Notification {self.name}", f"{doc.doctype} {doc.name}: {error}")
            doc.ctx.say(f"Error in Notification {self.name}: {error}", indicator="orange")

    def send(self, doc: BaseDocument) -> None:
        """Tell of a document, whatever the condition, in its transaction. Raises what texts and conditions do."""
        self.send_notification_by_channel(doc, {})
        if self.set_property_after_alert:
            sending.set_property(doc, cstr(self.set_property_after_alert), self.property_value)

    def send_notification_by_channel(self, doc: BaseDocument, context: Given) -> None:
        """Tell of it by its channel. Texts see what `context` has, beside the document."""
        if self.channel == "Email":
            self.send_an_email(doc, context)
        if self.channel == "System Notification" or cint(self.send_system_notification):
            self.create_system_notification(doc, context)

    def send_an_email(self, doc: BaseDocument, context: Given) -> None:
        """Mail it to those who are named."""
        sending.send_mail(self, doc, context)

    def create_system_notification(self, doc: BaseDocument, context: Given) -> None:
        """Show it on the page of those who are named."""
        sending.show(self, doc, context)

    def get_list_of_recipients(self, doc: BaseDocument, context: Given) -> tuple[list[str], list[str], list[str]]:
        """Who gets it, who gets a copy, and who a blind one: addresses."""
        return self.people(doc)

    def queue_send(self, doc: BaseDocument, enqueue_after_commit: bool = True) -> object:
        """Tell of a document by a job, if the condition holds: what app code does for the event Custom."""
        now, alert = self.ctx.flags.in_test, self.name
        return enqueue(evaluate_alert, doc=doc, alert=alert, now=now, enqueue_after_commit=enqueue_after_commit)

    @whitelist()
    def preview_meets_condition(self, preview_document: object) -> str:
        """Yes or No for a document that the caller may read."""
        return met(self, self.document_type, preview_document)

    @whitelist()
    def preview_subject(self, preview_document: object) -> str:
        """The subject as a document that the caller may read would fill it in."""
        return self._tried(
            preview_document, lambda doc: self.texts(doc)[0] if self.subject else "No subject", "subject"
        )

    @whitelist()
    def preview_message(self, preview_document: object) -> str:
        """The message, likewise."""
        return self._tried(preview_document, lambda doc: self.texts(doc)[1], "message")

    def _tried(self, name: object, function: Callable[[BaseDocument], str], what: str) -> str:
        return tried(self.ctx, self.document_type, name, function, f"Failed to render {what}")

    # --- what ---

    def texts(self, doc: BaseDocument, context: Given | None = None) -> tuple[str, str]:
        """Subject and message, filled in. Raises ValidationError."""
        known = {
            **(context or {}),
            **known_of(doc),
            "alert": self,
            "comments": json.loads(doc.get("_comments") or "[]") or None,
        }
        standard = standard_of(self.ctx, self)
        if standard is not None:
            known.update(standard.context(known))
        subject, message = (
            render_template(text, known) if _is_template(text) else text
            for text in (cstr(self.subject), (standard and standard.text) or cstr(self.message))
        )
        if self.message_type == "Markdown" and cint(self.is_standard) and not is_html(message):
            message = md_to_html(message)
        return subject or f"{doc.doctype} {doc.name}", message

    def files(self, doc: BaseDocument) -> list[Values]:
        """The files of the document that go with a mail. Its print is not among them: there are no print formats."""
        if self.attach_files == "From Field":
            url = doc.get(cstr(self.from_attach_field))
            return [{"file_url": url}] if url else []
        if self.attach_files != "All":
            return []
        hung = Condition("attached_to_doctype = ? AND attached_to_name = ?", (doc.doctype, cstr(doc.name)))
        return [{"fid": row["name"]} for row in self.ctx.store.find(self.ctx.meta("File"), hung, ("name",))]

    # --- whom ---

    def people(self, doc: BaseDocument) -> tuple[list[str], list[str], list[str]]:
        """Who gets it, who gets a copy, and who a blind one: addresses. Raises what a condition does."""
        to: list[str] = []
        copies: dict[str, list[str]] = {"cc": [], "bcc": []}
        for row in self.recipients:
            if not holds(row.condition, doc):
                continue
            to += self._named(doc, cstr(row.receiver_by_document_field))
            to += get_users_with_role(row.receiver_by_role) if row.receiver_by_role else []
            for kind, found in copies.items():
                text = cstr(row.get(kind))
                found += split_emails(render_template(text, {"doc": doc}) if _is_template(text) else text)
        if cint(self.send_to_all_assignees):
            to += json.loads(doc.get("_assign") or "[]")
        people = [list(dict.fromkeys(_addresses(self.ctx, each))) for each in (to, copies["cc"], copies["bcc"])]
        return people[0], people[1], people[2]

    def _named(self, doc: BaseDocument, field: str) -> list[str]:
        """What a field of the document says, or `field,table` of each row of a table."""
        inner, _, table = field.partition(",")
        rows = (doc.get(table) or []) if table else [doc]
        return [each for row in rows for each in split_emails(cstr(row.get(inner)))] if inner else []


def evaluate_alert(doc: BaseDocument, alert: str) -> None:
    """Tell of a document by a Notification that app code names, if its condition holds."""
    document.load_as(Notification, current.get().trusted(), "Notification", alert).tell(doc)


def has_any(ctx: Context, events: Sequence[str]) -> bool:
    """Whether a Notification tells of one of these."""
    named = ctx.store.database.among("event", list(events)) & Condition("enabled = 1")
    return bool(ctx.store.find(ctx.meta("Notification"), named, ("name",), limit=1))


def _is_template(text: object) -> bool:
    return "{" in cstr(text)


def _addresses(ctx: Context, names: Iterable[str]) -> list[str]:
    """Addresses as they are, and of users their own."""
    found = []
    for each in names:
        info = ctx.user_info(each)
        if info is not None and not info.enabled:
            continue
        row = ctx.store.load_row(ctx.meta("User"), each) if info is not None else None
        address = cstr((row or {}).get("email")) or each
        found += [address] if validate_email_address(address) else []
    return found


__all__ = ["DATED", "TIMED", "Notification", "evaluate_alert", "has_any"]
