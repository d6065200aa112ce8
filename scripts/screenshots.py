"""Make the pictures of docs/images: the desk on the sample app, in Debian's Chromium. Needs playwright and Chromium.

.venv/bin/python scripts/screenshots.py
"""

from __future__ import annotations

import datetime
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

import frappe_lite
from frappe_lite import auth, document

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "Correct-Horse-1"
DESKTOP, PHONE = {"width": 1200, "height": 760}, {"width": 390, "height": 760}
PAGES = [  # file, address, colours, window
    ("list", "/app/task", "light", DESKTOP), ("form", "/app/task/TASK-00003", "light", DESKTOP), ("form-dark", "/app/task/TASK-00003", "dark", DESKTOP),
    ("doctype", "/app/doctype/Task", "light", DESKTOP),
    ("api", "/app/doctype/Task/api", "dark", DESKTOP), ("requests", "/app/run", "light", DESKTOP), ("phone", "/app/task", "light", PHONE),
]  # fmt: skip
SUBJECTS = (
    "Write the report",
    "Call the printer",
    "Book the room",
    "Answer the letters",
    "Renew the licence",
    "Order paper",
    "Plan the spring",
    "Check the figures",
    "Clean the archive",
)


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def filled() -> frappe_lite.Site:
    """A site with the sample app, some tasks, and a day of requests."""
    site = frappe_lite.Site(title="Sample")
    site.load(ROOT / "examples" / "sample")
    with site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"log_api_requests": 1})
        for number, subject in enumerate(SUBJECTS * 3):
            values = {"subject": subject, "status": ("Open", "Working", "Completed")[number % 3], "priority": ("Low", "Medium", "High")[number % 4 % 3]}
            document.new(ctx, {"doctype": "Task", **values}).insert()
        meta, now = ctx.meta("API Request Log"), datetime.datetime.now()
        for number in range(400):
            moment = (now - datetime.timedelta(minutes=number * 3 + number % 7)).isoformat(" ", "microseconds")
            row = {"name": f"r{number}", "creation": moment, "modified": moment, "user": "Administrator", "path": "/api/resource/Task", "method": "GET"}
            ctx.store.insert(
                meta,
                {
                    **row,
                    "owner": "Administrator",
                    "status": 404 if number % 19 == 0 else 200,
                    "duration": 1.5 + number % 11 / 4,
                    "docstatus": 0,
                    "idx": 0,
                    "remote_address": "127.0.0.1",
                },
            )
    return site


def main() -> int:
    """Write every picture."""
    IMAGES.mkdir(exist_ok=True)
    site = filled()
    server = make_server("127.0.0.1", 0, frappe_lite.App(site), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name, address, colours, window in PAGES:
            context = browser.new_context(viewport=window, color_scheme=colours)  # type: ignore[arg-type]
            context.request.post(f"{url}/api/method/login", data={"usr": "Administrator", "pwd": PASSWORD})
            page: Any = context.new_page()
            page.goto(url + address, wait_until="networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()
    server.shutdown()
    site.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
