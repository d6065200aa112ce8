"""What a page says to the server of sockets, without a socket: which rooms it comes into, and who hears of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.document import schema
from frappe_lite.parts.change_log import Change
from frappe_lite.parts.realtime import events, peers

pytest.importorskip("socketio")
pytest.importorskip("aiohttp")

from frappe_lite.parts.realtime.server import Refused, Server  # noqa: E402 - only where its library is

ANN, BEN = "ann@x.org", "ben@x.org"
HOME = "/shop"
Said = list[tuple[str, tuple[Any, ...]]]


class Lines:
    """Stands for the library's server: who is in which room, and what was sent where."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[str]] = {}
        self.sent: list[tuple[str, Any, str]] = []
        self.skipped: list[str] = []

    async def enter_room(self, sid: str, room: str, namespace: str) -> None:
        """Somebody comes in."""
        self.rooms.setdefault(sid, set()).add(room)

    async def leave_room(self, sid: str, room: str, namespace: str) -> None:
        """Somebody leaves."""
        self.rooms[sid].discard(room)

    async def emit(
        self, event: str, data: Any = None, to: str = "", room: str = "", namespace: str = "", skip_sid: Any = ()
    ) -> None:
        """Something is sent to one, or to all in a room but for some."""
        self.skipped += skip_sid
        self.sent.append((event, data, to or room))


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[frappe_lite.Site, dict[str, dict[str, Any]]]]:
    """A site with a card of Ann's and one of the Administrator's, and what a page of each user comes with."""
    site = frappe_lite.Site(title="shop")
    with site.acting() as ctx:
        own = {"role": "Desk User", "if_owner": 1, "read": 1}
        fields = [{"fieldname": "title", "fieldtype": "Data"}]
        made = {"doctype": "DocType", "name": "Card", "autoname": "field:title", "fields": fields}
        schema.store_doctype(ctx, {**made, "permissions": [own, {"role": "System Manager", "read": 1}]})
        for user, roles in ((ANN, ["Desk User"]), (BEN, [])):
            values = {"doctype": "User", "email": user, "first_name": user[:3], "roles": [{"role": r} for r in roles]}
            document.new(ctx, values).insert()
        keys = {user: ":".join(auth.generate_keys(ctx, user)) for user in (ANN, BEN, "Administrator")}
        for user, title in ((ANN, "hers"), ("Administrator", "all")):
            document.new(ctx.as_user(user).trusted(), {"doctype": "Card", "title": title}).insert()
    environs = {user: environ(HTTP_AUTHORIZATION=f"token {key}") for user, key in keys.items()}
    yield site, {**environs, "Guest": environ()}
    site.close()


