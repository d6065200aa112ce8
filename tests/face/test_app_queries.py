"""What app code asks of the database: `frappe.db`, lists, and `frappe.qb.get_query`, each with Frappe's answers."""

from __future__ import annotations

import datetime
import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DataError, DoesNotExistError, ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
ROWS = (
    {
        "title": "bear",
        "weight": 300,
        "born": "2020-01-02",
        "seen_at": "2026-01-02 03:04:05",
        "keeper": "Ann",
        "meals": [{"food": "fish", "grams": 9}, {"food": "honey"}],
    },
    {"title": "cat", "weight": 4, "born": "2024-05-06", "keeper": "Ben", "meals": [{"food": "fish", "grams": 1}]},
    {"title": "dog", "weight": 20, "born": None, "secret": "bites"},
)


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Meal", ("food", "Data"), ("grams", "Int"), istable=1))
        store_doctype(made, doctype("Keeper", ("full_name", "Data"), ("wage", "Int"), autoname="field:full_name"))
        fields: list[Any] = [
            ("title", "Data"),
            ("weight", "Int"),
            ("born", "Date"),
            ("seen_at", "Datetime"),
            ("keeper", "Link", "Keeper"),
            ("meals", "Table", "Meal"),
        ]
        fields += [{"fieldname": "secret", "fieldtype": "Data", "permlevel": 1}]
        animal = doctype("Animal", *fields, autoname="field:title", sort_field="title", sort_order="ASC")
        animal["permissions"].append({"role": "All", "read": 1})
        store_doctype(made, animal)
        store_doctype(made, doctype("Zoo Settings", ("opens", "Time"), ("fee", "Int"), ("since", "Date"), issingle=1))
        for name in ("Ann", "Ben"):
            document.new(made, {"doctype": "Keeper", "full_name": name, "wage": 7}).insert()
        for each in ROWS:
            document.new(made, {"doctype": "Animal", **each}).insert()
        document.new(made, {"doctype": "User", "email": "eve@x.org", "first_name": "Eve"}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


def value_of(frappe: Any, expression: str) -> Any:
    return eval(
        expression,
        {
            "frappe": frappe,
            "db": frappe.db,
            "date": datetime.date,
            "datetime": datetime.datetime,
            "timedelta": datetime.timedelta,
        },
    )


DB = [
    pytest.param("db.get_value('Animal', 'cat', 'weight')", 4, id="one field: its value"),
    pytest.param("db.get_value('Animal', 'cat', ['weight'])", 4, id="a list of one field: its value"),
    pytest.param("db.get_value('Animal', 'cat', ('weight', 'title'))", (4, "cat"), id="two fields: a tuple"),
    pytest.param("db.get_value('Animal', 'cat', 'weight, title')", (4, "cat"), id="names with a comma are several"),
    pytest.param("db.get_value('Animal', 'cat', ['weight'], as_dict=True)", {"weight": 4}, id="a dict"),
    pytest.param("db.get_value('Animal', 'cat', ['weight'], as_dict=True).weight", 4, id="whose keys are attributes"),
    pytest.param("db.get_value('Animal', 'cat', '*').title", "cat", id="a star: a dict of all"),
    pytest.param("db.get_value('Animal', 'cat')", "cat", id="no field: the name"),
    pytest.param("db.get_value('Animal', 'cat', 'born')", datetime.date(2024, 5, 6), id="a date is a date"),
    pytest.param(
        "db.get_value('Animal', 'bear', 'seen_at')", datetime.datetime(2026, 1, 2, 3, 4, 5), id="a moment is a moment"
    ),
    pytest.param("db.get_value('Animal', None, 'weight')", None, id="None asks for a Single, which this is not"),
    pytest.param("db.get_value('Animal', 'Animal', 'weight')", None, id="so does its own name"),
    pytest.param("db.get_value('Animal', {'title': 'none'}, 'weight')", None, id="nothing fits"),
    pytest.param(
        "db.get_value('Animal', {'weight': ['>', 10]}, 'title', order_by='weight')",
        "bear",
        id="an order without a direction goes down",
    ),
    pytest.param("db.get_value('Animal', {'weight': ['>', 10]}, 'title', order_by='weight asc')", "dog", id="upwards"),
    pytest.param(
        "db.get_value('Animal', {'weight': ['>', 10]}, ['title', 'weight'], order_by='weight asc', pluck=True)",
        "dog",
        id="pluck: the first column",
    ),
    pytest.param(
        "db.get_value('Animal', [['weight', '>', 10], ['weight', '<', 100]], 'title')", "dog", id="filters in a list"
    ),
    pytest.param(
        "db.get_value('Animal', {'title': 'cat'}, 'nothing', ignore=True)",
        None,
        id="a field that there is not, ignored",
    ),
    pytest.param(
        "db.get_value('No Such Kind', 'x', 'y', ignore=True)", None, id="a DocType that there is not, ignored"
    ),
    pytest.param(
        "db.get_values('Animal', {'weight': ['<', 100]}, ['title'], order_by='title asc')",
        [("cat",), ("dog",)],
        id="values: tuples",
    ),
    pytest.param(
        "db.get_values('Animal', {'weight': ['<', 100]}, 'title', order_by='title asc', pluck=True)",
        ["cat", "dog"],
        id="values: a column",
    ),
    pytest.param(
        "db.get_values('Animal', 'cat', ['title'], as_dict=True, update={'x': 1})",
        [{"title": "cat", "x": 1}],
        id="values with more",
    ),
    pytest.param(
        "db.get_values('Animal', ['cat', 'dog'], 'weight', order_by='weight asc')", [(4,), (20,)], id="names as filters"
    ),
    pytest.param(
        "db.get_values('Animal', {}, 'keeper', distinct=True, order_by=None, limit=9) .__len__()",
        3,
        id="each value once",
    ),
    pytest.param("sorted(db.get_values('Animal', None, 'title'))", [], id="values of no Single"),
    pytest.param("db.get('Animal', 'cat').weight", 4, id="everything of one"),
    pytest.param("db.get('Animal', 'none')", None, id="everything of none"),
    pytest.param("db.exists('Animal', 'cat')", "cat", id="exists by name"),
    pytest.param("db.exists('Animal', 'none')", None, id="exists not"),
    pytest.param("db.exists('Animal', {'weight': 4})", "cat", id="exists by filters"),
    pytest.param("db.exists({'doctype': 'Animal', 'weight': 4})", "cat", id="the DocType among the filters"),
    pytest.param("db.exists('Animal', {'doctype': 'Animal', 'weight': 4})", "cat", id="the DocType in both places"),
    pytest.param("db.exists('Animal', {'nothing': 4})", None, id="a field that there is not fits nothing"),
    pytest.param("db.exists('Animal', ['cat', 'none'])", "cat", id="one of several names"),
    pytest.param("db.exists('Animal', 'cat', True)", "cat", id="cache stands third"),
    pytest.param("db.exists('No Such Kind', 'x')", None, id="a DocType that there is not"),
    pytest.param("db.exists('Animal', '')", None, id="no name"),
    pytest.param("db.exists('Zoo Settings')", "Zoo Settings", id="a Single without its name"),
    pytest.param("db.exists('Zoo Settings', 'Zoo Settings')", "Zoo Settings", id="a Single is there"),
    pytest.param("db.exists('DocType', 'DocType')", "DocType", id="the DocType of DocTypes"),
    pytest.param("db.count('Animal')", 3, id="count"),
    pytest.param("db.count('Animal', {'weight': ['>', 10]})", 2, id="count by filters"),
    pytest.param("db.count('Animal', ['cat', 'dog', 'none'])", 2, id="count of names"),
    pytest.param(
        "(db.sum('Animal', 'weight'), db.avg('Animal', 'weight'), db.min('Animal', 'weight'), db.max('Animal', 'weight'))",
        (324, 108, 4, 300),
        id="sums",
    ),
    pytest.param("db.sum('Animal', 'weight', {'title': 'none'})", 0, id="the sum of nothing"),
    pytest.param("db.max('Animal', 'born')", datetime.date(2024, 5, 6), id="the newest day"),
    pytest.param("db.a_row_exists('Animal').__len__()", 1, id="a row"),
    pytest.param("db.get_last_created('Animal').year > 2024", True, id="when the newest was made"),
    pytest.param("db.get_column_type('Animal', 'weight')", "integer", id="the type of a column"),
    pytest.param(
        "(db.field_exists('Animal', 'weight'), db.field_exists('Animal', 'x'), db.field_exists('X', 'x'))",
        (True, False, False),
        id="fields",
    ),
    pytest.param(
        "(db.table_exists('Animal'), db.table_exists('Zoo Settings'), db.table_exists('X'))",
        (True, False, False),
        id="tables",
    ),
    pytest.param("db.get_index_name(['title(140)', 'weight'])", "title_weight_index", id="the name of an index"),
    pytest.param('db.escape("o\'k 5%")', "'o''k 5%%'", id="text as SQL"),
    pytest.param("db.escape('5%', percent=False)", "'5%'", id="its % as it is"),
    pytest.param("db.format_date('2026-05-06')", "2026-05-06", id="a date as it is kept"),
    pytest.param(
        "db.format_datetime('2026-05-06 07:08:09')", "2026-05-06 07:08:09.000000", id="a moment as it is kept"
    ),
    pytest.param("db.format_datetime(None)", "0001-01-01 00:00:00.000000", id="no moment as it is kept"),
]


@pytest.mark.parametrize(("expression", "expected"), DB)
def test_what_frappe_db_answers(frappe: Any, expression: str, expected: Any) -> None:
    found = value_of(frappe, expression)
    assert (found, type(found) is tuple) == (expected, type(expected) is tuple)


@pytest.mark.parametrize(
    ("expression", "error", "text"),
    [
        ("db.get_value('No Such Kind', 'x')", DoesNotExistError, "No Such Kind"),
        ("db.get_value('Animal', 'cat', 'nothing')", DataError, "nothing"),
        ("db.get_single_value('Zoo Settings', 'nothing')", ValidationError, "nothing"),
        ("db.set_value('Animal', 'cat', 'nothing', 1)", DataError, "nothing"),
        ("db.get_column_type('Animal', 'nothing')", DoesNotExistError, "nothing"),
        ("db.add_index('Animal', ['nothing'])", DoesNotExistError, "nothing"),
    ],
)
def test_what_frappe_db_refuses(frappe: Any, expression: str, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        value_of(frappe, expression)


@pytest.mark.parametrize(
    ("which", "changed"),
    [
        pytest.param("cat", ["cat"], id="a name"),
        pytest.param(["cat", "dog", "none"], ["cat", "dog"], id="names"),
        pytest.param({"weight": [">", 10]}, ["bear", "dog"], id="filters"),
        pytest.param({"title": "none"}, [], id="filters that nothing fits"),
        pytest.param(None, [], id="None names a Single"),
        pytest.param("none", [], id="a name that there is not"),
    ],
)
def test_what_set_value_changes(frappe: Any, which: Any, changed: list[str]) -> None:
    frappe.db.set_value("Animal", which, "weight", 77)
    assert frappe.get_all("Animal", {"weight": 77}, pluck="name", order_by="name asc") == changed


def test_values_of_a_single(frappe: Any) -> None:
    db = frappe.db
    db.set_single_value("Zoo Settings", {"fee": "5", "since": "2020-01-02"})
    db.set_value("Zoo Settings", None, "opens", "09:00:00")
    assert (db.get_single_value("Zoo Settings", "fee"), db.get_single_value("Zoo Settings", "since")) == (
        5,
        datetime.date(2020, 1, 2),
    )
    assert db.get_value("Zoo Settings", None, "fee") == db.get_value("Zoo Settings", "Zoo Settings", "fee") == 5
    assert db.get_value("Zoo Settings", None, ["fee", "opens"]) == (5, datetime.timedelta(hours=9))
    assert db.get_value("Zoo Settings", {"fee": 6}, "fee") is None
    assert db.get_values_from_single(["fee"], None, "Zoo Settings", as_dict=True) == [{"fee": 5}]
    assert (db.get_singles_dict("Zoo Settings").since, db.get_singles_dict("Zoo Settings", cast=True).since) == (
        "2020-01-02",
        datetime.date(2020, 1, 2),
    )


# --- defaults ---


def test_defaults_of_the_site_and_of_users(frappe: Any) -> None:
    import frappe.defaults as defaults

    defaults.set_user_default("colour", "red", "eve@x.org")
    defaults.add_user_default("colour", "blue", "eve@x.org")
    defaults.add_user_default("colour", "blue", "eve@x.org")
    defaults.set_global_default("colour", "grey")
    assert (
        defaults.get_user_default("colour", "eve@x.org"),
        defaults.get_user_default_as_list("colour", "eve@x.org"),
    ) == ("red", ["red", "blue"])
    assert (defaults.get_user_default("colour"), defaults.get_global_default("colour")) == ("grey", "grey")
    assert defaults.get_defaults("eve@x.org").colour == ["red", "blue"]
    assert defaults.get_defaults().user == "Administrator"
    defaults.clear_user_default("colour", "eve@x.org")
    assert defaults.get_user_default("colour", "eve@x.org") == "grey"
    defaults.set_default("colour", None)
    assert defaults.get_global_default("colour") is None


def test_some_defaults_are_forgotten(frappe: Any) -> None:
    import frappe.defaults as defaults

    for key, parent in (("a", "x"), ("a", "y"), ("b", "x")):
        defaults.add_default(key, "1", parent)
    defaults.clear_default("a", parent="x")
    assert [bool(defaults.get_default(key, parent)) for key, parent in (("a", "x"), ("a", "y"), ("b", "x"))] == [
        False,
        True,
        True,
    ]
    defaults.clear_default(value="1")
    assert [defaults.get_default(key, parent) for key, parent in (("a", "y"), ("b", "x"))] == [None, None]
    with pytest.raises(ValidationError, match="No key"):
        defaults.clear_default()


def test_a_default_that_the_user_may_not_use_is_none(frappe: Any) -> None:
    import frappe.defaults as defaults

    frappe.get_doc(
        {
            "doctype": "User Permission",
            "user": "eve@x.org",
            "allow": "Keeper",
            "for_value": "Ann",
            "apply_to_all_doctypes": 1,
        }
    ).insert()
    for value, expected in (("Ann", "Ann"), ("Ben", None)):
        defaults.set_user_default("keeper", value, "eve@x.org")
        assert defaults.get_user_default("keeper", "eve@x.org") == expected
    assert defaults.is_a_user_permission_key("Keeper")
    assert not defaults.is_a_user_permission_key("keeper")


@pytest.mark.parametrize(
    ("key", "value"), [("language", "en"), ("nothing", None), ("rounding_method", "Banker's Rounding")]
)
def test_a_default_that_was_not_set_is_the_setting(frappe: Any, key: str, value: Any) -> None:
    assert (frappe.db.get_default(key), frappe.db.get_defaults(key), frappe.db.get_global(key)) == (value, value, None)
    frappe.db.set_default(key, "mine")
    assert (frappe.db.get_default(key), frappe.db.get_defaults(key)) == ("mine", "mine")


# --- lists ---

LISTS = [
    pytest.param("get_all('Animal', 'title', {'weight': 4})", [{"title": "cat"}], id="a field by itself"),
    pytest.param(
        "get_all('Animal', fields='title, weight', filters='cat')",
        [{"title": "cat", "weight": 4}],
        id="names with a comma",
    ),
    pytest.param("get_all('Animal', {'weight': 4})", [{"name": "cat"}], id="filters in the place of the fields"),
    pytest.param(
        "get_all('Animal', [['weight', '>', 4]], pluck='name')", ["bear", "dog"], id="a list of filters there"
    ),
    pytest.param("get_all('Animal', filters=['cat', 'dog'], pluck='name')", ["cat", "dog"], id="names as filters"),
    pytest.param("get_all('Animal', limit=1, start=1, pluck='name')", ["cat"], id="a page"),
    pytest.param(
        "get_all('Animal', limit_start=2, limit_page_length=5, pluck='name')", ["dog"], id="a page by the old names"
    ),
    pytest.param(
        "get_all('Animal', fields=['born'], filters='cat', as_list=True)",
        [(datetime.date(2024, 5, 6),)],
        id="tuples, dates as dates",
    ),
    pytest.param(
        "get_all('Animal', fields=['name', 'keeper.wage'], filters='cat')",
        [{"name": "cat", "wage": 7}],
        id="a field of what a link leads to",
    ),
    pytest.param("get_all('Animal', fields=[{'COUNT': '*', 'as': 'n'}])", [{"n": 3}], id="a count"),
    pytest.param(
        "get_all('Animal', filters={'food': 'fish'}, pluck='name')",
        ["bear", "cat"],
        id="a field of a child table by its bare name",
    ),
    pytest.param(
        "get_all('Animal', filters=[['food', '=', 'honey']], pluck='name')", ["bear"], id="the same in a list"
    ),
    pytest.param(
        "get_all('Animal', filters=[['Meal', 'food', '=', 'honey']], pluck='name')",
        ["bear"],
        id="a field of a child table by its DocType",
    ),
    pytest.param(
        "get_all('Animal', or_filters={'food': 'honey', 'title': 'dog'}, pluck='name', distinct=True)",
        ["bear", "dog"],
        id="either of both",
    ),
    pytest.param(
        "get_all('Animal', filters={'born': ['between', ['2020-01-01', '2021-01-01']]}, pluck='name')",
        ["bear"],
        id="between two days",
    ),
    pytest.param(
        "get_all('Animal', filters={'born': ['between', ['2020-01-03']]}, pluck='name')",
        ["cat"],
        id="between one day and today",
    ),
    pytest.param(
        "get_all('Animal', filters={'born': ['between', None]}, pluck='name')", [], id="between today and today"
    ),
    pytest.param(
        "get_all('Animal', filters={'born': ['between', '2020-01-03']}, pluck='name')", ["cat"], id="the same as text"
    ),
    pytest.param(
        "get_all('Meal', filters={'parent': 'bear'}, pluck='food', order_by='idx asc')",
        ["fish", "honey"],
        id="rows of a child table",
    ),
    pytest.param("get_list('Animal', pluck='name', limit=0)", ["bear", "cat", "dog"], id="a list with permissions"),
    pytest.param("get_value('Animal', 'cat', 'weight')", 4, id="frappe.get_value"),
    pytest.param("db.get_list('Animal', pluck='name')", ["bear", "cat", "dog"], id="frappe.db.get_list asks nobody"),
]


@pytest.mark.parametrize(("expression", "expected"), LISTS)
def test_lists(frappe: Any, expression: str, expected: Any) -> None:
    assert value_of(frappe, f"frappe.{expression}") == expected


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param({"food": "honey"}, ["bear"], id="a field of a child table"),
        pytest.param([["grams", ">", 5]], ["bear"], id="in a list"),
        pytest.param({"born": ["between", ["2020-01-03"]]}, ["cat"], id="between one day and today"),
    ],
)
@pytest.mark.parametrize("path", ["/api/resource/Animal", "/api/v2/document/Animal"])
def test_the_same_filters_over_rest(world: frappe_lite.Site, filters: Any, names: list[str], path: str) -> None:
    answer = ApiClient(world).get(path, query_string={"filters": json.dumps(filters), "fields": '["name"]'})
    assert [each["name"] for each in answer.json["data"]] == names


