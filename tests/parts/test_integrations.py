"""Integration Requests: what apps ask of other servers, by whom they are made and read, and how they end."""

from __future__ import annotations

import json
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.face.web_answers import create_request_log
from frappe_lite.site import Site

MADE = [
    pytest.param({"data": {"amount": 3}, "service_name": "Bank"}, {"integration_request_service": "Bank", "status": "Queued", "data": {"amount": 3}}, id="what is asked"),
    pytest.param({"data": {}, "integration_type": "Remote"}, {"is_remote_request": 1}, id="asked of a server"),
    pytest.param({"data": {}, "integration_type": "Subscription Notification"}, {
        "request_description": "Subscription Notification", "is_remote_request": 0}, id="told by a server"),
    pytest.param({"data": {}, "name": "pay_1"}, {"name": "pay_1"}, id="a name of the other server's"),
    pytest.param({"data": '{"reference_doctype": "Note", "reference_docname": "n"}'}, {
        "reference_doctype": "Note", "reference_docname": "n"}, id="about a document that the data names"),
    pytest.param({"data": {}, "reference_doctype": "ToDo"}, {"reference_doctype": "ToDo"}, id="or the caller"),
    pytest.param({"data": {}, "status": "Authorized", "error": {"code": 5}}, {"status": "Authorized", "error": {"code": 5}}, id="how it stands already"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), MADE)
def test_what_is_kept(site: Site, given: dict[str, Any], wanted: dict[str, Any]) -> None:
    with site.acting("Guest"):  # who pays has no account
        name = create_request_log(**given).name
    with site.acting():
        kept = frappe_lite.get_doc("Integration Request", name).as_dict()
    found = {key: json.loads(kept[key]) if isinstance(value, dict) else kept[key] for key, value in wanted.items()}
    assert found == wanted


ENDS = [
    pytest.param("handle_success", ({"id": 1},), {"status": "Completed", "output": {"id": 1}}, id="well"),
    pytest.param("handle_success", ('{"id": 1}',), {"status": "Completed", "output": {"id": 1}}, id="in a text"),
    pytest.param("handle_failure", ({"why": "no"},), {"status": "Failed", "error": {"why": "no"}}, id="not well"),
    pytest.param("update_status", ({"b": 2}, "Authorized"), {"status": "Authorized", "data": {"a": 1, "b": 2}}, id="not yet"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given", "wanted"), ENDS)
def test_how_it_ends(site: Site, method: str, given: Any, wanted: dict[str, Any]) -> None:
    with site.acting():
        name = create_request_log({"a": 1}, service_name="Bank").name
        getattr(frappe_lite.get_doc("Integration Request", name), method)(*given)
    with site.acting():
        kept = frappe_lite.get_doc("Integration Request", name).as_dict()
    assert {key: json.loads(kept[key]) if key != "status" else kept[key] for key in wanted} == wanted


def test_it_is_kept_whatever_becomes_of_the_request(site: Site) -> None:
    with pytest.raises(KeyError), site.acting():
        create_request_log({"a": 1})
        raise KeyError
    with site.acting():
        assert frappe_lite.db.count("Integration Request") == 1


@pytest.mark.parametrize(
    ("verb", "user", "status"),
    [
        pytest.param("GET", "Administrator", 200, id="System Managers read them"),
        pytest.param("GET", None, 403, id="guests do not"),
        pytest.param("POST", None, 403, id="nor make any"),
    ],
)
def test_who_may(site: Site, verb: str, user: str | None, status: int) -> None:
    answer = ApiClient(site, user)(f"{verb} /api/resource/Integration Request", {} if verb == "POST" else None)
    assert answer.status_code == status, answer.text
