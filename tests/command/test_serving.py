"""`serve` as people meet it: one line when it answers, nothing of theirs lost, one server a database, a way in, a line a request."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving_tools import SECONDS, Server, running
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

import frappe_lite
from conftest import new_file
from frappe_lite.command import cli, serving
from frappe_lite.sqlite import served

ROOT = Path(__file__).parents[2]
pytest.importorskip("granian")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("served")
    new_file(made / "site.db")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """On granian, with two workers."""
    with running(
        folder, "serve", "--database", str(folder / "site.db"), "--port", "0", "--workers", "2", "--access-log", "text"
    ) as made:
        yield made


def run(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main([*words, "--database", str(folder / "site.db")])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_it_answers_when_it_says_that_it_serves(server: Server) -> None:
    assert server.get("/api/method/ping") == (200, '{"message":"pong"}')


def test_a_start_is_one_line(server: Server, folder: Path) -> None:
    first = server.said.splitlines()[0]
    assert first == f"Serving {folder / 'site.db'} on {server.url} (desk: {server.url}/app)", server.said
    assert all(" GET " in line or " POST " in line for line in server.said.splitlines()[1:])


@pytest.mark.parametrize("more", [[], ["--dev"], ["--server", "waitress"]], ids=str)
def test_the_same_database_on_the_same_port_is_refused(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    status, _, told = run(folder, capsys, "serve", "--port", server.url.rpartition(":")[2], *more)
    assert (status, told) == (
        1,
        f"frappe-lite: {folder / 'site.db'} is served at {server.url} already (process {server.process.pid})\n",
    )


@pytest.mark.parametrize(
    "words", [["serve", "--port", "0"], ["reset", "--yes"], ["restore", "x.tar", "--force"]], ids=lambda words: words[0]
)
def test_nobody_else_serves_or_replaces_it(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    status, _, told = run(folder, capsys, *words)
    assert status == 1 and f"is served at {server.url} already" in told
    assert server.get("/api/method/ping")[0] == 200


def test_who_only_works_on_it_is_let_in(server: Server, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(folder, capsys, "keys", "Administrator")
    assert status == 0
    assert (
        "Administrator"
        in server.get("/api/method/frappe.auth.get_logged_user", Authorization=f"token {out.strip()}")[1]
    )


def test_a_link_signs_in_once(server: Server, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(folder, capsys, "open")
    assert (status, out.startswith(f"{server.url}/sign-in?key=")) == (0, True)
    path = out.strip().removeprefix(server.url)
    assert server.get(path)[0] == 303
    assert server.get(path)[0] != 303
    assert "key=" not in server.said, "a secret in an address is not logged"


def test_each_request_has_its_line(server: Server) -> None:
    server.get("/api/method/ping?secret=1")
    line = server.wait_for(r".* 127\.0\.0\.1 Guest GET /api/method/ping 200 \d+ ms\n")[0]
    assert "secret" not in line and "\x1b" not in line


UNENCODED = ("`", "|", "\\", "^", "{}", "[]", "'", "*", "~")
"""What no address should hold as it is, and clients send all the same."""


@pytest.mark.parametrize(
    ("path", "text"),
    [("/api/method/ping?x={}", text) for text in UNENCODED]
    + [("/api/resource/Task/{}", text) for text in UNENCODED[1:]],
)
def test_an_address_reaches_the_application_on_each_server(server: Server, text: str, path: str) -> None:
    line = f"GET {path.replace('{}', text)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(line)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.split(b" ")[1] == (b"200" if "ping" in path else b"403")
    parser = HTTPRequestParser(Adjustments())
    parser.received(line)
    assert parser.error is None


@pytest.mark.parametrize("path", ['method/ping?x="', "method/ping?x=<", "method/ping?x=>", "resource/Task/`"])
def test_what_granian_s_library_takes_for_no_address_waitress_takes(server: Server, path: str) -> None:
    line = f"GET /api/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(line)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    parser = HTTPRequestParser(Adjustments())
    parser.received(line)
    assert (answer.split(b" ")[1], parser.error) == (b"400", None)  # docs/deploying.md says so


def test_a_worker_gets_what_the_command_was_told_in_a_python_package_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    words = [
        "serve",
        "--database",
        new_file(tmp_path / "a b.db"),
        "--app",
        str(ROOT / "examples" / "sample"),
        "--port",
        "0",
        "--created-status",
        "200",
    ]
    with running(tmp_path, *words, "--allow-origin", "https://a.example", "--access-log", "json") as other:
        cookies = other.sign_in()
        assert other.post("/api/resource/Task", {"subject": "x"}, cookies) == 200
        lines = [json.loads(line) for line in other.said.splitlines()[1:]]
        assert {
            "method": "POST",
            "path": "/api/resource/Task",
            "status": 200,
            "user": "Administrator",
        }.items() <= lines[-1].items()


def test_after_kill_9_the_next_start_works(tmp_path: Path) -> None:
    words = ["serve", "--database", new_file(tmp_path / "site.db"), "--port", "0"]
    with running(tmp_path, *words) as first:
        words[-1] = first.url.rpartition(":")[2]
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(SECONDS)
        with running(tmp_path, *words) as second:
            assert second.get("/api/method/ping")[0] == 200
            assert served.serving(words[2]) == (second.url, second.process.pid)


@pytest.mark.parametrize("kind", ["waitress", "granian"])
def test_two_that_join_serve_one_file(tmp_path: Path, kind: str) -> None:
    """A rolling restart: the new one serves before the old one ends."""
    words = ["serve", "--join", "--server", kind, "--database", new_file(tmp_path / "site.db"), "--port", "0"]
    with running(tmp_path, *words) as old, running(tmp_path, *words) as new:
        assert new.post("/api/resource/ToDo", {"description": "x"}, old.sign_in()) == 201
        assert old.end() == 0
        assert new.get("/api/method/ping")[0] == 200


def test_a_database_in_memory_is_served_by_one_process(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--database", ":memory:", "--port", "0") as server:
        assert "sid=" in server.sign_in()
    assert [each.name for each in tmp_path.iterdir()] == ["log-0"]


# --- make serve -------------------------------------------------------------------------------------------


def test_make_serve_keeps_what_people_made(tmp_path: Path) -> None:
    shutil.copy(ROOT / "serve.py", tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    program = (str(tmp_path / "serve.py"),)
    with running(tmp_path, "--port", "0", program=program) as server:
        assert "as you left it" not in server.said
        assert server.post("/api/resource/Task", {"subject": "kept"}, server.sign_in()) == 201
        (tmp_path / "site.db-files").mkdir(exist_ok=True)
        server.end()
    with running(tmp_path, "--port", "0", program=program) as server:
        assert server.said.startswith("site.db is as you left it. `make fresh` starts anew.\n")
        cookies = server.sign_in()
        assert '"subject":"kept"' in server.get("/api/resource/Task/TASK-00001", Cookie=cookies)[1]


def test_make_fresh_starts_anew() -> None:
    lines = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "fresh", "--old-file=.venv/installed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert lines == [".venv/bin/frappe-lite reset --yes --database site.db", ".venv/bin/python serve.py"]


# --- reset ------------------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    new_file(tmp_path / "site.db")
    (tmp_path / "site.db-files" / "ab").mkdir(parents=True)
    (tmp_path / "site.db-key").write_text("key")
    frappe_lite.Site("site.db").close()
    return tmp_path


class Terminal:
    """A standard input that somebody sits at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "status", "left"),
    [
        pytest.param("y", 0, {"site.db-key", "site.db-served"}, id="y: all but the key, which backups need"),
        pytest.param("yes", 0, {"site.db-key", "site.db-served"}, id="yes"),
        pytest.param(
            "", 1, {"site.db", "site.db-files", "site.db-key", "site.db-lock", "site.db-served"}, id="return: nothing"
        ),
        pytest.param(
            "n", 1, {"site.db", "site.db-files", "site.db-key", "site.db-lock", "site.db-served"}, id="n: nothing"
        ),
    ],
)
def test_reset_asks(
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    status: int,
    left: set[str],
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or typed)
    assert cli.main(["reset"]) == status
    assert asked == ["Delete site.db and site.db-files? [y/N] "]
    assert {each.name for each in site.iterdir()} - {"site.db-wal", "site.db-shm"} == left


