"""The pages about the server: DocTypes and their calls, keys, sessions, requests, the database."""

from __future__ import annotations

import datetime
import json
import re
import shlex
import subprocess
import tarfile
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from frappe_lite import document

from .conftest import Live, Visitor


def bearer(live: Live, token: str) -> int:
    return requests.get(
        f"{live.url}/api/method/frappe.auth.get_logged_user", headers={"Authorization": f"token {token}"}, timeout=10
    ).status_code


def test_a_doctype_is_made_and_called(admin: Visitor, live: Live) -> None:
    page = admin.open("/app/new/doctype")
    page.get_by_label("Name *", exact=True).fill("Boat")
    fields, permissions = page.get_by_role("group", name="Fields"), page.get_by_role("group", name="Permissions")
    fields.get_by_role("button", name="Add row").click()
    fields.get_by_label("Fieldname").fill("title")
    fields.get_by_label("Label").fill("Title")
    fields.get_by_label("Mandatory").check()
    permissions.get_by_role("button", name="Add row").click()
    permissions.get_by_role("combobox", name="Role").fill("System Manager")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+s")
    expect(page).to_have_url(f"{live.url}/app/doctype/Boat")
    expect(page.get_by_role("navigation", name="Documents").get_by_role("link", name="Boat")).to_be_visible()
    live.make("Boat", {"title": "Ark"})
    assert live.rows("Boat", "title") == [("Ark",)]
    admin.allow("417")
    fields.get_by_role("button", name="Add row").click()
    row = fields.locator("tbody tr").last
    row.get_by_label("Label").fill("Harbour")
    row.get_by_label("Type").select_option("Link")
    page.keyboard.press("Control+s")
    expect(row.locator("[aria-invalid=true]").first).to_be_visible()  # a link needs its DocType
    row.get_by_label("Options").fill("User")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Not saved", exact=True)).to_have_count(0)  # Save is disabled while it saves, too
    page.get_by_role("navigation", name="Parts of the page").get_by_role("link", name="API").click()
    created = page.get_by_label("Create with curl", exact=True).inner_text()
    assert '"title"' in created
    made = subprocess.run(
        shlex.split(created.replace("API_KEY:API_SECRET", live.key())), capture_output=True, check=True, text=True
    )
    assert json.loads(made.stdout)["data"]["title"] == "A title"
    with live.site.acting() as ctx:
        assert ctx.meta("Boat").has_field("harbour")
    assert admin.faults() == []


def test_what_an_app_brings_is_told(admin: Visitor, live: Live) -> None:
    page = admin.open("/app/doctype/Task")
    expect(page.get_by_text("which sets it again at each start")).to_be_visible()


def test_a_key_is_made_used_and_revoked(admin: Visitor, live: Live) -> None:
    page = admin.open("/app/settings/keys")
    page.get_by_role("button", name="New key…").click()
    page.get_by_role("dialog").get_by_label("Label").fill("backup")
    page.get_by_role("button", name="Make it").click()
    token = page.get_by_label("Key and secret", exact=True).inner_text()
    assert token in page.get_by_label("curl with the key", exact=True).inner_text()
    assert bearer(live, token) == 200
    page.get_by_role("button", name="Done").click()
    assert admin.faults() == []
    page.get_by_role("button", name="Revoke backup").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked", exact=True)).to_be_visible()
    assert bearer(live, token) == 401


def test_a_secret_stays_until_it_is_kept(admin: Visitor) -> None:
    page = admin.open("/app/settings/keys")
    page.get_by_role("button", name="New key…").click()
    page.get_by_role("dialog").get_by_label("Label").fill("backup")
    page.get_by_role("button", name="Make it").click()
    dialog = page.get_by_role("dialog", name="The new key")
    expect(dialog).to_be_visible()
    for _ in range(3):  # the browser itself closes a dialog at the second Escape
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(page.get_by_label("Key and secret", exact=True)).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("copies", [True, False])
def test_copy_without_a_clipboard(admin: Visitor, copies: bool) -> None:
    """Over plain HTTP, but for localhost, a browser gives pages no clipboard."""
    admin.page.add_init_script(
        "delete Navigator.prototype.clipboard; document.addEventListener('copy', () => (window.copied = "
        "getSelection().toString()))"
    )
    if not copies:
        admin.page.add_init_script("Document.prototype.execCommand = () => false")
    page = admin.open("/app/doctype/Task/api")
    wanted = page.get_by_label("Read with curl", exact=True).inner_text()
    page.get_by_role("button", name="Copy: Read with curl").click()
    expect(page.get_by_role("status")).to_contain_text("Copied" if copies else "It is selected: press Ctrl+C")
    assert page.evaluate("window.copied ?? getSelection().toString()").strip() == wanted.strip()