def test_a_filter_on_nothing_is_refused_over_rest(world: frappe_lite.Site) -> None:
    answer = ApiClient(world).get("/api/resource/Animal", query_string={"filters": '{"nothing": 1}'})
    assert (answer.status_code, "nothing" in answer.text) == (417, True)


# --- frappe.qb.get_query ---

MEALS = [{"food": "fish", "grams": 9}, {"food": "honey", "grams": 0}]
COUNT = "{'COUNT': 'name', 'as': 'n'}"
QUERIES = [
    pytest.param("get_query('Animal', fields=['name'], filters={'weight': 4}).run()", [("cat",)], id="tuples"),
    pytest.param("get_query('Animal', fields=['name', 'born'], filters='cat').run(as_dict=True)", [{"name": "cat", "born": datetime.date(2024, 5, 6)}], id="dicts, dates as dates"),
    pytest.param("get_query('Animal', fields='name', filters=[['weight', '>', 4]], order_by='name asc').run(pluck=True)", ["bear", "dog"], id="a column"),
    pytest.param("get_query('Animal', order_by='weight').run(pluck=True)", ["bear", "dog", "cat"], id="an order without a direction goes down"),
    pytest.param("get_query(A, fields=[A.title], filters=A.weight == 4).run(pluck=True)", ["cat"], id="PyPika's own parts"),
    pytest.param("get_query('Animal', fields=['name'], filters=[A.weight > 4, ['weight', '<', 100]]).run(pluck=True)", ["dog"], id="both in one list"),
    pytest.param("get_query('Animal', fields=['name']).where(A.weight == 4).run(pluck=True)", ["cat"], id="where follows"),
    pytest.param("get_query('Animal', fields=['name']).left_join(K).on(K.name == A.keeper).select(K.wage).where(K.name == 'Ben').run()", [("cat", 7)], id="a join follows"),
    pytest.param("get_query('Animal', fields=['name', 'keeper.wage as pay'], filters='bear').run(as_dict=True)", [{"name": "bear", "pay": 7}], id="a field of a link"),
    pytest.param("get_query('Animal', fields=['name'], filters={'keeper.full_name': 'Ben'}).run(pluck=True)", ["cat"], id="a filter on a link"),
    pytest.param("get_query('Animal', fields=['name'], filters={'meals.food': 'honey'}).run(pluck=True)", ["bear"], id="a filter on a child table"),
    pytest.param("get_query('Animal', fields=['meals.food as food'], filters='cat').run(as_dict=True)", [{"food": "fish"}], id="a field of a child table"),
    pytest.param("get_query('Animal', fields=['name', {'meals': ['food', 'grams']}], filters='bear').run(as_dict=True)[0]['meals']", MEALS, id="rows of a child table"),
    pytest.param("get_query('Animal', fields=[{'meals': ['food']}], filters='dog').run(as_dict=True)", [{"name": "dog", "meals": []}], id="no rows of one"),
    pytest.param(f"get_query('Animal', fields=['keeper', {COUNT}], group_by='keeper', filters=A.keeper == 'Ann').run(as_dict=True)", [{"keeper": "Ann", "n": 1}], id="groups"),
    pytest.param("get_query('Animal', limit=1, offset=1, order_by='name asc').run(pluck=True)", ["cat"], id="a page"),
    pytest.param("get_query('Animal', fields=['name'], or_filters={'weight': 4, 'title': 'dog'}, order_by='name asc').run(pluck=True)", ["cat", "dog"], id="either of both"),
    pytest.param("get_query('Meal', fields=['food'], filters={'parent': 'bear'}, order_by='idx asc', parent_doctype='Animal').run(pluck=True)", ["fish", "honey"], id="rows"),
    pytest.param("get_query('Animal', filters={'seen_at': datetime(2026, 1, 2, 3, 4, 5)}, fields=['name']).run(pluck=True)", ["bear"], id="a moment in a filter"),
    pytest.param("get_query('Animal', fields=['name']).where(A.seen_at == datetime(2026, 1, 2, 3, 4, 5)).run(pluck=True)", ["bear"], id="a moment in a condition"),
    pytest.param("get_query('Animal', filters={'title': \"o'k\"}, fields=['name']).run()", [], id="a quote in a value"),
    pytest.param("get_query('Animal', fields=['name'], filters={'title': 'x\\' OR 1=1 --'}).run()", [], id="no value is SQL"),
    pytest.param("get_query('Animal', fields=['name'], distinct=True).run(run=False)[:15]", 'SELECT DISTINCT', id="its text"),
]  # fmt: skip


