"""ToDo: something to do, and who has it."""

from __future__ import annotations

from ...access import identity
from ...context import AUTOMATIC_ROLES, Context
from ...query import Condition
from ...utils import cint, cstr
from .. import assignments, history
from ..base_document import BaseDocument
from ..life import Document


class TodoController(Document):
    """Something to do; the document that it is about knows who has it. Who gave it is told by whoever makes it."""

    def validate(self) -> None:
        giver, holder, me = (
            identity.full_name(self.ctx, each or self.ctx.user)
            for each in (self.assigned_by, self.allocated_to, self.ctx.user)
        )
        before = self.get_doc_before_save()
        self.__dict__["_remark"] = None
        if self.is_new():
            text = (
                f"{giver} self assigned this task: {self.description}"
                if self.assigned_by == self.allocated_to
                else f"{giver} assigned {holder}: {self.description}"
            )
            self.__dict__["_remark"] = ("Assigned", text)
        elif before is not None and before.status != self.status:
            text = (
                f"{holder} removed their assignment."
                if self.allocated_to == self.ctx.user
                else f"Assignment of {holder} removed by {me}"
            )
            self.__dict__["_remark"] = ("Assignment Completed", text)

    def on_update(self) -> None:
        kind, text = self.__dict__.pop("_remark", None) or ("", "")
        if text and self.reference_type and self.reference_name:
            history.add_comment(self.ctx, self.reference_type, self.reference_name, text, kind)
        assignments.remember(self.ctx, self.reference_type, self.reference_name)

    def after_delete(self) -> None:
        assignments.remember(self.ctx, self.reference_type, self.reference_name)


def _sees_all(ctx: Context, right: str) -> bool:
    """Whether a role that does not come by itself has the right on every to-do."""
    holders = {cstr(rule.role) for rule in ctx.meta("ToDo").permissions if cint(rule.get(right))}
    return bool((holders - AUTOMATIC_ROLES) & set(ctx.roles))


def may_touch_todo(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A to-do is seen by who gave it and who has it, and by the roles that have the right on all: a System Manager."""
    return None if _sees_all(ctx, right) or ctx.user in (doc.allocated_to, doc.assigned_by) else False


def todo_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if _sees_all(ctx, "read"):
        return Condition()
    return Condition('"tabToDo".allocated_to = ? OR "tabToDo".assigned_by = ?', (ctx.user,) * 2)
