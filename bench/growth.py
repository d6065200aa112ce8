"""What happens when there is more of something: documents, DocTypes, connections, workers. frappe_lite on granian.

python bench/growth.py documents --ten-million
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import data
import report
import servers
from load import load
from process import Running, free_port, running

TEN_MILLION = 10_000_000


@dataclass(frozen=True)
class Plan:
    """Sizes, and seconds a measurement."""

    documents: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    doctypes: tuple[int, ...] = (1, 10, 100, 1_000)
    connections: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    workers: tuple[int, ...] = (1, 2)
    seconds: int = 3


Results = Iterator[dict[str, Any]]


def indexed() -> dict[str, Any]:
    """The DocType with an index on the field that lists are filtered by."""
    doctype = copy.deepcopy(data.TASK)
    next(each for each in doctype["fields"] if each["fieldname"] == "status")["search_index"] = 1
    return doctype


def site(folder: Path, documents: int, doctype: dict[str, Any] = data.TASK) -> servers.Server:
    """A server on a site of its own in the folder."""
    folder.mkdir()
    made = data.prepare(str(folder), documents, "off", doctype)
    authorization = data.add_user(made)
    made.close()
    return servers.frappe_lite("granian", folder, authorization).with_documents(documents)


def figures(
    target: Running, server: servers.Server, operation: str, plan: Plan, connections: int = 8, pin: bool = True
) -> dict[str, Any]:
    """Rate, CPU and slowest answers of an operation, after a second to get warm."""
    load(target.port, server.operations[operation], 1, connections, pin)
    before = target.cpu_seconds()
    found = load(target.port, server.operations[operation], plan.seconds, connections, pin)
    run = {**asdict(found), "cpu_s": target.cpu_seconds() - before}
    return {
        "rate": round(report.rate(run), 1),
        "cpu_us": round(report.cpu_us(run) or 0, 1),
        "p99_ms": found.p99_ms,
        "errors": found.errors,
    }


def documents(plan: Plan, folder: Path, ten_million: bool) -> Results:
    """GET and a list of 20, without and with an index on the filtered field."""
    for size in plan.documents + ((TEN_MILLION,) if ten_million else ()):
        result: dict[str, Any] = {"kind": "growth", "of": "documents", "size": size}
        for suffix, doctype in (("", data.TASK), ("_indexed", indexed())):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                server, port = site(Path(place) / "site", size, doctype), free_port()
                with running(server.on(port), port, server.operations["get"]) as target:
                    for operation in ("list",) if suffix else ("get", "list"):
                        result[operation + suffix] = figures(target, server, operation, plan)
        yield result


def doctypes(plan: Plan, folder: Path, _ten_million: bool) -> Results:
    """Start and GET with so many DocTypes in the app."""
    for size in plan.doctypes:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            server, port = site(Path(place) / "site", 1_000), free_port()
            for number in range(1, size):
                other = {**data.TASK, "name": f"Task {number}", "autoname": f"T{number}-.#####"}
                (Path(place) / "site" / "bench_app" / f"task_{number}.json").write_text(json.dumps(other))
            with running(server.on(port), port, server.operations["get"]):
                pass  # the first start makes the tables
            with running(server.on(port), port, server.operations["get"]) as target:
                yield {
                    "kind": "growth",
                    "of": "doctypes",
                    "size": size,
                    "start_s": round(target.started_s, 3),
                    "get": figures(target, server, "get", plan),
                }


def connections(plan: Plan, folder: Path, _ten_million: bool) -> Results:
    """GET and create over so many connections at once."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        server, port = site(Path(place) / "site", 10_000), free_port()
        with running(server.on(port), port, server.operations["get"]) as target:
            for size in plan.connections:
                found = {operation: figures(target, server, operation, plan, size) for operation in ("get", "create")}
                yield {"kind": "growth", "of": "connections", "size": size, **found}


def workers(plan: Plan, folder: Path, _ten_million: bool) -> Results:
    """GET, list and create with so many processes, none of them kept to a core: the client shares the cores with them."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        server, port = site(Path(place) / "site", 10_000), free_port()
        for size in plan.workers:
            more = replace(server, command=[*server.command, "--workers", str(size)])
            with running(more.on(port), port, more.operations["get"], pin=False) as target:
                found = {
                    operation: figures(target, more, operation, plan, 16, pin=False)
                    for operation in ("get", "list", "create")
                }
                yield {"kind": "growth", "of": "workers", "size": size, **found}


MEASURED: dict[str, Callable[[Plan, Path, bool], Results]] = {
    "documents": documents,
    "doctypes": doctypes,
    "connections": connections,
    "workers": workers,
}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for of in [each for each in sys.argv[1:] if not each.startswith("-")] or MEASURED:
            for result in MEASURED[of](Plan(), Path(name), "--ten-million" in sys.argv):
                print(json.dumps(result), flush=True)
