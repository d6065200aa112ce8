"""What an administrator copies from docs/deploying.md, and a front end's developer from docs/clients.md, works as it stands."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.test import Client

import frappe_lite
from frappe_lite.command import cli, settings

ROOT = Path(__file__).parent.parent
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text()
CLIENTS = (ROOT / "docs" / "clients.md").read_text()
SERVER = DEPLOYING.partition("## A server for people")[2].partition("## A container")[0]


def block(text: str, language: str) -> str:
    """The first block of that language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, language
    return found[1]


@pytest.fixture
def given(tmp_path: Path) -> settings.Settings:
    """The settings of the page's file."""
    (tmp_path / settings.FILES[0]).write_text(block(SERVER, "toml"))
    return settings.read({}, {}, tmp_path)


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    made = configparser.ConfigParser(interpolation=None)
    made.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    made.read_string(block(SERVER, "ini"))
    return made


def test_the_file_of_settings_is_read_without_a_note(given: settings.Settings) -> None:
    assert given.notes == []
    assert Path(given["database"]).name == "shop.db"
    assert given["port"] == 8000, "the proxies of the page ask there"


@pytest.mark.parametrize("proxy", ["reverse_proxy 127.0.0.1:8000", "proxy_pass http://127.0.0.1:8000;"])
def test_the_proxies_ask_where_the_server_listens(given: settings.Settings, proxy: str) -> None:
    assert proxy in SERVER
    assert proxy.rstrip(";").endswith(f"{given['host']}:{given['port']}")


def test_the_service_starts_the_server_and_lets_it_end(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    command = service["ExecStart"].split()
    assert command[0] == f"{service['WorkingDirectory']}/venv/bin/frappe-lite"
    assert cli._parse(command[1:]).run is not None
    assert service["ReadWritePaths"] == service["WorkingDirectory"], "the rest of the disk may only be read"
    assert int(service["RestartPreventExitStatus"]) == cli.WRONG_USE
    assert int(service["TimeoutStopSec"]) > 30, "granian ends what it works on for so long"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_knows_every_line_of_the_service(tmp_path: Path, unit: configparser.ConfigParser) -> None:
    file = tmp_path / "shop.service"
    here = block(SERVER, "ini").replace(unit["Service"]["ExecStart"], sys.executable)
    file.write_text(here.replace("User=shop\n", ""))
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, timeout=60, check=False)
    assert "shop.service:" not in done.stderr, done.stderr


def test_behind_the_proxy_the_address_is_https_and_the_caller_is_known(given: settings.Settings) -> None:
    wanted = {key: value for key, value in given.site_keywords.items() if key in ("url", "hosts", "proxies", "hsts")}
    site = frappe_lite.Site(**wanted)
    client = Client(frappe_lite.App(site))
    told = re.findall(r"proxy_set_header (\S+) ", block(SERVER, "nginx"))
    values = {
        "Host": "shop.example.com",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.example.com",
    }
    assert set(told) == set(values)
    answer = client.get("/api/method/ping", headers=values, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    assert (answer.status_code, answer.json) == (200, {"message": "pong"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/api/method/ping", headers={"Host": "other.example.com"}).status_code == 400
    site.close()


@pytest.mark.parametrize("folder", ["shop.db-backups/", "shop.db-key", "shop.db.replaced"])
def test_what_stands_beside_the_database_is_named_after_it(given: settings.Settings, folder: str) -> None:
    assert f"`{folder}`" in SERVER
    assert folder.startswith(Path(given["database"]).name)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_step_of_a_ci_leaves_a_server_and_a_key(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    step = block(CLIENTS.partition("## In CI")[2], "bash")
    code = step.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("apps/shop", str(ROOT / "examples" / "sample"))
    asked = f'curl -s -H "Authorization: token $TOKEN" http://127.0.0.1:{port}/api/method/frappe.auth.get_logged_user'
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("FRAPPE_LITE_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "FRAPPE_LITE_PORT": str(port),
    }
    script = f"set -eu\ntrap 'kill $!; wait' EXIT\n{code}\n{asked}\n"
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert '{"message":"pong"}{"message":"Administrator"}' in done.stdout, done.stderr
