"""Every test asserts something, itself or by a helper that does; the helpers are looked for by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ASSERTING = {"raises", "warns", "fail", "expect"}
"""What asserts without the word: pytest's, and playwright's `expect`."""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Those of a module, in classes and functions too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def called(function: ast.FunctionDef) -> set[str]:
    """The names of what it calls, without what stands before the last dot."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {each.attr for each in calls if isinstance(each, ast.Attribute)} | {
        each.id for each in calls if isinstance(each, ast.Name)
    }


def silent(trees: dict[str, ast.Module]) -> list[str]:
    """The tests of these modules that assert nothing: ["test_x.py: test_y"]."""
    known = [(name, function) for name, tree in trees.items() for function in functions(tree)]
    asserting = {each.name for _, each in known if any(isinstance(node, ast.Assert) for node in ast.walk(each))}
    while more := {each.name for _, each in known if called(each) & (asserting | ASSERTING)} - asserting:
        asserting |= more
    return [
        f"{name}: {each.name}" for name, each in known if each.name.startswith("test_") and each.name not in asserting
    ]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        pytest.param("def test_a():\n    assert x", [], id="an assertion"),
        pytest.param("def test_a():\n    with pytest.raises(X):\n        f()", [], id="an error is wanted"),
        pytest.param("def test_a():\n    check(1)\ndef check(x):\n    assert x", [], id="a helper asserts"),
        pytest.param(
            "def test_a():\n    f()\ndef f():\n    g()\ndef g():\n    assert 1", [], id="a helper of a helper"
        ),
        pytest.param("def test_a():\n    run()", ["m.py: test_a"], id="it only runs"),
        pytest.param(
            "def test_a():\n    x.run()\ndef run():\n    pass", ["m.py: test_a"], id="a helper that only runs"
        ),
    ],
)
def test_tests_without_an_assertion_are_found(source: str, wanted: list[str]) -> None:
    assert silent({"m.py": ast.parse(source)}) == wanted


def test_every_test_asserts() -> None:
    paths = FOLDER.rglob("*.py")
    assert silent({str(path.relative_to(FOLDER)): ast.parse(path.read_text()) for path in paths}) == []
