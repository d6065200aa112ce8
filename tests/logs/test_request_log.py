"""API logging: what becomes an API Request Log, when, and that it fails no request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

import frappe_lite
from conftest import ApiClient, AppSite, basic
from frappe_lite import document
from frappe_lite.errors import DatabaseBusyError
from frappe_lite.logs import deferred
from frappe_lite.logs import requests as request_log


class Logged:
    """A site that logs, its one app, and clients of that app."""

    def __init__(self, path: str = ":memory:") -> None:
        self.site = AppSite(path)
        self.app = frappe_lite.App(self.site)
        self.log = self.app.request_log
        self.admin, self.guest = ApiClient(self.site, app=self.app), ApiClient(self.site, None, app=self.app)
        self.set(log_api_requests=1)

    def set(self, **settings: Any) -> None:
        with self.site.acting() as ctx:
            document.set_values(ctx, ctx.meta("System Settings"), "System Settings", settings)

    def entries(self, *columns: str) -> list[Any]:
        self.log.flush()
        return self.site.database.rows(
            f'SELECT {", ".join(columns) or "path"} FROM "tabAPI Request Log" ORDER BY creation, rowid'
        )


@pytest.fixture(scope="module")
def shared() -> Iterator[Logged]:
    made = Logged()
    yield made
    made.site.close()


@pytest.fixture
def logged(shared: Logged) -> Logged:
    """The shared site as it was at first: it logs, and its log is empty."""
    shared.set(log_api_requests=1, api_request_log_days=30)
    shared.log.flush()
    with shared.site.acting() as ctx:
        ctx.store.database.execute('DELETE FROM "tabAPI Request Log"')
    shared.log._cleaned = 0.0
    return shared


@pytest.mark.parametrize(
    ("who", "request_", "entry"),
    [
        pytest.param(
            "admin", "GET /api/resource/Task", ("GET", "/api/resource/Task", "Administrator", "200"), id="a list"
        ),
        pytest.param(
            "admin",
            "GET /api/resource/Task?limit=1",
            ("GET", "/api/resource/Task", "Administrator", "200"),
            id="without its query string",
        ),
        pytest.param(
            "admin",
            "GET /api/v2/document/Task/nope",
            ("GET", "/api/v2/document/Task/nope", "Administrator", "404"),
            id="what is not there",
        ),
        pytest.param("guest", "GET /api/resource/Task", ("GET", "/api/resource/Task", "Guest", "403"), id="a refusal"),
        pytest.param("guest", "POST /api/method/ping", ("POST", "/api/method/ping", "Guest", "200"), id="a method"),
        pytest.param(
            "admin",
            "GET /api/method/conformance.api.fail?kind=crash",
            ("GET", "/api/method/conformance.api.fail", "Administrator", "500"),
            id="a fault",
        ),
        pytest.param(
            "admin", "PUT /api/resource/Task", ("PUT", "/api/resource/Task", "Administrator", "405"), id="a wrong verb"
        ),
        pytest.param(
            "admin",
            "GET /api/resource/Task?x=%ff",
            ("GET", "/api/resource/Task", "Guest", "400"),
            id="what cannot be understood",
        ),
    ],
)
def test_a_request_becomes_an_entry(logged: Logged, who: str, request_: str, entry: tuple[str, ...]) -> None:
    getattr(logged, who)(request_)
    [found] = logged.entries("method", "path", "user", "CAST(status AS TEXT)")
    assert found == entry


def test_an_entry_tells_who_from_where_and_how_long(logged: Logged) -> None:
    logged.admin(
        "GET /api/method/ping", headers={"X-Request-Id": "abc-1"}, environ_overrides={"REMOTE_ADDR": "10.1.2.3"}
    )
    [(request_id, address, duration, owner, creation)] = logged.entries(
        "request_id", "remote_address", "duration", "owner", "creation"
    )
    assert (request_id, address, owner) == ("abc-1", "10.1.2.3", "Administrator")
    assert 0 < duration < 5000 and creation > "2020"


def test_no_secret_is_logged(logged: Logged) -> None:
    key, secret = logged.admin.headers["Authorization"].removeprefix("token ").split(":")
    logged.guest(
        "GET /api/method/ping?token=query-secret&sid=forged-sid", headers={"Authorization": basic(key, secret)}
    )
    logged.guest("POST /api/method/login", {"usr": "Administrator", "pwd": "password-secret"})
    text = str(logged.entries("*"))
    assert all(each not in text for each in (secret, "query-secret", "forged-sid", "password-secret"))


@pytest.mark.parametrize("path", ["/", "/nowhere", "/apiary", "/api"])
def test_paths_outside_the_api_are_not_logged(logged: Logged, path: str) -> None:
    logged.guest(f"GET {path}")
    assert logged.entries() == []


def test_nothing_is_logged_unless_set(logged: Logged) -> None:
    logged.set(log_api_requests=0)
    logged.admin("GET /api/method/ping")
    assert logged.entries() == []


def test_the_setting_is_one_of_system_settings(logged: Logged) -> None:
    assert logged.admin("GET /api/method/frappe.get_system_settings?key=log_api_requests").get_json() == {"message": 1}
    assert logged.admin("PUT /api/resource/System Settings/System Settings", {"log_api_requests": 0}).status_code == 200
    assert logged.admin("GET /api/method/frappe.get_system_settings?key=log_api_requests").get_json() == {"message": 0}


@pytest.mark.parametrize(
    "path",
    [
        "/api/resource/API Request Log",
        "/api/v2/document/API Request Log",
        "/api/method/frappe.client.get_list?doctype=API Request Log",
    ],
)
def test_who_reads_the_log_sees_all_of_it(logged: Logged, path: str) -> None:
    for _ in range(3):
        logged.admin("GET /api/method/ping")
    answer = logged.admin(f"GET {path}").get_json()
    assert len(answer.get("data") or answer.get("message")) == 3


def test_the_log_is_for_the_manager(logged: Logged, new_user: Any) -> None:
    user = new_user(logged.site, "u@x.org", "Task User")
    logged.admin("GET /api/method/ping")
    for client in (user, logged.guest):
        assert client("GET /api/resource/API Request Log").status_code == 403
        assert client("POST /api/resource/API Request Log", {"path": "/forged"}).status_code == 403


def test_entries_wait_and_are_written_together(logged: Logged) -> None:
    def stored() -> int:
        return int(logged.site.database.row('SELECT count(*) FROM "tabAPI Request Log"')[0])

    for _ in range(3):
        logged.guest("GET /api/method/ping")
    assert stored() == 0
    logged.log.flush()
    assert stored() == 3
    logged.log.flush()
    assert stored() == 3


def test_a_full_buffer_is_written_at_once(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "FLUSH_ENTRIES", 3)
    for _ in range(4):
        logged.guest("GET /api/method/ping")
    assert logged.site.database.row('SELECT count(*) FROM "tabAPI Request Log"') == (3,)


def test_closing_the_site_writes_what_waits(tmp_path: Any) -> None:
    path = str(tmp_path / "site.db")
    logged = Logged(path)
    logged.guest("GET /api/method/ping")
    logged.site.close()
    again = frappe_lite.Site(path)
    try:
        assert again.database.rows('SELECT path FROM "tabAPI Request Log"') == [("/api/method/ping",)]
    finally:
        again.close()


def test_what_is_answered_while_the_site_is_closed_is_lost_with_a_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The timer of a request that was under way goes off when there is no database any more; its thread fails not."""
    failed: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    monkeypatch.setattr(deferred, "FLUSH_SECONDS", 0.0)
    site = AppSite()
    log = frappe_lite.App(site).request_log
    ctx = site.new_context()
    site.close()
    with log._flushing:  # the timer waits until it is seen
        log.defer(ctx, {"path": "/api/method/ping"})
        timer = log._timer
    assert timer is not None
    timer.join()
    assert failed == []
    assert "1 entries of the request log were lost: The server is stopping" in caplog.text


