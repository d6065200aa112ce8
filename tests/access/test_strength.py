"""How easily a password is guessed, by our own short rule; and by zxcvbn where it is installed."""

from __future__ import annotations

import hashlib
import types
from typing import Any

import pytest

from frappe_lite.access import strength

OWN = ["Ann", None, "Lee-Smith", "ann.lee@example.com", "1990-05-17"]


@pytest.fixture(autouse=True)
def without_zxcvbn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strength, "_library", lambda: None)


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("short", 1, id="a few letters"),
        pytest.param("12345678", 0, id="a row of digits"),
        pytest.param("87654321", 0, id="backwards"),
        pytest.param("qwertyuiop", 1, id="a row of keys"),
        pytest.param("abcdefghijkl", 0, id="the alphabet"),
        pytest.param("aaaaaaaaaaaa", 0, id="one letter"),
        pytest.param("abcabcabcabc", 1, id="the same again and again"),
        pytest.param("password1", 1, id="a common word and a digit"),
        pytest.param("P@ssw0rd123", 1, id="in disguise"),
        pytest.param("Summer2026", 1, id="a season and a year"),
        pytest.param("annlee1990", 0, id="a name and a year"),
        pytest.param("ann.lee@example", 1, id="the own address"),
        pytest.param("xkcdqzpt", 3, id="eight letters that say nothing"),
        pytest.param("correct horse 7", 4, id="some words"),
        pytest.param("Конь-скрепка", 4, id="in another script"),
        pytest.param("x" * 10_000, 0, id="long and empty"),
    ],
)
def test_what_a_password_is_worth(password: str, expected: int) -> None:
    assert strength.score(password, OWN) == expected


ADVICE = [
    pytest.param("abc", "Avoid sequences like abc or 6543 as they are easy to guess", id="a row of letters"),
    pytest.param("12345678", (
        "This is a top-10 common password. All-uppercase is almost as easy to guess as all-lowercase."
    ), id="what is met most often; digits count as capitals"),
    pytest.param("dragon", "This is a top-10 common password.", id="a word that is a password"),
    pytest.param("xxxxxxxx", (
        'Repeats like "abcabcabc" are only slightly harder to guess than "abc" Try to avoid repeated words and characters'
    ), id="one letter"),
    pytest.param("1", "", id="nothing that is recognised"),
    pytest.param("", "", id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("password", "expected"), ADVICE)
def test_what_is_said_of_a_password(password: str, expected: str) -> None:
    assert strength.advice(password) == expected


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("Summer9x", "This is similar to a commonly used password. Capitalization doesn't help very much."),
        ("1999", "Recent years are easy to guess. Avoid recent years. Avoid years that are associated with you."),
        ("asdfgh7", "This is similar to a commonly used password."),
        ("uiopuiop", "Straight rows of keys are easy to guess Try to use a longer keyboard pattern with more turns"),
    ],
)
def test_our_own_rule_says_the_same_of_the_longest_part(password: str, expected: str) -> None:
    assert strength.advice(password) == expected


def test_zxcvbns_parts_are_called_as_ours() -> None:
    library = pytest.importorskip("zxcvbn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strength, "_library", lambda: library)
        for each in ADVICE:
            assert strength.advice(str(each.values[0])) == each.values[1]


def test_what_others_know_is_worth_less() -> None:
    assert strength.score("leesmithann", OWN) < strength.score("leesmithann") == 4


def test_zxcvbn_is_asked_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def answer(password: str, words: list[str]) -> dict[str, Any]:
        asked.append((password, words))
        return {"score": 3}

    monkeypatch.setattr(strength, "_library", lambda: types.SimpleNamespace(zxcvbn=answer))
    assert strength.score("x" * 300, OWN) == 3
    assert asked == [("x" * strength.LONGEST, ["1990", "ann", "com", "example", "lee", "smith"])]
    assert strength.score("") == 0


@pytest.mark.parametrize("length", [72, 73, 128, 5000])
def test_long_passwords_are_good_ones(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zxcvbn raises for more than 72 characters."""
    library = pytest.importorskip("zxcvbn")
    monkeypatch.setattr(strength, "_library", lambda: library)
    password = hashlib.shake_256(b"as a machine makes them").hexdigest(length)[:length]
    assert (strength.score(password), strength.advice("a" * length)) == (4, strength.SAID["repeat"])


def test_zxcvbn_agrees_about_the_worst_and_the_best() -> None:
    library = pytest.importorskip("zxcvbn")
    for password, most in (("12345678", 1), ("password1", 1), ("qwertyuiop", 1)):
        assert library.zxcvbn(password)["score"] <= most
    assert library.zxcvbn("correct horse 7")["score"] >= 3
