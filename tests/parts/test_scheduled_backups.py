"""Backups by the clock: how often, how many are kept, what is told of them."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_tools import Clock as Seconds

import frappe_lite
from conftest import ApiClient
from frappe_lite.parts import jobs
from frappe_lite.parts.schedule import Clock
from frappe_lite.parts.transfer import archive, scheduled
from frappe_lite.utils.dates import reset_clock, set_clock

SETTINGS = "PUT /api/resource/System Settings/System Settings"
SCHEDULE, MAKE = "GET /api/method/frappe_lite.backups.schedule", "POST /api/method/frappe_lite.backups.make"
HOUR, DAY = 3600.0, 86400.0
BEGIN = datetime.datetime(2026, 1, 1, 0, 30, tzinfo=datetime.timezone.utc).timestamp()


class Office:
    """A site on disk whose clock the test moves, and who runs its jobs: the test."""

    def __init__(self, path: Path):
        self.site = frappe_lite.Site(str(path))
        self.folder = Path(f"{path}-backups")
        with self.site.acting():
            frappe_lite.db.set_single_value("System Settings", "time_zone", "UTC")
        self.clock = Seconds()
        self.clock.seconds = BEGIN
        self.workers = jobs.start(self.site, 0, clock=self.clock, monotonic=self.clock)
        self.schedule = Clock(self.site, self.clock)
        self.schedule.prepare()
        self.client = ApiClient(self.site)

    def choose(self, frequency: str, keep: int = 3) -> None:
        """Say how often, and how many are kept."""
        answer = self.client(SETTINGS, {"backup_frequency": frequency, "backup_limit": keep})
        assert answer.status_code == 200, answer.text

    def pass_time(self, seconds: float, step: float = HOUR) -> None:
        """Let time pass, and jobs be run; the machine's clock goes along."""
        until = self.clock() + seconds
        while self.clock() < until:
            self.clock.move(step)
            token = set_clock(datetime.datetime.fromtimestamp(self.clock(), datetime.timezone.utc).replace(tzinfo=None))
            try:
                self.schedule.tick()
                while self.workers.run_next():
                    pass
            finally:
                reset_clock(token)

    def kept(self) -> list[str]:
        """The names of the backups, the oldest first."""
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.exists() else []

    def told(self) -> dict[str, Any]:
        """What the page is told."""
        found: dict[str, Any] = self.client(SCHEDULE).get_json()["message"]
        return found

    def events(self) -> list[str]:
        """The frequencies of the schedule's backups."""
        with self.site.acting():
            found: list[str] = frappe_lite.get_all("Scheduled Job Type", {"method": scheduled.EVENT}, pluck="frequency")
        return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office.db")
    yield made
    made.site.close()


@pytest.mark.parametrize(
    ("frequency", "days", "count"), [("Hourly", 1, 24), ("Daily", 5, 5), ("Weekly", 21, 3), ("Monthly", 62, 2), ("", 40, 0)]
)  # fmt: skip
def test_as_often_as_it_is_said(office: Office, frequency: str, days: int, count: int) -> None:
    office.choose(frequency, keep=50)
    office.pass_time(days * DAY)
    assert len(office.kept()) == count
    assert office.events() == ([f"{frequency} Long"] if frequency else [])


def test_the_oldest_of_its_own_go_and_those_of_people_stay(office: Office, tmp_path: Path) -> None:
    office.folder.mkdir()
    others = ["mine.tar.gz", "office-2020-01-01-000000.tar.gz", "other-2020-01-01-000000-scheduled.tar.gz"]
    for name in (*others, "office-2020-01-01-000000-scheduled.tar.gz"):
        (office.folder / name).write_bytes(b"old")
    office.choose("Daily", keep=2)
    office.pass_time(5 * DAY)
    own = [each for each in office.kept() if each not in others]
    days = [each.removeprefix("office-")[:10] for each in own]
    assert days == ["2026-01-05", "2026-01-06"] and set(others) < set(office.kept())
    assert all(each.endswith("-scheduled.tar.gz") for each in own)
    archive.restore(office.folder / own[-1], tmp_path / "copy.db")
    copy = frappe_lite.Site(str(tmp_path / "copy.db"))
    assert copy.database.value('SELECT count(*) FROM "tabUser"') == 2
    copy.close()
    office.choose("Daily", keep=1)
    assert len(office.kept()) == 5, "they go when the next one is there"
    office.pass_time(DAY)
    assert len(office.kept()) == 4


def test_its_age_is_in_its_name(office: Office) -> None:
    """Who copies a folder changes the times of its files."""
    office.choose("Daily", keep=2)
    office.pass_time(2 * DAY)
    oldest = office.folder / office.kept()[0]
    os.utime(oldest, (2e9, 2e9))
    office.pass_time(DAY)
    assert oldest.name not in office.kept() and len(office.kept()) == 2


