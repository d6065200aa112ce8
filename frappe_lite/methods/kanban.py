"""`frappe.desk.doctype.kanban_board.kanban_board.*`: boards, their columns, and the cards in them.

The order of a column is a list of names in JSON. Who may change documents of the board's DocType moves its cards, also
on a board of somebody else's; its columns are changed by who may write the board.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from .. import document, permissions
from ..context import Context
from ..document import access, lists
from ..document.base_document import BaseDocument
from ..document.controllers.kanban_board import MAX_CARDS
from ..errors import BadRequestError, ValidationError
from ..protocol import parse_json
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_object, load_for, name_list, require_any

_BOARD, _KANBAN = "Kanban Board", "frappe.desk.doctype.kanban_board.kanban_board"
_WRITE = ["POST", "PUT"]


@method(f"{_KANBAN}.get_kanban_boards")
def get_kanban_boards(ctx: Context, doctype: str) -> list[Values]:
    """The boards of a DocType: {name, filters, reference_doctype, private}."""
    fields = ["name", "filters", "reference_doctype", "private"]
    found: list[Values] = lists.get_list(ctx, _BOARD, fields, {"reference_doctype": doctype}, limit=None)
    return found


@method(f"{_KANBAN}.quick_kanban_board", methods=_WRITE)
def quick_kanban_board(
    ctx: Context, doctype: str, board_name: str, field_name: str, project: str | None = None
) -> Values:
    """A new board with a column for each choice of a Select."""
    ctx.store.database.begin_write()
    meta = ctx.meta(doctype)
    require_any(ctx, meta)
    field = meta.field(field_name)
    choices = [each for each in cstr(field.options if field else "").split("\n") if each]
    values = {
        "doctype": _BOARD, "kanban_board_name": board_name, "reference_doctype": meta.name, "field_name": field_name,
        "columns": [{"column_name": each} for each in choices], "private": int(meta.name in ("Note", "ToDo")),
        "filters": json.dumps([["Task", "project", "=", project]]) if project else None,
    }  # fmt: skip
    return access.shown(ctx, document.new(ctx, values).insert())


# --- columns -----------------------------------------------------------------------------------------------


def _changed(ctx: Context, name: str, change: Callable[[BaseDocument], None]) -> BaseDocument:
    """The board after a change by somebody who may write it."""
    ctx.store.database.begin_write()
    board = load_for(ctx, _BOARD, name, "write")
    change(board)
    stored: BaseDocument = board.save()
    return stored


def _column(board: BaseDocument, title: object) -> BaseDocument:
    """Raises ValidationError if there is none."""
    for column in board.columns:
        if column.column_name == title:
            found: BaseDocument = column
            return found
    raise ValidationError.told(f"{board.name} has no column {cstr(title)[:80]}")


@method(f"{_KANBAN}.add_column", methods=_WRITE)
def add_column(ctx: Context, board_name: str, column_title: str) -> object:
    """One more column; all of them."""

    def add(board: BaseDocument) -> None:
        if any(column.column_name == column_title for column in board.columns):
            raise ValidationError.told(f"Column <b>{column_title}</b> already exist.")
        board.append("columns", {"column_name": column_title})

    return access.shown(ctx, _changed(ctx, board_name, add))["columns"]


@method(f"{_KANBAN}.archive_restore_column", methods=_WRITE)
def archive_restore_column(ctx: Context, board_name: str, column_title: str, status: str) -> object:
    """Put a column away (Archived) or bring it back (Active); all columns."""

    def mark(board: BaseDocument) -> None:
        _column(board, column_title).status = status

    return access.shown(ctx, _changed(ctx, board_name, mark))["columns"]


@method(f"{_KANBAN}.set_indicator", methods=_WRITE)
def set_indicator(ctx: Context, board_name: str, column_name: str, indicator: str) -> Values:
    """Give a column another colour."""

    def paint(board: BaseDocument) -> None:
        _column(board, column_name).indicator = indicator

    return access.shown(ctx, _changed(ctx, board_name, paint))


@method(f"{_KANBAN}.update_column_order", methods=_WRITE)
def update_column_order(ctx: Context, board_name: str, order: object) -> Values:
    """Columns in the order of their names; those that are not named come last."""
    wanted = name_list(order, "order")

    def arrange(board: BaseDocument) -> None:
        at = {name: number for number, name in enumerate(reversed(wanted))}
        columns = sorted(board.columns, key=lambda each: -at.get(cstr(each.column_name), -1))
        kept = ("column_name", "status", "order", "indicator")
        board.set("columns", [{key: column.get(key) for key in kept} for column in columns])

    return access.shown(ctx, _changed(ctx, board_name, arrange))


@method(f"{_KANBAN}.save_settings", methods=_WRITE)
def save_settings(ctx: Context, board_name: str, settings: object) -> Values:
    """Which fields the cards show, and whether with their labels; the board, its fields as a list."""
    given = json_object(settings, "settings")
    if not {"fields", "show_labels"} <= given.keys():
        raise BadRequestError.told('settings are an object such as {"fields": ["status"], "show_labels": 1}')
    fields = given["fields"] if isinstance(given["fields"], str) else json.dumps(given["fields"])

    def choose(board: BaseDocument) -> None:
        board.update({"fields": fields, "show_labels": given["show_labels"]})

    return {**access.shown(ctx, _changed(ctx, board_name, choose)), "fields": parse_json(fields, "fields")}


# --- cards -------------------------------------------------------------------------------------------------


def _of_cards(ctx: Context, name: str) -> BaseDocument:
    """The board whose cards are moved, for whoever may read it and change documents of its DocType."""
    ctx.store.database.begin_write()
    board = load_for(ctx, _BOARD, name)
    permissions.require(ctx, ctx.meta(cstr(board.reference_doctype)), "write")
    return board


def _cards(column: BaseDocument) -> list[str]:
    return name_list(column.get("order") or None, "order")


def _ordered(names: list[str]) -> str:
    return json.dumps(names[:MAX_CARDS])


def _move(ctx: Context, board: BaseDocument, name: str, column: str) -> None:
    """Give a document the value of the column that its card stands in."""
    doc = load_for(ctx, board.reference_doctype, name, "write")
    access.change(ctx, doc, {cstr(board.field_name): column})


@method(f"{_KANBAN}.add_card", methods=_WRITE)
def add_card(ctx: Context, board_name: str, docname: str, colname: str) -> Values:
    """A document's card, on top of a column; the board."""
    board = _of_cards(ctx, board_name)
    column = _column(board, colname)
    column.order = _ordered([docname, *(each for each in _cards(column) if each != docname)])
    return access.shown(ctx, board.save(ignore_permissions=True))


