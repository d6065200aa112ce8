"""The programs in `bench/`: their arithmetic, their tables, the data, and what the limit answers. Nothing is timed."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parent.parent / "bench"


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    """`bench("limit")` is the program of that name, imported as it imports its neighbours."""
    sys.path.insert(0, str(BENCH))
    before = set(sys.modules)

    def program(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield program
    sys.path.remove(str(BENCH))
    for name in set(sys.modules) - before:
        if str(BENCH) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


# --- arithmetic ------------------------------------------------------------------------------------------


def run(
    requests: int, seconds: float = 1.0, cpu_s: float = 0.5, p50: float = 2.0, p99: float = 9.0, errors: int = 0
) -> dict[str, float]:
    return {"requests": requests, "seconds": seconds, "cpu_s": cpu_s, "p50_ms": p50, "p99_ms": p99, "errors": errors}


@pytest.mark.parametrize(
    ("runs", "rulers", "figures"),
    [
        (
            [run(500)],
            [run(1000), run(1000)],
            {"rate": 500, "ratio": 0.5, "cpu_us": 1000, "cpu_ratio": 0.5, "errors": 0, "ruler": 1000},
        ),
        ([run(500, 2.0)], [run(1000), run(1000)], {"rate": 250, "ratio": 0.25}),
        ([run(500)], [run(1500), run(500)], {"ratio": 0.5, "ruler": 1000}),  # a machine that got slower in between
        (
            [run(400), run(100), run(800)],
            [run(800), run(800), run(200), run(800)],
            {"rate": 400, "ratio": 0.5, "spread": [100, 800]},
        ),
        (
            [run(100, cpu_s=0.2)],
            [run(100, cpu_s=0.1), run(50, cpu_s=0.1)],
            {"cpu_us": 2000, "cpu_ratio": 0.75},
        ),  # mean of 1000 and 2000
        (
            [run(9, p50=1, p99=3, errors=1), run(9, p50=5, p99=9, errors=2), run(9, p50=3, p99=5)],
            [run(9)] * 4,
            {"p50_ms": 3, "p99_ms": 5, "errors": 3},
        ),
        (
            [run(0)],
            [run(1000), run(1000)],
            {"rate": 0, "ratio": 0, "cpu_us": None, "cpu_ratio": None},
        ),  # nothing answered in time
        ([run(10)], [run(0), run(0)], {"rate": 10, "ratio": None, "cpu_ratio": None}),
        (
            [run(10)],
            [run(0), run(10)],
            {"ratio": 2, "cpu_ratio": 1},
        ),  # the ruler that did not answer has no CPU time a request
    ],
)
def test_figures_are_medians_and_ratios_are_to_the_rulers_beside_each_run(
    bench: Any, runs: Any, rulers: Any, figures: dict[str, Any]
) -> None:
    found = bench("report").summary(runs, rulers)
    assert {key: found[key] for key in figures} == figures


@pytest.mark.parametrize(("runs", "rulers"), [([], [run(1)]), ([run(1)], [run(1)]), ([run(1)], [run(1)] * 3)])
def test_each_run_needs_a_ruler_on_either_side(bench: Any, runs: Any, rulers: Any) -> None:
    with pytest.raises(ValueError, match="ruler"):
        bench("report").summary(runs, rulers)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, "-"),
        (0.0456, "0.05"),
        (0.5, "0.50"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (100_000, "100,000"),
        ("get", "get"),
        (0, "0"),
    ],
)
def test_a_cell_shows_no_more_digits_than_were_measured(bench: Any, cell: Any, shown: str) -> None:
    assert bench("report").table(("a", "b"), [("x", cell)]).splitlines()[-1].split("|")[2].strip() == shown


def operation(server: str, ratio: float, ruler: str = "limit, granian", name: str = "create") -> dict[str, Any]:
    figures = {
        "rate": 1000.0,
        "ratio": ratio,
        "cpu_us": 300.0,
        "cpu_ratio": 0.4,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "errors": 0,
    }
    return {
        "kind": "operation",
        "operation": name,
        "server": server,
        "ruler_server": ruler,
        "documents": 100_000,
        **figures,
    }


def rows(text: str) -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    return {row[0]: row[1:] for row in cells}


def test_a_server_is_compared_with_the_limit_that_does_not_wait_for_the_disk_by_their_common_ruler(bench: Any) -> None:
    results = [
        operation("limit, granian, NORMAL", 4.0),
        operation("frappe_lite, granian", 0.5),
        operation("frappe_lite, waitress", 0.5, "limit, waitress"),
    ]
    found = rows(bench("report").markdown(results))
    assert found["frappe_lite, granian"][1:3] == ["0.50", "0.12"]
    assert found["frappe_lite, waitress"][1:3] == ["0.50", "-"]  # that limit was not measured


def test_the_report_has_a_section_for_what_was_measured_and_none_for_what_was_not(bench: Any) -> None:
    idle, after = {"rss_mb": 40.0}, {"rss_mb": 44.0, "pss_mb": 42.0, "processes": 2}
    results = [
        operation("frappe_lite, granian", 0.5, name="list"),
        {
            "kind": "process",
            "server": "frappe_lite, granian",
            "start_s": 0.2,
            "idle": idle,
            "after": after,
            "requests": 100_123,
        },
        {
            "kind": "growth",
            "of": "documents",
            "size": 1_000_000,
            "get": {"rate": 2000.0, "cpu_us": 300.0, "p99_ms": 4.0},
        },
        {
            "kind": "growth",
            "of": "doctypes",
            "size": 100,
            "start_s": 0.3,
            "get": {"rate": 2000.0, "cpu_us": 300.0, "p99_ms": 4.0},
        },
    ]
    text = bench("report").markdown(results)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "### list 20 of 100,000",
        "### Start and memory",
        "### With more documents",
        "### With more DocTypes",
    ]
    assert rows(text)["1,000,000"] == ["2,000", "300", "4.00"]
    assert rows(text)["100"] == ["0.30", "2,000", "300", "4.00"]


def test_the_report_is_made_again_from_the_lines_that_a_run_wrote(bench: Any, tmp_path: Path) -> None:
    results = [operation("frappe_lite, granian", 0.5)]
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in results))
    said = subprocess.run(
        [sys.executable, str(BENCH / "report.py"), str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert said == bench("report").markdown(results)


# --- the data --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(bench: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `bench.db`, a site, and `plain.db`, each with 500 tasks; `key.txt` has the credentials."""
    made = tmp_path_factory.mktemp("bench")
    site = bench("data").prepare(str(made), 500)
    (made / "key.txt").write_text(bench("data").add_user(site))
    site.close()
    bench("data").plain(str(made / "plain.db"), 500)
    return made


