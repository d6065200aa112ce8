"""Sockets by the real protocol: who may connect, which rooms one may join, what comes, from which process and when."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient, new_file
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.parts.realtime import events, refusal

socketio = pytest.importorskip("socketio")
server = pytest.importorskip("frappe_lite.parts.realtime.server")


PASSWORD = "correct horse 7"
ANN, BOB = "ann@x.org", "bob@x.org"
SECONDS = 60
"""After which a test has failed; what comes, comes in a fraction of one."""


class World:
    """A site on a file, and its sockets."""

    def __init__(self, site: frappe_lite.Site):
        self.site = site
        self.port = 0

    def cookie(self, user: str) -> dict[str, str]:
        client = ApiClient(self.site, None)
        response = client("POST /api/method/login", {"usr": user, "pwd": PASSWORD})
        sid = next(each for each in response.headers.getlist("Set-Cookie") if each.startswith("sid="))
        return {"Cookie": sid.partition(";")[0]}

    @contextlib.asynccontextmanager
    async def page(
        self, headers: dict[str, str] | None = None, namespace: str = "/shop", **options: Any
    ) -> AsyncIterator[Page]:
        made = Page(namespace)
        await made.client.connect(
            f"http://127.0.0.1:{self.port}",
            headers={**(headers or {})},  # a dict of its own: the library takes the cookie out of it
            namespaces=[namespace],
            wait_timeout=SECONDS,
            **options,
        )
        try:
            yield made
        finally:
            await made.client.disconnect()


class Page:
    """One page that is connected: what it hears comes out of `next`, in order."""

    def __init__(self, namespace: str):
        self.client, self.namespace = socketio.AsyncClient(reconnection=False), namespace
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.client.on("*", self._hear, namespace=namespace)

    async def _hear(self, event: str, *message: Any) -> None:
        self.heard.put_nowait((event, message[0] if message else None))

    async def say(self, event: str, *words: Any) -> None:
        await self.client.emit(event, words, namespace=self.namespace)

    async def settle(self) -> None:
        """Until all that was said was done: requests of a page are answered in order."""
        await self.say("ping")
        while (await self.next())[0] != "pong":
            pass

    async def next(self) -> tuple[str, Any]:
        return await asyncio.wait_for(self.heard.get(), SECONDS)


@pytest.fixture
def world(tmp_path: Path, write: Write) -> Any:
    site = frappe_lite.Site(new_file(tmp_path / "site.db"), title="shop", synchronous="off")
    site.load(write({"hooks.py": "", "zoo/doctype/pet/pet.json": doctype("Pet", ("kind", "Data"), permissions=[
        {"role": "All", "read": 1, "write": 1, "create": 1, "delete": 1, "if_owner": 1}, {"role": "Vet", "read": 1, "write": 1, "create": 1},
    ])}))  # fmt: skip
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Role"), "Vet", {"desk_access": 0})
        for name, roles in ((ANN, ["Vet"]), (BOB, [])):
            values = {"doctype": "User", "email": name, "first_name": name[:3], "new_password": PASSWORD}
            document.new(ctx, {**values, "roles": [{"role": role} for role in roles]}).insert()
    yield World(site)
    site.close()


def served(world: World, script: Callable[[World], Awaitable[None]]) -> None:
    """Run a script against a server of the site's sockets."""

    async def run() -> None:
        made = server.Server(world.site, ping_seconds=1)
        world.port = await made.start("127.0.0.1", 0)
        try:
            await script(world)
        finally:
            await made.stop()

    asyncio.run(run())


async def in_site(world: World, work: Callable[[Any], Any], user: str = "Administrator") -> Any:
    """Do something in the site, in a thread and a transaction of its own, as a request does."""

    def done() -> Any:
        with world.site.acting(user) as ctx:
            return work(ctx)

    return await asyncio.to_thread(done)


async def publish(world: World, **given: Any) -> None:
    await in_site(world, lambda _ctx: frappe_lite.publish_realtime(**given))


# --- who may connect ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]], ids=["by websocket", "by polling"])
def test_a_page_that_says_twice_that_it_connects_is_connected(world: World, transports: list[str]) -> None:
    """Raven's page does while it waits; its rooms are what they were, and it is not refused."""

    async def script(world: World) -> None:
        async with world.page(await asyncio.to_thread(world.cookie, ANN), transports=transports) as page:
            await page.say("doctype_subscribe", "Pet")
            again = page.client.packet_class(socketio.packet.CONNECT, namespace=page.namespace)
            await page.client._send_packet(again)
            await page.settle()
            await publish(world, event="told", message=1, room="doctype:Pet")
            assert await page.next() == ("told", 1)
            assert list(page.client.namespaces) == ["/shop"], "no refusal came"

    served(world, script)