def test_copy_with_a_clipboard(admin: Visitor) -> None:
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = admin.open("/app/doctype/Task/api")
    page.get_by_role("button", name="Copy: List with curl").click()
    expect(page.get_by_role("status")).to_contain_text("Copied")
    assert (
        page.evaluate("navigator.clipboard.readText()") == page.get_by_label("List with curl", exact=True).inner_text()
    )


@pytest.mark.parametrize("dialog", [False, True])
def test_a_message_can_be_put_away_whatever_is_open(admin: Visitor, dialog: bool) -> None:
    page = admin.open("/app/settings/keys")
    if dialog:
        page.get_by_role("button", name="New key…").click()
    page.evaluate(
        "async (address) => (await import(address)).toast('Something', { kind: 'bad' })",
        module_of(page, "parts/dialogs.js"),
    )
    expect(page.get_by_role("alert")).to_have_text("Something✕")
    page.get_by_role("button", name="Dismiss").click()  # clicking fails on what is behind a dialog
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(int(dialog))


def module_of(page: Any, name: str) -> str:
    """The address of one of the page's modules, as the page itself has it."""
    first = str(page.locator('script[type="module"]').get_attribute("src"))
    return f"{first.rpartition('/')[0]}/{name.replace('/', '-')}"


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("run/requests", "frappe_lite.request_log.get_chart"), ("run/requests", "document/API%20Request%20Log"), ((
            "run/requests"
        ), "document/System%20Settings"),
        ("run/users", "document/User"),
        ("run/sessions", "frappe_lite.sessions.get_list"), ("run/keys", "document/API%20Key"), ("run/database", (
            "frappe_lite.database.status"
        )),
        ("doctype/Task/api", "document/Task"),
        ("task", "doctype/Task/meta"), ("task/TASK-1", "document/Task/TASK-1"),
    ],
)  # fmt: skip
def test_what_could_not_be_read_is_said(admin: Visitor, path: str, refused: str) -> None:
    admin.allow("503|404")
    admin.page.route(
        re.compile(re.escape(refused) + r"($|\?|/)"),
        lambda route: route.fulfill(
            status=503, json={"errors": [{"type": "BusyError", "message": "Too busy for that"}]}
        ),
    )
    expect(admin.open(f"/app/{path}").get_by_text("Too busy for that")).to_be_visible()


