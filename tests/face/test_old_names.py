"""Small names of Frappe's that apps import: each is there, and does what an app that calls it goes on from."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DoesNotExistError, PermissionError, Redirect, ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Line", ("item", "Data"), istable=1))
        store_doctype(
            made,
            doctype("Bill", ("old", "Data"), ("new", "Data"), ("rows", "Table", "Line"), ("lines", "Table", "Line")),
        )
        store_doctype(made, doctype("Choices", ("old", "Data"), ("new", "Data"), issingle=1))
    yield site
    site.close()


@pytest.fixture
def frappe(world: frappe_lite.Site, ctx: Context) -> Any:
    return importlib.import_module("frappe")


@pytest.mark.parametrize(
    ("dotted", "given", "answer"),
    [
        pytest.param("frappe.utils.safe_exec.is_safe_exec_enabled", (), False, id="server scripts are off"),
        pytest.param("frappe.utils.safe_exec.is_job_queued", ("nothing",), False, id="a job that nobody queued"),
        pytest.param("frappe.model.workflow.get_workflow_name", ("ToDo",), None, id="no workflow"),
        pytest.param("frappe.get_active_domains", (), [], id="no domains"),
        pytest.param("frappe.get_common_site_config", (), {}, id="nothing is shared by sites"),
        pytest.param("frappe.get_doctype_app", ("ToDo",), "frappe", id="the app of a built-in DocType"),
        pytest.param("frappe.reload_doc", ("core", "doctype", "todo"), None, id="a DocType is up to date already"),
        pytest.param("frappe.reload_doctype", ("ToDo",), None, id="by its name too"),
        pytest.param("frappe.monitor.add_data_to_monitor", (), None, id="nothing is monitored"),
        pytest.param("frappe.utils.telemetry.site_age", (), None, id="nothing is told of the site"),
        pytest.param("frappe.utils.data.add_trackers_to_url", ("https://a.b/c", "mail"), "https://a.b/c?utm_source=mail&utm_medium=email", id="trackers of an address"),
        pytest.param("frappe.utils.data.add_trackers_to_url", ("https://a.b/c?d=e", "m", "May", "x"),
            "https://a.b/c?d=e&utm_source=m&utm_medium=x&utm_campaign=May", id="trackers behind a query"),
        pytest.param("frappe.format_value", ("2026-05-02", {"fieldtype": "Date"}), "2026-05-02", id="a value for people"),
        pytest.param("frappe.desk.calendar.get_event_conditions", ("ToDo", '{"status": "Open"}'), " and (\"tabToDo\".\"status\" = 'Open')", id="filters of a calendar"),
        pytest.param("frappe.desk.calendar.get_event_conditions", ("ToDo",), "", id="no filters of a calendar"),
    ],
)  # fmt: skip
def test_a_name_answers(frappe: Any, dotted: str, given: tuple[object, ...], answer: object) -> None:
    module, _, name = dotted.rpartition(".")
    assert getattr(importlib.import_module(module), name)(*given) == answer


def test_the_pixel_is_an_image(frappe: Any) -> None:
    found = importlib.import_module("frappe.utils").get_imaginary_pixel_response()
    assert (found["type"], found["filename"], found["filecontent"][:4]) == ("binary", "imaginary_pixel.png", b"\x89PNG")


def test_chart_sources_are_functions_still(frappe: Any) -> None:
    cache_source = importlib.import_module("frappe.utils.dashboard").cache_source
    assert cache_source(lambda chart_name: chart_name.upper())("sales") == "SALES"


def test_many_writes_commit_by_themselves_never(frappe: Any) -> None:
    assert bool(frappe.db.auto_commit_on_many_writes) is False
    frappe.db.auto_commit_on_many_writes = 1
    assert importlib.import_module("frappe").db.auto_commit_on_many_writes == 1
    frappe.db.auto_commit_on_many_writes = 0


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        pytest.param(lambda f: importlib.import_module("frappe.utils.safe_exec").safe_exec("1"), PermissionError, "disabled", id="a server script"),
        pytest.param(lambda f: f.redirect("/there"), Redirect, "Redirect", id="a redirect"),
        pytest.param(lambda f: importlib.import_module("frappe.model.utils.rename_field").rename_field("Nothing", "a", "b"),
            DoesNotExistError, "Nothing", id="a field of no DocType"),
    ],
)  # fmt: skip
def test_a_name_raises(frappe: Any, call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call(frappe)


def test_folders_and_json_files_are_made_and_read(frappe: Any, tmp_path: Path) -> None:
    frappe.create_folder(str(tmp_path / "a" / "b"), with_init=True)
    (tmp_path / "a" / "b" / "c.json").write_text('{"d": 1}')
    assert (tmp_path / "a" / "b" / "__init__.py").read_text() == ""
    assert frappe.get_file_json(str(tmp_path / "a" / "b" / "c.json")) == {"d": 1}


@pytest.mark.parametrize(
    ("doctype_name", "old", "new", "values", "found"),
    [
        pytest.param("Bill", "old", "new", {"old": "x"}, "x", id="a column"),
        pytest.param("Bill", "old", "gone", {"old": "x"}, None, id="to a field that is not there: nothing"),
        pytest.param("Bill", "never", "new", {"old": "x"}, None, id="from a column that is not there: nothing"),
        pytest.param("Choices", "old", "new", {"old": "x"}, "x", id="a Single"),
    ],
)
def test_a_field_has_the_values_of_its_old_name(
    frappe: Any, doctype_name: str, old: str, new: str, values: dict[str, str], found: object
) -> None:
    made = frappe.get_doc({"doctype": doctype_name, **values}).save()
    importlib.import_module("frappe.model.utils.rename_field").rename_field(doctype_name, old, new)
    assert frappe.get_doc(doctype_name, made.name).get(new) == found


def test_a_table_has_the_rows_of_its_old_name(frappe: Any) -> None:
    made = frappe.get_doc({"doctype": "Bill", "rows": [{"item": "a"}, {"item": "b"}]}).insert()
    importlib.import_module("frappe.model.utils.rename_field").rename_field("Bill", "rows", "lines")
    moved = frappe.get_doc("Bill", made.name)
    assert ([each.item for each in moved.lines], moved.rows) == (["a", "b"], [])


# --- loading ----------------------------------------------------------------------------------------------

ANIMAL = doctype("Animal", ("title", "Data"))
LACKING = "import no_such_package\ndef on_doctype_update():\n    pass\n"


def test_a_doctype_whose_module_lacks_a_package_keeps_no_app_from_loading(
    site: frappe_lite.Site, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    app = site.load(write({"hooks.py": "", "animal.json": ANIMAL, "animal.py": LACKING}))
    assert (app.name in site.apps, site.new_context().has_doctype("Animal")) == (True, True)
    assert "needs the Python package no_such_package" in caplog.text


TOLD = {
    "hooks.py": "before_app_install = 'APP.told.before'\nafter_app_install = ['APP.told.after']\n",
    "told.py": """
        import frappe
        def before(app):
            frappe.get_doc({"doctype": "ToDo", "description": f"before {app}"}).insert()
        def after(app):
            frappe.get_doc({"doctype": "ToDo", "description": f"after {app}"}).insert()
    """,
}


def test_apps_are_told_of_each_app_that_is_installed_once(site: frappe_lite.Site, write: Write, name: str) -> None:
    folder = write(TOLD)
    other = folder.parent / f"{name}_other"
    other.mkdir()
    (other / "hooks.py").write_text("")
    for each in (folder, other, other):
        site.load(each)
    with site.acting():
        found = frappe_lite.get_all("ToDo", pluck="description", order_by="creation, name")
    assert sorted(found) == sorted(f"{when} {app}" for app in (name, f"{name}_other") for when in ("before", "after"))


@pytest.mark.parametrize(
    ("ignore", "made"), [pytest.param(True, True, id="unasked"), pytest.param(False, False, id="asked")]
)
def test_custom_fields_break_rules_if_nobody_asks_them(site: frappe_lite.Site, ignore: bool, made: bool) -> None:
    create = importlib.import_module("frappe.custom.doctype.custom_field.custom_field").create_custom_fields
    field = {"fieldname": "size_of", "fieldtype": "Select", "default": "big", "label": "Size"}
    with site.acting() as ctx:
        try:
            create({"ToDo": [field]}, ignore_validate=ignore)
        except ValidationError as error:
            assert "must be set before setting the default value" in str(error)
        assert (ctx.meta("ToDo").field("size_of") is not None) is made


def test_a_field_may_have_any_name_that_is_none_of_frappes_own(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        store_doctype(ctx, doctype("Letter", ("sent", "Date"), ("amount", "Float"), track_changes=1))
        made = frappe_lite.get_doc({"doctype": "Letter", "sent": "2026-05-02", "amount": "1.50"}).insert()
        made.update({"sent": "2026-05-03", "amount": "2.50"}).save()
        assert (str(made.as_dict()["sent"]), frappe_lite.db.count("Version")) == ("2026-05-03", 1)


def test_app_code_has_the_page_of_a_route(site: frappe_lite.Site, write: Write) -> None:
    pytest.importorskip("jinja2")
    site.load(write({"hooks.py": "", "www/plain.html": "<p>{{ path }}</p>"}))
    with site.acting("Guest"):
        assert importlib.import_module("frappe.utils").get_html_for_route("plain") == "<p>plain</p>"


def test_a_package_that_refuses_in_its_own_words_keeps_no_app_from_loading(
    site: frappe_lite.Site, write: Write, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    refusing = "import frappe\nraise ImportError('install   the extra')\n@frappe.whitelist()\ndef call():\n    pass\n"
    app = site.load(write({"hooks.py": "", "api.py": refusing}))
    assert (app.broken, f"{name}.api of {name} cannot be imported: install the extra" in caplog.text) == (
        {f"{name}.api": "install   the extra"},
        True,
    )


def test_a_job_is_known_by_its_name(site: frappe_lite.Site) -> None:
    is_queued = importlib.import_module("frappe.utils.safe_exec").is_job_queued
    with site.acting() as ctx:
        frappe_lite.enqueue(
            "frappe.utils.now", job_name="clock", queue="long"
        )  # it waits for the commit, which never comes
        assert (is_queued("clock", queue="long"), is_queued("clock"), is_queued("watch", "long")) == (
            True,
            False,
            False,
        )
        ctx.rollback()
