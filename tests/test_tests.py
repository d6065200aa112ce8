"""Every test asserts something, itself or by a helper that does; the helpers are looked for by name."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ASSERTING = {"raises", "warns", "fail", "expect"}
"""What asserts without the word: pytest's, and playwright's `expect`."""


STATEMENTS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields of a statement that hold others."""


def functions(tree: ast.AST) -> Iterator[tuple[str, bool, set[str]]]:
    """Those of a module, in classes and functions too: name, whether it asserts, and the names that it calls, without
    what stands before the last dot. What a function within another does, both do."""
    pending = deque([tree])
    while pending:
        node = pending.popleft()
        if isinstance(node, ast.FunctionDef):
            inside = list(ast.walk(node))
            calls = [each.func for each in inside if isinstance(each, ast.Call)]
            called = {each.attr for each in calls if isinstance(each, ast.Attribute)}
            called |= {each.id for each in calls if isinstance(each, ast.Name)}
            yield node.name, any(isinstance(each, ast.Assert) for each in inside), called
        for field in STATEMENTS:  # no function stands in an expression
            pending.extend(getattr(node, field, ()))


def silent(sources: Iterable[tuple[str, str]]) -> list[str]:
    """The tests of these modules that assert nothing: ["test_x.py: test_y"]."""
    known = [(path, *each) for path, source in sources for each in functions(ast.parse(source))]
    asserting = {name for _, name, asserts, _ in known if asserts}
    more = asserting | ASSERTING
    while more := {name for _, name, _, called in known if not called.isdisjoint(more)} - asserting:
        asserting |= more
    return [f"{path}: {name}" for path, name, *_ in known if name.startswith("test_") and name not in asserting]


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
    assert silent([("m.py", source)]) == wanted


def test_every_test_asserts() -> None:
    paths = FOLDER.rglob("*.py")
    assert silent((str(path.relative_to(FOLDER)), path.read_text()) for path in paths) == []
