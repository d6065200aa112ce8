"""What a site answers for, and what it does not though it is in the same process: methods, overrides, apps."""

from __future__ import annotations

import importlib
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, app_name, writer

import frappe_lite
from conftest import ApiClient
from frappe_lite.command import console
from frappe_lite.face.apps import loading as apps
from frappe_lite.installed_app import InstalledApp
from frappe_lite.parts import discovery
from frappe_lite.whitelist import Method, SiteMethods, built_in, decorated, describe, whitelist

API = "import frappe\n@frappe.whitelist(allow_guest=True)\ndef x():\n    return 'of the app'\n"


def overriding(name: str, *pairs: tuple[str, object]) -> InstalledApp:
    return InstalledApp(name, hooks={"override_whitelisted_methods": dict(pairs)})


@pytest.fixture
def module(name: str) -> Iterator[str]:
    """The dotted name of a function that a module of the program has whitelisted; forgotten afterwards."""
    made = types.ModuleType(f"{name}_program")
    exec("def run():\n    'Runs.'\n    return 'of the program'", made.__dict__)
    sys.modules[made.__name__] = made
    whitelist(allow_guest=True)(made.run)
    yield f"{made.__name__}.run"
    del sys.modules[made.__name__], decorated[f"{made.__name__}.run"]


# --- one site ---


@pytest.mark.parametrize(
    ("apps", "name", "found"),
    [
        pytest.param([], "frappe.client.get", "frappe.client.get", id="what nobody overrides"),
        pytest.param([], "frappe.client.nothing", None, id="what nobody has"),
        pytest.param([("one", ("frappe.client.get", "one.get"))], "frappe.client.get", "one.get", id="an override"),
        pytest.param([("one", ("frappe.client.get", ["one.set", "one.get"]))], "frappe.client.get", "one.get",
                     id="of several the last"),
        pytest.param([("one", ("frappe.client.get", []))], "frappe.client.get", "frappe.client.get", id="an empty list"),
        pytest.param([("one", ("frappe.client.get", "one.gone"))], "frappe.client.get", None, id="by what is not there"),
        pytest.param([("one", ("short", "one.get"))], "short", "one.get", id="a name that nobody has else"),
        pytest.param([("one", ("short", "one.get")), ("two", ("short", "two.get"))], "short", "two.get",
                     id="of two apps the later"),
        pytest.param([("one", ("short", "one.get")), ("two", ("one.get", "two.get"))], "short", "one.get",
                     id="no override of an override"),
    ],
)  # fmt: skip
def test_the_method_of_a_name(apps: list[Any], name: str, found: str | None) -> None:
    """Frappe: `override_whitelisted_method` takes the last of all apps' for the name itself."""
    installed = {each: overriding(each, *pairs) for each, *pairs in apps}
    methods = SiteMethods(installed)
    for dotted in ("frappe.client.get", "one.get", "one.set", "two.get"):
        methods[dotted] = describe(lambda: None)
    assert methods.find(name) is (methods[found] if found else None)


def test_it_is_a_mapping_of_all_that_is_there(module: str) -> None:
    methods = SiteMethods({})
    added = methods["added.by.hand"] = describe(len)
    assert methods["added.by.hand"] is added and "added.by.hand" in methods
    assert set(methods) >= {"added.by.hand", module, *built_in} and len(methods) == len(list(methods))
    del methods["added.by.hand"]
    assert "added.by.hand" not in methods


@pytest.mark.parametrize("name", ["frappe.client.get", "never.there"])
def test_only_what_was_set_on_a_site_is_taken_back(name: str) -> None:
    with pytest.raises(KeyError):
        del SiteMethods({})[name]


# --- two sites in one process ---


class TwoHouses:
    """A site that loaded an app and has a method of its own, and one that did neither."""

    def __init__(self, folder: Path, app: str):
        self.app = app
        self.one, self.other = frappe_lite.Site(), frappe_lite.Site()
        self.one.load(folder)
        self.one.methods["frappe.ours"] = describe(lambda: "set on the site", allow_guest=True)
        self.one.add_app(overriding("overriding", ("frappe.ping", f"{app}.api.x")))
        self.one.methods["overriding.hidden"] = describe(lambda: None)

    def close(self) -> None:
        self.one.close()
        self.other.close()


LAYOUTS = {
    "as Frappe wants it": {"__init__.py": "", "hooks.py": "app_name = 'APP'\n", "api.py": API},
    "without hooks": {"__init__.py": "", "api.py": API},
    "without anything but code": {"api.py": API},
}


@pytest.fixture(scope="module", params=LAYOUTS.values(), ids=LAYOUTS)
def houses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHouses]:
    for name in app_name():
        made = TwoHouses(writer(tmp_path_factory.mktemp("house"), name)(request.param), name)
        yield made
        made.close()


def of_discovery(site: frappe_lite.Site, name: str) -> bool:
    with site.acting() as ctx:
        return name in dict(discovery.callable_methods(ctx))


def of_console(site: frappe_lite.Site, name: str) -> bool:
    return name in site.methods


