"""A day's work in the desk: who enters and follows, who brings in a file, who sets up and looks after people."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path
from typing import Any

from app_folder import doctype
from app_folder import name as name
from app_folder import write as write
from playwright.sync_api import expect

from frappe_lite import document

from .conftest import Live, Visitor
from .test_shell import PHONE

TASKS = [
    {"subject": "Write", "status": "Open", "priority": "High", "points": 3, "due_date": "2026-03-05"},
    {"subject": "Review", "status": "Working", "priority": "Low", "points": 1, "due_date": "2026-03-12"},
    {"subject": "Ship", "status": "Open", "priority": "Low", "points": 8},
]
RULES = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}]
WAIT = 60_000


def value(live: Live, name: str, field: str, doctype: str = "Task") -> Any:
    return dict(live.rows(doctype, "name", field)).get(name)


def written(page: Any) -> Any:
    """Inside, a change is sent; after it, it is there."""
    return page.expect_response(lambda answer: answer.request.method == "PATCH", timeout=WAIT)


# --- who enters and follows ----------------------------------------------------------------------------------


def test_a_list_is_arranged_changed_and_followed(admin: Visitor) -> None:
    live = admin.live
    first, second, third = live.make("Task", *TASKS)
    page = admin.open("/app/task?_sort=name asc")
    heads = page.locator("thead th:not(.tick)")
    expect(heads).to_have_text(["Subject", "Name ↑", "Status", "Priority", "Changed"])

    # columns: chosen, in an order, for this person and from now on
    page.get_by_role("button", name="Columns…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Search fields").fill("po")
    dialog.get_by_label("Points").check()
    dialog.get_by_label("Search fields").fill("")
    for label in ("Priority", "Changed"):
        dialog.get_by_label(label, exact=True).uncheck()
    dialog.get_by_role("button", name="Points: earlier").click()
    dialog.get_by_role("button", name="Show").click()
    wanted = ["Subject", "Name ↑", "Points", "Status"]
    expect(heads).to_have_text(wanted)
    page.get_by_role("button", name="Points", exact=True).press("Alt+Shift+ArrowRight")
    expect(heads).to_have_text(["Subject", "Name ↑", "Status", "Points"])
    with page.expect_response("**/*user_settings.save", timeout=WAIT):  # else the page may be read again before
        page.get_by_role("button", name="Subject", exact=True).press("Alt+ArrowRight")
    width = heads.first.evaluate("each => each.style.inlineSize")
    assert width
    page.reload()
    expect(heads).to_have_text(["Subject", "Name ↑", "Status", "Points"])
    assert heads.first.evaluate("each => each.style.inlineSize") == width

    # the sum of what is shown, and a value changed where it stands
    expect(page.locator("tfoot .number")).to_have_text("12")
    row = page.locator(f"tr[data-name='{first}']")
    row.locator("a.open").focus()
    page.keyboard.press("e")
    page.keyboard.type("Write it")
    page.keyboard.press("Tab")
    row.locator("select").select_option("Completed")
    with written(page):
        page.keyboard.press("Tab")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(row.locator("a.open")).to_have_text("Write it")
    expect(row.locator("td.number")).to_have_text("5")
    expect(page.locator("tfoot .number")).to_have_text("14")
    assert value(live, first, "status") == "Completed"
    row.locator("td.number").dblclick()
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(row.locator("td.number")).to_have_text("5")
    assert value(live, first, "points") == 5

    # what another writes comes by itself, and is marked
    with live.site.acting() as ctx:
        doc = document.load(ctx, "Task", second)
        doc.subject = "Review it again"
        doc.save()
    expect(page.locator(f"tr[data-name='{second}'].fresh a.open")).to_have_text("Review it again", timeout=WAIT)

    # groups
    page.get_by_label("Group by").select_option("status")
    expect(page.locator(".gathered strong")).to_have_count(3)
    expect(page.locator(".gathered", has_text="Open").locator(".number")).to_have_text("8")
    page.get_by_role("button", name="Open").click()
    expect(page.locator("tbody a.open")).to_have_text("Ship")
    assert admin.faults() == []

    # a view is kept, for everybody; it is there for another
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Keep this view…").click()
    page.get_by_label("Name").fill("By status")
    page.get_by_label("For", exact=True).select_option("Everybody")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("button", name="Views 1").click()
    page.get_by_role("link", name="As usual").click()
    expect(page.get_by_label("Group by")).to_have_value("")
    page.get_by_role("button", name="Views 1").click()
    page.get_by_role("link", name="By status").click()
    expect(page.get_by_label("Group by")).to_have_value("status")
    assert live.rows("List Filter", "filter_name", "for_user", "reference_doctype") == [("By status", "", "Task")]

    # its count stands on the home page
    page.goto(f"{live.url}/app/task?status=Open")
    page.get_by_role("button", name="Views 1").click()
    page.get_by_role("button", name="Pin its count to the home page…").click()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_text("It stands on the home page").wait_for()
    page.goto(f"{live.url}/app")
    expect(page.locator(".pins a")).to_have_text("1Open Task")
    expect(page.get_by_role("group").filter(has_text="Of the server itself")).to_be_visible()
    assert admin.faults() == []
    assert third


def test_what_is_chosen_while_a_choice_is_sent_is_sent_after_it(admin: Visitor) -> None:
    """The server keeps what comes last, so the last choice comes last."""
    admin.live.make("Task", TASKS[0])
    page, held = admin.open("/app/task"), list[Any]()
    page.route("**/*user_settings.save", lambda route: held.append(route))
    subject = page.get_by_role("button", name="Subject", exact=True)
    with page.expect_request("**/*user_settings.save", timeout=WAIT):
        subject.press("Alt+ArrowRight")
    subject.press("Alt+ArrowRight")
    width = page.locator("thead th:not(.tick)").first.evaluate("each => each.style.inlineSize")
    page.evaluate("() => fetch('/api/method/ping')")  # whatever was to be sent by now is sent before this is answered
    assert len(held) == 1
    with page.expect_request("**/*user_settings.save", timeout=WAIT) as second:
        held[0].continue_()
    page.evaluate("() => fetch('/api/method/ping')")
    with page.expect_response("**/*user_settings.save", timeout=WAIT):
        held[1].continue_()
    assert f"{second.value.post_data_json['user_settings']['List']['widths']['subject']}px" == width
    page.reload()
    expect(page.locator("thead th:not(.tick)").first).to_have_attribute("style", re.compile(re.escape(f": {width}")))


def test_a_fast_hand_is_no_conflict_with_itself(admin: Visitor) -> None:
    """The second change of a row waits for the first, which is still on its way."""
    live, held = admin.live, []
    (first,) = live.make("Task", {"subject": "Write", "status": "Open"})
    page = admin.open("/app/task")
    page.route(
        "**/api/v2/document/Task/**",
        lambda route: held.append(route) if route.request.method == "PATCH" and not held else route.continue_(),
    )
    row = page.locator(f"tr[data-name='{first}']")
    row.locator("a.open").focus()
    with page.expect_request(lambda request: request.method == "PATCH", timeout=WAIT):
        page.keyboard.press("e")
        page.keyboard.type("Write it")
        page.keyboard.press("Tab")
    row.locator("select").select_option("Completed")
    page.keyboard.press("Enter")
    expect(row.locator("select")).to_have_count(0)
    with page.expect_response(lambda answer: "Completed" in (answer.request.post_data or ""), timeout=WAIT):
        held[0].continue_()
    assert (value(live, first, "subject"), value(live, first, "status")) == ("Write it", "Completed")


def test_documents_move_on_boards_calendars_and_trees(admin: Visitor) -> None:
    live = admin.live
    first, second, _ = live.make("Task", *TASKS)
    fields = [
        {"fieldname": "title", "fieldtype": "Data", "label": "Title"},
        {"fieldname": "inside", "fieldtype": "Link", "options": "Place", "label": "Inside"},
        {"fieldname": "photo", "fieldtype": "Attach Image", "label": "Photo"},
    ]
    live.make(
        "DocType",
        {"name": "Place", "module": "Custom", "custom": 1, "title_field": "title", "image_field": "photo",
         "fields": fields, "permissions": RULES},
    )  # fmt: skip
    [house] = live.make("Place", {"title": "House"})
    kitchen, shed = live.make("Place", {"title": "Kitchen", "inside": house}, {"title": "Shed"})

    page = admin.open("/app/task")
    page.get_by_role("link", name="Kanban").click()
    board = page.get_by_role("region", name="Task by Status")
    column = {name: board.get_by_role("region", name=name, exact=True) for name in ("Open", "Working", "Completed")}
    expect(column["Open"].get_by_role("listitem")).to_have_count(2)
    column["Open"].get_by_role("link", name="Write").focus()
    with written(page):
        page.keyboard.press("ArrowRight")
    expect(column["Working"].get_by_role("link", name="Write")).to_be_focused()
    with written(page):
        column["Working"].locator(f"[data-name='{second}']").drag_to(column["Completed"])
    expect(column["Completed"].get_by_role("link", name="Review")).to_be_visible()
    assert (value(live, first, "status"), value(live, second, "status")) == ("Working", "Completed")
    assert admin.faults() == []

    page.goto(f"{live.url}/app/task?_view=calendar&_month=2026-03")
    day = lambda number: page.locator(f"[data-day='2026-03-{number:02}']")  # noqa: E731 - used at once
    expect(day(5).get_by_role("link", name="Write")).to_be_visible()
    with written(page):
        day(5).get_by_role("link", name="Write").press("Alt+ArrowDown")
    expect(day(12).get_by_role("link", name="Write")).to_be_focused()
    with written(page):
        day(12).locator(f"[data-name='{second}']").drag_to(day(20))
    expect(day(20).get_by_role("link", name="Review")).to_be_visible()
    assert (value(live, first, "due_date"), value(live, second, "due_date")) == ("2026-03-12", "2026-03-20")
    page.get_by_role("button", name="The next month").click()
    expect(page.get_by_role("heading", name="April 2026")).to_be_visible()
    assert admin.faults() == []

    page.goto(f"{live.url}/app/place?_view=tree")
    node = lambda name: page.get_by_role("treeitem", name=name, exact=True)  # noqa: E731 - used at once
    node("House").focus()
    page.keyboard.press("ArrowRight")
    expect(node("Kitchen")).to_be_visible()
    with written(page):
        page.locator(f"[data-name='{shed}'] .node").drag_to(page.locator(f"[data-name='{house}'] .node").first)
    assert value(live, shed, "inside", "Place") == house
    expect(page.get_by_role("group").get_by_role("treeitem")).to_have_text(["Kitchen", "Shed"])
    node("Kitchen").press("m")
    with written(page):
        page.get_by_role("button", name="Move", exact=True).click()
    assert value(live, kitchen, "inside", "Place") is None
    assert admin.faults() == []
    page.get_by_role("link", name="Gallery").click()
    expect(page.locator(".picture strong")).to_have_text(["Shed", "Kitchen", "House"])
    assert admin.faults() == []


def test_numbers_become_charts_on_a_dashboard(admin: Visitor) -> None:
    live = admin.live
    live.make("Task", *TASKS)
    page = admin.open("/app/task?_view=chart&_group=priority&_of=points")
    graph = page.get_by_role("img", name="Points of Task by Priority: Low 9, High 3")
    expect(graph).to_be_visible()
    for kind, selector in (("pie", "circle.part"), ("line", "path.line"), ("number", ".sum"), ("bar", "rect.part")):
        page.get_by_label("as", exact=True).select_option(kind)
        expect(page.locator(f".graph {selector}").first).to_be_visible()
    assert admin.faults() == []
    page.get_by_role("button", name="Keep…").click()
    page.get_by_label("On the dashboard").fill("Work")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", name="Work", exact=True)).to_be_visible()
    expect(graph).to_be_visible()
    page.get_by_role("button", name="full width").click()
    expect(page.locator(".tile.full")).to_be_visible()
    chart = live.rows(
        "Dashboard Chart", "document_type", "group_by_based_on", "group_by_type", "aggregate_function_based_on", "type"
    )
    assert chart == [("Task", "priority", "Sum", "points", "Bar")]
    assert admin.faults() == []
    page.get_by_role("link", name="Points of Task by Priority").click()
    page.get_by_role("list", name="Groups").get_by_role("link", name="Low").click()
    expect(page.locator("tbody a.open")).to_have_count(2)


REPORT = {"doctype": "Report", "ref_doctype": "Animal", "module": "Zoo", "is_standard": "Yes"}
LEGS = """
    import frappe

    def execute(filters):
        rows = frappe.get_all("Animal", filters=filters, fields=["name", "legs"], order_by="legs desc")
        columns = ["Animal:Link/Animal:120", {"fieldname": "legs", "label": "Legs", "fieldtype": "Int"}]
        data = {"labels": [each.name for each in rows], "datasets": [{"values": [each.legs for each in rows]}]}
        summary = [{"label": "Legs in all", "value": sum(each.legs for each in rows), "datatype": "Int"}]
        return columns, [[each.name, each.legs] for each in rows], "<b>Counted</b> today", {"type": "bar", "data": data}, summary
