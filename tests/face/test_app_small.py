"""Single faces of Frappe that app code calls: tables without a DocType, hooks as a whole, comments, templates, users."""

from __future__ import annotations

import datetime
import functools
import importlib
import os
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import (
    BadRequestError,
    CannotCreateStandardDoctypeError,
    DataError,
    DuplicateEntryError,
    ValidationError,
)
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.missing import NotProvidedError

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Row", ("item", "Data"), istable=1))
        store_doctype(
            made,
            doctype("Case", ("title", "Data"), ("rows", "Table", "Row"), {"fieldname": "2nd", "fieldtype": "Data"}),
        )
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


# --- tables without a DocType -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "fieldname", "options", "found"),
    [
        pytest.param("A-", "current", {}, 1, id="a value by name"),
        pytest.param("A-", ["name", "current"], {}, ("A-", 1), id="several"),
        pytest.param("A-", "*", {}, {"name": "A-", "current": 1}, id="all"),
        pytest.param({"current": [">", 1]}, "name", {}, "B-", id="by an operator"),
        pytest.param({"name": ["in", ["B-", "C-"]]}, ["current"], {"as_dict": True}, {"current": 2}, id="in a list"),
        pytest.param({"name": ["like", "b%"]}, "name", {"order_by": "name"}, "B-", id="like"),
        pytest.param("Z-", "current", {}, None, id="none"),
    ],
)
def test_counters_of_series_are_read(frappe: Any, filters: Any, fieldname: Any, options: Any, found: Any) -> None:
    for name, current in (("A-", 1), ("B-", 2)):
        frappe.db.sql("INSERT INTO `tabSeries` (name, current) VALUES (%s, %s)", (name, current))
    assert frappe.db.get_value("Series", filters, fieldname, **options) == found


def test_counters_of_series_are_written_and_deleted(frappe: Any) -> None:
    frappe.db.sql("INSERT INTO `tabSeries` (name, current) VALUES ('A-', 1), ('B-', 1)")
    frappe.db.set_value("Series", "A-", "current", 7)
    assert frappe.get_doc(doctype="Case", title="x").insert().name
    assert frappe.model.naming.make_autoname("A-.##") == "A-08"
    frappe.db.delete("Series", {"name": ["!=", "A-"]})
    assert frappe.db.get_values("Series", {}, "name", pluck=True) == ["A-"]


@pytest.mark.parametrize(
    ("filters", "fieldname", "error"),
    [
        pytest.param({"nope": 1}, "name", DataError, id="a column that is not there"),
        pytest.param({}, "nope", DataError, id="one to read"),
        pytest.param({"name": ["between", "a"]}, "name", ValidationError, id="an operator that it does not know"),
        pytest.param([["name", "=", "a"]], "name", ValidationError, id="a list of filters"),
    ],
)
def test_what_a_table_without_a_doctype_cannot_be_asked(frappe: Any, filters: Any, fieldname: Any, error: Any) -> None:
    with pytest.raises(error):
        frappe.db.get_value("Series", filters, fieldname)


def test_a_client_does_not_meet_them(world: frappe_lite.Site) -> None:
    assert ApiClient(world)("GET /api/resource/Series").status_code == 404


def test_values_of_singles_that_are_no_fields_are_kept(frappe: Any) -> None:
    frappe.db.set_single_value("Website Settings", "_mine", "x")
    assert frappe.db.get_value("Website Settings", None, "_mine") == "x"
    assert frappe.db.get_value("Singles", {"doctype": "Website Settings", "field": "_mine"}, "value") == "x"
    frappe.db.delete("Singles", {"doctype": "Website Settings", "field": "_mine"})
    assert frappe.db.get_value("Website Settings", "Website Settings", "_mine") is None


def test_a_bare_table_name_in_sql_has_its_dates(frappe: Any) -> None:
    row = frappe.db.sql("select name, creation from tabUser where name = 'Guest'", as_dict=True)[0]
    assert row == frappe.db.get_value("User", "Guest", ["name", "creation"], as_dict=True)


# --- documents --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [TypeError, ValueError, BadRequestError])
def test_text_is_no_table(frappe: Any, error: Any) -> None:
    case = frappe.get_doc(doctype="Case", rows=[{"item": "a"}])
    with pytest.raises(error):
        case.set("rows", "text")
    assert [row.item for row in case.rows] == ["a"]
    case.flags.ignore_children = True
    case.update({"rows": "text"})
    assert case.get("rows") == "text"


