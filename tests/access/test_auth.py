"""Who asks: credentials, sessions and their cookies, what is stored of a secret, throttling, CSRF."""

from __future__ import annotations

import base64
import datetime
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import ApiClient, AppSite, basic
from frappe_lite import document, throttle
from frappe_lite.access import auth, csrf, sessions
from frappe_lite.context import Context
from frappe_lite.errors import (
    AuthenticationError,
    CSRFTokenError,
    FrappeError,
    InvalidAuthorizationToken,
    TooManyRequestsError,
    ValidationError,
)
from frappe_lite.protocol import Anonymous, ApiKey, BearerToken, SessionCookie, parse_credentials

WHO = "GET /api/method/conformance.api.whoami"
ANN, PASSWORD = "ann@example.com", "correct horse 7"


def fill(ctx: Context) -> None:
    ann = {"email": ANN, "username": "ann", "first_name": "Ann", "last_name": "Ä", "roles": [{"role": "Task User"}]}
    for values in (ann, {"email": "web@example.com", "first_name": "Web"}):
        document.new(ctx, {"doctype": "User", **values, "new_password": PASSWORD}).insert()


class Door:
    """A site with Ann, who has a password, and browsers to come in with."""

    def __init__(self, path: str = ":memory:") -> None:
        self.site = AppSite(path, fill)

    def browser(self, user: str = "", password: str = PASSWORD) -> ApiClient:
        """A cookie jar of its own; signed in if a user is given."""
        made = ApiClient(self.site, None)
        if user:
            assert log_in(made, user, password).status_code == 200
        return made

    def set(self, **settings: Any) -> None:
        with self.site.acting() as ctx:
            document.set_values(ctx, ctx.meta("System Settings"), "System Settings", settings)

    def change_user(self, name: str, **values: Any) -> None:
        with self.site.acting() as ctx:
            doc = document.load(ctx, "User", name)
            doc.update(values)
            doc.save()


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.site.close()


