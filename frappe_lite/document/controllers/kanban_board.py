"""Kanban Board: documents as cards in columns, by a Select of theirs. A private one is its owner's."""

from __future__ import annotations

import json

from ...context import Context
from ...errors import ValidationError
from ...protocol import parse_json
from ...query import Condition
from ...utils import cint, cstr
from .. import lists
from ..base_document import BaseDocument
from ..life import Document

MAX_CARDS = 500
"""How many cards of a column have an order; the others come after them, as the list has them."""


class KanbanBoardController(Document):
    """A board of the documents of one DocType."""

    def before_insert(self) -> None:
        for column in self.columns:
            column.order = json.dumps(self._cards(cstr(column.column_name)))

    def _cards(self, column: str) -> list[str]:
        """The documents that stand in a column at first."""
        kept = parse_json(self.get("filters") or None, "filters")
        first = kept[:1] if isinstance(kept, list) else []
        filters = [[self.reference_doctype, self.field_name, "=", column], *first]
        rows = lists.get_list(self.ctx, cstr(self.reference_doctype), filters=filters, limit=MAX_CARDS)
        return [cstr(row["name"]) for row in rows]

    def validate(self) -> None:
        """Raises ValidationError for a column without a name, and for a field that the documents have not."""
        meta = self.ctx.meta(cstr(self.reference_doctype))
        if not meta.has_field(cstr(self.field_name)):
            raise ValidationError.told(f"{meta.name} has no field {cstr(self.field_name)}")
        if not all(column.column_name for column in self.columns):
            raise ValidationError.told("Column Name cannot be empty")


def may_touch_board(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A private board is its owner's."""
    return None if ctx.user == "Administrator" or not cint(doc.get("private")) or doc.owner == ctx.user else False


def board_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if ctx.user == "Administrator":
        return Condition()
    return Condition('"tabKanban Board".private = 0 OR "tabKanban Board".owner = ?', (ctx.user,))
