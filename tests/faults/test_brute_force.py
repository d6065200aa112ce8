"""Guessing: passwords, keys, who exists, links. More of it stands in test_auth.py and test_methods_users.py."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import pytest
from werkzeug.security import generate_password_hash

import frappe_lite
from conftest import ApiClient
from frappe_lite import document, throttle
from frappe_lite.access import auth

ANN, PASSWORD = "ann@example.com", "Right-1-password"
USER = "frappe.core.doctype.user.user"


class Door:
    """A site with Ann, and the reset links that were sent."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.site = frappe_lite.Site(
            url="https://site.example", on_reset_link=lambda _user, link: self.links.append(link)
        )
        self.guest = ApiClient(self.site, None)
        with self.site.acting() as ctx:
            document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann", "new_password": PASSWORD}).insert()

    def log_in(self, usr: str, pwd: str, client: ApiClient | None = None, **options: object) -> int:
        return (client or self.guest)("POST /api/method/login", {"usr": usr, "pwd": pwd}, **options).status_code

    def reset_key(self, **options: object) -> str:
        self.guest(f"POST /api/method/{USER}.reset_password", {"user": ANN}, **options)
        return self.links[-1].partition("key=")[2]

    def redeem(self, key: str, password: str = "Another-1-password") -> int:
        return self.guest(
            f"POST /api/method/{USER}.update_password", {"key": key, "new_password": password}
        ).status_code


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Hashes cost 1 ms here, not 60."""
    monkeypatch.setattr(
        auth, "generate_password_hash", lambda password: generate_password_hash(password, "pbkdf2:sha256:3000")
    )
    auth._dummy_hash.cache_clear()
    made = Door()
    yield made
    made.site.close()
    auth._dummy_hash.cache_clear()


def test_after_many_bad_logins_the_right_one_is_refused_too(door: Door) -> None:
    """F41: locked for a time, on every spelling and address.

    A header that anybody may send does not change the address.
    """
    answers = [door.log_in(ANN, "wrong", headers={"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(25)]
    assert answers == [401] * 10 + [429] * 15
    assert door.log_in(ANN, PASSWORD) == 429
    assert door.log_in(ANN.upper(), PASSWORD, headers={"X-Forwarded-For": "10.9.9.9"}) == 429


def test_a_secret_is_kept_as_a_hash_and_guesses_are_refused(door: Door) -> None:
    """F42: what is stored is of no use to who reads it, and a guess is 401 each time, whatever it shares with the
    secret.
    """
    client = ApiClient(door.site, ANN)
    key, _, secret = client.headers["Authorization"].removeprefix("token ").partition(":")
    stored = [value for row in door.site.database.rows('SELECT * FROM "__Auth"') for value in row]
    assert not any(secret in str(value) for value in stored)
    for guess in (
        secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        secret[:-1],
        secret + "0",
        "",
        secret.upper() + "x",
    ):
        client.headers["Authorization"] = f"token {key}:{guess}"
        assert client("GET /api/method/frappe.auth.get_logged_user").status_code == 401


def test_known_and_unknown_users_take_the_same_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """F43: medians of both lie within a fifth of each other, and the answers are the same."""
    monkeypatch.setattr(throttle.Attempts, "require_allowed", lambda *_: None)
    spent: dict[str, list[float]] = {ANN: [], "nobody@example.com": []}
    answers = set()
    for _ in range(100):
        for user, times in spent.items():
            started = time.process_time()
            answer = door.guest("POST /api/method/login", {"usr": user, "pwd": "wrong"})
            times.append(time.process_time() - started)
            answers.add((answer.status_code, answer.data))
    known, unknown = (statistics.median(times) for times in spent.values())
    assert abs(known - unknown) < 0.2 * max(known, unknown)
    assert len(answers) == 1


def test_a_reset_link_leads_to_the_site_itself(door: Door) -> None:
    """F44: whatever host the request names."""
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Host": "evil.example:443", "Forwarded": "host=evil.example"},
    ):
        door.site.login_tracker = throttle.Attempts()
        door.reset_key(headers=headers)
        assert door.links[-1].startswith("https://site.example/")


def test_a_reset_link_works_once_and_ends_other_sessions(door: Door) -> None:
    """F45: used twice it is 410; sessions of the old password are over."""
    browser = ApiClient(door.site, None)
    assert door.log_in(ANN, PASSWORD, browser) == 200
    key = door.reset_key()
    assert [door.redeem(key), door.redeem(key)] == [200, 410]
    assert browser("GET /api/method/frappe.auth.get_logged_user").status_code == 403
    assert (door.log_in(ANN, PASSWORD), door.log_in(ANN, "Another-1-password")) == (401, 200)


@pytest.mark.parametrize("how", ["too old", "a newer link", "changed meanwhile", "never given"])
def test_a_reset_link_that_is_over(door: Door, how: str) -> None:
    """F45: 410, and the password stays."""
    key = door.reset_key()
    if how == "too old":
        with door.site.acting() as ctx:
            document.set_values(
                ctx, ctx.meta("User"), ANN, {"last_reset_password_key_generated_on": "2020-01-01 00:00:00"}
            )
    elif how == "a newer link":
        door.reset_key()
    elif how == "changed meanwhile":
        with door.site.acting() as ctx:
            auth.set_password(ctx, ANN, PASSWORD)
    else:
        key = "x" * len(key)
    assert door.redeem(key) == 410
    assert door.log_in(ANN, PASSWORD) == 200
