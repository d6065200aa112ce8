"""`import frappe` as app code does it: what is where, what is not, what patching does, and in which form answers come."""

from __future__ import annotations

import datetime
import importlib
import sys
import types
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.dicts import as_face
from frappe_lite.face.missing import Missing
from frappe_lite.face.modules import PROVIDED
from frappe_lite.utils import _dict

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Page", ("title", "Data"), ("born", "Date"), autoname="field:title"))
        document.new(made, {"doctype": "Page", "title": "one", "born": "2026-01-02"}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


# --- what is where ---


@pytest.mark.parametrize("module", sorted(name for name, names in PROVIDED.items() if names))
def test_each_name_that_a_module_is_said_to_have_is_there(frappe: Any, module: str) -> None:
    found = importlib.import_module(module)
    for part in PROVIDED[module].split():
        path, _, names = part.partition(":")
        try:
            provider = importlib.import_module(path[1:] if path.startswith("@") else f"frappe_lite.{path}")
        except ImportError:
            continue  # an extra that is not installed
        told = [each.rpartition("=")[2] for each in names.split(",")] if names else getattr(provider, "__all__", ())
        told = [
            each for each in told if each != "DF" and not isinstance(getattr(provider, each, None), types.ModuleType)
        ]
        assert not [each for each in told if isinstance(getattr(found, each), Missing)]


@pytest.mark.parametrize(
    "name",
    [
        "frappe.nothing_at_all", "frappe.utils.nothing_at_all", "frappe.desk.nothing.at_all", "frappe.db.nothing_at_all", "frappe.utils.pdf.get_pdf",
        "frappe.core.doctype.nothing.nothing.function",
    ],
)  # fmt: skip
def test_a_name_that_is_nowhere_says_so_when_it_is_used(frappe: Any, name: str) -> None:
    module, _, last = name.rpartition(".")
    holder = frappe.db if module == "frappe.db" else importlib.import_module(module)
    found = getattr(holder, last)
    assert found is not None
    assert not isinstance(found, types.ModuleType)
    with pytest.raises(AttributeError, match=f"{name} is not provided by frappe_lite"):
        found("x")


@pytest.mark.parametrize(
    "name", ["frappe.db", "frappe.session", "frappe.get_doc", "frappe.utils.getdate", "frappe.db.get_value"]
)
def test_a_value_is_no_module(frappe: Any, name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)
    assert name not in sys.modules


@pytest.mark.parametrize(
    ("module", "name", "doctype"),
    [
        ("frappe.contacts.doctype.contact.contact", "Contact", "Contact"),
        ("frappe.desk.doctype.todo.todo", "ToDo", "ToDo"),
        ("frappe.desk.doctype.event.event", "Event", "Event"),
        ("frappe.core.doctype.user.user", "User", "User"),
        ("frappe.core.doctype.user_invitation.user_invitation", "UserInvitation", "User Invitation"),
        ("frappe.custom.doctype.customize_form.customize_form", "CustomizeForm", "Customize Form"),
        ("frappe.automation.doctype.assignment_rule.assignment_rule", "AssignmentRule", "Assignment Rule"),
    ],
)
def test_classes_of_built_in_doctypes_can_be_inherited(
    frappe: Any, ctx: Context, module: str, name: str, doctype: str
) -> None:
    found = getattr(importlib.import_module(module), name)
    assert found.__qualname__ == ctx.site.built_in[doctype].__qualname__
    assert issubclass(type("Mine", (found,), {}), importlib.import_module("frappe.model.document").Document)


# --- patching ---


def test_patching_the_database_leaves_it_whole(frappe: Any) -> None:
    with patch("frappe.db.get_value", return_value="patched"):
        assert frappe.db.get_value("Page", "one") == "patched"
        assert frappe.db.count("Page") == 1
    assert (frappe.db.get_value("Page", "one"), frappe.db.exists("Page", "one")) == ("one", "one")


@pytest.mark.parametrize("module", ["frappe.utils", "frappe.utils.data"])
def test_a_patched_function_takes_effect_on_what_calls_it(frappe: Any, module: str) -> None:
    data = importlib.import_module(module)
    before = data.get_first_day_of_week("2026-05-06")
    with patch(f"{module}.get_first_day_of_the_week", return_value="Wednesday"):
        assert data.get_first_day_of_week("2026-05-06") == datetime.date(2026, 5, 6)
    assert data.get_first_day_of_week("2026-05-06") == before == datetime.date(2026, 5, 3)


def test_patches_inside_one_another_are_undone_in_turn(frappe: Any) -> None:
    from frappe.utils import data

    with patch("frappe.utils.data.nowdate", return_value="2001-01-01"):
        with patch("frappe.utils.data.nowdate", return_value="2002-02-02"):
            assert data.nowdate() == "2002-02-02"
        assert data.nowdate() == "2001-01-01"
    assert data.nowdate() > "2020"


def test_a_name_that_app_code_adds_stays_its_own(frappe: Any) -> None:
    from frappe.utils import data

    data.my_own_name = 5
    assert data.my_own_name == 5
    del data.my_own_name
    assert isinstance(data.my_own_name, Missing)


# --- the form of answers ---


@pytest.mark.parametrize(
    ("value", "look"),
    [
        pytest.param({"a": {"b": 1}}, lambda found: found.a.b, id="a dict in a dict"),
        pytest.param([{"a": 1}], lambda found: found[0].a, id="a dict in a list"),
        pytest.param({"a": [{"b": 1}]}, lambda found: found.a[0].b, id="a dict in a list in a dict"),
        pytest.param(({"a": 1},), lambda found: found[0].a, id="a dict in a tuple"),
        pytest.param(1, lambda found: found, id="a value"),
    ],
)
def test_dicts_have_their_keys_as_attributes_at_any_depth(value: Any, look: Any) -> None:
    assert look(as_face(value)) == 1


@pytest.mark.parametrize(
    ("call", "look"),
    [
        ('parse_json(\'{"a": {"b": 1}}\')', "found.a.b == 1"),
        ("get_meta('Page').as_dict()", "found.fields[0].fieldname == 'title'"),
        ("get_doc('Page', 'one').as_dict()", "found.title == 'one' and found.nothing is None"),
        ("get_all('Page', fields=['title'])", "found[0].title == 'one'"),
        ("client.get_list('Page', fields=['title'])", "found[0].title == 'one'"),
        ("client.get('Page', 'one')", "found.title == 'one'"),
        ("client.get_value('Page', ['title', 'born'], 'one')", "found.title == 'one'"),
        (
            "desk.form.load.getdoc('Page', 'one') or frappe.response",
            "found.docs[0].title == 'one' and found.docinfo.comments == []",
        ),
        ("db.sql('select title from `tabPage`', as_dict=1)", "found[0].title == 'one'"),
        ("get_single('System Settings').as_dict()", "found.language == 'en'"),
        ("utils.get_fullname and frappe._dict(a=1)", "found.a == 1 and found.b is None"),
    ],
)
def test_what_functions_give_is_frappes(frappe: Any, call: str, look: str) -> None:
    for each in ("frappe.client", "frappe.desk.form.load", "frappe.utils"):
        importlib.import_module(each)
    assert eval(look, {"found": eval(f"frappe.{call}", {"frappe": frappe}), "frappe": frappe})


APP = {
    "api.py": """
        import frappe
        from frappe.client import get_count, get_value

        @frappe.whitelist()
        def count():
            return get_count()

        @frappe.whitelist()
        def call(**kwargs):
            return frappe.call("APP.api.add", **kwargs)

        @frappe.whitelist()
        def add(a, b=1, **more):
            return [a, b, sorted(more)]

        @frappe.whitelist()
        def hashed():
            return frappe.utils.generate_hash(length=4)
    """,
}


def test_a_whitelisted_function_without_arguments_reads_the_request(
    site: frappe_lite.Site, write: Write, name: str
) -> None:
    site.load(write(APP))
    client = ApiClient(site)
    assert client.get(f"/api/method/{name}.api.count", query_string={"doctype": "User"}).json["message"] == 2
    answer = client.get(
        f"/api/method/{name}.api.call", query_string={"a": "x", "c": "y", "ignore_permissions": "1"}
    ).json["message"]
    assert answer == ["x", 1, ["c", "cmd"]]  # what a client sends never lifts permissions
    assert len(client.get(f"/api/method/{name}.api.hashed").json["message"]) == 4


# --- caches ---


@pytest.mark.parametrize("kind", ["redis_cache", "site_cache"])
def test_cached_functions_are_asked_once(frappe: Any, kind: str) -> None:
    asked: list[Any] = []

    def answer(value: Any) -> Any:
        asked.append(value)
        return value

    cached = getattr(importlib.import_module("frappe.utils.caching"), kind)(answer)
    cached.clear_cache()
    assert [cached(1), cached(1), cached(2)] == [1, 1, 2]
    assert asked == [1, 2]
    cached.clear_cache()
    assert (cached(1), asked) == (1, [1, 2, 1])


def test_arguments_that_have_no_hash_are_told_apart(frappe: Any) -> None:
    from frappe.utils.caching import request_cache

    asked: list[Any] = []

    @request_cache
    def answer(value: Any) -> Any:
        asked.append(value)
        return len(value)

    assert [answer(["a"]), answer({"a": 1}), answer([])] == [1, 1, 0]
    assert asked[0] == ["a"]


@pytest.mark.parametrize(
    ("keywords", "kept"),
    [({}, None), ({"user": "eve@x.org"}, "v"), ({"doctype": "Page"}, "v")],
    ids=["everything", "of a user", "of a DocType"],
)
def test_what_clear_cache_forgets(frappe: Any, keywords: dict[str, Any], kept: Any) -> None:
    frappe.cache.set_value("key", "v")
    frappe.clear_cache(**keywords)
    assert frappe.cache.get_value("key") == kept


@pytest.mark.parametrize(
    ("value", "text"),
    [({"a": [datetime.date(2026, 1, 2)]}, '{\n "a": [\n  "2026-01-02"\n ]\n}'), (_dict(b=None), '{\n "b": null\n}')],
    ids=str,
)
def test_as_json(frappe: Any, value: Any, text: str) -> None:
    assert frappe.as_json(value) == text