@pytest.mark.parametrize(
    ("headers", "namespace", "transports"),
    [
        pytest.param("cookie", "/shop", ["websocket"], id="by cookie"),
        pytest.param("cookie", "/shop", ["polling"], id="by polling too"),
        pytest.param("key", "/shop", ["websocket"], id="by API key"),
        pytest.param("cookie", "/127.0.0.1", ["websocket"], id="by the host as namespace"),
    ],
)
def test_who_is_known_connects_and_hears_of_themselves(
    world: World, headers: str, namespace: str, transports: list[str]
) -> None:
    with world.site.acting() as ctx:
        key = {"Authorization": "token " + ":".join(auth.generate_keys(ctx, ANN))}

    async def script(world: World) -> None:
        sent = key if headers == "key" else world.cookie(ANN)
        async with world.page(sent, namespace, transports=transports) as page:
            await publish(world, event="hello", message={"a": 1}, user=ANN)
            assert await page.next() == ("hello", {"a": 1})

    served(world, script)


@pytest.mark.parametrize(
    ("headers", "namespace"),
    [
        pytest.param({}, "/other", id="another site's namespace"),
        pytest.param({}, "/", id="none"),
        pytest.param({"Authorization": "token a:b"}, "/shop", id="a wrong key"),
        pytest.param({"Authorization": "Bearer none"}, "/shop", id="a wrong token"),
        pytest.param({"Origin": "http://evil.example"}, "/shop", id="a page of another host"),
    ],
)
def test_who_is_not_is_refused(world: World, headers: dict[str, str], namespace: str) -> None:
    async def script(world: World) -> None:
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with world.page(headers, namespace):
                pass

    served(world, script)


def test_a_page_on_another_port_of_the_host_connects(world: World) -> None:
    async def script(world: World) -> None:
        async with world.page({"Origin": "http://127.0.0.1:8000"}) as page:
            await page.settle()

    served(world, script)


# --- rooms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "hear"),
    [
        pytest.param({"user": ANN}, {ANN}, id="a user"),
        pytest.param({"room": "website"}, {ANN, BOB, "Guest", "Administrator"}, id="everybody"),
        pytest.param({}, {"Administrator"}, id="everybody of the desk"),
        pytest.param({"doctype": "Pet"}, {"Administrator"}, id="a DocType alone is everybody of the desk"),
        pytest.param({"doctype": "Pet", "docname": "p"}, {ANN, "Administrator"}, id="who may read the document"),
        pytest.param({"room": "doctype:Pet"}, {ANN, BOB, "Administrator"}, id="who may read documents of the DocType"),
        pytest.param(
            {"event": "list_update", "message": {"doctype": "Pet"}}, {ANN, BOB, "Administrator"}, id="list_update"
        ),
        pytest.param(
            {"event": "docinfo_update", "doctype": "Pet", "docname": "p"}, {ANN, "Administrator"}, id="docinfo_update"
        ),
        pytest.param({"task_id": "t1"}, {BOB}, id="a job"),
        pytest.param({"room": "doctype:Error Log"}, {"Administrator"}, id="a DocType that few may read"),
    ],
)
def test_a_room_is_heard_by_who_may(world: World, given: dict[str, Any], hear: set[str]) -> None:
    async def script(world: World) -> None:
        await in_site(world, lambda ctx: document.new(ctx, {"doctype": "Pet"}).insert(set_name="p"))
        async with contextlib.AsyncExitStack() as stack:
            pages = {}
            for user in (ANN, BOB, "Administrator", "Guest"):
                with world.site.acting() as ctx:
                    key = ":".join(auth.generate_keys(ctx, user)) if user != "Guest" else ""
                headers = {"Authorization": f"token {key}"} if key else {}
                page = pages[user] = await stack.enter_async_context(world.page(headers))
                for name in ("Pet", "Error Log", "No Such"):
                    await page.say("doctype_subscribe", name)
                await page.say("doc_subscribe", "Pet", "p")
                await page.say("doc_subscribe", "Pet", "none")
                if user == BOB:
                    await page.say("task_subscribe", "t1")
                await page.settle()
            await publish(world, **{"event": "said", "message": {}, **given})
            await publish(world, event="end", room="website")
            heard = set()
            for user, page in pages.items():
                while (event := (await page.next())[0]) != "end":
                    if event == given.get("event", "said"):
                        heard.add(user)
            assert heard == hear

    served(world, script)


