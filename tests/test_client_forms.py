"""How clients that have no test of their own put their requests: one row a form, by whose it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

HALF = {"fields": '["name"]', "order_by": "name"}


class Office(BaseOffice):
    """Two ToDos, T1 of low priority; each test makes what it changes."""

    users = {"ann": ("System Manager",)}

    def fill(self, ctx: Context) -> None:
        for name, priority in (("T1", "Low"), ("T2", "High")):
            values = {"doctype": "ToDo", "description": name, "priority": priority}
            document.new(ctx.as_user("ann@x.org"), values).insert(set_name=name)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param({"priority": ["=", "Low"]}, ["T1"], id="erpnext_client (Rust): a pair a field"),
        pytest.param({"priority": ["not in", ["Low", "Medium"]]}, ["T2"], id="erpnext_client: not in"),
        pytest.param({"color": ["is", "not set"]}, ["T1", "T2"], id="erpnext_client: not set"),
        pytest.param({"idx": [">=", 0.0]}, ["T1", "T2"], id="erpnext_client: every number with a fraction"),
        pytest.param({"docstatus": ["=", False]}, ["T1", "T2"], id="erpnext_client: a boolean"),
        pytest.param({}, ["T1", "T2"], id="erpnext_client: none as an object"),
        pytest.param([["ToDo", "priority", "=", "Low"]], ["T1"], id="n8n, go-frappe-client: with the DocType"),
        pytest.param({"name": "T2"}, ["T2"], id="erpnext-mcp: a value a field"),
    ],
)
def test_filters(office: Office, filters: Any, names: list[str]) -> None:
    params = {**HALF, "filters": json.dumps(filters), "limit_page_length": 1000, "limit_start": 0}
    answer = office.clients["ann"].get("/api/resource/ToDo", query_string=params)
    assert [each["name"] for each in answer.json["data"]] == names


@pytest.mark.parametrize(
    ("path", "params", "names"),
    [
        pytest.param("/api/resource/ToDo/", {"limit_page_length": "1"}, ["T1"], id="py-frappe-client: a slash at the end"),
        pytest.param("/api/resource/ToDo", {"limit_page_length": "\n"}, ["T1", "T2"], id="go-frappe-client: 10 as a character"),
        pytest.param("/api/resource/ToDo", {"limit_start": 999, "limit_page_length": 1000}, [], id="n8n: pages that overlap"),
    ],
)  # fmt: skip
def test_pages(office: Office, path: str, params: dict[str, Any], names: list[str]) -> None:
    answer = office.clients["ann"].get(path, query_string={**HALF, **params})
    assert (answer.status_code, [each["name"] for each in answer.json["data"]]) == (200, names)


@pytest.mark.parametrize(
    "data", [{"description": "new"}, '{"description": "new"}'], ids=["erpnext_client", "erpnext-mcp"]
)
def test_a_document_within_data(office: Office, data: Any) -> None:
    ask = office.clients["ann"]
    made = ask("POST /api/resource/ToDo", {"data": data}).json["data"]
    assert (made["description"], made["status"]) == ("new", "Open")
    changed = {"priority": "High"} if isinstance(data, dict) else '{"priority": "High"}'
    answer = ask(f"PUT /api/resource/ToDo/{made['name']}", {"data": changed}).json["data"]
    assert (answer["description"], answer["priority"]) == ("new", "High")
    assert ask(f"DELETE /api/resource/ToDo/{made['name']}").status_code == 202


def test_n8n_finds_the_fields_of_a_doctype_first_among_its_docs(office: Office) -> None:
    answer = office.clients["ann"].get("/api/method/frappe.desk.form.load.getdoctype?doctype=Custom%20Field")
    found = answer.json["docs"][0]
    assert found["name"] == "Custom Field"
    assert {"dt", "label", "fieldname"} <= {
        each["fieldname"] for each in found["fields"] if isinstance(each["label"], str)
    }


def test_erpnext_mcp_reads_fields_as_documents(office: Office) -> None:
    params = {
        "doctype": "DocField", "filters": '{"parent": "ToDo"}', "fields": '["fieldname", "fieldtype", "reqd", "options"]',
        "limit_page_length": "0",
    }  # fmt: skip
    found = office.clients["admin"].get("/api/method/frappe.client.get_list", query_string=params).json["message"]
    assert {"fieldname": "allocated_to", "fieldtype": "Link", "reqd": 0, "options": "User"} in found
