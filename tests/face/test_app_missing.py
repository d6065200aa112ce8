"""What Frappe has and this package has not: imports succeed, use fails with a sentence that names it."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.missing import Missing, NotProvidedError
from frappe_lite.face.modules import PROVIDED
from frappe_lite.site import Site

apps.provide_frappe()

IMPORTS = """
    import frappe
    import frappe.website.render
    import frappe.utils.pdf as pdf
    from frappe import get_print, some_decorator
    from frappe.core.nowhere import Thing, helper, CONSTANT
    from frappe.website.doctype.blog.blog import Blog
    from frappe.types import DF

    LIMIT = CONSTANT("at import")

    class Mine(Thing):
        size: DF.Int | None
        kind: DF.Literal["a", "b"]
        rows: DF.Table[Thing]

    class Post(Blog):
        pass

    @frappe.whitelist()
    def call(kind: str = "function"):
        if kind == "function":
            return helper(1)
        if kind == "attribute":
            return frappe.website.render.page("x")
        if kind == "module":
            return pdf.get_pdf("x")
        if kind == "class":
            return Mine()
        if kind == "truth":
            return 1 if CONSTANT else 0
        if kind == "loop":
            return list(CONSTANT)
        if kind == "with":
            with helper:
                return 1
        if kind == "database":
            return frappe.db.vacuum_full()
        if kind == "top":
            return get_print("Task", "x")
        if kind == "kept":
            return LIMIT()

    @frappe.whitelist()
    @some_decorator(limit=3)
    def decorated():
        return "never"

    @frappe.whitelist()
    def fine():
        return frappe.session.user
