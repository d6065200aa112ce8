"""What an app brings beside its DocTypes: documents in files, custom fields, indexes, and hooks that run as it is installed."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import new_file
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()

PRINT_FORMAT = {"doctype": "Print Format", "name": "Slip", "doc_type": "Animal", "html": "<p>slip</p>"}
ANIMAL = doctype("Animal", ("title", "Data"))


@pytest.fixture
def frappe() -> Any:
    return importlib.import_module("frappe")


# --- documents in files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "hooks", "is_there"),
    [
        pytest.param("zoo/print_format/slip/slip.json", "", True, id="in the folder of its DocType, in a module"),
        pytest.param("zoo/print_format/slip/other.json", "", False, id="not under another name than its folder's"),
        pytest.param("zoo/papers/slip/slip.json", "", False, id="not in a folder that is no DocType"),
        pytest.param("zoo/email_template/slip/slip.json", "", False, id="not of a DocType that has no standard ones"),
        pytest.param(
            "zoo/email_template/slip/slip.json",
            "importable_doctypes = ['Email Template']",
            True,
            id="of a DocType that the hooks name",
        ),
    ],
)
def test_standard_documents_come_with_the_app(
    site: frappe_lite.Site, write: Write, frappe: Any, path: str, hooks: str, is_there: bool
) -> None:
    kind = "Email Template" if "email" in path else "Print Format"
    record = {**PRINT_FORMAT, "doctype": kind, **({"subject": "x", "response": "x"} if "email" in path else {})}
    site.load(write({"__init__.py": "", "hooks.py": hooks, "animal.json": ANIMAL, path: record}))
    with site.acting():
        assert bool(frappe.db.exists(kind, "Slip")) is is_there


def test_a_field_for_a_doctype_that_is_not_here_stops_no_other_fixture(
    site: frappe_lite.Site, write: Write, frappe: Any, caplog: pytest.LogCaptureFixture
) -> None:
    field = {"doctype": "Custom Field", "fieldname": "legs", "label": "Legs", "fieldtype": "Int"}
    fields = [{**field, "dt": "Ghost"}, {**field, "dt": "Animal"}]
    site.load(write({"__init__.py": "", "hooks.py": "", "animal.json": ANIMAL, "fixtures/custom_field.json": fields}))
    with site.acting():
        assert frappe.get_meta("Animal").has_field("legs")
        assert frappe.db.get_all("Custom Field", {"fieldname": "legs"}, pluck="dt") == ["Animal"]
    assert "Ghost" in caplog.text


def test_a_standard_document_of_a_doctype_that_is_not_here_stops_nothing(
    site: frappe_lite.Site, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    site.load(
        write(
            {
                "hooks.py": "",
                "zoo/workspace/home/home.json": {"doctype": "Workspace", "name": "Home"},
                "a.json": ANIMAL,
            }
        )
    )
    assert "passed over" not in caplog.text


def test_a_standard_document_follows_its_file(tmp_path: Path, write: Write, frappe: Any) -> None:
    path, place = new_file(tmp_path / "site.db"), "zoo/print_format/slip/slip.json"
    folder = write({"hooks.py": "", "animal.json": ANIMAL, place: PRINT_FORMAT})
    for number, html in enumerate(("<p>slip</p>", "<p>changed</p>"), 1):
        (folder / place).write_text(json.dumps({**PRINT_FORMAT, "html": html}))
        os.utime(folder / place, ns=(number, number))
        site = frappe_lite.Site(path)
        site.load(folder)
        with site.acting():
            assert frappe.db.get_value("Print Format", "Slip", "html") == html
        site.close()


CUSTOM = {
    "doctype": "ToDo",
    "sync_on_migrate": 1,
    "custom_fields": [{"doctype": "Custom Field", "name": "ToDo-cage", "dt": "ToDo", "fieldname": "cage", "fieldtype": "Data", "label": "Cage"}],
    "property_setters": [
        {"name": "ToDo-description-label", "doc_type": "ToDo", "doctype_or_field": "DocField", "field_name": "description",
         "property": "label", "value": "What", "property_type": "Data"}
    ],
    "custom_perms": [{"name": "abc123", "role": "Guest", "read": 1}],
}  # fmt: skip


def test_customisations_come_with_the_app(site: frappe_lite.Site, write: Write, frappe: Any) -> None:
    site.load(write({"hooks.py": "", "animal.json": ANIMAL, "zoo/custom/todo.json": CUSTOM}))
    with site.acting():
        meta = frappe.get_meta("ToDo")
        assert (meta.has_field("cage"), meta.get_label("description")) == (True, "What")
        assert frappe.db.get_value("Custom DocPerm", {"parent": "ToDo"}, ["role", "read"]) == ("Guest", 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("{", "is not JSON", id="no JSON"),
        pytest.param("[]", "has no doctype", id="a list"),
        pytest.param("{}", "has no doctype", id="nobody's"),
    ],
)
def test_customisations_that_are_none_stop_the_start(
    site: frappe_lite.Site, write: Write, content: str, sentence: str
) -> None:
    with pytest.raises(frappe_lite.exceptions.AppNotInstalledError, match=sentence):
        site.load(write({"hooks.py": "", "animal.json": ANIMAL, "zoo/custom/todo.json": content}))


# --- hooks of the set-up ----------------------------------------------------------------------------------

SET_UP = """
    import frappe

    def note(what):
        frappe.get_doc(doctype="Note", title=what, content=str(bool(frappe.db.exists("DocType", "Animal")))).insert()

    def before(): note("before_install")
    def after(): note("after_install")
    def sync(): note("after_sync")
    def migrate(): note(f"after_migrate {frappe.generate_hash(length=6)}")
