"""Password fields of documents and of their rows, at each door: the text is kept apart, and the row has stars."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.document.schema import store_doctype
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
TEXT = "hunter2"
STARS = "*" * len(TEXT)
RPC = "/api/method/frappe.client."


@pytest.fixture(scope="module", autouse=True)
def key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRAPPE_LITE_SECRET_KEY", "k")
        yield


@pytest.fixture(scope="module")
def site(key: None) -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    with made.acting() as ctx:
        store_doctype(ctx, doctype("Server Key", ("title", "Data"), ("secret", "Password"), istable=1))
        store_doctype(ctx, doctype("Server", ("secret", "Password"), ("keys", "Table", "Server Key"), allow_rename=1))
        single = doctype("Server Settings", ("secret", "Password"), ("keys", "Table", "Server Key"), issingle=1)
        store_doctype(ctx, single)
    yield made
    made.close()


@pytest.fixture
def client(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site)


def new(**row: Any) -> dict[str, Any]:
    return {"doctype": "Server", "secret": TEXT, "keys": [{"title": "a", "secret": TEXT, **row}]}


def kept(site: frappe_lite.Site, kind: str = "Server Key") -> list[tuple[str, str]]:
    """Whose secrets are kept: (name, field)."""
    rows = site.database.rows('SELECT name, fieldname FROM "__Auth" WHERE doctype = ? ORDER BY name', (kind,))
    return [tuple(row) for row in rows]


def text_of(site: frappe_lite.Site, name: str) -> str | None:
    """The text of a row's secret, as the code of an app reads it."""
    with site.acting() as ctx:
        row = document.load(ctx, "Server Key", name)
        text: str | None = row.get_password("secret", raise_exception=False)
        return text


DOORS = [
    pytest.param("POST /api/resource/Server", new(), 201, id="v1"),
    pytest.param("POST /api/v2/document/Server", new(), 201, id="v2"),
    pytest.param(f"POST {RPC}insert", {"doc": new()}, 200, id="client.insert"),
    pytest.param(f"POST {RPC}insert_many", {"docs": [new()]}, 200, id="client.insert_many"),
    pytest.param(f"POST {RPC}save", {"doc": {**new(), "__islocal": 1}}, 200, id="client.save"),
    pytest.param(
        "POST /api/method/frappe.desk.form.save.savedocs",
        {"doc": json.dumps({**new(), "__islocal": 1, "name": "new-server-1"}), "action": "Save"},
        200,
        id="a form",
    ),
]


@pytest.mark.parametrize(("request_line", "sent", "status"), DOORS)
def test_a_rows_secret_is_kept_apart(
    site: frappe_lite.Site, client: ApiClient, request_line: str, sent: dict[str, Any], status: int
) -> None:
    answer = client(request_line, sent)
    assert (answer.status_code, TEXT in answer.get_data(as_text=True)) == (status, False)
    (name, secret) = site.database.rows('SELECT name, secret FROM "tabServer Key" ORDER BY rowid DESC LIMIT 1')[0]
    assert (secret, text_of(site, name)) == (STARS, TEXT)


@pytest.fixture
def server(client: ApiClient) -> dict[str, Any]:
    """A stored Server with a row, as its client has read it."""
    read: dict[str, Any] = client("POST /api/resource/Server", new()).get_json()["data"]
    return read


@pytest.mark.parametrize(
    ("change", "shown", "text"),
    [
        pytest.param({}, STARS, TEXT, id="sent again as it was shown, it stays"),
        pytest.param({"title": "b"}, STARS, TEXT, id="another field changes"),
        pytest.param({"secret": "new"}, "***", "new", id="another text replaces it"),
        pytest.param({"secret": "**new**"}, "*******", "**new**", id="a text may hold stars"),
        pytest.param({"secret": ""}, "", None, id="emptied, it is forgotten"),
        pytest.param({"secret": None}, None, None, id="unset, it is forgotten"),
    ],
)
def test_a_stored_rows_secret(
    site: frappe_lite.Site, client: ApiClient, server: dict[str, Any], change: dict[str, Any],
    shown: str | None, text: str | None,
) -> None:  # fmt: skip
    row = {**server["keys"][0], **change}
    changed = client(f"PUT /api/resource/Server/{server['name']}", {"keys": [row]}).get_json()["data"]["keys"][0]
    assert (changed["name"], changed.get("secret"), text_of(site, row["name"])) == (row["name"], shown, text)


