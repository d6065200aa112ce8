"""The house rules that reading alone would not keep: imports point one way, nothing is ambient, files stay short."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import frappe_lite

PACKAGE = Path(frappe_lite.__file__).parent
ORDER = """
    errors throttle utils version whitelist exceptions fieldtypes protocol meta_questions meta custom_fields operators naming query turns wal connection
    database_errors database_file catalog database store
    encryption permissions typed_dates site comments base_document loading links validation history schema auth csrf request_log trees document etags virtual lists calling
    assignments doctype_checks controllers controllers_desk controllers_contacts assignment_rules rate_limiter apps router wsgi __init__ cli_keys cli_front cli serving
""".split()
"""Each module may import only from those before it."""
OPTIONAL = {"granian", "granian.constants", "granian.http", "waitress", "werkzeug.serving"}
"""Servers, each imported by the one function that starts it."""
FOLDERS = {"face", "methods", "parts"}

KERNEL = sorted(PACKAGE.glob("*.py"))
EVERY = sorted(PACKAGE.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def own_imports(tree: ast.AST) -> set[str]:
    """The modules of the package that a kernel module imports; `from . import App` imports `__init__`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module.split(".")[0]] if node.module else [each.name for each in node.names]
            found |= {name if (PACKAGE / f"{name}.py").exists() or (PACKAGE / name).is_dir() else "__init__" for name in names}
    return found


def names_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("path", KERNEL, ids=label)
def test_imports_point_one_way(path):
    assert path.stem in ORDER, "a new module has its place in ORDER"
    below = ORDER[: ORDER.index(path.stem)]
    assert [each for each in own_imports(ast.parse(path.read_text())) - FOLDERS if each not in below] == []


@pytest.mark.parametrize("path", [each for each in KERNEL if each.stem != "__init__"], ids=label)
def test_the_kernel_imports_no_methods_and_no_parts(path):
    assert own_imports(ast.parse(path.read_text())) & FOLDERS == set()


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_imports_stand_at_the_top(path):
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, FUNCTIONS)]
    inside = {name for function in functions for node in ast.walk(function) for name in names_of(node)}
    assert inside - OPTIONAL == set()


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_nothing_is_ambient(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    assert [node.lineno for node in nodes if isinstance(node, ast.Global)] == []
    local = [node.lineno for node in nodes if isinstance(node, ast.Attribute) and node.attr == "local" and getattr(node.value, "id", "") == "threading"]
    imported = [node.lineno for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "threading" and any(each.name == "local" for each in node.names)]
    assert path.name in ("database.py", "postgres.py") or local + imported == []


@pytest.mark.parametrize("path", EVERY, ids=label)
def test_a_file_has_500_lines_at_most(path):
    assert len(path.read_text().splitlines()) <= 500
