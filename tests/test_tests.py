"""Every test asserts something, itself or by a helper that does; the helpers are looked for by name."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import hypothesis
import pytest
from werkzeug.security import generate_password_hash

from conftest import EXAMPLES, AppSite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.context import Context

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


# --- what makes them quick ---


def fill(ctx: Context) -> None:
    document.new(ctx, {"doctype": "Task", "subject": "from the beginning"}).insert()


def subjects(site: AppSite) -> list[str]:
    return [subject for (subject,) in site.database.rows('SELECT subject FROM "tabTask" ORDER BY subject')]


def test_sites_that_were_filled_once_have_nothing_of_one_another(tmp_path: Path) -> None:
    sites = [AppSite(fill=fill), AppSite(str(tmp_path / "site.db"), fill), AppSite(fill=fill), AppSite()]
    with sites[0].acting() as ctx:
        document.new(ctx, {"doctype": "Task", "subject": "made later"}).insert()
    found = [subjects(each) for each in sites]
    for each in sites:
        each.close()
    assert found == [["from the beginning", "made later"], ["from the beginning"], ["from the beginning"], []]


def test_hashes_are_cheap() -> None:
    assert auth.generate_password_hash("x").startswith("pbkdf2:sha256:1$")


def test_hashes_are_real_for_who_asks(real_hashes: None) -> None:
    assert auth.generate_password_hash is generate_password_hash


def test_a_property_is_tried_by_as_many_examples_as_the_tests_say() -> None:
    assert hypothesis.settings.default.max_examples == EXAMPLES


OWN = hypothesis.settings(database=None)
"""As a module has them that says something of its own."""


@pytest.mark.parametrize("settings", [OWN, None], ids=["one with settings of its own", "any"])
def test_no_property_fails_because_the_machine_is_busy(settings: hypothesis.settings | None) -> None:
    given = settings or hypothesis.settings.default
    assert given.deadline is None and hypothesis.HealthCheck.too_slow in given.suppress_health_check
