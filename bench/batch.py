"""Documents a second: created one request each, and many in one batch. In process, default durability."""

from __future__ import annotations

import io
import json
import tempfile
import time
from typing import Any

import frappe_lite
import in_process
from frappe_lite import auth

SIZES, DOCUMENTS = (1, 10, 100), 500


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = in_process.prepare(folder, 1)
        app = frappe_lite.App(site)
        with site.acting() as ctx:
            key, secret = auth.generate_keys(ctx, "Administrator")

        def post(path: str, body: Any) -> None:
            data = json.dumps(body).encode()
            environ = {
                "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_AUTHORIZATION": f"token {key}:{secret}", "HTTP_HOST": "localhost",
                "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
                "CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": "application/json", "wsgi.input": io.BytesIO(data),
            }  # fmt: skip
            statuses: list[str] = []
            answer = b"".join(app(environ, lambda status, _headers, _error=None: statuses.append(status)))
            assert statuses[0][0] == "2", answer

        def rate(size: int) -> float:
            started = time.perf_counter()
            for first in range(0, DOCUMENTS, size):
                bodies = [{"subject": f"batch {number}"} for number in range(first, first + size)]
                if size == 1:
                    post("/api/v2/document/Task", bodies[0])
                else:
                    post("/api/v2/batch", {"operations": [{"method": "POST", "path": "/api/v2/document/Task", "body": body} for body in bodies]})
            return DOCUMENTS / (time.perf_counter() - started)

        rate(100)
        single = rate(1)
        for size in SIZES:
            each = single if size == 1 else rate(size)
            print(f"{size:4} documents a request {each:8.0f} documents/s   ratio {each / single:.1f}")
        site.close()


if __name__ == "__main__":
    main()
