"""When something is next: five fields as cron has them, and clocks that are put forward and back.

Written here and not taken from a library, because the base install should have a schedule, and what matters is the
hour that a clock skips or shows twice. As Debian's cron: what falls into the skipped hour comes at its end; what names
its hours comes once in the hour that is shown twice, and what does not goes on in both.

    Cron.parse("*/15 9-17 * * mon-fri").after(1_800_000_000.0, zone)  ->  1_800_001_800.0
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import ValidationError

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7))
ALIASES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
LAST_DAY = 32
"""In the days of the month: `L`, the last one."""

MAX_YEARS = 30
"""Within which something must come: 29 February falls on each day of the week in 28 years."""

WINDOW = datetime.timedelta(hours=4)
"""How far a clock may be put forward or back at once."""

MINUTE = datetime.timedelta(minutes=1)
_PART = re.compile(r"(?P<from>\*|\?|\w+)(?:-(?P<to>\w+))?(?:/(?P<step>\d+))?\Z", re.ASCII)

Zone = datetime.tzinfo | None
"""A time zone; None is that of this machine."""


@dataclass(frozen=True)
class Cron:
    """The minutes, hours, days and months of an expression."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    either_day: bool
    """Both kinds of days are named: then one that fits either is meant, as in every cron."""

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Read an expression. Raises ValidationError, naming the field that is wrong."""
        parts = ALIASES.get(text.strip().lower(), text).split()
        if len(parts) != len(FIELDS):
            raise _wrong(text, f"it has {len(parts)} fields; five are minute, hour, day, month and day of the week")
        minutes, hours, days, months, weekdays = (
            _field(part, text, *field) for part, field in zip(parts, FIELDS, strict=True)
        )
        named = [not part.startswith(("*", "?")) for part in (parts[2], parts[4])]
        found = cls(
            tuple(sorted(minutes)), tuple(sorted(hours)), frozenset(days), frozenset(months),
            frozenset(each % 7 for each in weekdays), all(named),
        )  # fmt: skip
        if next(found._naive_after(datetime.datetime(2024, 1, 1)), None) is None:
            raise _wrong(text, "there is no such day")
        return found

    def after(self, instant: float, zone: Zone = None) -> float:
        """The next time after an instant; both are seconds since 1970."""
        here = _local(instant, zone)
        if _offset(instant - WINDOW.total_seconds(), zone) == _offset(instant + WINDOW.total_seconds(), zone):
            start = here
        else:
            start = here - WINDOW  # a clock is put forward or back near by: what was passed may come again
        best: float | None = None
        for candidate in self._naive_after(start):
            if best is not None and candidate > here + WINDOW:
                break
            later = [each for each in self._instants(candidate, zone) if each > instant]
            best = min([*later, *([best] if best is not None else [])], default=None)
            if best is not None and start is here:
                break
        assert best is not None  # noqa: S101 - `parse` has made sure
        return best

    def _instants(self, naive: datetime.datetime, zone: Zone) -> list[float]:
        """When a clock shows this: never, once or twice."""
        first, second = (naive.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
        if first == second:
            return [first]
        if first > second:  # skipped: it comes when the clock has been put forward
            return [_change(second, first, zone)]
        return [first, second] if len(self.hours) == 24 else [first]

    def _fits(self, day: datetime.date) -> bool:
        last = (day + datetime.timedelta(days=1)).day == 1
        by_month = day.day in self.days or (last and LAST_DAY in self.days)
        by_week = (day.weekday() + 1) % 7 in self.weekdays
        return (by_month or by_week) if self.either_day else (by_month and by_week)

    def _naive_after(self, start: datetime.datetime) -> Iterator[datetime.datetime]:
        """What a clock shows that is never changed, after a moment."""
        moment = start.replace(second=0, microsecond=0, fold=0) + MINUTE
        day, until = moment.date(), moment.date().replace(day=1, year=moment.year + MAX_YEARS)
        while day < until:
            if day.month not in self.months:
                day = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
                continue
            if self._fits(day):
                for hour in self.hours:
                    if day == moment.date() and hour < moment.hour:
                        continue
                    for minute in self.minutes:
                        found = datetime.datetime(day.year, day.month, day.day, hour, minute)
                        if found >= moment:
                            yield found
            day += datetime.timedelta(days=1)


def _local(instant: float, zone: Zone) -> datetime.datetime:
    """What a clock shows at an instant."""
    return datetime.datetime.fromtimestamp(instant, zone).replace(tzinfo=None)


def _offset(instant: float, zone: Zone) -> datetime.timedelta | None:
    return datetime.datetime.fromtimestamp(instant, zone or datetime.timezone.utc).astimezone(zone).utcoffset()


def _change(before: float, after: float, zone: Zone) -> float:
    """The instant at which a clock is changed, to the second."""
    low, high = int(before), int(after)
    old = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == old else (low, middle)
    return float(high)


def _field(text: str, whole: str, name: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        if part == "l" and most == 31:
            found.add(LAST_DAY)
            continue
        match = _PART.match(part)
        if match is None:
            raise _wrong(whole, f"{part!r} is no {name}")
        step = int(match["step"] or 1)
        if match["from"] in ("*", "?"):
            first, last = least, 6 if most == 7 else most
        else:
            first = _number(match["from"], whole, name)
            last = _number(match["to"], whole, name) if match["to"] else most if match["step"] else first
        if not least <= first <= last <= most or not step:
            raise _wrong(whole, f"{part!r} is no {name}, which goes from {least} to {most}")
        found |= set(range(first, last + 1, step))
    return found


def _number(word: str, whole: str, name: str) -> int:
    names = {each: number + 1 for number, each in enumerate(MONTHS)} if name == "month" else {}
    if name == "day of the week":
        names = {each: number for number, each in enumerate(DAYS)}
    if word in names:
        return names[word]
    if not word.isdecimal():
        raise _wrong(whole, f"{word!r} is no {name}")
    return int(word)


def _wrong(text: str, why: str) -> Exception:
    return ValidationError.told(f"{text[:80]} is not a valid Cron expression: {why}", title="Bad Cron Expression")
