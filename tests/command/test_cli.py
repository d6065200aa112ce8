"""The commands, as a person types them."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient, basic, new_file
from frappe_lite.access import auth
from frappe_lite.command import cli

ADMIN = "Administrator"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; no setting in the environment."""
    for name in [each for each in os.environ if each.startswith("FRAPPE_LITE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def database(place: Path) -> str:
    """The path of a site."""
    return new_file(place / "site.db")


def who(database: str, authorization: str) -> str:
    site = frappe_lite.Site(database)
    try:
        answer = ApiClient(site, None)(
            "GET /api/method/frappe.auth.get_logged_user", headers={"Authorization": authorization}
        )
        return str(answer.get_json().get("message") or answer.status_code)
    finally:
        site.close()


def has_password(database: str, user: str, password: str) -> bool:
    site = frappe_lite.Site(database)
    try:
        with site.acting() as ctx:
            return auth.check_password(ctx, user, password)
    finally:
        site.close()


# --- keys and users ---


def test_keys_prints_key_and_secret_last(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["keys", "--database", database, ADMIN]) == 0
    key, secret = capsys.readouterr().out.splitlines()[-1].split(":")
    assert who(database, f"token {key}:{secret}") == who(database, basic(key, secret)) == ADMIN


def test_new_keys_end_the_old_ones(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = []
    for _ in range(2):
        cli.main(["keys", "--database", database, ADMIN])
        pairs.append(capsys.readouterr().out.splitlines()[-1])
    assert [who(database, f"token {pair}") for pair in pairs] == ["401", ADMIN]


def test_a_new_user_has_roles_and_a_password(database: str) -> None:
    command = ["new-user", "--database", database, "--app", str(CONFORMANCE_APP), "ann@x.org"]
    roles = ["--role", "Task User", "--role", "System Manager"]
    assert cli.main([*command, *roles, "--password", "correct horse 7"]) == 0
    assert has_password(database, "ann@x.org", "correct horse 7")
    site = frappe_lite.Site(database)
    with site.acting() as ctx:
        assert {"Task User", "System Manager"} <= ctx.roles_of("ann@x.org")
    site.close()


def test_a_new_users_password_may_stand_in_the_environment(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "from-env-1")
    assert cli.main(["new-user", "--database", database, "ann@x.org"]) == 0
    assert has_password(database, "ann@x.org", "from-env-1")


def test_set_password(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "correct horse 8")
    assert cli.main(["set-password", "--database", database, ADMIN]) == 0
    assert has_password(database, ADMIN, "correct horse 8")


def test_set_password_asks_where_none_is_given(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: "typed-in-1" if ADMIN in prompt else "")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert cli.main(["set-password", "--database", database, ADMIN]) == 0
    assert has_password(database, ADMIN, "typed-in-1")


# --- other people's files ---


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "foreign.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE somebody_elses (x)")
    connection.commit()
    connection.close()
    yield path


@pytest.mark.parametrize(
    "command", [["keys", ADMIN], ["doctypes"], ["routes"], ["serve", "--port", "0"]], ids=lambda command: command[0]
)
def test_a_foreign_database_is_left_alone(
    foreign: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    before = foreign.read_bytes()
    assert cli.main([command[0], "--database", str(foreign), *command[1:]]) == 1
    assert str(foreign) in capsys.readouterr().err
    assert foreign.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b"just some text, longer than a header of a database would be " * 20, b"SQLite format 3\0" + b"x" * 2000],
    ids=["text", "a broken database"],
)
def test_a_file_that_is_no_database_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    assert cli.main(["doctypes", "--database", str(path)]) == 1
    captured = capsys.readouterr()
    assert str(path) in captured.err and "Traceback" not in captured.err
    assert path.read_bytes() == content


@pytest.mark.parametrize("command", sorted(cli.commands_of(cli._parser())))
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main([command, "--help"])
    assert exit_.value.code == 0
    assert re.search(rf"example: .*frappe-lite {command}", capsys.readouterr().out)
    actions = cli.commands_of(cli._parser())[command]._actions
    assert not [each.dest for each in actions if not each.help], "each option and each word says what it is"


@pytest.mark.parametrize("command", sorted(cli.commands_of(cli._parser())))
def test_a_command_builds_no_other(command: str) -> None:
    """And its parser is what it is among all of them."""
    alone, among_all = cli.commands_of(cli._parser(command)), cli.commands_of(cli._parser())
    assert list(alone) == [command]
    assert alone[command].format_help() == among_all[command].format_help()


def test_who_errs_in_a_command_is_told_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["bakup"])
    assert "there is no command bakup; is it backup?" in capsys.readouterr().err


# --- serving ---


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 60) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fetch(url)
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, "the server ended by itself"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)


def test_serve_until_sigterm(database: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "FRAPPE_LITE_ADMIN_PASSWORD": "admin-pass-1"}
    command = [
        sys.executable,
        "-m",
        "frappe_lite.command.cli",
        "serve",
        "--database",
        database,
        "--app",
        str(CONFORMANCE_APP),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        assert wait_for(f"{url}/api/method/ping", process) == '{"message":"pong"}'
        login = urllib.request.Request(
            f"{url}/api/method/login", data=b"usr=Administrator&pwd=admin-pass-1", method="POST"
        )
        with urllib.request.urlopen(login, timeout=30) as answer:
            assert "sid=" in answer.headers["Set-Cookie"]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, err
    assert f"Serving {database} on {url}" in out and "admin-pass-1" not in out + err
    log = Path(database + "-wal")
    assert not log.exists() or log.stat().st_size == 0, "the file is checkpointed"
    with sqlite3.connect(database) as connection:
        assert connection.execute('SELECT count(*) FROM "tabSessions"').fetchone() == (1,)
    connection.close()
