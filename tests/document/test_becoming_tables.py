"""A DocType with documents that becomes a child table, and a DocType again: no row is lost, and nobody sees more."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.document import access

RIGHTS = {"role": "Task User", "read": 1, "write": 1, "create": 1, "delete": 1}


def method(name: str) -> str:
    return f"/api/method/frappe.{name}?doctype=Kept&"


class Office(BaseOffice):
    """Kept had documents, of which each showed its own to the user; now it is the table of Holder."""

    users = {"user": ("Task User",)}

    def fill(self, ctx: Any) -> None:
        fields = [{"fieldname": "x", "fieldtype": "Data"}, {"fieldname": "n", "fieldtype": "Int"}]
        made = {"doctype": "DocType", "module": "Core", "custom": 1, "autoname": "prompt"}
        kept = document.new(ctx, {**made, "name": "Kept", "fields": fields, "permissions": [{**RIGHTS, "if_owner": 1}]})
        kept.insert()
        for name, owner in (("secret", "Administrator"), ("mine", "user@x.org")):
            document.new(ctx, {"doctype": "Kept", "name": name, "x": name, "n": 7}).insert()
            ctx.store.database.execute(
                'UPDATE "tabKept" SET owner = ?, _user_tags = ? WHERE name = ?', (owner, "red", name)
            )
        set_table(ctx, 1)
        table = {"fieldname": "rows", "fieldtype": "Table", "options": "Kept"}
        document.new(ctx, {**made, "name": "Holder", "fields": [table], "permissions": [RIGHTS]}).insert()
        document.new(ctx, {"doctype": "Holder", "name": "h", "rows": [{"x": "row"}]}).insert()


def set_table(ctx: Any, value: int) -> None:
    doc = document.load(ctx, "DocType", "Kept")
    doc.istable = value
    doc.save()


@pytest.fixture
def ctx(office: Office) -> Any:
    with office.site.acting() as made:
        yield made
        made.rollback()


DOORS = [
    pytest.param("GET /api/resource/Kept", id="a list, v1"),
    pytest.param('GET /api/resource/Kept?fields=["*"]', id="all fields"),
    pytest.param("GET /api/v2/document/Kept", id="a list, v2"),
    pytest.param("GET /api/v2/doctype/Kept/count", id="their number, v2"),
    pytest.param("GET /api/resource/Kept?parent=Task", id="with a parent that has no such table"),
    pytest.param("GET /api/resource/Kept/secret", id="a document, v1"),
    pytest.param("GET /api/resource/Kept/mine", id="the user's own"),
    pytest.param("GET /api/v2/document/Kept/secret", id="a document, v2"),
    pytest.param(f"GET {method('client.get')}name=secret", id="client.get"),
    pytest.param(f"GET {method('client.get_list')}", id="client.get_list"),
    pytest.param(f"GET {method('client.get_count')}", id="client.get_count"),
    pytest.param(f"GET {method('client.get_value')}fieldname=x&filters=secret", id="client.get_value"),
    pytest.param(f"GET {method('client.get_value')}fieldname=x&filters=secret&parent=Task", id="of another parent"),
    pytest.param(f'GET {method("desk.reportview.get")}fields=["x"]', id="a report"),
    pytest.param(f"GET {method('desk.reportview.get_count')}", id="the number of a report"),
    pytest.param(f"GET {method('desk.search.search_link')}txt=s", id="a search for links"),
    pytest.param(f"GET {method('desk.form.load.getdoc')}name=secret", id="a form"),
    pytest.param("PUT /api/resource/Kept/mine", id="a change"),
    pytest.param("DELETE /api/resource/Kept/mine", id="the end"),
]


@pytest.mark.parametrize("request_line", DOORS)
def test_what_were_documents_is_shown_to_no_reader_without_a_parent(office: Office, request_line: str) -> None:
    answer = office.clients["user"](request_line, {"x": "new"} if request_line.startswith("PUT") else None)
    assert (answer.status_code, "PermissionError" in answer.get_data(as_text=True)) == (403, True)


@pytest.mark.parametrize(
    "path",
    [
        '/api/resource/Kept?parent=Holder&fields=["x"]',
        '/api/v2/document/Kept?parent=Holder&fields=["x"]',
        f'{method("client.get_list")}parent=Holder&fields=["x"]',
    ],
)
def test_who_names_the_parent_sees_the_rows_of_its_documents_only(office: Office, path: str) -> None:
    body = office.clients["user"](f"GET {path}").get_json()
    assert body.get("data", body.get("message")) == [{"x": "row"}]


def test_no_document_takes_for_its_row_what_was_another(office: Office) -> None:
    user = office.clients["user"]
    made = user("POST /api/resource/Holder", {"__newname": "thief", "name": "thief"})
    assert made.status_code == 201
    changed = user("PUT /api/resource/Holder/thief", {"rows": [{"name": "secret", "x": "taken"}]}).get_json()["data"]
    assert [(row["x"], row["n"], row["name"] == "secret") for row in changed["rows"]] == [("taken", 0, False)]
    columns = "x, n, parent, owner, _user_tags"
    row = office.site.database.row(f'SELECT {columns} FROM "tabKept" WHERE name = ?', ("secret",))
    assert tuple(row) == ("secret", 7, None, "Administrator", "red")
    assert user("DELETE /api/resource/Holder/thief").status_code == 202
    assert office.site.database.row('SELECT COUNT(*) FROM "tabKept" WHERE name = ?', ("secret",))[0] == 1


def test_all_rows_are_documents_again_with_their_values_and_tags(ctx: Any) -> None:
    set_table(ctx, 0)
    meta = ctx.meta("Kept")
    found = ctx.store.database.rows('SELECT name, x, n, _user_tags FROM "tabKept" WHERE x <> ? ORDER BY name', ("row",))
    assert [tuple(row) for row in found] == [("mine", "mine", 7, "red"), ("secret", "secret", 7, "red")]
    assert (document.load(ctx, "Kept", "secret").n, meta.istable, meta.permissions) == (7, False, [])


def test_its_rules_are_gone_so_that_rows_of_other_documents_open_to_nobody(ctx: Any) -> None:
    set_table(ctx, 0)
    user = "user@x.org"
    seen = [access.may(ctx, user, document.load(ctx, "Kept", name), "read") for name in ("mine", "secret")]
    assert seen == [False, False]