def test_who_leaves_hears_no_more(world: World) -> None:
    async def script(world: World) -> None:
        async with world.page(world.cookie(ANN)) as page:
            for name in ("doctype", "task"):
                await page.say(f"{name}_subscribe", "Pet")
                await page.say(f"{name}_unsubscribe", "Pet")
            await page.settle()
            await publish(world, event="a", room="doctype:Pet")
            await publish(world, event="b", task_id="Pet")
            await publish(world, event="end", user=ANN)
            assert (await page.next())[0] == "end"

    served(world, script)


def test_viewers_of_a_document_know_of_each_other(world: World) -> None:
    async def script(world: World) -> None:
        await in_site(world, lambda ctx: document.new(ctx, {"doctype": "Pet"}).insert(set_name="p"))
        async with world.page(world.cookie(ANN)) as page:
            await page.say("doc_open", "Pet", "p")
            assert await page.next() == ("doc_viewers", {"doctype": "Pet", "docname": "p", "users": [ANN]})
            with world.site.acting() as ctx:
                admin = {"Authorization": "token " + ":".join(auth.generate_keys(ctx, "Administrator"))}
            async with world.page(admin) as other:
                await other.say("doc_open", "Pet", "p")
                assert (await page.next())[1]["users"] == ["Administrator", ANN]
            assert (await page.next())[1]["users"] == [ANN]

    served(world, script)


# --- what is published, and when ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after_commit", "fails", "heard"),
    [
        pytest.param(True, False, True, id="after the commit"),
        pytest.param(True, True, False, id="not after one that fails"),
        pytest.param(False, True, True, id="at once, whatever becomes of the transaction"),
    ],
)
def test_an_event_is_sent_when_it_is_due(world: World, after_commit: bool, fails: bool, heard: bool) -> None:
    def work(ctx: Any) -> None:
        document.new(ctx, {"doctype": "ToDo", "description": "x"}).insert()
        for _ in range(2):
            frappe_lite.publish_realtime("due", {"n": 1}, user=ANN, after_commit=after_commit)
        if fails:
            raise ValueError("undone")

    async def script(world: World) -> None:
        async with world.page(world.cookie(ANN)) as page:
            with contextlib.suppress(ValueError):
                await in_site(world, work)
            await publish(world, event="end", user=ANN)
            found = []
            while (event := await page.next())[0] != "end":
                found.append(event)
            assert found == ([("due", {"n": 1})] * (1 if after_commit else 2) if heard else [])

    served(world, script)


def test_what_is_written_is_told_to_who_looks_at_it(world: World) -> None:
    async def script(world: World) -> None:
        async with world.page(world.cookie(ANN)) as page, world.page(world.cookie(BOB)) as other:
            for each in (page, other):
                await each.say("doctype_subscribe", "Pet")
                await each.settle()
            await in_site(world, lambda ctx: document.new(ctx, {"doctype": "Pet"}).insert(set_name="p"))
            assert await page.next() == ("list_update", {"doctype": "Pet", "name": "p", "user": "Administrator"})
            await page.say("doc_subscribe", "Pet", "p")
            await page.settle()
            await in_site(world, lambda ctx: document.load(ctx, "Pet", "p").update({"kind": "cat"}).save(), ANN)
            event, message = await page.next()
            assert (event, message["doctype"], message["name"]) == ("doc_update", "Pet", "p")
            assert await page.next() == ("list_update", {"doctype": "Pet", "name": "p", "user": ANN})
            await in_site(world, lambda ctx: document.load(ctx, "Pet", "p").delete())
            assert (await page.next())[0] == "list_update"
            await publish(world, event="end", user=BOB)
            assert (await other.next())[0] == "end"  # BOB may read none of these, and heard of none

    served(world, script)