@pytest.fixture
def built(frappe: Any) -> Any:
    pytest.importorskip("pypika")

    def run(expression: str) -> Any:
        names = {
            "frappe": frappe,
            "A": frappe.qb.DocType("Animal"),
            "K": frappe.qb.DocType("Keeper"),
            "Q": frappe.qb,
            "datetime": datetime.datetime,
        }
        return eval(f"frappe.qb.{expression}", names)

    return run


@pytest.mark.parametrize(("expression", "expected"), QUERIES)
def test_get_query(built: Any, expression: str, expected: Any) -> None:
    assert built(expression) == expected


@pytest.mark.parametrize(
    ("expression", "error", "text"),
    [
        ("get_query('Animal', fields=['nothing'])", DataError, "nothing"),
        ("get_query('Animal', filters={'nothing': 1})", DataError, "nothing"),
        ("get_query('No Such Kind')", DoesNotExistError, "No Such Kind"),
        ("get_query('Animal', order_by='title sideways now')", ValidationError, "is no order"),
        ("get_query('Animal', fields=['name; DROP TABLE x'])", ValidationError, "query: name;"),
    ],
)
def test_what_get_query_refuses(built: Any, expression: str, error: Any, text: str) -> None:
    with pytest.raises((error, DataError), match=text):
        built(expression)


