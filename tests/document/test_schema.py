"""DocTypes kept: from files, over REST, changed by custom fields and property setters; nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import schema
from frappe_lite.query import Condition
from frappe_lite.site import Site


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = frappe_lite.Site()
    yield made
    made.close()


@pytest.fixture
def admin(site: Site) -> ApiClient:
    return ApiClient(site)


def insert(ctx: Context, doctype: str, **values: Any) -> Any:
    return document.new(ctx, {"doctype": doctype, **values}).insert()


def columns_of(site: Site, table: str) -> list[str]:
    return list(site.database.columns(table))


def content(site: Site) -> dict[str, int]:
    return {table: site.database.row(f'SELECT COUNT(*) FROM "{table}"')[0] for table in site.database.tables()}


BOOK = {
    "doctype": "DocType", "name": "Book", "module": "Library", "autoname": "field:title", "sort_field": "title", (
        "something_new"
    ): {"kept": [1]},
    "fields": [
        {"fieldname": "title", "fieldtype": "Data", "label": "Title", "reqd": 1, "from_the_future": 1},
        {"fieldname": "sb", "fieldtype": "Section Break"},
        {"fieldname": "year", "fieldtype": "Int", "default": "2000"},
    ],
    "permissions": [{"role": "Librarian", "read": 1}],
}  # fmt: skip


# --- what a site begins with ---


@pytest.mark.parametrize(
    ("doctype", "name"),
    [
        ("Role", "System Manager"), ("Role", "All"), ("Role", "Desk User"), ("User", "Administrator"), ("User", (
            "Guest"
        )),
        ("DocType", "DocType"), ("DocType", "User"), ("Module Def", "Core"), ("File", "Home"), ("File", (
            "Home/Attachments"
        )),
    ],
)  # fmt: skip
def test_a_new_site_has(ctx: Context, doctype: str, name: str) -> None:
    assert document.load(ctx, doctype, name).name == name


@pytest.mark.parametrize("file", sorted(schema.BUILT_IN.glob("*.json")), ids=lambda file: file.stem)
def test_each_built_in_doctype_is_there_as_its_file_says(ctx: Context, file: Path) -> None:
    raw = json.loads(file.read_text())
    meta = ctx.meta(raw["name"])
    assert [each.fieldname for each in meta.fields] == [each.get("fieldname") or "" for each in raw["fields"]]
    stored = document.load(ctx, "DocType", raw["name"])
    assert [row.fieldname for row in stored.fields] == [each.get("fieldname") for each in raw["fields"]]
    if not meta.issingle and not meta.is_virtual:
        assert set(meta.columns) <= set(columns_of(ctx.site, meta.table))


def test_starting_again_installs_nothing_twice(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    first = frappe_lite.Site(path, synchronous="off")
    before = content(first)
    first.close()
    second = frappe_lite.Site(path, synchronous="off")
    assert content(second) == before
    second.close()


def test_an_upgrade_brings_doctypes_up_to_date_and_leaves_records_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    first = frappe_lite.Site(path, synchronous="off")
    with first.acting() as ctx:
        before = content(first)
        document.delete(ctx, "Module Def", "Printing", force=True)
        ctx.store.set_meta({"name": "Note", "fields": []})
        ctx.store.set_value("built-in", "an older version")
    first.close()
    second = frappe_lite.Site(path, synchronous="off")
    with second.acting() as ctx:
        assert ctx.meta("Note").has_field("title")
        assert ctx.store.exists(ctx.meta("Module Def"), "Printing") is None
        changed = {
            "tabModule Def",
            "__change",
            "tabDeleted Document",
            "tabComment",
            "sqlite_sequence",
        }  # what was deleted above, and the feed that tells of it
        assert {name: rows for name, rows in content(second).items() if name not in changed} == {
            name: rows for name, rows in before.items() if name not in changed
        }
    second.close()


# --- DocTypes from JSON ---


def test_a_doctype_from_json_is_a_document_a_table_and_a_meta(ctx: Context) -> None:
    schema.store_doctype(ctx, BOOK)
    stored = document.load(ctx, "DocType", "Book")
    assert [(row.fieldname, row.idx, row.parentfield) for row in stored.fields] == [
        ("title", 1, "fields"),
        ("sb", 2, "fields"),
        ("year", 3, "fields"),
    ]
    assert [(row.role, row.read, row.write) for row in stored.permissions] == [("Librarian", 1, 0)]
    assert {"title", "year", "_user_tags"} <= set(columns_of(ctx.site, "tabBook"))
    assert "sb" not in columns_of(ctx.site, "tabBook")
    assert insert(ctx, "Book", title="A").as_dict().year == 2000


def test_unknown_keys_survive(ctx: Context) -> None:
    given = json.loads(json.dumps(BOOK))
    schema.store_doctype(ctx, given)
    assert given == BOOK
    meta = ctx.meta("Book")
    assert meta.something_new == {"kept": [1]}
    assert meta.field("title").from_the_future == 1
    shown = schema.meta_document(ctx, meta)
    assert (shown["something_new"], shown["fields"][0]["from_the_future"]) == ({"kept": [1]}, 1)


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        pytest.param(["c", "a", "b"], ["c", "a", "b"], id="the file says the order of its fields"),
        pytest.param(["c"], ["c", "a", "b"], id="those that it does not name come last"),
        pytest.param(["c", "gone", "a", "b"], ["c", "a", "b"], id="a field that is gone is passed over"),
        pytest.param([], ["a", "b", "c"], id="else they stand as they are written"),
    ],
)
def test_the_order_of_fields(ctx: Context, order: list[str], fields: list[str]) -> None:
    rows = [{"fieldname": name, "fieldtype": "Data"} for name in "abc"]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Ordered", "fields": rows, "field_order": order})
    assert [field.fieldname for field in ctx.meta("Ordered").fields] == fields
    assert [row.fieldname for row in document.load(ctx, "DocType", "Ordered").fields] == fields


def test_values_are_fetched_link_by_link_in_the_order_of_the_fields(ctx: Context) -> None:
    """What a link fetches may be a link that fetches more: the one that comes first is asked first."""
    town = {"fieldname": "town", "fieldtype": "Link", "options": "Town"}
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Town", "fields": [], "autoname": "prompt"})
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Street", "fields": [town], "autoname": "prompt"})
    street = {"fieldname": "street", "fieldtype": "Link", "options": "Street"}
    house = {"fieldname": "house", "fieldtype": "Link", "options": "House"}
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "House", "fields": [street], "autoname": "prompt"})
    rows = [{**town, "fetch_from": "street.town"}, {**street, "fetch_from": "house.street"}, house]
    order = ["house", "street", "town"]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Letter", "fields": rows, "field_order": order})
    insert(ctx, "Town", name="Ulm")
    insert(ctx, "Street", name="Weg", town="Ulm")
    insert(ctx, "House", name="1", street="Weg")
    letter = insert(ctx, "Letter", house="1")
    assert (letter.street, letter.town) == ("Weg", "Ulm")


def saved_book(ctx: Context) -> None:
    """The DocType from JSON, changed as a document."""
    schema.insert_record(ctx, "Module Def", "Library", module_name="Library", app_name="library")
    schema.insert_record(ctx, "Role", "Librarian", role_name="Librarian")
    schema.store_doctype(ctx, BOOK)
    doc = document.load(ctx, "DocType", "Book")
    doc.title_field = "title"
    doc.save()


def test_unknown_keys_survive_a_save(ctx: Context) -> None:
    saved_book(ctx)
    assert (ctx.meta("Book").something_new, ctx.meta("Book").title_field) == ({"kept": [1]}, "title")


def test_unknown_keys_of_a_field_survive_a_save(ctx: Context) -> None:
    saved_book(ctx)
    assert ctx.meta("Book").field("title").from_the_future == 1


def test_known_keys_survive_a_save(ctx: Context) -> None:
    saved_book(ctx)
    meta = ctx.meta("Book")
    assert (meta.autoname, meta.sort_field, meta.module) == ("field:title", "title", "Library")
    assert [(each.fieldname, each.fieldtype, each.reqd, each.default) for each in meta.fields] == [
        ("title", "Data", 1, None),
        ("sb", "Section Break", 0, None),
        ("year", "Int", 0, "2000"),
    ]
    assert [rule["role"] for rule in meta.permissions] == ["Librarian"]


def test_storing_again_replaces_rows_and_keeps_data(ctx: Context) -> None:
    schema.store_doctype(ctx, BOOK)
    insert(ctx, "Book", title="A")
    changed = {**BOOK, "fields": [BOOK["fields"][0], {"fieldname": "pages", "fieldtype": "Int"}]}
    schema.store_doctype(ctx, changed)
    assert [row.fieldname for row in document.load(ctx, "DocType", "Book").fields] == ["title", "pages"]
    assert document.load(ctx, "Book", "A").pages == 0
    assert "year" in columns_of(ctx.site, "tabBook")
    assert not ctx.meta("Book").has_field("year")


def test_a_single_begins_with_its_defaults_and_keeps_its_values(ctx: Context) -> None:
    raw = {
        "doctype": "DocType",
        "name": "Library Settings",
        "issingle": 1,
        "fields": [{"fieldname": "days", "fieldtype": "Int", "default": "14"}],
    }
    schema.store_doctype(ctx, raw)
    assert ctx.single("Library Settings", "days") == 14
    ctx.store.save_single(ctx.meta("Library Settings"), {"days": 7})
    schema.store_doctype(
        ctx, {**raw, "fields": [*raw["fields"], {"fieldname": "fee", "fieldtype": "Int", "default": "5"}]}
    )
    assert (ctx.single("Library Settings", "days"), ctx.single("Library Settings", "fee")) == (7, 5)


@pytest.mark.parametrize(
    ("fingerprint", "synced"),
    [pytest.param("2", True, id="changed files are synced"), pytest.param("1", False, id="known ones are skipped")],
)
def test_files_are_synced_once(site: Site, fingerprint: str, synced: bool) -> None:
    with site.acting() as ctx:
        schema.sync_files(ctx, "library", [BOOK], "1")
        assert ctx.store.exists(ctx.meta("Role"), "Librarian") == "Librarian"
        assert ctx.store.load_row(ctx.meta("Module Def"), "Library")["app_name"] == "library"
        schema.sync_files(ctx, "library", [{**BOOK, "name": "Second Book"}], fingerprint)
        assert ctx.has_doctype("Second Book") is synced


def test_a_sync_that_fails_leaves_nothing(site: Site) -> None:
    """F04: a DocType's row and table are there together or not at all."""
    with pytest.raises(KeyError), site.acting() as ctx:
        schema.sync_files(ctx, "library", [BOOK, {"doctype": "DocType", "fields": []}], "1")
    ctx = site.new_context()
    assert not ctx.has_doctype("Book")
    assert columns_of(site, "tabBook") == []
    assert ctx.store.value("app:library") is None


