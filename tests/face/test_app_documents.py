"""Documents as app code handles them: what they answer, what they refuse, and that nothing of them is lost."""

from __future__ import annotations

import copy
import datetime
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DoesNotExistError, DuplicateEntryError, ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Line", ("item", "Data"), ("price", "Currency"), ("qty", "Float"), istable=1))
        fields: list[Any] = [
            ("title", "Data"),
            ("start", "Date"),
            ("end", "Date"),
            ("seen_at", "Datetime"),
            ("length", "Duration"),
            ("open_at", "Time"),
            ("data", "JSON"),
        ]
        fields += [
            ("total", "Currency", "currency"),
            ("currency", "Link", "Currency"),
            ("share", "Percent"),
            ("size", "Float"),
            ("many", "Int"),
            ("yes", "Check"),
        ]
        fields += [("lines", "Table", "Line"), {"fieldname": "exact", "fieldtype": "Float", "precision": "5"}]
        store_doctype(
            made,
            doctype(
                "Bill", *fields, autoname="field:title", is_submittable=1, track_seen=1, track_views=1, allow_rename=1
            ),
        )
        store_doctype(made, doctype("Plain", ("title", "Data")))
        document.new(made, {"doctype": "User", "email": "eve@x.org", "first_name": "Eve"}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


def bill(frappe: Any, title: str = "one", **values: Any) -> Any:
    return frappe.get_doc({"doctype": "Bill", "title": title, **values}).insert()


# --- rows ---

LINES = [{"item": "a", "price": 1, "qty": 2}, {"item": "b", "price": 5, "qty": 2}, {"item": "a", "price": 9, "qty": 1}]


@pytest.mark.parametrize(
    ("filters", "options", "prices"),
    [
        pytest.param({"item": "a"}, {}, [1, 9], id="a value"),
        pytest.param({"item": "a", "qty": 1}, {}, [9], id="two values"),
        pytest.param({"price": [">", 1]}, {}, [5, 9], id="an operator"),
        pytest.param({"item": ["in", ["b", "c"]]}, {}, [5], id="in a list"),
        pytest.param({"item": ["!=", "a"]}, {}, [5], id="not equal"),
        pytest.param({"item": "a"}, {"limit": 1}, [1], id="the first alone"),
        pytest.param({"item": "none"}, {}, [], id="none"),
        pytest.param(None, {}, [1, 5, 9], id="no filters"),
    ],
)
def test_rows_that_fit(frappe: Any, filters: Any, options: dict[str, Any], prices: list[int]) -> None:
    doc = frappe.get_doc({"doctype": "Bill", "lines": LINES})
    assert [row.price for row in doc.get("lines", filters, **options)] == prices
    found = doc.getone("lines", filters)
    assert (found.price if found else None) == (prices[0] if prices else None)


NO_ROWS = [["k1"], "text", 5, [1, 2], [None], [["item", "a"]]]


@pytest.mark.parametrize("value", NO_ROWS, ids=str)
@pytest.mark.parametrize("how", ["set", "extend", "update"])
def test_what_is_no_row_is_refused_and_nothing_is_lost(frappe: Any, value: Any, how: str) -> None:
    doc = bill(frappe, lines=LINES)
    with pytest.raises(ValidationError):
        doc.update({"lines": value}) if how == "update" else getattr(doc, how)("lines", value)
    assert [row.price for row in doc.lines] == [1, 5, 9]


@pytest.mark.parametrize("path", ["/api/resource/Bill/rest", "/api/v2/document/Bill/rest"])
@pytest.mark.parametrize("value", NO_ROWS, ids=str)
def test_over_rest_what_is_no_row_is_refused_and_nothing_is_lost(
    world: frappe_lite.Site, path: str, value: Any
) -> None:
    client = ApiClient(world)
    if client.get(path).status_code == 404:
        assert client.post("/api/resource/Bill", json={"title": "rest", "lines": LINES}).status_code == 201
    answer = client.put(path, json={"lines": value, "many": 3})
    assert (answer.status_code, answer.json["exc_type"] if "v2" not in path else "") in [
        (417, "RowsError"),
        (417, "ValidationError"),
        (400, "BadRequestError"),
        (417, ""),
        (400, ""),
    ]
    stored = client.get(path).json["data"]
    assert ([row["price"] for row in stored["lines"]], stored["many"]) == ([1, 5, 9], 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ["a"]), ("title", {"a": 1}), ("many", [1]), ("start", {"a": 1}), ("yes", [1])],
    ids=str,
)
def test_a_list_or_object_is_no_value_of_one(world: frappe_lite.Site, field: str, value: Any) -> None:
    client = ApiClient(world)
    answer = client.post("/api/resource/Bill", json={"title": "scalar", field: value})
    assert answer.status_code == 417, answer.text
    assert client.get("/api/resource/Bill/scalar").status_code == 404


