"""Documents a second: created one request each, and many in one batch. In process, default durability."""

from __future__ import annotations

import json
import tempfile
import time

import frappe_lite
from data import add_user, prepare
from in_process import call

SIZES, DOCUMENTS = (1, 10, 100), 500


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = prepare(folder, 1)
        app, authorization = frappe_lite.App(site), add_user(site)

        def rate(size: int) -> float:
            started = time.perf_counter()
            for first in range(0, DOCUMENTS, size):
                bodies = [{"subject": f"batch {number}"} for number in range(first, first + size)]
                if size == 1:
                    call(app, authorization, "POST", "/api/v2/document/Task", "", json.dumps(bodies[0]))
                else:
                    batch = [{"method": "POST", "path": "/api/v2/document/Task", "body": body} for body in bodies]
                    call(app, authorization, "POST", "/api/v2/batch", "", json.dumps({"operations": batch}))
            return DOCUMENTS / (time.perf_counter() - started)

        rate(100)
        single = rate(1)
        for size in SIZES:
            each = single if size == 1 else rate(size)
            print(f"{size:4} documents a request {each:8.0f} documents/s   ratio {each / single:.1f}")
        site.close()


if __name__ == "__main__":
    main()
