"""Names as app code makes them: series, UUIDs, rules of child rows, and what no document may be called."""

from __future__ import annotations

import datetime
import importlib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.doctype import naming
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import MandatoryError, NameError, ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
YEAR = f"{datetime.date.today():%Y}"


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Numbered Row", ("item", "Data"), istable=1, autoname="autoincrement"))
        store_doctype(made, doctype("Row By Item", ("item", "Data"), istable=1, autoname="field:item"))
        store_doctype(made, doctype("Row By Series", ("item", "Data"), istable=1, autoname="R-.###"))
        store_doctype(made, doctype("Random Row", ("item", "Data"), istable=1, autoname="hash"))
        tables = [
            ("numbered", "Table", "Numbered Row"),
            ("by_item", "Table", "Row By Item"),
            ("by_series", "Table", "Row By Series"),
            ("random", "Table", "Random Row"),
        ]
        store_doctype(made, doctype("Order", ("title", "Data"), *tables, autoname="field:title", allow_rename=1))
        store_doctype(made, doctype("Thing", ("title", "Data"), autoname="UUID"))
        series = {"fieldname": "naming_series", "fieldtype": "Select", "options": "S-.YYYY.-\nT-.##"}
        store_doctype(made, doctype("Served", ("title", "Data"), series, autoname="naming_series:"))
        store_doctype(made, doctype("Prompted", ("title", "Data"), autoname="prompt"))
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


@pytest.fixture
def model(frappe: Any) -> Any:
    return importlib.import_module("frappe.model.naming")


# --- series ---


@pytest.mark.parametrize(
    ("key", "names"),
    [
        pytest.param("X-.###", ["X-001", "X-002"], id="a counter of three digits"),
        pytest.param("X-", ["X-00001", "X-00002"], id="none: five digits"),
        pytest.param("X-.YYYY.-.##", [f"X-{YEAR}-01", f"X-{YEAR}-02"], id="the year"),
        pytest.param("X.#", ["X1", "X2"], id="one digit"),
        pytest.param("##.-X", ["01-X", "02-X"], id="the counter first"),
        pytest.param("X-.##.-.##", ["X-01-", "X-02-"], id="one counter only"),
    ],
)
def test_names_of_a_series(model: Any, key: str, names: list[str]) -> None:
    assert [model.make_autoname(key) for _ in names] == names


@pytest.mark.parametrize(
    ("key", "values", "name"),
    [
        pytest.param("{title}.-.##", {"title": "a"}, "a-01", id="a field in braces"),
        pytest.param("title.-.##", {"title": "a"}, "a-01", id="a field without them"),
        pytest.param("{nothing}.-.##", {"title": "a"}, "-01", id="a field that there is not is nothing"),
        pytest.param("{title}.-.##", {"title": None}, "-01", id="a field without a value"),
        pytest.param("{title}.-.##", {"title": ["a"]}, "-01", id="a list is no part of a name"),
        pytest.param("A-.{title}.-.##", {"title": " b "}, "A-b-01", id="without the spaces around"),
    ],
)
def test_parts_of_a_document(frappe: Any, model: Any, key: str, values: dict[str, Any], name: str) -> None:
    doc = frappe.new_doc("Order")
    doc.__dict__.update(values)
    assert model.make_autoname(key, "Order", doc) == name


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2021-01-01", "00"),
        ("2020-12-31", "53"),
        ("2021-01-04", "01"),
        ("2024-12-30", "53"),
        ("2024-12-29", "52"),
        ("2026-06-15", "25"),
    ],
)
def test_weeks_never_go_back(model: Any, day: str, week: str) -> None:
    assert model.determine_consecutive_week_number(datetime.datetime.fromisoformat(day)) == week


@pytest.mark.parametrize(
    ("key", "fits"),
    [("A-.##", True), ("A/{B}-.YY.#", True), ("Ä-.#", True), ("A%.##", False), ("A<.##", False), ("A;.#", False)],
)
def test_which_marks_a_series_has(model: Any, key: str, fits: bool) -> None:
    series = model.NamingSeries(key)
    if fits:
        assert series.validate() is None
    else:
        with pytest.raises(model.InvalidNamingSeriesError, match="Special Characters"):
            series.validate()
        with pytest.raises(model.InvalidNamingSeriesError):
            model.make_autoname(key)


def test_a_series_tells_where_it_is(model: Any) -> None:
    series = model.NamingSeries("Q-.YYYY.-.###")
    assert (series.get_prefix(), series.get_current_value(), series.get_preview()) == (
        f"Q-{YEAR}-",
        0,
        [f"Q-{YEAR}-00{each}" for each in (1, 2, 3)],
    )
    series.update_counter(41)
    assert (series.generate_next_name(None), series.get_current_value(), model.getseries(f"Q-{YEAR}-", 4)) == (
        f"Q-{YEAR}-042",
        42,
        "0043",
    )


