"""The Activity Log: who came in and went out, and where somebody failed, at each door for signing in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.access import activity, sessions
from frappe_lite.errors import DatabaseBusyError

ANN, PASSWORD = "ann@x.org", "correct horse 7"


@pytest.fixture(scope="module")
def whole() -> Iterator[AppSite]:
    made = AppSite()
    with made.acting() as ctx:
        for email, enabled in ((ANN, 1), ("gone@x.org", 0)):
            values = {"doctype": "User", "email": email, "first_name": "Ann", "new_password": PASSWORD}
            document.new(ctx, {**values, "enabled": enabled}).insert()
    yield made
    made.close()


@pytest.fixture
def site(whole: AppSite) -> AppSite:
    """The module's site, with an empty log and no failures remembered."""
    with whole.acting() as ctx:
        ctx.store.database.execute('DELETE FROM "tabActivity Log"')
        whole.login_tracker = type(whole.login_tracker)()
    return whole


def logged(site: AppSite) -> list[tuple[Any, ...]]:
    columns = "operation, status, user, full_name, subject, owner"
    rows = site.database.rows(f'SELECT {columns} FROM "tabActivity Log" ORDER BY creation, subject')
    return [tuple(row) for row in rows]


LOGIN, PAGE = "/api/method/login", "/login"
IN = ("Login", "Success", ANN, "Ann", "Ann logged in", "Guest")
OUT = ("Logout", "Success", ANN, "Ann", "Ann logged out: <strong>User Manually Logged Out</strong>", ANN)
WRONG = ("Login", "Failed", ANN, "Ann", "Invalid login credentials", "Guest")


@pytest.mark.parametrize("path", [LOGIN, PAGE])
@pytest.mark.parametrize(
    ("usr", "pwd", "rows"),
    [
        pytest.param(ANN, PASSWORD, [IN], id="comes in"),
        pytest.param(ANN.upper(), PASSWORD, [IN], id="under the name, however it is spelled"),
        pytest.param(ANN, "wrong", [WRONG], id="a wrong password"),
        pytest.param("nobody@x.org", "wrong", [], id="nobody's name is nobody's failure"),
        pytest.param(
            "gone@x.org",
            PASSWORD,
            [("Login", "Failed", "gone@x.org", "Ann", "User disabled or missing", "Guest")],
            id="a disabled user",
        ),
    ],
)
def test_signing_in(site: AppSite, path: str, usr: str, pwd: str, rows: list[Any]) -> None:
    ApiClient(site, None)(f"POST {path}", data={"usr": usr, "pwd": pwd})
    assert logged(site) == rows


def test_going_out(site: AppSite) -> None:
    client = ApiClient(site, None)
    client(f"POST {LOGIN}", data={"usr": ANN, "pwd": PASSWORD})
    for _ in range(2):  # who is out goes out no more
        client("POST /api/method/logout")
    assert sorted(logged(site)) == sorted([IN, OUT])


def test_where_from_is_kept(site: AppSite) -> None:
    ApiClient(site, None)(f"POST {LOGIN}", data={"usr": ANN, "pwd": "wrong"})
    assert site.database.rows('SELECT ip_address FROM "tabActivity Log"') == [("127.0.0.1",)]


def test_a_login_that_is_undone_is_none(site: AppSite) -> None:
    with site.acting() as ctx:
        sessions.begin(ctx, ANN)
        ctx.rollback()
    assert logged(site) == []


def test_who_fails_is_refused_if_it_cannot_be_written_down(site: AppSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: object, **_options: object) -> None:
        raise DatabaseBusyError

    monkeypatch.setattr(activity, "remember", busy)
    answer = ApiClient(site, None)(f"POST {LOGIN}", data={"usr": ANN, "pwd": "wrong"})
    assert (answer.status_code, logged(site)) == (401, [])


@pytest.mark.parametrize(("user", "status"), [("Administrator", 200), (ANN, 403), (None, 403)])
def test_the_log_is_for_system_managers(site: AppSite, user: str | None, status: int) -> None:
    assert ApiClient(site, user)("GET /api/resource/Activity Log").status_code == status
