"""Requests a second of one process and of two, on a file and on PostgreSQL with fsync, on the same documents.

python bench/on_postgresql.py                        10,000 documents, 4 seconds each
python bench/on_postgresql.py --documents 100000 --seconds 8 --connections 16

Nothing is pinned to a core: client, servers and database share the machine, and two processes gain where it has cores for them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import data
import frappe_lite
import load
import servers
from frappe_lite.parts.transfer.copying import copy_site
from process import free_port, running

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from postgres import Cluster, temporary_folder  # noqa: E402 - of the scripts' folder

OPERATIONS = ("get", "list", "update", "create")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=8)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, temporary_folder() as data_folder:
        folder, cluster = Path(name), Cluster(data_folder / "data", settings=()).make().start()
        try:
            with (
                closing(data.prepare(name, parsed.documents)) as site,
                closing(frappe_lite.Site(cluster.address)) as target,
            ):
                authorization = data.add_user(site)
                copy_site(site, target)
            print(f"| requests/s | {' | '.join(OPERATIONS)} |\n|---|{'---:|' * len(OPERATIONS)}")
            for workers in (1, 2):
                for label, database in (("SQLite", f"{name}/bench.db"), ("PostgreSQL", cluster.address)):
                    server = servers.frappe_lite(
                        "granian", folder, authorization, "--database", database, "--workers", str(workers)
                    ).with_documents(parsed.documents)
                    port = free_port()
                    with running(
                        server.on(port), port, server.operations["get"], {"FRAPPE_LITE_SECRET_KEY": "bench"}, pin=False
                    ):
                        found = []
                        for operation in OPERATIONS:
                            load.load(port, server.operations[operation], 1, parsed.connections, pin=False)
                            measured = load.load(
                                port, server.operations[operation], parsed.seconds, parsed.connections, pin=False
                            )
                            found.append(
                                f"{measured.requests / measured.seconds:,.0f}"
                                + (f" ({measured.errors} errors)" if measured.errors else "")
                            )
                    print(
                        f"| {label}, {workers} process{'es' if workers > 1 else ''} | {' | '.join(found)} |", flush=True
                    )
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
