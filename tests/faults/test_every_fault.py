"""Each fault of the list is tried by a test that names it, or stands in docs/reliability.md with the reason why not."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from fault_tools import ROOT

FAULTS = [f"F{number:02}" for number in range(1, 48)]
TESTS = ROOT / "tests"


@functools.cache
def named_by_tests() -> dict[str, set[str]]:
    """`file::function` -> the faults that its docstring names."""
    found = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[f"{file.name}::{node.name}"] = set(re.findall(r"\bF\d\d\b", ast.get_docstring(node) or ""))
    return found


def rows() -> dict[str, str]:
    """Fault -> the last cell of its row in the documentation."""
    text = (ROOT / "docs" / "reliability.md").read_text()
    return {match[1]: match[2].strip() for match in re.finditer(r"^\| (F\d\d) \|.*\|([^|]*)\|$", text, re.MULTILINE)}


ROWS = rows()


def test_the_documentation_has_a_row_for_each_fault() -> None:
    assert sorted(ROWS) == FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_tried_or_has_a_reason(fault: str) -> None:
    """The tests that its row names are there, and say that they try it."""
    tests = re.findall(r"`(test_\w+\.py::test_\w+)`", ROWS[fault])
    assert tests or ROWS[fault].startswith("not tried: "), ROWS[fault]
    assert [test for test in tests if fault not in named_by_tests().get(test, set())] == []


@pytest.mark.parametrize("file", sorted(Path(__file__).parent.glob("test_*.py")), ids=lambda file: file.name)
def test_each_test_here_names_its_fault(file: Path) -> None:
    if file.name != Path(__file__).name:
        assert [
            name for name, faults in named_by_tests().items() if name.startswith(f"{file.name}::") and not faults
        ] == []
