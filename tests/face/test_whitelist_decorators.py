"""Functions that a decorator of an app's whitelists, as insights' `@insights_whitelist()` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import app_name, writer

import frappe_lite
from conftest import ApiClient

OWN_DECORATOR = """
from functools import wraps

import frappe

def for_clerks(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        if frappe.session.user == "Guest":
            frappe.throw("Clerks only", frappe.PermissionError)
        return function(*args, **kwargs)
    return wrapper

def own_whitelist(**how):
    def decorator(function):
        @wraps(function)
        @frappe.whitelist(**how)
        @for_clerks
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper
    return decorator

def typed_whitelist(function):
    @frappe.whitelist()
    def typed(number: int = 0):
        return function(number)
    typed.__module__, typed.__name__ = function.__module__, function.__name__
    return typed

def quiet(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

@frappe.whitelist()
def elsewhere():
    return "of another module"
"""

OWN_API = """
import frappe

from .deco import elsewhere, own_whitelist, quiet, typed_whitelist

@own_whitelist()
def ask(number, unit="kg"):
    return f"{number} {unit}"

@own_whitelist(allow_guest=True)
def open_to_all():
    return "open"

@own_whitelist(methods=["POST"])
def post_only():
    return "posted"

@typed_whitelist
def typed(number):
    return [number]

@quiet
@own_whitelist()
def behind_another():
    return "never"

@quiet
@frappe.whitelist()
def guarded():
    return "never past what stands around it"

@quiet
@frappe.whitelist()
def guarded_with_types(number: int = 1):
    return "never past what stands around it"

def plain():
    return "never"

alias = ask
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, module_app: str) -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    write = writer(tmp_path_factory.mktemp("apps"), module_app)
    made.load(write({"hooks.py": "", "deco.py": OWN_DECORATOR, "api.py": OWN_API}))
    yield made
    made.close()


module_app = pytest.fixture(app_name, scope="module", name="module_app")


@pytest.mark.parametrize(
    ("user", "call", "answer"),
    [
        pytest.param("Administrator", "GET api.ask?number=3", (200, "3 kg"), id="by the name that it has"),
        pytest.param("Administrator", "GET api.ask?number=3&unit=g&x=1", (200, "3 g"), id="by its own signature"),
        pytest.param("Administrator", "GET api.ask", (417, "Missing argument: number"), id="which must be met"),
        pytest.param("Administrator", "GET api.alias?number=3", (200, "3 kg"), id="by each name in its module"),
        pytest.param("Guest", "GET api.ask?number=3", (403, "not whitelisted"), id="not by guests"),
        pytest.param("Guest", "GET api.open_to_all", (403, "Clerks only"), id="what the decorator asks is asked"),
        pytest.param("Administrator", "POST api.post_only", (200, "posted"), id="by its verb"),
        pytest.param("Administrator", "GET api.post_only", (403, "Not permitted"), id="by no other"),
        pytest.param("Administrator", "GET api.typed?number=7", (200, [7]), id="with types"),
        pytest.param("Administrator", "GET api.typed?number=x", (417, "should be of type"), id="which are checked"),
        pytest.param("Administrator", "GET api.behind_another", (403, "not whitelisted"), id="not one around it"),
        pytest.param("Administrator", "GET api.guarded", (403, "not whitelisted"), id="nor what is behind that"),
        pytest.param("Administrator", "GET api.guarded_with_types", (403, "not whitelisted"), id="with types neither"),
        pytest.param("Administrator", "GET api.plain", (403, "not whitelisted"), id="not a plain function"),
        pytest.param("Administrator", "GET api.elsewhere", (200, "of another module"), id="where it is imported"),
        pytest.param("Administrator", "GET deco.elsewhere", (200, "of another module"), id="and where it is at home"),
        pytest.param("Administrator", "GET deco.quiet", (403, "not whitelisted"), id="not the decorator itself"),
    ],
)
def test_what_a_decorator_of_the_apps_whitelists(
    site: frappe_lite.Site, module_app: str, user: str, call: str, answer: tuple[int, Any]
) -> None:
    (verb, _, path), (status, said) = call.partition(" "), answer
    response = ApiClient(site, None if user == "Guest" else user)(f"{verb} /api/method/{module_app}.{path}")
    assert response.status_code == status, response.text
    assert response.json["message"] == said if status == 200 else said in response.text