def environ(**more: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/socket.io/", "HTTP_HOST": "shop.example:9000", **more}


class Room:
    """A server with pages in it, each of which says something in turn."""

    def __init__(self, shop: tuple[frappe_lite.Site, dict[str, dict[str, Any]]]):
        self.site, self.environs = shop
        self.server, self.lines = Server(self.site), Lines()
        self.server._io = self.lines

    def run(self, said: list[tuple[str, str, tuple[Any, ...]]], *pages: str) -> Lines:
        """Let each page connect, named by its user, and say what it has to say: `(page, event, arguments)`."""

        async def talk() -> None:
            for user in pages:
                await self.server._connect(HOME, user, dict(self.environs[user]))
            for user, event, arguments in said:
                await getattr(self.server, f"_{event}")(HOME, user, *arguments)

        asyncio.run(talk())
        self.server._threads.shutdown()
        self.server._looking.shutdown()
        return self.lines


@pytest.fixture
def room(shop: Any) -> Room:
    return Room(shop)


@pytest.mark.parametrize(
    ("user", "rooms"),
    [
        pytest.param("Guest", {"user:Guest", "website"}, id="nobody in particular: the website's"),
        pytest.param(BEN, {f"user:{BEN}", "website"}, id="somebody of the website: and their own"),
        pytest.param(ANN, {f"user:{ANN}", "website", "all"}, id="somebody of the desk: and everybody's"),
        pytest.param("Administrator", {"user:Administrator", "website", "all"}, id="the Administrator"),
    ],
)
def test_the_rooms_that_a_page_begins_in(room: Room, user: str, rooms: set[str]) -> None:
    assert room.run([], user).rooms == {user: rooms}


@pytest.mark.parametrize(
    ("namespace", "environ_of", "said"),
    [
        pytest.param("/other", "Guest", "Invalid namespace", id="another site's namespace"),
        pytest.param("/", "Guest", "Invalid namespace", id="none"),
        pytest.param(HOME, {"HTTP_AUTHORIZATION": "token a:b"}, "Unauthorized", id="a key that is none"),
        pytest.param(HOME, {"HTTP_AUTHORIZATION": "Bearer none"}, "Unauthorized", id="a token that is none"),
    ],
)
def test_who_is_not_let_in(room: Room, namespace: str, environ_of: Any, said: str) -> None:
    given = room.environs[environ_of] if isinstance(environ_of, str) else environ(**environ_of)
    with pytest.raises(Refused, match=said):
        asyncio.run(room.server._connect(namespace, "x", dict(given)))
    assert (room.server.peers, room.lines.rooms) == ({}, {})


LISTS, CARD = ("join_doctype", ("Card",)), ("join_doc", ("Card", "all"))


@pytest.mark.parametrize(
    ("user", "said", "room_of"),
    [
        pytest.param("Administrator", [LISTS], "doctype:Card", id="a list that one may read"),
        pytest.param("Administrator", [CARD], "doc:Card/all", id="a document that one may read"),
        pytest.param(ANN, [("join_doc", ("Card", "hers"))], "doc:Card/hers", id="one's own"),
        pytest.param(ANN, [CARD], "", id="not one that is somebody else's"),
        pytest.param(BEN, [LISTS], "", id="not a list that is not for one"),
        pytest.param("Guest", [LISTS, CARD], "", id="nothing for guests"),
        pytest.param("Administrator", [("join_doc", ("Card", ""))], "", id="a document without a name"),
        pytest.param("Administrator", [("join_doc", ("Card",))], "", id="a document of which nothing is said"),
        pytest.param("Administrator", [("join_doctype", ())], "", id="a list of which nothing is said"),
        pytest.param("Administrator", [("join_doctype", ("No Such",))], "", id="a DocType that is not there"),
        pytest.param("Administrator", [("join_doctype", ({"a": 1},))], "", id="what is no name"),
        pytest.param("Administrator", [LISTS, ("leave_doctype", ("Card",))], "", id="a list that one left"),
        pytest.param("Administrator", [CARD, ("leave_doc", ("Card", "all"))], "", id="a document that one left"),
        pytest.param("Administrator", [CARD, ("leave_doc", ("Card", "x"))], "doc:Card/all", id="another was left"),
        pytest.param("Administrator", [("leave_doc", ("Card", "all"))], "", id="who leaves what one never joined"),
        pytest.param("Administrator", [CARD, CARD], "doc:Card/all", id="who joins twice"),
        pytest.param("Administrator", [("join_doctype", ("Card", "more", 3))], "doctype:Card", id="with more said"),
        pytest.param("Guest", [("join_task", ("job-1",))], "task_progress:job-1", id="a job, by its name"),
        pytest.param("Guest", [("join_task", ("j",)), ("leave_task", ("j",))], "", id="a job that one left"),
        pytest.param("Guest", [("join_task", ("x" * 900,))], f"task_progress:{'x' * 200}", id="names have an end"),
    ],
)
def test_which_rooms_a_page_comes_into(room: Room, user: str, said: Said, room_of: str) -> None:
    lines = room.run([(user, event, arguments) for event, arguments in said], user)
    begun = {f"user:{user}", "website", "all"}
    assert lines.rooms[user] - begun == ({room_of} if room_of else set())


def test_a_page_is_in_so_many_rooms_and_no_more(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MOST_ROOMS", 3)
    said = [("Guest", "join_task", (f"job-{number}",)) for number in range(5)]
    lines = room.run([*said, ("Guest", "leave_task", ("job-0",)), ("Guest", "join_task", ("last",))], "Guest")
    names = {each.partition(":")[2] for each in lines.rooms["Guest"] if each.startswith("task_progress:")}
    assert names == {"job-1", "job-2", "last"}


OPEN, CLOSE = "open", "close"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param([("Administrator", OPEN)], [["Administrator"]], id="who opens a document is told of oneself"),
        pytest.param([("Administrator", OPEN), ("Administrator", CLOSE)], [["Administrator"], []], id="who closes it"),
        pytest.param(
            [(ANN, OPEN), ("Administrator", OPEN), (ANN, CLOSE)],
            [[ANN], ["Administrator", ANN], ["Administrator"]],
            id="others are told of who comes and goes",
        ),
        pytest.param([(BEN, OPEN)], [], id="who may not read it opens nothing"),
        pytest.param([(ANN, OPEN), (BEN, OPEN)], [[ANN]], id="and nobody hears of it"),
        pytest.param([(ANN, OPEN), (ANN, "disconnect")], [[ANN], []], id="who goes away has closed it"),
        pytest.param([(ANN, "disconnect"), (ANN, CLOSE)], [], id="who has gone says nothing any more"),
    ],
)
def test_who_looks_at_a_document_is_told(room: Room, said: list[tuple[str, str]], told: list[list[str]]) -> None:
    arguments: dict[str, tuple[Any, ...]] = {OPEN: ("Card", "hers"), CLOSE: ("Card", "hers")}
    talk = [(user, event, arguments.get(event, ())) for user, event in said]
    sent = room.run(talk, ANN, BEN, "Administrator").sent
    assert [each[1]["users"] for each in sent if each[0] == "doc_viewers"] == told
    assert {(data["doctype"], data["docname"], place) for _, data, place in sent} <= {
        ("Card", "hers", "open_doc:Card/hers")
    }