def test_get_query_writes(frappe: Any, built: Any) -> None:
    built("get_query('Animal', update=True, filters={'title': 'cat'}).set('weight', 5).run()")
    assert frappe.db.get_value("Animal", "cat", "weight") == 5
    built("get_query('Animal', into=True).columns('name', 'title').insert('emu', 'emu').run()")
    assert frappe.db.get_value("Animal", "emu", "title") == "emu"
    built("get_query('Animal', delete=True, filters={'title': 'emu'}).run()")
    assert frappe.db.exists("Animal", "emu") is None


def test_get_query_for_a_user(frappe: Any, built: Any) -> None:
    frappe.get_doc(
        {
            "doctype": "User Permission",
            "user": "eve@x.org",
            "allow": "Keeper",
            "for_value": "Ann",
            "apply_to_all_doctypes": 1,
        }
    ).insert()
    frappe.set_user("eve@x.org")
    try:
        asked = "get_query('Animal', fields=['name'], order_by='name asc', ignore_permissions={})"
        assert built(f"{asked.format(True)}.run(pluck=True)") == ["bear", "cat", "dog"]
        assert built(f"{asked.format(False)}.run(pluck=True)") == ["bear", "dog"]
        with pytest.raises(frappe_lite.PermissionError, match="Keeper"):
            built("get_query('Keeper', ignore_permissions=False)")
    finally:
        frappe.set_user("Administrator")


