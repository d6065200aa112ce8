"""What an app does when it is loaded: fixtures, install steps, custom fields and rules.

And around requests and jobs.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site

apps.provide_frappe()

ANIMAL = doctype("Animal", ("title", "Data"), ("kind", "Link", "Kind"), ("size", "Int"), autoname="field:title")
KIND = doctype("Kind", autoname="Prompt")
FILES = {"animal.json": ANIMAL, "kind.json": KIND}
FIXTURES = [
    {"doctype": "Animal", "name": "lion", "title": "lion", "kind": "Cat", "size": 3, "modified": "2020-01-01 00:00:00"},
    {"doctype": "Kind", "name": "Cat"},
]


def open_site(path: Path) -> Site:
    return frappe_lite.Site(str(path / "zoo.db"), synchronous="off")


# --- fixtures ---


def test_fixtures_are_loaded_once_and_again_when_they_change(tmp_path: Path, write: Write) -> None:
    folder = write({**FILES, "fixtures/animal.json": FIXTURES})
    site = open_site(tmp_path)
    site.load(folder)
    with site.acting():
        assert frappe_lite.db.get_value("Animal", "lion", ["kind", "size"]) == ("Cat", 3)
        frappe_lite.db.set_value("Animal", "lion", "size", 99)
    site.close()
    for size, changed in ((99, False), (4, True)):
        if changed:
            (folder / "fixtures" / "animal.json").write_text(json.dumps([{**FIXTURES[0], "size": 4}]))
        site = open_site(tmp_path)
        site.load(folder)
        with site.acting():
            assert frappe_lite.db.get_value("Animal", "lion", "size") == size
            assert frappe_lite.db.count("Animal") == 1
        site.close()


@pytest.mark.parametrize(
    ("fixture", "changed", "count"),
    [
        pytest.param(
            {"doctype": "ToDo", "description": "read", "priority": "High"},
            {},
            1,
            id="the same values: the same document",
        ),
        pytest.param(
            {"doctype": "ToDo", "description": "read"}, {"description": "write"}, 2, id="other values: another one"
        ),
        pytest.param(
            {"doctype": "Animal", "title": "ox", "size": 1}, {"size": 2}, 1, id="named by a field: the one of that name"
        ),
    ],
)
def test_a_fixture_without_a_name_is_found_again(
    site: Site, write: Write, fixture: dict[str, Any], changed: dict[str, Any], count: int
) -> None:
    folder = write({**FILES, "fixtures/nameless.json": [fixture]})
    site.load(folder)
    (folder / "fixtures" / "nameless.json").write_text(
        json.dumps([{**fixture, **changed}, {"doctype": "Role", "name": "Changed", "role_name": "Changed"}])
    )
    site.load(folder)
    with site.acting():
        assert frappe_lite.db.count(fixture["doctype"]) == count
        assert frappe_lite.db.exists("Role", "Changed")


def test_fixtures_may_be_of_built_in_doctypes(site: Site, write: Write) -> None:
    fixtures = [
        {"doctype": "Role", "name": "Keeper", "role_name": "Keeper", "desk_access": 1},
        {
            "doctype": "Custom Field",
            "name": "Animal-legs",
            "dt": "Animal",
            "fieldname": "legs",
            "fieldtype": "Int",
            "label": "Legs",
        },
        {
            "doctype": "Property Setter",
            "name": "Animal-size-label",
            "doc_type": "Animal",
            "field_name": "size",
            "doctype_or_field": "DocField",
            "property": "label",
            "value": "Height",
        },
        {"doctype": "No Such DocType", "name": "x"},
    ]
    site.load(write({**FILES, "fixtures/setup.json": fixtures}))
    meta = site.new_context().meta("Animal")
    assert (meta.has_field("legs"), meta.get_label("size"), meta.columns["legs"].column) == (True, "Height", "INTEGER")


@pytest.mark.parametrize(
    ("fixtures", "text"),
    [("{", "is not JSON"), ("[1]", "no list of documents"), ('[{"name": "x"}]', "no list of documents")],
)
def test_fixtures_that_are_none_stop_the_start(site: Site, write: Write, fixtures: str, text: str) -> None:
    with pytest.raises(frappe_lite.face.exceptions.AppNotInstalledError, match=text):
        site.load(write({**FILES, "fixtures/x.json": fixtures}))


# --- what is built in for apps is nobody else's to read ---


@pytest.mark.parametrize(
    ("doctype_name", "values"),
    [
        pytest.param("Notification Log", {"subject": "s", "for_user": "Administrator"}, id="a notification of another"),
        pytest.param("Contact", {"first_name": "Bob"}, id="a contact"),
        pytest.param("Communication", {"subject": "s", "sent_or_received": "Sent"}, id="a message"),
        pytest.param("Email Queue", {"message": "m"}, id="a mail"),
        pytest.param("Email Account", {"email_id": "a@example.com", "email_account_name": "a"}, id="an account"),
        pytest.param("Custom DocPerm", {"parent": "User", "role": "All", "read": 1}, id="a rule"),
    ],
)
def test_a_plain_user_reads_and_changes_none_of_it(
    site: Site, new_user: Any, doctype_name: str, values: dict[str, Any]
) -> None:
    with site.acting():
        made = frappe_lite.get_doc({"doctype": doctype_name, **values}).insert()
    ann, path = new_user(site, "ann@example.com"), f"/api/resource/{doctype_name}"
    assert ann(f"GET {path}/{made.name}").status_code == 403
    assert ann(f"PUT {path}/{made.name}", {"owner": "ann@example.com"}).status_code == 403
    assert (ann(f"GET {path}").json.get("data") or []) == []


def test_one_reads_ones_own_notifications(site: Site, new_user: Any) -> None:
    ann = new_user(site, "ann@example.com")
    with site.acting():
        made = frappe_lite.get_doc(
            {"doctype": "Notification Log", "subject": "s", "for_user": "ann@example.com"}
        ).insert()
    assert [row["name"] for row in ann("GET /api/resource/Notification Log").json["data"]] == [made.name]
    assert ann(f"PUT /api/resource/Notification Log/{made.name}", {"read": 1}).status_code == 200


# --- install steps ---

INSTALL = """
    import frappe

    def first():
        frappe.get_doc({"doctype": "Kind", "name": "Dog"}).insert()

    def second():
        frappe.get_doc({"doctype": "Kind", "name": "Cat"}).insert()
        if not frappe.conf.fixed:
            frappe.throw("not yet")
