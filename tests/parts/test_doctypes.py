"""What saving a DocType would do, told before it is done; and DocTypes of apps as a site has them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.errors import PermissionError, ValidationError
from frappe_lite.parts.doctypes.customising import customise, customised, reset
from frappe_lite.parts.doctypes.planning import plan
from frappe_lite.values import JsonObject, Values

CLERK = "clerk@example.com"
BOAT: Values = {
    "doctype": "DocType",
    "name": "Boat",
    "module": "Custom",
    "custom": 1,
    "autoname": "BOAT-.###",
    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
    "fields": [
        {"fieldname": "title", "fieldtype": "Data", "label": "Title"},
        {"fieldname": "sails", "fieldtype": "Data", "label": "Sails"},
        {"fieldname": "colour", "fieldtype": "Select", "label": "Colour", "options": "Red\nBlue"},
        {"fieldname": "port", "fieldtype": "Data", "label": "Port", "search_index": 1},
        {"fieldname": "number", "fieldtype": "Data", "label": "Number", "unique": 1},
    ],
}
ROWS: list[Values] = [
    {"title": "Ark", "sails": "3", "colour": "Red", "port": "Administrator", "number": "1"},
    {"title": "Ark", "sails": "many", "colour": "Blue", "port": "Nowhere", "number": "2"},
    {"title": None, "sails": None, "colour": "Blue", "port": None, "number": "3"},
]


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    """A site with an app, a DocType made here, three documents of it, and somebody who may make no DocTypes."""
    made = AppSite()
    with made.acting() as ctx:
        document.new(ctx, BOAT).insert()
        for row in ROWS:
            document.new(ctx, {"doctype": "Boat", **row}).insert()
        document.new(ctx, {"doctype": "User", "email": CLERK, "first_name": "C"}).insert()
        link = {"fieldname": "boat", "label": "Boat", "fieldtype": "Link", "options": "Boat", "insert_after": "append"}
        document.new(ctx, {"doctype": "Custom Field", "dt": "Task", **link}).insert()
    yield made
    made.close()


def field(name: str, **values: object) -> Callable[[Values], object]:
    """Change a field of the draft, or add it."""

    def change(draft: Values) -> None:
        found = next((each for each in draft["fields"] if each["fieldname"] == name), None)
        if found is None:
            draft["fields"].append({"fieldname": name, "label": name.title(), **values})
        else:
            found.update(values)

    return change


def without(name: str) -> Callable[[Values], object]:
    def change(draft: Values) -> None:
        draft["fields"] = [each for each in draft["fields"] if each["fieldname"] != name]

    return change


def planned(ctx: Context, *changes: Callable[[Values], object]) -> JsonObject:
    draft = copy.deepcopy(BOAT)
    for change in changes:
        change(draft)
    return plan(ctx, draft)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(field("title", label="Called"), [], id="a label changes nothing"),
        pytest.param(field("crew", fieldtype="Int"), ["The column crew is added"], id="a new field is a column"),
        pytest.param(field("crew", fieldtype="Section Break"), [], id="a break is none"),
        pytest.param(
            field("home", fieldtype="Link", options="User"),
            ["The column home is added", "An index on home, creation is added"],
            id="a link has an index",
        ),
        pytest.param(field("sails", search_index=1), ["An index on sails, creation is added"], id="an index asked for"),
        pytest.param(field("sails", unique=1), ["sails becomes unique, by an index"], id="unique"),
        pytest.param(field("number", unique=0), ["number is unique no more: its index goes"], id="unique no more"),
        pytest.param(
            without("sails"),
            ["The field sails goes; its column stays, with 2 values that nobody sees"],
            id="a field that goes leaves its column",
        ),
        pytest.param(
            field("sails", fieldtype="Int"),
            ["sails is Int in place of Data: its column keeps its type, and new values are of the new one"],
            id="another type",
        ),
        pytest.param(
            field("sails", fieldtype="Select", options="3"),
            ["sails is Select in place of Data: its column stays as it is"],
            id="another type that is kept alike",
        ),
    ],
)
def test_what_changes_in_the_database(ctx: Context, change: Callable[[Values], object], told: list[str]) -> None:
    """The plan says it, and saving does it."""
    columns, indexes = ctx.store.database.columns("tabBoat"), ctx.store.database.indexes("tabBoat")
    found = planned(ctx, change)
    assert (found["changes"], found["problem"]) == (told, "")
    assert (ctx.store.database.columns("tabBoat"), ctx.store.database.indexes("tabBoat")) == (columns, indexes)
    draft = copy.deepcopy(BOAT)
    change(draft)
    if found["misfits"] and found["misfits"][0]["blocks"]:
        return
    doc = document.load(ctx, "DocType", "Boat")
    doc.update(draft)
    doc.save()
    added = set(ctx.store.database.columns("tabBoat")) - set(columns)
    assert len(added) == sum(each.startswith("The column") for each in told)
    different = set(ctx.store.database.indexes("tabBoat")) ^ set(indexes)
    assert len(different) == sum("index" in each for each in told)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(field("title", reqd=1), ("has no value, and must have one", 1, False), id="mandatory now"),
        pytest.param(
            field("crew", fieldtype="Data", reqd=1), ("has no value, and must have one", 3, False), id="new, mandatory"
        ),
        pytest.param(field("crew", fieldtype="Int", reqd=1), None, id="a number has a value"),
        pytest.param(field("colour", options="Red\nGreen"), ("has none of the choices", 2, False), id="a choice less"),
        pytest.param(field("colour", options="Red\nBlue\nGreen"), None, id="a choice more"),
        pytest.param(field("sails", fieldtype="Int"), ("is no number, and becomes 0", 1, False), id="no number"),
        pytest.param(field("title", fieldtype="Date"), ("is no Date", 2, False), id="no date"),
        pytest.param(field("title", fieldtype="Small Text"), None, id="a text of another kind"),
        pytest.param(field("port", fieldtype="Link", options="User"), ("names no User", 1, False), id="no document"),
        pytest.param(field("title", length=2), ("is longer than 2 letters", 2, False), id="too long"),
        pytest.param(field("title", unique=1), ("has the value of another", 2, True), id="twice"),
        pytest.param(field("sails", unique=1), None, id="unique already"),
        pytest.param(field("sails", label="How many"), None, id="nothing that counts"),
    ],
)
def test_rows_that_do_not_fit(
    ctx: Context, change: Callable[[Values], object], fault: tuple[str, int, bool] | None
) -> None:
    found = planned(ctx, change)["misfits"]
    assert [(each["reason"], each["count"], each["blocks"]) for each in found] == ([fault] if fault else [])
    assert all(len(each["examples"]) == min(each["count"], 3) for each in found)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        pytest.param("BOAT-.###", ["BOAT-004", "BOAT-005", "BOAT-006"], id="a series goes on"),
        pytest.param("format:{title}/{####}", ["‹Title›/0001", "‹Title›/0002", "‹Title›/0003"], id="a template"),
        pytest.param("field:title", ["‹Title›"], id="a field"),
        pytest.param("prompt", ["‹as it is typed›"], id="typed"),
        pytest.param("naming_series:", [], id="a series that no field has"),
    ],
)
def test_the_next_names(ctx: Context, rule: str, names: list[str]) -> None:
    assert planned(ctx, lambda draft: draft.update(autoname=rule))["names"] == names
    assert planned(ctx, lambda draft: draft.update(autoname=rule))["names"] == names  # nothing is counted


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(field("crew", fieldtype="Link"), "crew", id="a link to nothing"),
        pytest.param(field("port", unique=1, fieldtype="Text"), "unique", id="a text cannot be unique"),
        pytest.param(field("owner", fieldtype="Data"), "owner", id="a name that every document has"),
        pytest.param(lambda draft: draft["fields"].append({"fieldtype": "Data"}), "Fieldname", id="no name at all"),
    ],
)
def test_what_would_be_refused_is_told(ctx: Context, change: Callable[[Values], object], problem: str) -> None:
    assert problem.lower() in planned(ctx, change)["problem"].lower()


@pytest.mark.parametrize(
    ("more", "changes"),
    [
        pytest.param({}, ["The table tabRaft is made, with 5 columns for its fields"], id="a table"),
        pytest.param({"issingle": 1}, ["Raft has no table of its own"], id="a Single"),
    ],
)
def test_a_new_doctype(ctx: Context, more: Values, changes: list[str]) -> None:
    found = plan(ctx, {**copy.deepcopy(BOAT), "name": "Raft", **more})
    assert (found["changes"], found["misfits"], found["links_from"]) == (changes, [], [])
    assert not ctx.has_doctype("Raft")


def test_links_lead_both_ways(ctx: Context) -> None:
    found = planned(ctx, field("port", fieldtype="Link", options="User"))
    assert [(each["doctype"], each["fieldname"]) for each in found["links_to"]] == [("User", "port")]
    assert [(each["doctype"], each["fieldname"]) for each in found["links_from"]] == [("Task", "boat")]


@pytest.mark.parametrize("name", ["Boat", "Raft"])
def test_plans_are_for_those_who_make_doctypes(ctx: Context, name: str) -> None:
    with pytest.raises(PermissionError):
        plan(ctx.as_user(CLERK), {**BOAT, "name": name})


# --- DocTypes of apps -------------------------------------------------------------------------------------


def rows_of(ctx: Context, doctype: str = "Task") -> list[Values]:
    found: list[Values] = json.loads(json.dumps([each.raw for each in ctx.meta(doctype).fields], default=str))
    return found


def set_field(rows: list[Values], name: str, **values: object) -> list[Values]:
    return [{**each, **values} if each["fieldname"] == name else each for each in rows]


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        pytest.param({"label": "Called"}, [("subject", "label", "Called")], id="a label"),
        pytest.param({"in_list_view": 0}, [("subject", "in_list_view", "0")], id="a box that is empty now"),
        pytest.param({"bold": True}, [("subject", "bold", "1")], id="true is 1"),
        pytest.param({"description": None}, [], id="nothing is as good as not said"),
        pytest.param({"fieldtype": "Text"}, [], id="a type is the app's"),
        pytest.param({"nonsense": 1}, [], id="what no field has"),
    ],
)
def test_what_differs_is_kept_beside_the_app(ctx: Context, values: Values, kept: list[tuple[str, str, str]]) -> None:
    customise(ctx, "Task", set_field(rows_of(ctx), "subject", **values))
    found = customised(ctx, "Task")["properties"]
    assert [(each["fieldname"], each["property"], each["value"]) for each in found] == kept
    for name, value in values.items():
        if kept:
            assert ctx.meta("Task").field("subject").get(name) == (int(value) if isinstance(value, bool) else value)
    customise(ctx, "Task", rows_of(ctx))  # the same again changes nothing
    assert customised(ctx, "Task")["properties"] == found
    reset(ctx, "Task")
    assert customised(ctx, "Task")["properties"] == []


def test_what_is_as_the_app_says_again_is_not_kept(ctx: Context) -> None:
    before = rows_of(ctx)
    customise(ctx, "Task", set_field(before, "subject", label="Called", description="Short"))
    customise(ctx, "Task", before)
    assert customised(ctx, "Task")["properties"] == []


def test_one_field_is_reset(ctx: Context) -> None:
    customise(ctx, "Task", set_field(set_field(rows_of(ctx), "subject", label="Called"), "status", label="State"))
    reset(ctx, "Task", "subject")
    assert [each["fieldname"] for each in customised(ctx, "Task")["properties"]] == ["status"]


def test_a_field_of_the_sites_own_stands_where_it_was_put(ctx: Context) -> None:
    rows = rows_of(ctx)
    new: list[Values] = [{"label": "Colour", "fieldtype": "Data"}, {"label": "Weight", "fieldtype": "Int", "unique": 1}]
    customise(ctx, "Task", [*rows[:1], *new, *rows[1:]])
    names = [each.fieldname for each in ctx.meta("Task").fields]
    assert names[:3] == [rows[0]["fieldname"], "custom_colour", "custom_weight"]
    assert "custom_weight" in ctx.store.database.columns("tabTask")
    rows = rows_of(ctx)
    customise(ctx, "Task", [rows[0], rows[2], rows[1], *rows[3:]])
    assert [each.fieldname for each in ctx.meta("Task").fields][:3] == [names[0], "custom_weight", "custom_colour"]
    customise(ctx, "Task", [each for each in rows_of(ctx) if each["fieldname"] != "custom_colour"])
    assert customised(ctx, "Task")["custom_fields"] == ["custom_weight", "boat"]


def test_a_unique_property_has_an_index(ctx: Context) -> None:
    customise(ctx, "Task", set_field(rows_of(ctx), "subject", unique=1))
    assert "tabTask_subject_unique" in ctx.store.database.indexes("tabTask")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rows: rows[1:], id="an app's field does not go"),
        pytest.param(lambda rows: [rows[1], rows[0], *rows[2:]], id="nor does it move"),
        pytest.param(lambda rows: [*rows, {"fieldtype": "Data"}], id="a field needs a name"),
        pytest.param(lambda rows: "fields", id="no list"),
    ],
)
def test_what_cannot_be_customised(ctx: Context, change: Callable[[Any], Any]) -> None:
    with pytest.raises(ValidationError):
        customise(ctx, "Task", change(rows_of(ctx)))


@pytest.mark.parametrize(
    ("properties", "kept"),
    [
        pytest.param({"title_field": "status"}, [("title_field", "status", "subject")], id="which field is the title"),
        pytest.param({"title_field": "subject"}, [], id="as the app says"),
        pytest.param({"title_field": "name"}, [("title_field", "name", "subject")], id="the name is a field, too"),
        pytest.param(
            {"search_fields": "status, priority"},
            [("search_fields", "status, priority", "subject,status")],
            id="several",
        ),
        pytest.param(
            {"sort_field": "priority asc, modified desc"},
            [("sort_field", "priority asc, modified desc", "modified")],
            id="an order of several, each with its direction",
        ),
        pytest.param({"track_changes": 0}, [("track_changes", "0", 1)], id="a box that is empty now"),
        pytest.param({"max_attachments": 2}, [("max_attachments", "2", None)], id="a number"),
        pytest.param({"image_field": ""}, [], id="none is as good as not said"),
        pytest.param({"istable": 1, "module": "Core", "nonsense": 1}, [], id="what belongs to the app's code"),
    ],
)
def test_properties_of_an_apps_doctype_are_kept_beside_it(ctx: Context, properties: Values, kept: list[Any]) -> None:
    before = dict(ctx.meta("Task").raw)
    customise(ctx, "Task", properties=properties)
    found = customised(ctx, "Task")["properties"]
    assert [(each["property"], each["value"], each["standard"]) for each in found] == kept
    assert {each["fieldname"] for each in found} <= {""}
    for property, value, _ in kept:
        assert str(ctx.meta("Task").raw[property]) == value
        assert document.load(ctx, "Property Setter", f"Task-main-{property}").value == value
    reset(ctx, "Task", "subject")
    assert customised(ctx, "Task")["properties"] == found
    reset(ctx, "Task", "")
    assert {key: ctx.meta("Task").raw.get(key) for key in properties} == {key: before.get(key) for key in properties}


def test_only_what_is_named_is_touched(ctx: Context) -> None:
    customise(ctx, "Task", set_field(rows_of(ctx), "subject", label="Called"), {"sort_order": "ASC"})
    customise(ctx, "Task", properties={"title_field": "status"})
    found = customised(ctx, "Task")["properties"]
    assert [(each["fieldname"], each["property"]) for each in found] == [
        ("", "sort_order"), ("", "title_field"), ("subject", "label"),
    ]  # fmt: skip
    customise(ctx, "Task", properties={"title_field": "subject"})
    assert [each["property"] for each in customised(ctx, "Task")["properties"]] == ["sort_order", "label"]


def test_a_list_has_an_index_for_its_order(ctx: Context) -> None:
    customise(ctx, "Task", properties={"sort_field": "priority"})
    assert ctx.meta("Task").sort_column == "priority"
    assert set(ctx.meta("Task").indexed) <= set(ctx.store.database.indexes("tabTask"))


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        pytest.param(
            {"title_field": "nowhere"}, "title_field: Task has no field nowhere", id="a title that is not there"
        ),
        pytest.param(
            {"search_fields": "status, nowhere"}, "search_fields: Task has no field nowhere", id="one of several"
        ),
        pytest.param({"sort_field": "nowhere desc"}, "sort_field: Task has no field nowhere", id="an order by nothing"),
        pytest.param({"image_field": "subject"}, "subject is a Data, not an Attach Image", id="a picture that is text"),
    ],
)
def test_a_property_names_a_field_that_is_there(ctx: Context, properties: Values, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        customise(ctx, "Task", properties=properties)
    draft = {"name": "Task", "fields": rows_of(ctx), **properties}
    assert told in plan(ctx, draft, customise=1)["problem"]


def test_a_plan_counts_the_properties(ctx: Context) -> None:
    new = {"label": "New", "fieldtype": "Data"}  # no name yet, and no picture
    draft = {"name": "Task", "fields": [*rows_of(ctx), new], "autoname": "T-.###", "image_field": None}
    found = plan(ctx, draft, customise=1)
    assert (found["problem"], found["names"][0]) == ("", "T-001")


@pytest.mark.parametrize("call", [lambda ctx: customise(ctx, "Task", []), lambda ctx: reset(ctx, "Task")])
def test_only_who_may_customise_does(ctx: Context, call: Callable[[Context], object]) -> None:
    with pytest.raises(PermissionError):
        call(ctx.as_user(CLERK))


def test_a_plan_of_an_apps_doctype_counts_the_sites_fields(ctx: Context) -> None:
    draft = {"name": "Task", "fields": [*rows_of(ctx), {"fieldname": "custom_x", "fieldtype": "Int", "label": "X"}]}
    assert plan(ctx, draft, customise=1)["changes"] == ["The column custom_x is added"]
