"""Everything in one run: the five operations on every server, start, memory, growth.

python bench/run.py --quick                              under two minutes: do the programs work, and what is the order
of things python bench/run.py --out results.jsonl --markdown report.md     under half an hour, on a machine that has
nothing else to do python bench/run.py --servers 'frappe_lite*' --operations get,update --growth none      a part of it
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import data
import frappe_lite
import growth
import load
import report
import servers
from process import Running, free_port, running

Keep = Callable[[report.Result], None]


@dataclass(frozen=True)
class Plan:
    """How long things take. Seconds are whole ones: wrk knows no others."""

    documents: int = 100_000
    runs: int = 3
    seconds: int = 4
    ruler_seconds: int = 2
    ruler_after: bool = True
    limits: bool = True  # measure the limits as servers too
    warm_seconds: int = 1
    connections: int = 8
    starts: int = 5
    requests: int = 100_000
    growth: growth.Plan = growth.Plan()


QUICK = Plan(
    runs=1, seconds=1, ruler_seconds=1, ruler_after=False, limits=False, warm_seconds=0, starts=1, requests=2_000,
    growth=growth.Plan(documents=(1_000, 100_000), doctypes=(), connections=(1, 64), workers=(), seconds=1),
)  # fmt: skip


def measured(
    plan: Plan, name: str, server: servers.Server, target: Running, limit: servers.Server, ruler: Running
) -> report.Result:
    """One operation of one server, its limit beside it as the ruler."""
    operation, bare = server.operations[name], limit.operations[name]
    load.check(target.port, operation)
    if plan.warm_seconds:
        load.load(target.port, operation, plan.warm_seconds, plan.connections)

    def run(at: Running, asked: load.Operation, seconds: int) -> dict[str, float]:
        before = at.cpu_seconds()
        found = load.load(at.port, asked, seconds, plan.connections)
        return {**asdict(found), "cpu_s": at.cpu_seconds() - before}

    runs, rulers = [], [run(ruler, bare, plan.ruler_seconds)]
    for _ in range(plan.runs):
        runs.append(run(target, operation, plan.seconds))
        rulers.append(run(ruler, bare, plan.ruler_seconds) if plan.ruler_after else rulers[-1])
    return {
        "kind": "operation",
        "operation": name,
        "server": server.name,
        "ruler_server": limit.name,
        "documents": plan.documents,
        **report.summary(runs, rulers),
    }


def start_and_memory(plan: Plan, server: servers.Server) -> report.Result:
    """Seconds from exec to the first good answer, on the data that is there; memory then, and after many requests."""
    starts, first = [], server.operations["get"]
    for remaining in reversed(range(plan.starts)):
        port = free_port()
        with running(server.on(port), port, first, server.environment) as target:
            starts.append(target.started_s)
            if not remaining:
                idle, asked = target.memory_mb(), 0
                while asked < plan.requests:
                    asked += load.load(port, first, 2, plan.connections).requests
                after = target.memory_mb()
    return {
        "kind": "process",
        "server": server.name,
        "start_s": round(sorted(starts)[len(starts) // 2], 3),
        "starts_s": starts,
        "idle": idle,
        "after": after,
        "requests": asked,
    }


def every_server(folder: Path, plan: Plan) -> Iterator[servers.Server]:
    """All servers on data of their own, limits first."""
    plain = folder / "plain.db"
    data.plain(str(plain), plan.documents)
    for name in ("granian", "waitress"):
        for synchronous in ("full", "normal"):
            yield servers.limit(name, Path(shutil.copy(plain, folder / f"limit-{name}-{synchronous}.db")), synchronous)
    for name in ("granian", "waitress"):
        (folder / name).mkdir()
        site = data.prepare(str(folder / name), plan.documents)
        authorization = data.add_user(site)
        site.close()
        yield servers.frappe_lite(name, folder / name, authorization)
    yield from servers.peers(folder, plain)


def operations(plan: Plan, found: list[servers.Server], names: list[str], keep: Keep) -> None:
    """The operations on every server, each beside its limit.

    A limit is measured beside itself: its ratio says how steady the machine was.
    """
    for server in found:
        limit = next(each for each in found if each.name == server.ruler)
        if limit is server and not plan.limits:
            continue
        ports = free_port(), free_port()
        with ExitStack() as stack:
            target = stack.enter_context(
                running(server.on(ports[0]), ports[0], server.operations["get"], server.environment)
            )
            ruler = stack.enter_context(
                running(limit.on(ports[1]), ports[1], limit.operations["get"], limit.environment)
            )
            for name in names:
                if not server.name.endswith("NORMAL") or name in ("create", "update"):  # reads do not wait for the disk
                    keep(measured(plan, name, server, target, limit, ruler))


def machine(plan: Plan) -> report.Result:
    """What it ran on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "kind": "machine", "version": f"frappe_lite {frappe_lite.__version__}", "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": len(load.CORES), "cpu": models[0] if models else platform.machine(), "pinned": bool(load.TASKSET),
        "load": "wrk" if load.WRK else "bench/load.py",
        "load_average": " ".join(f"{each:.2f}" for each in os.getloadavg()), "connections": plan.connections,
        "runs": plan.runs, "seconds": plan.seconds,
    }  # fmt: skip