def test_a_ping_is_answered_to_who_sent_it(room: Room) -> None:
    assert room.run([("Guest", "ping", ())], "Guest").sent == [("pong", None, "Guest")]


def changed(name: str, kind: str = "update", doctype: str = "Card") -> Change:
    known = {"kind": kind, "doctype": doctype, "name": name}
    return Change(**{each: known.get(each, "") for each in Change.__annotations__})


@pytest.mark.parametrize(
    ("rooms", "changes", "meant"),
    [
        pytest.param({"doctype:Card"}, ["hers", "all"], 2, id="a list hears of all of it"),
        pytest.param({"doc:Card/hers"}, ["hers", "all"], 1, id="a document of itself"),
        pytest.param({"doctype:ToDo", "doc:ToDo/hers"}, ["hers"], 0, id="another kind of nothing"),
        pytest.param({"website", "all"}, ["hers"], 0, id="who joined nothing is told of nothing"),
        pytest.param({"doctype:Card"}, [], 0, id="nothing changed"),
    ],
)
def test_a_page_hears_of_what_it_joined(
    shop: Any, monkeypatch: pytest.MonkeyPatch, rooms: set[str], changes: list[str], meant: int
) -> None:
    """The right to know of each is asked of the change feed, which has tests of its own."""
    monkeypatch.setattr(peers.changes, "readable", lambda _ctx, found: {each.cursor for each in found})
    peer = peers.admit(shop[0], shop[1]["Administrator"])
    peer.rooms = rooms
    assert len(peers.heard(shop[0], peer, [changed(name) for name in changes])) == meant


