"""What a walk through every page found: pages that a phone cut off, links that told a code, work that was told nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from app_folder import doctype
from app_folder import name as name
from app_folder import write as write
from playwright.sync_api import expect

from frappe_lite import document

from .conftest import Live, Visitor
from .test_shell import PHONE

RULES = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1, "report": 1, "export": 1, "submit": 1}]  # fmt: skip
PHOTO = {"fieldname": "photo", "fieldtype": "Attach Image", "label": "Photo"}
LONG = "Kaltenbach Brothers Engineering and Maintenance Partnership of the Northern Yard"
TASKS = [
    {"subject": "Write", "status": "Open", "priority": "High", "points": 3, "due_date": "2026-03-05"},
    {"subject": "Review", "status": "Working", "priority": "Low", "points": 1, "due_date": "2026-03-12"},
    {"subject": "Ship", "status": "Open", "priority": "Low", "points": 8},
]


def shop(live: Live) -> list[str]:
    """Buyers with a title that links show, and orders that name them; the names of the buyers."""
    title = {"fieldname": "title", "fieldtype": "Data", "label": "Title"}
    live.make(
        "DocType",
        {"name": "Buyer", "module": "Custom", "custom": 1, "autoname": "BUY-.###", "title_field": "title", "show_title_field_in_link": 1,
         "image_field": "photo", "fields": [title, PHOTO], "permissions": RULES},
        {"name": "Sale", "module": "Custom", "custom": 1, "autoname": "SALE-.###", "is_submittable": 1, "permissions": RULES,
         "fields": [{"fieldname": "buyer", "fieldtype": "Link", "options": "Buyer", "label": "Buyer", "in_list_view": 1},
                    {"fieldname": "total", "fieldtype": "Int", "label": "Total", "in_list_view": 1}]},
    )  # fmt: skip
    buyers = live.make("Buyer", {"title": "Mill & Sons"}, {"title": LONG})
    live.make("Sale", *({"buyer": each, "total": at + 1} for at, each in enumerate([*buyers, buyers[0]])))
    return buyers


@pytest.fixture
def phone(visit: Any) -> Visitor:
    visitor: Visitor = visit(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark").sign_in()
    return visitor


# --- links are called by their titles ------------------------------------------------------------------------


def test_reports_and_forms_call_a_link_by_its_title(admin: Visitor) -> None:
    buyers = shop(admin.live)
    page = admin.open("/app/sale/view/report?_columns=name,buyer,total")
    cells = page.locator("td[data-label=Buyer]")
    expect(cells.filter(has_text="Mill & Sons")).to_have_count(2)
    expect(cells.filter(has_text=LONG)).to_have_count(1)
    asked = [each.url for each in admin.requests if "/document/Buyer?" in each.url]
    assert len(asked) == 1
    page.goto(f"{admin.live.url}/app/sale/view/report?_group=buyer&_chart=bar")
    expect(page.get_by_role("img", name="Mill & Sons 2")).to_be_visible()
    expect(page.locator("tbody th").first).to_have_text("Mill & Sons")

    page.goto(f"{admin.live.url}/app/sale/SALE-001")
    box = page.get_by_role("combobox", name="Buyer")
    expect(box).to_have_value("Mill & Sons")
    box.click()
    expect(page.get_by_role("option")).to_have_count(2)
    box.press("Tab")  # looked at, and left: nothing has changed
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    box.click()
    page.get_by_role("option", name=LONG).click()
    expect(box).to_have_value(LONG)
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.get_by_role("button", name="Save").click()
    assert dict(admin.live.rows("Sale", "name", "buyer"))["SALE-001"] == buyers[1]
    with admin.live.site.acting() as ctx:
        document.load(ctx, "Sale", "SALE-002").submit()
    page.goto(f"{admin.live.url}/app/sale/SALE-002")
    expect(page.get_by_role("link", name=LONG)).to_have_attribute("href", f"/app/buyer/{buyers[1]}")
    assert admin.faults() == []


def test_a_title_that_one_may_not_read_is_not_told(visit: Any, live: Live) -> None:
    buyers = shop(live)
    with live.site.acting() as ctx:
        kind = document.load(ctx, "DocType", "Sale")
        kind.append("permissions", {"role": "Task Manager", "read": 1, "report": 1})
        kind.save()
    live.user("ann@example.com", "Task Manager")
    visitor = visit().sign_in("ann@example.com")
    page = visitor.open("/app/sale/view/report?_columns=name,buyer")
    expect(page.locator("td[data-label=Buyer]").first).to_have_text(buyers[0])
    assert [each.url for each in visitor.requests if "/document/Buyer?" in each.url] == []


def test_a_long_link_in_a_list_ends_in_dots(admin: Visitor) -> None:
    shop(admin.live)
    page = admin.open("/app/sale")
    value = page.locator("button.value", has_text="Kaltenbach")
    value.wait_for()
    found = value.evaluate(
        "each => [each.scrollWidth > each.clientWidth, getComputedStyle(each).display, getComputedStyle(each).textOverflow]"
    )
    assert found == [True, "inline-block", "ellipsis"]


# --- on a phone ----------------------------------------------------------------------------------------------


def test_a_phone_orders_a_list_without_headings(phone: Visitor) -> None:
    phone.live.make("Task", *TASKS)
    page = phone.open("/app/task")
    expect(page.locator("thead th:not(.tick)").first).to_be_hidden()
    page.get_by_label("Order", exact=True).select_option("subject desc")
    expect(page.locator("tbody a.open")).to_have_text(["Write", "Ship", "Review"])
    assert "_sort=subject+desc" in page.url
    page.get_by_label("Order", exact=True).select_option("")
    expect(page.locator("tbody a.open").first).to_have_text("Ship")
    assert "_sort" not in page.url
    assert phone.faults() == []
    page.goto(f"{phone.live.url}/app/task/view/report")
    page.get_by_label("Order", exact=True).select_option("subject asc")
    expect(page.locator("tbody a.open").first).to_have_text("Review")
    assert phone.faults() == []


@pytest.mark.parametrize(
    ("path", "selector", "height", "width"),
    [
        pytest.param("/app/buyer?_view=gallery", ".picture strong", 16, 40, id="names below pictures"),
        pytest.param("/app/task?_view=chart&_chart=line&_group=due_date&_span=2026&_every=Monthly", ".graph", 230, 200, id="a line"),
        pytest.param("/app/task?_view=chart&_chart=heatmap&_group=due_date&_span=2026", "rect.day", 9, 9, id="the days of a year"),
        pytest.param("/app/task?_view=kanban", ".mover", 30, 30, id="what moves a card"),
    ],
)  # fmt: skip
def test_a_phone_shows_it_large_enough(phone: Visitor, path: str, selector: str, height: int, width: int) -> None:
    phone.live.make("Task", *TASKS)
    shop(phone.live)
    page = phone.open(path)
    found = page.locator(selector).first
    found.wait_for()
    box = found.bounding_box()
    assert (box["height"] >= height, box["width"] >= width) == (True, True), box
    covered = found.evaluate("""each => {
        const { left, top } = each.getBoundingClientRect();
        const at = document.elementFromPoint(left + 3, top + 3);
        return !(each.contains(at) || at.contains(each));
    }""")
    assert not covered
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert phone.faults() == []


def test_a_phone_moves_a_card_by_its_menu(phone: Visitor) -> None:
    first, *_ = phone.live.make("Task", *TASKS)
    page = phone.open("/app/task?_view=kanban")
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.get_by_label("Move Write to").select_option("Completed")
    assert dict(phone.live.rows("Task", "name", "status"))[first] == "Completed"


# --- reports of apps -----------------------------------------------------------------------------------------

LEGS = """
    def execute(filters):
        rows = [[f"animal {at}", 100 / (at + 3)] for at in range(20)]
        columns = ["Animal:Data:120", {"fieldname": "share", "label": "Share", "fieldtype": "Percent"}]
        chart = {"type": "bar", "data": {"labels": [each[0] for each in rows], "datasets": [{"values": [each[1] for each in rows]}]}}
        return columns, rows, None, chart, [{"label": "In all", "value": 20, "datatype": "Int"}]
