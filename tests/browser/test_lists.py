"""Lists: columns, filters, order, pages, search, many at once, CSV, keys."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from .conftest import Live, Visitor

TASKS = [
    {"subject": "Write", "status": "Open", "priority": "High", "points": 3, "due_date": "2026-01-05"},
    {"subject": "Review", "status": "Working", "priority": "Low", "points": 1},
    {"subject": "Ship it, \"now\"", "status": "Open", "priority": "Low", "points": 8, "due_date": "2026-02-01", (
        "is_milestone"
    ): 1},
    {"subject": "=1+1", "status": "Completed", "priority": "Medium", "points": 5},
]  # fmt: skip


@pytest.fixture
def tasks(admin: Visitor) -> Any:
    """The Administrator's page on four tasks, in the order of their names."""
    admin.live.make("Task", *TASKS)
    page = admin.open("/app/task?_sort=name asc")
    expect(page.locator("tbody tr")).to_have_count(4)
    return page


def subjects(page: Any) -> list[str]:
    """The first column."""
    return list(page.locator("tbody a.open").all_inner_texts())


def query_of(page: Any) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def wait_for(page: Any, *wanted: str) -> None:
    """Until the first column is this."""
    expect(page.locator("tbody a.open")).to_have_text(list(wanted))


def add_filter(page: Any, field: str, operator: str | None = None) -> Any:
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("Field", exact=True).select_option(label=field)
    if operator:
        page.get_by_label("Operator").select_option(label=operator)
    return page.locator(".filter-form")


# --- what is shown ---------------------------------------------------------------------------------------


def test_columns_come_from_meta(tasks: Any) -> None:
    assert [" ".join(each.split()) for each in tasks.locator("thead th").all_inner_texts()] == [
        "",
        "Subject",
        "Name ↑",
        "Status",
        "Priority",
        "Changed",
    ]
    assert subjects(tasks) == [each["subject"] for each in TASKS]


def test_colours_follow_the_meaning_of_a_status(tasks: Any) -> None:
    found = {
        each.inner_text(): each.get_attribute("class") for each in tasks.locator("td[data-label=Status] .badge").all()
    }
    assert found == {"Open": "badge orange", "Working": "badge blue", "Completed": "badge green"}


def test_the_states_of_a_doctype_have_their_colours(admin: Visitor) -> None:
    states = [{"title": "Fresh", "color": "Light Blue"}, {"title": "Ripe", "color": "Pink"}]
    field = {"fieldname": "stage", "fieldtype": "Select", "label": "Stage", "options": "Fresh\nRipe", "in_list_view": 1}
    rules = [{"role": "System Manager", "read": 1, "write": 1, "create": 1}]
    admin.live.make(
        "DocType",
        {"name": "Fruit", "module": "Custom", "custom": 1, "fields": [field], "states": states, "permissions": rules},
    )
    admin.live.make("Fruit", {"stage": "Fresh"}, {"stage": "Ripe"})
    page = admin.open("/app/fruit")
    expect(page.locator(".badge.blue")).to_have_text("Fresh")
    expect(page.locator(".badge.pink")).to_have_text("Ripe")


def test_submitted_documents_say_so(admin: Visitor) -> None:
    admin.live.make(
        "Invoice",
        *({"customer": "C", "items": [{"item": "a", "rate": 5}], "docstatus": docstatus} for docstatus in (0, 1)),
    )
    page = admin.open("/app/invoice?_sort=name asc")
    badges = page.locator("td[data-label='Document status'] .badge")
    expect(badges).to_have_text(["Draft", "Submitted"])
    badges.last.click()
    expect(badges).to_have_text(["Submitted"])
    assert query_of(page)["docstatus"] == "1"
    expect(page.locator(".chip")).to_contain_text("Document status is Submitted")


