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
from conftest import CONFORMANCE_APP, ApiClient, basic
from frappe_lite.access import auth
from frappe_lite.command import cli

ADMIN = "Administrator"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A path for a site that is not there yet; no password in the environment."""
    for name in ("FRAPPE_LITE_PASSWORD", "FRAPPE_LITE_ADMIN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return str(tmp_path / "site.db")


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
    assert (
        cli.main(
            [
                "new-user",
                "--database",
                database,
                "--app",
                str(CONFORMANCE_APP),
                "ann@x.org",
                "--role",
                "Task User",
                "--role",
                "System Manager",
                "--password",
                "s3cret!!",
            ]
        )
        == 0
    )
    assert has_password(database, "ann@x.org", "s3cret!!")
    site = frappe_lite.Site(database)
    with site.acting() as ctx:
        assert {"Task User", "System Manager"} <= ctx.roles_of("ann@x.org")
    site.close()


def test_a_new_users_password_may_stand_in_the_environment(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "from-env-1")
    assert cli.main(["new-user", "--database", database, "ann@x.org"]) == 0
    assert has_password(database, "ann@x.org", "from-env-1")


def test_set_password(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "changed-1")
    assert cli.main(["set-password", "--database", database, ADMIN]) == 0
    assert has_password(database, ADMIN, "changed-1")


def test_set_password_asks_where_none_is_given(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: "typed-in-1" if ADMIN in prompt else "")
    assert cli.main(["set-password", "--database", database, ADMIN]) == 0
    assert has_password(database, ADMIN, "typed-in-1")


# --- refusals: exit code 1 and a sentence, never a trace ---


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["keys", "nobody@x.org"], "nobody@x.org", id="keys of nobody"),
        pytest.param(["set-password", "nobody@x.org"], "nobody@x.org", id="a password of nobody"),
        pytest.param(["new-user", "no address"], "no address", id="a user without an address"),
        pytest.param(
            ["new-user", "ann@x.org", "--role", "No Such Role"], "No Such Role", id="a role that is not there"
        ),
        pytest.param(["new-user", "administrator"], "administrator", id="the Administrator again"),
        pytest.param(["doctypes", "--app", "/no/such/folder"], "/no/such/folder", id="an app that is not there"),
    ],
)
def test_a_refusal_is_a_sentence(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "any-thing-1")
    command, *rest = arguments
    assert cli.main([command, "--database", database, *rest]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("frappe-lite: ") and told in captured.err
    assert "Traceback" not in captured.err


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "foreign.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE somebody_elses (x)")
    connection.commit()
    connection.close()
    yield path


@pytest.mark.parametrize(
    "command", [["keys", ADMIN], ["doctypes"], ["routes"], ["serve", "--port", "1"]], ids=lambda command: command[0]
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


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["serve", "--port", "x"], ["new-user"], ["serve", "--created-status", "404"]],
    ids=str,
)
def test_a_command_that_is_none_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert "usage: frappe-lite" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "keys", "new-user", "set-password", "doctypes", "routes"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main([command, "--help"])
    assert exit_.value.code == 0
    assert f"example: frappe-lite {command}" in capsys.readouterr().out


# --- looking around ---


def test_doctypes_of_an_app_are_listed(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctypes", "--database", database, "--app", str(CONFORMANCE_APP)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(re.match(r"Conformance\s+Task$", line) for line in lines)
    assert any(re.match(r"Conformance\s+Task Checklist Item\s+child table$", line) for line in lines)
    assert any(re.match(r"Conformance\s+Conformance Settings\s+Single$", line) for line in lines)


def test_routes_and_methods_are_listed(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["routes", "--database", database, "--app", str(CONFORMANCE_APP)]) == 0
    out = capsys.readouterr().out
    for expected in (
        "/api/resource/<doctype>/<path:name>",
        "/api/v2/doctype/<doctype>/meta",
        "/api/method/frappe.client.get_list",
        "/api/method/conformance.api.add",
    ):
        assert expected in out
    assert "conformance.api.not_whitelisted" not in out


# --- serving ---


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 10) -> str:
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
        with urllib.request.urlopen(login, timeout=5) as answer:
            assert "sid=" in answer.headers["Set-Cookie"]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
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
