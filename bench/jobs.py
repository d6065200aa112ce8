"""Jobs a second: each asked for in a transaction of its own, run in one of its own, on a file with full synchronisation.

python bench/jobs.py --jobs 2000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path

import frappe_lite
from frappe_lite.parts import jobs


def measure(database: str, count: int) -> tuple[float, float]:
    """Seconds that asking for the jobs took, and running them: each writes a document."""
    with closing(frappe_lite.Site(database)) as site:
        workers = jobs.start(site, 0)
        with site.acting():
            note = frappe_lite.get_doc({"doctype": "Note", "title": "bench"}).insert()
        began = time.perf_counter()
        for _ in range(count):
            with site.acting():
                frappe_lite.enqueue_doc("Note", note.name, "add_tag", tag="bench")
        asked = time.perf_counter()
        while workers.run_next():
            pass
        return asked - began, time.perf_counter() - asked


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    count = parser.parse_args().jobs
    with tempfile.TemporaryDirectory() as folder:
        asked, run = measure(str(Path(folder) / "bench.db"), count)
    print(
        f"{count} jobs: {count / asked:,.0f} a second asked for, {count / run:,.0f} run, {count / (asked + run):,.0f} both"
    )


if __name__ == "__main__":
    main()
