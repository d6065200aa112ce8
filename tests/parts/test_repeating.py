"""Auto Repeat: on which days, what is made, who is told, and what becomes of what fails."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from app_folder import Write, doctype
from job_tools import Bench

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import FrappeError, ValidationError
from frappe_lite.parts.repeating import auto_repeat, making
from frappe_lite.parts.repeating.days import Rule
from frappe_lite.parts.schedule import Clock
from frappe_lite.site import Site

D = datetime.date
JAN31, MON = D(2026, 1, 31), D(2026, 1, 5)
WEEKS = {"weekdays": frozenset({0, 2, 4})}


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        pytest.param(Rule("Daily", MON), ["01-06", "01-07", "01-08"], id="daily"),
        pytest.param(Rule("Weekly", MON), ["01-12", "01-19"], id="weekly, on the day of the start"),
        pytest.param(Rule("Weekly", MON, **WEEKS), ["01-07", "01-09", "01-12"], id="on several days"),
        pytest.param(Rule("Weekly", MON, weekdays=frozenset({0})), ["01-12"], id="on the start's day alone"),
        pytest.param(Rule("Weekly", MON, weekdays=frozenset({6})), ["01-11", "01-18"], id="on another day alone"),
        pytest.param(
            Rule("Weekly", D(2026, 1, 11), weekdays=frozenset({0, 6})), ["01-12", "01-18"], id="over a Sunday"
        ),
        pytest.param(Rule("Monthly", JAN31), ["02-28", "03-31", "04-30"], id="monthly, where a month is short"),
        pytest.param(Rule("Monthly", MON, day=20), ["02-20", "03-20"], id="on a day of the month"),
        pytest.param(Rule("Monthly", MON, is_last_day=True), ["02-28", "03-31"], id="on the last day"),
        pytest.param(Rule("Quarterly", JAN31), ["04-30", "07-31"], id="quarterly"),
        pytest.param(Rule("Half-yearly", MON, day=31), ["07-31", "01-31"], id="half-yearly"),
        pytest.param(Rule("Yearly", D(2024, 2, 29)), ["02-28", "02-28", "02-28", "02-29"], id="yearly, on a leap day"),
    ],
)
def test_days(rule: Rule, days: list[str]) -> None:
    day, found = rule.start, []
    for _ in days:
        day = rule.after(day)
        found.append(f"{day:%m-%d}")
    assert found == days


@pytest.mark.parametrize(
    ("rule", "today", "wanted"),
    [
        pytest.param(Rule("Daily", MON), D(2026, 1, 5), D(2026, 1, 6), id="the next one"),
        pytest.param(Rule("Daily", MON), D(2026, 3, 1), D(2026, 3, 1), id="today, where days are past"),
        pytest.param(Rule("Monthly", JAN31), D(2026, 3, 1), D(2026, 3, 31), id="this month"),
        pytest.param(Rule("Weekly", MON, **WEEKS), D(2026, 1, 10), D(2026, 1, 12), id="in the week after"),
        pytest.param(Rule("Daily", MON, D(2026, 1, 6)), D(2026, 1, 5), D(2026, 1, 6), id="the end is one of them"),
        pytest.param(Rule("Daily", MON, D(2026, 1, 6)), D(2026, 1, 7), None, id="after the end there is none"),
    ],
)
def test_a_day_from_today_on(rule: Rule, today: datetime.date, wanted: datetime.date | None) -> None:
    assert rule.from_today(rule.start, today) == wanted


# --- documents ---

BILL = doctype(
    "Repeated Bill",
    ("title", "Data"),
    {"fieldname": "due_on", "fieldtype": "Date", "reqd": 1},
    {"fieldname": "remarks", "fieldtype": "Data", "no_copy": 1},
    {"fieldname": "paid", "fieldtype": "Check", "no_copy": 1},
    ("from_date", "Date"),
    ("to_date", "Date"),
    autoname="hash",
    allow_auto_repeat=1,
    is_submittable=1,
)
CONTROLLER = """
    import frappe
    from frappe.model.document import Document

    told = []

    class RepeatedBill(Document):
        def on_recurring(self, reference_doc, auto_repeat_doc):
            told.append((reference_doc.title, auto_repeat_doc.frequency))
            if self.title == "broken":
                frappe.throw("It cannot be made again")
