"""When something is due again: days, weeks on certain days, months on a certain day or their last one.

Months are counted from the start, so that what begins on the 31st comes on the 28th of February and the 31st of March.

    Rule("Monthly", start=date(2026, 1, 31)).after(date(2026, 2, 28))  ->  date(2026, 3, 31)
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

MONTHS = {"Monthly": 1, "Quarterly": 3, "Half-yearly": 6, "Yearly": 12}
WEEKDAYS = list(calendar.day_name)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """How often, from when on."""

    frequency: str
    start: datetime.date
    end: datetime.date | None = None
    weekdays: frozenset[int] = frozenset()
    """Of a week, 0 is Monday; none named is the day of the week that it is counted from."""
    day: int = 0
    """Of a month; 0 is that of the start, and a month that has no such day has its last one."""
    is_last_day: bool = False

    def after(self, day: datetime.date) -> datetime.date:
        """The next day, counted from one on which it was due."""
        if self.frequency in MONTHS:
            return self._in_months(_months(self.start, day) + MONTHS[self.frequency])
        if self.frequency == "Weekly" and self.weekdays:
            return next(
                each for each in (day + DAY * ahead for ahead in range(1, 8)) if each.weekday() in self.weekdays
            )
        return day + DAY * (7 if self.frequency == "Weekly" else 1)

    def from_today(self, day: datetime.date, today: datetime.date) -> datetime.date | None:
        """The next day after one that is not past; None if that is after the end."""
        found = self.after(day)
        while found < today:
            found = self.after(found)
        return None if self.end is not None and found > self.end else found

    def _in_months(self, months: int) -> datetime.date:
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + months, 12)
        wanted = 31 if self.is_last_day else self.day or self.start.day
        return datetime.date(year, month + 1, min(wanted, calendar.monthrange(year, month + 1)[1]))


def _months(start: datetime.date, day: datetime.date) -> int:
    return (day.year - start.year) * 12 + day.month - start.month


__all__ = ["DAY", "MONTHS", "WEEKDAYS", "Rule"]
