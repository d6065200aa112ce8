"""RediSearch, which is not here, as apps meet it; and the keys of Redis, as they give them on to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import frappe_lite
from frappe_lite.errors import UnsupportedError
from frappe_lite.face.caching import search as cache_search
from frappe_lite.face.caching.cache import cache

Calls = Callable[[cache_search.FullText], Any]
CALLS: list[tuple[str, Calls]] = [
    ("SEARCH", lambda index: index.search("cat", page_length=3)),
    ("INFO", lambda index: index.info()),
    ("DROPINDEX", lambda index: index.dropindex(delete_documents=True)),
    ("CREATEINDEX", lambda index: index.create_index([], definition=None)),
    ("ADDDOCUMENT", lambda index: index.add_document("a", replace=True, title="x")),
]


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    cache_search._kind.cache_clear()
    yield
    cache_search._kind.cache_clear()


@pytest.mark.parametrize(("command", "call"), CALLS, ids=[each[0] for each in CALLS])
def test_a_command_is_unknown_as_on_a_redis_without_it(site: frappe_lite.Site, command: str, call: Calls) -> None:
    exceptions = pytest.importorskip("redis.exceptions")
    with site.acting(), pytest.raises(exceptions.ResponseError, match=f"unknown command 'FT.{command}'") as found:
        call(cache().ft("wiki"))
    assert isinstance(found.value, UnsupportedError)
    assert found.value.http_status == 501
    assert "SQLiteSearch" in str(found.value.messages[0]["message"])


@pytest.mark.parametrize(("command", "call"), CALLS[:2], ids=["SEARCH", "INFO"])
def test_without_the_library_it_is_refused_all_the_same(
    command: str, call: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(cache_search.importlib, "import_module", missing)
    with pytest.raises(UnsupportedError) as found:
        call(cache_search.FullText())
    assert f"FT.{command}" in str(found.value.messages[0]["message"])


def test_what_python_looks_for_is_not_there() -> None:
    index = cache_search.FullText("wiki")
    assert (index.index_name, hasattr(index, "__len__"), hasattr(index, "_private")) == ("wiki", False, False)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        pytest.param({"key": "seen"}, b"shop|seen", id="a text"),
        pytest.param({"key": "seen", "user": "ann"}, b"shop|user:ann:seen", id="of a user"),
        pytest.param({"key": "seen", "user": True}, b"shop|user:Administrator:seen", id="of who asks"),
        pytest.param({"key": "seen", "shared": True}, b"seen", id="of all sites"),
        pytest.param({"key": b"shop|seen"}, b"shop|seen", id="one that is made"),
    ],
)
def test_a_key_is_made_as_redis_has_it(given: dict[str, Any], made: bytes) -> None:
    site = frappe_lite.Site(title="shop")
    with site.acting():
        assert cache.make_key(**given) == made
        cache.set_value(made, 7)
        assert cache.get_value(made) == 7
        if not given.get("user"):
            assert cache.get_value("seen") == 7
        assert cache.get_keys("") == [made if made.startswith(b"shop|") else b"shop|" + made]
        cache.delete_value(made, make_keys=False)
        assert cache.get_keys("") == []
    site.close()