"""


class Repeating:
    """A site on which days pass: a test says which day it is."""

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        self.site, self.today = site, MON
        for module in (auto_repeat, making):
            monkeypatch.setattr(module, "nowdate", lambda: self.today.isoformat())
        with site.acting():
            self.bill = self.new_bill("rent").name

    def new_bill(self, title: str, **values: Any) -> Any:
        return frappe_lite.get_doc({
            "doctype": "Repeated Bill", "title": title, "due_on": "2026-01-05", "remarks": "as agreed", "paid": 1, **values
        }).insert()  # fmt: skip

    def repeat(self, **values: Any) -> Any:
        """A new Auto Repeat of the bill."""
        given = {"reference_doctype": "Repeated Bill", "reference_document": self.bill, "frequency": "Daily"}
        given |= {"start_date": "2026-01-05"}
        with self.site.acting():
            return frappe_lite.get_doc({"doctype": "Auto Repeat", **given, **values}).insert()

    def run(self, *days: datetime.date) -> None:
        """What is due is made, on each of these days."""
        for self.today in days:
            with self.site.acting():
                making.make_what_is_due()

    def made(self, *fields: str) -> list[Any]:
        """The bills that were made again."""
        with self.site.acting():
            wanted = {"name": ["!=", self.bill], "auto_repeat": ["is", "set"]}
            rows = frappe_lite.get_all("Repeated Bill", wanted, [*fields], order_by="due_on")
        return [tuple(row.values()) if len(fields) > 1 else row[fields[0]] for row in rows]

    def stored(self, name: str) -> Any:
        with self.site.acting():
            return frappe_lite.get_doc("Auto Repeat", name)


@pytest.fixture
def repeating(site: Site, write: Write, name: str, monkeypatch: pytest.MonkeyPatch) -> Repeating:
    place = "doctype/repeated_bill/repeated_bill"
    site.load(write({"hooks.py": "", f"{place}.json": BILL, f"{place}.py": CONTROLLER}))
    return Repeating(site, monkeypatch)


def test_a_document_is_made_again_on_its_day_once(repeating: Repeating) -> None:
    found = repeating.repeat()
    repeating.run(MON, D(2026, 1, 6), D(2026, 1, 6), D(2026, 1, 7))
    values = repeating.made("due_on", "title", "remarks", "paid", "docstatus", "auto_repeat")
    days = [D(2026, 1, 6), D(2026, 1, 7)]
    assert values == [(day, "rent", "as agreed", 0, 0, found.name) for day in days]
    with repeating.site.acting():
        assert frappe_lite.db.get_value("Repeated Bill", repeating.bill, "auto_repeat") == found.name


def test_what_was_missed_is_made_once(repeating: Repeating) -> None:
    repeating.repeat()
    repeating.run(D(2026, 1, 20), D(2026, 1, 20))
    assert len(repeating.made("due_on")) == 1
    repeating.run(D(2026, 1, 21))
    assert repeating.made("due_on") == [D(2026, 1, 6), D(2026, 1, 21)]


def test_it_ends_on_its_last_day(repeating: Repeating) -> None:
    found = repeating.repeat(end_date="2026-01-07")
    days = [MON + datetime.timedelta(days=number) for number in range(5)]
    repeating.run(*[day for day in days for _ in range(2)])
    assert repeating.made("due_on") == [D(2026, 1, 6), D(2026, 1, 7)]
    assert repeating.stored(found.name).status == "Completed"
    with repeating.site.acting():
        assert not frappe_lite.db.get_value("Repeated Bill", repeating.bill, "auto_repeat")


@pytest.mark.parametrize(
    ("values", "docstatus"),
    [pytest.param({}, 0, id="a draft"), pytest.param({"submit_on_creation": 1}, 1, id="submitted")],
)
def test_what_is_made_is_a_draft_or_submitted(repeating: Repeating, values: dict[str, Any], docstatus: int) -> None:
    repeating.repeat(**values)
    repeating.run(D(2026, 1, 6))
    assert repeating.made("docstatus") == [docstatus]


@pytest.mark.parametrize(
    ("period", "frequency", "days", "wanted"),
    [
        pytest.param(("01-01", "01-31"), "Monthly", ["02-05", "03-05"], [("02-01", "02-28"), ("03-01", "03-31")], id="whole months stay whole"),
        pytest.param(("01-05", "01-20"), "Monthly", ["02-05"], [("02-05", "02-20")], id="others move"),
        pytest.param(("01-01", "03-31"), "Quarterly", ["04-05"], [("04-01", "06-30")], id="a quarter"),
        pytest.param(("01-01", "01-31"), "Daily", ["01-06"], [("01-01", "01-31")], id="days say nothing of it"),
    ],
)  # fmt: skip
def test_a_period_goes_on(
    repeating: Repeating, period: tuple[str, str], frequency: str, days: list[str], wanted: list[tuple[str, str]]
) -> None:
    with repeating.site.acting():
        bill = frappe_lite.get_doc("Repeated Bill", repeating.bill)
        bill.update({"from_date": f"2026-{period[0]}", "to_date": f"2026-{period[1]}"})
        bill.save()
    repeating.repeat(frequency=frequency)
    repeating.run(*[D.fromisoformat(f"2026-{day}") for day in days])
    found = [(f"{first:%m-%d}", f"{last:%m-%d}") for first, last in repeating.made("from_date", "to_date")]
    assert found == wanted


TOLD = [
    pytest.param({}, ("New Repeated Bill", "was made"), id="words of its own"),
    pytest.param({"subject": "Rent", "message": "due"}, ("Rent", "due"), id="a text"),
    pytest.param({"subject": "Rent {{ doc.due_on }}"}, ("Rent 2026-01-06", "was made"), id="a template"),
]


@pytest.mark.parametrize(("values", "wanted"), TOLD)
def test_people_are_told_by_mail(repeating: Repeating, values: dict[str, str], wanted: tuple[str, str]) -> None:
    repeating.repeat(notify_by_email=1, recipients="ann@x.org\nbob@x.org", **values)
    repeating.run(D(2026, 1, 6))
    with repeating.site.acting():
        mails = frappe_lite.get_all("Email Queue", fields=["name", "subject", "message", "reference_doctype"])
        people = frappe_lite.get_all("Email Queue Recipient", pluck="recipient", parent_doctype="Email Queue")
    assert [each.reference_doctype for each in mails] == ["Repeated Bill"]
    assert (wanted[0] in mails[0].subject, wanted[1] in mails[0].message) == (True, True)
    assert sorted(people) == ["ann@x.org", "bob@x.org"]


def test_what_fails_is_undone_told_and_stopped(repeating: Repeating) -> None:
    with repeating.site.acting():
        frappe_lite.db.set_value("Repeated Bill", repeating.bill, "title", "broken")
        boss = {"doctype": "User", "email": "boss@x.org", "first_name": "b", "roles": [{"role": "System Manager"}]}
        frappe_lite.get_doc(boss).insert()
    found = repeating.repeat()
    repeating.run(D(2026, 1, 6), D(2026, 1, 7))
    stored = repeating.stored(found.name)
    assert (repeating.made("name"), stored.disabled, stored.status) == ([], 1, "Disabled")
    with repeating.site.acting():
        assert [each.error for each in frappe_lite.get_all("Error Log", fields=["error"])] == [
            "It cannot be made again"
        ]
        assert frappe_lite.get_all("Email Queue", pluck="subject") == ["Auto Repeat Document Creation Failed"]


def test_one_that_fails_stops_no_other(repeating: Repeating) -> None:
    with repeating.site.acting():
        other = repeating.new_bill("broken").name
    repeating.repeat(reference_document=other)
    repeating.repeat()
    repeating.run(D(2026, 1, 6))
    assert sorted(repeating.made("title")) == ["broken", "rent"], "the broken one is the document itself"


WRONG = [
    pytest.param({"reference_doctype": "Note"}, "Enable Allow Auto Repeat", id="a DocType that does not allow it"),
    pytest.param({"end_date": "2026-01-05"}, "should not be same as", id="an end on the first day"),
    pytest.param({"end_date": "2026-01-01"}, "cannot be after|after|before", id="an end before the start"),
    pytest.param({"frequency": "Fortnightly"}, "Frequency", id="a frequency that there is not"),
    pytest.param({"repeat_on_day": 32}, "from 1 to 31", id="a day of no month"),
    pytest.param({"repeat_on_days": [{"day": "Monday"}] * 2}, "has been repeated", id="a day twice"),
    pytest.param({"notify_by_email": 1}, "'Recipients' not specified", id="mails to nobody"),
    pytest.param({"notify_by_email": 1, "recipients": "ann"}, "invalid email address", id="an address that is none"),
    pytest.param({"subject": "{{ doc."}, "unexpected|expected|template", id="a template that is none"),
]


@pytest.mark.parametrize(("values", "says"), WRONG)
def test_what_is_refused(repeating: Repeating, values: dict[str, Any], says: str) -> None:
    with repeating.site.acting():
        note = frappe_lite.get_doc({"doctype": "Note", "title": "x"}).insert().name
    with pytest.raises(FrappeError, match=says):
        repeating.repeat(**{**({"reference_document": note} if "reference_doctype" in values else {}), **values})


def test_a_document_is_made_again_by_one_alone(repeating: Repeating) -> None:
    first = repeating.repeat()
    with pytest.raises(ValidationError, match=f"is already on auto repeat {first.name}"):
        repeating.repeat(frequency="Weekly")
    with repeating.site.acting():
        frappe_lite.delete_doc("Auto Repeat", first.name)
        assert not frappe_lite.db.get_value("Repeated Bill", repeating.bill, "auto_repeat")
    assert repeating.repeat(frequency="Weekly").next_schedule_date == D(2026, 1, 12)


def test_one_that_is_switched_off_makes_nothing(repeating: Repeating) -> None:
    found = repeating.repeat()
    with repeating.site.acting():
        found = frappe_lite.get_doc("Auto Repeat", found.name)
        found.disabled = 1
        found.save()
    repeating.run(D(2026, 1, 6))
    assert (repeating.made("name"), repeating.stored(found.name).next_schedule_date) == ([], None)


# --- by whom, and by what ---

RIGHTS = [
    pytest.param(("read", "create"), {}, 201, id="who may read it, and make such documents"),
    pytest.param(("read",), {}, 403, id="who may make none"),
    pytest.param(("create",), {}, 403, id="who may not read it"),
    pytest.param(("read", "create"), {"submit_on_creation": 1}, 403, id="who may submit none"),
    pytest.param(("read", "create", "submit", "write"), {"submit_on_creation": 1}, 201, id="who may"),
]


@pytest.mark.parametrize(("rights", "values", "status"), RIGHTS)
def test_nobody_lets_be_made_what_they_could_not_make(
    repeating: Repeating, new_user: Any, rights: tuple[str, ...], values: dict[str, Any], status: int
) -> None:
    with repeating.site.acting():
        frappe_lite.get_doc({"doctype": "Role", "role_name": "Clerk"}).insert()
        for parent, given in (("Auto Repeat", ("read", "create", "write")), ("Repeated Bill", rights)):
            rule = {
                "doctype": "Custom DocPerm",
                "parent": parent,
                "role": "Clerk",
                "read": 0,
                **dict.fromkeys(given, 1),
            }
            frappe_lite.get_doc(rule).insert()
    body = {"reference_doctype": "Repeated Bill", "reference_document": repeating.bill, "frequency": "Daily", **values}
    answer = new_user(repeating.site, "ann@x.org", "Clerk")("POST /api/resource/Auto Repeat", body)
    assert answer.status_code == status, answer.text


def test_what_clients_ask(repeating: Repeating) -> None:
    client, path = ApiClient(repeating.site), "/api/method/frappe.automation.doctype.auto_repeat.auto_repeat"
    given = {"doctype": "Repeated Bill", "docname": repeating.bill, "frequency": "Weekly", "end_date": "2026-01-27"}
    made = client(f"POST {path}.make_auto_repeat", given).json["message"]
    assert (made["doctype"], made["next_schedule_date"]) == ("Auto Repeat", "2026-01-12")
    shown = client(f"GET /api/v2/document/Auto Repeat/{made['name']}/method/get_auto_repeat_schedule").json["data"]
    assert [each["next_scheduled_date"] for each in shown] == ["2026-01-12", "2026-01-19", "2026-01-26"]
    assert client(f"GET {path}.get_auto_repeat_doctypes?txt=Bill").json["message"] == [["Repeated Bill"]]
    with repeating.site.acting():
        other = repeating.new_bill("other").name
    reference = {"docname": made["name"], "reference": other}
    assert client(f"POST {path}.update_reference", reference).json["message"] == "success"
    with repeating.site.acting():
        bills = frappe_lite.get_all("Repeated Bill", ["title", "auto_repeat"])
    assert {each.title: each.auto_repeat for each in bills} == {"rent": None, "other": made["name"]}
    preview = {"reference_dt": "Repeated Bill", "reference_doc": other, "message": "{{ doc.title }}"}
    shown = client(f"POST {path}.generate_message_preview", preview).json["message"]["message"]
    assert shown == "other"


@pytest.mark.parametrize(
    "method", ["make_auto_repeat", "get_auto_repeat_doctypes", "update_reference", "generate_message_preview"]
)
def test_who_may_not_is_told_nothing(repeating: Repeating, new_user: Any, method: str) -> None:
    found = repeating.repeat()
    body = {"doctype": "Repeated Bill", "docname": found.name, "reference": repeating.bill, "txt": ""}
    body |= {"reference_dt": "Repeated Bill", "reference_doc": repeating.bill, "message": "{{ doc.title }}"}
    if method == "make_auto_repeat":
        body["docname"] = repeating.bill
    ann = new_user(repeating.site, "ann@x.org", "Desk User")
    path = f"/api/method/frappe.automation.doctype.auto_repeat.auto_repeat.{method}"
    answer = ann(f"POST {path}" if method != "get_auto_repeat_doctypes" else f"GET {path}", body)
    assert answer.status_code == 403
    assert "rent" not in json.dumps(answer.json.get("message"))


def test_the_schedule_follows_it_from_the_first_one_on(repeating: Repeating, write: Write, name: str) -> None:
    bench = Bench(repeating.site, write, name)
    clock = Clock(repeating.site, bench.clock)
    clock.prepare()
    event = {"method": making.DAILY}
    with repeating.site.acting():
        assert not frappe_lite.db.exists("Scheduled Job Type", event)
    repeating.repeat()
    with repeating.site.acting():
        assert frappe_lite.db.exists("Scheduled Job Type", event)
    repeating.today = D(2026, 1, 6)
    bench.clock.move(86400 + 600)
    clock.tick()
    bench.work_off()
    assert repeating.made("due_on") == [D(2026, 1, 6)]