@pytest.mark.parametrize(
    "fields", [["secret"], ["name", "keeper.wage"]], ids=["of a level", "of what one may not read"]
)
def test_get_query_gives_no_field_that_the_user_may_not_read(frappe: Any, built: Any, fields: list[str]) -> None:
    frappe.set_user("eve@x.org")
    try:
        rows = built(f"get_query('Animal', fields={fields}, filters='dog', ignore_permissions=False).run(as_dict=True)")
    except (frappe_lite.PermissionError, DataError) as error:
        assert fields[-1].partition(".")[0] in str(error)  # noqa: PT017 - refused is well too
    else:
        assert "bites" not in str(rows)
        assert 7 not in rows[0].values()
    finally:
        frappe.set_user("Administrator")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(
            "Q.from_(A).select(A.name).where(SubQuery(Q.from_(K).select(K.wage).where(K.name == 'Ann'))).run().__len__()",
            3,
            id="a query as a condition",
            marks=pytest.mark.sqlite("PostgreSQL takes no number for a condition"),
        ),
        pytest.param(
            "Q.from_(A).select(A.name, ConstantColumn('x').as_('kind')).where(A.name == 'cat').run(as_dict=True)",
            [{"name": "cat", "kind": "x"}],
            id="a value as a column",
        ),
        pytest.param(
            "Q.from_(A).select(ConstantColumn('x')).where(A.name == 'cat').run(as_dict=True)",
            [{"x": "x"}],
            id="named as itself",
        ),
        pytest.param(
            "Q.from_(A).select(Round(A.weight / 3.0, 1)).where(A.name == 'cat').run()[0][0]", 1.3, id="rounded"
        ),
        pytest.param(
            "Q.from_(A).select(Cast_(A.weight, 'varchar')).where(A.name == 'cat').run()[0][0]",
            "4",
            id="as another type",
        ),
        pytest.param(
            "Q.from_(A).select(GroupConcat(A.name)).where(A.weight < 100).run()[0][0]",
            "cat,dog",
            id="a group with commas",
            marks=pytest.mark.sqlite("PostgreSQL has STRING_AGG in its place"),
        ),
        pytest.param(
            "Q.from_(A).select(A.name).where(A.name == 'cat').walk()[1]", {}, id="no parameters: values are quoted"
        ),
        pytest.param("ImportMapper({db_type_is.MARIADB: len})('abc')", 3, id="what stands for MariaDB"),
    ],
)
def test_the_parts_of_queries(frappe: Any, built: Any, expression: str, expected: Any) -> None:
    from frappe.query_builder.custom import ConstantColumn
    from frappe.query_builder.functions import Cast_, GroupConcat, Round
    from frappe.query_builder.terms import SubQuery
    from frappe.query_builder.utils import ImportMapper, db_type_is

    names = {
        "ConstantColumn": ConstantColumn,
        "Cast_": Cast_,
        "GroupConcat": GroupConcat,
        "Round": Round,
        "SubQuery": SubQuery,
    }
    names |= {
        "A": frappe.qb.DocType("Animal"),
        "K": frappe.qb.DocType("Keeper"),
        "Q": frappe.qb,
        "ImportMapper": ImportMapper,
        "db_type_is": db_type_is,
    }
    assert eval(expression, names) == expected


