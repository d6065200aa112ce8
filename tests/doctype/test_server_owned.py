"""What the server works out comes from no client.

Every door, every field of the table, as the most powerful of users.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document, router
from frappe_lite.doctype import server_owned
from frappe_lite.doctype.meta import OPTIONAL, DocType
from frappe_lite.parts.transfer.importing import Import
from frappe_lite.parts.transfer.reading import Entry, Options
from frappe_lite.whitelist import built_in

Values = dict[str, Any]

TREE = {
    "doctype": "DocType", "name": "Branch", "module": "Custom", "custom": 1, "is_tree": 1, "autoname": "field:title",
    "fields": [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}],
    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
}  # fmt: skip
NEW: dict[str, Values] = {
    "Task": {"subject": "a task", "checklist": [{"item": "one"}]},
    "Branch": {"title": "a branch"},
    "User": {"email": "ann@x.org", "first_name": "Ann"},
    "Assignment Rule": {
        "name": "a rule", "document_type": "Task", "assign_condition": "1", "rule": "Round Robin", "description": "x", (
            "assignment_days"
        ): [{"day": "Monday"}],
        "users": [{"user": "Administrator"}],
    },
    "Communication": {"subject": "a letter", "content": "x"},
    "Custom Field": {"dt": "Task", "fieldname": "more", "fieldtype": "Data", "label": "More"},
    "DocType": {"name": "Thing", "module": "Custom", "custom": 1, "fields": [{"fieldname": "title", "fieldtype": (
        "Data"
    ), "label": "Title"}]},
    "Property Setter": {"doctype_or_field": "DocField", "doc_type": "Task", "field_name": "subject", "property": (
        "label"
    ), "property_type": "Data", "value": "About"},
    "ToDo": {"description": "do it"},
    "Version": {"ref_doctype": "Task", "docname": "TASK-00001", "data": "{}"},
    "File": {"file_name": "a.txt", "content": "x"},
}  # fmt: skip
"""A document of each DocType of the table, and two of kinds."""

SENT = {
    "Check": 1,
    "Int": 77,
    "Datetime": "2001-01-01 00:00:00",
    "Date": "2001-01-01",
    "Link": "Task",
    "Password": "chosen-by-me",
}


def claims(meta: DocType) -> Values:
    """What a client says of all that is the server's."""
    return {
        key: sent(meta, key)
        for key in sorted((server_owned.fields_of(meta) & meta.columns.keys()) | {"flags", "__islocal", "_context"})
    }


def sent(meta: DocType, fieldname: str) -> Any:
    """What a client says instead."""
    if fieldname in ("flags", "_context"):
        return {"ignore_permissions": True}
    return {"owner": "Guest", "modified_by": "Guest"}.get(fieldname) or SENT.get(
        meta.fieldtype(fieldname), "chosen-by-me" if fieldname != "__islocal" else 0
    )


class World:
    """A site with a document of each kind, and the Administrator's client."""

    def __init__(self) -> None:
        self.site = AppSite(files="database")
        self.client = ApiClient(self.site)
        self.names: dict[str, str] = {}
        with self.site.acting() as ctx:
            document.new(ctx, TREE).insert()
            for doctype, values in NEW.items():
                self.names[doctype] = (
                    document.new(ctx, {"doctype": doctype, **values}).insert(set_name=values.get("name")).name
                )
        self.count = 0

    def meta(self, doctype: str) -> DocType:
        return self.site.new_context().meta(doctype)

    def row(self, doctype: str, name: str) -> Values:
        found = self.site.store.load_row(self.meta(doctype), name)
        assert found is not None
        secret = self.site.store.secret(doctype, name, "api_secret")
        return {**found, "api_secret kept": secret and secret[0]}

    def stored(self, doctype: str) -> set[str]:
        return {row[0] for row in self.site.database.rows(f'SELECT name FROM "tab{doctype}"')}

    def fresh(self, doctype: str) -> Values:
        """Values for one more document."""
        self.count += 1
        text = f"x{self.count}"
        changed = {
            "Branch": {"title": text}, "User": {"email": f"{text}@x.org"}, "Assignment Rule": {"name": text}, (
                "Custom Field"
            ): {"fieldname": text},
            "DocType": {"name": f"T{text}"}, "Property Setter": {"property": "description", "field_name": text},
        }  # fmt: skip
        return {**NEW[doctype], **changed.get(doctype, {})}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.site.close()


