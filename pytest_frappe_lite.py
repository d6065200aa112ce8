"""frappe_lite's fixtures for pytest: `frappe_site`, `frappe_server`, `frappe_apps`.

A module beside the package, so that pytest, which imports it at each start, imports nothing of the package until a test
asks for a fixture. Not wanted: `-p no:frappe_lite`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from frappe_lite.parts.testing import TestSite
    from frappe_lite.parts.testing.server import Server

MARK = (
    "frappe(apps=[], **settings): the folders of the apps that frappe_site loads, from the test's own folder on, and "
    "keywords of frappe_lite.Site"
)


PROVIDED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting `frappe_apps`."""
    parser.addini(
        "frappe_apps",
        "folders of the Frappe apps that frappe_site loads, and whose own tests are run",
        type="paths",
        default=[],
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Give tests `frappe` before any conftest.py is imported: an app's own has `import frappe` in it."""
    _provide(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Tell the marker; do the same where the plugin was loaded by a conftest.py."""
    config.addinivalue_line("markers", MARK)
    _provide(config)


def _provide(config: pytest.Config) -> None:
    """With apps of which the tests may be collected, give them `frappe` and `frappe.tests`, once."""
    apps = config.getini("frappe_apps")
    if apps and not config.stash.get(PROVIDED, False):
        config.stash[PROVIDED] = True
        cases: Any = importlib.import_module("frappe_lite.parts.testing.cases")
        errors: Any = importlib.import_module("frappe_lite.errors")
        try:
            cases.provide(apps)
        except errors.AppNotInstalledError as error:
            raise pytest.UsageError(f"frappe_apps: {error}") from None
        config.pluginmanager.import_plugin("frappe_lite.parts.testing.classes")


@pytest.fixture
def frappe_apps(request: pytest.FixtureRequest) -> list[Path]:
    """The folders of the apps that `frappe_site` loads: the marker's, else those of the ini file.

    Override it for others.
    """
    mark = request.node.get_closest_marker("frappe")
    if mark is not None and "apps" in mark.kwargs:
        return [request.path.parent / folder for folder in mark.kwargs["apps"]]
    return list(request.config.getini("frappe_apps"))


@pytest.fixture
def frappe_site(request: pytest.FixtureRequest, frappe_apps: list[Path]) -> Iterator[TestSite]:
    """A Frappe site of this test's own, in memory: see docs/testing.md."""
    testing: Any = importlib.import_module("frappe_lite.parts.testing")
    mark = request.node.get_closest_marker("frappe")
    settings = {key: value for key, value in (mark.kwargs if mark else {}).items() if key != "apps"}
    with testing.TestSite(frappe_apps, **settings) as site:
        yield site


@pytest.fixture
def frappe_server(frappe_site: TestSite) -> Iterator[Server]:
    """The same site over HTTP, at `frappe_server.url`."""
    server: Any = importlib.import_module("frappe_lite.parts.testing.server")
    with server.Server(frappe_site) as running:
        yield running