@pytest.mark.parametrize("value", [{"a": [1]}, [1, {"b": 2}], '{"a": 1}'], ids=str)
def test_a_json_field_takes_them(frappe: Any, value: Any) -> None:
    assert frappe.db.get_value("Bill", bill(frappe, data=value).name, "data") in (
        value,
        frappe.as_json(value, indent=None),
        '{"a":[1]}',
        '[1,{"b":2}]',
        '{"a": [1]}',
        '[1, {"b": 2}]',
    )


def test_rows_are_copied_with_their_document(frappe: Any) -> None:
    doc = bill(frappe, lines=LINES)
    other = copy.deepcopy(doc)
    other.lines[0].price = 77
    other.title = "two"
    assert (doc.lines[0].price, doc.title, other.name) == (1, "one", "one")


# --- what is new, and what is stored ---

APP = {
    "kind.json": doctype("Kind", ("title", "Data"), ("number", "Int"), autoname="field:title"),
    "kind.py": """
        from frappe.model.document import Document
        class Kind(Document):
            def after_insert(self):
                self.number = 5
                self.save()
            def before_discard(self):
                self.flags.told = ["before"]
            def on_discard(self):
                self.flags.told.append("after")
    """,
}


def test_a_controller_that_saves_after_the_insert_changes_its_document(site: frappe_lite.Site, write: Write) -> None:
    site.load(write(APP))
    client = ApiClient(site)
    assert client.post("/api/resource/Kind", json={"title": "a"}).json["data"]["number"] == 5
    rows = client.get("/api/resource/Kind", query_string={"fields": '["name", "number"]'}).json["data"]
    assert rows == [{"name": "a", "number": 5}]


@pytest.mark.parametrize(
    ("status", "ends"), [(0, True), (1, False), (2, False)], ids=["a draft", "a submitted one", "a cancelled one"]
)
def test_drafts_alone_are_discarded(site: frappe_lite.Site, write: Write, status: int, ends: bool) -> None:
    site.load(
        write(
            {
                **APP,
                "kind.json": doctype(
                    "Kind", ("title", "Data"), ("number", "Int"), autoname="field:title", is_submittable=1
                ),
            }
        )
    )
    with site.acting() as made:
        doc = document.new(made, {"doctype": "Kind", "title": "a"}).insert()
        document.set_values(made, doc.meta, "a", {"docstatus": status})
        doc = document.load(made, "Kind", "a")
        if ends:
            doc.discard()
            assert (doc.docstatus, doc.docstatus.is_cancelled(), doc.flags.told) == (2, True, ["before", "after"])
        else:
            with pytest.raises(ValidationError, match="Only draft documents can be discarded"):
                doc.discard()
        assert document.load(made, "Kind", "a").docstatus == (2 if ends else status)


@pytest.mark.parametrize(
    ("status", "answers"), [(0, (True, False, False)), (1, (False, True, False)), (2, (False, False, True))]
)
def test_a_docstatus_answers_questions(frappe: Any, status: int, answers: tuple[bool, ...]) -> None:
    from frappe.model.docstatus import DocStatus

    doc = bill(frappe)
    doc.docstatus = DocStatus(status)
    assert (doc.docstatus.is_draft(), doc.docstatus.is_submitted(), doc.docstatus.is_cancelled()) == answers
    assert doc.docstatus == status == (DocStatus.draft(), DocStatus.submitted(), DocStatus.cancelled())[status]
    assert doc.as_dict()["docstatus"] == status


