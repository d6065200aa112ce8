"""The server of sockets: Socket.IO by python-socketio on aiohttp, with the events and rooms of Frappe's own.

The event loop never waits for the database: what asks it runs in threads. One of them looks for what is new, some ten
times a second; on SQLite such a look costs nothing while nobody writes.

    server = Server(site); await server.start("127.0.0.1", 9000); …; await server.stop()
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import secrets
import signal
import socket
import threading
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from ...command.cli import open_site
from ...errors import FrappeError
from ...site import Site
from ...sqlite import served
from ...utils import cstr
from ...values import JsonObject
from .. import change_log
from ..change_log import Change
from . import events, peers
from .events import Event
from .peers import Peer

log = logging.getLogger("frappe_lite")

LOOK_SECONDS = 0.1
SAID_SECONDS = 30
"""How often the database is looked at, and how often it is told that somebody listens."""

GRACE_SECONDS, PATIENCE = 0.2, 3.0
"""How long connections have to end, which pages make again by themselves; and a thread of sockets with them."""

CHUNK = 500
T = TypeVar("T")


class _Sockets(socketio.AsyncServer):  # type: ignore[misc]  # the library says no types
    """The library's server, to which a page may say twice that it connects, and which fails so that pages try again."""

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: object) -> None:
        """Pages that grow impatient say it again (raven's do), and have their answer: refused, as the library would,
        they would take it for the last word and hear nothing any more.

        So would they if who asks could not be looked up: then the line is cut, which they mend by themselves.
        """
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is not None:
            return
        try:
            await super()._handle_connect(eio_sid, namespace, data)
        except Exception as error:  # whatever it is, of the database's or an app's hooks
            log.warning("a page was not connected, and tries again: %s: %s", type(error).__name__, error)
            await self.eio.disconnect(eio_sid)


