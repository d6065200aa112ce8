"""An app folder becomes DocTypes, controllers, hooks and methods.

Whatever of it is missing is told where it is used.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite import document
from frappe_lite.errors import AppNotInstalledError, ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site


def doctype(name: str, **more: Any) -> dict[str, Any]:
    fields = [{"fieldname": "title", "fieldtype": "Data"}, {"fieldname": "size", "fieldtype": "Int"}]
    permissions = [{"role": "Keeper", "read": 1, "write": 1, "create": 1}]
    return {"doctype": "DocType", "name": name, "module": "Zoo", "fields": fields, "permissions": permissions, **more}


ANIMAL = """
    import frappe
    from frappe.model.document import Document

    class Animal(Document):
        def validate(self):
            self.size = len(self.title)

        @frappe.whitelist()
        def shout(self, times: int = 1):
            return self.title.upper() * times
"""


def insert(site: Site, doctype: str, **values: Any) -> Any:
    with site.acting() as ctx:
        return document.new(ctx, {"doctype": doctype, **values}).insert()


# --- layouts ---

FRAPPE_LAYOUT = {
    "__init__.py": "__version__ = '1.2.3'",
    "hooks.py": "app_title = 'The Zoo'",
    "zoo/doctype/animal/animal.json": doctype("Animal"),
    "zoo/doctype/animal/animal.py": ANIMAL,
}
PLAIN_TREE = {"animals/animal.json": doctype("Animal"), "animals/animal.py": ANIMAL}
FLAT = {"animal.json": doctype("Animal"), "animal.py": ANIMAL}


@pytest.mark.parametrize(
    ("files", "title", "version"),
    [
        pytest.param(FRAPPE_LAYOUT, "The Zoo", "1.2.3", id="Frappe's layout"),
        pytest.param(PLAIN_TREE, None, "", id="a tree of JSON"),
        pytest.param(FLAT, None, "", id="one folder"),
    ],
)
def test_an_app_brings_doctypes_and_their_controllers(
    site: Site, write: Write, name: str, files: dict[str, Any], title: str | None, version: str
) -> None:
    app = site.load(write(files))
    assert (app.name, app.title, app.version, site.apps[name]) == (name, title or name, version, app)
    doc = insert(site, "Animal", title="lion")
    assert (doc.size, type(doc).__name__) == (4, "Animal")
    with site.acting() as ctx:
        assert ctx.store.exists(ctx.meta("Role"), "Keeper") == "Keeper"
        assert ctx.store.load_row(ctx.meta("Module Def"), "Zoo")["app_name"] == name


def test_the_folder_around_the_package_will_do(site: Site, write: Write, name: str, tmp_path: Path) -> None:
    write(FRAPPE_LAYOUT, folder="repository")
    assert site.load(tmp_path / "repository").name == name
    assert insert(site, "Animal", title="ox").size == 2


def test_a_doctype_without_a_controller_is_a_plain_document(site: Site, write: Write) -> None:
    site.load(write({"animal.json": doctype("Animal")}))
    made = insert(site, "Animal", title="x")
    assert isinstance(made, frappe_lite.Document) and type(made).__name__ == "Document"


def test_a_controller_is_named_after_its_doctype(site: Site, write: Write) -> None:
    code = (
        "from frappe.model.document import Document\nclass ZooKeeper(Document):\n    def validate(self):\n        "
        "self.size = 9\n"
    )
    site.load(write({"zoo_keeper/zoo_keeper.json": doctype("Zoo Keeper"), "zoo_keeper/zoo_keeper.py": code}))
    assert insert(site, "Zoo Keeper", title="x").size == 9


@pytest.mark.parametrize(
    ("doctype_name", "expected"), [("Task", "Task"), ("Task Checklist Item", "TaskChecklistItem"), ("To-Do", "ToDo")]
)
def test_class_names(doctype_name: str, expected: str) -> None:
    assert apps.class_name(doctype_name) == expected


@pytest.mark.parametrize(
    ("files", "text"),
    [
        pytest.param(None, "is not a folder", id="no folder"),
        pytest.param({"readme.txt": "x"}, "holds neither", id="nothing of an app in it"),
        pytest.param({"node_modules/x/package.json": {}}, "holds neither", id="nothing but what is skipped"),
    ],
)
def test_what_is_no_app_is_refused(
    site: Site, write: Write, tmp_path: Path, files: dict[str, Any] | None, text: str
) -> None:
    folder = write(files) if files else tmp_path / "nowhere"
    before = list(sys.path)
    with pytest.raises(AppNotInstalledError, match=text):
        site.load(folder)
    assert sys.path == before
    assert list(site.apps) == ["frappe"]


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"broken.json": "{no json"}, id="broken JSON"),
        pytest.param({"list.json": "[1, 2]"}, id="JSON of another kind"),
        pytest.param({"fixture.json": {"doctype": "Role", "name": "Evil"}}, id="a document that is no DocType"),
        pytest.param({"tests/test_x.json": doctype("Not Me")}, id="tests"),
        pytest.param({"public/x.json": doctype("Not Me")}, id="public files"),
        pytest.param({".hidden/x.json": doctype("Not Me")}, id="hidden folders"),
    ],
)
def test_what_is_no_doctype_is_passed_over(site: Site, write: Write, extra: dict[str, Any]) -> None:
    site.load(write({**FLAT, **extra}))
    ctx = site.new_context()
    assert ctx.has_doctype("Animal")
    assert not ctx.has_doctype("Not Me")
    assert ctx.store.exists(ctx.meta("Role"), "Evil") is None


def test_a_changed_file_is_synced_at_the_next_start(tmp_path: Path, write: Write) -> None:
    folder = write({"animal.json": doctype("Animal")})
    for size in (2, 3):
        site = frappe_lite.Site(str(tmp_path / "a.db"), synchronous="off")
        site.load(folder)
        assert len(site.new_context().meta("Animal").fields) == size
        site.close()
        changed = doctype("Animal")
        changed["fields"].append({"fieldname": "legs", "fieldtype": "Int"})
        (folder / "animal.json").write_text(json.dumps(changed))


def test_loading_twice_does_no_harm(site: Site, write: Write) -> None:
    folder = write(FRAPPE_LAYOUT)
    site.load(folder)
    insert(site, "Animal", title="lion")
    site.load(folder)
    assert list(site.apps).count(folder.name) == 1
    assert insert(site, "Animal", title="ox").size == 2


def test_a_link_to_an_app_that_is_not_installed_stops_nothing(site: Site, write: Write) -> None:
    raw = doctype("Animal")
    raw["fields"] += [
        {"fieldname": "owner_company", "fieldtype": "Link", "options": "Company"},
        {"fieldname": "meals", "fieldtype": "Table", "options": "Meal"},
    ]
    site.load(write({"animal.json": raw}))
    doc = insert(site, "Animal", title="x", owner_company="Acme")
    with site.acting() as ctx:
        assert document.load(ctx, "Animal", doc.name).owner_company == "Acme"
        document.delete(ctx, "Animal", doc.name)


# --- hooks ---

EVENTS = """
    import frappe

    def shorten(doc, method=None):
        doc.title = doc.title[:3]

    def mark(doc, method=None):
        doc.title = f"{doc.title} ({method})"

    def refuse(doc, method=None):
        frappe.throw("Stays", title="No")