"""
ASKED = """frappe.query_reports["Legs"] = {filters: [
    {fieldname: "place", label: "Place", fieldtype: "Select", options: ["air", "land"], reqd: 1}]};"""


def test_a_report_of_an_app_is_asked_read_and_saved(admin: Visitor, write: Any) -> None:
    live = admin.live
    fields = (("kind", "Data"), ("place", "Data"), ("legs", "Int"))
    live.site.load(write({
        "__init__.py": "", "hooks.py": 'app_name = "APP"', "modules.txt": "Zoo\n", "zoo/__init__.py": "", "zoo/report/__init__.py": "",
        "zoo/doctype/animal/animal.json": doctype("Animal", *fields, autoname="field:kind"), "zoo/report/legs/__init__.py": "",
        "zoo/report/legs/legs.json": {**REPORT, "name": "Legs", "report_name": "Legs", "report_type": "Script Report"},
        "zoo/report/legs/legs.py": LEGS, "zoo/report/legs/legs.js": ASKED,
    }))  # fmt: skip
    for kind, place, legs in (("bird", "air", 2), ("dog", "land", 4), ("ant", "land", 6)):
        live.make("Animal", {"kind": kind, "place": place, "legs": legs})
    live.make("Report", {**REPORT, "is_standard": "No", "report_name": "Written", "report_type": "Script Report", "report_script": "result = 1"})  # fmt: skip
    page = admin.open("/app/query-report/Legs")
    expect(page.get_by_text("Choose Place.")).to_be_visible()
    page.get_by_label("Place").select_option("land")
    expect(page.get_by_role("cell")).to_have_text(["ant", "6", "dog", "4"])
    expect(page.get_by_text("Counted today")).to_be_visible()
    expect(page.locator(".figures dd")).to_have_text("10")
    expect(page.get_by_role("img", name="Legs: ant 6, dog 4")).to_be_visible()
    assert page.url.endswith("?place=land")
    assert admin.faults() == []
    with page.expect_download(timeout=WAIT) as download:
        page.get_by_role("button", name="CSV").click()
    assert [row[0] for row in csv.reader(download.value.path().read_text("utf-8-sig").splitlines())] == [
        "Animal",
        "ant",
        "dog",
    ]
    page.get_by_role("link", name="dog").click()
    page.wait_for_url("**/app/animal/dog", timeout=WAIT)
    admin.allow("501")
    page = admin.open("/app/query-report/Written")
    expect(page.get_by_text("only the script reports of installed apps run here")).to_be_visible()


# --- who brings in a file ------------------------------------------------------------------------------------


def test_a_file_becomes_documents_and_is_taken_back(admin: Visitor, tmp_path: Path) -> None:
    live = admin.live
    file = tmp_path / "tasks.csv"
    rows = [
        ["Subject", "Points", "Item (Checklist)", "Notes of mine"],
        ["Pack", "2", "box", ""],
        ["", "", "tape", ""],
        ["Carry", "many", "", "x"],
    ]
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows(rows)
    page = admin.open("/app/task")
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Import a file…").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_label("Subject becomes")).to_have_value("subject")
    expect(page.get_by_label("Item (Checklist) becomes")).to_have_value("checklist.item")
    expect(page.get_by_label("Notes of mine becomes")).to_have_value("")
    page.get_by_role("button", name="Check every row").click()
    expect(page.get_by_role("status").filter(has_text="1 of 2 documents are wrong")).to_be_visible()
    wrong = page.get_by_role("region", name="What is wrong").locator("tbody tr")
    expect(wrong).to_have_text(['4Points"many" is no number, such as 1234.5'])
    assert (admin.faults(), live.rows("Task", "name")) == ([], [])
    page.get_by_role("button", name="Import the 1 that are right").click()
    expect(page.get_by_role("status").filter(has_text="1 made")).to_be_visible()
    assert live.rows("Task", "subject", "points") == [("Pack", 2)]
    page.get_by_role("button", name="Take back…").click()
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.get_by_text("1 taken back")).to_be_visible()
    assert live.rows("Task", "name") == []


def test_what_leaves_with_child_rows_comes_in_again(admin: Visitor, tmp_path: Path) -> None:
    live = admin.live
    live.make("Task", {"subject": "Pack", "checklist": [{"item": "box"}, {"item": "tape, wide"}]}, {"subject": "Rest"})
    page = admin.open("/app/task?_sort=name asc")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Export…").click()
    page.get_by_label("child tables").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file").click()
    download.value.save_as(tmp_path / "task.csv")
    with (tmp_path / "task.csv").open(encoding="utf-8-sig", newline="") as handle:
        found = list(csv.DictReader(handle))
    assert [(each["subject"], each["checklist.item"]) for each in found] == [
        ("Pack", "box"),
        ("", "tape, wide"),
        ("Rest", ""),
    ]


def test_text_becomes_rows(admin: Visitor) -> None:
    """The reader of CSV, asked in the page that has it."""
    page = admin.open("/app/import/task")
    first = next(each.url for each in admin.requests if each.url.endswith("/linked/app.js"))
    module = first.replace("app.js", "model-sheet.js")
    ask = lambda call: page.evaluate(f"import('{module}').then((sheet) => sheet.{call})")  # noqa: E731 - used at once
    cases = {
        "a,b\n1,2": [["a", "b"], ["1", "2"]],
        "a;b\r\n1;2\r\n": [["a", "b"], ["1", "2"]],
        "a\tb\n1\t": [["a", "b"], ["1", ""]],
        '\ufeffa,b\n"x, y","say ""no"""\n': [["a", "b"], ["x, y", 'say "no"']],
        '"a\nb",c\n\n,\n1,2': [["a\nb", "c"], ["1", "2"]],
        "": [],
    }
    for text, wanted in cases.items():
        assert page.evaluate(f"([text]) => import('{module}').then((sheet) => sheet.parse(text))", [text]) == wanted, (
            text
        )
    columns = "[{column: 'name', title: 'ID'}, {column: 'due_date', title: 'Due Date'}, {column: 'rows.item', title: 'Item (Rows)', table: 'rows'}]"
    assert ask(f"matched(['Due date', 'ID', 'id', 'rows.item', 'else'], {columns})") == [
        "due_date",
        "name",
        "",
        "rows.item",
        "",
    ]
    split = ask("portions([...Array(1200)].map((_, at) => [at % 3 ? '' : 'x', 'y']), ['subject', 'rows.item'])")
    assert [(len(each["rows"]), each["first"], each["rows"][0][0]) for each in split] == [
        (501, 2, "x"),
        (501, 503, "x"),
        (198, 1004, "x"),
    ]