"""
HOOKS = """
    before_install = "APP.set_up.before"
    after_install = "APP.set_up.after"
    after_sync = ["APP.set_up.sync"]
    after_migrate = ["APP.set_up.migrate"]
"""


def notes(frappe: Any) -> list[str]:
    return [each.partition(" ")[0] for each in frappe.get_all("Note", pluck="title", order_by="creation")]


def test_hooks_of_the_set_up_run_once_and_those_of_a_migration_when_doctypes_change(
    tmp_path: Path, write: Write, frappe: Any
) -> None:
    path = new_file(tmp_path / "site.db")
    folder = write({"hooks.py": HOOKS, "set_up.py": SET_UP, "animal.json": ANIMAL})
    installed = ["before_install", "after_install", "after_sync"]
    for moment, expected in ((1, installed), (1, installed), (2, [*installed, "after_migrate"])):
        os.utime(folder / "animal.json", ns=(moment, moment))
        site = frappe_lite.Site(path)
        site.load(folder)
        with site.acting():
            assert notes(frappe) == expected
            assert frappe.db.get_value("Note", {"title": "before_install"}, "content") == "False"
            assert frappe.db.get_value("Note", {"title": "after_install"}, "content") == "True"
        site.close()


INDEXED = """
    import frappe
    from frappe.model.document import Document

    class Animal(Document):
        pass

    def on_doctype_update():
        frappe.db.add_index("Animal", ["title"])
        frappe.db.add_unique("Animal", ["title"], "only_one")
"""


def test_a_doctypes_module_is_told_that_it_was_made(site: frappe_lite.Site, write: Write, frappe: Any) -> None:
    site.load(write({"hooks.py": "", "animal.json": ANIMAL, "animal.py": INDEXED}))
    with site.acting():
        assert frappe.db.has_index("tabAnimal", "title_index")
        frappe.get_doc(doctype="Animal", title="a").insert()
        with pytest.raises(frappe.UniqueValidationError):
            frappe.get_doc(doctype="Animal", title="a").insert()


def test_one_that_cannot_be_told_is_served_all_the_same(
    site: frappe_lite.Site, write: Write, frappe: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = INDEXED.replace('["title"])', '["nowhere"])')
    site.load(write({"hooks.py": "", "animal.json": ANIMAL, "animal.py": broken}))
    assert "on_doctype_update" in caplog.text
    with site.acting():
        assert frappe.get_doc(doctype="Animal", title="a").insert().name


# --- classes of Frappe's that have nothing of their own here ----------------------------------------------

OVERRIDE = """
    from frappe.website.doctype.web_form.web_form import WebForm
    from frappe.core.doctype.user.user import User

    class OurForm(WebForm):
        def validate(self):
            super().validate()
            self.title = "ours"

    class OurUser(User):
        def on_update(self):
            super().on_update()
            super().on_change()
            self.flags.was_here = True
