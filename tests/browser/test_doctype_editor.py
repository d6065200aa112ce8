"""The editor of DocTypes, beyond making one.

Rows by keyboard, themes, a phone, calls that work, and what an app owns.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import AXE, Live, Visitor

MODULES = AXE.parents[2]
"""Where `make test` has the packages of npm."""


def make_boat(live: Live) -> None:
    fields = [
        {"fieldname": "title", "label": "Title", "fieldtype": "Data", "reqd": 1},
        {"fieldname": "sails", "label": "Sails", "fieldtype": "Int"},
    ]
    permissions = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}]
    live.make(
        "DocType",
        {
            "name": "Boat",
            "module": "Custom",
            "custom": 1,
            "autoname": "field:title",
            "fields": fields,
            "permissions": permissions,
        },
    )


def fieldnames(live: Live) -> list[str]:
    with live.site.acting() as ctx:
        return [each.fieldname for each in ctx.meta("Boat").fields]


def test_fields_are_moved_and_deleted_by_keyboard(admin: Visitor, live: Live) -> None:
    make_boat(live)
    page = admin.open("/app/doctype/Boat")
    fields = page.get_by_role("group", name="Fields")
    fields.get_by_role("button", name="Move row 2").press("ArrowUp")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)  # Save is disabled while it saves, too
    assert fieldnames(live) == ["sails", "title"]
    fields.get_by_role("checkbox", name="Choose row 1").press("Space")
    fields.get_by_role("button", name="Delete 1").press("Enter")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)  # Save is disabled while it saves, too
    assert fieldnames(live) == ["title"]


@pytest.mark.parametrize("query", ["", "/api"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 375)])
def test_both_tabs_are_accessible_and_fit(visit: Any, live: Live, scheme: str, width: int, query: str) -> None:
    make_boat(live)
    page = (visitor := visit(color_scheme=scheme, viewport={"width": width, "height": 800}).sign_in()).open(
        f"/app/doctype/Boat{query}"
    )
    expect(page.locator(".copyable" if query else ".form .fields").first).to_be_visible()
    assert visitor.faults() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_fields_beside_their_form_and_what_they_would_change(admin: Visitor, live: Live) -> None:
    """Moved by keys and by hand, added, planned before they are kept; documents that would not fit are asked for."""
    make_boat(live)
    live.make("Boat", {"title": "Ark", "sails": 1}, {"title": "Argo", "sails": 2})
    page = admin.open("/app/doctype/Boat/fields")
    fields, form = page.get_by_role("list", name="Fields"), page.get_by_role("region", name="The form as it will look")
    plan = page.get_by_role("region", name="What would change")
    button = lambda name: fields.get_by_role("button", name=name)  # noqa: E731 - used at once
    expect(plan).to_contain_text("‹Title›")  # the next name
    button("Sails").press("Alt+ArrowUp")
    expect(fields.get_by_role("listitem")).to_contain_text(["Sails", "Title"])
    expect(button("Sails")).to_be_focused()
    expect(form.locator("[data-path]").first).to_have_attribute("data-path", "sails")
    form.get_by_label("Title").click()  # a click in the form chooses the field
    expect(button("Title")).to_have_attribute("aria-current", "true")
    page.get_by_label("Type of the new field").select_option("Select")
    page.get_by_role("button", name="Add", exact=True).click()
    field = page.get_by_role("region", name="The field")
    expect(field.get_by_label("Label", exact=True)).to_have_value("New field")
    field.get_by_label("Label", exact=True).fill("Paint")
    field.get_by_label("Options", exact=True).fill("Red\nBlue")
    field.get_by_label("Mandatory", exact=True).check()
    expect(form.get_by_label("Paint")).to_be_visible()
    expect(plan.get_by_role("listitem").filter(has_text="The column paint is added")).to_be_visible()
    expect(plan.get_by_text("paint has no value, and must have one: 2 documents")).to_be_visible()
    button("Paint").drag_to(fields.get_by_role("listitem").first)
    expect(fields.get_by_role("listitem")).to_contain_text(["Paint", "Sails", "Title"])
    assert admin.faults() == []
    page.get_by_text("Boat as a whole").click()
    page.get_by_label("Naming rule").fill("B-.###")
    expect(plan.get_by_text("B-001")).to_be_visible()
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").get_by_role("button", name="Save it so").click()
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)
    assert fieldnames(live) == ["paint", "sails", "title"]
    button("Paint").press("Delete")
    expect(plan.get_by_text("The field paint goes; its column stays, with 0 values that nobody sees")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)
    assert fieldnames(live) == ["sails", "title"]


def test_an_apps_doctype_is_customised_and_reset(visit: Any, live: Live) -> None:
    """On a phone, in the dark: what is changed is named, and goes back."""
    visitor = visit(color_scheme="dark", viewport={"width": 375, "height": 800}).sign_in()
    page = visitor.open("/app/doctype/Task/fields")
    fields, field = page.get_by_role("list", name="Fields"), page.get_by_role("region", name="The field")
    fields.get_by_role("button", name="Subject").click()
    field.get_by_label("Label", exact=True).fill("Called")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(field.get_by_label("Label", exact=True)).to_have_value("New field")
    field.get_by_label("Label", exact=True).fill("Colour")
    page.get_by_text("Task as a whole").click()
    page.get_by_label("Title", exact=True).select_option("Status")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)
    assert live.rows("Custom Field", "dt", "fieldname", "insert_after") == [("Task", "custom_colour", "subject")]
    kept = [("subject", "label", "Called"), (None, "title_field", "status")]
    assert sorted(live.rows("Property Setter", "field_name", "property", "value"), key=str) == sorted(kept, key=str)
    page.get_by_text("Task as a whole").click()
    expect(page.get_by_text("Changed here: title_field (was subject).")).to_be_visible()
    fields.get_by_role("button", name="Called").click()
    expect(field.get_by_text("Changed here: label (was Subject).")).to_be_visible()
    assert visitor.faults() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field.get_by_role("button", name="Reset…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(fields.get_by_role("button", name="Subject")).to_be_visible()
    assert live.rows("Property Setter", "name") == [("Task-main-title_field",)]


def test_a_saved_field_keeps_its_fieldname(admin: Visitor, live: Live) -> None:
    """Another fieldname is another column: what the field held would stay in the old one."""
    make_boat(live)
    page = admin.open("/app/doctype/Boat")
    fields = page.get_by_role("group", name="Fields")
    expect(fields.locator("tbody tr")).to_have_count(2)
    expect(fields.get_by_role("textbox", name="Fieldname")).to_have_count(0)
    fields.get_by_role("button", name="Open row 1").click()
    expect(page.get_by_role("dialog").get_by_role("textbox", name="Fieldname", exact=True)).to_have_count(0)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    fields.get_by_role("button", name="Add row").click()
    fields.get_by_role("textbox", name="Fieldname").fill("mast")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)
    expect(fields.get_by_role("textbox", name="Fieldname")).to_have_count(0)
    assert fieldnames(live) == ["title", "sails", "mast"]


def test_a_duplicate_may_call_its_fields_anew(admin: Visitor, live: Live) -> None:
    make_boat(live)
    page = admin.open("/app/doctype/Boat")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", name="New DocType")).to_be_visible()
    expect(page.get_by_role("group", name="Fields").get_by_role("textbox", name="Fieldname")).to_have_count(2)


def test_tabs_stand_below_the_head_and_copy_is_on_the_screen(admin: Visitor, live: Live) -> None:
    make_boat(live)
    for path in ("", "/api"):
        page = admin.open(f"/app/doctype/Boat{path}")
        tabs, head = (
            page.get_by_role("navigation", name="Parts of the page").bounding_box(),
            page.locator(".head").bounding_box(),
        )
        assert tabs["y"] >= head["y"] + head["height"]
    for button in page.get_by_role("button", name="Copy: ").all():
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1280


def test_the_way_to_another_tab_loses_nothing(admin: Visitor, live: Live) -> None:
    make_boat(live)
    page = admin.open("/app/doctype/Boat")
    page.get_by_label("Description").first.fill("Floats")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("navigation", name="Parts of the page").get_by_role("link", name="API").click()
    assert asked == ["There are changes that are not saved. Leave them?"]
    expect(page.get_by_label("Description").first).to_have_value("Floats")


def test_options_are_explained_by_type(admin: Visitor, live: Live) -> None:
    make_boat(live)
    page = admin.open("/app/doctype/Boat")
    page.get_by_role("group", name="Fields").get_by_role("button", name="Open row 1").click()
    expect(page.get_by_role("dialog").get_by_label("Options", exact=True)).to_have_accessible_description(
        "Link, Table: the DocType. Select: one choice a line. Dynamic Link: the field that holds the DocType. "
        "Data: Email, Phone, URL or Name. Button: the method"
    )


def test_the_calls_work_as_they_are_written(admin: Visitor, live: Live) -> None:
    make_boat(live)
    live.make("Boat", {"title": "Ann's Ark"})
    page, key = admin.open("/app/doctype/Boat/api"), live.key()

    def shown(label: str) -> str:
        return (
            str(page.get_by_label(label, exact=True).inner_text())
            .replace("API_KEY:API_SECRET", key)
            .replace('"API_KEY", "API_SECRET"', ", ".join(map(repr, key.split(":"))))
        )

    def run(*command: str) -> str:
        return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout

    assert json.loads(run(*shlex.split(shown("Read with curl"))))["data"]["title"] == "Ann's Ark"
    assert [each["name"] for each in json.loads(run(*shlex.split(shown("List with curl"))))["data"]] == ["Ann's Ark"]
    changed = json.loads(run(*shlex.split(shown("Change with curl"))))["data"]
    assert changed["title"] == "Ann's Ark"  # Frappe: what names a document says what the name says
    assert (
        run(sys.executable, "-c", shown("Python, requests") + "\nprint(made['title'], changed['title'])").strip()
        == "A title A title"
    )
    pytest.importorskip("frappeclient")
    assert (
        run(sys.executable, "-c", shown("Python, frappe-client") + "\nprint(doc['title'], changed['title'])").strip()
        == "Ann's Ark A title"
    )
    assert live.rows("Boat", "name") == [("Ann's Ark",)]  # what they made they deleted


@pytest.mark.skipif(
    not (MODULES / "node_modules" / "frappe-js-sdk").exists(),
    reason="needs frappe-js-sdk, which `make test` fetches with npm",
)
def test_the_calls_of_javascript_work_as_they_are_written(admin: Visitor, live: Live) -> None:
    make_boat(live)
    live.make("Boat", {"title": "Ark"})
    page, (key, secret) = admin.open("/app/doctype/Boat/api"), live.key().split(":")
    for label in ("JavaScript, fetch", "JavaScript, frappe-js-sdk"):
        text = page.get_by_label(label, exact=True).inner_text().replace("API_KEY", key).replace("API_SECRET", secret)
        done = subprocess.run(
            ["node", "--input-type=module", "-e", f"{text}\nconsole.log(made.title, changed.title);"],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=MODULES,
        )
        assert (done.stdout.strip(), done.stderr) == ("A title A title", "")
        assert live.rows("Boat", "name") == [("Ark",)]
    text = (
        page.get_by_label("Delete with curl", exact=True)
        .inner_text()
        .replace("API_KEY", key)
        .replace("API_SECRET", secret)
    )
    subprocess.run(shlex.split(text), capture_output=True, check=True, timeout=60)
    assert live.rows("Boat", "name") == []


def test_a_single_is_only_read_and_changed(admin: Visitor, live: Live) -> None:
    page, key = admin.open("/app/doctype/Conformance%20Settings/api"), live.key()
    labels = page.locator("h2").all_inner_texts()
    assert labels == [
        "Read with curl",
        "Change with curl",
        "Python, requests",
        "Python, frappe-client",
        "JavaScript, fetch",
        "JavaScript, frappe-js-sdk",
    ]
    for label in labels[:2]:
        text = page.get_by_label(label, exact=True).inner_text().replace("API_KEY:API_SECRET", key)
        done = subprocess.run(shlex.split(text), capture_output=True, check=True, text=True, timeout=60)
        assert json.loads(done.stdout)["data"]["doctype"] == "Conformance Settings"
    text = page.get_by_label("Python, requests", exact=True).inner_text().replace("API_KEY:API_SECRET", key)
    assert (
        subprocess.run(
            [sys.executable, "-c", text + "\nprint(changed['doctype'])"],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout
        == "Conformance Settings\n"
    )
    assert not re.search(r"\bmade\b|delete", " ".join(page.locator("pre").all_inner_texts()))


def test_a_doctype_that_is_deleted_is_no_more_among_the_documents(admin: Visitor, live: Live) -> None:
    make_boat(live)
    page = admin.open("/app/doctype/Boat")
    links = page.get_by_role("navigation", name="Documents")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{live.url}/app/doctype")
    expect(links.get_by_role("link", name="DocType", exact=True)).to_be_visible()
    expect(links.get_by_role("link", name="Boat")).to_have_count(0)


def test_a_list_leads_to_its_calls(admin: Visitor) -> None:
    page = admin.open("/app/task")
    page.locator(".head").get_by_role("link", name="API").click()
    expect(page.get_by_label("Read with curl", exact=True)).to_be_visible()


@pytest.mark.parametrize("doctype", ["Task", "ToDo"])
def test_what_an_app_brings_is_read_only(admin: Visitor, doctype: str) -> None:
    page = admin.open(f"/app/doctype/{doctype}")
    expect(page.get_by_text("which sets it again at each start").first).to_be_visible()
    fields = page.get_by_role("group", name="Fields")
    expect(fields.locator("tbody tr").first).to_be_visible()
    expect(fields.get_by_role("button", name="Add row")).to_have_count(0)
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert page.evaluate(
        "[...document.querySelectorAll('.grid')].every((each) => each.getBoundingClientRect().right <= "
        "each.closest('.slot').getBoundingClientRect().right + 1)"
    )
    page.get_by_role("navigation", name="Parts of the page").get_by_role("link", name="API").click()
    expect(page.get_by_label("Read with curl", exact=True)).to_be_visible()
