"""Right to left: nothing is cut off, what opens opens at its side.

And no rule of a stylesheet names a left or a right.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from frappe_lite.parts import desk

from .conftest import Live
from .test_shell import PHONE

PHYSICAL = re.compile(
    r"(?:^|-)(?:left|right)(?:-|$)|^(?:width|height|top|bottom|(?:min|max)-(?:width|height)|float|clear)$"
)
TURN = "document.addEventListener('DOMContentLoaded', () => (document.documentElement.dir = '{}'))"
PAGES = [
    "task",
    "task/TASK-00001",
    "new/task",
    "doctype/Task",
    "doctype/Task/api",
    "run/requests",
    "run/database",
    "settings/keys",
    "",
]


def declarations(path: Path) -> list[tuple[str, str]]:
    """What a stylesheet declares: [(property, value)]."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return [(each[1], each[2].strip()) for each in re.finditer(r"([\w-]+)\s*:\s*([^;{}]+)(?=[;}])", text)]


def physical(name: str, value: str) -> bool:
    """Whether a declaration says left or right, by its name or because its four values differ there."""
    four = (
        value.split()
        if name in ("margin", "padding", "inset", "border-width", "scroll-margin", "scroll-padding")
        else []
    )
    return bool(PHYSICAL.search(name)) or value in ("left", "right") or (len(four) == 4 and four[1] != four[3])


@pytest.mark.parametrize("path", sorted(desk.FOLDER.glob("*.css")), ids=lambda path: path.name)
def test_stylesheets_name_no_left_and_no_right(path: Path) -> None:
    assert [each for each in declarations(path) if physical(*each)] == []


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("margin-left", "0", True), ("left", "0", True), ("border-top-right-radius", "0", True), ("text-align", (
            "right"
        ), True), ("padding", "0 1px 0 2px", True),
        ("width", "1px", True),
        ("float", "inline-end", True), ("padding", "0 1px 2px 1px", False), ("margin-inline-start", "0", False), ((
            "inset"
        ), "0", False), ("text-align", "end", False),
    ],
)  # fmt: skip
def test_the_check_finds_them(name: str, value: str, wanted: bool) -> None:
    assert physical(name, value) is wanted


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["desktop", "phone"])
def test_right_to_left_nothing_overflows(visit: Any, live: Live, options: dict[str, Any]) -> None:
    live.make("Task", {"subject": "Write the report", "status": "Open", "checklist": [{"item": "Ink"}]})
    live.key()
    visitor = visit(**options).sign_in()
    visitor.page.add_init_script(TURN.format("rtl"))
    for path in PAGES:
        page = visitor.open(f"/app/{path}")
        expect(page.get_by_role("progressbar")).to_have_count(0)
        assert page.evaluate("document.documentElement.dir") == "rtl"
        # of a page that is read from the right, what overflows stands left of it and makes scrollLeft negative
        aside = (
            "[document.documentElement, document.querySelector('main')].map((each) => (each.scrollTo(-9999, 0), "
            "[each.scrollWidth - each.clientWidth, each.scrollLeft]))"
        )
        assert (path, page.evaluate(aside)) == (path, [[0, 0], [0, 0]])
        assert (path, visitor.faults()) == (path, [])


@pytest.mark.parametrize(("direction", "left"), [("ltr", False), ("rtl", True)])
def test_what_comes_up_is_at_its_side(visit: Any, live: Live, direction: str, left: bool) -> None:
    live.make("Project", {"title": "Alpha"})
    visitor = visit().sign_in()
    visitor.page.add_init_script(TURN.format(direction))
    page = visitor.open("/app/project/Alpha")
    page.get_by_label("Title").fill("Beta")
    page.keyboard.press("Control+s")
    expect(page.locator(".toasts p")).to_be_visible()
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.locator("#form-menu")).to_be_visible()
    for selector in (".toasts p", "#form-menu", ".aside", ".who", ".head button.primary"):
        box = page.locator(selector).bounding_box()
        assert (selector, box["x"] + box["width"] / 2 < 640) == (selector, left)
    assert (page.locator("nav#navigation").bounding_box()["x"] > 640) is left
