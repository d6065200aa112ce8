"""Virtual DocTypes: kept by their controller, reached like any other."""

from __future__ import annotations

from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.site import Site

VIRTUAL = {
    "doctype": "DocType", "name": "Planet", "module": "Custom", "is_virtual": 1,
    "fields": [{"fieldname": "title", "fieldtype": "Data"}, {"fieldname": "moons", "fieldtype": "Int"}],
    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
}  # fmt: skip


class Planet(frappe_lite.Document):
    kept: dict[str, dict[str, Any]] = {}

    def db_insert(self, *args: Any, **kwargs: Any) -> None:
        self.kept[self.name] = {"name": self.name, "title": self.title, "moons": self.moons}

    def load_from_db(self) -> None:
        if self.name not in self.kept:
            raise frappe_lite.DoesNotExistError.told(f"Planet {self.name} not found")
        super(frappe_lite.Document, self).__init__({"doctype": "Planet", **self.kept[self.name]})

    def db_update(self, *args: Any, **kwargs: Any) -> None:
        self.db_insert()

    def delete(self, *args: Any, **kwargs: Any) -> None:
        del self.kept[self.name]

    @staticmethod
    def get_list(args: Any) -> list[dict[str, Any]]:
        return [frappe_lite._dict(each) for each in Planet.kept.values()][
            args.start : args.start + (args.page_length or 99)
        ]

    @staticmethod
    def get_count(filters: Any = None, **kwargs: Any) -> int:
        return len(Planet.kept)


@pytest.fixture
def client(site: Site) -> ApiClient:
    with site.acting():
        frappe_lite.get_doc(VIRTUAL).insert()
        frappe_lite.get_doc({"doctype": "DocType", "name": "Probe", "module": "Custom", "custom": 1, "fields": [
            {"fieldname": "planet", "fieldtype": "Link", "options": "Planet"}], "permissions": VIRTUAL["permissions"]}).insert()  # fmt: skip
    Planet.kept = {"mars": {"name": "mars", "title": "Mars", "moons": 2}}
    site.controllers["Planet"] = Planet
    return ApiClient(site)


@pytest.mark.parametrize("root", ["/api/resource/Planet", "/api/v2/document/Planet"])
def test_a_virtual_document_has_the_whole_life(client: ApiClient, root: str) -> None:
    made = client(f"POST {root}", {"title": "Venus", "moons": "0"})
    name = made.json["data"]["name"]
    assert (made.status_code, Planet.kept[name]) == (201, {"name": name, "title": "Venus", "moons": 0})
    assert client(f"GET {root}/{name}").json["data"]["title"] == "Venus"
    changed = client(f"PUT {root}/{name}", {"moons": 1})
    assert (changed.status_code, Planet.kept[name]["moons"]) == (200, 1)
    assert {row["name"] for row in client(f"GET {root}").json["data"]} == {"mars", name}
    assert client(f"DELETE {root}/{name}").status_code == 202
    assert set(Planet.kept) == {"mars"}
    assert client(f"GET {root}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("request_line", "answer"),
    [
        ("GET /api/v2/doctype/Planet/count", {"data": 1}),
        ("GET /api/method/frappe.client.get_count?doctype=Planet", {"message": 1}),
        ("GET /api/resource/Planet?limit_start=1", {"data": []}),
    ],
)
def test_its_controller_lists_and_counts(client: ApiClient, request_line: str, answer: Any) -> None:
    assert client(request_line).json == answer


def test_it_has_no_table_and_links_to_it_are_not_looked_up(client: ApiClient) -> None:
    assert "tabPlanet" not in client.site.store.document_tables()
    assert client("POST /api/resource/Probe", {"planet": "pluto"}).status_code == 201


def test_app_code_lists_it(client: ApiClient) -> None:
    with client.site.acting():
        assert frappe_lite.get_all("Planet", pluck="title") == ["Mars"]
        assert frappe_lite.get_all("Planet")[0].moons == 2


def test_who_may_not_read_does_not_list(client: ApiClient, new_user: Any) -> None:
    ann = new_user(client.site, "ann@example.com")
    assert [
        ann(f"GET {path}").status_code
        for path in ("/api/resource/Planet", "/api/v2/doctype/Planet/count", "/api/resource/Planet/mars")
    ] == [403, 403, 403]
    assert ann("DELETE /api/resource/Planet/mars").status_code == 403
    assert "mars" in Planet.kept


@pytest.mark.parametrize(
    ("request_line", "body", "missing"),
    [
        ("GET /api/resource/Planet", None, "get_list()"),
        ("GET /api/v2/doctype/Planet/count", None, "get_count()"),
        ("POST /api/resource/Planet", {"title": "x"}, "db_insert()"),
        ("GET /api/resource/Planet/mars", None, "load_from_db()"),
    ],
)
def test_a_controller_that_lacks_a_method_is_told(
    client: ApiClient, request_line: str, body: Any, missing: str
) -> None:
    client.site.controllers["Planet"] = frappe_lite.Document
    answer = client(request_line, body)
    assert (answer.status_code, missing in answer.text) == (417, True)