@pytest.mark.parametrize(
    ("key", "name", "after"),
    [
        pytest.param("Z-.###", "Z-003", 2, id="the last number"),
        pytest.param("Z-.###", "Z-002", 3, id="not the last"),
        pytest.param("Z-", "Z-00003", 2, id="a series without #"),
        pytest.param("Z-.###", "Y-003", 3, id="a name of another series"),
        pytest.param("Z-.###", "Z-abc", 3, id="a name without a number"),
    ],
)
def test_a_series_is_counted_back(model: Any, key: str, name: str, after: int) -> None:
    series = model.NamingSeries("Z-.###")
    series.update_counter(3)
    model.revert_series_if_last(key, name)
    assert series.get_current_value() == after


@pytest.mark.parametrize(
    ("given", "name"),
    [(None, f"S-{YEAR}-00001"), ("T-.##", "T-01")],
    ids=["the first of the options", "the one that was chosen"],
)
def test_documents_by_a_series_of_their_own(frappe: Any, given: Any, name: str) -> None:
    doc = frappe.get_doc({"doctype": "Served", "naming_series": given}).insert()
    assert doc.name == name


def test_functions_that_name_a_document(frappe: Any, model: Any) -> None:
    doc = frappe.new_doc("Served", naming_series="T-.##")
    model.set_name_by_naming_series(doc)
    assert doc.name == "T-01"
    model.set_name_from_naming_options("format:F-{title}-{##}", doc)
    assert doc.name == "F--01"
    order = frappe.new_doc("Order", title="a")
    model.set_new_name(order)
    assert (order.name, model.get_default_naming_series("Served"), model.get_default_naming_series("Order")) == (
        "a",
        "S-.YYYY.-",
        None,
    )
    with pytest.raises(MandatoryError, match="Naming Series mandatory"):
        model.set_name_by_naming_series(frappe.new_doc("Order"))


def test_parts_that_an_app_brings(site: frappe_lite.Site, write: Write) -> None:
    hooks = "naming_series_variables = {'FY': 'APP.naming.part', 'ABBR': 'APP.naming.part'}"
    code = "def part(doc, variable):\n    return {'FY': '25-26', 'ABBR': doc.title[:2].upper()}[variable]\n"
    kinds = {
        "bill.json": doctype("Bill", ("title", "Data"), autoname="B-.FY.-.##"),
        "paper.json": doctype("Paper", ("title", "Data"), autoname="format:{ABBR}-{FY}-{##}"),
    }
    site.load(write({"hooks.py": hooks, "naming.py": code, **kinds}))
    client = ApiClient(site)
    names = [
        client.post(f"/api/resource/{kind}", json={"title": "zoo"}).json["data"]["name"]
        for kind in ("Bill", "Bill", "Paper")
    ]
    assert names == ["B-25-26-01", "B-25-26-02", "ZO-25-26-01"]
    assert client.delete("/api/resource/Bill/B-25-26-02").status_code == 202
    assert client.post("/api/resource/Bill", json={"title": "zoo"}).json["data"]["name"] == "B-25-26-02"


# --- UUIDs, and names that were given ---


def test_uuids_sort_as_they_were_made(frappe: Any) -> None:
    names = [frappe.get_doc({"doctype": "Thing"}).insert().name for _ in range(3)]
    assert [uuid.UUID(each).version for each in names] == [7, 7, 7]
    assert [each[:8] for each in names] == sorted(each[:8] for each in names)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("019abcde-0000-7000-8000-000000000000", "019abcde-0000-7000-8000-000000000000"),
        (uuid.UUID(int=7 << 76), str(uuid.UUID(int=7 << 76))),
    ],
    ids=["as text", "as a UUID"],
)
def test_a_uuid_that_was_given(world: frappe_lite.Site, frappe: Any, given: Any, name: str) -> None:
    assert frappe.get_doc({"doctype": "Thing", "name": given}).insert().name == name


@pytest.mark.parametrize("given", ["x", "12345", "019abcde-0000-7000-8000-00000000000g"])
def test_what_is_no_uuid(world: frappe_lite.Site, frappe: Any, given: str) -> None:
    with pytest.raises(naming.InvalidUUIDValue, match="Invalid value specified for UUID"):
        frappe.get_doc({"doctype": "Thing", "name": given}).insert()


@pytest.mark.parametrize(
    ("kind", "name"), [("Prompted", "mine"), ("Order", "own")], ids=["where names are asked for", "by a field"]
)
def test_a_name_that_a_form_gives(world: frappe_lite.Site, kind: str, name: str) -> None:
    client = ApiClient(world)
    values = {"__newname": name} if kind == "Prompted" else {"title": name}
    answer = client.post(f"/api/resource/{kind}", json=values)
    assert (answer.status_code, answer.json["data"]["name"]) == (201, name)
    assert "__newname" not in answer.json["data"]


