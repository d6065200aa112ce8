"""The house rules that reading alone would not keep: imports point one way, nothing is ambient, files stay short.

A folder is a floor, and so is a file of the top folder. What stands on a floor imports from its own floor and from
those below.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import frappe_lite

PACKAGE = Path(frappe_lite.__file__).parent
FLOORS = """
    version values errors utils markup strength protocol throttle whitelist doctype query sqlite store permissions request
    context installed_app site access receiving request_log document router face wsgi methods __init__ command parts
""".split()
"""From the ground up."""
PUT_TOGETHER = {("__init__", "parts")}
"""The one arrow that points up: a site is put together from its parts in one place."""
OPTIONAL = {
    "granian", "granian.constants", "granian.http", "granian.log", "waitress", "waitress.utilities", "werkzeug.serving",
}  # fmt: skip
"""Servers, each imported by the one function that starts it."""
CONNECTIONS = {"sqlite/connections.py", "parts/postgres/database.py"}
"""A thread has a connection of its own."""

LONG = {
    "document/validation.py": "what a document must fulfil, check by check, read beside each other",
    "face/database.py": "`frappe.db` is one object, and its names stand in one class",
    "face/mariadb_grammar.py": "a grammar is one whole",
    "face/modules.py": "the table of where each name of Frappe stands, with what reads it",
}
"""Files of more than 400 lines, and why they are."""

EVERY = sorted(PACKAGE.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path) -> tuple[str, ...]:
    """`sqlite/wal.py` -> ("sqlite", "wal"); a folder's `__init__.py` is the folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


MODULES = {module_of(path): path for path in EVERY}


def floor_of(module: tuple[str, ...]) -> str:
    return module[0] if module else "__init__"


def own_imports(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules of the package that a module imports; of `from . import x` the module x, or else the folder."""
    here, tree = path.relative_to(PACKAGE).parts[:-1], ast.parse(path.read_text())
    for_types = {id(inner) for node in ast.walk(tree) if _is_for_types(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and id(node) not in for_types:
            folder = here[: len(here) - node.level + 1] + tuple((node.module or "").split(".") if node.module else ())
            for name in node.names:
                yield (*folder, name.name) if (*folder, name.name) in MODULES else folder


def _is_for_types(node: ast.AST) -> bool:
    """`if TYPE_CHECKING:` names what annotations need, and imports nothing."""
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def names_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_imports_point_down(path):
    own = floor_of(module_of(path))
    assert own in FLOORS, "a new floor has its place in FLOORS"
    floors = {floor_of(each) for each in own_imports(path)} - {own}
    assert [each for each in floors if FLOORS.index(each) > FLOORS.index(own) and (own, each) not in PUT_TOGETHER] == []


def test_each_floor_is_there():
    """A floor that is gone leaves the list."""
    assert {floor_of(each) for each in MODULES} == set(FLOORS)


@pytest.mark.parametrize("floor", [each for each in FLOORS if (PACKAGE / each).is_dir()])
def test_files_of_a_folder_have_an_order(floor):
    """No circle of imports; a folder's `__init__.py` gathers what stands in it, and counts as the last."""
    graph = {
        module: {
            each
            for each in own_imports(path)
            if each != module
            and floor_of(each) == floor
            and path.name != "__init__.py"
            and MODULES[each].name != "__init__.py"
        }
        for module, path in MODULES.items()
        if floor_of(module) == floor
    }
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(graph)


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_imports_stand_at_the_top(path):
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, FUNCTIONS)]
    inside = {name for function in functions for node in ast.walk(function) for name in names_of(node)}
    assert inside - OPTIONAL == set()


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_nothing_is_ambient(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    assert [node.lineno for node in nodes if isinstance(node, ast.Global)] == []
    local = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr == "local" and getattr(node.value, "id", "") == "threading"
    ]
    imported = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and node.module == "threading"
        and any(each.name == "local" for each in node.names)
    ]
    assert label(path) in CONNECTIONS or local + imported == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or getattr(each, "id", "") in ("Exception", "BaseException") for each in caught)


def _only_puts_back(handler: ast.ExceptHandler) -> bool:
    """Whether it swallows nothing: all that it catches goes on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_who_catches_everything_raises_it_again_or_says_why(path):
    lines = path.read_text().splitlines()
    handlers = [node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.ExceptHandler)]
    broad = [lines[each.lineno - 1] for each in handlers if _is_broad(each) and not _only_puts_back(each)]
    assert [line for line in broad if not re.search(r":  # \w.{10}", line)] == []


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_who_breaks_a_rule_of_the_linter_names_it_and_says_why(path):
    broken = [line for line in path.read_text().splitlines() if re.search(r"#\s*noqa", line)]
    assert [line for line in broken if not re.search(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* - \S.{5}", line)] == []


def test_a_file_has_400_lines_or_a_reason():
    """What is short again leaves the list, which has room for five."""
    long = {label(path): len(path.read_text().splitlines()) for path in EVERY}
    assert {name for name, lines in long.items() if lines > 400} == set(LONG)
    assert len(LONG) <= 5 and max(long.values()) <= 500
