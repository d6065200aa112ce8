"""Counting by time, as the charts of apps do."""

from __future__ import annotations

from collections.abc import Sequence

from ...utils import cint, getdate
from .periods import get_dates_from_timegrain


def get_result(
    data: Sequence[Sequence[object]], timegrain: str, from_date: object, to_date: object, chart_type: str
) -> list[list[object]]:
    """The periods from one date to another, each as its last day and what `data` has in it.

    Rows of `data` are a day, a sum and a number of documents, in order; `chart_type` says what counts: Sum, Count or
    Average.
    """
    rows = [(getdate(row[0]), cint(row[1]), cint(row[2])) for row in data]
    found, done = [], 0
    for end in get_dates_from_timegrain(from_date, to_date, timegrain):
        now = next((at for at in range(done, len(rows)) if rows[at][0] > end), len(rows))
        total, count = sum(row[1] for row in rows[done:now]), sum(row[2] for row in rows[done:now])
        value: float = count if chart_type == "Count" else total / count if chart_type == "Average" and count else total
        found.append([end, value])
        done = now
    return found


__all__ = ["get_result"]