"""


def test_install_steps_run_once_and_one_that_fails_runs_again(
    tmp_path: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write(
        {**FILES, "install.py": INSTALL, "hooks.py": "after_install = ['APP.install.first', 'APP.install.second']"}
    )
    for fixed, kinds in ((False, ["Dog"]), (True, ["Cat", "Dog"]), (True, ["Cat", "Dog"])):
        site = open_site(tmp_path)
        site.shelf["conf"] = frappe_lite._dict(fixed=fixed)
        site.load(folder)
        with site.acting():
            assert frappe_lite.get_all("Kind", pluck="name", order_by="name") == kinds
        site.close()
    assert caplog.text.count("install.second of") == 1


def test_custom_fields_are_made_and_changed(site: Site, write: Write) -> None:
    from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

    site.load(write(FILES))
    with site.acting():
        for label in ("Legs", "Feet"):
            create_custom_fields(
                {
                    ("Animal", "Kind"): [
                        {"fieldname": "legs", "fieldtype": "Int", "label": label, "insert_after": "size"}
                    ],
                    "Nothing": {"fieldname": "x"},
                }
            )
        create_custom_fields({"Animal": {"fieldname": "size", "fieldtype": "Data", "label": "Another"}})
        assert [frappe_lite.get_meta(each).get_label("legs") for each in ("Animal", "Kind")] == ["Feet", "Feet"]
        assert frappe_lite.get_meta("Animal").get_field("size").fieldtype == "Int"
        assert frappe_lite.get_doc({"doctype": "Animal", "title": "ant", "legs": 6}).insert().legs == 6


def test_properties_are_set_and_taken_back(site: Site, write: Write) -> None:
    from frappe.custom.doctype.property_setter.property_setter import delete_property_setter, make_property_setter

    site.load(write(FILES))
    with site.acting():
        for value in (1, 1):
            make_property_setter("Animal", "size", "reqd", value, "Check")
        assert frappe_lite.get_meta("Animal").get_field("size").reqd == 1
        delete_property_setter("Animal", "reqd", "size")
        assert frappe_lite.get_meta("Animal").get_field("size").reqd == 0


def test_rules_are_changed_without_changing_the_doctype(site: Site, write: Write, new_user: Any) -> None:
    from frappe.permissions import add_permission, update_permission_property

    site.load(write(FILES))
    with site.acting():
        frappe_lite.get_doc({"doctype": "Role", "role_name": "Keeper", "name": "Keeper"}).insert()
        add_permission("Animal", "Keeper", 0)
        add_permission("Animal", "Keeper", 0)
    keeper = new_user(site, "keeper@example.com", "Keeper")
    assert [
        keeper("GET /api/resource/Animal").status_code,
        keeper("POST /api/resource/Animal", {"title": "x"}).status_code,
    ] == [200, 403]
    with site.acting():
        update_permission_property("Animal", "Keeper", 0, "create", 1)
    assert keeper("POST /api/resource/Animal", {"title": "x"}).status_code == 201
    assert len(site.new_context().meta("Animal").permissions) == 2
    with site.acting():  # once the rule is for owners only, who names no `if_owner` means it still
        for right in ("if_owner", "delete"):
            update_permission_property("Animal", "Keeper", 0, right, 1)
        assert frappe_lite.db.get_all("Custom DocPerm", {"role": "Keeper"}, ["if_owner", "delete"]) == [
            {"if_owner": 1, "delete": 1}
        ]
    with site.acting():
        frappe_lite.db.delete("Custom DocPerm", {"parent": "Animal"})
    assert keeper("GET /api/resource/Animal").status_code == 403


# --- around requests ---

AROUND = """
    import frappe

    def before():
        frappe.local.started = frappe.session.user
        if frappe.request.path == "/api/resource/Kind":
            frappe.throw("closed", frappe.PermissionError)

    def after(response=None, request=None):
        frappe.local.response_headers.set("X-Started", f"{frappe.local.started} {response.status_code} {request.method}")
