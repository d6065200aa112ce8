"""Redirects' expressions: what they match, and that none of them keeps a worker."""

from __future__ import annotations

import re

import pytest

from frappe_lite.parts.website import routes
from frappe_lite.parts.website.patterns import MOST_WAYS, NestedRepeatError, Pattern, pattern

LONG = "a" * 40_000


@pytest.mark.parametrize(
    ("source", "text", "groups"),
    [
        pytest.param("/docs/(.*)", "docs/start/here", ("start/here",), id="all that follows"),
        pytest.param("/(\\d{4})/(\\d\\d)/(.*)", "2026/03/x", ("2026", "03", "x"), id="several groups"),
        pytest.param("/from(/.*)?", "from", (None,), id="what may be missing"),
        pytest.param("/(en|de)/x", "de/x", ("de",), id="a choice"),
        pytest.param("(?P<one>a)(?(one)b|c)", "ab", ("a",), id="a choice by group"),
        pytest.param("(?:\\d\\d)*", "2026", (), id="a repeat of what has one length"),
        pytest.param("[ab]*c", "ababc", (), id="a repeat of one of some letters"),
        pytest.param("(?=a)a.*?", "abc", (), id="a look ahead, and a repeat that takes little"),
        pytest.param("(a)\\1", "aa", ("a",), id="the same again"),
    ],
)
def test_expressions_match_whole_addresses(source: str, text: str, groups: tuple[str | None, ...]) -> None:
    found = Pattern(source).match(text)
    assert found is not None and found.groups() == groups
    assert Pattern(source).match(f"{text}\n") is None


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("(a+)+b", id="a repeat of a repeat"),
        pytest.param("(.*)*", id="of anything"),
        pytest.param("(a|aa)+b", id="of a choice"),
        pytest.param("(a?){40}a{40}", id="of what may be missing"),
        pytest.param("((ab){1,2})*c", id="two levels down"),
        pytest.param("(?:(?=a*)a)+b", id="in a look ahead"),
        pytest.param("(x)?(?:(?(1)a|aa))*b", id="of a choice by group"),
    ],
)
def test_what_may_never_end_is_not_tried(source: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NestedRepeatError):
        Pattern(source)
    pattern.cache_clear()
    assert pattern(source) is pattern(source) is None
    assert caplog.text.count("is passed over") == 1
    assert routes.redirection([{"source": source, "target": "/x"}], LONG, "") is None


@pytest.mark.parametrize(
    ("source", "text", "fits"),
    [
        pytest.param("a*", LONG, True, id="one repeat reads an address of any length"),
        pytest.param("a*a*", "a" * 4_000, True, id="two repeats one of some thousand letters"),
        pytest.param("a*a*", LONG, False, id="and no longer one"),
        pytest.param("a*a*a*", "a" * 300, True, id="three repeats a common one"),
        pytest.param("a*a*a*b", "a" * 400, False, id="and no longer one"),
        pytest.param("a?" * 20, "a" * 20, True, id="what may be missing counts as two ways"),
        pytest.param("a?" * 40 + "a" * 40, "a" * 40, False, id="forty times that is too much"),
        pytest.param("a{2}" * 40, "a" * 80, True, id="what has one length counts nothing"),
        pytest.param("(?:ab|cd)" * 30, "ab" * 30, False, id="choices multiply"),
    ],
)
def test_how_long_an_address_may_be(source: str, text: str, fits: bool) -> None:
    assert (Pattern(source).match(text) is not None) == fits


@pytest.mark.parametrize("source", ["(", "[z-a]", "a{9999999999999}", "(" * 3_000 + ")" * 3_000])
def test_what_is_no_expression_is_told_once(source: str, caplog: pytest.LogCaptureFixture) -> None:
    pattern.cache_clear()
    assert pattern(source) is pattern(source) is None
    assert caplog.text.count("is passed over") == 1


def test_as_many_ways_as_are_allowed_are_few() -> None:
    """A tenth of them are tried here: the whole may take ten times as long."""
    letters = int((MOST_WAYS / 10) ** 0.5)
    assert re.fullmatch("a*a*b", "a" * letters) is None
    assert Pattern("a*a*b").match("a" * letters) is None
