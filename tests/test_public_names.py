"""Names of this package that programs around it import: where a module stands may change, what it is called may not."""

from __future__ import annotations

import importlib

import pytest

import frappe_lite


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param("frappe_lite", "Site", id="a site"),
        pytest.param("frappe_lite", "App", id="the application that servers run"),
        pytest.param("frappe_lite.auth", "set_password", id="passwords"),
        pytest.param("frappe_lite.calling", "call_method", id="calls by dotted name"),
        pytest.param("frappe_lite.controllers", "DocTypeController", id="the built-in controllers"),
        pytest.param("frappe_lite.controllers", "CustomFieldController", id="another one"),
        pytest.param("frappe_lite.face.modules", "install", id="the name frappe in a process of one's own"),
        pytest.param("frappe_lite.face.missing", "Missing", id="what is not provided"),
        pytest.param("frappe_lite.face.people.passwords", "update_password", id="passwords as app code sets them"),
        pytest.param("frappe_lite.methods", "unsupported", id="the methods that are not answered"),
        pytest.param("frappe_lite.parts.testing", "TestSite", id="sites of tests"),
        pytest.param("frappe_lite.parts.testing.cases", "IntegrationTestCase", id="cases of tests"),
        pytest.param("frappe_lite.parts.testing.records", "Records", id="records of tests"),
        pytest.param("frappe_lite.site", "current", id="the context of the moment"),
    ],
)
def test_a_name_that_others_import_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", ["auth", "calling", "controllers"])
def test_a_module_and_its_short_name_are_one(name: str) -> None:
    assert importlib.import_module(f"frappe_lite.{name}") is getattr(frappe_lite, name)
