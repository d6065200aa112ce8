"""How long a list and a form hold up a phone: the tasks of the page's own thread, in time of the processor.

Lighthouse's *total blocking time* counts what of a task lies beyond 50 ms, by the clock, so that a busy machine adds to
it. Here a task counts by what the processor spent on it, times a slowdown, which other work hardly changes. It serves a
site of its own and needs playwright and Chromium:

    python bench/desk_tasks.py            ->  page, time in all, time beyond 50 ms a task, the longest tasks
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
from typing import Any

from desk_frames import PASSWORD
from desk_lighthouse import served

LIMIT, SLOWDOWN = 50.0, 4.0
CATEGORIES = "devtools.timeline,toplevel"
NAMES = {"RunTask", "ThreadControllerImpl::RunTask"}
PHONE = {"viewport": {"width": 412, "height": 823}, "is_mobile": True, "has_touch": True}


def traced(browser: Any, url: str, path: str) -> list[dict[str, Any]]:
    """What Chromium told while it loaded a page for somebody who has just signed in."""
    context = browser.new_context(**PHONE)
    context.request.post(f"{url}/api/method/login", data={"usr": "Administrator", "pwd": PASSWORD})
    page, devtools = context.new_page(), browser.new_browser_cdp_session()
    events: list[dict[str, Any]] = []
    ended: list[Any] = []
    devtools.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    devtools.on("Tracing.tracingComplete", lambda told: ended.append(told))
    devtools.send("Tracing.start", {"transferMode": "ReportEvents", "categories": CATEGORIES})
    page.goto(url + path)
    page.wait_for_load_state("networkidle")
    devtools.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    context.close()
    return events


def tasks(events: list[dict[str, Any]], url: str) -> list[float]:
    """Milliseconds of the processor that each task of the page's own thread took, the longest first."""
    own = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "ParseHTML" and url in json.dumps(each.get("args", {}))
    }
    found = [each for each in events if each["name"] in NAMES and (each["pid"], each["tid"]) in own]
    outer: list[float] = []
    end = 0.0
    for each in sorted(found, key=lambda each: (each["ts"], -each.get("dur", 0))):
        if each["ts"] >= end:  # one within another is a part of it
            outer.append(each.get("tdur", 0) / 1000)
            end = each["ts"] + each.get("dur", 0)
    return sorted(outer, reverse=True)


def told(name: str, runs: list[list[float]], slowdown: float) -> str:
    """One line of figures, the medians of some runs."""
    held = statistics.median(sum(max(0.0, each * slowdown - LIMIT) for each in run) for run in runs)
    whole = statistics.median(map(sum, runs))
    longest = ", ".join(f"{statistics.median(run[at] for run in runs):.0f}" for at in range(4))
    beyond = f"{held:.0f} ms beyond {LIMIT:.0f} ms a task at {slowdown:g} times"
    return f"{name:<5} {whole:.0f} ms in all, {beyond}; the longest {longest} ms"


def main() -> None:
    """Load each page some times."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument(
        "--slowdown", type=float, default=SLOWDOWN, help="of a phone's processor, beside this machine's"
    )
    parsed = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with served() as (url, pages), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, path in pages.items():
            runs = [tasks(traced(browser, url, path), url) for _ in range(parsed.runs)]
            print(told(name, runs, parsed.slowdown), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
