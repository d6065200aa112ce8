"""The desk's scripts as a compiler and a linter read them. They are served as they are; nothing is built."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from frappe_lite.parts.bundle import Bundles
from frappe_lite.parts.desk import FOLDER

TOOLS = Path(__file__).parents[2] / ".venv" / "js" / "node_modules" / ".bin"
OPTIONS = {
    "allowJs": True, "checkJs": True, "noEmit": True, "target": "es2023", "module": "esnext", "moduleResolution": "bundler",
    "lib": ["esnext", "dom", "dom.iterable"], "skipLibCheck": True, "types": [],
}  # fmt: skip
ALLOWED = ("unicorn/no-invalid-fetch-options",)
"""Rules that know too little: the one place that calls fetch gives a GET no body."""


def run(tool: str, *arguments: str) -> str:
    """What a tool says. Skipped where npm did not bring it."""
    if not (TOOLS / tool).exists():
        pytest.skip(f"needs {tool}, which `make test` fetches with npm")
    done = subprocess.run([str(TOOLS / tool), *arguments], capture_output=True, text=True, timeout=600)
    return done.stdout + done.stderr


def test_types_fit(tmp_path: Path) -> None:
    """Of our own: the libraries are as their makers packed them. A check that finds nothing proves something only if it
    finds what is wrong: one file is."""
    wrong = tmp_path / "wrong.js"
    wrong.write_text('/** @param {number} count */\nconst twice = (count) => count * 2;\ntwice("two");\n')
    project = tmp_path / "tsconfig.json"
    include, vendor = [str(FOLDER / "**" / "*.js"), str(wrong)], str(FOLDER / "vendor")
    project.write_text(json.dumps({"compilerOptions": OPTIONS, "include": include, "exclude": [vendor]}))
    found = run("tsc", "-p", str(project)).splitlines()
    (told,) = [each for each in found if "error TS" in each and "/vendor/" not in each]
    assert "wrong.js" in told and "error TS2345" in told


def test_nothing_is_left_over_or_suspicious() -> None:
    allowed = [word for each in ALLOWED for word in ("--allow", each)]
    said = run("oxlint", "--format", "unix", *allowed, "--ignore-pattern", "vendor", str(FOLDER)).splitlines()
    assert [each for each in said if each.startswith("/") or ".js:" in each] == []


# --- what they compute, asked of node where it is there --------------------------------------------------

BOOT = """globalThis.document = {getElementById: () => ({textContent: '{"user": {"name": "Guest"}, "doctypes": []}'})};
globalThis.location = {pathname: "/app", origin: "http://localhost", search: ""};"""


def ask(folder: Path, module: str, call: str) -> object:
    """What an expression says to whom a module's exports are `it`."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    scripts = {each.relative_to(FOLDER).as_posix(): each.read_text() for each in FOLDER.rglob("*.js")}
    (folder / "it.mjs").write_text(Bundles(scripts, module)[module])
    asked = f'{BOOT}\nconst {{ made }} = await import("./it.mjs");\nconst it = made["{module}"];\n'
    (folder / "ask.mjs").write_text(f"{asked}console.log(JSON.stringify({call}));")
    done = subprocess.run([node, str(folder / "ask.mjs")], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_axes_have_round_numbers(tmp_path: Path) -> None:
    """Of things that are counted there is no half: an axis of them has whole numbers, evenly apart."""
    cases: dict[tuple[float, bool], list[float]] = {
        (9, True): [0, 5, 10],
        (1, True): [0, 1],
        (0, True): [0],
        (27, True): [0, 10, 20, 30],
        (100, True): [0, 25, 50, 75, 100],
        (9, False): [0, 2.5, 5, 7.5, 10],
        (0.4, False): [0, 0.1, 0.2, 0.3, 0.4],
    }
    found = ask(tmp_path, "parts/graph.js", f"{json.dumps(list(cases))}.map(([most, whole]) => it.ticks(most, whole))")
    assert isinstance(found, list)
    for case, marks in zip(cases, found, strict=True):
        assert [round(each, 9) for each in marks] == cases[case], case


def test_moments_are_told_as_the_site_has_them(tmp_path: Path) -> None:
    """By the minute, in no other zone, and the same each time; what is no moment is told as it stands."""
    values = ["2019-05-04 03:02:01.000123", "2019-05-04 03:02:59", "2019-05-04 13:02:00", "soon"]
    call = f"[0, 1].map(() => {json.dumps(values)}.map((each) => it.display({{fieldtype: 'Datetime'}}, each)))"
    found = ask(tmp_path, "model/format.js", call)
    assert isinstance(found, list)
    first, again = found
    assert first == again
    assert first[0] == first[1] != first[2]
    assert ("2019" in first[0], "3:02" in first[0], first[3]) == (True, True, "soon")
