"""A schedule of fifty entries on three processes, while the clock goes through months, changes and pauses.

What the calendar says is worked out here a second time, minute by minute, and not by the code that is tried.
"""

from __future__ import annotations

import datetime
import importlib
import itertools
import random
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from frappe_lite.parts.schedule import Clock
from frappe_lite.parts.schedule import clock as clock_module
from frappe_lite.site import Site

pytestmark = pytest.mark.usefixtures("rarely_anew")
MINUTE, HOUR, DAY = 60, 3600, 86400
LAG = 10
"""Seconds after which a process looks at the latest: the clock's own `TICK`."""


@dataclass(frozen=True)
class Entry:
    """What hooks say, and what is meant by it: the minutes and hours of a day, and the days."""

    kind: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: str = ""
    cron: str = ""

    def is_on(self, day: datetime.date) -> bool:
        """Whether the day is one of its own."""
        return {
            "": True, "sunday": day.isoweekday() == 7, "weekdays": day.isoweekday() < 6, "first": day.day == 1,
            "last": (day + datetime.timedelta(days=1)).day == 1, "odd": day.day % 2 == 1,
            "13 or friday": day.day == 13 or day.isoweekday() == 5, "never": False,
            "new year": (day.month, day.day) == (1, 1), "last sunday": day.day > 24 and day.isoweekday() == 7,
        }[self.days]  # fmt: skip


def cron(minutes: str, hours: str, rest: str = "* * *", days: str = "") -> Entry:
    """An entry of `cron`; minutes and hours are lists of numbers, or `*/N`."""
    read = [
        frozenset(range(0, size, int(each[2:] or "1")) if each[0] == "*" else map(int, each.split(",")))
        for each, size in ((minutes, 60), (hours, 24))
    ]
    return Entry("cron", read[0], read[1], days, f"{minutes} {hours} {rest}")


def named(kind: str, days: str = "", hours: frozenset[int] = frozenset({0})) -> Entry:
    return Entry(kind, frozenset({0}), hours, days)


ALL_HOURS = frozenset(range(24))
ENTRIES = [
    named("hourly", hours=ALL_HOURS), named("hourly_long", hours=ALL_HOURS),
    named("daily"), named("daily_long"), named("daily_maintenance"), named("weekly", "sunday"),
    named("weekly_long", "sunday"), named("monthly", "first"), named("monthly_long", "first"),
    named("yearly", "new year"), named("annual", "new year"),
    cron("17", "*"), cron("*/30", "1,2,3"), cron("0,59", "2"), cron("15", "2,14"), cron("30", "*/1"),
    *(cron(str(minute), "2") for minute in (0, 1, 15, 29, 30, 59)), *(cron("30", str(hour)) for hour in (0, 1, 3, 4)),
    *(cron("0", str(hour)) for hour in (1, 3, 12, 23)), *(cron("5", f"*/{step}") for step in (2, 3, 4, 6, 8, 12)),
    cron("0", "9", "* * mon-fri", "weekdays"), cron("30", "2", "* * 0", "sunday"), cron("30", "2", "* * 7", "sunday"),
    cron("0", "2", "L * *", "last"), cron("45", "23", "L * *", "last"), cron("10", "10", "1-31/2 * *", "odd"),
    cron("0", "0", "13 * fri", "13 or friday"), cron("20", "2", "13 * 5", "13 or friday"),
    cron("0", "0", "29 2 *", "never"), cron("0", "0", "1 1 *", "new year"), cron("*/20", "2,3", "* * sun", "sunday"),
    cron("58", "1"), cron("0,1,2", "3"), cron("50", "22"),
]  # fmt: skip


def said_by_the_calendar(zone: zoneinfo.ZoneInfo, start: float, end: float) -> list[list[float]]:
    """The instants of each entry after `start`, until `end`.

    What falls into an hour that is skipped comes at its end, once; in one that is shown twice what names its hours comes
    in the first, and what does not in both.
    """
    found: list[list[float]] = [[] for _ in ENTRIES]
    at: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, entry in enumerate(ENTRIES):
        for moment in itertools.product(entry.hours, entry.minutes):
            at[moment].append(number)
    before = local(start, zone)
    for instant in range(int(start) + MINUTE, int(end) + 1, MINUTE):
        shown = local(instant, zone)
        skipped = int((shown.replace(tzinfo=None) - before.replace(tzinfo=None)).total_seconds()) // MINUTE
        before = shown
        for back in range(max(1, skipped)):
            passed = shown - datetime.timedelta(minutes=back) if back else shown
            for number in at.get((passed.hour, passed.minute), ()):
                is_again = shown.fold and ENTRIES[number].hours != ALL_HOURS
                if ENTRIES[number].is_on(passed) and not is_again and found[number][-1:] != [instant]:
                    found[number].append(float(instant))
    return found


