"""Rows and tables below the documents.

What is written is read, nothing is dropped, counters follow their transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from stores import definitions, indexes_of, open_empty

from frappe_lite.doctype.meta import DocType
from frappe_lite.errors import DuplicateEntryError, UniqueValidationError
from frappe_lite.query import Condition
from frappe_lite.store import Store

ITEM = DocType(
    {
        "name": "Item",
        "istable": 1,
        "fields": [{"fieldname": "item", "fieldtype": "Data"}, {"fieldname": "qty", "fieldtype": "Int"}],
    }
)
ORDER = DocType(
    {
        "name": "Order",
        "fields": [
            {"fieldname": "title", "fieldtype": "Data"},
            {"fieldname": "code", "fieldtype": "Data", "unique": 1, "label": "Code"},
            {"fieldname": "total", "fieldtype": "Currency"},
            {"fieldname": "payload", "fieldtype": "JSON"},
            {"fieldname": "customer", "fieldtype": "Link", "options": "Customer"},
            {"fieldname": "items", "fieldtype": "Table", "options": "Item"},
            {"fieldname": "more_items", "fieldtype": "Table", "options": "Item"},
        ],
    }
)
SETTINGS = DocType(
    {
        "name": "Shop Settings",
        "issingle": 1,
        "fields": [
            {"fieldname": "company", "fieldtype": "Data"},
            {"fieldname": "most", "fieldtype": "Int"},
            {"fieldname": "open_from", "fieldtype": "Date"},
        ],
    }
)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(open_empty())
    with made.database.transaction():
        for meta in (ORDER, ITEM, SETTINGS):
            made.sync_table(meta)
    yield made
    made.database.rollback()
    made.database.close()


def row(name: Any, **values: Any) -> dict[str, Any]:
    return {
        "owner": "ann",
        "creation": "2026-01-01",
        "modified": "2026-01-01",
        "modified_by": "ann",
        "docstatus": 0,
        "idx": 0,
        "total": 0,
        "name": name,
        **values,
    }


def line(parent: str, index: int, **values: Any) -> dict[str, Any]:
    return {
        **row(f"{parent}-{values.get('parentfield', 'items')}-{index}"),
        "idx": index,
        "qty": 0,
        "parent": parent,
        "parenttype": "Order",
        "parentfield": "items",
        **values,
    }


# --- tables ---


def columns_of(store: Store, table: str) -> list[str]:
    return list(store.database.columns(table))


def changed(*fields: dict[str, Any]) -> DocType:
    return DocType({"name": "Order", "fields": list(fields)})


@pytest.mark.parametrize(
    ("meta", "added"),
    [
        pytest.param(changed({"fieldname": "note", "fieldtype": "Text"}), ["note"], id="a new field is a new column"),
        pytest.param(
            changed({"fieldname": "count", "fieldtype": "Int"}), ["count"], id="a number too, though it is never NULL"
        ),
        pytest.param(changed(), [], id="a field that is gone keeps its column"),
        pytest.param(changed({"fieldname": "TITLE", "fieldtype": "Data"}), [], id="columns differ by more than case"),
        pytest.param(
            changed({"fieldname": "title", "fieldtype": "Text"}), [], id="another type does not change a column"
        ),
        pytest.param(
            changed(
                {"fieldname": "sb", "fieldtype": "Section Break"},
                {"fieldname": "v", "fieldtype": "Data", "is_virtual": 1},
            ),
            [],
            id="layout and virtual fields have none",
        ),
    ],
)
def test_a_table_gains_columns_and_loses_none(store: Store, meta: DocType, added: list[str]) -> None:
    before = columns_of(store, "tabOrder")
    store.sync_table(meta)
    assert columns_of(store, "tabOrder") == before + added


def test_what_was_a_number_and_is_text_may_be_nothing(store: Store) -> None:
    """Its values stay, as text; its index is one of the new column."""
    store.insert(ORDER, row("O-1", total=5))
    meta = changed(
        *(each for each in ORDER.raw["fields"] if each["fieldname"] != "total"),
        {"fieldname": "total", "fieldtype": "Data", "unique": 1},
    )
    store.sync_table(meta)
    before = definitions(store.database)
    store.insert(meta, row("O-2", total=None))
    first, second = (store.load_row(meta, name) or {} for name in ("O-1", "O-2"))
    assert (float(first["total"]), type(first["total"]), second["total"]) == (5, str, None)
    with pytest.raises(UniqueValidationError):
        store.insert(meta, row("O-3", total=first["total"]))
    store.sync_table(meta)
    assert definitions(store.database) == before


def test_rows_get_the_empty_number_of_a_new_column(store: Store) -> None:
    store.insert(ORDER, row("O-1", title="kept"))
    meta = DocType({"name": "Order", "fields": [*ORDER.raw["fields"], {"fieldname": "count", "fieldtype": "Int"}]})
    store.sync_table(meta)
    found = store.load_row(meta, "O-1")
    assert found is not None
    assert (found["count"], found["title"]) == (0, "kept")


def test_syncing_twice_changes_nothing(store: Store) -> None:
    before = definitions(store.database)
    store.sync_table(ORDER)
    assert definitions(store.database) == before


@pytest.mark.parametrize(
    ("table", "index", "unique"),
    [
        pytest.param("tabOrder", "tabOrder_modified", 0, id="lists are sorted by modified"),
        pytest.param("tabOrder", "tabOrder_customer_modified", 0, id="links are looked up, in the order of lists"),
        pytest.param("tabItem", "tabItem_parent", 0, id="child rows are found by parent"),
        pytest.param("tabOrder", "tabOrder_code_unique", 1, id="a unique field"),
    ],
)
def test_indexes(store: Store, table: str, index: str, unique: int) -> None:
    assert indexes_of(store.database, table)[index] == unique


def test_a_single_has_no_table(store: Store) -> None:
    assert columns_of(store, "tabShop Settings") == []


def test_a_name_with_a_quote_is_an_identifier_all_the_same(store: Store) -> None:
    meta = DocType({"name": 'Odd "Type', "fields": [{"fieldname": "x", "fieldtype": "Data"}]})
    store.sync_table(meta)
    store.insert(meta, row("1", x="y"))
    assert store.load_row(meta, "1")["x"] == "y"


# --- documents ---


def test_what_is_inserted_is_loaded(store: Store) -> None:
    store.insert(ORDER, row("O-1", title="naïve – 日本語 🎉", total=1.5, payload={"a": [1]}))
    found = store.load(ORDER, "O-1")
    assert found is not None
    assert (found["title"], found["total"], found["payload"], found["code"]) == (
        "naïve – 日本語 🎉",
        1.5,
        '{"a": [1]}',
        None,
    )


@pytest.mark.parametrize("read", ["load", "load_row", "exists"])
def test_a_document_that_is_not_there_is_none(store: Store, read: str) -> None:
    assert getattr(store, read)(ORDER, "O-1") is None


def test_names_are_found_whatever_their_case_and_given_as_stored(store: Store) -> None:
    store.insert(ORDER, row("Alpha"))
    assert store.exists(ORDER, "ALPHA") == "Alpha"


def test_child_rows_come_in_order_and_by_field(store: Store) -> None:
    store.insert(ORDER, row("O-1"))
    for index, item in ((2, "b"), (1, "a"), (3, "c")):
        store.insert(ITEM, line("O-1", index, item=item))
    store.insert(ITEM, line("O-1", 1, item="other field", parentfield="more_items"))
    store.insert(ITEM, line("O-2", 1, item="other parent"))
    store.insert(ITEM, {**line("O-1", 9, item="other type"), "parenttype": "Quote"})
    assert [each["item"] for each in store.load_children(ITEM, "Order", "O-1", "items")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        pytest.param(
            {"name": "O-1"}, DuplicateEntryError, "Order <strong>O-1</strong> already exists", id="a name stands once"
        ),
        pytest.param({"name": "o-1"}, DuplicateEntryError, "already exists", id="whatever its case"),
        pytest.param(
            {"name": "O-2", "code": "C"}, UniqueValidationError, "Code must be unique", id="a unique value stands once"
        ),
        pytest.param(
            {"name": "O-1", "code": "C"}, DuplicateEntryError, "already exists", id="of both the name is told"
        ),
    ],
)
def test_inserting_what_is_taken(store: Store, values: dict[str, Any], error: type[Exception], text: str) -> None:
    store.insert(ORDER, row("O-1", code="C"))
    with pytest.raises(error, match=text):
        store.insert(ORDER, row(**values))


def test_unset_unique_values_do_not_collide(store: Store) -> None:
    store.insert(ORDER, row("O-1"))
    store.insert(ORDER, row("O-2"))
    assert len(store.find(ORDER, Condition())) == 2


def test_updating_to_a_taken_unique_value(store: Store) -> None:
    store.insert(ORDER, row("O-1", code="C"))
    store.insert(ORDER, row("O-2", code="D"))
    with pytest.raises(UniqueValidationError, match="Code must be unique"):
        store.update(ORDER, "O-2", {"code": "C"})


@pytest.mark.parametrize(
    ("name", "values", "count"),
    [
        pytest.param("O-1", {"title": "new"}, 1, id="one row"),
        pytest.param("O-1", {}, 0, id="nothing to change"),
        pytest.param("O-9", {"title": "new"}, 0, id="no such row"),
    ],
)
def test_update_says_how_many_rows(store: Store, name: str, values: dict[str, Any], count: int) -> None:
    store.insert(ORDER, row("O-1", title="old"))
    assert store.update(ORDER, name, values) == count
    assert store.load_row(ORDER, "O-1")["title"] == ("new" if count else "old")


@pytest.mark.parametrize(
    ("parentfield", "keep", "left"),
    [
        pytest.param(None, [], [], id="all rows of the document"),
        pytest.param("items", [], ["O-1-more_items-1"], id="of one field"),
        pytest.param("items", ["O-1-items-2"], ["O-1-items-2", "O-1-more_items-1"], id="but those to keep"),
    ],
)
def test_deleting_child_rows(store: Store, parentfield: str | None, keep: list[str], left: list[str]) -> None:
    store.insert(ITEM, line("O-1", 1))
    store.insert(ITEM, line("O-1", 2))
    store.insert(ITEM, line("O-1", 1, parentfield="more_items"))
    store.insert(ITEM, line("O-2", 1))
    store.delete_children(ITEM, "Order", "O-1", parentfield, keep)
    assert [each["name"] for each in store.find(ITEM, Condition("parent = 'O-1'"), order="name")] == left
    assert len(store.find(ITEM, Condition("parent = 'O-2'"))) == 1


def test_deleting_takes_the_secrets_along(store: Store) -> None:
    store.insert(ORDER, row("O-1"))
    store.set_secret("Order", "O-1", "password", "hash")
    store.set_secret("Order", "O-2", "password", "other")
    store.delete(ORDER, "O-1")
    assert store.load_row(ORDER, "O-1") is None
    assert store.secret("Order", "O-1", "password") is None
    assert store.secret("Order", "O-2", "password") == ("other", False)


@pytest.mark.parametrize(
    ("condition", "options", "names"),
    [
        pytest.param(Condition(), {"order": "name"}, ["O-1", "O-2", "O-3"], id="no condition is all rows"),
        pytest.param(
            Condition("total > ?", (1,)), {"order": "name DESC"}, ["O-3", "O-2"], id="values are bound, order given"
        ),
        pytest.param(Condition(), {"order": "name", "limit": 1}, ["O-1"], id="limit"),
        pytest.param(Condition(), {"order": "name", "limit": 0}, [], id="a limit of 0 is none"),
    ],
)
def test_find(store: Store, condition: Condition, options: dict[str, Any], names: list[str]) -> None:
    for number in (1, 2, 3):
        store.insert(ORDER, row(f"O-{number}", total=number))
    assert [each["name"] for each in store.find(ORDER, condition, **options)] == names


# --- Singles ---


def test_an_unset_single_has_empty_values(store: Store) -> None:
    found = store.load_single(SETTINGS)
    assert (found["name"], found["company"], found["most"], found["idx"], found["docstatus"]) == (
        "Shop Settings",
        None,
        0,
        "0",
        0,
    )


def test_a_single_keeps_types_and_other_fields(store: Store) -> None:
    store.save_single(SETTINGS, {"company": "Acme", "most": 10, "open_from": "2026-01-02"})
    store.save_single(SETTINGS, {"company": "Globex"})
    found = store.load(SETTINGS, "whatever")
    assert found is not None
    assert (found["company"], found["most"], found["open_from"]) == ("Globex", 10, "2026-01-02")


def test_a_single_always_exists_and_can_be_emptied(store: Store) -> None:
    store.save_single(SETTINGS, {"company": "Acme"})
    store.delete(SETTINGS, "Shop Settings")
    assert store.exists(SETTINGS, "anything") == "Shop Settings"
    assert store.load_single(SETTINGS)["company"] is None


# --- counters ---


def test_counters_count_by_name(store: Store) -> None:
    assert [store.next_number(each) for each in ("A-", "A-", "B-", "A-")] == [1, 2, 1, 3]


def test_a_number_is_rolled_back_with_its_transaction(store: Store) -> None:
    with store.database.transaction():
        assert store.next_number("A-") == 1
    store.next_number("A-")
    store.database.rollback()
    assert store.next_number("A-") == 2


def test_a_number_is_rolled_back_with_its_part_of_a_transaction(store: Store) -> None:
    store.next_number("A-")
    with pytest.raises(ZeroDivisionError), store.database.atomic():
        store.next_number("A-")
        raise ZeroDivisionError
    assert store.next_number("A-") == 2


@pytest.mark.parametrize(
    ("number", "then"),
    [pytest.param(3, 3, id="the last one is given again"), pytest.param(2, 4, id="an older one is a gap")],
)
def test_giving_a_number_back(store: Store, number: int, then: int) -> None:
    for _ in range(3):
        store.next_number("A-")
    store.give_back_number("A-", number)
    assert store.next_number("A-") == then


# --- what the server remembers, and secrets ---


def test_values_of_the_site(store: Store) -> None:
    assert store.value("x") is None
    store.set_value("x", "1")
    store.set_value("x", "2")
    assert store.value("x") == "2"


def test_each_change_bumps_the_caches_version(store: Store) -> None:
    store.bump_caches()
    store.bump_caches()
    assert int(store.value("caches")) == 2


def test_meta_is_kept_with_unknown_keys_until_it_is_deleted(store: Store) -> None:
    store.set_meta({"name": "X", "unheard_of": [1]})
    assert store.database.row("SELECT json FROM __meta WHERE name = 'x'")[0] == '{"name": "X", "unheard_of": [1]}'
    store.delete_meta("X")
    assert store.database.row("SELECT json FROM __meta WHERE name = 'X'") is None


def test_secrets_are_replaced_moved_and_forgotten(store: Store) -> None:
    store.set_secret("User", "ann", "password", "1")
    store.set_secret("User", "ann", "password", "2", encrypted=True)
    store.rename_secrets("User", "ann", "eve")
    assert store.secret("User", "ann", "password") is None
    assert store.secret("User", "eve", "password") == ("2", True)
    store.delete_secret("User", "eve", "password")
    assert store.secret("User", "eve", "password") is None