def test_the_view_of_requests_stands_in_its_address(admin: Visitor, live: Live) -> None:
    with live.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"log_api_requests": 1})
    requests.get(f"{live.url}/api/resource/Nothing", headers={"Authorization": f"token {live.key()}"}, timeout=10)
    page = admin.open("/app/run")
    page.get_by_label("Time").select_option("minute")
    page.get_by_label("Which requests").select_option("errors")
    expect(page).to_have_url(f"{live.url}/app/run/requests?step=minute&only=errors")
    page.reload()
    expect(page.get_by_label("Time")).to_have_value("minute")
    expect(page.get_by_label("Which requests")).to_have_value("errors")
    expect(page.locator(".panel tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.get_by_label("Which requests")).to_have_value("")
    admin.open("/app/run/requests?step=nonsense&only=nonsense")
    expect(page.get_by_label("Time")).to_have_value("hour")


def test_two_choices_in_one_breath_both_stand(admin: Visitor, live: Live) -> None:
    page = admin.open("/app/run")
    expect(page.get_by_label("Which requests")).to_be_visible()
    page.evaluate("""() => {
        for (const [label, value] of [["Time", "minute"], ["Which requests", "errors"]]) {
            const select = document.querySelector(`select[aria-label="${label}"]`);
            select.value = value;
            select.dispatchEvent(new Event("change", { bubbles: true }));
        }
    }""")
    expect(page).to_have_url(f"{live.url}/app/run/requests?step=minute&only=errors")


def test_growth_is_drawn_once_there_are_two_days(admin: Visitor, live: Live) -> None:
    page = admin.open("/app/run/database")
    expect(page.locator(".figures")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(0)
    with live.site.acting() as ctx:
        database = ctx.store.database
        database.execute(
            'CREATE TABLE IF NOT EXISTS "__growth" (date TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID'
        )
        days = [(datetime.date.today() - datetime.timedelta(days=back)).isoformat() for back in (3, 2)]
        for day, size in zip(days, (1_000, 2_000), strict=True):
            database.execute('INSERT INTO "__growth" VALUES (?, ?)', (day, size))
        ctx.commit()
    page.reload()
    expect(page.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(rf"Size of the database: \+[\d.]+ (k|M)B since {days[0]}")
    )
    expect(page.locator(".chart rect")).to_have_count(3)
    assert admin.faults() == []


def test_another_session_is_ended(admin: Visitor, visit: Any, live: Live) -> None:
    other = visit().sign_in()
    other.open("/app")
    page = admin.open("/app/settings/sessions")
    expect(page.locator(".panel tbody tr")).to_have_count(2)
    page.get_by_role("button", name="End the session of").click()
    expect(page.locator(".panel tbody tr")).to_have_count(1)
    assert other.context.request.get(f"{live.url}/api/method/frappe.auth.get_logged_user").status == 403


def test_somebody_elses_session_is_found_and_ended(admin: Visitor, visit: Any, live: Live) -> None:
    live.user("ann@example.com", "Task User")
    ann = visit().sign_in("ann@example.com")
    page = admin.open("/app/run/sessions")
    expect(page.locator(".panel tbody tr")).to_have_count(2)
    assert admin.faults() == []
    page.get_by_role("button", name="End the session of ann@example.com").click()
    expect(page.locator(".panel tbody tr")).to_have_count(1)
    assert ann.context.request.get(f"{live.url}/api/method/frappe.auth.get_logged_user").status == 403


def test_users_are_shown_with_their_roles(admin: Visitor, live: Live) -> None:
    live.user("ann@example.com", "Task User", "System Manager")
    page = admin.open("/app/run/users")
    row = page.get_by_role("row").filter(has_text="ann@example.com")
    expect(row.get_by_role("cell", name="Task User, System Manager", exact=True)).to_be_visible()


@pytest.mark.parametrize("word", ["light", "dark"])
def test_colours_are_chosen_and_kept(admin: Visitor, word: str) -> None:
    page = admin.open("/app/settings/theme")
    page.get_by_role("radio", name=word.title()).check()
    expect(page.get_by_role("button", name=f"Theme: {word}")).to_be_visible()
    assert admin.faults() == []
    page = admin.open("/app/settings/theme")
    expect(page.get_by_role("radio", name=word.title())).to_be_checked()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == word


@pytest.mark.parametrize(
    "path",
    [
        "settings/keys",
        "settings/sessions",
        "settings/password",
        "run/requests",
        "run/users",
        "run/keys",
        "run/database",
    ],
)
def test_a_phone_shows_each_part_without_scrolling_aside(visit: Any, live: Live, path: str) -> None:
    live.key()
    phone = visit(viewport={"width": 375, "height": 700}, color_scheme="dark").sign_in()
    page = phone.open(f"/app/{path}")
    expect(page.locator(".panel section").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.getElementById('main').scrollWidth <= innerWidth")
    assert phone.faults() == []


@pytest.mark.parametrize(
    ("step", "asked", "count", "first", "named"),
    [
        pytest.param("minute", ["2026-06-17 23:58", "2026-06-18 00:01"], 60, "2026-06-17 23:02", ["23:02", "23:12", "23:22", "23:32", "23:42", "23:52"], id="an hour"),
        pytest.param("minute", ["2026-06-18 00:31"], 60, "2026-06-17 23:32", ["23:32", "23:42", "23:52", "18 Jun", "00:12", "00:22"], id="an hour with midnight in it"),
        pytest.param("hour", ["2026-06-17 22", "2026-06-18 01"], 24, "2026-06-17 02", ["02:00", "06:00", "10:00", "14:00", "18:00", "22:00"], id="a day"),
        pytest.param("hour", ["2026-06-18 13"], 24, "2026-06-17 14", ["14:00", "18:00", "22:00", "18 Jun", "06:00", "10:00"], id="a day with midnight in it"),
        pytest.param("hour", ["2026-06-17 00", "2026-06-18 01"], 26, "2026-06-17 00", ["00:00", "05:00", "10:00", "15:00", "20:00", "18 Jun"], id="what is known from before"),
        pytest.param("day", ["2026-02-27", "2026-03-01"], 30, "2026-01-31", ["31 Jan", "5 Feb", "10 Feb", "15 Feb", "20 Feb", "25 Feb"], id="thirty days"),
    ],
)  # fmt: skip
def test_a_chart_has_a_place_for_each_moment(
    visit: Any, step: str, asked: list[str], count: int, first: str, named: list[str]
) -> None:
    """Of the whole hour, day or month, up to the last request; some of them are named below it, and the day where it is another."""
    page = visit(timezone_id="Europe/Berlin").sign_in().open("/app")
    points = [{"at": at, "requests": 2, "errors": 1, "duration": 3.5} for at in asked]
    found, marks = page.evaluate(
        "async ([module, points, step]) => { const { filled, axis } = await import(module); const all = filled(points, step); return [all, axis(all, step)]; }",
        [module_of(page, "parts/chart.js"), points, step],
    )
    assert (len(found), found[0]["at"], found[-1]["at"]) == (count, first, asked[-1])
    assert [each for each in found if each["requests"]] == points
    assert [each["text"] for each in marks] == named
    assert all(0 < each["at"] < 100 for each in marks)


@pytest.mark.parametrize(
    ("agent", "wanted"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1", "Safari on macOS"),
        ("Mozilla/5.0 Chrome/141.0", "Chrome"),
        ("python-requests/2.34", "python-requests/2.34"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)  # fmt: skip
def test_a_session_is_told_by_its_device(visit: Any, agent: str | None, wanted: str) -> None:
    page = visit().sign_in().open("/app")
    code = "async ([module, agent]) => (await import(module)).device(agent)"
    assert page.evaluate(code, [module_of(page, "model/format.js"), agent]) == wanted


@pytest.mark.parametrize(("direction", "side"), [("ltr", "right"), ("rtl", "left")])
def test_the_menu_opens_below_its_button(admin: Visitor, direction: str, side: str) -> None:
    page = admin.open("/app")
    page.evaluate("(direction) => (document.documentElement.dir = direction)", direction)
    page.locator(".who").click()
    menu, button = page.locator("#menu").bounding_box(), page.locator(".who").bounding_box()
    edge = (lambda box: box["x"] + box["width"]) if side == "right" else (lambda box: box["x"])
    assert abs(edge(menu) - edge(button)) <= 8
    assert 0 <= menu["y"] - button["y"] - button["height"] <= 16


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_server_shows_what_it_does(admin: Visitor, live: Live, scheme: str, tmp_path: Any) -> None:
    page = admin.open("/app/run")
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("button", name="Log requests").click()
    expect(page.get_by_role("button", name="Stop logging")).to_be_visible()
    requests.get(f"{live.url}/api/resource/Nothing", headers={"Authorization": f"token {live.key()}"}, timeout=10)
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_role("cell", name="/api/resource/Nothing", exact=True)).to_be_visible()
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"[1-9]\d* requests, 1 of them errors"))
    assert admin.faults() == []
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.get_by_role("cell", name="Administrator").first).to_be_visible()
    page.get_by_role("link", name="Database").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download one that is not kept").click()
    download.value.save_as(tmp_path / "backup.tar.gz")
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        assert any(name.endswith(".db") for name in archive.getnames())
    assert admin.faults() == []


def test_the_server_is_not_for_everybody(visit: Any, live: Live) -> None:
    live.user("ann@example.com", "Task User")
    page = visit().sign_in("ann@example.com").open("/app/run")
    expect(page.get_by_text("This page is for System Managers")).to_be_visible()
    expect(page.get_by_role("link", name="Server")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("keys and")
    expect(page.get_by_role("option", name="Keys and sessions")).to_be_visible()
    page.get_by_role("combobox", name="Go to").fill("server")
    expect(page.get_by_text("Nothing of that name.")).to_be_visible()
