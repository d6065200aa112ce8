"""Assignment Rules: documents are given to users as they are saved, by conditions that people write.

A rule's conditions are expressions over the document's values. One that fails says so and gives to nobody: it never
keeps a document from being saved.
"""

from __future__ import annotations

from typing import Any

from ...context import Context
from ...errors import FrappeError, ValidationError
from ...query import Condition
from ...utils import bold, cint, comma_and, cstr, now_datetime
from ...values import Function
from .. import assignments
from ..base_document import BaseDocument
from ..life import Document
from ..loading import load

LOGS = frozenset(
    {"Version", "Error Log", "Activity Log", "API Request Log", "Comment", "ToDo", "Email Queue", "Notification Log"}
)
"""Documents that are given to nobody."""

SILENT = ("in_patch", "in_install", "in_setup_wizard")
"""Flags of what saves documents that nobody is to work on, as in Frappe."""

KEEPS_DATES = (*SILENT, "in_migrate", "in_import")
"""Flags under which to-dos keep their dates."""

WEIGHTED = "Weighted Distribution"
MOST_WEIGHT = 1000

evaluate: dict[str, Function] = {}
"""What the face provides: `expression(text, values)`, `template(text, values)`, and `notify`, which tells who has got a
document."""


class AssignmentRuleController(Document):
    """To whom documents of a kind are given, and when that ends."""

    last_user: object
    current_index: object

    def validate(self) -> None:
        """Raises ValidationError for a rule that could not be followed."""
        if any(cint(row.weight) > MOST_WEIGHT for row in self.weighted_users):
            raise ValidationError.told(f"A weight is up to {MOST_WEIGHT}")
        if self.document_type == "ToDo":
            raise ValidationError.told(f"Assignment Rule is not allowed on document type {bold('ToDo')}")
        days = self.get_assignment_days()
        repeated = sorted({day for day in days if days.count(day) > 1})
        if repeated:
            raise ValidationError.told(
                f"The following Assignment Days have been repeated: {comma_and(repeated, add_quotes=False)}"
            )

    def on_update(self) -> None:
        self.ctx.touch("Assignment Rule")

    def after_delete(self) -> None:
        self.ctx.touch("Assignment Rule")

    def get_assignment_days(self) -> list[str]:
        """The days on which the rule holds; empty for every day."""
        return [row.day for row in self.assignment_days]

    def is_rule_not_applicable_today(self) -> bool:
        """Whether the rule rests today."""
        days = self.get_assignment_days()
        return bool(days) and (self.ctx.flags.assignment_day or now_datetime().strftime("%A")) not in days

    def holds(self, fieldname: str, values: object) -> bool:
        """Whether one of the rule's conditions is true of a document. One that fails is told, and false."""
        if not self.get(fieldname):
            return False
        try:
            return bool(evaluate["expression"](self.get(fieldname), values))
        except (
            FrappeError,
            ArithmeticError,
            LookupError,
            NameError,
            SyntaxError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            self.ctx.say(f"Auto assignment failed: {error}", indicator="orange")
            return False

    def do_assignment(self, doc: BaseDocument) -> bool:
        """Give the document to the next user, taking it from whoever has it; whether there is one."""
        assignments.set_status(self.ctx, doc.doctype, doc.name, "Cancelled", "Open")
        user = self.get_user(doc)
        if not user:
            return False
        values, date = doc.as_dict(), doc.get(self.due_date_based_on) if self.due_date_based_on else None
        text = evaluate["template"](cstr(self.description), values)
        assignments.add(self.ctx, doc.doctype, doc.name, user, description=text, assignment_rule=self.name, date=date)
        if doc.meta.field("assigned_to"):  # written beside the document that is at hand, which can be saved again
            doc.db_set("assigned_to", user)
        evaluate["notify"](self.ctx.user, user, doc.doctype, doc.name, "ASSIGN", text)
        self.db_set({"last_user": user, "current_index": self._next_index()})
        return True

    def get_user(self, doc: BaseDocument) -> Any:
        """Whose turn it is; None for nobody."""
        users = [row.user for row in self.users]
        if self.rule == "Based on Field":
            named = doc.get(self.field)
            return named if named and self.ctx.user_info(cstr(named)) else None
        if self.rule == "Load Balancing":
            return min(users, key=self._load, default=None)
        if self.rule == WEIGHTED:
            users = self._weighted()
            return users[cint(self.current_index) % len(users)] if users else None
        turn = users.index(self.last_user) + 1 if self.last_user in users else 0
        return users[turn % len(users)] if users else None

    def _weighted(self) -> list[str]:
        """One round: each user as often in a row as the weight says. Frappe since March 2026."""
        return [row.user for row in self.weighted_users for _ in range(min(cint(row.weight), MOST_WEIGHT))]

    def _next_index(self) -> int:
        """Whose turn of the round is next."""
        users = self._weighted() if self.rule == WEIGHTED else []
        return (cint(self.current_index) + 1) % len(users) if users else cint(self.current_index)

    def _load(self, user: str) -> int:
        condition = Condition("reference_type = ? AND allocated_to = ? AND status = 'Open'", (self.document_type, user))
        return len(self.ctx.store.find(self.ctx.meta("ToDo"), condition, ("name",)))


def _ruled(ctx: Context) -> dict[str, list[str]]:
    """DocType -> the names of its rules, the most important first."""

    def ask() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in ctx.store.find(
            ctx.meta("Assignment Rule"),
            Condition("disabled = 0"),
            ("name", "document_type"),
            order="priority DESC, creation",
        ):
            found.setdefault(cstr(row["document_type"]), []).append(row["name"])
        return found

    result: dict[str, list[str]] = ctx.cached(("assignment rules",), ask)
    return result


def apply(doc: BaseDocument, method: str | None = None) -> None:
    """Give a document that was saved to whom the rules say, or take it back. Most DocTypes have no rules: this costs
    one look."""
    ctx: Context = doc.ctx
    names = _ruled(ctx).get(doc.doctype)
    if not names or doc.doctype in LOGS or any(ctx.flags.get(flag) for flag in SILENT):
        return
    rules = [
        rule
        for rule in (load(ctx.trusted(), "Assignment Rule", name) for name in names)
        if not rule.is_rule_not_applicable_today()
    ]
    values = doc.as_dict()
    given = _given(ctx, doc)
    free = not given or any(rule.name in given and _take_back(rule, doc, values) for rule in rules)
    newly = free and any(rule.holds("assign_condition", values) and rule.do_assignment(doc) for rule in rules)
    if not _given(ctx, doc):
        return
    if any(rule.holds("close_condition", values) for rule in rules):  # Frappe: also what was given just now
        assignments.set_status(ctx, doc.doctype, doc.name, "Closed", "Open")
    elif rules and not newly:
        assignments.set_status(ctx, doc.doctype, doc.name, "Open", "Closed")


def _take_back(rule: BaseDocument, doc: BaseDocument, values: object) -> bool:
    return bool(
        rule.holds("unassign_condition", values)
        and assignments.set_status(rule.ctx, doc.doctype, doc.name, "Cancelled", "Open")
    )


def _given(ctx: Context, doc: BaseDocument) -> list[Any]:
    """The rules by which the document was given to somebody; None in their place for what a person gave."""
    condition = Condition(
        "reference_type = ? AND reference_name = ? AND status != 'Cancelled'", (doc.doctype, cstr(doc.name))
    )
    return [row["assignment_rule"] for row in ctx.store.find(ctx.meta("ToDo"), condition, ("assignment_rule",))]


def update_due_date(doc: BaseDocument, method: str | None = None) -> None:
    """Let the to-dos of a document follow the date that their rule names."""
    ctx: Context = doc.ctx
    if any(ctx.flags.get(flag) for flag in KEEPS_DATES):
        return
    for name in _ruled(ctx).get(doc.doctype, ()):
        rule = load(ctx.trusted(), "Assignment Rule", name)
        field = cstr(rule.due_date_based_on)
        if not field or not doc.meta.has_field(field) or not doc.has_value_changed(field):
            continue
        condition = Condition(
            "assignment_rule = ? AND reference_type = ? AND reference_name = ? AND status = 'Open'",
            (name, doc.doctype, cstr(doc.name)),
        )
        for row in ctx.store.find(ctx.meta("ToDo"), condition, ("name",)):
            todo = load(ctx.trusted(), "ToDo", row["name"])
            todo.date = doc.get(field)
            todo.save()


__all__ = ["AssignmentRuleController", "apply", "evaluate", "update_due_date"]
