"""Document Naming Rules: the site's own names, by priority and condition. And what is deleted, brought back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.errors import ValidationError
from frappe_lite.query import Condition
from frappe_lite.site import Site


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = AppSite()
    yield made
    made.close()


def rule(ctx: Context, **values: Any) -> Any:
    given = {"document_type": "Task", "prefix": "R-", "prefix_digits": 3, **values}
    return document.new(ctx, {"doctype": "Document Naming Rule", **given}).insert()


def task(ctx: Context, **values: Any) -> Any:
    return document.new(ctx, {"doctype": "Task", "subject": "x", **values}).insert()


OPEN = {"field": "status", "condition": "=", "value": "open"}
MANY = {"field": "points", "condition": ">", "value": "3"}


@pytest.mark.parametrize(
    ("rules", "values", "begins"),
    [
        pytest.param([{}], {}, "R-001", id="its prefix and its number"),
        pytest.param([{"prefix": "{status}."}], {}, "Open001", id="fields in it"),
        pytest.param([{"disabled": 1}], {}, "TASK-", id="not where it is disabled"),
        pytest.param([{"document_type": "Project"}], {}, "TASK-", id="nor for another DocType"),
        pytest.param([{"conditions": [OPEN]}], {}, "R-001", id="where its condition holds, in any letters"),
        pytest.param([{"conditions": [OPEN]}], {"status": "Working"}, "TASK-", id="not where it does not"),
        pytest.param([{"conditions": [OPEN, MANY]}], {"points": 3}, "TASK-", id="all of them"),
        pytest.param([{"conditions": [OPEN, MANY]}], {"points": 10}, "R-001", id="numbers by size"),
        pytest.param(
            [{"conditions": [{**MANY, "condition": "=", "value": "0"}]}], {}, "R-001", id="an unset number is 0"
        ),
        pytest.param([{"prefix": "A-"}, {"prefix": "B-", "priority": 1}], {}, "B-001", id="the most important first"),
    ],
)
def test_which_rule_names(ctx: Context, rules: list[dict[str, Any]], values: dict[str, Any], begins: str) -> None:
    for each in rules:
        rule(ctx, **each)
    assert task(ctx, **values).name.startswith(begins)


def test_it_counts_by_itself(ctx: Context) -> None:
    made = rule(ctx)
    assert [task(ctx).name for _ in range(3)] == ["R-001", "R-002", "R-003"]
    assert document.load(ctx, made.doctype, made.name).counter == 3
    made.delete()
    assert task(ctx).name.startswith("TASK-")


def test_a_condition_is_on_a_field(ctx: Context) -> None:
    with pytest.raises(ValidationError, match="is not a field of doctype Task"):
        rule(ctx, conditions=[{**OPEN, "field": "nothing"}])


# --- deleted documents ---

RESTORE = "POST /api/method/frappe.core.doctype.deleted_document.deleted_document.restore"


def kept(site: Site, doctype: str) -> list[dict[str, Any]]:
    with site.acting() as ctx:
        about = Condition("deleted_doctype = ?", (doctype,))
        return ctx.store.find(ctx.meta("Deleted Document"), about, ("name", "deleted_name", "restored", "new_name"))


def test_what_was_deleted_comes_back(app_site: Site) -> None:
    client = ApiClient(app_site)
    body = {"subject": "gone", "checklist": [{"item": "a"}, {"item": "b"}]}
    name = client("POST /api/resource/Task", body).get_json()["data"]["name"]
    assert client(f"DELETE /api/resource/Task/{name}").status_code == 202
    [gone] = kept(app_site, "Task")
    assert (gone["deleted_name"], gone["restored"]) == (name, 0)
    assert client(RESTORE, {"name": gone["name"]}).status_code == 200
    back = client(f"GET /api/resource/Task/{name}").get_json()["data"]
    assert (back["subject"], [row["item"] for row in back["checklist"]]) == ("gone", ["a", "b"])
    assert (kept(app_site, "Task")[0]["restored"], kept(app_site, "Task")[0]["new_name"]) == (1, name)
    assert client(RESTORE, {"name": gone["name"]}).get_json()["exc_type"] == "DocumentAlreadyRestored"
    answer = client(f"{RESTORE.replace('.restore', '.bulk_restore')}", {"docnames": [gone["name"]]}).get_json()
    assert answer["message"] == {"restored": [], "invalid": [gone["name"]], "failed": []}


@pytest.mark.parametrize(
    ("doctype", "values"),
    [
        pytest.param("DocShare", {"user": "Guest", "share_doctype": "Note", "everyone": 1, "read": 1}, id="a share"),
    ],
)
def test_what_nobody_brings_back_is_not_kept(app_site: Site, doctype: str, values: dict[str, Any]) -> None:
    with app_site.acting() as ctx:
        note = document.new(ctx, {"doctype": "Note", "title": "x"}).insert()
        made = document.new(ctx.trusted(), {"doctype": doctype, "share_name": note.name, **values}).insert()
        made.delete(ignore_permissions=True)
    assert kept(app_site, doctype) == []
