"""How smoothly a list of 10,000 rows scrolls: the time between two frames, in Chromium, while it is scrolled fast.

It serves a site of its own and needs playwright and Chromium:

    python bench/desk_frames.py            ->  rows, seconds to the first row, frames a second: median, slowest 5 %
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import threading
import time
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

import frappe_lite
from frappe_lite import document
from frappe_lite.access import auth

PASSWORD = "correct horse battery"
FIELDS = ("title", "place", "state", "points", "day")
SCROLL = """
async (seconds) => {
  const box = document.querySelector(".scroll");
  const gaps = [];
  let last = performance.now();
  const end = last + seconds * 1000;
  while (last < end) {
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
    box.scrollTop += 400;
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 2) box.scrollTop = 0;
  }
  return gaps.slice(5);
}
"""


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing is logged."""


def fill(site: frappe_lite.Site, count: int) -> None:
    """A DocType of five columns, and so many documents."""
    fields = [{"fieldname": each, "fieldtype": "Data", "label": each.title(), "in_list_view": 1} for each in FIELDS]
    rules = [{"role": "System Manager", "read": 1, "write": 1, "create": 1}]
    auth.first_password(site, PASSWORD)
    with site.acting() as ctx:
        made = {"doctype": "DocType", "name": "Row", "module": "Custom", "custom": 1, "permissions": rules}
        document.new(ctx, {**made, "title_field": "title", "fields": fields}).insert()
        for number in range(count):
            values = {each: f"{each} {number * 7919 % 1000}" for each in FIELDS}
            document.new(ctx, {"doctype": "Row", **values}).insert()


def busy(devtools: Any) -> float:
    """Seconds of a processor that the page's thread has taken: a busy machine does not change them."""
    found = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"])


def measure(url: str, rows: int, seconds: float) -> str:
    """One line of figures."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.request.post(f"{url}/api/method/login", data={"usr": "Administrator", "pwd": PASSWORD})
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(f"{url}/app/row?_rows={rows}")
        page.locator("tbody a.open").first.wait_for()
        first = time.perf_counter() - begun
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = busy(devtools)
        gaps = sorted(page.evaluate(SCROLL, seconds))
        spent = (busy(devtools) - before) * 1000 / len(gaps)
        elements = page.evaluate("document.querySelectorAll('*').length")
        browser.close()
    median, slow = statistics.median(gaps), gaps[int(len(gaps) * 0.95)]
    return (
        f"{rows:>6,} rows: first after {first:.1f} s, {elements:,} elements; "
        f"{1000 / median:.0f} frames a second in the median, {1000 / slow:.0f} in the slowest twentieth, "
        f"{len(gaps) * 1000 / sum(gaps):.0f} on the whole; {spent:.1f} ms of the page's own time a frame"
    )


def main() -> None:
    """Measure pages of 500 and of 10,000 rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rows", type=int, default=10_000)
    parsed = parser.parse_args()
    site = frappe_lite.Site(":memory:")
    fill(site, parsed.rows)
    server = make_server("127.0.0.1", 0, frappe_lite.App(site), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for rows in (500, parsed.rows):
            print(measure(f"http://127.0.0.1:{server.port}", rows, parsed.seconds))
    finally:
        server.shutdown()
        thread.join()
        site.close()


if __name__ == "__main__":
    main()
