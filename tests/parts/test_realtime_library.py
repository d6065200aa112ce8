"""Sockets by the library that pages use, socket.io-client from npm: refused once by the site itself, served beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

import frappe_lite
from conftest import new_file
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.errors import DatabaseBusyError
from frappe_lite.parts.realtime import peers, refusal

pytest.importorskip("socketio")
server = pytest.importorskip("frappe_lite.parts.realtime.server")

TESTS = Path(__file__).parent.parent
SDK_FOLDER = TESTS.parent / ".venv" / "js"
SECONDS = 60

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (SDK_FOLDER / "node_modules" / "socket.io-client").exists(),
    reason="needs Node and npm, which `make test` then uses",
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Any]:
    made = frappe_lite.Site(new_file(tmp_path / "site.db"), title="shop", synchronous="off")
    yield made
    made.close()


async def page(url: str, token: str = "") -> Any:
    environment = {**os.environ, "SOCKET_URL": url, "FRAPPE_TOKEN": token, "SDK_FOLDER": str(SDK_FOLDER)}
    script = str(TESTS / "clients" / "sockets.mjs")
    return await asyncio.create_subprocess_exec("node", script, env=environment, stdout=asyncio.subprocess.PIPE)


async def line_of(made: Any) -> bytes:
    return bytes(await asyncio.wait_for(made.stdout.readline(), SECONDS))


@pytest.mark.parametrize("namespace", ["/shop", "/127.0.0.1", ""])
def test_the_site_refuses_once_and_the_library_stays_silent(site: Any, namespace: str) -> None:
    made = make_server("127.0.0.1", 0, frappe_lite.App(site), threaded=True)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()

    async def script() -> Any:
        client = await page(f"http://127.0.0.1:{made.port}{namespace}")
        found = json.loads(await line_of(client))
        await client.wait()
        return found

    try:
        assert asyncio.run(script()) == {"attempts": 0, "errors": [refusal.SENTENCE], "events": [], "active": False}
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def test_two_pages_hear_of_what_another_process_writes(site: Any) -> None:
    with site.acting() as ctx:
        token = ":".join(auth.generate_keys(ctx, "Administrator"))
    other = frappe_lite.Site(site.database.path, title="shop", synchronous="off")

    def write() -> None:
        with other.acting() as ctx:
            document.new(ctx, {"doctype": "ToDo", "description": "x"}).insert()

    async def script() -> Any:
        sockets = server.Server(site)
        port = await sockets.start("127.0.0.1", 0)
        try:
            pages = [await page(f"http://127.0.0.1:{port}/shop", token) for _ in range(2)]
            assert [await line_of(each) for each in pages] == [b"ready\n"] * 2
            await asyncio.to_thread(write)
            found = [json.loads(await line_of(each)) for each in pages]
            for each in pages:
                await each.wait()
            return found
        finally:
            await sockets.stop()

    heard = {"attempts": 0, "errors": [], "events": [["list_update", "ToDo"]], "active": True}
    assert asyncio.run(script()) == [heard, heard]
    other.close()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(DatabaseBusyError(), id="the database is busy"),
        pytest.param(RuntimeError("of an app's"), id="a hook of an app's fails"),
    ],
)
def test_who_cannot_be_looked_up_is_not_refused_but_tries_again(
    site: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """A page that was refused stays silent until it is loaded anew."""
    with site.acting() as ctx:
        token = ":".join(auth.generate_keys(ctx, "Administrator"))
    admit, failures = peers.admit, [error, error]

    def admit_at_last(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        return admit(*given)

    monkeypatch.setattr(peers, "admit", admit_at_last)

    def publish() -> None:
        with site.acting():
            frappe_lite.publish_realtime("told", {"doctype": "ToDo"}, room="website")

    async def script() -> Any:
        sockets = server.Server(site)
        port = await sockets.start("127.0.0.1", 0)
        try:
            made = await page(f"http://127.0.0.1:{port}/shop", token)
            assert await line_of(made) == b"ready\n"
            await asyncio.to_thread(publish)
            return json.loads(await line_of(made))
        finally:
            await sockets.stop()

    found = asyncio.run(script())
    assert (found["attempts"], found["events"]) == (2, [["told", "ToDo"]])
    assert caplog.text.count("a page was not connected, and tries again") == 2