def test_an_event_that_is_no_function_any_more_cannot_be_run(frappe: Any) -> None:
    case = frappe.get_doc(doctype="Case")
    case.as_dict = ""
    with pytest.raises(TypeError, match="not callable"):
        case.run_method("as_dict")
    case.as_dict = lambda: "mine"
    assert (case.run_method("as_dict"), case.run_method("never_heard_of")) == ("mine", None)


def test_a_field_may_begin_with_a_digit(frappe: Any) -> None:
    frappe.get_doc({"doctype": "Case", "2nd": "b"}).insert()
    assert frappe.get_all("Case", {"2nd": ["like", "b%"]}, pluck="2nd") == ["b"]


@pytest.mark.parametrize("in_test", [True, False])
def test_tests_make_virtual_doctypes(frappe: Any, ctx: Context, in_test: bool) -> None:
    ctx.flags.in_test = in_test
    made = frappe.get_doc(
        {**doctype("Elsewhere", ("title", "Data")), "module": "Custom", "permissions": [], "custom": 1, "is_virtual": 1}
    )
    if in_test:
        assert made.insert().is_virtual
    else:
        with pytest.raises(CannotCreateStandardDoctypeError):
            made.insert()


def test_a_rule_that_counts_names_comes_and_goes_with_an_empty_table(frappe: Any) -> None:
    made = frappe.get_doc(
        {
            **doctype("Counted", ("title", "Data")),
            "module": "Custom",
            "permissions": [],
            "custom": 1,
            "autoname": "autoincrement",
        }
    ).insert()
    made.autoname = "hash"
    made.save()
    assert isinstance(frappe.get_doc(doctype="Counted").insert().name, str)
    made.autoname = "autoincrement"
    with pytest.raises(ValidationError, match="Autoincrement naming rule when there is no data"):
        made.save()
    frappe.db.delete("Counted")
    made.reload()
    made.autoname = "autoincrement"
    made.save()
    assert frappe.get_doc(doctype="Counted").insert().name == 1


# --- comments ---------------------------------------------------------------------------------------------


def test_a_client_comments_in_nobody_elses_name(world: frappe_lite.Site) -> None:
    with world.acting() as ctx:
        name = document.new(ctx, {"doctype": "Case", "title": "x"}).insert().name
    sent = {"text": "hi", "comment_email": "ben@x.org", "comment_by": "Ben"}
    answer = ApiClient(world)(f"POST /api/v2/document/Case/{name}/method/add_comment", json=sent)
    made = answer.get_json()["data"]
    assert (answer.status_code, made["content"], made["comment_email"]) == (200, "hi", "Administrator")
    assert made["comment_by"] != "Ben"


def test_app_code_hears_of_comments(site: frappe_lite.Site, write: Write) -> None:
    hear = """
        import frappe
        def hear(doc, event):
            frappe.flags.heard = [*(frappe.flags.heard or []), (event, doc.content)]
    """
    hooks = 'doc_events = {"Comment": {"after_insert": "APP.hear.hear"}}'
    site.load(write({"hooks.py": hooks, "hear.py": hear, "case.json": doctype("Case", ("title", "Data"))}))
    with site.acting():
        frappe = importlib.import_module("frappe")
        frappe.get_doc(doctype="Case", title="x").insert().add_comment("Comment", "hello")
        assert frappe.flags.heard == [("after_insert", "hello")]


# --- users ------------------------------------------------------------------------------------------------


def test_a_new_user_has_a_login_of_the_sites_own(frappe: Any) -> None:
    user = frappe.get_doc(doctype="User", email="a@x.org", first_name="A").insert()
    (login,) = user.social_logins
    assert (login.provider, len(login.userid)) == ("frappe", 39)
    user.save()
    assert [row.userid for row in frappe.get_doc("User", user.name).social_logins] == [login.userid]


def test_the_administrators_role_is_passed_over_for_others(frappe: Any) -> None:
    user = frappe.get_doc(doctype="User", email="a@x.org", first_name="A").insert()
    user.add_roles("Administrator", "Report Manager")
    assert [row.role for row in user.roles] == ["Report Manager"]


def test_app_code_lifts_the_levels_of_fields(frappe: Any) -> None:
    user = frappe.get_doc(doctype="User", email="a@x.org", first_name="A").insert()
    frappe.set_user("a@x.org")
    user = frappe.get_doc("User", "a@x.org")
    user.append("block_modules", {"module": "Desk"})
    user.save()
    assert user.block_modules == []
    user.flags.ignore_permlevel_for_fields = ["block_modules"]
    user.append("block_modules", {"module": "Desk"})
    user.save()
    assert [row.module for row in user.block_modules] == ["Desk"]


# --- the rest ---------------------------------------------------------------------------------------------