def test_reset_deletes_a_damaged_site_too(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray((site / "site.db").read_bytes())
    content[8192:20000] = b"\xaa" * (20000 - 8192)
    (site / "site.db").write_bytes(content)
    assert cli.main(["reset", "--yes"]) == 0
    assert not (site / "site.db").exists()
    assert cli.main(["reset", "--yes"]) == 0, "what is not there is deleted already"


def test_reset_is_quick_to_say_that_it_is_served(site: Path) -> None:
    claim = served.claim("site.db", "http://127.0.0.1:9")
    started = time.monotonic()
    assert cli.main(["reset", "--yes"]) == 1
    assert time.monotonic() - started < served.LAST_BREATH
    claim.close()


# --- signals ---


def test_a_bell_rings_in_a_signal_handler_that_another_signal_interrupts() -> None:
    """`make` and a terminal both tell the server to stop: it hears it twice."""
    bell, heard = serving.Bell(), []

    def handler(number: int, _frame: Any) -> None:
        heard.append(number)
        bell.set()
        if len(heard) < 50:
            signal.raise_signal(number)
        bell.set()

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        signal.raise_signal(signal.SIGUSR1)
        assert bell.wait(60)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(heard) == 50


def test_a_bell_that_was_not_rung_is_not_heard() -> None:
    bell = serving.Bell()
    assert not bell.wait(0)
    bell.set()
    bell.clear()  # granian does so after it woke; what rang since is not lost
    assert bell.wait(0) and not bell.wait(0)
