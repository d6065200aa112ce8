"""`frappe.desk.doctype.dashboard_chart` and `number_card`: the numbers of charts and cards, as far as one may read.

A chart is kept under a name, or is an object of the same fields that nobody kept:

    {"document_type": "Task", "chart_type": "Sum", "based_on": "creation", "value_based_on": "points",
     "timespan": "Last Year", "time_interval": "Monthly"}
    ->   {"labels": ["Jan 2026", …], "datasets": [{"values": [3, …]}]}
"""

from __future__ import annotations

import datetime
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..errors import UnsupportedError, ValidationError
from ..face.texts.formats import formatdate
from ..protocol import parse_json
from ..utils import add_to_date, cint, cstr, flt, getdate
from ..utils.dates import get_first_day, get_first_day_of_week, get_last_day, get_quarter_start
from ..values import Values
from ..whitelist import method
from .asking import load_for

FUNCTIONS = {"Count": "COUNT", "Sum": "SUM", "Average": "AVG", "Minimum": "MIN", "Maximum": "MAX"}
SPANS: dict[str, Values] = {
    "Last Week": {"days": -7}, "Last Month": {"months": -1}, "Last Quarter": {"months": -3}, "Last Year": {"years": -1},
    "All Time": {"years": -50},
}  # fmt: skip
INTERVALS = ("Daily", "Weekly", "Monthly", "Quarterly", "Yearly")
MAX_PERIODS = 4_000
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

Chart = dict[str, Any]
Day = tuple[datetime.date, float, int]


@method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get")
def get(
    ctx: Context, chart_name: object = None, chart: object = None, no_cache: object = None, filters: object = None,
    from_date: object = None, to_date: object = None, timespan: object = None, time_interval: object = None,
    heatmap_year: object = None, refresh: object = None,
) -> Values:  # fmt: skip
    """The numbers of a chart: {labels, datasets}, or of a heat map {labels, dataPoints: {second: value}}.

    Cancelled documents do not count. `keys` are the values or last days that the labels stand for. Nothing is cached.
    """
    found = load_for(ctx, "Dashboard Chart", chart_name).as_dict() if chart_name else parse_json(chart, "chart")
    if not isinstance(found, dict) or not found.get("document_type"):
        raise ValidationError.told("A chart is named by chart_name, or given in chart with its document_type")
    meta = ctx.meta(cstr(found["document_type"]))
    asked = [*_filters(filters or found.get("filters_json")), [meta.name, "docstatus", "<", 2]]
    kind = found.get("chart_type")
    if kind == "Group By":
        return _groups(ctx, meta, found, asked)
    if kind not in ("Count", "Sum", "Average"):
        raise UnsupportedError.told(f"A chart of the type {cstr(kind)} has no numbers here: a report's are its own")
    if found.get("type") == "Heatmap":
        return _heat(ctx, meta, found, asked, cint(heatmap_year or found.get("heatmap_year")) or getdate().year)
    given = {"timespan": timespan, "time_interval": time_interval, "from_date": from_date, "to_date": to_date}
    return _series(ctx, meta, {**found, **{key: value for key, value in given.items() if value}}, asked)


def _filters(given: object) -> list[object]:
    found = parse_json(given, "filters") or []
    return [found] if isinstance(found, dict) else found if isinstance(found, list) else []


def _function(kind: object) -> str:
    if kind not in FUNCTIONS:
        raise ValidationError.told(f"A function is one of {', '.join(FUNCTIONS)}, not {cstr(kind)[:40]}")
    return FUNCTIONS[cstr(kind)]


def _groups(ctx: Context, meta: DocType, chart: Chart, asked: list[object]) -> Values:
    """Each value with its number, the largest first; a link by the title of what it names."""
    by, function = cstr(chart.get("group_by_based_on")), _function(chart.get("group_by_type") or "Count")
    of = "name" if function == "COUNT" else cstr(chart.get("aggregate_function_based_on"))
    fields: list[object] = [f"{by} as group_value", {function: of, "as": "group_number"}]
    rows = lists.get_list(
        ctx, meta.name, fields, asked, order_by=f"group_number desc, {by} asc", group_by=by, limit=MAX_PERIODS,
        parent=chart.get("parent_document_type"),
    )  # fmt: skip
    keys = [row["group_value"] for row in rows]
    titles = _titles(ctx, meta, by, [cstr(key) for key in keys if key])
    return {
        "labels": [titles.get(cstr(key), key) if key not in (None, "") else "Not Specified" for key in keys],
        "keys": keys,
        "datasets": [{"name": chart.get("name"), "values": [flt(row["group_number"]) for row in rows]}],
    }


def _titles(ctx: Context, meta: DocType, by: str, names: list[str]) -> dict[str, str]:
    """Of the documents that a link names, the titles that the caller may read."""
    field = meta.field(by)
    linked = ctx.meta(cstr(field.options)) if field and field.fieldtype == "Link" and names else None
    title = cstr(linked.title_field) if linked else ""
    if linked is None or not title or permissions.rows(ctx, linked) is None:
        return {}
    rows = lists.get_list(ctx, linked.name, ["name", f"{title} as title"], [["name", "in", names]], limit=None)
    return {row["name"]: row["title"] for row in rows if row.get("title")}


