"""From measured runs to figures, and from figures to tables. `python bench/report.py RESULTS.jsonl` writes markdown.

A result is a dict. "operation" results have server, operation, and what `summary` makes; the others are told apart by `kind`.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Result = dict[str, Any]
OPERATIONS = {
    "get": "GET a document",
    "list": "list 20 of {documents:,}",
    "create": "create",
    "update": "update",
    "login": "login",
}


def summary(runs: Sequence[Mapping[str, float]], rulers: Sequence[Mapping[str, float]]) -> Result:
    """The median of the runs of one operation, and what part of the limit it is.

    Of each run: requests, seconds, cpu_s, p50_ms, p99_ms, errors. `rulers`: the same of the limit, before the first run and
    after each: a run is compared with the two beside it, so that a machine that gets slower does not make it worse.
    `ratio` is of requests a second; `cpu_ratio` of CPU time a request, the limit's to the server's, which moves less on a busy machine.
    """
    if len(rulers) != len(runs) + 1 or not runs:
        raise ValueError("a ruler is needed before the first run and after each run")
    beside = list(zip(runs, rulers[:-1], rulers[1:], strict=True))
    return {
        "rate": round(statistics.median(map(rate, runs)), 1),
        "ratio": _median([divided(2 * rate(run), rate(before) + rate(after)) for run, before, after in beside], 3),
        "cpu_us": _median([cpu_us(run) for run in runs], 1),
        "cpu_ratio": _median(
            [divided(mean(cpu_us(before), cpu_us(after)), cpu_us(run)) for run, before, after in beside], 3
        ),
        "p50_ms": round(statistics.median(run["p50_ms"] for run in runs), 2),
        "p99_ms": round(statistics.median(run["p99_ms"] for run in runs), 2),
        "errors": sum(int(run["errors"]) for run in runs),
        "spread": [round(min(map(rate, runs)), 1), round(max(map(rate, runs)), 1)],
        "ruler": round(statistics.median(map(rate, rulers)), 1),
    }


def rate(run: Mapping[str, float]) -> float:
    """Requests a second."""
    return run["requests"] / run["seconds"]


def cpu_us(run: Mapping[str, float]) -> float | None:
    """CPU microseconds a request; None if none was answered."""
    return divided(run["cpu_s"] * 1e6, run["requests"])


def mean(one: float | None, other: float | None) -> float | None:
    """Of those of the two that there are."""
    there = [each for each in (one, other) if each is not None]
    return sum(there) / len(there) if there else None


def divided(part: float | None, whole: float | None) -> float | None:
    """A ratio; None if a side is missing or the whole is nothing."""
    return part / whole if part is not None and whole else None


def _median(values: Iterable[float | None], digits: int) -> float | None:
    there = [each for each in values if each is not None]
    return round(statistics.median(there), digits) if there else None


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A markdown table that is aligned, so that it reads on a terminal as well."""
    cells = [[*head], *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        first, *others = zip(row, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    return "\n".join([line(cells[0]), rule, *(line(row) for row in cells[1:])])


def _shown(cell: Any) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if cell >= 100 else f"{cell:.1f}" if cell >= 10 else f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def markdown(results: Sequence[Result]) -> str:
    """The whole report: what was measured where, a table an operation, processes, growth."""
    parts = [_machine(each) for each in results if each["kind"] == "machine"]
    for operation, title in OPERATIONS.items():
        rows = [each for each in results if each["kind"] == "operation" and each["operation"] == operation]
        if rows:
            parts.append(f"### {title.format(documents=rows[0]['documents'])}\n\n{_operation_table(rows)}")
    processes = [each for each in results if each["kind"] == "process"]
    if processes:
        head = (
            "server",
            "start, s",
            "RSS at start, MB",
            "RSS after load, MB",
            "PSS after load, MB",
            "requests",
            "processes",
        )
        rows_ = [
            (
                each["server"],
                each["start_s"],
                each["idle"]["rss_mb"],
                each["after"]["rss_mb"],
                each["after"]["pss_mb"],
                each["requests"],
                each["after"]["processes"],
            )
            for each in processes
        ]
        parts.append(f"### Start and memory\n\n{table(head, rows_)}")
    for of, title in GROWTH.items():
        grown = [each for each in results if each["kind"] == "growth" and each["of"] == of]
        if grown:
            parts.append(f"### {title}\n\n{_growth_table(of, grown)}")
    return "\n\n".join(parts) + "\n"


def _machine(found: Result) -> str:
    pinned = "servers on one core, the client on another" if found["pinned"] else "not kept to cores"
    where = f"{found['version']}, Python {found['python']}, SQLite {found['sqlite']}, {found['cores']} cores ({found['cpu']}), {pinned}."
    how = f"Client: {found['load']}, {found['connections']} connections; {found['runs']} runs of {found['seconds']} s, medians."
    limit = "The limit and frappe_lite commit with synchronous=FULL, unless a line says NORMAL; so do FastAPI and Flask; PocketBase with NORMAL, which it always has."
    return f"{where} {how} Load average before: {found['load_average']}.\n\n{limit}"


def _operation_table(rows: Sequence[Result]) -> str:
    normal = {each["server"]: each["ratio"] for each in rows if each["server"].endswith("NORMAL")}
    head = (
        "server",
        "requests/s",
        "to the limit",
        "to the limit, NORMAL",
        "CPU us/request",
        "limit's CPU to it",
        "p50 ms",
        "p99 ms",
        "errors",
    )

    def row(each: Result) -> tuple[Any, ...]:
        other = normal.get(f"{each['ruler_server']}, NORMAL")
        unlike = divided(each["ratio"], other)  # both were measured with the same ruler
        return (
            each["server"],
            each["rate"],
            each["ratio"],
            unlike,
            each["cpu_us"],
            each["cpu_ratio"],
            each["p50_ms"],
            each["p99_ms"],
            each["errors"],
        )

    return table(head, [row(each) for each in rows])


GROWTH = {
    "documents": "With more documents",
    "doctypes": "With more DocTypes",
    "connections": "With more connections",
    "workers": "With more workers",
}


def _growth_table(of: str, rows: Sequence[Result]) -> str:
    columns = [
        name for name in ("start_s", "get", "list", "list_indexed", "create") if any(name in each for each in rows)
    ]
    head = [of]
    for name in columns:
        head += ["start, s"] if name == "start_s" else [f"{name.replace('_', ', ')} /s", "CPU us", "p99 ms"]

    def row(each: Result) -> list[Any]:
        cells: list[Any] = [each["size"]]
        for name in columns:
            found = each.get(name)
            cells += (
                [found]
                if name == "start_s"
                else [found[key] for key in ("rate", "cpu_us", "p99_ms")]
                if found
                else [None] * 3
            )
        return cells

    return table(head, [row(each) for each in rows])


def read(path: str | Path) -> list[Result]:
    """Results from a file of JSON lines."""
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]


if __name__ == "__main__":
    print(markdown([each for path in sys.argv[1:] for each in read(path)]), end="")
