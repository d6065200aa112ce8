"""Many at the same moment, and clocks that step: one wins, the others are told, nothing dangles."""

from __future__ import annotations

import collections
import datetime
import functools
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from fault_tools import at_once, open_orders
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.throttle import Gate

ANN = "ann@example.com"
USER = "frappe.core.doctype.user.user"


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[ApiClient]:
    """The Administrator's client on a file."""
    site = open_orders(tmp_path / "a.db")
    yield ApiClient(site)
    site.close()


def clients(first: ApiClient, count: int) -> list[ApiClient]:
    """Clients with the same key, one for each thread."""
    made = [ApiClient(first.site, None) for _ in range(count)]
    for each in made:
        each.headers = first.headers
    return made


def statuses(answers: list[Any]) -> dict[int, int]:
    return dict(collections.Counter(each.status_code for each in answers))


# --- one counter, one row ---


def test_of_many_who_change_one_state_one_wins(orders: ApiClient) -> None:
    """F28: `modified` is compared inside the transaction: one 200, everybody else 417, no lost update."""
    state = orders("POST /api/resource/Order", {"points": 0}).json["data"]
    for _ in range(5):
        change = (
            f"PUT /api/resource/Order/{state['name']}",
            {"points": state["points"] + 1, "modified": state["modified"]},
        )
        answers = at_once(*[functools.partial(client, *change) for client in clients(orders, 8)])
        assert statuses(answers) == {200: 1, 417: 7}
        assert {each.json["exc_type"] for each in answers if each.status_code == 417} == {"TimestampMismatchError"}
        state = orders(f"GET /api/resource/Order/{state['name']}").json["data"]
    assert state["points"] == 5