def test_an_empty_list_says_what_to_do(admin: Visitor) -> None:
    page = admin.open("/app/project")
    expect(page.get_by_role("heading", name="No Project yet")).to_be_visible()
    page.get_by_role("link", name="New Project").click()
    expect(page).to_have_url(admin.live.url + "/app/new/project")


def test_a_field_that_is_markup_is_text(admin: Visitor) -> None:
    admin.live.make("Project", {"title": "Alpha"})
    with admin.live.site.acting() as ctx:
        ctx.store.database.execute("UPDATE \"tabProject\" SET title = '<img src=x onerror=alert(1)>'")
    page = admin.open("/app/project")
    wait_for(page, "<img src=x onerror=alert(1)>")


def owners(live: Live) -> None:
    """Pets whose owner is shown by a title; a Task User may read both, but of owners only those that are shared."""
    rules = [{"role": "System Manager", "read": 1, "write": 1, "create": 1}, {"role": "Task User", "read": 1}]
    owner = {"fieldname": "full_name", "fieldtype": "Data", "label": "Full Name"}
    live.make(
        "DocType",
        {
            "name": "Keeper",
            "module": "Custom",
            "custom": 1,
            "fields": [owner],
            "permissions": rules,
            "title_field": "full_name",
            "show_title_field_in_link": 1,
        },
    )
    link = {"fieldname": "keeper", "fieldtype": "Link", "options": "Keeper", "label": "Keeper", "in_list_view": 1}
    photo = {"fieldname": "photo", "fieldtype": "Attach Image", "label": "Photo"}
    live.make(
        "DocType", {"name": "Pet", "module": "Custom", "custom": 1, "fields": [link, photo], "permissions": rules}
    )


def test_a_link_is_called_by_its_title_where_its_doctype_says_so(admin: Visitor, visit: Any) -> None:
    owners(admin.live)
    names = admin.live.make("Keeper", {"full_name": "Ann Ash"}, {"full_name": ""})
    admin.live.make("Pet", *({"keeper": name} for name in names))
    page = admin.open("/app/pet?_sort=creation asc")
    cells = page.locator("td[data-label=Keeper]")
    expect(cells).to_have_text(["Ann Ash", names[1]])  # without a title it keeps its name
    cells.first.get_by_role("button").click()
    expect(cells).to_have_text(["Ann Ash"])
    assert query_of(page)["keeper"] == names[0]
    admin.live.user("ann@example.com", "Task User")
    admin.live.make(
        "User Permission",
        {
            "user": "ann@example.com",
            "allow": "Keeper",
            "for_value": names[1],
            "applicable_for": "Keeper",
            "apply_to_all_doctypes": 0,
        },
    )
    other = visit().sign_in("ann@example.com").open("/app/pet?_sort=creation asc")
    expect(other.locator("td[data-label=Keeper]")).to_have_text(
        names
    )  # who may not read the document sees what the link holds


def test_a_picture_is_told_of_as_a_row_is(admin: Visitor) -> None:
    """A link by its title, and the pages of a list below."""
    owners(admin.live)
    (name,) = admin.live.make("Keeper", {"full_name": "Ann Ash"})
    admin.live.make("Pet", *({"keeper": name} for _ in range(21)))
    page = admin.open("/app/pet?_view=gallery&_rows=20")
    expect(page.locator(".picture p span")).to_have_text(["Ann Ash"] * 20)
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".picture")).to_have_count(1)
    expect(page.locator(".pager span")).to_have_text("21–21")


# --- filters ---------------------------------------------------------------------------------------------


def test_a_choice_filters_by_its_select(tasks: Any) -> None:
    form = add_filter(tasks, "Status")
    form.get_by_label("Value").select_option("Open")
    form.get_by_role("button", name="Apply").click()
    wait_for(tasks, "Write", 'Ship it, "now"')
    assert query_of(tasks) == {"status": "Open", "_sort": "name asc"}


