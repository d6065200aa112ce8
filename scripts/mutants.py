"""Change one thing in the rules, run the tests that pass there, and list the changes that no test notices.

    python scripts/mutants.py --count 200 --seed 1            every survivor with its line, and their share
    python scripts/mutants.py --count 20 --only query/        of one folder
    python scripts/mutants.py --ways ways.json                measured once, for several draws

A mutant is one comparison, `and`/`or`, `not`, truth value or number of the modules in `MODULES` made another. All runs
in one pytest that has collected the tests: a fork of it measures by coverage which tests pass which line, and for each
mutant a fork takes the changed function in and runs those, until the first one fails. Two hundred take minutes. What is
no function, such as a table or a default, is read at import: those mutants meet a pytest of their own, on a copy.
mutmut leaves decorated functions and module tables alone and starts from its own copy of the tests: it was not taken.
Needs `pip install coverage`, and a system with fork. Exit code 1 if more than 5 % survive.
"""

from __future__ import annotations

import argparse
import ast
import gc
import inspect
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("query/*.py", "permissions/*.py", "doctype/naming.py", "document/naming_rules.py", "document/validation.py")
TESTS = (
    "tests/query", "tests/access", "tests/doctype", "tests/document", "tests/methods", "tests/test_answers.py",
    "tests/test_router_v1.py", "tests/test_router_v2.py", "tests/test_conformance.py", "tests/face/test_app_naming.py",
)  # fmt: skip
EQUIVALENT = {
    ("@dataclass(frozen=True)", "True"): "that nothing is assigned to such a value, mypy sees to",
    ("of_doctype: bool = False", "False"): "it is asked of a refusal, and each of those says it",
    ("meta.levels <= readable", "<="): "a short cut: of the same levels none is hidden",
    ("if len(value) > LONG_TEXT else None", ">"): "a text of just that length is never kept",
    ("zip(columns, row, strict=True)", "True"): "a row has the columns that were asked for",
    ("if 8 < len(values) <= 16_384:", "<"): "eight are a power of two already, and nothing is put behind them",
    ("if 8 < len(values) <= 16_384:", "<="): "so are 16,384",
    ("return 0  # which nobody looks at", "0"): "it is a counter's answer, and the name is not used",
    ("value.__class__ is not kind.native and (", "and"): "a short cut: a value in its form is cast to itself",
    ("for row, old in zip(after, before, strict=True)", "True"): "they were found to be of one length before",
    ("parent: DocType | None, shown: bool = False) -> bool:", "False"): "a Protocol's, whose body is never run",
}
"""(what stands in the line, what is changed there) -> why nothing can notice it. Such mutants are not drawn."""

MOST_TESTS = 150
"""Tests that a mutant meets at most: the rest would tell the same."""

SURVIVORS = 0.05
TIMEOUT = 900  # seconds; a mutant that loops is a mutant that was noticed
NOT_IN_A_FUNCTION = 3

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

    lines = source.decode().splitlines()
    found = [mutant for node in ast.walk(_without_types(ast.parse(source))) for mutant in of(node)]
    told = [
        each for each in found if not _changes_nothing(lines[each.line - 1], source[each.start : each.end].decode())
    ]
    return sorted(told, key=lambda each: each.start)


def _changes_nothing(line: str, was: str) -> bool:
    return any(text in line and word == was for text, word in EQUIVALENT)


def _without_types(tree: ast.Module) -> ast.Module:
    """The module without its annotations and what it asserts to a reader and to mypy: their change changes nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            node.test = ast.Constant("")
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant("")
    return tree


def functions(code: CodeType) -> Iterator[CodeType]:
    """A module's code objects, each before those inside it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from functions(inner)