# --- who sets up and looks after people ----------------------------------------------------------------------


def test_a_right_of_a_doctypes_own_is_a_box_of_its_rules(admin: Visitor) -> None:
    admin.live.make("Permission Type", {"doc_type": "Task", "perm_type": "approve"})
    page = admin.open("/app/permissions/task")
    page.get_by_label("Task User: approve").check()
    expect(page.get_by_text("Changed here")).to_be_visible()
    page.goto(f"{admin.live.url}/app/permissions/note")
    expect(page.get_by_label("System Manager: write")).to_be_visible()
    expect(page.get_by_label("System Manager: approve")).to_have_count(0)
    page.get_by_label("or role").select_option("Task User")
    expect(page.get_by_role("region", name="What it gives")).to_contain_text("approve")
    assert admin.faults() == []


def test_roles_rights_and_people(admin: Visitor) -> None:
    live = admin.live
    live.user("ann@example.com", "Task User")
    [name] = live.make("Task", TASKS[0])
    page = admin.open("/app/permissions/task")
    expect(page.get_by_text("As the DocType itself says")).to_be_visible()
    rules = page.get_by_role("region", name="Rules").locator("tbody tr")
    count = rules.count()
    page.get_by_label("Task User: print").check()
    expect(page.get_by_text("Changed here")).to_be_visible()
    expect(page.locator("td.differs")).to_have_count(1)
    expect(rules).to_have_count(count)  # the others are still there
    page.get_by_role("button", name="Add a rule…").click()
    page.get_by_label("Role", exact=True).select_option("Website Manager")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Website Manager: read")).to_be_checked()
    assert admin.faults() == []
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_text("As the DocType itself says")).to_be_visible()
    assert live.rows("Custom DocPerm", "name") == []
    page.get_by_label("or role").select_option("Task User")
    expect(page.get_by_role("link", name="ann@example.com")).to_be_visible()
    expect(
        page.get_by_role("region", name="What it gives").get_by_role("link", name="Task", exact=True).first
    ).to_be_visible()

    page.goto(f"{live.url}/app/task/{name}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Who may see it…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("row").filter(has_text="Ann")).to_contain_text("Given by the role Task User")
    assert admin.faults() == []
    dialog.get_by_role("button", name="Close").click()

    page.goto(f"{live.url}/app/run/users")
    page.get_by_role("button", name="Invite…").click()
    page.get_by_label("Email").fill("bob@example.com")
    page.get_by_label("Name", exact=True).fill("Bob")
    page.get_by_label("Task User").check()
    assert admin.faults() == []
    page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_contain_text(f"{live.url}/update-password?key=")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Disable ann@example.com").click()
    page.get_by_role("button", name="Disable", exact=True).click()
    expect(page.get_by_role("button", name="Enable ann@example.com")).to_be_visible()
    assert dict(live.rows("User", "name", "enabled"))["ann@example.com"] == 0
    page.keyboard.press("Control+k")
    page.keyboard.type("bob")
    page.get_by_role("option", name="bob@example.com").wait_for()


def test_what_runs_by_itself_is_seen(admin: Visitor) -> None:
    live = admin.live
    fault = {"method": "shop.api.pay", "error": "Traceback\nValueError: no money"}
    live.make("Error Log", fault, fault, {"method": "shop.api.ship", "error": "Traceback"})
    page = admin.open("/app/run/errors")
    rows = page.get_by_role("region", name="Errors").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("shop.api.pay")
    expect(rows.first.locator("td[data-label=Times]")).to_have_text("2")
    page.get_by_role("button", name="shop.api.pay").click()
    expect(page.get_by_label("Trace", exact=True)).to_contain_text("no money")
    assert admin.faults() == []
    page.get_by_role("button", name="Close").click()
    for tab, said in (("Jobs", "No job waits, runs or failed."), ("Mails", "No mail was sent.")):
        page.get_by_role("link", name=tab).click()
        expect(page.get_by_text(said)).to_be_visible()
        assert admin.faults() == []


# --- on a phone, in the dark ---------------------------------------------------------------------------------


LOOKED_AT = {"/app", "/app/task?_view=kanban", "/app/task?_view=calendar", "/app/permissions/task"}
"""Whose colours and names are looked at in the dark, too; a look costs a second."""


def test_every_page_fits_a_phone_in_the_dark(visit: Any, live: Live) -> None:
    live.user("ann@example.com", "Task User")
    live.make("Task", {**TASKS[0], "due_date": str(datetime.date.today())})
    visitor: Visitor = visit(viewport=PHONE, color_scheme="dark").sign_in()
    for path, sign in {
        "/app": "main h1", "/app/task": "tbody a.open", "/app/task?_group=status": ".gathered",
        "/app/task?_view=kanban": ".board-card", "/app/task?_view=calendar": ".event", "/app/task?_view=tree": ".node",
        "/app/task?_view=chart": ".graph svg", "/app/import/task": ".drop-zone", "/app/permissions/task": ".rights",
        "/app/run/users": ".actions", "/app/run/errors": "main section", "/app/dashboard-view": ".problem",
    }.items():  # fmt: skip
        page = visitor.open(path)
        page.locator(sign).first.wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, wide, visitor.faults() if path in LOOKED_AT else []) == (path, 0, [])
