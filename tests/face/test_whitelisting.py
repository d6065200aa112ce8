"""A function that clients may call checks its arguments when app code calls it in a request or a test."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.context import Context
from frappe_lite.errors import FrappeTypeError
from frappe_lite.face.apps import loading as apps
from frappe_lite.whitelist import decorated

apps.provide_frappe()


class Shape(typing.TypedDict):
    a: int


@frappe_lite.whitelist(allow_guest=True)
def given(
    number: int = 0, text: str = "", flag: bool = False, names: list[str] | None = None, shape: Shape | None = None, pair: tuple[int, int] | None = None,
    few: set[int] | None = None, table: dict[str, int] | None = None, word: typing.Literal["a", "b"] = "a", anything: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """What it was given."""
    return dict(locals())


@frappe_lite.whitelist()
def bare(value=None):  # type: ignore[no-untyped-def]
    """Nothing is said of its arguments."""
    return value


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    yield site
    site.close()


@pytest.fixture
def tested(ctx: Context) -> Context:
    ctx.flags.in_test = True
    return ctx


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        pytest.param("number", "7", 7, id="a number in text"),
        pytest.param("number", 7.0, 7, id="a whole number"),
        pytest.param("flag", "1", True, id="yes or no in text"),
        pytest.param("names", ("a", "b"), ["a", "b"], id="a tuple for a list"),
        pytest.param("names", None, None, id="the default"),
        pytest.param("few", [1, 1], {1}, id="a list for a set"),
        pytest.param("pair", [1, 2], (1, 2), id="a list for a tuple"),
        pytest.param("table", {"a": "1"}, {"a": 1}, id="what is in a dict"),
        pytest.param("shape", {"a": "x"}, {"a": "x"}, id="a TypedDict, which nobody can check"),
        pytest.param("word", "b", "b", id="one of the words"),
        pytest.param("anything", 1j, 1j, id="anything"),
    ],
)
def test_arguments_are_brought_into_their_types(tested: Context, argument: str, value: Any, found: Any) -> None:
    assert given(**{argument: value})[argument] == found


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        pytest.param("number", "seven", id="text for a number"),
        pytest.param("text", 7, id="a number for text"),
        pytest.param("text", None, id="nothing for text"),
        pytest.param("names", "a", id="text for a list"),
        pytest.param("names", [1], id="numbers in a list of texts"),
        pytest.param("table", "{}", id="JSON text for a dict"),
        pytest.param("word", "c", id="none of the words"),
    ],
)
def test_arguments_of_other_types_are_refused(tested: Context, argument: str, value: Any) -> None:
    with pytest.raises(FrappeTypeError, match=f"Argument '{argument}' in '.*given' should be of type"):
        given(**{argument: value})


@pytest.mark.parametrize("stand_in", [Mock(), MagicMock()], ids=["Mock", "MagicMock"])
def test_what_stands_for_something_in_a_test_is_of_every_type(tested: Context, stand_in: Any) -> None:
    assert given(text=stand_in)["text"] is stand_in


def test_a_script_passes_what_it_likes(ctx: Context) -> None:
    assert given(number="seven")["number"] == "seven"


@pytest.mark.parametrize(("method", "checked"), [("GET", True), ("", False)], ids=["in a request", "outside"])
def test_types_are_asked_for_in_requests(ctx: Context, method: str, checked: bool) -> None:
    ctx.request.method = method
    if checked:
        with pytest.raises(FrappeTypeError):
            given(text=7)
    else:
        assert given(text=7)["text"] == 7


def test_what_says_nothing_of_its_arguments_stays_itself() -> None:
    assert decorated[f"{__name__}.bare"].function is bare
    assert decorated[f"{__name__}.given"].function is not given and given.__name__ == "given"
    assert given.whitelisted is decorated[f"{__name__}.given"]


@pytest.mark.parametrize(
    ("query", "status", "found"),
    [
        pytest.param("number=7&text=x", 200, {"number": 7, "text": "x"}, id="text in its type"),
        pytest.param("names=[1]", 200, {"names": "[1]"}, id="JSON text for a list, which the function reads"),
        pytest.param("number=seven", 417, {}, id="text for a number"),
        pytest.param("shape=x", 200, {"shape": "x"}, id="a TypedDict, which nobody can check"),
    ],
)
def test_over_http(world: frappe_lite.Site, query: str, status: int, found: dict[str, Any]) -> None:
    answer = ApiClient(world, None)(f"GET /api/method/{__name__}.given?{query}")
    assert answer.status_code == status
    assert {key: answer.json["message"][key] for key in found} == found