"""


def test_hooks_run_around_a_request(site: Site, write: Write) -> None:
    site.load(
        write(
            {
                **FILES,
                "around.py": AROUND,
                "hooks.py": "before_request = ['APP.around.before']\nafter_request = 'APP.around.after'",
            }
        )
    )
    client = ApiClient(site)
    assert client("GET /api/resource/Animal").headers["X-Started"] == "Administrator 200 GET"
    assert client("GET /api/resource/Kind").status_code == 403


# --- classes ---


def test_a_class_may_be_extended_by_several_apps(site: Site, write: Write) -> None:
    code = """
        from frappe.model.document import Document

        class Animal(Document):
            def validate(self):
                self.size = 1

        class Longer:
            def validate(self):
                super().validate()
                self.size += 10

        class Taller:
            def validate(self):
                super().validate()
                self.size *= 2
    """
    hooks = "extend_doctype_class = {'Animal': ['APP.animal.Longer', 'APP.animal.Taller']}"
    site.load(write({"animal.json": ANIMAL, "animal.py": code, "hooks.py": hooks}))
    with site.acting():
        doc = frappe_lite.get_doc({"doctype": "Animal", "title": "x"}).insert(ignore_links=True)
        assert (doc.size, type(doc).__name__) == (22, "Animal")


def test_a_built_in_class_may_be_overridden_and_extended(site: Site, write: Write) -> None:
    code = """
        from frappe.core.doctype.user.user import User
        from frappe.core.doctype.file.file import File

        class Person(User):
            def validate(self):
                super().validate()
                self.bio = f"I am {self.full_name}"

        class Polite:
            def validate(self):
                super().validate()
                self.bio += ", please"

        class Marked:
            def validate(self):
                super().validate()
                self.file_name = f"x-{self.file_name}"
    """
    hooks = (
        "override_doctype_class = {'User': 'APP.people.Person'}\nextend_doctype_class = {'User': 'APP.people.Polite', "
        "'File': ['APP.people.Marked']}"
    )
    site.load(write({**FILES, "people.py": code, "hooks.py": hooks}))
    with site.acting():
        user = frappe_lite.get_doc({"doctype": "User", "email": "Ann@Example.com", "first_name": "Ann"}).insert()
        assert (user.name, user.bio) == ("ann@example.com", "I am Ann, please")
        file = frappe_lite.get_doc({"doctype": "File", "file_name": "a.txt", "content": b"abc"}).insert()
        assert (file.file_name, file.file_size, bool(file.content_hash)) == ("x-a.txt", 3, True)


# --- jobs ---

JOBS = """
    import threading
    import frappe

    done, gate = [], threading.Event()

    def work(number=1):
        gate.wait(10)
        frappe.get_doc({"doctype": "Kind", "name": f"K{number}"}).insert()
        done.append((number, frappe.session.user))

    def fail():
        frappe.get_doc({"doctype": "Kind", "name": "never"}).insert()
        raise ValueError("no luck")

    def said(job, connection, result, *more):
        done.append("good")

    def wept(job, connection, kind, error, trace):
        done.append(str(error))
