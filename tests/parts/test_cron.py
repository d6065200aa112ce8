"""Cron expressions: what they say, what is refused, and clocks that are put forward and back."""

from __future__ import annotations

import datetime
import time
import zoneinfo
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frappe_lite.errors import ValidationError
from frappe_lite.parts.schedule.cron import ALIASES, Cron

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc


def following(expression: str, start: str, zone: datetime.tzinfo, count: int = 1) -> list[str]:
    """The next times after a moment with its offset."""
    instant, found = datetime.datetime.fromisoformat(start).timestamp(), []
    for _ in range(count):
        instant = Cron.parse(expression).after(instant, zone)
        found.append(datetime.datetime.fromtimestamp(instant, zone).strftime("%Y-%m-%d %H:%M%z"))
    return found


def utc(*moments: str) -> list[str]:
    return [f"{each}+0000" for each in moments]


TIMES = [
    pytest.param("* * * * *", utc("2026-01-01 00:01", "2026-01-01 00:02"), id="each minute"),
    pytest.param("*/15 * * * *", utc("2026-01-01 00:15", "2026-01-01 00:30"), id="each quarter"),
    pytest.param("5/20 * * * *", utc("2026-01-01 00:05", "2026-01-01 00:25"), id="a step from a number on"),
    pytest.param("10-20/5 3 * * *", utc("2026-01-01 03:10", "2026-01-01 03:15"), id="a step in a range"),
    pytest.param("0 9,17 * * *", utc("2026-01-01 09:00", "2026-01-01 17:00"), id="a list"),
    pytest.param("0 0 * * 0", utc("2026-01-04 00:00", "2026-01-11 00:00"), id="Sunday is 0"),
    pytest.param("0 0 * * 7", utc("2026-01-04 00:00", "2026-01-11 00:00"), id="and 7"),
    pytest.param("0 0 * * Mon-Fri", utc("2026-01-02 00:00", "2026-01-05 00:00"), id="days by name"),
    pytest.param("0 0 1 feb,APR *", utc("2026-02-01 00:00", "2026-04-01 00:00"), id="months by name"),
    pytest.param("0 0 13 * fri", utc("2026-01-02 00:00", "2026-01-09 00:00", "2026-01-13 00:00"), id="either kind of day"),
    pytest.param("0 0 */10 * fri", utc("2026-05-01 00:00"), id="both kinds where one is a star"),
    pytest.param("0 0 L * *", utc("2026-01-31 00:00", "2026-02-28 00:00"), id="the last day of a month"),
    pytest.param("0 0 ? * 1", utc("2026-01-05 00:00"), id="a question mark is a star"),
    pytest.param("0 0 29 2 *", utc("2028-02-29 00:00", "2032-02-29 00:00"), id="leap days"),
    pytest.param("0 0 29 2 mon", utc("2026-02-02 00:00"), id="a leap day or a Monday in February"),
    pytest.param("59 23 31 12 *", utc("2026-12-31 23:59", "2027-12-31 23:59"), id="the last minute of a year"),
    pytest.param(" @Daily ", utc("2026-01-02 00:00"), id="a name for it"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "times"), TIMES)
def test_an_expression_says_when(expression: str, times: list[str]) -> None:
    assert following(expression, "2026-01-01T00:00:00+00:00", UTC, len(times)) == times


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_each_alias_is_an_expression(alias: str) -> None:
    assert Cron.parse(alias) == Cron.parse(ALIASES[alias])


REFUSED = [
    pytest.param("", "it has 0 fields", id="nothing"),
    pytest.param("* * * *", "it has 4 fields", id="too few"),
    pytest.param("* * * * * *", "it has 6 fields", id="seconds"),
    pytest.param("60 * * * *", "no minute, which goes from 0 to 59", id="too large"),
    pytest.param("* * 0 * *", "no day of the month, which goes from 1 to 31", id="too small"),
    pytest.param("30-10 * * * *", "no minute", id="a range backwards"),
    pytest.param("*/0 * * * *", "no minute", id="no step"),
    pytest.param("a * * * *", "'a' is no minute", id="a word"),
    pytest.param("* * * mon *", "'mon' is no month", id="a day for a month"),
    pytest.param("1,,2 * * * *", "'' is no minute", id="a gap in a list"),
    pytest.param("0 0 30 2 *", "no such day", id="30 February"),
    pytest.param("@sometimes", "it has 1 fields", id="an unknown name"),
    pytest.param("١ * * * *", "is no minute", id="digits of another script"),
]


