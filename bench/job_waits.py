"""How long a job waits until it begins: asked for over HTTP, run by the process beside the server. A histogram.

The first job after a quiet time waits for that process to start, so it is told apart; begin with a fresh server each
time: `--starts`.

    python bench/job_waits.py --jobs 200 --starts 5
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from hanging import READ, caller, percentile, wait_for

import frappe_lite
from frappe_lite.access import auth
from process import free_port

BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
WAITS = 'SELECT started - created FROM "__job" WHERE started IS NOT NULL ORDER BY created'


def prepare(database: str) -> str:
    """Make a site; what a client signs in with."""
    with closing(frappe_lite.Site(database)) as site, site.acting() as ctx:
        frappe_lite.get_doc({"doctype": "Note", "name": "bench", "title": "bench"}).insert()
        return "token {}:{}".format(*auth.generate_keys(ctx, "Administrator"))


def waits(count: int, pause: float) -> list[float]:
    """The seconds that each of so many jobs waited on a fresh server, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        database, port = str(Path(folder) / "bench.db"), free_port()
        token = prepare(database)
        command = [sys.executable, "-m", "frappe_lite.command.cli", "serve", "--database", database]
        surroundings = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # modules are compiled once, as where it is used
        with subprocess.Popen(
            [*command, "--port", str(port)], env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                wait_for(port, token)
                call = caller(port, token, Prefer="respond-async")
                assert call("GET", READ) == 200
                for _ in range(count):
                    time.sleep(pause)
                    docs = [{"name": "bench", "title": f"at {time.time()}"}]
                    assert call("POST", "/api/v2/document/Note/bulk_update", {"docs": docs}) == 202
                with contextlib.closing(sqlite3.connect(database)) as plain:
                    while len(found := [row[0] for row in plain.execute(WAITS)]) < count:
                        time.sleep(0.1)
                return found
            finally:
                server.terminate()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200, help="of each start")
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two")
    parser.add_argument("--starts", type=int, default=3)
    given = parser.parse_args()
    rounds = [waits(given.jobs, given.pause) for _ in range(given.starts)]
    first = [each[0] for each in rounds]
    print(f"the first of each start: {statistics.median(first):.2f} s in the median, {max(first):.2f} s at most")
    rest = sorted(each for one in rounds for each in one[given.jobs // 4 :])
    shown = ", ".join(f"p{share * 100:g} {percentile(rest, share) * 1000:.0f} ms" for share in (0.5, 0.9, 0.99, 1))
    print(f"{len(rest)} later ones: {shown}")
    below = 0
    for bound in BOUNDS:
        count = sum(each <= bound for each in rest) - below
        below += count
        print(f"  up to {bound * 1000:5.0f} ms {count:6} {'#' * round(60 * count / len(rest))}")


if __name__ == "__main__":
    main()
