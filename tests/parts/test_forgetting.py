"""`frappe.cache` of several processes: what one forgets, with what it changed, the others forget too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from job_tools import Clock

import frappe_lite
from conftest import new_file
from frappe_lite.face.caching.cache import NEWS, cache
from frappe_lite.parts import forgetting
from frappe_lite.site import Site

Act = Callable[[Any], object]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pair(tmp_path: Path, clock: Clock) -> Iterator[tuple[Site, Site]]:
    """Two processes of one site, as far as their caches go."""
    path = new_file(tmp_path / "site.db")
    sites = frappe_lite.Site(path), frappe_lite.Site(path)
    for each in sites:
        forgetting.start(each, clock)
    yield sites
    for each in sites:
        each.close()


def fill(site: Site) -> None:
    with site.acting():
        for key in ("members:a", "members:b", "other"):
            cache.set_value(key, key)
        cache.hset("table", "one", 1)
        cache.hset("table", "two", 2)


def kept(site: Site) -> set[str]:
    """What is in a cache, as a request sees it."""
    with site.acting():
        names = {key for key in ("members:a", "members:b", "other") if cache.get_value(key)}
        return names | {str(key) for key in cache.hkeys("table")}


ALL = {"members:a", "members:b", "other", "one", "two"}
GONE = [
    pytest.param(lambda each: each.delete_value("other"), {"other"}, id="a key"),
    pytest.param(lambda each: each.delete_value(["other", "members:a"]), {"other", "members:a"}, id="several"),
    pytest.param(lambda each: each.delete_keys("members"), {"members:a", "members:b"}, id="those that begin so"),
    pytest.param(lambda each: each.hdel("table", "one"), {"one"}, id="a key of a table"),
    pytest.param(lambda each: each.delete_value("table"), {"one", "two"}, id="a table"),
    pytest.param(lambda each: each.flushall(), ALL, id="all"),
    pytest.param(lambda each: each.set_value("other", "new"), set(), id="nothing where a value is set"),
]


@pytest.mark.parametrize("writes", [True, False], ids=["with what is written", "without"])
@pytest.mark.parametrize(("act", "gone"), GONE)
def test_what_one_process_forgets_the_others_forget(
    pair: tuple[Site, Site], act: Act, gone: set[str], writes: bool
) -> None:
    one, other = pair
    fill(one)
    fill(other)
    with one.acting():
        if writes:
            frappe_lite.get_doc({"doctype": "Note", "title": "x"}).insert()
        act(cache)
    assert kept(other) == ALL - gone


def test_what_is_undone_is_not_forgotten(pair: tuple[Site, Site]) -> None:
    one, other = pair
    fill(other)
    with pytest.raises(KeyError), one.acting():
        frappe_lite.get_doc({"doctype": "Note", "title": "x"}).insert()
        cache.delete_value("other")
        raise KeyError
    assert kept(other) == ALL


def test_what_was_forgotten_is_kept_again(pair: tuple[Site, Site], clock: Clock) -> None:
    """It is forgotten once, however often one looks."""
    one, other = pair
    fill(other)
    with one.acting():
        cache.delete_value("other")
    assert "other" not in kept(other)
    fill(other)
    for _ in range(3):
        clock.move(1)
        assert kept(other) == ALL


def test_who_was_silent_for_long_hears_of_all_of_it(pair: tuple[Site, Site], clock: Clock) -> None:
    one, other = pair
    fill(other)
    for key in ("members:a", "other"):
        clock.move(3600)
        with one.acting():
            cache.delete_value(key)
    assert kept(other) == ALL - {"members:a", "other"}


def test_what_everybody_heard_is_deleted(pair: tuple[Site, Site], clock: Clock) -> None:
    one, _ = pair
    for _ in range(2):
        with one.acting():
            cache.delete_value("other")
        clock.move(forgetting.KEPT + 1)
    assert one.database.row('SELECT count(*) FROM "__cache_gone"') == (1,)


@pytest.mark.parametrize(
    ("settings", "hears"),
    [
        pytest.param({"workers": 1}, True, id="a server"),
        pytest.param({"is_worker": True}, True, id="a worker"),
        pytest.param({}, False, id="a program of its own, which is one process"),
    ],
)
def test_who_hears(tmp_path: Path, settings: dict[str, Any], hears: bool) -> None:
    site = frappe_lite.Site(new_file(tmp_path / "site.db"))
    forgetting._start(site, settings)
    assert (NEWS in site.shelf) is hears
    site.close()
