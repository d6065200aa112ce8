"""Auto Repeat: which document is made again, how often, and who is told of it."""

from __future__ import annotations

from ... import permissions
from ...context import Context
from ...document import Document, set_values
from ...errors import ValidationError
from ...face.apps.customising import create_custom_field
from ...face.templates.rendering import validate_template
from ...methods.asking import load_for
from ...query import Condition
from ...utils import bold, cint, cstr, getdate, nowdate, split_emails, validate_email_address
from ...whitelist import whitelist
from ..schedule.events import sync
from .days import WEEKDAYS, Rule

DOCTYPE, FIELD = "Auto Repeat", "auto_repeat"
ACTIVE, DISABLED, COMPLETED = "Active", "Disabled", "Completed"
MOST_SHOWN = 1000
"""Days of a schedule that are shown."""


class AutoRepeat(Document):
    """A document that is made again."""

    status: object
    start_date: object
    next_schedule_date: object

    def before_insert(self) -> None:
        """Nothing is made again for days that are past."""
        self.start_date = max(getdate(self.start_date), getdate(nowdate()))

    def validate(self) -> None:
        """Raises ValidationError for what could not be made again, PermissionError for what is not the caller's to
        make."""
        self.status = DISABLED if cint(self.disabled) else COMPLETED if self.is_completed() else ACTIVE
        self._check_reference()
        self._check_dates()
        self._check_mail()
        self.next_schedule_date = None
        if not cint(self.disabled):
            rule, start = self.rule(), getdate(self.start_date)
            # Frappe: the start, at the end
            self.next_schedule_date = rule.from_today(start, getdate(nowdate())) or start
        self._note_in_reference()

    def _check_reference(self) -> None:
        meta = self.ctx.meta(cstr(self.reference_doctype))
        if not cint(meta.get("allow_auto_repeat")):
            raise ValidationError.told(f"Enable Allow Auto Repeat for the doctype {meta.name} in Customize Form")
        if cint(self.submit_on_creation) and not meta.is_submittable:
            raise ValidationError.told(f"Cannot enable {bold('Submit on Creation')} for a non-submittable doctype")
        before, asking = self.get_doc_before_save(), self._asking
        fields = ("reference_doctype", "reference_document", "submit_on_creation", "recipients")
        if before is not None and all(self.get(each) == before.get(each) for each in fields):
            return
        # What is made and mailed is no more than one could oneself
        load_for(asking, meta.name, self.reference_document)
        for right in ("create", *(("submit",) if cint(self.submit_on_creation) else ())):
            permissions.require(asking, meta, right)

    def _check_dates(self) -> None:
        if self.end_date:
            self.validate_from_to_dates("start_date", "end_date")
            if getdate(self.end_date) == getdate(self.start_date):
                raise ValidationError.told(f"{bold('End Date')} should not be same as {bold('Start Date')}")
        if not 0 <= cint(self.repeat_on_day) <= 31:
            raise ValidationError.told("Repeat on Day is a day of the month, from 1 to 31")
        days = [cstr(row.day) for row in self.repeat_on_days]
        repeated = sorted({day for day in days if days.count(day) > 1})
        if repeated:
            more = "s" if len(repeated) > 1 else ""
            raise ValidationError.told(f"Auto Repeat Day{more} {bold(', '.join(repeated))} has been repeated.")

    def _check_mail(self) -> None:
        for text in (self.subject, self.message):
            if "{" in cstr(text):
                validate_template(cstr(text))
        if not cint(self.notify_by_email):
            return
        if not self.recipients:
            raise ValidationError.told("'Recipients' not specified")
        for each in split_emails(cstr(self.recipients)):
            if not validate_email_address(each):
                raise ValidationError.told(f"{each} is an invalid email address in 'Recipients'")

    def _note_in_reference(self) -> None:
        """The document says by what it is made again, in a field that it is given for it."""
        doctype = cstr(self.reference_doctype)
        if not self.ctx.meta(doctype).has_field(FIELD):
            create_custom_field(doctype, {
                "fieldname": FIELD, "label": "Auto Repeat", "fieldtype": "Link", "options": DOCTYPE, "read_only": 1,
                "no_copy": 1, "print_hide": 1, "insert_after": self.ctx.meta(doctype).fields[-1].fieldname,
            })  # fmt: skip
        row = self.ctx.store.load_row(self.ctx.meta(doctype), cstr(self.reference_document)) or {}
        if row.get(FIELD) and row[FIELD] != self.name:
            raise ValidationError.told(f"The {self.reference_document} is already on auto repeat {row[FIELD]}")
        self._write_in_reference(self.name if self.status == ACTIVE else None)

    def _write_in_reference(self, name: object) -> None:
        meta = self.ctx.meta(cstr(self.reference_doctype))
        if meta.has_field(FIELD) and self.ctx.store.exists(meta, cstr(self.reference_document)):
            set_values(self.ctx.trusted(), meta, cstr(self.reference_document), {FIELD: name})

    def on_update(self) -> None:
        """The schedule follows it, from the first one on."""
        if "clock" in self.ctx.site.shelf:
            sync(self.ctx)

    def on_trash(self) -> None:
        """The document is made again no more."""
        self._write_in_reference(None)

    # --- when ---

    def rule(self) -> Rule:
        """How often it is made."""
        return Rule(
            cstr(self.frequency), getdate(self.start_date), getdate(self.end_date) if self.end_date else None,
            frozenset(WEEKDAYS.index(cstr(row.day)) for row in self.repeat_on_days if row.day),
            cint(self.repeat_on_day), bool(cint(self.repeat_on_last_day)),
        )  # fmt: skip

    def is_completed(self) -> bool:
        """Whether its end is past."""
        return bool(self.end_date) and getdate(self.end_date) < getdate(nowdate())

    @whitelist()
    def get_auto_repeat_schedule(self) -> list[dict[str, object]]:
        """The days to its end, or the next one."""
        rule, start = self.rule(), getdate(self.start_date)
        if rule.end is None:
            days = [rule.from_today(start, getdate(nowdate()))]
        else:
            days = []
            day = rule.after(start)
            while day <= rule.end and len(days) < MOST_SHOWN:
                days.append(day)
                day = rule.after(day)
        named = {"reference_document": self.reference_document, "frequency": self.frequency}
        return [{**named, "next_scheduled_date": cstr(day)} for day in days]


def is_any_active(ctx: Context) -> bool:
    """Whether there is one that is followed."""
    condition = Condition("status = ?", (ACTIVE,))
    return bool(ctx.store.find(ctx.meta(DOCTYPE), condition, ("name",), limit=1))


__all__ = ["ACTIVE", "COMPLETED", "DISABLED", "DOCTYPE", "FIELD", "AutoRepeat", "is_any_active"]
