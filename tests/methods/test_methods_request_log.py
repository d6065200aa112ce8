"""What the request log adds up to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import utils

NOW = datetime.datetime(2026, 6, 17, 12, 30)
CHART = "GET /api/method/frappe_lite.request_log.get_chart"
REQUESTS = [  # minutes ago, status, milliseconds
    (1, 200, 10.0), (1, 404, 20.0), (2, 500, 6.0), (90, 200, 4.0), (60 * 30, 417, 1.0), (60 * 24 * 40, 200, 1.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    with made.acting() as ctx:
        meta = ctx.meta("API Request Log")
        for number, (ago, status, duration) in enumerate(REQUESTS):
            moment = (NOW - datetime.timedelta(minutes=ago)).isoformat(" ", "microseconds")
            row = {
                "name": str(number),
                "creation": moment,
                "modified": moment,
                "owner": "a",
                "path": "/api/x",
                "method": "GET",
                "status": status,
                "duration": duration,
            }
            ctx.store.insert(meta, {"docstatus": 0, "idx": 0, **row})
    yield made
    made.close()


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    token = utils.set_clock(NOW)
    yield
    utils.reset_clock(token)


@pytest.mark.parametrize(
    ("step", "points"),
    [
        pytest.param(
            "minute",
            [("2026-06-17 12:28", 1, 1, 6.0), ("2026-06-17 12:29", 2, 1, 15.0)],
            id="each minute of the last hour",
        ),
        pytest.param(
            "hour", [("2026-06-17 11", 1, 0, 4.0), ("2026-06-17 12", 3, 2, 12.0)], id="each hour of the last day"
        ),
        pytest.param("day", [("2026-06-16", 1, 1, 1.0), ("2026-06-17", 4, 2, 10.0)], id="each day of the last thirty"),
    ],
)
def test_a_chart(site: frappe_lite.Site, step: str, points: list[Any]) -> None:
    found = ApiClient(site)(f"{CHART}?step={step}").json["message"]
    assert [tuple(each.values()) for each in found] == points


@pytest.mark.parametrize(
    ("query", "user", "status"),
    [("?step=week", "Administrator", 400), ("", None, 403)],
    ids=["no such step", "not for a guest"],
)
def test_what_is_refused(site: frappe_lite.Site, query: str, user: str | None, status: int) -> None:
    assert ApiClient(site, user)(CHART + query).status_code == status


def test_a_plain_user_learns_nothing(site: frappe_lite.Site, new_user: Any) -> None:
    assert new_user(site, "ann@example.com")(CHART).status_code == 403