# --- DocTypes over REST ---


MADE_HERE = {
    "name": "Made Here", "module": "Core", "custom": 1, "autoname": "field:title",
    "fields": [{"fieldname": "title", "fieldtype": "Data", "label": "Title", "reqd": 1}, {"fieldtype": "Int", "label": (
        "How Many?"
    )}],
    "permissions": [{"role": "All", "read": 1, "write": 1}],
}  # fmt: skip


def test_a_doctype_made_over_rest_can_be_used_at_once(admin: ApiClient) -> None:
    made = admin("POST /api/resource/DocType", MADE_HERE)
    assert made.status_code == 201
    assert [each["fieldname"] for each in made.json["data"]["fields"]] == ["title", "how_many"]
    assert admin("POST /api/resource/Made Here", {"title": "one", "how_many": "3"}).json["data"]["how_many"] == 3
    assert columns_of(admin.site, "tabMade Here")[0] == "name"


def test_a_doctype_changed_over_rest_changes_its_table(admin: ApiClient) -> None:
    admin("POST /api/resource/DocType", MADE_HERE)
    admin("POST /api/resource/Made Here", {"title": "one"})
    fields = [*MADE_HERE["fields"], {"fieldname": "note", "fieldtype": "Text"}]
    assert admin("PUT /api/resource/DocType/Made Here", {"fields": fields}).status_code == 200
    assert admin("PUT /api/resource/Made Here/one", {"note": "n"}).json["data"]["note"] == "n"