"""


def test_who_inherits_calls_the_events_of_the_class_above(site: frappe_lite.Site, write: Write, frappe: Any) -> None:
    hooks = 'override_doctype_class = {"Web Form": "APP.forms.OurForm", "User": "APP.forms.OurUser"}'
    site.load(write({"hooks.py": hooks, "forms.py": OVERRIDE, "animal.json": ANIMAL}))
    with site.acting():
        form = frappe.get_doc(doctype="Web Form", title="x", route="x", doc_type="Animal").insert()
        assert form.title == "ours"
        assert frappe.get_doc(doctype="User", email="a@x.org", first_name="A").insert().flags.was_here


def test_a_document_is_of_the_class_that_is_imported(site: frappe_lite.Site, frappe: Any) -> None:
    with site.acting():
        for name in ("Comment", "User", "Web Form"):
            folder = frappe.scrub(name)
            module = importlib.import_module(f"frappe.some.doctype.{folder}.{folder}")
            assert isinstance(frappe.get_doc(doctype=name), getattr(module, name.replace(" ", "")))


def with_two_fixtures(animal: str) -> dict[str, Any]:
    """An app whose fixtures are an animal, with that code as its controller, and a plant without any."""
    return {
        "__init__.py": "",
        "hooks.py": "",
        "zoo/doctype/animal/animal.json": ANIMAL,
        "zoo/doctype/animal/animal.py": animal,
        "zoo/doctype/plant/plant.json": doctype("Plant", ("title", "Data")),
        "fixtures/all.json": [
            {"doctype": "Animal", "name": "Owl", "title": "x"},
            {"doctype": "Plant", "name": "Oak", "title": "x"},
        ],
    }


def test_a_document_whose_class_needs_a_package_that_is_missing_stops_nothing(
    site: frappe_lite.Site, write: Write, frappe: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site.load(write(with_two_fixtures("import package_of_nobody")))
    with site.acting():
        assert frappe.get_all("Plant", pluck="name") == ["Oak"] and frappe.db.count("Animal") == 0
    assert "a document of Animal is passed over" in caplog.text and "package_of_nobody" in caplog.text


# --- documents that app code takes in from files ----------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "told", "force", "title"),
    [
        pytest.param(None, "2026-01-02 00:00:00", False, "file", id="one that is not there"),
        pytest.param("2026-01-01 00:00:00", "2026-01-02 00:00:00", False, "file", id="an older one"),
        pytest.param("2026-01-03 00:00:00", "2026-01-02 00:00:00", False, "kept", id="not a newer one"),
        pytest.param("2026-01-03 00:00:00", "2026-01-02 00:00:00", True, "file", id="but when forced"),
        pytest.param("2026-01-03 00:00:00", None, False, "kept", id="not when the file does not say"),
    ],
)
def test_a_file_is_taken_in_where_it_is_newer(
    site: frappe_lite.Site, write: Write, frappe: Any, kept: str | None, told: str | None, force: bool, title: str
) -> None:
    record = {"doctype": "Animal", "name": "Owl", "title": "file", **({"modified": told} if told else {})}
    folder = write({"__init__.py": "", "hooks.py": "", "animal.json": ANIMAL, "public/owl.json": record})
    site.load(folder)
    with site.acting():
        files = importlib.import_module("frappe.modules.import_file")
        if kept:
            frappe.get_doc({**record, "title": "kept"}).insert(set_name="Owl")
            frappe.db.set_value("Animal", "Owl", "modified", kept, update_modified=False)
        path = str(folder / "public" / "owl.json")
        assert files.import_file_by_path(path, force=force) is (title == "file")
        assert frappe.db.get_value("Animal", "Owl", "title") == title
        if title == "file" and told:
            assert str(frappe.db.get_value("Animal", "Owl", "modified")) == told
        assert files.read_doc_from_file(path) == record


def test_what_is_imported_is_changed_first(site: frappe_lite.Site, write: Write, frappe: Any, tmp_path: Path) -> None:
    site.load(write({"__init__.py": "", "hooks.py": "", "animal.json": ANIMAL}))
    with site.acting():
        files = importlib.import_module("frappe.modules.import_file")
        made = files.import_doc({"doctype": "Animal", "name": "Owl"}, pre_process=lambda doc: doc.update(title="new"))
        assert (made.name, made.title) == ("Owl", "new")
        assert files.import_doc({"doctype": "Nothing", "name": "x"}) is None
        assert files.import_file_by_path(str(tmp_path / "none.json")) is False
        with pytest.raises(OSError, match="none.json missing"):
            files.read_doc_from_file(str(tmp_path / "none.json"))
        files.update_modified("2026-01-02 00:00:00", {"doctype": "Animal", "name": "Owl"})
        assert str(frappe.db.get_value("Animal", "Owl", "modified")) == "2026-01-02 00:00:00"


def test_the_folder_of_a_python_module(site: frappe_lite.Site, write: Write, frappe: Any, name: str) -> None:
    folder = write({"__init__.py": "", "hooks.py": "", "animal.json": ANIMAL})
    site.load(folder)
    with site.acting():
        assert frappe.get_pymodule_path(name, "My Part", "x") == str(folder / "my_part" / "x")
        assert frappe.get_pymodule_path(f"{name}.zoo", "public", "My Part") == str(folder / "zoo" / "public" / "My Part")  # fmt: skip


def test_a_document_that_its_own_code_refuses_stops_nothing_and_is_tried_again(
    site: frappe_lite.Site, write: Write, frappe: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """As a data source whose server cannot be reached: what it wrote before it failed is undone."""
    folder = write(
        with_two_fixtures(
            """
            import os
            from frappe.model.document import Document

            class Animal(Document):
                def on_update(self):
                    os.stat(f"{os.path.dirname(__file__)}/{self.name}.fed")
            """
        )
    )
    site.load(folder)
    with site.acting():
        assert frappe.get_all("Plant", pluck="name") == ["Oak"] and frappe.db.count("Animal") == 0
    assert "a document of Animal is passed over" in caplog.text and "Owl.fed" in caplog.text
    (folder / "zoo/doctype/animal/Owl.fed").touch()
    site.load(folder)
    with site.acting():
        assert frappe.get_all("Animal", pluck="name") == ["Owl"] and frappe.db.count("Plant") == 1