def said(result: report.Result) -> str:
    """A result as a line, while it goes on."""
    if result["kind"] == "operation":
        part, cpu, ratio = (result[key] or 0 for key in ("ratio", "cpu_us", "cpu_ratio"))
        numbers = (
            f"{result['rate']:9,.0f} /s   {part:.3f} of the limit   CPU {cpu:9,.0f} us {ratio:.3f}   p50 "
            f"{result['p50_ms']:.2f} p99 {result['p99_ms']:.2f} ms"
        )
        return f"{result['server']:30} {result['operation']:8} {numbers}" + (
            f"   {result['errors']} ERRORS" if result["errors"] else ""
        )
    return json.dumps({key: value for key, value in result.items() if key != "starts_s"})


def parsed() -> Any:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one second a run, no long growth")
    parser.add_argument("--out", metavar="FILE", help="append each result as a line of JSON")
    parser.add_argument("--markdown", metavar="FILE", help="write the report there")
    parser.add_argument(
        "--servers", default="*", metavar="PATTERN", help="of their names, as frappe_lite*; their limits come along"
    )
    parser.add_argument("--operations", default=",".join(report.OPERATIONS), help="default: %(default)s")
    parser.add_argument("--no-process", action="store_true", help="leave out start and memory")
    parser.add_argument("--growth", default=",".join(report.GROWTH), help="or none; default: %(default)s")
    parser.add_argument(
        "--ten-million", action="store_true", help="grow to 10,000,000 documents: minutes and 5 GB more"
    )
    parser.add_argument("--folder", help="where the data is put while it runs (default: the system's folder for such)")
    return parser.parse_args()


def main() -> None:
    wanted = parsed()
    plan, results = QUICK if wanted.quick else Plan(), []

    def keep(result: report.Result) -> None:
        results.append(result)
        print(said(result), flush=True)
        if wanted.out:
            with open(wanted.out, "a") as out:
                print(json.dumps(result), file=out)

    if load.WRK is None:
        print(
            (
                "wrk is not installed (apt-get install wrk): figures of the client in bench/load.py are lower and "
                "less steady"
            ),
            file=sys.stderr,
        )
    keep(machine(plan))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=wanted.folder) as name:
        folder = Path(name)
        found = list(every_server(folder, plan))
        chosen = [each for each in found if fnmatch.fnmatch(each.name, wanted.servers)]
        limits = {each.ruler for each in chosen}
        found = [each for each in found if each in chosen or each.ruler in limits and each.name.startswith("limit")]
        operations(plan, found, [each for each in wanted.operations.split(",") if each], keep)
        if not wanted.no_process:
            for server in found:
                if not server.name.endswith("NORMAL"):
                    keep(start_and_memory(plan, server))
        for of in report.GROWTH:
            if of in wanted.growth.split(","):
                for result in growth.MEASURED[of](plan.growth, folder, wanted.ten_million):
                    keep(result)
    text = report.markdown(results)
    print(f"\n{text}")
    if wanted.markdown:
        Path(wanted.markdown).write_text(text)


if __name__ == "__main__":
    main()