def test_the_plain_file_has_the_rows_that_the_site_has(folder: Path) -> None:
    columns = "name, creation, modified, docstatus, idx, subject, status, priority, points, description"
    ours = sqlite3.connect(folder / "bench.db").execute(f"SELECT {columns} FROM tabTask ORDER BY name").fetchall()
    theirs = sqlite3.connect(folder / "plain.db").execute(f"SELECT {columns} FROM task ORDER BY name").fetchall()
    assert len(ours) == 500
    assert ours == theirs


def test_rows_in_bulk_leave_indexes_triggers_and_the_series_as_they_should_be(
    bench: Any, folder: Path, tmp_path: Path
) -> None:
    few = bench("data").prepare(str(tmp_path), 1)
    few.close()
    query = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'tabTask' ORDER BY name"
    assert (
        sqlite3.connect(folder / "bench.db").execute(query).fetchall()
        == sqlite3.connect(tmp_path / "bench.db").execute(query).fetchall()
    )
    assert sqlite3.connect(folder / "bench.db").execute(
        "SELECT current FROM tabSeries WHERE name = 'TASK-'"
    ).fetchone() == (500,)
    assert sqlite3.connect(folder / "bench.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_site_answers_the_requests_that_are_measured(bench: Any, folder: Path) -> None:
    import frappe_lite

    data, call = bench("data"), bench("in_process").call
    site = frappe_lite.Site(str(folder / "bench.db"))
    site.load(folder / "bench_app")
    app, key = frappe_lite.App(site), (folder / "key.txt").read_text()
    assert json.loads(call(app, key, "GET", "/api/resource/Task/TASK-00077"))["data"]["subject"] == "Subject 77"
    listed = json.loads(call(app, key, "GET", "/api/resource/Task", data.LIST))["data"]
    assert [each["name"] for each in listed] == [
        row[0] for row in sqlite3.connect(folder / "plain.db").execute(bench("limit").LIST, ("Open",))
    ]
    assert json.loads(call(app, key, "POST", "/api/resource/Task", "", data.NEW))["data"]["name"] == "TASK-00501"
    assert (
        json.loads(call(app, key, "PUT", "/api/resource/Task/TASK-00077", "", data.CHANGE))["data"]["priority"] == "Low"
    )
    assert b"Logged In" in call(
        app, "", "POST", "/api/method/login", "", json.dumps({"usr": data.USER, "pwd": data.PASSWORD})
    )
    with pytest.raises(RuntimeError, match="404"):
        call(app, key, "GET", "/api/resource/Task/TASK-99999")
    site.close()


# --- the limit -------------------------------------------------------------------------------------------


@pytest.fixture
def limit(bench: Any, folder: Path, tmp_path: Path) -> Any:
    """`limit(verb, path, query="", body=None)` is the data that the bare application answers with; `limit.rows(sql)` asks its file."""
    path = tmp_path / "plain.db"
    path.write_bytes((folder / "plain.db").read_bytes())
    app = bench("limit").Limit(str(path))

    def ask(verb: str, url: str, query: str = "", body: Any = None) -> Any:
        return json.loads(
            bench("in_process").call(app, "", verb, url, query, json.dumps(body) if body is not None else "")
        )["data"]

    ask.rows = lambda sql: sqlite3.connect(path).execute(sql).fetchall()  # type: ignore[attr-defined]
    return ask


def test_the_limit_answers_a_document_as_it_is(limit: Any) -> None:
    found = limit("GET", "/TASK-00077")
    assert (found["name"], found["subject"], found["points"], len(found)) == ("TASK-00077", "Subject 77", 77 % 13, 12)


def test_the_limit_lists_the_twenty_newest_open_ones(limit: Any) -> None:
    newest = limit.rows(
        "SELECT name, subject, status, modified FROM task WHERE status = 'Open' ORDER BY modified DESC LIMIT 20"
    )
    assert [tuple(each.values()) for each in limit("GET", "/", "status=Open")] == newest


def test_the_limit_keeps_what_it_answers(limit: Any) -> None:
    values = {"subject": "new", "status": "Open", "priority": "High", "points": 3, "description": "d"}
    first, second = limit("POST", "/", "", values), limit("POST", "/", "", values)
    assert first["name"] != second["name"]
    assert {key: first[key] for key in values} == values
    changed = limit("PUT", f"/{first['name']}", "", {"status": "Closed", "priority": "Low"})
    assert (changed["status"], changed["priority"], changed["subject"]) == ("Closed", "Low", "new")
    assert changed["modified"] > first["modified"]
    assert limit.rows(f"SELECT status FROM task WHERE name = '{first['name']}'") == [("Closed",)]
    assert limit("GET", f"/{first['name']}") == changed


def test_the_limit_lets_in_by_the_right_password_only(bench: Any, limit: Any) -> None:
    data = bench("data")
    sid = limit("POST", "/login", "", {"usr": data.USER, "pwd": data.PASSWORD})["sid"]
    with pytest.raises(AssertionError):
        limit("POST", "/login", "", {"usr": data.USER, "pwd": "another"})
    assert limit.rows("SELECT sid, user FROM session") == [(sid, data.USER)]


@pytest.mark.parametrize(("synchronous", "level"), [("full", 2), ("normal", 1)])
def test_the_limit_commits_as_it_is_told_to(bench: Any, folder: Path, synchronous: str, level: int) -> None:
    app = bench("limit").Limit(str(folder / "plain.db"), synchronous)
    assert app._connection().execute("PRAGMA synchronous").fetchone() == (level,)
    assert app._connection().execute("PRAGMA journal_mode").fetchone() == ("wal",)


# --- servers, processes, loads ---------------------------------------------------------------------------


def test_a_server_is_started_checked_loaded_and_stopped(bench: Any, folder: Path) -> None:
    load, process = bench("load"), bench("process")
    server, port = bench("servers").limit("waitress", folder / "plain.db").with_documents(500), process.free_port()
    with process.running(server.on(port), port, server.operations["get"]) as target:
        found = load.own_load(port, server.operations["get"], 0.2, 2)
        assert (found.requests > 0, found.errors) == (True, 0)
        assert target.cpu_seconds() > 0
        assert target.memory_mb()["processes"] == len(target.tree()) == 1
        wrong = load.Operation("GET", "/TASK-00077", holds="no such text")
        with pytest.raises(RuntimeError, match="no such text|answered with 200"):
            load.check(port, wrong)
    assert target.process.returncode is not None


def test_a_server_that_ends_before_it_answers_says_why(bench: Any) -> None:
    process = bench("process")
    port = process.free_port()
    with pytest.raises(RuntimeError, match="no such database here"):
        with process.running(
            [sys.executable, "-c", "raise SystemExit('no such database here')"],
            port,
            bench("load").Operation("GET", "/"),
        ):
            pass


def test_a_request_has_a_name_and_a_text_of_its_own(bench: Any) -> None:
    operation = bench("load").Operation("POST", "/task/%NAME%", body='{"subject": "%COUNT%"}', name_format="task%011d")
    assert operation.fill(77, "a-1") == ("/task/task00000000077", '{"subject": "a-1"}')
    assert operation.sent_headers() == {"Content-Type": "application/json"}


def archive(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as files:
        files.writestr("pocketbase", text)
    return made.getvalue()


@pytest.mark.parametrize("honest", [True, False])
def test_a_release_is_taken_only_if_its_checksum_fits(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, honest: bool
) -> None:
    pocketbase = bench("peers.pocketbase")
    monkeypatch.setattr(pocketbase.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(pocketbase.platform, "system", lambda: "Linux")
    name, release = f"pocketbase_{pocketbase.VERSION}_linux_amd64.zip", tmp_path / "releases" / f"v{pocketbase.VERSION}"
    release.mkdir(parents=True)
    program = archive("a program")
    (release / name).write_bytes(program)
    checksum = hashlib.sha256(program if honest else b"another").hexdigest()
    (release / "checksums.txt").write_text(f"{checksum}  {name}\n")

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any):
            super().__init__(*arguments, directory=str(tmp_path / "releases"))

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        if honest:
            pocketbase.download(tmp_path / "cache", base)
            assert (tmp_path / "cache" / "pocketbase").read_text() == "a program"
        else:
            with pytest.raises(OSError, match="checksums"):
                pocketbase.download(tmp_path / "cache", base)
            assert not (tmp_path / "cache" / "pocketbase").exists()
        server.shutdown()
