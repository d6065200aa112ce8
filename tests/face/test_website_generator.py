"""Documents with a route of their own: their class gives it, from the title."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.model.website_generator import WebsiteGenerator

apps.provide_frappe()


class Story(WebsiteGenerator):
    """As an app's: its `validate` calls the one above."""

    def validate(self) -> None:
        super().validate()


class Shown(Story):
    website = {"page_title_field": "subject", "condition_field": "is_public", "no_cache": 1}


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    fields = [("title", "Data"), ("subject", "Data"), ("route", "Data"), ("published", "Check"), ("is_public", "Check")]
    with site.acting() as made:
        store_doctype(made, doctype("Story", *fields, route="stories", is_published_field="published"))
        store_doctype(made, doctype("Bare", ("subject", "Data"), ("route", "Data"), title_field="subject"))
        store_doctype(made, doctype("Shown", *fields, autoname="hash"))
    site.controllers.update(Story=Story, Bare=Story, Shown=Shown)
    yield site
    site.close()


@pytest.mark.parametrize(
    ("kind", "values", "route"),
    [
        pytest.param("Story", {"title": "A b_c", "published": 1}, "stories/a-b-c", id="the title, below the DocType's"),
        pytest.param("Story", {"title": "A b", "published": 0}, None, id="none while nobody sees it"),
        pytest.param("Story", {"title": "A", "route": "/own/x/."}, "own/x", id="its own, without slashes around it"),
        pytest.param("Story", {"title": "A", "route": "r" * 200}, "r" * 139, id="not too long"),
        pytest.param("Bare", {"subject": "Über uns!"}, "ber-uns", id="by the DocType's title field, always published"),
        pytest.param("Shown", {"title": "A", "subject": "S", "is_public": 1}, "s", id="by what the class says"),
        pytest.param("Shown", {"title": "A", "subject": "S", "published": 1}, None, id="of the field that it says"),
    ],
)
def test_a_document_gets_its_route(ctx: Context, kind: str, values: dict[str, Any], route: str | None) -> None:
    assert document.new(ctx, {"doctype": kind, **values}).insert().route == route


def test_a_document_is_named_by_its_title_unless_names_are_random(ctx: Context) -> None:
    made = document.new(ctx, {"doctype": "Story", "title": "My Day"}).insert()
    random = document.new(ctx, {"doctype": "Shown", "subject": "My Day"}).insert()
    assert made.name == "my-day" and random.name != "my-day"


def test_what_a_page_is_told(ctx: Context) -> None:
    made = document.new(ctx, {"doctype": "Shown", "subject": "S", "is_public": 1}).insert()
    info = made.get_page_info()
    assert (info.page_title, info.title, info.no_cache, info.doc is made, info.docname) == (
        "S",
        "S",
        1,
        True,
        made.name,
    )
    made.run_method("onload")
    assert made.__dict__["__onload"] == {"is_website_generator": True, "published": 1}
    assert made.get_website_properties("no_cache") == 1 and made.get_website_properties("other", "x") == "x"
    made.save()
    made.delete()