def local(instant: float, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(instant, zone)


class Calendar(Bench):
    """Three processes that follow one schedule, and run its jobs."""

    def __init__(self, site: Site, write: Write, name: str, zone: str, start: float):
        hooks: dict[str, Any] = defaultdict(list, cron=defaultdict(list))
        for number, entry in enumerate(ENTRIES):
            (hooks["cron"][entry.cron] if entry.cron else hooks[entry.kind]).append(f"{name}.timed.task{number}")
        plain = {**hooks, "cron": dict(hooks["cron"])}
        code = "seen = []\nclock = None\n" + "".join(
            f"def task{number}(): seen.append(({number}, clock()))\n" for number in range(len(ENTRIES))
        )
        files = {"hooks.py": f"scheduler_events = {plain!r}", "timed.py": code}
        super().__init__(site, lambda own: write({**own, **files}), name)
        self.timed: Any = importlib.import_module(f"{name}.timed")
        self.timed.clock, self.zone, self.clock.seconds = self.clock, zoneinfo.ZoneInfo(zone), start
        with site.acting():
            frappe_lite.db.set_single_value("System Settings", "time_zone", zone)
            frappe_lite.db.sql("UPDATE `tabScheduled Job Type` SET create_log = 0")
        self.processes = [(self.follower(), self.more_workers()) for _ in range(3)]
        self.random = random.Random(7)  # noqa: S311 - whoever looks first, and how late

    def follower(self) -> Clock:
        made = Clock(self.site, self.clock)
        made.prepare()
        return made

    def pass_until(self, end: float, asleep: int = 0) -> None:
        """Everybody looks as something is due or a little later, in any order; the first `asleep` do not."""
        awake = self.processes[asleep:]
        while (due := clock_module.due.earliest(self.site)) is not None and due + LAG <= end:
            self.clock.seconds = max(self.clock(), due) + self.random.choice([0, 0, 1, LAG])
            self.look(awake)
        self.clock.seconds = end
        self.look(awake)

    def look(self, awake: list[Any] | None = None) -> None:
        """Everybody who is awake looks at the clock, and then runs what waits."""
        everybody = self.processes if awake is None else awake
        order = self.random.sample(everybody, len(everybody))
        for each, _ in order:
            each.tick()
        for _, each in order:
            self.work_off(each)

    def ran(self) -> dict[int, list[float]]:
        """When each entry was run; from here on anew."""
        found: dict[int, list[float]] = {number: [] for number in range(len(ENTRIES))}
        for number, instant in self.timed.seen:
            found[number].append(instant)
        self.timed.seen.clear()
        return found

    def differences(self, start: float, end: float) -> Iterator[str]:
        """A line for each entry that was not run as the calendar says."""
        ran, said = self.ran(), said_by_the_calendar(self.zone, start, end)
        for number, entry in enumerate(ENTRIES):
            wanted = said[number]
            spread = 0 if entry.cron else MINUTE if entry.kind.startswith("hourly") else 5 * MINUTE
            late = [is_ - should for is_, should in zip(ran[number], wanted, strict=False)]
            if len(ran[number]) != len(wanted) or not all(0 <= each <= spread + LAG for each in late):
                yield f"{entry.cron or entry.kind}: {len(ran[number])} runs for {len(wanted)}, late by {late}"


def instant(zone: str, *moment: int) -> float:
    return datetime.datetime(*moment, tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()  # type: ignore[misc,arg-type]


@pytest.fixture
def rarely_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Next times are worked out every three hours and not every ten minutes: half of the test's time would be spent on it."""
    monkeypatch.setattr(clock_module, "ANEW", 3 * HOUR)


MONTHS = [
    pytest.param(
        "Europe/Berlin", (2026, 3, 27, 12, 39), 6, 600, id="a month's end, and a clock that is put forward",
        marks=pytest.mark.sqlite("a week takes a minute there, and a day says as much of the store"),
    ),
    pytest.param("Europe/Berlin", (2026, 10, 24, 12, 39), 2, 0, id="days in which the clock is put back"),
    pytest.param("Australia/Lord_Howe", (2026, 4, 4, 12, 39), 1, 0, id="a clock that is put back by half an hour"),
    pytest.param(
        "Australia/Lord_Howe", (2026, 10, 3, 12, 39), 1, 0, id="a clock that is put forward by half an hour",
        marks=pytest.mark.sqlite("the clock that is put back says as much of the store"),
    ),
    pytest.param("UTC", (2026, 12, 31, 12, 39), 1, 0, id="a year that ends"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "moment", "days", "least"), MONTHS)
def test_each_entry_is_run_as_often_as_the_calendar_says(
    site: Site, write: Write, name: str, zone: str, moment: tuple[int, ...], days: int, least: int
) -> None:
    start = instant(zone, *moment)
    calendar, end = Calendar(site, write, name, zone, start), start + days * DAY
    assert len(ENTRIES) == 50
    calendar.pass_until(end)
    assert len(calendar.timed.seen) > least
    assert list(calendar.differences(start, end)) == []


def test_one_process_that_is_paused_for_a_day_brings_nothing_twice(site: Site, write: Write, name: str) -> None:
    start = instant("UTC", 2026, 1, 5, 12, 39)
    calendar = Calendar(site, write, name, "UTC", start)
    calendar.pass_until(start + HOUR)
    calendar.pass_until(start + DAY, asleep=1)
    calendar.pass_until(start + DAY + HOUR)
    assert list(calendar.differences(start, start + DAY + HOUR)) == []


@pytest.mark.parametrize("gone", [pytest.param(DAY, id="for a day"), pytest.param(40 * DAY, id="for 40 days")])
def test_what_all_processes_missed_comes_once(site: Site, write: Write, name: str, gone: int) -> None:
    start = instant("UTC", 2026, 1, 5, 12, 39)
    calendar = Calendar(site, write, name, "UTC", start)
    calendar.pass_until(start + HOUR)
    list(calendar.ran())
    calendar.clock.move(gone)
    calendar.look()
    calendar.look()
    missed = said_by_the_calendar(calendar.zone, start + HOUR, start + HOUR + gone)
    assert {number: len(ran) for number, ran in calendar.ran().items()} == {
        number: min(1, len(instants)) for number, instants in enumerate(missed)
    }
    calendar.pass_until(start + gone + 3 * HOUR)
    assert list(calendar.differences(start + HOUR + gone, start + gone + 3 * HOUR)) == []


def test_entries_are_all_different() -> None:
    """The fifty are fifty, so that none stands for another."""
    assert all(one != other for one, other in itertools.pairwise(sorted(map(repr, ENTRIES))))
