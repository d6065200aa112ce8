"""The plugin as users have it: other people's test suites, run by pytest in a process of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "testing"

pytest_plugins = ["pytester"]


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run the suite in a process of its own, without the plugins of this environment that take long to import."""
    others = [word for each in ("schemathesis", "hypothesispytest", "anyio") for word in ("-p", f"no:{each}")]
    return pytester.runpytest_subprocess(*others, *options)


@pytest.fixture
def examples(pytester: pytest.Pytester) -> pytest.Pytester:
    shutil.copytree(EXAMPLES, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return pytester


@pytest.mark.parametrize(
    "options",
    [(), ("-n", "2"), ("--import-mode=importlib", "-p", "no:randomly")],
    ids=["alone", "in two processes", "by importlib"],
)
def test_the_examples_pass(examples: pytest.Pytester, options: tuple[str, ...]) -> None:
    if "--import-mode=importlib" in options:
        examples.makeini("[pytest]\nfrappe_apps = library\nfilterwarnings = error\npythonpath = .\n")
        (examples.path / "pytest.ini").unlink()
    run(examples, *options).assert_outcomes(passed=14)


def test_an_app_may_have_a_package_above_its_package(pytester: pytest.Pytester) -> None:
    """Some repositories have an `__init__.py` beside their pyproject.toml; a bench, which asks nobody, minds nothing."""
    shutil.copytree(EXAMPLES / "library", pytester.path / "library")
    (pytester.path / "library" / "__init__.py").touch()
    for folder in ("tests", ""):
        (pytester.path / "library/library" / folder / "__init__.py").parent.mkdir(exist_ok=True)
        (pytester.path / "library/library" / folder / "__init__.py").touch()
    (pytester.path / "library/library/tests/test_whole.py").write_text(
        "from frappe.tests import UnitTestCase\n\n\nclass TestWhole(UnitTestCase):\n    def test_it(self):\n"
        "        import library.tests\n\n        assert library.tests.__file__ and library.__name__ == 'library'\n"
    )
    pytester.makeini("[pytest]\nfrappe_apps = library\n")
    run(pytester, "library/library/tests").assert_outcomes(passed=1)


@pytest.mark.parametrize("place", ["library/conftest.py", "library/tests/conftest.py"])
def test_an_apps_own_conftest_may_import_frappe(pytester: pytest.Pytester, place: str) -> None:
    pytester.makeini("[pytest]\nfrappe_apps = library\n")
    folder = pytester.mkpydir("library")
    (folder / "hooks.py").write_text("app_name = 'library'\n")
    (folder / "tests").mkdir()
    conftest = "import frappe\nimport pytest\nfrom frappe.tests import UnitTestCase as Case\n\n\n"
    (pytester.path / place).write_text(f"{conftest}@pytest.fixture\ndef case():\n    return Case\n")
    test = "from frappe.tests import UnitTestCase\n\n\ndef test_it(case):\n    assert case is UnitTestCase\n"
    (folder / "tests" / "test_small.py").write_text(test)
    run(pytester, "library/tests").assert_outcomes(passed=1)


def test_a_broken_app_fails_the_examples(examples: pytest.Pytester) -> None:
    controller = examples.path / "library/library/library/doctype/loan/loan.py"
    controller.write_text(controller.read_text().replace("add_days(today(), 14)", "add_days(today(), 15)"))
    outcome = run(examples)
    outcome.assert_outcomes(passed=11, failed=3)


SITE_TESTS = """
    import pytest

    SEEN = []

    @pytest.mark.parametrize("number", [1, 2])
    def test_each_test_has_a_site_of_its_own(frappe_site, number):
        assert id(frappe_site) not in SEEN
        SEEN.append(id(frappe_site))
        assert frappe_site.client().get_list("Book") == []
        frappe_site.client().insert({"doctype": "Book", "title": "Emma"})

    def test_the_server_is_the_same_site(frappe_site, frappe_server):
        assert frappe_server.site is frappe_site
        assert frappe_site.url == frappe_server.url

    @pytest.mark.frappe(created_status=200)
    def test_a_marker_gives_settings(frappe_site):
        assert frappe_site.client().post("/api/resource/Book", json={"title": "Emma"}).status_code == 200

    @pytest.mark.frappe(apps=[])
    def test_a_marker_gives_apps(frappe_site):
        assert list(frappe_site.apps) == ["frappe"]

    @pytest.mark.frappe(apps=["library"])
    def test_a_markers_apps_are_beside_the_test(frappe_site):
        assert list(frappe_site.apps) == ["frappe", "library"]

    class TestOverride:
        @pytest.fixture
        def frappe_apps(self):
            return []

        def test_a_fixture_gives_apps(self, frappe_site):
            assert list(frappe_site.apps) == ["frappe"]
"""


def test_a_suite_of_fixtures(examples: pytest.Pytester) -> None:
    for each in examples.path.glob("test_*.py"):
        each.unlink()
    examples.makepyfile(test_fixtures=SITE_TESTS)
    run(examples, "--strict-markers", "--strict-config", "-W", "error", "test_fixtures.py").assert_outcomes(passed=7)


def test_apps_that_are_not_there_are_named(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nfrappe_apps = nowhere\n")
    outcome = run(pytester)
    said = outcome.stderr.str() + outcome.stdout.str()
    assert "ERROR: frappe_apps: " in said and "nowhere is not a folder" in said
    assert "INTERNALERROR" not in said and "Traceback" not in said
    assert outcome.ret == pytest.ExitCode.USAGE_ERROR


NO_FRAPPE_LITE = """
    import sys

    def test_nothing_is_imported_that_nobody_asked_for():
        assert not [name for name in sys.modules if name.split(".")[0] in ("frappe_lite", "frappe", "werkzeug", "waitress")]
"""


def test_a_suite_without_it_pays_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(NO_FRAPPE_LITE)
    run(pytester, "-W", "error").assert_outcomes(passed=1)


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_one="def test_one(frappe_site): pass", test_two="def test_two(): pass")
    outcome = run(pytester, "-p", "no:frappe_lite")
    outcome.assert_outcomes(passed=1, errors=1)
    outcome.stdout.fnmatch_lines(["*fixture 'frappe_site' not found*"])


def test_it_says_what_it_is(pytester: pytest.Pytester) -> None:
    assert "frappe_apps (paths)" in run(pytester, "--help").stdout.str()
    assert "frappe_server" in run(pytester, "--fixtures").stdout.str()


def test_a_site_needs_no_pytest() -> None:
    code = (
        "import sys; from frappe_lite.parts.testing import TestSite; TestSite().close(); sys.exit('pytest' in "
        "sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], timeout=60).returncode == 0
