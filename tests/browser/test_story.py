"""A day of three people in one story: who sets up, who enters and follows, who runs it; at a desk in the light, on a phone in the dark."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Live, Visitor
from .test_shell import PHONE

TASKS = [
    {"subject": "Draw the pump", "status": "Open", "points": 3, "due_date": "2026-03-05", "checklist": [{"item": "paper"}, {"item": "pen"}]},
    {"subject": "Build the pump", "status": "Working", "points": 8, "due_date": "2026-03-12"},
    {"subject": "Sell the mill", "status": "Open", "points": 1, "due_date": "2026-07-01"},
]  # fmt: skip


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """In a file, as a site that people work in: with jobs, and by the clock."""
    made = Live(database=str(tmp_path / "story.db"))
    made.site.start(job_threads=1)
    yield made
    made.close()


def rows(page: Page) -> Any:
    return page.locator(".report tbody tr")


def chosen(page: Page, *labels: str) -> None:
    """Choose columns by their labels, in their order."""
    page.get_by_role("button", name="Columns…").click()
    dialog = page.get_by_role("dialog")
    for _ in dialog.get_by_role("button", name=": leave out").all():
        dialog.get_by_role("button", name=": leave out").first.click()
    for label in labels:
        if "(" in label:
            dialog.get_by_role("group").filter(has_text=label.partition("(")[2][:-1]).locator("summary").click()
        dialog.get_by_role("checkbox", name=label, exact=True).check()


def told_in_a_report(visitor: Visitor, tmp_path: Path) -> None:
    """Who follows the work makes a report, keeps it, and takes it along as a file."""
    page = visitor.open("/app/task")
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Report…").click()
    expect(page.get_by_role("heading", name="Report of Task")).to_be_visible()
    chosen(page, "Subject", "Status (Project)", "Item (Checklist)", "Points")
    assert visitor.faults() == []
    page.get_by_role("button", name="Item (Checklist): later").click()
    page.get_by_role("dialog").get_by_role("button", name="Show").click()
    expect(page.locator("thead th")).to_have_text(["Subject", "Status (Project)", "Points", "Item (Checklist)"])
    expect(rows(page)).to_have_count(4)
    page.get_by_label("Totals").check()
    expect(page.locator("tfoot .number")).to_have_text("12")  # a document counts once, in two rows too
    page.get_by_role("button", name="Subject", exact=True).click()
    expect(rows(page).first).to_contain_text("Build the pump")

    page.get_by_label("Group by").select_option(label="Status")
    page.get_by_label("Measure").select_option(label="Sum of Points")
    page.get_by_label("Drawn as").select_option("bar")
    expect(page.locator("thead th")).to_have_text(["Status", "Count", "Sum of Points"])
    expect(page.get_by_role("img", name="Count of Task: Open 2, Working 1")).to_be_visible()
    page.get_by_role("button", name="Sum of Points", exact=True).click()
    expect(page.locator("tbody td.number").nth(1)).to_have_text("4")
    assert visitor.faults() == []
    page.get_by_role("button", name="Save…").click()
    page.get_by_label("Name").fill("Open work")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Open work")).to_be_visible()
    kept = json.loads(dict(visitor.live.rows("Report", "name", "json"))["Open work"])
    assert kept["group_by"] == {"group_by": "`tabTask`.`status`", "aggregate_function": "count", "aggregate_on": None}
    assert kept["fields"] == [["status", "Task"], ["_aggregate_column", "Task"]]
    page.reload()
    expect(page.locator("tbody td.number").nth(1)).to_have_text("4")
    page.get_by_role("button", name="More").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    download.value.save_as(tmp_path / "work.csv")
    with (tmp_path / "work.csv").open(newline="") as handle:
        assert list(csv.reader(handle)) == [
            ["Status", "Count", "Sum of Points"],
            ["Open", "2", "4"],
            ["Working", "1", "8"],
            ["Total", "3", "12"],
        ]


def put_on_a_dashboard(visitor: Visitor) -> None:
    """Who sets up puts charts and numbers on a dashboard, and arranges it."""
    page = visitor.open("/app/task?_view=chart&_group=due_date&_chart=heatmap&_span=2026")
    expect(page.get_by_role("img", name="Task by Due Date, 2026: 3 days with a value")).to_be_visible()
    assert visitor.faults() == []
    keep(page, "Due days", "Work")
    page.goto(f"{visitor.live.url}/app/task?_view=chart&_group=status&_of=points&_how=avg")
    expect(page.get_by_role("img", name="Average Points of Task by Status: Working 8, Open 2")).to_be_visible()
    keep(page, "Effort", "Work")
    page.goto(f"{visitor.live.url}/app/task?_view=chart&_chart=number&_of=points")
    keep(page, "All points", "Work")
    expect(page.get_by_role("region", name="All points").locator("strong")).to_have_text("12")
    page.goto(f"{visitor.live.url}/app/task/view/report/Open work")
    page.get_by_role("button", name="Keep on a dashboard…").click()
    page.get_by_label("On the dashboard").fill("Work")
    page.get_by_role("dialog").get_by_role("button", name="Keep", exact=True).click()
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(3)
    expect(tiles.nth(2).get_by_role("img", name="Open work: Open 2, Working 1")).to_be_visible()
    tiles.nth(2).locator("header").drag_to(tiles.nth(0).locator("header"))
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Open work")
    page.get_by_role("button", name="Open work: later").click()
    expect(tiles.nth(1)).to_have_attribute("aria-label", "Open work")
    assert visitor.faults() == []
    types = visitor.live.rows("Dashboard Chart", "name", "chart_type", "type")
    assert types == [("Due days", "Count", "Heatmap"), ("Effort", "Group By", "Bar"), ("Open work", "Report", "Bar")]
    assert visitor.live.rows("Number Card", "label", "function", "document_type") == [("All points", "Sum", "Task")]


def keep(page: Page, name: str, dashboard: str) -> None:
    page.get_by_role("button", name="Keep…").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("On the dashboard").fill(dashboard)
    page.get_by_role("dialog").get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", name=dashboard, exact=True)).to_be_visible()


def found_by_words(visitor: Visitor) -> None:
    """Ctrl+K finds a document by a word in it, and goes there."""
    page = visitor.open("/app")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("spec pum")
    page.get_by_role("option", name="Pump 7").click()
    expect(page.get_by_role("heading", name="Pump 7")).to_be_visible()


def made_from_a_file(visitor: Visitor) -> None:
    """Who sets up has a file of something that has no DocType yet."""
    page = visitor.open("/app")
    suppliers = "Company,Country,Since\nPumps and Sons,Chile,2019-05-01\nMills Ltd,Kenya,2021-02-03\n"
    page.get_by_label("File to import").set_input_files(
        [{"name": "suppliers.csv", "mimeType": "text/csv", "buffer": suppliers.encode()}]
    )
    page.get_by_label("Name", exact=True).fill("Supplier")
    expect(page.get_by_label("Type of Since")).to_have_value("Date")
    assert visitor.faults() == []
    page.get_by_role("button", name="Make Supplier and go on").click()
    page.get_by_role("button", name="Check every row").click()
    page.get_by_role("button", name="Import 2 documents").click()
    page.get_by_role("link", name="See them").click()
    expect(page.get_by_text("Pumps and Sons")).to_be_visible()
    assert len(visitor.live.rows("Supplier", "company")) == 2


def run_from_a_phone(visitor: Visitor) -> None:
    """Who runs it has backups made by the clock, makes one from a phone, and restores it to look into it."""
    page = visitor.open("/app/run/database")
    page.get_by_label("By the clock").select_option(label="every day")
    expect(page.get_by_text("The next one")).to_be_visible()
    page.get_by_role("button", name="Back up now").click()
    page.get_by_role("button", name="Restore story").click()
    page.get_by_label("Name").fill("friday")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Restored: friday")).to_contain_text("It was checked, and it is sound.")
    assert visitor.faults() == []
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("region", name="Restored sites").locator("tbody tr")).to_have_count(1)
    for path, sign in {
        "/app/dashboard-view/Work": ".tile svg", "/app/task/view/report/Open work": ".report tbody tr", "/app/task/view/report": ".report tbody tr",
    }.items():  # fmt: skip
        page = visitor.open(path)
        page.locator(sign).first.wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, wide, visitor.faults()) == (path, 0, [])


def test_a_day_of_three_people(admin: Visitor, visit: Any, live: Live, tmp_path: Path) -> None:
    live.user("ann@example.com", "Task Manager")
    live.make("Task", *TASKS)
    fields = [
        {"fieldname": each, "fieldtype": "Data", "label": each.title(), "in_global_search": 1}
        for each in ("title", "notes")
    ]
    machine = {"name": "Machine", "module": "Custom", "custom": 1, "title_field": "title", "fields": fields}
    live.make("DocType", {**machine, "permissions": [{"role": "System Manager", "read": 1}]})
    live.make("Machine", {"title": "Pump 7", "notes": "as the specification says"})
    made_from_a_file(admin)
    told_in_a_report(visit().sign_in("ann@example.com"), tmp_path)
    put_on_a_dashboard(admin)
    found_by_words(admin)
    run_from_a_phone(visit(viewport=PHONE, color_scheme="dark").sign_in())
