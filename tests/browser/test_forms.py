"""Forms: fields, rules, saving, conflicts, submitting, and what stands beside a document."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from frappe_lite.parts import desk

from .conftest import Live, Visitor
from .test_shell import PHONE

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def field(label: str, fieldtype: str = "Data", options: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "fieldname": label.lower().replace(" ", "_"),
        "label": label,
        "fieldtype": fieldtype,
        "options": options,
        **more,
    }


RULES = [
    {"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1, "share": 1},
    {"role": "System Manager", "read": 1, "write": 1, "permlevel": 1},
    {"role": "Task User", "read": 1, "write": 1, "create": 1},
    {"role": "Task User", "read": 1, "write": 0, "permlevel": 1},
]
PART = {
    "name": "Gadget Part", "module": "Custom", "custom": 1, "istable": 1,
    "fields": [
        field("Item", reqd=1, in_list_view=1), field("Project", "Link", "Project", in_list_view=1),
        field("Project Status", fetch_from="project.status", read_only=1, in_list_view=1),
        field("Quantity", "Float", in_list_view=1, default="1"), field("Done", "Check", in_list_view=1),
        field("Remark", "Small Text", depends_on="eval:doc.done && parent.kind == 'Machine'"),
    ],
}  # fmt: skip
OWNER = {
    "name": "Gadget Owner",
    "module": "Custom",
    "custom": 1,
    "istable": 1,
    "fields": [field("User", "Link", "User")],
}
GADGET = {
    "name": "Gadget", "module": "Custom", "custom": 1, "autoname": "prompt", "title_field": "title", "track_changes": 1, (
        "allow_rename"
    ): 1, "permissions": RULES,
    "fields": [
        field("Title", reqd=1, description="What people call it"), field("Kind", "Select", "Tool\nMachine", default=(
            "Tool"
        )),
        field("Serial", mandatory_depends_on="eval:doc.kind == 'Machine'", depends_on=(
            "eval:in_list(['Machine'], doc.kind)"
        )), field("Owner Name", default="__user", read_only=1),
        {"fieldname": "cb1", "fieldtype": "Column Break"},
        field("Project", "Link", "Project"), field("Project Status", fetch_from="project.status", read_only=1), field((
            "Made On"
        ), "Date", default="Today"),
        field("Seen At", "Datetime"), field("Opens", "Time"),
        field("Values", "Section Break"),
        field("Pieces", "Int"), field("Weight", "Float", precision="2"), field("Price", "Currency"), field("Share", (
            "Percent"
        )), field("Stock", "Check"),
        {"fieldname": "cb2", "fieldtype": "Column Break"},
        field("Stars", "Rating"), field("Paint", "Color"), field("Lasts", "Duration"), field("Code Word", "Password"), field((
            "Telephone"
        ), "Phone"),
        field("Shape", "Autocomplete", "Round\nSquare"),
        field("Fixed Price", "Currency", read_only_depends_on="eval:doc.stock"), field("Level", permlevel=1),
        field("Made Of", "Section Break"), field("Parts", "Table", "Gadget Part"), field("Owners", "Table MultiSelect", (
            "Gadget Owner"
        )),
        field("More", "Section Break", collapsible=1), field("Hidden Need"),
        field("Texts", "Tab Break"),
        field("Story", "Text Editor"), field("Notes", "Small Text"), {"fieldname": "cb3", "fieldtype": "Column Break"}, field((
            "Script"
        ), "Code"), field("Settings", "JSON"),
        field("Readme", "Markdown Editor"),
        field("Files", "Tab Break"), field("Photo", "Attach Image"), {"fieldname": "shown", "fieldtype": "Image", (
            "label"
        ): "Shown", "options": "photo"},
        field("Anything", "Dynamic Link", "kind_of"), field("Kind Of", "Link", "DocType"), field("Big", "Heading"),
        field("Hint", "HTML", "<p>Made by <b>hand</b></p><script>alert(1)</script>"), field("Place", "Geolocation"),
    ],
}  # fmt: skip


@pytest.fixture
def gadgets(live: Live) -> Live:
    """The server, with a DocType that has all kinds of fields, and two projects."""
    live.make("DocType", PART, OWNER, GADGET)
    live.make("Project", {"title": "Alpha"}, {"title": "Beta"})
    return live


def stored(live: Live, doctype: str, name: str) -> dict[str, Any]:
    with live.site.acting():
        import frappe_lite

        return dict(frappe_lite.get_doc(doctype, name).as_dict())


def saved(page: Any) -> None:
    """Save by the keyboard, and wait until it is."""
    page.keyboard.press("Control+s")
    expect(page.locator(".toasts .good").last).to_have_text("Saved✕")
    expect(page.locator(".head .badge").get_by_text(re.compile("^(Not saved|New)$"))).to_have_count(
        0
    )  # the message may be an earlier one


def test_create_with_rows(admin: Visitor, gadgets: Live) -> None:
    page = admin.open("/app/new/gadget?kind=Machine")
    expect(page.get_by_label("Made On")).to_have_value(page.evaluate("new Date().toLocaleDateString('sv')"))
    page.keyboard.press("Control+s")
    expect(page.locator(".summary li")).to_have_text(["Name is missing", "Title is missing", "Serial is missing"])
    expect(page.get_by_label("Name *", exact=True)).to_be_focused()
    page.get_by_label("Name *", exact=True).fill("G-1")
    expect(page.locator('[data-path="name"] strong')).to_have_count(0)  # the complaint goes as one types
    page.get_by_label("Title").fill("Lathe")
    page.get_by_label("Serial").fill("A-1")
    page.get_by_label("Lasts").fill("1h 30m")
    page.get_by_role("radio", name="3 of 5").check(force=True)
    page.get_by_label("Pieces").fill("3")
    link = page.locator('[data-path="project"]').get_by_role("combobox")
    link.click()
    link.press_sequentially("bet")
    expect(page.locator(".link").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator('[data-path="project_status"] output')).to_have_text("Open")  # fetched
    for item in ("Bed", "Chuck", "Screw"):
        page.get_by_role("button", name="Add row").click()
        expect(page.locator("tbody tr:last-child").get_by_label("Item")).to_be_focused()
        page.keyboard.type(item)
    rows = page.locator(".grid tbody tr")
    page.get_by_role("button", name="Move row 3").press("ArrowUp")
    expect(rows.nth(1).get_by_label("Item")).to_have_value("Screw")
    expect(page.get_by_role("button", name="Move row 2")).to_be_focused()
    page.get_by_role("button", name="Move row 1").drag_to(rows.nth(2))
    expect(rows.nth(2).get_by_label("Item")).to_have_value("Bed")
    page.get_by_label("Choose row 1").check()
    page.get_by_role("button", name="Duplicate 1").click()
    page.get_by_role("button", name="Delete 1").click()
    page.get_by_role("button", name="Open row 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Remark")).to_have_count(0)
    dialog.get_by_label("Done").check()
    dialog.get_by_label("Remark").fill("worn")
    dialog.get_by_role("button", name="OK").click()
    page.get_by_role("combobox", name="Owners").fill("Administrator")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Remove Administrator")).to_be_visible()
    page.get_by_label("Attach files").set_input_files(
        [{"name": f"{each}.png", "mimeType": "image/png", "buffer": PICTURE} for each in "ab"]
    )
    page.get_by_role("button", name="Leave out a.png").click()
    expect(page.locator(".aside .file")).to_have_count(1)
    assert gadgets.rows("File", "file_name", "is_folder") == [("Home", 1), ("Attachments", 1)]  # nothing is sent yet
    saved(page)
    expect(page).to_have_url(admin.live.url + "/app/gadget/G-1")
    expect(page.locator(".aside .file")).to_have_text(["b.png"])
    hangs = gadgets.rows("File", "file_name", "attached_to_doctype", "attached_to_name", "is_private")
    assert [each for each in hangs if each[1]] == [("b.png", "Gadget", "G-1", 1)]
    doc = stored(gadgets, "Gadget", "G-1")
    assert [(row["item"], row["quantity"], row["done"], row["remark"]) for row in doc["parts"]] == [
        ("Chuck", 1, 1, "worn"),
        ("Bed", 1, 0, None),
        ("Screw", 1, 0, None),
    ]
    assert (doc["title"], doc["serial"], doc["project"], doc["project_status"], doc["lasts"], doc["pieces"]) == (
        "Lathe",
        "A-1",
        "Beta",
        "Open",
        5400,
        3,
    )
    assert (doc["stars"], doc["owner_name"], [row["user"] for row in doc["owners"]]) == (
        0.6,
        "Administrator",
        ["Administrator"],
    )


def test_messages_stand_at_their_fields(admin: Visitor, gadgets: Live) -> None:
    admin.allow("417")
    page = admin.open("/app/new/task")
    page.get_by_label("Subject").fill("s" * 150)
    page.keyboard.press("Control+s")
    expect(page.locator('[data-path="subject"] [role=alert]')).to_contain_text("max characters allowed is 140")
    expect(page.get_by_label("Subject")).to_be_focused()
    page.get_by_label("Subject").fill("short")
    page.locator('[data-path="project"]').get_by_role("combobox").fill("nothing")
    page.keyboard.press("Control+s")
    expect(page.locator('[data-path="project"] [role=alert]')).to_contain_text("Could not find Project: nothing")
    expect(page.locator(".summary")).to_contain_text("Could not find Project")
    page.locator('[data-path="project"]').get_by_role("combobox").fill("")
    page.get_by_label("Payload").fill("{no")
    page.get_by_role("button", name="Add row").click()
    page.keyboard.press("Control+s")
    expect(page.locator('[data-path="payload"] [role=alert]')).to_contain_text("This is no JSON")
    expect(page.locator('[data-path="checklist.0.item"]')).to_have_class("wrong")


def test_fields_of_every_kind(admin: Visitor, gadgets: Live) -> None:
    gadgets.make(
        "Gadget",
        {
            "name": "G-1",
            "title": "Lathe",
            "story": "<p>It <b>runs</b></p>",
            "fixed_price": 1250.5,
            "parts": [{"item": "Bed"}],
        },
    )
    page = admin.open("/app/gadget/G-1")
    expect(page.get_by_label("Serial")).to_have_count(0)
    page.get_by_label("Kind", exact=True).select_option("Machine")
    page.get_by_label("Serial").fill("A")  # depends_on
    page.get_by_label("Stock").check()
    expect(page.locator('[data-path="fixed_price"] output')).to_have_text("1,250.50")  # read_only_depends_on
    page.get_by_label("Paint", exact=True).fill("#336699")
    page.get_by_label("Code Word").fill("hush")
    page.get_by_label("Seen At").fill("2026-01-02T03:04:05")
    page.get_by_label("Opens").fill("08:30:00")
    page.get_by_label("Shape").fill("Round")
    page.locator("summary", has_text="More").click()
    page.get_by_label("Hidden Need").fill("x")
    page.get_by_role("tab", name="Details").press("ArrowRight")
    story = page.get_by_role("textbox", name="Story")
    story.press("Control+a")
    page.get_by_role("button", name="Italic").click()
    page.get_by_label("Script").fill("if x:")
    page.get_by_label("Script").press("End")
    page.keyboard.press("Tab")
    page.keyboard.type("y")
    page.get_by_label("Settings").fill('{"a": 1}')
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")  # out of it
    expect(page.get_by_label("Readme")).to_be_focused()
    page.get_by_role("tab", name="Files").click()
    expect(page.locator(".rich", has_text="Made by hand")).to_have_text("Made by hand")
    page.get_by_label("Photo").set_input_files({"name": "dot.png", "mimeType": "image/png", "buffer": PICTURE})
    expect(page.locator('[data-path="shown"] img')).to_be_visible()
    assert page.locator('[data-path="shown"] img').evaluate("each => each.decode().then(() => each.naturalWidth)") == 1
    kind = page.get_by_role("combobox", name="Kind Of")
    kind.fill("Project")
    page.keyboard.press("Tab")
    page.get_by_role("combobox", name="Anything").fill("Alpha")
    saved(page)
    doc = stored(gadgets, "Gadget", "G-1")
    assert (doc["serial"], doc["stock"], doc["paint"], str(doc["seen_at"]), str(doc["opens"])) == (
        "A",
        1,
        "#336699",
        "2026-01-02 03:04:05",
        "08:30:00",
    )
    assert (doc["shape"], doc["hidden_need"], doc["script"], json.loads(doc["settings"]), doc["anything"]) == (
        "Round",
        "x",
        "if x:  y",
        {"a": 1},
        "Alpha",
    )
    assert "<i>" in doc["story"] and "runs" in doc["story"]
    assert doc["photo"] == "/private/files/dot.png"
    with gadgets.site.acting() as ctx:
        assert ctx.store.secret("Gadget", "G-1", "code_word") is not None


def test_two_pages_one_document(admin: Visitor, visit: Any, gadgets: Live) -> None:
    gadgets.make("Gadget", {"name": "G-1", "title": "Lathe", "pieces": 1})
    admin.allow("417")
    page = admin.open("/app/gadget/G-1")
    page.get_by_label("Title").fill("Mine")
    second = visit().sign_in()
    second.allow("417")
    other = second.open("/app/gadget/G-1")
    other.get_by_label("Pieces").fill("7")
    saved(other)
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Changed by Administrator since you opened it")
    expect(dialog.locator("tbody tr")).to_have_text(["TitleLatheMine", "Pieces7as theirs"])
    dialog.get_by_role("button", name="Save yours").click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    expect(page.get_by_label("Pieces")).to_have_value("7")
    expect(page.locator(".toasts .good").last).to_have_text("Saved✕")
    assert gadgets.rows("Gadget", "title", "pieces") == [("Mine", 7)]
    other.get_by_label("Pieces").fill("8")
    other.keyboard.press("Control+s")
    other.get_by_role("button", name="Reload theirs").click()
    expect(other.get_by_label("Pieces")).to_have_value("7")
    expect(other.get_by_label("Title")).to_have_value("Mine")


def test_submit_cancel_amend(admin: Visitor) -> None:
    admin.live.make("Invoice", {"customer": "Ann", "items": [{"item": "a", "rate": 5}]})
    name = admin.live.rows("Invoice", "name")[0][0]
    page = admin.open(f"/app/invoice/{name}")
    expect(page.locator(".head .badge")).to_have_text("Draft")
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    expect(page.locator(".head .badge")).to_have_text("Submitted")
    expect(page.locator('[data-path="customer"] output')).to_have_text("Ann")
    expect(page.get_by_role("button", name="Add row")).to_have_count(0)
    page.get_by_label("Remarks").fill("paid")  # allow_on_submit
    saved(page)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(page.locator(".head .badge")).to_have_text("Cancelled")
    page.get_by_text("Read only. Why?").click()
    expect(page.get_by_text("A cancelled document cannot be changed; amend it")).to_be_visible()
    page.get_by_role("link", name="Amend").click()
    expect(
        page.get_by_role("heading", name="New Invoice")
        # of the cancelled one, Customer is no input: asked for its value, playwright fails and does not wait
    ).to_be_visible()
    expect(page.get_by_label("Customer")).to_have_value("Ann")
    saved(page)
    expect(page).to_have_url(f"{admin.live.url}/app/invoice/{name}-1")
    assert admin.live.rows("Invoice", "docstatus", "amended_from", "remarks") == [(2, None, "paid"), (0, name, "paid")]


def test_beside_a_document(admin: Visitor, gadgets: Live) -> None:
    gadgets.make("Gadget", {"name": "G-1", "title": "Lathe", "pieces": 1, "parts": [{"item": "Bed"}]})
    gadgets.user("ann@example.com", "Task User")
    page = admin.open("/app/gadget/G-1")
    page.get_by_label("Pieces").fill("2")
    page.locator(".grid").get_by_label("Item").fill("Base")
    saved(page)
    expect(page.locator(".changes li")).to_have_text(["Pieces: 1 → 2", "Parts 1, Item: Bed → Base"])
    page.get_by_label("Comment", exact=True).fill("<b>Well</b>\ndone")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".timeline .comment")).to_contain_text("<b>Well</b>")
    page.get_by_role("combobox", name="Assign to").fill("ann@example.com")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take it back from ann@example.com")).to_be_visible()
    page.get_by_label("Add a tag").fill("heavy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove the tag heavy")).to_be_visible()
    page.get_by_label("Attach files").set_input_files(
        [{"name": f"{each}.png", "mimeType": "image/png", "buffer": PICTURE} for each in "ab"]
    )
    expect(page.locator(".aside .file img")).to_have_count(2)
    page.get_by_role("button", name="Delete a.png").click()
    expect(page.locator(".aside .file")).to_have_text(["b.png"])
    page.get_by_role("combobox", name="Share with").fill("ann@example.com")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Share no more with ann@example.com")).to_be_visible()
    page.get_by_role("button", name="Like").click()
    expect(page.get_by_role("button", name="♥ 1")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take it back from ann@example.com").click()
    page.get_by_role("button", name="Remove the tag heavy").click()
    expect(page.locator(".aside .chip")).to_have_text(["ann@example.com✕"])
    page.get_by_label("Pieces").fill("3")  # what stands beside it is no change of the document
    saved(page)


def test_rename_duplicate_delete_and_the_guard(admin: Visitor, gadgets: Live) -> None:
    gadgets.make("Gadget", {"name": "G-1", "title": "Lathe"})
    page = admin.open("/app/gadget/G-1")

    def more(item: str) -> None:
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("button", name=item).click()

    page.get_by_label("Title").fill("Other")
    more("Rename…")
    expect(page.locator(".toasts")).to_contain_text("Save it first")
    page.get_by_label("Title").fill("Lathe")
    more("Rename…")
    page.get_by_label("New name").fill("G-2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(admin.live.url + "/app/gadget/G-2")
    more("Duplicate")
    page.get_by_label("Name *", exact=True).fill("G/3")
    expect(page.get_by_label("Title")).to_have_value("Lathe")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("link", name="Project", exact=True).click()
    assert asked == ["There are changes that are not saved. Leave them?"]
    saved(page)
    expect(page).to_have_url(admin.live.url + "/app/gadget/G%2F3")
    page.get_by_role("link", name="Project", exact=True).click()  # saved: nobody asks
    expect(page.get_by_role("heading", name="Project", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Lathe")).to_be_visible()
    more("Delete…")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Gadget", exact=True)).to_be_visible()
    assert gadgets.rows("Gadget", "name") == [("G-2",)]


def test_what_was_typed_stays_when_the_document_cannot_be_read_again(admin: Visitor, gadgets: Live) -> None:
    gadgets.make("Gadget", {"name": "G-1", "title": "Lathe"})
    page = admin.open("/app/gadget/G-1")
    page.get_by_label("Title").fill("Mill")
    admin.allow("503")
    page.route(
        "**/document/Gadget/G-1/why*",
        lambda route: route.fulfill(
            status=503, json={"errors": [{"type": "BusyError", "message": "Too busy for that"}]}
        ),
    )
    page.keyboard.press("Control+s")  # it is saved, and read again
    expect(page.get_by_text("Too busy for that")).to_be_visible()
    page.get_by_label("Title").fill("Saw")
    page.unroute("**/document/Gadget/G-1/why*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Too busy for that")).to_have_count(0)
    expect(page.get_by_label("Title")).to_have_value("Saw")
    saved(page)
    assert gadgets.rows("Gadget", "title") == [("Saw",)]


def test_a_file_that_is_not_chosen_leaves_the_dialog_open(admin: Visitor, gadgets: Live) -> None:
    gadgets.make("Gadget", {"name": "G-1", "title": "Lathe", "parts": [{"item": "Bed"}]})
    page = admin.open("/app/gadget/G-1")
    page.get_by_role("button", name="Open row 1").click()
    item = page.get_by_role("dialog").get_by_label("Item")
    item.fill("Chuck")
    item.dispatch_event("cancel", {"bubbles": True})  # as an input of files says that none was chosen
    expect(item).to_have_value("Chuck")


def test_a_single_is_a_form(admin: Visitor) -> None:
    page = admin.open("/app/conformance-settings")
    page.get_by_label("Company").fill("Other")
    saved(page)
    assert stored(admin.live, "Conformance Settings", "Conformance Settings")["company"] == "Other"
    page.get_by_label("Company").fill("Third")
    saved(page)


def test_what_one_may_not_change_says_why(visit: Any, gadgets: Live) -> None:
    gadgets.user("ann@example.com", "Task User")
    gadgets.make("Gadget", {"name": "G-1", "title": "Lathe", "level": "secret"})
    visitor = visit().sign_in("ann@example.com")
    page = visitor.open("/app/gadget/G-1")
    expect(page.locator('[data-path="level"] output')).to_have_text("secret")
    expect(page.locator('[data-path="level"]')).to_contain_text("Needs the right to permission level 1.")
    page.get_by_label("Title").fill("By Ann")
    saved(page)
    with gadgets.site.acting() as ctx:
        gadget = ctx.meta("Gadget").name
        import frappe_lite

        doc = frappe_lite.get_doc("DocType", gadget)
        for rule in doc.permissions:
            rule.write = int(rule.role == "System Manager")
        doc.save()
    page.reload()
    page.get_by_text("Read only. Why?").click()
    expect(page.locator(".note p")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.locator(".fields :is(input, select, textarea):enabled:not([readonly])")).to_have_count(0)


CONDITIONS = [
    ("status", True), ("none", False), ("tags", True), ("no", False), ("eval:doc.status == 'Open'", True), ((
        'eval:doc.status=="Open" && doc.points > 3'
    ), False),
    ("eval:doc.status === 'Open' || doc.none.x", True), ("eval:!doc.none", True), ("eval:!!doc.none", False), ((
        "eval:in_list(['Open', 'Late'], doc.status)"
    ), True),
    ("eval:doc.status in ['Late']", False), ("eval:['Open'].includes(doc.status)", True), ("eval:doc.tags.length", True), ((
        "eval:doc.tags.length > 1 ? true : false"
    ), False),
    ("eval:doc.none.length", False), ("eval:doc['status'] != 'Open'", False), ("eval:cint(doc.text) + 1 == 4", True), ((
        "eval:flt('1.5') * 2 == 3"
    ), True),
    ("eval:1 - 1 - 1 == -1", True),
    ("eval:(doc.none || doc.points) === 3;", True), ("eval:parent.kind != 'B'", True), ((
        "eval:frappe.session.user == 'ann'"
    ), True), ("eval:doc.quoted == 'it\\'s'", True),
    ("eval:doc.status == '('", False),
    ("eval:doc.status.startsWith('Op')", True), ("eval:doc.constructor", False), ("eval:doc.status.constructor", False), ((
        "eval:doc.__proto__"
    ), False),
    ("eval:doc.points in doc", False),
    # what it cannot read holds
    ("eval:alert(1)", True), ("eval:doc.status = 'x'", True), ("eval:window", True), ("eval:(doc) => 0", True), ((
        "eval:doc.status =="
    ), True), ("eval:", True),
    ("eval:frappe.boot.x()", True), ("fn:x", True), ("eval:doc.tags.map(x)", True),
]  # fmt: skip


def test_conditions(admin: Visitor) -> None:
    page = admin.open("/app")
    scope = {
        "doc": {"status": "Open", "points": 3, "text": "3", "tags": ["a"], "no": [], "none": None, "quoted": "it's"},
        "parent": {"kind": "A"},
        "frappe": {"session": {"user": "ann"}},
    }
    source = (desk.FOLDER / "model" / "expression.js").read_text()
    found = page.evaluate(
        (
            "async ([address, conditions, scope]) => { const { holds } = await import(address); return "
            "conditions.map((each) => holds(each, scope)); }"
        ),
        [
            page.evaluate(
                "document.querySelector('link[rel=stylesheet]').href.replace('styles/desk.css', 'model/expression.js')"
            ),
            [each for each, _ in CONDITIONS],
            scope,
        ],
    )
    assert "eval(" not in source
    assert list(zip((each for each, _ in CONDITIONS), found, strict=True)) == CONDITIONS


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious(visit: Any, gadgets: Live, options: dict[str, Any]) -> None:
    gadgets.make(
        "Gadget",
        {
            "name": "G-1",
            "title": "Lathe",
            "kind": "Machine",
            "serial": "A",
            "project": "Alpha",
            "parts": [{"item": "Bed", "project": "Beta"}],
            "owners": [{"user": "Administrator"}],
            "story": "<p>x</p>",
        },
    )
    visitor = visit(**options).sign_in()
    page = visitor.open("/app/gadget/G-1")
    page.get_by_label("Title").fill("")
    page.keyboard.press("Control+s")
    expect(page.locator(".summary")).to_be_visible()
    assert visitor.faults() == []
    for tab in ("Texts", "Files"):
        page.get_by_role("tab", name=tab).click()
        assert (tab, visitor.faults()) == (tab, [])
    assert page.evaluate(
        "[document.documentElement, document.querySelector('main')].map((each) => each.scrollWidth - each.clientWidth)"
    ) == [0, 0]


def test_keys_work_as_soon_as_the_form_is_there(admin: Visitor) -> None:
    """Ctrl+S in the moment between the form and the browser's next frame was the browser's own."""
    admin.page.add_init_script("""
        const press = new KeyboardEvent("keydown", { key: "s", ctrlKey: true, bubbles: true, cancelable: true });
        new MutationObserver((_changes, observer) => {
          if (!document.querySelector(".form .head")) return;
          observer.disconnect();
          document.body.dispatchEvent(press);
        }).observe(document, { childList: true, subtree: true });
    """)
    page = admin.open("/app/new/task")
    expect(page.locator(".summary li")).to_have_text(["Subject is missing"])
