"""Make the pictures of docs/apps.md: published apps' own pages on this server, in Debian's Chromium.

    .venv/bin/python scripts/pictures.py crm=FOLDER gameplan=FOLDER

A folder is an app's repository in which its front end was built (`yarn install && yarn build`). Needs playwright, what
the apps import, and `pip install 'frappe_lite[apps]'`. Nothing of the apps is in this repository but these pictures.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import sync_playwright
from screenshots import IMAGES, PASSWORD, Quiet
from werkzeug.serving import make_server

import frappe_lite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.context import Context

WINDOW = {"width": 1200, "height": 700}
MOST_BYTES = 150_000
LEADS = (
    ("Ann", "Lee", "Acme", "New"), ("Bob", "Ray", "Beta Works", "Contacted"), ("Cy", "Moss", "Gamma", "Nurture"),
    ("Dee", "Park", "Delta", "Qualified"), ("Eve", "Stone", "Acme", "New"), ("Finn", "Vale", "Beta Works", "Contacted"),
)  # fmt: skip
TALKS = (
    "The plan for spring", "What we learned from the first users", "Where do we meet in May?",
    "A new name for the garden",
    "Notes of Monday", "How we answer letters",
)  # fmt: skip


def fill_crm(ctx: Context) -> None:
    """Some leads."""
    for first, last, organization, status in LEADS:
        values = {"first_name": first, "last_name": last, "organization": organization, "status": status}
        document.new(ctx, {"doctype": "CRM Lead", **values, "email": f"{first.lower()}@example.com"}).insert()


def fill_gameplan(ctx: Context) -> None:
    """A space, and what is talked about in it."""
    space = document.new(ctx, {"doctype": "GP Project", "title": "Garden"}).insert()
    for title in TALKS:
        values = {"project": space.name, "title": title, "content": f"<p>{title}: what do you think?</p>"}
        document.new(ctx, {"doctype": "GP Discussion", **values}).insert()


class Picture(NamedTuple):
    """What is shown of an app: its address, a text that is there once it is drawn, what fills it, the cross of a box
    that greets."""

    address: str
    text: str
    fill: Callable[[Context], None]
    dismiss: tuple[int, int] = (0, 0)


PICTURES = {
    "crm": Picture("/crm/leads/view/list", LEADS[0][0], fill_crm, (1145, 94)),
    "gameplan": Picture("/g/discussions/recent", TALKS[0], fill_gameplan),
}


def take(name: str, folder: Path, browser: Any) -> Path:
    """The picture of an app's page; the file that was written."""
    picture, site = PICTURES[name], frappe_lite.Site(title=name)
    site.load(folder)
    with site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
        picture.fill(ctx)
    server = make_server("127.0.0.1", 0, frappe_lite.App(site), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url, file = f"http://127.0.0.1:{server.port}", IMAGES / f"app-{name}.png"
    context = browser.new_context(viewport=WINDOW, color_scheme="light")
    context.request.post(f"{url}/api/method/login", data={"usr": "Administrator", "pwd": PASSWORD})
    page = context.new_page()
    page.goto(url + picture.address)
    page.get_by_text(picture.text).first.wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    if any(picture.dismiss):
        page.mouse.click(*picture.dismiss)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file)
    context.close()
    server.shutdown()
    site.close()
    return file


def main(words: list[str]) -> int:
    """Take those that were asked for. 1 if one of them is too heavy for the repository."""
    wanted = dict(each.split("=", 1) for each in words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-headless-shell"),
            args=["--no-sandbox", "--disable-gpu", "--disable-lcd-text"],
        )
        made = [take(name, Path(folder), browser) for name, folder in wanted.items()]
        browser.close()
    heavy = [each for each in made if each.stat().st_size > MOST_BYTES]
    sys.stdout.writelines(f"{each.name}: {each.stat().st_size} bytes\n" for each in made)
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