def taken_in(mutant: Mutant, known: list[FunctionType]) -> bool:
    """Give the known functions of this process the mutant's code; False where it is not in a function."""
    name = str(copied(mutant.path))
    before, after = (compile(each, name, "exec") for each in (mutant.path.read_bytes(), mutant.source()))
    pairs = list(zip(functions(before), functions(after), strict=True))
    changed = [pair for pair in pairs if alone(pair[0]) != alone(pair[1])]
    if any(not old.co_flags & inspect.CO_OPTIMIZED for old, _ in changed):
        return False
    codes = {(old.co_name, old.co_firstlineno): new for old, new in pairs if old != new}
    for each in known:
        code = each.__code__
        if code.co_filename == name:
            each.__code__ = codes.get((code.co_name, code.co_firstlineno), code)
    return True


def alone(code: CodeType) -> tuple[object, ...]:
    """A code object without the functions inside it, to be compared."""
    consts = tuple((type(each), each) for each in code.co_consts if not isinstance(each, CodeType))
    return code.co_code, consts, code.co_names


def copied(path: Path) -> Path:
    """Where a file of the project stands in the copy, which is the current folder."""
    return Path.cwd() / path.relative_to(ROOT)


class Trial:
    """A plugin of pytest: in place of running the tests once, it runs those that pass a mutant for each mutant."""

    def __init__(self, drawn: list[Mutant], ways: Path) -> None:
        self.drawn = drawn
        self.ways = ways
        self.alive: list[Mutant] = []
        self.passing: dict[tuple[str, int], list[pytest.Item]] = {}
        self.failing: set[str] = set()
        self.functions: list[FunctionType] = []

    def pytest_configure(self) -> None:
        """An example that fails is not made smaller: that there is one is enough."""
        from hypothesis import Phase, settings

        settings.register_profile("first failure", phases=[Phase.explicit, Phase.generate])
        settings.load_profile("first failure")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the tests that fail without a mutant: they tell nothing of one."""
        if report.failed:
            self.failing.add(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All mutants, after the tests' ways were measured."""
        self.measure(session)
        package = str(Path.cwd() / "frappe_lite")
        found = (each for each in gc.get_objects() if isinstance(each, FunctionType))
        self.functions = [each for each in found if each.__code__.co_filename.startswith(package)]
        gc.freeze()  # what a fork's collector does not look at is not copied for it
        for number, mutant in enumerate(self.drawn, 1):
            if self.survives(session, mutant):
                self.alive.append(mutant)
                said(f"{number}/{len(self.drawn)} survives  {mutant.told()}")
            elif number % 10 == 0:
                said(f"{number}/{len(self.drawn)}")
        return True

    def measure(self, session: pytest.Session) -> None:
        """Find out which tests pass a line, fixtures included; or read it, where it was written down before."""
        if not self.ways.exists() and (code := forked(lambda: self.write_ways(session), 4 * TIMEOUT)):
            raise pytest.UsageError(f"the tests could not be measured: {code}")
        measured = json.loads(self.ways.read_text())
        items = {item.nodeid: item for item in session.items if item.nodeid not in measured["failing"]}
        for path, lines in measured["passing"].items():
            for line, nodes in lines.items():
                self.passing[path, int(line)] = [items[node] for node in nodes if node in items]
        said(f"{len(items)} tests measured, without {len(measured['failing'])} that fail")

    def write_ways(self, session: pytest.Session) -> int:
        """Run all tests under coverage; write down by file and line which of them passed it."""
        import coverage

        rules = [str(Path("frappe_lite") / each) for each in MODULES]
        measuring = coverage.Coverage(data_file=None, config_file=False, include=rules)
        measuring.start()
        run(session, session.items, measuring.switch_context, stop=False)
        measuring.stop()
        data = measuring.get_data()
        passing = {os.path.relpath(path): data.contexts_by_lineno(path) for path in data.measured_files()}
        self.ways.write_text(json.dumps({"passing": passing, "failing": sorted(self.failing)}))
        return 0

    def tests_of(self, mutant: Mutant) -> list[pytest.Item]:
        """Those that pass its statement, the ones named like the module first."""
        path = str(mutant.path.relative_to(ROOT))
        lines = ((path, line) for line in range(mutant.line, mutant.line - 6, -1))
        return nearest(mutant, next((self.passing[each] for each in lines if self.passing.get(each)), []))

    def tests_of_default(self, mutant: Mutant) -> list[pytest.Item]:
        """Those that run the function whose default it is; none where it is no default."""
        path, tree = str(mutant.path.relative_to(ROOT)), ast.parse(mutant.path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.lineno <= mutant.line <= node.body[0].lineno:
                lines = ((path, line) for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1))
                return nearest(mutant, next((self.passing[each] for each in lines if self.passing.get(each)), []))
        return []

    def tests_of_file(self, mutant: Mutant) -> list[pytest.Item]:
        """Those that pass any line of its file."""
        path = str(mutant.path.relative_to(ROOT))
        found = {item.nodeid: item for (file, _), items in self.passing.items() if file == path for item in items}
        return nearest(mutant, list(found.values()))

    def survives(self, session: pytest.Session, mutant: Mutant) -> bool:
        """Whether every test that passes the mutant's line still succeeds."""
        code = forked(
            lambda: (
                run(session, self.tests_of(mutant)[:MOST_TESTS])
                if taken_in(mutant, self.functions)
                else NOT_IN_A_FUNCTION
            )
        )
        if code == NOT_IN_A_FUNCTION:
            items = self.tests_of_default(mutant) or self.tests_of_file(mutant)
            nodes = dict.fromkeys(item.nodeid.partition("[")[0] for item in items)  # a table is one
            return survives_import(mutant, list(nodes)[:MOST_TESTS])
        return code == 0