def _days(ctx: Context, meta: DocType, chart: Chart, asked: list[object], parts: list[Any]) -> list[Day]:
    """The days that have documents: (day, sum, how many), in their order."""
    by, of = cstr(chart.get("based_on")), cstr(chart.get("value_based_on"))
    if meta.fieldtype(by) not in ("Date", "Datetime"):
        raise ValidationError.told(f"based_on is a date field of {meta.name}, not {by[:60]!r}")
    fields: list[object] = [f"{by} as day", {"COUNT": "name", "as": "day_count"}]
    if chart["chart_type"] != "Count":
        fields.append({"SUM": of, "as": "day_sum"})
    rows = lists.get_list(
        ctx, meta.name, fields, [*asked, *([meta.name, by, *part] for part in parts)], order_by=f"{by} asc",
        group_by=by, limit=None, parent=chart.get("parent_document_type"),
    )  # fmt: skip
    return [(getdate(row["day"]), flt(row.get("day_sum")), cint(row["day_count"])) for row in rows]


def _told(kind: str, days: list[Day]) -> float:
    """What some days have together. Frappe cuts each day's sum to a whole number; here it stays what it is."""
    total, count = sum(day[1] for day in days), sum(day[2] for day in days)
    return count if kind == "Count" else total / count if kind == "Average" and count else total


def _series(ctx: Context, meta: DocType, chart: Chart, asked: list[object]) -> Values:
    every, span = cstr(chart.get("time_interval") or "Yearly"), cstr(chart.get("timespan") or "Last Year")
    if every not in INTERVALS or (span not in SPANS and span != "Select Date Range"):
        raise ValidationError.told(f"A span is one of {', '.join(SPANS)}, an interval one of {', '.join(INTERVALS)}")
    begins = cstr(ctx.setting("first_day_of_the_week")) or "Sunday"
    last = getdate(chart.get("to_date")) if span == "Select Date Range" and chart.get("to_date") else getdate()
    if span == "Select Date Range":
        first = getdate(chart.get("from_date") or last)
    else:
        first = _beginning(getdate(add_to_date(last, **SPANS[span])), every, begins)
    days = _days(ctx, meta, chart, asked, [[">=", str(first)], ["<=", f"{last} 23:59:59.999999"]])
    if span == "All Time" and days:
        first = _beginning(days[0][0], every, begins)  # no half century of nothing
    ends = _ends(first, last, every, begins)
    values, at = [], 0
    for end in ends:
        now = at
        while now < len(days) and days[now][0] <= end:
            now += 1
        values.append(_told(chart["chart_type"], days[at:now]))
        at = now
    labels = [_label(end, every) for end in ends]
    return {
        "labels": labels,
        "keys": [str(end) for end in ends],
        "datasets": [{"name": chart.get("name"), "values": values}],
    }


def _heat(ctx: Context, meta: DocType, chart: Chart, asked: list[object], year: int) -> Values:
    if not 1 <= year <= 9998:
        raise ValidationError.told(f"{year} is no year")
    days = _days(ctx, meta, chart, asked, [[">=", f"{year:04}-01-01"], ["<", f"{year + 1:04}-01-01"]])
    points: dict[str, float] = {}
    for day in dict.fromkeys(each[0] for each in days):
        second = int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp())
        points[str(second)] = _told(chart["chart_type"], [each for each in days if each[0] == day])
    return {"labels": [], "dataPoints": points}


# --- periods -----------------------------------------------------------------------------------------------


def _beginning(day: datetime.date, every: str, begins: str = "Sunday") -> datetime.date:
    if every == "Weekly":
        return get_first_day_of_week(day, begins)
    if every == "Quarterly":
        return get_quarter_start(day)
    return day if every == "Daily" else get_first_day(day) if every == "Monthly" else datetime.date(day.year, 1, 1)


def _end(day: datetime.date, every: str, begins: str = "Sunday") -> datetime.date:
    if every == "Weekly":
        return get_first_day_of_week(day, begins) + datetime.timedelta(days=6)
    if every == "Quarterly":
        return get_last_day(add_to_date(get_quarter_start(day), months=2))
    return day if every == "Daily" else get_last_day(day) if every == "Monthly" else datetime.date(day.year, 12, 31)


def _ends(first: datetime.date, last: datetime.date, every: str, begins: str = "Sunday") -> list[datetime.date]:
    """The last days of the periods from one day to another."""
    ends = [_end(first, every, begins)]
    while ends[-1] < last:
        if len(ends) >= MAX_PERIODS:
            raise ValidationError.told(
                f"That is more than {MAX_PERIODS:,} periods: take longer ones, or a shorter span"
            )
        ends.append(_end(ends[-1] + datetime.timedelta(days=1), every, begins))
    return ends


def _label(end: datetime.date, every: str) -> str:
    if every in ("Daily", "Weekly"):
        return formatdate(end)  # as the site writes dates
    if every == "Quarterly":
        return f"Quarter {(end.month - 1) // 3 + 1} {end.year}"
    return f"{_MONTHS[end.month - 1]} {end.year}" if every == "Monthly" else str(end.year)
