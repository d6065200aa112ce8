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
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.document import history

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "Correct-Horse-1"
DESKTOP, PHONE = {"width": 1040, "height": 600}, {"width": 390, "height": 600}
MOST_BYTES = 120_000
"""What a picture may weigh in the repository."""
PAGES = [  # file, address, colours, window
    ("kanban", "/app/task?_view=kanban", "light", DESKTOP),
    ("requests", "/app/run", "light", DESKTOP),
    ("list", '/app/task?status=["in",["Open","Working"]]', "light", DESKTOP),
    ("form", "/app/task/TASK-00026", "light", DESKTOP), ("form-dark", "/app/task/TASK-00026", "dark", DESKTOP),
    ("doctype", "/app/doctype/Plant", "light", DESKTOP), ("fields", "/app/doctype/Plant/fields", "light", DESKTOP),
    ("api", "/app/doctype/Task/api", "dark", DESKTOP),
    ("phone", "/app/task", "light", PHONE), ("phone-dark", "/app/task/TASK-00026", "dark", PHONE),
]  # fmt: skip
PLANT = {
    "name": "Plant", "module": "Custom", "custom": 1, "autoname": "field:title", "title_field": "title",
    "track_changes": 1,
    "description": "What grows in the office, and who waters it",
    "fields": [
        {"fieldname": "title", "label": "Title", "fieldtype": "Data", "reqd": 1, "unique": 1},
        {"fieldname": "kind", "label": "Kind", "fieldtype": "Select", "options": "Herb\nTree", "in_list_view": 1},
        {"fieldname": "keeper", "label": "Keeper", "fieldtype": "Link", "options": "User", "in_list_view": 1},
        {"fieldname": "watered_on", "label": "Watered on", "fieldtype": "Date", "in_list_view": 1},
        {"fieldname": "height", "label": "Height", "fieldtype": "Float"},
    ],
    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
}  # fmt: skip
TEXT = (
    "<p>Before the meeting, please:</p><ul><li>add up the <b>first quarter</b></li><li>compare it with last "
    "year</li></ul>"
)
USERS = ("ann@example.com", "Administrator")
PATHS = ("/api/resource/Task", "/api/resource/Task/TASK-00003", "/api/method/sample.api.get_open_tasks")
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
        document.new(
            ctx,
            {"doctype": "User", "email": "ann@example.com", "first_name": "Ann", "roles": [{"role": "System Manager"}]},
        ).insert()
        document.new(ctx, {"doctype": "DocType", **PLANT}).insert()
        for number, subject in enumerate(SUBJECTS * 3):
            due = (datetime.date.today() + datetime.timedelta(days=number)).isoformat()
            values = {
                "status": ("Open", "Working", "Completed")[number % 3],
                "priority": ("Low", "Medium", "High")[number % 4 % 3],
                "due_date": due,
                "description": TEXT,
            }
            document.new(ctx, {"doctype": "Task", "subject": subject, **values}).insert()
        task = frappe_lite.get_doc("Task", "TASK-00026")
        task.priority = "High"
        task.save()
        history.add_comment(ctx, "Task", task.name, "The figures of last year are in the second drawer.")
        document.set_values(ctx, task.meta, task.name, {"_user_tags": ",spring"})
        meta, now = ctx.meta("API Request Log"), datetime.datetime.now()
        for number in range(400):
            moment = (now - datetime.timedelta(minutes=number * 3 + number % 7)).isoformat(" ", "microseconds")
            row = {
                "name": f"r{number}",
                "creation": moment,
                "modified": moment,
                "user": USERS[number % 2],
                "path": PATHS[number % 3],
                "method": ("GET", "GET", "POST")[number % 3],
            }
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
        browser = playwright.chromium.launch(
            executable_path=(shutil.which("chromium-headless-shell") or shutil.which("chromium")),
            args=["--no-sandbox", "--disable-gpu", "--disable-lcd-text"],
        )  # gray edges of letters weigh less
        for name, address, colours, window in PAGES:
            context = browser.new_context(viewport=window, color_scheme=colours)  # type: ignore[arg-type]
            context.request.post(f"{url}/api/method/login", data={"usr": "Administrator", "pwd": PASSWORD})
            page: Any = context.new_page()
            page.goto(url + address, wait_until="networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()
    heavy = [
        f"{each.name}: {each.stat().st_size} bytes" for each in IMAGES.glob("*.png") if each.stat().st_size > MOST_BYTES
    ]
    sys.stdout.writelines(f"{each}, more than {MOST_BYTES}\n" for each in heavy)
    server.shutdown()
    site.close()
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
