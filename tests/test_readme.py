"""The README's blocks, run as they stand there, twice, in one folder: whoever follows it the next day finds what was made."""

from __future__ import annotations

import importlib
import operator
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text())
SHELL = "\n".join(body for language, body in BLOCKS if language == "bash")

AROUND = """set -euo pipefail
pip() { :; }                                          # what it would install is what is tested
make() { command make --dry-run --old-file=.venv/installed{,-dev,-docs} --directory=ROOT "$@" >/dev/null; }
curl() { command curl --silent --show-error --fail-with-body "${@//http:\\/\\/127.0.0.1:8000/$URL}"; echo; }
frappe-lite() {                                       # a server runs on, as in a terminal of its own, on a free port
  if [ "$1" != serve ]; then command frappe-lite "$@"; return; fi
  SERVERS=$((SERVERS + 1))
  command frappe-lite "$@" --port 0 >../said-$SERVERS 2>&1 & started+=($!)
  for _ in $(seq 600); do grep -q '^Serving' ../said-$SERVERS && break; sleep 0.3; done
  grep '^Serving' ../said-$SERVERS || { cat ../said-$SERVERS; return 1; }
  if [ -z "$URL" ]; then URL=$(grep -o 'http://[^ ]*[0-9]' ../said-1 | head -1); fi
}
SERVERS=0; URL=; started=()
trap 'kill "${started[@]}"; wait' EXIT
"""
"""Shell functions in the places of what would change the machine, or would not end."""

LATER = """
asked() { command curl --silent --fail --output /dev/null --header "Authorization: token $TOKEN" "$URL/api/resource/Task"; }
for _ in $(seq 600); do asked && break; sleep 0.3; done
"""
"""The server has a new DocType a second later, as the page says; people take longer than that."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("somewhere")


def test_the_shell_blocks_run_as_they_stand_and_again(folder: Path) -> None:
    for tool in ("bash", "curl", "make"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    code = re.sub(r"(^TOKEN=.*\n)", lambda line: line[1] + LATER, SHELL, count=1, flags=re.MULTILINE)
    assert "2 passed in" in ran(folder, code)
    # new-app and new-doctype write into a new folder, and say so; tests leave nothing behind
    again = re.sub(r"^frappe-lite (?:new-|test|doctypes).*\n", "", code, flags=re.MULTILINE)
    assert "2 passed in" not in ran(folder, again)


def ran(folder: Path, code: str) -> str:
    """What the blocks said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAPPE_LITE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", AROUND.replace("ROOT", str(ROOT)) + code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"message":"Hello, Ann!"}' in done.stdout
    assert re.search(r'"name":"TASK-\d+".*"subject":"Write the report","status":"Open"', done.stdout)
    assert '{"message":"Administrator"}' in done.stdout, "the login works with the password that the page chose"
    assert done.stdout.count("Serving ") == 2
    return done.stdout


def test_the_python_block_runs_twice(folder: Path) -> None:
    (code,) = [body for language, body in BLOCKS if language == "python"]
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code + "\nsite.close()\n"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


def test_the_blocks_are_found() -> None:
    """So that a change of style in the page does not empty the tests above."""
    assert len(BLOCKS) >= 8
    for words in (
        "new-app",
        "new-doctype",
        "make serve",
        "frappe-lite keys",
        "curl -X PUT",
        "curl -X DELETE",
        "/api/method/login",
        "frappe-lite test",
    ):
        assert words in SHELL


def test_what_is_said_to_stand_somewhere_stands_there() -> None:
    """The table at the end: each file is there, and holds what is named behind it."""
    table = (ROOT / "README.md").read_text().partition("| what | where |\n|---|---|\n")[2].partition("\n\n")[0]
    places = [re.findall(r"`([^`]+)`", line.split(" | ")[1]) for line in table.splitlines()]
    assert len(places) == 8 and all(places)
    for names in places:
        module: object = None
        for name in names:
            if name.endswith(("/", ".py")):
                assert (ROOT / "frappe_lite" / name).exists()
                dotted = name.removesuffix(".py").rstrip("/").replace("/", ".")
                module = importlib.import_module(f"frappe_lite.{dotted}")
            else:
                assert operator.attrgetter(name)(module), name