"""


@pytest.mark.parametrize(
    ("events", "title"),
    [
        pytest.param("{'Animal': {'validate': 'APP.events.shorten'}}", "lio", id="one function"),
        pytest.param(
            "{'Animal': {'validate': ['APP.events.shorten', 'APP.events.mark']}}",
            "lio (validate)",
            id="several, in order",
        ),
        pytest.param(
            "{'*': {'validate': 'APP.events.mark'}, 'Animal': {'validate': 'APP.events.shorten'}}",
            "lio (validate)",
            id="the DocType's own before those of all",
        ),
        pytest.param("{'Other': {'validate': 'APP.events.shorten'}}", "lion", id="another DocType's"),
        pytest.param("{'Animal': {'before_insert': 'APP.events.mark'}}", "lion (before_insert)", id="another event"),
    ],
)
def test_doc_events(site: Site, write: Write, name: str, events: str, title: str) -> None:
    site.load(write({**FLAT, "events.py": EVENTS, "hooks.py": f"doc_events = {events.replace('APP', name)}"}))
    assert insert(site, "Animal", title="lion").title == title


def test_a_doc_event_may_refuse(site: Site, write: Write, name: str) -> None:
    site.load(
        write(
            {
                **FLAT,
                "events.py": EVENTS,
                "hooks.py": f"doc_events = {{'Animal': {{'on_trash': '{name}.events.refuse'}}}}",
            }
        )
    )
    doc = insert(site, "Animal", title="lion")
    with pytest.raises(ValidationError, match="Stays"), site.acting() as ctx:
        document.delete(ctx, "Animal", doc.name)
    with site.acting() as ctx:
        assert ctx.store.exists(ctx.meta("Animal"), doc.name) == doc.name


def test_permission_hooks_are_asked(site: Site, write: Write, name: str, new_user: Any) -> None:
    code = """
        def may(doc, ptype, user):
            return doc.title != "secret"

        def rows(user):
            return "`tabAnimal`.title != 'secret'"
    """
    hooks = (
        f"has_permission = {{'Animal': '{name}.rules.may'}}\npermission_query_conditions = {{'Animal': "
        f"'{name}.rules.rows'}}"
    )
    site.load(write({**FLAT, "rules.py": code, "hooks.py": hooks}))
    seen, hidden = (insert(site, "Animal", title=title).name for title in ("lion", "secret"))
    keeper = new_user(site, "keeper@example.com", "Keeper")
    assert keeper(f"GET /api/resource/Animal/{seen}").status_code == 200
    assert keeper(f"GET /api/resource/Animal/{hidden}").status_code == 403
    assert keeper("GET /api/resource/Animal").json == {"data": [{"name": seen}]}


def test_a_controller_may_be_overridden(site: Site, write: Write, name: str) -> None:
    code = (
        f"from {name}.animal import Animal\nclass Beast(Animal):\n    def validate(self):\n        "
        "super().validate()\n "
        "       self.size *= 10\n"
    )
    site.load(
        write({**FLAT, "beast.py": code, "hooks.py": f"override_doctype_class = {{'Animal': '{name}.beast.Beast'}}"})
    )
    assert insert(site, "Animal", title="lion").size == 40


# --- methods ---

API = """
    import frappe

    @frappe.whitelist()
    def count(kind: str = "", limit: int = 3):
        return [kind, limit]

    @frappe.whitelist(allow_guest=True)
    def hello():
        return frappe.session.user

    @frappe.whitelist(methods=["POST"])
    def change():
        return "changed"

    def hidden():
        return "never"

    @frappe.whitelist()
    def missing():
        return frappe.get_print("Animal", "x")

    @frappe.whitelist()
    def other_get(doctype, name=None, **kwargs):
        return ["mine", doctype]