@pytest.mark.parametrize(
    ("call", "error"),
    [
        pytest.param(
            "get_doc({'doctype': 'Bill', 'name': 'gone', '__islocal': 0}).save()",
            DoesNotExistError,
            id="a stored one that is gone",
        ),
        pytest.param("get_doc('Bill', 'none')", DoesNotExistError, id="a name that there is not"),
        pytest.param(
            "get_doc({'doctype': 'Bill', 'title': 'one'}).insert()", DuplicateEntryError, id="a name that is taken"
        ),
        pytest.param("get_doc('Bill', 'one').extend('lines', None)", ValueError, id="None is no list of rows"),
        pytest.param(
            "get_doc('Bill', 'one').validate_value('many', '>', 3)",
            ValidationError,
            id="a value that compares otherwise",
        ),
        pytest.param("get_doc('Bill', 'one').validate_table_has_rows('lines')", ValidationError, id="an empty table"),
        pytest.param(
            "get_doc('Bill', 'one').raise_no_permission_to('write')", frappe_lite.PermissionError, id="no permission"
        ),
    ],
)
def test_what_is_refused(frappe: Any, call: str, error: Any) -> None:
    bill(frappe)
    with pytest.raises(error):
        eval(f"frappe.{call}", {"frappe": frappe})


@pytest.mark.parametrize(
    ("start", "end", "fits"),
    [
        ("2026-01-01", "2026-01-02", True),
        ("2026-01-01", "2026-01-01", True),
        ("2026-01-02", "2026-01-01", False),
        (None, "2026-01-01", True),
        ("2026-01-01", None, True),
    ],
)
def test_the_one_day_is_not_after_the_other(frappe: Any, start: Any, end: Any, fits: bool) -> None:
    from frappe.exceptions import InvalidDates

    doc = frappe.get_doc({"doctype": "Bill", "start": start, "end": end})
    if fits:
        assert doc.validate_from_to_dates("start", "end") is None
    else:
        with pytest.raises(InvalidDates, match="must be after"):
            doc.validate_from_to_dates("start", "end")


# --- what changed ---


@pytest.mark.parametrize(
    ("field", "value", "changed"),
    [
        pytest.param("start", "2026-01-02", False, id="a day as text"),
        pytest.param("start", datetime.date(2026, 1, 2), False, id="a day as a date"),
        pytest.param("start", "2026-01-03", True, id="another day"),
        pytest.param("start", None, True, id="no day"),
        pytest.param("seen_at", "2026-01-02 03:04:05", False, id="a moment as text"),
        pytest.param("seen_at", "2026-01-02 03:04:06", True, id="another moment"),
        pytest.param("open_at", "9:00", False, id="a time written otherwise"),
        pytest.param("many", 3, False, id="a number"),
        pytest.param("many", 4, True, id="another number"),
        pytest.param("title", "one", False, id="a text"),
    ],
)
def test_whether_a_save_changes_a_field(frappe: Any, field: str, value: Any, changed: bool) -> None:
    bill(frappe, start="2026-01-02", seen_at="2026-01-02 03:04:05", open_at="09:00:00", many=3)
    doc = frappe.get_doc("Bill", "one")
    doc.load_doc_before_save()
    doc.set(field, value)
    assert doc.has_value_changed(field) is changed
    assert str(doc.get_value_before_save("many")) == "3"


