"""The README's shell and Python blocks, run as they stand there, twice, against one server: whoever follows it the next day finds what was made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving_tools import Server, running

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text())
SHELL = "\n".join(body for language, body in BLOCKS if language == "bash")

AROUND = """set -euo pipefail
pip() { :; }                                          # what it would install is what is tested
make() { command make --dry-run --old-file=.venv/installed --old-file=.venv/installed-dev --directory=ROOT "$@" >/dev/null; }
curl() { command curl --silent --show-error --fail-with-body "$@"; }
frappe-lite() {                                       # a server that answers has been started as it is written; here it ends again
  if [ "$1" != serve ]; then command frappe-lite "$@"; return; fi
  command frappe-lite "$@" --port 0 >said 2>&1 & server=$!
  for _ in $(seq 600); do grep -q '^Serving' said && break; sleep 0.1; done
  kill $server; wait $server || true
  grep '^Serving' said
}
"""
"""Shell functions in the places of what would change the machine, or would not end."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`make serve`, with the password that the README chooses, in a folder that stands for the checkout."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "serve.py", folder)
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("serving_tools.PASSWORD", "admin")
        with running(folder, "--port", "0", program=("serve.py",)) as made:
            yield made


@pytest.mark.parametrize("time", ["the first time", "again"])
def test_the_shell_blocks_run_as_they_stand(server: Server, time: str) -> None:
    for tool in ("bash", "curl", "make"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    folder = server.log.parent
    shutil.rmtree(folder / "shop", ignore_errors=True)  # new-app writes into a new folder, and says so
    code = SHELL.replace("http://127.0.0.1:8000", server.url).replace("cd shop\n", "pushd shop >/dev/null\n")
    code = re.sub(r"(pushd shop.*?\n)(.*?serve --dev.*?\n)", r"\1\2popd >/dev/null\n", code)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAPPE_LITE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", AROUND.replace("ROOT", str(ROOT)) + code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"message":"pong"}' in done.stdout
    assert re.search(r'"name":"TASK-\d+".*"subject":"Write the report"', done.stdout)
    assert '{"message":"Administrator"}' in done.stdout, "the login works with the password that the page chose"
    assert done.stdout.count("Serving ") == 2


def test_the_python_block_runs_twice(server: Server) -> None:
    (code,) = [body for language, body in BLOCKS if language == "python"]
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code + "\nsite.close()\n"],
            cwd=server.log.parent,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


def test_the_blocks_are_found() -> None:
    """So that a change of style in the page does not empty the tests above."""
    assert len(BLOCKS) >= 8
    for words in (
        "frappe-lite new-app",
        "make serve",
        "frappe-lite keys",
        "curl -X PUT",
        "curl -X DELETE",
        "/api/method/login",
        "serve --app",
    ):
        assert words in SHELL
