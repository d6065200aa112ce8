"""Boards: who makes and sees them, their columns, and where their cards stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

KANBAN = "frappe.desk.doctype.kanban_board.kanban_board"
STATUSES = ["Open", "Working", "Completed", "Cancelled"]


class Office(BaseOffice):
    """Two open tasks and one that is being worked on."""

    users = {"ann": ("Task User", "Task Manager"), "bob": ("Task User", "Task Manager"), "website": ()}

    def fill(self, ctx: Context) -> None:
        self.tasks = []
        for subject, status in (("a", "Open"), ("b", "Open"), ("c", "Working")):
            made = document.new(ctx, {"doctype": "Task", "subject": subject, "status": status}).insert()
            self.tasks.append(made.name)

    def ask(self, method: str, who: str = "ann", **body: Any) -> Any:
        return self.clients[who](f"POST /api/method/{KANBAN}.{method}", body)

    def message(self, method: str, who: str = "ann", **body: Any) -> Any:
        answer = self.ask(method, who, **body)
        assert answer.status_code == 200, answer.text
        return answer.json["message"]

    def order(self, name: str) -> dict[str, list[str]]:
        columns = self.clients["admin"](f"GET /api/resource/Kanban Board/{name}").json["data"]["columns"]
        return {each["column_name"]: json.loads(each["order"] or "[]") for each in columns}


@pytest.fixture
def board(office: Office, request: pytest.FixtureRequest) -> Iterator[str]:
    """A board of Ann's, of the tasks by their status."""
    made = office.message("quick_kanban_board", doctype="Task", board_name=request.node.name, field_name="status")
    yield made["name"]
    with office.site.acting() as ctx:
        for name, status in zip(office.tasks, ("Open", "Open", "Working"), strict=True):
            document.load(ctx, "Task", name).update({"status": status}).save()


def test_a_board_has_a_column_for_each_choice_and_the_cards_in_them(office: Office, board: str) -> None:
    order = office.order(board)
    assert list(order) == STATUSES
    assert {column: set(cards) for column, cards in order.items()} == {
        "Open": set(office.tasks[:2]),
        "Working": {office.tasks[2]},
        "Completed": set(),
        "Cancelled": set(),
    }


def test_boards_are_listed_for_their_doctype(office: Office, board: str) -> None:
    found = {"name": board, "filters": None, "reference_doctype": "Task", "private": 0}
    assert found in office.message("get_kanban_boards", doctype="Task")
    assert found in office.message("get_kanban_boards", "bob", doctype="Task")
    assert office.message("get_kanban_boards", doctype="Project") == []


def test_a_board_for_a_project_keeps_that_as_its_filter(office: Office, request: pytest.FixtureRequest) -> None:
    body = {"doctype": "Task", "board_name": request.node.name, "field_name": "status", "project": "Nope"}
    assert office.message("quick_kanban_board", **body)["filters"] == '[["Task", "project", "=", "Nope"]]'
    assert set(map(tuple, office.order(request.node.name).values())) == {()}


def test_a_board_of_notes_is_its_owners(office: Office, request: pytest.FixtureRequest) -> None:
    name = request.node.name
    made = office.message("quick_kanban_board", doctype="ToDo", board_name=name, field_name="priority")
    assert made["private"] == 1
    assert office.clients["bob"](f"GET /api/resource/Kanban Board/{name}").status_code == 403
    assert [each["name"] for each in office.message("get_kanban_boards", doctype="ToDo")] == [name]
    assert office.message("get_kanban_boards", "bob", doctype="ToDo") == []
    assert [each["name"] for each in office.message("get_kanban_boards", "admin", doctype="ToDo")] == [name]


@pytest.mark.parametrize(
    "method, body, columns",
    [
        ("add_column", {"column_title": "Late"}, [("Open", "Active"), ("Late", "Active")]),
        ("archive_restore_column", {"column_title": "Open", "status": "Archived"}, [("Open", "Archived")]),
    ],
)
def test_columns_are_changed(office: Office, board: str, method: str, body: dict[str, str], columns: list[Any]) -> None:
    after = office.message(method, board_name=board, **body)
    found = [(each["column_name"], each["status"]) for each in after]
    assert [each for each in found if each in columns] == columns


def test_a_column_has_another_colour(office: Office, board: str) -> None:
    after = office.message("set_indicator", board_name=board, column_name="Open", indicator="Red")
    assert [each["indicator"] for each in after["columns"]] == ["Red", "Gray", "Gray", "Gray"]


@pytest.mark.parametrize(
    "order, columns",
    [
        (["Working", "Open"], ["Working", "Open", "Completed", "Cancelled"]),
        ('["Cancelled", "no such"]', ["Cancelled", "Open", "Working", "Completed"]),
        ([], STATUSES),
    ],
)
def test_columns_are_put_in_order_with_their_cards(
    office: Office, board: str, order: object, columns: list[str]
) -> None:
    after = office.message("update_column_order", board_name=board, order=order)
    assert [each["column_name"] for each in after["columns"]] == columns
    assert office.order(board)["Working"] == [office.tasks[2]]


@pytest.mark.parametrize("fields", [["status", "points"], '["status", "points"]'])
def test_what_cards_show_is_chosen(office: Office, board: str, fields: object) -> None:
    after = office.message("save_settings", board_name=board, settings={"fields": fields, "show_labels": 1})
    assert (after["fields"], after["show_labels"]) == (["status", "points"], 1)


