"""Reports, exports and imports that a job does: the 202, where to look, the file, and whose rights count."""

from __future__ import annotations

import importlib
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from conftest import ApiClient
from frappe_lite.face import realtime
from frappe_lite.parts import keys, later
from frappe_lite.parts.jobs import board
from frappe_lite.parts.jobs.leases import LeaseLostError
from frappe_lite.parts.jobs.table import KeptJobs
from frappe_lite.site import Site

LATER = {"Prefer": "respond-async"}
EXPORT = {"doctype": "Mark", "fields": '["name", "title"]', "file_format_type": "CSV"}
DOCS = [{"doctype": "Mark", "name": each} for each in ("c", "d")]
WANTED = [
    pytest.param("frappe.client.insert_many", {"docs": DOCS}, ["c", "d"], id="an import"),
    pytest.param("frappe.client.bulk_update", {"docs": [{"doctype": "Mark", "docname": "a", "title": "x"}]}, {"failed_docs": []}, id="changes"),
    pytest.param("frappe.desk.reportview.export_query", EXPORT, "Mark.csv", id="an export"),
    pytest.param("frappe.desk.query_report.run", {"report_name": "Marks"}, "columns", id="a report"),
    pytest.param("frappe.desk.query_report.export_query", {"report_name": "Marks", "file_format_type": "CSV"}, "Marks.csv", id="a report as a file"),
]  # fmt: skip


@pytest.fixture
def bench(site: Site, write: Write, name: str) -> Bench:
    made = Bench(site, write, name)
    with site.acting():
        for each in ("a", "b"):
            frappe_lite.get_doc({"doctype": "Mark", "name": each, "title": f"title {each}"}).insert()
        report = {"report_name": "Marks", "ref_doctype": "Mark", "report_type": "Report Builder", "is_standard": "No"}
        frappe_lite.get_doc({"doctype": "Report", **report, "json": "{}"}).insert()
    return made


def result(bench: Bench, client: ApiClient, answer: Any) -> Any:
    """What has become of what was promised."""
    bench.work_off()
    return client(f"GET {answer.headers['Location']}").json["data"]


@pytest.mark.parametrize("version", [pytest.param("", id="v1"), pytest.param("v2/", id="v2")])
@pytest.mark.parametrize(("method", "values", "wanted"), WANTED)
def test_it_is_done_by_a_job(bench: Bench, version: str, method: str, values: Any, wanted: Any) -> None:
    client = ApiClient(bench.site)
    answer = client(f"POST /api/{version}method/{method}", values, headers=LATER)
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "respond-async")
    assert answer.headers["Location"].endswith(answer.json["data" if version else "message"]["job_id"])
    ended = result(bench, client, answer)
    assert (ended["status"], ended["error"], ended["progress"]["title"]) == ("finished", None, method)
    assert ended["progress"]["percent"] == 100
    if not isinstance(wanted, str):
        assert ended["result"] == wanted
    elif wanted.endswith(".csv"):
        assert ended["result"]["file_name"] == wanted
        assert b'"a"' in client(f"GET {ended['result']['file_url']}").data
    else:
        assert wanted in ended["result"]


def test_a_long_answer_becomes_a_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "MOST", 10)
    client = ApiClient(bench.site)
    answer = client("POST /api/method/frappe.desk.query_report.run", {"report_name": "Marks"}, headers=LATER)
    ended = result(bench, client, answer)["result"]
    assert ended["file_name"] == "frappe.desk.query_report.run.json"
    assert "columns" in client(f"GET {ended['file_url']}").json


@pytest.mark.parametrize("version", [pytest.param("", id="v1"), pytest.param("v2/", id="v2")])
def test_a_full_queue_takes_no_more_and_says_so(bench: Bench, version: str) -> None:
    with bench.site.acting():
        frappe_lite.conf.max_queued_jobs = 1
    client, path = ApiClient(bench.site), f"POST /api/{version}method/frappe.client.insert_many"
    answers = [client(path, {"docs": [each]}, headers=LATER) for each in DOCS]
    assert [each.status_code for each in answers] == [202, 503]
    assert b"QueueOverloaded" in answers[1].data
    assert b"1 background jobs wait already" in answers[1].data
    bench.work_off()
    assert bench.marks() == {"a", "b", "c"}
    assert client(path, {"docs": [DOCS[1]]}, headers=LATER).status_code == 202


