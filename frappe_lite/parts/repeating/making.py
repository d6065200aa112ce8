"""What is made again on its day: once, in one transaction with the next day. What clients ask of Auto Repeat."""

from __future__ import annotations

import datetime
from typing import Any

from ... import document, permissions
from ...context import Context, current
from ...document.base_document import BaseDocument
from ...errors import FrappeError
from ...face.installation import get_link_to_form
from ...face.mail import sendmail
from ...face.messages import log_error
from ...face.people.users import get_system_managers
from ...face.templates.rendering import render_template
from ...methods.asking import found_names, load_for
from ...methods.mailing import make as write_mail
from ...query import Condition
from ...utils import cint, cstr, get_first_day, get_last_day, getdate, nowdate
from ...whitelist import method
from .auto_repeat import ACTIVE, COMPLETED, DISABLED, DOCTYPE, FIELD, AutoRepeat
from .days import DAY, MONTHS, Rule

_AUTO_REPEAT = "frappe.automation.doctype.auto_repeat.auto_repeat"
DAILY = f"{_AUTO_REPEAT}.make_auto_repeat_entry"
TAKEN_OVER = (
    "naming_series", "ignore_pricing_rule", "posting_time", "select_print_heading", "user_remark", "remarks", "owner",
)  # fmt: skip
"""Fields that are as in the document, though copies are without them."""

FAULTS = (FrappeError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, NameError)
"""What documents and their controllers raise."""


def make_what_is_due() -> None:
    """Make the documents whose day has come. Each is a transaction of its own.

    Frappe passes over a day on which no server ran; here its document is made as soon as one does.
    """
    ctx, today = current.get(), getdate(nowdate())
    is_due = Condition("status = ? AND next_schedule_date <= ?", (ACTIVE, cstr(today)))
    for row in ctx.store.find(ctx.meta(DOCTYPE), is_due, ("name",), order="name"):
        found = document.load_as(AutoRepeat, ctx.trusted(), DOCTYPE, row["name"])
        if not found.end_date or getdate(found.next_schedule_date) <= getdate(found.end_date):
            _make_once(ctx, found, today)
        ctx.commit()
    is_over = Condition("status = ? AND end_date < ?", (ACTIVE, cstr(today)))
    for row in ctx.store.find(ctx.meta(DOCTYPE), is_over, ("name",), order="name"):
        found = document.load_as(AutoRepeat, ctx.trusted(), DOCTYPE, row["name"])
        found.db_set({"status": COMPLETED, "next_schedule_date": None})
        found._write_in_reference(None)
        ctx.commit()


def _make_once(ctx: Context, repeat: AutoRepeat, today: datetime.date) -> None:
    """Make the document, and note the next day. What fails is undone, told, and not tried again by itself."""
    try:
        with ctx.store.database.atomic():
            made = make_new_document(ctx, repeat)
            if cint(repeat.notify_by_email) and repeat.recipients:
                _tell(ctx, repeat, made)
            day = getdate(repeat.next_schedule_date)
            repeat.db_set("next_schedule_date", repeat.rule().from_today(day, today + DAY))
    except FAULTS as error:
        log = log_error(f"Auto repeat failed: {repeat.name}", cstr(error), repeat.doctype, repeat.name)
        repeat.db_set({"disabled": 1, "status": DISABLED})
        _tell_of_failure(repeat, log)


def make_new_document(ctx: Context, repeat: AutoRepeat) -> BaseDocument:
    """The document once more, as of its day."""
    source = document.load(ctx.trusted(), cstr(repeat.reference_doctype), repeat.reference_document)
    made: BaseDocument = document.copy(ctx.trusted(), source)
    for field in made.meta.fields:
        if field.fieldname in TAKEN_OVER:
            made.set(field.fieldname, source.get(field.fieldname))
        if field.fieldtype == "Date" and field.reqd:
            made.set(field.fieldname, repeat.next_schedule_date)
    for fieldname, value in (("set_posting_time", 1), (FIELD, repeat.name)):
        if made.meta.has_field(fieldname):
            made.set(fieldname, value)
    _set_period(ctx, repeat, made)
    made.run_method("on_recurring", reference_doc=source, auto_repeat_doc=repeat)
    made.insert()
    if cint(repeat.submit_on_creation):
        made.submit()
    return made


