"""What a DocType must fulfil, field by field, and what it is given on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite import document, errors
from frappe_lite.context import Context
from frappe_lite.errors import ValidationError
from frappe_lite.site import Site

TITLE = {"fieldname": "title", "fieldtype": "Data", "label": "Title"}
NOTHING = {"role": "System Manager", **dict.fromkeys(("read", "write", "create", "delete", "export"), 0)}
CHILD = {**NOTHING, "read": 1}


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = frappe_lite.Site()
    with made.acting() as ctx:
        doctype(ctx, name="Row", istable=1)
    yield made
    made.close()


def doctype(ctx: Context, *fields: dict[str, Any], **values: Any) -> Any:
    given = {"name": "Ruled", "module": "Core", "custom": 1, "autoname": "hash", "fields": [TITLE, *fields], **values}
    return document.new(ctx, {"doctype": "DocType", **given}).insert()


def field(fieldtype: str, options: Any = None, **more: Any) -> dict[str, Any]:
    return {"fieldname": "f1", "fieldtype": fieldtype, "label": "F 1", "options": options, **more}


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        pytest.param({"fieldname": "a-b"}, errors.InvalidColumnName, 'special characters like "-"', id="a dash"),
        pytest.param({"fieldname": "ü"}, errors.InvalidColumnName, "special characters", id="what is no ASCII"),
        pytest.param({"fieldname": "x" * 65}, ValidationError, "limited to 64", id="too long"),
        pytest.param({"fieldname": "owner"}, errors.InvalidFieldNameError, "owner is restricted", id="the server's"),
        pytest.param({"fieldname": "save"}, ValidationError, "reserved keyword", id="a method's"),
        pytest.param({"fieldname": "Title"}, errors.UniqueFieldnameError, "rows 1, 2", id="twice, in any letters"),
        pytest.param({"fieldname": "", "label": ""}, ValidationError, "Fieldname is required", id="none at all"),
        pytest.param(field("Link"), errors.DoctypeLinkError, "Options required", id="a link to nothing"),
        pytest.param(field("Link", "Nope"), errors.WrongOptionsDoctypeLinkError, "valid DocType", id="to no DocType"),
        pytest.param(field("Link", "user"), errors.DoctypeLinkError, "must be the same as", id="in other letters"),
        pytest.param(field("Table", "User"), ValidationError, "not a child table", id="a table of documents"),
        pytest.param(field("Table MultiSelect", "Row"), ValidationError, "one Link field", id="to choose rows of none"),
        pytest.param(field("Dynamic Link", "title"), ValidationError, "must point to", id="a Dynamic Link by no Link"),
        pytest.param(
            field("Data", hidden=1, reqd=1), errors.HiddenAndMandatoryWithoutDefaultError, "hidden", id="hidden and needed"
        ),
        pytest.param(field("Color", unique=1), errors.NonUniqueError, "cannot be unique", id="a unique colour"),
        pytest.param(field("Text", search_index=1), errors.CannotIndexedError, "cannot be indexed", id="a text by index"),
        pytest.param(field("HTML", reqd=1), errors.IllegalMandatoryError, "cannot be mandatory", id="layout is needed"),
        pytest.param(field("HTML", in_list_view=1), ValidationError, "In List View", id="layout in lists"),
        pytest.param(field("HTML", in_global_search=1), ValidationError, "In Global Search", id="layout in searches"),
        pytest.param(field("Check", default="2"), ValidationError, "either '0' or '1'", id="a Check with 2"),
        pytest.param(field("Select", default="a"), ValidationError, "Options for", id="a Select of nothing with a"),
        pytest.param(field("Select", "b", default="a"), ValidationError, "in the list", id="a Select of b with a"),
        pytest.param(field("Rating", "11"), ValidationError, "from 3 to 10", id="eleven stars"),
        pytest.param(field("Data", fetch_from="f1.x"), ValidationError, "self-referential", id="fetched from itself"),
        pytest.param(field("Fold"), ValidationError, "at the end", id="a fold at the end"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be(ctx: Context, given: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        doctype(ctx, {"fieldtype": "Data", "label": "F", **given})


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        pytest.param({"title_field": "no"}, errors.InvalidFieldNameError, "Title field", id="a title"),
        pytest.param({"timeline_field": "no"}, errors.InvalidFieldNameError, "Timeline field", id="a timeline"),
        pytest.param({"timeline_field": "title"}, errors.InvalidFieldNameError, "Link or Dynamic", id="of no link"),
        pytest.param({"sort_field": "no"}, errors.InvalidFieldNameError, "Sort field no", id="an order"),
        pytest.param({"image_field": "no"}, errors.InvalidFieldNameError, "valid fieldname", id="an image"),
        pytest.param({"image_field": "title"}, errors.InvalidFieldNameError, "Attach Image", id="that is none"),
        pytest.param({"search_fields": "title, no"}, ValidationError, "Search field no", id="a search"),
        pytest.param({"autoname": "field:no"}, ValidationError, "Invalid fieldname 'no'", id="a name"),
        pytest.param({"autoname": "naming_series:"}, ValidationError, "must exist", id="a series"),
        pytest.param({"is_virtual": 1}, errors.CannotCreateStandardDoctypeError, "Virtual", id="a virtual one"),
        pytest.param({"permissions": [NOTHING]}, ValidationError, "No basic permissions", id="nothing given"),
        pytest.param({"permissions": [CHILD, CHILD]}, ValidationError, "Only one rule", id="the same twice"),
        pytest.param({"is_submittable": 0, "permissions": [{**CHILD, "submit": 1}]}, ValidationError, "without Write", id="submit alone"),
        pytest.param({"is_submittable": 0, "permissions": [{**CHILD, "write": 1, "submit": 1}]}, ValidationError, "if not Submittable",
                     id="submit of what is not submitted"),
        pytest.param({"permissions": [{**CHILD, "import": 1}]}, ValidationError, "without Create", id="import alone"),
    ],
)  # fmt: skip
def test_a_doctype_names_what_is_not_there(
    ctx: Context, given: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        doctype(ctx, **given)


@pytest.mark.parametrize(
    ("values", "added"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"is_submittable": 1}, ["amended_from"], id="what it amends"),
        pytest.param({"is_tree": 1}, ["lft", "rgt", "is_group", "old_parent", "parent_ruled"], id="a place in a tree"),
    ],
)
def test_what_comes_with_its_kind(ctx: Context, values: dict[str, Any], added: list[str]) -> None:
    assert [row.fieldname for row in doctype(ctx, **values).fields] == ["title", *added]


@pytest.mark.parametrize(
    ("autoname", "said"),
    [
        pytest.param("", "Warning: Naming is not set", id="no rule"),
        pytest.param("format:{title}", "Warning: Usage of 'format:' is discouraged.", id="a template"),
        pytest.param("hash", None, id="another"),
    ],
)
def test_what_is_said_of_names(ctx: Context, autoname: str, said: str | None) -> None:
    ctx.messages.clear()
    doctype(ctx, autoname=autoname)
    assert [each["message"] for each in ctx.messages] == ([said] if said else [])


@pytest.mark.parametrize(
    ("values", "fieldname"),
    [
        pytest.param({"label": "Zz One"}, "custom_zz_one", id="by its label"),
        pytest.param({"label": "x", "fieldname": "Zz"}, "zz", id="by its name, in small letters"),
        pytest.param({"label": "x", "fieldname": "parent"}, "parent1", id="what no field is called gets a number"),
    ],
)
def test_the_name_of_a_custom_field(ctx: Context, values: dict[str, Any], fieldname: str) -> None:
    made = document.new(ctx, {"doctype": "Custom Field", "dt": "Note", "fieldtype": "Data", **values}).insert()
    assert (made.fieldname, made.name) == (fieldname, f"Note-{fieldname}")


def test_a_custom_field_follows_the_same_rules(ctx: Context) -> None:
    with pytest.raises(errors.DoctypeLinkError, match="Options required"):
        document.new(ctx, {"doctype": "Custom Field", "dt": "Note", "label": "x", "fieldtype": "Link"}).insert()


@pytest.mark.parametrize(
    ("kind", "length", "refused"),
    [
        pytest.param("Data", 1000, False, id="the longest"),
        pytest.param("Data", 1001, True, id="a longer one"),
        pytest.param("Select", 5000, True, id="of a Select"),
        pytest.param("Data", 0, False, id="none is the usual one"),
        pytest.param("Text", 5000, False, id="long texts have none"),
    ],
)
def test_a_length_that_no_column_has_is_refused_once_there_is_a_table(
    ctx: Context, kind: str, length: int, refused: bool
) -> None:
    options = "a\nb" if kind == "Select" else None
    made = doctype(ctx, field(kind, options, length=length), name="Long")  # Frappe: a new table asks the database
    custom = {"doctype": "Custom Field", "dt": "Note", "label": "Long", "fieldtype": kind, "options": options}
    for write in (made.save, document.new(ctx, {**custom, "length": length}).insert):
        if refused:
            with pytest.raises(ValidationError, match="should be between 1 and 1000"):
                write()
        else:
            assert write()
