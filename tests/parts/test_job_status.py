"""How a job stands, for who asked for it: its progress, its end, an ETag; and work that answers 202."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench, until

import frappe_lite
from conftest import ApiClient
from frappe_lite.face.jobs.job import OPEN
from frappe_lite.parts import keys
from frappe_lite.parts.jobs.table import install
from frappe_lite.site import Site

PROGRESS = """
    import frappe

    def count(commit=False, write=False):
        if write:
            frappe.get_doc({"doctype": "Mark", "name": "half"}).insert()
        frappe.publish_progress(40, title="Count", description="half")
        if commit:
            frappe.db.commit()
        seen.append([client("GET /api/v2/job/count").json["data"]["progress"] for client in clients])

    seen, clients = [], []
"""


@pytest.fixture
def bench(site: Site, write: Write, name: str) -> Bench:
    with site.acting():
        for user in ("ann@x.org", "eve@x.org"):
            frappe_lite.get_doc({"doctype": "User", "email": user, "first_name": user[:3]}).insert()
    return Bench(site, lambda files: write({**files, "more.py": PROGRESS}), name)


def look(bench: Bench, job_id: str, user: str = "Administrator", **headers: str) -> Any:
    return ApiClient(bench.site, user)(f"GET /api/v2/job/{job_id}", headers=headers)


ENDS = [
    pytest.param("give", {"value": [1, "a"]}, "finished", [1, "a"], None, id="its result"),
    pytest.param("fail", {}, "failed", None, "ValueError: no luck", id="its error, without the trace"),
]


@pytest.mark.parametrize(("method", "given", "status", "result", "error"), ENDS)
def test_a_job_is_looked_after(bench: Bench, method: str, given: Any, status: str, result: Any, error: Any) -> None:
    bench.enqueue(method, job_id="look", **given)
    waiting = look(bench, "look")
    assert (waiting.json["data"]["status"], waiting.headers["Retry-After"]) == ("queued", "1")
    bench.work_off()
    ended = look(bench, "look").json["data"]
    assert (ended["status"], ended["result"], ended["error"]) == (status, result, error)
    assert ended["ended_at"] >= ended["started_at"]
    assert "arguments" not in ended


def test_who_has_the_answer_is_told_so_until_it_changes(bench: Bench) -> None:
    bench.enqueue("give", job_id="look")
    tag = look(bench, "look").headers["ETag"]
    assert look(bench, "look", **{"If-None-Match": tag}).status_code == 304
    bench.work_off()
    assert look(bench, "look", **{"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("user", "status"),
    [
        pytest.param("ann@x.org", 200, id="who asked for it"),
        pytest.param("Administrator", 200, id="a System Manager"),
        pytest.param("eve@x.org", 404, id="somebody else learns nothing"),
    ],
)
def test_a_job_is_its_askers(bench: Bench, user: str, status: int) -> None:
    bench.enqueue("give", user="ann@x.org", job_id="look")
    assert look(bench, "look", user).status_code == status


def test_a_job_that_is_not_known(bench: Bench) -> None:
    assert look(bench, "none").status_code == 404


PROGRESSES = [
    pytest.param({}, True, id="of one that has written nothing: at once"),
    pytest.param({"write": True, "commit": True}, True, id="of one that has written: with its commit"),
    pytest.param({"write": True}, False, id="not before what it has written is kept"),
]


@pytest.mark.parametrize(("given", "seen"), PROGRESSES)
def test_how_far_it_is(bench: Bench, given: dict[str, Any], seen: bool) -> None:
    more: Any = importlib.import_module(f"{bench.name}.more")
    with bench.site.acting():
        frappe_lite.enqueue(f"{bench.name}.more.count", job_id="count", **given)
    told = {"percent": 40, "title": "Count", "description": "half"}
    if seen:
        more.clients.append(ApiClient(bench.site))
    bench.work_off()
    assert more.seen == ([[told]] if seen else [[]])
    assert look(bench, "count").json["data"]["progress"] == told


def test_a_database_of_an_older_version_learns_of_progress(site: Site) -> None:
    install(site)
    with site.database.transaction():
        site.database.execute('ALTER TABLE "__job" DROP COLUMN progress')
    install(site)
    assert "progress" in site.database.columns("__job")


def test_many_documents_are_done_by_a_job_if_that_is_preferred(bench: Bench) -> None:
    with bench.site.acting():
        for name in ("a", "b"):
            frappe_lite.get_doc({"doctype": "Mark", "name": name}).insert()
    body = {"names": ["a", "b", "gone"]}
    client = ApiClient(bench.site)
    answer = client("POST /api/v2/document/Mark/bulk_delete", body, headers={"Prefer": "respond-async"})
    job_id = answer.json["data"]["job_id"]
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/api/v2/job/{job_id}")
    assert bench.marks() == {"a", "b"}
    bench.work_off()
    found = look(bench, job_id).json["data"]
    assert (found["status"], found["result"]["deleted"], found["result"]["failure_count"]) == (
        "finished",
        ["a", "b"],
        1,
    )
    assert bench.marks() == set()


@pytest.fixture
def narrow(bench: Bench) -> ApiClient:
    """The Administrator's key that may write Marks alone."""
    client = ApiClient(bench.site)
    with bench.site.acting() as ctx:
        made = keys.generate(ctx, "narrow", scopes="Mark:write")
    client.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
    return client