@pytest.mark.parametrize("step", [0, -3600, -0.000001], ids=["stands still", "an hour back", "a microsecond back"])
def test_modified_grows_whatever_the_clock_does(
    orders: ApiClient, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """F29, F30: at least by a microsecond for each document, so that a stale write is always noticed."""
    clock = [datetime.datetime(2026, 1, 1, 12)]

    def stepping() -> datetime.datetime:
        clock[0] += datetime.timedelta(seconds=step)
        return clock[0]

    monkeypatch.setattr("frappe_lite.document.loading.now_datetime", stepping)
    name = orders("POST /api/resource/Order", {}).json["data"]["name"]
    seen = [
        orders(f"PUT /api/resource/Order/{name}", {"points": number}).json["data"]["modified"] for number in range(1, 6)
    ]
    assert seen == sorted(set(seen))
    stale = orders(f"PUT /api/resource/Order/{name}", {"points": 9, "modified": seen[-2]})
    assert (stale.status_code, stale.json["exc_type"]) == (417, "TimestampMismatchError")


@pytest.mark.parametrize("hours", [-1, 1])
def test_sessions_and_windows_outlive_a_step_of_the_clock(
    orders: ApiClient, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """F30: a session lasts, and who was locked out is not let in by it."""
    auth.first_password(orders.site, "Right-1-password")
    browser = ApiClient(orders.site, None)

    def log_in(usr: str, pwd: str) -> int:
        return browser("POST /api/method/login", {"usr": usr, "pwd": pwd}).status_code

    assert [log_in("nobody@example.com", "x") for _ in range(11)] == [401] * 10 + [429]
    assert log_in("Administrator", "Right-1-password") == 200
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + hours * 3600)
    assert browser("GET /api/method/frappe.auth.get_logged_user").json == {"message": "Administrator"}
    assert log_in("nobody@example.com", "x") == 429


# --- names ---


def test_of_twenty_with_the_same_name_one_is_kept(orders: ApiClient) -> None:
    """F31: one 201, nineteen 409, one row."""
    answers = at_once(
        *[functools.partial(client, "POST /api/resource/Named", {"name": "same"}) for client in clients(orders, 20)]
    )
    assert statuses(answers) == {201: 1, 409: 19}
    assert {each.json["exc_type"] for each in answers if each.status_code == 409} == {"DuplicateEntryError"}
    assert orders.site.database.row('SELECT count(*) FROM "tabNamed"') == (1,)


def test_twenty_get_twenty_numbers(orders: ApiClient) -> None:
    """F32: no number is given twice. test_crashes.py has it with kill -9."""
    answers = at_once(*[functools.partial(client, "POST /api/resource/Order", {}) for client in clients(orders, 20)])
    assert sorted(each.json["data"]["name"] for each in answers) == [f"ORDER-{number:05}" for number in range(1, 21)]


# --- what may be used once ---


def test_of_twenty_with_one_reset_key_one_sets_the_password(orders: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """F33: one 200, nineteen 410, and the password is the winner's. Codes and refresh tokens: tests/test_oauth.py."""
    orders.site.hashing = Gate(20, waiting=0, seconds=2.0)  # nobody is told to come again later
    links: list[str] = []
    orders.site.on_reset_link = lambda _user, link: links.append(link)
    with orders.site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann"}).insert()
    orders(f"POST /api/method/{USER}.reset_password", {"user": ANN})
    key = links[0].partition("key=")[2]
    guests = [ApiClient(orders.site, None) for _ in range(20)]

    def redeem(number: int) -> Any:
        return guests[number](
            f"POST /api/method/{USER}.update_password", {"key": key, "new_password": f"Number-{number}-password"}
        )

    answers = at_once(*[functools.partial(redeem, number) for number in range(20)])
    assert statuses(answers) == {200: 1, 410: 19}
    winner = [each.status_code for each in answers].index(200)
    assert guests[0]("POST /api/method/login", {"usr": ANN, "pwd": f"Number-{winner}-password"}).status_code == 200


def test_of_twenty_with_one_idempotency_key_one_works(orders: ApiClient) -> None:
    """F33: a POST that is sent many times at once does its work once."""
    headers = {"Idempotency-Key": "only-once"}
    send = [
        functools.partial(client, "POST /api/v2/document/Order", {"title": "x"}, headers=headers)
        for client in clients(orders, 20)
    ]
    assert set(statuses(at_once(*send))) <= {200, 201, 409}
    assert orders.site.database.row('SELECT count(*) FROM "tabOrder"') == (1,)


# --- a parent goes while something is hung on it ---


def test_a_parent_is_deleted_while_rows_and_files_are_added(orders: ApiClient) -> None:
    """F34: whoever comes first, no row is left without its parent, and no File hangs on a document that is gone."""
    for _ in range(6):
        name = orders("POST /api/resource/Order", {"rows": [{"number": 1}]}).json["data"]["name"]
        one, two, three = clients(orders, 3)
        form = {"doctype": "Order", "docname": name, "file": (io.BytesIO(name.encode()), "a.txt")}
        answers = at_once(
            lambda one=one, name=name: one(f"DELETE /api/resource/Order/{name}"),
            lambda two=two, name=name: two(f"PUT /api/resource/Order/{name}", {"rows": [{"number": 1}, {"number": 2}]}),
            lambda three=three, form=form: three("POST /api/method/upload_file", data=form),
        )
        assert all(each.status_code < 500 for each in answers)
    gone = orders.site.database.rows('SELECT parent FROM "tabRow" WHERE parent NOT IN (SELECT name FROM "tabOrder")')
    assert (
        gone == []
    )  # a File may name a document that is not there: forms attach files before they are stored, as in Frappe


# --- rights that end ---


@pytest.mark.parametrize("where", ["here", "in another process"])
@pytest.mark.parametrize("how", ["the role is removed", "the user is disabled", "the permission is removed"])
def test_rights_end_at_the_next_request(tmp_path: Path, where: str, how: str) -> None:
    """F35: sessions and keys that are open know of it at once, in each process."""
    site = frappe_lite.Site(str(tmp_path / "a.db"))
    site.load(CONFORMANCE_APP)
    with site.acting() as ctx:
        document.new(
            ctx, {"doctype": "User", "email": ANN, "first_name": "Ann", "roles": [{"role": "Task User"}]}
        ).insert()
    admin, ann = ApiClient(site), ApiClient(site, ANN)
    other = frappe_lite.Site(str(tmp_path / "a.db"))
    other.load(CONFORMANCE_APP)
    if where == "in another process":
        there = ApiClient(other, None)
        there.headers, ann = ann.headers, there
    assert ann("GET /api/resource/Task").status_code == 200
    if how == "the permission is removed":
        permissions = [
            each
            for each in admin("GET /api/resource/DocType/Task").json["data"]["permissions"]
            if each["role"] not in ("Task User", "All")
        ]
        assert admin("PUT /api/resource/DocType/Task", {"permissions": permissions}).status_code == 200
    else:
        assert (
            admin(
                f"PUT /api/resource/User/{ANN}", {"roles": []} if how == "the role is removed" else {"enabled": 0}
            ).status_code
            == 200
        )
    assert ann("GET /api/resource/Task").status_code == (401 if how == "the user is disabled" else 403)
    other.close()
    site.close()