"""


@pytest.fixture
def jobs(site: Site, write: Write, name: str) -> Any:
    import importlib

    site.load(write({**FILES, "jobs.py": JOBS, "hooks.py": ""}))
    return importlib.import_module(f"{name}.jobs")


def finish(site: Site) -> None:
    """Wait for every job: the pool ends when it has done what it was given."""
    if site._pool is not None:
        site._pool.shutdown(wait=True)


def test_a_job_runs_after_the_commit_as_the_same_user(site: Site, jobs: Any, name: str) -> None:
    with site.acting("Administrator"):
        frappe_lite.enqueue(f"{name}.jobs.work", queue="long", timeout=9, number=7)
        assert jobs.done == []
    jobs.gate.set()
    finish(site)
    assert jobs.done == [(7, "Administrator")]
    with site.acting():
        assert frappe_lite.db.exists("Kind", "K7")


def test_a_job_that_a_get_asks_for_runs(site: Site, write: Write, jobs: Any, name: str) -> None:
    code = "import frappe\n@frappe.whitelist()\ndef ask():\n    frappe.enqueue('APP.jobs.work', number=4)\n"
    site.load(write({"asking.py": code}))
    jobs.gate.set()
    assert ApiClient(site)(f"GET /api/method/{name}.asking.ask").status_code == 200
    finish(site)
    assert jobs.done == [(4, "Administrator")]


def test_a_job_of_what_was_undone_does_not_run(site: Site, jobs: Any) -> None:
    jobs.gate.set()
    with pytest.raises(KeyError), site.acting():
        frappe_lite.enqueue(jobs.work, job_id="once", deduplicate=True)
        raise KeyError
    finish(site)
    assert jobs.done == []
    with site.acting():
        from frappe.utils.background_jobs import is_job_enqueued

        assert not is_job_enqueued("once")


def test_now_is_now_and_gives_the_result(site: Site, jobs: Any) -> None:
    jobs.gate.set()
    with site.acting():
        frappe_lite.enqueue(jobs.work, now=True, number=2)
        assert jobs.done == [(2, "Administrator")]
        frappe_lite.enqueue(jobs.work, is_async=False, number=5)
        assert jobs.done[1:] == [(5, "Administrator")]


def test_a_job_id_waits_once(site: Site, jobs: Any) -> None:
    from frappe.utils.background_jobs import is_job_enqueued

    with site.acting():
        for _ in range(3):
            frappe_lite.enqueue(jobs.work, job_id="once", deduplicate=True)
    with site.acting():
        assert is_job_enqueued("once")
        frappe_lite.enqueue(jobs.work, job_id="once", deduplicate=True)
    jobs.gate.set()
    finish(site)
    assert jobs.done == [(1, "Administrator")]


def test_a_job_that_fails_leaves_an_error_log_and_nothing_else(site: Site, jobs: Any) -> None:
    with site.acting():
        frappe_lite.enqueue(jobs.fail, on_failure=jobs.wept)
    finish(site)
    with site.acting():
        log = frappe_lite.get_all("Error Log", fields=["method", "error"])[0]
        assert ("jobs.fail" in log.method, "ValueError: no luck" in log.error) == (True, True)
        assert not frappe_lite.db.exists("Kind", "never")
    assert jobs.done == ["no luck"]


def test_success_is_told_and_a_documents_method_can_wait(site: Site, jobs: Any) -> None:
    jobs.gate.set()
    with site.acting():
        frappe_lite.enqueue(jobs.work, on_success=jobs.said, number=3)
        kind = frappe_lite.get_doc({"doctype": "Kind", "name": "K"}).insert()
        frappe_lite.enqueue_doc("Kind", kind.name, "db_set", fieldname="owner", value="ann@example.com")
    finish(site)
    assert set(jobs.done) == {(3, "Administrator"), "good"}
    with site.acting():
        assert frappe_lite.db.get_value("Kind", "K", "owner") == "ann@example.com"


def test_locks_are_shared_by_the_threads_of_a_site(site: Site) -> None:
    from frappe.utils.synchronization import filelock

    order, inside = [], threading.Event()

    def other() -> None:
        with site.acting(), filelock("x"):
            order.append("second")

    with site.acting(), filelock("x"):
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_the_administrator_has_the_roles_that_an_app_brings(site: frappe_lite.Site, write: Write) -> None:
    """As a bench's set-up gives them; and the app hears of it, once."""
    roles = [{"doctype": "Role", "name": f"APP {each}", "role_name": f"APP {each}"} for each in ("Member", "Guest")]
    hooks = 'doc_events = {"User": {"on_update": "APP.people.heard"}}'
    people = """
        import frappe

        HEARD = []

        def heard(doc, method=None):
            HEARD.append((doc.name, len(doc.roles)))
    """
    root = write({"hooks.py": hooks, "people.py": people, "fixtures/role.json": roles})
    for _ in range(2):
        site.load(root)
    with site.acting() as ctx:
        held = {row.role for row in document.load(ctx, "User", "Administrator").roles}
        assert held == {f"{root.name} Member", f"{root.name} Guest"}
        assert ctx.site.resolve(f"{root.name}.people.HEARD") == [("Administrator", 2)]