def test_several_choices(tasks: Any) -> None:
    form = add_filter(tasks, "Priority", "is one of")
    form.get_by_label("High").check()
    form.get_by_label("Medium").check()
    form.get_by_role("button", name="Apply").click()
    wait_for(tasks, "Write", "=1+1")
    assert json.loads(query_of(tasks)["priority"]) == ["in", ["High", "Medium"]]
    expect(tasks.locator(".chip")).to_contain_text("Priority is one of High, Medium")


def test_numbers_and_ticks(tasks: Any) -> None:
    form = add_filter(tasks, "Points", "is at least")
    form.get_by_label("Value").fill("5")
    tasks.keyboard.press("Enter")
    wait_for(tasks, 'Ship it, "now"', "=1+1")
    add_filter(tasks, "Is Milestone").get_by_role("button", name="Apply").click()
    wait_for(tasks, 'Ship it, "now"')


def test_dates_between(tasks: Any) -> None:
    form = add_filter(tasks, "Due Date", "is between")
    form.get_by_label("From", exact=True).fill("2026-01-01")
    form.get_by_label("To", exact=True).fill("2026-01-31")
    form.get_by_role("button", name="Apply").click()
    wait_for(tasks, "Write")


def test_text_contains(tasks: Any) -> None:
    form = add_filter(tasks, "Subject")
    form.get_by_label("Value").fill("hip")
    form.get_by_role("button", name="Apply").click()
    wait_for(tasks, 'Ship it, "now"')
    expect(tasks.locator(".chip")).to_contain_text("Subject contains hip")


