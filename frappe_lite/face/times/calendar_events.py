"""`frappe.desk.doctype.event.event` for app code: which events fall into a time, those that repeat on each of their
days."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ...document import lists
from ...utils import _dict, cint
from ..context import ctx
from ..dicts import parse_json
from ..model.documents import db, get_all
from .dates import add_days, add_months, getdate

weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_FIELDS = [
    "name",
    "subject",
    "description",
    "color",
    "starts_on",
    "ends_on",
    "owner",
    "all_day",
    "event_type",
    "repeat_this_event",
    "repeat_on",
    "repeat_till",
    *weekdays,
]
_MONTHS = {"Monthly": 1, "Quarterly": 3, "Half Yearly": 6, "Yearly": 12}
_EVER = datetime.date(3000, 1, 1)


def get_events(
    start: object, end: object, user: str | None = None, for_reminder: bool = False, filters: object = None
) -> list[_dict]:
    """The open events of a time that the user may read, by their beginning; one that repeats stands there once a day of
    it."""
    first, last = getdate(start), getdate(end)
    asking = ctx() if user is None else ctx().as_user(user)
    conditions = [
        ["status", "=", "Open"],
        ["starts_on", "<", f"{add_days(last, 1)} 00:00:00"],
        *([["send_reminder", "=", 1]] if for_reminder else []),
    ]
    given = parse_json(filters) or []
    conditions += [[key, "=", value] for key, value in given.items()] if isinstance(given, dict) else given
    names = [row["name"] for row in lists.get_list(asking, "Event", ["name"], conditions, limit=None)]
    found: list[_dict] = []
    for event in get_all("Event", fields=_FIELDS, filters={"name": ["in", names]}, order_by="starts_on asc"):
        found += _occurrences(event, first, last)
    for event in found:
        for day in weekdays:
            event.pop(day, None)
    return found


def _occurrences(event: _dict, first: datetime.date, last: datetime.date) -> Iterator[_dict]:
    if not cint(event.repeat_this_event):
        if (event.ends_on or event.starts_on).date() >= first:
            yield event
        return
    length = (event.ends_on - event.starts_on).days if event.ends_on else None
    till = min(last, event.repeat_till or _EVER)
    if event.repeat_till and event.repeat_till <= first:
        return  # Frappe: the last day of all is left out when it is asked for alone
    for day in _days(event, first, till):
        if length is not None and event.repeat_till and not first <= add_days(day, length) <= event.repeat_till:
            continue
        moved = event.copy().update(original_starts_on=event.starts_on, original_ends_on=event.ends_on)
        moved.starts_on = datetime.datetime.combine(day, event.starts_on.time())
        moved.ends_on = (
            None if length is None else datetime.datetime.combine(add_days(day, length), event.ends_on.time())
        )
        yield moved


def _days(event: _dict, first: datetime.date, till: datetime.date) -> Iterator[datetime.date]:
    """The days between two dates on which a repeating event begins."""
    begin = event.starts_on.date()
    if event.repeat_on in _MONTHS:
        step, number = _MONTHS[event.repeat_on], 0
        while (day := add_months(begin, number)) <= till:
            if day >= first:
                yield day
            number += step
        return
    day = max(begin, first)
    while day <= till:
        if event.repeat_on == "Daily" or cint(event[weekdays[day.weekday()]]):
            yield day
        day = add_days(day, 1)


def set_status_of_events() -> None:
    """Close the events that are over."""
    today = getdate()
    for event in get_all("Event", filters={"status": "Open"}, fields=["name", "ends_on", "repeat_till"]):
        if any(moment and getdate(moment) < today for moment in (event.ends_on, event.repeat_till)):
            db.set_value("Event", event.name, "status", "Closed")


__all__ = ["get_events", "set_status_of_events", "weekdays"]
