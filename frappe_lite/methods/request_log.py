"""`frappe_lite.request_log.*`: what the request log adds up to, for whoever runs the site."""

from __future__ import annotations

from ..context import Context
from ..errors import BadRequestError, PermissionError
from ..utils import add_to_date, now
from ..values import Values
from ..whitelist import method

STEPS: dict[str, tuple[int, Values]] = {
    "minute": (16, {"hours": -1}),
    "hour": (13, {"days": -1}),
    "day": (10, {"days": -30}),
}
"""Step -> how much of `creation` names one, and how far back the chart begins."""


@method("frappe_lite.request_log.get_chart", methods=["GET"])
def get_chart(ctx: Context, step: str = "hour") -> list[Values]:
    """Requests, errors (status 400 and above) and mean milliseconds of each minute of an hour, hour of a day, or day of
    a month; none of an empty one.
    """
    if "System Manager" not in ctx.roles:
        raise PermissionError.told("Only a System Manager may read what the whole site was asked")
    if step not in STEPS:
        raise BadRequestError.told(f"step is one of {', '.join(STEPS)}")
    length, back = STEPS[step]
    ctx.site.write_pending("API Request Log")
    sql = (
        f"SELECT substr(creation, 1, {length}), COUNT(*), SUM(CASE WHEN status >= 400 THEN 1 ELSE 0 END), "
        'AVG(duration) FROM "tabAPI Request Log"'
        f" WHERE creation >= ? GROUP BY substr(creation, 1, {length}) ORDER BY 1"
    )
    rows = ctx.store.database.rows(sql, (add_to_date(now(), **back),))
    return [
        {"at": at, "requests": requests, "errors": errors, "duration": round(duration or 0, 3)}
        for at, requests, errors, duration in rows
    ]