# --- the doors -------------------------------------------------------------------------------------------

Change = Callable[[World, str, str, Values], TestResponse]


def _put(version: str, verb: str = "PUT", form: bool = False, data: bool = False) -> Change:
    def change(world: World, doctype: str, name: str, values: Values) -> TestResponse:
        path = f"{verb} /api/{version}/{quote(doctype)}/{quote(name)}"
        if form:
            return world.client(
                path, data={key: each if isinstance(each, str) else json.dumps(each) for key, each in values.items()}
            )
        return world.client(path, {"data": json.dumps(values)} if data else values)

    return change


def _call(method: str, make: Callable[[Values, str, str, Values], Values]) -> Change:
    """A method that gets the stored document with the values in it."""

    def change(world: World, doctype: str, name: str, values: Values) -> TestResponse:
        whole = world.client(f"GET /api/resource/{quote(doctype)}/{quote(name)}").get_json()["data"]
        return world.client(f"POST /api/method/{method}", make({**whole, **values}, doctype, name, values))

    return change


def _batch(world: World, doctype: str, name: str, values: Values) -> TestResponse:
    operations = [{"method": "PUT", "path": f"/api/v2/document/{quote(doctype)}/{quote(name)}", "body": values}]
    return world.client("POST /api/v2/batch", {"operations": operations})


def _bulk(world: World, doctype: str, name: str, values: Values) -> TestResponse:
    return world.client(f"POST /api/v2/document/{quote(doctype)}/bulk_update", {"docs": [{"name": name, **values}]})


def _bulk_any(world: World, doctype: str, name: str, values: Values) -> TestResponse:
    return world.client("POST /api/v2/method/bulk_update", {"docs": [{"doctype": doctype, "name": name, **values}]})


CHANGES: dict[str, Change] = {
    "PUT resource": _put("resource"),
    "PUT resource, form": _put("resource", form=True),
    "PUT resource, data": _put("resource", data=True),
    "PUT document": _put("v2/document"),
    "PATCH document": _put("v2/document", "PATCH"),
    "POST batch": _batch,
    "POST bulk_update": _bulk,
    "POST bulk_update, any": _bulk_any,
    "frappe.client.save": _call("frappe.client.save", lambda whole, *_: {"doc": whole}),
    "frappe.client.submit": _call("frappe.client.submit", lambda whole, *_: {"doclist": json.dumps(whole)}),
    "frappe.client.set_value, an object": _call(
        "frappe.client.set_value",
        lambda _, doctype, name, values: {"doctype": doctype, "name": name, "fieldname": values},
    ),
    "frappe.client.set_value": _call(
        "frappe.client.set_value",
        lambda _, doctype, name, values: {
            "doctype": doctype,
            "name": name,
            "fieldname": next(iter(values)),
            "value": next(iter(values.values())),
        },
    ),
    "frappe.client.bulk_update": _call(
        "frappe.client.bulk_update",
        lambda _, doctype, name, values: {"docs": [{"doctype": doctype, "docname": name, **values}]},
    ),
    "frappe.desk.form.save.savedocs": _call(
        "frappe.desk.form.save.savedocs", lambda whole, *_: {"doc": json.dumps(whole), "action": "Save"}
    ),
    "run_doc_method": _call("run_doc_method", lambda whole, *_: {"docs": whole, "method": "submit"}),
}