def test_of_a_new_document_everything_changes(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Bill", "title": "x"})
    assert (doc.has_value_changed("title"), doc.get_value_before_save("title"), doc.get_doc_before_save()) == (
        True,
        None,
        None,
    )


def test_a_new_document_is_nowhere_yet_and_so_is_the_latest(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Bill", "title": "x"})
    doc.check_if_latest()
    doc.insert()
    assert doc.title == "x" and not doc.is_new()


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [("seen_at", "2026-01-02", True), ("start", datetime.date(2026, 1, 2), True), ("start", "2026-01-03", False)],
    ids=str,
)
def test_what_was_submitted_stays_however_it_is_written(frappe: Any, field: str, value: Any, fits: bool) -> None:
    bill(frappe, start="2026-01-02", seen_at="2026-01-02 00:00:00").submit()
    doc = frappe.get_doc("Bill", "one")
    doc.set(field, value)
    if fits:
        assert doc.validate_update_after_submit() is None
    else:
        with pytest.raises(frappe_lite.UpdateAfterSubmitError, match="Not allowed to change"):
            doc.validate_update_after_submit()


# --- numbers and text ---


@pytest.mark.parametrize(
    ("field", "parent", "places"),
    [
        ("total", None, 2),
        ("size", None, 3),
        ("share", None, 3),
        ("exact", None, 5),
        ("title", None, None),
        ("many", None, None),
        ("price", "lines", 2),
        ("qty", "lines", 3),
    ],
)
def test_how_many_decimal_places_a_field_has(frappe: Any, field: str, parent: Any, places: Any) -> None:
    assert frappe.get_doc({"doctype": "Bill"}).precision(field, parent) == places


@pytest.mark.parametrize(
    ("field", "value", "options", "written"),
    [
        pytest.param("start", "2026-01-02", {}, "02.01.2026", id="a day, as System Settings write it"),
        pytest.param("seen_at", "2026-01-02 03:04:05", {}, "02.01.2026 03:04", id="a moment"),
        pytest.param("open_at", "09:05:00", {}, "09:05", id="a time"),
        pytest.param("total", 1234.5, {}, "€ 1.234,50", id="money of the document's currency"),
        pytest.param("total", 1234.5, {"currency": "USD"}, "$ 1.234,50", id="money of another"),
        pytest.param("total", -3, {"absolute_value": True}, "€ 3,00", id="without its sign"),
        pytest.param("size", 1234.5, {}, "1.234,50", id="a number, as short as the format allows"),
        pytest.param("share", 12.5, {}, "12.5%", id="a part of a hundred"),
        pytest.param("many", 1234, {}, 1234, id="a whole number"),
        pytest.param("length", 3661, {}, "1h 1m 1s", id="a length of time"),
        pytest.param("title", "x", {}, "x", id="text"),
        pytest.param("start", None, {}, "", id="nothing"),
    ],
)
def test_values_as_people_read_them(frappe: Any, field: str, value: Any, options: dict[str, Any], written: Any) -> None:
    settings = {"date_format": "dd.mm.yyyy", "time_format": "HH:mm", "number_format": "#.###,##"}
    frappe.db.set_single_value("System Settings", settings)
    doc = frappe.get_doc({"doctype": "Bill", "currency": "EUR", field: value})
    assert doc.get_formatted(field, **options) == written
    if not options:
        assert frappe.format(value, doc.meta.get_field(field), doc=doc) == written


def test_floats_are_rounded(frappe: Any) -> None:
    doc = frappe.get_doc(
        {"doctype": "Bill", "total": 1.235, "size": 1.23456, "exact": 1.2345678, "lines": [{"price": 1.005, "qty": 1}]}
    )
    doc.round_floats_in(doc)
    assert (doc.total, doc.size, doc.exact) == (1.24, 1.235, 1.23457)
    doc.size = 1.23456
    doc.round_floats_in(doc, ["size", "total"], do_not_round_fields=["size"])
    assert doc.size == 1.23456


# --- who has it, who saw it ---


def test_who_saw_it(frappe: Any) -> None:
    doc = bill(frappe)
    doc.add_seen("eve@x.org")
    doc.add_seen("eve@x.org")
    assert frappe.parse_json(frappe.db.get_value("Bill", "one", "_seen")) == ["eve@x.org"]
    doc.reset_seen()
    assert frappe.parse_json(frappe.db.get_value("Bill", "one", "_seen")) == ["Administrator"]
    doc.many = 4
    doc.save()
    assert frappe.parse_json(frappe.db.get_value("Bill", "one", "_seen")) == ["Administrator"]
    for unique in (False, True, False):
        doc.add_viewed("eve@x.org", unique_views=unique)
    assert frappe.db.count("View Log", {"reference_name": "one", "viewed_by": "eve@x.org"}) == 2
    plain = frappe.get_doc({"doctype": "Plain"}).insert()
    assert (plain.add_viewed(), plain.add_viewed(force=True).reference_name) == (None, plain.name)


def test_tags_and_links_of_a_document(frappe: Any) -> None:
    doc = bill(frappe)
    doc.add_tag("hot")
    doc.add_tag("hot")
    assert (
        doc.get_tags(),
        frappe.db.count("Tag Link", {"document_name": "one"}),
        doc.get_url().endswith("/app/bill/one"),
    ) == (["hot"], 1, True)
    assert (doc.get_signature() == doc.get_signature(), len(doc.get_signature()), doc.is_locked) == (True, 56, False)
    doc.set_onload("x", 1)
    assert (doc.get_onload("x"), doc.get_onload().x) == (1, 1)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("doc.get_parentfield_of_doctype('Line')", "lines"),
        ("doc.get_parentfield_of_doctype('None')", None),
        ("doc.get_table_field_doctype('lines')", "Line"),
        ("doc.lines[0].get_parent_doc().name", "one"),
        ("doc.get_db_value('many')", 3),
        ("'lines' in doc.get_valid_columns()", False),
        ("doc.get_value('many')", 3),
        ("doc.meta.get_label('seen_at')", "Seen At"),
        ("doc.has_permlevel_access_to('many')", True),
        ("doc.get_permlevel_access()", [0]),
        ("len(doc.get_permissions())", 1),
        ("doc.update_if_missing({'many': 9, 'currency': 'EUR'}) or (doc.many, doc.currency)", (3, "EUR")),
        ("doc.delete_key('many') or doc.get('many')", None),
        ("doc.get_valid_dict(convert_dates_to_str=True)['start']", "2026-01-02"),
        ("doc.as_dict(convert_dates_to_str=True)['start']", "2026-01-02"),
        ("type(doc.as_dict().lines[0]).__name__", "_dict"),
        ("doc.as_dict(no_child_table_fields=True).lines[0].get('parent')", None),
    ],
)  # fmt: skip
def test_what_a_document_answers(frappe: Any, expression: str, expected: Any) -> None:
    bill(frappe, start="2026-01-02", many=3, lines=LINES)
    assert eval(expression, {"doc": frappe.get_doc("Bill", "one")}) == expected


