"""Change one thing in the rules, run the tests that pass there, and list the changes that no test notices.

    python scripts/mutants.py --count 200 --seed 1            every survivor with its line, and their share
    python scripts/mutants.py --count 20 --only query/        of one folder

A mutant is one comparison, `and`/`or`, `not`, truth value or number of the modules in `MODULES` made another. Which
tests pass a line is measured once, by coverage; they run on a copy of the project, until the first one fails. mutmut
leaves decorated functions and module tables alone and starts from its own copy of the tests, so it was not taken.
Needs `pip install coverage`. Exit code 1 if more than 5 % survive.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("query/*.py", "permissions/*.py", "doctype/naming.py", "document/naming_rules.py", "document/validation.py")
TESTS = (
    "tests/query", "tests/access", "tests/doctype", "tests/document", "tests/methods", "tests/test_answers.py",
    "tests/test_router_v1.py", "tests/test_router_v2.py", "tests/test_conformance.py",
)  # fmt: skip
MOST_TESTS = 150
"""Test functions that a mutant meets at most: the rest would tell the same."""

SURVIVORS = 0.05
TIMEOUT = 300.0  # seconds; a mutant that loops is a mutant that was noticed

OPPOSITES: dict[type[ast.AST], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.In: "not in",
    ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is", ast.And: "or", ast.Or: "and",
}  # fmt: skip
SPELLED: dict[type[ast.AST], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.And: "and", ast.Or: "or",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes from `start` to `end` of a module become `text`."""

    path: Path
    line: int
    start: int
    end: int
    text: str

    def source(self) -> bytes:
        """The module with the change in it."""
        whole = self.path.read_bytes()
        return whole[: self.start] + self.text.encode() + whole[self.end :]

    def told(self) -> str:
        """`query/operators.py:12: == -> !=`."""
        was = self.path.read_bytes()[self.start : self.end].decode()
        return f"{self.path.relative_to(ROOT)}:{self.line}: {was} -> {self.text}"


def mutants(path: Path) -> list[Mutant]:
    """All of a module, in the order of its lines."""
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def at(line: int, column: int) -> int:
        return starts[line - 1] + column

    def between(left: ast.expr, right: ast.expr, operator: ast.AST) -> Iterator[Mutant]:
        """The operator stands somewhere between its two sides."""
        begin, end = at(left.end_lineno or 0, left.end_col_offset or 0), at(right.lineno, right.col_offset)
        word = SPELLED[type(operator)].encode()
        found = source.find(word, begin, end)
        if found >= 0:
            line = source.count(b"\n", 0, found) + 1
            yield Mutant(path, line, found, found + len(word), OPPOSITES[type(operator)])

    def of(node: ast.AST) -> Iterator[Mutant]:
        if isinstance(node, ast.Compare):
            for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
                yield from between(left, right, operator)
        elif isinstance(node, ast.BoolOp):
            yield from between(node.values[0], node.values[1], node.op)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            start = at(node.lineno, node.col_offset)
            yield Mutant(path, node.lineno, start, start + 4, "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
            start, end = at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)
            changed = not node.value if isinstance(node.value, bool) else node.value + 1
            yield Mutant(path, node.lineno, start, end, str(changed))

    found = [mutant for node in ast.walk(_without_types(ast.parse(source))) for mutant in of(node)]
    return sorted(found, key=lambda each: each.start)


def _without_types(tree: ast.Module) -> ast.Module:
    """The module without its annotations, whose change changes nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant("")
    return tree


class Passing:
    """Which test functions pass a line: measured once, by running all of `TESTS` under coverage."""

    def __init__(self, copy: Path) -> None:
        import coverage

        (copy / "mutants.rc").write_text("[run]\ndynamic_context = test_function\nsource = frappe_lite\n")
        command = ["-m", "coverage", "run", "--rcfile=mutants.rc", "-m", "pytest", "-q", "-p", "no:xdist", *TESTS]
        subprocess.run([sys.executable, *command], cwd=copy, check=True)
        self.data = coverage.CoverageData(str(copy / ".coverage"))
        self.data.read()
        self.copy = copy
        self.files = {path.stem: path for path in copy.glob("tests/**/test_*.py")}

    def by_line(self, mutant: Mutant) -> list[str]:
        """Node ids, the ones of the folder that mirrors the module first; all of that folder where no test is known."""
        path = self.copy / mutant.path.relative_to(ROOT)
        contexts = self.data.contexts_by_lineno(str(path)).get(mutant.line, [])
        nodes = set()
        for context in filter(None, contexts):
            module, _, function = context.rpartition(".")
            module = module.rpartition(".")[2] if module.rpartition(".")[2] in self.files else module.split(".")[0]
            if module in self.files and function.startswith("test_"):
                nodes.add(f"{self.files[module].relative_to(self.copy)}::{function}")
        folder = mutant.path.parent.name
        near = sorted(nodes, key=lambda each: (f"tests/{folder}/" not in each, each))
        return near[:MOST_TESTS] or [each for each in TESTS if not each.endswith("test_conformance.py")]


def survives(mutant: Mutant, passing: Passing) -> bool:
    """Whether every test that passes the mutant's line still succeeds."""
    path = passing.copy / mutant.path.relative_to(ROOT)
    before = path.read_bytes()
    path.write_bytes(mutant.source())
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    try:
        ran = subprocess.run(
            [*command, *passing.by_line(mutant)], cwd=passing.copy, timeout=TIMEOUT, capture_output=True
        )
        return ran.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_bytes(before)


def main() -> int:
    """Draw the mutants, run them, print the survivors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="paths that contain this")
    options = parser.parse_args()
    paths = [path for pattern in MODULES for path in sorted((ROOT / "frappe_lite").glob(pattern))]
    every = [each for path in paths for each in mutants(path) if options.only in str(path)]
    drawn = random.Random(options.seed).sample(every, min(options.count, len(every)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "copy"
        ignored = shutil.ignore_patterns(".venv", ".git", "site.db*", "dist", "build", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored)
        passing = Passing(copy)
        alive = []
        for number, mutant in enumerate(drawn, 1):
            if survives(mutant, passing):
                alive.append(mutant)
                print(f"{number}/{len(drawn)} survives  {mutant.told()}", flush=True)
    print(f"{len(alive)} of {len(drawn)} survive ({len(alive) / max(len(drawn), 1):.1%}), drawn from {len(every)}")
    return int(len(alive) > SURVIVORS * len(drawn))


if __name__ == "__main__":
    sys.exit(main())