def test_a_link_is_searched_while_one_types(admin: Visitor) -> None:
    admin.live.make("Project", {"title": "Alpha"}, {"title": "Beta"})
    admin.live.make("Task", {"subject": "a", "project": "Alpha"}, {"subject": "b", "project": "Beta"})
    page = admin.open("/app/task")
    form = add_filter(page, "Project")
    form.get_by_role("combobox", name="Value").click()
    form.get_by_role("combobox", name="Value").press_sequentially("bet")
    expect(form.locator("[role=listbox] [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    form.get_by_role("button", name="Apply").click()
    wait_for(page, "b")


def test_a_link_is_emptied(admin: Visitor) -> None:
    admin.live.make("Project", {"title": "Alpha"}, {"title": "Beta"})
    page = admin.open("/app/task?project=Alpha")
    page.locator(".chip button").first.click()
    box = page.get_by_role("combobox", name="Value")
    box.click()
    expect(page.locator("[role=listbox] [role=option]")).to_have_count(2)  # all of them, until one types
    page.keyboard.press("Escape")
    expect(box).to_have_value("Alpha")
    box.fill("")
    page.keyboard.press("Tab")
    expect(box).to_have_value("")


def test_search_leaves_out_what_one_may_not_read(live: Live, visit: Any) -> None:
    live.user("ann@example.com", "Task User")
    fields = [
        {"fieldname": "text", "fieldtype": "Data", "label": "Text"},
        {"fieldname": "secret", "fieldtype": "Data", "label": "Secret", "permlevel": 1, "in_list_view": 1},
    ]
    rules = [{"role": "Task User", "read": 1}]
    live.make(
        "DocType",
        {
            "name": "Law",
            "module": "Custom",
            "custom": 1,
            "title_field": "text",
            "search_fields": "text,secret",
            "fields": fields,
            "permissions": rules,
        },
    )
    live.make("Law", {"text": "one", "secret": "word"}, {"text": "word", "secret": "one"})
    page = visit().sign_in("ann@example.com").open("/app/law?_find=word")
    wait_for(page, "word")


def test_a_click_on_a_value_filters_and_a_cross_takes_it_away(tasks: Any) -> None:
    tasks.locator("td[data-label=Status] .badge", has_text="Working").click()
    wait_for(tasks, "Review")
    tasks.get_by_role("button", name="Remove filter: Status").click()
    expect(tasks.locator("tbody tr")).to_have_count(4)
    tasks.go_back()
    wait_for(tasks, "Review")


def test_a_filter_is_changed_in_its_place(tasks: Any) -> None:
    tasks.goto(tasks.url + "&status=Open")
    wait_for(tasks, "Write", 'Ship it, "now"')
    tasks.locator(".chip button").first.click()
    tasks.get_by_label("Operator").select_option(label="is not")
    tasks.get_by_role("button", name="Apply").click()
    wait_for(tasks, "Review", "=1+1")


def test_a_view_is_its_address(admin: Visitor) -> None:
    admin.live.make("Task", *TASKS)
    page = admin.open(
        '/app/task?points=[">", 1]&status=["in",["Open","Completed"]]&_sort=priority asc,points desc&_rows=20'
    )
    wait_for(page, "Write", 'Ship it, "now"', "=1+1")
    expect(page.locator(".chip")).to_have_count(2)


def test_a_filter_that_the_server_refuses(admin: Visitor) -> None:
    admin.allow("417")
    page = admin.open('/app/task?due_date=["timespan","once"]')
    expect(page.get_by_text("is not a timespan")).to_be_visible()
    page.get_by_role("button", name="Clear filters and order").click()
    expect(page.get_by_role("heading", name="No Task yet")).to_be_visible()


def test_nothing_fits(tasks: Any) -> None:
    tasks.goto(tasks.url + "&status=Overdue")
    tasks.get_by_role("button", name="Clear filters and search").click()
    expect(tasks.locator("tbody tr")).to_have_count(4)


# --- order, search, pages --------------------------------------------------------------------------------


def test_order_by_several_columns(tasks: Any) -> None:
    tasks.get_by_role("button", name="Status").first.click()
    tasks.get_by_role("columnheader", name="Subject").get_by_role("button").click(modifiers=["Shift"])
    wait_for(tasks, "=1+1", 'Ship it, "now"', "Write", "Review")
    assert query_of(tasks)["_sort"] == "status asc,subject asc"
    expect(tasks.locator("th[aria-sort=ascending]")).to_have_count(2)
    tasks.get_by_role("columnheader", name="Subject").get_by_role("button").click(modifiers=["Shift"])
    wait_for(tasks, "=1+1", "Write", 'Ship it, "now"', "Review")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("rit", ["Write"]), ("low", ["Review", 'Ship it, "now"']), ("%", []), ("TASK-00003", ['Ship it, "now"'])],
)
def test_search(tasks: Any, text: str, wanted: list[str]) -> None:
    tasks.keyboard.press("/")
    tasks.keyboard.type(text)
    wait_for(tasks, *wanted)
    assert query_of(tasks)["_find"] == text


def test_pages_without_a_count_until_one_asks(admin: Visitor) -> None:
    admin.live.make("Project", *({"title": f"P{n:03}"} for n in range(45)))
    page = admin.open("/app/project?_sort=name asc&_rows=20")
    expect(page.locator(".pager > span")).to_contain_text("1–20 of")
    assert not [each for each in admin.requests if "count" in each.url]
    page.get_by_role("button", name="how many?").click()
    expect(page.locator(".pager > span")).to_contain_text("1–20 of 45")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".pager > span")).to_contain_text("41–45 of 45")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    assert query_of(page)["_page"] == "3"
    page.go_back()
    expect(page.locator("tbody a.open").first).to_have_text("P020")


def fill_projects(live: Live, many: int) -> None:
    """Many projects, as a client that has no browser would have made them."""
    with live.site.acting() as ctx:
        meta = ctx.meta("Project")
        row = {
            **{key: kind.empty for key, kind in meta.columns.items()},
            "modified": "2026-01-01 00:00:00",
            "docstatus": 0,
        }
        for number in range(many):
            ctx.store.insert(meta, {**row, "name": f"P{number:05}", "title": f"Title {number}"})
        ctx.commit()


