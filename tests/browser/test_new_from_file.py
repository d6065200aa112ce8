"""A file on a site where nothing is yet: a DocType is proposed for it, made, and the file imported; or one that is there fits."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import frappe_lite
from frappe_lite import document

from .conftest import Live, Visitor
from .test_shell import PHONE

KINDS = ("Pump", "Mill")
ROWS = [
    ["Article", "Price", "In stock", "Kind", "Since", "Code", "Notes"],
    *([f"Pump {at}", f"{at}.50", "yes" if at % 2 else "no", KINDS[at % 2], f"2026-01-{at + 1:02}", f"00{at}", "x" * (at * 20)]
      for at in range(9)),
]  # fmt: skip
PRICES = "\n".join(";".join(row) for row in ROWS)
LOOKS: list[Any] = [
    pytest.param({}, id="at a desk"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="on a phone in the dark"),
]


@pytest.fixture
def empty() -> Iterator[Live]:
    """A site on which nobody has made anything."""
    made = Live(site=frappe_lite.Site(title="Empty office"))
    yield made
    made.close()


def choose(page: Page, name: str, content: str | bytes) -> None:
    """Choose a file on home."""
    data = content.encode() if isinstance(content, str) else content
    page.get_by_label("File to import").set_input_files([{"name": name, "mimeType": "text/csv", "buffer": data}])
    expect(page.get_by_role("heading", name="Import a file")).to_be_visible()


def fields(live: Live, doctype: str) -> dict[str, str]:
    """The fields that it has, with their types."""
    with live.site.acting() as ctx:
        return {each.fieldname: each.fieldtype for each in ctx.meta(doctype).fields}


@pytest.mark.parametrize("look", LOOKS)
def test_from_nothing_to_a_list(empty: Live, visit: Any, look: dict[str, Any]) -> None:
    visitor: Visitor = visit(empty, **look).sign_in()
    page = visitor.open("/app")
    hint = page.get_by_text("Nothing of your own yet.")
    expect(hint).to_be_visible()
    for name, leads in (("Make a DocType", "/app/new/doctype"), ("Call the API", "/app/settings/keys")):
        expect(page.get_by_role("link", name=name)).to_have_attribute("href", leads)
    with page.expect_file_chooser():
        page.get_by_role("button", name="Import a file…").click()
    assert visitor.faults() == []
    choose(page, "price_list.csv", PRICES)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Price List")
    types = [page.get_by_label(f"Type of {title}").input_value() for title in ROWS[0]]
    assert types == ["Data", "Float", "Check", "Select", "Date", "Data", "Long Text"]
    assert visitor.faults() == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, empty.rows("DocType", "name").count(("Price List",))) == (0, 0), "nothing is written yet"

    page.get_by_label("Label of Since").fill("Sold since")
    page.get_by_label("Type of Price").select_option("Currency")
    page.get_by_label("Take Notes").uncheck()
    page.get_by_label("Name", exact=True).fill("Article")
    page.get_by_role("button", name="Make Article and go on").click()
    expect(page.get_by_role("heading", name="Import Article")).to_be_visible()
    expect(page.get_by_label("Since becomes")).to_have_value("sold_since")
    expect(page.get_by_label("Notes becomes")).to_have_value("")
    assert fields(empty, "Article") == {
        "article": "Data", "price": "Currency", "in_stock": "Check", "kind": "Select", "sold_since": "Date",
        "code": "Data",
    }  # fmt: skip
    page.get_by_role("button", name="Check every row").click()
    expect(page.get_by_text("All 9 documents are right.")).to_be_visible()
    page.get_by_role("button", name="Import 9 documents").click()
    page.get_by_role("link", name="See them").click()
    expect(page.get_by_text("Pump 8")).to_be_visible()
    assert visitor.faults() == []
    stored = sorted(empty.rows("Article", "article", "price", "in_stock", "kind", "code"))
    assert stored[1] == ("Pump 1", 1.5, 1, "Mill", "001") and len(stored) == 9
    visitor.open("/app")
    expect(page.get_by_role("region", name="Custom").get_by_role("link", name="Article")).to_be_visible()
    expect(hint).to_have_count(0)


def test_a_name_that_the_server_refuses_is_told_and_changed(empty: Live, visit: Any) -> None:
    visitor: Visitor = visit(empty).sign_in()
    visitor.allow("409|417")
    page = visitor.open("/app")
    choose(page, "users.csv", "Name\nAnn\nBob")
    for wrong, says in {"User": "User", "Us/er": "should start with a letter and it can only consist of"}.items():
        page.get_by_label("Name", exact=True).fill(wrong)
        page.get_by_role("button", name="and go on").click()
        expect(page.get_by_role("alert")).to_contain_text(says)
    page.get_by_label("Name", exact=True).fill("Visitor")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="and go on").click()
    expect(page.get_by_label("Name becomes")).to_have_value("name1")
    assert fields(empty, "Visitor") == {"name1": "Data"}


def test_an_id_becomes_the_name(empty: Live, visit: Any) -> None:
    page = visit(empty).sign_in().open("/app")
    choose(page, "parts.csv", "ID,Title\nP-1,Wheel\nP-2,Axle")
    expect(page.get_by_label("Type of ID")).to_have_value("ID")
    expect(page.get_by_label("Type of Title").get_by_role("option", name="ID", exact=True)).to_be_disabled()
    page.get_by_role("button", name="and go on").click()
    page.get_by_role("button", name="Check every row").click()
    page.get_by_role("button", name="Import 2 documents").click()
    expect(page.get_by_text("2 made.")).to_be_visible()
    assert empty.rows("Parts", "name", "title") == [("P-1", "Wheel"), ("P-2", "Axle")]


@pytest.mark.skipif(importlib.util.find_spec("openpyxl") is None, reason="needs openpyxl")
def test_a_workbook_is_dropped_on_home(empty: Live, visit: Any) -> None:
    openpyxl = importlib.import_module("openpyxl")
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in (["Ship", "Tons"], ["Ark", 4000], ["Argo", 12.5]):
        book.active.append(row)
    book.save(packed)
    page = visit(empty).sign_in().open("/app")
    transfer = page.evaluate_handle(
        "(bytes) => { const held = new DataTransfer();"
        " held.items.add(new File([new Uint8Array(bytes)], 'ships.xlsx')); return held; }",
        list(packed.getvalue()),
    )
    page.locator(".home-page").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ships")
    expect(page.get_by_label("Type of Tons")).to_have_value("Float")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", "", "empty.csv has no rows"),
        ("head.csv", "a,b\n", "head.csv has no rows"),
        ("open.csv", 'a\n"b', "does not end"),
        ("no.xlsx", "nothing", "no .xlsx workbook"),
    ],
)
def test_a_file_without_rows_is_told(empty: Live, visit: Any, name: str, content: str, says: str) -> None:
    visitor: Visitor = visit(empty).sign_in()
    visitor.allow("417")
    page = visitor.open("/app")
    choose(page, name, content)
    expect(page.get_by_role("alert")).to_contain_text(says)
    expect(page.get_by_text("Drop a CSV or Excel file here")).to_be_visible()


def test_one_that_is_there_is_offered_first(admin: Visitor, live: Live) -> None:
    page = admin.open("/app")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("import a")
    page.keyboard.press("Enter")
    page.locator(".drop-zone input[type=file]").set_input_files(  # the home page has one of its own
        [{"name": "work.csv", "mimeType": "text/csv", "buffer": b"Subject,Points\nDig,3"}]
    )
    expect(page.locator(".fitting li").first).to_have_text("Task has all of its columns")
    expect(page.get_by_role("heading", level=2).nth(0)).to_have_text("Into a DocType that is there")
    assert admin.faults() == []
    page.get_by_role("button", name="Task", exact=True).click()
    expect(page.get_by_role("heading", name="Import Task")).to_be_visible()
    expect(page.get_by_label("Subject becomes")).to_have_value("subject")
    page.get_by_role("button", name="Check every row").click()
    page.get_by_role("button", name="Import 1 document").click()
    expect(page.get_by_text("1 made.")).to_be_visible()
    assert live.rows("Task", "subject", "points") == [("Dig", 3)]


def test_who_makes_no_doctypes_chooses_one(live: Live, visit: Any, tmp_path: Path) -> None:
    live.user("ann@example.com", "Task Manager")
    (tmp_path / "odd.csv").write_text("Colour\nred")
    page = visit().sign_in("ann@example.com").open("/app")
    page.get_by_label("File to import").set_input_files(tmp_path / "odd.csv")
    expect(page.get_by_role("heading", name="Into a new DocType")).to_have_count(0)
    page.get_by_label("Which one").select_option("Task")
    expect(page.get_by_role("heading", name="Import Task")).to_be_visible()
    expect(page.get_by_text("odd.csv")).to_be_visible()


def test_who_may_make_nothing_is_offered_nothing(live: Live, visit: Any) -> None:
    with live.site.acting() as ctx:
        document.new(ctx, {"doctype": "Role", "role_name": "Reader"}).insert()
    live.user("ray@example.com", "Reader")
    visitor: Visitor = visit().sign_in("ray@example.com")
    page = visitor.open("/app")
    expect(page.get_by_role("button", name="Import a file…")).to_have_count(0)