def test_values_written_at_once(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Bill", "title": "new"})
    doc.db_set("many", 4)  # Frappe: of a document without a name only the value is set
    assert (doc.many, frappe.db.exists("Bill", "new")) == (4, None)
    doc = bill(frappe)
    doc.db_set({"many": 5, "size": 1.5})
    assert frappe.db.get_value("Bill", "one", ["many", "size"]) == (5, 1.5)
    doc.rename("two")
    assert (doc.name, frappe.db.exists("Bill", "one")) == ("two", None)


@pytest.mark.parametrize(
    ("rows", "error", "text"),
    [
        ([{"fieldname": "x", "fieldtype": "Section Break", "reqd": 1}], "IllegalMandatoryError", "cannot be mandatory"),
        (
            [{"fieldname": "x", "fieldtype": "Data", "reqd": 1, "hidden": 1}],
            "HiddenAndMandatoryWithoutDefaultError",
            "without default",
        ),
        ([{"fieldname": "x", "fieldtype": "Text", "search_index": 1}], "CannotIndexedError", "cannot be indexed"),
        (
            [{"fieldname": "x", "fieldtype": "Data", "depends_on": "eval:doc.a = 1"}],
            "ValidationError",
            "write == to compare",
        ),
        (
            [{"fieldname": "x", "fieldtype": "Data"}, {"fieldname": "x", "fieldtype": "Data"}],
            "UniqueFieldnameError",
            "x",
        ),
        ([{"fieldname": "l", "fieldtype": "Link"}], "DoctypeLinkError", "Options"),
        (
            [{"fieldname": "l", "fieldtype": "Link", "options": "No Such Kind"}],
            "WrongOptionsDoctypeLinkError",
            "must be a valid DocType",
        ),
        ([{"fieldname": "owner", "fieldtype": "Data"}], "InvalidFieldNameError", "owner"),
    ],
    ids=[
        "a mandatory break",
        "hidden and mandatory",
        "an index on long text",
        "an assignment",
        "a name twice",
        "a link to nothing",
        "a link to none",
        "a name of every document",
    ],
)
def test_fields_that_cannot_be(world: frappe_lite.Site, rows: list[dict[str, Any]], error: str, text: str) -> None:
    answer = ApiClient(world).post(
        "/api/resource/DocType", json={"name": "Bad Kind", "module": "Core", "custom": 1, "fields": rows}
    )
    assert (answer.status_code, answer.json["exc_type"], text in answer.text) == (417, error, True), answer.text


@pytest.mark.parametrize(
    ("row", "fine"),
    [
        ({"fieldtype": "Data", "reqd": 1, "hidden": 1, "default": "x"}, True),
        ({"fieldtype": "Table", "reqd": 1, "options": "Line"}, True),
        ({"fieldtype": "Data", "depends_on": "eval:doc.a == 1"}, True),
        ({"fieldtype": "Data", "search_index": 1}, True),
    ],
    ids=["hidden with a default", "a mandatory table", "a comparison", "an index on short text"],
)
def test_fields_that_can_be(ctx: Context, frappe: Any, row: dict[str, Any], fine: bool) -> None:
    made = frappe.get_doc(
        {
            "doctype": "DocType",
            "name": "Good Kind",
            "module": "Core",
            "custom": 1,
            "fields": [{"fieldname": "x", **row}],
        }
    )
    assert bool(made.insert().name) is fine
    ctx.site.refresh() if hasattr(ctx.site, "refresh") else None


def test_what_a_new_doctype_is_given(frappe: Any) -> None:
    rows = [
        {"fieldname": "a", "fieldtype": "Data", "reqd": 1},
        {"label": "Name", "fieldtype": "Data"},
        {"label": "My Field?", "fieldtype": "Int"},
    ]
    made = frappe.get_doc(
        {"doctype": "DocType", "name": "Given Kind", "module": "Core", "custom": 1, "is_submittable": 1, "fields": rows}
    ).insert()
    assert [row.fieldname for row in made.fields] == ["a", "name1", "my_field", "amended_from"]
    assert [row.in_list_view for row in made.fields][:2] == [1, 0]
    amended = made.fields[-1]
    assert (amended.options, amended.no_copy, amended.read_only) == ("Given Kind", 1, 1)


@pytest.mark.parametrize(
    ("custom", "order"),
    [
        pytest.param([("x", "a")], "a x b s c d", id="after the one that it names"),
        pytest.param([("x", "a"), ("y", "x")], "a x y b s c d", id="after another custom one"),
        pytest.param([("y", "x"), ("x", "a")], "a x y b s c d", id="told the other way round"),
        pytest.param([("x", "a"), ("y", "a")], "a x y b s c d", id="two after one"),
        pytest.param([("x", None)], "x a b s c d", id="after none: the first"),
        pytest.param([("x", None), ("y", "x")], "x y a b s c d", id="after the first"),
        pytest.param([("x", "gone")], "a b s c d x", id="after one that is gone"),
        pytest.param([("x", "y"), ("y", "x")], "a b s c d x y", id="each after the other: last, and no endless loop"),
        pytest.param([("k", "a", "Section Break")], "a k b s c d", id="a break after a field begins there"),
        pytest.param([("k", "s", "Section Break")], "a b s c d k", id="a break after a break ends that section"),
        pytest.param([("k", "d", "Column Break")], "a b s c d k", id="a column at the end"),
    ],
)
def test_where_custom_fields_stand(custom: list[tuple[Any, ...]], order: str) -> None:
    from frappe_lite.doctype.custom_fields import merged

    fields = [{"fieldname": name, "fieldtype": "Section Break" if name == "s" else "Data"} for name in "abscd"]
    rows = [dict(zip(("fieldname", "insert_after", "fieldtype"), (*each, "Data")[:3], strict=True)) for each in custom]
    found = [row["fieldname"] for row in merged(fields, rows)]
    assert [each for each in found if each in order.split()] == order.split()
    assert sorted(found) == sorted([*"abscd", *(each[0] for each in custom)])


def test_a_field_that_is_no_longer_unique_takes_the_same_value_twice(world: frappe_lite.Site) -> None:
    client = ApiClient(world)
    fields = [{"fieldname": "code", "fieldtype": "Data", "unique": 1}]
    assert (
        client.post(
            "/api/resource/DocType", json={"name": "Coded", "module": "Core", "custom": 1, "fields": fields}
        ).status_code
        == 201
    )
    assert [client.post("/api/resource/Coded", json={"code": "a"}).status_code for _ in range(2)] == [201, 417]
    assert (
        client.put(
            "/api/resource/DocType/Coded", json={"fields": [{"fieldname": "code", "fieldtype": "Data", "unique": 0}]}
        ).status_code
        == 200
    )
    assert client.post("/api/resource/Coded", json={"code": "a"}).status_code == 201