@pytest.mark.parametrize("place, expected", [(0, [0, 2]), (1, [2, 0]), (99, [2, 0]), ("0", [0, 2]), (-1, [0, 2])])
def test_a_card_goes_to_another_column(office: Office, board: str, place: object, expected: list[int]) -> None:
    moved = {"docname": office.tasks[0], "from_colname": "Open", "to_colname": "Working"}
    after = office.message(
        "update_order_for_single_card", "bob", board_name=board, **moved, old_index=0, new_index=place
    )
    order = {each["column_name"]: json.loads(each["order"]) for each in after["columns"]}
    assert order["Open"] == [office.tasks[1]]
    assert order["Working"] == [office.tasks[at] for at in expected]
    stored = office.clients["admin"](f"GET /api/resource/Task/{office.tasks[0]}").json["data"]
    assert (stored["status"], stored["modified_by"]) == ("Working", "bob@x.org")


def test_a_card_moves_within_its_column(office: Office, board: str) -> None:
    first = office.order(board)["Open"][0]
    moved = {"docname": first, "from_colname": "Open", "to_colname": "Open", "old_index": 0, "new_index": 1}
    office.message("update_order_for_single_card", board_name=board, **moved)
    assert office.order(board)["Open"][1] == first
    assert len(office.order(board)["Open"]) == 2


def test_a_new_card_is_on_top(office: Office, board: str) -> None:
    office.message("add_card", board_name=board, docname=office.tasks[2], colname="Open")
    assert office.order(board)["Open"][0] == office.tasks[2]
    office.message("add_card", board_name=board, docname=office.tasks[0], colname="Open")
    assert office.order(board)["Open"].count(office.tasks[0]) == 1


def test_all_cards_are_put_in_order(office: Office, board: str) -> None:
    order = {"Open": [office.tasks[1]], "Completed": [office.tasks[2], office.tasks[0]]}
    after, moved = office.message("update_order", board_name=board, order=json.dumps(order))
    assert moved == [{"name": name, "column": "Completed"} for name in order["Completed"]]
    assert {key: office.order(board)[key] for key in order} == order
    assert after["name"] == board
    assert office.clients["ann"](f"GET /api/resource/Task/{office.tasks[2]}").json["data"]["status"] == "Completed"


@pytest.mark.parametrize(
    "who, method, body, status, said",
    [
        ("bob", "add_column", {"column_title": "x"}, 403, "PermissionError"),
        ("bob", "set_indicator", {"column_name": "Open", "indicator": "Red"}, 403, "PermissionError"),
        ("website", "add_card", {"docname": "x", "colname": "Open"}, 403, "PermissionError"),
        ("website", "get_kanban_boards", {"doctype": "Task"}, 403, "PermissionError"),
        ("guest", "get_kanban_boards", {"doctype": "Task"}, 403, "PermissionError"),
        ("ann", "add_column", {"column_title": "Open"}, 417, "already exist"),
        ("ann", "add_column", {"column_title": ""}, 417, "Column Name cannot be empty"),
        ("ann", "set_indicator", {"column_name": "Open", "indicator": "Mauve"}, 417, "ValidationError"),
        ("ann", "set_indicator", {"column_name": "nope", "indicator": "Red"}, 417, "has no column nope"),
        ("ann", "archive_restore_column", {"column_title": "nope", "status": "Active"}, 417, "has no column nope"),
        ("ann", "add_card", {"docname": "x", "colname": "nope"}, 417, "has no column nope"),
        ("ann", "update_order", {"order": {"nope": []}}, 417, "has no column nope"),
        ("ann", "update_order", {"order": {"Open": ["no such task"]}}, 404, "no such task not found"),
        ("ann", "update_order", {"order": "["}, 400, "Invalid JSON in order"),
        ("ann", "save_settings", {"settings": {"fields": []}}, 400, "settings are an object such as"),
        ("ann", "update_column_order", {"order": {"a": 1}}, 400, "order is a list"),
    ],
)
def test_what_may_not_be_is_refused(
    office: Office, board: str, who: str, method: str, body: dict[str, Any], status: int, said: str
) -> None:
    answer = office.ask(method, who, board_name=board, **body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    "body, said",
    [
        ({"doctype": "Task", "field_name": "nope"}, "Task has no field nope"),
        ({"doctype": "No such", "field_name": "status"}, "No permission for DocType"),
        ({"doctype": "Private Note", "field_name": "nope"}, "Private Note has no field nope"),
        ({"doctype": "Task", "field_name": "status", "board_name": ""}, "Kanban Board Name is required"),
    ],
)
def test_a_board_of_what_is_not_there_is_refused(office: Office, body: dict[str, str], said: str) -> None:
    answer = office.ask("quick_kanban_board", **{"board_name": "Wrong", **body})
    assert said in answer.text


def test_who_may_change_no_document_of_its_doctype_moves_nothing(office: Office, board: str) -> None:
    with office.site.acting() as ctx:
        document.load(ctx, "User", "bob@x.org").update({"roles": [{"role": "Desk User"}]}).save()
    try:
        before = office.order(board)
        assert office.message("update_order", "bob", board_name=board, order={"Open": []})[1] == []
        refused = office.ask("add_card", "bob", board_name=board, docname=office.tasks[0], colname="Working")
        assert (refused.status_code, office.order(board)) == (403, before)
    finally:
        with office.site.acting() as ctx:
            roles = [{"role": "Task User"}, {"role": "Task Manager"}]
            document.load(ctx, "User", "bob@x.org").update({"roles": roles}).save()