def test_hooks_as_a_whole(site: frappe_lite.Site, write: Write, name: str) -> None:
    hooks = """
        app_title = "Zoo"
        doc_events = {"*": {"on_update": "a.b"}}
        before_request = ["x.y"]
    """
    site.load(write({"hooks.py": hooks, "case.json": doctype("Case", ("title", "Data"))}))
    with site.acting():
        frappe = importlib.import_module("frappe")
        found = frappe.get_hooks()
        assert found["app_title"] == frappe.get_hooks("app_title") and "Zoo" in found.app_title
        assert "a.b" in found.doc_events["*"]["on_update"]
        assert frappe.get_hooks(app_name=name) == {
            "app_title": ["Zoo"],
            "doc_events": {"*": {"on_update": ["a.b"]}},
            "before_request": ["x.y"],
        }


def test_a_template_by_its_place(site: frappe_lite.Site, write: Write, name: str) -> None:
    files = {"hooks.py": "", "templates/hi.html": "Hi {{ who }}", "case.json": doctype("Case", ("title", "Data"))}
    folder = write(files)
    site.load(folder)
    with site.acting():
        frappe = importlib.import_module("frappe")
        jinja = importlib.import_module("frappe.utils.jinja")
        for get_template in (frappe.get_template, jinja.get_template):
            for place in ("templates/hi.html", f"{name}/templates/hi.html"):
                assert get_template(place).render({"who": "you"}) == "Hi you"


@pytest.mark.parametrize(("given", "found"), [("aGk=", b"hi"), (b"aGk", b"hi"), ("", b"")])
def test_base64_without_its_padding(frappe: Any, given: Any, found: bytes) -> None:
    assert importlib.import_module("frappe.utils.file_manager").safe_b64decode(given) == found


@pytest.mark.parametrize(
    ("asked", "ending"),
    [
        pytest.param({"content_type": "image/png"}, ".png", id="a picture of a data: address"),
        pytest.param({"content_type": "application/pdf"}, ".pdf", id="a document"),
        pytest.param({"content_type": "image/of-nobody"}, "", id="a type that nobody knows"),
        pytest.param({"content_type": None}, "", id="none"),
        pytest.param({}, "", id="nothing asked"),
    ],
)
def test_a_random_name_ends_as_its_content_type_says(frappe: Any, asked: dict[str, Any], ending: str) -> None:
    make = importlib.import_module("frappe.core.doctype.file.utils").get_random_filename
    names = {make(**asked) for _ in range(8)}
    assert len(names) == 8
    assert {os.path.splitext(each)[1] for each in names} == {ending}


def test_the_content_type_is_what_comes_first(frappe: Any) -> None:
    make = importlib.import_module("frappe.core.doctype.file.utils").get_random_filename
    assert make("text/csv").endswith(".csv")


def test_app_code_writes_into_the_folders_of_files(frappe: Any) -> None:
    for is_private in (0, 1):
        path = frappe.utils.get_files_path("mine.txt", is_private=is_private)
        assert os.path.isdir(os.path.dirname(path))


def test_the_cache_of_the_process_has_two_names(frappe: Any) -> None:
    frappe.client_cache.set_value("k", 1)
    assert frappe.cache.get_value("k") == 1
    frappe.client_cache.delete_value("k")
    assert frappe.cache.get_value("k") is None


def test_addresses_of_contacts(frappe: Any) -> None:
    for name, address in (("Ann Lee", "ann@x.org"), ("Ben", "ben@y.org")):
        frappe.get_doc(doctype="Contact", first_name=name, email_ids=[{"email_id": address, "is_primary": 1}]).insert()
    find = importlib.import_module("frappe.email").get_contact_list
    assert find("lee") == [{"value": "ann@x.org", "label": "ann@x.org", "description": "Ann Lee"}]
    assert [each.value for each in find(".org", page_length=1)] and len(find(".org", page_length=1)) == 1
    assert find("nobody") == []


def test_what_is_refused_says_so_to_app_code_too(frappe: Any) -> None:
    with pytest.raises((NotProvidedError, frappe_lite.errors.UnsupportedError), match="relink"):
        importlib.import_module("frappe.email").relink("x", reference_doctype="ToDo")


def test_templates_of_names_share_a_counter_over_doctypes(frappe: Any) -> None:
    for name in ("First", "Second"):
        store_doctype(
            frappe_lite.site.current.get(), doctype(name, ("title", "Data"), autoname=f"format:{name[0]}-{{##}}")
        )
    names = [frappe.get_doc(doctype=each).insert().name for each in ("First", "Second", "First")]
    assert names == ["F-01", "S-02", "F-03"]
    with pytest.raises(DuplicateEntryError):
        frappe.get_doc(doctype="First").insert(set_name="F-03")


