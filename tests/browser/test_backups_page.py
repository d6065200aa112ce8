"""Backups on the page of the server: kept, made by the clock, restored to new files; at a desk, on a phone, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import frappe_lite
from frappe_lite import document
from frappe_lite.parts.transfer import archive

from .conftest import Live, Visitor
from .test_shell import PHONE

LOOKS: list[Any] = [
    pytest.param({}, id="at a desk"),
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="on a phone in the dark"),
]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Live]:
    """A site in a file, which keeps jobs and follows the clock as `frappe-lite serve` does."""
    made = Live(database=str(tmp_path / "office.db"))
    made.make("Note", {"title": "Kept"})
    made.site.start(job_threads=1)
    yield made
    made.close()


def kept(page: Page) -> Any:
    return page.get_by_role("region", name="Backups").locator("tbody tr")


def restored(page: Page) -> Any:
    return page.get_by_role("region", name="Restored sites").locator("tbody tr")


@pytest.mark.parametrize("look", LOOKS)
def test_kept_taken_restored_and_deleted(office: Live, visit: Any, tmp_path: Path, look: dict[str, Any]) -> None:
    visitor: Visitor = visit(office, **look).sign_in()
    page = visitor.open("/app/run/database")
    page.get_by_role("button", name="Back up now").click()
    expect(kept(page)).to_have_count(1)
    (file,) = (tmp_path / "office.db-backups").iterdir()
    with page.expect_download() as download:
        kept(page).get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == file.read_bytes()

    page.get_by_role("button", name=f"Restore {file.name}").click()
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_label("Name")
    expect(name).to_be_focused()
    expect(name).to_have_value(re.compile(r"office-\d{4}-\d\d-\d\d-\d{6}"))
    dialog.get_by_text("In the place of this site…").click()
    command = f"frappe-lite restore {file} --database {tmp_path / 'office.db'} --force"
    expect(dialog.get_by_label("Command", exact=True)).to_have_text(command)
    assert visitor.faults() == []
    name.fill("monday")
    page.keyboard.press("Enter")
    place = tmp_path / "office.db-restored" / "monday" / "site.db"
    serve = f"frappe-lite serve --database {place} --port 8001"
    expect(page.get_by_label("Command", exact=True)).to_have_text(serve)
    expect(page.get_by_text("It was checked, and it is sound.")).to_be_visible()
    assert visitor.faults() == []
    page.get_by_role("button", name="Close").click()
    expect(restored(page)).to_have_count(1)
    expect(restored(page)).to_contain_text("sound")
    copy = frappe_lite.Site(str(place))
    assert copy.database.value('SELECT title FROM "tabNote"') == "Kept"
    copy.close()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, visitor.faults()) == (0, [])

    page.reload()
    page.get_by_role("button", name="Look into monday").click()
    expect(page.get_by_label("Command", exact=True)).to_have_text(serve)
    page.keyboard.press("Escape")
    for row, what in ((restored, "monday"), (kept, file.name)):
        page.get_by_role("button", name=f"Delete {what}").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(row(page)).to_have_count(0)
    expect(page.get_by_text("None is kept yet.")).to_be_visible()
    left = [list((tmp_path / f"office.db-{each}").iterdir()) for each in ("backups", "restored")]
    assert left == [[], []]


def test_a_name_that_is_taken_is_told_where_it_was_typed(office: Live, visit: Any, tmp_path: Path) -> None:
    visitor: Visitor = visit(office).sign_in()
    visitor.allow("409")
    (tmp_path / "office.db-restored" / "monday").mkdir(parents=True)
    page = visitor.open("/app/run/database")
    page.get_by_role("button", name="Back up now").click()
    page.get_by_role("button", name="Restore office").click()
    name = page.get_by_label("Name")
    for wrong in ("a b", "../monday", ""):
        name.fill(wrong)
        page.keyboard.press("Enter")
        assert not name.evaluate("(input) => input.validity.valid")
    name.fill("monday")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("monday is there already: choose another name, or delete it")
    name.fill("tuesday")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Restored: tuesday")).to_be_visible()
    expect(restored(page)).to_have_count(2)
    expect(restored(page).first).to_contain_text("not finished")


def test_one_that_is_damaged_is_told(office: Live, visit: Any, tmp_path: Path) -> None:
    visitor: Visitor = visit(office).sign_in()
    archive.write_file(str(tmp_path / "office.db"), tmp_path / "whole.tar.gz")
    (tmp_path / "office.db-backups").mkdir()
    whole = (tmp_path / "whole.tar.gz").read_bytes()
    (tmp_path / "office.db-backups" / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    page = visitor.open("/app/run/database")
    page.get_by_role("button", name="Restore cut.tar.gz").click()
    page.get_by_role("button", name="Restore to a new file").click()
    expect(page.get_by_role("alert")).to_contain_text("cut was not restored. cut.tar.gz is no backup of frappe_lite")
    expect(restored(page)).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS)
def test_the_clock_is_set(office: Live, visit: Any, look: dict[str, Any]) -> None:
    visitor: Visitor = visit(office, **look).sign_in()
    page = visitor.open("/app/run/database")
    expect(page.get_by_label("By the clock")).to_have_value("")
    expect(page.get_by_label("Of these are kept")).to_have_count(0)
    page.get_by_label("By the clock").select_option(label="every day")
    expect(page.get_by_text("The next one")).to_be_visible()
    page.get_by_label("Of these are kept").fill("7")
    page.keyboard.press("Tab")
    expect(page.get_by_role("status")).to_contain_text("The last 7 are kept")
    with office.site.acting() as ctx:
        settings = document.load(ctx, "System Settings", "System Settings")
    assert (settings.backup_frequency, settings.backup_limit) == ("Daily", 7)
    assert visitor.faults() == []
    page.reload()
    expect(page.get_by_label("Of these are kept")).to_have_value("7")
    page.get_by_label("By the clock").select_option(label="never")
    expect(page.get_by_label("Of these are kept")).to_have_count(0)
    expect(page.get_by_text("The next one")).to_have_count(0)


def test_a_schedule_that_stands_still_is_told(office: Live, visit: Any) -> None:
    with office.site.acting():
        settings = frappe_lite.get_doc("System Settings")
        settings.update({"backup_frequency": "Weekly", "enable_scheduler": 0}).save()
    page = visit(office).sign_in().open("/app/run/database")
    expect(page.get_by_role("alert")).to_contain_text("None will be made: the schedule does not run here.")
    page.get_by_role("link", name="The schedule").click()
    expect(page.get_by_role("heading", name="Schedule")).to_be_visible()