def test_a_doctype_deleted_over_rest_is_gone_and_its_data_kept(admin: ApiClient) -> None:
    admin("POST /api/resource/DocType", MADE_HERE)
    admin("POST /api/resource/Made Here", {"title": "one"})
    assert admin("DELETE /api/resource/DocType/Made Here").status_code == 202
    assert admin("GET /api/resource/Made Here/one").status_code == 404
    assert admin.site.database.row('SELECT title FROM "tabMade Here"') == ("one",)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"fields": [{"fieldname": "x", "fieldtype": "Nonsense"}]}, 417, id="no such type"),
        pytest.param({"name": "1st"}, 409, id="a name begins with a letter"),
        pytest.param({"name": 'x"; drop table tabUser; --'}, 409, id="SQL for a name"),
        pytest.param({"name": "User"}, 409, id="a name that is taken"),
        pytest.param({"fields": [{"fieldname": "a b", "fieldtype": "Data"}]}, 417, id="a space in a fieldname"),
        pytest.param({"fields": [{"fieldname": "a;b", "fieldtype": "Data"}]}, 417, id="a semicolon in a fieldname"),
        pytest.param(
            {"fields": [{"fieldname": "x", "fieldtype": "Data"}, {"fieldname": "X", "fieldtype": "Data"}]},
            417,
            id="a fieldname twice",
        ),
        pytest.param({"fields": [{"fieldname": "owner", "fieldtype": "Data"}]}, 417, id="a standard field"),
        pytest.param({"fields": [{"fieldname": "save", "fieldtype": "Data"}]}, 417, id="a method's name"),
        pytest.param({"fields": [{"fieldname": "x", "fieldtype": "Link"}]}, 417, id="a link to nothing"),
        pytest.param(
            {"fields": [{"fieldname": "x", "fieldtype": "Table", "options": "Nowhere"}]}, 417, id="a table of nothing"
        ),
        pytest.param(
            {"fields": [{"fieldname": "x", "fieldtype": "Table", "options": "User"}]}, 417, id="a table of documents"
        ),
        pytest.param({"autoname": "field:nope"}, 417, id="named by a field that is not there"),
        pytest.param({"title_field": "nope"}, 417, id="titled by a field that is not there"),
    ],
)
def test_doctypes_that_cannot_be(admin: ApiClient, change: dict[str, Any], status: int) -> None:
    before = content(admin.site)
    assert admin("POST /api/resource/DocType", {**MADE_HERE, "autoname": "hash", **change}).status_code == status
    assert content(admin.site) == before


