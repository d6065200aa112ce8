"""What Lighthouse says of a list and a form: as on a desk, and as on a phone with a slow network and processor.

It serves a site of its own by waitress, and needs Chromium and Lighthouse (`npm install lighthouse` somewhere):

    LIGHTHOUSE=…/node_modules/.bin/lighthouse python bench/desk_lighthouse.py
        ->  performance, accessibility, best practices; first and largest content, blocked time, requests

A busy machine tells more of the others than of the page: Lighthouse makes a processor four times slower that is slow
already. Its own figure of the machine (`benchmark index`, 1,500 and more when quiet) stands in each line, and
`--slowdown 1.5` is nearer to a phone where the figure is a third of that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desk_frames import PASSWORD, fill
from waitress.server import create_server

import frappe_lite
from frappe_lite.query import Condition

CATEGORIES = ("performance", "accessibility", "best-practices")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "speed-index")
ROWS = 30


@contextlib.contextmanager
def served() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a site with `ROWS` rows, and the paths of a list and a form of it."""
    site = frappe_lite.Site(":memory:")
    fill(site, ROWS)
    with site.acting() as ctx:
        row = ctx.store.find(ctx.meta("Row"), Condition(), ("name",), limit=1)[0]["name"]
    server = create_server(frappe_lite.App(site), host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}", {"list": "/app/row", "form": f"/app/row/{row}"}
    server.close()
    site.close()


def signed_in(url: str) -> str:
    """The cookie of a session of the Administrator's."""
    data = f"usr=Administrator&pwd={PASSWORD.replace(' ', '+')}".encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/api/method/login", data)) as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
    return next(each.partition(";")[0] for each in cookies if each.startswith("sid="))


def asked(address: str, cookie: str, options: list[str]) -> dict[str, Any]:
    """Lighthouse's report of a page."""
    tool = os.environ.get("LIGHTHOUSE") or shutil.which("lighthouse")
    if tool is None:
        raise SystemExit("needs Lighthouse: npm install lighthouse, and LIGHTHOUSE=…/node_modules/.bin/lighthouse")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            tool, address, "--quiet", "--output=json", f"--output-path={path}",
            f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={json.dumps({'Cookie': cookie})}",
            "--chrome-flags=--headless --no-sandbox --disable-gpu", *options,
        ]  # fmt: skip
        subprocess.run(command, env={**os.environ, "CHROME_PATH": chromium}, check=True, timeout=600)
        found: dict[str, Any] = json.loads(path.read_text())
    return found


def told(name: str, report: dict[str, Any]) -> str:
    """One line of figures."""
    scores = " / ".join(str(round(report["categories"][each]["score"] * 100)) for each in CATEGORIES)
    times = ", ".join(f"{each.replace('-', ' ')} {report['audits'][each]['displayValue']}" for each in TIMES)
    requests = len(report["audits"]["network-requests"]["details"]["items"])
    index = report["environment"]["benchmarkIndex"]
    return f"{name:<14} {scores}; {times}; {requests} requests; benchmark index {index:.0f}".replace("\xa0", " ")


def main() -> None:
    """Ask for each page as on a desk and as on a phone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slowdown", type=float, default=4.0, help="of a phone's processor, beside this machine's")
    parsed = parser.parse_args()
    with served() as (url, pages):
        cookie = signed_in(url)
        for page, path in pages.items():
            print(told(f"{page}, desk", asked(url + path, cookie, ["--preset=desktop"])), flush=True)
            slower = [f"--throttling.cpuSlowdownMultiplier={parsed.slowdown}"]
            print(told(f"{page}, phone", asked(url + path, cookie, slower)), flush=True)


if __name__ == "__main__":
    main()
