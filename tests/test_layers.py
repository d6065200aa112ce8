"""The house rules that reading alone would not keep: imports point one way, nothing is ambient, files stay short.

A folder is a floor, and so is a file of the top folder. What stands on a floor imports from its own floor and from
those below.
"""

from __future__ import annotations

import ast
import functools
import graphlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite

PACKAGE = Path(frappe_lite.__file__).parent
FLOORS = """
    version values errors utils protocol throttle doctype installed_app whitelist query sqlite store permissions request context
    extensions site access logs document router face wsgi methods __init__ command parts
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


@functools.lru_cache(maxsize=1)  # all of them at once would fill the memory
def every_node(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def nodes(path: Path, *kinds: type[Any]) -> list[Any]:
    return [node for node in every_node(path) if isinstance(node, kinds)]


@functools.cache
def own_imports(path: Path) -> list[tuple[str, ...]]:
    """The modules of the package that a module imports; of `from . import x` the module x, or else the folder."""
    return list(_own_imports(path))


def _own_imports(path: Path) -> Iterator[tuple[str, ...]]:
    here = path.relative_to(PACKAGE).parts[:-1]
    for_types = {id(inner) for node in nodes(path, ast.If) if _is_for_types(node) for inner in ast.walk(node)}
    for node in nodes(path, ast.ImportFrom):
        if node.level and id(node) not in for_types:
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


# --- the rules of each file: what breaks it -------------------------------------------------------------

LONG = {
    "document/validation.py": "every rule about values, in Frappe's order",
    "face/database/calls.py": "frappe.db is one object with Frappe's methods",
    "face/mariadb/grammar.py": "one grammar",
    "face/modules.py": "the table of Frappe's modules, a line each",
}
"""Files of more than 400 lines, and why they are one."""

ASKING = ("face/", "parts/", "document/base_document.py")
"""Who may look up who asks: the face, what a job runs, which is given no context, and a document that app code makes."""


def upward(path: Path) -> list[str]:
    own = floor_of(module_of(path))
    floors = {floor_of(each) for each in own_imports(path)} - {own}
    return [each for each in floors if FLOORS.index(each) > FLOORS.index(own) and (own, each) not in PUT_TOGETHER]


def imported_inside(path: Path) -> list[str]:
    lines = {line for each in nodes(path, *FUNCTIONS) for line in range(each.lineno, each.end_lineno + 1)}
    inside = [node for node in nodes(path, ast.Import, ast.ImportFrom) if node.lineno in lines]
    return sorted({name for node in inside for name in names_of(node)} - OPTIONAL)


def ambient(path: Path) -> list[int]:
    found = [node.lineno for node in nodes(path, ast.Global)]
    local = [
        node.lineno
        for node in nodes(path, ast.Attribute)
        if node.attr == "local" and getattr(node.value, "id", "") == "threading"
    ]
    imported = [
        node.lineno
        for node in nodes(path, ast.ImportFrom)
        if node.module == "threading" and any(each.name == "local" for each in node.names)
    ]
    return found if label(path) in CONNECTIONS else found + local + imported


def looks_up_who_asks(path: Path) -> list[int]:
    asks = [
        each.lineno
        for each in nodes(path, ast.Attribute)
        if each.attr == "get" and isinstance(each.value, ast.Name) and each.value.id == "current"
    ]
    return [] if label(path).startswith(ASKING) else asks


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or getattr(each, "id", "") in ("Exception", "BaseException") for each in caught)


def _only_puts_back(handler: ast.ExceptHandler) -> bool:
    """Whether it swallows nothing: all that it catches goes on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def swallowed(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    handlers = nodes(path, ast.ExceptHandler)
    broad = [lines[each.lineno - 1] for each in handlers if _is_broad(each) and not _only_puts_back(each)]
    return [line for line in broad if not re.search(r":  # \w.{10}", line)]


def unexplained(path: Path) -> list[str]:
    broken = [line for line in path.read_text().splitlines() if re.search(r"#\s*noqa", line)]
    return [line for line in broken if not re.search(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* - \S.{5}", line)]


def too_long(path: Path) -> list[str]:
    lines, has_reason = len(path.read_text().splitlines()), label(path) in LONG
    if has_reason and lines <= 400:
        return ["its reason is not needed any more"]
    return [f"{lines} lines"] if lines > (500 if has_reason else 400) else []


def long_functions(path: Path) -> list[str]:
    return [each.name for each in nodes(path, *FUNCTIONS) if each.end_lineno - each.lineno >= 50]


RULES: dict[str, Callable[[Path], list[Any]]] = {
    "imports point down": upward,
    "imports stand at the top": imported_inside,
    "nothing is ambient": ambient,
    "who asks is passed on": looks_up_who_asks,
    "who catches everything raises it again, or says why": swallowed,
    "who breaks a rule of the linter names it, and says why": unexplained,
    "a file has 400 lines at most, one with a reason 500": too_long,
    "a function has 50 lines at most": long_functions,
}


def test_every_file_keeps_the_rules() -> None:
    broken = {(label(path), rule): breaches(path) for path in EVERY for rule, breaches in RULES.items()}
    assert {where: found for where, found in broken.items() if found} == {}