def test_a_doctype_of_an_app_is_not_deleted(admin: ApiClient) -> None:
    assert admin("DELETE /api/resource/DocType/Note").status_code == 417
    assert admin("GET /api/resource/Note").status_code == 200


# --- custom fields and property setters ---


def custom_field(ctx: Context, **values: Any) -> Any:
    return insert(
        ctx, "Custom Field", **{"dt": "Note", "fieldname": "mood", "fieldtype": "Data", "label": "Mood", **values}
    )


@pytest.mark.parametrize(
    ("after", "place"),
    [
        pytest.param("title", 1, id="behind a field"),
        pytest.param(None, 0, id="at the beginning, as in Frappe"),
        pytest.param("append", -1, id="at the end"),
        pytest.param("no_such_field", -1, id="at the end, if there is no such field"),
    ],
)
def test_a_custom_field_stands_where_it_is_put(ctx: Context, after: str | None, place: int) -> None:
    custom_field(ctx, insert_after=after)
    assert [each.fieldname for each in ctx.meta("Note").fields][place] == "mood"
    assert ctx.meta("Note").field("mood").label == "Mood"


def test_a_custom_field_stores_values_like_any_other(ctx: Context) -> None:
    assert custom_field(ctx, reqd=1, default="calm").name == "Note-mood"
    note = insert(ctx, "Note", title="x")
    assert document.load(ctx, "Note", note.name).mood == "calm"


def test_a_custom_field_that_is_gone_takes_its_values_out_of_sight(ctx: Context) -> None:
    name = custom_field(ctx).name
    note = insert(ctx, "Note", title="x", mood="calm")
    document.delete(ctx, "Custom Field", name)
    assert "mood" not in document.load(ctx, "Note", note.name).as_dict()
    assert ctx.store.database.row("SELECT mood FROM tabNote") == ("calm",)


@pytest.mark.parametrize(
    "values",
    [
        {"fieldname": "title"},
        {"fieldname": "docstatus"},
        {"fieldname": "a b"},
        {"fieldname": "save"},
        {"dt": "Nowhere"},
    ],
)
def test_custom_fields_that_cannot_be(ctx: Context, values: dict[str, Any]) -> None:
    with pytest.raises(frappe_lite.face.exceptions.ValidationError):
        custom_field(ctx, **values)
    assert ctx.store.find(ctx.meta("Custom Field"), Condition()) == []


