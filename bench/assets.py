"""What an app's asset costs, against the least that the same server needs to send the same bytes.

    .venv/bin/python bench/assets.py                    granian and waitress, three seconds each
    .venv/bin/python bench/assets.py --server granian --seconds 5

The least is a WSGI application that answers with the bytes from memory and four headers. CPU microseconds a request are
of all processes of the server, so that they mean something on a busy machine too.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import string
import sys
import tempfile
from pathlib import Path

from load import Operation, load
from process import free_port, running
from servers import WAITRESS_ONLY

SIZES = {"small.css": 2_000, "index-Bx3kPq9z.js": 300_000}
"""A style, and the script of a single-page app: 138 kB as it is sent."""

ROUNDS = 3

LEAST = """
import gzip, sys, pathlib
folder, server, port = sys.argv[1:]
packed = {"/" + each.name: gzip.compress(each.read_bytes(), 6) for each in pathlib.Path(folder).iterdir()}

def application(environ, start_response):
    body = packed[environ["PATH_INFO"]]
    start_response("200 OK", [("Content-Type", "text/javascript"), ("Content-Encoding", "gzip"), ("ETag", '"x"'),
                              ("Content-Length", str(len(body)))])
    return [body]

if server == "waitress":
    import waitress
    waitress.serve(application, host="127.0.0.1", port=int(port), threads=8)
else:
    from granian.server.embed import Server
    import granian
    granian.Granian(f"{folder}/../least:application", address="127.0.0.1", port=int(port), interface="wsgi").serve()
"""


def text(size: int) -> bytes:
    """Something like a script: words of chance, packed to half of its size."""
    made = random.Random(1)
    words = ["".join(made.choices(string.ascii_letters, k=8)) for _ in range(3000)]
    return " ".join(made.choices(words, k=size // 9 + 1)).encode()[:size]


def app(folder: Path) -> Path:
    """An app with the files in its public folder."""
    assets = folder / "shop" / "public" / "assets"
    assets.mkdir(parents=True)
    (folder / "shop" / "hooks.py").write_text("app_name = 'shop'\n")
    for name, size in SIZES.items():
        (assets / name).write_bytes(text(size))
    return assets


def costs(command: list[str], port: int, prefix: str, seconds: float) -> dict[str, float]:
    """Name -> CPU microseconds a request, the median of the rounds."""
    asked = {name: Operation("GET", prefix + name, {"Accept-Encoding": "gzip"}, holds="") for name in SIZES}
    plain = Operation("GET", prefix + "small.css", holds="")
    found: dict[str, list[float]] = {name: [] for name in SIZES}
    with running(command, port, plain) as server:
        for _ in range(ROUNDS):
            for name, operation in asked.items():
                before = server.cpu_seconds()
                came = load(port, operation, seconds)
                found[name].append((server.cpu_seconds() - before) / came.requests * 1e6)
    return {name: statistics.median(each) for name, each in found.items()}