@pytest.mark.parametrize(("expression", "says"), REFUSED)
def test_what_is_no_expression_is_refused_in_words(expression: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Cron.parse(expression)


CHANGES = [
    pytest.param(
        "30 2 * * *", "2026-03-28T12:00:00+01:00", "29 03:00+0200, 30 02:30+0200", id="what is skipped comes after it"
    ),
    pytest.param(
        "*/30 * * * *",
        "2026-03-29T01:20:00+01:00",
        "29 01:30+0100, 29 03:00+0200, 29 03:30+0200",
        id="half hours go on",
    ),
    pytest.param(
        "0 * * * *", "2026-03-29T00:30:00+01:00", "29 01:00+0100, 29 03:00+0200, 29 04:00+0200", id="hours go on, once"
    ),
    pytest.param(
        "15,30 2 * * *",
        "2026-03-29T00:00:00+01:00",
        "29 03:00+0200, 30 02:15+0200",
        id="two that are skipped come once",
    ),
    pytest.param(
        "30 2 * * *", "2026-10-24T12:00:00+02:00", "25 02:30+0200, 26 02:30+0100", id="what is shown twice comes once"
    ),
    pytest.param(
        "0 * * * *", "2026-10-25T01:30:00+02:00", "25 02:00+0200, 25 02:00+0100, 25 03:00+0100", id="hours come in both"
    ),
    pytest.param(
        "*/30 * * * *", "2026-10-25T02:20:00+02:00", "25 02:30+0200, 25 02:00+0100, 25 02:30+0100", id="half hours too"
    ),
    pytest.param("30 2 * * *", "2026-10-25T02:40:00+02:00", "26 02:30+0100", id="between the two"),
    pytest.param(
        "0 0 * * *", "2026-10-24T23:59:00+02:00", "25 00:00+0200, 26 00:00+0100", id="midnight, after a day of 25 hours"
    ),
]


@pytest.mark.parametrize(("expression", "start", "times"), CHANGES)
def test_a_clock_that_is_changed(expression: str, start: str, times: str) -> None:
    found = following(expression, start, BERLIN, times.count(",") + 1)
    assert ", ".join(each[8:] for each in found) == times


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("expression", "start", "times"), CHANGES)
def test_the_machines_own_zone_is_changed_too(berlin: None, expression: str, start: str, times: str) -> None:
    instant = datetime.datetime.fromisoformat(start).timestamp()
    for each in times.split(", "):
        instant = Cron.parse(expression).after(instant)
        assert datetime.datetime.fromtimestamp(instant, BERLIN).strftime("%d %H:%M%z") == each


FIELD = {
    "minute": st.sampled_from(["*", "0", "*/7", "5,35", "10-20/3"]),
    "hour": st.sampled_from(["*", "2", "*/5", "1-3", "0,23"]),
    "day": st.sampled_from(["*", "1", "L", "13", "*/2"]),
    "month": st.sampled_from(["*", "3", "oct", "*/4"]),
    "week": st.sampled_from(["*", "0", "mon-fri", "6"]),
}


@given(parts=st.tuples(*FIELD.values()), instant=st.integers(1_700_000_000, 1_900_000_000), zone=st.sampled_from([UTC, BERLIN]))  # fmt: skip
@settings(max_examples=150)
def test_the_next_time_is_later_and_nothing_lies_between(parts: tuple[str, ...], instant: int, zone: datetime.tzinfo) -> None:  # fmt: skip
    cron = Cron.parse(" ".join(parts))
    found = cron.after(instant, zone)
    assert found > instant
    assert cron.after(found - 1, zone) == found
    assert cron.after((instant + found) / 2 if found - instant > 2 else instant, zone) == found
