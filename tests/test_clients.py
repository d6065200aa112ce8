"""Real clients from their registries, against a live server: frappe-client (PyPI) and frappe-js-sdk (npm)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from frappeclient import FrappeClient
from werkzeug.serving import make_server

import frappe_lite
from conftest import AppSite
from frappe_lite.access import auth

HERE = Path(__file__).parent
SDK_FOLDER = HERE.parent / ".venv" / "js"
PASSWORD = "Administrator-1"


@dataclass
class Live:
    """A server on a free port, and the Administrator's key."""

    site: frappe_lite.Site
    url: str
    key: str
    secret: str


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    site = AppSite()
    auth.first_password(site, PASSWORD)
    with site.acting() as ctx:
        key, secret = auth.generate_keys(ctx, "Administrator")
    server = make_server("127.0.0.1", 0, frappe_lite.App(site), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Live(site, f"http://127.0.0.1:{server.port}", key, secret)
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


@pytest.fixture(params=["by password", "by key"])
def frappe_client(live: Live, request: pytest.FixtureRequest) -> Iterator[Any]:
    client = FrappeClient(live.url)
    if request.param == "by password":
        client.login("Administrator", PASSWORD)
    else:
        client.authenticate(live.key, live.secret)
    yield client
    client.session.close()


class TestFrappeClient:
    def test_a_document_lives_and_goes(self, frappe_client: Any) -> None:
        made = frappe_client.insert(
            {"doctype": "Task", "subject": "from frappe-client", "checklist": [{"item": "one"}]}
        )
        assert (made["status"], made["checklist"][0]["item"]) == ("Open", "one")
        assert frappe_client.get_doc("Task", made["name"])["subject"] == "from frappe-client"
        made["status"] = "Completed"
        assert frappe_client.update(made)["status"] == "Completed"
        assert frappe_client.get_value("Task", "status", {"name": made["name"]}) == {"status": "Completed"}
        frappe_client.set_value("Task", made["name"], "priority", "High")
        assert frappe_client.get_list("Task", fields=["priority"], filters={"name": made["name"]}) == [
            {"priority": "High"}
        ]
        frappe_client.delete("Task", made["name"])
        assert frappe_client.get_list("Task", filters={"name": made["name"]}) == []

    def test_a_document_is_submitted_and_cancelled(self, frappe_client: Any) -> None:
        made = frappe_client.insert({"doctype": "Invoice", "customer": "C", "items": [{"item": "a", "rate": 5}]})
        made["docstatus"] = 1
        assert frappe_client.update(made)["docstatus"] == 1
        assert frappe_client.cancel("Invoice", made["name"])["docstatus"] == 2

    def test_a_document_is_renamed(self, frappe_client: Any) -> None:
        frappe_client.insert({"doctype": "Project", "title": "Old Title"})
        assert frappe_client.rename_doc("Project", "Old Title", "New Title") == "New Title"
        frappe_client.delete("Project", "New Title")

    def test_a_method_is_called(self, frappe_client: Any) -> None:
        assert frappe_client.get_api("conformance.api.add", {"a": 2, "b": 3}) == 5
        assert frappe_client.post_api("conformance.api.only_post") == "posted"

    def test_a_refusal_is_an_exception_of_the_client(self, frappe_client: Any) -> None:
        with pytest.raises(Exception, match="MandatoryError"):
            frappe_client.insert({"doctype": "Task"})

    def test_a_missing_document_is_none(self, frappe_client: Any) -> None:
        """A 404 carries no `exc`, which is all that this client looks at."""
        assert frappe_client.get_doc("Task", "nothing") is None


@pytest.mark.skipif(
    not shutil.which("node") or not SDK_FOLDER.exists(), reason="needs Node and npm, which `make test` then uses"
)
def test_frappe_js_sdk(live: Live) -> None:
    environment = {
        **os.environ,
        "FRAPPE_URL": live.url,
        "FRAPPE_TOKEN": f"{live.key}:{live.secret}",
        "FRAPPE_PASSWORD": PASSWORD,
        "SDK_FOLDER": str(SDK_FOLDER),
    }
    run = subprocess.run(
        ["node", str(HERE / "clients" / "sdk.mjs")], env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    invalid = json.loads(run.stdout)
    assert invalid.pop("invalid")["status"] == 417
    assert invalid == {
        "user": "Administrator",
        "created": ["from the SDK", "High", "Open"],
        "read": True,
        "listed": [{"description": "from the SDK"}],
        "counted": 1,
        "updated": "Closed",
        "value": "Low",
        "call": {"priority": "Low"},
        "search": "System Manager",
        "file": [1, True],
        "missing": 404,
        "wrongToken": 401,
        "login": "Logged In",
        "wrongPassword": 401,
    }
