"""Apps made by a test: a folder of its own name, loaded into a site, forgotten afterwards."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]

_numbers = itertools.count(1)


@pytest.fixture
def name() -> Iterator[str]:
    """A package name that no other test uses; what was imported of it is forgotten, and so is its place in the path."""
    yield from app_name()


def app_name() -> Iterator[str]:
    """The same for a fixture of a whole module."""
    made, path = f"app_under_test_{next(_numbers)}", list(sys.path)
    yield made
    sys.path[:] = path
    for module in [each for each in sys.modules if each.partition(".")[0] == made]:
        del sys.modules[module]
    importlib.invalidate_caches()


@pytest.fixture
def write(tmp_path: Path, name: str) -> Write:
    """`write({"hooks.py": "…", "x.json": {…}})` -> the folder of the app's package; APP in a text is its name."""
    return writer(tmp_path, name)


def writer(tmp_path: Path, name: str) -> Write:
    """The same for a fixture of a whole module."""

    def make(files: dict[str, Any], folder: str = "") -> Path:
        root = tmp_path / folder / name if folder else tmp_path / name
        for path, content in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content) if isinstance(content, dict | list) else textwrap.dedent(content)
            file.write_text(text.replace("APP", name))
        return root

    return make


def doctype(name: str, *fields: dict[str, Any] | tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """A DocType's JSON; a field is a dict, or (fieldname, fieldtype, options)."""
    given = [
        each if isinstance(each, dict) else dict(zip(("fieldname", "fieldtype", "options"), each, strict=False))
        for each in fields
    ]
    permissions = [
        {
            "role": "System Manager",
            **dict.fromkeys(("read", "write", "create", "delete", "submit", "cancel", "amend"), 1),
        }
    ]
    return {
        "doctype": "DocType",
        "name": name,
        "module": "Zoo",
        "fields": given,
        "permissions": [] if more.get("istable") else permissions,
        **more,
    }
