"""What leaves the house: the one file of `make pyz`, and the Dockerfile."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frappe_lite.parts.testing import TestSite
from frappe_lite.parts.testing.server import Server

ROOT = Path(__file__).parent.parent
BIN = Path(sys.prefix) / "bin"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CONTEXT = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
SECONDS = 60


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with just what .dockerignore lets through: nothing else is needed to build."""
    folder = tmp_path_factory.mktemp("context")
    for name in CONTEXT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def pyz(context: Path) -> Path:
    """The file that `make pyz` builds."""
    if not (BIN / "shiv").exists():
        pytest.skip("needs shiv, which `make test` installs")
    shutil.copy(ROOT / "Makefile", context)
    built = context / "frappe-lite.pyz"
    options = [f"BIN={BIN}", f"PYZ={built}", "--old-file=.venv/installed-shiv", "--old-file=.venv/installed"]
    run = subprocess.run(["make", "pyz", *options], cwd=context, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    return built


def environment(folder: Path) -> dict[str, str]:
    """Little more than nothing: what is unpacked goes to the folder."""
    return {"PATH": os.environ["PATH"], "SHIV_ROOT": str(folder), "FRAPPE_LITE_ADMIN_PASSWORD": "Administrator-1"}


@pytest.fixture
def served(pyz: Path, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The file, serving: by the bare interpreter, without this environment's packages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}"
    command = [str(python), "-I", "-S", str(pyz), "serve", "--port", str(port), "--database", str(tmp_path / "one.db")]
    with (
        open(tmp_path / "log", "wb") as log,
        subprocess.Popen(command, env=environment(tmp_path / "shiv"), stdout=log, stderr=log) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + SECONDS
        try:
            while not answers(url):
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.05)
            yield url, process
        finally:
            process.terminate()  # also of one that does not answer in time: nobody waits for it for ever


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/method/ping", timeout=5) as answer:
            return bool(json.loads(answer.read()) == {"message": "pong"})
    except OSError:
        return False


def test_the_one_file_serves_with_python_alone(served: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = served
    login = urllib.request.Request(
        f"{url}/api/method/login",
        json.dumps({"usr": "Administrator", "pwd": "Administrator-1"}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(login, timeout=10) as answer:
        cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie"))
    body = json.dumps({"description": "<b onclick='x()'>clean</b>"}).encode()
    made = urllib.request.Request(
        f"{url}/api/resource/ToDo", body, {"Content-Type": "application/json", "Cookie": cookies}
    )
    with urllib.request.urlopen(made, timeout=10) as answer:
        assert "onclick" not in json.loads(answer.read())["data"]["description"], "nh3, which is no Python, is in it"
    process.terminate()
    assert process.wait(SECONDS) == 0


def test_the_one_file_has_every_file_of_the_package(pyz: Path) -> None:
    inside = {name.removeprefix("site-packages/") for name in zipfile.ZipFile(pyz).namelist()}
    files = (each for each in (ROOT / "frappe_lite").rglob("*") if each.is_file() and "__pycache__" not in each.parts)
    assert (
        sorted(each.relative_to(ROOT).as_posix() for each in files if each.relative_to(ROOT).as_posix() not in inside)
        == []
    )
    assert "pytest_frappe_lite.py" in inside


# --- the Dockerfile --------------------------------------------------------------------------------------


def instruction(name: str) -> str:
    """The last instruction of that name, in one line."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", joined, re.MULTILINE)[-1]


def test_the_linter_finds_nothing() -> None:
    run = subprocess.run(
        [BIN / "hadolint", "--failure-threshold=style", ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_it_is_short_and_not_root() -> None:
    assert len(DOCKERFILE.splitlines()) < 20
    assert instruction("USER") not in ("root", "0")
    assert instruction("VOLUME") == instruction("WORKDIR") == "/data"
    assert "--database" in json.loads(instruction("CMD"))
    assert json.loads(instruction("CMD"))[-1].startswith("/data/")


def test_what_is_copied_is_there_and_enough(context: Path) -> None:
    assert {each.name for each in context.iterdir()} >= {
        "frappe_lite",
        "pytest_frappe_lite.py",
        "setup.cfg",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    }
    extras = re.search(r"/src\[([\w,]+)\]", DOCKERFILE)
    assert extras
    assert all(f"\n{extra} =\n" in (ROOT / "setup.cfg").read_text() for extra in extras[1].split(","))


def test_the_health_check_tells_a_server_from_none() -> None:
    command = json.loads(instruction("HEALTHCHECK").partition("CMD")[2])
    assert command[0] == "python"

    def status(port: int) -> int:
        code = command[2].replace("8000", str(port))
        return subprocess.run([sys.executable, command[1], code], capture_output=True, timeout=60).returncode

    with TestSite() as site:
        with Server(site) as server:
            assert status(server.port) == 0
            site.fail_next(503)
            assert status(server.port) != 0
            site.fail_next(400)
            assert status(server.port) == 0, "a server that answers to other names only (FRAPPE_LITE_HOSTS) is well"
        assert status(server.port) != 0