def test_a_get_that_is_rolled_back_is_logged(logged: Logged) -> None:
    logged.admin("GET /api/method/conformance.api.insert_on_get")
    assert logged.entries() == [("/api/method/conformance.api.insert_on_get",)]
    assert logged.site.database.row('SELECT count(*) FROM "tabHash Doc"') == (0,)


def test_a_log_that_cannot_be_written_fails_no_request(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: Any) -> None:
        raise DatabaseBusyError("busy")

    monkeypatch.setattr(request_log, "FLUSH_ENTRIES", 1)
    monkeypatch.setattr(logged.site.database, "execute_many", busy)
    with caplog.at_level(logging.WARNING, "frappe_lite"):
        assert logged.guest("GET /api/method/ping").status_code == 200
    assert "request log" in caplog.text
    assert not logged.site.database.writing


@pytest.mark.parametrize(("days", "kept"), [(30, ["/new"]), (90, ["/old", "/new"])])
def test_old_entries_are_dropped(logged: Logged, days: int, kept: list[str]) -> None:
    logged.set(api_request_log_days=days)
    with logged.site.acting() as ctx:
        for path, creation in (("/old", "2001-01-01 00:00:00"), ("/new", "2999-01-01 00:00:00")):
            name = document.new(ctx, {"doctype": "API Request Log", "path": path}).insert().name
            moment = request_log._days_ago(60) if path == "/old" else creation
            ctx.store.database.execute('UPDATE "tabAPI Request Log" SET creation = ? WHERE name = ?', (moment, name))
    logged.guest("GET /api/method/ping")
    paths = {path for (path,) in logged.entries()} - {"/api/method/ping"}
    assert paths == set(kept)


@pytest.mark.parametrize("path", ["/api/resource/Task/" + "x" * 5000, "/api/resource/Task/日本", "/api/method/a%0Ab"])
def test_any_path_is_logged(logged: Logged, path: str) -> None:
    with Client(logged.app).open(path) as answer:
        assert answer.status_code < 500
    [(found,)] = logged.entries()
    assert found.startswith("/api/") and len(found) <= 140


def test_a_reader_waits_for_a_flush_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what was taken out of the buffer, and is not written yet, could not be found."""
    logged, begun, go = Logged(), threading.Event(), threading.Event()
    write = logged.log._write

    def slowly(entries: Any) -> None:
        begun.set()
        go.wait(10)
        write(entries)

    monkeypatch.setattr(logged.log, "_write", slowly)
    logged.admin("GET /api/method/ping")
    flusher = threading.Thread(target=logged.log.flush)
    flusher.start()
    begun.wait(10)
    threading.Timer(0.05, go.set).start()
    assert any(path == "/api/method/ping" for (path,) in logged.entries())
    flusher.join()
    logged.site.close()