@pytest.mark.parametrize(
    ("fieldname", "fieldtype"),
    [
        pytest.param("owner", "Int", id="the owner, as a number"),
        pytest.param("owner", "Table", id="the owner, as a table"),
        pytest.param("idx", "Data", id="the place, as text"),
        pytest.param("_user_tags", "Date", id="the tags, as a date"),
    ],
)
def test_a_custom_field_of_a_standard_name_is_kept_and_changes_nothing(
    ctx: Context, fieldname: str, fieldtype: str
) -> None:
    before = dict(ctx.meta("Note").columns)
    options = {"options": "Has Role"} if fieldtype == "Table" else {}
    made = custom_field(ctx, fieldname=fieldname, fieldtype=fieldtype, **options)
    assert (made.name, ctx.meta("Note").columns) == (f"Note-{fieldname}", before)
    note = document.load(ctx, "Note", insert(ctx, "Note", title="x").name)
    assert (note.owner, note.idx) == ("Administrator", 0)


def test_a_new_rating_is_nothing_where_a_new_number_is_0(ctx: Context) -> None:
    note = insert(ctx, "Note", title="x")
    for fieldname, fieldtype in (("stars", "Rating"), ("weight", "Float"), ("pieces", "Int")):
        custom_field(ctx, fieldname=fieldname, fieldtype=fieldtype)
    loaded = document.load(ctx, "Note", note.name)
    assert (loaded.stars, loaded.weight, loaded.pieces) == (None, 0, 0)
    new = document.load(ctx, "Note", insert(ctx, "Note", title="y").name)
    assert (new.stars, new.weight, new.pieces) == (0, 0, 0)


@pytest.mark.parametrize("no_nulls", [True, False])
def test_a_virtual_field_is_told_also_where_it_is_nothing(ctx: Context, no_nulls: bool) -> None:
    custom_field(ctx, fieldname="shadow", fieldtype="Data", is_virtual=1)
    shown = insert(ctx, "Note", title="x").as_dict(no_nulls=no_nulls)
    assert "shadow" in shown and shown["shadow"] is None


def test_a_custom_field_survives_a_sync_of_its_doctype(ctx: Context) -> None:
    custom_field(ctx)
    schema.store_doctype(ctx, json.loads((schema.BUILT_IN / "note.json").read_text()))
    assert ctx.meta("Note").has_field("mood")


def setter(ctx: Context, **values: Any) -> Any:
    return insert(
        ctx, "Property Setter", **{"doctype_or_field": "DocField", "doc_type": "Note", "field_name": "title", **values}
    )


def refuses_no_content(ctx: Context) -> Any:
    with pytest.raises(frappe_lite.face.exceptions.MandatoryError):
        insert(ctx, "Note", title="x")
    return True


@pytest.mark.parametrize(
    ("values", "ask", "answer"),
    [
        pytest.param(
            {"property": "label", "value": "Headline"},
            lambda ctx: ctx.meta("Note").get_label("title"),
            "Headline",
            id="a text property of a field",
        ),
        pytest.param(
            {"field_name": "content", "property": "reqd", "value": "1", "property_type": "Check"},
            refuses_no_content,
            True,
            id="a check makes a field mandatory",
        ),
        pytest.param(
            {"property": "default", "value": "untitled"},
            lambda ctx: insert(ctx, "Note").title,
            "untitled",
            id="a default",
        ),
        pytest.param(
            {"doctype_or_field": "DocType", "field_name": None, "property": "title_field", "value": "content"},
            lambda ctx: ctx.meta("Note").get_title_field(),
            "content",
            id="a property of the DocType",
        ),
        pytest.param(
            {"field_name": "nope", "property": "label", "value": "x"},
            lambda ctx: ctx.meta("Note").get_label("title"),
            "Title",
            id="a field that is not there",
        ),
    ],
)
def test_property_setters(ctx: Context, values: dict[str, Any], ask: Callable[[Context], Any], answer: Any) -> None:
    made = setter(ctx, **values)
    assert ask(ctx) == answer
    document.delete(ctx, "Property Setter", made.name)
    assert ctx.meta("Note").get_label("title") == "Title"
    assert not ctx.meta("Note").field("content").reqd


def test_a_property_setter_of_a_custom_field(ctx: Context) -> None:
    custom_field(ctx)
    setter(ctx, field_name="mood", property="label", value="Temper")
    assert ctx.meta("Note").get_label("mood") == "Temper"


def test_the_latest_property_setter_wins(ctx: Context) -> None:
    doc = setter(ctx, property="label", value="One")
    assert doc.name == "Note-title-label"
    doc.value = "Two"
    doc.save()
    assert ctx.meta("Note").get_label("title") == "Two"