def test_a_row_that_is_added_has_a_secret_of_its_own(
    site: frappe_lite.Site, client: ApiClient, server: dict[str, Any]
) -> None:
    rows = [*server["keys"], {"title": "b", "secret": "another"}]
    changed = client(f"PUT /api/resource/Server/{server['name']}", {"keys": rows}).get_json()["data"]["keys"]
    assert [(row["secret"], text_of(site, row["name"])) for row in changed] == [(STARS, TEXT), ("*******", "another")]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda name: (f"PUT /api/resource/Server/{name}", {"keys": []}), id="the row is taken out"),
        pytest.param(lambda name: (f"DELETE /api/resource/Server/{name}", None), id="the document is deleted"),
    ],
)
def test_a_rows_secret_goes_with_the_row(
    site: frappe_lite.Site, client: ApiClient, server: dict[str, Any], end: Any
) -> None:
    name = server["keys"][0]["name"]
    assert (name, "secret") in kept(site)
    client(*end(server["name"]))
    assert (name, "secret") not in kept(site)


def test_who_takes_the_name_of_a_row_does_not_take_its_secret(
    site: frappe_lite.Site, client: ApiClient, server: dict[str, Any]
) -> None:
    taken = server["keys"][0]["name"]
    client(f"PUT /api/resource/Server/{server['name']}", {"keys": []})
    another = client("POST /api/resource/Server", {"secret": TEXT}).get_json()["data"]["name"]
    rows = [{"name": taken, "title": "b", "secret": STARS}]
    made = client(f"PUT /api/resource/Server/{another}", {"keys": rows}).get_json()["data"]["keys"][0]
    assert (made["name"], text_of(site, taken)) == (taken, None)


def test_a_row_keeps_its_secret_when_its_document_is_renamed(
    site: frappe_lite.Site, client: ApiClient, server: dict[str, Any]
) -> None:
    words = {"doctype": "Server", "old_name": server["name"], "new_name": f"{server['name']}-renamed"}
    assert client(f"POST {RPC}rename_doc", words).status_code == 200
    assert text_of(site, server["keys"][0]["name"]) == TEXT


def test_a_single_has_rows_with_secrets_too(site: frappe_lite.Site, client: ApiClient) -> None:
    sent = {"secret": TEXT, "keys": [{"title": "a", "secret": TEXT}]}
    answer = client("PUT /api/resource/Server Settings/Server Settings", sent).get_json()["data"]
    assert (answer["secret"], answer["keys"][0]["secret"]) == (STARS, STARS)
    assert text_of(site, answer["keys"][0]["name"]) == TEXT
    assert kept(site, "Server Settings") == [("Server Settings", "secret")]


def test_what_is_remembered_of_a_change_tells_no_secret(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        store_doctype(ctx, {**doctype("Watched", ("keys", "Table", "Server Key")), "track_changes": 1})
        doc = document.new(ctx, {"doctype": "Watched", "keys": [{"secret": TEXT}]}).insert()
        doc.keys[0].secret = "another"
        doc.append("keys", {"secret": TEXT})
        doc.save()
        document.delete(ctx, "Watched", doc.name)
        told = [
            *site.database.rows('SELECT data FROM "tabVersion"'),
            *site.database.rows('SELECT data FROM "tabDeleted Document"'),
        ]
    assert told and not any(TEXT in row[0] or "another" in row[0] for row in told)