class Server:
    """The sockets of one site."""

    def __init__(self, site: Site, ping_seconds: float = 25):
        self.site, self.name, self.peers = site, secrets.token_hex(8), dict[tuple[str, str], Peer]()
        self._threads = ThreadPoolExecutor(2, "frappe_lite-realtime")
        # A connection of its own sees what others wrote
        self._looking = ThreadPoolExecutor(1, "frappe_lite-realtime-look")
        self._io = _Sockets(
            async_mode="aiohttp",
            namespaces="*",
            ping_interval=ping_seconds,
            ping_timeout=min(20, ping_seconds),
            async_handlers=False,  # what one page says is done in its order: join, then leave
            cors_allowed_origins=lambda origin, environ: peers.is_same_host(cstr(origin), environ),
        )
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._cursor, self._has_more = 0, False
        self._reader = events.Reader(site)
        self._listen_to_pages()

    # --- its life ---

    async def start(self, host: str, port: int, bound: socket.socket | None = None) -> int:
        """Listen, on a socket that is bound if there is one; the port that was taken. Raises OSError if it cannot
        be."""
        app = web.Application()
        self._io.attach(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS)
        await self._runner.setup()
        place = web.TCPSite(self._runner, host, port) if bound is None else web.SockSite(self._runner, bound)
        await place.start()
        await self._run(self._looking, self._begin)
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._say())]
        return int(self._runner.addresses[0][1])

    def _begin(self) -> None:
        events.listen(self.site, self.name)
        self._reader, self._cursor = events.Reader(self.site), change_log.latest(self.site)

    async def stop(self) -> None:
        """Say that nobody listens any more, and let everybody go."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._run(self._looking, functools.partial(events.leave, self.site, self.name))
        await self._io.shutdown()
        if self._runner is not None:
            await self._runner.cleanup()
        self._threads.shutdown()
        self._looking.shutdown()

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    async def _ask(self, work: Callable[[], T]) -> T:
        return await self._run(self._threads, work)

    # --- what pages say ---

    def _listen_to_pages(self) -> None:
        for name, handler in {
            "connect": self._connect, "disconnect": self._disconnect, "ping": self._ping,
            "doctype_subscribe": self._join_doctype, "doctype_unsubscribe": self._leave_doctype,
            "doc_subscribe": self._join_doc, "doc_unsubscribe": self._leave_doc,
            "doc_open": self._open, "doc_close": self._close,
            "task_subscribe": self._join_task, "progress_subscribe": self._join_task,
            "task_unsubscribe": self._leave_task,
        }.items():  # fmt: skip
            self._io.on(name, handler, namespace="*")

    async def _connect(self, namespace: str, sid: str, environ: JsonObject, _auth: object = None) -> None:
        if namespace not in peers.known_namespaces(self.site, environ):
            raise Refused("Invalid namespace")
        asked = environ.get("aiohttp.request")
        kept = {key: value for key, value in environ.items() if isinstance(value, str)}
        kept["REMOTE_ADDR"] = cstr(asked.remote if asked is not None else "")
        try:
            peer = await self._ask(functools.partial(peers.admit, self.site, kept))
        except FrappeError as error:
            if error.http_status >= 500:  # the database is busy, or a hook of an app's failed: it may not the next time
                raise
            raise Refused(f"Unauthorized: {error}") from None
        self.peers[namespace, sid] = peer
        for room in (f"user:{peer.user}", "website", *(["all"] if peer.is_system_user else [])):
            await self._io.enter_room(sid, room, namespace=namespace)

    async def _disconnect(self, namespace: str, sid: str, _reason: object = None) -> None:
        peer = self.peers.pop((namespace, sid), None)
        for doctype, name in peer.opened if peer else ():
            await self._tell_viewers(namespace, doctype, name)

    async def _ping(self, namespace: str, sid: str, *_more: object) -> None:
        await self._io.emit("pong", to=sid, namespace=namespace)

    async def _join_doctype(self, namespace: str, sid: str, doctype: object = None, *_more: object) -> None:
        if await self._may(namespace, sid, doctype):
            await self._enter(namespace, sid, f"doctype:{doctype}")

    async def _leave_doctype(self, namespace: str, sid: str, doctype: object = None, *_more: object) -> None:
        await self._leave(namespace, sid, f"doctype:{doctype}")

    async def _join_doc(
        self, namespace: str, sid: str, doctype: object = None, name: object = None, *_more: object
    ) -> None:
        if name and await self._may(namespace, sid, doctype, name):
            await self._enter(namespace, sid, f"doc:{doctype}/{cstr(name)}")

    async def _leave_doc(
        self, namespace: str, sid: str, doctype: object = None, name: object = None, *_more: object
    ) -> None:
        await self._leave(namespace, sid, f"doc:{doctype}/{cstr(name)}")

    async def _join_task(self, namespace: str, sid: str, task: object = None, *_more: object) -> None:
        """Whoever knows the name of a job may follow it: it is made of chance."""
        await self._enter(namespace, sid, f"task_progress:{cstr(task)[:200]}")

    async def _leave_task(self, namespace: str, sid: str, task: object = None, *_more: object) -> None:
        await self._leave(namespace, sid, f"task_progress:{cstr(task)[:200]}")

    async def _open(
        self, namespace: str, sid: str, doctype: object = None, name: object = None, *_more: object
    ) -> None:
        if name and await self._may(namespace, sid, doctype, name):
            if await self._enter(namespace, sid, f"open_doc:{doctype}/{cstr(name)}"):
                self.peers[namespace, sid].opened.add((cstr(doctype), cstr(name)))
            await self._tell_viewers(namespace, cstr(doctype), cstr(name))

    async def _close(
        self, namespace: str, sid: str, doctype: object = None, name: object = None, *_more: object
    ) -> None:
        peer = self.peers.get((namespace, sid))
        if peer is not None:
            peer.opened.discard((cstr(doctype), cstr(name)))
            await self._leave(namespace, sid, f"open_doc:{doctype}/{cstr(name)}")
            await self._tell_viewers(namespace, cstr(doctype), cstr(name))

    async def _may(self, namespace: str, sid: str, doctype: object, name: object = None) -> bool:
        peer = self.peers.get((namespace, sid))
        return peer is not None and await self._ask(functools.partial(peers.may_join, self.site, peer, doctype, name))

    async def _enter(self, namespace: str, sid: str, room: str) -> bool:
        peer = self.peers.get((namespace, sid))  # it may have gone while it was asked
        if peer is None or len(peer.rooms) >= peers.MOST_ROOMS:
            return False
        peer.rooms.add(room)
        await self._io.enter_room(sid, room, namespace=namespace)
        return True

    async def _leave(self, namespace: str, sid: str, room: str) -> None:
        peer = self.peers.get((namespace, sid))
        if peer is not None and room in peer.rooms:
            peer.rooms.discard(room)
            await self._io.leave_room(sid, room, namespace=namespace)

    async def _tell_viewers(self, namespace: str, doctype: str, name: str) -> None:
        """Who looks at a document is told who else does."""
        users = {
            peer.user
            for (place, _), peer in self.peers.items()
            if place == namespace and (doctype, name) in peer.opened
        }
        told = {"doctype": doctype, "docname": name, "users": sorted(users)}
        await self._emit("doc_viewers", told, f"open_doc:{doctype}/{name}", {namespace})

    # --- what the database says ---

    async def _say(self) -> None:
        """Say now and then that somebody listens."""
        while True:
            await asyncio.sleep(SAID_SECONDS)
            with contextlib.suppress(FrappeError):
                await self._run(self._looking, functools.partial(events.listen, self.site, self.name))

    async def _follow(self) -> None:
        """Send on what is new. A look that fails is made again."""
        while True:
            try:
                published, written = await self._run(self._looking, self._look)
            except FrappeError as error:
                log.warning("the sockets' look at the database failed: %s", error)
                published, written = [], []
            for event in published:
                await self._send(event)
            for key, peer in list(self.peers.items()) if written else ():
                await self._tell(key, peer, written)
            if not published and not written:
                await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> tuple[list[Event], list[Change]]:
        if not self.site.database.data_version_changed() and not self._has_more:
            return [], []
        last = change_log.latest(self.site)
        written = change_log.read(self.site.store, self._cursor, last, None, CHUNK) if last > self._cursor else []
        self._has_more = len(written) == CHUNK
        self._cursor = written[-1].cursor if self._has_more else last
        return self._reader.read(), list({(each.doctype, each.name): each for each in written}.values())

    async def _send(self, event: Event) -> None:
        await self._emit(event.name, json.loads(event.message), event.room, {namespace for namespace, _ in self.peers})

    async def _emit(self, name: str, message: object, room: str, namespaces: set[str]) -> None:
        """Tell a room, but for those who may not hear it any more."""
        inside = {key: peer for key, peer in self.peers.items() if key[0] in namespaces and peers.is_in(peer, room)}
        may = {key: await self._ask(functools.partial(peers.may_hear, self.site, inside[key], room)) for key in inside}
        for namespace in namespaces:
            gone = [sid for (place, sid), allowed in may.items() if place == namespace and not allowed]
            await self._io.emit(name, message, room=room, namespace=namespace, skip_sid=gone)

    async def _tell(self, key: tuple[str, str], peer: Peer, written: list[Change]) -> None:
        namespace, sid = key
        for name, message in await self._ask(functools.partial(self._messages, peer, written)):
            await self._io.emit(name, message, to=sid, namespace=namespace)

    def _messages(self, peer: Peer, written: list[Change]) -> list[tuple[str, JsonObject]]:
        known = peers.heard(self.site, peer, written)
        return [message for each in known for message in peers.messages_of(self.site, peer, each)]


# --- by a thread of a server -------------------------------------------------------------------------------


def begin(site: Site, bound: socket.socket) -> Callable[[], None]:
    """Serve on a socket that is bound, by a thread of this process; what ends it."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        server = Server(site)
        await server.start("", 0, bound)
        await ended.wait()
        await server.stop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serve())
        except FrappeError as error:
            log.warning("no sockets are served: %s", error)
        finally:
            loop.close()

    def end() -> None:
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            loop.call_soon_threadsafe(ended.set)
        thread.join(PATIENCE)

    thread = threading.Thread(target=run, name="frappe_lite-sockets", daemon=True)
    thread.start()
    return end


# --- the command -------------------------------------------------------------------------------------------


def run(parsed: Namespace) -> int:
    """`frappe-lite realtime`: serve until SIGTERM or Ctrl+C."""
    host, _, port = parsed.listen.rpartition(":")
    claim, bound = served.Claim(), None
    if parsed.beside:  # of a server, with which it ends, were it while the app is loaded
        served.end_with(parsed.beside)
        claim = served.share(parsed.database)
        bound = socket.socket(fileno=parsed.socket)
    site = open_site(parsed)
    try:
        asyncio.run(_serve(site, host.strip("[]") or "127.0.0.1", int(port), bound))
    finally:
        site.close()
        claim.close()
    return 0


async def _serve(site: Site, host: str, port: int, bound: socket.socket | None = None) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = Server(site)
    taken = await server.start(host, port, bound)
    host = host if bound is None else cstr(bound.getsockname()[0])
    print(f"Serving the sockets of {site.title} on http://{host}:{taken}", flush=True)
    await ended.wait()
    await server.stop()
