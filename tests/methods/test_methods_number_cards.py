"""Number Cards: one number about the documents of a DocType, and how it changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.utils import add_to_date, now_datetime

CARD = "frappe.desk.doctype.number_card.number_card"
DAYS = {"new": 0, "of yesterday": -3, "of last month": -50, "of old": -800}
"""What a task is called, and how many days ago it was made."""


class Office(BaseOffice):
    """Tasks with 0 to 3 points, the older the more; three notes, two of them the manager's; cards."""

    users = {"manager": ("Task Manager", "Task User"), "website": ()}

    def fill(self, ctx: Context) -> None:
        for points, (subject, days) in enumerate(DAYS.items()):
            made = document.new(ctx, {"doctype": "Task", "subject": subject, "points": points}).insert()
            made.db_set("creation", add_to_date(now_datetime(), days=days).isoformat(" "))
        for title, user in (("a", "admin"), ("b", "manager"), ("c", "manager")):
            by = ctx if user == "admin" else ctx.as_user(f"{user}@x.org")
            document.new(by, {"doctype": "Private Note", "title": title}).insert()
        for interval in ("Daily", "Weekly", "Monthly", "Yearly"):
            self.card(ctx, interval, stats_time_interval=interval)
        self.card(ctx, "Unasked", show_percentage_stats=0)
        self.card(ctx, "Notes", document_type="Event")

    def card(self, ctx: Context, name: str, **values: Any) -> None:
        about = {"label": name, "document_type": "Task", "function": "Count", "show_percentage_stats": 1, **values}
        document.new(ctx, {"doctype": "Number Card", **about}).insert(set_name=name)

    def ask(self, method: str, who: str = "manager", **body: Any) -> Any:
        return self.clients[who](f"POST /api/method/{CARD}.{method}", body)


@pytest.mark.parametrize(
    ("card", "filters", "number"),
    [
        pytest.param({"function": "Count"}, None, 4, id="how many"),
        pytest.param({"function": "Count"}, [["Task", "points", ">", 1, False]], 2, id="of those that filters find"),
        pytest.param({"function": "Count"}, {"points": 1}, 1, id="by filters in an object"),
        pytest.param({"function": "Sum", "aggregate_function_based_on": "points"}, [], 6, id="a sum"),
        pytest.param({"function": "Average", "aggregate_function_based_on": "points"}, [], 1.5, id="an average"),
        pytest.param({"function": "Minimum", "aggregate_function_based_on": "points"}, {"points": [">", 0]}, 1, id="the least"),
        pytest.param({"function": "Maximum", "aggregate_function_based_on": "points"}, [], 3, id="the most"),
        pytest.param({"function": "Sum", "aggregate_function_based_on": "points"}, {"subject": "none"}, 0, id="of nothing: 0"),
        pytest.param({"function": "Count", "document_type": "Private Note"}, [], 2, id="only of what one may read"),
    ],
)  # fmt: skip
def test_the_number_of_a_card(office: Office, card: dict[str, Any], filters: object, number: float) -> None:
    answer = office.ask("get_result", doc=json.dumps({"document_type": "Task", **card}), filters=json.dumps(filters))
    assert (answer.status_code, answer.json["message"]) == (200, number)


@pytest.mark.parametrize(
    ("days", "number"), [pytest.param(-1, 3, id="before yesterday"), pytest.param(-400, 1, id="long before")]
)
def test_the_number_as_it_was(office: Office, days: int, number: int) -> None:
    until = add_to_date(now_datetime(), days=days).isoformat(" ")
    answer = office.ask("get_result", doc={"document_type": "Task", "function": "Count"}, filters=[], to_date=until)
    assert answer.json["message"] == number


@pytest.mark.parametrize(
    ("card", "result", "percent"),
    [
        pytest.param("Daily", 6, 100, id="since yesterday"),
        pytest.param("Weekly", 2, 0, id="since a week ago: the same"),
        pytest.param("Monthly", 1, -50, id="since a month ago: less"),
        pytest.param("Yearly", 4, 300, id="since a year ago"),
        pytest.param("Unasked", 4, None, id="a card that compares nothing"),
        pytest.param("Notes", 4, None, id="nothing was there before"),
    ],
)
def test_how_the_number_changed(office: Office, card: str, result: int, percent: float | None) -> None:
    answer = office.ask("get_percentage_difference", doc={"name": card}, filters=[], result=result)
    assert (answer.status_code, answer.json.get("message")) == (200, percent)


@pytest.mark.parametrize(
    ("who", "method", "body", "status"),
    [
        pytest.param("website", "get_result", {"doc": {"document_type": "Task", "function": "Count"}}, 403, id="no right"),
        pytest.param("guest", "get_result", {"doc": {"document_type": "Task", "function": "Count"}}, 403, id="nobody"),
        pytest.param("manager", "get_result", {"doc": {"document_type": "Task", "function": "Magic"}}, 417, id="no function"),
        pytest.param("manager", "get_result", {"doc": {"document_type": "Task", "function": "Sum"}}, 417, id="no field"),
        pytest.param("admin", "get_result", {"doc": {"document_type": "Nope", "function": "Count"}}, 404, id="no DocType"),
        pytest.param("manager", "get_result", {"doc": {"document_type": "Nope", "function": "Count"}}, 403, id="or a secret one"),
        pytest.param("manager", "get_result", {"doc": [1]}, 400, id="no card"),
        pytest.param("website", "get_percentage_difference", {"doc": {"name": "Daily"}, "result": 1}, 403, id="no card of his"),
        pytest.param("manager", "get_percentage_difference", {"doc": {"name": "Nope"}, "result": 1}, 404, id="no such card"),
    ],
)  # fmt: skip
def test_what_a_card_refuses(office: Office, who: str, method: str, body: dict[str, Any], status: int) -> None:
    assert office.ask(method, who, filters=[], **body).status_code == status
