"""What `make dist` builds, as pip and PyPI see it; and what the wheel can do with nothing beside it but what it requires."""

from __future__ import annotations

import email
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TREE = (
    "frappe_lite", "tests", "docs", "examples", "scripts", "bench", "setup.cfg", "pyproject.toml", "MANIFEST.in", "LICENSE", "README.md",
    "CHANGES.md", "CONTRIBUTING.md", "Makefile", "Dockerfile", "mkdocs.yml", "ruff.toml", "serve.py", "pytest_frappe_lite.py", ".dockerignore",
)  # fmt: skip
SECONDS = 300


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with the wheel and the sdist, and what was said while they were built."""
    if not all(importlib.util.find_spec(name) for name in ("build", "wheel", "setuptools")):
        pytest.skip("needs build, wheel and setuptools, which `make test` installs")
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for name in TREE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.db*", ".*"))
        else:
            shutil.copy(ROOT / name, tree)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)],
        cwd=tree, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(built: tuple[Path, str]) -> Path:
    (found,) = built[0].glob("*.whl")
    return found


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def test_nothing_is_warned_of(built: tuple[Path, str]) -> None:
    told = re.findall(r"^.*(?:[Dd]eprecat|absent from|Warning:|overridden).*$", built[1], re.MULTILINE)
    assert told == []


def test_pypi_takes_it(built: tuple[Path, str]) -> None:
    """The page of the project is rendered from README.md as it is here."""
    if importlib.util.find_spec("twine") is None:
        pytest.skip("needs twine, which `make test` installs")
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, built[0].iterdir())],
        capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_wheel_is_for_all(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_wheel_has_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    files = (each for each in (ROOT / "frappe_lite").rglob("*") if each.is_file() and "__pycache__" not in each.parts)
    expected = {each.relative_to(ROOT).as_posix() for each in files} | {"pytest_frappe_lite.py"}
    inside = {each for each in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in each}
    assert inside == expected
    assert "frappe_lite/py.typed" in inside


def test_licences_of_what_is_brought_along_come_with_it(wheel: Path) -> None:
    brought = {each.name for each in (ROOT / "frappe_lite" / "desk" / "vendor").glob("LICENSE*")}
    kept = {each.rpartition("/")[2] for each in zipfile.ZipFile(wheel).namelist() if ".dist-info/" in each}
    assert {"LICENSE", *brought} <= kept
    assert len(brought) == 4


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        ("Summary", "The Frappe REST contract in one process and one file"),
        ("Requires-Python", ">=3.10"),
        ("License", "MIT"),
        ("Description-Content-Type", "text/markdown"),
        ("Keywords", "frappe"),
    ],
)
def test_the_metadata_says_what_it_is(metadata: Message, key: str, holds: str) -> None:
    said = metadata[key] or (metadata["License-Expression"] if key == "License" else "")
    assert holds in said


def test_the_classifiers_name_the_versions_that_it_runs_on(metadata: Message) -> None:
    named = {each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier", []) if "Python :: 3." in each}
    assert named == {"3.10", "3.11", "3.12", "3.13", "3.14"}
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in named
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_three_packages_are_all_that_it_requires(metadata: Message) -> None:
    required = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert [re.split(r"[ >=<~!]", each)[0] for each in required] == ["werkzeug", "waitress", "nh3"]


def test_the_sdist_has_what_its_tests_need(built: tuple[Path, str]) -> None:
    (sdist,) = built[0].glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    tests = {each.relative_to(ROOT).as_posix() for each in (ROOT / "tests").rglob("*.py")}
    assert tests | set(TREE) <= inside
    assert not [name for name in inside if "__pycache__" in name or name.endswith((".db", ".pyc"))]


# --- the wheel and what it requires, nothing else -----------------------------------------------------------


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install frappe-lite` puts into an empty environment: the wheel and its three packages, with theirs."""
    folder = tmp_path_factory.mktemp("bare")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for name in ("werkzeug", "markupsafe", "waitress", "nh3"):
        files = importlib.metadata.distribution(name).files or []
        for top in {each.parts[0] for each in files if not each.parts[0].startswith(("..", "__pycache__"))}:
            (folder / top).symlink_to(Path(str(importlib.metadata.distribution(name).locate_file(top))))
    return folder