ASKING = """
    import frappe
    from APP import tasks

    @frappe.whitelist()
    def begin(method="note"):
        frappe.enqueue(getattr(tasks, method), on_failure=tasks.wept)
"""
SCOPED_JOBS = [
    pytest.param("method:APP.api.begin", "note", set(), ["PermissionError"], id="it may call the method alone"),
    pytest.param("method:APP.api.begin Mark:read", "note", set(), ["PermissionError"], id="and read"),
    pytest.param("method:APP.api.begin Mark:write", "note", {"x"}, [], id="and write"),
    pytest.param("method:APP.api.begin", "more_of_it", set(), ["PermissionError"], id="a job of its job"),
    pytest.param("method:APP.api.begin Mark:write", "more_of_it", {"parent"}, [], id="a job of its job may write"),
    pytest.param(None, "note", {"x"}, [], id="the whole user"),
]


@pytest.mark.parametrize("is_kept", [pytest.param(True, id="kept"), pytest.param(False, id="in memory")])
@pytest.mark.parametrize(("scopes", "method", "made", "wept"), SCOPED_JOBS)
def test_a_job_of_app_code_does_no_more_than_the_key_that_asked(
    site: Site, write: Write, name: str, is_kept: bool, scopes: str | None, method: str, made: set[str], wept: list[str]
) -> None:
    in_memory: Any = site.job_queue
    bench = Bench(site, lambda files: write({**files, "api.py": ASKING}), name)
    if not is_kept:
        site.job_queue = in_memory
    client = ApiClient(bench.site)
    if scopes:
        with bench.site.acting() as ctx:
            key = keys.generate(ctx, "narrow", scopes=scopes.replace("APP", name))
        client.headers["Authorization"] = f"token {key['api_key']}:{key['api_secret']}"
    assert client(f"POST /api/method/{name}.api.begin", {"method": method}).status_code == 200
    if is_kept:
        bench.work_off()
    else:
        until(
            lambda: (
                site._pool is not None and not [each for each in list(in_memory.jobs.values()) if each.status in OPEN]
            )
        )
        site._pool.shutdown()  # what is told of a job is told once it has ended
    assert (bench.marks(), [kind for kind, _ in bench.tasks.told]) == (made, wept)


def test_a_job_without_scopes_of_an_older_table_may_all(bench: Bench) -> None:
    """Tables of versions that kept no scopes are given the column."""
    bench.site.database.execute('ALTER TABLE "__job" DROP COLUMN scopes')
    install(bench.site)
    bench.enqueue("note")
    bench.work_off()
    assert bench.marks() == {"x"}


@pytest.mark.parametrize("path", ["document/Mark/bulk_delete", "method/bulk_delete"])
def test_a_narrow_key_gets_no_job_that_may_more(bench: Bench, narrow: ApiClient, path: str) -> None:
    with bench.site.acting():
        frappe_lite.get_doc({"doctype": "Mark", "name": "a"}).insert()
    docs = [{"doctype": "User", "name": "eve@x.org"}, {"doctype": "Mark", "name": "a"}]
    body = {"names": ["a"]} if "Mark" in path else {"docs": docs}
    answer = narrow(f"POST /api/v2/{path}", body, headers={"Prefer": "respond-async"})
    assert answer.status_code == 200, answer.text
    assert bench.marks() == set(), "done at once"
    with bench.site.acting() as ctx:
        assert ctx.store.exists(ctx.meta("User"), "eve@x.org")
        assert not ctx.store.database.rows('SELECT 1 FROM "__job"')


def test_who_is_less_than_a_user_looks_after_no_job(bench: Bench, narrow: ApiClient) -> None:
    bench.enqueue("give", job_id="look", value=1)
    assert narrow("GET /api/v2/job/look").status_code == 404
    assert ApiClient(bench.site, None)("GET /api/v2/job/look").status_code == 404


@pytest.mark.parametrize("prefer", ["", "return=minimal", "wait=10"])
def test_otherwise_they_are_done_at_once(bench: Bench, prefer: str) -> None:
    with bench.site.acting():
        frappe_lite.get_doc({"doctype": "Mark", "name": "a"}).insert()
    path = "POST /api/v2/document/Mark/bulk_delete"
    assert ApiClient(bench.site)(path, {"names": ["a"]}, headers={"Prefer": prefer}).status_code == 200
    assert bench.marks() == set()


def test_rights_are_judged_when_it_is_done(bench: Bench) -> None:
    with bench.site.acting():
        frappe_lite.get_doc({"doctype": "Mark", "name": "a"}).insert()
    client = ApiClient(bench.site, "eve@x.org")
    answer = client("POST /api/v2/document/Mark/bulk_delete", {"names": ["a"]}, headers={"Prefer": "respond-async"})
    bench.work_off()
    assert look(bench, answer.json["data"]["job_id"], "eve@x.org").json["data"]["result"]["failure_count"] == 1
    assert bench.marks() == {"a"}