@method(f"{_KANBAN}.update_order_for_single_card", methods=_WRITE)
def update_order_for_single_card(
    ctx: Context, board_name: str, docname: str, from_colname: str, to_colname: str, old_index: object,
    new_index: object,
) -> Values:  # fmt: skip
    """Move one card from its place to another; the board. The document has the value of its new column."""
    board = _of_cards(ctx, board_name)
    left, reached = _column(board, from_colname), _column(board, to_colname)
    left.order = _ordered([each for each in _cards(left) if each != docname])
    cards = [each for each in _cards(reached) if each != docname]
    cards.insert(max(cint(new_index), 0), docname)
    reached.order = _ordered(cards)
    board.save(ignore_permissions=True)
    _move(ctx, board, docname, to_colname)
    return access.shown(ctx, board)


@method(f"{_KANBAN}.update_order", methods=_WRITE)
def update_order(ctx: Context, board_name: str, order: object) -> tuple[Values, list[Values]]:
    """All cards in their order, `{column: [name, …]}`: the board, and those that moved to another column.

    Who may change no document of the DocType is answered with the board as it is, as in Frappe.
    """
    board = load_for(ctx, _BOARD, board_name)
    if not permissions.judge(ctx, ctx.meta(cstr(board.reference_doctype)), "write").allowed:
        return access.shown(ctx, board), []
    board, moved = _of_cards(ctx, board_name), []
    for title, names in json_object(order, "order").items():
        column, cards = _column(board, title), name_list(names, "order")
        for name in cards:
            doc = load_for(ctx, board.reference_doctype, name)
            if cstr(doc.get(cstr(board.field_name))) != title:
                _move(ctx, board, name, title)
                moved.append({"name": name, "column": title})
        column.order = _ordered(cards)
    return access.shown(ctx, board.save(ignore_permissions=True)), moved
