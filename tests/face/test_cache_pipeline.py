"""`frappe.cache.pipeline()`: counters and locks as apps write them for Redis."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite.context import Context
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    yield site
    site.close()


@pytest.fixture
def cache(ctx: Context) -> Any:
    found = importlib.import_module("frappe").cache
    found.flushall()
    for key, value in (("number", 4), ("text", "x"), ("bytes", b"y")):
        found.set_value(key, value)
    return found


@pytest.mark.parametrize(
    ("calls", "answers", "kept"),
    [
        pytest.param(lambda pipe: pipe.incr("new").incr("new"), [1, 2], {"new": 2}, id="counts up"),
        pytest.param(lambda pipe: pipe.decr("number"), [3], {"number": 3}, id="and down"),
        pytest.param(lambda pipe: pipe.incr("n").expire("n", 60), [1, True], {"n": 1}, id="with an end"),
        pytest.param(lambda pipe: pipe.incr("n").expire("n", -1), [1, True], {"n": None}, id="that is over"),
        pytest.param(lambda pipe: pipe.expire("none", 60), [False], {"none": None}, id="nothing has no end"),
        pytest.param(lambda pipe: pipe.get("number").get("text"), [b"4", b"x"], {}, id="values come in bytes"),
        pytest.param(lambda pipe: pipe.get("bytes").get("none"), [b"y", None], {}, id="bytes and nothing as they are"),
        pytest.param(
            lambda pipe: pipe.set("k", "v", nx=True).set("k", "w", nx=True), [True, False], {"k": "v"}, id="once"
        ),
        pytest.param(lambda pipe: pipe.delete("text").get("text"), [None, None], {"text": None}, id="deletes"),
        pytest.param(lambda pipe: pipe, [], {}, id="nothing"),
    ],
)
def test_calls_wait_and_are_done_at_once(
    cache: Any, calls: Callable[[Any], Any], answers: list[Any], kept: dict[str, Any]
) -> None:
    with cache.pipeline() as pipe:
        assert calls(pipe).execute() == answers
        assert pipe.execute() == []
    assert {key: cache.get_value(key) for key in kept} == kept


@pytest.mark.parametrize(
    ("mine", "left"), [pytest.param("x", None, id="who holds it"), pytest.param("z", "x", id="somebody else")]
)
def test_a_lock_is_let_go_by_who_holds_it(cache: Any, mine: str, left: str | None) -> None:
    with cache.pipeline() as pipe:
        pipe.watch("text")
        is_mine = pipe.get("text").decode() == mine
        pipe.multi()
        if is_mine:
            pipe.delete("text")
            pipe.execute()
    assert cache.get_value("text") == left


def test_what_was_not_executed_is_not_done(cache: Any) -> None:
    with cache.pipeline() as pipe:
        pipe.incr("number")
    assert (cache.get_value("number"), pipe.execute()) == (4, [])


def test_nobody_comes_between(cache: Any, ctx: Context) -> None:
    """Another thread's pipeline waits for the end of this one."""
    current = importlib.import_module("frappe_lite.context").current
    entered = threading.Event()

    def count() -> None:
        token = current.set(ctx)
        entered.set()
        with cache.pipeline() as pipe:
            pipe.incr("number").execute()
        current.reset(token)

    with cache.pipeline() as pipe:
        pipe.watch("number")
        other = threading.Thread(target=count)
        other.start()
        assert entered.wait(60)
        seen = int(pipe.get("number"))
        pipe.multi()
        assert pipe.set("number", seen + 10).execute() == [True]
    other.join(60)
    assert cache.get_value("number") == 15


def test_keys_are_made_as_they_are_kept(cache: Any) -> None:
    cache.set_value("seen", 1, user="ann")
    assert cache.get_value(cache.make_key("seen", user="ann")) == 1
    assert cache.get_value(cache.make_key("number")) == 4
