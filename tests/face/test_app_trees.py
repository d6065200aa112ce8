"""Trees: lft and rgt follow every insert, move, removal and rename, whoever writes, and the filters read them."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.document import trees
from frappe_lite.document.trees import NestedSetChildExistsError, NestedSetInvalidMergeError, NestedSetRecursionError
from frappe_lite.errors import ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site

apps.provide_frappe()

PLACE = {
    "doctype": "DocType", "name": "Place", "module": "Custom", "custom": 1, "is_tree": 1, "autoname": "field:title", (
        "allow_rename"
    ): 1,
    "fields": [{"fieldname": "title", "fieldtype": "Data"}], "permissions": [{"role": "System Manager", "read": 1, (
        "write"
    ): 1, "create": 1, "delete": 1}],
}  # fmt: skip
WORLD = [
    ("World", None),
    ("Europe", "World"),
    ("Asia", "World"),
    ("Italy", "Europe"),
    ("Rome", "Italy"),
    ("Japan", "Asia"),
]


@pytest.fixture
def world(site: Site) -> Iterator[Site]:
    with site.acting():
        frappe_lite.get_doc(PLACE).insert()
        for title, parent in WORLD:
            add(title, parent)
    yield site


def add(title: str, parent: str | None) -> Any:
    return frappe_lite.get_doc({"doctype": "Place", "title": title, "parent_place": parent}).insert()


def places(site: Site) -> dict[str, tuple[int, int]]:
    return {name: (lft, rgt) for name, lft, rgt in site.database.rows('SELECT name, lft, rgt FROM "tabPlace"')}


def require_sound(site: Site) -> None:
    """Every number once, from 1 on, and each node right within its parent."""
    found = places(site)
    assert sorted(number for place in found.values() for number in place) == list(range(1, 2 * len(found) + 1))
    for name, parent in site.database.rows('SELECT name, parent_place FROM "tabPlace" WHERE parent_place IS NOT NULL'):
        (lft, rgt), (above, end) = found[name], found[parent]
        assert above < lft < rgt < end, (name, parent)


def move(name: str, parent: str | None) -> None:
    doc = frappe_lite.get_doc("Place", name)
    doc.parent_place = parent
    doc.save()


# --- places ---


def test_a_tree_doctype_gets_the_fields_of_one(world: Site) -> None:
    meta = world.new_context().meta("Place")
    assert {"parent_place", "lft", "rgt", "is_group", "old_parent"} <= set(meta.columns)
    assert (meta.is_nested_set, meta.tree_parent) == (True, "parent_place")


def test_each_insert_is_the_last_child_of_its_parent(world: Site) -> None:
    assert places(world) == {
        "World": (1, 12),
        "Europe": (2, 7),
        "Italy": (3, 6),
        "Rome": (4, 5),
        "Asia": (8, 11),
        "Japan": (9, 10),
    }


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        pytest.param("Italy", "Asia", id="to the right"),
        pytest.param("Japan", "Italy", id="to the left"),
        pytest.param("Rome", "World", id="up"),
        pytest.param("Europe", None, id="to be a root"),
        pytest.param("Asia", "Europe", id="below a neighbour"),
        pytest.param("Rome", "Italy", id="to where it is"),
    ],
)
def test_a_branch_moves_as_a_whole(world: Site, name: str, parent: str | None) -> None:
    with world.acting() as ctx:
        below = trees.related(ctx, ctx.meta("Place"), name)
        move(name, parent)
        assert trees.related(ctx, ctx.meta("Place"), name) == below
    require_sound(world)


@pytest.mark.parametrize(("name", "parent"), [("World", "Rome"), ("Europe", "Europe"), ("Italy", "Rome")])
def test_nothing_hangs_below_itself(world: Site, name: str, parent: str) -> None:
    before = places(world)
    with pytest.raises(NestedSetRecursionError, match="cannot be added to its own descendants"), world.acting():
        move(name, parent)
    assert places(world) == before


def test_a_new_document_is_not_its_own_parent(world: Site) -> None:
    with pytest.raises(frappe_lite.ValidationError), world.acting():
        add("Atlantis", "Atlantis")
    require_sound(world)


def test_only_leaves_are_deleted(world: Site) -> None:
    with (
        pytest.raises(NestedSetChildExistsError, match="Cannot delete <strong>Italy</strong> as it has child nodes"),
        world.acting(),
    ):
        frappe_lite.delete_doc("Place", "Italy")
    with world.acting():
        frappe_lite.delete_doc("Place", "Rome")
        frappe_lite.delete_doc("Place", "Italy")
    assert set(places(world)) == {"World", "Europe", "Asia", "Japan"}
    require_sound(world)


def test_a_rename_keeps_the_branch(world: Site) -> None:
    with world.acting():
        frappe_lite.rename_doc("Place", "Europe", "Old World")
    require_sound(world)
    assert places(world)["Old World"] == (2, 7)


def test_a_merge_joins_the_branches(world: Site) -> None:
    with world.acting():
        frappe_lite.rename_doc("Place", "Asia", "Europe", merge=True)
    require_sound(world)
    with world.acting() as ctx:
        assert set(trees.related(ctx, ctx.meta("Place"), "Europe")) == {"Italy", "Rome", "Japan"}


def test_a_stale_document_does_not_bring_old_places_back(world: Site) -> None:
    with world.acting():
        held = frappe_lite.get_doc("Place", "Japan")
        add("Spain", "Europe")
        held.is_group = 1
        held.save()
    require_sound(world)


def test_what_a_client_sends_of_the_places_does_not_count(world: Site) -> None:
    answer = ApiClient(world)("PUT /api/resource/Place/Rome", {"lft": 1, "rgt": 99})
    assert (answer.status_code, answer.json["data"]["lft"], answer.json["data"]["rgt"]) == (200, 4, 5)
    require_sound(world)


def test_rows_that_were_never_placed_are_placed_when_one_is_needed(world: Site) -> None:
    with world.acting():
        frappe_lite.db.sql("UPDATE `tabPlace` SET lft = 0, rgt = 0")
        add("Spain", "Europe")
    require_sound(world)


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE `tabPlace` SET parent_place = 'Nowhere' WHERE name = 'Asia'",
        "UPDATE `tabPlace` SET parent_place = 'Rome' WHERE name = 'World'",
    ],
)
def test_rebuilding_makes_a_tree_of_anything(world: Site, broken: str) -> None:
    from frappe.utils.nestedset import rebuild_tree

    with world.acting():
        frappe_lite.db.sql(broken)
        rebuild_tree("Place")
    numbers = sorted(number for place in places(world).values() for number in place)
    assert numbers == list(range(1, 2 * len(WORLD) + 1))


@pytest.mark.parametrize("seed", range(5))
def test_any_sequence_of_changes_leaves_a_sound_tree(world: Site, seed: int) -> None:
    chance, names = random.Random(seed), [title for title, _ in WORLD]
    with world.acting():
        for step in range(60):
            kind, name = (chance.choice("add add move delete".split()), chance.choice(names)) if names else ("add", "")
            try:
                if kind == "add":
                    names.append(add(f"P{step}", chance.choice([*names, None])).name)
                elif kind == "move":
                    move(name, chance.choice([*names, None]))
                else:
                    frappe_lite.delete_doc("Place", name)
                    names.remove(name)
            except (NestedSetRecursionError, NestedSetChildExistsError):
                continue
    require_sound(world)


def test_concurrent_writers_leave_a_sound_tree(tmp_path: Any) -> None:
    site = frappe_lite.Site(str(tmp_path / "tree.db"), synchronous="off", busy_timeout=30)
    with site.acting():
        frappe_lite.get_doc(PLACE).insert()
        add("World", None)

    def write(number: int) -> None:
        for step in range(10):
            with site.acting():
                add(f"{number}-{step}", "World" if step % 2 else None)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places(site)) == 41
    require_sound(site)
    site.close()


def test_the_neighbours_of_a_change_are_not_changed_themselves(world: Site) -> None:
    before = world.database.rows('SELECT name, modified FROM "tabPlace" ORDER BY name')
    world.database.settle()
    seen = world.database.row('SELECT max(seq) FROM "__change"')[0]
    with world.acting():
        add("Spain", "Europe")
    world.database.settle()
    assert world.database.rows("SELECT name, modified FROM \"tabPlace\" WHERE name <> 'Spain' ORDER BY name") == before
    assert world.database.rows('SELECT name, kind FROM "__change" WHERE seq > ?', (seen,)) == [("Spain", "create")]


# --- reading ---


@pytest.mark.parametrize(
    ("operator", "name", "found"),
    [
        ("descendants of", "Europe", {"Italy", "Rome"}),
        ("descendants of (inclusive)", "Europe", {"Europe", "Italy", "Rome"}),
        ("not descendants of", "Europe", {"World", "Europe", "Asia", "Japan"}),
        ("ancestors of", "Rome", {"World", "Europe", "Italy"}),
        ("not ancestors of", "Rome", {"Rome", "Asia", "Japan"}),
        ("descendants of", "Rome", set()),
        ("descendants of", "Nowhere", set()),
    ],
)
@pytest.mark.parametrize("path", ["/api/resource/Place", "/api/v2/document/Place"])
def test_filters_read_the_tree(world: Site, path: str, operator: str, name: str, found: set[str]) -> None:
    answer = ApiClient(world)(f"GET {path}", params={"filters": [["name", operator, name]], "limit": "50"})
    assert {row["name"] for row in answer.json["data"]} == found


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("get_ancestors_of('Place', 'Rome')", ["Italy", "Europe", "World"]),
        ("get_ancestors_of('Place', 'Rome', 'lft asc', 1)", ["World"]),
        ("get_descendants_of('Place', 'Europe', 'lft')", ["Italy", "Rome"]),
        ("get_descendants_of('Place', 'Rome')", []),
        ("get_root_of('Place')", "World"),
    ],
)
def test_app_code_reads_the_tree(world: Site, call: str, expected: Any) -> None:
    import frappe.utils.nestedset as nestedset

    with world.acting():
        assert (
            eval(
                call,
                vars(nestedset)
                | {
                    name: getattr(nestedset, name) for name in ("get_ancestors_of", "get_descendants_of", "get_root_of")
                },
            )
            == expected
        )


def test_one_root_only_where_a_controller_asks_for_it(world: Site) -> None:
    from frappe.utils.nestedset import NestedSet, NestedSetMultipleRootsError

    class Place(NestedSet):  # type: ignore[misc]
        def validate(self) -> None:
            self.validate_one_root()

        def on_update(self) -> None:
            super().on_update()

    world.controllers["Place"] = Place
    with world.acting():
        move("Rome", "Europe")
        assert frappe_lite.get_doc("Place", "Europe").get_children() == ["Italy", "Rome"]
        assert frappe_lite.get_doc("Place", "Rome").get_parent().name == "Europe"
        assert frappe_lite.get_doc("Place", "Italy").get_ancestors() == ["Europe", "World"]
    with pytest.raises(NestedSetMultipleRootsError), world.acting():
        move("Rome", None)
        frappe_lite.get_doc("Place", "Rome").save()
    require_sound(world)


# --- frappe.desk.treeview ---


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("parent=World", [("Asia", 0), ("Europe", 1)]),
        ("parent=&is_root=true", [("World", 1)]),
        ("parent=All Place", [("World", 1)]),
        ("parent=Rome", []),
    ],
)
def test_get_children(world: Site, query: str, expected: list[tuple[str, int]]) -> None:
    with world.acting():
        for name in ("World", "Europe", "Italy"):
            frappe_lite.db.set_value("Place", name, "is_group", 1)
    rows = ApiClient(world)(f"GET /api/method/frappe.desk.treeview.get_children?doctype=Place&{query}").json["message"]
    assert [(row["value"], row["expandable"]) for row in rows] == expected


def test_get_all_nodes_opens_every_group(world: Site) -> None:
    with world.acting():
        for name in ("World", "Europe"):
            frappe_lite.db.set_value("Place", name, "is_group", 1)
    nodes = ApiClient(world)(
        "GET /api/method/frappe.desk.treeview.get_all_nodes?doctype=Place&label=World&parent=World"
    ).json["message"]
    assert [(node["parent"], [each["value"] for each in node["data"]]) for node in nodes] == [
        ("World", ["Asia", "Europe"]),
        ("Europe", ["Italy"]),
    ]


@pytest.mark.parametrize(
    ("values", "parent"),
    [({"parent": "Asia"}, "Asia"), ({"is_root": "true", "parent": ""}, None), ({"parent": "All Place"}, None)],
)
def test_add_node(world: Site, values: dict[str, Any], parent: str | None) -> None:
    made = ApiClient(world)(
        "POST /api/method/frappe.desk.treeview.add_node", {"doctype": "Place", "title": "India", **values}
    )
    assert (made.status_code, made.json) == (200, {})
    assert ApiClient(world)("GET /api/resource/Place/India").json["data"].get("parent_place") == parent
    require_sound(world)


@pytest.mark.parametrize("method", ["get_children", "get_all_nodes"])
def test_what_is_no_tree_says_so(world: Site, method: str) -> None:
    answer = ApiClient(world)(f"GET /api/method/frappe.desk.treeview.{method}?doctype=Note&parent=x")
    assert (answer.status_code, "Note is not a tree" in answer.text) == (417, True)


def test_who_may_not_read_sees_no_children(world: Site, new_user: Any) -> None:
    assert (
        new_user(world, "ann@example.com")(
            "GET /api/method/frappe.desk.treeview.get_children?doctype=Place&parent=World"
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("group", "leaf"), [pytest.param("Group", "Leaf", id="a group into a leaf"), pytest.param("Leaf", "Group", id="a leaf into a group")]
)  # fmt: skip
def test_a_group_is_merged_with_a_group_and_a_leaf_with_a_leaf(site: Site, group: str, leaf: str) -> None:
    with site.acting():
        fields = [*PLACE["fields"], {"fieldname": "is_group", "fieldtype": "Check"}]
        frappe_lite.get_doc({**PLACE, "name": "Unit", "fields": fields}).insert()
        for title, is_group in (("Group", 1), ("Group 2", 1), ("Leaf", 0), ("Leaf 2", 0)):
            frappe_lite.get_doc({"doctype": "Unit", "title": title, "is_group": is_group}).insert()
        with pytest.raises(NestedSetInvalidMergeError, match="Group-to-Group"):
            frappe_lite.rename_doc("Unit", group, leaf, merge=True)
        assert frappe_lite.rename_doc("Unit", group, f"{group} 2", merge=True) == f"{group} 2"
        assert frappe_lite.get_all("Unit", pluck="name", order_by="name") == sorted({"Group 2", "Leaf 2", leaf})


def test_a_root_stays_where_its_class_says_so(world: Site) -> None:
    from frappe.utils.nestedset import NestedSet

    class Kept(NestedSet):
        allow_root_deletion = False

    world.controllers["Place"] = Kept
    with world.acting():
        add("Moon", None)
        with pytest.raises(ValidationError, match="Root Place cannot be deleted"):
            frappe_lite.delete_doc("Place", "Moon")
        Kept.allow_root_deletion = True
        frappe_lite.delete_doc("Place", "Moon")
        assert not frappe_lite.db.exists("Place", "Moon")