@pytest.mark.parametrize(
    ("kind", "name", "error"),
    [
        pytest.param("Order", "Order", NameError, id="the DocType's own name"),
        pytest.param("Order", "new order 5", NameError, id="as forms call what is new"),
        pytest.param("Order", "a<b", NameError, id="a mark of HTML"),
        pytest.param("Order", "x" * 141, ValidationError, id="too long"),
        pytest.param("Order", " ", ValidationError, id="nothing"),
        pytest.param("Prompted", None, ValidationError, id="none where one is asked for"),
    ],
)
def test_what_no_document_may_be_called(frappe: Any, kind: str, name: Any, error: Any) -> None:
    with pytest.raises(error):
        frappe.get_doc({"doctype": kind, "title": name, "name": name if kind == "Prompted" else None}).insert()


@pytest.mark.parametrize(("given", "error"), [(5, NameError), ("a>b", NameError), ("", ValidationError)], ids=str)
def test_validate_name_refuses(model: Any, given: Any, error: Any) -> None:
    with pytest.raises(error):
        model.validate_name("Order", given)


def test_validate_name_trims(model: Any) -> None:
    assert (model.validate_name("Order", " a "), model.validate_name("Numbered Row", 5)) == ("a", 5)


def test_a_field_that_is_the_name_follows_it(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Order", "title": " spaced "}).insert()
    assert (doc.name, doc.title) == ("spaced", "spaced")
    doc.title = "other"
    doc.save()
    assert frappe.db.get_value("Order", "spaced", "title") == "spaced"  # Frappe: the name stays, and so does the field
    doc.rename("new")
    assert frappe.db.get_value("Order", "new", "title") == "new"


# --- rows ---


@pytest.mark.parametrize(
    ("table", "names"),
    [("numbered", [1, 2]), ("by_item", ["a", "b"]), ("by_series", ["R-001", "R-002"])],
    ids=["numbers", "a field", "a series"],
)
@pytest.mark.parametrize("later", [False, True], ids=["with the document", "in a later save"])
def test_rows_are_named_by_their_own_rule(frappe: Any, table: str, names: list[Any], later: bool) -> None:
    rows = [{"item": "a"}, {"item": "b"}]
    doc = frappe.get_doc({"doctype": "Order", "title": "one", **({} if later else {table: rows})}).insert()
    if later:
        doc.extend(table, rows)
        doc.save()
    stored = frappe.get_doc("Order", "one").get(table)
    assert [row.name for row in stored] == names
    assert [row.item for row in stored] == ["a", "b"]


def test_rows_without_a_rule_have_names_by_chance(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Order", "title": "one", "random": [{"item": "a"}, {"item": "a"}]}).insert()
    assert len({row.name for row in doc.random}) == 2
    assert all(len(row.name) == 10 for row in doc.random)


@pytest.mark.parametrize(
    ("taken", "value", "free"),
    [
        ([], "a", "a"),
        (["a"], "a", "a-1"),
        (["a", "a-1", "a-9"], "a", "a-10"),
        (["a-1"], "a", "a"),
        (["A"], "a", "a-1"),
        (["a", "a-b"], "a", "a-1"),
        (["a_b", "axb"], "a_b", "a_b-1"),
    ],
    ids=[
        "free",
        "taken",
        "the next after the highest",
        "only the numbered one is taken",
        "taken in capitals",
        "text behind it",
        "an underscore is no wildcard",
    ],
)
def test_a_number_behind_a_name_that_is_taken(frappe: Any, model: Any, taken: list[str], value: str, free: str) -> None:
    for title in taken:
        frappe.get_doc({"doctype": "Order", "title": title}).insert()
    assert model.append_number_if_name_exists("Order", value) == free
    assert model.append_number_if_name_exists("Order", value, "title", filters={"title": ["!=", value]}) in (
        value,
        free,
    )


def test_a_random_name(model: Any) -> None:
    assert len({model.make_autoname("hash") for _ in range(9)}) == 9


def test_amended_names_count_on(world: frappe_lite.Site) -> None:
    with world.acting() as made:
        store_doctype(
            made,
            doctype(
                "Amendable",
                ("title", "Data"),
                ("amended_from", "Link", "Amendable"),
                is_submittable=1,
                autoname="field:title",
            ),
        )
        doc = document.new(made, {"doctype": "Amendable", "title": "x"}).insert()
        for name in ("x-1", "x-2"):
            doc.submit()
            doc.cancel()
            doc = document.new(made, {"doctype": "Amendable", "title": "x", "amended_from": doc.name}).insert()
            assert doc.name == name
        made.rollback()
