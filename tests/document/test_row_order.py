"""In which order the rows of a child table stand: as they were sent where no idx says otherwise, whatever the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.context import Context

RESOURCE, V2 = "/api/resource/Task", "/api/v2/document/Task"


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    """The conformance app. Tests add documents, and look at their own."""
    made = AppSite()
    yield made
    made.close()


@pytest.fixture
def task(world: frappe_lite.Site) -> dict[str, Any]:
    """A stored Task with the rows a, b and c."""
    with world.acting() as ctx:
        made = document.new(ctx, {"doctype": "Task", "subject": "s", "checklist": [{"item": each} for each in "abc"]})
        return dict(made.insert().as_dict())


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        pytest.param(["c", "a", "b"], "cab", id="without idx they stand as they were sent"),
        pytest.param(["new", "c", "b", "a"], "newcba", id="a new one before those that were there"),
        pytest.param([("a", 3), ("b", 2), ("c", 1)], "cba", id="an idx says where a row stands"),
        pytest.param([("c", 0), ("b", None), ("a", "")], "cba", id="an idx of nothing says nothing"),
        pytest.param([("b", "2"), ("a", "1")], "ab", id="an idx may be text, and who is left out goes"),
    ],
)
@pytest.mark.parametrize(
    "door",
    [
        pytest.param(lambda doc: (f"PUT {RESOURCE}/{doc['name']}", {"checklist": doc["checklist"]}), id="version 1"),
        pytest.param(lambda doc: (f"PATCH {V2}/{doc['name']}", {"checklist": doc["checklist"]}), id="version 2"),
        pytest.param(lambda doc: ("POST /api/method/frappe.client.save", {"doc": doc}), id="frappe.client.save"),
        pytest.param(
            lambda doc: ("POST /api/method/frappe.desk.form.save.savedocs", {"doc": doc, "action": "Save"}),
            id="savedocs",
        ),
    ],
)
def test_rows_stand_as_they_were_sent(
    world: frappe_lite.Site, task: dict[str, Any], door: Any, sent: list[Any], wanted: str
) -> None:
    names = {row["item"]: row["name"] for row in task["checklist"]}
    pairs = [each if isinstance(each, tuple) else (each,) for each in sent]
    rows = [
        {
            "item": item,
            **({"name": names[item]} if item in names else {}),
            **({"idx": idx[0]} if idx else {}),
        }
        for item, *idx in pairs
    ]
    client = ApiClient(world)
    answer = client(*door({**task, "checklist": rows}))
    assert answer.status_code == 200, answer.text
    stored = client(f"GET {V2}/{task['name']}").json["data"]["checklist"]
    assert "".join(row["item"] for row in stored) == wanted
    assert [row["idx"] for row in stored] == list(range(1, len(rows) + 1))
    assert {row["item"]: row["name"] for row in stored if row["item"] in names}.items() <= names.items()


@pytest.mark.parametrize(
    ("position", "wanted"),
    [
        pytest.param(0, "nabc", id="first"),
        pytest.param(2, "abnc", id="between"),
        pytest.param(-1, "abcn", id="last, as where none is said"),
        pytest.param(99, "abcn", id="beyond the end is the end"),
    ],
)
def test_app_code_appends_a_row_where_it_wants_it(ctx: Context, position: int, wanted: str) -> None:
    doc = document.new(ctx, {"doctype": "Task", "subject": "s", "checklist": [{"item": each} for each in "abc"]})
    row = doc.append("checklist", {"item": "n"}, position=position)
    doc.insert()
    assert row.idx == wanted.index("n") + 1
    stored = document.load(ctx, "Task", doc.name).checklist
    assert "".join(each.item for each in stored) == wanted
    assert [each.idx for each in stored] == [1, 2, 3, 4]