@pytest.fixture(scope="module")
def still() -> Iterator[Door]:
    """For tests that change nothing but their own session."""
    made = Door()
    yield made
    made.site.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The time that sessions and locks see; a test moves it by `clock.now += 60`."""
    made = types.SimpleNamespace(now=time.time())
    for module in (sessions, throttle):
        monkeypatch.setattr(module, "time", types.SimpleNamespace(time=lambda: made.now, monotonic=lambda: made.now))
    return made


def log_in(client: ApiClient, user: Any = ANN, password: Any = PASSWORD, **options: Any) -> TestResponse:
    return client("POST /api/method/login", {"usr": user, "pwd": password}, **options)


def who(client: ApiClient, **headers: str) -> str:
    return str(client(WHO, headers=headers).get_json()["message"])


def sid_of(answer: TestResponse) -> str:
    return answer.headers.getlist("Set-Cookie")[0].partition("=")[2].partition(";")[0]


# --- the header ---


@pytest.mark.parametrize(
    ("header", "sid", "expected"),
    [
        pytest.param("", "", Anonymous(), id="nothing"),
        pytest.param("", "Guest", Anonymous(), id="the sid Guest is nobody's"),
        pytest.param("", "abc", SessionCookie("abc"), id="a cookie"),
        pytest.param("token k:s", "", ApiKey("k", "s"), id="token"),
        pytest.param("TOKEN k:s", "", ApiKey("k", "s"), id="a scheme in any case"),
        pytest.param("  token   k:s  ", "", ApiKey("k", "s"), id="white space"),
        pytest.param("token k:s", "abc", ApiKey("k", "s"), id="the header comes before the cookie"),
        pytest.param("token k:s:t", "", ApiKey("k", "s:t"), id="a colon in the secret"),
        pytest.param("Basic " + base64.b64encode(b"k:s").decode(), "", ApiKey("k", "s"), id="basic"),
        pytest.param("Basic " + base64.b64encode("k:ü".encode()).decode(), "", ApiKey("k", "ü"), id="basic in UTF-8"),
        pytest.param("Bearer t", "", BearerToken("t"), id="bearer"),
        pytest.param("token", "", Anonymous(), id="a scheme alone is nothing"),
        pytest.param("token ", "abc", SessionCookie("abc"), id="a scheme alone leaves the cookie"),
    ],
)
def test_credentials(header: str, sid: str, expected: Any) -> None:
    assert parse_credentials(header, sid) == expected


@pytest.mark.parametrize(
    ("header", "error"),
    [
        pytest.param("token nocolon", AuthenticationError, id="no colon"),
        pytest.param("token :s", AuthenticationError, id="no key"),
        pytest.param("token k:", AuthenticationError, id="no secret"),
        pytest.param("Digest x", AuthenticationError, id="an unknown scheme"),
        pytest.param("Basic !!", AuthenticationError, id="basic without a letter"),
        pytest.param("Basic YWI", InvalidAuthorizationToken, id="basic without its padding"),
        pytest.param("Basic caf\xe9", AuthenticationError, id="basic beyond ASCII"),
        pytest.param(
            "Basic " + base64.b64encode(b"\xff:\xff").decode(), AuthenticationError, id="basic that is no UTF-8"
        ),
        pytest.param("Basic " + base64.b64encode(b"nocolon").decode(), AuthenticationError, id="basic without a colon"),
    ],
)
def test_a_header_that_cannot_be_used_is_wrong_not_absent(header: str, error: type[FrappeError]) -> None:
    with pytest.raises(error) as raised:
        parse_credentials(header, "a-session")
    assert type(raised.value) is error


# --- API keys ---


@pytest.fixture(scope="module")
def keys(still: Door) -> tuple[str, str]:
    with still.site.acting() as ctx:
        return auth.generate_keys(ctx, ANN)


@pytest.mark.parametrize("form", ["token {}:{}", "Token {}:{}", "basic"])
def test_a_key_is_its_user(still: Door, keys: tuple[str, str], form: str) -> None:
    assert who(still.browser(), Authorization=basic(*keys) if form == "basic" else form.format(*keys)) == ANN


@pytest.mark.parametrize(
    "header",
    [
        "token {key}:wrong",
        "token wrong:{secret}",
        "token {secret}:{key}",
        "token {key}:{secret}x",
        "token {KEY}:{secret}",
        "token {key}:{SECRET}",
        "Bearer {secret}",
        "token {key}%:{secret}",
    ],
)
def test_a_wrong_key_is_401(still: Door, keys: tuple[str, str], header: str) -> None:
    key, secret = keys
    answer = still.browser()(
        WHO,
        headers={
            "Authorization": header.format(key=key, secret=secret, KEY=key.upper() + "X", SECRET=secret.upper() + "X")
        },
    )
    assert (answer.status_code, answer.get_json()["exc_type"]) == (401, "AuthenticationError")


@pytest.mark.parametrize(
    "header",
    [
        "token wrong:wrong",
        "token nocolon",
        "Basic !!!",
        "Bearer nope",
        "Digest x",
        basic("wrong", "wrong"),
        "token \xfc:\xfc",
    ],
)
def test_a_wrong_header_never_falls_back_to_the_cookie(still: Door, header: str) -> None:
    browser = still.browser(ANN)
    assert who(browser) == ANN
    assert browser(WHO, headers={"Authorization": header}).status_code == 401


def test_a_key_of_a_disabled_user_is_401(door: Door) -> None:
    client = ApiClient(door.site, ANN)
    assert who(client) == ANN
    door.change_user(ANN, enabled=0)
    assert client(WHO).status_code == 401


def test_a_new_secret_ends_the_old_one_and_keeps_the_key(door: Door) -> None:
    client = ApiClient(door.site, ANN)
    with door.site.acting() as ctx:
        key, secret = auth.generate_keys(ctx, ANN)
    assert key == client.headers["Authorization"].removeprefix("token ").partition(":")[0]
    assert client(WHO).status_code == 401
    assert who(client, Authorization=f"token {key}:{secret}") == ANN


def test_users_without_a_secret_have_no_key(door: Door) -> None:
    with door.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("User"), ANN, {"api_key": "made-up"})
    for secret in ("", "x", "None", "*" * 32):
        assert (
            door.browser()(
                WHO, headers={"Authorization": f"token made-up:{secret}" if secret else "token made-up: "}
            ).status_code
            == 401
        )


# --- signing in ---


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        pytest.param({"json": {"usr": ANN, "pwd": PASSWORD}}, "Logged In", id="JSON"),
        pytest.param({"data": {"usr": ANN, "pwd": PASSWORD}}, "Logged In", id="a form"),
        pytest.param({"data": {"cmd": "login", "usr": ANN, "pwd": PASSWORD}}, "Logged In", id="beside a command"),
        pytest.param({"json": {"usr": f" {ANN} ", "pwd": PASSWORD}}, "Logged In", id="space around the name"),
        pytest.param({"json": {"usr": "web@example.com", "pwd": PASSWORD}}, "No App", id="a website user has no desk"),
    ],
)
def test_signing_in(still: Door, options: dict[str, Any], answer: str) -> None:
    browser = still.browser()
    given = browser("POST /api/method/login", **options)
    assert (given.status_code, given.get_json()["message"]) == (200, answer)
    assert who(browser) != "Guest"


@pytest.mark.parametrize(
    ("usr", "pwd", "told"),
    [
        pytest.param(ANN, "wrong", "Invalid login credentials", id="a wrong password"),
        pytest.param(ANN, PASSWORD.upper(), "Invalid login credentials", id="a password in another case"),
        pytest.param(ANN, PASSWORD + "x", "Invalid login credentials", id="a password and more"),
        pytest.param(
            "nobody@example.com", PASSWORD, "Invalid login credentials", id="an unknown user is told the same"
        ),
        pytest.param("ann", PASSWORD, "Invalid login credentials", id="a user name, unless set so"),
        pytest.param("Guest", "Guest", "Invalid login credentials", id="Guest"),
        pytest.param("Administrator", "x", "Invalid login credentials", id="a user without a password"),
        pytest.param("%", PASSWORD, "Invalid login credentials", id="a pattern is no name"),
        pytest.param("", "", "Incomplete login details", id="nothing"),
        pytest.param(ANN, "", "Incomplete login details", id="no password"),
        pytest.param(ANN, None, "Incomplete login details", id="null"),
        pytest.param([ANN], PASSWORD, "Incomplete login details", id="a list"),
        pytest.param(ANN, {"like": "%"}, "Incomplete login details", id="an object"),
    ],
)
def test_refused_at_the_door(door: Door, usr: Any, pwd: Any, told: str) -> None:
    browser = door.browser()
    answer = log_in(browser, usr, pwd)
    assert (answer.status_code, answer.get_json()["exc_type"], answer.get_json()["message"]) == (
        401,
        "AuthenticationError",
        told,
    )
    assert "Set-Cookie" not in answer.headers and who(browser) == "Guest"


def test_a_disabled_user_is_told_so_by_the_right_password_only(door: Door) -> None:
    door.change_user(ANN, enabled=0)
    assert log_in(door.browser()).get_json()["message"] == "User disabled or missing"
    assert log_in(door.browser(), ANN, "wrong").get_json()["message"] == "Invalid login credentials"


def test_a_user_name_signs_in_where_set_so(door: Door) -> None:
    door.set(allow_login_using_user_name=1)
    assert log_in(door.browser(), "ann").status_code == 200


def test_v2_login_does_nothing(still: Door) -> None:
    """As in Frappe: sessions begin at /api/method/login."""
    browser = still.browser()
    answer = browser("POST /api/v2/method/login", {"usr": ANN, "pwd": PASSWORD})
    assert (answer.status_code, answer.get_json(), "Set-Cookie" in answer.headers) == (200, {}, False)


# --- cookies ---


def test_cookies_stand_in_frappes_order_with_their_values(still: Door) -> None:
    cookies = [cookie.partition(";")[0] for cookie in log_in(still.browser()).headers.getlist("Set-Cookie")]
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        "sid",
        "system_user",
        "full_name",
        "user_id",
        "user_image",
    ]
    assert cookies[1:] == ["system_user=yes", "full_name=Ann%20%C3%84", "user_id=ann%40example.com", "user_image="]


def test_only_sid_is_hidden_from_scripts(still: Door) -> None:
    cookies = log_in(still.browser()).headers.getlist("Set-Cookie")
    assert ["HttpOnly" in cookie for cookie in cookies] == [True, False, False, False, False]
    assert all("SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)


@pytest.mark.parametrize(("base_url", "secure"), [("http://localhost", False), ("https://localhost", True)])
def test_cookies_are_secure_over_https(still: Door, base_url: str, secure: bool) -> None:
    cookies = log_in(still.browser(), base_url=base_url).headers.getlist("Set-Cookie")
    assert ["Secure" in cookie for cookie in cookies] == [secure] * 5


def test_website_users_are_no_system_users(still: Door) -> None:
    assert log_in(still.browser(), "web@example.com").headers.getlist("Set-Cookie")[1].startswith("system_user=no;")


def test_each_sign_in_gives_a_new_sid(still: Door) -> None:
    browser = still.browser()
    browser.wsgi.set_cookie("sid", "planted")
    first, second = sid_of(log_in(browser)), sid_of(log_in(browser))
    assert len({first, second, "planted"}) == 3
    assert len(first) == 64


def test_signing_out_ends_the_session_and_the_cookies(still: Door) -> None:
    browser = still.browser()
    sid = sid_of(log_in(browser))
    answer = browser("GET /api/method/logout")
    assert (answer.status_code, answer.get_json()["message"]) == (200, "No App")
    assert all("1970" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert who(browser) == who(still.browser(), Cookie=f"sid={sid}") == "Guest"


def test_guest_signs_out_too(still: Door) -> None:
    assert still.browser()("POST /api/method/logout").get_json()["full_name"] == "Guest"


# --- sessions that end ---


def ended(client: ApiClient) -> bool:
    answer = client(WHO).get_json()
    assert answer["message"] in (ANN, "Guest")
    assert ("session_expired" in answer) is (answer["message"] == "Guest")
    return bool(answer["message"] == "Guest")


def test_a_forged_sid_is_guest_and_says_so(still: Door) -> None:
    browser = still.browser()
    browser.wsgi.set_cookie("sid", "forged")
    assert browser(WHO).get_json() == {"message": "Guest", "session_expired": 1}
    assert browser("GET /api/resource/Task").status_code == 403


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        pytest.param({"enabled": 0}, True, id="disabled"),
        pytest.param({"new_password": "another one 8", "logout_all_sessions": 1}, True, id="password changed"),
        pytest.param({"last_name": "B"}, False, id="another name"),
    ],
)
def test_a_changed_user(door: Door, values: dict[str, Any], ends: bool) -> None:
    browser = door.browser(ANN)
    door.change_user(ANN, **values)
    assert ended(browser) is ends


def test_a_deleted_users_session_ends(door: Door) -> None:
    browser = door.browser(ANN)
    assert ApiClient(door.site)(f"DELETE /api/resource/User/{ANN}").status_code == 202
    assert ended(browser)


def test_changing_the_own_password_keeps_this_session_only(door: Door) -> None:
    here, there = door.browser(ANN), door.browser(ANN)
    body = {"old_password": PASSWORD, "new_password": "another one 8"}
    assert here("POST /api/method/frappe.core.doctype.user.user.update_password", body).status_code == 200
    assert (ended(here), ended(there)) == (False, True)
    assert (log_in(door.browser()).status_code, log_in(door.browser(), ANN, "another one 8").status_code) == (401, 200)


@pytest.mark.parametrize(
    ("expiry", "seconds", "ends"),
    [
        ("170:00", 170 * 3600 - 1, False),
        ("170:00", 170 * 3600 + 1, True),
        ("00:30", 1801, True),
        ("00:30", 1799, False),
        ("", 170 * 3600 + 1, True),
    ],
)
def test_a_session_expires(door: Door, clock: types.SimpleNamespace, expiry: str, seconds: int, ends: bool) -> None:
    door.set(session_expiry=expiry)
    browser = door.browser(ANN)
    clock.now += seconds
    assert ended(browser) is ends


def test_use_prolongs_a_session(door: Door, clock: types.SimpleNamespace) -> None:
    door.set(session_expiry="01:00")
    browser = door.browser(ANN)
    for _ in range(3):
        clock.now += 3000
        assert not ended(browser)
        wait_for_seen(door, clock.now)
    clock.now += 3601
    assert ended(browser)


def wait_for_seen(door: Door, moment: float) -> None:
    """Until a use is written: a job does it."""
    deadline = time.monotonic() + 60
    while door.site.database.row('SELECT max(seen) FROM "tabSessions"') != (moment,) and time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.mark.parametrize("later", [pytest.param(0, id="signing in"), pytest.param(3000, id="use, much later")])
def test_a_user_tells_when_it_was_there_last(
    door: Door, clock: types.SimpleNamespace, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    moments = iter(datetime.datetime(2026, 1, 31, 9, minute) for minute in range(60))
    monkeypatch.setattr(sessions, "now_datetime", lambda: next(moments))
    columns = "last_login, last_active, last_ip, modified"
    before = door.site.database.row(f"SELECT {columns} FROM tabUser WHERE name = ?", (ANN,))
    browser = door.browser(ANN)
    if later:
        clock.now += later
        assert not ended(browser)
        wait_for_seen(door, clock.now)
    now = door.site.database.row(f"SELECT {columns} FROM tabUser WHERE name = ?", (ANN,))
    minute = "01" if later else "00"
    assert before is not None and before[:3] == (None, None, None)
    assert now == ("2026-01-31 09:00:00", f"2026-01-31 09:{minute}:00", "127.0.0.1", before[3])


def test_use_prolongs_a_short_session_too(door: Door, clock: types.SimpleNamespace) -> None:
    door.set(session_expiry="00:05")
    browser = door.browser(ANN)
    for _ in range(4):
        clock.now += 200
        assert not ended(browser)
        wait_for_seen(door, clock.now)


@pytest.mark.parametrize(("lifetime", "hours", "ends"), [("24:00", 23, False), ("24:00", 25, True), ("", 1000, False)])
def test_a_session_lasts_no_longer_than_set(
    door: Door, clock: types.SimpleNamespace, lifetime: str, hours: int, ends: bool
) -> None:
    door.set(session_lifetime=lifetime)
    browser = door.browser(ANN)
    while hours:
        step = min(hours, 20)
        hours -= step
        clock.now += step * 3600
        if hours:
            ended(browser)
            wait_for_seen(door, clock.now)
    assert ended(browser) is ends


def test_sessions_that_expired_are_cleared_away(door: Door, clock: types.SimpleNamespace) -> None:
    door.browser(ANN)
    clock.now += 170 * 3600 + 1
    door.browser("web@example.com")
    assert door.site.database.rows('SELECT user FROM "tabSessions"') == [("web@example.com",)]


def test_reading_waits_for_no_writer(door: Door, clock: types.SimpleNamespace) -> None:
    """That a session was used is written by a job: the reader does not wait for the lock."""
    browser = door.browser(ANN)
    clock.now += 700
    held, release = threading.Event(), threading.Event()

    def write() -> None:
        with door.site.acting():
            door.site.database.begin_write()
            held.set()
            release.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    assert held.wait(30)
    assert not ended(browser)
    release.set()
    writer.join(30)
    wait_for_seen(door, clock.now)


@pytest.mark.parametrize(
    ("denied", "allowed", "still"),
    [
        pytest.param(0, 1, [1, 2, 3, 4], id="unless it is set so, all go on"),
        pytest.param(1, 1, [4], id="one only"),
        pytest.param(1, 0, [4], id="none is one: somebody comes in"),
        pytest.param(1, 2, [2, 4], id="the new one, and the one that was used last"),
        pytest.param(1, 9, [1, 2, 3, 4], id="fewer than there may be"),
    ],
)
def test_as_many_sessions_as_the_user_may_have(
    door: Door, clock: types.SimpleNamespace, denied: int, allowed: int, still: list[int]
) -> None:
    door.change_user(ANN, simultaneous_sessions=allowed)
    web, browsers = door.browser("web@example.com"), []
    for _ in range(3):
        clock.now += 1000
        browsers.append(door.browser(ANN))
    clock.now += 1000
    assert not ended(browsers[1])
    wait_for_seen(door, clock.now)
    door.set(deny_multiple_sessions=denied)
    browsers.append(door.browser(ANN))
    assert [number for number, each in enumerate(browsers, 1) if not ended(each)] == still
    assert who(web) == "web@example.com"


def test_sessions_of_others_go_on(door: Door) -> None:
    web = door.browser("web@example.com")
    door.change_user(ANN, enabled=0)
    assert who(web) == "web@example.com"


# --- what is stored ---


def test_no_secret_stands_in_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    door = Door(str(path))
    browser = door.browser()
    sid = sid_of(log_in(browser))
    with door.site.acting() as ctx:
        _, secret = auth.generate_keys(ctx, ANN)
        document.new(ctx, {"doctype": "Task", "subject": "s", "secret": "field-secret-in-the-clear"}).insert()
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("site.db*"))
    door.site.close()
    kept += b"".join(each.read_bytes() for each in tmp_path.glob("site.db*"))
    assert ANN.encode() in kept, "the file is read at all"
    assert [text for text in (PASSWORD, sid, secret, "field-secret-in-the-clear") if text.encode() in kept] == []


def test_passwords_are_kept_as_slow_hashes(door: Door, real_hashes: None) -> None:
    with door.site.acting() as ctx:
        auth.set_password(ctx, ANN, PASSWORD)
        assert str(ctx.store.secret("User", ANN, "password")[0]).startswith("scrypt:")
    assert log_in(door.browser()).status_code == 200


@pytest.mark.parametrize("field", ["api_secret", "new_password"])
def test_no_answer_gives_a_secret_out(door: Door, field: str) -> None:
    client = ApiClient(door.site, ANN)
    secret = client.headers["Authorization"].partition(":")[2]
    answer = ApiClient(door.site)(f"GET /api/resource/User/{ANN}")
    assert secret not in answer.text and PASSWORD not in answer.text
    assert set(answer.get_json()["data"].get(field) or "*") == {"*"}


@pytest.mark.parametrize(
    ("password", "policy", "refused"),
    [
        ("short", 1, True),
        ("aaaaaaaaaaaa", 1, True),
        ("long enough 1", 1, False),
        ("short", 0, False),
        ("x" * 513, 0, True),
        ("x" * 512, 0, False),
    ],
)
def test_password_policy(door: Door, password: str, policy: int, refused: bool) -> None:
    door.set(enable_password_policy=policy)
    try:
        with door.site.acting() as ctx:
            auth.set_password(ctx, ANN, password)
    except ValidationError:
        assert refused
    else:
        assert not refused
        assert log_in(door.browser(), ANN, password).status_code == 200


def test_the_first_password_is_made_once(door: Door) -> None:
    made = auth.first_password(door.site, None)
    assert made and auth.first_password(door.site, None) is None
    assert log_in(door.browser(), "Administrator", made).status_code == 200


def test_a_given_first_password_counts_though_it_is_weak(door: Door) -> None:
    door.set(enable_password_policy=1)
    assert auth.first_password(door.site, "admin") is None
    assert log_in(door.browser(), "Administrator", "admin").status_code == 200


# --- throttling ---


def test_failures_lock_a_user_for_a_while(door: Door, clock: types.SimpleNamespace) -> None:
    door.set(allow_consecutive_login_attempts=3, allow_login_after_fail=60)
    browser = door.browser()
    assert [log_in(browser, ANN, "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
    locked = log_in(browser)
    assert (locked.status_code, locked.get_json()["exc_type"]) == (429, "TooManyRequestsError")
    assert 1 <= int(locked.headers["Retry-After"]) <= 61
    assert log_in(browser, "web@example.com").status_code == 200, "others may come in"
    clock.now += int(locked.headers["Retry-After"])
    assert log_in(browser).status_code == 200


def test_success_forgets_failures(door: Door, clock: types.SimpleNamespace) -> None:
    door.set(allow_consecutive_login_attempts=3)
    browser = door.browser()
    statuses = [
        log_in(browser, ANN, password).status_code
        for password in ("wrong", "wrong", PASSWORD, "wrong", "wrong", PASSWORD)
    ]
    assert statuses == [401, 401, 200, 401, 401, 200]


@pytest.mark.parametrize("usr", [ANN, ANN.upper(), f" {ANN} "])
def test_another_spelling_of_the_name_is_the_same_user(door: Door, clock: types.SimpleNamespace, usr: str) -> None:
    door.set(allow_consecutive_login_attempts=2)
    for _ in range(2):
        log_in(door.browser(), usr, "wrong")
    assert log_in(door.browser(), usr).status_code == 429


def test_an_address_that_tries_many_names_is_locked(door: Door, clock: types.SimpleNamespace) -> None:
    door.set(allow_consecutive_login_attempts=2)
    browser = door.browser()
    statuses = [
        log_in(browser, f"user{number}@example.com", "x", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code
        for number in range(21)
    ]
    assert statuses == [401] * 20 + [429]
    assert log_in(browser, environ_overrides={"REMOTE_ADDR": "10.0.0.2"}).status_code == 200


def test_old_failures_do_not_count(clock: types.SimpleNamespace) -> None:
    tracker = throttle.Attempts()
    for _ in range(5):
        tracker.failed(["user:x"], 60)
        clock.now += 61
    tracker.require_allowed(["user:x"], 2)
    tracker.failed(["user:x"], 60)
    tracker.failed(["user:x"], 60)
    with pytest.raises(TooManyRequestsError):
        tracker.require_allowed(["user:x"], 2)


# --- CSRF ---


def token_of(door: Door, browser: ApiClient) -> str:
    """The token, as the home page of a session would hand it out."""
    cookie = browser.wsgi.get_cookie("sid")
    assert cookie is not None
    with door.site.acting() as ctx:
        ctx.sid = cookie.value
        return csrf.csrf_token(ctx)


SEND = ("POST", "PUT", "DELETE", "PATCH")


@pytest.mark.parametrize("verb", SEND)
def test_a_session_whose_token_was_handed_out_must_show_it(door: Door, verb: str) -> None:
    browser = door.browser(ANN)
    request = f"{verb} /api/method/conformance.api.whoami"
    assert browser(request).status_code == 200, "before there is one, none is asked for"
    token = token_of(door, browser)
    refused = browser(request)
    assert (refused.status_code, refused.get_json()["exc_type"]) == (400, CSRFTokenError.__name__)
    assert browser(request, headers={"X-Frappe-CSRF-Token": "wrong"}).status_code == 400
    assert browser(request, headers={"X-Frappe-CSRF-Token": ""}).status_code == 400
    assert browser(request, headers={"X-Frappe-CSRF-Token": token}).status_code == 200


def test_the_token_may_stand_in_the_form(door: Door) -> None:
    browser = door.browser(ANN)
    token = token_of(door, browser)
    assert browser("POST /api/method/conformance.api.whoami", data={"csrf_token": token}).status_code == 200
    assert browser("POST /api/method/conformance.api.whoami", data={"csrf_token": "wrong"}).status_code == 400


def test_reading_needs_no_token(door: Door) -> None:
    browser = door.browser(ANN)
    token_of(door, browser)
    assert who(browser) == ANN


def test_an_api_key_needs_no_token(door: Door) -> None:
    browser, client = door.browser(ANN), ApiClient(door.site, ANN)
    token_of(door, browser)
    assert browser("POST /api/method/conformance.api.whoami", headers=client.headers).status_code == 200


OWN, SISTER, STRANGER = "http://localhost", "http://localhost:8001", "https://evil.example"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program says nothing"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="this server's page"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200, id="this server's page that hides it"),
        pytest.param({"Sec-Fetch-Site": "none"}, 200, id="typed in"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 400, id="another site's page"),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Origin": OWN}, 400, id="another site's page, whatever the Origin"
        ),
        pytest.param({"Sec-Fetch-Site": "same-site", "Origin": SISTER}, 400, id="another port's page"),
        pytest.param({"Sec-Fetch-Site": "same-site", "Origin": "http://app.localhost"}, 400, id="a subdomain's page"),
        pytest.param({"Sec-Fetch-Site": "same-site", "Origin": "null"}, 400, id="a sister's page that hides it"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 400, id="a sister's page without an Origin"),
        pytest.param({"Sec-Fetch-Site": "same-site", "Origin": OWN}, 200, id="this server's, by the Origin"),
        pytest.param({"Sec-Fetch-Site": "nonsense", "Origin": STRANGER}, 400, id="a word that nobody knows"),
        pytest.param({"Origin": OWN}, 200, id="an older browser, this server's page"),
        pytest.param({"Origin": SISTER}, 400, id="an older browser, another port's page"),
    ],
)
@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ("POST /api/method/conformance.api.whoami", "text/plain"),
        ("PUT /api/method/conformance.api.whoami", "application/json"),
        ("GET /api/method/logout", ""),
        ("GET /?cmd=logout", ""),
    ],
)
def test_what_the_page_of_another_site_sends_is_refused(
    door: Door, request_: str, kind: str, headers: dict[str, str], status: int
) -> None:
    """Signing out counts as a change, by GET too: an image of another site could ask for it."""
    browser = door.browser(ANN)
    assert browser(request_, headers={**headers, **({"Content-Type": kind} if kind else {})}).status_code == status
    assert (who(browser) == ANN) is (status == 400 or "logout" not in request_)


@pytest.mark.parametrize("path", ["/api/method/login", "/login", "/"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_is_signed_in_by_another_sites_page(door: Door, path: str, site: str) -> None:
    browser = door.browser()
    form = {"usr": ANN, "pwd": PASSWORD, **({"cmd": "login"} if path == "/" else {})}
    answer = browser(f"POST {path}", data=form, headers={"Sec-Fetch-Site": site, "Origin": SISTER})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (400, [])


# --- what belongs into no address ---


@pytest.mark.parametrize(
    ("request_", "body", "status"),
    [
        pytest.param("GET /api/method/login?usr={usr}&pwd={pwd}", None, 401, id="by GET"),
        pytest.param("HEAD /api/method/login?usr={usr}&pwd={pwd}", None, 401, id="by HEAD"),
        pytest.param("PATCH /api/method/login", {"usr": ANN, "pwd": PASSWORD}, 401, id="by PATCH"),
        pytest.param("PUT /api/method/login", {"usr": ANN, "pwd": PASSWORD}, 401, id="by PUT"),
        pytest.param("GET /?cmd=login&usr={usr}&pwd={pwd}", None, 401, id="by a command"),
        pytest.param(
            "POST /api/method/login?usr={usr}&pwd={pwd}", None, 401, id="by POST, with the password in the address"
        ),
        pytest.param("POST /api/method/login?pwd={pwd}", {"usr": ANN, "pwd": PASSWORD}, 401, id="in the address too"),
        pytest.param("POST /?cmd=login&pwd={pwd}", {"usr": ANN}, 401, id="in the address of a command"),
        pytest.param("POST /login?pwd={pwd}", {"usr": ANN}, 401, id="in the address of the page"),
    ],
)
def test_nobody_signs_in_by_an_address(door: Door, request_: str, body: Any, status: int) -> None:
    browser = door.browser()
    options = {} if body is None else {"data": body} if request_.startswith("POST") else {"json": body}
    answer = browser(request_.format(usr=ANN, pwd=PASSWORD.replace(" ", "+")), **options)
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (status, [])
    if not request_.startswith("HEAD"):
        assert "Sign in by POST" in answer.text
    assert who(browser) == "Guest"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param("POST /?cmd=login&usr={usr}&pwd={pwd}", 200, id="as Frappe's own client sends it"),
        pytest.param("POST /api/method/login?usr={usr}&pwd={pwd}", 200, id="by its address"),
        pytest.param("GET /api/method/login?usr={usr}&pwd={pwd}", 401, id="still not by GET"),
    ],
)
def test_a_password_in_the_address_of_a_post_is_one_by_setting(door: Door, request_: str, status: int) -> None:
    door.set(allow_password_in_address=1)
    browser = door.browser()
    assert browser(request_.format(usr=ANN, pwd=PASSWORD.replace(" ", "+"))).status_code == status
    assert who(browser) == (ANN if status == 200 else "Guest")


def test_no_new_password_stands_in_an_address(door: Door) -> None:
    browser, method = door.browser(ANN), "POST /api/method/frappe.core.doctype.user.user.update_password"
    assert browser(f"{method}?new_password=another+one+8", data={"old_password": PASSWORD}).status_code == 400
    assert browser(method, data={"old_password": PASSWORD, "new_password": "another one 8"}).status_code == 200


@pytest.mark.parametrize(("setting", "user"), [(0, "Guest"), (1, ANN)])
def test_a_session_id_in_the_address_is_one_by_setting(door: Door, setting: int, user: str) -> None:
    sid = sid_of(log_in(door.browser()))
    door.set(allow_sid_parameter=setting)
    assert who_by(door, f"?sid={sid}") == user
    assert door.browser()("POST /api/method/conformance.api.whoami", {"sid": sid}).get_json()["message"] == "Guest", (
        "in a body never"
    )


def who_by(door: Door, query: str) -> str:
    return str(door.browser()(WHO + query).get_json()["message"])


def test_the_token_stays_the_same_for_a_session_and_differs_between_them(door: Door) -> None:
    first, second = door.browser(ANN), door.browser(ANN)
    assert token_of(door, first) == token_of(door, first) != token_of(door, second)


def test_another_sessions_token_does_not_fit(door: Door) -> None:
    mine, theirs = door.browser(ANN), door.browser("web@example.com")
    token_of(door, mine)
    assert (
        mine(
            "POST /api/method/conformance.api.whoami", headers={"X-Frappe-CSRF-Token": token_of(door, theirs)}
        ).status_code
        == 400
    )


# --- Guest ---


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET /api/method/ping", 200),
        ("GET /api/method/conformance.api.hello", 200),
        ("GET /api/method/conformance.api.add?a=1", 403),
        ("GET /api/method/frappe.auth.get_logged_user", 403),
        ("GET /api/method/frappe.client.get_list?doctype=Task", 403),
        ("GET /api/resource/User", 403),
        ("GET /api/resource/User/Guest", 403),
        ("POST /api/resource/ToDo", 403),
        ("GET /api/v2/method/version", 403),
    ],
)
def test_guest_may_do_what_is_meant_for_guests(still: Door, request_: str, status: int) -> None:
    assert still.browser()(request_).status_code == status
