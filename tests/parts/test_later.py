"""Reports, exports and imports that a job does: the 202, where to look, the file, and whose rights count."""

from __future__ import annotations

import json
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from conftest import ApiClient
from frappe_lite.parts import keys, later
from frappe_lite.parts.jobs.leases import LeaseLostError
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
