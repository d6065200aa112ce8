"""Faults that a client must live with, and the ways in which clients ask a test's site: requests, httpx, HTTP."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from frappeclient import FrappeClient
from werkzeug.exceptions import HTTPException

from conftest import CONFORMANCE_APP
from frappe_lite import errors
from frappe_lite.parts.testing import TestSite
from frappe_lite.parts.testing.server import Server

TASKS = "/api/resource/Task"
TASK = {"doctype": "Task", "subject": "x"}


@pytest.fixture
def session(double: TestSite) -> Iterator[requests.Session]:
    with double.requests_session() as made:
        yield made


@pytest.fixture
def server(double: TestSite) -> Iterator[Server]:
    with Server(double) as running:
        yield running


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "path", "status", "content_type", "contains"),
    [
        (503, TASKS, 503, "application/json", '"exc_type":"DatabaseBusyError"'),
        (429, TASKS, 429, "application/json", '"exc_type":"TooManyRequestsError"'),
        (401, TASKS, 401, "application/json", '"exc_type":"AuthenticationError"'),
        (409, TASKS, 409, "application/json", '"exc_type":"DuplicateEntryError"'),
        (errors.TimestampMismatchError, TASKS, 417, "application/json", '"exc_type":"TimestampMismatchError"'),
        (503, "/api/v2/document/Task", 503, "application/json", '"errors":[{"type":"DatabaseBusyError"'),
        (502, TASKS, 502, "text/html; charset=utf-8", "<h1>Bad Gateway</h1>"),
        (502, "/api/v2/document/Task", 502, "text/html; charset=utf-8", "<h1>Bad Gateway</h1>"),
        (503, "/a/page", 503, "application/json", "DatabaseBusyError"),
    ],
)
def test_a_refusal_looks_like_the_servers_or_a_proxys(
    double: TestSite, given: Any, path: str, status: int, content_type: str, contains: str
) -> None:
    double.fail_next(given)
    response = double.client().get(path)
    assert (response.status_code, response.content_type) == (status, content_type)
    assert contains in response.get_data(as_text=True)
    assert double.client().get(TASKS).status_code == 200, "only one was to fail"


@pytest.mark.parametrize("status", [200, 302, 42, 999])
def test_a_status_that_is_no_failure_is_refused(double: TestSite, status: int) -> None:
    with pytest.raises(ValueError, match=f"{status} is no status of a failure"):
        double.fail_next(status)


def test_a_refusal_with_a_body_and_a_time_to_wait(double: TestSite) -> None:
    double.fail_next(503, body="<p>back soon</p>", retry_after=30)
    response = double.client().get(TASKS)
    assert (response.text, response.headers["Retry-After"]) == ("<p>back soon</p>", "30")


def test_retry_after_stands_once(double: TestSite) -> None:
    double.fail_next(503, retry_after=30)
    assert double.client().get(TASKS).headers.getlist("Retry-After") == ["30"]


def test_a_refused_request_did_nothing(double: TestSite) -> None:
    double.fail_next(503)
    with pytest.raises(errors.DatabaseBusyError):
        double.client().insert(TASK)
    assert double.client().get_list("Task") == []
    assert double.errors == [], "a refusal that was asked for is no fault of the app"


def test_a_proxys_page_is_an_http_exception_for_the_calls(double: TestSite) -> None:
    double.fail_next(502)
    with pytest.raises(HTTPException) as caught:
        double.client().get_list("Task")
    assert caught.value.code == 502


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ({"times": 2}, [503, 503, 200, 201]),
        ({"method": "post"}, [200, 200, 200, 503]),
        ({"path": TASKS}, [200, 503, 200, 201]),
        ({"path": "/api/resource/Tas", "times": 9}, [200, 200, 200, 201]),
        ({"path": "/api", "method": "POST"}, [200, 200, 200, 503]),
    ],
)
def test_a_fault_takes_the_requests_that_fit(double: TestSite, fault: dict[str, Any], statuses: list[int]) -> None:
    double.fail_next(503, **fault)
    client = double.client()
    asked = [
        client.get("/api/method/ping"),
        client.get(TASKS),
        client.get("/api/method/ping"),
        client.post(TASKS, json=TASK),
    ]
    assert [each.status_code for each in asked] == statuses


def test_faults_come_in_the_order_of_their_telling(double: TestSite) -> None:
    double.fail_next(503)
    double.fail_next(502)
    assert [double.client().get(TASKS).status_code for _ in range(3)] == [503, 502, 200]
    assert double.faults == [], "what was used up is gone"


# --- broken connections and late answers, by every way of asking -----------------------------------------


def by_client(double: TestSite) -> Any:
    return double.client().insert(TASK)


def by_requests(double: TestSite) -> Any:
    with double.requests_session() as session:
        return session.post(f"http://any.host{TASKS}", json=TASK, timeout=(1, 2)).json()


def by_httpx(double: TestSite) -> Any:
    with httpx.Client(
        transport=double.httpx_transport(), timeout=2, headers={"Authorization": double.token()}
    ) as client:
        return client.post(f"http://any.host{TASKS}", json=TASK).json()


def by_async_httpx(double: TestSite) -> Any:
    async def ask() -> Any:
        async with httpx.AsyncClient(
            transport=double.httpx_transport(), timeout=2, headers={"Authorization": double.token()}
        ) as client:
            return (await client.post(f"http://any.host{TASKS}", json=TASK)).json()

    return asyncio.run(ask())


def by_http(double: TestSite) -> Any:
    with Server(double) as server, requests.Session() as session:
        return session.post(
            f"{server.url}{TASKS}", json=TASK, headers={"Authorization": double.token()}, timeout=0.3
        ).json()


WAYS = [
    (by_client, ConnectionResetError, None),
    (by_requests, requests.ConnectionError, requests.ReadTimeout),
    (by_httpx, httpx.ReadError, httpx.ReadTimeout),
    (by_async_httpx, httpx.ReadError, httpx.ReadTimeout),
    (by_http, requests.ConnectionError, requests.ReadTimeout),
]


@pytest.mark.parametrize(("ask", "dropped", "_late"), WAYS)
@pytest.mark.parametrize(("after_work", "stored"), [(False, 0), (True, 1)])
def test_a_dropped_connection(
    double: TestSite, ask: Any, dropped: type[Exception], _late: Any, after_work: bool, stored: int
) -> None:
    double.drop_next(after_work=after_work, method="POST")
    with pytest.raises(dropped):
        ask(double)
    assert double.requests[-1].status == 0
    assert len(double.client().get_list("Task")) == stored


@pytest.mark.parametrize(("ask", "_dropped", "late"), [each for each in WAYS if each[2]])
def test_an_answer_that_is_too_late(double: TestSite, ask: Any, _dropped: Any, late: type[Exception]) -> None:
    double.delay_next(60, method="POST")
    with pytest.raises(late):
        ask(double)
    if ask is not by_http:  # the server's thread may not be through with it yet
        assert len(double.client().get_list("Task")) == 1, "the work was done, only too late"


@pytest.mark.parametrize(("ask", "_dropped", "_late"), WAYS)
def test_an_answer_without_a_fault(double: TestSite, ask: Any, _dropped: Any, _late: Any) -> None:
    ask(double)
    assert len(double.client().get_list("Task")) == 1


def test_a_patient_client_gets_a_late_answer(double: TestSite, session: requests.Session) -> None:
    double.delay_next(30, times=2)
    assert session.get(f"http://any.host{TASKS}", timeout=60).status_code == 200
    assert session.get(f"http://any.host{TASKS}").status_code == 200


def test_an_answer_over_http_waits_as_long_as_it_was_told(double: TestSite, server: Server) -> None:
    double.delay_next(0.05)
    assert requests.get(f"{server.url}/api/method/ping", timeout=10).elapsed.total_seconds() >= 0.05


# --- requests --------------------------------------------------------------------------------------------


def test_a_session_asks_whatever_the_host(session: requests.Session) -> None:
    made = session.post("https://erp.example.com:8443/api/resource/Task", json=TASK)
    assert (made.status_code, made.json()["data"]["subject"], made.headers["Content-Type"]) == (
        201,
        "x",
        "application/json",
    )
    assert made.url == "https://erp.example.com:8443/api/resource/Task"
    found = session.get("https://erp.example.com/api/resource/Task", params={"filters": '[["subject", "=", "ä"]]'})
    assert found.json() == {"data": []}


def test_a_session_keeps_cookies(double: TestSite) -> None:
    double.new_user("ann@example.com", password="a")
    with double.requests_session(None) as session:
        answer = session.post("http://any.host/api/method/login", data={"usr": "ann@example.com", "pwd": "a"})
        assert answer.cookies["user_id"] == "ann%40example.com"
        assert (
            session.get("http://any.host/api/method/frappe.auth.get_logged_user").json()["message"] == "ann@example.com"
        )
        assert session.get("http://other.host/api/method/frappe.auth.get_logged_user").status_code != 200


@pytest.mark.parametrize(
    "body", [b'{"subject": "x"}', '{"subject": "x"}', io.BytesIO(b'{"subject": "x"}'), iter([b'{"subject"', b': "x"}'])]
)
def test_a_body_of_any_kind(session: requests.Session, body: Any) -> None:
    sent = session.post(f"http://any.host{TASKS}", data=body, headers={"Content-Type": "application/json"})
    assert sent.json()["data"]["subject"] == "x"


def test_a_file_goes_up_and_down(double: TestSite, session: requests.Session) -> None:
    sent = session.post(
        "http://any.host/api/method/upload_file", files={"file": ("a.txt", b"content")}, data={"is_private": 1}
    )
    url = sent.json()["message"]["file_url"]
    with session.get(f"http://any.host{url}", stream=True) as answer:
        assert b"".join(answer.iter_content(3)) == b"content"


def test_a_head_has_no_body(session: requests.Session) -> None:
    answer = session.head("http://any.host/api/method/ping")
    assert (answer.status_code, answer.content) == (200, b"")


def test_frappe_client_without_a_port(double: TestSite) -> None:
    double.new_user("ann@example.com", "Task User", password="a")
    with double.intercept():
        client = FrappeClient("https://erp.example.com", "ann@example.com", "a")
        made = client.insert(TASK)
        assert client.get_doc("Task", made["name"])["owner"] == "ann@example.com"
        client.session.close()


def test_only_what_was_named_is_intercepted(double: TestSite, server: Server) -> None:
    with (
        TestSite() as other,
        other.intercept("https://erp.example.com/"),
        requests.Session() as session,
        httpx.Client() as client,
    ):
        for ask in (session.get, client.get):
            assert ask("https://erp.example.com/api/method/ping").status_code == 200
            assert (len(other.requests), len(double.requests)) == (1, 0)
            assert ask(f"{server.url}/api/method/ping").status_code == 200
            assert (len(other.requests), len(double.requests)) == (1, 1)
            other.requests.clear()
            double.requests.clear()


def test_httpx_that_awaits_is_intercepted(double: TestSite) -> None:
    async def ask() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get("https://erp.example.com/api/method/ping")).status_code

    with double.intercept():
        assert asyncio.run(ask()) == 200


def test_an_interception_ends(double: TestSite) -> None:
    before = requests.adapters.HTTPAdapter.send, httpx.HTTPTransport.handle_request
    with pytest.raises(RuntimeError), double.intercept():
        assert requests.adapters.HTTPAdapter.send is not before[0]
        raise RuntimeError
    assert (requests.adapters.HTTPAdapter.send, httpx.HTTPTransport.handle_request) == before


# --- over HTTP -------------------------------------------------------------------------------------------


def test_a_server_and_its_site_are_one(double: TestSite, server: Server) -> None:
    made = double.client().insert(TASK)
    found = requests.get(f"{server.url}{TASKS}/{made['name']}", headers={"Authorization": double.token()}, timeout=10)
    assert found.json()["data"]["subject"] == "x"
    assert double.url == server.url == str(server)


def test_a_server_sees_the_clock_and_what_was_restored(double: TestSite, server: Server) -> None:
    moment = double.snapshot()
    with requests.Session() as session, double.at("2026-01-01"):
        session.headers["Authorization"] = double.token()
        assert (
            session.post(f"{server.url}{TASKS}", json=TASK, timeout=10)
            .json()["data"]["creation"]
            .startswith("2026-01-01 00:00:00")
        )
        double.restore(moment)
        session.headers["Authorization"] = double.token()
        assert session.get(f"{server.url}{TASKS}", timeout=10).json() == {"data": []}


def test_a_server_answers_many_at_once(double: TestSite, server: Server) -> None:
    token, statuses = double.token(), []

    def create() -> None:
        with requests.Session() as session:
            statuses.extend(
                session.post(
                    f"{server.url}{TASKS}", json=TASK, headers={"Authorization": token}, timeout=10
                ).status_code
                for _ in range(5)
            )

    threads = [threading.Thread(target=create) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert statuses == [201] * 20
    assert len(double.client().get_list("Task", limit_page_length=0)) == 20


def test_a_server_that_ends_waits_for_no_delay(double: TestSite) -> None:
    threads = set(threading.enumerate())
    with Server(double) as server:
        double.delay_next(600)
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{server.url}/api/method/ping", timeout=0.05)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/api/method/ping", timeout=1)
    assert not [each for each in set(threading.enumerate()) - threads if each.name == "frappe_lite-test-server"]


def test_a_port_is_of_the_loopback_only(server: Server) -> None:
    assert server._server.getsockname()[0] == "127.0.0.1"


def test_nothing_here_needs_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with TestSite([CONFORMANCE_APP]) as site, Server(site):
        site.client().insert(TASK)
    assert list(tmp_path.iterdir()) == []
