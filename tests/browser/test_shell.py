"""Signing in and out, getting around, theme, prefix, accessibility."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from frappe_lite.access import auth

from .conftest import PASSWORD, Live, Visitor

PHONE = {"width": 390, "height": 780}


def test_sign_in_by_the_form_and_out_again(visit: Any) -> None:
    visitor = visit()
    visitor.allow("401")
    page = visitor.open("/app/task?status=Open")
    page.get_by_label("Email or user name").fill("Administrator")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Invalid login credentials")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Task", exact=True)).to_be_visible()  # where one was going
    page.get_by_role("button", name="Administrator").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Desk under test")).to_be_visible()
    assert not [each for each in visitor.context.cookies() if each["name"] == "sid" and each["value"]]


def test_a_session_that_ends_leaves_the_page_as_it_was(admin: Visitor) -> None:
    page = admin.open("/app/task")
    admin.allow("403")
    page.get_by_role("searchbox", name="Search this list").fill("one")
    expect(page).to_have_url(admin.live.url + "/app/task?_find=one")
    with admin.live.site.acting() as ctx:
        ctx.store.database.execute('DELETE FROM "tabSessions"')
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.get_by_label("Email or user name").fill("Administrator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Email or user name")).to_have_count(0)
    expect(page.get_by_role("searchbox", name="Search this list")).to_have_value("one")


def test_change_the_password(live: Live, visit: Any) -> None:
    live.user("ann@example.com", "Task User")
    visitor = visit().sign_in("ann@example.com")
    visitor.allow("401")
    page = visitor.open("/app")
    page.get_by_role("button", name="Ann").click()
    page.get_by_role("button", name="Change password").click()
    page.get_by_label("Present password").fill("wrong")
    page.get_by_label("New password").fill("Another-Horse-2")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Incorrect password")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_text("The password is changed")).to_be_visible()
    with live.site.acting() as ctx:
        assert auth.check_password(ctx, "ann@example.com", "Another-Horse-2")


def test_a_reset_link_sets_a_password(live: Live, visit: Any) -> None:
    live.user("ann@example.com")
    links: list[str] = []
    live.site.on_reset_link = lambda _user, link: links.append(link)
    visitor = visit()
    page = visitor.open("/app")
    page.get_by_role("button", name="Forgot the password?").click()
    page.get_by_label("Email").fill("ann@example.com")
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_text("a link is on its way")).to_be_visible()
    page.goto(f"{live.url}/update-password?{links[0].partition(chr(63))[2]}")
    page.get_by_label("New password").fill("Another-Horse-2")
    page.get_by_label("The same again").fill("Another-Horse-2")
    page.get_by_role("button", name="Set password").click()
    visitor.open("/app")
    page.get_by_label("Email or user name").fill("ann@example.com")
    page.get_by_label("Password").fill("Another-Horse-2")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Ann")).to_be_visible()


def test_one_sees_what_one_may_read(live: Live, visit: Any) -> None:
    live.user("ann@example.com", "Task User")
    page = visit().sign_in("ann@example.com").open("/app")
    names = page.locator(".modules a").all_inner_texts()
    assert "Task" in names
    assert "System Settings" not in names
    page.goto(live.url + "/app/system-settings")
    expect(page.get_by_text("There is no DocType system-settings, or you may not read it.")).to_be_visible()


def test_home_searches_the_doctypes(admin: Visitor) -> None:
    page = admin.open("/app")
    page.get_by_role("searchbox", name="Search DocTypes").fill("invoi")
    expect(page.locator(".modules a")).to_have_text(["Invoice"])


def test_ctrl_k_goes_anywhere(admin: Visitor) -> None:
    admin.live.make("Project", {"title": "Alpha"})
    page = admin.open("/app")
    page.keyboard.press("Control+k")
    page.keyboard.type("proj")
    expect(page.locator(".palette [role=option]").first).to_contain_text("Project")
    page.keyboard.press("Enter")
    expect(page).to_have_url(admin.live.url + "/app/project")
    page.keyboard.press("Control+k")
    page.keyboard.type("alp")
    expect(page.locator(".palette [aria-selected=true]")).to_contain_text("Alpha")
    page.keyboard.press("Enter")
    expect(page).to_have_url(admin.live.url + "/app/project/Alpha")
    page.go_back()
    expect(page.get_by_role("heading", name="Project", exact=True)).to_be_visible()


def test_the_shortcuts_are_told(admin: Visitor) -> None:
    page = admin.open("/app/task")
    expect(page.get_by_role("heading", name="Task", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_contain_text("Next row")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_theme_is_kept(admin: Visitor) -> None:
    page = admin.open("/app")
    back = "getComputedStyle(document.querySelector('main')).backgroundColor"
    light = page.evaluate(back)
    page.get_by_role("button", name="Theme: auto").click()
    page.get_by_role("button", name="Theme: light").click()
    dark = page.evaluate(back)
    assert light != dark
    page.reload()
    page.locator("main:not(:empty)").wait_for()
    assert page.evaluate(back) == dark


def test_a_script_that_does_not_arrive_is_told(admin: Visitor) -> None:
    admin.allow("503")
    admin.page.route("**/linked/app.js", lambda route: route.fulfill(status=503))
    admin.page.goto(f"{admin.live.url}/app/task")
    expect(admin.page.get_by_text("This page did not load. Load it again")).to_be_visible()


def test_below_a_prefix(visit: Any) -> None:
    live = Live("/office/erp")
    try:
        live.make("Project", {"title": "Alpha"})
        visitor = visit(live)
        page = visitor.open("/app/project")
        page.get_by_label("Email or user name").fill("Administrator")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Alpha").click()
        expect(page).to_have_url(live.url + "/app/project/Alpha")
        page.get_by_role("link", name="Desk under test").click()
        expect(page.get_by_role("heading", name="Documents")).to_be_visible()
        assert {each.url.startswith(live.url) for each in visitor.requests} == {True}
        visitor.context.close()
    finally:
        live.close()


def test_on_a_phone_the_navigation_is_a_drawer(visit: Any) -> None:
    page = visit(viewport=PHONE).sign_in().open("/app/task")
    link = page.get_by_role("navigation").get_by_role("link", name="Project", exact=True)
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Documents").click()
    link.click()
    expect(page.get_by_role("heading", name="Project", exact=True)).to_be_visible()
    expect(link).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Any, live: Live, scheme: str) -> None:
    live.make(
        "Task",
        *(
            {"subject": f"t{n}", "status": status}
            for n, status in enumerate(("Open", "Working", "Completed", "Cancelled"))
        ),
    )
    visitor = visit(color_scheme=scheme)
    page = visitor.open("/app")
    assert ("sign in", visitor.faults()) == ("sign in", [])
    visitor.sign_in()
    visitor.open("/app")
    assert ("home", visitor.faults()) == ("home", [])
    visitor.open("/app/task?status=Open")
    page.locator("tbody input").first.check()
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("Field", exact=True).select_option("priority")
    assert ("list", visitor.faults()) == ("list", [])
    page.keyboard.press("Control+k")
    expect(page.locator(".palette [role=option]").first).to_be_visible()
    assert ("palette", visitor.faults()) == ("palette", [])