"""


def test_the_chart_of_a_report_is_not_cut_off(admin: Visitor, write: Any) -> None:
    live = admin.live
    kept = {
        "name": "Legs",
        "report_name": "Legs",
        "report_type": "Script Report",
        "module": "Zoo",
        "is_standard": "Yes",
    }
    report = {"doctype": "Report", "ref_doctype": "Animal", **kept}
    live.site.load(write({
        "__init__.py": "", "hooks.py": 'app_name = "APP"', "modules.txt": "Zoo\n", "zoo/__init__.py": "", "zoo/report/__init__.py": "",
        "zoo/doctype/animal/animal.json": doctype("Animal", ("kind", "Data")), "zoo/report/legs/__init__.py": "",
        "zoo/report/legs/legs.json": report, "zoo/report/legs/legs.py": LEGS,
    }))  # fmt: skip
    page = admin.open("/app/query-report/Legs")
    chart = page.get_by_role("img", name="Legs")
    expect(chart).to_be_visible()
    whole = "each => [each.closest('.picture-of')].every((box) => box.scrollHeight <= box.clientHeight + 1)"
    assert chart.evaluate(whole)
    assert page.locator(".figures > div").evaluate("each => getComputedStyle(each).borderTopStyle") == "solid"
    expect(page.locator("tbody td.number").first).to_have_text("33.33 %")
    page.locator("tbody tr").last.scroll_into_view_if_needed()
    expect(page.locator("tbody tr").last).to_be_in_viewport()
    assert admin.faults() == []


# --- one's own -----------------------------------------------------------------------------------------------


def test_one_changes_ones_own_profile(visit: Any, live: Live) -> None:
    live.user("ann@example.com", "Task Manager")
    visitor = visit().sign_in("ann@example.com")
    page = visitor.open("/app/task")
    page.get_by_role("button", name="Ann").click()
    page.get_by_role("link", name="Profile").click()
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    expect(page.get_by_role("region", name="Roles")).to_contain_text("Task Manager")
    page.get_by_label("Last Name").fill("Miller")
    assert visitor.faults() == []
    save.click()
    expect(page.get_by_role("heading", name="Ann Miller")).to_be_visible()
    assert dict(live.rows("User", "name", "last_name"))["ann@example.com"] == "Miller"


def test_home_tells_ones_drafts(admin: Visitor) -> None:
    shop(admin.live)
    with admin.live.site.acting() as ctx:
        document.load(ctx, "Sale", "SALE-001").submit()
    page = admin.open("/app")
    drafts = page.get_by_role("region", name="Your drafts").get_by_role("link")
    expect(drafts).to_have_text(["SALE-003", "SALE-002"])
    drafts.first.click()
    expect(page.get_by_role("heading", name="SALE-003")).to_be_visible()


def test_ctrl_k_begins_with_ones_own(admin: Visitor) -> None:
    shop(admin.live)
    page = admin.open("/app")
    page.keyboard.press("Control+k")
    first = page.get_by_role("option").locator("span")
    expect(first.first).to_have_text("Auto Doc")
    assert "Access Log" not in first.all_inner_texts()


# --- who runs it ---------------------------------------------------------------------------------------------


def test_requests_that_failed_stand_with_the_errors(admin: Visitor) -> None:
    live = admin.live
    with live.site.acting() as ctx:
        settings = document.load(ctx, "System Settings", "System Settings")
        settings.log_api_requests = 1
        settings.save()
    path = "/api/method/conformance.api.fail"
    for _ in range(2):
        assert admin.context.request.get(f"{live.url}{path}?kind=crash").status == 500
    page = admin.open("/app/run/errors")
    failed = page.get_by_role("region", name="Requests that failed").locator("tbody tr")
    expect(failed).to_have_count(1)
    expect(failed.locator("td")).to_contain_text([f"GET {path}", "500", "2"])
    assert admin.faults() == []
    failed.get_by_role("link").click()
    expect(page.get_by_role("heading", name="API Request Log")).to_be_visible()
    expect(page.locator("tbody a.open")).to_have_count(2)


def test_ctrl_k_opens_a_report_and_a_dashboard_themselves(admin: Visitor) -> None:
    """And not the documents that keep them; a report of the builder goes on to its page."""
    live = admin.live
    live.make("Task", *TASKS)
    kept = {
        "module": "Conformance",
        "report_type": "Report Builder",
        "is_standard": "No",
        "json": '{"fields": [["subject", "Task"]]}',
    }
    chart = {
        "chart_type": "Group By",
        "document_type": "Task",
        "group_by_type": "Count",
        "group_by_based_on": "status",
        "type": "Bar",
    }
    live.make("Report", {"report_name": "Open work", "ref_doctype": "Task", **kept})
    live.make("Dashboard Chart", {"chart_name": "Work by status", "filters_json": "[]", **chart})
    live.make("Dashboard", {"dashboard_name": "Open days", "charts": [{"chart": "Work by status"}]})
    page = admin.open("/app")
    for word, heading, place in (("open work", "Open work", "/app/task/view/report/Open%20work"), ("open days", "Open days", "/app/dashboard-view/Open%20days")):  # fmt: skip
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Go to").fill(word)
        page.get_by_role("option", name=heading).click()
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert page.url == live.url + place
