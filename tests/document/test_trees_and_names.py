"""A new tree has its parents where Frappe looks for them, and no name is made of a number that nobody gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conftest import AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.errors import ValidationError
from frappe_lite.site import Site

DOCTYPE = {"doctype": "DocType", "module": "Core", "custom": 1}


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = AppSite()
    yield made
    made.close()


def link(fieldname: str) -> dict[str, str]:
    return {"fieldname": fieldname, "fieldtype": "Link", "options": "Grove"}


@pytest.mark.parametrize(
    ("asked", "fields", "parent"),
    [
        pytest.param(None, [], "parent_grove", id="nothing said"),
        pytest.param("reports_to", [], "parent_grove", id="a field that is not there"),
        pytest.param("reports_to", [link("reports_to")], "parent_grove", id="a field that is there"),
        pytest.param("parent_grove", [link("parent_grove")], "parent_grove", id="its own"),
        pytest.param(
            "reports_to",
            [link("reports_to"), *({"fieldname": each, "fieldtype": "Int"} for each in ("lft", "rgt"))],
            "reports_to",
            id="a tree that brings lft along",
        ),
    ],
)
def test_where_a_new_tree_has_its_parents(
    ctx: Context, asked: str | None, fields: list[dict[str, str]], parent: str
) -> None:
    title = {"fieldname": "title", "fieldtype": "Data"}
    values = {"is_tree": 1, "nsm_parent_field": asked, "autoname": "field:title", "fields": [title, *fields]}
    made = document.new(ctx, {**DOCTYPE, "name": "Grove", **values}).insert()
    names = [row.fieldname for row in made.fields]
    assert (made.nsm_parent_field, names.count(parent)) == (parent, 1)
    document.new(ctx, {"doctype": "Grove", "title": "oak", "is_group": 1}).insert()
    twig = document.new(ctx, {"doctype": "Grove", "title": "twig", parent: "oak"}).insert()
    oak = document.load(ctx, "Grove", "oak")
    assert (oak.lft, twig.lft, oak.rgt) == (1, 2, 4)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param({}, None, id="not given"),
        pytest.param({"number": None}, None, id="given as nothing"),
        pytest.param({"number": 7}, "7", id="a number"),
    ],
)
def test_a_name_by_a_number(ctx: Context, given: dict[str, Any], name: str | None) -> None:
    fields = [{"fieldname": "number", "fieldtype": "Int"}, {"fieldname": "text", "fieldtype": "Data"}]
    document.new(ctx, {**DOCTYPE, "name": "Numbered", "autoname": "field:number", "fields": fields}).insert()
    new = document.new(ctx, {"doctype": "Numbered", "text": "x", **given})
    if name is None:
        with pytest.raises(ValidationError, match="required"):
            new.insert()
        assert ctx.store.database.row('SELECT COUNT(*) FROM "tabNumbered"')[0] == 0
    else:
        assert str(new.insert().name).partition(".")[0] == name