@pytest.mark.parametrize(
    ("known", "comes_as", "hears"),
    [
        pytest.param("Administrator", "Administrator", True, id="who is still who they were"),
        pytest.param("Administrator", ANN, False, id="whose session is somebody else's now"),
        pytest.param("Administrator", "Guest", False, id="whose session has ended"),
        pytest.param("Administrator", "revoked", False, id="whose key was taken away"),
    ],
)
def test_who_a_page_is_is_asked_anew(
    shop: Any, monkeypatch: pytest.MonkeyPatch, known: str, comes_as: str, hears: bool
) -> None:
    monkeypatch.setattr(peers.changes, "readable", lambda _ctx, found: {each.cursor for each in found})
    peer = peers.admit(shop[0], shop[1][known])
    peer.rooms = {"doctype:Card"}
    revoked = environ(HTTP_AUTHORIZATION="token gone:gone")
    peer.environ = {**shop[1], "revoked": revoked}[comes_as]
    assert bool(peers.heard(shop[0], peer, [changed("all")])) is hears
    assert peers.may_join(shop[0], peer, "Role", "System Manager") is hears


@pytest.mark.parametrize(
    ("event", "place"),
    [
        pytest.param(events.Event("refetch", json.dumps({"key": 1}), "user:ann@x.org"), "user:ann@x.org", id="a user"),
        pytest.param(events.Event("say", json.dumps("ä"), "all"), "all", id="everybody of the desk"),
        pytest.param(events.Event("done", json.dumps(None), "task_progress:j"), "task_progress:j", id="a job's page"),
    ],
)
def test_an_event_goes_to_its_room(room: Room, event: events.Event, place: str) -> None:
    async def talk() -> None:
        await room.server._connect(HOME, "Guest", dict(room.environs["Guest"]))
        await room.server._send(event)

    asyncio.run(talk())
    assert room.lines.sent == [(event.name, json.loads(event.message), place)]


@pytest.mark.parametrize(
    ("revoked", "place", "skipped"),
    [
        pytest.param([], f"user:{ANN}", [], id="who is still there"),
        pytest.param([ANN], f"user:{ANN}", [ANN], id="whose key was taken away"),
        pytest.param([ANN, "Administrator"], "all", [ANN, "Administrator"], id="all of them"),
        pytest.param([ANN], "all", [ANN], id="one of them"),
        pytest.param([ANN], "website", [], id="what is said to everybody"),
        pytest.param([ANN], "doctype:Card", [], id="a room that nobody is in"),
    ],
)
def test_an_event_passes_over_who_may_not_hear_it_any_more(
    room: Room, revoked: list[str], place: str, skipped: list[str]
) -> None:
    async def talk() -> None:
        for user in (ANN, "Administrator"):
            await room.server._connect(HOME, user, dict(room.environs[user]))
        for user in revoked:
            room.server.peers[HOME, user].environ = environ(HTTP_AUTHORIZATION="token gone:gone")
        await room.server._send(events.Event("say", "1", place))

    asyncio.run(talk())
    assert (room.lines.sent, room.lines.skipped) == ([("say", 1, place)], skipped)


def test_where_nobody_is_connected_nothing_is_sent(room: Room) -> None:
    asyncio.run(room.server._send(events.Event("say", "1", "all")))
    assert room.lines.sent == []


def test_one_look_has_what_was_written_once_and_in_parts(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a document that changed often the last change is told; what is too much for one look is for the next."""
    site, server = shop[0], Server(shop[0])
    server._begin()
    monkeypatch.setattr("frappe_lite.parts.realtime.server.CHUNK", 3)
    with site.acting() as ctx:
        for number in range(4):
            document.new(ctx, {"doctype": "Card", "title": f"look-{number}"}).insert()
    server._has_more = True  # a look by another thread would see it by itself
    looks = [sorted(str(each.name) for each in server._look()[1]) for _ in range(3)]
    assert [len(each) for each in looks] == [3, 1, 0]
    assert sorted(looks[0] + looks[1]) == [f"look-{number}" for number in range(4)]
    events.leave(site, server.name)
    server._threads.shutdown()
    server._looking.shutdown()
