"""The search through everything: what is found, by whom, and that the index follows what was written."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.parts import desk, global_search

SEARCH, FIND = "frappe.utils.global_search.search", "frappe_lite.desk.find"
RULES = [
    {"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1},
    {"role": "Desk User", "read": 1, "if_owner": 1},
]


def field(name: str, kind: str = "Data", **more: Any) -> dict[str, Any]:
    return {"fieldname": name, "fieldtype": kind, "label": name.title(), **more}


def doctype(name: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    rules = [] if more.get("istable") else RULES
    return {
        "doctype": "DocType",
        "name": name,
        "module": "Custom",
        "custom": 1,
        "fields": list(fields),
        "permissions": rules,
        **more,
    }


FOUND = {"in_global_search": 1}
DOCTYPES = (
    doctype("Part", field("part", **FOUND), field("maker"), istable=1),
    doctype(
        "Machine", field("title", **FOUND), field("notes", "Text Editor", **FOUND), field("price", **FOUND, permlevel=1), field("place"),
        field("parts", "Table", options="Part"), field("disabled", "Check"),
        title_field="title", is_submittable=1, autoname="field:title",
    ),
    doctype("Room", field("title"), show_name_in_global_search=1, autoname="field:title"),
    doctype("Secret Plan", field("title"), autoname="field:title"),
)  # fmt: skip
MACHINES = (
    {"title": "Pump", "notes": "<p>Draws <b>water</b>, <i>Grüße</i></p>", "price": "thousands", "place": "cellar", "parts": [{"part": "valve", "maker": "acme"}]},
    {"title": "Water mill", "notes": "grinds"},
    {"title": "Drill", "notes": "water cooled", "disabled": 1},
)  # fmt: skip


def fill(ctx: Context) -> None:
    for each in DOCTYPES:
        document.new(ctx, each).insert()
    for machine in MACHINES:
        document.new(ctx, {"doctype": "Machine", **machine}).insert()
    for kind in ("Room", "Secret Plan"):
        document.new(ctx, {"doctype": kind, "title": "Water room"}).insert()


@pytest.fixture
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site(":memory:")
    with made.acting() as ctx:
        fill(ctx)
    yield made
    made.close()


def search(site: frappe_lite.Site, text: str, who: str = "Administrator", **more: Any) -> list[tuple[str, Any]]:
    answer = ApiClient(site, who)(f"GET /api/method/{SEARCH}", query_string={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return [(row["doctype"], row["name"]) for row in answer.get_json()["message"]]


PUMP, MILL, ROOM = ("Machine", "Pump"), ("Machine", "Water mill"), ("Room", "Water room")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("water", {PUMP, MILL, ROOM}, id="a word of any DocType; what is switched off is not found"),
        pytest.param("WAT", {PUMP, MILL, ROOM}, id="as it is typed"),
        pytest.param("water pump", {PUMP}, id="all of the words, in any field"),
        pytest.param("gruss", set(), id="another word"),
        pytest.param("grusse", set(), id="an ß is no ss"),
        pytest.param("gruße", {PUMP}, id="without its marks"),
        pytest.param("valve", {PUMP}, id="a child row"),
        pytest.param("acme", set(), id="a field of a child row that is not searched"),
        pytest.param("cellar", set(), id="a field that is not searched"),
        pytest.param("thousands", set(), id="a field of a level that not everybody reads"),
        pytest.param("grinds & valve", {PUMP, MILL}, id="one or the other"),
        pytest.param("", set(), id="nothing"),
        pytest.param("\"'*()-", set(), id="signs that are no words"),
        pytest.param("water OR nothing", set(), id="words of the index's own language are words"),
        pytest.param("plan", set(), id="a DocType that is not searched"),
    ],
)  # fmt: skip
def test_what_is_found(site: frappe_lite.Site, text: str, expected: set[tuple[str, str]]) -> None:
    assert set(search(site, text)) == expected


def test_what_is_told(site: frappe_lite.Site) -> None:
    [row] = ApiClient(site)(f"GET /api/method/{SEARCH}", query_string={"text": "pump"}).get_json()["message"]
    assert row.pop("rank") > 0
    told = "Title : Pump ||| Notes : Draws water, Grüße"
    assert row == {"doctype": "Machine", "name": "Pump", "title": "Pump", "content": told}


@pytest.mark.parametrize(
    ("more", "count"),
    [({}, 3), ({"limit": 2}, 2), ({"start": 2}, 1), ({"doctype": "Room"}, 1), ({"doctype": "Secret Plan"}, 0)],
)
def test_pages_and_doctypes(site: frappe_lite.Site, more: dict[str, Any], count: int) -> None:
    assert len(search(site, "water", **more)) == count


def test_the_index_follows_what_is_written(site: frappe_lite.Site) -> None:
    assert search(site, "pump") == [PUMP]
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Machine", "title": "Bilge pump"}).insert()
        pump = document.load(ctx, "Machine", "Pump")
        pump.notes, pump.parts = "moves oil", []
        pump.save()
    assert set(search(site, "pump")) == {PUMP, ("Machine", "Bilge pump")}
    assert (search(site, "oil"), search(site, "valve")) == ([PUMP], [])
    with site.acting() as ctx:
        document.delete(ctx, "Machine", "Bilge pump")
        ctx.store.database.execute("UPDATE tabMachine SET notes = 'by another program' WHERE name = 'Water mill'")
        document.load(ctx, "Machine", "Pump").submit()
    assert (search(site, "bilge"), search(site, "another program")) == ([], [MILL])
    with site.acting() as ctx:
        document.load(ctx, "Machine", "Pump").cancel()
    assert search(site, "pump") == [], "what is cancelled is not found"


def test_another_field_is_searched_from_then_on(site: frappe_lite.Site) -> None:
    assert search(site, "acme") == []
    with site.acting() as ctx:
        part = document.load(ctx, "DocType", "Part")
        part.fields[1].in_global_search = 1
        part.save()
        plan = document.load(ctx, "DocType", "Secret Plan")
        plan.show_name_in_global_search = 1
        plan.save()
        room = document.load(ctx, "DocType", "Room")
        room.show_name_in_global_search = 0
        room.save()
    assert search(site, "acme") == [PUMP]
    assert set(search(site, "room")) == {("Secret Plan", "Water room")}


def test_only_what_one_may_read(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        for user in ("ann@x.org", "bob@x.org"):
            document.new(
                ctx,
                {
                    "doctype": "User",
                    "email": user,
                    "first_name": "P",
                    "user_type": "System User",
                    "roles": [{"role": "Desk User"}],
                },
            ).insert()
        document.new(ctx, {"doctype": "Machine", "title": "Water of Ann"}).insert()
        ctx.store.database.execute("UPDATE tabMachine SET owner = 'ann@x.org' WHERE name = 'Water of Ann'")
    assert search(site, "water", "ann@x.org") == [("Machine", "Water of Ann")]
    assert search(site, "water", "bob@x.org") == []
    assert ApiClient(site, None)(f"GET /api/method/{SEARCH}", query_string={"text": "water"}).status_code == 403


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        pytest.param({"read": 1}, [("Machine", "Pump")], id="who may read"),
        pytest.param({"read": 0, "select": 1}, [], id="who may only choose from a list learns nothing by words"),
    ],
)
def test_words_are_for_readers(site: frappe_lite.Site, rights: dict[str, int], expected: list[Any]) -> None:
    admin = ApiClient(site)
    assert admin("POST /api/resource/Role", {"role_name": "Picker"}).status_code == 201
    rules = {"permissions": [*RULES, {"role": "Picker", **rights}]}
    assert admin("PUT /api/resource/DocType/Machine", rules).status_code == 200
    user = {"email": "pia@x.org", "first_name": "Pia", "roles": [{"role": "Picker"}]}
    assert admin("POST /api/resource/User", user).status_code == 201
    assert search(site, "draws", "pia@x.org") == expected


def test_who_may_read_few_of_many_hits_finds_them(site: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(global_search, "CANDIDATES", 2)
    with site.acting() as ctx:
        document.new(
            ctx, {"doctype": "User", "email": "ann@x.org", "first_name": "Ann", "roles": [{"role": "Desk User"}]}
        ).insert()
        for number in range(9):
            document.new(ctx, {"doctype": "Machine", "title": f"Lathe {number}"}).insert()
        ctx.store.database.execute("UPDATE tabMachine SET owner = 'ann@x.org' WHERE name = 'Lathe 0'")
    assert search(site, "lathe", "ann@x.org", limit=1) == [("Machine", "Lathe 0")]
    assert len(search(site, "lathe", limit=9)) == 9


def test_a_large_site_is_indexed_in_portions(site: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(global_search, "PORTION", 2)
    ctx = site.new_context(user="Administrator")
    index = global_search.index_of(site)
    assert index.refresh(ctx, 0.0) is False, "no time: nothing yet"
    assert index.refresh(ctx, 60.0) is True
    assert set(search(site, "water")) == {PUMP, MILL, ROOM}
    with site.acting() as acting:
        for number in range(5):
            document.new(acting, {"doctype": "Room", "title": f"Attic {number}"}).insert()
    assert len(search(site, "attic")) == 5


def test_the_file_is_the_owners_and_that_of_another_database_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    for round_ in ("one", "two"):
        for each in tmp_path.glob("site.db*"):
            if not each.name.endswith("search.db"):
                each.unlink()
        site = frappe_lite.Site(str(path))
        with site.acting() as ctx:
            document.new(ctx, doctype("Room", field("title", **FOUND))).insert()
            for number in range(3):
                document.new(ctx, {"doctype": "Room", "title": f"{round_} {number}"}).insert()
        index = tmp_path / "site.db-global-search.db"
        assert index.exists() == (round_ == "two"), "who never searches has none"
        assert len(search(site, round_)) == 3
        assert search(site, "one" if round_ == "two" else "two") == []
        assert stat.S_IMODE(index.stat().st_mode) == 0o600
        site.close()


def test_while_another_process_writes_the_index_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = frappe_lite.Site(str(tmp_path / "site.db"))
    with site.acting() as ctx:
        fill(ctx)
    assert search(site, "pump") == [PUMP]
    other = sqlite3.connect(tmp_path / "site.db-global-search.db")
    other.execute("BEGIN IMMEDIATE")
    global_search.index_of(site).opened().execute("PRAGMA busy_timeout = 1")
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Machine", "title": "Bilge pump"}).insert()
    assert search(site, "pump") == [PUMP]
    other.rollback()
    other.close()
    assert len(search(site, "pump")) == 2
    site.close()


def test_the_desk_finds_what_is_searched_first_and_the_others_by_name(
    site: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "FIND_SECONDS", 60)
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Note", "title": "Water bill"}).insert()
    found = ApiClient(site)(f"GET /api/v2/method/{FIND}", query_string={"text": "water"}).get_json()["data"]
    kinds = [row["doctype"] for row in found]
    assert set(kinds) == {"Machine", "Room", "Note", "Secret Plan"}
    assert max(kinds.index("Machine"), kinds.index("Room")) < min(kinds.index("Note"), kinds.index("Secret Plan"))
    assert next(row for row in found if row["value"] == "Pump")["label"] == "Pump"