Insert = Callable[[World, str, Values], TestResponse]
INSERTS: dict[str, Insert] = {
    "POST resource": lambda world, doctype, values: world.client(f"POST /api/resource/{quote(doctype)}", values),
    "POST document": lambda world, doctype, values: world.client(f"POST /api/v2/document/{quote(doctype)}", values),
    "POST batch": lambda world, doctype, values: world.client(
        "POST /api/v2/batch",
        {"operations": [{"method": "POST", "path": f"/api/v2/document/{quote(doctype)}", "body": values}]},
    ),
    "frappe.client.insert": lambda world, doctype, values: world.client(
        "POST /api/method/frappe.client.insert", {"doc": {"doctype": doctype, **values}}
    ),
    "frappe.client.insert_many": lambda world, doctype, values: world.client(
        "POST /api/method/frappe.client.insert_many", {"docs": [{"doctype": doctype, **values}]}
    ),
    "frappe.desk.form.save.savedocs": lambda world, doctype, values: world.client(
        "POST /api/method/frappe.desk.form.save.savedocs",
        {"doc": json.dumps({"doctype": doctype, **values, "__islocal": 1}), "action": "Save"},
    ),
    "frappe.desk.treeview.add_node": lambda world, doctype, values: world.client(
        "POST /api/method/frappe.desk.treeview.add_node", {"doctype": doctype, **values, "is_root": 1}
    ),
}

OTHER_ROUTES = {
    "POST resource/<doctype>/<path:name>": "calls a method", (
        "GET POST QUERY document/<doctype>/<path:name>/method/<method>"
    ): "calls a method",
    "* method/<path:name>": "calls a method", "* method/<doctype>/<name>": "calls a method", "* method/<name>": (
        "calls a method"
    ),
    "POST document/<doctype>/bulk_delete": "takes names", "POST method/bulk_delete": "takes names",
}  # fmt: skip
VALUE_PARAMETERS = {"doc", "docs", "doclist", "values", "document", "fieldname"}
READERS = {
    "frappe.client.get_value", "frappe.client.get_password", "upload_file", "frappe.handler.upload_file",
    "frappe.model.workflow.get_transitions", "frappe.core.doctype.scheduled_job_type.scheduled_job_type.execute_event",
    "frappe.core.doctype.scheduled_job_type.scheduled_job_type.skip_next_execution",
    "frappe.desk.form.linked_with.cancel_all_linked_docs", "frappe.desk.listview.set_list_settings",
    "frappe.desk.doctype.tag.tag.add_tags", "frappe.email.doctype.email_template.email_template.get_email_template",
    "frappe.desk.doctype.number_card.number_card.get_result",
    "frappe.desk.doctype.number_card.number_card.get_percentage_difference",
    "frappe.core.doctype.access_log.access_log.make_access_log", "frappe_lite.doctype.plan",
    "frappe_lite.doctype.reset", "frappe.share.add",
    "frappe.core.api.user_invitation.invite_by_email",  # fields that a hook names, see test_inviting.py
}  # fmt: skip
"""Those that have such a parameter and take no document's values by it."""


def test_every_door_is_in_the_tables(world: World) -> None:
    """A route or method that takes values of documents and is not walked through fails here."""
    routes = [(verbs, path) for table in (router.V1_ROUTES, router.V2_ROUTES) for verbs, path, _ in table] + [
        (verbs, path) for _, verbs, path, _ in world.site.extensions.routes
    ]
    doors = " ".join([*CHANGES, *INSERTS])
    for verbs, path in routes:
        word = path.replace("<doctype>", "").replace("<path:name>", "").strip("/").rpartition("/")[2]
        for verb in {"POST", "PUT", "PATCH", "*"} & set(verbs.split()):
            assert f"{verbs} {path}" in OTHER_ROUTES or f"{verb} {word}" in doors, f"{verb} {path}"
    named = {
        name.replace("frappe.handler.", "")
        for name, each in built_in.items()
        if VALUE_PARAMETERS & {one.name for one in each.parameters}
    }
    free = {name for name, each in built_in.items() if "POST" in each.http_methods and "GET" not in each.http_methods
            and any(one.kind is inspect.Parameter.VAR_KEYWORD for one in each.parameters)}  # fmt: skip
    assert {name for name in (named | free) - READERS if name not in doors} == set()


