"""The Error Log of requests: which faults are kept, what of them, and that keeping them fails no request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document, errors
from frappe_lite.context import Context
from frappe_lite.errors import DatabaseBusyError
from frappe_lite.logs import deferred
from frappe_lite.logs import errors as error_log
from frappe_lite.whitelist import describe

RAISE = "/api/method/conformance.raising"
UNSEEN = "GET /api/method/frappe.core.doctype.log_settings.log_settings.has_unseen_error_log"
CLEAR = "POST /api/method/frappe.core.doctype.error_log.error_log.clear_error_logs"


class NoText(Exception):
    """An error that cannot even be told."""

    def __str__(self) -> str:
        raise LookupError


class Teapot(Exception):
    http_status_code = 418


class Gateway(Exception):
    http_status_code = 502


class NotYet(errors.UnsupportedError):
    """An app's own word for what it cannot do."""


class Faulty:
    """A site, its app, and a function of clients that raises what a test says."""

    def __init__(self, path: str = ":memory:") -> None:
        self.site = AppSite(path)
        self.app = frappe_lite.App(self.site)
        self.raised: BaseException | None = None
        self.site.methods["conformance.raising"] = describe(self.raising, allow_guest=True, takes_context=True)
        self.admin, self.guest = ApiClient(self.site, app=self.app), ApiClient(self.site, None, app=self.app)

    def raising(self, ctx: Context) -> None:
        document.new(ctx.trusted(), {"doctype": "Note", "title": "lost"}).insert()
        if self.raised is not None:
            raise self.raised

    def fails(self, error: BaseException | None, verb: str = "POST", who: str = "admin", **given: Any) -> Any:
        self.raised = error
        return getattr(self, who)(f"{verb} {RAISE}", **given)

    def stored(self, *columns: str) -> list[Any]:
        return self.site.database.rows(f'SELECT {", ".join(columns) or "method"} FROM "tabError Log" ORDER BY rowid')

    def entries(self, *columns: str) -> list[Any]:
        self.app.error_log.flush()
        return self.stored(*columns)


@pytest.fixture(scope="module")
def shared() -> Iterator[Faulty]:
    made = Faulty()
    yield made
    made.site.close()


@pytest.fixture
def faulty(shared: Faulty, monkeypatch: pytest.MonkeyPatch) -> Faulty:
    """The shared site with an empty log, which no timer writes."""
    shared.app.error_log.flush()
    with shared.site.acting() as ctx:
        for doctype in ("Error Log", "Note"):
            ctx.store.database.execute(f'DELETE FROM "tab{doctype}"')
    monkeypatch.setattr(deferred, "FLUSH_SECONDS", 3600)
    return shared


@pytest.mark.parametrize(
    ("error", "status", "kept"),
    [
        pytest.param(None, 200, [], id="no error"),
        pytest.param(ZeroDivisionError("division by zero"), 500, ["division by zero"], id="a fault"),
        pytest.param(KeyError("nope"), 500, ["'nope'"], id="a key"),
        pytest.param(RuntimeError(), 500, ["RuntimeError"], id="a fault that says nothing"),
        pytest.param(RuntimeError("one\ntwo"), 500, ["one"], id="the first of its lines"),
        pytest.param(RuntimeError("x" * 500), 500, ["x" * 140], id="a long line"),
        pytest.param(Gateway("far"), 502, ["far"], id="a status of its own"),
        pytest.param(Teapot("short"), 418, [], id="a status of the client's"),
        pytest.param(errors.FrappeError("odd"), 500, ["odd"], id="the root of all errors"),
        pytest.param(errors.ValidationError("no"), 417, [], id="a refusal"),
        pytest.param(errors.PermissionError("no"), 403, [], id="no permission"),
        pytest.param(errors.DoesNotExistError("no"), 404, [], id="not there"),
        pytest.param(errors.AuthenticationError("no"), 401, [], id="not signed in"),
        pytest.param(errors.CSRFTokenError("no"), 400, [], id="no token"),
        pytest.param(errors.TooManyRequestsError("no"), 429, [], id="too often"),
        pytest.param(errors.InReadOnlyMode("no"), 503, [], id="a site that takes no writes"),
        pytest.param(errors.DatabaseBusyError("busy"), 503, ["busy"], id="a busy database"),
        pytest.param(errors.QueryTimeoutError("slow"), 503, ["slow"], id="a slow query"),
        pytest.param(errors.StorageFullError("full"), 507, ["full"], id="a full disk"),
        pytest.param(errors.UnsupportedError("not here"), 501, [], id="what is not built"),
        pytest.param(NotYet("not yet"), 501, ["not yet"], id="an app's own word for that"),
    ],
)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_which_answers_leave_an_error_log(
    faulty: Faulty, error: BaseException | None, status: int, kept: list[str], verb: str
) -> None:
    assert faulty.fails(error, verb).status_code == status
    assert faulty.entries() == [(each,) for each in kept]


def test_an_entry_tells_who_which_request_and_where_in_the_code(faulty: Faulty) -> None:
    answer = faulty.fails(ZeroDivisionError("division by zero"), headers={"X-Request-Id": "abc-1"})
    assert answer.headers["X-Request-Id"] == "abc-1"
    [(owner, trace_id, seen, docstatus, error, creation)] = faulty.entries(
        "owner", "trace_id", "seen", "docstatus", "error", "creation"
    )
    assert (owner, trace_id, seen, docstatus) == ("Administrator", "abc-1", 0, 0) and creation > "2020"
    assert error.startswith("Traceback") and "in raising" in error and error.endswith("division by zero\n")


