"""Dates are objects for the code of an app, text for clients and in the database."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite.site import Site

DAY, MOMENT, TIME = (
    datetime.date(2026, 1, 31),
    datetime.datetime(2026, 1, 31, 9, 5, 7),
    datetime.timedelta(hours=9, minutes=5),
)
FIELDS = [("on", "Date"), ("at", "Datetime"), ("clock", "Time"), ("text", "Data"), ("visits", "Table", "Visit")]
FILES = {
    "meeting/meeting.json": doctype("Meeting", *FIELDS, autoname="field:text"),
    "meeting/meeting.py": """
        import frappe
        from frappe.model.document import Document

        class Meeting(Document):
            def validate(self):
                seen.append((self.on, self.at, self.clock, self.get("on")))
                if self.on and self.on < frappe.utils.getdate("2000-01-01"):
                    frappe.throw("too early")

            def on_update(self):
                seen.append((self.on, self.at, self.clock, self.visits[0].day if self.visits else None))

        seen = []
    """,
    "visit/visit.json": doctype("Visit", ("day", "Date"), istable=1),
    "visit/visit.py": "from frappe.model.document import Document\nclass Visit(Document):\n    pass\n",
}
VALUES = {
    "text": "2026-01-31",
    "on": "2026-01-31",
    "at": "2026-01-31 09:05:07",
    "clock": "09:05:00",
    "visits": [{"day": "2026-01-31"}],
}


@pytest.fixture
def client(site: Site, write: Write) -> ApiClient:
    site.load(write(FILES))
    return ApiClient(site)


def controller(client: ApiClient) -> Any:
    import sys

    return sys.modules[client.site.controller_modules["Meeting"].partition(":")[0]]


@pytest.mark.parametrize("root", ["/api/resource/Meeting", "/api/v2/document/Meeting"])
def test_a_controller_sees_objects_and_a_client_text(client: ApiClient, root: str) -> None:
    answer = client(f"POST {root}", VALUES).json["data"]
    assert {key: answer[key] for key in ("on", "at", "clock", "text")} == {
        "on": "2026-01-31",
        "at": "2026-01-31 09:05:07",
        "clock": "09:05:00",
        "text": "2026-01-31",
    }
    assert controller(client).seen == [(DAY, MOMENT, TIME, DAY), (DAY, MOMENT, TIME, DAY)]
    controller(client).seen.clear()
    assert client(f"PUT {root}/2026-01-31", {"clock": "10:00"}).status_code == 200
    assert controller(client).seen[0] == (DAY, MOMENT, datetime.timedelta(hours=10), DAY)
    assert client(f"PUT {root}/2026-01-31", {"on": "1999-01-01"}).status_code == 417
    row = client(f"GET {root}/2026-01-31").json["data"]
    assert (row["on"], row["clock"], row["visits"][0]["day"]) == ("2026-01-31", "10:00:00", "2026-01-31")


CALLS = [
    pytest.param("doc.on", DAY, id="attribute"),
    pytest.param("doc.get('at')", MOMENT, id="get"),
    pytest.param("doc.text", "2026-01-31", id="text that looks like a date"),
    pytest.param("type(doc.creation)", datetime.datetime, id="creation"),
    pytest.param("doc.creation.strftime('%Y')", str(datetime.date.today().year), id="strftime"),
    pytest.param("doc.modified <= frappe.utils.now_datetime()", True, id="compared with now"),
    pytest.param("frappe.utils.date_diff(frappe.utils.add_days(doc.on, 3), doc.on)", 3, id="date_diff"),
    pytest.param("doc.visits[0].day", DAY, id="in a child row"),
    pytest.param("doc.as_dict()['on']", "2026-01-31", id="as_dict is for the wire"),
    pytest.param("frappe.db.get_value('Meeting', doc.name, 'on')", DAY, id="db.get_value"),
    pytest.param(
        "frappe.db.get_value('Meeting', doc.name, ['on', 'clock', 'text'])", (DAY, TIME, "2026-01-31"), id="several"
    ),
    pytest.param("frappe.db.get_value('Meeting', doc.name, '*', as_dict=True)['at']", MOMENT, id="all of them"),
    pytest.param(
        "frappe.get_all('Meeting', fields=['on as day', 'max(at) as last'], group_by='name')[0]",
        {"day": DAY, "last": MOMENT},
        id="get_all with other names",
    ),
    pytest.param("frappe.get_all('Meeting', pluck='at')", [MOMENT], id="pluck"),
    pytest.param("frappe.get_all('Meeting', fields=['visits.day'], as_list=True)", [(DAY,)], id="of child rows"),
    pytest.param("frappe.db.sql('select `on`, text from `tabMeeting`')", ((DAY, "2026-01-31"),), id="sql"),
    pytest.param(
        "frappe.db.sql('select min(at) as at from `tabMeeting`', as_dict=True)[0].at", MOMENT, id="sql with a function"
    ),
    pytest.param("frappe.db.exists('Meeting', {'on': doc.on})", "2026-01-31", id="as a filter"),
    pytest.param(
        "frappe.db.sql('select name from `tabMeeting` where `on` = %s and at <= %s', (doc.on, doc.at), pluck=True)",
        ["2026-01-31"],
        id="as a value in sql",
    ),
]


@pytest.mark.parametrize(("expression", "expected"), CALLS)
def test_what_app_code_reads(client: ApiClient, expression: str, expected: Any) -> None:
    client("POST /api/resource/Meeting", VALUES)
    with client.site.acting():
        doc = frappe_lite.get_doc("Meeting", "2026-01-31")
        assert eval(expression, {"doc": doc, "frappe": frappe_lite, "type": type}) == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda doc: doc.db_set({"on": DAY, "at": MOMENT, "clock": TIME}), id="db_set"),
        pytest.param(
            lambda doc: frappe_lite.db.set_value("Meeting", doc.name, {"on": DAY, "at": MOMENT, "clock": TIME}),
            id="db.set_value",
        ),
        pytest.param(lambda doc: (doc.update({"on": DAY, "at": MOMENT, "clock": TIME}), doc.save()), id="save"),
        pytest.param(
            lambda doc: frappe_lite.db.bulk_update("Meeting", {doc.name: {"on": DAY, "at": MOMENT, "clock": TIME}}),
            id="bulk_update",
        ),
    ],
)
def test_objects_are_stored_as_text(client: ApiClient, change: Any) -> None:
    client("POST /api/resource/Meeting", {"text": "x"})
    with client.site.acting():
        change(frappe_lite.get_doc("Meeting", "x"))
    assert client.site.database.row('SELECT "on", at, clock FROM "tabMeeting"') == (
        "2026-01-31",
        "2026-01-31 09:05:07",
        "09:05:00",
    )


def test_a_save_compares_the_stored_moment_whatever_app_code_holds(client: ApiClient) -> None:
    client("POST /api/resource/Meeting", VALUES)
    with client.site.acting():
        first, second = (frappe_lite.get_doc("Meeting", "2026-01-31") for _ in range(2))
        first.save()
        with pytest.raises(frappe_lite.TimestampMismatchError):
            second.save()
        first.save()


def test_text_that_is_no_date_is_seen_as_it_is_and_refused(client: ApiClient) -> None:
    answer = client("POST /api/resource/Meeting", {**VALUES, "on": "2026-02-30"})
    assert (answer.status_code, "not a valid date" in answer.text) == (417, True)