@pytest.mark.parametrize("doctype", sorted(NEW))
@pytest.mark.parametrize("door", sorted(CHANGES))
def test_a_change_changes_nothing_of_the_servers(door: str, doctype: str, world: World) -> None:
    if door in ("frappe.client.submit", "run_doc_method") and doctype != "Task":
        pytest.skip("only what can be submitted has that door")
    name, values = world.names[doctype], claims(world.meta(doctype))
    for each in [{key: value} for key, value in values.items()] if door == "frappe.client.set_value" else [values]:
        before = world.row(doctype, name)
        answer = CHANGES[door](world, doctype, name, each)
        after = world.row(doctype, name)
        assert answer.status_code < 500, answer.text
        assert {**after, "modified": 0, "docstatus": 0} == {**before, "modified": 0, "docstatus": 0}, answer.text
        with world.site.acting() as ctx:  # what was submitted is a draft again
            ctx.store.update(ctx.meta(doctype), name, {"docstatus": 0})


@pytest.mark.parametrize(
    ("doctype", "door"),
    [
        (doctype, door)
        for doctype in sorted(NEW)
        for door in sorted(INSERTS)
        if doctype == "Branch" or not door.endswith("add_node")
    ],
)
def test_an_insert_takes_nothing_of_the_servers(door: str, doctype: str, world: World) -> None:
    values, before = claims(world.meta(doctype)), world.stored(doctype)
    answer = INSERTS[door](world, doctype, {**world.fresh(doctype), **values})
    assert answer.status_code == (201 if door in ("POST resource", "POST document") else 200), answer.text
    made = (world.stored(doctype) - before).pop()
    row = world.row(doctype, made)
    assert [key for key, value in values.items() if key in row and row[key] == value] == []
    assert (row["owner"], row["modified_by"], row["api_secret kept"]) == ("Administrator", "Administrator", None)


# --- child rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fieldname", ["owner", "creation", "modified_by"])
@pytest.mark.parametrize("door", sorted(set(CHANGES) - {"frappe.client.submit", "run_doc_method"}))
def test_child_rows_are_the_servers_too(door: str, fieldname: str, world: World) -> None:
    name, meta = world.names["Task"], world.meta("Task Checklist Item")
    before = world.site.store.load_children(meta, "Task", name, "checklist")[0]
    CHANGES[door](world, "Task", name, {"checklist": [{**before, fieldname: sent(meta, fieldname), "__unsaved": 1}]})
    after = world.site.store.load_children(meta, "Task", name, "checklist")[0]
    assert {**after, "modified": 0, "docstatus": 0} == {**before, "modified": 0, "docstatus": 0}


def test_a_row_that_a_form_named_is_new(world: World) -> None:
    """It gets a name and its defaults."""
    name, meta = world.names["Task"], world.meta("Task Checklist Item")
    kept = world.site.store.load_children(meta, "Task", name, "checklist")
    rows = [
        {"name": kept[0]["name"], "item": "one"},
        {"name": "new-task-checklist-item-1", "item": "two", "__islocal": 1},
    ]
    assert world.client(f"PUT /api/resource/Task/{name}", {"checklist": rows}).status_code == 200
    first, second = world.site.store.load_children(meta, "Task", name, "checklist")
    assert (first["name"], second["item"]) == (kept[0]["name"], "two")
    assert not second["name"].startswith("new-")
    assert (
        world.client(
            f"PUT /api/resource/Task/{name}", {"checklist": [{"name": first["name"], "item": "one"}]}
        ).status_code
        == 200
    )


# --- what a whole document leaves as it is ----------------------------------------------------------------