# --- the end of a transaction ---


def test_functions_wait_for_the_end(world: frappe_lite.Site) -> None:
    frappe: Any = importlib.import_module("frappe")
    called: list[str] = []
    with world.acting():
        for name in ("before_commit", "after_commit", "before_rollback", "after_rollback"):
            getattr(frappe.db, name).add(lambda name=name: called.append(name))
        frappe.db.commit()
        assert called == ["before_commit", "after_commit"]
        called.clear()
        for name in ("before_commit", "after_commit", "before_rollback", "after_rollback"):
            getattr(frappe.db, name).add(lambda name=name: called.append(name))
        assert len(frappe.db.before_commit) == 1
        frappe.db.rollback()
        assert (called[0], "before_commit" in called, "after_commit" in called) == ("before_rollback", False, False)


@pytest.mark.parametrize(
    ("statement", "question"),
    [
        ("select colour from `tabAnimal`", "is_missing_column"),
        ("select 1 from `tabNone`", "is_table_missing"),
        ("select 1 from `tabNone`", "is_missing_table_or_column"),
    ],
)
def test_what_an_error_means(frappe: Any, statement: str, question: str) -> None:
    with pytest.raises(Exception, match="no such|does not exist") as caught:
        frappe.db.sql(statement)
    assert getattr(frappe.db, question)(caught.value)
    assert not frappe.db.is_duplicate_entry(caught.value)