def test_choices_in_one_breath_all_stand(tasks: Any, live: Live) -> None:
    tasks.evaluate("""() => {
        const rows = document.querySelector(".pager select");
        const heading = (text) => [...document.querySelectorAll("th button")].find((each) => each.textContent.includes(text));
        rows.value = "20";
        rows.dispatchEvent(new Event("change", { bubbles: true }));
        heading("Priority").click();
        heading("Priority").click();
    }""")
    expect(tasks).to_have_url(f"{live.url}/app/task?_sort=priority+desc&_rows=20")


def test_a_search_that_was_begun_does_not_call_back_who_left(admin: Visitor) -> None:
    admin.live.make("Task", *TASKS)
    page, held = admin.page, []
    page.clock.install()
    page.route("**/linked/pages-form.js", lambda route: held.append(route))
    admin.open("/app/task?_sort=name asc")
    page.get_by_label("Search this list").fill("anything")
    with page.expect_request("**/linked/pages-form.js", timeout=60_000):
        page.locator("a.open").first.click()
    page.clock.fast_forward(1000)
    held[0].continue_()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    assert "_find" not in page.url


def test_ten_thousand_rows_cost_no_more_than_a_few_hundred(visit: Any, live: Live) -> None:
    """What limits it is the number of elements: rows far from what is seen are a space above or below."""
    fill_projects(live, 10_000)
    visitor = visit().sign_in()
    page = visitor.open("/app/project?_rows=10000&_sort=name asc")
    expect(page.locator("tbody a.open").first).to_have_text("Title 0")
    expect(page.locator("tbody.far")).to_have_count(2)
    most = page.evaluate("""async () => {
      const box = document.querySelector(".scroll"), drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      let most = 0;
      for (let at = 0; at <= 20; at++) {
        box.scrollTop = (box.scrollHeight * at) / 20;
        for (let frame = 0; frame < 2; frame++) await drawn();
        most = Math.max(most, document.querySelectorAll("tr[data-name]").length);
      }
      return most;
    }""")
    assert 40 <= most <= 140
    expect(page.get_by_role("link", name="Title 9999")).to_be_in_viewport()
    assert page.evaluate("document.querySelectorAll('*').length") < 2_500
    page.get_by_label("Choose all rows").check()
    expect(page.get_by_role("toolbar")).to_contain_text("10000 documents chosen")
    page.evaluate("document.querySelector('.scroll').scrollTop = 0")
    expect(page.get_by_label("Choose P00000", exact=True)).to_be_checked()
    assert visitor.faults() == []


def test_keys_go_on_where_rows_were_not_drawn(admin: Visitor) -> None:
    fill_projects(admin.live, 250)
    page = admin.open("/app/project?_rows=500&_sort=name asc")
    expect(page.locator("tbody a.open").first).to_have_text("Title 0")
    page.get_by_role("link", name="Title 18", exact=True).focus()
    for number in range(19, 62):  # portions of twenty come before they are reached
        page.keyboard.press("j")
        expect(page.get_by_role("link", name=f"Title {number}", exact=True)).to_be_focused()
    expect(page.get_by_role("link", name="Title 0", exact=True)).to_have_count(0)  # and go


# --- many at once ----------------------------------------------------------------------------------------


def test_change_many(tasks: Any, admin: Visitor) -> None:
    tasks.get_by_label("Choose all rows").check()
    tasks.get_by_label("Choose TASK-00004").uncheck()
    expect(tasks.get_by_role("toolbar")).to_contain_text("3 documents chosen")
    tasks.get_by_role("button", name="Change…").click()
    dialog = tasks.get_by_role("dialog")
    dialog.get_by_label("Field").select_option(label="Priority")
    dialog.get_by_label("New Priority").select_option("Medium")
    dialog.get_by_role("button", name="Change").click()
    expect(tasks.get_by_role("status")).to_contain_text("3 documents updated")
    assert admin.live.rows("Task", "priority") == [("Medium",)] * 4
    expect(tasks.get_by_role("toolbar")).to_have_count(0)


