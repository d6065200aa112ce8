"""`serve` and the sockets of open pages: whether they are served, where pages are told to look, and that all ends together."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import doctype
from serving_tools import Server, running

from conftest import new_file
from frappe_lite.command import sockets
from frappe_lite.command.settings import Settings
from frappe_lite.sqlite import served

SECONDS = 60
PAGE = "{{ frappe.conf.developer_mode }} {{ frappe.conf.socketio_port }} {{ frappe.local.site }}"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = tmp_path / "sockets_under_test"
    (root / "www").mkdir(parents=True)
    (root / "hooks.py").write_text("app_name = 'sockets_under_test'\n")
    (root / "www" / "where.html").write_text(PAGE)
    return root


@pytest.fixture
def taken() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


def settings(**given: Any) -> Settings:
    made = Settings()
    for name, value in given.items():
        made.take(name, value, "a test")
    return made


@pytest.mark.parametrize(
    ("pages", "given", "served"),
    [
        pytest.param(True, {}, True, id="an app with pages"),
        pytest.param(False, {}, False, id="an app without any"),
        pytest.param(True, {"socketio_port": 0}, False, id="not asked for"),
        pytest.param(True, {"database": ":memory:"}, False, id="a database that no other process sees"),
    ],
)
def test_sockets_are_served_where_there_is_something_to_serve(
    app: Path, pages: bool, given: dict[str, Any], served: bool
) -> None:
    pytest.importorskip("socketio")
    port = free_port()
    made = settings(**{"socketio_port": port, **given})
    assert sockets.choose(made, [app] if pages else [app.parent], 8123) is served
    assert made["socketio_port"] == (port if served else 8123)


@pytest.mark.parametrize(
    ("owner", "told"),
    [
        pytest.param("another", 8123, id="by another's server: none are served, and it is told"),
        pytest.param("own", 0, id="by a server of this database: they are, when that one ends"),
        pytest.param("past", 8123, id="by another's, where this database was served before"),
    ],
)
def test_a_port_that_is_taken(
    app: Path, taken: socket.socket, tmp_path: Path, owner: str, told: int, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    pytest.importorskip("socketio")
    monkeypatch.setattr(sockets.served, "LAST_BREATH", 0.01)
    port, database = taken.getsockname()[1], new_file(tmp_path / "site.db")
    claim = served.claim(database, "http://127.0.0.1:8000") if owner != "another" else served.Claim()
    if owner == "past":
        claim.close()
    made = settings(socketio_port=port, database=database)
    assert sockets.choose(made, [app], 8123) is (owner == "own")
    claim.close()
    assert made["socketio_port"] == (told or port)
    assert (f"port {port} is in use" in capsys.readouterr().err) is bool(told)


def test_without_the_library_none_are_served(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "LIBRARIES", ("no_such_library",))
    assert not sockets.choose(settings(), [app], 8123)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(["--server", "granian"], id="granian"),
        pytest.param(["--server", "waitress"], id="waitress"),
        pytest.param(["--dev"], id="serve --dev"),
    ],
)
def test_the_server_and_its_sockets_begin_and_end_together(tmp_path: Path, app: Path, more: list[str]) -> None:
    pytest.importorskip(more[-1] if more[1:] else "watchfiles")
    socketio = pytest.importorskip("socketio")
    port, database = free_port(), new_file(tmp_path / "site.db")
    words = ["serve", "--database", database, "--app", str(app), "--port", "0", *more, "--developer-mode"]
    with running(tmp_path, *words, "--socketio-port", str(port)) as made:
        assert made.get("/where") == (200, f"1 {port} frappe_lite")
        asyncio.run(_connected(socketio, port))
        assert made.end() == 0
    deadline = time.monotonic() + SECONDS
    while _is_listening(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_page_stays_connected_through_changes_of_the_app(tmp_path: Path, app: Path) -> None:
    socketio = pytest.importorskip("socketio")
    port, database = free_port(), new_file(tmp_path / "site.db")
    words = ["serve", "--dev", "--database", database, "--app", str(app), "--port", "0"]
    place = "/frappe_lite"

    async def script(made: Server) -> None:
        page, heard = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.1), asyncio.Queue[str]()
        cookies = await asyncio.to_thread(made.sign_in)
        page.on("*", lambda event, *_: heard.put_nowait(event), namespace=place)
        page.on("connect", lambda: heard.put_nowait("connect"), namespace=place)

        async def next_one() -> str:
            return await asyncio.wait_for(heard.get(), SECONDS)

        # As a function: the library takes the cookie out of a dict, and has none when it connects again.
        headers, url = lambda: {"Cookie": cookies}, f"http://127.0.0.1:{port}"
        await page.connect(url, headers, namespaces=[place], wait_timeout=SECONDS)
        assert await next_one() == "connect"
        (app / "zoo/doctype/fresh").mkdir(parents=True)
        (app / "zoo/doctype/fresh/fresh.json").write_text(json.dumps(doctype("Fresh", ("title", "Data"))))
        assert await next_one() == "connect"  # again, by itself
        await page.emit("doctype_subscribe", "Fresh", namespace=place)
        await page.emit("ping", namespace=place)
        assert await next_one() == "pong"
        assert await asyncio.to_thread(made.post, "/api/resource/Fresh", {"title": "x"}, cookies) == 201
        assert await next_one() == "list_update"
        await page.disconnect()

    with running(tmp_path, *words, "--socketio-port", str(port)) as made:
        asyncio.run(script(made))


@pytest.mark.parametrize(
    ("number", "join"),
    [
        pytest.param(signal.SIGTERM, False, id="that was stopped"),
        pytest.param(signal.SIGKILL, False, id="that was killed, whose processes take a moment to end"),
        pytest.param(signal.SIGTERM, True, id="that still serves when this one joins it"),
    ],
)
def test_a_page_hears_of_the_server_after_the_one_it_was_opened_with(
    tmp_path: Path, app: Path, number: signal.Signals, join: bool
) -> None:
    socketio = pytest.importorskip("socketio")
    port, database = free_port(), new_file(tmp_path / "site.db")
    words = ["serve", "--database", database, "--app", str(app), "--port", "0", "--socketio-port", str(port)]

    async def script(first: Server) -> None:
        heard, page = asyncio.Queue[str](), socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.1)
        page.on("connect", lambda: heard.put_nowait("connect"), namespace="/frappe_lite")
        page.on("pong", lambda: heard.put_nowait("pong"), namespace="/frappe_lite")
        await _connected(socketio, port)
        await page.connect(f"http://127.0.0.1:{port}", namespaces=["/frappe_lite"], wait_timeout=SECONDS)
        assert await asyncio.wait_for(heard.get(), SECONDS) == "connect"
        with contextlib.ExitStack() as stack:
            if join:
                joined = await asyncio.to_thread(stack.enter_context, running(tmp_path, *words, "--join"))
            first.process.send_signal(number)
            await asyncio.to_thread(first.process.wait, SECONDS)
            if not join:
                joined = await asyncio.to_thread(stack.enter_context, running(tmp_path, *words))
            assert await asyncio.wait_for(heard.get(), SECONDS) == "connect"  # again, by itself
            await page.emit("ping", namespace="/frappe_lite")
            assert await asyncio.wait_for(heard.get(), SECONDS) == "pong"
            await page.disconnect()
            assert joined.get("/where") == (200, f"0 {port} frappe_lite")

    with running(tmp_path, *words) as made:
        asyncio.run(script(made))


def test_the_process_for_sockets_is_begun_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = settings(socketio_port=free_port())
    with sockets.held(made) as place, monkeypatched_words(f"open({str(tmp_path / 'begun')!r}, 'a').write('x')"):
        assert place is not None
        process = sockets.SocketProcess(made, place)
        until(lambda: (tmp_path / "begun").exists() and (tmp_path / "begun").read_text().startswith("xx"))
        process.stop()
        assert place.fileno() > 0, "the port is its owner's"
    assert "the process for sockets ended by itself (status 0)" in capfd.readouterr().err


def test_a_port_is_taken_as_soon_as_it_is_free(taken: socket.socket) -> None:
    made = settings(socketio_port=taken.getsockname()[1])
    with sockets.held(made) as place, monkeypatched_words("import time; time.sleep(60)"):
        assert place is None
        process = sockets.SocketProcess(made, place)
        taken.close()
        until(lambda: process._child is not None)
        assert _is_listening(made["socketio_port"]), "pages wait until somebody answers"
        process.stop()
    assert not _is_listening(made["socketio_port"])


def test_nobody_waits_for_a_port_when_the_server_ends(taken: socket.socket) -> None:
    process = sockets.SocketProcess(settings(socketio_port=taken.getsockname()[1]))
    process.stop()
    assert process._child is None
    assert not process._thread.is_alive()


@contextlib.contextmanager
def monkeypatched_words(script: str) -> Iterator[None]:
    """The process for sockets is a script."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sockets.SocketProcess, "words", (sys.executable, "-c", script))
        yield


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _connected(socketio: Any, port: int) -> None:
    """Connect, as soon as somebody listens."""
    client = socketio.AsyncClient(reconnection=False)
    deadline = time.monotonic() + SECONDS
    while not client.connected:
        try:
            await client.connect(f"http://127.0.0.1:{port}", namespaces=["/frappe_lite"], transports=["websocket"])
        except socketio.exceptions.ConnectionError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    await client.disconnect()
