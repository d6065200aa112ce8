"""The rules of sockets without a socket: who may connect and join, what is told of a change, which events are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.parts.change_log import Change
from frappe_lite.parts.realtime import events, peers, refusal

ANN = "ann@x.org"


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[frappe_lite.Site, dict[str, dict[str, Any]]]]:
    """A site, and what a page of each user comes with."""
    site = frappe_lite.Site(title="shop")
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann"}).insert()
        keys = {user: ":".join(auth.generate_keys(ctx, user)) for user in (ANN, "Administrator")}
    environs = {user: environ(HTTP_AUTHORIZATION=f"token {key}") for user, key in keys.items()}
    yield site, {**environs, "Guest": environ()}
    site.close()


def environ(**more: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/socket.io/", "HTTP_HOST": "shop.example:9000", **more}


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        pytest.param("", "shop.example:9000", True, id="a program names no origin"),
        pytest.param("http://shop.example", "shop.example:9000", True, id="another port"),
        pytest.param("https://shop.example:8443", "shop.example:9000", True, id="another scheme"),
        pytest.param("http://SHOP.example", "shop.example:9000", True, id="in any case"),
        pytest.param("http://[::1]:8000", "[::1]:9000", True, id="an address of six"),
        pytest.param("http://evil.example", "shop.example:9000", False, id="another host"),
        pytest.param("http://shop.example.evil.example", "shop.example:9000", False, id="one that begins so"),
        pytest.param("http://evil.example/shop.example", "shop.example:9000", False, id="one that names it later"),
        pytest.param("http://shop.example@evil.example", "shop.example:9000", False, id="one that names it before"),
        pytest.param("null", "shop.example:9000", False, id="a page of nowhere"),
    ],
)
def test_a_page_comes_from_the_host_that_it_connects_to(origin: str, host: str, same: bool) -> None:
    assert peers.is_same_host(origin, {"HTTP_HOST": host}) is same


@pytest.mark.parametrize(
    ("host", "names"),
    [
        pytest.param("shop.example:9000", {"/shop", "/shop.example"}, id="the title and the host, without its port"),
        pytest.param("", {"/shop", "/"}, id="no host"),
    ],
)
def test_the_namespace_is_the_sites(shop: Any, host: str, names: set[str]) -> None:
    assert peers.known_namespaces(shop[0], {"HTTP_HOST": host}) == names


@pytest.mark.parametrize(
    ("user", "is_system_user"),
    [
        pytest.param("Guest", False, id="nobody in particular"),
        pytest.param(ANN, False, id="somebody of the website"),
        pytest.param("Administrator", True, id="somebody of the desk"),
    ],
)
def test_who_connects_is_known_by_what_they_show(shop: Any, user: str, is_system_user: bool) -> None:
    peer = peers.admit(shop[0], shop[1][user])
    assert (peer.user, peer.is_system_user, peer.rooms) == (user, is_system_user, set())


@pytest.mark.parametrize("shown", ["token x:y", "Basic eDp5", "Bearer none"])
def test_who_shows_what_is_wrong_is_refused(shop: Any, shown: str) -> None:
    with pytest.raises((frappe_lite.AuthenticationError, frappe_lite.ValidationError)):
        peers.admit(shop[0], environ(HTTP_AUTHORIZATION=shown))


@pytest.mark.parametrize(
    ("user", "doctype", "name", "may"),
    [
        pytest.param("Administrator", "Role", "System Manager", True, id="who may read it"),
        pytest.param("Administrator", "Note", None, True, id="or read documents of the kind"),
        pytest.param("Administrator", "Nothing", None, False, id="not of a kind that is not there"),
        pytest.param("Administrator", "Note", "none", False, id="nor a document that is not there"),
        pytest.param("Administrator", {"a": 1}, None, False, id="nor of what is no name"),
        pytest.param("Administrator", None, None, False, id="nor of nothing"),
        pytest.param("Guest", "Role", "System Manager", False, id="nobody reads what is not for guests"),
        pytest.param("Guest", "User", None, False, id="nor lists users"),
    ],
)
def test_a_room_is_for_who_may_read(shop: Any, user: str, doctype: Any, name: Any, may: bool) -> None:
    site, environs = shop
    assert peers.may_join(site, peers.admit(site, environs[user]), doctype, name) is may


@pytest.mark.parametrize(
    ("kind", "rooms", "told"),
    [
        pytest.param("update", {"doc:Note/private"}, ["doc_update"], id="who looks at the document"),
        pytest.param("update", {"doctype:Note"}, ["list_update"], id="who looks at the list"),
        pytest.param("update", {"doc:Note/private", "doctype:Note"}, ["doc_update", "list_update"], id="at both"),
        pytest.param("create", {"doc:Note/private", "doctype:Note"}, ["list_update"], id="a new one is in lists alone"),
        pytest.param("update", {"doc:Note/other", "doctype:ToDo"}, [], id="who looks elsewhere"),
        pytest.param("update", set(), [], id="who looks at nothing"),
    ],
)
def test_what_a_page_is_told_of_a_change(shop: Any, kind: str, rooms: set[str], told: list[str]) -> None:
    site, environs = shop
    peer = peers.admit(site, environs["Administrator"])
    peer.rooms = rooms
    made = peers.messages_of(site, peer, change(kind))
    assert [event for event, _message in made] == told
    assert all((message["doctype"], message["name"]) == ("Note", "private") for _event, message in made)


def change(kind: str) -> Change:
    known = {"kind": kind, "doctype": "Note", "name": "private"}
    return Change(**{each: known.get(each, "") for each in Change.__annotations__})


@pytest.fixture
def listened(site: frappe_lite.Site) -> frappe_lite.Site:
    """A site of which sockets are served."""
    events.listen(site, "here")
    return site


@pytest.mark.parametrize(
    ("published", "read"),
    [
        pytest.param([("a", {"x": 1}, "r", False)], [("a", {"x": 1}, "r")], id="at once"),
        pytest.param([("a", 1, "r", True)] * 3, [("a", 1, "r")], id="the same once, at the end"),
        pytest.param([("a", 1, "r", True), ("a", 2, "r", True)], [("a", 1, "r"), ("a", 2, "r")], id="others each"),
        pytest.param([("a", 1, "r", True), ("a", 1, "s", True)], [("a", 1, "r"), ("a", 1, "s")], id="by room"),
        pytest.param([("a", 1, "r", False)] * 2, [("a", 1, "r")] * 2, id="at once is each time"),
        pytest.param([("a", "ä<>", "r", False)], [("a", "ä<>", "r")], id="texts as they are"),
    ],
)
def test_events_are_read_as_they_were_published(
    listened: frappe_lite.Site, published: list[tuple[Any, ...]], read: list[tuple[Any, ...]]
) -> None:
    reader = events.Reader(listened)
    with listened.acting() as ctx:
        for each in published:
            events.publish(ctx, *each)
    assert sorted((one.name, json.loads(one.message), one.room) for one in reader.read()) == sorted(read, key=str)
    assert reader.read() == []


@pytest.mark.parametrize(
    ("writes", "after_commit", "kept"),
    [
        pytest.param(False, False, 1, id="at once, and undone by nobody"),
        pytest.param(False, True, 0, id="with the transaction, which was not kept"),
        pytest.param(True, False, 1, id="at once, though it had to wait for its end"),
        pytest.param(True, True, 0, id="with it, and it was not kept"),
    ],
)
def test_an_event_outlives_a_transaction_that_fails_if_it_was_meant_at_once(
    listened: frappe_lite.Site, writes: bool, after_commit: bool, kept: int
) -> None:
    reader = events.Reader(listened)
    with pytest.raises(ValueError, match="undone"), listened.acting() as ctx:
        if writes:
            document.new(ctx, {"doctype": "ToDo", "description": "x"}).insert()
        events.publish(ctx, "a", 1, "r", after_commit)
        raise ValueError("undone")
    assert len([each for each in reader.read() if each.name == "a"]) == kept


@pytest.mark.parametrize(
    ("here", "gone", "heard"),
    [
        pytest.param([], [], False, id="nobody ever"),
        pytest.param(["one"], [], True, id="one"),
        pytest.param(["one"], ["one"], False, id="one that left"),
        pytest.param(["one", "two"], ["one"], True, id="another is left"),
        pytest.param(["one", "one"], ["one"], False, id="who says it twice leaves once"),
        pytest.param(["one"], ["two"], True, id="who was never there leaves nobody alone"),
    ],
)
def test_somebody_listens_until_all_have_left(
    site: frappe_lite.Site, here: list[str], gone: list[str], heard: bool
) -> None:
    for name in here:
        events.listen(site, name)
    for name in gone:
        events.leave(site, name)
    assert events.is_heard(site) is heard


@pytest.mark.parametrize(
    ("request_line", "status", "parts"),
    [
        pytest.param("GET /socket.io/?EIO=4&transport=polling", 200, ["0{", "44{", "44/shop,{", "44/localhost,{"], id="each namespace of the site"),
        pytest.param("GET /socket.io?EIO=4&transport=polling&t=1", 200, ["0{", "44{", "44/shop,{", "44/localhost,{"], id="without a slash"),
        pytest.param("GET /socket.io/?EIO=4&transport=polling&sid=none", 200, ["1"], id="the line is closed to who asks on"),
        pytest.param("POST /socket.io/?EIO=4&transport=polling&sid=none", 200, ["ok"], id="what they say is taken"),
        pytest.param("GET /socket.io/?EIO=4&transport=websocket", 404, None, id="by polling alone"),
        pytest.param("GET /socket.io/?EIO=3&transport=polling", 404, None, id="in the version of today alone"),
        pytest.param("GET /socket.io/", 404, None, id="not to who asks nothing"),
        pytest.param("GET /socket.io/socket.io.js", 404, None, id="nor for what lies below"),
    ],
)  # fmt: skip
def test_who_looks_for_sockets_at_the_site_itself(
    shop: Any, request_line: str, status: int, parts: list[str] | None
) -> None:
    response = ApiClient(shop[0], None)(request_line)
    assert response.status_code == status
    if parts is not None:
        packets = response.text.split(refusal.SEPARATOR)
        assert [packet[: len(part)] for packet, part in zip(packets, parts, strict=True)] == parts


NOW = 1_900_000_000.0


@pytest.mark.parametrize(
    ("looks", "read"),
    [
        pytest.param([[("a", 1.0)]], [["a"]], id="what came"),
        pytest.param([[("a", 1.0)], []], [["a"], []], id="once"),
        pytest.param([[("a", 1.0)], [("b", 2.0)]], [["a"], ["b"]], id="then what came since"),
        pytest.param([[("b", 2.0), ("a", 1.0)]], [["a", "b"]], id="in the order of their times"),
        pytest.param([[("b", 2.0)], [("a", 1.0)]], [["b"], ["a"]], id="one that was kept later than its time"),
        pytest.param([[("a", 1.0)], [("b", 1.0)]], [["a"], ["b"]], id="another of the same moment"),
        pytest.param([[("a", 0.0)]], [["a"]], id="of the moment of the first look"),
        pytest.param([[("a", -1.0)]], [[]], id="not what was before it"),
    ],
)
def test_each_event_is_read_once(
    monkeypatch: pytest.MonkeyPatch, looks: list[list[tuple[str, float]]], read: list[list[str]]
) -> None:
    monkeypatch.setattr(events.time, "time", lambda: NOW)
    site = frappe_lite.Site(title="shop")
    events.listen(site, "one")
    reader, found = events.Reader(site), []
    for kept in looks:
        with site.database.transaction():
            for name, seconds in kept:
                site.database.execute(
                    'INSERT INTO "__realtime" (id, at, event, message, room) VALUES (?, ?, ?, ?, ?)',
                    (name, NOW + seconds, name, "1", "all"),
                )
        found.append([event.name for event in reader.read()])
    assert found == read
    site.close()


@pytest.mark.parametrize(
    ("age", "kept"),
    [
        pytest.param(0.0, True, id="just now"),
        pytest.param(events.KEPT_SECONDS - 1, True, id="a moment ago"),
        pytest.param(events.KEPT_SECONDS + 1, False, id="longer ago than anybody looks back"),
    ],
)
def test_events_are_kept_for_a_moment(monkeypatch: pytest.MonkeyPatch, age: float, kept: bool) -> None:
    site, moment = frappe_lite.Site(title="shop"), [NOW]
    monkeypatch.setattr(events.time, "time", lambda: moment[0])
    events.listen(site, "one")
    for name in ("first", "second"):
        with site.acting():
            frappe_lite.publish_realtime(name, {}, room="all")
        moment[0] += age
    names = [row[0] for row in site.database.rows('SELECT event FROM "__realtime" ORDER BY event')]
    assert names == (["first", "second"] if kept else ["second"])
    site.close()