def of_app_code(site: frappe_lite.Site, name: str) -> bool:
    with site.acting():
        method = site.methods.get(name)
        return any(method is not None and each is method.function for each in frappe_lite.whitelisted)


def of_openapi(site: frappe_lite.Site, name: str) -> bool:
    return f'method/{name}"' in ApiClient(site).get("/api/v2/openapi.json").text


def of_requests(site: frappe_lite.Site, name: str) -> bool:
    return ApiClient(site).get(f"/api/method/{name}").status_code == 200


@pytest.mark.parametrize("told", [of_discovery, of_console, of_app_code, of_openapi, of_requests])
@pytest.mark.parametrize(
    ("name", "here", "there"),
    [
        pytest.param("{app}.api.x", True, False, id="a method of the app"),
        pytest.param("frappe.ours", True, False, id="a method that was set on the site"),
        pytest.param("frappe.ping", True, True, id="a method of the package"),
    ],
)
def test_what_each_site_answers_for(
    houses: TwoHouses, told: Callable[[frappe_lite.Site, str], bool], name: str, here: bool, there: bool
) -> None:
    name = name.format(app=houses.app)
    assert (told(houses.one, name), told(houses.other, name)) == (here, there)


@pytest.mark.parametrize(
    ("path", "here", "there"),
    [
        pytest.param("frappe.ping", {"message": "of the app"}, {"message": "pong"}, id="an override"),
        pytest.param("ping", {"message": "pong"}, {"message": "pong"}, id="another name of what is overridden"),
        pytest.param("frappe.ours", {"message": "set on the site"}, None, id="a method that was set on the site"),
    ],
)
def test_what_each_site_answers(houses: TwoHouses, path: str, here: object, there: object) -> None:
    for site, expected in ((houses.one, here), (houses.other, there)):
        answer = ApiClient(site, None).get(f"/api/method/{path}")
        assert (answer.json if answer.status_code == 200 else None) == expected


def test_a_name_of_another_site_is_refused_as_any_that_is_not_there(houses: TwoHouses) -> None:
    """Not even the sentence tells that the process has it."""
    client = ApiClient(houses.other)
    answers = [client.get(f"/api/method/{app}.api.x") for app in (houses.app, "no_such_app")]
    assert [each.status_code for each in answers] == [417, 417]
    assert answers[0].text.replace(houses.app, "no_such_app") == answers[1].text


def test_a_site_that_comes_later_sees_what_the_first_of_all_would(houses: TwoHouses, module: str) -> None:
    later = frappe_lite.Site()
    assert set(later.methods) == set(houses.other.methods) >= {module}
    assert f"{houses.app}.api.x" not in later.methods
    later.close()


# --- the program around a server ---


def test_a_function_of_the_program_is_every_sites_whenever_it_comes(site: frappe_lite.Site, module: str) -> None:
    assert site.methods[module] is decorated[module]
    assert ApiClient(site, None).get(f"/api/method/{module}").json == {"message": "of the program"}


def test_an_app_of_that_name_on_another_site_takes_nothing_away(site: frappe_lite.Site, module: str) -> None:
    other = frappe_lite.Site()
    other.add_app(InstalledApp(module.partition(".")[0]))
    assert site.method(module) is other.method(module) is decorated[module]
    other.close()


def test_what_the_program_imported_itself_stays_its_own(
    site: frappe_lite.Site, write: Write, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package without an app's files that the program uses and another site serves as an app."""
    folder = write({"__init__.py": "", "api.py": API})
    apps.provide_frappe()
    monkeypatch.syspath_prepend(str(folder.parent))
    importlib.import_module(f"{name}.api")
    before = site.method(f"{name}.api.x")
    other = frappe_lite.Site()
    other.load(folder)
    assert before is site.method(f"{name}.api.x") is other.method(f"{name}.api.x") is decorated[f"{name}.api.x"]
    other.close()


def test_an_app_that_another_imports_is_not_called_for_it(
    site: frappe_lite.Site, write: Write, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write({"__init__.py": "", "hooks.py": "app_name = 'APP'\n", "api.py": API})
    apps.provide_frappe()
    monkeypatch.syspath_prepend(str(folder.parent))
    importlib.import_module(f"{name}.api")
    assert f"{name}.api.x" in decorated
    assert site.method(f"{name}.api.x") is None
    site.load(folder)
    assert site.method(f"{name}.api.x") is decorated[f"{name}.api.x"]


PROGRAM = """
import frappe_lite
site = frappe_lite.Site()

@frappe_lite.whitelist(allow_guest=True)
def greet():
    return "of the main program"

from werkzeug.test import Client
print(Client(frappe_lite.App(site)).get("/api/method/__main__.greet").text)
"""


def test_a_function_of_the_main_program(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run([sys.executable, str(tmp_path / "program.py")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '{"message":"of the main program"}'


def test_execute_finds_the_sites_own_first(site: frappe_lite.Site) -> None:
    def told(ctx: Any) -> str:
        return f"as {ctx.user}"

    site.methods["frappe.client.mine"] = Method(told, takes_context=True)
    with site.acting() as ctx:
        assert console._function(ctx, "frappe.client.mine")() == "as Administrator"
