"""The desk's scripts as a compiler and a linter read them. They are served as they are; nothing is built."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

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
    """Of our own: the libraries are as their makers packed them."""
    project = tmp_path / "tsconfig.json"
    include, vendor = str(FOLDER / "**" / "*.js"), str(FOLDER / "vendor")
    project.write_text(json.dumps({"compilerOptions": OPTIONS, "include": [include], "exclude": [vendor]}))
    found = run("tsc", "-p", str(project)).splitlines()
    assert [each for each in found if "error TS" in each and "/vendor/" not in each] == []


def test_nothing_is_left_over_or_suspicious() -> None:
    allowed = [word for each in ALLOWED for word in ("--allow", each)]
    said = run("oxlint", "--format", "unix", *allowed, "--ignore-pattern", "vendor", str(FOLDER)).splitlines()
    assert [each for each in said if each.startswith("/") or ".js:" in each] == []


def test_the_compiler_looks_at_all(tmp_path: Path) -> None:
    """A check that finds nothing proves something only if it finds what is wrong."""
    (tmp_path / "wrong.js").write_text(
        '/** @param {number} count */\nconst twice = (count) => count * 2;\ntwice("two");\n'
    )
    project = tmp_path / "tsconfig.json"
    project.write_text(json.dumps({"compilerOptions": OPTIONS, "include": [str(tmp_path / "*.js")]}))
    assert "error TS2345" in run("tsc", "-p", str(project))