def test_what_was_missed_comes_once(office: Office) -> None:
    office.choose("Daily", keep=10)
    office.pass_time(5 * DAY, step=5 * DAY)
    assert len(office.kept()) == 1


def test_another_frequency_holds_at_once(office: Office) -> None:
    office.choose("Monthly", keep=10)
    office.choose("Hourly", keep=10)
    office.pass_time(2 * HOUR)
    assert (len(office.kept()), office.events()) == (2, ["Hourly Long"])
    office.choose("")
    office.pass_time(2 * DAY)
    assert (len(office.kept()), office.events()) == (2, [])


def test_what_is_told(office: Office) -> None:
    assert office.told() == {"frequency": "", "keep": 3, "runs": True, "last": None, "next": None, "error": None}
    office.choose("Daily", keep=4)
    told = office.told()
    at = datetime.datetime.fromisoformat(told["next"]).timestamp()
    assert (told["frequency"], told["keep"], told["last"]) == ("Daily", 4, None)
    assert BEGIN < at < BEGIN + DAY
    office.pass_time(DAY)
    after = office.told()
    assert after["last"].startswith("2026-01-02") and after["error"] is None
    assert datetime.datetime.fromisoformat(after["next"]).timestamp() == pytest.approx(at + DAY, abs=1)


def test_one_that_fails_is_told_and_logged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.choose("Daily")
    with monkeypatch.context() as patch:
        patch.setattr(archive.os, "fsync", lambda _file: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        office.pass_time(DAY)
    assert office.kept() == []
    assert office.told()["error"] == "office.db cannot be backed up: the disk has no room for it"
    with office.site.acting():
        (log,) = frappe_lite.get_all("Error Log", fields=["method", "error"])
        assert "run_scheduled_job" in log.method and "no room" in log.error
        logs = frappe_lite.get_all("Scheduled Job Log", {"details": ["is", "set"]}, pluck="status")
        assert logs == ["Failed"]
    office.pass_time(DAY)
    assert (office.told()["error"], len(office.kept())) == (None, 1)


@pytest.mark.parametrize("switch", ["the event", "the schedule"])
def test_what_is_stopped_makes_none_and_says_so(office: Office, switch: str) -> None:
    office.choose("Hourly")
    with office.site.acting():
        if switch == "the event":
            event = frappe_lite.get_doc("Scheduled Job Type", {"method": scheduled.EVENT})
            event.stopped = 1
            event.save()
        else:
            frappe_lite.db.set_single_value("System Settings", "enable_scheduler", 0)
    office.pass_time(DAY)
    told = office.told()
    assert (office.kept(), told["runs"], told["next"]) == ([], False, None)


@pytest.mark.parametrize(("given", "kept"), [(0, 1), (-3, 1), (1, 1), (7, 7)])
def test_a_number_of_backups_is_one_at_least(office: Office, given: int, kept: int) -> None:
    answer = office.client(SETTINGS, {"backup_limit": given})
    assert answer.get_json()["data"]["backup_limit"] == kept
    assert ("must be greater than zero" in answer.text) == (given < 1)


@pytest.mark.parametrize("frequency", ["Fortnightly", "daily", 1])
def test_a_frequency_that_is_none_is_refused(office: Office, frequency: object) -> None:
    answer = office.client(SETTINGS, {"backup_frequency": frequency})
    assert (answer.status_code, "Daily" in answer.text) == (417, True)


def test_a_site_in_memory_says_why_not() -> None:
    site = frappe_lite.Site()
    client = ApiClient(site)
    answer = client(SETTINGS, {"backup_frequency": "Daily"})
    assert (answer.status_code, "leave Backup Frequency empty" in answer.text) == (417, True)
    assert client(SETTINGS, {"backup_limit": 5}).status_code == 200
    assert client(SCHEDULE).get_json()["message"]["frequency"] == ""
    site.close()


def test_only_system_managers_are_told(office: Office, new_user: Any) -> None:
    ann = new_user(office.site, "ann@example.com")
    assert [ann(SCHEDULE).status_code, ann(SETTINGS, {"backup_frequency": "Daily"}).status_code] == [403, 403]
    assert ApiClient(office.site, None)(SCHEDULE).status_code == 403
    assert office.events() == []


def test_a_restart_keeps_the_schedule(tmp_path: Path) -> None:
    first = Office(tmp_path / "office.db")
    first.choose("Daily")
    before = first.told()["next"]
    first.site.close()
    again = Office(tmp_path / "office.db")
    assert (again.told()["next"], again.events()) == (before, ["Daily Long"])
    again.site.close()