@pytest.mark.parametrize(
    ("hint", "given", "found"),
    [
        pytest.param(dict[str, int], {"a": "1.0"}, {"a": 1}, id="values of a dict"),
        pytest.param(list[int], ["1", 2], [1, 2], id="elements of a list"),
        pytest.param(list[dict[str, int]] | None, [{"a": "2"}], [{"a": 2}], id="one inside the other"),
        pytest.param(list[dict] | None, [{"a": "2"}], [{"a": "2"}], id="of which nothing is said"),
        pytest.param(list[int], ["x"], None, id="what cannot be"),
        pytest.param(int, "x", None, id="a plain value that cannot be"),
    ],
)
def test_types_inside_of_lists_and_dicts(frappe: Any, hint: Any, given: Any, found: Any) -> None:
    checks = importlib.import_module("frappe.utils.typing_validations")

    def function(value):  # type: ignore[no-untyped-def]
        return value

    function.__annotations__ = {"value": hint}
    checked = checks.validate_argument_types(function)
    if found is None:
        with pytest.raises(checks.FrappeTypeError):
            checked(given)
    else:
        assert checked(given) == found


def test_keywords_stay_keywords_when_types_are_checked() -> None:
    checks = importlib.import_module("frappe.utils.typing_validations")

    def function(number: int, more: int = 0) -> tuple[str, int, int]:
        return "plain", number, more

    @functools.wraps(function)
    def by_keywords_alone(**given: int) -> tuple[str, int, int]:
        return "around", given["number"], given.get("more", 9)

    @functools.wraps(function)
    def by_position_alone(*given: int) -> tuple[str, int]:
        return "around", len(given)

    checked = checks.validate_argument_types
    assert checked(by_keywords_alone)(number="1") == ("around", 1, 9)
    assert checked(by_position_alone)(1, 2) == ("around", 2)
    assert checked(function)("1", more="2") == ("plain", 1, 2)


def test_a_users_notification_settings_follow_the_user(frappe: Any) -> None:
    frappe.get_doc(doctype="User", email="a@x.org", first_name="A").insert()
    assert frappe.db.get_value("Notification Settings", "a@x.org", ["user", "enabled"]) == ("a@x.org", 1)
    frappe.rename_doc("User", "a@x.org", "b@x.org")
    assert frappe.db.get_value("Notification Settings", {"user": "b@x.org"}, "name") == "b@x.org"
    frappe.delete_doc("User", "b@x.org")
    assert not frappe.db.exists("Notification Settings", "b@x.org")


def test_all_values_are_those_of_the_table(frappe: Any) -> None:
    whole = frappe.db.get_value("User", "Guest", "*")
    row = frappe.db.sql("select * from `tabUser` where name = 'Guest'", as_dict=True)[0]
    assert whole == {key: value for key, value in row.items() if key != "rowid"}  # a column of ours on PostgreSQL
    assert "_user_tags" in whole


def test_a_template_of_names_sees_what_is_no_field(frappe: Any) -> None:
    store_doctype(frappe_lite.site.current.get(), doctype("Third", ("title", "Data"), autoname="format:T-{extra}"))
    made = frappe.new_doc("Third")
    made.extra = 7
    assert made.insert().name == "T-7"


def test_what_differs_between_two_documents(frappe: Any) -> None:
    old = frappe.get_doc(doctype="Case", title="a").insert()
    new = frappe.get_doc("Case", old.name)
    new.title = "b"
    get_diff = importlib.import_module("frappe.core.doctype.version.version").get_diff
    assert get_diff(old, new).changed == [["title", "a", "b"]]
    assert get_diff(old, old) is None


@pytest.mark.parametrize(
    ("kind", "values", "fieldname", "found"),
    [
        pytest.param("ToDo", {"description": "x", "date": "2026-01-02"}, "date", datetime.date(2026, 1, 2), id="a built-in one with a class"),
        pytest.param("Salutation", {"salutation": "Sir"}, "creation", datetime.datetime, id="a built-in one without"),
        pytest.param("Case", {"title": "x"}, "modified", datetime.datetime, id="a site's own"),
    ],
)  # fmt: skip
def test_dates_of_every_document_are_objects(
    frappe: Any, kind: str, values: dict[str, Any], fieldname: str, found: Any
) -> None:
    doc = frappe.get_doc(doctype=kind, **values).insert()
    stored = frappe.get_doc(kind, doc.name)
    value = getattr(stored, fieldname)
    assert isinstance(value, found) if isinstance(found, type) else value == found
    assert stored.get(fieldname) == value == frappe.db.get_value(kind, doc.name, fieldname)
    assert isinstance(stored.as_dict()[fieldname], str)
