"""Customize Form: what app code changes of a DocType by it, and what it leaves as the app says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.context import Context
from frappe_lite.errors import DoesNotExistError, ValidationError
from frappe_lite.site import Site

DOCTYPE = "Event"


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = frappe_lite.Site()
    yield made
    made.close()


def form(doctype: str = DOCTYPE) -> Any:
    """The form, as it shows a DocType."""
    found = frappe_lite.get_doc("Customize Form")
    found.doc_type = doctype
    found.fetch_to_customize()
    return found


def row(of: Any, fieldname: str) -> Any:
    return next(each for each in of.fields if each.fieldname == fieldname)


def setters() -> dict[tuple[str, str], str]:
    rows = frappe_lite.get_all("Property Setter", {"doc_type": DOCTYPE}, ["field_name", "property", "value"])
    return {(each.field_name or "", each.property): each.value for each in rows}


def test_it_shows_what_counts_on_this_site(ctx: Context) -> None:
    frappe_lite.make_property_setter({"doctype": DOCTYPE, "fieldname": "subject", "property": "label", "value": "What"})
    found, meta = form(), frappe_lite.get_meta(DOCTYPE)
    assert [each.fieldname for each in found.fields] == [each.fieldname for each in meta.fields]
    assert (row(found, "subject").label, row(found, "subject").reqd, found.title_field) == ("What", 1, meta.title_field)


def test_what_is_shown_and_saved_changes_nothing(ctx: Context) -> None:
    saved = 0
    for doctype in frappe_lite.get_all("DocType", {"issingle": 0, "custom": 0}, pluck="name"):
        try:
            form(doctype).save_customization()
        except ValidationError:
            continue
        saved += 1
    assert saved > 90
    assert (frappe_lite.db.count("Property Setter"), frappe_lite.db.count("Custom Field")) == (0, 0)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        pytest.param(lambda of: row(of, "subject").update({"label": "What"}), {("subject", "label"): "What"}, id="a field"),
        pytest.param(
            lambda of: row(of, "subject").update({"depends_on": "eval:doc.color"}),
            {("subject", "depends_on"): "eval:doc.color"},
            id="when it is shown",
        ),
        pytest.param(
            lambda of: row(of, "subject").update({"placeholder": "Say it"}), {("subject", "placeholder"): "Say it"},
            id="what the field editor does not show, too",
        ),
        pytest.param(lambda of: of.update({"title_field": "color"}), {("", "title_field"): "color"}, id="the DocType"),
        pytest.param(lambda of: row(of, "subject").update({"reqd": 0}), {("subject", "reqd"): "0"}, id="what is off"),
    ],
)  # fmt: skip
def test_what_differs_is_kept(ctx: Context, change: Callable[[Any], None], kept: dict[tuple[str, str], str]) -> None:
    found = form()
    change(found)
    found.save_customization()
    assert setters() == kept
    found = form()
    for (fieldname, name), value in kept.items():
        place = row(found, fieldname) if fieldname else found
        assert str(place.get(name)) == value
        place.set(name, form_of_app(fieldname, name))
    found.save_customization()
    assert setters() == {}


def form_of_app(fieldname: str, name: str) -> object:
    """What the app says."""
    said = {("subject", "label"): "Subject", ("subject", "reqd"): 1, ("", "title_field"): "subject"}
    return said.get((fieldname, name))


def test_fields_are_added_changed_moved_and_removed(ctx: Context) -> None:
    found = form()
    found.fields.insert(1, found.append("fields", {"label": "My Note", "fieldtype": "Data"}))
    found.fields.pop()
    found.save_customization()
    made = frappe_lite.get_doc("Custom Field", f"{DOCTYPE}-custom_my_note")
    assert (made.insert_after, frappe_lite.get_meta(DOCTYPE).fields[1].fieldname) == ("subject", "custom_my_note")
    row(found, "custom_my_note").update({"reqd": 1, "label": "Ours"})
    found.save_customization()
    changed = frappe_lite.get_meta(DOCTYPE).get_field("custom_my_note")
    assert (changed.reqd, changed.label) == (1, "Ours")
    found.set("fields", [each for each in found.fields if each.fieldname != "custom_my_note"])
    found.save_customization()
    assert not frappe_lite.get_meta(DOCTYPE).has_field("custom_my_note")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda of: of.set("fields", of.fields[1:]), id="a field of the app's cannot go"),
        pytest.param(lambda of: row(of, "subject").set("fieldtype", "Int"), id="nor be of another type"),
        pytest.param(lambda of: of.append("fields", {"label": "X", "fieldtype": "Nothing"}), id="a type that is none"),
        pytest.param(lambda of: of.set("title_field", "nothing"), id="a title that is no field"),
        pytest.param(lambda of: of.set("search_fields", "subject, nothing"), id="a search in what is no field"),
    ],
)
def test_what_is_refused_is_not_kept(ctx: Context, change: Callable[[Any], None]) -> None:
    found = form()
    change(found)
    with pytest.raises(ValidationError):
        found.save_customization()
    assert (setters(), frappe_lite.db.count("Custom Field")) == ({}, 0)


@pytest.mark.parametrize(
    ("doctype", "error"),
    [
        pytest.param("User", ValidationError, id="one of the core"),
        pytest.param("System Settings", ValidationError, id="a Single"),
        pytest.param("Own", ValidationError, id="one of the site's own"),
        pytest.param("Nothing", DoesNotExistError, id="one that is not there"),
    ],
)
def test_what_is_not_customized(ctx: Context, doctype: str, error: type[Exception]) -> None:
    own = {"doctype": "DocType", "name": "Own", "module": "Custom", "custom": 1}
    frappe_lite.get_doc({**own, "fields": [{"fieldname": "a", "fieldtype": "Data", "label": "A"}]}).insert()
    with pytest.raises(error):
        form(doctype)


def test_people_s_changes_are_forgotten_and_the_app_s_stay(ctx: Context) -> None:
    for own, fieldname in ((False, "ours"), (True, "the_apps")):
        given = {"fieldname": fieldname, "label": fieldname, "fieldtype": "Data", "is_system_generated": int(own)}
        frappe_lite.get_doc({"doctype": "Custom Field", "dt": DOCTYPE, **given}).insert()
        setter = {"doctype": DOCTYPE, "fieldname": "subject", "property": "bold" if own else "label", "value": "1"}
        frappe_lite.make_property_setter(setter, is_system_generated=own)
    found = form()
    found.reset_to_defaults()
    assert (row(found, "subject").label, setters()) == ("Subject", {("subject", "bold"): "1"})
    assert frappe_lite.get_all("Custom Field", pluck="fieldname") == ["the_apps"]


def test_nothing_of_the_form_is_kept(ctx: Context) -> None:
    form().save()
    assert frappe_lite.get_doc("Customize Form").doc_type is None
    assert frappe_lite.db.count("Customize Form Field") == 0


def test_an_empty_form_does_nothing(ctx: Context) -> None:
    found = form("")
    found.save_customization()
    found.reset_to_defaults()
    assert found.fields == []


@pytest.mark.parametrize(("user", "status"), [("boss@x.org", 200), ("clerk@x.org", 403), (None, 403)])
def test_over_the_wire_it_is_for_who_may_write_the_form(
    site: Site, new_user: Callable[..., ApiClient], user: str | None, status: int
) -> None:
    caller = new_user(site, user, *(["System Manager"] if status == 200 else [])) if user else ApiClient(site, None)
    path, docs = "POST /api/method/run_doc_method", {"doctype": "Customize Form", "name": "Customize Form"}
    shown = caller(path, {"method": "fetch_to_customize", "docs": {**docs, "doc_type": DOCTYPE}})
    assert shown.status_code == status
    if status == 200:
        given = shown.json["docs"][0]
        given["fields"][0]["label"] = "What"
        assert caller(path, {"method": "save_customization", "docs": given}).status_code == 200
        with site.acting():
            assert setters() == {("subject", "label"): "What"}