def run(bare: Path, folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Python without its site-packages (-S), but for those of the bare environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAPPE_LITE_")}
    return subprocess.run(
        [sys.executable, "-S", *words],
        cwd=folder, input=typed, capture_output=True, text=True, timeout=60, env={**environment, "PYTHONPATH": str(bare)},
    )  # fmt: skip


COMMANDS = [
    ("--version", 0, "frappe-lite 0.", "its version"),
    ("new-app shop", 0, "frappe-lite test", "an app"),
    ("new-doctype Item --field title:Data --app shop", 0, "holds the DocType Item", "a DocType"),
    ("doctypes --app shop", 0, "Item", "its DocTypes"),
    ("routes", 0, "/api/resource/", "its routes"),
    ("openapi --app shop", 0, '"openapi":"3.1.0"', "its description"),
    ("completion bash", 0, "complete -o filenames", "completion"),
    ("test --app shop", 1, "pytest is not installed: pip install pytest", "tests"),
    ("serve --workers 2", 2, "granian is not installed, and several workers need it: pip install 'frappe_lite[speed]'", "workers"),
    ("serve --server granian", 2, "pip install 'frappe_lite[speed]'", "the fast server"),
    ("serve --database postgresql://x/y", 1, "postgresql:// needs psycopg: pip install 'frappe_lite[postgres]'", "the other store"),
]  # fmt: skip


def test_commands_work_or_say_what_to_install(bare: Path, tmp_path: Path) -> None:
    for words, status, said, what in COMMANDS:
        done = run(bare, tmp_path, "-m", "frappe_lite.command.cli", *words.split())
        assert (done.returncode, said in done.stdout + done.stderr) == (status, True), (what, done.stderr)
        assert "Traceback" not in done.stderr


ASKS = """
import json, sys
import frappe_lite
from frappe_lite.access import auth
from werkzeug.test import Client
site = frappe_lite.Site("site.db")
with site.acting() as ctx:
    key = ":".join(auth.generate_keys(ctx, "Administrator"))
client = Client(frappe_lite.App(site))
for verb, path, body in json.load(sys.stdin):
    answer = client.open(path, method=verb, headers={"Authorization": "token " + key}, json=body)
    print(json.dumps([path, answer.status_code, answer.get_data(as_text=True)]))
site.close()
"""
OAUTH = "pip install 'frappe_lite[oauth]'"
EXPORT = {"doctype": "ToDo", "file_format_type": "Excel", "fields": ["name"], "title": "x"}
ASKED = [
    ("GET", "/api/method/ping", None, 200, "pong"),
    ("POST", "/api/resource/ToDo", {"description": "<b onclick='x()'>clean</b>"}, 201, "<b>clean</b>"),
    ("GET", "/app", None, 200, 'id="desk"'),
    ("GET", "/docs", None, 200, "pip install 'frappe_lite[docs]'"),
    ("GET", "/api/method/frappe.integrations.oauth2.authorize?client_id=1", None, 501, OAUTH),
    ("POST", "/api/method/frappe.integrations.oauth2.get_token", {}, 501, OAUTH),
    ("GET", "/.well-known/openid-configuration", None, 501, OAUTH),
    ("POST", "/api/method/frappe.desk.reportview.export_query", EXPORT, 501, "pip install 'frappe_lite[sheets]'"),
]  # fmt: skip


def test_requests_are_answered_or_say_what_to_install(bare: Path, tmp_path: Path) -> None:
    done = run(bare, tmp_path, "-c", ASKS, typed=json.dumps([each[:3] for each in ASKED]))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    found = [(path, status, said in body) for (path, status, body), (*_, said) in zip(answers, ASKED, strict=True)]
    assert found == [(path, status, True) for _, path, _, status, _ in ASKED]