def test_saving_a_whole_document_keeps_what_its_client_does_not_see(world: World) -> None:
    """frappe.client.save empties the fields that a document comes back without; tags and hashes are none of them."""
    name = world.names["File"]
    with world.site.acting() as ctx:
        ctx.store.update(ctx.meta("File"), name, {"_user_tags": ",mine"})
    whole = world.client(f"GET /api/resource/File/{name}").get_json()["data"]
    without = {key: each for key, each in whole.items() if key not in ("content_hash", "file_size")}
    before = world.row("File", name)
    assert world.client("POST /api/method/frappe.client.save", {"doc": without}).status_code == 200
    after = world.row("File", name)
    assert [after[key] for key in ("content_hash", "file_size", "_user_tags")] == [before["content_hash"], 1, ",mine"]


# --- the function itself ---------------------------------------------------------------------------------

DROPPED = [
    pytest.param("Note", {"title": "a", "owner": "b", "creation": "c", "modified_by": "d"}, {"title": "a"}, id=(
        "standard fields"
    )),
    pytest.param("Note", {"title": "a", "modified": "b", "name": "c", "docstatus": 1, "idx": 4}, {"title": "a", (
        "modified"
    ): "b", "name": "c", "docstatus": 1, "idx": 4},
                 id="what a client may say stays"),
    pytest.param("Note", dict.fromkeys(OPTIONAL, "x"), {}, id="what the desk keeps on a document"),
    pytest.param("Note", {"_context": 1, "_meta": 1, "__onload": 1, "_anything": 1, "flags": {}, "ignore_permissions": 1}, {}, id=(
        "names that are no fields"
    )),
    pytest.param("Note", {"ignore_linked_doctypes": ["Task"]}, {}, id="what an app says of links when it cancels"),
    pytest.param("DocType", {"name": "X", "_fields": "x"}, {"name": "X", "_fields": "x"}, id=(
        "a field with such a name"
    )),
    pytest.param("Note", {"seen_by": '[{"user": "a", "owner": "b"}]'}, {"seen_by": [{"user": "a"}]}, id="rows as text"),
    pytest.param("Note", {"seen_by": [{"user": "a", "_context": 1}, 7]}, {"seen_by": [{"user": "a"}, 7]}, id=(
        "rows that are none are left to be refused"
    )),
    pytest.param("Note", {"seen_by": "x"}, None, id="rows that are no JSON"),
    pytest.param("Nothing", {"title": "a", "owner": "b", "_x": 1}, {"title": "a"}, id="a DocType that is not there"),
]  # fmt: skip


@pytest.mark.parametrize(("doctype", "values", "kept"), DROPPED)
def test_what_is_dropped(doctype: str, values: Values, kept: Values | None, world: World) -> None:
    ctx = world.site.new_context()
    if kept is None:
        with pytest.raises(frappe_lite.ValidationError):
            server_owned.drop(ctx, doctype, values)
    else:
        assert server_owned.drop(ctx, doctype, values) == kept


@pytest.mark.parametrize(
    ("user", "kept"),
    [("Administrator", "ann@x.org"), ("imp@x.org", "imp@x.org")],
    ids=["who administrates may", "others may not"],
)
def test_an_import_by_others_takes_nothing_either(user: str, kept: str, world: World) -> None:
    with world.site.acting() as ctx:
        if ctx.user_info("imp@x.org") is None:
            document.new(
                ctx, {"doctype": "User", "email": "imp@x.org", "first_name": "I", "roles": [{"role": "System Manager"}]}
            ).insert()
    with world.site.acting(user) as ctx:
        before = world.stored("ToDo")
        work = Import(ctx, Options("ToDo"), False, False, False)
        work.run(iter([Entry(1, "ToDo", {"description": "x", "owner": "ann@x.org"}, [])]))
        assert work.problems == []
        made = ({row[0] for row in ctx.store.database.rows("SELECT name FROM tabToDo")} - before).pop()
        assert ctx.store.load_row(ctx.meta("ToDo"), made)["owner"] == kept  # type: ignore[index]
