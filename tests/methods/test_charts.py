"""The numbers of charts and cards: by group, by time, by day of a year; of what one may read."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.methods.charts import _ends
from frappe_lite.utils.dates import reset_clock, set_clock

CHART = "frappe.desk.doctype.dashboard_chart.dashboard_chart.get"
CARD = "frappe.desk.doctype.number_card.number_card"
TODAY = datetime.datetime(2026, 3, 18, 12)  # a Wednesday
DAYS = ("2025-12-31", "2026-01-31", "2026-02-01", "2026-03-15", "2026-03-18", "2026-03-19")


@pytest.fixture(autouse=True, scope="module")
def clock() -> Iterator[None]:
    token = set_clock(TODAY)
    yield
    reset_clock(token)


class Office(BaseOffice):
    """Six tasks with 0.5 to 5.5 hours, a day each; of the projects one is called by its title."""

    users = {"manager": ("Task Manager",), "website": ()}

    def fill(self, ctx: Context) -> None:
        fields = [
            {"fieldname": "day", "fieldtype": "Date", "label": "Day"}, {"fieldname": "hours", "fieldtype": "Float", "label": "Hours"},
            {"fieldname": "place", "fieldtype": "Link", "options": "Place", "label": "Place"}, {"fieldname": "kind", "fieldtype": "Data", "label": "Kind"},
        ]  # fmt: skip
        rules = [
            {"role": "Task Manager", "read": 1, "if_owner": 0},
            {"role": "System Manager", "read": 1, "write": 1, "create": 1},
        ]
        named = {"fields": [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}], "title_field": "title"}
        document.new(
            ctx, {"doctype": "DocType", "name": "Place", "module": "Custom", "custom": 1, "permissions": rules, **named}
        ).insert()
        document.new(ctx, {"doctype": "Place", "title": "The yard"}).insert(set_name="P1")
        document.new(
            ctx,
            {
                "doctype": "DocType",
                "name": "Shift",
                "module": "Custom",
                "custom": 1,
                "is_submittable": 1,
                "fields": fields,
                "permissions": rules,
            },
        ).insert()
        for number, day in enumerate(DAYS):
            document.new(
                ctx,
                {
                    "doctype": "Shift",
                    "day": day,
                    "hours": number + 0.5,
                    "kind": "ab"[number % 2],
                    "place": "P1" if number < 2 else None,
                },
            ).insert(set_name=f"S{number}")
        document.new(ctx, {"doctype": "Shift", "day": DAYS[0], "hours": 100, "kind": "c"}).insert(set_name="gone")
        ctx.store.database.execute("UPDATE tabShift SET docstatus = 2 WHERE name = 'gone'")
        ctx.store.database.execute("UPDATE tabShift SET creation = '2026-03-01 10:00:00' WHERE name IN ('S0', 'S1')")

    def numbers(self, chart: dict[str, Any], who: str = "admin", /, **more: Any) -> Any:
        answer = self.clients[who](f"POST /api/method/{CHART}", {"chart": {"document_type": "Shift", **chart}, **more})
        assert answer.status_code == 200, answer.text
        return answer.json["message"]


def pairs(found: Any) -> list[tuple[Any, Any]]:
    return list(zip(found["labels"], found["datasets"][0]["values"], strict=True))


OF_DAYS = {"chart_type": "Count", "based_on": "day"}


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        pytest.param({"group_by_based_on": "kind"}, [("a", 3), ("b", 3)], id="how many; cancelled ones do not count"),
        pytest.param({"group_by_based_on": "kind", "group_by_type": "Sum", "aggregate_function_based_on": "hours"}, [("b", 10.5), ("a", 7.5)], id="sums, the largest first"),
        pytest.param({"group_by_based_on": "kind", "group_by_type": "Average", "aggregate_function_based_on": "hours"}, [("b", 3.5), ("a", 2.5)], id="averages"),
        pytest.param({"group_by_based_on": "place"}, [("Not Specified", 4), ("The yard", 2)], id="a link by the title of what it names"),
        pytest.param({"group_by_based_on": "kind", "filters_json": '[["Shift", "hours", ">", 3]]'}, [("b", 2), ("a", 1)], id="filters in a text"),
    ],
)  # fmt: skip
def test_by_group(office: Office, chart: dict[str, Any], expected: list[Any]) -> None:
    assert pairs(office.numbers({"chart_type": "Group By", **chart})) == expected


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        pytest.param(
            {"timespan": "Last Quarter", "time_interval": "Monthly"},
            [("Dec 2025", 1), ("Jan 2026", 1), ("Feb 2026", 1), ("Mar 2026", 2)],
            id="months, from the first day of the first; tomorrow is not yet",
        ),
        pytest.param(
            {"timespan": "Last Quarter", "time_interval": "Monthly", "chart_type": "Sum", "value_based_on": "hours"},
            [("Dec 2025", 0.5), ("Jan 2026", 1.5), ("Feb 2026", 2.5), ("Mar 2026", 8.0)],
            id="sums, not cut to whole numbers",
        ),
        pytest.param(
            {"timespan": "Last Quarter", "time_interval": "Quarterly", "chart_type": "Average", "value_based_on": "hours"},
            [("Quarter 4 2025", 0.5), ("Quarter 1 2026", 3.0)],
            id="averages of quarters",
        ),
        pytest.param(
            {"timespan": "Last Week", "time_interval": "Daily"},
            [(f"2026-03-{day}", int(day in (15, 18))) for day in range(11, 19)],
            id="days",
        ),
        pytest.param(
            {"timespan": "Last Week", "time_interval": "Weekly"}, [("2026-03-14", 0), ("2026-03-21", 2)], id="weeks end on Saturday"
        ),
        pytest.param({"timespan": "All Time", "time_interval": "Yearly"}, [("2025", 1), ("2026", 4)], id="all time begins with the first"),
        pytest.param(
            {"timespan": "Select Date Range", "from_date": "2026-02-01", "to_date": "2026-03-15", "time_interval": "Monthly"},
            [("Feb 2026", 1), ("Mar 2026", 1)],
            id="a range",
        ),
        pytest.param({"based_on": "creation", "timespan": "Last Month", "time_interval": "Monthly"}, [("Feb 2026", 0), ("Mar 2026", 6)], id="a moment"),
    ],
)  # fmt: skip
def test_by_time(office: Office, chart: dict[str, Any], expected: list[Any]) -> None:
    assert pairs(office.numbers({**OF_DAYS, **chart})) == expected


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({"first_day_of_the_week": "Monday"}, ["2026-03-15", "2026-03-22"]),
        ({"first_day_of_the_week": "Wednesday"}, ["2026-03-17", "2026-03-24"]),
        ({"date_format": "dd.mm.yyyy"}, ["14.03.2026", "21.03.2026"]),
        ({"date_format": "mm-dd-yyyy", "first_day_of_the_week": "Monday"}, ["03-15-2026", "03-22-2026"]),
    ],
)
def test_weeks_and_dates_are_those_of_the_site(office: Office, settings: dict[str, str], labels: list[str]) -> None:
    with office.site.acting() as ctx:
        kept = document.load(ctx, "System Settings", "System Settings")
        before = {key: kept.get(key) for key in settings}
        kept.update(settings).save()
    try:
        found = office.numbers({**OF_DAYS, "timespan": "Last Week", "time_interval": "Weekly"})
    finally:
        with office.site.acting() as ctx:
            document.load(ctx, "System Settings", "System Settings").update(before).save()
    assert found["labels"] == labels


def test_keys_say_what_labels_stand_for(office: Office) -> None:
    found = office.numbers({**OF_DAYS, "timespan": "Last Month", "time_interval": "Monthly"})
    assert found["keys"] == ["2026-02-28", "2026-03-31"]
    assert office.numbers({"chart_type": "Group By", "group_by_based_on": "place"})["keys"] == [None, "P1"]


@pytest.mark.parametrize(("year", "count"), [(2026, 5), (2025, 1), (2024, 0)])
def test_a_year_by_its_days(office: Office, year: int, count: int) -> None:
    found = office.numbers({**OF_DAYS, "type": "Heatmap"}, heatmap_year=year)
    assert (found["labels"], sum(found["dataPoints"].values())) == ([], count)
    moments = [datetime.datetime.fromtimestamp(int(each), datetime.UTC) for each in found["dataPoints"]]
    assert [str(each.date()) for each in moments] == [day for day in DAYS if day.startswith(str(year))]


def test_a_kept_chart_and_who_may_see_it(office: Office) -> None:
    with office.site.acting() as ctx:
        kept = {
            "chart_name": "Hours",
            "document_type": "Shift",
            "chart_type": "Group By",
            "group_by_based_on": "kind",
            "filters_json": "[]",
        }
        document.new(ctx, {"doctype": "Dashboard Chart", "type": "Bar", **kept}).insert()
    answer = office.clients["admin"](
        f"GET /api/v2/method/{CHART}", query_string={"chart_name": "Hours", "filters": '[["Shift","kind","=","a"]]'}
    )
    assert pairs(answer.json["data"]) == [("a", 3)], (
        "another door; filters of the request go before those that are kept"
    )
    assert pairs(office.numbers({"chart_type": "Group By", "group_by_based_on": "kind"}, "manager")) == [
        ("a", 3),
        ("b", 3),
    ]
    assert (
        office.clients["website"](
            f"POST /api/method/{CHART}", {"chart": {"document_type": "Shift", **OF_DAYS}}
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        pytest.param({}, 417, "chart_name", id="no chart"),
        pytest.param({"chart": "{"}, 400, "chart", id="no JSON"),
        pytest.param({"chart_name": "none"}, 404, "none", id="a name of none"),
        pytest.param({"chart": {"document_type": "Shift", "chart_type": "Report"}}, 501, "type Report", id="a report's"),
        pytest.param({"chart": {"document_type": "Shift", "chart_type": "Count", "based_on": "kind"}}, 417, "date field", id="no date"),
        pytest.param({"chart": {"document_type": "Shift", **OF_DAYS, "timespan": "Long"}}, 417, "Last Quarter", id="a span of none"),
        pytest.param({"chart": {"document_type": "Shift", **OF_DAYS, "type": "Heatmap"}, "heatmap_year": 99999}, 417, "year", id="a year of none"),
        pytest.param({"chart": {"document_type": "Shift", "chart_type": "Group By", "group_by_based_on": "kind",
                                "group_by_type": "Median"}}, 417, "Average", id="a function of none"),
        pytest.param({"chart": {"document_type": "Shift", "chart_type": "Sum", "based_on": "day", "value_based_on": "nonsense"}}, 417, "nonsense", id="a sum of no field"),
        pytest.param({"chart": {"document_type": "Shift", **OF_DAYS, "timespan": "Select Date Range",
                                "from_date": "1000-01-01", "time_interval": "Daily"}}, 417, "periods", id="too many periods"),
    ],
)  # fmt: skip
def test_what_is_refused(office: Office, body: dict[str, Any], status: int, told: str) -> None:
    answer = office.clients["admin"](f"POST /api/method/{CHART}", body)
    assert (answer.status_code, told in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    ("card", "filters", "number"),
    [
        pytest.param({"function": "Count"}, [], 7, id="how many, cancelled ones too: the filters are the card's"),
        pytest.param({"function": "Sum", "aggregate_function_based_on": "hours"}, [["Shift", "docstatus", "=", 0]], 18, id="a sum"),
        pytest.param({"function": "Average", "aggregate_function_based_on": "hours"}, '[["kind","=","a"]]', 2.5, id="an average"),
        pytest.param({"function": "Minimum", "aggregate_function_based_on": "hours"}, None, 0.5, id="the least"),
        pytest.param({"function": "Maximum", "aggregate_function_based_on": "hours"}, {"kind": "b"}, 5.5, id="the greatest"),
    ],
)  # fmt: skip
def test_cards(office: Office, card: dict[str, Any], filters: object, number: float) -> None:
    body = {"doc": {"document_type": "Shift", **card}, "filters": filters}
    assert office.clients["admin"](f"POST /api/method/{CARD}.get_result", body).json["message"] == number
    assert office.clients["website"](f"POST /api/method/{CARD}.get_result", body).status_code == 403


@pytest.mark.parametrize(
    ("shown", "interval", "percent"),
    [(0, "Monthly", None), (1, "Weekly", 250.0), (1, "Daily", 250.0), (1, "Monthly", None), (1, "Yearly", None)],
)
def test_how_a_card_grew(office: Office, shown: int, interval: str, percent: float | None) -> None:
    with office.site.acting() as ctx:
        values = {
            "label": f"Shifts {shown} {interval}",
            "type": "Document Type",
            "document_type": "Shift",
            "function": "Count",
            "show_percentage_stats": shown,
            "stats_time_interval": interval,
        }
        name = document.new(ctx, {"doctype": "Number Card", "filters_json": "[]", **values}).insert().name
    answer = office.clients["admin"](
        f"POST /api/method/{CARD}.get_percentage_difference", {"doc": {"name": name}, "filters": "[]", "result": 7}
    )
    assert answer.json.get("message") == percent, answer.text


@pytest.mark.parametrize("every", ["Daily", "Weekly", "Monthly", "Quarterly", "Yearly"])
@pytest.mark.parametrize(
    ("first", "last"), [("2023-12-30", "2024-03-01"), ("2026-01-01", "2026-01-01"), ("2025-02-28", "2026-12-31")]
)
def test_periods_follow_each_other_and_cover_all(first: str, last: str, every: str) -> None:
    begin, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    ends = _ends(begin, end, every)
    assert ends == sorted(set(ends)) and ends[0] >= begin and ends[-1] >= end
    assert len(ends) == 1 or ends[-2] < end


@pytest.mark.parametrize(
    ("values", "status"),
    [
        pytest.param({"function": "Count"}, 201, id="how many"),
        pytest.param({"function": "Sum", "aggregate_function_based_on": "hours"}, 201, id="a sum"),
        pytest.param({"function": "Sum"}, 417, id="a sum of nothing"),
        pytest.param({"function": "Count", "document_type": None}, 417, id="of no DocType"),
    ],
)
def test_a_card_says_what_it_counts(office: Office, values: dict[str, Any], status: int) -> None:
    body = {"label": "Card", "type": "Document Type", "document_type": "Shift", "filters_json": "[]", **values}
    assert office.clients["admin"]("POST /api/resource/Number Card", body).status_code == status


def test_a_card_is_called_by_its_label(office: Office) -> None:
    body = {
        "label": "Named",
        "type": "Document Type",
        "document_type": "Shift",
        "function": "Count",
        "filters_json": "[]",
    }
    names = [office.clients["admin"]("POST /api/resource/Number Card", body).json["data"]["name"] for _ in range(2)]
    assert names == ["Named", "Named-1"]