"""


@pytest.mark.parametrize(
    ("request_line", "as_guest", "status", "answer"),
    [
        pytest.param("GET count?kind=cat&limit=5", False, 200, ["cat", 5], id="arguments by name, in their types"),
        pytest.param("GET count?limit=x", False, 417, None, id="of a wrong type"),
        pytest.param("GET count", True, 403, None, id="a guest may not"),
        pytest.param("GET hello", True, 200, "Guest", id="unless the function allows it"),
        pytest.param("POST change", False, 200, "changed", id="the right verb"),
        pytest.param("GET change", False, 403, None, id="the wrong verb"),
        pytest.param("GET hidden", False, 403, None, id="not whitelisted"),
        pytest.param("GET nothing", False, 417, None, id="no such function"),
    ],
)
def test_whitelisted_functions(
    site: Site, write: Write, name: str, request_line: str, as_guest: bool, status: int, answer: Any
) -> None:
    site.load(write({"api.py": API}))
    verb, rest = request_line.split(" ")
    response = ApiClient(site, None if as_guest else "Administrator")(f"{verb} /api/method/{name}.api.{rest}")
    assert response.status_code == status
    if status == 200:
        assert response.json == {"message": answer}


def test_a_documents_methods(site: Site, write: Write) -> None:
    site.load(write(FRAPPE_LAYOUT))
    doc = insert(site, "Animal", title="lion")
    client = ApiClient(site)
    assert client(f"POST /api/resource/Animal/{doc.name}", {"run_method": "shout", "times": "2"}).json == {
        "data": "LIONLION"
    }
    assert client(f"POST /api/resource/Animal/{doc.name}", {"run_method": "validate"}).status_code == 403


def test_a_method_of_the_package_may_be_overridden(site: Site, write: Write, name: str) -> None:
    client = ApiClient(site)
    site.load(
        write(
            {
                "api.py": API,
                "hooks.py": f"override_whitelisted_methods = {{'frappe.client.get': '{name}.api.other_get'}}",
            }
        )
    )
    assert client("GET /api/method/frappe.client.get?doctype=Note").json == {"message": ["mine", "Note"]}
    other = frappe_lite.Site()
    assert (
        ApiClient(other)("GET /api/method/frappe.client.get?doctype=User&name=Guest").json["message"]["name"] == "Guest"
    )
    other.close()


def test_an_apps_methods_are_not_another_sites(site: Site, write: Write, name: str) -> None:
    site.load(write({"api.py": API}))
    other = frappe_lite.Site()
    assert ApiClient(other)(f"GET /api/method/{name}.api.hello").status_code == 417
    other.close()


def test_what_a_client_names_is_never_imported(site: Site, write: Write, name: str) -> None:
    site.load(write({"api.py": API, "secret_plan.py": "raise RuntimeError('imported')"}))
    response = ApiClient(site)(f"GET /api/method/{name}.secret_plan.x")
    assert response.status_code == 417
    assert f"{name}.secret_plan" not in sys.modules


# --- the name `frappe` ---


def test_what_frappe_has_and_we_have_not_fails_where_it_is_used(site: Site, write: Write, name: str) -> None:
    site.load(write({"api.py": API}))
    with pytest.raises(AttributeError, match=r"frappe\.get_print is not provided by frappe_lite"), site.acting():
        sys.modules[f"{name}.api"].missing()
    answer = ApiClient(site)(f"GET /api/method/{name}.api.missing")
    assert (answer.status_code, answer.json["exc_type"]) == (501, "NotProvidedError")


@pytest.mark.parametrize(
    ("module", "attributes"),
    [
        (
            "frappe",
            [
                "get_doc",
                "throw",
                "db",
                "session",
                "whitelist",
                "_",
                "PermissionError",
                "ValidationError",
                "DoesNotExistError",
            ],
        ),
        ("frappe.utils", ["cint", "flt", "nowdate", "getdate"]),
        ("frappe.utils.data", ["cint"]),
        ("frappe.exceptions", ["DuplicateEntryError"]),
        ("frappe.model.document", ["Document"]),
        ("frappe.model.naming", ["make_series"]),
        ("frappe.model.base_document", ["BaseDocument"]),
    ],
)
def test_app_code_finds_frappe(module: str, attributes: list[str]) -> None:
    apps.provide_frappe()
    found = importlib.import_module(module)
    assert [each for each in attributes if not hasattr(found, each)] == []


def test_a_real_frappe_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in [each for each in sys.modules if each.partition(".")[0] == "frappe"]:
        monkeypatch.delitem(sys.modules, each)
    monkeypatch.setattr(apps.importlib.util, "find_spec", lambda _name: object())
    with pytest.raises(AppNotInstalledError, match="real Frappe"):
        apps.provide_frappe()


def test_the_conformance_app_loads_unchanged(site: Site) -> None:
    app = site.load(CONFORMANCE_APP)
    assert (app.name, app.title) == ("conformance", "Conformance")
    assert {"conformance.api", "conformance.conformance.doctype.task.task"} <= app.modules
    assert site.controller_modules["Task"] == "conformance.conformance.doctype.task.task:Task"