"""


@pytest.fixture(scope="module")
def still() -> Iterator[Site]:
    """A site for the tests that only look, or give up what they do."""
    made = frappe_lite.Site()
    yield made
    made.close()


@pytest.fixture
def client(site: Site, write: Write) -> ApiClient:
    site.load(write({"api.py": IMPORTS}))
    return ApiClient(site)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("call?kind=function", "frappe.core.nowhere.helper"),
        ("call?kind=attribute", "frappe.website.render.page"),
        ("call?kind=module", "frappe.utils.pdf.get_pdf"),
        ("call?kind=class", "frappe.core.nowhere.Thing"),
        ("call?kind=truth", "frappe.core.nowhere.CONSTANT"),
        ("call?kind=loop", "frappe.core.nowhere.CONSTANT"),
        ("call?kind=with", "frappe.core.nowhere.helper"),
        ("call?kind=database", "frappe.db.vacuum_full"),
        ("call?kind=top", "frappe.get_print"),
        ("call?kind=kept", "frappe.core.nowhere.CONSTANT"),
        ("decorated", "frappe.some_decorator"),
    ],
)
def test_use_fails_with_a_sentence_that_names_it(client: ApiClient, name: str, call: str, named: str) -> None:
    answer = client(f"GET /api/method/{name}.api.{call}")
    assert (answer.status_code, answer.json["exc_type"]) == (501, "NotProvidedError")
    assert f"{named} is not provided by frappe_lite; see docs/apps.md for what is" in answer.text


def test_the_rest_of_the_module_works(client: ApiClient, name: str) -> None:
    assert client(f"GET /api/method/{name}.api.fine").json == {"message": "Administrator"}


def test_a_missing_class_of_a_doctype_is_a_documents(client: ApiClient, name: str) -> None:
    with client.site.acting():
        post = sys.modules[f"{name}.api"].Post({"doctype": "Note", "title": "x"})
    assert post.title == "x"


@pytest.mark.parametrize("module", sorted(each for each in PROVIDED if PROVIDED[each]))
def test_every_module_that_is_named_has_names(module: str, still: Site) -> None:
    from frappe_lite.face import modules

    with still.acting():
        found = importlib.import_module(module)
        for provider, names in modules._providers(module):
            own = [
                key
                for key, value in vars(provider).items()
                if getattr(value, "__module__", "") == provider.__name__ and not key.startswith("_")
            ]
            assert [each for each in names or own if each != "DF" and isinstance(getattr(found, each), Missing)] == []


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (
            "frappe",
            (
                "get_doc get_all new_doc get_cached_doc db qb cache session local flags form_dict request response "
                "conf throw msgprint log_error enqueue sendmail bold scrub"
            ),
        ),
        (
            "frappe",
            (
                "get_hooks get_attr call get_meta get_roles has_permission only_for whitelist parse_json as_json "
                "render_template safe_eval get_installed_apps clear_cache in_test"
            ),
        ),
        (
            "frappe.utils",
            (
                "cint flt cstr getdate add_days now_datetime get_url get_link_to_form formatdate pretty_date "
                "validate_email_address random_string get_fullname ceil floor"
            ),
        ),
        ("frappe.utils.data", "get_datetime add_to_date escape_html get_year_start month_diff"),
        ("frappe.utils.background_jobs", "enqueue is_job_enqueued get_jobs"),
        ("frappe.utils.caching", "redis_cache site_cache request_cache"),
        ("frappe.utils.password", "get_decrypted_password update_password check_password"),
        ("frappe.model", "no_value_fields default_fields table_fields"),
        ("frappe.model.document", "Document get_controller bulk_insert"),
        ("frappe.model.naming", "make_autoname append_number_if_name_exists"),
        ("frappe.model.mapper", "get_mapped_doc"),
        ("frappe.custom.doctype.custom_field.custom_field", "create_custom_fields create_custom_field"),
        ("frappe.custom.doctype.property_setter.property_setter", "make_property_setter"),
        ("frappe.permissions", "add_permission update_permission_property get_doc_permissions has_permission"),
        ("frappe.query_builder", "DocType Case Order Criterion Interval"),
        (
            "frappe.query_builder.functions",
            "Count Sum Coalesce IfNull Max Min Avg Date Now Extract Concat Function DateFormat",
        ),
        ("frappe.desk.form.assign_to", "add remove"),
        ("frappe.desk.form.utils", "add_comment"),
        ("frappe.client", "get_list insert set_value"),
        ("frappe.exceptions", "ValidationError DoesNotExistError PermissionError DuplicateEntryError"),
        ("frappe.website.website_generator", "WebsiteGenerator"),
        ("frappe.core.doctype.file.file", "File"),
        ("frappe.core.doctype.user.user", "User"),
        ("frappe.core.doctype.communication.communication", "Communication"),
    ],
)
def test_what_real_apps_import_most_is_there(still: Site, module: str, names: str) -> None:
    with still.acting():
        found = importlib.import_module(module)
        assert [each for each in names.split() if isinstance(getattr(found, each), Missing)] == []


@pytest.mark.parametrize(
    ("path", "arguments", "expected"),
    [
        ("frappe.client.get_count", ("User",), 2),
        ("frappe.client.get_value", ("User", "full_name", {"name": "Guest"}), {"full_name": "Guest"}),
        ("frappe.auth.get_logged_user", (), "Administrator"),
    ],
)
def test_the_packages_own_methods_can_be_called_by_app_code(
    site: Site, path: str, arguments: tuple[Any, ...], expected: Any
) -> None:
    module, _, function = path.rpartition(".")
    with site.acting():
        assert getattr(importlib.import_module(module), function)(*arguments) == expected


def test_missing_names_compare_and_hash_by_name() -> None:
    assert Missing("frappe.a") == Missing("frappe.a") != Missing("frappe.b")
    assert {Missing("frappe.a"): 1}[Missing("frappe.a")] == 1
    assert "frappe.a" in repr(Missing("frappe.a"))
    with pytest.raises(NotProvidedError, match=r"frappe\.a\.b"):
        Missing("frappe.a").b()


# --- packages of somebody else's ---

LACKING = {
    "api.py": "import frappe\nimport no_such_package\n@frappe.whitelist()\ndef call():\n    pass\n",
    "other.py": "import frappe\n@frappe.whitelist(allow_guest=True)\ndef call():\n    return 1\n",
    "animal/animal.json": doctype("Animal", ("title", "Data")),
    "animal/animal.py": "import no_such_package\nfrom frappe.model.document import Document\nclass Animal(Document):\n    pass\n",
}


def test_an_app_is_served_as_far_as_its_packages_are_there(
    site: Site, write: Write, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = site.load(write(LACKING))
    client = ApiClient(site)
    assert app.broken == {f"{name}.api": "No module named 'no_such_package'"}
    assert f"({name}.api): pip install no_such_package" in caplog.text
    assert client(f"GET /api/method/{name}.other.call").json == {"message": 1}
    refused = client(f"GET /api/method/{name}.api.call")
    assert (refused.status_code, "No module named 'no_such_package'" in refused.text) == (417, True)
    made = client("POST /api/resource/Animal", {"title": "x"})
    assert (made.status_code, "needs the Python package no_such_package, which is not installed here" in made.text) == (
        501,
        True,
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(
            "import APP.nothing",
            "ModuleNotFoundError: No module named 'APP.nothing' (api.py, line 2)",
            id="its own module",
        ),
        pytest.param(
            "from APP.other import nothing", "cannot import name 'nothing' from 'APP.other'", id="a name that it lacks"
        ),
        pytest.param("frappe.throw('at import')", "ValidationError: at import (messages.py, line ", id="it refuses"),
        pytest.param("raise KeyError('x')", "KeyError: 'x' (api.py, line 2)", id="it raises"),
        pytest.param("def broken(:", "SyntaxError: invalid syntax (api.py, line 2)", id="no Python"),
        pytest.param(
            "def broken():",
            "IndentationError: expected an indented block after function definition on line 2 (api.py, line 3)",
            id="half a function",
        ),
    ],
)
def test_a_module_that_is_broken_breaks_nothing_but_itself(
    site: Site, write: Write, name: str, caplog: pytest.LogCaptureFixture, code: str, told: str
) -> None:
    api = f"import frappe\n{code}\n@frappe.whitelist()\ndef call():\n    pass\n"
    site.load(write({"api.py": api, "other.py": LACKING["other.py"]}))
    client, told = ApiClient(site), told.replace("APP", name)
    assert f"{name}.api of {name} cannot be imported: " in caplog.text
    assert told in caplog.text
    assert client(f"GET /api/method/{name}.other.call").json == {"message": 1}
    refused = client(f"GET /api/method/{name}.api.call")
    assert (refused.status_code, told in json.loads(json.loads(refused.json["_server_messages"])[0])["message"]) == (
        417,
        True,
    )


def test_packages_are_counted_by_the_modules_that_lack_them(
    site: Site, write: Write, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.load(
        write(
            {
                **LACKING,
                "third.py": "import frappe\nraise KeyError('x')\n# @frappe.whitelist\n@frappe.whitelist()\ndef f():\n    pass\n",
            }
        )
    )
    assert (
        f"1 module of {name} cannot be imported, so their functions cannot be called ({name}.api): pip" in caplog.text
    )