def nearest(mutant: Mutant, items: list[pytest.Item]) -> list[pytest.Item]:
    """In the order in which they will notice it soonest."""
    near = [mutant.path.parent.name, mutant.path.stem.partition("_")[0]]
    return sorted(items, key=lambda item: -sum(word in item.nodeid for word in near))


def run(
    session: pytest.Session, items: list[pytest.Item], begin: Callable[[str], object] = str, stop: bool = True
) -> int:
    """Run tests in this process; 1 if one failed."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        begin(item.nodeid)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if stop and session.testsfailed:
            return 1
    return 0


def forked(work: Callable[[], int], limit: int = TIMEOUT) -> int:
    """Do some work in a fork that says nothing; its exit code, negative where it was ended or took too long."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            signal.alarm(limit)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def survives_import(mutant: Mutant, nodes: list[str]) -> bool:
    """Whether the tests succeed in a process that imports the mutant."""
    path = copied(mutant.path)
    before = path.read_bytes()
    path.write_bytes(mutant.source())
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    try:
        ran = subprocess.run([*command, *nodes], timeout=TIMEOUT, capture_output=True)
        return ran.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_bytes(before)


def said(line: str) -> None:
    """To the terminal, past pytest."""
    print(line, file=sys.__stdout__, flush=True)


def main() -> int:
    """Draw the mutants, run them, print the survivors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="paths that contain this")
    parser.add_argument("--ways", type=Path, help="a file that keeps which tests pass a line, for the next time")
    options = parser.parse_args()
    paths = [path for pattern in MODULES for path in sorted((ROOT / "frappe_lite").glob(pattern))]
    every = [each for path in paths for each in mutants(path) if options.only in str(path)]
    drawn = random.Random(options.seed).sample(every, min(options.count, len(every)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "copy"
        ignored = shutil.ignore_patterns(".venv", ".git", "site.db*", "dist", "build", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored)
        ways = (options.ways or Path(folder) / "ways.json").resolve()
        os.chdir(copy)
        sys.path.insert(0, str(copy))
        trial = Trial(drawn, ways)
        ran = pytest.main(["-q", "-s", "--tb=no", "-p", "no:xdist", "-p", "no:cacheprovider", *TESTS], plugins=[trial])
    if ran not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(ran)
    alive = len(trial.alive)
    said(f"{alive} of {len(drawn)} survive ({alive / max(len(drawn), 1):.1%}), drawn from {len(every)}")
    return int(alive > SURVIVORS * len(drawn))


if __name__ == "__main__":
    sys.exit(main())
