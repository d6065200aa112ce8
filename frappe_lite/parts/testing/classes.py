"""A pytest plugin: the apps' own tests run as under `bench run-tests`, on a site before their modules are imported."""

from __future__ import annotations

import unittest
from collections.abc import Generator

import pytest

from . import cases


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import the modules of tests while `frappe` acts on a site."""
    with cases.connected():
        return (yield)


@pytest.fixture(autouse=True, scope="class")
def _frappe_class(request: pytest.FixtureRequest) -> None:
    """A site for each class of tests of an app, plain `unittest.TestCase` too, before it sets itself up."""
    cls = request.cls
    if isinstance(cls, type) and issubclass(cls, unittest.TestCase) and cases.is_of_an_app(cls):
        cases.connect(cls)
