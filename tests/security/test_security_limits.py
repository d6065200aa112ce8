"""Limits: requests by user, address and route.

Functions of an app; hashes at the same time; counting that stays small.
"""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import ApiClient
from frappe_lite import document, throttle
from frappe_lite.access import auth
from frappe_lite.errors import RateLimitExceededError, TooManyRequestsError, ValidationError
from frappe_lite.face import rate_limiter
from frappe_lite.parts import limits
from frappe_lite.throttle import Attempts, Gate, Windows, network_of
from frappe_lite.whitelist import describe

PING, USER = "GET /api/method/ping", "GET /api/method/frappe.auth.get_logged_user"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    made = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(throttle, "time", types.SimpleNamespace(monotonic=lambda: made.now))
    return made


@pytest.fixture
def shop(app_site: frappe_lite.Site, clock: types.SimpleNamespace) -> frappe_lite.Site:
    return app_site


def set_limits(site: frappe_lite.Site, **settings: Any) -> None:
    with site.acting() as ctx:
        doc = document.load(ctx, "System Settings", "System Settings")
        doc.update(settings)
        doc.save()


def shown(answer: TestResponse) -> list[str | None]:
    return [answer.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset")]


# --- by setting ---


def test_by_default_there_is_none(shop: frappe_lite.Site) -> None:
    client = ApiClient(shop)
    for _ in range(20):
        assert shown(client(PING)) == [None] * 3
    assert shop.windows._counts == {}


def test_a_user_has_so_many_requests_in_a_window(shop: frappe_lite.Site, clock: types.SimpleNamespace) -> None:
    client = ApiClient(shop)
    set_limits(shop, rate_limit_requests=3, rate_limit_seconds=10)
    assert [shown(client(PING)) for _ in range(3)] == [["3", "2", "11"], ["3", "1", "11"], ["3", "0", "11"]]
    clock.now += 4
    refused = client(PING)
    assert (refused.status_code, refused.get_json()["exc_type"], refused.headers["Retry-After"]) == (
        429,
        "TooManyRequestsError",
        "7",
    )
    assert shown(refused) == ["3", "0", "7"]
    assert ApiClient(shop, None)(PING).status_code == 200, "somebody else goes on"
    clock.now += 6
    assert client(PING).status_code == 200


@pytest.mark.parametrize("version", ["", "v1/", "v2/"])
def test_a_refusal_has_the_envelope_of_its_version(shop: frappe_lite.Site, version: str) -> None:
    client = ApiClient(shop)
    set_limits(shop, rate_limit_requests=1)
    answers = [client(f"GET /api/{version}method/ping") for _ in range(2)]
    body = answers[1].get_json()
    assert answers[1].status_code == 429
    assert (body["errors"][0]["type"] if version == "v2/" else body["exc_type"]) == "TooManyRequestsError"


def test_a_guest_counts_by_address(shop: frappe_lite.Site) -> None:
    set_limits(shop, rate_limit_requests=2)
    client = ApiClient(shop, None)
    answers = [
        client(PING, environ_overrides={"REMOTE_ADDR": address}).status_code
        for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.1")
    ]
    assert answers == [200, 200, 200, 429]


def test_an_address_counts_whoever_asks_and_whatever(shop: frappe_lite.Site) -> None:
    """Also what is refused, for wrong credentials too, and what is no API."""
    set_limits(shop, rate_limit_per_address=4)
    wrong = {"Authorization": "token no:body"}
    requests: list[tuple[str, dict[str, str] | None]] = [
        ("GET /api/method/ping", wrong),
        ("GET /nothing", None),
        ("GET /login", None),
        ("GET /api/resource/User", None),
        (PING, None),
    ]
    client = ApiClient(shop, None)
    statuses = [
        client(request, headers=headers, environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code
        for request, headers in requests
    ]
    assert statuses == [401, 404, 200, 403, 429]


def test_of_several_limits_the_nearest_is_told(shop: frappe_lite.Site) -> None:
    client = ApiClient(shop)
    set_limits(shop, rate_limit_requests=10, rate_limit_per_address=100, rate_limit_routes=f"GET {PING[4:]} 2 60")
    assert [shown(client(PING))[:2], shown(client(USER))[:2]] == [["2", "1"], ["10", "8"]]
    headers = client(PING).headers
    assert [headers.getlist(f"X-RateLimit-{name}") for name in ("Limit", "Remaining")] == [["2"], ["0"]]


@pytest.mark.parametrize(
    ("line", "request_", "counts"),
    [
        ("GET /api/method/ping 1", "GET /api/method/ping", True),
        ("GET /api/method/ping 1", "GET /api/v1/method/ping", True),
        ("GET /api/method/ping 1", "GET /api/v2/method/ping", True),
        ("GET /api/method/ping 1", "GET /api/method/ping/", True),
        ("GET /api/method/ping 1", "GET /?cmd=ping", True),
        ("GET /api/method/ping 1", "GET /api/method/version", False),
        ("GET /api/method/ping 1", "POST /api/method/ping", False),
        ("* /api/method/ping 1", "POST /api/method/ping", True),
        ("GET /api/v2/method/ping 1", "GET /api/method/ping", True),
        ("GET /api/resource/Task 1", "GET /api/resource/Task", True),
        ("GET /api/resource/Task 1", "GET /api/resource/task", True),
        ("GET /api/resource/Task 1", "GET /api/v2/document/Task", True),
        ("GET /api/v2/document/Task 1", "GET /api/resource/Task", True),
        ("GET /api/resource/Task 1", "GET /api/resource/Task/x", False),
        ("GET /api/resource/Task* 1", "GET /api/resource/Task/x", True),
        ("GET /api/resource/Private Note 1", "GET /api/resource/Private%20Note", True),
        (
            "POST /api/method/frappe.core.doctype.user.user.generate_keys 1",
            "POST /api/v2/method/User/generate_keys",
            True,
        ),
        ("* /api/* 1", "GET /api/resource/Nothing", True),
        ("* /api/* 1", "GET /login", False),
        ("* /login 1", "GET /login", True),
        ("* /api/method/x 1", "GET /api/v2/method/Nothing/x", False),
    ],
)
def test_a_route_counts_however_it_is_spelled(shop: frappe_lite.Site, line: str, request_: str, counts: bool) -> None:
    client = ApiClient(shop)
    set_limits(shop, rate_limit_routes=f"\n  {line}\n\n* /nowhere 1 1")
    statuses = [client(request_).status_code for _ in range(2)]
    assert statuses[0] != 429 and (statuses[1] == 429) is counts


def test_a_route_is_counted_for_each_caller(shop: frappe_lite.Site, new_user: Any) -> None:
    ann = new_user(shop, "ann@example.com")
    admin = ApiClient(shop)
    set_limits(shop, rate_limit_routes="GET /api/method/ping 1")
    assert [client(PING).status_code for client in (admin, ann, admin, ann)] == [200, 200, 429, 429]


@pytest.mark.parametrize(
    "line",
    [
        "/api/method/ping 1",
        "GET ping 1",
        "GET /api/method/ping",
        "GET /api/method/ping many",
        "TEAR /x 1",
        "GET /x 0",
        "GET /x 1 0",
        "nonsense",
    ],
)
def test_a_line_that_means_nothing_is_refused_when_it_is_saved(shop: frappe_lite.Site, line: str) -> None:
    answer = ApiClient(shop)("PUT /api/resource/System Settings/System Settings", {"rate_limit_routes": line})
    assert answer.status_code == 417 and "such as POST /api/method/shop.api.order 10 60" in answer.text
    with pytest.raises(ValidationError):
        limits.read_routes(line, 60)


def test_all_off_costs_a_look_into_the_caches(shop: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ApiClient(shop)
    client(PING)
    monkeypatch.setattr(limits, "_read", lambda ctx: pytest.fail("read again"))
    client(PING)


# --- functions of an app ---


@pytest.fixture
def called(shop: frappe_lite.Site) -> Iterator[Any]:
    """Registers a function of the app under a name; the decorated function is what stands below it."""
    names = []

    def register(**options: Any) -> str:
        @rate_limiter.rate_limit(**options)
        def subscribe(email: str = "", count: int = 0) -> str:
            return f"{email}{count + 1}"

        name = f"conformance.api.limited{len(names)}"
        shop.methods[name] = describe(subscribe, allow_guest=True)
        names.append(name)
        return f"/api/method/{name}"

    yield register
    for name in names:
        del shop.methods[name]


def send(site: frappe_lite.Site, path: str, address: str = "10.0.0.1", verb: str = "POST", **body: Any) -> int:
    return ApiClient(site, None)(
        f"{verb} {path}", body if verb == "POST" else None, environ_overrides={"REMOTE_ADDR": address}
    ).status_code


def test_a_function_is_called_so_often_from_one_address(
    shop: frappe_lite.Site, called: Any, clock: types.SimpleNamespace
) -> None:
    path = called(limit=2, seconds=60)
    assert [send(shop, path) for _ in range(3)] == [200, 200, 429]
    assert send(shop, path, "10.0.0.2") == 200
    clock.now += 61
    assert send(shop, path) == 200


def test_the_refusal_says_when_to_come_again(shop: frappe_lite.Site, called: Any) -> None:
    path = called(limit=0, seconds=60)
    answer = ApiClient(shop, None)(f"POST {path}", {}, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert (answer.status_code, answer.get_json()["exc_type"], answer.headers["Retry-After"]) == (
        429,
        "RateLimitExceededError",
        "61",
    )
    assert rate_limiter.TEXT in answer.text


@pytest.mark.parametrize(
    ("options", "sent", "statuses"),
    [
        pytest.param(
            {"key": "email"},
            [("10.0.0.1", "a"), ("10.0.0.1", "b"), ("10.0.0.1", "a"), ("10.0.0.2", "a")],
            [200, 200, 429, 200],
            id="by address and value",
        ),
        pytest.param(
            {"key": "email", "ip_based": False},
            [("10.0.0.1", "a"), ("10.0.0.2", "a"), ("10.0.0.1", "b")],
            [200, 429, 200],
            id="by value only",
        ),
        pytest.param({"limit": lambda: 2}, [("10.0.0.1", "a")] * 3, [200, 200, 429], id="a limit that is a function"),
        pytest.param({"methods": ["GET"]}, [("10.0.0.1", "a")] * 3, [200] * 3, id="of other verbs only"),
        pytest.param({"ip_based": False}, [("10.0.0.1", "a")], [417], id="by nothing"),
    ],
)
def test_what_is_counted(
    shop: frappe_lite.Site, called: Any, options: dict[str, Any], sent: list[tuple[str, str]], statuses: list[int]
) -> None:
    path = called(**{"limit": 1, **options})
    assert [send(shop, path, address, email=email) for address, email in sent] == statuses


def test_functions_are_counted_apart_and_keep_their_signature(shop: frappe_lite.Site, called: Any) -> None:
    path = called(limit=1)
    assert send(shop, path, count="x") == 417, "the type of an argument is checked before"
    assert [send(shop, path, count="2"), send(shop, path, count="2")] == [200, 429]


def test_outside_a_request_nothing_is_counted(shop: frappe_lite.Site) -> None:
    limited = rate_limiter.rate_limit(limit=0)(lambda: "done")
    assert limited() == "done"
    with shop.acting():
        assert limited() == "done"


def test_app_code_finds_it_under_frappes_name(shop: frappe_lite.Site) -> None:
    namespace: dict[str, Any] = {}
    exec("from frappe.rate_limiter import rate_limit\nfrom frappe import RateLimitExceededError", namespace)
    assert (
        namespace["rate_limit"] is rate_limiter.rate_limit
        and namespace["RateLimitExceededError"] is RateLimitExceededError
    )


# --- counting ---


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8::ffff:1", "2001:db8::/64"), ((
            "2001:db8:0:1::1"
        ), "2001:db8:0:1::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"), ("", ""), ("no:address", "no:address"),
    ],
)  # fmt: skip
def test_what_is_one_caller(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_window_begins_with_the_first_request(clock: types.SimpleNamespace) -> None:
    windows = Windows()
    counts = []
    for step in (0, 4, 5, 1, 10):
        clock.now += step
        counts.append(windows.count("x", 10))
    assert counts == [(1, 10.0), (2, 6.0), (3, 1.0), (1, 10.0), (1, 10.0)]


@pytest.mark.parametrize("counter", ["attempts", "windows"])
def test_made_up_callers_do_not_fill_the_memory(
    clock: types.SimpleNamespace, monkeypatch: pytest.MonkeyPatch, counter: str
) -> None:
    monkeypatch.setattr(throttle, "MOST_KEYS", 50)
    attempts, windows = Attempts(), Windows()
    for number in range(500):
        clock.now += 0.001
        for key in (f"u{number}", "often"):
            attempts.failed([key], 60)
            windows.count(key, 60)
            attempts.remember(key)
    assert len(attempts._failures) <= 52 and len(windows._counts) <= 52 and len(attempts.familiar) <= 52
    with pytest.raises(TooManyRequestsError):
        attempts.require_allowed(["often"], 400)
    assert windows.count("often", 60)[0] == 501


# --- hashes at the same time ---


def test_a_gate_lets_so_many_in_and_so_many_wait() -> None:
    gate, inside, leave = Gate(1, waiting=1, seconds=30), threading.Event(), threading.Event()
    done: list[str] = []

    def first() -> None:
        with gate.entered():
            inside.set()
            leave.wait(30)
        done.append("first")

    def second() -> None:
        with gate.entered():
            done.append("second")

    threads = [threading.Thread(target=each) for each in (first, second)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    deadline = time.monotonic() + 30
    while gate._queue._value and time.monotonic() < deadline:
        time.sleep(0.001)
    with pytest.raises(TooManyRequestsError) as raised, gate.entered():
        pass
    assert raised.value.headers == (("Retry-After", "31"),)
    leave.set()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == ["first", "second"]
    with gate.entered():
        pass


def test_whoever_waits_too_long_is_refused() -> None:
    gate = Gate(1, waiting=5, seconds=0.01)
    with gate.entered(), pytest.raises(TooManyRequestsError), gate.entered():
        pass
    with gate.entered():
        pass


def test_a_storm_of_logins_leaves_room_for_readers(shop: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes never take more threads than the gate has places, however many come; the others are told at once."""
    with shop.acting() as ctx:
        auth.set_password(ctx, "Administrator", "correct horse 7")
        document.set_values(
            ctx, ctx.meta("System Settings"), "System Settings", {"allow_consecutive_login_attempts": 1000}
        )
    hashing, release, statuses = threading.Semaphore(0), threading.Event(), []
    most: list[int] = []
    now_hashing = 0

    def slow(_hash: str, _password: str) -> bool:
        nonlocal now_hashing
        now_hashing += 1
        most.append(now_hashing)
        hashing.release()
        release.wait(30)
        now_hashing -= 1
        return False

    monkeypatch.setattr(auth, "check_password_hash", slow)
    shop.hashing = Gate(1, waiting=2, seconds=30)
    reader = ApiClient(shop)

    def log_in(number: int) -> None:
        statuses.append(ApiClient(shop, None)("POST /api/method/login", {"usr": f"u{number}", "pwd": "x"}).status_code)

    threads = [threading.Thread(target=log_in, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    assert hashing.acquire(timeout=30)
    assert reader(PING).status_code == reader("GET /api/resource/Task").status_code == 200
    deadline = time.monotonic() + 30
    while statuses.count(429) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert statuses == [429] * 5
    release.set()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [401] * 3 + [429] * 5 and max(most) == 1


def test_a_replayed_answer_tells_each_limit_once(shop: frappe_lite.Site) -> None:
    """What was told of limits and origins with the first answer is not stored with it."""
    set_limits(shop, rate_limit_requests=10, allow_cors="https://app.example")
    client = ApiClient(shop)
    headers = {"Idempotency-Key": "k1", "Origin": "https://app.example"}
    answers = [client("POST /api/resource/Task", {"subject": "x"}, headers=headers) for _ in range(2)]
    assert answers[1].headers["Idempotency-Replayed"] == "true" and answers[0].get_json() == answers[1].get_json()
    for name in ("X-RateLimit-Remaining", "Access-Control-Allow-Origin"):
        assert [len(each.headers.getlist(name)) for each in answers] == [1, 1], name
    assert [each.headers["X-RateLimit-Remaining"] for each in answers] == ["9", "8"]