def _set_period(ctx: Context, repeat: AutoRepeat, made: BaseDocument) -> None:
    """`from_date` and `to_date` go on from the last one's; whole months stay whole."""
    months, meta = MONTHS.get(cstr(repeat.frequency)), made.meta
    if not months or not (meta.has_field("from_date") and meta.has_field("to_date")):
        return
    ours = Condition(f"{FIELD} = ? AND docstatus < 2", (repeat.name,))
    rows = ctx.store.find(meta, ours, ("from_date", "to_date"), order="creation DESC", limit=1)
    if not rows or not rows[0]["from_date"] or not rows[0]["to_date"]:
        return
    first, last = getdate(rows[0]["from_date"]), getdate(rows[0]["to_date"])
    is_whole = get_first_day(first) == first and get_last_day(last) == last
    made.from_date = _months_later(first, months)
    made.to_date = get_last_day(_months_later(last, months)) if is_whole else _months_later(last, months)


def _months_later(day: datetime.date, months: int) -> datetime.date:
    frequency = next(name for name, each in MONTHS.items() if each == months)
    return Rule(frequency, day).after(day)


def _tell(ctx: Context, repeat: AutoRepeat, made: BaseDocument) -> None:
    subject, message = (
        render_template(text, {"doc": made}) if "{" in text else text
        for text in (cstr(repeat.subject), cstr(repeat.message))
    )
    write_mail(
        ctx.trusted(), made.doctype, made.name, message or f"{made.doctype} {made.name} was made.",
        subject or f"New {made.doctype}: {made.name}", recipients=repeat.recipients, send_email=1,
    )  # fmt: skip


def _tell_of_failure(repeat: AutoRepeat, log: BaseDocument) -> None:
    subject = "Auto Repeat Document Creation Failed"
    link = get_link_to_form(cstr(repeat.reference_doctype), repeat.reference_document)
    why = get_link_to_form("Error Log", log.name)
    text = f"Auto Repeat failed for {link}. Check the Error Log for more information: {why}"
    people = [*get_system_managers(), *([repeat.owner] if "@" in cstr(repeat.owner) else [])]
    sendmail(people, subject=subject, message=text, header=[subject, "red"])


# --- methods ---


@method(f"{_AUTO_REPEAT}.make_auto_repeat", methods=["POST"])
def make_auto_repeat(
    ctx: Context, doctype: str, docname: object, frequency: str = "Daily", start_date: Any = None, end_date: Any = None
) -> object:
    """Let a document be made again; the new Auto Repeat. Raises PermissionError, ValidationError."""
    ctx.store.database.begin_write()
    values = {"reference_doctype": doctype, "reference_document": cstr(docname), "frequency": frequency}
    values |= {"start_date": start_date or nowdate(), "end_date": end_date}
    return document.new(ctx, {"doctype": DOCTYPE, **values}).insert()


@method(f"{_AUTO_REPEAT}.get_auto_repeat_doctypes")
def get_auto_repeat_doctypes(
    ctx: Context, doctype: str = "", txt: str = "", searchfield: object = None, start: object = 0, page_len: object = 0,
    filters: object = None,
) -> list[list[str]]:  # fmt: skip
    """The DocTypes whose documents may be made again, as a search for links answers. Raises PermissionError."""
    permissions.require(ctx, ctx.meta(DOCTYPE), "read")
    rows = ctx.store.find(ctx.meta("DocType"), Condition("allow_auto_repeat = 1"), ("name",))
    said = Condition("property = 'allow_auto_repeat' AND value = '1'")
    more = ctx.store.find(ctx.meta("Property Setter"), said, ("doc_type",))
    names = {*(row["name"] for row in rows), *(row["doc_type"] for row in more)}
    return found_names(sorted(names), txt, start, page_len)


@method(f"{_AUTO_REPEAT}.update_reference", methods=["POST", "PUT"])
def update_reference(ctx: Context, docname: str, reference: str) -> str:
    """Let another document be made again. Raises PermissionError, ValidationError."""
    ctx.store.database.begin_write()
    found = load_for(ctx, DOCTYPE, docname, "write")
    found._write_in_reference(None)
    found.reference_document = cstr(reference)
    found.save()
    return "success"


@method(f"{_AUTO_REPEAT}.generate_message_preview")
def generate_message_preview(
    ctx: Context, reference_dt: str, reference_doc: object, message: str = "", subject: str = ""
) -> dict[str, str]:
    """How a mail about a document would read. Raises PermissionError."""
    permissions.require(ctx, ctx.meta(DOCTYPE), "write")
    doc = load_for(ctx, reference_dt, reference_doc)
    return {
        "message": render_template(message, {"doc": doc}, is_path=False),
        "subject": render_template(subject, {"doc": doc}, is_path=False)
        if subject
        else "Please add a subject to your email",
    }


__all__ = ["DAILY", "make_new_document", "make_what_is_due"]
