"""What lies on the disk is its owner's alone, whatever the umask; and no secret stays in the environment."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.access.encryption import secret_key
from frappe_lite.command import cli
from frappe_lite.command import settings as cli_front
from frappe_lite.parts.transfer import archive
from frappe_lite.sqlite import owner_only

pytestmark = pytest.mark.skipif(os.name == "nt", reason="other rights there")


@pytest.fixture(autouse=True)
def loose() -> Iterator[None]:
    """The umask of many systems, made worse."""
    before = os.umask(0)
    yield
    os.umask(before)


def rights(*paths: Path | str) -> dict[str, int]:
    return {Path(path).name: stat.S_IMODE(os.stat(path).st_mode) for path in paths}


def everything(folder: Path) -> dict[str, int]:
    """What others may on each file and folder below."""
    return {
        each.relative_to(folder).as_posix(): stat.S_IMODE(each.lstat().st_mode) & owner_only.OTHERS
        for each in folder.rglob("*")
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "site"
    found.mkdir(mode=0o755)
    return found


def used(path: str) -> frappe_lite.Site:
    """A site with a document, a file and a secret."""
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Note", "title": "x"}).insert()
        document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "private", "is_private": 1}).insert()
        secret_key(path)
    return site


def test_a_new_site_is_its_owners(folder: Path) -> None:
    site = used(str(folder / "site.db"))
    found = everything(folder)
    site.close()
    assert {"site.db", "site.db-wal", "site.db-shm", "site.db-lock", "site.db-key", "site.db-files"} <= found.keys()
    assert set(found.values()) == {0}


def test_an_older_site_becomes_so_when_it_is_opened(folder: Path) -> None:
    path = str(folder / "site.db")
    used(path).close()
    for each in [folder / "site.db", folder / "site.db-key", folder / "site.db-lock"]:
        each.chmod(0o644)
    (folder / "site.db-files").chmod(0o755)
    frappe_lite.Site(path).close()
    assert [name for name, others in everything(folder).items() if others] == []


def test_a_file_that_one_may_not_write_stays_so(folder: Path) -> None:
    """Rights are taken from others, never given to the owner."""
    path = folder / "a"
    path.touch()
    path.chmod(0o444)
    owner_only.tighten(str(path))
    assert rights(path) == {"a": 0o400}


def test_what_is_not_there_is_left_alone(folder: Path) -> None:
    owner_only.tighten(str(folder / "nothing"))
    owner_only.create(str(folder))
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_not_made_anew(folder: Path) -> None:
    (folder / "a").write_text("kept")
    owner_only.create(str(folder / "a"))
    assert (folder / "a").read_text() == "kept"


COPIES: dict[str, Any] = {
    "backup": lambda path, folder: cli.main(["backup", "--database", path, "--output", str(folder / "b.tar.gz")]),
    "restore": lambda path, folder: (
        archive.write_file(path, folder / "b.tar"),
        archive.restore(folder / "b.tar", folder / "restored.db"),
    ),
    "restore of a plain copy": lambda path, folder: (
        frappe_lite.Site(path).database.backup(folder / "plain.db"),
        archive.restore(folder / "plain.db", folder / "again.db"),
    ),
    "export as CSV": lambda path, folder: cli.main(
        ["export", "Note", "--database", path, "--output", str(folder / "notes.csv")]
    ),
    "export as JSON": lambda path, folder: cli.main(
        ["export", "Note", "--database", path, "--output", str(folder / "notes.jsonl")]
    ),
    "export for a Frappe": lambda path, folder: cli.main(
        ["export", "--database", path, "--frappe", str(folder / "my_app")]
    ),
    "copy": lambda path, folder: cli.main(["copy", path, str(folder / "copy.db")]),
}


@pytest.mark.parametrize("how", sorted(COPIES))
def test_a_copy_is_its_owners(how: str, folder: Path, tmp_path: Path) -> None:
    used(str(folder / "site.db")).close()
    target = tmp_path / "copies"
    target.mkdir()
    COPIES[how](str(folder / "site.db"), target)
    found = everything(target)
    assert found
    assert {name: others for name, others in found.items() if others} == {}


def test_rejected_rows_are_their_owners(tmp_path: Path) -> None:
    path = str(tmp_path / "site.db")
    AppSite(path).close()
    (tmp_path / "todo.csv").write_text("Description\nx\n\n")
    (tmp_path / "bad.csv").write_text("Description,Status\nx,Nonsense\n")
    assert (
        cli.main(
            [
                "import",
                str(tmp_path / "bad.csv"),
                "--doctype",
                "ToDo",
                "--database",
                path,
                "--rejects",
                str(tmp_path / "rejects.csv"),
            ]
        )
        == 1
    )
    assert rights(tmp_path / "rejects.csv") == {"rejects.csv": 0o600}


# --- secrets in the environment --------------------------------------------------------------------------


def test_a_secret_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "from-env-1")
    assert (cli_front.take_secret("FRAPPE_LITE_PASSWORD"), cli_front.take_secret("FRAPPE_LITE_PASSWORD")) == (
        "from-env-1",
        None,
    )
    assert "FRAPPE_LITE_PASSWORD" not in os.environ


@pytest.mark.parametrize(
    "command", [["new-user", "ann@x.org"], ["set-password", "Administrator"]], ids=["new-user", "set-password"]
)
def test_commands_leave_no_password_behind(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_PASSWORD", "from-env-1")
    frappe_lite.Site(str(tmp_path / "site.db")).close()
    assert cli.main([command[0], "--database", str(tmp_path / "site.db"), *command[1:]]) == 0
    assert "FRAPPE_LITE_PASSWORD" not in os.environ


APP = """
import os

import frappe


@frappe.whitelist(allow_guest=True)
def seen():
    return sorted({*frappe.request.environ, *os.environ})


@frappe.whitelist(allow_guest=True)
def values():
    return [str(each) for each in {**frappe.request.environ, **os.environ}.values() if "chosen-by" in str(each)]
"""


def answer(url: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(200):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                return str(response.read().decode())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


@pytest.mark.parametrize("server", ["granian", "waitress"])
def test_a_request_shows_no_secret_of_the_server(server: str, tmp_path: Path) -> None:
    package = tmp_path / "spy" / "spy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "hooks.py").write_text("app_name = 'spy'\n")
    (package / "api.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "FRAPPE_LITE_ADMIN_PASSWORD": "chosen-by-me-1", "MY_TOKEN": "of another program"}
    command = [
        sys.executable,
        "-m",
        "frappe_lite.command.cli",
        "serve",
        "--database",
        str(tmp_path / "site.db"),
        "--app",
        str(tmp_path / "spy"),
        "--port",
        str(port),
        "--server",
        server,
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/api/method/spy.api."
        names = answer(url + "seen", process)
        assert '"FRAPPE_LITE_ADMIN_PASSWORD"' not in names and '"PATH_INFO"' in names
        assert answer(url + "values", process) == '{"message":[]}'
    finally:
        process.terminate()
        process.wait(timeout=60)