# --- which apps there are ---

ASKS = """
    import frappe

    def after():
        frappe.db.sql("update `tabInstalled Application` set has_setup_wizard = 1 where app_name = %s", ["APP"])
"""


def test_apps_find_one_another_among_the_installed_ones(tmp_path: Path, write: Write, name: str) -> None:
    """Its row is there when an app is set up, and has the version that is loaded."""
    for version in ("1.0.0", "2.0.0"):
        hooks = "after_install = 'APP.asks.after'\n"
        root = write({"hooks.py": hooks, "__init__.py": f"__version__ = '{version}'\n", "asks.py": ASKS})
        if name in sys.modules:  # a process has one version of a package
            vars(sys.modules[name])["__version__"] = version
        site = open_site(tmp_path)
        site.load(root)
        with site.acting():
            rows = frappe_lite.get_single("Installed Applications").installed_applications
            found = {row.app_name: (row.app_version, row.has_setup_wizard, row.is_setup_complete) for row in rows}
            assert found == {"frappe": (site.apps["frappe"].version, 0, 1), name: (version, 1, 1)}
            assert frappe_lite.db.exists("Installed Application", {"app_name": name, "is_setup_complete": 1}) == name
        site.close()


@pytest.mark.parametrize(("user", "status"), [("Administrator", 200), ("ann@x.org", 403)])
def test_who_reads_which_apps_there_are(site: Site, new_user: Any, user: str, status: int) -> None:
    client = ApiClient(site) if user == "Administrator" else new_user(site, user)
    assert client("GET /api/resource/Installed Applications/Installed Applications").status_code == status


def test_a_right_of_an_apps_own_comes_with_its_files(site: Site, write: Write, name: str) -> None:
    rules = [{"role": "All", "read": 1, "stroke": 1}]
    named = {"doctype": "Permission Type", "name": "animal_stroke", "doc_type": "Animal", "perm_type": "stroke"}
    files = {"animal.json": {**ANIMAL, "permissions": rules, "module": "Zoo"}, "kind.json": KIND, "hooks.py": ""}
    site.load(write({**files, "modules.txt": "Zoo", "zoo/permission_type/animal_stroke/animal_stroke.json": named}))
    with site.acting():
        user = frappe_lite.get_doc({"doctype": "User", "email": "ann@x.org", "first_name": "Ann"}).insert()
        assert [frappe_lite.has_permission("Animal", each, user=user.name) for each in ("stroke", "write")] == [
            True,
            False,
        ]