AT_ONCE = [
    pytest.param("POST", {}, 200, id="who does not ask for it"),
    pytest.param("GET", LATER, 200, id="a GET"),
    pytest.param("POST", LATER, 202, id="and who does is not"),
]


@pytest.mark.parametrize(("verb", "headers", "status"), AT_ONCE)
def test_who_is_answered_at_once(bench: Bench, verb: str, headers: dict[str, str], status: int) -> None:
    path, given = "/api/method/frappe.desk.query_report.run", {"report_name": "Marks"}
    address = path if verb == "POST" else f"{path}?report_name=Marks"
    answer = ApiClient(bench.site)(f"{verb} {address}", given if verb == "POST" else None, headers=headers)
    assert (answer.status_code, "columns" in answer.json["message"]) == (status, status == 200)


@pytest.mark.parametrize(
    ("scopes", "status", "made"),
    [
        pytest.param("Mark:write", 200, {"c", "d"}, id="a narrow key is answered at once"),
        pytest.param("Mark:read", 403, set(), id="as far as it reaches"),
        pytest.param("all", 202, set(), id="a key of the whole user is no narrow one"),
    ],
)
def test_keys(bench: Bench, scopes: str, status: int, made: set[str]) -> None:
    client = ApiClient(bench.site)
    with bench.site.acting() as ctx:
        key = keys.generate(ctx, "key", scopes=scopes)
    client.headers["Authorization"] = f"token {key['api_key']}:{key['api_secret']}"
    answer = client("POST /api/method/frappe.client.insert_many", {"docs": DOCS}, headers=LATER)
    assert (answer.status_code, bench.marks() - {"a", "b"}) == (status, made), answer.text


def test_rights_are_the_callers(bench: Bench, new_user: Any) -> None:
    ann, eve = (new_user(bench.site, f"{name}@x.org", "Desk User") for name in ("ann", "eve"))
    answer = ann("POST /api/method/frappe.desk.reportview.export_query", EXPORT, headers=LATER)
    assert answer.status_code == 202
    ended = result(bench, ann, answer)
    assert (ended["status"], ended["result"]) == ("failed", None)
    assert "PermissionError" in ended["error"]
    assert eve(f"GET {answer.headers['Location']}").status_code == 404


def test_the_file_is_the_callers_alone(bench: Bench, new_user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "MOST", 1)
    boss, eve = new_user(bench.site, "boss@x.org", "System Manager"), new_user(bench.site, "eve@x.org", "Desk User")
    answer = boss("POST /api/method/frappe.client.insert_many", {"docs": DOCS}, headers=LATER)
    url = result(bench, boss, answer)["result"]["file_url"]
    assert (boss(f"GET {url}").status_code, eve(f"GET {url}").status_code) == (200, 403)


# --- how far it is ---