def test_delete_many_and_what_is_refused(tasks: Any, admin: Visitor) -> None:
    tasks.locator("tbody tr").first.locator("input").check()
    tasks.get_by_role("button", name="Delete…").click()
    tasks.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert len(admin.live.rows("Task", "name")) == 4
    tasks.get_by_role("button", name="Delete…").click()
    tasks.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(tasks.locator("tbody tr")).to_have_count(3)
    assert [name for (name,) in admin.live.rows("Task", "name")] == ["TASK-00002", "TASK-00003", "TASK-00004"]


def test_a_refusal_names_document_and_reason(admin: Visitor) -> None:
    admin.live.make("Project", {"title": "Alpha"}, {"title": "Beta"})
    admin.live.make("Task", {"subject": "a", "project": "Alpha"})
    page = admin.open("/app/project?_sort=name asc")
    page.get_by_label("Choose all rows").check()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("Alpha: ")
    assert admin.live.rows("Project", "name") == [("Alpha",)]


def test_without_the_right_there_is_no_button(live: Live, visit: Any) -> None:
    live.user("ann@example.com", "Task User")
    rules = [{"role": "Task User", "read": 1, "write": 0, "create": 0, "delete": 0}]
    live.make(
        "DocType",
        {
            "name": "Law",
            "module": "Custom",
            "custom": 1,
            "fields": [{"fieldname": "text", "fieldtype": "Data", "label": "Text"}],
            "permissions": rules,
        },
    )
    live.make("Law", {"text": "No."})
    page = visit().sign_in("ann@example.com").open("/app/law")
    page.locator("tbody input").first.check()
    expect(page.get_by_role("toolbar")).to_contain_text("1 document chosen")
    for name in ("Change…", "Delete…", "New"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)


# --- csv -------------------------------------------------------------------------------------------------


def test_csv_has_the_view_and_runs_nothing(tasks: Any, tmp_path: Path) -> None:
    tasks.goto(tasks.url + '&priority=["!=","High"]')
    wait_for(tasks, "Review", 'Ship it, "now"', "=1+1")
    with tasks.expect_download() as download:
        tasks.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "task.csv")
    assert download.value.suggested_filename == "Task.csv"
    text = (tmp_path / "task.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["subject"] for row in rows] == ["Review", 'Ship it, "now"', "'=1+1"]
    assert rows[1]["points"] == "8"
    assert "secret" not in rows[0]


def test_csv_of_more_than_a_page(admin: Visitor, tmp_path: Path) -> None:
    fill_projects(admin.live, 2100)
    page = admin.open("/app/project")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "project.csv")
    names = [
        row["name"] for row in csv.DictReader(io.StringIO((tmp_path / "project.csv").read_bytes().decode("utf-8-sig")))
    ]
    assert (len(names), len(set(names))) == (2100, 2100)


# --- keys ------------------------------------------------------------------------------------------------


def test_rows_by_keyboard(tasks: Any) -> None:
    for key, row in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0)):
        tasks.keyboard.press(key)
        expect(tasks.locator("tbody a.open").nth(row)).to_be_focused()
    tasks.keyboard.press("x")
    expect(tasks.get_by_label("Choose TASK-00001")).to_be_checked()
    tasks.keyboard.press("Enter")
    assert urlsplit(tasks.url).path == "/app/task/TASK-00001"


def test_a_key_that_is_typed_is_no_shortcut(tasks: Any) -> None:
    tasks.keyboard.press("/")
    tasks.keyboard.type("n?jx")
    expect(tasks.get_by_role("searchbox", name="Search this list")).to_have_value("n?jx")
    expect(tasks.get_by_role("dialog")).to_have_count(0)
