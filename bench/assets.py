"""What an app's asset costs, against the least that the same server needs to send the same bytes.

    .venv/bin/python bench/assets.py                    granian and waitress, three seconds each
    .venv/bin/python bench/assets.py --server granian --seconds 5

The least is a WSGI application that answers with the bytes from memory and four headers. CPU microseconds a request are
of all processes of the server, so that they mean something on a busy machine too.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import statistics
import string
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from frappe_lite.command.serving import THREADS
from load import Operation, load
from process import free_port, running
from servers import HERE, WAITRESS_ONLY

SIZES = {"small.css": 2_000, "index-Bx3kPq9z.js": 300_000}
"""A style, and the script of a single-page app: 138 kB as it is sent."""

ROUNDS = 3


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
    for name, size in (*SIZES.items(), ("tiny.css", 100)):
        (assets / name).write_bytes(text(size))
    return assets


class Least:
    """The application: the packed files by their path."""

    def __init__(self, folder: str):
        self.packed = {f"/{each.name}": gzip.compress(each.read_bytes(), 6) for each in Path(folder).iterdir()}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer one request; with nothing to who takes no gzip, which asks whether it is there."""
        if "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", ""):
            start_response("200 OK", [("Content-Length", "0")])
            return [b""]
        body = self.packed[environ["PATH_INFO"]]
        headers = [("Content-Type", "text/javascript"), ("Content-Encoding", "gzip"), ("ETag", '"x"')]
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]


def serve(server: str, port: int, folder: str) -> None:
    """Serve it, by as many threads as `frappe-lite serve` has."""
    if server == "waitress":
        import waitress

        waitress.serve(Least(folder), host="127.0.0.1", port=port, threads=8)
        return
    from granian import Granian
    from granian.constants import Interfaces

    os.environ["LEAST"], sys.path[:0] = folder, [str(HERE)]
    Granian(
        "assets:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=THREADS, log_access=False, websockets=False,
    ).serve()  # fmt: skip


if "LEAST" in os.environ:  # granian's workers import the module by its name
    application = Least(os.environ["LEAST"])


def costs(command: list[str], port: int, prefix: str, seconds: float) -> dict[str, float]:
    """Name -> CPU microseconds a request, the median of the rounds."""
    asked = {name: Operation("GET", prefix + name, {"Accept-Encoding": "gzip"}, holds="") for name in SIZES}
    found: dict[str, list[float]] = {name: [] for name in SIZES}
    first = Operation("GET", prefix + "tiny.css", holds="")
    with running(command, port, first) as server:
        for _ in range(ROUNDS):
            for name, operation in asked.items():
                before = server.cpu_seconds()
                came = load(port, operation, seconds)
                if came.errors:
                    raise RuntimeError(f"{came.errors} of {came.requests} requests for {name} failed")
                found[name].append((server.cpu_seconds() - before) / came.requests * 1e6)
    return {name: statistics.median(each) for name, each in found.items()}


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--server", choices=("granian", "waitress"), action="append")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--serve", nargs=3, metavar=("SERVER", "PORT", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve[0], int(asked.serve[1]), asked.serve[2])
        return
    print("| server | asset | CPU us, frappe_lite | CPU us, the least | to it |\n|---|---|---|---|---|")
    for server in asked.server or ("granian", "waitress"):
        with tempfile.TemporaryDirectory() as name:
            files = app(Path(name))
            port = free_port()
            least = [sys.executable, __file__, "--serve", server, str(port), str(files)]
            bare = costs(least, port, "/", asked.seconds)
            program = ["-m", "frappe_lite.command.cli"] if server == "granian" else ["-c", WAITRESS_ONLY]
            words = ["serve", "--database", f"{name}/bench.db", "--app", f"{name}/shop", "--port", str(port)]
            words += ["--socketio-port", "0"]
            ours = costs([sys.executable, *program, *words], port, "/assets/shop/assets/", asked.seconds)
        for each in SIZES:
            told = (f"{ours[each]:.0f}", f"{bare[each]:.0f}", f"{ours[each] / bare[each]:.2f}")
            print(f"| {server} | {each} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
