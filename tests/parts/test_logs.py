"""Logs are deleted by their age: which, after how many days, what stays, and what an app adds."""

from __future__ import annotations

from typing import Any

import pytest
from app_folder import Write, doctype
from job_tools import Bench

import frappe_lite
from conftest import ApiClient
from frappe_lite.face.apps import loading as apps
from frappe_lite.parts import logs
from frappe_lite.parts.schedule import Clock
from frappe_lite.site import Site
from frappe_lite.utils import add_to_date, now

apps.provide_frappe()
KINDS = {
    "Error Log": {"method": "m", "error": "e"},
    "Email Queue": {"status": "Sent", "recipients": [{"recipient": "ann@x.org", "status": "Sent"}]},
    "Scheduled Job Log": {"status": "Complete"},
    "Webhook Request Log": {},
    "Activity Log": {"subject": "s"},
    "Integration Request": {"data": "{}"},
}


def aged(doctype: str, days: float, **values: Any) -> str:
    """The name of a document that was made so many days ago."""
    doc = frappe_lite.get_doc({"doctype": doctype, **values})
    doc.flags.ignore_links = doc.flags.ignore_mandatory = True
    name = str(doc.insert().name)
    frappe_lite.db.set_value(doctype, name, "creation", add_to_date(now(), days=-days), update_modified=False)
    return name


@pytest.mark.parametrize("kind", [pytest.param(each, id=each) for each in KINDS])
def test_logs_are_deleted_by_their_age(site: Site, kind: str) -> None:
    days = logs.KINDS[kind]
    with site.acting():
        old, young = (aged(kind, each, **KINDS[kind]) for each in (days + 1, days - 1))
        logs.run_log_clean_up()
        left = frappe_lite.get_all(kind, pluck="name")
    assert (old in left, young in left) == (False, True)


MAILS = [
    pytest.param("Sent", 0, id="sent"), pytest.param("Error", 0, id="given up"),
    pytest.param("Partially Sent", 0, id="given up in part"), pytest.param("Not Sent", 1, id="one that waits stays"),
    pytest.param("Sending", 1, id="one on its way stays"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "left"), MAILS)
def test_a_mail_goes_with_its_rows_and_files(site: Site, status: str, left: int) -> None:
    with site.acting():
        attachment = {"fname": "a.txt", "fcontent": "apples"}
        mail = frappe_lite.sendmail("ann@x.org", subject="old", message="m", attachments=[attachment])
        values = {"status": status, "creation": add_to_date(now(), days=-40)}
        frappe_lite.db.set_value("Email Queue", mail.name, values)
        logs.run_log_clean_up()
        count = frappe_lite.db.count
        found = [count("Email Queue"), count("Email Queue Recipient"), count("File", {"attached_to_name": mail.name})]
    assert found == [left] * 3


def test_many_are_deleted_in_several_transactions(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BATCH", 2)
    with site.acting() as ctx:
        for number in range(5):
            aged("Error Log", 20 + number, method="m", error="e")
        commits: list[int] = []
        monkeypatch.setattr(ctx.store.database, "commit", lambda: commits.append(1))
        logs.clear_log(ctx, "Error Log", 14)
        assert (frappe_lite.db.count("Error Log"), len(commits)) == (0, 3)


SAID = [
    pytest.param({"Error Log": 3}, {"Error Log": 3}, id="other days"),
    pytest.param({"Notification Log": 9}, {"Notification Log": 9}, id="one that is kept for ever by itself"),
    pytest.param({"Note": 9}, {"Note": None}, id="what is no log is left out"),
    pytest.param({}, {"Error Log": 14, "Scheduled Job Log": 7, "Activity Log": 90}, id="nothing"),
]


@pytest.mark.parametrize(("said", "wanted"), SAID)
def test_what_is_said_by_people(site: Site, said: dict[str, int], wanted: dict[str, int | None]) -> None:
    with site.acting():
        settings = frappe_lite.get_doc("Log Settings")
        settings.logs_to_clear = []
        for name, days in said.items():
            settings.append("logs_to_clear", {"ref_doctype": name, "days": days})
            settings.append("logs_to_clear", {"ref_doctype": name, "days": 1})
        settings.save()
        kept = [(row.ref_doctype, row.days) for row in frappe_lite.get_doc("Log Settings").logs_to_clear]
    assert len(kept) == len(dict(kept))
    assert {name: dict(kept).get(name) for name in wanted} == wanted


def test_zero_days_are_for_ever(site: Site) -> None:
    with site.acting():
        settings = frappe_lite.get_doc("Log Settings")
        settings.register_doctype("Error Log", 0)
        settings.append("logs_to_clear", {"ref_doctype": "Error Log", "days": 0})
        settings.save()
        aged("Error Log", 400, method="m", error="e")
        logs.run_log_clean_up()
        assert frappe_lite.db.count("Error Log") == 1


# --- apps ---

CONTROLLER = """
    import frappe
    from frappe.model.document import Document

    asked = []

    class DoorLog(Document):
        @staticmethod
        def clear_old_logs(days=30):
            asked.append(days)
            if days == 13:
                raise ValueError("no luck")
"""
FILES = {
    "doctype/door_log/door_log.json": doctype("Door Log", ("door", "Data")),
    "doctype/door_log/door_log.py": CONTROLLER,
}
HOOKS = [
    pytest.param(5, [5], [], id="the days of the hook"),
    pytest.param(13, [13], ["Logs of Door Log could not be cleared"], id="one that fails stops no other"),
]


@pytest.mark.parametrize(("days", "asked", "errors"), HOOKS)
def test_an_app_has_its_own_logs(
    site: Site, write: Write, name: str, days: int, asked: list[int], errors: list[str]
) -> None:
    site.load(write({**FILES, "hooks.py": f"default_log_clearing_doctypes = {{'Door Log': {days}, 'Note': 3}}"}))
    module = __import__(f"{name}.doctype.door_log.door_log", fromlist=["asked"])
    with site.acting():
        aged("Activity Log", 100, subject="s")
        logs.run_log_clean_up()
        assert (module.asked, frappe_lite.db.count("Activity Log")) == (asked, 0)
        assert frappe_lite.get_all("Error Log", pluck="method") == errors
        settings = frappe_lite.get_doc("Log Settings")
        settings.register_doctype("Door Log", 8)
        assert [row.days for row in settings.logs_to_clear if row.ref_doctype == "Door Log"] == [8]


def test_which_doctypes_are_logs(site: Site, new_user: Any) -> None:
    path = "GET /api/method/frappe.core.doctype.log_settings.log_settings.get_log_doctypes?txt=error"
    assert ApiClient(site)(path).json["message"] == [["Error Log"]]
    assert new_user(site, "ann@x.org", "Desk User")(path).status_code == 403


def test_the_schedule_deletes_them_once_a_day(site: Site, write: Write, name: str) -> None:
    bench = Bench(site, write, name)
    clock = Clock(site, bench.clock)
    clock.prepare()
    with site.acting():
        aged("Error Log", 20, method="m", error="e")
    bench.clock.move(86400 + 600)
    clock.tick()
    bench.work_off()
    assert bench.errors() == []
