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
    ("copy site.db postgresql://x/y", 1, "postgresql:// needs psycopg: pip install 'frappe_lite[postgres]'", "a copy to it"),
    ("keys Administrator", 0, ":", "a key"),
    ("users", 0, "Administrator", "its users"),
    ("execute frappe.ping", 0, "pong", "a function"),
    ("console", 0, "", "a console"),
    ("export User -o user.csv", 0, "", "an export"),
    ("import user.csv --doctype User --update", 0, "", "an import"),
    ("backup -o one.tar.gz", 0, "one.tar.gz", "a backup"),
    ("check", 0, "sound, 0 notes", "a check"),
    ("restore one.tar.gz --database two.db", 0, "two.db", "a restore"),
    ("worker --burst", 0, "", "a worker"),
    ("jobs", 0, "", "its jobs"),
    ("schedule", 0, "", "its schedule"),
    ("realtime", 1, "which is not installed: pip install 'frappe_lite[realtime]'", "sockets"),
    ("reset --yes", 0, "site.db", "a new beginning"),
]  # fmt: skip

APP = {
    "hooks.py": "app_title = 'Bare'\n",
    "www/hello.html": "<p>{{ frappe.session.user }}</p>",
    "api.py": """
import frappe
from frappe import utils

@frappe.whitelist()
def built():
    return frappe.qb.from_("tabToDo").select("name").run()

@frappe.whitelist()
def filled():
    return frappe.render_template("{{ 1 + 1 }}", {})

@frappe.whitelist()
def marked():
    return utils.md_to_html("# one")

@frappe.whitelist()
def cleaned():
    return utils.sanitize_html("<b onclick='x()'>clean</b>")

@frappe.whitelist()
def dated():
    return str(utils.getdate("2026-05-03")) + utils.formatdate("2026-05-03", "dd.mm.yyyy")

@frappe.whitelist()
def asked():
    return frappe.integrations.utils.make_get_request("http://127.0.0.1:9/")

@frappe.whitelist()
def hidden():
    account = frappe.get_doc(doctype="Email Account", email_account_name="a", email_id="a@x.org", password="s3cret")
    return account.insert().get_password()
""",
}
EXPORT = {"doctype": "ToDo", "file_format_type": "Excel", "fields": ["name"], "title": "x"}
OAUTH = "pip install 'frappe_lite[oauth]'"
ASKED = [
    ("GET", "/api/method/ping", None, 200, "pong"),
    ("POST", "/api/resource/ToDo", {"description": "<b onclick='x()'>clean</b>"}, 201, "<b>clean</b>"),
    ("GET", "/app", None, 200, 'id="desk"'),
    ("GET", "/login", None, 302, ""),  # who is signed in goes on
    ("GET", "/me", None, 200, "<form"),
    ("GET", "/docs", None, 200, "pip install 'frappe_lite[docs]'"),
    ("GET", "/hello", None, 501, "pip install 'frappe_lite[apps]'"),
    ("GET", "/api/method/frappe.integrations.oauth2.authorize?client_id=1", None, 501, OAUTH),
    ("POST", "/api/method/frappe.integrations.oauth2.get_token", {}, 501, OAUTH),
    ("GET", "/.well-known/openid-configuration", None, 501, OAUTH),
    ("POST", "/api/method/frappe.desk.reportview.export_query", EXPORT, 501, "pip install 'frappe_lite[sheets]'"),
    ("POST", "/api/method/bare.api.built", {}, 501, "pip install 'frappe_lite[apps]'"),
    ("POST", "/api/method/bare.api.filled", {}, 501, "pip install 'frappe_lite[apps]'"),
    ("POST", "/api/method/bare.api.marked", {}, 501, "pip install 'frappe_lite[apps]'"),
    ("POST", "/api/method/bare.api.cleaned", {}, 200, "<b>clean</b>"),
    ("POST", "/api/method/bare.api.dated", {}, 200, "2026-05-0303.05.2026"),
    ("POST", "/api/method/bare.api.asked", {}, 501, "pip install requests"),
    ("POST", "/api/method/bare.api.hidden", {}, 501, "pip install 'frappe_lite[secrets]'"),
]  # fmt: skip

PROGRAM = """
import contextlib, io, json, shlex, sys
from werkzeug.test import Client
import frappe_lite
from frappe_lite.access import auth
from frappe_lite.command import cli

asked, typed = json.load(sys.stdin)
sys.stdin = io.StringIO()
site = frappe_lite.Site("site.db")
site.load("bare")
with site.acting() as ctx:
    key = ":".join(auth.generate_keys(ctx, "Administrator"))
client = Client(frappe_lite.App(site))
for verb, path, body in asked:
    answer = client.open(path, method=verb, headers={"Authorization": "token " + key}, json=body)
    print(json.dumps([path, answer.status_code, answer.get_data(as_text=True)]))
site.close()
for words in typed:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = cli.main(shlex.split(words))
        except SystemExit as end:
            status = end.code or 0
    print(json.dumps([words, status, said.getvalue()]))
"""
"""Asks for each page and runs each command, in one process: that each starts is seen elsewhere."""


@pytest.fixture(scope="module")
def said(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Of each request and command, its status and what it said: by Python without its site-packages (-S), but for the bare ones."""
    folder = tmp_path_factory.mktemp("place")
    for name, text in APP.items():
        (folder / "bare" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "bare" / name).write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAPPE_LITE_")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM],
        cwd=folder, input=json.dumps([[each[:3] for each in ASKED], [each[0] for each in COMMANDS]]),
        capture_output=True, text=True, timeout=SECONDS, env={**environment, "PYTHONPATH": str(bare)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(ASKED) + len(COMMANDS)
    return {what: (status, text) for what, status, text in found}


@pytest.mark.parametrize(("words", "status", "sentence"), [pytest.param(*each[:3], id=each[3]) for each in COMMANDS])
def test_commands_work_or_say_what_to_install(
    said: dict[str, tuple[int, str]], words: str, status: int, sentence: str
) -> None:
    found, text = said[words]
    assert found == status, text[:2000]
    assert sentence in text and "Traceback (" not in text


@pytest.mark.parametrize(("path", "status", "sentence"), [each[1:2] + each[3:] for each in ASKED])
def test_requests_are_answered_or_say_what_to_install(
    said: dict[str, tuple[int, str]], path: str, status: int, sentence: str
) -> None:
    found, text = said[path]
    assert found == status, text[:2000]
    assert sentence in text