ROWS = [
    pytest.param(1, [99], id="one"),
    pytest.param(4, [24, 49, 74, 99], id="a few"),
    pytest.param(20, [99 * done // 20 for done in range(1, 21)], id="as many as there are steps"),
    pytest.param(45, [99 * done // 45 for done in (*range(3, 45, 3), 45)], id="more, in steps"),
]


def watched(bench: Bench, monkeypatch: pytest.MonkeyPatch, client: ApiClient, method: str, given: Any) -> Any:
    """Ask for it, and look how far it is whenever it says so; what was seen, and how it ended."""
    answer = client(f"POST /api/method/{method}", given, headers=LATER)
    seen, note = list[Any](), KeptJobs.note_progress

    def noted(self: Any, *told: Any) -> None:
        note(self, *told)
        in_a_thread(lambda: seen.append(client(f"GET {answer.headers['Location']}").json["data"]["progress"]))

    with monkeypatch.context() as patch:
        patch.setattr(KeptJobs, "note_progress", noted)
        return seen, result(bench, client, answer)


@pytest.mark.parametrize(("count", "percents"), ROWS)
def test_an_insert_of_many_says_how_far_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, count: int, percents: list[int]
) -> None:
    """Told outside of the transaction that has them all: nothing of it is seen before its end."""
    docs = [{"doctype": "Mark", "name": f"m{number}"} for number in range(count)]
    client, counts = ApiClient(bench.site), list[int]()
    monkeypatch.setattr(KeptJobs, "find", looking_at(KeptJobs.find, lambda: counts.append(len(bench.marks()))))
    seen, ended = watched(bench, monkeypatch, client, "frappe.client.insert_many", {"docs": docs})
    assert [each["percent"] for each in seen] == [0, *percents, 100]
    assert seen[1]["description"] == f"{max(1, -(-count // 20))} of {count}"
    assert (ended["status"], ended["progress"]["percent"], set(counts[:-1])) == ("finished", 100, {2})
    assert len(bench.marks()) == 2 + count
    assert left_beside(bench) == []


EXPORTS = [
    pytest.param("frappe.desk.reportview.export_query", EXPORT, id="a list"),
    pytest.param("frappe.desk.query_report.export_query", {"report_name": "Marks", "file_format_type": "CSV"}, id="a report"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given"), EXPORTS)
def test_an_export_says_how_many_rows_are_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, method: str, given: Any
) -> None:
    with bench.site.acting():
        for number in range(7):
            frappe_lite.get_doc({"doctype": "Mark", "name": f"m{number}"}).insert()
    seen, ended = watched(bench, monkeypatch, ApiClient(bench.site), method, given)
    assert [each["percent"] for each in seen] == [0, *(99 * done // 10 for done in range(1, 11)), 99, 100]
    assert (ended["status"], left_beside(bench)) == ("finished", [])


def test_what_fails_in_its_middle_says_no_more_than_is_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = [*DOCS, {"doctype": "Mark", "name": "a"}]
    seen, ended = watched(bench, monkeypatch, ApiClient(bench.site), "frappe.client.insert_many", {"docs": docs})
    assert [each["percent"] for each in seen] == [0, 33, 66]
    assert (ended["status"], ended["progress"]["percent"], bench.marks()) == ("failed", 0, {"a", "b"})
    assert left_beside(bench) == []


def test_who_is_no_job_says_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime, "note_progress", lambda *_: pytest.fail("nobody asked"))
    assert ApiClient(bench.site)("POST /api/method/frappe.client.insert_many", {"docs": DOCS}).status_code == 200
    with bench.site.acting():
        assert list(realtime.counted([1, 2])) == [1, 2]


def test_what_a_killed_worker_said_is_forgotten(bench: Bench) -> None:
    """By who runs the job next, and by who looks after the jobs."""
    bench.enqueue("give", job_id="one")
    kept, dead = bench.workers.jobs, bench.more_workers()
    with bench.site.acting() as ctx:
        key = dead.leases.take(ctx, dead.queues).key
    for each in (key, "gone"):
        dead.jobs.board.put(each, '{"percent": 7}')
    assert (kept.board.get(key), kept.board.get("gone")) == ('{"percent": 7}',) * 2
    assert ApiClient(bench.site)("GET /api/v2/job/one").json["data"]["progress"] == {"percent": 7}
    assert bench.workers.leases.reclaim() == 1
    bench.work_off()
    assert (kept.board.get(key), kept.board.get("gone")) == (None, '{"percent": 7}')
    bench.workers.look()
    assert (kept.board.get("gone"), left_beside(bench)) == (None, [])


UNDONE = """
    import frappe

    def work(undo):
        frappe.get_doc({"doctype": "Mark", "name": "one"}).insert()
        frappe.publish_progress(40)
        if undo:
            frappe.db.rollback()
            frappe.get_doc({"doctype": "Mark", "name": "two"}).insert()
        frappe.db.commit()
        seen.append(look())
        raise ValueError("it ends")

    seen = []
"""


@pytest.mark.parametrize(("undo", "percent"), [(False, 40), (True, None)], ids=["kept", "undone"])
def test_what_is_undone_is_not_kept_with_the_job(site: Site, write: Write, name: str, undo: bool, percent: Any) -> None:
    """Though it was told at once."""
    bench = Bench(site, lambda files: write({**files, "more.py": UNDONE}), name)
    module, client = importlib.import_module(f"{name}.more"), ApiClient(site)
    vars(module)["look"] = lambda: client("GET /api/v2/job/one").json["data"]["progress"]
    bench.enqueue(module.work, job_id="one", undo=undo)
    bench.work_off()
    told, kept = module.seen[0], client("GET /api/v2/job/one").json["data"]["progress"]
    assert (told["percent"], kept and kept["percent"], left_beside(bench)) == (40, percent, [])


def test_what_a_job_says_is_its_owners_and_nothing_fails_of_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = board.FileBoard(str(tmp_path / "a[1].db"))
        made.put("k", "{}")
        made.put("k", '{"percent": 1}')
    finally:
        os.umask(before)
    (file,) = tmp_path.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode), made.get("k")) == (
        "a[1].db-progress-k",
        0o600,
        '{"percent": 1}',
    )
    made.sweep({"k"})
    assert made.get("k") is not None
    made.sweep(())
    nowhere = board.FileBoard(str(tmp_path / "none" / "a.db"))
    nowhere.put("k", "{}")
    nowhere.drop("k")
    assert (made.get("k"), nowhere.get("k"), list(tmp_path.iterdir())) == (None, None, [])


def left_beside(bench: Bench) -> list[str]:
    """What stands beside the database of what jobs said."""
    database: Any = bench.site.database
    if database.skip_locked:
        return [row[0] for row in database.rows('SELECT key FROM "__job_progress"')]
    return [each.name for each in Path(database.path).parent.glob("*-progress-*")]


def in_a_thread(function: Any) -> None:
    """As another client would, beside the transaction of this one."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def looking_at(function: Any, look: Any) -> Any:
    """The function, and a look before it."""

    def both(*given: Any) -> Any:
        look()
        return function(*given)

    return both


# --- in parts ---

BULK = "frappe.client.bulk_update"


def changes(names: str, **more: Any) -> list[Any]:
    return [{"doctype": "Mark", "docname": each, "title": "new", **more} for each in names]


PARTS = [
    pytest.param(changes("ab"), [100.0], "", id="what fits into one part is one"),
    pytest.param(changes("abab"), [50.0, 100.0], "", id="each part says how far it is"),
    pytest.param(changes("axaba"), [40.0, 80.0, 100.0], "x", id="what fails is told, and stops none of the others"),
    pytest.param(changes("yabz"), [50.0, 100.0], "yz", id="whichever part it is of"),
    pytest.param([], [], "", id="nothing has no part"),
    pytest.param(json.dumps(changes("ab")), [100.0], "", id="a list may be sent as text"),
]


@pytest.mark.parametrize(("docs", "percents", "failed"), PARTS)
def test_changes_are_kept_in_parts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, docs: Any, percents: list[float], failed: str
) -> None:
    monkeypatch.setattr(later, "PART", 2)
    client, keep = ApiClient(bench.site), later.Parts.keep
    answer = client(f"POST /api/method/{BULK}", {"docs": docs}, headers=LATER)
    seen = []

    def kept(self: Any, *given: Any) -> None:
        keep(self, *given)
        seen.append(client(f"GET {answer.headers['Location']}").json["data"]["progress"]["percent"])

    monkeypatch.setattr(later.Parts, "keep", kept)
    found = result(bench, client, answer)
    assert (seen, found["progress"]["percent"], found["status"]) == (percents, 100, "finished")
    assert [each["doc"]["docname"] for each in found["result"]["failed_docs"]] == list(failed)
    with bench.site.acting():
        assert frappe_lite.db.count("Mark", {"title": "new"}) == (2 if percents else 0)


REFUSED = [
    pytest.param({"docs": {"doctype": "Mark"}}, "docs is a list", id="an object is no list"),
    pytest.param({"docs": "["}, "docs", id="text that is no JSON"),
]


@pytest.mark.parametrize(("values", "says"), REFUSED)
def test_what_is_no_list_has_failed_and_says_so(bench: Bench, values: Any, says: str) -> None:
    client = ApiClient(bench.site)
    answer = client(f"POST /api/method/{BULK}", values, headers=LATER)
    found = result(bench, client, answer)
    assert (found["status"], found["result"]) == ("failed", None)
    assert says in found["error"]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_another_worker_goes_on_with_changes(bench: Bench, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    monkeypatch.setattr(later, "PART", 2)
    client, act, seen = ApiClient(bench.site), later._answer_of, list[list[str]]()
    answer = client(f"POST /api/method/{BULK}", {"docs": changes("axbyab")}, headers=LATER)

    def dies(ctx: Any, method: Any, values: Any) -> Any:
        seen.append([each["docname"] for each in values["docs"]])
        if len(seen) == after + 1:
            raise LeaseLostError("it was given up")
        return act(ctx, method, values)

    monkeypatch.setattr(later, "_answer_of", dies)
    assert bench.workers.run_next()
    with bench.site.database.transaction():
        bench.site.database.execute("UPDATE \"__job\" SET worker = 'dead'")
    assert bench.workers.leases.reclaim() == 1
    found = result(bench, client, answer)
    every = [["a", "x"], ["b", "y"], ["a", "b"]]
    assert seen == [*every[:after], every[after], *every[after:]], "only the part that was not kept is done again"
    assert [each["doc"]["docname"] for each in found["result"]["failed_docs"]] == ["x", "y"]