def test_what_a_guest_breaks_is_kept_as_a_guests(faulty: Faulty) -> None:
    assert faulty.fails(RuntimeError("x"), who="guest").status_code == 500
    assert faulty.entries("owner") == [("Guest",)]


def test_what_the_request_wrote_is_undone_and_its_fault_is_kept(faulty: Faulty) -> None:
    faulty.fails(RuntimeError("x"))
    assert faulty.entries() == [("x",)]
    assert faulty.site.database.row("SELECT count(*) FROM tabNote WHERE title = 'lost'") == (0,)


def test_a_request_that_is_run_again_leaves_one_entry(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(faulty.site.database), "attempts", 3)
    assert faulty.fails(errors.ConflictError("busy")).status_code == 503
    assert faulty.entries() == [("busy",)]


def test_no_secret_of_the_request_is_kept(faulty: Faulty) -> None:
    key, secret = faulty.admin.headers["Authorization"].removeprefix("token ").split(":")
    faulty.raised = RuntimeError("x")
    faulty.admin(f"POST {RAISE}?sid=forged-sid", {"pwd": "password-secret"})
    text = str(faulty.entries("*"))
    assert all(each not in text for each in (secret, "forged-sid", "password-secret")) and key


@pytest.mark.parametrize(
    "path",
    [
        "/api/resource/Error Log",
        "/api/v2/document/Error Log",
        "/api/method/frappe.client.get_list?doctype=Error Log",
    ],
)
def test_who_reads_the_log_sees_all_of_it(faulty: Faulty, path: str) -> None:
    for _ in range(3):
        faulty.fails(RuntimeError("x"))
    assert faulty.stored() == []
    other = ApiClient(faulty.site, None)  # another application on the same site
    answer = other(f"GET {path}", headers=faulty.admin.headers).get_json()
    assert len(answer.get("data") or answer.get("message")) == 3


def test_what_waits_is_unseen_and_is_cleared(faulty: Faulty) -> None:
    faulty.fails(RuntimeError("x"))
    assert faulty.admin(UNSEEN).get_json()["message"]["show_alert"] is True
    faulty.fails(RuntimeError("y"))
    assert faulty.admin(CLEAR).status_code == 200
    assert faulty.entries() == [] and "message" not in faulty.admin(UNSEEN).get_json()


def test_the_log_is_for_the_manager(faulty: Faulty, new_user: Any) -> None:
    user = new_user(faulty.site, "u@x.org", "Task User")
    faulty.fails(RuntimeError("x"))
    for client in (user, faulty.guest):
        assert client("GET /api/resource/Error Log").status_code == 403


def test_a_storm_of_faults_is_bounded_and_told(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(error_log, "MOST_ENTRIES", 2)
    for text in "abcd":
        assert faulty.fails(RuntimeError(text)).status_code == 500
    assert caplog.text.count("is not in the Error Log") == 2
    assert faulty.entries() == [("a",), ("b",)]
    faulty.fails(RuntimeError("e"))
    assert faulty.entries() == [("a",), ("b",), ("e",)]


def test_a_trace_is_kept_from_its_beginning_up_to_a_length(faulty: Faulty) -> None:
    faulty.fails(RuntimeError("x" * error_log.LONGEST_TRACE))
    [(error,)] = faulty.entries("error")
    assert len(error) == error_log.LONGEST_TRACE and error.startswith("Traceback")


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        pytest.param(NoText(), "<exception str() failed>", id="no text"),
        pytest.param(RuntimeError("a\ud800\0b"), "a\\ud800\\0b", id="no text that a database takes"),
    ],
)
def test_an_error_that_cannot_be_told_is_kept(faulty: Faulty, error: BaseException, kept: str) -> None:
    """Given to the log itself: one cannot be answered either, the other stands in no report of a test."""
    with faulty.site.acting() as ctx:
        faulty.app.error_log.add(ctx, 500, error)
    assert faulty.entries() == [(kept,)]


def test_a_log_that_cannot_be_written_fails_no_request(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: Any) -> None:
        raise DatabaseBusyError("busy")

    assert faulty.fails(RuntimeError("x")).status_code == 500
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "frappe_lite"):
        patch.setattr(faulty.site.database, "execute_many", busy)
        assert faulty.admin("GET /api/resource/Error Log").get_json() == {"data": []}
    assert "1 entries of the Error Log were lost: busy" in caplog.text
    assert not faulty.site.database.writing


def test_nothing_is_written_in_the_middle_of_somebodys_transaction(faulty: Faulty) -> None:
    faulty.fails(RuntimeError("x"))
    with faulty.site.database.transaction():
        faulty.app.error_log.flush()
        assert faulty.stored() == []
    assert faulty.entries() == [("x",)]


def test_closing_the_site_writes_what_waits(tmp_path: Any) -> None:
    path = str(tmp_path / "site.db")
    faulty = Faulty(path)
    faulty.fails(RuntimeError("x"))
    faulty.site.close()
    again = frappe_lite.Site(path)
    try:
        assert again.database.rows('SELECT method FROM "tabError Log"') == [("x",)]
    finally:
        again.close()


def test_what_code_logs_itself_names_its_request(faulty: Faulty) -> None:
    faulty.site.methods["conformance.logging"] = describe(lambda: frappe_lite.log_error("Told", "text").name)
    faulty.admin("POST /api/method/conformance.logging", headers={"X-Request-Id": "abc-2"})
    assert faulty.stored("method", "trace_id") == [("Told", "abc-2")]
    with faulty.site.acting():
        frappe_lite.log_error("Outside of requests", "text")
    assert faulty.stored("method", "trace_id")[1:] == [("Outside of requests", None)]