def test_who_has_signed_out_hears_nothing_any_more(world: World) -> None:
    """Neither of documents nor what is said to that user: what is said to everybody comes first."""

    async def script(world: World) -> None:
        cookie = world.cookie(ANN)
        async with world.page(cookie) as page:
            await page.say("doctype_subscribe", "Pet")
            await page.say("doc_subscribe", "Pet", "p")
            await page.settle()
            browser = ApiClient(world.site, None)
            browser.wsgi.set_cookie("sid", cookie["Cookie"].partition("=")[2])
            await asyncio.to_thread(lambda: browser("POST /api/method/logout"))
            assert not world.site.database.rows('SELECT 1 FROM "tabSessions"')
            await in_site(world, lambda ctx: document.new(ctx, {"doctype": "Pet"}).insert(set_name="p"))
            for room in ({"user": ANN}, {"doctype": "Pet"}, {"doctype": "Pet", "docname": "p"}, {"room": "website"}):
                await publish(world, event=f"to {next(iter(room.values()))}", **room)
            assert (await page.next())[0] == "to website"

    served(world, script)


def test_another_process_is_heard_too(world: World, tmp_path: Path) -> None:
    """Two sites on one file, as two processes have them."""
    other = frappe_lite.Site(world.site.database.path, title="shop", synchronous="off")

    async def script(world: World) -> None:
        async with world.page(world.cookie(ANN)) as page:
            await publish(World(other), event="from afar", message=[1], user=ANN)
            assert await page.next() == ("from afar", [1])

    served(world, script)
    other.close()


def test_a_page_that_is_read_may_publish(world: World) -> None:
    with world.site.acting() as ctx:
        events.listen(world.site, "x")
        ctx.rollback()
    client = ApiClient(world.site)
    world.site.extensions.before.append(lambda ctx: ctx.site.extensions.publish(ctx, "read", {}, "all", False))
    assert client("GET /api/method/ping").status_code == 200
    assert [row[0] for row in world.site.database.rows('SELECT event FROM "__realtime"')] == ["read"]


@pytest.mark.sqlite("asks its own list of tables")
def test_nothing_is_kept_where_nobody_listens(site: frappe_lite.Site) -> None:
    with site.acting():
        frappe_lite.publish_realtime("event", {"a": 1}, user=ANN)
        frappe_lite.publish_progress(50, "Import")
    assert not events.is_heard(site)
    assert not site.database.rows("SELECT 1 FROM sqlite_master WHERE name = '__realtime'")


def test_a_server_that_went_away_is_forgotten(world: World) -> None:
    async def script(world: World) -> None:
        assert events.is_heard(world.site)

    served(world, script)
    assert not events.is_heard(world.site)


def test_who_leaves_is_not_the_others(world: World) -> None:
    for name in ("first", "second"):
        events.listen(world.site, name)
    events.leave(world.site, "first")
    assert events.is_heard(world.site)
    events.leave(world.site, "second")
    assert not events.is_heard(world.site)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        pytest.param(None, False, id="nobody was there"),
        pytest.param('{"a": 0}', False, id="who was not heard of for long is gone"),
        pytest.param('{"a": 0, "b": 9e12}', True, id="one of two is there"),
        pytest.param("1795806570.5", False, id="what an earlier version said counts for nothing"),
    ],
)
def test_who_serves_sockets_is_known_from_the_database(world: World, said: str | None, heard: bool) -> None:
    with world.site.database.transaction():
        world.site.store.set_value(events.LISTENING, said)
    assert events.is_heard(world.site) == heard


# --- without it --------------------------------------------------------------------------------------------


def test_the_site_itself_refuses_once_and_in_the_protocol(site: frappe_lite.Site) -> None:
    guest = ApiClient(site, None)
    packets = guest("GET /socket.io/?EIO=4&transport=polling&t=x").text.split(refusal.SEPARATOR)
    assert packets[0].startswith("0{")
    assert [each[: each.index("{")] for each in packets[1:]] == ["44", "44/frappe_lite,", "44/localhost,"]
    assert json.loads(packets[1][2:]) == {"message": refusal.SENTENCE}
    assert guest("POST /socket.io/?EIO=4&transport=polling&sid=none", data=b"41").text == "ok"
    assert guest("GET /socket.io/?EIO=4&transport=websocket").status_code == 404


def test_the_library_stays_silent_after_that(site: frappe_lite.Site) -> None:
    """What a browser's library makes of the answer is seen by scripts/; here, that python-socketio takes it so."""
    guest, heard = ApiClient(site, None), []
    packet = guest("GET /socket.io/?EIO=4&transport=polling").text.split(refusal.SEPARATOR)[2]
    found = socketio.packet.Packet(encoded_packet=packet[1:])
    heard.append((found.packet_type, found.namespace))
    assert heard == [(socketio.packet.CONNECT_ERROR, "/frappe_lite")]
